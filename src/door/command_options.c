/* command_options.c - the options of each command. */
#include "commands.h"

#define CHOICE_TYPE .kind = VALUE_CHOICE, .value = "ROOT|SUBORDINATE"
#define CHOICE_KEY                                                             \
	VALUE_KNOWN,                                                           \
	    "RSA_2048|RSA_3072|RSA_4096|EC_prime256v1|"                        \
	    "EC_secp384r1|EC_secp521r1|ED25519"
#define CHOICE_SIGN                                                            \
	VALUE_KNOWN,                                                           \
	    "SHA256WITHRSA|SHA384WITHRSA|SHA512WITHRSA|"                       \
	    "SHA256WITHRSA_PSS|SHA384WITHRSA_PSS|SHA512WITHRSA_PSS|"           \
	    "SHA256WITHECDSA|SHA384WITHECDSA|SHA512WITHECDSA|"                 \
	    "ED25519"

#define CHOICE_MODE VALUE_CHOICE, "GENERAL_PURPOSE|SHORT_LIVED_CERTIFICATE"
#define CHOICE_STORAGE                                                         \
	VALUE_CHOICE,                                                          \
	    "FIPS_140_2_LEVEL_3_OR_HIGHER|FIPS_140_2_LEVEL_2_OR_HIGHER|"       \
	    "CCPC_LEVEL_1_OR_HIGHER"
#define CHOICE_REASON                                                          \
	VALUE_CHOICE,                                                          \
	    "UNSPECIFIED|KEY_COMPROMISE|"                                      \
	    "CERTIFICATE_AUTHORITY_COMPROMISE|AFFILIATION_CHANGED|"            \
	    "SUPERSEDED|CESSATION_OF_OPERATION|PRIVILEGE_WITHDRAWN|"           \
	    "A_A_COMPROMISE"
#define CHOICE_ACTION                                                          \
	VALUE_CHOICE, "IssueCertificate|GetCertificate|ListPermissions"

/* clang-format off */
#define MODULE_OPTIONS \
	{ .name = "--init-args", .kind = VALUE_WORD, .value = "TEXT", \
	  .text = "words that the module wants when it starts (NSS)" }, \
	{ .name = "--isolate", .text = "the module in a process of its own" },

const struct option init_options[] = {
	{ .name = "--region", .kind = VALUE_WORD, .value = "REGION",
	  .text = "region in the ARNs (default us-east-1)" },
	{ .name = "--account", .kind = VALUE_WORD, .value = "ACCOUNT",
	  .text = "account in the ARNs, 12 digits (default 000000000000)" },
	{ .name = "--softhsm", .text = "make a trial token of SoftHSM in the home",
	  .against = "--module --token --pin" },
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "the PKCS#11 module: a path, or a name p11-kit knows" },
	{ .name = "--token", .kind = VALUE_URI, .value = "URI",
	  .text = "the default token" },
	{ .name = "--pin", .kind = VALUE_WORD, .value = "SOURCE",
	  .text = "its PIN: prompt, pad, file:PATH, fd:N, credential:NAME" },
	{ .name = NULL },
};

const struct option token_list_options[] = {
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "look through this module; no home is needed" },
	MODULE_OPTIONS
	{ .name = NULL },
};

const struct option token_probe_options[] = {
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "look through this module; no home is needed" },
	MODULE_OPTIONS
	{ .name = "--pin", .kind = VALUE_WORD, .value = "SOURCE",
	  .text = "the PIN: prompt, pad, file:PATH, fd:N, credential:NAME" },
	{ .name = "--permanent",
	  .text = "try with keys on the token, and destroy each" },
	{ .name = NULL },
};

const struct option token_show_options[] = {
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "look through this module; no home is needed" },
	MODULE_OPTIONS
	{ .name = "--pin", .kind = VALUE_WORD, .value = "SOURCE",
	  .text = "the PIN: prompt, pad, file:PATH, fd:N, credential:NAME",
	  .against = "--public" },
	{ .name = "--public", .text = "do not log in; keys stay out of sight" },
	{ .name = NULL },
};

