/* schema.c - the tables, how they came about, and whose they are. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define APPLICATION_ID 0x50313143 /* "P11C" */

/*
 * Names of the API are kept as text.  Those of algorithms have no CHECK: there
 * will be more of them, and whoever reads a row looks them up anyway.
 */
static const char schema_1[] =
    "CREATE TABLE ca ("
    " uuid TEXT NOT NULL PRIMARY KEY CHECK (length(uuid) = 36),"
    " arn TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " type TEXT NOT NULL CHECK (type IN ('ROOT', 'SUBORDINATE')),"
    " key_alg TEXT NOT NULL,"
    " sign_alg TEXT NOT NULL,"
    " config TEXT,"
    " settings TEXT,"
    " token_uri TEXT,"
    " key_id BLOB,"
    " key_spki BLOB,"
    " claim_sensitive TEXT NOT NULL,"
    " claim_extractable TEXT NOT NULL,"
    " claim_always_sensitive TEXT NOT NULL,"
    " claim_never_extractable TEXT NOT NULL,"
    " claim_local TEXT NOT NULL,"
    " claim_sign TEXT NOT NULL,"
    " claim_decrypt TEXT NOT NULL,"
    " claim_unwrap TEXT NOT NULL,"
    " claim_derive TEXT NOT NULL,"
    " claim_always_authenticate TEXT NOT NULL,"
    " secret_readable INTEGER NOT NULL CHECK (secret_readable IN (0, 1)),"
    " adopted INTEGER NOT NULL CHECK (adopted IN (0, 1)),"
    " csr TEXT,"
    " status TEXT NOT NULL CHECK (status IN ('CREATING',"
    "  'PENDING_CERTIFICATE', 'ACTIVE', 'DISABLED', 'FAILED', 'DELETED')),"
    " before_delete TEXT NOT NULL CHECK (before_delete IN ('CREATING',"
    "  'PENDING_CERTIFICATE', 'ACTIVE', 'DISABLED', 'FAILED', 'DELETED')),"
    " created_at INTEGER NOT NULL,"
    " changed_at INTEGER NOT NULL,"
    " restorable_until INTEGER NOT NULL,"
    " certificate BLOB,"
    " chain BLOB,"
    " serial TEXT,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " revision INTEGER NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX ca_name ON ca (name) WHERE name <> '';"

    "CREATE TABLE ca_certificate ("
    " ca TEXT NOT NULL REFERENCES ca (uuid) ON DELETE CASCADE,"
    " n INTEGER NOT NULL CHECK (n > 0)," /* the newest has the highest */
    " certificate BLOB NOT NULL,"
    " chain BLOB,"
    " serial TEXT,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " installed_at INTEGER NOT NULL,"
    " PRIMARY KEY (ca, n)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE audit ("
    " seq INTEGER NOT NULL PRIMARY KEY,"
    " entry TEXT NOT NULL CHECK (instr(entry, char(10)) = 0),"
    " previous TEXT NOT NULL CHECK (length(previous) = 64),"
    " hash TEXT NOT NULL CHECK (length(hash) = 64)"
    ") STRICT;"
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN"
    " SELECT RAISE(ABORT, 'an audit entry is never changed'); END;"
    "CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit BEGIN"
    " SELECT RAISE(ABORT, 'an audit entry is never removed'); END;"
    /* Without this an INSERT OR REPLACE would go past the two above. */
    "CREATE TRIGGER audit_has_no_gaps BEFORE INSERT ON audit"
    " WHEN NEW.seq IS NOT"
    "  (SELECT coalesce(max(seq), 0) + 1 FROM audit) BEGIN"
    " SELECT RAISE(ABORT, 'an audit entry follows the one before'); END;"

    "PRAGMA application_id = 0x50313143;"
    "PRAGMA user_version = 1;";

/* Step n leads from schema n to n + 1, all steps in one transaction. */
static const char *const migrations[] = { schema_1 };

#define SCHEMA_NEWEST ((int64_t)COUNT(migrations))
_Static_assert(COUNT(migrations) == 1, "refuse_newer() names the schema");

