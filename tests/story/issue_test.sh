#!/usr/bin/env bash
# issue_test - a hierarchy as a new user makes it, and what it issues, revokes
# and publishes, as the programs of other people see that: openssl, certtool,
# curl.
#
# P11CA=PROGRAM.  CRLs are looked up where the certificates say they are.
# shellcheck disable=SC2016 # eval expands what is in single quotes
set -u -o pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
p11ca=$(realpath "${P11CA:-$top/build/p11ca}")
work=$(mktemp -d)
server=
tidy_up() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$work"
}
trap tidy_up EXIT
cd "$work" || exit 2
export P11CA_HOME=$work/home LC_ALL=C TZ=UTC
unset OPENSSL_CONF SOFTHSM2_CONF SSL_CERT_FILE SSL_CERT_DIR

base=http://pki.test
cname=crl.ed.test
responder=http://ocsp.test/answers
failures=0

# One test: the sentence, and the command that has to succeed.
holds() { # TEXT COMMAND...
	local text=$1

	shift
	if "$@" >log 2>&1; then
		echo "ok - $text"
	else
		failures=$((failures + 1))
		echo "not ok - $text"
		sed 's/^/# /' log
	fi
}

# What a test stands on; without it there is no point in going on.
need() {
	"$@" >log 2>&1 || {
		echo "not ok - prepares: $*"
		sed 's/^/# /' log
		exit 1
	}
}

# Inside a test: a command that has to fail.
fails() {
	! "$@"
}

# ---- requesters, each with a key and a CSR

keys=(p256 p384 p521 rsa ed25519)

requester() { # NAME KEY [SUBJECT [LINE...]]
	local name=$1 key=$2 subject=${3:-/O=Example/CN=$1.example.test}
	local how=()

	case $key in
	p256) how=(ec -pkeyopt ec_paramgen_curve:P-256) ;;
	p384) how=(ec -pkeyopt ec_paramgen_curve:P-384) ;;
	p521) how=(ec -pkeyopt ec_paramgen_curve:P-521) ;;
	rsa) how=(rsa:2048) ;;
	ed25519) how=(ed25519) ;;
	esac
	openssl req -new -newkey "${how[@]}" -noenc -batch -subj "$subject" \
		-addext "subjectAltName=DNS:$name.example.test" \
		-keyout "$name.key" -out "$name.csr"
}

serial_of() { # CERTIFICATE
	openssl x509 -in "$1" -noout -serial | sed 's/^serial=//'
}

revoke() { # CA CERTIFICATE REASON
	"$p11ca" revoke "$1" "$(serial_of "$2")" --reason "$3"
}

# ---- the hierarchy

cat >complete.json <<'END'
{ "CrlConfiguration": { "Enabled": true, "ExpirationInDays": 7,
    "S3BucketName": "crls" },
  "OcspConfiguration": { "Enabled": true } }
END
cat >parts.json <<'END'
{ "CrlConfiguration": { "Enabled": true, "ExpirationInDays": 3,
    "S3BucketName": "crls", "CrlType": "PARTITIONED" } }
END
cat >elsewhere.json <<END
{ "CrlConfiguration": { "Enabled": true, "ExpirationInDays": 2,
    "S3BucketName": "other", "CustomPath": "of/ed",
    "CustomCname": "$cname" } }
END

create() { # NAME TYPE KEY_ALGORITHM [OPTION...]
	local name=$1 type=$2 key=$3

	shift 3
	"$p11ca" -q create --type "$type" --name "$name" --key-algorithm \
		"$key" --subject "C=DE,O=Example,CN=Our $name" "$@"
}

publishes() { # NAME CONFIGURATION
	"$p11ca" revocation "$1" --configuration "$2"
}

is_active() { # NAME
	"$p11ca" list | grep -E "^$1 .* ACTIVE " &&
		"$p11ca" show "$1" --certificate >"$1.pem" &&
		{ "$p11ca" show "$1" --chain >"$1.chain" || : >"$1.chain"; }
}

