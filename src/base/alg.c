/* alg.c - the algorithms of the API by name. */
#include "p11ca/alg.h"

#include <string.h>

#include "p11ca/text.h"

/* clang-format off */
const struct key_alg_row key_algs[KEY_ALGS] = {
	[KEY_RSA_2048] =      { "RSA_2048", FAMILY_RSA, 2048, NULL },
	[KEY_RSA_3072] =      { "RSA_3072", FAMILY_RSA, 3072, NULL },
	[KEY_RSA_4096] =      { "RSA_4096", FAMILY_RSA, 4096, NULL },
	[KEY_EC_PRIME256V1] = { "EC_prime256v1", FAMILY_EC, 256, "prime256v1" },
	[KEY_EC_SECP384R1] =  { "EC_secp384r1", FAMILY_EC, 384, "secp384r1" },
	[KEY_EC_SECP521R1] =  { "EC_secp521r1", FAMILY_EC, 521, "secp521r1" },
	[KEY_ED25519] =       { "ED25519", FAMILY_ED25519, 256, NULL },
};

const struct sign_alg_row sign_algs[SIGN_ALGS] = {
	[SIGN_SHA256WITHRSA] =     { "SHA256WITHRSA", FAMILY_RSA, "SHA256", false },
	[SIGN_SHA384WITHRSA] =     { "SHA384WITHRSA", FAMILY_RSA, "SHA384", false },
	[SIGN_SHA512WITHRSA] =     { "SHA512WITHRSA", FAMILY_RSA, "SHA512", false },
	[SIGN_SHA256WITHRSA_PSS] = { "SHA256WITHRSA_PSS", FAMILY_RSA, "SHA256", true },
	[SIGN_SHA384WITHRSA_PSS] = { "SHA384WITHRSA_PSS", FAMILY_RSA, "SHA384", true },
	[SIGN_SHA512WITHRSA_PSS] = { "SHA512WITHRSA_PSS", FAMILY_RSA, "SHA512", true },
	[SIGN_SHA256WITHECDSA] =   { "SHA256WITHECDSA", FAMILY_EC, "SHA256", false },
	[SIGN_SHA384WITHECDSA] =   { "SHA384WITHECDSA", FAMILY_EC, "SHA384", false },
	[SIGN_SHA512WITHECDSA] =   { "SHA512WITHECDSA", FAMILY_EC, "SHA512", false },
	[SIGN_ED25519] =           { "ED25519", FAMILY_ED25519, NULL, false },
};

/* Names of the API that nothing here can carry, and what is missing. */
static const struct {
	const char *name;
	const char *missing;
} missing[] = {
	{ "ML_DSA_44", "ML-DSA, which OpenSSL 3.0 and PKCS#11 2.40 do not have" },
	{ "ML_DSA_65", "ML-DSA, which OpenSSL 3.0 and PKCS#11 2.40 do not have" },
	{ "ML_DSA_87", "ML-DSA, which OpenSSL 3.0 and PKCS#11 2.40 do not have" },
	{ "SM2", "SM2, for which PKCS#11 2.40 has no mechanism" },
	{ "SM3WITHSM2", "SM2, for which PKCS#11 2.40 has no mechanism" },
};
/* clang-format on */

/* Is it one of those?  Then *f says so. */
static bool
is_missing(const char *name, const char *todo, struct fault *f)
{
	for (size_t i = 0; i < COUNT(missing); i++)
		if (strcmp(name, missing[i].name) == 0) {
			fault_found(f, "%s: it needs %s", name,
			    missing[i].missing);
			fault_raise(f, FAULT_INVALID_ARGS,
			    "an algorithm that token and library can carry",
			    todo);
			return true;
		}
	return false;
}

bool
key_alg_from_name(const char *name, enum key_alg *out, struct fault *f)
{
	char shown[64];

	for (size_t i = 0; i < KEY_ALGS; i++)
		if (strcmp(name, key_algs[i].name) == 0) {
			*out = (enum key_alg)i;
			return true;
		}
	if (is_missing(name, "take RSA_* or EC_*", f))
		return false;
	fault_found(f, "the key algorithm \"%s\"",
	    text_fit(shown, sizeof(shown), bytes_of(name)));
	return fault_raise(f, FAULT_VALIDATION,
	    "RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, "
	    "EC_secp521r1 or ED25519",
	    "give one of these names");
}

bool
sign_alg_from_name(const char *name, enum sign_alg *out, struct fault *f)
{
	char shown[64];

	for (size_t i = 0; i < SIGN_ALGS; i++)
		if (strcmp(name, sign_algs[i].name) == 0) {
			*out = (enum sign_alg)i;
			return true;
		}
	if (is_missing(name, "take one of RSA or ECDSA", f))
		return false;
	fault_found(f, "the signing algorithm \"%s\"",
	    text_fit(shown, sizeof(shown), bytes_of(name)));
	return fault_raise(f, FAULT_VALIDATION,
	    "SHA256, SHA384 or SHA512 followed by WITHRSA, WITHRSA_PSS or "
	    "WITHECDSA; or ED25519",
	    "give one of these names");
}
