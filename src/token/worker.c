/* worker.c - the thread that enters a module, while the caller waits. */
#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "p11ca/mem.h"
#include "p11ca/token.h"

struct worker {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t work; /* for the thread: something to do, an answer */
	pthread_cond_t news; /* for the caller: it is done, a question */
	struct call call;
	void (*run)(void *arg); /* NULL: nothing to do, or it is done */
	void *arg;		/* stays, or a leak checker would miss it */
	void (*ask)(void *arg); /* for the caller; NULL: no question */
	void *ask_arg;
	sigset_t signals; /* the mask of the caller */
	bool end;
	bool lost; /* a thread of the operation was given up */
	bool dead;
	struct worker *next; /* of those that are dead */
};

static _Atomic(struct worker *) dead; /* all of this process */
static _Thread_local struct worker *mine;

struct call *
worker_call(struct worker *worker)
{
	return &worker->call;
}

struct worker *
worker_last_dead(void)
{
	return atomic_load(&dead);
}

bool
token_was_abandoned(void)
{
	return worker_last_dead() != NULL;
}

/* --- the thread ------------------------------------------------------- */

/*
 * A worker takes signals only while it runs an operation, and then those that
 * its caller takes: a prompt must not lose one to it, and a process that a
 * module starts must not find them blocked.
 */
static void
signals_block(sigset_t *before)
{
	sigset_t all;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, before);
}

static void *
worker_main(void *p)
{
	struct worker *worker = p;

	mine = worker;
	call_enter_thread(&worker->call);
	(void)pthread_mutex_lock(&worker->mutex);
	while (!worker->end) {
		if (worker->run == NULL) {
			(void)pthread_cond_wait(&worker->work, &worker->mutex);
			continue;
		}
		(void)pthread_mutex_unlock(&worker->mutex);
		(void)pthread_sigmask(SIG_SETMASK, &worker->signals, NULL);
		worker->run(worker->arg);
		signals_block(NULL);
		(void)pthread_mutex_lock(&worker->mutex);
		worker->run = NULL;
		(void)pthread_cond_signal(&worker->news);
	}
	(void)pthread_mutex_unlock(&worker->mutex);
	return NULL;
}

void
worker_ask(void (*run)(void *arg), void *arg)
{
	struct worker *worker = mine;
	sigset_t before;

	if (worker == NULL) {
		run(arg);
		return;
	}
	signals_block(&before);
	(void)pthread_mutex_lock(&worker->mutex);
	worker->ask_arg = arg;
	worker->ask = run;
	(void)pthread_cond_signal(&worker->news);
	while (worker->ask != NULL)
		(void)pthread_cond_wait(&worker->work, &worker->mutex);
	(void)pthread_mutex_unlock(&worker->mutex);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void
worker_lost(struct worker *worker, const struct call *call)
{
	(void)pthread_mutex_lock(&worker->mutex);
	worker->call.late_function = call->late_function;
	worker->call.late_limit = call->late_limit;
	worker->lost = true;
	(void)pthread_mutex_unlock(&worker->mutex);
}

/* Set and asked by the worker itself. */
bool
worker_has_lost(const struct worker *worker)
{
	return worker->lost;
}

/* --- who waits for it ------------------------------------------------- */

/* It stays with the others, so that it is not taken for a leak. */
static void
worker_die(struct worker *worker)
{
	struct worker *first = atomic_load(&dead);

	worker->dead = true;
	(void)pthread_detach(worker->thread);
	do
		worker->next = first;
	while (!atomic_compare_exchange_weak(&dead, &first, worker));
}

/* Run what the worker asks for; the mutex is held before and after. */
static void
answer(struct worker *worker)
{
	(void)pthread_mutex_unlock(&worker->mutex);
	worker->ask(worker->ask_arg);
	(void)pthread_mutex_lock(&worker->mutex);
	worker->ask = NULL;
	(void)pthread_cond_signal(&worker->work);
}

static void
wait_for_news(struct worker *worker)
{
	int64_t at = call_look_at(&worker->call, call_now());
	struct timespec until = { at / 1000000000, at % 1000000000 };

	(void)pthread_cond_timedwait(&worker->news, &worker->mutex, &until);
	if (worker->run != NULL && call_give_up(&worker->call, call_now()))
		worker_die(worker);
}

bool
worker_run(struct worker *worker, void (*run)(void *arg), void *arg,
    struct fault *f)
{
	bool done;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &worker->signals);
	(void)pthread_mutex_lock(&worker->mutex);
	call_start(&worker->call);
	worker->arg = arg;
	worker->run = run;
	(void)pthread_cond_signal(&worker->work);
	while (worker->run != NULL && !worker->dead) {
		if (worker->ask != NULL)
			answer(worker);
		else
			wait_for_news(worker);
	}
	done = worker->run == NULL;
	if (worker->lost && !worker->dead)
		worker_die(worker);
	(void)pthread_mutex_unlock(&worker->mutex);
	return done || call_fault(&worker->call, f);
}

bool
worker_is_dead(const struct worker *worker)
{
	return worker->dead;
}

bool
worker_dead_fault(const struct worker *worker, struct fault *f)
{
	fault_found(f, "%s, which did not answer %s and is left alone since",
	    worker->call.who, worker->call.late_function);
	return fault_raise(f, FAULT_TOKEN,
	    "a token that answers each call in time",
	    "start the program again when the token answers");
}

/* --- begin and end ---------------------------------------------------- */

static bool
thread_start(struct worker *worker)
{
	sigset_t before;
	bool ok;

	signals_block(&before);
	ok = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ok;
}

static void
worker_drop(struct worker *worker)
{
	(void)pthread_cond_destroy(&worker->work);
	(void)pthread_cond_destroy(&worker->news);
	(void)pthread_mutex_destroy(&worker->mutex);
	mem_free(worker);
}

bool
worker_new(unsigned deadline, struct worker **out, struct fault *f)
{
	struct worker *worker = mem_new(sizeof(*worker));
	pthread_condattr_t monotonic;

	*out = NULL;
	call_init(&worker->call, deadline > 0 ? deadline : TOKEN_DEADLINE,
	    "the module");
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&worker->news, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	(void)pthread_cond_init(&worker->work, NULL);
	(void)pthread_mutex_init(&worker->mutex, NULL);
	if (!thread_start(worker)) {
		worker_drop(worker);
		fault_found(f, "no thread for the token");
		return fault_raise(f, FAULT_TOKEN,
		    "room for one more thread in this process",
		    "raise the limit of threads (ulimit -u, TasksMax=)");
	}
	*out = worker;
	return true;
}

void
worker_free(struct worker *worker)
{
	if (worker == NULL || worker->dead)
		return;
	(void)pthread_mutex_lock(&worker->mutex);
	worker->end = true;
	(void)pthread_cond_signal(&worker->work);
	(void)pthread_mutex_unlock(&worker->mutex);
	(void)pthread_join(worker->thread, NULL);
	worker_drop(worker);
}
