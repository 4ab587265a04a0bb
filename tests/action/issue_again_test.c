/*
 * issue_again_test.c - the same request again, and the intents that a crash
 * left.
 */
#include <signal.h>

#include "issue_bench.h"
#include "p11ca/process.h"

/* API, IdempotencyToken. */
Test(issue_again, the_same_token_gives_the_same_certificate_for_five_minutes)
{
	struct issue_request request = { .ca = "sub", .idempotency = "once" };
	struct buf csr = { 0 }, other = { 0 };
	struct issued first, again;
	struct stage s;
	char *entry;

	stage_open(&s);
	stage_host_two(&s);
	bench_plain_csr(&csr);
	bench_plain_csr(&other);
	request.csr = buf_bytes(&csr);
	cr_assert(bench_issue(&s, &request, &first), "%s", s.f.found);
	for (int i = 0; i < 3; i++) {
		clock_stop(STAGE_NOW + i * 150);
		if (i == 1)
			request.csr = buf_bytes(&other);
		cr_assert(bench_issue(&s, &request, &again), "%s", s.f.found);
		cr_expect_str_eq(again.serial, first.serial);
		cr_expect(bytes_equal(buf_bytes(&again.certificate),
		    buf_bytes(&first.certificate)));
		issued_clear(&again);
	}
	bench_expect_only(&s, "sub", 1);
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, first.serial), "also when repeated");
	mem_free(entry);
	request.ca = "root";
	cr_assert(bench_issue(&s, &request, &again), "%s", s.f.found);
	cr_expect_str_neq(again.serial, first.serial, "a token of another CA");
	issued_clear(&again);
	request.ca = "sub";
	clock_stop(STAGE_NOW + 301);
	cr_assert(bench_issue(&s, &request, &again), "%s", s.f.found);
	cr_expect_str_neq(again.serial, first.serial);
	issued_clear(&again);
	issued_clear(&first);
	buf_free(&csr);
	buf_free(&other);
	stage_close(&s);
}

/* Put an intent on record as a process would that got no further. */
static void
leave_intent(struct stage *s, const char *which, const char *owner,
    const char *token, struct issued *out)
{
	struct issued made = bench_issue_plain(s, which);
	const unsigned char *p = made.certificate.p;
	X509 *x = make_must(d2i_X509(NULL, &p, (long)made.certificate.len));
	unsigned char *tbs = NULL;
	bool taken;
	int len;

	/* Another serial, else the same. */
	memset(out, 0, sizeof(*out));
	make_sure(ASN1_INTEGER_set(X509_get_serialNumber(x), 77) == 1);
	len = i2d_re_X509_tbs(x, &tbs);
	out->tbs = make_taken(tbs, len);
	memcpy(out->ca, made.ca, sizeof(out->ca));
	(void)strcpy(out->serial, "0000000000000000000000000000004d");
	(void)strcpy(out->template_name, made.template_name);
	(void)strcpy(out->request, made.request);
	out->sign_alg = made.sign_alg;
	out->owner = mem_text(owner);
	out->idempotency = mem_text(token);
	out->issued_at = STAGE_NOW;
	out->not_before = made.not_before;
	out->not_after = made.not_after;
	cr_assert(store_begin(p11ca_store(s->p), &s->f));
	cr_assert(register_intend(p11ca_store(s->p), out, &taken, &s->f), "%s",
	    s->f.found);
	cr_assert(store_commit(p11ca_store(s->p), &s->f));
	X509_free(x);
	issued_clear(&made);
}

/* The TBS of what is on record must be this one, signed by the CA. */
static void
expect_settled(struct stage *s, const char *which, const struct issued *intent)
{
	struct issued now = { 0 };
	struct ca *ca = NULL;
	EVP_PKEY *key;
	struct buf tbs;
	unsigned char *p = NULL;
	X509 *x;
	int len;

	cr_assert(action_describe(s->p, which, &ca, &s->f));
	cr_assert(register_find(p11ca_store(s->p), ca->uuid, intent->serial,
		      &now, &s->f),
	    "%s", s->f.found);
	cr_assert_eq(now.state, ISSUED_DONE);
	x = bench_x509(&now);
	len = i2d_re_X509_tbs(x, &p);
	tbs = make_taken(p, len);
	cr_expect(bytes_equal(buf_bytes(&tbs), buf_bytes(&intent->tbs)));
	key = make_key_from_spki(buf_bytes(&ca->key_spki));
	cr_expect_eq(X509_verify(x, key), 1);
	EVP_PKEY_free(key);
	X509_free(x);
	buf_free(&tbs);
	issued_clear(&now);
	ca_free(ca);
}

