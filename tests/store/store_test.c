/* store_test.c - opening, refusing, transactions and crashes. */
#include "bench.h"

#include <signal.h>

#include "p11ca/file.h"

static struct bench b;

static void
setup(void)
{
	bench_make(&b);
}

static void
teardown(void)
{
	bench_free(&b);
}

TestSuite(store, .init = setup, .fini = teardown);

static struct buf
content(const char *path)
{
	struct fault f = { 0 };
	struct buf buf = { 0 };

	cr_assert(file_read(path, 1 << 24, &buf, &f), "%s", f.found);
	return buf;
}

static void
write_content(const char *path, struct bytes bytes)
{
	struct fault f = { 0 };

	cr_assert(file_write(path, bytes, &f), "%s", f.found);
}

/* Any SQLite file, made behind the store's back. */
static void
run_sql(const char *path, const char *script)
{
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, script, NULL, NULL, NULL), SQLITE_OK,
	    "%s", sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_close(db), SQLITE_OK);
	cr_assert_eq(chmod(path, 0600), 0);
}

Test(store, makes_a_private_database_that_keeps_what_was_committed)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct stat st;

	cr_expect_eq(bench_number(store, "PRAGMA application_id"), 0x50313143);
	cr_expect_eq(bench_number(store, "PRAGMA user_version"), SCHEMA_NEWEST);
	cr_expect_eq(bench_number(store, "PRAGMA synchronous"), 2);
	cr_expect_eq(bench_number(store, "PRAGMA foreign_keys"), 1);
	cr_expect_eq(bench_number(store, "PRAGMA trusted_schema"), 0);
	cr_expect_eq(bench_number(store, "PRAGMA busy_timeout"), 5000);
	store_close(store);
	cr_assert_eq(stat(b.path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_assert_eq(stat(b.locks, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
}

Test(store, writes_ahead_and_hides_files_beside_the_database)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct fault f = { 0 };
	char *mode = NULL;
	char wal[128];
	struct stat st;

	cr_assert(sql_text(store, "PRAGMA journal_mode", &mode, &f));
	cr_expect_str_eq(mode, "wal");
	mem_free(mode);
	bench_insert(store, ANY_UUID, "first");
	(void)snprintf(wal, sizeof(wal), "%s-wal", b.path);
	cr_assert_eq(stat(wal, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	store_close(store);
	cr_expect_neq(stat(wal, &st), 0, "merged when the last one closes");
}

Test(store, opens_again_what_it_made)
{
	static const enum store_mode modes[] = { STORE_READ, STORE_WRITE,
		STORE_CREATE };

	bench_home(&b);
	for (size_t i = 0; i < COUNT(modes); i++) {
		struct store *store = bench_open(&b, modes[i]);
		struct fault f = { 0 };

		cr_expect_eq(bench_count(store), 1);
		cr_expect(store_check(store, &f), "%s", f.found);
		store_close(store);
	}
}

Test(store, opens_a_path_with_characters_that_a_uri_would_read)
{
	struct store *store;

	(void)snprintf(b.path, sizeof(b.path), "%s/a?mode=ro#%%20 \xc3\xa9.db",
	    b.folder);
	store = bench_open(&b, STORE_CREATE);
	bench_insert(store, ANY_UUID, "first");
	store_close(store);
	cr_expect_eq(access(b.path, F_OK), 0);
}

/* Files that are refused, and how they come about. */
static void
nothing(void)
{
}

static void
no_database(void)
{
	write_content(b.path,
	    bytes_of("this is a text, not a database, and "
		     "it is longer than a header of "
		     "SQLite, which has a hundred bytes"));
}

static void
of_another_program(void)
{
	run_sql(b.path, "CREATE TABLE notes (text); PRAGMA user_version = 1");
}

static void
of_a_newer_schema(void)
{
	bench_home(&b);
	run_sql(b.path, "PRAGMA user_version = 3");
}

static void
empty(void)
{
	write_content(b.path, bytes_of(""));
}

static void
cut_short(void)
{
	bench_home(&b);
	cr_assert_eq(truncate(b.path, 8192), 0);
}

static void
without_a_trigger(void)
{
	bench_home(&b);
	run_sql(b.path, "DROP TRIGGER audit_is_not_removed");
}

static void
open_to_others(void)
{
	bench_home(&b);
	cr_assert_eq(chmod(b.path, 0640), 0);
}

static void
overwritten_at_the_start(void)
{
	static const char junk[] = "SQLite format 3";
	struct buf all;

	bench_home(&b);
	all = content(b.path);
	memset(all.p + sizeof(junk), 0xa5, 4096 - sizeof(junk));
	write_content(b.path, buf_bytes(&all));
	buf_free(&all);
}

static const struct {
	void (*make)(void);
	enum store_mode mode;
	const char *found;
} refused[] = {
	{ nothing, STORE_READ, "No such file" },
	{ nothing, STORE_WRITE, "No such file" },
	{ no_database, STORE_READ, "a file that is no database" },
	{ no_database, STORE_CREATE, "a file that is no database" },
	{ of_another_program, STORE_WRITE, "of another program" },
	{ of_another_program, STORE_CREATE, "of another program" },
	{ of_a_newer_schema, STORE_READ, "schema 3" },
	{ of_a_newer_schema, STORE_WRITE, "schema 3" },
	{ of_a_newer_schema, STORE_CREATE, "schema 3" },
	{ empty, STORE_READ, "an empty database" },
	{ empty, STORE_WRITE, "an empty database" },
	{ cut_short, STORE_WRITE, "damaged" },
	{ without_a_trigger, STORE_READ, "without some of its" },
	{ without_a_trigger, STORE_WRITE, "without some of its" },
	{ open_to_others, STORE_WRITE, "0640" },
	{ overwritten_at_the_start, STORE_CREATE, "no database" },
};

Test(store, refuses_what_is_not_its_own_and_leaves_it_as_it_was)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct fault f = { 0 };
		struct store *store = NULL;
		struct buf before = { 0 }, after = { 0 };
		bool there;

		(void)unlink(b.path);
		refused[i].make();
		there = access(b.path, F_OK) == 0;
		if (there)
			before = content(b.path);
		cr_expect_not(store_open(b.path, b.locks, refused[i].mode,
				  &store, &f),
		    "case %zu", i);
		cr_expect_null(store);
		cr_expect_eq(f.kind, FAULT_STORE, "case %zu", i);
		cr_expect(strstr(f.found, refused[i].found) != NULL,
		    "case %zu: %s", i, f.found);
		cr_expect(f.want != NULL && f.todo != NULL, "case %zu", i);
		cr_expect_eq(access(b.path, F_OK) == 0, there);
		if (there)
			after = content(b.path);
		cr_expect(bytes_equal(buf_bytes(&before), buf_bytes(&after)),
		    "case %zu was changed", i);
		buf_free(&before);
		buf_free(&after);
	}
}

Test(store, gives_a_clean_fault_for_damage_anywhere)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct buf whole;

	for (int i = 0; i < 60; i++) {
		char uuid[UUID_LEN];

		(void)snprintf(uuid, sizeof(uuid),
		    "%08x-2222-4333-8444-555555555555", i);
		bench_insert(store, uuid, "");
	}
	store_close(store);
	whole = content(b.path);
	for (size_t at = 4096; at < whole.len; at += 1024) {
		struct fault f = { 0 };
		struct buf spoiled = { 0 };
		struct ca **cas = NULL;
		size_t count;
		bool ok;

		buf_set(&spoiled, buf_bytes(&whole));
		memset(spoiled.p + at, 0xff, 64);
		write_content(b.path, buf_bytes(&spoiled));
		buf_free(&spoiled);
		store = NULL;
		ok = store_open(b.path, b.locks, STORE_WRITE, &store, &f) &&
		    store_check(store, &f) &&
		    store_all_cas(store, &cas, &count, &f);
		cr_expect(ok || (f.found[0] != '\0' && f.todo != NULL));
		store_free_cas(cas);
		store_close(store);
	}
	buf_free(&whole);
}

Test(store, check_says_what_is_damaged)
{
	struct store *store;
	struct fault f = { 0 };

	bench_home(&b);
	/* An index that has lost an entry: nothing else would notice. */
	run_sql(b.path,
	    "PRAGMA writable_schema = ON;"
	    "UPDATE sqlite_schema SET sql ="
	    " 'CREATE UNIQUE INDEX ca_name ON ca (name) WHERE name = ''''' "
	    " WHERE name = 'ca_name'");
	store = bench_open(&b, STORE_READ);
	cr_expect_not(store_check(store, &f));
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect(strstr(f.found, "ca_name") != NULL, "%s", f.found);
	store_close(store);
}

Test(store, rollback_and_close_drop_what_was_not_committed)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct ca *ca = bench_ca(ANY_UUID, "first");
	struct fault f = { 0 };

	cr_assert(store_begin(store, &f));
	cr_assert(store_insert_ca(store, ca, &f));
	store_rollback(store);
	store_rollback(store);
	cr_expect_eq(bench_count(store), 0);
	cr_assert(store_begin(store, &f));
	cr_assert(store_insert_ca(store, ca, &f));
	store_close(store);
	store = bench_open(&b, STORE_WRITE);
	cr_expect_eq(bench_count(store), 0);
	store_close(store);
	ca_free(ca);
}

