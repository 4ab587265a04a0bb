#!/usr/bin/env bash
# shellcheck disable=SC2034 # who sources it uses the variables
#
# shell.bash - what all tests in shell have in common: a folder of their own, a
# line for each test, and everything that explains one that has failed.
#
# To be sourced first.  The script is in $work then, an empty folder that goes
# when it ends, whichever way that is; at_end() is called before.  A script in
# which a test has failed ends with 1.
#
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with all that is built for tests.
set -u -o pipefail
umask 022

self=$(realpath "$0")
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
p11ca=$(realpath "${P11CA:-$top/build/p11ca}")
build=$(realpath "${P11CA_BUILD:-$(dirname "$p11ca")}")
fault_module=$build/p11ca-fault.so
softhsm=/usr/lib/softhsm/libsofthsm2.so
work=$(mktemp -d) || exit
export P11CA_HOME=$work/home LC_ALL=C TZ=UTC
unset OPENSSL_CONF SOFTHSM2_CONF SSL_CERT_FILE SSL_CERT_DIR NO_COLOR

failed=0
testing= # the test that is under way
about=   # begins the sentence of each test
shows=() # what explains a failure beside the output: files in $work
exec 9>&1 {BASH_XTRACEFD}>>"$work/.steps" # 9: past the output of a test
mkfifo "$work/.never"
: >"$work/.said"

at_end() { :; }

leave() {
	local status=$?

	set +x
	exec >&9
	trap '' TERM INT
	[ -z "$testing" ] || verdict "$((status ? status : 1))" "$testing"
	at_end
	rm -rf "$work"
	[ "$status" -ne 0 ] || status=$failed
	exit "$status"
}
trap leave EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
cd "$work" || exit

# ---- tests

# Run a command in this shell, and keep what it does, step by step.
traced() { # COMMAND...
	local ended

	: >"$work/.steps"
	set -x
	"$@"
	ended=$?
	set +x
	return "$ended"
}

# The same with what it says, all in one.
try() { # COMMAND...
	traced "$@" >"$work/.said" 2>&1 </dev/null
}

# Say how a test went, and how that came about when it went wrong: what was
# said, and the last steps of what was tried, with the values at that time.
verdict() { # STATUS TEXT
	local file

	testing=
	if [ "$1" -eq 0 ]; then
		echo "ok - $about$2"
		return
	fi
	failed=1
	echo "not ok - $about$2"
	sed 's/^/# /' "$work/.said"
	for file in "${shows[@]}"; do
		[ ! -s "$work/$file" ] || sed "s/^/# $file: /" "$work/$file"
	done
	echo "# It ended with $1, after"
	sed -E '/^\++ (ended=|leave$)/,$d' "$work/.steps" | tail -n 12 |
		sed -E 's/^(.{500}).*/\1.../; s/^/#   /'
	return 1
}

# One test: the sentence, and the command that has to succeed.
holds() { # TEXT COMMAND...
	testing=$1
	shift
	try "$@"
	verdict $? "$testing"
}

# A test that the others stand on; without it there is no point in going on.
must() { # TEXT COMMAND...
	holds "$@" || exit
}

# What tests stand on, and is none.
need() { # COMMAND...
	testing="prepares: $*"
	if ! try "$@"; then
		verdict 1 "$testing"
		exit 1
	fi
	testing=
}

# A test that cannot be.
skip() { # TEXT WHY
	testing=
	echo "ok - $about$1 # SKIP $2" >&9
}

# Nothing here can be: for the first lines of a script.
skip_all() { # TEXT WHY
	skip "$@"
	exit 0
}

# What a whole script cannot do without.
wants() { # TEXT FILE|PROGRAM...
	local text=$1 thing

	shift
	for thing; do
		[ -e "$thing" ] || command -v "$thing" >/dev/null ||
			skip_all "$text" "there is no $thing"
	done
}

# ---- inside a test

# A command that has to fail.
fails() { # COMMAND...
	! "$@"
}

# A command, and how it has to end; what it says is in told.
exits() { # CODE COMMAND...
	local status

	"${@:2}" >told 2>&1
	status=$?
	cat told
	is "exit code $status" "exit code $1"
}

is() { # FOUND EXPECTED
	[ "$1" = "$2" ] && return
	echo "found    $1"
	echo "expected $2"
	false
}

contains() { # FILE TEXT...
	local file=$1 text

	shift
	for text; do
		grep -qF -- "$text" "$file" && continue
		echo "\"$text\" is not in:"
		cat "$file"
		return 1
	done
}

is_empty() { # FILE
	cat "$1"
	[ ! -s "$1" ]
}

# What a command says, and a pattern for one of its lines.
prints() { # PATTERN COMMAND...
	"${@:2}" >told 2>&1
	cat told
	grep -Eq -- "$1" told
}

# Try until it holds; a minute is a failure, not a wait.
until_it() { # COMMAND...
	local end=$((SECONDS + 60))

	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return
		read -rt 0.02 <>"$work/.never"
	done
	return 0 # not what the last read came to
}

# Wait for a line in a file that grows, as long as the process is there.
await() { # FILE TEXT PID
	until_it has_or_gone "$@" && grep -m 1 -- "$2" "$1"
}

# The file is asked again after the process: it may have written in between.
has_or_gone() { # FILE TEXT PID
	grep -qs -- "$2" "$1" || ! kill -0 "$3"
}

# Let go what waits at a FIFO; nothing there is fine.
open_gate() { # FIFO PID
	local status

	exec 8<>"$1"
	wait "$2"
	status=$?
	exec 8>&-
	return "$status"
}
