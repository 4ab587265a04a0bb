/*
 * worker.h - the thread that enters a module, while the caller waits.
 *
 * Whole operations run on it, one at a time.  The caller waits for as long as
 * the operation is in our own code, and until the deadline while it is in the
 * module (call.h).  A worker whose call is given up is dead: nothing of it, of
 * its operation and of what they use may be touched or freed any more, and so
 * it is leaked on purpose.
 */
#ifndef P11CA_TOKEN_WORKER_H
#define P11CA_TOKEN_WORKER_H

#include "call.h"

struct worker;

/* Start the thread.  deadline in seconds, 0: TOKEN_DEADLINE.  *out is the
 * caller's, worker_free(). */
MUST_CHECK bool worker_new(unsigned deadline, struct worker **out,
    struct fault *f);

/* End the thread.  A dead worker stays as it is; NULL is fine. */
void worker_free(struct worker *worker);

/*
 * Have the worker, which is not dead, run it, under the signal mask of the
 * caller.  True: it has run to its end.  False: it did not come back from the
 * module; the worker is dead, and arg is its own now.
 */
MUST_CHECK bool worker_run(struct worker *worker, void (*run)(void *arg),
    void *arg, struct fault *f);

/* Whether it died, and the fault to say so to whoever needs it again. */
bool worker_is_dead(const struct worker *worker);
bool worker_dead_fault(const struct worker *worker, struct fault *f);

/*
 * On a worker: have this run by the thread that waits for it, which has the
 * terminal and the signals; elsewhere it runs at once.  No deadline counts.
 */
void worker_ask(void (*run)(void *arg), void *arg);

/*
 * On a worker, by an operation that waits for threads of its own: one of them
 * was given up, with this call.  The worker is dead once the operation ends.
 */
void worker_lost(struct worker *worker, const struct call *call);
bool worker_has_lost(const struct worker *worker); /* said so already */

/* What the worker marks its calls in. */
struct call *worker_call(struct worker *worker);

/* The worker that died last, or NULL. */
struct worker *worker_last_dead(void);

#endif
