#!/usr/bin/env bash
# issue_test.sh - from a root to revoked certificates on the command line, with
# a SoftHSM home; openssl makes the CSRs and is who believes in the results.
#
#   P11CA   the program, default build/p11ca
# shellcheck source=tests/door/door.bash
. "$(dirname "$0")/door.bash"

new_csr() { # NAME
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout key.pem -subj "/CN=$1" -out "$1.csr" 2>/dev/null
}

# shellcheck disable=SC2317 # called by holds
has() { # FILE PATTERN: of the certificate
	openssl x509 -in "$1" -noout -text | grep -qE -- "$2"
}

p11ca init --softhsm >out 2>err || verdict 1 "there is a home"

# --- activate

ends 0 "create a root with tags and mode" p11ca create --type ROOT \
	--name root --key-algorithm EC_prime256v1 --subject "CN=Root,O=Example" \
	--tag stage=test --tag owner=pki --usage-mode GENERAL_PURPOSE \
	--key-storage-security-standard FIPS_140_2_LEVEL_3_OR_HIGHER \
	--idempotency-token once
says err "create says what comes next for a root" 'next: p11ca --home [^ ]+ activate root$'
cp out root.arn
ends 0 "the same idempotency token" p11ca create --type ROOT --name root \
	--key-algorithm EC_prime256v1 --subject "CN=Root,O=Example" \
	--idempotency-token once
holds "gives the same CA" cmp -s out root.arn
ends 1 "an idempotency token has 36 characters at most" p11ca create \
	--type ROOT --key-algorithm EC_prime256v1 --subject CN=a \
	--idempotency-token "$(printf 'x%.0s' {1..37})"
ends 2 "a tag needs a value" p11ca create --type ROOT --subject CN=a \
	--key-algorithm EC_prime256v1 --tag stage
p11ca create --type SUBORDINATE --name issuing --subject "CN=Issuing" \
	--key-algorithm EC_secp384r1 >out 2>err
says err "create says what comes next for a subordinate" \
	'activate issuing --parent'
ends 1 "a root has no parent" p11ca activate root --parent issuing
ends 1 "no validity of nothing" p11ca activate root --days 0
ends 0 "a root signs itself" p11ca activate root
says out "and says until when" '^root is ACTIVE until 20[0-9-]+T'
ends 1 "a subordinate needs a parent" p11ca activate issuing
says err "and is told so" '--parent'
ends 1 "nothing outlives its parent" p11ca activate issuing --parent root \
	--years 90
says err "with the rule of issuing" \
	'^p11ca: activate refused \(ValidationException, rule N11\): '
ends 1 "an end entity is no CA" p11ca activate issuing --parent root \
	--template EndEntityCertificate
says err "the report of the import is shown" '^FAIL  E06 '
says err "then the one line" '^p11ca: activate refused \(MalformedCertificateException, rule E05\)'
ends 0 "a parent signs" p11ca activate issuing --parent root --years 2
says out "and it is active" '^issuing is ACTIVE until 20'
ends 0 "activate renews, as JSON" p11ca activate issuing --parent root \
	--until 2031-01-01T00:00:00Z --json
holds "and prints the CA" test "$(member out NotAfter)" = 2031-01-01T00:00:00Z
ends 0 "or until a date" p11ca activate issuing --parent root \
	--end-date 20310201000000 --json
holds "in digits" test "$(member out NotAfter)" = 2031-02-01T00:00:00Z
ends 2 "not both" p11ca activate issuing --parent root --days 9 \
	--end-date 310201000000
ends 1 "a date that is none" p11ca activate issuing --parent root \
	--end-date 20310231000000
# A descriptor can be read once, so this is also: a person types the PIN once.
# shellcheck disable=SC2317 # it is called by name
with_pin_at_3() { # COMMAND...
	sed -i.bak 's/^  pin: .*/  pin: "fd:3"/' "$home/p11ca.yaml"
	"$@" 3<"$home/softhsm/pin"
	set -- $?
	mv "$home/p11ca.yaml.bak" "$home/p11ca.yaml"
	return "$1"
}
ends 0 "activate reads the PIN once" with_pin_at_3 p11ca activate issuing \
	--parent root --until 2031-02-01T00:00:00Z
