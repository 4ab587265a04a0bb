/* revocation.c - RevocationConfiguration: its rules, and what is kept of it. */
#include <string.h>

#include "internal.h"
#include "p11ca/mem.h"
#include "p11ca/wire.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool
consists_of(const char *value, const char *set)
{
	return value[strspn(value, set)] == '\0';
}

static bool
is_cname(const char *value)
{
	return consists_of(value, LETTERS "-;/?:@&=+$,%_.!~*()'");
}

static bool
is_bucket(const char *value)
{
	return consists_of(value, LETTERS "-._/");
}

/* "" counts as absent later; else "/", or segments with one slash between. */
static bool
is_crl_path(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || strcmp(value, "/") == 0)
		return true;
	return is_cname(value) && value[0] != '/' && value[len - 1] != '/' &&
	    strstr(value, "//") == NULL;
}

static const struct shape days_shape = {
	.kind = SHAPE_NUMBER,
	.min = 1,
	.max = 5000,
};
static const struct shape cname_shape = {
	.kind = SHAPE_STRING,
	.max = 253,
	.holds = is_cname,
	.pattern = "[-a-zA-Z0-9;/?:@&=+$,%_.!~*()']*",
};
static const struct shape bucket_shape = {
	.kind = SHAPE_STRING,
	.min = 3,
	.max = 255,
	.holds = is_bucket,
	.pattern = "[-a-zA-Z0-9._/]+",
};
static const struct shape path_shape = {
	.kind = SHAPE_STRING,
	.max = 253,
	.holds = is_crl_path,
	.pattern = "(/|[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+"
		   "(/[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+)*)",
};

#define ACL_PUBLIC "PUBLIC_READ"
#define ACL_OWNER "BUCKET_OWNER_FULL_CONTROL"
#define CRL_COMPLETE "COMPLETE"
#define CRL_PARTITIONED "PARTITIONED"

static const struct member point_members[] = {
	{ "OmitExtension", &shape_boolean, true },
};
static const struct shape point_shape = { SHAPE_ROWS(point_members[0],
    point_members) };

/* clang-format off */
static const struct member crl_members[] = {
	{ "Enabled", &shape_boolean, true },
	{ "ExpirationInDays", &days_shape, false },
	{ "CustomCname", &cname_shape, false },
	{ "S3BucketName", &bucket_shape, false },
	{ "S3ObjectAcl", SHAPE_NAMES(ACL_PUBLIC, ACL_OWNER), false },
	{ "CrlDistributionPointExtensionConfiguration", &point_shape, false },
	{ "CrlType", SHAPE_NAMES(CRL_COMPLETE, CRL_PARTITIONED), false },
	{ "CustomPath", &path_shape, false },
};
static const struct member ocsp_members[] = {
	{ "Enabled", &shape_boolean, true },
	{ "OcspCustomCname", &cname_shape, false },
};
/* clang-format on */

static const struct shape crl_shape = { SHAPE_ROWS(crl_members[0],
    crl_members) };
static const struct shape ocsp_shape = { SHAPE_ROWS(ocsp_members[0],
    ocsp_members) };
static const struct member revocation_members[] = {
	{ "CrlConfiguration", &crl_shape, false },
	{ "OcspConfiguration", &ocsp_shape, false },
};
const struct shape revocation_shape = { SHAPE_ROWS(revocation_members[0],
    revocation_members) };

static bool
is_enabled(const json_t *config)
{
	return json_is_true(json_object_get(config, "Enabled"));
}

static bool
omits_point(const json_t *crl)
{
	const json_t *point =
	    json_object_get(crl, "CrlDistributionPointExtensionConfiguration");

	return json_is_true(json_object_get(point, "OmitExtension"));
}

/* Members that are there as "" only.  The tree is a copy of our own. */
static void
drop_empty(json_t *config)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(config, next, name, value)
	{
		if (json_is_string(value) && json_string_length(value) == 0)
			(void)json_object_del(config, name);
	}
}

/* The rules, each asked of one configuration, which has its name. */

