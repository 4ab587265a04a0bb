/*
 * deadline_test.c - a module that hangs, at each call and through each
 * operation: a fault in time, nothing more of that token, and no thread that
 * runs on when the module comes back after all.
 */
#include <fcntl.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "../../src/token/internal.h"
#include "fault_bench.h"

#define WAIT_SECONDS 60 /* for what has happened already, but for the noise */

static char fifo[192];

static void
open_bench(void)
{
	bench_open();
	bench.place.deadline = 1;
	snprintf(fifo, sizeof(fifo), "%s", bench_path("fifo"));
	cr_assert_eq(mkfifo(fifo, 0600), 0);
}

TestSuite(deadline, .init = open_bench, .fini = bench_close, .timeout = 100);

/* --- operations ------------------------------------------------------- */

static bool
find_key(struct token *token, struct fault *f)
{
	struct key key = { 0 };
	bool ok = token_find_key(token, BENCH_ID, &key, f);

	cr_expect(ok || key.id.len + key.spki.len == 0);
	key_clear(&key);
	return ok;
}

static bool
find_key_uri(struct token *token, struct fault *f)
{
	struct key key = { 0 };
	bool ok = token_find_key_uri(token, "pkcs11:object=fault", &key, f);

	key_clear(&key);
	return ok;
}

static bool
list_keys(struct token *token, struct fault *f)
{
	struct key *list = NULL;
	size_t count = 0;
	bool ok = token_keys(token, &list, &count, f);

	cr_expect(ok || (list == NULL && count == 0));
	for (size_t i = 0; i < count; i++)
		key_clear(&list[i]);
	mem_free(list);
	return ok;
}

static bool
make_key(struct token *token, struct fault *f)
{
	struct key key = { 0 };
	bool ok = token_make_key(token, KEY_EC_PRIME256V1, bytes_of("new"),
	    "new", &key, f);

	key_clear(&key);
	return ok;
}

static bool
destroy_key(struct token *token, struct fault *f)
{
	bool found = false;

	return token_destroy_key(token, BENCH_ID, &found, f);
}

/* The keys to sign with, as they were found before anything went wrong. */
static struct key ec_key, ed25519_key;

static bool
sign_by_libp11(struct token *token, struct fault *f)
{
	return bench_sign(token, &ec_key, SIGN_SHA256WITHECDSA, f);
}

static bool
sign_directly(struct token *token, struct fault *f)
{
	return bench_sign(token, &ed25519_key, SIGN_ED25519, f);
}

static bool
list_mechanisms(struct token *token, struct fault *f)
{
	unsigned long *list = NULL;
	size_t count = 0;
	bool ok = token_mechanisms(token, &list, &count, f);

	mem_free(list);
	return ok;
}

static bool
probe(struct token *token, struct fault *f)
{
	struct probe *all = mem_new(sizeof(*all));
	bool ok = token_probe_begin(token, PROBE_SESSION_KEYS, all, f) &&
	    token_probe_key(token, KEY_EC_PRIME256V1, all, f);

	mem_free(all);
	return ok;
}

typedef bool operation(struct token *token, struct fault *f);

/* All of those that an open token has. */
static operation *const operations[] = { find_key, find_key_uri, list_keys,
	make_key, destroy_key, sign_by_libp11, sign_directly, list_mechanisms,
	probe };

static bool
open_token(struct token *token, struct fault *f)
{
	bool ok = token_open(&bench.place, true, NULL, &token, f);

	cr_expect(ok || token == NULL);
	return ok;
}

static bool
list_tokens(struct token *token, struct fault *f)
{
	struct token_info *list = NULL;
	size_t count = 0;
	bool ok = token_list(&bench.place, &list, &count, f);

	mem_free(list);
	return ok;
}

/* --- the module hangs ------------------------------------------------- */