/* Also one of this process that nobody is at work on any more. */
Test(issue_again, an_intent_that_a_crash_left_is_settled_with_the_same_bytes)
{
	char self[PROCESS_TEXT_MAX];
	const char *owners[] = { "no such process", process_self(self) };

	for (size_t i = 0; i < COUNT(owners); i++) {
		struct issue_request request = { .ca = "sub",
			.idempotency = "once" };
		size_t counts[ISSUED_STATES];
		struct issued intent, out;
		struct buf csr = { 0 };
		struct stage s;

		stage_open(&s);
		stage_host_two(&s);
		leave_intent(&s, "sub", owners[i], "once", &intent);
		bench_plain_csr(&csr);
		request.csr = buf_bytes(&csr);
		cr_assert(bench_issue(&s, &request, &out), "%s", s.f.found);
		cr_expect_str_eq(out.serial, intent.serial,
		    "the same token, the same certificate");
		expect_settled(&s, "sub", &intent);
		bench_count(&s, "sub", counts);
		cr_expect_eq(counts[ISSUED_DONE], 2);
		cr_expect_eq(counts[ISSUED_INTENT], 0);
		issued_clear(&out);
		issued_clear(&intent);
		buf_free(&csr);
		stage_close(&s);
	}
}

/* A process that lives until it is told to end; its name goes to owner. */
static pid_t
start_other(char owner[PROCESS_TEXT_MAX])
{
	int ends[2];
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		(void)!write(ends[1], process_self(owner), PROCESS_TEXT_MAX);
		(void)pause();
		_exit(0);
	}
	cr_assert_eq(read(ends[0], owner, PROCESS_TEXT_MAX), PROCESS_TEXT_MAX);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return pid;
}

Test(issue_again, an_intent_of_a_living_process_is_left_alone)
{
	struct issue_request request = { .ca = "sub", .idempotency = "once" };
	char owner[PROCESS_TEXT_MAX];
	pid_t pid = start_other(owner);
	struct buf csr = { 0 };
	struct issued intent, out;
	struct stage s;
	char *entry;

	stage_open(&s);
	stage_host_two(&s);
	leave_intent(&s, "sub", owner, "once", &intent);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	bench_refused(&s, &request, FAULT_REQUEST_IN_PROGRESS, NULL,
	    "being signed");
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "RequestInProgressException"));
	mem_free(entry);
	request.idempotency = NULL;
	cr_assert(bench_issue(&s, &request, &out), "%s", s.f.found);
	issued_clear(&out);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	request.idempotency = "once";
	cr_assert(bench_issue(&s, &request, &out), "%s", s.f.found);
	expect_settled(&s, "sub", &intent);
	issued_clear(&out);
	issued_clear(&intent);
	buf_free(&csr);
	stage_close(&s);
}

/* Settling signs, so a CA that must not sign leaves it. */
Test(issue_again, a_disabled_ca_settles_nothing)
{
	struct issue_request request = { .ca = "sub" };
	size_t counts[ISSUED_STATES];
	struct issued intent;
	struct buf csr = { 0 };
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_host_two(&s);
	leave_intent(&s, "sub", "no such process", NULL, &intent);
	cr_assert(action_update(s.p, "sub", false, &ca, &s.f));
	ca_free(ca);
	bench_plain_csr(&csr);
	request.csr = buf_bytes(&csr);
	bench_refused(&s, &request, FAULT_INVALID_STATE, "N01", ISSUING_STATE);
	bench_count(&s, "sub", counts);
	cr_expect_eq(counts[ISSUED_INTENT], 1);
	issued_clear(&intent);
	buf_free(&csr);
	stage_close(&s);
}
