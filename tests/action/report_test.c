/* report_test.c - audit reports: what is in them, and what becomes of them. */
#include "ledger.h"

static char *
file_of(const struct ledger *l, const struct audit_report *report)
{
	return bucket_file(l->s.p, report->bucket, report->key);
}

static struct buf
read_report(struct ledger *l, const struct audit_report *report)
{
	char *path = file_of(l, report);
	struct buf content;

	cr_assert(file_read(path, 1 << 20, &content, &l->s.f), "%s",
	    l->s.f.found);
	cr_expect(file_is_private(path, &l->s.f), "%s", l->s.f.found);
	mem_free(path);
	return content;
}

static bool
create(struct ledger *l, bool csv, struct audit_report *out)
{
	memset(&l->s.f, 0, sizeof(l->s.f));
	return action_audit_report(l->s.p, "one", "reports", csv, out, &l->s.f);
}

static void
open_with_reports(struct ledger *l)
{
	ledger_open(l);
	cr_assert(action_bucket_add(l->s.p, "reports", &l->s.f));
}

static size_t
count_of(const struct buf *content, const char *word)
{
	size_t n = 0;

	for (const char *p = buf_text(content); (p = strstr(p, word)) != NULL;
	     p++)
		n++;
	return n;
}

Test(report, has_every_certificate_once)
{
	struct audit_report report, again;
	struct buf content;
	struct ledger l;
	char *key;

	open_with_reports(&l);
	ledger_issue(&l, "A1", STAGE_NOW - DAY, 0); /* expired ones stay */
	ledger_issue(&l, "B2", STAGE_NOW + DAY, 0);
	ledger_revoke(&l, "B2", REASON_SUPERSEDED);
	ledger_put(&l, "C3", STAGE_NOW + DAY, 0, false); /* not issued yet */
	cr_assert(create(&l, false, &report), "%s", l.s.f.found);
	cr_expect_eq(report.status, REPORT_SUCCESS);
	cr_expect_eq(report.created_at, STAGE_NOW);
	key = mem_format("audit-report/%s/%s.json", l.ca->uuid, report.id);
	cr_expect_str_eq(report.key, key);
	mem_free(key);
	content = read_report(&l, &report);
	cr_expect_eq(content.p[0], '[');
	cr_expect_str_eq(buf_text(&content) + content.len - 3, "\n]\n");
	cr_expect_eq(count_of(&content, "\"certificateArn\""), 2);
	cr_expect_eq(count_of(&content, "},\n{"), 1);
	cr_expect_eq(count_of(&content, "\"SUPERSEDED\""), 1);
	cr_expect_eq(count_of(&content, "\"000000000000\""), 2);
	EXPECT_ENTRY(&l, "CreateCertificateAuthorityAuditReport",
	    "\"certificates\":\"2\"", "\"reports\"", "\"JSON\"");
	cr_assert(action_describe_report(l.s.p, "one", report.id, &again,
	    &l.s.f));
	cr_expect_eq(again.status, REPORT_SUCCESS);
	cr_expect_str_eq(again.bucket, "reports");
	audit_report_clear(&again);
	audit_report_clear(&report);
	buf_free(&content);
	ledger_close(&l);
}

Test(report, of_no_certificate_is_an_empty_array)
{
	struct audit_report report;
	struct buf content;
	struct ledger l;

	open_with_reports(&l);
	cr_assert(create(&l, false, &report), "%s", l.s.f.found);
	content = read_report(&l, &report);
	cr_expect_str_eq(buf_text(&content), "[\n]\n");
	audit_report_clear(&report);
	buf_free(&content);
	ledger_close(&l);
}

Test(report, as_csv_starts_with_its_columns)
{
	struct audit_report report;
	struct buf content;
	struct ledger l;

	open_with_reports(&l);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0);
	cr_assert(create(&l, true, &report), "%s", l.s.f.found);
	content = read_report(&l, &report);
	cr_expect_eq(strncmp(buf_text(&content), "awsAccountId,", 13), 0);
	cr_expect_eq(count_of(&content, "\n"), 2);
	cr_expect_not_null(strstr(report.key, ".csv"));
	audit_report_clear(&report);
	buf_free(&content);
	ledger_close(&l);
}

