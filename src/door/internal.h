/*
 * internal.h - what the files of the command line share.
 *
 * argv is read by one table of commands and their options (options.c,
 * commands.c); each command is a function that asks an action and prints what
 * comes out.  Only main.c ends the process.
 */
#ifndef P11CA_DOOR_INTERNAL_H
#define P11CA_DOOR_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "p11ca/action_issue.h"

/* What can follow an option or a command. */
enum value_kind {
	VALUE_NONE,
	VALUE_FILE, /* "-" is standard input, once */
	VALUE_DIR,
	VALUE_CA,
	VALUE_URI,
	VALUE_WORD,
	VALUE_NUMBER, /* decimal, 0 to INT32_MAX */
	VALUE_DIGITS, /* a date, 12 or 14 of them */
	VALUE_TIME,   /* RFC 3339 */
	VALUE_TEMPLATE,
	VALUE_COMMAND,
	VALUE_CHOICE, /* one of value, "A|B|C" */
	VALUE_KNOWN,  /* the same, but others may be known to the library,
		       * which says what they lack */
	VALUE_KINDS
};

enum option_need {
	NEED_NOTHING,
	NEED_IT,	 /* must be there */
	NEED_ONE_OF,	 /* exactly one of those that say so */
	NEED_ONE_OF_TOO, /* the same, apart from those */
	NEED_NO_OTHER,	 /* in place of all others of the command */
};

struct option {
	const char *name; /* "--certificate"; NULL ends a list */
	enum value_kind kind;
	const char *value; /* what help calls it, or the choices */
	const char *text;  /* a short line */
	enum option_need need;
	bool repeats;
	const char *against; /* "--a --b": cannot stand with these; or NULL */
	const char *with;    /* "--a": cannot stand without it; or NULL */
};

struct door;

struct command {
	const char *name;     /* "token list" */
	const char *see;      /* "see p11ca help token list" */
	enum value_kind kind; /* of its words */
	const char *word;     /* what help calls them: "CA", "[URI]", or "" */
	size_t min, max;      /* how many */
	const char *summary;  /* a short line */
	const char *more;     /* a paragraph, or NULL */
	const char *example;
	const struct option *options; /* or NULL */
	bool (*run)(struct door *door, struct fault *f);
};

/* The tables of a program. */
struct program {
	const struct command *commands;
	size_t count;
	const struct option *everywhere; /* options of every command */
};

struct given {
	const struct option *option;
	const char *value; /* NULL for VALUE_NONE */
};

/* A command line, read.  Texts are those of argv. */
struct args {
	const struct command *command; /* NULL: help about topic */
	char *topic;		       /* command or group as far as typed */
	bool help;		       /* --help */
	const char **word;
	size_t words;
	struct given *given;
	size_t givens;
};

/*
 * Read argv[1..argc).  Refused (FAULT_USAGE): an unknown command or option, with
 * the nearest known one; an option repeated, without its value, with one that
 * it does not take, beside one that excludes it, or without one that it needs;
 * a required one left out; words too few or too many; "-" twice.  --help refuses nothing but what it
 * cannot tell apart.  *out is complete in both cases as far as it was read:
 * args_clear() it.
 */
MUST_CHECK bool args_read(const struct program *all, int argc,
    const char *const *argv, struct args *out, struct fault *f);
void args_clear(struct args *args);

/* Is this flag anywhere in argv, before "--"?  For the form of errors. */
bool args_has_flag(int argc, const char *const *argv, const char *name);

/* What was given; NULL, false or otherwise where nothing was. */
const char *args_text(const struct args *args, const char *option);
bool args_flag(const struct args *args, const char *option);
int args_number(const struct args *args, const char *option, int otherwise);
const char *args_word(const struct args *args, size_t i);

/* Every value of an option that repeats; NULL-terminated, mem_free(). */
const char **args_all(const struct args *args, const char *option);

/*
 * The candidate nearest to a word, when it takes two changes of a letter at
 * most and fewer than the word has letters; nearest_keep() is told each.
 */
#define NEAREST_MAX 64
struct nearest {
	const char *word;
	char best[NEAREST_MAX]; /* or "" */
	size_t distance;
};
void nearest_keep(struct nearest *nearest, const char *candidate);

/* The same of every command, and of every group of commands. */
void nearest_command(struct nearest *nearest, const struct program *all);

