#!/usr/bin/env bash
# module_test - p11ca on NSS, a module that wants words when it starts.
#
# P11CA=PROGRAM.
# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

umask 077
library=$(ldconfig -p | sed -n 's/.*libsoftokn3\.so .*=> //p' | head -n 1)
wants "p11ca works on NSS" "${library:-libsoftokn3.so}" certutil
mkdir nss && echo "nss-pin-0123456" >nss/pin
need certutil -N -d "sql:$work/nss" -f nss/pin
words="configdir='sql:$work/nss' certPrefix='' keyPrefix='' \
secmod='secmod.db' flags="
uri="pkcs11:token=NSS%20Certificate%20DB"

# ---- without a home

direct=(--module "$library" --init-args "$words")
holds "token list takes the words" \
	prints '^token +NSS Certificate DB$' "$p11ca" token list "${direct[@]}"
holds "token show takes the words" \
	prints '^  private keys +0$' "$p11ca" token show "$uri" "${direct[@]}" \
	--pin file:nss/pin
holds "token probe takes the words" \
	prints '^EC_prime256v1 +yes +yes +no +SHA256WITHECDSA +yes +libp11$' "$p11ca" token probe "$uri" \
	"${direct[@]}" --pin file:nss/pin
holds "without the words it is said which setting is missing" \
	prints 'token.init-args' "$p11ca" token list --module "$library"

# ---- a home

need "$p11ca" init -q --module "$library" --token "$uri" \
	--pin "file:$work/nss/pin"
need sed -i "s|^  # init-args:.*|  init-args: \"$words\"|" home/p11ca.yaml

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