p11ca show issuing --certificate >issuing.pem
p11ca show root --certificate >root.pem
ends 0 "so does an import that writes into the token" with_pin_at_3 \
	p11ca import issuing --certificate issuing.pem --chain root.pem \
	--store-certificate
holds "which it does" test ! -s err
holds "openssl believes in it" openssl verify -CAfile root.pem issuing.pem

serial=$(openssl x509 -in issuing.pem -noout -serial | sed 's/.*=//' |
	tr A-F a-f)
ends 0 "show" p11ca show issuing
says out "has the serial as revoke takes it" "^serial +$serial$"
ends 0 "show --history" p11ca show issuing --history
says out "has it, too" "Z +$serial +20"
ends 0 "show as JSON" p11ca show issuing --json
decimal=$(member out Serial)
holds "has the decimal one of the API" expr "$decimal" : '[0-9]\{30,39\}$'

# --- issue

new_csr web
ends 0 "issue" p11ca issue issuing --csr web.csr --days 30
cp out web.pem
holds "prints one certificate and nothing else" \
	test "$(head -1 out) $(tail -1 out) $(grep -c BEGIN out)" = \
	"-----BEGIN CERTIFICATE----- -----END CERTIFICATE----- 1"
holds "openssl believes in that, too" openssl verify -CAfile root.pem \
	-untrusted issuing.pem web.pem
ends 0 "issue reads standard input" bash -c \
	"'$program' --home '$home' issue issuing --csr - --months 1 <web.csr"
ends 0 "issue --fullchain" p11ca issue issuing --csr web.csr --years 1 \
	--fullchain
holds "prints the chain after it" test "$(grep -c BEGIN out)" = 3
ends 0 "issue as JSON" p11ca issue issuing --csr web.csr --json --days 1 \
	--idempotency-token again
holds "is one object" is_json out
serial=$(member out Serial)
arn=$(member out CertificateArn)
holds "with the ARN" test "${arn##*/certificate/}" = "$serial"
says out "with certificate and chain" '"Certificate":"-.*"CertificateChain":"-'
p11ca issue issuing --csr web.csr --json --days 1 --idempotency-token again \
	>out 2>err
holds "the same idempotency token, the same certificate" \
	test "$(member out Serial)" = "$serial"
ends 0 "a template, an end and a beginning" p11ca issue issuing \
	--csr web.csr --template CodeSigningCertificate/V1 \
	--end-date 300102030405 --not-before 2020-01-01T00:00:00Z \
	--signing-algorithm SHA256WITHECDSA
cp out code.pem
holds "the template is followed" has code.pem 'Code Signing'
holds "and the end" has code.pem 'Not After : Jan  2 03:04:05 2030 GMT'
holds "and the beginning" has code.pem 'Not Before: Jan  1 00:00:00 2020 GMT'
holds "and the algorithm" has code.pem ecdsa-with-SHA256
echo '{"Subject":{"CommonName":"From the API"}}' >api.json
ends 0 "what the API passes through" p11ca issue issuing --csr web.csr \
	--days 5 --api-passthrough api.json \
	--template EndEntityCertificate_APIPassthrough
cp out api.pem
holds "is in the certificate" has api.pem 'Subject: CN = From the API'
holds "without a word about it" test ! -s err
ends 0 "or ignores" p11ca issue issuing --csr web.csr --days 5 \
	--api-passthrough api.json
says err "as a note says" '^p11ca: --api-passthrough is ignored: .*EndEntityCer'
cp out api.pem
holds "is not in the certificate" has api.pem 'Subject: CN = web'
ends 2 "issue needs a validity" p11ca issue issuing --csr web.csr
says err "and lists the ways to say it" 'none of --days, --months'
ends 2 "issue takes one validity" p11ca issue issuing --csr web.csr \
	--days 1 --years 1
ends 2 "issue needs a CSR or many" p11ca issue issuing --days 1
ends 2 "a date has 12 or 14 digits" p11ca issue issuing --csr web.csr \
	--end-date 2030
ends 1 "there is no 30 February" p11ca issue issuing --csr web.csr \
	--end-date 300230000000
ends 1 "an unknown template" p11ca issue issuing --csr web.csr --days 1 \
	--template Nothing
ends 1 "no CSR is a refusal of the API" p11ca issue issuing --csr web.pem \
	--days 1
says err "with its exception" 'issue refused \(MalformedCSRException\)'
ends 2 "--out is for a batch" p11ca issue issuing --csr web.csr --days 1 \
	--out .

