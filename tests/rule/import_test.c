/* import_test.c - a good import passes; each spoiled fact breaks its rule. */
#include <criterion/criterion.h>

#include "import_bench.h"

/* clang-format off */
static void send_nothing(struct bench *b) { b->in.certificate_len = 0; }
static void send_too_much(struct bench *b) { b->in.certificate_len = IMPORT_CERTIFICATE_MAX + 1; }
static void send_too_long_a_chain(struct bench *b) { b->in.chain_len = IMPORT_CHAIN_MAX + 1; }
static void name_no_arn(struct bench *b) { b->in.finder = FINDER_BAD_ARN; }
static void name_a_strangers(struct bench *b) { b->in.finder = FINDER_OTHER_ACCOUNT; }
static void name_none(struct bench *b) { b->in.finder = FINDER_NO_SUCH_CA; }
static void send_it_twice(struct bench *b) { b->in.rival = RIVAL_SAME_IMPORT; }
static void change_it_meanwhile(struct bench *b) { b->in.rival = RIVAL_OTHER_CHANGE; }
static void delete_the_ca(struct bench *b) { b->in.status = CA_DELETED; }

static void send_der(struct bench *b)
{
	b->certificate_pem.count = b->certificate_pem.certificates = 0;
	b->certificate_pem.looks_like = "DER";
	b->at[0].cert = NULL;
}
static void send_two(struct bench *b)
{
	b->certificate_pem.count = b->certificate_pem.certificates = 2;
	b->at[0].cert = NULL;
}
static void send_a_crl_along(struct bench *b)
{
	b->chain_pem.count = 3;
	(void)strcpy(b->block[3].label, "X509 CRL");
}
static void cut_the_chain(struct bench *b)
{
	(void)strcpy(b->block[2].flaw, "END missing");
	b->at[2].cert = NULL;
}
static void break_the_der(struct bench *b)
{
	b->at[0].cert = NULL;
	b->at[0].flaw = "2 bytes after the certificate";
}
static void pull_the_token(struct bench *b)
{
	b->in.token.proven = false;
	b->in.token.why = "no token in sight";
}
static void use_another_key(struct bench *b) { b->cert[0].spki = bytes_of("?"); }
static void rename_it(struct bench *b) { b->cert[0].subject = b->other; }
static void let_another_sign_the_root(struct bench *b)
{
	b->cert[0].issuer = b->other;
	b->cert[0].self_issued = false;
	b->at[0].by_itself = SIGNED_NO;
}
static void give_the_root_a_chain(struct bench *b)
{
	b->chain_pem.blank = false;
	b->chain_pem.count = 1;
	b->in.count = 1;
}
static void give_the_root_words(struct bench *b)
{
	b->chain_pem.blank = false;
	b->in.chain_len = 10;
}
static void let_it_sign_itself(struct bench *b)
{
	b->at[0].by_itself = SIGNED_YES;
	b->cert[0].issuer = b->ca;
	b->cert[0].self_issued = true;
}
static void leave_the_chain_out(struct bench *b)
{
	b->in.count = 1;
	b->chain_pem.count = b->chain_pem.certificates = 0;
	b->chain_pem.blank = true;
}
static void add_ext(struct bench *b, size_t at, const struct ext_kind *kind, const char *name)
{
	struct ext *ext = &b->ext[at][b->cert[at].ext_count++];

	ext->kind = kind;
	(void)strcpy(ext->name, name);
	ext->critical = true;
}
static void make_access_critical(struct bench *b) { add_ext(b, 1, &bench_access, "authorityInfoAccess"); }
static void make_unknown_critical(struct bench *b) { add_ext(b, 2, NULL, "1.2.3.4"); }
static void garble_access(struct bench *b) { b->ext[0][1].kind = &bench_access; b->ext[0][1].critical = false; b->ext[0][1].undecodable = true; }
static void garble_key_usage(struct bench *b) { b->ext[0][1].undecodable = true; }
static void drop_basic(struct bench *b)
{
	b->ext[1][0] = b->ext[1][1];
	b->cert[1].ext_count = 1;
	b->cert[1].has_basic = false;
}
static void make_basic_uncritical(struct bench *b) { b->ext[0][0].critical = false; }
static void make_it_a_leaf(struct bench *b) { b->cert[0].is_ca = false; }
static void forbid_signing(struct bench *b) { b->cert[1].key_usage = KEY_USAGE_CRL_SIGN; }
static void make_path_negative(struct bench *b) { b->cert[0].has_path_len = b->cert[0].path_len_negative = true; }
static void let_the_root_expire(struct bench *b) { b->cert[2].not_after = BENCH_NOW - 1; }
static void make_the_issuer_early(struct bench *b) { b->cert[1].not_before = BENCH_NOW + 1; }
static void weaken_the_key(struct bench *b) { b->cert[1].key.kind = PUBKEY_RSA; b->cert[1].key.bits = 1024; (void)strcpy(b->cert[1].key.text, "RSA-1024"); }
static void make_the_modulus_huge(struct bench *b) { b->cert[2].key.kind = PUBKEY_RSA; b->cert[2].key.bits = 16385; }
static void put_it_into_the_chain(struct bench *b) { buf_set(&b->cert[1].der, bytes_of("ca")); }
static void repeat_the_root(struct bench *b)
{
	b->at[3] = b->at[2];
	b->in.count = 4;
}
static void forget_the_issuer(struct bench *b) { b->cert[0].issuer = b->other; b->at[0].by_next = SIGNED_NO; }
static void let_a_namesake_sign(struct bench *b) { b->at[0].by_next = SIGNED_NO; }
static void leave_a_gap(struct bench *b) { b->at[1].by_next = SIGNED_NO; }
static void leave_the_root_out(struct bench *b) { b->in.count = 2; b->chain_pem.count = b->chain_pem.certificates = 1; }
static void put_a_root_in_between(struct bench *b)
{
	b->at[1].by_itself = SIGNED_YES;
	b->cert[1].self_issued = true;
}
static void leave_no_room(struct bench *b) { b->cert[2].has_path_len = true; b->cert[2].path_len = 1; }
static void outlive_the_issuer(struct bench *b)
{
	b->cert[0].not_after = BENCH_NOW + 5000;
	b->in.require_nested_validity = true;
}

