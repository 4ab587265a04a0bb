/* options_test.c - the parser of command lines, and the tables it reads. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/door/internal.h"
#include "p11ca/mem.h"

#define WORDS_MAX 24

static const struct option everywhere[] = {
	{ .name = "--json", .text = "as JSON" },
	{ .name = "--home", .kind = VALUE_DIR, .value = "DIR", .text = "home" },
	{ .name = "-q", .text = "quiet", .against = "-v" },
	{ .name = "-v", .text = "verbose" },
	{ .name = "--help", .text = "help" },
	{ .name = "--version", .text = "version" },
	{ .name = NULL },
};

static const struct option make_options[] = {
	{ .name = "--type",
	    .kind = VALUE_CHOICE,
	    .value = "ROOT|SUBORDINATE",
	    .text = "type",
	    .need = NEED_IT },
	{ .name = "--file", .kind = VALUE_FILE, .value = "F", .text = "file" },
	{ .name = "--other", .kind = VALUE_FILE, .value = "F", .text = "file" },
	{ .name = "--days",
	    .kind = VALUE_NUMBER,
	    .value = "N",
	    .text = "days" },
	{ .name = "--at", .kind = VALUE_TIME, .value = "TIME", .text = "at" },
	{ .name = "--tag",
	    .kind = VALUE_WORD,
	    .value = "TAG",
	    .text = "tag",
	    .repeats = true },
	{ .name = "--yes", .text = "yes", .against = "--ask --days" },
	{ .name = "--ask", .text = "ask" },
	{ .name = NULL },
};

static const struct option pick_options[] = {
	{ .name = "--ca",
	    .kind = VALUE_CA,
	    .value = "CA",
	    .text = "ca",
	    .need = NEED_ONE_OF },
	{ .name = "--csr",
	    .kind = VALUE_FILE,
	    .value = "F",
	    .text = "csr",
	    .need = NEED_ONE_OF },
	{ .name = NULL },
};

static const struct option choose_options[] = {
	{ .name = "--one", .text = "one", .need = NEED_ONE_OF },
	{ .name = "--two", .text = "two", .need = NEED_ONE_OF },
	{ .name = "--red", .text = "red", .need = NEED_ONE_OF_TOO },
	{ .name = "--end",
	    .kind = VALUE_DIGITS,
	    .value = "DIGITS",
	    .text = "end",
	    .need = NEED_ONE_OF_TOO },
	{ .name = "--into", .text = "into", .with = "--two" },
	{ .name = "--all", .text = "all", .need = NEED_NO_OTHER },
	{ .name = NULL },
};

static const struct command toy_commands[] = {
	{ .name = "make",
	    .see = "see make",
	    .word = "CA",
	    .min = 1,
	    .max = 2,
	    .options = make_options },
	{ .name = "pick",
	    .see = "see pick",
	    .word = "",
	    .options = pick_options },
	{ .name = "choose",
	    .see = "see choose",
	    .word = "",
	    .options = choose_options },
	{ .name = "token list", .see = "see token list", .word = "" },
	{ .name = "token show", .see = "see token show", .word = "", .max = 1 },
	{ .name = "version", .see = "see version", .word = "" },
};

static const struct program toy = { toy_commands, COUNT(toy_commands),
	everywhere };

/* A line cut at its blanks; "..." holds a word together. */
struct line {
	char text[512];
	const char *word[WORDS_MAX];
	int count;
};

static void
line_cut(struct line *line, const char *text)
{
	char *p = line->text;

	cr_assert_lt(strlen(text), sizeof(line->text));
	(void)strcpy(line->text, text);
	line->count = 0;
	while (*p != '\0') {
		char end = *p == '"' ? '"' : ' ';

		p += *p == '"' ? 1 : 0;
		cr_assert_lt(line->count, WORDS_MAX);
		line->word[line->count++] = p;
		p += strcspn(p, (char[]){ end, '\0' });
		if (*p != '\0')
			*p++ = '\0';
		p += strspn(p, " ");
	}
}

static bool
read_line(const char *text, struct line *line, struct args *args,
    struct fault *f)
{
	line_cut(line, text);
	return args_read(&toy, line->count, line->word, args, f);
}

