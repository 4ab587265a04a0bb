/*
 * relay.c - a long link between a client and a server of p11-kit.
 *
 *   bench-relay LISTEN SERVER DELAY_US
 *
 * Listens at one Unix socket and connects to the other for each that comes.
 * Every byte comes out DELAY_US microseconds after it went in, in both
 * directions, however many are under way.  Prints "ready", then for each
 * connection that has ended how many calls went through it: each of them cost
 * whoever made it a round trip.
 *
 * Calls are counted by the framing of p11-kit's protocol: a byte at the start,
 * then messages, each with a number, the length of options, the length of what
 * is asked, 4 bytes each in network order, and those two.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINKS 16
#define CHUNK ((size_t)16 * 1024)
#define HEADER 12
#define SECOND_NS 1000000000L
#define NEVER (-1L)

/* Bytes that are under way. */
struct chunk {
	struct chunk *next;
	long due_ns;
	size_t len, sent;
	unsigned char data[CHUNK];
};

/* One direction of a link. */
struct flow {
	int from, to;
	struct chunk *first, **end;
	bool ended; /* nothing more comes from there */
	bool shut;  /* and all that came has gone on */
};

struct link {
	bool open;
	struct flow up, down;
	unsigned long calls;
	unsigned char header[HEADER];
	size_t header_len;
	size_t skip; /* bytes until the next header */
};

static struct link links[LINKS];
static long delay_ns;

static void
sure(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "bench-relay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long
now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND_NS + t.tv_nsec;
}

/* --- what goes through ------------------------------------------------ */

static size_t
number_at(const unsigned char *p)
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	    p[3];
}

static void
count_calls(struct link *link, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (link->skip > 0) {
			link->skip--;
			continue;
		}
		link->header[link->header_len++] = p[i];
		if (link->header_len < HEADER)
			continue;
		link->header_len = 0;
		link->skip =
		    number_at(link->header + 4) + number_at(link->header + 8);
		link->calls++;
	}
}

static void
flow_read(struct link *link, struct flow *flow)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));
	ssize_t n;

	sure(chunk != NULL, "memory");
	n = read(flow->from, chunk->data, sizeof(chunk->data));
	if (n <= 0) {
		free(chunk);
		flow->ended = true;
		return;
	}
	chunk->len = (size_t)n;
	chunk->due_ns = now_ns() + delay_ns;
	*flow->end = chunk;
	flow->end = &chunk->next;
	if (flow == &link->up)
		count_calls(link, chunk->data, chunk->len);
}

static void
flow_drop_first(struct flow *flow)
{
	struct chunk *chunk = flow->first;

	flow->first = chunk->next;
	if (flow->first == NULL)
		flow->end = &flow->first;
	free(chunk);
}

/* What is due goes out; when all has, so does the end. */
static void
flow_write(struct flow *flow)
{
	while (flow->first != NULL && flow->first->due_ns <= now_ns()) {
		struct chunk *chunk = flow->first;
		ssize_t n = write(flow->to, chunk->data + chunk->sent,
		    chunk->len - chunk->sent);

		chunk->sent += n > 0 ? (size_t)n : 0;
		if (n <= 0 || chunk->sent == chunk->len)
			flow_drop_first(flow); /* who is gone needs no more */
	}
	if (flow->ended && flow->first == NULL && !flow->shut) {
		(void)shutdown(flow->to, SHUT_WR);
		flow->shut = true;
	}
}

/* --- links ------------------------------------------------------------ */

static int
socket_at(const char *path, struct sockaddr_un *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	sure(fd >= 0 && strlen(path) < sizeof(out->sun_path), path);
	memcpy(out->sun_path, path, strlen(path));
	return fd;
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address;
	int fd = socket_at(path, &address);

	sure(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(fd, LINKS) == 0,
	    path);
	return fd;
}

static void
flow_open(struct flow *flow, int from, int to)
{
	*flow = (struct flow){ .from = from, .to = to };
	flow->end = &flow->first;
}

static void
link_open(int listening, const char *path)
{
	int client = accept(listening, NULL, NULL);
	struct sockaddr_un address;
	int server = socket_at(path, &address);
	size_t i = 0;

	sure(client >= 0, "accept");
	sure(connect(server, (struct sockaddr *)&address, sizeof(address)) == 0,
	    path);
	while (i < LINKS && links[i].open)
		i++;
	sure(i < LINKS, "too many links");
	links[i] = (struct link){ .open = true, .skip = 1 };
	flow_open(&links[i].up, client, server);
	flow_open(&links[i].down, server, client);
}

static void
link_close(struct link *link)
{
	(void)close(link->up.from);
	(void)close(link->up.to);
	link->open = false;
	(void)printf("%lu\n", link->calls);
	(void)fflush(stdout);
}

/* --- all of it -------------------------------------------------------- */

static long
sooner(long a, long b)
{
	return a == NEVER || (b != NEVER && b < a) ? b : a;
}

/* Wait for bytes, for who comes, or until the next bytes are due. */
static void
wait_for_any(struct pollfd *polled, long due_ns)
{
	long left = due_ns - now_ns();
	struct timespec until = { 0 };

	if (left > 0)
		until = (struct timespec){ left / SECOND_NS, left % SECOND_NS };
	sure(ppoll(polled, 2 * LINKS + 1, due_ns == NEVER ? NULL : &until,
		 NULL) >= 0,
	    "poll");
}

static void
flow_poll(const struct link *link, const struct flow *flow,
    struct pollfd *polled, long *due_ns)
{
	bool waits = link->open && !flow->ended;

	*polled = (struct pollfd){ waits ? flow->from : -1, POLLIN, 0 };
	if (link->open && flow->first != NULL)
		*due_ns = sooner(*due_ns, flow->first->due_ns);
}

static void
relay_once(int listening, const char *server)
{
	struct pollfd polled[2 * LINKS + 1];
	long due_ns = NEVER;

	for (size_t i = 0; i < LINKS; i++) {
		flow_poll(&links[i], &links[i].up, &polled[2 * i], &due_ns);
		flow_poll(&links[i], &links[i].down, &polled[2 * i + 1],
		    &due_ns);
	}
	polled[2 * LINKS] = (struct pollfd){ listening, POLLIN, 0 };
	wait_for_any(polled, due_ns);
	for (size_t i = 0; i < LINKS; i++) {
		struct link *link = &links[i];

		if (!link->open)
			continue;
		if (polled[2 * i].revents != 0)
			flow_read(link, &link->up);
		if (polled[2 * i + 1].revents != 0)
			flow_read(link, &link->down);
		flow_write(&link->up);
		flow_write(&link->down);
		if (link->up.shut && link->down.shut)
			link_close(link);
	}
	if (polled[2 * LINKS].revents != 0)
		link_open(listening, server);
}

int
main(int argc, char **argv)
{
	int listening;

	sure(argc == 4, "see the source");
	delay_ns = strtol(argv[3], NULL, 10) * 1000;
	(void)signal(SIGPIPE, SIG_IGN);
	/* Or every wait takes 50 microseconds more. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	listening = listen_at(argv[1]);
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		relay_once(listening, argv[2]);
}
