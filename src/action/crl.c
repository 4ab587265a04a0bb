/*
 * crl.c - the CRL of a CA: made, signed, published.
 *
 * Its number is committed before it is signed, so that no two have the same,
 * and only the newest number is published, so that none goes back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/certmake.h"
#include "p11ca/clock.h"
#include "p11ca/crl.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"

#define OPERATION "GenerateCrl"
#define DAY 86400
#define DAYS_UNSET 7 /* how long one lasts that is not configured */
#define MILLISECONDS 1000
#define PROGRESS 100000 /* entries */
#define NUMBER_TEXT_MAX 24

/* One CRL on its way; making_clear(). */
struct making {
	struct authority *by;
	const struct crl_state *before; /* read before the entries */
	struct crl_state now;		/* what it will be */
	size_t entries;
	char *key;  /* in the bucket; NULL: it is not published */
	char *path; /* of the file there */
	struct buf *der;
	bool newest; /* nobody has begun another since */
};

/*
 * The CRL of a part says by its place which part it is.  Without one it would
 * pass for the complete CRL, and what is revoked in other parts for good.
 */
static bool
refuse_part(int64_t partition, struct fault *f)
{
	fault_found(f,
	    "CRL partition %" PRId64 " of a CA without a place for "
	    "CRLs",
	    partition);
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "CRLs that are enabled, or 0 for the complete CRL",
	    "leave the partition out, or enable CRLs with p11ca revocation");
}

/* Where it will lie, before anything else is done. */
static bool
find_place(struct making *m, struct fault *f)
{
	const struct p11ca *p = m->by->p;
	const struct ca_settings *settings = m->by->settings;

	if (!settings->crl.enabled)
		return m->before->partition == 0 ||
		    refuse_part(m->before->partition, f);
	m->key = crl_key(settings, m->before);
	m->path = bucket_file(p, settings->crl.bucket, m->key);
	return bucket_is_there(p, settings->crl.bucket, f) &&
	    bucket_make_room(p, settings->crl.bucket, m->key, f);
}

static bool
take_number(struct making *m, struct fault *f)
{
	struct store *store = m->by->p->store;
	int64_t days = m->by->settings->crl.enabled ? m->by->settings->crl.days
						    : DAYS_UNSET;

	m->now = *m->before;
	m->now.this_update = clock_now();
	m->now.next_update = m->now.this_update + days * DAY;
	return store_begin(store, f) &&
	    crl_number(store, m->by->ca->uuid, m->now.partition,
		m->now.this_update * MILLISECONDS, &m->now.number, f) &&
	    store_commit(store, f);
}

struct listing {
	const struct making *m;
	struct crl *crl;
};

static bool
add_entry(struct bytes serial, int64_t revoked_at,
    enum revocation_reason reason, void *context)
{
	struct listing *listing = context;
	size_t count;

	crl_add(listing->crl, serial, revoked_at, reason_code(reason));
	count = crl_count(listing->crl);
	if (count % PROGRESS == 0)
		say(listing->m->by->p, "%zu entries in the CRL", count);
	return true;
}

/* One that expired since the last CRL is on this one, for the last time. */
static int64_t
unexpired_at(const struct making *m)
{
	int64_t last = m->before->this_update;

	return last != 0 && last < m->now.this_update ? last
						      : m->now.this_update;
}

/* The bytes to sign.  Only the CRL of a part says which one it is. */
static bool
write_tbs(struct making *m, struct buf *tbs, struct fault *f)
{
	const struct authority *by = m->by;
	struct crl_wish wish = { .sign_alg = by->ca->sign_alg,
		.issuer = name_der(by->cert->subject),
		.key_id = buf_bytes(&by->key_id),
		.this_update = m->now.this_update,
		.next_update = m->now.next_update,
		.number = m->now.number };
	struct listing listing = { .m = m };
	char *idp = m->now.partition != 0
	    ? crl_point(by->p, by->settings, m->before)
	    : NULL;
	bool ok;

	wish.idp = idp;
	listing.crl = crl_begin(&wish);
	ok = register_each_revoked(by->p->store, by->ca->uuid, m->now.partition,
	    unexpired_at(m), add_entry, &listing, f);
	m->entries = crl_count(listing.crl);
	if (ok)
		crl_tbs(listing.crl, tbs);
	crl_free(listing.crl);
	mem_free(idp);
	return ok;
}

