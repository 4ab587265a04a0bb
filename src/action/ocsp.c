/* ocsp.c - OCSP responses, signed by a CA or by whom it delegated that to. */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/certmake.h"
#include "p11ca/clock.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/ocsp.h"
#include "p11ca/rule_key.h"
#include "p11ca/text.h"

#define OPERATION "OcspResponse"
#define VALID_SECONDS 3600
#define OID_OCSP_SIGNING "1.3.6.1.5.5.7.3.9"
#define DIGITAL_SIGNATURE (1u << 0)
#define MALFORMED_REQUEST 1
#define UNAUTHORIZED 6
#define STATES (OCSP_UNKNOWN + 1)

/* A delegated responder (RFC 6960, 4.2.2.2); cert NULL: the CA itself. */
struct responder {
	struct cert *cert;
	enum sign_alg sign_alg;
	struct token *token;
	struct key key;
};

static void
responder_clear(struct responder *responder)
{
	cert_free(responder->cert);
	token_close(responder->token);
	key_clear(&responder->key);
}

/* Does extKeyUsage name OCSPSigning itself?  "Any" does not count. */
static bool
is_for_ocsp(const struct cert *cert)
{
	bool found = false;

	for (size_t i = 0; i < cert->ext_count; i++) {
		struct bytes at = cert->ext[i].value;
		struct bytes list, oid;
		char text[EXT_NAME_MAX];

		if (strcmp(cert->ext[i].name, "extKeyUsage") != 0 ||
		    !der_take(&at, DER_SEQUENCE, &list))
			continue;
		while (der_take(&list, DER_OID, &oid))
			found = found ||
			    (der_oid_text(oid, text, sizeof(text)) &&
				strcmp(text, OID_OCSP_SIGNING) == 0);
	}
	return found;
}

static bool
may_sign(const struct cert *cert)
{
	return !cert->has_key_usage ||
	    (cert->key_usage & DIGITAL_SIGNATURE) != 0;
}

static bool
is_of_this_ca(const struct authority *by, const struct cert *cert)
{
	return name_equal(cert->issuer, by->cert->subject) &&
	    cert_signed_by(cert, by->cert);
}

static bool
is_in_date(const struct cert *cert, int64_t now)
{
	return cert->not_before <= now && now <= cert->not_after;
}

static char *
hex_of(struct bytes octets)
{
	struct buf hex = { 0 };
	char *text;

	buf_hex(&hex, octets);
	text = mem_text(buf_text(&hex));
	buf_free(&hex);
	return text;
}

/* What the register says of a serial; *found false: nothing was issued. */
static bool
look_up(const struct authority *by, struct bytes serial, struct issued *out,
    bool *found, struct fault *f)
{
	struct fault why = { 0 };
	bool negative = serial.len == 0 || (serial.p[0] & 0x80) != 0;
	char *hex = hex_of(serial);
	bool ok = true;

	memset(out, 0, sizeof(*out));
	*found = !negative &&
	    register_find(by->p->store, by->ca->uuid, hex, out, &why);
	if (!*found && !negative && why.kind != FAULT_RESOURCE_NOT_FOUND &&
	    why.kind != FAULT_INVALID_REQUEST) {
		*f = why;
		ok = false;
	}
	mem_free(hex);
	return ok;
}

/* One of its own that was revoked answers for nobody any more. */
static bool
is_not_revoked(const struct authority *by, const struct cert *cert, bool *out,
    struct fault *f)
{
	struct issued issued;
	bool found = false;
	bool ok = look_up(by, cert->serial, &issued, &found, f);

	*out = !found || issued.revoked_at == 0;
	issued_clear(&issued);
	return ok;
}

static bool
refuse_responder(const char *what, const char *want, struct fault *f)
{
	fault_found(f, "a responder's certificate %s", what);
	return fault_raise(f, FAULT_INVALID_ARGS, want,
	    "issue one with the template OCSPSigningCertificate");
}

static bool
check_responder(const struct authority *by, const struct cert *cert,
    struct fault *f)
{
	bool good = false;

	if (!is_of_this_ca(by, cert))
		return refuse_responder("that this CA did not issue",
		    "one that the CA itself issued", f);
	if (!is_for_ocsp(cert))
		return refuse_responder("without OCSPSigning",
		    "extKeyUsage with OCSPSigning", f);
	if (!may_sign(cert))
		return refuse_responder("whose keyUsage lacks a signature",
		    "keyUsage with digitalSignature", f);
	if (!is_in_date(cert, clock_now()))
		return refuse_responder("that is not valid now",
		    "one that has begun and has not expired", f);
	if (!is_not_revoked(by, cert, &good, f))
		return false;
	return good ||
	    refuse_responder("that is revoked", "one that is not", f);
}

