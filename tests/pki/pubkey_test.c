/* pubkey_test.c - public keys are read strictly. */
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/pem.h"
#include "p11ca/pubkey.h"

#define RSA_OID "2a864886f70d010101"
#define EC_OID "2a8648ce3d0201"
#define ED25519_OID "2b6570"
#define ED448_OID "2b6571"
#define P256 "06082a8648ce3d030107"
#define NULL_DER "0500"

/* The generator of P-256: a point that is on it. */
#define G_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define G_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"

/* SubjectPublicKeyInfo from the hex of its parts. */
static void
spki_put(struct buf *out, const char *oid, const char *params, struct bytes key)
{
	static const unsigned char none[] = { 0 };
	struct buf octets = { 0 };
	struct buf alg = { 0 };
	struct buf all = { 0 };
	struct buf bits = { 0 };

	cr_assert(buf_from_hex(&octets, oid));
	der_put(&alg, DER_OID, buf_bytes(&octets));
	cr_assert(buf_from_hex(&alg, params));
	der_put(&all, DER_SEQUENCE, buf_bytes(&alg));
	buf_append(&bits, (struct bytes){ none, 1 });
	buf_append(&bits, key);
	der_put(&all, DER_BIT_STRING, buf_bytes(&bits));
	der_put(out, DER_SEQUENCE, buf_bytes(&all));
	buf_free(&bits);
	buf_free(&all);
	buf_free(&alg);
	buf_free(&octets);
}

static void
spki_put_hex(struct buf *out, const char *oid, const char *params,
    const char *key)
{
	struct buf octets = { 0 };

	cr_assert(buf_from_hex(&octets, key));
	spki_put(out, oid, params, buf_bytes(&octets));
	buf_free(&octets);
}

/* RSAPublicKey of a modulus of so many bits, all ones. */
static void
rsa_put(struct buf *out, size_t bits, const char *exponent)
{
	struct buf modulus = { 0 };
	struct buf numbers = { 0 };
	struct buf octets = { 0 };
	struct buf key = { 0 };

	if (bits % 8 == 0)
		cr_assert(buf_from_hex(&modulus, "00"));
	else
		buf_append(&modulus,
		    (struct bytes){ &(unsigned char){
					(unsigned char)((1 << bits % 8) - 1) },
			1 });
	for (size_t i = 0; i < bits / 8; i++)
		cr_assert(buf_from_hex(&modulus, "ff"));
	der_put(&numbers, DER_INTEGER, buf_bytes(&modulus));
	cr_assert(buf_from_hex(&octets, exponent));
	der_put(&numbers, DER_INTEGER, buf_bytes(&octets));
	der_put(&key, DER_SEQUENCE, buf_bytes(&numbers));
	spki_put(out, RSA_OID, NULL_DER, buf_bytes(&key));
	buf_free(&key);
	buf_free(&octets);
	buf_free(&numbers);
	buf_free(&modulus);
}

static EVP_PKEY *
pair_new(const char *type, const char *curve, size_t bits)
{
	EVP_PKEY *pair;

	if (curve != NULL)
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
	else if (bits > 0)
		pair = EVP_PKEY_Q_keygen(NULL, NULL, type, bits);
	else
		pair = EVP_PKEY_Q_keygen(NULL, NULL, type);
	cr_assert_not_null(pair, "%s", type);
	return pair;
}

static void
pair_spki(EVP_PKEY *pair, struct buf *out)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pair, &der);

	cr_assert_gt(len, 0);
	buf_set(out, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
}

static const struct {
	const char *type;
	const char *curve;
	size_t size;
	enum pubkey_kind kind;
	int bits;
	const char *text;
} kinds[] = {
	{ "RSA", NULL, 1024, PUBKEY_RSA, 1024, "RSA-1024" },
	{ "RSA", NULL, 2048, PUBKEY_RSA, 2048, "RSA-2048" },
	{ "EC", "P-256", 0, PUBKEY_EC, 256, "P-256" },
	{ "EC", "P-384", 0, PUBKEY_EC, 384, "P-384" },
	{ "EC", "P-521", 0, PUBKEY_EC, 521, "P-521" },
	{ "EC", "P-224", 0, PUBKEY_EC, 224, "secp224r1" },
	{ "EC", "secp256k1", 0, PUBKEY_EC, 256, "secp256k1" },
	{ "EC", "brainpoolP256r1", 0, PUBKEY_EC, 256, "brainpoolP256r1" },
	{ "ED25519", NULL, 0, PUBKEY_ED25519, 256, "Ed25519" },
	{ "ED448", NULL, 0, PUBKEY_ED448, 456, "Ed448" },
};

