/* probe_test.c - what SoftHSM can do, found out by doing it. */
#include "bench.h"

TestSuite(probe, .init = bench_start_open, .fini = bench_end, .timeout = 120);

Test(probe, of_softhsm_finds_every_algorithm)
{
	struct probe_row rows[KEY_ALGS];

	MUST(token_probe(bench.token, rows, &bench.f));
	for (enum key_alg key = 0; key < KEY_ALGS; key++) {
		cr_expect_eq((int)rows[key].key_alg, (int)key);
		cr_expect(rows[key].generated, "%s: %s", key_algs[key].name,
		    rows[key].refusal);
		cr_expect_eq((int)rows[key].claims.extractable, CLAIM_NO);
		cr_expect_not(rows[key].claims.secret_readable);
		for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
			bool fits =
			    sign_algs[alg].family == key_algs[key].family;

			cr_expect_eq(rows[key].sign[alg].fits, fits);
			cr_expect_eq(rows[key].sign[alg].usable, fits,
			    "%s with %s: %s", key_algs[key].name,
			    sign_algs[alg].name, rows[key].sign[alg].way);
			cr_expect_not_null(rows[key].sign[alg].way);
		}
	}
	cr_expect_str_eq(rows[KEY_RSA_2048].sign[SIGN_SHA256WITHRSA_PSS].way,
	    "libp11");
	cr_expect_str_eq(rows[KEY_ED25519].sign[SIGN_ED25519].way, "C_Sign");
}

Test(probe, leaves_nothing_on_the_token)
{
	struct probe_row rows[KEY_ALGS];
	struct key *list = NULL;
	size_t count = 9;

	MUST(token_probe(bench.token, rows, &bench.f));
	MUST(token_keys(bench.token, &list, &count, &bench.f));
	cr_expect_eq(count, 0);
	mem_free(list);
}

Test(probe, without_login_finds_nothing_and_says_why)
{
	struct probe_row rows[KEY_ALGS];
	struct token *token = NULL;

	bench_close(); /* a login holds for the whole process */
	MUST(token_open(&bench.place, false, NULL, &token, &bench.f));
	MUST(token_probe(token, rows, &bench.f));
	for (enum key_alg key = 0; key < KEY_ALGS; key++) {
		cr_expect_not(rows[key].generated);
		cr_expect_str_not_empty(rows[key].refusal);
		for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++)
			cr_expect_not(rows[key].sign[alg].usable);
	}
	token_close(token);
}
