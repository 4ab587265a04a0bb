#!/usr/bin/env bash
# each_use_test - a CA whose key asks for the PIN at each use
# (CKA_ALWAYS_AUTHENTICATE): from every source of a PIN, one signature after
# the other, and never a try too many.
#
# P11CA_BUILD=FOLDER with p11ca-fault.so; the rest as in hierarchy.bash.
# shellcheck source=tests/story/hierarchy.bash
. "$(dirname "$0")/hierarchy.bash"

wants "a key that asks" "$fault_module" "$softhsm"
many=5 # certificates of a batch

# ---- what there is: a home, and a key in its token that asks each time

prepare() {
	local i

	need "$p11ca" -q init --softhsm
	need sed -i -e "s|^  module:.*|  module: \"$fault_module\"|" \
		-e 's|^  pin:.*|  pin: "file:softhsm/pin"|' home/p11ca.yaml
	SOFTHSM2_CONF=home/softhsm/softhsm2.conf need pkcs11-tool \
		--module "$softhsm" --login --pin "$(cat home/softhsm/pin)" \
		--keypairgen --key-type EC:prime256v1 --id 0a51 --label asks \
		--sensitive --always-auth --usage-sign
	: >script
	export P11CA_FAULT_MODULE=$softhsm P11CA_FAULT_SCRIPT=$work/script
	export P11CA_FAULT_LOG=$work/calls
	need openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-noenc -batch -subj /CN=Outside -days 7300 -keyout outside.key \
		-out outside.pem
	cat >ca.ext <<-'END'
		basicConstraints = critical, CA:TRUE
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
	END
	need requester web p256
	mkdir csrs
	for ((i = 1; i <= many; i++)); do
		need openssl req -new -key web.key -subj "/CN=many $i" \
			-out "csrs/many$i"
	done
}

pin_from() { # SOURCE
	sed -i "s|^  pin:.*|  pin: \"$1\"|" home/p11ca.yaml
}

# A command, and how often it may log in.
logs_in() { # TIMES COMMAND...
	local times=$1

	shift
	: >calls
	"$@" && [ "$(grep -c '^C_Login ' calls)" -eq "$times" ] &&
		[ "$(grep -c '^C_Login 0x0' calls)" -eq "$times" ]
}

# ---- the story

adopt() { # NAME
	"$p11ca" create --type SUBORDINATE --name "$1" --subject "CN=$1" \
		--key-algorithm EC_prime256v1 --key "pkcs11:id=%0A%51" \
		--copies-may-exist
}

csr_and_import() {
	"$p11ca" csr asks >asks.csr &&
		openssl x509 -req -in asks.csr -CA outside.pem -CAkey \
			outside.key -days 3000 -extfile ca.ext -out asks.pem &&
		"$p11ca" import asks --certificate asks.pem --chain outside.pem
}

one() {
	"$p11ca" -q issue asks --csr web.csr --days 90 >web.pem &&
		openssl verify -partial_chain -trusted asks.pem web.pem
}

