/*
 * report.c - CreateCertificateAuthorityAuditReport and its Describe: every
 * certificate that a CA issued, in a file of a bucket.
 *
 * Its row is CREATING before the file is begun.  Whoever writes holds a lock:
 * a row in CREATING without it is one whose writer died.
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/clock.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/rule_status.h"

#define OPERATION "CreateCertificateAuthorityAuditReport"
#define PROGRESS 100000 /* certificates */
#define LOCK_LEN (sizeof("report-") + UUID_LEN)

static const char *
lock_name(const struct ca *ca, char out[LOCK_LEN])
{
	(void)snprintf(out, LOCK_LEN, "report-%s", ca->uuid);
	return out;
}

/* A report while it is written. */
struct writing {
	struct p11ca *p;
	const struct ca *ca;
	bool csv;
	struct file_stream *file;
	struct buf row; /* room for one, used again and again */
	size_t count;
	struct fault *f;
	bool ok;
};

static bool
write_row(const struct issued *issued, int64_t position, void *context)
{
	struct writing *w = context;
	const char *account = w->p->conf->account;

	if (issued->state != ISSUED_DONE)
		return true;
	w->row.len = 0;
	if (w->csv) {
		report_csv_row(&w->row, issued, w->ca->arn, account);
	} else {
		buf_text_append(&w->row, w->count > 0 ? ",\n" : "\n");
		report_json_row(&w->row, issued, w->ca->arn, account);
	}
	if (++w->count % PROGRESS == 0)
		say(w->p, "%zu certificates in the audit report", w->count);
	w->ok = file_stream_append(w->file, buf_bytes(&w->row), w->f);
	return w->ok;
}

/* What stands before the rows, and after them. */
static bool
write_frame(struct writing *w, bool end)
{
	w->row.len = 0;
	if (!w->csv)
		buf_text_append(&w->row, end ? "\n]\n" : "[");
	else if (!end)
		report_csv_header(&w->row);
	return file_stream_append(w->file, buf_bytes(&w->row), w->f);
}

static bool
write_file(struct p11ca *p, const struct ca *ca,
    const struct audit_report *report, bool csv, size_t *count, struct fault *f)
{
	struct writing w = { .p = p, .ca = ca, .csv = csv, .f = f, .ok = true };
	char *path = bucket_file(p, report->bucket, report->key);
	bool ok = bucket_make_room(p, report->bucket, report->key, f) &&
	    file_stream_open(path, &w.file, f) && write_frame(&w, false) &&
	    register_each(p->store, ca->uuid, 0, write_row, &w, f) && w.ok &&
	    write_frame(&w, true) && file_stream_commit(w.file, f);

	*count = w.count;
	file_stream_close(w.file);
	buf_free(&w.row);
	mem_free(path);
	return ok;
}

/* The last one has no writer any more: take back what it left. */
static bool
end_abandoned(struct p11ca *p, const struct ca *ca, struct fault *f)
{
	struct audit_report last;
	bool found = false;
	bool ok = audit_report_last(p->store, ca->uuid, REPORT_CREATING, &last,
	    &found, f);

	if (ok && found) {
		char *path = bucket_file(p, last.bucket, last.key);

		file_clean(path);
		mem_free(path);
		last.status = REPORT_FAILED;
		ok = audit_report_put(p->store, &last, f);
	}
	audit_report_clear(&last);
	return ok;
}

/* The last one that was written, not one that failed: that may be asked for
 * again at once.  One from the time to come tells of a clock that was wrong. */
