/* call.c - a call into a module, and until when it may take. */
#include "call.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/token.h"

/* What is in due when it is no time. */
#define OUTSIDE 0	 /* not in the module: takes as long as it takes */
#define GIVEN_UP (-1)	 /* nobody waits for it any more */
#define BEING_ENDED (-2) /* may not come out before this is over */

#define SECOND INT64_C(1000000000)
#define GRACE_SECONDS 1 /* for a call whose process was ended */

static _Thread_local struct call *mine;

/* --- the thread that calls -------------------------------------------- */

void
call_init(struct call *call, unsigned deadline, const char *who)
{
	memset(call, 0, sizeof(*call));
	atomic_init(&call->due, OUTSIDE);
	atomic_init(&call->function, NULL);
	atomic_init(&call->limit, 0);
	atomic_init(&call->parked, false);
	atomic_init(&call->late, false);
	call->deadline = deadline;
	(void)snprintf(call->who, sizeof(call->who), "%s", who);
}

void
call_init_like(struct call *call, const struct call *of)
{
	call_init(call, of->deadline, of->who);
	call->module = of->module;
	call->list = of->list;
}

void
call_enter_thread(struct call *call)
{
	mine = call;
}

struct call *
call_of_thread(void)
{
	return mine;
}

void
call_is_about(const char *who)
{
	if (mine != NULL)
		(void)snprintf(mine->who, sizeof(mine->who), "%s", who);
}

void
call_leads_to(struct module *module)
{
	if (mine == NULL)
		return;
	mine->module = module;
	mine->list = module->behind;
}

void
call_leaves(const struct module *module)
{
	if (mine == NULL || mine->module != module)
		return;
	mine->module = NULL;
	mine->list = NULL;
}

/*
 * The module came back to a thread that nobody waits for.  It must not run on:
 * others may have freed, changed or signed what it knows.  It ends with the
 * process.
 */
static _Noreturn void
park(struct call *call)
{
	sigset_t all;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, NULL);
	atomic_store(&call->parked, true);
	for (;;)
		(void)pause();
}

/* Only who waits sets the other states, so this is the one way past them. */
static void
due_set(struct call *call, int64_t due)
{
	int64_t now = atomic_load(&call->due);

	do {
		while (now == BEING_ENDED) {
			(void)sched_yield();
			now = atomic_load(&call->due);
		}
		if (now == GIVEN_UP)
			park(call);
	} while (!atomic_compare_exchange_weak(&call->due, &now, due));
}

static unsigned
seconds_of(const struct call *call, enum call_length length)
{
	if (atomic_load(&call->late))
		return GRACE_SECONDS; /* its process was ended: no more of it */
	if (length == CALL_MAKES_KEYS)
		return call->deadline * CALL_KEY_DEADLINES;
	if (length == CALL_ASKS_PERSON && call->deadline < CALL_PERSON_SECONDS)
		return CALL_PERSON_SECONDS;
	return call->deadline;
}

/* For a signal handler: what is read is atomic, or the thread's own. */
const char *
token_calls(void)
{
	if (mine == NULL || atomic_load(&mine->due) == OUTSIDE)
		return NULL;
	return atomic_load(&mine->function);
}

struct call_mark
call_begin(const char *function, enum call_length length)
{
	struct call_mark before = { OUTSIDE, NULL, 0 };
	unsigned limit;

	if (mine == NULL)
		return before;
	before.due = atomic_load(&mine->due);
	before.function = atomic_load(&mine->function);
	before.limit = atomic_load(&mine->limit);
	limit = seconds_of(mine, length);
	atomic_store(&mine->function, function);
	atomic_store(&mine->limit, limit);
	due_set(mine, call_now() + limit * SECOND);
	return before;
}

void
call_end(struct call_mark before)
{
	if (mine == NULL)
		return;
	/* What it stands in goes on, with its time from now. */
	if (before.due != OUTSIDE)
		before.due = call_now() + before.limit * SECOND;
	due_set(mine, before.due);
	atomic_store(&mine->function, before.function);
	atomic_store(&mine->limit, before.limit);
}

void
call_start(struct call *call)
{
	atomic_store(&call->late, false);
	call->late_function = NULL;
	call->late_limit = 0;
}

void
call_note_late(const struct call *of)
{
	if (mine == NULL || atomic_load(&mine->late) || !atomic_load(&of->late))
		return;
	mine->late_function = of->late_function;
	mine->late_limit = of->late_limit;
	atomic_store(&mine->late, true);
}

bool
call_was_late(void)
{
	return mine != NULL && atomic_load(&mine->late);
}

/* --- who waits for it ------------------------------------------------- */

int64_t
call_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SECOND + now.tv_nsec;
}

/*
 * A call that begins just after this look is not overdue before the next one,
 * for none has less time than that: so nobody is woken at the begin of a call.
 */
int64_t
call_look_at(const struct call *call, int64_t now)
{
	int64_t due = atomic_load(&call->due);

	if (due > 0)
		return due;
	return now +
	    (atomic_load(&call->late) ? GRACE_SECONDS : call->deadline) *
	    SECOND;
}

static void
late_note(struct call *call)
{
	if (atomic_load(&call->late))
		return;
	call->late_function = atomic_load(&call->function);
	call->late_limit = atomic_load(&call->limit);
	atomic_store(&call->late, true);
}

bool
call_give_up(struct call *call, int64_t now)
{
	int64_t due = atomic_load(&call->due);
	bool first = !atomic_load(&call->late);

	if (due <= 0 || now < due)
		return false;
	/*
	 * Slept for longer than it meant to: this process was stopped (and its
	 * children with it), or the machine was.  Then the module had no time.
	 */
	if (now - due > SECOND) {
		(void)atomic_compare_exchange_strong(&call->due, &due,
		    now +
			(first ? atomic_load(&call->limit) : GRACE_SECONDS) *
			    SECOND);
		return false;
	}
	/* Keeps the thread inside, so that its module stays what it is. */
	if (!atomic_compare_exchange_strong(&call->due, &due, BEING_ENDED))
		return false; /* it came back just now */
	late_note(call);
	if (first && call->module != NULL &&
	    call->module->end_process != NULL) {
		call->module->end_process(call->module);
		atomic_store(&call->due, now + GRACE_SECONDS * SECOND);
		return false;
	}
	atomic_store(&call->due, GIVEN_UP);
	return true;
}

bool
call_fault(const struct call *call, struct fault *f)
{
	fault_found(f, "no answer from %s to %s within %u s", call->who,
	    call->late_function, call->late_limit);
	return fault_raise(f, FAULT_TOKEN,
	    "a token that answers each call in time",
	    "is its reader, network or server there? if it is only slow, "
	    "raise token.deadline");
}
