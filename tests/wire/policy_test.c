/* policy_test.c - resource policies: what the API takes, what is refused. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define ARN                                                                    \
	"arn:aws:acm-pca:x:000000000000:certificate-authority/"                \
	"11111111-2222-3333-4444-555555555555"
#define READ                                                                   \
	"[\"acm-pca:DescribeCertificateAuthority\",\"acm-pca:"                 \
	"GetCertificate\","                                                    \
	"\"acm-pca:GetCertificateAuthorityCertificate\","                      \
	"\"acm-pca:ListPermissions\",\"acm-pca:ListTags\"]"
#define ISSUE "[\"acm-pca:IssueCertificate\"]"
#define AWS "{\"AWS\":\"123456789012\"}"
#define TEMPLATE(name)                                                         \
	"\"acm-pca:TemplateArn\":\"arn:aws:acm-pca:::template/" name "/V1\""
#define EQUALS(tests) ",\"Condition\":{\"StringEquals\":{" tests "}}"
#define ORG "\"aws:PrincipalOrgID\":\"o-a1b2c3d4e5\""
#define STATEMENT(principal, action, rest)                                     \
	"{\"Sid\":\"1\",\"Effect\":\"Allow\",\"Principal\":" principal         \
	",\"Action\":" action ",\"Resource\":\"" ARN "\"" rest "}"
#define STATEMENT_A STATEMENT(AWS, READ, "")
#define STATEMENT_B                                                            \
	STATEMENT(AWS, ISSUE, EQUALS(TEMPLATE("EndEntityCertificate")))
#define POLICY(statements)                                                     \
	"{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define WITH_A(statement) POLICY(STATEMENT_A "," statement)
#define WITH_B(statement) POLICY(statement "," STATEMENT_B)

static const char *const good[] = {
	POLICY(STATEMENT_A "," STATEMENT_B),
	POLICY(STATEMENT_B "," STATEMENT_A),
	"{\"Id\":\"x\",\"Statement\":[" STATEMENT_A "," STATEMENT_B "]}",
	" \t\r\n" POLICY(STATEMENT_A "," STATEMENT_B) "\n",
	/* The issuing action alone need not be in a list. */
	WITH_A(STATEMENT(AWS, "\"acm-pca:IssueCertificate\"",
	    EQUALS(TEMPLATE("SubordinateCACertificate_PathLen0")))),
	/* Several accounts, templates, and statements of a kind. */
	WITH_B(STATEMENT("{\"AWS\":[\"123456789012\","
			 "\"arn:aws:iam::210987654321:root\"]}",
	    READ, "")),
	WITH_A(STATEMENT(AWS, ISSUE,
	    EQUALS("\"acm-pca:TemplateArn\":["
		   "\"arn:aws:acm-pca:::template/"
		   "EndEntityClientAuthCertificate/V1\","
		   "\"arn:aws:acm-pca:::template/"
		   "EndEntityServerAuthCertificate/V1\"]"))),
	WITH_A(STATEMENT_B "," STATEMENT_A "," STATEMENT_B),
	/* An organisation. */
	POLICY(STATEMENT("\"*\"", READ, EQUALS(ORG)) "," STATEMENT("\"*\"",
	    ISSUE,
	    ",\"Condition\":{\"StringEquals\":{" ORG "," TEMPLATE(
		"BlankEndEntityCertificate_APIPassthrough") "},"
							    "\"StringNotEquals"
							    "\":{\"aws:Principa"
							    "lAccount\":"
							    "\"123456789012\"}"
							    "}")),
	WITH_B(STATEMENT("{\"AWS\":\"*\"}", READ, EQUALS(ORG))),
	WITH_A(STATEMENT(AWS, ISSUE,
	    EQUALS(TEMPLATE("BlankEndEntityCertificate_APICSRPassthrough")))),
};

Test(policy, takes_the_two_statements_of_the_api)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct fault f = { 0 };

		cr_expect(policy_check(bytes_of(good[i]), ARN, &f), "%zu: %s",
		    i, f.found);
	}
}

