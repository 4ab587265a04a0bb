/* issuer.c - a CA at work: what every certificate it issues needs. */
#include "issuer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_key.h"

/* How many of them this process has. */
static atomic_int at_work;

int
issuers_at_work(void)
{
	return atomic_load(&at_work);
}

static bool
choose_algorithm(struct issuer *issuer, struct fault *f)
{
	const char *name = issuer->request->sign_alg;

	issuer->sign_alg = issuer->ca->sign_alg;
	return name == NULL || sign_alg_from_name(name, &issuer->sign_alg, f);
}

/* The certificates in the blocks of a text that was checked when it came. */
static void
read_path(struct issuer *issuer, const struct buf *text)
{
	struct pem pem = { 0 };
	struct fault ignored = { 0 };

	pem_read(buf_bytes(text), &pem);
	issuer->path = mem_must(reallocarray(issuer->path,
	    issuer->path_count + pem.count + 1, sizeof(*issuer->path)));
	for (size_t i = 0; i < pem.count; i++)
		if (cert_from_der(buf_bytes(&pem.block[i].der),
			&issuer->path[issuer->path_count], &ignored))
			issuer->path_count++;
	pem_free(&pem);
}

/*
 * The name it signs as is its certificate's, byte for byte; a root that has
 * none yet signs as its CSR says.
 */
static bool
read_identity(struct issuer *issuer, struct fault *f)
{
	const struct ca *ca = issuer->ca;
	unsigned char key_id[20];
	struct csr *csr = NULL;

	read_path(issuer, &ca->certificate);
	read_path(issuer, &ca->chain);
	key_id_of(buf_bytes(&ca->key_spki), key_id);
	buf_set(&issuer->key_id, (struct bytes){ key_id, sizeof(key_id) });
	if (issuer->path_count > 0) {
		const struct cert *own = issuer->path[0];

		buf_set(&issuer->subject, name_der(own->subject));
		if (own->subject_key_id.len > 0)
			buf_set(&issuer->key_id, own->subject_key_id);
		return true;
	}
	if (ca->csr == NULL || !csr_from_pem(bytes_of(ca->csr), &csr, f))
		return ca->csr == NULL; /* CREATING: N01 speaks of it */
	buf_set(&issuer->subject, name_der(csr->subject));
	csr_free(csr);
	return true;
}

bool
issuer_open(struct p11ca *p, const struct issue_request *request,
    struct issuer *out, struct fault *f)
{
	const char *name = request->template_name;

	memset(out, 0, sizeof(*out));
	out->p = p;
	out->request = request;
	out->at_work = true;
	atomic_fetch_add(&at_work, 1);
	(void)process_self(out->owner);
	out->caller = record_caller();
	if (template_find(name != NULL ? name : TEMPLATE_DEFAULT,
		&out->template, f) &&
	    find_ca(p, request->ca, &out->ca, f) &&
	    ca_settings_read(out->ca->settings, &out->settings, f) &&
	    choose_algorithm(out, f) && read_identity(out, f))
		return true;
	issuer_close(out);
	return false;
}

void
issuer_close(struct issuer *issuer)
{
	for (size_t i = 0; i < issuer->path_count; i++)
		cert_free(issuer->path[i]);
	mem_free(issuer->path);
	ca_settings_free(issuer->settings);
	ca_free(issuer->ca);
	close_token_of(issuer->p, issuer->token);
	key_clear(&issuer->key);
	buf_free(&issuer->subject);
	buf_free(&issuer->key_id);
	mem_free(issuer->caller);
	if (issuer->at_work)
		atomic_fetch_sub(&at_work, 1);
	memset(issuer, 0, sizeof(*issuer));
}

bool
issuer_is_current(const struct issuer *issuer, struct fault *f)
{
	struct ca *now = NULL;
	bool same;

	if (!find_ca(issuer->p, issuer->ca->uuid, &now, f))
		return false;
	same = now->revision == issuer->ca->revision;
	ca_free(now);
	if (same)
		return true;
	fault_found(f, "a change of %s meanwhile", issuer->ca->arn);
	return fault_raise(f, FAULT_CONCURRENT_MODIFICATION,
	    "a CA that stays as it is while it issues",
	    "look at it with p11ca show, then try again");
}

void
issued_finish(struct issued *issued, struct bytes signature,
    const struct fault *failed)
{
	if (signature.len > 0) {
		issued->state = ISSUED_DONE;
		signed_der(buf_bytes(&issued->tbs), issued->sign_alg, signature,
		    &issued->certificate);
	} else {
		issued->state = ISSUED_FAILED;
		issued->failure = mem_text(failed->found);
	}
}

bool
issuer_sign(const struct issuer *issuer, struct issued *issued, struct fault *f)
{
	struct buf signature = { 0 };
	bool ok = token_sign(issuer->token, &issuer->key, issued->sign_alg,
	    buf_bytes(&issued->tbs), &signature, f);

	issued_finish(issued, buf_bytes(&signature), f);
	buf_free(&signature);
	return ok;
}

/* Another key under the CA's ID must not sign in its name. */
static bool
key_is_still_the_cas(const struct issuer *issuer, struct fault *f)
{
	if (bytes_equal(buf_bytes(&issuer->key.spki),
		buf_bytes(&issuer->ca->key_spki)))
		return true;
	fault_found(f, "another key in the token under the CA's key ID");
	return fault_raise(f, FAULT_TOKEN, "the key of the CA's CSR",
	    "find out who replaced it; p11ca doctor says what is there");
}

bool
issuer_begin(struct issuer *issuer, struct fault *f)
{
	struct p11ca *p = issuer->p;
	bool strict = p->conf->token.strict_key_attributes;

	return open_token_of(p, issuer->ca, &issuer->token, f) &&
	    token_find_key(issuer->token, buf_bytes(&issuer->ca->key_id),
		&issuer->key, f) &&
	    key_is_fit(&issuer->key.claims, strict, f) &&
	    key_is_still_the_cas(issuer, f) && settle_orphans(issuer, f);
}
