/*
 * make_csrs.c - many CSRs, each of a P-256 key of its own.
 *
 *   bench-make_csrs COUNT FOLDER
 *
 * Writes FOLDER/00001.csr and so on: a common name, and it as a DNS name.
 */
#include <stdio.h>

#include "../pki/make_cert.h"
#include "p11ca/mem.h"

static X509_REQ *
make_request(const char *host, EVP_PKEY *key)
{
	char *dns = mem_format("DNS:%s", host);
	char *subject = mem_format("CN=%s", host);
	struct make_ext alt_name = { "subjectAltName", false, dns, NULL, 0 };
	X509_EXTENSIONS *exts = make_must(sk_X509_EXTENSION_new_null());
	X509_REQ *req = make_must(X509_REQ_new());
	X509_NAME *name = make_name(subject);

	make_sure(sk_X509_EXTENSION_push(exts,
		      make_extension_from_text(NULL, &alt_name)) == 1);
	make_sure(X509_REQ_set_subject_name(req, name) == 1 &&
	    X509_REQ_set_pubkey(req, key) == 1 &&
	    X509_REQ_add_extensions(req, exts) == 1 &&
	    X509_REQ_sign(req, key, EVP_sha256()) > 0);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_NAME_free(name);
	mem_free(subject);
	mem_free(dns);
	return req;
}

static void
write_request(const char *folder, unsigned long n)
{
	char *host = mem_format("host-%05lu.example", n);
	char *path = mem_format("%s/%05lu.csr", folder, n);
	EVP_PKEY *key = make_key("P-256");
	X509_REQ *req = make_request(host, key);
	FILE *out = make_must(fopen(path, "w"));

	make_sure(PEM_write_X509_REQ(out, req) == 1);
	make_sure(fclose(out) == 0);
	X509_REQ_free(req);
	EVP_PKEY_free(key);
	mem_free(path);
	mem_free(host);
}

int
main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	make_sure(count > 0);
	for (unsigned long n = 1; n <= count; n++)
		write_request(argv[2], n);
	return 0;
}
