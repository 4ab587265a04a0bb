/* crl_publish.c - where a CRL lies, where it is found, and how it gets there. */
#include <string.h>

#include "internal.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/register.h"
#include "p11ca/upload.h"
#include "p11ca/wire_issue.h"

#define CRL_BYTES_MAX ((size_t)1 << 30)
#define SENDS_MAX 8
#define CRL_TYPE "application/pkix-crl" /* RFC 2585, 4.2 */

/* CustomPath takes the place of "crl"; "/" is the top of the bucket. */
char *
crl_key(const struct ca_settings *settings, const struct crl_state *state)
{
	const char *path = settings->crl.path;

	if (path == NULL || path[0] == '\0')
		path = "crl";
	if (strcmp(path, "/") == 0)
		return mem_format("%s.crl", state->guid);
	return mem_format("%s/%s.crl", path, state->guid);
}

/* BASE/KEY, whether or not BASE ends in a slash. */
static char *
join(const char *base, const char *key)
{
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	return mem_format("%.*s/%s", (int)len, base, key);
}

/* The names of the API's own hosts end so in its China partition. */
static const char *
suffix(const struct conf *conf)
{
	return strcmp(conf->partition, "aws-cn") == 0 ? ".cn" : "";
}

char *
crl_point(const struct p11ca *p, const struct ca_settings *settings,
    const struct crl_state *state)
{
	const struct conf *conf = p->conf;
	const char *cname = settings->crl.cname;
	char *key = crl_key(settings, state);
	char *base, *uri;

	if (cname != NULL && cname[0] != '\0')
		base = mem_format("http://%s", cname);
	else if (conf->crl.base_url != NULL)
		base = mem_text(conf->crl.base_url);
	else
		base = mem_format("http://%s.s3.%s.amazonaws.com%s",
		    settings->crl.bucket, conf->region, suffix(conf));
	uri = join(base, key);
	mem_free(base);
	mem_free(key);
	return uri;
}

char *
crl_uri(const struct p11ca *p, const struct ca_settings *settings,
    const struct crl_state *state)
{
	if (!settings->crl.enabled || settings->crl.omit)
		return NULL;
	return crl_point(p, settings, state);
}

char *
ocsp_uri(const struct p11ca *p, const struct ca_settings *settings)
{
	const struct conf *conf = p->conf;
	const char *cname = settings->ocsp.cname;

	if (!settings->ocsp.enabled)
		return NULL;
	if (cname != NULL && cname[0] != '\0')
		return mem_format("http://%s", cname);
	if (conf->ocsp.url != NULL)
		return mem_text(conf->ocsp.url);
	return mem_format("http://ocsp.acm-pca.%s.amazonaws.com%s",
	    conf->region, suffix(conf));
}

static struct upload_place
upload_place_of(const struct conf *conf)
{
	const char *region = conf->crl.upload.region;
	struct upload_place place = { .endpoint = conf->crl.upload.endpoint,
		.region = region != NULL ? region : conf->region,
		.access_key = conf->crl.upload.access_key,
		.secret_file = conf->crl.upload.secret_file };

	return place;
}

static void
digest_of(const struct buf *content, char out[DIGEST_HEX_LEN])
{
	digest_hex(buf_bytes(content), out);
}

/*
 * Two processes that send at once may arrive in any order.  Each looks again
 * when it is done, so the last to arrive has sent what lies in the bucket.
 */
bool
crl_send(const struct p11ca *p, const struct ca_settings *settings,
    const char *key, struct fault *f)
{
	struct upload_place place = upload_place_of(p->conf);
	struct upload_object object = { .bucket = settings->crl.bucket,
		.key = key,
		.type = CRL_TYPE,
		.acl = settings->crl.owner_acl ? "bucket-owner-full-control"
					       : "public-read" };
	char sent[DIGEST_HEX_LEN] = "", lies[DIGEST_HEX_LEN];
	char *path = bucket_file(p, settings->crl.bucket, key);
	bool ok = true, again = place.endpoint != NULL;

	for (int i = 0; ok && again && i < SENDS_MAX; i++) {
		struct buf content = { 0 };

		ok = file_read(path, CRL_BYTES_MAX, &content, f);
		if (ok) {
			digest_of(&content, lies);
			again = strcmp(sent, lies) != 0;
			memcpy(sent, lies, sizeof(sent));
			object.content = buf_bytes(&content);
			ok = !again || upload_put(&place, &object, f);
		}
		buf_free(&content);
	}
	mem_free(path);
	return ok;
}
