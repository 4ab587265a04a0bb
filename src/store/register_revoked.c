/* register_revoked.c - revoking certificates, and what a CRL says of them. */
#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/register.h"
#include "p11ca/text.h"

static const char update_revoked[] =
    "UPDATE issued SET revoked_at = ?3, reason = ?4 WHERE ca = " ISSUER
    " AND serial = ?2 AND state = 'DONE' AND revoked_at = 0";

/* Only columns of the index issued_revoked: no certificate is read for it. */
#define OF_THE_REVOKED                                                         \
	" FROM issued INDEXED BY issued_revoked WHERE ca = " ISSUER            \
	" AND revoked_at > 0 AND not_after >= ?2 "
#define REVOKED "SELECT serial, revoked_at, reason" OF_THE_REVOKED

static const char select_revoked[] = REVOKED "ORDER BY partition, revoked_at";
static const char select_partition[] =
    REVOKED "AND partition = ?3 ORDER BY revoked_at";
static const char count_revoked[] = "SELECT count(*)" OF_THE_REVOKED;

/* Why a certificate could not be revoked. */
static bool
refuse_revocation(struct store *store, const char *ca, const char *serial,
    struct fault *f)
{
	struct issued issued;
	char shown[CLOCK_TEXT_MAX];
	bool ok = register_find(store, ca, serial, &issued, f);

	if (ok && issued.revoked_at != 0) {
		fault_found(f, "certificate %s revoked already, at %s (%s)",
		    issued.serial, clock_text(issued.revoked_at, shown),
		    reason_name(issued.reason));
		fault_raise(f, FAULT_REQUEST_ALREADY_PROCESSED,
		    "a certificate that is not revoked",
		    "nothing: it is revoked, and a revocation stays as it is");
	} else if (ok && issued.state == ISSUED_INTENT) {
		fault_found(f, "certificate %s not signed yet", issued.serial);
		fault_raise(f, FAULT_REQUEST_IN_PROGRESS,
		    "a certificate that was issued", "try again in a moment");
	} else if (ok) {
		serial_refuse(issued.serial, f);
	}
	issued_clear(&issued);
	return false;
}

bool
register_revoke(struct store *store, const char *ca, const char *serial,
    int64_t at, enum revocation_reason reason, struct fault *f)
{
	unsigned char octets[SERIAL_LEN];
	sqlite3_stmt *stmt = NULL;

	if (!serial_read(serial, octets, f) ||
	    !sql_prepare_write(store, update_revoked, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sqlite3_bind_blob(stmt, 2, octets, SERIAL_LEN, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, at);
	(void)column_reason.bind(stmt, 4, &reason);
	if (!sql_finish(store, stmt, f))
		return false;
	return sqlite3_changes(store->db) == 1 ||
	    refuse_revocation(store, ca, serial, f);
}

bool
register_count_unexpired(struct store *store, const char *ca, int64_t then,
    int64_t *count, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	bool ok = sql_prepare(store, count_revoked, &stmt, f);

	*count = 0;
	if (ok) {
		sql_bind_text(stmt, 1, ca);
		sqlite3_bind_int64(stmt, 2, then);
		ok = sql_step(store, stmt, &row, f);
	}
	if (ok && row)
		*count = sqlite3_column_int64(stmt, 0);
	sql_release(store, stmt);
	return ok;
}

struct revoked {
	struct buf serial;
	int64_t revoked_at;
	enum revocation_reason reason;
};

#define ROW(column, kind)                                                      \
	{                                                                      \
#column, offsetof(struct revoked, column),                     \
		    sizeof(((struct revoked *)0)->column), &column_##kind      \
	}

static const struct column columns[] = {
	ROW(serial, buf),
	ROW(revoked_at, number),
	ROW(reason, reason),
};

bool
register_each_revoked(struct store *store, const char *ca, int64_t partition,
    int64_t unexpired_at, revoked_visitor *visit, void *context,
    struct fault *f)
{
	struct revoked row = { 0 };
	sqlite3_stmt *stmt = NULL;
	bool go_on = true;
	bool ok = sql_prepare(store,
	    partition == 0 ? select_revoked : select_partition, &stmt, f);

	if (ok) {
		sql_bind_text(stmt, 1, ca);
		sqlite3_bind_int64(stmt, 2, unexpired_at);
		if (partition != 0)
			sqlite3_bind_int64(stmt, 3, partition);
	}
	while (ok && go_on && (ok = sql_step(store, stmt, &go_on, f)) &&
	    go_on) {
		ok =
		    columns_read(store, stmt, columns, COUNT(columns), &row, f);
		go_on = ok &&
		    visit(buf_bytes(&row.serial), row.revoked_at, row.reason,
			context);
	}
	sql_release(store, stmt);
	buf_free(&row.serial);
	return ok;
}
