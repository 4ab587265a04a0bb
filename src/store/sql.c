/* sql.c - prepared statements, and what SQLite's answers mean. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define PATH_SHOWN_MAX 200
#define MEMORY_THAT_IS_THERE (1 << 20)

struct sql_row {
	int code;
	enum fault_kind kind;
	const char *found, *want, *todo;
};

/* An extended code comes before its own primary code. */
/* clang-format off */
static const struct sql_row rows[] = {
	{ SQLITE_BUSY, FAULT_CONCURRENT_MODIFICATION,
	    "another process that keeps writing to it",
	    "a store that is free within five seconds",
	    "try again; if it stays, find the process that holds it (fuser)" },
	{ SQLITE_LOCKED, FAULT_CONCURRENT_MODIFICATION,
	    "another thread that keeps writing to it",
	    "a store that is free within five seconds", "try again" },
	{ SQLITE_FULL, FAULT_STORE,
	    "no room left on the disk",
	    "room for a new entry; nothing was changed",
	    "make room on the disk of the home and try again" },
	{ SQLITE_READONLY, FAULT_STORE,
	    "a store that cannot be written",
	    "a home on a disk that this user may write",
	    "check the mount, the owner and the modes of the home (0700) and "
	    "its files (0600)" },
	{ SQLITE_CANTOPEN, FAULT_STORE,
	    "a store that cannot be opened",
	    "a file and a folder that this user may open",
	    "check the path, the owner and the modes of the home (0700) and "
	    "its files (0600), and the number of open files" },
	{ SQLITE_PERM, FAULT_STORE,
	    "a store that this user may not open",
	    "a home of this user",
	    "run p11ca as the owner of the home" },
	{ SQLITE_CORRUPT, FAULT_STORE,
	    "a damaged database",
	    "a database as SQLite wrote it",
	    "keep a copy of the home as it is, check the disk, and restore a "
	    "backup" },
	/* Damage can read as a length that no machine has. */
	{ SQLITE_NOMEM, FAULT_STORE,
	    "a damaged database, which asks for more memory than there is",
	    "a database as SQLite wrote it",
	    "keep a copy of the home as it is, check the disk, and restore a "
	    "backup" },
	{ SQLITE_NOTADB, FAULT_STORE,
	    "a file that is no database",
	    "a database of p11ca",
	    "correct database: in p11ca.yaml, or restore a backup" },
	{ SQLITE_IOERR_FSYNC, FAULT_STORE,
	    "a disk that failed to keep what was written",
	    "a disk that keeps what it is given",
	    "check the disk and its log, then start again and run "
	    "p11ca doctor" },
	{ SQLITE_IOERR, FAULT_STORE,
	    "a disk or file system that reports an error",
	    "a disk that reads and writes; nothing was changed",
	    "check the disk, its room and the limits of the process (ulimit), "
	    "and try again" },
	{ SQLITE_PROTOCOL, FAULT_STORE,
	    "a file system whose locks do not work",
	    "a local file system",
	    "keep the home on a local disk" },
	{ SQLITE_CONSTRAINT, FAULT_OURS,
	    "an entry that breaks a rule of the schema",
	    "entries as the schema wants them; nothing was changed",
	    "report this as a fault of p11ca" },
	{ SQLITE_TOOBIG, FAULT_STORE,
	    "an entry that is too large", "an entry below 1 GB",
	    "send less at once" },
};
/* clang-format on */

static const struct sql_row other = { SQLITE_ERROR, FAULT_STORE,
	"a database that does not answer as the schema says",
	"a database as p11ca wrote it",
	"run p11ca doctor; if it stays, restore a backup" };

static const struct sql_row *
row_of(int code)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].code == code || rows[i].code == (code & 0xff))
			return &rows[i];
	return &other;
}

bool
sql_fault(struct store *store, int code, struct fault *f)
{
	const struct sql_row *row = row_of(code);
	char path[PATH_SHOWN_MAX];
	char said[PATH_SHOWN_MAX];

	/* Where memory is really gone, this ends the process. */
	if ((code & 0xff) == SQLITE_NOMEM)
		mem_free(mem_new(MEMORY_THAT_IS_THERE));
	/* The pages may be gone although later calls succeed: never go on. */
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		store->unsure = true;
	text_fit(path, sizeof(path), bytes_of(store->path));
	/* What we have found ourselves SQLite knows nothing of. */
	text_fit(said, sizeof(said),
	    bytes_of(store->db != NULL &&
			sqlite3_errcode(store->db) != SQLITE_OK
		    ? sqlite3_errmsg(store->db)
		    : sqlite3_errstr(code)));
	fault_found(f, "%s: %s (%s)", path, row->found, said);
	return fault_raise(f, row->kind, row->want, row->todo);
}

