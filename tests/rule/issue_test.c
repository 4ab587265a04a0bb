/*
 * issue_test.c - one spoiled fact breaks one rule of IssueCertificate.
 *
 * No keys, no files: the path is that of the import's bench.
 */
#include <criterion/criterion.h>

#include "import_bench.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_issue.h"

#define DAY 86400

/* A good request for an end entity, and everything it points to. */
struct kit {
	struct issue in;
	struct bench
	    b; /* its cert[0] is the new one, under an issuer, a root */
	struct csr csr;
	struct pubkey key;
	struct ext names; /* subjectAltName of the new one */
};

static const struct template *
find(const char *name)
{
	const struct template *t = NULL;
	struct fault f = { 0 };

	cr_assert(template_find(name, &t, &f), "%s", name);
	return t;
}

static void
kit_good(struct kit *k)
{
	memset(k, 0, sizeof(*k));
	bench_good(&k->b);
	k->b.cert[0].key_usage = 1;
	k->csr.spki = bytes_of("new key");
	k->key.kind = PUBKEY_EC;
	k->key.bits = 256;
	k->key.curve_known = true;
	(void)strcpy(k->key.text, "P-256");
	k->in = (struct issue){ .type = CA_SUBORDINATE,
		.status = CA_ACTIVE,
		.ca_family = FAMILY_EC,
		.ca_spki = bytes_of("ca key"),
		.ca_not_after = BENCH_NOW + 365 * DAY,
		.issued = 5,
		.issued_max = 6,
		.template = find("EndEntityCertificate"),
		.sign_alg = SIGN_SHA256WITHECDSA,
		.csr = &k->csr,
		.csr_key = &k->key,
		.validity_fits = true,
		.not_before = BENCH_NOW - 3600,
		.not_after = BENCH_NOW + 30 * DAY,
		.now = BENCH_NOW,
		.path = &k->b.in };
}

/* The same for a root that signs itself for the first time. */
static void
kit_good_root(struct kit *k)
{
	kit_good(k);
	bench_free(&k->b);
	bench_good_root(&k->b);
	k->in.type = CA_ROOT;
	k->in.status = CA_PENDING_CERTIFICATE;
	k->in.template = find("RootCACertificate");
	k->in.ca_not_after = 0;
	k->in.path = NULL;
	k->csr.spki = bytes_of("ca key");
}

/* And for a CA below this one. */
static void
kit_good_ca(struct kit *k)
{
	kit_good(k);
	k->in.template = find("SubordinateCACertificate_PathLen1");
	k->b.cert[0].key_usage |= KEY_USAGE_CERT_SIGN;
	k->b.cert[1].has_path_len = true;
	k->b.cert[1].path_len = 2;
}

static void
kit_free(struct kit *k)
{
	bench_free(&k->b);
}