static bool
interval_is_over(struct p11ca *p, const struct ca *ca, struct fault *f)
{
	int64_t interval = p->conf->audit_report.minimum_interval;
	char then[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
	struct audit_report last;
	int64_t now = clock_now();
	bool found = false;
	bool ok;

	if (!audit_report_last(p->store, ca->uuid, REPORT_SUCCESS, &last,
		&found, f))
		return false;
	ok = !found || last.created_at > now ||
	    now - last.created_at >= interval;
	if (!ok)
		fault_found(f, "the audit report %s of %s, the next at %s",
		    last.id, clock_text(last.created_at, then),
		    clock_text(last.created_at + interval, next));
	audit_report_clear(&last);
	return ok ||
	    fault_raise(f, FAULT_REQUEST_FAILED,
		"the time between two reports of a CA to be over",
		"take that report, or ask again then "
		"(audit-report.minimum-interval in p11ca.yaml)");
}

static bool
draft(const struct ca *ca, const char *bucket, bool csv,
    struct audit_report *report, struct fault *f)
{
	if (!digest_uuid(report->id, f))
		return false;
	memcpy(report->ca, ca->uuid, sizeof(report->ca));
	report->bucket = mem_text(bucket);
	report->key = mem_format("audit-report/%s/%s.%s", ca->uuid, report->id,
	    csv ? "csv" : "json");
	report->status = REPORT_CREATING;
	report->created_at = clock_now();
	return true;
}

static bool
put_begun(struct p11ca *p, const struct ca *ca,
    const struct audit_report *report, struct fault *f)
{
	bool ok = store_begin(p->store, f) && end_abandoned(p, ca, f) &&
	    audit_report_put(p->store, report, f) && store_commit(p->store, f);

	if (!ok)
		store_rollback(p->store);
	return ok;
}

static bool
put_done(struct p11ca *p, struct deed *deed, struct audit_report *report,
    size_t count, struct fault *f)
{
	char *certificates = mem_format("%zu", count);
	bool ok;

	report->status = REPORT_SUCCESS;
	deed->more[deed->more_count++] =
	    (struct wire_pair){ "certificates", certificates };
	ok = store_begin(p->store, f) &&
	    audit_report_put(p->store, report, f) && record_done(p, deed, f);
	deed->more_count--;
	mem_free(certificates);
	return ok;
}

/* The fault that ended it stays the answer. */
static void
put_failed(struct p11ca *p, struct audit_report *report)
{
	struct fault ignored = { 0 };

	store_rollback(p->store);
	report->status = REPORT_FAILED;
	if (!store_begin(p->store, &ignored) ||
	    !audit_report_put(p->store, report, &ignored) ||
	    !store_commit(p->store, &ignored))
		store_rollback(p->store);
}

/* With the lock: row, file, row. */
static bool
create(struct p11ca *p, const struct ca *ca, bool csv, struct deed *deed,
    struct audit_report *report, struct fault *f)
{
	size_t count = 0;

	if (!put_begun(p, ca, report, f))
		return false;
	if (write_file(p, ca, report, csv, &count, f) &&
	    put_done(p, deed, report, count, f))
		return true;
	put_failed(p, report);
	return false;
}

bool
action_audit_report(struct p11ca *p, const char *which, const char *bucket,
    bool csv, struct audit_report *out, struct fault *f)
{
	struct deed deed = { .operation = OPERATION,
		.which = which,
		.more = { { "bucket", bucket },
		    { "format", csv ? "CSV" : "JSON" } },
		.more_count = 2 };
	struct store_lock *lock = NULL;
	struct ca *ca = NULL;
	char name[LOCK_LEN];
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (find_ca(p, which, &ca, f)) {
		deed.which = ca->arn;
		ok = status_allows(ca, EVENT_AUDIT_REPORT, clock_now(), f) &&
		    bucket_is_there(p, bucket, f) &&
		    store_lock(p->store, lock_name(ca, name), OPERATION, &lock,
			f) &&
		    interval_is_over(p, ca, f) &&
		    draft(ca, bucket, csv, out, f) &&
		    create(p, ca, csv, &deed, out, f);
	}
	store_unlock(lock);
	if (!ok) {
		record_refused(p, &deed, f);
		audit_report_clear(out);
	}
	ca_free(ca);
	return ok;
}

/* Read it, unless somebody still writes it; it may end at any moment. */
static bool
find_report(struct p11ca *p, const struct ca *ca, const char *id,
    struct audit_report *out, struct fault *f)
{
	char name[LOCK_LEN];

	if (!audit_report_find(p->store, ca->uuid, id, out, f))
		return false;
	if (out->status != REPORT_CREATING ||
	    store_is_locked(p->store, lock_name(ca, name)))
		return true;
	audit_report_clear(out);
	if (!audit_report_find(p->store, ca->uuid, id, out, f))
		return false;
	if (out->status == REPORT_CREATING)
		out->status = REPORT_FAILED;
	return true;
}

bool
action_describe_report(struct p11ca *p, const char *which, const char *id,
    struct audit_report *out, struct fault *f)
{
	struct ca *ca = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = find_ca(p, which, &ca, f) && find_report(p, ca, id, out, f);
	ca_free(ca);
	return ok;
}
