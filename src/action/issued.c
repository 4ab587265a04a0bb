/* issued.c - GetCertificate and RevokeCertificate. */
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_status.h"
#include "p11ca/text.h"

/*
 * The serial at the end of a certificate ARN of this CA, or the word itself.
 * NULL: an ARN of something else.
 */
static const char *
serial_in(const struct ca *ca, const char *word)
{
	static const char part[] = "/certificate/";
	size_t len = strlen(ca->arn);

	if (strncmp(word, "arn:", strlen("arn:")) != 0)
		return word;
	if (strncmp(word, ca->arn, len) != 0 ||
	    strncmp(word + len, part, strlen(part)) != 0)
		return NULL;
	return word + len + strlen(part);
}

static bool
find_issued(struct p11ca *p, const struct ca *ca, const char *word,
    struct issued *out, struct fault *f)
{
	const char *serial = serial_in(ca, word);
	char shown[128];

	if (serial != NULL)
		return register_find(p->store, ca->uuid, serial, out, f);
	fault_found(f, "Not a valid arn. (%s)",
	    text_fit(shown, sizeof(shown), bytes_of(word)));
	return fault_raise(f, FAULT_INVALID_ARN,
	    "the ARN of a certificate of this CA, or its serial",
	    "take it from p11ca certs");
}

/* Is it there to be had?  An intent is being signed; a failure stays one. */
static bool
is_done(const struct issued *issued, struct fault *f)
{
	if (issued->state == ISSUED_DONE)
		return true;
	if (issued->state == ISSUED_INTENT) {
		fault_found(f, "certificate %s, being signed", issued->serial);
		return fault_raise(f, FAULT_REQUEST_IN_PROGRESS,
		    "a certificate that is signed", "try again in a while");
	}
	fault_found(f, "Certificate %s is in a failed state. (%s)",
	    issued->serial, issued->failure != NULL ? issued->failure : "");
	return fault_raise(f, FAULT_REQUEST_FAILED,
	    "a certificate that was signed", "issue it again");
}

/* The CA's own certificate, then its chain; one newline between, none last. */
static char *
chain_below(const struct ca *ca)
{
	struct buf out = { 0 };
	struct buf texts[] = { ca->certificate, ca->chain };
	char *text;

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct pem pem = { 0 };

		pem_read(buf_bytes(&texts[i]), &pem);
		for (size_t j = 0; j < pem.count; j++)
			pem_write(&out, PEM_CERTIFICATE,
			    buf_bytes(&pem.block[j].der));
		pem_free(&pem);
	}
	while (out.len > 0 && out.p[out.len - 1] == '\n')
		out.p[--out.len] = '\0';
	text = mem_text(buf_text(&out));
	buf_free(&out);
	return text;
}

/* Did the root sign itself with this one?  Then nothing is above it. */
static bool
is_self_signed(const struct ca *ca, const struct issued *issued)
{
	struct cert *cert = NULL;
	struct fault ignored = { 0 };
	bool itself = ca->type == CA_ROOT &&
	    cert_from_der(buf_bytes(&issued->certificate), &cert, &ignored) &&
	    cert->self_issued &&
	    bytes_equal(cert->spki, buf_bytes(&ca->key_spki));

	cert_free(cert);
	return itself;
}

bool
action_get_issued(struct p11ca *p, const char *which, const char *serial,
    struct issued *out, char **chain, struct fault *f)
{
	struct ca *ca = NULL;
	bool ok;

	memset(out, 0, sizeof(*out));
	*chain = NULL;
	ok = find_ca(p, which, &ca, f) &&
	    status_allows(ca, EVENT_GET_ISSUED, clock_now(), f) &&
	    find_issued(p, ca, serial, out, f) && is_done(out, f);
	if (ok && !is_self_signed(ca, out))
		*chain = chain_below(ca);
	if (!ok)
		issued_clear(out);
	ca_free(ca);
	return ok;
}

/* What cannot be revoked (API, RevokeCertificate). */
static bool
may_be_revoked(const struct ca *ca, const struct issued *issued,
    struct fault *f)
{
	char end[CLOCK_TEXT_MAX];

	if (is_self_signed(ca, issued)) {
		fault_found(f, "Self-signed certificate can not be revoked");
		return fault_raise(f, FAULT_INVALID_REQUEST,
		    "a certificate issued to somebody else",
		    "disable or delete the root CA instead");
	}
	if (issued->not_after < clock_now()) {
		fault_found(f, "a certificate that expired at %s",
		    clock_text(issued->not_after, end));
		return fault_raise(f, FAULT_INVALID_REQUEST,
		    "a certificate that has not expired",
		    "nothing must be done: nobody accepts it any more");
	}
	return is_done(issued, f);
}

#define REVOKED_MAX 1000000

/* Only of a CA that ever revoked so many are the expired ones told apart. */
bool
revocations_have_room(struct p11ca *p, const struct ca *ca, int64_t max,
    struct fault *f)
{
	int64_t issued, revoked;

	if (!register_count(p->store, ca->uuid, &issued, &revoked, f) ||
	    (revoked >= max &&
		!register_count_unexpired(p->store, ca->uuid, clock_now(),
		    &revoked, f)))
		return false;
	if (revoked < max)
		return true;
	fault_found(f, "%" PRId64 " revoked certificates that have not expired",
	    revoked);
	return fault_raise(f, FAULT_LIMIT_EXCEEDED,
	    "fewer revoked certificates of one CA",
	    "revoke the CA's own certificate at its parent");
}

static bool
revoke(struct p11ca *p, const struct ca *ca, const char *serial,
    enum revocation_reason reason, struct issued *issued, struct deed *deed,
    struct fault *f)
{
	if (!status_allows(ca, EVENT_REVOKE, clock_now(), f) ||
	    !find_issued(p, ca, serial, issued, f))
		return false;
	/* As the register has it, however it was typed. */
	deed->more[0] = (struct wire_pair){ "serial", issued->serial };
	return may_be_revoked(ca, issued, f) &&
	    revocations_have_room(p, ca, REVOKED_MAX, f) &&
	    store_begin(p->store, f) &&
	    register_revoke(p->store, ca->uuid, issued->serial, clock_now(),
		reason, f) &&
	    record_done(p, deed, f);
}

bool
action_revoke(struct p11ca *p, const char *which, const char *serial,
    enum revocation_reason reason, struct fault *f)
{
	struct deed deed = { .operation = "RevokeCertificate",
		.which = which,
		.more = { { "serial", serial },
		    { "reason", reason_name(reason) } },
		.more_count = 2 };
	struct issued issued = { 0 };
	struct ca *ca = NULL;
	bool ok = find_ca(p, which, &ca, f);

	if (ok) {
		deed.which = ca->arn;
		ok = revoke(p, ca, serial, reason, &issued, &deed, f);
	}
	if (!ok)
		record_refused(p, &deed, f);
	issued_clear(&issued);
	ca_free(ca);
	return ok;
}
