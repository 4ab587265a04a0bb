/*
 * fault_module.h - a PKCS#11 module that fails when told to, and how to tell
 * it.
 *
 * The module wraps a real one.  A script, read again at every call, says what
 * goes wrong; a log gets one line a call, so that tests can count calls, across
 * processes too.  Environment:
 *
 *   P11CA_FAULT_MODULE   the real module (SoftHSM's when it is not set)
 *   P11CA_FAULT_SCRIPT   path of the script; not set: nothing goes wrong
 *   P11CA_FAULT_LOG      path of the log; not set: none is kept
 *
 * Script: one rule a line; "#" starts a comment line.  WHEN is "" (every call),
 * "@N" (the Nth) or "@N+" (the Nth and all later ones), counted in each process
 * for each function since this script was put in place.  FUNCTION is a name
 * (C_Sign) or "any", which counts the calls of all functions together.
 *
 *   FUNCTION WHEN return RV    answer RV (0x30) without making the call (so an
 *                              operation that it would have ended stays active)
 *   FUNCTION WHEN delay MS     wait before the call
 *   FUNCTION WHEN hold PATH    wait until someone opens the FIFO PATH to write
 *   FUNCTION WHEN crash        SIGKILL to this process instead of the call
 *   FUNCTION WHEN crash-after  SIGKILL to this process after the call
 *   FUNCTION WHEN close        after the call, close all sessions of all slots
 *   C_Sign WHEN flip           flip a bit of the signature (C_SignFinal too)
 *   sessions WHEN close        the same as C_Sign WHEN close
 *   exit hold PATH             wait so when the module leaves the process
 *   token flags-set BITS       C_GetTokenInfo of initialised tokens
 *   token flags-clear BITS
 *   token label TEXT
 *   token serial TEXT
 *   module manufacturer TEXT   C_GetInfo names this one
 *   token free BYTES           of 65536, for keys
 *   token pad PATH             has a PIN pad, where the first line of the file
 *                              PATH is typed; a PIN from C_Login is refused
 *   attribute TYPE BYTE        C_GetAttributeValue says this of every object
 *   attribute TYPE missing     ... or CKR_ATTRIBUTE_TYPE_INVALID
 *   value readable             private values can be read (32 made-up bytes)
 *   mechanism hide TYPE        not listed; CKR_MECHANISM_INVALID when used
 *
 * There is no space before WHEN; it may follow the verb instead ("C_Sign
 * crash@2").  A line that is none of these, or a script that cannot be read,
 * ends the process with abort(), so that a typing error is not a passed test.
 *
 * Log: "C_Sign 0x0", the function and its answer.  A third word is there when
 * the call was not quite that: "told" (answered by a "return" rule, not made),
 * "length" (C_Sign asked for a length only, nothing was signed) or "pad" (the
 * PIN was typed at the pad).  "held C_Sign" comes before a call that waits.
 */
#ifndef P11CA_TESTS_FAULT_MODULE_H
#define P11CA_TESTS_FAULT_MODULE_H

#define FAULT_MODULE_ENV "P11CA_FAULT_MODULE"
#define FAULT_SCRIPT_ENV "P11CA_FAULT_SCRIPT"
#define FAULT_LOG_ENV "P11CA_FAULT_LOG"
#define FAULT_MODULE_DEFAULT "/usr/lib/softhsm/libsofthsm2.so"

#endif
