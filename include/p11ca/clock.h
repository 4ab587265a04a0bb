/*
 * clock.h - the time, in one place.
 *
 * Times are seconds since 1970-01-01T00:00:00Z, without leap seconds.
 */
#ifndef P11CA_CLOCK_H
#define P11CA_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "p11ca/base.h"

#define CLOCK_TEXT_MAX 32

int64_t clock_now(void);

/* Tests stop the clock at a moment; a negative moment lets it run again. */
void clock_stop(int64_t at);

/* RFC 3339, UTC, "2026-01-15T12:00:00Z".  Returns out. */
const char *clock_text(int64_t at, char out[CLOCK_TEXT_MAX]);

/*
 * Read RFC 3339 ("2026-01-15T12:00:00Z", "...+02:00", fractions are dropped).
 * False when it is anything else; *at is untouched then.
 */
MUST_CHECK bool clock_from_text(const char *text, int64_t *at);

/* Seconds of a calendar date and time in UTC; year 0 to 9999, month 1 to 12. */
int64_t clock_from_parts(int year, int month, int day, int hour, int minute,
    int second);

/* Days of a month of the Gregorian calendar; 0: there is no such month. */
int clock_month_days(int64_t year, int month);

#endif
