/*
 * mem.h - memory that is there, or the process ends.
 *
 * Sizes are bounded before anything is allocated, so input cannot make these
 * fail; when the machine itself has no memory left, the process says so on
 * standard error and exits with 70.
 */
#ifndef P11CA_MEM_H
#define P11CA_MEM_H

#include <stddef.h>

#include "p11ca/base.h"

#define NEVER_NULL __attribute__((returns_nonnull))

/* Zeroed; the caller's, mem_free(). */
MUST_CHECK NEVER_NULL void *mem_new(size_t size);
MUST_CHECK NEVER_NULL void *mem_array(size_t count, size_t size);

/* Grow an array to hold count + 1 elements; what is new is not zeroed. */
MUST_CHECK NEVER_NULL void *mem_grow(void *array, size_t count, size_t *cap,
    size_t size);
MUST_CHECK char *mem_text(const char *text); /* a copy; NULL gives NULL */
MUST_CHECK NEVER_NULL char *mem_format(const char *fmt, ...) PRINTF(1, 2);
NEVER_NULL void *mem_must(void *p); /* p itself; NULL ends the process */
void mem_free(void *p);		    /* NULL is fine */

#endif
