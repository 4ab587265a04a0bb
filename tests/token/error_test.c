/* error_test.c - every return value says what it is and what to do. */
#include <ctype.h>

#include "../../src/token/internal.h"
#include "bench.h"

static void
expect_whole(CK_RV rv)
{
	struct fault f = { 0 };

	cr_expect_not(rv_fault(&f, "the token \"x\"", "signing", rv));
	cr_expect_eq((int)f.kind, FAULT_TOKEN);
	cr_expect(strncmp(f.found, "the token \"x\" ", 14) == 0, "%s", f.found);
	cr_expect(strstr(f.found, "signing") != NULL, "%s", f.found);
	cr_expect(f.want != NULL && f.todo != NULL);
}

Test(error, every_value_makes_a_whole_fault)
{
	for (CK_RV rv = 1; rv < 0x300; rv++)
		expect_whole(rv);
	expect_whole(0x80000001);
	expect_whole(~0UL);
}

static const struct {
	CK_RV rv;
	const char *words;
} said[] = {
	{ CKR_PIN_INCORRECT, "refused the PIN" },
	{ CKR_PIN_LOCKED, "locked" },
	{ CKR_SESSION_COUNT, "no free session" },
	{ CKR_DEVICE_REMOVED, "removed" },
	{ CKR_TOKEN_WRITE_PROTECTED, "write-protected" },
	{ CKR_MECHANISM_INVALID, "mechanism" },
	{ 0x80000001, "0x80000001" },
};

Test(error, says_what_it_is)
{
	for (size_t i = 0; i < COUNT(said); i++) {
		struct fault f = { 0 };

		cr_expect_not(rv_fault(&f, "it", "x", said[i].rv));
		cr_expect(strstr(f.found, said[i].words) != NULL, "%s",
		    f.found);
	}
}

/* PKCS#11 2.40, 5: what the functions that p11ca calls may answer. */
static const CK_RV answers[] = { CKR_ACTION_PROHIBITED, CKR_ARGUMENTS_BAD,
	CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_SENSITIVE,
	CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
	CKR_BUFFER_TOO_SMALL, CKR_CANT_LOCK, CKR_CRYPTOKI_ALREADY_INITIALIZED,
	CKR_CRYPTOKI_NOT_INITIALIZED, CKR_CURVE_NOT_SUPPORTED, CKR_DATA_INVALID,
	CKR_DATA_LEN_RANGE, CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY,
	CKR_DEVICE_REMOVED, CKR_DOMAIN_PARAMS_INVALID, CKR_FUNCTION_CANCELED,
	CKR_FUNCTION_FAILED, CKR_FUNCTION_NOT_SUPPORTED, CKR_FUNCTION_REJECTED,
	CKR_GENERAL_ERROR, CKR_HOST_MEMORY, CKR_KEY_FUNCTION_NOT_PERMITTED,
	CKR_KEY_HANDLE_INVALID, CKR_KEY_SIZE_RANGE, CKR_KEY_TYPE_INCONSISTENT,
	CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
	CKR_NEED_TO_CREATE_THREADS, CKR_OBJECT_HANDLE_INVALID,
	CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED, CKR_PIN_EXPIRED,
	CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_PIN_LOCKED,
	CKR_RANDOM_NO_RNG, CKR_SESSION_CLOSED, CKR_SESSION_COUNT,
	CKR_SESSION_HANDLE_INVALID, CKR_SESSION_READ_ONLY, CKR_SLOT_ID_INVALID,
	CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
	CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED,
	CKR_TOKEN_WRITE_PROTECTED, CKR_USER_ALREADY_LOGGED_IN,
	CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_USER_NOT_LOGGED_IN,
	CKR_USER_PIN_NOT_INITIALIZED, CKR_USER_TOO_MANY_TYPES,
	CKR_USER_TYPE_INVALID };

Test(error, each_value_that_may_come_has_its_name)
{
	for (size_t i = 0; i < COUNT(answers); i++)
		cr_expect(strncmp(rv_name(answers[i]), "CKR_", 4) == 0, "0x%lx",
		    answers[i]);
	cr_expect_str_eq(rv_name(0x80000001), "a value of its vendor");
	cr_expect_str_eq(rv_name(CKR_SIGNATURE_INVALID),
	    "an answer to something else");
}

Test(error, only_a_loss_is_worth_a_fresh_start)
{
	static const CK_RV lost[] = { 0x5, 0x30, 0x32, 0x60, 0x82, 0x91, 0xb0,
		0xb3, 0xe0, 0xe1, 0x190 };
	static const CK_RV kept[] = { 0, 0xa0, 0xa4, 0x70, 0x101, 0x12, 0x11,
		0x31, 0xb1, 0x80000001 };

	for (size_t i = 0; i < COUNT(lost); i++)
		cr_expect(rv_is_lost(lost[i]), "0x%lx", lost[i]);
	for (size_t i = 0; i < COUNT(kept); i++)
		cr_expect_not(rv_is_lost(kept[i]), "0x%lx", kept[i]);
	cr_expect_str_eq(rv_name(0xa0), "CKR_PIN_INCORRECT");
}
