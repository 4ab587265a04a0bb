/* cert_test.c - a certificate beside its key. */
#include <openssl/x509.h>

#include "../../src/token/internal.h"
#include "bench.h"

TestSuite(cert, .init = bench_start_open, .fini = bench_end, .timeout = 60);

/* A certificate of no worth: what is looked at is where it ends up. */
static void
make_cert(int serial, struct buf *der, struct buf *subject)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	unsigned char *out = NULL;
	int len;

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"Issuing CA", -1, -1, 0);
	cr_assert_eq(X509_set_version(cert, 2) +
		ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) +
		X509_set_subject_name(cert, name) +
		X509_set_issuer_name(cert, name) + X509_set_pubkey(cert, key),
	    5);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	cr_assert_gt(X509_sign(cert, key, EVP_sha256()), 0);
	len = i2d_X509(cert, &out);
	buf_set(der, (struct bytes){ out, (size_t)len });
	OPENSSL_free(out);
	out = NULL;
	len = i2d_X509_NAME(name, &out);
	buf_set(subject, (struct bytes){ out, (size_t)len });
	OPENSSL_free(out);
	EVP_PKEY_free(key);
	X509_NAME_free(name);
	X509_free(cert);
}

static size_t
certs_on_token(struct bytes id)
{
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;

	MUST(objects_by_id(bench.token, CKO_CERTIFICATE, id, &list, &count,
	    &bench.f));
	mem_free(list);
	return count;
}

Test(cert, is_stored_with_the_id_and_label_of_the_key_once)
{
	CK_OBJECT_HANDLE *list = NULL;
	struct buf der = { 0 }, subject = { 0 }, value = { 0 };
	struct key key = { 0 };
	size_t count = 0;

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	make_cert(1, &der, &subject);
	for (int i = 0; i < 2; i++)
		MUST(token_store_cert(bench.token, &key, buf_bytes(&der),
		    buf_bytes(&subject), &bench.f));
	MUST(objects_by_id(bench.token, CKO_CERTIFICATE, bytes_of("one"), &list,
	    &count, &bench.f));
	cr_assert_eq(count, 1);
	cr_expect_eq(object_get(bench.token, list[0], CKA_VALUE, &value),
	    CKR_OK);
	cr_expect(bytes_equal(buf_bytes(&value), buf_bytes(&der)));
	cr_expect_eq(object_get(bench.token, list[0], CKA_LABEL, &value),
	    CKR_OK);
	cr_expect(bytes_equal(buf_bytes(&value), bytes_of("one")));
	cr_expect_eq(object_get(bench.token, list[0], CKA_SUBJECT, &value),
	    CKR_OK);
	cr_expect(bytes_equal(buf_bytes(&value), buf_bytes(&subject)));
	cr_expect_eq(object_get(bench.token, list[0], CKA_SERIAL_NUMBER,
			 &value),
	    CKR_OK);
	cr_expect(bytes_equal(buf_bytes(&value), bytes_of("\x02\x01\x01")));
	buf_free(&der);
	buf_free(&subject);
	buf_free(&value);
	key_clear(&key);
	mem_free(list);
}

Test(cert, that_renews_another_is_stored_beside_it)
{
	struct buf der = { 0 }, subject = { 0 };
	struct key key = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	for (int serial = 1; serial <= 2; serial++) {
		make_cert(serial, &der, &subject);
		MUST(token_store_cert(bench.token, &key, buf_bytes(&der),
		    buf_bytes(&subject), &bench.f));
	}
	cr_expect_eq(certs_on_token(bytes_of("one")), 2);
	buf_free(&der);
	buf_free(&subject);
	key_clear(&key);
}

Test(cert, that_is_none_is_refused)
{
	struct buf der = { 0 }, subject = { 0 };
	struct key key = { 0 };

	bench_key(KEY_EC_PRIME256V1, "one", &key);
	make_cert(1, &der, &subject);
	REFUSED(token_store_cert(bench.token, &key, bytes_of("rubbish"),
		    buf_bytes(&subject), &bench.f),
	    "no certificate");
	buf_text_append(&der, "more");
	REFUSED(token_store_cert(bench.token, &key, buf_bytes(&der),
		    buf_bytes(&subject), &bench.f),
	    "no certificate");
	cr_expect_eq(certs_on_token(bytes_of("one")), 0);
	buf_free(&der);
	buf_free(&subject);
	key_clear(&key);
}
