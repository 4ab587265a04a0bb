/* pem.c - blocks of PEM text (RFC 7468), as OpenSSL's reader would find them.
 *
 * What is taken here is handed out again as it was sent, to be read with that
 * reader: lines are cut as it cuts them, and a block it finds is one here. */
#include "p11ca/pem.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define BOM "\xef\xbb\xbf"
#define CHUNK_MAX 254 /* a longer line is more than one */
#define COLUMNS 64    /* of what is written here, and by most others */

struct reader {
	struct bytes rest;
	size_t line; /* number of the one that rest starts with */
};

struct line {
	struct bytes all;
	struct bytes text; /* without what is stripped from its end */
	size_t number;
	bool whole; /* it ends with LF, or with the input */
};

/* What is in a block so far. */
struct body {
	struct buf base64; /* its characters, without blanks */
	bool after_blank;  /* an empty line came first */
	bool short_line;   /* then this must have been the last */
	bool cut;	   /* the last line goes on */
};

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
line_next(struct reader *r, struct line *out)
{
	size_t max = r->rest.len < CHUNK_MAX ? r->rest.len : CHUNK_MAX;
	const unsigned char *end;
	unsigned char c;

	if (max == 0)
		return false;
	end = memchr(r->rest.p, '\n', max);
	out->all.p = r->rest.p;
	out->all.len = end != NULL ? (size_t)(end - r->rest.p) + 1 : max;
	out->number = r->line;
	out->whole = end != NULL || max < CHUNK_MAX;
	r->rest.p += out->all.len;
	r->rest.len -= out->all.len;
	r->line += end != NULL;

	out->text = out->all;
	while (out->text.len > 0) {
		c = out->text.p[out->text.len - 1];
		if (c > ' ' && c < 0x80)
			break;
		out->text.len--;
	}
	return true;
}

/* Take text off the front; false when it is not there. */
static bool
prefix_take(struct bytes *at, const char *text)
{
	size_t len = strlen(text);

	if (at->len < len || memcmp(at->p, text, len) != 0)
		return false;
	at->p += len;
	at->len -= len;
	return true;
}

/* Only blanks may follow the dashes.  OpenSSL strips more, and not the same on
 * every machine: that is a block, but one with a flaw. */
static bool
ends_clean(const struct line *line)
{
	const unsigned char *end = line->all.p + line->all.len;

	for (const unsigned char *p = line->text.p + line->text.len; p < end;
	     p++)
		if (!is_blank(*p))
			return false;
	return true;
}

/* The label of a BEGIN line. */
static bool
begin_read(const struct line *line, struct bytes *label)
{
	struct bytes at = line->text;
	size_t dashes = strlen(DASHES);

	if (!prefix_take(&at, BEGIN) || at.len < dashes ||
	    memcmp(at.p + at.len - dashes, DASHES, dashes) != 0)
		return false;
	*label = (struct bytes){ at.p, at.len - dashes };
	return true;
}

static void
flaw_set(struct pem_block *block, const char *flaw)
{
	(void)snprintf(block->flaw, sizeof(block->flaw), "%s", flaw);
}

/* The first one that is noted stays. */
static void
flaw_note(struct pem_block *block, const char *flaw)
{
	if (block->flaw[0] == '\0')
		flaw_set(block, flaw);
}