/* clang-format off */
static void disable(struct kit *k) { k->in.status = CA_DISABLED; }
static void let_it_wait_for_its_certificate(struct kit *k) { k->in.status = CA_PENDING_CERTIFICATE; }
static void let_it_expire(struct kit *k) { k->in.status = CA_EXPIRED; }
static void delete_it(struct kit *k) { k->in.status = CA_DELETED; }
static void let_it_fail(struct kit *k) { k->in.status = CA_FAILED; }
static void let_it_be_made(struct kit *k) { k->in.status = CA_CREATING; }
static void disable_the_root(struct kit *k) { kit_free(k); kit_good_root(k); k->in.status = CA_DISABLED; }
static void let_the_new_root_issue(struct kit *k) { kit_free(k); kit_good_root(k); k->in.template = find("EndEntityCertificate"); }
static void fill_it(struct kit *k) { k->in.issued = 6; }
static void take_a_root_template(struct kit *k) { k->in.template = find("BlankRootCACertificate_PathLen0_APIPassthrough"); k->csr.spki = k->in.ca_spki; }
static void sign_by_rsa(struct kit *k) { k->in.sign_alg = SIGN_SHA256WITHRSA; }
static void sign_by_ed25519(struct kit *k) { k->in.sign_alg = SIGN_ED25519; }
static void give_the_root_another_key(struct kit *k) { kit_free(k); kit_good_root(k); k->csr.spki = bytes_of("other key"); }
static void take_a_small_rsa_key(struct kit *k) { k->key.kind = PUBKEY_RSA; k->key.bits = 2047; }
static void take_a_huge_rsa_key(struct kit *k) { k->key.kind = PUBKEY_RSA; k->key.bits = 16385; }
static void take_a_bad_exponent(struct kit *k) { k->key.kind = PUBKEY_RSA; k->key.bits = 2048; k->key.exponent_bad = true; }
static void take_an_odd_curve(struct kit *k) { (void)strcpy(k->key.text, "P-224"); }
static void take_an_unknown_curve(struct kit *k) { k->key.curve_known = false; }
static void take_ed448(struct kit *k) { k->key.kind = PUBKEY_ED448; }
static void take_dsa(struct kit *k) { k->key.kind = PUBKEY_OTHER; }
static void leave_out_all_names(struct kit *k) { k->in.subject_empty = true; }
static void leave_out_the_name_of_a_ca(struct kit *k) { kit_free(k); kit_good_ca(k); k->in.subject_empty = k->in.has_alt_name = true; }
static void end_never(struct kit *k) { k->in.validity_fits = false; }
static void begin_before_all_time(struct kit *k) { k->in.not_before = INT64_MIN; }
static void end_now(struct kit *k) { k->in.not_after = BENCH_NOW; }
static void begin_after_the_end(struct kit *k) { k->in.not_before = k->in.not_after + 1; }
static void outlive_the_ca(struct kit *k) { k->in.not_after = k->in.ca_not_after + 1; }
static void last_long_under_a_short_lived_ca(struct kit *k) { k->in.short_lived = true; k->in.not_after = BENCH_NOW + 7 * DAY + 1; }
static void leave_no_room(struct kit *k) { kit_free(k); kit_good_ca(k); k->b.cert[1].path_len = 0; }
static void leave_no_room_further_up(struct kit *k) { kit_free(k); kit_good_ca(k); k->b.cert[2].has_path_len = true; k->b.cert[2].path_len = 1; }
static void ask_for_as_much_as_the_ca_has(struct kit *k) { kit_free(k); kit_good_ca(k); k->b.cert[1].path_len = 1; }
static void constrain(struct kit *k) { k->b.cert[1].name_constraints = bytes_of("\x30\x12\xa0\x10\x30\x0e\x82\x0c" "example.test"); }
static void leave_the_names(struct kit *k)
{
	static const struct ext_kind kind = { "2.5.29.17", "subjectAltName", EXT_ALLOWED };
	constrain(k);
	k->names.kind = &kind;
	(void)strcpy(k->names.name, kind.name);
	k->names.value = bytes_of("\x30\x0f\x82\x0d" "other.example");
	k->b.cert[0].ext = &k->names;
	k->b.cert[0].ext_count = 1;
}
static void stay_in_the_names(struct kit *k) { leave_the_names(k); k->names.value = bytes_of("\x30\x10\x82\x0e" "a.example.test"); }
static void garble_an_extension(struct kit *k) { k->b.ext[0][1].undecodable = true; }
static void loosen_an_extension(struct kit *k) { k->b.ext[0][1].loose = true; }
static void ask_for_no_use(struct kit *k) { k->b.cert[0].key_usage = 0; }
static void loosen_one_of_a_root(struct kit *k) { kit_free(k); kit_good_root(k); k->b.ext[0][0].loose = true; k->in.path = &k->b.in; }
static void ask_to_sign_certificates(struct kit *k) { k->b.cert[0].key_usage |= KEY_USAGE_CERT_SIGN; }
static void ask_for_a_ca_that_signs_none(struct kit *k) { kit_free(k); kit_good_ca(k); k->b.cert[0].key_usage = KEY_USAGE_CRL_SIGN; }
static void break_the_line_of_the_name(struct kit *k) { name_free(k->b.ca); k->b.ca = k->b.cert[0].subject = bench_name("a\nb"); }
static void take_a_name(struct kit *k, const char *der, size_t len) { leave_the_names(k); k->b.cert[1].name_constraints.len = 0; k->names.value = (struct bytes){ (const unsigned char *)der, len }; }
#define TAKE(k, der) take_a_name(k, der, sizeof(der) - 1)
static void end_a_host_early(struct kit *k) { TAKE(k, "\x30\x05\x82\x03" "a\0b"); }
static void have_no_host(struct kit *k) { TAKE(k, "\x30\x02\x82\x00"); }
static void write_a_host_in_utf8(struct kit *k) { TAKE(k, "\x30\x04\x82\x02" "\xc3\xa4"); }
static void leave_a_blank_in_a_uri(struct kit *k) { TAKE(k, "\x30\x07\x86\x05" "a://" " "); }
static void break_the_line_of_an_address(struct kit *k) { TAKE(k, "\x30\x06\x81\x04" "a\n@b"); }
static void take_an_address_of_five(struct kit *k) { TAKE(k, "\x30\x07\x87\x05" "12345"); }
static void break_the_line_of_a_directory_name(struct kit *k) { TAKE(k, "\x30\x10\xa4\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\n"); }

