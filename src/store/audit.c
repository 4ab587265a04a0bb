/* audit.c - the append-only log, each entry chained to the one before. */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/digest.h"
#include "p11ca/mem.h"

#define NO_PREVIOUS                                                            \
	"0000000000000000000000000000000000000000000000000000000000000000"

static const char select_head[] =
    "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
static const char insert_entry[] =
    "INSERT INTO audit (seq, entry, previous, hash) VALUES (?1, ?2, ?3, ?4)";
static const char select_entries[] =
    "SELECT seq, entry, previous, hash FROM audit WHERE seq >= ?1"
    " ORDER BY seq";

void
audit_hash(const char *previous, int64_t seq, const char *entry,
    char out[DIGEST_HEX_LEN])
{
	struct buf text = { 0 };

	buf_printf(&text, "%s %lld %s", previous, (long long)seq, entry);
	digest_hex(buf_bytes(&text), out);
	buf_free(&text);
}

/* The last entry's seq and hash; 0 and zeros when the log is empty. */
static bool
head_read(struct store *store, int64_t *seq, char hash[DIGEST_HEX_LEN],
    struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	bool ok;

	*seq = 0;
	memcpy(hash, NO_PREVIOUS, DIGEST_HEX_LEN);
	ok = sql_prepare(store, select_head, &stmt, f) &&
	    sql_step(store, stmt, &row, f);
	if (ok && row) {
		*seq = sqlite3_column_int64(stmt, 0);
		(void)snprintf(hash, DIGEST_HEX_LEN, "%s",
		    (const char *)sqlite3_column_text(stmt, 1));
	}
	sql_release(store, stmt);
	return ok;
}

bool
store_audit(struct store *store, const char *entry, struct fault *f)
{
	char previous[DIGEST_HEX_LEN];
	char hash[DIGEST_HEX_LEN];
	sqlite3_stmt *stmt = NULL;
	int64_t seq;

	if (!sql_may_write(store, f) || !head_read(store, &seq, previous, f) ||
	    !sql_prepare(store, insert_entry, &stmt, f))
		return false;
	seq++;
	audit_hash(previous, seq, entry, hash);
	sqlite3_bind_int64(stmt, 1, seq);
	sqlite3_bind_text(stmt, 2, entry, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, previous, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 4, hash, -1, SQLITE_STATIC);
	return sql_finish(store, stmt, f);
}

/* A damaged row has no text; the verifier must see it as wrong, not crash. */
static const char *
text_or_empty(sqlite3_stmt *stmt, int at)
{
	const char *text = (const char *)sqlite3_column_text(stmt, at);

	return text != NULL ? text : "";
}

bool
store_audit_each(struct store *store, int64_t from, audit_visitor *visit,
    void *context, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool go_on = true;
	bool row = false;
	bool ok;

	ok = sql_prepare(store, select_entries, &stmt, f);
	if (ok)
		sqlite3_bind_int64(stmt, 1, from);
	while (ok && go_on && (ok = sql_step(store, stmt, &row, f)) && row) {
		struct audit_row entry = { 0 };

		entry.seq = sqlite3_column_int64(stmt, 0);
		entry.entry = text_or_empty(stmt, 1);
		entry.previous = text_or_empty(stmt, 2);
		entry.hash = text_or_empty(stmt, 3);
		go_on = visit(&entry, context);
	}
	sql_release(store, stmt);
	return ok;
}