ends 0 "issue --settle with nothing to settle" p11ca issue issuing --settle
says out "says so" '^0 issued, 0 failed$'
ends 0 "issue --settle as JSON" p11ca issue issuing --settle --json
holds "counts both" test "$(cat out)" = '{"Issued":"0","Failed":"0"}'
ends 2 "--settle stands alone" p11ca issue issuing --settle --days 9

# --- issue --batch

mkdir csrs
for name in one two three; do
	new_csr "$name"
	mv "$name.csr" csrs/
done
echo "no CSR at all" >csrs/bad.csr
: >csrs/.hidden
ends 1 "a batch with a bad CSR" p11ca issue issuing --batch csrs --out certs \
	--days 7
holds "tells each certificate" test "$(lines out)" = 3
says out "by serial and name" '^[0-9a-f]{32} three$'
says err "names the bad one on a line" \
	'^p11ca: bad refused \(MalformedCSRException\)'
says err "and counts" '^p11ca: 3 issued, 1 refused$'
holds "writes a file for each" \
	test "$(cd certs && echo *)" = "one.pem three.pem two.pem"
holds "with its certificate" has certs/two.pem 'Subject: CN = two$'
holds "with its serial" test "$(openssl x509 -in certs/two.pem -noout \
	-serial | tr A-F a-f)" = "serial=$(awk '$2 == "two" { print $1 }' out)"
ends 1 "a batch as JSON" p11ca --json issue issuing --batch csrs --days 7 \
	--out certs
holds "is one object a line" is_json out
holds "with a file" test "$(member out File)" = certs/one.pem
holds "refusals are objects, too" is_json err
says err "with name and exception" \
	'"Name":"bad","error":"MalformedCSRException"'
rm csrs/bad.csr
ends 0 "a good batch without --out" p11ca issue issuing --batch csrs --days 7
holds "prints certificates" test "$(grep -c BEGIN out)" = 3
{
	echo "# a comment"
	cat csrs/one.csr
	sed '/END/d' csrs/two.csr
	openssl req -in csrs/three.csr -text
} >many.pem
ends 1 "a file of CSRs, of which one has no end" p11ca issue issuing \
	--batch many.pem --out by-serial --days 7
says err "says at which line it began" '^p11ca: many\.pem:[0-9]+ refused'
holds "and issues the others" test "$(lines out)" = 2
holds "into files by serial" test -s \
	"by-serial/$(head -1 out | cut -d' ' -f1).pem"
ends 0 "a batch from standard input" bash -c "cat csrs/*.csr |
	'$program' --home '$home' issue issuing --batch - --days 7"
holds "prints them, too" test "$(grep -c BEGIN out)" = 3
ends 2 "one idempotency token is not for many" p11ca issue issuing \
	--batch csrs --days 7 --idempotency-token once
cp csrs/one.csr csrs/one.pem
ends 2 "two files for one name" p11ca issue issuing --batch csrs --out certs \
	--days 7
rm csrs/one.pem
ends 2 "certificates do not go among the CSRs" p11ca issue issuing \
	--batch csrs --out csrs --days 7
mkdir empty
ends 2 "an empty folder is no batch" p11ca issue issuing --batch empty --days 7
ends 2 "a batch that is not there" p11ca issue issuing --batch none --days 7
head -c 100000 /dev/zero | tr '\0' x >csrs/large.csr
ends 1 "a file too large is refused alone" p11ca issue issuing --batch csrs \
	--days 7
holds "the others are issued" test "$(grep -c BEGIN out)" = 3
ends 1 "a CA that is not there" p11ca issue nobody --batch csrs --days 7
rm certs/one.pem && mkdir certs/one.pem
ends 4 "a file that cannot be written" p11ca issue issuing --batch csrs \
	--out certs --days 7
says err "is told with its certificate" \
	'certificate [0-9a-f]{32} is issued, but not written'
rmdir certs/one.pem
if command -v script >/dev/null; then
	TERM=xterm script -qec "'$program' --home '$home' issue issuing \
		--batch csrs --out certs --days 7 >told" /dev/null >out 2>&1
	says out "progress is shown on a terminal" $'\r1 issued, 1 refused'
	TERM=xterm script -qec "'$program' --home '$home' crl issuing --der" \
		/dev/null >out 2>&1
	says out "DER is not for a terminal" 'redirect standard output'
