/*
 * update.c - UpdateCertificateAuthority, DeleteCertificateAuthority,
 * RestoreCertificateAuthority: steps of the state machine.
 */
#include <stdio.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/register.h"
#include "p11ca/rule_status.h"

#define DAY 86400

/* A CA that is about to change, and the lock on it. */
struct change {
	struct ca *ca;
	struct store_lock *lock;
};

/* Find, exclude others, and see whether the state allows it. */
static bool
change_begin(struct p11ca *p, const char *which, enum ca_event event,
    struct deed *deed, struct change *change, struct fault *f)
{
	if (!find_ca(p, which, &change->ca, f))
		return false;
	deed->which = change->ca->arn;
	return store_lock(p->store, change->ca->uuid, deed->operation,
		   &change->lock, f) &&
	    status_allows(change->ca, event, clock_now(), f);
}

/* Write it back with its audit entry. */
static bool
change_store(struct p11ca *p, const struct deed *deed, struct ca *ca,
    struct fault *f)
{
	return store_begin(p->store, f) && store_update_ca(p->store, ca, f) &&
	    record_done(p, deed, f);
}

/* The end of every change: the CA is the caller's, or a refusal is noted. */
static bool
change_end(struct p11ca *p, const struct deed *deed, struct change *change,
    bool ok, struct ca **out, struct fault *f)
{
	if (!ok)
		record_refused(p, deed, f);
	store_unlock(change->lock);
	if (ok) {
		*out = change->ca;
		return true;
	}
	ca_free(change->ca);
	return false;
}

static void
enter(struct ca *ca, enum ca_event event, int64_t now)
{
	enum ca_status status = status_after(ca, event, now);

	if (status != ca->status)
		ca->changed_at = now;
	ca->status = status;
}

bool
action_update(struct p11ca *p, const char *which, bool enable, struct ca **out,
    struct fault *f)
{
	enum ca_event event = enable ? EVENT_ENABLE : EVENT_DISABLE;
	struct deed deed = { .operation = "UpdateCertificateAuthority",
		.which = which,
		.more = { { "status", enable ? "ACTIVE" : "DISABLED" } },
		.more_count = 1 };
	struct change change = { 0 };
	bool ok = change_begin(p, which, event, &deed, &change, f);

	*out = NULL;
	if (ok) {
		enter(change.ca, event, clock_now());
		ok = change_store(p, &deed, change.ca, f);
	}
	return change_end(p, &deed, &change, ok, out, f);
}

bool
action_restore(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	struct deed deed = { .operation = "RestoreCertificateAuthority",
		.which = which };
	struct change change = { 0 };
	bool ok = change_begin(p, which, EVENT_RESTORE, &deed, &change, f);

	*out = NULL;
	if (ok) {
		enter(change.ca, EVENT_RESTORE, clock_now());
		change.ca->restorable_until = 0;
		ok = change_store(p, &deed, change.ca, f);
	}
	return change_end(p, &deed, &change, ok, out, f);
}

static bool
destroy_key(struct p11ca *p, const struct ca *ca, struct fault *f)
{
	struct token *token = NULL;
	bool found = false;
	bool ok = ca->adopted ||
	    (open_token_of(p, ca, &token, f) &&
		token_destroy_key(token, buf_bytes(&ca->key_id), &found, f));

	token_close(token);
	return ok;
}

/*
 * The key first, then the row: a process that dies in between leaves a row
 * whose key is gone, which p11ca doctor names and another delete finishes.  A
 * CA that issued something leaves its row without a key ID: the register of
 * what it issued stays.
 */
static bool
remove_for_good(struct p11ca *p, const struct deed *deed, struct ca *ca,
    struct fault *f)
{
	int64_t issued = 0, revoked;

	if (!destroy_key(p, ca, f) || !store_begin(p->store, f) ||
	    !register_count(p->store, ca->uuid, &issued, &revoked, f))
		return false;
	if (issued == 0)
		return store_remove_ca(p->store, ca, f) &&
		    record_done(p, deed, f);
	buf_free(&ca->key_id);
	ca->name[0] = '\0'; /* free for another CA */
	return store_update_ca(p->store, ca, f) && record_done(p, deed, f);
}

static bool
days_are_allowed(int days, struct fault *f)
{
	if (days >= DELETE_DAYS_MIN && days <= DELETE_DAYS_MAX)
		return true;
	fault_found(f,
	    "1 validation error detected: Value '%d' at "
	    "'permanentDeletionTimeInDays' failed to satisfy constraint: "
	    "Member must have value %s than or equal to %d",
	    days, days < DELETE_DAYS_MIN ? "greater" : "less",
	    days < DELETE_DAYS_MIN ? DELETE_DAYS_MIN : DELETE_DAYS_MAX);
	return fault_raise(f, FAULT_VALIDATION, "7 to 30 days",
	    "give a number of days from 7 to 30");
}

bool
action_delete(struct p11ca *p, const char *which, int days, struct ca **out,
    struct fault *f)
{
	struct deed deed = { .operation = "DeleteCertificateAuthority",
		.which = which,
		.more_count = 1 };
	struct change change = { 0 };
	char period[16];
	bool for_good = false;
	bool ok = days_are_allowed(days, f) &&
	    change_begin(p, which, EVENT_DELETE, &deed, &change, f);

	*out = NULL;
	(void)snprintf(period, sizeof(period), "%d", days);
	deed.more[0] = (struct wire_pair){ "days", period };
	if (ok) {
		struct ca *ca = change.ca;

		for_good = ca->status == CA_CREATING || ca->status == CA_FAILED;
		if (for_good) {
			ok = remove_for_good(p, &deed, ca, f);
		} else {
			ca->before_delete = ca->status;
			enter(ca, EVENT_DELETE, clock_now());
			ca->restorable_until =
			    clock_now() + (int64_t)days * DAY;
			ok = change_store(p, &deed, ca, f);
		}
	}
	ok = change_end(p, &deed, &change, ok, out, f);
	if (ok && for_good) {
		ca_free(*out);
		*out = NULL;
	}
	return ok;
}

/* One CA whose time is over. */
static bool
delete_one_due(struct p11ca *p, struct ca *ca, struct fault *f)
{
	struct deed deed = { .operation = "DeleteCertificateAuthority",
		.which = ca->arn,
		.more = { { "key",
		    ca->adopted ? "left in the token" : "destroyed" } },
		.more_count = 1 };
	struct store_lock *lock = NULL;
	bool ok = store_lock(p->store, ca->uuid, deed.operation, &lock, f);

	say(p, "deleting %s for good",
	    ca->name[0] != '\0' ? ca->name : ca->arn);
	ok = ok && remove_for_good(p, &deed, ca, f);
	if (!ok)
		record_refused(p, &deed, f);
	store_unlock(lock);
	return ok;
}

bool
action_delete_due(struct p11ca *p, size_t *count, struct fault *f)
{
	int64_t now = clock_now();
	struct ca **all = NULL;
	size_t n = 0;
	bool ok = store_all_cas(p->store, &all, &n, f);

	*count = 0;
	for (size_t i = 0; ok && i < n; i++) {
		if (!ca_is_gone(all[i], now) || all[i]->key_id.len == 0)
			continue;
		ok = delete_one_due(p, all[i], f);
		*count += ok ? 1 : 0;
	}
	store_free_cas(all);
	return ok;
}
