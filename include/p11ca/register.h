/*
 * register.h - the register of certificates that were issued, their
 * revocation, and the numbers of CRLs.  Part of the store (store.h): writes
 * stand between store_begin() and store_commit().
 */
#ifndef P11CA_REGISTER_H
#define P11CA_REGISTER_H

#include "p11ca/issued.h"
#include "p11ca/store.h"

/*
 * An intent, before the token signs.  A serial that is there already:
 * *taken is true and nothing is written (still true).
 */
MUST_CHECK bool register_intend(struct store *store,
    const struct issued *intent, bool *taken, struct fault *f);

/*
 * The result of an intent: its certificate (ISSUED_DONE) or why there is none
 * (ISSUED_FAILED).  The TBS on record must be issued->tbs, byte for byte, the
 * certificate must begin with it, and the row be an intent still: else
 * FAULT_OURS.  From then on a certificate is kept without a copy of its TBS,
 * and nothing keeps its owner.
 */
MUST_CHECK bool register_settle(struct store *store,
    const struct issued *issued, struct fault *f);

/* By serial (any case, colons allowed, leading zeros do not count).  None:
 * FAULT_RESOURCE_NOT_FOUND; no hex: FAULT_INVALID_REQUEST.  issued_clear(). */
MUST_CHECK bool register_find(struct store *store, const char *ca,
    const char *serial, struct issued *out, struct fault *f);

/* How long at least an idempotency token stands for its certificate. */
#define REGISTER_TOKEN_KEPT 600

/* The newest since a time with this idempotency token, whatever became of it;
 * *found says.  issued_clear().  A time before REGISTER_TOKEN_KEPT seconds ago
 * may find less than there was. */
MUST_CHECK bool register_find_token(struct store *store, const char *ca,
    const char *token, int64_t since, struct issued *out, bool *found,
    struct fault *f);

/* Each one of the CA in the order of issue, after position `after` (0: from
 * the first), until the visitor says false.  position is each row's own. */
typedef bool issued_visitor(const struct issued *issued, int64_t position,
    void *context);
MUST_CHECK bool register_each(struct store *store, const char *ca,
    int64_t after, issued_visitor *visit, void *context, struct fault *f);

/* Each intent that is not settled, of this CA (NULL: of all).  The visitor may
 * settle it. */
MUST_CHECK bool register_each_intent(struct store *store, const char *ca,
    issued_visitor *visit, void *context, struct fault *f);

/* How many there are, done and intended; how many of them revoked.  The cost
 * does not depend on how many there are. */
MUST_CHECK bool register_count(struct store *store, const char *ca,
    int64_t *issued, int64_t *revoked, struct fault *f);

/* How many of the revoked had not expired then; looks at each of them. */
MUST_CHECK bool register_count_unexpired(struct store *store, const char *ca,
    int64_t then, int64_t *count, struct fault *f);

/* Revoked already: FAULT_REQUEST_ALREADY_PROCESSED; an intent still:
 * FAULT_REQUEST_IN_PROGRESS; failed, or none: FAULT_RESOURCE_NOT_FOUND. */
MUST_CHECK bool register_revoke(struct store *store, const char *ca,
    const char *serial, int64_t at, enum revocation_reason reason,
    struct fault *f);

/* What a CRL says of one: the 16 octets of the serial, when, why. */
typedef bool revoked_visitor(struct bytes serial, int64_t revoked_at,
    enum revocation_reason reason, void *context);

/* Revoked ones of a partition (0: complete CRL, all of them) whose notAfter is
 * at or after `unexpired_at`, streamed by partition, then by revocation. */
MUST_CHECK bool register_each_revoked(struct store *store, const char *ca,
    int64_t partition, int64_t unexpired_at, revoked_visitor *visit,
    void *context, struct fault *f);

/* The CRL of a CA (partition 0), or of one of its partitions (1, 2, ...).
 * Every CA has partition 0. */
struct crl_state {
	char ca[UUID_LEN];
	int64_t partition;
	char guid[UUID_LEN]; /* names the file; of partition 0: the CA's */
	int64_t number;	     /* last cRLNumber given out; 0: none */
	int64_t this_update, next_update; /* of the last one published */
	bool changed;			  /* a revocation since */
	int64_t certificates; /* that have it as distribution point */
	int64_t revoked;      /* revocations that were on record at reading */
};

/* How many certificates a partition takes, so that its CRL, all of them
 * revoked, stays below 1 MB. */
#define CRL_PARTITION_MAX 20000

/* The partition for the next certificate, counted up; a new one is made when
 * the last is full.  partitioned false: partition 0. */
MUST_CHECK bool crl_assign(struct store *store, const char *ca,
    bool partitioned, struct crl_state *out, struct fault *f);

/* A certificate that crl_assign() counted comes to nothing: its place is the
 * next one's.  In the same transaction. */
MUST_CHECK bool crl_unassign(struct store *store, const char *ca,
    int64_t partition, struct fault *f);

/* All of a CA, partition 0 first; *list is the caller's (mem_free). */
MUST_CHECK bool crl_states(struct store *store, const char *ca,
    struct crl_state **list, size_t *count, struct fault *f);

/* The next cRLNumber: at least `least`, above all before; commit it before a
 * CRL with it is signed. */
MUST_CHECK bool crl_number(struct store *store, const char *ca,
    int64_t partition, int64_t least, int64_t *number, struct fault *f);

/*
 * A CRL is published: the number that crl_number() gave last, the times, and
 * `revoked` as crl_states() gave it before the entries were read; changed stays
 * true when more were revoked since.  Another number was given out meanwhile:
 * FAULT_CONCURRENT_MODIFICATION.
 */
MUST_CHECK bool crl_published(struct store *store,
    const struct crl_state *state, struct fault *f);

#endif
