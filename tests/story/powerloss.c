/*
 * powerloss.c - a disk that loses power, for LD_PRELOAD.
 *
 * Follows the files of the store in POWERLOSS_HOME: what was synced is safe, of
 * each change since then it is left to chance whether it reached the disk.
 * Before change number POWERLOSS_AT (or "end": when the process ends) that is
 * what the files are made to hold, and the process is killed.  POWERLOSS_SEED
 * is the chance; 0 loses everything that was not synced.  POWERLOSS_LIE=1 is a
 * disk that syncs nothing.
 *
 * The files of a trial token are left alone: SoftHSM syncs none of them.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 16
#define CHANGES 4096
#define FDS 256
#define SECTOR 512

/* What happened to a file since it was last synced. */
struct change {
	off_t at;
	size_t len; /* 0: it was cut to "at" bytes */
	unsigned char *data;
};

struct file {
	char path[512];
	bool folder;
	bool is_new;  /* its name is not safe yet */
	bool removed; /* its name is gone, but not for sure */
	bool there;   /* on the disk, at the last sync */
	unsigned char *safe;
	size_t safe_len;
	struct change change[CHANGES];
	size_t count;
};

static struct file files[FILES];
static size_t file_count;
static struct file *by_fd[FDS];
static long changes;
static bool dead;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_unlink)(const char *);

/* ISO C has no way from an object pointer to a function pointer. */
static void
look_up(void *function, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL)
		abort();
	memcpy(function, &found, sizeof(found));
}

static void
look_all_up(void)
{
	if (real_open != NULL)
		return;
	look_up(&real_pwrite, "pwrite64");
	look_up(&real_close, "close");
	look_up(&real_ftruncate, "ftruncate64");
	look_up(&real_fsync, "fsync");
	look_up(&real_unlink, "unlink");
	look_up(&real_open, "open64");
}

