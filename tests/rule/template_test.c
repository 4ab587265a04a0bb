/* template_test.c - the table of templates, and what takes precedence. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/rule_template.h"
#include "template_rows.h"

/* What the row of a template says, in the words of its documentation. */
static void
row_of(const struct template *t, struct buf *out)
{
	static const char *const akis[] = { "none", "issuer-ski", "api" };
	static const char *const crls[] = { "none", "ca-config",
		"ca-config-or-csr", "ca-config-or-api",
		"ca-config-or-api-or-csr" };
	static const char *const subjects[] = { "csr", "api-else-csr" };
	static const char *const others[] = { "none", "csr", "api",
		"api-then-csr" };

	buf_printf(out, "%s %d %sCA:%s", t->name, t->root,
	    t->basic_critical ? "!" : "", t->ca ? "TRUE" : "FALSE");
	if (t->path_len >= 0)
		buf_printf(out, ", pathlen:%d", t->path_len);
	buf_printf(out, " %s %s %s %s", akis[t->aki], crls[t->crl],
	    subjects[t->subject], others[t->others]);
}

Test(template, each_is_as_documented)
{
	cr_assert_eq(TEMPLATES, COUNT(template_rows));
	for (size_t i = 0; i < TEMPLATES; i++) {
		const struct template_row *row = &template_rows[i];
		const struct template *t = &templates[i];
		struct buf got = { 0 }, want = { 0 };

		row_of(t, &got);
		buf_printf(&want, "%s %d %s %s %s %s %s", row->name, row->root,
		    row->basic, row->aki, row->crl, row->subject, row->others);
		cr_expect_str_eq(buf_text(&got), buf_text(&want));
		cr_expect_eq(t->key_usage == 0, row->key_usage[0] == '\0');
		cr_expect_eq(t->ext_key_usage[0] == NULL,
		    row->ext_key_usage[0] == '\0');
		cr_expect_eq(t->ext_key_usage_critical,
		    row->ext_key_usage[0] == '!');
		buf_free(&got);
		buf_free(&want);
	}
}

Test(template, each_is_found_by_name_and_by_arn)
{
	static const char *const forms[] = { "%s", "%s/V1",
		"arn:aws:acm-pca:::template/%s/V1",
		"arn:aws-us-gov:acm-pca:::template/%s/V1" };
	const struct template *found;
	struct fault f = { 0 };
	char text[256];

	for (size_t i = 0; i < TEMPLATES; i++)
		for (size_t j = 0; j < COUNT(forms); j++) {
			struct buf form = { 0 };
			const char *hole = strstr(forms[j], "%s");

			buf_append(&form,
			    (struct bytes){ (const unsigned char *)forms[j],
				(size_t)(hole - forms[j]) });
			buf_text_append(&form, templates[i].name);
			buf_text_append(&form, hole + 2);
			(void)snprintf(text, sizeof(text), "%s",
			    buf_text(&form));
			buf_free(&form);
			cr_assert(template_find(text, &found, &f), "%s", text);
			cr_expect_eq(found, &templates[i]);
		}
	cr_assert(template_find(TEMPLATE_DEFAULT, &found, &f));
	cr_expect_str_eq(found->name, "EndEntityCertificate");
}

