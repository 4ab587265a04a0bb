/* conf.c - p11ca.yaml, read by a schema (libcyaml). */
#include "p11ca/conf.h"

#include <cyaml/cyaml.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_setting.h"
#include "p11ca/mem.h"
#include "p11ca/text.h"

#define SHOWN_MAX 80
#define BACKTRACE "Load: Backtrace:\n"

enum flag { FLAG_FALSE, FLAG_TRUE };

/* What libcyaml fills in; NULL where the file says nothing. */
struct raw_token {
	char *module, *uri, *pin, *init_args, *sessions, *deadline;
	char **environment;
	unsigned environment_count;
	enum flag *isolate, *strict_key_attributes;
};

struct raw_import {
	enum flag *require_nested_validity, *store_certificate;
};

struct raw_upload {
	char *endpoint, *region, *access_key, *secret_file;
};

struct raw_crl {
	char *base_url;
	struct raw_upload *upload;
};

struct raw_ocsp {
	char *url;
};

struct raw_report {
	char *minimum_interval;
};

struct raw {
	char *region, *account, *partition, *database;
	struct raw_token *token;
	struct raw_import *import;
	struct raw_crl *crl;
	struct raw_ocsp *ocsp;
	struct raw_report *audit_report;
};

/*
 * A flag is an enum, since libcyaml takes most texts for a true boolean, and a
 * number a text, since it takes nothing for a number.  What a text may be is for conf_check().  A group may be there without a setting.
 */
/* clang-format off */
#define OPTIONAL CYAML_FLAG_OPTIONAL
#define TEXT(key, type, member) \
	CYAML_FIELD_STRING_PTR(key, OPTIONAL, struct type, member, 0, \
	    CYAML_UNLIMITED)
#define FLAG(key, type, member) \
	CYAML_FIELD_ENUM_PTR(key, OPTIONAL | CYAML_FLAG_STRICT, struct type, \
	    member, flags, COUNT(flags))
#define GROUP(key, type, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, OPTIONAL | CYAML_FLAG_POINTER_NULL, \
	    struct type, member, fields)

static const cyaml_strval_t flags[] = {
	{ "false", FLAG_FALSE },
	{ "true", FLAG_TRUE },
};

