/* ext_make_test.c - values of extensions as OpenSSL makes and reads them. */
#include <criterion/criterion.h>

#include "make_cert.h"
#include "p11ca/cert.h"
#include "p11ca/certmake.h"
#include "p11ca/csr.h"

#define URI "http://crl.example/crl/1.crl"

static struct bytes
string_of(const ASN1_STRING *string)
{
	return (struct bytes){ ASN1_STRING_get0_data(string),
		(size_t)ASN1_STRING_length(string) };
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

/* Values that OpenSSL makes from a text, and ours. */
static void
make_end_entity(struct buf *out, struct bytes spki)
{
	ext_basic_constraints(out, false, -1);
}

/* RFC 5280, 4.2.1.9: no pathLenConstraint without cA. */
static void
make_end_entity_with_path(struct buf *out, struct bytes spki)
{
	ext_basic_constraints(out, false, 0);
}

static void
make_ca(struct buf *out, struct bytes spki)
{
	ext_basic_constraints(out, true, -1);
}

static void
make_ca_0(struct buf *out, struct bytes spki)
{
	ext_basic_constraints(out, true, 0);
}

static void
make_ca_200(struct buf *out, struct bytes spki)
{
	ext_basic_constraints(out, true, 200);
}

static void
make_usage_of_end_entity(struct buf *out, struct bytes spki)
{
	ext_key_usage(out, 1u << 0 | 1u << 2);
}

static void
make_usage_of_ca(struct buf *out, struct bytes spki)
{
	ext_key_usage(out, 1u << 0 | KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN);
}

static void
make_usage_encipher_only(struct buf *out, struct bytes spki)
{
	ext_key_usage(out, 1u << 7);
}

static void
make_usage_decipher_only(struct buf *out, struct bytes spki)
{
	ext_key_usage(out, 1u << 8);
}

static void
make_usage_all(struct buf *out, struct bytes spki)
{
	ext_key_usage(out, 0x1ff);
}

static void
make_purposes(struct buf *out, struct bytes spki)
{
	static const char *const oids[] = { "1.3.6.1.5.5.7.3.1",
		"1.3.6.1.5.5.7.3.2", "1.2.3.4" };
	struct fault f = { 0 };

	cr_assert(ext_ext_key_usage(out, oids, COUNT(oids), &f), "%s", f.found);
}

static void
make_point(struct buf *out, struct bytes spki)
{
	ext_crl_point(out, URI);
}

static void
make_ocsp(struct buf *out, struct bytes spki)
{
	ext_ocsp_access(out, "http://ocsp.example");
}

static void
make_names_of_all_kinds(struct buf *out, struct bytes spki)
{
	static const struct general_name names[] = {
		{ .form = "DNS", .value = { (const unsigned char *)"a.b", 3 } },
		{ .form = "IP",
		    .value = { (const unsigned char *)"192.0.2.1", 9 } },
		{ .form = "EMAIL",
		    .value = { (const unsigned char *)"a@b.c", 5 } },
		{ .form = "URI",
		    .value = { (const unsigned char *)"http://a/", 9 } },
		{ .form = "RID",
		    .value = { (const unsigned char *)"1.2.3", 5 } },
	};
	struct buf der[COUNT(names)] = { 0 };
	struct fault f = { 0 };

	for (size_t i = 0; i < COUNT(names); i++)
		cr_assert(general_name_der(&names[i], &der[i], &f), "%s",
		    f.found);
	ext_alt_names(out, der, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		buf_free(&der[i]);
}

static void
make_policies(struct buf *out, struct bytes spki)
{
	static const struct policy_wish list[] = { { "1.2.3.4", NULL, 0 },
		{ "2.5.29.32.0", NULL, 0 } };
	struct fault f = { 0 };

	cr_assert(ext_policies(out, list, COUNT(list), &f), "%s", f.found);
}

static const struct {
	void (*make)(struct buf *out, struct bytes spki);
	const char *name;
	const char *text;
} values[] = {
	{ make_end_entity, "basicConstraints", "CA:FALSE" },
	{ make_end_entity_with_path, "basicConstraints", "CA:FALSE" },
	{ make_ca, "basicConstraints", "CA:TRUE" },
	{ make_ca_0, "basicConstraints", "CA:TRUE,pathlen:0" },
	{ make_ca_200, "basicConstraints", "CA:TRUE,pathlen:200" },
	{ make_usage_of_end_entity, "keyUsage",
	    "digitalSignature,keyEncipherment" },
	{ make_usage_of_ca, "keyUsage",
	    "digitalSignature,keyCertSign,cRLSign" },
	{ make_usage_encipher_only, "keyUsage", "encipherOnly" },
	{ make_usage_decipher_only, "keyUsage", "decipherOnly" },
	{ make_usage_all, "keyUsage",
	    "digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment,"
	    "keyAgreement,keyCertSign,cRLSign,encipherOnly,decipherOnly" },
	{ make_purposes, "extendedKeyUsage", "serverAuth,clientAuth,1.2.3.4" },
	{ ext_subject_key_id, "subjectKeyIdentifier", "hash" },
	{ make_point, "crlDistributionPoints", "URI:" URI },
	{ make_ocsp, "authorityInfoAccess", "OCSP;URI:http://ocsp.example" },
	{ make_names_of_all_kinds, "subjectAltName",
	    "DNS:a.b,IP:192.0.2.1,email:a@b.c,URI:http://a/,RID:1.2.3" },
	{ make_policies, "certificatePolicies", "1.2.3.4,2.5.29.32.0" },
};

Test(ext_make, a_value_is_the_one_that_openssl_makes)
{
	EVP_PKEY *key = make_key("P-256");
	struct buf spki = make_spki(key);
	X509 *x = make_must(X509_new());

	make_sure(X509_set_pubkey(x, key) == 1);
	for (size_t i = 0; i < COUNT(values); i++) {
		struct make_ext wish = { values[i].name, false, values[i].text,
			NULL, 0 };
		X509_EXTENSION *ext = make_extension_from_text(x, &wish);
		struct buf value = { 0 };
		struct buf expected = { 0 };

		buf_hex(&expected, string_of(X509_EXTENSION_get_data(ext)));
		values[i].make(&value, buf_bytes(&spki));
		expect_hex(buf_bytes(&value), buf_text(&expected),
		    values[i].text);
		buf_free(&value);
		buf_free(&expected);
		X509_EXTENSION_free(ext);
	}
	X509_free(x);
	buf_free(&spki);
	EVP_PKEY_free(key);
}

Test(ext_make, no_key_usage_is_an_empty_list_of_bits)
{
	struct buf value = { 0 };

	ext_key_usage(&value, 0);
	expect_hex(buf_bytes(&value), "030100", "no bit");
	buf_free(&value);
	ext_key_usage(&value, 1u << 9);
	expect_hex(buf_bytes(&value), "030100", "a bit that has no meaning");
	buf_free(&value);
}

Test(ext_make, the_authority_key_id_is_a_key_id_alone)
{
	struct buf value = { 0 };
	const unsigned char *p;
	AUTHORITY_KEYID *id;

	ext_authority_key_id(&value, bytes_of("twenty octets of id."));
	p = value.p;
	id = d2i_AUTHORITY_KEYID(NULL, &p, (long)value.len);
	cr_assert_not_null(id);
	cr_expect_eq(p, value.p + value.len);
	cr_expect(bytes_equal(string_of(id->keyid),
	    bytes_of("twenty octets of id.")));
	cr_expect_null(id->issuer);
	cr_expect_null(id->serial);
	AUTHORITY_KEYID_free(id);
	buf_free(&value);
}

/* RFC 5280, 4.2.1.2 (1) */
Test(ext_make, the_key_id_is_the_hash_of_the_key_bits)
{
	static const char *const kinds[] = { "P-256", "P-521", "RSA-2048",
		"ED25519" };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		EVP_PKEY *key = make_key(kinds[i]);
		struct buf spki = make_spki(key);
		X509 *x = make_must(X509_new());
		unsigned char expected[EVP_MAX_MD_SIZE];
		unsigned char id[20];
		unsigned len = 0;

		make_sure(X509_set_pubkey(x, key) == 1);
		make_sure(X509_pubkey_digest(x, EVP_sha1(), expected, &len) ==
		    1);
		key_id_of(buf_bytes(&spki), id);
		cr_expect_eq(len, sizeof(id));
		cr_expect_arr_eq(id, expected, sizeof(id));
		X509_free(x);
		buf_free(&spki);
		EVP_PKEY_free(key);
	}
}

Test(ext_make, policies_may_have_practice_statements)
{
	static const char *const cps[] = { "http://a.example/cps", "ldap://b" };
	static const struct policy_wish list[] = { { "1.2.3.4", cps, 2 },
		{ "1.2.3.5", NULL, 0 } };
	struct fault f = { 0 };
	struct buf value = { 0 };
	const POLICYINFO *info;
	const unsigned char *p;
	CERTIFICATEPOLICIES *all;

	cr_assert(ext_policies(&value, list, COUNT(list), &f), "%s", f.found);
	p = value.p;
	all = d2i_CERTIFICATEPOLICIES(NULL, &p, (long)value.len);
	cr_assert_not_null(all);
	cr_expect_eq(p, value.p + value.len);
	cr_assert_eq(sk_POLICYINFO_num(all), 2);
	cr_expect_null(sk_POLICYINFO_value(all, 1)->qualifiers);
	info = sk_POLICYINFO_value(all, 0);
	cr_assert_eq(sk_POLICYQUALINFO_num(info->qualifiers), 2);
	for (int i = 0; i < 2; i++) {
		const POLICYQUALINFO *qualifier =
		    sk_POLICYQUALINFO_value(info->qualifiers, i);

		cr_expect_eq(OBJ_obj2nid(qualifier->pqualid), NID_id_qt_cps);
		cr_expect(bytes_equal(string_of(qualifier->d.cpsuri),
		    bytes_of(cps[i])));
	}
	CERTIFICATEPOLICIES_free(all);
	buf_free(&value);
}

static const char *const not_oids[] = { "", "1", "1.", "1 2 3", "1.02.3",
	"serverAuth", "3.1.2", "1.40", "1.2.3 ", "1.2.-3", "1.2.3\n" };

Test(ext_make, what_is_no_oid_is_refused)
{
	for (size_t i = 0; i < COUNT(not_oids); i++) {
		const char *purposes[] = { "1.2.3", not_oids[i] };
		struct policy_wish policy = { not_oids[i], NULL, 0 };
		struct buf value = { 0 };
		struct fault f = { 0 };

		cr_expect_not(ext_ext_key_usage(&value, purposes, 2, &f),
		    "\"%s\"", not_oids[i]);
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
		cr_expect(strstr(f.found, "extKeyUsage"), "%s", f.found);
		cr_expect_eq(value.len, 0);
		cr_expect_not(ext_policies(&value, &policy, 1, &f), "\"%s\"",
		    not_oids[i]);
		cr_expect(strstr(f.found, "certificatePolicies"), "%s",
		    f.found);
		cr_expect_eq(value.len, 0);
	}
}

static const char *const cps_odd[] = { "http://\xc3\xa4/" };
static const char *const cps_blank[] = { "http://a b/" };
static const char *const cps_none[] = { "http://a/", "" };

static const struct {
	struct policy_wish list[3];
	size_t count;
	const char *found;
} bad_policies[] = {
	{ { { NULL, NULL, 0 } }, 0, "without a policy" },
	{ { { "1.2.3", NULL, 0 }, { "1.2.4", NULL, 0 }, { "1.2.3", NULL, 0 } },
	    3, "policy 1.2.3 twice" },
	{ { { "1.2.3", cps_odd, 1 } }, 1, "practice statement" },
	{ { { "1.2.3", cps_blank, 1 } }, 1, "practice statement" },
	{ { { "1.2.3", cps_none, 2 } }, 1, "\"\" as URI" },
};

Test(ext_make, policies_that_cannot_be_are_refused)
{
	for (size_t i = 0; i < COUNT(bad_policies); i++) {
		struct buf value = { 0 };
		struct fault f = { 0 };

		cr_expect_not(ext_policies(&value, bad_policies[i].list,
				  bad_policies[i].count, &f),
		    "%zu", i);
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
		cr_expect(strstr(f.found, bad_policies[i].found), "%s",
		    f.found);
		cr_expect_eq(value.len, 0);
	}
}

Test(ext_make, extended_key_usage_needs_a_purpose)
{
	struct buf value = { 0 };
	struct fault f = { 0 };

	cr_expect_not(ext_ext_key_usage(&value, NULL, 0, &f));
	cr_expect_eq(f.kind, FAULT_INVALID_ARGS);
	cr_expect_eq(value.len, 0);
}
