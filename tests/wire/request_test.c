/* request_test.c - configurations in JSON: what is read, what is refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire.h"

#define EC                                                                     \
	"\"KeyAlgorithm\":\"EC_prime256v1\","                                  \
	"\"SigningAlgorithm\":\"SHA256WITHECDSA\""
#define SUBJECT(members) "{" EC ",\"Subject\":{" members "}}"
#define EXTENSIONS(members)                                                    \
	"{" EC ",\"Subject\":{\"CommonName\":\"x\"},"                          \
	"\"CsrExtensions\":{" members "}}"
#define ACCESS(description)                                                    \
	EXTENSIONS("\"SubjectInformationAccess\":[" description "]")
#define PLACE(members)                                                         \
	ACCESS("{\"AccessMethod\":{\"AccessMethodType\":\"CA_REPOSITORY\"},"   \
	       "\"AccessLocation\":{" members "}}")
#define AT "' at 'certificateAuthorityConfiguration."
#define FAILED "' failed to satisfy constraint: Member must "
#define OID_PATTERN "([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})"

static struct ca_config *
read_good(const char *json)
{
	struct ca_config *config = NULL;
	struct fault f = { 0 };

	cr_assert(ca_config_from_json(bytes_of(json), &config, &f), "%s: %s",
	    json, f.found);
	return config;
}

static void
read_bad(const char *json, enum fault_kind kind, struct fault *f)
{
	struct ca_config *config = NULL;

	memset(f, 0, sizeof(*f));
	cr_expect_not(ca_config_from_json(bytes_of(json), &config, f), "%s",
	    json);
	cr_expect_null(config);
	cr_expect_eq(f->kind, kind, "%s: %s: %s", json, fault_name(f->kind),
	    f->found);
	ca_config_free(config);
}

Test(request, reads_every_member_in_the_order_of_the_csr)
{
	static const struct {
		const char *oid, *value;
		bool printable;
	} wanted[] = {
		{ "2.5.4.6", "DE", true },
		{ "2.5.4.10", "Example", false },
		{ "2.5.4.11", "PKI", false },
		{ "2.5.4.46", "q", true },
		{ "2.5.4.8", "Bayern", false },
		{ "2.5.4.3", "Issuing \xc3\xa4 1", false },
		{ "2.5.4.5", "17", true },
		{ "2.5.4.7", "M\xc3\xbcnchen", false },
		{ "2.5.4.12", "t", false },
		{ "2.5.4.4", "s", false },
		{ "2.5.4.42", "g", false },
		{ "2.5.4.43", "i", false },
		{ "2.5.4.65", "p", false },
		{ "2.5.4.44", "II", false },
	};
	struct ca_config *config = read_good(SUBJECT(
	    "\"GenerationQualifier\":\"II\",\"Pseudonym\":\"p\","
	    "\"Initials\":\"i\",\"GivenName\":\"g\",\"Surname\":\"s\","
	    "\"Title\":\"t\",\"Locality\":\"M\xc3\xbcnchen\","
	    "\"SerialNumber\":\"17\",\"CommonName\":\"Issuing \\u00e4 1\","
	    "\"State\":\"Bayern\",\"DistinguishedNameQualifier\":\"q\","
	    "\"OrganizationalUnit\":\"PKI\",\"Organization\":\"Example\","
	    "\"Country\":\"DE\""));

	cr_assert_eq(config->subject_count, COUNT(wanted));
	for (size_t i = 0; i < COUNT(wanted); i++) {
		cr_expect_str_eq(config->subject[i].oid, wanted[i].oid);
		cr_expect_str_eq(config->subject[i].value, wanted[i].value);
		cr_expect_eq(config->subject[i].printable, wanted[i].printable,
		    "%s", wanted[i].oid);
	}
	cr_expect_eq(config->key_alg, KEY_EC_PRIME256V1);
	cr_expect_eq(config->sign_alg, SIGN_SHA256WITHECDSA);
	cr_expect_not(config->has_key_usage);
	cr_expect_eq(config->access_count, 0);
	ca_config_free(config);
}

Test(request, custom_attributes_keep_their_order_and_known_string_types)
{
	struct ca_config *config = read_good(
	    SUBJECT("\"CustomAttributes\":["
		    "{\"ObjectIdentifier\":\"2.5.4.3\",\"Value\":\"x\"},"
		    "{\"ObjectIdentifier\":\"2.5.4.6\",\"Value\":\"DE\"},"
		    "{\"ObjectIdentifier\":\"1.3.6.1.4.1.37244.1.4\","
		    "\"Value\":\"FFF1\"},"
		    "{\"ObjectIdentifier\":\"2.5.4.3\",\"Value\":\"y\"}]"));

	cr_assert_eq(config->subject_count, 4);
	cr_expect_str_eq(config->subject[0].value, "x");
	cr_expect_not(config->subject[0].printable);
	cr_expect_str_eq(config->subject[1].oid, "2.5.4.6");
	cr_expect(config->subject[1].printable);
	cr_expect_str_eq(config->subject[2].oid, "1.3.6.1.4.1.37244.1.4");
	cr_expect_str_eq(config->subject[3].value, "y");
	ca_config_free(config);
}

Test(request, an_empty_value_makes_no_attribute)
{
	struct ca_config *config =
	    read_good(SUBJECT("\"CommonName\":\"x\",\"Organization\":\"\""));

	cr_assert_eq(config->subject_count, 1);
	cr_expect_str_eq(config->subject[0].oid, "2.5.4.3");
	ca_config_free(config);
}

Test(request, key_usage_has_one_bit_for_each_name)
{
	static const char *const names[] = { "DigitalSignature",
		"NonRepudiation", "KeyEncipherment", "DataEncipherment",
		"KeyAgreement", "KeyCertSign", "CRLSign", "EncipherOnly",
		"DecipherOnly" };

	for (size_t i = 0; i < COUNT(names); i++) {
		char *json =
		    mem_format(EXTENSIONS("\"KeyUsage\":{\"%s\":true}"),
			names[i]);
		struct ca_config *config = read_good(json);

		cr_expect(config->has_key_usage, "%s", names[i]);
		cr_expect_eq(config->key_usage, 1u << i, "%s", names[i]);
		ca_config_free(config);
		mem_free(json);
	}
}

Test(request, key_usage_without_a_true_bit_is_none)
{
	struct ca_config *config =
	    read_good(EXTENSIONS("\"KeyUsage\":{\"KeyCertSign\":false,"
				 "\"CRLSign\":null}"));

	cr_expect_not(config->has_key_usage);
	cr_expect_eq(config->key_usage, 0);
	ca_config_free(config);
}

static const struct {
	const char *member;
	const char *der; /* hex */
} places[] = {
	{ "\"UniformResourceIdentifier\":\"http://a\"",
	    "8608687474703a2f2f61" },
	{ "\"DnsName\":\"a.b\"", "8203612e62" },
	{ "\"Rfc822Name\":\"a@b\"", "8103614062" },
	{ "\"IpAddress\":\"192.0.2.1\"", "8704c0000201" },
	{ "\"RegisteredId\":\"1.2.3\"", "88022a03" },
	{ "\"OtherName\":{\"TypeId\":\"1.2.3\",\"Value\":\"v\"}",
	    "a00906022a03a0030c0176" },
	{ "\"DirectoryName\":{\"CommonName\":\"x\"}",
	    "a40e300c310a300806035504030c0178" },
	{ "\"EdiPartyName\":{\"PartyName\":\"p\",\"NameAssigner\":\"n\"}",
	    "a50aa0030c016ea1030c0170" },
	{ "\"EdiPartyName\":{\"PartyName\":\"p\"}", "a505a1030c0170" },
};