/* A token with a key for each way of signing. */
static struct token *
token_with_keys(void)
{
	struct token *token = bench_token();
	struct fault f = { 0 };

	cr_assert(token_make_key(token, KEY_EC_PRIME256V1, BENCH_ID, "fault",
		      &ec_key, &f),
	    "%s", f.found);
	cr_assert(token_make_key(token, KEY_ED25519, bytes_of("ed"), "ed",
		      &ed25519_key, &f),
	    "%s", f.found);
	return token;
}

/*
 * The module may go on.  Its thread comes as far as the gate: the call that
 * hung is the last one in the log.  The limit is for a test that fails.
 */
static void
release(void)
{
	const struct call *call = worker_call(worker_last_dead());
	const struct timespec tick = { 0, 1000000 };
	int fd;

	bench_tell("%s", "");
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	close(fd);
	for (int i = 0; i < WAIT_SECONDS * 1000; i++) {
		if (atomic_load(&call->parked))
			return;
		(void)nanosleep(&tick, NULL);
	}
	cr_assert_fail("the thread ran on");
}

static void
expect_overdue(const struct fault *f, const char *function, unsigned seconds)
{
	char said[80];

	snprintf(said, sizeof(said), " to %s within %u s", function, seconds);
	cr_expect(bench_is_whole(f), "%s", f->found);
	cr_expect(strncmp(f->found, "no answer from the ", 19) == 0 &&
		strstr(f->found, said) != NULL,
	    "\"%s\" is not in: %s", said, f->found);
}

/* No operation, and not one call more, of a token that was abandoned. */
static void
expect_nothing_more(struct token *token)
{
	size_t calls = bench_calls("C_");
	bool usable = true;

	for (size_t i = 0; i < COUNT(operations); i++) {
		struct fault f = { 0 };

		cr_expect_not(operations[i](token, &f), "operation %zu", i);
		cr_expect(bench_is_whole(&f), "operation %zu", i);
		cr_expect(strstr(f.found, "is left alone since") != NULL,
		    "operation %zu: %s", i, f.found);
	}
	cr_expect_not_null(token_way(token, SIGN_SHA256WITHECDSA, &usable));
	cr_expect_not(usable);
	cr_expect_str_eq(token_about(token)->label, "fault");
	token_close(token);
	cr_expect_eq(bench_calls("C_"), calls);
}

/* Hold the nth call of this function in this operation of an open token. */
static void
hold(const char *function, size_t nth, operation *run, unsigned seconds)
{
	struct token *token;
	struct fault f = { 0 };
	char line[64];
	size_t calls;

	token_close(token_with_keys());
	token = bench_token(); /* which has nothing in mind yet */
	bench_tell("%s@%zu hold %s\n", function, nth, fifo);
	bench_forget_calls();
	cr_assert_not(run(token, &f), "%s", function);
	expect_overdue(&f, function, seconds);
	cr_expect(strstr(f.found, "the token \"fault\"") != NULL, "%s",
	    f.found);
	cr_assert(token_was_abandoned());
	calls = bench_calls("C_");
	expect_nothing_more(token);
	release();
	snprintf(line, sizeof(line), "%s ", function);
	cr_expect_eq(bench_calls("C_"), calls + 1);
	cr_expect_eq(bench_calls(line), nth);
	cr_expect_eq(bench_calls("C_Login "), 0);
	key_clear(&ec_key);
	key_clear(&ed25519_key);
}

/* The same where there is no token yet. */
static void
hold_early(const char *function, operation *run)
{
	struct fault f = { 0 };
	size_t calls;

	bench_tell("%s hold %s\n", function, fifo);
	bench_forget_calls();
	cr_assert_not(run(NULL, &f), "%s", function);
	expect_overdue(&f, function, 1);
	cr_assert(token_was_abandoned());
	calls = bench_calls("C_");
	release();
	cr_expect_eq(bench_calls("C_"), calls + 1);
	cr_expect_leq(bench_calls("C_Login "), 1);
}

/* One test for each: a process can be had for one abandoned token only. */
#define HELD(test, ...)                                                        \
	Test(deadline, test)                                                   \
	{                                                                      \
		__VA_ARGS__;                                                   \
	}

