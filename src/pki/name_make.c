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

/* RelativeDistinguishedName of one AttributeTypeAndValue. */
static bool
rdn_put(struct buf *out, const struct name_attr *attr, struct fault *f)
{
	struct bytes value = bytes_of(attr->value);
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
	} else if (!(attr->printable ? is_printable : is_utf8)(value)) {
		fault_found(f, "\"%s\" as the %s of %s",
		    text_fit(shown, sizeof(shown), value),
		    attr->printable ? "PrintableString" : "UTF8String",
		    attr->oid);
	} else {
		der_put(&pair, attr->printable ? DER_PRINTABLE : DER_UTF8,
		    value);
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
