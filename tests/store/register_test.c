/* register_test.c - certificates issued and revoked, and the state of CRLs. */
#include "bench.h"
#include "p11ca/register.h"

#define U1 "aaaa1111-2222-4333-8444-555555555555"
#define U2 "bbbb2222-2222-4333-8444-555555555555"
#define TBS "0123456789"
#define LATER (1000 + REGISTER_TOKEN_KEPT)

static struct bench b;
static struct store *store;
static struct fault f;

static void
setup(void)
{
	bench_make(&b);
	store = bench_open(&b, STORE_CREATE);
	bench_insert(store, U1, "one");
	bench_insert(store, U2, "two");
	cr_assert(store_begin(store, &f));
}

static void
teardown(void)
{
	store_close(store);
	bench_free(&b);
}

TestSuite(register, .init = setup, .fini = teardown);

/* An intent whose fields differ; the n-th serial begins with zeros. */
static struct issued
intent(const char *ca, unsigned n)
{
	struct issued issued = { 0 };

	(void)snprintf(issued.ca, sizeof(issued.ca), "%s", ca);
	(void)snprintf(issued.serial, sizeof(issued.serial),
	    "0000000000000000000000abcdef%04x", n);
	issued.sign_alg = SIGN_SHA384WITHECDSA;
	(void)snprintf(issued.template_name, sizeof(issued.template_name),
	    "EndEntityCertificate");
	issued.caller = mem_text("uid 7 (me)");
	issued.owner = mem_text("boot 1 2");
	memset(issued.request, 'a', DIGEST_HEX_LEN - 1);
	buf_set(&issued.tbs, bytes_of(TBS));
	issued.issued_at = 1000 + n;
	issued.not_before = 900;
	issued.not_after = 5000 + n;
	return issued;
}

static void
intend(const struct issued *issued)
{
	bool taken;

	cr_assert(register_intend(store, issued, &taken, &f), "%s", f.found);
	cr_assert_not(taken);
}

/* SEQUENCE { TBS, ... } with a header as long as its length needs. */
static void
sign(struct issued *issued, size_t more)
{
	unsigned char header[4] = { 0x30 };
	size_t len = issued->tbs.len + more;
	size_t header_len = len < 0x80 ? 2 : len < 0x100 ? 3 : 4;

	header[1] = (unsigned char)(len < 0x80 ? len : 0x80 + header_len - 2);
	if (header_len == 3)
		header[2] = (unsigned char)len;
	if (header_len == 4) {
		header[2] = (unsigned char)(len >> 8);
		header[3] = (unsigned char)len;
	}
	buf_set(&issued->certificate, (struct bytes){ header, header_len });
	buf_append(&issued->certificate, buf_bytes(&issued->tbs));
	for (size_t i = 0; i < more; i++)
		buf_append(&issued->certificate, bytes_of("s"));
	issued->state = ISSUED_DONE;
}

/* One issued certificate; gives its serial. */
static const char *
issue(const char *ca, unsigned n, int64_t partition)
{
	static char serial[SERIAL_HEX_LEN];
	struct issued issued = intent(ca, n);

	issued.partition = partition;
	intend(&issued);
	sign(&issued, 20);
	cr_assert(register_settle(store, &issued, &f), "%s", f.found);
	memcpy(serial, issued.serial, sizeof(serial));
	issued_clear(&issued);
	return serial;
}

static void
expect_count(const char *ca, int64_t issued, int64_t revoked)
{
	int64_t n = -1, m = -1;

	cr_assert(register_count(store, ca, &n, &m, &f), "%s", f.found);
	cr_expect_eq(n, issued, "%lld", (long long)n);
	cr_expect_eq(m, revoked, "%lld", (long long)m);
}

static void
expect_text(const char *got, const char *want)
{
	cr_expect_eq(got == NULL, want == NULL);
	if (got != NULL && want != NULL)
		cr_expect_str_eq(got, want);
}

static void
expect_same(const struct issued *got, const struct issued *want)
{
	cr_expect_str_eq(got->ca, want->ca);
	cr_expect_str_eq(got->serial, want->serial);
	cr_expect_eq(got->state, want->state);
	cr_expect_eq(got->sign_alg, want->sign_alg);
	cr_expect_str_eq(got->template_name, want->template_name);
	expect_text(got->caller, want->caller);
	expect_text(got->owner, want->owner);
	cr_expect_str_eq(got->request, want->request);
	expect_text(got->idempotency, want->idempotency);
	cr_expect(bytes_equal(buf_bytes(&got->tbs), buf_bytes(&want->tbs)));
	cr_expect(bytes_equal(buf_bytes(&got->certificate),
	    buf_bytes(&want->certificate)));
	expect_text(got->failure, want->failure);
	cr_expect_eq(got->issued_at, want->issued_at);
	cr_expect_eq(got->not_before, want->not_before);
	cr_expect_eq(got->not_after, want->not_after);
	cr_expect_eq(got->partition, want->partition);
	cr_expect_eq(got->revoked_at, want->revoked_at);
	cr_expect_eq(got->reason, want->reason);
}

