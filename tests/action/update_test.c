/* update_test.c - disable, enable, delete, restore, delete for good. */
#include "stage.h"

#define DAY 86400

/* A stage with one ACTIVE CA "one". */
static void
open_with_active(struct stage *s)
{
	struct ca *ca, *active;

	stage_open(s);
	ca = stage_create(s, "one", "EC_prime256v1");
	active = stage_activate(s, ca, 7, NULL);
	ca_free(active);
	ca_free(ca);
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
