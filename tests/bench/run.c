/*
 * run.c - time commands against each other, taking turns.
 *
 *   bench-run ROUNDS [-b BEFORE] [-t] -- COMMAND... [-- COMMAND...]...
 *
 * Each round runs every command once, whole process and all; BEFORE, a line for
 * the shell, prepares each of them outside of the measured time.  One line a
 * command: median and minimum of the wall clock in microseconds, the median of
 * user and system time, the peak of resident memory in KiB.  A command may begin
 * with NAME=VALUE for its environment.  What they print is thrown away, but with
 * -t it begins with the nanoseconds that are taken for the wall clock; one that
 * does not end with 0 ends all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS 16
#define ROUNDS_MAX 1000
#define WARM_UP 2

struct contender {
	char **argv;
	char **env;	       /* NULL: ours */
	long wall[ROUNDS_MAX]; /* microseconds */
	long cpu[ROUNDS_MAX];
	long peak; /* KiB */
};

static struct contender contenders[COMMANDS];
static size_t count;
static FILE *said; /* what a command printed; NULL: nobody wants to know */

static void
give_up(const char *what)
{
	(void)fprintf(stderr, "bench-run: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long
of_timeval(struct timeval t)
{
	return (long)t.tv_sec * 1000000 + (long)t.tv_usec;
}

/* Our environment and one variable more. */
static char **
with_variable(char *variable)
{
	size_t n = 0;
	char **env;

	while (environ[n] != NULL)
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (env == NULL)
		give_up("environment");
	memcpy(env, environ, n * sizeof(*env));
	env[n] = variable;
	return env;
}

static void
become(const struct contender *one)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 ||
	    dup2(said != NULL ? fileno(said) : null, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(126);
	(void)execvpe(one->argv[0], one->argv,
	    one->env != NULL ? one->env : environ);
	_exit(127);
}

static void
forget_said(void)
{
	if (said != NULL &&
	    (ftruncate(fileno(said), 0) != 0 ||
		lseek(fileno(said), 0, SEEK_SET) != 0))
		give_up("what is printed");
}

static long
said_microseconds(void)
{
	char text[64] = "";

	if (pread(fileno(said), text, sizeof(text) - 1, 0) <= 0)
		give_up("what was printed");
	return strtol(text, NULL, 10) / 1000;
}

/* One run of one command; round < 0: not counted. */
static void
run(struct contender *one, long round)
{
	struct rusage used;
	int status;
	long start;
	pid_t pid;

	forget_said();
	start = now();
	pid = vfork();
	if (pid == 0)
		become(one);
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		give_up(one->argv[0]);
	if (round >= 0) {
		one->wall[round] =
		    said != NULL ? said_microseconds() : now() - start;
		one->cpu[round] =
		    of_timeval(used.ru_utime) + of_timeval(used.ru_stime);
	}
	if (status != 0) {
		errno = ECHILD;
		give_up(one->argv[0]);
	}
	if (used.ru_maxrss > one->peak)
		one->peak = used.ru_maxrss;
}

static int
by_value(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long
median(long *values, long n)
{
	qsort(values, (size_t)n, sizeof(*values), by_value);
	return n % 2 != 0 ? values[n / 2]
			  : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Cut the words at "--". */
static void
read_commands(char **argv)
{
	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") != 0)
			continue;
		*argv = NULL;
		if (argv[1] == NULL || count == COMMANDS) {
			errno = EINVAL;
			give_up("commands");
		}
		if (strchr(argv[1], '=') != NULL)
			contenders[count].env = with_variable(*++argv);
		contenders[count++].argv = argv + 1;
	}
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	const char *before = NULL;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		errno = EINVAL;
		give_up("rounds");
	}
	argv += 2;
	if (*argv != NULL && strcmp(*argv, "-b") == 0 && argv[1] != NULL) {
		before = argv[1];
		argv += 2;
	}
	if (*argv != NULL && strcmp(*argv, "-t") == 0) {
		said = tmpfile();
		if (said == NULL)
			give_up("a temporary file");
		argv++;
	}
	read_commands(argv);
	for (long round = -WARM_UP; round < rounds; round++)
		for (size_t i = 0; i < count; i++) {
			if (before != NULL && system(before) != 0)
				give_up(before);
			run(&contenders[i], round);
		}
	for (size_t i = 0; i < count; i++) {
		struct contender *one = &contenders[i];
		long middle = median(one->wall, rounds);

		(void)printf("%ld %ld %ld %ld\n", middle, one->wall[0],
		    median(one->cpu, rounds), one->peak);
	}
	return 0;
}
