/*
 * isolated.c - p11ca-isolate, the process that a module has to itself.
 *
 *   p11ca-isolate PATH | --name NAME PROGRAM
 *
 * Made by isolate.c, which says what the descriptors are.  Loads the module (by
 * its name as that program would), says over the line whether it could, and
 * serves it to the one client that comes, which must be the process that has
 * made this one.  It ends when the client goes; and when the line is closed,
 * soon after that, even if the module does not come back from what it is doing.
 *
 * Built alone, never part of the library.
 */
#define P11_KIT_FUTURE_UNSTABLE_API 1

#include "internal.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/remote.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define GRACE_MS 5000 /* for the call that is under way */

/* What it holds may be a PIN, or a key in software. */
static void
keep_to_itself(void)
{
	const struct rlimit none = { 0, 0 };

	(void)signal(SIGPIPE, SIG_IGN);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)fcntl(ISOLATED_LISTENER, F_SETFD, FD_CLOEXEC);
	(void)fcntl(ISOLATED_LINE, F_SETFD, FD_CLOEXEC);
}

/* Its maker has closed the line, or is gone, if it was killed. */
static void *
watch_the_line(void *nothing)
{
	struct pollfd line = { .fd = ISOLATED_LINE };

	(void)nothing;
	while (poll(&line, 1, -1) != 1)
		;
	(void)poll(NULL, 0, GRACE_MS);
	_exit(1);
}

static void
say(const char *text)
{
	(void)send(ISOLATED_LINE, text, strlen(text) + 1, MSG_NOSIGNAL);
}

/* As module.c does it: what is bound already is not looked up again. */
static CK_FUNCTION_LIST *
path_load(const char *path)
{
	if (path[0] == '/')
		(void)dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	return p11_kit_module_load(path,
	    P11_KIT_MODULE_CRITICAL | P11_KIT_MODULE_UNMANAGED);
}

/* What is served: the module, but for one function. */
static CK_FUNCTION_LIST *behind;
static CK_FUNCTION_LIST served;

/*
 * A remote module behind this one: p11-kit 0.24 reads past the end of the list
 * when it takes out what it does not pass on.  Room for one more.
 */
static CK_RV
mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	CK_MECHANISM_TYPE *roomy;
	CK_RV rv;

	if (types == NULL)
		return behind->C_GetMechanismList(slot, NULL, count);
	roomy = calloc(*count + 1, sizeof(*roomy));
	if (roomy == NULL)
		return CKR_HOST_MEMORY;
	rv = behind->C_GetMechanismList(slot, roomy, count);
	if (rv == CKR_OK)
		memcpy(types, roomy, *count * sizeof(*roomy));
	free(roomy);
	return rv;
}

/* Anybody of this user could have come: only our maker is let in. */
static int
client_take(void)
{
	struct ucred who;
	socklen_t len;
	int fd;

	for (;;) {
		len = sizeof(who);
		fd = accept4(ISOLATED_LISTENER, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return -1;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
		    who.pid == getppid())
			return fd;
		(void)close(fd);
	}
}

/* What is left is for the kernel to take back: the module was finalised. */
int
main(int argc, char **argv)
{
	CK_FUNCTION_LIST *list = NULL;
	pthread_t watcher;
	const char *why;
	int client;

	keep_to_itself();
	if (pthread_create(&watcher, NULL, watch_the_line, NULL) != 0)
		_exit(1);
	p11_kit_be_quiet();
	if (argc == 2)
		list = path_load(argv[1]);
	if (argc == 4 && strcmp(argv[1], "--name") == 0) {
		p11_kit_set_progname(argv[3]);
		list = registered_load(argv[2]);
	}
	if (list == NULL) {
		why = p11_kit_message();
		say(why != NULL ? why : "p11-kit does not say why");
		_exit(1);
	}
	say("");
	client = client_take();
	(void)close(ISOLATED_LISTENER);
	if (client < 0)
		_exit(1);
	behind = list;
	served = *list;
	served.C_GetMechanismList = mechanism_list;
	_exit(p11_kit_remote_serve_module(&served, client, client) == 0 ? 0
									: 1);
}
