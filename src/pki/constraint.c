/*
 * constraint.c - name constraints (RFC 5280, 4.2.1.10), decided by OpenSSL.
 *
 * OpenSSL's check wants a certificate.  It is given one made up of nothing but
 * the names, all of them as subjectAltName: so it sees exactly what is counted
 * here, and the same way leads to the one name that a refusal is about.
 */
#include "p11ca/constraint.h"

#include <stdio.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "internal.h"
#include "p11ca/mem.h"

#define GUILTY_MAX 200 /* names looked at for the text of a refusal */
#define SHOWN_MAX 192

struct constraints {
	NAME_CONSTRAINTS *nc;
	size_t count;
	unsigned forms;	  /* bit GEN_DNS: there is one of a dNSName, ... */
	bool bad_address; /* an address range of wrong size */
};

struct names {
	GENERAL_NAMES *list; /* the first is the subject */
	X509 *holder;	     /* a certificate with just these names */
	bool has_address;
	const char *broken; /* why they cannot be judged, or NULL */
};

/* Only memory that runs out makes OpenSSL's lists and strings fail. */
static void
must(int done)
{
	static char there;
	const char *p = mem_must(done > 0 ? &there : NULL);

	(void)p;
}

/* How many there are; an absent list (-1) has none. */
static size_t
subtrees_count(STACK_OF(GENERAL_SUBTREE) * trees)
{
	int count = sk_GENERAL_SUBTREE_num(trees);

	return count > 0 ? (size_t)count : 0;
}

static unsigned
subtrees_forms(STACK_OF(GENERAL_SUBTREE) * trees)
{
	unsigned forms = 0;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++)
		forms |= 1u << sk_GENERAL_SUBTREE_value(trees, i)->base->type;
	return forms;
}

/* OpenSSL would not notice one that stands behind a match. */
static bool
subtrees_have_bad_address(STACK_OF(GENERAL_SUBTREE) * trees)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		const GENERAL_NAME *base =
		    sk_GENERAL_SUBTREE_value(trees, i)->base;

		if (base->type == GEN_IPADD && base->d.iPAddress->length != 8 &&
		    base->d.iPAddress->length != 32)
			return true;
	}
	return false;
}

struct constraints *
constraints_of(const struct cert *cert)
{
	const unsigned char *p = cert->name_constraints.p;
	struct constraints *c = NULL;
	ASN1_VALUE *value;

	if (cert->name_constraints.len == 0)
		return NULL;
	value = ASN1_item_d2i(NULL, &p, (long)cert->name_constraints.len,
	    ASN1_ITEM_rptr(NAME_CONSTRAINTS));
	ERR_clear_error();
	if (value == NULL)
		return NULL;
	c = mem_new(sizeof(*c));
	c->nc = (NAME_CONSTRAINTS *)value;
	c->count = subtrees_count(c->nc->permittedSubtrees) +
	    subtrees_count(c->nc->excludedSubtrees);
	c->forms = subtrees_forms(c->nc->permittedSubtrees) |
	    subtrees_forms(c->nc->excludedSubtrees);
	c->bad_address = subtrees_have_bad_address(c->nc->permittedSubtrees) ||
	    subtrees_have_bad_address(c->nc->excludedSubtrees);
	return c;
}

void
constraints_free(struct constraints *c)
{
	if (c == NULL)
		return;
	NAME_CONSTRAINTS_free(c->nc);
	mem_free(c);
}

size_t
constraints_count(const struct constraints *c)
{
	return c->count;
}

/* Add a name of this type; the value is the list's now. */
static void
list_add(GENERAL_NAMES *list, int type, void *value)
{
	GENERAL_NAME *name = mem_must(GENERAL_NAME_new());

	GENERAL_NAME_set0_value(name, type, mem_must(value));
	must(sk_GENERAL_NAME_push(list, name));
}

/* The emailAddress attributes as rfc822Name, whatever their string type. */
static void
list_add_emails(GENERAL_NAMES *list, const X509_NAME *subject)
{
	int at = -1;

	for (;;) {
		const ASN1_STRING *value;
		ASN1_IA5STRING *address;
		unsigned char *text = NULL;
		int len;

		at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress,
		    at);
		if (at < 0)
			return;
		value =
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
		address = mem_must(ASN1_IA5STRING_new());
		len = ASN1_STRING_to_UTF8(&text, value);
		/* What is no text at all is compared as it stands. */
		must(ASN1_STRING_set(address,
		    len >= 0 ? text : ASN1_STRING_get0_data(value),
		    len >= 0 ? len : ASN1_STRING_length(value)));
		OPENSSL_free(text);
		list_add(list, GEN_EMAIL, address);
	}
}

