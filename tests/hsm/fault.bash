#!/usr/bin/env bash
# fault.bash - what p11ca does and says when a token of some kind is away or
# does not answer, and that all is as before once it is back.
#
# To be sourced by fault_KIND_test.sh.  The module of the token is behind the
# fault module, which keeps a log of what is called and can hold a call.
#
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so and p11ca-signer.
# P11CA_HSM_OUT=FOLDER: the cycles are many, timed, and counted in outages.txt
# there.

# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

kind=$(basename "$0" _test.sh)
kind=${kind#fault_}
about="$kind: "
deadline=1
# In ms.  Where times are measured they are promises, elsewhere mere limits: the
# machine may be slow and busy.
if [ -n "${P11CA_HSM_OUT:-}" ]; then
	bound=8000  # the deadline, and the end of a process
	back=3000   # from the return of a token to a signature
	at_once=100  # without a call
else
	bound=60000 back=60000 at_once=$((deadline * 1000))
fi
export TMPDIR=$work
umask 077
signer='' # the process that stays
at_end() {
	[ -z "$signer" ] || kill "$signer"
	tokens stop
}

# What serves a token must not keep the way to the signer open.
tokens() { # COMMAND [WORD...]
	"$top/scripts/tokens" "$1" "$kind" "$work/token" "${@:2}" 7>&- 8>&-
}

ca() { # WORD...
	tokens run -- "$p11ca" "$@"
}

now() { # in ms
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# ---- the token, and a home that reaches it through the fault module

start() {
	local status

	tokens start >why 2>&1
	status=$?
	cat why
	[ "$status" -ne 77 ] ||
		skip_all "faults" "$(sed 's/^tokens: //' why)"
	return "$status"
}

make_home() {
	local module

	mkfifo gate to from
	: >script
	: >calls
	"$p11ca" -q init && tokens env >home/p11ca.yaml || return
	module=$(sed -n 's/^  module: "\(.*\)"/\1/p' home/p11ca.yaml)
	grep -q '^  environment:' home/p11ca.yaml ||
		echo '  environment:' >>home/p11ca.yaml
	sed -i -e "s|^  module:.*|  module: \"$build/p11ca-fault.so\"|" \
		-e "/^  module/a\\  deadline: $deadline" \
		-e "/^  module/a\\  isolate: false" \
		-e "/^  environment:/a\\    - P11CA_FAULT_MODULE=$module" \
		-e "/^  environment:/a\\    - P11CA_FAULT_SCRIPT=$work/script" \
		-e "/^  environment:/a\\    - P11CA_FAULT_LOG=$work/calls" \
		home/p11ca.yaml
}

set_isolate() { # true|false
	sed -i "s/^  isolate:.*/  isolate: $1/" home/p11ca.yaml
}

make_ca() { # KEY_ALGORITHM
	openssl req -new -newkey ec -batch -noenc -subj /CN=leaf \
		-pkeyopt ec_paramgen_curve:P-256 -keyout leaf.key \
		-out leaf.csr &&
		ca -q create --type ROOT --name root --subject CN=root \
			--key-algorithm "$1" && ca -q activate root &&
		issues
}

# What each test does first, and last.
begin() {
	must "a token is there" start
	must "a home is made for it" make_home
	must "a CA signs with it" make_ca "${algorithm:?}"
}

end() {
	holds "the audit log is whole" "$p11ca" audit verify
}

# ---- what is looked at

issues() {
	ca issue root --csr leaf.csr --days 3 >leaf.pem &&
		openssl x509 -in leaf.pem -noout
}

# CAs, keys, and what the token says of its PIN.
state() {
	"$p11ca" --json list && ca --json token show |
		jq -c '[.Keys, .Flags]'
}

logins() { # the answers that are no success
	grep -c '^C_Login ' calls
}

# A wrong PIN was never tried, nor one a second time for one command.
one_try_at_most() {
	! grep -E '^C_Login 0xa' calls && [ "$(logins)" -le 1 ]
}

# Exit code 3, one line, nothing on standard output, and in time.
fails_in_time() { # WORD...
	local begun took code

	: >calls
	begun=$(now)
	ca "$@" >out 2>err
	code=$?
	took=$(($(now) - begun))
	cat err
	echo "after $took ms"
	is "$code" 3 && is "$(grep -c '^p11ca: ' err)" 1 &&
		is "$(wc -c <out)" 0 && [ "$took" -lt "$bound" ] &&
		one_try_at_most
}

issue_fails() { # TEXT...
	fails_in_time issue root --csr leaf.csr --days 3 && contains err "$@"
}

# No half-made CA either.
create_fails() { # KEY_ALGORITHM
	local before after

	before=$("$p11ca" --json list)
	fails_in_time -q create --type ROOT --name other --subject CN=other \
		--key-algorithm "$1" || return
	after=$("$p11ca" --json list)
	is "$after" "$before"
}

doctor_says() { # TEXT...
	local begun code took

	: >calls
	begun=$(now)
	ca doctor >out 2>err
	code=$?
	took=$(($(now) - begun))
	cat out
	echo "after $took ms"
	is "$code" 1 && grep '^FAIL  token ' out && contains out "$@" \
		"root: not looked at" && [ "$took" -lt "$bound" ] &&
		one_try_at_most
}

is_as_before() {
	issues && ca doctor && is "$(state)" "$(cat before)" &&
		"$p11ca" audit verify
}

# One fault as a command meets it: what it says, and what doctor adds.
fault() { # NAME TEXT TODO BREAK MEND
	state >before || return
	holds "$1" "$4" || return
	holds "$1: issue says so and ends in time" issue_fails "$2" "$3"
	holds "$1: create leaves no half-made CA" \
		create_fails "${algorithm:?}"
	holds "$1: doctor has the cause and the cure" doctor_says "$2" "$3"
	holds "$1: it is mended" "$5"
	holds "$1: all is as before" is_as_before
}

# ---- a process that stays

signer_start() { # ISOLATE
	set_isolate "$1"
	: >calls
	"$build/p11ca-signer" home root leaf.csr <to >from 2>signer.err &
	signer=$!
	exec 8>to 7<from
}

signer_end() {
	exec 8>&- 7<&-
	wait "$signer"
	is $? 0 && signer=''
}

tell() { # COMMAND
	echo "$1" >&8
}

# The answer to a command: $said, $took in ms and $text.
hear() {
	said='' took='' words=''
	IFS=' ' read -rt 60 said took words <&7
	echo "$said after $took ms: $words"
	[ -n "$said" ]
}

ask() { # COMMAND WORD
	tell "$1" && hear && is "$said" "$2" && [ "$took" -lt "$bound" ]
}

# Back within three seconds from the return of the token.
is_back() { # COMMAND
	ask "$1" ok && [ "$took" -le "$back" ]
}

# The token that is kept open is lost, and found again.
outlives() { # BREAK MEND
	ask sign ok && : >calls && "$1" && ask sign fault &&
		[ "$(logins)" -le 1 ] && "$2" && : >calls && is_back sign &&
		ask sign ok && ! grep -E '^C_Login 0xa' calls &&
		is "$(logins)" 1
}

# In the process of p11ca a hang is the end of the token, not of the process.
outlives_with_another() { # BREAK MEND
	ask sign ok && "$1" && ask sign fault && ask sign fault &&
		[[ $words == *"is left alone since"* ]] && [ "$took" -lt "$at_once" ] &&
		"$2" && ask sign fault && tell close && hear && is_back sign
}

# ---- outages in the midst of a signature

# Cut it off between the beginning of C_Sign and its answer.
cut_while_signing() { # BREAK
	: >calls
	echo "C_Sign@1 hold $work/gate" >script
	tell issue
	until_it grep -q '^held C_Sign$' calls || return
	"$1"
	: >script
	: >gate # goes on, into a link that is down
	hear && is "$said" fault && [ "$took" -lt "$bound" ]
}

# After it the same is asked for again, and the time is taken.
one_outage() { # BREAK MEND
	cut_while_signing "$1" && faulted=$((faulted + 1)) && "$2" &&
		hear_back
}

# A link that has just come back may need more than one try.
hear_back() {
	local waited=0

	: >calls
	tell issue && hear || return
	while [ "$said" = fault ] && [ "$((waited += took))" -lt "$back" ]; do
		tell issue && hear || return
	done
	took=$((waited + took))
	is "$said" ok && [ "$took" -le "$back" ] || return
	echo "$words" >>acknowledged
	[ "$took" -le "$slowest" ] || slowest=$took
	[ "$(logins)" -le 1 ] && ! grep -E '^C_Login 0xa' calls
}

# What was told is on record, once each, and nothing else but what failed.
nothing_lost_nothing_double() {
	"$p11ca" --json certs root >all.json || return
	jq -r 'select(.State == null) | .Serial' all.json | sort >recorded
	void=$(jq -r 'select(.State == "FAILED") | .Serial' all.json | wc -l)
	sort acknowledged >told
	lost=$(comm -13 recorded told | wc -l)
	double=$(comm -23 recorded told | wc -l)
	echo "lost $lost, double $double, failed $void"
	is "$lost $double $void" "0 0 $faulted" && is "$(uniq -d told)" ""
}

outages() { # COUNT BREAK MEND
	local i

	slowest=0 faulted=0
	: >acknowledged
	"$p11ca" --json certs root | jq -r .Serial >>acknowledged
	for ((i = 0; i < $1; i++)); do
		one_outage "$2" "$3" || return
	done
	echo "$1 outages, slowest return $slowest ms"
	is "$faulted" "$1" && nothing_lost_nothing_double &&
		"$p11ca" audit verify || return
	[ -z "${P11CA_HSM_OUT:-}" ] ||
		echo "$kind: $faulted outages in the midst of a signature:" \
			"$lost certificates lost, $double double," \
			"$slowest ms to sign again at most" \
			>>"$P11CA_HSM_OUT/outages.txt"
}

# A certificate that nobody has on record would be noticed, and one too many.
a_wrong_count_is_noticed() {
	echo 00 >>acknowledged
	! nothing_lost_nothing_double && is "$lost $double" "1 0" || return
	sed -i -e '$d' acknowledged && sed -i -e '$d' acknowledged
	! nothing_lost_nothing_double && is "$lost $double" "0 1"
}