Test(request, encodes_every_form_of_access_location)
{
	for (size_t i = 0; i < COUNT(places); i++) {
		char *json = mem_format(PLACE("%s"), places[i].member);
		struct ca_config *config = read_good(json);
		struct buf hex = { 0 };

		cr_assert_eq(config->access_count, 1);
		buf_hex(&hex, config->access[0].location);
		cr_expect_str_eq(buf_text(&hex), places[i].der, "%s: %s",
		    places[i].member, buf_text(&hex));
		cr_expect_str_eq(config->access[0].method,
		    "1.3.6.1.5.5.7.48.5");
		buf_free(&hex);
		ca_config_free(config);
		mem_free(json);
	}
}

Test(request, a_method_can_be_an_oid)
{
	struct ca_config *config =
	    read_good(ACCESS("{\"AccessMethod\":{\"CustomObjectIdentifier\":"
			     "\"1.2.3\"},"
			     "\"AccessLocation\":{\"DnsName\":\"a\"}},"
			     "{\"AccessMethod\":{\"AccessMethodType\":"
			     "\"RESOURCE_PKI_NOTIFY\"},\"AccessLocation\":{"
			     "\"DnsName\":\"b\"}}"));

	cr_assert_eq(config->access_count, 2);
	cr_expect_str_eq(config->access[0].method, "1.2.3");
	cr_expect_str_eq(config->access[1].method, "1.3.6.1.5.5.7.48.13");
	ca_config_free(config);
}

