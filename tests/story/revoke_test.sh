#!/usr/bin/env bash
# revoke_test - what a hierarchy revokes and publishes, as the programs of other
# people see that: openssl, certtool, curl before a server; CRLs, their parts,
# OCSP, audit reports.
#
# P11CA=PROGRAM.
# shellcheck disable=SC2016 # eval expands what is in single quotes
# shellcheck source=tests/story/hierarchy.bash
. "$(dirname "$0")/hierarchy.bash"

server=
at_end() {
	[ -z "$server" ] || kill "$server"
}

# ---- what there is: certificates of every CA, named after CA and key

prepare() {
	local ca key

	make_home
	make_hierarchy
	for ca in ec rsa ed; do
		for key in p256 p384 rsa ed25519; do
			need issue "$ca" "$key" EndEntityCertificate \
				"$ca-$key.pem"
		done
	done
	need "$p11ca" crl --due
}

# ---- the CRL of a part

idp_is_point() { # CERTIFICATE
	local uri

	uri=$(point_of "$1") &&
		openssl crl -inform DER -in "$(file_at "$uri")" -noout -text |
		grep -A 3 "Issuing Distribution Point: critical" |
			grep -F "URI:$uri"
}

says_nothing_of_parts() { # CERTIFICATE
	openssl crl -inform DER -in "$(file_at "$(point_of "$1")")" -noout \
		-text >text && fails grep "Issuing Distribution Point" text
}

test_partitions() {
	local leaf=rsa-p256.pem

	holds "the CRL of a part names the point of its certificates" \
		idp_is_point "$leaf"
	holds "a complete CRL names none" \
		says_nothing_of_parts ec-p256.pem
	holds "a CA with a path and a name of its own has its CRL there" eval \
		'point_of ed-p256.pem |
		grep -E "^http://$cname/of/ed/[0-9a-f-]{36}\.crl$"'
	crls_for "$leaf" <(chain_of rsa) >crls.pem
	need revoke rsa "$leaf" KEY_COMPROMISE
	holds "before the next CRL of its part nobody knows" \
		openssl_takes rsa any "$leaf"
	need "$p11ca" crl --due
	crls_for "$leaf" <(chain_of rsa) >crls.pem
	holds "the next CRL of its part has it" refused_as_revoked rsa "$leaf"
	holds "others of that part stay good" \
		openssl_takes rsa any rsa-p384.pem
	"$p11ca" -q crl rsa >complete.pem
	holds "the complete CRL has it as well" eval \
		'openssl crl -in complete.pem -noout -text |
		grep -F "$(serial_of "$leaf")"'
}

# ---- a server and its visitor

