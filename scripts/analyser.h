/*
 * analyser.h - what an analyser that sees one file at a time cannot know.
 *
 * scripts/lint includes it in front of every source but base/fault.c.
 */
#include "p11ca/fault.h"

/* Both always return false. */
#define fault_found(...) ((void)fault_found(__VA_ARGS__), false)
#define fault_raise(...) ((void)fault_raise(__VA_ARGS__), false)
