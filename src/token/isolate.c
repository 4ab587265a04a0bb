/*
 * isolate.c - a module in a process of its own.
 *
 * The process is p11ca-isolate (isolated.c).  It loads the module and serves
 * it over a socket by p11-kit's remoting, and p11-kit's client is the module
 * that is used here.  We make the process ourselves instead of naming it to
 * the client as a command: so its number is known for certain, it gets the
 * environment and the descriptors that it needs and no others, and it is us
 * who waits for its end.
 *
 * The socket is there before the process is, in a folder of this user alone,
 * and is gone as soon as the client has reached it.  A second socket, the
 * line, is what the process says over whether it could load the module, and
 * what tells it that we are gone, whatever it is doing then.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "p11ca/mem.h"

#define PROGRAM "p11ca-isolate"
#define CLIENT "p11-kit-client.so" /* in the module folder of p11-kit */
#define ADDRESS "P11_KIT_SERVER_ADDRESS"
#define ABOVE 10	   /* where descriptors wait until they are given */
#define LINE_MAX_LEN 512   /* what a process says when it cannot */
#define END_MAX_MS 2000	   /* for a process that was told to end */
#define DYING_MAX_MS 500   /* between its socket and itself */
#define FOLDER_MAX 60	   /* a path of a socket has 108 */
#define ENVIRONMENT_MAX 80 /* the settings have 64 at most */

static bool
no_process(const char *what, struct fault *f)
{
	fault_found(f, "no process for the module: %s: %s", what,
	    strerror(errno));
	return fault_raise(f, FAULT_TOKEN,
	    "a process of its own for the module (token.isolate)",
	    "free descriptors, processes and room in TMPDIR, then try again");
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* --- what the process gets -------------------------------------------- */

/* Above those that it will have, so that none is overwritten by another. */
static bool
move_up(int *fd)
{
	int up = *fd < 0 ? -1 : fcntl(*fd, F_DUPFD_CLOEXEC, ABOVE);

	close_one(fd);
	*fd = up;
	return up >= 0;
}

/* Short, for the path of a socket, and plain, for an address of p11-kit. */
static const char *
folder_for_sockets(void)
{
	const char *folder = getenv("TMPDIR");

	if (folder != NULL && folder[0] == '/' &&
	    strlen(folder) <= FOLDER_MAX &&
	    folder[strspn(folder,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789/._-")] == '\0')
		return folder;
	return P_tmpdir;
}

/* A socket in a folder of this user alone. */
static bool
listen_in(struct isolation *apart, int *listener, struct fault *f)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char folder[FOLDER_MAX + 32];

	(void)snprintf(folder, sizeof(folder), "%s/p11ca-isolate-XXXXXX",
	    folder_for_sockets());
	if (mkdtemp(folder) == NULL)
		return no_process("a folder for its socket", f);
	apart->folder = mem_text(folder);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder);
	*listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!move_up(listener) ||
	    bind(*listener, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(*listener, 1) != 0)
		return no_process("its socket", f);
	return true;
}

/* What any program may need to know of its user, if it is set. */
static size_t
common_environment(char *out[ENVIRONMENT_MAX])
{
	static const char *const names[] = { "HOME=", "LANG=", "LC_ALL=",
		"LC_CTYPE=", "LOGNAME=", "PATH=", "TMPDIR=", "TZ=", "USER=" };
	size_t count = 0;

	for (char **at = environ; at != NULL && *at != NULL; at++)
		for (size_t i = 0; i < COUNT(names); i++)
			if (count < COUNT(names) &&
			    strncmp(*at, names[i], strlen(names[i])) == 0)
				out[count++] = *at;
	return count;
}

/* That of the module goes first: getenv(3) finds the first. */
static void
whole_environment(const struct module *module, char *out[ENVIRONMENT_MAX])
{
	size_t count = 0;

	for (char **at = module->environment; *at != NULL; at++)
		if (count < ENVIRONMENT_MAX - 16)
			out[count++] = *at;
	count += common_environment(out + count);
	out[count] = NULL;
}

/* Its descriptors, and none but these and that for errors. */
static int
give_files(posix_spawn_file_actions_t *files, int listener, int line)
{
	int code =
	    posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);

	if (code == 0)
		code = posix_spawn_file_actions_adddup2(files, 0, 1);
	if (code == 0)
		code = posix_spawn_file_actions_adddup2(files, listener,
		    ISOLATED_LISTENER);
	if (code == 0)
		code = posix_spawn_file_actions_adddup2(files, line,
		    ISOLATED_LINE);
	if (code == 0)
		code = posix_spawn_file_actions_addclosefrom_np(files,
		    ISOLATED_LINE + 1);
	return code;
}

/*
 * A group of its own keeps the signals of a terminal from it: what it does for
 * us is ours to break off.  Returns an errno.
 */
static int
spawn(const struct module *module, char *program, int listener, int line,
    pid_t *pid)
{
	char name_option[] = "--name";
	/* Registrations may be for some programs only (pkcs11.conf(5)). */
	char *by_name[] = { program, name_option, module->path,
		program_invocation_short_name, NULL };
	char *by_path[] = { program, module->path, NULL };
	char *environment[ENVIRONMENT_MAX];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;
	int code;

	whole_environment(module, environment);
	(void)sigemptyset(&none);
	mem_must(posix_spawn_file_actions_init(&files) == 0 ? &files : NULL);
	mem_must(posix_spawnattr_init(&how) == 0 ? &how : NULL);
	code = give_files(&files, listener, line);
	if (code == 0)
		code = posix_spawnattr_setsigmask(&how, &none);
	if (code == 0)
		code = posix_spawnattr_setflags(&how,
		    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	if (code == 0)
		code = posix_spawn(pid, program, &files, &how,
		    module->by_name ? by_name : by_path, environment);
	(void)posix_spawnattr_destroy(&how);
	(void)posix_spawn_file_actions_destroy(&files);
	return code;
}

/* --- its life --------------------------------------------------------- */

/* Whether it could load the module: a NUL, or why not and a NUL. */
static bool
hear(const struct module *module, struct fault *f)
{
	struct pollfd news = { .fd = module->apart.line, .events = POLLIN };
	char said[LINE_MAX_LEN + 1] = "";
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < LINE_MAX_LEN && memchr(said, 0, len) == NULL) {
		int ready = poll(&news, 1, (int)module->deadline * 1000);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0) {
			fault_found(f, "%s that is not loaded after %u s",
			    module->name, module->deadline);
			return fault_raise(f, FAULT_TOKEN,
			    "a module that starts (token.deadline)",
			    "look into the log of the module, or give it "
			    "more time");
		}
		n = recv(module->apart.line, said + len, LINE_MAX_LEN - len, 0);
		len += n > 0 ? (size_t)n : 0;
	}
	if (len > 0 && said[0] == '\0')
		return true;
	return load_fault(module,
	    len > 0 ? said : "its process ended before it was loaded", f);
}

