/* options.c - a command line, read by a table. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 96
#define SEE_HELP "see \"p11ca help\""

/* What has been read so far. */
struct reader {
	const struct program *program;
	struct args *args;
	struct fault *f;
	int argc;
	const char *const *argv;
	int at;
	bool only_words; /* after "--" */
	bool stdin_taken;
};

static const char *
fit(char out[SHOWN_MAX], const char *text)
{
	return text_fit(out, SHOWN_MAX, bytes_of(text));
}

/* Every fault here ends with the page that helps. */
static bool
usage(struct reader *r, const char *want)
{
	const struct command *command = r->args->command;

	return fault_raise(r->f, FAULT_USAGE, want,
	    command != NULL ? command->see : SEE_HELP);
}

/* Is name one of the words of list, "--a --b"? */
static bool
is_among(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *p = list;

	while (p != NULL && *p != '\0') {
		size_t word = strcspn(p, " ");

		if (word == len && strncmp(p, name, len) == 0)
			return true;
		p += word;
		p += strspn(p, " ");
	}
	return false;
}

static const struct option *
find_in(const struct option *options, const char *name, size_t len,
    struct nearest *nearest)
{
	for (const struct option *o = options; o != NULL && o->name != NULL;
	     o++) {
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
		nearest_keep(nearest, o->name);
	}
	return NULL;
}

static const struct option *
find_option(struct reader *r, const char *name, size_t len)
{
	const struct command *command = r->args->command;
	char *word = mem_format("%.*s", (int)len, name);
	struct nearest nearest = { .word = word };
	const struct option *found = NULL;
	char shown[SHOWN_MAX], hint[2 * NEAREST_MAX];

	if (command != NULL)
		found = find_in(command->options, name, len, &nearest);
	if (found == NULL)
		found = find_in(r->program->everywhere, name, len, &nearest);
	if (found == NULL) {
		fault_found(r->f, "an unknown option \"%s\"%s%s",
		    fit(shown, word),
		    command == NULL ? " before the command" : "",
		    nearest_hint(&nearest, hint));
		(void)usage(r, NULL);
	}
	mem_free(word);
	return found;
}

/* Decimal, 0 to INT32_MAX. */
static bool
is_number(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 10 && strspn(text, "0123456789") == len &&
	    strtoll(text, NULL, 10) <= INT32_MAX;
}

static bool
is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);
	const char *p = choices;

	for (;;) {
		size_t word = strcspn(p, "|");

		if (len == word && strncmp(p, text, len) == 0)
			return true;
		if (p[word] == '\0')
			return false;
		p += word + 1;
	}
}

/* YYMMDDHHMMSS or YYYYMMDDHHMMSS; whether it is a date, a rule says. */
static bool
is_date_digits(const char *text)
{
	size_t len = strlen(text);

	return (len == 12 || len == 14) && strspn(text, "0123456789") == len;
}

/* Has the value the form of its kind? */
static bool
check_value(struct reader *r, const struct option *option, const char *value)
{
	const char *want = NULL;
	char shown[SHOWN_MAX];
	int64_t at;

	if (option->kind == VALUE_NUMBER && !is_number(value))
		want = "a whole number up to 2147483647";
	else if (option->kind == VALUE_DIGITS && !is_date_digits(value))
		want = "YYMMDDHHMMSS or YYYYMMDDHHMMSS, UTC";
	else if (option->kind == VALUE_TIME && !clock_from_text(value, &at))
		want = "a time such as 2026-01-15T12:00:00Z";
	else if (option->kind == VALUE_CHOICE &&
	    !is_choice(option->value, value))
		want = option->value;
	else if (value[0] == '\0')
		want = "a value that is not empty";
	if (want != NULL) {
		fault_found(r->f, "%s \"%s\"", option->name, fit(shown, value));
		return usage(r, want);
	}
	if (option->kind != VALUE_FILE || strcmp(value, "-") != 0)
		return true;
	if (r->stdin_taken) {
		fault_found(r->f, "standard input (-) named twice");
		return usage(r, "one file at most from standard input");
	}
	r->stdin_taken = true;
	return true;
}

