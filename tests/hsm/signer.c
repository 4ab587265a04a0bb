/*
 * signer.c - a process that stays: it signs and issues when it is told to,
 * over whatever becomes of its token.
 *
 *   p11ca-signer HOME CA CSR
 *
 * Each line on standard input is a command, and has one line for an answer:
 * "ok MS", with the serial number of what was issued, or "fault MS TEXT", where
 * MS is how many milliseconds it took.
 *
 *   sign    sign with the key of the CA, in the one token that it keeps open
 *   issue   issue a certificate, as p11ca issue does
 *   close   let that token go; the next "sign" opens it again
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "p11ca/action_issue.h"
#include "p11ca/confine.h"
#include "p11ca/file.h"
#include "p11ca/mem.h"

static struct p11ca *home;
static struct ca *ca;
static struct buf csr;
static struct token *token;
static struct key key;

static bool
let_go(char serial[SERIAL_HEX_LEN], struct fault *f)
{
	key_clear(&key);
	token_close(token);
	token = NULL;
	return true;
}

static bool
be_open(struct fault *f)
{
	char none[SERIAL_HEX_LEN];
	struct token_place place;

	if (token != NULL)
		return true;
	p11ca_place(home, ca->token_uri, &place);
	if (token_open(&place, true, NULL, &token, f) &&
	    token_find_key(token, buf_bytes(&ca->key_id), &key, f))
		return true;
	(void)let_go(none, f);
	return false;
}

static bool
sign(char serial[SERIAL_HEX_LEN], struct fault *f)
{
	struct buf signature = { 0 };
	bool ok = be_open(f) &&
	    token_sign(token, &key, ca->sign_alg, bytes_of("to be signed"),
		&signature, f);

	buf_free(&signature);
	return ok;
}

static bool
issue(char serial[SERIAL_HEX_LEN], struct fault *f)
{
	struct issue_request request = { .ca = ca->uuid,
		.csr = buf_bytes(&csr),
		.validity = VALIDITY_DAYS,
		.validity_value = 1 };
	struct issued issued = { 0 };
	bool ok = action_issue(home, &request, &issued, f);

	if (ok)
		(void)snprintf(serial, SERIAL_HEX_LEN, "%s", issued.serial);
	issued_clear(&issued);
	return ok;
}

static const struct {
	const char *name;
	bool (*run)(char serial[SERIAL_HEX_LEN], struct fault *f);
} commands[] = { { "sign\n", sign }, { "issue\n", issue },
	{ "close\n", let_go } };

static long
milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
answer(const char *line)
{
	char serial[SERIAL_HEX_LEN] = "";
	struct fault f = { 0 };
	long begun = milliseconds();

	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, line) != 0)
			continue;
		if (commands[i].run(serial, &f))
			(void)printf("ok %ld %s\n", milliseconds() - begun,
			    serial);
		else
			(void)printf("fault %ld %s; %s\n",
			    milliseconds() - begun, f.found, f.todo);
		return fflush(stdout) == 0;
	}
	return false;
}

int
main(int argc, char **argv)
{
	char none[SERIAL_HEX_LEN];
	struct fault f = { 0 };
	char line[32];
	bool ok = true;

	confine();
	if (argc != 4 || !p11ca_open(argv[1], true, NULL, &home, &f) ||
	    !store_find_ca(p11ca_store(home), argv[2], &ca, &f) ||
	    !file_read(argv[3], 65536, &csr, &f)) {
		(void)fprintf(stderr, "p11ca-signer: %s\n",
		    argc != 4 ? "HOME CA CSR" : f.found);
		return 2;
	}
	while (ok && fgets(line, sizeof(line), stdin) != NULL)
		ok = answer(line);
	(void)let_go(none, &f);
	buf_free(&csr);
	ca_free(ca);
	p11ca_close(home);
	if (token_was_abandoned())
		_exit(ok ? 0 : 1);
	return ok ? 0 : 1;
}
