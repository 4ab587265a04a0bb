#!/usr/bin/env bash
# fault_softhsm_test - token folders that are gone, made anew, and copied.
# shellcheck source=tests/hsm/fault.bash
. "$(dirname "$0")/fault.bash"

algorithm=EC_prime256v1
begin

folder=$(echo token/softhsm/*-*)

# The settings name it by its serial number, too, as p11ca token list shows it.
pin_it_down() {
	local uri

	uri=$(ca --json token show | jq -r .Uri) &&
		sed -i "s|^  uri:.*|  uri: \"$uri\"|" home/p11ca.yaml &&
		grep 'serial=' home/p11ca.yaml
}

must "its URI has its serial number" pin_it_down

take_away() { mv "$folder" away; }
bring_back() { mv away "$folder"; }
take_all_away() { mv token/softhsm all; }
bring_all_back() { mv all token/softhsm; }

put_another_there() {
	take_away && SOFTHSM2_CONF=$work/token/softhsm2.conf softhsm2-util \
		--init-token --free --label softhsm --so-pin 12345678 \
		--pin "$(cat token/pin)"
}

bring_the_first_back() {
	rm -rf token/softhsm/*-* && bring_back
}

fault "its folder is gone" "no token \"softhsm\" (serial " \
	"server or folder there" take_away bring_back
fault "all folders are gone" "CKR_GENERAL_ERROR" \
	"is its token folder readable" take_all_away bring_all_back
fault "another has its label" "but another of that label: \"softhsm\"" \
	"it was initialised anew, or replaced" put_another_there \
	bring_the_first_back

for isolate in true false; do
	holds "a process stays, isolate $isolate" signer_start $isolate
	holds "it outlives a folder that is gone, isolate $isolate" \
		outlives take_away bring_back
	holds "it ends" signer_end
done

# ---- a folder that was copied: SoftHSM aborts the process that loads it

copy() { cp -a "$folder" "${folder}0"; }
take_the_copy_away() { rm -rf "${folder}0"; }

aborts_with_a_word() {
	fails_in_time issue root --csr leaf.csr --days 3 >all
	cat all
	contains err "ended p11ca in C_Initialize" "copy of a token folder"
}

set_isolate true
fault "its folder is copied" "ended by signal 6" \
	"is there a copy of a token folder beside it" copy take_the_copy_away
set_isolate false
state >before
holds "its folder is copied once more" copy
holds "then SoftHSM ends p11ca, which says what to do" aborts_with_a_word
holds "once the copy is away all is as before" \
	eval 'take_the_copy_away && is_as_before'

# ---- a key that vanished

vanish() {
	mkdir keys && find "$folder" -name '*.object' \
		! -name token.object -exec mv -t keys {} +
}

is_missed() {
	local code

	issue_fails "no private key at all in the token \"softhsm\"" \
		"comes back with a backup of the token only" || return
	ca doctor >out
	code=$?
	cat out
	is "$code" 1 &&
		contains out "FAIL  key       root: no private key at all"
}

come_back() { mv keys/* "$folder"; }

holds "its keys vanish" vanish
holds "they are missed, with the cause and the cure" is_missed
holds "once they are back all is as before" eval 'come_back && is_as_before'

end