static const struct {
	const char *id;
	void (*spoil)(struct kit *k);
	enum fault_kind kind;
	const char *found;
} cases[] = {
	{ "N01", disable, FAULT_INVALID_STATE, "The certificate authority is not in a valid state for issuing certificates (it is DISABLED)" },
	{ "N01", let_it_wait_for_its_certificate, FAULT_INVALID_STATE, "it is PENDING_CERTIFICATE" },
	{ "N01", let_it_expire, FAULT_INVALID_STATE, "it is EXPIRED" },
	{ "N01", delete_it, FAULT_INVALID_STATE, "it is DELETED" },
	{ "N01", let_it_fail, FAULT_INVALID_STATE, "it is FAILED" },
	{ "N01", let_it_be_made, FAULT_INVALID_STATE, "it is CREATING" },
	{ "N01", disable_the_root, FAULT_INVALID_STATE, "it is DISABLED" },
	{ "N01", let_the_new_root_issue, FAULT_INVALID_STATE, "it is PENDING_CERTIFICATE" },
	{ "N02", fill_it, FAULT_LIMIT_EXCEEDED, "6 certificates" },
	{ "N03", take_a_root_template, FAULT_INVALID_ARGS, "for a subordinate CA" },
	{ "N04", sign_by_rsa, FAULT_INVALID_ARGS, "SHA256WITHRSA" },
	{ "N04", sign_by_ed25519, FAULT_INVALID_ARGS, "the signing algorithm" },
	{ "N05", give_the_root_another_key, FAULT_MALFORMED_CSR, "another key" },
	{ "N06", take_a_small_rsa_key, FAULT_MALFORMED_CSR, "a CSR with a key" },
	{ "N06", take_a_huge_rsa_key, FAULT_MALFORMED_CSR, "a CSR with a key" },
	{ "N06", take_a_bad_exponent, FAULT_MALFORMED_CSR, "a CSR with a key" },
	{ "N06", take_an_odd_curve, FAULT_MALFORMED_CSR, "P-224" },
	{ "N06", take_an_unknown_curve, FAULT_MALFORMED_CSR, "a CSR with a key" },
	{ "N06", take_ed448, FAULT_MALFORMED_CSR, "a CSR with a key" },
	{ "N06", take_dsa, FAULT_MALFORMED_CSR, "a CSR with a key" },
	{ "N07", leave_out_all_names, FAULT_MALFORMED_CSR, "no subjectAltName" },
	{ "N07", leave_out_the_name_of_a_ca, FAULT_MALFORMED_CSR, "for a CA certificate" },
	{ "N08", end_never, FAULT_VALIDATION, "no date" },
	{ "N08", begin_before_all_time, FAULT_VALIDATION, "no date" },
	{ "N09", end_now, FAULT_VALIDATION, "ended at 2027-01-15T08:00:00Z" },
	{ "N10", begin_after_the_end, FAULT_VALIDATION, "a Validity from" },
	{ "N11", outlive_the_ca, FAULT_VALIDATION, "the CA only until" },
	{ "N12", last_long_under_a_short_lived_ca, FAULT_VALIDATION, "short-lived" },
	{ "N13", leave_no_room, FAULT_VALIDATION, "pathLenConstraint 0" },
	{ "N13", leave_no_room_further_up, FAULT_VALIDATION, "pathLenConstraint 1" },
	{ "N13", ask_for_as_much_as_the_ca_has, FAULT_VALIDATION, "PathLen1 for a CA with pathLenConstraint 1" },
	{ "N14", leave_the_names, FAULT_INVALID_ARGS, "other.example" },
	{ "N15", garble_an_extension, FAULT_INVALID_ARGS, "keyUsage with a value that does not decode" },
	{ "N15", loosen_an_extension, FAULT_INVALID_ARGS, "keyUsage with a value that is empty" },
	{ "N15", ask_for_no_use, FAULT_INVALID_ARGS, "keyUsage without any use" },
	{ "N15", loosen_one_of_a_root, FAULT_INVALID_ARGS, "basicConstraints with a value" },
	{ "N16", ask_to_sign_certificates, FAULT_INVALID_ARGS, "keyCertSign for an end entity" },
	{ "N16", ask_for_a_ca_that_signs_none, FAULT_INVALID_ARGS, "without keyCertSign" },
	{ "N17", break_the_line_of_the_name, FAULT_INVALID_ARGS, "subject, which" },
	{ "N17", end_a_host_early, FAULT_INVALID_ARGS, "dNSName \"a\\x00b\"" },
	{ "N17", have_no_host, FAULT_INVALID_ARGS, "dNSName \"\"" },
	{ "N17", write_a_host_in_utf8, FAULT_INVALID_ARGS, "dNSName" },
	{ "N17", leave_a_blank_in_a_uri, FAULT_INVALID_ARGS, "uniformResourceIdentifier \"a:// \"" },
	{ "N17", break_the_line_of_an_address, FAULT_INVALID_ARGS, "rfc822Name" },
	{ "N17", take_an_address_of_five, FAULT_INVALID_ARGS, "iPAddress" },
	{ "N17", break_the_line_of_a_directory_name, FAULT_INVALID_ARGS, "directoryName" },
};

