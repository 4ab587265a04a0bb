#!/usr/bin/env bash
# pin_test - a PIN that is found wherever it is: the whole story with it, a
# wrong one, a crash, and then a search through all that is left and all that
# was said, written and kept in memory.
#
# P11CA_BUILD=FOLDER with p11ca-fault.so; the rest as in hierarchy.bash.
TMPDIR=/tmp # nobody, who goes on in the end, has to get there
# shellcheck source=tests/story/hierarchy.bash
. "$(dirname "$0")/hierarchy.bash"

wants "a PIN is nowhere" "$fault_module" "$softhsm"
sanitized=no
if grep -q __asan_init "$p11ca"; then
	# Only one of the two can trace the process, or see its crash.
	sanitized=yes
	more=detect_leaks=0:handle_segv=0:handle_abort=0
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$more
fi

canary=canary-$(openssl rand -hex 40)
wrong=wrong-$(openssl rand -hex 40)
runs=0
as=() # whoever holds() a command

# ---- what there is: a token with that PIN, and a home for it

prepare() {
	mkdir said trace tokens
	echo "$canary" >pin
	echo "$wrong" >wrong-pin
	chmod 600 pin wrong-pin
	echo "directories.tokendir = $work/tokens" >softhsm2.conf
	export SOFTHSM2_CONF=$work/softhsm2.conf
	need softhsm2-util --init-token --free --label canary \
		--so-pin 12345678 --pin "$canary"
	: >script
	: >calls
	export P11CA_FAULT_MODULE=$softhsm P11CA_FAULT_SCRIPT=$work/script
	export P11CA_FAULT_LOG=$work/calls
	need openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-noenc -batch -subj /CN=Outside -days 7300 -keyout outside.key \
		-out outside.pem
	cat >ca.ext <<-'END'
		basicConstraints = critical, CA:TRUE
		keyUsage = critical, keyCertSign, cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
	END
	need requester web p256
	mkdir csrs
	need cp web.csr csrs/one
	need cp web.csr csrs/two
}

# One command; what it says is kept, and every byte that it writes.
run() { # ARGUMENT...
	runs=$((runs + 1))
	strace -f -qq -v -s 1048576 -o "trace/$runs" \
		-e trace=execve,write,writev,pwrite64,pwritev,sendto,sendmsg \
		"$p11ca" "$@" >"said/$runs.out" 2>"said/$runs.err"
}

# The same of which the PIN is an argument, by mistake.
mistake() { # ARGUMENT...
	runs=$((runs + 1))
	"$p11ca" "$@" >"said/$runs.out" 2>"said/$runs.err"
}

# The exit code of a command, and words of what it says.
tells() { # CODE WORDS COMMAND...
	exits "$1" "${@:3}"
	local status=$?
	cat "said/$runs.out" "said/$runs.err" | tee told
	contains told "$2" && return "$status"
}

# ---- the story

outside_signs() {
	cp "said/$runs.out" sub.csr
	openssl x509 -req -in sub.csr -CA outside.pem -CAkey outside.key \
		-days 3000 -extfile ca.ext -out sub.pem
}

story() {
	run init --module "$fault_module" --token pkcs11:token=canary \
		--pin "file:$work/pin" &&
		run token list &&
		run --json token show &&
		run -v create --type ROOT --name root --subject CN=root \
			--key-algorithm EC_prime256v1 &&
		run --json activate root &&
		run create --type SUBORDINATE --name sub --subject CN=sub \
			--key-algorithm RSA_2048 &&
		run csr sub && outside_signs &&
		run -v import sub --certificate sub.pem --chain outside.pem &&
		run -v issue sub --csr web.csr --days 90 &&
		cp "said/$runs.out" web.pem &&
		run --json issue sub --csr web.csr --days 90 &&
		run issue sub --batch csrs --days 90 &&
		run --json revoke sub "$(serial_of web.pem)" \
			--reason KEY_COMPROMISE &&
		run crl sub &&
		run doctor && run config && run list && run --json show sub &&
		run audit show && run --json audit verify
}

