/* help.c - what p11ca says about itself. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define PAGE_WIDTH 78
#define TEMPLATES_TOPIC "templates" /* no command has that name */

static bool
has_choices(enum value_kind kind)
{
	return kind == VALUE_CHOICE || kind == VALUE_KNOWN;
}

/* One word of a list like EC_prime256v1|...; long lists get lines. */
static void
print_choices(FILE *to, const char *choices, int indent)
{
	const char *p = choices;
	int column = 0;

	while (*p != '\0') {
		size_t len = strcspn(p, "|");

		if (column == 0 || column + (int)len + 1 > PAGE_WIDTH) {
			(void)fprintf(to, "%s%*s", column > 0 ? "\n" : "",
			    indent, "");
			column = indent;
		}
		(void)fprintf(to, "%s%.*s", column > indent ? " " : "",
		    (int)len, p);
		column += (int)len + 1;
		p += len + (p[len] == '|' ? 1 : 0);
	}
	(void)putc('\n', to);
}

/* Words of a paragraph, as many as a line holds. */
static void
print_filled(FILE *to, const char *text)
{
	const char *p = text;
	size_t column = 0;

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (column > 0 && column + 1 + len > PAGE_WIDTH) {
			(void)putc('\n', to);
			column = 0;
		}
		column += (size_t)fprintf(to, "%s%.*s", column > 0 ? " " : "",
		    (int)len, p);
		p += len + strspn(p + len, " ");
	}
	(void)putc('\n', to);
}

static const char *
shown_value(const struct option *option)
{
	if (option->kind == VALUE_NONE)
		return "";
	return has_choices(option->kind) ? "WORD" : option->value;
}

static void
print_option(FILE *to, const struct option *option)
{
	char *title = mem_format("%s%s%s", option->name,
	    option->kind != VALUE_NONE ? " " : "", shown_value(option));

	if (strlen(title) <= 22)
		(void)fprintf(to, "  %-22s  ", title);
	else
		(void)fprintf(to, "  %s\n%26s", title, "");
	(void)fprintf(to, "%s%s%s\n", option->text,
	    option->need == NEED_IT ? "; required" : "",
	    option->repeats ? "; may be repeated" : "");
	if (has_choices(option->kind))
		print_choices(to, option->value, 26);
	mem_free(title);
}

static void
print_options(FILE *to, const char *title, const struct option *options)
{
	if (options == NULL)
		return;
	(void)fprintf(to, "\n%s:\n", title);
	for (; options->name != NULL; options++)
		print_option(to, options);
}

static void
print_command(const struct program *all, const struct command *row, FILE *to)
{
	(void)fprintf(to, "p11ca %s - %s\n\nusage: p11ca %s%s%s%s\n", row->name,
	    row->summary, row->name, row->word[0] != '\0' ? " " : "", row->word,
	    row->options != NULL ? " [OPTION]..." : "");
	if (row->more != NULL) {
		(void)putc('\n', to);
		print_filled(to, row->more);
	}
	print_options(to, "options", row->options);
	print_options(to, "options of every command", all->everywhere);
	(void)fprintf(to, "\nexample:\n  %s\n", row->example);
}

static bool
is_in_group(const struct command *row, const char *topic)
{
	size_t len = strlen(topic);

	return strncmp(row->name, topic, len) == 0 && row->name[len] == ' ';
}

bool
help_topic(const struct program *all, const char *topic, FILE *to)
{
	bool found = false;

	for (size_t i = 0; i < all->count; i++) {
		const struct command *row = &all->commands[i];

		if (strcmp(row->name, topic) == 0) {
			print_command(all, row, to);
			return true;
		}
		if (!is_in_group(row, topic))
			continue;
		if (!found)
			(void)fprintf(to, "usage: p11ca %s COMMAND ...\n\n",
			    topic);
		(void)fprintf(to, "  %-20s %s\n", row->name, row->summary);
		found = true;
	}
	return found;
}

