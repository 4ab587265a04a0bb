/*
 * conf_setting.h - the settings of p11ca.yaml, one row each; for conf*.c only.
 */
#ifndef P11CA_CONF_SETTING_H
#define P11CA_CONF_SETTING_H

#include "p11ca/conf.h"

#define CONF_FILE "p11ca.yaml"
#define CONF_BYTES_MAX 65536
#define CONF_VALUE_MAX 4096
#define CONF_LIST_MAX 64

/* What to do about a line that is refused. */
#define CONF_TODO "correct the line; p11ca.yaml(5) has every setting"

enum setting_kind { SETTING_TEXT, SETTING_LIST, SETTING_FLAG, SETTING_NUMBER };

struct setting {
	const char *key; /* "token.uri" */
	enum setting_kind kind;
	size_t offset;	      /* in struct conf */
	const char *fallback; /* NULL: unset */
	/* The path in a value, which is relative to the home; NULL: none. */
	const char *(*path_in)(const char *value);
	/* Is the value (an entry of a list, the digits of a number) fit?  If not, *found is what is
	 * wrong with it; the value itself may be a secret in a wrong place. */
	bool (*fits)(const char *value, const char **found);
	const char *want;
	const char *comment; /* for people, in p11ca.yaml */
	const char *example; /* what stands there when it is unset */
};

/* In the order of the manual. */
enum setting_id {
	S_REGION,
	S_ACCOUNT,
	S_PARTITION,
	S_DATABASE,
	S_MODULE,
	S_URI,
	S_PIN,
	S_ENVIRONMENT,
	S_INIT_ARGS,
	S_ISOLATE,
	S_SESSIONS,
	S_DEADLINE,
	S_STRICT_KEY_ATTRIBUTES,
	S_REQUIRE_NESTED_VALIDITY,
	S_STORE_CERTIFICATE,
	S_CRL_BASE_URL,
	S_UPLOAD_ENDPOINT,
	S_UPLOAD_REGION,
	S_UPLOAD_ACCESS_KEY,
	S_UPLOAD_SECRET_FILE,
	S_OCSP_URL,
	S_REPORT_INTERVAL,
	SETTINGS
};

extern const struct setting settings[SETTINGS];

/* The field of a setting. */
char **setting_text(const struct conf *conf, const struct setting *setting);
char ***setting_list(const struct conf *conf, const struct setting *setting);
bool *setting_flag(const struct conf *conf, const struct setting *setting);
unsigned *setting_number(const struct conf *conf,
    const struct setting *setting);

/* Was it in p11ca.yaml?  Only then is 0 a number somebody means. */
bool setting_is_given(const struct conf *conf, const struct setting *setting);

/* The fallback of a number. */
unsigned setting_fallback(const struct setting *setting);

/*
 * The line, from `from` on, on which the key "token.uri" stands; 0: not found
 * (YAML has ways to write a mapping that this does not look for).
 */
size_t conf_line_of(const char *yaml, const char *key, size_t from);

/* Note "p11ca.yaml, line N: ..."; line 0 is left out.  Returns false. */
bool conf_found(struct fault *f, size_t line, const char *fmt, ...)
    PRINTF(3, 4);

/* Read the text of a p11ca.yaml of the home; untrusted.  *out: conf_free(). */
MUST_CHECK bool conf_from_yaml(const char *home, const struct buf *yaml,
    struct conf **out, struct fault *f);

/* Fill in what was not given, and make paths absolute. */
void conf_settle(struct conf *conf, const char *home);

#endif
