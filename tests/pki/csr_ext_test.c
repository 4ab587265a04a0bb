/* csr_ext_test.c - what requests made by OpenSSL ask for. */
#include <criterion/criterion.h>

#include "make_cert.h"
#include "p11ca/certmake.h"
#include "p11ca/csr.h"
#include "p11ca/der.h"
#include "p11ca/pubkey.h"

/* A request under way. */
struct bench {
	EVP_PKEY *key;
	X509_REQ *req;
};

static void
bench_new(struct bench *b)
{
	X509_NAME *name = make_name("CN=www.example.org");

	b->key = make_key("P-256");
	b->req = make_must(X509_REQ_new());
	make_sure(X509_REQ_set_subject_name(b->req, name) == 1);
	make_sure(X509_REQ_set_pubkey(b->req, b->key) == 1);
	X509_NAME_free(name);
}

/* Sign, and read it as the CA does. */
static struct csr *
bench_read(struct bench *b)
{
	struct csr *csr = NULL;
	struct fault f = { 0 };
	struct buf pem = { 0 };
	struct buf der;
	unsigned char *p = NULL;
	int len;

	make_sure(X509_REQ_sign(b->req, b->key, EVP_sha256()) > 0);
	len = i2d_X509_REQ(b->req, &p);
	der = make_taken(p, len);
	make_pem(&pem, "CERTIFICATE REQUEST", buf_bytes(&der));
	cr_assert(csr_from_pem(buf_bytes(&pem), &csr, &f), "%s", f.found);
	buf_free(&pem);
	buf_free(&der);
	return csr;
}

static void
bench_free(struct bench *b)
{
	X509_REQ_free(b->req);
	EVP_PKEY_free(b->key);
}

/* One attribute with these values, each a SEQUENCE, in hex. */
static void
add_attribute(struct bench *b, const char *oid, const char *const *hex)
{
	ASN1_OBJECT *type = make_must(OBJ_txt2obj(oid, 1));
	X509_ATTRIBUTE *attribute = make_must(X509_ATTRIBUTE_new());

	make_sure(X509_ATTRIBUTE_set1_object(attribute, type) == 1);
	for (; *hex != NULL; hex++) {
		ASN1_STRING *value = make_must(ASN1_STRING_new());
		struct buf der = { 0 };

		cr_assert(buf_from_hex(&der, *hex));
		make_sure(ASN1_STRING_set(value, der.p, (int)der.len) == 1);
		make_sure(X509_ATTRIBUTE_set1_data(attribute, V_ASN1_SEQUENCE,
			      ASN1_STRING_get0_data(value),
			      ASN1_STRING_length(value)) == 1);
		ASN1_STRING_free(value);
		buf_free(&der);
	}
	make_sure(X509_REQ_add1_attr(b->req, attribute) == 1);
	X509_ATTRIBUTE_free(attribute);
	ASN1_OBJECT_free(type);
}

#define EXTENSION_REQUEST "1.2.840.113549.1.9.14"

static void
add_request(struct bench *b, const char *hex)
{
	const char *const values[] = { hex, NULL };

	add_attribute(b, EXTENSION_REQUEST, values);
}

static const struct make_ext asked[] = {
	{ "subjectAltName", false, "DNS:a.example,IP:192.0.2.1", NULL, 0 },
	{ "keyUsage", true, "digitalSignature", NULL, 0 },
	{ "extendedKeyUsage", false, "serverAuth", NULL, 0 },
	{ "basicConstraints", true, "CA:FALSE", NULL, 0 },
	{ "1.2.3.4.5", true, NULL, (const unsigned char *)"\x05", 2 },
};

static void
add_asked(struct bench *b, STACK_OF(X509_EXTENSION) * list)
{
	X509 *x = make_must(X509_new());

	for (size_t i = 0; i < COUNT(asked); i++) {
		X509_EXTENSION *ext = asked[i].text != NULL
		    ? make_extension_from_text(x, &asked[i])
		    : make_extension_from_der(&asked[i]);

		make_sure(sk_X509_EXTENSION_push(list, ext) > 0);
	}
	make_sure(X509_REQ_add_extensions(b->req, list) == 1);
	X509_free(x);
}

static void
expect_same(const struct ext_wish *wish, X509_EXTENSION *ext)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
	char oid[64];

	OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1);
	cr_expect_str_eq(wish->oid, oid);
	cr_expect_eq(wish->critical, X509_EXTENSION_get_critical(ext) == 1,
	    "%s", oid);
	cr_expect(bytes_equal(buf_bytes(&wish->value),
		      (struct bytes){ ASN1_STRING_get0_data(value),
			  (size_t)ASN1_STRING_length(value) }),
	    "%s", oid);
}

