/* reply_test.c - a CA as one line of JSON, and flat objects. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define T0 1768478400 /* 2026-01-15T12:00:00Z */
#define DAY 86400

/* A CA without a certificate; texts are lent, not the ca's own. */
static struct ca
bench_ca(void)
{
	static unsigned char id[] = { 0x01, 0xab };
	static char config[] = "{\"KeyAlgorithm\":\"RSA_2048\"}";
	static char uri[] = "pkcs11:token=t;serial=1";
	static char csr[] = "-----BEGIN CERTIFICATE REQUEST-----\n";
	struct ca ca = { .arn = "arn:aws:acm-pca:x:0:certificate-authority/u",
		.type = CA_SUBORDINATE,
		.config = config,
		.token_uri = uri,
		.key_id = { id, sizeof(id), 0 },
		.csr = csr,
		.status = CA_PENDING_CERTIFICATE,
		.created_at = T0,
		.changed_at = T0 + 1 };

	ca.claims.sensitive = CLAIM_YES;
	ca.claims.extractable = CLAIM_NO;
	return ca;
}

static void
install(struct ca *ca)
{
	static unsigned char pem[] = "PEM\n";
	static unsigned char chain[] = "CHAIN\n";
	static char serial[] = "340282366920938463463374607431768211455";

	ca->certificate = (struct buf){ pem, sizeof(pem) - 1, 0 };
	ca->chain = (struct buf){ chain, sizeof(chain) - 1, 0 };
	ca->serial = serial;
	ca->not_before = T0;
	ca->not_after = T0 + 10 * DAY;
	ca->status = CA_ACTIVE;
}

#define ARN "\"Arn\":\"arn:aws:acm-pca:x:0:certificate-authority/u\""
#define ATTRIBUTES                                                             \
	"\"KeyAttributes\":{\"Sensitive\":\"yes\",\"Extractable\":\"no\","     \
	"\"AlwaysSensitive\":\"not reported\","                                \
	"\"NeverExtractable\":\"not reported\",\"Local\":\"not reported\","    \
	"\"Sign\":\"not reported\",\"Decrypt\":\"not reported\","              \
	"\"Unwrap\":\"not reported\",\"Derive\":\"not reported\","             \
	"\"AlwaysAuthenticate\":\"not reported\",\"SecretReadable\":false}"

Test(reply, a_new_ca_has_the_members_of_describe_and_ours)
{
	struct ca ca = bench_ca();
	char *json = wire_ca(&ca, T0, "000000000000");

	cr_expect_str_eq(json,
	    "{" ARN ",\"OwnerAccount\":\"000000000000\","
	    "\"CreatedAt\":\"2026-01-15T12:00:00Z\","
	    "\"LastStateChangeAt\":\"2026-01-15T12:00:01Z\","
	    "\"Type\":\"SUBORDINATE\",\"Status\":\"PENDING_CERTIFICATE\","
	    "\"CertificateAuthorityConfiguration\":"
	    "{\"KeyAlgorithm\":\"RSA_2048\"},"
	    "\"RevocationConfiguration\":{\"CrlConfiguration\":"
	    "{\"Enabled\":false},\"OcspConfiguration\":{\"Enabled\":false}},"
	    "\"KeyStorageSecurityStandard\":\"FIPS_140_2_LEVEL_3_OR_HIGHER\","
	    "\"UsageMode\":\"GENERAL_PURPOSE\","
	    "\"TokenUri\":\"pkcs11:token=t;serial=1\","
	    "\"KeyId\":\"01ab\"," ATTRIBUTES "}",
	    "%s", json);
	mem_free(json);
}

static void
expect_member(const struct ca *ca, int64_t now, const char *name,
    const char *value)
{
	char *json = wire_ca(ca, now, "1");
	char *text = wire_member(json, name);

	if (value == NULL) {
		cr_expect_null(text, "%s: %s", name, text);
	} else {
		cr_assert_not_null(text, "%s: %s", name, json);
		cr_expect_str_eq(text, value, "%s: %s", name, text);
	}
	mem_free(text);
	mem_free(json);
}

Test(reply, a_certificate_adds_its_serial_and_dates)
{
	struct ca ca = bench_ca();

	expect_member(&ca, T0, "Serial", NULL);
	expect_member(&ca, T0, "NotBefore", NULL);
	expect_member(&ca, T0, "NotAfter", NULL);
	install(&ca);
	expect_member(&ca, T0, "Serial",
	    "340282366920938463463374607431768211455");
	expect_member(&ca, T0, "NotBefore", "2026-01-15T12:00:00Z");
	expect_member(&ca, T0, "NotAfter", "2026-01-25T12:00:00Z");
	expect_member(&ca, T0, "Status", "ACTIVE");
}

Test(reply, the_status_is_the_one_at_that_time)
{
	struct ca ca = bench_ca();

	install(&ca);
	expect_member(&ca, T0 + 11 * DAY, "Status", "EXPIRED");
	expect_member(&ca, T0 + 11 * DAY, "RestorableUntil", NULL);
	ca.status = CA_DELETED;
	ca.restorable_until = T0 + 30 * DAY;
	expect_member(&ca, T0 + 11 * DAY, "Status", "DELETED");
	expect_member(&ca, T0, "RestorableUntil", "2026-02-14T12:00:00Z");
	ca.status = CA_FAILED;
	expect_member(&ca, T0, "FailureReason", "OTHER");
}

