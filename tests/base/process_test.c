/* process_test.c - a process is told from others of the same number. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p11ca/process.h"

/* The text of a child that waits, as the child itself says it. */
static pid_t
child_start(char text[PROCESS_TEXT_MAX])
{
	int ends[2];
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		char mine[PROCESS_TEXT_MAX] = "";

		(void)process_self(mine);
		if (write(ends[1], mine, sizeof(mine)) != sizeof(mine))
			_exit(1);
		for (;;)
			pause();
	}
	cr_assert_eq(read(ends[0], text, PROCESS_TEXT_MAX), PROCESS_TEXT_MAX);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

Test(process, is_there_while_it_runs)
{
	char text[PROCESS_TEXT_MAX];
	char again[PROCESS_TEXT_MAX];

	cr_expect_str_eq(process_self(text), text);
	cr_expect(process_is_there(text), "%s", text);
	cr_expect_str_eq(process_self(again), text);
}

Test(process, says_boot_number_and_start)
{
	char text[PROCESS_TEXT_MAX];
	char number[32];

	(void)process_self(text);
	snprintf(number, sizeof(number), " %ld ", (long)getpid());
	cr_expect_eq(strcspn(text, " "), 36, "%s", text);
	cr_expect_eq(strstr(text, number), text + 36, "%s", text);
	cr_expect_gt(strtoull(strrchr(text, ' '), NULL, 10), 0, "%s", text);
}

Test(process, is_gone_when_it_has_ended)
{
	char text[PROCESS_TEXT_MAX];
	pid_t pid = child_start(text);
	siginfo_t how;

	cr_expect(process_is_there(text), "%s", text);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	/* Ended, but its number is still taken. */
	cr_assert_eq(waitid(P_PID, (id_t)pid, &how, WEXITED | WNOWAIT), 0);
	cr_assert_eq(kill(pid, 0), 0);
	cr_expect_not(process_is_there(text), "%s", text);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_expect_not(process_is_there(text), "%s", text);
}

Test(process, of_another_boot_or_start_is_gone)
{
	char text[PROCESS_TEXT_MAX];
	char other[PROCESS_TEXT_MAX];
	size_t last;

	(void)process_self(text);
	memcpy(other, text, sizeof(other));
	other[0] = other[0] == '0' ? '1' : '0';
	cr_expect_not(process_is_there(other), "%s", other);
	memcpy(other, text, sizeof(other));
	last = strlen(other) - 1;
	other[last] = other[last] == '0' ? '1' : '0';
	cr_expect_not(process_is_there(other), "%s", other);
}

/* Of what was noted without a start, the number is all there is. */
Test(process, without_a_start_is_known_by_its_number)
{
	char text[PROCESS_TEXT_MAX];

	(void)process_self(text);
	strcpy(strrchr(text, ' '), " 0");
	cr_expect(process_is_there(text), "%s", text);
}

/* A name with brackets and blanks must not move the fields. */
Test(process, may_have_any_name)
{
	char before[PROCESS_TEXT_MAX];
	char after[PROCESS_TEXT_MAX];
	FILE *name = fopen("/proc/self/comm", "w");

	cr_assert_not_null(name);
	(void)process_self(before);
	fputs("a) Z 1 (b", name);
	cr_assert_eq(fclose(name), 0);
	cr_expect_str_eq(process_self(after), before);
	cr_expect(process_is_there(before));
}

/* %s is the boot id of now. */
static const char *const wrong[] = {
	"",
	" ",
	"%s",
	"%s ",
	"%s 1",
	"%s 0 0",
	"%s -1 0",
	"%s  1 0",
	"%s 01 0",
	"%s 1 0 ",
	"%s 1 0x",
	"%s +1 0",
	"%s 4294967297 0",
	"%s 99999999999999999999 0",
	"%s 1 99999999999999999999999",
	"%s one 0",
	"1 %s 0",
};

Test(process, what_is_no_such_text_is_no_process)
{
	char text[PROCESS_TEXT_MAX];
	char boot[PROCESS_TEXT_MAX];

	(void)process_self(text);
	snprintf(boot, sizeof(boot), "%.*s", (int)strcspn(text, " "), text);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		const char *at = strstr(wrong[i], "%s");
		char spoiled[2 * PROCESS_TEXT_MAX];

		snprintf(spoiled, sizeof(spoiled), "%.*s%s%s",
		    at != NULL ? (int)(at - wrong[i]) : 0, wrong[i],
		    at != NULL ? boot : "", at != NULL ? at + 2 : wrong[i]);
		cr_expect_not(process_is_there(spoiled), "\"%s\"", spoiled);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_expect_not(process_is_there(text));
}