Test(request, the_normal_form_has_the_known_members_in_the_api_order)
{
	struct ca_config *config =
	    read_good(" { \"Colour\":[1], \"Subject\" : "
		      "{\"CommonName\":\"\xc3\xa4\","
		      "\"State\":null,\"Country\":\"DE\",\"Planet\":{}},\n"
		      "\"SigningAlgorithm\":\"SHA384WITHRSA_PSS\","
		      "\"CsrExtensions\":{\"KeyUsage\":{\"CRLSign\":true,"
		      "\"KeyCertSign\":false}},\"KeyAlgorithm\":\"RSA_4096\"}");

	cr_expect_str_eq(config->json,
	    "{\"KeyAlgorithm\":\"RSA_4096\","
	    "\"SigningAlgorithm\":\"SHA384WITHRSA_PSS\","
	    "\"Subject\":{\"Country\":\"DE\",\"CommonName\":\"\\u00E4\"},"
	    "\"CsrExtensions\":{\"KeyUsage\":{\"KeyCertSign\":false,"
	    "\"CRLSign\":true}}}");
	ca_config_free(config);
}

Test(request, the_normal_form_reads_as_itself)
{
	struct ca_config *once = read_good(PLACE("\"DnsName\":\"a\""));
	struct ca_config *twice = read_good(once->json);

	cr_expect_str_eq(once->json, twice->json);
	ca_config_free(once);
	ca_config_free(twice);
}

/* Breaches of the model, in the API's words, whole. */
static const struct {
	const char *json;
	const char *found;
} breaches[] = {
	{ SUBJECT("\"Country\":\"D1\""),
	    "1 validation error detected: Value 'D1" AT "subject.country" FAILED
	    "satisfy regular expression pattern: [A-Za-z]{2}" },
	{ SUBJECT("\"Country\":\"DEU\""),
	    "2 validation errors detected: Value 'DEU" AT
	    "subject.country" FAILED "have length less than or equal to 2; "
	    "Value 'DEU" AT "subject.country" FAILED
	    "satisfy regular expression pattern: [A-Za-z]{2}" },
	{ SUBJECT("\"Country\":\"\""),
	    "2 validation errors detected: Value '" AT "subject.country" FAILED
	    "have length greater than or equal to 2; Value '" AT
	    "subject.country" FAILED
	    "satisfy regular expression pattern: [A-Za-z]{2}" },
	{ SUBJECT("\"GenerationQualifier\":\"VIII\""),
	    "1 validation error detected: Value 'VIII" AT
	    "subject.generationQualifier" FAILED
	    "have length less than or equal to 3" },
	{ SUBJECT("\"SerialNumber\":\"a_b\""),
	    "1 validation error detected: Value 'a_b" AT
	    "subject.serialNumber" FAILED
	    "satisfy regular expression pattern: [a-zA-Z0-9'()+-.?:/= ]*" },
	{ "{\"KeyAlgorithm\":\"RSA_1024\",\"SigningAlgorithm\":"
	  "\"SHA256WITHRSA\",\"Subject\":{\"CommonName\":\"x\"}}",
	    "1 validation error detected: Value 'RSA_1024" AT
	    "keyAlgorithm" FAILED "satisfy enum value set: [RSA_2048, "
	    "RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1, "
	    "ED25519]" },
	{ "{" EC "}",
	    "1 validation error detected: Value null at "
	    "'certificateAuthorityConfiguration.subject" FAILED "not be null" },
	{ "{" EC ",\"Subject\":null}",
	    "1 validation error detected: Value null at "
	    "'certificateAuthorityConfiguration.subject" FAILED "not be null" },
	{ SUBJECT("\"CustomAttributes\":[]"),
	    "1 validation error detected: Value '[]" AT
	    "subject.customAttributes" FAILED
	    "have length greater than or equal to 1" },
	{ SUBJECT("\"CustomAttributes\":[{\"ObjectIdentifier\":\"2.5.4.3\"}]"),
	    "1 validation error detected: Value null at "
	    "'certificateAuthorityConfiguration.subject.customAttributes.1."
	    "member.value" FAILED "not be null" },
	{ SUBJECT("\"CustomAttributes\":[{\"ObjectIdentifier\":\"2.5.4.3\","
		  "\"Value\":\"x\"},null]"),
	    "1 validation error detected: Value null at "
	    "'certificateAuthorityConfiguration.subject.customAttributes.2."
	    "member" FAILED "not be null" },
	{ SUBJECT("\"CustomAttributes\":[{\"ObjectIdentifier\":\"2.999\","
		  "\"Value\":\"x\"}]"),
	    "1 validation error detected: Value '2.999" AT
	    "subject.customAttributes.1.member.objectIdentifier" FAILED
	    "satisfy regular expression pattern: " OID_PATTERN },
	{ ACCESS("{\"AccessMethod\":{\"AccessMethodType\":\"ca\"},"
		 "\"AccessLocation\":{\"DnsName\":\"a\"}}"),
	    "1 validation error detected: Value 'ca" AT
	    "csrExtensions.subjectInformationAccess.1.member.accessMethod."
	    "accessMethodType" FAILED "satisfy enum value set: "
	    "[CA_REPOSITORY, RESOURCE_PKI_MANIFEST, RESOURCE_PKI_NOTIFY]" },
	{ PLACE("\"IpAddress\":\"1111:1111:1111:1111:1111:1111:1111:1111:\""),
	    "1 validation error detected: Value "
	    "'1111:1111:1111:1111:1111:1111:1111:1111:" AT
	    "csrExtensions.subjectInformationAccess.1.member.accessLocation."
	    "ipAddress" FAILED "have length less than or equal to 39" },
};

