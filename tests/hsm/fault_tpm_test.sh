#!/usr/bin/env bash
# fault_tpm_test - a TPM whose resource manager is gone or says nothing.
set -u -o pipefail

# shellcheck source=tests/hsm/fault.bash
. "$(dirname "$0")/fault.bash"

algorithm=RSA_2048
need "a token is there" start
need "a home is made for it" make_home
need "a CA signs with it" make_ca "$algorithm"

freeze() { tokens freeze; }
thaw() { tokens thaw; }
stop() { tokens stop; }
start_again() { tokens start; }

fault "the TPM says nothing" "no answer from the module" \
	"is its reader, network or server there" freeze thaw
fault "the resource manager is gone" "CKR_GENERAL_ERROR" \
	"is the resource manager running" stop start_again

holds "a process stays, with its module apart" signer_start true
holds "it outlives a TPM that says nothing" outlives freeze thaw
holds "it outlives a resource manager that is gone" \
	outlives stop start_again
holds "another process logs in meanwhile" issues
holds "after that both sign" ask sign ok
holds "it ends" signer_end

holds "the audit log is whole" "$p11ca" audit verify
[ "$failures" -eq 0 ]
