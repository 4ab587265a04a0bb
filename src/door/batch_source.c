/* batch_source.c - CSRs one after the other, from a folder or a file. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define SHOWN_MAX 256
#define LINE_MAX_LEN (CSR_PEM_MAX + 1) /* more than any CSR has in all */

struct source {
	const char *path;
	char **name; /* of the files in a folder; NULL: it is a file */
	size_t count, at;
	FILE *file;
	size_t line_number;
	char *line; /* read already, LINE_MAX_LEN at most; no NUL at its end */
	ssize_t line_len; /* negative: there is none */
	bool too_long;	  /* there was one with more */
};

bool
source_is_folder(const struct source *source)
{
	return source->file == NULL;
}

void
source_close(struct source *source)
{
	if (source == NULL)
		return;
	for (size_t i = 0; i < source->count; i++)
		mem_free(source->name[i]);
	mem_free(source->name);
	if (source->file != NULL && source->file != stdin)
		(void)fclose(source->file);
	mem_free(source->line);
	mem_free(source);
}

static int
compare(const void *a, const void *b)
{
	const char *const *one = a;
	const char *const *other = b;

	return strcmp(*one, *other);
}

static char *
file_in(const char *folder, const char *name)
{
	return mem_format("%s/%s", folder, name);
}

static bool
is_wanted(const struct source *source, const char *name)
{
	char *path = file_in(source->path, name);
	struct stat st;
	bool wanted =
	    name[0] != '.' && stat(path, &st) == 0 && S_ISREG(st.st_mode);

	mem_free(path);
	return wanted;
}

static void
read_names(struct source *source, DIR *dir)
{
	struct dirent *entry;
	size_t cap = 0;

	while ((entry = readdir(dir)) != NULL) {
		if (!is_wanted(source, entry->d_name))
			continue;
		source->name = mem_grow(source->name, source->count, &cap,
		    sizeof(*source->name));
		source->name[source->count++] = mem_text(entry->d_name);
	}
	if (source->count > 0)
		qsort(source->name, source->count, sizeof(*source->name),
		    compare);
}

/* A line with its newline.  What has none for so long is no text. */
static bool
next_line(struct source *source)
{
	size_t len = 0;
	int c = 0;

	if (source->line == NULL)
		source->line = mem_array(LINE_MAX_LEN, 1);
	while (c != '\n' && len < LINE_MAX_LEN &&
	    (c = getc_unlocked(source->file)) != EOF)
		source->line[len++] = (char)c;
	source->too_long = len == LINE_MAX_LEN && c != '\n';
	source->line_len = len == 0 || source->too_long ? -1 : (ssize_t)len;
	if (len > 0)
		source->line_number++;
	return source->line_len >= 0;
}

bool
source_open(const char *path, struct source **out, struct fault *f)
{
	struct source *source = mem_new(sizeof(*source));
	DIR *dir = strcmp(path, "-") != 0 ? opendir(path) : NULL;
	char shown[SHOWN_MAX];

	*out = NULL;
	source->path = path;
	if (dir != NULL) {
		read_names(source, dir);
		(void)closedir(dir);
		*out = source;
		return true;
	}
	source->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (source->file != NULL) {
		(void)next_line(source);
		*out = source;
		return true;
	}
	fault_found(f, "%s: it cannot be read: %s",
	    text_fit(shown, sizeof(shown), bytes_of(path)), strerror(errno));
	source_close(source);
	return fault_raise(f, FAULT_USAGE, "a folder or a file with CSRs",
	    "give its path, or - for standard input");
}

/* Without what stands behind the last dot; the caller's. */
static char *
stem_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return mem_format("%.*s",
	    dot != NULL ? (int)(dot - name) : (int)strlen(name), name);
}

