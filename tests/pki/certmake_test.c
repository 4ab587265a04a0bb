/* certmake_test.c - certificates to be, as OpenSSL and our own reader see
 * them. */
#include <criterion/criterion.h>

#include "make_cert.h"
#include "p11ca/cert.h"
#include "p11ca/certmake.h"
#include "p11ca/clock.h"
#include "p11ca/csr.h"
#include "p11ca/der.h"

#define URI "http://crl.example/crl/1.crl"

/* A good wish and what it borrows, so that a case can spoil it. */
struct bench {
	EVP_PKEY *key;
	struct buf issuer, subject, spki, serial;
	struct ext_wishes exts;
	struct cert_wish wish;
};

static int64_t
at(const char *text)
{
	int64_t out;

	cr_assert(clock_from_text(text, &out), "%s", text);
	return out;
}

static void
bench_serial(struct bench *b, const char *hex)
{
	buf_free(&b->serial);
	cr_assert(buf_from_hex(&b->serial, hex));
	b->wish.serial = buf_bytes(&b->serial);
}

static void
bench_good(struct bench *b, const char *kind, enum sign_alg alg)
{
	memset(b, 0, sizeof(*b));
	b->key = make_key(kind);
	b->issuer = make_name_der("C=DE,O=Example,CN=CA");
	b->subject = make_name_der("CN=www.example.org");
	b->spki = make_spki(b->key);
	bench_serial(b, "f00102030405060708090a0b0c0d0e0f");
	b->wish.sign_alg = alg;
	b->wish.issuer = buf_bytes(&b->issuer);
	b->wish.subject = buf_bytes(&b->subject);
	b->wish.spki = buf_bytes(&b->spki);
	b->wish.not_before = at("2026-01-01T00:00:00Z");
	b->wish.not_after = at("2056-12-31T23:59:59Z");
	b->wish.exts = &b->exts;
}

static void
bench_free(struct bench *b)
{
	EVP_PKEY_free(b->key);
	buf_free(&b->issuer);
	buf_free(&b->subject);
	buf_free(&b->spki);
	buf_free(&b->serial);
	ext_wishes_clear(&b->exts);
}

static void
add_and_free(struct bench *b, const char *oid, bool critical, struct buf *value)
{
	ext_wishes_add(&b->exts, oid, critical, buf_bytes(value));
	buf_free(value);
}

static struct buf
certificate_made(const struct bench *b)
{
	struct fault f = { 0 };
	struct buf tbs = { 0 };
	struct buf der = { 0 };
	struct buf sig;

	cr_assert(cert_tbs(&b->wish, &tbs, &f), "%s", f.found);
	sig = make_raw_signature(b->key, buf_bytes(&tbs));
	signed_der(buf_bytes(&tbs), b->wish.sign_alg, buf_bytes(&sig), &der);
	buf_free(&tbs);
	buf_free(&sig);
	return der;
}

/* All of it and no more, signed by the key. */
static X509 *
openssl_reads(const struct bench *b, const struct buf *der)
{
	const unsigned char *p = der->p;
	X509 *x = d2i_X509(NULL, &p, (long)der->len);

	cr_assert_not_null(x);
	cr_expect_eq(p, der->p + der->len);
	cr_expect_eq(X509_verify(x, b->key), 1);
	cr_expect_eq(X509_get_version(x), X509_VERSION_3);
	return x;
}

static int64_t
time_of(const ASN1_TIME *time)
{
	struct tm tm;

	cr_assert_eq(ASN1_TIME_to_tm(time, &tm), 1);
	return timegm(&tm);
}

static void
expect_hex(struct bytes got, const char *hex, const char *what)
{
	struct buf shown = { 0 };

	buf_hex(&shown, got);
	cr_expect_str_eq(buf_text(&shown), hex, "%s: %s", what,
	    buf_text(&shown));
	buf_free(&shown);
}

static const struct {
	const char *key;
	enum sign_alg alg;
} kinds[] = {
	{ "P-256", SIGN_SHA256WITHECDSA },
	{ "P-521", SIGN_SHA256WITHECDSA },
	{ "RSA-2048", SIGN_SHA256WITHRSA },
	{ "ED25519", SIGN_ED25519 },
};

