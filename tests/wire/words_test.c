/* words_test.c - configurations in words of a command line. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire.h"

static struct ca_config *
read_good(const struct ca_words *words)
{
	struct ca_config *config = NULL;
	struct fault f = { 0 };

	cr_assert(ca_config_from_words(words, &config, &f), "%s: %s",
	    words->subject, f.found);
	return config;
}

static void
read_bad(const struct ca_words *words, enum fault_kind kind, struct fault *f)
{
	struct ca_config *config = NULL;

	memset(f, 0, sizeof(*f));
	cr_expect_not(ca_config_from_words(words, &config, f), "%s",
	    words->subject);
	cr_expect_null(config);
	cr_expect_eq(f->kind, kind, "%s: %s: %s", words->subject,
	    fault_name(f->kind), f->found);
	ca_config_free(config);
}

static const struct {
	const char *subject;
	const char *json; /* the members of Subject */
} subjects[] = {
	{ "CN=x", "\"CommonName\":\"x\"" },
	{ "C=DE, O=Example Corp, CN=Issuing CA 1",
	    "\"Country\":\"DE\",\"Organization\":\"Example Corp\","
	    "\"CommonName\":\"Issuing CA 1\"" },
	{ "/C=DE/O=Example, Inc./CN=a",
	    "\"Country\":\"DE\",\"Organization\":\"Example, Inc.\","
	    "\"CommonName\":\"a\"" },
	{ "/CN=a\\/b", "\"CommonName\":\"a/b\"" },
	{ "CN=a/b", "\"CommonName\":\"a/b\"" },
	{ "cn=a=b", "\"CommonName\":\"a=b\"" },
	{ "  cn  =  a b  ,  o=c  ",
	    "\"Organization\":\"c\",\"CommonName\":\"a b\"" },
	{ "CN=\\ a\\ ", "\"CommonName\":\" a \"" },
	{ "O=Example\\, Inc.", "\"Organization\":\"Example, Inc.\"" },
	{ "CN=C\\+\\+ \\\"x\\\" \\\\",
	    "\"CommonName\":\"C++ \\\"x\\\" \\\\\"" },
	{ "CN=\\C3\\a4\\2C", "\"CommonName\":\"\\u00E4,\"" },
	{ "CN=\xc3\xa4", "\"CommonName\":\"\\u00E4\"" },
	{ "CN=\\x", "\"CommonName\":\"x\"" },
	{ "S=a", "\"State\":\"a\"" },
	{ "ST=a", "\"State\":\"a\"" },
	{ "OU=a,L=b,SERIALNUMBER=c,DNQ=d,T=e,SN=f,GN=g,initials=h,"
	  "pseudonym=i,generationQualifier=j",
	    "\"OrganizationalUnit\":\"a\",\"DistinguishedNameQualifier\":"
	    "\"d\",\"SerialNumber\":\"c\",\"Locality\":\"b\",\"Title\":\"e\","
	    "\"Surname\":\"f\",\"GivenName\":\"g\",\"Initials\":\"h\","
	    "\"Pseudonym\":\"i\",\"GenerationQualifier\":\"j\"" },
	{ "dnQualifier=d,title=e,surname=f,givenName=g",
	    "\"DistinguishedNameQualifier\":\"d\",\"Title\":\"e\","
	    "\"Surname\":\"f\",\"GivenName\":\"g\"" },
	{ "Country=DE,Organization=a,OrganizationalUnit=b,"
	  "DistinguishedNameQualifier=c,State=d,CommonName=e,Locality=f",
	    "\"Country\":\"DE\",\"Organization\":\"a\","
	    "\"OrganizationalUnit\":\"b\",\"DistinguishedNameQualifier\":"
	    "\"c\",\"State\":\"d\",\"CommonName\":\"e\",\"Locality\":\"f\"" },
	{ "2.5.4.3=x,OID.1.2.3=y,2.5.4.3=z",
	    "\"CustomAttributes\":[{\"ObjectIdentifier\":\"2.5.4.3\","
	    "\"Value\":\"x\"},{\"ObjectIdentifier\":\"1.2.3\",\"Value\":"
	    "\"y\"},{\"ObjectIdentifier\":\"2.5.4.3\",\"Value\":\"z\"}]" },
};

Test(words, reads_subjects)
{
	for (size_t i = 0; i < COUNT(subjects); i++) {
		struct ca_words words = { .key_alg = "EC_prime256v1",
			.subject = subjects[i].subject };
		struct ca_config *config = read_good(&words);
		char *json =
		    mem_format("{\"KeyAlgorithm\":\"EC_prime256v1\","
			       "\"SigningAlgorithm\":\"SHA256WITHECDSA\","
			       "\"Subject\":{%s}}",
			subjects[i].json);

		cr_expect_str_eq(config->json, json, "%s: %s",
		    subjects[i].subject, config->json);
		mem_free(json);
		ca_config_free(config);
	}
}

