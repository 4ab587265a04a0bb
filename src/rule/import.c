/* import.c - may this certificate be installed?  Every rule, in order. */
#include "p11ca/rule_import.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define MALFORMED FAULT_MALFORMED_CERTIFICATE
#define MISMATCH FAULT_CERTIFICATE_MISMATCH
#define INVALID FAULT_INVALID_REQUEST

#define RULE(id, applies, scope, check, kind, want, todo)                      \
	{                                                                      \
#id, #check, applies, scope, check, kind, want, todo           \
	}

/* clang-format off */
const struct import_rule import_rules[] = {
	/* Request */
	RULE(I08, FOR_ANY, ABOUT_ALL, certificate_is_not_empty, FAULT_VALIDATION,
	    "a Certificate of 1 byte or more",
	    "give the file that holds the signed certificate"),
	RULE(I09, FOR_ANY, ABOUT_ALL, certificate_is_within_its_size, FAULT_VALIDATION,
	    "a Certificate of 32768 bytes at most",
	    "send the one certificate alone, without explanatory text"),
	RULE(I10, FOR_ANY, ABOUT_ALL, chain_is_within_its_size, FAULT_VALIDATION,
	    "a CertificateChain of 2097152 bytes at most",
	    "send only the certificates from the signing CA up to the root"),
	RULE(R01, FOR_ANY, ABOUT_ALL, arn_names_a_ca_of_this_service, FAULT_INVALID_ARN,
	    "the ARN of a CA of this service, partition and region",
	    "take the ARN from p11ca list"),
	RULE(R02, FOR_ANY, ABOUT_ALL, ca_belongs_to_this_account, FAULT_ACCESS_DENIED,
	    "a CA of one's own account, or a grant for it",
	    "take the ARN from p11ca list"),
	RULE(R03, FOR_ANY, ABOUT_ALL, ca_exists, FAULT_RESOURCE_NOT_FOUND,
	    "a CA that is hosted here",
	    "take its name or ARN from p11ca list"),
	RULE(R04, FOR_ANY, ABOUT_ALL, same_import_is_not_running, FAULT_REQUEST_IN_PROGRESS,
	    "no import of the same bytes under way",
	    "wait for the other import; then look at p11ca show"),
	RULE(R05, FOR_ANY, ABOUT_ALL, no_other_change_is_running, FAULT_CONCURRENT_MODIFICATION,
	    "no other change of this CA under way",
	    "try again when the other change is done"),
	RULE(R06, FOR_ANY, ABOUT_ALL, ca_can_take_a_certificate, FAULT_INVALID_STATE,
	    "a CA in PENDING_CERTIFICATE, ACTIVE, DISABLED or EXPIRED",
	    "restore the CA within its restoration period, or create another"),

	/* Parse */
	RULE(P01, FOR_ANY, ABOUT_ALL, there_is_a_certificate_block, MALFORMED,
	    "PEM with a block labelled CERTIFICATE",
	    "give the signed certificate and its chain; DER becomes PEM with openssl x509 -inform DER -in FILE -out FILE.pem, PKCS#7 with openssl pkcs7 -print_certs"),
	RULE(P02, FOR_ANY, ABOUT_ALL, certificate_is_one_block, MALFORMED,
	    "one block: the CA's own certificate",
	    "put the other certificates into the chain"),
	RULE(P03, FOR_ANY, ABOUT_ALL, blocks_are_certificates, MALFORMED,
	    "blocks labelled CERTIFICATE and no others",
	    "remove the other block; a private key must not leave its owner"),
	RULE(P04, FOR_ANY, ABOUT_ALL, blocks_are_well_formed, MALFORMED,
	    "PEM as in RFC 7468: whole base64 between matching lines",
	    "fetch the file again; it was cut or changed on its way"),
	RULE(P06, FOR_ANY, ABOUT_EACH, certificate_is_sound_der, MALFORMED,
	    "an X.509 version 3 certificate in DER (RFC 5280, 4.1)",
	    "have the signing CA issue it again with a sound profile"),

	/* Key: live, from the token */
	RULE(T01, FOR_ANY, ABOUT_ALL, token_proves_the_key, FAULT_TOKEN,
	    "the CA's key in the token, safe there and able to sign its CSR",
	    "see to the token (p11ca doctor says what is wrong), then try again"),
	RULE(K01, FOR_ANY, ABOUT_CERTIFICATE, key_is_the_one_in_the_token, MISMATCH,
	    "the public key of the CA's own key in the token",
	    "have the CSR of this CA (p11ca csr) signed, unchanged"),
	RULE(K02, FOR_ANY, ABOUT_CERTIFICATE, subject_is_that_of_the_csr, MISMATCH,
	    "the subject of the CA's CSR",
	    "ask the signing CA to keep the subject of the request"),

	/* Kind */
	RULE(S01, FOR_ROOT, ABOUT_CERTIFICATE, root_is_self_signed, INVALID,
	    "a certificate that the root CA signed itself",
	    "import it into a SUBORDINATE CA, or have the root sign itself"),
	RULE(S02, FOR_ROOT, ABOUT_ALL, root_has_no_chain, INVALID,
	    "no CertificateChain, for a root has nothing above it",
	    "leave the chain out"),
	RULE(S03, FOR_ROOT, ABOUT_ALL, root_chain_is_blank, MALFORMED,
	    "no CertificateChain, for a root has nothing above it",
	    "leave the chain out"),
	RULE(S04, FOR_SUBORDINATE, ABOUT_CERTIFICATE, subordinate_is_not_self_signed, INVALID,
	    "a certificate that another CA signed",
	    "have the CSR signed by the parent CA, not by its own key"),
	RULE(S05, FOR_SUBORDINATE, ABOUT_ALL, subordinate_has_a_chain, MALFORMED,
	    "the chain from the signing CA up to its root",
	    "give it with --chain: the signing CA first, the root last"),

	/* Fields and extensions */
	RULE(E01, FOR_ANY, ABOUT_EACH, no_refused_extension_is_critical, MALFORMED,
	    "authorityInfoAccess, cRLDistributionPoints, freshestCRL and policyConstraints not critical",
	    "have it issued with that extension not critical"),
	RULE(E02, FOR_ANY, ABOUT_EACH, critical_extensions_are_allowed, MALFORMED,
	    "no critical extension beyond the allowed ones (p11ca-rules(7))",
	    "have it issued with that extension not critical, or without it"),
	RULE(E03, FOR_ANY, ABOUT_EACH, extensions_decode, MALFORMED,
	    "extension values as RFC 5280, 4.2 defines them",
	    "have it issued again with a sound value"),
	RULE(E04, FOR_ANY, ABOUT_EACH, basic_constraints_are_there, MALFORMED,
	    "basicConstraints, critical, with CA:TRUE",
	    "ask the signing CA to use a CA profile"),
	RULE(E05, FOR_ANY, ABOUT_EACH, basic_constraints_are_critical, MALFORMED,
	    "basicConstraints marked critical (RFC 5280, 4.2.1.9)",
	    "ask the signing CA to mark basicConstraints critical"),
	RULE(E06, FOR_ANY, ABOUT_EACH, is_a_ca_certificate, MALFORMED,
	    "basicConstraints with CA:TRUE",
	    "ask the signing CA to use a CA profile"),
	RULE(E07, FOR_ANY, ABOUT_EACH, key_may_sign_certificates, MALFORMED,
	    "keyUsage with keyCertSign and cRLSign",
	    "ask the signing CA to use a CA profile"),
	RULE(E08, FOR_ANY, ABOUT_EACH, path_length_makes_sense, MALFORMED,
	    "a pathLenConstraint of 0 or more, and only with CA:TRUE",
	    "have it issued again with a sound pathLenConstraint"),
	RULE(E09, FOR_ANY, ABOUT_EACH, has_not_expired, MALFORMED,
	    "certificates that are valid now",
	    "renew what has expired; see to the clock if that is wrong"),
	RULE(E10, FOR_ANY, ABOUT_EACH, is_already_valid, MALFORMED,
	    "certificates that are valid already",
	    "wait until then; see to the clock if that is wrong"),
	RULE(E11, FOR_ANY, ABOUT_EACH, key_and_digest_are_strong, MALFORMED,
	    "RSA of 2048 bits, an EC curve of 256 bits or Ed25519, and SHA-256 or better",
	    "have it issued again with stronger algorithms"),
	RULE(E12, FOR_ANY, ABOUT_EACH, rsa_key_is_within_bounds, MALFORMED,
	    "an RSA modulus of 16384 bits at most, with an odd exponent of 3 to 64 bits",
	    "have that CA make a usual RSA key"),

	/* Chain */
	RULE(C01, FOR_SUBORDINATE, ABOUT_CHAIN, chain_leaves_out_the_certificate, MALFORMED,
	    "a chain that starts with the CA that signed the certificate",
	    "remove the imported certificate from the chain"),
	RULE(C02, FOR_SUBORDINATE, ABOUT_CHAIN_WHOLE, chain_holds_nothing_twice, MALFORMED,
	    "each certificate once",
	    "remove the second copy"),
	RULE(C03, FOR_SUBORDINATE, ABOUT_CHAIN_WHOLE, chain_is_in_order, MALFORMED,
	    "the signing CA first, each signed by the next, the root last",
	    "put the same certificates into the order that works"),
	RULE(C04, FOR_SUBORDINATE, ABOUT_CERTIFICATE, issuer_is_in_the_chain, MISMATCH,
	    "a chain that starts with the CA that signed the certificate",
	    "ask for the chain of the CA that really signed it"),
	RULE(C05, FOR_SUBORDINATE, ABOUT_CERTIFICATE, issuer_signed_the_certificate, MISMATCH,
	    "a signature by the key of CertificateChain[0]",
	    "take the issuer's certificate of the right generation"),
	RULE(C06, FOR_SUBORDINATE, ABOUT_CHAIN, each_signs_the_one_before, MALFORMED,
	    "each certificate signed by the one that follows it",
	    "leave out what does not belong, add what is missing"),
	RULE(C07, FOR_SUBORDINATE, ABOUT_CHAIN_WHOLE, chain_ends_in_a_root, MALFORMED,
	    "a self-signed root at the end of the chain",
	    "add the certificates up to the root"),
	RULE(C08, FOR_SUBORDINATE, ABOUT_CHAIN, only_the_last_is_a_root, MALFORMED,
	    "one self-signed root, at the end",
	    "remove what follows the first root"),
	RULE(AKI, FOR_ANY, ABOUT_EACH, key_identifiers_agree, MALFORMED,
	    "an authorityKeyIdentifier equal to the issuer's subjectKeyIdentifier",
	    "nothing must be done; some verifiers will look for another issuer"),

	/* The issuer's conditions */
	RULE(X01, FOR_SUBORDINATE, ABOUT_CHAIN_WHOLE, path_length_leaves_room, MISMATCH,
	    "a pathLenConstraint that leaves room for this CA",
	    "have the CSR signed by a CA that may sign CAs"),
	RULE(X02, FOR_SUBORDINATE, ABOUT_CHAIN_WHOLE, names_are_permitted, MISMATCH,
	    "names inside the name constraints of every CA above",
	    "choose a subject that the parent CA may sign, or another parent"),
	RULE(X03, FOR_SUBORDINATE, ABOUT_CERTIFICATE, validity_is_nested, MISMATCH,
	    "a certificate that ends no later than its issuer's",
	    "have it issued for a shorter time"),
};
/* clang-format on */

