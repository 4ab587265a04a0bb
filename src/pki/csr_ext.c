/* csr_ext.c - what a certification request asks for, and its key. */
#include <ctype.h>
#include <string.h>

#include "internal.h"
#include "p11ca/certmake.h"
#include "p11ca/csr.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"

/* attributes [0] of the signed part; empty when there is none. */
static bool
attributes_take(const struct csr *csr, struct bytes *out, struct fault *f)
{
	struct bytes at = csr->info;
	struct bytes info, part;

	*out = (struct bytes){ NULL, 0 };
	if (!der_take(&at, DER_SEQUENCE, &info) || !der_integer(&info, &part) ||
	    !der_take(&info, DER_SEQUENCE, &part) ||
	    !der_take(&info, DER_SEQUENCE, &part) ||
	    (info.len > 0 && !der_take(&info, DER_CONSTRUCTED(0), out)))
		return fault_found(f, "attributes that do not decode");
	return true;
}

/* Attribute ::= SEQUENCE { type, values SET OF }; *list is empty unless it is
 * an extensionRequest: then the elements of its one value. */
static bool
attribute_read(struct bytes *attributes, bool *is_request, struct bytes *list,
    struct fault *f)
{
	struct bytes fields, type, values;
	char oid[sizeof(OID_EXTENSION_REQUEST)];

	*is_request = false;
	*list = (struct bytes){ NULL, 0 };
	if (!der_take(attributes, DER_SEQUENCE, &fields) ||
	    !der_take(&fields, DER_OID, &type) ||
	    !der_take(&fields, DER_SET, &values) || fields.len > 0)
		return fault_found(f, "an attribute that does not decode");
	*is_request = der_oid_text(type, oid, sizeof(oid)) &&
	    strcmp(oid, OID_EXTENSION_REQUEST) == 0;
	if (!*is_request)
		return true;
	return (der_take(&values, DER_SEQUENCE, list) && values.len == 0) ||
	    fault_found(f, "an extensionRequest that does not decode");
}

/* The elements of the one extensionRequest; empty: none. */
static bool
request_find(const struct csr *csr, struct bytes *out, struct fault *f)
{
	struct bytes attributes;
	bool found = false;

	*out = (struct bytes){ NULL, 0 };
	if (!attributes_take(csr, &attributes, f))
		return false;
	while (attributes.len > 0) {
		struct bytes list;
		bool is_request;

		if (!attribute_read(&attributes, &is_request, &list, f))
			return false;
		if (!is_request)
			continue;
		if (found)
			return fault_found(f, "two extensionRequests");
		found = true;
		*out = list;
	}
	return true;
}

/* The dotted OID of an extension; NULL: it is too long to be written out. */
static const char *
ext_oid(const struct ext *ext)
{
	if (ext->kind != NULL)
		return ext->kind->oid;
	return isdigit((unsigned char)ext->name[0]) ? ext->name : NULL;
}

static bool
wishes_take(const struct cert *facts, struct ext_wishes *out, struct fault *f)
{
	for (size_t i = 0; i < facts->ext_count; i++) {
		const struct ext *ext = &facts->ext[i];
		const char *oid = ext_oid(ext);

		if (oid == NULL)
			return fault_found(f, "an extension %s", ext->name);
		if (ext->undecodable)
			return fault_found(f,
			    "extension %s whose value does not decode",
			    ext->name);
		ext_wishes_add(out, oid, ext->critical, ext->value);
	}
	return true;
}

bool
csr_extensions(const struct csr *csr, struct ext_wishes *out, struct fault *f)
{
	struct cert facts = { 0 }; /* only its extensions */
	struct bytes list;
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = request_find(csr, &list, f) && ext_read_all(list, &facts, f);
	if (ok) {
		ext_note_all(&facts);
		ok = wishes_take(&facts, out, f);
	}
	mem_free(facts.ext);
	if (!ok)
		ext_wishes_clear(out);
	return ok ||
	    fault_raise(f, FAULT_MALFORMED_CSR,
		"one extensionRequest at most, its extensions in DER, each of "
		"them once",
		"make the CSR again with proper extensions");
}

bool
csr_key(const struct csr *csr, struct pubkey *out, struct fault *f)
{
	if (csr->key.evp != NULL) {
		pubkey_share(&csr->key, out);
		return true;
	}
	return pubkey_from_spki(csr->spki, out, f) ||
	    fault_raise(f, FAULT_MALFORMED_CSR,
		"a public key that its own algorithm can decode",
		"make the CSR again with a proper key");
}
