/* lock.c - changes of one CA exclude each other across processes. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define NAME_MAX_LEN 64
#define ASKED_MAX 128

struct store_lock {
	int fd;
};

/*
 * A lock of the open file description: other than with flock() it can be
 * looked at without being taken, and other than with a POSIX lock two threads
 * exclude each other and closing another descriptor does not drop it.
 */
static struct flock
whole_file(void)
{
	struct flock lock = { 0 };

	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	return lock;
}

/* The name becomes part of a path. */
static bool
is_a_lock_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-')
			return false;
	return len > 0 && len <= NAME_MAX_LEN;
}

static int
lock_open(const struct store *store, const char *name, int flags)
{
	char *path = mem_format("%s/%s.lock", store->locks, name);
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);

	mem_free(path);
	return fd;
}

static bool
cannot_lock(const struct store *store, int error, struct fault *f)
{
	char shown[200];

	text_fit(shown, sizeof(shown), bytes_of(store->locks));
	fault_found(f, "%s: cannot lock in it: %s", shown, strerror(error));
	return fault_raise(f, FAULT_STORE,
	    "a folder for locks that this user may write, on a local disk",
	    "check its owner and mode (0700), and the room on the disk");
}

/* Somebody holds it: is it the same that is being asked there? */
static bool
refuse_held(int fd, const char *name, const char *digest, struct fault *f)
{
	char asked[ASKED_MAX + 1] = "";
	ssize_t len = pread(fd, asked, ASKED_MAX, 0);
	bool same = len > 0 && (size_t)len == strlen(digest) &&
	    memcmp(asked, digest, (size_t)len) == 0;

	if (same) {
		fault_found(f, "the same request, under way for %s", name);
		return fault_raise(f, FAULT_REQUEST_IN_PROGRESS,
		    "one request at a time",
		    "wait until it is done, then look at the result");
	}
	fault_found(f, "another change, under way for %s", name);
	return fault_raise(f, FAULT_CONCURRENT_MODIFICATION,
	    "one change of a CA at a time", "try again when it is done");
}

/* Tell others what is being asked.  Nothing depends on it after a crash. */
static bool
write_digest(int fd, const char *digest)
{
	size_t len = strlen(digest);

	return ftruncate(fd, 0) == 0 &&
	    pwrite(fd, digest, len, 0) == (ssize_t)len;
}

bool
store_lock(struct store *store, const char *uuid, const char *digest,
    struct store_lock **out, struct fault *f)
{
	struct flock lock = whole_file();
	bool ok = false;
	int fd;

	*out = NULL;
	if (!is_a_lock_name(uuid) || strlen(digest) > ASKED_MAX) {
		fault_found(f, "a lock that cannot be named");
		return fault_raise(f, FAULT_OURS, "the UUID of a CA",
		    "report this as a fault of p11ca");
	}
	fd = lock_open(store, uuid, O_RDWR | O_CREAT);
	if (fd < 0)
		return cannot_lock(store, errno, f);
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		ok = write_digest(fd, digest) || cannot_lock(store, errno, f);
	else if (errno == EAGAIN || errno == EACCES)
		refuse_held(fd, uuid, digest, f);
	else
		cannot_lock(store, errno, f);
	if (!ok) {
		close(fd);
		return false;
	}
	*out = mem_new(sizeof(**out));
	(*out)->fd = fd;
	return true;
}

void
store_unlock(struct store_lock *lock)
{
	if (lock == NULL)
		return;
	/* So that the next holder is not taken for this one. */
	(void)!ftruncate(lock->fd, 0);
	close(lock->fd);
	mem_free(lock);
}

bool
store_is_locked(struct store *store, const char *uuid)
{
	struct flock lock = whole_file();
	bool held;
	int fd;

	if (!is_a_lock_name(uuid))
		return false;
	fd = lock_open(store, uuid, O_RDONLY);
	if (fd < 0)
		return false;
	held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	close(fd);
	return held;
}
