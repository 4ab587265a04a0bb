#!/usr/bin/env bash
# config_test - every guide of hsm-config is whole, and its files can be read.
#
# Each check prints what it finds fault with, one line each.  It must find
# nothing in hsm-config, and what is wrong in a copy that was spoiled.
#
# P11CA=PROGRAM.
# shellcheck disable=SC2317 # checks are called by name

# shellcheck source=tests/shell.bash
. "$(dirname "$0")/../shell.bash"
cd "$top" || exit

sections='What it is
Install
Initialise
PIN and login
Settings
Algorithms
Can the key leave
Backup
Limits and faults
What p11ca says
Make a CA
From test to production
Documents'

# pkcs11.conf(5), MODULE CONFIGURATION; x-init-reserved is p11-kit's own.
yes_or_no=' critical managed trust-policy log-calls '
known=" module enable-in disable-in priority remote x-init-reserved$yes_or_no"

# ---- the checks; each is given a folder like hsm-config

files_faults() {
	local guide name

	for guide in "$1"/*/; do
		name=$(basename "$guide")
		for file in README.md p11ca.yaml "p11ca-$name.module"; do
			[ -s "$guide$file" ] || echo "$name: no $file"
		done
	done
}

first_line_faults() {
	local readme

	for readme in "$1"/*/README.md; do
		awk -v guide="$(basename "$(dirname "$readme")")" '
		NR == 1 && !/^# ./ { print guide ": no title" }
		NR > 1 && NF {
			if (!/^Run here: / && !/^Written from documents: /)
				print guide ": does not say whether it was run"
			exit
		}' "$readme"
	done
}

sections_faults() {
	local readme

	for readme in "$1"/*/README.md; do
		[ "$(sed -n 's/^## //p' "$readme")" = "$sections" ] ||
			echo "$(basename "$(dirname "$readme")"):" \
				"other sections, or in another order"
	done
}

# No section is a heading alone; documents are a list.
content_faults() {
	local readme

	for readme in "$1"/*/README.md; do
		awk -v guide="$(basename "$(dirname "$readme")")" '
		function done_with() {
			if (name != "" && lines == 0)
				print guide ": nothing under " name
			if (name == "Documents" && items == 0)
				print guide ": no document"
			if (name == "Make a CA" && made == 0)
				print guide ": no p11ca create"
			lines = items = made = 0
		}
		/^## / { done_with(); name = substr($0, 4); next }
		NF { lines++ }
		/^- / { items++ }
		/^    p11ca create / { made++ }
		END { done_with() }' "$readme"
	done
}

links_faults() {
	local readme link

	for readme in "$1"/README.md "$1"/*/README.md; do
		while read -r link; do
			case $link in
			http*) continue ;;
			../../docs/*) link=../hsm-config/$link ;;
			esac
			# docs/ is not in the copies: it is asked for here.
			link=${link%%#*}
			[ -e "$(dirname "$readme")/$link" ] ||
				[ -e "${link#../hsm-config/../../}" ] ||
				echo "${readme#"$1"/}: leads to $link"
		done < <(grep -o ']([^)]*)' "$readme" | sed 's/^](//; s/)$//')
	done
}

# The index has a row for each guide, which says the same of it.
index_faults() {
	local guide name tried row

	for guide in "$1"/*/; do
		name=$(basename "$guide")
		tried='run here'
		grep -q '^Written from documents' "$guide/README.md" &&
			tried=documents
		row=$(grep -F "| [$name]($name/README.md)" "$1/README.md")
		[[ $row == *"| $tried |"* ]] ||
			echo "$name: not in the index as \"$tried\""
	done
}

# p11-kit passes over a setting it does not know: it must be known here.
keys_faults() {
	local file line key value

	for file in "$1"/*/*.module; do
		while IFS= read -r line; do
			key=${line%%:*}
			read -r value <<<"${line#*:}"
			[[ $line == *:* && $known == *" $key "* ]] ||
				echo "${file##*/}: \"$key\" is no setting"
			[[ $yes_or_no == *" $key "* ]] &&
				[[ $value != yes && $value != no ]] &&
				echo "${file##*/}: $key is yes or no"
			[[ $key == module && $value != /* ]] &&
				echo "${file##*/}: not a path: $value"
			[[ $key == remote && $value != '|'* ]] &&
				echo "${file##*/}: not a command: $value"
		done < <(grep -v -e '^#' -e '^ *$' "$file")
		[ "$(grep -c -e '^module:' -e '^remote:' "$file")" -eq 1 ] ||
			echo "${file##*/}: not one module, not one remote"
		[ "$(grep -c -e '^enable-in:' -e '^disable-in:' "$file")" -le 1 ] ||
			echo "${file##*/}: both enable-in and disable-in"
	done
}

