/* bucket.c - the buckets of the API: folders HOME/buckets/NAME. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"
#include "p11ca/action_issue.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define BUCKETS "buckets"
#define NAME_LEN_MIN 3
#define NAME_LEN_MAX 63

char *
bucket_file(const struct p11ca *p, const char *bucket, const char *key)
{
	return mem_format("%s/" BUCKETS "/%s/%s", p->home, bucket, key);
}

/* The name becomes a folder and part of a host name. */
static bool
is_a_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
	size_t len = strlen(name);

	return len >= NAME_LEN_MIN && len <= NAME_LEN_MAX &&
	    strspn(name, good) == len && name[0] != '.' &&
	    strstr(name, "..") == NULL;
}

static bool
name_is_usable(const char *name, struct fault *f)
{
	char shown[80];

	if (is_a_name(name))
		return true;
	fault_found(f, "\"%s\" as the name of a bucket",
	    text_fit(shown, sizeof(shown), bytes_of(name)));
	return fault_raise(f, FAULT_INVALID_ARGS,
	    "3 to 63 of a-z, 0-9, '.' and '-', no '.' first, no two together",
	    "choose another name");
}

static bool
is_a_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
bucket_is_there(const struct p11ca *p, const char *bucket, struct fault *f)
{
	char *path;
	bool there;

	if (!name_is_usable(bucket, f))
		return false;
	path = bucket_file(p, bucket, "");
	there = is_a_folder(path);
	mem_free(path);
	if (there)
		return true;
	fault_found(f, "no bucket %s", bucket);
	return fault_raise(f, FAULT_INVALID_ARGS, "a bucket of this home",
	    "see p11ca bucket list, or make it with p11ca bucket add");
}

/* No part of a key may be empty, or climb out of the bucket. */
static bool
key_stays_inside(const char *key)
{
	for (const char *part = key;; part++) {
		size_t len = strcspn(part, "/");

		if (len == 0 || (len == 1 && part[0] == '.') ||
		    (len == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		part += len;
		if (*part == '\0')
			return true;
	}
}

bool
bucket_make_room(const struct p11ca *p, const char *bucket, const char *key,
    struct fault *f)
{
	size_t at = strlen(p->home) + strlen("/" BUCKETS "/") + strlen(bucket) +
	    1; /* where the key begins */
	char *path;
	bool ok = true;

	if (!key_stays_inside(key)) {
		fault_found(f, "a path with an empty part, \".\" or \"..\"");
		return fault_raise(f, FAULT_INVALID_ARGS,
		    "a path that stays in its bucket", "choose another path");
	}
	path = bucket_file(p, bucket, key);
	for (char *slash = path + at;
	     ok && (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		ok = file_make_folder(path, f);
		*slash = '/';
	}
	mem_free(path);
	return ok;
}

static bool
make_bucket(const struct p11ca *p, const char *name, struct fault *f)
{
	char *all = home_file(p->home, BUCKETS);
	char *path = mem_format("%s/%s", all, name);
	bool ok = file_make_folder(all, f) && file_make_folder(path, f);

	mem_free(path);
	mem_free(all);
	return ok;
}

bool
action_bucket_add(struct p11ca *p, const char *name, struct fault *f)
{
	struct deed deed = { .operation = "AddBucket",
		.more = { { "bucket", name } },
		.more_count = 1 };
	bool ok = name_is_usable(name, f) && make_bucket(p, name, f) &&
	    store_begin(p->store, f) && record_done(p, &deed, f);

	return ok || record_refused(p, &deed, f);
}

static int
compare(const void *a, const void *b)
{
	const char *const *one = a;
	const char *const *other = b;

	return strcmp(*one, *other);
}

bool
action_bucket_list(struct p11ca *p, char ***names, size_t *count,
    struct fault *f)
{
	char *all = home_file(p->home, BUCKETS);
	DIR *dir = opendir(all);
	struct dirent *entry;
	size_t cap = 0;

	*names = NULL;
	*count = 0;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *path = mem_format("%s/%s", all, entry->d_name);

		if (is_a_name(entry->d_name) && is_a_folder(path)) {
			*names = mem_grow(*names, *count, &cap, sizeof(char *));
			(*names)[(*count)++] = mem_text(entry->d_name);
		}
		mem_free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	mem_free(all);
	if (*count > 0)
		qsort(*names, *count, sizeof(char *), compare);
	return true;
}
