/* probe_test.c - what SoftHSM can do, found out by doing it. */
#include "bench.h"
#include "p11ca/probe.h"

TestSuite(probe, .init = bench_start_open, .fini = bench_end, .timeout = 120);

static struct probe found;

/* All kinds of keys from the first on, into found. */
static bool
probe_from(enum key_alg first, struct token *token, enum probe_keys keys)
{
	bool ok = token_probe_begin(token, keys, &found, &bench.f);

	for (enum key_alg alg = first; ok && alg < KEY_ALGS; alg++)
		ok = token_probe_key(token, alg, &found, &bench.f);
	return ok;
}

static bool
probe_all(struct token *token, enum probe_keys keys)
{
	return probe_from(0, token, keys);
}

/* Without RSA, whose keys take their time. */
static bool
probe_some(struct token *token, enum probe_keys keys)
{
	return probe_from(KEY_EC_PRIME256V1, token, keys);
}

static size_t
keys_on_the_token(void)
{
	struct key *list = NULL;
	size_t count = 0;

	MUST(token_keys(bench.token, &list, &count, &bench.f));
	for (size_t i = 0; i < count; i++)
		key_clear(&list[i]);
	mem_free(list);
	return count;
}

/* Every algorithm works, as SoftHSM has them all. */
static void
expect_everything(void)
{
	for (enum key_alg key = 0; key < KEY_ALGS; key++) {
		const struct probe_row *row = &found.row[key];

		cr_expect_eq((int)row->key_alg, (int)key);
		cr_expect(row->generated && row->usable, "%s: %s",
		    key_algs[key].name, row->refusal);
		cr_expect_str_empty(row->refusal);
		cr_expect_eq((int)row->claims.extractable, CLAIM_NO);
		cr_expect_eq((int)row->claims.local, CLAIM_YES);
		cr_expect_not(row->claims.secret_readable);
		for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
			bool fits =
			    sign_algs[alg].family == key_algs[key].family;

			cr_expect_eq(row->sign[alg].fits, fits);
			cr_expect_eq(row->sign[alg].usable, fits, "%s, %s: %s",
			    key_algs[key].name, sign_algs[alg].name,
			    row->sign[alg].refusal);
			cr_expect_eq(row->sign[alg].way != NULL, fits);
		}
	}
}

Test(probe, of_softhsm_finds_every_algorithm)
{
	MUST(probe_all(bench.token, PROBE_SESSION_KEYS));
	expect_everything();
	cr_expect_eq((int)found.session_keys, CLAIM_YES);
	cr_expect_str_eq(found.about.label, "issuing");
	cr_expect_str_eq(found.row[KEY_RSA_2048]
			     .sign[SIGN_SHA256WITHRSA_PSS]
			     .way,
	    "libp11");
	cr_expect_str_eq(found.row[KEY_ED25519].sign[SIGN_ED25519].way,
	    "C_Sign");
}

Test(probe, with_token_keys_finds_the_same)
{
	MUST(probe_all(bench.token, PROBE_TOKEN_KEYS));
	expect_everything();
	cr_expect_eq((int)found.session_keys, CLAIM_UNREPORTED, "not tried");
}

Test(probe, leaves_nothing_on_the_token_and_touches_nothing)
{
	static const enum probe_keys both[] = { PROBE_SESSION_KEYS,
		PROBE_TOKEN_KEYS };
	struct key mine = { 0 }, after = { 0 };

	/* Its label alone does not make it a key of a probe. */
	MUST(token_make_key(bench.token, KEY_EC_PRIME256V1, bytes_of("mine"),
	    PROBE_LABEL, &mine, &bench.f));
	for (size_t i = 0; i < COUNT(both); i++) {
		MUST(probe_some(bench.token, both[i]));
		cr_expect_eq(found.left_behind, 0);
		cr_expect_eq(keys_on_the_token(), 1);
	}
	MUST(token_find_key(bench.token, bytes_of("mine"), &after, &bench.f));
	cr_expect(bytes_equal(buf_bytes(&mine.spki), buf_bytes(&after.spki)));
	key_clear(&mine);
	key_clear(&after);
}

/* A key as a probe makes it, in a process that was killed. */
Test(probe, destroys_what_an_earlier_one_left_when_it_may_write)
{
	struct key key = { 0 };

	MUST(token_make_key(bench.token, KEY_EC_PRIME256V1,
	    bytes_of(PROBE_LABEL "123456789"), PROBE_LABEL, &key, &bench.f));
	key_clear(&key);
	MUST(probe_some(bench.token, PROBE_SESSION_KEYS));
	cr_expect_eq(found.left_behind, 0);
	cr_expect_eq(keys_on_the_token(), 1);
	MUST(probe_some(bench.token, PROBE_TOKEN_KEYS));
	cr_expect_eq(found.left_behind, 2, "both halves");
	cr_expect_eq(keys_on_the_token(), 0);
}

Test(probe, without_login_finds_nothing_and_says_why)
{
	struct token *token = NULL;

	bench_close(); /* a login holds for the whole process */
	MUST(token_open(&bench.place, false, NULL, &token, &bench.f));
	MUST(probe_all(token, PROBE_SESSION_KEYS));
	for (enum key_alg key = 0; key < KEY_ALGS; key++) {
		cr_expect_not(found.row[key].generated);
		cr_expect_str_not_empty(found.row[key].refusal);
		for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++)
			cr_expect_not(found.row[key].sign[alg].usable);
	}
	token_close(token);
}
