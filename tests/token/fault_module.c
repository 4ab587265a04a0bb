/*
 * fault_module.c - a PKCS#11 module for tests that wraps a real one and fails,
 * lies, waits and counts when told to.  The script is described in
 * fault_module.h.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "fault_functions.h"
#include "fault_module.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RULES_MAX 32
#define SCRIPT_MAX 4096
#define TEXT_MAX 256

#define EVERY(X) PLAIN(X) MECHANISM(X) LYING(X)
#define AS_ENUM(name, params, args) AT_##name,
#define AS_NAME(name, params, args) #name,
#define AS_MEMBER(name, params, args) .name = fault_##name,
#define AS_PROTOTYPE(name, params, args) static CK_RV fault_##name params;

enum function { EVERY(AS_ENUM) FUNCTIONS, ANY = FUNCTIONS };

static const char *const names[] = { EVERY(AS_NAME) "any" };

_Static_assert(FUNCTIONS == 68, "PKCS#11 2.40 has 68 functions");

EVERY(AS_PROTOTYPE)

static CK_FUNCTION_LIST list = { .version = { 2, 40 }, EVERY(AS_MEMBER) };
static CK_FUNCTION_LIST *real;

/* ---- The script ---- */

enum act {
	RETURN,
	FLIP,
	DELAY,
	HOLD,
	CRASH,
	CRASH_AFTER,
	CLOSE,
	FLAGS_SET,
	FLAGS_CLEAR,
	LABEL,
	SERIAL,
	MAKER,
	FREE,
	PAD,
	ATTRIBUTE,
	READABLE,
	HIDE,
	HOLD_EXIT
};

enum operand { NOTHING, NUMBER, TEXT, BYTE_OR_MISSING };

/* What a line can say.  Subject NULL: a function; verb NULL: a type. */
static const struct verb {
	const char *subject, *verb;
	enum act act;
	enum operand operand;
} verbs[] = {
	{ NULL, "return", RETURN, NUMBER },
	{ NULL, "flip", FLIP, NOTHING },
	{ NULL, "delay", DELAY, NUMBER },
	{ NULL, "hold", HOLD, TEXT },
	{ NULL, "crash", CRASH, NOTHING },
	{ NULL, "crash-after", CRASH_AFTER, NOTHING },
	{ NULL, "close", CLOSE, NOTHING },
	{ "sessions", "close", CLOSE, NOTHING },
	{ "exit", "hold", HOLD_EXIT, TEXT },
	{ "token", "flags-set", FLAGS_SET, NUMBER },
	{ "token", "flags-clear", FLAGS_CLEAR, NUMBER },
	{ "token", "label", LABEL, TEXT },
	{ "token", "serial", SERIAL, TEXT },
	{ "module", "manufacturer", MAKER, TEXT },
	{ "token", "free", FREE, NUMBER },
	{ "token", "pad", PAD, TEXT },
	{ "attribute", NULL, ATTRIBUTE, BYTE_OR_MISSING },
	{ "value", "readable", READABLE, NOTHING },
	{ "mechanism", "hide", HIDE, NUMBER },
};

struct rule {
	enum act act;
	enum function fn;
	unsigned long at; /* 0: at every call */
	bool onward;
	unsigned long type; /* of an attribute */
	bool missing;
	unsigned long number;
	char text[TEXT_MAX];
};

struct script {
	struct rule rules[RULES_MAX];
	size_t count;
};

static void __attribute__((noreturn))
give_up(const char *what, const char *which)
{
	fprintf(stderr, "p11ca-fault: %s: %s\n", what, which);
	abort();
}

static bool
number_read(const char *text, unsigned long *out)
{
	char *end = NULL;

	errno = 0;
	*out = strtoul(text, &end, 0);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* Take "@3" or "@3+" off the end of a word. */
static bool
when_read(char *word, struct rule *rule)
{
	char *at = strchr(word, '@');
	size_t len;

	if (at == NULL)
		return true;
	if (rule->at != 0)
		return false;
	*at++ = '\0';
	len = strlen(at);
	if (len > 0 && at[len - 1] == '+') {
		rule->onward = true;
		at[len - 1] = '\0';
	}
	return number_read(at, &rule->at) && rule->at > 0;
}

static bool
function_read(const char *subject, enum function *fn)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(subject, names[i]) == 0) {
			*fn = (enum function)i;
			return true;
		}
	}
	return false;
}

