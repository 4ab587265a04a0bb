/* activate_test.c - hosted CAs in one step: made, renewed, refused. */
#include "issue_bench.h"

static bool
activate(struct stage *s, const struct activate_request *request,
    struct ca **out)
{
	memset(&s->f, 0, sizeof(s->f));
	return action_activate(s->p, request, s->report, out, &s->f);
}

static void
refused(struct stage *s, const struct activate_request *request,
    enum fault_kind kind, const char *rule)
{
	struct ca *out = NULL;

	cr_expect_not(activate(s, request, &out));
	cr_expect_null(out);
	cr_expect_eq(s->f.kind, kind, "%s", s->f.found);
	cr_expect_str_eq(s->f.rule != NULL ? s->f.rule : "", rule, "%s",
	    s->f.found);
}

static struct ca *
create(struct stage *s, const char *name, enum ca_type type)
{
	struct ca *ca = NULL;
	char *subject = mem_format("CN=%s", name);

	s->subject = subject;
	cr_assert(stage_try_create(s, name, type, "EC_prime256v1", NULL, &ca),
	    "%s", s->f.found);
	s->subject = NULL;
	mem_free(subject);
	return ca;
}

/* pathLenConstraint; -1: none. */
static long
path_len(const struct ca *ca)
{
	X509 *x = bench_ca_x509(ca);
	long len = X509_get_pathlen(x);

	X509_free(x);
	return len;
}

static size_t
chain_len(const struct ca *ca)
{
	struct pem pem = { 0 };
	size_t count;

	pem_read(buf_bytes(&ca->chain), &pem);
	count = pem.count;
	pem_free(&pem);
	return count;
}

Test(activate, a_root_signs_itself_for_ten_years)
{
	struct stage s;
	struct ca *root;
	X509 *x;
	EVP_PKEY *key;

	stage_open(&s);
	root = stage_host(&s, "root", "O=Example,CN=Root", NULL, NULL);
	cr_expect_eq(root->status, CA_ACTIVE);
	cr_expect_eq(root->chain.len, 0);
	cr_expect_eq(root->not_after, clock_from_parts(2037, 1, 15, 8, 0, 0));
	cr_expect_eq(path_len(root), -1);
	x = bench_ca_x509(root);
	key = make_key_from_spki(buf_bytes(&root->key_spki));
	cr_expect_eq(X509_verify(x, key), 1);
	EVP_PKEY_free(key);
	X509_free(x);
	ca_free(root);
	stage_close(&s);
}

/* As many below as there can be, and no more. */
Test(activate, each_level_below_has_one_less_to_give)
{
	static const char *const names[] = { "root", "one", "two", "three",
		"four", "five" };
	struct stage s;

	stage_open(&s);
	ca_free(stage_host(&s, names[0], "CN=root", NULL, NULL));
	for (size_t i = 1; i < 5; i++) {
		char *subject = mem_format("CN=%s", names[i]);
		struct ca *ca =
		    stage_host(&s, names[i], subject, names[i - 1], NULL);

		cr_expect_eq(path_len(ca), (long)(4 - i), "%s", names[i]);
		cr_expect_eq(chain_len(ca), i);
		cr_expect_eq(ca->not_after,
		    clock_from_parts(2032, 1, 15, 8, 0, 0));
		ca_free(ca);
		mem_free(subject);
	}
	ca_free(create(&s, "five", CA_SUBORDINATE));
	refused(&s,
	    &(struct activate_request){ .ca = "five", .parent = "four" },
	    FAULT_VALIDATION, "N13");
	stage_close(&s);
}

Test(activate, a_subordinate_ends_with_its_parent_at_the_latest)
{
	struct activate_request request = {
		.ca = "root", .validity = VALIDITY_DAYS, .validity_value = 100
	};
	struct stage s;
	struct ca *ca = NULL;

	stage_open(&s);
	ca_free(create(&s, "root", CA_ROOT));
	cr_assert(activate(&s, &request, &ca), "%s", s.f.found);
	cr_expect_eq(ca->not_after, STAGE_NOW + 100 * DAY);
	ca_free(ca);
	ca = stage_host(&s, "sub", "CN=sub", "root", NULL);
	cr_expect_eq(ca->not_after, STAGE_NOW + 100 * DAY);
	ca_free(ca);
	request.ca = "sub";
	request.parent = "root";
	request.validity_value = 101;
	refused(&s, &request, FAULT_VALIDATION, "N11");
	stage_close(&s);
}

