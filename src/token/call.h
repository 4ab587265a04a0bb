/*
 * call.h - a call into a module, and until when it may take.
 *
 * A module that hangs never comes back, so nobody calls one and waits for it
 * at the same time.  A thread that calls modules has a struct call, enters it
 * once, and marks the begin and the end of each call in it; whoever waits for
 * that thread, or for several, looks there when to look again, and gives the
 * call up once it is overdue.  The thread of a call that was given up never
 * leaves call_end(): so it touches nothing any more when the module comes back
 * after all, and what it was given must stay where it is for ever.
 *
 * Marks may stand within marks: libp11 is one call of ours, in which it makes
 * its own.  Each of those has its full time, and so has what libp11 does
 * between them.
 */
#ifndef P11CA_TOKEN_CALL_H
#define P11CA_TOKEN_CALL_H

#include <p11-kit/pkcs11.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "p11ca/base.h"
#include "p11ca/fault.h"

struct module;

/* How long calls may take, in deadlines of the token. */
enum call_length {
	CALL_USUAL,	 /* one */
	CALL_MAKES_KEYS, /* CALL_KEY_DEADLINES: primes are a matter of luck */
	CALL_ASKS_PERSON /* one, but at least CALL_PERSON_SECONDS */
};

#define CALL_KEY_DEADLINES 30
#define CALL_WHO_MAX 160
#define CALL_PERSON_SECONDS 120

struct call {
	/* For who waits: when it is overdue, ns of CLOCK_MONOTONIC, or one of
	 * the states in call.c; what is called; how many seconds it has. */
	_Atomic int64_t due;
	_Atomic(const char *) function;
	_Atomic unsigned limit;
	atomic_bool parked; /* given up, came back, and was stopped */

	/* The thread's own, to be read by others once the call is given up. */
	unsigned deadline;	/* of the token, seconds */
	char who[CALL_WHO_MAX]; /* "the token "x"": may outlive the token */
	struct module *module;	/* loaded by this thread, or NULL */
	CK_FUNCTION_LIST *list; /* where the gate leads this thread */

	/* Of who waits: the first call that was overdue since call_start(). */
	atomic_bool late;
	const char *late_function;
	unsigned late_limit;
};

/* What was marked before; call_end() puts it back. */
struct call_mark {
	int64_t due;
	const char *function;
	unsigned limit;
};

/* --- the thread that calls -------------------------------------------- */

/* deadline is in seconds, not 0. */
void call_init(struct call *call, unsigned deadline, const char *who);

/* A call for one more thread of the same token.  of->module stays loaded. */
void call_init_like(struct call *call, const struct call *of);

/* From now on the calls of this thread are marked there; NULL: nowhere. */
void call_enter_thread(struct call *call);

/* The call of this thread, or NULL. */
struct call *call_of_thread(void);

/* Calls of this thread are about who, in this module. */
void call_is_about(const char *who);
void call_leads_to(struct module *module);
void call_leaves(const struct module *module);

/*
 * Mark a call; function is static text that goes between "no answer to" and
 * "within".  Without a call of this thread both do nothing.
 */
struct call_mark call_begin(const char *function, enum call_length length);
void call_end(struct call_mark before);

/* Begin to count: nothing was late so far. */
void call_start(struct call *call);

/* A thread that this one waited for was late, if it was: so was this one. */
void call_note_late(const struct call *of);

/* Whether a call of this thread was overdue since call_start(), and the end of
 * the module's process brought it back. */
bool call_was_late(void);

/* --- who waits for it ------------------------------------------------- */

int64_t call_now(void); /* ns of CLOCK_MONOTONIC */

/* When to look next: nothing that is begun can be overdue before. */
int64_t call_look_at(const struct call *call, int64_t now);

/*
 * Give the call up if it is overdue.  The first time the module's process is
 * ended if it has one of its own (struct module, end_process), and the call is
 * given another second.  True: its thread is lost for good.  Asked again of a
 * call that was given up it says false: who was told keeps it in mind.
 */
bool call_give_up(struct call *call, int64_t now);

/* Say of a call that was late or given up.  Returns false. */
bool call_fault(const struct call *call, struct fault *f);

#endif
