#!/usr/bin/env bash
# story.bash - what a CA does from its first to its last day, on one kind of
# token, with every algorithm that p11ca says the token carries.
#
# To be sourced by KIND_test.sh, which has it told.
#
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-card.  With P11CA_HSM_OUT=FOLDER
# it takes all algorithms, not the quick ones only, measures, and writes what
# it did to KIND.json, KIND.done, KIND.times there, or why it did nothing to
# KIND.skip.

# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

kind=$(basename "$0" _test.sh)
about="$kind: "
out=${P11CA_HSM_OUT:-$work/out}
full=${P11CA_HSM_OUT:+yes}
mkdir -p "$out"
: >"$out/$kind.done"
at_end() {
	tokens stop
}
cas=() # those that came to work

tokens() { # COMMAND [WORD...]
	"$top/scripts/tokens" "$1" "$kind" "$work/token" "${@:2}"
}

ca() { # WORD...
	tokens run -- "$p11ca" "$@"
}

# ---- the token, and a home that uses it

start() {
	local status

	tokens start >why 2>&1
	status=$?
	cat why
	if [ "$status" -eq 77 ]; then
		sed 's/^tokens: //' why >"$out/$kind.skip"
		skip_all "the story" "$(cat "$out/$kind.skip")"
	fi
	return "$status"
}

make_home() {
	"$p11ca" -q init && tokens env >home/p11ca.yaml
}

shows_the_token() {
	local uri

	uri=$(sed -n 's/^  uri: "\(.*\)"/\1/p' home/p11ca.yaml)
	ca token list | grep -F "${uri#pkcs11:}" && ca token show
}

# The namespace that holds the processes which serve the token.
note_inside() {
	local first

	[ ! -r token/first ] || {
		read -r first _ <token/first
		readlink "/proc/$first/ns/pid_for_children" >inside
	}
}

nobody_is_left() {
	[ ! -e inside ] ||
		! readlink /proc/[0-9]*/ns/pid | grep -Fx "$(cat inside)"
}

# ---- a CA outside, and somebody who wants a certificate

cat >ca.cnf <<'END'
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[below]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END

make_others() {
	openssl req -x509 -config ca.cnf -extensions root -days 3650 -batch \
		-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-subj "/O=Outside/CN=Root" -keyout root.key -out root.pem &&
		openssl req -new -newkey ec -batch -noenc \
			-pkeyopt ec_paramgen_curve:P-256 -keyout leaf.key \
			-subj /O=Example/CN=leaf.example.test -out leaf.csr
}

# ---- what p11ca says that the token carries

# --permanent: as create makes its keys.
probe() {
	ca --json token probe --permanent >probe.json &&
		jq -e '.algorithms | length > 0' probe.json &&
		cp probe.json "$out/$kind.json"
}

# Lines of: yes or no, key algorithm, signing algorithm.
pairs() {
	jq -r '.algorithms[] | . as $key | .signing[] |
		[ if $key.usableForCa and .usable then "yes" else "no" end,
		    $key.keyAlgorithm, .algorithm ] | join(" ")' probe.json
}

# Between the days when all are tried: one of each family, and what comes at no
# cost.
is_quick() { # YES|NO KEY_ALGORITHM SIGNING_ALGORITHM
	case $2/$3 in
	RSA_2048/SHA256* | EC_prime256v1/SHA256* | EC_secp384r1/SHA384* | ED25519/*)
		true
		;;
	*/SHA256*) [ "$1" = no ] ;;
	*) false ;;
	esac
}

# ---- the story of one CA

creates() { # NAME KEY_ALGORITHM SIGNING_ALGORITHM
	ca -q create --type SUBORDINATE --name "$1" --key-algorithm "$2" \
		--signing-algorithm "$3" --subject "O=Example,CN=$1"
}

# openssl exits with 0 whatever it finds.
csr_verifies() { # NAME
	ca csr "$1" >"$1.csr" &&
		openssl req -in "$1.csr" -verify -noout 2>&1 |
		grep "verify OK"
}

is_signed_outside() { # NAME
	openssl x509 -req -in "$1.csr" -CA root.pem -CAkey root.key \
		-days 3000 -extfile ca.cnf -extensions below -out "$1.pem" &&
		ca import "$1" --certificate "$1.pem" --chain root.pem
}

issues() { # NAME
	ca issue "$1" --csr leaf.csr --days 30 >"$1.leaf" &&
		openssl verify -x509_strict -CAfile root.pem \
			-untrusted "$1.pem" "$1.leaf"
}

makes_a_crl() { # NAME
	ca crl "$1" >"$1.crl" &&
		openssl crl -in "$1.crl" -noout -CAfile "$1.pem" 2>&1 |
		grep "verify OK"
}

story() { # KEY_ALGORITHM SIGNING_ALGORITHM
	local name=$1-$2 text="$1, $2" done=

	holds "$text: a CA is created" creates "$name" "$1" "$2" &&
		done+=" create" &&
		holds "$text: openssl verifies its CSR" csr_verifies "$name" &&
		done+=" csr" &&
		holds "$text: what is signed outside is imported" \
			is_signed_outside "$name" && done+=" import" &&
		holds "$text: what it issues verifies" issues "$name" &&
		done+=" issue" &&
		holds "$text: its CRL verifies" makes_a_crl "$name" &&
		done+=" crl" && cas+=("$name")
	echo "$1 $2$done" >>"$out/$kind.done"
}