fi

# --- certs, cert show

ends 0 "certs" p11ca certs issuing
says out "has a head" '^SERIAL +NOT AFTER +STATE +TEMPLATE +SUBJECT$'
says out "has a certificate" \
	"^$serial  20[0-9-]+  valid +EndEntityCertificate +CN=web$"
ends 0 "certs --template" p11ca certs issuing --template CodeSigningCertificate
holds "has that one" test "$(lines out)" = 2
ends 1 "a template that does not exist" p11ca certs issuing --template None
ends 0 "certs --revoked" p11ca certs issuing --revoked
holds "has none yet" test ! -s out
ends 0 "certs as JSON" p11ca certs issuing --json
holds "is one object a line" is_json out
ends 0 "cert show" p11ca cert show issuing "$serial"
says out "names the ARN" "^ARN +$arn$"
says out "names the state" '^state +valid$'
says out "names the subject" '^subject +CN=web$'
ends 0 "cert show --pem" p11ca cert show issuing "$arn" --pem
cp out shown.pem
holds "is the certificate" test "$(openssl x509 -in shown.pem -noout -serial |
	tr A-F a-f)" = "serial=$serial"
ends 0 "cert show --chain" p11ca cert show issuing "$serial" --chain
holds "is the CA and the root" test "$(cat out)" = \
	"$(awk 1 issuing.pem root.pem)"
ends 0 "cert show as JSON" p11ca cert show issuing "$serial" --json
says out "has everything" '"TemplateArn":.*"Certificate":.*"CertificateChain"'
root_serial=$(p11ca certs root | awk '$4 == "RootCACertificate" { print $1 }')
ends 0 "the chain of a root" p11ca cert show root "$root_serial" --chain
holds "is nothing" test ! -s out
ends 1 "a certificate that is not there" p11ca cert show issuing 01
ends 1 "a serial that is none" p11ca cert show issuing "$(printf 'x\033[31m')"
holds "no control byte reaches the terminal" is_not grep -q $'\e' err
new_csr "$(printf 'evil\033[31m\342\200\256')"
mv evil* evil.csr
p11ca issue issuing --csr evil.csr --days 1 >out 2>err
ends 0 "certs with an evil subject" p11ca certs issuing
holds "shows it harmless" is_not grep -qE $'\e|\342\200\256' out

# --- revoke, CRL

ends 2 "revoke needs a serial" p11ca revoke issuing --reason UNSPECIFIED
says err "and says so" 'too few words for CA SERIAL'
ends 2 "revoke needs a reason" p11ca revoke issuing "$serial"
ends 2 "revoke knows the reasons" p11ca revoke issuing "$serial" --reason SAD
ends 0 "revoke" p11ca revoke issuing "${serial^^}" --reason KEY_COMPROMISE
says out "says so" "^$serial is revoked \(KEY_COMPROMISE\)$"
ends 1 "revoke once" p11ca revoke issuing "$serial" --reason UNSPECIFIED
says err "and not again" RequestAlreadyProcessedException
ends 1 "a root does not revoke itself" p11ca revoke root "$root_serial" \
	--reason UNSPECIFIED
ends 0 "certs --revoked" p11ca certs issuing --revoked
says out "shows it" "^$serial  20[0-9-]+  revoked "
ends 0 "cert show" p11ca cert show issuing "$serial"
says out "says when and why" '^revoked +20.*, KEY_COMPROMISE$'
ends 0 "crl" p11ca crl issuing
cp out issuing.crl
holds "is one that openssl reads" openssl crl -in issuing.crl -noout \
	-CAfile issuing.pem
holds "with the serial" bash -c "openssl crl -in issuing.crl -noout -text |
	grep -qi 'Serial Number: $serial'"
says err "what it is stands beside it" \
	'^p11ca: CRL number [0-9]+, entries 1, next update 20.*, not published$'
ends 0 "crl --due has nothing to do" p11ca crl --due
says out "and says so" '^0 made$'
ends 2 "crl takes a CA or --due" p11ca crl
ends 0 "bucket add" p11ca bucket add my-crls
ends 1 "a bucket has a proper name" p11ca bucket add ../up
ends 0 "bucket list" p11ca bucket list
says out "shows it" '^my-crls$'
echo '{"CrlConfiguration":{"Enabled":true,"ExpirationInDays":3,
 "S3BucketName":"my-crls","CustomCname":"crl.example.com"},
 "OcspConfiguration":{"Enabled":true,"OcspCustomCname":"o.example.com"}}' \
	>revocation.json