/* An empty one is no name (RFC 5280, 4.2.1.10).  False: it does not decode. */
static bool
list_add_subject(GENERAL_NAMES *list, const struct cert *cert)
{
	struct bytes der = name_der(cert->subject);
	const unsigned char *p = der.p;
	X509_NAME *subject = d2i_X509_NAME(NULL, &p, (long)der.len);

	if (subject == NULL)
		return false;
	if (cert->subject_empty) {
		X509_NAME_free(subject);
		return true;
	}
	list_add(list, GEN_DIRNAME, subject);
	list_add_emails(list, subject);
	return true;
}

/* False: there is a subjectAltName that does not decode. */
static bool
list_add_alt_names(GENERAL_NAMES *list, const struct cert *cert)
{
	const struct ext *ext = ext_find(cert, OID_SUBJECT_ALT_NAME);
	const unsigned char *p;
	GENERAL_NAMES *more;
	GENERAL_NAME *name;

	if (ext == NULL)
		return true;
	p = ext->value.p;
	more = d2i_GENERAL_NAMES(NULL, &p, (long)ext->value.len);
	if (more == NULL || p != ext->value.p + ext->value.len) {
		GENERAL_NAMES_free(more);
		return false;
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(more); i++) {
		name = sk_GENERAL_NAME_value(more, i);
		must(sk_GENERAL_NAME_push(list, name));
	}
	sk_GENERAL_NAME_free(more); /* its names are the list's now */
	return true;
}

/* A certificate with these names and nothing else. */
static X509 *
holder_new(GENERAL_NAMES *list)
{
	X509 *holder = mem_must(X509_new());

	/* What fails here shows in holder_shows(). */
	(void)X509_add1_ext_i2d(holder, NID_subject_alt_name, list, 0,
	    X509V3_ADD_APPEND);
	/* The check of constraints relies on what this leaves behind. */
	(void)X509_check_purpose(holder, -1, 0);
	ERR_clear_error();
	return holder;
}

/*
 * Does a check of the holder see its names?  A holder without any would pass
 * every constraint.
 */
static bool
holder_shows(X509 *holder)
{
	return X509_get_ext_by_NID(holder, NID_subject_alt_name, -1) >= 0 &&
	    (X509_get_extension_flags(holder) & EXFLAG_INVALID) == 0;
}

static bool
list_has(const GENERAL_NAMES *list, int type)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++)
		if (sk_GENERAL_NAME_value(list, i)->type == type)
			return true;
	return false;
}

struct names *
names_of(const struct cert *cert)
{
	struct names *names = mem_new(sizeof(*names));

	names->list = mem_must(sk_GENERAL_NAME_new_null());
	if (!list_add_subject(names->list, cert)) {
		names->broken = "a subject that does not decode";
		goto out;
	}
	if (!list_add_alt_names(names->list, cert)) {
		names->broken = "a subjectAltName that does not decode";
		goto out;
	}
	names->has_address = list_has(names->list, GEN_IPADD);
	names->holder = holder_new(names->list);
	if (!holder_shows(names->holder))
		names->broken = "names that OpenSSL cannot check";
out:
	ERR_clear_error();
	return names;
}

void
names_free(struct names *names)
{
	if (names == NULL)
		return;
	X509_free(names->holder);
	GENERAL_NAMES_free(names->list);
	mem_free(names);
}

size_t
names_count(const struct names *names)
{
	return (size_t)sk_GENERAL_NAME_num(names->list);
}

/* "is" follows a name. */
static const struct {
	int verdict;
	const char *is;
} verdicts[] = {
	{ X509_V_ERR_PERMITTED_VIOLATION, "is outside the permitted names" },
	{ X509_V_ERR_EXCLUDED_VIOLATION, "is excluded" },
	{ X509_V_ERR_SUBTREE_MINMAX,
	    "meets a constraint with minimum or maximum in a subtree" },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
	    "meets a constraint of a form that is not understood" },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX,
	    "meets a constraint that is not understood" },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX,
	    "cannot be compared with a constraint of its form" },
	{ X509_V_ERR_UNSPECIFIED, "meets more constraints than are compared" },
};

