/* home.c - init, config, doctor: the home as a whole. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 512

/* Where there is a trial token, a CA; else see to the token first. */
static void
say_what_is_next(const struct door *door, const struct init_request *made)
{
	const char *before = "next";
	const char *rest = "doctor";

	if (made->softhsm)
		rest = "create --type ROOT --name root "
		       "--key-algorithm EC_prime256v1 --subject \"CN=Root\"";
	else if (made->module == NULL || made->token_uri == NULL)
		before = "next: name the token in p11ca.yaml there "
			 "(token.module, token.uri), then";
	hint_next(door, before, mem_text(rest));
}

bool
run_init(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	struct init_request request = {
		.home = door_home(door),
		.region = args_text(args, "--region"),
		.account = args_text(args, "--account"),
		.softhsm = args_flag(args, "--softhsm"),
		.module = args_text(args, "--module"),
		.token_uri = args_text(args, "--token"),
		.pin = args_text(args, "--pin"),
	};
	struct wire_pair pair = { "Home", request.home };
	char home[SHOWN_MAX];

	if (!p11ca_init(&request, f))
		return false;
	if (door->json) {
		print_json(wire_object(&pair, 1));
		return true;
	}
	(void)puts(text_fit(home, sizeof(home), bytes_of(request.home)));
	say_what_is_next(door, &request);
	return true;
}

/* Needs the settings only: a store that is broken is no hindrance. */
bool
run_config(struct door *door, struct fault *f)
{
	struct table table = { .columns = 3 };
	struct conf *conf = NULL;
	struct conf_line *lines;
	char shown[SHOWN_MAX];
	size_t count = 0;

	if (!conf_load(door_home(door), &conf, f))
		return false;
	lines = conf_lines(conf, &count);
	for (size_t i = 0; i < count; i++) {
		const struct wire_pair pairs[] = {
			{ "key", lines[i].key },
			{ "value", lines[i].value },
			{ "source", lines[i].source },
		};

		if (door->json) {
			print_json(wire_object(pairs, COUNT(pairs)));
			continue;
		}
		table_cell(&table, lines[i].key);
		table_cell(&table,
		    text_fit(shown, sizeof(shown), bytes_of(lines[i].value)));
		table_painted(&table, PAINT_DIM, lines[i].source);
	}
	table_print(&table, stdout);
	table_free(&table);
	conf_free_lines(lines, count);
	conf_free(conf);
	return true;
}

/* clang-format off */
static const struct {
	const char *mark;
	enum paint paint;
} marks[] = {
	[DOCTOR_OK] = { "ok", PAINT_GOOD },
	[DOCTOR_WARN] = { "warn", PAINT_WARN },
	[DOCTOR_BAD] = { "FAIL", PAINT_BAD },
};
/* clang-format on */

static void
print_finding(const struct door *door, const struct doctor_line *line)
{
	char *todo = line->todo != NULL ? hint_fill(door, line->todo) : NULL;
	const struct wire_pair pairs[] = {
		{ "mark", marks[line->mark].mark },
		{ "about", line->about },
		{ "found", line->found },
		{ "todo", todo },
	};

	if (door->json) {
		print_json(wire_object(pairs, COUNT(pairs)));
	} else {
		print_painted(stdout, marks[line->mark].paint,
		    marks[line->mark].mark, 6);
		print_painted(stdout, PAINT_PLAIN, line->about, 10);
		(void)printf("%s\n", line->found);
	}
	if (!door->json && todo != NULL)
		(void)printf("%16sto do: %s\n", "", todo);
	mem_free(todo);
}

bool
run_doctor(struct door *door, struct fault *f)
{
	struct doctor doctor = { 0 };

	action_doctor(door_home(door), print_warning, &doctor);
	for (size_t i = 0; i < doctor.count; i++)
		if (!door->quiet || doctor.line[i].mark != DOCTOR_OK)
			print_finding(door, &doctor.line[i]);
	door->refused = doctor.bad;
	doctor_free(&doctor);
	return true;
}
