/* job.c - one certificate on its way: CSR, intent, signature, result. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "issuer.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

#define ISSUED_MAX 1000000		 /* with a complete CRL */
#define ISSUED_PARTITIONED_MAX 100000000 /* with partitioned ones */
#define SERIAL_DRAWS 5
#define OID_ALT_NAME "2.5.29.17"

void
job_clear(struct job *job)
{
	buf_free(&job->pem);
	mem_free(job->title);
	csr_free(job->csr);
	pubkey_clear(&job->key);
	ext_wishes_clear(&job->asked);
	buf_free(&job->subject);
	issued_clear(&job->issued);
	memset(job, 0, sizeof(*job));
}

/* Refused: the fault is noted, and false is returned. */
static bool
refuse(struct job *job)
{
	job->refused = true;
	return false;
}

/* Subject and alternative names as the template takes them. */
static void
choose_subject(const struct issuer *issuer, struct job *job)
{
	static const unsigned char nothing[] = { 0x30, 0x00 };
	const struct api_passthrough *api = issuer->request->api;
	bool api_may =
	    issuer->template->subject == TEMPLATE_SUBJECT_API_ELSE_CSR;
	const struct bytes none = { nothing, sizeof(nothing) };
	const struct ext_wish *names = NULL;
	struct bytes subject = name_der(job->csr->subject);

	if (api_may && api != NULL && api->has_subject)
		subject = buf_bytes(&api->subject);
	buf_set(&job->subject, subject);
	job->facts.subject_empty = bytes_equal(subject, none);
	if (api_may && api != NULL)
		names = ext_wishes_find(&api->exts, OID_ALT_NAME);
	if (names == NULL)
		names = ext_wishes_find(&job->asked, OID_ALT_NAME);
	job->facts.has_alt_name =
	    names != NULL && !bytes_equal(buf_bytes(&names->value), none);
}

static void
choose_validity(const struct issuer *issuer, struct job *job)
{
	const struct issue_request *request = issuer->request;
	struct issue *facts = &job->facts;

	facts->now = clock_now();
	facts->not_before = request->has_not_before
	    ? request->not_before
	    : facts->now - BACKDATE_SECONDS;
	facts->validity_fits = validity_end(request->validity,
	    request->validity_value, facts->now, &facts->not_after);
}

/* What is known without the TBS; how many there are is asked later. */
static void
gather(const struct issuer *issuer, struct job *job)
{
	const struct ca *ca = issuer->ca;
	struct issue *facts = &job->facts;

	facts->type = ca->type;
	facts->short_lived = issuer->settings->short_lived;
	facts->ca_family = key_algs[ca->key_alg].family;
	facts->ca_spki = buf_bytes(&ca->key_spki);
	facts->ca_not_after = ca->not_after;
	facts->issued_max = issuer->settings->crl.partitioned
	    ? ISSUED_PARTITIONED_MAX
	    : ISSUED_MAX;
	facts->template = issuer->template;
	facts->sign_alg = issuer->sign_alg;
	facts->csr = job->csr;
	facts->csr_key = &job->key;
	choose_subject(issuer, job);
	choose_validity(issuer, job);
	facts->status = ca_status_at(ca, facts->now);
}

bool
job_read(const struct issuer *issuer, struct job *job)
{
	struct fault *f = &job->fault;

	if (!csr_from_pem(buf_bytes(&job->pem), &job->csr, f) ||
	    !csr_key(job->csr, &job->key, f) ||
	    !csr_extensions(job->csr, &job->asked, f))
		return refuse(job);
	gather(issuer, job);
	return issue_check(&job->facts, f) || refuse(job);
}

/* SHA-256 over all that was asked. */
static void
digest_request(const struct issuer *issuer, struct job *job)
{
	const struct issue_request *request = issuer->request;
	struct buf all = { 0 };

	buf_printf(&all, "%s\n%s\n%s\n%d %" PRId64 "\n%d %" PRId64 "\n",
	    issuer->ca->arn, issuer->template->name,
	    sign_algs[issuer->sign_alg].name, (int)request->validity,
	    request->validity_value, request->has_not_before ? 1 : 0,
	    request->not_before);
	for (size_t i = 0; request->api != NULL && i < request->api->exts.count;
	     i++) {
		const struct ext_wish *ext = &request->api->exts.list[i];

		buf_printf(&all, "%s %d ", ext->oid, ext->critical ? 1 : 0);
		buf_hex(&all, buf_bytes(&ext->value));
	}
	buf_append(&all, buf_bytes(&job->subject));
	buf_append(&all, buf_bytes(&job->csr->der));
	digest_hex(buf_bytes(&all), job->issued.request);
	buf_free(&all);
}

