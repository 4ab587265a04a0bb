/* signature_test.c - signatures verify over what was signed and only that. */
#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "p11ca/pubkey.h"

static EVP_PKEY *
pair_for(enum key_family family)
{
	EVP_PKEY *pair = family == FAMILY_RSA ? EVP_RSA_gen(2048)
	    : family == FAMILY_EC	      ? EVP_EC_gen("P-256")
				  : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	cr_assert_not_null(pair);
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

/* A request that OpenSSL signed, in the parts that a signature is about. */
struct signed_parts {
	struct buf spki;
	struct buf alg;
	struct buf data;
	struct buf signature;
};

static void
parts_free(struct signed_parts *parts)
{
	buf_free(&parts->spki);
	buf_free(&parts->alg);
	buf_free(&parts->data);
	buf_free(&parts->signature);
}

static void
request_sign(X509_REQ *req, EVP_PKEY *pair, const struct sign_alg_row *row)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;
	const EVP_MD *md = NULL;

	if (row->hash != NULL)
		md = EVP_get_digestbyname(row->hash);
	cr_assert_eq(EVP_DigestSignInit(ctx, &key_ctx, md, NULL, pair), 1);
	if (row->pss) {
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(key_ctx,
				 RSA_PKCS1_PSS_PADDING),
		    1);
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx,
				 RSA_PSS_SALTLEN_DIGEST),
		    1);
	}
	cr_assert_gt(X509_REQ_sign_ctx(req, ctx), 0);
	EVP_MD_CTX_free(ctx);
}

static void
parts_make(enum sign_alg alg, struct signed_parts *parts)
{
	EVP_PKEY *pair = pair_for(sign_algs[alg].family);
	X509_REQ *req = X509_REQ_new();
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *algor;
	unsigned char *der = NULL;
	int len;

	memset(parts, 0, sizeof(*parts));
	pair_spki(pair, &parts->spki);
	cr_assert_eq(X509_REQ_set_pubkey(req, pair), 1);
	request_sign(req, pair, &sign_algs[alg]);
	X509_REQ_get0_signature(req, &signature, &algor);
	buf_set(&parts->signature,
	    (struct bytes){ ASN1_STRING_get0_data(signature),
		(size_t)ASN1_STRING_length(signature) });
	len = i2d_X509_ALGOR(algor, &der);
	buf_set(&parts->alg, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
	der = NULL;
	len = i2d_re_X509_REQ_tbs(req, &der);
	buf_set(&parts->data, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
	X509_REQ_free(req);
	EVP_PKEY_free(pair);
}

Test(signature, writes_the_algorithms_as_openssl_does)
{
	for (size_t i = 0; i < SIGN_ALGS; i++) {
		struct signed_parts parts;
		struct buf alg = { 0 };

		parts_make((enum sign_alg)i, &parts);
		sign_alg_der((enum sign_alg)i, &alg);
		cr_expect(bytes_equal(buf_bytes(&alg), buf_bytes(&parts.alg)),
		    "%s", sign_algs[i].name);
		buf_free(&alg);
		parts_free(&parts);
	}
}

/* Does it still verify with this part spoiled by one bit? */
static bool
verifies_spoiled(const struct pubkey *key, struct signed_parts *parts,
    struct buf *part)
{
	bool ok;

	part->p[part->len / 2] ^= 1;
	ok = pubkey_verify(key, buf_bytes(&parts->alg), buf_bytes(&parts->data),
	    buf_bytes(&parts->signature));
	part->p[part->len / 2] ^= 1;
	return ok;
}

Test(signature, verifies_what_was_signed_and_nothing_else)
{
	static const struct bytes nothing = { NULL, 0 };

	for (size_t i = 0; i < SIGN_ALGS; i++) {
		const char *name = sign_algs[i].name;
		struct fault f = { 0 };
		struct signed_parts parts;
		struct bytes signature;
		struct pubkey key;

		parts_make((enum sign_alg)i, &parts);
		signature = buf_bytes(&parts.signature);
		cr_assert(pubkey_from_spki(buf_bytes(&parts.spki), &key, &f));
		cr_expect(pubkey_verify(&key, buf_bytes(&parts.alg),
			      buf_bytes(&parts.data), signature),
		    "%s", name);
		cr_expect_not(verifies_spoiled(&key, &parts, &parts.data));
		cr_expect_not(verifies_spoiled(&key, &parts, &parts.signature));
		cr_expect_not(verifies_spoiled(&key, &parts, &parts.alg));
		cr_expect_not(pubkey_verify(&key, buf_bytes(&parts.alg),
		    buf_bytes(&parts.data), nothing));
		cr_expect_not(pubkey_verify(&key, buf_bytes(&parts.alg),
		    nothing, signature));
		cr_expect_not(pubkey_verify(&key, nothing,
		    buf_bytes(&parts.data), signature));
		buf_append(&parts.alg, bytes_of("x"));
		cr_expect_not(pubkey_verify(&key, buf_bytes(&parts.alg),
		    buf_bytes(&parts.data), signature));
		cr_expect_eq(ERR_peek_error(), 0);
		pubkey_clear(&key);
		parts_free(&parts);
	}
}

Test(signature, does_not_verify_with_another_key)
{
	struct signed_parts parts[SIGN_ALGS];

	for (size_t i = 0; i < SIGN_ALGS; i++)
		parts_make((enum sign_alg)i, &parts[i]);
	for (size_t i = 0; i < SIGN_ALGS; i++) {
		const struct signed_parts *other = &parts[(i + 1) % SIGN_ALGS];
		struct fault f = { 0 };
		struct pubkey key;

		cr_assert(pubkey_from_spki(buf_bytes(&other->spki), &key, &f));
		cr_expect_not(pubkey_verify(&key, buf_bytes(&parts[i].alg),
		    buf_bytes(&parts[i].data), buf_bytes(&parts[i].signature)));
		pubkey_clear(&key);
	}
	for (size_t i = 0; i < SIGN_ALGS; i++)
		parts_free(&parts[i]);
}

Test(signature, verifies_nothing_without_a_decoded_key)
{
	struct signed_parts parts;
	struct pubkey key = { .kind = PUBKEY_OTHER };

	parts_make(SIGN_ED25519, &parts);
	cr_expect_not(pubkey_verify(&key, buf_bytes(&parts.alg),
	    buf_bytes(&parts.data), buf_bytes(&parts.signature)));
	parts_free(&parts);
}