enum about { SUB, ROOT };

/*
 * C03 needs signatures to find another order, X02 real name constraints: the
 * corpus and the stories have them.  AKI never refuses.
 */
static const struct {
	const char *id;
	enum about about;
	void (*spoil)(struct bench *b);
	const char *where;
	const char *found;
} cases[] = {
	{ "I08", SUB, send_nothing, "Certificate", "empty" },
	{ "I09", SUB, send_too_much, "Certificate", "more than 32768" },
	{ "I10", SUB, send_too_long_a_chain, "", "more than 2097152" },
	{ "R01", SUB, name_no_arn, "", "no such ARN" },
	{ "R02", SUB, name_a_strangers, "", "another account" },
	{ "R03", SUB, name_none, "", "names no CA" },
	{ "R04", SUB, send_it_twice, "", "the same import" },
	{ "R05", SUB, change_it_meanwhile, "", "another change" },
	{ "R06", SUB, delete_the_ca, "", "DELETED" },
	{ "P01", SUB, send_der, "Certificate", "looks like DER" },
	{ "P02", SUB, send_two, "Certificate", "2 CERTIFICATE blocks" },
	{ "P03", SUB, send_a_crl_along, "", "X509 CRL" },
	{ "P04", SUB, cut_the_chain, "", "END missing" },
	{ "P06", SUB, break_the_der, "Certificate", "2 bytes after" },
	{ "T01", SUB, pull_the_token, "", "no token in sight" },
	{ "K01", SUB, use_another_key, "Certificate", "another public key" },
	{ "K02", SUB, rename_it, "Certificate", "CN=Other" },
	{ "S01", ROOT, let_another_sign_the_root, "Certificate", "issued by \"CN=Other\"" },
	{ "S02", ROOT, give_the_root_a_chain, "", "for a root" },
	{ "S03", ROOT, give_the_root_words, "", "no block" },
	{ "S04", SUB, let_it_sign_itself, "Certificate", "self-signed" },
	{ "S05", SUB, leave_the_chain_out, "", "no CertificateChain" },
	{ "E01", SUB, make_access_critical, "CertificateChain[0]", "authorityInfoAccess" },
	{ "E02", SUB, make_unknown_critical, "CertificateChain[1]", "1.2.3.4" },
	{ "E03", SUB, garble_key_usage, "Certificate", "keyUsage" },
	{ "E04", SUB, drop_basic, "CertificateChain[0]", "no basicConstraints" },
	{ "E05", SUB, make_basic_uncritical, "Certificate", "not critical" },
	{ "E06", SUB, make_it_a_leaf, "Certificate", "without CA:TRUE" },
	{ "E07", SUB, forbid_signing, "CertificateChain[0]", "keyCertSign" },
	{ "E08", SUB, make_path_negative, "Certificate", "negative" },
	{ "E09", SUB, let_the_root_expire, "CertificateChain[1]", "2027-01-15T07:59:59Z" },
	{ "E10", SUB, make_the_issuer_early, "CertificateChain[0]", "not valid before" },
	{ "E11", SUB, weaken_the_key, "CertificateChain[0]", "RSA-1024" },
	{ "E12", SUB, make_the_modulus_huge, "CertificateChain[1]", "16385" },
	{ "C01", SUB, put_it_into_the_chain, "CertificateChain[0]", "itself" },
	{ "C02", SUB, repeat_the_root, "CertificateChain[2]", "same certificate" },
	{ "C04", SUB, forget_the_issuer, "Certificate", "CN=Other" },
	{ "C05", SUB, let_a_namesake_sign, "Certificate", "does not verify" },
	{ "C06", SUB, leave_a_gap, "CertificateChain[1]", "does not verify" },
	{ "C07", SUB, leave_the_root_out, "CertificateChain[0]", "not self-signed" },
	{ "C08", SUB, put_a_root_in_between, "CertificateChain[0]", "not last" },
	{ "X01", SUB, leave_no_room, "CertificateChain[1]", "pathLenConstraint 1 with 2" },
	{ "X03", SUB, outlive_the_issuer, "Certificate", "its issuer only until" },
};
/* clang-format on */

