/* passthrough_test.c - ApiPassthrough: what is read, what is refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define EXTENSIONS(members) "{\"Extensions\":{" members "}}"
#define PURPOSES(list) EXTENSIONS("\"ExtendedKeyUsage\":[" list "]")
#define POLICIES(list) EXTENSIONS("\"CertificatePolicies\":[" list "]")
#define NAMES(list) EXTENSIONS("\"SubjectAlternativeNames\":[" list "]")
#define CUSTOM(oid, value)                                                     \
	"{\"ObjectIdentifier\":\"" oid "\",\"Value\":\"" value "\"}"
#define CUSTOMS(list) EXTENSIONS("\"CustomExtensions\":[" list "]")
#define CPS(uri)                                                               \
	"{\"PolicyQualifierId\":\"CPS\",\"Qualifier\":{\"CpsUri\":\"" uri "\"" \
	"}}"
#define OID_PATTERN "([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})"

static struct api_passthrough *
read_good(const char *json)
{
	struct api_passthrough *api = NULL;
	struct fault f = { 0 };

	cr_assert(api_passthrough_from_json(bytes_of(json), &api, &f), "%s: %s",
	    json, f.found);
	return api;
}

static void
read_bad(struct bytes json, enum fault_kind kind, const char *found)
{
	struct api_passthrough *api = NULL;
	struct fault f = { 0 };

	cr_expect_not(api_passthrough_from_json(json, &api, &f), "%.200s",
	    json.p);
	cr_expect_null(api);
	cr_expect_eq(f.kind, kind, "%.200s: %s: %s", json.p, fault_name(f.kind),
	    f.found);
	cr_expect(strstr(f.found, found) != NULL, "%s", f.found);
	cr_expect(kind == FAULT_VALIDATION || f.todo != NULL, "%s", f.found);
	api_passthrough_free(api);
}

/* The value of the extension with this OID, in hex; the caller's. */
static void
expect_value(const char *json, const char *oid, bool critical, const char *hex)
{
	struct api_passthrough *api = read_good(json);
	const struct ext_wish *wish = ext_wishes_find(&api->exts, oid);
	struct buf shown = { 0 };

	cr_assert_not_null(wish, "%s", json);
	cr_expect_eq(api->exts.count, 1, "%s", json);
	cr_expect_eq(wish->critical, critical, "%s", json);
	buf_hex(&shown, buf_bytes(&wish->value));
	cr_expect_str_eq(buf_text(&shown), hex, "%s: %s", json,
	    buf_text(&shown));
	buf_free(&shown);
	api_passthrough_free(api);
}

static const struct {
	const char *json;
	const char *oid;
	bool critical;
	const char *hex;
} values[] = {
	{ EXTENSIONS("\"KeyUsage\":{\"DigitalSignature\":true,"
		     "\"KeyEncipherment\":true,\"CRLSign\":false}"),
	    "2.5.29.15", true, "030205a0" },
	{ EXTENSIONS("\"KeyUsage\":{\"DecipherOnly\":true}"), "2.5.29.15", true,
	    "0303070080" },
	{ PURPOSES("{\"ExtendedKeyUsageType\":\"SERVER_AUTH\"}"), "2.5.29.37",
	    false, "300a06082b06010505070301" },
	{ PURPOSES("{\"ExtendedKeyUsageObjectIdentifier\":\"1.2.3\"},"
		   "{\"ExtendedKeyUsageType\":\"CLIENT_AUTH\"}"),
	    "2.5.29.37", false, "300e06022a0306082b06010505070302" },
	{ POLICIES("{\"CertPolicyId\":\"2.23.140.1.2.1\"}"), "2.5.29.32", false,
	    "300a3008060667810c010201" },
	{ POLICIES("{\"CertPolicyId\":\"1.2.3\","
		   "\"PolicyQualifiers\":[" CPS("http://a/b") "]},"
							      "{\"CertPolicyId"
							      "\":\"1.2.4\"}"),
	    "2.5.29.32", false,
	    "3026301e06022a0330183016"
	    "06082b06010505070201160a687474703a2f2f612f62"
	    "300406022a04" },
	{ NAMES("{\"DnsName\":\"a.example\"},{\"IpAddress\":\"192.0.2.1\"},"
		"{\"RegisteredId\":\"1.2.3\"}"),
	    "2.5.29.17", false,
	    "30158209612e6578616d706c658704c000020188022a03" },
	{ CUSTOMS(CUSTOM("1.2.3.4", "BQA=")), "1.2.3.4", false, "0500" },
	{ CUSTOMS("{\"ObjectIdentifier\":\"1.2.3.4\",\"Value\":\"BQA=\","
		  "\"Critical\":true}"),
	    "1.2.3.4", true, "0500" },
	{ CUSTOMS(CUSTOM("1.2.03.4", "BAMBAgM=")), "1.2.3.4", false,
	    "0403010203" },
};

