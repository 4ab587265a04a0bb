/* limits.c - what a token says of its flags, its room and its key sizes. */
#include "internal.h"

#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/probe.h"

#define FLAG(name)                                                             \
	{                                                                      \
		name, #name                                                    \
	}

/* CK_TOKEN_INFO, flags (PKCS#11 2.40, 3.2). */
static const struct {
	CK_FLAGS flag;
	const char *name;
} flag_names[] = {
	FLAG(CKF_RNG),
	FLAG(CKF_WRITE_PROTECTED),
	FLAG(CKF_LOGIN_REQUIRED),
	FLAG(CKF_USER_PIN_INITIALIZED),
	FLAG(CKF_RESTORE_KEY_NOT_NEEDED),
	FLAG(CKF_CLOCK_ON_TOKEN),
	FLAG(CKF_PROTECTED_AUTHENTICATION_PATH),
	FLAG(CKF_DUAL_CRYPTO_OPERATIONS),
	FLAG(CKF_TOKEN_INITIALIZED),
	FLAG(CKF_SECONDARY_AUTHENTICATION),
	FLAG(CKF_USER_PIN_COUNT_LOW),
	FLAG(CKF_USER_PIN_FINAL_TRY),
	FLAG(CKF_USER_PIN_LOCKED),
	FLAG(CKF_USER_PIN_TO_BE_CHANGED),
	FLAG(CKF_SO_PIN_COUNT_LOW),
	FLAG(CKF_SO_PIN_FINAL_TRY),
	FLAG(CKF_SO_PIN_LOCKED),
	FLAG(CKF_SO_PIN_TO_BE_CHANGED),
};

const char *
token_flag_name(unsigned long flags, size_t *at)
{
	while (*at < COUNT(flag_names))
		if (flags & flag_names[(*at)++].flag)
			return flag_names[*at - 1].name;
	return NULL;
}

/*
 * Modules (CK_INFO, manufacturerID) that several sessions at once bring down.
 * tpm2-pkcs11 1.9 frees twice; a TPM does one thing at a time anyway.
 */
static const char *const one_session[] = { "tpm2-software.github.io" };

size_t
hands_allowed(const struct token *token)
{
	CK_INFO info;
	struct bytes maker;

	if (token->hand_max == 1 ||
	    token->module->list->C_GetInfo(&info) != CKR_OK)
		return token->hand_max;
	maker.p = info.manufacturerID;
	maker.len = p11_kit_space_strlen(maker.p, sizeof(info.manufacturerID));
	for (size_t i = 0; i < COUNT(one_session); i++)
		if (bytes_equal(maker, bytes_of(one_session[i])))
			return 1;
	return token->hand_max;
}

/* One mechanism, unless it is there already or the token has none such. */
static void
size_add(struct token *token, struct token_limits *out, CK_MECHANISM_TYPE type)
{
	struct key_sizes *row = &out->sizes[out->size_count];
	CK_MECHANISM_INFO info = { 0 };
	CK_RV rv;

	for (size_t i = 0; i < out->size_count; i++)
		if (out->sizes[i].mechanism == type)
			return;
	if (!token_has(token, type) || out->size_count == KEY_SIZES_MAX)
		return;
	rv = token->module->list->C_GetMechanismInfo(token->about.slot, type,
	    &info);
	row->mechanism = type;
	row->min = rv == CKR_OK ? info.ulMinKeySize : 0;
	row->max = rv == CKR_OK ? info.ulMaxKeySize : 0;
	row->hardware = rv == CKR_OK && (info.flags & CKF_HW) != 0;
	out->size_count++;
}

static void
sizes_read(struct token *token, struct token_limits *out)
{
	for (size_t i = 0; i < KEY_ALGS; i++)
		size_add(token, out, key_mechanisms[i].generate);
	for (size_t i = 0; i < SIGN_ALGS; i++) {
		if (sign_mechanisms[i].libp11 != 0)
			size_add(token, out, sign_mechanisms[i].libp11);
		size_add(token, out, sign_mechanisms[i].direct);
	}
}

bool
limits_read(struct token *token, struct token_limits *out, struct fault *f)
{
	CK_TOKEN_INFO info;
	CK_RV rv;

	memset(out, 0, sizeof(*out));
	if (!mechanisms_read(token, f))
		return false;
	rv = token->module->list->C_GetTokenInfo(token->about.slot, &info);
	if (rv != CKR_OK)
		return token_fault(token, "asking for its limits", rv, f);
	out->flags = info.flags;
	out->pin_min = info.ulMinPinLen;
	out->pin_max = info.ulMaxPinLen;
	out->sessions_max = info.ulMaxSessionCount;
	out->sessions = info.ulSessionCount;
	out->rw_sessions_max = info.ulMaxRwSessionCount;
	out->rw_sessions = info.ulRwSessionCount;
	out->public_memory = info.ulTotalPublicMemory;
	out->public_free = info.ulFreePublicMemory;
	out->private_memory = info.ulTotalPrivateMemory;
	out->private_free = info.ulFreePrivateMemory;
	sizes_read(token, out);
	return true;
}