ends 0 "revocation" p11ca revocation issuing --configuration revocation.json
says out "prints what is set" '^CRL +in bucket my-crls, for 3 days, at crl\.ex'
says out "for OCSP as well" '^OCSP +at o\.example\.com$'
ends 0 "show has it" p11ca show issuing
says out "among the rest" '^CRL +in bucket my-crls'
echo '{"CrlConfiguration":{"Enabled":true}}' >half.json
ends 1 "half a configuration is refused" p11ca revocation issuing \
	--configuration half.json
p11ca revocation root --configuration revocation.json >out 2>err
ends 0 "crl --due makes what is due, with a PIN read once" with_pin_at_3 \
	p11ca crl --due --json
holds "and counts it" test "$(member out Made)" = 2
uuid=$(p11ca show issuing | sed -n 's,^ARN .*/,,p')
holds "the CRL is in the bucket" openssl crl -inform DER -noout \
	-in "$home/buckets/my-crls/crl/$uuid.crl"
ends 0 "crl --der" p11ca crl issuing --der
cp out issuing.der
holds "is the published one" cmp -s issuing.der \
	"$home/buckets/my-crls/crl/$uuid.crl"
says err "which is said" ', published as /.*\.crl$'
ends 1 "a partition that is not there" p11ca crl issuing --partition 7
p11ca issue issuing --csr web.csr --days 30 >pointed.pem 2>err
holds "a new certificate names the CRL" has pointed.pem \
	"URI:http://crl.example.com/crl/$uuid.crl"
ends 0 "revoke says what comes next" p11ca revoke issuing \
	"$(openssl x509 -in pointed.pem -noout -serial | cut -d= -f2)" \
	--reason SUPERSEDED --json
holds "and prints the certificate" test "$(member out RevocationReason)" = \
	SUPERSEDED
says err "for the CRL" 'next, .*: p11ca --home [^ ]+ crl --due"'
ends 0 "create takes a revocation configuration" p11ca create --type ROOT \
	--name ready --key-algorithm EC_prime256v1 --subject CN=Ready \
	--revocation-configuration revocation.json
ends 0 "show has it" p11ca show ready
says out "from the start" '^CRL +in bucket my-crls'

# --- DER where PEM is read

openssl req -in web.csr -outform DER -out web.csr.der
openssl x509 -in issuing.pem -outform DER -out issuing.der
ends 1 "a CSR in DER is refused" p11ca issue issuing --csr web.csr.der --days 9
says err "with what it is" 'looks like a certification request in DER; '
says err "and the command for it" 'openssl req -inform DER -in FILE -out FILE.pem$'
ends 1 "a certificate in place of a CSR" p11ca issue issuing --csr issuing.pem \
	--days 9
says err "is told of" 'a PEM block "CERTIFICATE"; .*give the file with the CSR'
mkdir der && cp web.csr.der der
ends 1 "a folder with a CSR in DER" p11ca issue issuing --batch der --days 9
says err "is told the same" 'openssl req -inform DER'
ends 2 "a file of CSRs in DER" p11ca issue issuing --batch web.csr.der --days 9
says err "is told it, too" 'openssl req -inform DER'
ends 1 "a certificate in DER is not imported" p11ca -q import issuing \
	--certificate issuing.der --chain root.pem
says err "but told of" 'looks like DER; .*openssl x509 -inform DER'
ends 1 "nor is a chain in DER" p11ca -q import issuing \
	--certificate issuing.pem --chain issuing.der
says err "which is told apart" 'CertificateChain; it looks like DER; '
ends 2 "check wants its public key in PEM" "$program" check \
	--certificate issuing.pem --public-key issuing.der
says err "and says how" 'openssl pkey -pubin.*-inform DER'

ends 1 "a batch without an end is refused" p11ca issue issuing --batch /dev/zero \
	--days 9
says err "at its first line" 'line 1 of /dev/zero, which has more than 32768 bytes'
{
	cat web.csr
	printf '%040000d\n' 0
	cat web.csr
} >long.csr
ends 1 "so is one from a line that is too long" p11ca issue issuing \
	--batch long.csr --days 9 --json
