/* gate_test.c - every call of p11ca into a module is marked on the way. */
#include <criterion/criterion.h>

#include <string.h>

#include "../../src/token/internal.h"
#include "fault_functions.h"

/* --- a module that remembers in which call it was ---------------------- */

static struct call call;

static struct {
	const char *function; /* that was marked */
	unsigned limit;
	bool due;
} seen;

static CK_RV
look(CK_RV answer)
{
	seen.function = atomic_load(&call.function);
	seen.limit = atomic_load(&call.limit);
	seen.due = atomic_load(&call.due) > 0;
	return answer;
}

#define EVERY(X) PLAIN(X) MECHANISM(X) LYING(X)
#define AS_FUNCTION(name, params, args)                                        \
	static CK_RV fake_##name params                                        \
	{                                                                      \
		return look(CKR_VENDOR_DEFINED + __COUNTER__);                 \
	}
#define AS_MEMBER(name, params, args) .name = fake_##name,

EVERY(AS_FUNCTION)

static CK_FUNCTION_LIST fake = { .version = { 2, 40 }, EVERY(AS_MEMBER) };
static CK_FUNCTION_LIST gate;
static struct module module = { .behind = &fake };

static void
build(void)
{
	call_init(&call, 10, "the token \"x\"");
	call_enter_thread(&call);
	call_leads_to(&module);
	gate_around(&fake, &gate);
}

TestSuite(gate, .init = build, .timeout = 20);

/* --- every one -------------------------------------------------------- */

/* One call: it is marked by its name, has its time, and its answer passes. */
#define PASSES(name, seconds, ...)                                             \
	do {                                                                   \
		cr_expect_neq(gate.name, fake.name, #name);                    \
		cr_expect_eq(gate.name(__VA_ARGS__), fake.name(__VA_ARGS__),   \
		    #name);                                                    \
		memset(&seen, 0, sizeof(seen));                                \
		(void)gate.name(__VA_ARGS__);                                  \
		cr_expect(seen.function != NULL && seen.due, #name);           \
		cr_expect_str_eq(seen.function, #name);                        \
		cr_expect_eq(seen.limit, seconds, #name);                      \
		cr_expect_eq(atomic_load(&call.due), 0, #name);                \
	} while (0)

Test(gate, marks_each_call_and_gives_its_answer)
{
	CK_UTF8CHAR pin[] = "1234";

	PASSES(C_Initialize, 10, NULL);
	PASSES(C_Finalize, 10, NULL);
	PASSES(C_GetInfo, 10, NULL);
	PASSES(C_GetSlotList, 10, CK_TRUE, NULL, NULL);
	PASSES(C_GetSlotInfo, 10, 1, NULL);
	PASSES(C_GetTokenInfo, 10, 1, NULL);
	PASSES(C_GetMechanismList, 10, 1, NULL, NULL);
	PASSES(C_GetMechanismInfo, 10, 1, 2, NULL);
	PASSES(C_InitToken, 10, 1, pin, 4, NULL);
	PASSES(C_InitPIN, 10, 1, pin, 4);
	PASSES(C_OpenSession, 10, 1, 2, NULL, NULL, NULL);
	PASSES(C_CloseSession, 10, 1);
	PASSES(C_CloseAllSessions, 10, 1);
	PASSES(C_GetSessionInfo, 10, 1, NULL);
	PASSES(C_Login, 10, 1, CKU_USER, pin, 4);
	PASSES(C_Login, 120, 1, CKU_USER, NULL, 0);
	PASSES(C_Logout, 10, 1);
	PASSES(C_CreateObject, 10, 1, NULL, 0, NULL);
	PASSES(C_DestroyObject, 10, 1, 2);
	PASSES(C_GetAttributeValue, 10, 1, 2, NULL, 0);
	PASSES(C_SetAttributeValue, 10, 1, 2, NULL, 0);
	PASSES(C_FindObjectsInit, 10, 1, NULL, 0);
	PASSES(C_FindObjects, 10, 1, NULL, 0, NULL);
	PASSES(C_FindObjectsFinal, 10, 1);
	PASSES(C_SignInit, 10, 1, NULL, 2);
	PASSES(C_Sign, 10, 1, NULL, 0, NULL, NULL);
	PASSES(C_GenerateKeyPair, 300, 1, NULL, NULL, 0, NULL, 0, NULL, NULL);
}

Test(gate, leaves_the_rest_as_it_is)
{
	cr_expect_eq(gate.version.major, 2);
	cr_expect_eq(gate.C_WaitForSlotEvent, fake.C_WaitForSlotEvent);
	cr_expect_eq(gate.C_Encrypt, fake.C_Encrypt);
}

/* --- what goes through ------------------------------------------------ */

static CK_RV
sign_two(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len, CK_BYTE *out,
    CK_ULONG *out_len)
{
	cr_expect_eq(session, 7);
	cr_expect_eq(len, 3);
	cr_expect_eq(memcmp(data, "abc", 3), 0);
	memcpy(out, "xy", 2);
	*out_len = 2;
	return CKR_OK;
}

Test(gate, passes_what_it_is_given_both_ways)
{
	CK_FUNCTION_LIST list = { .C_Sign = sign_two };
	struct module other = { .behind = &list };
	CK_BYTE data[] = "abc", out[4] = "";
	CK_ULONG len = sizeof(out);

	/* The same gate: where it leads is up to the thread. */
	call_leads_to(&other);
	cr_expect_eq(gate.C_Sign(7, data, 3, out, &len), CKR_OK);
	call_leads_to(&module);
	cr_expect_eq(len, 2);
	cr_expect_str_eq((const char *)out, "xy");
	cr_expect_neq(gate.C_Sign(7, data, 3, out, &len), CKR_OK);
}
