/* bridge_test.c - what libp11 sees of a module through the bridge. */
#include <dlfcn.h>
#include <limits.h>

#include "../../src/token/internal.h"
#include "bench.h"

static struct {
	void *object;
	void *(*set)(CK_FUNCTION_LIST *list, CK_SLOT_ID slot, const CK_BYTE *id,
	    CK_ULONG len, CK_KEY_TYPE type);
	void (*drop)(void *place);
	CK_RV (*get)(CK_FUNCTION_LIST **list);
} bridge;

static void
load(void)
{
	char path[PATH_MAX + 32];
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	cr_assert_gt(n, 0);
	program[n] = '\0';
	*strrchr(program, '/') = '\0';
	snprintf(path, sizeof(path), "%s/p11ca-bridge.so", program);
	bridge.object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	cr_assert_not_null(bridge.object, "%s", dlerror());
	*(void **)&bridge.set = dlsym(bridge.object, "p11ca_bridge_set");
	*(void **)&bridge.drop = dlsym(bridge.object, "p11ca_bridge_drop");
	*(void **)&bridge.get = dlsym(bridge.object, "C_GetFunctionList");
	cr_assert(bridge.set != NULL && bridge.drop != NULL &&
	    bridge.get != NULL);
}

TestSuite(bridge, .init = load, .timeout = 60);

#define SLOT 2

static CK_BYTE id[] = { 0x0a, 0x51 };

static void *
offer(CK_FUNCTION_LIST *list)
{
	return bridge.set(list, SLOT, id, sizeof(id), CKK_EC);
}

/* --- a module of one page --------------------------------------------- */

static int real_logins;
static CK_SESSION_HANDLE opened, closed[64];
static size_t closed_count;

static CK_RV
one_get(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;

	memcpy(template->pValue, &class, sizeof(class));
	return CKR_OK;
}

static CK_RV
one_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
    CK_ULONG len)
{
	real_logins++;
	return CKR_PIN_INCORRECT;
}

static CK_RV
one_logout(CK_SESSION_HANDLE session)
{
	real_logins++;
	return CKR_OK;
}

static CK_RV
one_open(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify,
    CK_SESSION_HANDLE *session)
{
	*session = 7 + opened++;
	return slot < 3 ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
}

static CK_RV
one_close(CK_SESSION_HANDLE session)
{
	cr_assert_lt(closed_count, COUNT(closed));
	closed[closed_count++] = session;
	return CKR_OK;
}

static CK_RV
one_close_all(CK_SLOT_ID slot)
{
	cr_assert_fail("this closes what others have opened");
	return CKR_OK;
}

static CK_RV
one_start(void *args)
{
	cr_assert_fail("this starts, or ends, what others have started");
	return CKR_OK;
}

static CK_RV
one_final(CK_SESSION_HANDLE session)
{
	return CKR_OK;
}

static CK_FUNCTION_LIST one = {
	.C_FindObjectsFinal = one_final,
	.C_GetAttributeValue = one_get,
	.C_Login = one_login,
	.C_Logout = one_logout,
	.C_OpenSession = one_open,
	.C_CloseSession = one_close,
	.C_CloseAllSessions = one_close_all,
	.C_Initialize = one_start,
	.C_Finalize = one_start,
};

/* --- what comes through ----------------------------------------------- */

Test(bridge, has_nothing_before_it_is_given_something)
{
	CK_FUNCTION_LIST *list = NULL;
	void *place;

	cr_expect_eq(bridge.get(&list), CKR_GENERAL_ERROR);
	cr_expect_null(list);
	cr_expect_eq(bridge.get(NULL), CKR_GENERAL_ERROR);
	place = offer(&one);
	cr_assert_not_null(place);
	cr_expect_eq(bridge.get(&list), CKR_OK);
	cr_expect_eq(list->C_FindObjectsFinal, one_final);
	bridge.drop(place);
	cr_expect_eq(bridge.get(&list), CKR_GENERAL_ERROR);
}

/* What the module was asked for. */
static CK_ATTRIBUTE asked[4];
static CK_ULONG asked_count;

static CK_RV
one_find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	cr_assert_leq(count, COUNT(asked));
	asked_count = count;
	if (count > 0)
		memcpy(asked, template, count * sizeof(*template));
	return CKR_OK;
}

