/*
 * token_sign.c - how fast p11ca signs with a token.
 *
 *   bench-token_sign MODULE TOKEN PINFILE KEY-ALG COUNT SESSIONS [SIGN-ALG]
 *
 * Logs in, takes the first key of that algorithm, signs a few texts so that all
 * is open that will be, then COUNT texts as long as what is signed of a
 * certificate; with SHA-256 unless told otherwise.  Prints how many nanoseconds
 * those took, how much processor time it takes to verify them one by one, and
 * the way they were made.  TOKEN is a PKCS#11 URI.  BENCH_INIT_ARGS in the
 * environment: words for the start of the module.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "p11ca/confine.h"
#include "p11ca/mem.h"
#include "p11ca/pubkey.h"
#include "p11ca/token.h"

#define TEXT_LEN 500
#define WARM_UP 16
#define COUNT_MAX 100000UL

static unsigned char text[TEXT_LEN];

/* *out: key_clear(). */
static bool
key_of(struct token *token, enum key_alg alg, struct key *out, struct fault *f)
{
	struct key *list = NULL;
	size_t count = 0;
	bool found = false;

	if (!token_keys(token, &list, &count, f))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!found && list[i].family == key_algs[alg].family &&
		    list[i].bits == key_algs[alg].bits) {
			*out = list[i];
			found = true;
		} else {
			key_clear(&list[i]);
		}
	}
	mem_free(list);
	return found || fault_found(f, "no such key");
}

static long
now_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool
verify(const struct key *key, enum sign_alg alg, const struct to_sign *list,
    size_t count, struct fault *f)
{
	struct pubkey public = { 0 };
	struct buf der = { 0 };
	bool ok = pubkey_from_spki(buf_bytes(&key->spki), &public, f);

	sign_alg_der(alg, &der);
	for (size_t i = 0; i < count && ok; i++)
		ok = pubkey_verify(&public, buf_bytes(&der), list[i].data,
		    buf_bytes(&list[i].signature));
	buf_free(&der);
	pubkey_clear(&public);
	return ok;
}

/* What it took, in nanoseconds. */
struct times {
	long sign, verify;
};

static bool
sign(struct token *token, const struct key *key, enum sign_alg alg,
    size_t count, struct times *took, struct fault *f)
{
	struct to_sign *list = mem_array(count, sizeof(*list));
	long begun;
	bool ok;

	for (size_t i = 0; i < count; i++)
		list[i].data = (struct bytes){ text, sizeof(text) };
	begun = now_ns(CLOCK_MONOTONIC);
	ok = token_sign_many(token, key, alg, list, count, f);
	took->sign = now_ns(CLOCK_MONOTONIC) - begun;
	begun = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	ok = ok && verify(key, alg, list, count, f);
	took->verify = now_ns(CLOCK_PROCESS_CPUTIME_ID) - begun;
	for (size_t i = 0; i < count; i++)
		buf_free(&list[i].signature);
	mem_free(list);
	return ok;
}

static bool
sign_and_tell(struct token *token, enum key_alg alg, enum sign_alg how,
    size_t count, struct fault *f)
{
	struct times took = { 0 };
	struct key key = { 0 };
	bool usable;
	bool ok;

	ok = key_of(token, alg, &key, f) &&
	    sign(token, &key, how, WARM_UP, &took, f) &&
	    sign(token, &key, how, count, &took, f);
	if (ok)
		(void)printf("%ld %ld %s\n", took.sign, took.verify,
		    token_way(token, how, &usable));
	key_clear(&key);
	return ok;
}

static bool
read_algs(char **argv, enum key_alg *key, enum sign_alg *how, struct fault *f)
{
	if (!key_alg_from_name(argv[4], key, f))
		return false;
	*how = key_algs[*key].family == FAMILY_RSA ? SIGN_SHA256WITHRSA
						   : SIGN_SHA256WITHECDSA;
	return argv[7] == NULL || sign_alg_from_name(argv[7], how, f);
}

int
main(int argc, char **argv)
{
	struct token_place place = { 0 };
	struct token *token = NULL;
	struct fault f = { 0 };
	enum sign_alg how;
	enum key_alg alg;
	size_t count;
	char *pin;
	bool ok;

	if (argc != 7 && argc != 8) {
		(void)fprintf(stderr, "bench-token_sign: see the source\n");
		return 2;
	}
	confine(); /* as every door of p11ca does first */
	pin = mem_format("file:%s", argv[3]);
	place.module = argv[1];
	place.uri = argv[2];
	place.pin = pin;
	place.init_args = getenv("BENCH_INIT_ARGS");
	place.sessions = (unsigned)strtoul(argv[6], NULL, 10);
	count = strtoul(argv[5], NULL, 10);
	if (count > COUNT_MAX)
		count = COUNT_MAX;
	ok = read_algs(argv, &alg, &how, &f) &&
	    token_open(&place, true, NULL, &token, &f) &&
	    sign_and_tell(token, alg, how, count, &f);
	if (!ok)
		(void)fprintf(stderr, "bench-token_sign: found %s\n", f.found);
	token_close(token);
	mem_free(pin);
	return ok ? 0 : 1;
}
