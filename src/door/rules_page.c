/* rules_page.c - p11ca-rules(7), printed from the tables it tells about. */
#include <string.h>

#include "internal.h"
#include "p11ca/cert.h"
#include "p11ca/rule_issue.h"

#define PAGE_WIDTH 78

/* A stage is known by the first letter of its rules. */
/* clang-format off */
static const struct {
	const char *letters;
	const char *title;
	const char *text;
} stages[] = {
	{ "IR", "The request",
	  "Is it within its bounds, and may this CA be changed now?" },
	{ "P", "Parsing",
	  "Is what was sent a certificate, and a chain of certificates?" },
	{ "TK", "The key",
	  "Does the certificate carry the key that lies in the token?\n"
	  "The token is asked at that moment;\nwhat is stored is not believed." },
	{ "S", "The kind of CA",
	  "A root signs itself and has no chain.\n"
	  "A subordinate is signed by another CA and has one." },
	{ "E", "Fields and extensions",
	  "Is each certificate that of a CA, in force, and strong enough?" },
	{ "CA", "The chain",
	  "Do the certificates lead from the signing CA to its root, in order?" },
	{ "X", "The conditions of the issuer",
	  "May the CAs above sign a CA of this depth, name and time?" },
};

static const char head[] =
	".\\\" Printed by \"p11ca help --rules\" from the tables of the program.\n"
	".Dd November 21, 2026\n"
	".Dt P11CA-RULES 7\n"
	".Os\n"
	".Sh NAME\n"
	".Nm p11ca-rules\n"
	".Nd what must hold before a certificate is installed or issued\n"
	".Sh DESCRIPTION\n"
	"These are the rules of the import and the rules of issuing, each in the\n"
	"order in which they are asked.\n"
	".Ss The import\n"
	"A signed certificate becomes the certificate of a CA only when every\n"
	"rule of the import holds.\n"
	".Nm p11ca Cm import\n"
	"asks them and installs,\n"
	".Nm p11ca Cm check\n"
	"asks them and changes nothing.\n"
	"All of them are asked, whatever the others said.\n"
	"Each answers with one of four verdicts.\n"
	".Bl -tag -width Ds\n"
	".It Cm pass\n"
	"It holds.\n"
	".It Cm FAIL\n"
	"It does not hold, and the certificate is refused.\n"
	"What was found, what is expected and what to do are said.\n"
	".It Cm warn\n"
	"It is allowed, but somebody should know.\n"
	"A warning refuses nothing.\n"
	".It Cm n/a\n"
	"It does not apply, or what it is about could not be read, which\n"
	"another rule tells.\n"
	".El\n"
	".Pp\n"
	"The first rule that fails is the answer: its exception is that of the\n"
	"request, its identifier stands beside it.\n"
	"A rule about each certificate says which one it means:\n"
	".Ql Certificate ,\n"
	"or\n"
	".Ql CertificateChain[0]\n"
	"for the first of the chain.\n"
	".Ss Issuing\n"
	"A CA signs a certificate only when every rule of issuing holds, for\n"
	".Nm p11ca Cm issue\n"
	"as for\n"
	".Nm p11ca Cm activate ,\n"
	"which imports what was issued.\n"
	"The first rule that does not hold is the answer, and the token is not\n"
	"asked for a signature.\n"
	".Sh RULES OF THE IMPORT\n";

static const char issuing[] =
	".Sh RULES OF ISSUING\n"
	"Does the request fit this CA, its state, and the CAs above it?\n"
	".Bl -tag -width Ds\n";

static const char tail[] =
	".Sh SEE ALSO\n"
	".Xr p11ca 1\n"
	".Sh STANDARDS\n"
	"RFC 5280, Internet X.509 Public Key Infrastructure Certificate and\n"
	"Certificate Revocation List (CRL) Profile.\n"
	".Pp\n"
	"RFC 7468, Textual Encodings of PKIX, PKCS, and CMS Structures.\n";

static const char *const applies[] = {
	[FOR_ANY] = "Root and subordinate CAs",
	[FOR_ROOT] = "Root CAs",
	[FOR_SUBORDINATE] = "Subordinate CAs",
};

static const char *const scopes[] = {
	[ABOUT_ALL] = "asked once",
	[ABOUT_CERTIFICATE] = "asked about the certificate",
	[ABOUT_EACH] = "asked about the certificate and each of its chain",
	[ABOUT_CHAIN] = "asked about each certificate of the chain",
	[ABOUT_CHAIN_WHOLE] = "asked about the chain as a whole",
};
/* clang-format on */