static void
expect_found(const struct issued *want)
{
	struct issued got;

	cr_assert(register_find(store, want->ca, want->serial, &got, &f), "%s",
	    f.found);
	expect_same(&got, want);
	issued_clear(&got);
}

Test(register, every_field_of_an_intent_comes_back)
{
	struct issued want = intent(U1, 1);

	want.idempotency = mem_text("token");
	want.partition = 3;
	intend(&want);
	expect_found(&want);
	issued_clear(&want);
}

Test(register, a_certificate_is_kept_without_its_tbs_and_its_owner)
{
	static const size_t lengths[] = { 5, 200, 700 };

	for (unsigned i = 0; i < COUNT(lengths); i++) {
		struct issued issued = intent(U1, i);

		intend(&issued);
		sign(&issued, lengths[i]);
		cr_assert(register_settle(store, &issued, &f), "%s", f.found);
		buf_free(&issued.tbs);
		mem_free(issued.owner);
		issued.owner = NULL;
		expect_found(&issued);
		issued_clear(&issued);
	}
}

Test(register, a_failure_keeps_why_and_what_was_to_be_signed)
{
	struct issued issued = intent(U1, 1);

	intend(&issued);
	issued.state = ISSUED_FAILED;
	issued.failure = mem_text("the token was pulled out");
	cr_assert(register_settle(store, &issued, &f), "%s", f.found);
	mem_free(issued.owner);
	issued.owner = NULL;
	expect_found(&issued);
	issued_clear(&issued);
}

Test(register, a_serial_is_given_out_once_by_each_ca)
{
	struct issued first = intent(U1, 1), second = intent(U1, 1);
	struct issued other = intent(U2, 1);
	bool taken = false;

	intend(&first);
	second.issued_at = 9;
	cr_expect(register_intend(store, &second, &taken, &f), "%s", f.found);
	cr_expect(taken);
	expect_found(&first);
	expect_count(U1, 1, 0);
	intend(&other);
	issued_clear(&first);
	issued_clear(&second);
	issued_clear(&other);
}

/* Intents that the schema does not take. */
static void
no_serial(struct issued *i)
{
	i->serial[0] = '\0';
}
static void
short_serial(struct issued *i)
{
	i->serial[30] = '\0';
}
static void
wrong_serial(struct issued *i)
{
	i->serial[3] = 'x';
}
static void
no_request(struct issued *i)
{
	i->request[0] = '\0';
}
static void
no_tbs(struct issued *i)
{
	buf_free(&i->tbs);
}
static void
no_ca(struct issued *i)
{
	i->ca[0] = 'f';
}
static void
revoked_before(struct issued *i)
{
	i->revoked_at = 1;
}

static void (*const spoilers[])(struct issued *i) = { no_serial, short_serial,
	wrong_serial, no_request, no_tbs, no_ca, revoked_before };

Test(register, refuses_intents_without_what_identifies_them)
{
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		struct issued issued = intent(U1, 1);
		bool taken = true;

		spoilers[i](&issued);
		memset(&f, 0, sizeof(f));
		cr_expect_not(register_intend(store, &issued, &taken, &f),
		    "case %zu", i);
		cr_expect_eq(f.kind, FAULT_OURS, "case %zu", i);
		cr_expect_not(taken);
		issued_clear(&issued);
	}
	expect_count(U1, 0, 0);
}

/* Results that are not those of the intent. */
static void
other_tbs(struct issued *i)
{
	buf_set(&i->tbs, bytes_of("0123456780"));
	sign(i, 20);
}

static void
other_ca(struct issued *i)
{
	memcpy(i->ca, U2, UUID_LEN);
}
static void
other_serial(struct issued *i)
{
	i->serial[31] = '9';
}
static void
still_intended(struct issued *i)
{
	i->state = ISSUED_INTENT;
}
static void
nothing_signed(struct issued *i)
{
	buf_free(&i->certificate);
}
static void
another_inside(struct issued *i)
{
	i->certificate.p[5] ^= 1;
}
static void
not_a_sequence(struct issued *i)
{
	i->certificate.p[0] = 0x31;
}
static void
unsigned_tbs(struct issued *i)
{
	i->certificate.len = 12;
}
static void
cut_short(struct issued *i)
{
	i->certificate.len = 1;
}
static void
without_tbs(struct issued *i)
{
	buf_free(&i->tbs);
}

static void
odd_length(struct issued *i)
{
	i->certificate.p[1] = 0xff;
}

static void
failed_over_other_bytes(struct issued *i)
{
	other_tbs(i);
	buf_free(&i->certificate);
	i->state = ISSUED_FAILED;
}

static void (*const results[])(struct issued *i) = { other_tbs, other_ca,
	other_serial, still_intended, nothing_signed, another_inside,
	not_a_sequence, unsigned_tbs, cut_short, without_tbs, odd_length,
	failed_over_other_bytes };