Test(template, what_is_none_is_refused)
{
	static const struct {
		const char *which;
		enum fault_kind kind;
	} cases[] = {
		{ "", FAULT_INVALID_ARGS },
		{ "endentitycertificate", FAULT_INVALID_ARGS },
		{ "EndEntityCertificat", FAULT_INVALID_ARGS },
		{ "EndEntityCertificate/V2", FAULT_INVALID_ARGS },
		{ "EndEntityCertificate/V1/V1", FAULT_INVALID_ARGS },
		{ "EndEntityCertificate_", FAULT_INVALID_ARGS },
		{ "SubordinateCACertificate_PathLen4", FAULT_INVALID_ARGS },
		{ "arn:", FAULT_INVALID_ARN },
		{ "arn:aws", FAULT_INVALID_ARN },
		{ "arn::acm-pca:::template/EndEntityCertificate/V1",
		    FAULT_INVALID_ARN },
		{ "arn:aws:acm-pca:::template/EndEntityCertificate",
		    FAULT_INVALID_ARN },
		{ "arn:aws:acm-pca:us-east-1::template/EndEntityCertificate/V1",
		    FAULT_INVALID_ARN },
		{ "arn:aws:s3:::template/EndEntityCertificate/V1",
		    FAULT_INVALID_ARN },
		{ "arn:aws:acm-pca:::template/None/V1", FAULT_INVALID_ARGS },
		{ "arn:aws:acm-pca:::template/EndEntityCertificate/V1x",
		    FAULT_INVALID_ARGS },
	};
	const struct template *found;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };

		cr_expect_not(template_find(cases[i].which, &found, &f), "%s",
		    cases[i].which);
		cr_expect_eq(f.kind, cases[i].kind, "%s: %s", cases[i].which,
		    f.found);
	}
}

/* Sources with one extension each, without keys. */
struct bench {
	struct ext_wishes api, csr, out;
	struct template_sources from;
};

/* The smallest SubjectPublicKeyInfo there is: 00 as a key. */
static const unsigned char spki[] = { 0x30, 0x0a, 0x30, 0x03, 0x06, 0x01, 0x2a,
	0x03, 0x03, 0x00, 0x01, 0x02 };

static void
bench_new(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->from.api = &b->api;
	b->from.csr = &b->csr;
	b->from.spki = (struct bytes){ spki, sizeof(spki) };
	b->from.issuer_key_id = bytes_of("key id");
}

/* What a buf holds; the caller's, mem_free(). */
static char *
taken(struct buf *buf)
{
	char *text = mem_text(buf_text(buf));

	buf_free(buf);
	return text;
}

/* "2.5.29.19! 2.5.29.14 ..." of what the template makes. */
static char *
bench_make(struct bench *b, const char *name)
{
	const struct template *t = NULL;
	struct buf text = { 0 };
	struct fault f = { 0 };

	cr_assert(template_find(name, &t, &f), "%s", name);
	template_extensions(t, &b->from, &b->out);
	for (size_t i = 0; i < b->out.count; i++)
		buf_printf(&text, "%s%s%s", i > 0 ? " " : "",
		    b->out.list[i].oid, b->out.list[i].critical ? "!" : "");
	return taken(&text);
}

static void
bench_free(struct bench *b)
{
	ext_wishes_clear(&b->api);
	ext_wishes_clear(&b->csr);
	ext_wishes_clear(&b->out);
}

static void
expect_exts(struct bench *b, const char *name, const char *want)
{
	char *got = bench_make(b, name);

	cr_expect_str_eq(got, want, "%s: %s", name, got);
	mem_free(got);
	bench_free(b);
}

Test(template, extensions_come_in_one_order)
{
	struct bench b;

	bench_new(&b);
	ext_wishes_add(&b.csr, "1.2.3", true, bytes_of("odd"));
	ext_wishes_add(&b.csr, "2.5.29.17", false, bytes_of("names"));
	b.from.crl_uri = "http://crl.test/";
	b.from.ocsp_uri = "http://ocsp.test/";
	expect_exts(&b, "EndEntityCertificate_CSRPassthrough",
	    "2.5.29.19 2.5.29.35 2.5.29.14 2.5.29.15! 2.5.29.37 2.5.29.31 "
	    "1.3.6.1.5.5.7.1.1 2.5.29.17 1.2.3!");
	bench_new(&b);
	expect_exts(&b, "RootCACertificate", "2.5.29.19! 2.5.29.14 2.5.29.15!");
}

Test(template, an_empty_subject_makes_the_names_critical)
{
	struct bench b;

	for (int empty = 0; empty < 2; empty++) {
		bench_new(&b);
		ext_wishes_add(&b.csr, "2.5.29.17", false, bytes_of("names"));
		b.from.subject_empty = empty == 1;
		expect_exts(&b, "BlankEndEntityCertificate_CSRPassthrough",
		    empty == 1 ? "2.5.29.19 2.5.29.35 2.5.29.14 2.5.29.17!"
			       : "2.5.29.19 2.5.29.35 2.5.29.14 2.5.29.17");
	}
}

