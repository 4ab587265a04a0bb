/* bench.h - a home in a folder of its own, and what tests put into it. */
#ifndef P11CA_TEST_STORE_BENCH_H
#define P11CA_TEST_STORE_BENCH_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../src/store/internal.h"
#include "p11ca/mem.h"
#include "p11ca/store.h"

#define ANY_UUID "11111111-2222-4333-8444-555555555555"
#define NOBODY 65534

struct bench {
	char folder[64];
	char path[96];
	char locks[96];
};

static inline void
bench_make(struct bench *b)
{
	(void)snprintf(b->folder, sizeof(b->folder), "/tmp/p11ca-store-XXXXXX");
	cr_assert_not_null(mkdtemp(b->folder));
	(void)snprintf(b->path, sizeof(b->path), "%s/p11ca.db", b->folder);
	(void)snprintf(b->locks, sizeof(b->locks), "%s/locks", b->folder);
}

static inline int
bench_remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
bench_free(struct bench *b)
{
	(void)chmod(b->folder, 0700);
	(void)nftw(b->folder, bench_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct store *
bench_open(const struct bench *b, enum store_mode mode)
{
	struct store *store = NULL;
	struct fault f = { 0 };

	cr_assert(store_open(b->path, b->locks, mode, &store, &f), "%s",
	    f.found);
	return store;
}

/* An ARN and everything else that a row needs, from a UUID and a name. */
static inline struct ca *
bench_ca(const char *uuid, const char *name)
{
	struct ca *ca = mem_new(sizeof(*ca));

	(void)snprintf(ca->uuid, sizeof(ca->uuid), "%s", uuid);
	(void)snprintf(ca->arn, sizeof(ca->arn),
	    "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/%s",
	    uuid);
	(void)snprintf(ca->name, sizeof(ca->name), "%s", name);
	ca->key_alg = KEY_EC_PRIME256V1;
	ca->sign_alg = SIGN_SHA256WITHECDSA;
	ca->config = mem_text("{}");
	return ca;
}

/* One CA in a transaction of its own. */
static inline void
bench_insert(struct store *store, const char *uuid, const char *name)
{
	struct ca *ca = bench_ca(uuid, name);
	struct fault f = { 0 };

	cr_assert(store_begin(store, &f), "%s", f.found);
	cr_assert(store_insert_ca(store, ca, &f), "%s", f.found);
	cr_assert(store_commit(store, &f), "%s", f.found);
	ca_free(ca);
}

static inline size_t
bench_count(struct store *store)
{
	struct ca **cas = NULL;
	struct fault f = { 0 };
	size_t count = 0;

	cr_assert(store_all_cas(store, &cas, &count, &f), "%s", f.found);
	store_free_cas(cas);
	return count;
}

/* A home with one CA. */
static inline void
bench_home(const struct bench *b)
{
	struct store *store = bench_open(b, STORE_CREATE);

	bench_insert(store, ANY_UUID, "first");
	store_close(store);
}

static inline int64_t
bench_number(struct store *store, const char *question)
{
	struct fault f = { 0 };
	int64_t n = -1;

	cr_assert(sql_number(store, question, &n, &f), "%s", f.found);
	return n;
}

/* Two processes take turns by pipes. */
struct turns {
	int to_child[2], to_parent[2];
};

static inline void
turns_make(struct turns *t)
{
	cr_assert_eq(pipe(t->to_child), 0);
	cr_assert_eq(pipe(t->to_parent), 0);
}

static inline void
turn_give(const int fd[2])
{
	ssize_t n = write(fd[1], "x", 1);

	(void)n;
}

static inline void
turn_wait(const int fd[2])
{
	char c;
	ssize_t n = read(fd[0], &c, 1);

	(void)n;
}

static inline int
child_status(pid_t pid)
{
	int status = -1;

	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

#endif
