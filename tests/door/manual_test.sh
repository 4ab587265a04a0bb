#!/usr/bin/env bash
# manual_test - the manual pages say what the program does.
#
# P11CA=PROGRAM.

# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"
cd "$top" || exit

report() { # WHAT FILE-WITH-WHAT-IS-MISSING
	holds "$1" is_empty "$2"
}

# What there is: one line "COMMAND" or "COMMAND<tab>--option".
options_of_program() {
	"$p11ca" help --table |
		awk -F '\t' '{ print $2 == "-" ? $1 : $1 "\t" $2 }' | sort -u
}

# The same from the manual: options stand between the ".It Cm COMMAND" they
# belong to and the next; those of every command before all of these.
options_of_manual() {
	awk '
	/^[.]Sh / { here = $2 == "COMMANDS" || $2 == "DESCRIPTION"
		name = "-" }
	!here { next }
	/^[.]It Cm / {
		name = $3
		for (i = 4; $i ~ /^[a-z]/ && i <= NF; i++)
			name = name " " $i
		print name
	}
	/^[.]It Fl / {
		for (i = 3; i <= NF; i++)
			if ($i == "," || $i == "Fl")
				continue
			else if ($i == "Ar")
				break
			else
				print name "\t-" $i
	}' docs/p11ca.1 | sort -u
}

settings_of_program() {
	"$p11ca" --home "$work/home" -q init >"$work/log" 2>&1 ||
		{ cat "$work/log"; return; }
	"$p11ca" --home "$work/home" config | awk '{ print $1 }' | sort -u
}

settings_of_manual() {
	awk '
	/^[.]Sh / { here = $2 == "SETTINGS" }
	here && /^[.]It Sy / { print $3 }' docs/p11ca.yaml.5 | sort -u
}

options_of_program >"$work/has" 2>&1
options_of_manual >"$work/says"
[ "$(wc -l <"$work/has")" -ge 20 ] || echo "no table" >>"$work/has"
comm -23 "$work/has" "$work/says" >"$work/missing"
report "p11ca(1) tells of every command and option" "$work/missing"
comm -13 "$work/has" "$work/says" >"$work/invented"
report "p11ca(1) tells of no other command and option" "$work/invented"

# What an option can be; templates, and words with _PSS, are told of together.
"$p11ca" help --table |
	awk -F '\t' '$2 != "--template" && $3 ~ /[|]/ { print $3 }' |
	tr '|' '\n' | grep -v '_PSS$' | sort -u >"$work/has"
[ "$(wc -l <"$work/has")" -ge 20 ] || echo "no choices" >>"$work/has"
while read -r choice; do
	grep -qw -- "$choice" docs/p11ca.1 || echo "$choice"
done <"$work/has" >"$work/missing"
report "p11ca(1) tells of every choice" "$work/missing"

settings_of_program >"$work/has"
settings_of_manual >"$work/says"
[ -s "$work/has" ] || echo "no settings" >>"$work/has"
comm -23 "$work/has" "$work/says" >"$work/missing"
report "p11ca.yaml(5) tells of every setting" "$work/missing"
comm -13 "$work/has" "$work/says" >"$work/invented"
report "p11ca.yaml(5) tells of no other setting" "$work/invented"

"$p11ca" help --rules 2>&1 | diff docs/p11ca-rules.7 - >"$work/differs" 2>&1
report "p11ca-rules(7) is what the program prints" "$work/differs"

exit "$failed"
