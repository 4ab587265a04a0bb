/* attach.c - tags and policies of a CA, idempotency tokens of create. */
#include "p11ca/attach.h"

#include "internal.h"
#include "p11ca/mem.h"

static const struct column tag_columns[] = {
	{ "key", offsetof(struct tag, key), sizeof(char *), &column_text },
	{ "value", offsetof(struct tag, value), sizeof(char *), &column_text },
};

static void
tag_clear(void *record)
{
	struct tag *tag = record;

	mem_free(tag->key);
	mem_free(tag->value);
}

static const struct record_kind tag_kind = { tag_columns, COUNT(tag_columns),
	sizeof(struct tag), tag_clear };

static const char select_tags[] =
    "SELECT key, value FROM tag WHERE ca = ?1 ORDER BY key";
static const char put_tag[] =
    "INSERT INTO tag (ca, key, value) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (ca, key) DO UPDATE SET value = excluded.value";
static const char remove_tag[] = "DELETE FROM tag WHERE ca = ?1 AND key = ?2"
				 " AND (?3 IS NULL OR value = ?3)";
static const char select_policy[] = "SELECT policy FROM policy WHERE ca = ?1";
static const char put_policy[] =
    "INSERT INTO policy (ca, policy) VALUES (?1, ?2)"
    " ON CONFLICT (ca) DO UPDATE SET policy = excluded.policy";
static const char remove_policy[] = "DELETE FROM policy WHERE ca = ?1";
static const char select_arn[] =
    "SELECT arn FROM create_token WHERE token = ?1 AND at >= ?2";
static const char put_arn[] =
    "INSERT INTO create_token (token, arn, at) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (token) DO UPDATE SET arn = excluded.arn, at = excluded.at";

bool
tags_of(struct store *store, const char *ca, struct tag **list, size_t *count,
    struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	void *all = NULL;
	bool ok;

	*list = NULL;
	*count = 0;
	if (!sql_prepare(store, select_tags, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	ok = record_list(store, stmt, &tag_kind, &all, count, f);
	*list = all;
	return ok;
}

void
tags_free(struct tag *list, size_t count)
{
	record_free(&tag_kind, list, count);
}

/* A change whose parameters are texts. */
static bool
write_texts(struct store *store, const char *sql, const char *const *texts,
    int count, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_prepare_write(store, sql, &stmt, f))
		return false;
	for (int i = 0; i < count; i++)
		sql_bind_text(stmt, i + 1, texts[i]);
	return sql_finish(store, stmt, f);
}

bool
tag_put(struct store *store, const char *ca, const char *key, const char *value,
    struct fault *f)
{
	const char *const texts[] = { ca, key, value };

	return write_texts(store, put_tag, texts, 3, f);
}

bool
tag_remove(struct store *store, const char *ca, const char *key,
    const char *value, struct fault *f)
{
	const char *const texts[] = { ca, key, value };

	return write_texts(store, remove_tag, texts, 3, f);
}

/* The one text that a question has, the caller's, or NULL; releases it. */
static bool
first_text(struct store *store, sqlite3_stmt *stmt, char **out, struct fault *f)
{
	bool row = false;
	bool ok = sql_step(store, stmt, &row, f);

	if (ok && row)
		*out = mem_text((const char *)sqlite3_column_text(stmt, 0));
	sql_release(store, stmt);
	return ok;
}

bool
policy_of(struct store *store, const char *ca, char **policy, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	*policy = NULL;
	if (!sql_prepare(store, select_policy, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	return first_text(store, stmt, policy, f);
}

bool
policy_put(struct store *store, const char *ca, const char *policy,
    struct fault *f)
{
	const char *const texts[] = { ca, policy };

	if (policy == NULL)
		return write_texts(store, remove_policy, texts, 1, f);
	return write_texts(store, put_policy, texts, 2, f);
}

bool
create_token_find(struct store *store, const char *token, int64_t since,
    char **arn, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	*arn = NULL;
	if (!sql_prepare(store, select_arn, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, token);
	sqlite3_bind_int64(stmt, 2, since);
	return first_text(store, stmt, arn, f);
}

bool
create_token_put(struct store *store, const char *token, const char *arn,
    int64_t at, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	if (!sql_prepare_write(store, put_arn, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, token);
	sql_bind_text(stmt, 2, arn);
	sqlite3_bind_int64(stmt, 3, at);
	return sql_finish(store, stmt, f);
}