Test(passthrough, encodes_each_extension)
{
	for (size_t i = 0; i < COUNT(values); i++)
		expect_value(values[i].json, values[i].oid, values[i].critical,
		    values[i].hex);
}

static const struct {
	const char *type;
	const char *hex;
} purposes[] = {
	{ "SERVER_AUTH", "300a06082b06010505070301" },
	{ "CLIENT_AUTH", "300a06082b06010505070302" },
	{ "CODE_SIGNING", "300a06082b06010505070303" },
	{ "EMAIL_PROTECTION", "300a06082b06010505070304" },
	{ "TIME_STAMPING", "300a06082b06010505070308" },
	{ "OCSP_SIGNING", "300a06082b06010505070309" },
	{ "SMART_CARD_LOGIN",
	    "300c060a2b0601040182371402"
	    "02" },
	{ "DOCUMENT_SIGNING",
	    "300c060a2b060104018237"
	    "0a030c" },
	{ "CERTIFICATE_TRANSPARENCY", "300c060a2b06010401d679020404" },
};

Test(passthrough, every_purpose_of_the_api_has_its_oid)
{
	for (size_t i = 0; i < COUNT(purposes); i++) {
		char *json =
		    mem_format(PURPOSES("{\"ExtendedKeyUsageType\":\"%s\"}"),
			purposes[i].type);

		expect_value(json, "2.5.29.37", false, purposes[i].hex);
		mem_free(json);
	}
}

Test(passthrough, keeps_the_order_of_standard_and_custom_extensions)
{
	static const char *const wanted[] = { "2.5.29.15", "2.5.29.37",
		"2.5.29.32", "2.5.29.17", "1.2.9", "1.2.3" };
	struct api_passthrough *api =
	    read_good(EXTENSIONS("\"CustomExtensions\":[" CUSTOM("1.2.9",
		"BQA=") "," CUSTOM("1.2.3",
		"BQA=") "],"
			"\"SubjectAlternativeNames\":[{\"DnsName\":\"a\"}],"
			"\"CertificatePolicies\":[{\"CertPolicyId\":\"1.2.3\"}]"
			","
			"\"ExtendedKeyUsage\":[{\"ExtendedKeyUsageType\":"
			"\"SERVER_AUTH\"}],"
			"\"KeyUsage\":{\"KeyAgreement\":true}"));

	cr_assert_eq(api->exts.count, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++)
		cr_expect_str_eq(api->exts.list[i].oid, wanted[i]);
	cr_expect_not(api->has_subject);
	api_passthrough_free(api);
}

Test(passthrough, reads_every_form_of_general_name)
{
	struct api_passthrough *api = read_good(
	    NAMES("{\"OtherName\":{\"TypeId\":\"1.3.6.1.4.1.311.20.2.3\","
		  "\"Value\":\"u@example\"}},"
		  "{\"Rfc822Name\":\"a@example\"},{\"DnsName\":\"*.example\"},"
		  "{\"DirectoryName\":{\"CommonName\":\"x\"}},"
		  "{\"EdiPartyName\":{\"PartyName\":\"p\"}},"
		  "{\"UniformResourceIdentifier\":\"spiffe://x/y\"},"
		  "{\"IpAddress\":\"2001:db8::1\"},"
		  "{\"RegisteredId\":\"1.2.3\"}"));

	cr_assert_eq(api->exts.count, 1);
	cr_expect_gt(api->exts.list[0].value.len, 100);
	api_passthrough_free(api);
}

