/* clock_test.c - times and their texts. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/clock.h"

static const struct {
	int64_t at;
	const char *text;
} moments[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ -1, "1969-12-31T23:59:59Z" },
	{ 951782400, "2000-02-29T00:00:00Z" },
	{ 2147483647, "2038-01-19T03:14:07Z" },
	{ 2147483648, "2038-01-19T03:14:08Z" },
	{ 2524607999, "2049-12-31T23:59:59Z" },
	{ 2524608000, "2050-01-01T00:00:00Z" },
	{ 253402300799, "9999-12-31T23:59:59Z" },
	{ -631152000, "1950-01-01T00:00:00Z" },
};

Test(clock, a_moment_and_its_text_are_one)
{
	for (size_t i = 0; i < COUNT(moments); i++) {
		char text[CLOCK_TEXT_MAX];
		int64_t at = 0;

		cr_expect_str_eq(clock_text(moments[i].at, text),
		    moments[i].text);
		cr_expect(clock_from_text(moments[i].text, &at));
		cr_expect_eq(at, moments[i].at, "%s", moments[i].text);
	}
}

Test(clock, zones_and_fractions_are_understood)
{
	int64_t at = 0;

	cr_expect(clock_from_text("2026-01-15T14:00:00+02:00", &at));
	cr_expect_eq(at, 1768478400);
	cr_expect(clock_from_text("2026-01-15 06:30:00.123-05:30", &at));
	cr_expect_eq(at, 1768478400);
}

Test(clock, what_is_no_time_is_refused_and_changes_nothing)
{
	static const char *const bad[] = { "", "2026", "2026-01-15",
		"2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z", "2026-00-10T00:00:00Z",
		"2026-01-15T24:00:00Z", "2026-01-15T12:60:00Z",
		"2026-01-15T12:00:60Z", "2026-01-15T12:00:00",
		"2026-01-15T12:00:00Zz", "2026-01-15T12:00:00+0200",
		"2026-01-15T12:00:00.Z", "26-01-15T12:00:00Z",
		" 2026-01-15T12:00:00Z", "2026-01-15T12:00:00+24:00" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		int64_t at = 42;

		cr_expect_not(clock_from_text(bad[i], &at), "%s", bad[i]);
		cr_expect_eq(at, 42);
	}
}

Test(clock, it_stands_still_when_it_is_stopped)
{
	clock_stop(1768478400);
	cr_expect_eq(clock_now(), 1768478400);
	clock_stop(-1);
	cr_expect_gt(clock_now(), 1768478400);
}
