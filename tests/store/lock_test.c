/* lock_test.c - one change of a CA at a time, across processes. */
#include "bench.h"

#include <signal.h>

#define OTHER_UUID "99999999-2222-4333-8444-555555555555"
#define SAME "6b86b273ff34fce19d6b804eff5a3f57"

static struct bench b;
static struct store *store;

static void
setup(void)
{
	bench_make(&b);
	store = bench_open(&b, STORE_CREATE);
}

static void
teardown(void)
{
	store_close(store);
	bench_free(&b);
}

TestSuite(lock, .init = setup, .fini = teardown);

static struct store_lock *
take(const char *uuid, const char *digest)
{
	struct store_lock *lock = NULL;
	struct fault f = { 0 };

	cr_assert(store_lock(store, uuid, digest, &lock, &f), "%s", f.found);
	return lock;
}

static void
expect_refused(const char *digest, enum fault_kind kind)
{
	struct store_lock *lock = NULL;
	struct fault f = { 0 };

	cr_expect_not(store_lock(store, ANY_UUID, digest, &lock, &f));
	cr_expect_null(lock);
	cr_expect_eq(f.kind, kind, "%s", f.found);
	cr_expect(f.want != NULL && f.todo != NULL);
}

/* A child that holds the lock until it is told to give it back. */
static pid_t
start_holder(struct turns *t, const char *digest)
{
	pid_t pid;

	turns_make(t);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct store_lock *lock = NULL;
		struct fault f = { 0 };
		bool ok = store_lock(store, ANY_UUID, digest, &lock, &f);

		turn_give(t->to_parent);
		turn_wait(t->to_child);
		store_unlock(lock);
		_exit(ok ? 0 : 1);
	}
	turn_wait(t->to_parent);
	return pid;
}

static const struct {
	const char *held, *asked;
	enum fault_kind kind;
} conflicts[] = {
	{ SAME, SAME, FAULT_REQUEST_IN_PROGRESS },
	{ SAME, "other", FAULT_CONCURRENT_MODIFICATION },
	{ SAME, SAME "0", FAULT_CONCURRENT_MODIFICATION },
	{ SAME "0", SAME, FAULT_CONCURRENT_MODIFICATION },
	{ "", "", FAULT_CONCURRENT_MODIFICATION },
};

Test(lock, tells_the_same_request_from_another_one)
{
	for (size_t i = 0; i < COUNT(conflicts); i++) {
		struct turns t;
		pid_t pid = start_holder(&t, conflicts[i].held);

		cr_expect(store_is_locked(store, ANY_UUID));
		cr_expect_not(store_is_locked(store, OTHER_UUID));
		expect_refused(conflicts[i].asked, conflicts[i].kind);
		store_unlock(take(OTHER_UUID, SAME));
		turn_give(t.to_child);
		cr_expect_eq(child_status(pid), 0);
		cr_expect_not(store_is_locked(store, ANY_UUID));
		store_unlock(take(ANY_UUID, "next"));
	}
}

Test(lock, is_given_back_by_the_end_of_its_process)
{
	struct turns t;
	pid_t pid = start_holder(&t, SAME);

	cr_assert(store_is_locked(store, ANY_UUID));
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_expect(WIFSIGNALED(child_status(pid)));
	cr_expect_not(store_is_locked(store, ANY_UUID));
	store_unlock(take(ANY_UUID, "next"));
}

Test(lock, also_excludes_within_a_process)
{
	struct store_lock *lock = take(ANY_UUID, SAME);

	expect_refused(SAME, FAULT_REQUEST_IN_PROGRESS);
	expect_refused("other", FAULT_CONCURRENT_MODIFICATION);
	cr_expect(store_is_locked(store, ANY_UUID), "looking does not drop it");
	cr_expect(store_is_locked(store, ANY_UUID));
	store_unlock(lock);
	cr_expect_not(store_is_locked(store, ANY_UUID));
	store_unlock(NULL);
}

Test(lock, forgets_what_the_last_holder_asked)
{
	struct store_lock *lock;

	store_unlock(take(ANY_UUID, "a longer digest than the next one"));
	lock = take(ANY_UUID, SAME);
	expect_refused(SAME, FAULT_REQUEST_IN_PROGRESS);
	store_unlock(lock);
}

Test(lock, file_is_private_and_stays)
{
	char path[192];
	struct stat st;

	store_unlock(take(ANY_UUID, SAME));
	(void)snprintf(path, sizeof(path), "%s/" ANY_UUID ".lock", b.locks);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_expect_eq(st.st_size, 0);
}

Test(lock, does_not_follow_a_link)
{
	char path[192], target[192];

	(void)snprintf(path, sizeof(path), "%s/" ANY_UUID ".lock", b.locks);
	(void)snprintf(target, sizeof(target), "%s/target", b.folder);
	cr_assert_eq(symlink(target, path), 0);
	expect_refused(SAME, FAULT_STORE);
	cr_expect_neq(access(target, F_OK), 0);
	cr_expect_not(store_is_locked(store, ANY_UUID));
}

static const char *const bad_names[] = { "", ".", "..", "../x", "a/b", "a.b",
	"0123456789012345678901234567890123456789012345678901234567890123456" };

Test(lock, refuses_a_name_that_is_no_uuid)
{
	for (size_t i = 0; i < COUNT(bad_names); i++) {
		struct store_lock *lock = NULL;
		struct fault f = { 0 };

		cr_expect_not(store_lock(store, bad_names[i], SAME, &lock, &f));
		cr_expect_eq(f.kind, FAULT_OURS, "%s", bad_names[i]);
		cr_expect_not(store_is_locked(store, bad_names[i]));
	}
}

Test(lock, says_when_there_is_no_folder_for_locks)
{
	cr_assert_eq(rmdir(b.locks), 0);
	expect_refused(SAME, FAULT_STORE);
}
