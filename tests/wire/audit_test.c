/* audit_test.c - lines of an exported audit log, and back. */
#include <criterion/criterion.h>
#include <string.h>

#include "p11ca/mem.h"
#include "p11ca/store.h"
#include "p11ca/wire.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define LINE(seq, entry)                                                       \
	"{\"seq\":" seq ",\"previous\":\"" A "\",\"hash\":\"" B                \
	"\",\"entry\":" entry "}"

Test(audit, a_line_holds_the_very_bytes_of_the_entry)
{
	struct audit_row row = { 7, "{ \"b\":1,\"a\" : \"\\u00e4\" }", A, B };
	char *line = wire_audit_line(&row);

	cr_expect_str_eq(line, LINE("7", "{ \"b\":1,\"a\" : \"\\u00e4\" }"),
	    "%s", line);
	mem_free(line);
}

static const struct {
	const char *line;
	int64_t seq;
	const char *entry;
} lines[] = {
	{ LINE("1", "{}"), 1, "{}" },
	{ LINE("1", "{}") "\n", 1, "{}" },
	{ LINE("9223372036854775807", "{\"a\":{\"b\":[]}}"), INT64_MAX,
	    "{\"a\":{\"b\":[]}}" },
	{ LINE("10", "{ \"b\" : \"}\" }"), 10, "{ \"b\" : \"}\" }" },
};

Test(audit, reads_what_was_written)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		char *line = mem_text(lines[i].line);
		struct audit_row row;
		struct fault f = { 0 };

		cr_assert(wire_audit_read(line, &row, &f), "%s: %s",
		    lines[i].line, f.found);
		cr_expect_eq(row.seq, lines[i].seq);
		cr_expect_str_eq(row.previous, A);
		cr_expect_str_eq(row.hash, B);
		cr_expect_str_eq(row.entry, lines[i].entry);
		mem_free(line);
	}
}

static const char *const bad[] = {
	"",
	"\n",
	"{}",
	" " LINE("1", "{}"),
	LINE("0", "{}"),
	LINE("01", "{}"),
	LINE("-1", "{}"),
	LINE("+1", "{}"),
	LINE(" 1", "{}"),
	LINE("1.0", "{}"),
	LINE("", "{}"),
	LINE("9223372036854775808", "{}"),
	LINE("99999999999999999999", "{}"),
	LINE("1", ""),
	LINE("1", "[]"),
	LINE("1", "\"x\""),
	LINE("1", "{"),
	LINE("1", "{}}"),
	LINE("1", "{},\"x\":{}"),
	LINE("1", "{\"a\":1,\"a\":2}"),
	LINE("1", " {}"),
	LINE("1", "{}") " ",
	LINE("1", "{}") "\r\n",
	LINE("1", "{}") "\n\n",
	LINE("1", "{}") "}",
	"{\"seq\":1,\"previous\":\"" A "0\",\"hash\":\"" B "\",\"entry\":{}}",
	"{\"seq\":1,\"previous\":\"ab\",\"hash\":\"" B "\",\"entry\":{}}",
	"{\"seq\":1,\"previous\":\"" A "\",\"hash\":\"\",\"entry\":{}}",
	"{\"seq\":1, \"previous\":\"" A "\",\"hash\":\"" B "\",\"entry\":{}}",
	"{\"seq\":1,\"hash\":\"" B "\",\"previous\":\"" A "\",\"entry\":{}}",
	"{\"seq\":1,\"previous\":\"" A "\",\"hash\":\"" B "\",\"entry\":",
	"{\"seq\":1,\"previous\":\"" A "\",\"hash\":\"" B,
	"{\"seq\":1,\"previous\":\"ABCDEF6789abcdef0123456789abcdef0123456789"
	"abcdef0123456789abcdef\",\"hash\":\"" B "\",\"entry\":{}}",
};

Test(audit, refuses_any_other_form)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *line = mem_text(bad[i]);
		struct audit_row row;
		struct fault f = { 0 };

		cr_expect_not(wire_audit_read(line, &row, &f), "%s", bad[i]);
		cr_expect_eq(f.kind, FAULT_INVALID_ARGS, "%s", bad[i]);
		cr_expect_eq(row.seq, 0);
		cr_expect_null(row.entry);
		cr_expect_null(row.previous);
		cr_expect_null(row.hash);
		mem_free(line);
	}
}