const struct option create_options[] = {
	{ .name = "--type", CHOICE_TYPE, .need = NEED_IT,
	  .text = "what it will be" },
	{ .name = "--subject", .kind = VALUE_WORD, .value = "NAME",
	  .text = "such as \"CN=Issuing CA 1,O=Example,C=DE\"",
	  .need = NEED_ONE_OF },
	{ .name = "--configuration", .kind = VALUE_FILE, .value = "FILE",
	  .text = "all of it as CertificateAuthorityConfiguration (JSON)",
	  .need = NEED_ONE_OF,
	  .against = "--key-algorithm --signing-algorithm --key-usage "
		     "--subject-information-access" },
	{ .name = "--key-algorithm", CHOICE_KEY,
	  .text = "the kind of its key" },
	{ .name = "--signing-algorithm", CHOICE_SIGN,
	  .text = "how it signs (default: what is usual with the key)" },
	{ .name = "--name", .kind = VALUE_WORD, .value = "WORD",
	  .text = "what it is called here" },
	{ .name = "--token", .kind = VALUE_URI, .value = "URI",
	  .text = "where its key will be, instead of the default token" },
	{ .name = "--key", .kind = VALUE_URI, .value = "URI",
	  .text = "adopt this key, which is in the token already" },
	{ .name = "--copies-may-exist", .with = "--key",
	  .text = "your word that it was made elsewhere; shown for ever" },
	{ .name = "--revocation-configuration", .kind = VALUE_FILE,
	  .value = "FILE", .text = "RevocationConfiguration (JSON)" },
	{ .name = "--usage-mode", CHOICE_MODE,
	  .text = "how long its certificates may live" },
	{ .name = "--key-storage-security-standard", CHOICE_STORAGE,
	  .text = "recorded and shown, as the API does" },
	{ .name = "--tag", .kind = VALUE_WORD, .value = "KEY=VALUE",
	  .repeats = true, .text = "a tag of the CA" },
	{ .name = "--idempotency-token", .kind = VALUE_WORD, .value = "TOKEN",
	  .text = "the same within 5 minutes gives the same CA" },
	{ .name = "--key-usage", .kind = VALUE_WORD, .value = "LIST",
	  .text = "in the CSR, such as KeyCertSign,CRLSign" },
	{ .name = "--subject-information-access", .kind = VALUE_WORD,
	  .value = "ACCESS", .repeats = true,
	  .text = "CA_REPOSITORY=URI:http://..." },
	{ .name = NULL },
};

const struct option check_options[] = {
	{ .name = "--certificate", .kind = VALUE_FILE, .value = "FILE",
	  .text = "the signed certificate, PEM; - is standard input",
	  .need = NEED_IT },
	{ .name = "--chain", .kind = VALUE_FILE, .value = "FILE",
	  .text = "the signing CA first, the root last, PEM" },
	{ .name = "--ca", .kind = VALUE_CA, .value = "CA", .need = NEED_ONE_OF,
	  .text = "check it as this CA's; its token is asked" },
	{ .name = "--csr", .kind = VALUE_FILE, .value = "FILE",
	  .need = NEED_ONE_OF, .text = "check it against a CSR; no home is needed" },
	{ .name = "--public-key", .kind = VALUE_FILE, .value = "FILE",
	  .need = NEED_ONE_OF, .text = "check it against a public key, PEM" },
	{ .name = "--type", CHOICE_TYPE,
	  .text = "as what (default SUBORDINATE, or what the CA is)" },
	{ .name = "--at", .kind = VALUE_TIME, .value = "TIME",
	  .text = "as of then: 2026-01-15T12:00:00Z" },
	{ .name = NULL },
};

const struct option import_options[] = {
	{ .name = "--certificate", .kind = VALUE_FILE, .value = "FILE",
	  .text = "the signed certificate, PEM; - is standard input",
	  .need = NEED_IT },
	{ .name = "--chain", .kind = VALUE_FILE, .value = "FILE",
	  .text = "the signing CA first, the root last, PEM" },
	{ .name = "--store-certificate",
	  .text = "put the certificate beside the key in the token too" },
	{ .name = NULL },
};

