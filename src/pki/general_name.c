/* general_name.c - encode a GeneralName (RFC 5280, 4.2.1.6). */
#include <arpa/inet.h>
#include <string.h>

#include "internal.h"
#include "p11ca/csr.h"
#include "p11ca/der.h"
#include "p11ca/text.h"

#define ADDRESS_MAX 64 /* characters of an IP address or OID, generously */
#define OID_TEXT_MAX 256

/* Printable ASCII, for an IA5String that nobody can hide anything in. */
static bool
put_ascii(const struct general_name *name, int tag, struct buf *out)
{
	for (size_t i = 0; i < name->value.len; i++)
		if (name->value.p[i] <= ' ' || name->value.p[i] > '~')
			return false;
	der_put(out, tag, name->value);
	return name->value.len > 0;
}

/* As a C string; false when it does not fit or holds a NUL. */
static bool
value_text(struct bytes value, char *text, size_t size)
{
	if (value.len == 0 || value.len >= size ||
	    memchr(value.p, '\0', value.len) != NULL)
		return false;
	memcpy(text, value.p, value.len);
	text[value.len] = '\0';
	return true;
}

static bool
put_address(const struct general_name *name, int tag, struct buf *out)
{
	char text[ADDRESS_MAX];
	unsigned char address[16];
	struct bytes octets = { address, 4 };

	if (!value_text(name->value, text, sizeof(text)))
		return false;
	if (inet_pton(AF_INET, text, address) != 1) {
		octets.len = 16;
		if (inet_pton(AF_INET6, text, address) != 1)
			return false;
	}
	der_put(out, tag, octets);
	return true;
}

static bool
put_registered_id(const struct general_name *name, int tag, struct buf *out)
{
	char text[OID_TEXT_MAX];

	return value_text(name->value, text, sizeof(text)) &&
	    der_put_oid(out, tag, text);
}

static bool
put_directory_name(const struct general_name *name, int tag, struct buf *out)
{
	struct name *decoded = name_from_der(name->value);
	bool ok = decoded != NULL;

	if (ok)
		der_put(out, tag, name->value);
	name_free(decoded);
	return ok;
}

/* An UTF8String in an explicit tag. */
static bool
put_utf8(struct bytes value, int tag, struct buf *out)
{
	struct buf string = { 0 };
	uint32_t code_point;
	size_t len;

	for (struct bytes at = value; at.len > 0; at.p += len, at.len -= len) {
		len = text_utf8(at, &code_point);
		if (len == 0 || code_point == 0)
			return false;
	}
	der_put(&string, DER_UTF8, value);
	der_put(out, tag, buf_bytes(&string));
	buf_free(&string);
	return value.len > 0;
}

static bool
put_other(const struct general_name *name, int tag, struct buf *out)
{
	struct buf fields = { 0 };
	bool ok = name->oid != NULL && der_put_oid(&fields, DER_OID, name->oid);

	ok = ok && put_utf8(name->value, DER_CONSTRUCTED(0), &fields);
	if (ok)
		der_put(out, tag, buf_bytes(&fields));
	buf_free(&fields);
	return ok;
}

static bool
put_edi_party(const struct general_name *name, int tag, struct buf *out)
{
	struct buf fields = { 0 };
	bool ok = name->assigner.len == 0 ||
	    put_utf8(name->assigner, DER_CONSTRUCTED(0), &fields);

	ok = ok && put_utf8(name->value, DER_CONSTRUCTED(1), &fields);
	if (ok)
		der_put(out, tag, buf_bytes(&fields));
	buf_free(&fields);
	return ok;
}

/* put() appends the element, or says that the value is none of the form. */
static const struct {
	const char *form;
	int tag;
	bool (*put)(const struct general_name *name, int tag, struct buf *out);
	const char *want;
} forms[] = {
	{ "OTHER", DER_CONSTRUCTED(0), put_other,
	    "a dotted OID and a value in UTF-8" },
	{ "EMAIL", DER_CONTEXT(1), put_ascii, "a mail address in ASCII" },
	{ "DNS", DER_CONTEXT(2), put_ascii, "a host name in ASCII" },
	{ "DIRNAME", DER_CONSTRUCTED(4), put_directory_name,
	    "a distinguished name" },
	{ "EDIPARTY", DER_CONSTRUCTED(5), put_edi_party,
	    "a party name in UTF-8" },
	{ "URI", DER_CONTEXT(6), put_ascii, "a URI in ASCII" },
	{ "IP", DER_CONTEXT(7), put_address, "an IPv4 or IPv6 address" },
	{ "RID", DER_CONTEXT(8), put_registered_id, "a dotted OID" },
};

/* Shown as text, for a directory name is the only form that is not. */
static bool
refuse_value(const struct general_name *name, const char *want, struct fault *f)
{
	char shown[128];

	fault_found(f, "%s \"%s\"", name->form,
	    text_fit(shown, sizeof(shown), name->value));
	return fault_raise(f, FAULT_INVALID_ARGS, want,
	    "correct the general name");
}

bool
general_name_der(const struct general_name *name, struct buf *out,
    struct fault *f)
{
	char shown[32];

	buf_free(out);
	for (size_t i = 0; i < COUNT(forms); i++) {
		if (strcmp(forms[i].form, name->form) != 0)
			continue;
		if (forms[i].put(name, forms[i].tag, out))
			return true;
		buf_free(out);
		return refuse_value(name, forms[i].want, f);
	}
	fault_found(f, "a general name of form \"%s\"",
	    text_fit(shown, sizeof(shown), bytes_of(name->form)));
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "URI, DNS, EMAIL, IP, RID, DIRNAME, OTHER or EDIPARTY",
	    "name one of these forms");
}
