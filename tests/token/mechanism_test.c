/* mechanism_test.c - names of mechanisms, and ways to sign. */
#include "../../src/token/internal.h"
#include "bench.h"

TestSuite(mechanism, .init = bench_start_open, .fini = bench_end,
    .timeout = 60);

static const struct {
	unsigned long type;
	const char *name;
} names[] = {
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN" },
	{ CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS" },
	{ 1, "CKM_RSA_PKCS" },
	{ 3, "CKM_RSA_X_509" },
	{ CKM_ECDSA, "CKM_ECDSA" },
	{ 0x1040, "CKM_EC_KEY_PAIR_GEN" },
	{ CKM_EDDSA, "CKM_EDDSA" },
	{ 0x80000001, "0x80000001" },
	{ ~0UL, "0xffffffffffffffff" },
};

Test(mechanism, has_a_name_or_a_number)
{
	char out[24];

	for (size_t i = 0; i < COUNT(names); i++)
		cr_expect_str_eq(token_mechanism_name(names[i].type, out),
		    names[i].name);
}

Test(mechanism, list_is_the_token_s)
{
	unsigned long *list = NULL;
	bool ecdsa = false;
	size_t count = 0;

	MUST(token_mechanisms(bench.token, &list, &count, &bench.f));
	cr_expect_gt(count, 20);
	for (size_t i = 0; i < count; i++)
		ecdsa = ecdsa || list[i] == CKM_ECDSA;
	cr_expect(ecdsa);
	mem_free(list);
}

Test(mechanism, table_has_a_row_for_every_algorithm)
{
	for (enum key_alg alg = 0; alg < KEY_ALGS; alg++)
		cr_expect_not_null(key_mechanisms[alg].missing);
	for (enum sign_alg alg = 0; alg < SIGN_ALGS; alg++) {
		cr_expect_not_null(sign_mechanisms[alg].missing);
		cr_expect_eq(sign_mechanisms[alg].hash != 0,
		    sign_algs[alg].pss);
	}
}

/* clang-format off */
static const struct {
	CK_MECHANISM_TYPE has[2];
	enum sign_alg alg;
	const char *way;
	bool usable;
} ways[] = {
	{ { CKM_RSA_PKCS }, SIGN_SHA256WITHRSA, "libp11", true },
	{ { CKM_ECDSA }, SIGN_SHA512WITHECDSA, "libp11", true },
	{ { CKM_EDDSA }, SIGN_ED25519, "C_Sign", true },
	{ { CKM_RSA_X_509 }, SIGN_SHA256WITHRSA_PSS, "libp11", true },
	{ { CKM_RSA_PKCS_PSS }, SIGN_SHA256WITHRSA_PSS, "C_Sign", true },
	{ { CKM_RSA_PKCS_PSS, CKM_RSA_X_509 }, SIGN_SHA384WITHRSA_PSS,
	    "libp11", true },
	{ { CKM_SHA256_RSA_PKCS }, SIGN_SHA256WITHRSA,
	    "the token has no CKM_RSA_PKCS", false },
	{ { CKM_RSA_PKCS }, SIGN_SHA256WITHECDSA,
	    "the token has no CKM_ECDSA", false },
};
/* clang-format on */

Test(mechanism, decides_the_way)
{
	CK_MECHANISM_TYPE *real;
	bool usable = true;

	(void)token_way(bench.token, SIGN_ED25519, &usable);
	real = bench.token->mechanisms;
	for (size_t i = 0; i < COUNT(ways); i++) {
		CK_MECHANISM_TYPE has[] = { ways[i].has[0], ways[i].has[1] };

		bench.token->mechanisms = has;
		bench.token->mechanism_count = has[1] != 0 ? 2 : 1;
		cr_expect_str_eq(token_way(bench.token, ways[i].alg, &usable),
		    ways[i].way);
		cr_expect_eq(usable, ways[i].usable);
	}
	bench.token->mechanisms = real;
}

static CK_RV
list_without_end(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	cr_assert_null(list, "room for so many is made");
	*count = 4097;
	return CKR_OK;
}

Test(mechanism, list_that_is_too_long_is_none)
{
	struct call *call = worker_call(bench.token->worker);
	CK_FUNCTION_LIST *real = call->list;
	CK_FUNCTION_LIST lying = *real;
	unsigned long *list = NULL;
	size_t count = 9;

	lying.C_GetMechanismList = list_without_end;
	call->list = &lying;
	REFUSED(token_mechanisms(bench.token, &list, &count, &bench.f),
	    "CKR_BUFFER_TOO_SMALL");
	cr_expect_eq(count, 0);
	call->list = real;
	MUST(token_mechanisms(bench.token, &list, &count, &bench.f));
	cr_expect_gt(count, 20);
	mem_free(list);
}