# Which modules p11-kit has when these are its only files.  The vendors' are
# not here: a harmless one, p11-kit's own, stands in for each.
p11_kit_list() { # FOLDER
	local module=$modules/p11-kit-trust.so file name

	rm -rf "$work/p11-kit"
	mkdir -p "$work/p11-kit/modules" "$work/p11-kit/empty"
	for file in "$1"/*/*.module; do
		name=$(basename "$file" .module)
		cp "$module" "$work/p11-kit/$name.so"
		sed -e "s,^module:.*,module: $work/p11-kit/$name.so," \
			-e "s,^remote:.*,remote: |p11-kit remote $module," \
			"$file" >"$work/p11-kit/modules/$name.module"
	done
	# shellcheck disable=SC2016 # the inner shell expands these
	"${private[@]}" bash -c '
		mount --bind "$1/modules" "$2" || exit
		[ ! -d "$3" ] || mount --bind "$1/empty" "$3" || exit
		exec -a p11tool p11-kit list-modules' \
		list "$work/p11-kit" "$configs" "$system" 2>&1
}

p11_kit_faults() {
	local list

	list=$(p11_kit_list "$1") ||
		{ echo "p11-kit ends, and reads none: $list"; return; }
	diff <(basename -s .module -a "$1"/*/*.module | sort) \
		<(sed -n 's/^\(p11ca-[^ :]*\):.*/\1/p' <<<"$list" | sort) |
		sed -n 's/^< /p11-kit does not read /p
			s/^> /p11-kit knows too much: /p'
	grep '^p11-kit: ' <<<"$list"
}

# p11ca reads the settings, and takes each of them from the file.
settings_faults() {
	local guide name

	"$p11ca" --home "$work/home" -q init >"$work/log" 2>&1 ||
		{ cat "$work/log"; return; }
	for guide in "$1"/*/; do
		name=$(basename "$guide")
		install -m 600 "$guide/p11ca.yaml" "$work/home/p11ca.yaml"
		if ! "$p11ca" --home "$work/home" config \
			>"$work/config" 2>"$work/log"; then
			sed "s/^/$name: /" "$work/log"
			continue
		fi
		sed -n 's/^  \([a-z-]*\):.*/token.\1/p' "$guide/p11ca.yaml" |
			while read -r key; do
				grep -q "^$key .* p11ca.yaml$" "$work/config" ||
					echo "$name: $key is not read"
			done
	done
	rm -rf "${work:?}/home"
}

