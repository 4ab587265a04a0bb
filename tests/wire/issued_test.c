/* issued_test.c - issued certificates and what hangs on a CA, as JSON. */
#include <criterion/criterion.h>
#include <string.h>

#include "issued_bench.h"
#include "p11ca/mem.h"
#include "p11ca/pem.h"
#include "p11ca/wire_issue.h"

static const struct name_attr plain[] = {
	{ "2.5.4.10", "Example", false },
	{ "2.5.4.3", "x", false },
};

#define HEAD                                                                   \
	"{\"CertificateArn\":\"" BENCH_ARN "/certificate/" BENCH_SERIAL "\","  \
	"\"Serial\":\"" BENCH_SERIAL "\","
#define TIMES                                                                  \
	"\"NotBefore\":\"2026-01-15T12:00:00Z\","                              \
	"\"NotAfter\":\"2026-01-25T12:00:00Z\","                               \
	"\"IssuedAt\":\"2026-01-15T12:00:01Z\","                               \
	"\"TemplateArn\":"                                                     \
	"\"arn:aws:acm-pca:::template/EndEntityCertificate/V1\","              \
	"\"SigningAlgorithm\":\"SHA256WITHECDSA\""

static void
expect_line(const struct issued *issued, const char *wanted)
{
	char *json = wire_issued(issued, BENCH_ARN);

	cr_expect_str_eq(json, wanted, "%s", json);
	mem_free(json);
}

Test(issued, one_that_is_done_says_nothing_of_its_state)
{
	struct issued issued = bench_issued(plain, COUNT(plain));

	expect_line(&issued, HEAD "\"Subject\":\"CN=x,O=Example\"," TIMES "}");
	issued_clear(&issued);
}

Test(issued, revocation_is_told_with_time_and_reason)
{
	struct issued issued = bench_issued(plain, COUNT(plain));

	issued.revoked_at = BENCH_T0 + BENCH_DAY;
	issued.reason = REASON_A_A_COMPROMISE;
	expect_line(&issued,
	    HEAD "\"Subject\":\"CN=x,O=Example\"," TIMES
		 ",\"RevokedAt\":\"2026-01-16T12:00:00Z\","
		 "\"RevocationReason\":\"A_A_COMPROMISE\"}");
	issued_clear(&issued);
}

Test(issued, without_a_certificate_there_is_no_subject_but_a_state)
{
	struct issued issued = bench_issued(plain, COUNT(plain));

	buf_free(&issued.certificate);
	issued.state = ISSUED_INTENT;
	expect_line(&issued, HEAD TIMES ",\"State\":\"INTENT\"}");
	issued.state = ISSUED_FAILED;
	issued.failure = mem_text("no answer");
	expect_line(&issued,
	    HEAD TIMES ",\"State\":\"FAILED\","
		       "\"FailureReason\":\"no answer\"}");
	buf_text_append(&issued.certificate, "damaged");
	issued.state = ISSUED_DONE;
	issued.template_name[0] = '\0';
	expect_line(&issued,
	    HEAD "\"NotBefore\":\"2026-01-15T12:00:00Z\","
		 "\"NotAfter\":\"2026-01-25T12:00:00Z\","
		 "\"IssuedAt\":\"2026-01-15T12:00:01Z\","
		 "\"SigningAlgorithm\":\"SHA256WITHECDSA\","
		 "\"FailureReason\":\"no answer\"}");
	issued_clear(&issued);
}

Test(issued, the_full_form_adds_pem_without_its_last_newline)
{
	struct issued issued = bench_issued(plain, COUNT(plain));
	char *json = wire_issued_full(&issued, BENCH_ARN, "CHAIN");
	char *text = wire_member(json, "Certificate");
	char *chain = wire_member(json, "CertificateChain");
	struct pem pem;

	cr_assert_not_null(text, "%s", json);
	pem_read(bytes_of(text), &pem);
	cr_assert_eq(pem.certificates, 1);
	cr_expect(bytes_equal(buf_bytes(&pem.block[0].der),
	    buf_bytes(&issued.certificate)));
	cr_expect_eq(text[strlen(text) - 1], '-');
	cr_expect_str_eq(chain, "CHAIN");
	pem_free(&pem);
	mem_free(chain);
	mem_free(text);
	mem_free(json);
	buf_free(&issued.certificate);
	json = wire_issued_full(&issued, BENCH_ARN, NULL);
	cr_expect_null(strstr(json, "\"Certificate\""), "%s", json);
	cr_expect_null(strstr(json, "CertificateChain"), "%s", json);
	mem_free(json);
	issued_clear(&issued);
}

Test(issued, tags_are_a_list)
{
	char key[] = "a", value[] = "b \"c\"", other[] = "\xc3\xa4";
	struct tag tags[] = { { key, value }, { other, NULL } };
	char *json = wire_tags(tags, COUNT(tags));

	cr_expect_str_eq(json,
	    "{\"Tags\":[{\"Key\":\"a\",\"Value\":\"b \\\"c\\\"\"},"
	    "{\"Key\":\"\\u00E4\"}]}",
	    "%s", json);
	mem_free(json);
	json = wire_tags(NULL, 0);
	cr_expect_str_eq(json, "{\"Tags\":[]}");
	mem_free(json);
}

Test(issued, a_permission_lists_its_actions)
{
	char principal[] = "acm.amazonaws.com", account[] = "123456789012";
	char actions[] = "IssueCertificate,ListPermissions";
	struct permission permission = { principal, account, actions,
		BENCH_T0 };
	char *json = wire_permission(&permission, "arn:x", "{}");

	cr_expect_str_eq(json,
	    "{\"CertificateAuthorityArn\":\"arn:x\","
	    "\"CreatedAt\":\"2026-01-15T12:00:00Z\","
	    "\"Principal\":\"acm.amazonaws.com\","
	    "\"SourceAccount\":\"123456789012\","
	    "\"Actions\":[\"IssueCertificate\",\"ListPermissions\"],"
	    "\"Policy\":\"{}\"}",
	    "%s", json);
	mem_free(json);
	permission.source_account = NULL;
	json = wire_permission(&permission, "arn:x", NULL);
	cr_expect_null(strstr(json, "SourceAccount"), "%s", json);
	cr_expect_null(strstr(json, "Policy\""), "%s", json);
	mem_free(json);
}

static const struct {
	enum report_status status;
	const char *name;
} report_states[] = {
	{ REPORT_CREATING, "CREATING" },
	{ REPORT_SUCCESS, "SUCCESS" },
	{ REPORT_FAILED, "FAILED" },
};

Test(issued, an_audit_report_says_where_it_is_and_how_far)
{
	char bucket[] = "reports", key[] = "audit-report/x/y.json";

	cr_assert_eq(COUNT(report_states), REPORT_STATUSES);
	for (size_t i = 0; i < COUNT(report_states); i++) {
		struct audit_report report = {
			.id = "11111111-2222-3333-4444-555555555555",
			.bucket = bucket,
			.key = key,
			.status = report_states[i].status,
			.created_at = BENCH_T0
		};
		char *json = wire_audit_report(&report);
		char *wanted =
		    mem_format("{\"AuditReportId\":\"%s\","
			       "\"AuditReportStatus\":\"%s\","
			       "\"S3BucketName\":\"reports\","
			       "\"S3Key\":\"audit-report/x/y.json\","
			       "\"CreatedAt\":\"2026-01-15T12:00:00Z\"}",
			report.id, report_states[i].name);

		cr_expect_str_eq(json, wanted, "%s", json);
		mem_free(wanted);
		mem_free(json);
	}
}
