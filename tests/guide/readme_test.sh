#!/usr/bin/env bash
# readme_test - what README.md shows can be done, in the order it is shown, and
# its numbers and links are right.
#
# P11CA: the program, by default build/p11ca.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 2

p11ca=${P11CA:-build/p11ca}
case $p11ca in
*/*) p11ca=$(realpath "$p11ca") ;;
esac
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/here"
ln -s "$p11ca" "$work/bin/p11ca"
failed=0

report() { # WHAT FAULTS
	if [ -n "$2" ]; then
		printf '# %s\n' "${2//$'\n'/$'\n# '}"
		echo "not ok - $1"
		failed=1
	else
		echo "ok - $1"
	fi
}

# The commands of a section: what is indented, without what they print, and
# without the build and the folder, which are made here.
commands() { # SECTION
	awk -v section="## $1" '
	/^## / { here = $0 == section }
	here && sub(/^    /, "") {
		if (!going && !/^(p11ca|openssl|printf) /)
			next
		print
		going = /\\$/
	}' "$top/README.md"
}

runs() { # SECTION
	commands "$1" >"$work/commands"
	[ "$(grep -c . "$work/commands")" -ge 5 ] || echo "no commands"
	(cd "$work/here" && PATH=$work/bin:$PATH P11CA_HOME=$work/here/home \
		bash -e -o pipefail "$work/commands") >"$work/log" 2>&1 ||
		cat "$work/log"
}

shows() { # TEXT
	"$p11ca" --home "$work/here/home" tree >"$work/tree" 2>&1
	grep -qF -- "$1" "$work/tree" || cat "$work/tree" - <<<"no $1"
}

# The headings of a page, as a link names them.
anchors() { # PAGE
	grep -E '^#+ ' "$1" | sed -E 's/^#+ //' | tr '[:upper:] ' '[:lower:]-' |
		tr -cd 'a-z0-9_\n-'
}

links_faults() {
	local page link file anchor

	for page in README.md docs/*.md hsm-config/README.md; do
		while read -r link; do
			file=${link%%#*} anchor=
			[[ $link != *'#'* ]] || anchor=${link#*#}
			[ -n "$file" ] || file=$(basename "$page")
			file=$(dirname "$page")/$file
			if [ ! -e "$file" ]; then
				echo "$page: leads to $link"
			elif [ -n "$anchor" ] &&
				! anchors "$file" | grep -qxF -- "$anchor"; then
				echo "$page: no heading $link"
			fi
		done < <(grep -o ']([^)]*)' "$page" | sed 's/^](//; s/)$//' |
			grep -v '^http')
	done
}

says() { # NUMBER WORD COUNT
	grep -qE "\\b$1 $2" README.md || echo "it does not say \"$1 $2\""
	[ "$1" -eq "$3" ] || echo "there are $3 $2"
}

numbers_faults() {
	says 46 rules "$("$p11ca" help --rules |
		sed '/^[.]Sh RULES OF ISSUING/,$d' | grep -c '^[.]It Cm .* Ar ')"
	says 17 kinds "$(find hsm-config -name p11ca.yaml | wc -l)"
	says 61 templates "$("$p11ca" help templates | grep -c Certificate)"
}

report "the five commands run as they stand" "$(runs 'By hand')"
report "and the CA is there" "$(shows 'CN=Issuing CA 1,O=Example,C=DE (issuing)  ACTIVE')"
report "so do those of a hierarchy" "$(runs 'A hierarchy of its own')"
report "and both its CAs are there" \
	"$(shows '`-- CN=Server CA 1,O=Example,C=DE (servers)  ACTIVE')"
report "a link leads to a file, and to a heading in it" "$(links_faults)"
report "it has the right numbers" "$(numbers_faults)"
exit "$failed"
