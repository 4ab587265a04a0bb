/* conf_setting.c - the settings of p11ca.yaml, and which values fit. */
#include "conf_setting.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "p11ca/mem.h"
#include "p11ca/text.h"

static bool
wrong(const char **found, const char *what)
{
	*found = what;
	return false;
}

static bool
all_of(const char *text, const char *chars)
{
	return text[strspn(text, chars)] == '\0';
}

/* Values end up in paths, URIs and terminals: one line of valid UTF-8. */
static bool
fits_line(const char *value, const char **found)
{
	struct bytes rest = bytes_of(value);

	if (rest.len == 0)
		return wrong(found, "nothing");
	if (rest.len > CONF_VALUE_MAX)
		return wrong(found, "more than 4096 bytes");
	while (rest.len > 0) {
		uint32_t c = 0;
		size_t len = text_utf8(rest, &c);

		if (len == 0)
			return wrong(found, "bytes that are no UTF-8");
		if (c < ' ' || (c >= 0x7f && c < 0xa0))
			return wrong(found, "a control character");
		rest.p += len;
		rest.len -= len;
	}
	return true;
}

/* Part of an ARN. */
static bool
fits_label(const char *value, const char **found)
{
	return (strlen(value) >= 1 && strlen(value) <= 32 &&
		   all_of(value, "abcdefghijklmnopqrstuvwxyz0123456789-")) ||
	    wrong(found, "another text");
}

static bool
fits_account(const char *value, const char **found)
{
	return (strlen(value) == 12 && all_of(value, "0123456789")) ||
	    wrong(found, "another text");
}

static bool
fits_database(const char *value, const char **found)
{
	if (strstr(value, "://") != NULL)
		return wrong(found, "the URL of a server");
	return fits_line(value, found);
}

static bool
fits_uri(const char *value, const char **found)
{
	if (strcasestr(value, "pin-value") != NULL)
		return wrong(found,
		    "a pin-value, which anybody who sees the URI can read");
	if (strncmp(value, "pkcs11:", 7) != 0)
		return wrong(found, "another text");
	return fits_line(value, found);
}

static bool
fits_pin(const char *value, const char **found)
{
	static const char *const whole[] = { "prompt", "pad" };
	static const char *const start[] = { "file:", "credential:" };
	size_t digits;

	for (size_t i = 0; i < COUNT(whole); i++)
		if (strcmp(value, whole[i]) == 0)
			return true;
	for (size_t i = 0; i < COUNT(start); i++) {
		size_t len = strlen(start[i]);

		if (strncmp(value, start[i], len) == 0 && value[len] != '\0')
			return fits_line(value, found);
	}
	digits = strncmp(value, "fd:", 3) == 0 ? strlen(value + 3) : 0;
	return (digits >= 1 && digits <= 4 &&
		   all_of(value + 3, "0123456789")) ||
	    wrong(found, "another text (perhaps the PIN itself)");
}

static bool
fits_variable(const char *value, const char **found)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t name = strspn(value, letters);

	if (name == 0 || isdigit((unsigned char)value[0]) || value[name] != '=')
		return wrong(found, "an entry without NAME= in front");
	return fits_line(value, found);
}

/* Where clients look, or where something is sent: nothing that needs quotes. */
static bool
fits_url(const char *value, const char **found)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t len = 0;

	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncmp(value, schemes[i], strlen(schemes[i])) == 0)
			len = strlen(schemes[i]);
	if (len == 0)
		return wrong(found, "another text");
	if (strlen(value) > 1024)
		return wrong(found, "more than 1024 bytes");
	if (strchr(value, '@') != NULL)
		return wrong(found, "an @, which belongs to a login");
	return (value[len] != '\0' && value[len] != '/' &&
		   all_of(value,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		       "0123456789-._~:/[]%!$&'()*+,;=")) ||
	    wrong(found, "another text");
}

/* Part of the scope of a signature, where a slash parts it from the rest. */
static bool
fits_access_key(const char *value, const char **found)
{
	return (strlen(value) >= 1 && strlen(value) <= 128 &&
		   all_of(value,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		       "0123456789-._~+=@")) ||
	    wrong(found, "another text");
}

static bool
fits_number(const char *value, unsigned long min, unsigned long max,
    const char **found)
{
	unsigned long number = strtoul(value, NULL, 10);

	return (number >= min && number <= max) ||
	    wrong(found, "another value");
}

