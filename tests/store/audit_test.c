/* audit_test.c - the chain is right, and what is in it stays. */
#include "bench.h"

#include "p11ca/digest.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static struct bench b;
static struct store *store;

static void
setup(void)
{
	bench_make(&b);
	store = bench_open(&b, STORE_CREATE);
}

static void
teardown(void)
{
	store_close(store);
	bench_free(&b);
}

TestSuite(audit, .init = setup, .fini = teardown);

static void
add(const char *entry)
{
	struct fault f = { 0 };

	cr_assert(store_begin(store, &f), "%s", f.found);
	cr_assert(store_audit(store, entry, &f), "%s", f.found);
	cr_assert(store_commit(store, &f), "%s", f.found);
}

/* What a visitor saw, and when it is to stop. */
struct seen {
	int64_t count, first, last, stop_at;
	char previous[DIGEST_HEX_LEN];
	char entry[64];
	bool chained;
};

static bool
visit(const struct audit_row *row, void *context)
{
	struct seen *seen = context;
	char hash[DIGEST_HEX_LEN];

	if (seen->count++ == 0) {
		seen->first = row->seq;
		(void)snprintf(seen->previous, sizeof(seen->previous), "%s",
		    row->previous);
		seen->chained = true;
	}
	audit_hash(row->previous, row->seq, row->entry, hash);
	seen->chained = seen->chained &&
	    strcmp(row->previous, seen->previous) == 0 &&
	    strcmp(row->hash, hash) == 0;
	(void)snprintf(seen->previous, sizeof(seen->previous), "%s", row->hash);
	(void)snprintf(seen->entry, sizeof(seen->entry), "%s", row->entry);
	seen->last = row->seq;
	return row->seq != seen->stop_at;
}

static struct seen
see(int64_t from, int64_t stop_at)
{
	struct seen seen = { .stop_at = stop_at };
	struct fault f = { 0 };

	cr_assert(store_audit_each(store, from, visit, &seen, &f), "%s",
	    f.found);
	return seen;
}

Test(audit, hash_is_over_previous_seq_and_entry)
{
	/* printf '%064d 1 {"a":1}' 0 | sha256sum */
	static const char want[] =
	    "92f376f208c40938ea2f17c8e81cbf4ce1a9e2c2e7573cc2b9d788ba20eb30ad";
	char hash[DIGEST_HEX_LEN];

	audit_hash(ZEROS, 1, "{\"a\":1}", hash);
	cr_expect_str_eq(hash, want);
	audit_hash(ZEROS, 2, "{\"a\":1}", hash);
	cr_expect_str_neq(hash, want);
}

Test(audit, starts_from_zeros_and_counts_from_one)
{
	char hash[DIGEST_HEX_LEN];
	struct seen seen;

	cr_expect_eq(see(1, 0).count, 0);
	add("{}");
	seen = see(1, 0);
	audit_hash(ZEROS, 1, "{}", hash);
	cr_expect_eq(seen.first, 1);
	cr_expect_eq(seen.count, 1);
	cr_expect_str_eq(seen.previous, hash);
}

Test(audit, chains_across_transactions_and_openings)
{
	struct seen seen;
	struct fault f = { 0 };

	add("{\"n\":1}");
	cr_assert(store_begin(store, &f));
	cr_assert(store_audit(store, "{\"n\":2}", &f));
	cr_assert(store_audit(store, "{\"n\":3}", &f));
	cr_assert(store_commit(store, &f));
	store_close(store);
	store = bench_open(&b, STORE_WRITE);
	add("{\"n\":4}");
	seen = see(1, 0);
	cr_expect(seen.chained);
	cr_expect_eq(seen.count, 4);
	cr_expect_str_eq(seen.entry, "{\"n\":4}");
}

Test(audit, rolled_back_leaves_no_gap)
{
	struct seen seen;
	struct fault f = { 0 };

	add("{\"n\":1}");
	cr_assert(store_begin(store, &f));
	cr_assert(store_audit(store, "{\"lost\":1}", &f));
	store_rollback(store);
	add("{\"n\":2}");
	seen = see(1, 0);
	cr_expect(seen.chained);
	cr_expect_eq(seen.last, 2);
	cr_expect_eq(seen.count, 2);
}

Test(audit, visits_from_where_it_is_told_until_it_is_told)
{
	struct seen seen;

	for (int i = 0; i < 10; i++)
		add("{}");
	seen = see(4, 7);
	cr_expect_eq(seen.first, 4);
	cr_expect_eq(seen.last, 7);
	cr_expect_eq(seen.count, 4);
	cr_expect(seen.chained);
	cr_expect_eq(see(11, 0).count, 0);
	cr_expect_eq(see(-5, 0).first, 1);
}

Test(audit, refuses_an_entry_of_two_lines)
{
	struct fault f = { 0 };

	cr_assert(store_begin(store, &f));
	cr_expect_not(store_audit(store, "{}\n{}", &f));
	cr_expect_eq(f.kind, FAULT_OURS);
}

static const char *const forbidden[] = {
	"UPDATE audit SET entry = '{}' WHERE seq = 1",
	"UPDATE audit SET seq = 9 WHERE seq = 2",
	"DELETE FROM audit WHERE seq = 2",
	"DELETE FROM audit",
	"INSERT OR REPLACE INTO audit SELECT seq, '{}', previous, hash"
	" FROM audit WHERE seq = 1",
	"REPLACE INTO audit SELECT 2, '{}', previous, hash FROM audit",
	"INSERT INTO audit SELECT 9, '{}', previous, hash FROM audit"
	" WHERE seq = 1",
	"INSERT INTO audit SELECT 0, '{}', previous, hash FROM audit"
	" WHERE seq = 1",
	"INSERT INTO audit VALUES (3, '{}', 'short', 'short')",
};

Test(audit, entries_are_neither_changed_nor_removed_nor_put_between)
{
	add("{\"n\":1}");
	add("{\"n\":2}");
	for (size_t i = 0; i < COUNT(forbidden); i++) {
		struct fault f = { 0 };
		struct seen seen;

		cr_expect_not(sql_run(store, forbidden[i], &f), "%s",
		    forbidden[i]);
		seen = see(1, 0);
		cr_expect_eq(seen.count, 2, "%s", forbidden[i]);
		cr_expect(seen.chained, "%s", forbidden[i]);
	}
}

Test(audit, shows_a_verifier_what_was_changed_behind_its_back)
{
	struct fault f = { 0 };

	add("{\"n\":1}");
	add("{\"n\":2}");
	cr_assert(sql_run(store,
	    "DROP TRIGGER audit_is_not_changed;"
	    "UPDATE audit SET entry = '{\"n\":9}' WHERE seq = 1",
	    &f));
	cr_expect_not(see(1, 0).chained);
}