/* " (did you mean best?)" or "", to stand behind what was found; out. */
const char *nearest_hint(const struct nearest *nearest,
    char out[2 * NEAREST_MAX]);

/* What p11ca can do: commands.c. */
extern const struct program program;

/* help.c: screens and the table for completions, on standard output. */
void help_all(const struct program *all, FILE *to);
bool help_topic(const struct program *all, const char *topic, FILE *to);
void help_table(const struct program *all, FILE *to);

/* templates.c: the certificate templates, for "p11ca help templates". */
void templates_page(const struct door *door);

/* Their names, "A|B|C"; the caller's, mem_free(). */
char *templates_choices(void);

/* rules_page.c: the manual page p11ca-rules(7) (mdoc). */
void rules_page(FILE *to);

/* One command line being answered. */
struct door {
	const struct args *args;
	bool json, quiet, verbose;
	char *home;	 /* its path, once asked for */
	struct p11ca *p; /* open, once asked for */
	bool refused;	 /* done, and the answer is no: exit code 1 */
	struct import_report *report; /* of a refused import, or NULL */
};

const char *door_home(struct door *door);
MUST_CHECK bool door_open(struct door *door, bool write, struct fault *f);
void door_close(struct door *door);

/* Read the file that an option names; none given: *out stays empty. */
MUST_CHECK bool door_read(const struct door *door, const char *option,
    size_t max, struct buf *out, struct fault *f);

/* The same, refusing (FAULT_USAGE) what is larger than max. */
MUST_CHECK bool door_read_all(const struct door *door, const char *option,
    size_t max, struct buf *out, struct fault *f);

/* The idempotency token, or NULL; refused: longer than the API's 36. */
MUST_CHECK bool door_idempotency(const struct door *door, const char **out,
    struct fault *f);

/* For bytes that are no text: refused (FAULT_USAGE) when they would end on a
 * terminal. */
MUST_CHECK bool door_takes_bytes(const char *what, struct fault *f);

/*
 * hint.c: commands that are printed to be pasted: with the home, if it was
 * named in this command line, quoted for a shell where it has to be.
 */

/* A note: "BEFORE: p11ca [--home DIR] REST"; frees rest. */
void hint_next(const struct door *door, const char *before, char *rest);

/* The text with the home in each "p11ca COMMAND" of it; mem_free(). */
char *hint_fill(const struct door *door, const char *text);

/* print.c */
enum paint { PAINT_PLAIN, PAINT_GOOD, PAINT_WARN, PAINT_BAD, PAINT_DIM };

bool print_is_terminal(FILE *to);
size_t print_columns(const char *text); /* characters, not bytes */

/* The text, in colour on a terminal that wants it, filled up to width. */
void print_painted(FILE *to, enum paint paint, const char *text, size_t width);

/* A cell of a table that is printed as it comes: filled up to width, then two
 * blanks. */
void print_cell(enum paint paint, const char *text, size_t width);
void print_json(char *json); /* one line on standard output; frees json */
void print_bytes(struct bytes content); /* as they are */
#define PRINT_LABEL_WIDTH 22
void print_row(const char *label, const char *fmt, ...) PRINTF(2, 3);

/* What goes to standard error beside errors: p11ca_say. */
void print_set_quiet(bool quiet, bool json);
void print_note(const char *text);
void print_warning(const char *text); /* also when nothing but errors is */

/* The one line about a fault; command may be NULL. */
void print_fault(const char *command, const struct fault *f);

/* False, with the reason, when standard output could not take everything. */
MUST_CHECK bool print_finish(struct fault *f);
enum paint print_status_paint(enum ca_status status);

/* The date of a time, "2036-01-01"; returns out. */
#define PRINT_DATE_MAX 16
const char *print_date(int64_t at, char out[PRINT_DATE_MAX]);

/*
 * The name of a rule, "key_is_that_of_the_csr", as the sentence that it is,
 * "key is that of the CSR"; with a capital where it begins one.
 */
void print_rule_name(FILE *to, const char *name, bool begins);

/*
 * token.c: which token is meant: the module of the command line and nothing
 * else, or the settings of the home with the URI in place of theirs.  one: it
 * must be a certain token.
 */
MUST_CHECK bool door_place(struct door *door, bool one,
    struct token_place *place, struct fault *f);