static const struct {
	const char *line;
	const char *found;
	const char *want; /* or NULL */
} refused[] = {
	{ "p", "no command", "p11ca COMMAND" },
	{ "p mkae CA", "\"mkae\" (did you mean make?)", NULL },
	{ "p tokn list", "\"tokn\" (did you mean token?)", NULL },
	{ "p token lst", "(did you mean token list?)", NULL },
	{ "p zzzzzz", "an unknown command \"zzzzzz\"", NULL },
	{ "p token", "\"token\" without its second word",
	    "one of its commands" },
	{ "p --type ROOT make a", "\"--type\" before the command", NULL },
	{ "p make a --type ROOT --fiel x", "(did you mean --file?)", NULL },
	{ "p make a --type ROOT --jsno", "(did you mean --json?)", NULL },
	{ "p make a --typ ROOT", "\"--typ\" (did you mean --type?)", NULL },
	{ "p make a --ty=ROOT", "unknown option \"--ty\"", NULL },
	{ "p make a --type ROOT -x", "unknown option \"-x\"", NULL },
	{ "p make a --type", "--type without its value", "a value after it" },
	{ "p make a --file --type ROOT", "--file without its value",
	    "a value after it" },
	{ "p make a --type=", "--type \"\"", "ROOT|SUBORDINATE" },
	{ "p make a --type ROOT --tag=", "--tag \"\"", "not empty" },
	{ "p make a --type root", "--type \"root\"", "ROOT|SUBORDINATE" },
	{ "p make a --type ROOT|SUBORDINATE", "--type", "ROOT|SUBORDINATE" },
	{ "p make a --type ROO", "--type \"ROO\"", "ROOT|SUBORDINATE" },
	{ "p make a --type ROOT --type ROOT", "--type given twice", "once" },
	{ "p --json make a --type ROOT --json", "--json given twice", "once" },
	{ "p make a --type ROOT --yes=1", "a value for --yes",
	    "without a value" },
	{ "p make a --type ROOT --days 7d", "--days \"7d\"", "whole number" },
	{ "p make a --type ROOT --days=-7", "--days \"-7\"", "whole number" },
	{ "p make a --type ROOT --days 2147483648", "2147483648",
	    "whole number" },
	{ "p make a --type ROOT --days 99999999999999999999", "9999",
	    "whole number" },
	{ "p make a --type ROOT --at yesterday", "--at \"yesterday\"",
	    "a time such as" },
	{ "p make a --type ROOT --yes --ask", "--yes and --ask together",
	    "one of them" },
	{ "p make a --type ROOT --days 7 --yes", "--yes and --days together",
	    "one of them" },
	{ "p -q -v token list", "-q and -v together", "one of them" },
	{ "p make --type ROOT", "no CA", NULL },
	{ "p make a", "no --type, which is required", NULL },
	{ "p make a b c --type ROOT", "one word too many, \"c\"",
	    "fewer words" },
	{ "p token list x", "one word too many, \"x\"", "options only" },
	{ "p token list -- --json", "one word too many, \"--json\"",
	    "options only" },
	{ "p make \"\" --type ROOT", "an empty word", "CA" },
	{ "p make a --type ROOT --file - --other -", "named twice",
	    "one file at most" },
	{ "p pick", "none of --ca, --csr", "one of them" },
	{ "p pick --ca a --csr b", "--ca and --csr together", "one of them" },
	{ "p choose --one", "none of --red, --end", "one of them" },
	{ "p choose --red", "none of --one, --two", "one of them" },
	{ "p choose --one --two --red", "--one and --two together",
	    "one of them" },
	{ "p choose --one --red --end 300102030405", "--red and --end together",
	    "one of them" },
	{ "p choose --all --one", "--all and --one together", "one of them" },
	{ "p choose --into --all", "--all and --into together", "one of them" },
	{ "p choose --all --all", "--all given twice", "once" },
	{ "p choose --one --red --into", "--into without --two",
	    "both or neither" },
	{ "p choose --one --end 3001020304", "--end \"3001020304\"",
	    "YYMMDDHHMMSS" },
	{ "p choose --one --end 2030010203040506", "--end \"20300102",
	    "YYMMDDHHMMSS" },
	{ "p choose --one --end 30010203040x", "--end \"30010203040x\"",
	    "YYMMDDHHMMSS" },
};

Test(options, refuses_what_it_cannot_mean)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct fault f = { 0 };
		struct args args;
		struct line line;

		cr_assert_not(read_line(refused[i].line, &line, &args, &f),
		    "%s", refused[i].line);
		cr_expect_eq(f.kind, FAULT_USAGE, "%s", refused[i].line);
		cr_expect(strstr(f.found, refused[i].found), "%s: %s",
		    refused[i].line, f.found);
		if (refused[i].want == NULL)
			cr_expect_null(f.want, "%s: %s", refused[i].line,
			    f.want);
		else
			cr_expect(f.want != NULL &&
				strstr(f.want, refused[i].want),
			    "%s: %s", refused[i].line, f.want);
		cr_expect_not_null(f.todo);
		args_clear(&args);
	}
}

