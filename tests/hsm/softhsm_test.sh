#!/usr/bin/env bash
# softhsm_test - the story of a CA on SoftHSM.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
