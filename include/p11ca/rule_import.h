/*
 * rule_import.h - may this certificate be installed as that CA's?
 *
 * Every rule of ImportCertificateAuthorityCertificate, one row each, in the
 * order of the answers.  Facts in, verdict out.
 */
#ifndef P11CA_RULE_IMPORT_H
#define P11CA_RULE_IMPORT_H

#include "p11ca/ca.h"
#include "p11ca/cert.h"
#include "p11ca/pem.h"

#define IMPORT_CERTIFICATE_MAX 32768 /* API reference: Certificate */
#define IMPORT_CHAIN_MAX 2097152     /* API reference: CertificateChain */

/* Answers to "which CA": NOT_ASKED where there is none (check by key). */
enum import_finder {
	FINDER_NOT_ASKED,
	FINDER_FOUND,
	FINDER_BAD_ARN,
	FINDER_OTHER_ACCOUNT,
	FINDER_NO_SUCH_CA
};

/* Is another change of this CA under way? */
enum import_rival { RIVAL_NONE, RIVAL_SAME_IMPORT, RIVAL_OTHER_CHANGE };

/* A fact that costs a signature check: found out when first asked for. */
enum import_signed { SIGNED_UNKNOWN, SIGNED_NO, SIGNED_YES };

/* One certificate as sent: its facts, or what is wrong with it. */
struct import_cert {
	const struct cert *cert; /* NULL: it could not be read */
	const char *flaw;	 /* why; NULL: there was no block to read */
	enum import_signed by_itself;
	enum import_signed by_next; /* by the next one's key */
};

/* What the token showed, live. */
struct import_token {
	bool asked;  /* false: rules about the token do not apply */
	bool proven; /* the key signed the CA's CSR afresh, and it verified */
	const char *why;   /* not proven: what happened */
	struct bytes spki; /* read from the token now */
};

/* All facts about one import.  Everything is borrowed. */
struct import {
	enum import_finder finder;
	const char *which; /* the CA as it was named, harmless to show */
	enum import_rival rival;
	enum ca_status status; /* at `now`; only when FINDER_FOUND */
	enum ca_type type;

	size_t certificate_len; /* bytes as sent */
	size_t chain_len;
	const struct pem *certificate_pem;
	const struct pem *chain_pem; /* absent, null, "" and blank are one */

	/* [0] is Certificate, [i + 1] is CertificateChain[i]; at least [0]. */
	struct import_cert *cert;
	size_t count;

	struct bytes csr_spki;		/* empty: not known */
	const struct name *csr_subject; /* NULL: not known */
	struct import_token token;

	int64_t now;
	bool require_nested_validity;
};

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_WARN, VERDICT_NA };

/* What a rule is asked about. */
enum import_scope {
	ABOUT_ALL,	   /* once; the rule itself says where */
	ABOUT_CERTIFICATE, /* Certificate, when it could be read */
	ABOUT_EACH,	   /* Certificate, then every element of the chain */
	ABOUT_CHAIN,	   /* every element of the chain */
	ABOUT_CHAIN_WHOLE  /* once, when every element could be read */
};

/* For which CAs. */
enum import_for { FOR_ANY, FOR_ROOT, FOR_SUBORDINATE };

/* Nowhere in particular. */
#define IMPORT_NOWHERE ((size_t)-1)

/*
 * Does the rule hold?  *at is the certificate it is asked about; a rule about
 * all may say where it found something.  What was found goes into *f.
 */
typedef enum verdict import_predicate(const struct import *in, size_t *at,
    struct fault *f);

struct import_rule {
	const char *id;	  /* "K01" */
	const char *name; /* "key_is_the_one_in_the_token" */
	enum import_for applies;
	enum import_scope scope;
	import_predicate *holds;
	enum fault_kind kind;
	const char *want;
	const char *todo;
};

extern const struct import_rule import_rules[];
extern const size_t import_rules_count;
#define IMPORT_RULES_MAX 64

/* What one rule said: its worst verdict, and the first place of that. */
struct import_finding {
	const struct import_rule *rule;
	enum verdict verdict;
	char where[48]; /* "Certificate", "CertificateChain[2]", or "" */
	size_t more;	/* further places with the same verdict */
	char found[FAULT_FOUND_MAX];
};

struct import_report {
	struct import_finding finding[IMPORT_RULES_MAX]; /* one a rule */
	size_t count;
};

/* Ask every rule in turn, whatever the others said. */
void import_judge(const struct import *in, struct import_report *report);

/* The first rule that failed is the answer; true when none did. */
MUST_CHECK bool import_answer(const struct import_report *report,
    struct fault *f);

#endif