static const char *
setting(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

static uint32_t
chance(void)
{
	static uint32_t state;

	if (state == 0)
		state = (uint32_t)strtoul(setting("POWERLOSS_SEED"), NULL, 10) *
			2654435761u +
		    (uint32_t)changes + 1;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Did something that was not synced reach the disk all the same? */
static bool
reached_the_disk(void)
{
	return strcmp(setting("POWERLOSS_SEED"), "0") != 0 && chance() % 2 == 0;
}

/* The store's own files, and the folder they are in. */
static bool
is_followed(const char *path)
{
	const char *home = setting("POWERLOSS_HOME");
	size_t len = strlen(home);

	if (len == 0 || strncmp(path, home, len) != 0)
		return false;
	/* The shared memory beside the store is made anew by whoever opens. */
	return path[len] == '\0' || strcmp(path + len, "/p11ca.db") == 0 ||
	    strcmp(path + len, "/p11ca.db-wal") == 0;
}

static struct file *
find(const char *path)
{
	for (size_t i = 0; i < file_count; i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

static void
forget_changes(struct file *file)
{
	for (size_t i = 0; i < file->count; i++)
		free(file->change[i].data);
	file->count = 0;
}

/* From now on what the file holds is safe. */
static void
keep(struct file *file)
{
	int fd = real_open(file->path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	forget_changes(file);
	free(file->safe);
	file->safe = NULL;
	file->safe_len = 0;
	file->there = fd >= 0 && fstat(fd, &st) == 0;
	if (!file->there)
		return;
	file->safe = malloc((size_t)st.st_size + 1);
	if (file->safe == NULL ||
	    pread(fd, file->safe, (size_t)st.st_size, 0) != st.st_size)
		abort();
	file->safe_len = (size_t)st.st_size;
	real_close(fd);
}

static struct file *
follow(const char *path, bool is_new)
{
	struct file *file = find(path);
	struct stat st;

	if (file != NULL) {
		file->is_new = file->is_new || is_new;
		return file;
	}
	if (file_count == FILES || strlen(path) >= sizeof(file->path))
		abort();
	file = &files[file_count++];
	(void)strcpy(file->path, path);
	file->folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	file->is_new = is_new;
	if (!file->folder)
		keep(file);
	return file;
}

/* Write one change again, or the first sectors of it. */
static void
redo(int fd, const struct change *change)
{
	size_t len = change->len;

	if (!reached_the_disk())
		return;
	if (len > SECTOR && chance() % 4 == 0)
		len = chance() % (len / SECTOR) * SECTOR;
	if (change->len == 0)
		(void)!real_ftruncate(fd, change->at);
	else if (len > 0)
		(void)!real_pwrite(fd, change->data, len, change->at);
}

static void
spoil(struct file *file)
{
	int fd;

	if (file->is_new && !reached_the_disk()) {
		(void)real_unlink(file->path);
		return;
	}
	if (file->removed && reached_the_disk())
		return;
	if (!file->there)
		return;
	fd = real_open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || real_ftruncate(fd, 0) != 0 ||
	    real_pwrite(fd, file->safe, file->safe_len, 0) !=
		(ssize_t)file->safe_len)
		abort();
	for (size_t i = 0; i < file->count; i++)
		redo(fd, &file->change[i]);
	real_close(fd);
}

static void
lose_power(void)
{
	dead = true;
	for (size_t i = 0; i < file_count; i++)
		if (!files[i].folder)
			spoil(&files[i]);
	(void)kill(getpid(), SIGKILL);
}

/* A change is about to be made. */
static void
tick(void)
{
	changes++;
	if (!dead && changes == strtol(setting("POWERLOSS_AT"), NULL, 10))
		lose_power();
}

static void
note(struct file *file, const void *data, size_t len, off_t at)
{
	struct change *change;

	if (file->count == CHANGES)
		abort();
	change = &file->change[file->count++];
	change->at = at;
	change->len = len;
	change->data = NULL;
	if (len > 0) {
		change->data = malloc(len);
		if (change->data == NULL)
			abort();
		memcpy(change->data, data, len);
	}
}

static struct file *
of(int fd)
{
	return fd >= 0 && fd < FDS && !dead ? by_fd[fd] : NULL;
}

static int
open_followed(const char *path, int flags, mode_t mode)
{
	struct stat st;
	bool is_new;
	int fd;

	look_all_up();
	if (dead || !is_followed(path))
		return real_open(path, flags, mode);
	is_new = (flags & O_CREAT) != 0 && stat(path, &st) != 0;
	if (is_new)
		tick();
	fd = real_open(path, flags, mode);
	if (fd >= 0 && fd < FDS) {
		by_fd[fd] = follow(path, is_new);
		by_fd[fd]->removed = false;
	}
	return fd;
}

#define OPEN(name)                                                             \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		mode_t mode = 0;                                               \
		va_list args;                                                  \
                                                                               \
		va_start(args, flags);                                         \
		if ((flags & (O_CREAT | O_TMPFILE)) != 0)                      \
			mode = va_arg(args, mode_t);                           \
		va_end(args);                                                  \
		return open_followed(path, flags, mode);                       \
	}

#undef open
#undef open64
OPEN(open)
OPEN(open64)

int
close(int fd)
{
	look_all_up();
	if (fd >= 0 && fd < FDS)
		by_fd[fd] = NULL;
	return real_close(fd);
}

#undef pwrite
#undef pwrite64
ssize_t
pwrite64(int fd, const void *data, size_t len, off_t at)
{
	look_all_up();
	if (of(fd) != NULL) {
		tick();
		note(of(fd), data, len, at);
	}
	return real_pwrite(fd, data, len, at);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	return pwrite64(fd, data, len, at);
}

#undef ftruncate
#undef ftruncate64
int
ftruncate64(int fd, off_t len)
{
	look_all_up();
	if (of(fd) != NULL) {
		tick();
		note(of(fd), NULL, 0, len);
	}
	return real_ftruncate(fd, len);
}

int
ftruncate(int fd, off_t len)
{
	return ftruncate64(fd, len);
}

/* A file, or all names in a folder. */
static void
sync_followed(struct file *file)
{
	if (strcmp(setting("POWERLOSS_LIE"), "1") == 0)
		return;
	if (!file->folder) {
		keep(file);
		return;
	}
	for (size_t i = 0; i < file_count; i++) {
		files[i].is_new = false;
		if (files[i].removed)
			keep(&files[i]);
	}
}

int
fsync(int fd)
{
	look_all_up();
	if (of(fd) != NULL) {
		tick();
		sync_followed(of(fd));
	}
	return real_fsync(fd);
}

int
fdatasync(int fd)
{
	return fsync(fd);
}

int
unlink(const char *path)
{
	struct file *file;

	look_all_up();
	file = dead ? NULL : find(path);
	if (file != NULL) {
		tick();
		file->removed = true;
	}
	return real_unlink(path);
}

__attribute__((destructor)) static void
at_the_end(void)
{
	if (strcmp(setting("POWERLOSS_AT"), "end") == 0)
		lose_power();
}