static bool
process_make(struct module *module, struct fault *f)
{
	struct isolation *apart = &module->apart;
	char program[PATH_MAX];
	int lines[2] = { -1, -1 };
	int listener = -1;
	bool ok;

	if (!beside_find(PROGRAM, X_OK, program, f))
		return false;
	ok = listen_in(apart, &listener, f);
	if (ok &&
	    (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines) != 0 ||
		!move_up(&lines[0]) || !move_up(&lines[1])))
		ok = no_process("a line to it", f);
	if (ok) {
		errno = spawn(module, program, listener, lines[1], &apart->pid);
		ok = errno == 0 || no_process(program, f);
	}
	if (ok) {
		apart->line = lines[0];
		lines[0] = -1; /* the isolation's now */
		apart->process = pidfd_open(apart->pid, 0);
	} else {
		apart->pid = 0;
	}
	close_one(&lines[0]);
	close_one(&lines[1]);
	close_one(&listener);
	return ok;
}

/* The client reads the address when it is loaded, and each time anew. */
static void
client_load(struct module *module)
{
	char *address = mem_format("unix:path=%s/socket", module->apart.folder);
	char *before = mem_text(getenv(ADDRESS));

	if (setenv(ADDRESS, address, 1) != 0)
		mem_must(NULL);
	module->behind = p11_kit_module_load(CLIENT,
	    P11_KIT_MODULE_CRITICAL | P11_KIT_MODULE_UNMANAGED);
	if (before == NULL)
		(void)unsetenv(ADDRESS);
	else if (setenv(ADDRESS, before, 1) != 0)
		mem_must(NULL);
	mem_free(before);
	mem_free(address);
}

static bool
no_client_fault(struct fault *f)
{
	const char *said = p11_kit_message();

	fault_found(f, "no client of p11-kit to reach the module with: %s",
	    said != NULL ? said : "p11-kit does not say why");
	return fault_raise(f, FAULT_TOKEN, CLIENT " in its module folder",
	    "install it (Debian: apt-get install p11-kit-modules)");
}

bool
isolate_load(struct module *module, struct fault *f)
{
	if (!process_make(module, f) || !hear(module, f))
		return false;
	client_load(module);
	return module->behind != NULL || no_client_fault(f);
}

void
isolate_settle(struct module *module)
{
	char *socket_path;

	if (module->apart.folder == NULL)
		return;
	socket_path = mem_format("%s/socket", module->apart.folder);
	(void)unlink(socket_path);
	(void)rmdir(module->apart.folder);
	mem_free(socket_path);
	mem_free(module->apart.folder);
	module->apart.folder = NULL;
}

void
module_end_process(struct module *module)
{
	/* Its group, so that what it has started itself ends with it. */
	if (module->apart.pid > 0)
		(void)kill(-module->apart.pid, SIGKILL);
}

bool
isolate_died(const struct module *module, const char *doing, struct fault *f)
{
	struct pollfd news = { .fd = module->apart.process, .events = POLLIN };
	siginfo_t how = { 0 };

	if (module->apart.pid == 0 || news.fd < 0 ||
	    poll(&news, 1, DYING_MAX_MS) != 1 ||
	    waitid(P_PID, (id_t)module->apart.pid, &how,
		WEXITED | WNOHANG | WNOWAIT) != 0 ||
	    how.si_pid == 0)
		return false;
	fault_found(f, "the process of %s ended by %s %d (%s; %s)",
	    module->name, how.si_code == CLD_EXITED ? "exit code" : "signal",
	    how.si_status, doing, rv_name(CKR_DEVICE_ERROR));
	fault_raise(f, FAULT_TOKEN, "a module that stays",
	    "look at what it said on standard error and in its log (SoftHSM: "
	    "is there a copy of a token folder beside it?); the next command "
	    "starts it anew");
	return true;
}

void
isolate_end(struct module *module)
{
	struct isolation *apart = &module->apart;
	struct pollfd news = { .fd = apart->process, .events = POLLIN };

	isolate_settle(module);
	if (apart->pid == 0)
		return;
	close_one(&apart->line);
	if (apart->process < 0 || poll(&news, 1, END_MAX_MS) != 1)
		module_end_process(module);
	while (waitpid(apart->pid, NULL, 0) < 0 && errno == EINTR)
		;
	close_one(&apart->process);
	apart->pid = 0;
}