/* As many as the token layer takes. */
static bool
fits_sessions(const char *value, const char **found)
{
	return fits_number(value, 1, 16, found);
}

static bool
fits_deadline(const char *value, const char **found)
{
	return fits_number(value, 1, 3600, found);
}

static bool
fits_interval(const char *value, const char **found)
{
	return fits_number(value, 0, 86400, found);
}

static const char *
no_path(const char *value)
{
	return NULL;
}

static const char *
whole_path(const char *value)
{
	return value;
}

/* Without a slash it is a name that p11-kit knows. */
static const char *
module_path(const char *value)
{
	return strchr(value, '/') != NULL ? value : NULL;
}

static const char *
pin_path(const char *value)
{
	return strncmp(value, "file:", 5) == 0 ? value + 5 : NULL;
}

#define AT(field) offsetof(struct conf, field)

/* clang-format off */
const struct setting settings[SETTINGS] = {
	[S_REGION] = { "region", SETTING_TEXT,
	    AT(region), "us-east-1", no_path, fits_label,
	    "1 to 32 of a-z, 0-9 and -",
	    "The region in the ARNs of this home.", NULL },
	[S_ACCOUNT] = { "account", SETTING_TEXT,
	    AT(account), "000000000000", no_path,
	    fits_account, "12 digits",
	    "The account in the ARNs of this home: 12 digits.", NULL },
	[S_PARTITION] = { "partition", SETTING_TEXT,
	    AT(partition), "aws", no_path, fits_label,
	    "1 to 32 of a-z, 0-9 and -",
	    "The partition in the ARNs of this home.", NULL },
	[S_DATABASE] = { "database", SETTING_TEXT,
	    AT(database), "p11ca.db", whole_path,
	    fits_database, "a path: this p11ca keeps its store in SQLite",
	    "The SQLite file, on a local disk; relative to this folder.",
	    NULL },
	[S_MODULE] = { "token.module", SETTING_TEXT,
	    AT(token.module), NULL, module_path,
	    fits_line,
	    "the path of a PKCS#11 module, or the name it has in p11-kit",
	    "The PKCS#11 module: a path, or its name in p11-kit.",
	    "/usr/lib/softhsm/libsofthsm2.so" },
	[S_URI] = { "token.uri", SETTING_TEXT,
	    AT(token.uri), NULL, no_path, fits_uri,
	    "a PKCS#11 URI (RFC 7512) that starts with pkcs11: and has no PIN",
	    "The token that is used when none is named (RFC 7512).",
	    "pkcs11:token=issuing" },
	[S_PIN] = { "token.pin", SETTING_TEXT,
	    AT(token.pin), NULL, pin_path, fits_pin,
	    "pad, prompt, file:PATH, fd:N or credential:NAME",
	    "Where the PIN comes from, never the PIN itself: pad, prompt,\n"
	    "file:PATH, fd:N or credential:NAME.",
	    "prompt" },
	[S_ENVIRONMENT] = { "token.environment", SETTING_LIST,
	    AT(token.environment), NULL,
	    no_path, fits_variable, "a list of NAME=value, 64 at most",
	    "Variables that the module reads, set before it is loaded.",
	    "SOFTHSM2_CONF=/etc/softhsm2.conf" },
	[S_INIT_ARGS] = { "token.init-args", SETTING_TEXT,
	    AT(token.init_args), NULL, no_path, fits_line,
	    "the words that the module wants when it starts",
	    "Words that the module wants when it starts (NSS).",
	    "configdir='sql:/srv/nss' certPrefix='' keyPrefix='' "
	    "secmod='secmod.db' flags=" },
	[S_ISOLATE] = { "token.isolate", SETTING_FLAG,
	    AT(token.isolate), "false", no_path, NULL,
	    "true or false",
	    "Run the module in a process of its own.", NULL },
	[S_SESSIONS] = { "token.sessions", SETTING_NUMBER,
	    AT(token.sessions), "4", no_path, fits_sessions,
	    "a number from 1 to 16",
	    "Sessions with the token that sign at once.", NULL },
	[S_DEADLINE] = { "token.deadline", SETTING_NUMBER,
	    AT(token.deadline), "10", no_path, fits_deadline,
	    "seconds from 1 to 3600",
	    "Seconds that one call of the module may take.", NULL },
	[S_STRICT_KEY_ATTRIBUTES] = {
	    "token.strict-key-attributes", SETTING_FLAG,
	    AT(token.strict_key_attributes), "false", no_path, NULL,
	    "true or false",
	    "Refuse a key of which the token does not report every attribute.",
	    NULL },
	[S_REQUIRE_NESTED_VALIDITY] = {
	    "import.require-nested-validity", SETTING_FLAG,
	    AT(import.require_nested_validity), "false", no_path, NULL,
	    "true or false",
	    "Refuse a certificate that outlives the one that signed it.",
	    NULL },
	[S_STORE_CERTIFICATE] = {
	    "import.store-certificate", SETTING_FLAG,
	    AT(import.store_certificate), "false", no_path, NULL,
	    "true or false",
	    "Write an imported certificate into the token, too.", NULL },
	[S_CRL_BASE_URL] = {
	    "crl.base-url", SETTING_TEXT,
	    AT(crl.base_url), NULL, no_path, fits_url,
	    "a URL that starts with http:// or https://",
	    "Where clients find the CRLs of all buckets, as it stands in\n"
	    "certificates before crl/UUID.crl, unless a CA has its own name.",
	    "http://pki.example.com" },
	[S_UPLOAD_ENDPOINT] = {
	    "crl.upload.endpoint", SETTING_TEXT,
	    AT(crl.upload.endpoint), NULL, no_path, fits_url,
	    "a URL that starts with http:// or https://",
	    "Where CRLs are also sent to: a service that speaks S3.",
	    "https://s3.example.com" },
	[S_UPLOAD_REGION] = {
	    "crl.upload.region", SETTING_TEXT,
	    AT(crl.upload.region), NULL, no_path, fits_label,
	    "1 to 32 of a-z, 0-9 and -",
	    "The region that it signs for; the one of the ARNs if unset.",
	    "us-east-1" },
	[S_UPLOAD_ACCESS_KEY] = {
	    "crl.upload.access-key", SETTING_TEXT,
	    AT(crl.upload.access_key), NULL, no_path, fits_access_key,
	    "an access key ID, which is no secret",
	    "The ID of the access key there.",
	    "AKIAEXAMPLE" },
	[S_UPLOAD_SECRET_FILE] = {
	    "crl.upload.secret-file", SETTING_TEXT,
	    AT(crl.upload.secret_file), NULL, whole_path, fits_line,
	    "the path of a file that holds the secret access key",
	    "The file with its secret, of mode 0600; relative to this folder.",
	    "upload-secret" },
	[S_OCSP_URL] = {
	    "ocsp.url", SETTING_TEXT,
	    AT(ocsp.url), NULL, no_path, fits_url,
	    "a URL that starts with http:// or https://",
	    "The OCSP responder, as it stands in certificates, unless a CA has\n"
	    "its own name.",
	    "http://ocsp.example.com" },
	[S_REPORT_INTERVAL] = {
	    "audit-report.minimum-interval", SETTING_NUMBER,
	    AT(audit_report.minimum_interval), "1800", no_path, fits_interval,
	    "seconds from 0 to 86400",
	    "Seconds between two audit reports of a CA; 0: as often as asked.",
	    NULL },
};
/* clang-format on */

