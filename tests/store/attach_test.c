/* attach_test.c - tags, policies, permissions, reports, tokens of create. */
#include "bench.h"
#include "p11ca/attach.h"

#define U1 "aaaa1111-2222-4333-8444-555555555555"
#define U2 "bbbb2222-2222-4333-8444-555555555555"
#define R1 "cccc1111-2222-4333-8444-555555555555"
#define R2 "cccc2222-2222-4333-8444-555555555555"

static struct bench b;
static struct store *store;
static struct fault f;

static void
setup(void)
{
	bench_make(&b);
	store = bench_open(&b, STORE_CREATE);
	bench_insert(store, U1, "one");
	bench_insert(store, U2, "two");
	cr_assert(store_begin(store, &f));
}

static void
teardown(void)
{
	store_close(store);
	bench_free(&b);
}

TestSuite(attach, .init = setup, .fini = teardown);

/* All tags of a CA as "KEY=VALUE ". */
static void
expect_tags(const char *ca, const char *want)
{
	struct buf text = { 0 };
	struct tag *list;
	size_t count;

	cr_assert(tags_of(store, ca, &list, &count, &f), "%s", f.found);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s=%s ", list[i].key, list[i].value);
	cr_expect_str_eq(buf_text(&text), want, "%s", buf_text(&text));
	tags_free(list, count);
	buf_free(&text);
}

static const struct {
	bool put;
	const char *ca, *key, *value;
	const char *then; /* the tags of U1 */
} tag_steps[] = {
	{ false, U1, "k", NULL, "" },
	{ true, U1, "k", "v", "k=v " },
	{ true, U2, "a", "other", "k=v " },
	{ true, U1, "b", "", "b= k=v " },
	{ true, U1, "K", "\xc3\xa4", "K=\xc3\xa4 b= k=v " },
	{ true, U1, "k", "w", "K=\xc3\xa4 b= k=w " },
	{ false, U1, "k", "v", "K=\xc3\xa4 b= k=w " },
	{ false, U1, "a", NULL, "K=\xc3\xa4 b= k=w " },
	{ false, U1, "k", "w", "K=\xc3\xa4 b= " },
	{ false, U1, "b", "x", "K=\xc3\xa4 b= " },
	{ false, U1, "b", "", "K=\xc3\xa4 " },
	{ false, U1, "K", NULL, "" },
};

Test(attach, tags_are_put_overwritten_and_removed)
{
	for (size_t i = 0; i < COUNT(tag_steps); i++) {
		const char *ca = tag_steps[i].ca;
		const char *key = tag_steps[i].key;
		const char *value = tag_steps[i].value;

		cr_assert(tag_steps[i].put
			? tag_put(store, ca, key, value, &f)
			: tag_remove(store, ca, key, value, &f));
		expect_tags(U1, tag_steps[i].then);
	}
	expect_tags(U2, "a=other ");
	expect_tags("nobody", "");
}

static void
expect_policy(const char *ca, const char *want)
{
	char *policy;

	cr_assert(policy_of(store, ca, &policy, &f), "%s", f.found);
	cr_expect_eq(policy == NULL, want == NULL);
	if (policy != NULL && want != NULL)
		cr_expect_str_eq(policy, want);
	mem_free(policy);
}

Test(attach, a_ca_has_one_policy_or_none)
{
	expect_policy(U1, NULL);
	cr_assert(policy_put(store, U1, "{\"a\":1}", &f));
	cr_assert(policy_put(store, U2, "{\"b\":2}", &f));
	expect_policy(U1, "{\"a\":1}");
	cr_assert(policy_put(store, U1, "{\"c\":3}", &f));
	expect_policy(U1, "{\"c\":3}");
	cr_assert(policy_put(store, U1, NULL, &f));
	cr_assert(policy_put(store, U1, NULL, &f));
	expect_policy(U1, NULL);
	expect_policy(U2, "{\"b\":2}");
}

/* All permissions of a CA as "PRINCIPAL/ACCOUNT:ACTIONS@TIME ". */
static void
expect_permissions(const char *ca, const char *want)
{
	struct buf text = { 0 };
	struct permission *list;
	size_t count;

	cr_assert(permissions_of(store, ca, &list, &count, &f), "%s", f.found);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s/%s:%s@%lld ", list[i].principal,
		    list[i].source_account != NULL ? list[i].source_account
						   : "-",
		    list[i].actions, (long long)list[i].created_at);
	cr_expect_str_eq(buf_text(&text), want, "%s", buf_text(&text));
	permissions_free(list, count);
	buf_free(&text);
}

