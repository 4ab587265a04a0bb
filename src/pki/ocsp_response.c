/* ocsp_response.c - OCSP responses (RFC 6960, 4.2), written. */
#include <string.h>

#include "make.h"
#include "p11ca/ocsp.h"

#define OID_OCSP_BASIC "1.3.6.1.5.5.7.48.1.1"
#define STATUS_SUCCESSFUL 0

static void
put_enumerated(struct buf *out, int value)
{
	unsigned char octet = (unsigned char)value;

	der_put(out, DER_ENUMERATED, (struct bytes){ &octet, 1 });
}

/* RevokedInfo ::= SEQUENCE { revocationTime, revocationReason [0] } */
static void
put_revoked(const struct ocsp_answer *answer, struct buf *out)
{
	struct buf reason = { 0 };
	struct buf info = { 0 };

	put_generalized_time(&info, answer->revoked_at);
	if (answer->reason != 0) {
		put_enumerated(&reason, answer->reason);
		put_and_free(&info, DER_CONSTRUCTED(0), &reason);
	}
	put_and_free(out, DER_CONSTRUCTED(1), &info);
}

/* CertStatus: good [0], revoked [1], unknown [2], all of them implicit. */
static void
put_status(const struct ocsp_answer *answer, struct buf *out)
{
	static const struct bytes null = { NULL, 0 };

	if (answer->state == OCSP_REVOKED)
		put_revoked(answer, out);
	else
		der_put(out, DER_CONTEXT(answer->state == OCSP_GOOD ? 0 : 2),
		    null);
}

/* SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate,
 * nextUpdate [0] } */
static void
put_single(const struct ocsp_wish *wish, size_t i, struct buf *out)
{
	struct buf fields = { 0 };
	struct buf next = { 0 };

	buf_append(&fields, wish->request->id[i].whole);
	put_status(&wish->answer[i], &fields);
	put_generalized_time(&fields, wish->this_update);
	put_generalized_time(&next, wish->next_update);
	put_and_free(&fields, DER_CONSTRUCTED(0), &next);
	put_and_free(out, DER_SEQUENCE, &fields);
}

/* ResponderID, byKey [2]: an OCTET STRING as in subjectKeyIdentifier. */
static void
put_responder(const struct ocsp_wish *wish, struct buf *out)
{
	struct buf key = { 0 };

	ext_subject_key_id(&key, wish->responder_spki);
	put_and_free(out, DER_CONSTRUCTED(2), &key);
}

/* responseExtensions [1]: the nonce as it was asked. */
static void
put_nonce(const struct ocsp_wish *wish, struct buf *out)
{
	struct ext_wishes exts = { 0 };
	struct buf value = { 0 };

	if (wish->request->nonce.len == 0)
		return;
	der_put(&value, DER_OCTET_STRING, wish->request->nonce);
	ext_wishes_take(&exts, OID_OCSP_NONCE, false, &value);
	ext_wishes_put_known(&exts, DER_CONSTRUCTED(1), out);
}

/* Version 1 is the default, which DER leaves out. */
void
ocsp_tbs(const struct ocsp_wish *wish, struct buf *tbs)
{
	struct buf responses = { 0 };
	struct buf fields = { 0 };

	memset(tbs, 0, sizeof(*tbs));
	put_responder(wish, &fields);
	put_generalized_time(&fields, wish->produced_at);
	for (size_t i = 0; i < wish->request->count; i++)
		put_single(wish, i, &responses);
	put_and_free(&fields, DER_SEQUENCE, &responses);
	put_nonce(wish, &fields);
	put_and_free(tbs, DER_SEQUENCE, &fields);
}

/* BasicOCSPResponse: as everything signed, but for certs [0] at its end. */
static void
put_basic(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct bytes certificate, struct buf *out)
{
	struct buf certs = { 0 };

	if (certificate.len > 0) {
		put_header(&certs, DER_CONSTRUCTED(0),
		    put_size(certificate.len));
		der_put(&certs, DER_SEQUENCE, certificate);
	}
	signed_put(tbs, alg, signature, buf_bytes(&certs), out);
	buf_free(&certs);
}

/* OCSPResponse ::= SEQUENCE { responseStatus, responseBytes [0] } */
void
ocsp_response(struct bytes tbs, enum sign_alg alg, struct bytes signature,
    struct bytes certificate, struct buf *der)
{
	struct buf basic = { 0 };
	struct buf bytes = { 0 };
	struct buf field = { 0 };
	struct buf fields = { 0 };

	put_basic(tbs, alg, signature, certificate, &basic);
	put_known_oid(&bytes, OID_OCSP_BASIC);
	put_and_free(&bytes, DER_OCTET_STRING, &basic);
	put_and_free(&field, DER_SEQUENCE, &bytes);
	put_enumerated(&fields, STATUS_SUCCESSFUL);
	put_and_free(&fields, DER_CONSTRUCTED(0), &field);
	put_and_free(der, DER_SEQUENCE, &fields);
}

void
ocsp_error(int status, struct buf *der)
{
	struct buf fields = { 0 };

	put_enumerated(&fields, status);
	put_and_free(der, DER_SEQUENCE, &fields);
}

const char *
ocsp_status(struct bytes response)
{
	static const char *const names[] = { "successful", "malformedRequest",
		"internalError", "tryLater", NULL, "sigRequired",
		"unauthorized" };
	struct bytes fields = { NULL, 0 };
	struct bytes status = { NULL, 0 };
	bool whole = der_take(&response, DER_SEQUENCE, &fields) &&
	    der_take(&fields, DER_ENUMERATED, &status) && status.len == 1 &&
	    status.p[0] < COUNT(names) && names[status.p[0]] != NULL;

	return whole ? names[status.p[0]] : "unknown";
}
