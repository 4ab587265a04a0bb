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
set -g __p11ca_takes --home --region --account --module --token --pin --type --subject --configuration --key-algorithm --signing-algorithm --name --key --key-usage --subject-information-access --certificate --chain --ca --csr --public-key --at --days --from --log
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
complete -c p11ca -n '__p11ca_only token' -a show -d 'mechanisms, flags and keys of a token'
complete -c p11ca -n '__p11ca_at token show' -l module -r -F -d 'look through this module; no home is needed'
complete -c p11ca -n '__p11ca_at token show' -l pin -x -d 'the PIN: prompt, pad, file:PATH, fd:N, credential:NAME'
complete -c p11ca -n '__p11ca_at token show' -l public -d 'do not log in; keys stay out of sight'
complete -c p11ca -n '__p11ca_only token' -a probe -d 'try which CA algorithms a token can carry'
complete -c p11ca -n '__p11ca_at token probe' -l module -r -F -d 'look through this module; no home is needed'
complete -c p11ca -n '__p11ca_at token probe' -l pin -x -d 'the PIN: prompt, pad, file:PATH, fd:N, credential:NAME'
complete -c p11ca -n __p11ca_only -a create -d 'make a CA: its key in the token, and its CSR'
complete -c p11ca -n '__p11ca_at create' -l type -x -a 'ROOT SUBORDINATE' -d 'what it will be'
complete -c p11ca -n '__p11ca_at create' -l subject -x -d 'such as "CN=Issuing CA 1,O=Example,C=DE"'
complete -c p11ca -n '__p11ca_at create' -l configuration -r -F -d 'all of it as CertificateAuthorityConfiguration (JSON)'
complete -c p11ca -n '__p11ca_at create' -l key-algorithm -x -a 'RSA_2048 RSA_3072 RSA_4096 EC_prime256v1 EC_secp384r1 EC_secp521r1 ED25519' -d 'the kind of its key'
complete -c p11ca -n '__p11ca_at create' -l signing-algorithm -x -a 'SHA256WITHRSA SHA384WITHRSA SHA512WITHRSA SHA256WITHRSA_PSS SHA384WITHRSA_PSS SHA512WITHRSA_PSS SHA256WITHECDSA SHA384WITHECDSA SHA512WITHECDSA ED25519' -d 'how it signs (default: what is usual with the key)'
complete -c p11ca -n '__p11ca_at create' -l name -x -d 'what it is called here'
complete -c p11ca -n '__p11ca_at create' -l token -x -d 'where its key will be, instead of the default token'
complete -c p11ca -n '__p11ca_at create' -l key -x -d 'adopt this key, which is in the token already'
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
complete -c p11ca -n '__p11ca_at delete' -l yes -d 'do not ask for the name to be typed'
complete -c p11ca -n '__p11ca_at delete' -l due -d 'destroy what can no longer be restored'
complete -c p11ca -n __p11ca_only -a restore -d 'take a deletion back'
complete -c p11ca -n '__p11ca_only restore' -a '(__p11ca_cas)'
complete -c p11ca -n __p11ca_only -a doctor -d 'look at home, store, token and keys, and say what to do'
complete -c p11ca -n __p11ca_only -a audit
complete -c p11ca -n '__p11ca_only audit' -a show -d 'the log of everything that was asked and done'
complete -c p11ca -n '__p11ca_at audit show' -l from -x -d 'from this entry on (default 1)'
complete -c p11ca -n '__p11ca_only audit' -a verify -d 'see whether the log is whole and unchanged'
complete -c p11ca -n '__p11ca_at audit verify' -l log -r -F -d 'an exported log; no home is needed'
complete -c p11ca -n __p11ca_only -a help -d 'help, about everything or a command'
complete -c p11ca -n '__p11ca_only help' -a 'init config token create csr check import list show tree enable disable delete restore doctor audit help version'
complete -c p11ca -n '__p11ca_at help' -l table -d 'every option, for completions'
complete -c p11ca -n '__p11ca_at help' -l rules -d 'the manual page p11ca-rules(7), mdoc'
complete -c p11ca -n __p11ca_only -a version -d 'print the version'
