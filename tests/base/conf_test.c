/* conf_test.c - p11ca.yaml: what is read, refused, shown and written. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "p11ca/conf.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"

static char home[64];
static char path[96];

static void
setup(void)
{
	(void)snprintf(home, sizeof(home), "/tmp/p11ca-conf-XXXXXX");
	cr_assert_not_null(mkdtemp(home));
	(void)snprintf(path, sizeof(path), "%s/p11ca.yaml", home);
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static void
teardown(void)
{
	(void)nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(conf, .init = setup, .fini = teardown);

static void
write_yaml(struct bytes yaml)
{
	struct fault f = { 0 };

	cr_assert(file_write(path, yaml, &f), "%s", f.found);
}

static struct conf *
load(void)
{
	struct conf *conf = NULL;
	struct fault f = { 0 };

	cr_assert(conf_load(home, &conf, &f), "%s", f.found);
	return conf;
}

static void
expect_refused(const char *found, const char *want)
{
	struct conf *conf = NULL;
	struct fault f = { 0 };

	cr_expect_not(conf_load(home, &conf, &f), "%s", found);
	cr_expect_null(conf);
	cr_expect_eq(f.kind, FAULT_USAGE, "%s", f.found);
	cr_expect(strstr(f.found, found) != NULL, "\"%s\" in \"%s\"", found,
	    f.found);
	cr_expect(f.want != NULL && strstr(f.want, want) != NULL,
	    "\"%s\" in \"%s\" (%s)", want, f.want, f.found);
	cr_expect_not_null(f.todo);
}

static const char *const empty[] = { "", "\n", "# nothing set\n", "---\n...\n",
	"token:\nimport:\n", "token: {}\nimport: {}\n",
	"token:\n  # uri: pkcs11:\n", "crl:\n  upload:\nocsp:\n",
	"crl: {upload: {}}\nocsp: {}\n" };

Test(conf, has_defaults_for_what_is_not_set)
{
	for (size_t i = 0; i < COUNT(empty); i++) {
		struct conf *conf;
		char *database = mem_format("%s/p11ca.db", home);

		write_yaml(bytes_of(empty[i]));
		conf = load();
		cr_expect_str_eq(conf->region, "us-east-1");
		cr_expect_str_eq(conf->account, "000000000000");
		cr_expect_str_eq(conf->partition, "aws");
		cr_expect_str_eq(conf->database, database);
		cr_expect_null(conf->token.module);
		cr_expect_null(conf->token.uri);
		cr_expect_null(conf->token.pin);
		cr_expect_null(conf->token.environment);
		cr_expect_null(conf->token.init_args);
		cr_expect_not(conf->token.isolate);
		cr_expect_eq(conf->token.sessions, 4);
		cr_expect_eq(conf->token.deadline, 10);
		cr_expect_not(conf->token.strict_key_attributes);
		cr_expect_not(conf->import.require_nested_validity);
		cr_expect_not(conf->import.store_certificate);
		cr_expect_null(conf->crl.base_url);
		cr_expect_null(conf->crl.upload.endpoint);
		cr_expect_null(conf->crl.upload.region);
		cr_expect_null(conf->ocsp.url);
		cr_expect_eq(conf->audit_report.minimum_interval, 1800);
		conf_free(conf);
		mem_free(database);
	}
}

static const char everything[] = "region: eu-central-1\n"
				 "account: 012345678901\n"
				 "partition: 'aws-cn'\n"
				 "database: /srv/ca.db\n"
				 "token:\n"
				 "  module: p11-kit-proxy\n"
				 "  uri: pkcs11:token=issuing;serial=1\n"
				 "  pin: credential:pin\n"
				 "  environment:\n"
				 "    - SOFTHSM2_CONF=/etc/softhsm2.conf\n"
				 "    - EMPTY=\n"
				 "  init-args: configdir='sql:/d' flags=\n"
				 "  isolate: true\n"
				 "  sessions: 16\n"
				 "  deadline: 3600\n"
				 "  strict-key-attributes: true\n"
				 "import:\n"
				 "  require-nested-validity: true\n"
				 "  store-certificate: false\n"
				 "crl:\n"
				 "  base-url: http://pki.example.com/a\n"
				 "  upload:\n"
				 "    endpoint: https://s3.example.com:9000\n"
				 "    region: eu-west-1\n"
				 "    access-key: AKIA0\n"
				 "    secret-file: upload/key\n"
				 "ocsp:\n"
				 "  url: http://ocsp.example.com\n"
				 "audit-report:\n"
				 "  minimum-interval: 86400\n";

Test(conf, reads_every_setting)
{
	char *secret = mem_format("%s/upload/key", home);
	struct conf *conf;

	write_yaml(bytes_of(everything));
	conf = load();
	cr_expect_str_eq(conf->region, "eu-central-1");
	cr_expect_str_eq(conf->account, "012345678901");
	cr_expect_str_eq(conf->partition, "aws-cn");
	cr_expect_str_eq(conf->database, "/srv/ca.db");
	cr_expect_str_eq(conf->token.module, "p11-kit-proxy");
	cr_expect_str_eq(conf->token.uri, "pkcs11:token=issuing;serial=1");
	cr_expect_str_eq(conf->token.pin, "credential:pin");
	cr_expect_str_eq(conf->token.environment[0],
	    "SOFTHSM2_CONF=/etc/softhsm2.conf");
	cr_expect_str_eq(conf->token.environment[1], "EMPTY=");
	cr_expect_null(conf->token.environment[2]);
	cr_expect_str_eq(conf->token.init_args, "configdir='sql:/d' flags=");
	cr_expect(conf->token.isolate);
	cr_expect_eq(conf->token.sessions, 16);
	cr_expect_eq(conf->token.deadline, 3600);
	cr_expect(conf->token.strict_key_attributes);
	cr_expect(conf->import.require_nested_validity);
	cr_expect_not(conf->import.store_certificate);
	cr_expect_str_eq(conf->crl.base_url, "http://pki.example.com/a");
	cr_expect_str_eq(conf->crl.upload.endpoint,
	    "https://s3.example.com:9000");
	cr_expect_str_eq(conf->crl.upload.region, "eu-west-1");
	cr_expect_str_eq(conf->crl.upload.access_key, "AKIA0");
	cr_expect_str_eq(conf->crl.upload.secret_file, secret);
	cr_expect_str_eq(conf->ocsp.url, "http://ocsp.example.com");
	cr_expect_eq(conf->audit_report.minimum_interval, 86400);
	mem_free(secret);
	conf_free(conf);
}

Test(conf, takes_paths_from_the_home)
{
	struct conf *conf;
	char *want;

	write_yaml(bytes_of("database: db/ca.db\n"
			    "token: {module: ./m.so, pin: 'file:pin'}\n"));
	conf = load();
	want = mem_format("%s/db/ca.db", home);
	cr_expect_str_eq(conf->database, want);
	mem_free(want);
	want = mem_format("%s/./m.so", home);
	cr_expect_str_eq(conf->token.module, want);
	mem_free(want);
	want = mem_format("file:%s/pin", home);
	cr_expect_str_eq(conf->token.pin, want);
	mem_free(want);
	conf_free(conf);
}

Test(conf, makes_paths_absolute_when_the_home_is_not)
{
	struct conf *conf = NULL;
	struct fault f = { 0 };
	char *want = mem_format("%s/p11ca.db", home);

	write_yaml(bytes_of(""));
	cr_assert_eq(chdir(home), 0);
	cr_assert(conf_load(".", &conf, &f), "%s", f.found);
	cr_expect_str_eq(conf->database, want);
	conf_free(conf);
	mem_free(want);
}

static const char *const pins[] = { "pad", "prompt", "fd:0", "fd:1234",
	"file:/run/pin", "credential:x" };

Test(conf, takes_every_form_of_a_pin_source)
{
	for (size_t i = 0; i < COUNT(pins); i++) {
		struct conf *conf;
		char *yaml = mem_format("token:\n  pin: %s\n", pins[i]);

		write_yaml(bytes_of(yaml));
		conf = load();
		cr_expect_str_eq(conf->token.pin, pins[i]);
		conf_free(conf);
		mem_free(yaml);
	}
}

static const struct {
	const char *yaml, *found, *want;
} refused[] = {
	/* keys */
	{ "region: a\nfoo: b\n", "p11ca.yaml, line 2: an unknown key \"foo\"",
	    "region, account" },
	{ "\n\nToken: {}\n", "line 3: an unknown key \"Token\"", "token" },
	{ "token:\n  pin: pad\n  slot: 1\n", "line 3: an unknown key \"slot\"",
	    "module, uri" },
	{ "import:\n  uri: x\n", "line 2: an unknown key \"uri\"",
	    "store-certificate" },
	{ "uri: pkcs11:\n", "line 1: an unknown key \"uri\"", "token" },
	{ "\"a\\u202eb\\e\": 1\n", "an unknown key \"a\\", "region" },
	{ "region: a\n\naccount: '000000000000'\nregion: b\n",
	    "line 4: a second value for region", "once" },
	{ "token:\n  pin: pad\ntoken:\n  pin: pad\n",
	    "line 3: a second value for token", "once" },
	{ "token:\n  pin: pad\n  uri: 'pkcs11:'\n  pin: pad\n",
	    "line 4: a second value for token.pin", "once" },
	/* kinds */
	{ "- region\n", "no settings", "region, account" },
	{ "region\n", "no settings", "region, account" },
	{ "\nregion: [a]\n", "line 2: another kind of value for region",
	    "a-z" },
	{ "token: pkcs11:\n", "line 1: another kind of value for token",
	    "module, uri" },
	{ "token:\n  pin:\n    file: x\n",
	    "another kind of value for token.pin", "file:PATH" },
	{ "token:\n  environment: A=b\n",
	    "line 2: another kind of value for token.environment",
	    "NAME=value" },
	{ "import:\n  store-certificate: maybe\n",
	    "line 2: another kind of value for import.store-certificate",
	    "true or false" },
	{ "import:\n  store-certificate: yes\n", "store-certificate", "true" },
	{ "import:\n  store-certificate: 1\n", "store-certificate", "true" },
	{ "import:\n  require-nested-validity:\n", "require-nested", "true" },
	/* values */
	{ "region: US-EAST-1\n", "line 1: region with", "a-z" },
	{ "region:\n", "line 1: region with", "a-z" },
	{ "region: ''\n", "line 1: region with", "a-z" },
	{ "region: abcdefghijklmnopqrstuvwxyzabcdefg\n", "region with", "32" },
	{ "region: us:east\n", "region with", "a-z" },
	{ "partition: a/b\n", "partition with", "a-z" },
	{ "account: 1234\n", "line 1: account with", "12 digits" },
	{ "account: 00000000000a\n", "account with", "12 digits" },
	{ "# c\ndatabase: postgresql://u:secret@h/db\n",
	    "line 2: database with the URL of a server", "SQLite" },
	{ "database: postgres://h\n", "URL of a server", "SQLite" },
	{ "database: \"a\\nb\"\n", "a control character", "SQLite" },
	{ "database: |\n  a\n  b\n", "a control character", "SQLite" },
	{ "token:\n  uri: token=issuing\n", "line 2: token.uri with",
	    "RFC 7512" },
	{ "token:\n  uri: pkcs11:token=x?pin-value=secret\n", "a pin-value",
	    "no PIN" },
	{ "token:\n  uri: pkcs11:token=x?Pin-Value=secret\n", "a pin-value",
	    "no PIN" },
	{ "region: a\ntoken:\n  uri: 'pkcs11:'\n  pin: secret\n",
	    "line 4: token.pin with", "file:PATH" },
	{ "token: {pin: 1234}\n", "token.pin with", "file:PATH" },
	{ "token: {pin: 'file:'}\n", "token.pin with", "file:PATH" },
	{ "token: {pin: 'fd:'}\n", "token.pin with", "fd:N" },
	{ "token: {pin: 'fd:-1'}\n", "token.pin with", "fd:N" },
	{ "token: {pin: 'fd:12345'}\n", "token.pin with", "fd:N" },
	{ "token: {pin: 'secret: file:x'}\n", "token.pin with", "file:PATH" },
	{ "token:\n  environment:\n    - A=b\n    - secret\n",
	    "line 2: token.environment, entry 2, with", "NAME=value" },
	{ "token: {environment: ['=b']}\n", "entry 1", "NAME=value" },
	{ "token: {environment: ['1A=b']}\n", "entry 1", "NAME=value" },
	{ "token: {environment: ['A B=c']}\n", "entry 1", "NAME=value" },
	{ "token: {environment: ['']}\n", "entry 1", "NAME=value" },
	{ "token:\n  sessions: 0\n", "line 2: token.sessions with",
	    "from 1 to 16" },
	{ "token: {sessions: 17}\n", "token.sessions with", "from 1 to 16" },
	{ "token: {sessions: -1}\n", "token.sessions with", "1 to 16" },
	{ "token: {sessions: four}\n", "token.sessions with", "1 to 16" },
	{ "token: {sessions: 4294967297}\n", "token.sessions with", "1 to 16" },
	{ "token:\n  deadline: 0\n", "line 2: token.deadline with",
	    "seconds from 1 to 3600" },
	{ "token: {deadline: 3601}\n", "token.deadline with", "seconds" },
	{ "token: {deadline: 10s}\n", "token.deadline with", "seconds" },
	{ "token:\n  deadline:\n", "token.deadline with", "seconds" },
	{ "token: {deadline: 0x10}\n", "token.deadline with", "seconds" },
	{ "token: {deadline: [1]}\n", "value for token.deadline", "seconds" },
	{ "token: {isolate: 1}\n", "value for token.isolate", "true" },
	{ "token: {init-args: ''}\n", "token.init-args with", "the words" },
	{ "crl: {base-url: ftp://pki}\n", "crl.base-url with", "http" },
	{ "crl: {base-url: 'http://'}\n", "crl.base-url with", "http" },
	{ "crl: {base-url: 'http:///x'}\n", "crl.base-url with", "http" },
	{ "crl: {base-url: 'http://a b'}\n", "crl.base-url with", "http" },
	{ "audit-report:\n  minimum-interval: 86401\n",
	    "line 2: audit-report.minimum-interval with", "0 to 86400" },
	{ "audit-report: {minimum-interval: 30m}\n",
	    "audit-report.minimum-interval with", "seconds" },
	{ "audit-report: {interval: 1}\n", "unknown key \"interval\"",
	    "minimum-interval" },
	{ "ocsp:\n  url: pki\n", "line 2: ocsp.url with", "http" },
	{ "crl:\n  upload:\n    endpoint: http://u:secret@h\n",
	    "line 3: crl.upload.endpoint with an @", "http" },
	{ "crl:\n  upload:\n    access-key: a/secret\n",
	    "line 3: crl.upload.access-key with", "no secret" },
	{ "crl:\n  upload:\n    endpoint: http://h\n",
	    "line 2: an incomplete crl.upload", "secret-file" },
	{ "crl:\n  upload:\n    region: eu\n", "an incomplete crl.upload",
	    "none of them" },
	{ "crl:\n  upload:\n    key: x\n", "an unknown key \"key\"",
	    "endpoint, region" },
	{ "crl:\n  url: x\n", "line 2: an unknown key \"url\"", "base-url" },
	{ "crl:\n  upload: x\n", "another kind of value for crl.upload",
	    "endpoint" },
	{ "ocsp:\n  uri: x\n", "line 2: an unknown key \"uri\"", "url" },
	/* YAML */
	{ "region: &x a\naccount: *x\n", "line 2: an alias", "written out" },
	{ "region: a\n---\nregion: b\n", "more than one document", "one" },
	{ "token:\n\turi: x\n", "line 2: a tab", "blanks" },
	{ "region: 'a\n", "no YAML", "YAML" },
	{ "region: \xff\xfe\n", "no YAML", "YAML" },
	{ "region: a\x01\n", "no YAML", "YAML" },
	{ "? [a]\n: b\n", "does not follow the schema", "KEY: VALUE" },
};

