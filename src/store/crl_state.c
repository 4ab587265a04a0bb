/* crl_state.c - the CRLs of a CA: partitions, numbers, what is published. */
#include "internal.h"
#include "p11ca/digest.h"
#include "p11ca/register.h"

#define ROW(column, kind)                                                      \
	{                                                                      \
#column, offsetof(struct crl_state, column),                   \
		    sizeof(((struct crl_state *)0)->column), &column_##kind    \
	}

/* clang-format off */
static const struct column columns[] = {
	ROW(ca, chars),
	ROW(partition, number),
	ROW(guid, chars),
	ROW(number, number),
	ROW(this_update, number),
	ROW(next_update, number),
	ROW(changed, flag),
	ROW(certificates, number),
	ROW(revoked, number),
};

/* Parameters of update_published. */
static const struct column published[] = {
	ROW(ca, chars),
	ROW(partition, number),
	ROW(number, number),
	ROW(this_update, number),
	ROW(next_update, number),
	ROW(revoked, number),
};
/* clang-format on */

static const struct record_kind state_kind = { columns, COUNT(columns),
	sizeof(struct crl_state), NULL };
static const struct record_kind published_kind = { published, COUNT(published),
	sizeof(struct crl_state), NULL };

/* The columns, where the CA is parameter 1. */
#define NAMES                                                                  \
	"?1, partition, guid, number, this_update, next_update,"               \
	" revoked > listed, certificates, revoked"

#define LAST                                                                   \
	"(SELECT max(partition) FROM crl WHERE ca = " ISSUER                   \
	" AND partition > 0)"

static const char assign_complete[] =
    "UPDATE crl SET certificates = certificates + 1"
    " WHERE ca = " ISSUER " AND partition = 0 RETURNING " NAMES;

static const char assign_last[] =
    "UPDATE crl SET certificates = certificates + 1"
    " WHERE ca = " ISSUER " AND partition = " LAST " AND certificates < ?2"
    " RETURNING " NAMES;

static const char insert_partition[] =
    "INSERT INTO crl (ca, partition, guid, certificates)"
    " VALUES (" ISSUER ", coalesce(" LAST ", 0) + 1, ?2, 1) RETURNING " NAMES;

static const char unassign[] =
    "UPDATE crl SET certificates = certificates - 1"
    " WHERE ca = " ISSUER " AND partition = ?2 AND certificates > 0";

static const char select_states[] =
    "SELECT " NAMES " FROM crl WHERE ca = " ISSUER " ORDER BY partition";

static const char update_number[] =
    "UPDATE crl SET number = max(number + 1, ?3)"
    " WHERE ca = " ISSUER " AND partition = ?2 RETURNING number";

static const char update_published[] =
    "UPDATE crl SET this_update = ?4, next_update = ?5, listed = ?6"
    " WHERE ca = " ISSUER " AND partition = ?2 AND number = ?3 AND number > 0";

static bool
refuse_partition(const char *ca, int64_t partition, struct fault *f)
{
	fault_found(f, "no CRL partition %lld of CA %.8s", (long long)partition,
	    ca);
	return fault_raise(f, FAULT_OURS, "a CRL that crl_states() gave",
	    "report this as a fault of p11ca");
}

/* Run a change of one CRL that returns it; *found is false for none. */
static bool
change(struct store *store, const char *sql, const char *ca, const char *guid,
    struct crl_state *out, bool *found, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_prepare_write(store, sql, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	if (guid != NULL)
		sql_bind_text(stmt, 2, guid);
	else if (sqlite3_bind_parameter_count(stmt) > 1)
		sqlite3_bind_int64(stmt, 2, CRL_PARTITION_MAX);
	return record_first(store, stmt, &state_kind, out, found, f);
}

bool
crl_assign(struct store *store, const char *ca, bool partitioned,
    struct crl_state *out, struct fault *f)
{
	char guid[UUID_LEN];
	bool found = false;
	bool ok = change(store, partitioned ? assign_last : assign_complete, ca,
	    NULL, out, &found, f);

	if (ok && partitioned && !found)
		ok = digest_uuid(guid, f) &&
		    change(store, insert_partition, ca, guid, out, &found, f);
	return ok && (found || refuse_partition(ca, 0, f));
}

bool
crl_unassign(struct store *store, const char *ca, int64_t partition,
    struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_prepare_write(store, unassign, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sqlite3_bind_int64(stmt, 2, partition);
	return sql_finish(store, stmt, f) &&
	    (sqlite3_changes(store->db) == 1 ||
		refuse_partition(ca, partition, f));
}

bool
crl_states(struct store *store, const char *ca, struct crl_state **list,
    size_t *count, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	void *all = NULL;
	bool ok = sql_prepare(store, select_states, &stmt, f);

	*list = NULL;
	*count = 0;
	if (!ok)
		return false;
	sql_bind_text(stmt, 1, ca);
	ok = record_list(store, stmt, &state_kind, &all, count, f);
	*list = all;
	return ok;
}

bool
crl_number(struct store *store, const char *ca, int64_t partition,
    int64_t least, int64_t *number, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	bool ok;

	*number = 0;
	if (!sql_prepare_write(store, update_number, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sqlite3_bind_int64(stmt, 2, partition);
	sqlite3_bind_int64(stmt, 3, least);
	ok = sql_step(store, stmt, &row, f);
	if (ok && row)
		*number = sqlite3_column_int64(stmt, 0);
	sql_release(store, stmt);
	return ok && (row || refuse_partition(ca, partition, f));
}

bool
crl_published(struct store *store, const struct crl_state *state,
    struct fault *f)
{
	if (!record_write(store, update_published, &published_kind, state, f))
		return false;
	if (sqlite3_changes(store->db) == 1)
		return true;
	fault_found(f, "CRL %lld of CA %.8s, which is not the last begun",
	    (long long)state->number, state->ca);
	return fault_raise(f, FAULT_CONCURRENT_MODIFICATION,
	    "one process that makes a CRL", "make the CRL again");
}
