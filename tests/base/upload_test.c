/* upload_test.c - what a service that speaks S3 sees of an upload. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p11ca/digest.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"
#include "p11ca/upload.h"

#define ACCESS_KEY "AKIATEST"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

/* A service on the loopback that answers one request, and what it saw. */
struct service {
	char folder[64];
	char *endpoint;
	char *secret_file;
	int listener;
	pid_t pid;
	int pipe[2];
	struct fault f;
};

/* The whole request: headers, and as many bytes as Content-Length says. */
static void
read_request(int fd, struct buf *in)
{
	unsigned char step[4096];
	size_t want = SIZE_MAX;
	ssize_t n;

	while (in->len < want && (n = read(fd, step, sizeof(step))) > 0) {
		const char *end, *len;

		buf_append(in, (struct bytes){ step, (size_t)n });
		end = strstr(buf_text(in), "\r\n\r\n");
		len = strcasestr(buf_text(in), "\r\nContent-Length:");
		if (end != NULL && len != NULL)
			want = (size_t)(end + 4 - buf_text(in)) +
			    strtoul(len + 17, NULL, 10);
	}
}

static void
serve(const struct service *s, const char *answer)
{
	struct buf in = { 0 };
	int fd = accept(s->listener, NULL, NULL);

	if (fd < 0)
		_exit(1);
	read_request(fd, &in);
	if (write(fd, answer, strlen(answer)) < 0)
		_exit(1);
	(void)close(fd);
	for (size_t at = 0; at < in.len;) {
		ssize_t n = write(s->pipe[1], in.p + at, in.len - at);

		if (n <= 0)
			_exit(1);
		at += (size_t)n;
	}
	_exit(0);
}

static void
service_open(struct service *s, const char *answer)
{
	static const char *const proxies[] = { "http_proxy", "all_proxy",
		"ALL_PROXY" };
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < COUNT(proxies); i++)
		(void)unsetenv(proxies[i]);
	(void)strcpy(s->folder, "/tmp/p11ca-upload-XXXXXX");
	cr_assert_not_null(mkdtemp(s->folder));
	s->secret_file = mem_format("%s/secret", s->folder);
	cr_assert(file_write(s->secret_file, bytes_of(SECRET "\n"), &s->f));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(s->listener, (struct sockaddr *)&at, len), 0);
	cr_assert_eq(listen(s->listener, 1), 0);
	cr_assert_eq(getsockname(s->listener, (struct sockaddr *)&at, &len), 0);
	s->endpoint =
	    mem_format("http://127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
	cr_assert_eq(pipe(s->pipe), 0);
	s->pid = answer != NULL ? fork() : -1;
	if (s->pid == 0)
		serve(s, answer);
	(void)close(s->pipe[1]);
	if (answer != NULL)
		(void)close(s->listener);
}

/* What it saw; the caller's. */
static struct buf
service_saw(struct service *s)
{
	unsigned char step[4096];
	struct buf out = { 0 };
	ssize_t n;

	while ((n = read(s->pipe[0], step, sizeof(step))) > 0)
		buf_append(&out, (struct bytes){ step, (size_t)n });
	return out;
}

static void
service_close(struct service *s)
{
	if (s->pid > 0)
		(void)waitpid(s->pid, NULL, 0);
	else
		(void)close(s->listener);
	(void)close(s->pipe[0]);
	(void)unlink(s->secret_file);
	(void)rmdir(s->folder);
	mem_free(s->secret_file);
	mem_free(s->endpoint);
}

static bool
put(struct service *s, const char *key, struct bytes content)
{
	struct upload_place place = { .endpoint = s->endpoint,
		.region = "eu-central-1",
		.access_key = ACCESS_KEY,
		.secret_file = s->secret_file };
	struct upload_object object = { .bucket = "crls",
		.key = key,
		.type = "application/pkix-crl",
		.acl = "public-read",
		.content = content };

	return upload_put(&place, &object, &s->f);
}

/* The value of a header, or ""; the caller's. */
static char *
header(const struct buf *request, const char *name)
{
	char *start = mem_format("\r\n%s:", name);
	const char *p = strcasestr(buf_text(request), start);
	char *value;

	if (p != NULL) {
		p += strlen(start);
		p += strspn(p, " ");
	}
	value = mem_format("%.*s", p != NULL ? (int)strcspn(p, "\r") : 0,
	    p != NULL ? p : "");
	mem_free(start);
	return value;
}

/* The text between two others, or ""; the caller's. */
static char *
between(const char *text, const char *before, const char *after)
{
	const char *p = strstr(text, before);

	if (p == NULL)
		return mem_text("");
	p += strlen(before);
	return mem_format("%.*s", (int)strcspn(p, after), p);
}

static void
hmac(const unsigned char *key, size_t len, const char *text,
    unsigned char out[DIGEST_LEN])
{
	unsigned n = 0;

	cr_assert_not_null(HMAC(EVP_sha256(), key, (int)len,
	    (const unsigned char *)text, strlen(text), out, &n));
}

