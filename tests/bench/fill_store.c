/*
 * fill_store.c - what a CA that issued for years has on record.
 *
 *   bench-fill_store DATABASE LOCKS CA COUNT LIVE
 *
 * COUNT certificates of the CA, made up but for what the register looks at,
 * each with its audit entry; all but the first LIVE are revoked.  The serial
 * numbers are 1 to COUNT.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p11ca/certmake.h"
#include "p11ca/clock.h"
#include "p11ca/der.h"
#include "p11ca/mem.h"
#include "p11ca/register.h"

#define TOGETHER 10000 /* certificates in one transaction */
#define TBS_LEN 380
#define SIGNATURE_LEN 71
#define YEAR 31536000

static const char entry_form[] =
    "{\"time\":\"2026-01-01T00:00:00Z\",\"caller\":\"uid 0 (root)\","
    "\"operation\":\"IssueCertificate\",\"certificateAuthority\":\"%s\","
    "\"outcome\":\"done\",\"serial\":\"%s\","
    "\"template\":\"EndEntityCertificate\",\"requestSha256\":\"%s\"}";

/* As long as a real one, and with a content of its own. */
static void
make_up(struct issued *issued, const struct ca *ca, uint64_t n, int64_t now)
{
	unsigned char content[TBS_LEN] = { 0 };
	char request[16];

	memset(issued, 0, sizeof(*issued));
	memcpy(content, &n, sizeof(n));
	der_put(&issued->tbs, DER_SEQUENCE,
	    (struct bytes){ content, sizeof(content) });
	(void)snprintf(request, sizeof(request), "%" PRIu64, n);
	memcpy(issued->ca, ca->uuid, sizeof(issued->ca));
	(void)snprintf(issued->serial, sizeof(issued->serial), "%032" PRIx64,
	    n);
	(void)snprintf(issued->template_name, sizeof(issued->template_name),
	    "EndEntityCertificate");
	digest_hex(bytes_of(request), issued->request);
	issued->caller = mem_text("uid 0 (root)");
	issued->sign_alg = ca->sign_alg;
	issued->issued_at = now;
	issued->not_before = now;
	issued->not_after = now + YEAR;
}

static bool
issue(struct store *store, const struct ca *ca, struct issued *issued,
    struct fault *f)
{
	unsigned char signature[SIGNATURE_LEN] = { 0 };
	struct crl_state state;
	bool taken = false;
	char *entry;
	bool ok = crl_assign(store, ca->uuid, false, &state, f) &&
	    register_intend(store, issued, &taken, f);

	issued->state = ISSUED_DONE;
	signed_der(buf_bytes(&issued->tbs), issued->sign_alg,
	    (struct bytes){ signature, sizeof(signature) },
	    &issued->certificate);
	entry =
	    mem_format(entry_form, ca->arn, issued->serial, issued->request);
	ok = ok && !taken && register_settle(store, issued, f) &&
	    store_audit(store, entry, f);
	mem_free(entry);
	return ok;
}

static bool
fill(struct store *store, const struct ca *ca, uint64_t count, uint64_t live,
    struct fault *f)
{
	int64_t now = clock_now();
	bool ok = store_begin(store, f);

	for (uint64_t n = 1; ok && n <= count; n++) {
		struct issued issued;

		make_up(&issued, ca, n, now);
		ok = issue(store, ca, &issued, f) &&
		    (n <= live ||
			register_revoke(store, ca->uuid, issued.serial,
			    now - (int64_t)(n % YEAR), REASON_SUPERSEDED, f)) &&
		    (n % TOGETHER != 0 ||
			(store_commit(store, f) && store_begin(store, f)));
		issued_clear(&issued);
	}
	return ok && store_commit(store, f);
}

int
main(int argc, char **argv)
{
	struct store *store = NULL;
	struct fault f = { 0 };
	struct ca *ca = NULL;
	bool ok;

	if (argc != 6) {
		(void)fprintf(stderr, "bench-fill_store: see the source\n");
		return 2;
	}
	ok = store_open(argv[1], argv[2], STORE_WRITE, &store, &f) &&
	    store_find_ca(store, argv[3], &ca, &f) &&
	    fill(store, ca, strtoull(argv[4], NULL, 10),
		strtoull(argv[5], NULL, 10), &f);
	if (!ok)
		(void)fprintf(stderr, "bench-fill_store: found %s\n", f.found);
	ca_free(ca);
	store_close(store);
	return ok ? 0 : 1;
}