Test(conf, refuses_with_line_and_what_was_expected)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		write_yaml(bytes_of(refused[i].yaml));
		expect_refused(refused[i].found, refused[i].want);
	}
}

Test(conf, never_repeats_a_value_that_may_be_a_secret)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct conf *conf = NULL;
		struct fault f = { 0 };

		write_yaml(bytes_of(refused[i].yaml));
		cr_expect_not(conf_load(home, &conf, &f));
		cr_expect_null(strstr(f.found, "secret"), "%s", f.found);
		cr_expect_null(strstr(f.found, "1234"), "%s", f.found);
	}
}

Test(conf, refuses_long_lists_and_files)
{
	struct buf yaml = { 0 };

	buf_text_append(&yaml, "token:\n  environment:\n");
	for (int i = 0; i < 65; i++)
		buf_text_append(&yaml, "    - A=b\n");
	write_yaml(buf_bytes(&yaml));
	expect_refused("too long a list for token.environment", "64 at most");
	buf_set(&yaml, bytes_of("database: "));
	for (int i = 0; i < 5000; i++)
		buf_text_append(&yaml, "a");
	write_yaml(buf_bytes(&yaml));
	expect_refused("more than 4096 bytes", "a path");
	buf_set(&yaml, bytes_of(""));
	for (int i = 0; i < 4096; i++)
		buf_text_append(&yaml, "# 34567890abcdef\n");
	write_yaml(buf_bytes(&yaml));
	expect_refused("more than 64 KiB", "64 KiB");
	buf_free(&yaml);
}