Test(request, tells_every_breach_in_the_words_of_the_api)
{
	for (size_t i = 0; i < COUNT(breaches); i++) {
		struct fault f;

		read_bad(breaches[i].json, FAULT_VALIDATION, &f);
		cr_expect_str_eq(f.found, breaches[i].found, "%s", f.found);
		cr_expect_null(f.want);
	}
}

Test(request, counts_breaches_that_it_has_no_room_to_tell)
{
	static const char text[] = "00000000000000000000000000000000000000000"
				   "00000000000000000000000000000000000000000"
				   "00000000000000000000000000000000000000000"
				   "0000000000000";
	struct fault f;
	char *json =
	    mem_format(SUBJECT("\"Country\":\"%s\",\"Organization\":\"%s\","
			       "\"State\":\"%s\",\"CommonName\":\"%s\""),
		text, text, text, text);

	read_bad(json, FAULT_VALIDATION, &f);
	cr_expect(strstr(f.found, "5 validation errors detected: Value '000") ==
		f.found,
	    "%s", f.found);
	cr_expect_str_eq(f.found + strlen(f.found) - 5, "; ...");
	mem_free(json);
}

Test(request, shows_a_value_harmlessly)
{
	struct fault f;

	read_bad(SUBJECT("\"Country\":\"\\u001b\\u202e!\""), FAULT_VALIDATION,
	    &f);
	for (const char *p = f.found; *p != '\0'; p++)
		cr_expect(*p >= ' ' && *p <= '~', "%s", f.found);
	cr_expect(strstr(f.found, "Value '\\x1B\\u{") != NULL, "%s", f.found);
}

Test(request, counts_code_points_and_not_bytes)
{
	struct fault f;
	struct ca_config *config =
	    read_good(SUBJECT("\"Initials\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
			      "\xf0\x9f\x94\x91\""));

	ca_config_free(config);
	read_bad(SUBJECT("\"Initials\":\"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
			 "\xf0\x9f\x94\x91z\""),
	    FAULT_VALIDATION, &f);
}

/* A value as long as it may be, and one code point more. */
static const struct {
	const char *member;
	size_t max;
} lengths[] = {
	{ "Organization", 64 },
	{ "OrganizationalUnit", 64 },
	{ "DistinguishedNameQualifier", 64 },
	{ "State", 128 },
	{ "CommonName", 64 },
	{ "SerialNumber", 64 },
	{ "Locality", 128 },
	{ "Title", 64 },
	{ "Surname", 40 },
	{ "GivenName", 16 },
	{ "Initials", 5 },
	{ "Pseudonym", 128 },
	{ "GenerationQualifier", 3 },
};

