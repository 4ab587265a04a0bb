/*
 * make_cert.h - keys, certificates and requests for tests, made with OpenSSL.
 *
 * Anything can be made, right or wrong; whatever cannot be made ends the test
 * with abort().  What a recipe leaves out is a plain good CA certificate:
 *
 *	EVP_PKEY *key = make_key("P-256");
 *	struct make_cert root = { .subject = "CN=Root", .key = key,
 *		MAKE_EXTS(make_ca_exts) };
 *	struct buf der = make_cert_der(&root);
 */
#ifndef P11CA_TESTS_MAKE_CERT_H
#define P11CA_TESTS_MAKE_CERT_H

#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "p11ca/bytes.h"

/* One extension: text for OpenSSL's X509V3, or the DER of its value. */
struct make_ext {
	const char *name; /* "basicConstraints", or a dotted OID with der */
	bool critical;
	const char *text;	  /* "CA:TRUE", or NULL: der */
	const unsigned char *der; /* value */
	size_t der_len;
};

static const struct make_ext make_ca_exts[] = {
	{ "basicConstraints", true, "CA:TRUE", NULL, 0 },
	{ "keyUsage", true, "keyCertSign,cRLSign", NULL, 0 },
};
#define MAKE_EXTS(list)                                                        \
	.ext = (list), .ext_count = sizeof(list) / sizeof((list)[0])

/* A recipe.  What is borrowed stays the caller's. */
struct make_cert {
	const char *subject;	/* "C=DE,O=Example,CN=Root" */
	const char *issuer;	/* NULL: the subject */
	EVP_PKEY *key;		/* the subject's; public half is enough */
	EVP_PKEY *signer;	/* NULL: key */
	long serial;		/* 0: 4660 */
	const char *not_before; /* "20200101000000Z"; NULL: that */
	const char *not_after;	/* NULL: "20491231235959Z" */
	const char *digest;	/* "SHA256"; NULL: that, none for Ed25519 */
	bool pss;
	const struct make_ext *ext;
	size_t ext_count;
};

static inline void *
make_must(void *p)
{
	if (p == NULL) {
		ERR_print_errors_fp(stderr);
		abort();
	}
	return p;
}

static inline void
make_sure(bool ok)
{
	if (!ok)
		(void)make_must(NULL);
}

/* "P-256", "P-384", "P-521", "RSA-2048" (any size), "ED25519". */
static inline EVP_PKEY *
make_key(const char *kind)
{
	if (strncmp(kind, "RSA-", 4) == 0)
		return make_must(EVP_RSA_gen((unsigned)strtoul(kind + 4, NULL,
		    10)));
	if (strncmp(kind, "P-", 2) == 0)
		return make_must(EVP_EC_gen(kind));
	return make_must(EVP_PKEY_Q_keygen(NULL, NULL, kind));
}

/* The public key of a DER SubjectPublicKeyInfo. */
static inline EVP_PKEY *
make_key_from_spki(struct bytes spki)
{
	const unsigned char *p = spki.p;

	return make_must(d2i_PUBKEY(NULL, &p, (long)spki.len));
}

/* Take over what an i2d function made. */
static inline struct buf
make_taken(unsigned char *der, int len)
{
	struct buf out = { 0 };

	make_sure(len > 0);
	buf_append(&out, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
	return out;
}

static inline struct buf
make_spki(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	return make_taken(der, len);
}

/* "C=DE,CN=x": one attribute an RDN, in this order. */
static inline X509_NAME *
make_name(const char *text)
{
	X509_NAME *name = make_must(X509_NAME_new());
	char *copy = make_must(strdup(text));
	char *rest = copy;

	for (char *part; (part = strsep(&rest, ",")) != NULL;) {
		char *type = strsep(&part, "=");

		if (part != NULL)
			make_sure(X509_NAME_add_entry_by_txt(name, type,
				      MBSTRING_UTF8,
				      (const unsigned char *)part, -1, -1,
				      0) == 1);
	}
	free(copy);
	return name;
}

static inline struct buf
make_name_der(const char *text)
{
	X509_NAME *name = make_name(text);
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name, &der);

	X509_NAME_free(name);
	return make_taken(der, len);
}

/* From text; "hash" of subjectKeyIdentifier is that of x. */
static inline X509_EXTENSION *
make_extension_from_text(X509 *x, const struct make_ext *ext)
{
	CONF *conf = make_must(NCONF_new(NULL));
	BIO *empty = make_must(BIO_new_mem_buf("[a]\n", -1));
	X509_EXTENSION *out;
	X509V3_CTX ctx;
	long line;

	make_sure(NCONF_load_bio(conf, empty, &line) == 1);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	out = make_must(X509V3_EXT_nconf(conf, &ctx, ext->name, ext->text));
	X509_EXTENSION_set_critical(out, ext->critical);
	BIO_free(empty);
	NCONF_free(conf);
	return out;
}

