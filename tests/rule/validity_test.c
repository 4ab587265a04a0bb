/* validity_test.c - when a certificate ends. */
#include <criterion/criterion.h>
#include <stdint.h>

#include "p11ca/clock.h"
#include "p11ca/rule_issue.h"

static int64_t
at(const char *text)
{
	int64_t out = 0;

	cr_assert(clock_from_text(text, &out), "%s", text);
	return out;
}

/* end is NULL: there is no such date. */
/* clang-format off */
static const struct {
	enum validity_type type;
	int64_t value;
	const char *now;
	const char *end;
} cases[] = {
	/* Days are 86400 seconds. */
	{ VALIDITY_DAYS, 1, "2027-01-15T08:00:00Z", "2027-01-16T08:00:00Z" },
	{ VALIDITY_DAYS, 365, "2027-01-15T08:00:00Z", "2028-01-15T08:00:00Z" },
	{ VALIDITY_DAYS, 366, "2028-01-15T08:00:00Z", "2029-01-15T08:00:00Z" },
	{ VALIDITY_DAYS, 1, "2049-12-31T23:59:59Z", "2050-01-01T23:59:59Z" },
	{ VALIDITY_DAYS, 1, "9999-12-30T23:59:59Z", "9999-12-31T23:59:59Z" },
	{ VALIDITY_DAYS, 1, "9999-12-31T00:00:00Z", NULL },
	{ VALIDITY_DAYS, 2922000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_DAYS, 1, "1969-12-31T12:00:00Z", "1970-01-01T12:00:00Z" },
	/* Months by the calendar: the last day where there is none. */
	{ VALIDITY_MONTHS, 1, "2027-01-15T08:00:00Z", "2027-02-15T08:00:00Z" },
	{ VALIDITY_MONTHS, 1, "2027-01-31T23:59:59Z", "2027-02-28T23:59:59Z" },
	{ VALIDITY_MONTHS, 1, "2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z" },
	{ VALIDITY_MONTHS, 1, "2028-01-30T00:00:00Z", "2028-02-29T00:00:00Z" },
	{ VALIDITY_MONTHS, 1, "2027-03-31T00:00:00Z", "2027-04-30T00:00:00Z" },
	{ VALIDITY_MONTHS, 1, "2027-12-31T00:00:00Z", "2028-01-31T00:00:00Z" },
	{ VALIDITY_MONTHS, 11, "2027-01-31T00:00:00Z", "2027-12-31T00:00:00Z" },
	{ VALIDITY_MONTHS, 12, "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z" },
	{ VALIDITY_MONTHS, 13, "2027-12-15T00:00:00Z", "2029-01-15T00:00:00Z" },
	{ VALIDITY_MONTHS, 1, "9999-12-01T00:00:00Z", NULL },
	/* Years: 29 February is there every fourth, not every hundredth. */
	{ VALIDITY_YEARS, 1, "2028-02-29T12:00:00Z", "2029-02-28T12:00:00Z" },
	{ VALIDITY_YEARS, 4, "2028-02-29T12:00:00Z", "2032-02-29T12:00:00Z" },
	{ VALIDITY_YEARS, 4, "2096-02-29T12:00:00Z", "2100-02-28T12:00:00Z" },
	{ VALIDITY_YEARS, 400, "2000-02-29T12:00:00Z", "2400-02-29T12:00:00Z" },
	{ VALIDITY_YEARS, 23, "2027-01-15T08:00:00Z", "2050-01-15T08:00:00Z" },
	{ VALIDITY_YEARS, 7972, "2027-01-15T08:00:00Z", "9999-01-15T08:00:00Z" },
	{ VALIDITY_YEARS, 7973, "2027-01-15T08:00:00Z", NULL },
	/* END_DATE, 12 digits: below 50 is this century. */
	{ VALIDITY_END_DATE, 270116083015, "2027-01-15T08:00:00Z", "2027-01-16T08:30:15Z" },
	{ VALIDITY_END_DATE, 491231235959, "2027-01-15T08:00:00Z", "2049-12-31T23:59:59Z" },
	{ VALIDITY_END_DATE, 500101000000, "2027-01-15T08:00:00Z", "1950-01-01T00:00:00Z" },
	{ VALIDITY_END_DATE, 991231235959, "2027-01-15T08:00:00Z", "1999-12-31T23:59:59Z" },
	/* The same, where a JSON number has lost zeros. */
	{ VALIDITY_END_DATE, 90116083015, "2008-01-15T08:00:00Z", "2009-01-16T08:30:15Z" },
	{ VALIDITY_END_DATE, 116083015, "1999-01-15T08:00:00Z", "2000-01-16T08:30:15Z" },
	{ VALIDITY_END_DATE, 101000000, "1999-01-15T08:00:00Z", "2000-01-01T00:00:00Z" },
	/* 14 digits. */
	{ VALIDITY_END_DATE, 20270116083015, "2027-01-15T08:00:00Z", "2027-01-16T08:30:15Z" },
	{ VALIDITY_END_DATE, 20491231235959, "2027-01-15T08:00:00Z", "2049-12-31T23:59:59Z" },
	{ VALIDITY_END_DATE, 20500101000000, "2027-01-15T08:00:00Z", "2050-01-01T00:00:00Z" },
	{ VALIDITY_END_DATE, 20280229000000, "2027-01-15T08:00:00Z", "2028-02-29T00:00:00Z" },
	{ VALIDITY_END_DATE, 20000229000000, "1999-01-15T08:00:00Z", "2000-02-29T00:00:00Z" },
	{ VALIDITY_END_DATE, 99991231235959, "2027-01-15T08:00:00Z", "9999-12-31T23:59:59Z" },
	/* No dates. */
	{ VALIDITY_END_DATE, 20270229000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 21000229000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270431000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20271301000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270001000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270100000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270132000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270116240000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270116006000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 20270116000060, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 100000101000000, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 2027011608301, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, INT64_MAX, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_END_DATE, 1, "2027-01-15T08:00:00Z", NULL },
	/* ABSOLUTE is seconds. */
	{ VALIDITY_ABSOLUTE, 1800000001, "2027-01-15T08:00:00Z", "2027-01-15T08:00:01Z" },
	{ VALIDITY_ABSOLUTE, 1, "2027-01-15T08:00:00Z", "1970-01-01T00:00:01Z" },
	{ VALIDITY_ABSOLUTE, 2147483648, "2027-01-15T08:00:00Z", "2038-01-19T03:14:08Z" },
	{ VALIDITY_ABSOLUTE, 253402300799, "2027-01-15T08:00:00Z", "9999-12-31T23:59:59Z" },
	{ VALIDITY_ABSOLUTE, 253402300800, "2027-01-15T08:00:00Z", NULL },
	{ VALIDITY_ABSOLUTE, INT64_MAX, "2027-01-15T08:00:00Z", NULL },
};
/* clang-format on */

