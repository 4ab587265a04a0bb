#!/usr/bin/env bash
# tpm_test - the story of a CA on a TPM 2.0, that of swtpm.
# shellcheck source=tests/hsm/story.bash
. "$(dirname "$0")/story.bash"

tell
