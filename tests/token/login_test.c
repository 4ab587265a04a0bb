/*
 * login_test.c - each way a login can end, said with what to do; the pad; keys
 * that ask for the PIN at each use.
 */
#include "fault_bench.h"

TestSuite(login, .init = bench_open, .fini = bench_close, .timeout = 60);

#define COUNT_LOW "token flags-set 0x10000\n"
#define FINAL_TRY "token flags-set 0x20000\n"
#define LOCKED "token flags-set 0x40000\n"
#define TO_BE_CHANGED "token flags-set 0x80000\n"

static char warned[1024];

static void
warn(const char *text)
{
	size_t len = strlen(warned);

	snprintf(warned + len, sizeof(warned) - len, "%s\n", text);
}

static bool
warned_of(const char *words)
{
	return strstr(warned, words) != NULL;
}

static bool
login(struct fault *f)
{
	struct token *token = NULL;
	bool ok;

	*f = (struct fault){ 0 };
	warned[0] = '\0';
	bench_forget_calls();
	ok = token_open(&bench.place, true, warn, &token, f);
	token_close(token);
	return ok;
}

/* --- refusals --------------------------------------------------------- */

static const struct {
	const char *script;
	const char *found, *todo;
	size_t tries;
} refusals[] = {
	{ LOCKED, "has locked its PIN", "security officer", 0 },
	{ FINAL_TRY, "one try of its PIN left", "--pin prompt", 0 },
	{ "C_Login return 0xa0\n", "refused the PIN", "nothing is tried twice",
	    1 },
	{ "C_Login return 0xa0\n" COUNT_LOW, "refused the PIN; few tries",
	    "where the PIN comes from", 1 },
	{ "C_Login return 0xa1\n", "refused a character of the PIN",
	    "where the PIN comes from", 1 },
	{ "C_Login return 0xa2\n", "takes 4 to 255 characters",
	    "where the PIN comes from", 1 },
	{ "C_Login return 0xa3\n", "wants its PIN changed", "--change-pin", 1 },
	{ "C_Login return 0xa4\n", "has locked its PIN", "dictionary lockout",
	    1 },
	{ "C_Login return 0x102\n", "has no user PIN yet", "--init-pin", 1 },
	{ "C_Login return 0x100\n", "a login that is not ours", "close the",
	    1 },
	{ "C_Login return 0x104\n", "another user logged in",
	    "log the security officer out", 1 },
	{ "C_Login return 0x105\n", "takes no second login", "end the programs",
	    1 },
	{ "C_Login return 0x50\n", "was told to cancel", "at the token", 1 },
	{ "C_Login return 0x200\n", "was told to refuse", "at the token", 1 },
	{ "C_Login return 0x30\n", "does not answer", "connection", 1 },
	{ "C_Login return 0x5\n", "does not say why", "resource manager", 1 },
};

Test(login, that_is_refused_costs_one_try_and_says_what_to_do)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct fault f;

		bench_tell("%s", refusals[i].script);
		cr_expect_not(login(&f), "%s", refusals[i].script);
		cr_expect(bench_is_whole(&f), "%s", refusals[i].script);
		cr_expect(strstr(f.found, refusals[i].found) != NULL, "%s: %s",
		    refusals[i].script, f.found);
		cr_expect(strstr(f.todo, refusals[i].todo) != NULL, "%s: %s",
		    refusals[i].script, f.todo);
		cr_expect_eq(bench_calls("C_Login "), refusals[i].tries, "%s",
		    refusals[i].script);
	}
}

Test(login, of_somebody_else_in_this_process_is_not_taken_for_ours)
{
	struct fault f;

	raw_open();
	bench_write("pin", "87654321\n");
	cr_expect_not(login(&f));
	cr_expect(strstr(f.found, "a login that is not ours") != NULL, "%s",
	    f.found);
	cr_expect_eq(bench_calls("C_Login 0x100\n"), 1);
}

