#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # who sources it has and uses the variables
#
# hierarchy.bash - a hierarchy as a new user makes it, for the tests that use
# one, and how openssl and certtool look at what it issues.
#
# To be sourced.  P11CA=PROGRAM.  CRLs are looked up where the certificates say
# they are.

# shellcheck source=tests/shell.bash
. "$(dirname "${BASH_SOURCE[0]}")/../shell.bash"

base=http://pki.test
cname=crl.ed.test
responder=http://ocsp.test/answers

# ---- requesters, each with a key and a CSR

keys=(p256 p384 p521 rsa ed25519)

requester() { # NAME KEY [SUBJECT]
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
		-e "s|^  # url:.*|  url: \"$responder\"|" \
		-e "s|^  minimum-interval:.*|  minimum-interval: 0|" home/p11ca.yaml
	need "$p11ca" bucket add crls
	need "$p11ca" bucket add other
	local key

	for key in "${keys[@]}"; do
		need requester "$key" "$key"
	done
}

# A root, a policy CA, below that ec, rsa and ed; and narrow, with path length
# 0 and without CRLs.
make_hierarchy() {
	local name

	need create root ROOT EC_secp384r1
	need "$p11ca" activate root
	need publishes root complete.json
	need create policy SUBORDINATE EC_prime256v1 \
		--revocation-configuration complete.json
	need "$p11ca" activate policy --parent root \
		--template SubordinateCACertificate_PathLen2 --years 8
	need create ec SUBORDINATE EC_prime256v1 \
		--revocation-configuration complete.json
	need create rsa SUBORDINATE RSA_2048 \
		--revocation-configuration parts.json
	need create ed SUBORDINATE ED25519
	for name in ec rsa ed; do
		need "$p11ca" activate "$name" --parent policy
	done
	need publishes ed elsewhere.json
	need create narrow SUBORDINATE EC_prime256v1
	need "$p11ca" activate narrow --parent policy \
		--template SubordinateCACertificate_PathLen0
	for name in root policy ec rsa ed narrow; do
		need is_active "$name"
	done
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

# ---- certificates, and who takes them

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

# ---- what is refused

# With its exception and exit code 1, and nothing is issued.
refused() { # EXCEPTION RULE|- COMMAND...
	local exception=$1 rule=$2 before

	shift 2
	before=$("$p11ca" --json certs "$2")
	exits 1 "$p11ca" --json "$@" &&
		contains told "{\"error\":\"$exception\"" &&
		{ [ "$rule" = - ] || contains told "\"rule\":\"$rule\""; } &&
		is "$("$p11ca" --json certs "$2")" "$before"
}