Test(register, refuses_results_of_something_else)
{
	struct issued want = intent(U1, 1);

	intend(&want);
	for (size_t i = 0; i < COUNT(results); i++) {
		struct issued issued = intent(U1, 1);

		sign(&issued, 20);
		results[i](&issued);
		memset(&f, 0, sizeof(f));
		cr_expect_not(register_settle(store, &issued, &f), "case %zu",
		    i);
		cr_expect_eq(f.kind, FAULT_OURS, "case %zu", i);
		expect_found(&want);
		issued_clear(&issued);
	}
	issued_clear(&want);
}

Test(register, a_result_is_final)
{
	struct issued again = intent(U1, 1);

	(void)issue(U1, 1, 0);
	sign(&again, 20);
	cr_expect_not(register_settle(store, &again, &f));
	cr_expect_eq(f.kind, FAULT_OURS);
	issued_clear(&again);
}

/* What the database itself refuses, whoever asks. */
static const char *const tampering[] = {
	"DELETE FROM issued",
	"DELETE FROM ca",
	"UPDATE issued SET state = 'FAILED', certificate = NULL",
	"UPDATE issued SET state = 'INTENT', certificate = NULL, tbs = x'00'",
	"UPDATE issued SET certificate = x'00'",
	"UPDATE issued SET serial = randomblob(16)",
	"UPDATE issued SET n = n + 10",
	"UPDATE issued SET revoked_at = 0, reason = NULL WHERE revoked_at > 0",
	"UPDATE issued SET reason = 'SUPERSEDED' WHERE revoked_at > 0",
	"UPDATE issued SET revoked_at = 5 WHERE revoked_at = 0",
	"UPDATE issued SET reason = 'SUPERSEDED' WHERE revoked_at = 0",
	"UPDATE crl SET number = 4",
	"UPDATE crl SET listed = revoked + 1",
};

Test(register, the_database_refuses_to_rewrite_the_past)
{
	int64_t number;

	(void)issue(U1, 1, 0);
	cr_assert(register_revoke(store, U1, issue(U1, 2, 0), 7,
	    REASON_SUPERSEDED, &f));
	cr_assert(crl_number(store, U1, 0, 5, &number, &f));
	for (size_t i = 0; i < COUNT(tampering); i++)
		cr_expect_eq(sqlite3_exec(store->db, tampering[i], NULL, NULL,
				 NULL) &
			0xff,
		    SQLITE_CONSTRAINT, "%s", tampering[i]);
	expect_count(U1, 2, 1);
}

static const struct {
	const char *serial;
	enum fault_kind kind; /* FAULT_NONE: it is found */
} serials[] = {
	{ "0000000000000000000000abcdef0001", FAULT_NONE },
	{ "ABCDEF0001", FAULT_NONE },
	{ "0aBcDeF0001", FAULT_NONE },
	{ "ab:cd:ef:00:01", FAULT_NONE },
	{ ":00:ab:cd:ef:00:01:", FAULT_NONE },
	{ "000000000000000000000000000000000000000000abcdef0001", FAULT_NONE },
	{ "1abcdef0001", FAULT_RESOURCE_NOT_FOUND },
	{ "abcdef0002", FAULT_RESOURCE_NOT_FOUND },
	{ "abcdef00010", FAULT_RESOURCE_NOT_FOUND },
	{ "0", FAULT_RESOURCE_NOT_FOUND },
	{ "100000000000000000000000abcdef0001", FAULT_RESOURCE_NOT_FOUND },
	{ "1000000000000000000000000000000000000000000000000000000000000000"
	  "00000000000000000000000000",
	    FAULT_RESOURCE_NOT_FOUND },
	{ "", FAULT_INVALID_REQUEST },
	{ ":", FAULT_INVALID_REQUEST },
	{ "0xabcdef0001", FAULT_INVALID_REQUEST },
	{ "abcdef0001 ", FAULT_INVALID_REQUEST },
	{ "abcdef\n0001", FAULT_INVALID_REQUEST },
	{ "-abcdef0001", FAULT_INVALID_REQUEST },
};

Test(register, a_serial_is_found_however_it_is_written)
{
	(void)issue(U1, 1, 0);
	for (size_t i = 0; i < COUNT(serials); i++) {
		enum fault_kind kind = serials[i].kind;
		struct issued got;

		memset(&f, 0, sizeof(f));
		cr_expect_eq(register_find(store, U1, serials[i].serial, &got,
				 &f),
		    kind == FAULT_NONE, "%s", serials[i].serial);
		cr_expect_eq(f.kind, kind, "%s: %s", serials[i].serial,
		    f.found);
		cr_expect_str_eq(got.serial,
		    kind == FAULT_NONE ? "0000000000000000000000abcdef0001"
				       : "");
		issued_clear(&got);
	}
}

