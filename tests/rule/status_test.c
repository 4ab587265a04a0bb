/* status_test.c - every event in every state. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/rule_status.h"

#define NOW 1800000000

/* One letter a state: Y allowed, S InvalidState, P RequestInProgress. */
static const struct {
	enum ca_event event;
	const char *in; /* CREATING PENDING ACTIVE DISABLED EXPIRED FAILED
			 * DELETED */
} table[] = {
	{ EVENT_GET_CSR, "PYYYYSS" },
	{ EVENT_GET_CERTIFICATE, "SSYYYSS" },
	{ EVENT_IMPORT, "SYYYYSS" },
	{ EVENT_ENABLE, "SSYYSSS" },
	{ EVENT_DISABLE, "SSYYSSS" },
	{ EVENT_DELETE, "YYSYYYS" },
	{ EVENT_RESTORE, "SSSSSSY" },
	{ EVENT_GET_ISSUED, "SYYYYSS" },
	{ EVENT_REVOKE, "SSYYYSS" },
	{ EVENT_CRL, "SSYYSSS" },
	{ EVENT_AUDIT_REPORT, "SSYYSSS" },
	{ EVENT_PERMISSION, "SYYYYSS" },
	{ EVENT_LIST_PERMISSIONS, "YYYYYYS" },
	{ EVENT_POLICY, "SYYYYSS" },
	{ EVENT_GET_POLICY, "SYYYYSS" },
	{ EVENT_TAG, "YYYYYYS" },
};

/* A CA that is in this status now; EXPIRED is an ACTIVE one, too late. */
static void
put_into(struct ca *ca, enum ca_status status)
{
	static unsigned char byte = '-';

	memset(ca, 0, sizeof(*ca));
	(void)strcpy(ca->arn, "arn:aws:acm-pca:r:000000000000:ca");
	ca->status = status == CA_EXPIRED ? CA_ACTIVE : status;
	ca->certificate.p = &byte;
	ca->certificate.len = status == CA_PENDING_CERTIFICATE ||
		status == CA_CREATING || status == CA_FAILED
	    ? 0
	    : 1;
	ca->not_after = status == CA_EXPIRED ? NOW - 1 : NOW;
}

Test(status, every_event_in_every_state_is_as_the_api_says)
{
	cr_assert_eq(COUNT(table), CA_EVENTS);
	for (size_t i = 0; i < COUNT(table); i++)
		for (int status = 0; status < CA_STATUSES; status++) {
			struct fault f = { 0 };
			struct ca ca;
			bool allowed;
			char answer;

			put_into(&ca, (enum ca_status)status);
			allowed = status_allows(&ca, table[i].event, NOW, &f);
			answer = allowed			  ? 'Y'
			    : f.kind == FAULT_INVALID_STATE	  ? 'S'
			    : f.kind == FAULT_REQUEST_IN_PROGRESS ? 'P'
								  : '?';
			cr_expect_eq(answer, table[i].in[status],
			    "event %zu in %s: %c", i,
			    ca_status_name((enum ca_status)status), answer);
			cr_expect(allowed || strstr(f.found, ca.arn) != NULL);
		}
}

Test(status, expired_is_computed_and_deleted_wins)
{
	struct ca ca;

	put_into(&ca, CA_ACTIVE);
	cr_expect_eq(ca_status_at(&ca, NOW), CA_ACTIVE);
	cr_expect_eq(ca_status_at(&ca, NOW + 1), CA_EXPIRED);
	put_into(&ca, CA_DISABLED);
	cr_expect_eq(ca_status_at(&ca, NOW + 1), CA_EXPIRED);
	put_into(&ca, CA_DELETED);
	cr_expect_eq(ca_status_at(&ca, NOW + 1), CA_DELETED);
	put_into(&ca, CA_PENDING_CERTIFICATE);
	cr_expect_eq(ca_status_at(&ca, NOW + 1), CA_PENDING_CERTIFICATE);
}

static const struct {
	enum ca_status stored;
	bool expired;
	enum ca_event event;
	enum ca_status after;
} steps[] = {
	{ CA_PENDING_CERTIFICATE, false, EVENT_IMPORT, CA_ACTIVE },
	{ CA_ACTIVE, false, EVENT_IMPORT, CA_ACTIVE },
	{ CA_DISABLED, false, EVENT_IMPORT, CA_DISABLED },
	{ CA_ACTIVE, true, EVENT_IMPORT, CA_ACTIVE },
	{ CA_DISABLED, true, EVENT_IMPORT, CA_DISABLED },
	{ CA_DISABLED, false, EVENT_ENABLE, CA_ACTIVE },
	{ CA_ACTIVE, false, EVENT_DISABLE, CA_DISABLED },
	{ CA_DISABLED, false, EVENT_DELETE, CA_DELETED },
};

Test(status, an_event_leads_where_the_api_says)
{
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct ca ca;

		put_into(&ca, steps[i].stored);
		if (steps[i].expired)
			ca.not_after = NOW - 1;
		cr_expect_eq(status_after(&ca, steps[i].event, NOW),
		    steps[i].after, "step %zu", i);
	}
}

Test(status, restore_leads_back_to_where_it_was)
{
	static const enum ca_status befores[] = { CA_PENDING_CERTIFICATE,
		CA_DISABLED, CA_ACTIVE };

	for (size_t i = 0; i < COUNT(befores); i++) {
		struct ca ca;

		put_into(&ca, CA_DELETED);
		ca.before_delete = befores[i];
		cr_expect_eq(status_after(&ca, EVENT_RESTORE, NOW), befores[i]);
	}
}

/* Clients compare what is said with these, up to where it stops. */
static const struct {
	enum ca_event event;
	enum ca_status status;
	const char *sentence;
} sentences[] = {
	{ EVENT_GET_CSR, CA_DELETED,
	    "The certificate authority arn:aws:acm-pca:r:000000000000:ca is "
	    "not in the correct state to have a certificate signing request." },
	{ EVENT_GET_ISSUED, CA_DELETED,
	    "The certificate authority arn:aws:acm-pca:r:000000000000:ca is "
	    "not in the correct state to have issued certificates." },
	{ EVENT_ENABLE, CA_DELETED,
	    "The certificate authority must be in the ACTIVE or DISABLED state "
	    "to be updated" },
	{ EVENT_DISABLE, CA_PENDING_CERTIFICATE,
	    "The certificate authority must be in the ACTIVE or DISABLED state "
	    "to be updated" },
	{ EVENT_DELETE, CA_ACTIVE,
	    "The certificate authority is not in a valid state for "
	    "deletion." },
	{ EVENT_PERMISSION, CA_DELETED,
	    "The certificate authority is in the DELETED state" },
	{ EVENT_LIST_PERMISSIONS, CA_DELETED,
	    "The certificate authority is in the DELETED state" },
	{ EVENT_TAG, CA_DELETED,
	    "The certificate authority is in the DELETED state" },
};

Test(status, a_refusal_starts_with_the_sentence_of_the_api)
{
	for (size_t i = 0; i < COUNT(sentences); i++) {
		const char *sentence = sentences[i].sentence;
		struct fault f = { 0 };
		struct ca ca;

		put_into(&ca, sentences[i].status);
		cr_expect_not(status_allows(&ca, sentences[i].event, NOW, &f));
		cr_expect_eq(strncmp(f.found, sentence, strlen(sentence)), 0,
		    "%s", f.found);
	}
}