Test(request, bounds_every_attribute_as_the_model_does)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		int max = (int)lengths[i].max;
		char *good = mem_format(SUBJECT("\"%s\":\"%0*d\""),
		    lengths[i].member, max, 0);
		char *bad = mem_format(SUBJECT("\"%s\":\"%0*d\""),
		    lengths[i].member, max + 1, 0);
		struct fault f;

		ca_config_free(read_good(good));
		read_bad(bad, FAULT_VALIDATION, &f);
		mem_free(good);
		mem_free(bad);
	}
}

static const struct {
	const char *oid;
	bool good;
} oids[] = {
	{ "0.0", true }, { "1.3.6.1.4.1.37244.2.1", true }, { "2.39.1", true },
	{ "2.5.4.3", true }, { "", false }, { "1", false }, { "1.", false },
	{ "3.1", false }, { "2.40", false }, { "2.999", false },
	{ "1.2.", false }, { "1.2..3", false }, { "1.2.3a", false },
	{ "1.2.3 ", false }, { ".1.2", false },
	{ "2.5.4.31111111111111111111111111111111111111111111111111111111111",
	    false }, /* 65 characters */
};

Test(request, knows_the_pattern_of_object_identifiers)
{
	for (size_t i = 0; i < COUNT(oids); i++) {
		char *json = mem_format(SUBJECT("\"CustomAttributes\":[{"
						"\"ObjectIdentifier\":"
						"\"%s\",\"Value\":\"x\"}]"),
		    oids[i].oid);
		struct fault f;

		if (oids[i].good)
			ca_config_free(read_good(json));
		else
			read_bad(json, FAULT_VALIDATION, &f);
		mem_free(json);
	}
}

/* What is well-formed and still makes no sense, and what is no JSON. */
static const struct {
	const char *json;
	const char *found;
} refusals[] = {
	{ "{\"KeyAlgorithm\":\"RSA_2048\",\"SigningAlgorithm\":"
	  "\"SHA256WITHECDSA\",\"Subject\":{\"CommonName\":\"x\"}}",
	    "SigningAlgorithm SHA256WITHECDSA for KeyAlgorithm RSA_2048" },
	{ "{\"KeyAlgorithm\":\"ED25519\",\"SigningAlgorithm\":"
	  "\"SHA256WITHECDSA\",\"Subject\":{\"CommonName\":\"x\"}}",
	    "SigningAlgorithm SHA256WITHECDSA for KeyAlgorithm ED25519" },
	{ "{\"KeyAlgorithm\":\"ML_DSA_44\",\"SigningAlgorithm\":"
	  "\"ML_DSA_44\",\"Subject\":{\"CommonName\":\"x\"}}",
	    "ML_DSA_44" },
	{ SUBJECT(""), "a name without any attribute" },
	{ SUBJECT("\"Organization\":\"\""), "a name without any attribute" },
	{ SUBJECT("\"CommonName\":\"x\",\"CustomAttributes\":["
		  "{\"ObjectIdentifier\":\"2.5.4.3\",\"Value\":\"x\"}]"),
	    "CustomAttributes beside other members" },
	{ SUBJECT("\"CommonName\":\"a\\nb\""),
	    "a control character in \"a\\x0Ab\"" },
	{ SUBJECT("\"CustomAttributes\":["
		  "{\"ObjectIdentifier\":\"2.5.4.3\",\"Value\":\"\\u007f\"}]"),
	    "a control character in \"\\x7F\"" },
	{ PLACE(""), "an AccessLocation with 0 members" },
	{ PLACE("\"DnsName\":\"a\",\"IpAddress\":\"::1\""),
	    "an AccessLocation with 2 members" },
	{ PLACE("\"DirectoryName\":{}"), "a name without any attribute" },
	{ PLACE("\"IpAddress\":\"1.2.3\""), "1.2.3" },
	{ ACCESS("{\"AccessMethod\":{},\"AccessLocation\":"
		 "{\"DnsName\":\"a\"}}"),
	    "an AccessMethod with 0 members" },
	{ ACCESS("{\"AccessMethod\":{\"AccessMethodType\":\"CA_REPOSITORY\","
		 "\"CustomObjectIdentifier\":\"1.2.3\"},\"AccessLocation\":"
		 "{\"DnsName\":\"a\"}}"),
	    "an AccessMethod with 2 members" },
	{ SUBJECT("\"CommonName\":7"),
	    "a number at 'certificateAuthorityConfiguration.subject."
	    "commonName'" },
	{ SUBJECT("\"CommonName\":[\"x\"]"), "an array at 'certificate" },
	{ SUBJECT("\"CustomAttributes\":{}"), "an object at 'certificate" },
	{ EXTENSIONS("\"KeyUsage\":{\"CRLSign\":\"true\"}"),
	    "a string at 'certificateAuthorityConfiguration.csrExtensions."
	    "keyUsage.cRLSign'" },
	{ "[]", "an array at 'certificateAuthorityConfiguration'" },
	{ "", "no JSON at line 1" },
	{ "{", "no JSON at line 1" },
	{ "{}{}", "no JSON at line 1" },
	{ "\xef\xbb\xbf{}", "no JSON at line 1" },
	{ SUBJECT("\"CommonName\":\"\xff\""), "no JSON at line 1" },
	{ SUBJECT("\"CommonName\":\"\\u0000\""), "no JSON at line 1" },
	{ SUBJECT("\"CommonName\":\"x\",\"CommonName\":\"y\""),
	    "no JSON at line 1" },
};

