#!/usr/bin/env bash
# sign_test - the CSRs of p11ca meet the programs that other people's CAs run
# on, and what those make of them comes back: good, wrong, and twice at once.
#
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.
# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

# ---- the CAs outside, each with a key, a name and a certificate

cat >ca.cnf <<'END'
[req]
distinguished_name = empty
[empty]
[ca]
default_ca = outside
[outside]
database = index.txt
serial = serial
new_certs_dir = .
policy = anything
default_md = sha256
unique_subject = no
[anything]
countryName = optional
organizationName = optional
commonName = supplied
[good]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
: >index.txt
echo 01 >serial

# The extensions of a certificate: those of a good CA, but for what differs.
extensions() { # FILE [LINE...]
	local file=$1 line

	shift
	{
		echo "[this]"
		for line in basicConstraints keyUsage; do
			[[ " $* " == *" $line"* ]] || grep "^$line" ca.cnf
		done
		printf '%s\n' "$@" | grep -v '=none$'
	} >"$file"
}

outside_root() { # NAME
	openssl req -x509 -config ca.cnf -extensions good -newkey ec \
		-pkeyopt ec_paramgen_curve:P-256 -noenc -batch -days 7300 \
		-subj "/O=Outside/CN=$1" -keyout "$1.key" -out "$1.pem"
}

# A CA below another, with what is unusual about it.
outside_ca() { # NAME PARENT [LINE...]
	local name=$1 parent=$2

	shift 2
	extensions "$name.ext" "$@"
	openssl req -new -config ca.cnf -newkey ec -batch -noenc \
		-pkeyopt ec_paramgen_curve:P-256 -subj "/O=Outside/CN=$name" \
		-keyout "$name.key" -out "$name.csr" &&
		sign "$name.csr" "$parent" "$name.ext" "$name.pem"
}

# What most people type.
sign() { # CSR PARENT EXTENSIONS OUT [OPTION...]
	local csr=$1 parent=$2 ext=$3 out=$4

	shift 4
	openssl x509 -req -in "$csr" -CA "$parent.pem" -CAkey "$parent.key" \
		-days 3000 -extfile "$ext" -extensions this -out "$out" "$@"
}

# ---- ours

create() { # NAME KEY_ALGORITHM SIGNING_ALGORITHM
	"$p11ca" -q create --type SUBORDINATE --name "$1" \
		--key-algorithm "$2" --signing-algorithm "$3" \
		--subject "C=DE,O=Example,CN=Ours $1" &&
		"$p11ca" csr "$1" >"$1.csr"
}

# Both exit with 0 whatever they find, so what they say counts.
openssl_verifies() { # CSR
	openssl req -in "$1" -verify -noout 2>&1 | grep "verify OK"
}

certtool_verifies() { # CSR
	certtool --crq-info --infile "$1" | grep "Self signature: verified"
}

# Its certificate is what a file has.
installed() { # CA CERTIFICATE
	"$p11ca" show "$1" --certificate | cmp - "$2"
}

# Check says ACCEPT, import installs, and the bytes come back as they were.
accepts() { # CA CERTIFICATE CHAIN
	"$p11ca" check --ca "$1" --certificate "$2" --chain "$3" &&
		"$p11ca" import "$1" --certificate "$2" --chain "$3" &&
		installed "$1" "$2" &&
		"$p11ca" show "$1" --chain | cmp - "$3" &&
		"$p11ca" --json show "$1" | grep '"Status":"ACTIVE"'
}

# Check and import name the same exception and rule; nothing is changed.
refuses() { # EXCEPTION RULE CA CERTIFICATE CHAIN
	local head="\"error\":\"$1\",\"rule\":\"$2\"" before
	local args=(--certificate "$4")

	[ -z "$5" ] || args+=(--chain "$5")
	before=$("$p11ca" --json show "$3") &&
		exits 1 "$p11ca" --json check --ca "$3" "${args[@]}" &&
		contains told "{\"verdict\":\"REJECT\",$head" &&
		exits 1 "$p11ca" --json import "$3" "${args[@]}" &&
		contains told "{$head" &&
		is "$("$p11ca" --json show "$3")" "$before"
}