Test(passthrough, encodes_the_subject)
{
	struct api_passthrough *api = read_good("{\"Subject\":{\"CommonName\":"
						"\"x\",\"Country\":\"DE\"}}");
	struct name *name = name_from_der(buf_bytes(&api->subject));
	struct buf shown = { 0 };

	cr_expect(api->has_subject);
	cr_expect_eq(api->exts.count, 0);
	cr_assert_not_null(name);
	name_show(&shown, name);
	cr_expect_str_eq(buf_text(&shown), "CN=x,C=DE");
	buf_free(&shown);
	name_free(name);
	api_passthrough_free(api);
}

static const char *const nothing[] = {
	"{}",
	"{\"Extensions\":null,\"Subject\":null}",
	"{\"Extensions\":{}}",
	"{\"Unknown\":1}",
	EXTENSIONS("\"KeyUsage\":{}"),
	EXTENSIONS("\"KeyUsage\":{\"CRLSign\":false,\"KeyCertSign\":null}"),
};

Test(passthrough, nothing_asked_for_is_fine)
{
	for (size_t i = 0; i < COUNT(nothing); i++) {
		struct api_passthrough *api = read_good(nothing[i]);

		cr_expect_not(api->has_subject, "%s", nothing[i]);
		cr_expect_eq(api->exts.count, 0, "%s", nothing[i]);
		api_passthrough_free(api);
	}
}

static const struct {
	const char *json;
	const char *found;
} refused[] = {
	{ "", "no JSON" },
	{ "[]", "an array at 'apiPassthrough'" },
	{ "{\"Subject\":{}}", "a name without any attribute" },
	{ "{\"Subject\":{\"CommonName\":1}}",
	    "a number at 'apiPassthrough.subject.commonName'" },
	{ PURPOSES("{}"), "an ExtendedKeyUsage with 0 members" },
	{ PURPOSES("{\"ExtendedKeyUsageType\":\"SERVER_AUTH\","
		   "\"ExtendedKeyUsageObjectIdentifier\":\"1.2.3\"}"),
	    "an ExtendedKeyUsage with 2 members" },
	{ NAMES("{}"), "SubjectAlternativeNames with 0 members" },
	{ NAMES("{\"DnsName\":\"a\",\"IpAddress\":\"192.0.2.1\"}"),
	    "SubjectAlternativeNames with 2 members" },
	{ NAMES("{\"DnsName\":\"\"}"), "DNS \"\"" },
	{ NAMES("{\"DnsName\":\"a\"},{\"DnsName\":\"\xc3\xa4\"}"),
	    "DNS \"\xc3\xa4\"" },
	{ NAMES("{\"IpAddress\":\"192.0.2\"}"), "IP \"192.0.2\"" },
	{ POLICIES("{\"CertPolicyId\":\"1.2.3\"},{\"CertPolicyId\":\"1.2.3\"}"),
	    "policy 1.2.3 twice" },
	{ POLICIES("{\"CertPolicyId\":\"1.2.3\","
		   "\"PolicyQualifiers\":[" CPS("") "]}"),
	    "\"\" as URI" },
	{ CUSTOMS(CUSTOM("1.2.3", "BQA=") "," CUSTOM("1.2.3", "BQA=")),
	    "two extensions with the OID 1.2.3" },
	{ CUSTOMS(CUSTOM("1.2.3", "BQA=") "," CUSTOM("1.2.03", "BQA=")),
	    "two extensions with the OID 1.2.3" },
	{ EXTENSIONS("\"KeyUsage\":{\"CRLSign\":true},\"CustomExtensions\":"
		     "[" CUSTOM("2.5.29.15", "AwIBBg==") "]"),
	    "two extensions with the OID 2.5.29.15" },
	{ EXTENSIONS("\"SubjectAlternativeNames\":[{\"DnsName\":\"a\"}],"
		     "\"CustomExtensions\":[" CUSTOM("2.5.29.017", "MAA=") "]"),
	    "two extensions with the OID 2.5.29.17" },
	{ CUSTOMS(CUSTOM("1.2.3", "BQ==")), "1.2.3 that is no DER" },
	{ CUSTOMS(CUSTOM("1.2.3", "BQB=")), "1.2.3 that is no DER" },
	{ CUSTOMS(CUSTOM("1.2.3", "BQAA")), "1.2.3 that is no DER" },
	{ CUSTOMS(CUSTOM("1.2.3", "BQAFAA==")), "1.2.3 that is no DER" },
	{ CUSTOMS(CUSTOM("1.2.3", "MIAAAA==")), "1.2.3 that is no DER" },
	{ CUSTOMS("{\"ObjectIdentifier\":\"1.2.3\",\"Value\":\"BQA=\","
		  "\"Critical\":\"yes\"}"),
	    "a string at" },
	{ EXTENSIONS("\"KeyUsage\":{\"CRLSign\":1}"), "a number at" },
};

