/* call_test.c - when a call is overdue, and what becomes of its thread. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "../../src/token/internal.h"
#include "p11ca/mem.h"

#define SECOND INT64_C(1000000000)

static struct call call;

static void
enter(void)
{
	call_init(&call, 10, "the token \"x\"");
	call_enter_thread(&call);
}

static int64_t
due(void)
{
	return atomic_load(&call.due);
}

TestSuite(call, .init = enter, .timeout = 60);

/* --- how long --------------------------------------------------------- */

static const struct {
	enum call_length length;
	unsigned deadline, seconds;
} lengths[] = {
	{ CALL_USUAL, 10, 10 },
	{ CALL_USUAL, 1, 1 },
	{ CALL_USUAL, TOKEN_DEADLINE_MAX, TOKEN_DEADLINE_MAX },
	{ CALL_MAKES_KEYS, 10, 300 },
	{ CALL_ASKS_PERSON, 10, 120 },
	{ CALL_ASKS_PERSON, 200, 200 },
};

Test(call, has_its_time_from_its_begin)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		int64_t limit = lengths[i].seconds * SECOND;
		int64_t before = call_now();
		struct call_mark mark;

		call.deadline = lengths[i].deadline;
		mark = call_begin("C_Sign", lengths[i].length);
		cr_expect_geq(due(), before + limit, "row %zu", i);
		cr_expect_leq(due(), call_now() + limit, "row %zu", i);
		cr_expect_eq(call_look_at(&call, before), due());
		call_end(mark);
		cr_expect_eq(due(), 0);
	}
}

Test(call, that_is_none_is_never_overdue)
{
	cr_expect_eq(call_look_at(&call, 5), 5 + 10 * SECOND);
	cr_expect_not(call_give_up(&call, INT64_MAX));
	cr_expect_not(atomic_load(&call.late));
}

Test(call, is_given_up_when_it_is_due_and_not_before)
{
	struct fault f = { 0 };

	(void)call_begin("C_Sign", CALL_USUAL);
	cr_expect_not(call_give_up(&call, due() - 1));
	cr_expect(call_give_up(&call, due()));
	cr_expect_not(call_give_up(&call, INT64_MAX), "it was told once");
	cr_expect_not(call_fault(&call, &f));
	cr_expect_eq((int)f.kind, FAULT_TOKEN);
	cr_expect_str_eq(f.found,
	    "no answer from the token \"x\" to C_Sign within 10 s");
	cr_expect(f.want != NULL && f.todo != NULL);
}

/* Waking up late is a sign of it. */
Test(call, of_a_process_that_was_stopped_gets_its_time_again)
{
	int64_t woken;

	(void)call_begin("C_Sign", CALL_USUAL);
	woken = due() + 3 * SECOND;
	cr_expect_not(call_give_up(&call, woken));
	cr_expect_eq(due(), woken + 10 * SECOND);
	cr_expect(call_give_up(&call, due()));
}

Test(call, within_another_has_its_own_time)
{
	struct call_mark outer = call_begin("libp11", CALL_USUAL);
	struct call_mark inner = call_begin("C_Sign", CALL_MAKES_KEYS);
	int64_t before = call_now();

	cr_expect_geq(due(), before + 290 * SECOND);
	cr_expect_str_eq(atomic_load(&call.function), "C_Sign");
	call_end(inner);
	cr_expect_geq(due(), before + 10 * SECOND, "libp11 begins anew");
	cr_expect_leq(due(), call_now() + 10 * SECOND);
	cr_expect_str_eq(atomic_load(&call.function), "libp11");
	call_end(outer);
	cr_expect_eq(due(), 0);
}

Test(call, of_no_thread_is_not_marked)
{
	struct module module = { .path = NULL };
	struct call_mark mark;

	call_enter_thread(NULL);
	mark = call_begin("C_Sign", CALL_USUAL);
	cr_expect_eq(due(), 0);
	call_end(mark);
	call_is_about("nobody");
	call_leads_to(&module);
	call_leaves(&module);
	cr_expect_null(call_of_thread());
	cr_expect_not(call_was_late());
}

Test(call, of_a_second_thread_is_about_the_same_token)
{
	CK_FUNCTION_LIST list = { .version = { 2, 40 } };
	struct module module = { .behind = &list };
	struct module another = { .behind = NULL };
	struct call second;

	call_leads_to(&module);
	call_init_like(&second, &call);
	cr_expect_eq(second.deadline, 10);
	cr_expect_str_eq(second.who, "the token \"x\"");
	cr_expect_eq(second.module, &module);
	cr_expect_eq(second.list, &list);
	call_leaves(&another);
	cr_expect_eq(call.list, &list);
	call_leaves(&module);
	cr_expect(call.list == NULL && call.module == NULL);
}

/* --- a module in a process of its own --------------------------------- */

static size_t ended;

static void
count_end(struct module *module)
{
	ended++;
}