prepare() {
	need outside_root root
	need outside_ca policy root
	need outside_ca issuing policy
	cat issuing.pem policy.pem root.pem >chain.pem
	extensions good.ext subjectKeyIdentifier=hash \
		authorityKeyIdentifier=keyid
	need "$p11ca" -q init --softhsm
	need create ours EC_prime256v1 SHA256WITHECDSA
}

test_csrs_verify() {
	local name key algorithm

	while read -r name key algorithm; do
		[ "$name" = ours ] || need create "$name" "$key" "$algorithm"
		holds "openssl verifies the CSR of $key, $algorithm" \
			openssl_verifies "$name.csr"
		holds "certtool verifies the CSR of $key, $algorithm" \
			certtool_verifies "$name.csr"
		need sign "$name.csr" issuing good.ext "$name.pem"
		holds "what is signed for $key, $algorithm is imported" \
			accepts "$name" "$name.pem" chain.pem
	done <<-'END'
		ours EC_prime256v1 SHA256WITHECDSA
		p384 EC_secp384r1 SHA384WITHECDSA
		rsa RSA_2048 SHA256WITHRSA
		pss RSA_2048 SHA256WITHRSA_PSS
		ed25519 ED25519 ED25519
	END
}

test_broken_csr_does_not() {
	# Another last byte of the signature, whatever it was.
	openssl req -in ours.csr -outform DER >whole.der
	{
		head -c -1 whole.der
		# shellcheck disable=SC2059 # the escape is the byte
		printf "\\x$(printf %02x \
			$((0x$(tail -c 1 whole.der | od -An -tx1 | tr -d ' ') ^ 1)))"
	} >broken.der
	openssl req -inform DER -in broken.der -out broken.csr
	holds "openssl and certtool can tell a broken CSR" \
		eval '! openssl_verifies broken.csr &&
			! certtool_verifies broken.csr'
}

by_openssl_ca() {
	openssl ca -config ca.cnf -name outside -extensions good -batch \
		-days 900 -cert root.pem -keyfile root.key -in ours.csr \
		-out by-ca.pem && accepts ours by-ca.pem root.pem
}

by_openssl_x509() {
	sign ours.csr root good.ext by-x509.pem &&
		accepts ours by-x509.pem root.pem
}

by_certtool() {
	printf '%s\n' ca cert_signing_key crl_signing_key \
		expiration_days=900 >certtool.cfg
	certtool --generate-certificate --load-request ours.csr \
		--load-ca-certificate root.pem --load-ca-privkey root.key \
		--template certtool.cfg --outfile by-certtool.pem &&
		accepts ours by-certtool.pem root.pem
}

by_three_levels() {
	sign ours.csr issuing good.ext by-issuing.pem &&
		accepts ours by-issuing.pem chain.pem
}

test_signers() {
	holds "what openssl ca signs is imported, its text included" \
		by_openssl_ca
	holds "what openssl x509 -req signs is imported" by_openssl_x509
	holds "what certtool signs is imported" by_certtool
	holds "what the third of three levels signs is imported" \
		by_three_levels
}

# ---- a wrong certificate, a wrong chain

test_wrong_certificates() {
	local bad=MalformedCertificateException
	local other=CertificateMismatchException

	need sign ours.csr issuing good.ext good.pem
	need sign p384.csr issuing good.ext of-p384.pem
	need sign ours.csr issuing good.ext renamed.pem -subj "/CN=Else"
	cat good.pem by-x509.pem >two.pem
	openssl x509 -in good.pem -outform DER -out good.der
	need openssl ca -config ca.cnf -name outside -extensions good -batch \
		-startdate 20200101000000Z -enddate 20210101000000Z \
		-cert root.pem -keyfile root.key -in ours.csr -out expired.pem

	holds "a certificate for another key is refused" \
		refuses "$other" K01 ours of-p384.pem chain.pem
	holds "a certificate with another subject is refused" \
		refuses "$other" K02 ours renamed.pem chain.pem
	holds "two certificates in one are refused" \
		refuses "$bad" P02 ours two.pem chain.pem
	holds "DER is refused" refuses "$bad" P01 ours good.der chain.pem
	holds "a CSR is refused" refuses "$bad" P01 ours ours.csr chain.pem
	holds "an expired certificate is refused" \
		refuses "$bad" E09 ours expired.pem root.pem
}

