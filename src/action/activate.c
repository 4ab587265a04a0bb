/*
 * activate.c - a hosted CA in one step: its CSR, a certificate from itself or
 * from a parent that is hosted here, and the import.
 */
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

#define ROOT_YEARS 10
#define SUBORDINATE_YEARS 5

/* The CA that signs: the parent, or the root itself. */
static bool
find_signer(struct p11ca *p, const struct activate_request *request,
    const struct ca *ca, struct ca **out, struct fault *f)
{
	if (ca->type == CA_ROOT && request->parent != NULL) {
		fault_found(f, "a parent for the root %s", request->ca);
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "no parent, for a root signs itself", "leave --parent out");
	}
	if (ca->type == CA_SUBORDINATE && request->parent == NULL) {
		fault_found(f, "a subordinate CA without a parent");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "the CA hosted here that is to sign it",
		    "give --parent CA; for a parent elsewhere use p11ca csr "
		    "and p11ca import");
	}
	return find_ca(p, ca->type == CA_ROOT ? request->ca : request->parent,
	    out, f);
}

/* The largest path length that is below the parent's own. */
static const char *
usual_template(const struct ca *ca, const struct ca *signer)
{
	static const char *const by_room[] = {
		"SubordinateCACertificate_PathLen0",
		"SubordinateCACertificate_PathLen1",
		"SubordinateCACertificate_PathLen2",
		"SubordinateCACertificate_PathLen3",
	};
	struct pem pem = { 0 };
	struct cert *cert = NULL;
	struct fault ignored = { 0 };
	int64_t room = COUNT(by_room) - 1;

	if (ca->type == CA_ROOT)
		return "RootCACertificate";
	pem_read(buf_bytes(&signer->certificate), &pem);
	if (pem.count > 0 &&
	    cert_from_der(buf_bytes(&pem.block[0].der), &cert, &ignored) &&
	    cert->has_path_len && cert->path_len - 1 < room)
		room = cert->path_len > 0 ? cert->path_len - 1 : 0;
	cert_free(cert);
	pem_free(&pem);
	return by_room[room];
}

static void
usual_validity(const struct ca *ca, const struct ca *signer,
    struct issue_request *issue)
{
	int64_t end = 0;

	issue->validity = VALIDITY_YEARS;
	issue->validity_value =
	    ca->type == CA_ROOT ? ROOT_YEARS : SUBORDINATE_YEARS;
	if (ca->type == CA_SUBORDINATE &&
	    validity_end(issue->validity, issue->validity_value, clock_now(),
		&end) &&
	    end > signer->not_after) {
		issue->validity = VALIDITY_ABSOLUTE;
		issue->validity_value = signer->not_after;
	}
}

static bool
issue_for(struct p11ca *p, const struct activate_request *request,
    const struct ca *ca, const struct ca *signer, struct issued *out,
    struct fault *f)
{
	struct issue_request issue = { .ca = signer->uuid,
		.csr = bytes_of(ca->csr),
		.template_name = request->template_name != NULL
		    ? request->template_name
		    : usual_template(ca, signer),
		.validity = request->validity,
		.validity_value = request->validity_value };

	if (request->validity_value == 0)
		usual_validity(ca, signer, &issue);
	return action_issue(p, &issue, out, f);
}

/* Take over a text, with a newline at its end unless there is none. */
static void
end_line(struct buf *out, char *text)
{
	if (text != NULL)
		buf_printf(out, "%s\n", text);
	mem_free(text);
}

/* The chain as GetCertificate gives it, and the certificate: the import. */
static bool
import_into(struct p11ca *p, const struct ca *ca, const struct ca *signer,
    const struct issued *issued, struct import_report *report, struct ca **out,
    struct fault *f)
{
	struct import_request import = { .ca = ca->uuid };
	struct issued again = { 0 };
	struct buf pem = { 0 }, above = { 0 };
	char *chain = NULL;
	bool ok = action_get_issued(p, signer->uuid, issued->serial, &again,
	    &chain, f);

	if (ok) {
		/* With a final newline, as files have it, so that one can be
		 * put behind the other. */
		end_line(&pem, issued_pem(&again));
		end_line(&above, chain);
		import.certificate = buf_bytes(&pem);
		import.chain = buf_bytes(&above);
		ok = action_import(p, &import, report, out, f);
	}
	buf_free(&pem);
	buf_free(&above);
	issued_clear(&again);
	return ok;
}

bool
action_activate(struct p11ca *p, const struct activate_request *request,
    struct import_report *report, struct ca **out, struct fault *f)
{
	struct ca *ca = NULL, *signer = NULL;
	struct issued issued = { 0 };
	bool ok;

	*out = NULL;
	memset(report, 0, sizeof(*report));
	tokens_keep(p);
	ok = action_get_csr(p, request->ca, &ca, f) &&
	    find_signer(p, request, ca, &signer, f) &&
	    issue_for(p, request, ca, signer, &issued, f) &&
	    import_into(p, ca, signer, &issued, report, out, f);
	tokens_let_go(p);
	issued_clear(&issued);
	ca_free(signer);
	ca_free(ca);
	return ok;
}
