/* shape.c - the service model's constraints, held against a JSON value. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

/* Room for "N validation errors detected: " and "; ..." around the breaches. */
#define BREACHES_MAX (FAULT_FOUND_MAX - 64)
#define VALUE_SHOWN_MAX 65
#define WHOLE_MAX 9007199254740992.0 /* 2^53: a double counts no further */

/* Where in the request: a member, or the index of a list from 1. */
struct place {
	const struct place *up;
	const char *name; /* NULL: index */
	size_t index;
};

struct reading {
	struct buf text; /* the breaches, as many as fit */
	size_t breaches;
	bool cut;
	struct fault *f;
};

/* "1.2.840": [0-2], [0-39] of one or two digits, then any numbers. */
static bool
is_oid(const char *value)
{
	const char *p = value;
	size_t arcs = 0;

	if (*p < '0' || *p > '2' || p[1] != '.')
		return false;
	p += 2;
	if (!isdigit((unsigned char)*p))
		return false;
	if (isdigit((unsigned char)p[1]) && *p++ > '3')
		return false;
	for (p++; *p == '.'; arcs++) {
		size_t digits = strspn(p + 1, "0123456789");

		if (digits == 0)
			return false;
		p += 1 + digits;
	}
	return *p == '\0' && arcs <= 126;
}

const struct shape shape_boolean = { .kind = SHAPE_BOOLEAN };
const struct shape shape_oid = {
	.kind = SHAPE_STRING,
	.max = 64,
	.holds = is_oid,
	.pattern = "([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})",
};

/* The request itself, of which a path shows members only. */
static bool
is_request(const struct place *at)
{
	return at->up == NULL && at->name[0] == '\0';
}

/* Paths of the API: lower camel case, list members as "1.member". */
static void
show_place(struct buf *out, const struct place *at)
{
	if (at->up != NULL && !is_request(at->up)) {
		show_place(out, at->up);
		buf_text_append(out, ".");
	}
	if (at->name == NULL)
		buf_printf(out, "%zu.member", at->index);
	else
		buf_printf(out, "%c%s", tolower((unsigned char)at->name[0]),
		    at->name + 1);
}

/* Note one breach; value NULL is the API's null. */
static void
breach(struct reading *r, const struct place *at, const char *value,
    const char *constraint)
{
	char shown[VALUE_SHOWN_MAX];
	struct buf text = { 0 };

	if (r->breaches++ > 0)
		buf_text_append(&text, "; ");
	if (value == NULL)
		buf_text_append(&text, "Value null at '");
	else
		buf_printf(&text, "Value '%s' at '",
		    text_fit(shown, sizeof(shown), bytes_of(value)));
	show_place(&text, at);
	buf_printf(&text, "' failed to satisfy constraint: %s", constraint);
	if (r->text.len > 0 && r->text.len + text.len > BREACHES_MAX)
		r->cut = true;
	if (!r->cut)
		buf_append(&r->text, buf_bytes(&text));
	buf_free(&text);
}

static void
check_length(struct reading *r, const struct place *at,
    const struct shape *shape, const char *value, size_t len)
{
	char constraint[80];
	bool short_of = len < shape->min;

	if (!short_of && (shape->max == 0 || len <= shape->max))
		return;
	(void)snprintf(constraint, sizeof(constraint),
	    "Member must have length %s than or equal to %zu",
	    short_of ? "greater" : "less", short_of ? shape->min : shape->max);
	breach(r, at, value, constraint);
}

static bool
value_fits(const struct shape *shape, const char *value)
{
	const char *const *name = shape->names;

	if (name == NULL)
		return shape->holds == NULL || shape->holds(value);
	while (*name != NULL && strcmp(*name, value) != 0)
		name++;
	return *name != NULL;
}

static void
list_names(struct buf *out, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", names[i]);
}

static void
check_value(struct reading *r, const struct place *at,
    const struct shape *shape, const char *value)
{
	struct buf constraint = { 0 };

	if (value_fits(shape, value))
		return;
	if (shape->pattern != NULL) {
		buf_printf(&constraint,
		    "Member must satisfy regular expression pattern: %s",
		    shape->pattern);
	} else {
		buf_text_append(&constraint,
		    "Member must satisfy enum value set: [");
		if (shape->names != NULL)
			list_names(&constraint, shape->names);
		else
			shape->set(&constraint);
		buf_text_append(&constraint, "]");
	}
	breach(r, at, value, buf_text(&constraint));
	buf_free(&constraint);
}

