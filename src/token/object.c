/* object.c - find objects of the token and read their attributes. */
#include "internal.h"

#include <stdint.h>
#include <string.h>

#include "p11ca/mem.h"

#define ATTRIBUTE_MAX ((CK_ULONG)64 * 1024)
#define SECRET_MAX 4096
#define SECRETS_MAX 6
#define SHORT_MAX 600
#define BATCH 64
#define OBJECTS_MAX ((size_t)1 << 20) /* a search that does not end */

/* PKCS#11 has no const in its templates; it does not write to them. */
CK_ATTRIBUTE
attribute(CK_ATTRIBUTE_TYPE type, const void *p, size_t len)
{
	CK_ATTRIBUTE a = { type, (void *)(uintptr_t)p, len };

	return a;
}

static CK_RV
find_all(CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
    CK_OBJECT_HANDLE **found, size_t *count)
{
	CK_OBJECT_HANDLE batch[BATCH];
	size_t cap = 0;
	CK_ULONG n = 0;
	CK_RV rv;

	do {
		rv = list->C_FindObjects(session, batch, BATCH, &n);
		if (rv == CKR_OK && *count + n > OBJECTS_MAX)
			rv = CKR_BUFFER_TOO_SMALL;
		for (CK_ULONG i = 0; rv == CKR_OK && i < n; i++) {
			*found =
			    mem_grow(*found, *count, &cap, sizeof(**found));
			(*found)[(*count)++] = batch[i];
		}
	} while (rv == CKR_OK && n > 0);
	return rv;
}

bool
objects_find(struct token *token, CK_ATTRIBUTE *template, size_t attributes,
    CK_OBJECT_HANDLE **list, size_t *count, struct fault *f)
{
	CK_FUNCTION_LIST *p11;
	CK_RV rv;

	*list = NULL;
	*count = 0;
	if (!token_ready(token, f))
		return false;
	p11 = token->module->list;
	rv = p11->C_FindObjectsInit(token->session, template, attributes);
	/* A search that could not be ended is ended now. */
	if (rv == CKR_OPERATION_ACTIVE &&
	    p11->C_FindObjectsFinal(token->session) == CKR_OK)
		rv = p11->C_FindObjectsInit(token->session, template,
		    attributes);
	if (rv == CKR_OK) {
		rv = find_all(p11, token->session, list, count);
		(void)p11->C_FindObjectsFinal(token->session);
	}
	if (rv == CKR_OK)
		return true;
	mem_free(*list);
	*list = NULL;
	*count = 0;
	return token_fault(token, "looking for objects", rv, f);
}

bool
objects_by_id(struct token *token, CK_OBJECT_CLASS class, struct bytes id,
    CK_OBJECT_HANDLE **list, size_t *count, struct fault *f)
{
	CK_ATTRIBUTE template[] = {
		attribute(CKA_CLASS, &class, sizeof(class)),
		attribute(CKA_ID, id.p, id.len),
	};

	return objects_find(token, template, COUNT(template), list, count, f);
}

void
object_reads_begin(struct token *token)
{
	token->trouble = CKR_OK;
}

bool
object_reads_end(struct token *token, struct fault *f)
{
	return token->trouble == CKR_OK ||
	    token_fault(token, "reading a key", token->trouble, f);
}

static CK_RV
read_one(struct token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a)
{
	CK_RV rv;

	rv = token->module->list->C_GetAttributeValue(token->session, object, a,
	    1);
	if (rv_is_lost(rv))
		token->trouble = rv;
	return rv;
}

/* Ask for the length, then for the value. */
static CK_RV
get_long(struct token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
    struct buf *out)
{
	CK_ATTRIBUTE a = { type, NULL, 0 };
	CK_RV rv;

	rv = read_one(token, object, &a);
	if (rv != CKR_OK)
		return rv;
	if (a.ulValueLen > ATTRIBUTE_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	a.pValue = mem_array(a.ulValueLen + 1, 1);
	rv = read_one(token, object, &a);
	if (rv == CKR_OK)
		buf_set(out, (struct bytes){ a.pValue, a.ulValueLen });
	mem_free(a.pValue);
	return rv;
}

/* Every call costs a round trip, and most values are short: try that first. */
CK_RV
object_get(struct token *token, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
    struct buf *out)
{
	unsigned char value[SHORT_MAX];
	CK_ATTRIBUTE a = { type, value, sizeof(value) };
	CK_RV rv;

