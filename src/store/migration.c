/* migration.c - the tables of each schema, and how one became the next. */
#include "internal.h"

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

static const char parts_1[] =
    "SELECT count(*) FROM sqlite_schema WHERE (type, name) IN (VALUES"
    " ('table', 'ca'), ('index', 'ca_name'), ('table', 'ca_certificate'),"
    " ('table', 'audit'), ('trigger', 'audit_is_not_changed'),"
    " ('trigger', 'audit_is_not_removed'), ('trigger', 'audit_has_no_gaps'))";

/*
 * Schema 2: what a CA issued, its CRLs, and what hangs on it.
 *
 * issuer gives a CA a short number, so that the indexes of a million
 * certificates stay small, and counts them.  It has a row for every CA, and so
 * has crl for its partition 0.  Of the revoked of a CRL, listed were there when
 * the last one was published.
 */
static const char issuer_of_a_ca[] =
    "CREATE TABLE issuer ("
    " id INTEGER NOT NULL PRIMARY KEY,"
    " ca TEXT NOT NULL UNIQUE REFERENCES ca (uuid) ON DELETE CASCADE,"
    " certificates INTEGER NOT NULL DEFAULT 0 CHECK (certificates >= 0),"
    " revocations INTEGER NOT NULL DEFAULT 0 CHECK (revocations >= 0)"
    ") STRICT;"
    "CREATE TABLE crl ("
    " ca INTEGER NOT NULL REFERENCES issuer (id) ON DELETE CASCADE,"
    " partition INTEGER NOT NULL CHECK (partition >= 0),"
    " guid TEXT NOT NULL CHECK (length(guid) = 36),"
    " number INTEGER NOT NULL DEFAULT 0,"
    " this_update INTEGER NOT NULL DEFAULT 0,"
    " next_update INTEGER NOT NULL DEFAULT 0,"
    " certificates INTEGER NOT NULL DEFAULT 0,"
    " revoked INTEGER NOT NULL DEFAULT 0,"
    " listed INTEGER NOT NULL DEFAULT 0 CHECK (listed <= revoked),"
    " PRIMARY KEY (ca, partition)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER crl_number_only_grows BEFORE UPDATE OF number ON crl"
    " WHEN NEW.number <= OLD.number BEGIN"
    " SELECT RAISE(ABORT, 'a cRLNumber only grows'); END;"
    "CREATE TRIGGER ca_is_an_issuer AFTER INSERT ON ca BEGIN"
    " INSERT INTO issuer (ca) VALUES (NEW.uuid);"
    " INSERT INTO crl (ca, partition, guid)"
    "  SELECT id, 0, ca FROM issuer WHERE ca = NEW.uuid; END;"
    "INSERT INTO issuer (ca) SELECT uuid FROM ca"
    " ORDER BY created_at, arn;"
    "INSERT INTO crl (ca, partition, guid) SELECT id, 0, ca FROM issuer;";

/*
 * What is long comes last: SQLite reads a row only as far as it is asked for.
 * A TBS is dropped once the certificate, which contains it, is there.  What a
 * CRL says is all in issued_revoked, so that it is written from there alone.
 * issued_token has the tokens of the last minutes only: an index of all of them
 * would cost more with every certificate.
 */
static const char issued[] =
    "CREATE TABLE issued ("
    " n INTEGER NOT NULL PRIMARY KEY," /* the order of issue */
    " ca INTEGER NOT NULL REFERENCES issuer (id),"
    " serial BLOB NOT NULL CHECK (length(serial) = 16),"
    " state TEXT NOT NULL CHECK (state IN ('INTENT', 'DONE', 'FAILED')),"
    " sign_alg TEXT NOT NULL,"
    " template_name TEXT NOT NULL,"
    " request BLOB NOT NULL CHECK (length(request) = 32),"
    " issued_at INTEGER NOT NULL,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " partition INTEGER NOT NULL,"
    " revoked_at INTEGER NOT NULL,"
    " reason TEXT,"
    " idempotency TEXT,"
    " caller TEXT,"
    " owner TEXT,"
    " failure TEXT,"
    " tbs BLOB,"
    " certificate BLOB,"
    " CHECK ((revoked_at <> 0) = (reason IS NOT NULL)),"
    " CHECK (revoked_at = 0 OR (revoked_at > 0 AND state = 'DONE')),"
    " CHECK ((certificate IS NOT NULL) = (state = 'DONE')),"
    " CHECK (tbs IS NOT NULL OR state <> 'INTENT')"
    ") STRICT;"
    "CREATE UNIQUE INDEX issued_serial ON issued (ca, serial);"
    "CREATE INDEX issued_ca ON issued (ca);" /* then by n */
    "CREATE INDEX issued_intent ON issued (state)"
    " WHERE state = 'INTENT';"
    "CREATE INDEX issued_revoked ON issued"
    " (ca, partition, revoked_at, not_after, reason, serial)"
    " WHERE revoked_at > 0;"
    "CREATE TABLE issued_token ("
    " n INTEGER NOT NULL PRIMARY KEY REFERENCES issued (n),"
    " ca INTEGER NOT NULL REFERENCES issuer (id),"
    " token TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " UNIQUE (ca, token)"
    ") STRICT;";