Test(conf, refuses_deep_nesting_without_harm)
{
	struct buf yaml = { 0 };

	buf_text_append(&yaml, "token: ");
	for (int i = 0; i < 60000; i++)
		buf_text_append(&yaml, "[");
	write_yaml(buf_bytes(&yaml));
	expect_refused("p11ca.yaml", "");
	buf_free(&yaml);
}

Test(conf, refuses_a_home_without_settings)
{
	struct conf *conf = NULL;
	struct fault f = { 0 };

	expect_refused("No such file", "p11ca.yaml");
	cr_expect_not(conf_load("/nowhere/at/all", &conf, &f));
	cr_expect_eq(f.kind, FAULT_USAGE);
	cr_expect(strstr(f.todo, "p11ca init") != NULL);
}

Test(conf, refuses_a_file_that_others_can_read)
{
	struct conf *conf = NULL;
	struct fault f = { 0 };

	write_yaml(bytes_of(""));
	cr_assert_eq(chmod(path, 0644), 0);
	cr_expect_not(conf_load(home, &conf, &f));
	cr_expect_eq(f.kind, FAULT_STORE);
	cr_expect(strstr(f.found, "chmod 0600") != NULL, "%s", f.found);
}

static const struct conf_line *
line_of(const struct conf_line *lines, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].key, key) == 0)
			return &lines[i];
	cr_assert_fail("no %s", key);
	return NULL;
}

