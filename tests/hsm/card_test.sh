#!/usr/bin/env bash
# card_test - the story of a CA on a smart card behind OpenSC: the USB token.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
