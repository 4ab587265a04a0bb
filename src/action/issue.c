/*
 * issue.c - IssueCertificate, one by one or many at once.
 *
 * Certificates go through in groups: the intents of a group are committed
 * together, then the token signs, then the results are committed together, and
 * only then is anybody told.  No transaction and no lock is held while the
 * token signs; while it does, the group before is told of, and the next is read
 * and put on record.  The first group is small, so that the token has something
 * to do soon.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "issuer.h"
#include "p11ca/mem.h"

#define GROUP_FIRST 8
#define GROUP_MAX 128

struct group {
	struct job job[GROUP_MAX];
	size_t count;
	atomic_size_t read; /* how many jobs have been begun with */
	bool token_failed;  /* there is to be no group after it */
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
	const struct issuer *issuer = group->issuer;
	struct to_sign *list = mem_array(group->count, sizeof(*list));
	struct job **jobs = mem_array(group->count, sizeof(struct job *));
	size_t count = 0;

	for (size_t i = 0; i < group->count; i++) {
		struct job *job = &group->job[i];

		if (!is_to_be_signed(job))
			continue;
		list[count].data = buf_bytes(&job->issued.tbs);
		jobs[count++] = job;
	}
	group->token_failed = !token_sign_many(issuer->token, &issuer->key,
	    issuer->sign_alg, list, count, &group->fault);
	for (size_t i = 0; i < count; i++) {
		if (list[i].signature.len == 0)
			continue;
		issued_finish(&jobs[i]->issued, buf_bytes(&list[i].signature),
		    NULL);
		buf_free(&list[i].signature);
	}
	mem_free(jobs);
	mem_free(list);
	return NULL;
}

/* What the token did not sign is failed. */
static void
give_up_the_rest(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct job *job = &group->job[i];

		if (!is_to_be_signed(job))
			continue;
		job->fault = group->fault;
		issued_finish(&job->issued, (struct bytes){ 0 }, &job->fault);
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
	if (group->count == 0)
		return;
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

/* Two threads do this: each takes the next that nobody has begun with. */
static void *
read_jobs(void *context)
{
	struct group *group = context;
	size_t i;

	while ((i = atomic_fetch_add(&group->read, 1)) < group->count)
		(void)job_read(group->issuer, &group->job[i]);
	return NULL;
}

/* It is the signatures of CSRs that take long, as long as SoftHSM's. */
static void
group_read(struct issuer *issuer, struct group *group)
{
	pthread_t helper;
	bool helped;

	group->issuer = issuer;
	helped = group->count > 1 &&
	    pthread_create(&helper, NULL, read_jobs, group) == 0;
	(void)read_jobs(group);
	if (helped)
		(void)pthread_join(helper, NULL);
}

/* Read up to `max` CSRs and put them on record; none are left: an empty group.
 * False: nothing of it is on record. */
static bool
group_next(struct issuer *issuer, struct group *group, size_t max,
    const struct issue_batch *batch, struct fault *f)
{
	while (group->count < max &&
	    batch->next(batch->context, &group->job[group->count].pem,
		&group->job[group->count].title))
		group->count++;
	group_read(issuer, group);
	if (group->count == 0 || group_intend(issuer, group, f))
		return true;
	group_clear(group);
	return false;
}

/* On record already when another group failed: told of, as far as it is. */
static void
group_give_up(struct issuer *issuer, struct group *group,
    const struct issue_batch *batch, const struct fault *why)
{
	struct fault second = { 0 };

	if (!group->signing) {
		group->token_failed = true;
		group->fault = *why;
	}
	(void)group_finish(issuer, group, batch, &second);
}

/*
 * The token goes on with the next group before the one that it has signed is
 * put on record, unless it has failed.
 */
static bool
run(struct issuer *issuer, const struct issue_batch *batch, struct fault *f)
{
	struct group *both = mem_array(2, sizeof(*both));
	struct group *now = &both[0], *next = &both[1];
	bool ok = group_next(issuer, now, GROUP_FIRST, batch, f);

	group_start(issuer, now);
	while (ok && now->count > 0) {
		struct fault second = { 0 };
		struct group *done = now;
		bool came = group_next(issuer, next, GROUP_MAX, batch, f);

		group_wait(now);
		if (came && !now->token_failed)
			group_start(issuer, next);
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
