/* ext_wish.c - a list of extensions to be. */
#include <assert.h>
#include <string.h>

#include "make.h"
#include "p11ca/mem.h"

static const struct bytes der_true = { (const unsigned char *)"\xff", 1 };

void
ext_wish_clear(struct ext_wish *wish)
{
	mem_free(wish->oid);
	buf_free(&wish->value);
	memset(wish, 0, sizeof(*wish));
}

void
ext_wishes_clear(struct ext_wishes *wishes)
{
	for (size_t i = 0; i < wishes->count; i++)
		ext_wish_clear(&wishes->list[i]);
	mem_free(wishes->list);
	memset(wishes, 0, sizeof(*wishes));
}

void
ext_wishes_take(struct ext_wishes *wishes, const char *oid, bool critical,
    struct buf *value)
{
	struct ext_wish *wish;

	wishes->list = mem_grow(wishes->list, wishes->count, &wishes->cap,
	    sizeof(*wishes->list));
	wish = &wishes->list[wishes->count++];
	wish->oid = mem_text(oid);
	wish->critical = critical;
	wish->value = *value;
	memset(value, 0, sizeof(*value)); /* the wish's now */
}

void
ext_wishes_add(struct ext_wishes *wishes, const char *oid, bool critical,
    struct bytes value)
{
	struct buf copy = { 0 };

	buf_append(&copy, value);
	ext_wishes_take(wishes, oid, critical, &copy);
}

const struct ext_wish *
ext_wishes_find(const struct ext_wishes *wishes, const char *oid)
{
	for (size_t i = 0; i < wishes->count; i++)
		if (strcmp(wishes->list[i].oid, oid) == 0)
			return &wishes->list[i];
	return NULL;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue } */
static bool
extension_put(const struct ext_wish *wish, struct buf *out)
{
	struct buf fields = { 0 };
	bool ok = put_oid(&fields, wish->oid);

	if (wish->critical)
		der_put(&fields, DER_BOOLEAN, der_true);
	der_put(&fields, DER_OCTET_STRING, buf_bytes(&wish->value));
	if (ok)
		der_put(out, DER_SEQUENCE, buf_bytes(&fields));
	buf_free(&fields);
	return ok;
}

bool
ext_wishes_put(const struct ext_wishes *wishes, int tag, struct buf *out,
    const struct ext_wish **which)
{
	struct buf all = { 0 };
	bool ok = true;

	*which = NULL;
	for (size_t i = 0; ok && i < wishes->count; i++) {
		ok = extension_put(&wishes->list[i], &all);
		if (!ok)
			*which = &wishes->list[i];
	}
	if (ok) {
		put_header(out, tag, put_size(all.len));
		der_put(out, DER_SEQUENCE, buf_bytes(&all));
	}
	buf_free(&all);
	return ok;
}

void
ext_wishes_put_known(struct ext_wishes *wishes, int tag, struct buf *out)
{
	const struct ext_wish *which;
	bool known = ext_wishes_put(wishes, tag, out, &which);

	assert(known);
	(void)known;
	ext_wishes_clear(wishes);
}