static const struct {
	const char *json;
	const char *found;
} bad[] = {
	{ "{", "no JSON" },
	{ "{\"Version\":\"a\",\"Version\":\"b\"}", "no JSON" },
	{ "\"x\"", "no JSON" },
	{ "[]", "no object in the policy" },
	{ "{}", "no Statement in the policy" },
	{ "{\"Statement\":[]}", "Statement in the policy" },
	{ "{\"Statement\":\"x\"}", "Statement in the policy" },
	{ "{\"Version\":\"2020-01-01\",\"Statement\":[" STATEMENT_A
	  "," STATEMENT_B "]}",
	    "Version in the policy" },
	{ "{\"Version\":null,\"Statement\":[" STATEMENT_A "," STATEMENT_B "]}",
	    "Version in the policy" },
	{ "{\"Id\":1,\"Statement\":[" STATEMENT_A "," STATEMENT_B "]}",
	    "Id in the policy" },
	{ "{\"Other\":1,\"Statement\":[" STATEMENT_A "," STATEMENT_B "]}",
	    "Other in the policy" },
	{ POLICY(STATEMENT_A), "no statement that lets the CA issue" },
	{ POLICY(STATEMENT_B), "no statement that lets the CA be read" },
	{ "{\"Statement\":" STATEMENT_B "}",
	    "no statement that lets the CA be read" },
	{ WITH_A("\"x\""), "no object but \"x\" in statement 2" },
	{ WITH_A("{}"), "no Effect in statement 2 of the policy" },
	{ WITH_A("{\"Effect\":\"Deny\"}"), "Effect \"Deny\" in statement 2" },
	{ WITH_A("{\"Effect\":[\"Allow\"]}"),
	    "Effect [\"Allow\"] in statement 2" },
	{ WITH_A("{\"Effect\":\"Allow\"}"), "no Principal in statement 2" },
	{ WITH_A("{\"Sid\":1}"), "Sid 1 in statement 2" },
	{ WITH_A("{\"NotAction\":\"x\"}"), "NotAction \"x\" in statement 2" },
	{ WITH_B(STATEMENT("{}", READ, "")), "Principal {} in statement 1" },
	{ WITH_B(STATEMENT("\"123456789012\"", READ, "")), "Principal \"1234" },
	{ WITH_B(STATEMENT("[\"*\"]", READ, "")), "Principal [\"*\"]" },
	{ WITH_B(STATEMENT("{\"AWS\":[]}", READ, "")), "Principal {\"AWS\":[" },
	{ WITH_B(STATEMENT("{\"AWS\":\"12345678901\"}", READ, "")),
	    "Principal {" },
	{ WITH_B(STATEMENT("{\"AWS\":[\"123456789012\",1]}", READ, "")),
	    "Principal {" },
	{ WITH_B(STATEMENT("{\"AWS\":\"arn:aws:iam::123456789012:user/x\"}",
	      READ, "")),
	    "Principal {" },
	{ WITH_B(STATEMENT("{\"Service\":\"acm.amazonaws.com\"}", READ, "")),
	    "Principal {\"Service\"" },
	{ WITH_B(STATEMENT("{\"AWS\":\"123456789012\",\"Service\":\"x\"}", READ,
	      "")),
	    "Principal {" },
	{ WITH_B(STATEMENT("\"*\"", READ, "")), "Principal \"*\" in" },
	{ WITH_B(STATEMENT("{\"AWS\":\"*\"}", READ, "")),
	    "Principal {\"AWS\":\"*\"} in" },
	{ WITH_B(STATEMENT(AWS, "[]", "")), "Action [] in statement 1" },
	{ WITH_B(STATEMENT(AWS, "\"acm-pca:*\"", "")), "Action \"acm-pca:*\"" },
	{ WITH_B(STATEMENT(AWS, "[\"acm-pca:RevokeCertificate\"]", "")),
	    "Action [\"acm-pca:RevokeCertificate\"]" },
	{ WITH_B(STATEMENT(AWS, "[\"acm-pca:ListTags\"]", "")),
	    "Action [\"acm-pca:ListTags\"] in statement 1" },
	{ WITH_A(STATEMENT(AWS,
	      "[\"acm-pca:IssueCertificate\",\"acm-pca:ListTags\"]",
	      EQUALS(TEMPLATE("EndEntityCertificate")))),
	    "Action [\"acm-pca:IssueCertificate\"," },
	{ WITH_A("{\"Effect\":\"Allow\",\"Principal\":" AWS ",\"Action\":" ISSUE
		 ",\"Resource\":\"" ARN "/x\"}"),
	    "Resource \"arn:aws" },
	{ WITH_A("{\"Effect\":\"Allow\",\"Principal\":" AWS ",\"Action\":" ISSUE
		 ",\"Resource\":\"*\"}"),
	    "Resource \"*\" in statement 2" },
	{ WITH_A("{\"Effect\":\"Allow\",\"Principal\":" AWS ",\"Action\":" ISSUE
		 "}"),
	    "no Resource in statement 2" },
	{ WITH_A(STATEMENT(AWS, ISSUE, "")), "no Condition in statement 2" },
	{ WITH_A(STATEMENT(AWS, ISSUE, EQUALS(ORG))),
	    "Condition {\"StringEquals\"" },
	{ WITH_A(STATEMENT(AWS, ISSUE, ",\"Condition\":{}")),
	    "Condition {} in statement 2" },
	{ WITH_A(STATEMENT(AWS, ISSUE, ",\"Condition\":\"x\"")),
	    "Condition \"x\"" },
	{ WITH_A(STATEMENT(AWS, ISSUE, EQUALS(""))), "Condition {} in" },
	{ WITH_A(STATEMENT(AWS, ISSUE, EQUALS("\"aws:SourceIp\":\"::1\""))),
	    "Condition {\"aws:SourceIp\"" },
	{ WITH_A(STATEMENT(AWS, ISSUE,
	      ",\"Condition\":{\"StringLike\":{" TEMPLATE("*") "}}")),
	    "Condition {\"acm-pca:TemplateArn\"" },
	{ WITH_A(STATEMENT(AWS, ISSUE, EQUALS(TEMPLATE("RootCACertificate")))),
	    "acm-pca:TemplateArn \"arn:aws:acm-pca:::template/RootCACert" },
	{ WITH_A(STATEMENT(AWS, ISSUE,
	      EQUALS(TEMPLATE("CodeSigningCertificate"
			      "")))),
	    "acm-pca:TemplateArn " },
	{ WITH_A(STATEMENT(AWS, ISSUE, EQUALS("\"acm-pca:TemplateArn\":[]"))),
	    "acm-pca:TemplateArn []" },
	{ WITH_B(STATEMENT(AWS, READ,
	      EQUALS(TEMPLATE("EndEntityCertificate")))),
	    "acm-pca:TemplateArn " },
	{ WITH_B(STATEMENT("\"*\"", READ,
	      EQUALS("\"aws:PrincipalOrgID\":\"*\""))),
	    "aws:PrincipalOrgID \"*\"" },
	{ WITH_B(STATEMENT("\"*\"", READ,
	      EQUALS("\"aws:PrincipalOrgID\":\"o-A1b2c3d4e5\""))),
	    "aws:PrincipalOrgID \"o-A" },
	{ WITH_B(STATEMENT("\"*\"", READ,
	      ",\"Condition\":{\"StringNotEquals\":{"
	      "\"aws:PrincipalAccount\":\"123456789012\"}}")),
	    "Principal \"*\"" },
	{ WITH_B(STATEMENT(AWS, READ,
	      ",\"Condition\":{\"StringNotEquals\":{"
	      "\"aws:PrincipalAccount\":\"x\"}}")),
	    "aws:PrincipalAccount \"x\"" },
};