/* token.c, probe.c: rows about a token, its limits, and a key of it. */
struct token_limits;
void print_token(const struct token_info *info);
void print_limits(const struct token_limits *limits);
void print_claims(const struct key_claims *claims);

/* table.c: columns as wide as their widest cell. */
struct table {
	struct table_cell *cell;
	size_t count, cap;
	size_t columns;
};
void table_cell(struct table *table, const char *text);
void table_painted(struct table *table, enum paint paint, const char *text);
void table_print(const struct table *table, FILE *to);
void table_free(struct table *table);

/* "CN=x,O=y" of the CA, harmless; "" while it has no CSR.  mem_free(). */
char *ca_title(const struct ca *ca);

/* "  [adopted key]" of a key that p11ca did not make, else "": to stand behind
 * whatever is told of the CA in one line. */
const char *ca_mark(const struct ca *ca);

/* How people call it: its name, or its UUID.  Borrowed from the CA. */
const char *ca_called(const struct ca *ca);

/* report.c: one line a rule (not when quiet), then the verdict. */
void report_print(FILE *to, const struct import_report *report, bool quiet);

/* import.c: how an import went; report is the door's from here on. */
void import_tell(struct door *door, bool ok, struct import_report *report,
    const struct ca *ca);

/*
 * issue.c: until when, by the options that say it.  None given: *value is 0.
 * Refused (FAULT_VALIDATION): what is below 1.
 */
MUST_CHECK bool validity_asked(const struct args *args,
    enum validity_type *type, int64_t *value, struct fault *f);

/*
 * attach.c: tags as words, NULL-terminated; refused (FAULT_USAGE): one without
 * "=".  *out: tags_free().
 */
MUST_CHECK bool door_tags(const struct door *door, const char *const *words,
    struct tag **out, size_t *count, struct fault *f);

/* crl.c: rows about its mode, its CRL and OCSP. */
void print_settings(const struct ca *ca);

/* The commands. */
bool run_init(struct door *door, struct fault *f);
bool run_config(struct door *door, struct fault *f);
bool run_doctor(struct door *door, struct fault *f);
bool run_token_list(struct door *door, struct fault *f);
bool run_token_show(struct door *door, struct fault *f);
bool run_token_probe(struct door *door, struct fault *f);
bool run_create(struct door *door, struct fault *f);
bool run_csr(struct door *door, struct fault *f);
bool run_check(struct door *door, struct fault *f);
bool run_import(struct door *door, struct fault *f);
bool run_activate(struct door *door, struct fault *f);
bool run_issue(struct door *door, struct fault *f);
bool run_certs(struct door *door, struct fault *f);
bool run_cert_show(struct door *door, struct fault *f);
bool run_revoke(struct door *door, struct fault *f);
bool run_crl(struct door *door, struct fault *f);
bool run_revocation(struct door *door, struct fault *f);
bool run_ocsp(struct door *door, struct fault *f);
bool run_tag_add(struct door *door, struct fault *f);
bool run_tag_remove(struct door *door, struct fault *f);
bool run_tag_list(struct door *door, struct fault *f);
bool run_policy_put(struct door *door, struct fault *f);
bool run_policy_get(struct door *door, struct fault *f);
bool run_policy_delete(struct door *door, struct fault *f);
bool run_permission_create(struct door *door, struct fault *f);
bool run_permission_delete(struct door *door, struct fault *f);
bool run_permission_list(struct door *door, struct fault *f);
bool run_audit_report_create(struct door *door, struct fault *f);
bool run_audit_report_show(struct door *door, struct fault *f);
bool run_bucket_add(struct door *door, struct fault *f);
bool run_bucket_list(struct door *door, struct fault *f);
bool run_list(struct door *door, struct fault *f);
bool run_show(struct door *door, struct fault *f);
bool run_tree(struct door *door, struct fault *f);
bool run_enable(struct door *door, struct fault *f);
bool run_disable(struct door *door, struct fault *f);
bool run_delete(struct door *door, struct fault *f);
bool run_restore(struct door *door, struct fault *f);
bool run_audit_show(struct door *door, struct fault *f);
bool run_audit_verify(struct door *door, struct fault *f);
bool run_help(struct door *door, struct fault *f);
bool run_version(struct door *door, struct fault *f);

#endif
