/*
 * process.h - which process is at work, so that others can tell whether it
 * still is.
 */
#ifndef P11CA_PROCESS_H
#define P11CA_PROCESS_H

#include <stdbool.h>

#include "p11ca/base.h"

#define PROCESS_TEXT_MAX 96

/* "BOOT-ID PID START-TIME" of this process; returns out. */
const char *process_self(char out[PROCESS_TEXT_MAX]);

/*
 * Is that process still there?  No: anything that is no such text, a process
 * of an earlier boot, one that has ended though its parent has not noticed,
 * another one that was given its number.  Of a process that the system hides
 * only the number counts.
 */
MUST_CHECK bool process_is_there(const char *text);

#endif
