/*
 * ledger.h - a stage with the ACTIVE CA "one", and certificates on its record.
 */
#ifndef P11CA_TESTS_LEDGER_H
#define P11CA_TESTS_LEDGER_H

#include "../../src/action/internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/file.h"
#include "stage.h"

#define DAY 86400

struct ledger {
	struct stage s;
	enum sign_alg sign_alg; /* of what is put on record */
	struct ca *ca;
};

static inline void
ledger_open(struct ledger *l)
{
	struct ca *ca;

	stage_open(&l->s);
	l->sign_alg = SIGN_SHA256WITHECDSA;
	ca = stage_create(&l->s, "one", "EC_prime256v1");
	l->ca = stage_activate(&l->s, ca, 7, NULL);
	ca_free(ca);
}

static inline void
ledger_close(struct ledger *l)
{
	ca_free(l->ca);
	stage_close(&l->s);
}

/* "0000...<tail>": 32 digits. */
static inline const char *
ledger_serial(const char *tail, char out[SERIAL_HEX_LEN])
{
	(void)snprintf(out, SERIAL_HEX_LEN, "%0*d%s",
	    (int)(SERIAL_HEX_LEN - 1 - strlen(tail)), 0, tail);
	return out;
}

/* An intent on record, and its result.  Who signed does not matter to it. */
static inline void
ledger_put(struct ledger *l, const char *tail, int64_t not_after,
    int64_t partition, bool settle)
{
	struct store *store = p11ca_store(l->s.p);
	struct make_cert recipe = { .subject = "CN=leaf",
		.key = l->s.root_key };
	struct buf der = make_cert_der(&recipe);
	struct issued one = { .state = ISSUED_INTENT,
		.sign_alg = l->sign_alg,
		.template_name = "EndEntityCertificate",
		.issued_at = clock_now(),
		.not_before = clock_now(),
		.not_after = not_after,
		.partition = partition };
	struct fault *f = &l->s.f;
	struct cert *cert;
	bool taken = true;

	cr_assert(cert_from_der(buf_bytes(&der), &cert, f), "%s", f->found);
	memcpy(one.ca, l->ca->uuid, sizeof(one.ca));
	(void)ledger_serial(tail, one.serial);
	digest_hex(buf_bytes(&der), one.request);
	one.caller = mem_text("uid 0");
	one.owner = mem_text("nobody");
	buf_set(&one.tbs, cert->tbs);
	cr_assert(store_begin(store, f), "%s", f->found);
	cr_assert(register_intend(store, &one, &taken, f), "%s", f->found);
	cr_assert_not(taken);
	if (settle) {
		one.state = ISSUED_DONE;
		buf_set(&one.certificate, buf_bytes(&der));
		cr_assert(register_settle(store, &one, f), "%s", f->found);
	}
	cr_assert(store_commit(store, f), "%s", f->found);
	issued_clear(&one);
	cert_free(cert);
	buf_free(&der);
}

static inline void
ledger_issue(struct ledger *l, const char *tail, int64_t not_after,
    int64_t partition)
{
	ledger_put(l, tail, not_after, partition, true);
}

static inline void
ledger_revoke(struct ledger *l, const char *tail, enum revocation_reason reason)
{
	struct store *store = p11ca_store(l->s.p);
	struct fault *f = &l->s.f;

	cr_assert(store_begin(store, f), "%s", f->found);
	cr_assert(register_revoke(store, l->ca->uuid, tail, clock_now(), reason,
		      f),
	    "%s", f->found);
	cr_assert(store_commit(store, f), "%s", f->found);
}

static inline bool
ledger_try_configure(struct ledger *l, const char *json)
{
	struct ca *ca = NULL;
	bool ok;

	memset(&l->s.f, 0, sizeof(l->s.f));
	ok = action_set_revocation(l->s.p, "one", bytes_of(json), &ca, &l->s.f);
	if (ok) {
		ca_free(l->ca);
		l->ca = ca;
	}
	return ok;
}

/* With the bucket "crls" there. */
static inline void
ledger_configure(struct ledger *l, const char *json)
{
	cr_assert(action_bucket_add(l->s.p, "crls", &l->s.f), "%s",
	    l->s.f.found);
	cr_assert(ledger_try_configure(l, json), "%s", l->s.f.found);
}

/* The newest audit entry has all of these words. */
static inline void
ledger_expect_entry(struct ledger *l, const char *const *words)
{
	char *entry = stage_last_entry(&l->s);

	for (; *words != NULL; words++)
		cr_expect_not_null(strstr(entry, *words), "%s in %s", *words,
		    entry);
	mem_free(entry);
}
#define EXPECT_ENTRY(ledger, ...)                                              \
	ledger_expect_entry(ledger, (const char *const[]){ __VA_ARGS__, NULL })

#endif
