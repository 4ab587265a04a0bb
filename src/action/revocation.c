/* revocation.c - UpdateCertificateAuthority with a RevocationConfiguration. */
#include <string.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/register.h"
#include "p11ca/rule_status.h"
#include "p11ca/text.h"

#define OPERATION "UpdateCertificateAuthority"

/* Clients look for the start of that sentence. */
static bool
refuse_bucket(const char *bucket, struct fault *f)
{
	char shown[80];

	fault_found(f,
	    "Permission error with your S3 bucket '%s'. Check that your "
	    "bucket policy grants access (there is no such bucket here)",
	    text_fit(shown, sizeof(shown), bytes_of(bucket)));
	return fault_raise(f, FAULT_VALIDATION, "a bucket of this home",
	    "make it with p11ca bucket add");
}

bool
revocation_is_possible(const struct p11ca *p,
    const struct ca_settings *settings, struct fault *f)
{
	struct crl_state any = { .guid = "0" };
	char *key;
	bool ok;

	if (!settings->crl.enabled)
		return true;
	if (!bucket_is_there(p, settings->crl.bucket, f))
		return refuse_bucket(settings->crl.bucket, f);
	key = crl_key(settings, &any);
	ok = bucket_make_room(p, settings->crl.bucket, key, f);
	mem_free(key);
	return ok;
}

/* The CA with its new settings; they are whole or as they were. */
static bool
apply(struct p11ca *p, struct ca *ca, struct bytes json, struct fault *f)
{
	struct ca_settings *settings = NULL;
	bool ok = ca_settings_read(ca->settings, &settings, f) &&
	    ca_settings_set_revocation(settings, json, f) &&
	    revocation_is_possible(p, settings, f);

	if (ok) {
		mem_free(ca->settings);
		ca->settings = ca_settings_write(settings);
	}
	ca_settings_free(settings);
	return ok;
}

/* EVENT_DISABLE: as every update, of an ACTIVE or DISABLED CA only. */
static bool
change(struct p11ca *p, struct ca *ca, struct bytes json, struct deed *deed,
    struct fault *f)
{
	if (!status_allows(ca, EVENT_DISABLE, clock_now(), f) ||
	    !apply(p, ca, json, f))
		return false;
	deed->more[0] = (struct wire_pair){ "settings", ca->settings };
	deed->more_count = 1;
	return store_begin(p->store, f) && store_update_ca(p->store, ca, f) &&
	    record_done(p, deed, f);
}

bool
action_set_revocation(struct p11ca *p, const char *which, struct bytes json,
    struct ca **out, struct fault *f)
{
	struct deed deed = { .operation = OPERATION, .which = which };
	struct store_lock *lock = NULL;
	struct ca *ca = NULL;
	bool ok;

	*out = NULL;
	ok = find_ca(p, which, &ca, f);
	if (ok) {
		deed.which = ca->arn;
		ok = store_lock(p->store, ca->uuid, OPERATION, &lock, f) &&
		    change(p, ca, json, &deed, f);
	}
	if (!ok)
		record_refused(p, &deed, f);
	store_unlock(lock);
	if (ok) {
		*out = ca;
		ca = NULL; /* the caller's now */
	}
	ca_free(ca);
	return ok;
}
