#!/usr/bin/env bash
# issue_test - a hierarchy, and what it issues by every template and for every
# kind of key, as openssl and certtool see that; what is refused; renewal.
#
# P11CA=PROGRAM.
# shellcheck disable=SC2016 # eval expands what is in single quotes
# shellcheck source=tests/story/hierarchy.bash
. "$(dirname "$0")/hierarchy.bash"

has_line() { # CERTIFICATE TEXT
	openssl x509 -in "$1" -noout -text | grep -F -- "$2"
}

# ---- the hierarchy

test_hierarchy() {
	local name

	for name in root policy ec rsa ed narrow; do
		holds "$name is ACTIVE" is_active "$name"
	done
	holds "the tree has all six" eval \
		'"$p11ca" tree | tee /dev/stderr | grep -c . | grep -x 6'
	holds "the default template leaves one level below" has_line ec.pem \
		"CA:TRUE, pathlen:1"
	holds "a root has no limit" fails has_line root.pem pathlen
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

# ---- what is refused

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
	need create pending SUBORDINATE EC_prime256v1
	need openssl req -new -key p256.key -subj /CN=inside -out inside.csr \
		-addext subjectAltName=DNS:www.fence.test
	holds "a CA of path length 0 signs no CA" refused \
		ValidationException N13 issue narrow --csr p256.csr \
		--template "$ca_template" "${days[@]}"
	holds "nor does it activate one" refused ValidationException N13 \
		activate pending --parent narrow
	holds "it signs an end entity" issue narrow p256 EndEntityCertificate \
		narrow-leaf.pem
	holds "a name outside the constraints is refused" refused \
		InvalidArgsException N14 issue fenced --csr p256.csr \
		"${days[@]}"
	holds "a name inside is not" eval '"$p11ca" issue fenced --csr \
		inside.csr --days 9 >inside.pem && openssl verify \
		-CAfile outside.pem -untrusted fenced.pem inside.pem'
	holds "nothing outlives its CA" refused ValidationException N11 \
		issue ec --csr p256.csr --years 50
	holds "a CA without a certificate issues none" refused \
		InvalidStateException N01 issue pending --csr p256.csr \
		"${days[@]}"
	need "$p11ca" disable narrow
	holds "nor does a disabled one" refused InvalidStateException N01 \
		issue narrow --csr p256.csr "${days[@]}"
	holds "but it revokes, and has a CRL" eval \
		'revoke narrow narrow-leaf.pem SUPERSEDED && "$p11ca" -q crl \
		narrow | openssl crl -noout -text |
		grep -F "$(serial_of narrow-leaf.pem)"'
	# Another last byte of the signature, whatever it was.
	openssl req -in p256.csr -outform DER >good.der
	{
		head -c -1 good.der
		# shellcheck disable=SC2059 # the escape is the byte
		printf "\\x$(printf %02x \
			$((0x$(tail -c 1 good.der | od -An -tx1 | tr -d ' ') ^ 1)))"
	} | openssl req -inform DER >bad.csr
	holds "a CSR that does not verify is refused" refused \
		MalformedCSRException - issue ec --csr bad.csr "${days[@]}"
	holds "a template that is none is no template" eval '! "$p11ca" issue \
		ec --csr p256.csr --days 9 --template EndEntity'
	need revoke ec ec-EndEntityCertificate-p521.pem SUPERSEDED
	holds "what is revoked is not revoked twice" refused \
		RequestAlreadyProcessedException - revoke ec \
		"$(serial_of ec-EndEntityCertificate-p521.pem)" \
		--reason UNSPECIFIED
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
make_hierarchy
test_hierarchy
test_publication
test_templates
test_contents
test_refusals
test_renewal
holds "the audit log is whole" "$p11ca" audit verify
holds "doctor finds nothing" "$p11ca" -q doctor