/* What has to be there, so that a dropped trigger does not go unnoticed. */
static const char count_parts[] =
    "SELECT count(*) FROM sqlite_schema WHERE (type, name) IN (VALUES"
    " ('table', 'ca'), ('index', 'ca_name'), ('table', 'ca_certificate'),"
    " ('table', 'audit'), ('trigger', 'audit_is_not_changed'),"
    " ('trigger', 'audit_is_not_removed'), ('trigger', 'audit_has_no_gaps'))";
#define PARTS 7

/* What the header of the file says, as a reader sees it now. */
struct origin {
	int64_t application, schema, objects;
};

static bool
origin_read(struct store *store, struct origin *origin, struct fault *f)
{
	return sql_number(store, "PRAGMA application_id", &origin->application,
		   f) &&
	    sql_number(store, "PRAGMA user_version", &origin->schema, f) &&
	    sql_number(store, "SELECT count(*) FROM sqlite_schema",
		&origin->objects, f);
}

/* All of it from one moment: another process may be making the tables. */
static bool
origin_read_at_once(struct store *store, struct origin *origin, struct fault *f)
{
	struct fault unused = { 0 };
	bool ok = sql_run(store, "BEGIN", f) && origin_read(store, origin, f);

	return sql_run(store, "COMMIT", ok ? f : &unused) && ok;
}

static bool
is_empty(const struct origin *origin)
{
	return origin->application == 0 && origin->schema == 0 &&
	    origin->objects == 0;
}

static bool
refuse(struct store *store, struct fault *f, const char *what)
{
	char path[200];

	text_fit(path, sizeof(path), bytes_of(store->path));
	return fault_found(f, "%s: %s", path, what);
}

static bool
refuse_newer(struct store *store, int64_t schema, struct fault *f)
{
	char *what = mem_format("a home of schema %lld", (long long)schema);

	refuse(store, f, what);
	mem_free(what);
	return fault_raise(f, FAULT_STORE,
	    "a home of schema 1, the newest that this p11ca knows",
	    "use the newer p11ca that made it; nothing was changed");
}

bool
schema_is_ours(struct store *store, enum store_mode mode, struct fault *f)
{
	struct origin origin;

	if (!origin_read_at_once(store, &origin, f))
		return false;
	if (is_empty(&origin) && mode == STORE_CREATE)
		return true;
	if (is_empty(&origin)) {
		refuse(store, f, "an empty database");
		return fault_raise(f, FAULT_STORE, "a database of p11ca",
		    "run p11ca init again, or restore a backup");
	}
	if (origin.application != APPLICATION_ID) {
		refuse(store, f, "a database of another program");
		return fault_raise(f, FAULT_STORE, "a database of p11ca",
		    "correct database: in p11ca.yaml");
	}
	if (origin.schema > SCHEMA_NEWEST)
		return refuse_newer(store, origin.schema, f);
	if (origin.schema < SCHEMA_NEWEST && mode == STORE_READ) {
		refuse(store, f, "a home of an older schema");
		return fault_raise(f, FAULT_STORE, "a home of this schema",
		    "run any command that writes, which updates it");
	}
	return true;
}

static bool
migrate(struct store *store, struct fault *f)
{
	struct origin origin;

	/* Read again: another process may just have done it. */
	if (!origin_read(store, &origin, f))
		return false;
	for (int64_t i = origin.schema; i < SCHEMA_NEWEST; i++)
		if (!sql_run(store, migrations[i], f))
			return false;
	return true;
}

static bool
is_whole(struct store *store, struct fault *f)
{
	int64_t parts;

	if (!sql_number(store, count_parts, &parts, f))
		return false;
	if (parts == PARTS)
		return true;
	refuse(store, f, "a database without some of its tables or triggers");
	return fault_raise(f, FAULT_STORE, "a database as p11ca made it",
	    "keep a copy of it as it is, and restore a backup");
}

bool
schema_update(struct store *store, enum store_mode mode, struct fault *f)
{
	int64_t schema;

	if (!sql_number(store, "PRAGMA user_version", &schema, f))
		return false;
	if (schema < SCHEMA_NEWEST && mode != STORE_READ) {
		if (!store_begin(store, f))
			return false;
		if (!migrate(store, f)) {
			store_rollback(store);
			return false;
		}
		if (!store_commit(store, f))
			return false;
	}
	return is_whole(store, f);
}
