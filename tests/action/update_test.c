/* update_test.c - disable, enable, delete, restore, delete for good. */
#include "fault_stage.h"

#define DAY 86400

static void
make_active(struct stage *s)
{
	struct ca *ca, *active;

	ca = stage_create(s, "one", "EC_prime256v1");
	active = stage_activate(s, ca, 7, NULL);
	ca_free(active);
	ca_free(ca);
}

/* A stage with one ACTIVE CA "one". */
static void
open_with_active(struct stage *s)
{
	stage_open(s);
	make_active(s);
}

static enum ca_status
status_now(struct stage *s)
{
	enum ca_status status;
	struct ca *ca;

	cr_assert(action_describe(s->p, "one", &ca, &s->f), "%s", s->f.found);
	status = ca_status_at(ca, clock_now());
	ca_free(ca);
	return status;
}

Test(update, disable_and_enable_go_back_and_forth)
{
	struct stage s;
	struct ca *ca;

	open_with_active(&s);
	cr_assert(action_update(s.p, "one", false, &ca, &s.f));
	ca_free(ca);
	cr_expect_eq(status_now(&s), CA_DISABLED);
	cr_assert(action_update(s.p, "one", false, &ca, &s.f));
	ca_free(ca);
	cr_assert(action_update(s.p, "one", true, &ca, &s.f));
	ca_free(ca);
	cr_expect_eq(status_now(&s), CA_ACTIVE);
	stage_close(&s);
}

Test(update, an_active_ca_is_not_deleted)
{
	struct stage s;
	struct ca *ca;

	open_with_active(&s);
	cr_expect_not(action_delete(s.p, "one", 30, &ca, &s.f));
	cr_expect_eq(s.f.kind, FAULT_INVALID_STATE);
	cr_expect_eq(status_now(&s), CA_ACTIVE);
	stage_close(&s);
}

Test(update, a_deleted_ca_is_restored_as_what_it_was)
{
	struct stage s;
	struct ca *ca;

	open_with_active(&s);
	cr_assert(action_update(s.p, "one", false, &ca, &s.f));
	ca_free(ca);
	cr_assert(action_delete(s.p, "one", 7, &ca, &s.f));
	cr_expect_eq(ca->restorable_until, STAGE_NOW + 7 * DAY);
	ca_free(ca);
	cr_expect_eq(status_now(&s), CA_DELETED);
	cr_expect_eq(stage_count_keys(&s), 1, "the key is still there");
	clock_stop(STAGE_NOW + 7 * DAY - 1);
	cr_assert(action_restore(s.p, "one", &ca, &s.f), "%s", s.f.found);
	ca_free(ca);
	cr_expect_eq(status_now(&s), CA_DISABLED);
	stage_close(&s);
}

