#!/usr/bin/env bash
# remote_test - a token on another host, over SSH and over TLS, with the files
# of hsm-config: a CA is made there.
#
# P11CA: the program, by default build/p11ca.
#
# All of it is on this host.  sshd runs without a port, at the other end of a
# pipe; what TLS needs is in a network of its own.
#
# shellcheck disable=SC2317 # functions are called by name
set -u -o pipefail
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 2

p11ca=${P11CA:-build/p11ca}
case $p11ca in
*/*) p11ca=$(realpath "$p11ca") ;;
esac
module=/usr/lib/softhsm/libsofthsm2.so
sshd=/usr/sbin/sshd
failed=0

report() { # WHAT COMMAND...
	local what=$1

	shift
	if "$@" >"$work/log" 2>&1; then
		echo "ok - $what"
	else
		sed 's/^/# /' "$work/log"
		echo "not ok - $what"
		failed=1
	fi
}

refused() { # COMMAND...
	! "$@"
}

await() { # COMMAND...
	local end=$((SECONDS + 20))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# ---- the host with the token, /srv/hsm, and the one with the CA, /srv/pki

place() { # FILE-OF-HSM-CONFIG TO MODE
	sed -e "s,/srv/hsm,$work/hsm,g" -e "s,/srv/pki,$work/pki,g" \
		-e "s,10\.11\.11\.2,127.0.0.1," "hsm-config/$1" >"$2" &&
		chmod "$3" "$2"
}

make_token() {
	mkdir -p "$work/hsm/tokens" "$work/pki"
	chmod 700 "$work/hsm" "$work/pki"
	place softhsm2/softhsm2.conf "$work/softhsm2.conf" 600
	sed "s,/pki/,/hsm/," "$work/softhsm2.conf" >"$work/hsm/softhsm2.conf"
	SOFTHSM2_CONF=$work/hsm/softhsm2.conf softhsm2-util --init-token \
		--free --label issuing --so-pin 12345678 --pin 87654321 \
		>"$work/log" || { cat "$work/log"; exit 1; }
	(umask 077 && echo 87654321 >"$work/pki/pin")
}

make_home() { # GUIDE
	export P11CA_HOME=$work/pki/home
	"$p11ca" -q init >"$work/log" 2>&1 &&
		place "$1/p11ca.yaml" "$P11CA_HOME/p11ca.yaml" 600
}

has_a_ca() {
	"$p11ca" create --type ROOT --name root --subject CN=Root \
		--key-algorithm EC_prime256v1 &&
		"$p11ca" activate root &&
		"$p11ca" doctor &&
		[[ $("$p11ca" tree) == *ACTIVE* ]]
}

# ---- SSH

# sshd wants a folder that only root can make; nobody else need see it.
make_sshd() {
	ssh-keygen -q -t ed25519 -N '' -f "$work/hsm/hostkey" &&
		ssh-keygen -q -t ed25519 -N '' -f "$work/pki/ssh/id" || return
	printf '%s\n' "HostKey $work/hsm/hostkey" 'UsePAM no' 'StrictModes no' \
		"AuthorizedKeysFile $work/hsm/authorized_keys" \
		'PermitRootLogin prohibit-password' \
		'PasswordAuthentication no' >"$work/hsm/sshd_config"
	echo "restrict,command=\"$work/hsm/hsm-remote\"" \
		"$(cat "$work/pki/ssh/id.pub")" >"$work/hsm/authorized_keys"
	cat >"$work/hsm/sshd" <<-END
		#!/bin/sh
		[ "\$(id -u)" -ne 0 ] ||
			exec unshare --mount sh -c 'mount -t tmpfs tmpfs /run &&
			mkdir -m 755 /run/sshd && exec "\$@"' run \
			$sshd -i -f $work/hsm/sshd_config -E $work/hsm/sshd.log
		exec $sshd -i -f $work/hsm/sshd_config -E $work/hsm/sshd.log
	END
	chmod 700 "$work/hsm/sshd"
}

know_the_host() { # PUBLIC-KEY
	echo "hsm.example.com $(cut -d' ' -f1,2 "$1")" \
		>"$work/pki/ssh/known_hosts"
}

test_ssh() {
	make_token
	mkdir -m 700 "$work/pki/ssh"
	make_sshd || exit
	place p11-kit-ssh/hsm-remote "$work/hsm/hsm-remote" 700
	place p11-kit-ssh/ssh_config "$work/config" 600
	sed "s,User hsm,User $(id -un)," "$work/config" >"$work/pki/ssh/config"
	echo "	ProxyCommand $work/hsm/sshd" >>"$work/pki/ssh/config"
	know_the_host "$work/hsm/hostkey.pub"
	make_home p11-kit-ssh

	ssh -F "$work/pki/ssh/config" hsm </dev/null >"$work/log" 2>&1
	if grep -q 'not allowed because' "$work/hsm/sshd.log"; then
		skip ssh 'sshd does not let this user in'
		return
	fi
	report 'ssh: a CA is made on the token of another host' has_a_ca
	report 'ssh: the key is good for nothing else' refused \
		grep -q hello <(ssh -F "$work/pki/ssh/config" hsm echo hello \
			</dev/null 2>/dev/null)
	know_the_host "$work/pki/ssh/id.pub"
	report 'ssh: another host key is refused' refused "$p11ca" doctor
	know_the_host "$work/hsm/hostkey.pub"
	report 'ssh: with the right one all is well again' "$p11ca" doctor
}

# ---- TLS, in namespaces that end with this process

certificate() { # FOLDER NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-days 30 -subj "/CN=$2" -keyout "$1/$2.key" -out "$1/$2.pem" \
		2>/dev/null && chmod 600 "$1/$2.key"
}

serve() {
	SOFTHSM2_CONF=$work/hsm/softhsm2.conf p11-kit server -f -p "$module" \
		-n "$work/hsm/p11" 'pkcs11:token=issuing' >"$work/served" 2>&1 &
	await test -S "$work/hsm/p11"
}

tunnel() { # CONFIGURATION WHAT-IT-MAKES
	stunnel "$1" >"$work/log" 2>&1 && await test -e "$2"
}

# The end of the CA, with another certificate of its own.
tunnel_as() { # CERTIFICATE-WITHOUT-SUFFIX
	kill "$(cat "$work/pki/stunnel.pid")" &&
		await test ! -e "$work/pki/p11" &&
		sed -i -e "s,^cert = .*,cert = $1.pem," \
			-e "s,^key = .*,key = $1.key," "$work/pki/stunnel.conf" &&
		tunnel "$work/pki/stunnel.conf" "$work/pki/p11"
}

test_tls() {
	ip link set lo up && make_token
	certificate "$work/hsm" hsm && certificate "$work/pki" ca &&
		certificate "$work" stranger || exit
	cp "$work/hsm/hsm.pem" "$work/pki/"
	cp "$work/pki/ca.pem" "$work/hsm/"
	place p11-kit-tls/stunnel-hsm.conf "$work/hsm/stunnel.conf" 600
	place p11-kit-tls/stunnel-ca.conf "$work/pki/stunnel.conf" 600
	make_home p11-kit-tls
	serve && tunnel "$work/hsm/stunnel.conf" "$work/hsm/stunnel.pid" &&
		tunnel "$work/pki/stunnel.conf" "$work/pki/p11"

	report 'tls: a CA is made on the token of another host' has_a_ca
	tunnel_as "$work/stranger"
	report 'tls: another certificate is refused' refused "$p11ca" doctor
	tunnel_as "$work/pki/ca"
	report 'tls: with the right one all is well again' "$p11ca" doctor
}

# ---- run them

skip() { # TRANSPORT WHY
	echo "ok - $1: a CA is made on the token of another host # SKIP $2"
}

missing() { # COMMAND...
	local need

	for need; do
		command -v "$need" >/dev/null || { echo "no $need"; return; }
	done
	[ -r "$module" ] || echo "no $module"
}

if [ $# -eq 2 ]; then
	work=$2
	"test_$1"
	exit $failed
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/ssh" "$work/tls"

why=$(missing ssh "$sshd" p11-kit softhsm2-util unshare)
if [ -n "$why" ]; then
	skip ssh "$why"
else
	"$self" ssh "$work/ssh" || failed=1
fi

own=(--net --pid --fork --kill-child --mount-proc)
[ "$(id -u)" -eq 0 ] || own+=(--map-root-user)
why=$(missing stunnel openssl p11-kit softhsm2-util ip unshare)
if [ -n "$why" ]; then
	skip tls "$why"
elif ! unshare "${own[@]}" true 2>/dev/null; then
	skip tls 'no namespaces can be made here'
else
	unshare "${own[@]}" "$self" tls "$work/tls" || failed=1
fi
exit $failed
