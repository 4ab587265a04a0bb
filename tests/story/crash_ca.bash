#!/usr/bin/env bash
# crash_ca.bash - create and import are ended at bad moments, and what they
# leave is looked at: the old state or the new one, nothing acknowledged lost,
# whatever is left over named by doctor, and the same command works afterwards.
#
# Bad moments are SIGKILL before each system call that changes a file, SIGKILL
# at random, a power cut (powerloss.c), errors of the disk, no room on it.  A
# system call that changes nothing on the disk is no moment of its own: before
# it everything is as after the change that came last.
#
# To be sourced.  The environment is that of crash.bash; P11CA_CRASH_SEEDS=N
# takes that many kinds of luck in power cuts.

# shellcheck source=tests/story/crash.bash
. "$(dirname "${BASH_SOURCE[0]}")/crash.bash"

# ---- what there is before: an active CA, and one that waits

prepare() {
	printf '%s\n' basicConstraints=critical,CA:TRUE \
		keyUsage=critical,keyCertSign,cRLSign >ca.ext
	printf '[req]\ndistinguished_name=x\n[x]\n[ca]\n' |
		cat - ca.ext >ca.cnf
	need openssl req -x509 -config ca.cnf -extensions ca -newkey ec \
		-pkeyopt ec_paramgen_curve:P-256 -noenc -batch -days 7300 \
		-subj /CN=Outside -keyout root.key -out root.pem
	need "$p11ca" -q init --softhsm
	local name
	for name in old pend; do
		need create "$name"
		"$p11ca" csr "$name" >"$name.csr"
		need openssl x509 -req -in "$name.csr" -CA root.pem -days 3000 \
			-CAkey root.key -extfile ca.ext -out "$name.pem"
	done
	need import old
	cp -a home pristine
	"$p11ca" --json list >before
	entries_before=$(audit_entries)
}

create() { # NAME
	"$p11ca" create --type SUBORDINATE --name "$1" --subject "CN=$1" \
		--key-algorithm EC_prime256v1
}

import() { # NAME
	"$p11ca" import "$1" --certificate "$work/$1.pem" \
		--chain "$work/root.pem"
}

# The commands of the tests; what follows their name comes before the program.
run() { # COMMAND [WORD...]
	local words=(import pend --certificate pend.pem --chain root.pem)

	[ "$1" = import ] || words=(create --type SUBORDINATE --name new
		--subject CN=new --key-algorithm EC_prime256v1)
	shift
	"$@" "$p11ca" "${words[@]}"
}

# ---- what has to be true afterwards

status_of() { # NAME
	grep -F "\"Name\":\"$1\"" now | sed 's/.*"Status":"\([A-Z_]*\)".*/\1/'
}

uuid_of() { # NAME
	grep -F "\"Name\":\"$1\"" now |
		sed 's/^{"Arn":"[^"]*\/\([0-9a-f-]*\)".*/\1/'
}

# The private keys of p11ca that the token has, as another program sees them.
keys_in_token() {
	SOFTHSM2_CONF=$home/softhsm/softhsm2.conf pkcs11-tool --module \
		"$(sed -n 's/^  module: "\(.*\)"/\1/p' "$home/p11ca.yaml")" \
		--login --pin "$(cat "$home/softhsm/pin")" -O --type privkey \
		2>/dev/null | sed -n 's/^ *label: *p11ca-//p'
}

# The store opens, is sound, and knows what it knew of all other CAs.
is_sound() { # NAME
	local entries status

	"$p11ca" --json list >now || violated "list ended with $?" || return
	grep -vF "\"Name\":\"$1\"" before | cmp -s - \
		<(grep -vF "\"Name\":\"$1\"" now) ||
		violated "another CA has changed" || return
	"$p11ca" --json doctor >findings
	status=$?
	[ "$status" -eq 0 ] || violated "doctor ended with $status: $(
		grep -F '"mark":"FAIL"' findings)" || return
	! grep -qF '"mark":"FAIL"' findings || violated "doctor: $(
		grep -F '"mark":"FAIL"' findings)" || return
	entries=$(audit_entries) || violated "the audit log is broken" ||
		return
	[ "$entries" -ge "$entries_before" ] ||
		violated "the audit log has $entries entries" || return
	echo "$entries" >entries
}

# Every key is some CA's, or named by doctor.
keys_are_known() {
	local key

	for key in $(keys_in_token); do
		grep -qF "/$key\"" now || grep -qF "$key" findings ||
			violated "nobody knows the key $key" || return
	done
}

create_is_whole() { # OUT
	local status

	status=$(status_of new)
	if grep -q '^arn:.*' "$1"; then
		[ "$status" = PENDING_CERTIFICATE ] &&
			grep -qF "\"Arn\":\"$(head -n 1 "$1")\"" now ||
			violated "acknowledged, but $status" || return
	fi
	case $status in
	'') ;;
	CREATING)
		grep -F "$(uuid_of new)" findings |
			grep -F '"mark":"warn"' >log ||
			violated "doctor does not name the cut-off CA"
		;;
	PENDING_CERTIFICATE)
		"$p11ca" csr new | openssl req -verify -noout 2>&1 |
			grep "verify OK" >log ||
			violated "the CSR does not verify" || return
		keys_in_token |
			grep -xF "$(uuid_of new)" >log ||
			violated "the CA has no key" || return
		[ "$(cat entries)" -gt "$entries_before" ] ||
			violated "the CA has no audit entry"
		;;
	*) violated "the CA is $status" ;;
	esac && keys_are_known
}

