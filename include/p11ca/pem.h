/*
 * pem.h - blocks of PEM text (RFC 7468), as OpenSSL's reader would find them.
 *
 * Nothing is refused here: what is wrong is noted, for the rules to judge.
 */
#ifndef P11CA_PEM_H
#define P11CA_PEM_H

#include "p11ca/bytes.h"

#define PEM_LABEL_MAX 64
#define PEM_FLAW_MAX 128

struct pem_block {
	char label[PEM_LABEL_MAX]; /* escaped, cut */
	struct buf der;		   /* decoded; empty when flaw is not "" */
	char flaw[PEM_FLAW_MAX];   /* what is wrong in it, or "" */
	size_t line;		   /* of its BEGIN, from 1 */
};

struct pem {
	struct pem_block *block;
	size_t count;
	size_t certificates;	 /* blocks labelled CERTIFICATE */
	bool blank;		 /* nothing but white space */
	char flaw[PEM_FLAW_MAX]; /* outside any block (a NUL byte), or "" */
	const char *looks_like;	 /* "DER", "PKCS#12", ...: static text; NULL
				  * when there is a CERTIFICATE block */
};

#define PEM_CERTIFICATE "CERTIFICATE"

/* Read all blocks in one pass, linear in text.len.  pem_free() it. */
void pem_read(struct bytes text, struct pem *out);
void pem_free(struct pem *pem);

/* Append one block, 64 columns, with the label. */
void pem_write(struct buf *out, const char *label, struct bytes der);

#endif
