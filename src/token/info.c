/* info.c - what tokens say of themselves. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SLOTS_MAX 4096

/* Trim the padding; what is not UTF-8 becomes "?". */
static void
text_from_padded(char out[TOKEN_TEXT_MAX], const CK_UTF8CHAR *padded,
    size_t size)
{
	size_t len = p11_kit_space_strlen(padded, size);
	size_t at = 0;

	while (at < len && padded[at] != '\0') {
		uint32_t code_point;
		size_t n = text_utf8((struct bytes){ padded + at, len - at },
		    &code_point);

		if (n == 0)
			out[at] = '?';
		else
			memcpy(out + at, padded + at, n);
		at += n == 0 ? 1 : n;
	}
	out[at] = '\0';
}

static void
flags_from(const CK_TOKEN_INFO *info, struct token_info *out)
{
	CK_FLAGS flags = info->flags;

	out->initialized = (flags & CKF_TOKEN_INITIALIZED) != 0;
	out->login_required = (flags & CKF_LOGIN_REQUIRED) != 0;
	out->pin_set = (flags & CKF_USER_PIN_INITIALIZED) != 0;
	out->pad = (flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
	out->pin_count_low = (flags & CKF_USER_PIN_COUNT_LOW) != 0;
	out->pin_final_try = (flags & CKF_USER_PIN_FINAL_TRY) != 0;
	out->pin_to_be_changed = (flags & CKF_USER_PIN_TO_BE_CHANGED) != 0;
	out->pin_locked = (flags & CKF_USER_PIN_LOCKED) != 0;
	out->write_protected = (flags & CKF_WRITE_PROTECTED) != 0;
	out->pin_min = info->ulMinPinLen;
	out->pin_max = info->ulMaxPinLen;
}

void
token_info_from(const struct slot_token *from, struct token_info *out)
{
	const CK_TOKEN_INFO *info = &from->info;

	memset(out, 0, sizeof(*out));
	text_from_padded(out->label, info->label, sizeof(info->label));
	text_from_padded(out->serial, info->serialNumber,
	    sizeof(info->serialNumber));
	text_from_padded(out->manufacturer, info->manufacturerID,
	    sizeof(info->manufacturerID));
	text_from_padded(out->model, info->model, sizeof(info->model));
	out->slot = from->slot;
	out->isolated = from->isolated;
	flags_from(info, out);
	if (out->initialized)
		token_uri_of(info, out->uri, sizeof(out->uri));
}

void
token_name_from(const struct token_info *info, char *out, size_t size)
{
	char shown[TOKEN_TEXT_MAX];

	text_fit(shown, sizeof(shown), bytes_of(info->label));
	(void)snprintf(out, size, "the token \"%s\"", shown);
}

void
token_info_refresh(struct token *token)
{
	CK_TOKEN_INFO info;
	CK_RV rv;

	rv = token->module->list->C_GetTokenInfo(token->about.slot, &info);
	if (rv == CKR_OK)
		flags_from(&info, &token->about);
}

/* The slots with a token in them; *slots is the caller's. */
static CK_RV
slots_list(CK_FUNCTION_LIST *list, CK_SLOT_ID **slots, CK_ULONG *count)
{
	CK_RV rv;

	*slots = NULL;
	/* The number may grow between two calls: ask again, a few times. */
	for (int i = 0; i < 3; i++) {
		rv = list->C_GetSlotList(CK_TRUE, NULL, count);
		if (rv != CKR_OK || *count > SLOTS_MAX)
			return rv != CKR_OK ? rv : CKR_BUFFER_TOO_SMALL;
		mem_free(*slots);
		*slots = mem_array(*count + 1, sizeof(**slots));
		rv = list->C_GetSlotList(CK_TRUE, *slots, count);
		if (rv != CKR_BUFFER_TOO_SMALL)
			return rv;
	}
	return rv;
}

bool
slots_read(struct module *module, struct slot_token **list, size_t *count,
    struct fault *f)
{
	CK_SLOT_ID *slots = NULL;
	CK_ULONG found = 0;
	bool ok = false;
	CK_RV rv;

	*list = NULL;
	*count = 0;
	rv = slots_list(module->list, &slots, &found);
	if (rv != CKR_OK) {
		rv_fault(f, module->name, "listing its tokens", rv);
		goto out;
	}
	*list = mem_array(found, sizeof(**list));
	for (CK_ULONG i = 0; i < found; i++) {
		struct slot_token *at = &(*list)[*count];

		/* A token pulled meanwhile is as good as never there. */
		rv = module->list->C_GetTokenInfo(slots[i], &at->info);
		if (rv != CKR_OK)
			continue;
		at->slot = slots[i];
		at->isolated = module_is_isolated(module);
		(*count)++;
	}
	ok = true;
out:
	mem_free(slots);
	return ok;
}

bool
infos_list(const struct token_place *place, struct token_info **list,
    size_t *count, struct fault *f)
{
	struct slot_token *slots = NULL;
	struct module *module = NULL;
	bool ok;

	*list = NULL;
	*count = 0;
	ok = module_load(place, &module, f) &&
	    slots_read(module, &slots, count, f);
	if (!ok)
		goto out;
	*list = mem_array(*count, sizeof(**list));
	for (size_t i = 0; i < *count; i++)
		token_info_from(&slots[i], &(*list)[i]);
out:
	mem_free(slots);
	module_unload(module);
	return ok;
}