static const struct {
	const char *subject;
	const char *found;
} bad_subjects[] = {
	{ "", "a name without any attribute" },
	{ "/", "a name without any attribute" },
	{ " ", "the part \"\" in the subject" },
	{ "x", "the part \"x\" in the subject" },
	{ "CN=a,", "the part \"\" in the subject" },
	{ "CN=a,,O=b", "the part \"\" in the subject" },
	{ "CN=Example, Inc.", "the part \"Inc.\" in the subject" },
	{ "=a", "the part \"\" in the subject" },
	{ "/CN=a/b", "the part \"b\" in the subject" },
	{ "CN=", "CN without a value" },
	{ "CN=  ,O=a", "CN without a value" },
	{ "CN=a,CN=b", "a second CommonName (CN)" },
	{ "S=a,ST=b", "a second State (ST)" },
	{ "DC=example", "an attribute \"DC\"" },
	{ "CustomAttributes=x", "an attribute \"CustomAttributes\"" },
	{ "\x1b[2J=x", "an attribute \"\\x1B[2J\"" },
	{ "1.2.x=y", "an attribute \"1.2.x\"" },
	{ "CN=a+O=b", "an unescaped + in an attribute value" },
	{ "CN=\"a, b\"", "an unescaped \" in an attribute value" },
	{ "CN=a\\", "a backslash at the end" },
	{ "CN=a\\00b", "a zero byte in an attribute value" },
	{ "CN=\\ff", "\"\\xFF\"" },
	{ "CN=\xe4", "\"\\xE4\"" },
	{ "CN=x,1.2.3=y", "CustomAttributes beside other members" },
};

Test(words, refuses_bad_subjects)
{
	for (size_t i = 0; i < COUNT(bad_subjects); i++) {
		struct ca_words words = { .key_alg = "RSA_2048",
			.subject = bad_subjects[i].subject };
		struct fault f;

		read_bad(&words, FAULT_INVALID_ARGS, &f);
		cr_expect(strstr(f.found, bad_subjects[i].found) != NULL,
		    "%s: %s", words.subject, f.found);
	}
}

Test(words, an_unknown_attribute_lists_the_known_ones)
{
	static const char *const known[] = { "C, ", "O, ", "OU", "dnQualifier",
		"ST", "CN", "serialNumber", "L, ", "title", "SN", "GN",
		"initials", "pseudonym", "generationQualifier", "OID" };
	struct ca_words words = { .key_alg = "RSA_2048", .subject = "UID=x" };
	struct fault f;

	read_bad(&words, FAULT_INVALID_ARGS, &f);
	for (size_t i = 0; i < COUNT(known); i++)
		cr_expect(strstr(f.want, known[i]) != NULL, "%s", known[i]);
}

Test(words, breaches_of_the_model_are_told_as_from_json)
{
	struct ca_words words = { .key_alg = "RSA_2048",
		.subject = "C=D1,CN=x" };
	struct fault f;

	read_bad(&words, FAULT_VALIDATION, &f);
	cr_expect_str_eq(f.found,
	    "1 validation error detected: Value 'D1' at "
	    "'certificateAuthorityConfiguration.subject.country' failed to "
	    "satisfy constraint: Member must satisfy regular expression "
	    "pattern: [A-Za-z]{2}");
}

static const struct {
	const char *key_alg;
	enum sign_alg usual;
} usual[] = {
	{ "RSA_2048", SIGN_SHA256WITHRSA },
	{ "RSA_3072", SIGN_SHA256WITHRSA },
	{ "RSA_4096", SIGN_SHA256WITHRSA },
	{ "EC_prime256v1", SIGN_SHA256WITHECDSA },
	{ "EC_secp384r1", SIGN_SHA384WITHECDSA },
	{ "EC_secp521r1", SIGN_SHA512WITHECDSA },
	{ "ED25519", SIGN_ED25519 },
};

Test(words, a_key_has_its_usual_signing_algorithm)
{
	cr_assert_eq(COUNT(usual), KEY_ALGS);
	for (size_t i = 0; i < COUNT(usual); i++) {
		struct ca_words words = { .key_alg = usual[i].key_alg,
			.subject = "CN=x" };
		struct ca_config *config = read_good(&words);

		cr_expect_eq(config->sign_alg, usual[i].usual, "%s",
		    usual[i].key_alg);
		ca_config_free(config);
	}
}

Test(words, a_given_signing_algorithm_wins)
{
	struct ca_words words = { .key_alg = "RSA_2048",
		.sign_alg = "SHA512WITHRSA_PSS",
		.subject = "CN=x" };
	struct ca_config *config = read_good(&words);

	cr_expect_eq(config->sign_alg, SIGN_SHA512WITHRSA_PSS);
	ca_config_free(config);
}