/* A CA's extensions, in an order of their own. */
static void
add_ca_exts(struct bench *b)
{
	struct buf value = { 0 };
	unsigned char id[20];

	ext_basic_constraints(&value, true, 2);
	add_and_free(b, "2.5.29.19", true, &value);
	key_id_of(b->wish.spki, id);
	ext_authority_key_id(&value, (struct bytes){ id, sizeof(id) });
	add_and_free(b, "2.5.29.35", false, &value);
	ext_subject_key_id(&value, b->wish.spki);
	add_and_free(b, "2.5.29.14", false, &value);
	ext_key_usage(&value, KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN);
	add_and_free(b, "2.5.29.15", true, &value);
	ext_crl_point(&value, URI);
	add_and_free(b, "2.5.29.31", false, &value);
	ext_ocsp_access(&value, "http://ocsp.example");
	add_and_free(b, "1.3.6.1.5.5.7.1.1", false, &value);
}

static void
expect_openssl_sees(const struct bench *b, X509 *x)
{
	const X509_ALGOR *alg;
	X509_NAME *issuer = make_name("C=DE,O=Example,CN=CA");
	X509_NAME *subject = make_name("CN=www.example.org");
	char *serial;
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);

	serial = BN_bn2hex(number);
	cr_expect_str_eq(serial, "F00102030405060708090A0B0C0D0E0F");
	cr_expect_eq(X509_NAME_cmp(X509_get_issuer_name(x), issuer), 0);
	cr_expect_eq(X509_NAME_cmp(X509_get_subject_name(x), subject), 0);
	cr_expect_eq(time_of(X509_get0_notBefore(x)), b->wish.not_before);
	cr_expect_eq(time_of(X509_get0_notAfter(x)), b->wish.not_after);
	cr_expect_eq(EVP_PKEY_eq(X509_get0_pubkey(x), b->key), 1);
	X509_get0_signature(NULL, &alg, x);
	cr_expect_eq(X509_ALGOR_cmp(alg, X509_get0_tbs_sigalg(x)), 0);
	cr_expect_eq(X509_get_ext_count(x), (int)b->exts.count);
	OPENSSL_free(serial);
	BN_free(number);
	X509_NAME_free(issuer);
	X509_NAME_free(subject);
}

static void
expect_own_reader_sees(const struct bench *b, const struct buf *der)
{
	struct cert *cert = NULL;
	struct fault f = { 0 };
	unsigned char id[20];
	struct bytes key_id = { id, sizeof(id) };

	key_id_of(b->wish.spki, id);
	cr_assert(cert_from_der(buf_bytes(der), &cert, &f), "%s", f.found);
	cr_expect(cert_signed_by(cert, cert));
	expect_hex(cert->serial, "00f00102030405060708090a0b0c0d0e0f",
	    "serial");
	cr_expect(bytes_equal(name_der(cert->issuer), b->wish.issuer));
	cr_expect(bytes_equal(name_der(cert->subject), b->wish.subject));
	cr_expect(bytes_equal(cert->spki, b->wish.spki));
	cr_expect_eq(cert->not_before, b->wish.not_before);
	cr_expect_eq(cert->not_after, b->wish.not_after);
	cr_expect(cert->has_basic && cert->basic_critical && cert->is_ca);
	cr_expect(cert->has_path_len && cert->path_len == 2);
	cr_expect_eq(cert->key_usage, KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN);
	cr_expect(bytes_equal(cert->subject_key_id, key_id));
	cr_expect(bytes_equal(cert->authority_key_id, key_id));
	cr_assert_eq(cert->ext_count, b->exts.count);
	for (size_t i = 0; i < cert->ext_count; i++) {
		const struct ext_wish *wish = &b->exts.list[i];

		cr_assert_not_null(cert->ext[i].kind);
		cr_expect_str_eq(cert->ext[i].kind->oid, wish->oid);
		cr_expect_eq(cert->ext[i].critical, wish->critical);
		cr_expect(bytes_equal(cert->ext[i].value,
		    buf_bytes(&wish->value)));
		cr_expect_not(cert->ext[i].undecodable, "%s", wish->oid);
	}
	cert_free(cert);
}

Test(certmake, a_certificate_is_what_was_wished_for)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct bench b;
		struct buf der;
		X509 *x;

		bench_good(&b, kinds[i].key, kinds[i].alg);
		add_ca_exts(&b);
		der = certificate_made(&b);
		x = openssl_reads(&b, &der);
		expect_openssl_sees(&b, x);
		expect_own_reader_sees(&b, &der);
		X509_free(x);
		buf_free(&der);
		bench_free(&b);
	}
}

Test(certmake, a_certificate_needs_no_extensions)
{
	for (int listed = 0; listed <= 1; listed++) {
		struct cert *cert = NULL;
		struct fault f = { 0 };
		struct bench b;
		struct buf der;
		X509 *x;

		bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
		b.wish.exts = listed ? &b.exts : NULL;
		der = certificate_made(&b);
		x = openssl_reads(&b, &der);
		cr_expect_eq(X509_get_ext_count(x), 0);
		cr_expect(cert_from_der(buf_bytes(&der), &cert, &f), "%s",
		    f.found);
		cert_free(cert);
		X509_free(x);
		buf_free(&der);
		bench_free(&b);
	}
}