static bool
off_stands_alone(json_t *config, const char *where, struct fault *f)
{
	const char *name;
	json_t *value;

	if (is_enabled(config))
		return true;
	json_object_foreach(config, name, value)
	{
		if (strcmp(name, "Enabled") != 0)
			return fault_found(f, "%s with Enabled false and %s",
			    where, name);
	}
	return true;
}

static bool
has_when_enabled(json_t *config, const char *where, const char *member,
    struct fault *f)
{
	return !is_enabled(config) || json_object_get(config, member) != NULL ||
	    fault_found(f, "%s with Enabled true and without %s", where,
		member);
}

static bool
names_its_period(json_t *config, const char *where, struct fault *f)
{
	return has_when_enabled(config, where, "ExpirationInDays", f);
}

static bool
names_its_bucket(json_t *config, const char *where, struct fault *f)
{
	return has_when_enabled(config, where, "S3BucketName", f);
}

/* Buckets and what is in them are folders and files here. */
static bool
stays_inside(json_t *config, const char *where, const char *member,
    struct fault *f)
{
	const char *path = tree_text_of(config, member);
	const char *p = path;

	if (path == NULL || strcmp(path, "/") == 0)
		return true;
	for (;;) {
		size_t len = strcspn(p, "/");

		if (len == 0 || (len == 1 && p[0] == '.') ||
		    (len == 2 && p[0] == '.' && p[1] == '.'))
			return fault_found(f, "%s of %s \"%.160s\"", member,
			    where, path);
		if (p[len] == '\0')
			return true;
		p += len + 1;
	}
}

static bool
bucket_stays_inside(json_t *config, const char *where, struct fault *f)
{
	return stays_inside(config, where, "S3BucketName", f);
}

static bool
path_stays_inside(json_t *config, const char *where, struct fault *f)
{
	return stays_inside(config, where, "CustomPath", f);
}

static bool
cname_has_no_scheme(json_t *config, const char *where, struct fault *f)
{
	static const char *const members[] = { "CustomCname",
		"OcspCustomCname" };

	for (size_t i = 0; i < COUNT(members); i++) {
		const char *name = tree_text_of(config, members[i]);

		if (name != NULL &&
		    (strstr(name, "://") != NULL || name[0] == '/'))
			return fault_found(f, "%s of %s \"%.160s\"", members[i],
			    where, name);
	}
	return true;
}

static bool
omission_goes_without_cname(json_t *config, const char *where, struct fault *f)
{
	return !omits_point(config) ||
	    tree_text_of(config, "CustomCname") == NULL ||
	    fault_found(f, "%s with OmitExtension true and CustomCname", where);
}

#define CRL "CrlConfiguration"
#define OCSP "OcspConfiguration"
#define ALONE "no other member beside Enabled false"
#define ALONE_TODO "leave that member out, or set Enabled to true"
#define CNAME "a host name without a scheme"
#define CNAME_TODO "leave out what stands before the host name, as in http://"
#define INSIDE "a path without \".\", \"..\" or empty parts"
#define INSIDE_TODO "name a place inside the bucket"

static const struct rule {
	const char *where;
	bool (*holds)(json_t *config, const char *where, struct fault *f);
	const char *want;
	const char *todo;
} rules[] = {
	{ CRL, off_stands_alone, ALONE, ALONE_TODO },
	{ CRL, names_its_period, "ExpirationInDays of 1 to 5000",
	    "say for how many days a CRL is good" },
	{ CRL, names_its_bucket, "the bucket that CRLs go to",
	    "say which in S3BucketName" },
	{ CRL, bucket_stays_inside, INSIDE, "name a bucket that is there" },
	{ CRL, path_stays_inside, INSIDE, INSIDE_TODO },
	{ CRL, cname_has_no_scheme, CNAME, CNAME_TODO },
	{ CRL, omission_goes_without_cname,
	    "one of OmitExtension true and CustomCname",
	    "leave CustomCname out: no certificate would name it" },
	{ OCSP, off_stands_alone, ALONE, ALONE_TODO },
	{ OCSP, cname_has_no_scheme, CNAME, CNAME_TODO },
};