Test(reply, ours_are_there_only_when_there_is_something)
{
	struct ca ca = bench_ca();

	expect_member(&ca, T0, "Name", NULL);
	expect_member(&ca, T0, "KeyAdopted", NULL);
	strcpy(ca.name, "issuing");
	ca.adopted = true;
	ca.token_uri = NULL;
	expect_member(&ca, T0, "Name", "issuing");
	expect_member(&ca, T0, "KeyAdopted", "true");
	expect_member(&ca, T0, "TokenUri", NULL);
}

Test(reply, settings_win_over_what_is_usual)
{
	static char settings[] =
	    "{\"UsageMode\":\"SHORT_LIVED_CERTIFICATE\","
	    "\"KeyStorageSecurityStandard\":\"FIPS_140_2_LEVEL_2_OR_HIGHER\"}";
	struct ca ca = bench_ca();

	ca.settings = settings;
	expect_member(&ca, T0, "UsageMode", "SHORT_LIVED_CERTIFICATE");
	expect_member(&ca, T0, "KeyStorageSecurityStandard",
	    "FIPS_140_2_LEVEL_2_OR_HIGHER");
}

Test(reply, the_full_form_adds_the_pem_texts_that_there_are)
{
	struct ca ca = bench_ca();
	char *bare = wire_ca_full(&ca, T0, "1");
	char *full;

	cr_expect_null(wire_member(bare, "Certificate"));
	cr_expect_null(wire_member(bare, "CertificateChain"));
	install(&ca);
	full = wire_ca_full(&ca, T0, "1");
	cr_expect(strstr(full,
		      "\"Certificate\":\"PEM\\n\","
		      "\"CertificateChain\":\"CHAIN\\n\","
		      "\"Csr\":\"-----BEGIN CERTIFICATE REQUEST-----\\n\"}") !=
		NULL,
	    "%s", full);
	mem_free(bare);
	mem_free(full);
}

Test(reply, a_damaged_configuration_is_left_out)
{
	static char damaged[] = "{\"KeyAlgorithm\":";
	struct ca ca = bench_ca();
	char *json;

	ca.config = damaged;
	json = wire_ca(&ca, T0, "1");
	cr_expect_null(strstr(json, "CertificateAuthorityConfiguration"));
	mem_free(json);
}

/* What reaches a terminal is ASCII without control bytes. */
static const struct {
	const char *value;
	const char *json;
} texts[] = {
	{ "plain", "plain" },
	{ "", "" },
	{ "a\"b\\c", "a\\\"b\\\\c" },
	{ "a\nb\x1b[2J", "a\\nb\\u001B[2J" },
	{ "a\x7f\x7f", "a\\u007F\\u007F" },
	{ "\xc3\xa4", "\\u00E4" },
	{ "\xe2\x80\xae", "\\u202E" },
	{ "\xf0\x9f\x94\x91", "\\uD83D\\uDD11" },
	{ "\xe4 \xc3\xa4\n", "\\\\xE4 \\u00E4\\n" },
	{ "cut \xc3", "cut \\\\xC3" },
};

Test(reply, an_object_escapes_whatever_is_not_ascii)
{
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct wire_pair pairs[] = { { "a", texts[i].value },
			{ "left out", NULL }, { "b", "c" } };
		char *json = wire_object(pairs, COUNT(pairs));
		char *wanted =
		    mem_format("{\"a\":\"%s\",\"b\":\"c\"}", texts[i].json);

		cr_expect_str_eq(json, wanted, "%s", json);
		mem_free(wanted);
		mem_free(json);
	}
}

Test(reply, an_object_of_nothing_is_empty)
{
	char *json = wire_object(NULL, 0);

	cr_expect_str_eq(json, "{}");
	mem_free(json);
}

static const struct {
	const char *json;
	const char *value;
} members[] = {
	{ "{\"a\":\"x\"}", "x" },
	{ "{\"a\":\"\"}", "" },
	{ "{\"a\":-7}", "-7" },
	{ "{\"a\":true}", "true" },
	{ "{\"a\":false}", "false" },
	{ "{\"a\":null}", NULL },
	{ "{\"a\":{}}", NULL },
	{ "{\"a\":[1]}", NULL },
	{ "{\"b\":\"x\"}", NULL },
	{ "[\"a\"]", NULL },
	{ "{\"a\":\"x\"", NULL },
	{ "", NULL },
	{ NULL, NULL },
};

Test(reply, a_member_is_text_or_nothing)
{
	for (size_t i = 0; i < COUNT(members); i++) {
		char *value = wire_member(members[i].json, "a");

		if (members[i].value == NULL)
			cr_expect_null(value, "%s", members[i].json);
		else
			cr_expect_str_eq(value, members[i].value);
		mem_free(value);
	}
}

/* RFC 4648, 10. */
static const struct {
	const char *octets;
	const char *base64;
} encodings[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "\377\376\375\373\357\277", "//79+++/" },
};

Test(reply, an_ocsp_response_is_base64)
{
	for (size_t i = 0; i < COUNT(encodings); i++) {
		char *json =
		    wire_ocsp(bytes_of(encodings[i].octets), "tryLater");
		char *base64 = wire_member(json, "OcspResponse");
		char *status = wire_member(json, "ResponseStatus");

		cr_expect_str_eq(base64, encodings[i].base64);
		cr_expect_str_eq(status, "tryLater");
		mem_free(status);
		mem_free(base64);
		mem_free(json);
	}
}
