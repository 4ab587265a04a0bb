/* secret.c - bytes that are nobody else's. */
#include "p11ca/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "p11ca/mem.h"

void
secret_room(struct secret *secret, size_t room)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (room / page + 1) * page; /* one byte more at least */
	void *p;

	secret_free(secret);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	secret->p = mem_must(p == MAP_FAILED ? NULL : p);
	secret->size = size;
	/* What the system does not grant is missed, but no reason to stop. */
	(void)mlock(p, size);
	(void)madvise(p, size, MADV_DONTDUMP);
	(void)madvise(p, size, MADV_WIPEONFORK);
}

void
secret_set(struct secret *secret, const void *p, size_t len)
{
	secret_room(secret, len);
	if (len > 0)
		memcpy(secret->p, p, len);
	secret->len = len;
}

bool
secret_read(struct secret *secret, int fd, size_t room)
{
	ssize_t n = 1;

	secret_room(secret, room);
	while (n > 0 && secret->len < room) {
		n = read(fd, secret->p + secret->len, room - secret->len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			secret->len += (size_t)n;
	}
	if (n < 0)
		secret_free(secret);
	return n >= 0;
}

void
secret_free(struct secret *secret)
{
	if (secret->p != NULL) {
		explicit_bzero(secret->p, secret->size);
		(void)munmap(secret->p, secret->size);
	}
	memset(secret, 0, sizeof(*secret));
}
