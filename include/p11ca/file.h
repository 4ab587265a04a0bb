/*
 * file.h - files that are read whole, and written whole or not at all.
 */
#ifndef P11CA_FILE_H
#define P11CA_FILE_H

#include "p11ca/bytes.h"
#include "p11ca/fault.h"
#include "p11ca/secret.h"

/*
 * Read a whole file; "-" is standard input.  At most max bytes are taken in;
 * of a larger file *out has max + 1, so that the reader's own rule about sizes
 * can speak.  *out is the caller's.  Unreadable: FAULT_USAGE.
 */
MUST_CHECK bool file_read(const char *path, size_t max, struct buf *out,
    struct fault *f);

/*
 * Read a file that holds a secret of max bytes at most: it must be 0600 or
 * narrower, and one's own.  *out is the caller's.
 */
MUST_CHECK bool file_read_secret(const char *path, size_t max,
    struct secret *out, struct fault *f);

/*
 * The same for one that the service manager has put in the folder of
 * credentials of this process.  It may belong to root, who then says by an
 * access control list that we read it; the bits of the group show the mask of
 * that list (acl(5)).  Nobody but root or we may be able to write it, and
 * others not to read it.
 */
MUST_CHECK bool file_read_credential(const char *path, size_t max,
    struct secret *out, struct fault *f);

/*
 * Write a file of mode 0600 so that after a crash the old or the new content
 * is there: a temporary file beside it, fsync, rename, fsync of the folder.
 */
MUST_CHECK bool file_write(const char *path, struct bytes content,
    struct fault *f);

/*
 * The same for one of many, which wait for the disk together: after a crash a
 * file may be empty or missing that was written since the last file_sync().
 */
MUST_CHECK bool file_write_unsynced(const char *path, struct bytes content,
    struct fault *f);

/* Make all that was written durable on the file system that holds folder. */
MUST_CHECK bool file_sync(const char *folder, struct fault *f);

/*
 * As file_write(), in pieces, for what is too long to be kept in memory: until the
 * commit the path has its old content, or none.  *out is the caller's,
 * file_stream_close(), which takes back what was not committed.
 */
struct file_stream;
MUST_CHECK bool file_stream_open(const char *path, struct file_stream **out,
    struct fault *f);
MUST_CHECK bool file_stream_append(struct file_stream *stream,
    struct bytes more, struct fault *f);
MUST_CHECK bool file_stream_commit(struct file_stream *stream, struct fault *f);
void file_stream_close(struct file_stream *stream); /* NULL is fine */

/* Remove what a process that died while it wrote path left beside it.  Nobody
 * else may be writing path. */
void file_clean(const char *path);

/* Make a folder of mode 0700 (its parent must be there); existing is fine. */
MUST_CHECK bool file_make_folder(const char *path, struct fault *f);

/*
 * Refuse a folder wider than 0700, or a file wider than 0600, or one that is
 * another user's; the fault names the chmod that mends it.  Kind FAULT_STORE.
 */
MUST_CHECK bool file_is_private(const char *path, struct fault *f);

#endif
