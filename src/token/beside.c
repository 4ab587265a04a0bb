/* beside.c - what was built with the program and is a file of its own. */
#include "internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef P11CA_LIBDIR
#define P11CA_LIBDIR "/usr/local/lib/p11ca"
#endif

static bool
is_beside(const char *file, const char *name, int mode, char out[PATH_MAX])
{
	const char *slash = strrchr(file, '/');
	int n;

	if (slash == NULL)
		return false;
	n = snprintf(out, PATH_MAX, "%.*s/%s", (int)(slash - file), file, name);
	return n > 0 && n < PATH_MAX && access(out, mode) == 0;
}

bool
beside_find(const char *name, int mode, char out[PATH_MAX], struct fault *f)
{
	static const char here;
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	Dl_info about;

	if (n > 0) {
		program[n] = '\0';
		if (is_beside(program, name, mode, out))
			return true;
	}
	if (dladdr(&here, &about) != 0 && about.dli_fname != NULL &&
	    is_beside(about.dli_fname, name, mode, out))
		return true;
	if (is_beside(P11CA_LIBDIR "/", name, mode, out))
		return true;
	fault_found(f, "no %s beside the program and in " P11CA_LIBDIR, name);
	return fault_raise(f, FAULT_OURS, "the whole installation of p11ca",
	    "install it again with \"make install\"");
}
