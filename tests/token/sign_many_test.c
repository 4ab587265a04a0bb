/* sign_many_test.c - many signatures, in several sessions at once. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#include "fault_bench.h"

#define MANY 40
#define AT_ONCE 4

TestSuite(sign_many, .init = bench_open, .fini = bench_close, .timeout = 120);

/* Both ways: libp11, and C_Sign in sessions of our own. */
static const struct {
	enum key_alg key_alg;
	enum sign_alg alg;
} ways[] = {
	{ KEY_EC_PRIME256V1, SIGN_SHA256WITHECDSA },
	{ KEY_ED25519, SIGN_ED25519 },
};

struct run {
	struct token *token;
	struct key key;
	enum sign_alg alg;
	struct to_sign list[MANY];
	char text[MANY][16];
	struct fault f;
};

/* A token that has signed once: what is opened at the first time is open. */
static void
run_open(struct run *run, size_t way, unsigned sessions)
{
	struct buf first = { 0 };

	memset(run, 0, sizeof(*run));
	bench_make_key(ways[way].key_alg);
	bench.place.sessions = sessions;
	run->token = bench_token();
	run->alg = ways[way].alg;
	bench_find(run->token, &run->key);
	cr_assert(token_sign(run->token, &run->key, run->alg, bytes_of("first"),
	    &first, &run->f));
	buf_free(&first);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(run->text[i], sizeof(run->text[i]), "text %zu", i);
		run->list[i].data = bytes_of(run->text[i]);
	}
	bench_forget_calls();
}

static void
run_close(struct run *run)
{
	for (size_t i = 0; i < MANY; i++)
		buf_free(&run->list[i].signature);
	bench_tell("%s", "");
	key_clear(&run->key);
	token_close(run->token);
}

static bool
sign(struct run *run, size_t count)
{
	return token_sign_many(run->token, &run->key, run->alg, run->list,
	    count, &run->f);
}

static bool
is_good(const struct run *run, size_t i)
{
	struct pubkey public = { 0 };
	struct buf der = { 0 };
	struct fault f = { 0 };
	bool ok;

	sign_alg_der(run->alg, &der);
	ok = pubkey_from_spki(buf_bytes(&run->key.spki), &public, &f) &&
	    pubkey_verify(&public, buf_bytes(&der), run->list[i].data,
		buf_bytes(&run->list[i].signature));
	pubkey_clear(&public);
	buf_free(&der);
	return ok;
}

/* How many have a signature, each of which must be good. */
static size_t
signed_count(const struct run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < MANY; i++) {
		if (run->list[i].signature.len == 0)
			continue;
		cr_expect(is_good(run, i), "the signature %zu is bad", i);
		count++;
	}
	return count;
}

Test(sign_many, every_number_is_signed_in_both_ways)
{
	static const size_t numbers[] = { 0, 1, 2, 3, MANY };

	for (size_t way = 0; way < COUNT(ways); way++) {
		for (size_t i = 0; i < COUNT(numbers); i++) {
			struct run run;

			run_open(&run, way, 0);
			cr_expect(sign(&run, numbers[i]), "%s", run.f.found);
			cr_expect_eq(signed_count(&run), numbers[i]);
			cr_expect_eq(bench_calls("C_Sign "), numbers[i]);
			run_close(&run);
			bench_close();
			bench_open();
		}
	}
}

/* Lets the calls go that are held, the last first. */
static void *
let_go(void *context)
{
	char name[16];

	for (int i = AT_ONCE; i > 0; i--) {
		int fd;

		snprintf(name, sizeof(name), "fifo%d", i);
		fd = open(bench_path(name), O_WRONLY | O_CLOEXEC);
		cr_assert_geq(fd, 0);
		close(fd);
	}
	return NULL;
}

/* The fourth call comes while the first three are under way, or never. */
Test(sign_many, a_slow_token_signs_in_as_many_sessions_as_are_allowed)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		char script[1024] = "";
		pthread_t thread;
		struct run run;

		run_open(&run, way, AT_ONCE);
		for (int i = 1; i <= AT_ONCE; i++) {
			size_t len = strlen(script);
			char name[16];

			snprintf(name, sizeof(name), "fifo%d", i);
			cr_assert_eq(mkfifo(bench_path(name), 0600), 0);
			snprintf(script + len, sizeof(script) - len,
			    "C_Sign@%d hold %s\n", i, bench_path(name));
		}
		bench_tell("%s", script);
		cr_assert_eq(pthread_create(&thread, NULL, let_go, NULL), 0);
		cr_expect(sign(&run, MANY), "%s", run.f.found);
		cr_assert_eq(pthread_join(thread, NULL), 0);
		cr_expect_eq(signed_count(&run), MANY);
		cr_expect_leq(bench_calls("C_OpenSession "), 2 * (AT_ONCE - 1));
		run_close(&run);
		bench_close();
		bench_open();
	}
}

