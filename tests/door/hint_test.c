/* hint_test.c - commands to be pasted name the home as it was named. */
#include <criterion/criterion.h>

#include "../../src/door/internal.h"
#include "p11ca/mem.h"

/* The hint that a text becomes under this command line. */
static char *
fill(const char *const *words, int count, const char *text)
{
	struct args args;
	struct door door = { .args = &args };
	struct fault f = { 0 };
	char *filled;

	cr_assert(args_read(&program, count, words, &args, &f), "%s", f.found);
	filled = hint_fill(&door, text);
	args_clear(&args);
	return filled;
}

static const struct {
	const char *home;
	const char *word;
} homes[] = {
	{ "./pki", " --home ./pki" },
	{ "/srv/pki:1", " --home /srv/pki:1" },
	{ "a b", " --home 'a b'" },
	{ "~", " --home '~'" },
	{ "$HOME", " --home '$HOME'" },

	{ "M\303\274ller", " --home 'M\303\274ller'" },
	{ "it's", " --home $'it\\'s'" },
	{ "a\\b", " --home $'a\\\\b'" },
	{ "a\033[31m\n", " --home $'a\\033[31m\\012'" },
	{ "\342\200\256x", " --home $'\\342\\200\\256x'" },
	{ "\377", " --home $'\\377'" },
	{ "-x", " --home=-x" },
};

Test(hint, the_home_of_the_command_line_is_one_word_of_a_shell)
{
	for (size_t i = 0; i < COUNT(homes); i++) {
		char *given = mem_format("--home=%s", homes[i].home);
		const char *words[] = { "p11ca", given, "doctor" };
		char *expected = mem_format("p11ca%s list", homes[i].word);
		char *filled = fill(words, COUNT(words), "p11ca list");

		cr_expect_str_eq(filled, expected);
		mem_free(filled);
		mem_free(expected);
		mem_free(given);
	}
}

Test(hint, a_home_that_was_not_named_is_not_named)
{
	const char *words[] = { "p11ca", "doctor" };
	char *filled = fill(words, COUNT(words), "see p11ca list");

	cr_expect_str_eq(filled, "see p11ca list");
	mem_free(filled);
}

/* Only what is a command, and reads a home. */
static const struct {
	const char *text;
	const char *filled;
} texts[] = {
	{ "", "" },
	{ "run p11ca as that user", "run p11ca as that user" },
	{ "see p11ca help create", "see p11ca help create" },
	{ "p11ca", "p11ca" },
	{ "p11ca ", "p11ca " },
	{ "xp11ca list", "xp11ca list" },
	{ "/bin/p11ca list", "/bin/p11ca list" },
	{ "p11ca lists", "p11ca lists" },
	{ "p11ca token", "p11ca --home h token" },
	{ "wait, then p11ca issue ca --settle (p11ca audit-report show)",
	    "wait, then p11ca --home h issue ca --settle (p11ca --home h "
	    "audit-report show)" },
	{ "\"p11ca token list\" says", "\"p11ca --home h token list\" says" },
};

Test(hint, only_commands_get_the_home)
{
	const char *words[] = { "p11ca", "--home", "h", "doctor" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		char *filled = fill(words, COUNT(words), texts[i].text);

		cr_expect_str_eq(filled, texts[i].filled);
		mem_free(filled);
	}
}