Test(login, to_a_token_without_a_user_pin_says_who_sets_it)
{
	CK_UTF8CHAR label[32];
	struct fault f;

	memset(label, ' ', sizeof(label));
	memcpy(label, "fresh", 5);
	raw_load();
	cr_assert_eq(bench.raw->C_InitToken(raw_slot(false),
			 (CK_UTF8CHAR *)(char[]){ "12345678" }, 8, label),
	    CKR_OK);
	raw_close();
	bench.place.uri = "pkcs11:token=fresh";
	cr_expect_not(login(&f));
	cr_expect(strstr(f.found, "has no user PIN yet") != NULL, "%s",
	    f.found);
	cr_expect_eq(bench_calls("C_Login 0x102\n"), 1);
}

Test(login, with_a_pin_that_is_to_be_changed_is_warned_of)
{
	struct fault f;

	bench_tell(TO_BE_CHANGED);
	cr_expect(login(&f), "%s", f.found);
	cr_expect(warned_of("change it"), "%s", warned);
}

Test(login, is_not_made_by_who_only_looks_around_when_tries_are_few)
{
	static const char *const few[] = { COUNT_LOW, FINAL_TRY, LOCKED };
	struct fault f;

	bench.place.spare_tries = true;
	cr_expect(login(&f), "%s", f.found);
	for (size_t i = 0; i < COUNT(few); i++) {
		bench_tell("%s", few[i]);
		cr_expect_not(login(&f), "%s", few[i]);
		cr_expect(bench_is_whole(&f), "%s", f.found);
		cr_expect_eq(bench_calls("C_Login "), 0, "%s", few[i]);
	}
}

/* --- the pad ---------------------------------------------------------- */

/* The token has a pad, where the right PIN is typed. */
static void
give_it_a_pad(const char *more)
{
	bench_tell("token pad %s\n%s", bench_path("pin"), more);
	bench.place.pin = NULL;
}

