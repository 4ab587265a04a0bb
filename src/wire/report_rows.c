/* report_rows.c - certificates in an audit report: JSON and CSV. */
#include <string.h>

#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"

/* What a row is made from. */
struct row {
	const struct issued *issued;
	const char *ca_arn;
	const char *account;
};

/* Columns, appended to out; nothing is appended where there is nothing. */

static void
put_account(const struct row *row, struct buf *out)
{
	buf_text_append(out, row->account);
}

/* Nobody asks for certificates here in the name of a service. */
static void
put_nothing(const struct row *row, struct buf *out)
{
}

static void
put_arn(const struct row *row, struct buf *out)
{
	issued_arn(row->issued, row->ca_arn, out);
}

static void
put_serial(const struct row *row, struct buf *out)
{
	struct bytes left = bytes_of(row->issued->serial);

	while (left.len > 0) {
		size_t len = left.len > 2 ? 2 : left.len;

		buf_append(out, (struct bytes){ left.p, len });
		left.p += len;
		left.len -= len;
		if (left.len > 0)
			buf_text_append(out, ":");
	}
}

static void
put_subject(const struct row *row, struct buf *out)
{
	/* False: no certificate, and nothing is appended. */
	bool ignored = issued_subject(row->issued, out);

	(void)ignored;
}

/* 2020-02-26T18:39:57+0000 */
static void
put_time(int64_t at, struct buf *out)
{
	char text[CLOCK_TEXT_MAX];

	(void)clock_text(at, text);
	text[strcspn(text, "Z")] = '\0';
	buf_printf(out, "%s+0000", text);
}

static void
put_not_before(const struct row *row, struct buf *out)
{
	put_time(row->issued->not_before, out);
}

static void
put_not_after(const struct row *row, struct buf *out)
{
	put_time(row->issued->not_after, out);
}

static void
put_issued_at(const struct row *row, struct buf *out)
{
	put_time(row->issued->issued_at, out);
}

static void
put_revoked_at(const struct row *row, struct buf *out)
{
	if (row->issued->revoked_at != 0)
		put_time(row->issued->revoked_at, out);
}

static void
put_reason(const struct row *row, struct buf *out)
{
	buf_text_append(out, reason_name(row->issued->reason));
}

static void
put_template(const struct row *row, struct buf *out)
{
	issued_template_arn(row->issued, row->ca_arn, out);
}

/* In the order of the CSV. */
static const struct {
	const char *name;
	void (*put)(const struct row *row, struct buf *out);
} columns[] = {
	{ "awsAccountId", put_account },
	{ "requestedByServicePrincipal", put_nothing },
	{ "certificateArn", put_arn },
	{ "serial", put_serial },
	{ "subject", put_subject },
	{ "notBefore", put_not_before },
	{ "notAfter", put_not_after },
	{ "issuedAt", put_issued_at },
	{ "revokedAt", put_revoked_at },
	{ "revocationReason", put_reason },
	{ "templateArn", put_template },
};

void
report_json_row(struct buf *out, const struct issued *issued,
    const char *ca_arn, const char *account)
{
	struct row row = { issued, ca_arn, account };
	json_t *object = tree_object();
	struct buf value = { 0 };
	char *text;

	for (size_t i = 0; i < COUNT(columns); i++) {
		columns[i].put(&row, &value);
		if (value.len > 0)
			tree_put_bytes(object, columns[i].name,
			    buf_bytes(&value));
		buf_free(&value);
	}
	text = tree_print(object);
	buf_text_append(out, text);
	mem_free(text);
}

/* RFC 4180, 2.  Blanks and what programs take for more than text is quoted
 * too: it does not change the value. */
static bool
needs_quotes(const char *value)
{
	return strpbrk(value, ",\" \r\n\t;'") != NULL ||
	    (value[0] != '\0' && strchr("=+-@", value[0]) != NULL);
}

static void
csv_value(struct buf *out, const char *value)
{
	if (!needs_quotes(value)) {
		buf_text_append(out, value);
		return;
	}
	buf_text_append(out, "\"");
	for (;;) {
		size_t len = strcspn(value, "\"");

		buf_append(out,
		    (struct bytes){ (const unsigned char *)value, len });
		value += len;
		if (*value == '\0')
			break;
		buf_text_append(out, "\"\"");
		value++;
	}
	buf_text_append(out, "\"");
}

void
report_csv_header(struct buf *out)
{
	for (size_t i = 0; i < COUNT(columns); i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", columns[i].name);
	buf_text_append(out, "\n");
}

void
report_csv_row(struct buf *out, const struct issued *issued, const char *ca_arn,
    const char *account)
{
	struct row row = { issued, ca_arn, account };
	struct buf value = { 0 };

	for (size_t i = 0; i < COUNT(columns); i++) {
		columns[i].put(&row, &value);
		if (i > 0)
			buf_text_append(out, ",");
		csv_value(out, buf_text(&value));
		buf_free(&value);
	}
	buf_text_append(out, "\n");
}