static const char *const without_a_case[] = { "C03", "AKI", "X02" };

static void
judge(struct bench *b, struct import_report *report)
{
	import_judge(&b->in, report);
}

static const struct import_finding *
finding(const struct import_report *report, const char *id)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->finding[i].rule->id, id) == 0)
			return &report->finding[i];
	return NULL;
}

Test(import, a_good_import_passes_every_rule)
{
	static struct import_report report;
	struct fault f = { 0 };
	struct bench b;

	bench_good(&b);
	judge(&b, &report);
	for (size_t i = 0; i < report.count; i++)
		cr_expect(report.finding[i].verdict == VERDICT_PASS ||
			report.finding[i].verdict == VERDICT_NA,
		    "%s: %s", report.finding[i].rule->id,
		    report.finding[i].found);
	cr_expect(import_answer(&report, &f));
	bench_free(&b);
	bench_good_root(&b);
	judge(&b, &report);
	cr_expect(import_answer(&report, &f), "%s", f.found);
	bench_free(&b);
}

Test(import, one_spoiled_fact_breaks_its_rule_first)
{
	static struct import_report report;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct import_finding *one;
		struct fault f = { 0 };
		struct bench b;

		if (cases[i].about == ROOT)
			bench_good_root(&b);
		else
			bench_good(&b);
		cases[i].spoil(&b);
		judge(&b, &report);
		cr_assert_not(import_answer(&report, &f), "%s", cases[i].id);
		cr_expect_str_eq(f.rule, cases[i].id, "%s instead of %s",
		    f.rule, cases[i].id);
		one = finding(&report, cases[i].id);
		cr_expect_str_eq(one->where, cases[i].where, "%s: %s",
		    cases[i].id, one->where);
		cr_expect_not_null(strstr(one->found, cases[i].found), "%s: %s",
		    cases[i].id, one->found);
		bench_free(&b);
	}
}

Test(import, every_rule_has_a_case)
{
	size_t at = 0;

	for (size_t i = 0; i < import_rules_count; i++) {
		bool excepted = false;

		for (size_t j = 0; j < COUNT(without_a_case); j++)
			excepted = excepted ||
			    strcmp(import_rules[i].id, without_a_case[j]) == 0;
		if (excepted)
			continue;
		cr_assert_lt(at, COUNT(cases));
		cr_expect_str_eq(import_rules[i].id, cases[at++].id);
	}
	cr_expect_eq(at, COUNT(cases));
}