/* RFC 5280, 4.1.2.6: then a critical subjectAltName says who it is. */
Test(certmake, the_subject_may_be_empty)
{
	static const unsigned char empty[] = { DER_SEQUENCE, 0 };
	struct general_name name = { "DNS", NULL, bytes_of("a.example"),
		{ NULL, 0 } };
	struct buf der_name = { 0 };
	struct buf value = { 0 };
	struct fault f = { 0 };
	struct bench b;
	struct buf der;
	X509 *x;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	b.wish.subject = (struct bytes){ empty, sizeof(empty) };
	cr_assert(general_name_der(&name, &der_name, &f), "%s", f.found);
	ext_alt_names(&value, &der_name, 1);
	add_and_free(&b, "2.5.29.17", true, &value);
	der = certificate_made(&b);
	x = openssl_reads(&b, &der);
	cr_expect_eq(X509_NAME_entry_count(X509_get_subject_name(x)), 0);
	cr_expect_eq(X509_check_host(x, "a.example", 0, 0, NULL), 1);
	X509_free(x);
	buf_free(&der_name);
	buf_free(&der);
	bench_free(&b);
}

static const struct {
	const char *octets;
	const char *content; /* of the INTEGER; NULL: refused */
} serials[] = {
	{ "01", "01" },
	{ "7f", "7f" },
	{ "80", "0080" },
	{ "0001", "01" },
	{ "000080", "0080" },
	{ "0100", "0100" },
	{ "ffffffffffffffffffffffffffffffff",
	    "00ffffffffffffffffffffffffffffffff" },
	{ "7fffffffffffffffffffffffffffffffffffffff",
	    "7fffffffffffffffffffffffffffffffffffffff" },
	{ "000000000000007fffffffffffffffffffffffffffffffffffffff",
	    "7fffffffffffffffffffffffffffffffffffffff" },
	{ "8000000000000000000000000000000000000000", NULL },
	{ "010000000000000000000000000000000000000000", NULL },
	{ "00", NULL },
	{ "0000000000000000", NULL },
	{ "", NULL },
};

Test(certmake, the_serial_is_positive_and_minimal)
{
	for (size_t i = 0; i < COUNT(serials); i++) {
		struct cert *cert = NULL;
		struct buf tbs = { 0 };
		struct fault f = { 0 };
		struct bench b;
		struct buf der;

		bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
		bench_serial(&b, serials[i].octets);
		if (serials[i].content == NULL) {
			cr_expect_not(cert_tbs(&b.wish, &tbs, &f), "%s",
			    serials[i].octets);
			cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
			cr_expect(strstr(f.found, "serial"), "%s", f.found);
		} else {
			der = certificate_made(&b);
			cr_assert(cert_from_der(buf_bytes(&der), &cert, &f),
			    "%s", f.found);
			expect_hex(cert->serial, serials[i].content,
			    serials[i].octets);
			cert_free(cert);
			buf_free(&der);
		}
		bench_free(&b);
	}
}

/* clang-format off */
static const struct {
	const char *text;
	const char *der; /* tag, length, text */
} times[] = {
	{ "0000-01-01T00:00:00Z", "\x18\x0f" "00000101000000Z" },
	{ "1949-12-31T23:59:59Z", "\x18\x0f" "19491231235959Z" },
	{ "1950-01-01T00:00:00Z", "\x17\x0d" "500101000000Z" },
	{ "1969-12-31T23:59:59Z", "\x17\x0d" "691231235959Z" },
	{ "1970-01-01T00:00:00Z", "\x17\x0d" "700101000000Z" },
	{ "1999-12-31T23:59:59Z", "\x17\x0d" "991231235959Z" },
	{ "2000-02-29T01:02:03Z", "\x17\x0d" "000229010203Z" },
	{ "2038-01-19T03:14:07Z", "\x17\x0d" "380119031407Z" },
	{ "2038-01-19T03:14:08Z", "\x17\x0d" "380119031408Z" },
	{ "2049-12-31T23:59:59Z", "\x17\x0d" "491231235959Z" },
	{ "2050-01-01T00:00:00Z", "\x18\x0f" "20500101000000Z" },
	{ "2100-03-01T00:00:00Z", "\x18\x0f" "21000301000000Z" },
	{ "9999-12-31T23:59:59Z", "\x18\x0f" "99991231235959Z" },
};
/* clang-format on */

