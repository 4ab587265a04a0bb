/*
 * isolate_test.c - a module in a process of its own: what it does, what it
 * sees of us, and how it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../src/token/internal.h"
#include "fault_bench.h"
#include "p11ca/file.h"

#define CANARY "p11ca-canary-7d1f"
#define PATIENCE_MS 20000 /* for what takes milliseconds */

static const char *environment[5];

static void
start(void)
{
	signal(SIGPIPE, SIG_IGN);
	setenv("P11CA_CANARY", CANARY, 1);
	bench_open();
	environment[0] = mem_format("SOFTHSM2_CONF=%s", bench.conf);
	environment[1] = mem_format(FAULT_MODULE_ENV "=%s", softhsm_module());
	environment[2] =
	    mem_format(FAULT_SCRIPT_ENV "=%s", bench_path("script"));
	environment[3] = mem_format(FAULT_LOG_ENV "=%s", bench_path("log"));
	unsetenv("SOFTHSM2_CONF");
	unsetenv(FAULT_MODULE_ENV);
	unsetenv(FAULT_SCRIPT_ENV);
	unsetenv(FAULT_LOG_ENV);
	setenv("TMPDIR", bench.folder, 1);
	bench.place.environment = environment;
	bench.place.isolate = true;
}

static void
end(void)
{
	for (size_t i = 0; i < COUNT(environment); i++)
		mem_free((char *)(uintptr_t)environment[i]);
	bench_close();
}

TestSuite(isolate, .init = start, .fini = end, .timeout = 120);

static void
is_gone(void)
{
	char *pattern = mem_format("%s/p11ca-isolate-*", bench.folder);
	glob_t left = { 0 };

	cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
	cr_expect_eq(errno, ECHILD);
	cr_expect_eq(glob(pattern, 0, NULL, &left), GLOB_NOMATCH);
	globfree(&left);
	mem_free(pattern);
}

/* --- what it does ----------------------------------------------------- */

static const struct {
	enum key_alg key;
	enum sign_alg sign;
} kinds[] = {
	{ KEY_RSA_2048, SIGN_SHA256WITHRSA },
	{ KEY_RSA_2048, SIGN_SHA384WITHRSA_PSS },
	{ KEY_EC_PRIME256V1, SIGN_SHA256WITHECDSA },
	{ KEY_EC_SECP384R1, SIGN_SHA384WITHECDSA },
};

Test(isolate, makes_keys_and_signs_with_them)
{
	struct token *token = bench_token();
	struct fault f = { 0 };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct key key = { 0 };
		bool found = false;

		cr_assert(token_make_key(token, kinds[i].key, BENCH_ID, "k",
			      &key, &f),
		    "%s", f.found);
		cr_expect_eq(key.claims.extractable, CLAIM_NO);
		cr_expect(bench_sign(token, &key, kinds[i].sign, &f), "%s",
		    f.found);
		cr_expect(token_destroy_key(token, BENCH_ID, &found, &f));
		cr_expect(found);
		key_clear(&key);
	}
	cr_expect(token_about(token)->isolated);
	token_close(token);
	is_gone();
}

Test(isolate, lists_tokens_and_leaves_nothing)
{
	struct token_info *list = NULL;
	struct fault f = { 0 };
	size_t count = 0;

	cr_assert(token_list(&bench.place, &list, &count, &f), "%s", f.found);
	cr_expect_eq(count, 2);
	cr_expect(list[0].isolated);
	mem_free(list);
	is_gone();
}

Test(isolate, says_why_ed25519_is_not_to_be_had)
{
	struct token *token = bench_token();
	struct key key = { 0 };
	struct fault f = { 0 };

	if (token_make_key(token, KEY_ED25519, BENCH_ID, "k", &key, &f))
		cr_skip_test("this p11-kit passes Ed25519 on");
	cr_expect(strstr(f.found, "remoting by p11-kit hides it") != NULL, "%s",
	    f.found);
	token_close(token);
}

