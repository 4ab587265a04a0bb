/* process.c - which process is at work.
 *
 * A number alone says little: it is given to another process soon, or after
 * the next start of the machine.  When the process began tells it from those,
 * in ticks since the machine did, and the id of the boot says which start. */
#include "p11ca/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOOT_MAX 40   /* a UUID, and a NUL */
#define STAT_MAX 1024 /* a line of /proc/PID/stat takes about 300 */
#define STATE_FIELD 3 /* proc(5) */
#define START_FIELD 22

/* What a text of process_self() says. */
struct process {
	char boot[BOOT_MAX];
	long pid;
	unsigned long long start; /* 0: not known */
};

/* Read the start of a small file; false when there is nothing to read. */
static bool
read_text(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = -1;

	if (fd >= 0) {
		do
			len = read(fd, out, size - 1);
		while (len < 0 && errno == EINTR);
		(void)close(fd);
	}
	out[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* "-" where the system has none. */
static void
boot_id(char out[BOOT_MAX])
{
	if (!read_text("/proc/sys/kernel/random/boot_id", out, BOOT_MAX))
		(void)snprintf(out, BOOT_MAX, "-");
	out[strcspn(out, " \n")] = '\0';
}

/* A field of the line, counted from 1.  The second is a name that can hold
 * anything: what follows starts after the last bracket. */
static const char *
stat_field(const char *line, int field)
{
	const char *p = strrchr(line, ')');

	for (int n = 2; p != NULL && n < field; n++) {
		p = strchr(p, ' ');
		if (p != NULL)
			p++;
	}
	return p;
}

/* When it began, and whether it has ended already (its parent has not asked
 * how, so that the number is still taken).  False: nothing to be seen. */
static bool
process_look(long pid, unsigned long long *start, bool *ended)
{
	char path[64];
	char line[STAT_MAX];
	const char *state, *began;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	if (!read_text(path, line, sizeof(line)))
		return false;
	state = stat_field(line, STATE_FIELD);
	began = stat_field(line, START_FIELD);
	if (state == NULL || began == NULL)
		return false;
	*ended = *state == 'Z' || *state == 'X';
	*start = strtoull(began, NULL, 10);
	return true;
}

const char *
process_self(char out[PROCESS_TEXT_MAX])
{
	struct process self = { .pid = (long)getpid() };
	bool ended;

	boot_id(self.boot);
	if (!process_look(self.pid, &self.start, &ended))
		self.start = 0;
	(void)snprintf(out, PROCESS_TEXT_MAX, "%s %ld %llu", self.boot,
	    self.pid, self.start);
	return out;
}

/* It must be written exactly as process_self() writes it. */
static bool
process_from_text(const char *text, struct process *out)
{
	size_t boot_len = strcspn(text, " ");
	char again[PROCESS_TEXT_MAX];
	char *rest;

	memset(out, 0, sizeof(*out));
	if (boot_len >= sizeof(out->boot))
		return false;
	memcpy(out->boot, text, boot_len);
	out->pid = strtol(text + boot_len, &rest, 10);
	out->start = strtoull(rest, NULL, 10);
	(void)snprintf(again, sizeof(again), "%s %ld %llu", out->boot, out->pid,
	    out->start);
	return out->pid > 0 && out->pid <= INT_MAX && strcmp(text, again) == 0;
}

/* Where the system hides other processes, their numbers can still be asked
 * for: better one too many that is taken to be there than one too few. */
static bool
number_is_taken(long pid)
{
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

bool
process_is_there(const char *text)
{
	struct process asked;
	char boot[BOOT_MAX];
	unsigned long long start;
	bool ended;

	boot_id(boot);
	if (!process_from_text(text, &asked) || strcmp(asked.boot, boot) != 0)
		return false;
	if (!process_look(asked.pid, &start, &ended))
		return number_is_taken(asked.pid);
	return !ended && (asked.start == 0 || asked.start == start);
}
