/*
 * card.c - a smart card in software, for tests.
 *
 *   p11ca-card STATE [PORT]
 *
 * It sits in the reader of vsmartcard-vpcd, which waits for a card at PORT of
 * this host, and is a card that OpenSC's driver "isoApplet" knows: files of
 * ISO 7816-4, RSA-2048 keys that are made on the card, PKCS#1 signatures, one
 * PIN with three tries and a PUK with ten.  All it keeps is in the file STATE,
 * so a card that is pulled and put back, or started again, is the same card.
 *
 * SIGUSR1 pulls it, SIGUSR2 puts it back.  It ends when it is told to.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "card.h"

#define VPCD_PORT 35963
#define RETRY_MS 50 /* between looks whether the reader is there */

struct now now;

/* ---- commands --------------------------------------------------------- */

static enum status
more_of_it(const struct apdu *in, struct reply *out)
{
	(void)in;
	put(out, now.rest, now.rest_len);
	return DONE;
}

/* clang-format off */
static const struct {
	unsigned ins;
	command *answer;
} commands[] = {
	{ 0x20, verify },
	{ 0x22, set_environment },
	{ 0x24, change_pin },
	{ 0x2a, sign },
	{ 0x2c, unblock_pin },
	{ 0x46, generate_key },
	{ 0x84, random_bytes },
	{ 0xa4, select_file },
	{ 0xb0, read_file },
	{ 0xc0, more_of_it },
	{ 0xd6, write_file },
	{ 0xe0, create_file },
	{ 0xe4, delete_file },
};
/* clang-format on */

/* What does not fit into one reply is kept for GET RESPONSE. */
static void
finish(struct reply *out, enum status status)
{
	unsigned char word[2];

	now.rest_len = 0;
	if (out->len > REPLY_MAX) {
		now.rest_len = out->len - REPLY_MAX;
		memcpy(now.rest, out->data + REPLY_MAX, now.rest_len);
		out->len = REPLY_MAX;
		status =
		    MORE + (now.rest_len > 0xff ? 0 : (unsigned)now.rest_len);
	}
	word[0] = (unsigned char)(status >> 8);
	word[1] = (unsigned char)status;
	put(out, word, sizeof(word));
}

/* Commands of a chain are put together; the last one is carried out. */
static enum status
carry_out(const unsigned char *p, size_t len, struct reply *out)
{
	struct apdu in = { .le = REPLY_MAX };
	size_t n = len > 5 ? p[4] : 0;

	if (len < 4 || (n > 0 && len < 5 + n) ||
	    now.chain_len + n > sizeof(now.chain))
		return WRONG_LENGTH;
	if (n > 0)
		memcpy(now.chain + now.chain_len, p + 5, n);
	now.chain_len += n;
	if (p[0] & 0x10)
		return DONE;
	in.ins = p[1], in.p1 = p[2], in.p2 = p[3];
	in.data = now.chain;
	in.len = now.chain_len;
	now.chain_len = 0;
	if (len == 5 && p[4] > 0)
		in.le = p[4];
	for (size_t i = 0; i < COUNT(commands); i++)
		if (commands[i].ins == in.ins)
			return commands[i].answer(&in, out);
	return NO_SUCH_COMMAND;
}

/* ---- the reader ------------------------------------------------------- */

/* At once: a delayed acknowledgement would cost 40 ms at each command. */
static bool
receive(int fd, unsigned char *p, size_t len)
{
	int yes = 1;

	while (len > 0) {
		ssize_t n;

		(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &yes,
		    sizeof(yes));
		n = recv(fd, p, len, 0);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
deliver(int fd, const unsigned char *p, size_t len)
{
	unsigned char message[2 + APDU_MAX + 2] = { (unsigned char)(len >> 8),
		(unsigned char)len };

	memcpy(message + 2, p, len);
	return send(fd, message, 2 + len, MSG_NOSIGNAL) == (ssize_t)(2 + len);
}

/*
 * A message is its length and itself.  One byte is for the reader: 4 asks for
 * the answer to reset; off, on and reset make the card forget.
 */
static bool
one_message(int fd)
{
	static const unsigned char atr[] = { 0x3b, 0x80, 0x80, 0x01, 0x01 };
	unsigned char head[2], message[APDU_MAX];
	struct reply out = { .len = 0 };
	size_t len;

	if (!receive(fd, head, sizeof(head)))
		return false;
	len = number(head, sizeof(head));
	if (len > sizeof(message) || !receive(fd, message, len))
		return false;
	if (len == 1 && message[0] == 4)
		return deliver(fd, atr, sizeof(atr));
	if (len == 1) {
		memset(&now, 0, sizeof(now));
		return true;
	}
	finish(&out, carry_out(message, len, &out));
	return deliver(fd, out.data, out.len);
}

static int
enter_reader(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		(void)close(fd);
		return -1;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	memset(&now, 0, sizeof(now));
	return fd;
}

/* In the reader while it is wanted there and the reader is. */
static void
live(uint16_t port, int signals)
{
	struct signalfd_siginfo told;
	bool wanted = true;
	int reader = -1;

	for (;;) {
		struct pollfd on[] = { { signals, POLLIN, 0 },
			{ reader, POLLIN, 0 } };

		if (wanted && reader < 0)
			reader = on[1].fd = enter_reader(port);
		if (poll(on, 2, wanted && reader < 0 ? RETRY_MS : -1) < 0)
			die("poll");
		if (on[0].revents != 0 &&
		    read(signals, &told, sizeof(told)) == sizeof(told)) {
			if (told.ssi_signo == SIGTERM)
				return;
			wanted = told.ssi_signo == SIGUSR2;
		}
		if (reader >= 0 &&
		    (!wanted || (on[1].revents != 0 && !one_message(reader)))) {
			(void)close(reader);
			reader = -1;
		}
	}
}

int
main(int argc, char **argv)
{
	long port = argc > 2 ? strtol(argv[2], NULL, 10) : VPCD_PORT;
	sigset_t set;
	int signals;

	if (argc < 2 || argc > 3 || port <= 0 || port > UINT16_MAX) {
		(void)fputs("usage: p11ca-card STATE [PORT]\n", stderr);
		return 2;
	}
	recall(argv[1]);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGUSR2);
	(void)sigaddset(&set, SIGTERM);
	signals = sigprocmask(SIG_BLOCK, &set, NULL) == 0
	    ? signalfd(-1, &set, SFD_CLOEXEC)
	    : -1;
	if (signals < 0)
		die("signals");
	live((uint16_t)port, signals);
	return 0;
}