Test(import, every_rule_says_what_it_wants_and_what_to_do)
{
	for (size_t i = 0; i < import_rules_count; i++) {
		const struct import_rule *rule = &import_rules[i];

		cr_expect_gt(strlen(rule->want), 10, "%s", rule->id);
		cr_expect_gt(strlen(rule->todo), 10, "%s", rule->id);
		cr_expect_neq(rule->kind, FAULT_NONE, "%s", rule->id);
	}
}

/* clang-format off */
static void drop_key_usage(struct bench *b) { b->cert[0].has_key_usage = false; }
static void drop_crl_sign(struct bench *b) { b->cert[0].key_usage = KEY_USAGE_CERT_SIGN; }
static void start_tomorrow(struct bench *b) { b->cert[0].not_before = BENCH_NOW + 86400; b->cert[0].not_after = BENCH_NOW + 90000; b->cert[1].not_after = b->cert[2].not_after = BENCH_NOW + 99999; }
static void sign_the_root_by_sha1(struct bench *b) { b->cert[2].digest = DIGEST_SHA1; (void)strcpy(b->cert[2].sig_text, "sha1"); }
static void zero_the_roots_serial(struct bench *b) { b->cert[2].serial_zero = true; }
static void mix_up_key_ids(struct bench *b) { b->cert[0].authority_key_id = bytes_of("a"); b->cert[1].subject_key_id = bytes_of("b"); }
static void just_outlive_the_issuer(struct bench *b) { b->cert[0].not_after = BENCH_NOW + 5000; }

static const struct {
	const char *id;
	void (*spoil)(struct bench *b);
} warnings[] = {
	{ "E07", drop_key_usage },
	{ "E07", drop_crl_sign },
	{ "E10", start_tomorrow },
	{ "E11", sign_the_root_by_sha1 },
	{ "P06", zero_the_roots_serial },
	{ "AKI", mix_up_key_ids },
	{ "X03", just_outlive_the_issuer },
};

static void zero_the_serial(struct bench *b) { b->cert[0].serial_zero = true; }
static void zero_the_issuers_serial(struct bench *b) { b->cert[1].serial_zero = true; }
static void empty_the_subject(struct bench *b) { b->cert[0].subject_empty = true; }
static void empty_the_issuers_subject(struct bench *b) { b->cert[1].subject_empty = true; }
static void sign_it_by_sha1(struct bench *b) { b->cert[0].digest = DIGEST_SHA1; }
static void sign_the_issuer_by_md5(struct bench *b) { b->cert[1].digest = DIGEST_MD5; }
static void take_ed448(struct bench *b) { b->cert[0].key.kind = PUBKEY_ED448; }
static void take_an_unknown_curve(struct bench *b) { b->cert[1].key.curve_known = false; }
static void take_a_small_curve(struct bench *b) { b->cert[2].key.bits = 224; }
static void take_dsa(struct bench *b) { b->cert[1].key.kind = PUBKEY_OTHER; }
static void take_exponent_one(struct bench *b) { b->cert[0].key.kind = PUBKEY_RSA; b->cert[0].key.bits = 2048; b->cert[0].key.exponent_bad = true; }
static void swap_the_key_in_the_token(struct bench *b) { b->in.token.spki = bytes_of("new key"); }
static void put_the_ca_renewed_into_the_chain(struct bench *b) { b->cert[1].spki = b->cert[0].spki; b->cert[1].subject = b->ca; }
static void put_a_sibling_first(struct bench *b)
{
	b->at[3] = b->at[2];
	b->at[2] = b->at[1];
	b->at[1].cert = &b->cert[3];
	b->in.count = 4;
}

/* Further ways to break a rule. */
static const struct {
	const char *id;
	void (*spoil)(struct bench *b);
} more[] = {
	{ "P06", zero_the_serial },
	{ "P06", zero_the_issuers_serial },
	{ "P06", empty_the_subject },
	{ "P06", empty_the_issuers_subject },
	{ "K01", swap_the_key_in_the_token },
	{ "E11", sign_it_by_sha1 },
	{ "E11", sign_the_issuer_by_md5 },
	{ "E11", take_ed448 },
	{ "E11", take_an_unknown_curve },
	{ "E11", take_a_small_curve },
	{ "E11", take_dsa },
	{ "E12", take_exponent_one },
	{ "C01", put_the_ca_renewed_into_the_chain },
	{ "C06", put_a_sibling_first },
};
/* clang-format on */

