#!/usr/bin/env bash
# crash_issue_test - issue is killed at every bad moment.
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.

# shellcheck source=tests/story/crash_register.bash
. "$(dirname "$0")/crash_register.bash"

restore
run issue >out 2>err
restore
: >calls
notices issue "that what issue answered is lost"
restore
run issue >out 2>err
need forge one-that-is-new one-that-is-odd
notices issue "a forged certificate"
restore
: >out
need forge '"serial":"'"$(serial_of old.pem | head -c 4)" '"serial":"0000'
notices issue "a forged audit entry"
restore
run issue >out 2>err
echo "C_Sign 0x0" >>calls
notices issue "a signature without an intent"

need trace issue
kill_at_each issue
