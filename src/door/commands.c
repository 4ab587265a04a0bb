/* commands.c - everything p11ca can be asked, with its options. */
#include "internal.h"

/* A row: what it is called, where its help is, what words it takes. */
#define NAME(text) .name = (text), .see = "see \"p11ca help " text "\""
#define NO_WORDS .kind = VALUE_NONE, .word = ""
#define ONE_CA .kind = VALUE_CA, .word = "CA", .min = 1, .max = 1
#define MAYBE(what, text) .kind = (what), .word = (text), .max = 1

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

/* clang-format off */
static const struct option everywhere[] = {
	{ .name = "--home", .kind = VALUE_DIR, .value = "DIR",
	  .text = "the home, instead of $P11CA_HOME or the usual place" },
	{ .name = "--json", .text = "results and errors as JSON" },
	{ .name = "-q", .text = "say nothing but results and errors",
	  .against = "-v" },
	{ .name = "-v", .text = "also say which home is used and what each rule said" },
	{ .name = "--version", .text = "print the version" },
	{ .name = "--help", .text = "print the help of a command" },
	{ .name = "-h", .text = "the same as --help", .against = "--help" },
	{ .name = NULL },
};

static const struct option init_options[] = {
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

static const struct option token_list_options[] = {
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "look through this module; no home is needed" },
	{ .name = NULL },
};

static const struct option token_options[] = {
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "look through this module; no home is needed" },
	{ .name = "--pin", .kind = VALUE_WORD, .value = "SOURCE",
	  .text = "the PIN: prompt, pad, file:PATH, fd:N, credential:NAME" },
	{ .name = NULL },
};

static const struct option token_show_options[] = {
	{ .name = "--module", .kind = VALUE_FILE, .value = "MODULE",
	  .text = "look through this module; no home is needed" },
	{ .name = "--pin", .kind = VALUE_WORD, .value = "SOURCE",
	  .text = "the PIN: prompt, pad, file:PATH, fd:N, credential:NAME",
	  .against = "--public" },
	{ .name = "--public", .text = "do not log in; keys stay out of sight" },
	{ .name = NULL },
};

static const struct option create_options[] = {
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
	{ .name = "--key-usage", .kind = VALUE_WORD, .value = "LIST",
	  .text = "in the CSR, such as KeyCertSign,CRLSign" },
	{ .name = "--subject-information-access", .kind = VALUE_WORD,
	  .value = "ACCESS", .repeats = true,
	  .text = "CA_REPOSITORY=URI:http://..." },
	{ .name = NULL },
};

