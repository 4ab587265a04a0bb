/*
 * corpus_test.c - every case of a corpus of imports, decided as it says.
 *
 * The corpus is a file of JSON objects, one a line, named by $P11CA_CORPUS;
 * without it the test is skipped, and says so.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/action.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

/* How the cases went. */
struct tally {
	int right;
	int accepted;  /* REJECT cases that were accepted: the dangerous kind */
	int refused;   /* ACCEPT cases that were refused */
	int exception; /* refused with another exception */
	int rule;      /* the same exception by another rule */
	int doubtful;  /* not counted: the rules leave them open */
};

static const char *
text(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

static void
append_base64(struct buf *out, const char *in)
{
	unsigned bits = 0, count = 0;

	for (; base64_digit(*in) >= 0; in++) {
		bits = bits << 6 | (unsigned)base64_digit(*in);
		count += 6;
		if (count >= 8) {
			unsigned char byte;

			count -= 8;
			byte = (unsigned char)(bits >> count);
			buf_append(out, (struct bytes){ &byte, 1 });
		}
	}
}

/* The bytes of NAME_pem, NAME_b64 or NAME_parts. */
static void
read_bytes(json_t *one, const char *name, struct buf *out)
{
	char key[64];
	json_t *part;
	size_t i;

	(void)snprintf(key, sizeof(key), "%s_pem", name);
	if (text(one, key) != NULL)
		buf_text_append(out, text(one, key));
	(void)snprintf(key, sizeof(key), "%s_b64", name);
	if (text(one, key) != NULL)
		append_base64(out, text(one, key));
	(void)snprintf(key, sizeof(key), "%s_parts", name);
	json_array_foreach(json_object_get(one, key), i, part)
	{
		json_int_t times = json_integer_value(json_array_get(part, 1));

		for (; times > 0; times--)
			buf_text_append(out,
			    json_string_value(json_array_get(part, 0)));
	}
}

static const char *
or_none(const char *name)
{
	return name != NULL ? name : "-";
}

/* Compare the answer with the case; a difference is printed. */
static void
compare(json_t *one, const struct fault *f, bool accepted, struct tally *tally)
{
	bool wants = strcmp(text(one, "verdict"), "ACCEPT") == 0;
	const char *exception = text(one, "exception");
	const char *rule = text(one, "rule");
	const char *what = NULL;

	if (json_is_true(json_object_get(one, "doubtful"))) {
		tally->doubtful++;
		return;
	}
	if (accepted && !wants) {
		tally->accepted++;
		what = "ACCEPTED";
	} else if (!accepted && wants) {
		tally->refused++;
		what = "REFUSED";
	} else if (!wants &&
	    strcmp(fault_name(f->kind), or_none(exception)) != 0) {
		tally->exception++;
		what = "EXCEPTION";
	} else if (!wants && strcmp(f->rule, or_none(rule)) != 0) {
		tally->rule++;
		what = "rule";
	} else {
		tally->right++;
	}
	if (what != NULL)
		(void)fprintf(stderr, "%s %s: %s instead of %s (%s): %s\n",
		    what, text(one, "id"), or_none(f->rule), or_none(rule),
		    text(one, "why"), f->found);
}

static void
decide(json_t *one, struct tally *tally)
{
	struct import_report *report = mem_new(sizeof(*report));
	struct check_request request = { 0 };
	struct buf certificate = { 0 }, chain = { 0 }, key = { 0 };
	struct fault f = { 0 };

	read_bytes(one, "certificate", &certificate);
	read_bytes(one, "chain", &chain);
	buf_text_append(&key, text(one, "token_spki_pem"));
	request.certificate = buf_bytes(&certificate);
	request.chain = buf_bytes(&chain);
	request.public_key = buf_bytes(&key);
	cr_assert(ca_type_from_name(text(one, "scenario"), &request.type));
	cr_assert(clock_from_text(text(one, "validation_time"), &request.now));
	cr_assert(action_check(NULL, &request, report, &f), "%s: %s",
	    text(one, "id"), f.found);
	compare(one, &f, import_answer(report, &f), tally);
	buf_free(&key);
	buf_free(&chain);
	buf_free(&certificate);
	mem_free(report);
}

Test(corpus, every_case_is_decided_as_it_says, .timeout = 300)
{
	const char *path = getenv("P11CA_CORPUS");
	struct tally tally = { 0 };
	char *line = NULL;
	size_t cap = 0;
	FILE *in;

	if (path == NULL)
		cr_skip_test("P11CA_CORPUS names no corpus");
	in = fopen(path, "r");
	cr_assert_not_null(in, "%s cannot be read", path);
	while (getline(&line, &cap, in) > 0) {
		json_t *one = json_loads(line, JSON_ALLOW_NUL, NULL);

		cr_assert_not_null(one);
		decide(one, &tally);
		json_decref(one);
	}
	free(line);
	(void)fclose(in);
	(void)fprintf(stderr,
	    "corpus: %d right, %d wrongly accepted, %d wrongly refused, "
	    "%d other exception, %d other rule, %d doubtful\n",
	    tally.right, tally.accepted, tally.refused, tally.exception,
	    tally.rule, tally.doubtful);
	cr_expect_eq(tally.accepted, 0);
	cr_expect_eq(tally.refused, 0);
	cr_expect_eq(tally.exception, 0);
	cr_expect_gt(tally.right, 0);
}