static const cyaml_schema_value_t list_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t token_fields[] = {
	TEXT("module", raw_token, module),
	TEXT("uri", raw_token, uri),
	TEXT("pin", raw_token, pin),
	CYAML_FIELD_SEQUENCE("environment", OPTIONAL | CYAML_FLAG_POINTER,
	    struct raw_token, environment, &list_entry, 0, CONF_LIST_MAX),
	TEXT("init-args", raw_token, init_args),
	FLAG("isolate", raw_token, isolate),
	TEXT("sessions", raw_token, sessions),
	TEXT("deadline", raw_token, deadline),
	FLAG("strict-key-attributes", raw_token, strict_key_attributes),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t import_fields[] = {
	FLAG("require-nested-validity", raw_import, require_nested_validity),
	FLAG("store-certificate", raw_import, store_certificate),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t upload_fields[] = {
	TEXT("endpoint", raw_upload, endpoint),
	TEXT("region", raw_upload, region),
	TEXT("access-key", raw_upload, access_key),
	TEXT("secret-file", raw_upload, secret_file),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t crl_fields[] = {
	TEXT("base-url", raw_crl, base_url),
	GROUP("upload", raw_crl, upload, upload_fields),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t ocsp_fields[] = {
	TEXT("url", raw_ocsp, url),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t report_fields[] = {
	TEXT("minimum-interval", raw_report, minimum_interval),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t fields[] = {
	TEXT("region", raw, region),
	TEXT("account", raw, account),
	TEXT("partition", raw, partition),
	TEXT("database", raw, database),
	GROUP("token", raw, token, token_fields),
	GROUP("import", raw, import, import_fields),
	GROUP("crl", raw, crl, crl_fields),
	GROUP("ocsp", raw, ocsp, ocsp_fields),
	GROUP("audit-report", raw, audit_report, report_fields),
	CYAML_FIELD_END
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER_NULL, struct raw, fields),
};

/* What may stand at a place that is no setting itself. */
static const struct {
	const char *place, *want;
} places[] = {
	{ "", "region, account, partition, database, token, import, crl, ocsp "
	    "or audit-report" },
	{ "token", "module, uri, pin, environment, init-args, isolate, "
	    "sessions, deadline or strict-key-attributes" },
	{ "import", "require-nested-validity or store-certificate" },
	{ "crl", "base-url or upload" },
	{ "crl.upload", "endpoint, region, access-key or secret-file" },
	{ "ocsp", "url" },
	{ "audit-report", "minimum-interval" },
};

/* What libcyaml refuses, and what follows the found. */
enum follows { NOTHING, KEY, PLACE, WORDS };

static const struct refusal {
	cyaml_err_t code;
	enum follows follows;
	const char *found;
	const char *want; /* NULL: what may stand at this place */
} refusals[] = {
	{ CYAML_ERR_INVALID_KEY, KEY, "an unknown key", NULL },
	{ CYAML_ERR_UNEXPECTED_EVENT, PLACE, "a second value for",
	    "each setting once" },
	{ CYAML_ERR_INVALID_VALUE, PLACE, "another kind of value for", NULL },
	{ CYAML_ERR_SEQUENCE_ENTRIES_MAX, PLACE, "too long a list for", NULL },
	{ CYAML_ERR_ALIAS, NOTHING, "an alias", "every value written out" },
	{ CYAML_ERR_LIBYAML_PARSER, WORDS, "text that is no YAML", "YAML" },
};
/* clang-format on */

static const struct refusal other_refusal = { CYAML_ERR_INTERNAL_ERROR, NOTHING,
	"text that does not follow the schema",
	"settings, one KEY: VALUE a line" };

/* libcyaml explains itself by logging only: keep what it says. */
static PRINTF(3, 0) void keep_words(cyaml_log_t level, void *context,
    const char *fmt, va_list args)
{
	char *text = NULL;
	int n = vasprintf(&text, fmt, args);

	text = mem_must(n < 0 ? NULL : text);
	buf_text_append(context, text);
	mem_free(text);
}

static void *
resize(void *context, void *p, size_t size)
{
	if (size == 0) {
		mem_free(p);
		return NULL;
	}
	return mem_must(realloc(p, size));
}

/* Where in the file something was refused, as far as libcyaml tells. */
struct spot {
	size_t line;	/* of what was read just before; 0: not told */
	char place[64]; /* "token.uri"; "": at the top */
	char words[SHOWN_MAX];
};

/*
 * The words are "Load: SOMETHING: words" and lines such as "  in mapping field
 * 'uri' (line: 3, column: 4)", innermost first.  The words may hold any text of
 * the file, but the backtrace after them holds our own names only.
 */
static void
spot_read(struct spot *spot, const struct buf *said)
{
	static const char in_field[] = "  in mapping field '";
	const char *start = buf_text(said);
	const char *trace = NULL;
	const char *colon;
	struct bytes words;

	memset(spot, 0, sizeof(*spot));
	for (const char *p = start; (p = strstr(p, BACKTRACE)) != NULL; p++)
		trace = p;
	if (trace == NULL)
		return;
	colon =
	    strncmp(start, "Load: ", 6) == 0 ? strstr(start + 6, ": ") : NULL;
	start = colon != NULL && colon < trace ? colon + 2 : start;
	if (start < trace) {
		words.p = (const unsigned char *)start;
		words.len = (size_t)(trace - start) - 1;
		text_fit(spot->words, sizeof(spot->words), words);
	}
	for (const char *p = trace; (p = strchr(p, '\n')) != NULL; p++) {
		const char *line = strstr(p, "(line: ");
		char outer[sizeof(spot->place)];

		if (line != NULL && spot->line == 0)
			spot->line = strtoul(line + 7, NULL, 10);
		if (strncmp(p + 1, in_field, strlen(in_field)) != 0)
			continue;
		p += 1 + strlen(in_field);
		memcpy(outer, spot->place, sizeof(outer));
		(void)snprintf(spot->place, sizeof(spot->place), "%.*s%s%.32s",
		    (int)strcspn(p, "'") % 32, p, outer[0] != '\0' ? "." : "",
		    outer);
	}
}

/* What the schema knows at a place. */
static const char *
want_at(const char *place)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].key, place) == 0)
			return settings[i].want;
	for (size_t i = 0; i < COUNT(places); i++)
		if (strcmp(places[i].place, place) == 0)
			return places[i].want;
	return places[0].want;
}

/* A tab in front is the one mistake that YAML's own words do not explain. */
static size_t
line_with_tab(const char *yaml)
{
	for (size_t line = 1; yaml != NULL; line++) {
		if (yaml[strspn(yaml, " ")] == '\t')
			return line;
		yaml = strchr(yaml, '\n');
		yaml = yaml != NULL ? yaml + 1 : NULL;
	}
	return 0;
}

/* libcyaml names the line before a key; look for the key from there on. */
static void
find_key(struct spot *spot, const char *yaml, const char *key, size_t from)
{
	const char *dot = strrchr(key, '.');
	size_t line = conf_line_of(yaml, dot != NULL ? dot + 1 : key, from);

	if (line != 0)
		spot->line = line;
}

static const struct refusal *
refusal_of(cyaml_err_t code)
{
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].code == code)
			return &refusals[i];
	return &other_refusal;
}

