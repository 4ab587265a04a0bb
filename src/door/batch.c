/* batch.c - issue --batch: each certificate is told when it is durable.
 *
 * Files are synced together, for those of one at a time would take much longer
 * than its signature; until then their lines wait. */
#include <string.h>

#include "batch.h"
#include "p11ca/clock.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 256

/* What goes on while a batch is issued. */
struct run {
	const struct door *door;
	const struct ca *ca;
	struct source *source;
	const char *out; /* a folder, or NULL */
	size_t issued, refused;
	int64_t shown_at;   /* the counts, last time */
	struct buf lines;   /* about files that are not on the disk yet */
	bool progress;	    /* is it shown? */
	bool stopped;	    /* a file could not be written */
	struct fault fault; /* why */
};

/* One line on a terminal that is written again, once a second at most. */
static void
show_progress(struct run *run)
{
	int64_t now = clock_now();

	if (!run->progress || now == run->shown_at)
		return;
	run->shown_at = now;
	(void)fprintf(stderr, "\r%zu issued, %zu refused", run->issued,
	    run->refused);
}

static void
hide_progress(const struct run *run)
{
	if (run->progress)
		(void)fprintf(stderr, "\r%40s\r", "");
}

static void
tell_refused(struct run *run, const char *title, const struct fault *f)
{
	const struct wire_pair pairs[] = {
		{ "Name", title },
		{ "error", fault_name(f->kind) },
		{ "rule", f->rule },
		{ "found", f->found },
		{ "expected", f->want },
		{ "todo", f->todo },
	};
	char shown[SHOWN_MAX];
	char *json;

	run->refused++;
	hide_progress(run);
	if (!run->door->json) {
		print_fault(text_fit(shown, sizeof(shown), bytes_of(title)), f);
		return;
	}
	json = wire_object(pairs, COUNT(pairs));
	(void)fprintf(stderr, "%s\n", json);
	mem_free(json);
}

/* The lines that wait, once the files they speak of are on the disk. */
static void
tell(struct run *run)
{
	if (run->lines.len == 0)
		return;
	if (run->out == NULL || file_sync(run->out, &run->fault)) {
		(void)fputs(buf_text(&run->lines), stdout);
		(void)fflush(stdout);
	} else {
		run->stopped = true;
	}
	buf_free(&run->lines);
}

/* Nothing more is begun when nobody can be told. */
static bool
next(void *context, struct buf *csr, char **title)
{
	struct run *run = context;

	tell(run);
	while (!run->stopped && ferror(stdout) == 0) {
		struct fault f = { 0 };

		if (source_next(run->source, csr, title, &f))
			return true;
		if (f.kind == FAULT_NONE)
			return false;
		tell_refused(run, *title, &f);
		mem_free(*title);
		*title = NULL;
	}
	return false;
}

/* DIR/NAME.pem; the caller's. */
static char *
file_for(const struct run *run, const char *title, const char *serial)
{
	return mem_format("%s/%s.pem", run->out,
	    source_is_folder(run->source) ? title : serial);
}

/* A certificate whose file failed is on record all the same. */
static bool
write_file(struct run *run, const char *path, const char *pem,
    const char *serial)
{
	char *line = mem_format("%s\n", pem);
	bool ok = file_write_unsynced(path, bytes_of(line), &run->fault);
	char *note;

	mem_free(line);
	if (ok)
		return true;
	run->stopped = true;
	hide_progress(run);
	note = mem_format("certificate %s is issued, but not written; "
			  "p11ca cert show prints it",
	    serial);
	print_note(note);
	mem_free(note);
	return false;
}

/* What is said of a certificate, as a line; of one without a file, its PEM. */
static void
write_line(const struct run *run, const char *title, const char *path,
    const struct issued *issued, const char *pem, struct buf *out)
{
	char *arn =
	    mem_format("%s/certificate/%s", run->ca->arn, issued->serial);
	const struct wire_pair pairs[] = {
		{ "CertificateArn", arn },
		{ "Serial", issued->serial },
		{ "Name", title },
		{ "File", path },
		{ "Certificate", path == NULL ? pem : NULL },
	};
	char shown[SHOWN_MAX];

	if (run->door->json) {
		char *json = wire_object(pairs, COUNT(pairs));

		buf_printf(out, "%s\n", json);
		mem_free(json);
	} else if (path == NULL) {
		buf_printf(out, "%s\n", pem);
	} else {
		buf_printf(out, "%s %s\n", issued->serial,
		    text_fit(shown, sizeof(shown), bytes_of(title)));
	}
	mem_free(arn);
}

static void
tell_issued(struct run *run, const char *title, const char *path,
    const struct issued *issued, const char *pem)
{
	write_line(run, title, path, issued, pem, &run->lines);
	if (path == NULL)
		tell(run);
}

static void
done(void *context, const char *title, const struct issued *issued,
    const struct fault *f)
{
	struct run *run = context;
	char *path = NULL;
	char *pem;

	if (issued == NULL) {
		tell_refused(run, title, f);
		return;
	}
	pem = issued_pem(issued);
	if (run->out != NULL)
		path = file_for(run, title, issued->serial);
	if (path == NULL || write_file(run, path, pem, issued->serial)) {
		run->issued++;
		tell_issued(run, title, path, issued, pem);
	}
	show_progress(run);
	mem_free(path);
	mem_free(pem);
}

static bool
prepare(struct run *run, const char *path, struct fault *f)
{
	return source_open(path, &run->source, f) &&
	    (run->out == NULL ||
		(source_fits(run->source, run->out, f) &&
		    file_make_folder(run->out, f)));
}

/* What came of it as a whole. */
static bool
conclude(struct run *run, const char *path, struct fault *f)
{
	char shown[SHOWN_MAX];
	char *note;

	if (run->stopped) {
		*f = run->fault;
		return false;
	}
	if (run->issued + run->refused == 0) {
		fault_found(f, "no CSR in %s",
		    text_fit(shown, sizeof(shown), bytes_of(path)));
		return fault_raise(f, FAULT_USAGE,
		    "files with a CSR each, or PEM blocks of CSRs",
		    "see whether it is the right place; a CSR in DER becomes "
		    "PEM with openssl req -inform DER -in FILE -out FILE.pem");
	}
	note = mem_format("%zu issued, %zu refused", run->issued, run->refused);
	print_note(note);
	mem_free(note);
	return true;
}

bool
batch_issue(struct door *door, const struct issue_request *request,
    struct fault *f)
{
	const char *path = args_text(door->args, "--batch");
	struct ca *ca = NULL;
	struct run run = { .door = door,
		.out = args_text(door->args, "--out"),
		.progress = !door->quiet && print_is_terminal(stderr) &&
		    !print_is_terminal(stdout) };
	const struct issue_batch batch = { next, done, &run };
	bool ok = prepare(&run, path, f) &&
	    action_describe(door->p, request->ca, &ca, f);

	run.ca = ca;
	ok = ok && action_issue_batch(door->p, request, &batch, f);
	tell(&run);
	hide_progress(&run);
	ok = ok && conclude(&run, path, f);
	door->refused = run.refused > 0;
	source_close(run.source);
	ca_free(ca);
	return ok;
}