Test(store, refuses_every_change_outside_of_a_transaction)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct ca *ca = bench_ca(ANY_UUID, "first");
	struct fault f[6] = { 0 };

	buf_set(&ca->certificate, bytes_of("PEM"));
	cr_expect_not(store_insert_ca(store, ca, &f[0]));
	cr_expect_not(store_update_ca(store, ca, &f[1]));
	cr_expect_not(store_install(store, ca, 1, &f[2]));
	cr_expect_not(store_remove_ca(store, ca, &f[3]));
	cr_expect_not(store_audit(store, "{}", &f[4]));
	cr_expect_not(store_commit(store, &f[5]));
	for (size_t i = 0; i < COUNT(f); i++)
		cr_expect_eq(f[i].kind, FAULT_OURS);
	store_close(store);
	ca_free(ca);
}

Test(store, a_reader_cannot_write)
{
	struct store *store;
	struct fault f = { 0 };

	bench_home(&b);
	store = bench_open(&b, STORE_READ);
	cr_expect_not(store_begin(store, &f));
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect(strstr(f.found, "cannot be written") != NULL, "%s", f.found);
	cr_expect_null(strstr(f.found, "not an error"), "%s", f.found);
	store_close(store);
}

/* The child holds a transaction until it is told to commit. */
static pid_t
start_writer(struct turns *t)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct store *store = NULL;
		struct fault f = { 0 };
		struct ca *ca = bench_ca(ANY_UUID, "childs");
		bool ok =
		    store_open(b.path, b.locks, STORE_WRITE, &store, &f) &&
		    store_begin(store, &f) && store_insert_ca(store, ca, &f);

		turn_give(t->to_parent);
		turn_wait(t->to_child);
		_exit(ok && store_commit(store, &f) ? 0 : 1);
	}
	turn_wait(t->to_parent);
	return pid;
}

