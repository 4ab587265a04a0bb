/* ca.c - the table of CAs. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define PREFIX_MIN 4
#define SHOWN_MAX 160

/* Column, field of struct ca, kind.  The schema has the same names. */
/* clang-format off */
#define CA_COLUMNS(X) \
	X(uuid, uuid, chars) \
	X(arn, arn, chars) \
	X(name, name, chars) \
	X(type, type, type) \
	X(key_alg, key_alg, key_alg) \
	X(sign_alg, sign_alg, sign_alg) \
	X(config, config, text) \
	X(settings, settings, text) \
	X(token_uri, token_uri, text) \
	X(key_id, key_id, buf) \
	X(key_spki, key_spki, buf) \
	X(claim_sensitive, claims.sensitive, claim) \
	X(claim_extractable, claims.extractable, claim) \
	X(claim_always_sensitive, claims.always_sensitive, claim) \
	X(claim_never_extractable, claims.never_extractable, claim) \
	X(claim_local, claims.local, claim) \
	X(claim_sign, claims.sign, claim) \
	X(claim_decrypt, claims.decrypt, claim) \
	X(claim_unwrap, claims.unwrap, claim) \
	X(claim_derive, claims.derive, claim) \
	X(claim_always_authenticate, claims.always_authenticate, claim) \
	X(secret_readable, claims.secret_readable, flag) \
	X(adopted, adopted, flag) \
	X(csr, csr, text) \
	X(status, status, status) \
	X(before_delete, before_delete, status) \
	X(created_at, created_at, number) \
	X(changed_at, changed_at, number) \
	X(restorable_until, restorable_until, number) \
	X(certificate, certificate, buf) \
	X(chain, chain, buf) \
	X(serial, serial, text) \
	X(not_before, not_before, number) \
	X(not_after, not_after, number)

#define ROW(column, field, kind) \
	{ #column, offsetof(struct ca, field), \
	  sizeof(((struct ca *)0)->field), &column_##kind },
#define NAME(column, field, kind) #column ", "
#define PARAMETER(column, field, kind) ":" #column ", "
#define ASSIGNMENT(column, field, kind) #column " = :" #column ", "

/* A parameter has the number of its first mention: that of its column. */
static const struct column columns[] = {
	CA_COLUMNS(ROW)
	ROW(revision, revision, number)
};
/* clang-format on */

#define SELECT_CA "SELECT " CA_COLUMNS(NAME) "revision FROM ca "

static const char insert_ca[] = "INSERT INTO ca (" CA_COLUMNS(
    NAME) "revision) VALUES (" CA_COLUMNS(PARAMETER) ":revision)";

static const char update_ca[] =
    "UPDATE ca SET " CA_COLUMNS(ASSIGNMENT) "revision = :revision + 1"
					    " WHERE uuid = :uuid AND revision "
					    "= :revision";

static const char remove_ca[] =
    "DELETE FROM ca WHERE uuid = ?1 AND revision = ?2";

static const char select_exact[] =
    SELECT_CA "WHERE arn = ?1 OR uuid = ?1 OR (name = ?1 AND name <> '')"
	      " ORDER BY uuid";

/* '-' and every digit of a UUID sort before 'g'. */
static const char select_prefix[] =
    SELECT_CA "WHERE uuid >= ?1 AND uuid < ?1 || 'g' ORDER BY uuid";

static const char select_all[] = SELECT_CA "ORDER BY created_at, arn";

static bool
refuse_second_name(const struct ca *ca, struct fault *f)
{
	char name[SHOWN_MAX];

	text_fit(name, sizeof(name), bytes_of(ca->name));
	fault_found(f, "the name \"%s\", which another CA has", name);
	return fault_raise(f, FAULT_INVALID_ARGS, "a name that no other CA has",
	    "choose another --name");
}

/* Run an INSERT or UPDATE of one row of ca. */
static bool
write_row(struct store *store, const char *sql, const struct ca *ca,
    struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool ok;

	if (!sql_may_write(store, f) || !sql_prepare(store, sql, &stmt, f))
		return false;
	if (!columns_bind(store, stmt, columns, COUNT(columns), ca, f)) {
		sql_release(store, stmt);
		return false;
	}
	ok = sql_finish(store, stmt, f);
	if (!ok && ca->name[0] != '\0' &&
	    sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_UNIQUE)
		refuse_second_name(ca, f);
	return ok;
}

/* Whether the row was still as the caller read it. */
static bool
row_was_current(struct store *store, const struct ca *ca, struct fault *f)
{
	if (sqlite3_changes(store->db) == 1)
		return true;
	fault_found(f, "CA %.8s changed by somebody else since it was read",
	    ca->uuid);
	return fault_raise(f, FAULT_CONCURRENT_MODIFICATION,
	    "a CA that stays as it was read", "look at it again and try again");
}

bool
store_insert_ca(struct store *store, const struct ca *ca, struct fault *f)
{
	return write_row(store, insert_ca, ca, f);
}

bool
store_update_ca(struct store *store, struct ca *ca, struct fault *f)
{
	if (!write_row(store, update_ca, ca, f) ||
	    !row_was_current(store, ca, f))
		return false;
	ca->revision++;
	return true;
}

bool
store_remove_ca(struct store *store, const struct ca *ca, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_may_write(store, f) ||
	    !sql_prepare(store, remove_ca, &stmt, f))
		return false;
	sqlite3_bind_text(stmt, 1, ca->uuid, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, ca->revision);
	return sql_finish(store, stmt, f) && row_was_current(store, ca, f);
}

