/* commands.c - everything p11ca can be asked. */
#include "commands.h"

/* A row: what it is called, where its help is, what words it takes. */
#define NAME(text) .name = (text), .see = "see \"p11ca help " text "\""
#define NO_WORDS .kind = VALUE_NONE, .word = ""
#define ONE_CA .kind = VALUE_CA, .word = "CA", .min = 1, .max = 1
#define CA_AND(text) .kind = VALUE_CA, .word = (text), .min = 2, .max = 2
#define TAGS(text) .kind = VALUE_CA, .word = (text), .min = 2, .max = 51
#define MAYBE(what, text) .kind = (what), .word = (text), .max = 1

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
	  .run = run_token_probe, .options = token_probe_options,
	  .summary = "try which CA algorithms a token can carry",
	  .more = "Makes a session key of each kind, signs, verifies, and "
		  "destroys it. Nothing is written to the token. Some tokens "
		  "have no session keys: --permanent tries with keys on the "
		  "token, one at a time. Without a URI it is the default token "
		  "of the settings.",
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
	{ NAME("activate"), ONE_CA, .run = run_activate,
	  .options = activate_options,
	  .summary = "have a CA that is hosted here signed, and import that",
	  .more = "A root signs itself; a subordinate is signed by --parent, "
		  "with a path length that fits below it. Works again for "
		  "renewal. What import would refuse is refused, with the "
		  "whole report.",
	  .example = "p11ca activate issuing --parent root --years 5" },
	{ NAME("issue"), ONE_CA, .run = run_issue, .options = issue_options,
	  .summary = "issue a certificate for a CSR, or many at once",
	  .more = "Prints the certificate. --batch takes a folder of files "
		  "with a CSR each, or a file with many; with --out each "
		  "certificate is written to DIR/NAME.pem (named after the "
		  "CSR's file, or by its serial), replacing what is there, "
		  "and one line is printed once it is on the disk: serial "
		  "and name. Refused CSRs are named on standard error; then "
		  "the exit code is 1. --settle, alone, finishes certificates "
		  "that are on record and that a crash kept from being "
		  "signed; every issue does so first.",
	  .example = "p11ca issue issuing --csr web.csr --days 90 > web.pem" },
	{ NAME("certs"), ONE_CA, .run = run_certs, .options = certs_options,
	  .summary = "the certificates a CA has issued, the oldest first",
	  .example = "p11ca certs issuing --revoked" },
	{ NAME("cert show"), CA_AND("CA SERIAL"), .run = run_cert_show,
	  .options = cert_show_options,
	  .summary = "everything about an issued certificate, or its PEM",
	  .more = "SERIAL is hexadecimal, with or without colons; the ARN of "
		  "the certificate does as well.",
	  .example = "p11ca cert show issuing 7f3a00c4 --pem" },
	{ NAME("revoke"), CA_AND("CA SERIAL"), .run = run_revoke,
	  .options = revoke_options,
	  .summary = "revoke a certificate; that cannot be taken back",
	  .more = "SERIAL is hexadecimal, with or without colons.",
	  .example = "p11ca revoke issuing 7f3a00c4 --reason KEY_COMPROMISE" },
	{ NAME("crl"), MAYBE(VALUE_CA, "[CA]"), .run = run_crl,
	  .options = crl_options,
	  .summary = "make, publish and print the CRL of a CA",
	  .more = "It is published when the CA has a bucket for it (p11ca "
		  "revocation). --due, without a CA, makes and publishes "
		  "every CRL that half of its time is over for, or that "
		  "lacks a revocation.",
	  .example = "p11ca crl issuing > issuing.crl" },
	{ NAME("ocsp"), ONE_CA, .run = run_ocsp, .options = ocsp_options,
	  .summary = "answer an OCSP request; prints the response, DER",
	  .more = "Signed by the CA, or by a responder whose certificate "
		  "(template OCSPSigningCertificate) the CA has issued and "
		  "whose key is in the token.",
	  .example = "p11ca ocsp issuing --request ask.der > answer.der" },
	{ NAME("revocation"), ONE_CA, .run = run_revocation,
	  .options = revocation_options,
	  .summary = "set where a CA publishes CRLs and answers OCSP",
	  .more = "What the file does not name (CrlConfiguration, "
		  "OcspConfiguration) stays as it is.",
	  .example = "p11ca revocation issuing --configuration crl.json" },
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
		  "the keys and rows of all CAs whose time is over. "
		  "--key-stays is for a CA whose token is gone for good: its "
		  "record goes, its key is not looked for. It is taken where "
		  "the key would be destroyed at once: of a CA whose creation "
		  "was cut off, or whose time is over.",
	  .example = "p11ca delete issuing --days 7" },
	{ NAME("restore"), ONE_CA, .run = run_restore,
	  .summary = "take a deletion back",
	  .example = "p11ca restore issuing" },
	{ NAME("bucket add"), .kind = VALUE_WORD, .word = "NAME", .min = 1,
	  .max = 1, .run = run_bucket_add,
	  .summary = "make a bucket: a folder for CRLs and audit reports",
	  .more = "It is the folder buckets/NAME of the home.",
	  .example = "p11ca bucket add my-crls" },
	{ NAME("bucket list"), NO_WORDS, .run = run_bucket_list,
	  .summary = "the buckets of this home",
	  .example = "p11ca bucket list" },
	{ NAME("audit-report create"), ONE_CA, .run = run_audit_report_create,
	  .options = audit_report_create_options,
	  .summary = "put a list of all it has issued into a bucket",
	  .example = "p11ca audit-report create issuing --bucket reports "
		     "--format CSV" },
	{ NAME("audit-report show"), CA_AND("CA ID"),
	  .run = run_audit_report_show,
	  .summary = "what became of an audit report, and where it lies",
	  .example = "p11ca audit-report show issuing "
		     "5a1e8f52-0d3c-4c1b-9a35-3d6f0f9b2c11" },
	{ NAME("tag add"), TAGS("CA KEY=VALUE..."), .run = run_tag_add,
	  .summary = "give a CA tags, in place of those with the same keys",
	  .example = "p11ca tag add issuing stage=test owner=pki" },
	{ NAME("tag remove"), TAGS("CA KEY[=VALUE]..."), .run = run_tag_remove,
	  .summary = "take tags of a CA away; with a value only if it has that",
	  .example = "p11ca tag remove issuing stage" },
	{ NAME("tag list"), ONE_CA, .run = run_tag_list,
	  .summary = "the tags of a CA",
	  .example = "p11ca tag list issuing" },
	{ NAME("policy put"), ONE_CA, .run = run_policy_put,
	  .options = policy_put_options,
	  .summary = "give a CA a resource policy",
	  .example = "p11ca policy put issuing --policy policy.json" },
	{ NAME("policy get"), ONE_CA, .run = run_policy_get,
	  .summary = "print the resource policy of a CA, as stored",
	  .example = "p11ca policy get issuing" },
	{ NAME("policy delete"), ONE_CA, .run = run_policy_delete,
	  .summary = "take the resource policy of a CA away",
	  .example = "p11ca policy delete issuing" },
	{ NAME("permission create"), ONE_CA, .run = run_permission_create,
	  .options = permission_create_options,
	  .summary = "let a service of AWS use a CA",
	  .example = "p11ca permission create issuing "
		     "--principal acm.amazonaws.com --action IssueCertificate "
		     "--action GetCertificate" },
	{ NAME("permission delete"), ONE_CA, .run = run_permission_delete,
	  .options = permission_delete_options,
	  .summary = "take a permission away",
	  .example = "p11ca permission delete issuing "
		     "--principal acm.amazonaws.com" },
	{ NAME("permission list"), ONE_CA, .run = run_permission_list,
	  .summary = "the permissions of a CA",
	  .example = "p11ca permission list issuing" },
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
	  .more = "\"p11ca help templates\" lists the templates of "
		  "certificates.",
	  .example = "p11ca help create" },
	{ NAME("version"), NO_WORDS, .run = run_version,
	  .summary = "print the version",
	  .example = "p11ca version" },
};
/* clang-format on */

const struct program program = { commands, COUNT(commands), everywhere };
