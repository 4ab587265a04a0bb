/* key.c - the keys of a token: read them, list them, destroy them. */
#include "internal.h"

#include <stddef.h>
#include <string.h>

#include "p11ca/mem.h"

/* --- read ------------------------------------------------------------- */

struct claim_row {
	CK_ATTRIBUTE_TYPE type;
	size_t offset;
};

/* clang-format off */
static const struct claim_row claim_rows[] = {
	{ CKA_SENSITIVE, offsetof(struct key_claims, sensitive) },
	{ CKA_EXTRACTABLE, offsetof(struct key_claims, extractable) },
	{ CKA_ALWAYS_SENSITIVE, offsetof(struct key_claims, always_sensitive) },
	{ CKA_NEVER_EXTRACTABLE,
	    offsetof(struct key_claims, never_extractable) },
	{ CKA_LOCAL, offsetof(struct key_claims, local) },
	{ CKA_SIGN, offsetof(struct key_claims, sign) },
	{ CKA_DECRYPT, offsetof(struct key_claims, decrypt) },
	{ CKA_UNWRAP, offsetof(struct key_claims, unwrap) },
	{ CKA_DERIVE, offsetof(struct key_claims, derive) },
	{ CKA_ALWAYS_AUTHENTICATE,
	    offsetof(struct key_claims, always_authenticate) },
};
/* clang-format on */

/* All at once, which a token that knows every one of them answers in one call. */
static bool
claims_at_once(struct token *token, CK_OBJECT_HANDLE object,
    struct key_claims *out)
{
	CK_BBOOL value[COUNT(claim_rows)] = { 0 };
	CK_ATTRIBUTE ask[COUNT(claim_rows)];
	bool ok;

	for (size_t i = 0; i < COUNT(claim_rows); i++)
		ask[i] =
		    attribute(claim_rows[i].type, &value[i], sizeof(value[i]));
	ok = token->module->list->C_GetAttributeValue(token->session, object,
		 ask, COUNT(ask)) == CKR_OK;
	for (size_t i = 0; ok && i < COUNT(claim_rows); i++) {
		enum claim claim = value[i] != CK_FALSE ? CLAIM_YES : CLAIM_NO;

		ok = ask[i].ulValueLen == sizeof(value[i]);
		memcpy((char *)out + claim_rows[i].offset, &claim,
		    sizeof(claim));
	}
	return ok;
}

/* Else one at a time: a template may stop at the first unknown one. */
void
key_claims_from_object(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type, struct key_claims *out)
{
	bool at_once = claims_at_once(token, object, out);

	for (size_t i = 0; !at_once && i < COUNT(claim_rows); i++) {
		enum claim claim;

		claim = object_claim(token, object, claim_rows[i].type);
		memcpy((char *)out + claim_rows[i].offset, &claim,
		    sizeof(claim));
	}
	object_secret_try(token, object, type, out);
}

static enum key_family
family_of(CK_KEY_TYPE type)
{
	if (type == CKK_RSA)
		return FAMILY_RSA;
	if (type == CKK_EC)
		return FAMILY_EC;
	return type == CKK_EC_EDWARDS ? FAMILY_ED25519 : FAMILY_OTHER;
}

/* Of an RSA key by its modulus, of an EC key by its curve. */
static int
bits_of(CK_KEY_TYPE type, struct bytes shared)
{
	size_t at = 0;
	int bits;

	if (type == CKK_EC_EDWARDS)
		return 256;
	if (shared.len == 0)
		return 0;
	if (type == CKK_EC)
		return public_bits_of_params(shared);
	while (at < shared.len && shared.p[at] == 0)
		at++;
	bits = (int)(shared.len - at) * 8;
	for (int top = at < shared.len ? shared.p[at] : 0x80; top < 0x80;
	     top *= 2)
		bits--;
	return bits;
}

static void
label_from(struct bytes value, char out[KEY_LABEL_MAX])
{
	size_t len = value.len < KEY_LABEL_MAX ? value.len : KEY_LABEL_MAX - 1;

	if (len > 0)
		memcpy(out, value.p, len);
	out[len] = '\0';
}

void
key_label_from_object(struct token *token, CK_OBJECT_HANDLE object,
    char out[KEY_LABEL_MAX])
{
	struct buf label = { 0 };

	if (object_get(token, object, CKA_LABEL, &label) != CKR_OK)
		buf_free(&label);
	label_from(buf_bytes(&label), out);
	buf_free(&label);
}

