#!/usr/bin/env bash
# crash_crl_test - crl is killed at every bad moment.
# P11CA=PROGRAM, P11CA_BUILD=FOLDER with p11ca-fault.so.

# shellcheck source=tests/story/crash_register.bash
. "$(dirname "$0")/crash_register.bash"

# What the tests take for granted: so many signatures, and then all is well.
undisturbed() {
	local command want

	: >said
	while read -r command want; do
		restore
		run "$command" >out 2>err
		[ "$(signatures calls)" -eq "$want" ] ||
			echo "$command: $(signatures calls) signatures" >>said
		judge_at "$command" "$command" out
	done <<-END
		issue 1
		batch $batch_size
		revoke 0
		crl 1
	END
	conclude "nobody is killed" 4
}

undisturbed
restore
: >out
cp older.crl "$home/$published"
notices crl "an older CRL than before"
restore
head -c 200 older.crl >"$home/$published"
notices crl "half a CRL"
restore
"$p11ca" crl ca >out 2>err
cp pristine/"$published" "$home/$published"
notices crl "another CRL than was answered"

need trace crl
kill_at_each crl