/* No transaction is open while the token signs. */
static bool
sign(struct making *m, struct fault *f)
{
	struct buf tbs = { 0 }, signature = { 0 };
	bool ok = write_tbs(m, &tbs, f) &&
	    authority_sign(m->by, buf_bytes(&tbs), &signature, f);

	if (ok)
		signed_der(buf_bytes(&tbs), m->by->ca->sign_alg,
		    buf_bytes(&signature), m->der);
	buf_free(&signature);
	buf_free(&tbs);
	return ok;
}

/* Inside a transaction: is its number still the last that was given out? */
static bool
see_whether_newest(struct making *m, struct fault *f)
{
	struct crl_state *all = NULL;
	size_t count = 0;

	m->newest = false;
	if (!crl_states(m->by->p->store, m->by->ca->uuid, &all, &count, f))
		return false;
	for (size_t i = 0; i < count; i++)
		if (all[i].partition == m->now.partition)
			m->newest = all[i].number == m->now.number;
	mem_free(all);
	return true;
}

/*
 * The transaction changes nothing: it keeps others from taking a number or
 * putting their file here in the meantime.
 */
static bool
put_in_place(struct making *m, struct fault *f)
{
	struct store *store = m->by->p->store;
	bool ok = store_begin(store, f) && see_whether_newest(m, f);

	if (ok && m->newest) {
		file_clean(m->path);
		ok = file_write(m->path, buf_bytes(m->der), f);
	}
	store_rollback(store);
	return ok;
}

static bool
publish(struct making *m, struct fault *f)
{
	if (m->path == NULL)
		return true;
	return put_in_place(m, f) &&
	    (!m->newest || crl_send(m->by->p, m->by->settings, m->key, f));
}

/* The state and the audit entry; one that was overtaken is no state. */
static bool
put_on_record(struct making *m, struct fault *f)
{
	struct p11ca *p = m->by->p;
	char number[NUMBER_TEXT_MAX], entries[NUMBER_TEXT_MAX];
	char partition[NUMBER_TEXT_MAX];
	struct deed deed = { .operation = OPERATION,
		.which = m->by->ca->arn,
		.more = { { "number", number }, { "entries", entries },
		    { "partition", partition } },
		.more_count = 4 };
	bool ok = store_begin(p->store, f) && see_whether_newest(m, f);

	(void)snprintf(number, sizeof(number), "%" PRId64, m->now.number);
	(void)snprintf(entries, sizeof(entries), "%zu", m->entries);
	(void)snprintf(partition, sizeof(partition), "%" PRId64,
	    m->now.partition);
	if (ok && m->path != NULL && m->newest)
		ok = crl_published(p->store, &m->now, f);
	deed.more[3] = (struct wire_pair){ "published",
		m->path == NULL ? "no"
		    : m->newest ? m->path
				: "no: a newer one is under way" };
	return ok && record_done(p, &deed, f);
}

/* Make one, whatever becomes of it on record.  *der is the caller's. */
static bool
make(struct authority *by, const struct crl_state *state, struct buf *der,
    struct crl_summary *summary, struct fault *f)
{
	struct deed deed = { .operation = OPERATION, .which = by->ca->arn };
	struct making m = { .by = by, .before = state, .der = der };
	bool ok = find_place(&m, f) && take_number(&m, f) && sign(&m, f) &&
	    publish(&m, f) && put_on_record(&m, f);

	if (ok) {
		summary->number = m.now.number;
		summary->entries = m.entries;
		summary->next_update = m.now.next_update;
		if (m.path != NULL && m.newest)
			summary->path = mem_text(m.path);
	} else {
		record_refused(by->p, &deed, f);
		buf_free(der);
	}
	mem_free(m.path);
	mem_free(m.key);
	return ok;
}

