/*
 * fault_pin_test.c - a try of a PIN is never wasted: what the token layer does
 * when the token says that few are left, and when they are refused.
 */
#include "fault_bench.h"

TestSuite(fault_pin, .init = bench_open, .fini = bench_close, .timeout = 60);

static char warned[512];

static void
warn(const char *text)
{
	snprintf(warned, sizeof(warned), "%s", text);
}

/* Log in with the script in place; what was opened is closed again. */
static bool
login(struct fault *f)
{
	struct token *token = NULL;
	bool ok;

	*f = (struct fault){ 0 };
	warned[0] = '\0';
	bench_forget_calls();
	ok = token_open(&bench.place, true, warn, &token, f);
	cr_expect_eq(ok, token != NULL);
	token_close(token);
	return ok;
}

/* The PIN of the token, into pin. */
static void
pin_get(char *pin, size_t size)
{
	FILE *in = fopen(bench_path("pin"), "r");

	cr_assert_not_null(in);
	cr_assert_not_null(fgets(pin, (int)size, in));
	pin[strcspn(pin, "\n")] = '\0';
	fclose(in);
}

Test(fault_pin, a_login_costs_one_try)
{
	struct fault f;

	cr_assert(login(&f), "%s", f.found);
	cr_expect_eq(bench_logins(), 1);
	cr_expect_eq(bench_calls("C_Login 0x0\n"), 1);
	cr_expect_str_eq(warned, "");
}

Test(fault_pin, without_login_none_is_made)
{
	struct token *token = NULL;
	struct fault f = { 0 };

	cr_assert(token_open(&bench.place, false, warn, &token, &f), "%s",
	    f.found);
	token_close(token);
	cr_expect_eq(bench_calls("C_Login "), 0);
}

Test(fault_pin, a_locked_pin_is_not_tried)
{
	struct fault f;

	bench_tell("token flags-set 0x40000\n");
	cr_expect_not(login(&f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 0);
}

Test(fault_pin, the_last_try_is_not_for_a_file)
{
	struct fault f;

	bench_tell("token flags-set 0x20000\n");
	cr_expect_not(login(&f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 0);
}

Test(fault_pin, few_tries_left_is_said_and_one_is_used)
{
	struct fault f;

	bench_tell("token flags-set 0x10000\n");
	cr_expect(login(&f), "%s", f.found);
	cr_expect_str_not_empty(warned);
	cr_expect_eq(bench_logins(), 1);
}

Test(fault_pin, few_tries_left_needs_nobody_to_be_told)
{
	struct token *token = NULL;
	struct fault f = { 0 };

	bench_tell("token flags-set 0x10000\n");
	cr_expect(token_open(&bench.place, true, NULL, &token, &f), "%s",
	    f.found);
	token_close(token);
}

Test(fault_pin, a_wrong_pin_is_tried_once)
{
	struct fault f;

	bench_write("pin", "87654321\n");
	cr_expect_not(login(&f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 1);
	cr_expect_eq(bench_calls("C_Login 0xa0\n"), 1);
	cr_expect_null(strstr(f.found, "87654321"));
}

Test(fault_pin, a_refused_login_is_not_repeated_and_tells_no_pin)
{
	static const unsigned long refusals[] = { 0x05, 0xa0, 0xa1, 0xa2, 0xa3,
		0xa4, 0xb8, 0x102, 0x103, 0x104, 0x80000001 };
	char pin[64];

	pin_get(pin, sizeof(pin));
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct fault f;

		bench_tell("C_Login return %#lx\n", refusals[i]);
		cr_expect_not(login(&f), "%#lx", refusals[i]);
		cr_expect(bench_is_whole(&f), "%#lx: %s", refusals[i], f.found);
		cr_expect_eq(bench_calls("C_Login "), 1, "%#lx: %zu",
		    refusals[i], bench_calls("C_Login "));
		cr_expect_null(strstr(f.found, pin));
	}
}

Test(fault_pin, a_mend_does_not_try_a_pin_that_is_locked_by_now)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_find(token, &key);
	bench_tell("C_Sign@1 return 0x30\ntoken flags-set 0x40000\n");
	bench_forget_calls();
	cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 0);
	key_clear(&key);
	token_close(token);
}

Test(fault_pin, a_mend_does_not_try_a_pin_that_was_changed_twice)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_find(token, &key);
	bench_write("pin", "87654321\n");
	bench_tell("C_Sign@1 return 0x30\n");
	bench_forget_calls();
	cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f));
	for (int i = 0; i < 3; i++)
		cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA,
		    &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_leq(bench_calls("C_Login 0xa0\n"), 1, "%zu wrong tries",
	    bench_calls("C_Login 0xa0\n"));
	key_clear(&key);
	token_close(token);
}
