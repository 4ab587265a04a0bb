/* store.c - the database of a home: opening it, and transactions. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

/* A switch of SQLite that every connection has, whatever it was built with. */
struct option {
	int name, value;
};

static const struct option options[] = {
	{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 1 },
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_DQS_DML, 0 },
	{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	/* Until we know whose it is, even closing must not write to it. */
	{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
};

static bool
cannot(const char *what, const char *path, int error, struct fault *f)
{
	char shown[200];

	text_fit(shown, sizeof(shown), bytes_of(path));
	fault_found(f, "%s: cannot %s it: %s", shown, what, strerror(error));
	return fault_raise(f, FAULT_STORE,
	    "a home that this user may read and write",
	    "run p11ca init, or name another home with --home");
}

/* The folder a file is in; the caller's. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_text(".");
	return mem_format("%.*s", slash == path ? 1 : (int)(slash - path),
	    path);
}

/* The name of a file is only safe on the disk once its folder is. */
static bool
keep_name(const char *path, struct fault *f)
{
	char *folder = folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		cannot("keep", path, errno, f);
	if (fd >= 0)
		close(fd);
	mem_free(folder);
	return ok;
}

/*
 * Only a file that nobody had a moment ago is opened here: closing one that
 * SQLite has open would drop SQLite's locks.
 */
static bool
file_is_there(const char *path, enum store_mode mode, struct fault *f)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0)
		return file_is_private(path, f);
	if (errno != ENOENT || mode != STORE_CREATE)
		return cannot("open", path, errno, f);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd < 0 && errno == EEXIST) /* somebody was faster */
		return file_is_private(path, f);
	if (fd < 0)
		return cannot("make", path, errno, f);
	close(fd);
	return keep_name(path, f);
}

/*
 * A database in WAL mode needs a file beside it even for reading.  Where none
 * can be made, there is no writer either: what is in the file holds still.
 */
static bool
holds_still(const char *path)
{
	char *folder = folder_of(path);
	char *wal = mem_format("%s-wal", path);
	struct stat st;
	bool still;

	still = access(folder, W_OK) != 0 &&
	    (stat(wal, &st) != 0 || st.st_size == 0);
	mem_free(folder);
	mem_free(wal);
	return still;
}

/* A path as SQLite reads it, with everything escaped that it might read. */
static void
write_uri(struct buf *uri, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";

	buf_text_append(uri, "file:");
	for (; *path != '\0'; path++) {
		if (strchr(plain, *path) != NULL)
			buf_append(uri,
			    (struct bytes){ (const unsigned char *)path, 1 });
		else
			buf_printf(uri, "%%%02x", (unsigned char)*path);
	}
}

static bool
connect_to(struct store *store, enum store_mode mode, struct fault *f)
{
	int flags = SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
	struct buf uri = { 0 };
	int code;

	flags |=
	    mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	write_uri(&uri, store->path);
	if (mode == STORE_READ && holds_still(store->path))
		buf_text_append(&uri, "?immutable=1");
	code = sqlite3_open_v2(buf_text(&uri), &store->db, flags, NULL);
	buf_free(&uri);
	if (code != SQLITE_OK)
		return sql_fault(store, code, f);
	/* SQLite opens what it may not write for reading, without a word. */
	if (mode != STORE_READ && sqlite3_db_readonly(store->db, "main") != 0)
		return sql_fault(store, SQLITE_READONLY, f);
	return true;
}

static bool
harden(struct store *store, struct fault *f)
{
	for (size_t i = 0; i < COUNT(options); i++) {
		int now = -1;
		int code = sqlite3_db_config(store->db, options[i].name,
		    options[i].value, &now);

		if (code != SQLITE_OK || now != options[i].value)
			return sql_fault(store, SQLITE_ERROR, f);
	}
	sqlite3_busy_timeout(store->db, STORE_WAIT_MS);
	return sql_run(store,
	    "PRAGMA synchronous = FULL;"
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA mmap_size = 0;"
	    "PRAGMA cache_size = -32768;" /* in KB; taken as it is needed */
	    "PRAGMA temp_store = MEMORY;",
	    f);
}

static bool
synchronous_is_full(struct store *store, struct fault *f)
{
	int64_t level;

	if (!sql_number(store, "PRAGMA synchronous", &level, f))
		return false;
	if (level == 2)
		return true;
	fault_found(f, "synchronous = %lld", (long long)level);
	return fault_raise(f, FAULT_STORE,
	    "SQLite with synchronous = FULL, so that what was answered stays",
	    "use the SQLite of the system");
}

#define WAL_STEP_MS 10

/*
 * SQLite does not wait for others with this one, when they open a new file at
 * the same time; so the waiting is here.
 */