/* The one of that partition, or NULL with the fault. */
static const struct crl_state *
find_state(const struct crl_state *all, size_t count, int64_t partition,
    struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].partition == partition)
			return &all[i];
	fault_found(f, "CRL partition %" PRId64 ", of %zu", partition,
	    count > 0 ? count - 1 : 0);
	(void)fault_raise(f, FAULT_INVALID_ARGS,
	    "a partition that has certificates, or 0 for the complete CRL",
	    "leave the partition out");
	return NULL;
}

bool
action_crl(struct p11ca *p, const char *which, int64_t partition,
    struct buf *der, struct crl_summary *summary, struct fault *f)
{
	struct deed deed = { .operation = OPERATION, .which = which };
	const struct crl_state *state = NULL;
	struct crl_state *all = NULL;
	struct authority by = { 0 };
	struct ca *ca = NULL;
	size_t count = 0;
	bool ok;

	memset(der, 0, sizeof(*der));
	memset(summary, 0, sizeof(*summary));
	if (find_ca(p, which, &ca, f)) {
		deed.which = ca->arn;
		if (authority_open(p, ca, &by, f) &&
		    crl_states(p->store, ca->uuid, &all, &count, f))
			state = find_state(all, count, partition, f);
	}
	ok = state != NULL ? make(&by, state, der, summary, f)
			   : record_refused(p, &deed, f);
	mem_free(all);
	authority_close(&by);
	ca_free(ca);
	return ok;
}

/*
 * Never made, changed, half its time over, or from the time to come, which a
 * clock that was wrong has left and nobody accepts.  The complete CRL of a CA
 * in parts is made only if certificates name it.
 */
static bool
is_due(const struct ca_settings *settings, const struct crl_state *state,
    int64_t now)
{
	int64_t half = (state->next_update - state->this_update) / 2;

	if (settings->crl.partitioned && state->partition == 0 &&
	    state->certificates == 0)
		return false;
	return state->this_update == 0 || state->changed ||
	    now < state->this_update || now >= state->this_update + half;
}

/* The CRLs of one CA that are due; the first fault ends it. */
static bool
make_due(struct authority *by, size_t *made, struct fault *f)
{
	struct crl_state *all = NULL;
	size_t count = 0;
	bool ok = crl_states(by->p->store, by->ca->uuid, &all, &count, f);

	for (size_t i = 0; ok && i < count; i++) {
		struct crl_summary summary = { 0 };
		struct buf der = { 0 };

		if (!is_due(by->settings, &all[i], clock_now()))
			continue;
		ok = make(by, &all[i], &der, &summary, f);
		*made += ok ? 1 : 0;
		mem_free(summary.path);
		buf_free(&der);
	}
	mem_free(all);
	return ok;
}

static bool
make_due_of(struct p11ca *p, const struct ca *ca, size_t *made, struct fault *f)
{
	struct deed deed = { .operation = OPERATION, .which = ca->arn };
	enum ca_status status = ca_status_at(ca, clock_now());
	struct authority by = { 0 };
	bool ok;

	if (status != CA_ACTIVE && status != CA_DISABLED)
		return true;
	if (!authority_open(p, ca, &by, f))
		return record_refused(p, &deed, f);
	ok = !by.settings->crl.enabled || make_due(&by, made, f);
	authority_close(&by);
	return ok;
}

bool
action_crl_due(struct p11ca *p, size_t *made, struct fault *f)
{
	struct ca **all = NULL;
	size_t count = 0;
	bool ok = true;

	*made = 0;
	if (!store_all_cas(p->store, &all, &count, f))
		return false;
	tokens_keep(p);
	for (size_t i = 0; i < count; i++) {
		struct fault one = { 0 };

		if (make_due_of(p, all[i], made, &one))
			continue;
		if (ok)
			*f = one;
		ok = false;
	}
	tokens_let_go(p);
	store_free_cas(all);
	return ok;
}
