/* clock.c - the time, in one place. */
#include "p11ca/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t stopped_at = -1;

int64_t
clock_now(void)
{
	return stopped_at >= 0 ? stopped_at : (int64_t)time(NULL);
}

void
clock_stop(int64_t at)
{
	stopped_at = at;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t
days_from_date(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t shifted = month > 2 ? month - 3 : month + 9;
	int64_t day_of_year = (153 * shifted + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - 719468;
}

int64_t
clock_from_parts(int year, int month, int day, int hour, int minute, int second)
{
	return days_from_date(year, month, day) * 86400 + hour * 3600 +
	    minute * 60 + second;
}

const char *
clock_text(int64_t at, char out[CLOCK_TEXT_MAX])
{
	time_t t = (time_t)at;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, CLOCK_TEXT_MAX, "%lld", (long long)at);
	return out;
}

/* Exactly n digits at *p, which moves on. */
static bool
take_digits(const char **p, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

static bool
take_char(const char **p, const char *one_of)
{
	if (**p == '\0' || strchr(one_of, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

int
clock_month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12)
		return 0;
	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* "Z" or "+02:00": how far local time is ahead, in seconds. */
static bool
take_zone(const char **p, int64_t *ahead)
{
	int hour, minute;
	int sign;

	*ahead = 0;
	if (take_char(p, "Zz"))
		return true;
	sign = **p == '-' ? -1 : 1;
	if (!take_char(p, "+-") || !take_digits(p, 2, &hour) ||
	    !take_char(p, ":") || !take_digits(p, 2, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*ahead = sign * (hour * 3600 + minute * 60);
	return true;
}

bool
clock_from_text(const char *text, int64_t *at)
{
	const char *p = text;
	int year, month, day, hour, minute, second;
	int64_t ahead;

	if (!take_digits(&p, 4, &year) || !take_char(&p, "-") ||
	    !take_digits(&p, 2, &month) || !take_char(&p, "-") ||
	    !take_digits(&p, 2, &day) || !take_char(&p, "Tt ") ||
	    !take_digits(&p, 2, &hour) || !take_char(&p, ":") ||
	    !take_digits(&p, 2, &minute) || !take_char(&p, ":") ||
	    !take_digits(&p, 2, &second))
		return false;
	if (take_char(&p, ".")) {
		int digit;

		if (!take_digits(&p, 1, &digit))
			return false;
		while (*p >= '0' && *p <= '9')
			p++;
	}
	if (!take_zone(&p, &ahead) || *p != '\0' || day < 1 ||
	    day > clock_month_days(year, month) || hour > 23 || minute > 59 ||
	    second > 59)
		return false;
	*at = clock_from_parts(year, month, day, hour, minute, second) - ahead;
	return true;
}
