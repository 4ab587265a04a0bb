/* report.c - the verdicts on an import, for people. */
#include <string.h>

#include "internal.h"

#define INDENT "      "
#define MARK_WIDTH 6

/* clang-format off */
static const struct {
	const char *mark;
	enum paint paint;
} verdicts[] = {
	[VERDICT_PASS] = { "pass", PAINT_GOOD },
	[VERDICT_FAIL] = { "FAIL", PAINT_BAD },
	[VERDICT_WARN] = { "warn", PAINT_WARN },
	[VERDICT_NA] = { "n/a", PAINT_DIM },
};
/* clang-format on */

static void
print_finding(FILE *to, const struct import_finding *one)
{
	print_painted(to, verdicts[one->verdict].paint,
	    verdicts[one->verdict].mark, MARK_WIDTH);
	(void)fprintf(to, "%s  ", one->rule->id);
	print_rule_name(to, one->rule->name, false);
	if (one->where[0] != '\0')
		(void)fprintf(to, "  %s", one->where);
	if (one->more > 0)
		(void)fprintf(to, " and %zu more", one->more);
	(void)putc('\n', to);
	if (one->verdict != VERDICT_FAIL && one->verdict != VERDICT_WARN)
		return;
	(void)fprintf(to,
	    INDENT "found     %s\n" INDENT "expected  %s\n" INDENT
		   "to do     %s\n",
	    one->found, one->rule->want, one->rule->todo);
}

void
report_print(FILE *to, const struct import_report *report, bool quiet)
{
	const struct import_rule *failed = NULL;

	for (size_t i = 0; i < report->count; i++) {
		const struct import_finding *one = &report->finding[i];

		if (!quiet)
			print_finding(to, one);
		if (failed == NULL && one->verdict == VERDICT_FAIL)
			failed = one->rule;
	}
	if (failed == NULL) {
		print_painted(to, PAINT_GOOD, "ACCEPT", 0);
		(void)putc('\n', to);
		return;
	}
	print_painted(to, PAINT_BAD, "REJECT", 0);
	(void)fprintf(to, " (%s, rule %s)\n", fault_name(failed->kind),
	    failed->id);
}