batch() {
	rm -rf out
	mkdir out
	"$p11ca" issue asks --batch csrs --days 90 --out out &&
		[ "$(find out -name '*.pem' | wc -l)" -eq $many ] &&
		openssl verify -partial_chain -trusted asks.pem out/*.pem
}

list() {
	"$p11ca" crl asks >asks.crl &&
		openssl crl -in asks.crl -CAfile asks.pem -noout
}

works_from() { # SOURCE
	pin_from "$1" && logs_in 2 one && logs_in $((many + 1)) batch &&
		logs_in 2 list
}

# ---- a person

# A command in a terminal of its own, with the PIN typed each time it is asked
# for: not before, as what was typed before a question does not count.  The
# terminal's shell is bash: others drop the functions that typed() exports.
types() { # FILE COMMAND...
	local pin=$1 word

	shift
	rm -f keys screen
	mkfifo keys screen
	SHELL=/bin/bash script -qefc "$*" /dev/null <keys >screen &
	exec 6>keys 5<screen
	: >screened
	while IFS= read -r -d ')' -t 60 word <&5; do
		echo "$word)" >>screened
		[[ $word != *"PIN of the token"* ]] || until_asked "$pin"
	done
	exec 6>&-
	cat screened
	wait $!
}

# What follows is either ": " or " for one signature: ".
until_asked() { # FILE
	IFS= read -r -d ':' -t 60 word <&5
	echo "$word:" >>screened
	cat "$1" >&6
	echo >&6
}

typed() { # FILE COMMAND...
	export -f one batch list
	export p11ca many
	types "$1" bash -c "$2"
}

asks() { # TIMES
	[ "$(grep -c 'PIN of the token' screened)" -eq "$1" ] &&
		[ "$(grep -c 'for one signature:' screened)" -eq $(($1 - 1)) ]
}

works_from_prompt() {
	pin_from prompt &&
		logs_in 2 typed home/softhsm/pin one && asks 2 &&
		logs_in $((many + 1)) typed home/softhsm/pin batch &&
		asks $((many + 1)) &&
		logs_in 2 typed home/softhsm/pin list && asks 2
}

wrong_at_the_prompt() {
	echo 87654321 >wrong
	pin_from prompt
	: >calls
	fails typed wrong one && asks 1 &&
		[ "$(grep -c '^C_Login ' calls)" -eq 1 ]
}

works_from_pad() {
	echo "token pad $work/home/softhsm/pin" >script
	pin_from pad
	logs_in 2 one && logs_in 2 list &&
		logs_in $((many + 1)) batch 2>told &&
		[ "$(grep -c 'type the PIN on the pad of the token' told)" \
			-eq $((many + 1)) ] &&
		[ "$(grep -c ', for one signature$' told)" -eq $many ]
	local status=$?
	: >script
	return "$status"
}

# ---- what cannot be

certificates() {
	"$p11ca" --json certs asks | grep -vc '"State":"FAILED"'
}

# It is read once, at the start: there is none left for the CSR.
adopts_by_no_descriptor() {
	local status

	pin_from fd:9
	adopt half 9<home/softhsm/pin 2>said
	status=$?
	pin_from "file:softhsm/pin"
	cat said
	[ $status -eq 3 ] && "$p11ca" list &&
		[ -z "$("$p11ca" --json list)" ]
}

issues_by_no_descriptor() {
	local before

	pin_from fd:9
	before=$(certificates)
	"$p11ca" issue asks --csr web.csr --days 90 9<home/softhsm/pin 2>said
	[ $? -eq 3 ] && cat said &&
		grep -q "asks for the PIN at each use" said &&
		grep -q "use prompt, pad, file: or credential:" said &&
		[ "$(certificates)" -eq "$before" ]
}

wrong_for_a_signature() {
	local job

	pin_from "file:$work/changing"
	cp home/softhsm/pin changing
	chmod 600 changing
	rm -f gate
	mkfifo gate
	echo "C_SignInit hold $work/gate" >script
	: >calls
	"$p11ca" issue asks --batch csrs --days 90 --out out 2>said &
	job=$!
	await calls "held C_SignInit" "$job" && echo 87654321 >changing
	: >script
	fails open_gate gate "$job" && cat said &&
		[ "$(grep -c '^C_Login 0xa0' calls)" -eq 1 ] &&
		[ "$(grep -c '^C_Login ' calls)" -eq 2 ]
}

# ---- two at once

# A login holds for a process: another logs in beside it.
two_processes() {
	local job

	pin_from "file:softhsm/pin"
	rm -f gate
	mkfifo gate
	echo "C_Sign hold $work/gate" >script
	: >no-script
	: >calls
	"$p11ca" issue asks --csr web.csr --days 90 >first.pem &
	job=$!
	await calls "held C_Sign" "$job" && P11CA_FAULT_SCRIPT=$work/no-script one
	local status=$?
	: >script
	open_gate gate "$job" && [ "$status" -eq 0 ] &&
		openssl verify -partial_chain -trusted asks.pem first.pem
}

prepare

holds "a descriptor makes no CA, and no half a one" adopts_by_no_descriptor
holds "a key that asks for the PIN at each use is adopted" logs_in 2 adopt asks
holds "its CSR is signed outside, and imported" csr_and_import
holds "it is shown as one that asks" grep -q '"AlwaysAuthenticate":"yes"' \
	<("$p11ca" --json show asks)
holds "it issues with the PIN from a file" works_from "file:$work/home/softhsm/pin"
export CREDENTIALS_DIRECTORY=$work/home/softhsm
holds "it issues with the PIN from a credential" works_from credential:pin
unset CREDENTIALS_DIRECTORY
holds "it issues with the PIN typed at the prompt" works_from_prompt
holds "it issues with the PIN typed at the pad" works_from_pad
holds "a descriptor is read once, and then refused" issues_by_no_descriptor
holds "a wrong PIN at the prompt is asked for once" wrong_at_the_prompt
holds "a PIN that is wrong for one signature is tried once" \
	wrong_for_a_signature
holds "a second process logs in beside the first" two_processes
pin_from "file:softhsm/pin"
holds "doctor finds nothing" "$p11ca" -q doctor
holds "the audit log is whole" "$p11ca" audit verify
