/*
 * base.h - the few macros that every file shares.
 */
#ifndef P11CA_BASE_H
#define P11CA_BASE_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
