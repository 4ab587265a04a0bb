#!/usr/bin/env bash
# crash_register.bash - issue, issue --batch, revoke and crl are killed at bad
# moments, and what they leave is looked at: nothing that was answered is
# lost, nothing was signed that is not on record, no serial and no number of a
# CRL is there twice, and the next command puts in order what was cut off.
#
# To be sourced.  The environment is that of crash.bash, and P11CA_BUILD=FOLDER
# with p11ca-fault.so: the token counts what it signs.

# shellcheck source=tests/story/crash.bash
. "$(dirname "${BASH_SOURCE[0]}")/crash.bash"

not_a_moment=$work/calls
batch_size=8
settled=0 # times that there was something to settle
wants "kills while issuing" "$fault_module"

# ---- what there is before: a CA that has issued three, and published a CRL

prepare() {
	local i

	need "$p11ca" -q init --softhsm
	need sed -i "s|^  module:.*|  module: \"$fault_module\"|" \
		home/p11ca.yaml
	need "$p11ca" bucket add crls
	cat >revocation.json <<-'END'
		{ "CrlConfiguration": { "Enabled": true,
		  "ExpirationInDays": 7, "S3BucketName": "crls" } }
	END
	need "$p11ca" create --type ROOT --name ca --subject CN=ca \
		--key-algorithm EC_prime256v1
	need "$p11ca" activate ca
	need "$p11ca" revocation ca --configuration revocation.json
	"$p11ca" show ca --certificate >ca.pem
	need openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-noenc -batch -subj /CN=victim -keyout key -out victim.csr
	mkdir csrs
	for ((i = 1; i <= batch_size; i++)); do
		need openssl req -new -key key -subj "/CN=many $i" \
			-out "csrs/many$i"
	done
	need openssl req -new -key key -subj /CN=one-that-is-new -out one.csr
	need openssl req -new -key key -subj /CN=next -out next.csr
	for i in old gone victim; do
		"$p11ca" issue ca --csr victim.csr --days 9 >"$i.pem"
	done
	need revoke gone
	cp -a home unpublished
	need "$p11ca" crl ca
	published=$(cd home && echo buckets/crls/crl/*.crl)
	cp "home/$published" older.crl
	need "$p11ca" crl ca
	cp -a home pristine
	remember
}

# What must not get lost.
remember() {
	"$p11ca" --json list >list.before
	"$p11ca" --json certs ca >certs.before
	entries_before=$(audit_entries)
	number_before=$(crl_number_in "home/$published")
	rows_before=$(wc -l <certs.before)
	victim=$(serial_of victim.pem)
	gone=$(serial_of gone.pem)
}

serial_of() { # CERTIFICATE
	openssl x509 -in "$1" -noout -serial | sed 's/^serial=//' | tr A-F a-f
}

revoke() { # NAME
	"$p11ca" revoke ca "$(serial_of "$1.pem")" --reason SUPERSEDED
}

# The commands of the tests; what follows their name comes before the program.
run() { # COMMAND [WORD...]
	local words

	case $1 in
	issue) words=(issue ca --csr one.csr --days 9
		--idempotency-token once) ;;
	batch) words=(issue ca --batch csrs --out certs --days 9) ;;
	revoke) words=(revoke ca "$victim" --reason KEY_COMPROMISE) ;;
	crl) words=(crl ca) ;;
	esac
	shift
	rm -rf certs
	: >calls
	P11CA_FAULT_LOG=$work/calls "$@" "$p11ca" "${words[@]}"
}

signatures() { # LOG - that the token has made
	grep -c '^C_Sign 0x0$' "$1"
}

# ---- what has to be true afterwards

# The rows of the register as people see them: serial and state.
states() {
	"$p11ca" -q certs ca | awk 'NR > 1 {
		print $1, $3 == "being" ? "intent" : $3 }'
}

# All certificates of the register, each in a file of its own.
fetch() {
	local serial state

	while read -r serial state; do
		case $state in
		valid | revoked)
			[ ! -e "record/$serial.pem" ] || continue
			"$p11ca" cert show ca "$serial" --pem \
				>"record/$serial.pem" ||
				violated "no certificate $serial" || return
			;;
		intent | failed) ;;
		*) violated "$serial is $state" || return ;;
		esac
	done <now
}

# The serials of many certificates, in order.
serials_of() { # CERTIFICATE...
	printf ' -certfile %s' "$@" | xargs openssl crl2pkcs7 -nocrl |
		openssl pkcs7 -print_certs -text -noout |
		sed -n '/Serial Number:/{n;s/[ :]//gp}'
}

# Verified, and each has the serial that it is on record with.
certificates_verify() {
	openssl verify -CAfile ca.pem record/*.pem >log 2>&1 ||
		violated "a certificate does not verify: $(cat log)" || return
	serials_of record/*.pem >log
	printf '%s\n' record/*.pem | sed 's|.*/||; s|\.pem$||' | diff - log \
		>serials.diff ||
		violated "another serial: $(cat serials.diff)" || return
	if ! cmp -s victim.pem "record/$victim.pem" ||
		! cmp -s gone.pem "record/$gone.pem"; then
		violated "a certificate of before has changed"
	fi
}

# Each that was issued has its one entry in the audit log; one that was asked
# for again has another of another kind.
issues_are_logged() {
	"$p11ca" audit show | grep '"operation":"IssueCertificate"' |
		grep '"outcome":"done"' | grep -E '"(template|settled)":' |
		sed -n 's/.*"serial":"\([0-9a-f]*\)".*/\1/p' | sort >logged
	find record -name '*.pem' | sed 's|.*/||; s|\.pem$||' | sort |
		diff - logged >log ||
		violated "audit log and register differ: $(cat log)"
}

# The store opens, is sound, and knows what it knew.
store_is_sound() {
	local entries

	"$p11ca" --json list 2>log | cmp -s list.before - ||
		violated "the CA has changed: $(cat log)" || return
	"$p11ca" -q doctor >findings &&
		! grep -v -e ' on record that a crash ' \
			-e 'to do: p11ca issue ca --settle$' findings >log ||
		violated "doctor: $(cat findings)" || return
	entries=$(audit_entries) || violated "the audit log is broken" ||
		return
	[ "$entries" -ge "$entries_before" ] ||
		violated "the audit log has $entries entries"
}

register_is_sound() {
	states >now || violated "certs ended with $?" || return
	cut -d ' ' -f 1 now | sort | uniq -d >twice
	[ ! -s twice ] || violated "a serial is there twice: $(cat twice)" ||
		return
	"$p11ca" --json certs ca | grep -v "$victim" >log
	grep -v "$victim" certs.before |
		cmp -s - <(head -n "$((rows_before - 1))" log) ||
		violated "a row of before has changed" || return
	fetch && certificates_verify && issues_are_logged
}

crl_number_in() { # FILE, of DER
	local hex

	hex=$(openssl crl -inform DER -in "$1" -noout -crlnumber |
		sed -n 's/^crlNumber=0x//p')
	[ -n "$hex" ] && echo $((16#$hex))
}

# It is whole, signed, not older than the last, and has the old revocation.
crl_is_sound() {
	openssl crl -inform DER -in "$home/$published" -noout -text \
		-verify -CAfile ca.pem >crl.text 2>&1 &&
		grep -q "verify OK" crl.text ||
		violated "the published CRL: $(head -n 3 crl.text)" || return
	number=$(crl_number_in "$home/$published")
	[ "$number" -ge "$number_before" ] ||
		violated "the CRL number went back to $number" || return
	lists "$gone" || violated "the CRL lost a revocation"
}

lists() { # SERIAL - what crl_is_sound() looked at
	grep -qix " *Serial Number: $1" crl.text
}

# What was signed is on record, at least as an intent.
signed_is_on_record() {
	local made=$(($(wc -l <now) - rows_before))

	[ "$(signatures calls)" -le "$made" ] ||
		violated "$(signatures calls) signatures, $made on record"
}

issue_is_whole() { # OUT
	signed_is_on_record || return
	[ -s "$1" ] || return 0
	openssl x509 -in "$1" -noout 2>log ||
		violated "half an answer: $(cat "$1")" || return
	cmp -s "$1" "record/$(serial_of "$1").pem" ||
		violated "what was answered is not on record"
}

# A line of the answer is a file, and a file is a certificate on record.
batch_is_whole() { # OUT
	local serial title file

	signed_is_on_record || return
	while read -r serial title; do
		cmp -s "certs/$title.pem" "record/$serial.pem" ||
			violated "$title, $serial is not on record" || return
	done <"$1"
	for file in certs/*.pem; do
		[ -e "$file" ] || continue
		cmp -s "$file" "record/$(serial_of "$file").pem" ||
			violated "$file is not on record" || return
	done
}

revoke_is_whole() { # OUT
	! grep -q "is revoked" "$1" ||
		grep -qx "$victim revoked" now ||
		violated "what was acknowledged is not on record"
}

crl_is_whole() { # OUT
	[ -s "$1" ] || return 0
	openssl crl -in "$1" -outform DER -out answer.crl 2>log ||
		violated "half an answer: $(cat "$1")" || return
	cmp -s answer.crl "$home/$published" ||
		violated "what was answered is not what is published"
}

# ---- the next command puts in order what was cut off

# Doctor tells of them; they are settled with one signature each.
settle() { # INTENTS
	local made

	"$p11ca" -q doctor >findings
	grep -q "ca: $1 .* on record that a crash" findings ||
		violated "doctor says nothing of $1 intents" || return
	: >calls.next
	P11CA_FAULT_LOG=$work/calls.next "$p11ca" issue ca --settle >log 2>&1 ||
		violated "settling does not work: $(cat log)" || return
	made=$(signatures calls.next)
	[ "$(cat log) by $made" = "$1 issued, 0 failed by $1" ] ||
		violated "$made signatures to settle $1: $(cat log)"
}

# Or by whoever issues next.
next_issue() {
	local intents made

	intents=$(grep -c intent now)
	[ "$intents" -eq 0 ] || settled=$((settled + 1))
	if [ "$intents" -gt 0 ] && [ $((settled % 2)) -eq 1 ]; then
		settle "$intents" || return
		intents=0
	fi
	: >calls.next
	P11CA_FAULT_LOG=$work/calls.next "$p11ca" issue ca --csr next.csr \
		--days 9 >next.pem 2>log ||
		violated "issue does not work again: $(cat log)" || return
	made=$(signatures calls.next)
	register_is_sound || return
	! grep intent now >log || violated "left unsettled: $(cat log)" ||
		return
	! grep failed now >log || violated "settled as failed: $(cat log)" ||
		return
	[ "$made" -eq $((intents + 1)) ] ||
		violated "$made signatures for $intents intents and one more" ||
		return
	cmp -s next.pem "record/$(serial_of next.pem).pem" ||
		violated "the next certificate is not on record"
}

# The same request with its token is one certificate, however it was ended.
issue_works_again() { # OUT
	P11CA_FAULT_LOG=$work/calls "$p11ca" issue ca --csr one.csr --days 9 \
		--idempotency-token once >again.pem 2>log ||
		violated "the same request again: $(cat log)" || return
	[ ! -s "$1" ] || cmp -s "$1" again.pem ||
		violated "the same request, another certificate" || return
	states >now
	[ "$(wc -l <now)" -eq $((rows_before + 1)) ] ||
		violated "one request, $(wc -l <now) rows" || return
	next_issue
}

batch_works_again() {
	next_issue
}

# Who reads the next CRL learns of it, whether or not it was acknowledged.
revoke_works_again() {
	local before=$number

	grep -qx "$victim revoked" now ||
		revoke victim >log 2>&1 ||
		violated "revoke does not work again: $(cat log)" || return
	"$p11ca" -q crl --due >log 2>&1 && crl_is_sound ||
		violated "crl --due: $(cat log)" || return
	lists "$victim" || violated "the next CRL lacks it" || return
	[ "$number" -gt "$before" ] || violated "no newer number"
}

crl_works_again() {
	local before=$number

	"$p11ca" crl ca >out.again 2>log ||
		violated "crl does not work again: $(cat log)" || return
	crl_is_sound && crl_is_whole out.again || return
	[ "$number" -gt "$before" ] || violated "no newer number" || return
	[ "$(find "$home/buckets/crls" -type f | wc -l)" -eq 1 ] ||
		violated "something is left beside the CRL"
}

# The whole judgement; what is violated goes to descriptor 3.
judge() { # COMMAND OUT
	rm -rf record
	mkdir record
	store_is_sound && register_is_sound && crl_is_sound &&
		"$1_is_whole" "$2" && "$1_works_again" "$2" || return
	audit_entries >log || violated "the audit log is broken afterwards"
}

prepare
