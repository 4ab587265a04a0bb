#!/usr/bin/env bash
# crash_create_test - create is ended at every bad moment.  P11CA=PROGRAM.

# shellcheck source=tests/story/crash_ca.bash
. "$(dirname "$0")/crash_ca.bash"

restore
run create >out 2>err
restore
notices create "that what was acknowledged is lost"
run create >out 2>err
need forge CreateCertificateAuthority CreateCertificateAuthoritx
notices create "a forged audit entry"
restore
run create >out 2>err
: >out
rm -f "$home"/softhsm/tokens/*/*-*.object
notices create "that the keys are gone"
restore
: >out
run create >/dev/null 2>&1
dd if=/dev/zero of="$home/p11ca.db" bs=4096 seek=2 count=2 conv=notrunc \
	status=none
notices create "a damaged database"

sweep create
