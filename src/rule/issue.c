/* issue.c - may this CA issue that certificate?  Every rule, in order. */
#include "p11ca/rule_issue.h"

#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"

/* A root may sign itself before it has a certificate, and after it expired. */
static bool
ca_may_issue_now(const struct issue *in, struct fault *f)
{
	bool itself = in->type == CA_ROOT && in->template->root;

	if (in->status == CA_ACTIVE ||
	    (itself &&
		(in->status == CA_PENDING_CERTIFICATE ||
		    in->status == CA_EXPIRED)))
		return true;
	return fault_found(f,
	    "The certificate authority is not in a valid state for issuing "
	    "certificates (it is %s)",
	    ca_status_name(in->status));
}

static bool
register_has_room(const struct issue *in, struct fault *f)
{
	return in->issued < in->issued_max ||
	    fault_found(f, "%" PRId64 " certificates issued already",
		in->issued);
}

static bool
root_template_is_for_a_root(const struct issue *in, struct fault *f)
{
	return !in->template->root || in->type == CA_ROOT ||
	    fault_found(f, "the template %s for a subordinate CA",
		in->template->name);
}

static bool
signing_algorithm_fits_the_key(const struct issue *in, struct fault *f)
{
	return sign_algs[in->sign_alg].family == in->ca_family ||
	    fault_found(f, "the signing algorithm %s",
		sign_algs[in->sign_alg].name);
}

static bool
root_signs_its_own_key(const struct issue *in, struct fault *f)
{
	return !in->template->root || bytes_equal(in->csr->spki, in->ca_spki) ||
	    fault_found(f, "a CSR for another key than the root's own");
}

/* The API's key algorithms and Ed25519; nothing weaker, nothing odd. */
static bool
key_of_the_csr_is_strong(const struct issue *in, struct fault *f)
{
	const struct pubkey *key = in->csr_key;
	bool ok = false;

	switch (key->kind) {
	case PUBKEY_RSA:
		ok = key->bits >= 2048 && key->bits <= 16384 &&
		    !key->exponent_bad;
		break;
	case PUBKEY_EC:
		ok = key->curve_known &&
		    (strcmp(key->text, "P-256") == 0 ||
			strcmp(key->text, "P-384") == 0 ||
			strcmp(key->text, "P-521") == 0);
		break;
	case PUBKEY_ED25519:
		ok = true;
		break;
	case PUBKEY_ED448:
	case PUBKEY_OTHER:
		break;
	}
	return ok || fault_found(f, "a CSR with a key of kind %s", key->text);
}

/* RFC 5280, 4.1.2.6: a CA has a name; others have one of two kinds. */
static bool
certificate_has_a_name(const struct issue *in, struct fault *f)
{
	if (!in->subject_empty)
		return true;
	if (in->template->ca)
		return fault_found(f, "an empty subject for a CA certificate");
	return in->has_alt_name ||
	    fault_found(f, "an empty subject and no subjectAltName");
}

static bool
validity_is_a_date(const struct issue *in, struct fault *f)
{
	if (!in->validity_fits)
		return fault_found(f,
		    "a Validity that is no date up to the year 9999");
	return in->not_before >= clock_from_parts(0, 1, 1, 0, 0, 0) ||
	    fault_found(f, "a beginning that is no date");
}

static bool
validity_is_ahead(const struct issue *in, struct fault *f)
{
	char end[CLOCK_TEXT_MAX];

	return in->not_after > in->now ||
	    fault_found(f, "a Validity that ended at %s",
		clock_text(in->not_after, end));
}

static bool
validity_begins_before_it_ends(const struct issue *in, struct fault *f)
{
	char begin[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];

	return in->not_before <= in->not_after ||
	    fault_found(f, "a Validity from %s to %s",
		clock_text(in->not_before, begin),
		clock_text(in->not_after, end));
}

/* A root that signs itself has nobody above it. */
static bool
validity_is_within_the_cas(const struct issue *in, struct fault *f)
{
	char end[CLOCK_TEXT_MAX], cas[CLOCK_TEXT_MAX];

	return in->template->root || in->not_after <= in->ca_not_after ||
	    fault_found(f, "valid until %s, the CA only until %s",
		clock_text(in->not_after, end),
		clock_text(in->ca_not_after, cas));
}

/* Both ends count (RFC 5280, 4.1.2.5), but the back-dating does not. */
static bool
short_lived_is_short(const struct issue *in, struct fault *f)
{
	char end[CLOCK_TEXT_MAX];

	return !in->short_lived || in->template->root ||
	    in->not_after - in->now <= ISSUE_SHORT_LIVED_MAX ||
	    fault_found(f, "valid until %s from a CA for short-lived ones",
		clock_text(in->not_after, end));
}

/* What the import would say of the finished certificate under this CA; a root
 * that signs itself is under nobody. */
static bool
path_says(const struct issue *in, import_predicate *predicate, struct fault *f)
{
	size_t at = IMPORT_NOWHERE;

	return in->template->root ||
	    predicate(in->path, &at, f) != VERDICT_FAIL;
}

/* The API also wants the new one's own below that of the CA. */
static bool
path_length_is_left(const struct issue *in, struct fault *f)
{
	const struct cert *ca =
	    in->path->count > 1 ? in->path->cert[1].cert : NULL;

	if (!in->template->ca || in->template->root)
		return true;
	if (!path_says(in, path_length_leaves_room, f))
		return false;
	return ca == NULL || !ca->has_path_len ||
	    ca->path_len > in->template->path_len ||
	    fault_found(f,
		"the template %s for a CA with pathLenConstraint %" PRId64,
		in->template->name, ca->path_len);
}

