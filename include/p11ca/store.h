/*
 * store.h - what the CA remembers.
 *
 * All SQL is behind this header.  Faults are FAULT_STORE unless said.  Every
 * function that writes must stand between store_begin() and store_commit().
 */
#ifndef P11CA_STORE_H
#define P11CA_STORE_H

#include <stdint.h>

#include "p11ca/ca.h"
#include "p11ca/fault.h"

struct store;

/*
 * Open the database; create: make it when it is not there.  WAL and
 * synchronous=FULL are set and read back.  Refused, and left untouched: a file
 * that is no database of p11ca, a newer schema, a damaged one, one that cannot
 * be written (read_only: that is fine).  locks is a folder for lock files.
 * *out is the caller's, store_close().
 */
enum store_mode { STORE_READ, STORE_WRITE, STORE_CREATE };
MUST_CHECK bool store_open(const char *path, const char *locks,
    enum store_mode mode, struct store **out, struct fault *f);
void store_close(struct store *store); /* rolls back what is open; NULL fine */

/* One transaction; begin waits for other writers for some seconds, then
 * FAULT_CONCURRENT_MODIFICATION. */
MUST_CHECK bool store_begin(struct store *store, struct fault *f);
MUST_CHECK bool store_commit(struct store *store, struct fault *f);
void store_rollback(struct store *store); /* nothing open: fine */

/* CAs */
MUST_CHECK bool store_insert_ca(struct store *store, const struct ca *ca,
    struct fault *f);

/*
 * By ARN, UUID, a UUID prefix of at least 4 digits that fits one CA only, or
 * name.  None: FAULT_RESOURCE_NOT_FOUND; several: FAULT_INVALID_ARGS with the
 * candidates; an ARN of another kind: FAULT_INVALID_ARN.  *out: ca_free().
 */
MUST_CHECK bool store_find_ca(struct store *store, const char *which,
    struct ca **out, struct fault *f);

/* All, by created_at then ARN; the array is NULL-terminated, the caller's
 * (store_free_cas). */
MUST_CHECK bool store_all_cas(struct store *store, struct ca ***out,
    size_t *count, struct fault *f);
void store_free_cas(struct ca **cas);

/*
 * Write everything of *ca back and raise its revision (in *ca too).  A row that
 * changed since it was read: FAULT_CONCURRENT_MODIFICATION.
 */
MUST_CHECK bool store_update_ca(struct store *store, struct ca *ca,
    struct fault *f);

/*
 * As store_update_ca, and keeps the certificate that *ca now has as the newest
 * of its history.
 */
MUST_CHECK bool store_install(struct store *store, struct ca *ca, int64_t now,
    struct fault *f);
MUST_CHECK bool store_remove_ca(struct store *store, const struct ca *ca,
    struct fault *f);

/* A certificate this CA has or had. */
struct installed {
	struct buf certificate;
	struct buf chain;
	char *serial;
	int64_t not_before, not_after, installed_at;
};
/* Newest first.  *list: store_free_history(). */
MUST_CHECK bool store_history(struct store *store, const struct ca *ca,
    struct installed **list, size_t *count, struct fault *f);
void store_free_history(struct installed *list, size_t count);

/*
 * Changes of one CA exclude each other across processes.  digest tells what is
 * being asked.  Taken: *out is the caller's, store_unlock(); the end of the
 * process gives it back too.  Held by somebody who asks the same:
 * FAULT_REQUEST_IN_PROGRESS; something else: FAULT_CONCURRENT_MODIFICATION.
 */
struct store_lock;
MUST_CHECK bool store_lock(struct store *store, const char *uuid,
    const char *digest, struct store_lock **out, struct fault *f);
void store_unlock(struct store_lock *lock); /* NULL is fine */

/* Is somebody at work on this CA right now? */
bool store_is_locked(struct store *store, const char *uuid);

/*
 * Audit: append-only, each entry chained to the one before by SHA-256.  entry
 * is one JSON object on one line.  hash = SHA-256 over
 * "<previous hash, hex> <seq, decimal> <entry>"; the first previous hash is 64
 * zeros.
 */
MUST_CHECK bool store_audit(struct store *store, const char *entry,
    struct fault *f);

struct audit_row {
	int64_t seq; /* from 1, without gaps */
	const char *entry;
	const char *previous; /* 64 hex digits */
	const char *hash;
};
typedef bool audit_visitor(const struct audit_row *row, void *context);

/* In order, from seq `from`, until the visitor returns false. */
MUST_CHECK bool store_audit_each(struct store *store, int64_t from,
    audit_visitor *visit, void *context, struct fault *f);

/* The hash of one entry; used by writer and verifier. */
void audit_hash(const char *previous, int64_t seq, const char *entry,
    char out[DIGEST_HEX_LEN]);

/* For doctor: the engine's own check; false says what is damaged. */
MUST_CHECK bool store_check(struct store *store, struct fault *f);

#endif
