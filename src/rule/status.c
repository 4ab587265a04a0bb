/* status.c - the states of a CA and what may happen in each. */
#include "p11ca/rule_status.h"

#include <inttypes.h>

/* What the table says of an event in a state. */
enum answer {
	NO, /* InvalidStateException */
	IN_PROGRESS,
	YES
};

struct event_row {
	enum answer in[CA_STATUSES];
	const char *found; /* the API's sentence, "%s" is the ARN */
	const char *want;
	const char *todo;
};

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
		"The certificate authority %s must be in the ACTIVE or DISABLED state to be updated",
		"a CA that is ACTIVE or DISABLED",
		"import a valid certificate first (p11ca import)" },
	[EVENT_DISABLE] = {
		{ [CA_ACTIVE] = YES, [CA_DISABLED] = YES },
		"The certificate authority %s must be in the ACTIVE or DISABLED state to be updated",
		"a CA that is ACTIVE or DISABLED",
		"import a valid certificate first (p11ca import)" },
	[EVENT_DELETE] = {
		{ [CA_CREATING] = YES, [CA_PENDING_CERTIFICATE] = YES, [CA_DISABLED] = YES,
		  [CA_EXPIRED] = YES, [CA_FAILED] = YES },
		"The certificate authority %s is not in a valid state for deletion.",
		"a CA that is not ACTIVE and not DELETED already",
		"disable an ACTIVE CA first (p11ca disable)" },
	[EVENT_RESTORE] = {
		{ [CA_DELETED] = YES },
		"The certificate authority %s is not in the DELETED state.",
		"a CA that is DELETED, within its restoration period",
		"look at its status with p11ca show" },
};
/* clang-format on */

/* %s of a table, without handing a variable format to printf. */
static void
say(const char *sentence, const struct ca *ca, enum ca_status status,
    struct fault *f)
{
	const char *hole = sentence;

	while (*hole != '\0' && *hole != '%')
		hole++;
	fault_found(f, "%.*s%s%s (it is %s)", (int)(hole - sentence), sentence,
	    ca->arn, *hole != '\0' ? hole + 2 : "", ca_status_name(status));
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
	say(row->found, ca, status, f);
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
	case CA_EVENTS:
		break;
	}
	return ca->status;
}
