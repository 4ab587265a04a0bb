/* disk_test.c - disks that are full, and homes that cannot be written. */
#include "bench.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct bench b;

static void
setup(void)
{
	bench_make(&b);
}

static void
teardown(void)
{
	bench_free(&b);
}

/*
 * In front of the C library: SQLite syncs data with fdatasync(), the store its
 * folders with fsync().  Zero counts down to the call that fails.
 */
static int data_syncs_left = -1;
static int folder_syncs_left = -1;

int
fdatasync(int fd)
{
	struct stat st;

	/* SQLite does not look at the answer for a folder; the store does. */
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (data_syncs_left >= 0 && data_syncs_left-- == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	if (folder_syncs_left >= 0 && folder_syncs_left-- == 0) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

TestSuite(disk, .init = setup, .fini = teardown);

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The files of a home, so that the next begins without one. */
static void
remove_home(void)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < COUNT(ends); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", b.path, ends[i]);
		(void)unlink(path);
	}
}

Test(disk, a_home_that_was_not_finished_is_finished_by_the_next)
{
	bool made = false;

	for (rlim_t size = 0; !made; size += 2048) {
		struct store *store = NULL;
		struct fault f = { 0 };

		limit_files(size);
		made = store_open(b.path, b.locks, STORE_CREATE, &store, &f);
		cr_expect(made || f.todo != NULL);
		store_close(store);
		limit_files(RLIM_INFINITY);
		store = bench_open(&b, STORE_CREATE);
		cr_expect_eq(bench_count(store), 0);
		cr_expect(store_check(store, &f), "%s", f.found);
		store_close(store);
		cr_assert_lt(size, 1 << 20);
		remove_home();
	}
}

Test(disk, a_disk_that_takes_no_more_loses_nothing_and_recovers)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct fault f = { 0 };
	char entry[2048];
	int64_t kept = 0;
	bool ok = true;

	memset(entry, 'x', sizeof(entry) - 1);
	entry[sizeof(entry) - 1] = '\0';
	limit_files(100 * 1024);
	for (int i = 0; i < 1000 && ok; i++) {
		ok = store_begin(store, &f) && store_audit(store, entry, &f) &&
		    store_commit(store, &f);
		kept += ok ? 1 : 0;
	}
	cr_assert_not(ok);
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect_gt(kept, 0);
	store_rollback(store);
	cr_expect_eq(bench_number(store, "SELECT count(*) FROM audit"), kept);
	limit_files(RLIM_INFINITY);
	cr_expect(store_begin(store, &f), "%s", f.found);
	cr_expect(store_audit(store, "{}", &f), "%s", f.found);
	cr_expect(store_commit(store, &f), "%s", f.found);
	store_close(store);
	store = bench_open(&b, STORE_READ);
	cr_expect_eq(bench_number(store, "SELECT count(*) FROM audit"),
	    kept + 1);
	cr_expect(store_check(store, &f), "%s", f.found);
	store_close(store);
}

/* Make a home and write to it; false: some step of it was refused. */
static bool
write_first_entry(struct store **store, struct fault *f)
{
	return store_open(b.path, b.locks, STORE_CREATE, store, f) &&
	    store_begin(*store, f) && store_audit(*store, "{}", f) &&
	    store_commit(*store, f);
}

static void
sweep_syncs(int *left, int at_least)
{
	int failed = 0;
	bool ok = false;

	for (int n = 0; !ok; n++) {
		struct store *store = NULL;
		struct fault f = { 0 };

		*left = n;
		ok = write_first_entry(&store, &f);
		cr_expect_eq(ok, *left >= 0, "sync %d failed unnoticed", n);
		cr_expect(ok || f.kind == FAULT_STORE);
		failed += ok ? 0 : 1;
		*left = -1;
		store_close(store);
		store = bench_open(&b, STORE_CREATE);
		cr_expect(store_check(store, &f), "%s", f.found);
		store_close(store);
		remove_home();
		cr_assert_lt(n, 100);
	}
	cr_expect_geq(failed, at_least);
}

Test(disk, no_failed_sync_of_data_is_answered_with_success)
{
	sweep_syncs(&data_syncs_left, 5);
}

Test(disk, no_failed_sync_of_a_folder_is_answered_with_success)
{
	sweep_syncs(&folder_syncs_left, 2);
}

