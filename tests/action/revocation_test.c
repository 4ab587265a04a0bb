/* revocation_test.c - how a CA makes its revocations known. */
#include "ledger.h"

#define CRLS_ON                                                                \
	"{\"CrlConfiguration\":{\"Enabled\":true,\"ExpirationInDays\":10,"     \
	"\"S3BucketName\":\"crls\"}}"

Test(revocation, what_is_given_replaces_and_what_is_not_stays)
{
	struct ca_settings *settings;
	struct ledger l;

	ledger_open(&l);
	ledger_configure(&l, CRLS_ON);
	EXPECT_ENTRY(&l, "UpdateCertificateAuthority", "crls", "\"done\"");
	cr_assert(ledger_try_configure(&l,
	    "{\"OcspConfiguration\":{\"Enabled\":true}}"));
	cr_assert(ca_settings_read(l.ca->settings, &settings, &l.s.f));
	cr_expect(settings->crl.enabled);
	cr_expect(settings->ocsp.enabled);
	ca_settings_free(settings);
	cr_assert(ledger_try_configure(&l,
	    "{\"CrlConfiguration\":{\"Enabled\":false}}"));
	cr_assert(ca_settings_read(l.ca->settings, &settings, &l.s.f));
	cr_expect_not(settings->crl.enabled);
	cr_expect(settings->ocsp.enabled);
	ca_settings_free(settings);
	ledger_close(&l);
}

static const struct {
	const char *json;
	enum fault_kind kind;
	const char *found;
} refused[] = {
	{ CRLS_ON, FAULT_VALIDATION,
	    "Permission error with your S3 bucket 'crls'. Check that your "
	    "bucket policy" },
	{ "{\"CrlConfiguration\":{\"Enabled\":true,\"ExpirationInDays\":10,"
	  "\"S3BucketName\":\"Crls\"}}",
	    FAULT_VALIDATION, "Permission error with your S3 bucket 'Crls'" },
	{ "{\"CrlConfiguration\":{\"Enabled\":true,\"ExpirationInDays\":10,"
	  "\"S3BucketName\":\"other\",\"CustomPath\":\"../../x\"}}",
	    FAULT_INVALID_ARGS, "" },
	{ "{\"CrlConfiguration\":{\"Enabled\":true}}", FAULT_INVALID_ARGS, "" },
	{ "nonsense", FAULT_INVALID_ARGS, "" },
};

Test(revocation, a_refusal_changes_nothing_but_the_audit_log)
{
	struct ledger l;
	char *before;

	ledger_open(&l);
	cr_assert(action_bucket_add(l.s.p, "other", &l.s.f));
	before = mem_text(l.ca->settings);
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct ca *ca;

		cr_expect_not(ledger_try_configure(&l, refused[i].json));
		cr_expect_eq(l.s.f.kind, refused[i].kind, "%s: %s",
		    refused[i].json, l.s.f.found);
		cr_expect_not_null(strstr(l.s.f.found, refused[i].found), "%s",
		    l.s.f.found);
		EXPECT_ENTRY(&l, "UpdateCertificateAuthority",
		    fault_name(refused[i].kind), l.ca->arn);
		cr_assert(action_describe(l.s.p, "one", &ca, &l.s.f));
		cr_expect_eq(before == NULL, ca->settings == NULL);
		if (before != NULL)
			cr_expect_str_eq(ca->settings, before);
		ca_free(ca);
	}
	mem_free(before);
	ledger_close(&l);
}

Test(revocation, a_ca_without_a_certificate_is_not_updated)
{
	struct stage s;
	struct ca *ca, *out;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	cr_expect_not(action_set_revocation(s.p, "one",
	    bytes_of("{\"OcspConfiguration\":{\"Enabled\":true}}"), &out,
	    &s.f));
	cr_expect_eq(s.f.kind, FAULT_INVALID_STATE);
	cr_expect_null(out);
	cr_expect_not_null(strstr(s.f.found,
	    "must be in the ACTIVE or DISABLED state to be updated"));
	ca_free(ca);
	stage_close(&s);
}
