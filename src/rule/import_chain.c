/* import_chain.c - the way from the certificate up to its root. */
#include <inttypes.h>

#include "internal.h"
#include "p11ca/chain.h"
#include "p11ca/clock.h"
#include "p11ca/constraint.h"
#include "p11ca/mem.h"

/* More comparisons than this say attack, not hierarchy. */
#define COMPARISONS_MAX (1u << 20)

/* Does the next certificate have the issuer's name of this one? */
static bool
names_the_next(const struct import *in, size_t at)
{
	return name_equal(in->cert[at].cert->issuer,
	    in->cert[at + 1].cert->subject);
}

static bool
is_signed_by_the_next(const struct import *in, size_t at)
{
	return names_the_next(in, at) && import_signed_by_next(in, at);
}

/* Equal, or the same CA (subject and key) with another certificate. */
enum verdict
chain_leaves_out_the_certificate(const struct import *in, size_t *at,
    struct fault *f)
{
	const struct cert *cert = in->cert[0].cert;
	const struct cert *one = in->cert[*at].cert;

	if (cert == NULL)
		return VERDICT_NA;
	if (cert_same(cert, one))
		return FAILS(f, "the imported certificate itself");
	if (bytes_equal(cert->spki, one->spki) &&
	    name_equal(cert->subject, one->subject))
		return FAILS(f,
		    "another certificate of the imported CA (same subject and "
		    "key)");
	return VERDICT_PASS;
}

/* The chain without the certificate in front; the caller's, mem_free(). */
static const struct cert **
chain_of(const struct import *in)
{
	const struct cert **chain = mem_array(in->count, sizeof(*chain));

	for (size_t i = 1; i < in->count; i++)
		chain[i - 1] = in->cert[i].cert;
	return chain;
}

enum verdict
chain_holds_nothing_twice(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert **chain = chain_of(in);
	size_t first, second;
	bool twice = chain_find_twice(chain, in->count - 1, &first, &second);

	mem_free(chain);
	if (!twice)
		return VERDICT_PASS;
	*at = second + 1;
	return FAILS(f, "the same certificate as CertificateChain[%zu]", first);
}

static bool
order_works(const struct import *in)
{
	size_t last = in->count - 1;

	for (size_t at = 0; at < last; at++)
		if (!is_signed_by_the_next(in, at) ||
		    (at > 0 && import_signed_by_itself(in, at)))
			return false;
	return import_signed_by_itself(in, last);
}

/* "[2], [0], [1]", cut after some. */
static void
show_order(const size_t *order, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count && i < 8; i++)
		buf_printf(out, "%s[%zu]", i > 0 ? ", " : "", order[i]);
	if (count > 8)
		buf_text_append(out, ", ...");
}

enum verdict
chain_is_in_order(const struct import *in, size_t *at, struct fault *f)
{
	enum verdict verdict = VERDICT_PASS;
	const struct cert **chain;
	struct buf shown = { 0 };
	size_t *order;

	if (order_works(in))
		return VERDICT_PASS;
	chain = chain_of(in);
	order = mem_array(in->count, sizeof(*order));
	if (chain_find_order(in->cert[0].cert, chain, in->count - 1, order)) {
		show_order(order, in->count - 1, &shown);
		verdict = FAILS(f,
		    "a chain that works in another order: CertificateChain %s",
		    buf_text(&shown));
	}
	buf_free(&shown);
	mem_free(order);
	mem_free(chain);
	return verdict;
}

/* Is the issuer's name anywhere in the chain? */
static bool
issuer_is_named(const struct import *in)
{
	for (size_t i = 1; i < in->count; i++)
		if (in->cert[i].cert != NULL &&
		    name_equal(in->cert[0].cert->issuer,
			in->cert[i].cert->subject))
			return true;
	return false;
}