const size_t import_rules_count = COUNT(import_rules);
_Static_assert(COUNT(import_rules) <= IMPORT_RULES_MAX,
    "a report has room for every rule");

bool
import_signed_by_next(const struct import *in, size_t at)
{
	struct import_cert *one = &in->cert[at];

	if (one->by_next == SIGNED_UNKNOWN)
		one->by_next = cert_signed_by(one->cert, one[1].cert)
		    ? SIGNED_YES
		    : SIGNED_NO;
	return one->by_next == SIGNED_YES;
}

bool
import_signed_by_itself(const struct import *in, size_t at)
{
	struct import_cert *one = &in->cert[at];

	if (one->by_itself == SIGNED_UNKNOWN)
		one->by_itself = one->cert->self_issued &&
			cert_signed_by(one->cert, one->cert)
		    ? SIGNED_YES
		    : SIGNED_NO;
	return one->by_itself == SIGNED_YES;
}

bool
import_chain_was_read(const struct import *in)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->cert[i].cert == NULL)
			return false;
	return in->count > 1;
}

/* How much a verdict weighs when one rule has several. */
static int
weight(enum verdict verdict)
{
	static const int weights[] = {
		[VERDICT_NA] = 0,
		[VERDICT_PASS] = 1,
		[VERDICT_WARN] = 2,
		[VERDICT_FAIL] = 3,
	};

	return weights[verdict];
}