Test(register, a_certificate_is_found_at_its_own_ca_only)
{
	struct issued got;

	cr_expect_not(register_find(store, U2, issue(U1, 1, 0), &got, &f));
	cr_expect_eq(f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_expect_eq(got.certificate.len, 0);
}

static const struct {
	const char *ca, *token;
	int64_t since;
	int64_t issued_at; /* 0: none is found */
} tokens[] = {
	{ U1, "t", 0, 1003 },
	{ U1, "t", 1003, 1003 },
	{ U1, "t", 1004, 0 },
	{ U1, "u", 0, 1002 },
	{ U1, "T", 0, 0 },
	{ U1, "", 0, 0 },
	{ U2, "t", 0, 1005 },
	{ U2, "u", 0, 0 },
};

Test(register, the_newest_with_a_token_is_found)
{
	static const struct {
		const char *ca, *token;
	} rows[] = { { U1, "t" }, { U1, "u" }, { U1, "t" }, { U1, NULL },
		{ U2, "t" } };

	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct issued issued = intent(rows[i].ca, i + 1);

		issued.idempotency = mem_text(rows[i].token);
		intend(&issued);
		issued_clear(&issued);
	}
	for (size_t i = 0; i < COUNT(tokens); i++) {
		struct issued got;
		bool found;

		cr_assert(register_find_token(store, tokens[i].ca,
		    tokens[i].token, tokens[i].since, &got, &found, &f));
		cr_expect_eq(found, tokens[i].issued_at != 0, "case %zu", i);
		cr_expect_eq(got.issued_at, tokens[i].issued_at, "case %zu", i);
		issued_clear(&got);
	}
}

Test(register, a_token_is_kept_as_long_as_it_says)
{
	static const struct {
		int64_t issued_at;
		bool found; /* the first one, afterwards */
	} rows[] = { { 1000, true }, { LATER, true }, { LATER + 1, false } };

	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct issued issued = intent(U1, i);
		struct issued got;
		bool found;

		issued.idempotency = mem_format("t%u", i);
		issued.issued_at = rows[i].issued_at;
		intend(&issued);
		cr_assert(register_find_token(store, U1, "t0", 1000, &got,
		    &found, &f));
		cr_expect_eq(found, rows[i].found, "case %u", i);
		issued_clear(&got);
		issued_clear(&issued);
	}
	cr_expect_eq(bench_number(store, "SELECT count(*) FROM issued_token"),
	    2);
}

/* What a visitor saw, as text; it stops after the given number. */
struct seen {
	struct buf text;
	int left;
	int64_t position;
};

static bool
see(const struct issued *issued, int64_t position, void *context)
{
	struct seen *seen = context;

	cr_assert_gt(position, seen->position);
	seen->position = position;
	buf_printf(&seen->text, "%s ", issued->serial + 31);
	return --seen->left > 0;
}