enum verdict
issuer_is_in_the_chain(const struct import *in, size_t *at, struct fault *f)
{
	char issuer[TITLE_MAX];

	if (!import_chain_was_read(in))
		return VERDICT_NA;
	if (issuer_is_named(in))
		return VERDICT_PASS;
	return FAILS(f,
	    "a certificate issued by \"%s\", which the chain does not have",
	    name_fit(issuer, sizeof(issuer), in->cert[0].cert->issuer));
}

enum verdict
issuer_signed_the_certificate(const struct import *in, size_t *at,
    struct fault *f)
{
	char issuer[TITLE_MAX];

	if (!import_chain_was_read(in) || !names_the_next(in, 0))
		return VERDICT_NA;
	if (import_signed_by_next(in, 0))
		return VERDICT_PASS;
	return FAILS(f,
	    "a signature that the key of CertificateChain[0], \"%s\", does "
	    "not verify",
	    name_fit(issuer, sizeof(issuer), in->cert[0].cert->issuer));
}

enum verdict
each_signs_the_one_before(const struct import *in, size_t *at, struct fault *f)
{
	char title[TITLE_MAX];
	size_t below = *at - 1;

	if (in->cert[below].cert == NULL)
		return VERDICT_NA;
	(void)cert_title(in->cert[*at].cert, title, sizeof(title));
	if (below == 0) {
		if (!import_chain_was_read(in) || names_the_next(in, 0) ||
		    !issuer_is_named(in))
			return VERDICT_PASS; /* C04 and C05 speak of it */
		return FAILS(f,
		    "\"%s\", which did not issue the imported certificate",
		    title);
	}
	if (!names_the_next(in, below))
		return FAILS(f,
		    "\"%s\", which is not the issuer that "
		    "CertificateChain[%zu] names",
		    title, below - 1);
	if (!import_signed_by_next(in, below))
		return FAILS(f,
		    "\"%s\", whose key does not verify CertificateChain[%zu]",
		    title, below - 1);
	return VERDICT_PASS;
}

enum verdict
chain_ends_in_a_root(const struct import *in, size_t *at, struct fault *f)
{
	size_t last = in->count - 1;
	char title[TITLE_MAX];

	if (import_signed_by_itself(in, last))
		return VERDICT_PASS;
	*at = last;
	return FAILS(f, "\"%s\" at the end, which is not self-signed",
	    cert_title(in->cert[last].cert, title, sizeof(title)));
}

enum verdict
only_the_last_is_a_root(const struct import *in, size_t *at, struct fault *f)
{
	char title[TITLE_MAX];

	if (*at + 1 == in->count || !import_signed_by_itself(in, *at))
		return VERDICT_PASS;
	return FAILS(f, "\"%s\", self-signed but not last",
	    cert_title(in->cert[*at].cert, title, sizeof(title)));
}

/* RFC 5280, 4.2.1.1 and 4.2.1.2: a help to find issuers, not a rule. */
enum verdict
key_identifiers_agree(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[*at].cert;
	bool last = *at + 1 == in->count;
	const struct cert *issuer = last ? cert : in->cert[*at + 1].cert;

	if (cert->authority_key_id.len == 0 || issuer == NULL ||
	    issuer->subject_key_id.len == 0)
		return VERDICT_NA;
	if (bytes_equal(cert->authority_key_id, issuer->subject_key_id))
		return VERDICT_PASS;
	return WARNS(f,
	    "an authorityKeyIdentifier that is not the issuer's "
	    "subjectKeyIdentifier");
}

/*
 * RFC 5280, 4.2.1.9 and 6.1.4 l; the imported certificate counts as well, for
 * what it issues would be one too many.
 */
enum verdict
path_length_leaves_room(const struct import *in, size_t *at, struct fault *f)
{
	int64_t below = 0;

	for (size_t i = 1; i < in->count; i++) {
		const struct cert *one = in->cert[i].cert;

		if (!in->cert[i - 1].cert->self_issued)
			below++;
		if (!one->has_path_len || one->path_len_negative ||
		    one->path_len >= below)
			continue;
		*at = i;
		return FAILS(f,
		    "pathLenConstraint %" PRId64 " with %" PRId64
		    " CA certificates below it",
		    one->path_len, below);
	}
	return VERDICT_PASS;
}

