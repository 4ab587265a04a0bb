/* facts.c - everything the import rules look at, gathered in one place. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/rule_key.h"
#include "p11ca/text.h"

/* Read one block; what is wrong with it is a fact as well. */
static void
read_block(struct facts *facts, size_t at, const struct pem_block *block)
{
	struct fault f = { 0 };

	if (block->flaw[0] != '\0')
		return; /* P04 speaks of it */
	if (!cert_from_der(buf_bytes(&block->der), &facts->certs[at], &f))
		facts->flaws[at] = mem_text(f.found);
}

static bool
is_certificate(const struct pem_block *block)
{
	return strcmp(block->label, PEM_CERTIFICATE) == 0;
}

/* Room for Certificate and every CERTIFICATE block of the chain. */
static void
make_room(struct facts *facts)
{
	size_t count = 1 + facts->chain_pem.certificates;

	facts->in.count = count;
	facts->certs = mem_array(count, sizeof(struct cert *));
	facts->flaws = mem_array(count, sizeof(char *));
	facts->in.cert = mem_array(count, sizeof(struct import_cert));
}

void
facts_read(struct facts *facts, struct bytes certificate, struct bytes chain)
{
	const struct pem *one = &facts->certificate_pem;
	const struct pem *many = &facts->chain_pem;
	struct import *in = &facts->in;
	size_t at = 1;

	in->certificate_len = certificate.len;
	in->chain_len = chain.len;
	in->certificate_pem = one;
	in->chain_pem = many;
	if (certificate.len <= IMPORT_CERTIFICATE_MAX)
		pem_read(certificate, &facts->certificate_pem);
	if (chain.len <= IMPORT_CHAIN_MAX)
		pem_read(chain, &facts->chain_pem);
	make_room(facts);
	for (size_t i = 0; i < one->count && one->certificates == 1; i++)
		if (is_certificate(&one->block[i]))
			read_block(facts, 0, &one->block[i]);
	for (size_t i = 0; i < many->count; i++)
		if (is_certificate(&many->block[i]))
			read_block(facts, at++, &many->block[i]);
	for (size_t i = 0; i < in->count; i++) {
		in->cert[i].cert = facts->certs[i];
		in->cert[i].flaw = facts->flaws[i];
	}
}

/* What the search for a CA can say that the rules speak of. */
static bool
finder_of(enum fault_kind kind, enum import_finder *out)
{
	static const struct {
		enum fault_kind kind;
		enum import_finder finder;
	} rows[] = {
		{ FAULT_INVALID_ARN, FINDER_BAD_ARN },
		{ FAULT_ACCESS_DENIED, FINDER_OTHER_ACCOUNT },
		{ FAULT_RESOURCE_NOT_FOUND, FINDER_NO_SUCH_CA },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].kind == kind) {
			*out = rows[i].finder;
			return true;
		}
	return false;
}

bool
facts_find(struct facts *facts, struct p11ca *p, const char *which, int64_t now,
    struct fault *f)
{
	struct import *in = &facts->in;
	struct buf shown = { 0 };
	struct ca *ca;

	text_show(&shown, bytes_of(which));
	facts->which = mem_text(buf_text(&shown));
	buf_free(&shown);
	in->which = facts->which;
	in->now = now;
	in->require_nested_validity = p->conf->import.require_nested_validity;
	if (!find_ca(p, which, &facts->ca, f))
		return finder_of(f->kind, &in->finder);
	ca = facts->ca;
	in->finder = FINDER_FOUND;
	in->status = ca_status_at(ca, now);
	in->type = ca->type;
	in->csr_spki = buf_bytes(&ca->key_spki);
	if (ca->csr != NULL && !csr_from_pem(bytes_of(ca->csr), &facts->csr, f))
		return false;
	in->csr_subject = facts->csr != NULL ? facts->csr->subject : NULL;
	return true;
}

/*
 * Proof of possession: a CA key signs CSRs, certificates, CRLs and OCSP
 * answers, never a challenge, so the CA's own CSR is signed afresh.
 */
static bool
prove(struct facts *facts, struct p11ca *p, struct token *token,
    struct fault *f)
{
	const struct ca *ca = facts->ca;
	struct buf signature = { 0 };
	struct key key = { 0 };
	bool ok = token_find_key(token, buf_bytes(&ca->key_id), &key, f) &&
	    key_is_fit(&key.claims, p->conf->token.strict_key_attributes, f) &&
	    token_sign(token, &key, ca->sign_alg, facts->csr->info, &signature,
		f);

	if (ok)
		buf_set(&facts->token_spki, buf_bytes(&key.spki));
	buf_free(&signature);
	key_clear(&key);
	return ok;
}

void
facts_ask_token(struct facts *facts, struct p11ca *p)
{
	struct import_token *fact = &facts->in.token;
	struct token *token = NULL;

	if (facts->ca == NULL || facts->csr == NULL)
		return;
	fact->asked = true;
	fact->proven =
	    open_token_of(p, facts->ca, &token, &facts->token_fault) &&
	    prove(facts, p, token, &facts->token_fault);
	fact->why = facts->token_fault.found;
	fact->spki = buf_bytes(&facts->token_spki);
	close_token_of(p, token);
}

void
facts_free(struct facts *facts)
{
	for (size_t i = 0; i < facts->in.count; i++) {
		cert_free(facts->certs[i]);
		mem_free(facts->flaws[i]);
	}
	mem_free(facts->certs);
	mem_free(facts->flaws);
	mem_free(facts->in.cert);
	pem_free(&facts->certificate_pem);
	pem_free(&facts->chain_pem);
	ca_free(facts->ca);
	csr_free(facts->csr);
	buf_free(&facts->spki);
	buf_free(&facts->token_spki);
	mem_free(facts->which);
}
