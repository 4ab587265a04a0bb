/* crl_test.c - lists as OpenSSL reads them. */
#include <criterion/criterion.h>

#include "make_cert.h"
#include "p11ca/certmake.h"
#include "p11ca/clock.h"
#include "p11ca/crl.h"

#define NOW 1767225600 /* 2026-01-01T00:00:00Z */
#define URI "http://crl.example/crl/1.crl"

/* A wish and what it borrows. */
struct bench {
	EVP_PKEY *key;
	struct buf issuer;
	unsigned char key_id[20];
	struct crl_wish wish;
};

static void
bench_good(struct bench *b, const char *kind, enum sign_alg alg)
{
	struct buf spki;

	memset(b, 0, sizeof(*b));
	b->key = make_key(kind);
	b->issuer = make_name_der("C=DE,O=Example,CN=CA");
	spki = make_spki(b->key);
	key_id_of(buf_bytes(&spki), b->key_id);
	buf_free(&spki);
	b->wish.sign_alg = alg;
	b->wish.issuer = buf_bytes(&b->issuer);
	b->wish.key_id = (struct bytes){ b->key_id, sizeof(b->key_id) };
	b->wish.this_update = NOW;
	b->wish.next_update = NOW + 7 * 86400;
	b->wish.number = 1767225600123;
}

static void
bench_free(struct bench *b)
{
	EVP_PKEY_free(b->key);
	buf_free(&b->issuer);
}

/* Sign, and read it as another program does. */
static X509_CRL *
openssl_reads(const struct bench *b, struct crl *crl)
{
	struct buf tbs = { 0 };
	struct buf der = { 0 };
	struct buf sig;
	const unsigned char *p;
	X509_CRL *read;

	crl_tbs(crl, &tbs);
	cr_expect_eq(crl_count(crl), 0);
	crl_free(crl);
	sig = make_raw_signature(b->key, buf_bytes(&tbs));
	signed_der(buf_bytes(&tbs), b->wish.sign_alg, buf_bytes(&sig), &der);
	p = der.p;
	read = d2i_X509_CRL(NULL, &p, (long)der.len);
	cr_assert_not_null(read);
	cr_expect_eq(p, der.p + der.len);
	cr_expect_eq(X509_CRL_verify(read, b->key), 1);
	buf_free(&tbs);
	buf_free(&sig);
	buf_free(&der);
	return read;
}

static int64_t
time_of(const ASN1_TIME *at)
{
	struct tm tm;

	cr_assert_eq(ASN1_TIME_to_tm(at, &tm), 1);
	return timegm(&tm);
}

static struct bytes
string_of(const ASN1_STRING *string)
{
	return (struct bytes){ ASN1_STRING_get0_data(string),
		(size_t)ASN1_STRING_length(string) };
}

/* The entry of this serial in hex, or NULL. */
static X509_REVOKED *
entry_of(X509_CRL *crl, const char *serial)
{
	BIGNUM *number = NULL;
	ASN1_INTEGER *wanted;
	X509_REVOKED *entry = NULL;

	cr_assert_gt(BN_hex2bn(&number, serial), 0);
	wanted = BN_to_ASN1_INTEGER(number, NULL);
	if (X509_CRL_get0_by_serial(crl, &entry, wanted) != 1)
		entry = NULL;
	ASN1_INTEGER_free(wanted);
	BN_free(number);
	return entry;
}

static void
add_hex(struct crl *crl, const char *serial, int64_t at, int reason)
{
	struct buf octets = { 0 };

	cr_assert(buf_from_hex(&octets, serial));
	crl_add(crl, buf_bytes(&octets), at, reason);
	buf_free(&octets);
}

static const struct {
	const char *key;
	enum sign_alg alg;
} kinds[] = {
	{ "P-256", SIGN_SHA256WITHECDSA },
	{ "RSA-2048", SIGN_SHA256WITHRSA },
	{ "ED25519", SIGN_ED25519 },
};

