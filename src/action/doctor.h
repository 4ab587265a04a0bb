/*
 * doctor.h - what the parts of doctor share.
 */
#ifndef P11CA_ACTION_DOCTOR_H
#define P11CA_ACTION_DOCTOR_H

#include "internal.h"

/* One line; about is static text, todo (or NULL) and the rest are copied. */
void doctor_add(struct doctor *d, enum doctor_mark mark, const char *about,
    const char *todo, const char *fmt, ...) PRINTF(5, 6);

/* A fault as a line of DOCTOR_BAD. */
void doctor_add_fault(struct doctor *d, const char *about,
    const struct fault *f);

/* The name of a CA, or its UUID; borrowed. */
const char *doctor_title(const struct ca *ca);

/* Every token that a CA uses, once, and the keys in it (doctor_token.c). */
void doctor_look_at_tokens(struct p11ca *p, struct ca *const *all, size_t count,
    struct doctor *d);

#endif