const struct option activate_options[] = {
	{ .name = "--parent", .kind = VALUE_CA, .value = "CA",
	  .text = "the CA hosted here that signs; a root signs itself" },
	{ .name = "--template", .kind = VALUE_TEMPLATE, .value = "NAME",
	  .text = "instead of the usual one; see p11ca help templates" },
	{ .name = "--days", .kind = VALUE_NUMBER, .value = "N",
	  .text = "valid for so many days from now",
	  .against = "--months --years --until --end-date" },
	{ .name = "--months", .kind = VALUE_NUMBER, .value = "N",
	  .text = "valid for so many months",
	  .against = "--years --until --end-date" },
	{ .name = "--years", .kind = VALUE_NUMBER, .value = "N",
	  .text = "for so many years (default: root 10, subordinate 5)",
	  .against = "--until --end-date" },
	{ .name = "--until", .kind = VALUE_TIME, .value = "TIME",
	  .text = "valid until then: 2036-01-15T12:00:00Z",
	  .against = "--end-date" },
	{ .name = "--end-date", .kind = VALUE_DIGITS, .value = "DIGITS",
	  .text = "the same as YYMMDDHHMMSS or YYYYMMDDHHMMSS, UTC" },
	{ .name = NULL },
};

const struct option issue_options[] = {
	{ .name = "--csr", .kind = VALUE_FILE, .value = "FILE",
	  .need = NEED_ONE_OF,
	  .text = "the CSR, PEM; - is standard input" },
	{ .name = "--batch", .kind = VALUE_FILE, .value = "PATH",
	  .need = NEED_ONE_OF,
	  .against = "--fullchain --idempotency-token",
	  .text = "many: a folder of CSR files, or a file of CSRs, or -" },
	{ .name = "--out", .kind = VALUE_DIR, .value = "DIR",
	  .with = "--batch",
	  .text = "where each of a batch becomes NAME.pem" },
	{ .name = "--template", .kind = VALUE_TEMPLATE, .value = "NAME",
	  .text = "or its ARN (default EndEntityCertificate)" },
	{ .name = "--days", .kind = VALUE_NUMBER, .value = "N",
	  .need = NEED_ONE_OF_TOO, .text = "valid for so many days from now" },
	{ .name = "--months", .kind = VALUE_NUMBER, .value = "N",
	  .need = NEED_ONE_OF_TOO, .text = "valid for so many months" },
	{ .name = "--years", .kind = VALUE_NUMBER, .value = "N",
	  .need = NEED_ONE_OF_TOO, .text = "valid for so many years" },
	{ .name = "--until", .kind = VALUE_TIME, .value = "TIME",
	  .need = NEED_ONE_OF_TOO,
	  .text = "valid until then: 2027-01-15T12:00:00Z" },
	{ .name = "--end-date", .kind = VALUE_DIGITS, .value = "DIGITS",
	  .need = NEED_ONE_OF_TOO,
	  .text = "the same as YYMMDDHHMMSS or YYYYMMDDHHMMSS, UTC" },
	{ .name = "--not-before", .kind = VALUE_TIME, .value = "TIME",
	  .text = "valid from then on (default: an hour ago)" },
	{ .name = "--signing-algorithm", CHOICE_SIGN,
	  .text = "how it is signed (default: as the CA signs)" },
	{ .name = "--api-passthrough", .kind = VALUE_FILE, .value = "FILE",
	  .text = "ApiPassthrough (JSON), for templates that take it" },
	{ .name = "--idempotency-token", .kind = VALUE_WORD, .value = "TOKEN",
	  .text = "the same within 5 minutes gives the same certificate" },
	{ .name = "--fullchain", .text = "print its chain after it" },
	{ .name = "--settle", .need = NEED_NO_OTHER,
	  .text = "issue what a crash kept from being signed, nothing new" },
	{ .name = NULL },
};

const struct option certs_options[] = {
	{ .name = "--revoked", .text = "only those that are revoked" },
	{ .name = "--template", .kind = VALUE_TEMPLATE, .value = "NAME",
	  .text = "only those of this template" },
	{ .name = NULL },
};

const struct option cert_show_options[] = {
	{ .name = "--pem", .text = "the certificate alone",
	  .against = "--chain" },
	{ .name = "--chain", .text = "its chain alone, the CA first" },
	{ .name = NULL },
};

const struct option revoke_options[] = {
	{ .name = "--reason", CHOICE_REASON, .need = NEED_IT,
	  .text = "why" },
	{ .name = NULL },
};