Test(crl, is_made_with_each_kind_of_key)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct bench b;
		struct crl *crl;
		X509_CRL *read;
		X509_NAME *issuer;

		bench_good(&b, kinds[i].key, kinds[i].alg);
		crl = crl_begin(&b.wish);
		add_hex(crl, "01", NOW, 1);
		cr_expect_eq(crl_count(crl), 1);
		read = openssl_reads(&b, crl);
		issuer = make_name("C=DE,O=Example,CN=CA");
		cr_expect_eq(X509_CRL_get_version(read), X509_CRL_VERSION_2);
		cr_expect_eq(X509_NAME_cmp(X509_CRL_get_issuer(read), issuer),
		    0);
		cr_expect_eq(time_of(X509_CRL_get0_lastUpdate(read)), NOW);
		cr_expect_eq(time_of(X509_CRL_get0_nextUpdate(read)),
		    NOW + 7 * 86400);
		X509_NAME_free(issuer);
		X509_CRL_free(read);
		bench_free(&b);
	}
}

static const struct {
	const char *serial;
	const char *at;
	int reason;
} entries[] = {
	{ "01", "2025-12-31T23:59:59Z", 0 },
	{ "7f", "1970-01-01T00:00:00Z", 1 },
	{ "80", "2024-02-29T12:00:00Z", 2 },
	{ "0000000000000102", "2026-01-01T00:00:00Z", 3 },
	{ "ffffffffffffffffffffffffffffffff", "2049-12-31T23:59:59Z", 4 },
	{ "7fffffffffffffffffffffffffffffffffffffff", "2050-01-01T00:00:00Z",
	    5 },
	{ "00ff", "9999-12-31T23:59:59Z", 9 },
	{ "0a0b", "1949-12-31T23:59:59Z", 10 },
};

Test(crl, says_of_each_certificate_when_and_why)
{
	struct bench b;
	struct crl *crl;
	X509_CRL *read;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	crl = crl_begin(&b.wish);
	for (size_t i = 0; i < COUNT(entries); i++) {
		int64_t at;

		cr_assert(clock_from_text(entries[i].at, &at));
		add_hex(crl, entries[i].serial, at, entries[i].reason);
	}
	cr_expect_eq(crl_count(crl), COUNT(entries));
	read = openssl_reads(&b, crl);
	cr_expect_eq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(read)),
	    (int)COUNT(entries));
	for (size_t i = 0; i < COUNT(entries); i++) {
		X509_REVOKED *entry = entry_of(read, entries[i].serial);
		ASN1_ENUMERATED *reason;
		int64_t at;

		cr_assert_not_null(entry, "%s", entries[i].serial);
		cr_assert(clock_from_text(entries[i].at, &at));
		cr_expect_eq(time_of(X509_REVOKED_get0_revocationDate(entry)),
		    at, "%s", entries[i].at);
		cr_expect_eq(X509_REVOKED_get_ext_count(entry),
		    entries[i].reason != 0, "%s", entries[i].serial);
		reason =
		    X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
		cr_expect_eq(reason != NULL ? ASN1_ENUMERATED_get(reason) : 0,
		    entries[i].reason, "%s", entries[i].serial);
		ASN1_ENUMERATED_free(reason);
	}
	cr_expect_null(entry_of(read, "02"));
	X509_CRL_free(read);
	bench_free(&b);
}

Test(crl, an_entry_is_the_der_of_rfc_5280)
{
	static const char *const whole = "30373021"
					 "020200ff"
					 "170d3236303130313030303030305a"
					 "300c300a0603551d1504030a0101"
					 "3012"
					 "020101"
					 "170d3236303130313030303030305a";
	struct buf shown = { 0 };
	struct buf tbs = { 0 };
	struct bench b;
	struct crl *crl;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	crl = crl_begin(&b.wish);
	add_hex(crl, "ff", NOW, 1);
	add_hex(crl, "01", NOW, 0);
	crl_tbs(crl, &tbs);
	buf_hex(&shown, buf_bytes(&tbs));
	cr_expect(strstr(buf_text(&shown), whole), "%s", buf_text(&shown));
	crl_free(crl);
	buf_free(&shown);
	buf_free(&tbs);
	bench_free(&b);
}

/* RFC 5280, 5.1.2.6 */
Test(crl, leaves_an_empty_list_out)
{
	static const char *const next_update_and_extensions =
	    "170d3236303130383030303030305a"
	    "a0";
	struct buf shown = { 0 };
	struct buf tbs = { 0 };
	struct bench b;
	struct crl *crl;
	X509_CRL *read;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	read = openssl_reads(&b, crl_begin(&b.wish));
	cr_expect_leq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(read)), 0);
	crl = crl_begin(&b.wish);
	crl_tbs(crl, &tbs);
	buf_hex(&shown, buf_bytes(&tbs));
	cr_expect(strstr(buf_text(&shown), next_update_and_extensions), "%s",
	    buf_text(&shown));
	crl_free(crl);
	X509_CRL_free(read);
	buf_free(&shown);
	buf_free(&tbs);
	bench_free(&b);
}

