/*
 * internal.h - what the files of wire/ share: JSON trees, the shapes of the
 * API, and its tables of names.
 */
#ifndef P11CA_WIRE_INTERNAL_H
#define P11CA_WIRE_INTERNAL_H

#include <jansson.h>
#include <stdint.h>

#include "p11ca/bytes.h"
#include "p11ca/csr.h"
#include "p11ca/fault.h"
#include "p11ca/key.h"
#include "p11ca/name.h"
#include "p11ca/probe.h"
#include "p11ca/rule_import.h"
#include "p11ca/wire_issue.h"

#define TREE_DEPTH_MAX 64

/*
 * tree.c: JSON trees that are built without a way to fail.  What is put into a
 * tree belongs to it.  Bytes that are not UTF-8 are shown as \xHH.
 */
MUST_CHECK json_t *tree_object(void); /* the caller's, json_decref() */
MUST_CHECK json_t *tree_array(void);  /* the caller's, json_decref() */
void tree_put(json_t *object, const char *name, json_t *value);
void tree_add(json_t *array, json_t *value);
void tree_put_text(json_t *object, const char *name, const char *text);

/* NULL and "" are left out. */
void tree_put_text_if(json_t *object, const char *name, const char *text);
void tree_put_bytes(json_t *object, const char *name, struct bytes text);
void tree_put_flag(json_t *object, const char *name, bool flag);
void tree_put_number(json_t *object, const char *name, uint64_t number);
void tree_put_hex(json_t *object, const char *name, struct bytes bytes);
void tree_put_time(json_t *object, const char *name, int64_t at);
MUST_CHECK json_t *tree_text(struct bytes text); /* the caller's */

/* A member that is text, borrowed from the tree, or NULL. */
const char *tree_text_of(const json_t *object, const char *name);

/* Print on one line in ASCII and give the tree up.  mem_free() the text. */
MUST_CHECK char *tree_print(json_t *tree);

/*
 * Read text.  Refused (FAULT_INVALID_ARGS): what is not one JSON value,
 * nesting beyond TREE_DEPTH_MAX, a member given twice.  *out: json_decref().
 */
MUST_CHECK bool tree_from_text(struct bytes text, json_t **out,
    struct fault *f);

/* The same of our own text: NULL when it is NULL or no JSON object. */
MUST_CHECK json_t *tree_of_ours(const char *text);

/*
 * shape.c: the service model's constraints of a value.  Shapes are static
 * tables; a row of a member table starts with its struct member.
 */
enum shape_kind {
	SHAPE_STRING,
	SHAPE_BOOLEAN,
	SHAPE_NUMBER,
	SHAPE_LIST,
	SHAPE_STRUCTURE,
	SHAPE_KINDS
};

struct member {
	const char *name;
	const struct shape *shape;
	bool required;
};

struct shape {
	enum shape_kind kind;
	size_t min; /* code points of a string, members of a list, */
	size_t max; /* 0: no bound; or the value of a number */
	bool (*holds)(const char *value); /* of a string; NULL: any */
	const char *pattern;		  /* what holds() stands for, or */
	void (*set)(struct buf *out);	  /* appends what it allows */
	const char *const *names;     /* instead: what it allows, then NULL */
	const struct shape *of;	      /* members of a list */
	const struct member *members; /* of a structure */
	size_t count;
	size_t stride; /* from one row to the next */
};

/* clang-format off */
#define SHAPE_TEXT(least, most) \
	(&(const struct shape){ .kind = SHAPE_STRING, \
	    .min = (least), .max = (most) })
#define SHAPE_NAMES(...) \
	(&(const struct shape){ .kind = SHAPE_STRING, \
	    .names = (const char *const[]){ __VA_ARGS__, NULL } })
#define SHAPE_ROWS(first, table) \
	.kind = SHAPE_STRUCTURE, .members = &(first), \
	.count = COUNT(table), .stride = sizeof((table)[0])
/* clang-format on */

extern const struct shape shape_boolean;
extern const struct shape shape_oid; /* CustomObjectIdentifier */

/*
 * Hold a value against its shape.  *out is a copy with the members of the shape
 * only, in the order of the shape, without nulls: json_decref().  A wrong type
 * is FAULT_INVALID_ARGS; every breach of a constraint is told in one
 * FAULT_VALIDATION.  name is what paths start with; "": members of the request.
 */
MUST_CHECK bool shape_read(const struct shape *shape, const char *name,
    json_t *in, json_t **out, struct fault *f);

/* The same of untrusted text of max bytes at most. */
MUST_CHECK bool shape_from_text(const struct shape *shape, const char *name,
    struct bytes json, size_t max, json_t **out, struct fault *f);

/* subject.c: ASN1Subject */
#define SUBJECT_ROWS 15
struct subject_row {
	struct member member; /* name and constraints of the API */
	const char *oid;      /* NULL: CustomAttributes */
	bool printable;
	const char *word[2]; /* short names on a command line, or NULL */
};
extern const struct subject_row subject_rows[SUBJECT_ROWS];
extern const struct shape subject_shape;

