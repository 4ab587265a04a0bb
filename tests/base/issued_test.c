/* issued_test.c - reasons by the API's names and RFC 5280's numbers. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/issued.h"
#include "p11ca/mem.h"

static const struct {
	const char *name;
	int code;
} cases[] = {
	{ "UNSPECIFIED", 0 },
	{ "KEY_COMPROMISE", 1 },
	{ "CERTIFICATE_AUTHORITY_COMPROMISE", 2 },
	{ "AFFILIATION_CHANGED", 3 },
	{ "SUPERSEDED", 4 },
	{ "CESSATION_OF_OPERATION", 5 },
	{ "PRIVILEGE_WITHDRAWN", 9 },
	{ "A_A_COMPROMISE", 10 },
};

Test(issued, each_reason_has_a_name_and_a_code)
{
	cr_assert_eq(COUNT(cases) + 1, REASONS);
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum revocation_reason reason = REASON_NONE;

		cr_assert(reason_from_name(cases[i].name, &reason), "%s",
		    cases[i].name);
		cr_expect_str_eq(reason_name(reason), cases[i].name);
		cr_expect_eq(reason_code(reason), cases[i].code, "%s",
		    cases[i].name);
	}
}

Test(issued, what_is_no_reason_is_not_found)
{
	static const char *const names[] = { "", "NONE", "key_compromise",
		"KEY_COMPROMISE ", "CERTIFICATE_HOLD", "REMOVE_FROM_CRL" };

	for (size_t i = 0; i < COUNT(names); i++) {
		enum revocation_reason reason = REASON_SUPERSEDED;

		cr_expect_not(reason_from_name(names[i], &reason), "\"%s\"",
		    names[i]);
		cr_expect_eq(reason, REASON_SUPERSEDED);
	}
}

Test(issued, no_reason_is_said_with_no_name)
{
	cr_expect_str_eq(reason_name(REASON_NONE), "");
	cr_expect_eq(reason_code(REASON_NONE), 0);
}

/* Whether all is freed is seen by the address sanitizer. */
Test(issued, is_empty_when_cleared)
{
	static const struct issued empty;
	struct issued issued = { .ca = "x", .serial = "01", .issued_at = 1 };

	issued.caller = mem_text("caller");
	issued.owner = mem_text("owner");
	issued.idempotency = mem_text("token");
	issued.failure = mem_text("why");
	buf_text_append(&issued.tbs, "tbs");
	buf_text_append(&issued.certificate, "certificate");
	issued_clear(&issued);
	cr_expect_eq(memcmp(&issued, &empty, sizeof(empty)), 0);
	issued_clear(&issued);
}
