#!/usr/bin/env bash
# isolate_test - what is left of an isolated module when p11ca is killed, and
# where an operator sees that it is one.
#
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.
# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

export TMPDIR=$work
unset P11CA_FAULT_MODULE P11CA_FAULT_SCRIPT P11CA_FAULT_LOG
umask 077
need "$p11ca" init --softhsm

# ---- where it is seen

isolates_when_told() {
	prints 'isolated$' "$p11ca" token show --isolate &&
		! prints 'isolated$' "$p11ca" token show
}

holds "token show isolates when it is told to" isolates_when_told
need sed -i 's/^  isolate: false/  isolate: true/' home/p11ca.yaml
holds "config says that it is isolated" \
	prints '^token.isolate +true +p11ca.yaml$' "$p11ca" config
holds "token show says that it is isolated" \
	prints '^  flags +login required, isolated$' "$p11ca" token show
holds "token show says so for programs" \
	prints '"Isolated": ?true' "$p11ca" --json token show
holds "doctor says that it is isolated" \
	prints '^ok +token .*, logged in, isolated$' "$p11ca" doctor

# ---- a CA from an isolated module

makes_a_ca() { # ALGORITHM
	"$p11ca" create --type ROOT --name "root-$1" --key-algorithm "$1" \
		--subject CN=Root && "$p11ca" activate "root-$1" &&
		"$p11ca" csr "root-$1" | openssl req -verify -noout
}
for algorithm in RSA_2048 EC_prime256v1; do
	holds "makes a CA with $algorithm" makes_a_ca "$algorithm"
done

# ---- p11ca is killed

child_of() { # PID
	local pid=

	read -r pid _ < <(cat "/proc/$1"/task/*/children)
	[ -n "$pid" ] && grep -q p11ca-isolate "/proc/$pid/cmdline" &&
		echo "$pid"
}

# p11ca, in the background, until its module has a process.  It stays where it
# is: the PIN never comes, or the module does not come back.
starts() { # ARGUMENT...
	"$p11ca" token show "$@" 8<>pin-fifo >out 2>&1 &
	parent=$!
	until_it child_of "$parent" >child || {
		cat out
		return 1
	}
	child=$(<child)
}

# Nobody may have asked yet how it ended.
is_gone() { # PID
	! grep '^State:' "/proc/$1/status" 2>/dev/null | grep -qv 'Z (zombie)'
}

# It was there until now, and its module only if that is held.
is_killed() {
	kill -KILL "$parent" || return 1
	wait "$parent" 2>/dev/null
	[ $? -eq 137 ]
}

is_killed_and_survived() {
	is_killed && ! is_gone "$child"
}

need mkfifo pin-fifo
maps_are_clean() {
	if grep -q softhsm "/proc/$parent/maps"; then
		grep softhsm "/proc/$parent/maps"
		return 1
	fi
	grep -q softhsm "/proc/$child/maps"
}

holds "p11ca waits for its PIN with a module apart" starts --pin fd:8
if [ -r "/proc/$parent/maps" ] && cat "/proc/$parent/maps" >/dev/null 2>&1; then
	holds "the module is in that process and not in p11ca" \
		until_it maps_are_clean
else
	echo "ok - the module is in that process and not in p11ca # SKIP" \
		"only root sees the maps of p11ca"
fi
holds "p11ca is killed" is_killed
holds "the process of the module ends" until_it is_gone "$child"

need mkfifo held
echo "C_GetSlotList hold $work/held" >script
need sed -i -e "s|^  module: .*|  module: \"$fault_module\"|" \
	-e "/SOFTHSM2_CONF=/a\\    - P11CA_FAULT_SCRIPT=$work/script" \
	-e "/SOFTHSM2_CONF=/a\\    - P11CA_FAULT_LOG=$work/calls" \
	home/p11ca.yaml
waits_for_ever() {
	starts --pin "file:$P11CA_HOME/softhsm/pin" &&
		until_it grep -qs "^held C_GetSlotList$" calls
}

holds "p11ca waits for a module that does not come back" waits_for_ever
holds "p11ca is killed meanwhile" is_killed_and_survived
holds "the process of the module ends all the same" until_it is_gone "$child"