Test(csr_ext, are_read_in_their_order)
{
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	struct ext_wishes wishes;
	struct fault f = { 0 };
	struct csr *csr;
	struct bench b;

	bench_new(&b);
	make_sure(X509_REQ_add1_attr_by_NID(b.req, NID_pkcs9_challengePassword,
		      MBSTRING_ASC, (const unsigned char *)"word", 4) == 1);
	add_asked(&b, list);
	csr = bench_read(&b);
	cr_assert(csr_extensions(csr, &wishes, &f), "%s", f.found);
	cr_assert_eq(wishes.count, COUNT(asked));
	for (size_t i = 0; i < wishes.count; i++)
		expect_same(&wishes.list[i],
		    sk_X509_EXTENSION_value(list, (int)i));
	ext_wishes_clear(&wishes);
	csr_free(csr);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	bench_free(&b);
}

static void
ask_nothing(struct bench *b)
{
}

static void
ask_for_a_password(struct bench *b)
{
	make_sure(X509_REQ_add1_attr_by_NID(b->req, NID_pkcs9_challengePassword,
		      MBSTRING_ASC, (const unsigned char *)"word", 4) == 1);
}

/* Some software writes the attribute without anything in it. */
static void
ask_for_an_empty_list(struct bench *b)
{
	add_request(b, "3000");
}

/* An attribute of Microsoft's that looks the same is another one. */
static void
ask_elsewhere(struct bench *b)
{
	static const char *const values[] = { "300b3009060355040304020500",
		NULL };

	add_attribute(b, "1.3.6.1.4.1.311.2.1.14", values);
}

/* An OID that starts as the one of extensionRequest does. */
static void
ask_in_another_branch(struct bench *b)
{
	static const char *const values[] = { "300b3009060355040304020500",
		NULL };

	add_attribute(b, EXTENSION_REQUEST ".1", values);
}

static void (*const without[])(struct bench *b) = {
	ask_nothing,
	ask_for_a_password,
	ask_for_an_empty_list,
	ask_elsewhere,
	ask_in_another_branch,
};

Test(csr_ext, are_none_where_none_is_asked_for)
{
	for (size_t i = 0; i < COUNT(without); i++) {
		struct ext_wishes wishes;
		struct fault f = { 0 };
		struct csr *csr;
		struct bench b;

		bench_new(&b);
		without[i](&b);
		csr = bench_read(&b);
		cr_expect(csr_extensions(csr, &wishes, &f), "%zu: %s", i,
		    f.found);
		cr_expect_eq(wishes.count, 0, "%zu", i);
		ext_wishes_clear(&wishes);
		csr_free(csr);
		bench_free(&b);
	}
}

/* clang-format off */
#define EXT_A "3008" "06032a0304" "040161"
#define EXT_B "3008" "06032a0305" "040162"

static const struct {
	const char *found;
	const char *first[3]; /* values of the first extensionRequest */
	const char *second;   /* value of another one */
} malformed[] = {
	{ "two extensionRequests", { "300a" EXT_A }, "300a" EXT_B },
	{ "two extensionRequests", { "300a" EXT_A }, "300a" EXT_A },
	{ "two extensionRequests", { "3000" }, "3000" },
	{ "an extensionRequest that does not decode",
	    { "300a" EXT_A, "300a" EXT_B }, NULL },
	{ "an extensionRequest that does not decode", { NULL }, NULL },
	{ "extension 1.2.3.4 twice", { "301e" EXT_A EXT_B EXT_A }, NULL },
	{ "an extension that is not DER", { "3003" "040161" }, NULL },
	{ "critical FALSE written out",
	    { "300d" "300b" "06032a0304" "010100" "040161" }, NULL },
	{ "extension 1.2.3.4 that is not DER",
	    { "300c" "300a" "06032a0304" "040161" "0500" }, NULL },
	{ "extension subjectAltName whose value does not decode",
	    { "300a" "3008" "0603551d11" "040161" }, NULL },
	{ "extension keyUsage whose value does not decode",
	    { "300b" "3009" "0603551d0f" "04020500" }, NULL },
	{ "an OID too long to show",
	    { "3034" "3032" "062d" "2a"
	      "ffffffffffffffffffff7f" "ffffffffffffffffffff7f"
	      "ffffffffffffffffffff7f" "ffffffffffffffffffff7f"
	      "040161" }, NULL },
};
/* clang-format on */