static bool
rules_hold(json_t *revocation, struct fault *f)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		json_t *config = json_object_get(revocation, rules[i].where);

		if (config != NULL &&
		    !rules[i].holds(config, rules[i].where, f))
			return fault_raise(f, FAULT_INVALID_ARGS, rules[i].want,
			    rules[i].todo);
	}
	return true;
}

static void
replace_text(char **text, const json_t *config, const char *member)
{
	mem_free(*text);
	*text = mem_text(tree_text_of(config, member));
}

static bool
has_name(const json_t *config, const char *member, const char *name)
{
	const char *text = tree_text_of(config, member);

	return text != NULL && strcmp(text, name) == 0;
}

static void
set_crl(struct ca_settings *settings, const json_t *crl)
{
	settings->crl.enabled = is_enabled(crl);
	settings->crl.days =
	    json_integer_value(json_object_get(crl, "ExpirationInDays"));
	replace_text(&settings->crl.bucket, crl, "S3BucketName");
	replace_text(&settings->crl.cname, crl, "CustomCname");
	replace_text(&settings->crl.path, crl, "CustomPath");
	settings->crl.owner_acl = has_name(crl, "S3ObjectAcl", ACL_OWNER);
	settings->crl.omit = omits_point(crl);
	settings->crl.partitioned = has_name(crl, "CrlType", CRL_PARTITIONED);
}

bool
revocation_read(json_t *revocation, struct ca_settings *settings,
    struct fault *f)
{
	json_t *crl = json_object_get(revocation, CRL);
	json_t *ocsp = json_object_get(revocation, OCSP);

	drop_empty(crl);
	drop_empty(ocsp);
	if (!rules_hold(revocation, f))
		return false;
	if (crl != NULL)
		set_crl(settings, crl);
	if (ocsp != NULL) {
		settings->ocsp.enabled = is_enabled(ocsp);
		replace_text(&settings->ocsp.cname, ocsp, "OcspCustomCname");
	}
	return true;
}

bool
ca_settings_set_revocation(struct ca_settings *settings, struct bytes json,
    struct fault *f)
{
	json_t *tree;
	bool ok;

	ok = shape_from_text(&revocation_shape, "revocationConfiguration", json,
		 WIRE_JSON_MAX, &tree, f) &&
	    revocation_read(tree, settings, f);
	json_decref(tree);
	return ok;
}

static json_t *
crl_tree(const struct ca_settings *settings)
{
	json_t *object = tree_object();
	json_t *point;

	tree_put_flag(object, "Enabled", settings->crl.enabled);
	if (!settings->crl.enabled)
		return object;
	tree_put_number(object, "ExpirationInDays",
	    (uint64_t)settings->crl.days);
	tree_put_text_if(object, "CustomCname", settings->crl.cname);
	tree_put_text_if(object, "S3BucketName", settings->crl.bucket);
	tree_put_text(object, "S3ObjectAcl",
	    settings->crl.owner_acl ? ACL_OWNER : ACL_PUBLIC);
	point = tree_object();
	tree_put_flag(point, "OmitExtension", settings->crl.omit);
	tree_put(object, "CrlDistributionPointExtensionConfiguration", point);
	tree_put_text(object, "CrlType",
	    settings->crl.partitioned ? CRL_PARTITIONED : CRL_COMPLETE);
	tree_put_text_if(object, "CustomPath", settings->crl.path);
	return object;
}

json_t *
revocation_tree(const struct ca_settings *settings)
{
	json_t *object = tree_object();
	json_t *ocsp = tree_object();

	tree_put_flag(ocsp, "Enabled", settings->ocsp.enabled);
	if (settings->ocsp.enabled)
		tree_put_text_if(ocsp, "OcspCustomCname", settings->ocsp.cname);
	tree_put(object, CRL, crl_tree(settings));
	tree_put(object, OCSP, ocsp);
	return object;
}
