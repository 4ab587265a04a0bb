#!/usr/bin/env bash
# cli_test.sh - p11ca from its command line, with a SoftHSM home and openssl as
# the other CAs.
#
#   P11CA         the program, default build/p11ca
#   P11CA_BUILD   the folder with p11ca-fault.so, default that of the program
# shellcheck source=tests/door/door.bash
. "$(dirname "$0")/door.bash"

# --- The home

ends 0 "init makes a home with a trial token" p11ca init --softhsm
says out "init says where the home is" "^$home\$"
says err "init says what comes next" 'next: p11ca --home .* create'
ends 2 "a second init is refused" p11ca init --softhsm
ends 0 "a home can be made before its token" "$program" --home "$work/bare" init
says err "init says that its token is to be named" \
	'next: name the token in p11ca\.yaml .* --home .*/bare doctor$'
ends 3 "without a token there is no CA" "$program" --home "$work/bare" \
	create --type ROOT --key-algorithm EC_prime256v1 --subject CN=Root
says err "what is to be set is said" 'no token named.* set token\.uri'
ends 0 "a home can be made for a token" "$program" --home "$work/named" \
	init --module /nonexistent.so --token pkcs11:token=a
says err "init says to have a look at the token" 'next: .*/named doctor$'
holds "the home is private" test "$(stat -c %a "$home")" = 700
ends 2 "an account that is none" "$program" --home "$work/new/home" init \
	--account 12
says err "is refused for what it is" 'the setting account .*expected 12 digits'
ends 2 "so is a name that SoftHSM cannot hold" \
	"$program" --home "$work/new/"$'\e' init --softhsm
says err "which is told" 'without control characters'
holds "and nothing is left of either" test ! -e "$work/new"
ends 2 "no command is a usage error" "$program"
ends 2 "an unknown command is a usage error" p11ca lst
says err "the nearest command is named" 'did you mean list\?'
ends 2 "an abbreviated option is unknown" p11ca list --name
says err "the nearest option is named" 'did you mean --names\?'
ends 4 "a home that is not there is a fault of the store" \
	"$program" --home "$work/none" list
ends 0 "config prints the settings" p11ca config
says out "config says where they come from" '^token\.uri .*p11ca\.yaml$'
ends 0 "config as JSON" p11ca --json config
holds "config prints one object a line" is_json out
ends 0 "doctor finds nothing wrong" p11ca doctor
says out "doctor looks at the token" '^ok +token '
ends 0 "an empty home lists nothing" p11ca list
holds "nothing is nothing" test ! -s out

# --- What comes next

