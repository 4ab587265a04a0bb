/* settings_test.c - settings of a CA, and RevocationConfiguration. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define LEVEL_3 "FIPS_140_2_LEVEL_3_OR_HIGHER"
#define SETTINGS(crl, ocsp)                                                    \
	"{\"UsageMode\":\"GENERAL_PURPOSE\","                                  \
	"\"KeyStorageSecurityStandard\":\"" LEVEL_3 "\","                      \
	"\"RevocationConfiguration\":{\"CrlConfiguration\":{" crl "},"         \
	"\"OcspConfiguration\":{" ocsp "}}}"
#define OFF "\"Enabled\":false"
#define ON "\"Enabled\":true"
#define CRL(members) "{\"CrlConfiguration\":{" members "}}"
#define OCSP(members) "{\"OcspConfiguration\":{" members "}}"
#define NEEDED ON ",\"ExpirationInDays\":7,\"S3BucketName\":\"crls\""
#define OMIT(flag)                                                             \
	"\"CrlDistributionPointExtensionConfiguration\":{"                     \
	"\"OmitExtension\":" flag "}"
#define AT "' at 'revocationConfiguration."
#define MUST "' failed to satisfy constraint: Member must "

static struct ca_settings *
read_good(const char *json)
{
	struct ca_settings *settings = NULL;
	struct fault f = { 0 };

	cr_assert(ca_settings_read(json, &settings, &f), "%s: %s", json,
	    f.found);
	return settings;
}

static void
expect_written(const struct ca_settings *settings, const char *json)
{
	char *text = ca_settings_write(settings);

	cr_expect_str_eq(text, json, "%s", text);
	mem_free(text);
}

static void
set_good(struct ca_settings *settings, const char *json)
{
	struct fault f = { 0 };

	cr_assert(ca_settings_set_revocation(settings, bytes_of(json), &f),
	    "%s: %s", json, f.found);
}

Test(settings, without_any_the_defaults_hold)
{
	struct ca_settings *settings = read_good(NULL);

	cr_expect_not(settings->short_lived);
	cr_expect_str_eq(settings->storage, LEVEL_3);
	cr_expect_not(settings->crl.enabled);
	cr_expect_not(settings->ocsp.enabled);
	expect_written(settings, SETTINGS(OFF, OFF));
	ca_settings_free(settings);
}

static const struct {
	const char *given;
	const char *kept;
} kept[] = {
	{ "{}", SETTINGS(OFF, OFF) },
	{ CRL(OFF), SETTINGS(OFF, OFF) },
	{ CRL(NEEDED),
	    SETTINGS(ON
		",\"ExpirationInDays\":7,\"S3BucketName\":\"crls\","
		"\"S3ObjectAcl\":\"PUBLIC_READ\"," OMIT("false") ",\"CrlType\":"
								 "\"COMPLETE\"",
		OFF) },
	{ CRL(ON ",\"ExpirationInDays\":5000,\"CustomCname\":\"c.example/a\","
		 "\"S3BucketName\":\"b/c\","
		 "\"S3ObjectAcl\":\"BUCKET_OWNER_FULL_CONTROL\","
		 "\"CrlType\":\"PARTITIONED\",\"CustomPath\":\"x/y\""),
	    SETTINGS(ON ",\"ExpirationInDays\":5000,"
			"\"CustomCname\":\"c.example/a\","
			"\"S3BucketName\":\"b/c\","
			"\"S3ObjectAcl\":\"BUCKET_OWNER_FULL_CONTROL\"," OMIT(
			    "false") ",\"CrlType\":\"PARTITIONED\","
				     "\"CustomPath\":\"x/y\"",
		OFF) },
	{ CRL(NEEDED ",\"CustomCname\":\"\",\"CustomPath\":\"\"," OMIT("true")),
	    SETTINGS(ON
		",\"ExpirationInDays\":7,\"S3BucketName\":\"crls\","
		"\"S3ObjectAcl\":\"PUBLIC_READ\"," OMIT("true") ",\"CrlType\":"
								"\"COMPLETE\"",
		OFF) },
	{ CRL(ON ",\"ExpirationInDays\":1.0,\"S3BucketName\":\"crls\","
		 "\"CustomPath\":\"/\",\"S3ObjectAcl\":null"),
	    SETTINGS(ON
		",\"ExpirationInDays\":1,\"S3BucketName\":\"crls\","
		"\"S3ObjectAcl\":\"PUBLIC_READ\"," OMIT(
		    "false") ",\"CrlType\":\"COMPLETE\",\"CustomPath\":\"/\"",
		OFF) },
	{ OCSP(ON), SETTINGS(OFF, ON) },
	{ OCSP(ON ",\"OcspCustomCname\":\"o.example\""),
	    SETTINGS(OFF, ON ",\"OcspCustomCname\":\"o.example\"") },
	{ OCSP(ON ",\"OcspCustomCname\":\"\""), SETTINGS(OFF, ON) },
	{ CRL(OFF ",\"CustomCname\":\"\",\"CustomPath\":\"\""),
	    SETTINGS(OFF, OFF) },
};

Test(settings, keep_a_revocation_configuration_with_its_defaults)
{
	for (size_t i = 0; i < COUNT(kept); i++) {
		struct ca_settings *settings = read_good(NULL);
		struct ca_settings *again;

		set_good(settings, kept[i].given);
		expect_written(settings, kept[i].kept);
		again = read_good(kept[i].kept);
		expect_written(again, kept[i].kept);
		ca_settings_free(again);
		ca_settings_free(settings);
	}
}

Test(settings, a_member_that_is_given_replaces_what_was_there)
{
	struct ca_settings *settings = read_good(NULL);

	set_good(settings, CRL(NEEDED ",\"CustomCname\":\"c.example\""));
	set_good(settings, OCSP(ON ",\"OcspCustomCname\":\"o.example\""));
	cr_expect(settings->crl.enabled);
	cr_expect_str_eq(settings->crl.cname, "c.example");
	set_good(settings, CRL(NEEDED));
	cr_expect_null(settings->crl.cname);
	cr_expect_str_eq(settings->ocsp.cname, "o.example");
	set_good(settings, CRL(OFF));
	cr_expect_null(settings->crl.bucket);
	cr_expect_eq(settings->crl.days, 0);
	set_good(settings, "{}");
	expect_written(settings,
	    SETTINGS(OFF, ON ",\"OcspCustomCname\":\"o.example\""));
	ca_settings_free(settings);
}

static const struct {
	const char *json;
	const char *found;
} refused[] = {
	{ "", "no JSON" },
	{ "[]", "an array at 'revocationConfiguration'" },
	{ CRL("\"Enabled\":\"yes\""), "a string at" },
	{ CRL(OFF ",\"ExpirationInDays\":7"),
	    "CrlConfiguration with Enabled false and ExpirationInDays" },
	{ CRL(OFF ",\"CrlType\":\"COMPLETE\""), "false and CrlType" },
	{ CRL(OFF ",\"CustomCname\":\"a\""), "false and CustomCname" },
	{ CRL(ON ",\"S3BucketName\":\"crls\""),
	    "CrlConfiguration with Enabled true and without ExpirationInDays" },
	{ CRL(ON ",\"ExpirationInDays\":7"), "without S3BucketName" },
	{ CRL(NEEDED ",\"CustomCname\":\"http://c.example\""),
	    "CustomCname of CrlConfiguration \"http://c.example\"" },
	{ CRL(NEEDED ",\"CustomCname\":\"//c.example\""), "CustomCname of" },
	{ CRL(NEEDED ",\"CustomCname\":\"c.example\"," OMIT("true")),
	    "CrlConfiguration with OmitExtension true and CustomCname" },
	{ CRL(NEEDED ",\"CustomPath\":\"..\""), "CustomPath of" },
	{ CRL(NEEDED ",\"CustomPath\":\"a/../b\""), "CustomPath of" },
	{ CRL(NEEDED ",\"CustomPath\":\"a/.\""), "CustomPath of" },
	{ CRL(ON ",\"ExpirationInDays\":7,\"S3BucketName\":\"../x\""),
	    "S3BucketName of CrlConfiguration \"../x\"" },
	{ CRL(ON ",\"ExpirationInDays\":7,\"S3BucketName\":\"/etc\""),
	    "S3BucketName of" },
	{ CRL(ON ",\"ExpirationInDays\":7,\"S3BucketName\":\"a//b\""),
	    "S3BucketName of" },
	{ CRL(ON ",\"ExpirationInDays\":7,\"S3BucketName\":\"abc/\""),
	    "S3BucketName of" },
	{ CRL(ON ",\"ExpirationInDays\":7.5,\"S3BucketName\":\"crls\""),
	    "a fraction at 'revocationConfiguration.crlConfiguration."
	    "expirationInDays'" },
	{ CRL(ON ",\"ExpirationInDays\":1e300,\"S3BucketName\":\"crls\""),
	    "a fraction at" },
	{ CRL(ON ",\"ExpirationInDays\":\"7\",\"S3BucketName\":\"crls\""),
	    "a string at" },
	{ OCSP(OFF ",\"OcspCustomCname\":\"o\""),
	    "OcspConfiguration with Enabled false and OcspCustomCname" },
	{ OCSP(ON ",\"OcspCustomCname\":\"https://o\""),
	    "OcspCustomCname of OcspConfiguration \"https://o\"" },
};

static const struct {
	const char *json;
	const char *found;
} breaches[] = {
	{ CRL(""),
	    "1 validation error detected: Value null at "
	    "'revocationConfiguration.crlConfiguration.enabled" MUST
	    "not be null" },
	{ OCSP("\"Enabled\":null"), "ocspConfiguration.enabled" MUST },
	{ CRL(ON ",\"ExpirationInDays\":0"),
	    "Value '0" AT "crlConfiguration.expirationInDays" MUST
	    "have value greater than or equal to 1" },
	{ CRL(ON ",\"ExpirationInDays\":-1"), "Value '-1" AT },
	{ CRL(ON ",\"ExpirationInDays\":5001"),
	    "Value '5001" AT "crlConfiguration.expirationInDays" MUST
	    "have value less than or equal to 5000" },
	{ CRL(NEEDED ",\"S3ObjectAcl\":\"PRIVATE\""),
	    "enum value set: [PUBLIC_READ, BUCKET_OWNER_FULL_CONTROL]" },
	{ CRL(NEEDED ",\"CrlType\":\"DELTA\""),
	    "enum value set: [COMPLETE, PARTITIONED]" },
	{ CRL(ON ",\"S3BucketName\":\"ab\""), "greater than or equal to 3" },
	{ CRL(ON ",\"S3BucketName\":\"a b\""), "pattern: [-a-zA-Z0-9._/]+" },
	{ CRL(ON ",\"CustomCname\":\"a b\""), "pattern: [-a-zA-Z0-9;/?:" },
	{ CRL(ON ",\"CustomPath\":\"/a\""), "pattern: (/|" },
	{ CRL(ON ",\"CustomPath\":\"a/\""), "pattern: (/|" },
	{ CRL(ON ",\"CustomPath\":\"a//b\""), "pattern: (/|" },
	{ CRL(ON ",\"CustomPath\":\"a\\nb\""), "pattern: (/|" },
	{ CRL(ON ",\"CrlDistributionPointExtensionConfiguration\":{}"),
	    "omitExtension" MUST "not be null" },
};

/* Refused, and the settings are as they were. */
static void
expect_refusal(const char *json, enum fault_kind kind, const char *found)
{
	struct ca_settings *settings = read_good(NULL);
	struct fault f = { 0 };

	set_good(settings, OCSP(ON));
	cr_expect_not(ca_settings_set_revocation(settings, bytes_of(json), &f),
	    "%s", json);
	cr_expect_eq(f.kind, kind, "%s: %s", json, f.found);
	cr_expect(strstr(f.found, found) != NULL, "%s", f.found);
	expect_written(settings, SETTINGS(OFF, ON));
	ca_settings_free(settings);
}

