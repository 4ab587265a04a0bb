/* file.c - files that are read whole, and written whole or not at all. */
#include "p11ca/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

#define STEP 65536
#define BESIDE ".XXXXXX" /* how mkostemp() names what is being written */

/* "found: PATH: cannot be read: No such file or directory" */
static void
file_error(const char *path, const char *what, struct fault *f)
{
	int error = errno;
	char shown[256];

	fault_found(f, "%s: %s: %s",
	    text_fit(shown, sizeof(shown), bytes_of(path)), what,
	    strerror(error));
}

/* Read all of fd, at most max + 1 bytes. */
static bool
read_all(int fd, size_t max, struct buf *out)
{
	unsigned char step[STEP];
	ssize_t n = 1;

	while (n > 0 && out->len <= max) {
		size_t left = max + 1 - out->len;

		n = read(fd, step, left < STEP ? left : STEP);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			buf_append(out, (struct bytes){ step, (size_t)n });
	}
	return n >= 0;
}

bool
file_read(const char *path, size_t max, struct buf *out, struct fault *f)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool ok;

	memset(out, 0, sizeof(*out));
	ok = fd >= 0 && read_all(fd, max, out);
	if (!ok) {
		file_error(path, "it cannot be read", f);
		buf_free(out);
	}
	if (fd >= 0 && !standard)
		(void)close(fd);
	return ok ||
	    fault_raise(f, FAULT_USAGE, "a file that can be read",
		"give the path of the file, or - for standard input");
}

/* Is what stat saw ours alone?  If not, *f names the mode that mends it. */
static bool
is_private(const char *path, const struct stat *st, struct fault *f)
{
	const char *mode = S_ISDIR(st->st_mode) ? "0700" : "0600";
	char shown[256];

	(void)text_fit(shown, sizeof(shown), bytes_of(path));
	if (st->st_uid != geteuid()) {
		fault_found(f, "%s belongs to user %u", shown,
		    (unsigned)st->st_uid);
		return fault_raise(f, FAULT_STORE, "one's own files only",
		    "run p11ca as that user, or chown what is yours");
	}
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		fault_found(f, "%s has mode %04o; chmod %s '%s' mends it",
		    shown, (unsigned)(st->st_mode & 07777), mode, shown);
		return fault_raise(f, FAULT_STORE,
		    "folders of mode 0700 and files of mode 0600",
		    "take the access of others away and try again");
	}
	return true;
}

bool
file_is_private(const char *path, struct fault *f)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		file_error(path, "it cannot be looked at", f);
		return fault_raise(f, FAULT_STORE, "a home made by p11ca init",
		    "run p11ca init, or name the home with --home");
	}
	return is_private(path, &st, f);
}

/* The same of what the service manager gave us. */
static bool
is_a_credential(const char *path, const struct stat *st, struct fault *f)
{
	const mode_t others = S_IWGRP | S_IRWXO;
	char shown[256];

	if (st->st_uid != 0 || geteuid() == 0)
		return is_private(path, st, f);
	if (S_ISREG(st->st_mode) && (st->st_mode & others) == 0)
		return true;
	fault_found(f, "%s has mode %04o",
	    text_fit(shown, sizeof(shown), bytes_of(path)),
	    (unsigned)(st->st_mode & 07777));
	return fault_raise(f, FAULT_STORE, "a credential for us alone",
	    "have the service manager bring it, with LoadCredential=");
}

static bool
read_private(const char *path, size_t max,
    bool (*is_fit)(const char *path, const struct stat *st, struct fault *f),
    struct secret *out, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char shown[256];
	struct stat st;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (fd < 0 || fstat(fd, &st) != 0) {
		file_error(path, "it cannot be read", f);
		fault_raise(f, FAULT_USAGE, "a file that holds the secret",
		    "name the file, or make it with mode 0600");
		goto out;
	}
	if (!is_fit(path, &st, f))
		goto out;
	if (!secret_read(out, fd, max + 1)) {
		file_error(path, "it cannot be read", f);
		fault_raise(f, FAULT_USAGE, "a file that holds the secret",
		    "see whether this is the right file");
		goto out;
	}
	ok = out->len <= max;
	if (!ok) {
		fault_found(f, "a secret of more than %zu bytes in %s", max,
		    text_fit(shown, sizeof(shown), bytes_of(path)));
		fault_raise(f, FAULT_USAGE, "a short secret on one line",
		    "see whether this is the right file");
		secret_free(out);
	}
out:
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

bool
file_read_secret(const char *path, size_t max, struct secret *out,
    struct fault *f)
{
	return read_private(path, max, is_private, out, f);
}

bool
file_read_credential(const char *path, size_t max, struct secret *out,
    struct fault *f)
{
	return read_private(path, max, is_a_credential, out, f);
}

/* The folder of a path; the caller's, mem_free(). */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? mem_text(".")
	    : slash == path  ? mem_text("/")
			     : mem_format("%.*s", (int)(slash - path), path);
}

