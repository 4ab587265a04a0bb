/* report.c - the verdicts on an import, and faults, as JSON. */
#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/wire.h"

static const char *const verdicts[] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_WARN] = "warn",
	[VERDICT_NA] = "n/a",
};

static json_t *
finding_tree(const struct import_finding *finding)
{
	const struct import_rule *rule = finding->rule;
	json_t *object = tree_object();

	tree_put_text(object, "id", rule->id);
	tree_put_text(object, "name", rule->name);
	tree_put_text(object, "verdict", verdicts[finding->verdict]);
	tree_put_text(object, "where",
	    finding->where[0] != '\0' ? finding->where : NULL);
	if (finding->more > 0)
		tree_put_number(object, "more", finding->more);
	if (finding->verdict == VERDICT_FAIL ||
	    finding->verdict == VERDICT_WARN) {
		tree_put_text(object, "found", finding->found);
		tree_put_text(object, "expected", rule->want);
		tree_put_text(object, "todo", rule->todo);
	}
	return object;
}

json_t *
report_rules(const struct import_report *report)
{
	json_t *list = tree_array();

	for (size_t i = 0; i < report->count; i++)
		tree_add(list, finding_tree(&report->finding[i]));
	return list;
}

static const struct import_rule *
first_failed(const struct import_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->finding[i].verdict == VERDICT_FAIL)
			return report->finding[i].rule;
	return NULL;
}

char *
wire_report(const struct import_report *report)
{
	const struct import_rule *failed = first_failed(report);
	json_t *object = tree_object();

	tree_put_text(object, "verdict", failed == NULL ? "ACCEPT" : "REJECT");
	tree_put_text(object, "error",
	    failed != NULL ? fault_name(failed->kind) : NULL);
	tree_put_text(object, "rule", failed != NULL ? failed->id : NULL);
	tree_put(object, "rules", report_rules(report));
	return tree_print(object);
}

/* "found; expected ...; what to do", of the parts that are there. */
static void
put_message(json_t *object, const struct fault *f)
{
	struct buf text = { 0 };

	buf_text_append(&text, f->found);
	if (f->want != NULL)
		buf_printf(&text, "%sexpected %s", text.len > 0 ? "; " : "",
		    f->want);
	if (f->todo != NULL)
		buf_printf(&text, "%s%s", text.len > 0 ? "; " : "", f->todo);
	tree_put_bytes(object, "message", buf_bytes(&text));
	buf_free(&text);
}

char *
wire_fault(const struct fault *f, const struct import_report *report)
{
	json_t *object = tree_object();

	tree_put_text(object, "error", fault_name(f->kind));
	tree_put_text(object, "rule", f->rule);
	put_message(object, f);
	tree_put_text(object, "found", f->found);
	tree_put_text(object, "expected", f->want);
	tree_put_text(object, "todo", f->todo);
	if (report != NULL)
		tree_put(object, "rules", report_rules(report));
	return tree_print(object);
}
