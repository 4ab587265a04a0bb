/* record.c - rows of a question as structs. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"

bool
record_write(struct store *store, const char *sql,
    const struct record_kind *kind, const void *record, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_prepare_write(store, sql, &stmt, f))
		return false;
	if (!columns_bind(store, stmt, kind->columns, kind->count, record, f)) {
		sql_release(store, stmt);
		return false;
	}
	return sql_finish(store, stmt, f);
}

static void
record_empty(const struct record_kind *kind, void *record)
{
	if (kind->clear != NULL)
		kind->clear(record);
	memset(record, 0, kind->size);
}

bool
record_next(struct store *store, sqlite3_stmt *stmt,
    const struct record_kind *kind, void *out, bool *found, struct fault *f)
{
	memset(out, 0, kind->size);
	*found = false;
	if (!sql_step(store, stmt, found, f))
		return false;
	if (!*found ||
	    columns_read(store, stmt, kind->columns, kind->count, out, f))
		return true;
	record_empty(kind, out);
	*found = false;
	return false;
}

bool
record_first(struct store *store, sqlite3_stmt *stmt,
    const struct record_kind *kind, void *out, bool *found, struct fault *f)
{
	bool ok = record_next(store, stmt, kind, out, found, f);

	sql_release(store, stmt);
	return ok;
}

bool
record_list(struct store *store, sqlite3_stmt *stmt,
    const struct record_kind *kind, void **list, size_t *count, struct fault *f)
{
	char *all = NULL;
	size_t cap = 0, n = 0;
	bool row = false;
	bool ok;

	*list = NULL;
	*count = 0;
	do {
		all = mem_grow(all, n, &cap, kind->size);
		ok = record_next(store, stmt, kind, all + n * kind->size, &row,
		    f);
		n += ok && row ? 1 : 0;
	} while (ok && row);
	sql_release(store, stmt);
	if (!ok || n == 0) {
		record_free(kind, all, n);
		return ok;
	}
	*list = all;
	*count = n;
	return true;
}

void
record_free(const struct record_kind *kind, void *list, size_t count)
{
	char *all = list;

	for (size_t i = 0; i < count; i++)
		record_empty(kind, all + i * kind->size);
	mem_free(list);
}
