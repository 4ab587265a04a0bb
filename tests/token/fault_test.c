/*
 * fault_test.c - the token layer when the token goes away, lies about a
 * signature, or has something to say about its PIN.
 */
#include <signal.h>
#include <sys/wait.h>

#include "fault_bench.h"

TestSuite(fault, .init = bench_open, .fini = bench_close, .timeout = 300);

/* ---- The token goes away ---- */

/* What a child of ours says about its run. */
enum end { END_SIGNED, END_CLEAN_FAULT, END_WRONG };

#define CHILD_SECONDS 20 /* a run takes milliseconds; longer is a hang */

/* Open, log in, find the key and sign with it, like a program would. */
static enum end
story_run(void)
{
	struct token *token = NULL;
	struct key key = { 0 };
	struct buf out = { 0 };
	struct fault f = { 0 };
	enum end end;
	bool ok = token_open(&bench.place, true, NULL, &token, &f) &&
	    token_find_key(token, BENCH_ID, &key, &f) &&
	    token_sign(token, &key, SIGN_SHA256WITHECDSA,
		bytes_of("to be signed"), &out, &f);

	if (ok)
		end =
		    bench_verifies(&key, SIGN_SHA256WITHECDSA, buf_bytes(&out))
		    ? END_SIGNED
		    : END_WRONG;
	else
		end = bench_is_whole(&f) && out.len == 0 ? END_CLEAN_FAULT
							 : END_WRONG;
	if (end == END_WRONG)
		fprintf(stderr, "kind %d, found \"%s\"\n", (int)f.kind,
		    f.found);
	buf_free(&out);
	key_clear(&key);
	token_close(token);
	return end;
}

/* The same in a process of its own: a crash or a hang is seen from outside. */
static enum end
story_run_apart(const char *script)
{
	int status = 0;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		alarm(CHILD_SECONDS);
		_exit((int)story_run());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "signal %d at \"%s\"", WTERMSIG(status),
	    script);
	cr_expect_neq(WEXITSTATUS(status), END_WRONG, "at \"%s\"", script);
	return (enum end)WEXITSTATUS(status);
}

/* The PIN was tried at most twice (a mend logs in again), never wrongly. */
static void
expect_few_logins(const char *script)
{
	cr_expect_leq(bench_logins(), 2, "at \"%s\"", script);
	cr_expect_eq(bench_calls("C_Login 0xa0"), 0, "at \"%s\"", script);
}

/* Break each call in turn, until a run makes no such call. */
static void
break_each_call(const char *rule)
{
	size_t signed_anyway = 0, refused = 0, n = 0;

	bench_make_key(KEY_EC_PRIME256V1);
	do {
		char script[64];

		snprintf(script, sizeof(script), "any@%zu%s", ++n, rule);
		bench_forget_calls();
		bench_tell("%s\n", script);
		if (story_run_apart(script) == END_SIGNED)
			signed_anyway++;
		else
			refused++;
		expect_few_logins(script);
	} while (bench_calls_with(" told") > 0);
	cr_expect_geq(n, 20, "too few calls for a signature");
	cr_expect_geq(refused, 1);
	cr_expect_geq(signed_anyway, 1);
}

Test(fault, device_error_at_any_one_call_is_mended_or_a_clean_fault)
{
	break_each_call(" return 0x30");
}

Test(fault, device_error_from_any_call_on_is_a_clean_fault)
{
	break_each_call("+ return 0x30");
}

Test(fault, token_gone_at_any_one_call_is_mended_or_a_clean_fault)
{
	break_each_call(" return 0xe0");
}

Test(fault, token_gone_from_any_call_on_is_a_clean_fault)
{
	break_each_call("+ return 0xe0");
}

Test(fault, sessions_closed_after_any_call_are_mended_or_a_clean_fault)
{
	size_t refused = 0, n = 0, calls;

	bench_make_key(KEY_EC_PRIME256V1);
	do {
		char script[64];

		snprintf(script, sizeof(script), "any@%zu close", ++n);
		bench_forget_calls();
		bench_tell("%s\n", script);
		refused += story_run_apart(script) != END_SIGNED;
		expect_few_logins(script);
		calls = bench_calls("C_");
	} while (n < calls);
	cr_expect_lt(refused, n);
}

/* ---- The token loses its memory while it signs ---- */

/* What a fresh start may mend; once is all it gets.  So it is with a
 * login that the token has ended. */
static const unsigned long mendable[] = { 0x05, 0x30, 0x32, 0x82, 0x91, 0xb0,
	0xb3, 0xe0, 0xe1, 0x101, 0x190 };
static const unsigned long not_mendable[] = { 0x21, 0x31, 0x54, 0x70 };
static const char *const steps[] = { "C_SignInit", "C_Sign" };

Test(fault, a_loss_while_signing_is_mended_once)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_find(token, &key);
	for (size_t i = 0; i < COUNT(mendable) * COUNT(steps); i++) {
		const char *step = steps[i % COUNT(steps)];
		unsigned long rv = mendable[i / COUNT(steps)];

		bench_tell("%s@1 return %#lx\n", step, rv);
		cr_expect(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f),
		    "%s %#lx: %s", step, rv, f.found);
	}
	key_clear(&key);
	token_close(token);
}

