/* file_test.c - files that are read whole, and written whole or not at all. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p11ca/file.h"
#include "p11ca/mem.h"

#define NOBODY 65534

static char folder[] = "/tmp/p11ca-file-XXXXXX";

static void
make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
}

static char *
in_folder(const char *name)
{
	return mem_format("%s/%s", folder, name);
}

/* Remove what is in the folder; says how many files there were. */
static int
count_and_remove(void)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	int n = 0;

	if (dir == NULL)
		return 0; /* removed already */
	while ((entry = readdir(dir)) != NULL) {
		char *path = in_folder(entry->d_name);

		if (entry->d_name[0] != '.') {
			n++;
			(void)remove(path);
		}
		mem_free(path);
	}
	(void)closedir(dir);
	(void)rmdir(folder);
	return n;
}

static void
clean_up(void)
{
	(void)count_and_remove();
}

TestSuite(file, .init = make_folder, .fini = clean_up);

Test(file, what_is_written_is_read_and_is_private)
{
	char *path = in_folder("a");
	struct fault f = { 0 };
	struct buf out;
	struct stat st;

	cr_assert(file_write(path, bytes_of("one"), &f), "%s", f.found);
	cr_assert(file_write(path, bytes_of("two"), &f), "%s", f.found);
	cr_assert(file_read(path, 100, &out, &f));
	cr_expect_str_eq(buf_text(&out), "two");
	buf_free(&out);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_expect(file_is_private(path, &f));
	mem_free(path);
	cr_expect_eq(count_and_remove(), 1, "no temporary file is left");
}

Test(file, many_are_there_at_once_and_reach_the_disk_together)
{
	char *path = in_folder("a");
	struct fault f = { 0 };
	struct buf out;

	cr_assert(file_write_unsynced(path, bytes_of("one"), &f), "%s",
	    f.found);
	cr_assert(file_write_unsynced(path, bytes_of("two"), &f));
	cr_assert(file_sync(folder, &f), "%s", f.found);
	cr_assert(file_read(path, 100, &out, &f));
	cr_expect_str_eq(buf_text(&out), "two");
	buf_free(&out);
	cr_expect_not(file_sync(path, &f), "a file is no folder");
	cr_expect_eq(f.kind, FAULT_STORE);
	mem_free(path);
	cr_expect_eq(count_and_remove(), 1, "no temporary file is left");
}

Test(file, of_a_larger_file_one_byte_more_than_the_bound_is_read)
{
	char *path = in_folder("a");
	struct fault f = { 0 };
	struct buf out;

	cr_assert(file_write(path, bytes_of("0123456789"), &f));
	cr_assert(file_read(path, 4, &out, &f));
	cr_expect_eq(out.len, 5);
	buf_free(&out);
	cr_assert(file_read(path, 10, &out, &f));
	cr_expect_eq(out.len, 10);
	buf_free(&out);
	mem_free(path);
}

Test(file, a_file_that_is_not_there_is_a_fault_of_usage)
{
	char *path = in_folder("missing");
	struct fault f = { 0 };
	struct secret secret;
	struct buf out;

	cr_expect_not(file_read(path, 10, &out, &f));
	cr_expect_eq(f.kind, FAULT_USAGE);
	cr_expect_eq(out.len, 0);
	cr_expect_not(file_read(folder, 10, &out, &f));
	cr_expect_not(file_read_secret(path, 10, &secret, &f));
	mem_free(path);
}

