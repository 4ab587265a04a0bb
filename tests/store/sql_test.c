/* sql_test.c - what SQLite answers, in words. */
#include "bench.h"

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

TestSuite(sql, .init = setup, .fini = teardown);

static const struct {
	int code;
	enum fault_kind kind;
	const char *found;
} answers[] = {
	{ SQLITE_BUSY, FAULT_CONCURRENT_MODIFICATION, "another process" },
	{ SQLITE_BUSY_SNAPSHOT, FAULT_CONCURRENT_MODIFICATION, "another" },
	{ SQLITE_FULL, FAULT_STORE, "no room left" },
	{ SQLITE_READONLY_DIRECTORY, FAULT_STORE, "cannot be written" },
	{ SQLITE_CANTOPEN, FAULT_STORE, "cannot be opened" },
	{ SQLITE_PERM, FAULT_STORE, "may not open" },
	{ SQLITE_CORRUPT_INDEX, FAULT_STORE, "damaged" },
	{ SQLITE_NOMEM, FAULT_STORE, "damaged" },
	{ SQLITE_NOTADB, FAULT_STORE, "no database" },
	{ SQLITE_IOERR_WRITE, FAULT_STORE, "reports an error" },
	{ SQLITE_MISUSE, FAULT_STORE, "does not answer" },
};

Test(sql, every_answer_of_the_engine_becomes_a_sentence)
{
	struct store *store = bench_open(&b, STORE_CREATE);

	for (size_t i = 0; i < COUNT(answers); i++) {
		struct fault f = { 0 };

		cr_expect_not(sql_fault(store, answers[i].code, &f));
		cr_expect_eq(f.kind, answers[i].kind, "case %zu", i);
		cr_expect(strstr(f.found, answers[i].found) != NULL, "%s",
		    f.found);
		cr_expect(f.want != NULL && f.todo != NULL);
	}
	store_close(store);
}

Test(sql, never_goes_on_after_a_failed_fsync)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct fault f = { 0 };

	cr_expect_not(sql_fault(store, SQLITE_IOERR_FSYNC, &f));
	cr_expect_not(store_begin(store, &f));
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect(strstr(f.found, "failed to keep") != NULL, "%s", f.found);
	store_close(store);
}
