#!/usr/bin/env bash
# shellcheck disable=SC2034 # who sources it uses the variables
#
# door.bash - what the tests of the command line have in common: a command that
# ends with a code, and what it has printed, which is in out and err.
#
# To be sourced.

# shellcheck source=tests/shell.bash
. "$(dirname "${BASH_SOURCE[0]}")/../shell.bash"

unset P11CA_HOME
export LC_ALL=C.UTF-8 TERM=dumb
program=$p11ca
home=$work/home
shows=(out err)

p11ca() {
	"$program" --home "$home" "$@"
}

# Run a command; it must end with this code.
ends() { # CODE TEXT COMMAND...
	testing=$2
	traced "${@:3}" >out 2>err </dev/null
	is "exit code $?" "exit code $1" >"$work/.said"
	verdict $? "$testing"
}

# What the last command printed.
says() { # FILE TEXT PATTERN
	holds "$2" matches "$1" "$3"
}

matches() { # FILE PATTERN
	grep -qE -- "$2" "$1" && return
	[[ " ${shows[*]} " == *" $1 "* ]] || cat "$1"
	false
}

is_not() { # COMMAND...
	fails "$@"
}

# Every line is one JSON object.
is_json() { # FILE
	[ -s "$1" ] && fails grep -vE '^[{].*[}]$' "$1"
}

# The text of a member of the first object.
member() { # FILE NAME
	head -1 "$1" | grep -oE "\"$2\":\"([^\"\\\\]|\\\\.)*\"" | head -1 |
		sed -e 's/^[^:]*:"//' -e 's/"$//'
}

lines() { # FILE
	wc -l <"$1"
}
