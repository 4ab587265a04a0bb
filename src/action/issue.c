/*
 * issue.c - IssueCertificate, one by one or many at once.
 *
 * Certificates go through in groups: the intents of a group are committed
 * together, then the token signs, then the results are committed together, and
 * only then is anybody told.  No transaction and no lock is held while the
 * token signs; while it does, the next group is read and put on record.
 */
#include <pthread.h>
#include <string.h>

#include "issuer.h"
#include "p11ca/mem.h"

#define GROUP_MAX 64

struct group {
	struct job job[GROUP_MAX];
	size_t count;
	bool token_failed; /* nothing after that was signed */
	struct fault fault;
	const struct issuer *issuer;
	pthread_t thread;
	bool signing;
};

static void
group_clear(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		job_clear(&group->job[i]);
	memset(group, 0, sizeof(*group));
}

/* Is there something for the token to do? */
static bool
is_to_be_signed(const struct job *job)
{
	return !job->refused && !job->again &&
	    job->issued.state == ISSUED_INTENT && job->issued.tbs.len > 0;
}

/* What needs no signature is logged at once: a refusal, the same again. */
static bool
log_answer(const struct issuer *issuer, const struct job *job, struct fault *f)
{
	struct deed deed = { .operation = "IssueCertificate",
		.which = issuer->ca->arn };

	if (job->again)
		deed.more[deed.more_count++] =
		    (struct wire_pair){ "serial", job->issued.serial };
	return record_entry(issuer->p, &deed, job->refused ? &job->fault : NULL,
	    f);
}

/* Put the intents of a group on record, and the refusals into the log. */
static bool
group_intend(struct issuer *issuer, struct group *group, struct fault *f)
{
	bool ok =
	    store_begin(issuer->p->store, f) && issuer_is_current(issuer, f);

	for (size_t i = 0; i < group->count && ok; i++) {
		struct job *job = &group->job[i];

		if (!job->refused)
			ok = job_intend(issuer, job, f) || job->refused;
		if (ok && (job->refused || job->again))
			ok = log_answer(issuer, job, f);
	}
	ok = ok && store_commit(issuer->p->store, f);
	if (!ok)
		store_rollback(issuer->p->store);
	return ok;
}

/* In a thread of its own: nothing here but the token is touched. */
static void *
group_sign(void *context)
{
	struct group *group = context;

	for (size_t i = 0; i < group->count && !group->token_failed; i++) {
		struct job *job = &group->job[i];

		if (is_to_be_signed(job) &&
		    !issuer_sign(group->issuer, &job->issued, &job->fault)) {
			group->token_failed = true;
			group->fault = job->fault;
		}
	}
	return NULL;
}

/* What the token did not come to stays an intent; it is failed here. */
static void
give_up_the_rest(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct job *job = &group->job[i];

		if (!is_to_be_signed(job))
			continue;
		job->issued.state = ISSUED_FAILED;
		job->issued.failure = mem_text(group->fault.found);
		job->fault = group->fault;
	}
}

/* The results of a group on record, in one commit. */
static bool
group_settle(struct issuer *issuer, struct group *group, struct fault *f)
{
	bool ok = store_begin(issuer->p->store, f);

	give_up_the_rest(group);
	for (size_t i = 0; i < group->count && ok; i++) {
		struct job *job = &group->job[i];

		if (!job->refused && !job->again)
			ok = job_settle(issuer, job, f);
	}
	ok = ok && store_commit(issuer->p->store, f);
	if (!ok)
		store_rollback(issuer->p->store);
	return ok;
}

static void
group_start(struct issuer *issuer, struct group *group)
{
	group->issuer = issuer;
	group->signing =
	    pthread_create(&group->thread, NULL, group_sign, group) == 0;
	if (!group->signing)
		(void)group_sign(group); /* no thread to be had: do it here */
}

static void
group_wait(struct group *group)
{
	if (group->signing)
		(void)pthread_join(group->thread, NULL);
	group->signing = false;
}

/* Wait for the token, put the results on record, and tell. */
static bool
group_finish(struct issuer *issuer, struct group *group,
    const struct issue_batch *batch, struct fault *f)
{
	bool ok;

	group_wait(group);
	ok = group_settle(issuer, group, f);
	for (size_t i = 0; i < group->count && ok; i++) {
		const struct job *job = &group->job[i];
		bool issued = job->issued.state == ISSUED_DONE;

		batch->done(batch->context, job->title,
		    issued ? &job->issued : NULL, &job->fault);
	}
	if (ok && group->token_failed) {
		*f = group->fault;
		ok = false;
	}
	group_clear(group);
	return ok;
}