static bool
refuse_tab(size_t line, struct fault *f)
{
	conf_found(f, line, "a tab at the start");
	return fault_raise(f, FAULT_USAGE, "blanks", CONF_TODO);
}

static bool
refuse(cyaml_err_t code, const struct buf *said, const char *yaml,
    struct fault *f)
{
	const struct refusal *row = refusal_of(code);
	struct spot spot;

	if (code == CYAML_ERR_LIBYAML_PARSER && line_with_tab(yaml) > 0)
		return refuse_tab(line_with_tab(yaml), f);
	spot_read(&spot, said);
	if (code == CYAML_ERR_INVALID_KEY)
		find_key(&spot, yaml, spot.words, spot.line);
	if (code == CYAML_ERR_UNEXPECTED_EVENT)
		find_key(&spot, yaml, spot.place, spot.line + 1);
	if (row->follows == KEY)
		conf_found(f, spot.line, "%s \"%s\"", row->found, spot.words);
	else if (row->follows == WORDS)
		conf_found(f, spot.line, "%s (%s)", row->found, spot.words);
	else if (row->follows == NOTHING)
		conf_found(f, spot.line, "%s", row->found);
	else if (spot.place[0] != '\0')
		conf_found(f, spot.line, "%s %s", row->found, spot.place);
	else
		conf_found(f, spot.line, "no settings");
	return fault_raise(f, FAULT_USAGE,
	    row->want != NULL ? row->want : want_at(spot.place), CONF_TODO);
}

static void
take_environment(struct conf *conf, const struct raw_token *token)
{
	if (token->environment == NULL)
		return;
	conf->given |= 1u << S_ENVIRONMENT;
	conf->token.environment =
	    mem_array(token->environment_count + 1, sizeof(char *));
	for (unsigned i = 0; i < token->environment_count; i++)
		conf->token.environment[i] = mem_text(token->environment[i]);
}

/* What is no number becomes one that no setting takes. */
static unsigned
number_from(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 9 || text[digits] != '\0')
		return UINT_MAX;
	return (unsigned)strtoul(text, NULL, 10);
}