Test(isolate, gives_each_token_a_process_with_its_own_environment)
{
	struct token_place other = bench.place;
	const char *other_environment[2] = { NULL, NULL };
	char *folder = mem_format("%s/other", bench.folder);
	char *pin = mem_format("file:%s/pin", folder);
	struct token *first = bench_token();
	struct token *second = NULL;
	char *uri = NULL, *conf = NULL;
	struct fault f = { 0 };

	cr_assert_eq(mkdir(folder, 0700), 0);
	cr_assert(softhsm_make(softhsm_module(), folder, "other", &uri, &conf,
		      &f),
	    "%s", f.found);
	other_environment[0] = mem_format("SOFTHSM2_CONF=%s", conf);
	other.module = softhsm_module();
	other.environment = other_environment;
	other.uri = uri;
	other.pin = pin;
	cr_assert(token_open(&other, true, NULL, &second, &f), "%s", f.found);
	cr_expect_str_eq(token_about(first)->label, "fault");
	cr_expect_str_eq(token_about(second)->label, "other");
	cr_expect_neq(first->module->apart.pid, second->module->apart.pid);
	token_close(first);
	token_close(second);
	mem_free((char *)(uintptr_t)other_environment[0]);
	mem_free(pin);
	mem_free(folder);
	mem_free(conf);
	mem_free(uri);
	is_gone();
}

/* --- what it sees of us ----------------------------------------------- */

/* A file of /proc/PID as text, its NULs as newlines; mem_free(). */
static char *
proc_text(const char *pid, const char *name)
{
	char *path = mem_format("/proc/%s/%s", pid, name);
	struct buf all = { 0 };
	char part[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *text;

	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_append(&all,
		    (struct bytes){ (const unsigned char *)part, (size_t)n });
	if (fd >= 0)
		close(fd);
	for (size_t i = 0; i < all.len; i++)
		if (all.p[i] == '\0')
			all.p[i] = '\n';
	text = mem_text(buf_text(&all));
	buf_free(&all);
	mem_free(path);
	return text;
}

/* Its process, "4711", opened and logged in. */
static struct token *
open_and_look(char pid[16])
{
	struct token *token = bench_token();

	cr_assert_gt(token->module->apart.pid, 0);
	snprintf(pid, 16, "%d", (int)token->module->apart.pid);
	return token;
}

Test(isolate, keeps_the_module_out_of_our_memory)
{
	char pid[16];
	struct token *token = open_and_look(pid);
	char *ours = proc_text("self", "maps");
	char *its = proc_text(pid, "maps");

	cr_expect(strstr(ours, "p11-kit-client.so") != NULL);
	cr_expect_null(strstr(ours, "p11ca-fault.so"));
	if (geteuid() == 0)
		cr_expect(strstr(its, "p11ca-fault.so") != NULL);
	mem_free(ours);
	mem_free(its);
	token_close(token);
}

/* The PIN of the bench; mem_free(). */
static char *
pin_text(void)
{
	struct secret pin = { 0 };
	struct fault f = { 0 };
	char *text;

	cr_assert(file_read_secret(bench_path("pin"), 100, &pin, &f));
	text = mem_format("%.*s", (int)strcspn((const char *)pin.p, "\n"),
	    (const char *)pin.p);
	secret_free(&pin);
	cr_assert_geq(strlen(text), 4);
	return text;
}

Test(isolate, has_its_environment_and_no_other)
{
	char pid[16];
	struct token *token = open_and_look(pid);
	char *its = proc_text(pid, "environ");
	char *said = proc_text(pid, "cmdline");
	char *pin = pin_text();

	if (geteuid() != 0)
		cr_skip_test("only root can look into it");
	cr_expect(strstr(its, environment[0]) != NULL, "%s", its);
	cr_expect_null(strstr(its, CANARY), "%s", its);
	cr_expect_null(strstr(its, pin));
	cr_expect(strstr(said, "p11ca-isolate\n") != NULL, "%s", said);
	cr_expect(strstr(said, bench.module) != NULL, "%s", said);
	cr_expect_null(strstr(said, pin));
	mem_free(pin);
	mem_free(said);
	mem_free(its);
	token_close(token);
}

/* Where a descriptor of a process leads; "" when there is none. */
static const char *
descriptor(const char *pid, int fd, char out[PATH_MAX])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/fd/%d", pid, fd);
	n = readlink(path, out, PATH_MAX - 1);
	out[n > 0 ? n : 0] = '\0';
	return out;
}

/* Files that the module has open itself lie in the folder of its token. */
static bool
belongs_to_it(const char *at, int fd)
{
	return fd == 2 || strcmp(at, "/dev/null") == 0 ||
	    strncmp(at, "socket:", 7) == 0 || strstr(at, "/tokens/") != NULL ||
	    strstr(at, "/log") != NULL;
}

