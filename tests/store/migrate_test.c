/* migrate_test.c - homes of older schemas: what they keep, and how they stay.
 */
#include "bench.h"
#include "p11ca/attach.h"
#include "p11ca/digest.h"
#include "p11ca/file.h"
#include "p11ca/register.h"

static struct bench b;
static struct fault f;

/* A home of schema 1: two CAs, one of them with a certificate, three audit
 * entries; as sqlite3's .dump wrote it. */
#define SCHEMA_1 "tests/data/store/schema-1.sql"
#define ENTRIES 3

static void
run_sql(const char *script)
{
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(b.path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, script, NULL, NULL, NULL), SQLITE_OK,
	    "%s", sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	cr_assert_eq(chmod(b.path, 0600), 0);
}

static void
setup(void)
{
	struct buf dump = { 0 };

	bench_make(&b);
	cr_assert(file_read(SCHEMA_1, 1 << 20, &dump, &f), "%s", f.found);
	run_sql(buf_text(&dump));
	buf_free(&dump);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(migrate, .init = setup, .fini = teardown);

/* Every value of every row that schema 1 had. */
static struct buf
content(void)
{
	static const char *const questions[] = {
		"SELECT * FROM ca ORDER BY uuid",
		"SELECT * FROM ca_certificate ORDER BY ca, n",
		"SELECT * FROM audit ORDER BY seq",
	};
	struct buf all = { 0 };
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(b.path, &db), SQLITE_OK);
	for (size_t i = 0; i < COUNT(questions); i++) {
		sqlite3_stmt *stmt = NULL;

		cr_assert_eq(sqlite3_prepare_v2(db, questions[i], -1, &stmt,
				 NULL),
		    SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW)
			for (int c = 0; c < sqlite3_column_count(stmt); c++) {
				struct bytes value;

				buf_printf(&all,
				    "|%d:", sqlite3_column_type(stmt, c));
				value.p = sqlite3_column_blob(stmt, c);
				value.len =
				    (size_t)sqlite3_column_bytes(stmt, c);
				buf_append(&all, value);
			}
		sqlite3_finalize(stmt);
	}
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	return all;
}

static int64_t
number_of(const char *question)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int64_t n;

	cr_assert_eq(sqlite3_open(b.path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, question, -1, &stmt, NULL),
	    SQLITE_OK);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	return n;
}

struct chain {
	char previous[DIGEST_HEX_LEN];
	int64_t seq;
};

static bool
follows(const struct audit_row *row, void *context)
{
	struct chain *chain = context;
	char hash[DIGEST_HEX_LEN];

	cr_expect_eq(row->seq, ++chain->seq);
	if (chain->seq > 1)
		cr_expect_str_eq(row->previous, chain->previous);
	audit_hash(row->previous, row->seq, row->entry, hash);
	cr_expect_str_eq(row->hash, hash);
	memcpy(chain->previous, row->hash, sizeof(chain->previous));
	return true;
}

static void
expect_chain(struct store *store, int64_t entries)
{
	struct chain chain = { 0 };

	cr_assert(store_audit_each(store, 1, follows, &chain, &f));
	cr_expect_eq(chain.seq, entries);
}

Test(migrate, a_writer_brings_a_home_of_schema_1_to_this_one)
{
	static const enum store_mode modes[] = { STORE_WRITE, STORE_CREATE,
		STORE_READ };
	struct buf before = content();

	cr_expect_gt(before.len, 4000);
	cr_expect_eq(number_of("PRAGMA user_version"), 1);
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct store *store = bench_open(&b, modes[i]);
		struct buf after;

		cr_expect_eq(bench_count(store), 2);
		expect_chain(store, ENTRIES);
		cr_expect(store_check(store, &f), "%s", f.found);
		store_close(store);
		cr_expect_eq(number_of("PRAGMA user_version"), SCHEMA_NEWEST);
		after = content();
		cr_expect(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
		buf_free(&after);
	}
	buf_free(&before);
}