/* The value behind "=", or the next argument. */
static bool
take_value(struct reader *r, const struct option *option, const char *equals,
    const char **value)
{
	const char *next = r->at + 1 < r->argc ? r->argv[r->at + 1] : NULL;

	*value = NULL;
	if (option->kind == VALUE_NONE) {
		if (equals == NULL)
			return true;
		fault_found(r->f, "a value for %s", option->name);
		return usage(r, "that option without a value");
	}
	if (equals != NULL) {
		*value = equals + 1;
	} else if (next != NULL && (next[0] != '-' || next[1] == '\0')) {
		*value = next;
		r->at++;
	} else {
		fault_found(r->f, "%s without its value", option->name);
		return usage(r, "a value after it, or --NAME=VALUE");
	}
	return check_value(r, option, *value);
}

static bool
take_option(struct reader *r, const char *arg)
{
	const char *equals =
	    strncmp(arg, "--", 2) == 0 ? strchr(arg, '=') : NULL;
	size_t len = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
	const struct option *option = find_option(r, arg, len);
	const char *value;

	if (option == NULL)
		return false;
	if (args_flag(r->args, option->name) && !option->repeats) {
		fault_found(r->f, "%s given twice", option->name);
		return usage(r, "it once at most");
	}
	if (!take_value(r, option, equals, &value))
		return false;
	r->args->given[r->args->givens++] = (struct given){ option, value };
	return true;
}

/* Is it the name of a command, or the first word of some? */
static bool
find_command(struct reader *r, const char *topic)
{
	size_t len = strlen(topic);
	bool is_group = false;

	for (size_t i = 0; i < r->program->count; i++) {
		const struct command *row = &r->program->commands[i];

		if (strcmp(row->name, topic) == 0)
			r->args->command = row;
		else if (strncmp(row->name, topic, len) == 0 &&
		    row->name[len] == ' ')
			is_group = true;
	}
	return is_group || r->args->command != NULL;
}

/* A word of the command's name: the first, or the second of a group. */
static bool
take_name(struct reader *r, const char *arg)
{
	struct args *args = r->args;
	char *topic = args->topic == NULL
	    ? mem_text(arg)
	    : mem_format("%s %s", args->topic, arg);
	struct nearest nearest = { .word = topic };
	char shown[SHOWN_MAX], hint[2 * NEAREST_MAX];

	if (!find_command(r, topic)) {
		nearest_command(&nearest, r->program);
		fault_found(r->f, "an unknown command \"%s\"%s",
		    fit(shown, topic), nearest_hint(&nearest, hint));
		mem_free(topic);
		return usage(r, NULL);
	}
	mem_free(args->topic);
	args->topic = topic;
	return true;
}

static bool
take_word(struct reader *r, const char *arg)
{
	const struct command *command = r->args->command;
	char shown[SHOWN_MAX];

	if (command == NULL)
		return take_name(r, arg);
	if (r->args->words == command->max && !r->args->help) {
		fault_found(r->f, "one word too many, \"%s\"", fit(shown, arg));
		return usage(r,
		    command->max == 0 ? "options only" : "fewer words");
	}
	if (arg[0] == '\0') {
		fault_found(r->f, "an empty word");
		return usage(r, command->word);
	}
	r->args->word[r->args->words++] = arg;
	return true;
}

static bool
is_of(const struct command *command, const struct option *option)
{
	const struct option *o = command->options;

	while (o != NULL && o->name != NULL && o != option)
		o++;
	return o == option;
}

/* Cannot both stand in one command line. */
static bool
exclude_each_other(const struct command *command, const struct option *a,
    const struct option *b)
{
	if (is_among(a->against, b->name))
		return true;
	if (a == b)
		return false;
	return a->need == NEED_NO_OTHER
	    ? is_of(command, b)
	    : a->need >= NEED_ONE_OF && b->need == a->need;
}

/* What the options need and exclude among each other. */
static bool
options_agree(struct reader *r)
{
	const struct args *args = r->args;

	for (size_t i = 0; i < args->givens; i++)
		for (size_t j = 0; j < args->givens; j++) {
			const struct option *a = args->given[i].option;
			const struct option *b = args->given[j].option;

			if (!exclude_each_other(args->command, a, b))
				continue;
			fault_found(r->f, "%s and %s together", a->name,
			    b->name);
			return usage(r, "one of them");
		}
	return true;
}

