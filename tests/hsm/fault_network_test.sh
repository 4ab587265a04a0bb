#!/usr/bin/env bash
# fault_network_test - a network that is cut and mended, again and again.
# shellcheck source=tests/hsm/fault.bash
. "$(dirname "$0")/fault.bash"

algorithm=EC_prime256v1
begin

cut() { tokens pull && is_down; }
mend() { tokens put; }

# The other end of the wire does not answer.
is_down() {
	! tokens run -- timeout 0.2 bash -c ': >/dev/tcp/10.77.0.2/7711'
}

fault "the network is cut" "CKR_DEVICE_ERROR" \
	"is the connection to the HSM up" cut mend

# ---- a creation that is cut off, literally

create_is_cut_off() {
	local code

	state >before
	: >calls
	echo "C_Sign@1 hold $work/gate" >script
	ca create --type ROOT --name half --subject CN=half \
		--key-algorithm "$algorithm" >out 2>err &
	until_it grep -q '^held C_Sign$' calls || return
	cut
	: >script
	: >gate
	wait $!
	code=$?
	cat err
	is "$code" 3 &&
		contains err "no answer from the token \"network\" to C_Sign"
}

half_made_is_named() { # WHERE
	"$p11ca" list >listed && grep -E '^half .* CREATING ' listed &&
		"$p11ca" show half | grep -F 'p11ca delete' || return
	ca doctor >out
	cat out
	contains out "(half): its creation was cut off" "$1" " delete half"
}

delete_waits_for_the_token() {
	: >calls
	fails_in_time delete half --yes &&
		half_made_is_named "may be in the token, which cannot be asked"
}

delete_takes_it_back() {
	ca delete half --yes && is_as_before
}

holds "a creation is cut off while it signs" create_is_cut_off
holds "it is named while the network is down" half_made_is_named \
	"may be in the token, which cannot be asked"
holds "delete takes nothing back then" delete_waits_for_the_token
holds "the network is mended" mend
holds "now its key is seen" half_made_is_named " is in the token"
holds "delete takes it back" delete_takes_it_back

count=3
[ -z "${P11CA_HSM_OUT:-}" ] || count=${P11CA_OUTAGES:-100}
holds "a process stays, with its module apart" signer_start true
holds "it outlives a network that is cut" outlives cut mend
holds "$count outages in the midst of a signature lose nothing" \
	outages "$count" cut mend
holds "the count would notice" a_wrong_count_is_noticed
holds "it ends" signer_end

end