Test(validity, ends_when_the_calendar_says)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t end = 0;
		char text[CLOCK_TEXT_MAX];
		bool ok = validity_end(cases[i].type, cases[i].value,
		    at(cases[i].now), &end);

		cr_expect_eq(ok, cases[i].end != NULL, "case %zu", i);
		if (ok && cases[i].end != NULL)
			cr_expect_str_eq(clock_text(end, text), cases[i].end,
			    "case %zu: %s", i, text);
	}
}

/* Whatever is asked, no sum overflows. */
Test(validity, nothing_below_one_and_nothing_too_large)
{
	static const int64_t values[] = { INT64_MIN, -1, 0, 10000001,
		INT64_MAX / 86400, INT64_MAX / 12, INT64_MAX - 1, INT64_MAX };

	for (int type = 0; type < VALIDITY_TYPES; type++)
		for (size_t i = 0; i < COUNT(values); i++) {
			int64_t end = 0;

			if (type == VALIDITY_ABSOLUTE && values[i] == 10000001)
				continue;
			cr_expect_not(validity_end((enum validity_type)type,
					  values[i], 1800000000, &end),
			    "%d %zu", type, i);
		}
}

Test(validity, has_the_names_of_the_api)
{
	static const char *const names[VALIDITY_TYPES] = { "END_DATE",
		"ABSOLUTE", "DAYS", "MONTHS", "YEARS" };
	enum validity_type type = VALIDITY_TYPES;

	for (size_t i = 0; i < COUNT(names); i++) {
		cr_expect(validity_type_from_name(names[i], &type));
		cr_expect_eq((size_t)type, i);
	}
	cr_expect_not(validity_type_from_name("days", &type));
	cr_expect_not(validity_type_from_name("", &type));
}
