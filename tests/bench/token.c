/*
 * token.c - what the library needs in a fresh process, from the start to the
 * end of a token.
 *
 *   bench-token find MODULE TOKEN PINFILE KEY            log in, find the key
 *   bench-token csr MODULE TOKEN PINFILE KEY SUBJECT     ... and make a CSR
 *
 * TOKEN and KEY are PKCS#11 URIs, the key is on P-256.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/confine.h"
#include "p11ca/csr.h"
#include "p11ca/mem.h"
#include "p11ca/token.h"

/* The subject is one common name. */
static bool
make_csr(struct token *token, const struct key *key, const char *cn,
    struct fault *f)
{
	struct name_attr part = { .oid = "2.5.4.3", .value = cn };
	struct buf subject = { 0 }, tbs = { 0 }, signature = { 0 };
	struct buf pem = { 0 };
	struct csr_wish wish = { .sign_alg = SIGN_SHA256WITHECDSA };
	bool ok = name_make(&part, 1, &subject, f);

	wish.subject = buf_bytes(&subject);
	wish.spki = buf_bytes(&key->spki);
	ok = ok && csr_tbs(&wish, &tbs, f) &&
	    token_sign(token, key, wish.sign_alg, buf_bytes(&tbs), &signature,
		f) &&
	    csr_finish(buf_bytes(&tbs), wish.sign_alg, buf_bytes(&signature),
		&pem, f);
	if (ok)
		(void)fwrite(pem.p, 1, pem.len, stdout);
	buf_free(&pem);
	buf_free(&signature);
	buf_free(&tbs);
	buf_free(&subject);
	return ok;
}

int
main(int argc, char **argv)
{
	bool csr = argc == 7 && strcmp(argv[1], "csr") == 0;
	struct token_place place = { 0 };
	struct token *token = NULL;
	struct key key = { 0 };
	struct fault f = { 0 };
	char *pin;
	bool ok;

	if (!csr && (argc != 6 || strcmp(argv[1], "find") != 0)) {
		(void)fprintf(stderr, "bench-token: see the source\n");
		return 2;
	}
	confine(); /* as every door of p11ca does first */
	pin = mem_format("file:%s", argv[4]);
	place.module = argv[2];
	place.uri = argv[3];
	place.pin = pin;
	ok = token_open(&place, true, NULL, &token, &f) &&
	    token_find_key_uri(token, argv[5], &key, &f) &&
	    (!csr || make_csr(token, &key, argv[6], &f));
	if (!ok)
		(void)fprintf(stderr, "bench-token: found %s\n", f.found);
	key_clear(&key);
	token_close(token);
	mem_free(pin);
	return ok ? 0 : 1;
}