/* conf is const for those who only look; its texts are its own. */
static char *
field_of(const struct conf *conf, const struct setting *setting)
{
	return (char *)(uintptr_t)conf + setting->offset;
}

char **
setting_text(const struct conf *conf, const struct setting *setting)
{
	return (char **)(void *)field_of(conf, setting);
}

char ***
setting_list(const struct conf *conf, const struct setting *setting)
{
	return (char ***)(void *)field_of(conf, setting);
}

bool *
setting_flag(const struct conf *conf, const struct setting *setting)
{
	return (bool *)(void *)field_of(conf, setting);
}

unsigned *
setting_number(const struct conf *conf, const struct setting *setting)
{
	return (unsigned *)(void *)field_of(conf, setting);
}

bool
setting_is_given(const struct conf *conf, const struct setting *setting)
{
	return (conf->given >> (setting - settings) & 1u) != 0;
}

unsigned
setting_fallback(const struct setting *setting)
{
	return (unsigned)strtoul(setting->fallback, NULL, 10);
}

bool
conf_found(struct fault *f, size_t line, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	text = mem_must(n < 0 ? NULL : text);
	if (line > 0)
		fault_found(f, CONF_FILE ", line %zu: %s", line, text);
	else
		fault_found(f, CONF_FILE ": %s", text);
	mem_free(text);
	return false;
}

