/* register_find.c - looking certificates up in the register. */
#include <string.h>

#include "internal.h"
#include "p11ca/register.h"
#include "p11ca/text.h"

#define SELECT "SELECT issuer.ca, " ISSUED_NAMES ", n FROM "

/* The CA first: it is one row, and gives the number that the indexes have. */
#define OF_A_CA                                                                \
	SELECT "issuer CROSS JOIN issued ON issued.ca = issuer.id"             \
	       " WHERE issuer.ca = ?1 "

static const char select_serial[] = OF_A_CA "AND serial = ?2";

static const char select_token[] =
    SELECT "issuer CROSS JOIN issued_token AS t ON t.ca = issuer.id"
	   " CROSS JOIN issued USING (n)"
	   " WHERE issuer.ca = ?1 AND t.token = ?2 AND t.at >= ?3";

static const char select_each[] = OF_A_CA "AND n > ?2 ORDER BY n";

static const char select_intent[] = SELECT
    "issued CROSS JOIN issuer ON issuer.id = issued.ca"
    " WHERE state = 'INTENT' AND n > ?2 AND (?1 IS NULL OR issuer.ca = ?1)"
    " ORDER BY n LIMIT 1";

static bool
refuse_serial(const char *text, struct fault *f)
{
	char shown[80];

	text_fit(shown, sizeof(shown), bytes_of(text));
	fault_found(f, "the serial number \"%s\"", shown);
	return fault_raise(f, FAULT_INVALID_REQUEST,
	    "hexadecimal digits, with or without colons",
	    "give the serial number as openssl x509 -serial prints it");
}

bool
serial_refuse(const char *serial, struct fault *f)
{
	char shown[80];

	text_fit(shown, sizeof(shown), bytes_of(serial));
	fault_found(f, "no certificate with the serial number %s", shown);
	return fault_raise(f, FAULT_RESOURCE_NOT_FOUND,
	    "the serial number of a certificate that this CA issued",
	    "look at the serial number, and at which CA is the issuer");
}

bool
serial_read(const char *text, unsigned char out[SERIAL_LEN], struct fault *f)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char hex[SERIAL_HEX_LEN];
	struct buf octets = { 0 };
	const char *p;
	size_t len = 0;
	bool any = false;

	memset(hex, '0', sizeof(hex));
	for (p = text; *p != '\0'; p++) {
		if (*p == ':')
			continue;
		if (strchr(digits, *p) == NULL)
			return refuse_serial(text, f);
		any = true;
		if (len > 0 || *p != '0')
			len++;
	}
	if (!any)
		return refuse_serial(text, f);
	if (len >= SERIAL_HEX_LEN)
		return serial_refuse(text, f);
	hex[SERIAL_HEX_LEN - 1] = '\0';
	for (size_t at = SERIAL_HEX_LEN - 1; len > 0;) {
		p--;
		if (*p == ':')
			continue;
		hex[--at] = *p;
		len--;
	}
	(void)!buf_from_hex(&octets, hex); /* digits only, an even number */
	memcpy(out, octets.p, SERIAL_LEN);
	buf_free(&octets);
	return true;
}

bool
register_find(struct store *store, const char *ca, const char *serial,
    struct issued *out, struct fault *f)
{
	unsigned char octets[SERIAL_LEN];
	sqlite3_stmt *stmt = NULL;
	bool found;

	memset(out, 0, sizeof(*out));
	if (!serial_read(serial, octets, f) ||
	    !sql_prepare(store, select_serial, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sqlite3_bind_blob(stmt, 2, octets, SERIAL_LEN, SQLITE_STATIC);
	if (!record_first(store, stmt, &issued_kind, out, &found, f))
		return false;
	return found || serial_refuse(serial, f);
}

bool
register_find_token(struct store *store, const char *ca, const char *token,
    int64_t since, struct issued *out, bool *found, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;

	memset(out, 0, sizeof(*out));
	*found = false;
	if (!sql_prepare(store, select_token, &stmt, f))
		return false;
	sql_bind_text(stmt, 1, ca);
	sql_bind_text(stmt, 2, token);
	sqlite3_bind_int64(stmt, 3, since);
	return record_first(store, stmt, &issued_kind, out, found, f);
}

/* The next row, its position, and whether to go on. */
static bool
visit_next(struct store *store, sqlite3_stmt *stmt, issued_visitor *visit,
    void *context, bool *go_on, struct fault *f)
{
	struct issued issued;
	bool ok = record_next(store, stmt, &issued_kind, &issued, go_on, f);

	if (ok && *go_on)
		*go_on = visit(&issued,
		    sqlite3_column_int64(stmt, (int)issued_kind.count),
		    context);
	issued_clear(&issued);
	return ok;
}

bool
register_each(struct store *store, const char *ca, int64_t after,
    issued_visitor *visit, void *context, struct fault *f)
{
	sqlite3_stmt *stmt = NULL;
	bool go_on = true;
	bool ok = sql_prepare(store, select_each, &stmt, f);

	if (ok) {
		sql_bind_text(stmt, 1, ca);
		sqlite3_bind_int64(stmt, 2, after);
	}
	while (ok && go_on)
		ok = visit_next(store, stmt, visit, context, &go_on, f);
	sql_release(store, stmt);
	return ok;
}

bool
register_each_intent(struct store *store, const char *ca, issued_visitor *visit,
    void *context, struct fault *f)
{
	int64_t position = 0;
	bool go_on = true;
	bool ok = true;

	/* Asked anew for each, so that no question is open while the visitor
	 * changes what it is about. */
	while (ok && go_on) {
		struct issued issued = { 0 };
		sqlite3_stmt *stmt = NULL;

		ok = sql_prepare(store, select_intent, &stmt, f);
		if (ok) {
			sql_bind_text(stmt, 1, ca);
			sqlite3_bind_int64(stmt, 2, position);
			ok = record_next(store, stmt, &issued_kind, &issued,
			    &go_on, f);
		}
		if (ok && go_on)
			position =
			    sqlite3_column_int64(stmt, (int)issued_kind.count);
		sql_release(store, stmt);
		go_on = ok && go_on && visit(&issued, position, context);
		issued_clear(&issued);
	}
	return ok;
}
