/*
 * action_probe.h - token probe: which CAs a token can carry, beforehand.
 */
#ifndef P11CA_ACTION_PROBE_H
#define P11CA_ACTION_PROBE_H

#include "p11ca/action.h"
#include "p11ca/probe.h"

/*
 * Log in, try every kind of key (token_probe()), and judge each as
 * action_create() will: usable_for_ca and a signing algorithm that is usable
 * mean that a CA with both can be made.  strict: under
 * strict-key-attributes.  tell may be NULL.  Nothing is recorded.
 */
MUST_CHECK bool action_probe(const struct token_place *place, bool strict,
    enum probe_keys keys, p11ca_say *tell, struct probe *out, struct fault *f);

#endif
