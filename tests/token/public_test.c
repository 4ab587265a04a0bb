/* public_test.c - public keys from whatever attributes a token gives. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "../../src/token/internal.h"
#include "bench.h"

TestSuite(public, .init = bench_start_open, .fini = bench_end, .timeout = 60);

static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
	7 };

/* A session object with just these two attributes. */
static CK_OBJECT_HANDLE
public_object(CK_KEY_TYPE type, struct bytes params, struct bytes point)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_KEY_TYPE, &type, sizeof(type)),
		attribute(CKA_EC_PARAMS, params.p, params.len),
		attribute(CKA_EC_POINT, point.p, point.len),
	};
	CK_OBJECT_HANDLE object = 0;

	cr_assert_eq(bench.token->module->list
			 ->C_CreateObject(bench.token->session, template,
			     COUNT(template), &object),
	    CKR_OK);
	return object;
}

/* A P-256 key, and its point as OpenSSL writes it. */
static EVP_PKEY *
make_p256(const char *form, unsigned char *point, size_t *len)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	cr_assert_eq(EVP_PKEY_set_utf8_string_param(key,
			 OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form),
	    1);
	cr_assert_eq(EVP_PKEY_get_octet_string_param(key,
			 OSSL_PKEY_PARAM_PUB_KEY, point, 80, len),
	    1);
	return key;
}

/* What comes out is the same key, named curve, uncompressed. */
static void
expect_same(CK_OBJECT_HANDLE object, EVP_PKEY *key)
{
	EVP_PKEY *read = public_from_object(bench.token, object, CKK_EC);
	unsigned char *der = NULL;

	cr_assert_not_null(read);
	cr_expect_eq(EVP_PKEY_eq(read, key), 1);
	cr_expect_eq(i2d_PUBKEY(read, &der), 91);
	OPENSSL_free(der);
	EVP_PKEY_free(read);
}

Test(public, ec_point_is_taken_raw_or_wrapped)
{
	struct bytes params = { p256, sizeof(p256) };
	unsigned char wrapped[82] = { 4, 65 };
	size_t len = 0;

	/* Enough keys that one X starts like the length of a wrapping. */
	for (int i = 0; i < 50; i++) {
		EVP_PKEY *key = make_p256("uncompressed", wrapped + 2, &len);

		cr_assert_eq(len, 65);
		expect_same(public_object(CKK_EC, params,
				(struct bytes){ wrapped, 67 }),
		    key);
		expect_same(public_object(CKK_EC, params,
				(struct bytes){ wrapped + 2, 65 }),
		    key);
		EVP_PKEY_free(key);
	}
}

Test(public, ec_point_off_the_curve_or_cut_is_none)
{
	struct bytes params = { p256, sizeof(p256) };
	unsigned char wrapped[82] = { 4, 65 };
	EVP_PKEY *key;
	size_t len = 0;

	key = make_p256("uncompressed", wrapped + 2, &len);
	EVP_PKEY_free(key);
	wrapped[40] ^= 1;
	cr_expect_null(public_from_object(bench.token,
	    public_object(CKK_EC, params, (struct bytes){ wrapped, 67 }),
	    CKK_EC));
	wrapped[40] ^= 1;
	cr_expect_null(public_from_object(bench.token,
	    public_object(CKK_EC, params, (struct bytes){ wrapped, 60 }),
	    CKK_EC));
	cr_expect_null(public_from_object(bench.token,
	    public_object(CKK_EC, params, (struct bytes){ NULL, 0 }), CKK_EC));
}

Test(public, ec_of_no_known_curve_is_none)
{
	static const unsigned char no_curve[] = { 6, 3, 0x2a, 3, 4 };
	unsigned char point[80] = { 4 };

	cr_expect_null(public_from_object(bench.token,
	    public_object(CKK_EC, (struct bytes){ no_curve, sizeof(no_curve) },
		(struct bytes){ point, 65 }),
	    CKK_EC));
	cr_expect_eq(public_bits_of_params((struct bytes){
			 no_curve, sizeof(no_curve) }),
	    0);
	cr_expect_eq(public_bits_of_params((struct bytes){ NULL, 0 }), 0);
	cr_expect_eq(public_bits_of_params((struct bytes){ p256, 10 }), 256);
}

Test(public, ec_with_its_curve_written_out_is_the_named_one)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	unsigned char wrapped[82] = { 4, 65 };
	unsigned char *params = NULL;
	EVP_PKEY *key;
	size_t len = 0;
	int n;

	EC_GROUP_set_asn1_flag(group, OPENSSL_EC_EXPLICIT_CURVE);
	n = i2d_ECPKParameters(group, &params);
	cr_assert_gt(n, 50);
	key = make_p256("uncompressed", wrapped + 2, &len);
	expect_same(public_object(CKK_EC, (struct bytes){ params, (size_t)n },
			(struct bytes){ wrapped, 67 }),
	    key);
	EVP_PKEY_free(key);
	OPENSSL_free(params);
	EC_GROUP_free(group);
}

