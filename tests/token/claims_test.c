/*
 * claims_test.c - keys of SoftHSM itself with every attribute that it lets one
 * choose: what is read of them, how that is judged, and whether it is true.
 */
#include "fault_bench.h"
#include "p11ca/rule_key.h"

TestSuite(claims, .init = bench_open, .fini = bench_close, .timeout = 120);

enum origin { GENERATED, IMPORTED };

/* clang-format off */
static const struct {
	enum origin origin;
	bool sensitive, extractable; /* from the beginning */
	bool hardened;		     /* made sensitive and not extractable later */
	bool fit, strictly;	     /* as decided */
} cases[] = {
	{ GENERATED, true, false, false, true, true },
	{ GENERATED, true, true, false, false, false },
	{ GENERATED, false, false, false, true, false },
	{ GENERATED, false, true, false, false, false },
	{ GENERATED, false, true, true, true, false },
	{ GENERATED, true, true, true, true, false },
	{ GENERATED, false, false, true, true, false },
	{ IMPORTED, true, false, false, true, false },
	{ IMPORTED, true, true, false, false, false },
	{ IMPORTED, false, false, false, true, false },
	{ IMPORTED, false, true, false, false, false },
	{ IMPORTED, false, true, true, true, false },
};
/* clang-format on */

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07 };
static CK_BYTE number[32] = { 0x11, 0x22, 0x33 }; /* any will do */
static CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY;
static CK_KEY_TYPE ec = CKK_EC;

#define BOOL(value) ((value) ? &yes : &no), 1

/* Make the key of a case; its ID is the number of the case. */
static CK_OBJECT_HANDLE
raw_make(size_t i, CK_MECHANISM_TYPE how, CK_ULONG bits)
{
	CK_BYTE id = (CK_BYTE)i, exponent[] = { 1, 0, 1 };
	CK_MECHANISM mechanism = { how, NULL, 0 };
	CK_ATTRIBUTE private[] = {
		{ CKA_SENSITIVE, BOOL(cases[i].sensitive) },
		{ CKA_EXTRACTABLE, BOOL(cases[i].extractable) },
		{ CKA_TOKEN, BOOL(true) },
		{ CKA_PRIVATE, BOOL(true) },
		{ CKA_SIGN, BOOL(true) },
		{ CKA_DECRYPT, BOOL(false) },
		{ CKA_UNWRAP, BOOL(false) },
		{ CKA_DERIVE, BOOL(false) },
		{ CKA_ID, &id, 1 },
		{ CKA_CLASS, &private_class, sizeof(private_class) },
		{ CKA_KEY_TYPE, &ec, sizeof(ec) },
		{ CKA_EC_PARAMS, p256, sizeof(p256) },
		{ CKA_VALUE, number, sizeof(number) },
	};
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, BOOL(true) },
		{ CKA_ID, &id, 1 },
		{ CKA_EC_PARAMS, p256, sizeof(p256) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
	};
	CK_OBJECT_HANDLE object = 0, other = 0;

	if (cases[i].origin == IMPORTED)
		cr_assert_eq(bench.raw->C_CreateObject(bench.session, private,
				 COUNT(private), &object),
		    CKR_OK, "case %zu", i);
	else if (bits == 0)
		cr_assert_eq(bench.raw->C_GenerateKeyPair(bench.session,
				 &mechanism, public, 3, private, 9, &other,
				 &object),
		    CKR_OK, "case %zu", i);
	else {
		public[2] = public[3];
		public[3] = public[4];
		cr_assert_eq(bench.raw->C_GenerateKeyPair(bench.session,
				 &mechanism, public, 4, private, 9, &other,
				 &object),
		    CKR_OK, "case %zu", i);
	}
	return object;
}

