/* ca.c - a certificate authority as p11ca remembers it. */
#include "p11ca/ca.h"

#include <string.h>

#include "p11ca/mem.h"

static const char *const status_names[CA_STATUSES] = {
	[CA_CREATING] = "CREATING",
	[CA_PENDING_CERTIFICATE] = "PENDING_CERTIFICATE",
	[CA_ACTIVE] = "ACTIVE",
	[CA_DISABLED] = "DISABLED",
	[CA_EXPIRED] = "EXPIRED",
	[CA_FAILED] = "FAILED",
	[CA_DELETED] = "DELETED",
};

static const char *const type_names[CA_TYPES] = {
	[CA_ROOT] = "ROOT",
	[CA_SUBORDINATE] = "SUBORDINATE",
};

void
ca_free(struct ca *ca)
{
	if (ca == NULL)
		return;
	mem_free(ca->config);
	mem_free(ca->settings);
	mem_free(ca->token_uri);
	buf_free(&ca->key_id);
	buf_free(&ca->key_spki);
	mem_free(ca->csr);
	buf_free(&ca->certificate);
	buf_free(&ca->chain);
	mem_free(ca->serial);
	mem_free(ca);
}

enum ca_status
ca_status_at(const struct ca *ca, int64_t now)
{
	if (ca->status != CA_DELETED && ca->certificate.len > 0 &&
	    now > ca->not_after)
		return CA_EXPIRED;
	return ca->status;
}

const char *
ca_status_name(enum ca_status status)
{
	return status_names[status];
}

const char *
ca_type_name(enum ca_type type)
{
	return type_names[type];
}

bool
ca_status_from_name(const char *name, enum ca_status *out)
{
	for (size_t i = 0; i < CA_STATUSES; i++)
		if (strcmp(name, status_names[i]) == 0) {
			*out = (enum ca_status)i;
			return true;
		}
	return false;
}

bool
ca_type_from_name(const char *name, enum ca_type *out)
{
	for (size_t i = 0; i < CA_TYPES; i++)
		if (strcmp(name, type_names[i]) == 0) {
			*out = (enum ca_type)i;
			return true;
		}
	return false;
}