static const struct {
	const char *key, *value, *source;
} shown[] = {
	{ "region", "us-east-1", "p11ca.yaml" },
	{ "account", "000000000000", "default" },
	{ "token.uri", "", "default" },
	{ "token.pin", "prompt", "p11ca.yaml" },
	{ "token.environment", "A=b C=d", "p11ca.yaml" },
	{ "token.init-args", "", "default" },
	{ "token.isolate", "true", "p11ca.yaml" },
	{ "token.sessions", "4", "default" },
	{ "token.deadline", "60", "p11ca.yaml" },
	{ "audit-report.minimum-interval", "0", "p11ca.yaml" },
	{ "token.strict-key-attributes", "false", "default" },
	{ "import.store-certificate", "true", "p11ca.yaml" },
	{ "import.require-nested-validity", "false", "p11ca.yaml" },
};

Test(conf, shows_every_setting_and_where_it_comes_from)
{
	struct conf_line *lines;
	struct conf *conf;
	size_t count;

	write_yaml(bytes_of("region: us-east-1\n"
			    "token: {pin: prompt, environment: [A=b, C=d],\n"
			    "  isolate: true, deadline: 60}\n"
			    "import: {store-certificate: true,\n"
			    "  require-nested-validity: false}\n"
			    "audit-report: {minimum-interval: 0}\n"));
	conf = load();
	lines = conf_lines(conf, &count);
	cr_expect_eq(count, 22);
	for (size_t i = 0; i < COUNT(shown); i++) {
		const struct conf_line *line =
		    line_of(lines, count, shown[i].key);

		cr_expect_str_eq(line->value, shown[i].value);
		cr_expect_str_eq(line->source, shown[i].source, "%s",
		    shown[i].key);
	}
	conf_free_lines(lines, count);
	conf_free(conf);
}

