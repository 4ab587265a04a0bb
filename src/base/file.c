/* file.c - files that are read whole and written whole. */
#include "p11ca/file.h"

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
	explicit_bzero(step, sizeof(step));
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

bool
file_read_secret(const char *path, size_t max, struct secret *out,
    struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf content = { 0 };
	struct stat st;
	bool ok = false;

	memset(out, 0, sizeof(*out));
	if (fd < 0 || fstat(fd, &st) != 0) {
		file_error(path, "it cannot be read", f);
		fault_raise(f, FAULT_USAGE, "a file that holds the secret",
		    "name the file, or make it with mode 0600");
		goto out;
	}
	if (!is_private(path, &st, f))
		goto out;
	if (!read_all(fd, max, &content) || content.len > max) {
		fault_found(f, "a secret of more than %zu bytes in %s", max,
		    path);
		fault_raise(f, FAULT_USAGE, "a short secret on one line",
		    "see whether this is the right file");
		goto out;
	}
	secret_set(out, content.p, content.len);
	ok = true;
out:
	if (content.p != NULL)
		explicit_bzero(content.p, content.cap);
	buf_free(&content);
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* Make what was renamed in the folder of path durable. */
static bool
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? mem_text(".")
	    : slash == path	     ? mem_text("/")
			    : mem_format("%.*s", (int)(slash - path), path);
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

bool
file_write(const char *path, struct bytes content, struct fault *f)
{
	char *beside = mem_format("%s.XXXXXX", path);
	int fd = mkostemp(beside, O_CLOEXEC);
	bool ok = fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
	    write_all(fd, content) && fsync(fd) == 0 &&
	    rename(beside, path) == 0 && sync_folder(path);

	if (!ok) {
		file_error(path, "it cannot be written", f);
		fault_raise(f, FAULT_STORE,
		    "a folder that can be written and a disk with room",
		    "see to the folder and the disk, then try again");
		if (fd >= 0)
			(void)unlink(beside);
	}
	if (fd >= 0)
		(void)close(fd);
	mem_free(beside);
	return ok;
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