test_wrong_chains() {
	local bad=MalformedCertificateException
	local other=CertificateMismatchException

	need outside_root stranger
	cat policy.pem issuing.pem root.pem >disorder.pem
	cat issuing.pem policy.pem >rootless.pem
	cat good.pem chain.pem >itself.pem
	cat issuing.pem root.pem >gap.pem
	cat issuing.pem policy.pem policy.pem root.pem >doubled.pem
	cat chain.pem stranger.pem >stray.pem

	holds "a chain in the wrong order is refused" \
		refuses "$bad" C03 ours good.pem disorder.pem
	holds "a chain without its root is refused" \
		refuses "$bad" C07 ours good.pem rootless.pem
	holds "a chain with the certificate in it is refused" \
		refuses "$bad" C01 ours good.pem itself.pem
	holds "a chain with a gap is refused" \
		refuses "$bad" C06 ours good.pem gap.pem
	holds "a chain with a certificate twice is refused" \
		refuses "$bad" C02 ours good.pem doubled.pem
	holds "a chain with a stranger in it is refused" \
		refuses "$bad" C06 ours good.pem stray.pem
	holds "another CA's chain is refused" \
		refuses "$other" C04 ours good.pem stranger.pem
	holds "no chain is refused" refuses "$bad" S05 ours good.pem ''
}

test_wrong_issuers() {
	local bad=MalformedCertificateException
	local other=CertificateMismatchException
	local name rule exception

	need outside_ca narrow root basicConstraints=critical,CA:TRUE,pathlen:0
	need outside_ca fenced root \
		"nameConstraints=critical,excluded;dirName:fence" \
		$'[fence]\nC=DE'
	need outside_ca leaf root basicConstraints=critical,CA:FALSE
	need outside_ca mute root keyUsage=critical,digitalSignature
	need outside_ca twin root
	need openssl x509 -x509toreq -in root.pem -signkey twin.key \
		-out twin.csr
	need sign twin.csr root good.ext twin.pem -subj /O=Outside/CN=issuing

	while read -r name exception rule; do
		need sign ours.csr "$name" good.ext "by-$name.pem"
		cat "$name.pem" root.pem >"$name.chain"
		holds "a certificate below a CA that is $name is refused" \
			refuses "$exception" "$rule" ours "by-$name.pem" \
			"$name.chain"
	done <<-END
		narrow $other X01
		fenced $other X02
		leaf $bad E06
		mute $bad E07
	END
	cat twin.pem root.pem >twin.chain
	holds "an issuer of the right name with another key is refused" \
		refuses "$other" C05 ours good.pem twin.chain
}

# ---- extensions

attributes=301f301d06082b060105050709013111180f31393730303130313030303030305a