static bool
operand_read(enum operand operand, const char *rest, struct rule *rule)
{
	snprintf(rule->text, sizeof(rule->text), "%s", rest);
	switch (operand) {
	case NOTHING:
		return rest[0] == '\0';
	case NUMBER:
		return number_read(rest, &rule->number);
	case TEXT:
		return rest[0] != '\0';
	case BYTE_OR_MISSING:
		rule->missing = strcmp(rest, "missing") == 0;
		return rule->missing ||
		    (number_read(rest, &rule->number) && rule->number <= 0xff);
	}
	return false;
}

static bool
verb_fits(const struct verb *verb, const char *subject, const char *word,
    struct rule *rule)
{
	if (verb->subject == NULL)
		return strcmp(verb->verb, word) == 0 &&
		    function_read(subject, &rule->fn);
	if (strcmp(verb->subject, subject) != 0)
		return false;
	return verb->verb == NULL ? number_read(word, &rule->type)
				  : strcmp(verb->verb, word) == 0;
}

static bool
rule_read(const char *line, struct rule *rule)
{
	char subject[64] = "", word[64] = "", rest[TEXT_MAX] = "";

	if (sscanf(line, "%63s %63s %255[^\n]", subject, word, rest) < 2 ||
	    !when_read(subject, rule) || !when_read(word, rule))
		return false;
	rule->fn = AT_C_Sign;
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (!verb_fits(&verbs[i], subject, word, rule))
			continue;
		rule->act = verbs[i].act;
		if (rule->act == FLIP && rule->fn != AT_C_Sign &&
		    rule->fn != AT_C_SignFinal)
			return false;
		if (rule->at != 0 && rule->act > CLOSE)
			return false;
		return operand_read(verbs[i].operand, rest, rule);
	}
	return false;
}

static void
script_read(char *text, struct script *script)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		struct rule rule = { 0 };

		line += strspn(line, " \t");
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (!rule_read(line, &rule))
			give_up("script line not understood", line);
		if (script->count == COUNT(script->rules))
			give_up("too many rules", line);
		script->rules[script->count++] = rule;
	}
}

/* Read the script file; text is SCRIPT_MAX bytes.  Returns its inode. */
static ino_t
script_load(char *text)
{
	const char *path = getenv(FAULT_SCRIPT_ENV);
	struct stat st = { 0 };
	ssize_t len;
	int fd;

	text[0] = '\0';
	if (path == NULL)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		give_up("script cannot be read", path);
	len = read(fd, text, SCRIPT_MAX);
	if (len < 0 || len == SCRIPT_MAX)
		give_up("script cannot be read, or is too long", path);
	text[len] = '\0';
	close(fd);
	return st.st_ino;
}

/* ---- A call ---- */

struct call {
	struct script script;
	enum function fn;
	unsigned long nth;   /* of this function */
	unsigned long total; /* of all functions */
	CK_RV rv;
	const char *note; /* third word of the log line, or "" */
};

static struct {
	pthread_mutex_t mutex;
	char script[SCRIPT_MAX];
	ino_t inode;
	pid_t pid;
	unsigned long calls[FUNCTIONS];
	unsigned long total;
} state = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Count this call.  A new script and a new process start at 1 again. */
static void
call_count(struct call *call)
{
	char text[SCRIPT_MAX];
	ino_t inode;

	pthread_mutex_lock(&state.mutex);
	inode = script_load(text);
	if (inode != state.inode || getpid() != state.pid ||
	    strcmp(text, state.script) != 0) {
		memset(state.calls, 0, sizeof(state.calls));
		state.total = 0;
		state.inode = inode;
		state.pid = getpid();
		memcpy(state.script, text, sizeof(text));
	}
	call->nth = ++state.calls[call->fn];
	call->total = ++state.total;
	pthread_mutex_unlock(&state.mutex);
	script_read(text, &call->script);
}