/* RFC 5280, 4.2.1.1 */
Test(template, an_identifier_of_the_api_is_not_critical)
{
	struct bench b;

	bench_new(&b);
	ext_wishes_add(&b.api, "2.5.29.35", true, bytes_of("A"));
	expect_exts(&b, "RootCACertificate_APIPassthrough",
	    "2.5.29.19! 2.5.29.35 2.5.29.14 2.5.29.15!");
}

/* Each source has its own value; which one is in the certificate? */
static char
winner(const char *name, bool api, bool csr, const char *oid)
{
	const struct ext_wish *found;
	struct bench b;
	char who = '-';

	bench_new(&b);
	if (api)
		ext_wishes_add(&b.api, oid, false, bytes_of("A"));
	if (csr)
		ext_wishes_add(&b.csr, oid, false, bytes_of("C"));
	mem_free(bench_make(&b, name));
	found = ext_wishes_find(&b.out, oid);
	if (found != NULL)
		who = bytes_equal(buf_bytes(&found->value), bytes_of("A")) ? 'A'
		    : bytes_equal(buf_bytes(&found->value), bytes_of("C"))
		    ? 'C'
		    : 'T';
	bench_free(&b);
	return who;
}

Test(template, the_template_beats_the_api_beats_the_csr)
{
	/* clang-format off */
	static const struct {
		const char *name;
		const char *oid;
		const char *who; /* with both, with the API, with the CSR */
	} cases[] = {
		{ "EndEntityCertificate", "1.2.3", "---" },
		{ "EndEntityCertificate_CSRPassthrough", "1.2.3", "C-C" },
		{ "EndEntityCertificate_APIPassthrough", "1.2.3", "AA-" },
		{ "EndEntityCertificate_APICSRPassthrough", "1.2.3", "AAC" },
		{ "EndEntityCertificate_APICSRPassthrough", "2.5.29.15", "TTT" },
		{ "EndEntityCertificate_APICSRPassthrough", "2.5.29.37", "TTT" },
		{ "EndEntityCertificate_APICSRPassthrough", "2.5.29.19", "TTT" },
		{ "BlankEndEntityCertificate_APICSRPassthrough", "2.5.29.15", "AAC" },
		{ "BlankEndEntityCertificate_APICSRPassthrough", "2.5.29.37", "AAC" },
		{ "BlankEndEntityCertificate_APICSRPassthrough", "2.5.29.19", "TTT" },
		{ "BlankEndEntityCertificate_APICSRPassthrough", "2.5.29.14", "TTT" },
		{ "BlankEndEntityCertificate_APICSRPassthrough", "2.5.29.35", "TTT" },
		{ "BlankEndEntityCertificate_APICSRPassthrough", "2.5.29.31", "C-C" },
		{ "BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough", "2.5.29.31", "AAC" },
		{ "BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough", "2.5.29.31", "AA-" },
		{ "EndEntityCertificate", "2.5.29.17", "C-C" },
		{ "EndEntityCertificate_CSRPassthrough", "2.5.29.17", "C-C" },
		{ "EndEntityCertificate_APIPassthrough", "2.5.29.17", "AAC" },
		{ "RootCACertificate_APIPassthrough", "2.5.29.35", "AA-" },
		{ "BlankRootCACertificate_APIPassthrough", "2.5.29.35", "---" },
		{ "RootCACertificate_APIPassthrough", "2.5.29.31", "---" },
		{ "SubordinateCACertificate_PathLen0_CSRPassthrough", "2.5.29.30", "C-C" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT(cases); i++) {
		char who[4] = { winner(cases[i].name, true, true, cases[i].oid),
			winner(cases[i].name, true, false, cases[i].oid),
			winner(cases[i].name, false, true, cases[i].oid), 0 };

		cr_expect_str_eq(who, cases[i].who, "%s %s: %s", cases[i].name,
		    cases[i].oid, who);
	}
}
