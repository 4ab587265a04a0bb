/*
 * make_chain.c - a long hierarchy of P-256 CAs, for those who verify it.
 *
 *   bench-make_chain COUNT FOLDER
 *
 * Writes FOLDER/root.pem, FOLDER/chain.pem (the signing CA first, the root
 * last, COUNT certificates, or as many as stay below 2 MiB), FOLDER/between.pem
 * (the chain without its root), FOLDER/cert.pem (what the first of them signed)
 * and FOLDER/key.pem, its public key.
 */
#include <stdio.h>

#include "../pki/make_cert.h"
#include "p11ca/mem.h"

#define CHAIN_MAX ((size_t)2 << 20)

static void
write_file(const char *folder, const char *name, struct bytes what)
{
	char *path = mem_format("%s/%s", folder, name);
	FILE *out = make_must(fopen(path, "w"));

	make_sure(fwrite(what.p, 1, what.len, out) == what.len);
	make_sure(fclose(out) == 0);
	mem_free(path);
}

/* Number n of the hierarchy, the root being 0. */
static struct buf
make_one(long n, EVP_PKEY *key, EVP_PKEY *signer)
{
	char *subject = mem_format("CN=CA %05ld", n);
	char *issuer = mem_format("CN=CA %05ld", n > 0 ? n - 1 : 0);
	struct make_cert recipe = { .subject = subject,
		.issuer = issuer,
		.key = key,
		.signer = signer,
		.serial = n + 1,
		MAKE_EXTS(make_ca_exts) };
	struct buf pem = { 0 };

	make_cert_pem(&pem, &recipe);
	mem_free(issuer);
	mem_free(subject);
	return pem;
}

int
main(int argc, char **argv)
{
	size_t room = CHAIN_MAX, n = 0, cap = 0;
	struct buf *made = NULL;
	struct buf chain = { 0 }, spki;
	EVP_PKEY *key = NULL, *above;
	size_t wanted = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	make_sure(wanted > 0);
	do {
		above = key;
		key = make_key("P-256");
		made = mem_grow(made, n, &cap, sizeof(*made));
		made[n] = make_one((long)n, key, above);
		EVP_PKEY_free(above);
		if (n == wanted || made[n].len >= room)
			break;
		room -= made[n++].len;
	} while (true);
	/* made[n] is signed by the last that found room. */
	write_file(argv[2], "cert.pem", buf_bytes(&made[n]));
	write_file(argv[2], "root.pem", buf_bytes(&made[0]));
	for (size_t i = n; i-- > 1;)
		buf_append(&chain, buf_bytes(&made[i]));
	write_file(argv[2], "between.pem", buf_bytes(&chain));
	buf_append(&chain, buf_bytes(&made[0]));
	write_file(argv[2], "chain.pem", buf_bytes(&chain));
	spki = make_spki(key);
	buf_free(&chain);
	make_pem(&chain, "PUBLIC KEY", buf_bytes(&spki));
	write_file(argv[2], "key.pem", buf_bytes(&chain));
	(void)printf("%zu\n", n);
	buf_free(&spki);
	buf_free(&chain);
	for (size_t i = 0; i <= n; i++)
		buf_free(&made[i]);
	mem_free(made);
	EVP_PKEY_free(key);
	return 0;
}