# ---- what cannot be

what_there_is() {
	ca --json list && ca --json token show | jq -c .Keys
}

# With a message, at the door or at the token, and nothing half-made is left.
refuses() { # KEY_ALGORITHM SIGNING_ALGORITHM
	local before after status

	before=$(what_there_is) || return
	ca --json create --type ROOT --name refused --key-algorithm "$1" \
		--signing-algorithm "$2" --subject CN=Refused >said 2>&1
	status=$?
	after=$(what_there_is) || return
	cat said
	echo "exit code $status; before: $before; after: $after"
	[[ $status == [13] ]] && [ "$before" = "$after" ] &&
		grep -F '"message":"' said | grep -F '"expected":"'
}

refusal() { # KEY_ALGORITHM SIGNING_ALGORITHM
	if holds "$1, $2: probe says no, and create" refuses "$1" "$2"; then
		echo "$1 $2 refused" >>"$out/$kind.done"
	else
		echo "$1 $2 differs" >>"$out/$kind.done"
	fi
}

# ---- afterwards

signs_again() { # NAME
	issues "$1" && makes_a_crl "$1"
}

starts_anew() {
	tokens stop && tokens start && tokens start
}

is_missed() { # NAME
	! issues "$1" 2>said
	cat said
	grep "is the token inserted" said
}

# Only where there is something to pull.
pull_and_put() {
	case $kind in
	card)
		holds "the card is pulled" tokens pull
		holds "without it nothing is issued" is_missed "${cas[0]}"
		;;
	network) holds "the wire is cut" tokens pull ;;
	*) return 0 ;;
	esac
	holds "it is put back" tokens put
	holds "it is the same token" signs_again "${cas[0]}"
}

state_is() { # LETTER
	local first

	read -r first _ <token/first
	grep "^State:.$1" "/proc/$first/status"
}

freeze_and_thaw() {
	[ -e inside ] || return 0
	holds "what serves it is frozen" eval 'tokens freeze && state_is T'
	holds "it goes on" tokens thaw
	holds "it signs again after that" signs_again "${cas[0]}"
}

# The shortest of three, in milliseconds.
shortest() { # COMMAND...
	local begun took least=

	for _ in 1 2 3; do
		begun=${EPOCHREALTIME/[.,]/}
		"$@" >log 2>&1 || return
		took=$(((${EPOCHREALTIME/[.,]/} - begun) / 100))
		[ -n "$least" ] && [ "$least" -le "$took" ] || least=$took
	done
	printf '%d.%d\n' $((least / 10)) $((least % 10))
}

# With one key on the token: some look at each of them.
measure_start() {
	printf '%s\n' "process $(shortest tokens run -- "$p11ca" version)" \
		"start $(shortest ca token show)" >times.txt
}

# For each certificate of a hundred: its signature, and its record on the disk.
each_of_many() { # NAME
	local one many

	one=$(shortest ca issue "$1" --batch leaf.csr --days 30 --out .) &&
		many=$(shortest ca issue "$1" --batch many.csr --days 30 \
			--out .) &&
		awk "BEGIN {
			each = ($many - $one) / 100
			print each < 0.1 ? \"<0.1\" : sprintf(\"%.1f\", each)
		}"
}

# Once for each kind of key.
measure() {
	local name key took seen=

	for _ in {0..100}; do
		cat leaf.csr
	done >many.csr
	for name in "${cas[@]}"; do
		key=${name%%-*}
		[[ $seen != *" $key "* ]] || continue
		took=$(each_of_many "$name") || return
		echo "$key $took" >>times.txt
		seen+=" $key "
	done
	cp times.txt "$out/$kind.times"
}

# ---- all of it

try_all() {
	local can key sign

	while read -r can key sign; do
		[ "$full" = yes ] || is_quick "$can" "$key" "$sign" || continue
		if [ "$can" = yes ]; then
			story "$key" "$sign"
			[ "$full" != yes ] || [ ${#cas[@]} -ne 1 ] ||
				measure_start
		else
			refusal "$key" "$sign"
		fi
	done < <(pairs)
	holds "it carries a CA" [ ${#cas[@]} -gt 0 ]
}

try_again() {
	local name

	must "it is stopped, and started twice" starts_anew
	note_inside
	for name in "${cas[@]}"; do
		holds "${name/-/, }: it signs again after a start" \
			signs_again "$name" &&
			echo "${name/-/ } again" >>"$out/$kind.done"
	done
}

tell() {
	must "a token is there" start
	note_inside
	must "a home is made for it" make_home
	must "there are others to deal with" make_others
	holds "the token is listed and shown" shows_the_token
	must "p11ca can tell what it carries" probe
	try_all
	pull_and_put
	freeze_and_thaw
	[ "$full" != yes ] || holds "it is measured" measure
	try_again
	holds "the audit log is whole" "$p11ca" audit verify
	holds "it is stopped" tokens stop
	holds "nothing of it is left" nobody_is_left
}