Test(pubkey, reads_what_openssl_wrote)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		EVP_PKEY *pair =
		    pair_new(kinds[i].type, kinds[i].curve, kinds[i].size);
		struct fault f = { 0 };
		struct buf spki = { 0 };
		struct pubkey key;

		pair_spki(pair, &spki);
		cr_assert(pubkey_from_spki(buf_bytes(&spki), &key, &f), "%s",
		    f.found);
		cr_expect_eq(key.kind, kinds[i].kind);
		cr_expect_eq(key.bits, kinds[i].bits, "%s", key.text);
		cr_expect_str_eq(key.text, kinds[i].text);
		cr_expect_eq(key.curve_known, kinds[i].curve != NULL);
		cr_expect_not(key.exponent_bad);
		cr_assert_not_null(key.evp);
		cr_expect_eq(EVP_PKEY_eq(key.evp, pair), 1, "%s", key.text);
		pubkey_clear(&key);
		cr_expect_null(key.evp);
		buf_free(&spki);
		EVP_PKEY_free(pair);
	}
}

Test(pubkey, reads_a_compressed_point_as_the_same_key)
{
	struct fault f = { 0 };
	struct buf whole = { 0 };
	struct buf compressed = { 0 };
	struct pubkey a;
	struct pubkey b;

	spki_put_hex(&whole, EC_OID, P256, "04" G_X G_Y);
	spki_put_hex(&compressed, EC_OID, P256, "03" G_X);
	cr_assert(pubkey_from_spki(buf_bytes(&whole), &a, &f));
	cr_assert(pubkey_from_spki(buf_bytes(&compressed), &b, &f));
	cr_expect_eq(EVP_PKEY_eq(a.evp, b.evp), 1);
	pubkey_clear(&b);
	pubkey_clear(&a);
	buf_free(&compressed);
	buf_free(&whole);
}

Test(pubkey, refuses_every_cut_and_every_byte_more)
{
	struct fault f = { 0 };
	struct buf spki = { 0 };
	struct pubkey key;

	spki_put_hex(&spki, EC_OID, P256, "04" G_X G_Y);
	for (size_t len = 0; len < spki.len; len++) {
		memset(&f, 0, sizeof(f));
		cr_expect_not(pubkey_from_spki((struct bytes){ spki.p, len },
				  &key, &f),
		    "%zu", len);
		cr_expect_str_eq(f.found, "a public key that is not DER");
	}
	buf_append(&spki, (struct bytes){ spki.p, 1 });
	cr_expect_not(pubkey_from_spki(buf_bytes(&spki), &key, &f));
	buf_free(&spki);
}

/* Where the bytes are not of the frame but of a key or its parameters. */
static const struct {
	const char *oid;
	const char *params;
	const char *key;
	const char *found;
} bad[] = {
	{ RSA_OID, NULL_DER, "", "numbers" },
	{ RSA_OID, NULL_DER, "3000", "numbers" },
	{ RSA_OID, NULL_DER, "3003020103", "numbers" },
	{ RSA_OID, NULL_DER, "3006020103020100", "numbers" }, /* e = 0 */
	{ RSA_OID, NULL_DER, "3006020100020103", "numbers" }, /* n = 0 */
	{ RSA_OID, NULL_DER, "3006020183020103", "numbers" }, /* n < 0 */
	{ RSA_OID, NULL_DER, "300702020003020103", "numbers" },
	{ RSA_OID, NULL_DER, "300602010302010300", "numbers" },
	{ RSA_OID, NULL_DER, "3009020103020103020103", "numbers" },
	{ RSA_OID, "0400", "3006020103020103", "odd parameters" },
	{ RSA_OID, "3000", "3006020103020103", "odd parameters" },
	{ EC_OID, "", "04" G_X G_Y, "names no curve" },
	{ EC_OID, NULL_DER, "04" G_X G_Y, "explicit EC parameters" },
	{ EC_OID, "3003020101", "04" G_X G_Y, "explicit EC parameters" },
	{ EC_OID, "0400", "04" G_X G_Y, "curve that does not decode" },
	{ EC_OID, "0600", "04" G_X G_Y, "curve that does not decode" },
	{ EC_OID, "060180", "04" G_X G_Y, "curve that does not decode" },
	{ EC_OID, P256, "", "in an unknown form" },
	{ EC_OID, P256, "00", "in an unknown form" },
	{ EC_OID, P256, "07" G_X G_Y, "in an unknown form" }, /* hybrid */
	{ EC_OID, P256, "04" G_X G_X, "not on P-256" },
	{ EC_OID, P256, "04" G_X, "not on P-256" },
	{ EC_OID, P256, "02" G_X G_Y, "not on P-256" },
	{ EC_OID, P256, "04" G_X G_Y "00", "not on P-256" },
	{ EC_OID, "06052b8104000a", "04" G_X G_Y, "not on secp256k1" },
	{ ED25519_OID, NULL_DER, G_X, "Ed25519 key with parameters" },
	{ ED25519_OID, "", G_X "00", "Ed25519 key of 33 bytes" },
	{ ED25519_OID, "", "", "Ed25519 key of 0 bytes" },
	{ ED448_OID, NULL_DER, G_X, "Ed448 key with parameters" },
	{ ED448_OID, "", G_X, "Ed448 key of 32 bytes" },
	{ "80", "", "00", "algorithm that does not decode" },
	{ "", "", "00", "algorithm that does not decode" },
};