/*
 * The same token within five minutes is the same request (API,
 * IdempotencyToken), whatever else it says.
 */
static bool
find_earlier(struct issuer *issuer, struct job *job, struct fault *f)
{
	const char *token = issuer->request->idempotency;
	struct issued earlier = { 0 };

	if (token == NULL)
		return true;
	if (!register_find_token(issuer->p->store, issuer->ca->uuid, token,
		job->facts.now - IDEMPOTENCY_SECONDS, &earlier, &job->again, f))
		return false;
	if (!job->again)
		return true;
	job->issued = earlier; /* the job's now */
	if (earlier.state == ISSUED_DONE)
		return true;
	fault_found(&job->fault, "the same request, %s",
	    earlier.state == ISSUED_INTENT ? "being signed"
					   : "which has failed");
	fault_raise(&job->fault,
	    earlier.state == ISSUED_INTENT ? FAULT_REQUEST_IN_PROGRESS
					   : FAULT_REQUEST_FAILED,
	    "a request that is done or new",
	    "try again in a while, or with another idempotency token");
	return refuse(job);
}

static bool
draw_serial(struct job *job, struct fault *f)
{
	unsigned char serial[SERIAL_LEN];
	struct buf hex = { 0 };

	if (!digest_random(serial, sizeof(serial), f))
		return false;
	if (serial[0] == 0)
		serial[0] = 1; /* always as long, never zero */
	buf_hex(&hex, (struct bytes){ serial, sizeof(serial) });
	(void)snprintf(job->issued.serial, sizeof(job->issued.serial), "%s",
	    buf_text(&hex));
	buf_free(&hex);
	return true;
}

/*
 * What cannot be written as a certificate is the requester's to change.  A root
 * signs itself: under another name it would have a CA below it that no rule
 * about the path was asked for.
 */
static bool
finish_tbs(const struct issuer *issuer, struct job *job,
    const struct ext_wishes *exts)
{
	struct buf serial = { 0 };
	struct cert_wish wish = { .sign_alg = issuer->sign_alg,
		.issuer = buf_bytes(issuer->template->root ? &job->subject
							   : &issuer->subject),
		.subject = buf_bytes(&job->subject),
		.spki = job->csr->spki,
		.not_before = job->facts.not_before,
		.not_after = job->facts.not_after,
		.exts = exts };
	bool ok = buf_from_hex(&serial, job->issued.serial);

	wish.serial = buf_bytes(&serial);
	buf_free(&job->issued.tbs);
	ok = ok && cert_tbs(&wish, &job->issued.tbs, &job->fault);
	buf_free(&serial);
	return ok || refuse(job);
}

/* As the import would see it under this CA; the signature does not matter. */
static bool
check_path(const struct issuer *issuer, struct job *job)
{
	static const unsigned char unsigned_yet[] = { 0 };
	struct import_cert *at = mem_array(issuer->path_count + 1, sizeof(*at));
	struct import path = { .type = CA_SUBORDINATE,
		.cert = at,
		.count = issuer->path_count + 1,
		.now = job->facts.now };
	struct cert *made = NULL;
	struct buf der = { 0 };
	bool ok;

	signed_der(buf_bytes(&job->issued.tbs), issuer->sign_alg,
	    (struct bytes){ unsigned_yet, sizeof(unsigned_yet) }, &der);
	ok = cert_from_der(buf_bytes(&der), &made, &job->fault);
	if (!ok) {
		fault_raise(&job->fault, FAULT_MALFORMED_CSR,
		    "what p11ca itself would take as a certificate",
		    "have the requester make a plainer CSR");
	} else {
		at[0].cert = made;
		for (size_t i = 0; i < issuer->path_count; i++)
			at[i + 1].cert = issuer->path[i];
		job->facts.path = &path;
		ok = issue_check(&job->facts, &job->fault);
		job->facts.path = NULL;
	}
	cert_free(made);
	buf_free(&der);
	mem_free(at);
	return ok || refuse(job);
}