void
help_all(const struct program *all, FILE *to)
{
	(void)fputs("p11ca - a private certificate authority whose keys stay "
		    "in a PKCS#11 token\n\n"
		    "usage: p11ca [--home DIR] [--json] [-q|-v] COMMAND ...\n\n"
		    "commands:\n",
	    to);
	for (size_t i = 0; i < all->count; i++)
		(void)fprintf(to, "  %-20s %s\n", all->commands[i].name,
		    all->commands[i].summary);
	print_options(to, "options of every command", all->everywhere);
	(void)fputs("\nA CA is named by its name, ARN, UUID, or the beginning "
		    "of its UUID; a token\nby a PKCS#11 URI (RFC 7512).\n\n"
		    "Exit codes: 0 done, 1 refused, 2 usage, 3 token, 4 store, "
		    "5 busy,\n70 a fault of p11ca itself.\n\n"
		    "\"p11ca help COMMAND\" says more, \"p11ca help "
		    "templates\" lists the templates of\ncertificates.\n",
	    to);
}

/* What the words of a kind are; choices stand for those of its own. */
static const char *
kind_name(enum value_kind kind, const char *choices)
{
	static const char *const names[VALUE_KINDS] = {
		[VALUE_NONE] = "none",
		[VALUE_FILE] = "file",
		[VALUE_DIR] = "dir",
		[VALUE_CA] = "ca",
		[VALUE_URI] = "uri",
		[VALUE_WORD] = "word",
		[VALUE_NUMBER] = "number",
		[VALUE_DIGITS] = "digits",
		[VALUE_TIME] = "time",
		[VALUE_COMMAND] = "command",
	};

	return names[kind] != NULL ? names[kind] : choices;
}

static void
print_table_options(const char *command, const struct option *option, FILE *to)
{
	char *template = templates_choices();

	for (; option != NULL && option->name != NULL; option++)
		(void)fprintf(to, "%s\t%s\t%s\t%s\n", command, option->name,
		    kind_name(option->kind,
			option->kind == VALUE_TEMPLATE ? template
						       : option->value),
		    option->text);
	mem_free(template);
}

void
help_table(const struct program *all, FILE *to)
{
	print_table_options("-", all->everywhere, to);
	for (size_t i = 0; i < all->count; i++) {
		const struct command *row = &all->commands[i];

		(void)fprintf(to, "%s\t-\t%s\t%s\n", row->name,
		    kind_name(row->kind, row->word), row->summary);
		print_table_options(row->name, row->options, to);
	}
}

static bool
is_unknown(const char *topic, struct fault *f)
{
	struct nearest nearest = { .word = topic };
	char shown[NEAREST_MAX], hint[2 * NEAREST_MAX];

	nearest_command(&nearest, &program);
	fault_found(f, "an unknown command \"%s\"%s",
	    text_fit(shown, sizeof(shown), bytes_of(topic)),
	    nearest_hint(&nearest, hint));
	return fault_raise(f, FAULT_USAGE, NULL, "see \"p11ca help\"");
}

/* "p11ca help token list" has its topic in two words. */
bool
run_help(struct door *door, struct fault *f)
{
	const char *first = args_word(door->args, 0);
	const char *second = args_word(door->args, 1);
	char *topic;
	bool ok = true;

	if (args_flag(door->args, "--table")) {
		help_table(&program, stdout);
	} else if (args_flag(door->args, "--rules")) {
		rules_page(stdout);
	} else if (first == NULL) {
		help_all(&program, stdout);
	} else if (second == NULL && strcmp(first, TEMPLATES_TOPIC) == 0) {
		templates_page(door);
	} else {
		topic = mem_format("%s%s%s", first, second != NULL ? " " : "",
		    second != NULL ? second : "");
		ok =
		    help_topic(&program, topic, stdout) || is_unknown(topic, f);
		mem_free(topic);
	}
	return ok;
}

bool
run_version(struct door *door, struct fault *f)
{
	const struct wire_pair pair = { "version", P11CA_VERSION };

	if (door->json)
		print_json(wire_object(&pair, 1));
	else
		(void)printf("p11ca %s\n", P11CA_VERSION);
	return true;
}