/* Does this line start with the key, plain or in quotes? */
static bool
line_has_key(const char *line, const char *key, size_t len)
{
	const char *p = line + strspn(line, " {");
	char quote = *p == '"' || *p == '\'' ? *p++ : '\0';

	if (strncmp(p, key, len) != 0)
		return false;
	p += len;
	if (quote != '\0' && *p++ != quote)
		return false;
	return p[strspn(p, " ")] == ':';
}

size_t
conf_line_of(const char *yaml, const char *key, size_t from)
{
	size_t len = strcspn(key, ".");
	size_t line = 1;

	while (yaml != NULL && *yaml != '\0') {
		const char *end = strchr(yaml, '\n');

		if (line >= from && line_has_key(yaml, key, len)) {
			if (key[len] == '\0')
				return line;
			key += len + 1; /* found its parent: go on below */
			len = strcspn(key, ".");
		}
		if (end == NULL)
			break;
		yaml = end + 1;
		line++;
	}
	return 0;
}

static bool
check_value(const struct setting *setting, const char *value, size_t entry,
    const char *yaml, struct fault *f)
{
	size_t line = conf_line_of(yaml, setting->key, 1);
	const char *found = "";

	if (setting->fits(value, &found))
		return true;
	if (yaml == NULL)
		fault_found(f, "the setting %s with %s", setting->key, found);
	else if (entry > 0)
		conf_found(f, line, "%s, entry %zu, with %s", setting->key,
		    entry, found);
	else
		conf_found(f, line, "%s with %s", setting->key, found);
	return fault_raise(f, FAULT_USAGE, setting->want, CONF_TODO);
}

static bool
check_list(const struct setting *setting, char *const *list, const char *yaml,
    struct fault *f)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		if (i == CONF_LIST_MAX) {
			conf_found(f, conf_line_of(yaml, setting->key, 1),
			    "%s with more than %d entries", setting->key,
			    CONF_LIST_MAX);
			return fault_raise(f, FAULT_USAGE, setting->want,
			    CONF_TODO);
		}
		if (!check_value(setting, list[i], i + 1, yaml, f))
			return false;
	}
	return true;
}

/* An upload needs to know where to, who it is, and its secret. */
static bool
check_upload(const struct conf *conf, const char *yaml, struct fault *f)
{
	static const enum setting_id needed[] = { S_UPLOAD_ENDPOINT,
		S_UPLOAD_ACCESS_KEY, S_UPLOAD_SECRET_FILE };
	size_t there = 0;

	for (size_t i = 0; i < COUNT(needed); i++)
		there += *setting_text(conf, &settings[needed[i]]) != NULL;
	if (there == COUNT(needed) ||
	    (there == 0 && conf->crl.upload.region == NULL))
		return true;
	conf_found(f, conf_line_of(yaml, "crl.upload", 1),
	    "an incomplete crl.upload");
	return fault_raise(f, FAULT_USAGE,
	    "endpoint, access-key and secret-file, or none of them", CONF_TODO);
}

/* Zero stands for the fallback, unless somebody wrote it. */
static bool
check_number(const struct conf *conf, const struct setting *setting,
    const char *yaml, struct fault *f)
{
	unsigned number = *setting_number(conf, setting);
	char digits[16];

	if (number == 0 && !setting_is_given(conf, setting))
		return true;
	(void)snprintf(digits, sizeof(digits), "%u", number);
	return check_value(setting, digits, 0, yaml, f);
}

bool
conf_check(const struct conf *conf, const char *yaml, struct fault *f)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];

		if (setting->kind == SETTING_TEXT) {
			const char *value = *setting_text(conf, setting);

			if (value != NULL &&
			    !check_value(setting, value, 0, yaml, f))
				return false;
		}
		if (setting->kind == SETTING_LIST) {
			char **list = *setting_list(conf, setting);

			if (list != NULL && !check_list(setting, list, yaml, f))
				return false;
		}
		if (setting->kind == SETTING_NUMBER &&
		    !check_number(conf, setting, yaml, f))
			return false;
	}
	return check_upload(conf, yaml, f);
}
