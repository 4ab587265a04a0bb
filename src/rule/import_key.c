/* import_key.c - is it this CA's certificate, and of this CA's kind? */
#include "internal.h"

enum verdict
token_proves_the_key(const struct import *in, size_t *at, struct fault *f)
{
	if (!in->token.asked)
		return VERDICT_NA;
	if (in->token.proven)
		return VERDICT_PASS;
	return FAILS(f, "%s", in->token.why);
}

/*
 * Byte for byte, so that explicit EC parameters or another form of the same
 * point are another key (both pass EVP_PKEY_eq and X509_verify).
 */
enum verdict
key_is_the_one_in_the_token(const struct import *in, size_t *at,
    struct fault *f)
{
	struct bytes spki = in->cert[*at].cert->spki;
	char its[17], ours[17];

	if (in->csr_spki.len == 0)
		return VERDICT_NA;
	if (!bytes_equal(spki, in->csr_spki))
		return FAILS(f,
		    "a certificate for another public key (SHA-256 %s..., "
		    "the CA's is %s...)",
		    pubkey_print(spki, its), pubkey_print(in->csr_spki, ours));
	if (in->token.asked && in->token.proven &&
	    !bytes_equal(spki, in->token.spki))
		return FAILS(f,
		    "a token that now has another key (SHA-256 %s..., the "
		    "CSR's is %s...)",
		    pubkey_print(in->token.spki, its),
		    pubkey_print(in->csr_spki, ours));
	return VERDICT_PASS;
}

enum verdict
subject_is_that_of_the_csr(const struct import *in, size_t *at, struct fault *f)
{
	const struct name *subject = in->cert[*at].cert->subject;
	char its[TITLE_MAX], ours[TITLE_MAX];

	if (in->csr_subject == NULL)
		return VERDICT_NA;
	if (name_equal(subject, in->csr_subject))
		return VERDICT_PASS;
	return FAILS(f, "the subject \"%s\" where the CSR has \"%s\"",
	    name_fit(its, sizeof(its), subject),
	    name_fit(ours, sizeof(ours), in->csr_subject));
}

enum verdict
root_is_self_signed(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;
	char issuer[TITLE_MAX];

	if (!cert->self_issued)
		return FAILS(f, "a certificate issued by \"%s\"",
		    name_fit(issuer, sizeof(issuer), cert->issuer));
	/* A key that nothing is calculated with is refused by E11 or E12. */
	if (in->cert[*at].by_itself == SIGNED_UNKNOWN && cert->key.evp == NULL)
		return VERDICT_NA;
	if (!import_signed_by_itself(in, *at))
		return FAILS(f, "a signature that its own key does not verify");
	return VERDICT_PASS;
}

enum verdict
root_has_no_chain(const struct import *in, size_t *at, struct fault *f)
{
	if (in->chain_pem->count > 0)
		return FAILS(f, "a CertificateChain with %zu blocks for a root",
		    in->chain_pem->count);
	return VERDICT_PASS;
}

enum verdict
root_chain_is_blank(const struct import *in, size_t *at, struct fault *f)
{
	if (in->chain_len > IMPORT_CHAIN_MAX)
		return VERDICT_NA;
	if (!in->chain_pem->blank && in->chain_pem->count == 0)
		return FAILS(f, "a CertificateChain with text but no block");
	return VERDICT_PASS;
}

/* Self-issued by another key (a key change) is not self-signed. */
enum verdict
subordinate_is_not_self_signed(const struct import *in, size_t *at,
    struct fault *f)
{
	if (import_signed_by_itself(in, *at))
		return FAILS(f,
		    "a self-signed certificate for a subordinate CA");
	return VERDICT_PASS;
}

enum verdict
subordinate_has_a_chain(const struct import *in, size_t *at, struct fault *f)
{
	if (in->chain_len > IMPORT_CHAIN_MAX)
		return VERDICT_NA;
	if (in->chain_pem->blank)
		return FAILS(f, "no CertificateChain");
	return VERDICT_PASS;
}
