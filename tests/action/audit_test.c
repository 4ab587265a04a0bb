/* audit_test.c - a log that somebody changed is found out. */
#include "stage.h"

static bool
keep_line(const struct audit_row *row, void *context)
{
	char *line = wire_audit_line(row);

	buf_text_append(context, line);
	buf_text_append(context, "\n");
	mem_free(line);
	return true;
}

/* The log of a home in which a few things happened, as exported. */
static void
make_log(struct stage *s, struct buf *log)
{
	struct ca *ca, *out;

	stage_open(s);
	ca = stage_create(s, "one", "EC_prime256v1");
	cr_assert(action_delete(s->p, "one", 7, &out, &s->f));
	ca_free(out);
	cr_assert(action_restore(s->p, "one", &out, &s->f));
	ca_free(out);
	cr_expect_not(action_update(s->p, "one", true, &out, &s->f));
	ca_free(ca);
	cr_assert(store_audit_each(p11ca_store(s->p), 1, keep_line, log,
	    &s->f));
}

static bool
verify(struct buf *log, struct audit_summary *sum, struct fault *f)
{
	struct buf copy = { 0 };
	bool ok;

	memset(f, 0, sizeof(*f));
	buf_set(&copy, buf_bytes(log));
	ok = action_audit_verify_log(&copy, sum, f);
	buf_free(&copy);
	return ok;
}

Test(audit, the_store_and_its_export_verify_alike)
{
	struct audit_summary here, there;
	struct buf log = { 0 };
	struct stage s;

	make_log(&s, &log);
	cr_assert(action_audit_verify(s.p, &here, &s.f), "%s", s.f.found);
	cr_assert(verify(&log, &there, &s.f), "%s", s.f.found);
	cr_expect_eq(here.rows, 4);
	cr_expect_eq(there.rows, 4);
	cr_expect_str_eq(here.head, there.head);
	buf_free(&log);
	stage_close(&s);
}

Test(audit, every_single_bit_that_is_flipped_is_found, .timeout = 120)
{
	struct audit_summary sum;
	struct buf log = { 0 };
	struct stage s;

	make_log(&s, &log);
	for (size_t i = 0; i + 1 < log.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			log.p[i] ^= (unsigned char)(1 << bit);
			cr_assert_not(verify(&log, &sum, &s.f),
			    "byte %zu bit %d", i, bit);
			log.p[i] ^= (unsigned char)(1 << bit);
		}
	cr_expect(verify(&log, &sum, &s.f));
	buf_free(&log);
	stage_close(&s);
}

Test(audit, the_first_bad_entry_is_named)
{
	struct audit_summary sum;
	struct buf log = { 0 };
	struct stage s;
	char *third;

	make_log(&s, &log);
	third = strstr((char *)log.p, "\"seq\":3");
	cr_assert_not_null(third);
	third = strstr(third, "RestoreCertificateAuthority");
	cr_assert_not_null(third);
	third[0] = 'X';
	cr_expect_not(verify(&log, &sum, &s.f));
	cr_expect_not_null(strstr(s.f.found, "audit entry 3"), "%s", s.f.found);
	cr_expect_eq(sum.rows, 2);
	buf_free(&log);
	stage_close(&s);
}

Test(audit, a_line_that_is_missing_or_moved_is_found)
{
	struct audit_summary sum;
	struct buf log = { 0 }, cut = { 0 };
	struct stage s;
	char *second;

	make_log(&s, &log);
	second = strchr((char *)log.p, '\n') + 1;
	buf_text_append(&cut, second); /* without the first */
	cr_expect_not(verify(&cut, &sum, &s.f));
	cr_expect_not_null(strstr(s.f.found, "audit entry 1"), "%s", s.f.found);
	buf_free(&cut);
	buf_text_append(&cut, buf_text(&log));
	buf_text_append(&cut, buf_text(&log)); /* all twice */
	cr_expect_not(verify(&cut, &sum, &s.f));
	cr_expect_eq(sum.rows, 4);
	buf_free(&cut);
	buf_free(&log);
	stage_close(&s);
}
