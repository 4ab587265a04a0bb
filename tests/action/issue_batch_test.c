/* issue_batch_test.c - many certificates at once, and tokens that fail. */
#include <fcntl.h>
#include <pthread.h>

#include "fault_stage.h"

#define MANY 200
#define TITLE_MAX 32

/* What is asked for, and what was told. */
struct run {
	struct stage s;
	struct buf good;
	size_t asked, told, issued, refused;
	size_t count; /* how many to ask for */
	size_t bad;   /* every so many, one that is no good; 0: none */
	bool in_order;
	bool durable;
	struct store *second; /* another handle on the same file */
	char ca[UUID_LEN];
	void (*meanwhile)(struct run *run); /* before each but the first */
	char serials[MANY][SERIAL_HEX_LEN];
};

static bool
is_bad(const struct run *run, size_t i)
{
	return run->bad > 0 && i % run->bad == run->bad - 1;
}

static bool
next(void *context, struct buf *csr, char **title)
{
	struct run *run = context;

	if (run->asked == run->count)
		return false;
	if (run->asked > 0 && run->meanwhile != NULL)
		run->meanwhile(run);
	*title = mem_format("csr-%zu", run->asked);
	if (is_bad(run, run->asked))
		buf_text_append(csr, "no CSR");
	else
		buf_set(csr, buf_bytes(&run->good));
	run->asked++;
	return true;
}

/* What is told must be what another process finds. */
static void
look(struct run *run, const struct issued *issued)
{
	struct issued found = { 0 };
	struct fault f = { 0 };

	if (!register_find(run->second, run->ca, issued->serial, &found, &f) ||
	    found.state != ISSUED_DONE ||
	    !bytes_equal(buf_bytes(&found.certificate),
		buf_bytes(&issued->certificate)))
		run->durable = false;
	issued_clear(&found);
}

static void
done(void *context, const char *title, const struct issued *issued,
    const struct fault *f)
{
	struct run *run = context;
	char expected[TITLE_MAX];

	(void)snprintf(expected, sizeof(expected), "csr-%zu", run->told);
	if (strcmp(title, expected) != 0)
		run->in_order = false;
	run->told++;
	if (issued == NULL) {
		run->refused++;
		cr_expect_neq(f->kind, FAULT_NONE);
		return;
	}
	cr_assert_lt(run->issued, MANY);
	(void)strcpy(run->serials[run->issued++], issued->serial);
	look(run, issued);
}

static void
run_open(struct run *run, size_t count)
{
	struct ca *ca = NULL;
	char *database, *locks;

	memset(run, 0, sizeof(*run));
	stage_open(&run->s);
	stage_host_two(&run->s);
	stage_break(&run->s);
	cr_assert(action_describe(run->s.p, "sub", &ca, &run->s.f));
	memcpy(run->ca, ca->uuid, sizeof(run->ca));
	ca_free(ca);
	database = mem_format("%s/p11ca.db", run->s.home);
	locks = mem_format("%s/locks", run->s.home);
	cr_assert(store_open(database, locks, STORE_WRITE, &run->second,
		      &run->s.f),
	    "%s", run->s.f.found);
	mem_free(database);
	mem_free(locks);
	bench_plain_csr(&run->good);
	run->count = count;
	run->in_order = run->durable = true;
}

static bool
run_all(struct run *run)
{
	struct issue_request request = { .ca = "sub",
		.validity = VALIDITY_DAYS,
		.validity_value = 30,
		.idempotency = "does not count" };
	struct issue_batch batch = { next, done, run };

	memset(&run->s.f, 0, sizeof(run->s.f));
	return action_issue_batch(run->s.p, &request, &batch, &run->s.f);
}

