#!/usr/bin/env bash
# module_test - p11ca on NSS, a module that wants words when it starts.
#
# P11CA=PROGRAM.
set -u -o pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
p11ca=$(realpath "${P11CA:-$top/build/p11ca}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
export P11CA_HOME=$work/home LC_ALL=C TZ=UTC
umask 077

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

says() { # PATTERN COMMAND...
	local pattern=$1

	shift
	"$@" >out 2>&1
	grep -Eq "$pattern" out || {
		cat out
		return 1
	}
}

library=$(ldconfig -p | sed -n 's/.*libsoftokn3\.so .*=> //p' | head -n 1)
if [ -z "$library" ] || ! command -v certutil >/dev/null; then
	echo "ok - p11ca works on NSS # SKIP libnss3 and libnss3-tools are missing"
	exit 0
fi
mkdir nss && echo "nss-pin-0123456" >nss/pin &&
	certutil -N -d "sql:$work/nss" -f nss/pin || exit 1
words="configdir='sql:$work/nss' certPrefix='' keyPrefix='' \
secmod='secmod.db' flags="
uri="pkcs11:token=NSS%20Certificate%20DB"

# ---- without a home

direct=(--module "$library" --init-args "$words")
holds "token list takes the words" \
	says '^token +NSS Certificate DB$' "$p11ca" token list "${direct[@]}"
holds "token show takes the words" \
	says '^  private keys +0$' "$p11ca" token show "$uri" "${direct[@]}" \
	--pin file:nss/pin
holds "token probe takes the words" \
	says '^EC_prime256v1 +yes +yes +no +SHA256WITHECDSA +yes +libp11$' "$p11ca" token probe "$uri" \
	"${direct[@]}" --pin file:nss/pin
holds "without the words it is said which setting is missing" \
	says 'token.init-args' "$p11ca" token list --module "$library"

# ---- a home

"$p11ca" init -q --module "$library" --token "$uri" \
	--pin "file:$work/nss/pin" >/dev/null || exit 1
sed -i "s|^  # init-args:.*|  init-args: \"$words\"|" home/p11ca.yaml

makes_a_ca() { # NAME ALGORITHM
	"$p11ca" create --type ROOT --name "$1" --key-algorithm "$2" \
		--subject CN=Root && "$p11ca" activate "$1" &&
		"$p11ca" csr "$1" | openssl req -verify -noout &&
		"$p11ca" show --certificate "$1" >root.pem &&
		openssl verify -CAfile root.pem root.pem
}

for isolate in false true; do
	sed -i "s|^  isolate: .*|  isolate: $isolate|" home/p11ca.yaml
	if "$isolate"; then apart=" in a process of its own"; else apart=; fi
	for algorithm in RSA_2048 EC_secp384r1; do
		holds "makes a CA with $algorithm$apart" \
			makes_a_ca "$algorithm-$isolate" "$algorithm"
	done
	holds "doctor finds nothing wrong$apart" "$p11ca" doctor
done

[ "$failures" -eq 0 ]