static const struct option check_options[] = {
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

static const struct option import_options[] = {
	{ .name = "--certificate", .kind = VALUE_FILE, .value = "FILE",
	  .text = "the signed certificate, PEM; - is standard input",
	  .need = NEED_IT },
	{ .name = "--chain", .kind = VALUE_FILE, .value = "FILE",
	  .text = "the signing CA first, the root last, PEM" },
	{ .name = "--store-certificate",
	  .text = "put the certificate beside the key in the token too" },
	{ .name = NULL },
};

static const struct option list_options[] = {
	{ .name = "--names", .text = "only what the CAs are called, one a line" },
	{ .name = NULL },
};

static const struct option show_options[] = {
	{ .name = "--certificate", .text = "its certificate, as stored",
	  .against = "--chain --csr --history" },
	{ .name = "--chain", .text = "its chain, as stored",
	  .against = "--csr --history" },
	{ .name = "--csr", .text = "its CSR", .against = "--history" },
	{ .name = "--history", .text = "every certificate it has had" },
	{ .name = NULL },
};

static const struct option delete_options[] = {
	{ .name = "--days", .kind = VALUE_NUMBER, .value = "N",
	  .text = "days in which it can be restored, 7 to 30 (default 30)" },
	{ .name = "--yes", .text = "do not ask for the name to be typed" },
	{ .name = "--due", .text = "destroy what can no longer be restored",
	  .against = "--days --yes" },
	{ .name = NULL },
};

static const struct option audit_show_options[] = {
	{ .name = "--from", .kind = VALUE_NUMBER, .value = "N",
	  .text = "from this entry on (default 1)" },
	{ .name = NULL },
};

static const struct option audit_verify_options[] = {
	{ .name = "--log", .kind = VALUE_FILE, .value = "FILE",
	  .text = "an exported log; no home is needed" },
	{ .name = NULL },
};

static const struct option help_options[] = {
	{ .name = "--table", .text = "every option, for completions",
	  .against = "--rules" },
	{ .name = "--rules", .text = "the manual page p11ca-rules(7), mdoc" },
	{ .name = NULL },
};

static const struct command commands[] = {
	{ NAME("init"), NO_WORDS, .run = run_init, .options = init_options,
	  .summary = "make a home",
	  .more = "Makes the folder with settings (p11ca.yaml), database and "
		  "an empty audit log. --softhsm also makes a token to try "
		  "p11ca with, which then is the default token; its random "
		  "PIN lies in a file that only you can read.",
	  .example = "p11ca --home ./pki init --softhsm" },
	{ NAME("config"), NO_WORDS, .run = run_config,
	  .summary = "print the settings and where each comes from",
	  .example = "p11ca config" },
	{ NAME("token list"), NO_WORDS, .run = run_token_list,
	  .options = token_list_options,
	  .summary = "the tokens in sight",
	  .example = "p11ca token list" },
	{ NAME("token show"), MAYBE(VALUE_URI, "[URI]"), .run = run_token_show,
	  .options = token_show_options,
	  .summary = "mechanisms, flags and keys of a token",
	  .more = "Without a URI it is the default token of the settings.",
	  .example = "p11ca token show pkcs11:token=issuing" },
	{ NAME("token probe"), MAYBE(VALUE_URI, "[URI]"),
	  .run = run_token_probe, .options = token_options,
	  .summary = "try which CA algorithms a token can carry",
	  .more = "Makes a session key of each kind, signs, verifies, and "
		  "destroys it. Nothing stays in the token. Without a URI it "
		  "is the default token of the settings.",
	  .example = "p11ca token probe pkcs11:token=issuing" },
	{ NAME("create"), NO_WORDS, .run = run_create,
	  .options = create_options,
	  .summary = "make a CA: its key in the token, and its CSR",
	  .more = "Prints the ARN. --subject with --key-algorithm, or "
		  "--configuration, says what it is.",
	  .example = "p11ca create --type SUBORDINATE --name issuing "
		     "--key-algorithm EC_prime256v1 "
		     "--subject \"CN=Issuing CA 1,O=Example,C=DE\"" },
	{ NAME("csr"), ONE_CA, .run = run_csr,
	  .summary = "print the CSR of a CA, the same bytes at every call",
	  .example = "p11ca csr issuing > issuing.csr" },
	{ NAME("check"), NO_WORDS, .run = run_check,
	  .options = check_options,
	  .summary = "ask every import rule, changing nothing",
	  .more = "Prints one line a rule: pass, FAIL, warn or n/a (does not "
		  "apply), then ACCEPT (exit code 0) or REJECT (1). -q prints "
		  "the verdict alone.",
	  .example = "p11ca check --csr issuing.csr --certificate signed.pem "
		     "--chain chain.pem" },
	{ NAME("import"), ONE_CA, .run = run_import,
	  .options = import_options,
	  .summary = "install the signed certificate of a CA",
	  .more = "Every rule must hold (p11ca-rules(7)); a refusal shows "
		  "what each said and changes nothing. A new certificate for "
		  "the same key renews the CA.",
	  .example = "p11ca import issuing --certificate signed.pem "
		     "--chain chain.pem" },
	{ NAME("list"), NO_WORDS, .run = run_list, .options = list_options,
	  .summary = "the CAs that are hosted here",
	  .example = "p11ca list" },
	{ NAME("show"), ONE_CA, .run = run_show, .options = show_options,
	  .summary = "everything about a CA, or its PEM as stored",
	  .example = "p11ca show issuing" },
	{ NAME("tree"), NO_WORDS, .run = run_tree,
	  .summary = "the hierarchies of the CAs here",
	  .example = "p11ca tree" },
	{ NAME("enable"), ONE_CA, .run = run_enable,
	  .summary = "let a disabled CA work again",
	  .example = "p11ca enable issuing" },
	{ NAME("disable"), ONE_CA, .run = run_disable,
	  .summary = "let a CA rest",
	  .example = "p11ca disable issuing" },
	{ NAME("delete"), MAYBE(VALUE_CA, "[CA]"), .run = run_delete,
	  .options = delete_options,
	  .summary = "delete a CA; it can be restored for some days",
	  .more = "Asks for the name of the CA (its UUID when it has none) to "
		  "be typed; without a terminal to ask at it is refused. "
		  "--yes skips the question. --due, without a CA, destroys "
		  "the keys and rows of all CAs whose time is over.",
	  .example = "p11ca delete issuing --days 7" },
	{ NAME("restore"), ONE_CA, .run = run_restore,
	  .summary = "take a deletion back",
	  .example = "p11ca restore issuing" },
	{ NAME("doctor"), NO_WORDS, .run = run_doctor,
	  .summary = "look at home, store, token and keys, and say what to do",
	  .more = "The exit code is 1 when anything is marked FAIL.",
	  .example = "p11ca doctor" },
	{ NAME("audit show"), NO_WORDS, .run = run_audit_show,
	  .options = audit_show_options,
	  .summary = "the log of everything that was asked and done",
	  .more = "One JSON object a line, which is the exported form: kept "
		  "in a file, \"p11ca audit verify --log FILE\" reads it.",
	  .example = "p11ca audit show > audit.log" },
	{ NAME("audit verify"), NO_WORDS, .run = run_audit_verify,
	  .options = audit_verify_options,
	  .summary = "see whether the log is whole and unchanged",
	  .example = "p11ca audit verify" },
	{ NAME("help"), .kind = VALUE_COMMAND, .word = "[COMMAND]", .max = 2, .run = run_help,
	  .options = help_options,
	  .summary = "help, about everything or a command",
	  .example = "p11ca help create" },
	{ NAME("version"), NO_WORDS, .run = run_version,
	  .summary = "print the version",
	  .example = "p11ca version" },
};
/* clang-format on */

const struct program program = { commands, COUNT(commands), everywhere };