holds "what came before is issued" test "$(wc -l <out)" = 1

# --- OCSP

# The answer to a question about one certificate.
# shellcheck disable=SC2317 # called by ends
ask() { # OPTION...
	p11ca ocsp issuing --request ask.der "$@" >answer.der
}
openssl ocsp -issuer issuing.pem -cert web.pem -serial "0x$serial" \
	-reqout ask.der 2>/dev/null
ends 0 "ocsp" ask
holds "it answers this request" bash -c "openssl ocsp -respin answer.der \
	-reqin ask.der -CAfile root.pem -verify_other issuing.pem 2>&1 |
	grep -q 'verify OK'"
openssl ocsp -respin answer.der -no_nonce -issuer issuing.pem \
	-CAfile root.pem -cert web.pem -serial "0x$serial" >answer.txt 2>err
says answer.txt "one is good" '^web\.pem: good$'
says answer.txt "one is revoked" "^0x$serial: revoked$"
ends 0 "ocsp as JSON" p11ca ocsp issuing --request ask.der --json
holds "is one object" is_json out
holds "with the status" test "$(member out ResponseStatus)" = successful
member out OcspResponse | base64 -d >answer.der
holds "and the response" bash -c "openssl ocsp -respin answer.der \
	-reqin ask.der -CAfile root.pem -verify_other issuing.pem 2>&1 |
	grep -q 'verify OK'"
if command -v script >/dev/null; then
	on_terminal="'$program' --home '$home' ocsp issuing --request ask.der"
	script -qec "$on_terminal" /dev/null >out 2>err </dev/null
	says out "no DER on a terminal" 'terminal .*redirect standard output'
	script -qec "$on_terminal --json" /dev/null >out 2>err </dev/null
	says out "but JSON" '^[{]"ResponseStatus":"successful",.*[}]'
fi
ends 2 "a CRL is DER or JSON" p11ca crl issuing --der --json
echo nonsense >ask.der
ends 0 "nonsense as JSON" p11ca ocsp issuing --request ask.der --json
holds "has another status" test "$(member out ResponseStatus)" = malformedRequest
ends 0 "nonsense gets an answer" ask
says err "a note tells of it" 'error, malformedRequest, and not signed'
holds "which says so" bash -c \
	"openssl ocsp -respin answer.der -issuer issuing.pem -noverify 2>&1 |
	grep -q 'malformedrequest'"
ends 2 "a responder needs its key" ask --responder-certificate issuing.pem
p11ca create --type SUBORDINATE --name responder --subject CN=Responder \
	--key-algorithm EC_prime256v1 >out 2>err
p11ca csr responder >responder.csr
p11ca issue issuing --csr responder.csr --days 30 \
	--template OCSPSigningCertificate >responder.pem
key=$(p11ca show responder | sed -n 's/^key ID *//p' | sed 's/../%&/g')
openssl ocsp -issuer issuing.pem -serial "0x$serial" -reqout ask.der 2>/dev/null
ends 1 "a responder in DER is refused" ask --responder-certificate issuing.der \
	--responder-key pkcs11:id=%01
says err "with the way to PEM" 'looks like DER; .*openssl x509 -inform DER'
ends 0 "a delegated responder" ask --responder-certificate responder.pem \
	--responder-key "pkcs11:id=$key"
holds "is believed, too" bash -c "openssl ocsp -respin answer.der \
	-reqin ask.der -CAfile root.pem -verify_other issuing.pem 2>&1 |
	grep -q 'verify OK'"

# --- Audit reports

interval() { # SECONDS
	sed -i "s/^  minimum-interval: .*/  minimum-interval: $1/" \
		"$home/p11ca.yaml"
}
for format in JSON CSV; do
	interval 0
	ends 0 "an audit report in $format" p11ca audit-report create issuing \
		--bucket my-crls --format "$format"
	says out "is there" '^status +SUCCESS$'
	holds "as a file" test -s "$(sed -n 's/^file *//p' out)"
	id=$(sed -n 's/^audit report *//p' out)
	ends 0 "audit-report show" p11ca audit-report show issuing "$id" --json
	holds "shows it" test "$(member out AuditReportStatus)" = SUCCESS
	interval 1800
	ends 1 "another one at once" p11ca audit-report create issuing \
		--bucket my-crls --format "$format"
	says err "names the one there is" \
		"^p11ca: audit-report create refused .RequestFailed.*$id"