Test(conf, writes_a_file_that_reads_as_the_defaults)
{
	struct conf blank = { 0 };
	struct fault f = { 0 };
	struct conf *conf;
	struct stat st;
	char *want = mem_format("%s/p11ca.db", home);

	cr_assert(conf_write(home, &blank, &f), "%s", f.found);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	conf = load();
	cr_expect_str_eq(conf->region, "us-east-1");
	cr_expect_str_eq(conf->database, want);
	cr_expect_null(conf->token.uri);
	cr_expect_null(conf->token.environment);
	cr_expect_not(conf->token.isolate);
	cr_expect_eq(conf->token.sessions, 4);
	cr_expect_eq(conf->token.deadline, 10);
	conf_free(conf);
	mem_free(want);
}

/* Characters that mean something to YAML, to a URI or to a terminal. */
static char odd[] = "/a'b\"c\\d#e: f - {g} [h] &i *j !k |l >m %n @o `p , ?q ~"
		    " \xc3\xa9\xe2\x80\xa8\xef\xbb\xbf\xf0\x9f\x94\x91 end ";

Test(conf, reads_back_what_it_wrote)
{
	char uri[256], pin[256], value[256], plain[] = "A=";
	char region[] = "eu-west-1", account[] = "012345678901";
	char partition[] = "aws-cn";
	char *environment[] = { value, plain, NULL };
	struct conf in = { .region = region,
		.account = account,
		.partition = partition,
		.database = odd };
	struct fault f = { 0 };
	struct conf *out;

	(void)snprintf(uri, sizeof(uri), "pkcs11:%s", odd);
	(void)snprintf(pin, sizeof(pin), "file:%s", odd);
	(void)snprintf(value, sizeof(value), "NAME=%s", odd);
	in.token.module = odd;
	in.token.uri = uri;
	in.token.pin = pin;
	in.token.environment = environment;
	in.token.init_args = odd;
	in.token.isolate = true;
	in.token.sessions = 1;
	in.token.deadline = 1;
	in.token.strict_key_attributes = true;
	in.import.store_certificate = true;
	cr_assert(conf_write(home, &in, &f), "%s", f.found);
	out = load();
	cr_expect_str_eq(out->region, region);
	cr_expect_str_eq(out->account, account);
	cr_expect_str_eq(out->partition, partition);
	cr_expect_str_eq(out->database, odd);
	cr_expect_str_eq(out->token.module, odd);
	cr_expect_str_eq(out->token.uri, uri);
	cr_expect_str_eq(out->token.pin, pin);
	cr_expect_str_eq(out->token.environment[0], value);
	cr_expect_str_eq(out->token.environment[1], plain);
	cr_expect_null(out->token.environment[2]);
	cr_expect_str_eq(out->token.init_args, odd);
	cr_expect(out->token.isolate);
	cr_expect_eq(out->token.sessions, 1);
	cr_expect_eq(out->token.deadline, 1);
	cr_expect(out->token.strict_key_attributes);
	cr_expect_not(out->import.require_nested_validity);
	cr_expect(out->import.store_certificate);
	conf_free(out);
}