static void
name_place(char *out, size_t size, size_t at)
{
	if (at == IMPORT_NOWHERE)
		out[0] = '\0';
	else if (at == 0)
		(void)snprintf(out, size, "Certificate");
	else
		(void)snprintf(out, size, "CertificateChain[%zu]", at - 1);
}

/* Ask the rule about one place and keep the worst it says. */
static void
ask(const struct import *in, size_t at, struct import_finding *finding)
{
	struct fault f = { 0 };
	enum verdict verdict = finding->rule->holds(in, &at, &f);

	if (weight(verdict) > weight(finding->verdict)) {
		finding->verdict = verdict;
		finding->more = 0;
		name_place(finding->where, sizeof(finding->where), at);
		memcpy(finding->found, f.found, sizeof(f.found));
	} else if (verdict == finding->verdict && weight(verdict) > 1) {
		finding->more++;
	}
}

/* The type of a CA that was not found is not known. */
static bool
is_for(enum import_for applies, const struct import *in)
{
	bool known =
	    in->finder == FINDER_FOUND || in->finder == FINDER_NOT_ASKED;

	return applies == FOR_ANY ||
	    (known && (applies == FOR_ROOT) == (in->type == CA_ROOT));
}

/* A rule about a certificate wants its facts; P06 is there for its flaw. */
static bool
can_ask(const struct import *in, const struct import_rule *rule, size_t at)
{
	return in->cert[at].cert != NULL ||
	    (rule->holds == certificate_is_sound_der &&
		in->cert[at].flaw != NULL);
}

