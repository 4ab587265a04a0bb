/* uri.c - PKCS#11 URIs (RFC 7512), read without guessing. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define URI_MAX 2048
#define SCHEME "pkcs11:"

/* An attribute of a URI; refused says why it is not taken, or NULL. */
struct uri_name {
	const char *name;
	const char *refused;
	const char *todo;
};

#define MODULE_TODO "take it out; name the module in the settings"
#define SLOT_TODO "name the token by token= and serial="

/* clang-format off */
static const struct uri_name uri_names[] = {
	{ "token", NULL, NULL },
	{ "serial", NULL, NULL },
	{ "manufacturer", NULL, NULL },
	{ "model", NULL, NULL },
	{ "object", NULL, NULL },
	{ "id", NULL, NULL },
	{ "type", NULL, NULL },
	{ "pin-source", NULL, NULL },
	{ "pin-value", "a PIN in a URI, which ends up in shell history and "
	    "process lists", "change that PIN; give it with pin-source, a "
	    "file, or at the prompt" },
	{ "slot-id", "a slot number, which changes and names no token",
	    SLOT_TODO },
	{ "slot-description", "a slot, which names no token", SLOT_TODO },
	{ "slot-manufacturer", "a slot, which names no token", SLOT_TODO },
	{ "module-path", "a module in a URI", MODULE_TODO },
	{ "module-name", "a module in a URI", MODULE_TODO },
	{ "library-description", "a module in a URI", MODULE_TODO },
	{ "library-manufacturer", "a module in a URI", MODULE_TODO },
	{ "library-version", "a module in a URI", MODULE_TODO },
};
/* clang-format on */

static bool
uri_fault(struct fault *f, const char *todo)
{
	return fault_raise(f, FAULT_TOKEN,
	    "a PKCS#11 URI such as pkcs11:token=issuing;serial=1a2b",
	    todo != NULL ? todo : "take it from \"p11ca token list\"");
}

/* Which row of the table an attribute is; -1: none. */
static int
uri_name_row(const char *at, size_t len)
{
	for (size_t i = 0; i < COUNT(uri_names); i++)
		if (strlen(uri_names[i].name) == len &&
		    strncmp(uri_names[i].name, at, len) == 0)
			return (int)i;
	return -1;
}

/* p11-kit lets the last of two attributes win and ignores misspelt ones. */
static bool
names_are_known_and_single(const char *text, struct fault *f)
{
	bool seen[COUNT(uri_names)] = { false };
	const char *at = text;

	while (*at != '\0') {
		size_t len = strcspn(at, "=;?&");
		int row = uri_name_row(at, len);
		char shown[64];

		text_fit(shown, sizeof(shown),
		    (struct bytes){ (const unsigned char *)at, len });
		if (len > 0 && row < 0) {
			fault_found(f,
			    "the attribute \"%s\" in a URI, which "
			    "nobody knows",
			    shown);
			return uri_fault(f, NULL);
		}
		if (row >= 0 && uri_names[row].refused != NULL) {
			fault_found(f, "%s", uri_names[row].refused);
			return uri_fault(f, uri_names[row].todo);
		}
		if (row >= 0 && seen[row]) {
			fault_found(f, "the attribute \"%s\" twice in a URI",
			    shown);
			return uri_fault(f, "say it once");
		}
		if (row >= 0)
			seen[row] = true;
		at += strcspn(at, ";?&");
		at += *at != '\0';
	}
	return true;
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

bool
token_uri_parse(const char *text, P11KitUri **out, struct fault *f)
{
	P11KitUri *uri = mem_must(p11_kit_uri_new());
	bool ok = false;
	int code;

	*out = NULL;
	if (text == NULL) {
		fault_found(f, "no token named, and none in the settings");
		uri_fault(f,
		    "set token.uri in p11ca.yaml; \"p11ca token list\" "
		    "shows what there is");
		goto out;
	}
	if (strlen(text) > URI_MAX || !is_printable(text)) {
		fault_found(f,
		    "a URI that is too long, or not printable ASCII");
		uri_fault(f, "write other bytes as %20, %C3%BC, ...");
		goto out;
	}
	if (strncasecmp(text, SCHEME, strlen(SCHEME)) == 0 &&
	    !names_are_known_and_single(text + strlen(SCHEME), f))
		goto out;
	code = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);
	if (code != P11_KIT_URI_OK) {
		fault_found(f, "a URI that is not one: %s",
		    p11_kit_uri_message(code));
		uri_fault(f, NULL);
		goto out;
	}
	if (p11_kit_uri_any_unrecognized(uri)) {
		fault_found(f,
		    "a value in a URI that nothing can have: an "
		    "unknown type or a text that is too long");
		uri_fault(f, NULL);
		goto out;
	}
	*out = uri;
	uri = NULL; /* the caller's now */
	ok = true;
out:
	p11_kit_uri_free(uri);
	return ok;
}

bool
token_uri_names_a_token(P11KitUri *uri, struct fault *f)
{
	CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(uri);

	if (info->label[0] != 0 || info->serialNumber[0] != 0)
		return true;
	fault_found(f, "a URI without token= and serial=");
	return uri_fault(f, NULL);
}

void
token_uri_of(const CK_TOKEN_INFO *info, char *out, size_t size)
{
	P11KitUri *uri = mem_must(p11_kit_uri_new());
	CK_TOKEN_INFO *to = p11_kit_uri_get_token_info(uri);
	char *text = NULL;

	out[0] = '\0';
	memcpy(to->label, info->label, sizeof(to->label));
	memcpy(to->serialNumber, info->serialNumber, sizeof(to->serialNumber));
	memcpy(to->manufacturerID, info->manufacturerID,
	    sizeof(to->manufacturerID));
	memcpy(to->model, info->model, sizeof(to->model));
	if (p11_kit_uri_format(uri, P11_KIT_URI_FOR_TOKEN, &text) ==
		P11_KIT_URI_OK &&
	    strlen(text) < size)
		memcpy(out, text, strlen(text) + 1);
	free(text);
	p11_kit_uri_free(uri);
}