# RULE, then the lines of the extension file that a good CA has otherwise.
unusual_extensions() {
	cat <<-END
		E01 authorityInfoAccess=critical,caIssuers;URI:http://a.test/
		E01 crlDistributionPoints=critical,URI:http://a.test/
		E01 freshestCRL=critical,URI:http://a.test/
		E01 policyConstraints=critical,requireExplicitPolicy:0
		E02 1.2.3.4=critical,DER:0500
		E02 noCheck=critical,ignored
		E03 subjectAltName=DER:0500
		E03 certificatePolicies=DER:30030101ff00
		E04 basicConstraints=none
		E05 basicConstraints=CA:TRUE
		E06 basicConstraints=critical,CA:FALSE
		E07 keyUsage=critical,digitalSignature,cRLSign
		E08 basicConstraints=critical,DER:30060101ff0201ff
		- authorityKeyIdentifier=critical,keyid
		- basicConstraints=critical,CA:TRUE,pathlen:3
		- certificatePolicies=critical,2.5.29.32.0
		- extendedKeyUsage=critical,serverAuth
		- inhibitAnyPolicy=critical,3
		- issuerAltName=critical,URI:http://a.test/
		- keyUsage=critical,keyCertSign,cRLSign,digitalSignature
		- nameConstraints=critical,permitted;DNS:a.test
		- policyMappings=critical,1.2.3.4:1.2.3.5
		- subjectAltName=critical,DNS:a.test
		- subjectDirectoryAttributes=critical,DER:$attributes
		- subjectInfoAccess=critical,caRepository;URI:http://a.test/
		- subjectKeyIdentifier=critical,hash
		- 1.2.3.4=DER:0500
		- authorityInfoAccess=caIssuers;URI:http://a.test/
		- crlDistributionPoints=URI:http://a.test/
		- policyConstraints=requireExplicitPolicy:0
	END
}

# In the certificate itself, and in the one above it.
test_extensions() {
	local bad=MalformedCertificateException
	local rule line n=0

	while read -r rule line; do
		n=$((n + 1))
		extensions "ext$n.ext" "$line"
		need sign ours.csr issuing "ext$n.ext" "ext$n.pem"
		need outside_ca "above$n" root "$line"
		need sign ours.csr "above$n" good.ext "below$n.pem"
		cat "above$n.pem" root.pem >"above$n.chain"
		if [ "$rule" = - ]; then
			holds "accepts $line" \
				accepts ours "ext$n.pem" chain.pem
			holds "accepts $line in the chain" \
				accepts ours "below$n.pem" "above$n.chain"
		else
			holds "refuses $line by $rule" \
				refuses "$bad" "$rule" ours "ext$n.pem" \
				chain.pem
			holds "refuses $line in the chain by $rule" \
				refuses "$bad" "$rule" ours "below$n.pem" \
				"above$n.chain"
		fi
	done < <(unusual_extensions)
}

# ---- two at once

import_ends() { # CODE ERROR CERTIFICATE
	exits "$1" "$p11ca" --json import ours --certificate "$3" \
		--chain chain.pem &&
		contains told "${2:+{\"error\":\"$2\"}"
}

# The token holds the first import where it has begun to ask for a signature;
# it goes on when the second FIFO is opened.
test_two_at_once() {
	local first

	if [ ! -e "$fault_module" ]; then
		skip "two imports at once" "there is no $fault_module"
		return
	fi
	need sign ours.csr issuing good.ext first.pem
	need sign ours.csr issuing good.ext second.pem
	mkfifo begun go
	sed -i "s|^  module:.*|  module: \"$fault_module\"|" home/p11ca.yaml
	printf '%s\n' "C_SignInit hold $work/begun" "C_Sign hold $work/go" \
		>script

	P11CA_FAULT_SCRIPT=$work/script timeout -s KILL 60 "$p11ca" import \
		ours --certificate first.pem --chain chain.pem >first.out 2>&1 &
	first=$!
	holds "an import asks the token to sign" \
		timeout -s KILL 50 bash -c ': >begun'
	holds "the same import meanwhile is told that it is under way" \
		import_ends 5 RequestInProgressException first.pem
	holds "another import meanwhile is told that it would collide" \
		import_ends 5 ConcurrentModificationException second.pem
	holds "the first can go on" timeout -s KILL 50 bash -c ': >go'
	wait "$first"
	holds "the first ends well" eval "[ $? -eq 0 ] || { cat first.out; false; }"
	holds "its certificate is installed" \
		installed ours first.pem
	holds "the same import again is done at once" \
		import_ends 0 '' first.pem
	holds "the other import can follow" import_ends 0 '' second.pem
	holds "its certificate is installed" \
		installed ours second.pem
}

prepare
test_csrs_verify
test_broken_csr_does_not
test_signers
test_wrong_certificates
test_wrong_chains
test_wrong_issuers
test_extensions
test_two_at_once
holds "the audit log is whole" "$p11ca" audit verify
