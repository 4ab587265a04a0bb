/*
 * internal.h - what the files of store/ share: SQL, faults of SQLite, columns.
 *
 * No SQLITE_* code leaves this folder: sql_fault() is where they end.
 */
#ifndef P11CA_STORE_INTERNAL_H
#define P11CA_STORE_INTERNAL_H

#include <sqlite3.h>

#include "p11ca/store.h"

struct store {
	sqlite3 *db;
	char *path;
	char *locks;
	bool unsure; /* an fsync failed: what is on the disk is not known */
};

/* How long somebody else may write before we give up. */
#define STORE_WAIT_MS 5000

/* sql.c ------------------------------------------------------------------ */

/* Say what SQLite answered, with what to do about it.  Returns false. */
bool sql_fault(struct store *store, int code, struct fault *f);

/* *out is the caller's, sqlite3_finalize(); NULL on a fault. */
MUST_CHECK bool sql_prepare(struct store *store, const char *sql,
    sqlite3_stmt **out, struct fault *f);

/* One step; *row says whether there is a row to look at. */
MUST_CHECK bool sql_step(struct store *store, sqlite3_stmt *stmt, bool *row,
    struct fault *f);

/* Step to the end and give the statement back, NULL too; for writing. */
MUST_CHECK bool sql_finish(struct store *store, sqlite3_stmt *stmt,
    struct fault *f);

/* A constant script without results. */
MUST_CHECK bool sql_run(struct store *store, const char *script,
    struct fault *f);

/* The one number, or the one text (the caller's), that a question has. */
MUST_CHECK bool sql_number(struct store *store, const char *question,
    int64_t *out, struct fault *f);
MUST_CHECK bool sql_text(struct store *store, const char *question, char **out,
    struct fault *f);

/* Refuse to write outside of a transaction. */
MUST_CHECK bool sql_may_write(struct store *store, struct fault *f);

/* schema.c --------------------------------------------------------------- */

/* Refuse what is no database of p11ca or a newer one; writes nothing. */
MUST_CHECK bool schema_is_ours(struct store *store, enum store_mode mode,
    struct fault *f);

/*
 * Bring it to the schema of this program (not with STORE_READ), then refuse
 * one that lacks a table or a trigger.
 */
MUST_CHECK bool schema_update(struct store *store, enum store_mode mode,
    struct fault *f);

/* column.c --------------------------------------------------------------- */

struct column;

/* How a field goes into a parameter and comes out of a column. */
struct column_kind {
	int (*bind)(sqlite3_stmt *stmt, int at, const void *field);
	bool (*read)(sqlite3_stmt *stmt, int at, void *field, size_t size);
};

/* One field of a struct and the column that keeps it. */
struct column {
	const char *name;
	size_t offset, size;
	const struct column_kind *kind;
};

extern const struct column_kind column_chars;  /* char [], never NULL */
extern const struct column_kind column_text;   /* char *, or NULL */
extern const struct column_kind column_buf;    /* struct buf; empty: NULL */
extern const struct column_kind column_number; /* int64_t */
extern const struct column_kind column_flag;   /* bool */
extern const struct column_kind column_claim;  /* enum claim, as its text */
extern const struct column_kind column_type;   /* the API's names ... */
extern const struct column_kind column_status;
extern const struct column_kind column_key_alg;
extern const struct column_kind column_sign_alg;

/* Bind columns[i] of *record to parameter i + 1.  *record must outlive it. */
MUST_CHECK bool columns_bind(struct store *store, sqlite3_stmt *stmt,
    const struct column *columns, size_t count, const void *record,
    struct fault *f);

/* Read column i of the row into columns[i] of *record, which starts empty. */
MUST_CHECK bool columns_read(struct store *store, sqlite3_stmt *stmt,
    const struct column *columns, size_t count, void *record, struct fault *f);

#endif
