/* worker_test.c - operations on a thread of their own, and one that hangs. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../src/token/internal.h"
#include "p11ca/mem.h"

/* What the operations of these tests are given: leaked when they hang. */
struct job {
	struct worker *worker;
	pthread_t thread, asked;
	bool blocks_usr1, blocks_usr2;
	int64_t due;
	struct module module;
	atomic_bool ran_on;
};

static int release[2]; /* what a hanging module waits for */

static struct {
	struct worker *worker;
	struct job *job;
	struct fault f;
} bench;

static void
start(void)
{
	cr_assert_eq(pipe(release), 0);
	cr_assert(worker_new(1, &bench.worker, &bench.f), "%s", bench.f.found);
	bench.job = mem_new(sizeof(*bench.job));
	bench.job->worker = bench.worker;
}

static void
end(void)
{
	bool dead = worker_is_dead(bench.worker);

	worker_free(bench.worker);
	if (!dead)
		mem_free(bench.job);
}

TestSuite(worker, .init = start, .fini = end, .timeout = 60);

static bool
run(void (*what)(void *arg))
{
	return worker_run(bench.worker, what, bench.job, &bench.f);
}

/* --- what runs where --------------------------------------------------- */

static void
note_thread(void *arg)
{
	struct job *job = arg;

	job->thread = pthread_self();
}

Test(worker, is_one_thread_for_all_operations)
{
	pthread_t first;

	cr_assert(run(note_thread));
	first = bench.job->thread;
	cr_expect_not(pthread_equal(first, pthread_self()));
	for (int i = 0; i < 1000; i++) {
		cr_assert(run(note_thread));
		cr_expect(pthread_equal(first, bench.job->thread));
	}
	cr_expect_not(worker_is_dead(bench.worker));
	cr_expect_not(token_was_abandoned());
}

static void
note_asked(void *arg)
{
	struct job *job = arg;

	job->asked = pthread_self();
	job->due = atomic_load(&worker_call(job->worker)->due);
}

static void
ask(void *arg)
{
	struct job *job = arg;

	job->thread = pthread_self();
	job->due = 1;
	worker_ask(note_asked, job);
}

Test(worker, has_its_caller_ask_and_no_deadline_runs_meanwhile)
{
	cr_assert(run(ask));
	cr_expect(pthread_equal(bench.job->asked, pthread_self()));
	cr_expect_not(pthread_equal(bench.job->asked, bench.job->thread));
	cr_expect_eq(bench.job->due, 0);
}

Test(worker, is_not_needed_to_ask)
{
	worker_ask(note_asked, bench.job);
	cr_expect(pthread_equal(bench.job->asked, pthread_self()));
}

static void
note_signals(void *arg)
{
	struct job *job = arg;
	sigset_t now;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &now);
	job->blocks_usr1 = sigismember(&now, SIGUSR1);
	job->blocks_usr2 = sigismember(&now, SIGUSR2);
}

Test(worker, runs_under_the_signal_mask_of_its_caller)
{
	sigset_t some;

	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &some, NULL);
	cr_assert(run(note_signals));
	cr_expect(bench.job->blocks_usr1);
	cr_expect_not(bench.job->blocks_usr2);
}

static volatile sig_atomic_t signalled;

static void
note_signal(int number)
{
	signalled = number;
}

/* All other threads block it: the one that can take it is the worker. */
static void
signal_process(void *arg)
{
	sigset_t waiting;

	(void)kill(getpid(), SIGUSR1);
	(void)sigpending(&waiting);
	cr_expect(sigismember(&waiting, SIGUSR1), "nobody took it");
}

static void
ask_to_signal(void *arg)
{
	worker_ask(signal_process, arg);
}

Test(worker, takes_no_signal_from_its_caller_while_it_asks)
{
	sigset_t some;

	(void)signal(SIGUSR1, note_signal);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	cr_assert(run(note_thread));
	(void)pthread_sigmask(SIG_BLOCK, &some, NULL);
	cr_assert(run(ask_to_signal));
	cr_expect_eq(signalled, 0);
	(void)pthread_sigmask(SIG_UNBLOCK, &some, NULL);
	cr_expect_eq(signalled, SIGUSR1);
}

