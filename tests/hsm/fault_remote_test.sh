#!/usr/bin/env bash
# fault_remote_test - a server that is gone or says nothing, at the end of a Unix socket.
# shellcheck source=tests/hsm/fault.bash
. "$(dirname "$0")/fault.bash"

algorithm=EC_prime256v1
begin

freeze() { tokens freeze; }
thaw() { tokens thaw; }
stop() { tokens stop; }
start_again() { tokens start; }

fault "the server says nothing" "no answer from the module" \
	"is its reader, network or server there" freeze thaw
fault "the server is gone" "no token \"remote\" (serial " \
	"is the token inserted, its reader, server" stop start_again

holds "a process stays, with its module apart" signer_start true
holds "it outlives a server that says nothing" outlives freeze thaw
holds "it outlives a server that is gone" outlives stop start_again
holds "another process logs in meanwhile" issues
holds "after that both sign" ask sign ok
holds "it ends" signer_end

holds "a process stays, with its module inside" signer_start false
holds "inside, it outlives a server that is gone" outlives stop start_again
holds "inside, a server that says nothing costs it the token it has" \
	outlives_with_another freeze thaw
holds "and it ends all the same" signer_end

end