Test(settings, refuse_what_the_api_refuses_and_stay_as_they_were)
{
	for (size_t i = 0; i < COUNT(refused); i++)
		expect_refusal(refused[i].json, FAULT_INVALID_ARGS,
		    refused[i].found);
}

Test(settings, tell_breaches_of_the_constraints_in_words_of_the_api)
{
	for (size_t i = 0; i < COUNT(breaches); i++)
		expect_refusal(breaches[i].json, FAULT_VALIDATION,
		    breaches[i].found);
}

Test(settings, one_bad_configuration_leaves_the_good_one_out_too)
{
	expect_refusal("{\"CrlConfiguration\":{" NEEDED "},"
		       "\"OcspConfiguration\":{" OFF
		       ",\"OcspCustomCname\":\"o\"}}",
	    FAULT_INVALID_ARGS, "OcspConfiguration");
}

Test(settings, take_modes_by_name)
{
	struct ca_settings *settings = read_good(NULL);
	struct fault f = { 0 };
	char *text;

	cr_expect(ca_settings_set_mode(settings, "SHORT_LIVED_CERTIFICATE",
	    "FIPS_140_2_LEVEL_2_OR_HIGHER", &f));
	cr_expect(settings->short_lived);
	cr_expect(ca_settings_set_mode(settings, NULL, NULL, &f));
	cr_expect(settings->short_lived);
	cr_expect_str_eq(settings->storage, "FIPS_140_2_LEVEL_2_OR_HIGHER");
	text = ca_settings_write(settings);
	ca_settings_free(settings);
	settings = read_good(text);
	cr_expect(settings->short_lived);
	cr_expect_str_eq(settings->storage, "FIPS_140_2_LEVEL_2_OR_HIGHER");
	cr_expect(ca_settings_set_mode(settings, "GENERAL_PURPOSE", NULL, &f));
	cr_expect_not(settings->short_lived);
	mem_free(text);
	ca_settings_free(settings);
}

