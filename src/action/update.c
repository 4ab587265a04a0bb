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
#define DELETE "DeleteCertificateAuthority"

/* A CA that is about to change, and the lock on it. */
struct change {
	struct ca *ca;
	struct store_lock *lock;
};

/*
 * Find and exclude others; then read it again, for it may have changed between
 * the two: a key that has just been made must not be taken for a half-made one.
 */
static bool
change_lock(struct p11ca *p, const char *which,
    bool (*find)(struct p11ca *p, const char *which, struct ca **out,
	struct fault *f),
    struct deed *deed, struct change *change, struct fault *f)
{
	struct ca *now = NULL;

	if (!find(p, which, &change->ca, f))
		return false;
	deed->which = change->ca->arn;
	if (!store_lock(p->store, change->ca->uuid, deed->operation,
		&change->lock, f) ||
	    !find(p, change->ca->arn, &now, f))
		return false;
	ca_free(change->ca);
	change->ca = now;
	deed->which = now->arn;
	return true;
}

/* The same, and see whether the state allows it. */
static bool
change_begin(struct p11ca *p, const char *which, enum ca_event event,
    struct deed *deed, struct change *change, struct fault *f)
{
	return change_lock(p, which, find_ca, deed, change, f) &&
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

static const char *
called(const struct ca *ca)
{
	return ca->name[0] != '\0' ? ca->name : ca->uuid;
}

/* What becomes of the key of a CA that is deleted for good. */
enum key_end { KEY_LEFT, KEY_DESTROYED, KEY_MISSING, KEY_NOT_LOOKED_FOR };

static const char *const key_ends[] = {
	[KEY_LEFT] = "left in the token",
	[KEY_DESTROYED] = "destroyed",
	[KEY_MISSING] = "not in the token",
	[KEY_NOT_LOOKED_FOR] = "not looked for",
};

/* A token that cannot be asked may be gone for good: then there is a way. */
static bool
refuse_key(const struct ca *ca, struct fault *f)
{
	struct fault why = *f;

	if (why.kind != FAULT_TOKEN)
		return false;
	fault_found(f, "the key of %s cannot be destroyed: %s", called(ca),
	    why.found);
	return fault_raise(f, FAULT_TOKEN, why.want,
	    "see to the token (p11ca doctor says what is wrong); if it is gone "
	    "for good, p11ca delete CA --key-stays removes the record alone");
}

/* A key from elsewhere stays; one that is not there any more is no fault. */
static bool
destroy_key(struct p11ca *p, const struct ca *ca, enum key_end *end,
    struct fault *f)
{
	struct token *token = NULL;
	bool found = false;
	bool ok = ca->adopted ||
	    (open_token_of(p, ca, &token, f) &&
		token_destroy_key(token, buf_bytes(&ca->key_id), &found, f)) ||
	    refuse_key(ca, f);

	*end = ca->adopted ? KEY_LEFT : found ? KEY_DESTROYED : KEY_MISSING;
	close_token_of(p, token);
	return ok;
}

/*
 * The row of a CA whose key is seen to.  One that issued something leaves its
 * row without a key ID: the register of what it issued stays.
 */
static bool
remove_row(struct p11ca *p, struct deed *deed, struct ca *ca, enum key_end end,
    struct fault *f)
{
	int64_t issued = 0, revoked;

	deed->more[0] = (struct wire_pair){ "key", key_ends[end] };
	deed->more_count = 1;
	if (!store_begin(p->store, f) ||
	    !register_count(p->store, ca->uuid, &issued, &revoked, f))
		return false;
	if (issued == 0)
		return store_remove_ca(p->store, ca, f) &&
		    record_done(p, deed, f);
	buf_free(&ca->key_id);
	ca->name[0] = '\0'; /* free for another CA */
	return store_update_ca(p->store, ca, f) && record_done(p, deed, f);
}

/*
 * The key first, then the row: a process that dies in between leaves a row
 * whose key is gone, which p11ca doctor names and another delete finishes.
 */
static bool
remove_for_good(struct p11ca *p, struct deed *deed, struct ca *ca,
    struct fault *f)
{
	enum key_end end;

	return destroy_key(p, ca, &end, f) && remove_row(p, deed, ca, end, f);
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

/* Its key was never used: nothing to restore. */
static bool
is_never_restored(const struct ca *ca)
{
	return ca->status == CA_CREATING || ca->status == CA_FAILED;
}

bool
action_delete(struct p11ca *p, const char *which, int days, struct ca **out,
    struct fault *f)
{
	struct deed deed = {
		.operation = DELETE, .which = which, .more_count = 1
	};
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

		for_good = is_never_restored(ca);
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

/* Would its key be destroyed now, and not at the end of some days? */
static bool
has_come_to_its_end(const struct ca *ca, struct fault *f)
{
	char until[CLOCK_TEXT_MAX];

	if (is_never_restored(ca) || ca_is_gone(ca, clock_now()))
		return true;
	if (ca->status == CA_DELETED)
		fault_found(f, "%s, which can be restored until %s", called(ca),
		    clock_text(ca->restorable_until, until));
	else
		fault_found(f, "%s, which is %s", called(ca),
		    ca_status_name(ca_status_at(ca, clock_now())));
	return fault_raise(f, FAULT_INVALID_STATE,
	    "a CA whose creation was cut off, or whose days of restoration are "
	    "over",
	    "delete it without --key-stays, which asks no token; when its days "
	    "are over, once more with it");
}

/* Also one whose days are over; one that left its register only is gone. */
static bool
find_with_key(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	if (!store_find_ca(p->store, which, out, f))
		return false;
	if ((*out)->key_id.len > 0)
		return true;
	ca_free(*out);
	return find_ca(p, which, out, f);
}

bool
action_find_ended(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	if (!find_with_key(p, which, out, f))
		return false;
	if (has_come_to_its_end(*out, f))
		return true;
	ca_free(*out);
	*out = NULL;
	return false;
}

bool
action_delete_record(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	struct deed deed = { .operation = DELETE,
		.which = which,
		.more = { { "key", key_ends[KEY_NOT_LOOKED_FOR] } },
		.more_count = 1 };
	struct change change = { 0 };
	bool ok = change_lock(p, which, find_with_key, &deed, &change, f) &&
	    has_come_to_its_end(change.ca, f) &&
	    remove_row(p, &deed, change.ca, KEY_NOT_LOOKED_FOR, f);

	*out = NULL;
	return change_end(p, &deed, &change, ok, out, f);
}

/* One CA whose time is over. */
static bool
delete_one_due(struct p11ca *p, struct ca *ca, struct fault *f)
{
	struct deed deed = { .operation = DELETE, .which = ca->arn };
	struct store_lock *lock = NULL;
	bool ok = store_lock(p->store, ca->uuid, deed.operation, &lock, f);

	say(p, "deleting %s for good", called(ca));
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
	bool ok = true;

	*count = 0;
	if (!store_all_cas(p->store, &all, &n, f))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct fault one = { 0 };

		if (!ca_is_gone(all[i], now) || all[i]->key_id.len == 0)
			continue;
		if (delete_one_due(p, all[i], &one)) {
			++*count;
			continue;
		}
		if (ok)
			*f = one;
		ok = false;
	}
	store_free_cas(all);
	return ok;
}