wrong_pin() {
	sed -i "s|file:$work/pin|file:$work/wrong-pin|" home/p11ca.yaml
	tells 3 "refused the PIN" run issue sub --csr web.csr --days 90 &&
		tells 3 "has not changed since" run --json crl sub &&
		tells 1 "has not changed since" run -v doctor
	local status=$?
	sed -i "s|file:$work/wrong-pin|file:$work/pin|" home/p11ca.yaml
	return "$status"
}

# The next login with the right one is warned of it, with -q too.
right_again() {
	tells 0 "few tries are left" run -q issue sub --csr web.csr --days 90 &&
		tells 0 "logged in" run doctor
}

mistaken() {
	cp home/p11ca.yaml yaml
	tells 3 "PIN source" mistake token show --pin "$canary" &&
		tells 3 "a PIN in a URI" mistake create --type ROOT --subject CN=x \
			--key-algorithm EC_prime256v1 \
			--token "pkcs11:token=canary?pin-value=$canary" &&
		sed -i "s|file:$work/pin|$canary|" home/p11ca.yaml &&
		tells 2 "token.pin" mistake config
	local status=$?
	cp yaml home/p11ca.yaml
	return "$status"
}

spied_upon() {
	PKCS11SPY=$softhsm PKCS11SPY_OUTPUT=$work/said/spy \
		tells 3 "unset PKCS11SPY" run token show &&
		[ ! -e said/spy ]
}

# ---- a process that is held

# A command that waits in a function of the module, as $held.
hold() { # FUNCTION
	: >calls
	rm -f gate
	mkfifo gate
	echo "$1 hold $work/gate" >script
	"${as[@]}" "$p11ca" issue sub --csr web.csr --days 90 \
		>said/held.out 2>said/held.err &
	held=$!
	await calls "held $1" "$held"
}

release() {
	: >script
	open_gate gate "$held"
}

# How often the PIN is in the memory that a process can write: "in all, in
# pages that are in no core, in pages that are locked".
cat >hunt.pl <<'END'
my ($pid, $file) = @ARGV;
open(my $in, '<', $file) or die; chomp(my $pin = <$in>);
open(my $memory, '<:raw', "/proc/$pid/mem") or die;
open(my $smaps, '<', "/proc/$pid/smaps") or die;
my ($all, $dd, $lo, $hits) = (0, 0, 0, 0);
while (<$smaps>) {
	if (/^([0-9a-f]+)-([0-9a-f]+) (\S+)/) {
		my ($from, $size) = (hex $1, hex($2) - hex($1));
		$hits = 0;
		next if $3 !~ /w/ || $size > 1 << 30;
		sysseek($memory, $from, 0);
		sysread($memory, my $bytes, $size) or next;
		$hits = () = $bytes =~ /\Q$pin/g;
		$all += $hits;
	} elsif (/^VmFlags:(.*)/) {
		my $flags = "$1 ";
		$dd += $hits if $flags =~ / dd /;
		$lo += $hits if $flags =~ / lo /;
	}
}
print "$all $dd $lo\n";
END

hits_in() { # PID
	perl hunt.pl "$1" pin
}

# The limit of locked memory may be none at all.
in_use_it_is_in_one_place() {
	local hits locked=1

	[ "$(ulimit -l)" != 0 ] || locked=0
	hold C_Login && hits=$(hits_in "$held")
	release
	echo "hits: $hits"
	[ "$hits" = "1 1 $locked" ]
}

logged_in_it_is_gone() {
	local hits

	hold C_Sign && hits=$(hits_in "$held")
	release
	echo "hits: $hits"
	[ "$hits" = "0 0 0" ]
}

hunt_finds_it() {
	local hits hoarder

	rm -f gate ready
	mkfifo gate
	perl -e 'open(my $f, "<", "pin"); my $pin = <$f>;
		$| = 1; print "ready\n"; <STDIN>' <gate >ready &
	hoarder=$!
	exec 8>gate
	await ready ready "$hoarder" && hits=$(hits_in "$hoarder")
	exec 8>&-
	wait "$hoarder"
	echo "hits: $hits"
	[ "${hits%% *}" -ge 1 ]
}

