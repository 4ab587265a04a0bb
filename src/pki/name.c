/* name.c - distinguished names (X.501), compared as RFC 5280, 7.1 says. */
#include "p11ca/name.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define OID_TEXT_MAX 512

struct name {
	X509_NAME *x;
	struct buf der;
};

struct name *
name_from_der(struct bytes der)
{
	const unsigned char *p = der.p;
	struct name *name = NULL;
	X509_NAME *x = NULL;

	if (der.len == 0 || der.len > INT_MAX)
		return NULL;
	x = d2i_X509_NAME(NULL, &p, (long)der.len);
	if (x == NULL || p != der.p + der.len)
		goto out;
	name = mem_new(sizeof(*name));
	buf_set(&name->der, der);
	name->x = x;
	x = NULL; /* the name's now */
out:
	X509_NAME_free(x);
	ERR_clear_error();
	return name;
}

void
name_free(struct name *name)
{
	if (name == NULL)
		return;
	X509_NAME_free(name->x);
	buf_free(&name->der);
	mem_free(name);
}

struct bytes
name_der(const struct name *name)
{
	return buf_bytes(&name->der);
}

bool
name_empty(const struct name *name)
{
	return X509_NAME_entry_count(name->x) == 0;
}

/* Has it a character below the blank, or DEL?  No text at all has none. */
static bool
has_control(const ASN1_STRING *value)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, value);
	bool found = false;

	for (int i = 0; i < len; i++)
		found = found || text[i] < ' ' || text[i] == 0x7f;
	OPENSSL_free(text);
	return found;
}

bool
name_is_text(const struct name *name)
{
	bool found = false;

	for (int i = 0; i < X509_NAME_entry_count(name->x); i++)
		found = found ||
		    has_control(X509_NAME_ENTRY_get_data(
			X509_NAME_get_entry(name->x, i)));
	ERR_clear_error();
	return !found;
}

int
name_compare(const struct name *a, const struct name *b)
{
	/* OpenSSL keeps each name in the canonical form that this is about. */
	return X509_NAME_cmp(a->x, b->x);
}

bool
name_equal(const struct name *a, const struct name *b)
{
	return name_compare(a, b) == 0;
}

/* The short name of an attribute's type, or its dots, or, for what is not even
 * that, its octets. */
static void
type_show(struct buf *out, const ASN1_OBJECT *type)
{
	struct bytes oid = { OBJ_get0_data(type), OBJ_length(type) };
	int nid = OBJ_obj2nid(type);
	char dots[OID_TEXT_MAX];

	if (nid != NID_undef) {
		buf_text_append(out, OBJ_nid2sn(nid));
	} else if (der_oid_text(oid, dots, sizeof(dots))) {
		buf_text_append(out, dots);
	} else {
		buf_text_append(out, "OID#");
		buf_hex(out, oid);
	}
}

/* RFC 2253, 2.4: must this byte of a value have a backslash before it? */
static bool
is_special(struct bytes text, size_t i)
{
	unsigned char c = text.p[i];

	if (c == ' ')
		return i == 0 || i + 1 == text.len;
	if (c == '#')
		return i == 0;
	return c != '\0' && strchr(",+\"\\<>;", c) != NULL;
}

/* What needs no backslash goes through text_show() in runs, so that the
 * backslashes which either way of escaping writes are not escaped again. */
static void
text_value_show(struct buf *out, struct bytes text)
{
	size_t run = 0; /* where it started */

	for (size_t i = 0; i < text.len; i++) {
		if (!is_special(text, i))
			continue;
		text_show(out, (struct bytes){ text.p + run, i - run });
		buf_text_append(out, "\\");
		buf_append(out, (struct bytes){ text.p + i, 1 });
		run = i + 1;
	}
	text_show(out, (struct bytes){ text.p + run, text.len - run });
}

/* A value that is no text: "#" and its DER in hex (RFC 2253, 2.4). */
static void
other_value_show(struct buf *out, ASN1_STRING *value)
{
	ASN1_TYPE any = { .type = ASN1_STRING_type(value) };
	unsigned char *der = NULL;
	int len;

	any.value.asn1_string = value;
	len = i2d_ASN1_TYPE(&any, &der);
	buf_text_append(out, "#");
	if (len > 0)
		buf_hex(out, (struct bytes){ der, (size_t)len });
	OPENSSL_free(der);
}

static void
entry_show(struct buf *out, const X509_NAME_ENTRY *entry)
{
	const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
	ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	unsigned char *text = NULL;
	int len = -1;

	type_show(out, type);
	buf_text_append(out, "=");
	if (OBJ_obj2nid(type) != NID_undef)
		len = ASN1_STRING_to_UTF8(&text, value);
	if (len >= 0)
		text_value_show(out, (struct bytes){ text, (size_t)len });
	else
		other_value_show(out, value);
	OPENSSL_free(text);
}

void
name_show(struct buf *out, const struct name *name)
{
	int last = X509_NAME_entry_count(name->x) - 1;
	int rdn = 0;

	/* The last RDN comes first (RFC 2253, 2.1). */
	for (int i = last; i >= 0; i--) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name->x, i);

		if (i < last)
			buf_text_append(out,
			    X509_NAME_ENTRY_set(entry) == rdn ? "+" : ",");
		rdn = X509_NAME_ENTRY_set(entry);
		entry_show(out, entry);
	}
	ERR_clear_error();
}

/* How many bytes of shown text must stay together: an escape, a character. */
static size_t
shown_len(struct bytes at)
{
	const unsigned char *end;
	uint32_t code_point;

	if (at.p[0] != '\\' || at.len < 2)
		return text_utf8(at, &code_point);
	if (at.p[1] == 'x')
		return 4;
	if (at.p[1] != 'u')
		return 2;
	end = memchr(at.p, '}', at.len);
	return end != NULL ? (size_t)(end - at.p) + 1 : at.len;
}

const char *
name_fit(char *out, size_t size, const struct name *name)
{
	struct buf shown = { 0 };
	struct bytes at;
	size_t fits = 0;

	name_show(&shown, name);
	if (shown.p == NULL || shown.len < size) {
		memcpy(out, buf_text(&shown), shown.len + 1);
	} else {
		for (at = buf_bytes(&shown);
		     fits + shown_len(at) + sizeof("...") <= size;
		     at.p = shown.p + fits, at.len = shown.len - fits)
			fits += shown_len(at);
		memcpy(out, shown.p, fits);
		memcpy(out + fits, "...", sizeof("..."));
	}
	buf_free(&shown);
	return out;
}