# Paste the command that was said after these words.
# shellcheck disable=SC2317 # called by ends
pasted() { # WORDS
	local command

	command=$(sed -n "s/^p11ca: $1: //p" said)
	[ -n "$command" ] && PATH=${program%/*}:$PATH bash -c "$command"
}
odd="an odd' \$home ü"
ends 0 "a home with a name that no shell takes as it is" \
	"$program" --home "$odd" init --softhsm
cp err said
ends 0 "the command that init prints works when pasted" pasted next
cp err said
ends 0 "that of create, for a root, too" pasted next
ends 0 "and there the root is" "$program" --home "$odd" list
says out "ACTIVE" '^root .*ACTIVE'
ends 0 "a subordinate" "$program" --home "$odd" create --type SUBORDINATE \
	--name sub --key-algorithm EC_prime256v1 --subject CN=Sub
cp err said
ends 0 "has a command for its CSR" pasted "next, for a parent elsewhere"
holds "which leaves it in a file" openssl req -in sub.csr -noout -verify
P11CA_HOME=$odd "$program" create --type ROOT --name again \
	--key-algorithm EC_prime256v1 --subject CN=Again >out 2>err
says err "a home of the environment is there already" '^p11ca: next: p11ca activate again$'

# --- Tokens

ends 0 "token list" p11ca token list
says out "the trial token is there" 'pkcs11:.*token=p11ca-trial'
ends 0 "token show uses the default token" p11ca token show
says out "token show names mechanisms" 'CKM_'
ends 0 "token show as JSON" p11ca token show --json
holds "token show prints one object" is_json out
ends 3 "a token that is not there" p11ca token show pkcs11:token=none
ends 3 "a PIN in a URI is refused" \
	p11ca token show 'pkcs11:token=p11ca-trial?pin-value=1234'
holds "the PIN is not repeated" is_not grep -q 1234 err
ends 0 "token probe" p11ca token probe
says out "the trial token carries P-256" \
	'^EC_prime256v1 +yes +yes +yes +SHA256WITHECDSA +yes +libp11$'
ends 0 "token probe as JSON" p11ca token probe --json
holds "token probe prints one object" is_json out
says out "the object tells what is usable for a CA" \
	'"keyAlgorithm":"EC_prime256v1","generated":true,"usableForCa":true'

# --- A root, signed by itself elsewhere; a subordinate below it

# External CAs of openssl: a root, and a stranger.
cat >ca.cnf <<'END'
[sub]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
END
new_root() { # NAME
	openssl req -x509 -config ca.cnf -extensions root -newkey ec \
		-pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-subj "/O=Example/CN=$1" -days 3650 -out "$1.pem" 2>/dev/null
}
sign() { # CSR ISSUER OUT DAYS
	openssl x509 -req -in "$1" -CA "$2.pem" -CAkey "$2.key" -extfile ca.cnf \
		-extensions sub -days "$4" -set_serial "0x$RANDOM$RANDOM" \
		-out "$3" 2>/dev/null
}
new_root root && new_root stranger || echo "not ok - openssl makes roots"

ends 1 "a subject with an unknown attribute is refused" \
	p11ca create --type ROOT --key-algorithm EC_prime256v1 --subject XY=1
for algorithm in ML_DSA_44 ML_DSA_65 ML_DSA_87 SM2; do
	ends 1 "create refuses $algorithm" p11ca create --type ROOT \
		--key-algorithm "$algorithm" --subject CN=a
	says err "and says what $algorithm needs" \
		"InvalidArgsException.*$algorithm: it needs .*PKCS#11"
done
ends 1 "create refuses an algorithm that nobody knows" \
	p11ca create --type ROOT --key-algorithm RSA_1024 --subject CN=a
says err "and names those that there are" 'RSA_2048.*ED25519'
ends 2 "create needs a key algorithm" p11ca create --type ROOT --subject CN=a
ends 2 "create takes words or a file, not both" p11ca create --type ROOT \
	--configuration - --key-algorithm EC_prime256v1
ends 0 "create a subordinate" p11ca create --type SUBORDINATE --name issuing \
	--key-algorithm EC_prime256v1 --subject "C=DE,O=Example,CN=Issuing CA 1"
holds "create prints the ARN alone" \
	grep -qxE 'arn:aws:acm-pca:us-east-1:0{12}:certificate-authority/[0-9a-f-]{36}' out
p11ca create --type SUBORDINATE --name issuing2 --key-algorithm EC_prime256v1 \
	--subject "O=Example,CN=Issuing CA 2" >out 2>err
says err "create says what comes next" 'next, .*: p11ca --home [^ ]+ csr issuing2 > issuing2.csr$'
echo '{"KeyAlgorithm":"EC_secp384r1","SigningAlgorithm":"SHA384WITHECDSA",
 "Subject":{"CommonName":"From a file"}}' >config.json
ends 0 "create from a file, as JSON" p11ca --json -q create --type ROOT \
	--name filed --configuration config.json
holds "create answers as the API does" \
	grep -qxE '[{]"CertificateAuthorityArn":"arn:[^"]*"[}]' out
holds "-q leaves standard error empty" test ! -s err
ends 1 "a name is given once" p11ca create --type ROOT --name issuing \
	--key-algorithm EC_prime256v1 --subject CN=again

ends 0 "csr" p11ca csr issuing
cp out issuing.csr
ends 0 "csr again" p11ca csr issuing
holds "the CSR is the same bytes" cmp -s out issuing.csr
holds "the CSR verifies" openssl req -in issuing.csr -noout -verify
ends 1 "the CSR of a CA that is not there" p11ca csr nobody
says err "the exception is named" '^p11ca: csr refused \(ResourceNotFound'
ends 0 "show --csr is the same" p11ca show issuing --csr
holds "to the byte" cmp -s out issuing.csr
ends 1 "no certificate yet" p11ca show issuing --certificate

# --- check

sign issuing.csr root issuing.pem 365
sign issuing.csr stranger strange.pem 365
openssl ec -in root.key -pubout -out other.pub 2>/dev/null
ends 0 "check against a CSR needs no home" "$program" --home "$work/none" \
	check --csr issuing.csr --certificate issuing.pem --chain root.pem
says out "and says ACCEPT" '^ACCEPT$'
says out "with one line a rule" '^pass  K01  key is the one in the token'
says out "which is a sentence" '^pass  K02  subject is that of the CSR '
ends 0 "check against the CA asks its token" p11ca check --ca issuing \
	--certificate issuing.pem --chain root.pem
says out "and the token proves the key" '^pass  T01 '
ends 1 "check says REJECT with exit code 1" "$program" check \
	--public-key other.pub --certificate issuing.pem --chain root.pem
says out "naming exception and rule" \
	'^REJECT \(CertificateMismatchException, rule K01\)$'
says out "what was found" '^ +found  +[^ ]'
says out "what was expected" '^ +expected +the public key of the CA'
says out "and what to do" '^ +to do +have the CSR'
holds "the verdict is no error" test ! -s err
ends 1 "check -q prints the verdict alone" "$program" -q check \
	--public-key other.pub --certificate issuing.pem --chain root.pem
holds "on one line" test "$(wc -l <out)" = 1
ends 1 "check as JSON" "$program" --json check --csr issuing.csr \
	--certificate issuing.pem
holds "is one object" is_json out
holds "with the verdict" test "$(member out verdict)" = REJECT
holds "and the rule" test "$(member out rule)" = S05
ends 1 "check as of a time after its end" "$program" check --csr issuing.csr \
	--certificate issuing.pem --chain root.pem --at 2099-01-01T00:00:00Z
says out "finds it expired" 'rule E09\)$'
ends 2 "check needs a public key from somewhere" "$program" check \
	--certificate issuing.pem
ends 2 "check takes one of them" p11ca check --certificate issuing.pem \
	--ca issuing --csr issuing.csr
ends 2 "a --type that is not that of the CA" p11ca check --ca issuing \
	--type ROOT --certificate issuing.pem
ends 2 "a file that is not there" "$program" check --csr issuing.csr \
	--certificate none.pem
ends 1 "an empty CSR is refused as a CSR" "$program" check \
	--csr /dev/null --certificate issuing.pem
says err "for having nothing" 'MalformedCSRException.: nothing, or nothing but'
ends 0 "check reads standard input" bash -c "'$program' check \
	--csr issuing.csr --certificate - --chain root.pem <issuing.pem"
head -c 40000 /dev/zero | tr '\0' x >large.pem
ends 1 "what is too large is for the rules" "$program" check \
	--csr issuing.csr --certificate large.pem --chain root.pem
says out "rule I09 says so" '^FAIL  I09 '

# --- import

ends 1 "import refuses another key's chain" p11ca import issuing \
	--certificate strange.pem --chain root.pem
holds "nothing of it goes to standard output" test ! -s out
says err "the report is shown" '^FAIL  C0'
says err "then the one line" '^p11ca: import refused \(.*Exception, rule [A-Z][0-9]+\): .*; expected '
ends 1 "import refuses in JSON" p11ca --json import issuing \
	--certificate strange.pem --chain root.pem
holds "as one object on standard error" is_json err
holds "with its rules" grep -q '"rules":\[' err
ends 1 "-q shows the one line only" p11ca -q import issuing \
	--certificate strange.pem --chain root.pem
holds "one line" test "$(wc -l <err)" = 1
ends 0 "import installs" p11ca import issuing --certificate issuing.pem \
	--chain root.pem
says out "and says until when" '^issuing is ACTIVE until 20[0-9-]+T'
ends 0 "the same again changes nothing" p11ca import issuing \
	--certificate issuing.pem --chain root.pem
ends 0 "show --certificate" p11ca show issuing --certificate
holds "is what was sent" cmp -s out issuing.pem
ends 0 "show --chain" p11ca show issuing --chain
holds "is what was sent, too" cmp -s out root.pem
ends 0 "show" p11ca show issuing
says out "names the status" '^status +ACTIVE '
says out "names the subject" '^subject +CN=Issuing CA 1,O=Example,C=DE$'
says out "names the key" '^key +EC_prime256v1, made by p11ca$'
says out "names what the token reports" '^  extractable +no$'
ends 0 "show as JSON" p11ca show issuing --json
holds "has the members of the API" test "$(member out Status)" = ACTIVE
holds "and the PEM as stored" test "$(member out Certificate)" = \
	"$(sed -z 's/\n/\\n/g' issuing.pem)"
sign issuing.csr root renewed.pem 730
ends 0 "import renews" p11ca import issuing --certificate renewed.pem \
	--chain root.pem --json
holds "and prints the CA" test "$(member out Status)" = ACTIVE
ends 0 "show --history" p11ca show issuing --history
holds "has both certificates" test "$(wc -l <out)" = 3

# --- list, tree

ends 0 "list" p11ca list
says out "has a head" '^NAME +UUID +TYPE +STATUS +NOT AFTER +SUBJECT$'
says out "has the CA" '^issuing .* ACTIVE  +20[0-9-]+ +CN=Issuing CA 1,'
holds "is not coloured" is_not grep -q $'\e' out
ends 0 "list as JSON" p11ca list --json
holds "is one object a line" is_json out
ends 0 "list --names" p11ca list --names
holds "is for completions" test "$(sort out | paste -sd' ')" = "filed issuing issuing2"
ends 0 "tree" p11ca tree
says out "shows the external root" '^CN=root,O=Example +external +until 20'
says out "and the CA below it" '^`-- CN=Issuing CA 1.* \(issuing\)  ACTIVE  until 20[0-9-]+  EC_prime256v1$'
ends 0 "a UUID prefix names a CA" p11ca show "$(p11ca show issuing |
	sed -n 's,^ARN .*/\(........\).*,\1,p')"

# --- States

ends 0 "disable" p11ca disable issuing
says out "says so" '^issuing is DISABLED$'
ends 0 "enable" p11ca enable issuing
says out "says so, too" '^issuing is ACTIVE$'
ends 1 "an active CA is not deleted" p11ca delete issuing --yes
says err "the state is the reason" 'InvalidStateException'
p11ca disable issuing >out 2>err
ends 2 "delete without a terminal is refused" setsid -w "$program" \
	--home "$home" delete issuing
says err "and names --yes" '--yes'
ends 2 "delete takes a CA or --due" p11ca delete issuing --due
ends 1 "6 days are too few" p11ca delete issuing --yes --days 6
ends 0 "delete --yes" p11ca delete issuing --yes --days 7
says out "says until when it can be restored" '^issuing is DELETED, restorable until 20'
ends 0 "restore" p11ca restore issuing
says out "the CA rests" '^issuing is DISABLED$'
if command -v script >/dev/null; then
	tree="'$program' --home '$home' tree"
	TERM=xterm script -qec "$tree" /dev/null >out 2>err </dev/null
	says out "a terminal gets colours" $'\e\\[33mDISABLED'
	says out "and lines" '└── CN=Issuing CA 1'
	TERM=xterm NO_COLOR=1 script -qec "$tree" /dev/null >out 2>err </dev/null
	holds "no colours with NO_COLOR" is_not grep -q $'\e' out
	TERM=xterm LC_ALL=C script -qec "$tree" /dev/null >out 2>err </dev/null
	says out "plain lines without UTF-8" '^`-- CN=Issuing CA 1'
	ask="'$program' --home '$home' delete issuing"
	script -qec "$ask" /dev/null >out 2>err </dev/null
	says out "the end of the input is no name" 'p11ca: delete: no name typed'
	echo wrong | setsid -w script -qec "$ask" /dev/null >out 2>err
	holds "another name deletes nothing" \
		bash -c "! '$program' --home '$home' list | grep -q DELETED"
	echo issuing | setsid -w script -qec "$ask" /dev/null >out 2>err
	holds "the name deletes" \
		bash -c "'$program' --home '$home' list | grep -q '^issuing .*DELETED'"
fi
ends 0 "delete --due has nothing to do" p11ca delete --due
says out "and says so" '^0 destroyed$'

# --- A token that is gone for good

ends 1 "no key is left while its CA can be deleted without the token" \
	p11ca delete filed --key-stays --yes
says err "and it is told how" 'filed, which is PENDING_.*without --key-stays'
# The process ends as soon as the key is made.
cp "$home/p11ca.yaml" settings
echo 'C_GenerateKeyPair crash-after' >script
sed -i "s|^  module: .*|  module: $build/p11ca-fault.so|" "$home/p11ca.yaml"
P11CA_FAULT_SCRIPT=$work/script p11ca create --type ROOT --name lost \
	--subject CN=Lost --key-algorithm EC_prime256v1 >out 2>err
cp settings "$home/p11ca.yaml"
ends 0 "a creation that was cut off" p11ca show lost
says out "is still in CREATING" '^status +CREATING '
lost=$(sed -n 's,^ARN .*/,,p' out)
mv "$home/softhsm/tokens" "$home/softhsm/away"
mkdir -m 700 "$home/softhsm/tokens"
ends 1 "doctor misses the token" p11ca doctor
says out "and says how to remove the record alone" 'delete lost --key-stays'
ends 3 "a creation that was cut off is not deleted without it" \
	p11ca delete lost --yes
says err "which says how to leave the key" \
	'the key of lost cannot be .*p11ca delete CA --key-stays'
ends 2 "the key stays or it is destroyed" p11ca delete --due --key-stays
ends 2 "no days for what is gone at once" p11ca delete lost --key-stays --days 7
ends 2 "without a terminal it is refused" setsid -w "$program" --home "$home" \
	delete lost --key-stays
ends 0 "with the word the record goes" p11ca delete lost --key-stays --yes
says out "and it is told where the key was" \
	'^lost is gone, but not its key, .*: pkcs11:.*;token=p11ca-trial;id=(%[0-9A-F]{2}){20}$'
ends 1 "the CA is not there any more" p11ca show lost
ends 0 "the audit log keeps it" p11ca audit show
says out "with the word" "$lost\".*\"outcome\":\"done\",\"key\":\"not looked for\""
rmdir "$home/softhsm/tokens"
mv "$home/softhsm/away" "$home/softhsm/tokens"
ends 0 "should the token come back" p11ca doctor
says out "doctor names the key" "the key \"p11ca-$lost\" in the token is no CA's"

# --- The log

ends 0 "audit verify" p11ca audit verify
says out "counts and names the head" '^[0-9]+ entries, head [0-9a-f]{64}$'
ends 0 "audit show" p11ca audit show
holds "prints one object a line" is_json out
cp out audit.log
says out "refusals are in it" '"outcome":"CertificateMismatchException"|"outcome":"MalformedCert'
ends 0 "an exported log verifies without the home" "$program" \
	--home "$work/none" audit verify --log audit.log
sed 's/"name":"issuing2"/"name":"issuing3"/' audit.log >forged.log
ends 1 "a forged log does not" "$program" audit verify --log forged.log
ends 0 "audit show --from" p11ca audit show --from 2
holds "starts there" test "$(head -c 9 out)" = '{"seq":2,'

# --- A key from elsewhere

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	-out elsewhere.pem 2>/dev/null
SOFTHSM2_CONF=$home/softhsm/softhsm2.conf softhsm2-util --import elsewhere.pem \
	--token p11ca-trial --pin "$(cat "$home/softhsm/pin")" \
	--label elsewhere --id 0a0b >out 2>err || verdict 1 "a key is brought"
# shellcheck disable=SC2317 # called by ends
adopt() { # OPTION...
	p11ca create --type ROOT --name brought --subject CN=Brought \
		--key-algorithm EC_prime256v1 --key pkcs11:object=elsewhere "$@"
}
ends 1 "a key from elsewhere is not adopted silently" adopt
says err "what the token reports of it is told" 'made in the token no'
says err "and the word that is asked for" 'add --copies-may-exist'
ends 1 "nothing was made" p11ca show brought
ends 2 "the word alone is nothing" p11ca create --type ROOT --subject CN=x \
	--key-algorithm EC_prime256v1 --copies-may-exist
ends 0 "with the word it is adopted" adopt --copies-may-exist
says err "it is told what that means" 'cannot know where else it is'
ends 0 "its CA is activated" p11ca activate brought
ends 0 "and renewed" p11ca activate brought
ends 0 "show tells for ever" p11ca show brought
says out "that the key was adopted" '^key .*ADOPTED: made elsewhere, copies'
says out "and what the token reported" '^  made in the token +no$'
ends 0 "show as JSON" p11ca show brought --json
says out "tells it as well" '"KeyAdopted":true'
ends 0 "list marks it" p11ca list
says out "in its line" '^brought .* CN=Brought  \[adopted key\]$'
holds "and only there" test "$(grep -c 'adopted key' out)" -eq 1
ends 0 "tree marks it" p11ca tree
says out "in its node" '\(brought\).*EC_prime256v1  \[adopted key\]$'
ends 0 "tree as JSON" p11ca tree --json
says out "tells it too" '"Name":"brought".*"KeyAdopted":"true"'
ends 0 "doctor tells it" p11ca doctor
says out "with what the token reports" \
	'brought: in the token, .*ADOPTED \(made elsewhere, .*token no'
ends 0 "the audit log keeps it" p11ca audit show
says out "with the word" 'adopted: copies may exist'

# --- What is printed

ends 2 "a full disk is told" bash -c "'$program' --home '$home' list >/dev/full"
says err "as standard output" 'standard output'
mkfifo pipe
# A pipe that nobody reads any more.
# shellcheck disable=SC2094 # two ends of one pipe
exec 4<>pipe 5>pipe 4<&-
ends 2 "a closed pipe is told" bash -c "'$program' help --rules >&5"
exec 5>&-
ends 2 "so is a closed standard output" bash -c "'$program' help >&-"
says err "for what it is" 'standard output .*Bad file descriptor'
ends 2 "and a closed standard input" bash -c "'$program' check \
	--csr - --certificate issuing.pem <&-"
says err "which cannot be read" '^p11ca: check: -: it cannot be read'
ends 0 "nothing is written where standard error is closed" \
	bash -c "'$program' --home '$home' -v list 2>&-"
ends 0 "help" "$program" help
ends 0 "help of a command" "$program" help create
says out "with its options" '--key-algorithm'
ends 0 "--help does the same" "$program" create --help
says out "with an example" '^example:$'
ends 2 "help about nothing" "$program" help nothing
ends 0 "version" "$program" --version
ends 0 "the table of options" "$program" help --table
holds "has four columns" awk -F '\t' 'NF != 4 { exit 1 }' out
ends 0 "the page of rules" "$program" help --rules
if command -v mandoc >/dev/null; then
	holds "has no mistake" mandoc -T lint -W warning <("$program" help --rules)
fi
ends 2 "errors are JSON where that is asked" "$program" --json bogus
holds "on standard error" is_json err
printf 'p11ca\033[31m' >evil
ends 2 "no control byte reaches the terminal" "$program" check \
	--certificate "$(cat evil)" --csr issuing.csr
holds "not one" is_not grep -q $'\e' err
# Modes do not bind root, a mount does.
own=(--mount)
[ "$(id -u)" -eq 0 ] || own+=(--user --map-root-user)
# shellcheck disable=SC2016,SC2317 # called by ends, expanded by the inner shell
read_only() { # COMMAND...
	unshare "${own[@]}" bash -c 'mount --bind "$0" "$0" &&
		mount -o remount,ro,bind "$0" && exec "$@"' "$odd" "$@"
}
if read_only true >out 2>err; then
	ends 1 "doctor sees that a home cannot be written" read_only \
		"$program" --home "$odd" doctor
	says out "and says what" '^FAIL +home .*p11ca\.db cannot be written: Read'
	ends 0 "which those who look do not notice" read_only \
		"$program" --home "$odd" list
else
	echo "ok - a home that cannot be written # SKIP no mount can be made here"
fi
chmod 755 "$home"
ends 4 "a home that others can read is refused" p11ca list
says err "with the chmod that mends it" 'chmod'
chmod 700 "$home"
ends 0 "at the end doctor is content" p11ca doctor

exit "$failed"