/* A line of text that no formatter takes for a request; a backslash is \e. */
static size_t
print_word(FILE *to, const char *word, size_t len, bool first)
{
	if (first && (word[0] == '.' || word[0] == '\''))
		(void)fputs("\\&", to);
	for (size_t i = 0; i < len; i++)
		if (word[i] == '\\')
			(void)fputs("\\e", to);
		else
			(void)putc(word[i], to);
	return len;
}

/* Words of a sentence, as many as a line holds. */
static void
print_words(FILE *to, const char *text, size_t *column)
{
	const char *p = text;

	while (*p != '\0') {
		size_t len = strcspn(p, " ");

		if (*column > 0 && *column + 1 + len > PAGE_WIDTH) {
			(void)putc('\n', to);
			*column = 0;
		}
		if (*column > 0) {
			(void)putc(' ', to);
			++*column;
		}
		*column += print_word(to, p, len, *column == 0);
		p += len;
		p += strspn(p, " ");
	}
}

/* "Expected: what." on lines of its own. */
static void
print_sentence(FILE *to, const char *label, const char *text)
{
	size_t column = 0;

	print_words(to, label, &column);
	print_words(to, text, &column);
	(void)fputs(".\n", to);
}

/* How a row begins, whatever its rule is about. */
static void
print_head(FILE *to, const char *id, enum fault_kind kind, const char *name)
{
	(void)fprintf(to, ".It Cm %s Ar %s\n", id, fault_name(kind));
	print_rule_name(to, name, true);
	(void)fputs(".\n.br\n", to);
}

static void
print_tail(FILE *to, const char *want, const char *todo)
{
	(void)fputs(".br\n", to);
	print_sentence(to, "Expected:", want);
	(void)fputs(".br\n", to);
	print_sentence(to, "To do:", todo);
}

static void
print_rule(FILE *to, const struct import_rule *rule)
{
	print_head(to, rule->id, rule->kind, rule->name);
	(void)fprintf(to, "%s, %s.\n", applies[rule->applies],
	    scopes[rule->scope]);
	print_tail(to, rule->want, rule->todo);
}

static void
print_issue_rules(FILE *to)
{
	(void)fputs(issuing, to);
	for (size_t i = 0; i < issue_rules_count; i++) {
		const struct issue_rule *rule = &issue_rules[i];

		print_head(to, rule->id, rule->kind, rule->name);
		(void)fprintf(to, "%s.\n",
		    rule->on_path ? "Asked of the finished certificate, "
				    "before it is signed"
				  : "Asked of the request");
		print_tail(to, rule->want, rule->todo);
	}
	(void)fputs(".El\n", to);
}

static size_t
stage_of(const struct import_rule *rule)
{
	size_t i = 0;

	while (i + 1 < COUNT(stages) &&
	    strchr(stages[i].letters, rule->id[0]) == NULL)
		i++;
	return i;
}

static void
print_rules(FILE *to)
{
	size_t stage = COUNT(stages);

	for (size_t i = 0; i < import_rules_count; i++) {
		size_t next = stage_of(&import_rules[i]);

		if (next != stage)
			(void)fprintf(to, "%s.Ss %s\n%s\n.Bl -tag -width Ds\n",
			    i > 0 ? ".El\n" : "", stages[next].title,
			    stages[next].text);
		stage = next;
		print_rule(to, &import_rules[i]);
	}
	(void)fputs(".El\n", to);
}

static void
print_extensions(FILE *to, enum ext_when_critical when, const char *text)
{
	(void)fprintf(to,
	    "%s\n.Pp\n.Bl -column -compact "
	    "\"subjectDirectoryAttributes\" \"OID\"\n",
	    text);
	for (size_t i = 0; i < ext_kinds_count; i++)
		if (ext_kinds[i].when_critical == when)
			(void)fprintf(to, ".It %s Ta %s\n", ext_kinds[i].name,
			    ext_kinds[i].oid);
	(void)fputs(".El\n", to);
}

void
rules_page(FILE *to)
{
	(void)fputs(head, to);
	print_rules(to);
	print_issue_rules(to);
	(void)fputs(".Sh CRITICAL EXTENSIONS\n", to);
	print_extensions(to, EXT_ALLOWED,
	    "In an import these may be marked critical; rule E02 refuses all\n"
	    "others.");
	(void)fputs(".Pp\n", to);
	print_extensions(to, EXT_REFUSED,
	    "These are never accepted when they are critical (rule E01),\n"
	    "and always when they are not.");
	(void)fputs(tail, to);
}