Test(login, at_the_pad_reads_no_pin_and_says_what_to_do_there)
{
	struct fault f;

	give_it_a_pad("");
	cr_expect(login(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login 0x0 pad\n"), 1);
	cr_expect_eq(bench_calls("C_Login "), 1);
	cr_expect_str_eq(warned,
	    "type the PIN on the pad of the token \"fault\"\n");
}

Test(login, at_the_pad_may_be_the_last_try)
{
	struct fault f;

	give_it_a_pad(FINAL_TRY);
	cr_expect(login(&f), "%s", f.found);
	cr_expect(warned_of("one try is left"), "%s", warned);
	cr_expect(warned_of("type the PIN on the pad"), "%s", warned);
}

Test(login, at_the_pad_that_is_wrong_is_not_asked_for_again)
{
	struct fault f;

	bench_write("typed", "87654321\n");
	bench_tell("token pad %s\n", bench_path("typed"));
	bench.place.pin = "pad";
	cr_expect_not(login(&f));
	cr_expect(strstr(f.found, "refused the PIN") != NULL, "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 1);
}

/* No PIN at all would be an empty one there. */
Test(login, at_a_pad_that_is_not_there_is_not_tried)
{
	struct fault f;

	bench.place.pin = "pad";
	cr_expect_not(login(&f));
	cr_expect(strstr(f.found, "no PIN pad") != NULL, "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 0);
	cr_expect_str_eq(warned, "");
}

/* --- keys that ask each time ------------------------------------------ */

#define SIGNATURES 5

/* An open token with such a key in it; bench_forget_calls() was last. */
static struct token *
token_that_asks(struct key *key)
{
	struct token *token = NULL;
	struct fault f = { 0 };

	raw_open();
	raw_make_p256_that_asks("asks");
	raw_close();
	cr_assert(token_open(&bench.place, true, warn, &token, &f), "%s",
	    f.found);
	cr_assert(token_find_key(token, bytes_of("asks"), key, &f), "%s",
	    f.found);
	cr_expect_eq((int)key->claims.always_authenticate, CLAIM_YES);
	warned[0] = '\0';
	bench_forget_calls();
	return token;
}

static void
sign_several(struct token *token, const struct key *key)
{
	struct to_sign list[SIGNATURES] = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < SIGNATURES; i++)
		list[i].data = bytes_of("to be signed");
	cr_expect(token_sign_many(token, key, SIGN_SHA256WITHECDSA, list,
		      SIGNATURES, &f),
	    "%s", f.found);
	for (size_t i = 0; i < SIGNATURES; i++) {
		cr_expect(bench_verifies(key, SIGN_SHA256WITHECDSA,
		    buf_bytes(&list[i].signature)));
		buf_free(&list[i].signature);
	}
}

Test(login, is_made_once_for_each_signature_of_a_key_that_asks)
{
	struct key key = { 0 };
	struct token *token = token_that_asks(&key);

	sign_several(token, &key);
	cr_expect_eq(bench_calls("C_Login 0x0\n"), SIGNATURES);
	cr_expect_eq(bench_calls("C_Sign 0x0\n"), SIGNATURES);
	key_clear(&key);
	token_close(token);
}

Test(login, for_each_signature_reads_a_credential_again)
{
	struct key key = { 0 };
	struct token *token;

	setenv("CREDENTIALS_DIRECTORY", bench.folder, 1);
	bench.place.pin = "credential:pin";
	token = token_that_asks(&key);
	sign_several(token, &key);
	cr_expect_eq(bench_calls("C_Login 0x0\n"), SIGNATURES);
	key_clear(&key);
	token_close(token);
}

Test(login, for_each_signature_at_the_pad_says_so_each_time)
{
	struct key key = { 0 };
	struct token *token;
	size_t told = 0;

	give_it_a_pad("");
	token = token_that_asks(&key);
	sign_several(token, &key);
	cr_expect_eq(bench_calls("C_Login 0x0 pad\n"), SIGNATURES);
	for (const char *p = warned;
	     (p = strstr(p, ", for one signature\n")) != NULL; p++)
		told++;
	cr_expect_eq(told, SIGNATURES, "%s", warned);
	key_clear(&key);
	token_close(token);
}

Test(login, for_each_signature_is_not_to_be_had_from_a_descriptor)
{
	FILE *pin = fopen(bench_path("pin"), "r");
	struct key key = { 0 };
	struct token *token;
	char source[24];
	struct fault f;

	cr_assert_not_null(pin);
	snprintf(source, sizeof(source), "fd:%d", fileno(pin));
	bench.place.pin = source;
	token = token_that_asks(&key);
	cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f));
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect(strstr(f.found, "asks for the PIN at each use") != NULL, "%s",
	    f.found);
	cr_expect_eq(bench_calls("C_Login "), 0);
	key_clear(&key);
	token_close(token);
	fclose(pin);
}

Test(login, for_a_signature_that_is_refused_is_the_last)
{
	struct key key = { 0 };
	struct token *token = token_that_asks(&key);
	struct to_sign list[SIGNATURES] = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < SIGNATURES; i++)
		list[i].data = bytes_of("to be signed");
	bench_write("pin", "87654321\n");
	cr_expect_not(token_sign_many(token, &key, SIGN_SHA256WITHECDSA, list,
	    SIGNATURES, &f));
	cr_expect(strstr(f.found, "refused the PIN") != NULL, "%s", f.found);
	cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f));
	cr_expect(strstr(f.found, "has refused a PIN before") != NULL, "%s",
	    f.found);
	cr_expect_eq(bench_calls("C_Login "), 1);
	cr_expect_eq(bench_calls("C_Sign "), 0);
	key_clear(&key);
	token_close(token);
}

Test(login, for_a_signature_looks_at_the_flags_first)
{
	static const char *const few[] = { FINAL_TRY, LOCKED };
	struct key key = { 0 };
	struct token *token = token_that_asks(&key);
	struct fault f;

	for (size_t i = 0; i < COUNT(few); i++) {
		bench_tell("%s", few[i]);
		cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA,
		    &f));
		cr_expect(bench_is_whole(&f), "%s", f.found);
	}
	cr_expect_eq(bench_calls("C_Login "), 0);
	bench_tell(COUNT_LOW);
	cr_expect(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f), "%s",
	    f.found);
	cr_expect(warned_of("few tries are left"), "%s", warned);
	key_clear(&key);
	token_close(token);
}

/* Two PINs for the try that was lost, one for the signature. */
Test(login, for_a_signature_is_made_again_when_the_token_was_lost)
{
	struct key key = { 0 };
	struct token *token = token_that_asks(&key);
	struct fault f;

	bench_tell("C_Sign@1 return 0x30\n");
	cr_expect(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f), "%s",
	    f.found);
	cr_expect_eq(bench_calls("C_Login 0x0\n"), 3);
	key_clear(&key);
	token_close(token);
}
