/* report_rows_test.c - certificates in an audit report. */
#include <criterion/criterion.h>
#include <string.h>

#include "issued_bench.h"
#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define SERIAL "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"
#define ARN BENCH_ARN "/certificate/" BENCH_SERIAL
#define TEMPLATE "arn:aws:acm-pca:::template/EndEntityCertificate/V1"

static const struct name_attr plain = { "2.5.4.3", "x", false };

static void
expect_json(const struct issued *issued, const char *wanted)
{
	struct buf out = { 0 };

	buf_text_append(&out, "[");
	report_json_row(&out, issued, BENCH_ARN, "123456789012");
	cr_expect_eq(out.p[0], '[');
	cr_expect_str_eq(buf_text(&out) + 1, wanted, "%s", buf_text(&out));
	buf_free(&out);
}

static void
expect_csv(const struct issued *issued, const char *wanted)
{
	struct buf out = { 0 };

	report_csv_row(&out, issued, BENCH_ARN, "123456789012");
	cr_expect_str_eq(buf_text(&out), wanted, "%s", buf_text(&out));
	buf_free(&out);
}

Test(report_rows, json_leaves_absent_values_out)
{
	struct issued issued = bench_issued(&plain, 1);

	expect_json(&issued,
	    "{\"awsAccountId\":\"123456789012\",\"certificateArn\":\"" ARN
	    "\",\"serial\":\"" SERIAL "\",\"subject\":\"CN=x\","
	    "\"notBefore\":\"2026-01-15T12:00:00+0000\","
	    "\"notAfter\":\"2026-01-25T12:00:00+0000\","
	    "\"issuedAt\":\"2026-01-15T12:00:01+0000\","
	    "\"templateArn\":\"" TEMPLATE "\"}");
	issued_clear(&issued);
}

Test(report_rows, a_template_is_of_the_partition_of_the_ca)
{
	struct issued issued = bench_issued(&plain, 1);
	struct buf out = { 0 };

	report_csv_row(&out, &issued,
	    "arn:aws-us-gov:acm-pca:x:1:certificate-authority/y", "1");
	cr_expect_not_null(strstr(buf_text(&out),
			       "arn:aws-us-gov:acm-pca:::template/"
			       "EndEntityCertificate/V1"),
	    "%s", buf_text(&out));
	buf_free(&out);
	issued_clear(&issued);
}

Test(report_rows, json_tells_of_revocation)
{
	struct issued issued = bench_issued(&plain, 1);
	struct buf out = { 0 };

	issued.revoked_at = BENCH_T0 + BENCH_DAY;
	issued.reason = REASON_KEY_COMPROMISE;
	report_json_row(&out, &issued, BENCH_ARN, "1");
	cr_expect(strstr(buf_text(&out),
		      "\"revokedAt\":\"2026-01-16T12:00:00+0000\","
		      "\"revocationReason\":\"KEY_COMPROMISE\","
		      "\"templateArn\"") != NULL,
	    "%s", buf_text(&out));
	buf_free(&out);
	issued_clear(&issued);
}

/* RFC 2253: most specific first, unknown types as their OID and hex. */
static const struct {
	struct name_attr subject[3];
	size_t count;
	const char *json;
	const char *csv;
} subjects[] = {
	{ { { "2.5.4.3", "x", false } }, 1, "CN=x", "CN=x" },
	{ { { "2.5.4.6", "DE", true }, { "2.5.4.10", "A, B", false },
	      { "2.5.4.3", "x", false } },
	    3, "CN=x,O=A\\\\, B,C=DE", "\"CN=x,O=A\\, B,C=DE\"" },
	{ { { "1.3.6.1.4.1.37244.1.4", "FFF1", false } }, 1,
	    "1.3.6.1.4.1.37244.1.4=#0c0446464631",
	    "1.3.6.1.4.1.37244.1.4=#0c0446464631" },
	{ { { "2.5.4.3", "say \"a\"", false } }, 1, "CN=say \\\\\\\"a\\\\\\\"",
	    "\"CN=say \\\"\"a\\\"\"\"" },
	{ { { "2.5.4.3", "a\nb", false } }, 1, "CN=a\\\\x0Ab", "CN=a\\x0Ab" },
	{ { { "2.5.4.3", "M\xc3\xbcller", false } }, 1, "CN=M\\u00FCller",
	    "CN=M\xc3\xbcller" },
	{ { { "2.5.4.3", "=1+1", false } }, 1, "CN==1\\\\+1", "CN==1\\+1" },
};

Test(report_rows, subjects_are_exact_and_quoted)
{
	for (size_t i = 0; i < COUNT(subjects); i++) {
		struct issued issued =
		    bench_issued(subjects[i].subject, subjects[i].count);
		char *json =
		    mem_format("\"subject\":\"%s\",", subjects[i].json);
		char *csv = mem_format("%s,%s,2026-", SERIAL, subjects[i].csv);
		struct buf out = { 0 };

		report_json_row(&out, &issued, BENCH_ARN, "1");
		cr_expect(strstr(buf_text(&out), json) != NULL, "%s: %s", json,
		    buf_text(&out));
		buf_free(&out);
		report_csv_row(&out, &issued, BENCH_ARN, "1");
		cr_expect(strstr(buf_text(&out), csv) != NULL, "%s: %s", csv,
		    buf_text(&out));
		buf_free(&out);
		mem_free(csv);
		mem_free(json);
		issued_clear(&issued);
	}
}

Test(report_rows, csv_has_a_column_for_each_name)
{
	struct buf out = { 0 };

	report_csv_header(&out);
	cr_expect_str_eq(buf_text(&out),
	    "awsAccountId,requestedByServicePrincipal,certificateArn,serial,"
	    "subject,notBefore,notAfter,issuedAt,revokedAt,revocationReason,"
	    "templateArn\n");
	buf_free(&out);
}

Test(report_rows, csv_leaves_absent_values_empty)
{
	struct issued issued = bench_issued(&plain, 1);

	expect_csv(&issued,
	    "123456789012,," ARN "," SERIAL ",CN=x,2026-01-15T12:00:00+0000,"
	    "2026-01-25T12:00:00+0000,2026-01-15T12:00:01+0000,,," TEMPLATE
	    "\n");
	issued.revoked_at = BENCH_T0 + BENCH_DAY;
	issued.reason = REASON_UNSPECIFIED;
	buf_free(&issued.certificate);
	issued.template_name[0] = '\0';
	expect_csv(&issued,
	    "123456789012,," ARN "," SERIAL ",,2026-01-15T12:00:00+0000,"
	    "2026-01-25T12:00:00+0000,2026-01-15T12:00:01+0000,"
	    "2026-01-16T12:00:00+0000,UNSPECIFIED,\n");
	issued_clear(&issued);
}

Test(report_rows, what_looks_like_a_formula_is_quoted)
{
	static const char *const accounts[] = { "=1", "+1", "-1", "@x", "a;b",
		"a b" };
	struct issued issued = bench_issued(&plain, 1);

	for (size_t i = 0; i < COUNT(accounts); i++) {
		char *wanted = mem_format("\"%s\",,arn:", accounts[i]);
		struct buf out = { 0 };

		report_csv_row(&out, &issued, BENCH_ARN, accounts[i]);
		cr_expect(strncmp(buf_text(&out), wanted, strlen(wanted)) == 0,
		    "%s", buf_text(&out));
		buf_free(&out);
		mem_free(wanted);
	}
	issued_clear(&issued);
}