static bool
is_base64(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

static void
base64_add(struct body *body, struct bytes line, struct pem_block *block)
{
	size_t run = 0; /* where it started */

	for (size_t i = 0; i <= line.len; i++) {
		if (i < line.len && is_base64(line.p[i]))
			continue;
		buf_append(&body->base64,
		    (struct bytes){ line.p + run, i - run });
		run = i + 1;
		if (i < line.len && !is_blank(line.p[i]))
			flaw_note(block,
			    line.p[i] == '\0' ? "a NUL byte" : "bad base64");
	}
}

/* A line of the body that is not its END. */
static void
body_add(struct body *body, const struct line *line, struct pem_block *block)
{
	bool rest_of_line = body->cut;

	body->cut = !line->whole;
	if (memchr(line->all.p, ':', line->all.len) != NULL)
		flaw_note(block, "an encapsulated header");
	if (line->text.len == 0 && bytes_blank(line->all)) {
		/* It ends the headers; there must be none. */
		if (!rest_of_line &&
		    (body->after_blank || body->base64.len > 0))
			flaw_note(block, "bad base64: an empty line in it");
		body->after_blank |= !rest_of_line;
		return;
	}
	/* After an empty line OpenSSL wants full lines, as it writes them. */
	if (body->after_blank) {
		if (body->short_line || line->text.len > COLUMNS)
			flaw_note(block, "bad base64: lines of uneven width");
		body->short_line = line->text.len < COLUMNS;
	}
	base64_add(body, line->all, block);
}

/* Decode what was collected: groups of four, padded at the end only. */
static void
body_decode(const struct buf *base64, struct pem_block *block)
{
	const unsigned char *pad =
	    base64->p == NULL ? NULL : memchr(base64->p, '=', base64->len);
	size_t padding = 0;
	unsigned char *der;
	int len;

	if (pad != NULL)
		padding = (size_t)(base64->p + base64->len - pad);
	if (base64->len % 4 != 0 || padding > 2 ||
	    (padding == 2 && pad[1] != '=')) {
		flaw_note(block, "bad base64");
		return;
	}
	der = mem_array(base64->len / 4, 3);
	len = EVP_DecodeBlock(der, base64->p, (int)base64->len);
	if (len > (int)padding)
		buf_set(&block->der,
		    (struct bytes){ der, (size_t)len - padding });
	else
		flaw_note(block, "bad base64");
	mem_free(der);
}

/* Does an END line end this label?  at: what follows "END ". */
static bool
end_matches(struct bytes at, struct bytes label)
{
	return at.len == label.len + strlen(DASHES) &&
	    memcmp(at.p, label.p, label.len) == 0 &&
	    memcmp(at.p + label.len, DASHES, strlen(DASHES)) == 0;
}

/* Read up to the END line; block gets what was in it and what is wrong.  What
 * is wrong with that line says more than what was before it. */
static void
block_read(struct reader *r, struct bytes label, struct pem_block *block)
{
	struct body body = { 0 };
	struct line line;
	struct bytes at = { NULL, 0 };
	bool ended = false;

	while (!ended && line_next(r, &line)) {
		at = line.text;
		ended = prefix_take(&at, END);
		if (!ended)
			body_add(&body, &line, block);
	}
	if (!ended)
		flaw_set(block, "END missing");
	else if (!end_matches(at, label))
		flaw_set(block, "END label differs");
	else if (!ends_clean(&line))
		flaw_note(block, "bytes after END");
	else if (body.base64.len == 0)
		flaw_note(block, "bad base64: there is none");
	if (block->flaw[0] == '\0')
		body_decode(&body.base64, block);
	buf_free(&body.base64);
}

static void
block_append(struct pem *pem, size_t *cap, struct reader *r,
    const struct line *begin, struct bytes label)
{
	struct pem_block *block;

	pem->block = mem_grow(pem->block, pem->count, cap, sizeof(*pem->block));
	block = &pem->block[pem->count++];
	memset(block, 0, sizeof(*block));
	(void)text_fit(block->label, sizeof(block->label), label);
	block->line = begin->number;
	if (!ends_clean(begin))
		flaw_note(block, "bytes after BEGIN");
	/* OpenSSL would take such a label for a header. */
	if (memchr(label.p, ':', label.len) != NULL)
		flaw_note(block, "an encapsulated header");
	block_read(r, label, block);
	pem->certificates += strcmp(block->label, PEM_CERTIFICATE) == 0;
}

void
pem_read(struct bytes text, struct pem *out)
{
	struct reader r = { text, 1 };
	struct line line;
	struct bytes label;
	bool first = true;
	size_t cap = 0;

	memset(out, 0, sizeof(*out));
	out->blank = bytes_blank(text);
	if (text.len > 0 && memchr(text.p, '\0', text.len) != NULL)
		(void)snprintf(out->flaw, sizeof(out->flaw), "a NUL byte");
	while (line_next(&r, &line)) {
		/* Files that were put together may each begin with one. */
		if (first)
			(void)prefix_take(&line.text, BOM);
		first = begin_read(&line, &label);
		if (first)
			block_append(out, &cap, &r, &line, label);
	}
	if (out->certificates == 0)
		out->looks_like = pem_looks_like(text, out);
}

void
pem_free(struct pem *pem)
{
	for (size_t i = 0; i < pem->count; i++)
		buf_free(&pem->block[i].der);
	mem_free(pem->block);
	memset(pem, 0, sizeof(*pem));
}

void
pem_write(struct buf *out, const char *label, struct bytes der)
{
	unsigned char line[COLUMNS + 1];
	size_t len;

	buf_printf(out, BEGIN "%s" DASHES "\n", label);
	for (size_t i = 0; i < der.len; i += len) {
		len = der.len - i < COLUMNS / 4 * 3 ? der.len - i
						    : COLUMNS / 4 * 3;
		(void)EVP_EncodeBlock(line, der.p + i, (int)len);
		buf_printf(out, "%s\n", (const char *)line);
	}
	buf_printf(out, END "%s" DASHES "\n", label);
}