make_home() {
	need "$p11ca" -q init --softhsm
	need sed -i -e "s|^  # base-url:.*|  base-url: \"$base\"|" \
		-e "s|^  # url:.*|  url: \"$responder\"|" home/p11ca.yaml
	need "$p11ca" bucket add crls
	need "$p11ca" bucket add other
	local key

	for key in "${keys[@]}"; do
		need requester "$key" "$key"
	done
}

test_hierarchy() {
	need create root ROOT EC_secp384r1
	holds "a root signs itself" "$p11ca" activate root
	need publishes root complete.json
	need create policy SUBORDINATE EC_prime256v1 \
		--revocation-configuration complete.json
	holds "a subordinate is signed by the root" \
		"$p11ca" activate policy --parent root \
		--template SubordinateCACertificate_PathLen2 --years 8
	need create ec SUBORDINATE EC_prime256v1 \
		--revocation-configuration complete.json
	need create rsa SUBORDINATE RSA_2048 \
		--revocation-configuration parts.json
	need create ed SUBORDINATE ED25519
	need create narrow SUBORDINATE EC_prime256v1
	local name

	for name in ec rsa ed; do
		holds "the CA $name is signed two levels down" \
			"$p11ca" activate "$name" --parent policy
	done
	need publishes ed elsewhere.json
	need "$p11ca" activate narrow --parent policy \
		--template SubordinateCACertificate_PathLen0
	for name in root policy ec rsa ed narrow; do
		holds "$name is ACTIVE" is_active "$name"
	done
	holds "the tree has three levels" eval \
		'"$p11ca" tree | tee /dev/stderr | grep -c . | grep -x 6'
}

# ---- CRLs, where the certificates say they are

# The URI in the cRLDistributionPoints of a certificate.
point_of() { # CERTIFICATE
	openssl x509 -in "$1" -noout -ext crlDistributionPoints 2>/dev/null |
		sed -n 's/^ *URI://p'
}