static const char issued_rules[] =
    "CREATE TRIGGER issued_is_counted AFTER INSERT ON issued"
    " WHEN NEW.state <> 'FAILED' BEGIN"
    " UPDATE issuer SET certificates = certificates + 1"
    "  WHERE id = NEW.ca; END;"
    "CREATE TRIGGER issued_failed AFTER UPDATE OF state ON issued"
    " WHEN NEW.state = 'FAILED' AND OLD.state <> 'FAILED' BEGIN"
    " UPDATE issuer SET certificates = certificates - 1"
    "  WHERE id = NEW.ca; END;"
    "CREATE TRIGGER issued_was_revoked AFTER UPDATE OF revoked_at"
    " ON issued WHEN NEW.revoked_at > 0 BEGIN"
    " UPDATE issuer SET revocations = revocations + 1"
    "  WHERE id = NEW.ca;"
    " UPDATE crl SET revoked = revoked + 1"
    "  WHERE ca = NEW.ca AND partition IN (0, NEW.partition); END;"
    "CREATE TRIGGER issued_is_settled_once BEFORE UPDATE OF"
    " n, ca, serial, state, tbs, certificate ON issued"
    " WHEN OLD.state <> 'INTENT' OR NEW.n <> OLD.n OR NEW.ca <> OLD.ca"
    "  OR NEW.serial <> OLD.serial OR NEW.tbs <> OLD.tbs BEGIN"
    " SELECT RAISE(ABORT, 'what was issued is never changed'); END;"
    "CREATE TRIGGER issued_is_revoked_once BEFORE UPDATE OF"
    " revoked_at, reason, partition, not_after ON issued"
    " WHEN OLD.revoked_at > 0 BEGIN"
    " SELECT RAISE(ABORT, 'a revocation is never changed'); END;"
    "CREATE TRIGGER issued_is_not_removed BEFORE DELETE ON issued BEGIN"
    " SELECT RAISE(ABORT, 'what was issued is never removed'); END;";

static const char attached[] =
    "CREATE TABLE tag ("
    " ca TEXT NOT NULL REFERENCES ca (uuid) ON DELETE CASCADE,"
    " key TEXT NOT NULL,"
    " value TEXT NOT NULL,"
    " PRIMARY KEY (ca, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE policy ("
    " ca TEXT NOT NULL PRIMARY KEY REFERENCES ca (uuid)"
    "  ON DELETE CASCADE,"
    " policy TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE permission ("
    " n INTEGER NOT NULL PRIMARY KEY,"
    " ca TEXT NOT NULL REFERENCES ca (uuid) ON DELETE CASCADE,"
    " principal TEXT NOT NULL,"
    " source_account TEXT NOT NULL," /* or empty */
    " actions TEXT NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " UNIQUE (ca, principal, source_account)"
    ") STRICT;"
    "CREATE TABLE audit_report ("
    " n INTEGER NOT NULL PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),"
    " ca TEXT NOT NULL REFERENCES ca (uuid) ON DELETE CASCADE,"
    " bucket TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " status TEXT NOT NULL"
    "  CHECK (status IN ('CREATING', 'SUCCESS', 'FAILED')),"
    " created_at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX audit_report_ca ON audit_report (ca);" /* then by n */
    "CREATE TABLE create_token ("
    " token TEXT NOT NULL PRIMARY KEY,"
    " arn TEXT NOT NULL,"
    " at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "PRAGMA user_version = 2;";

static const char parts_2[] =
    "SELECT count(*) FROM sqlite_schema WHERE (type, name) IN (VALUES"
    " ('table', 'issuer'), ('table', 'crl'), ('table', 'issued'),"
    " ('table', 'tag'), ('table', 'policy'), ('table', 'permission'),"
    " ('table', 'audit_report'), ('table', 'create_token'),"
    " ('index', 'issued_serial'), ('index', 'issued_ca'),"
    " ('index', 'issued_intent'), ('table', 'issued_token'),"
    " ('index', 'issued_revoked'), ('index', 'audit_report_ca'),"
    " ('trigger', 'crl_number_only_grows'), ('trigger', 'ca_is_an_issuer'),"
    " ('trigger', 'issued_is_counted'), ('trigger', 'issued_failed'),"
    " ('trigger', 'issued_was_revoked'),"
    " ('trigger', 'issued_is_settled_once'),"
    " ('trigger', 'issued_is_revoked_once'),"
    " ('trigger', 'issued_is_not_removed'))";

const struct migration migrations[SCHEMA_NEWEST] = {
	{ { schema_1 }, parts_1, 7 },
	{ { issuer_of_a_ca, issued, issued_rules, attached }, parts_2, 22 },
};
