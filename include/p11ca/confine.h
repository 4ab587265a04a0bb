/*
 * confine.h - what a door does before it reads its first byte.
 */
#ifndef P11CA_CONFINE_H
#define P11CA_CONFINE_H

/*
 * Ignore SIGPIPE and SIGXFSZ (a dead token server or a file limit is an error
 * to report, not an end), write no core, be no target of ptrace, make files
 * private (umask 077), and keep OpenSSL from loading a configuration that
 * somebody else chose.  Descriptors 0, 1 and 2 are open afterwards, so that no
 * database ever takes their place; reading or writing one that was closed
 * fails.
 */
void confine(void);

#endif
