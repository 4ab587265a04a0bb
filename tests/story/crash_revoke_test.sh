#!/usr/bin/env bash
# crash_revoke_test - revoke is killed at every bad moment.
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.

# shellcheck source=tests/story/crash_register.bash
. "$(dirname "$0")/crash_register.bash"

restore
run revoke >out 2>err
restore
: >calls
notices revoke "that what revoke answered is lost"

need trace revoke
kill_at_each revoke
