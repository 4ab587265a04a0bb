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

Test(error, only_a_loss_is_worth_a_fresh_start)
{
	static const CK_RV lost[] = { 0x5, 0x30, 0x32, 0x60, 0x82, 0xb0, 0xb3,
		0xe0, 0xe1, 0x190 };
	static const CK_RV kept[] = { 0, 0xa0, 0xa4, 0x70, 0x101, 0x12, 0x11,
		0x31, 0xb1, 0x80000001 };

	for (size_t i = 0; i < COUNT(lost); i++)
		cr_expect(rv_is_lost(lost[i]), "0x%lx", lost[i]);
	for (size_t i = 0; i < COUNT(kept); i++)
		cr_expect_not(rv_is_lost(kept[i]), "0x%lx", kept[i]);
	cr_expect_str_eq(rv_name(0xa0), "CKR_PIN_INCORRECT");
}