/* Move what was given into *conf; what was not stays empty. */
static void
take_given(struct conf *conf, const struct raw *raw)
{
	static const struct raw_token no_token;
	static const struct raw_import no_import;
	static const struct raw_crl no_crl;
	static const struct raw_upload no_upload;
	static const struct raw_ocsp no_ocsp;
	static const struct raw_report no_report;
	const struct raw_token *token = raw->token ? raw->token : &no_token;
	const struct raw_import *import =
	    raw->import ? raw->import : &no_import;
	const struct raw_crl *crl = raw->crl ? raw->crl : &no_crl;
	const struct raw_upload *upload =
	    crl->upload ? crl->upload : &no_upload;
	const struct raw_ocsp *ocsp = raw->ocsp ? raw->ocsp : &no_ocsp;
	const struct raw_report *report =
	    raw->audit_report ? raw->audit_report : &no_report;
	const char *const texts[SETTINGS] = {
		[S_REGION] = raw->region,
		[S_ACCOUNT] = raw->account,
		[S_PARTITION] = raw->partition,
		[S_DATABASE] = raw->database,
		[S_MODULE] = token->module,
		[S_URI] = token->uri,
		[S_PIN] = token->pin,
		[S_INIT_ARGS] = token->init_args,
		[S_CRL_BASE_URL] = crl->base_url,
		[S_UPLOAD_ENDPOINT] = upload->endpoint,
		[S_UPLOAD_REGION] = upload->region,
		[S_UPLOAD_ACCESS_KEY] = upload->access_key,
		[S_UPLOAD_SECRET_FILE] = upload->secret_file,
		[S_OCSP_URL] = ocsp->url,
	};
	const enum flag *const switches[SETTINGS] = {
		[S_ISOLATE] = token->isolate,
		[S_STRICT_KEY_ATTRIBUTES] = token->strict_key_attributes,
		[S_REQUIRE_NESTED_VALIDITY] = import->require_nested_validity,
		[S_STORE_CERTIFICATE] = import->store_certificate,
	};
	const char *const numbers[SETTINGS] = {
		[S_SESSIONS] = token->sessions,
		[S_DEADLINE] = token->deadline,
		[S_REPORT_INTERVAL] = report->minimum_interval,
	};

	for (size_t i = 0; i < SETTINGS; i++) {
		if (numbers[i] != NULL)
			*setting_number(conf, &settings[i]) =
			    number_from(numbers[i]);
		if (texts[i] != NULL)
			*setting_text(conf, &settings[i]) = mem_text(texts[i]);
		if (switches[i] != NULL)
			*setting_flag(conf, &settings[i]) =
			    *switches[i] == FLAG_TRUE;
		if (texts[i] != NULL || switches[i] != NULL ||
		    numbers[i] != NULL)
			conf->given |= 1u << i;
	}
	take_environment(conf, token);
}

bool
conf_from_yaml(const char *home, const struct buf *yaml, struct conf **out,
    struct fault *f)
{
	struct conf *conf = mem_new(sizeof(*conf));
	struct buf said = { 0 };
	const cyaml_config_t how = { .log_fn = keep_words,
		.log_ctx = &said,
		.mem_fn = resize,
		.log_level = CYAML_LOG_WARNING,
		.flags = CYAML_CFG_NO_ALIAS };
	cyaml_data_t *data = NULL;
	cyaml_err_t code;
	bool ok = false;

	*out = NULL;
	code = cyaml_load_data((const uint8_t *)buf_text(yaml), yaml->len, &how,
	    &schema, &data, NULL);
	if (code != CYAML_OK) {
		refuse(code, &said, buf_text(yaml), f);
	} else if (said.len > 0) {
		conf_found(f, 0, "more than one document");
		fault_raise(f, FAULT_USAGE, "one document",
		    "remove the \"---\" lines and what follows the first");
	} else {
		if (data != NULL) /* nothing but comments: all defaults */
			take_given(conf, data);
		ok = conf_check(conf, buf_text(yaml), f);
	}
	cyaml_free(&how, &schema, data, 0);
	buf_free(&said);
	if (!ok) {
		conf_free(conf);
		return false;
	}
	conf_settle(conf, home);
	*out = conf;
	return true;
}
