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

/* --- answers that are too long ---------------------------------------- */

static CK_ULONG said;	  /* what the module says of lengths */
static CK_RV said_rv;	  /* and with which return value */
static CK_BYTE answer[8]; /* for 4 of them there is room */

static CK_RV
say_slots(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
	*count = said;
	return said_rv;
}

static CK_RV
say_mechanisms(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	*count = said;
	return said_rv;
}

static CK_RV
say_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *list, CK_ULONG max,
    CK_ULONG *count)
{
	*count = said;
	return said_rv;
}

static CK_RV
say_signature(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len,
    CK_BYTE *out, CK_ULONG *len)
{
	*len = said;
	return said_rv;
}

/* Of the second one; the first is as it should be. */
static CK_RV
say_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE *list, CK_ULONG count)
{
	list[0].ulValueLen = 1;
	list[1].ulValueLen = said;
	return said_rv;
}

static CK_FUNCTION_LIST saying = {
	.C_GetSlotList = say_slots,
	.C_GetMechanismList = say_mechanisms,
	.C_FindObjects = say_objects,
	.C_Sign = say_signature,
	.C_GetAttributeValue = say_attributes,
};

static CK_RV
ask_slots(void *out)
{
	CK_ULONG count = 4;

	return gate.C_GetSlotList(CK_TRUE, out, &count);
}

static CK_RV
ask_mechanisms(void *out)
{
	CK_ULONG count = 4;

	return gate.C_GetMechanismList(1, out, &count);
}

static CK_RV
ask_objects(void *out)
{
	CK_ULONG count = 0;

	return gate.C_FindObjects(1, out, 4, &count);
}

static CK_RV
ask_signature(void *out)
{
	CK_ULONG len = 4;

	return gate.C_Sign(1, answer, 1, out, &len);
}

static CK_RV
ask_attributes(void *out)
{
	CK_ATTRIBUTE ask[] = {
		{ CKA_TOKEN, answer, 1 },
		{ CKA_ID, out, 4 },
	};

	return gate.C_GetAttributeValue(1, 2, ask, 2);
}

static CK_RV (*const asks[])(void *out) = { ask_slots, ask_mechanisms,
	ask_objects, ask_signature, ask_attributes };

Test(gate, lets_no_answer_through_that_is_longer_than_its_room)
{
	struct module other = { .behind = &saying };

	call_leads_to(&other);
	for (size_t i = 0; i < COUNT(asks); i++) {
		said = 4;
		said_rv = CKR_OK;
		cr_expect_eq(asks[i](answer), CKR_OK, "%zu", i);
		said = 5;
		cr_expect_eq(asks[i](answer), CKR_BUFFER_TOO_SMALL, "%zu", i);
		/* A length is asked for, or there is another answer. */
		if (asks[i] != ask_objects)
			cr_expect_eq(asks[i](NULL), CKR_OK, "%zu", i);
		said_rv = CKR_DEVICE_ERROR;
		cr_expect_eq(asks[i](answer), CKR_DEVICE_ERROR, "%zu", i);
	}
	call_leads_to(&module);
}

Test(gate, takes_no_length_for_one_that_is_none)
{
	struct module other = { .behind = &saying };

	call_leads_to(&other);
	said = CK_UNAVAILABLE_INFORMATION;
	said_rv = CKR_OK;
	cr_expect_eq(ask_attributes(answer), CKR_FUNCTION_FAILED);
	/* What libp11 would allocate, one byte more than that. */
	cr_expect_eq(ask_attributes(NULL), CKR_FUNCTION_FAILED);
	said_rv = CKR_ATTRIBUTE_SENSITIVE;
	cr_expect_eq(ask_attributes(answer), CKR_ATTRIBUTE_SENSITIVE);
	call_leads_to(&module);
}
