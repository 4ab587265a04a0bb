/*
 * batch.h - issuing many certificates at once, from a folder or a file.
 */
#ifndef P11CA_DOOR_BATCH_H
#define P11CA_DOOR_BATCH_H

#include "internal.h"

#define CSR_PEM_MAX 32768 /* bytes (API, CsrBlob) */

/* Where CSRs come from; read one at a time, however many there are. */
struct source;

/*
 * A folder (each file in it that is not hidden, by name), a file with many PEM
 * blocks, or "-": standard input.  *out is the caller's, source_close().
 */
MUST_CHECK bool source_open(const char *path, struct source **out,
    struct fault *f);
void source_close(struct source *source); /* NULL is fine */

/* Is it a folder?  Then the title of a CSR is its file's name without what
 * stands behind the last dot; else "FILE:LINE". */
bool source_is_folder(const struct source *source);

/*
 * For those who make files with such names in the folder out: refused
 * (FAULT_USAGE) are two equal names, and the folder of the CSRs itself.
 */
MUST_CHECK bool source_fits(const struct source *source, const char *out,
    struct fault *f);

/*
 * The next one: pem (one byte more than CSR_PEM_MAX at most) and title are the
 * caller's, mem_free() for the title.  False with f->kind FAULT_NONE: there is
 * no more; with another kind that one, whose title is given, cannot be read,
 * but others may follow.
 */
MUST_CHECK bool source_next(struct source *source, struct buf *pem,
    char **title, struct fault *f);

/* issue --batch; request says everything but the CSR. */
MUST_CHECK bool batch_issue(struct door *door,
    const struct issue_request *request, struct fault *f);

#endif