/* The first rule of the script that says act at this call, or NULL. */
static const struct rule *
call_told(const struct call *call, enum act act)
{
	for (size_t i = 0; i < call->script.count; i++) {
		const struct rule *rule = &call->script.rules[i];
		unsigned long n = rule->fn == ANY ? call->total : call->nth;

		if (rule->act == act &&
		    (rule->fn == ANY || rule->fn == call->fn) &&
		    (rule->at == 0 || rule->at == n ||
			(rule->onward && rule->at < n)))
			return rule;
	}
	return NULL;
}

static void
log_line(const char *line)
{
	const char *path = getenv(FAULT_LOG_ENV);
	ssize_t len = (ssize_t)strlen(line);
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, (size_t)len) != len)
		give_up("log cannot be written", path);
	close(fd);
}

static void
call_log(const struct call *call)
{
	char line[64];

	snprintf(line, sizeof(line), "%s 0x%lx%s%s\n", names[call->fn],
	    (unsigned long)call->rv, call->note[0] == '\0' ? "" : " ",
	    call->note);
	log_line(line);
}

/* Opening a FIFO to read waits for its writer: no polling, no clock. */
static void
wait_for_writer(const char *held, const char *path)
{
	char line[64];
	int fd;

	snprintf(line, sizeof(line), "held %s\n", held);
	log_line(line);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		give_up("FIFO cannot be opened", path);
	close(fd);
}

/* When it is unloaded, or its process runs exit(): its test may be over. */
static void __attribute__((destructor)) leave(void)
{
	const char *path = getenv(FAULT_SCRIPT_ENV);
	struct script script = { .count = 0 };
	char text[SCRIPT_MAX];

	if (path == NULL || access(path, R_OK) != 0)
		return;
	(void)script_load(text);
	script_read(text, &script);
	for (size_t i = 0; i < script.count; i++)
		if (script.rules[i].act == HOLD_EXIT)
			wait_for_writer("exit", script.rules[i].text);
}

/* What comes before the call.  False: it is not to be made. */
static bool
call_begin(struct call *call, enum function fn)
{
	const struct rule *rule;

	call->script.count = 0;
	call->fn = fn;
	call->note = "";
	call_count(call);
	if ((rule = call_told(call, HOLD)) != NULL)
		wait_for_writer(names[fn], rule->text);
	if ((rule = call_told(call, DELAY)) != NULL)
		nanosleep(&(struct timespec){ (time_t)(rule->number / 1000),
			      (long)(rule->number % 1000) * 1000000 },
		    NULL);
	if (call_told(call, CRASH) != NULL)
		kill(getpid(), SIGKILL);
	if ((rule = call_told(call, RETURN)) == NULL)
		return true;
	call->rv = rule->number;
	call->note = "told";
	return false;
}

static void
sessions_close(void)
{
	CK_SLOT_ID slots[64];
	CK_ULONG count = COUNT(slots);

	if (real->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return; /* not initialised: there are none */
	for (CK_ULONG i = 0; i < count; i++)
		real->C_CloseAllSessions(slots[i]);
}

static CK_RV
call_end(const struct call *call)
{
	if (call_told(call, CLOSE) != NULL)
		sessions_close();
	call_log(call);
	if (call_told(call, CRASH_AFTER) != NULL)
		kill(getpid(), SIGKILL);
	return call->rv;
}

/* ---- The lies ---- */

/* The rule that says act about this attribute or mechanism, or NULL. */
static const struct rule *
lie_about(const struct call *call, enum act act, unsigned long type)
{
	for (size_t i = 0; i < call->script.count; i++) {
		const struct rule *rule = &call->script.rules[i];

		if (rule->act == act &&
		    type == (act == HIDE ? rule->number : rule->type))
			return rule;
	}
	return NULL;
}

static CK_RV
lie_C_GetFunctionList(struct call *call, CK_FUNCTION_LIST **out)
{
	if (out == NULL)
		return CKR_ARGUMENTS_BAD;
	*out = &list;
	return CKR_OK;
}

static void
text_pad(unsigned char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	memset(field, ' ', size);
	memcpy(field, text, len < size ? len : size);
}

static CK_RV
lie_C_GetInfo(struct call *call, CK_INFO *info)
{
	const struct rule *rule = lie_about(call, MAKER, 0);
	CK_RV rv = real->C_GetInfo(info);

	if (rv == CKR_OK && rule != NULL)
		text_pad(info->manufacturerID, sizeof(info->manufacturerID),
		    rule->text);
	return rv;
}

static void
room_say(CK_TOKEN_INFO *info, unsigned long free)
{
	info->ulTotalPublicMemory = info->ulTotalPrivateMemory = 65536;
	info->ulFreePublicMemory = info->ulFreePrivateMemory = free;
}

static CK_RV
lie_C_GetTokenInfo(struct call *call, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = real->C_GetTokenInfo(slot, info);

	if (rv != CKR_OK || !(info->flags & CKF_TOKEN_INITIALIZED))
		return rv;
	for (size_t i = 0; i < call->script.count; i++) {
		const struct rule *rule = &call->script.rules[i];

		if (rule->act == FLAGS_SET)
			info->flags |= rule->number;
		else if (rule->act == PAD)
			info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
		else if (rule->act == FLAGS_CLEAR)
			info->flags &= ~rule->number;
		else if (rule->act == LABEL)
			text_pad(info->label, sizeof(info->label), rule->text);
		else if (rule->act == SERIAL)
			text_pad(info->serialNumber, sizeof(info->serialNumber),
			    rule->text);
		else if (rule->act == FREE)
			room_say(info, rule->number);
	}
	return rv;
}

/* The first line of a file: what somebody types. */
static CK_ULONG
line_read(const char *path, unsigned char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, out, size);
	CK_ULONG at = 0;

	if (len < 0)
		give_up("nothing to type at the pad", path);
	close(fd);
	while (at < (CK_ULONG)len && out[at] != '\n')
		at++;
	return at;
}