Test(bridge, asks_for_keys_of_one_id_and_type_and_for_anything_else_as_it_is)
{
	static const struct {
		CK_OBJECT_CLASS class;
		bool others; /* libp11 asks for an ID and a type itself */
		bool of_one_key;
	} cases[] = {
		{ CKO_PRIVATE_KEY, false, true },
		{ CKO_PUBLIC_KEY, false, true },
		{ CKO_PRIVATE_KEY, true, true },
		{ CKO_CERTIFICATE, false, false },
		{ CKO_CERTIFICATE, true, false },
	};
	CK_FUNCTION_LIST *list = NULL;

	one.C_FindObjectsInit = one_find_init;
	cr_assert_not_null(offer(&one));
	cr_assert_eq(bridge.get(&list), CKR_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_OBJECT_CLASS class = cases[i].class;
		CK_BYTE other[] = { 9 };
		CK_KEY_TYPE type = CKK_RSA;
		CK_ATTRIBUTE ask[] = {
			{ CKA_CLASS, &class, sizeof(class) },
			{ CKA_ID, other, sizeof(other) },
			{ CKA_KEY_TYPE, &type, sizeof(type) },
		};
		CK_ULONG count = cases[i].others ? 3 : 1;

		cr_expect_eq(list->C_FindObjectsInit(1, ask, count), CKR_OK);
		cr_assert_eq(asked_count, cases[i].of_one_key ? 3 : count);
		cr_expect_eq(asked[0].type, CKA_CLASS);
		if (!cases[i].of_one_key)
			continue;
		cr_expect_eq(asked[1].type, CKA_ID);
		cr_assert_eq(asked[1].ulValueLen, sizeof(id));
		cr_expect_eq(memcmp(asked[1].pValue, id, sizeof(id)), 0);
		cr_expect_eq(asked[2].type, CKA_KEY_TYPE);
		cr_assert_eq(asked[2].ulValueLen, sizeof(type));
		memcpy(&type, asked[2].pValue, sizeof(type));
		cr_expect_eq(type, CKK_EC);
	}
	cr_expect_eq(list->C_FindObjectsInit(1, NULL, 0), CKR_OK);
	cr_expect_eq(asked_count, 0);
}

