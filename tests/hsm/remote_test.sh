#!/usr/bin/env bash
# remote_test - the story of a CA on a SoftHSM behind p11-kit's server.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
