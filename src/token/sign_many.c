/*
 * sign_many.c - sign in several sessions at once, and verify meanwhile.
 *
 * One thread begins to sign, and the caller verifies what comes.  When the
 * caller has to wait, it is the token that is slow: another thread comes, in a
 * session of its own, as long as the token lends one.  When signatures pile up
 * instead, those who sign help to verify.
 */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "p11ca/mem.h"

#define PATIENCE_NS 1000000L /* how long to wait before another hand comes */
#define SECOND_NS 1000000000L
#define PILE 4 /* so many unverified a hand are too many */

/* A thread that signs, in a session of its own. */
struct worker {
	struct desk *desk;
	struct hand *hand; /* NULL: the session is the token's */
	CK_SESSION_HANDLE *session;
	pthread_t thread;
};

struct desk {
	const struct way *way;
	struct to_sign *list;
	size_t count;
	size_t *made; /* places in the list, in the order they were signed */
	pthread_mutex_t lock; /* of all that follows, and of each place's
			       * signature between the two who touch it */
	pthread_cond_t news;
	size_t taken;	   /* places begun with */
	size_t made_count; /* signed */
	size_t seen;	   /* of those, begun to be verified */
	struct worker workers[TOKEN_SESSIONS_MAX];
	size_t hired;	/* workers there have been */
	size_t working; /* of those, still there */
	size_t hands;	/* workers there may be */
	bool stop;	/* after a failure nothing more is begun */
	struct fault fault;
};

/* --- what there is to do ---------------------------------------------- */

/* Locked.  The next place without a signature. */
static bool
take_unsigned(struct desk *desk, size_t *place)
{
	while (!desk->stop && desk->taken < desk->count) {
		*place = desk->taken++;
		if (desk->list[*place].signature.len == 0)
			return true;
	}
	return false;
}

/* Locked.  The next signature that nobody has verified. */
static bool
take_unverified(struct desk *desk, size_t *place)
{
	if (desk->seen == desk->made_count)
		return false;
	*place = desk->made[desk->seen++];
	return true;
}

/* Locked.  The first failure is the one that is told. */
static void
give_up(struct desk *desk, size_t place, const struct fault *why)
{
	desk->list[place].fault = *why;
	if (!desk->stop)
		desk->fault = *why;
	desk->stop = true;
}

/* Locked, but not while it is verified. */
static void
verify(struct desk *desk, size_t place)
{
	struct to_sign *one = &desk->list[place];
	struct fault f = { 0 };
	bool ok;

	(void)pthread_mutex_unlock(&desk->lock);
	ok = way_verify(desk->way, one->data, &one->signature, &f);
	(void)pthread_mutex_lock(&desk->lock);
	if (!ok)
		give_up(desk, place, &f);
}

/* Locked, but not while the token signs. */
static void
sign(struct desk *desk, CK_SESSION_HANDLE *session, size_t place)
{
	struct to_sign *one = &desk->list[place];
	struct buf made = { 0 };
	struct fault f = { 0 };
	bool ok;

	(void)pthread_mutex_unlock(&desk->lock);
	ok = way_sign(desk->way, session, one->data, &made, &f);
	(void)pthread_mutex_lock(&desk->lock);
	if (ok) {
		one->signature = made;
		desk->made[desk->made_count++] = place;
	} else {
		buf_free(&made);
		give_up(desk, place, &f);
	}
	(void)pthread_cond_signal(&desk->news);
}

/* --- those who do it -------------------------------------------------- */

/*
 * A session for one more; false: the token lends no more.  libp11 takes one of
 * its own then, and keeps it: here it is only seen that there is one.
 */
static bool
hand_open(const struct way *way, struct hand *hand)
{
	struct token *token = way->token;
	CK_FUNCTION_LIST *p11 = token->module->list;
	CK_FLAGS flags = CKF_SERIAL_SESSION;

	if (hand->open)
		return true;
	if (!token->about.write_protected)
		flags |= CKF_RW_SESSION;
	if (p11->C_OpenSession(token->about.slot, flags, NULL, NULL,
		&hand->session) != CKR_OK)
		return false;
	hand->open = !way->libp11;
	if (way->libp11)
		(void)p11->C_CloseSession(hand->session);
	return true;
}