static void
run_close(struct run *run)
{
	store_close(run->second);
	buf_free(&run->good);
	stage_close(&run->s);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All 16 octets, no zero in front, none twice. */
static void
expect_good_serials(struct run *run)
{
	qsort(run->serials, run->issued, sizeof(run->serials[0]), compare);
	for (size_t i = 0; i < run->issued; i++) {
		cr_expect_eq(strlen(run->serials[i]), 32);
		cr_expect(strncmp(run->serials[i], "00", 2) != 0);
		if (i > 0)
			cr_expect_str_neq(run->serials[i], run->serials[i - 1]);
	}
}

struct entries {
	size_t issued, refused;
};

static bool
count_entry(const struct audit_row *row, void *context)
{
	struct entries *entries = context;

	if (strstr(row->entry, "\"IssueCertificate\"") == NULL)
		return true;
	if (strstr(row->entry, "\"done\"") != NULL)
		entries->issued++;
	else
		entries->refused++;
	return true;
}

/* Entries about issues by "sub": those of "root" are the two CAs. */
static struct entries
entries_of(struct run *run)
{
	struct entries entries = { 0 };

	cr_assert(store_audit_each(run->second, 1, count_entry, &entries,
	    &run->s.f));
	entries.issued -= 2;
	return entries;
}

Test(issue_batch, many_are_told_in_order_and_only_when_durable)
{
	size_t counts[ISSUED_STATES];
	struct entries entries;
	struct run run;

	run_open(&run, MANY);
	run.bad = 7;
	cr_assert(run_all(&run), "%s", run.s.f.found);
	cr_expect_eq(run.told, MANY);
	cr_expect_eq(run.refused, MANY / 7);
	cr_expect_eq(run.issued, MANY - MANY / 7);
	cr_expect(run.in_order);
	cr_expect(run.durable);
	expect_good_serials(&run);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_DONE], run.issued);
	cr_expect_eq(counts[ISSUED_INTENT] + counts[ISSUED_FAILED], 0);
	cr_expect_eq(stage_signatures(&run.s), run.issued,
	    "one signature for each intent");
	entries = entries_of(&run);
	cr_expect_eq(entries.issued, run.issued);
	cr_expect_eq(entries.refused, run.refused);
	run_close(&run);
}

Test(issue_batch, every_number_of_them_is_told)
{
	static const size_t numbers[] = { 0, 1, 8, 9, 136, 137 };

	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct run run;

		run_open(&run, numbers[i]);
		cr_expect(run_all(&run), "%s", run.s.f.found);
		cr_expect_eq(run.told, numbers[i]);
		cr_expect_eq(run.issued, numbers[i]);
		cr_expect(run.in_order && run.durable);
		run_close(&run);
	}
}

Test(issue_batch, only_bad_ones_need_no_signature)
{
	struct run run;

	run_open(&run, 70);
	run.bad = 1;
	cr_expect(run_all(&run), "%s", run.s.f.found);
	cr_expect_eq(run.refused, 70);
	cr_expect_eq(stage_signatures(&run.s), 0);
	run_close(&run);
}

/* After so many signatures the token makes no more. */
static void
die_after(size_t signatures)
{
	size_t counts[ISSUED_STATES];
	struct entries entries;
	struct run run;
	char script[64];

	run_open(&run, MANY);
	run.bad = 9;
	(void)snprintf(script, sizeof(script), "C_Sign@%zu+ return 0x30\n",
	    signatures + 1);
	stage_tell(&run.s, script);
	cr_expect_not(run_all(&run));
	cr_expect_eq(run.s.f.kind, FAULT_TOKEN, "%s", run.s.f.found);
	cr_expect(run.in_order);
	cr_expect(run.durable);
	cr_expect_eq(run.issued, signatures, "%zu", run.issued);
	cr_expect_eq(run.told, run.asked, "each that was read is told of");
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_DONE], run.issued);
	cr_expect_eq(counts[ISSUED_INTENT], 0, "none is left");
	cr_expect_eq(counts[ISSUED_FAILED] + counts[ISSUED_DONE] +
		run.asked / 9,
	    run.asked);
	entries = entries_of(&run);
	cr_expect_eq(entries.issued, run.issued);
	cr_expect_eq(entries.refused, run.refused + 1, "and the batch");
	stage_tell(&run.s, "");
	run_close(&run);
}

Test(issue_batch, a_token_that_dies_in_the_middle_leaves_nothing_open)
{
	static const size_t at[] = { 0, 1, 40, 57, 100, 150 };

	for (size_t i = 0; i < COUNT(at); i++)
		die_after(at[i]);
}

/* Somebody disables the CA while the third group is read. */
static void
disable_at_150(struct run *run)
{
	struct p11ca *other = NULL;
	struct fault f = { 0 };
	struct ca *ca = NULL;

	if (run->asked != 150)
		return;
	cr_assert(p11ca_open(run->s.home, true, NULL, &other, &f), "%s",
	    f.found);
	cr_assert(action_update(other, "sub", false, &ca, &f), "%s", f.found);
	ca_free(ca);
	p11ca_close(other);
}

