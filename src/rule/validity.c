/* validity.c - when a certificate ends (data type Validity of the API). */
#include <string.h>

#include "p11ca/clock.h"
#include "p11ca/rule_issue.h"

#define DAY 86400
#define YEAR_MAX 9999
#define COUNT_MAX 10000000 /* of days, months, years: no sum overflows */

bool
validity_type_from_name(const char *name, enum validity_type *out)
{
	static const char *const names[VALIDITY_TYPES] = {
		[VALIDITY_END_DATE] = "END_DATE",
		[VALIDITY_ABSOLUTE] = "ABSOLUTE",
		[VALIDITY_DAYS] = "DAYS",
		[VALIDITY_MONTHS] = "MONTHS",
		[VALIDITY_YEARS] = "YEARS",
	};

	for (size_t i = 0; i < VALIDITY_TYPES; i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum validity_type)i;
			return true;
		}
	return false;
}

/* A date and a time of day in parts. */
struct parts {
	int64_t year;
	int month, day, hour, minute, second;
};

static bool
parts_exist(const struct parts *p)
{
	return p->year >= 0 && p->year <= YEAR_MAX && p->day >= 1 &&
	    p->day <= clock_month_days(p->year, p->month) && p->hour <= 23 &&
	    p->minute <= 59 && p->second <= 59;
}

static int64_t
parts_time(const struct parts *p)
{
	return clock_from_parts((int)p->year, p->month, p->day, p->hour,
	    p->minute, p->second);
}

/* "2026-01-15T12:00:00Z" in parts, for a time from 0000 to 9999. */
static bool
parts_of(int64_t at, struct parts *p)
{
	char text[CLOCK_TEXT_MAX];
	const int starts[] = { 5, 8, 11, 14, 17 };
	int *const fields[] = { &p->month, &p->day, &p->hour, &p->minute,
		&p->second };

	if (at < clock_from_parts(0, 1, 1, 0, 0, 0) ||
	    at > clock_from_parts(YEAR_MAX, 12, 31, 23, 59, 59) ||
	    strlen(clock_text(at, text)) != strlen("2026-01-15T12:00:00Z"))
		return false;
	p->year = 0;
	for (int i = 0; i < 4; i++)
		p->year = p->year * 10 + (text[i] - '0');
	for (size_t i = 0; i < COUNT(fields); i++)
		*fields[i] =
		    (text[starts[i]] - '0') * 10 + (text[starts[i] + 1] - '0');
	return true;
}

/* By the calendar: 31 January and a month is the last of February. */
static bool
add_months(int64_t now, int64_t months, int64_t *end)
{
	struct parts p;
	int64_t month;

	if (!parts_of(now, &p))
		return false;
	month = p.month - 1 + months;
	p.year += month / 12;
	p.month = (int)(month % 12) + 1;
	if (p.year > YEAR_MAX)
		return false;
	if (p.day > clock_month_days(p.year, p.month))
		p.day = clock_month_days(p.year, p.month);
	*end = parts_time(&p);
	return true;
}

/* YYMMDDHHMMSS, or YYYYMMDDHHMMSS; leading zeros went with the number. */
static bool
end_date(int64_t digits, int64_t *end)
{
	struct parts p = { 0 };
	int *const fields[] = { &p.second, &p.minute, &p.hour, &p.day,
		&p.month };

	for (size_t i = 0; i < COUNT(fields); i++) {
		*fields[i] = (int)(digits % 100);
		digits /= 100;
	}
	p.year = digits;
	if (p.year < 100)
		p.year += p.year < 50 ? 2000 : 1900;
	if (!parts_exist(&p))
		return false;
	*end = parts_time(&p);
	return true;
}

bool
validity_end(enum validity_type type, int64_t value, int64_t now,
    int64_t *not_after)
{
	struct parts ignored;
	bool ok = false;

	if (value < 1)
		return false;
	switch (type) {
	case VALIDITY_END_DATE:
		ok = end_date(value, not_after);
		break;
	case VALIDITY_ABSOLUTE:
		*not_after = value;
		ok = true;
		break;
	case VALIDITY_DAYS:
		ok = value <= COUNT_MAX;
		*not_after = ok ? now + value * DAY : 0;
		break;
	case VALIDITY_MONTHS:
		ok = value <= COUNT_MAX && add_months(now, value, not_after);
		break;
	case VALIDITY_YEARS:
		ok = value <= COUNT_MAX &&
		    add_months(now, value * 12, not_after);
		break;
	case VALIDITY_TYPES:
		break;
	}
	return ok && parts_of(*not_after, &ignored);
}
