/* describe.c - what there is: one CA, all of them, and what they have. */
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/rule_status.h"
#include "p11ca/text.h"

bool
ca_is_gone(const struct ca *ca, int64_t now)
{
	return ca->status == CA_DELETED && now >= ca->restorable_until;
}

bool
find_ca(struct p11ca *p, const char *which, struct ca **out, struct fault *f)
{
	char shown[CA_NAME_MAX];

	if (!store_find_ca(p->store, which, out, f))
		return false;
	if (!ca_is_gone(*out, clock_now()))
		return true;
	ca_free(*out);
	*out = NULL;
	fault_found(f, "%s, which was deleted for good",
	    text_fit(shown, sizeof(shown), bytes_of(which)));
	return fault_raise(f, FAULT_RESOURCE_NOT_FOUND,
	    "a CA that is hosted here", "take its name or ARN from p11ca list");
}

bool
action_describe(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	return find_ca(p, which, out, f);
}

bool
action_list(struct p11ca *p, struct ca ***out, size_t *count, struct fault *f)
{
	int64_t now = clock_now();
	size_t kept = 0;

	if (!store_all_cas(p->store, out, count, f))
		return false;
	for (size_t i = 0; i < *count; i++) {
		struct ca *ca = (*out)[i];

		(*out)[i] = NULL;
		if (ca_is_gone(ca, now))
			ca_free(ca);
		else
			(*out)[kept++] = ca;
	}
	*count = kept;
	return true;
}

/* The CA when its state allows the event. */
static bool
get(struct p11ca *p, const char *which, enum ca_event event, struct ca **out,
    struct fault *f)
{
	if (!find_ca(p, which, out, f))
		return false;
	if (status_allows(*out, event, clock_now(), f))
		return true;
	ca_free(*out);
	*out = NULL;
	return false;
}

bool
action_get_csr(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	return get(p, which, EVENT_GET_CSR, out, f);
}

bool
action_get_certificate(struct p11ca *p, const char *which, struct ca **out,
    struct fault *f)
{
	return get(p, which, EVENT_GET_CERTIFICATE, out, f);
}