static bool
permit(const char *ca, const char *principal, const char *account, int64_t at)
{
	char p[32], a[32], actions[] = "GetCertificate";
	struct permission permission = { p, account != NULL ? a : NULL, actions,
		at };
	bool exists = false;

	(void)snprintf(p, sizeof(p), "%s", principal);
	(void)snprintf(a, sizeof(a), "%s", account != NULL ? account : "");
	cr_assert(permission_put(store, ca, &permission, &exists, &f), "%s",
	    f.found);
	return !exists;
}

static bool
forbid(const char *ca, const char *principal, const char *account)
{
	bool existed = false;

	cr_assert(permission_remove(store, ca, principal, account, &existed,
	    &f));
	return existed;
}

Test(attach, a_permission_is_known_by_principal_and_account)
{
	cr_expect(permit(U1, "z", "1", 10));
	cr_expect(permit(U1, "a", NULL, 30));
	cr_expect(permit(U1, "z", "2", 20));
	cr_expect(permit(U2, "z", "1", 5));
	cr_expect_not(permit(U1, "z", "1", 99));
	cr_expect_not(permit(U1, "a", "", 99), "no account is one account");
	expect_permissions(U1,
	    "z/1:GetCertificate@10 a/-:GetCertificate@30 "
	    "z/2:GetCertificate@20 ");
	cr_expect_not(forbid(U1, "z", NULL));
	cr_expect_not(forbid(U1, "a", "1"));
	cr_expect(forbid(U1, "z", "1"));
	cr_expect(forbid(U1, "a", NULL));
	cr_expect_not(forbid(U1, "a", NULL));
	expect_permissions(U1, "z/2:GetCertificate@20 ");
	expect_permissions(U2, "z/1:GetCertificate@5 ");
}

static struct audit_report
report(const char *ca, const char *id, enum report_status status, int64_t at)
{
	struct audit_report report = { .status = status, .created_at = at };

	memcpy(report.ca, ca, UUID_LEN);
	memcpy(report.id, id, UUID_LEN);
	report.bucket = mem_text("bucket");
	report.key = mem_format("audit-report/%s/%s.json", ca, id);
	return report;
}

static void
expect_report(struct audit_report *got, const struct audit_report *want)
{
	cr_expect_str_eq(got->id, want->id);
	cr_expect_str_eq(got->ca, want->ca);
	cr_expect_str_eq(got->bucket, want->bucket);
	cr_expect_str_eq(got->key, want->key);
	cr_expect_eq(got->status, want->status);
	cr_expect_eq(got->created_at, want->created_at);
	audit_report_clear(got);
	cr_expect_null(got->bucket);
}

Test(attach, a_report_is_kept_in_each_of_its_states)
{
	static const enum report_status statuses[] = { REPORT_CREATING,
		REPORT_SUCCESS, REPORT_FAILED };

	for (size_t i = 0; i < COUNT(statuses); i++) {
		struct audit_report want = report(U1, R1, statuses[i], 7);
		struct audit_report got;

		cr_assert(audit_report_put(store, &want, &f), "%s", f.found);
		cr_assert(audit_report_find(store, U1, R1, &got, &f), "%s",
		    f.found);
		expect_report(&got, &want);
		audit_report_clear(&want);
	}
	cr_expect_eq(bench_number(store, "SELECT count(*) FROM audit_report"),
	    1);
}

static bool
last(const char *ca, enum report_status status, struct audit_report *out)
{
	bool found = false;

	cr_assert(audit_report_last(store, ca, status, out, &found, &f), "%s",
	    f.found);
	return found;
}

Test(attach, the_newest_report_of_a_status_is_the_one_that_was_put_last)
{
	struct audit_report first = report(U1, R1, REPORT_CREATING, 9);
	struct audit_report second = report(U1, R2, REPORT_CREATING, 8);
	struct audit_report got;

	cr_expect_not(last(U1, REPORT_CREATING, &got));
	cr_assert(audit_report_put(store, &first, &f));
	cr_assert(audit_report_put(store, &second, &f));
	cr_expect_not(last(U1, REPORT_SUCCESS, &got));
	first.status = REPORT_SUCCESS;
	cr_assert(audit_report_put(store, &first, &f));
	cr_assert(last(U1, REPORT_CREATING, &got));
	expect_report(&got, &second);
	cr_assert(last(U1, REPORT_SUCCESS, &got));
	expect_report(&got, &first);
	cr_expect_not(last(U1, REPORT_FAILED, &got));
	cr_expect_not(last(U2, REPORT_CREATING, &got));
	audit_report_clear(&first);
	audit_report_clear(&second);
}

