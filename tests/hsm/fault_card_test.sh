#!/usr/bin/env bash
# fault_card_test - a card that is pulled, a reader that says nothing, and its PIN.
# shellcheck source=tests/hsm/fault.bash
. "$(dirname "$0")/fault.bash"

algorithm=RSA_2048
begin

pull() { tokens pull; }
put() { tokens put; }
freeze() { tokens freeze; }
thaw() { tokens thaw; }
stop() { tokens stop; }
start_again() { tokens start; }

fault "the card is pulled" "no token \"card (User PIN)\" (serial " \
	"is the token inserted, its reader" pull put
fault "the reader says nothing" "no answer from the module" \
	"is its reader, network or server there" freeze thaw
fault "the reader service is gone" "no token \"card (User PIN)\"" \
	"is the token inserted, its reader" stop start_again

holds "a process stays, with its module apart" signer_start true
holds "it outlives a card that is pulled" outlives pull put
holds "it outlives a reader that says nothing" outlives freeze thaw
holds "another process logs in meanwhile" issues
holds "after that both sign" ask sign ok
holds "it ends" signer_end
holds "a process stays, with its module inside" signer_start false
holds "inside, it outlives a card that is pulled" outlives pull put
holds "it ends" signer_end

# ---- the PIN: three tries.  OpenSC's driver of this card says that one is left
# only after a try in the same process, so it is the operator who is told.

# What the card answers to a VERIFY without a PIN.
tries_are() { # "63, SW2=0xC2"
	tokens run -- opensc-tool --send-apdu 00:20:00:01 |
		grep -F "(SW1=0x$1)"
}

tries_made() {
	grep -c '^C_Login ' calls
}

# A command with a wrong PIN: one line, and one try.
costs_one_try() { # TEXT...
	: >calls
	! ca issue root --csr leaf.csr --days 3 >out 2>err
	cat err
	is "$(grep -c '^p11ca: ' err)" 1 && contains err "$@" &&
		is "$(tries_made)" 1
}

# Ten commands with the PIN that was refused: no try.
ten_are_spared() {
	local i

	: >calls
	for i in {1..10}; do
		! ca issue root --csr leaf.csr --days 3 >out 2>err || return
		echo "$i: $(cat err)"
		contains err "has not changed since" "token show --pin prompt" ||
			return
	done
	is "$(tries_made)" 0
}

doctor_is_spared() {
	: >calls
	! ca doctor >out || return
	cat out
	contains out "has not changed since" "root: not looked at" &&
		is "$(tries_made)" 0
}

doctor_tells_of_the_lock() {
	! ca doctor >out
	cat out
	contains out "has locked its PIN" "security officer set the PIN anew" \
		"root: not looked at"
}

by_hand() { # PIN
	tokens run -- pkcs15-tool --verify-pin --pin "$1"
}

is_refused_by_hand() { # PIN
	! by_hand "$1"
}

unlock() {
	local puk

	puk=$(cat token/so-pin)
	tokens run -- pkcs15-tool --unblock-pin --puk "$puk$puk" \
		--new-pin "$(cat right)"
}

state >before
cp token/pin right
tr 0-9 1-90 <right >token/pin
holds "a wrong PIN costs one try" costs_one_try "refused the PIN" \
	"nothing is tried twice"
holds "two are left" tries_are "63, SW2=0xC2"
holds "ten more commands try it no more" ten_are_spared
holds "nor does doctor, which says why" doctor_is_spared
holds "two are left still" tries_are "63, SW2=0xC2"
tr 0-9 2-901 <right >token/pin
holds "another PIN in the file is tried, and says what the next one does" costs_one_try \
	"refused the PIN; the next wrong one locks it"
holds "one is left" tries_are "63, SW2=0xC1"
holds "the right one, by hand, gives all of them back" \
	by_hand "$(cat right)"
for _ in 1 2 3; do
	holds "the wrong one, by hand, is refused" \
		is_refused_by_hand "$(cat token/pin)"
done
holds "none is left" tries_are "69, SW2=0x83"
cp right token/pin
holds "that it is locked is told, whatever the PIN" costs_one_try \
	"has locked its PIN" "security officer set the PIN anew"
holds "doctor tells of it, too" doctor_tells_of_the_lock
holds "it is unlocked" unlock
holds "after that all is as before" is_as_before

end