/* Both go one way only, and are refused where they are so already. */
static void
raw_harden(CK_OBJECT_HANDLE object, size_t i)
{
	CK_ATTRIBUTE sensitive = { CKA_SENSITIVE, BOOL(true) };
	CK_ATTRIBUTE unextractable = { CKA_EXTRACTABLE, BOOL(false) };

	if (!cases[i].sensitive)
		cr_assert_eq(bench.raw->C_SetAttributeValue(bench.session,
				 object, &sensitive, 1),
		    CKR_OK);
	if (cases[i].extractable)
		cr_assert_eq(bench.raw->C_SetAttributeValue(bench.session,
				 object, &unextractable, 1),
		    CKR_OK);
}

/* What really comes of asking for the private value. */
static CK_RV
raw_read(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BYTE value[1024];
	CK_ATTRIBUTE ask = { type, value, sizeof(value) };

	return bench.raw->C_GetAttributeValue(bench.session, object, &ask, 1);
}

/* ... and of wrapping it with a key that is known. */
static CK_RV
raw_wrap(CK_OBJECT_HANDLE object)
{
	CK_MECHANISM make = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_MECHANISM wrap = { CKM_AES_KEY_WRAP_PAD, NULL, 0 };
	CK_ULONG size = 32, len = 4096;
	CK_ATTRIBUTE template[] = {
		{ CKA_VALUE_LEN, &size, sizeof(size) },
		{ CKA_WRAP, BOOL(true) },
		{ CKA_TOKEN, BOOL(false) },
	};
	CK_OBJECT_HANDLE aes = 0;
	CK_BYTE out[4096];

	cr_assert_eq(bench.raw->C_GenerateKey(bench.session, &make, template,
			 COUNT(template), &aes),
	    CKR_OK);
	return bench.raw->C_WrapKey(bench.session, &wrap, aes, object, out,
	    &len);
}

/* The key of a case as the token layer reads it. */
static struct key_claims
claims_of_case(const struct key *list, size_t count, size_t i)
{
	for (size_t k = 0; k < count; k++)
		if (list[k].id.len == 1 && list[k].id.p[0] == i)
			return list[k].claims;
	cr_assert_fail("no key of case %zu", i);
	return (struct key_claims){ 0 };
}

/* PKCS#11 2.40, 4.9: what such a key must report. */
static void
expect_reported(size_t i, const struct key_claims *c)
{
	bool generated = cases[i].origin == GENERATED;
	bool now_sensitive = cases[i].sensitive || cases[i].hardened;
	bool now_extractable = cases[i].extractable && !cases[i].hardened;
	enum claim is[] = { CLAIM_NO, CLAIM_YES };

	cr_expect_eq(c->sensitive, is[now_sensitive], "case %zu", i);
	cr_expect_eq(c->extractable, is[now_extractable], "case %zu", i);
	cr_expect_eq(c->always_sensitive, is[generated && cases[i].sensitive],
	    "case %zu", i);
	cr_expect_eq(c->never_extractable,
	    is[generated && !cases[i].extractable], "case %zu", i);
	cr_expect_eq(c->local, is[generated], "case %zu", i);
}

static void
expect_judged(size_t i, const struct key_claims *c)
{
	for (int strict = 0; strict < 2; strict++) {
		struct fault f = { 0 };

		cr_expect_eq(key_is_fit(c, strict != 0, &f),
		    strict ? cases[i].strictly : cases[i].fit,
		    "case %zu, strict %d: %s", i, strict, f.found);
	}
}

static void
each_case(CK_MECHANISM_TYPE how, CK_ULONG bits, CK_ATTRIBUTE_TYPE secret,
    enum origin last)
{
	CK_RV read[COUNT(cases)], wrapped[COUNT(cases)];
	struct token *token;
	struct fault f = { 0 };
	struct key *list = NULL;
	size_t count = 0;

