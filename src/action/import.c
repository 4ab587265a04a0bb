/*
 * import.c - ImportCertificateAuthorityCertificate.
 *
 * Gather the facts, let the rules decide, install in one transaction; or
 * refuse, and change nothing but the audit log.
 */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_status.h"

#define OPERATION "ImportCertificateAuthorityCertificate"

/* One lock a CA; who holds it is a fact for R04 and R05. */
static bool
exclude_rivals(struct p11ca *p, struct facts *facts, const char *digest,
    struct store_lock **lock, struct fault *f)
{
	if (facts->ca == NULL ||
	    store_lock(p->store, facts->ca->uuid, digest, lock, f))
		return true;
	if (f->kind == FAULT_REQUEST_IN_PROGRESS)
		facts->in.rival = RIVAL_SAME_IMPORT;
	else if (f->kind == FAULT_CONCURRENT_MODIFICATION)
		facts->in.rival = RIVAL_OTHER_CHANGE;
	return facts->in.rival != RIVAL_NONE;
}

static bool
is_installed_already(const struct ca *ca, const struct import_request *request)
{
	struct bytes chain = request->chain;

	if (bytes_blank(chain))
		chain.len = 0;
	return ca->certificate.len > 0 &&
	    bytes_equal(buf_bytes(&ca->certificate), request->certificate) &&
	    bytes_equal(buf_bytes(&ca->chain), chain);
}

/* The CA with the new certificate, as sent; a blank chain is none. */
static void
take_over(struct ca *ca, const struct import_request *request,
    const struct cert *cert, int64_t now)
{
	enum ca_status before = ca_status_at(ca, now);

	ca->status = status_after(ca, EVENT_IMPORT, now);
	if (before != ca->status)
		ca->changed_at = now;
	buf_set(&ca->certificate, request->certificate);
	buf_free(&ca->chain);
	if (!bytes_blank(request->chain))
		buf_set(&ca->chain, request->chain);
	mem_free(ca->serial);
	ca->serial = cert_serial_text(cert);
	ca->not_before = cert->not_before;
	ca->not_after = cert->not_after;
}

static bool
install(struct p11ca *p, const struct import_request *request,
    struct facts *facts, const struct deed *deed, struct fault *f)
{
	struct ca *ca = facts->ca;
	int64_t now = facts->in.now;
	bool same = is_installed_already(ca, request);
	bool ok = store_begin(p->store, f);

	assert(facts->certs[0] != NULL); /* no rule accepts without it */
	if (ok && !same) {
		take_over(ca, request, facts->certs[0], now);
		ok = store_install(p->store, ca, now, f);
	}
	ok = ok && record_done(p, deed, f);
	if (!ok && f->kind == FAULT_CONCURRENT_MODIFICATION)
		f->rule = "R05";
	return ok;
}

/* A convenience for other programs; the import is done whatever it says. */
static void
show_certificate_to_token(struct p11ca *p, const struct facts *facts)
{
	const struct cert *cert = facts->certs[0];
	struct token *token = NULL;
	struct key key = { 0 };
	struct fault f = { 0 };

	if (!open_token_of(p, facts->ca, &token, &f) ||
	    !token_find_key(token, buf_bytes(&facts->ca->key_id), &key, &f) ||
	    !token_store_cert(token, &key, buf_bytes(&cert->der),
		name_der(cert->subject), &f))
		say(p, "imported, but not written into the token: %s", f.found);
	key_clear(&key);
	close_token_of(p, token);
}

/* Facts, rules, installation; the lock is around all of them. */
static bool
import_with(struct p11ca *p, const struct import_request *request,
    struct facts *facts, struct deed *deed, const char *digest,
    struct import_report *report, struct fault *f)
{
	struct store_lock *lock = NULL;
	bool ok = false;

	if (!facts_find(facts, p, request->ca, clock_now(), f) ||
	    !exclude_rivals(p, facts, digest, &lock, f))
		goto out;
	if (facts->ca != NULL)
		deed->which = facts->ca->arn;
	if (facts->ca != NULL && facts->ca->adopted)
		deed->more[deed->more_count++] =
		    (struct wire_pair){ "key", KEY_ADOPTED };
	if (facts->certs[0] != NULL && lock != NULL)
		facts_ask_token(facts, p);
	import_judge(&facts->in, report);
	ok = import_answer(report, f) && install(p, request, facts, deed, f);
out:
	if (!ok)
		record_refused(p, deed, f);
	store_unlock(lock);
	return ok;
}

bool
action_import(struct p11ca *p, const struct import_request *request,
    struct import_report *report, struct ca **out, struct fault *f)
{
	char certificate[DIGEST_HEX_LEN], chain[DIGEST_HEX_LEN];
	char digest[DIGEST_HEX_LEN]; /* of what is asked, for R04 */
	struct deed deed = {
		.operation = OPERATION, .which = request->ca, .more_count = 2
	};
	struct facts facts = { 0 };
	char *asked;
	bool ok;

	*out = NULL;
	memset(report, 0, sizeof(*report));
	digest_hex(request->certificate, certificate);
	digest_hex(request->chain, chain);
	deed.more[0] = (struct wire_pair){ "certificateSha256", certificate };
	deed.more[1] = (struct wire_pair){ "chainSha256", chain };
	asked = mem_format("import %s %s", certificate, chain);
	digest_hex(bytes_of(asked), digest);
	mem_free(asked);
	facts_read(&facts, request->certificate, request->chain);
	tokens_keep(p);
	ok = import_with(p, request, &facts, &deed, digest, report, f);
	if (ok) {
		if (request->store_certificate ||
		    p->conf->import.store_certificate)
			show_certificate_to_token(p, &facts);
		*out = facts.ca;
		facts.ca = NULL; /* the caller's now */
	}
	tokens_let_go(p);
	facts_free(&facts);
	return ok;
}
