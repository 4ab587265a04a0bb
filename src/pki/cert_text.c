/*
 * cert_text.c - are the names of a certificate text?
 *
 * What a control character does to a name, its readers do not agree on: a NUL
 * ends it for some, a line break makes two of one line.
 */
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "internal.h"

static bool
is_between(const ASN1_STRING *string, unsigned char first, unsigned char last)
{
	const unsigned char *p = ASN1_STRING_get0_data(string);
	int len = ASN1_STRING_length(string);

	for (int i = 0; i < len; i++)
		if (p[i] < first || p[i] > last)
			return false;
	return len > 0;
}

/* The part of a mail address before the "@" may have blanks. */
static bool
email_is_text(const GENERAL_NAME *name)
{
	return is_between(name->d.ia5, ' ', '~');
}

static bool
host_is_text(const GENERAL_NAME *name)
{
	return is_between(name->d.ia5, '!', '~');
}

static bool
directory_name_is_text(const GENERAL_NAME *name)
{
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name->d.directoryName, &der);
	struct name *decoded = NULL;
	bool text;

	if (len > 0)
		decoded = name_from_der((struct bytes){ der, (size_t)len });
	text = decoded != NULL && name_is_text(decoded);
	name_free(decoded);
	OPENSSL_free(der);
	return text;
}

static bool
is_text(const GENERAL_NAME *name)
{
	static const struct {
		int type;
		bool (*holds)(const GENERAL_NAME *name);
	} forms[] = {
		{ GEN_DNS, host_is_text },
		{ GEN_URI, host_is_text },
		{ GEN_EMAIL, email_is_text },
		{ GEN_DIRNAME, directory_name_is_text },
		{ GEN_IPADD, general_name_is_plain },
	};

	for (size_t i = 0; i < COUNT(forms); i++)
		if (forms[i].type == name->type)
			return forms[i].holds(name);
	return true;
}

bool
cert_names_are_text(const struct cert *cert, char *out, size_t size)
{
	const struct ext *ext = ext_find(cert, OID_SUBJECT_ALT_NAME);
	const unsigned char *p = ext != NULL ? ext->value.p : NULL;
	GENERAL_NAMES *names = NULL;
	bool text = name_is_text(cert->subject);

	out[0] = '\0';
	if (!text)
		snprintf(out, size, "subject");
	if (p != NULL)
		names = d2i_GENERAL_NAMES(NULL, &p, (long)ext->value.len);
	for (int i = 0; text && i < sk_GENERAL_NAME_num(names); i++) {
		text = is_text(sk_GENERAL_NAME_value(names, i));
		if (!text)
			general_name_show(sk_GENERAL_NAME_value(names, i), out,
			    size);
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return text;
}
