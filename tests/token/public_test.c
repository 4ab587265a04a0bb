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