/* What option of the line has what value. */
static const struct {
	const char *line;
	const char *option; /* or NULL: the first word */
	const char *value;
} taken[] = {
	{ "p make issuing --type ROOT", NULL, "issuing" },
	{ "p make issuing --type ROOT", "--type", "ROOT" },
	{ "p make --type=SUBORDINATE issuing", "--type", "SUBORDINATE" },
	{ "p make --type=SUBORDINATE issuing", NULL, "issuing" },
	{ "p --home /h make a --type ROOT", "--home", "/h" },
	{ "p make a --type ROOT --home /h", "--home", "/h" },
	{ "p make a --type ROOT --tag=a=b", "--tag", "a=b" },
	{ "p make a --type ROOT --tag=--yes", "--tag", "--yes" },
	{ "p make a --type ROOT --file -", "--file", "-" },
	{ "p make - --type ROOT", NULL, "-" },
	{ "p make --type ROOT -- --type", NULL, "--type" },
	{ "p make --type ROOT -- -", NULL, "-" },
	{ "p make a --type ROOT --days 7", "--days", "7" },
	{ "p make a --type ROOT --at 2026-01-15T12:00:00Z", "--at",
	    "2026-01-15T12:00:00Z" },
	{ "p token --json show x", NULL, "x" },
	{ "p pick --csr f", "--csr", "f" },
	{ "p token show -- token", NULL, "token" },
	{ "p choose --one --end 300102030405", "--end", "300102030405" },
	{ "p choose --two --into --end 20300102030405", "--end",
	    "20300102030405" },
};

Test(options, takes_words_and_values_wherever_they_stand)
{
	for (size_t i = 0; i < COUNT(taken); i++) {
		struct fault f = { 0 };
		struct args args;
		struct line line;

		cr_assert(read_line(taken[i].line, &line, &args, &f), "%s: %s",
		    taken[i].line, f.found);
		cr_expect_str_eq(taken[i].option != NULL
			? args_text(&args, taken[i].option)
			: args_word(&args, 0),
		    taken[i].value, "%s", taken[i].line);
		args_clear(&args);
	}
}

Test(options, finds_the_command_and_its_flags)
{
	struct fault f = { 0 };
	struct args args;
	struct line line;

	cr_assert(read_line("p -q token show --json x", &line, &args, &f));
	cr_expect_str_eq(args.command->name, "token show");
	cr_expect(args_flag(&args, "--json"));
	cr_expect(args_flag(&args, "-q"));
	cr_expect_not(args_flag(&args, "-v"));
	cr_expect_null(args_text(&args, "--home"));
	cr_expect_null(args_word(&args, 1));
	args_clear(&args);
}

Test(options, reads_numbers_and_what_stands_in_for_them)
{
	struct fault f = { 0 };
	struct args args;
	struct line line;

	cr_assert(read_line("p make a --type ROOT --days 2147483647", &line,
	    &args, &f));
	cr_expect_eq(args_number(&args, "--days", 30), INT32_MAX);
	cr_expect_eq(args_number(&args, "--home", 30), 30);
	args_clear(&args);
}

Test(options, gives_every_value_of_one_that_repeats)
{
	struct fault f = { 0 };
	struct args args;
	struct line line;
	const char **all;

	cr_assert(read_line("p make a --tag x --type ROOT --tag=y --tag z",
	    &line, &args, &f));
	all = args_all(&args, "--tag");
	cr_expect_str_eq(all[0], "x");
	cr_expect_str_eq(all[1], "y");
	cr_expect_str_eq(all[2], "z");
	cr_expect_null(all[3]);
	mem_free(all);
	args_clear(&args);
}

/* Help is for those who do not know yet what is required. */
static const struct {
	const char *line;
	const char *topic; /* or NULL */
} helped[] = {
	{ "p --help", NULL },
	{ "p make --help", "make" },
	{ "p --help make", "make" },
	{ "p make a b c --help --yes --ask", "make" },
	{ "p token --help", "token" },
	{ "p token list --help", "token list" },
	{ "p pick --help", "pick" },
};

Test(options, helps_without_asking_for_what_is_missing)
{
	for (size_t i = 0; i < COUNT(helped); i++) {
		struct fault f = { 0 };
		struct args args;
		struct line line;

		cr_assert(read_line(helped[i].line, &line, &args, &f), "%s: %s",
		    helped[i].line, f.found);
		cr_expect(args.help);
		if (helped[i].topic == NULL)
			cr_expect_null(args.topic);
		else
			cr_expect_str_eq(args.topic, helped[i].topic);
		args_clear(&args);
	}
}

Test(options, version_is_a_flag_too)
{
	struct fault f = { 0 };
	struct args args;
	struct line line;

	cr_assert(read_line("p --version", &line, &args, &f));
	cr_expect_str_eq(args.command->name, "version");
	args_clear(&args);
}