Test(bridge, shows_the_slot_of_the_token_and_no_other)
{
	CK_FUNCTION_LIST *list = NULL;
	CK_SLOT_ID slots[3] = { 7, 7, 7 };
	CK_ULONG count = 0;

	cr_assert_not_null(offer(&one));
	cr_assert_eq(bridge.get(&list), CKR_OK);
	cr_expect_eq(list->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	cr_expect_eq(count, 1);
	count = 0;
	cr_expect_eq(list->C_GetSlotList(CK_FALSE, slots, &count),
	    CKR_BUFFER_TOO_SMALL);
	cr_expect_eq(count, 1);
	cr_expect_eq(slots[0], 7);
	count = 3;
	cr_expect_eq(list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	cr_expect_eq(count, 1);
	cr_expect_eq(slots[0], SLOT);
	cr_expect_eq(slots[1], 7);
}

Test(bridge, knows_the_public_exponent_and_asks_for_all_else)
{
	CK_FUNCTION_LIST *list = NULL;
	CK_BYTE value[8] = { 0 };
	CK_ULONG class = 0;
	CK_ATTRIBUTE ask = { CKA_PUBLIC_EXPONENT, NULL, 0 };

	cr_assert_not_null(offer(&one));
	cr_assert_eq(bridge.get(&list), CKR_OK);
	cr_expect_eq(list->C_GetAttributeValue(1, 2, &ask, 1), CKR_OK);
	cr_assert_eq(ask.ulValueLen, 3);
	ask.pValue = value;
	cr_expect_eq(list->C_GetAttributeValue(1, 2, &ask, 1), CKR_OK);
	cr_expect_eq(memcmp(value, "\1\0\1", 4), 0);
	ask.ulValueLen = 2;
	cr_expect_eq(list->C_GetAttributeValue(1, 2, &ask, 1),
	    CKR_BUFFER_TOO_SMALL);
	ask = (CK_ATTRIBUTE){ CKA_CLASS, &class, sizeof(class) };
	cr_expect_eq(list->C_GetAttributeValue(1, 2, &ask, 1), CKR_OK);
	cr_expect_eq(class, CKO_CERTIFICATE);
}

Test(bridge, takes_no_id_that_no_key_can_have)
{
	static const CK_BYTE long_id[1025];

	cr_expect_null(bridge.set(&one, SLOT, id, 0, CKK_EC));
	cr_expect_null(bridge.set(&one, SLOT, long_id, sizeof(long_id),
	    CKK_EC));
}

Test(bridge, lets_no_login_and_no_logout_through)
{
	CK_FUNCTION_LIST *list = NULL;
	unsigned char pin[] = "1234";

	cr_assert_not_null(offer(&one));
	cr_assert_eq(bridge.get(&list), CKR_OK);
	cr_expect_eq(list->C_Login(1, CKU_USER, pin, 4),
	    CKR_USER_ALREADY_LOGGED_IN);
	cr_expect_eq(list->C_Logout(1), CKR_OK);
	cr_expect_eq(real_logins, 0);
}

Test(bridge, gives_a_dead_session_where_libp11_would_wait)
{
	CK_FUNCTION_LIST *list = NULL;
	CK_SESSION_HANDLE session = 9;

	cr_assert_not_null(offer(&one));
	cr_assert_eq(bridge.get(&list), CKR_OK);
	cr_expect_eq(list->C_OpenSession(1, 4, NULL, NULL, &session), CKR_OK);
	cr_expect_eq(session, 7);
	cr_expect_eq(list->C_OpenSession(3, 4, NULL, NULL, &session), CKR_OK);
	cr_expect_eq(session, 0);
}

/* One more on the bridge. */
static CK_FUNCTION_LIST *
one_more(void **place)
{
	CK_FUNCTION_LIST *list = NULL;

	*place = offer(&one);
	cr_assert_not_null(*place);
	cr_assert_eq(bridge.get(&list), CKR_OK);
	return list;
}

static CK_SESSION_HANDLE
open_in(CK_FUNCTION_LIST *list, CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;

	cr_assert_eq(list->C_OpenSession(slot, 4, NULL, NULL, &session),
	    CKR_OK);
	cr_assert_neq(session, 0);
	return session;
}

Test(bridge, neither_starts_nor_ends_the_module)
{
	void *place;
	CK_FUNCTION_LIST *list = one_more(&place);

	cr_expect_eq(list->C_Initialize(NULL), CKR_OK);
	cr_expect_eq(list->C_Finalize(NULL), CKR_OK);
	bridge.drop(place);
}

Test(bridge, closes_the_session_that_it_opened_and_only_once)
{
	void *place;
	CK_FUNCTION_LIST *list = one_more(&place);
	CK_SESSION_HANDLE session = open_in(list, 1);

	cr_expect_eq(list->C_CloseSession(session + 1),
	    CKR_SESSION_HANDLE_INVALID);
	cr_expect_eq(closed_count, 0);
	cr_expect_eq(list->C_CloseSession(session), CKR_OK);
	cr_expect_eq(list->C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
	cr_expect_eq(closed_count, 1);
	cr_expect_eq(closed[0], session);
}

Test(bridge, closes_all_that_it_opened_in_a_slot_and_no_others)
{
	void *first, *second;
	CK_FUNCTION_LIST *list = one_more(&first);
	CK_FUNCTION_LIST *other = one_more(&second);
	CK_SESSION_HANDLE elsewhere = open_in(list, 2);
	CK_SESSION_HANDLE theirs = open_in(other, 1);

	for (int i = 0; i < 20; i++)
		(void)open_in(list, 1);
	cr_expect_eq(list->C_CloseAllSessions(1), CKR_OK);
	cr_expect_eq(closed_count, 20);
	for (size_t i = 0; i < closed_count; i++)
		cr_expect(closed[i] != elsewhere && closed[i] != theirs);
	cr_expect_eq(list->C_Finalize(NULL), CKR_OK);
	cr_expect_eq(closed_count, 21);
	cr_expect_eq(closed[20], elsewhere);
}

Test(bridge, two_on_one_module_leave_one_by_one)
{
	void *first, *second;
	CK_FUNCTION_LIST *list = one_more(&first);
	CK_FUNCTION_LIST *other = one_more(&second);
	CK_SESSION_HANDLE session = open_in(other, 1);

	cr_expect_neq(list, other);
	bridge.drop(first);
	cr_expect_eq(other->C_CloseSession(session), CKR_OK);
	cr_expect_eq(closed_count, 1);
}

Test(bridge, serves_sixteen_at_once_each_with_its_own)
{
	static CK_FUNCTION_LIST many[17];
	CK_FUNCTION_LIST *lists[16];
	void *places[16];

	for (size_t i = 0; i < COUNT(lists); i++) {
		places[i] = offer(&many[i]);
		cr_assert_not_null(places[i]);
		cr_assert_eq(bridge.get(&lists[i]), CKR_OK);
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(lists[i]->C_FindObjectsInit,
			    lists[j]->C_FindObjectsInit);
	}
	cr_expect_null(offer(&many[16]));
	bridge.drop(places[3]);
	cr_expect_not_null(offer(&many[16]));
}
