/* settle.c - what a crash left: intents that nobody is at work on. */
#include <string.h>

#include "issuer.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

/* Intents that nobody is at work on, and the room for all of them. */
struct orphans {
	const char *self; /* this process */
	bool alone;	  /* nobody else of it issues */
	struct issued *list;
	size_t count, cap;
};

/*
 * Its process is gone, or is this one and nothing else is under way here: the
 * store could not take the result then.
 */
static bool
is_orphan(const struct orphans *all, const struct issued *intent)
{
	if (intent->owner == NULL)
		return true;
	if (strcmp(intent->owner, all->self) == 0)
		return all->alone;
	return !process_is_there(intent->owner);
}

static bool
keep_orphan(const struct issued *intent, int64_t position, void *context)
{
	struct orphans *all = context;
	struct issued *one;

	if (!is_orphan(all, intent))
		return true;
	all->list =
	    mem_grow(all->list, all->count, &all->cap, sizeof(*all->list));
	one = &all->list[all->count++];
	memset(one, 0, sizeof(*one));
	memcpy(one->ca, intent->ca, sizeof(one->ca));
	memcpy(one->serial, intent->serial, sizeof(one->serial));
	one->sign_alg = intent->sign_alg;
	buf_set(&one->tbs, buf_bytes(&intent->tbs));
	return true;
}

/* Another process may have found the same one, and been faster. */
static bool
is_still_an_intent(struct issuer *issuer, const struct issued *orphan,
    bool *still, struct fault *f)
{
	struct issued now = { 0 };
	bool ok = register_find(issuer->p->store, orphan->ca, orphan->serial,
	    &now, f);

	*still = ok && now.state == ISSUED_INTENT;
	issued_clear(&now);
	return ok;
}

/* The very bytes on record, once more or for the first time; or it failed. */
static bool
settle_orphan(struct issuer *issuer, struct issued *orphan, struct fault *f)
{
	struct deed deed = { .operation = "IssueCertificate",
		.which = issuer->ca->arn,
		.more = { { "serial", orphan->serial },
		    { "settled", "an intent that a crash left" } },
		.more_count = 2 };
	struct store *store = issuer->p->store;
	struct fault failed = { 0 };
	bool done = issuer_sign(issuer, orphan, &failed);
	bool still = false;
	bool ok = store_begin(store, f) &&
	    is_still_an_intent(issuer, orphan, &still, f) &&
	    (!still ||
		(register_settle(store, orphan, f) &&
		    record_entry(issuer->p, &deed, done ? NULL : &failed,
			f))) &&
	    store_commit(store, f);

	if (!ok)
		store_rollback(store);
	else if (still && done)
		issuer->settled.issued++;
	else if (still)
		issuer->settled.failed++;
	return ok;
}

/* Signing is what settling is. */
bool
ca_may_settle(const struct ca *ca)
{
	enum ca_status status = ca_status_at(ca, clock_now());

	return status == CA_ACTIVE ||
	    (ca->type == CA_ROOT &&
		(status == CA_PENDING_CERTIFICATE || status == CA_EXPIRED));
}

bool
settle_orphans(struct issuer *issuer, struct fault *f)
{
	struct orphans all = { .self = issuer->owner,
		.alone = issuers_at_work() == 1 };
	bool ok = !ca_may_settle(issuer->ca) ||
	    register_each_intent(issuer->p->store, issuer->ca->uuid,
		keep_orphan, &all, f);

	for (size_t i = 0; i < all.count; i++) {
		ok = ok && settle_orphan(issuer, &all.list[i], f);
		issued_clear(&all.list[i]);
	}
	mem_free(all.list);
	return ok;
}

bool
orphans_count(struct p11ca *p, const struct ca *ca, size_t *count,
    struct fault *f)
{
	char self[PROCESS_TEXT_MAX];
	struct orphans all = { .self = process_self(self),
		.alone = issuers_at_work() == 0 };
	bool ok =
	    register_each_intent(p->store, ca->uuid, keep_orphan, &all, f);

	*count = ok ? all.count : 0;
	for (size_t i = 0; i < all.count; i++)
		issued_clear(&all.list[i]);
	mem_free(all.list);
	return ok;
}

/* With something to settle: the token is asked only then. */
static bool
settle(struct p11ca *p, const struct ca *ca, size_t count, struct settled *out,
    struct fault *f)
{
	struct issue_request request = { .ca = ca->uuid };
	struct issuer issuer;
	bool ok;

	if (!ca_may_settle(ca)) {
		fault_found(f, "%zu to settle of a CA that is %s", count,
		    ca_status_name(ca_status_at(ca, clock_now())));
		return fault_raise(f, FAULT_INVALID_STATE, "a CA that may sign",
		    "enable, restore or renew it, then ask again");
	}
	if (!issuer_open(p, &request, &issuer, f))
		return false;
	ok = issuer_begin(&issuer, f);
	*out = issuer.settled;
	issuer_close(&issuer);
	return ok;
}

/* Each one that is settled has its entry; the whole has one if it fails. */
bool
action_settle(struct p11ca *p, const char *which, struct settled *out,
    struct fault *f)
{
	struct deed deed = { .operation = "IssueCertificate", .which = which };
	struct ca *ca = NULL;
	size_t count = 0;
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = find_ca(p, which, &ca, f);
	if (ok)
		deed.which = ca->arn;
	ok = ok && orphans_count(p, ca, &count, f) &&
	    (count == 0 || settle(p, ca, count, out, f));
	if (!ok)
		record_refused(p, &deed, f);
	ca_free(ca);
	return ok;
}
