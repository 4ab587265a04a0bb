/* tag.c - tags of a CA: Key=Value. */
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 160

/*
 * Runs beyond ASCII of what is no letter, number or separator: controls,
 * formats, private use, and signs where they stand in blocks of their own.  A
 * single sign among letters is let through.
 */
/* clang-format off */
static const struct {
	uint32_t first, last;
} signs[] = {
	{ 0x80, 0x9f }, { 0xa1, 0xa9 }, { 0xab, 0xb1 }, { 0xb4, 0xb4 },
	{ 0xb6, 0xb8 }, { 0xbb, 0xbb }, { 0xbf, 0xbf }, { 0xd7, 0xd7 },
	{ 0xf7, 0xf7 }, { 0x2d2, 0x2df }, { 0x2ef, 0x2ff }, { 0x5f3, 0x61f },
	{ 0x6dd, 0x6de }, { 0x700, 0x70f }, { 0x830, 0x83e }, { 0x890, 0x891 },
	{ 0x8e2, 0x8e2 }, { 0xf01, 0xf1f }, { 0xfbe, 0xfda },
	{ 0x1800, 0x180e }, { 0x19de, 0x19ff }, { 0x1b5a, 0x1b7e },
	{ 0x200b, 0x2027 }, { 0x202a, 0x202e }, { 0x2030, 0x205e },
	{ 0x2060, 0x206f }, { 0x20a0, 0x2101 }, { 0x218a, 0x244a },
	{ 0x249c, 0x24e9 }, { 0x2500, 0x2775 }, { 0x2794, 0x2bff },
	{ 0x2e00, 0x2e2e }, { 0x2e30, 0x2ffb }, { 0x3008, 0x3020 },
	{ 0x31c0, 0x31e3 }, { 0x3200, 0x321e }, { 0x322a, 0x3247 },
	{ 0x3260, 0x327f }, { 0x328a, 0x32b0 }, { 0x32c0, 0x33ff },
	{ 0x4dc0, 0x4dff }, { 0xa490, 0xa4c6 }, { 0xa6f2, 0xa716 },
	{ 0xd800, 0xf8ff }, { 0xfbb2, 0xfbc2 }, { 0xfd3e, 0xfd4f },
	{ 0xfdfc, 0xfe6b }, { 0xfeff, 0xff0f }, { 0xffe0, 0xfffd },
	{ 0x10179, 0x10189 }, { 0x1018c, 0x101fc }, { 0x110bb, 0x110cd },
	{ 0x115c1, 0x115d7 }, { 0x11fd5, 0x11fff }, { 0x13430, 0x13438 },
	{ 0x1bc9c, 0x1d245 }, { 0x1d300, 0x1d356 }, { 0x1d800, 0x1da8b },
	{ 0x1eef0, 0x1f0f5 }, { 0x1f10d, 0x1fbca }, { 0xe0001, 0x10fffd },
};
/* clang-format on */

static bool
is_allowed(uint32_t c)
{
	static const char ascii[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789 _.:/=+-@";

	if (c < 0x80)
		return c != 0 && strchr(ascii, (int)c) != NULL;
	for (size_t i = 0; i < COUNT(signs); i++)
		if (c >= signs[i].first && c <= signs[i].last)
			return false;
	return true;
}

static bool
is_tag_text(const char *value)
{
	struct bytes at = bytes_of(value);

	while (at.len > 0) {
		uint32_t c;
		size_t len = text_utf8(at, &c);

		if (len == 0 || !is_allowed(c))
			return false;
		at.p += len;
		at.len -= len;
	}
	return true;
}

#define TAG_PATTERN "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"

static const struct shape key_shape = {
	.kind = SHAPE_STRING,
	.min = 1,
	.max = 128,
	.holds = is_tag_text,
	.pattern = TAG_PATTERN,
};
static const struct shape value_shape = {
	.kind = SHAPE_STRING,
	.max = 256,
	.holds = is_tag_text,
	.pattern = TAG_PATTERN,
};
static const struct member tag_members[] = {
	{ "Key", &key_shape, true },
	{ "Value", &value_shape, false },
};
static const struct shape tag_shape = { SHAPE_ROWS(tag_members[0],
    tag_members) };
static const struct shape tags_shape = {
	.kind = SHAPE_LIST,
	.min = 1,
	.max = 50,
	.of = &tag_shape,
};

/* What stands before the first "=", and after it when there is one. */
static void
add_word(json_t *list, const char *word)
{
	size_t len = strcspn(word, "=");
	struct bytes key = { (const unsigned char *)word, len };
	json_t *one = tree_object();

	tree_put_bytes(one, "Key", key);
	if (word[len] == '=')
		tree_put_text(one, "Value", word + len + 1);
	tree_add(list, one);
}

static const char *
text_at(const json_t *list, size_t i, const char *name)
{
	return json_string_value(json_object_get(json_array_get(list, i),
	    name));
}

static bool
refuse_key(const char *what, const char *key, const char *want,
    const char *todo, struct fault *f)
{
	char shown[SHOWN_MAX];

	fault_found(f, "%s \"%s\"", what,
	    text_fit(shown, sizeof(shown), bytes_of(key)));
	return fault_raise(f, FAULT_INVALID_TAG, want, todo);
}

static bool
keys_are_fit(const json_t *list, struct fault *f)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *key = text_at(list, i, "Key");

		if (strncasecmp(key, "aws:", strlen("aws:")) == 0)
			return refuse_key("the tag key", key,
			    "a key that does not begin with aws:",
			    "choose another key", f);
		for (size_t j = 0; j < i; j++)
			if (strcmp(text_at(list, j, "Key"), key) == 0)
				return refuse_key("two tags with the key", key,
				    "each key once", "leave one of them out",
				    f);
	}
	return true;
}

static void
write_tags(const json_t *list, struct tag **out, size_t *count)
{
	*count = json_array_size(list);
	*out = mem_array(*count, sizeof(**out));
	for (size_t i = 0; i < *count; i++) {
		(*out)[i].key = mem_text(text_at(list, i, "Key"));
		(*out)[i].value = mem_text(text_at(list, i, "Value"));
	}
}

bool
tags_from_words(const char *const *words, struct tag **out, size_t *count,
    struct fault *f)
{
	json_t *given = tree_array();
	json_t *list = NULL;
	bool ok;

	*out = NULL;
	*count = 0;
	for (size_t i = 0; words[i] != NULL; i++)
		add_word(given, words[i]);
	ok = shape_read(&tags_shape, "tags", given, &list, f) &&
	    keys_are_fit(list, f);
	if (ok)
		write_tags(list, out, count);
	json_decref(list);
	json_decref(given);
	return ok;
}