done
ends 1 "a report that is not there" p11ca audit-report show issuing \
	00000000-0000-4000-8000-000000000000
ends 1 "a bucket that is not there" p11ca audit-report create issuing \
	--bucket none --format CSV

# --- Tags, policy, permissions

ends 0 "tag list" p11ca tag list root
holds "has those of create" test "$(tail -n +2 out | tr -s ' ')" = \
	$'owner pki\nstage test'
ends 0 "tag add" p11ca tag add root stage=live a=b
says out "prints what there is" '^stage +live$'
ends 0 "tag remove by key and by both" p11ca tag remove root a owner=other
holds "takes what fits" test "$(tail -n +2 out | tr -s ' ')" = \
	$'owner pki\nstage live'
ends 0 "tag list as JSON" p11ca tag list root --json
says out "is that of the API" '^[{]"Tags":\[[{]"Key":"owner","Value":"pki"'
ends 2 "tag add needs a value" p11ca tag add root stage
ends 1 "a tag of AWS is refused" p11ca tag add root aws:x=y
ends 2 "tag add needs a tag" p11ca tag add root

ends 1 "no policy yet" p11ca policy get issuing
cat >policy.json <<END
{"Version":"2012-10-17","Statement":[{"Sid":"1","Effect":"Allow",
"Principal":{"AWS":"111111111111"},"Action":[
"acm-pca:DescribeCertificateAuthority","acm-pca:GetCertificate",
"acm-pca:GetCertificateAuthorityCertificate","acm-pca:ListPermissions",
"acm-pca:ListTags"],"Resource":"$(p11ca show issuing | sed -n 's/^ARN *//p')"},
{"Sid":"1","Effect":"Allow","Principal":{"AWS":"111111111111"},
"Action":["acm-pca:IssueCertificate"],
"Resource":"$(p11ca show issuing | sed -n 's/^ARN *//p')",
"Condition":{"StringEquals":{"acm-pca:TemplateArn":
"arn:aws:acm-pca:::template/EndEntityCertificate/V1"}}}]}
END
ends 0 "policy put" p11ca policy put issuing --policy policy.json
says out "says so" '^issuing has this policy now$'
ends 0 "policy get" p11ca policy get issuing
holds "is what was put" cmp -s out policy.json
echo '{}' >bad.json
ends 1 "another shape is no policy" p11ca policy put issuing --policy bad.json
says err "with its exception" InvalidPolicyException
ends 0 "policy delete" p11ca policy delete issuing
ends 1 "takes it away" p11ca policy get issuing

ends 0 "permission create" p11ca permission create root \
	--principal acm.amazonaws.com --action GetCertificate \
	--action IssueCertificate
ends 1 "permission create again" p11ca permission create root \
	--principal acm.amazonaws.com --action GetCertificate
says err "is one too many" PermissionAlreadyExistsException
ends 2 "an action nobody knows" p11ca permission create root \
	--principal acm.amazonaws.com --action Rule
ends 0 "permission list" p11ca permission list root
says out "shows it" \
	'^acm\.amazonaws\.com +0{12} +20[0-9-]+ +IssueCertificate,GetCertificate$'
ends 0 "permission list as JSON" p11ca permission list root --json
says out "is that of the API" '"Actions":\["IssueCertificate","GetCertificate"\]'
ends 0 "permission delete" p11ca permission delete root \
	--principal acm.amazonaws.com
ends 1 "deletes it once" p11ca permission delete root \
	--principal acm.amazonaws.com

# --- What is told of it

ends 0 "help templates" "$program" help templates
holds "lists all of them" test "$(lines out)" = 62
says out "with what they give" \
	'^SubordinateCACertificate_PathLen0 +CA +0 +digitalSignature,keyCertSign,cRLSign +-$'
says out "and for whom" '^RootCACertificate +root CA +- '
says out "and for what" \
	'^CodeSigningCertificate +end entity +- +digitalSignature +codeSigning$'
ends 0 "help templates as JSON" "$program" help templates --json
holds "is one object a line" is_json out
ends 0 "the table knows the templates" "$program" help --table
says out "for completions" $'^issue\t--template\tBlank.*[|]EndEntityCertificate[|]'
ends 0 "the log is whole" p11ca audit verify
ends 0 "at the end doctor is content" p11ca doctor

exit "$failed"
