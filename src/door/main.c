/* main.c - p11ca, the command. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/confine.h"
#include "p11ca/mem.h"
#include "p11ca/token.h"

/* Errors for programs are one object a line, with the rules if there are. */
static void
tell(const struct door *door, const struct args *args, const struct fault *f)
{
	char *json;

	(void)fflush(stdout);
	if (!door->json) {
		if (door->report != NULL && !door->quiet)
			report_print(stderr, door->report, false);
		print_fault(args->command != NULL ? args->command->name : NULL,
		    f);
		return;
	}
	json = wire_fault(f, door->report);
	(void)fprintf(stderr, "%s\n", json);
	mem_free(json);
}

static void
put(const char *text)
{
	ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

	(void)ignored;
}

/*
 * A module that gives up takes p11ca with it: SoftHSM does where it finds two
 * copies of one token.  Nothing but what was called can be said here.  Any other
 * abort goes on: the handler is reset by now.
 */
static void
aborted(int signal, siginfo_t *info, void *context)
{
	const char *function = token_calls();

	if (info->si_code != SI_TKILL || function == NULL) {
		(void)raise(signal);
		return;
	}
	put("p11ca: the module of the token ended p11ca in ");
	put(function);
	put("; expected a module that answers; look at what it says above. "
	    "SoftHSM: is there a copy of a token folder beside it? With "
	    "token.isolate: true a module ends its own process only\n");
	_exit(fault_exit_code(FAULT_TOKEN));
}

static void
watch_for_aborts(void)
{
	struct sigaction action = { .sa_flags =
					SA_SIGINFO | (int)SA_RESETHAND };

	action.sa_sigaction = aborted;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGABRT, &action, NULL);
}

static bool
answer(struct door *door, const struct args *args, struct fault *f)
{
	if (!args->help)
		return args->command->run(door, f);
	if (args->topic == NULL)
		help_all(&program, stdout);
	else
		(void)help_topic(&program, args->topic, stdout);
	return true;
}

int
main(int argc, char **argv)
{
	const char *const *words = (const char *const *)argv;
	struct args args;
	struct door door = { .args = &args };
	struct fault f = { 0 };
	int code = 0;

	confine();
	watch_for_aborts();
	door.json = args_has_flag(argc, words, "--json");
	door.quiet = args_has_flag(argc, words, "-q");
	door.verbose = args_has_flag(argc, words, "-v");
	print_set_quiet(door.quiet, door.json);
	if (!args_read(&program, argc, words, &args, &f) ||
	    !answer(&door, &args, &f)) {
		tell(&door, &args, &f);
		code = fault_exit_code(f.kind);
	} else if (!print_finish(&f)) {
		tell(&door, &args, &f);
		code = fault_exit_code(f.kind);
	} else if (door.refused) {
		code = 1;
	}
	door_close(&door);
	args_clear(&args);
	/* What a module that hangs does at the end of a process hangs, too. */
	if (token_was_abandoned()) {
		(void)fflush(NULL);
		_exit(code);
	}
	return code;
}