Test(report, needs_a_bucket_and_a_ca_at_work)
{
	struct audit_report report;
	struct ledger l;
	struct ca *ca;

	ledger_open(&l);
	cr_expect_not(create(&l, false, &report));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_ARGS);
	EXPECT_ENTRY(&l, "CreateCertificateAuthorityAuditReport",
	    "InvalidArgsException", l.ca->arn);
	cr_expect_not(action_audit_report(l.s.p, "one", "../..", false, &report,
	    &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_ARGS);
	cr_assert(action_bucket_add(l.s.p, "reports", &l.s.f));
	ca = stage_create(&l.s, "two", "EC_prime256v1");
	cr_expect_not(action_audit_report(l.s.p, "two", "reports", false,
	    &report, &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_STATE);
	ca_free(ca);
	cr_expect_not(action_describe_report(l.s.p, "one",
	    "00000000-0000-4000-8000-000000000000", &report, &l.s.f));
	cr_expect_eq(l.s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	ledger_close(&l);
}

Test(report, that_cannot_be_written_has_failed)
{
	struct audit_report report, last;
	struct ledger l;
	bool found = false;
	char *path;

	open_with_reports(&l);
	path = bucket_file(l.s.p, "reports", "audit-report");
	cr_assert(file_write(path, bytes_of("in the way"), &l.s.f));
	mem_free(path);
	cr_expect_not(create(&l, false, &report));
	cr_expect_eq(l.s.f.kind, FAULT_STORE);
	cr_expect_null(report.key);
	EXPECT_ENTRY(&l, "CreateCertificateAuthorityAuditReport",
	    "RequestFailedException");
	cr_assert(audit_report_last(p11ca_store(l.s.p), l.ca->uuid,
	    REPORT_FAILED, &last, &found, &l.s.f));
	cr_assert(found);
	cr_expect_eq(last.status, REPORT_FAILED);
	audit_report_clear(&last);
	path = bucket_file(l.s.p, "reports", "audit-report");
	cr_assert_eq(unlink(path), 0);
	mem_free(path);
	cr_assert(create(&l, false, &report), "at once: %s", l.s.f.found);
	audit_report_clear(&report);
	ledger_close(&l);
}

/* API, CreateCertificateAuthorityAuditReport: one in 30 minutes. */
static const struct {
	const char *setting; /* NULL: the default */
	int64_t later;
	bool created;
} intervals[] = {
	{ NULL, 0, false },
	{ NULL, 1799, false },
	{ NULL, 1800, true },
	{ NULL, -1, true }, /* the clock was wrong then */
	{ "60", 59, false },
	{ "60", 60, true },
	{ "0", 0, true },
};

static void
set_interval(struct ledger *l, const char *setting)
{
	char *path = mem_format("%s/p11ca.yaml", l->s.home);
	char *yaml = mem_format("token:\n"
				"  module: /usr/lib/softhsm/libsofthsm2.so\n"
				"audit-report:\n  minimum-interval: %s\n",
	    setting);

	cr_assert(file_write(path, bytes_of(yaml), &l->s.f), "%s",
	    l->s.f.found);
	stage_reopen(&l->s);
	mem_free(yaml);
	mem_free(path);
}

Test(report, is_not_created_again_before_the_interval_is_over)
{
	for (size_t i = 0; i < COUNT(intervals); i++) {
		struct audit_report report, again;
		struct ledger l;
		bool created;

		open_with_reports(&l);
		if (intervals[i].setting != NULL)
			set_interval(&l, intervals[i].setting);
		cr_assert(create(&l, false, &report), "%s", l.s.f.found);
		clock_stop(STAGE_NOW + intervals[i].later);
		created = create(&l, true, &again);
		cr_expect_eq(created, intervals[i].created, "case %zu", i);
		if (!created) {
			cr_expect_eq(l.s.f.kind, FAULT_REQUEST_FAILED);
			cr_expect_not_null(strstr(l.s.f.found, report.id));
			cr_expect_null(again.key);
			EXPECT_ENTRY(&l, "RequestFailedException", report.id);
		}
		audit_report_clear(&again);
		audit_report_clear(&report);
		ledger_close(&l);
	}
}

Test(report, of_one_ca_does_not_keep_another_waiting)
{
	struct audit_report report;
	struct ledger l;

	open_with_reports(&l);
	cr_assert(create(&l, false, &report), "%s", l.s.f.found);
	audit_report_clear(&report);
	ca_free(stage_host(&l.s, "root", "CN=Root", NULL, NULL));
	cr_assert(action_audit_report(l.s.p, "root", "reports", false, &report,
		      &l.s.f),
	    "%s", l.s.f.found);
	audit_report_clear(&report);
	ledger_close(&l);
}

/* What a process leaves that dies while it writes. */
static void
leave_behind(struct ledger *l, struct audit_report *report, char **beside)
{
	struct store *store = p11ca_store(l->s.p);
	struct fault *f = &l->s.f;
	char *path;

	memset(report, 0, sizeof(*report));
	cr_assert(digest_uuid(report->id, f));
	memcpy(report->ca, l->ca->uuid, sizeof(report->ca));
	report->bucket = mem_text("reports");
	report->key =
	    mem_format("audit-report/%s/%s.json", l->ca->uuid, report->id);
	report->created_at = STAGE_NOW;
	cr_assert(store_begin(store, f));
	cr_assert(audit_report_put(store, report, f), "%s", f->found);
	cr_assert(store_commit(store, f));
	cr_assert(bucket_make_room(l->s.p, "reports", report->key, f));
	path = file_of(l, report);
	*beside = mem_format("%s.Aa0000", path);
	mem_free(path);
	cr_assert(file_write(*beside, bytes_of("["), f));
}

Test(report, whose_writer_died_has_failed_and_is_cleaned_up)
{
	struct audit_report dead, seen, next;
	struct ledger l;
	char *beside;

	open_with_reports(&l);
	leave_behind(&l, &dead, &beside);
	cr_assert(action_describe_report(l.s.p, "one", dead.id, &seen, &l.s.f));
	cr_expect_eq(seen.status, REPORT_FAILED);
	audit_report_clear(&seen);
	cr_assert(create(&l, false, &next), "%s", l.s.f.found);
	cr_expect_neq(access(beside, F_OK), 0);
	cr_assert(audit_report_find(p11ca_store(l.s.p), l.ca->uuid, dead.id,
	    &seen, &l.s.f));
	cr_expect_eq(seen.status, REPORT_FAILED);
	audit_report_clear(&seen);
	audit_report_clear(&next);
	audit_report_clear(&dead);
	mem_free(beside);
	ledger_close(&l);
}

Test(report, that_is_being_written_is_neither_done_nor_begun_again)
{
	struct audit_report now, seen, next;
	struct store_lock *lock;
	struct ledger l;
	char *name, *beside;

	open_with_reports(&l);
	leave_behind(&l, &now, &beside);
	name = mem_format("report-%s", l.ca->uuid);
	cr_assert(store_lock(p11ca_store(l.s.p), name,
	    "CreateCertificateAuthorityAuditReport", &lock, &l.s.f));
	cr_assert(action_describe_report(l.s.p, "one", now.id, &seen, &l.s.f));
	cr_expect_eq(seen.status, REPORT_CREATING);
	cr_expect_not(create(&l, false, &next));
	cr_expect_eq(l.s.f.kind, FAULT_REQUEST_IN_PROGRESS);
	EXPECT_ENTRY(&l, "RequestInProgressException");
	cr_expect_eq(access(beside, F_OK), 0, "it is not taken away");
	store_unlock(lock);
	audit_report_clear(&seen);
	audit_report_clear(&now);
	mem_free(beside);
	mem_free(name);
	ledger_close(&l);
}
