/* settle_test.c - what a crash left, settled because somebody asks for it. */
#include "ledger.h"
#include "p11ca/process.h"

static bool
settle(struct ledger *l, const char *which, struct settled *out)
{
	memset(&l->s.f, 0, sizeof(l->s.f));
	return action_settle(l->s.p, which, out, &l->s.f);
}

static void
expect_state(struct ledger *l, const char *tail, enum issued_state state)
{
	char serial[SERIAL_HEX_LEN];
	struct issued now;

	cr_assert(register_find(p11ca_store(l->s.p), l->ca->uuid,
		      ledger_serial(tail, serial), &now, &l->s.f),
	    "%s", l->s.f.found);
	cr_expect_eq(now.state, state, "%s", tail);
	issued_clear(&now);
}

/* From now on the token cannot be had. */
static void
take_the_token_away(struct ledger *l)
{
	char *path = mem_format("%s/softhsm", l->s.home);
	const char *const rm[] = { "rm", "-rf", path, NULL };

	cr_assert_eq(stage_run(rm), 0);
	mem_free(path);
}

Test(settle, signs_what_is_on_record_and_nothing_else)
{
	struct settled settled;
	struct ledger l;

	ledger_open(&l);
	ledger_issue(&l, "A1", STAGE_NOW + DAY, 0);
	ledger_put(&l, "B2", STAGE_NOW + DAY, 0, false);
	ledger_put(&l, "C3", STAGE_NOW + DAY, 0, false);
	cr_assert(settle(&l, "one", &settled), "%s", l.s.f.found);
	cr_expect_eq(settled.issued, 2);
	cr_expect_eq(settled.failed, 0);
	expect_state(&l, "B2", ISSUED_DONE);
	expect_state(&l, "C3", ISSUED_DONE);
	EXPECT_ENTRY(&l, "IssueCertificate", "\"settled\"", "c3\"", "\"done\"");
	take_the_token_away(&l);
	cr_assert(settle(&l, "one", &settled), "nothing to sign: %s",
	    l.s.f.found);
	cr_expect_eq(settled.issued, 0);
	ledger_close(&l);
}

Test(settle, what_cannot_be_signed_has_failed)
{
	struct settled settled;
	struct ledger l;

	ledger_open(&l);
	l.sign_alg = SIGN_SHA256WITHRSA;
	ledger_put(&l, "A1", STAGE_NOW + DAY, 0, false);
	cr_assert(settle(&l, "one", &settled), "%s", l.s.f.found);
	cr_expect_eq(settled.issued, 0);
	cr_expect_eq(settled.failed, 1);
	expect_state(&l, "A1", ISSUED_FAILED);
	ledger_close(&l);
}

Test(settle, what_is_refused_stays_as_it_is)
{
	struct settled settled;
	struct ledger l;
	struct ca *ca;

	ledger_open(&l);
	ledger_put(&l, "A1", STAGE_NOW + DAY, 0, false);
	cr_expect_not(settle(&l, "none", &settled));
	cr_expect_eq(l.s.f.kind, FAULT_RESOURCE_NOT_FOUND);
	cr_assert(action_update(l.s.p, "one", false, &ca, &l.s.f));
	ca_free(ca);
	cr_expect_not(settle(&l, "one", &settled));
	cr_expect_eq(l.s.f.kind, FAULT_INVALID_STATE);
	cr_expect_not_null(strstr(l.s.f.found, "DISABLED"));
	EXPECT_ENTRY(&l, "InvalidStateException", l.ca->arn);
	cr_assert(action_update(l.s.p, "one", true, &ca, &l.s.f));
	ca_free(ca);
	take_the_token_away(&l);
	cr_expect_not(settle(&l, "one", &settled));
	cr_expect_eq(l.s.f.kind, FAULT_TOKEN, "%s", l.s.f.found);
	expect_state(&l, "A1", ISSUED_INTENT);
	ledger_close(&l);
}

Test(settle, another_ca_is_left_alone)
{
	struct settled settled;
	struct ledger l;

	ledger_open(&l);
	ledger_put(&l, "A1", STAGE_NOW + DAY, 0, false);
	ca_free(stage_host(&l.s, "root", "CN=Root", NULL, NULL));
	cr_assert(settle(&l, "root", &settled), "%s", l.s.f.found);
	cr_expect_eq(settled.issued, 0);
	expect_state(&l, "A1", ISSUED_INTENT);
	ledger_close(&l);
}