/* The API counts code points; Jansson has checked that it is UTF-8. */
static size_t
code_points(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

static json_t *
refuse_type(struct reading *r, const struct place *at, const char *found,
    const char *want)
{
	struct buf path = { 0 };

	show_place(&path, at);
	fault_found(r->f, "%s at '%s'", found,
	    path.len > 0 ? buf_text(&path) : "the request");
	fault_raise(r->f, FAULT_INVALID_ARGS, want,
	    "give the member the type that the API reference shows");
	buf_free(&path);
	return NULL;
}

static json_t *read_value(struct reading *r, const struct place *at,
    const struct shape *shape, json_t *in);

static json_t *
read_string(struct reading *r, const struct place *at,
    const struct shape *shape, json_t *in)
{
	const char *value = json_string_value(in);

	check_length(r, at, shape, value, code_points(value));
	check_value(r, at, shape, value);
	return json_incref(in);
}

/* A whole number, however it is written: 7.0 is 7. */
static bool
is_whole(const json_t *in, json_int_t *number)
{
	double value = json_real_value(in);

	if (json_is_integer(in)) {
		*number = json_integer_value(in);
		return true;
	}
	if (!(fabs(value) <= WHOLE_MAX) || floor(value) < value)
		return false;
	*number = (json_int_t)value;
	return true;
}

static json_t *
read_number(struct reading *r, const struct place *at,
    const struct shape *shape, json_t *in)
{
	json_int_t number;
	char constraint[80];
	char shown[24];
	bool low;

	if (!is_whole(in, &number))
		return refuse_type(r, at, "a fraction", "a whole number");
	low = number < (json_int_t)shape->min;
	if (low || number > (json_int_t)shape->max) {
		(void)snprintf(shown, sizeof(shown), "%" JSON_INTEGER_FORMAT,
		    number);
		(void)snprintf(constraint, sizeof(constraint),
		    "Member must have value %s than or equal to %zu",
		    low ? "greater" : "less", low ? shape->min : shape->max);
		breach(r, at, shown, constraint);
	}
	return mem_must(json_integer(number));
}

static json_t *
read_boolean(struct reading *r, const struct place *at,
    const struct shape *shape, json_t *in)
{
	return json_incref(in);
}

static json_t *
read_list(struct reading *r, const struct place *at, const struct shape *shape,
    json_t *in)
{
	size_t count = json_array_size(in);
	json_t *out = tree_array();
	char shown[40];

	(void)snprintf(shown, sizeof(shown), "[%zu members]", count);
	check_length(r, at, shape, count == 0 ? "[]" : shown, count);
	for (size_t i = 0; i < count; i++) {
		struct place place = { at, NULL, i + 1 };
		json_t *value = json_array_get(in, i);

		if (json_is_null(value)) {
			breach(r, &place, NULL, "Member must not be null");
			continue;
		}
		value = read_value(r, &place, shape->of, value);
		if (value == NULL) {
			json_decref(out);
			return NULL;
		}
		tree_add(out, value);
	}
	return out;
}

static json_t *
read_structure(struct reading *r, const struct place *at,
    const struct shape *shape, json_t *in)
{
	json_t *out = tree_object();

	for (size_t i = 0; i < shape->count; i++) {
		const struct member *member =
		    (const void *)((const char *)shape->members +
			i * shape->stride);
		struct place place = { at, member->name, 0 };
		json_t *value = json_object_get(in, member->name);

		if (value == NULL || json_is_null(value)) {
			if (member->required)
				breach(r, &place, NULL,
				    "Member must not be null");
			continue;
		}
		value = read_value(r, &place, member->shape, value);
		if (value == NULL) {
			json_decref(out);
			return NULL;
		}
		tree_put(out, member->name, value);
	}
	return out;
}

/* clang-format off */
static const struct {
	const char *wanted;
	json_t *(*read)(struct reading *r, const struct place *at,
	    const struct shape *shape, json_t *in);
} kinds[SHAPE_KINDS] = {
	[SHAPE_STRING] =    { "a string", read_string },
	[SHAPE_BOOLEAN] =   { "true or false", read_boolean },
	[SHAPE_NUMBER] =    { "a number", read_number },
	[SHAPE_LIST] =      { "an array", read_list },
	[SHAPE_STRUCTURE] = { "an object", read_structure },
};

static const struct {
	const char *text;
	enum shape_kind kind; /* SHAPE_KINDS: of none */
} types[] = {
	[JSON_OBJECT] =  { "an object", SHAPE_STRUCTURE },
	[JSON_ARRAY] =   { "an array", SHAPE_LIST },
	[JSON_STRING] =  { "a string", SHAPE_STRING },
	[JSON_INTEGER] = { "a number", SHAPE_NUMBER },
	[JSON_REAL] =    { "a number", SHAPE_NUMBER },
	[JSON_TRUE] =    { "true", SHAPE_BOOLEAN },
	[JSON_FALSE] =   { "false", SHAPE_BOOLEAN },
	[JSON_NULL] =    { "null", SHAPE_KINDS },
};
/* clang-format on */

/* NULL: a value of the wrong type, told in r->f.  Recursion is as deep as the
 * shapes are, whatever the input is. */
static json_t *
read_value(struct reading *r, const struct place *at, const struct shape *shape,
    json_t *in)
{
	if (types[json_typeof(in)].kind == shape->kind)
		return kinds[shape->kind].read(r, at, shape, in);
	return refuse_type(r, at, types[json_typeof(in)].text,
	    kinds[shape->kind].wanted);
}

bool
shape_read(const struct shape *shape, const char *name, json_t *in,
    json_t **out, struct fault *f)
{
	struct reading r = { .f = f };
	struct place root = { NULL, name, 0 };
	json_t *copy = read_value(&r, &root, shape, in);

	*out = NULL;
	if (copy != NULL && r.breaches == 0) {
		*out = copy;
		copy = NULL; /* the caller's now */
	} else if (copy != NULL) {
		fault_found(f, "%zu validation error%s detected: %s%s",
		    r.breaches, r.breaches > 1 ? "s" : "", buf_text(&r.text),
		    r.cut ? "; ..." : "");
		fault_raise(f, FAULT_VALIDATION, NULL, NULL);
	}
	json_decref(copy);
	buf_free(&r.text);
	return *out != NULL;
}

bool
shape_from_text(const struct shape *shape, const char *name, struct bytes json,
    size_t max, json_t **out, struct fault *f)
{
	json_t *tree;
	bool ok;

	*out = NULL;
	if (json.len > max) {
		fault_found(f, "%zu bytes of JSON for '%s'", json.len, name);
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "no more than what the API's limits let through",
		    "send only the members that the API knows");
	}
	ok = tree_from_text(json, &tree, f) &&
	    shape_read(shape, name, tree, out, f);
	json_decref(tree);
	return ok;
}
