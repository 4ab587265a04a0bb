#!/usr/bin/env bash
# deadline_test - p11ca ends by itself, with code 3 and one line, when the
# module of its token hangs; and what a creation leaves then is named.
#
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.
# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"

export P11CA_FAULT_SCRIPT=$work/script P11CA_FAULT_LOG=$work/calls

# ---- a home whose module hangs when told to, also at the end of its process

: >script
: >calls
mkfifo fifo
need "$p11ca" -q init --softhsm
need sed -i "s|^  module:.*|  module: \"$fault_module\"|" home/p11ca.yaml
need "$p11ca" -q create --type ROOT --name good --subject CN=good \
	--key-algorithm EC_prime256v1
seconds=10
if "$p11ca" config | grep -q '^token.deadline '; then
	need sed -i 's|^  deadline:.*|  deadline: 1|' home/p11ca.yaml
	seconds=1
fi

hold() { # FUNCTION
	printf '%s\n' "$1 hold $work/fifo" "exit hold $work/fifo" >script
	: >calls
}

# It ends before it is ended, far later than any deadline here.
runs_to_code_3() { # WORD...
	local code

	timeout -s KILL 120 "$p11ca" -q "$@" >out 2>err
	code=$?
	cat err
	: >script
	is "$code" 3 && is "$(wc -c <out)" 0
}

says() { # FUNCTION SECONDS
	local text="no answer from the token \"p11ca-trial\" to $1 within $2 s; "

	cat err
	grep -F "$text" err | grep -q 'raise token.deadline$'
}

# ---- operations

list_tokens() {
	hold C_GetSlotList
	runs_to_code_3 token list && is "$(wc -l <err)" 1 &&
		grep -F "no answer from the module \"$fault_module\"" err
}
holds "token list ends when the module hangs" list_tokens

one_login() {
	hold C_Login
	runs_to_code_3 token show && is "$(wc -l <err)" 1 &&
		says C_Login "$seconds" && is "$(grep -c '^C_Login' calls)" 0
}
holds "a login that hangs ends, and is not tried again" one_login

# ---- create

create() {
	runs_to_code_3 create --type ROOT --name "$1" --subject "CN=$1" \
		--key-algorithm EC_prime256v1
}

status_of() { # NAME
	"$p11ca" --json list | grep -F "\"Name\":\"$1\"" |
		sed 's/.*"Status":"\([A-Z_]*\)".*/\1/'
}

last_audit() {
	"$p11ca" audit show | tail -n 1
}

# The creation is known, as one that was cut off, and can be taken back.
is_named_and_goes() { # NAME
	is "$(status_of "$1")" CREATING &&
		is "$(status_of good)" PENDING_CERTIFICATE &&
		"$p11ca" doctor >findings &&
		grep -F "($1): its creation was cut off" findings &&
		"$p11ca" delete "$1" --yes && is "$(status_of "$1")" ''
}

create_that_hangs() { # FUNCTION SECONDS NAME
	hold "$1"
	create "$3" && says "$1" "$2" &&
		last_audit | grep -F '"outcome":"RequestFailedException"' |
		grep -F "\"name\":\"$3\"" | grep -F "to $1 within $2 s" &&
		"$p11ca" audit verify && is_named_and_goes "$3"
}

holds "create ends when the first signature hangs" \
	create_that_hangs C_Sign "$seconds" signing
if [ "$seconds" -eq 1 ]; then
	holds "create ends when making the key hangs" \
		create_that_hangs C_GenerateKeyPair 30 making
else
	echo "ok - create ends when making the key hangs" \
		"# SKIP there is no token.deadline to shorten it"
fi

before_anything() {
	hold C_FindObjectsInit
	create early && says C_FindObjectsInit "$seconds" &&
		is_named_and_goes early
}
holds "create ends when looking for the key hangs" before_anything

works_again() {
	"$p11ca" create --type ROOT --name after --subject CN=after \
		--key-algorithm EC_prime256v1 &&
		is "$(status_of after)" PENDING_CERTIFICATE && "$p11ca" doctor
}
holds "create works when the module answers again" works_again

# ---- every call goes by the gate

all_are_gated() {
	grep -ohE -- '->C_[A-Za-z]+' "$top"/src/token/*.c | sort -u |
		sed 's/^->//' | while read -r name; do
		grep -q "^	X($name," "$top/src/token/gate.c" || {
			echo "$name is called, and is not in gate.c"
			exit 1
		}
	done
}
holds "there is no call into a module without a deadline" all_are_gated