static void just_be_full(struct kit *k) { k->in.issued = 5; }
static void end_with_the_ca(struct kit *k) { k->in.not_after = k->in.ca_not_after; }
static void end_in_a_second(struct kit *k) { k->in.not_after = BENCH_NOW + 1; }
static void last_a_second(struct kit *k) { k->in.not_before = k->in.not_after; }
static void last_seven_days(struct kit *k) { k->in.short_lived = true; k->in.not_after = BENCH_NOW + 7 * DAY; }
static void have_other_names_only(struct kit *k) { k->in.subject_empty = k->in.has_alt_name = true; }
static void take_rsa(struct kit *k) { k->key.kind = PUBKEY_RSA; k->key.bits = 2048; }
static void take_p521(struct kit *k) { (void)strcpy(k->key.text, "P-521"); }
static void take_ed25519(struct kit *k) { k->key.kind = PUBKEY_ED25519; }
static void sign_by_sha512(struct kit *k) { k->in.sign_alg = SIGN_SHA512WITHECDSA; }
static void be_a_new_root(struct kit *k) { kit_free(k); kit_good_root(k); }
static void be_an_expired_root(struct kit *k) { be_a_new_root(k); k->in.status = CA_EXPIRED; k->in.ca_not_after = BENCH_NOW - 1; }
static void be_an_active_root(struct kit *k) { be_a_new_root(k); k->in.status = CA_ACTIVE; k->in.ca_not_after = BENCH_NOW + 1; }
static void be_a_short_lived_root(struct kit *k) { be_a_new_root(k); k->in.short_lived = true; k->in.not_after = BENCH_NOW + 3650LL * DAY; }
static void be_a_ca(struct kit *k) { kit_free(k); kit_good_ca(k); }
static void be_a_leaf_without_room(struct kit *k) { k->b.cert[1].has_path_len = true; }
static void sign_itself_below_no_room(struct kit *k) { be_a_new_root(k); k->b.in.count = 2; k->b.cert[1].has_path_len = true; constrain(k); k->in.path = &k->b.in; }
static void have_a_blank_in_a_mailbox(struct kit *k) { TAKE(k, "\x30\x09\x81\x07" "\"a b\"@c"); }
static void have_an_address(struct kit *k) { TAKE(k, "\x30\x06\x87\x04" "1234"); }
static void have_no_usage(struct kit *k) { be_a_ca(k); k->b.cert[0].has_key_usage = false; k->b.cert[0].key_usage = 0; }
static void have_no_path_yet(struct kit *k) { leave_the_names(k); k->in.path = NULL; }

