/*
 * sign_many.c - sign in several sessions at once, and verify meanwhile.
 *
 * One thread begins to sign, and the one that waits for it verifies what comes.
 * When it waits more than it verifies, it is the token that is slow: another
 * thread comes, in a session of its own, as long as the token lends one.  When
 * signatures pile up instead, those who sign help to verify.
 *
 * Each of these threads marks its calls (call.h).  One that does not come back
 * is left in the module, with the desk and all that lies on it.
 */
#include "internal.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "p11ca/mem.h"

#define PATIENCE_NS 1000000L /* of idleness, before another hand comes */
#define SECOND_NS 1000000000L
#define PILE 4 /* so many unverified a hand are too many */

/* A thread that signs, in a session of its own. */
struct seat {
	struct desk *desk;
	struct hand *hand; /* NULL: the session is the token's */
	CK_SESSION_HANDLE *session;
	struct call call;
	bool left; /* in the module, for good */
	bool done;
	pthread_t thread;
};

struct desk {
	struct way way;
	struct to_sign *list;
	size_t count;
	size_t *made; /* places in the list, in the order they were signed */
	pthread_mutex_t lock; /* of all that follows, and of each place's
			       * signature between the two who touch it */
	pthread_cond_t news;
	size_t taken;	   /* places begun with */
	size_t made_count; /* signed */
	size_t seen;	   /* of those, begun to be verified */
	struct seat seats[TOKEN_SESSIONS_MAX];
	size_t hired;	   /* seats that were taken */
	size_t working;	   /* of those, still there */
	size_t hands;	   /* how many there may be */
	int64_t idle_ns;   /* that the caller waited longer than it worked */
	struct seat *lost; /* the first that was left in the module */
	bool stop;	   /* after a failure nothing more is begun */
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
	ok = way_verify(&desk->way, one->data, &one->signature, &f);
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
	ok = way_sign(&desk->way, session, one->data, &made, &f);
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
do_what_there_is(struct seat *seat)
{
	struct desk *desk = seat->desk;
	size_t place;

	(void)pthread_mutex_lock(&desk->lock);
	for (;;) {
		if (desk->made_count - desk->seen > PILE * desk->working &&
		    take_unverified(desk, &place))
			verify(desk, place);
		else if (take_unsigned(desk, &place))
			sign(desk, seat->session, place);
		else
			break;
	}
	(void)pthread_mutex_unlock(&desk->lock);
}

static void *
work(void *context)
{
	struct seat *seat = context;
	struct desk *desk = seat->desk;
	bool useful;

	call_enter_thread(&seat->call);
	useful = seat->hand == NULL || hand_open(&desk->way, seat->hand);
	if (useful)
		do_what_there_is(seat);
	(void)pthread_mutex_lock(&desk->lock);
	seat->done = true;
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
	struct token *token = desk->way.token;
	size_t n = desk->hired;
	struct seat *seat = &desk->seats[n];

	seat->desk = desk;
	seat->hand = n == 0 ? NULL : &token->hands[n - 1];
	seat->session = n == 0 ? &token->session : &token->hands[n - 1].session;
	call_init_like(&seat->call, call_of_thread());
	if (pthread_create(&seat->thread, NULL, work, seat) != 0)
		return false;
	desk->working++;
	desk->hired++;
	if (n > token->hand_count)
		token->hand_count = n;
	return true;
}

/* Locked.  When the first call of all may be overdue. */
static int64_t
look_at(const struct desk *desk, int64_t now)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < desk->hired; i++) {
		const struct seat *seat = &desk->seats[i];
		int64_t at = call_look_at(&seat->call, now);

		if (!seat->done && !seat->left && at < first)
			first = at;
	}
	return first;
}

/* Locked.  Nobody waits for a thread any more that does not come back. */
static void
leave_the_overdue(struct desk *desk, int64_t now)
{
	for (size_t i = 0; i < desk->hired; i++) {
		struct seat *seat = &desk->seats[i];

		if (seat->done || seat->left || !call_give_up(&seat->call, now))
			continue;
		seat->left = true;
		desk->working--;
		desk->stop = true;
		if (desk->lost == NULL)
			desk->lost = seat;
	}
}

/* Locked.  Until something comes, a call is overdue, or, when one more may come,
 * the patience is at an end. */