Test(isolate, has_no_descriptor_of_ours)
{
	int database = open(bench_path("database"), O_RDWR | O_CREAT, 0600);
	int pin = open(bench_path("pin"), O_RDONLY);
	char pid[16];
	struct token *token = open_and_look(pid);
	char at[PATH_MAX];
	int there = 0;

	cr_assert(database >= 0 && pin >= 0);
	if (geteuid() != 0)
		cr_skip_test("only root can look into it");
	for (int fd = 0; fd < 256; fd++) {
		if (descriptor(pid, fd, at)[0] == '\0')
			continue;
		there++;
		cr_expect(belongs_to_it(at, fd), "%d is %s", fd, at);
	}
	cr_expect_geq(there, 4);
	close(pin);
	close(database);
	token_close(token);
}

/* --- how it ends ------------------------------------------------------ */

Test(isolate, is_made_anew_when_it_was_killed)
{
	struct token *token;
	struct key key = { 0 };
	struct fault f = { 0 };
	pid_t before;

	bench_make_key(KEY_EC_PRIME256V1);
	token = bench_token();
	bench_find(token, &key);
	cr_expect(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f), "%s",
	    f.found);
	before = token->module->apart.pid;
	cr_assert_eq(kill(before, SIGKILL), 0);
	cr_expect(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f), "%s",
	    f.found);
	cr_expect_neq(token->module->apart.pid, before);
	cr_expect(kill(before, 0) != 0 && errno == ESRCH, "not reaped");
	key_clear(&key);
	token_close(token);
	is_gone();
}

Test(isolate, that_was_killed_fails_as_a_lost_device)
{
	struct token *token = bench_token();
	struct module *module = token->module;
	CK_TOKEN_INFO info;

	cr_assert_eq(kill(module->apart.pid, SIGKILL), 0);
	call_enter_thread(worker_call(token->worker));
	cr_expect_eq(module->list->C_GetTokenInfo(token->about.slot, &info),
	    CKR_DEVICE_ERROR);
	call_enter_thread(NULL);
	cr_expect(rv_is_lost(CKR_DEVICE_ERROR));
	token_close(token);
	is_gone();
}

/* Wait until a signature is begun, which does not come back, and end it. */
static void *
end_the_process(void *module)
{
	int waited = 0;

	while (bench_calls("held C_Sign\n") == 0 && waited++ < PATIENCE_MS)
		(void)poll(NULL, 0, 1);
	module_end_process(module);
	return NULL;
}

Test(isolate, can_be_ended_while_it_does_not_answer)
{
	int pin = open(bench_path("pin"), O_RDONLY | O_CLOEXEC);
	char *once = mem_format("fd:%d", pin);
	struct token *token;
	struct key key = { 0 };
	struct fault f = { 0 };
	pthread_t other;

	bench_make_key(KEY_EC_PRIME256V1);
	bench.place.pin = once; /* nothing is mended: it cannot log in again */
	token = bench_token();
	bench_find(token, &key);
	bench_tell("C_Sign hold %s\n", bench_path("fifo"));
	cr_assert_eq(mkfifo(bench_path("fifo"), 0600), 0);
	cr_assert_eq(pthread_create(&other, NULL, end_the_process,
			 token->module),
	    0);
	cr_expect_not(bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f));
	cr_expect(strstr(f.found, "CKR_DEVICE_ERROR") != NULL, "%s", f.found);
	cr_assert_eq(pthread_join(other, NULL), 0);
	key_clear(&key);
	token_close(token);
	mem_free(once);
	is_gone();
}

/* Open, find the key and sign; or a whole fault. */
static bool
story(void)
{
	struct token *token = NULL;
	struct key key = { 0 };
	struct fault f = { 0 };
	bool ok = token_open(&bench.place, true, NULL, &token, &f) &&
	    token_find_key(token, BENCH_ID, &key, &f) &&
	    bench_sign(token, &key, SIGN_SHA256WITHECDSA, &f);

	cr_expect(ok || bench_is_whole(&f), "%s", f.found);
	key_clear(&key);
	token_close(token);
	is_gone();
	return ok;
}

/* The next process counts its calls anew: it may die of the same rule. */
Test(isolate, that_dies_in_any_call_is_mended_or_a_clean_fault)
{
	size_t signed_anyway = 0, calls;

	bench_make_key(KEY_EC_PRIME256V1);
	bench_forget_calls();
	cr_assert(story());
	calls = bench_calls("C_");
	cr_assert_geq(calls, 20);
	for (size_t n = 1; n <= calls; n++) {
		bench_tell("any@%zu crash\n", n);
		bench_forget_calls();
		signed_anyway += story();
		cr_expect_leq(bench_logins(), 2, "call %zu", n);
		cr_expect_eq(bench_calls("C_Login 0xa0"), 0, "call %zu", n);
	}
	cr_expect_geq(signed_anyway, 1);
	cr_expect_lt(signed_anyway, calls);
	bench_tell("%s", "");
	cr_expect(story());
}

