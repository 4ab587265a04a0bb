/* register.c - the register of certificates: intents and what became of them.
 */
#include "p11ca/register.h"

#include <assert.h>
#include <string.h>

#include "internal.h"

#define ROW(column, kind)                                                      \
	{                                                                      \
#column, offsetof(struct issued, column),                      \
		    sizeof(((struct issued *)0)->column), &column_##kind       \
	}

/* The CA, then ISSUED_NAMES in their order. */
/* clang-format off */
static const struct column columns[] = {
	ROW(ca, chars),
	ROW(serial, hex),
	ROW(state, state),
	ROW(sign_alg, sign_alg),
	ROW(template_name, chars),
	ROW(request, hex),
	ROW(issued_at, number),
	ROW(not_before, number),
	ROW(not_after, number),
	ROW(partition, number),
	ROW(revoked_at, number),
	ROW(reason, reason),
	ROW(idempotency, text),
	ROW(caller, text),
	ROW(owner, text),
	ROW(failure, text),
	ROW(tbs, buf),
	ROW(certificate, buf),
};
/* clang-format on */

static void
clear(void *record)
{
	issued_clear(record);
}

const struct record_kind issued_kind = { columns, COUNT(columns),
	sizeof(struct issued), clear };

static const char insert_intent[] =
    "INSERT INTO issued (ca, " ISSUED_NAMES ") VALUES (" ISSUER ", ?2, ?3, ?4,"
    " ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
    " ON CONFLICT (ca, serial) DO NOTHING";

/* A token stands for the newest that came with it. */
static const char insert_token[] =
    "INSERT INTO issued_token (n, ca, token, at)"
    " VALUES (?2, " ISSUER ", ?3, ?4) ON CONFLICT (ca, token)"
    " DO UPDATE SET n = excluded.n, at = excluded.at";

/* Some of the oldest for each new one: they get fewer, and no one waits. */
static const char remove_tokens[] =
    "DELETE FROM issued_token WHERE at < ?1"
    " AND n < (SELECT min(n) FROM issued_token) + 8";

/* The TBS of one that failed stays: somebody may want to know. */
static const char update_intent[] =
    "UPDATE issued SET state = ?4, failure = ?5, certificate = ?6,"
    " owner = NULL, tbs = CASE WHEN ?6 IS NULL THEN tbs END"
    " WHERE ca = " ISSUER " AND serial = ?2 AND tbs = ?3 AND state = 'INTENT'";

static const char select_count[] =
    "SELECT certificates, revocations FROM issuer WHERE ca = ?1";

static bool
keep_token(struct store *store, const struct issued *intent, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_prepare_write(store, insert_token, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, intent->ca);
	sqlite3_bind_int64(stmt, 2, sqlite3_last_insert_rowid(store->db));
	sql_bind_text(stmt, 3, intent->idempotency);
	sqlite3_bind_int64(stmt, 4, intent->issued_at);
	if (!sql_finish(store, stmt, f) ||
	    !sql_prepare_write(store, remove_tokens, &stmt, f))
		return false;
	sqlite3_bind_int64(stmt, 1, intent->issued_at - REGISTER_TOKEN_KEPT);
	return sql_finish(store, stmt, f);
}

bool
register_intend(struct store *store, const struct issued *intent, bool *taken,
    struct fault *f)
{
	bool ok;

	assert(intent->state == ISSUED_INTENT);
	ok = record_write(store, insert_intent, &issued_kind, intent, f);
	*taken = ok && sqlite3_changes(store->db) == 0;
	if (ok && !*taken && intent->idempotency != NULL)
		ok = keep_token(store, intent, f);
	return ok;
}

/* A certificate is a SEQUENCE whose first member is the TBS. */
static bool
begins_with_tbs(struct bytes certificate, struct bytes tbs)
{
	size_t header;

	if (certificate.len < 2 || certificate.p[0] != 0x30)
		return false;
	header = 2;
	if (certificate.p[1] > 0x80)
		header += certificate.p[1] & 0x7f;
	return tbs.len > 0 && certificate.len > header &&
	    certificate.len - header > tbs.len &&
	    memcmp(certificate.p + header, tbs.p, tbs.len) == 0;
}

static bool
refuse_result(const struct issued *issued, const char *what, struct fault *f)
{
	fault_found(f, "%s, for the serial %s of CA %.8s", what, issued->serial,
	    issued->ca);
	return fault_raise(f, FAULT_OURS,
	    "one result for each intent, over the bytes on record; nothing was "
	    "changed",
	    "report this as a fault of p11ca");
}

/* Parameters of update_intent. */
static const struct column settled[] = {
	ROW(ca, chars),
	ROW(serial, hex),
	ROW(tbs, buf),
	ROW(state, state),
	ROW(failure, text),
	ROW(certificate, buf),
};
static const struct record_kind settled_kind = { settled, COUNT(settled),
	sizeof(struct issued), NULL };

bool
register_settle(struct store *store, const struct issued *issued,
    struct fault *f)
{
	if (issued->state == ISSUED_INTENT)
		return refuse_result(issued, "a result that is none", f);
	if (issued->state == ISSUED_DONE &&
	    !begins_with_tbs(buf_bytes(&issued->certificate),
		buf_bytes(&issued->tbs)))
		return refuse_result(issued,
		    "a certificate that does not begin with what was signed",
		    f);
	if (!record_write(store, update_intent, &settled_kind, issued, f))
		return false;
	if (sqlite3_changes(store->db) != 1)
		return refuse_result(issued, "no intent of these bytes", f);
	return true;
}

bool
register_count(struct store *store, const char *ca, int64_t *issued,
    int64_t *revoked, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	bool ok;

	*issued = 0;
	*revoked = 0;
	ok = sql_prepare(store, select_count, &stmt, f);
	if (ok) {
		sql_bind_text(stmt, 1, ca);
		ok = sql_step(store, stmt, &row, f);
	}
	if (ok && row) {
		*issued = sqlite3_column_int64(stmt, 0);
		*revoked = sqlite3_column_int64(stmt, 1);
	}
	sql_release(store, stmt);
	return ok;
}