Test(passthrough, refuses_what_cannot_be_encoded)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		read_bad(bytes_of(refused[i].json), FAULT_INVALID_ARGS,
		    refused[i].found);
}

/* As many elements as asked for, each with a number of its own. */
static char *
list_of(const char *member, const char *before, const char *after, size_t count)
{
	struct buf json = { 0 };

	buf_printf(&json, "{\"Extensions\":{\"%s\":[", member);
	for (size_t i = 0; i < count; i++)
		buf_printf(&json, "%s%s%zu%s", i > 0 ? "," : "", before, i,
		    after);
	buf_text_append(&json, "]}}");
	return (char *)json.p;
}

static const struct {
	const char *member;
	const char *before, *after; /* the number */
	size_t most;
} lists[] = {
	{ "ExtendedKeyUsage", "{\"ExtendedKeyUsageObjectIdentifier\":\"1.2.",
	    "\"}", 20 },
	{ "CertificatePolicies", "{\"CertPolicyId\":\"1.2.", "\"}", 20 },
	{ "SubjectAlternativeNames", "{\"DnsName\":\"a", "\"}", 150 },
	{ "CustomExtensions", "{\"Value\":\"BQA=\",\"ObjectIdentifier\":\"1.2.",
	    "\"}", 150 },
};

Test(passthrough, lists_are_as_long_as_the_api_says)
{
	for (size_t i = 0; i < COUNT(lists); i++) {
		char *most = list_of(lists[i].member, lists[i].before,
		    lists[i].after, lists[i].most);
		char *more = list_of(lists[i].member, lists[i].before,
		    lists[i].after, lists[i].most + 1);

		api_passthrough_free(read_good(most));
		read_bad(bytes_of(more), FAULT_VALIDATION,
		    "Member must have length less than or equal to");
		mem_free(most);
		mem_free(more);
	}
}

Test(passthrough, a_value_has_4096_characters_of_base64_at_most)
{
	/* An OCTET STRING of 3068 zeros and its header: 3072 octets. */
	struct buf json = { 0 };

	buf_text_append(&json,
	    "{\"Extensions\":{\"CustomExtensions\":[{"
	    "\"ObjectIdentifier\":\"1.2.3\",\"Value\":\""
	    "BIIL/AAA");
	for (size_t i = 0; i < 4088; i++)
		buf_text_append(&json, "A");
	buf_text_append(&json, "\"}]}}");
	api_passthrough_free(read_good(buf_text(&json)));
	json.len -= strlen("\"}]}}");
	buf_text_append(&json, "AAAA\"}]}}");
	read_bad(buf_bytes(&json), FAULT_VALIDATION,
	    "less than or equal to 4096");
	buf_free(&json);
}

Test(passthrough, is_bounded_before_it_is_parsed)
{
	struct buf json = { 0 };

	buf_text_append(&json, "{}");
	while (json.len <= PASSTHROUGH_JSON_MAX)
		buf_text_append(&json, "                                ");
	read_bad(buf_bytes(&json), FAULT_INVALID_ARGS, "bytes of JSON");
	json.len = PASSTHROUGH_JSON_MAX;
	json.p[json.len] = '\0';
	api_passthrough_free(read_good(buf_text(&json)));
	buf_free(&json);
}
