/*
 * bench.h - a fresh SoftHSM token for one test, in a folder of its own.
 *
 * bench_start() and bench_end() are the .init and .fini of a suite; between
 * them bench.place leads to the token, and bench_open() opens it.  A test may
 * call what is inside the token layer, as if it were the worker of the token.
 */
#ifndef P11CA_TESTS_TOKEN_BENCH_H
#define P11CA_TESTS_TOKEN_BENCH_H

#include <criterion/criterion.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../src/token/internal.h"
#include "p11ca/digest.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/token.h"

#define BENCH __attribute__((unused)) static

static struct {
	char folder[32];
	char *uri, *conf, *entry, *pin;
	const char *environment[2];
	struct token_place place;
	struct token *token;
	struct call call; /* of the test itself, while no token is open */
	struct fault f;
} bench;

/* What is done succeeds, or the test ends with what the fault says. */
#define MUST(call)                                                             \
	cr_assert((call), "%s; %s; %s", bench.f.found,                         \
	    bench.f.want != NULL ? bench.f.want : "-",                         \
	    bench.f.todo != NULL ? bench.f.todo : "-")

/* What is done fails with a whole fault that has these words in it. */
#define REFUSED(call, words)                                                   \
	do {                                                                   \
		memset(&bench.f, 0, sizeof(bench.f));                          \
		cr_assert_not((call), "not refused: %s", (words));             \
		cr_expect_neq((int)bench.f.kind, FAULT_NONE);                  \
		cr_expect(bench.f.want != NULL && bench.f.todo != NULL);       \
		cr_expect(strstr(bench.f.found, (words)) != NULL,              \
		    "\"%s\" is not in: %s", (words), bench.f.found);           \
	} while (0)

/* Each test is a process of its own, and its only thread the token's. */
__attribute__((constructor)) static void
bench_enter(void)
{
	call_init(&bench.call, TOKEN_DEADLINE, "the bench");
	call_enter_thread(&bench.call);
}

/* A path in the folder of the bench; mem_free(). */
BENCH char *
bench_path(const char *name)
{
	return mem_format("%s/%s", bench.folder, name);
}

BENCH void
bench_start(void)
{
	snprintf(bench.folder, sizeof(bench.folder), "/tmp/p11ca-token-XXXXXX");
	cr_assert_not_null(mkdtemp(bench.folder));
	MUST(softhsm_make(softhsm_module(), bench.folder, "issuing", &bench.uri,
	    &bench.conf, &bench.f));
	bench.entry = mem_format("SOFTHSM2_CONF=%s", bench.conf);
	bench.pin = mem_format("file:%s/pin", bench.folder);
	bench.environment[0] = bench.entry;
	bench.place = (struct token_place){
		.module = softhsm_module(),
		.environment = bench.environment,
		.uri = bench.uri,
		.pin = bench.pin,
	};
}

static int
entry_remove(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	return remove(path);
}

BENCH void
bench_end(void)
{
	call_enter_thread(&bench.call);
	token_close(bench.token);
	bench.token = NULL;
	mem_free(bench.uri);
	mem_free(bench.conf);
	mem_free(bench.entry);
	mem_free(bench.pin);
	nftw(bench.folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

BENCH void
bench_open(void)
{
	MUST(token_open(&bench.place, true, NULL, &bench.token, &bench.f));
	call_enter_thread(worker_call(bench.token->worker));
}

BENCH void
bench_close(void)
{
	call_enter_thread(&bench.call);
	token_close(bench.token);
	bench.token = NULL;
}

BENCH void
bench_start_open(void)
{
	bench_start();
	bench_open();
}

/* A key with its ID for a label. */
BENCH void
bench_key(enum key_alg alg, const char *id, struct key *out)
{
	MUST(token_make_key(bench.token, alg, bytes_of(id), id, out, &bench.f));
}

/* Whether anything of the PIN is in what a fault says. */
BENCH bool
bench_tells_the_pin(void)
{
	char *path = bench_path("pin");
	struct secret pin = { 0 };
	struct fault f = { 0 };
	bool tells;

	cr_assert(file_read_secret(path, 100, &pin, &f), "%s", f.found);
	tells = strstr(bench.f.found, (const char *)pin.p) != NULL;
	secret_free(&pin);
	mem_free(path);
	return tells;
}

#endif
