/* crl.c - certificate revocation lists (RFC 5280, 5), written as they come. */
#include "p11ca/crl.h"

#include <assert.h>
#include <string.h>

#include "make.h"
#include "p11ca/mem.h"
#include "p11ca/pubkey.h"

#define OID_AUTHORITY_KEY_ID "2.5.29.35"
#define OID_CRL_NUMBER "2.5.29.20"
#define OID_ISSUING_POINT "2.5.29.28"
#define REASON_CODE_MAX 10

struct crl {
	struct crl_wish wish;
	struct buf entries; /* content of revokedCertificates */
	struct buf entry;   /* room for one, used again and again */
	size_t count;
};

struct crl *
crl_begin(const struct crl_wish *wish)
{
	struct crl *crl = mem_new(sizeof(*crl));

	crl->wish = *wish;
	return crl;
}

/* crlEntryExtensions with a reasonCode (RFC 5280, 5.3.1), up to the one octet
 * that varies. */
/* clang-format off */
static const unsigned char entry_reason[] = {
	DER_SEQUENCE, 12, DER_SEQUENCE, 10,
	DER_OID, 3, 0x55, 0x1d, 0x15, /* 2.5.29.21 */
	DER_OCTET_STRING, 3, DER_ENUMERATED, 1,
};
/* clang-format on */

void
crl_add(struct crl *crl, struct bytes serial, int64_t revoked_at, int reason)
{
	unsigned char code = (unsigned char)reason;

	assert(reason >= 0 && reason <= REASON_CODE_MAX);
	crl->entry.len = 0;
	put_unsigned(&crl->entry, serial);
	der_put_time(&crl->entry, revoked_at);
	if (reason != 0) {
		buf_append(&crl->entry,
		    (struct bytes){ entry_reason, sizeof(entry_reason) });
		buf_append(&crl->entry, (struct bytes){ &code, 1 });
	}
	der_put(&crl->entries, DER_SEQUENCE, buf_bytes(&crl->entry));
	crl->count++;
}

size_t
crl_count(const struct crl *crl)
{
	return crl->count;
}

/* IssuingDistributionPoint with a fullName and nothing else. */
static void
put_issuing_point(struct buf *out, const char *uri)
{
	struct buf point = { 0 };

	ext_put_point_name(&point, uri);
	put_and_free(out, DER_SEQUENCE, &point);
}

/* crlExtensions [0]; everything after the entries. */
static void
put_tail(const struct crl_wish *wish, struct buf *tail)
{
	struct ext_wishes exts = { 0 };
	struct buf value = { 0 };

	ext_authority_key_id(&value, wish->key_id);
	ext_wishes_take(&exts, OID_AUTHORITY_KEY_ID, false, &value);
	put_number(&value, wish->number);
	ext_wishes_take(&exts, OID_CRL_NUMBER, false, &value);
	if (wish->idp != NULL) {
		put_issuing_point(&value, wish->idp);
		ext_wishes_take(&exts, OID_ISSUING_POINT, true, &value);
	}
	ext_wishes_put_known(&exts, DER_CONSTRUCTED(0), tail);
}

/* Everything before the entries but the outermost header. */
static void
put_fields(const struct crl *crl, struct buf *fields)
{
	const struct crl_wish *wish = &crl->wish;

	put_number(fields, 1); /* that is version 2 */
	sign_alg_der(wish->sign_alg, fields);
	buf_append(fields, wish->issuer);
	der_put_time(fields, wish->this_update);
	der_put_time(fields, wish->next_update);
	/* An empty list must be absent (RFC 5280, 5.1.2.6). */
	if (crl->entries.len > 0)
		put_header(fields, DER_SEQUENCE, crl->entries.len);
}

/* Put head before what buf holds, without a second copy of that. */
static void
put_before(struct buf *buf, struct bytes head)
{
	size_t len = buf->len;

	buf_append(buf, head); /* for the room */
	memmove(buf->p + head.len, buf->p, len);
	memcpy(buf->p, head.p, head.len);
}

void
crl_tbs(struct crl *crl, struct buf *tbs)
{
	struct buf fields = { 0 };
	struct buf head = { 0 };
	struct buf tail = { 0 };

	put_fields(crl, &fields);
	put_tail(&crl->wish, &tail);
	put_header(&head, DER_SEQUENCE,
	    fields.len + crl->entries.len + tail.len);
	buf_append(&head, buf_bytes(&fields));
	buf_append(&crl->entries, buf_bytes(&tail));
	put_before(&crl->entries, buf_bytes(&head));
	*tbs = crl->entries;
	memset(&crl->entries, 0, sizeof(crl->entries)); /* the caller's now */
	crl->count = 0;
	buf_free(&tail);
	buf_free(&head);
	buf_free(&fields);
}

void
crl_free(struct crl *crl)
{
	if (crl == NULL)
		return;
	buf_free(&crl->entries);
	buf_free(&crl->entry);
	mem_free(crl);
}