/* With the same key; what came before stays in the history. */
Test(activate, again_renews_with_the_same_key)
{
	static const char *const names[] = { "root", "sub" };
	struct stage s;

	stage_open(&s);
	stage_host_two(&s);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct activate_request request = { .ca = names[i],
			.parent = i == 0 ? NULL : "root" };
		struct installed *list = NULL;
		struct ca *before = NULL, *after = NULL;
		size_t count = 0;

		clock_stop(STAGE_NOW + (int64_t)(i + 1) * 365 * DAY);
		cr_assert(action_describe(s.p, names[i], &before, &s.f));
		cr_assert(activate(&s, &request, &after), "%s", s.f.found);
		cr_expect_str_neq(before->serial, after->serial);
		cr_expect_gt(after->not_after, before->not_after);
		cr_expect(bytes_equal(buf_bytes(&before->key_spki),
		    buf_bytes(&after->key_spki)));
		cr_expect_eq(stage_count_keys(&s), 2);
		cr_assert(store_history(p11ca_store(s.p), after, &list, &count,
		    &s.f));
		cr_expect_eq(count, 2);
		store_free_history(list, count);
		ca_free(before);
		ca_free(after);
	}
	stage_close(&s);
}

Test(activate, an_expired_root_may_sign_itself_again)
{
	struct activate_request request = { .ca = "root" };
	struct stage s;
	struct ca *ca = NULL;

	stage_open(&s);
	stage_host_two(&s);
	clock_stop(STAGE_NOW + 11 * 366LL * DAY);
	refused(&s, &(struct activate_request){ .ca = "sub", .parent = "root" },
	    FAULT_INVALID_STATE, "N01");
	cr_assert(activate(&s, &request, &ca), "%s", s.f.found);
	cr_expect_eq(ca_status_at(ca, clock_now()), CA_ACTIVE);
	ca_free(ca);
	request.ca = "sub";
	request.parent = "root";
	cr_assert(activate(&s, &request, &ca), "%s", s.f.found);
	ca_free(ca);
	stage_close(&s);
}

/* What was issued is still to be had after its CA was renewed. */
Test(activate, a_renewed_ca_goes_on_issuing)
{
	struct activate_request request = { .ca = "sub", .parent = "root" };
	struct issued before, after;
	struct stage s;
	struct ca *ca = NULL;
	EVP_PKEY *key;
	X509 *x;

	stage_open(&s);
	stage_host_two(&s);
	before = bench_issue_plain(&s, "sub");
	cr_assert(activate(&s, &request, &ca), "%s", s.f.found);
	after = bench_issue_plain(&s, "sub");
	key = make_key_from_spki(buf_bytes(&ca->key_spki));
	x = bench_x509(&before);
	cr_expect_eq(X509_verify(x, key), 1);
	X509_free(x);
	x = bench_x509(&after);
	cr_expect_eq(X509_verify(x, key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
	issued_clear(&before);
	issued_clear(&after);
	ca_free(ca);
	stage_close(&s);
}

/* The import has the last word, and says all of it. */
Test(activate, a_refusal_of_the_import_shows_its_report)
{
	static const struct {
		const char *template_name;
		const char *rule;
	} cases[] = {
		{ "EndEntityCertificate", "E05" },
		{ "BlankEndEntityCertificate_CriticalBasicConstraints_"
		  "APIPassthrough",
		    "E06" },
	};
	struct activate_request request = { .ca = "new", .parent = "root" };
	struct stage s;
	struct ca *ca = NULL;

	stage_open(&s);
	stage_host_two(&s);
	ca_free(create(&s, "new", CA_SUBORDINATE));
	for (size_t i = 0; i < COUNT(cases); i++) {
		request.template_name = cases[i].template_name;
		refused(&s, &request, FAULT_MALFORMED_CERTIFICATE,
		    cases[i].rule);
		cr_expect_gt(s.report->count, 20);
	}
	cr_assert(action_describe(s.p, "new", &ca, &s.f));
	cr_expect_eq(ca->status, CA_PENDING_CERTIFICATE);
	ca_free(ca);
	stage_close(&s);
}

Test(activate, a_parent_is_for_subordinates_and_only_for_them)
{
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_host_two(&s);
	refused(&s, &(struct activate_request){ .ca = "root", .parent = "sub" },
	    FAULT_INVALID_ARGS, "");
	refused(&s, &(struct activate_request){ .ca = "sub" },
	    FAULT_INVALID_ARGS, "");
	refused(&s, &(struct activate_request){ .ca = "sub", .parent = "none" },
	    FAULT_RESOURCE_NOT_FOUND, "");
	refused(&s, &(struct activate_request){ .ca = "none" },
	    FAULT_RESOURCE_NOT_FOUND, "");
	refused(&s,
	    &(struct activate_request){ .ca = "sub",
		.parent = "root",
		.template_name = "RootCACertificate" },
	    FAULT_MALFORMED_CSR, "N05");
	cr_expect_eq(s.report->count, 0);
	ca_free(create(&s, "new", CA_SUBORDINATE));
	refused(&s, &(struct activate_request){ .ca = "sub", .parent = "new" },
	    FAULT_INVALID_STATE, "N01");
	cr_assert(action_update(s.p, "root", false, &ca, &s.f));
	ca_free(ca);
	refused(&s, &(struct activate_request){ .ca = "new", .parent = "root" },
	    FAULT_INVALID_STATE, "N01");
	stage_close(&s);
}