/* A pad takes no PIN from the program: one that comes all the same is told. */
static CK_RV
lie_C_Login(struct call *call, CK_SESSION_HANDLE session, CK_USER_TYPE user,
    CK_UTF8CHAR *pin, CK_ULONG len)
{
	const struct rule *rule = lie_about(call, PAD, 0);
	unsigned char typed[256];
	CK_RV rv;

	if (rule == NULL)
		return real->C_Login(session, user, pin, len);
	if (pin != NULL || len != 0)
		return CKR_ARGUMENTS_BAD;
	len = line_read(rule->text, typed, sizeof(typed));
	rv = real->C_Login(session, user, typed, len);
	explicit_bzero(typed, sizeof(typed));
	call->note = "pad";
	return rv;
}

static CK_RV
lie_C_GetMechanismList(struct call *call, CK_SLOT_ID slot,
    CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	CK_MECHANISM_TYPE all[512];
	CK_ULONG there = COUNT(all), room, kept = 0;
	CK_RV rv = real->C_GetMechanismList(slot, all, &there);

	if (rv != CKR_OK || count == NULL)
		return rv != CKR_OK ? rv : CKR_ARGUMENTS_BAD;
	room = *count;
	for (CK_ULONG i = 0; i < there; i++)
		if (lie_about(call, HIDE, all[i]) == NULL)
			all[kept++] = all[i];
	*count = kept;
	if (types == NULL)
		return CKR_OK;
	if (room < kept)
		return CKR_BUFFER_TOO_SMALL;
	memcpy(types, all, kept * sizeof(*types));
	return CKR_OK;
}

static CK_RV
lie_C_GetMechanismInfo(struct call *call, CK_SLOT_ID slot,
    CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	if (lie_about(call, HIDE, type) != NULL)
		return CKR_MECHANISM_INVALID;
	return real->C_GetMechanismInfo(slot, type, info);
}

static bool
is_a_private_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE ask = { CKA_CLASS, &class, sizeof(class) };

	return real->C_GetAttributeValue(session, object, &ask, 1) == CKR_OK &&
	    class == CKO_PRIVATE_KEY;
}

