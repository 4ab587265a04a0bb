/* main.c - p11ca, the command. */
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
