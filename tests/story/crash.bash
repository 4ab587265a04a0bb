#!/usr/bin/env bash
# shellcheck disable=SC2034 # who sources it uses the variables
#
# crash.bash - what the tests that end p11ca at bad moments have in common.
#
# To be sourced.  A test makes the home as it is before its commands, a copy of
# it in the folder "pristine", and the functions
#
#   run COMMAND [WORD...]   runs that command, WORDs before the program's name
#   judge COMMAND OUT       says with violated what is wrong; OUT was printed
#
# What is written in one go, to one file, looks much the same halfway to those
# who come later: its first and its last moment are tried, and some in between.
#
# P11CA_CRASH_EVERY=N tries every Nth of these, and of the changes of the
# token's files (1: all), P11CA_CRASH_SEED another sequence of random moments.

# shellcheck source=tests/shell.bash
. "$(dirname "${BASH_SOURCE[0]}")/../shell.bash"

every=${P11CA_CRASH_EVERY:-5}
token_every=${P11CA_CRASH_EVERY:-10}
random_kills=$((100 / every))
seed=${P11CA_CRASH_SEED:-1}
home=$work/home
not_a_moment= # writes to what is named so are none
RANDOM=$seed

at_end() {
	umount "$home" 2>/dev/null
}

# ---- the home

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

# One test of many moments: what judge() said of them is in "said".
conclude() { # TEXT COUNT
	[ "$2" -gt 0 ] || echo "it never happened" >>said
	holds "$1, $2 times" is_empty said
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
	run "$1" strace -f -y -qq -o raw -e "trace=${list%,}" >out ||
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
	}' raw >points
}

# Those that are tried.
moments() {
	awk -v every="$every" -v token="$token_every" '
	function decide(is_last) {
		if (where != "" && (where != "token" ? is_first || is_last ||
		    ++between % every == 0 : ++changes % token == 0))
			print point
	}
	{
		differs = $1 " " $3 != call " " where
		decide(differs)
		point = $0; call = $1; where = $3; is_first = differs
	}
	END { decide(1) }' points
}

# Before each change; to have synced is none.  Two runs are not quite alike, so
# a few may not happen.
kill_at_each() { # COMMAND
	local call n fired=0 tried=0

	: >said
	while read -r call n _; do
		tried=$((tried + 1))
		tamper "$1" "$call" "signal=SIGKILL:when=$n"
		[ $? -ne 137 ] || fired=$((fired + 1))
		judge_at "$call $n" "$1" out
	done < <(moments | grep -v sync)
	[ "$fired" -ge $((tried * 9 / 10)) ] ||
		echo "killed $fired times out of $tried" >>said
	conclude "$1 killed before a change of a file" "$fired"
}

# Who was faster than the moment was not killed: then the next ones are sooner.
kill_at_random() { # COMMAND
	local i whole fired=0 delay

	: >said
	restore
	whole=${EPOCHREALTIME/[.,]/}
	run "$1" >out 2>err
	whole=$((${EPOCHREALTIME/[.,]/} - whole))
	for ((i = 1; i <= random_kills; i++)); do
		restore
		delay=$((whole * (RANDOM % 1000) / 1000 + 1))
		{
			run "$1" timeout --foreground -s KILL \
				"$(printf %d.%06d $((delay / 1000000)) \
					$((delay % 1000000)))" >out 2>err
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
	holds "the judge notices $2" finds_fault "$1"
}

finds_fault() { # COMMAND
	! judge "$1" out 3>said && cat said
}

# Change bytes of the database behind its back; there have to be some.
forge() { # FROM TO
	local same

	same=$(md5sum <"$home/p11ca.db")
	sed -i "s|$1|$2|g" "$home/p11ca.db"
	[ "$same" != "$(md5sum <"$home/p11ca.db")" ]
}