static inline X509_EXTENSION *
make_extension_from_der(const struct make_ext *ext)
{
	ASN1_OBJECT *oid = make_must(OBJ_txt2obj(ext->name, 0));
	ASN1_OCTET_STRING *value = make_must(ASN1_OCTET_STRING_new());
	X509_EXTENSION *out;

	make_sure(ASN1_OCTET_STRING_set(value, ext->der, (int)ext->der_len) ==
	    1);
	out = make_must(X509_EXTENSION_create_by_OBJ(NULL, oid, ext->critical,
	    value));
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return out;
}

static inline void
make_extensions(X509 *x, const struct make_cert *recipe)
{
	for (size_t i = 0; i < recipe->ext_count; i++) {
		const struct make_ext *wish = &recipe->ext[i];
		X509_EXTENSION *ext = wish->text != NULL
		    ? make_extension_from_text(x, wish)
		    : make_extension_from_der(wish);

		make_sure(X509_add_ext(x, ext, -1) == 1);
		X509_EXTENSION_free(ext);
	}
}

static inline void
make_names(X509 *x, const struct make_cert *recipe)
{
	X509_NAME *subject = make_name(recipe->subject);
	X509_NAME *issuer = make_name(recipe->issuer != NULL ? recipe->issuer
							     : recipe->subject);

	make_sure(X509_set_subject_name(x, subject) == 1);
	make_sure(X509_set_issuer_name(x, issuer) == 1);
	X509_NAME_free(subject);
	X509_NAME_free(issuer);
}

/* UTCTime until 2049, as RFC 5280, 4.1.2.5 has it. */
static inline void
make_dates(X509 *x, const struct make_cert *recipe)
{
	const char *from =
	    recipe->not_before != NULL ? recipe->not_before : "20200101000000Z";
	const char *to =
	    recipe->not_after != NULL ? recipe->not_after : "20491231235959Z";

	make_sure(ASN1_TIME_set_string_X509(X509_getm_notBefore(x), from) == 1);
	make_sure(ASN1_TIME_set_string_X509(X509_getm_notAfter(x), to) == 1);
}

static inline void
make_signature(X509 *x, const struct make_cert *recipe)
{
	EVP_PKEY *key = recipe->signer != NULL ? recipe->signer : recipe->key;
	bool pure = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	const char *digest = recipe->digest != NULL ? recipe->digest : "SHA256";
	EVP_MD_CTX *ctx = make_must(EVP_MD_CTX_new());
	EVP_PKEY_CTX *sign = NULL;

	make_sure(EVP_DigestSignInit(ctx, &sign,
		      pure ? NULL : EVP_get_digestbyname(digest), NULL,
		      key) == 1);
	if (recipe->pss)
		make_sure(EVP_PKEY_CTX_set_rsa_padding(sign,
			      RSA_PKCS1_PSS_PADDING) == 1);
	make_sure(X509_sign_ctx(x, ctx) > 0);
	EVP_MD_CTX_free(ctx);
}

/* The certificate as DER; the caller's, buf_free(). */
static inline struct buf
make_cert_der(const struct make_cert *recipe)
{
	X509 *x = make_must(X509_new());
	unsigned char *der = NULL;
	long serial = recipe->serial != 0 ? recipe->serial : 4660;
	int len;

	make_sure(X509_set_version(x, X509_VERSION_3) == 1);
	make_sure(ASN1_INTEGER_set(X509_get_serialNumber(x), serial) == 1);
	make_names(x, recipe);
	make_dates(x, recipe);
	make_sure(X509_set_pubkey(x, recipe->key) == 1);
	make_extensions(x, recipe);
	make_signature(x, recipe);
	len = i2d_X509(x, &der);
	X509_free(x);
	return make_taken(der, len);
}

/* DER as a PEM block with any label, appended to out. */
static inline void
make_pem(struct buf *out, const char *label, struct bytes der)
{
	BIO *bio = make_must(BIO_new(BIO_s_mem()));
	char *text = NULL;
	long len;

	make_sure(PEM_write_bio(bio, label, "", der.p, (long)der.len) > 0);
	len = BIO_get_mem_data(bio, &text);
	buf_append(out,
	    (struct bytes){ (const unsigned char *)text, (size_t)len });
	BIO_free(bio);
}

/* The certificate as PEM, appended to out. */
static inline void
make_cert_pem(struct buf *out, const struct make_cert *recipe)
{
	struct buf der = make_cert_der(recipe);

	make_pem(out, "CERTIFICATE", buf_bytes(&der));
	buf_free(&der);
}

/* Sign bytes as a CA's token would (SHA-256; none for Ed25519). */
static inline struct buf
make_raw_signature(EVP_PKEY *key, struct bytes tbs)
{
	bool pure = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	EVP_MD_CTX *ctx = make_must(EVP_MD_CTX_new());
	struct buf out = { 0 };
	unsigned char *sig;
	size_t len = 0;

	make_sure(EVP_DigestSignInit(ctx, NULL, pure ? NULL : EVP_sha256(),
		      NULL, key) == 1);
	make_sure(EVP_DigestSign(ctx, NULL, &len, tbs.p, tbs.len) == 1);
	sig = make_must(malloc(len));
	make_sure(EVP_DigestSign(ctx, sig, &len, tbs.p, tbs.len) == 1);
	buf_append(&out, (struct bytes){ sig, len });
	free(sig);
	EVP_MD_CTX_free(ctx);
	return out;
}

#endif