Test(request, refuses_what_makes_no_sense)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct fault f;

		read_bad(refusals[i].json, FAULT_INVALID_ARGS, &f);
		cr_expect(strstr(f.found, refusals[i].found) != NULL, "%s: %s",
		    refusals[i].json, f.found);
		cr_expect_not_null(f.want);
		cr_expect_not_null(f.todo);
	}
}

/* {"x":[[[...]]]} with so many levels in all. */
static char *
nested(int depth)
{
	struct buf text = { 0 };

	buf_text_append(&text,
	    "{" EC ",\"Subject\":{\"CommonName\":\"[[[[\"}"
	    ",\"x\":");
	for (int i = 1; i < depth; i++)
		buf_text_append(&text, "[");
	for (int i = 1; i < depth; i++)
		buf_text_append(&text, "]");
	buf_text_append(&text, "}");
	return (char *)text.p;
}

Test(request, bounds_nesting)
{
	char *good = nested(64);
	char *bad = nested(65);
	struct fault f;

	ca_config_free(read_good(good));
	read_bad(bad, FAULT_INVALID_ARGS, &f);
	cr_expect(strstr(f.found, "nested") != NULL, "%s", f.found);
	mem_free(good);
	mem_free(bad);
}

Test(request, bounds_the_text)
{
	static const char start[] = SUBJECT("\"CommonName\":\"x\"");
	char *text = mem_new(WIRE_JSON_MAX + 2);
	struct fault f;

	memset(text, ' ', WIRE_JSON_MAX);
	memcpy(text, start, strlen(start));
	ca_config_free(read_good(text));
	text[WIRE_JSON_MAX] = ' ';
	read_bad(text, FAULT_INVALID_ARGS, &f);
	cr_expect_str_eq(f.found, "a configuration of 262145 bytes");
	mem_free(text);
}

Test(request, bounds_custom_attributes_to_150)
{
	for (int count = 150; count <= 151; count++) {
		struct ca_config *config = NULL;
		struct buf json = { 0 };
		struct fault f = { 0 };

		buf_text_append(&json,
		    "{" EC ",\"Subject\":{\"CustomAttributes\":[");
		for (int i = 0; i < count; i++)
			buf_printf(&json,
			    "%s{\"ObjectIdentifier\":\"2.5.4.11\","
			    "\"Value\":\"%d\"}",
			    i > 0 ? "," : "", i);
		buf_text_append(&json, "]}}");
		cr_expect_eq(ca_config_from_json(buf_bytes(&json), &config, &f),
		    count == 150, "%s", f.found);
		if (count == 151)
			cr_expect(strstr(f.found, "Value '[151 members]'") !=
				NULL,
			    "%s", f.found);
		ca_config_free(config);
		buf_free(&json);
	}
}

Test(request, freeing_nothing_is_fine)
{
	ca_config_free(NULL);
}