# What a web server would have at that URI.
file_at() { # URI
	case $1 in
	"$base"/*) echo "home/buckets/crls/${1#"$base"/}" ;;
	"http://$cname"/*) echo "home/buckets/other/${1#"http://$cname"/}" ;;
	*) echo "no web server has $1" >&2 && return 1 ;;
	esac
}

# The CRLs for a certificate and its chain, in one file of PEM.
crls_for() { # CERTIFICATE CHAIN
	local uri file

	rm -f one-*.pem
	cat "$1" "$2" | csplit -sz -f one- -b %02d.pem - '/BEGIN/' '{*}'
	for file in one-*.pem; do
		uri=$(point_of "$file")
		[ -n "$uri" ] || continue # the root
		file=$(file_at "$uri") &&
			openssl crl -inform DER -in "$file" || return
	done
}

test_publication() {
	holds "what is due is made" eval '"$p11ca" crl --due | tee made.txt &&
		grep -v "^0 made" made.txt'
	holds "then nothing is due" eval '"$p11ca" crl --due | grep "^0 made"'
}

# ---- certificates of every template, from every CA, for every key

# TEMPLATE, the purpose openssl shall see in it, and one that it shall not.
templates() {
	cat <<-'END'
		EndEntityCertificate sslserver crlsign
		EndEntityServerAuthCertificate sslserver sslclient
		EndEntityClientAuthCertificate sslclient sslserver
		CodeSigningCertificate any sslserver
		OCSPSigningCertificate any sslclient
		SubordinateCACertificate_PathLen0 crlsign timestampsign
		BlankEndEntityCertificate_APIPassthrough smimesign sslserver
	END
}

cat >api.json <<'END'
{ "Subject": { "Country": "DE", "Organization": "Example",
    "CommonName": "device 42" },
  "Extensions": {
    "ExtendedKeyUsage": [ { "ExtendedKeyUsageType": "EMAIL_PROTECTION" } ],
    "KeyUsage": { "DigitalSignature": true },
    "SubjectAlternativeNames": [
      { "Rfc822Name": "device42@example.test" },
      { "DnsName": "device42.example.test" },
      { "IpAddress": "192.0.2.42" } ],
    "CertificatePolicies": [ { "CertPolicyId": "1.3.6.1.4.1.99999.1" } ],
    "CustomExtensions": [ { "ObjectIdentifier": "1.3.6.1.4.1.99999.2",
      "Value": "DARkZW1v", "Critical": false } ] } }
END

issue() { # CA KEY TEMPLATE OUT
	local api=()

	[[ $3 != *_APIPassthrough ]] || api=(--api-passthrough api.json)
	"$p11ca" issue "$1" --csr "$2.csr" --template "$3" --days 90 \
		"${api[@]}" >"$4"
}

chain_of() { # CA
	cat "$1.pem" "$1.chain"
}

# openssl, as strict as it can be.
openssl_takes() { # CA PURPOSE CERTIFICATE...
	local ca=$1 purpose=$2

	shift 2
	openssl verify -x509_strict -crl_check_all -CAfile root.pem \
		-untrusted <(chain_of "$ca") -CRLfile crls.pem \
		-purpose "$purpose" "$@"
}

openssl_takes_none() { # CA PURPOSE CERTIFICATE...
	openssl_takes "$@" >told 2>&1
	cat told
	fails grep ': OK$' told &&
		[ "$(grep -c 'verification failed' told)" -eq $(($# - 2)) ]
}

# certtool wants a chain in order, without the root.
certtool_takes() { # CA CERTIFICATE...
	local ca=$1 cert

	shift
	for cert; do
		cat "$cert" "$ca.pem" policy.pem |
			certtool --verify --verify-profile medium \
				--load-ca-certificate root.pem \
				--load-crl crls.pem || return
	done
	cat "$1" <(chain_of "$ca") | certtool --verify-chain
}

refused_as_revoked() { # CA CERTIFICATE
	openssl_takes_none "$1" any "$2" | grep "certificate revoked" &&
		fails certtool_takes "$1" "$2"
}

issues_for_every_key() { # CA TEMPLATE PURPOSE NO_PURPOSE
	local key out=()

	for key in "${keys[@]}"; do
		out+=("$1-$2-$key.pem")
		issue "$1" "$key" "$2" "$1-$2-$key.pem" || return
	done
	"$p11ca" crl --due
	crls_for "${out[0]}" <(chain_of "$1") >crls.pem &&
		openssl_takes "$1" "$3" "${out[@]}" &&
		openssl_takes_none "$1" "$4" "${out[@]}" &&
		certtool_takes "$1" "${out[@]}"
}

test_templates() {
	local ca template purpose other

	for ca in ec rsa ed; do
		while read -r template purpose other; do
			holds "$ca issues $template for keys of all kinds" \
				issues_for_every_key "$ca" "$template" \
				"$purpose" "$other"
		done < <(templates)
	done
}

has_line() { # CERTIFICATE TEXT
	openssl x509 -in "$1" -noout -text | grep -F -- "$2"
}

test_contents() {
	local device=ec-BlankEndEntityCertificate_APIPassthrough-p256.pem
	local line

	while read -r line; do
		holds "the passthrough file gives $line" has_line "$device" \
			"$line"
	done <<-'END'
		Subject: C = DE, O = Example, CN = device 42
		email:device42@example.test, DNS:device42.example.test
		IP Address:192.0.2.42
		E-mail Protection
		Policy: 1.3.6.1.4.1.99999.1
		1.3.6.1.4.1.99999.2:
	END
	holds "the settings say where the responder is" eval \
		'openssl x509 -in ec-EndEntityCertificate-rsa.pem -noout \
		-ocsp_uri | grep -xF "$responder"'
	holds "a CA without OCSP names no responder" eval \
		'[ -z "$(openssl x509 -in ed-EndEntityCertificate-rsa.pem \
		-noout -ocsp_uri)" ]'
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
	local leaf=rsa-EndEntityCertificate-p256.pem

	holds "the CRL of a part names the point of its certificates" \
		idp_is_point "$leaf"
	holds "a complete CRL names none" \
		says_nothing_of_parts ec-EndEntityCertificate-p256.pem
	holds "a CA with a path and a name of its own has its CRL there" eval \
		'point_of ed-EndEntityCertificate-p256.pem |
		grep -E "^http://$cname/of/ed/[0-9a-f-]{36}\.crl$"'
	crls_for "$leaf" <(chain_of rsa) >crls.pem
	need revoke rsa "$leaf" KEY_COMPROMISE
	holds "before the next CRL of its part nobody knows" \
		openssl_takes rsa any "$leaf"
	need "$p11ca" crl --due
	crls_for "$leaf" <(chain_of rsa) >crls.pem
	holds "the next CRL of its part has it" refused_as_revoked rsa "$leaf"
	holds "others of that part stay good" \
		openssl_takes rsa any rsa-EndEntityCertificate-p384.pem
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

# Only what is in a file with several certificates counts for curl.
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
	local state=$1 ca=$2 hash=$3 about=(-cert "$4")

	[[ $4 == *.pem ]] || about=(-serial "$4")
	shift 4
	ask "$ca" "$hash" "${about[@]}" &&
		"$p11ca" ocsp "$ca" --request ask.der "$@" >answer.der &&
		openssl ocsp "$hash" -issuer "$ca.pem" "${about[@]}" \
			-reqin ask.der -no_nonce -respin answer.der \
			-CAfile root.pem -verify_other <(chain_of "$ca") >told 2>&1
	cat told
	grep -qx "Response verify OK" told &&
		grep -q "^[^ ].*: $state\$" told && ! grep -qi nonce told
}

test_ocsp() {
	local ca hash good revoked

	for ca in ec rsa ed; do
		good=$ca-EndEntityCertificate-rsa.pem
		revoked=$ca-EndEntityCertificate-ed25519.pem
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
	need ask ec -sha1 -cert ec-EndEntityCertificate-rsa.pem
	holds "an answer does not do for a second question" eval \
		'fails openssl ocsp -issuer ec.pem -reqin ask.der -no_nonce \
		-respin answer.der 2>&1 | grep "Nonce Verify error"'
	holds "the reason is told" grep -F "Reason: keyCompromise" <(
		answers revoked ec -sha1 ec-EndEntityCertificate-ed25519.pem)
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
		-sha1 ec-EndEntityCertificate-rsa.pem "${by[@]}" "$key"
	holds "a responder answers for the CA: revoked" answers revoked "$ca" \
		-sha256 ec-EndEntityCertificate-ed25519.pem "${by[@]}" "$key"
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

# ---- what is refused

# With its exception and exit code 1, and nothing is issued.
refused() { # EXCEPTION RULE|- COMMAND...
	local exception=$1 rule=$2 before status

	shift 2
	before=$("$p11ca" --json certs "$2")
	"$p11ca" --json "$@" >told 2>&1
	status=$?
	cat told
	[ "$status" -eq 1 ] && grep -F "{\"error\":\"$exception\"" told &&
		{ [ "$rule" = - ] || grep -F "\"rule\":\"$rule\"" told; } &&
		[ "$before" = "$("$p11ca" --json certs "$2")" ]
}

# A CA that was signed outside, with name constraints.
fence() {
	printf '[req]\ndistinguished_name=x\n[x]\n[ca]\n%s\n%s\n' \
		basicConstraints=critical,CA:TRUE \
		keyUsage=critical,keyCertSign,cRLSign >ca.cnf
	printf '%s\n' basicConstraints=critical,CA:TRUE \
		keyUsage=critical,keyCertSign,cRLSign \
		"nameConstraints=critical,permitted;DNS:fence.test" >fence.ext
	openssl req -x509 -config ca.cnf -extensions ca -newkey ec -noenc \
		-pkeyopt ec_paramgen_curve:P-256 -batch -days 7300 \
		-subj /CN=Outside -keyout outside.key -out outside.pem &&
		create fenced SUBORDINATE EC_prime256v1 &&
		"$p11ca" csr fenced >fenced.csr &&
		openssl x509 -req -in fenced.csr -CA outside.pem -days 900 \
			-CAkey outside.key -extfile fence.ext -out fenced.pem &&
		"$p11ca" import fenced --certificate fenced.pem \
			--chain outside.pem
}

test_refusals() {
	local ca_template=SubordinateCACertificate_PathLen0
	local days=(--days 9)

	need fence
	need openssl req -new -key p256.key -subj /CN=inside -out inside.csr \
		-addext subjectAltName=DNS:www.fence.test
	holds "a CA of path length 0 signs no CA" refused \
		ValidationException N13 issue narrow --csr p256.csr \
		--template "$ca_template" "${days[@]}"
	holds "nor does it activate one" refused ValidationException N13 \
		activate responder --parent narrow
	holds "it signs an end entity" issue narrow p256 EndEntityCertificate \
		narrow-leaf.pem
	holds "a name outside the constraints is refused" refused \
		InvalidArgsException N14 issue fenced --csr p256.csr "${days[@]}"
	holds "a name inside is not" eval '"$p11ca" issue fenced --csr \
		inside.csr --days 9 >inside.pem && openssl verify \
		-CAfile outside.pem -untrusted fenced.pem inside.pem'
	holds "nothing outlives its CA" refused ValidationException N11 \
		issue ec --csr p256.csr --years 50
	holds "a CA without a certificate issues none" refused \
		InvalidStateException N01 issue responder --csr p256.csr \
		"${days[@]}"
	need "$p11ca" disable narrow
	holds "nor does a disabled one" refused InvalidStateException N01 \
		issue narrow --csr p256.csr "${days[@]}"
	holds "but it revokes, and has a CRL" eval \
		'revoke narrow narrow-leaf.pem SUPERSEDED && "$p11ca" -q crl \
		narrow | openssl crl -noout -text |
		grep -F "$(serial_of narrow-leaf.pem)"'
	openssl req -in p256.csr -outform DER |
		{ head -c -1; printf '\0'; } | openssl req -inform DER >bad.csr
	holds "a CSR that does not verify is refused" refused \
		MalformedCSRException - issue ec --csr bad.csr "${days[@]}"
	holds "a template that is none is no template" eval '! "$p11ca" issue \
		ec --csr p256.csr --days 9 --template EndEntity'
	holds "what is revoked is not revoked twice" refused \
		RequestAlreadyProcessedException - revoke ec \
		"$(serial_of www.pem)" --reason UNSPECIFIED
	holds "a root cannot revoke itself" refused InvalidRequestException - \
		revoke root "$(serial_of root.pem)" --reason UNSPECIFIED
}

# ---- renewal

test_renewal() {
	local leaf=ec-EndEntityServerAuthCertificate-p384.pem name

	for name in ec policy root; do
		cp "$name.pem" "$name.old"
	done
	holds "a CA is renewed by activating it again" \
		"$p11ca" activate ec --parent policy --years 4
	holds "its parent as well" "$p11ca" activate policy --parent root \
		--template SubordinateCACertificate_PathLen2 --years 7
	holds "and the root" "$p11ca" activate root --years 12
	for name in ec policy root; do
		holds "$name stays ACTIVE" is_active "$name"
		holds "$name has another certificate for the same key" eval \
			"! cmp $name.pem $name.old && cmp \
			<(openssl x509 -in $name.pem -noout -pubkey) \
			<(openssl x509 -in $name.old -noout -pubkey)"
	done
	cp policy.pem ec.chain
	need "$p11ca" crl --due
	crls_for "$leaf" <(chain_of ec) >crls.pem
	holds "what it issued before verifies below the new ones" \
		openssl_takes ec sslserver "$leaf"
	cp root.old root.pem
	holds "and still below the old root" openssl_takes ec sslserver "$leaf"
	"$p11ca" show root --certificate >root.pem
	need issue ec p384 EndEntityCertificate new.pem
	holds "what it issues now does too" openssl_takes ec any new.pem
}

make_home
test_hierarchy
test_publication
test_templates
test_contents
test_partitions
test_server
test_ocsp
test_delegated_ocsp
test_audit_reports
test_refusals
test_renewal
holds "the audit log is whole" "$p11ca" audit verify
holds "doctor finds nothing" "$p11ca" -q doctor
[ "$failures" -eq 0 ]
