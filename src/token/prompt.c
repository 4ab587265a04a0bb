/* prompt.c - ask a person at the terminal, without echo. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_LEN 512

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

static volatile sig_atomic_t signal_seen;

static void
note_signal(int number)
{
	signal_seen = number;
}

struct signals {
	struct sigaction old[COUNT(caught)];
	sigset_t before;  /* the mask of the caller */
	sigset_t waiting; /* the same, with ours let through */
};

/*
 * Signals end the reading, so that the echo comes back before they act.  They
 * come through only while the prompt waits: one that came a moment before
 * would else go by, and the prompt would wait on.
 */
static void
signals_catch(struct signals *signals)
{
	struct sigaction action;
	sigset_t ours;

	memset(&action, 0, sizeof(action));
	action.sa_handler = note_signal;
	sigemptyset(&action.sa_mask);
	sigemptyset(&ours);
	for (size_t i = 0; i < COUNT(caught); i++)
		sigaddset(&ours, caught[i]);
	signal_seen = 0;
	sigprocmask(SIG_BLOCK, &ours, &signals->before);
	signals->waiting = signals->before;
	for (size_t i = 0; i < COUNT(caught); i++) {
		sigdelset(&signals->waiting, caught[i]);
		sigaction(caught[i], &action, &signals->old[i]);
	}
}

static void
signals_restore(const struct signals *signals)
{
	for (size_t i = 0; i < COUNT(caught); i++)
		sigaction(caught[i], &signals->old[i], NULL);
	if (signal_seen != 0)
		(void)raise(signal_seen);
	sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

static void
say(int tty, const char *text)
{
	ssize_t n = write(tty, text, strlen(text));

	(void)n; /* a terminal that takes no text gives no line either */
}

/* One line without its end; false: interrupted, closed, or too long. */
static bool
read_line(int tty, const sigset_t *waiting, struct secret *line)
{
	/* A thread of a module may take a signal in place of this one. */
	static const struct timespec look_again = { 0, 200000000 };
	struct pollfd wait = { tty, POLLIN, 0 };
	ssize_t n;

	secret_room(line, LINE_MAX_LEN);
	while (line->len < LINE_MAX_LEN) {
		unsigned char *at = line->p + line->len;

		int ready = ppoll(&wait, 1, &look_again, waiting);

		if (signal_seen != 0 || (ready < 0 && errno != EINTR))
			return false;
		if (ready != 1)
			continue;
		n = read(tty, at, 1);
		if (n != 1)
			return false;
		if (*at == '\n') {
			*at = '\0';
			return true;
		}
		line->len++;
	}
	return false;
}

bool
prompt_secret(const char *question, struct secret *out, struct fault *f)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios before, quiet;
	struct signals signals;
	bool ok = false;

	if (tty < 0 || tcgetattr(tty, &before) != 0) {
		fault_found(f, "no terminal to ask for the PIN");
		goto out;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	signals_catch(&signals);
	if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0) {
		say(tty, question);
		ok = read_line(tty, &signals.waiting, out);
		(void)tcsetattr(tty, TCSAFLUSH, &before);
		say(tty, "\n");
	}
	signals_restore(&signals);
	if (!ok) {
		secret_free(out);
		fault_found(f, "no PIN at the prompt");
	}
out:
	if (tty >= 0)
		close(tty);
	return ok ||
	    fault_raise(f, FAULT_TOKEN, "a PIN typed at the terminal",
		"run it in a terminal, or give the PIN with file:, fd: or "
		"credential:");
}