/* Exactly one of a group: that there are not two has been seen to. */
static bool
one_is_there(struct reader *r, enum option_need group)
{
	const struct option *option = r->args->command->options;
	struct buf choices = { 0 };
	bool chosen = false;

	for (; option != NULL && option->name != NULL; option++) {
		if (option->need != group)
			continue;
		chosen = chosen || args_flag(r->args, option->name);
		buf_printf(&choices, "%s%s", choices.len > 0 ? ", " : "",
		    option->name);
	}
	chosen = chosen || choices.len == 0;
	if (!chosen) {
		fault_found(r->f, "none of %s", buf_text(&choices));
		(void)usage(r, "one of them");
	}
	buf_free(&choices);
	return chosen;
}

static bool
stands_for_all(const struct args *args)
{
	for (size_t i = 0; i < args->givens; i++)
		if (args->given[i].option->need == NEED_NO_OTHER)
			return true;
	return false;
}

static bool
nothing_is_missing(struct reader *r)
{
	const struct option *option = r->args->command->options;

	if (stands_for_all(r->args))
		return true;
	for (; option != NULL && option->name != NULL; option++) {
		bool is_given = args_flag(r->args, option->name);

		if (option->need == NEED_IT && !is_given) {
			fault_found(r->f, "no %s, which is required",
			    option->name);
			return usage(r, NULL);
		}
		if (is_given && option->with != NULL &&
		    !args_flag(r->args, option->with)) {
			fault_found(r->f, "%s without %s", option->name,
			    option->with);
			return usage(r, "both or neither");
		}
	}
	return one_is_there(r, NEED_ONE_OF) && one_is_there(r, NEED_ONE_OF_TOO);
}

/* Nothing was refused on the way; is it whole? */
static bool
complete(struct reader *r)
{
	struct args *args = r->args;

	if (args->help)
		return true;
	if (args_flag(args, "--version")) {
		args->command = NULL;
		return find_command(r, "version");
	}
	if (args->command == NULL && args->topic != NULL) {
		fault_found(r->f, "\"%s\" without its second word",
		    args->topic);
		return usage(r, "one of its commands");
	}
	if (args->command == NULL) {
		fault_found(r->f, "no command");
		return usage(r, "p11ca COMMAND");
	}
	if (args->words < args->command->min) {
		fault_found(r->f,
		    args->words == 0 ? "no %s" : "too few words for %s",
		    args->command->word);
		return usage(r, NULL);
	}
	return options_agree(r) && nothing_is_missing(r);
}

bool
args_read(const struct program *all, int argc, const char *const *argv,
    struct args *out, struct fault *f)
{
	struct reader r = { .program = all, .args = out, .f = f };
	bool ok = true;

	memset(out, 0, sizeof(*out));
	out->word = mem_array((size_t)argc + 1, sizeof(*out->word));
	out->given = mem_array((size_t)argc + 1, sizeof(*out->given));
	out->help = args_has_flag(argc, argv, "--help") ||
	    args_has_flag(argc, argv, "-h");
	r.argc = argc;
	r.argv = argv;
	for (r.at = 1; ok && r.at < argc; r.at++) {
		const char *arg = argv[r.at];

		if (!r.only_words && strcmp(arg, "--") == 0)
			r.only_words = true;
		else if (!r.only_words && arg[0] == '-' && arg[1] != '\0')
			ok = take_option(&r, arg);
		else
			ok = take_word(&r, arg);
	}
	return ok && complete(&r);
}

void
args_clear(struct args *args)
{
	mem_free(args->topic);
	mem_free(args->word);
	mem_free(args->given);
	memset(args, 0, sizeof(*args));
}

bool
args_has_flag(int argc, const char *const *argv, const char *name)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

static const struct given *
find_given(const struct args *args, const char *option)
{
	for (size_t i = 0; i < args->givens; i++)
		if (strcmp(args->given[i].option->name, option) == 0)
			return &args->given[i];
	return NULL;
}

const char *
args_text(const struct args *args, const char *option)
{
	const struct given *given = find_given(args, option);

	return given != NULL ? given->value : NULL;
}

bool
args_flag(const struct args *args, const char *option)
{
	return find_given(args, option) != NULL;
}

int
args_number(const struct args *args, const char *option, int otherwise)
{
	const char *text = args_text(args, option);

	return text != NULL ? (int)strtol(text, NULL, 10) : otherwise;
}

const char *
args_word(const struct args *args, size_t i)
{
	return i < args->words ? args->word[i] : NULL;
}

const char **
args_all(const struct args *args, const char *option)
{
	const char **all = mem_array(args->givens + 1, sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < args->givens; i++)
		if (strcmp(args->given[i].option->name, option) == 0)
			all[count++] = args->given[i].value;
	return all;
}
