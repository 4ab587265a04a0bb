/* tree.c - JSON trees that are built without a way to fail. */
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

/* Jansson says no when there is no memory: names and texts are UTF-8 here. */
static void
must(bool ok)
{
	static char yes;
	void *p = mem_must(ok ? &yes : NULL);

	(void)p;
}

json_t *
tree_object(void)
{
	return mem_must(json_object());
}

json_t *
tree_array(void)
{
	return mem_must(json_array());
}

void
tree_put(json_t *object, const char *name, json_t *value)
{
	must(json_object_set_new(object, name, value) == 0);
}

void
tree_add(json_t *array, json_t *value)
{
	must(json_array_append_new(array, value) == 0);
}

/* Valid UTF-8 stays as it is, any other byte is shown. */
static void
append_utf8(struct buf *out, struct bytes text)
{
	while (text.len > 0) {
		uint32_t code_point;
		size_t len = text_utf8(text, &code_point);

		if (len > 0)
			buf_append(out, (struct bytes){ text.p, len });
		else
			text_show(out, (struct bytes){ text.p, 1 });
		len = len > 0 ? len : 1;
		text.p += len;
		text.len -= len;
	}
}

json_t *
tree_text(struct bytes text)
{
	const char *p = text.len > 0 ? (const char *)text.p : "";
	json_t *value = json_stringn(p, text.len);

	if (value == NULL) {
		struct buf shown = { 0 };

		append_utf8(&shown, text);
		value = json_stringn(buf_text(&shown), shown.len);
		buf_free(&shown);
	}
	return mem_must(value);
}

void
tree_put_bytes(json_t *object, const char *name, struct bytes text)
{
	tree_put(object, name, tree_text(text));
}

void
tree_put_text(json_t *object, const char *name, const char *text)
{
	if (text == NULL)
		tree_put(object, name, json_null());
	else
		tree_put_bytes(object, name, bytes_of(text));
}

void
tree_put_text_if(json_t *object, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		tree_put_text(object, name, text);
}

void
tree_put_flag(json_t *object, const char *name, bool flag)
{
	tree_put(object, name, json_boolean(flag));
}

void
tree_put_number(json_t *object, const char *name, uint64_t number)
{
	/* Sizes and PKCS#11's "unavailable" (all ones) become the largest. */
	json_int_t n = number > INT64_MAX ? INT64_MAX : (json_int_t)number;

	tree_put(object, name, json_integer(n));
}

void
tree_put_hex(json_t *object, const char *name, struct bytes bytes)
{
	struct buf hex = { 0 };

	buf_hex(&hex, bytes);
	tree_put_bytes(object, name, buf_bytes(&hex));
	buf_free(&hex);
}

void
tree_put_time(json_t *object, const char *name, int64_t at)
{
	char text[CLOCK_TEXT_MAX];

	tree_put_text(object, name, clock_text(at, text));
}

const char *
tree_text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* DEL is the one control character that JSON may leave as it is. */
static char *
escape_del(char *text)
{
	struct buf out = { 0 };
	char *p = text;

	if (strchr(text, 0x7f) == NULL)
		return text;
	while (*p != '\0') {
		size_t len = strcspn(p, "\x7f");

		buf_append(&out, (struct bytes){ (unsigned char *)p, len });
		p += len;
		if (*p == 0x7f) {
			buf_text_append(&out, "\\u007F");
			p++;
		}
	}
	mem_free(text);
	return (char *)out.p; /* the caller's now, with its NUL */
}

char *
tree_print(json_t *tree)
{
	/* Jansson allocates with malloc(), so mem_free() fits. */
	char *text =
	    mem_must(json_dumps(tree, JSON_COMPACT | JSON_ENSURE_ASCII));

	json_decref(tree);
	return escape_del(text);
}

_Static_assert(TREE_DEPTH_MAX == 64, "the bound is told in words");

/* Jansson's parser recurses, so the depth is known before it starts. */
static bool
is_too_deep(struct bytes text)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = text.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > TREE_DEPTH_MAX)
			return true;
	}
	return false;
}

bool
tree_from_text(struct bytes text, json_t **out, struct fault *f)
{
	json_error_t error;
	char shown[128];

	*out = NULL;
	if (is_too_deep(text)) {
		fault_found(f, "JSON nested deeper than %d", TREE_DEPTH_MAX);
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "at most 64 arrays and objects inside each other",
		    "send only the members that the API knows");
	}
	*out = json_loadb(text.len > 0 ? (const char *)text.p : "", text.len,
	    JSON_REJECT_DUPLICATES, &error);
	if (*out != NULL)
		return true;
	(void)text_fit(shown, sizeof(shown), bytes_of(error.text));
	fault_found(f, "no JSON at line %d, column %d: %s", error.line,
	    error.column, shown);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "one JSON value in UTF-8, no member given twice",
	    "mend the text at that place");
}

json_t *
tree_of_ours(const char *text)
{
	struct fault ignored;
	json_t *tree;

	if (text == NULL || !tree_from_text(bytes_of(text), &tree, &ignored))
		return NULL;
	if (json_is_object(tree))
		return tree;
	json_decref(tree);
	return NULL;
}
