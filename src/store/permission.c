/* permission.c - what a CA permits to services of other accounts. */
#include "internal.h"
#include "p11ca/attach.h"
#include "p11ca/mem.h"

#define ROW(column, kind)                                                      \
	{                                                                      \
#column, offsetof(struct permission, column),                  \
		    sizeof(((struct permission *)0)->column), &column_##kind   \
	}

static const struct column columns[] = {
	ROW(principal, text),
	ROW(source_account, text),
	ROW(actions, text),
	ROW(created_at, number),
};

static void
clear(void *record)
{
	struct permission *permission = record;

	mem_free(permission->principal);
	mem_free(permission->source_account);
	mem_free(permission->actions);
}

static const struct record_kind permission_kind = { columns, COUNT(columns),
	sizeof(struct permission), clear };

static const char select_permissions[] =
    "SELECT principal, nullif(source_account, ''), actions, created_at"
    " FROM permission WHERE ca = ?1 ORDER BY n";
static const char insert_permission[] =
    "INSERT INTO permission (principal, source_account, actions, created_at,"
    " ca) VALUES (?1, coalesce(?2, ''), ?3, ?4, ?5)"
    " ON CONFLICT (ca, principal, source_account) DO NOTHING";
static const char remove_permission[] =
    "DELETE FROM permission WHERE ca = ?1 AND principal = ?2"
    " AND source_account = coalesce(?3, '')";

bool
permissions_of(struct store *store, const char *ca, struct permission **list,
    size_t *count, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	void *all = NULL;
	bool ok;

	*list = NULL;
	*count = 0;
	if (!sql_prepare(store, select_permissions, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	ok = record_list(store, stmt, &permission_kind, &all, count, f);
	*list = all;
	return ok;
}

void
permissions_free(struct permission *list, size_t count)
{
	record_free(&permission_kind, list, count);
}

bool
permission_put(struct store *store, const char *ca,
    const struct permission *permission, bool *exists, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool ok;

	*exists = false;
	if (!sql_prepare_write(store, insert_permission, &stmt, f))
		return false;
	sql_bind_text(stmt, (int)COUNT(columns) + 1, ca);
	if (!columns_bind(store, stmt, columns, COUNT(columns), permission,
		f)) {
		sql_release(store, stmt);
		return false;
	}
	ok = sql_finish(store, stmt, f);
	*exists = ok && sqlite3_changes(store->db) == 0;
	return ok;
}

bool
permission_remove(struct store *store, const char *ca, const char *principal,
    const char *source_account, bool *existed, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool ok;

	*existed = false;
	if (!sql_prepare_write(store, remove_permission, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sql_bind_text(stmt, 2, principal);
	sql_bind_text(stmt, 3, source_account);
	ok = sql_finish(store, stmt, f);
	*existed = ok && sqlite3_changes(store->db) > 0;
	return ok;
}
