/*
 * attach.h - what hangs on a CA or on the home: tags, policies, permissions,
 * audit reports, idempotency tokens of create.  Part of the store (store.h):
 * writes stand between store_begin() and store_commit().  It goes with its CA.
 */
#ifndef P11CA_ATTACH_H
#define P11CA_ATTACH_H

#include "p11ca/store.h"

struct tag {
	char *key, *value;
};

/* By key.  *list: tags_free(). */
MUST_CHECK bool tags_of(struct store *store, const char *ca, struct tag **list,
    size_t *count, struct fault *f);
void tags_free(struct tag *list, size_t count);
MUST_CHECK bool tag_put(struct store *store, const char *ca, const char *key,
    const char *value, struct fault *f); /* adds or overwrites */

/* value NULL: whatever it is; a tag that is not there is fine. */
MUST_CHECK bool tag_remove(struct store *store, const char *ca, const char *key,
    const char *value, struct fault *f);

/* *policy NULL: none; the caller's, mem_free(). */
MUST_CHECK bool policy_of(struct store *store, const char *ca, char **policy,
    struct fault *f);
MUST_CHECK bool policy_put(struct store *store, const char *ca,
    const char *policy, struct fault *f); /* NULL removes */

struct permission {
	char *principal;
	char *source_account; /* NULL is the same as "", and read as NULL */
	char *actions; /* "IssueCertificate,GetCertificate" in API order */
	int64_t created_at;
};

/* In the order they were given, *list: permissions_free(). */
MUST_CHECK bool permissions_of(struct store *store, const char *ca,
    struct permission **list, size_t *count, struct fault *f);
void permissions_free(struct permission *list, size_t count);

/* There already: *exists true, nothing written. */
MUST_CHECK bool permission_put(struct store *store, const char *ca,
    const struct permission *permission, bool *exists, struct fault *f);
MUST_CHECK bool permission_remove(struct store *store, const char *ca,
    const char *principal, const char *source_account, bool *existed,
    struct fault *f);

enum report_status {
	REPORT_CREATING,
	REPORT_SUCCESS,
	REPORT_FAILED,
	REPORT_STATUSES
};
struct audit_report {
	char id[UUID_LEN];
	char ca[UUID_LEN];
	char *bucket;
	char *key; /* "audit-report/CA/ID.json" */
	enum report_status status;
	int64_t created_at;
};
void audit_report_clear(struct audit_report *report);
MUST_CHECK bool audit_report_put(struct store *store,
    const struct audit_report *report, struct fault *f); /* new or changed */

/* None: FAULT_RESOURCE_NOT_FOUND.  *out: audit_report_clear(). */
MUST_CHECK bool audit_report_find(struct store *store, const char *ca,
    const char *id, struct audit_report *out, struct fault *f);

/* The newest of a CA with this status; *found says.  audit_report_clear(). */
MUST_CHECK bool audit_report_last(struct store *store, const char *ca,
    enum report_status status, struct audit_report *out, bool *found,
    struct fault *f);

/* The ARN that this token of create gave since a time, or NULL; the caller's,
 * mem_free().  A token that comes again later stands for its new ARN. */
MUST_CHECK bool create_token_find(struct store *store, const char *token,
    int64_t since, char **arn, struct fault *f);
MUST_CHECK bool create_token_put(struct store *store, const char *token,
    const char *arn, int64_t at, struct fault *f);

#endif
