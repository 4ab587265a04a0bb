#!/usr/bin/env bash
# crash_batch_test - issue --batch is killed at every bad moment.
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.

# shellcheck source=tests/story/crash_register.bash
. "$(dirname "$0")/crash_register.bash"

restore
run batch >out 2>err
restore
: >calls
notices batch "that what batch answered is lost"

need trace batch
kill_at_each batch
kill_at_random batch
: >said
conclude "what was begun and not signed is settled by the next" "$settled"