# What was sent, byte for byte.
installed() { # NAME
	"$p11ca" show "$1" --certificate | cmp -s - "$1.pem" &&
		"$p11ca" show "$1" --chain | cmp -s - root.pem
}

import_is_whole() { # OUT
	local status

	status=$(status_of pend)
	if grep -q '^pend is ACTIVE' "$1"; then
		[ "$status" = ACTIVE ] ||
			violated "acknowledged, but $status" || return
	fi
	case $status in
	PENDING_CERTIFICATE)
		! "$p11ca" show pend --certificate >shown 2>&1 ||
			violated "a pending CA with a certificate" || return
		cmp -s before now || violated "half of a new state"
		;;
	ACTIVE)
		installed pend ||
			violated "not the bytes that were sent" || return
		[ "$(cat entries)" -gt "$entries_before" ] ||
			violated "the import has no audit entry"
		;;
	*) violated "the CA is $status" ;;
	esac
}

# What is left of a creation can be taken away, and then it can be made.
create_works_again() {
	local uuid

	case $(status_of new) in
	CREATING)
		uuid=$(uuid_of new)
		"$p11ca" delete --yes "$uuid" >log 2>&1 ||
			violated "delete of the rest: $(cat log)" || return
		! keys_in_token | grep -xF "$uuid" >log ||
			violated "delete left the key" || return
		;;
	PENDING_CERTIFICATE)
		! create new >log 2>&1 ||
			violated "two CAs have the same name"
		return
		;;
	esac
	create new >log 2>&1 || violated "create does not work again: $(
		cat log)"
}

import_works_again() {
	import pend >log 2>&1 || violated "import does not work again: $(
		cat log)" || return
	"$p11ca" --json list >now
	if [ "$(status_of pend)" != ACTIVE ] || ! installed pend; then
		violated "not installed by the second import"
		return
	fi
	audit_entries >log || violated "the second import broke the audit log"
}

# The whole judgement; what is violated goes to descriptor 3.
judge() { # COMMAND OUT
	local name=new

	[ "$1" = create ] || name=pend
	is_sound "$name" && "$1_is_whole" "$2" && "$1_works_again"
}

# ---- errors of the disk

# An error is no crash: it has its exit code and nothing is acknowledged.
ended_well() { # COMMAND STATUS ALLOWED...
	local allowed status=$2

	if [ "$status" -eq 0 ]; then
		[ -s out ] || violated "exit code 0 without a result"
		return
	fi
	[ ! -s out ] || violated "exit code $status with a result" || return
	shift 2
	for allowed; do
		[ "$status" -ne "$allowed" ] || return 0
	done
	violated "exit code $status: $(tail -n 1 err)"
}

# The Nth call of each thread fails once, or from then on: the store has one, and
# so has the token.
fail_at_each() { # COMMAND
	local call n where error status fired=0

	: >said
	while read -r call n where; do
		[ "$where" != else ] || continue
		for error in "EIO:when=$n" "ENOSPC:when=$n+"; do
			tamper "$1" "$call" "error=$error"
			status=$?
			[ "$status" -eq 0 ] || fired=$((fired + 1))
			ended_well "$1" "$status" 3 4 3>violation ||
				sed "s|^|$call $error $where: |" \
					violation >>said
			judge_at "$call $error $where" "$1" out
		done
	done < <(moments)
	conclude "$1 meets an error of the disk" "$fired"
}

# ---- power cuts

# Only what was synced is sure to be there; of the rest a random part is.  What
# is added to the log are two changes each.
cut_power() { # COMMAND
	local at s status fired=0 step=${P11CA_CRASH_EVERY:-2}

	: >said
	for ((s = seed; s < seed + ${P11CA_CRASH_SEEDS:-1}; s++)); do
		for ((at = step; ; at += step)); do
			restore
			{
				run "$1" env POWERLOSS_AT="$at" \
					POWERLOSS_SEED="$s" \
					POWERLOSS_HOME="$home" \
					LD_PRELOAD="$work/powerloss.so" \
					>out 2>err
				status=$?
			} 2>/dev/null
			[ "$status" -ne 137 ] || fired=$((fired + 1))
			judge_at "change $at, seed $s" "$1" out
			[ "$status" -eq 137 ] || break
		done
	done
	conclude "$1 loses power" "$fired"
}

# ---- all of it

sweep() { # COMMAND
	need trace "$1"
	kill_at_each "$1"
	kill_at_random "$1"
	fail_at_each "$1"
	cut_power "$1"
}

need "${CC:-cc}" -shared -fPIC -O1 -D_GNU_SOURCE -o powerloss.so \
	"$top/tests/story/powerloss.c"
prepare