static void
judge_one(const struct import *in, struct import_finding *finding)
{
	const struct import_rule *rule = finding->rule;
	size_t first = rule->scope == ABOUT_CHAIN ? 1 : 0;
	size_t end = rule->scope == ABOUT_CERTIFICATE ? 1 : in->count;

	finding->verdict = VERDICT_NA;
	if (!is_for(rule->applies, in))
		return;
	if (rule->scope == ABOUT_ALL ||
	    (rule->scope == ABOUT_CHAIN_WHOLE && import_chain_was_read(in))) {
		ask(in, IMPORT_NOWHERE, finding);
		return;
	}
	if (rule->scope == ABOUT_CHAIN_WHOLE)
		return;
	for (size_t at = first; at < end; at++)
		if (can_ask(in, rule, at))
			ask(in, at, finding);
}

void
import_judge(const struct import *in, struct import_report *report)
{
	assert(in->count >= 1);
	memset(report, 0, sizeof(*report));
	report->count = import_rules_count;
	for (size_t i = 0; i < import_rules_count; i++) {
		report->finding[i].rule = &import_rules[i];
		judge_one(in, &report->finding[i]);
	}
}

bool
import_answer(const struct import_report *report, struct fault *f)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct import_finding *one = &report->finding[i];

		if (one->verdict != VERDICT_FAIL)
			continue;
		fault_found(f, "%s%s%s", one->where,
		    one->where[0] != '\0' ? ": " : "", one->found);
		f->rule = one->rule->id;
		return fault_raise(f, one->rule->kind, one->rule->want,
		    one->rule->todo);
	}
	return true;
}