static bool
prepare(struct store *store, const char *sql, unsigned flags,
    sqlite3_stmt **out, struct fault *f)
{
	int code = sqlite3_prepare_v3(store->db, sql, -1, flags, out, NULL);

	if (code == SQLITE_OK)
		return true;
	/* The text is ours, so what it does not find is not there yet. */
	if (code == SQLITE_ERROR && store->schema > 0 &&
	    store->schema < SCHEMA_NEWEST)
		return schema_refuse_older(store, f);
	return sql_fault(store, code, f);
}

bool
sql_prepare(struct store *store, const char *sql, sqlite3_stmt **out,
    struct fault *f)
{
	struct sql_kept *kept;

	for (size_t i = 0; i < store->kept_count; i++) {
		kept = &store->kept[i];
		/* A visitor may ask the question that it is called for. */
		if (kept->sql != sql || kept->busy)
			continue;
		assert(strcmp(sqlite3_sql(kept->stmt), sql) == 0);
		kept->busy = true;
		*out = kept->stmt;
		return true;
	}
	if (!prepare(store, sql, SQLITE_PREPARE_PERSISTENT, out, f))
		return false;
	store->kept = mem_grow(store->kept, store->kept_count, &store->kept_cap,
	    sizeof(*store->kept));
	store->kept[store->kept_count++] =
	    (struct sql_kept){ .sql = sql, .stmt = *out, .busy = true };
	return true;
}

bool
sql_prepare_write(struct store *store, const char *sql, sqlite3_stmt **out,
    struct fault *f)
{
	return sql_may_write(store, f) && sql_prepare(store, sql, out, f);
}

void
sql_release(struct store *store, sqlite3_stmt *stmt)
{
	for (size_t i = 0; stmt != NULL && i < store->kept_count; i++) {
		struct sql_kept *kept = &store->kept[i];

		if (kept->stmt != stmt)
			continue;
		(void)sqlite3_reset(stmt); /* sql_step() has told its fault */
		(void)sqlite3_clear_bindings(stmt);
		kept->busy = false;
	}
}

void
sql_forget(struct store *store)
{
	for (size_t i = 0; i < store->kept_count; i++)
		(void)sqlite3_finalize(store->kept[i].stmt);
	mem_free(store->kept);
	store->kept = NULL;
	store->kept_count = 0;
	store->kept_cap = 0;
}

void
sql_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	(void)sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

bool
sql_step(struct store *store, sqlite3_stmt *stmt, bool *row, struct fault *f)
{
	int code = sqlite3_step(stmt);

	*row = code == SQLITE_ROW;
	return *row || code == SQLITE_DONE || sql_fault(store, code, f);
}

bool
sql_finish(struct store *store, sqlite3_stmt *stmt, struct fault *f)
{
	bool row = stmt != NULL;
	bool ok = stmt != NULL;

	while (ok && row)
		ok = sql_step(store, stmt, &row, f);
	sql_release(store, stmt);
	return ok;
}

bool
sql_run(struct store *store, const char *script, struct fault *f)
{
	int code = sqlite3_exec(store->db, script, NULL, NULL, NULL);

	return code == SQLITE_OK || sql_fault(store, code, f);
}

/*
 * The first row of a question, then the rest of its work: a PRAGMA that changes
 * something gives its answer first and commits afterwards.  Some do their work
 * when they are prepared, so that these are not kept.
 */
static bool
ask(struct store *store, const char *question, char **text, int64_t *number,
    struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	bool ok;

	ok = prepare(store, question, 0, &stmt, f) &&
	    sql_step(store, stmt, &row, f);
	if (ok && !row)
		ok = sql_fault(store, SQLITE_ERROR, f);
	if (ok) {
		*text = mem_text((const char *)sqlite3_column_text(stmt, 0));
		*number = sqlite3_column_int64(stmt, 0);
	}
	while (ok && row)
		ok = sql_step(store, stmt, &row, f);
	sqlite3_finalize(stmt);
	return ok;
}

bool
sql_text(struct store *store, const char *question, char **out, struct fault *f)
{
	char *text = NULL;
	int64_t number;
	bool ok = ask(store, question, &text, &number, f);

	*out = NULL;
	if (ok && text == NULL)
		ok = sql_fault(store, SQLITE_ERROR, f);
	if (!ok) {
		mem_free(text);
		return false;
	}
	*out = text;
	return true;
}

bool
sql_number(struct store *store, const char *question, int64_t *out,
    struct fault *f)
{
	char *text = NULL;
	bool ok;

	*out = 0;
	ok = ask(store, question, &text, out, f);
	mem_free(text);
	return ok;
}

bool
sql_may_write(struct store *store, struct fault *f)
{
	if (sqlite3_get_autocommit(store->db) == 0)
		return true;
	fault_found(f, "a change of the store outside of a transaction");
	return fault_raise(f, FAULT_OURS,
	    "every change between store_begin() and store_commit()",
	    "report this as a fault of p11ca");
}
