/* fault_test.c - the words for failure. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/fault.h"

Test(fault, every_kind_has_a_name_a_status_and_an_exit_code)
{
	for (int kind = FAULT_NONE + 1; kind < FAULT_KINDS; kind++) {
		enum fault_kind k = (enum fault_kind)kind;
		int code = fault_exit_code(k);

		cr_assert_not_null(fault_name(k));
		cr_expect_gt(strlen(fault_name(k)), 0);
		cr_expect(fault_http_status(k) == 400 ||
		    fault_http_status(k) == 500);
		cr_expect((code >= 1 && code <= 5) || code == 70, "%s: %d",
		    fault_name(k), code);
	}
}

Test(fault, the_exit_codes_are_those_of_the_interface)
{
	cr_expect_eq(fault_exit_code(FAULT_MALFORMED_CERTIFICATE), 1);
	cr_expect_eq(fault_exit_code(FAULT_USAGE), 2);
	cr_expect_eq(fault_exit_code(FAULT_TOKEN), 3);
	cr_expect_eq(fault_exit_code(FAULT_STORE), 4);
	cr_expect_eq(fault_exit_code(FAULT_CONCURRENT_MODIFICATION), 5);
	cr_expect_eq(fault_exit_code(FAULT_REQUEST_IN_PROGRESS), 5);
	cr_expect_eq(fault_exit_code(FAULT_OURS), 70);
}

Test(fault, control_bytes_do_not_survive_in_what_was_found)
{
	struct fault f = { 0 };

	cr_expect_not(fault_found(&f, "a%cb%cc", '\033', '\n'));
	cr_expect_str_eq(f.found, "a?b?c");
}

Test(fault, what_is_too_long_is_cut)
{
	char text[2 * FAULT_FOUND_MAX];
	struct fault f = { 0 };

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	cr_expect_not(fault_found(&f, "%s", text));
	cr_expect_eq(strlen(f.found), FAULT_FOUND_MAX - 1);
}

Test(fault, it_is_completed_with_what_was_wanted_and_what_to_do)
{
	struct fault f = { 0 };

	cr_expect_not(fault_raise(&f, FAULT_USAGE, "something else",
	    "do it right"));
	cr_expect_eq(f.kind, FAULT_USAGE);
	cr_expect_str_eq(f.want, "something else");
	cr_expect_str_eq(f.todo, "do it right");
}
