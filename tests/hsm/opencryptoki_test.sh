#!/usr/bin/env bash
# opencryptoki_test - the story of a CA on the soft token of opencryptoki.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