Test(register, each_is_visited_in_order_and_from_any_position)
{
	struct seen seen = { .left = 2 };

	(void)issue(U1, 3, 0);
	(void)issue(U2, 9, 0);
	(void)issue(U1, 1, 0);
	(void)issue(U1, 2, 0);
	cr_assert(register_each(store, U1, 0, see, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "3 1 ");
	seen.left = 10;
	cr_assert(register_each(store, U1, seen.position, see, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "3 1 2 ");
	cr_assert(register_each(store, U1, seen.position, see, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "3 1 2 ");
	buf_free(&seen.text);
}

static bool
look_inside(const struct issued *issued, int64_t position, void *context)
{
	struct seen inner = { .left = 10 };

	cr_assert(register_each(store, U1, 0, see, &inner, &f));
	cr_expect_str_eq(buf_text(&inner.text), "1 2 3 ");
	buf_free(&inner.text);
	return see(issued, position, context);
}

Test(register, a_visitor_may_ask_the_question_it_is_called_for)
{
	struct seen seen = { .left = 10 };

	for (unsigned i = 1; i <= 3; i++)
		(void)issue(U1, i, 0);
	cr_assert(register_each(store, U1, 0, look_inside, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "1 2 3 ");
	buf_free(&seen.text);
}

static bool
give_up(const struct issued *issued, int64_t position, void *context)
{
	struct issued failed = *issued; /* borrows from it */

	failed.state = ISSUED_FAILED;
	failed.failure = (char[]){ "its process is gone" };
	cr_assert(register_settle(store, &failed, &f), "%s", f.found);
	return see(issued, position, context);
}

Test(register, intents_are_visited_and_may_be_settled_meanwhile)
{
	struct seen seen = { .left = 10 };

	for (unsigned i = 1; i <= 5; i++) {
		struct issued issued = intent(i == 4 ? U2 : U1, i);

		if (i == 2)
			(void)issue(U1, i, 0);
		else
			intend(&issued);
		issued_clear(&issued);
	}
	cr_assert(register_each_intent(store, NULL, see, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "1 3 4 5 ");
	buf_free(&seen.text);
	seen.position = 0;
	cr_assert(register_each_intent(store, U1, give_up, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "1 3 5 ");
	buf_free(&seen.text);
	seen.position = 0;
	seen.left = 1;
	cr_assert(register_each_intent(store, NULL, see, &seen, &f));
	cr_expect_str_eq(buf_text(&seen.text), "4 ");
	buf_free(&seen.text);
}

Test(register, counts_what_is_done_and_intended_and_revoked)
{
	struct issued issued = intent(U1, 1);

	expect_count(U1, 0, 0);
	intend(&issued);
	expect_count(U1, 1, 0);
	(void)issue(U1, 2, 0);
	expect_count(U1, 2, 0);
	cr_assert(register_revoke(store, U1, issue(U1, 3, 0), 7,
	    REASON_UNSPECIFIED, &f));
	expect_count(U1, 3, 1);
	issued.state = ISSUED_FAILED;
	cr_assert(register_settle(store, &issued, &f));
	expect_count(U1, 2, 1);
	expect_count(U2, 0, 0);
	expect_count("", 0, 0);
	issued_clear(&issued);
}

Test(register, every_reason_of_a_revocation_comes_back)
{
	for (int r = REASON_NONE + 1; r < REASONS; r++) {
		const char *serial = issue(U1, (unsigned)r, 0);
		struct issued got;

		cr_assert(register_revoke(store, U1, serial, 100 + r,
			      (enum revocation_reason)r, &f),
		    "%s", f.found);
		cr_assert(register_find(store, U1, serial, &got, &f));
		cr_expect_eq(got.revoked_at, 100 + r);
		cr_expect_eq(got.reason, (enum revocation_reason)r);
		cr_expect_eq(got.state, ISSUED_DONE);
		issued_clear(&got);
	}
}

Test(register, a_revocation_is_refused_with_what_stands_against_it)
{
	struct issued waiting = intent(U1, 1), failed = intent(U1, 2);
	char done[SERIAL_HEX_LEN];

	intend(&waiting);
	intend(&failed);
	failed.state = ISSUED_FAILED;
	cr_assert(register_settle(store, &failed, &f));
	memcpy(done, issue(U1, 3, 0), sizeof(done));
	cr_assert(register_revoke(store, U1, done, 7, REASON_SUPERSEDED, &f));
	const struct {
		const char *ca, *serial;
		enum fault_kind kind;
		const char *found;
	} cases[] = {
		{ U1, done, FAULT_REQUEST_ALREADY_PROCESSED,
		    "1970-01-01T00:00:07Z (SUPERSEDED)" },
		{ U1, waiting.serial, FAULT_REQUEST_IN_PROGRESS, "not signed" },
		{ U1, failed.serial, FAULT_RESOURCE_NOT_FOUND, failed.serial },
		{ U1, "77", FAULT_RESOURCE_NOT_FOUND, "77" },
		{ U2, done, FAULT_RESOURCE_NOT_FOUND, done },
		{ U1, "no", FAULT_INVALID_REQUEST, "\"no\"" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(&f, 0, sizeof(f));
		cr_expect_not(register_revoke(store, cases[i].ca,
		    cases[i].serial, 8, REASON_KEY_COMPROMISE, &f));
		cr_expect_eq(f.kind, cases[i].kind, "case %zu", i);
		cr_expect(strstr(f.found, cases[i].found) != NULL, "%s",
		    f.found);
		cr_expect(f.want != NULL && f.todo != NULL);
	}
	expect_count(U1, 2, 1);
	issued_clear(&waiting);
	issued_clear(&failed);
}

static bool
see_revoked(struct bytes serial, int64_t revoked_at,
    enum revocation_reason reason, void *context)
{
	struct seen *seen = context;

	cr_assert_eq(serial.len, SERIAL_LEN);
	buf_printf(&seen->text, "%u@%lld/%d ", serial.p[15],
	    (long long)revoked_at, reason);
	return --seen->left > 0;
}

static const struct {
	const char *ca;
	int64_t partition, unexpired_at;
	int left;
	const char *seen;
} crls[] = {
	{ U1, 0, 0, 9, "3@30/2 1@20/5 2@40/5 4@10/1 " },
	{ U1, 0, 5003, 9, "3@30/2 4@10/1 " },
	{ U1, 0, 5005, 9, "" },
	{ U1, 0, 0, 2, "3@30/2 1@20/5 " },
	{ U1, 1, 0, 9, "1@20/5 2@40/5 " },
	{ U1, 1, 5002, 9, "2@40/5 " },
	{ U1, 2, 0, 9, "4@10/1 " },
	{ U1, 3, 0, 9, "" },
	{ U2, 0, 0, 9, "9@9/1 " },
	{ U2, 1, 0, 9, "" },
};

Test(register, a_crl_gets_the_revoked_of_its_partition)
{
	static const struct {
		const char *ca;
		unsigned n;
		int64_t partition, at;
		enum revocation_reason reason;
	} rows[] = {
		{ U1, 2, 1, 40, REASON_SUPERSEDED },
		{ U1, 1, 1, 20, REASON_SUPERSEDED },
		{ U2, 9, 0, 9, REASON_UNSPECIFIED },
		{ U1, 4, 2, 10, REASON_UNSPECIFIED },
		{ U1, 3, 0, 30, REASON_KEY_COMPROMISE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_assert(register_revoke(store, rows[i].ca,
		    issue(rows[i].ca, rows[i].n, rows[i].partition), rows[i].at,
		    rows[i].reason, &f));
	(void)issue(U1, 5, 1);
	for (size_t i = 0; i < COUNT(crls); i++) {
		struct seen seen = { .left = crls[i].left };

		cr_assert(register_each_revoked(store, crls[i].ca,
			      crls[i].partition, crls[i].unexpired_at,
			      see_revoked, &seen, &f),
		    "%s", f.found);
		cr_expect_str_eq(buf_text(&seen.text), crls[i].seen,
		    "case %zu: %s", i, buf_text(&seen.text));
		buf_free(&seen.text);
	}
}

/* Every CRL of a CA as "PARTITION:CERTIFICATES:NUMBER:REVOKED", "!" changed. */
static void
expect_crls(const char *ca, const char *want)
{
	struct crl_state *list;
	struct buf text = { 0 };
	size_t count;

	cr_assert(crl_states(store, ca, &list, &count, &f), "%s", f.found);
	for (size_t i = 0; i < count; i++) {
		cr_expect_str_eq(list[i].ca, ca);
		buf_printf(&text, "%s%lld:%lld:%lld:%lld%s", i > 0 ? " " : "",
		    (long long)list[i].partition,
		    (long long)list[i].certificates, (long long)list[i].number,
		    (long long)list[i].revoked, list[i].changed ? "!" : "");
	}
	cr_expect_str_eq(buf_text(&text), want, "%s", buf_text(&text));
	buf_free(&text);
	mem_free(list);
}

Test(crl_state, every_ca_has_a_complete_crl_of_its_own_name, .init = setup,
    .fini = teardown)
{
	struct crl_state *list;
	size_t count;

	cr_assert(crl_states(store, U1, &list, &count, &f));
	cr_assert_eq(count, 1);
	cr_expect_str_eq(list[0].guid, U1);
	cr_expect_eq(list[0].this_update, 0);
	cr_expect_eq(list[0].next_update, 0);
	mem_free(list);
	expect_crls(U1, "0:0:0:0");
	expect_crls("nobody", "");
}

Test(crl_state, certificates_are_counted_at_their_partition, .init = setup,
    .fini = teardown)
{
	struct crl_state first, second, state;

	cr_assert(crl_assign(store, U1, true, &first, &f), "%s", f.found);
	cr_expect_eq(first.partition, 1);
	cr_expect_str_eq(first.ca, U1);
	cr_expect_eq(strlen(first.guid), UUID_LEN - 1);
	cr_expect_str_neq(first.guid, U1);
	cr_assert(crl_assign(store, U1, false, &state, &f), "%s", f.found);
	cr_expect_eq(state.partition, 0);
	cr_expect_str_eq(state.guid, U1);
	for (int i = 1; i < CRL_PARTITION_MAX; i++) {
		cr_assert(crl_assign(store, U1, true, &state, &f));
		cr_assert_str_eq(state.guid, first.guid);
	}
	expect_crls(U1, "0:1:0:0 1:20000:0:0");
	cr_assert(crl_assign(store, U1, true, &second, &f), "%s", f.found);
	cr_expect_eq(second.partition, 2);
	cr_expect_eq(second.certificates, 1);
	cr_expect_str_neq(second.guid, first.guid);
	cr_assert(crl_assign(store, U2, true, &state, &f), "%s", f.found);
	expect_crls(U1, "0:1:0:0 1:20000:0:0 2:1:0:0");
	expect_crls(U2, "0:0:0:0 1:1:0:0");
}

Test(crl_state, a_place_that_is_given_back_is_the_next_ones, .init = setup,
    .fini = teardown)
{
	struct crl_state first, state;

	cr_assert(crl_assign(store, U1, true, &first, &f), "%s", f.found);
	cr_assert(crl_unassign(store, U1, 1, &f), "%s", f.found);
	expect_crls(U1, "0:0:0:0 1:0:0:0");
	cr_expect_not(crl_unassign(store, U1, 1, &f), "it has none to give");
	cr_expect_eq(f.kind, FAULT_OURS);
	cr_expect_not(crl_unassign(store, U1, 2, &f));
	cr_assert(crl_assign(store, U1, true, &state, &f), "%s", f.found);
	cr_expect_str_eq(state.guid, first.guid);
	cr_assert(crl_assign(store, U1, false, &state, &f), "%s", f.found);
	cr_assert(crl_unassign(store, U1, 0, &f), "%s", f.found);
	expect_crls(U1, "0:0:0:0 1:1:0:0");
}

Test(crl_state, a_number_is_above_all_before, .init = setup, .fini = teardown)
{
	static const struct {
		int64_t least, number;
	} cases[] = { { 0, 1 }, { 0, 2 }, { -5, 3 }, { 1000, 1000 },
		{ 1000, 1001 }, { 7, 1002 }, { INT64_MAX, INT64_MAX } };
	int64_t number;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert(crl_number(store, U1, 0, cases[i].least, &number, &f),
		    "%s", f.found);
		cr_expect_eq(number, cases[i].number, "case %zu", i);
	}
	cr_expect_not(crl_number(store, U1, 0, 0, &number, &f), "used up");
	cr_expect_eq(number, 0);
	cr_assert(crl_number(store, U2, 0, 0, &number, &f));
	cr_expect_eq(number, 1, "each CA counts for itself");
}

/* Publish as a process does that read the state before the entries. */
static bool
publish(struct crl_state *state)
{
	state->this_update = 50;
	state->next_update = 60;
	return crl_published(store, state, &f);
}

static struct crl_state
state_of(const char *ca, size_t i)
{
	struct crl_state *list, state;
	size_t count;

	cr_assert(crl_states(store, ca, &list, &count, &f));
	cr_assert_lt(i, count);
	state = list[i];
	mem_free(list);
	return state;
}

Test(crl_state, a_revocation_changes_its_partition_and_the_complete_crl,
    .init = setup, .fini = teardown)
{
	struct crl_state state;

	cr_assert(crl_assign(store, U1, true, &state, &f));
	cr_assert(register_revoke(store, U1, issue(U1, 1, 1), 7,
	    REASON_SUPERSEDED, &f));
	expect_crls(U1, "0:0:0:1! 1:1:0:1!");
	expect_crls(U2, "0:0:0:0");
	cr_assert(register_revoke(store, U1, issue(U1, 2, 0), 7,
	    REASON_SUPERSEDED, &f));
	expect_crls(U1, "0:0:0:2! 1:1:0:1!");
}

Test(crl_state, what_was_revoked_after_the_entries_were_read_stays_to_do,
    .init = setup, .fini = teardown)
{
	struct crl_state state;

	cr_assert(register_revoke(store, U1, issue(U1, 1, 0), 7,
	    REASON_SUPERSEDED, &f));
	state = state_of(U1, 0);
	cr_assert(crl_number(store, U1, 0, 9, &state.number, &f));
	cr_assert(register_revoke(store, U1, issue(U1, 2, 0), 7,
	    REASON_SUPERSEDED, &f)); /* in the same second */
	cr_expect(publish(&state), "%s", f.found);
	expect_crls(U1, "0:0:9:2!");
	state = state_of(U1, 0);
	cr_expect_eq(state.this_update, 50);
	cr_expect_eq(state.next_update, 60);
	cr_assert(crl_number(store, U1, 0, 0, &state.number, &f));
	cr_expect(publish(&state), "%s", f.found);
	expect_crls(U1, "0:0:10:2");
}

Test(crl_state, only_the_last_number_is_published, .init = setup,
    .fini = teardown)
{
	struct crl_state none = state_of(U1, 0), old, last;

	old = last = none;
	cr_assert(crl_number(store, U1, 0, 0, &old.number, &f));
	cr_assert(crl_number(store, U1, 0, 0, &last.number, &f));
	cr_expect_not(publish(&none));
	cr_expect_eq(f.kind, FAULT_CONCURRENT_MODIFICATION);
	cr_expect_not(publish(&old));
	cr_expect_eq(f.kind, FAULT_CONCURRENT_MODIFICATION);
	cr_expect(publish(&last));
	last.partition = 4;
	cr_expect_not(publish(&last));
}

Test(crl_state, a_crl_that_is_not_there_has_no_number, .init = setup,
    .fini = teardown)
{
	struct crl_state state;
	int64_t number = 5;

	cr_expect_not(crl_number(store, U1, 1, 0, &number, &f));
	cr_expect_eq(f.kind, FAULT_OURS);
	cr_expect_eq(number, 0);
	cr_expect_not(crl_assign(store, "nobody", false, &state, &f));
	cr_expect_eq(f.kind, FAULT_OURS);
	cr_expect_not(crl_assign(store, "nobody", true, &state, &f));
	cr_expect_eq(f.kind, FAULT_OURS);
}

Test(register, refuses_every_change_outside_of_a_transaction)
{
	struct issued issued = intent(U1, 1);
	struct crl_state state = { .ca = U1, .number = 1 };
	struct fault faults[7] = { 0 };
	int64_t number;
	bool taken = true;

	store_rollback(store);
	cr_expect_not(register_intend(store, &issued, &taken, &faults[0]));
	cr_expect_not(taken);
	sign(&issued, 20);
	cr_expect_not(register_settle(store, &issued, &faults[1]));
	cr_expect_not(register_revoke(store, U1, "1", 7, REASON_SUPERSEDED,
	    &faults[2]));
	cr_expect_not(crl_assign(store, U1, true, &state, &faults[3]));
	cr_expect_not(crl_number(store, U1, 0, 0, &number, &faults[4]));
	cr_expect_not(crl_published(store, &state, &faults[5]));
	cr_expect_not(crl_unassign(store, U1, 1, &faults[6]));
	for (size_t i = 0; i < COUNT(faults); i++)
		cr_expect_eq(faults[i].kind, FAULT_OURS, "case %zu", i);
	issued_clear(&issued);
}

Test(register, a_ca_that_issued_something_is_not_removed)
{
	struct ca *ca = NULL;

	(void)issue(U1, 1, 0);
	cr_assert(store_find_ca(store, U1, &ca, &f));
	cr_expect_not(store_remove_ca(store, ca, &f));
	ca_free(ca);
	cr_assert(store_find_ca(store, U2, &ca, &f));
	cr_expect(store_remove_ca(store, ca, &f), "%s", f.found);
	ca_free(ca);
	expect_crls(U2, "");
}

Test(register, what_was_committed_is_there_again)
{
	char serial[SERIAL_HEX_LEN];
	struct issued got;

	memcpy(serial, issue(U1, 1, 0), sizeof(serial));
	cr_assert(store_commit(store, &f));
	store_close(store);
	store = bench_open(&b, STORE_READ);
	cr_expect(register_find(store, U1, serial, &got, &f), "%s", f.found);
	issued_clear(&got);
	expect_count(U1, 1, 0);
	expect_crls(U1, "0:0:0:0");
}

/* Columns that read each other's damage as a fault, not as another value. */
static const char *const damages[] = {
	"UPDATE issued SET sign_alg = 'ROT13'",
	"UPDATE issued SET revoked_at = 5, reason = 'BOREDOM'",
	"UPDATE issued SET template_name = hex(zeroblob(60))",
};

Test(register, an_unknown_value_in_a_row_is_a_fault)
{
	for (unsigned i = 0; i < COUNT(damages); i++) {
		struct seen seen = { .left = 9 };
		struct issued got;

		store_rollback(store);
		cr_assert(store_begin(store, &f));
		(void)issue(U1, 1, 0);
		cr_assert_eq(sqlite3_exec(store->db, damages[i], NULL, NULL,
				 NULL),
		    SQLITE_OK);
		memset(&f, 0, sizeof(f));
		cr_expect_not(register_find(store, U1, "abcdef0001", &got, &f));
		cr_expect_eq(f.kind, FAULT_STORE, "%s", f.found);
		cr_expect_null(got.caller);
		cr_expect_not(register_each(store, U1, 0, see, &seen, &f));
		cr_expect_eq(seen.text.len, 0);
	}
}

/* A question that reads more than it answers gets slower with every row. */
static const char *const slow_words[] = { "SCAN", "TEMP B-TREE" };

Test(register, no_question_reads_more_than_it_answers)
{
	struct issued issued = intent(U1, 7), got;
	struct seen seen = { .left = 1 };
	struct crl_state state;
	int64_t n, m;
	bool found;

	/* Each statement of the register is kept once it was used. */
	issued.idempotency = mem_text("t");
	intend(&issued);
	cr_assert(register_each_intent(store, U1, give_up, &seen, &f));
	cr_assert(crl_assign(store, U1, true, &state, &f));
	cr_assert(register_revoke(store, U1, issue(U1, 1, 1), 7,
	    REASON_SUPERSEDED, &f));
	cr_assert(register_find(store, U1, "abcdef0001", &got, &f));
	issued_clear(&got);
	cr_assert(register_find_token(store, U1, "t", 0, &got, &found, &f));
	issued_clear(&got);
	seen.position = 0;
	cr_assert(register_each(store, U1, 0, see, &seen, &f));
	cr_assert(register_count(store, U1, &n, &m, &f));
	cr_assert(register_count_unexpired(store, U1, 0, &n, &f));
	for (int64_t i = 0; i < 2; i++) {
		seen.left = 1;
		cr_assert(register_each_revoked(store, U1, i, 0, see_revoked,
		    &seen, &f));
		cr_assert(crl_assign(store, U1, i == 0, &state, &f));
	}
	state = state_of(U1, 0);
	cr_assert(crl_number(store, U1, 0, 0, &state.number, &f));
	cr_assert(publish(&state));
	expect_crls(U1, "0:1:1:1 1:2:0:1!");
	cr_assert_gt(store->kept_count, 12);
	for (size_t i = 0; i < store->kept_count; i++) {
		char *sql =
		    mem_format("EXPLAIN QUERY PLAN %s", store->kept[i].sql);
		sqlite3_stmt *plan = NULL;

		cr_assert_eq(sqlite3_prepare_v2(store->db, sql, -1, &plan,
				 NULL),
		    SQLITE_OK);
		while (sqlite3_step(plan) == SQLITE_ROW)
			for (size_t w = 0; w < COUNT(slow_words); w++)
				cr_expect(strstr((const char *)
						     sqlite3_column_text(plan,
							 3),
					      slow_words[w]) == NULL,
				    "%s: %s", sql,
				    (const char *)sqlite3_column_text(plan, 3));
		sqlite3_finalize(plan);
		mem_free(sql);
	}
	buf_free(&seen.text);
	issued_clear(&issued);
}