Test(pubkey, refuses_what_its_algorithm_cannot_decode)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fault f = { 0 };
		struct buf spki = { 0 };
		struct pubkey key;

		spki_put_hex(&spki, bad[i].oid, bad[i].params, bad[i].key);
		cr_expect_not(pubkey_from_spki(buf_bytes(&spki), &key, &f),
		    "%zu: %s", i, bad[i].found);
		cr_expect(strstr(f.found, bad[i].found), "%zu: %s", i, f.found);
		cr_expect_null(key.evp);
		cr_expect_eq(f.kind, FAULT_NONE);
		cr_expect_eq(ERR_peek_error(), 0);
		buf_free(&spki);
	}
}

Test(pubkey, refuses_bits_that_are_not_whole_octets)
{
	struct fault f = { 0 };
	struct buf spki = { 0 };
	struct pubkey key;

	spki_put_hex(&spki, ED25519_OID, "", G_X);
	cr_assert(pubkey_from_spki(buf_bytes(&spki), &key, &f));
	pubkey_clear(&key);
	spki.p[spki.len - 33] = 1; /* unused bits */
	cr_expect_not(pubkey_from_spki(buf_bytes(&spki), &key, &f));
	buf_free(&spki);
}

Test(pubkey, reads_an_rsa_key_without_parameters)
{
	struct fault f = { 0 };
	struct buf spki = { 0 };
	struct pubkey key;

	spki_put_hex(&spki, RSA_OID, "", "3006020123020103");
	cr_expect(pubkey_from_spki(buf_bytes(&spki), &key, &f), "%s", f.found);
	cr_expect_eq(key.bits, 6);
	pubkey_clear(&key);
	buf_free(&spki);
}

static const struct {
	size_t bits;
	const char *exponent;
	bool bad;
	bool has_evp;
} numbers[] = {
	{ 2048, "010001", false, true },
	{ 2048, "03", false, true },
	{ 2048, "01", true, true },
	{ 2048, "02", true, true },
	{ 2048, "010000", true, true },
	{ 2048, "00ffffffffffffffff", false, true }, /* 64 bits */
	{ 2048, "010000000000000001", true, false }, /* 65 bits */
	{ 2047, "010001", false, true },
	{ 2049, "010001", false, true },
	{ 16384, "010001", false, true },
	{ 16385, "010001", false, false },
	{ 100000, "010001", false, false },
};

Test(pubkey, does_no_maths_with_numbers_that_are_too_large)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct fault f = { 0 };
		struct buf spki = { 0 };
		struct pubkey key;

		rsa_put(&spki, numbers[i].bits, numbers[i].exponent);
		cr_assert(pubkey_from_spki(buf_bytes(&spki), &key, &f), "%s",
		    f.found);
		cr_expect_eq(key.kind, PUBKEY_RSA);
		cr_expect_eq(key.bits, (int)numbers[i].bits);
		cr_expect_eq(key.exponent_bad, numbers[i].bad, "%s",
		    numbers[i].exponent);
		cr_expect_eq(key.evp != NULL, numbers[i].has_evp, "%zu", i);
		pubkey_clear(&key);
		buf_free(&spki);
	}
}

static const struct {
	const char *oid;
	const char *params;
	enum pubkey_kind kind;
	const char *text;
} unread[] = {
	/* sect283r1: a binary field; a curve of nobody's */
	{ EC_OID, "06052b81040011", PUBKEY_EC, "sect283r1" },
	{ EC_OID, "06032a0304", PUBKEY_EC, "1.2.3.4" },
	{ "2a8648ce380401", "", PUBKEY_OTHER, "DSA" },
	{ "2b656e", "", PUBKEY_OTHER, "X25519" },
	{ "2a864886f70d01010a", "", PUBKEY_OTHER, "RSASSA-PSS" },
	{ "2a0304", "3000", PUBKEY_OTHER, "1.2.3.4" },
};