no_arguments() {
	hold C_Sign &&
		tr '\0' '\n' <"/proc/$held/cmdline" >said/cmdline &&
		tr '\0' '\n' <"/proc/$held/environ" >said/environ &&
		grep -q issue said/cmdline && grep -q P11CA_HOME said/environ
	local status=$?
	release && return "$status"
}

no_core() {
	(
		ulimit -c "$(ulimit -H -c)"
		hold C_Sign &&
			grep -E '^Max core file size +0 +0 ' \
				"/proc/$held/limits"
		status=$?
		release && exit "$status"
	)
}

ends_by() { # SIGNAL
	hold C_Sign && kill "-$1" "$held" && fails wait "$held"
	: >script
}

# The shell says of a job that it dumped its core, wherever that went.
crashes() {
	(
		ulimit -c "$(ulimit -H -c)"
		ends_by SEGV
		ends_by ABRT
	) >said/crash 2>&1
	cat said/crash
	grep -q "Segmentation fault" said/crash &&
		grep -q Aborted said/crash &&
		fails grep "core dumped" said/crash &&
		[ -z "$(find . -name 'core*')" ]
}

# Others of the same user cannot look into it: what it has in /proc belongs to
# root then, as of a process that is not dumpable (proc(5)).
is_not_dumpable() {
	local owner

	hold C_Sign && owner=$(stat -c %u "/proc/$held/environ")
	release && echo "owner: $owner" && [ "$owner" = 0 ]
}

any_other_is() {
	local owner other

	rm -f gate ready
	mkfifo gate
	"${as[@]}" bash -c 'echo ready; read -r' <gate >ready &
	other=$!
	exec 8>gate
	await ready ready "$other" && owner=$(stat -c %u "/proc/$other/environ")
	exec 8>&-
	wait "$other"
	echo "owner: $owner"
	[ "$owner" != 0 ]
}

# For root the owner says nothing, so it is nobody who goes on.
become_nobody() {
	mkdir -m 755 bin && cp "$p11ca" "$fault_module" bin/ &&
		cp "$(dirname "$p11ca")/p11ca-bridge.so" bin/ &&
		chmod 755 bin/* &&
		sed -i "s|$fault_module|$work/bin/p11ca-fault.so|" \
			home/p11ca.yaml &&
		chmod 711 . && chmod 666 calls && chmod 644 web.csr script &&
		chmod 644 softhsm2.conf && chown -R 65534 home tokens pin ||
		return
	p11ca=$work/bin/p11ca
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
}

# ---- the search

search() { # TEXT
	fails grep -rlF -- "$1" home tokens said trace
}

everywhere() {
	cp pin said/planted
	grep -rlF -- "$canary" said
	local found=$?
	rm said/planted
	[ "$runs" -gt 25 ] && [ -s trace/5 ] && [ -s home/p11ca.db ] &&
		return "$found"
}

prepare

holds "the story with a PIN that is known" story
holds "a wrong PIN is told without it" wrong_pin
holds "the next login is warned of the wrong PIN" right_again
holds "a PIN that is typed where its source should be is not told" \
	mistaken
holds "nobody spies upon the module" spied_upon
holds "neither arguments nor environment have the PIN" no_arguments
holds "the limit of a core is nothing, whatever it was before" no_core
if [ $sanitized = yes ]; then
	skip "a crash leaves no core" "sanitizers catch it"
else
	holds "a crash leaves no core" crashes
fi
holds "the PIN is in no file, in no message, and never written" \
	search "$canary"
holds "nor is the wrong one" search "$wrong"
holds "the search finds what is there" everywhere

# Only root looks into the memory of others, or becomes somebody else.
if [ "$(id -u)" -ne 0 ]; then
	skip "the PIN is not kept in memory" "not root"
else
	holds "the PIN in use is in one place, which is in no core" \
		in_use_it_is_in_one_place
	holds "once logged in it is nowhere in memory" \
		logged_in_it_is_gone
	holds "the hunt through memory finds what is there" \
		hunt_finds_it
	need become_nobody
fi
holds "no other process of the user can look into it" is_not_dumpable
holds "into any other it can" any_other_is