HELD(in_C_Initialize, hold_early("C_Initialize", open_token))
HELD(in_C_GetSlotList, hold_early("C_GetSlotList", open_token))
HELD(in_C_GetTokenInfo, hold_early("C_GetTokenInfo", open_token))
HELD(in_C_OpenSession, hold_early("C_OpenSession", open_token))
HELD(in_C_Login, hold_early("C_Login", open_token))
HELD(in_a_list_of_tokens, hold_early("C_GetSlotList", list_tokens))

HELD(in_C_FindObjectsInit, hold("C_FindObjectsInit", 1, find_key, 1))
HELD(in_C_FindObjects, hold("C_FindObjects", 1, find_key_uri, 1))
HELD(in_C_GetAttributeValue, hold("C_GetAttributeValue", 3, list_keys, 1))
HELD(in_C_GetMechanismList, hold("C_GetMechanismList", 1, list_mechanisms, 1))
HELD(in_C_DestroyObject, hold("C_DestroyObject", 1, destroy_key, 1))
HELD(in_C_SignInit, hold("C_SignInit", 1, sign_directly, 1))
HELD(in_C_Sign, hold("C_Sign", 1, sign_directly, 1))
HELD(in_C_SignInit_by_libp11, hold("C_SignInit", 1, sign_by_libp11, 1))
HELD(in_C_Sign_by_libp11, hold("C_Sign", 1, sign_by_libp11, 1))
HELD(in_the_slots_of_libp11, hold("C_GetSlotInfo", 1, sign_by_libp11, 1))
HELD(in_a_session_of_libp11, hold("C_OpenSession", 2, sign_by_libp11, 1))
HELD(in_the_keys_of_libp11, hold("C_FindObjects", 3, sign_by_libp11, 1))
HELD(in_C_GenerateKeyPair, hold("C_GenerateKeyPair", 1, make_key, 30))

/* --- the module hangs at the end -------------------------------------- */

static void
hold_close(const char *function)
{
	struct token *token = token_with_keys();

	bench_tell("%s hold %s\n", function, fifo);
	bench_forget_calls();
	token_close(token);
	cr_expect(token_was_abandoned());
	release();
	cr_expect_str_eq(atomic_load(&worker_call(worker_last_dead())
					  ->function),
	    function);
	key_clear(&ec_key);
	key_clear(&ed25519_key);
}

HELD(in_C_CloseSession_at_the_end, hold_close("C_CloseSession"))
HELD(in_C_Finalize_at_the_end, hold_close("C_Finalize"))

/* --- what is not a hang ------------------------------------------------ */

/* Forty calls and more of 40 ms: in all more than one may take. */
Test(deadline, of_a_slow_token_that_answers_is_no_matter)
{
	struct token *token;
	struct fault f = { 0 };

	token_close(token_with_keys());
	bench_tell("any delay 40\n");
	bench_forget_calls();
	token = bench_token();
	cr_expect(sign_directly(token, &f), "%s", f.found);
	cr_expect(sign_by_libp11(token, &f), "%s", f.found);
	cr_expect_geq(bench_calls("C_"), 40);
	token_close(token);
	cr_expect_not(token_was_abandoned());
	key_clear(&ec_key);
	key_clear(&ed25519_key);
}

/* Another token of the same process is not to blame. */
Test(deadline, of_one_token_leaves_another_alone)
{
	struct token *token = token_with_keys();
	struct token *other = bench_token();
	struct fault f = { 0 };

	bench_tell("C_Sign@1 hold %s\n", fifo);
	cr_expect_not(sign_directly(token, &f));
	cr_expect(sign_directly(other, &f), "%s", f.found);
	cr_expect(find_key(other, &f), "%s", f.found);
	token_close(other);
	expect_nothing_more(token);
	release();
	key_clear(&ec_key);
	key_clear(&ed25519_key);
}

/* --- a module that can be ended ---------------------------------------- */

