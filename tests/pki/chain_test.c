/* chain_test.c - the order of a chain, and what is there twice. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "make_cert.h"
#include "p11ca/base.h"
#include "p11ca/chain.h"
#include "p11ca/mem.h"

#define MANY 300

/* A certificate in one letter: who it is, who signs it, and with which key. */
struct spec {
	const char *subject;
	const char *issuer;
	int key;
	int signer;
};

static EVP_PKEY *keys[MANY];

static EVP_PKEY *
key_number(int n)
{
	if (keys[n] == NULL)
		keys[n] = make_key("P-256");
	return keys[n];
}

static struct cert *
cert_from_spec(const struct spec *spec)
{
	char subject[64], issuer[64];
	struct make_cert recipe = { .subject = subject,
		.issuer = issuer,
		.key = key_number(spec->key),
		.signer = key_number(spec->signer),
		MAKE_EXTS(make_ca_exts) };
	struct cert *cert = NULL;
	struct fault f = { 0 };
	struct buf der;

	snprintf(subject, sizeof(subject), "CN=%s", spec->subject);
	snprintf(issuer, sizeof(issuer), "CN=%s", spec->issuer);
	der = make_cert_der(&recipe);
	cr_assert(cert_from_der(buf_bytes(&der), &cert, &f), "%s", f.found);
	buf_free(&der);
	return cert;
}

/* specs[0] is the certificate, the others its chain as given. */
static bool
order_of(const struct spec *specs, size_t count, size_t *order)
{
	struct cert **all = mem_array(count, sizeof(*all));
	bool ok;

	for (size_t i = 0; i < count; i++)
		all[i] = cert_from_spec(&specs[i]);
	ok = chain_find_order(all[0], (const struct cert *const *)all + 1,
	    count - 1, order);
	for (size_t i = 0; i < count; i++)
		cert_free(all[i]);
	mem_free(all);
	return ok;
}

#define CASE_MAX 6
static const struct {
	const char *what;
	struct spec spec[CASE_MAX];
	const char *order; /* NULL: there is none */
} cases[] = {
	{ "a root alone", { { "s", "r", 1, 0 }, { "r", "r", 0, 0 } }, "0" },
	{ "as given",
	    { { "s", "i", 2, 1 }, { "i", "r", 1, 0 }, { "r", "r", 0, 0 } },
	    "01" },
	{ "upside down",
	    { { "s", "i", 3, 2 }, { "r", "r", 0, 0 }, { "j", "r", 1, 0 },
		{ "i", "j", 2, 1 } },
	    "210" },
	{ "names that differ in case",
	    { { "s", "I", 2, 1 }, { "r", "r", 0, 0 }, { "i", "R", 1, 0 } },
	    "10" },
	{ "no root", { { "s", "i", 2, 1 }, { "i", "r", 1, 0 } }, NULL },
	{ "two roots",
	    { { "s", "r", 1, 0 }, { "r", "r", 0, 0 }, { "q", "q", 2, 2 } },
	    NULL },
	{ "a root in the middle",
	    { { "s", "r", 2, 0 }, { "r", "r", 0, 0 }, { "r", "q", 0, 3 },
		{ "q", "q", 3, 3 } },
	    NULL },
	{ "a gap",
	    { { "s", "i", 3, 2 }, { "i", "j", 2, 1 }, { "r", "r", 0, 0 } },
	    NULL },
	{ "a stray certificate",
	    { { "s", "i", 2, 1 }, { "i", "r", 1, 0 }, { "t", "r", 3, 0 },
		{ "r", "r", 0, 0 } },
	    NULL },
	{ "the name but another key",
	    { { "s", "i", 2, 1 }, { "i", "r", 3, 0 }, { "r", "r", 0, 0 } },
	    NULL },
	{ "a root with another key",
	    { { "s", "i", 2, 1 }, { "i", "r", 1, 0 }, { "r", "r", 3, 3 } },
	    NULL },
	{ "a root whose signature is another's",
	    { { "s", "r", 1, 0 }, { "r", "r", 0, 2 } }, NULL },
	{ "two keys of one name",
	    { { "s", "a", 9, 1 }, { "a", "r", 2, 0 }, { "b", "a", 3, 2 },
		{ "a", "b", 1, 3 }, { "r", "r", 0, 0 } },
	    "2103" },
	{ "a wrong turn that must be taken back",
	    { { "s", "a", 9, 1 }, { "a", "r", 1, 0 }, { "a", "b", 1, 2 },
		{ "b", "a", 2, 1 }, { "r", "r", 0, 0 } },
	    "1203" },
	{ "a self-issued one below the root",
	    { { "s", "r", 2, 1 }, { "r", "r", 0, 0 }, { "r", "r", 1, 0 } },
	    "10" },
	{ "a circle",
	    { { "s", "a", 3, 1 }, { "a", "b", 1, 2 }, { "b", "a", 2, 1 } },
	    NULL },
	{ "a circle and a root",
	    { { "s", "a", 3, 1 }, { "a", "b", 1, 2 }, { "b", "a", 2, 1 },
		{ "r", "r", 0, 0 } },
	    NULL },
};