Test(pubkey, names_what_it_does_not_decode)
{
	for (size_t i = 0; i < COUNT(unread); i++) {
		struct fault f = { 0 };
		struct buf spki = { 0 };
		struct pubkey key;

		spki_put_hex(&spki, unread[i].oid, unread[i].params,
		    "04" G_X G_Y);
		cr_assert(pubkey_from_spki(buf_bytes(&spki), &key, &f), "%s",
		    f.found);
		cr_expect_eq(key.kind, unread[i].kind);
		cr_expect_str_eq(key.text, unread[i].text);
		cr_expect_not(key.curve_known);
		cr_expect_eq(key.bits, 0);
		cr_expect_null(key.evp);
		pubkey_clear(&key);
		buf_free(&spki);
	}
}

/* A block that holds a key: n elements, then the key, then one more. */
static void
holder_put(struct buf *pem, const char *label, bool version, size_t before,
    struct bytes spki)
{
	struct buf info = { 0 };
	struct buf all = { 0 };
	struct buf outer = { 0 };

	if (version)
		cr_assert(buf_from_hex(&info, "a003020102"));
	for (size_t i = 0; i < before; i++)
		cr_assert(buf_from_hex(&info, "020101"));
	buf_append(&info, spki);
	cr_assert(buf_from_hex(&info, "3000"));
	der_put(&all, DER_SEQUENCE, buf_bytes(&info));
	cr_assert(buf_from_hex(&all, "0500"));
	der_put(&outer, DER_SEQUENCE, buf_bytes(&all));
	pem_write(pem, label, buf_bytes(&outer));
	buf_free(&outer);
	buf_free(&all);
	buf_free(&info);
}

Test(pubkey, is_found_in_a_key_a_request_or_a_certificate)
{
	struct buf spki = { 0 };
	struct buf pem[5] = { { 0 } };

	spki_put_hex(&spki, EC_OID, P256, "04" G_X G_Y);
	pem_write(&pem[0], "PUBLIC KEY", buf_bytes(&spki));
	holder_put(&pem[1], "CERTIFICATE REQUEST", false, 2, buf_bytes(&spki));
	holder_put(&pem[2], "NEW CERTIFICATE REQUEST", false, 2,
	    buf_bytes(&spki));
	holder_put(&pem[3], "CERTIFICATE", true, 5, buf_bytes(&spki));
	pem_write(&pem[4], "EC PARAMETERS", bytes_of("x"));
	holder_put(&pem[4], "CERTIFICATE", false, 5, buf_bytes(&spki));
	for (size_t i = 0; i < COUNT(pem); i++) {
		struct fault f = { 0 };
		struct buf found = { 0 };

		cr_assert(pubkey_from_pem(buf_bytes(&pem[i]), &found, &f),
		    "%zu: %s", i, f.found);
		cr_expect(bytes_equal(buf_bytes(&found), buf_bytes(&spki)),
		    "%zu", i);
		buf_free(&found);
		buf_free(&pem[i]);
	}
	buf_free(&spki);
}

Test(pubkey, is_not_found_in_anything_else)
{
	static const struct {
		const char *pem;
		const char *found;
	} cases[] = {
		{ "", "blanks only" },
		{ "x", "neither PEM nor DER" },
		{ "-----BEGIN PRIVATE KEY-----\nMAAA\n"
		  "-----END PRIVATE KEY-----\n",
		    "a private key" },
		{ "-----BEGIN PUBLIC KEY-----\nMAA\n"
		  "-----END PUBLIC KEY-----\n",
		    "a PUBLIC KEY block with bad base64" },
		{ "-----BEGIN PUBLIC KEY-----\nMAAA\n"
		  "-----END PUBLIC KEY-----\n",
		    "a PUBLIC KEY block that does not decode" },
		{ "-----BEGIN CERTIFICATE-----\nMAA=\n"
		  "-----END CERTIFICATE-----\n",
		    "a CERTIFICATE block that does not decode" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };
		struct buf spki = { 0 };

		cr_expect_not(pubkey_from_pem(bytes_of(cases[i].pem), &spki,
		    &f));
		cr_expect_str_eq(f.found, cases[i].found);
		cr_expect_eq(f.kind, FAULT_USAGE);
		cr_expect_not_null(f.todo);
		cr_expect_eq(spki.len, 0);
	}
}

Test(pubkey, prints_sixteen_digits_of_its_hash)
{
	char text[17];

	/* SHA-256 of "abc", FIPS 180-4 */
	cr_expect_str_eq(pubkey_print(bytes_of("abc"), text),
	    "ba7816bf8f01cfea");
}
