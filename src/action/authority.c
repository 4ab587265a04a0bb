/* authority.c - a CA that speaks about certificates: its name and its key. */
#include <string.h>

#include "internal.h"
#include "p11ca/certmake.h"
#include "p11ca/clock.h"
#include "p11ca/rule_key.h"
#include "p11ca/rule_status.h"
#include "p11ca/wire_issue.h"

/* The CA's own certificate, which was checked when it came. */
static bool
read_certificate(struct authority *by, struct fault *f)
{
	struct pem pem = { 0 };
	bool ok = false;

	pem_read(buf_bytes(&by->ca->certificate), &pem);
	for (size_t i = 0; i < pem.count && !ok; i++)
		ok = cert_from_der(buf_bytes(&pem.block[i].der), &by->cert, f);
	pem_free(&pem);
	return ok ||
	    fault_raise(f, FAULT_STORE, "the certificate that was imported",
		"import it again (p11ca import)");
}

static void
read_key_id(struct authority *by)
{
	struct bytes own = by->cert->subject_key_id;
	unsigned char of_key[20];

	if (own.len == 0) {
		key_id_of(by->cert->spki, of_key);
		own = (struct bytes){ of_key, sizeof(of_key) };
	}
	buf_set(&by->key_id, own);
}

bool
authority_open(struct p11ca *p, const struct ca *ca, struct authority *out,
    struct fault *f)
{
	memset(out, 0, sizeof(*out));
	out->p = p;
	out->ca = ca;
	if (!status_allows(ca, EVENT_CRL, clock_now(), f) ||
	    !ca_settings_read(ca->settings, &out->settings, f) ||
	    !read_certificate(out, f)) {
		authority_close(out);
		return false;
	}
	read_key_id(out);
	return true;
}

/* Another key under the CA's ID must not sign in its name. */
static bool
key_is_the_cas(const struct authority *by, struct fault *f)
{
	if (bytes_equal(buf_bytes(&by->key.spki), by->cert->spki))
		return true;
	fault_found(f, "another key in the token under the CA's key ID");
	return fault_raise(f, FAULT_TOKEN, "the key of the CA's certificate",
	    "find out who replaced it; p11ca doctor says what is there");
}

static bool
find_key(struct authority *by, struct fault *f)
{
	bool strict = by->p->conf->token.strict_key_attributes;

	if (by->token != NULL)
		return true;
	if (open_token_of(by->p, by->ca, &by->token, f) &&
	    token_find_key(by->token, buf_bytes(&by->ca->key_id), &by->key,
		f) &&
	    key_is_fit(&by->key.claims, strict, f) && key_is_the_cas(by, f))
		return true;
	key_clear(&by->key);
	close_token_of(by->p, by->token);
	by->token = NULL;
	return false;
}

bool
authority_sign(struct authority *by, struct bytes tbs, struct buf *signature,
    struct fault *f)
{
	return find_key(by, f) &&
	    token_sign(by->token, &by->key, by->ca->sign_alg, tbs, signature,
		f);
}

void
authority_close(struct authority *by)
{
	key_clear(&by->key);
	close_token_of(by->p, by->token);
	cert_free(by->cert);
	ca_settings_free(by->settings);
	buf_free(&by->key_id);
	memset(by, 0, sizeof(*by));
}