/* What an ended process looks like from here: the call fails. */
static void
end_process(struct module *module)
{
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);

	cr_expect_geq(fd, 0);
	close(fd);
}

Test(deadline, of_a_module_that_can_be_ended_costs_one_operation)
{
	struct token *token = token_with_keys();
	struct fault f = { 0 };

	token->module->end_process = end_process;
	for (size_t i = 0; i < COUNT(operations); i++) {
		bench_tell("any@1 hold %s\nany@1 return 0x30\n", fifo);
		bench_forget_calls();
		memset(&f, 0, sizeof(f));
		if (operations[i] == list_mechanisms || operations[i] == probe)
			continue; /* knows what it needs already, or goes on */
		cr_expect_not(operations[i](token, &f), "operation %zu", i);
		cr_expect(strncmp(f.found, "no answer from the token", 24) == 0,
		    "operation %zu: %s", i, f.found);
		cr_expect_eq(bench_calls("C_Login "), 0, "not in this one");
		cr_expect_not(token_was_abandoned());
		cr_expect(find_key(token, &f), "%s", f.found);
		cr_expect_eq(bench_calls("C_Login 0x0\n"), 1);
	}
	token_close(token);
	key_clear(&ec_key);
	key_clear(&ed25519_key);
}

Test(deadline, of_a_login_that_was_not_answered_ends_all_tries)
{
	struct token *token = token_with_keys();
	struct fault f = { 0 };

	token->module->end_process = end_process;
	bench_tell("C_SignInit@1 return 0xb3\n"
		   "C_Login hold %s\nC_Login return 0x30\n",
	    fifo);
	bench_forget_calls();
	cr_expect_not(sign_directly(token, &f));
	expect_overdue(&f, "C_Login", 1);
	bench_tell("%s", "");
	for (size_t i = 0; i < COUNT(operations); i++)
		cr_expect_not(operations[i](token, &f), "operation %zu", i);
	cr_expect(bench_is_whole(&f), "%s", f.found);
	cr_expect_eq(bench_calls("C_Login "), 1);
	cr_expect_not(token_was_abandoned());
	token_close(token);
	key_clear(&ec_key);
	key_clear(&ed25519_key);
}

/* --- a person at the prompt -------------------------------------------- */

/* A process with a terminal of its own, opening the token. */
static pid_t
open_by_prompt(int *master)
{
	char seen[512] = "";
	size_t len = 0;
	pid_t pid = forkpty(master, NULL, NULL, NULL);

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct token *token = NULL;
		struct fault f = { 0 };

		bench.place.pin = "prompt";
		_exit(!token_open(&bench.place, true, NULL, &token, &f));
	}
	while (strstr(seen, "PIN of the token") == NULL) {
		cr_assert_lt(len, sizeof(seen) - 1);
		cr_assert_eq(read(*master, seen + len, 1), 1, "%s", seen);
		seen[++len] = '\0';
	}
	return pid;
}

static int
type(int master, const char *text, size_t len, pid_t pid)
{
	int status = 0;

	cr_assert_eq(write(master, text, len), (ssize_t)len);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

Test(deadline, has_the_caller_ask_at_the_prompt)
{
	char pin[64] = "";
	FILE *in = fopen(bench_path("pin"), "r");
	int master = -1, status;
	pid_t pid = open_by_prompt(&master);

	cr_assert_not_null(in);
	cr_assert_gt(fread(pin, 1, sizeof(pin) - 2, in), 0);
	fclose(in);
	strcat(pin, "\n");
	status = type(master, pin, strlen(pin), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

Test(deadline, lets_a_key_end_the_prompt)
{
	struct termios now;
	int master = -1;
	pid_t pid = open_by_prompt(&master);
	int status = type(master, "se\x03", 3, pid);

	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	cr_assert_eq(tcgetattr(master, &now), 0);
	cr_expect((now.c_lflag & ECHO) != 0, "the echo is back");
	cr_expect_eq(bench_calls("C_Login "), 0);
}