/* Signature version 4 of a request, worked out anew; the caller's. */
static char *
signature_of(const struct buf *request, const char *path, const char *names,
    const char *digest)
{
	char *date = header(request, "X-Amz-Date");
	char *day = mem_format("%.8s", date);
	char *start = mem_text("AWS4" SECRET);
	char *list = mem_text(names);
	char canonical[DIGEST_HEX_LEN];
	unsigned char key[DIGEST_LEN];
	struct buf text = { 0 }, hex = { 0 };
	char *rest = list;
	char *out;

	buf_printf(&text, "PUT\n%s\n\n", path);
	for (char *name; (name = strsep(&rest, ";")) != NULL;) {
		char *value = header(request, name);

		buf_printf(&text, "%s:%s\n", name, value);
		mem_free(value);
	}
	buf_printf(&text, "\n%s\n%s", names, digest);
	digest_hex(buf_bytes(&text), canonical);
	buf_free(&text);
	buf_printf(&text,
	    "AWS4-HMAC-SHA256\n%s\n%s/eu-central-1/s3/aws4_request\n%s", date,
	    day, canonical);
	hmac((const unsigned char *)start, strlen(start), day, key);
	hmac(key, sizeof(key), "eu-central-1", key);
	hmac(key, sizeof(key), "s3", key);
	hmac(key, sizeof(key), "aws4_request", key);
	hmac(key, sizeof(key), buf_text(&text), key);
	buf_hex(&hex, (struct bytes){ key, sizeof(key) });
	out = mem_text(buf_text(&hex));
	buf_free(&hex);
	buf_free(&text);
	mem_free(list);
	mem_free(start);
	mem_free(day);
	mem_free(date);
	return out;
}

static const char ok_answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/* The path is what every server would see of the key. */
static const struct {
	const char *key, *path;
	const char *content;
} puts_[] = {
	{ "crl/a-b.crl", "/crls/crl/a-b.crl", "\x30\x03\x02\x01\x05" },
	{ "x%y/a b;c=1&d+e.crl", "/crls/x%25y/a%20b%3Bc%3D1%26d%2Be.crl", "" },
};

Test(upload, is_a_put_whose_signature_covers_content_and_headers)
{
	for (size_t i = 0; i < COUNT(puts_); i++) {
		struct bytes content = bytes_of(puts_[i].content);
		char *first, *auth, *names, *given, *want, *value;
		char digest[DIGEST_HEX_LEN];
		struct service s;
		struct buf saw;

		service_open(&s, ok_answer);
		cr_assert(put(&s, puts_[i].key, content), "%s", s.f.found);
		saw = service_saw(&s);
		digest_hex(content, digest);
		first = mem_format("PUT %s HTTP/1.1\r\n", puts_[i].path);
		cr_expect_eq(strncmp(buf_text(&saw), first, strlen(first)), 0,
		    "%s", buf_text(&saw));
		auth = header(&saw, "Authorization");
		names = between(auth, "SignedHeaders=", ",");
		given = between(auth, "Signature=", "\r\n, ");
		want = signature_of(&saw, puts_[i].path, names, digest);
		cr_expect_str_eq(given, want, "%s", buf_text(&saw));
		cr_expect_not_null(strstr(auth, "Credential=" ACCESS_KEY "/"));
		cr_expect_not_null(strstr(names, "host"));
		cr_expect_not_null(strstr(names, "x-amz-acl"));
		value = header(&saw, "x-amz-content-sha256");
		cr_expect_str_eq(value, digest);
		mem_free(value);
		value = header(&saw, "Content-Type");
		cr_expect_str_eq(value, "application/pkix-crl");
		mem_free(value);
		cr_expect(saw.len >= content.len &&
		    memcmp(saw.p + saw.len - content.len, content.p,
			content.len) == 0);
		cr_expect_null(strstr(buf_text(&saw), SECRET));
		mem_free(want);
		mem_free(given);
		mem_free(names);
		mem_free(auth);
		mem_free(first);
		buf_free(&saw);
		service_close(&s);
	}
}

static const struct {
	const char *answer, *found;
} refused[] = {
	{ "HTTP/1.1 403 Forbidden\r\nContent-Length: 59\r\n\r\n"
	  "<Error><Code>AccessDenied</Code><Message>x</Message></Error>",
	    "it answers 403 AccessDenied" },
	{ "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "it answers 500" },
	{ "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
	  "Content-Length: 0\r\n\r\n",
	    "it answers 301" },
	{ "HTTP/1.1 403 Forbidden\r\nContent-Length: 18\r\n\r\n"
	  "<Code>\x1b[2J\x01</Code>",
	    "it answers 403 \\x1B[2J\\x01" },
	{ "nonsense", "" },
	{ "", "" },
};

Test(upload, what_the_service_refuses_is_a_fault)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct service s;
		struct buf saw;

		service_open(&s, refused[i].answer);
		cr_expect_not(put(&s, "a", bytes_of("x")));
		cr_expect_eq(s.f.kind, FAULT_REQUEST_FAILED);
		cr_expect_not_null(strstr(s.f.found, refused[i].found), "%s",
		    s.f.found);
		cr_expect_null(strstr(s.f.found, SECRET));
		saw = service_saw(&s);
		buf_free(&saw);
		service_close(&s);
	}
}

Test(upload, a_service_that_is_not_there_is_a_fault)
{
	struct service s;

	service_open(&s, NULL);
	(void)shutdown(s.listener, SHUT_RDWR);
	(void)close(s.listener);
	cr_expect_not(put(&s, "a", bytes_of("x")));
	cr_expect_eq(s.f.kind, FAULT_REQUEST_FAILED);
	service_close(&s);
}

Test(upload, the_secret_must_be_there_and_private)
{
	struct service s;

	service_open(&s, NULL);
	cr_assert_eq(chmod(s.secret_file, 0644), 0);
	cr_expect_not(put(&s, "a", bytes_of("x")));
	cr_expect_eq(s.f.kind, FAULT_STORE);
	cr_assert(file_write(s.secret_file, bytes_of("\n"), &s.f));
	cr_expect_not(put(&s, "a", bytes_of("x")));
	cr_expect_eq(s.f.kind, FAULT_USAGE);
	cr_expect_not_null(strstr(s.f.found, "no secret"));
	(void)unlink(s.secret_file);
	cr_expect_not(put(&s, "a", bytes_of("x")));
	cr_expect_eq(s.f.kind, FAULT_USAGE);
	service_close(&s);
}
