#!/usr/bin/env bash
# tokens_test - the tokens of the other tests: what scripts/tokens promises, and
# that the card in software counts wrong PINs as a card does.
#
# P11CA_BUILD=FOLDER with p11ca-card.
# shellcheck disable=SC2016 # eval expands what is in single quotes
# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

tokens=$top/scripts/tokens
at_end() {
	"$tokens" stop network "$work/one"
	"$tokens" stop network "$work/two"
	"$tokens" stop card "$work/card"
}

# Is there one, or why not?
starts() { # KIND DIR
	local status

	"$tokens" start "$1" "$2" >why 2>&1
	status=$?
	if [ "$status" -eq 77 ]; then
		skip "tokens of kind $1" "$(cat why)"
		return 77
	fi
	holds "a token of kind $1 is started" \
		eval "cat why; [ $status -eq 0 ]"
}

test_usage() {
	holds "a kind that nobody knows is a usage error" \
		exits 2 "$tokens" start abacus "$work/x"
	holds "no folder is a usage error" exits 2 "$tokens" start softhsm
	holds "words beyond the folder are a usage error" \
		exits 2 "$tokens" stop softhsm "$work/x" y
	holds "what is missing is named, with 77" eval \
		'P11CA_BUILD=/nowhere exits 77 "$tokens" start card x &&
			contains told "card: there is no /nowhere/p11ca-card"'
	holds "a folder whose sockets have no room is refused" \
		exits 1 "$tokens" start softhsm "$work/$(printf '%080d' 0)"
	holds "a folder with an odd name is refused" \
		exits 1 "$tokens" start softhsm "$work/odd name"
	holds "what was never started has no settings" \
		exits 1 "$tokens" env card "$work/x"
	holds "what was never started can be stopped" \
		exits 0 "$tokens" stop card "$work/x"
	holds "and cannot be pulled" \
		exits 1 "$tokens" pull card "$work/x"
}

address_inside() { # DIR
	"$tokens" run network "$1" -- ip addr show dev wire |
		grep -F 10.77.0.1/24
}

test_two_at_once() {
	starts network "$work/one" || return 0
	starts network "$work/two" || return 0
	holds "the first has its network" address_inside "$work/one"
	holds "so has the second" address_inside "$work/two"
	holds "the machine has neither" eval '! ip addr show dev wire'
	holds "PIN and folder are the owner's alone" eval \
		'[ "$(stat -c %a one one/pin one/so-pin | xargs)" = \
			"700 600 600" ]'
	holds "the first is stopped" "$tokens" stop network "$work/one"
	holds "the second is still there" address_inside "$work/two"
	holds "a command in the first is refused its place" eval \
		'! address_inside "$work/one"'
}

on_card() { # WORD...
	"$tokens" run card "$work/card" -- "$@"
}

with_pin() { # PIN TEXT
	[[ $(on_card pkcs15-tool --verify-pin --pin "$1" 2>&1) == *"$2"* ]]
}

takes_pin() {
	on_card pkcs15-tool --verify-pin --pin "$(cat card/pin)"
}

test_card() {
	local puk

	starts card "$work/card" || return 0
	puk=$(cat card/so-pin)$(cat card/so-pin)
	holds "the card takes its PIN" takes_pin
	holds "a wrong PIN is refused" with_pin 0000 "incorrect"
	holds "so is the second" with_pin 0000 "incorrect"
	holds "the third locks it" with_pin 0000 "blocked"
	holds "then the right one is refused, too" \
		with_pin "$(cat card/pin)" "blocked"
	holds "pulled and put back" eval '"$tokens" pull card "$work/card" &&
		"$tokens" put card "$work/card"'
	holds "it is as locked as before" \
		with_pin "$(cat card/pin)" "blocked"
	holds "a wrong PUK does not unlock it" eval \
		'! on_card pkcs15-tool --unblock-pin --puk "${puk//[0-9]/0}" \
			--new-pin "$(cat card/pin)"'
	holds "its PUK does" on_card pkcs15-tool --unblock-pin \
		--puk "$puk" --new-pin "$(cat card/pin)"
	holds "and it takes its PIN again" takes_pin
}

test_usage
test_two_at_once
test_card
