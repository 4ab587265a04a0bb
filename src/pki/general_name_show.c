/* general_name_show.c - a GeneralName (RFC 5280, 4.2.1.6) for people. */
#include <arpa/inet.h>
#include <stdio.h>

#include <openssl/x509v3.h>

#include "internal.h"
#include "p11ca/text.h"

#define VALUE_MAX 160

static struct bytes
string_bytes(const ASN1_STRING *string)
{
	return (struct bytes){ ASN1_STRING_get0_data(string),
		(size_t)ASN1_STRING_length(string) };
}

static void
show_text(const GENERAL_NAME *name, char *out)
{
	text_fit(out, VALUE_MAX, string_bytes(name->d.ia5));
}

static void
show_directory_name(const GENERAL_NAME *name, char *out)
{
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name->d.directoryName, &der);
	struct name *decoded = NULL;

	if (len > 0)
		decoded = name_from_der((struct bytes){ der, (size_t)len });
	if (decoded != NULL)
		name_fit(out, VALUE_MAX, decoded);
	name_free(decoded);
	OPENSSL_free(der);
}

static void
show_address(const GENERAL_NAME *name, char *out)
{
	struct bytes octets = string_bytes(name->d.iPAddress);

	if (octets.len == 4)
		inet_ntop(AF_INET, octets.p, out, VALUE_MAX);
	else if (octets.len == 16)
		inet_ntop(AF_INET6, octets.p, out, VALUE_MAX);
	else
		snprintf(out, VALUE_MAX, "%zu octets", octets.len);
}

static void
show_oid(const GENERAL_NAME *name, char *out)
{
	OBJ_obj2txt(out, VALUE_MAX, name->d.rid, 1);
}

static void
show_other(const GENERAL_NAME *name, char *out)
{
	OBJ_obj2txt(out, VALUE_MAX, name->d.otherName->type_id, 1);
}

static void
show_nothing(const GENERAL_NAME *name, char *out)
{
	snprintf(out, VALUE_MAX, "...");
}

static const struct {
	int type;
	const char *form;
	void (*show)(const GENERAL_NAME *name, char *out);
} forms[] = {
	{ GEN_OTHERNAME, "otherName", show_other },
	{ GEN_EMAIL, "rfc822Name", show_text },
	{ GEN_DNS, "dNSName", show_text },
	{ GEN_X400, "x400Address", show_nothing },
	{ GEN_DIRNAME, "directoryName", show_directory_name },
	{ GEN_EDIPARTY, "ediPartyName", show_nothing },
	{ GEN_URI, "uniformResourceIdentifier", show_text },
	{ GEN_IPADD, "iPAddress", show_address },
	{ GEN_RID, "registeredID", show_oid },
};

void
general_name_show(const struct GENERAL_NAME_st *name, char *out, size_t size)
{
	snprintf(out, size, "a name of unknown form");
	for (size_t i = 0; i < COUNT(forms); i++) {
		char value[VALUE_MAX] = "";

		if (forms[i].type != name->type)
			continue;
		forms[i].show(name, value);
		snprintf(out, size, "%s \"%s\"", forms[i].form, value);
	}
}
