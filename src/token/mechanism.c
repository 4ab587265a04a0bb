/* mechanism.c - the table of algorithms, and what a token has of it. */
#include "internal.h"

#include <string.h>

#include "p11ca/mem.h"

#define MECHANISMS_MAX 4096

#define RSA_MADE "the token has no CKM_RSA_PKCS_KEY_PAIR_GEN"
#define EC_MADE "the token has no CKM_EC_KEY_PAIR_GEN"

/* clang-format off */
const struct key_mechanism key_mechanisms[KEY_ALGS] = {
	[KEY_RSA_2048] = { CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, RSA_MADE },
	[KEY_RSA_3072] = { CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, RSA_MADE },
	[KEY_RSA_4096] = { CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, RSA_MADE },
	[KEY_EC_PRIME256V1] = { CKM_EC_KEY_PAIR_GEN, CKK_EC, EC_MADE },
	[KEY_EC_SECP384R1] = { CKM_EC_KEY_PAIR_GEN, CKK_EC, EC_MADE },
	[KEY_EC_SECP521R1] = { CKM_EC_KEY_PAIR_GEN, CKK_EC, EC_MADE },
	[KEY_ED25519] = { CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS,
	    "the token has no CKM_EC_EDWARDS_KEY_PAIR_GEN (or remoting by "
	    "p11-kit hides it)" },
};

#define NO_PKCS "the token has no CKM_RSA_PKCS"
#define NO_PSS "the token has neither CKM_RSA_X_509 nor CKM_RSA_PKCS_PSS"
#define NO_ECDSA "the token has no CKM_ECDSA"

/*
 * Hash and sign in one mechanism is missing in too many tokens: the hash is
 * made here.  libp11 pads PSS itself, which takes the raw operation.
 */
const struct sign_mechanism sign_mechanisms[SIGN_ALGS] = {
	[SIGN_SHA256WITHRSA] = { CKM_RSA_PKCS, CKM_RSA_PKCS, 0, 0, NO_PKCS },
	[SIGN_SHA384WITHRSA] = { CKM_RSA_PKCS, CKM_RSA_PKCS, 0, 0, NO_PKCS },
	[SIGN_SHA512WITHRSA] = { CKM_RSA_PKCS, CKM_RSA_PKCS, 0, 0, NO_PKCS },
	[SIGN_SHA256WITHRSA_PSS] = { CKM_RSA_X_509, CKM_RSA_PKCS_PSS,
	    CKM_SHA256, CKG_MGF1_SHA256, NO_PSS },
	[SIGN_SHA384WITHRSA_PSS] = { CKM_RSA_X_509, CKM_RSA_PKCS_PSS,
	    CKM_SHA384, CKG_MGF1_SHA384, NO_PSS },
	[SIGN_SHA512WITHRSA_PSS] = { CKM_RSA_X_509, CKM_RSA_PKCS_PSS,
	    CKM_SHA512, CKG_MGF1_SHA512, NO_PSS },
	[SIGN_SHA256WITHECDSA] = { CKM_ECDSA, CKM_ECDSA, 0, 0, NO_ECDSA },
	[SIGN_SHA384WITHECDSA] = { CKM_ECDSA, CKM_ECDSA, 0, 0, NO_ECDSA },
	[SIGN_SHA512WITHECDSA] = { CKM_ECDSA, CKM_ECDSA, 0, 0, NO_ECDSA },
	[SIGN_ED25519] = { 0, CKM_EDDSA, 0, 0,
	    "the token has no CKM_EDDSA (or remoting by p11-kit hides it)" },
};
/* clang-format on */

bool
mechanisms_read(struct token *token, struct fault *f)
{
	CK_FUNCTION_LIST *p11;
	CK_ULONG count = 0;
	CK_RV rv;

	if (!token_ready(token, f))
		return false;
	p11 = token->module->list;
	if (token->mechanisms != NULL)
		return true;
	rv = p11->C_GetMechanismList(token->about.slot, NULL, &count);
	if (rv == CKR_OK && count > MECHANISMS_MAX)
		rv = CKR_BUFFER_TOO_SMALL;
	if (rv == CKR_OK) {
		/* One more: p11-kit 0.24 reads past the end of the list when
		 * it takes out what it does not pass on. */
		token->mechanisms =
		    mem_array(count + 1, sizeof(CK_MECHANISM_TYPE));
		rv = p11->C_GetMechanismList(token->about.slot,
		    token->mechanisms, &count);
	}
	if (rv == CKR_OK) {
		token->mechanism_count = count;
		return true;
	}
	mem_free(token->mechanisms);
	token->mechanisms = NULL;
	return token_fault(token, "listing its mechanisms", rv, f);
}

bool
token_has(struct token *token, CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < token->mechanism_count; i++)
		if (token->mechanisms[i] == type)
			return true;
	return false;
}

bool
mechanisms_list(struct token *token, unsigned long **list, size_t *count,
    struct fault *f)
{
	*list = NULL;
	*count = 0;
	if (!mechanisms_read(token, f))
		return false;
	*list = mem_array(token->mechanism_count, sizeof(**list));
	*count = token->mechanism_count;
	for (size_t i = 0; i < *count; i++)
		(*list)[i] = token->mechanisms[i];
	return true;
}

const char *
sign_way(struct token *token, enum sign_alg alg, bool *usable)
{
	const struct sign_mechanism *row = &sign_mechanisms[alg];
	struct fault ignored = { 0 };

	*usable = mechanisms_read(token, &ignored);
	if (!*usable)
		return "the token does not list its mechanisms";
	if (row->libp11 != 0 && token_has(token, row->libp11))
		return "libp11";
	if (token_has(token, row->direct))
		return "C_Sign";
	*usable = false;
	return row->missing;
}