static bool
read_responder(struct bytes text, struct cert **out, struct fault *f)
{
	struct pem pem = { 0 };
	bool ok = false;

	*out = NULL;
	pem_read(text, &pem);
	if (pem.certificates == 1 && pem.count == 1 &&
	    pem.block[0].flaw[0] == '\0')
		ok = cert_from_der(buf_bytes(&pem.block[0].der), out, f);
	else
		fault_found(f, "no single PEM certificate of a responder%s%s",
		    pem.looks_like != NULL ? ", but what looks like " : "",
		    pem.looks_like != NULL ? pem.looks_like : "");
	pem_free(&pem);
	if (!ok)
		fault_raise(f, FAULT_INVALID_ARGS,
		    "the responder's certificate in PEM",
		    "give one CERTIFICATE block; one in DER becomes PEM with "
		    "openssl x509 -inform DER -in FILE -out FILE.pem");
	return ok;
}

/* How a responder's key signs when nobody says it. */
static bool
choose_algorithm(const struct pubkey *key, enum sign_alg *out, struct fault *f)
{
	static const struct {
		enum pubkey_kind kind;
		int bits; /* at most */
		enum sign_alg alg;
	} rows[] = {
		{ PUBKEY_RSA, 16384, SIGN_SHA256WITHRSA },
		{ PUBKEY_EC, 256, SIGN_SHA256WITHECDSA },
		{ PUBKEY_EC, 384, SIGN_SHA384WITHECDSA },
		{ PUBKEY_EC, 521, SIGN_SHA512WITHECDSA },
		{ PUBKEY_ED25519, 256, SIGN_ED25519 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == key->kind && key->bits <= rows[i].bits) {
			*out = rows[i].alg;
			return true;
		}
	fault_found(f, "a responder's key of the kind %s", key->text);
	return fault_raise(f, FAULT_INVALID_ARGS, "an RSA, EC or Ed25519 key",
	    "make another key for the responder");
}

/* Does a PKCS#11 URI say which token?  (RFC 7512, 2.3) */
static bool
names_a_token(const char *uri)
{
	static const char *const names[] = {
		"token=", "serial=", "manufacturer=", "model="
	};
	const char *at = strchr(uri, ':');

	for (; at != NULL && *at != '?' && *at != '\0'; at = strpbrk(at, ";?"))
		for (size_t i = 0; i < COUNT(names); i++)
			if (*at != '?' &&
			    strncmp(at + 1, names[i], strlen(names[i])) == 0)
				return true;
	return false;
}

/* The key where its URI says, else in the CA's own token. */
static bool
find_responder_key(const struct authority *by, const char *uri,
    struct responder *responder, struct fault *f)
{
	struct p11ca *p = by->p;
	bool strict = p->conf->token.strict_key_attributes;
	struct token_place place;

	p11ca_place(p, names_a_token(uri) ? uri : by->ca->token_uri, &place);
	if (!token_open(&place, true, p->say, &responder->token, f) ||
	    !token_find_key_uri(responder->token, uri, &responder->key, f) ||
	    !key_is_fit(&responder->key.claims, strict, f))
		return false;
	if (bytes_equal(buf_bytes(&responder->key.spki), responder->cert->spki))
		return true;
	return refuse_responder("for another key than the one that is named",
	    "the certificate of the responder's key", f);
}

static bool
open_responder(const struct authority *by,
    const struct ocsp_request_in *request, struct responder *out,
    struct fault *f)
{
	if (request->responder.len == 0)
		return true;
	if (request->responder_key == NULL) {
		fault_found(f, "a responder's certificate without its key");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "the PKCS#11 URI of its key", "name the key as well");
	}
	return read_responder(request->responder, &out->cert, f) &&
	    check_responder(by, out->cert, f) &&
	    choose_algorithm(&out->cert->key, &out->sign_alg, f) &&
	    find_responder_key(by, request->responder_key, out, f);
}

static bool
answer_one(const struct authority *by, const struct ocsp_cert_id *id,
    struct ocsp_answer *out, struct fault *f)
{
	struct issued issued;
	bool found = false;
	bool ok;

	out->state = OCSP_UNKNOWN;
	if (!ocsp_is_about(id, name_der(by->cert->subject), by->cert->spki))
		return true;
	ok = look_up(by, id->serial, &issued, &found, f);
	if (found && issued.state == ISSUED_DONE) {
		out->state = issued.revoked_at != 0 ? OCSP_REVOKED : OCSP_GOOD;
		out->revoked_at = issued.revoked_at;
		out->reason = reason_code(issued.reason);
	}
	issued_clear(&issued);
	return ok;
}

