#!/usr/bin/env bash
# network_test - the story of a CA on a SoftHSM in another network: the network HSM.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
