#!/usr/bin/env bash
# fault_tpm_test - a TPM whose resource manager is gone or says nothing.
# shellcheck source=tests/hsm/fault.bash
. "$(dirname "$0")/fault.bash"

algorithm=RSA_2048
begin

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

end