Test(fault, a_loss_that_lasts_is_a_fault_after_one_mend)
{
	for (size_t i = 0; i < COUNT(mendable); i++) {
		struct token *token;
		struct key key = { 0 };
		struct fault f;

		bench_tell("%s", "");
		if (i == 0)
			bench_make_key(KEY_EC_PRIME256V1);
		token = bench_token();
		bench_find(token, &key);
		bench_tell("C_Sign return %#lx\n", mendable[i]);
		bench_forget_calls();
		cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA,
		    &f));
		cr_expect(bench_is_whole(&f), "%#lx: %s", mendable[i], f.found);
		cr_expect_eq(bench_calls("C_Sign "), 2, "%#lx", mendable[i]);
		cr_expect_leq(bench_logins(), 1, "%#lx", mendable[i]);
		key_clear(&key);
		token_close(token);
	}
}

Test(fault, a_refusal_to_sign_is_not_repeated_for_ever)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_find(token, &key);
	for (size_t i = 0; i < COUNT(not_mendable); i++) {
		bench_tell("C_SignInit return %#lx\n", not_mendable[i]);
		bench_forget_calls();
		cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA,
		    &f));
		cr_expect(bench_is_whole(&f), "%s", f.found);
		cr_expect_leq(bench_calls("C_SignInit "), 2);
		bench_tell("%s", "");
		cr_expect(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f),
		    "after %#lx: %s", not_mendable[i], f.found);
	}
	key_clear(&key);
	token_close(token);
}

static const struct {
	enum key_alg key;
	enum sign_alg sign;
} kinds[] = {
	{ KEY_EC_PRIME256V1, SIGN_SHA256WITHECDSA },
	{ KEY_ED25519, SIGN_ED25519 },
	{ KEY_RSA_2048, SIGN_SHA256WITHRSA },
	{ KEY_RSA_2048, SIGN_SHA256WITHRSA_PSS },
};

/* A token with one key for each row of kinds, and the keys. */
static struct token *
token_of_all_kinds(struct key keys[COUNT(kinds)])
{
	struct token *token = bench_token();
	struct fault f = { 0 };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		char id[8];

		snprintf(id, sizeof(id), "kind-%zu", i);
		cr_assert(token_make_key(token, kinds[i].key, bytes_of(id), id,
			      &keys[i], &f),
		    "%s", f.found);
	}
	return token;
}

static void
keys_clear(struct key keys[COUNT(kinds)])
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		key_clear(&keys[i]);
}

Test(fault, sessions_closed_behind_us_are_opened_again)
{
	struct key keys[COUNT(kinds)] = { 0 };
	struct token *token = token_of_all_kinds(keys);
	struct fault f;

	bench_tell("sessions close\n");
	for (size_t i = 0; i < 2 * COUNT(kinds); i++)
		cr_expect(bench_sign(token, &keys[i / 2], kinds[i / 2].sign,
			      &f),
		    "signature %zu of kind %zu: %s", i % 2, i / 2, f.found);
	keys_clear(keys);
	token_close(token);
}

Test(fault, a_flipped_bit_never_leaves)
{
	struct key keys[COUNT(kinds)] = { 0 };
	struct token *token = token_of_all_kinds(keys);
	struct fault f;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		bench_tell("C_Sign@1 flip\n");
		bench_forget_calls();
		cr_expect_not(bench_sign(token, &keys[i], kinds[i].sign, &f),
		    "kind %zu", i);
		cr_expect(bench_is_whole(&f), "%s", f.found);
		cr_expect_eq(bench_calls("C_Sign 0x0\n"), 1);
		bench_tell("%s", "");
		cr_expect(bench_sign(token, &keys[i], kinds[i].sign, &f), "%s",
		    f.found);
	}
	keys_clear(keys);
	token_close(token);
}

Test(fault, with_raw_rsa_hidden_pss_goes_by_C_Sign)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f;
	bool usable = false;

	bench_make_key(KEY_RSA_2048);
	bench_tell("mechanism hide 0x3\n");
	token = bench_token();
	bench_find(token, &key);
	cr_expect_str_eq(token_way(token, SIGN_SHA256WITHRSA_PSS, &usable),
	    "C_Sign");
	cr_expect(usable);
	for (enum sign_alg alg = SIGN_SHA256WITHRSA;
	     alg <= SIGN_SHA512WITHRSA_PSS; alg++)
		cr_expect(bench_sign(token, &key, alg, &f), "%s: %s",
		    sign_algs[alg].name, f.found);
	key_clear(&key);
	token_close(token);
}

Test(fault, an_algorithm_without_its_mechanism_is_not_usable)
{
	static const struct {
		const char *script;
		enum sign_alg alg;
	} cases[] = {
		{ "mechanism hide 0x3\nmechanism hide 0xd\n",
		    SIGN_SHA256WITHRSA_PSS },
		{ "mechanism hide 0x1\n", SIGN_SHA384WITHRSA },
		{ "mechanism hide 0x1041\n", SIGN_SHA256WITHECDSA },
		{ "mechanism hide 0x1057\n", SIGN_ED25519 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct token *token;
		bool usable = true;

		bench_tell("%s", cases[i].script);
		token = bench_token();
		cr_expect_not_null(token_way(token, cases[i].alg, &usable));
		cr_expect_not(usable, "%s", sign_algs[cases[i].alg].name);
		token_close(token);
	}
}
