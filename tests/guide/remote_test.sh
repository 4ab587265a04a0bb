#!/usr/bin/env bash
# remote_test - a token on another host, over SSH and over TLS, with the files
# of hsm-config: a CA is made there.
#
# All of it is on this host.  sshd runs without a port, at the other end of a
# pipe; what TLS needs is in a network of its own.
#
# P11CA=PROGRAM.
# shellcheck disable=SC2317 # functions are called by name

# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

sshd=/usr/sbin/sshd
export P11CA_HOME=$work/pki/home

# ---- the host with the token, /srv/hsm, and the one with the CA, /srv/pki

place() { # FILE-OF-HSM-CONFIG TO MODE
	sed -e "s,/srv/hsm,$work/hsm,g" -e "s,/srv/pki,$work/pki,g" \
		-e "s,10\.11\.11\.2,127.0.0.1," "$top/hsm-config/$1" >"$2" &&
		chmod "$3" "$2"
}

# The token of one, and a home for it on the other.
make_both() { # GUIDE
	mkdir -m 700 hsm hsm/tokens pki pki/ssh &&
		place softhsm2/softhsm2.conf softhsm2.conf 600 &&
		sed "s,/pki/,/hsm/," softhsm2.conf >hsm/softhsm2.conf &&
		SOFTHSM2_CONF=$work/hsm/softhsm2.conf softhsm2-util \
			--init-token --free --label issuing \
			--so-pin 12345678 --pin 87654321 &&
		(umask 077 && echo 87654321 >pki/pin) &&
		"$p11ca" -q init && place "$1/p11ca.yaml" pki/home/p11ca.yaml 600
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
	ssh-keygen -q -t ed25519 -N '' -f hsm/hostkey &&
		ssh-keygen -q -t ed25519 -N '' -f pki/ssh/id || return
	printf '%s\n' "HostKey $work/hsm/hostkey" 'UsePAM no' 'StrictModes no' \
		"AuthorizedKeysFile $work/hsm/authorized_keys" \
		'PermitRootLogin prohibit-password' \
		'PasswordAuthentication no' >hsm/sshd_config
	echo "restrict,command=\"$work/hsm/hsm-remote\"" \
		"$(cat pki/ssh/id.pub)" >hsm/authorized_keys
	cat >hsm/sshd <<-END
		#!/bin/sh
		[ "\$(id -u)" -ne 0 ] ||
			exec unshare --mount sh -c 'mount -t tmpfs tmpfs /run &&
			mkdir -m 755 /run/sshd && exec "\$@"' run \
			$sshd -i -f $work/hsm/sshd_config -E $work/hsm/sshd.log
		exec $sshd -i -f $work/hsm/sshd_config -E $work/hsm/sshd.log
	END
	chmod 700 hsm/sshd
}

know_the_host() { # PUBLIC-KEY
	echo "hsm.example.com $(cut -d' ' -f1,2 "$1")" >pki/ssh/known_hosts
}

make_config() {
	place p11-kit-ssh/hsm-remote hsm/hsm-remote 700 &&
		place p11-kit-ssh/ssh_config pki/ssh/config 600 &&
		sed -i "s,User hsm,User $(id -un)," pki/ssh/config &&
		echo "	ProxyCommand $work/hsm/sshd" >>pki/ssh/config
}

test_ssh() {
	need make_both p11-kit-ssh
	need make_sshd
	need make_config
	know_the_host hsm/hostkey.pub
	ssh -F pki/ssh/config hsm </dev/null >log 2>&1
	! grep -q 'not allowed because' hsm/sshd.log ||
		skip_all "$transport" 'sshd does not let this user in'
	holds "$transport" has_a_ca
	holds 'the key is good for nothing else' fails \
		grep hello <(ssh -F pki/ssh/config hsm echo hello \
			</dev/null 2>/dev/null)
	know_the_host pki/ssh/id.pub
	holds 'another host key is refused' fails "$p11ca" doctor
	know_the_host hsm/hostkey.pub
	holds 'with the right one all is well again' "$p11ca" doctor
}

# ---- TLS, in namespaces that end with this process

certificate() { # FOLDER NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc \
		-days 30 -subj "/CN=$2" -keyout "$1/$2.key" -out "$1/$2.pem" &&
		chmod 600 "$1/$2.key"
}

make_certificates() {
	certificate hsm hsm && certificate pki ca && certificate . stranger &&
		cp hsm/hsm.pem pki/ && cp pki/ca.pem hsm/ &&
		place p11-kit-tls/stunnel-hsm.conf hsm/stunnel.conf 600 &&
		place p11-kit-tls/stunnel-ca.conf pki/stunnel.conf 600
}

serve() {
	SOFTHSM2_CONF=$work/hsm/softhsm2.conf p11-kit server -f -p "$softhsm" \
		-n "$work/hsm/p11" 'pkcs11:token=issuing' >served 2>&1 &
	until_it test -S hsm/p11 || { cat served; false; }
}

tunnel() { # CONFIGURATION WHAT-IT-MAKES
	stunnel "$work/$1" && until_it test -e "$2"
}

# The end of the CA, with another certificate of its own.
tunnel_as() { # CERTIFICATE-WITHOUT-SUFFIX
	kill "$(cat pki/stunnel.pid)" && until_it test ! -e pki/p11 &&
		sed -i -e "s,^cert = .*,cert = $1.pem," \
			-e "s,^key = .*,key = $1.key," pki/stunnel.conf &&
		tunnel pki/stunnel.conf pki/p11
}

test_tls() {
	need ip link set lo up
	need make_both p11-kit-tls
	need make_certificates
	need serve
	need tunnel hsm/stunnel.conf hsm/stunnel.pid
	need tunnel pki/stunnel.conf pki/p11

	holds "$transport" has_a_ca
	need tunnel_as "$work/stranger"
	holds 'another certificate is refused' fails "$p11ca" doctor
	need tunnel_as "$work/pki/ca"
	holds 'with the right one all is well again' "$p11ca" doctor
}

# ---- run them, each as a script of its own

transport='a CA is made on the token of another host'

missing() { # COMMAND...
	local command

	for command; do
		command -v "$command" >/dev/null ||
			{ echo "no $command"; return; }
	done
	[ -r "$softhsm" ] || echo "no $softhsm"
}

about="${1:-}: "
if [ $# -eq 1 ]; then
	"test_$1"
	exit
fi

about='ssh: '
why=$(missing ssh "$sshd" p11-kit softhsm2-util unshare)
if [ -n "$why" ]; then
	skip "$transport" "$why"
else
	"$self" ssh || failed=1
fi

about='tls: '
own=(--net --pid --fork --kill-child --mount-proc)
[ "$(id -u)" -eq 0 ] || own+=(--map-root-user)
why=$(missing stunnel openssl p11-kit softhsm2-util ip unshare)
if [ -n "$why" ]; then
	skip "$transport" "$why"
elif ! unshare "${own[@]}" true 2>/dev/null; then
	skip "$transport" 'no namespaces can be made here'
else
	unshare "${own[@]}" "$self" tls || failed=1
fi
