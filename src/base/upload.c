/* upload.c - bytes to a service that speaks S3 (libcurl, signature version 4). */
#include "p11ca/upload.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "p11ca/digest.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SECRET_MAX 1024
#define ANSWER_MAX 16384 /* bytes of an answer that are looked at */
#define CONNECT_SECONDS 10L
#define STALL_SECONDS 30L /* below STALL_BYTES a second for so long ends it */
#define STALL_BYTES 100L

/*
 * libcurl brings some thirty other libraries, and few commands need it: it is
 * loaded by the first one that does.
 */
#define LIBCURL "libcurl.so.4"

static struct {
	void *object;
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *curl);
	CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
	CURLcode (*easy_perform)(CURL *curl);
	const char *(*easy_strerror)(CURLcode code);
	char *(*easy_escape)(CURL *curl, const char *text, int len);
	void (*free)(void *p);
	struct curl_slist *(*slist_append)(struct curl_slist *list,
	    const char *text);
	void (*slist_free_all)(struct curl_slist *list);
} lib;

/* clang-format off */
static const struct {
	const char *name;
	void *function; /* where its address goes */
} symbols[] = {
	{ "curl_easy_init", &lib.easy_init },
	{ "curl_easy_cleanup", &lib.easy_cleanup },
	{ "curl_easy_setopt", &lib.easy_setopt },
	{ "curl_easy_getinfo", &lib.easy_getinfo },
	{ "curl_easy_perform", &lib.easy_perform },
	{ "curl_easy_strerror", &lib.easy_strerror },
	{ "curl_easy_escape", &lib.easy_escape },
	{ "curl_free", &lib.free },
	{ "curl_slist_append", &lib.slist_append },
	{ "curl_slist_free_all", &lib.slist_free_all },
};
/* clang-format on */

/* Load it, once; it stays, for it does not like to be unloaded. */
static bool
load_libcurl(struct fault *f)
{
	bool ok;

	if (lib.object != NULL)
		return true;
	lib.object = dlopen(LIBCURL, RTLD_LAZY | RTLD_LOCAL);
	ok = lib.object != NULL;
	for (size_t i = 0; ok && i < COUNT(symbols); i++) {
		void *address = dlsym(lib.object, symbols[i].name);

		ok = address != NULL;
		memcpy(symbols[i].function, &address, sizeof(address));
	}
	if (ok)
		return true;
	if (lib.object != NULL)
		(void)dlclose(lib.object);
	lib.object = NULL;
	fault_found(f, "no usable " LIBCURL);
	return fault_raise(f, FAULT_USAGE, "libcurl, to upload with",
	    "install it (Debian: apt-get install libcurl4), or take "
	    "crl.upload away");
}

/* One request on its way; sending_clear(). */
struct sending {
	CURL *curl;
	struct curl_slist *headers;
	char *url;
	char *scope; /* of the signature */
	struct secret secret;
	struct buf answer;
	char error[CURL_ERROR_SIZE];
};

static void
sending_clear(struct sending *s)
{
	if (lib.object != NULL) {
		lib.easy_cleanup(s->curl);
		lib.slist_free_all(s->headers);
	}
	secret_free(&s->secret);
	buf_free(&s->answer);
	mem_free(s->scope);
	mem_free(s->url);
}

/* One part of a path, percent-encoded as the signature wants it. */
static void
put_part(CURL *curl, struct buf *url, const char *part, size_t len)
{
	char *escaped;

	if (len == 0)
		return;
	escaped = mem_must(lib.easy_escape(curl, part, (int)len));
	buf_text_append(url, escaped);
	lib.free(escaped);
}

/* ENDPOINT/BUCKET/KEY */
static char *
url_of(CURL *curl, const struct upload_place *place,
    const struct upload_object *object)
{
	size_t len = strlen(place->endpoint);
	struct buf url = { 0 };
	char *text;

	while (len > 0 && place->endpoint[len - 1] == '/')
		len--;
	buf_printf(&url, "%.*s/", (int)len, place->endpoint);
	put_part(curl, &url, object->bucket, strlen(object->bucket));
	for (const char *part = object->key; part != NULL;) {
		const char *slash = strchr(part, '/');

		buf_text_append(&url, "/");
		put_part(curl, &url, part,
		    slash != NULL ? (size_t)(slash - part) : strlen(part));
		part = slash != NULL ? slash + 1 : NULL;
	}
	text = mem_text(buf_text(&url));
	buf_free(&url);
	return text;
}

static void
put_header(struct sending *s, const char *name, const char *value)
{
	char *line = mem_format("%s: %s", name, value);

	s->headers = mem_must(lib.slist_append(s->headers, line));
	mem_free(line);
}