Test(options, control_bytes_never_reach_the_screen)
{
	struct fault f = { 0 };
	struct args args;
	struct line line;

	cr_assert_not(read_line("p \"x\033[31m\"", &line, &args, &f));
	cr_expect_null(strchr(f.found, '\033'));
	cr_expect(strstr(f.found, "\\x1B") || strstr(f.found, "\\x1b"), "%s",
	    f.found);
	args_clear(&args);
}

Test(options, flags_are_found_before_anything_is_read)
{
	static const char *const words[] = { "p", "bogus", "--json", "--",
		"-q" };

	cr_expect(args_has_flag(5, words, "--json"));
	cr_expect_not(args_has_flag(5, words, "-q"));
	cr_expect_not(args_has_flag(2, words, "--json"));
}

static const struct {
	const char *word, *candidate;
	bool near;
} pairs[] = {
	{ "--certifcate", "--certificate", true },
	{ "--certificat", "--certificate", true },
	{ "--cretificate", "--certificate", true },
	{ "list", "lsit", true },
	{ "list", "tree", false },
	{ "--ca", "--csr", false },
	{ "-x", "-q", false },
	{ "", "a", false },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "a", false },
};

Test(nearest, two_letters_apart_at_most)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct nearest nearest = { .word = pairs[i].word };

		nearest_keep(&nearest, pairs[i].candidate);
		cr_expect_eq(nearest.best[0] != '\0', pairs[i].near, "%s %s",
		    pairs[i].word, pairs[i].candidate);
	}
}

Test(nearest, keeps_the_nearest)
{
	struct nearest nearest = { .word = "--chian" };

	nearest_keep(&nearest, "--charm");
	nearest_keep(&nearest, "--chain");
	nearest_keep(&nearest, "--chan");
	cr_expect(nearest.distance <= 2);
	cr_expect_str_eq(nearest.best, "--chan");
}

static bool
option_is_sound(const struct option *option, const struct command *row)
{
	return option->name[0] == '-' && option->text != NULL &&
	    strpbrk(option->text, "\t\n") == NULL &&
	    (option->kind == VALUE_NONE) == (option->value == NULL) &&
	    (row == NULL || option->text[0] != '\0');
}

Test(commands, every_row_says_what_it_is)
{
	for (size_t i = 0; i < program.count; i++) {
		const struct command *row = &program.commands[i];
		const struct option *o = row->options;

		cr_expect(strstr(row->see, row->name), "%s", row->name);
		cr_expect_not_null(row->summary, "%s", row->name);
		cr_expect_null(strpbrk(row->summary, "\t\n"), "%s", row->name);
		cr_expect_not_null((const void *)(uintptr_t)row->run);
		cr_expect(row->min <= row->max, "%s", row->name);
		cr_expect_eq(row->max > 0, row->word[0] != '\0', "%s",
		    row->name);
		for (; o != NULL && o->name != NULL; o++)
			cr_expect(option_is_sound(o, row), "%s %s", row->name,
			    o->name);
		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(row->name, program.commands[j].name);
	}
}

/* Does the list, or the one that every command has, know this name? */
static bool
knows(const struct option *options, const char *name, size_t len)
{
	for (; options != NULL && options->name != NULL; options++)
		if (strlen(options->name) == len &&
		    strncmp(options->name, name, len) == 0)
			return true;
	return false;
}

Test(commands, excluded_options_are_there)
{
	for (size_t i = 0; i < program.count; i++) {
		const struct option *list = program.commands[i].options;
		const struct option *o = list;

		for (; o != NULL && o->name != NULL; o++) {
			const char *p = o->against != NULL ? o->against : "";

			while (*p != '\0') {
				size_t len = strcspn(p, " ");

				cr_expect(knows(list, p, len) ||
					knows(program.everywhere, p, len),
				    "%s: %s", o->name, p);
				p += len;
				p += strspn(p, " ");
			}
		}
	}
}

Test(commands, every_example_can_be_typed)
{
	for (size_t i = 0; i < program.count; i++) {
		const struct command *row = &program.commands[i];
		struct fault f = { 0 };
		struct args args;
		struct line line;
		char text[512];
		char *redirect;

		(void)snprintf(text, sizeof(text), "%s", row->example);
		redirect = strstr(text, " > ");
		if (redirect != NULL)
			*redirect = '\0';
		line_cut(&line, text);
		cr_assert(args_read(&program, line.count, line.word, &args, &f),
		    "%s: %s", row->example, f.found);
		cr_expect_str_eq(args.command->name, row->name);
		cr_expect_str_eq(line.word[0], "p11ca");
		args_clear(&args);
	}
}