Test(import, what_only_warns_does_not_refuse)
{
	static struct import_report report;

	for (size_t i = 0; i < COUNT(warnings); i++) {
		struct fault f = { 0 };
		struct bench b;

		bench_good(&b);
		warnings[i].spoil(&b);
		judge(&b, &report);
		cr_expect(import_answer(&report, &f), "%s: %s", f.rule,
		    f.found);
		cr_expect_eq(finding(&report, warnings[i].id)->verdict,
		    VERDICT_WARN, "%s", warnings[i].id);
		bench_free(&b);
	}
}

Test(import, there_is_more_than_one_way_to_break_a_rule)
{
	static struct import_report report;

	for (size_t i = 0; i < COUNT(more); i++) {
		struct fault f = { 0 };
		struct bench b;

		bench_good(&b);
		more[i].spoil(&b);
		judge(&b, &report);
		cr_expect_eq(finding(&report, more[i].id)->verdict,
		    VERDICT_FAIL, "%s in case %zu", more[i].id, i);
		cr_expect_not(import_answer(&report, &f));
		bench_free(&b);
	}
}

Test(import, boundaries_are_where_the_rules_put_them)
{
	static struct import_report report;
	struct fault f = { 0 };
	struct bench b;

	bench_good(&b);
	b.in.certificate_len = IMPORT_CERTIFICATE_MAX;
	b.in.chain_len = IMPORT_CHAIN_MAX;
	b.cert[2].not_after = b.cert[1].not_after = BENCH_NOW;
	b.cert[0].not_after = BENCH_NOW; /* notAfter itself is still valid */
	b.cert[1].not_before = BENCH_NOW;
	b.cert[2].has_path_len = true;
	b.cert[2].path_len = 2;
	b.cert[1].key.kind = PUBKEY_RSA;
	b.cert[1].key.bits = 2048;
	b.cert[2].key.kind = PUBKEY_RSA;
	b.cert[2].key.bits = 16384;
	judge(&b, &report);
	cr_expect(import_answer(&report, &f), "%s: %s", f.rule, f.found);
	bench_free(&b);
}

Test(import, what_is_not_on_the_allow_list_need_not_decode)
{
	static struct import_report report;
	struct bench b;

	bench_good(&b);
	garble_access(&b);
	judge(&b, &report);
	cr_expect_eq(finding(&report, "E03")->verdict, VERDICT_PASS);
	bench_free(&b);
}

Test(import, a_self_issued_certificate_of_the_chain_is_not_counted)
{
	static struct import_report report;
	struct bench b;

	bench_good(&b);
	b.cert[2].has_path_len = true;
	b.cert[2].path_len = 1;
	b.cert[1].self_issued = true;
	judge(&b, &report);
	cr_expect_eq(finding(&report, "X01")->verdict, VERDICT_PASS);
	bench_free(&b);
}

Test(import, rules_whose_facts_are_missing_do_not_apply)
{
	static const char *const ids[] = { "K01", "K02", "S04", "E04", "C04",
		"C05", "C07", "X01", "X02", "X03" };
	static struct import_report report;
	struct bench b;

	bench_good(&b);
	break_the_der(&b);
	judge(&b, &report);
	for (size_t i = 0; i < COUNT(ids); i++)
		cr_expect_neq(finding(&report, ids[i])->verdict, VERDICT_FAIL,
		    "%s", ids[i]);
	cr_expect_eq(finding(&report, "K01")->verdict, VERDICT_NA);
	bench_free(&b);
}

Test(import, all_failures_are_reported_and_the_first_is_the_answer)
{
	static struct import_report report;
	struct fault f = { 0 };
	struct bench b;

	bench_good(&b);
	let_the_root_expire(&b);
	b.cert[1].not_after = BENCH_NOW - 5;
	make_it_a_leaf(&b);
	use_another_key(&b);
	judge(&b, &report);
	cr_expect_not(import_answer(&report, &f));
	cr_expect_str_eq(f.rule, "K01");
	cr_expect_eq(f.kind, FAULT_CERTIFICATE_MISMATCH);
	cr_expect_eq(finding(&report, "E06")->verdict, VERDICT_FAIL);
	cr_expect_eq(finding(&report, "E09")->verdict, VERDICT_FAIL);
	cr_expect_str_eq(finding(&report, "E09")->where, "CertificateChain[0]");
	cr_expect_eq(finding(&report, "E09")->more, 1);
	bench_free(&b);
}
