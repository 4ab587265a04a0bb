/* column.c - fields of a struct in columns of a table, and back. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

static int
bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	return sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

static const char *
text_at(sqlite3_stmt *stmt, int at)
{
	return (const char *)sqlite3_column_text(stmt, at);
}

static int
chars_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at, field);
}

static bool
chars_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	const char *text = text_at(stmt, at);

	if (text == NULL || strlen(text) >= size)
		return false;
	memcpy(field, text, strlen(text) + 1);
	return true;
}

const struct column_kind column_chars = { chars_bind, chars_read };

static int
text_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at, *(char *const *)field);
}

static bool
text_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	*(char **)field = mem_text(text_at(stmt, at));
	return true;
}

const struct column_kind column_text = { text_bind, text_read };

static int
buf_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	const struct buf *buf = field;

	if (buf->len == 0)
		return sqlite3_bind_null(stmt, at);
	return sqlite3_bind_blob64(stmt, at, buf->p, buf->len, SQLITE_STATIC);
}

static bool
buf_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	struct bytes blob = { sqlite3_column_blob(stmt, at), 0 };

	blob.len = (size_t)sqlite3_column_bytes(stmt, at);
	if (blob.len > 0)
		buf_set(field, blob);
	return true;
}

const struct column_kind column_buf = { buf_bind, buf_read };

static int
number_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return sqlite3_bind_int64(stmt, at, *(const int64_t *)field);
}

static bool
number_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	*(int64_t *)field = sqlite3_column_int64(stmt, at);
	return true;
}

const struct column_kind column_number = { number_bind, number_read };

static int
flag_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return sqlite3_bind_int(stmt, at, *(const bool *)field ? 1 : 0);
}

static bool
flag_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	*(bool *)field = sqlite3_column_int(stmt, at) != 0;
	return true;
}

const struct column_kind column_flag = { flag_bind, flag_read };

static int
claim_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at, claim_text(*(const enum claim *)field));
}

static bool
claim_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	static const enum claim all[] = { CLAIM_UNREPORTED, CLAIM_NO,
		CLAIM_YES };
	const char *text = text_at(stmt, at);

	for (size_t i = 0; text != NULL && i < COUNT(all); i++) {
		if (strcmp(claim_text(all[i]), text) == 0) {
			*(enum claim *)field = all[i];
			return true;
		}
	}
	return false;
}

const struct column_kind column_claim = { claim_bind, claim_read };

static int
type_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at, ca_type_name(*(const enum ca_type *)field));
}

static bool
type_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	const char *text = text_at(stmt, at);

	return text != NULL && ca_type_from_name(text, field);
}

const struct column_kind column_type = { type_bind, type_read };

static int
status_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at,
	    ca_status_name(*(const enum ca_status *)field));
}

static bool
status_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	const char *text = text_at(stmt, at);

	return text != NULL && ca_status_from_name(text, field);
}

const struct column_kind column_status = { status_bind, status_read };

static int
key_alg_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at, key_algs[*(const enum key_alg *)field].name);
}

static bool
key_alg_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	struct fault f = { 0 };
	const char *text = text_at(stmt, at);

	return text != NULL && key_alg_from_name(text, field, &f);
}

const struct column_kind column_key_alg = { key_alg_bind, key_alg_read };

static int
sign_alg_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at,
	    sign_algs[*(const enum sign_alg *)field].name);
}

static bool
sign_alg_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	struct fault f = { 0 };
	const char *text = text_at(stmt, at);

	return text != NULL && sign_alg_from_name(text, field, &f);
}

const struct column_kind column_sign_alg = { sign_alg_bind, sign_alg_read };

/* Names of a field that no other folder writes down. */
static bool
name_read(sqlite3_stmt *stmt, int at, const char *const *names, size_t count,
    size_t *out)
{
	const char *text = text_at(stmt, at);

	for (*out = 0; text != NULL && *out < count; (*out)++)
		if (strcmp(names[*out], text) == 0)
			return true;
	return false;
}

static const char *const states[ISSUED_STATES] = {
	[ISSUED_INTENT] = "INTENT",
	[ISSUED_DONE] = "DONE",
	[ISSUED_FAILED] = "FAILED",
};

static int
state_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at, states[*(const enum issued_state *)field]);
}

static bool
state_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	size_t i;

	if (!name_read(stmt, at, states, COUNT(states), &i))
		return false;
	*(enum issued_state *)field = (enum issued_state)i;
	return true;
}

const struct column_kind column_state = { state_bind, state_read };

static const char *const report_statuses[REPORT_STATUSES] = {
	[REPORT_CREATING] = "CREATING",
	[REPORT_SUCCESS] = "SUCCESS",
	[REPORT_FAILED] = "FAILED",
};

static int
report_status_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	return bind_text(stmt, at,
	    report_statuses[*(const enum report_status *)field]);
}

static bool
report_status_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	size_t i;

	if (!name_read(stmt, at, report_statuses, COUNT(report_statuses), &i))
		return false;
	*(enum report_status *)field = (enum report_status)i;
	return true;
}

const struct column_kind column_report_status = { report_status_bind,
	report_status_read };

static int
reason_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	enum revocation_reason reason = *(const enum revocation_reason *)field;

	if (reason == REASON_NONE)
		return sqlite3_bind_null(stmt, at);
	return bind_text(stmt, at, reason_name(reason));
}

static bool
reason_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	const char *text = text_at(stmt, at);

	*(enum revocation_reason *)field = REASON_NONE;
	return text == NULL || reason_from_name(text, field);
}

const struct column_kind column_reason = { reason_bind, reason_read };

/* What is no hex becomes NULL, which the schema refuses. */
static int
hex_bind(sqlite3_stmt *stmt, int at, const void *field)
{
	struct buf octets = { 0 };
	int code;

	if (!buf_from_hex(&octets, field) || octets.len == 0)
		code = sqlite3_bind_null(stmt, at);
	else
		code = sqlite3_bind_blob64(stmt, at, octets.p, octets.len,
		    SQLITE_TRANSIENT);
	buf_free(&octets);
	return code;
}

static bool
hex_read(sqlite3_stmt *stmt, int at, void *field, size_t size)
{
	struct bytes blob = { sqlite3_column_blob(stmt, at), 0 };
	struct buf hex = { 0 };

	blob.len = (size_t)sqlite3_column_bytes(stmt, at);
	if (blob.len * 2 + 1 != size)
		return false;
	buf_hex(&hex, blob);
	memcpy(field, buf_text(&hex), size);
	buf_free(&hex);
	return true;
}

const struct column_kind column_hex = { hex_bind, hex_read };

bool
columns_bind(struct store *store, sqlite3_stmt *stmt,
    const struct column *columns, size_t count, const void *record,
    struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		const char *field = (const char *)record + columns[i].offset;
		int code = columns[i].kind->bind(stmt, (int)i + 1, field);

		if (code != SQLITE_OK)
			return sql_fault(store, code, f);
	}
	return true;
}

bool
columns_read(struct store *store, sqlite3_stmt *stmt,
    const struct column *columns, size_t count, void *record, struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		const struct column *column = &columns[i];
		char *field = (char *)record + column->offset;
		char path[200];

		if (column->kind->read(stmt, (int)i, field, column->size))
			continue;
		text_fit(path, sizeof(path), bytes_of(store->path));
		fault_found(f, "%s: a row whose %s has an unknown value", path,
		    column->name);
		return fault_raise(f, FAULT_STORE, "a row as p11ca wrote it",
		    "keep a copy of the home as it is, and restore a backup");
	}
	return true;
}