Test(isolate, that_says_it_has_a_login_is_not_believed)
{
	struct token *first = bench_token(), *second = NULL;
	struct fault f = { 0 };

	bench_tell("C_Login return 0x100\n");
	cr_expect_not(token_open(&bench.place, true, NULL, &second, &f));
	cr_expect(strstr(f.found, "a login that is not ours") != NULL, "%s",
	    f.found);
	token_close(second);
	token_close(first);
	is_gone();
}

/* The module is gone by the time that its fault is told. */
Test(isolate, that_does_not_come_to_start_is_named)
{
	char *name = mem_format("no answer from the module \"%s\" to "
				"C_Initialize within 1 s",
	    bench.place.module);
	struct token *token = NULL;
	struct fault f = { 0 };

	bench.place.deadline = 1;
	cr_assert_eq(mkfifo(bench_path("fifo"), 0600), 0);
	bench_tell("C_Initialize hold %s\n", bench_path("fifo"));
	cr_expect_not(token_open(&bench.place, true, NULL, &token, &f));
	cr_expect_str_eq(f.found, name);
	mem_free(name);
	is_gone();
}

Test(isolate, of_a_module_that_is_not_is_nothing_to_end)
{
	struct token_place here = { .module = softhsm_module(),
		.environment = environment };
	struct module *module = NULL;
	struct fault f = { 0 };

	cr_assert(module_load(&here, &module, &f), "%s", f.found);
	cr_expect_not(module_is_isolated(module));
	module_end_process(module);
	module_unload(module);
}

Test(isolate, starts_again)
{
	struct module *module = NULL;
	struct slot_token *list = NULL;
	struct fault f = { 0 };
	struct call call;
	size_t count = 0;

	call_init(&call, TOKEN_DEADLINE, "the module");
	call_enter_thread(&call);
	cr_assert(module_load(&bench.place, &module, &f), "%s", f.found);
	cr_expect(module_restart(module, &f), "%s", f.found);
	cr_expect(module_reload(module, &f), "%s", f.found);
	cr_expect(slots_read(module, &list, &count, &f), "%s", f.found);
	cr_expect_eq(count, 2);
	cr_expect_null(module->apart.folder);
	mem_free(list);
	module_unload(module);
	call_enter_thread(NULL);
	is_gone();
}

/* --- how it is refused ------------------------------------------------ */

static void
is_refused(const char *found)
{
	struct token *token = NULL;
	struct fault f = { 0 };

	cr_expect_not(token_open(&bench.place, true, NULL, &token, &f));
	cr_expect(bench_is_whole(&f), "%s", found);
	cr_expect(strstr(f.found, found) != NULL, "%s", f.found);
	is_gone();
}

static const struct {
	const char *module;
	const char *found;
} no_modules[] = {
	{ "/no/such/module.so", "/no/such/module.so" },
	{ "/etc/passwd", "cannot be loaded" },
	{ "/lib/x86_64-linux-gnu/libm.so.6", "cannot be loaded" },
};

Test(isolate, that_cannot_be_loaded_says_why)
{
	for (size_t i = 0; i < COUNT(no_modules); i++) {
		bench.place.module = no_modules[i].module;
		is_refused(no_modules[i].found);
	}
}

Test(isolate, that_cannot_be_started_says_so)
{
	const char *nothing[] = { "SOFTHSM2_CONF=/no/such.conf", NULL };

	bench.place.module = softhsm_module();
	bench.place.environment = nothing;
	is_refused("CKR_GENERAL_ERROR");
}

Test(isolate, that_dies_when_it_is_started_is_a_fault)
{
	bench_tell("C_Initialize crash\n");
	is_refused("ended by signal 9 (starting it; CKR_DEVICE_ERROR)");
}

Test(isolate, that_takes_too_long_to_be_loaded_is_ended)
{
	cr_assert_eq(mkfifo(bench_path("fifo"), 0600), 0);
	bench_tell("C_GetFunctionList hold %s\n", bench_path("fifo"));
	bench.place.deadline = 1;
	is_refused("is not loaded after 1 s");
}

Test(isolate, gets_no_environment_that_loads_code)
{
	const char *bad[] = { "LD_PRELOAD=/tmp/x.so", NULL };

	bench.place.environment = bad;
	is_refused("the environment variable \"LD_PRELOAD\"");
}
