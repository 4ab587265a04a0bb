/* tag_test.c - tags in words: what is read, what is refused. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/wire_issue.h"

#define MAX_WORDS 52
#define MUST "' failed to satisfy constraint: Member must "

static void
give_back(struct tag *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(list[i].key);
		mem_free(list[i].value);
	}
	mem_free(list);
}

static const struct {
	const char *word;
	const char *key, *value;
} good[] = {
	{ "Name=issuing", "Name", "issuing" },
	{ "Name=", "Name", "" },
	{ "Name", "Name", NULL },
	{ "a=b=c", "a", "b=c" },
	{ "a b_.:/+-@=1 2_.:/=+-@", "a b_.:/+-@", "1 2_.:/=+-@" },
	{ "aws=x", "aws", "x" },
	{ "xaws:=x", "xaws:", "x" },
	{ "\xc3\xa4\xd0\x96\xe4\xb8\xad=\xd9\xa3\xe2\x80\xa8\xc2\xa0",
	    "\xc3\xa4\xd0\x96\xe4\xb8\xad", "\xd9\xa3\xe2\x80\xa8\xc2\xa0" },
	{ "\xc2\xaa\xc2\xb2\xc2\xb5\xc2\xbd=\xf0\x90\x8d\x88",
	    "\xc2\xaa\xc2\xb2\xc2\xb5\xc2\xbd", "\xf0\x90\x8d\x88" },
};

Test(tag, a_word_is_a_key_and_after_the_first_equals_sign_its_value)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *words[] = { good[i].word, "other=1", NULL };
		struct tag *list = NULL;
		struct fault f = { 0 };
		size_t count = 0;

		cr_assert(tags_from_words(words, &list, &count, &f), "%s: %s",
		    good[i].word, f.found);
		cr_assert_eq(count, 2);
		cr_expect_str_eq(list[0].key, good[i].key);
		if (good[i].value == NULL)
			cr_expect_null(list[0].value);
		else
			cr_expect_str_eq(list[0].value, good[i].value);
		cr_expect_str_eq(list[1].key, "other");
		give_back(list, count);
	}
}

static void
expect_refusal(const char *const *words, enum fault_kind kind,
    const char *found)
{
	struct tag *list = NULL;
	struct fault f = { 0 };
	size_t count = 7;

	cr_expect_not(tags_from_words(words, &list, &count, &f), "%s", found);
	cr_expect_null(list);
	cr_expect_eq(count, 0);
	cr_expect_eq(f.kind, kind, "%s: %s", fault_name(f.kind), f.found);
	cr_expect(strstr(f.found, found) != NULL, "%s", f.found);
}

static const struct {
	const char *words[4];
	enum fault_kind kind;
	const char *found;
} bad[] = {
	{ { "aws:x=1" }, FAULT_INVALID_TAG, "the tag key \"aws:x\"" },
	{ { "a=1", "AWS:=1" }, FAULT_INVALID_TAG, "the tag key \"AWS:\"" },
	{ { "a=1", "b=2", "a=3" }, FAULT_INVALID_TAG,
	    "two tags with the key \"a\"" },
	{ { NULL }, FAULT_VALIDATION,
	    "Value '[]' at 'tags" MUST
	    "have length greater than or equal to 1" },
	{ { "=x" }, FAULT_VALIDATION,
	    "Value '' at 'tags.1.member.key" MUST
	    "have length greater than or equal to 1" },
	{ { "" }, FAULT_VALIDATION, "Value '' at 'tags.1.member.key'" },
	{ { "a=1", "b#" }, FAULT_VALIDATION,
	    "Value 'b#' at 'tags.2.member.key" MUST
	    "satisfy regular expression pattern: "
	    "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)" },
	{ { "a=\n" }, FAULT_VALIDATION, "' at 'tags.1.member.value'" },
	{ { "a=\xc3\x97" }, FAULT_VALIDATION, "tags.1.member.value" },
	{ { "a=\xe2\x82\xac" }, FAULT_VALIDATION, "tags.1.member.value" },
	{ { "a=\xe2\x80\xae" }, FAULT_VALIDATION, "tags.1.member.value" },
	{ { "a=\xf0\x9f\x94\x91" }, FAULT_VALIDATION, "tags.1.member.value" },
	{ { "a=\xff" }, FAULT_VALIDATION, "tags.1.member.value" },
};

Test(tag, refuses_reserved_repeated_and_malformed_keys)
{
	for (size_t i = 0; i < COUNT(bad); i++)
		expect_refusal(bad[i].words, bad[i].kind, bad[i].found);
}

/* Lengths count characters, not bytes. */
static const struct {
	size_t key, value;
	bool fits;
} lengths[] = {
	{ 128, 256, true },
	{ 129, 256, false },
	{ 128, 257, false },
};

Test(tag, keys_have_128_characters_at_most_and_values_256)
{
	for (size_t i = 0; i < COUNT(lengths); i++) {
		const char *words[] = { NULL, NULL };
		struct tag *list = NULL;
		struct buf word = { 0 };
		struct fault f = { 0 };
		size_t count;

		for (size_t n = 0; n < lengths[i].key; n++)
			buf_text_append(&word, "\xc3\xa4");
		buf_text_append(&word, "=");
		for (size_t n = 0; n < lengths[i].value; n++)
			buf_text_append(&word, "\xc3\xa4");
		words[0] = buf_text(&word);
		cr_expect_eq(tags_from_words(words, &list, &count, &f),
		    lengths[i].fits, "%zu: %s", i, f.found);
		cr_expect_eq(f.kind,
		    lengths[i].fits ? FAULT_NONE : FAULT_VALIDATION);
		give_back(list, count);
		buf_free(&word);
	}
}

Test(tag, at_most_fifty)
{
	const char *words[MAX_WORDS] = { NULL };
	struct tag *list = NULL;
	char text[51][8];
	struct fault f = { 0 };
	size_t count;

	for (size_t i = 0; i < COUNT(text); i++) {
		(void)snprintf(text[i], sizeof(text[i]), "k%zu=v", i);
		words[i] = text[i];
	}
	expect_refusal(words, FAULT_VALIDATION,
	    "Value '[51 members]' at 'tags" MUST
	    "have length less than or equal to 50");
	words[50] = NULL;
	cr_expect(tags_from_words(words, &list, &count, &f), "%s", f.found);
	cr_expect_eq(count, 50);
	give_back(list, count);
}
