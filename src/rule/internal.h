/*
 * internal.h - the predicates of the import, one a rule, by stage.
 *
 * Each looks at facts, says in its name what must hold, and notes what it
 * found when that does not hold.  The table in import.c adds everything else.
 */
#ifndef P11CA_RULE_INTERNAL_H
#define P11CA_RULE_INTERNAL_H

#include "p11ca/rule_import.h"

/* Note what was found; the verdict that goes with it. */
#define FAILS(f, ...) (fault_found((f), __VA_ARGS__), VERDICT_FAIL)
#define WARNS(f, ...) (fault_found((f), __VA_ARGS__), VERDICT_WARN)

/* A title that fits into a sentence. */
#define TITLE_MAX 160

/* Is there a chain, and could the certificate and all of it be read? */
bool import_chain_was_read(const struct import *in);

/* Is cert[at] signed by the next one's key, by its own?  Asked once. */
bool import_signed_by_next(const struct import *in, size_t at);
bool import_signed_by_itself(const struct import *in, size_t at);

/* Request */
import_predicate certificate_is_not_empty;
import_predicate certificate_is_within_its_size;
import_predicate chain_is_within_its_size;
import_predicate arn_names_a_ca_of_this_service;
import_predicate ca_belongs_to_this_account;
import_predicate ca_exists;
import_predicate same_import_is_not_running;
import_predicate no_other_change_is_running;
import_predicate ca_can_take_a_certificate;

/* Parse */
import_predicate there_is_a_certificate_block;
import_predicate certificate_is_one_block;
import_predicate blocks_are_certificates;
import_predicate blocks_are_well_formed;
import_predicate certificate_is_sound_der;

/* Key */
import_predicate token_proves_the_key;
import_predicate key_is_the_one_in_the_token;
import_predicate subject_is_that_of_the_csr;

/* Kind */
import_predicate root_is_self_signed;
import_predicate root_has_no_chain;
import_predicate root_chain_is_blank;
import_predicate subordinate_is_not_self_signed;
import_predicate subordinate_has_a_chain;

/* Fields and extensions */
import_predicate no_refused_extension_is_critical;
import_predicate critical_extensions_are_allowed;
import_predicate extensions_decode;
import_predicate basic_constraints_are_there;
import_predicate basic_constraints_are_critical;
import_predicate is_a_ca_certificate;
import_predicate key_may_sign_certificates;
import_predicate path_length_makes_sense;
import_predicate has_not_expired;
import_predicate is_already_valid;
import_predicate key_and_digest_are_strong;
import_predicate rsa_key_is_within_bounds;

/* Chain */
import_predicate chain_leaves_out_the_certificate;
import_predicate chain_holds_nothing_twice;
import_predicate chain_is_in_order;
import_predicate issuer_is_in_the_chain;
import_predicate issuer_signed_the_certificate;
import_predicate each_signs_the_one_before;
import_predicate chain_ends_in_a_root;
import_predicate only_the_last_is_a_root;
import_predicate key_identifiers_agree;

/* The issuer's conditions */
import_predicate path_length_leaves_room;
import_predicate names_are_permitted;
import_predicate validity_is_nested;

#endif