Test(disk, a_full_disk_says_so)
{
	struct store *store = bench_open(&b, STORE_CREATE);
	struct fault f = { 0 };
	struct ca *ca = bench_ca(ANY_UUID, "");

	for (int i = 0; i < 4096; i++)
		buf_text_append(&ca->chain, "0123456789abcdef");
	cr_assert(sql_run(store, "PRAGMA max_page_count = 10", &f));
	cr_assert(store_begin(store, &f));
	cr_expect_not(store_insert_ca(store, ca, &f));
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect(strstr(f.found, "no room left") != NULL, "%s", f.found);
	store_rollback(store);
	cr_expect_eq(bench_count(store), 0);
	store_close(store);
	ca_free(ca);
}

/* Modes do not bind root: do it as nobody. */
static bool
as_nobody(bool (*act)(struct fault *f), struct fault *f)
{
	int fd[2];
	int status;
	pid_t pid;

	cr_assert_eq(pipe(fd), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		bool ok = geteuid() != 0 ||
		    (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 &&
			setuid(NOBODY) == 0);

		ok = ok && act(f);
		(void)!write(fd[1], f->found, sizeof(f->found));
		(void)!write(fd[1], &f->todo, sizeof(f->todo));
		_exit(ok ? 0 : 1);
	}
	cr_assert_eq(read(fd[0], f->found, sizeof(f->found)),
	    (ssize_t)sizeof(f->found));
	cr_assert_eq(read(fd[0], &f->todo, sizeof(f->todo)),
	    (ssize_t)sizeof(f->todo));
	status = child_status(pid);
	cr_assert(WIFEXITED(status), "status %x", (unsigned)status);
	return WEXITSTATUS(status) == 0;
}

static int
give_away(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return geteuid() == 0 ? chown(path, NOBODY, NOBODY) : 0;
}

static void
make_read_only(mode_t folder)
{
	cr_assert_eq(nftw(b.folder, give_away, 8, FTW_PHYS), 0);
	cr_assert_eq(chmod(b.folder, folder), 0);
}

static bool
read_one(struct fault *f)
{
	struct store *store = NULL;
	struct ca *ca = NULL;
	bool ok = store_open(b.path, b.locks, STORE_READ, &store, f) &&
	    store_find_ca(store, "first", &ca, f) && store_check(store, f) &&
	    !store_is_locked(store, ca->uuid);

	ca_free(ca);
	store_close(store);
	return ok;
}

static bool
open_to_write(struct fault *f)
{
	struct store *store = NULL;
	bool ok = store_open(b.path, b.locks, STORE_WRITE, &store, f) &&
	    store_begin(store, f) && store_audit(store, "{}", f) &&
	    store_commit(store, f);

	store_close(store);
	return ok;
}

Test(disk, reads_in_a_folder_that_cannot_be_written)
{
	struct fault f = { 0 };

	bench_home(&b);
	make_read_only(0500);
	cr_expect(as_nobody(read_one, &f), "%s", f.found);
	cr_expect_not(as_nobody(open_to_write, &f));
	cr_expect(f.found[0] != '\0');
}

Test(disk, reads_a_file_that_cannot_be_written_but_does_not_write_it)
{
	struct fault f = { 0 };

	bench_home(&b);
	make_read_only(0700);
	cr_assert_eq(chmod(b.path, 0400), 0);
	cr_expect(as_nobody(read_one, &f), "%s", f.found);
	cr_expect_not(as_nobody(open_to_write, &f));
	cr_expect(strstr(f.found, "cannot be written") != NULL, "%s", f.found);
}

Test(disk, says_what_to_do_when_changes_wait_in_a_read_only_folder)
{
	struct fault f = { 0 };
	char shm[128];
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct store *store = bench_open(&b, STORE_CREATE);

		bench_insert(store, ANY_UUID, "first");
		_exit(0); /* without closing: the -wal stays */
	}
	cr_assert_eq(child_status(pid), 0);
	(void)snprintf(shm, sizeof(shm), "%s-shm", b.path);
	cr_assert_eq(unlink(shm), 0);
	make_read_only(0500);
	cr_expect_not(as_nobody(read_one, &f));
	cr_expect(strstr(f.todo, "write access once") != NULL, "%s: %s",
	    f.found, f.todo);
	cr_assert_eq(chmod(b.folder, 0700), 0);
	cr_expect(as_nobody(open_to_write, &f), "%s", f.found);
	cr_assert_eq(chmod(b.folder, 0500), 0);
	cr_expect(as_nobody(read_one, &f), "%s", f.found);
}
