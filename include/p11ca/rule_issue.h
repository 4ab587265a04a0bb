/*
 * rule_issue.h - may this CA issue that certificate?  Every rule of
 * IssueCertificate, one row each, in the order of the answers.
 */
#ifndef P11CA_RULE_ISSUE_H
#define P11CA_RULE_ISSUE_H

#include "p11ca/ca.h"
#include "p11ca/cert.h"
#include "p11ca/csr.h"
#include "p11ca/rule_import.h"
#include "p11ca/rule_template.h"

#define ISSUE_SHORT_LIVED_MAX (7 * 86400) /* seconds */

/* All facts about one issue.  Everything borrowed. */
struct issue {
	enum ca_type type;
	enum ca_status status; /* at now */
	bool short_lived;      /* UsageMode of the CA */
	enum key_family ca_family;
	struct bytes ca_spki;
	int64_t ca_not_after; /* 0: no certificate yet */
	int64_t issued;	      /* certificates so far */
	int64_t issued_max;

	const struct template *template;
	enum sign_alg sign_alg;

	const struct csr *csr;	      /* read and verified */
	const struct pubkey *csr_key; /* its public key */
	bool subject_empty;	      /* of the certificate to be */
	bool has_alt_name;

	bool validity_fits; /* a date, up to the year 9999 */
	int64_t not_before, not_after;
	int64_t now;

	/*
	 * The finished TBS as a certificate, over the CA's own certificate and
	 * chain, as the import would see it: [0] the new one, [1] the CA, ...;
	 * NULL until it is made.
	 */
	const struct import *path;
};

typedef bool issue_predicate(const struct issue *in, struct fault *f);

struct issue_rule {
	const char *id;	  /* "N04" */
	const char *name; /* "signing_algorithm_fits_the_key" */
	bool on_path;	  /* asked of the finished TBS */
	issue_predicate *holds;
	enum fault_kind kind;
	const char *want;
	const char *todo;
};

extern const struct issue_rule issue_rules[];
extern const size_t issue_rules_count;

/*
 * Ask every rule in turn; the first that does not hold is the answer.  Rules
 * about the finished TBS are asked when in->path is there.
 */
MUST_CHECK bool issue_check(const struct issue *in, struct fault *f);

/* Validity of the API (data types Validity, ValidityPeriodType). */
enum validity_type {
	VALIDITY_END_DATE,
	VALIDITY_ABSOLUTE,
	VALIDITY_DAYS,
	VALIDITY_MONTHS,
	VALIDITY_YEARS,
	VALIDITY_TYPES
};
MUST_CHECK bool validity_type_from_name(const char *name,
    enum validity_type *out);

/*
 * When a certificate ends.  DAYS, MONTHS, YEARS count from now by the
 * calendar (31 January and a month is the last of February); END_DATE has 12
 * digits YYMMDDHHMMSS (YY < 50 is 20YY; padded on the left, as a JSON number
 * loses zeros) or 14 YYYYMMDDHHMMSS.  False: no such date, or beyond 9999.
 */
MUST_CHECK bool validity_end(enum validity_type type, int64_t value,
    int64_t now, int64_t *not_after);

#endif
