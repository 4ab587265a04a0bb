/*
 * fault.h - the words for failure.
 *
 * A fault is made where its cause is seen and travels up unchanged.  Only the
 * doors turn it into a response, an exit code or a line on a screen.  Its parts
 * read as one sentence: "found ...; expected ...; to do ...".
 */
#ifndef P11CA_FAULT_H
#define P11CA_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "p11ca/base.h"

enum fault_kind {
	FAULT_NONE,
	/* What the API calls its exceptions (API reference, "Errors"). */
	FAULT_ACCESS_DENIED,
	FAULT_CERTIFICATE_MISMATCH,
	FAULT_CONCURRENT_MODIFICATION,
	FAULT_INVALID_ARGS,
	FAULT_INVALID_ARN,
	FAULT_INVALID_NEXT_TOKEN,
	FAULT_INVALID_POLICY,
	FAULT_INVALID_REQUEST,
	FAULT_INVALID_STATE,
	FAULT_INVALID_TAG,
	FAULT_LIMIT_EXCEEDED,
	FAULT_LOCKOUT_PREVENTED,
	FAULT_MALFORMED_CERTIFICATE,
	FAULT_MALFORMED_CSR,
	FAULT_PERMISSION_ALREADY_EXISTS,
	FAULT_REQUEST_ALREADY_PROCESSED,
	FAULT_REQUEST_FAILED,
	FAULT_REQUEST_IN_PROGRESS,
	FAULT_RESOURCE_NOT_FOUND,
	FAULT_TOO_MANY_TAGS,
	FAULT_VALIDATION,
	/* What only an operator of p11ca meets. */
	FAULT_USAGE, /* a wrong command line, an unreadable file, settings */
	FAULT_TOKEN, /* not found, not reachable, PIN, mechanism */
	FAULT_STORE, /* database or home not usable */
	FAULT_OURS,  /* a fault of p11ca itself */
	FAULT_KINDS
};

#define FAULT_FOUND_MAX 512

struct fault {
	enum fault_kind kind;
	char found[FAULT_FOUND_MAX]; /* never key material, never a PIN */
	const char *want;	     /* static text, or NULL */
	const char *todo;	     /* static text, or NULL */
	const char *rule; /* id of the rule that did not hold, or NULL */
};

/*
 * Note what was found.  Untrusted text must have gone through text_show() or
 * "%s" of one of its results; control bytes that remain are replaced by "?".
 * Returns false, so that it can be said "return fault_found(f, ...)".
 */
bool fault_found(struct fault *f, const char *fmt, ...) PRINTF(2, 3);

/* Complete it: the kind, what was expected, what to do.  Returns false. */
bool fault_raise(struct fault *f, enum fault_kind kind, const char *want,
    const char *todo);

/* One row a kind: nobody else writes these down. */
const char *fault_name(enum fault_kind kind); /* exception of the API */
int fault_http_status(enum fault_kind kind);  /* 400 or 500 */
int fault_exit_code(enum fault_kind kind);    /* interface of the command */

#endif
