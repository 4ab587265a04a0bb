/*
 * wire.h - JSON to structs and back (Jansson).
 *
 * Member names are the API's (CertificateAuthorityConfiguration and so on).
 * Everything that is read is bounded by the constraints of the API; a breach is
 * FAULT_VALIDATION in the API's words.
 */
#ifndef P11CA_WIRE_H
#define P11CA_WIRE_H

#include "p11ca/ca.h"
#include "p11ca/csr.h"
#include "p11ca/name.h"
#include "p11ca/probe.h"
#include "p11ca/rule_import.h"

#define WIRE_JSON_MAX 262144 /* bytes of a configuration file */

/* CertificateAuthorityConfiguration, read and checked. */
struct ca_config {
	enum key_alg key_alg;
	enum sign_alg sign_alg;
	struct name_attr *subject; /* in the order of the CSR */
	size_t subject_count;
	bool has_key_usage;
	unsigned key_usage;
	struct csr_access *access;
	size_t access_count;
	char *json;  /* the normalised configuration, one line */
	void *owned; /* what the above points into */
};

/*
 * Read a CertificateAuthorityConfiguration.  Refused: a breach of the API's
 * constraints, a signing algorithm of another family (FAULT_INVALID_ARGS),
 * CustomAttributes mixed with standard members (FAULT_INVALID_ARGS), an empty
 * subject (FAULT_INVALID_ARGS), an AccessMethod or GeneralName without exactly
 * one member (FAULT_INVALID_ARGS).  *out: ca_config_free().
 */
MUST_CHECK bool ca_config_from_json(struct bytes json, struct ca_config **out,
    struct fault *f);
void ca_config_free(struct ca_config *config); /* NULL is fine */

/*
 * The same from words of a command line, by making the JSON and reading that:
 * subject "C=DE,O=Example,CN=Issuing CA 1" (a backslash escapes the next
 * character; OID=value gives custom attributes), key usage
 * "KeyCertSign,CRLSign", access "CA_REPOSITORY=URI:http://..." (each may be
 * NULL; access is NULL-terminated).
 */
struct ca_words {
	const char *key_alg;
	const char *sign_alg; /* NULL: the usual one of the key */
	const char *subject;
	const char *key_usage;
	const char *const *access;
};
MUST_CHECK bool ca_config_from_words(const struct ca_words *words,
    struct ca_config **out, struct fault *f);

/* One JSON object on one line each, no newline; the caller's, mem_free(). */
char *wire_ca(const struct ca *ca, int64_t now, const char *owner);
char *wire_ca_full(const struct ca *ca, int64_t now, const char *owner);
char *wire_report(const struct import_report *report);
char *wire_fault(const struct fault *f, const struct import_report *report);
char *wire_token(const struct token_info *info);
char *wire_token_full(const struct token_info *info,
    const struct token_limits *limits, const struct key *keys, size_t key_count,
    const unsigned long *mechanisms, size_t mech_count);
char *wire_probe(const struct probe *probe);

/* Members for an audit entry or another flat object; all values are text. */
struct wire_pair {
	const char *name;
	const char *value; /* NULL: left out */
};
char *wire_object(const struct wire_pair *pairs, size_t count);

/* A line of an exported audit log and back.  The reader gives borrowed texts
 * that live in line, which it cuts up. */
struct audit_row;
char *wire_audit_line(const struct audit_row *row);
MUST_CHECK bool wire_audit_read(char *line, struct audit_row *row,
    struct fault *f);

/* A member of a flat JSON object as text, or NULL; the caller's, mem_free(). */
char *wire_member(const char *json, const char *name);

#endif