/* All rows of a question, whose parameter 1, if it has one, is text. */
static bool
select_cas(struct store *store, const char *sql, const char *text,
    struct ca ***out, size_t *count, struct fault *f)
{
	struct ca **cas = mem_array(1, sizeof(struct ca *));
	sqlite3_stmt *stmt = NULL;
	size_t cap = 1, n = 0;
	bool row = false;
	bool ok;

	*out = NULL;
	*count = 0;
	ok = sql_prepare(store, sql, &stmt, f);
	if (ok && text != NULL)
		sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
	while (ok && (ok = sql_step(store, stmt, &row, f)) && row) {
		cas = mem_grow(cas, n + 1, &cap, sizeof(struct ca *));
		cas[n] = mem_new(sizeof(struct ca));
		cas[n + 1] = NULL;
		ok = columns_read(store, stmt, columns, COUNT(columns),
		    cas[n++], f);
	}
	sql_release(store, stmt);
	if (!ok) {
		store_free_cas(cas);
		return false;
	}
	*out = cas;
	*count = n;
	return true;
}

bool
store_all_cas(struct store *store, struct ca ***out, size_t *count,
    struct fault *f)
{
	return select_cas(store, select_all, NULL, out, count, f);
}

void
store_free_cas(struct ca **cas)
{
	for (size_t i = 0; cas != NULL && cas[i] != NULL; i++)
		ca_free(cas[i]);
	mem_free(cas);
}

/* The lower-case form of what can only be the start of a UUID; else false. */
static bool
uuid_prefix(const char *text, char out[UUID_LEN])
{
	size_t len = strlen(text);

	if (len < PREFIX_MIN || len >= UUID_LEN)
		return false;
	for (size_t i = 0; i <= len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c != '\0' && c != '-' && !isxdigit(c))
			return false;
		out[i] = (char)tolower(c);
	}
	return true;
}

/* arn:PARTITION:acm-pca:REGION:ACCOUNT:certificate-authority/UUID */
static bool
is_arn_of_a_ca(const char *arn)
{
	static const char kind[] = "certificate-authority/";
	char uuid[UUID_LEN];
	const char *part = arn;

	for (int field = 0; field < 5; field++) {
		if (field == 2 && strncmp(part, "acm-pca:", 8) != 0)
			return false;
		part = strchr(part, ':');
		if (part == NULL)
			return false;
		part++;
	}
	return strncmp(part, kind, strlen(kind)) == 0 &&
	    uuid_prefix(part + strlen(kind), uuid) &&
	    strlen(uuid) == UUID_LEN - 1;
}

static bool
refuse_arn(const char *which, struct fault *f)
{
	char shown[SHOWN_MAX];

	text_fit(shown, sizeof(shown), bytes_of(which));
	fault_found(f, "the ARN \"%s\"", shown);
	return fault_raise(f, FAULT_INVALID_ARN,
	    "arn:PARTITION:acm-pca:REGION:ACCOUNT:certificate-authority/UUID",
	    "see p11ca list");
}

static bool
refuse_none(const char *which, struct fault *f)
{
	char shown[SHOWN_MAX];

	text_fit(shown, sizeof(shown), bytes_of(which));
	fault_found(f, "no CA \"%s\"", shown);
	return fault_raise(f, FAULT_RESOURCE_NOT_FOUND,
	    "the ARN, the UUID, the first 4 or more digits of the UUID, or the "
	    "name of a CA",
	    "see p11ca list");
}

static bool
refuse_several(const char *which, struct ca *const *cas, size_t count,
    struct fault *f)
{
	char shown[SHOWN_MAX];
	struct buf list = { 0 };

	text_fit(shown, sizeof(shown), bytes_of(which));
	for (size_t i = 0; i < count && i < 4; i++) {
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", cas[i]->uuid);
		if (cas[i]->name[0] != '\0') {
			char name[32];

			text_fit(name, sizeof(name), bytes_of(cas[i]->name));
			buf_printf(&list, " (%s)", name);
		}
	}
	fault_found(f, "%zu CAs that \"%s\" fits: %s%s", count, shown,
	    buf_text(&list), count > 4 ? ", ..." : "");
	buf_free(&list);
	return fault_raise(f, FAULT_INVALID_ARGS, "one CA",
	    "give more digits of its UUID, or its ARN");
}

/* The only CA of a selection, which is used up. */
static bool
take_only(const char *which, struct ca **cas, size_t count, struct ca **out,
    struct fault *f)
{
	bool ok = count == 1;

	if (ok) {
		*out = cas[0];
		cas[0] = NULL; /* the caller's now */
	} else if (count == 0) {
		refuse_none(which, f);
	} else {
		refuse_several(which, cas, count, f);
	}
	store_free_cas(cas);
	return ok;
}

bool
store_find_ca(struct store *store, const char *which, struct ca **out,
    struct fault *f)
{
	char prefix[UUID_LEN];
	struct ca **cas;
	size_t count;

	*out = NULL;
	if (strncmp(which, "arn:", 4) == 0 && !is_arn_of_a_ca(which))
		return refuse_arn(which, f);
	if (!select_cas(store, select_exact, which, &cas, &count, f))
		return false;
	if (count == 0 && uuid_prefix(which, prefix)) {
		store_free_cas(cas);
		if (!select_cas(store, select_prefix, prefix, &cas, &count, f))
			return false;
	}
	return take_only(which, cas, count, out, f);
}