/* An extensionRequest with these values, appended. */
static void
put_request(struct buf *out, const char *const *hex)
{
	struct buf fields = { 0 };
	struct buf values = { 0 };

	cr_assert(buf_from_hex(&fields, "06092a864886f70d01090e"));
	for (; *hex != NULL; hex++)
		cr_assert(buf_from_hex(&values, *hex));
	der_put(&fields, DER_SET, buf_bytes(&values));
	der_put(out, DER_SEQUENCE, buf_bytes(&fields));
	buf_free(&values);
	buf_free(&fields);
}

/* A request that nobody could verify, for OpenSSL makes none of the kind. */
static void
request_from_attributes(struct csr *out, const struct buf *attributes)
{
	struct buf info = { 0 };

	memset(out, 0, sizeof(*out));
	cr_assert(buf_from_hex(&info,
	    "020100"
	    "3000"
	    "3000"));
	der_put(&info, DER_CONSTRUCTED(0), buf_bytes(attributes));
	der_put(&out->der, DER_SEQUENCE, buf_bytes(&info));
	out->info = buf_bytes(&out->der);
	buf_free(&info);
}

Test(csr_ext, that_do_not_decode_are_refused)
{
	for (size_t i = 0; i < COUNT(malformed); i++) {
		const char *const second[] = { malformed[i].second, NULL };
		struct buf attributes = { 0 };
		struct ext_wishes wishes;
		struct fault f = { 0 };
		struct csr csr;

		put_request(&attributes, malformed[i].first);
		if (malformed[i].second != NULL)
			put_request(&attributes, second);
		request_from_attributes(&csr, &attributes);
		cr_expect_not(csr_extensions(&csr, &wishes, &f), "%s",
		    malformed[i].found);
		cr_expect_eq(f.kind, FAULT_MALFORMED_CSR);
		cr_expect(strstr(f.found, malformed[i].found), "\"%s\"",
		    f.found);
		cr_expect_eq(wishes.count, 0);
		cr_expect_null(wishes.list);
		buf_free(&attributes);
		buf_free(&csr.der);
	}
}

/* Such requests with what are no attributes. */
static const struct {
	const char *info; /* CertificationRequestInfo */
	const char *found;
} broken[] = {
	{ "3000", "attributes that do not decode" },
	{ "3007"
	  "020100"
	  "3000"
	  "3000",
	    NULL },
	{ "3009"
	  "020100"
	  "3000"
	  "3000"
	  "0500",
	    "attributes that do not decode" },
	{ "300b"
	  "020100"
	  "3000"
	  "3000"
	  "a002"
	  "0500",
	    "an attribute that does not decode" },
	{ "300d"
	  "020100"
	  "3000"
	  "3000"
	  "a004"
	  "3002"
	  "0500",
	    "an attribute that does not decode" },
};

Test(csr_ext, attributes_that_do_not_decode_are_refused)
{
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct ext_wishes wishes;
		struct csr csr = { 0 };
		struct fault f = { 0 };
		bool ok;

		cr_assert(buf_from_hex(&csr.der, broken[i].info));
		csr.info = buf_bytes(&csr.der);
		ok = csr_extensions(&csr, &wishes, &f);
		cr_expect_eq(ok, broken[i].found == NULL, "%s: %s",
		    broken[i].info, f.found);
		if (broken[i].found != NULL)
			cr_expect(strstr(f.found, broken[i].found), "%s: %s",
			    broken[i].info, f.found);
		cr_expect_eq(wishes.count, 0);
		buf_free(&csr.der);
	}
}

Test(csr_ext, the_key_is_a_fact_too)
{
	struct csr unread = { 0 };
	struct fault f = { 0 };
	struct pubkey key;
	struct csr *csr;
	struct bench b;

	bench_new(&b);
	csr = bench_read(&b);
	unread.spki = csr->spki;
	unread.spki.len--;
	cr_expect_not(csr_key(&unread, &key, &f));
	cr_expect_eq(f.kind, FAULT_MALFORMED_CSR);
	cr_assert(csr_key(csr, &key, &f), "%s", f.found);
	csr_free(csr);
	cr_expect_eq(key.kind, PUBKEY_EC);
	cr_expect_str_eq(key.text, "P-256");
	cr_expect_eq(EVP_PKEY_get_bits(key.evp), 256);
	pubkey_clear(&key);
	bench_free(&b);
}
