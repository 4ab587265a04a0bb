/*
 * nss_bench.h - a fresh database of NSS for one test.  NSS is a module that
 * wants words when it starts.
 *
 * nss_start() and nss_end() are the .init and .fini of a suite; between them
 * nss.place leads to the token.
 */
#ifndef P11CA_TESTS_TOKEN_NSS_BENCH_H
#define P11CA_TESTS_TOKEN_NSS_BENCH_H

#include <dlfcn.h>
#include <link.h>
#include <sys/wait.h>

#include "bench.h"

static struct {
	char folder[32];
	char module[512];
	char *words, *pin;
	struct token_place place;
} nss;

/* Where the loader finds NSS. */
static void
nss_find(void)
{
	void *object = dlopen("libsoftokn3.so", RTLD_LAZY | RTLD_LOCAL);
	struct link_map *map = NULL;

	cr_assert_not_null(object, "%s", dlerror());
	cr_assert_eq(dlinfo(object, RTLD_DI_LINKMAP, &map), 0);
	snprintf(nss.module, sizeof(nss.module), "%s", map->l_name);
	dlclose(object);
}

BENCH void
nss_start(void)
{
	struct fault f = { 0 };
	char *text;

	nss_find();
	snprintf(nss.folder, sizeof(nss.folder), "/tmp/p11ca-nss-XXXXXX");
	cr_assert_not_null(mkdtemp(nss.folder));
	text = mem_format("%s/pin", nss.folder);
	cr_assert(file_write(text, bytes_of("nss-pin-0123456\n"), &f), "%s",
	    f.found);
	mem_free(text);
	text = mem_format("certutil -N -d sql:%s -f %s/pin", nss.folder,
	    nss.folder);
	cr_assert_eq(system(text), 0, "%s", text);
	mem_free(text);
	nss.pin = mem_format("file:%s/pin", nss.folder);
	nss.words = mem_format("configdir='sql:%s' certPrefix='' keyPrefix='' "
			       "secmod='secmod.db' flags=",
	    nss.folder);
	nss.place = (struct token_place){
		.module = nss.module,
		.uri = "pkcs11:token=NSS%20Certificate%20DB",
		.pin = nss.pin,
		.init_args = nss.words,
	};
}

BENCH void
nss_end(void)
{
	mem_free(nss.words);
	mem_free(nss.pin);
	nftw(nss.folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Open, make an RSA and an EC key, sign with each. */
BENCH void
nss_story(void)
{
	static const struct {
		enum key_alg key;
		enum sign_alg sign;
		const char *id;
	} kinds[] = {
		{ KEY_RSA_2048, SIGN_SHA256WITHRSA, "rsa" },
		{ KEY_RSA_2048, SIGN_SHA384WITHRSA_PSS, "pss" },
		{ KEY_EC_PRIME256V1, SIGN_SHA256WITHECDSA, "ec" },
	};

	MUST(token_open(&nss.place, true, NULL, &bench.token, &bench.f));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct key key = { 0 };
		struct buf out = { 0 };

		bench_key(kinds[i].key, kinds[i].id, &key);
		cr_expect_eq(key.claims.extractable, CLAIM_NO);
		cr_expect_eq(key.claims.local, CLAIM_NO);
		cr_expect_not(key.claims.secret_readable);
		MUST(token_sign(bench.token, &key, kinds[i].sign,
		    bytes_of("to be signed"), &out, &bench.f));
		buf_free(&out);
		key_clear(&key);
	}
	bench_close();
}

#endif
