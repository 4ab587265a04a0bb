#!/usr/bin/env bash
# shellcheck shell=bash disable=SC2034 # who sources it uses the variables
#
# crash.bash - what the tests that end p11ca at bad moments have in common.
#
# To be sourced.  A test makes the home as it is before its commands, a copy of
# it in the folder "pristine", and the functions
#
#   run COMMAND [WORD...]   runs that command, WORDs before the program's name
#   judge COMMAND OUT       says with violated what is wrong; OUT was printed
#
# P11CA=PROGRAM.  P11CA_CRASH_EVERY=N takes every Nth moment (without it: all,
# and of the changes of the token's files every fifth), P11CA_CRASH_SEED another
# sequence of random ones.

top=$(cd "$(dirname "$0")/../.." && pwd)
p11ca=$(realpath "${P11CA:-$top/build/p11ca}")
every=${P11CA_CRASH_EVERY:-1}
token_every=${P11CA_CRASH_EVERY:-5}
else_every=$every
seed=${P11CA_CRASH_SEED:-1}
work=$(mktemp -d)
home=$work/home
not_a_moment= # writes to what is named so are none
export P11CA_HOME=$home LC_ALL=C TZ=UTC
unset SOFTHSM2_CONF OPENSSL_CONF

failures=0
random_kills=200
if grep -q __asan_init "$p11ca"; then
	# Slow, and only one of the two can trace the process.
	sanitized=yes
	if [ -z "${P11CA_CRASH_EVERY:-}" ]; then
		every=16 token_every=16 else_every=16 random_kills=10
	fi
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
else
	sanitized=no
fi

tidy_up() {
	umount "$home" 2>/dev/null
	rm -rf "$work"
}
trap tidy_up EXIT
cd "$work" || exit 2

# ---- the home

# What a test stands on; without it there is no point in going on.
need() {
	"$@" >log 2>&1 || {
		echo "not ok - prepares: $*"
		sed 's/^/# /' log
		exit 1
	}
}

# All that matters in the copy is as in the first; paths in it are absolute.
restore() {
	find "$home" -mindepth 1 -delete 2>/dev/null
	cp -a pristine/. "$home/"
}

# ---- judgement

# Say what is wrong.  Returns false.
violated() {
	echo "$*" >&3
	return 1
}

audit_entries() {
	"$p11ca" --json audit verify | sed -n 's/^{"entries":"\([0-9]*\)".*/\1/p'
}

# ---- sweeps

# One test of many moments; reads "said" that judge() wrote.
conclude() { # TEXT COUNT
	if [ "$2" -eq 0 ]; then
		echo "not ok - $1: it never happened"
	elif [ -s said ]; then
		echo "not ok - $1, $2 times"
		sed 's/^/# /' said
	else
		echo "ok - $1, $2 times"
		return
	fi
	failures=$((failures + 1))
}

# SoftHSM empties token.object and writes it anew at every login; who ends the
# process in between has no token any more, whatever p11ca does.
lost_by_softhsm() {
	[ -n "$(find "$home/softhsm/tokens" -name token.object -size 0)" ]
}

# Judge, with the moment in front of whatever is said.
judge_at() { # MOMENT COMMAND OUT
	lost_by_softhsm && return
	judge "$2" "$3" 3>violation || sed "s|^|$1: |" violation >>said
}

# strace that does one thing to one system call.
tamper() { # COMMAND SYSCALL INJECTION; the status is the program's
	restore
	{
		run "$1" strace -f -qq -o /dev/null \
			-e "trace=$2" -e "inject=$2:$3" >out 2>err
	} 2>/dev/null
}

changing=(openat open creat pwrite64 pwritev pwritev2 write writev ftruncate
	truncate fallocate fsync fdatasync sync_file_range rename renameat
	renameat2 unlink unlinkat link linkat symlink symlinkat mkdir mkdirat
	rmdir chmod fchmod fchmodat chown fchown fchownat copy_file_range
	sendfile)

# Which calls change what is on the disk, each with its number among its kind in
# its thread: "SYSCALL N WHERE", WHERE being store, token or else.
trace() { # COMMAND
	local list

	list=$(printf '?%s,' "${changing[@]}")
	restore
	run "$1" strace -f -y -qq -o raw -e "trace=${list%,}" >out 2>err ||
		return
	awk -v home="$home/" -v skip="$not_a_moment" '
	{ pid = $1; sub(/^[0-9]+ +/, ""); call = $0; sub(/\(.*/, "", call) }
	call !~ /^[a-z0-9_]+$/ { next }
	{ n = ++count[pid, call] }
	call ~ /^(open|openat|creat)$/ && !/O_CREAT|O_TRUNC/ { next }
	(skip != "" && index($0, skip)) || seen[call, n]++ { next }
	{
		at = index($0, home)
		where = !at ? "else" : index(substr($0, at), home "softhsm/") \
		    == 1 ? "token" : "store"
		print call, n, where
	}' raw >"points.$1"
}

# Those that are tried.
moments() { # COMMAND
	awk -v store="$every" -v token="$token_every" -v other="$else_every" '
	{ step = $3 == "token" ? token : $3 == "store" ? store : other }
	++seen[$3] % step == 0' "points.$1"
}

# Before each change.  Two runs are not quite alike, so a few may not happen.
kill_at_each() { # COMMAND
	local call n fired=0 tried=0

	: >said
	while read -r call n _; do
		tried=$((tried + 1))
		tamper "$1" "$call" "signal=SIGKILL:when=$n"
		[ $? -ne 137 ] || fired=$((fired + 1))
		judge_at "$call $n" "$1" out
	done < <(moments "$1")
	conclude "$1 killed before a change of a file" "$fired"
	if [ "$fired" -lt $((tried * 9 / 10)) ]; then
		failures=$((failures + 1))
		echo "not ok - $1 was killed $fired times out of $tried"
	fi
}

# Who was faster than the moment was not killed: then the next ones are sooner.
kill_at_random() { # COMMAND KILLS
	local i whole fired=0 delay

	: >said
	restore
	whole=${EPOCHREALTIME/[.,]/}
	run "$1" >out 2>err
	whole=$((${EPOCHREALTIME/[.,]/} - whole))
	for ((i = 1; i <= $2; i++)); do
		restore
		delay=$((whole * (RANDOM % 1000) / 1000 + 1))
		{
			run "$1" timeout --foreground -s KILL \
				"$(printf '0.%06d' "$delay")" >out 2>err
			if [ $? -eq 137 ]; then
				fired=$((fired + 1))
			else
				whole=$(((3 * whole + delay) / 4))
			fi
		} 2>/dev/null
		judge_at "after $delay us" "$1" out
	done
	conclude "$1 killed at a random moment" "$fired"
}

# ---- the judge itself is judged

notices() { # COMMAND WHAT
	if judge "$1" out 3>said; then
		failures=$((failures + 1))
		echo "not ok - the judge notices $2"
	else
		echo "ok - the judge notices $2: $(head -n 1 said | head -c 100)"
	fi
}

# Change bytes of the database behind its back.
forge() { # FROM TO
	local same

	same=$(md5sum <"$home/p11ca.db")
	sed -i "s|$1|$2|g" "$home/p11ca.db"
	[ "$same" != "$(md5sum <"$home/p11ca.db")" ] || {
		failures=$((failures + 1))
		echo "not ok - the database has no \"$1\" to forge"
	}
}