	raw_open();
	for (size_t i = 0; i < COUNT(cases); i++) {
		CK_OBJECT_HANDLE object;

		if (cases[i].origin > last)
			continue;
		object = raw_make(i, how, bits);
		if (cases[i].hardened)
			raw_harden(object, i);
		read[i] = raw_read(object, secret);
		wrapped[i] = raw_wrap(object);
	}
	raw_close();
	token = bench_token();
	cr_assert(token_keys(token, &list, &count, &f), "%s", f.found);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct key_claims claims;

		if (cases[i].origin > last)
			continue;
		claims = claims_of_case(list, count, i);
		expect_reported(i, &claims);
		expect_judged(i, &claims);
		cr_expect_eq(claims.secret_readable, read[i] == CKR_OK,
		    "case %zu", i);
		cr_expect_neq(claims.secret_denied, claims.secret_readable,
		    "case %zu", i);
		if (!cases[i].fit)
			continue;
		cr_expect_eq(read[i], CKR_ATTRIBUTE_SENSITIVE, "case %zu", i);
		cr_expect_eq(wrapped[i], CKR_KEY_UNEXTRACTABLE,
		    "case %zu: %#lx", i, (unsigned long)wrapped[i]);
	}
	for (size_t k = 0; k < count; k++)
		key_clear(&list[k]);
	mem_free(list);
	token_close(token);
}

Test(claims, of_ec_keys_are_read_judged_and_true)
{
	each_case(CKM_EC_KEY_PAIR_GEN, 0, CKA_VALUE, IMPORTED);
}

Test(claims, of_rsa_keys_are_read_judged_and_true)
{
	each_case(CKM_RSA_PKCS_KEY_PAIR_GEN, 1024, CKA_PRIVATE_EXPONENT,
	    GENERATED);
}

/* A key that p11ca makes: none of its parts, in no way. */
Test(claims, of_a_key_that_p11ca_makes_are_the_strictest)
{
	static const CK_ATTRIBUTE_TYPE parts[] = { CKA_PRIVATE_EXPONENT,
		CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,
		CKA_COEFFICIENT };
	struct token *token;
	struct fault f = { 0 };
	struct key key = { 0 };
	CK_OBJECT_HANDLE object = 0;

	bench_make_key(KEY_RSA_2048);
	token = bench_token();
	bench_find(token, &key);
	cr_expect(key_is_fit(&key.claims, true, &f), "%s", f.found);
	key_clear(&key);
	token_close(token);
	raw_open();
	cr_assert_eq(raw_find(CKO_PRIVATE_KEY, &object, 1), 1);
	for (size_t i = 0; i < COUNT(parts); i++)
		cr_expect_eq(raw_read(object, parts[i]),
		    CKR_ATTRIBUTE_SENSITIVE);
	cr_expect_eq(raw_wrap(object), CKR_KEY_UNEXTRACTABLE);
	raw_close();
}

/* --- answers that SoftHSM does not give ---------------------------------- */

/* clang-format off */
static const struct {
	const char *script;
	bool readable, denied;
} tries[] = {
	{ "", false, true },
	{ "value readable\n", true, false },
	{ "attribute 0x11 missing\n", false, true },
	{ "attribute 0x163 0\n", false, true },
	/* After type and ID, label and curve, and claims: the secret's turn. */
	{ "C_GetAttributeValue@4 return 0x6\n", false, false },
};
/* clang-format on */

Test(claims, that_a_value_was_denied_is_known_only_from_a_denial)
{
	struct token *token;
	struct key key;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	for (size_t i = 0; i < COUNT(tries); i++) {
		struct fault f = { 0 };

		bench_tell("%s", tries[i].script);
		memset(&key, 0, sizeof(key));
		cr_assert(token_find_key(token, BENCH_ID, &key, &f), "%s",
		    f.found);
		cr_expect_eq(key.claims.secret_readable, tries[i].readable,
		    "%s", tries[i].script);
		cr_expect_eq(key.claims.secret_denied, tries[i].denied, "%s",
		    tries[i].script);
		key_clear(&key);
	}
	token_close(token);
}
