#!/usr/bin/env bash
# crash_import_test - import is ended at every bad moment.  P11CA=PROGRAM.

# shellcheck source=tests/story/crash_ca.bash
. "$(dirname "$0")/crash_ca.bash"

# The disk says that it has synced, and has not.
run_on_a_lying_disk() {
	run import env POWERLOSS_AT=end POWERLOSS_SEED=0 POWERLOSS_LIE=1 \
		POWERLOSS_HOME="$home" LD_PRELOAD="$work/powerloss.so"
}

restore
run import >out 2>err
need forge "$(sed -n 3p pend.pem | head -c 20)" AAAAAAAAAAAAAAAAAAAA
notices import "other bytes than those that were sent"
restore
: >out
need forge '"CommonName":"old"' '"CommonName":"odl"'
notices import "a change of another CA"
restore
{ run_on_a_lying_disk >out 2>err; } 2>/dev/null
notices import "what a lying disk lost"

sweep import