Test(store, a_second_writer_waits_for_the_first)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct fault f = { 0 };
	struct turns t;
	pid_t pid;

	turns_make(&t);
	pid = start_writer(&t);
	cr_expect_eq(bench_count(store), 0, "readers do not wait");
	turn_give(t.to_child);
	cr_expect(store_begin(store, &f), "%s", f.found);
	cr_expect_eq(bench_count(store), 1);
	store_rollback(store);
	cr_expect_eq(child_status(pid), 0);
	store_close(store);
}

Test(store, a_writer_that_stays_is_a_concurrent_modification)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct fault f = { 0 };
	struct turns t;
	pid_t pid;

	turns_make(&t);
	pid = start_writer(&t);
	sqlite3_busy_timeout(store->db, 20);
	cr_expect_not(store_begin(store, &f));
	cr_expect_eq(f.kind, FAULT_CONCURRENT_MODIFICATION);
	turn_give(t.to_child);
	cr_expect_eq(child_status(pid), 0);
	cr_expect(store_begin(store, &f), "%s", f.found);
	store_close(store);
}

Test(store, many_processes_can_make_the_same_home_at_once)
{
	enum { PROCESSES = 8 };
	struct store *store;
	struct turns t;
	pid_t pids[PROCESSES];

	turns_make(&t);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		cr_assert_geq(pids[i], 0);
		if (pids[i] == 0) {
			struct fault f = { 0 };
			bool ok;

			turn_wait(t.to_child);
			ok = store_open(b.path, b.locks, STORE_CREATE, &store,
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
	cr_expect_eq(bench_number(store, "SELECT max(seq) FROM audit"),
	    PROCESSES);
	store_close(store);
}

Test(store, a_killed_writer_leaves_what_it_committed_and_nothing_else)
{
	struct store *store;
	struct fault f = { 0 };
	struct turns t;
	pid_t pid;

	bench_home(&b);
	turns_make(&t);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		store = bench_open(&b, STORE_WRITE);
		bench_insert(store, "22222222-2222-4333-8444-555555555555", "");
		(void)!store_begin(store, &f);
		(void)!store_audit(store, "{}", &f);
		(void)raise(SIGKILL);
	}
	cr_expect(WIFSIGNALED(child_status(pid)));
	store = bench_open(&b, STORE_WRITE);
	cr_expect_eq(bench_count(store), 2);
	cr_expect_eq(bench_number(store, "SELECT count(*) FROM audit"), 0);
	cr_expect(store_check(store, &f), "%s", f.found);
	store_close(store);
}