/* The tables, indexes and triggers of a home, in a word. */
static struct buf
schema_of(const char *path)
{
	struct buf all = { 0 };
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db,
			 "SELECT type || name || coalesce(sql, '') FROM"
			 " sqlite_schema ORDER BY type, name",
			 -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		buf_printf(&all, "%s\n", sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	return all;
}

Test(migrate, an_old_home_becomes_what_a_new_one_is)
{
	struct buf migrated, made;
	char old[sizeof(b.path)];

	store_close(bench_open(&b, STORE_WRITE));
	memcpy(old, b.path, sizeof(old));
	(void)snprintf(b.path, sizeof(b.path), "%s/new.db", b.folder);
	store_close(bench_open(&b, STORE_CREATE));
	migrated = schema_of(old);
	made = schema_of(b.path);
	cr_expect_str_eq(buf_text(&migrated), buf_text(&made));
	buf_free(&migrated);
	buf_free(&made);
}

Test(migrate, the_cas_of_an_old_home_can_issue)
{
	struct store *store = bench_open(&b, STORE_WRITE);
	struct ca **cas;
	size_t count;

	cr_assert(store_all_cas(store, &cas, &count, &f));
	cr_assert(store_begin(store, &f));
	for (size_t i = 0; i < count; i++) {
		struct issued issued = { .request = "" };
		struct crl_state *list;
		size_t crls;
		int64_t n, revoked;
		bool taken;

		memcpy(issued.ca, cas[i]->uuid, sizeof(issued.ca));
		memset(issued.serial, 'a', SERIAL_HEX_LEN - 1);
		memset(issued.request, 'b', DIGEST_HEX_LEN - 1);
		buf_set(&issued.tbs, bytes_of("tbs"));
		cr_assert(crl_states(store, issued.ca, &list, &crls, &f));
		cr_assert_eq(crls, 1);
		cr_expect_str_eq(list[0].guid, issued.ca);
		cr_assert(register_intend(store, &issued, &taken, &f), "%s",
		    f.found);
		cr_expect_not(taken);
		cr_assert(register_count(store, issued.ca, &n, &revoked, &f));
		cr_expect_eq(n, 1);
		cr_expect(tag_put(store, issued.ca, "k", "v", &f));
		mem_free(list);
		issued_clear(&issued);
	}
	store_free_cas(cas);
	store_close(store);
}

/* What schema 1 has no place for. */
static bool
ask_register(struct store *store)
{
	struct issued issued;

	return register_find(store, ANY_UUID, "1", &issued, &f);
}

static bool
ask_count(struct store *store)
{
	int64_t n, m;

	return register_count(store, ANY_UUID, &n, &m, &f);
}

static bool
ask_crls(struct store *store)
{
	struct crl_state *list;
	size_t count;

	return crl_states(store, ANY_UUID, &list, &count, &f);
}

static bool
ask_tags(struct store *store)
{
	struct tag *list;
	size_t count;

	return tags_of(store, ANY_UUID, &list, &count, &f);
}

static bool
ask_policy(struct store *store)
{
	char *policy;

	return policy_of(store, ANY_UUID, &policy, &f);
}

static bool (*const newer[])(struct store *store) = { ask_register, ask_count,
	ask_crls, ask_tags, ask_policy };

Test(migrate, a_reader_of_an_old_home_gets_what_it_had)
{
	struct buf before = content(), after;
	struct store *store = bench_open(&b, STORE_READ);
	struct installed *history;
	struct ca *ca = NULL;
	size_t count;

	cr_expect_eq(bench_count(store), 2);
	cr_assert(store_find_ca(store, "issuing", &ca, &f), "%s", f.found);
	cr_assert(store_history(store, ca, &history, &count, &f));
	cr_expect_eq(count, 1);
	expect_chain(store, ENTRIES);
	store_free_history(history, count);
	ca_free(ca);
	for (size_t i = 0; i < COUNT(newer); i++) {
		memset(&f, 0, sizeof(f));
		cr_expect_not(newer[i](store), "case %zu", i);
		cr_expect_eq(f.kind, FAULT_STORE, "case %zu", i);
		cr_expect(strstr(f.found, "a home of schema 1") != NULL, "%s",
		    f.found);
		cr_expect(strstr(f.todo, "changes something once") != NULL,
		    "%s", f.todo);
	}
	store_close(store);
	cr_expect_eq(number_of("PRAGMA user_version"), 1);
	after = content();
	cr_expect(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
	buf_free(&before);
	buf_free(&after);
}

Test(migrate, a_reader_sees_what_a_writer_made_of_the_home_meanwhile)
{
	struct store *reader = bench_open(&b, STORE_READ);

	cr_expect_not(ask_tags(reader));
	store_close(bench_open(&b, STORE_WRITE));
	cr_expect(ask_tags(reader), "%s", f.found);
	store_close(reader);
}

/* Homes of schema 1 that are not as p11ca made them. */
static const char *const spoils[] = {
	"DROP TRIGGER audit_is_not_removed",
	"DROP INDEX ca_name",
	/* Found only when the last table is about to be made. */
	"CREATE TABLE create_token (x)",
};

Test(migrate, what_cannot_be_migrated_stays_as_it_was)
{
	for (size_t i = 0; i < COUNT(spoils); i++) {
		struct store *store = NULL;
		struct buf before, after;

		teardown();
		setup();
		run_sql(spoils[i]);
		before = schema_of(b.path);
		memset(&f, 0, sizeof(f));
		cr_expect_not(store_open(b.path, b.locks, STORE_WRITE, &store,
				  &f),
		    "case %zu", i);
		cr_expect_null(store);
		cr_expect_eq(f.kind, FAULT_STORE, "case %zu", i);
		cr_expect(f.want != NULL && f.todo != NULL);
		cr_expect_eq(number_of("PRAGMA user_version"), 1);
		after = schema_of(b.path);
		cr_expect_str_eq(buf_text(&before), buf_text(&after));
		buf_free(&before);
		buf_free(&after);
	}
}

/* All of these are dropped in turn. */
static const char parts_of_schema_2[] =
    "SELECT 'DROP ' || type || ' ' || name, name FROM sqlite_schema"
    " WHERE name NOT LIKE 'sqlite_%' AND tbl_name NOT IN ('audit', 'ca',"
    " 'ca_certificate') OR name = 'ca_is_an_issuer'";

Test(migrate, a_missing_part_of_schema_2_does_not_go_unnoticed)
{
	struct buf whole = { 0 };
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	size_t parts = 0;

	store_close(bench_open(&b, STORE_WRITE));
	cr_assert(file_read(b.path, 1 << 24, &whole, &f));
	cr_assert_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (size_t i = 0; i < SCHEMA_NEWEST; i++)
		for (size_t j = 0; j < COUNT(migrations[i].scripts); j++)
			if (migrations[i].scripts[j] != NULL)
				cr_assert_eq(sqlite3_exec(db,
						 migrations[i].scripts[j], NULL,
						 NULL, NULL),
				    SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, parts_of_schema_2, -1, &stmt, NULL),
	    SQLITE_OK);
	for (; sqlite3_step(stmt) == SQLITE_ROW; parts++) {
		struct store *store = NULL;

		(void)unlink(b.path);
		cr_assert(file_write(b.path, buf_bytes(&whole), &f));
		run_sql((const char *)sqlite3_column_text(stmt, 0));
		cr_expect_not(store_open(b.path, b.locks, STORE_WRITE, &store,
				  &f),
		    "%s", (const char *)sqlite3_column_text(stmt, 0));
		cr_expect_eq(f.kind, FAULT_STORE);
		store_close(store);
	}
	cr_expect_eq(parts, (size_t)migrations[1].parts);
	sqlite3_finalize(stmt);
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	buf_free(&whole);
}

Test(migrate, many_processes_can_migrate_the_same_home_at_once)
{
	enum { PROCESSES = 6 };
	pid_t pids[PROCESSES];
	struct store *store;
	struct turns t;

	turns_make(&t);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		cr_assert_geq(pids[i], 0);
		if (pids[i] == 0) {
			bool ok;

			turn_wait(t.to_child);
			ok = store_open(b.path, b.locks, STORE_WRITE, &store,
				 &f) &&
			    store_begin(store, &f) &&
			    store_audit(store, "{}", &f) &&
			    store_commit(store, &f);
			if (!ok)
				fprintf(stderr, "%s\n", f.found);
			store_close(store);
			_exit(ok ? 0 : 1);
		}
	}
	for (int i = 0; i < PROCESSES; i++)
		turn_give(t.to_child);
	for (int i = 0; i < PROCESSES; i++)
		cr_expect_eq(child_status(pids[i]), 0);
	store = bench_open(&b, STORE_READ);
	expect_chain(store, ENTRIES + PROCESSES);
	cr_expect_eq(bench_number(store, "SELECT count(*) FROM issuer"), 2);
	store_close(store);
}