/*
 * The attributes of a subject that has its shape, in the order of the CSR.
 * Texts point into the tree.  *out is the caller's, mem_free().  Refused
 * (FAULT_INVALID_ARGS): none at all, custom ones beside standard ones.
 */
MUST_CHECK bool subject_read(const json_t *subject, struct name_attr **out,
    size_t *count, struct fault *f);

/* The same as a DER Name; what a Name cannot hold is refused too. */
MUST_CHECK bool subject_der(const json_t *subject, struct buf *der,
    struct fault *f);

/* general_name.c: GeneralName */
extern const struct shape general_name_shape;

/* One that has its shape, as DER in *out, which is the caller's; where names
 * the member.  Refused (FAULT_INVALID_ARGS): none or several forms. */
MUST_CHECK bool general_name_read(const json_t *object, const char *where,
    struct buf *out, struct fault *f);

/* access.c: SubjectInformationAccess */
struct access_method {
	const char *name;
	const char *oid;
};
#define ACCESS_METHODS 3
extern const struct access_method access_methods[ACCESS_METHODS];
extern const struct shape access_list_shape;

/*
 * One access description that has its shape.  out->method points into the
 * tree or a table, out->location into *location, which is the caller's.
 */
MUST_CHECK bool access_read(const json_t *description, struct csr_access *out,
    struct buf *location, struct fault *f);

/* request.c: KeyUsage, in the order of the bits */
#define KEY_USAGES 9
struct key_usage_row {
	struct member member;
	const char *alias; /* another name of RFC 5280, or NULL */
};
extern const struct key_usage_row key_usage_rows[KEY_USAGES];
extern const struct shape key_usage_shape;
unsigned key_usage_read(const json_t *usage); /* the bits that are true */

/* extension.c: Extensions of an ApiPassthrough */
extern const struct shape extensions_shape;

/* Those that have their shape, appended; NULL: none.  Refused
 * (FAULT_INVALID_ARGS): what wire_issue.h says of them. */
MUST_CHECK bool extensions_read(const json_t *extensions,
    struct ext_wishes *wishes, struct fault *f);

/* base64.c: RFC 4648, 4, without line breaks.  Is it of that form? */
bool is_base64(const char *text);

/* Decode it into *out, which is the caller's.  False: not of that form, or
 * bits are set that no octet has (RFC 4648, 3.5). */
MUST_CHECK bool base64_read(const char *text, struct buf *out);

/* Append the text of these octets. */
void base64_write(struct buf *out, struct bytes octets);

/* revocation.c: RevocationConfiguration */
extern const struct shape revocation_shape;

/* One that has its shape; refused is what ca_settings_set_revocation() (see
 * wire_issue.h) refuses, and settings are then as they were. */
MUST_CHECK bool revocation_read(json_t *revocation,
    struct ca_settings *settings, struct fault *f);

/* The caller's, json_decref(). */
MUST_CHECK json_t *revocation_tree(const struct ca_settings *settings);

/* policy_statement.c: one statement of a policy; *issues: it is the one that
 * lets issue.  Refused (FAULT_INVALID_POLICY): what policy_check() refuses. */
#define POLICY_TODO "write the policy as the user guide of the API shows it"
MUST_CHECK bool policy_statement(json_t *statement, size_t number,
    const char *arn, bool *issues, struct fault *f);

/* issued.c: the subject of its certificate, appended; false: there is none. */
MUST_CHECK bool issued_subject(const struct issued *issued, struct buf *out);

/* issued.c: ARNs of the API, appended. */
void issued_arn(const struct issued *issued, const char *ca_arn,
    struct buf *out);
void issued_template_arn(const struct issued *issued, const char *ca_arn,
    struct buf *out);

/* issued.c: "arn:PARTITION:SERVICE:", of the partition that this CA is in. */
void arn_start(const char *ca_arn, const char *service, struct buf *out);

/* words_subject.c: words that are not UTF-8 are refused. */
MUST_CHECK bool words_put(json_t *object, const char *name, struct bytes word,
    struct fault *f);

/* The digits of "2.5.4.3" or "OID.2.5.4.3" (RFC 2253, 4), or NULL. */
const char *words_oid(const char *name);

/*
 * "C=DE, O=Example Corp" as RFC 2253 writes names, in the order they are
 * written, or "/C=DE/O=..." as openssl does, as the members of an ASN1Subject.
 * *out: json_decref().  Refused (FAULT_INVALID_ARGS): a name nobody knows, a
 * standard attribute given twice, an empty value, an unescaped "+" or quote.
 */
MUST_CHECK bool words_subject(const char *text, json_t **out, struct fault *f);

/* report.c: the rules of a report; the caller's, json_decref(). */
MUST_CHECK json_t *report_rules(const struct import_report *report);

/* How members are spelled: "Sensitive" as in the API's, or "sensitive". */
enum spelling { SPELL_API, SPELL_OURS };

/* token.c: attributes of a private key, and the limits of a token; the
 * caller's, json_decref(). */
MUST_CHECK json_t *claims_tree(const struct key_claims *claims,
    enum spelling spelling);
MUST_CHECK json_t *limits_tree(const struct token_limits *limits,
    enum spelling spelling);

#endif