Test(public, ed25519_is_taken_raw_or_wrapped)
{
	static const unsigned char params[] = { 6, 3, 0x2b, 0x65, 0x70 };
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned char wrapped[34] = { 4, 32 };
	size_t len = 32;

	cr_assert_eq(EVP_PKEY_get_raw_public_key(key, wrapped + 2, &len), 1);
	for (size_t skip = 0; skip <= 2; skip++) {
		CK_OBJECT_HANDLE object = public_object(CKK_EC_EDWARDS,
		    (struct bytes){ params, sizeof(params) },
		    (struct bytes){ wrapped + skip, 34 - skip });
		EVP_PKEY *read =
		    public_from_object(bench.token, object, CKK_EC_EDWARDS);

		if (skip == 1)
			cr_expect_null(read);
		else
			cr_expect_eq(EVP_PKEY_eq(read, key), 1);
		EVP_PKEY_free(read);
	}
	EVP_PKEY_free(key);
}

/* --- the half that belongs to a private key --------------------------- */

#define PARTS 8

/* A private key of the session with these numbers, and the ID "k". */
static CK_OBJECT_HANDLE
private_object(CK_KEY_TYPE type, const CK_ATTRIBUTE *more, size_t count)
{
	static const CK_BBOOL yes = CK_TRUE;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[4 + PARTS] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_KEY_TYPE, &type, sizeof(type)),
		attribute(CKA_ID, "k", 1),
		attribute(CKA_SIGN, &yes, sizeof(yes)),
	};
	CK_OBJECT_HANDLE object = 0;

	memcpy(template + 4, more, count * sizeof(*more));
	cr_assert_eq(bench.token->module->list
			 ->C_CreateObject(bench.token->session, template,
			     4 + count, &object),
	    CKR_OK);
	return object;
}

/* A public key with the ID "k". */
static void
public_of_k(CK_KEY_TYPE type, CK_ATTRIBUTE first, CK_ATTRIBUTE second)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_KEY_TYPE, &type, sizeof(type)),
		attribute(CKA_ID, "k", 1),
		first,
		second,
	};
	CK_OBJECT_HANDLE object = 0;

	cr_assert_eq(bench.token->module->list
			 ->C_CreateObject(bench.token->session, template,
			     COUNT(template), &object),
	    CKR_OK);
}

static void
expect_its_half(CK_OBJECT_HANDLE object, EVP_PKEY *key)
{
	struct key found;
	EVP_PKEY *read;

	MUST(key_from_object(bench.token, object, &found, &bench.f));
	cr_assert_gt(found.spki.len, 0);
	read = public_from_spki(buf_bytes(&found.spki));
	cr_expect_eq(EVP_PKEY_eq(read, key), 1);
	EVP_PKEY_free(read);
	key_clear(&found);
}

Test(public, half_of_a_modulus_with_leading_zeros_is_found)
{
	static const char *const names[PARTS] = { OSSL_PKEY_PARAM_RSA_N,
		OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };
	static const CK_ATTRIBUTE_TYPE types[PARTS] = { CKA_MODULUS,
		CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
		CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
	EVP_PKEY *key = EVP_RSA_gen(1024);
	unsigned char number[PARTS][200];
	CK_ATTRIBUTE part[PARTS];

	for (size_t i = 0; i < PARTS; i++) {
		BIGNUM *n = NULL;

		cr_assert_eq(EVP_PKEY_get_bn_param(key, names[i], &n), 1);
		number[i][0] = 0;
		part[i] = attribute(types[i], number[i] + 1,
		    (size_t)BN_bn2bin(n, number[i] + 1));
		BN_clear_free(n);
	}
	public_of_k(CKK_RSA, part[0], part[1]);
	part[0] = attribute(CKA_MODULUS, number[0], part[0].ulValueLen + 1);
	expect_its_half(private_object(CKK_RSA, part, PARTS), key);
	EVP_PKEY_free(key);
}

Test(public, half_on_a_curve_that_is_written_otherwise_is_found)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	unsigned char wrapped[82] = { 4, 65 };
	unsigned char *params = NULL;
	CK_ATTRIBUTE part[2];
	size_t len = 0;
	EVP_PKEY *key;
	int n;

	EC_GROUP_set_asn1_flag(group, OPENSSL_EC_EXPLICIT_CURVE);
	n = i2d_ECPKParameters(group, &params);
	cr_assert_gt(n, 50);
	key = make_p256("uncompressed", wrapped + 2, &len);
	public_of_k(CKK_EC, attribute(CKA_EC_PARAMS, params, (size_t)n),
	    attribute(CKA_EC_POINT, wrapped, 67));
	part[0] = attribute(CKA_EC_PARAMS, p256, sizeof(p256));
	part[1] = attribute(CKA_VALUE, wrapped, 32);
	expect_its_half(private_object(CKK_EC, part, 2), key);
	EVP_PKEY_free(key);
	OPENSSL_free(params);
	EC_GROUP_free(group);
}
