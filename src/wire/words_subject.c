/* words_subject.c - a subject in words, made into an ASN1Subject. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "p11ca/text.h"

#define SHOWN_MAX 80

bool
words_put(json_t *object, const char *name, struct bytes word, struct fault *f)
{
	const char *p = word.len > 0 ? (const char *)word.p : "";
	json_t *value = json_stringn(p, word.len);
	char shown[SHOWN_MAX];

	if (value != NULL) {
		tree_put(object, name, value);
		return true;
	}
	fault_found(f, "\"%s\"", text_fit(shown, sizeof(shown), word));
	return fault_raise(f, FAULT_INVALID_ARGS, "text in UTF-8",
	    "use a UTF-8 locale, or write \\HH for each byte");
}

/*
 * A backslash and what it stands for (RFC 2253, 2.4): a byte in hex, or the
 * next character itself.
 */
static bool
take_escape(const char **p, struct buf *value, struct fault *f)
{
	char hex[3] = { 0 };

	++*p;
	if (isxdigit((unsigned char)(*p)[0]) &&
	    isxdigit((unsigned char)(*p)[1])) {
		memcpy(hex, *p, 2);
		*p += 2;
		if (strcmp(hex, "00") != 0 && buf_from_hex(value, hex))
			return true;
		fault_found(f, "a zero byte in an attribute value");
		return fault_raise(f, FAULT_INVALID_ARGS, "text",
		    "leave the zero byte out");
	}
	if (**p == '\0') {
		fault_found(f, "a backslash at the end of the subject");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "a character after a backslash",
		    "write two backslashes for one");
	}
	buf_append(value, (struct bytes){ (const unsigned char *)(*p)++, 1 });
	return true;
}

/* "+" joins attributes and '"' quotes in other tools: neither is guessed at. */
static bool
refuse_special(char c, struct fault *f)
{
	fault_found(f, "an unescaped %c in an attribute value", c);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "one attribute at a time, special characters escaped",
	    "put a backslash before it: \\+ \\\" \\, \\\\");
}

/* Up to the separator; blanks around it go, escaped ones stay. */
static bool
take_value(const char **p, char separator, struct buf *value, struct fault *f)
{
	size_t keep = 0;

	while (**p == ' ')
		++*p;
	while (**p != '\0' && **p != separator) {
		const char *start = *p;
		bool ok = true;

		if (**p == '\\')
			ok = take_escape(p, value, f);
		else if (**p == '+' || **p == '"')
			ok = refuse_special(**p, f);
		else
			buf_append(value,
			    (struct bytes){ (const unsigned char *)(*p)++, 1 });
		if (!ok)
			return false;
		if (*start != ' ')
			keep = value->len;
	}
	value->len = keep;
	return true;
}

static bool
take_name(const char **p, char separator, struct buf *name, struct fault *f)
{
	const char stop[] = { '=', separator, '\0' };
	char shown[SHOWN_MAX];
	size_t len;

	*p += strspn(*p, " ");
	len = strcspn(*p, stop);
	buf_set(name, (struct bytes){ (const unsigned char *)*p, len });
	while (name->len > 0 && name->p[name->len - 1] == ' ')
		name->len--;
	name->p[name->len] = '\0';
	*p += len;
	if (**p == '=' && name->len > 0) {
		++*p;
		return true;
	}
	fault_found(f, "the part \"%s\" in the subject",
	    text_fit(shown, sizeof(shown), buf_bytes(name)));
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "NAME=VALUE parts such as \"C=DE, O=Example Corp, CN=Issuing CA\"",
	    separator == ',' ? "write \\, for a comma in a value"
			     : "write \\/ for a slash in a value");
}

static const struct subject_row *
find_row(const char *name)
{
	for (size_t i = 0; i < SUBJECT_ROWS; i++) {
		const struct subject_row *row = &subject_rows[i];

		if (row->oid == NULL)
			continue;
		if (strcasecmp(name, row->member.name) == 0)
			return row;
		for (size_t j = 0; j < COUNT(row->word); j++)
			if (row->word[j] != NULL &&
			    strcasecmp(name, row->word[j]) == 0)
				return row;
	}
	return NULL;
}

const char *
words_oid(const char *name)
{
	if (strncasecmp(name, "OID.", 4) == 0)
		name += 4;
	if (!isdigit((unsigned char)name[0]) ||
	    name[strspn(name, "0123456789.")] != '\0')
		return NULL;
	return name;
}

static bool
add_custom(json_t *subject, const char *oid, struct bytes value,
    struct fault *f)
{
	json_t *list = json_object_get(subject, "CustomAttributes");
	json_t *one = tree_object();

	if (list == NULL) {
		list = tree_array();
		tree_put(subject, "CustomAttributes", list);
	}
	tree_add(list, one);
	return words_put(one, "ObjectIdentifier", bytes_of(oid), f) &&
	    words_put(one, "Value", value, f);
}

static bool
add_attribute(json_t *subject, const char *name, struct bytes value,
    struct fault *f)
{
	const struct subject_row *row = find_row(name);
	char shown[SHOWN_MAX];

	if (value.len == 0) {
		fault_found(f, "%s without a value",
		    text_fit(shown, sizeof(shown), bytes_of(name)));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "a value after the \"=\"", "leave the attribute out");
	}
	if (row == NULL && words_oid(name) != NULL)
		return add_custom(subject, words_oid(name), value, f);
	if (row == NULL) {
		fault_found(f, "an attribute \"%s\"",
		    text_fit(shown, sizeof(shown), bytes_of(name)));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "C, O, OU, dnQualifier, ST, CN, serialNumber, L, title, "
		    "SN, GN, initials, pseudonym, generationQualifier or an "
		    "OID",
		    "use one of these, or OID=VALUE for every attribute");
	}
	if (json_object_get(subject, row->member.name) != NULL) {
		fault_found(f, "a second %s (%s)", row->member.name,
		    text_fit(shown, sizeof(shown), bytes_of(name)));
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "each attribute once, as in the API",
		    "leave one out, or use OID=VALUE for every attribute");
	}
	return words_put(subject, row->member.name, value, f);
}

bool
words_subject(const char *text, json_t **out, struct fault *f)
{
	char separator = text[0] == '/' ? '/' : ',';
	const char *p = separator == '/' ? text + 1 : text;
	json_t *subject = tree_object();
	struct buf name = { 0 };
	struct buf value = { 0 };
	bool more = *p != '\0';
	bool ok = true;

	*out = NULL;
	while (ok && more) {
		value.len = 0;
		ok = take_name(&p, separator, &name, f) &&
		    take_value(&p, separator, &value, f) &&
		    add_attribute(subject, buf_text(&name), buf_bytes(&value),
			f);
		more = *p != '\0';
		p += more;
	}
	buf_free(&name);
	buf_free(&value);
	if (ok)
		*out = subject;
	else
		json_decref(subject);
	return ok;
}