Test(update, after_the_restoration_period_the_key_is_destroyed)
{
	struct stage s;
	struct ca *ca;
	size_t count;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	ca_free(ca);
	cr_assert(action_delete(s.p, "one", 7, &ca, &s.f));
	ca_free(ca);
	clock_stop(STAGE_NOW + 7 * DAY - 1);
	cr_assert(action_delete_due(s.p, &count, &s.f));
	cr_expect_eq(count, 0);
	cr_expect_eq(stage_count_keys(&s), 1);
	clock_stop(STAGE_NOW + 7 * DAY);
	cr_expect_not(action_restore(s.p, "one", &ca, &s.f));
	cr_expect_eq(s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_assert(action_delete_due(s.p, &count, &s.f), "%s", s.f.found);
	cr_expect_eq(count, 1);
	cr_expect_eq(stage_count_keys(&s), 0);
	cr_expect_eq(stage_count_cas(&s), 0);
	stage_close(&s);
}

Test(update, the_days_of_a_deletion_are_7_to_30)
{
	static const int days[] = { -1, 0, 6, 31, 1000 };
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	ca_free(ca);
	for (size_t i = 0; i < COUNT(days); i++) {
		cr_expect_not(action_delete(s.p, "one", days[i], &ca, &s.f));
		cr_expect_eq(s.f.kind, FAULT_VALIDATION);
	}
	cr_expect_eq(status_now(&s), CA_PENDING_CERTIFICATE);
	stage_close(&s);
}

Test(update, every_refusal_is_in_the_audit_log)
{
	struct stage s;
	struct ca *ca;
	char *entry;

	open_with_active(&s);
	cr_expect_not(action_restore(s.p, "one", &ca, &s.f));
	entry = stage_last_entry(&s);
	cr_expect_not_null(strstr(entry, "RestoreCertificateAuthority"));
	cr_expect_not_null(strstr(entry, "InvalidStateException"));
	mem_free(entry);
	stage_close(&s);
}

/* No token is in sight any more. */
static void
lose_the_token(struct stage *s)
{
	stage_tell(s, "token flags-clear 0x400\n");
}

/* As a creation that was cut off leaves it. */
static void
cut_off(struct stage *s, struct ca *ca)
{
	ca->status = CA_CREATING;
	cr_assert(store_begin(p11ca_store(s->p), &s->f) &&
	    store_update_ca(p11ca_store(s->p), ca, &s->f) &&
	    store_commit(p11ca_store(s->p), &s->f));
}

static void
last_entry_has(struct stage *s, const char *text)
{
	char *entry = stage_last_entry(s);

	cr_expect_not_null(strstr(entry, text), "%s", entry);
	mem_free(entry);
}

Test(update, without_its_token_only_the_record_of_a_creation_can_go)
{
	struct stage s;
	struct ca *ca, *gone;

	stage_open(&s);
	stage_break(&s);
	ca = stage_create(&s, "one", "EC_prime256v1");
	cut_off(&s, ca);
	lose_the_token(&s);
	cr_expect_not(action_delete(s.p, "one", 30, &gone, &s.f));
	cr_expect_eq(s.f.kind, FAULT_TOKEN);
	cr_expect_not_null(strstr(s.f.found, "the key of one cannot be "), "%s",
	    s.f.found);
	cr_expect_not_null(strstr(s.f.todo, "--key-stays"), "%s", s.f.todo);
	cr_assert(action_delete_record(s.p, "one", &gone, &s.f), "%s",
	    s.f.found);
	cr_expect_str_eq(gone->uuid, ca->uuid);
	ca_free(gone);
	cr_expect_eq(stage_count_cas(&s), 0);
	last_entry_has(&s, "\"key\":\"not looked for\"");
	stage_tell(&s, "");
	cr_expect_eq(stage_count_keys(&s), 1, "the key stayed");
	ca_free(ca);
	stage_close(&s);
}

/* A root has issued one certificate: its own. */
Test(update, without_its_token_the_register_of_a_ca_stays_and_its_name_is_free)
{
	struct stage s;
	struct ca *ca;

	stage_open(&s);
	stage_break(&s);
	ca_free(stage_host(&s, "one", "CN=One", NULL, NULL));
	lose_the_token(&s);
	cr_assert(action_update(s.p, "one", false, &ca, &s.f));
	ca_free(ca);
	cr_assert(action_delete(s.p, "one", 7, &ca, &s.f), "%s", s.f.found);
	ca_free(ca);
	clock_stop(STAGE_NOW + 7 * DAY);
	cr_assert(action_delete_record(s.p, "one", &ca, &s.f), "%s", s.f.found);
	ca_free(ca);
	cr_expect_eq(stage_count_cas(&s), 1, "for its register");
	cr_expect_not(action_delete_record(s.p, "one", &ca, &s.f));
	cr_expect_eq(s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	stage_tell(&s, "");
	cr_expect_eq(stage_count_keys(&s), 1, "the key stayed");
	ca_free(stage_create(&s, "one", "EC_prime256v1"));
	stage_close(&s);
}

static void
leave_pending(struct stage *s)
{
	ca_free(stage_create(s, "one", "EC_prime256v1"));
}

static void
delete_it(struct stage *s)
{
	struct ca *ca;

	leave_pending(s);
	cr_assert(action_delete(s->p, "one", 7, &ca, &s->f));
	ca_free(ca);
	clock_stop(STAGE_NOW + 7 * DAY - 1);
}

Test(update, a_key_is_not_left_where_the_ca_can_be_restored)
{
	static const struct {
		void (*make)(struct stage *s);
		const char *found;
	} cases[] = {
		{ leave_pending, "one, which is PENDING_CERTIFICATE" },
		{ make_active, "one, which is ACTIVE" },
		{ delete_it, "one, which can be restored until 2027-01-22T" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stage s;
		struct ca *ca;

		stage_open(&s);
		cases[i].make(&s);
		cr_expect_not(action_find_ended(s.p, "one", &ca, &s.f));
		cr_expect_eq(s.f.kind, FAULT_INVALID_STATE);
		cr_expect_not(action_delete_record(s.p, "one", &ca, &s.f));
		cr_expect_eq(s.f.kind, FAULT_INVALID_STATE);
		cr_expect_not_null(strstr(s.f.found, cases[i].found), "%s",
		    s.f.found);
		cr_expect_eq(stage_count_cas(&s), 1);
		last_entry_has(&s, "InvalidStateException");
		stage_close(&s);
	}
}

/* The first has a token that is nowhere. */
Test(update, a_ca_that_cannot_be_destroyed_does_not_stop_the_others)
{
	struct stage s;
	struct ca *lost, *other, *ca;
	size_t count;

	stage_open(&s);
	lost = stage_create(&s, "lost", "EC_prime256v1");
	clock_stop(STAGE_NOW + 1);
	other = stage_create(&s, "other", "EC_prime256v1");
	mem_free(lost->token_uri);
	lost->token_uri = mem_text("pkcs11:token=gone;serial=1");
	cr_assert(store_begin(p11ca_store(s.p), &s.f) &&
	    store_update_ca(p11ca_store(s.p), lost, &s.f) &&
	    store_commit(p11ca_store(s.p), &s.f));
	cr_assert(action_delete(s.p, "lost", 7, &ca, &s.f));
	ca_free(ca);
	cr_assert(action_delete(s.p, "other", 7, &ca, &s.f));
	ca_free(ca);
	clock_stop(STAGE_NOW + 8 * DAY);
	cr_expect_not(action_delete_due(s.p, &count, &s.f));
	cr_expect_eq(count, 1);
	cr_expect_eq(s.f.kind, FAULT_TOKEN);
	cr_expect_not_null(strstr(s.f.found, "the key of lost"), "%s",
	    s.f.found);
	cr_expect_not_null(strstr(s.f.todo, "--key-stays"));
	last_entry_has(&s, "\"key\":\"destroyed\"");
	cr_expect_eq(stage_count_keys(&s), 1);
	ca_free(other);
	ca_free(lost);
	stage_close(&s);
}
