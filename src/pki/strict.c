/* strict.c - what der.h does not ask: DER all the way down. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "internal.h"
#include "p11ca/der.h"

#define NEST_MAX 16
#define CONSTRUCTED 0x20

bool
der_oid_content(struct bytes oid)
{
	bool first = true; /* octet of a subidentifier (X.690, 8.19.2) */

	for (size_t i = 0; i < oid.len; i++) {
		if (first && oid.p[i] == 0x80)
			return false;
		first = (oid.p[i] & 0x80) == 0;
	}
	return oid.len > 0 && first;
}

static bool
is_boolean(struct bytes content)
{
	return content.len == 1 && (content.p[0] == 0 || content.p[0] == 0xff);
}

/* Minimal: the first nine bits are not all alike (X.690, 8.3.2). */
static bool
is_integer(struct bytes content)
{
	if (content.len < 2)
		return content.len == 1;
	return (content.p[0] != 0 || (content.p[1] & 0x80) != 0) &&
	    (content.p[0] != 0xff || (content.p[1] & 0x80) == 0);
}

/* Unused bits are zero (X.690, 11.2.1). */
static bool
is_bit_string(struct bytes content)
{
	unsigned unused;

	if (content.len == 0 || content.p[0] > 7)
		return false;
	unused = content.p[0];
	if (content.len == 1)
		return unused == 0;
	return (content.p[content.len - 1] & ((1u << unused) - 1)) == 0;
}

static bool
is_null(struct bytes content)
{
	return content.len == 0;
}

static const struct {
	int tag;
	bool (*holds)(struct bytes content);
} primitives[] = {
	{ DER_BOOLEAN, is_boolean },
	{ DER_INTEGER, is_integer },
	{ DER_BIT_STRING, is_bit_string },
	{ DER_NULL, is_null },
	{ DER_OID, der_oid_content },
};

static bool
primitive_is_strict(int tag, struct bytes content)
{
	/* The primitive forms of SEQUENCE and SET do not exist. */
	if (tag == (DER_SEQUENCE & ~CONSTRUCTED) ||
	    tag == (DER_SET & ~CONSTRUCTED))
		return false;
	for (size_t i = 0; i < COUNT(primitives); i++)
		if (primitives[i].tag == tag)
			return primitives[i].holds(content);
	return true;
}

/* Ascending as padded octet strings (X.690, 11.6). */
static bool
in_order(struct bytes a, struct bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int way = len == 0 ? 0 : memcmp(a.p, b.p, len);

	return way < 0 || (way == 0 && a.len <= b.len);
}

static bool
set_is_in_order(struct bytes set)
{
	struct bytes last = { NULL, 0 };
	struct bytes content, whole;
	int tag;

	while (set.len > 0) {
		if (!der_next(&set, &tag, &content, &whole) ||
		    !in_order(last, whole))
			return false;
		last = whole;
	}
	return true;
}

static bool
constructed_is_strict(int tag, struct bytes content)
{
	bool universal = (tag & 0xc0) == 0;

	if (tag == DER_SET)
		return set_is_in_order(content);
	return !universal || tag == DER_SEQUENCE;
}

bool
der_is_strict(struct bytes der)
{
	struct bytes open[NEST_MAX];
	size_t depth = 1;

	open[0] = der;
	while (depth > 0) {
		struct bytes *at = &open[depth - 1];
		struct bytes content, whole;
		int tag;

		if (at->len == 0) {
			depth--;
			continue;
		}
		if (!der_next(at, &tag, &content, &whole))
			return false;
		if ((tag & CONSTRUCTED) == 0) {
			if (!primitive_is_strict(tag, content))
				return false;
			continue;
		}
		if (depth == NEST_MAX || !constructed_is_strict(tag, content))
			return false;
		open[depth++] = content;
	}
	return true;
}

bool
der_bit_octets(struct bytes content, struct bytes *octets)
{
	if (content.len == 0 || content.p[0] != 0)
		return false;
	octets->p = content.p + 1;
	octets->len = content.len - 1;
	return true;
}

bool
der_put_oid(struct buf *out, int tag, const char *dotted)
{
	ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);
	struct bytes content;

	if (object == NULL) {
		ERR_clear_error();
		return false;
	}
	content.p = OBJ_get0_data(object);
	content.len = OBJ_length(object);
	der_put(out, tag, content);
	ASN1_OBJECT_free(object);
	return true;
}
