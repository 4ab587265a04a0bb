/* report.c - audit reports of a CA. */
#include <string.h>

#include "internal.h"
#include "p11ca/attach.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define ROW(column, kind)                                                      \
	{                                                                      \
#column, offsetof(struct audit_report, column),                \
		    sizeof(((struct audit_report *)0)->column), &column_##kind \
	}

/* clang-format off */
static const struct column columns[] = {
	ROW(id, chars),
	ROW(ca, chars),
	ROW(bucket, text),
	ROW(key, text),
	ROW(status, report_status),
	ROW(created_at, number),
};
/* clang-format on */

static void
clear(void *record)
{
	audit_report_clear(record);
}

static const struct record_kind report_kind = { columns, COUNT(columns),
	sizeof(struct audit_report), clear };

#define SELECT                                                                 \
	"SELECT id, ca, bucket, key, status, created_at FROM audit_report"     \
	" WHERE ca = ?1 "

static const char put_report[] =
    "INSERT INTO audit_report (id, ca, bucket, key, status, created_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT (id) DO UPDATE SET bucket = excluded.bucket,"
    " key = excluded.key, status = excluded.status WHERE ca = excluded.ca";
static const char select_id[] = SELECT "AND id = ?2";
static const char select_last[] =
    SELECT "AND status = ?2 ORDER BY n DESC LIMIT 1";

void
audit_report_clear(struct audit_report *report)
{
	mem_free(report->bucket);
	mem_free(report->key);
	memset(report, 0, sizeof(*report));
}

bool
audit_report_put(struct store *store, const struct audit_report *report,
    struct fault *f)
{
	if (!record_write(store, put_report, &report_kind, report, f))
		return false;
	if (sqlite3_changes(store->db) == 1)
		return true;
	fault_found(f, "audit report %s, which is another CA's", report->id);
	return fault_raise(f, FAULT_OURS, "a report of this CA",
	    "report this as a fault of p11ca");
}

bool
audit_report_find(struct store *store, const char *ca, const char *id,
    struct audit_report *out, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	char shown[80];
	bool found;

	memset(out, 0, sizeof(*out));
	if (!sql_prepare(store, select_id, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sql_bind_text(stmt, 2, id);
	if (!record_first(store, stmt, &report_kind, out, &found, f))
		return false;
	if (found)
		return true;
	text_fit(shown, sizeof(shown), bytes_of(id));
	fault_found(f, "no audit report \"%s\" of CA %.8s", shown, ca);
	return fault_raise(f, FAULT_RESOURCE_NOT_FOUND,
	    "the id that creating the report gave",
	    "look at the id and at the CA, or create another report");
}

bool
audit_report_last(struct store *store, const char *ca,
    enum report_status status, struct audit_report *out, bool *found,
    struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	memset(out, 0, sizeof(*out));
	*found = false;
	if (!sql_prepare(store, select_last, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	(void)column_report_status.bind(stmt, 2, &status);
	return record_first(store, stmt, &report_kind, out, found, f);
}