Test(chain, finds_the_order_that_works_or_none)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t order[CASE_MAX] = { 0 };
		size_t count = 0;
		bool found;

		while (count < CASE_MAX && cases[i].spec[count].subject != NULL)
			count++;
		found = order_of(cases[i].spec, count, order);
		cr_expect_eq(found, cases[i].order != NULL, "%s",
		    cases[i].what);
		if (!found || cases[i].order == NULL)
			continue;
		cr_assert_eq(strlen(cases[i].order), count - 1);
		for (size_t n = 0; n + 1 < count; n++)
			cr_expect_eq(order[n],
			    (size_t)(cases[i].order[n] - '0'), "%s at %zu",
			    cases[i].what, n);
	}
}

Test(chain, no_chain_has_no_order)
{
	struct spec spec = { "s", "r", 1, 0 };
	struct cert *cert = cert_from_spec(&spec);

	cr_assert_not(chain_find_order(cert, NULL, 0, NULL));
	cert_free(cert);
}

/* Element n is signed by n + 1; the last by itself. */
static void
specs_long(struct spec *specs, char (*names)[32], size_t count, bool one_name)
{
	for (size_t i = 0; i < count; i++)
		snprintf(names[i], sizeof(names[i]), "n%zu", one_name ? 0 : i);
	for (size_t i = 0; i < count; i++) {
		size_t above = i + 1 < count ? i + 1 : i;

		specs[i] =
		    (struct spec){ names[i], names[above], (int)i, (int)above };
	}
}

Test(chain, finds_the_order_of_a_long_chain)
{
	static struct spec specs[MANY], shuffled[MANY];
	static char names[MANY][32];
	static size_t order[MANY];
	size_t count = MANY - 1; /* of the chain */

	specs_long(specs, names, MANY, false);
	shuffled[0] = specs[0];
	for (size_t i = 0; i < count; i++)
		shuffled[1 + i * 7 % count] = specs[1 + i];
	cr_assert(order_of(shuffled, MANY, order));
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(order[i], i * 7 % count);
}

/* n * n / 2 signature checks would be needed, 4 * n are made. */
Test(chain, gives_up_where_names_do_not_help)
{
	static struct spec specs[40], turned[40];
	static char names[40][32];
	size_t order[40];

	specs_long(specs, names, COUNT(specs), true);
	cr_assert(order_of(specs, COUNT(specs), order), "as given");
	turned[0] = specs[0];
	for (size_t i = 1; i < COUNT(specs); i++)
		turned[i] = specs[COUNT(specs) - i];
	cr_assert_not(order_of(turned, COUNT(turned), order));
	cr_assert(order_of(specs + 34, 6, order), "few of them");
}

static const struct {
	const char *letters; /* the same letter, the same certificate */
	bool twice;
	size_t first, second;
} twins[] = {
	{ "a", false, 0, 0 },
	{ "abc", false, 0, 0 },
	{ "aa", true, 0, 1 },
	{ "abca", true, 0, 3 },
	{ "abcbca", true, 1, 3 },
	{ "aaa", true, 0, 1 },
};

Test(chain, finds_a_certificate_that_is_there_twice)
{
	struct spec specs[] = { { "a", "r", 1, 0 }, { "b", "r", 1, 0 },
		{ "c", "r", 1, 0 } };
	struct cert *made[] = { cert_from_spec(&specs[0]),
		cert_from_spec(&specs[1]), cert_from_spec(&specs[2]) };

	for (size_t i = 0; i < COUNT(twins); i++) {
		const struct cert *chain[8];
		size_t count = strlen(twins[i].letters);
		size_t first = 99, second = 99;

		for (size_t n = 0; n < count; n++)
			chain[n] = made[twins[i].letters[n] - 'a'];
		cr_assert_eq(chain_find_twice(chain, count, &first, &second),
		    twins[i].twice, "%s", twins[i].letters);
		if (!twins[i].twice)
			continue;
		cr_expect_eq(first, twins[i].first, "%s", twins[i].letters);
		cr_expect_eq(second, twins[i].second, "%s", twins[i].letters);
	}
	for (size_t i = 0; i < COUNT(made); i++)
		cert_free(made[i]);
}

Test(chain, nothing_is_not_there_twice)
{
	size_t first, second;

	cr_assert_not(chain_find_twice(NULL, 0, &first, &second));
}