static void
do_what_there_is(struct worker *worker)
{
	struct desk *desk = worker->desk;
	size_t place;

	(void)pthread_mutex_lock(&desk->lock);
	for (;;) {
		if (desk->made_count - desk->seen > PILE * desk->working &&
		    take_unverified(desk, &place))
			verify(desk, place);
		else if (take_unsigned(desk, &place))
			sign(desk, worker->session, place);
		else
			break;
	}
	(void)pthread_mutex_unlock(&desk->lock);
}

static void *
work(void *context)
{
	struct worker *worker = context;
	struct desk *desk = worker->desk;
	bool useful =
	    worker->hand == NULL || hand_open(desk->way, worker->hand);

	if (useful)
		do_what_there_is(worker);
	(void)pthread_mutex_lock(&desk->lock);
	if (!useful)
		desk->hands = 0;
	desk->working--;
	(void)pthread_cond_signal(&desk->news);
	(void)pthread_mutex_unlock(&desk->lock);
	return NULL;
}

void
hands_close(struct token *token)
{
	for (size_t i = 0; i < COUNT(token->hands); i++) {
		struct hand *hand = &token->hands[i];

		if (hand->open)
			(void)
			    token->module->list->C_CloseSession(hand->session);
		hand->open = false;
	}
	token->hand_count = 0;
}

/* Locked.  One more thread; the first has the session of the token. */
static bool
hire(struct desk *desk)
{
	struct token *token = desk->way->token;
	size_t n = desk->hired;
	struct worker *worker = &desk->workers[n];

	worker->desk = desk;
	worker->hand = n == 0 ? NULL : &token->hands[n - 1];
	worker->session =
	    n == 0 ? &token->session : &token->hands[n - 1].session;
	if (pthread_create(&worker->thread, NULL, work, worker) != 0)
		return false;
	desk->working++;
	desk->hired++;
	if (n > token->hand_count)
		token->hand_count = n;
	return true;
}

/* Locked.  False: nothing came for a while. */
static bool
wait_for_news(struct desk *desk)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += PATIENCE_NS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	return pthread_cond_timedwait(&desk->news, &desk->lock, &until) !=
	    ETIMEDOUT;
}

/* Locked.  The caller's part; returns when all hands have left. */
static void
oversee(struct desk *desk)
{
	size_t wanted = 1 + desk->way->token->hand_count;
	size_t place;

	for (;;) {
		bool may_hire = !desk->stop && desk->taken < desk->count &&
		    desk->hired < desk->hands;

		if (may_hire && desk->hired < wanted) {
			if (!hire(desk))
				desk->hands = 0;
		} else if (take_unverified(desk, &place)) {
			verify(desk, place);
		} else if (desk->working == 0) {
			return;
		} else if (may_hire) {
			if (!wait_for_news(desk))
				wanted = desk->hired + 1;
		} else {
			(void)pthread_cond_wait(&desk->news, &desk->lock);
		}
	}
}

static void
desk_open(struct desk *desk, const struct way *way, struct to_sign *list,
    size_t count)
{
	pthread_condattr_t monotonic;

	memset(desk, 0, sizeof(*desk));
	desk->way = way;
	desk->list = list;
	desk->count = count;
	desk->made = mem_array(count, sizeof(*desk->made));
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&desk->lock, NULL);
	(void)pthread_cond_init(&desk->news, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
}

static void
desk_close(struct desk *desk)
{
	(void)pthread_cond_destroy(&desk->news);
	(void)pthread_mutex_destroy(&desk->lock);
	mem_free(desk->made);
}

/* What is left, without a thread: one signature, or no thread to be had. */
static void
work_alone(struct desk *desk)
{
	size_t place;

	(void)pthread_mutex_lock(&desk->lock);
	while (take_unsigned(desk, &place)) {
		sign(desk, &desk->way->token->session, place);
		if (take_unverified(desk, &place))
			verify(desk, place);
	}
	(void)pthread_mutex_unlock(&desk->lock);
}

bool
way_sign_all(const struct way *way, size_t hands, struct to_sign *list,
    size_t count, struct fault *f)
{
	struct desk desk;

	desk_open(&desk, way, list, count);
	/* A PIN for each use is asked for once at a time. */
	desk.hands = way->signer->always_authenticate ? 1 : hands;
	if (count > 1) {
		(void)pthread_mutex_lock(&desk.lock);
		oversee(&desk);
		(void)pthread_mutex_unlock(&desk.lock);
		for (size_t i = 0; i < desk.hired; i++)
			(void)pthread_join(desk.workers[i].thread, NULL);
	}
	work_alone(&desk);
	if (desk.stop)
		*f = desk.fault;
	desk_close(&desk);
	return !desk.stop;
}