static const int64_t numbers[] = { 0, 1, 127, 128, 1767225600123, INT64_MAX };

Test(crl, has_its_number_and_the_key_that_signs)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct bench b;
		X509_CRL *read;
		ASN1_INTEGER *number;
		AUTHORITY_KEYID *key;
		int64_t got = -1;
		int critical = -1;

		bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
		b.wish.number = numbers[i];
		read = openssl_reads(&b, crl_begin(&b.wish));
		cr_expect_eq(X509_CRL_get_ext_count(read), 2);
		number =
		    X509_CRL_get_ext_d2i(read, NID_crl_number, &critical, NULL);
		cr_assert_not_null(number);
		cr_expect_eq(ASN1_INTEGER_get_int64(&got, number), 1);
		cr_expect_eq(got, numbers[i]);
		cr_expect_eq(critical, 0);
		key = X509_CRL_get_ext_d2i(read, NID_authority_key_identifier,
		    &critical, NULL);
		cr_assert_not_null(key);
		cr_expect_eq(critical, 0);
		cr_expect(bytes_equal(string_of(key->keyid), b.wish.key_id));
		cr_expect_null(key->issuer);
		cr_expect_null(key->serial);
		AUTHORITY_KEYID_free(key);
		ASN1_INTEGER_free(number);
		X509_CRL_free(read);
		bench_free(&b);
	}
}

Test(crl, of_a_part_says_critically_where_it_belongs)
{
	struct bench b;
	X509_CRL *read;
	ISSUING_DIST_POINT *point;
	const GENERAL_NAME *name;
	int critical = 0;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	b.wish.idp = URI;
	read = openssl_reads(&b, crl_begin(&b.wish));
	cr_expect_eq(X509_CRL_get_ext_count(read), 3);
	point = X509_CRL_get_ext_d2i(read, NID_issuing_distribution_point,
	    &critical, NULL);
	cr_assert_not_null(point);
	cr_expect_eq(critical, 1);
	cr_assert_not_null(point->distpoint);
	cr_assert_eq(point->distpoint->type, 0);
	cr_assert_eq(sk_GENERAL_NAME_num(point->distpoint->name.fullname), 1);
	name = sk_GENERAL_NAME_value(point->distpoint->name.fullname, 0);
	cr_assert_eq(name->type, GEN_URI);
	cr_expect(bytes_equal(string_of(name->d.uniformResourceIdentifier),
	    bytes_of(URI)));
	cr_expect_eq(point->onlyuser + point->onlyCA + point->indirectCRL +
		point->onlyattr,
	    0);
	cr_expect_null(point->onlysomereasons);
	ISSUING_DIST_POINT_free(point);
	X509_CRL_free(read);
	bench_free(&b);
}

Test(crl, may_be_long)
{
	enum { ENTRIES = 100000 };
	struct bench b;
	struct crl *crl;
	X509_CRL *read;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	crl = crl_begin(&b.wish);
	for (unsigned i = 1; i <= ENTRIES; i++) {
		unsigned char serial[3] = { (unsigned char)(i >> 16),
			(unsigned char)(i >> 8), (unsigned char)i };

		crl_add(crl, (struct bytes){ serial, sizeof(serial) }, NOW + i,
		    1);
	}
	cr_expect_eq(crl_count(crl), ENTRIES);
	read = openssl_reads(&b, crl);
	cr_expect_eq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(read)), ENTRIES);
	for (unsigned i = 1; i <= ENTRIES; i += ENTRIES / 8 - 1) {
		X509_REVOKED *entry;
		char serial[16];

		snprintf(serial, sizeof(serial), "%x", i);
		entry = entry_of(read, serial);
		cr_assert_not_null(entry, "%s", serial);
		cr_expect_eq(time_of(X509_REVOKED_get0_revocationDate(entry)),
		    NOW + i);
	}
	cr_expect_null(entry_of(read, "1ffff"));
	X509_CRL_free(read);
	bench_free(&b);
}

Test(crl, that_is_none_can_be_freed)
{
	crl_free(NULL);
}