/* The extensions of the certificate, with the place of its CRL. */
static bool
choose_extensions(struct issuer *issuer, struct job *job,
    struct ext_wishes *exts, struct fault *f)
{
	static const struct ext_wishes none;
	const struct issue_request *request = issuer->request;
	const struct ca_settings *settings = issuer->settings;
	struct template_sources from = { .csr = &job->asked,
		.api = request->api != NULL ? &request->api->exts : &none,
		.spki = job->csr->spki,
		.issuer_key_id = buf_bytes(&issuer->key_id),
		.subject_empty = job->facts.subject_empty };
	char *crl = NULL, *ocsp = NULL;
	struct crl_state state;

	if (!issuer->template->root) {
		if (!crl_assign(issuer->p->store, issuer->ca->uuid,
			settings->crl.enabled && settings->crl.partitioned,
			&state, f))
			return false;
		job->issued.partition = state.partition;
		crl = crl_uri(issuer->p, settings, &state);
		ocsp = ocsp_uri(issuer->p, settings);
	}
	from.crl_uri = crl;
	from.ocsp_uri = ocsp;
	template_extensions(issuer->template, &from, exts);
	mem_free(crl);
	mem_free(ocsp);
	return true;
}

/* What the register keeps of it beside serial and TBS. */
static void
describe(const struct issuer *issuer, struct job *job)
{
	struct issued *issued = &job->issued;

	memcpy(issued->ca, issuer->ca->uuid, sizeof(issued->ca));
	(void)snprintf(issued->template_name, sizeof(issued->template_name),
	    "%s", issuer->template->name);
	issued->state = ISSUED_INTENT;
	issued->sign_alg = issuer->sign_alg;
	issued->caller = mem_text(issuer->caller);
	issued->owner = mem_text(issuer->owner);
	issued->idempotency = mem_text(issuer->request->idempotency);
	issued->issued_at = job->facts.now;
	issued->not_before = job->facts.not_before;
	issued->not_after = job->facts.not_after;
	digest_request(issuer, job);
}

/* Draw serials until one is new; 128 random bits hardly ever need two. */
static bool
put_on_record(struct issuer *issuer, struct job *job,
    const struct ext_wishes *exts, struct fault *f)
{
	bool taken = true;

	for (int i = 0; i < SERIAL_DRAWS && taken; i++) {
		if (!draw_serial(job, f) || !finish_tbs(issuer, job, exts) ||
		    (i == 0 && !check_path(issuer, job)) ||
		    !register_intend(issuer->p->store, &job->issued, &taken, f))
			return false;
	}
	if (!taken)
		return true;
	fault_found(f, "the same serial number drawn %d times", SERIAL_DRAWS);
	return fault_raise(f, FAULT_OURS, "random serial numbers",
	    "see whether the random numbers of this machine are random");
}

/* No certificate, no place in a CRL. */
static bool
give_back_place(struct issuer *issuer, const struct job *job, struct fault *f)
{
	return issuer->template->root ||
	    crl_unassign(issuer->p->store, issuer->ca->uuid,
		job->issued.partition, f);
}

bool
job_intend(struct issuer *issuer, struct job *job, struct fault *f)
{
	struct ext_wishes exts = { 0 };
	int64_t revoked;
	bool ok;

	if (!find_earlier(issuer, job, f) || job->again)
		return job->again && !job->refused;
	if (!register_count(issuer->p->store, issuer->ca->uuid,
		&job->facts.issued, &revoked, f))
		return false;
	describe(issuer, job);
	ok = choose_extensions(issuer, job, &exts, f) &&
	    put_on_record(issuer, job, &exts, f);
	if (job->refused && !give_back_place(issuer, job, f))
		job->refused = false;
	ext_wishes_clear(&exts);
	return ok;
}

bool
job_settle(struct issuer *issuer, struct job *job, struct fault *f)
{
	struct issued *issued = &job->issued;
	struct deed deed = { .operation = "IssueCertificate",
		.which = issuer->ca->arn,
		.more = { { "serial", issued->serial },
		    { "template", issued->template_name },
		    { "requestSha256", issued->request } },
		.more_count = 3 };
	const struct fault *failed =
	    issued->state == ISSUED_FAILED ? &job->fault : NULL;

	return register_settle(issuer->p->store, issued, f) &&
	    record_entry(issuer->p, &deed, failed, f);
}