Test(conf, writes_paths_below_the_home_so_that_it_can_move)
{
	struct conf in = { 0 };
	struct fault f = { 0 };
	struct buf yaml = { 0 };

	in.database = mem_format("%s/ca.db", home);
	in.token.pin = mem_format("file:%s/token/pin", home);
	in.token.module = mem_format("%s/m.so", home);
	cr_assert(conf_write(home, &in, &f), "%s", f.found);
	cr_assert(file_read(path, 65536, &yaml, &f));
	cr_expect(strstr(buf_text(&yaml), "\ndatabase: \"ca.db\"\n") != NULL);
	cr_expect(strstr(buf_text(&yaml), "pin: \"file:token/pin\"\n") != NULL);
	cr_expect(strstr(buf_text(&yaml), home) != NULL,
	    "a module without a slash would be a name");
	buf_free(&yaml);
	mem_free(in.database);
	mem_free(in.token.pin);
	mem_free(in.token.module);
}

Test(conf, writes_nothing_that_it_would_refuse)
{
	static char bad_region[] = "EU", bad_account[] = "1",
		    bad_byte[] = "\xff";
	struct conf bad[] = { { .region = bad_region },
		{ .account = bad_account }, { .database = bad_byte },
		{ .token = { .sessions = 17 } },
		{ .token = { .deadline = 3601 } } };

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fault f = { 0 };

		cr_expect_not(conf_write(home, &bad[i], &f));
		cr_expect_eq(f.kind, FAULT_USAGE);
		cr_expect_neq(access(path, F_OK), 0);
	}
}