static const struct {
	const char *usage;
	const char *storage;
	enum fault_kind kind;
	const char *found;
} modes[] = {
	{ "SHORT", NULL, FAULT_VALIDATION,
	    "Value 'SHORT' at 'usageMode" MUST
	    "satisfy enum value set: [GENERAL_PURPOSE, "
	    "SHORT_LIVED_CERTIFICATE]" },
	{ "", NULL, FAULT_VALIDATION, "Value '' at 'usageMode'" },
	{ "SHORT_LIVED_CERTIFICATE", "FIPS", FAULT_VALIDATION,
	    "Value 'FIPS' at 'keyStorageSecurityStandard'" },
	{ "SHORT_LIVED_CERTIFICATE", "CCPC_LEVEL_1_OR_HIGHER",
	    FAULT_INVALID_ARGS,
	    "A certificate authority cannot be created in this region with the "
	    "specified security standard." },
};

Test(settings, refuse_modes_nobody_has)
{
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct ca_settings *settings = read_good(NULL);
		struct fault f = { 0 };

		cr_expect_not(ca_settings_set_mode(settings, modes[i].usage,
		    modes[i].storage, &f));
		cr_expect_eq(f.kind, modes[i].kind, "%s", f.found);
		cr_expect(strstr(f.found, modes[i].found) != NULL, "%s",
		    f.found);
		expect_written(settings, SETTINGS(OFF, OFF));
		ca_settings_free(settings);
	}
}

