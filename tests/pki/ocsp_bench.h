/*
 * ocsp_bench.h - OCSP requests for tests, made by OpenSSL or from a text.
 */
#ifndef P11CA_TESTS_OCSP_BENCH_H
#define P11CA_TESTS_OCSP_BENCH_H

#include <criterion/criterion.h>
#include <openssl/ocsp.h>

#include "make_cert.h"
#include "p11ca/der.h"
#include "p11ca/ocsp.h"

#define CA_NAME "C=DE,O=Example,CN=CA"

/* A CA as OpenSSL knows it, and as we do. */
struct bench {
	EVP_PKEY *key;
	X509 *ca;
	struct buf name;
	struct buf spki;
};

static inline X509 *
x509_made(const struct make_cert *recipe)
{
	struct buf der = make_cert_der(recipe);
	const unsigned char *p = der.p;
	X509 *x = make_must(d2i_X509(NULL, &p, (long)der.len));

	buf_free(&der);
	return x;
}

static inline void
bench_new(struct bench *b, const char *kind)
{
	struct make_cert recipe = { .subject = CA_NAME,
		MAKE_EXTS(make_ca_exts) };

	b->key = make_key(kind);
	recipe.key = b->key;
	b->ca = x509_made(&recipe);
	b->name = make_name_der(CA_NAME);
	b->spki = make_spki(b->key);
}

static inline void
bench_free(struct bench *b)
{
	X509_free(b->ca);
	EVP_PKEY_free(b->key);
	buf_free(&b->name);
	buf_free(&b->spki);
}

/* The CertID of a certificate of the CA. */
static inline OCSP_CERTID *
id_made(const struct bench *b, const char *hash, long serial)
{
	ASN1_INTEGER *number = make_must(ASN1_INTEGER_new());
	OCSP_CERTID *id;

	make_sure(ASN1_INTEGER_set(number, serial) == 1);
	id = make_must(OCSP_cert_id_new(EVP_get_digestbyname(hash),
	    X509_get_subject_name(b->ca), X509_get0_pubkey_bitstr(b->ca),
	    number));
	ASN1_INTEGER_free(number);
	return id;
}

/* A request about count certificates: serials 1, 2, 3 ... */
static inline OCSP_REQUEST *
request_made(const struct bench *b, const char *hash, int count, int nonce)
{
	OCSP_REQUEST *request = make_must(OCSP_REQUEST_new());

	for (int i = 1; i <= count; i++)
		(void)make_must(OCSP_request_add0_id(request,
		    id_made(b, hash, i)));
	if (nonce > 0)
		make_sure(OCSP_request_add1_nonce(request, NULL, nonce) == 1);
	return request;
}

static inline struct buf
request_der(OCSP_REQUEST *request)
{
	unsigned char *der = NULL;
	int len = i2d_OCSP_REQUEST(request, &der);

	return make_taken(der, len);
}

static inline struct ocsp_request *
request_read(struct bytes der)
{
	struct ocsp_request *request = NULL;
	struct fault f = { 0 };

	cr_assert(ocsp_request_read(der, &request, &f), "%s", f.found);
	cr_assert_not_null(request);
	return request;
}

static inline struct ocsp_request *
request_taken_over(OCSP_REQUEST *made)
{
	struct buf der = request_der(made);
	struct ocsp_request *request = request_read(buf_bytes(&der));

	buf_free(&der);
	return request;
}

static inline struct bytes
string_of(const ASN1_STRING *string)
{
	return (struct bytes){ ASN1_STRING_get0_data(string),
		(size_t)ASN1_STRING_length(string) };
}

/*
 * DER from a text: hex, where the content of an element stands in brackets
 * after its tag: "30(020101 05())" is 3005 020101 0500.
 */
static inline void
put_text(struct buf *out, const char **p)
{
	while (**p != '\0' && **p != ')') {
		char hex[3] = { (*p)[0], (*p)[0] != '\0' ? (*p)[1] : '\0', 0 };
		struct buf content = { 0 };
		struct buf octet = { 0 };

		if (**p == ' ') {
			(*p)++;
			continue;
		}
		cr_assert(buf_from_hex(&octet, hex), "%s", *p);
		cr_assert_eq(octet.len, 1);
		*p += 2;
		if (**p == '(') {
			(*p)++;
			put_text(&content, p);
			cr_assert_eq(**p, ')');
			(*p)++;
			der_put(out, octet.p[0], buf_bytes(&content));
		} else {
			buf_append(out, buf_bytes(&octet));
		}
		buf_free(&content);
		buf_free(&octet);
	}
}

static inline void
append_text(struct buf *out, const char *text, const char *otherwise)
{
	const char *p = text != NULL ? text : otherwise;

	put_text(out, &p);
	cr_assert_eq(*p, '\0', "%s", p);
}

/* clang-format off */
#define SHA1_OID "06(2b0e03021a)"
#define HASH "04(0102030405060708090a0b0c0d0e0f1011121314)"
#define CERT_ID "30(" "30(" SHA1_OID "05())" HASH HASH "020101" ")"
#define WITH_ALG(fields) "30(30(30(30(" fields ")" HASH HASH "020101)))"
/* clang-format on */

#endif
