/* name_make.c - distinguished names of our own making. */
#include <string.h>

#include "make.h"
#include "p11ca/name.h"
#include "p11ca/text.h"

#define VALUE_MAX 65535
#define SHOWN_MAX 128

/* PrintableString (X.680, 41.4). */
static bool
is_printable(struct bytes value)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789 '()+,-./:=?";

	for (size_t i = 0; i < value.len; i++)
		if (memchr(alphabet, value.p[i], sizeof(alphabet) - 1) == NULL)
			return false;
	return true;
}

static bool
is_utf8(struct bytes value)
{
	uint32_t code_point;
	size_t len;

	for (; value.len > 0; value.p += len, value.len -= len) {
		len = text_utf8(value, &code_point);
		if (len == 0)
			return false;
	}
	return true;
}

static bool
is_ascii(struct bytes value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] >= 0x80)
			return false;
	return true;
}

struct string_type {
	const char *name;
	int tag;
	bool (*holds)(struct bytes value);
};

static const struct string_type utf8 = { "UTF8String", DER_UTF8, is_utf8 };
static const struct string_type printable = { "PrintableString", DER_PRINTABLE,
	is_printable };
static const struct string_type ia5 = { "IA5String", DER_IA5, is_ascii };

/* Attributes whose syntax is IA5String (RFC 4519, 2.4; RFC 2985, 5.2.1). */
static const char *const ia5_attrs[] = {
	"0.9.2342.19200300.100.1.25", /* domainComponent */
	"1.2.840.113549.1.9.1",	      /* emailAddress */
};

static const struct string_type *
type_of(const struct name_attr *attr)
{
	for (size_t i = 0; attr->oid != NULL && i < COUNT(ia5_attrs); i++)
		if (strcmp(ia5_attrs[i], attr->oid) == 0)
			return &ia5;
	return attr->printable ? &printable : &utf8;
}

/* RelativeDistinguishedName of one AttributeTypeAndValue. */
static bool
rdn_put(struct buf *out, const struct name_attr *attr, struct fault *f)
{
	struct bytes value = bytes_of(attr->value);
	const struct string_type *type = type_of(attr);
	struct buf pair = { 0 };
	struct buf set = { 0 };
	char shown[SHOWN_MAX];
	bool ok = false;

	if (attr->oid == NULL || !put_oid(&pair, attr->oid)) {
		fault_found(f, "\"%s\" as the type of a name's attribute",
		    text_fit(shown, sizeof(shown), bytes_of(attr->oid)));
	} else if (value.len < 1 || value.len > VALUE_MAX) {
		fault_found(f, "%zu bytes as the value of %s", value.len,
		    attr->oid);
	} else if (!type->holds(value)) {
		fault_found(f, "\"%s\" as the %s of %s",
		    text_fit(shown, sizeof(shown), value), type->name,
		    attr->oid);
	} else {
		der_put(&pair, type->tag, value);
		der_put(&set, DER_SEQUENCE, buf_bytes(&pair));
		der_put(out, DER_SET, buf_bytes(&set));
		ok = true;
	}
	buf_free(&set);
	buf_free(&pair);
	return ok;
}

bool
name_make(const struct name_attr *attrs, size_t count, struct buf *der,
    struct fault *f)
{
	struct buf rdns = { 0 };
	bool ok = true;

	memset(der, 0, sizeof(*der));
	for (size_t i = 0; ok && i < count; i++)
		ok = rdn_put(&rdns, &attrs[i], f);
	if (ok)
		der_put(der, DER_SEQUENCE, buf_bytes(&rdns));
	buf_free(&rdns);
	return ok ||
	    fault_raise(f, FAULT_INVALID_ARGS,
		"attributes of a name by OID, with values of 1 to 65535 bytes "
		"that their string type can hold",
		"correct this attribute of the subject");
}
