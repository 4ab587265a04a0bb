/*
 * import_bench.h - a good import and everything it points to, so that a case
 * can spoil one fact of it.
 *
 * No keys, no files: what a signature check would say is set as a fact.
 */
#ifndef P11CA_IMPORT_BENCH_H
#define P11CA_IMPORT_BENCH_H

#include <string.h>

#include "p11ca/rule_import.h"

#define BENCH_CERTS 4
#define BENCH_NOW 1800000000 /* 2027-01-15 */
#define BENCH_EXTS 4

struct bench {
	struct import in;
	struct import_cert at[BENCH_CERTS];
	struct cert cert[BENCH_CERTS]; /* CA, issuer, root, one to spare */
	struct ext ext[BENCH_CERTS][BENCH_EXTS];
	struct pem certificate_pem, chain_pem;
	struct pem_block block[BENCH_CERTS + 1];
	struct name *ca, *issuer, *root, *other;
};

static const struct ext_kind bench_basic = { "2.5.29.19", "basicConstraints",
	EXT_ALLOWED };
static const struct ext_kind bench_usage = { "2.5.29.15", "keyUsage",
	EXT_ALLOWED };
static const struct ext_kind bench_access = { "1.3.6.1.5.5.7.1.1",
	"authorityInfoAccess", EXT_REFUSED };

static struct name *
bench_name(const char *cn)
{
	struct name_attr attr = { "2.5.4.3", cn, false };
	struct fault f = { 0 };
	struct buf der = { 0 };
	struct name *name = NULL;

	if (name_make(&attr, 1, &der, &f))
		name = name_from_der(buf_bytes(&der));
	buf_free(&der);
	return name;
}

static void
bench_cert(struct bench *b, size_t i, const char *der, const char *spki,
    struct name *subject, struct name *issuer)
{
	struct cert *cert = &b->cert[i];

	buf_text_append(&cert->der, der);
	cert->spki = bytes_of(spki);
	cert->subject = subject;
	cert->issuer = issuer;
	cert->self_issued = subject == issuer;
	cert->not_before = BENCH_NOW - 1000;
	cert->not_after = BENCH_NOW + 1000 + (int64_t)i;
	cert->key.kind = PUBKEY_EC;
	cert->key.bits = 256;
	cert->key.curve_known = true;
	cert->ext = b->ext[i];
	cert->ext_count = 2;
	b->ext[i][0].kind = &bench_basic;
	(void)strcpy(b->ext[i][0].name, bench_basic.name);
	b->ext[i][0].critical = true;
	b->ext[i][1].kind = &bench_usage;
	(void)strcpy(b->ext[i][1].name, bench_usage.name);
	b->ext[i][1].critical = true;
	cert->has_basic = cert->basic_critical = cert->is_ca = true;
	cert->has_key_usage = true;
	cert->key_usage = KEY_USAGE_CERT_SIGN | KEY_USAGE_CRL_SIGN;
	b->at[i].cert = cert;
	b->at[i].by_itself = cert->self_issued ? SIGNED_YES : SIGNED_NO;
	b->at[i].by_next = SIGNED_YES;
}

static void
bench_blocks(struct bench *b)
{
	for (size_t i = 0; i < BENCH_CERTS; i++)
		(void)strcpy(b->block[i].label, PEM_CERTIFICATE);
	b->certificate_pem.block = &b->block[0];
	b->certificate_pem.count = b->certificate_pem.certificates = 1;
	b->chain_pem.block = &b->block[1];
	b->chain_pem.count = b->chain_pem.certificates = 2;
	b->in.certificate_len = 1000;
	b->in.chain_len = 2000;
}

/* A SUBORDINATE with its issuer and root, hosted here, token at hand. */
static void
bench_good(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->ca = bench_name("CA");
	b->issuer = bench_name("Issuer");
	b->root = bench_name("Root");
	b->other = bench_name("Other");
	bench_cert(b, 0, "ca", "ca key", b->ca, b->issuer);
	bench_cert(b, 1, "issuer", "issuer key", b->issuer, b->root);
	bench_cert(b, 2, "root", "root key", b->root, b->root);
	bench_cert(b, 3, "spare", "spare key", b->other, b->other);
	bench_blocks(b);
	b->in.finder = FINDER_FOUND;
	b->in.which = "ca-1";
	b->in.status = CA_PENDING_CERTIFICATE;
	b->in.type = CA_SUBORDINATE;
	b->in.certificate_pem = &b->certificate_pem;
	b->in.chain_pem = &b->chain_pem;
	b->in.cert = b->at;
	b->in.count = 3;
	b->in.csr_spki = bytes_of("ca key");
	b->in.csr_subject = b->ca;
	b->in.token.asked = b->in.token.proven = true;
	b->in.token.why = "";
	b->in.token.spki = bytes_of("ca key");
	b->in.now = BENCH_NOW;
}

/* The same as a ROOT that signed itself. */
static void
bench_good_root(struct bench *b)
{
	bench_good(b);
	b->in.type = CA_ROOT;
	b->cert[0].issuer = b->ca;
	b->cert[0].self_issued = true;
	b->at[0].by_itself = SIGNED_YES;
	b->in.count = 1;
	b->chain_pem.count = b->chain_pem.certificates = 0;
	b->chain_pem.blank = true;
	b->in.chain_len = 0;
}

static void
bench_free(struct bench *b)
{
	for (size_t i = 0; i < BENCH_CERTS; i++)
		buf_free(&b->cert[i].der);
	name_free(b->ca);
	name_free(b->issuer);
	name_free(b->root);
	name_free(b->other);
}

#endif
