/*
 * general_name_plain.c - is a name what it looks like?
 *
 * OpenSSL takes "http://a.test?.b.test/" for a URI of the host
 * "a.test?.b.test", which lies within ".b.test"; and so on.  What is compared
 * with a constraint must be a name that everybody reads alike.
 */
#include <ctype.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "internal.h"

static struct bytes
text_of(const GENERAL_NAME *name)
{
	return (struct bytes){ ASN1_STRING_get0_data(name->d.ia5),
		(size_t)ASN1_STRING_length(name->d.ia5) };
}

/* Labels with one dot between (RFC 5280, 4.2.1.6); underscores are about. */
static bool
is_host(struct bytes host)
{
	size_t label = 0;

	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = host.p[i];

		if (c == '.' ? label == 0 : !isalnum(c) && c != '-' && c != '_')
			return false;
		label = c == '.' ? 0 : label + 1;
	}
	return label > 0;
}

/* The last label of an IPv4 address is a number, of a host it never is. */
static bool
ends_in_a_number(struct bytes host)
{
	size_t len = host.len;

	while (len > 0 && isdigit(host.p[len - 1]))
		len--;
	return len < host.len && (len == 0 || host.p[len - 1] == '.');
}

bool
general_name_wildcard(const GENERAL_NAME *name, struct bytes *domain)
{
	struct bytes text = { NULL, 0 };

	if (name->type == GEN_DNS)
		text = text_of(name);
	if (text.len < 2 || memcmp(text.p, "*.", 2) != 0)
		return false;
	*domain = (struct bytes){ text.p + 2, text.len - 2 };
	return true;
}

static bool
dns_is_plain(const GENERAL_NAME *name)
{
	struct bytes host = text_of(name);

	(void)general_name_wildcard(name, &host);
	return is_host(host);
}

/* SCHEME://HOST, SCHEME://HOST:PORT, and a path if there is anything more:
 * OpenSSL knows no other end of a host. */
static bool
uri_is_plain(const GENERAL_NAME *name)
{
	static const char ends[] = { ':', '/', '?', '#' };
	struct bytes at = text_of(name);
	struct bytes host;

	while (at.len >= 3 && memcmp(at.p, "://", 3) != 0) {
		at.p++;
		at.len--;
	}
	if (at.len < 3)
		return false;
	host = (struct bytes){ at.p + 3, 0 };
	while (host.len < at.len - 3 &&
	    memchr(ends, host.p[host.len], sizeof(ends)) == NULL)
		host.len++;
	at.p += 3 + host.len;
	at.len -= 3 + host.len;
	if (at.len > 0 && at.p[0] == ':')
		do {
			at.p++;
			at.len--;
		} while (at.len > 0 && isdigit(at.p[0]));
	return is_host(host) && !ends_in_a_number(host) &&
	    (at.len == 0 || at.p[0] == '/');
}

/* What stands before the "@" may be anything that can be seen. */
static bool
email_is_plain(const GENERAL_NAME *name)
{
	struct bytes text = text_of(name);
	size_t at = text.len;

	while (at > 0 && text.p[at - 1] != '@')
		at--;
	for (size_t i = 0; i < at; i++)
		if (text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	return at > 1 && is_host((struct bytes){ text.p + at, text.len - at });
}

static bool
address_is_plain(const GENERAL_NAME *name)
{
	int len = ASN1_STRING_length(name->d.iPAddress);

	return len == 4 || len == 16;
}

bool
general_name_is_plain(const GENERAL_NAME *name)
{
	static const struct {
		int type;
		bool (*holds)(const GENERAL_NAME *name);
	} forms[] = {
		{ GEN_DNS, dns_is_plain },
		{ GEN_URI, uri_is_plain },
		{ GEN_EMAIL, email_is_plain },
		{ GEN_IPADD, address_is_plain },
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		if (forms[i].type == name->type)
			return forms[i].holds(name);
	return true;
}