const struct option crl_options[] = {
	{ .name = "--der", .text = "in DER, not PEM", .against = "--json" },
	{ .name = "--partition", .kind = VALUE_NUMBER, .value = "N",
	  .text = "that of one partition, from 1 on (default: the whole)" },
	{ .name = "--due", .text = "make those of all CAs that are due",
	  .against = "--der --partition" },
	{ .name = NULL },
};

const struct option revocation_options[] = {
	{ .name = "--configuration", .kind = VALUE_FILE, .value = "FILE",
	  .need = NEED_IT, .text = "RevocationConfiguration (JSON)" },
	{ .name = NULL },
};

const struct option ocsp_options[] = {
	{ .name = "--request", .kind = VALUE_FILE, .value = "FILE",
	  .need = NEED_IT, .text = "the request, DER; - is standard input" },
	{ .name = "--responder-certificate", .kind = VALUE_FILE,
	  .value = "FILE", .with = "--responder-key",
	  .text = "of a delegated responder, PEM" },
	{ .name = "--responder-key", .kind = VALUE_URI, .value = "URI",
	  .with = "--responder-certificate",
	  .text = "its key in the token" },
	{ .name = NULL },
};

const struct option policy_put_options[] = {
	{ .name = "--policy", .kind = VALUE_FILE, .value = "FILE",
	  .need = NEED_IT, .text = "the policy (JSON); - is standard input" },
	{ .name = NULL },
};

const struct option permission_create_options[] = {
	{ .name = "--principal", .kind = VALUE_WORD, .value = "PRINCIPAL",
	  .need = NEED_IT, .text = "whom, such as acm.amazonaws.com" },
	{ .name = "--action", CHOICE_ACTION, .need = NEED_IT, .repeats = true,
	  .text = "what it may ask" },
	{ .name = "--source-account", .kind = VALUE_WORD, .value = "ACCOUNT",
	  .text = "for whose requests (default: one's own)" },
	{ .name = NULL },
};

const struct option permission_delete_options[] = {
	{ .name = "--principal", .kind = VALUE_WORD, .value = "PRINCIPAL",
	  .need = NEED_IT, .text = "whose" },
	{ .name = "--source-account", .kind = VALUE_WORD, .value = "ACCOUNT",
	  .text = "for whose requests (default: one's own)" },
	{ .name = NULL },
};

const struct option audit_report_create_options[] = {
	{ .name = "--bucket", .kind = VALUE_WORD, .value = "NAME",
	  .need = NEED_IT, .text = "where it is put" },
	{ .name = "--format", .kind = VALUE_CHOICE, .value = "JSON|CSV",
	  .need = NEED_IT, .text = "in which form" },
	{ .name = NULL },
};

const struct option list_options[] = {
	{ .name = "--names", .text = "only what the CAs are called, one a line" },
	{ .name = NULL },
};

const struct option show_options[] = {
	{ .name = "--certificate", .text = "its certificate, as stored",
	  .against = "--chain --csr --history" },
	{ .name = "--chain", .text = "its chain, as stored",
	  .against = "--csr --history" },
	{ .name = "--csr", .text = "its CSR", .against = "--history" },
	{ .name = "--history", .text = "every certificate it has had" },
	{ .name = NULL },
};

const struct option delete_options[] = {
	{ .name = "--days", .kind = VALUE_NUMBER, .value = "N",
	  .text = "days in which it can be restored, 7 to 30 (default 30)" },
	{ .name = "--key-stays",
	  .text = "of a token that is gone for good: its record only",
	  .against = "--days --due" },
	{ .name = "--yes", .text = "do not ask for the name to be typed" },
	{ .name = "--due", .text = "destroy what can no longer be restored",
	  .against = "--days --yes" },
	{ .name = NULL },
};

const struct option audit_show_options[] = {
	{ .name = "--from", .kind = VALUE_NUMBER, .value = "N",
	  .text = "from this entry on (default 1)" },
	{ .name = NULL },
};

const struct option audit_verify_options[] = {
	{ .name = "--log", .kind = VALUE_FILE, .value = "FILE",
	  .text = "an exported log; no home is needed" },
	{ .name = NULL },
};

const struct option help_options[] = {
	{ .name = "--table", .text = "every option, for completions",
	  .against = "--rules" },
	{ .name = "--rules", .text = "the manual page p11ca-rules(7), mdoc" },
	{ .name = NULL },
};
/* clang-format on */