	buf_free(out);
	rv = read_one(token, object, &a);
	if (rv == CKR_BUFFER_TOO_SMALL)
		return get_long(token, object, type, out);
	if (rv == CKR_OK && a.ulValueLen > sizeof(value))
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (rv == CKR_OK)
		buf_set(out, (struct bytes){ value, a.ulValueLen });
	return rv;
}

/* A token may stop at the first that it does not have; then one at a time. */
CK_RV
object_get_two(struct token *token, CK_OBJECT_HANDLE object,
    const CK_ATTRIBUTE_TYPE types[2], struct buf out[2])
{
	unsigned char value[2][SHORT_MAX] = { { 0 } };
	CK_ATTRIBUTE ask[] = {
		attribute(types[0], value[0], sizeof(value[0])),
		attribute(types[1], value[1], sizeof(value[1])),
	};
	CK_RV rv[2];

	rv[0] = token->module->list->C_GetAttributeValue(token->session, object,
	    ask, COUNT(ask));
	if (rv[0] == CKR_OK && ask[0].ulValueLen <= sizeof(value[0]) &&
	    ask[1].ulValueLen <= sizeof(value[1])) {
		for (size_t i = 0; i < COUNT(ask); i++)
			buf_set(&out[i],
			    (struct bytes){ value[i], ask[i].ulValueLen });
		return CKR_OK;
	}
	for (size_t i = 0; i < COUNT(rv); i++)
		rv[i] = object_get(token, object, types[i], &out[i]);
	return rv[0] != CKR_OK ? rv[0] : rv[1];
}

enum claim
object_claim(struct token *token, CK_OBJECT_HANDLE object,
    CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL yes = CK_FALSE;
	CK_ATTRIBUTE a = attribute(type, &yes, sizeof(yes));
	CK_RV rv;

	rv = read_one(token, object, &a);
	if (rv != CKR_OK || a.ulValueLen != sizeof(yes))
		return CLAIM_UNREPORTED;
	return yes != CK_FALSE ? CLAIM_YES : CLAIM_NO;
}

/* The answers of a token that keeps a value to itself. */
static bool
is_denial(CK_RV rv)
{
	return rv == CKR_ATTRIBUTE_SENSITIVE ||
	    rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_KEY_UNEXTRACTABLE;
}

/* Read for real: some modules answer the question for a length. */
static void
secret_try_each(struct token *token, CK_OBJECT_HANDLE object,
    const CK_ATTRIBUTE_TYPE *secrets, size_t count, struct key_claims *out)
{
	unsigned char value[SECRET_MAX] = { 0 };

	out->secret_denied = true;
	for (size_t i = 0; i < count && !out->secret_readable; i++) {
		CK_ATTRIBUTE a = { secrets[i], value, sizeof(value) };
		CK_RV rv;

		rv = read_one(token, object, &a);
		out->secret_readable = rv == CKR_BUFFER_TOO_SMALL ||
		    (rv == CKR_OK && a.ulValueLen > 0 &&
			a.ulValueLen <= sizeof(value));
		out->secret_denied = out->secret_denied && is_denial(rv);
	}
	OPENSSL_cleanse(value, sizeof(value));
}

/*
 * All parts in one call, as each call costs a round trip.  True: the token has
 * looked at every part and refused it; else the answer says too little.
 */
static bool
secret_is_denied_at_once(struct token *token, CK_OBJECT_HANDLE object,
    const CK_ATTRIBUTE_TYPE *secrets, size_t count)
{
	unsigned char value[SECRETS_MAX][SECRET_MAX] = { { 0 } };
	CK_ATTRIBUTE ask[SECRETS_MAX];
	bool denied;

	for (size_t i = 0; i < count; i++)
		ask[i] = attribute(secrets[i], value[i], sizeof(value[i]));
	denied =
	    is_denial(token->module->list->C_GetAttributeValue(token->session,
		object, ask, count));
	for (size_t i = 0; i < count; i++)
		denied =
		    denied && ask[i].ulValueLen == CK_UNAVAILABLE_INFORMATION;
	OPENSSL_cleanse(value, sizeof(value));
	return denied;
}

void
object_secret_try(struct token *token, CK_OBJECT_HANDLE object,
    CK_KEY_TYPE type, struct key_claims *out)
{
	/* Each of them gives the key away. */
	static const CK_ATTRIBUTE_TYPE rsa[SECRETS_MAX] = {
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1,
		CKA_EXPONENT_2, CKA_COEFFICIENT
	};
	static const CK_ATTRIBUTE_TYPE others[] = { CKA_VALUE };
	const CK_ATTRIBUTE_TYPE *secrets = type == CKK_RSA ? rsa : others;
	size_t count = type == CKK_RSA ? COUNT(rsa) : COUNT(others);

	out->secret_readable = false;
	out->secret_denied = count > 1 &&
	    secret_is_denied_at_once(token, object, secrets, count);
	if (!out->secret_denied)
		secret_try_each(token, object, secrets, count, out);
}
