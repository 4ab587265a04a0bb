/* import_field.c - fields and extensions of each certificate. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384
#define EC_BITS_MIN 256

/* The first critical extension that the table lists so, or NULL. */
static const struct ext *
critical_and(const struct cert *cert, enum ext_when_critical when)
{
	for (size_t i = 0; i < cert->ext_count; i++) {
		const struct ext *ext = &cert->ext[i];

		if (ext->critical &&
		    (ext->kind != NULL ? ext->kind->when_critical
				       : EXT_UNLISTED) == when)
			return ext;
	}
	return NULL;
}

enum verdict
no_refused_extension_is_critical(const struct import *in, size_t *at,
    struct fault *f)
{
	const struct ext *ext = critical_and(in->cert[*at].cert, EXT_REFUSED);

	return ext == NULL ? VERDICT_PASS : FAILS(f, "critical %s", ext->name);
}

enum verdict
critical_extensions_are_allowed(const struct import *in, size_t *at,
    struct fault *f)
{
	const struct ext *ext = critical_and(in->cert[*at].cert, EXT_UNLISTED);

	return ext == NULL ? VERDICT_PASS : FAILS(f, "critical %s", ext->name);
}

enum verdict
extensions_decode(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;

	for (size_t i = 0; i < cert->ext_count; i++) {
		const struct ext *ext = &cert->ext[i];

		if (ext->undecodable && ext->kind->when_critical == EXT_ALLOWED)
			return FAILS(f, "%s with a value that does not decode",
			    ext->name);
	}
	return VERDICT_PASS;
}

/* basicConstraints as sent, whether it decodes or not; or NULL. */
static const struct ext *
basic_of(const struct cert *cert)
{
	for (size_t i = 0; i < cert->ext_count; i++)
		if (cert->ext[i].kind != NULL &&
		    strcmp(cert->ext[i].kind->name, "basicConstraints") == 0)
			return &cert->ext[i];
	return NULL;
}

enum verdict
basic_constraints_are_there(const struct import *in, size_t *at,
    struct fault *f)
{
	if (basic_of(in->cert[*at].cert) != NULL)
		return VERDICT_PASS;
	return FAILS(f, "no basicConstraints");
}

enum verdict
basic_constraints_are_critical(const struct import *in, size_t *at,
    struct fault *f)
{
	const struct ext *basic = basic_of(in->cert[*at].cert);

	if (basic == NULL)
		return VERDICT_NA;
	return basic->critical ? VERDICT_PASS
			       : FAILS(f, "basicConstraints not critical");
}

enum verdict
is_a_ca_certificate(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;

	if (!cert->has_basic)
		return VERDICT_NA;
	return cert->is_ca ? VERDICT_PASS
			   : FAILS(f, "basicConstraints without CA:TRUE");
}

/* RFC 5280, 4.2.1.3; checked only where it is present (section 6.1.4 n). */
enum verdict
key_may_sign_certificates(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;

	if (!cert->has_key_usage)
		return WARNS(f, "no keyUsage");
	if ((cert->key_usage & KEY_USAGE_CERT_SIGN) == 0)
		return FAILS(f, "keyUsage without keyCertSign");
	if (*at == 0 && (cert->key_usage & KEY_USAGE_CRL_SIGN) == 0)
		return WARNS(f, "keyUsage without cRLSign");
	return VERDICT_PASS;
}

enum verdict
path_length_makes_sense(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;

	if (!cert->has_basic)
		return VERDICT_NA;
	if (!cert->has_path_len)
		return VERDICT_PASS;
	if (cert->path_len_negative)
		return FAILS(f, "a negative pathLenConstraint");
	if (!cert->is_ca)
		return FAILS(f, "a pathLenConstraint without CA:TRUE");
	return VERDICT_PASS;
}

/* notAfter itself is still valid (RFC 5280, 4.1.2.5). */
enum verdict
has_not_expired(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;
	char when[CLOCK_TEXT_MAX], now[CLOCK_TEXT_MAX];

	if (in->now <= cert->not_after)
		return VERDICT_PASS;
	return FAILS(f, "expired at %s (now is %s)",
	    clock_text(cert->not_after, when), clock_text(in->now, now));
}

enum verdict
is_already_valid(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;
	char when[CLOCK_TEXT_MAX], now[CLOCK_TEXT_MAX];

	if (in->now >= cert->not_before)
		return VERDICT_PASS;
	fault_found(f, "not valid before %s (now is %s)",
	    clock_text(cert->not_before, when), clock_text(in->now, now));
	return *at == 0 ? VERDICT_WARN : VERDICT_FAIL;
}

/* Is the key of a kind and size that carries a CA?  If not, *f says. */
static bool
key_is_strong(const struct pubkey *key, bool in_chain, struct fault *f)
{
	bool enough = false;

	switch (key->kind) {
	case PUBKEY_RSA:
		enough = key->bits >= RSA_BITS_MIN;
		break;
	case PUBKEY_EC:
		enough = key->curve_known && key->bits >= EC_BITS_MIN;
		break;
	case PUBKEY_ED25519:
		enough = true;
		break;
	case PUBKEY_ED448:
		enough = in_chain;
		break;
	case PUBKEY_OTHER:
		break;
	}
	return enough || fault_found(f, "a key of kind %s", key->text);
}

/* A root's own signature carries no trust, so its digest only warns. */
enum verdict
key_and_digest_are_strong(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;
	bool last = *at > 0 && *at + 1 == in->count;

	if (!key_is_strong(&cert->key, *at > 0, f))
		return VERDICT_FAIL;
	if (cert->digest == DIGEST_STRONG)
		return VERDICT_PASS;
	fault_found(f, "a signature by %s", cert->sig_text);
	return last ? VERDICT_WARN : VERDICT_FAIL;
}

/* Bounds of what is worth calculating with, and of what is RSA at all. */
enum verdict
rsa_key_is_within_bounds(const struct import *in, size_t *at, struct fault *f)
{
	const struct pubkey *key = &in->cert[*at].cert->key;

	if (key->kind != PUBKEY_RSA)
		return VERDICT_NA;
	if (key->bits > RSA_BITS_MAX)
		return FAILS(f, "an RSA modulus of %d bits", key->bits);
	if (key->exponent_bad)
		return FAILS(f,
		    "an RSA exponent that is even, 1, or over 64 bits");
	return VERDICT_PASS;
}