/* The same in another partition; the caller's. */
static struct buf
in_china(const char *text)
{
	static const char arn[] = "arn:aws";
	struct buf out = { 0 };
	const char *at;

	while ((at = strstr(text, arn)) != NULL) {
		at += sizeof(arn) - 1;
		buf_append(&out,
		    (struct bytes){
			(const unsigned char *)text, (size_t)(at - text) });
		buf_text_append(&out, "-cn");
		text = at;
	}
	buf_text_append(&out, text);
	return out;
}

Test(policy, its_arns_are_of_the_partition_of_the_ca)
{
	struct buf ca = in_china(ARN);

	for (size_t i = 0; i < COUNT(good); i++) {
		struct buf policy = in_china(good[i]);
		struct fault f = { 0 };

		cr_expect(policy_check(buf_bytes(&policy), buf_text(&ca), &f),
		    "%zu: %s", i, f.found);
		cr_expect_not(policy_check(buf_bytes(&policy), ARN, &f), "%zu",
		    i);
		buf_free(&policy);
	}
	buf_free(&ca);
}

Test(policy, the_templates_and_accounts_of_another_partition_are_none)
{
	static const char *const odd[] = {
		WITH_A(STATEMENT(AWS, ISSUE,
		    EQUALS("\"acm-pca:TemplateArn\":\"arn:aws-cn:acm-pca:::"
			   "template/EndEntityCertificate/V1\""))),
		WITH_B(STATEMENT("{\"AWS\":\"arn:aws-cn:iam::210987654321:"
				 "root\"}",
		    READ, "")),
	};

	for (size_t i = 0; i < COUNT(odd); i++) {
		struct fault f = { 0 };

		cr_expect_not(policy_check(bytes_of(odd[i]), ARN, &f));
		cr_expect_eq(f.kind, FAULT_INVALID_POLICY);
	}
}

