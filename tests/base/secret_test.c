/* secret_test.c - bytes that are nobody else's. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p11ca/secret.h"

/* What the system says of the pages that p lies in (proc(5), VmFlags). */
static bool
page_is(const void *p, const char *flag)
{
	FILE *in = fopen("/proc/self/smaps", "r");
	uintptr_t from, to;
	char line[512];
	bool inside = false;
	bool is = false;

	cr_assert_not_null(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2)
			inside = (uintptr_t)p >= from && (uintptr_t)p < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			is = strstr(line, flag) != NULL;
	}
	(void)fclose(in);
	return is;
}

/* Neither a limit of no locked memory nor a sanitizer lets us lock any. */
static bool
memory_can_be_locked(void)
{
	void *p = mmap(NULL, 1, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool can = p != MAP_FAILED && mlock(p, 1) == 0 && page_is(p, " lo");

	(void)munmap(p, 1);
	return can;
}

Test(secret, that_is_given_back_is_empty)
{
	struct secret secret = { 0 };

	secret_set(&secret, "1234", 4);
	cr_expect_eq(secret.len, 4);
	cr_expect_eq(memcmp(secret.p, "1234", 5), 0);
	secret_free(&secret);
	cr_expect_null(secret.p);
	cr_expect_eq(secret.len, 0);
}

Test(secret, is_in_no_core_in_no_swap_and_in_no_child)
{
	static char elsewhere[] = "not secret";
	struct secret secret = { 0 };

	secret_set(&secret, "1234", 4);
	cr_expect(page_is(secret.p, " dd"));
	cr_expect(page_is(secret.p, " wf"));
	cr_expect_eq(page_is(secret.p, " lo"), memory_can_be_locked());
	cr_expect_not(page_is(elsewhere, " dd"));
	secret_free(&secret);
}

Test(secret, is_not_there_in_a_child)
{
	struct secret secret = { 0 };
	int status = -1;
	pid_t pid;

	secret_set(&secret, "1234", 4);
	pid = fork();
	if (pid == 0)
		_exit(secret.p[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	secret_free(&secret);
}

/* A page holds the NUL after the last byte, too. */
Test(secret, of_any_length_ends_in_nul)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t sizes[] = { 0, 1, page - 1, page, page + 1 };
	struct secret secret = { 0 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		secret_room(&secret, sizes[i]);
		cr_expect_eq(secret.len, 0);
		memset(secret.p, 'x', sizes[i]);
		cr_expect_eq(secret.p[sizes[i]], '\0');
	}
	secret_free(&secret);
}

Test(secret, is_read_to_its_end_or_to_what_there_is_room_for)
{
	struct secret secret = { 0 };
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "12345678", 8), 8);
	(void)close(ends[1]);
	cr_assert(secret_read(&secret, ends[0], 3));
	cr_expect_str_eq((const char *)secret.p, "123");
	cr_assert(secret_read(&secret, ends[0], 100));
	cr_expect_str_eq((const char *)secret.p, "45678");
	cr_expect_eq(secret.len, 5);
	(void)close(ends[0]);
	cr_expect_not(secret_read(&secret, ends[0], 100));
	cr_expect_null(secret.p);
}
