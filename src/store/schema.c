/* schema.c - whose a database is, and bringing it to the newest schema. */
#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define APPLICATION_ID 0x50313143 /* "P11C" */

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
	_Static_assert(SCHEMA_NEWEST == 2, "the text names it");
	return fault_raise(f, FAULT_STORE,
	    "a home of schema 2, the newest that this p11ca knows",
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
	return true;
}

bool
schema_refuse_older(struct store *store, struct fault *f)
{
	char *what = mem_format("a home of schema %lld, made by an older p11ca",
	    (long long)store->schema);

	refuse(store, f, what);
	mem_free(what);
	_Static_assert(SCHEMA_NEWEST == 2, "the text names it");
	return fault_raise(f, FAULT_STORE,
	    "a home of schema 2, which has a place for what was asked",
	    "run any p11ca command that changes something once, which brings "
	    "the home to schema 2 and keeps all that is in it");
}

/* Has it all that its schema made? */
static bool
is_whole(struct store *store, struct fault *f)
{
	bool whole = true;

	for (int64_t i = 0; whole && i < store->schema; i++) {
		int64_t parts;

		if (!sql_number(store, migrations[i].count_parts, &parts, f))
			return false;
		whole = parts == migrations[i].parts;
	}
	if (whole)
		return true;
	refuse(store, f, "a database without some of its tables or triggers");
	return fault_raise(f, FAULT_STORE, "a database as p11ca made it",
	    "keep a copy of it as it is, and restore a backup");
}

static bool
schema_read(struct store *store, struct fault *f)
{
	return sql_number(store, "PRAGMA user_version", &store->schema, f);
}

static bool
run_step(struct store *store, const struct migration *step, struct fault *f)
{
	for (size_t i = 0; i < COUNT(step->scripts); i++)
		if (step->scripts[i] != NULL &&
		    !sql_run(store, step->scripts[i], f))
			return false;
	return true;
}

static bool
migrate(struct store *store, struct fault *f)
{
	/* Read again: another process may just have done it. */
	if (!schema_read(store, f) || !is_whole(store, f))
		return false;
	for (int64_t i = store->schema; i < SCHEMA_NEWEST; i++)
		if (!run_step(store, &migrations[i], f))
			return false;
	return schema_read(store, f);
}

bool
schema_update(struct store *store, enum store_mode mode, struct fault *f)
{
	if (!schema_read(store, f))
		return false;
	if (store->schema == SCHEMA_NEWEST || mode == STORE_READ)
		return is_whole(store, f);
	if (!store_begin(store, f))
		return false;
	if (migrate(store, f) && is_whole(store, f))
		return store_commit(store, f);
	store_rollback(store);
	return false;
}