Test(words, refuses_unknown_and_missing_words)
{
	static const struct {
		struct ca_words words;
		enum fault_kind kind;
	} cases[] = {
		{ { .key_alg = "RSA_1024", .subject = "CN=x" },
		    FAULT_VALIDATION },
		{ { .key_alg = "ML_DSA_44", .subject = "CN=x" },
		    FAULT_INVALID_ARGS },
		{ { .key_alg = "RSA_2048",
		      .sign_alg = "MD5",
		      .subject = "CN=x" },
		    FAULT_VALIDATION },
		{ { .key_alg = "RSA_2048",
		      .sign_alg = "ED25519",
		      .subject = "CN=x" },
		    FAULT_INVALID_ARGS },
		{ { .subject = "CN=x" }, FAULT_VALIDATION },
		{ { .key_alg = "RSA_2048" }, FAULT_VALIDATION },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f;

		read_bad(&cases[i].words, cases[i].kind, &f);
	}
}

Test(words, reads_key_usage_by_any_of_its_names)
{
	struct ca_words words = { .key_alg = "RSA_2048",
		.subject = "CN=x",
		.key_usage = "keyCertSign, cRLSign,contentCommitment" };
	struct ca_config *config = read_good(&words);

	cr_expect(config->has_key_usage);
	cr_expect_eq(config->key_usage, 1u << 1 | 1u << 5 | 1u << 6);
	ca_config_free(config);
}

Test(words, refuses_an_unknown_key_usage)
{
	struct ca_words words = { .key_alg = "RSA_2048",
		.subject = "CN=x",
		.key_usage = "KeyCertSign,Key" };
	struct fault f;

	read_bad(&words, FAULT_INVALID_ARGS, &f);
	cr_expect_str_eq(f.found, "a key usage \"Key\"");
}

static const struct {
	const char *word;
	const char *method;
	const char *der; /* hex */
} accesses[] = {
	{ "CA_REPOSITORY=URI:http://a", "1.3.6.1.5.5.7.48.5",
	    "8608687474703a2f2f61" },
	{ "resource_pki_manifest=dns:a.b", "1.3.6.1.5.5.7.48.10",
	    "8203612e62" },
	{ "RESOURCE_PKI_NOTIFY=EMAIL:a@b", "1.3.6.1.5.5.7.48.13",
	    "8103614062" },
	{ "1.2.3=IP:::1", "1.2.3", "871000000000000000000000000000000001" },
	{ "1.2.3=RID:1.2.3", "1.2.3", "88022a03" },
	{ "1.2.3=DIRNAME:CN=x", "1.2.3", "a40e300c310a300806035504030c0178" },
};

Test(words, reads_access_in_every_form)
{
	for (size_t i = 0; i < COUNT(accesses); i++) {
		const char *const list[] = { accesses[i].word, NULL };
		struct ca_words words = {
			.key_alg = "RSA_2048", .subject = "CN=x", .access = list
		};
		struct ca_config *config = read_good(&words);
		struct buf hex = { 0 };

		cr_assert_eq(config->access_count, 1);
		buf_hex(&hex, config->access[0].location);
		cr_expect_str_eq(buf_text(&hex), accesses[i].der, "%s: %s",
		    accesses[i].word, buf_text(&hex));
		cr_expect_str_eq(config->access[0].method, accesses[i].method);
		buf_free(&hex);
		ca_config_free(config);
	}
}

static const struct {
	const char *word;
	const char *found;
} bad_accesses[] = {
	{ "", "the access \"\"" },
	{ "CA_REPOSITORY", "the access \"CA_REPOSITORY\"" },
	{ "CA_REPOSITORY=http", "the access \"CA_REPOSITORY=http\"" },
	{ "URI:http://a", "the access \"URI:http://a\"" },
	{ "OCSP=URI:http://a", "an access method \"OCSP\"" },
	{ "CA_REPOSITORY=http://a", "an access location of the form \"http\"" },
	{ "CA_REPOSITORY=IP:1.2.3", "1.2.3" },
	{ "CA_REPOSITORY=DIRNAME:x", "the part \"x\"" },
};

Test(words, refuses_bad_access)
{
	for (size_t i = 0; i < COUNT(bad_accesses); i++) {
		const char *const list[] = { "1.2.3=DNS:a",
			bad_accesses[i].word, NULL };
		struct ca_words words = {
			.key_alg = "RSA_2048", .subject = "CN=x", .access = list
		};
		struct fault f;

		read_bad(&words, FAULT_INVALID_ARGS, &f);
		cr_expect(strstr(f.found, bad_accesses[i].found) != NULL,
		    "%s: %s", bad_accesses[i].word, f.found);
	}
}

Test(words, an_empty_access_list_is_none)
{
	const char *const list[] = { NULL };
	struct ca_words words = {
		.key_alg = "RSA_2048", .subject = "CN=x", .access = list
	};
	struct ca_config *config = read_good(&words);

	cr_expect_eq(config->access_count, 0);
	cr_expect_null(strstr(config->json, "CsrExtensions"));
	ca_config_free(config);
}
