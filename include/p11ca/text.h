/*
 * text.h - untrusted text, made fit for a terminal, a log or a page.
 *
 * Names in certificates, labels of tokens and file contents are somebody
 * else's words.  Printable ASCII stays; a valid UTF-8 character that is a
 * letter, digit or punctuation stays; everything else (control bytes,
 * bidirectional overrides, invalid UTF-8, the backslash) becomes \xHH or
 * \u{H...}, so that what is shown is unambiguous and harmless.
 */
#ifndef P11CA_TEXT_H
#define P11CA_TEXT_H

#include <stdint.h>

#include "p11ca/bytes.h"

/* Append the harmless form of untrusted bytes. */
void text_show(struct buf *out, struct bytes untrusted);

/*
 * The same into a fixed array, cut with "..." where it is too long; returns
 * the array.  size is at least 8.
 */
const char *text_fit(char *out, size_t size, struct bytes untrusted);

/* How many bytes the UTF-8 character at p takes; 0: not valid UTF-8. */
size_t text_utf8(struct bytes at, uint32_t *code_point);

#endif