Test(conf, writes_groups_within_groups)
{
	static char endpoint[] = "http://h", key[] = "AKIA0", region[] = "eu",
		    url[] = "http://o";
	struct conf in = { .ocsp = { url } };
	struct fault f = { 0 };
	struct buf yaml = { 0 };
	struct conf *conf;

	in.crl.upload.endpoint = endpoint;
	in.crl.upload.region = region;
	in.crl.upload.access_key = key;
	in.crl.upload.secret_file = mem_format("%s/key", home);
	cr_assert(conf_write(home, &in, &f), "%s", f.found);
	cr_assert(file_read(path, 65536, &yaml, &f));
	cr_expect(strstr(buf_text(&yaml), "\ncrl:\n  # ") != NULL);
	cr_expect(strstr(buf_text(&yaml), "\n  upload:\n    # ") != NULL);
	cr_expect(strstr(buf_text(&yaml), "\n    secret-file: \"key\"\n") !=
	    NULL);
	cr_expect(strstr(buf_text(&yaml), "\nocsp:\n") != NULL);
	buf_free(&yaml);
	conf = load();
	cr_expect_str_eq(conf->crl.upload.endpoint, endpoint);
	cr_expect_str_eq(conf->crl.upload.secret_file,
	    in.crl.upload.secret_file);
	cr_expect_str_eq(conf->ocsp.url, url);
	conf_free(conf);
	mem_free(in.crl.upload.secret_file);
}