static void
wait_for_news(struct desk *desk, bool may_hire)
{
	int64_t begun = call_now();
	int64_t at = look_at(desk, begun);
	struct timespec until;

	if (may_hire && at > begun + PATIENCE_NS - desk->idle_ns)
		at = begun + PATIENCE_NS - desk->idle_ns;
	until = (struct timespec){ at / SECOND_NS, at % SECOND_NS };
	(void)pthread_cond_timedwait(&desk->news, &desk->lock, &until);
	desk->idle_ns += call_now() - begun;
	leave_the_overdue(desk, call_now());
}

/* Locked.  What has been verified meanwhile makes up for waiting. */
static void
verify_and_note(struct desk *desk, size_t place)
{
	int64_t begun = call_now();
	int64_t now;

	verify(desk, place);
	now = call_now();
	desk->idle_ns -= now - begun;
	if (desk->idle_ns < 0)
		desk->idle_ns = 0;
	leave_the_overdue(desk, now);
}

/* Locked.  One more is wanted whenever the patience is at an end. */
static bool
is_wanted(struct desk *desk)
{
	if (desk->hired < 1 + desk->way.token->hand_count)
		return true;
	if (desk->idle_ns < PATIENCE_NS)
		return false;
	desk->idle_ns = 0;
	return true;
}

/* Locked.  The caller's part; returns when all hands have left. */
static void
oversee(struct desk *desk)
{
	size_t place;

	for (;;) {
		bool may_hire = !desk->stop && desk->taken < desk->count &&
		    desk->hired < desk->hands;

		if (may_hire && is_wanted(desk)) {
			if (!hire(desk))
				desk->hands = 0;
		} else if (take_unverified(desk, &place)) {
			verify_and_note(desk, place);
		} else if (desk->working == 0) {
			return;
		} else {
			wait_for_news(desk, may_hire);
		}
	}
}

/* *way is copied, for threads that are left. */
static struct desk *
desk_open(const struct way *way, struct to_sign *list, size_t count)
{
	struct desk *desk = mem_new(sizeof(*desk));
	pthread_condattr_t monotonic;

	desk->way = *way;
	desk->list = list;
	desk->count = count;
	desk->made = mem_array(count, sizeof(*desk->made));
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&desk->lock, NULL);
	(void)pthread_cond_init(&desk->news, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return desk;
}

static void
desk_close(struct desk *desk)
{
	(void)pthread_cond_destroy(&desk->news);
	(void)pthread_mutex_destroy(&desk->lock);
	mem_free(desk->made);
	mem_free(desk);
}

/* What is left, without a thread: one signature, or no thread to be had. */
static void
work_alone(struct desk *desk)
{
	size_t place;

	(void)pthread_mutex_lock(&desk->lock);
	while (take_unsigned(desk, &place)) {
		sign(desk, &desk->way.token->session, place);
		if (take_unverified(desk, &place))
			verify(desk, place);
	}
	(void)pthread_mutex_unlock(&desk->lock);
}

/*
 * All threads have ended, or one is left.  An end of the module's process that
 * brought one back is one that this thread has seen, too.
 */
static bool
sum_up(struct desk *desk, struct fault *f)
{
	for (size_t i = 0; i < desk->hired; i++)
		if (desk->seats[i].done)
			call_note_late(&desk->seats[i].call);
	if (desk->lost == NULL) {
		*f = desk->fault;
		return !desk->stop;
	}
	worker_lost(desk->way.token->worker, &desk->lost->call);
	return call_fault(&desk->lost->call, f);
}

static void
join_all(struct desk *desk)
{
	for (size_t i = 0; i < desk->hired; i++) {
		if (desk->seats[i].left)
			(void)pthread_detach(desk->seats[i].thread);
		else
			(void)pthread_join(desk->seats[i].thread, NULL);
	}
}

bool
way_sign_all(const struct way *way, size_t hands, struct to_sign *list,
    size_t count, struct fault *f)
{
	struct desk *desk = desk_open(way, list, count);
	bool ok;

	desk->hands = hands;
	/* A PIN for each use is asked for once at a time, by the worker. */
	if (count > 1 && !way->signer->always_authenticate) {
		(void)pthread_mutex_lock(&desk->lock);
		oversee(desk);
		(void)pthread_mutex_unlock(&desk->lock);
		join_all(desk);
	}
	work_alone(desk);
	ok = sum_up(desk, f);
	if (desk->lost == NULL)
		desk_close(desk);
	return ok;
}