/* A slow token, told this, signs in the session that is open. */
static void
expect_one_session(unsigned allowed, const char *script)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		struct run run;

		run_open(&run, way, allowed);
		bench_tell("%sC_Sign delay 5\n", script);
		cr_expect(sign(&run, 10), "%s", run.f.found);
		cr_expect_eq(signed_count(&run), 10);
		cr_expect_eq(bench_calls("C_OpenSession "), 0);
		run_close(&run);
		bench_close();
		bench_open();
	}
}

Test(sign_many, one_session_stays_one)
{
	expect_one_session(1, "");
}

Test(sign_many, a_module_that_several_bring_down_is_used_by_one)
{
	expect_one_session(AT_ONCE,
	    "module manufacturer tpm2-software.github.io\n");
}

Test(sign_many, a_token_that_lends_no_more_sessions_signs_in_those_it_has)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		struct run run;

		run_open(&run, way, AT_ONCE);
		bench_tell("C_OpenSession return 0xb1\nC_Sign delay 5\n");
		cr_expect(sign(&run, MANY), "%s", run.f.found);
		cr_expect_eq(signed_count(&run), MANY);
		cr_expect_eq(bench_calls("C_Sign "), MANY);
		run_close(&run);
		bench_close();
		bench_open();
	}
}

Test(sign_many, a_bad_signature_is_dropped_and_ends_it)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		struct run run;
		size_t told = 0;

		run_open(&run, way, AT_ONCE);
		bench_tell("C_Sign@5 flip\n");
		cr_expect_not(sign(&run, MANY));
		cr_expect(bench_is_whole(&run.f), "%s", run.f.found);
		cr_expect(strstr(run.f.found, "does not match"), "%s",
		    run.f.found);
		cr_expect_eq(signed_count(&run) + 1, bench_calls("C_Sign "));
		for (size_t i = 0; i < MANY; i++)
			told += run.list[i].fault.kind != FAULT_NONE;
		cr_expect_eq(told, 1, "%zu were told to be bad", told);
		run_close(&run);
		bench_close();
		bench_open();
	}
}

Test(sign_many, a_lost_session_is_mended_once_and_no_text_signed_twice)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		struct run run;

		run_open(&run, way, AT_ONCE);
		bench_tell("C_Sign@7 return 0xb3\n");
		cr_expect(sign(&run, MANY), "%s", run.f.found);
		cr_expect_eq(signed_count(&run), MANY);
		cr_expect_eq(bench_calls("C_Sign 0x0\n"), MANY);
		run_close(&run);
		bench_close();
		bench_open();
	}
}

Test(sign_many, a_token_that_stays_away_is_a_fault_and_keeps_what_is_signed)
{
	for (size_t way = 0; way < COUNT(ways); way++) {
		struct run run;

		run_open(&run, way, AT_ONCE);
		bench_tell("C_Sign@7+ return 0x32\n");
		cr_expect_not(sign(&run, MANY));
		cr_expect(bench_is_whole(&run.f), "%s", run.f.found);
		cr_expect_eq(signed_count(&run), 6);
		cr_expect_leq(bench_logins(), 1, "one login to mend it");
		run_close(&run);
		bench_close();
		bench_open();
	}
}

/* The others go on to the end of what they had begun. */
static void
hang(size_t way)
{
	struct run run;
	int fd;

	bench.place.deadline = 1;
	run_open(&run, way, AT_ONCE);
	cr_assert_eq(mkfifo(bench_path("fifo"), 0600), 0);
	bench_tell("C_Sign@7 hold %s\n", bench_path("fifo"));
	cr_expect_not(sign(&run, MANY));
	cr_expect(bench_is_whole(&run.f), "%s", run.f.found);
	cr_expect(strstr(run.f.found, "no answer from"), "%s", run.f.found);
	cr_expect_geq(signed_count(&run), 6);
	cr_expect_eq(signed_count(&run), bench_calls("C_Sign 0x0\n"));
	bench_forget_calls();
	cr_expect_not(sign(&run, MANY));
	cr_expect_eq(bench_calls("C_"), 0, "nothing more is asked");
	cr_expect(token_was_abandoned());
	run_close(&run);
	/* Out of the module, so that it is not in there when that is gone. */
	fd = open(bench_path("fifo"), O_WRONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	close(fd);
	while (bench_calls("C_Sign 0x0\n") == 0)
		sched_yield();
}

Test(sign_many, a_call_of_libp11_that_hangs_is_left_and_the_good_count)
{
	hang(0);
}

Test(sign_many, a_call_that_hangs_is_left_and_the_good_count)
{
	hang(1);
}

/* A second time, only what is left is signed. */
Test(sign_many, what_has_a_signature_is_not_signed_again)
{
	struct run run;

	run_open(&run, 0, AT_ONCE);
	cr_assert(sign(&run, 10), "%s", run.f.found);
	cr_expect(sign(&run, MANY), "%s", run.f.found);
	cr_expect_eq(signed_count(&run), MANY);
	cr_expect_eq(bench_calls("C_Sign "), MANY);
	run_close(&run);
}
