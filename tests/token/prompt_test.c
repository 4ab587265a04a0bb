/* prompt_test.c - a PIN typed at a terminal that shows nothing of it. */
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>

#include "../../src/token/internal.h"
#include "bench.h"

#define QUESTION "PIN of the token: "

/* A process with a terminal of its own, asking. */
struct asked {
	pid_t pid;
	int master; /* the person's side of the terminal */
	int answer; /* what the prompt gave, or what the fault says */
};

/* A thread as modules have them, which takes a signal when it is told to. */
static int tell_thread[2] = { -1, -1 };

static void *
take_the_signal(void *nothing)
{
	sigset_t none;
	char word;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	if (read(tell_thread[0], &word, 1) == 1)
		pthread_kill(pthread_self(), SIGTERM);
	return nothing;
}

static void
ask(int answer)
{
	pthread_t thread;
	struct secret pin = { 0 };
	struct fault f = { 0 };
	ssize_t n;
	bool ok;

	if (tell_thread[0] >= 0 &&
	    pthread_create(&thread, NULL, take_the_signal, NULL) != 0)
		_exit(8);
	ok = prompt_secret(QUESTION, &pin, &f);

	n = ok ? write(answer, pin.p, pin.len)
	       : write(answer, f.found, strlen(f.found));
	secret_free(&pin);
	_exit(n < 0 ? 9 : (ok ? 0 : 1));
}

/* Start it, and wait until the question is there. */
static struct asked
start(void)
{
	struct asked asked = { 0 };
	char seen[64] = "";
	size_t len = 0;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	asked.pid = forkpty(&asked.master, NULL, NULL, NULL);
	cr_assert_geq(asked.pid, 0);
	if (asked.pid == 0)
		ask(ends[1]);
	close(ends[1]);
	asked.answer = ends[0];
	while (strstr(seen, QUESTION) == NULL) {
		cr_assert_lt(len, sizeof(seen) - 1);
		cr_assert_eq(read(asked.master, seen + len, 1), 1);
		seen[++len] = '\0';
	}
	return asked;
}

static bool
echoes(int master)
{
	struct termios now;

	cr_assert_eq(tcgetattr(master, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

/* Type, wait for the end, and read what came of it. */
static int
type(struct asked *asked, const char *text, char *said, size_t size)
{
	int status = 0;
	ssize_t n;

	cr_assert_eq(write(asked->master, text, strlen(text)),
	    (ssize_t)strlen(text));
	cr_assert_eq(waitpid(asked->pid, &status, 0), asked->pid);
	n = read(asked->answer, said, size - 1);
	cr_assert_geq(n, 0);
	said[n] = '\0';
	return status;
}

TestSuite(prompt, .timeout = 20);

Test(prompt, takes_one_line_without_showing_it)
{
	struct asked asked = start();
	char said[256];
	int status;

	cr_expect_not(echoes(asked.master));
	status = type(&asked, "sesame 1\n", said, sizeof(said));
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	cr_expect_str_eq(said, "sesame 1");
	cr_expect(echoes(asked.master), "the echo is back");
}

Test(prompt, ended_by_a_key_gives_the_echo_back_first)
{
	struct asked asked = start();
	char said[256];
	int status = type(&asked, "sesa\x03", said, sizeof(said));

	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	cr_expect_str_empty(said);
	cr_expect(echoes(asked.master));
}

Test(prompt, ended_by_a_signal_that_another_thread_took_gives_the_echo_back)
{
	struct asked asked;
	int status = 0;

	cr_assert_eq(pipe(tell_thread), 0);
	asked = start();
	cr_assert_eq(write(tell_thread[1], "x", 1), 1);
	cr_assert_eq(waitpid(asked.pid, &status, 0), asked.pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	cr_expect(echoes(asked.master));
}

Test(prompt, closed_by_the_person_is_a_fault)
{
	struct asked asked = start();
	char said[256];
	int status = type(&asked, "\x04", said, sizeof(said));

	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	cr_expect_str_eq(said, "no PIN at the prompt");
	cr_expect(echoes(asked.master));
}

Test(prompt, without_a_terminal_is_a_fault)
{
	char said[256];
	int status = 0;
	int ends[2];
	ssize_t n;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		(void)setsid(); /* a child leads no group: this cannot fail */
		ask(ends[1]);
	}
	close(ends[1]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	n = read(ends[0], said, sizeof(said) - 1);
	cr_assert_geq(n, 0);
	said[n] = '\0';
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	cr_expect_str_eq(said, "no terminal to ask for the PIN");
}