static bool
switch_to_wal(struct store *store, struct fault *f)
{
	for (int waited_ms = 0; !sql_run(store, "PRAGMA journal_mode = WAL", f);
	     waited_ms += WAL_STEP_MS) {
		if (f->kind != FAULT_CONCURRENT_MODIFICATION ||
		    waited_ms >= STORE_WAIT_MS)
			return false;
		memset(f, 0, sizeof(*f));
		(void)sqlite3_sleep(WAL_STEP_MS);
	}
	return true;
}

static bool
journal_is_wal(struct store *store, struct fault *f)
{
	char *mode;
	bool ok;

	if (!switch_to_wal(store, f) ||
	    !sql_text(store, "PRAGMA journal_mode", &mode, f))
		return false;
	ok = strcmp(mode, "wal") == 0;
	if (!ok) {
		char shown[32];

		text_fit(shown, sizeof(shown), bytes_of(mode));
		fault_found(f, "journal_mode = %s", shown);
		fault_raise(f, FAULT_STORE, "SQLite with journal_mode = WAL",
		    "keep the home on a local disk");
	}
	mem_free(mode);
	return ok;
}

/* A reader writes nothing, so only a writer has something to make durable. */
static bool
make_durable(struct store *store, enum store_mode mode, struct fault *f)
{
	int64_t count;

	if (mode == STORE_READ)
		return true;
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	/* The question makes the -wal file; SQLite does not look whether its
	 * name could be kept. */
	return journal_is_wal(store, f) &&
	    sql_number(store, "SELECT count(*) FROM ca", &count, f) &&
	    keep_name(store->path, f) && file_make_folder(store->locks, f);
}

/* The one thing about reading that a person cannot guess from the message. */
static bool
explain_unmerged(enum store_mode mode, const char *path, struct fault *f)
{
	char *wal = mem_format("%s-wal", path);
	char *folder = folder_of(path);
	struct stat st;

	if (mode == STORE_READ && stat(wal, &st) == 0 && st.st_size > 0 &&
	    access(folder, W_OK) != 0)
		fault_raise(f, FAULT_STORE,
		    "a folder that can be written, since changes wait in the "
		    "-wal file beside the database",
		    "run any p11ca command with write access once, or copy "
		    "the whole home to where it can be written");
	mem_free(wal);
	mem_free(folder);
	return false;
}

bool
store_open(const char *path, const char *locks, enum store_mode mode,
    struct store **out, struct fault *f)
{
	struct store *store = mem_new(sizeof(*store));
	bool ok;

	*out = NULL;
	store->path = mem_text(path);
	store->locks = mem_text(locks);
	if (!file_is_there(path, mode, f)) {
		store_close(store);
		return false;
	}
	ok = connect_to(store, mode, f) && harden(store, f) &&
	    synchronous_is_full(store, f) && schema_is_ours(store, mode, f) &&
	    schema_update(store, mode, f) && make_durable(store, mode, f);
	if (ok) {
		*out = store;
		return true;
	}
	store_close(store);
	return explain_unmerged(mode, path, f);
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	if (store->db != NULL)
		store_rollback(store);
	sql_forget(store);
	sqlite3_close_v2(store->db);
	mem_free(store->path);
	mem_free(store->locks);
	mem_free(store);
}

bool
store_begin(struct store *store, struct fault *f)
{
	if (store->unsure)
		return sql_fault(store, SQLITE_IOERR_FSYNC, f);
	/* SQLite would begin to read, and refuse only the first change. */
	if (sqlite3_db_readonly(store->db, "main") != 0)
		return sql_fault(store, SQLITE_READONLY, f);
	return sql_run(store, "BEGIN IMMEDIATE", f);
}

bool
store_commit(struct store *store, struct fault *f)
{
	if (!sql_may_write(store, f))
		return false;
	if (sql_run(store, "COMMIT", f))
		return true;
	store_rollback(store);
	return false;
}

void
store_rollback(struct store *store)
{
	/* SQLite may have rolled back by itself; then there is nothing to do,
	 * and where ROLLBACK fails the journal does the same when next opened.
	 */
	if (sqlite3_get_autocommit(store->db) == 0)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

bool
store_check(struct store *store, struct fault *f)
{
	char *said;
	bool ok;

	if (!sql_text(store, "PRAGMA integrity_check(1)", &said, f))
		return false;
	ok = strcmp(said, "ok") == 0;
	if (!ok) {
		char shown[256];

		text_fit(shown, sizeof(shown), bytes_of(said));
		fault_found(f, "a damaged database: %s", shown);
		fault_raise(f, FAULT_STORE, "a database as SQLite wrote it",
		    "keep a copy of the home as it is, check the disk, and "
		    "restore a backup");
	}
	mem_free(said);
	return ok;
}
