/* import_request.c - is the request one that can be carried out and read? */
#include "internal.h"

enum verdict
certificate_is_not_empty(const struct import *in, size_t *at, struct fault *f)
{
	if (in->certificate_len > 0)
		return VERDICT_PASS;
	*at = 0;
	return FAILS(f, "an empty Certificate");
}

enum verdict
certificate_is_within_its_size(const struct import *in, size_t *at,
    struct fault *f)
{
	if (in->certificate_len <= IMPORT_CERTIFICATE_MAX)
		return VERDICT_PASS;
	*at = 0;
	return FAILS(f, "a Certificate of more than %d bytes",
	    IMPORT_CERTIFICATE_MAX);
}

enum verdict
chain_is_within_its_size(const struct import *in, size_t *at, struct fault *f)
{
	if (in->chain_len <= IMPORT_CHAIN_MAX)
		return VERDICT_PASS;
	return FAILS(f, "a CertificateChain of more than %d bytes",
	    IMPORT_CHAIN_MAX);
}

/* What the search for the CA said, for the rule that this outcome breaks. */
static enum verdict
finder_is_not(const struct import *in, enum import_finder broken,
    const char *what, struct fault *f)
{
	if (in->finder == FINDER_NOT_ASKED)
		return VERDICT_NA;
	if (in->finder == broken)
		return FAILS(f, "%s%s", in->which, what);
	return VERDICT_PASS;
}

enum verdict
arn_names_a_ca_of_this_service(const struct import *in, size_t *at,
    struct fault *f)
{
	return finder_is_not(in, FINDER_BAD_ARN, ", which is no such ARN", f);
}

enum verdict
ca_belongs_to_this_account(const struct import *in, size_t *at, struct fault *f)
{
	return finder_is_not(in, FINDER_OTHER_ACCOUNT,
	    ", a CA of another account", f);
}

enum verdict
ca_exists(const struct import *in, size_t *at, struct fault *f)
{
	return finder_is_not(in, FINDER_NO_SUCH_CA, ", which names no CA here",
	    f);
}

enum verdict
same_import_is_not_running(const struct import *in, size_t *at, struct fault *f)
{
	if (in->finder != FINDER_FOUND)
		return VERDICT_NA;
	if (in->rival == RIVAL_SAME_IMPORT)
		return FAILS(f, "the same import of %s, running", in->which);
	return VERDICT_PASS;
}

enum verdict
no_other_change_is_running(const struct import *in, size_t *at, struct fault *f)
{
	if (in->finder != FINDER_FOUND)
		return VERDICT_NA;
	if (in->rival == RIVAL_OTHER_CHANGE)
		return FAILS(f, "another change of %s, running", in->which);
	return VERDICT_PASS;
}

enum verdict
ca_can_take_a_certificate(const struct import *in, size_t *at, struct fault *f)
{
	static const bool takes[CA_STATUSES] = {
		[CA_PENDING_CERTIFICATE] = true,
		[CA_ACTIVE] = true,
		[CA_DISABLED] = true,
		[CA_EXPIRED] = true,
	};

	if (in->finder != FINDER_FOUND)
		return VERDICT_NA;
	if (takes[in->status])
		return VERDICT_PASS;
	return FAILS(f, "a CA that is %s", ca_status_name(in->status));
}

/* Texts beyond their sizes are not read; I08 to I10 speak of them. */
static bool
can_be_read(const struct import *in)
{
	return in->certificate_len > 0 &&
	    in->certificate_len <= IMPORT_CERTIFICATE_MAX &&
	    in->chain_len <= IMPORT_CHAIN_MAX;
}

/* Only a SUBORDINATE has a chain to read; a ROOT's is S03's business. */
enum verdict
there_is_a_certificate_block(const struct import *in, size_t *at,
    struct fault *f)
{
	const struct pem *certificate = in->certificate_pem;
	const struct pem *chain = in->chain_pem;

	if (!can_be_read(in))
		return VERDICT_NA;
	if (certificate->certificates == 0) {
		*at = 0;
		return FAILS(f, "no CERTIFICATE block; it looks like %s",
		    certificate->looks_like);
	}
	if (in->type == CA_SUBORDINATE && !chain->blank &&
	    chain->certificates == 0)
		return FAILS(f,
		    "no CERTIFICATE block in CertificateChain; it looks "
		    "like %s",
		    chain->looks_like);
	return VERDICT_PASS;
}

enum verdict
certificate_is_one_block(const struct import *in, size_t *at, struct fault *f)
{
	*at = 0;
	if (in->certificate_pem->certificates == 0)
		return VERDICT_NA;
	if (in->certificate_pem->certificates > 1)
		return FAILS(f, "%zu CERTIFICATE blocks",
		    in->certificate_pem->certificates);
	return VERDICT_PASS;
}

/* The first block that is not labelled CERTIFICATE, or NULL. */
static const struct pem_block *
other_block(const struct pem *pem)
{
	for (size_t i = 0; i < pem->count; i++)
		if (!bytes_equal(bytes_of(pem->block[i].label),
			bytes_of(PEM_CERTIFICATE)))
			return &pem->block[i];
	return NULL;
}

enum verdict
blocks_are_certificates(const struct import *in, size_t *at, struct fault *f)
{
	const struct pem_block *other = other_block(in->certificate_pem);

	if (!can_be_read(in))
		return VERDICT_NA;
	if (other != NULL) {
		*at = 0;
		return FAILS(f, "a block labelled \"%s\" in line %zu",
		    other->label, other->line);
	}
	other = other_block(in->chain_pem);
	if (other != NULL)
		return FAILS(f,
		    "a block labelled \"%s\" in line %zu of CertificateChain",
		    other->label, other->line);
	return VERDICT_PASS;
}

/* What is wrong with the text or the first such block; its line, or 0. */
static const char *
text_flaw(const struct pem *pem, size_t *line)
{
	*line = 0;
	for (size_t i = 0; i < pem->count; i++)
		if (pem->block[i].flaw[0] != '\0') {
			*line = pem->block[i].line;
			return pem->block[i].flaw;
		}
	return pem->flaw[0] != '\0' ? pem->flaw : NULL;
}

enum verdict
blocks_are_well_formed(const struct import *in, size_t *at, struct fault *f)
{
	size_t line;
	const char *flaw = text_flaw(in->certificate_pem, &line);

	if (!can_be_read(in))
		return VERDICT_NA;
	if (flaw != NULL) {
		*at = 0;
		return line > 0
		    ? FAILS(f, "%s in the block of line %zu", flaw, line)
		    : FAILS(f, "%s in the text", flaw);
	}
	flaw = text_flaw(in->chain_pem, &line);
	if (flaw != NULL)
		return line > 0
		    ? FAILS(f,
			  "%s in the block of line %zu of CertificateChain",
			  flaw, line)
		    : FAILS(f, "%s in the text of CertificateChain", flaw);
	return VERDICT_PASS;
}

/* RFC 5280, 4.1.2.2 wants a positive serial; real roots have zero. */
enum verdict
certificate_is_sound_der(const struct import *in, size_t *at, struct fault *f)
{
	const struct import_cert *one = &in->cert[*at];
	bool last = *at > 0 && *at + 1 == in->count;

	if (one->cert == NULL)
		return FAILS(f, "%s", one->flaw);
	if (one->cert->subject_empty)
		return FAILS(f, "an empty subject name");
	if (!one->cert->serial_zero)
		return VERDICT_PASS;
	if (last && import_signed_by_itself(in, *at))
		return WARNS(f, "a root with the serial number zero");
	return FAILS(f, "the serial number zero");
}