/* As nobody, who is in the group that the file belongs to. */
static int
read_as_nobody(const char *path,
    bool (*reads)(const char *path, size_t max, struct secret *out,
	struct fault *f))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct secret secret = { 0 };
		struct fault f = { 0 };

		if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(2);
		_exit(reads(path, 10, &secret, &f) ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* An access control list that lets us read shows in the bits of the group. */
Test(file, a_credential_may_be_roots_when_nobody_else_can_change_it)
{
	static const struct {
		mode_t mode;
		int secret, credential; /* 0: it is read */
	} cases[] = {
		{ 0440, 1, 0 },
		{ 0640, 1, 0 },
		{ 0444, 1, 1 },
		{ 0460, 1, 1 },
		{ 0442, 1, 1 },
		{ 0400, 1, 1 },
	};
	char *path = in_folder("a");
	struct fault f = { 0 };

	if (geteuid() != 0)
		cr_skip_test("only root can give files away");
	cr_assert(file_write(path, bytes_of("secret"), &f));
	cr_assert_eq(chmod(folder, 0711), 0);
	cr_assert_eq(chown(path, 0, NOBODY), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert_eq(chmod(path, cases[i].mode), 0);
		cr_expect_eq(read_as_nobody(path, file_read_secret),
		    cases[i].secret, "%o", (unsigned)cases[i].mode);
		cr_expect_eq(read_as_nobody(path, file_read_credential),
		    cases[i].credential, "%o", (unsigned)cases[i].mode);
	}
	mem_free(path);
}

Test(file, a_credential_of_ones_own_is_private_like_any_secret)
{
	char *path = in_folder("a");
	struct secret secret = { 0 };
	struct fault f = { 0 };

	cr_assert(file_write(path, bytes_of("secret"), &f));
	cr_assert_eq(chmod(path, 0400), 0);
	cr_assert(file_read_credential(path, 10, &secret, &f), "%s", f.found);
	secret_free(&secret);
	cr_assert_eq(chmod(path, 0440), 0);
	cr_expect_not(file_read_credential(path, 10, &secret, &f));
	mem_free(path);
}

Test(file, a_wide_mode_is_refused_with_the_chmod_that_mends_it)
{
	char *path = in_folder("a");
	struct secret secret = { 0 };
	struct fault f = { 0 };

	cr_assert(file_write(path, bytes_of("secret"), &f));
	cr_assert(file_read_secret(path, 10, &secret, &f));
	cr_expect_eq(secret.len, 6);
	secret_free(&secret);
	cr_assert_eq(chmod(path, 0640), 0);
	cr_expect_not(file_read_secret(path, 10, &secret, &f));
	cr_expect_not_null(strstr(f.found, "chmod 0600"), "%s", f.found);
	cr_expect_not(file_is_private(path, &f));
	cr_assert_eq(chmod(folder, 0755), 0);
	cr_expect_not(file_is_private(folder, &f));
	cr_expect_not_null(strstr(f.found, "chmod 0700"), "%s", f.found);
	mem_free(path);
}

Test(file, a_folder_that_cannot_be_written_is_a_fault_of_the_store)
{
	char *path = in_folder("no/such/folder");
	struct fault f = { 0 };

	cr_expect_not(file_write(path, bytes_of("x"), &f));
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect_not(file_make_folder(path, &f));
	mem_free(path);
}

Test(file, what_is_written_in_pieces_is_there_after_the_commit)
{
	static unsigned char block[100000];
	char *path = in_folder("a");
	struct file_stream *stream = NULL;
	struct fault f = { 0 };
	struct buf out;

	memset(block, 'b', sizeof(block));
	cr_assert(file_write(path, bytes_of("old"), &f), "%s", f.found);
	cr_assert(file_stream_open(path, &stream, &f), "%s", f.found);
	for (int i = 0; i < 70000; i++)
		cr_assert(file_stream_append(stream, bytes_of("a"), &f));
	cr_assert(file_stream_append(stream,
	    (struct bytes){ block, sizeof(block) }, &f));
	cr_assert(file_stream_append(stream, bytes_of("c"), &f));
	cr_assert(file_read(path, 10, &out, &f));
	cr_expect_str_eq(buf_text(&out), "old");
	buf_free(&out);
	cr_assert(file_stream_commit(stream, &f), "%s", f.found);
	file_stream_close(stream);
	cr_assert(file_read(path, 1000000, &out, &f));
	cr_assert_eq(out.len, 170001);
	cr_expect_eq(out.p[0], 'a');
	cr_expect_eq(out.p[69999], 'a');
	cr_expect_eq(out.p[70000], 'b');
	cr_expect_eq(out.p[170000], 'c');
	buf_free(&out);
	cr_expect(file_is_private(path, &f), "%s", f.found);
	mem_free(path);
	cr_expect_eq(count_and_remove(), 1, "no temporary file is left");
}

Test(file, what_is_not_committed_leaves_the_old_content)
{
	char *path = in_folder("a");
	struct file_stream *stream = NULL;
	struct fault f = { 0 };
	struct buf out;

	cr_assert(file_write(path, bytes_of("old"), &f));
	cr_assert(file_stream_open(path, &stream, &f));
	cr_assert(file_stream_append(stream, bytes_of("new"), &f));
	file_stream_close(stream);
	cr_assert(file_read(path, 10, &out, &f));
	cr_expect_str_eq(buf_text(&out), "old");
	buf_free(&out);
	mem_free(path);
	path = in_folder("no/such");
	cr_expect_not(file_stream_open(path, &stream, &f));
	cr_expect_null(stream);
	cr_expect_eq(f.kind, FAULT_STORE);
	mem_free(path);
	cr_expect_eq(count_and_remove(), 1, "no temporary file is left");
}

Test(file, what_a_dead_writer_left_is_removed_and_nothing_else)
{
	static const char *const names[] = { "a", "a.Zz1234", "a.json",
		"a.Zz123", "ab.Zz1234", "b.Zz1234" };
	char *path = in_folder("a");
	struct fault f = { 0 };

	for (size_t i = 0; i < COUNT(names); i++) {
		char *one = in_folder(names[i]);

		cr_assert(file_write(one, bytes_of("x"), &f));
		mem_free(one);
	}
	file_clean(path);
	mem_free(path);
	path = in_folder("a.Zz1234");
	cr_expect_neq(access(path, F_OK), 0);
	mem_free(path);
	cr_expect_eq(count_and_remove(), (int)COUNT(names) - 1);
}
