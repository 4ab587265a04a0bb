/*
 * wire_issue.h - JSON of issuing, revocation and what hangs on a CA, to
 * structs and back.
 *
 * As wire.h: bounded by the constraints of the API, breaches are
 * FAULT_VALIDATION in the API's words.
 */
#ifndef P11CA_WIRE_ISSUE_H
#define P11CA_WIRE_ISSUE_H

#include "p11ca/attach.h"
#include "p11ca/certmake.h"
#include "p11ca/issued.h"
#include "p11ca/rule_issue.h"
#include "p11ca/wire.h"

#define PASSTHROUGH_JSON_MAX                                                   \
	1048576 /* bytes of an ApiPassthrough: 150
				      * custom extensions of 4096 fit */

/* ApiPassthrough of IssueCertificate, read and encoded. */
struct api_passthrough {
	bool has_subject;
	struct buf subject;	/* DER Name */
	struct ext_wishes exts; /* keyUsage (critical), extKeyUsage,
				 * certificatePolicies, subjectAltName,
				 * then CustomExtensions in their order */
};

/*
 * Extensions {CertificatePolicies, ExtendedKeyUsage, KeyUsage,
 * SubjectAlternativeNames, CustomExtensions}, Subject.  Refused
 * (FAULT_INVALID_ARGS): an ExtendedKeyUsage or GeneralName without exactly one
 * member, a CustomExtension whose Value is not base64 of one whole DER
 * element, an extension twice (however its OID is written), a Subject without
 * an attribute.  *out: api_passthrough_free().
 */
MUST_CHECK bool api_passthrough_from_json(struct bytes json,
    struct api_passthrough **out, struct fault *f);
void api_passthrough_free(struct api_passthrough *api); /* NULL is fine */

/* The members of the API beside CertificateAuthorityConfiguration: what
 * struct ca keeps as `settings`. */
struct ca_settings {
	bool short_lived; /* UsageMode SHORT_LIVED_CERTIFICATE */
	char *storage;	  /* KeyStorageSecurityStandard */
	struct {
		bool enabled;
		int64_t days; /* ExpirationInDays */
		char *bucket;
		char *cname;	/* or NULL */
		char *path;	/* CustomPath, or NULL */
		bool owner_acl; /* S3ObjectAcl BUCKET_OWNER_FULL_CONTROL */
		bool omit;	/* OmitExtension */
		bool partitioned;
	} crl;
	struct {
		bool enabled;
		char *cname; /* or NULL */
	} ocsp;
};

/* From what struct ca keeps; NULL: the defaults.  *out: ca_settings_free().
 * What was not written here: FAULT_STORE. */
MUST_CHECK bool ca_settings_read(const char *json, struct ca_settings **out,
    struct fault *f);
void ca_settings_free(struct ca_settings *settings);

/* To what struct ca keeps (wire_ca() shows it), one line; mem_free(). */
char *ca_settings_write(const struct ca_settings *settings);

/*
 * Read a RevocationConfiguration into settings: a member that is given
 * replaces what was there, an absent one leaves it.  Rules of the API, 1.5:
 * FAULT_INVALID_ARGS, naming the member; so is a bucket or path that leads
 * elsewhere ("..").  False: settings are as they were.
 */
MUST_CHECK bool ca_settings_set_revocation(struct ca_settings *settings,
    struct bytes json, struct fault *f);

/* UsageMode and KeyStorageSecurityStandard by name; NULL leaves it.  The
 * standard of another country: FAULT_INVALID_ARGS.  False: as they were. */
MUST_CHECK bool ca_settings_set_mode(struct ca_settings *settings,
    const char *usage_mode, const char *storage, struct fault *f);

/*
 * Tags of the API: "Key=Value" words, then NULL; without "=" the value is
 * NULL.  A key that begins with aws:, or twice: FAULT_INVALID_TAG; the pattern
 * and lengths of 1.4, and more than 50: FAULT_VALIDATION.  *out: tags_free().
 */
MUST_CHECK bool tags_from_words(const char *const *words, struct tag **out,
    size_t *count, struct fault *f);

/*
 * The shape of a resource policy that the API takes (1.3, Policies), for this
 * CA's ARN: statements that let accounts (or an organisation) read, all five
 * actions at once, and such that let them issue with a template; one of each
 * at least.  Else FAULT_INVALID_POLICY; 1 to 81920 characters up to U+00FF,
 * else FAULT_VALIDATION.
 */
MUST_CHECK bool policy_check(struct bytes json, const char *arn,
    struct fault *f);

/* Permission: principal and actions ("IssueCertificate", ..., then NULL);
 * *out: the actions in the API's order, comma separated; the caller's.  A
 * principal beside acm.amazonaws.com is FAULT_VALIDATION too. */
MUST_CHECK bool permission_read(const char *principal,
    const char *const *actions, const char *source_account, char **out,
    struct fault *f);

/* One JSON object on one line each; the caller's, mem_free().  State is there
 * when a certificate is not done: INTENT, FAILED. */
char *wire_issued(const struct issued *issued, const char *ca_arn);
char *wire_issued_full(const struct issued *issued, const char *ca_arn,
    const char *chain); /* with Certificate and CertificateChain */
char *wire_tags(const struct tag *list, size_t count);
char *wire_permission(const struct permission *permission, const char *ca_arn,
    const char *policy);
char *wire_audit_report(const struct audit_report *report);
char *wire_ocsp(struct bytes response, const char *status); /* DER, base64 */

/*
 * One certificate in an audit report (1.3): a JSON object without a comma, or
 * a line of CSV (RFC 4180) with its newline, "\n"; appended to out.
 */
void report_json_row(struct buf *out, const struct issued *issued,
    const char *ca_arn, const char *account);
void report_csv_header(struct buf *out);
void report_csv_row(struct buf *out, const struct issued *issued,
    const char *ca_arn, const char *account);

#endif