# It says when it is ready, and on which port.
start_server() {
	local line='' i

	need mkfifo said
	openssl s_server -accept 127.0.0.1:0 -cert www.pem -key www.key \
		-cert_chain ec.both -www </dev/null >said 2>&1 &
	server=$!
	exec 7<said
	for ((i = 0; i < 20; i++)); do
		read -r -t 20 -u 7 line || break
		[[ $line != ACCEPT* ]] || break
	done
	port=${line##*:}
	[[ $port =~ ^[0-9]+$ ]] || {
		echo "not ok - prepares: openssl s_server ($line)"
		exit 1
	}
}

visit() {
	curl --silent --show-error --fail --noproxy '*' --max-time 20 \
		--cacert root.pem --crlfile crls.pem --output page \
		--resolve "www.example.test:$port:127.0.0.1" \
		"https://www.example.test:$port/" &&
		grep -F "s_server" page
}

visit_fails() { # TEXT
	fails visit 2>&1 | tee /dev/stderr | grep -i "$1"
}

# curl wants the CRLs of the whole chain in one file.
all_crls() {
	"$p11ca" -q crl --due && crls_for www.pem <(chain_of ec) >crls.pem
}

test_server() {
	need requester www p256 /CN=www.example.test
	need issue ec www EndEntityServerAuthCertificate www.pem
	need requester mallory p256 /CN=www.example.test
	need issue rsa mallory EndEntityServerAuthCertificate mallory.pem
	chain_of ec >ec.both
	"$p11ca" issue ec --csr www.csr --days 9 --fullchain >full.pem
	holds "the full chain has the certificate and all CAs above it" eval \
		'[ "$(grep -c BEGIN full.pem)" -eq 4 ] &&
		sed "1,/END/d" full.pem | diff - ec.both'
	need all_crls
	start_server
	holds "curl visits the server and looks at the CRLs" visit
	need revoke ec www.pem SUPERSEDED
	need all_crls
	holds "once it is revoked, curl does not" visit_fails revoked
	holds "without a CRL nothing is known to curl" \
		eval ': >crls.pem && ! visit'
	kill "$server"
	wait "$server" 2>/dev/null
	server=
}

# ---- OCSP

ask() { # CA HASH [WORD...] - what openssl ocsp asks about
	local ca=$1 hash=$2

	shift 2
	openssl ocsp "$hash" -issuer "$ca.pem" "$@" -reqout ask.der
}

# The answer is signed, has the nonce, and says so.
answers() { # STATE CA HASH CERTIFICATE|-serial... [OPTION...]
	local state=$1 ca=$2 hash=$3 question=(-cert "$4")

	[[ $4 == *.pem ]] || question=(-serial "$4")
	shift 4
	ask "$ca" "$hash" "${question[@]}" &&
		"$p11ca" ocsp "$ca" --request ask.der "$@" >answer.der &&
		openssl ocsp "$hash" -issuer "$ca.pem" "${question[@]}" \
			-reqin ask.der -no_nonce -respin answer.der \
			-CAfile root.pem -verify_other <(chain_of "$ca") \
			>told 2>&1
	cat told
	grep -qx "Response verify OK" told &&
		grep -q "^[^ ].*: $state\$" told && ! grep -qi nonce told
}

test_ocsp() {
	local ca hash good revoked

	for ca in ec rsa ed; do
		good=$ca-rsa.pem
		revoked=$ca-ed25519.pem
		need revoke "$ca" "$revoked" KEY_COMPROMISE
		for hash in -sha1 -sha256; do
			holds "OCSP of $ca, $hash: good" \
				answers good "$ca" "$hash" "$good"
			holds "OCSP of $ca, $hash: revoked" \
				answers revoked "$ca" "$hash" "$revoked"
			holds "OCSP of $ca, $hash: unknown" \
				answers unknown "$ca" "$hash" 0x4711
		done
	done
	need ask ec -sha1 -cert ec-rsa.pem
	holds "an answer does not do for a second question" eval \
		'fails openssl ocsp -issuer ec.pem -reqin ask.der -no_nonce \
		-respin answer.der 2>&1 | grep "Nonce Verify error"'
	holds "the reason is told" grep -F "Reason: keyCompromise" <(
		answers revoked ec -sha1 ec-ed25519.pem)
	holds "rubbish gets an error response" eval \
		'echo rubbish >ask.der &&
		"$p11ca" ocsp ec --request ask.der >answer.der &&
		fails openssl ocsp -respin answer.der -noverify 2>&1 |
			grep "malformedrequest"'
}

key_of() { # CA
	"$p11ca" --json show "$1" |
		sed -n 's/.*"KeyId":"\([0-9a-f]*\)".*/\1/p' |
		sed 's/../%&/g; s/^/pkcs11:id=/'
}

# The key of a CA that never gets a certificate is a key in the token.
test_delegated_ocsp() {
	local ca=ec key
	local by=(--responder-certificate responder.pem --responder-key)

	need create responder SUBORDINATE EC_prime256v1
	key=$(key_of responder)
	"$p11ca" csr responder >responder.csr
	need issue "$ca" responder OCSPSigningCertificate responder.pem
	holds "a responder answers for the CA: good" answers good "$ca" \
		-sha1 ec-rsa.pem "${by[@]}" "$key"
	holds "a responder answers for the CA: revoked" answers revoked "$ca" \
		-sha256 ec-ed25519.pem "${by[@]}" "$key"
	holds "a responder answers for the CA: unknown" answers unknown "$ca" \
		-sha1 0x4711 "${by[@]}" "$key"
	holds "it is the responder who signed" eval 'openssl ocsp -respin \
		answer.der -noverify -resp_text | grep -F "Our responder"'
	need issue "$ca" responder EndEntityCertificate leaf.pem
	holds "any other certificate of the same key is refused" \
		refused InvalidArgsException - ocsp "$ca" --request ask.der \
		--responder-certificate leaf.pem --responder-key "$key"
	need revoke "$ca" responder.pem CESSATION_OF_OPERATION
	holds "a responder that is revoked is refused" \
		refused InvalidArgsException - ocsp "$ca" --request ask.der \
		"${by[@]}" "$key"
}

# ---- audit reports

report() { # CA FORM
	"$p11ca" --json audit-report create "$1" --bucket other --format "$2" |
		sed -n 's/.*"S3Key":"\([^"]*\)".*/\1/p'
}

json_is_whole() {
	local file

	file=home/buckets/other/$(report ec JSON)
	cat "$file"
	[ "$(head -n 1 "$file")" = '[' ] && [ "$(tail -n 1 "$file")" = ']' ] &&
		sed '1d;$d;s/,$//' "$file" >rows &&
		fails grep -vE '^\{"awsAccountId":"000000000000",.*\}$' rows &&
		sed 's/.*"certificateArn":"\([^"]*\)".*/\1/' rows |
		diff - <("$p11ca" --json certs ec |
			sed 's/^{"CertificateArn":"\([^"]*\)".*/\1/') &&
		grep '"revocationReason":"SUPERSEDED"' rows |
		grep -F "$(serial_of www.pem | tr A-F a-f)"
}

csv_is_whole() {
	local file

	file=home/buckets/other/$(report ec CSV)
	cat "$file"
	head -n 1 "$file" | grep '^awsAccountId,.*,templateArn$' &&
		[ "$(sed 1d "$file" | wc -l)" -eq "$("$p11ca" --json certs ec |
			wc -l)" ] &&
		[ "$(sed 1d "$file" | grep -c ',SUPERSEDED,arn:')" -eq 1 ]
}

test_audit_reports() {
	holds "an audit report in JSON has every certificate" json_is_whole
	holds "an audit report in CSV has every certificate" csv_is_whole
}

prepare
test_partitions
test_server
test_ocsp
test_delegated_ocsp
test_audit_reports
holds "the audit log is whole" "$p11ca" audit verify
holds "doctor finds nothing" "$p11ca" -q doctor
