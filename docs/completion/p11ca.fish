# Completion of p11ca for fish; written by scripts/gen-completion; do not edit.

# What has been typed of the command: its words without options.
function __p11ca_words
	set -l skip no
	for token in (commandline -opc)[2..]
		if test $skip = yes
			set skip no
		else if contains -- $token $__p11ca_takes
			set skip yes
		else if not string match -q -- '-*' $token
			echo $token
		end
	end
end

function __p11ca_at
	set -l typed (__p11ca_words)
	set -l count (count $argv)
	test (count $typed) -ge $count
	and test "$typed[1..$count]" = "$argv"
end

function __p11ca_only
	test "$(__p11ca_words)" = "$argv"
end

# The names of the CAs in the home that is meant.
function __p11ca_cas
	set -l typed (commandline -opc)
	set -l home
	if set -l at (contains -i -- --home $typed)
		set home --home $typed[(math $at + 1)]
	end
	p11ca $home list --names 2>/dev/null
end

complete -c p11ca -f
set -g __p11ca_takes --home --region --account --module --token --pin --init-args --type --subject --configuration --key-algorithm --signing-algorithm --name --key --revocation-configuration --usage-mode --key-storage-security-standard --tag --idempotency-token --key-usage --subject-information-access --certificate --chain --ca --csr --public-key --at --parent --template --days --months --years --until --end-date --batch --out --not-before --api-passthrough --reason --partition --request --responder-certificate --responder-key --bucket --format --policy --principal --action --source-account --from --log
complete -c p11ca -l home -x -a '(__fish_complete_directories)' -d 'the home, instead of $P11CA_HOME or the usual place'
complete -c p11ca -l json -d 'results and errors as JSON'
complete -c p11ca -s q -d 'say nothing but results and errors'
complete -c p11ca -s v -d 'also say which home is used and what each rule said'
complete -c p11ca -l version -d 'print the version'
complete -c p11ca -l help -d 'print the help of a command'
complete -c p11ca -s h -d 'the same as --help'
complete -c p11ca -n __p11ca_only -a init -d 'make a home'
complete -c p11ca -n '__p11ca_at init' -l region -x -d 'region in the ARNs (default us-east-1)'
complete -c p11ca -n '__p11ca_at init' -l account -x -d 'account in the ARNs, 12 digits (default 000000000000)'
complete -c p11ca -n '__p11ca_at init' -l softhsm -d 'make a trial token of SoftHSM in the home'
complete -c p11ca -n '__p11ca_at init' -l module -r -F -d 'the PKCS#11 module: a path, or a name p11-kit knows'
complete -c p11ca -n '__p11ca_at init' -l token -x -d 'the default token'
complete -c p11ca -n '__p11ca_at init' -l pin -x -d 'its PIN: prompt, pad, file:PATH, fd:N, credential:NAME'
complete -c p11ca -n __p11ca_only -a config -d 'print the settings and where each comes from'
complete -c p11ca -n __p11ca_only -a token
complete -c p11ca -n '__p11ca_only token' -a list -d 'the tokens in sight'
complete -c p11ca -n '__p11ca_at token list' -l module -r -F -d 'look through this module; no home is needed'
complete -c p11ca -n '__p11ca_at token list' -l init-args -x -d 'words that the module wants when it starts (NSS)'
complete -c p11ca -n '__p11ca_at token list' -l isolate -d 'the module in a process of its own'
complete -c p11ca -n '__p11ca_only token' -a show -d 'mechanisms, flags and keys of a token'
complete -c p11ca -n '__p11ca_at token show' -l module -r -F -d 'look through this module; no home is needed'
complete -c p11ca -n '__p11ca_at token show' -l init-args -x -d 'words that the module wants when it starts (NSS)'
complete -c p11ca -n '__p11ca_at token show' -l isolate -d 'the module in a process of its own'
complete -c p11ca -n '__p11ca_at token show' -l pin -x -d 'the PIN: prompt, pad, file:PATH, fd:N, credential:NAME'
complete -c p11ca -n '__p11ca_at token show' -l public -d 'do not log in; keys stay out of sight'
complete -c p11ca -n '__p11ca_only token' -a probe -d 'try which CA algorithms a token can carry'
complete -c p11ca -n '__p11ca_at token probe' -l module -r -F -d 'look through this module; no home is needed'
complete -c p11ca -n '__p11ca_at token probe' -l init-args -x -d 'words that the module wants when it starts (NSS)'
complete -c p11ca -n '__p11ca_at token probe' -l isolate -d 'the module in a process of its own'
complete -c p11ca -n '__p11ca_at token probe' -l pin -x -d 'the PIN: prompt, pad, file:PATH, fd:N, credential:NAME'
complete -c p11ca -n '__p11ca_at token probe' -l permanent -d 'try with keys on the token, and destroy each'
complete -c p11ca -n __p11ca_only -a create -d 'make a CA: its key in the token, and its CSR'
complete -c p11ca -n '__p11ca_at create' -l type -x -a 'ROOT SUBORDINATE' -d 'what it will be'
complete -c p11ca -n '__p11ca_at create' -l subject -x -d 'such as "CN=Issuing CA 1,O=Example,C=DE"'
complete -c p11ca -n '__p11ca_at create' -l configuration -r -F -d 'all of it as CertificateAuthorityConfiguration (JSON)'
complete -c p11ca -n '__p11ca_at create' -l key-algorithm -x -a 'RSA_2048 RSA_3072 RSA_4096 EC_prime256v1 EC_secp384r1 EC_secp521r1 ED25519' -d 'the kind of its key'
complete -c p11ca -n '__p11ca_at create' -l signing-algorithm -x -a 'SHA256WITHRSA SHA384WITHRSA SHA512WITHRSA SHA256WITHRSA_PSS SHA384WITHRSA_PSS SHA512WITHRSA_PSS SHA256WITHECDSA SHA384WITHECDSA SHA512WITHECDSA ED25519' -d 'how it signs (default: what is usual with the key)'
complete -c p11ca -n '__p11ca_at create' -l name -x -d 'what it is called here'
complete -c p11ca -n '__p11ca_at create' -l token -x -d 'where its key will be, instead of the default token'
complete -c p11ca -n '__p11ca_at create' -l key -x -d 'adopt this key, which is in the token already'
complete -c p11ca -n '__p11ca_at create' -l copies-may-exist -d 'your word that it was made elsewhere; shown for ever'
complete -c p11ca -n '__p11ca_at create' -l revocation-configuration -r -F -d 'RevocationConfiguration (JSON)'
complete -c p11ca -n '__p11ca_at create' -l usage-mode -x -a 'GENERAL_PURPOSE SHORT_LIVED_CERTIFICATE' -d 'how long its certificates may live'
complete -c p11ca -n '__p11ca_at create' -l key-storage-security-standard -x -a 'FIPS_140_2_LEVEL_3_OR_HIGHER FIPS_140_2_LEVEL_2_OR_HIGHER CCPC_LEVEL_1_OR_HIGHER' -d 'recorded and shown, as the API does'
complete -c p11ca -n '__p11ca_at create' -l tag -x -d 'a tag of the CA'
complete -c p11ca -n '__p11ca_at create' -l idempotency-token -x -d 'the same within 5 minutes gives the same CA'
complete -c p11ca -n '__p11ca_at create' -l key-usage -x -d 'in the CSR, such as KeyCertSign,CRLSign'
complete -c p11ca -n '__p11ca_at create' -l subject-information-access -x -d 'CA_REPOSITORY=URI:http://...'
complete -c p11ca -n __p11ca_only -a csr -d 'print the CSR of a CA, the same bytes at every call'
complete -c p11ca -n '__p11ca_only csr' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a check -d 'ask every import rule, changing nothing'
complete -c p11ca -n '__p11ca_at check' -l certificate -r -F -d 'the signed certificate, PEM; - is standard input'
complete -c p11ca -n '__p11ca_at check' -l chain -r -F -d 'the signing CA first, the root last, PEM'
complete -c p11ca -n '__p11ca_at check' -l ca -x -a '(__p11ca_cas)' -d 'check it as this CA'\''s; its token is asked'
complete -c p11ca -n '__p11ca_at check' -l csr -r -F -d 'check it against a CSR; no home is needed'
complete -c p11ca -n '__p11ca_at check' -l public-key -r -F -d 'check it against a public key, PEM'
complete -c p11ca -n '__p11ca_at check' -l type -x -a 'ROOT SUBORDINATE' -d 'as what (default SUBORDINATE, or what the CA is)'
complete -c p11ca -n '__p11ca_at check' -l at -x -d 'as of then: 2026-01-15T12:00:00Z'
complete -c p11ca -n __p11ca_only -a import -d 'install the signed certificate of a CA'
complete -c p11ca -n '__p11ca_only import' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at import' -l certificate -r -F -d 'the signed certificate, PEM; - is standard input'
complete -c p11ca -n '__p11ca_at import' -l chain -r -F -d 'the signing CA first, the root last, PEM'
complete -c p11ca -n '__p11ca_at import' -l store-certificate -d 'put the certificate beside the key in the token too'
complete -c p11ca -n __p11ca_only -a activate -d 'have a CA that is hosted here signed, and import that'
complete -c p11ca -n '__p11ca_only activate' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at activate' -l parent -x -a '(__p11ca_cas)' -d 'the CA hosted here that signs; a root signs itself'
complete -c p11ca -n '__p11ca_at activate' -l template -x -a 'BlankEndEntityCertificate_APICSRPassthrough BlankEndEntityCertificate_APIPassthrough BlankEndEntityCertificate_CSRPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough BlankRootCACertificate_APIPassthrough BlankRootCACertificate_PathLen0_APIPassthrough BlankRootCACertificate_PathLen1_APIPassthrough BlankRootCACertificate_PathLen2_APIPassthrough BlankRootCACertificate_PathLen3_APIPassthrough BlankSubordinateCACertificate_PathLen0_APICSRPassthrough BlankSubordinateCACertificate_PathLen0_APIPassthrough BlankSubordinateCACertificate_PathLen0_CSRPassthrough BlankSubordinateCACertificate_PathLen1_APICSRPassthrough BlankSubordinateCACertificate_PathLen1_APIPassthrough BlankSubordinateCACertificate_PathLen1_CSRPassthrough BlankSubordinateCACertificate_PathLen2_APICSRPassthrough BlankSubordinateCACertificate_PathLen2_APIPassthrough BlankSubordinateCACertificate_PathLen2_CSRPassthrough BlankSubordinateCACertificate_PathLen3_APICSRPassthrough BlankSubordinateCACertificate_PathLen3_APIPassthrough BlankSubordinateCACertificate_PathLen3_CSRPassthrough CodeSigningCertificate CodeSigningCertificate_APICSRPassthrough CodeSigningCertificate_APIPassthrough CodeSigningCertificate_CSRPassthrough EndEntityCertificate EndEntityCertificate_APICSRPassthrough EndEntityCertificate_APIPassthrough EndEntityCertificate_CSRPassthrough EndEntityClientAuthCertificate EndEntityClientAuthCertificate_APICSRPassthrough EndEntityClientAuthCertificate_APIPassthrough EndEntityClientAuthCertificate_CSRPassthrough EndEntityServerAuthCertificate EndEntityServerAuthCertificate_APICSRPassthrough EndEntityServerAuthCertificate_APIPassthrough EndEntityServerAuthCertificate_CSRPassthrough OCSPSigningCertificate OCSPSigningCertificate_APICSRPassthrough OCSPSigningCertificate_APIPassthrough OCSPSigningCertificate_CSRPassthrough RootCACertificate RootCACertificate_APIPassthrough SubordinateCACertificate_PathLen0 SubordinateCACertificate_PathLen0_APICSRPassthrough SubordinateCACertificate_PathLen0_APIPassthrough SubordinateCACertificate_PathLen0_CSRPassthrough SubordinateCACertificate_PathLen1 SubordinateCACertificate_PathLen1_APICSRPassthrough SubordinateCACertificate_PathLen1_APIPassthrough SubordinateCACertificate_PathLen1_CSRPassthrough SubordinateCACertificate_PathLen2 SubordinateCACertificate_PathLen2_APICSRPassthrough SubordinateCACertificate_PathLen2_APIPassthrough SubordinateCACertificate_PathLen2_CSRPassthrough SubordinateCACertificate_PathLen3 SubordinateCACertificate_PathLen3_APICSRPassthrough SubordinateCACertificate_PathLen3_APIPassthrough SubordinateCACertificate_PathLen3_CSRPassthrough' -d 'instead of the usual one; see p11ca help templates'
complete -c p11ca -n '__p11ca_at activate' -l days -x -d 'valid for so many days from now'
complete -c p11ca -n '__p11ca_at activate' -l months -x -d 'valid for so many months'
complete -c p11ca -n '__p11ca_at activate' -l years -x -d 'for so many years (default: root 10, subordinate 5)'
complete -c p11ca -n '__p11ca_at activate' -l until -x -d 'valid until then: 2036-01-15T12:00:00Z'
complete -c p11ca -n '__p11ca_at activate' -l end-date -x -d 'the same as YYMMDDHHMMSS or YYYYMMDDHHMMSS, UTC'
complete -c p11ca -n __p11ca_only -a issue -d 'issue a certificate for a CSR, or many at once'
complete -c p11ca -n '__p11ca_only issue' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at issue' -l csr -r -F -d 'the CSR, PEM; - is standard input'
complete -c p11ca -n '__p11ca_at issue' -l batch -r -F -d 'many: a folder of CSR files, or a file of CSRs, or -'
complete -c p11ca -n '__p11ca_at issue' -l out -x -a '(__fish_complete_directories)' -d 'where each of a batch becomes NAME.pem'
complete -c p11ca -n '__p11ca_at issue' -l template -x -a 'BlankEndEntityCertificate_APICSRPassthrough BlankEndEntityCertificate_APIPassthrough BlankEndEntityCertificate_CSRPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough BlankRootCACertificate_APIPassthrough BlankRootCACertificate_PathLen0_APIPassthrough BlankRootCACertificate_PathLen1_APIPassthrough BlankRootCACertificate_PathLen2_APIPassthrough BlankRootCACertificate_PathLen3_APIPassthrough BlankSubordinateCACertificate_PathLen0_APICSRPassthrough BlankSubordinateCACertificate_PathLen0_APIPassthrough BlankSubordinateCACertificate_PathLen0_CSRPassthrough BlankSubordinateCACertificate_PathLen1_APICSRPassthrough BlankSubordinateCACertificate_PathLen1_APIPassthrough BlankSubordinateCACertificate_PathLen1_CSRPassthrough BlankSubordinateCACertificate_PathLen2_APICSRPassthrough BlankSubordinateCACertificate_PathLen2_APIPassthrough BlankSubordinateCACertificate_PathLen2_CSRPassthrough BlankSubordinateCACertificate_PathLen3_APICSRPassthrough BlankSubordinateCACertificate_PathLen3_APIPassthrough BlankSubordinateCACertificate_PathLen3_CSRPassthrough CodeSigningCertificate CodeSigningCertificate_APICSRPassthrough CodeSigningCertificate_APIPassthrough CodeSigningCertificate_CSRPassthrough EndEntityCertificate EndEntityCertificate_APICSRPassthrough EndEntityCertificate_APIPassthrough EndEntityCertificate_CSRPassthrough EndEntityClientAuthCertificate EndEntityClientAuthCertificate_APICSRPassthrough EndEntityClientAuthCertificate_APIPassthrough EndEntityClientAuthCertificate_CSRPassthrough EndEntityServerAuthCertificate EndEntityServerAuthCertificate_APICSRPassthrough EndEntityServerAuthCertificate_APIPassthrough EndEntityServerAuthCertificate_CSRPassthrough OCSPSigningCertificate OCSPSigningCertificate_APICSRPassthrough OCSPSigningCertificate_APIPassthrough OCSPSigningCertificate_CSRPassthrough RootCACertificate RootCACertificate_APIPassthrough SubordinateCACertificate_PathLen0 SubordinateCACertificate_PathLen0_APICSRPassthrough SubordinateCACertificate_PathLen0_APIPassthrough SubordinateCACertificate_PathLen0_CSRPassthrough SubordinateCACertificate_PathLen1 SubordinateCACertificate_PathLen1_APICSRPassthrough SubordinateCACertificate_PathLen1_APIPassthrough SubordinateCACertificate_PathLen1_CSRPassthrough SubordinateCACertificate_PathLen2 SubordinateCACertificate_PathLen2_APICSRPassthrough SubordinateCACertificate_PathLen2_APIPassthrough SubordinateCACertificate_PathLen2_CSRPassthrough SubordinateCACertificate_PathLen3 SubordinateCACertificate_PathLen3_APICSRPassthrough SubordinateCACertificate_PathLen3_APIPassthrough SubordinateCACertificate_PathLen3_CSRPassthrough' -d 'or its ARN (default EndEntityCertificate)'
complete -c p11ca -n '__p11ca_at issue' -l days -x -d 'valid for so many days from now'
complete -c p11ca -n '__p11ca_at issue' -l months -x -d 'valid for so many months'
complete -c p11ca -n '__p11ca_at issue' -l years -x -d 'valid for so many years'
complete -c p11ca -n '__p11ca_at issue' -l until -x -d 'valid until then: 2027-01-15T12:00:00Z'
complete -c p11ca -n '__p11ca_at issue' -l end-date -x -d 'the same as YYMMDDHHMMSS or YYYYMMDDHHMMSS, UTC'
complete -c p11ca -n '__p11ca_at issue' -l not-before -x -d 'valid from then on (default: an hour ago)'
complete -c p11ca -n '__p11ca_at issue' -l signing-algorithm -x -a 'SHA256WITHRSA SHA384WITHRSA SHA512WITHRSA SHA256WITHRSA_PSS SHA384WITHRSA_PSS SHA512WITHRSA_PSS SHA256WITHECDSA SHA384WITHECDSA SHA512WITHECDSA ED25519' -d 'how it is signed (default: as the CA signs)'
complete -c p11ca -n '__p11ca_at issue' -l api-passthrough -r -F -d 'ApiPassthrough (JSON), for templates that take it'
complete -c p11ca -n '__p11ca_at issue' -l idempotency-token -x -d 'the same within 5 minutes gives the same certificate'
complete -c p11ca -n '__p11ca_at issue' -l fullchain -d 'print its chain after it'
complete -c p11ca -n '__p11ca_at issue' -l settle -d 'issue what a crash kept from being signed, nothing new'
complete -c p11ca -n __p11ca_only -a certs -d 'the certificates a CA has issued, the oldest first'
complete -c p11ca -n '__p11ca_only certs' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at certs' -l revoked -d 'only those that are revoked'
complete -c p11ca -n '__p11ca_at certs' -l template -x -a 'BlankEndEntityCertificate_APICSRPassthrough BlankEndEntityCertificate_APIPassthrough BlankEndEntityCertificate_CSRPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough BlankRootCACertificate_APIPassthrough BlankRootCACertificate_PathLen0_APIPassthrough BlankRootCACertificate_PathLen1_APIPassthrough BlankRootCACertificate_PathLen2_APIPassthrough BlankRootCACertificate_PathLen3_APIPassthrough BlankSubordinateCACertificate_PathLen0_APICSRPassthrough BlankSubordinateCACertificate_PathLen0_APIPassthrough BlankSubordinateCACertificate_PathLen0_CSRPassthrough BlankSubordinateCACertificate_PathLen1_APICSRPassthrough BlankSubordinateCACertificate_PathLen1_APIPassthrough BlankSubordinateCACertificate_PathLen1_CSRPassthrough BlankSubordinateCACertificate_PathLen2_APICSRPassthrough BlankSubordinateCACertificate_PathLen2_APIPassthrough BlankSubordinateCACertificate_PathLen2_CSRPassthrough BlankSubordinateCACertificate_PathLen3_APICSRPassthrough BlankSubordinateCACertificate_PathLen3_APIPassthrough BlankSubordinateCACertificate_PathLen3_CSRPassthrough CodeSigningCertificate CodeSigningCertificate_APICSRPassthrough CodeSigningCertificate_APIPassthrough CodeSigningCertificate_CSRPassthrough EndEntityCertificate EndEntityCertificate_APICSRPassthrough EndEntityCertificate_APIPassthrough EndEntityCertificate_CSRPassthrough EndEntityClientAuthCertificate EndEntityClientAuthCertificate_APICSRPassthrough EndEntityClientAuthCertificate_APIPassthrough EndEntityClientAuthCertificate_CSRPassthrough EndEntityServerAuthCertificate EndEntityServerAuthCertificate_APICSRPassthrough EndEntityServerAuthCertificate_APIPassthrough EndEntityServerAuthCertificate_CSRPassthrough OCSPSigningCertificate OCSPSigningCertificate_APICSRPassthrough OCSPSigningCertificate_APIPassthrough OCSPSigningCertificate_CSRPassthrough RootCACertificate RootCACertificate_APIPassthrough SubordinateCACertificate_PathLen0 SubordinateCACertificate_PathLen0_APICSRPassthrough SubordinateCACertificate_PathLen0_APIPassthrough SubordinateCACertificate_PathLen0_CSRPassthrough SubordinateCACertificate_PathLen1 SubordinateCACertificate_PathLen1_APICSRPassthrough SubordinateCACertificate_PathLen1_APIPassthrough SubordinateCACertificate_PathLen1_CSRPassthrough SubordinateCACertificate_PathLen2 SubordinateCACertificate_PathLen2_APICSRPassthrough SubordinateCACertificate_PathLen2_APIPassthrough SubordinateCACertificate_PathLen2_CSRPassthrough SubordinateCACertificate_PathLen3 SubordinateCACertificate_PathLen3_APICSRPassthrough SubordinateCACertificate_PathLen3_APIPassthrough SubordinateCACertificate_PathLen3_CSRPassthrough' -d 'only those of this template'
complete -c p11ca -n __p11ca_only -a cert
complete -c p11ca -n '__p11ca_only cert' -a show -d 'everything about an issued certificate, or its PEM'
complete -c p11ca -n '__p11ca_only cert show' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at cert show' -l pem -d 'the certificate alone'
complete -c p11ca -n '__p11ca_at cert show' -l chain -d 'its chain alone, the CA first'
complete -c p11ca -n __p11ca_only -a revoke -d 'revoke a certificate; that cannot be taken back'
complete -c p11ca -n '__p11ca_only revoke' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at revoke' -l reason -x -a 'UNSPECIFIED KEY_COMPROMISE CERTIFICATE_AUTHORITY_COMPROMISE AFFILIATION_CHANGED SUPERSEDED CESSATION_OF_OPERATION PRIVILEGE_WITHDRAWN A_A_COMPROMISE' -d 'why'
complete -c p11ca -n __p11ca_only -a crl -d 'make, publish and print the CRL of a CA'
complete -c p11ca -n '__p11ca_only crl' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at crl' -l der -d 'in DER, not PEM'
complete -c p11ca -n '__p11ca_at crl' -l partition -x -d 'that of one partition, from 1 on (default: the whole)'
complete -c p11ca -n '__p11ca_at crl' -l due -d 'make those of all CAs that are due'
complete -c p11ca -n __p11ca_only -a ocsp -d 'answer an OCSP request; prints the response, DER'
complete -c p11ca -n '__p11ca_only ocsp' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at ocsp' -l request -r -F -d 'the request, DER; - is standard input'
complete -c p11ca -n '__p11ca_at ocsp' -l responder-certificate -r -F -d 'of a delegated responder, PEM'
complete -c p11ca -n '__p11ca_at ocsp' -l responder-key -x -d 'its key in the token'
complete -c p11ca -n __p11ca_only -a revocation -d 'set where a CA publishes CRLs and answers OCSP'
complete -c p11ca -n '__p11ca_only revocation' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at revocation' -l configuration -r -F -d 'RevocationConfiguration (JSON)'
complete -c p11ca -n __p11ca_only -a list -d 'the CAs that are hosted here'
complete -c p11ca -n '__p11ca_at list' -l names -d 'only what the CAs are called, one a line'
complete -c p11ca -n __p11ca_only -a show -d 'everything about a CA, or its PEM as stored'
complete -c p11ca -n '__p11ca_only show' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at show' -l certificate -d 'its certificate, as stored'
complete -c p11ca -n '__p11ca_at show' -l chain -d 'its chain, as stored'
complete -c p11ca -n '__p11ca_at show' -l csr -d 'its CSR'
complete -c p11ca -n '__p11ca_at show' -l history -d 'every certificate it has had'
complete -c p11ca -n __p11ca_only -a tree -d 'the hierarchies of the CAs here'
complete -c p11ca -n __p11ca_only -a enable -d 'let a disabled CA work again'
complete -c p11ca -n '__p11ca_only enable' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a disable -d 'let a CA rest'
complete -c p11ca -n '__p11ca_only disable' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a delete -d 'delete a CA; it can be restored for some days'
complete -c p11ca -n '__p11ca_only delete' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at delete' -l days -x -d 'days in which it can be restored, 7 to 30 (default 30)'
complete -c p11ca -n '__p11ca_at delete' -l key-stays -d 'of a token that is gone for good: its record only'
complete -c p11ca -n '__p11ca_at delete' -l yes -d 'do not ask for the name to be typed'
complete -c p11ca -n '__p11ca_at delete' -l due -d 'destroy what can no longer be restored'
complete -c p11ca -n __p11ca_only -a restore -d 'take a deletion back'
complete -c p11ca -n '__p11ca_only restore' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a bucket
complete -c p11ca -n '__p11ca_only bucket' -a add -d 'make a bucket: a folder for CRLs and audit reports'
complete -c p11ca -n '__p11ca_only bucket' -a list -d 'the buckets of this home'
complete -c p11ca -n __p11ca_only -a audit-report
complete -c p11ca -n '__p11ca_only audit-report' -a create -d 'put a list of all it has issued into a bucket'
complete -c p11ca -n '__p11ca_only audit-report create' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at audit-report create' -l bucket -x -d 'where it is put'
complete -c p11ca -n '__p11ca_at audit-report create' -l format -x -a 'JSON CSV' -d 'in which form'
complete -c p11ca -n '__p11ca_only audit-report' -a show -d 'what became of an audit report, and where it lies'
complete -c p11ca -n '__p11ca_only audit-report show' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a tag
complete -c p11ca -n '__p11ca_only tag' -a add -d 'give a CA tags, in place of those with the same keys'
complete -c p11ca -n '__p11ca_only tag add' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_only tag' -a remove -d 'take tags of a CA away; with a value only if it has that'
complete -c p11ca -n '__p11ca_only tag remove' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_only tag' -a list -d 'the tags of a CA'
complete -c p11ca -n '__p11ca_only tag list' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a policy
complete -c p11ca -n '__p11ca_only policy' -a put -d 'give a CA a resource policy'
complete -c p11ca -n '__p11ca_only policy put' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at policy put' -l policy -r -F -d 'the policy (JSON); - is standard input'
complete -c p11ca -n '__p11ca_only policy' -a get -d 'print the resource policy of a CA, as stored'
complete -c p11ca -n '__p11ca_only policy get' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_only policy' -a delete -d 'take the resource policy of a CA away'
complete -c p11ca -n '__p11ca_only policy delete' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a permission
complete -c p11ca -n '__p11ca_only permission' -a create -d 'let a service of AWS use a CA'
complete -c p11ca -n '__p11ca_only permission create' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at permission create' -l principal -x -d 'whom, such as acm.amazonaws.com'
complete -c p11ca -n '__p11ca_at permission create' -l action -x -a 'IssueCertificate GetCertificate ListPermissions' -d 'what it may ask'
complete -c p11ca -n '__p11ca_at permission create' -l source-account -x -d 'for whose requests (default: one'\''s own)'
complete -c p11ca -n '__p11ca_only permission' -a delete -d 'take a permission away'
complete -c p11ca -n '__p11ca_only permission delete' -a '(__p11ca_cas)'
complete -c p11ca -n '__p11ca_at permission delete' -l principal -x -d 'whose'
complete -c p11ca -n '__p11ca_at permission delete' -l source-account -x -d 'for whose requests (default: one'\''s own)'
complete -c p11ca -n '__p11ca_only permission' -a list -d 'the permissions of a CA'
complete -c p11ca -n '__p11ca_only permission list' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a doctor -d 'look at home, store, token and keys, and say what to do'
complete -c p11ca -n __p11ca_only -a audit
complete -c p11ca -n '__p11ca_only audit' -a show -d 'the log of everything that was asked and done'
complete -c p11ca -n '__p11ca_at audit show' -l from -x -d 'from this entry on (default 1)'
complete -c p11ca -n '__p11ca_only audit' -a verify -d 'see whether the log is whole and unchanged'
complete -c p11ca -n '__p11ca_at audit verify' -l log -r -F -d 'an exported log; no home is needed'
complete -c p11ca -n __p11ca_only -a help -d 'help, about everything or a command'
complete -c p11ca -n '__p11ca_only help' -a 'init config token create csr check import activate issue certs cert revoke crl ocsp revocation list show tree enable disable delete restore bucket audit-report tag policy permission doctor audit help version'
complete -c p11ca -n '__p11ca_at help' -l table -d 'every option, for completions'
complete -c p11ca -n '__p11ca_at help' -l rules -d 'the manual page p11ca-rules(7), mdoc'
complete -c p11ca -n __p11ca_only -a version -d 'print the version'