# Module and token are named, and the registration names the same module.
module_faults() {
	local guide name here there

	for guide in "$1"/*/; do
		name=$(basename "$guide")
		here=$(sed -n 's/^  module: "\(.*\)"$/\1/p' "$guide/p11ca.yaml")
		there=$(sed -n 's/^module: *//p' "$guide"/*.module)
		[[ $here == /* ]] || echo "$name: no path of a module"
		[ -z "$there" ] || [ "$here" = "$there" ] ||
			echo "$name: $here here, $there for p11-kit"
		grep -q '^  uri: "pkcs11:token=..*"$' "$guide/p11ca.yaml" ||
			echo "$name: names no token"
		! grep -q 'pin-value' "$guide"/* ||
			echo "$name: a PIN in a file"
	done
}

# p11ca accepts the variables: it looks at them before it loads the module,
# which is not there.
environment_faults() {
	local guide

	"$p11ca" --home "$work/home" -q init >"$work/log" 2>&1 ||
		{ cat "$work/log"; return; }
	for guide in "$1"/*/; do
		sed 's,^  module:.*,  module: "/nonexistent/module.so",' \
			"$guide/p11ca.yaml" >"$work/home/p11ca.yaml"
		"$p11ca" --home "$work/home" token list 2>&1 |
			sed -n "/environment variable/s/^/$(basename "$guide"): /p"
	done
	rm -rf "${work:?}/home"
}

# A link over TCP without TCP_NODELAY on both ends takes its time.
nodelay_faults() {
	local file side

	for file in "$1"/p11-kit-tls/stunnel-{hsm,ca}.conf; do
		for side in l r; do
			grep -q "^socket = $side:TCP_NODELAY=1$" "$file" ||
				echo "${file##*/}: $side without TCP_NODELAY"
		done
	done
}

# ---- hsm-config as it is

modules=$(pkg-config --variable=p11_module_path p11-kit-1)
configs=$(pkg-config --variable=p11_module_configs p11-kit-1)
system=$(pkg-config --variable=p11_system_config p11-kit-1)
private=(unshare --mount)
[ "$(id -u)" -eq 0 ] || private+=(--map-root-user)

without= # why p11-kit cannot be asked
if ! command -v p11-kit >/dev/null || [ ! -r "$modules/p11-kit-trust.so" ]; then
	without='p11-kit or its module is missing'
elif ! "${private[@]}" mount --bind "$work" "$configs" 2>/dev/null; then
	without='no mount namespace can be made here'
fi

finds_nothing() { # CHECK
	"$1_faults" hsm-config >"$work/found"
	is_empty "$work/found"
}

while IFS='|' read -r check text; do
	if [ "$check" = p11_kit ] && [ -n "$without" ]; then
		skip "$text" "$without"
	else
		holds "$text" finds_nothing "$check"
	fi
done <<'CHECKS'
files|every guide has its three files
first_line|every guide says first whether it was run
sections|every guide has the same sections in the same order
content|no section is empty, every guide names documents and makes a CA
links|every link leads somewhere
index|the index has every guide, and says the same of it
keys|the files for p11-kit have only settings that p11-kit knows
p11_kit|p11-kit reads the files
settings|p11ca reads the settings
module|settings and registration name the same module, and a token
environment|p11ca accepts the variables for the modules
nodelay|the link over TLS has TCP_NODELAY on both ends
CHECKS

# ---- what is spoiled is found

spoiled() { # CHECK FAULT COMMAND...
	local text="found when it is wrong: $1, $2"

	if [ "$1" = p11_kit ] && [ -n "$without" ]; then
		skip "$text" "$without"
	else
		holds "$text" finds "$@"
	fi
}

finds() { # CHECK FAULT COMMAND...
	rm -rf "$work/copy"
	cp -R hsm-config "$work/copy" && (cd "$work/copy" && "${@:3}") ||
		return
	"$1_faults" "$work/copy" >"$work/found"
	cat "$work/found"
	grep -q -- "$2" "$work/found" && [ "$(wc -l <"$work/found")" -le 2 ]
}

drop() { # FILE LINE-WITH
	grep -q -- "$2" "$1" && sed -i "/$2/d" "$1"
}

say() { # FILE LINE...
	printf '%s\n' "${@:2}" >>"$1"
}

swap() { # FILE WHAT BY
	grep -q -- "$2" "$1" && sed -i "s,$2,$3," "$1"
}

spoiled files 'tpm2: no p11ca.yaml' rm tpm2/p11ca.yaml
spoiled files 'nss: no p11ca-nss.module' mv nss/p11ca-nss.module nss/nss.module
spoiled first_line 'luna: does not say' swap luna/README.md '^Written from' 'From'
spoiled first_line 'luna: no title' swap luna/README.md '^# .*' ''
spoiled sections 'opensc: other sections' drop opensc/README.md '^## PIN'
spoiled sections 'opensc: other' swap opensc/README.md '^## Backup' '## Install'
spoiled content 'azure: nothing under Backup' \
	sed -i '/^## Backup/,/^## Limits/{/^##/!d}' azure/README.md
spoiled content 'utimaco: no document' swap utimaco/README.md '^- ' ''
spoiled content 'nethsm: no p11ca create' \
	swap nethsm/README.md '^    p11ca create' '    p11ca make'
spoiled links 'leads to nowhere.conf' \
	say yubihsm2/README.md '[it](nowhere.conf)'
spoiled links 'README.md: leads to' rm p11-kit-tls/stunnel-ca.conf
spoiled index 'nshield: not in the index' drop README.md '^| .nshield'
spoiled index 'nshield: not in the index as "documents"' \
	swap README.md '\(libcknfast.so |\) documents' '\1 run here'
spoiled keys '"trusted-policy" is no setting' \
	say tpm2/p11ca-tpm2.module 'trusted-policy: no'
spoiled keys 'critical is yes or no' \
	say tpm2/p11ca-tpm2.module 'critical: maybe'
spoiled keys 'not a path: libykcs11.so' swap \
	yubikey-piv/p11ca-yubikey-piv.module ' /usr/.*/libykcs11' ' libykcs11'
spoiled keys 'not a command: ssh' swap \
	p11-kit-ssh/p11ca-p11-kit-ssh.module '|ssh' 'ssh'
spoiled keys 'not one module' drop nss/p11ca-nss.module '^module'
spoiled keys 'both enable-in and disable-in' \
	say nss/p11ca-nss.module 'disable-in: firefox'
spoiled p11_kit 'p11-kit does not read p11ca-nss' \
	swap nss/p11ca-nss.module '^enable-in:.*' 'enable-in: firefox'
spoiled p11_kit 'p11-kit ends' say nss/p11ca-nss.module '[section]'
spoiled settings 'luna: .*"isolated"' say luna/p11ca.yaml '  isolated: true'
spoiled settings 'luna: .*token.sessions' \
	swap luna/p11ca.yaml 'sessions: 4' 'sessions: many'
spoiled settings 'luna: .*a tab' \
	swap luna/p11ca.yaml '  deadline' '\tdeadline'
spoiled module 'nethsm: /usr/local/lib/libnethsm_pkcs11.so here' \
	swap nethsm/p11ca-nethsm.module libnethsm libothernethsm
spoiled module 'nethsm: no path' swap nethsm/p11ca.yaml '  module' '  modules'
spoiled module 'nethsm: names no token' swap nethsm/p11ca.yaml token=issuing ''
spoiled module 'nethsm: a PIN in a file' \
	swap nethsm/p11ca.yaml token=issuing 'token=issuing?pin-value=1234'
spoiled environment 'tpm2: .*LD_PRELOAD' \
	swap tpm2/p11ca.yaml TPM2_PKCS11_STORE LD_PRELOAD
spoiled nodelay 'stunnel-ca.conf: l without' \
	drop p11-kit-tls/stunnel-ca.conf '^socket = l'