/* RFC 5280, 4.1.2.5 */
Test(certmake, a_time_is_utc_time_from_1950_to_2049)
{
	for (size_t i = 0; i < COUNT(times); i++) {
		struct buf out = { 0 };
		struct bytes read;
		int64_t back = 0;

		der_put_time(&out, at(times[i].text));
		cr_expect(bytes_equal(buf_bytes(&out), bytes_of(times[i].der)),
		    "%s: %s", times[i].text, buf_text(&out));
		read = buf_bytes(&out);
		cr_expect(der_time(&read, &back), "%s", times[i].text);
		cr_expect_eq(back, at(times[i].text), "%s", times[i].text);
		buf_free(&out);
	}
}

static void
spoil_order(struct bench *b)
{
	b->wish.not_after = b->wish.not_before - 1;
}

static void
spoil_not_after(struct bench *b)
{
	b->wish.not_after = at("9999-12-31T23:59:59Z") + 1;
}

static void
spoil_not_before(struct bench *b)
{
	b->wish.not_before = at("0000-01-01T00:00:00Z") - 1;
}

static void
spoil_far(struct bench *b)
{
	b->wish.not_after = INT64_MAX;
}

static void
spoil_issuer(struct bench *b)
{
	b->wish.issuer = bytes_of("CN=CA");
}

static void
spoil_issuer_name(struct bench *b)
{
	static const unsigned char empty[] = { DER_SEQUENCE, 0 };

	b->wish.issuer = (struct bytes){ empty, sizeof(empty) };
}

static void
spoil_subject(struct bench *b)
{
	b->wish.subject = (struct bytes){ NULL, 0 };
}

static void
spoil_key(struct bench *b)
{
	b->wish.spki.len--;
}

static void
spoil_twice(struct bench *b)
{
	ext_wishes_add(&b->exts, "1.2.3", false, bytes_of("x"));
	ext_wishes_add(&b->exts, "1.2.4", false, bytes_of("x"));
	ext_wishes_add(&b->exts, "1.2.3", true, bytes_of("y"));
}

static void
spoil_oid(struct bench *b)
{
	ext_wishes_add(&b->exts, "1.2.3", false, bytes_of("x"));
	ext_wishes_add(&b->exts, "basicConstraints\n", false, bytes_of("x"));
}

static const struct {
	void (*spoil)(struct bench *b);
	const char *found;
} spoiled[] = {
	{ spoil_order, "a notAfter before its notBefore" },
	{ spoil_not_after, "beyond the year 9999" },
	{ spoil_not_before, "beyond the year 9999" },
	{ spoil_far, "beyond the year 9999" },
	{ spoil_issuer, "an issuer that is not DER" },
	{ spoil_issuer_name, "an issuer without a name" },
	{ spoil_subject, "a subject that is not DER" },
	{ spoil_key, "a public key that is not DER" },
	{ spoil_twice, "extension 1.2.3 twice" },
	{ spoil_oid, "\"basicConstraints\\x0A\" as the OID" },
};

Test(certmake, a_wish_that_nobody_could_read_is_refused)
{
	for (size_t i = 0; i < COUNT(spoiled); i++) {
		struct buf tbs = { 0 };
		struct fault f = { 0 };
		struct bench b;

		bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
		spoiled[i].spoil(&b);
		cr_expect_not(cert_tbs(&b.wish, &tbs, &f), "%s",
		    spoiled[i].found);
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
		cr_expect(strstr(f.found, spoiled[i].found), "\"%s\"", f.found);
		cr_expect_null(tbs.p);
		bench_free(&b);
	}
}

Test(certmake, critical_is_written_only_where_it_is_true)
{
	struct buf shown = { 0 };
	struct buf tbs = { 0 };
	struct fault f = { 0 };
	struct bench b;

	bench_good(&b, "P-256", SIGN_SHA256WITHECDSA);
	ext_wishes_add(&b.exts, "1.2.3", false, bytes_of("a"));
	ext_wishes_add(&b.exts, "1.2.4", true, bytes_of("b"));
	cr_assert(cert_tbs(&b.wish, &tbs, &f), "%s", f.found);
	buf_hex(&shown, buf_bytes(&tbs));
	cr_assert_gt(shown.len, 50);
	cr_expect_str_eq(buf_text(&shown) + shown.len - 50,
	    "a3173015"
	    "300706022a03040161"
	    "300a06022a040101ff040162",
	    "%s", buf_text(&shown));
	buf_free(&shown);
	buf_free(&tbs);
	bench_free(&b);
}
