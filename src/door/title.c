/* title.c - what a CA is called. */
#include "internal.h"
#include "p11ca/csr.h"
#include "p11ca/mem.h"

char *
ca_title(const struct ca *ca)
{
	struct name *subject = NULL;
	struct buf title = { 0 };
	char *copy;

	/* Its subject is what the certificate must have, and always there. */
	if (ca->csr != NULL)
		subject = csr_subject(bytes_of(ca->csr));
	if (subject != NULL)
		name_show(&title, subject);
	copy = mem_text(buf_text(&title));
	name_free(subject);
	buf_free(&title);
	return copy;
}

const char *
ca_called(const struct ca *ca)
{
	return ca->name[0] != '\0' ? ca->name : ca->uuid;
}

const char *
ca_mark(const struct ca *ca)
{
	return ca->adopted ? "  [adopted key]" : "";
}