/* Read up to a group of CSRs and put them on record; none are left: an empty
 * group.  False: nothing of it is on record. */
static bool
group_next(struct issuer *issuer, struct group *group,
    const struct issue_batch *batch, struct fault *f)
{
	while (group->count < GROUP_MAX) {
		struct job *job = &group->job[group->count];

		if (!batch->next(batch->context, &job->pem, &job->title))
			break;
		group->count++;
		(void)job_read(issuer, job);
	}
	if (group->count == 0 || group_intend(issuer, group, f))
		return true;
	group_clear(group);
	return false;
}

/* On record already when the group before it failed: none of it is signed. */
static void
group_give_up(struct issuer *issuer, struct group *group,
    const struct issue_batch *batch, const struct fault *why)
{
	struct fault second = { 0 };

	group->token_failed = true;
	group->fault = *why;
	(void)group_finish(issuer, group, batch, &second);
}

static bool
run(struct issuer *issuer, const struct issue_batch *batch, struct fault *f)
{
	struct group *both = mem_array(2, sizeof(*both));
	struct group *now = &both[0], *next = &both[1];
	bool ok = group_next(issuer, now, batch, f);

	while (ok && now->count > 0) {
		struct fault second = { 0 };
		struct group *done = now;
		bool came;

		group_start(issuer, now);
		came = group_next(issuer, next, batch, f);
		ok = group_finish(issuer, now, batch, came ? f : &second);
		if (!ok && came)
			group_give_up(issuer, next, batch, f);
		ok = ok && came;
		now = next;
		next = done;
	}
	mem_free(both);
	return ok;
}

/* One token for many requests would make them one. */
bool
action_issue_batch(struct p11ca *p, const struct issue_request *request,
    const struct issue_batch *batch, struct fault *f)
{
	struct deed deed = { .operation = "IssueCertificate",
		.which = request->ca };
	struct issue_request each = *request;
	struct issuer issuer;
	bool ok;

	each.idempotency = NULL;
	ok = issuer_open(p, &each, &issuer, f);
	if (ok) {
		deed.which = issuer.ca->arn;
		ok = issuer_begin(&issuer, f) && run(&issuer, batch, f);
	}
	if (!ok)
		record_refused(p, &deed, f);
	issuer_close(&issuer);
	return ok;
}

/* One certificate: what is refused is refused before the token is asked.
 * *logged: an entry about it is in the audit log. */
static bool
issue_one(struct issuer *issuer, struct group *group, bool *logged,
    struct fault *f)
{
	struct job *job = &group->job[0];

	if (!job_read(issuer, job)) {
		*f = job->fault;
		return false;
	}
	if (!issuer_begin(issuer, f) || !group_intend(issuer, group, f))
		return false;
	*logged = job->refused || job->again;
	group->issuer = issuer;
	(void)group_sign(group);
	if (!group_settle(issuer, group, f))
		return false;
	*logged = true;
	if (!job->refused && job->issued.state == ISSUED_DONE)
		return true;
	*f = job->fault;
	return false;
}

bool
action_issue(struct p11ca *p, const struct issue_request *request,
    struct issued *out, struct fault *f)
{
	struct deed deed = { .operation = "IssueCertificate",
		.which = request->ca };
	struct group *group = mem_new(sizeof(*group));
	struct issuer issuer;
	bool logged = false;
	bool ok;

	memset(out, 0, sizeof(*out));
	group->count = 1;
	buf_set(&group->job[0].pem, request->csr);
	ok = issuer_open(p, request, &issuer, f);
	if (ok) {
		deed.which = issuer.ca->arn;
		ok = issue_one(&issuer, group, &logged, f);
	}
	if (!ok && !logged)
		record_refused(p, &deed, f);
	if (ok) {
		*out = group->job[0].issued;
		memset(&group->job[0].issued, 0, sizeof(*out));
	}
	group_clear(group);
	mem_free(group);
	issuer_close(&issuer);
	return ok;
}

char *
issued_pem(const struct issued *issued)
{
	struct buf pem = { 0 };
	char *text;

	pem_write(&pem, PEM_CERTIFICATE, buf_bytes(&issued->certificate));
	while (pem.len > 0 && pem.p[pem.len - 1] == '\n')
		pem.p[--pem.len] = '\0';
	text = mem_text(buf_text(&pem));
	buf_free(&pem);
	return text;
}