static const char *
verdict_text(int verdict)
{
	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (verdicts[i].verdict == verdict)
			return verdicts[i].is;
	return "could not be checked";
}

/* What the constraints say to one name alone. */
static int
name_verdict(const struct constraints *c, GENERAL_NAME *name)
{
	GENERAL_NAMES *alone = mem_must(sk_GENERAL_NAME_new_null());
	X509 *holder;
	int verdict;

	must(sk_GENERAL_NAME_push(alone, name));
	holder = holder_new(alone);
	verdict = NAME_CONSTRAINTS_check(holder, c->nc);
	X509_free(holder);
	sk_GENERAL_NAME_free(alone); /* the name is not its own */
	return verdict;
}

/* Does "*.DOMAIN" stand for this host and for others? */
static bool
is_one_below(const ASN1_STRING *host, struct bytes domain)
{
	const char *p = (const char *)ASN1_STRING_get0_data(host);
	size_t len = (size_t)ASN1_STRING_length(host);
	size_t label = len > domain.len ? len - domain.len - 1 : 0;

	return label > 0 && p[label] == '.' && memchr(p, '.', label) == NULL &&
	    strncasecmp(p + label + 1, (const char *)domain.p, domain.len) == 0;
}

/* OpenSSL compares a wildcard as if it were a host of that name. */
static bool
wildcard_is_excluded(const struct constraints *c, const GENERAL_NAME *name)
{
	STACK_OF(GENERAL_SUBTREE) *trees = c->nc->excludedSubtrees;
	struct bytes domain;

	if (!general_name_wildcard(name, &domain))
		return false;
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		const GENERAL_NAME *base =
		    sk_GENERAL_SUBTREE_value(trees, i)->base;

		if (base->type == GEN_DNS &&
		    is_one_below(base->d.dNSName, domain))
			return true;
	}
	return false;
}

/* What OpenSSL's comparison would be deceived by. */
static bool
is_deceptive(const struct constraints *c, GENERAL_NAME *name, char *out,
    size_t size)
{
	bool odd =
	    (c->forms & 1u << name->type) != 0 && !general_name_is_plain(name);
	char shown[SHOWN_MAX];

	if (!odd && !wildcard_is_excluded(c, name))
		return false;
	general_name_show(name, shown, sizeof(shown));
	snprintf(out, size, "%s %s", shown,
	    odd ? verdict_text(X509_V_ERR_UNSUPPORTED_NAME_SYNTAX)
		: "stands for a name that is excluded");
	return true;
}

/* Say which name it was. */
static void
guilty_find(const struct constraints *c, const struct names *names, int verdict,
    char *out, size_t size)
{
	int count = sk_GENERAL_NAME_num(names->list);
	char shown[SHOWN_MAX];

	snprintf(out, size, "one of %d names %s", count, verdict_text(verdict));
	for (int i = 0; i < count && i < GUILTY_MAX; i++) {
		GENERAL_NAME *name = sk_GENERAL_NAME_value(names->list, i);

		verdict = name_verdict(c, name);
		if (verdict == X509_V_OK)
			continue;
		general_name_show(name, shown, sizeof(shown));
		snprintf(out, size, "%s %s", shown, verdict_text(verdict));
		return;
	}
}

bool
constraints_permit(const struct constraints *c, const struct names *names,
    char *out, size_t size)
{
	int verdict;

	out[0] = '\0';
	if (names->broken != NULL) {
		snprintf(out, size, "%s", names->broken);
		return false;
	}
	if (c->bad_address && names->has_address) {
		snprintf(out, size,
		    "an iPAddress meets a constraint of a wrong size");
		return false;
	}
	for (int i = 0; i < sk_GENERAL_NAME_num(names->list); i++)
		if (is_deceptive(c, sk_GENERAL_NAME_value(names->list, i), out,
			size))
			return false;
	verdict = NAME_CONSTRAINTS_check(names->holder, c->nc);
	if (verdict != X509_V_OK)
		guilty_find(c, names, verdict, out, size);
	ERR_clear_error();
	return verdict == X509_V_OK;
}