Test(attach, a_report_belongs_to_one_ca)
{
	struct audit_report mine = report(U1, R1, REPORT_CREATING, 9);
	struct audit_report theirs = report(U2, R1, REPORT_FAILED, 9);
	struct audit_report got;

	cr_assert(audit_report_put(store, &mine, &f));
	cr_expect_not(audit_report_put(store, &theirs, &f));
	cr_expect_eq(f.kind, FAULT_OURS);
	cr_expect_not(audit_report_find(store, U2, R1, &got, &f));
	cr_expect_eq(f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_expect_null(got.key);
	cr_expect_not(audit_report_find(store, U1, "\x1b[31m", &got, &f));
	cr_expect_eq(f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_expect_null(strchr(f.found, '\x1b'));
	cr_assert(audit_report_find(store, U1, R1, &got, &f));
	expect_report(&got, &mine);
	audit_report_clear(&mine);
	audit_report_clear(&theirs);
}

static const struct {
	const char *token;
	int64_t since;
	const char *arn;
} asked[] = {
	{ "t", 0, "arn:new" },
	{ "t", 20, "arn:new" },
	{ "t", 21, NULL },
	{ "u", 10, "arn:other" },
	{ "U", 10, NULL },
	{ "", 0, NULL },
};

Test(attach, a_token_of_create_stands_for_its_newest_arn)
{
	cr_assert(create_token_put(store, "t", "arn:old", 10, &f));
	cr_assert(create_token_put(store, "u", "arn:other", 10, &f));
	cr_assert(create_token_put(store, "t", "arn:new", 20, &f));
	for (size_t i = 0; i < COUNT(asked); i++) {
		const char *want = asked[i].arn;
		char *arn;

		cr_assert(create_token_find(store, asked[i].token,
		    asked[i].since, &arn, &f));
		cr_expect_eq(arn == NULL, want == NULL, "case %zu", i);
		if (arn != NULL && want != NULL)
			cr_expect_str_eq(arn, want);
		mem_free(arn);
	}
}

Test(attach, what_hangs_on_a_ca_goes_with_it)
{
	struct audit_report mine = report(U1, R1, REPORT_CREATING, 9);
	struct audit_report got;
	struct ca *ca = NULL;

	cr_assert(tag_put(store, U1, "k", "v", &f));
	cr_assert(tag_put(store, U2, "k", "v", &f));
	cr_assert(policy_put(store, U1, "{}", &f));
	cr_expect(permit(U1, "p", "1", 10));
	cr_assert(audit_report_put(store, &mine, &f));
	cr_assert(store_find_ca(store, U1, &ca, &f));
	cr_assert(store_remove_ca(store, ca, &f), "%s", f.found);
	expect_tags(U1, "");
	expect_policy(U1, NULL);
	expect_permissions(U1, "");
	cr_expect_not(last(U1, REPORT_CREATING, &got));
	expect_tags(U2, "k=v ");
	audit_report_clear(&mine);
	ca_free(ca);
}

Test(attach, nothing_hangs_on_a_ca_that_is_not_there)
{
	struct audit_report lost = report(R2, R1, REPORT_CREATING, 9);
	char text[] = "p";
	struct permission permission = { text, text, text, 1 };
	struct fault faults[4] = { 0 };
	bool exists;

	cr_expect_not(tag_put(store, R2, "k", "v", &faults[0]));
	cr_expect_not(policy_put(store, R2, "{}", &faults[1]));
	cr_expect_not(permission_put(store, R2, &permission, &exists,
	    &faults[2]));
	cr_expect_not(audit_report_put(store, &lost, &faults[3]));
	for (size_t i = 0; i < COUNT(faults); i++)
		cr_expect_eq(faults[i].kind, FAULT_OURS, "case %zu", i);
	audit_report_clear(&lost);
}

Test(attach, refuses_every_change_outside_of_a_transaction)
{
	struct audit_report mine = report(U1, R1, REPORT_CREATING, 9);
	char text[] = "p";
	struct permission permission = { text, text, text, 1 };
	struct fault faults[7] = { 0 };
	bool yes;

	store_rollback(store);
	cr_expect_not(tag_put(store, U1, "k", "v", &faults[0]));
	cr_expect_not(tag_remove(store, U1, "k", NULL, &faults[1]));
	cr_expect_not(policy_put(store, U1, "{}", &faults[2]));
	cr_expect_not(permission_put(store, U1, &permission, &yes, &faults[3]));
	cr_expect_not(permission_remove(store, U1, "p", NULL, &yes,
	    &faults[4]));
	cr_expect_not(audit_report_put(store, &mine, &faults[5]));
	cr_expect_not(create_token_put(store, "t", "arn", 1, &faults[6]));
	for (size_t i = 0; i < COUNT(faults); i++)
		cr_expect_eq(faults[i].kind, FAULT_OURS, "case %zu", i);
	audit_report_clear(&mine);
}