/* Make what was renamed in the folder of path durable. */
static bool
sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	mem_free(folder);
	return ok;
}

static bool
write_all(int fd, struct bytes content)
{
	while (content.len > 0) {
		ssize_t n = write(fd, content.p, content.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		content.p += n;
		content.len -= (size_t)n;
	}
	return true;
}

struct file_stream {
	char *path;
	char *beside; /* what is written until it is renamed */
	int fd;
	struct buf waiting; /* pieces that are not worth a write() yet */
	bool unsynced;	    /* somebody else sees to that */
	bool committed;
};

static bool
refuse_write(const char *path, struct fault *f)
{
	file_error(path, "it cannot be written", f);
	return fault_raise(f, FAULT_STORE,
	    "a folder that can be written and a disk with room",
	    "see to the folder and the disk, then try again");
}

bool
file_stream_open(const char *path, struct file_stream **out, struct fault *f)
{
	struct file_stream *stream = mem_new(sizeof(*stream));

	*out = NULL;
	stream->path = mem_text(path);
	stream->beside = mem_format("%s" BESIDE, path);
	stream->fd = mkostemp(stream->beside, O_CLOEXEC);
	if (stream->fd < 0 || fchmod(stream->fd, S_IRUSR | S_IWUSR) != 0) {
		refuse_write(path, f);
		file_stream_close(stream);
		return false;
	}
	*out = stream;
	return true;
}

static bool
flush(struct file_stream *stream, struct fault *f)
{
	if (!write_all(stream->fd, buf_bytes(&stream->waiting)))
		return refuse_write(stream->path, f);
	stream->waiting.len = 0;
	return true;
}

bool
file_stream_append(struct file_stream *stream, struct bytes more,
    struct fault *f)
{
	if (more.len < STEP) {
		buf_append(&stream->waiting, more);
		return stream->waiting.len < STEP || flush(stream, f);
	}
	if (!flush(stream, f))
		return false;
	return write_all(stream->fd, more) || refuse_write(stream->path, f);
}

bool
file_stream_commit(struct file_stream *stream, struct fault *f)
{
	if (!flush(stream, f))
		return false;
	stream->committed = (stream->unsynced || fsync(stream->fd) == 0) &&
	    rename(stream->beside, stream->path) == 0;
	return (stream->committed &&
		   (stream->unsynced || sync_folder(stream->path))) ||
	    refuse_write(stream->path, f);
}

void
file_stream_close(struct file_stream *stream)
{
	if (stream == NULL)
		return;
	if (stream->fd >= 0) {
		if (!stream->committed)
			(void)unlink(stream->beside);
		(void)close(stream->fd);
	}
	buf_free(&stream->waiting);
	mem_free(stream->beside);
	mem_free(stream->path);
	mem_free(stream);
}

static bool
write_whole(const char *path, struct bytes content, bool unsynced,
    struct fault *f)
{
	struct file_stream *stream = NULL;
	bool ok = file_stream_open(path, &stream, f);

	if (ok) {
		stream->unsynced = unsynced;
		ok = file_stream_append(stream, content, f) &&
		    file_stream_commit(stream, f);
	}
	file_stream_close(stream);
	return ok;
}

bool
file_write(const char *path, struct bytes content, struct fault *f)
{
	return write_whole(path, content, false, f);
}

bool
file_write_unsynced(const char *path, struct bytes content, struct fault *f)
{
	return write_whole(path, content, true, f);
}

bool
file_sync(const char *folder, struct fault *f)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = (fd >= 0 && syncfs(fd) == 0) || refuse_write(folder, f);

	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* Is that the name of something written beside a file of this name? */
static bool
is_beside(const char *name, const char *file)
{
	size_t len = strlen(file);

	return strncmp(name, file, len) == 0 && name[len] == '.' &&
	    strlen(name + len) == strlen(BESIDE);
}

void
file_clean(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash != NULL ? slash + 1 : path;
	char *folder = folder_of(path);
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (is_beside(entry->d_name, file))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
	mem_free(folder);
}

bool
file_make_folder(const char *path, struct fault *f)
{
	struct stat st;

	if (mkdir(path, S_IRWXU) == 0 ||
	    (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return true;
	file_error(path, "the folder cannot be made", f);
	return fault_raise(f, FAULT_STORE, "a place where a folder can be made",
	    "see to the folder above it, or name another place");
}