/* Some tokens have no such attribute where others have an empty one. */
static CK_RV
type_and_id_read(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE *type, struct buf *id)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_KEY_TYPE, CKA_ID };
	struct buf read[2] = { { 0 }, { 0 } };
	CK_RV rv = object_get_two(token, object, types, read);

	if (rv == CKR_ATTRIBUTE_TYPE_INVALID)
		rv = CKR_OK;
	if (read[0].len == sizeof(*type))
		memcpy(type, read[0].p, sizeof(*type));
	else if (rv == CKR_OK && read[0].len > 0)
		rv = CKR_ATTRIBUTE_VALUE_INVALID;
	buf_set(id, buf_bytes(&read[1]));
	buf_free(&read[0]);
	buf_free(&read[1]);
	return rv;
}

/* What both halves of the pair must say alike; Edwards curves go by several
 * names, and the length tells them apart. */
static void
label_and_shared_read(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type, char label[KEY_LABEL_MAX], struct buf *shared)
{
	const CK_ATTRIBUTE_TYPE types[] = { CKA_LABEL,
		type == CKK_RSA ? CKA_MODULUS : CKA_EC_PARAMS };
	struct buf read[2] = { { 0 }, { 0 } };

	if (type != CKK_RSA && type != CKK_EC) {
		key_label_from_object(token, object, label);
		return;
	}
	(void)object_get_two(token, object, types, read);
	label_from(buf_bytes(&read[0]), label);
	buf_set(shared, buf_bytes(&read[1]));
	buf_free(&read[0]);
	buf_free(&read[1]);
}

/* *several: there is more than one public key that may be its own. */
static bool
key_read(struct token *token, CK_OBJECT_HANDLE object, struct key *out,
    bool *several, struct fault *f)
{
	CK_KEY_TYPE type = CKK_VENDOR_DEFINED;
	struct buf shared = { 0 };
	bool ok = true;
	CK_RV rv;

	memset(out, 0, sizeof(*out));
	*several = false;
	object_reads_begin(token);
	rv = type_and_id_read(token, object, &type, &out->id);
	if (rv != CKR_OK) {
		token_fault(token, "reading a key", rv, f);
		ok = false;
		goto out;
	}
	label_and_shared_read(token, object, type, out->label, &shared);
	out->family = family_of(type);
	out->bits = bits_of(type, buf_bytes(&shared));
	key_claims_from_object(token, object, type, &out->claims);
	ok = out->family == FAMILY_OTHER ||
	    public_of_private(token, type, buf_bytes(&out->id),
		buf_bytes(&shared), &out->spki, several, f);
	ok = ok && object_reads_end(token, f);
out:
	buf_free(&shared);
	if (!ok)
		key_clear(out);
	return ok;
}

bool
key_from_object(struct token *token, CK_OBJECT_HANDLE object, struct key *out,
    struct fault *f)
{
	bool several;

	if (!key_read(token, object, out, &several, f))
		return false;
	if (!several)
		return true;
	key_clear(out);
	fault_found(f, "two different public keys for one key in %s",
	    token->name);
	return fault_raise(f, FAULT_TOKEN, "a CKA_ID that one key pair has",
	    "give the other pair a CKA_ID of its own");
}

bool
keys_list(struct token *token, struct key **list, size_t *count,
    struct fault *f)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template = attribute(CKA_CLASS, &class, sizeof(class));
	CK_OBJECT_HANDLE *handles = NULL;
	size_t found = 0;
	bool several; /* then without: this is where one looks that up */
	bool ok;

	*list = NULL;
	*count = 0;
	ok = objects_find(token, &template, 1, &handles, &found, f);
	if (ok)
		*list = mem_array(found, sizeof(**list));
	for (size_t i = 0; ok && i < found; i++) {
		ok = key_read(token, handles[i], &(*list)[i], &several, f);
		if (ok)
			(*count)++;
	}
	if (!ok) {
		for (size_t i = 0; i < *count; i++)
			key_clear(&(*list)[i]);
		mem_free(*list);
		*list = NULL;
		*count = 0;
	}
	mem_free(handles);
	return ok;
}

/* --- destroy ---------------------------------------------------------- */

static bool
destroy_all(struct token *token, CK_OBJECT_CLASS class, struct bytes id,
    bool *found, struct fault *f)
{
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;
	CK_RV rv = CKR_OK;

	if (!objects_by_id(token, class, id, &list, &count, f))
		return false;
	for (size_t i = 0; i < count && rv == CKR_OK; i++) {
		*found = true;
		rv = token->module->list->C_DestroyObject(token->session,
		    list[i]);
	}
	mem_free(list);
	return rv == CKR_OK || token_fault(token, "destroying a key", rv, f);
}

bool
key_destroy(struct token *token, struct bytes id, bool *found, struct fault *f)
{
	*found = false;
	if (id.len == 0) {
		fault_found(f, "an empty CKA_ID, which would match every key");
		return fault_raise(f, FAULT_TOKEN, "the CKA_ID of one key",
		    "name the key");
	}
	signers_forget(token);
	return destroy_all(token, CKO_PRIVATE_KEY, id, found, f) &&
	    destroy_all(token, CKO_PUBLIC_KEY, id, found, f);
}
