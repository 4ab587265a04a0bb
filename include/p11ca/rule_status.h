/*
 * rule_status.h - the states of a CA and what may happen in each.
 */
#ifndef P11CA_RULE_STATUS_H
#define P11CA_RULE_STATUS_H

#include "p11ca/ca.h"
#include "p11ca/fault.h"

/* What is asked of a CA. */
enum ca_event {
	EVENT_GET_CSR,
	EVENT_GET_CERTIFICATE,
	EVENT_IMPORT,
	EVENT_ENABLE,
	EVENT_DISABLE,
	EVENT_DELETE,
	EVENT_RESTORE,
	EVENT_GET_ISSUED,
	EVENT_REVOKE,
	EVENT_CRL,
	EVENT_AUDIT_REPORT,
	EVENT_PERMISSION, /* give or take one */
	EVENT_LIST_PERMISSIONS,
	EVENT_POLICY, /* put or delete it */
	EVENT_GET_POLICY,
	EVENT_TAG, /* tag, untag, list */
	CA_EVENTS
};

/*
 * May this be asked in that state (at this time, ca_status_at())?  Refusals
 * are FAULT_INVALID_STATE (FAULT_REQUEST_IN_PROGRESS while CREATING for the
 * CSR) in the API's own sentences.
 */
MUST_CHECK bool status_allows(const struct ca *ca, enum ca_event event,
    int64_t now, struct fault *f);

/*
 * The status to store after the event.  Import: an expired CA that had been
 * disabled goes back to DISABLED.  Restore: the status before the deletion.
 */
enum ca_status status_after(const struct ca *ca, enum ca_event event,
    int64_t now);

#endif