static bool
sign(struct authority *by, struct responder *responder, struct bytes tbs,
    struct buf *response, struct fault *f)
{
	bool delegated = responder->cert != NULL;
	enum sign_alg alg = delegated ? responder->sign_alg : by->ca->sign_alg;
	struct bytes certificate = { 0 };
	struct buf signature = { 0 };
	bool ok = delegated ? token_sign(responder->token, &responder->key, alg,
				  tbs, &signature, f)
			    : authority_sign(by, tbs, &signature, f);

	if (delegated)
		certificate = buf_bytes(&responder->cert->der);
	if (ok)
		ocsp_response(tbs, alg, buf_bytes(&signature), certificate,
		    response);
	buf_free(&signature);
	return ok;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The answers as a response; it does not outlive who signs it. */
static bool
respond(struct authority *by, struct responder *responder,
    const struct ocsp_request *request, const struct ocsp_answer *answer,
    struct buf *response, struct fault *f)
{
	const struct cert *cert =
	    responder->cert != NULL ? responder->cert : by->cert;
	int64_t now = clock_now();
	struct ocsp_wish wish = { .request = request,
		.answer = answer,
		.responder_spki = cert->spki,
		.produced_at = now,
		.this_update = now };
	struct buf tbs = { 0 };
	bool ok;

	wish.next_update = earlier(now + VALID_SECONDS,
	    earlier(by->cert->not_after, cert->not_after));
	ocsp_tbs(&wish, &tbs);
	ok = sign(by, responder, buf_bytes(&tbs), response, f);
	buf_free(&tbs);
	return ok;
}

/* The audit entry counts what was answered. */
static bool
put_on_record(const struct authority *by, const struct ocsp_answer *answer,
    size_t count, struct fault *f)
{
	static const char *const names[STATES] = { "good", "revoked",
		"unknown" };
	struct deed deed = { .operation = OPERATION,
		.which = by->ca->arn,
		.more_count = STATES };
	size_t counts[STATES] = { 0 };
	char texts[STATES][24];

	for (size_t i = 0; i < count; i++)
		counts[answer[i].state]++;
	for (size_t i = 0; i < STATES; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%zu", counts[i]);
		deed.more[i] = (struct wire_pair){ names[i], texts[i] };
	}
	return store_begin(by->p->store, f) && record_done(by->p, &deed, f);
}

static bool
answer_all(struct authority *by, const struct ocsp_request *request,
    const struct ocsp_request_in *asked, struct buf *response, struct fault *f)
{
	struct ocsp_answer *answer = mem_array(request->count, sizeof(*answer));
	struct responder responder = { 0 };
	bool ok = open_responder(by, asked, &responder, f);

	for (size_t i = 0; ok && i < request->count; i++)
		ok = answer_one(by, &request->id[i], &answer[i], f);
	ok = ok && respond(by, &responder, request, answer, response, f) &&
	    put_on_record(by, answer, request->count, f);
	if (!ok)
		buf_free(response);
	responder_clear(&responder);
	mem_free(answer);
	return ok;
}

/* A refusal that the client is told of without a signature. */
static bool
answer_error(struct p11ca *p, const struct deed *deed, int status,
    const struct fault *why, struct buf *response)
{
	record_refused(p, deed, why);
	ocsp_error(status, response);
	return true;
}

bool
action_ocsp(struct p11ca *p, const char *which,
    const struct ocsp_request_in *asked, struct buf *response, struct fault *f)
{
	struct deed deed = { .operation = OPERATION, .which = which };
	struct ocsp_request *request = NULL;
	struct authority by = { 0 };
	struct fault why = { 0 };
	struct ca *ca = NULL;
	bool ok;

	memset(response, 0, sizeof(*response));
	if (!find_ca(p, which, &ca, f))
		return record_refused(p, &deed, f);
	deed.which = ca->arn;
	if (!ocsp_request_read(asked->der, &request, &why)) {
		ok = answer_error(p, &deed, MALFORMED_REQUEST, &why, response);
	} else if (authority_open(p, ca, &by, &why)) {
		ok = answer_all(&by, request, asked, response, f) ||
		    record_refused(p, &deed, f);
	} else if (why.kind == FAULT_INVALID_STATE) {
		ok = answer_error(p, &deed, UNAUTHORIZED, &why, response);
	} else {
		*f = why;
		ok = record_refused(p, &deed, f);
	}
	authority_close(&by);
	ocsp_request_free(request);
	ca_free(ca);
	return ok;
}