Test(issue_batch, stops_when_the_ca_is_disabled_meanwhile)
{
	size_t counts[ISSUED_STATES];
	struct run run;

	run_open(&run, MANY);
	run.meanwhile = disable_at_150;
	cr_expect_not(run_all(&run));
	cr_expect_eq(run.s.f.kind, FAULT_CONCURRENT_MODIFICATION, "%s",
	    run.s.f.found);
	cr_expect_eq(run.issued, 136, "the groups before are told of");
	cr_expect_eq(run.told, 136);
	cr_expect(run.durable);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_DONE], 136);
	cr_expect_eq(counts[ISSUED_INTENT] + counts[ISSUED_FAILED], 0);
	run_close(&run);
}

static bool
give_up_one(const struct issued *intent, int64_t position, void *context)
{
	struct store *store = context;
	struct issued failed = *intent; /* borrows all it has */
	char why[] = "somebody else";
	struct fault f = { 0 };

	failed.state = ISSUED_FAILED;
	failed.failure = why;
	cr_assert(store_begin(store, &f) &&
		register_settle(store, &failed, &f) && store_commit(store, &f),
	    "%s", f.found);
	return false;
}

/* The store will not take the results of the first group. */
static void
meddle_at_seventy(struct run *run)
{
	struct fault f = { 0 };

	if (run->asked == 70)
		cr_assert(register_each_intent(run->second, run->ca,
		    give_up_one, run->second, &f));
}

/* Of 8 in the first group.  The second, which the token has by then, is good:
 * it is stored, and told of. */
Test(issue_batch, what_the_store_did_not_take_is_settled_at_the_next_issue)
{
	size_t counts[ISSUED_STATES];
	struct issued out;
	struct run run;

	run_open(&run, 100);
	run.meanwhile = meddle_at_seventy;
	cr_expect_not(run_all(&run));
	cr_expect_eq(run.asked, 100);
	cr_expect_eq(run.told, 92, "nothing is told that is not stored");
	cr_expect_eq(run.issued, 92);
	cr_expect(run.durable);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT], 7);
	cr_expect_eq(counts[ISSUED_DONE], 92);
	cr_expect_eq(counts[ISSUED_FAILED], 1);
	out = bench_issue_plain(&run.s, "sub");
	issued_clear(&out);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_DONE], 92 + 7 + 1);
	cr_expect_eq(counts[ISSUED_INTENT], 0);
	run_close(&run);
}

/* The good ones count, those that were signed meanwhile, too. */
Test(issue_batch, a_bad_signature_ends_the_batch_and_spoils_no_other)
{
	size_t counts[ISSUED_STATES];
	struct run run;

	run_open(&run, MANY);
	stage_tell(&run.s, "C_Sign@20 flip\n");
	cr_expect_not(run_all(&run));
	cr_expect_eq(run.s.f.kind, FAULT_TOKEN, "%s", run.s.f.found);
	cr_expect(strstr(run.s.f.found, "does not match"), "%s", run.s.f.found);
	cr_expect(run.in_order && run.durable);
	cr_expect_eq(run.told, run.asked, "each that was read is told of");
	cr_expect_geq(run.issued, 19, "those signed before it");
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT], 0);
	cr_expect_eq(counts[ISSUED_DONE], run.issued);
	cr_expect_eq(counts[ISSUED_FAILED], run.refused);
	cr_expect_eq(stage_signatures(&run.s), run.issued + 1);
	run_close(&run);
}

/* One certificate, and every way a token can let us down. */
Test(issue_batch, a_token_that_fails_leaves_a_failure_and_no_answer)
{
	static const char *const scripts[] = {
		"C_Sign return 0x30\n",	    /* CKR_DEVICE_ERROR */
		"C_Sign return 0x5\n",	    /* CKR_GENERAL_ERROR */
		"C_SignInit return 0x68\n", /* CKR_KEY_FUNCTION_NOT_PERMITTED */
		"C_Sign flip\n",
	};
	struct run run;

	run_open(&run, 0);
	for (size_t i = 0; i < COUNT(scripts); i++) {
		struct issue_request request = { .ca = "sub",
			.csr = buf_bytes(&run.good),
			.idempotency = "a token of its own" };
		size_t counts[ISSUED_STATES];
		struct issued out;
		char *entry;

		clock_stop(STAGE_NOW + (int64_t)i * 1000);
		stage_tell(&run.s, scripts[i]);
		cr_expect_not(bench_issue(&run.s, &request, &out));
		cr_expect_eq(run.s.f.kind, FAULT_TOKEN, "%s", run.s.f.found);
		cr_expect_eq(out.certificate.len, 0);
		bench_count(&run.s, "sub", counts);
		cr_expect_eq(counts[ISSUED_FAILED], i + 1);
		cr_expect_eq(counts[ISSUED_INTENT] + counts[ISSUED_DONE], 0);
		entry = stage_last_entry(&run.s);
		cr_expect_not_null(strstr(entry, "\"serial\""), "%s", entry);
		cr_expect_null(strstr(entry, "\"done\""), "%s", entry);
		mem_free(entry);
		stage_tell(&run.s, "");
		bench_refused(&run.s, &request, FAULT_REQUEST_FAILED, NULL,
		    "which has failed");
		cr_expect_eq(stage_signatures(&run.s), 0);
	}
	run_close(&run);
}