static bool
names_differ(const struct source *source, struct fault *f)
{
	char **stem = mem_array(source->count + 1, sizeof(*stem));
	char shown[SHOWN_MAX];
	bool differ = true;

	for (size_t i = 0; i < source->count; i++)
		stem[i] = stem_of(source->name[i]);
	qsort(stem, source->count, sizeof(*stem), compare);
	for (size_t i = 1; i < source->count && differ; i++)
		if (strcmp(stem[i - 1], stem[i]) == 0) {
			differ = fault_found(f,
			    "two CSR files named %s, but for the end",
			    text_fit(shown, sizeof(shown), bytes_of(stem[i])));
			fault_raise(f, FAULT_USAGE,
			    "names that differ before the last dot",
			    "rename one of them");
		}
	for (size_t i = 0; i < source->count; i++)
		mem_free(stem[i]);
	mem_free(stem);
	return differ;
}

bool
source_fits(const struct source *source, const char *out, struct fault *f)
{
	struct stat a, b;

	if (!source_is_folder(source))
		return true;
	if (stat(source->path, &a) != 0 || stat(out, &b) != 0 ||
	    a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return names_differ(source, f);
	fault_found(f, "one folder for CSRs and certificates");
	return fault_raise(f, FAULT_USAGE,
	    "another folder, where no CSR can be overwritten",
	    "name another one with --out");
}

static bool
next_file(struct source *source, struct buf *pem, char **title, struct fault *f)
{
	const char *name;
	char *path;
	bool ok;

	if (source->at == source->count)
		return false;
	name = source->name[source->at++];
	path = file_in(source->path, name);
	*title = stem_of(name);
	ok = file_read(path, CSR_PEM_MAX, pem, f);
	mem_free(path);
	return ok;
}

static bool
line_is(const struct source *source, const char *start)
{
	size_t len = strlen(start);

	return (size_t)source->line_len >= len &&
	    memcmp(source->line, start, len) == 0;
}

/* No more than the reader of a CSR needs to see that it is too large. */
static void
keep_line(const struct source *source, struct buf *pem)
{
	size_t room = CSR_PEM_MAX + 1 - pem->len;
	size_t len = (size_t)source->line_len;

	buf_append(pem,
	    (struct bytes){
		(const unsigned char *)source->line, len < room ? len : room });
}

/* From a BEGIN line to its END line.  Another BEGIN, or the end of the file,
 * ends it too, for the reader of CSRs to judge. */
static bool
next_block(struct source *source, struct buf *pem, char **title)
{
	bool ended = false;

	while (source->line_len >= 0 && !line_is(source, BEGIN))
		(void)next_line(source);
	if (source->line_len < 0)
		return false;
	*title = mem_format("%s:%zu", source->path, source->line_number);
	do {
		keep_line(source, pem);
		ended = line_is(source, END);
		(void)next_line(source);
	} while (!ended && source->line_len >= 0 && !line_is(source, BEGIN));
	return true;
}

static bool
refuse_line(struct source *source, char **title, struct fault *f)
{
	char shown[SHOWN_MAX];

	source->too_long = false; /* said once */
	*title = mem_text(source->path);
	fault_found(f, "line %zu of %s, which has more than %d bytes",
	    source->line_number,
	    text_fit(shown, sizeof(shown), bytes_of(source->path)),
	    CSR_PEM_MAX);
	return fault_raise(f, FAULT_USAGE, "a file with PEM blocks of CSRs",
	    "see whether it is the right file; nothing after that was read");
}

bool
source_next(struct source *source, struct buf *pem, char **title,
    struct fault *f)
{
	char shown[SHOWN_MAX];
	bool ok;

	*title = NULL;
	memset(pem, 0, sizeof(*pem));
	if (source_is_folder(source))
		return next_file(source, pem, title, f);
	ok = next_block(source, pem, title);
	if (ok)
		return true;
	if (source->too_long)
		return refuse_line(source, title, f);
	if (ferror(source->file) == 0)
		return false;
	clearerr(source->file); /* said once */
	*title = mem_text(source->path);
	fault_found(f, "%s: it cannot be read to its end",
	    text_fit(shown, sizeof(shown), bytes_of(source->path)));
	return fault_raise(f, FAULT_USAGE, "a file that can be read",
	    "see to the disk, then issue for the CSRs that are left");
}
