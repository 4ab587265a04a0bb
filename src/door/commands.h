/*
 * commands.h - the options of each command, for the table of commands.
 */
#ifndef P11CA_DOOR_COMMANDS_H
#define P11CA_DOOR_COMMANDS_H

#include "internal.h"

extern const struct option init_options[];
extern const struct option token_list_options[];
extern const struct option token_probe_options[];
extern const struct option token_show_options[];
extern const struct option create_options[];
extern const struct option check_options[];
extern const struct option import_options[];
extern const struct option activate_options[];
extern const struct option issue_options[];
extern const struct option certs_options[];
extern const struct option cert_show_options[];
extern const struct option revoke_options[];
extern const struct option crl_options[];
extern const struct option revocation_options[];
extern const struct option ocsp_options[];
extern const struct option policy_put_options[];
extern const struct option permission_create_options[];
extern const struct option permission_delete_options[];
extern const struct option audit_report_create_options[];
extern const struct option list_options[];
extern const struct option show_options[];
extern const struct option delete_options[];
extern const struct option audit_show_options[];
extern const struct option audit_verify_options[];
extern const struct option help_options[];

#endif