static bool
names_are_within_the_constraints(const struct issue *in, struct fault *f)
{
	return path_says(in, names_are_permitted, f);
}

/* Of a known kind; of others nobody knows what they should be. */
static bool
extensions_are_sound(const struct issue *in, struct fault *f)
{
	const struct cert *made = in->path->cert[0].cert;

	for (size_t i = 0; i < made->ext_count; i++) {
		const struct ext *ext = &made->ext[i];

		if (ext->undecodable || ext->loose)
			return fault_found(f, "%s with a value that %s",
			    ext->name,
			    ext->undecodable ? "does not decode"
					     : "is empty or not DER");
	}
	/* At least one bit must be set (RFC 5280, 4.2.1.3). */
	return !made->has_key_usage || made->key_usage != 0 ||
	    fault_found(f, "keyUsage without any use");
}

/* RFC 5280, 4.2.1.9.  A CA of a Blank template may have no keyUsage. */
static bool
key_usage_is_that_of_its_kind(const struct issue *in, struct fault *f)
{
	const struct cert *made = in->path->cert[0].cert;
	bool signs = (made->key_usage & KEY_USAGE_CERT_SIGN) != 0;

	if (!made->has_key_usage || signs == in->template->ca)
		return true;
	return fault_found(f,
	    signs ? "keyCertSign for an end entity"
		  : "keyUsage without keyCertSign for a CA");
}

static bool
names_are_text(const struct issue *in, struct fault *f)
{
	char which[FAULT_FOUND_MAX / 2];

	return cert_names_are_text(in->path->cert[0].cert, which,
		   sizeof(which)) ||
	    fault_found(f, "%s, which is not plain text", which);
}

#define RULE(id, on_path, check, kind, want, todo)                             \
	{                                                                      \
#id, #check, on_path, check, kind, want, todo                  \
	}

/* clang-format off */
const struct issue_rule issue_rules[] = {
	RULE(N01, false, ca_may_issue_now, FAULT_INVALID_STATE,
	    "a CA that is ACTIVE",
	    "import a CA certificate first, or enable or restore the CA"),
	RULE(N02, false, register_has_room, FAULT_LIMIT_EXCEEDED,
	    "a CA below its limit of certificates",
	    "create another CA, or give this one partitioned CRLs"),
	RULE(N03, false, root_template_is_for_a_root, FAULT_INVALID_ARGS,
	    "a template for a subordinate CA or an end entity",
	    "take SubordinateCACertificate_PathLen0 or EndEntityCertificate"),
	RULE(N04, false, signing_algorithm_fits_the_key, FAULT_INVALID_ARGS,
	    "a signing algorithm of the family of the CA's key",
	    "leave it out to take the CA's own"),
	RULE(N05, false, root_signs_its_own_key, FAULT_MALFORMED_CSR,
	    "the CSR of the root CA itself",
	    "take its CSR from p11ca csr"),
	RULE(N06, false, key_of_the_csr_is_strong, FAULT_MALFORMED_CSR,
	    "RSA of 2048 to 16384 bits, P-256, P-384, P-521 or Ed25519",
	    "have the requester make another key"),
	RULE(N07, false, certificate_has_a_name, FAULT_MALFORMED_CSR,
	    "a subject, or a subjectAltName in its place",
	    "have the requester put a name into the CSR"),
	RULE(N08, false, validity_is_a_date, FAULT_VALIDATION,
	    "a Validity of 1 or more, that ends by 9999-12-31",
	    "give a smaller number, or another unit"),
	RULE(N09, false, validity_is_ahead, FAULT_VALIDATION,
	    "an end at least a second ahead",
	    "give a later end; see to the clock if that is wrong"),
	RULE(N10, false, validity_begins_before_it_ends, FAULT_VALIDATION,
	    "a beginning before the end",
	    "give an earlier beginning or a later end"),
	RULE(N11, false, validity_is_within_the_cas, FAULT_VALIDATION,
	    "an end no later than that of the CA's certificate",
	    "give an earlier end, or renew the CA first"),
	RULE(N12, false, short_lived_is_short, FAULT_VALIDATION,
	    "7 days at most, for the CA is for short-lived certificates",
	    "give an earlier end, or take a general-purpose CA"),
	RULE(N13, true, path_length_is_left, FAULT_VALIDATION,
	    "a path length constraint above that leaves room for another CA",
	    "take a template for an end entity, or a CA higher up"),
	RULE(N14, true, names_are_within_the_constraints, FAULT_INVALID_ARGS,
	    "names inside the name constraints of the CA and those above it",
	    "ask for names that this CA may sign"),
	RULE(N15, true, extensions_are_sound, FAULT_INVALID_ARGS,
	    "extensions as RFC 5280, 4.2 defines them, in DER, with something in them",
	    "correct or leave out that extension of the request"),
	RULE(N16, true, key_usage_is_that_of_its_kind, FAULT_INVALID_ARGS,
	    "keyCertSign for a CA and for nobody else (RFC 5280, 4.2.1.9)",
	    "take a template of the other kind, or ask for another keyUsage"),
	RULE(N17, true, names_are_text, FAULT_INVALID_ARGS,
	    "names without control characters, hosts in ASCII, addresses of 4 or 16 octets",
	    "ask for names that everybody reads alike"),
};
/* clang-format on */

const size_t issue_rules_count = COUNT(issue_rules);

bool
issue_check(const struct issue *in, struct fault *f)
{
	for (size_t i = 0; i < COUNT(issue_rules); i++) {
		const struct issue_rule *rule = &issue_rules[i];

		if ((rule->on_path && in->path == NULL) || rule->holds(in, f))
			continue;
		f->rule = rule->id;
		return fault_raise(f, rule->kind, rule->want, rule->todo);
	}
	return true;
}