/* Everything that X02 compares: made when the first constraint is met. */
struct constrained {
	struct names **names;	   /* of each certificate, NULL: exempt */
	struct constraints **held; /* by each certificate, NULL: none */
};

/*
 * RFC 5280, 6.1.3 b: self-issued certificates of the chain are exempt; the
 * imported one, the last of its path, never is.
 */
static bool
is_exempt(const struct import *in, size_t at)
{
	return at > 0 && in->cert[at].cert->self_issued;
}

static void
constrained_make(const struct import *in, struct constrained *c)
{
	c->names = mem_array(in->count, sizeof(struct names *));
	c->held = mem_array(in->count, sizeof(struct constraints *));
	for (size_t i = 0; i < in->count; i++) {
		if (!is_exempt(in, i))
			c->names[i] = names_of(in->cert[i].cert);
		if (i > 0 && in->cert[i].cert->name_constraints.len > 0)
			c->held[i] = constraints_of(in->cert[i].cert);
	}
}

static void
constrained_free(const struct import *in, struct constrained *c)
{
	for (size_t i = 0; i < in->count; i++) {
		names_free(c->names[i]);
		constraints_free(c->held[i]);
	}
	mem_free(c->names);
	mem_free(c->held);
}

/* All name-by-constraint comparisons there would be; capped. */
static bool
is_worth_comparing(const struct import *in, const struct constrained *c)
{
	uint64_t names = 0, total = 0;

	for (size_t i = 0; i < in->count; i++) {
		if (c->held[i] != NULL)
			total += names * constraints_count(c->held[i]);
		if (total > COMPARISONS_MAX)
			return false;
		if (c->names[i] != NULL)
			names += names_count(c->names[i]);
	}
	return true;
}

static enum verdict
compare_all(const struct import *in, const struct constrained *c, size_t *at,
    struct fault *f)
{
	char why[FAULT_FOUND_MAX / 2];

	if (!is_worth_comparing(in, c))
		return FAILS(f, "more than %u names times name constraints",
		    COMPARISONS_MAX);
	for (size_t i = 1; i < in->count; i++)
		for (size_t below = 0; c->held[i] != NULL && below < i; below++)
			if (c->names[below] != NULL &&
			    !constraints_permit(c->held[i], c->names[below],
				why, sizeof(why))) {
				*at = below;
				return FAILS(f,
				    "%s, by the name constraints of "
				    "CertificateChain[%zu]",
				    why, i - 1);
			}
	return VERDICT_PASS;
}

/* RFC 5280, 4.2.1.10 and 6.1.4 g. */
enum verdict
names_are_permitted(const struct import *in, size_t *at, struct fault *f)
{
	struct constrained c = { 0 };
	enum verdict verdict;
	bool any = false;

	for (size_t i = 1; i < in->count && !any; i++)
		any = in->cert[i].cert->name_constraints.len > 0;
	if (!any)
		return VERDICT_PASS;
	constrained_make(in, &c);
	verdict = compare_all(in, &c, at, f);
	constrained_free(in, &c);
	return verdict;
}

/* RFC 5280 does not nest validity; many verifiers still want it. */
enum verdict
validity_is_nested(const struct import *in, size_t *at, struct fault *f)
{
	const struct cert *cert = in->cert[0].cert;
	const struct cert *issuer = in->count > 1 ? in->cert[1].cert : NULL;
	char its[CLOCK_TEXT_MAX], issuers[CLOCK_TEXT_MAX];

	if (issuer == NULL)
		return VERDICT_NA;
	if (cert->not_after <= issuer->not_after)
		return VERDICT_PASS;
	fault_found(f, "valid until %s, its issuer only until %s",
	    clock_text(cert->not_after, its),
	    clock_text(issuer->not_after, issuers));
	return in->require_nested_validity ? VERDICT_FAIL : VERDICT_WARN;
}