Test(policy, refuses_any_other_shape_and_names_the_element)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fault f = { 0 };

		cr_expect_not(policy_check(bytes_of(bad[i].json), ARN, &f),
		    "%s", bad[i].json);
		cr_expect_eq(f.kind, FAULT_INVALID_POLICY, "%s: %s",
		    bad[i].json, fault_name(f.kind));
		cr_expect(strstr(f.found, bad[i].found) != NULL, "%s: %s",
		    bad[i].found, f.found);
		cr_expect(f.want != NULL && f.todo != NULL);
	}
}

Test(policy, the_resource_is_this_ca_and_no_other)
{
	struct fault f = { 0 };

	cr_expect_not(policy_check(bytes_of(good[0]), ARN "0", &f));
	cr_expect_eq(f.kind, FAULT_INVALID_POLICY);
	cr_expect(strncmp(f.found, "Resource ", 9) == 0, "%s", f.found);
}

/* The constraint of the API comes first: U+0020 to U+00FF and line ends. */
static const struct {
	const char *json;
	const char *found;
} breaches[] = {
	{ "",
	    "Value '' at 'policy' failed to satisfy constraint: Member must "
	    "have length greater than or equal to 1" },
	{ "{\"Id\":\"\xc4\x80\"}",
	    "pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" },
	{ "\x1b{}", "pattern: [" },
};

/* The policy as it is in another partition, where the CA is, too. */
static char *
moved(const char *policy)
{
	struct buf out = { 0 };
	char *text;

	for (const char *at = policy; *at != '\0';)
		if (strncmp(at, "arn:aws:", 8) == 0) {
			buf_text_append(&out, "arn:aws-cn:");
			at += 8;
		} else {
			buf_printf(&out, "%c", *at++);
		}
	text = mem_text(buf_text(&out));
	buf_free(&out);
	return text;
}

Test(policy, templates_and_accounts_are_of_the_partition_of_the_ca)
{
	char *arn = moved(ARN);

	for (size_t i = 0; i < COUNT(good); i++) {
		char *policy = moved(good[i]);
		struct fault f = { 0 };

		cr_expect(policy_check(bytes_of(policy), arn, &f), "%zu: %s", i,
		    f.found);
		cr_expect_not(policy_check(bytes_of(policy), ARN, &f));
		cr_expect_eq(f.kind, FAULT_INVALID_POLICY);
		mem_free(policy);
	}
	mem_free(arn);
}

Test(policy, a_template_of_another_partition_is_refused)
{
	static const char policy[] = WITH_B(STATEMENT(AWS, ISSUE,
	    EQUALS("\"acm-pca:TemplateArn\":\"arn:aws-cn:acm-pca:::template/"
		   "EndEntityCertificate/V1\"")));
	struct fault f = { 0 };

	cr_expect_not(policy_check(bytes_of(policy), ARN, &f));
	cr_expect_not_null(strstr(f.found, "arn:aws-cn:acm-pca"), "%s",
	    f.found);
}

Test(policy, holds_the_text_against_the_constraints_of_the_api)
{
	for (size_t i = 0; i < COUNT(breaches); i++) {
		struct fault f = { 0 };

		cr_expect_not(policy_check(bytes_of(breaches[i].json), ARN,
		    &f));
		cr_expect_eq(f.kind, FAULT_VALIDATION, "%zu: %s", i, f.found);
		cr_expect(strstr(f.found, breaches[i].found) != NULL, "%s",
		    f.found);
	}
}

Test(policy, has_81920_characters_at_most)
{
	struct buf json = { 0 };
	struct fault f = { 0 };

	buf_text_append(&json, good[0]);
	while (json.len < 81920)
		buf_text_append(&json, " ");
	cr_expect(policy_check(buf_bytes(&json), ARN, &f), "%s", f.found);
	buf_text_append(&json, " ");
	cr_expect_not(policy_check(buf_bytes(&json), ARN, &f));
	cr_expect_eq(f.kind, FAULT_VALIDATION, "%s", f.found);
	buf_free(&json);
}

Test(policy, a_nul_byte_ends_no_policy)
{
	struct buf json = { 0 };
	struct fault f = { 0 };

	buf_text_append(&json, good[0]);
	buf_append(&json, (struct bytes){ (const unsigned char *)"\0x", 2 });
	cr_expect_not(policy_check(buf_bytes(&json), ARN, &f));
	cr_expect_eq(f.kind, FAULT_INVALID_POLICY, "%s", f.found);
	buf_free(&json);
}
