/* history.c - the certificates that a CA has or had. */
#include <assert.h>

#include "internal.h"
#include "p11ca/mem.h"

#define ROW(column, kind)                                                      \
	{                                                                      \
#column, offsetof(struct installed, column),                   \
		    sizeof(((struct installed *)0)->column), &column_##kind    \
	}

/* clang-format off */
static const struct column columns[] = {
	ROW(certificate, buf),
	ROW(chain, buf),
	ROW(serial, text),
	ROW(not_before, number),
	ROW(not_after, number),
	ROW(installed_at, number),
};
/* clang-format on */

static const char insert_certificate[] =
    "INSERT INTO ca_certificate (certificate, chain, serial, not_before,"
    " not_after, installed_at, ca, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
    " (SELECT coalesce(max(n), 0) + 1 FROM ca_certificate WHERE ca = ?7))";

static const char select_certificates[] =
    "SELECT certificate, chain, serial, not_before, not_after, installed_at"
    " FROM ca_certificate WHERE ca = ?1 ORDER BY n DESC";

bool
store_install(struct store *store, struct ca *ca, int64_t now, struct fault *f)
{
	/* Borrows from *ca. */
	struct installed entry = { .certificate = ca->certificate,
		.chain = ca->chain,
		.serial = ca->serial,
		.not_before = ca->not_before,
		.not_after = ca->not_after,
		.installed_at = now };
	sqlite3_stmt *stmt = NULL;

	assert(ca->certificate.len > 0);
	if (!store_update_ca(store, ca, f) ||
	    !sql_prepare(store, insert_certificate, &stmt, f))
		return false;
	if (!columns_bind(store, stmt, columns, COUNT(columns), &entry, f)) {
		sql_release(store, stmt);
		return false;
	}
	sqlite3_bind_text(stmt, (int)COUNT(columns) + 1, ca->uuid, -1,
	    SQLITE_STATIC);
	return sql_finish(store, stmt, f);
}

bool
store_history(struct store *store, const struct ca *ca, struct installed **list,
    size_t *count, struct fault *f)
{
	struct installed *all = NULL;
	sqlite3_stmt *stmt = NULL;
	size_t cap = 0, n = 0;
	bool row = false;
	bool ok;

	*list = NULL;
	*count = 0;
	ok = sql_prepare(store, select_certificates, &stmt, f);
	if (ok)
		sqlite3_bind_text(stmt, 1, ca->uuid, -1, SQLITE_STATIC);
	while (ok && (ok = sql_step(store, stmt, &row, f)) && row) {
		all = mem_grow(all, n, &cap, sizeof(*all));
		all[n] = (struct installed){ 0 };
		ok = columns_read(store, stmt, columns, COUNT(columns),
		    &all[n++], f);
	}
	sql_release(store, stmt);
	if (!ok) {
		store_free_history(all, n);
		return false;
	}
	*list = all;
	*count = n;
	return true;
}

void
store_free_history(struct installed *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_free(&list[i].certificate);
		buf_free(&list[i].chain);
		mem_free(list[i].serial);
	}
	mem_free(list);
}