static void (*const fine[])(struct kit *k) = {
	just_be_full, end_with_the_ca, end_in_a_second, last_a_second,
	last_seven_days, have_other_names_only, take_rsa, take_p521,
	take_ed25519, sign_by_sha512, be_a_new_root, be_an_expired_root,
	be_an_active_root, be_a_short_lived_root, be_a_ca,
	be_a_leaf_without_room, stay_in_the_names, have_no_path_yet,
	sign_itself_below_no_room, have_a_blank_in_a_mailbox, have_an_address,
	have_no_usage,
};
/* clang-format on */

Test(issue, one_spoiled_fact_breaks_its_rule)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };
		struct kit k;

		kit_good(&k);
		cases[i].spoil(&k);
		cr_assert_not(issue_check(&k.in, &f), "case %zu: %s", i,
		    cases[i].id);
		cr_expect_str_eq(f.rule, cases[i].id, "case %zu: %s", i,
		    f.rule);
		cr_expect_eq(f.kind, cases[i].kind, "case %zu", i);
		cr_expect(strstr(f.found, cases[i].found), "case %zu: %s", i,
		    f.found);
		kit_free(&k);
	}
}

Test(issue, what_is_just_right_is_issued)
{
	for (size_t i = 0; i < COUNT(fine); i++) {
		struct fault f = { 0 };
		struct kit k;

		kit_good(&k);
		cr_expect(issue_check(&k.in, &f), "%s", f.found);
		fine[i](&k);
		cr_expect(issue_check(&k.in, &f), "case %zu: %s %s", i, f.rule,
		    f.found);
		kit_free(&k);
	}
}

Test(issue, every_rule_has_a_case)
{
	size_t at = 0;

	for (size_t i = 0; i < issue_rules_count; i++) {
		const struct issue_rule *rule = &issue_rules[i];
		size_t before = at;

		while (at < COUNT(cases) && strcmp(cases[at].id, rule->id) == 0)
			at++;
		cr_expect_gt(at, before, "%s", rule->id);
		cr_expect_gt(strlen(rule->want), 10, "%s", rule->id);
		cr_expect_gt(strlen(rule->todo), 10, "%s", rule->id);
		cr_expect_neq(rule->kind, FAULT_NONE);
		cr_expect_eq(rule->on_path, i >= 12, "%s", rule->id);
	}
	cr_expect_eq(at, COUNT(cases));
}
