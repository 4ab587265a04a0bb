#!/usr/bin/env bash
# nss_test - the story of a CA on softokn, the token of NSS.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