static const char *const damaged[] = {
	"",
	"{",
	"[]",
	"{\"UsageMode\":1}",
	"{\"UsageMode\":\"SHORT\"}",
	"{\"RevocationConfiguration\":{\"CrlConfiguration\":{}}}",
	"{\"RevocationConfiguration\":{\"OcspConfiguration\":{" OFF
	",\"OcspCustomCname\":\"x\"}}}",
};

Test(settings, damaged_ones_are_a_fault_of_the_store)
{
	for (size_t i = 0; i < COUNT(damaged); i++) {
		struct ca_settings *settings = NULL;
		struct fault f = { 0 };

		cr_expect_not(ca_settings_read(damaged[i], &settings, &f), "%s",
		    damaged[i]);
		cr_expect_null(settings);
		cr_expect_eq(f.kind, FAULT_STORE, "%s", damaged[i]);
		cr_expect_str_neq(f.found, "");
		cr_expect_not_null(f.todo);
	}
}

Test(settings, are_shown_with_the_ca)
{
	struct ca ca = { .arn = "arn:x" };
	struct ca_settings *settings = read_good(NULL);
	char *json;

	set_good(settings, CRL(NEEDED));
	ca.settings = ca_settings_write(settings);
	json = wire_ca(&ca, 0, "1");
	cr_expect(strstr(json,
		      "\"RevocationConfiguration\":{\"CrlConfiguration\":{" ON
		      ",\"ExpirationInDays\":7,\"S3BucketName\":\"crls\"") !=
		NULL,
	    "%s", json);
	mem_free(json);
	mem_free(ca.settings);
	ca_settings_free(settings);
}