Test(call, whose_process_is_ended_gets_one_more_second)
{
	struct module module = { .end_process = count_end };
	struct call_mark mark;
	int64_t at;

	call_leads_to(&module);
	mark = call_begin("C_Sign", CALL_USUAL);
	at = due();
	cr_expect_not(call_give_up(&call, at));
	cr_expect_eq(ended, 1);
	cr_expect_eq(due(), at + SECOND);
	cr_expect(call_was_late());
	call_end(mark);
	cr_expect_eq(due(), 0);
	cr_expect_eq(call_look_at(&call, 0), SECOND);

	/* What comes after it in the same operation has a second, too. */
	(void)call_begin("C_CloseSession", CALL_MAKES_KEYS);
	cr_expect_leq(due(), call_now() + SECOND);
	cr_expect(call_give_up(&call, due()));
	cr_expect_eq(ended, 1);
	cr_expect_str_eq(call.late_function, "C_Sign", "the first is told");

	call_start(&call);
	cr_expect_not(call_was_late());
}

/* --- its thread ------------------------------------------------------- */

struct stuck {
	struct call call;
	struct module *module;
	void (*end_process)(struct module *module);
	int release[2]; /* what the module waits for */
	atomic_bool inside;
	atomic_bool came_out;
	bool nested;
};

static void *
stuck_main(void *p)
{
	struct stuck *stuck = p;
	struct call_mark outer, inner;
	char byte;

	call_enter_thread(&stuck->call);
	call_leads_to(stuck->module);
	outer = call_begin("C_Sign", CALL_USUAL);
	atomic_store(&stuck->inside, true);
	if (read(stuck->release[0], &byte, 1) != 1)
		return NULL;
	if (stuck->nested) {
		inner = call_begin("C_SignFinal", CALL_USUAL);
		call_end(inner);
	} else {
		call_end(outer);
	}
	atomic_store(&stuck->came_out, true);
	mem_free(stuck->module); /* its own again */
	return NULL;
}

static pthread_t
stuck_start(struct stuck *stuck)
{
	pthread_t thread;

	cr_assert_eq(pipe(stuck->release), 0);
	stuck->module = mem_new(sizeof(*stuck->module));
	stuck->module->end_process = stuck->end_process;
	call_init(&stuck->call, 10, "the token \"x\"");
	cr_assert_eq(pthread_create(&thread, NULL, stuck_main, stuck), 0);
	while (!atomic_load(&stuck->inside))
		(void)sched_yield();
	return thread;
}

static void
stuck_release(const struct stuck *stuck)
{
	cr_assert_eq(write(stuck->release[1], "x", 1), 1);
}

/* The time limit of the suite is the limit of this. */
static void
expect_parked(struct stuck *stuck)
{
	cr_assert(call_give_up(&stuck->call, atomic_load(&stuck->call.due)));
	stuck_release(stuck);
	while (!atomic_load(&stuck->call.parked))
		(void)sched_yield();
	cr_expect_not(atomic_load(&stuck->came_out));
}

Test(call, that_was_given_up_does_not_come_out_any_more)
{
	static struct stuck stuck;

	(void)pthread_detach(stuck_start(&stuck));
	expect_parked(&stuck);
}

Test(call, that_was_given_up_makes_no_call_of_its_own_any_more)
{
	static struct stuck stuck = { .nested = true };

	(void)pthread_detach(stuck_start(&stuck));
	expect_parked(&stuck);
}

Test(call, that_comes_back_in_time_comes_out)
{
	static struct stuck stuck;
	pthread_t thread = stuck_start(&stuck);

	stuck_release(&stuck);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_expect(atomic_load(&stuck.came_out));
	cr_expect_not(call_give_up(&stuck.call, INT64_MAX));
}

static struct stuck ending;

/* Brings the call back, and uses the module for a while longer. */
static void
end_slowly(struct module *module)
{
	stuck_release(&ending);
	for (int i = 0; i < 1000; i++) {
		(void)sched_yield();
		module->initialized = !module->initialized;
	}
	cr_expect_not(atomic_load(&ending.came_out));
}

Test(call, stays_inside_while_its_process_is_ended)
{
	pthread_t thread;

	ending.end_process = end_slowly;
	thread = stuck_start(&ending);
	cr_expect_not(call_give_up(&ending.call,
	    atomic_load(&ending.call.due)));
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_expect(atomic_load(&ending.came_out));
	cr_expect(atomic_load(&ending.call.late));
}

Test(call, can_be_asked_for_by_a_signal_handler)
{
	struct call_mark before, inner;

	cr_expect_null(token_calls());
	before = call_begin("C_Initialize", CALL_USUAL);
	cr_expect_str_eq(token_calls(), "C_Initialize");
	inner = call_begin("C_GetInfo", CALL_USUAL);
	cr_expect_str_eq(token_calls(), "C_GetInfo");
	call_end(inner);
	cr_expect_str_eq(token_calls(), "C_Initialize");
	call_end(before);
	cr_expect_null(token_calls());
	call_enter_thread(NULL);
	cr_expect_null(token_calls());
}