/* The answer of a service is small; more of it is passed over. */
static size_t
keep_answer(char *p, size_t size, size_t count, void *context)
{
	struct buf *answer = context;
	size_t room = ANSWER_MAX - answer->len;
	size_t len = size * count;

	buf_append(answer,
	    (struct bytes){
		(const unsigned char *)p, len < room ? len : room });
	return len;
}

/* The secret is the first line of its file. */
static bool
read_secret(const struct upload_place *place, struct secret *out,
    struct fault *f)
{
	size_t len;

	if (!file_read_secret(place->secret_file, SECRET_MAX, out, f))
		return false;
	len = strcspn((const char *)out->p, "\r\n");
	out->p[len] = '\0';
	if (len > 0)
		return true;
	fault_found(f, "no secret in the file of crl.upload.secret-file");
	return fault_raise(f, FAULT_USAGE, "the secret access key on one line",
	    "write it there, with mode 0600");
}

static void
set_headers(struct sending *s, const struct upload_object *object)
{
	char digest[DIGEST_HEX_LEN];

	digest_hex(object->content, digest);
	put_header(s, "x-amz-content-sha256", digest);
	if (object->acl != NULL)
		put_header(s, "x-amz-acl", object->acl);
	put_header(s, "Content-Type", object->type);
}

/* A wrong option is our own mistake; libcurl says so by the result. */
static bool
set_options(struct sending *s, const struct upload_place *place,
    const struct upload_object *object)
{
	CURL *curl = s->curl;
	CURLcode all = CURLE_OK;

#define SET(option, value)                                                     \
	(all = all != CURLE_OK ? all : lib.easy_setopt(curl, option, value))
	SET(CURLOPT_ERRORBUFFER, s->error);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_URL, s->url);
	SET(CURLOPT_CUSTOMREQUEST, "PUT");
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)object->content.len);
	SET(CURLOPT_POSTFIELDS,
	    object->content.len > 0 ? (const char *)object->content.p : "");
	SET(CURLOPT_HTTPHEADER, s->headers);
	SET(CURLOPT_AWS_SIGV4, s->scope);
	SET(CURLOPT_USERNAME, place->access_key);
	SET(CURLOPT_PASSWORD, (const char *)s->secret.p);
	SET(CURLOPT_WRITEFUNCTION, keep_answer);
	SET(CURLOPT_WRITEDATA, &s->answer);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	SET(CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	SET(CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
#undef SET
	return all == CURLE_OK;
}

/* The text of <Code> in an answer, harmless; "" when there is none. */
static const char *
code_in(const struct buf *answer, char *out, size_t size)
{
	static const char open[] = "<Code>";
	const char *start = strstr(buf_text(answer), open);
	const char *end = start != NULL ? strchr(start + 1, '<') : NULL;
	struct bytes code = { 0 };

	if (end != NULL) {
		code.p = (const unsigned char *)start + strlen(open);
		code.len = (size_t)(end - start) - strlen(open);
	}
	return text_fit(out, size, code);
}

static bool
refuse(const struct upload_place *place, const char *what, struct fault *f)
{
	char shown[200];

	fault_found(f, "%s: %s",
	    text_fit(shown, sizeof(shown), bytes_of(place->endpoint)), what);
	return fault_raise(f, FAULT_REQUEST_FAILED,
	    "an S3 service that takes what is uploaded",
	    "see to crl.upload in p11ca.yaml, and to the service");
}

static bool
perform(struct sending *s, const struct upload_place *place, struct fault *f)
{
	CURLcode result = lib.easy_perform(s->curl);
	char what[240], code[80];
	long status = 0;

	if (result != CURLE_OK)
		return refuse(place,
		    text_fit(what, sizeof(what),
			bytes_of(s->error[0] != '\0'
				? s->error
				: lib.easy_strerror(result))),
		    f);
	(void)lib.easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status <= 299)
		return true;
	(void)snprintf(what, sizeof(what), "it answers %ld %s", status,
	    code_in(&s->answer, code, sizeof(code)));
	return refuse(place, what, f);
}

bool
upload_put(const struct upload_place *place, const struct upload_object *object,
    struct fault *f)
{
	struct sending s = { 0 };
	bool ok = false;

	if (!load_libcurl(f) || !read_secret(place, &s.secret, f))
		goto out;
	s.curl = mem_must(lib.easy_init());
	s.url = url_of(s.curl, place, object);
	s.scope = mem_format("aws:amz:%s:s3", place->region);
	set_headers(&s, object);
	if (set_options(&s, place, object)) {
		ok = perform(&s, place, f);
	} else {
		fault_found(f, "a libcurl that lacks signature version 4");
		fault_raise(f, FAULT_USAGE, "libcurl 7.85 or newer",
		    "install a newer libcurl, or take crl.upload away");
	}
out:
	sending_clear(&s);
	return ok;
}