/* Answer one attribute with len bytes of value; room is the caller's. */
static CK_RV
attribute_answer(CK_ATTRIBUTE *to, CK_ULONG room, unsigned char value,
    CK_ULONG len)
{
	to->ulValueLen = len;
	if (to->pValue == NULL)
		return CKR_OK;
	if (room < len) {
		to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	memset(to->pValue, value, len);
	return CKR_OK;
}

/* One attribute, asked for alone, so that each has an answer of its own. */
static CK_RV
attribute_get(const struct call *call, CK_SESSION_HANDLE session,
    CK_OBJECT_HANDLE object, CK_ATTRIBUTE *to)
{
	const struct rule *rule = lie_about(call, ATTRIBUTE, to->type);
	CK_ULONG room = to->ulValueLen;
	CK_RV rv = real->C_GetAttributeValue(session, object, to, 1);

	if (rule != NULL && rule->missing) {
		to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (rule != NULL)
		return attribute_answer(to, room, (unsigned char)rule->number,
		    1);
	if ((to->type == CKA_VALUE || to->type == CKA_PRIVATE_EXPONENT) &&
	    lie_about(call, READABLE, 0) != NULL &&
	    is_a_private_key(session, object))
		return attribute_answer(to, room, 0x5a, 32);
	return rv;
}

static CK_RV
lie_C_GetAttributeValue(struct call *call, CK_SESSION_HANDLE session,
    CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attrs, CK_ULONG count)
{
	CK_RV rv = CKR_OK;

	if (lie_about(call, READABLE, 0) == NULL) {
		CK_ULONG i = 0;

		while (i < count &&
		    lie_about(call, ATTRIBUTE, attrs[i].type) == NULL)
			i++;
		if (i == count) /* nothing to lie about */
			return real->C_GetAttributeValue(session, object, attrs,
			    count);
	}
	for (CK_ULONG i = 0; i < count; i++) {
		CK_RV one = attribute_get(call, session, object, &attrs[i]);

		if (one != CKR_OK)
			rv = one;
	}
	return rv;
}

static void
signature_flip(struct call *call, CK_RV rv, CK_BYTE *signature, CK_ULONG *len)
{
	if (rv == CKR_OK && signature == NULL)
		call->note = "length";
	else if (rv == CKR_OK && *len > 0 && call_told(call, FLIP) != NULL)
		signature[*len / 2] ^= 1;
}

static CK_RV
lie_C_Sign(struct call *call, CK_SESSION_HANDLE session, CK_BYTE *data,
    CK_ULONG data_len, CK_BYTE *signature, CK_ULONG *len)
{
	CK_RV rv = real->C_Sign(session, data, data_len, signature, len);

	signature_flip(call, rv, signature, len);
	return rv;
}

static CK_RV
lie_C_SignFinal(struct call *call, CK_SESSION_HANDLE session,
    CK_BYTE *signature, CK_ULONG *len)
{
	CK_RV rv = real->C_SignFinal(session, signature, len);

	signature_flip(call, rv, signature, len);
	return rv;
}

/* ---- The functions themselves ---- */

#define ARGS(...) __VA_ARGS__
#define WRAP(name, params, made)                                               \
	static CK_RV fault_##name params                                       \
	{                                                                      \
		struct call call;                                              \
                                                                               \
		if (call_begin(&call, AT_##name))                              \
			call.rv = (made);                                      \
		return call_end(&call);                                        \
	}
#define AS_PLAIN(name, params, args) WRAP(name, params, real->name args)
#define AS_MECHANISM(name, params, args)                                       \
	WRAP(name, params,                                                     \
	    m != NULL && lie_about(&call, HIDE, m->mechanism) != NULL          \
		? CKR_MECHANISM_INVALID                                        \
		: real->name args)
#define AS_LYING(name, params, args)                                           \
	WRAP(name, params, lie_##name(&call, ARGS args))

PLAIN(AS_PLAIN)
MECHANISM(AS_MECHANISM)
LYING(AS_LYING)

/*
 * Load the real module once.  Neither it nor this one is ever unloaded: what
 * has been counted must outlive a p11_kit_module_release().
 */
static void
real_load(void)
{
	const char *path = getenv(FAULT_MODULE_ENV);
	CK_C_GetFunctionList get = NULL;
	Dl_info self;
	void *module;

	if (path == NULL)
		path = FAULT_MODULE_DEFAULT;
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (module == NULL)
		give_up("real module cannot be loaded", dlerror());
	*(void **)&get = dlsym(module, "C_GetFunctionList");
	if (get == NULL || get(&real) != CKR_OK)
		give_up("real module has no function list", path);
	if (dladdr(&list, &self) == 0 ||
	    dlopen(self.dli_fname, RTLD_NOW | RTLD_NODELETE) == NULL)
		give_up("cannot stay loaded", path);
}

__attribute__((visibility("default"))) CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, real_load);
	return fault_C_GetFunctionList(out);
}
