/* attach.c - tags, the policy and the permissions of a CA. */
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_status.h"
#include "p11ca/text.h"

/* A transaction, and in it the CA whose state allows the event. */
static bool
attach_begin(struct p11ca *p, enum ca_event event, struct deed *deed,
    struct ca **ca, struct fault *f)
{
	*ca = NULL;
	if (!store_begin(p->store, f) || !find_ca(p, deed->which, ca, f))
		return false;
	deed->which = (*ca)->arn;
	return status_allows(*ca, event, clock_now(), f);
}

/* Commit with the audit entry, or leave the refusal there alone. */
static bool
attach_end(struct p11ca *p, const struct deed *deed, struct ca *ca, bool ok,
    struct fault *f)
{
	ok = ok && record_done(p, deed, f);
	if (!ok)
		record_refused(p, deed, f);
	ca_free(ca);
	return ok;
}

/* The CA, for those who only look. */
static bool
attach_find(struct p11ca *p, const char *which, enum ca_event event,
    struct ca **ca, struct fault *f)
{
	*ca = NULL;
	return find_ca(p, which, ca, f) &&
	    status_allows(*ca, event, clock_now(), f);
}

static bool
tags_are_not_too_many(struct p11ca *p, const struct ca *ca, struct fault *f)
{
	struct tag *list = NULL;
	size_t count = 0;

	if (!tags_of(p->store, ca->uuid, &list, &count, f))
		return false;
	tags_free(list, count);
	if (count <= TAGS_MAX)
		return true;
	fault_found(f, "%zu tags", count);
	return fault_raise(f, FAULT_TOO_MANY_TAGS, "50 tags at most",
	    "take some of them away first");
}

/* "key=value, key=value", for the audit entry; the caller's. */
static char *
tags_text(const struct tag *list, size_t count)
{
	struct buf out = { 0 };
	char *text;

	for (size_t i = 0; i < count; i++)
		buf_printf(&out, "%s%s%s%s", i > 0 ? ", " : "", list[i].key,
		    list[i].value != NULL ? "=" : "",
		    list[i].value != NULL ? list[i].value : "");
	text = mem_text(buf_text(&out));
	buf_free(&out);
	return text;
}

bool
action_tag(struct p11ca *p, const char *which, const struct tag *list,
    size_t count, struct fault *f)
{
	char *tags = tags_text(list, count);
	struct deed deed = { .operation = "TagCertificateAuthority",
		.which = which,
		.more = { { "tags", tags } },
		.more_count = 1 };
	struct ca *ca;
	bool ok = attach_begin(p, EVENT_TAG, &deed, &ca, f);

	for (size_t i = 0; ok && i < count; i++)
		ok = tag_put(p->store, ca->uuid, list[i].key, list[i].value, f);
	ok = ok && tags_are_not_too_many(p, ca, f);
	ok = attach_end(p, &deed, ca, ok, f);
	mem_free(tags);
	return ok;
}

bool
action_untag(struct p11ca *p, const char *which, const struct tag *list,
    size_t count, struct fault *f)
{
	char *tags = tags_text(list, count);
	struct deed deed = { .operation = "UntagCertificateAuthority",
		.which = which,
		.more = { { "tags", tags } },
		.more_count = 1 };
	struct ca *ca;
	bool ok = attach_begin(p, EVENT_TAG, &deed, &ca, f);

	for (size_t i = 0; ok && i < count; i++)
		ok = tag_remove(p->store, ca->uuid, list[i].key, list[i].value,
		    f);
	ok = attach_end(p, &deed, ca, ok, f);
	mem_free(tags);
	return ok;
}

bool
action_list_tags(struct p11ca *p, const char *which, struct tag **list,
    size_t *count, struct fault *f)
{
	struct ca *ca;
	bool ok;

	*list = NULL;
	*count = 0;
	ok = attach_find(p, which, EVENT_TAG, &ca, f) &&
	    tags_of(p->store, ca->uuid, list, count, f);
	ca_free(ca);
	return ok;
}

bool
action_put_policy(struct p11ca *p, const char *which, struct bytes json,
    struct fault *f)
{
	char digest[DIGEST_HEX_LEN];
	struct deed deed = { .operation = "PutPolicy",
		.which = which,
		.more = { { "policySha256", digest } },
		.more_count = 1 };
	struct buf text = { 0 };
	struct ca *ca;
	bool ok = attach_begin(p, EVENT_POLICY, &deed, &ca, f);

