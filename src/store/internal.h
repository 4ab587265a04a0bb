/*
 * internal.h - what the files of store/ share: SQL, faults of SQLite, columns.
 *
 * No SQLITE_* code leaves this folder: sql_fault() is where they end.
 */
#ifndef P11CA_STORE_INTERNAL_H
#define P11CA_STORE_INTERNAL_H

#include <sqlite3.h>

#include "p11ca/attach.h"
#include "p11ca/register.h"
#include "p11ca/store.h"

/* A statement that is prepared once and used again. */
struct sql_kept {
	const char *sql; /* known by its address */
	sqlite3_stmt *stmt;
	bool busy;
};

struct store {
	sqlite3 *db;
	char *path;
	char *locks;
	int64_t schema; /* of the home, once it is open */
	bool unsure;	/* an fsync failed: what is on the disk is not known */
	struct sql_kept *kept;
	size_t kept_count, kept_cap;
};

/* How long somebody else may write before we give up. */
#define STORE_WAIT_MS 5000

/* sql.c ------------------------------------------------------------------ */

/* Say what SQLite answered, with what to do about it.  Returns false. */
bool sql_fault(struct store *store, int code, struct fault *f);

/*
 * *out is lent until sql_release(), without bindings; NULL on a fault.  The
 * store keeps it under the address of its text: sql is a constant.
 */
MUST_CHECK bool sql_prepare(struct store *store, const char *sql,
    sqlite3_stmt **out, struct fault *f);
void sql_release(struct store *store, sqlite3_stmt *stmt); /* NULL is fine */

/* As sql_prepare(), for writing: refuses outside of a transaction. */
MUST_CHECK bool sql_prepare_write(struct store *store, const char *sql,
    sqlite3_stmt **out, struct fault *f);

/* Finalise what sql_prepare() keeps. */
void sql_forget(struct store *store);

/* Bind a text that outlives the use of the statement; NULL is NULL. */
void sql_bind_text(sqlite3_stmt *stmt, int at, const char *text);

/* One step; *row says whether there is a row to look at. */
MUST_CHECK bool sql_step(struct store *store, sqlite3_stmt *stmt, bool *row,
    struct fault *f);

/* Step to the end and release the statement, NULL too; for writing. */
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

/* migration.c ------------------------------------------------------------ */

#define SCHEMA_NEWEST 2

/* How a home of one schema becomes one of the next. */
struct migration {
	const char *scripts[4];	 /* in order, NULL: no more */
	const char *count_parts; /* what it made: tables, indexes, triggers */
	int64_t parts;
};

/* migrations[n] leads from schema n to n + 1. */
extern const struct migration migrations[SCHEMA_NEWEST];

/* schema.c --------------------------------------------------------------- */

/* Refuse what is no database of p11ca or a newer one; writes nothing. */
MUST_CHECK bool schema_is_ours(struct store *store, enum store_mode mode,
    struct fault *f);

/*
 * Bring it to the schema of this program (not with STORE_READ: an older one
 * answers what it can), then refuse one that lacks a table or a trigger.
 */
MUST_CHECK bool schema_update(struct store *store, enum store_mode mode,
    struct fault *f);

/* An older home was asked for what only a newer one has.  Returns false. */
bool schema_refuse_older(struct store *store, struct fault *f);

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
extern const struct column_kind column_state;
extern const struct column_kind column_reason; /* REASON_NONE: NULL */
extern const struct column_kind column_report_status;
extern const struct column_kind column_hex; /* char [], octets as a blob */

/* Bind columns[i] of *record to parameter i + 1.  *record must outlive it. */
MUST_CHECK bool columns_bind(struct store *store, sqlite3_stmt *stmt,
    const struct column *columns, size_t count, const void *record,
    struct fault *f);

/* Read column i of the row into columns[i] of *record, which starts empty. */
MUST_CHECK bool columns_read(struct store *store, sqlite3_stmt *stmt,
    const struct column *columns, size_t count, void *record, struct fault *f);

/* record.c --------------------------------------------------------------- */

/* A struct, the columns of its questions, and how to empty it. */
struct record_kind {
	const struct column *columns;
	size_t count;		     /* of columns */
	size_t size;		     /* of the struct */
	void (*clear)(void *record); /* NULL: it owns nothing */
};

/* Run a change whose parameters are the columns of *record. */
MUST_CHECK bool record_write(struct store *store, const char *sql,
    const struct record_kind *kind, const void *record, struct fault *f);

/*
 * The next row of a question, which goes on; without one *out is empty.
 */
MUST_CHECK bool record_next(struct store *store, sqlite3_stmt *stmt,
    const struct record_kind *kind, void *out, bool *found, struct fault *f);

/* The first row of a question, which is then released. */
MUST_CHECK bool record_first(struct store *store, sqlite3_stmt *stmt,
    const struct record_kind *kind, void *out, bool *found, struct fault *f);

/* All rows; the question is released.  *list is the caller's, record_free();
 * NULL for none. */
MUST_CHECK bool record_list(struct store *store, sqlite3_stmt *stmt,
    const struct record_kind *kind, void **list, size_t *count,
    struct fault *f);
void record_free(const struct record_kind *kind, void *list, size_t count);

/* register.c ------------------------------------------------------------- */

extern const struct record_kind issued_kind;

/* Its columns; a question has the position, n, as one more. */
#define ISSUED_NAMES                                                           \
	"serial, state, sign_alg, template_name, request, issued_at,"          \
	" not_before, not_after, partition, revoked_at, reason, idempotency,"  \
	" caller, owner, failure, tbs, certificate"

/* The number of the CA that is parameter 1. */
#define ISSUER "(SELECT id FROM issuer WHERE ca = ?1)"

/* The octets of a serial as people write it (register_find). */
MUST_CHECK bool serial_read(const char *text, unsigned char out[SERIAL_LEN],
    struct fault *f);
bool serial_refuse(const char *serial, struct fault *f); /* no such one */

#endif