/* --- in the module ----------------------------------------------------- */

static void
call_briefly(void *arg)
{
	for (int i = 0; i < 1000; i++)
		call_end(call_begin("C_Sign", CALL_USUAL));
	atomic_store(&((struct job *)arg)->ran_on, true);
}

Test(worker, that_comes_back_in_time_is_waited_for)
{
	cr_assert(run(call_briefly));
	cr_expect(atomic_load(&bench.job->ran_on));
}

static void
hang(void *arg)
{
	struct job *job = arg;
	struct call_mark before;
	char byte;

	call_is_about("the token \"x\"");
	call_leads_to(&job->module);
	before = call_begin("C_Sign", CALL_USUAL);
	if (read(release[0], &byte, 1) == 1) {
		call_end(before);
		atomic_store(&job->ran_on, true);
	}
}

static void
release_it(struct module *module)
{
	cr_assert_eq(write(release[1], "x", 1), 1);
}

Test(worker, that_does_not_come_back_is_dead)
{
	const struct call *call = worker_call(bench.worker);

	cr_expect_not(run(hang));
	cr_expect_str_eq(bench.f.found,
	    "no answer from the token \"x\" to C_Sign within 1 s");
	cr_expect(worker_is_dead(bench.worker));
	cr_expect_eq(worker_last_dead(), bench.worker);
	cr_expect(token_was_abandoned());
	cr_expect_not(worker_dead_fault(bench.worker, &bench.f));
	cr_expect_str_eq(bench.f.found,
	    "the token \"x\", which did not answer C_Sign and is left alone "
	    "since");
	cr_expect_eq((int)bench.f.kind, FAULT_TOKEN);

	worker_free(bench.worker); /* does nothing */
	release_it(NULL);
	while (!atomic_load(&call->parked))
		(void)sched_yield();
	cr_expect_not(atomic_load(&bench.job->ran_on));
}

Test(worker, whose_module_can_be_ended_lives_on)
{
	bench.job->module.end_process = release_it;
	cr_expect(run(hang));
	cr_expect(atomic_load(&bench.job->ran_on));
	cr_expect(atomic_load(&worker_call(bench.worker)->late));
	cr_expect_not(worker_is_dead(bench.worker));
	cr_assert(run(note_thread));
	cr_expect_not(atomic_load(&worker_call(bench.worker)->late));
}

static void
do_nothing(struct module *module)
{
}

Test(worker, whose_module_cannot_be_ended_either_is_dead)
{
	bench.job->module.end_process = do_nothing;
	cr_expect_not(run(hang));
	cr_expect(worker_is_dead(bench.worker));
	cr_expect_str_eq(bench.f.found,
	    "no answer from the token \"x\" to C_Sign within 1 s");
}

/* --- threads of an operation ------------------------------------------- */

struct helper {
	struct call call;
	struct job *job;
};

static void *
helper_main(void *p)
{
	struct helper *helper = p;

	call_enter_thread(&helper->call);
	hang(helper->job);
	return NULL;
}

/* Waits for a thread of its own, as for several. */
static void
wait_for_helper(void *arg)
{
	struct job *job = arg;
	static struct helper helper;
	pthread_t thread;

	call_is_about("the token \"y\"");
	call_init_like(&helper.call, call_of_thread());
	helper.job = job;
	cr_assert_eq(pthread_create(&thread, NULL, helper_main, &helper), 0);
	while (!call_give_up(&helper.call, call_now()))
		(void)sched_yield();
	(void)pthread_detach(thread);
	worker_lost(job->worker, &helper.call);
}

Test(worker, that_lost_a_thread_of_its_own_is_dead_afterwards)
{
	cr_assert(run(wait_for_helper), "it came back itself");
	cr_expect(worker_is_dead(bench.worker));
	cr_expect(token_was_abandoned());
	cr_expect_not(worker_dead_fault(bench.worker, &bench.f));
	cr_expect(strstr(bench.f.found, "did not answer C_Sign") != NULL, "%s",
	    bench.f.found);
}