Test(issue_batch, a_token_that_is_not_there_leaves_no_intent)
{
	struct issue_request request = { .ca = "sub" };
	size_t counts[ISSUED_STATES];
	struct issued out;
	struct run run;

	run_open(&run, 10);
	request.csr = buf_bytes(&run.good);
	stage_tell(&run.s, "C_Login return 0x30\n");
	cr_expect_not(bench_issue(&run.s, &request, &out));
	cr_expect_eq(run.s.f.kind, FAULT_TOKEN, "%s", run.s.f.found);
	cr_expect_not(run_all(&run));
	cr_expect_eq(run.told, 0);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT] + counts[ISSUED_DONE] +
		counts[ISSUED_FAILED],
	    0);
	run_close(&run);
}

/* A session that the token lost is mended once; one signature comes of it. */
Test(issue_batch, a_lost_session_costs_no_certificate)
{
	size_t counts[ISSUED_STATES];
	struct run run;

	run_open(&run, 10);
	stage_tell(&run.s, "C_Sign@3 return 0xb3\n");
	cr_expect(run_all(&run), "%s", run.s.f.found);
	cr_expect_eq(run.issued, 10);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_DONE], 10);
	cr_expect_eq(stage_signatures(&run.s), 10);
	run_close(&run);
}

/* Two places where the token waits, and what happens between them. */
struct between {
	struct run *run;
	char *first, *second;
};

static void
pass(const char *fifo)
{
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	(void)close(fd);
}

static void *
settle_between(void *context)
{
	struct between *between = context;
	struct run *run = between->run;
	struct fault f = { 0 };

	pass(between->first);
	cr_assert(register_each_intent(run->second, run->ca, give_up_one,
	    run->second, &f));
	pass(between->second);
	return NULL;
}

/* Two processes found the same intent of a third; one is faster. */
Test(issue_batch, an_intent_that_somebody_else_settles_is_no_fault)
{
	size_t counts[ISSUED_STATES];
	struct between between = { 0 };
	struct issued out;
	pthread_t thread;
	struct run run;
	char *script;

	run_open(&run, 70);
	run.meanwhile = meddle_at_seventy;
	run.count = 71;
	cr_expect_not(run_all(&run));
	run.count = 0;
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT], 7);
	between.run = &run;
	between.first = stage_file(&run.s, "first");
	between.second = stage_file(&run.s, "second");
	cr_assert_eq(mkfifo(between.first, 0600), 0);
	cr_assert_eq(mkfifo(between.second, 0600), 0);
	script = mem_format("C_SignInit@1 hold %s\nC_Sign@1 hold %s\n",
	    between.first, between.second);
	stage_tell(&run.s, script);
	cr_assert_eq(pthread_create(&thread, NULL, settle_between, &between),
	    0);
	out = bench_issue_plain(&run.s, "sub");
	cr_assert_eq(pthread_join(thread, NULL), 0);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT], 0);
	cr_expect_eq(counts[ISSUED_DONE], 63 + 6 + 1);
	issued_clear(&out);
	mem_free(script);
	mem_free(between.first);
	mem_free(between.second);
	run_close(&run);
}

/* What the token cannot sign any more must not stop the CA for ever. */
Test(issue_batch, an_intent_that_cannot_be_signed_is_given_up)
{
	size_t counts[ISSUED_STATES];
	struct issued out;
	struct run run;

	run_open(&run, 71);
	run.meanwhile = meddle_at_seventy;
	cr_expect_not(run_all(&run));
	stage_tell(&run.s, "C_Sign@1 flip\n");
	out = bench_issue_plain(&run.s, "sub");
	issued_clear(&out);
	bench_count(&run.s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT], 0);
	cr_expect_eq(counts[ISSUED_DONE], 63 + 6 + 1);
	run_close(&run);
}