	digest_hex(json, digest);
	buf_set(&text, json);
	ok = ok && policy_check(json, ca->arn, f) &&
	    policy_put(p->store, ca->uuid, buf_text(&text), f);
	buf_free(&text);
	return attach_end(p, &deed, ca, ok, f);
}

bool
action_get_policy(struct p11ca *p, const char *which, char **policy,
    struct fault *f)
{
	struct ca *ca;
	bool ok;

	*policy = NULL;
	ok = attach_find(p, which, EVENT_GET_POLICY, &ca, f) &&
	    policy_of(p->store, ca->uuid, policy, f);
	if (ok && *policy == NULL) {
		fault_found(f, "no policy of %s", ca->arn);
		ok = fault_raise(f, FAULT_RESOURCE_NOT_FOUND,
		    "a CA that has a policy", "put one first");
	}
	ca_free(ca);
	return ok;
}

bool
action_delete_policy(struct p11ca *p, const char *which, struct fault *f)
{
	struct deed deed = { .operation = "DeletePolicy", .which = which };
	struct ca *ca;
	bool ok = attach_begin(p, EVENT_POLICY, &deed, &ca, f) &&
	    policy_put(p->store, ca->uuid, NULL, f);

	return attach_end(p, &deed, ca, ok, f);
}

/* Give it; actions are in the API's order. */
static bool
put_permission(struct p11ca *p, const struct ca *ca,
    struct permission *permission, struct fault *f)
{
	bool exists = false;

	permission->created_at = clock_now();
	if (!permission_put(p->store, ca->uuid, permission, &exists, f))
		return false;
	if (!exists)
		return true;
	fault_found(f, "a permission of %s for account %s already",
	    permission->principal, permission->source_account);
	return fault_raise(f, FAULT_PERMISSION_ALREADY_EXISTS,
	    "one permission for a principal and an account",
	    "delete it first, then create it with other actions");
}

bool
action_create_permission(struct p11ca *p, const char *which,
    const char *principal, const char *const *actions,
    const char *source_account, struct fault *f)
{
	const char *account =
	    source_account != NULL ? source_account : p->conf->account;
	struct deed deed = { .operation = "CreatePermission",
		.which = which,
		.more = { { "principal", principal },
		    { "sourceAccount", account } },
		.more_count = 2 };
	struct permission permission = { 0 };
	struct ca *ca;
	bool ok = attach_begin(p, EVENT_PERMISSION, &deed, &ca, f) &&
	    permission_read(principal, actions, account, &permission.actions,
		f);

	if (ok) {
		permission.principal = mem_text(principal);
		permission.source_account = mem_text(account);
		deed.more[deed.more_count++] =
		    (struct wire_pair){ "actions", permission.actions };
		ok = put_permission(p, ca, &permission, f);
	}
	ok = attach_end(p, &deed, ca, ok, f);
	mem_free(permission.principal);
	mem_free(permission.source_account);
	mem_free(permission.actions);
	return ok;
}

static bool
remove_permission(struct p11ca *p, const struct ca *ca, const char *principal,
    const char *account, struct fault *f)
{
	bool existed = false;
	char shown[80];

	if (!permission_remove(p->store, ca->uuid, principal, account, &existed,
		f))
		return false;
	if (existed)
		return true;
	fault_found(f, "no permission of \"%s\" for %s",
	    text_fit(shown, sizeof(shown), bytes_of(principal)), ca->arn);
	return fault_raise(f, FAULT_RESOURCE_NOT_FOUND,
	    "a permission that was given", "list the permissions of the CA");
}

bool
action_delete_permission(struct p11ca *p, const char *which,
    const char *principal, const char *source_account, struct fault *f)
{
	const char *account =
	    source_account != NULL ? source_account : p->conf->account;
	struct deed deed = { .operation = "DeletePermission",
		.which = which,
		.more = { { "principal", principal },
		    { "sourceAccount", account } },
		.more_count = 2 };
	struct ca *ca;
	bool ok = attach_begin(p, EVENT_PERMISSION, &deed, &ca, f) &&
	    remove_permission(p, ca, principal, account, f);

	return attach_end(p, &deed, ca, ok, f);
}

bool
action_list_permissions(struct p11ca *p, const char *which,
    struct permission **list, size_t *count, struct fault *f)
{
	struct ca *ca;
	bool ok;

	*list = NULL;
	*count = 0;
	ok = attach_find(p, which, EVENT_LIST_PERMISSIONS, &ca, f) &&
	    permissions_of(p->store, ca->uuid, list, count, f);
	ca_free(ca);
	return ok;
}
