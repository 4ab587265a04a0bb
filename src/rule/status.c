/* status.c - the states of a CA and what may happen in each. */
#include "p11ca/rule_status.h"

#include <string.h>

/* What the table says of an event in a state. */
enum answer {
	NO, /* InvalidStateException */
	IN_PROGRESS,
	YES
};

struct event_row {
	enum answer in[CA_STATUSES];
	const char *found; /* the API's sentence, "%s" is the ARN; without it,
			    * clients look for the whole sentence */
	const char *want;
	const char *todo;
};

#define IS_DELETED "The certificate authority is in the DELETED state"

/* clang-format off */
static const struct event_row events[CA_EVENTS] = {
	[EVENT_GET_CSR] = {
		{ [CA_CREATING] = IN_PROGRESS, [CA_PENDING_CERTIFICATE] = YES,
		  [CA_ACTIVE] = YES, [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority %s is not in the correct state to have a certificate signing request.",
		"a CA that is not FAILED or DELETED",
		"restore the CA, or create another" },
	[EVENT_GET_CERTIFICATE] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority %s is not in the correct state to have a certificate signing request.",
		"a CA with a certificate installed",
		"import its certificate first (p11ca import)" },
	[EVENT_IMPORT] = {
		{ [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority %s is not in the correct state to import a certificate.",
		"a CA in PENDING_CERTIFICATE, ACTIVE, DISABLED or EXPIRED",
		"restore the CA within its restoration period, or create another" },
	[EVENT_ENABLE] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES },
		"The certificate authority must be in the ACTIVE or DISABLED state to be updated",
		"a CA that is ACTIVE or DISABLED",
		"import a valid certificate first (p11ca import)" },
	[EVENT_DISABLE] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES },
		"The certificate authority must be in the ACTIVE or DISABLED state to be updated",
		"a CA that is ACTIVE or DISABLED",
		"import a valid certificate first (p11ca import)" },
	[EVENT_DELETE] = {
		{ [CA_CREATING] = YES, [CA_PENDING_CERTIFICATE] = YES, [CA_DISABLED] = YES,
		  [CA_EXPIRED] = YES, [CA_FAILED] = YES },
		"The certificate authority is not in a valid state for deletion.",
		"a CA that is not ACTIVE and not DELETED already",
		"disable an ACTIVE CA first (p11ca disable)" },
	[EVENT_RESTORE] = {
		{ [CA_DELETED] = YES },
		"The certificate authority %s is not in the DELETED state.",
		"a CA that is DELETED, within its restoration period",
		"look at its status with p11ca show" },
	[EVENT_GET_ISSUED] = {
		{ [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority %s is not in the correct state to have issued certificates.",
		"a CA that is not CREATING, FAILED or DELETED",
		"restore the CA within its restoration period" },
	[EVENT_REVOKE] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority is not in a valid state for revoking certificates.",
		"a CA that is ACTIVE, DISABLED or EXPIRED",
		"import its certificate first (p11ca import), or restore the CA" },
	[EVENT_CRL] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES },
		"The certificate authority is not in a valid state for revocation information.",
		"a CA that is ACTIVE or DISABLED",
		"import a valid certificate first (p11ca import), or restore the CA" },
	[EVENT_AUDIT_REPORT] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES },
		"The certificate authority is not in a valid state for an audit report.",
		"a CA that is ACTIVE or DISABLED",
		"import a valid certificate first (p11ca import), or restore the CA" },
	[EVENT_PERMISSION] = {
		{ [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority is not in a valid state for permissions.",
		"a CA that is not CREATING, FAILED or DELETED",
		"restore the CA within its restoration period" },
	[EVENT_LIST_PERMISSIONS] = {
		{ [CA_CREATING] = YES, [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES, [CA_FAILED] = YES },
		IS_DELETED,
		"a CA that is not DELETED",
		"restore the CA within its restoration period" },
	[EVENT_POLICY] = {
		{ [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority is not in a valid state for a policy.",
		"a CA that is not CREATING, FAILED or DELETED",
		"restore the CA within its restoration period" },
	[EVENT_GET_POLICY] = {
		{ [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES },
		"The certificate authority is not in a valid state for a policy.",
		"a CA that is not CREATING, FAILED or DELETED",
		"restore the CA within its restoration period" },
	[EVENT_TAG] = {
		{ [CA_CREATING] = YES, [CA_PENDING_CERTIFICATE] = YES, [CA_ACTIVE] = YES,
		  [CA_DISABLED] = YES, [CA_EXPIRED] = YES, [CA_FAILED] = YES },
		IS_DELETED,
		"a CA that is not DELETED",
		"restore the CA within its restoration period" },
};
/* clang-format on */

/*
 * %s of a table, without handing a variable format to printf.  Of a deleted CA
 * clients look for one sentence, whatever was asked about permissions.
 */
static void
say(enum ca_event event, const struct ca *ca, enum ca_status status,
    struct fault *f)
{
	const char *sentence = events[event].found;
	const char *name = ca_status_name(status);
	const char *hole;

	if (event == EVENT_PERMISSION && status == CA_DELETED)
		sentence = IS_DELETED;
	hole = strstr(sentence, "%s");
	if (hole == NULL)
		fault_found(f, "%s (%s is %s)", sentence, ca->arn, name);
	else
		fault_found(f, "%.*s%s%s (it is %s)", (int)(hole - sentence),
		    sentence, ca->arn, hole + 2, name);
}

bool
status_allows(const struct ca *ca, enum ca_event event, int64_t now,
    struct fault *f)
{
	const struct event_row *row = &events[event];
	enum ca_status status = ca_status_at(ca, now);

	switch (row->in[status]) {
	case YES:
		return true;
	case IN_PROGRESS:
		fault_found(f, "the key of %s is still being made", ca->arn);
		return fault_raise(f, FAULT_REQUEST_IN_PROGRESS,
		    "a CA whose key is there",
		    "wait; p11ca doctor tells of a creation that was cut off");
	case NO:
		break;
	}
	say(event, ca, status, f);
	return fault_raise(f, FAULT_INVALID_STATE, row->want, row->todo);
}

enum ca_status
status_after(const struct ca *ca, enum ca_event event, int64_t now)
{
	switch (event) {
	case EVENT_IMPORT:
		return ca->status == CA_DISABLED ? CA_DISABLED : CA_ACTIVE;
	case EVENT_ENABLE:
		return CA_ACTIVE;
	case EVENT_DISABLE:
		return CA_DISABLED;
	case EVENT_DELETE:
		return CA_DELETED;
	case EVENT_RESTORE:
		return ca->before_delete;
	case EVENT_GET_CSR:
	case EVENT_GET_CERTIFICATE:
	case EVENT_GET_ISSUED:
	case EVENT_REVOKE:
	case EVENT_CRL:
	case EVENT_AUDIT_REPORT:
	case EVENT_PERMISSION:
	case EVENT_LIST_PERMISSIONS:
	case EVENT_POLICY:
	case EVENT_GET_POLICY:
	case EVENT_TAG:
	case CA_EVENTS:
		break;
	}
	return ca->status;
}
