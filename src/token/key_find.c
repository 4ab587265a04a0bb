/* key_find.c - the one key that is asked for, by its ID or by a URI. */
#include "internal.h"

#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_KEYS 6

/* Label and ID of the keys, as many as a sentence takes. */
static void
keys_show(struct token *token, const CK_OBJECT_HANDLE *list, size_t count,
    struct buf *out)
{
	struct buf id = { 0 };

	for (size_t i = 0; i < count && i < SHOWN_KEYS; i++) {
		char label[KEY_LABEL_MAX];
		char shown[40];
		size_t len;

		key_label_from_object(token, list[i], label);
		buf_printf(out, "%s\"%s\" (id ", i > 0 ? ", " : "",
		    text_fit(shown, sizeof(shown), bytes_of(label)));
		if (object_get(token, list[i], CKA_ID, &id) != CKR_OK)
			buf_free(&id);
		len = id.len < 10 ? id.len : 10;
		buf_hex(out, (struct bytes){ id.p, len });
		buf_text_append(out, len < id.len ? "...)" : ")");
	}
	if (count > SHOWN_KEYS)
		buf_printf(out, " and %zu more", count - SHOWN_KEYS);
	buf_free(&id);
}

static bool
no_key_fault(struct token *token, struct fault *f)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template = attribute(CKA_CLASS, &class, sizeof(class));
	CK_OBJECT_HANDLE *list = NULL;
	struct buf shown = { 0 };
	size_t count = 0;

	if (!objects_find(token, &template, 1, &list, &count, f))
		return false;
	keys_show(token, list, count, &shown);
	if (!token->logged_in && token->about.login_required)
		fault_found(f,
		    "no such key in %s, where private keys are "
		    "hidden before login",
		    token->name);
	else if (count == 0)
		fault_found(f, "no private key at all in %s", token->name);
	else
		fault_found(f, "no such key in %s, which has %s", token->name,
		    buf_text(&shown));
	buf_free(&shown);
	mem_free(list);
	return fault_raise(f, FAULT_TOKEN, "the private key on the token",
	    "is this the right token? look with \"p11ca token show\"; a key "
	    "that was deleted comes back with a backup of the token only");
}

/* Exactly one of the handles, or why not. */
static bool
the_one_key(struct token *token, const CK_OBJECT_HANDLE *list, size_t count,
    CK_OBJECT_HANDLE *out, struct fault *f)
{
	struct buf shown = { 0 };

	if (count == 1) {
		*out = list[0];
		return true;
	}
	if (count == 0)
		return no_key_fault(token, f);
	keys_show(token, list, count, &shown);
	fault_found(f, "%zu private keys where one was asked for in %s: %s",
	    count, token->name, buf_text(&shown));
	buf_free(&shown);
	return fault_raise(f, FAULT_TOKEN, "one key, by a CKA_ID of its own",
	    "give each key a CKA_ID of its own, and name the key by id=");
}

bool
key_object(struct token *token, struct bytes id, CK_OBJECT_HANDLE *out,
    struct fault *f)
{
	CK_OBJECT_HANDLE *list = NULL;
	size_t count = 0;
	bool ok;

	if (id.len == 0) {
		fault_found(f, "a key without a CKA_ID");
		return fault_raise(f, FAULT_TOKEN,
		    "a CKA_ID, by which the key is found again",
		    "set one with the tool of the token");
	}
	ok = objects_by_id(token, CKO_PRIVATE_KEY, id, &list, &count, f) &&
	    the_one_key(token, list, count, out, f);
	mem_free(list);
	return ok;
}

/* A key a CA can use: with an ID that is its own, and a public half. */
static bool
usable_key(struct token *token, CK_OBJECT_HANDLE object, struct key *out,
    struct fault *f)
{
	char shown[64];

	if (!key_from_object(token, object, out, f))
		return false;
	if (out->spki.len > 0)
		return true;
	text_fit(shown, sizeof(shown), bytes_of(out->label));
	fault_found(f, "no public key in %s that belongs to the key \"%s\"",
	    token->name, shown);
	key_clear(out);
	return fault_raise(f, FAULT_TOKEN,
	    "a public key object with the CKA_ID and parameters of the key",
	    "write the public key to the token, with the CKA_ID of the key");
}

bool
key_find(struct token *token, struct bytes id, struct key *out, struct fault *f)
{
	CK_OBJECT_HANDLE object = 0;

	memset(out, 0, sizeof(*out));
	return key_object(token, id, &object, f) &&
	    usable_key(token, object, out, f);
}

/* What a URI says of a key; refuses one that says nothing of it. */
static bool
uri_names_a_private_key(struct token *token, P11KitUri *uri, struct fault *f)
{
	CK_ATTRIBUTE *class = p11_kit_uri_get_attribute(uri, CKA_CLASS);
	CK_OBJECT_CLASS private = CKO_PRIVATE_KEY;

	if (p11_kit_uri_match_token_info(uri, &token->pinned) == 0) {
		fault_found(f, "a URI of another token than %s", token->name);
		return fault_raise(f, FAULT_TOKEN, "a key on this token",
		    "name the token of the key, too");
	}
	if (class != NULL &&
	    memcmp(class->pValue, &private, sizeof(private)) != 0) {
		fault_found(f, "a URI of something that is no private key");
		return fault_raise(f, FAULT_TOKEN, "type=private, or no type",
		    "name the private key; its public half is found by it");
	}
	if (p11_kit_uri_get_attribute(uri, CKA_ID) != NULL ||
	    p11_kit_uri_get_attribute(uri, CKA_LABEL) != NULL)
		return true;
	fault_found(f, "a URI without id= and object=");
	return fault_raise(f, FAULT_TOKEN, "a URI that names a key",
	    "take id= from \"p11ca token show\", as in id=%01%02");
}

bool
key_find_uri(struct token *token, const char *uri_text, struct key *out,
    struct fault *f)
{
	static const CK_ATTRIBUTE_TYPE names[] = { CKA_ID, CKA_LABEL };
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[1 + COUNT(names)];
	CK_OBJECT_HANDLE *list = NULL;
	CK_OBJECT_HANDLE object = 0;
	P11KitUri *uri = NULL;
	size_t count = 0;
	size_t n = 0;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	template[n++] = attribute(CKA_CLASS, &class, sizeof(class));
	if (!token_uri_parse(uri_text, &uri, f) ||
	    !uri_names_a_private_key(token, uri, f))
		goto out;
	for (size_t i = 0; i < COUNT(names); i++) {
		CK_ATTRIBUTE *a = p11_kit_uri_get_attribute(uri, names[i]);

		if (a != NULL)
			template[n++] = *a;
	}
	ok = objects_find(token, template, n, &list, &count, f) &&
	    the_one_key(token, list, count, &object, f) &&
	    usable_key(token, object, out, f);
	/* By its ID alone once more: an ID that two keys share is no name. */
	if (ok && p11_kit_uri_get_attribute(uri, CKA_LABEL) != NULL)
		ok = key_object(token, buf_bytes(&out->id), &object, f);
	if (!ok)
		key_clear(out);
out:
	mem_free(list);
	p11_kit_uri_free(uri);
	return ok;
}
