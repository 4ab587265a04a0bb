/* fault.c - the words for failure. */
#include "p11ca/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

/* What a kind is called by the API, over HTTP and as an exit code. */
struct fault_row {
	const char *name;
	int http_status;
	int exit_code;
};

/* clang-format off */
static const struct fault_row rows[FAULT_KINDS] = {
	[FAULT_NONE] =                      { "", 200, 0 },
	[FAULT_ACCESS_DENIED] =             { "AccessDeniedException", 400, 1 },
	[FAULT_CERTIFICATE_MISMATCH] =      { "CertificateMismatchException", 400, 1 },
	[FAULT_CONCURRENT_MODIFICATION] =   { "ConcurrentModificationException", 400, 5 },
	[FAULT_INVALID_ARGS] =              { "InvalidArgsException", 400, 1 },
	[FAULT_INVALID_ARN] =               { "InvalidArnException", 400, 1 },
	[FAULT_INVALID_NEXT_TOKEN] =        { "InvalidNextTokenException", 400, 1 },
	[FAULT_INVALID_POLICY] =            { "InvalidPolicyException", 400, 1 },
	[FAULT_INVALID_REQUEST] =           { "InvalidRequestException", 400, 1 },
	[FAULT_INVALID_STATE] =             { "InvalidStateException", 400, 1 },
	[FAULT_INVALID_TAG] =               { "InvalidTagException", 400, 1 },
	[FAULT_LIMIT_EXCEEDED] =            { "LimitExceededException", 400, 1 },
	[FAULT_LOCKOUT_PREVENTED] =         { "LockoutPreventedException", 400, 1 },
	[FAULT_MALFORMED_CERTIFICATE] =     { "MalformedCertificateException", 400, 1 },
	[FAULT_MALFORMED_CSR] =             { "MalformedCSRException", 400, 1 },
	[FAULT_PERMISSION_ALREADY_EXISTS] = { "PermissionAlreadyExistsException", 400, 1 },
	[FAULT_REQUEST_ALREADY_PROCESSED] = { "RequestAlreadyProcessedException", 400, 1 },
	[FAULT_REQUEST_FAILED] =            { "RequestFailedException", 400, 1 },
	[FAULT_REQUEST_IN_PROGRESS] =       { "RequestInProgressException", 400, 5 },
	[FAULT_RESOURCE_NOT_FOUND] =        { "ResourceNotFoundException", 400, 1 },
	[FAULT_TOO_MANY_TAGS] =             { "TooManyTagsException", 400, 1 },
	[FAULT_VALIDATION] =                { "ValidationException", 400, 1 },
	[FAULT_USAGE] =                     { "UsageError", 400, 2 },
	[FAULT_TOKEN] =                     { "RequestFailedException", 400, 3 },
	[FAULT_STORE] =                     { "RequestFailedException", 400, 4 },
	[FAULT_OURS] =                      { "InternalFailure", 500, 70 },
};
/* clang-format on */

bool
fault_found(struct fault *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(f->found, sizeof(f->found), fmt, args);
	va_end(args);
	for (char *p = f->found; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return false;
}

bool
fault_raise(struct fault *f, enum fault_kind kind, const char *want,
    const char *todo)
{
	f->kind = kind;
	f->want = want;
	f->todo = todo;
	return false;
}

const char *
fault_name(enum fault_kind kind)
{
	assert(kind < FAULT_KINDS);
	return rows[kind].name;
}

int
fault_http_status(enum fault_kind kind)
{
	assert(kind < FAULT_KINDS);
	return rows[kind].http_status;
}

int
fault_exit_code(enum fault_kind kind)
{
	assert(kind < FAULT_KINDS);
	return rows[kind].exit_code;
}
