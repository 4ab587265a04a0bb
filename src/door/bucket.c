/* bucket.c - bucket and audit-report: folders, and what is put there. */
#include "internal.h"
#include "p11ca/clock.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 1024
#define BUCKETS "buckets"

static void
print_bucket(const struct door *door, const char *name)
{
	char *path = mem_format("%s/" BUCKETS "/%s", p11ca_home(door->p), name);
	const struct wire_pair pairs[] = {
		{ "S3BucketName", name },
		{ "Folder", path },
	};

	if (door->json)
		print_json(wire_object(pairs, COUNT(pairs)));
	else
		(void)puts(name);
	mem_free(path);
}

bool
run_bucket_add(struct door *door, struct fault *f)
{
	const char *name = args_word(door->args, 0);

	if (!door_open(door, true, f) || !action_bucket_add(door->p, name, f))
		return false;
	print_bucket(door, name);
	return true;
}

bool
run_bucket_list(struct door *door, struct fault *f)
{
	char **names = NULL;
	size_t count = 0;

	if (!door_open(door, false, f) ||
	    !action_bucket_list(door->p, &names, &count, f))
		return false;
	for (size_t i = 0; i < count; i++) {
		print_bucket(door, names[i]);
		mem_free(names[i]);
	}
	if (count == 0)
		print_note("there is no bucket; p11ca bucket add makes one");
	mem_free(names);
	return true;
}

/* clang-format off */
static const struct {
	const char *name;
	enum paint paint;
} report_states[REPORT_STATUSES] = {
	[REPORT_CREATING] = { "CREATING", PAINT_WARN },
	[REPORT_SUCCESS] = { "SUCCESS", PAINT_GOOD },
	[REPORT_FAILED] = { "FAILED", PAINT_BAD },
};
/* clang-format on */

static void
print_report(const struct door *door, const struct audit_report *report)
{
	char at[CLOCK_TEXT_MAX], home[SHOWN_MAX];

	if (door->json) {
		print_json(wire_audit_report(report));
		return;
	}
	print_row("audit report", "%s", report->id);
	print_painted(stdout, PAINT_PLAIN, "status", PRINT_LABEL_WIDTH);
	print_painted(stdout, report_states[report->status].paint,
	    report_states[report->status].name, 0);
	(void)putchar('\n');
	print_row("created", "%s", clock_text(report->created_at, at));
	print_row("file", "%s/" BUCKETS "/%s/%s",
	    text_fit(home, sizeof(home), bytes_of(p11ca_home(door->p))),
	    report->bucket, report->key);
}

bool
run_audit_report_create(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	bool csv = args_text(args, "--format")[0] == 'C'; /* JSON or CSV */
	struct audit_report report = { 0 };
	bool ok = door_open(door, true, f) &&
	    action_audit_report(door->p, args_word(args, 0),
		args_text(args, "--bucket"), csv, &report, f);

	if (ok)
		print_report(door, &report);
	audit_report_clear(&report);
	return ok;
}

bool
run_audit_report_show(struct door *door, struct fault *f)
{
	const struct args *args = door->args;
	struct audit_report report = { 0 };
	bool ok = door_open(door, false, f) &&
	    action_describe_report(door->p, args_word(args, 0),
		args_word(args, 1), &report, f);

	if (ok)
		print_report(door, &report);
	audit_report_clear(&report);
	return ok;
}
