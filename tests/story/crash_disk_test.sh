#!/usr/bin/env bash
# crash_disk_test - create and import on a disk without room, and on one that
# cannot be written.  P11CA=PROGRAM.

# shellcheck source=tests/story/crash_ca.bash
. "$(dirname "$0")/crash_ca.bash"

# A disk that fills up: every size from too small to large enough.
fill_up() { # COMMAND
	local size used status fired=0

	: >said
	used=$(du -sk pristine | cut -f 1)
	for ((size = used + 4; size <= used + 256; size += 8)); do
		mount -t tmpfs -o "size=${size}k,mode=700" p11ca "$home" ||
			break
		restore 2>/dev/null || { umount "$home"; continue; }
		run "$1" >out 2>err
		status=$?
		mount -o remount,size=16m "$home"
		[ "$status" -eq 0 ] || fired=$((fired + 1))
		ended_well "$1" "$status" 3 4 3>violation ||
			sed "s|^|$size KiB: |" violation >>said
		judge_at "$size KiB" "$1" out
		umount "$home"
		[ "$status" -ne 0 ] || break
	done
	conclude "$1 finds no room on the disk" "$fired"
}

# Nothing can be written, yet all can be read.
read_only() {
	local command

	: >said
	mount -t tmpfs -o size=16m,mode=700 p11ca "$home"
	restore
	mount -o remount,ro "$home"
	for command in create import; do
		run "$command" >out 2>err
		ended_well "$command" $? 4 3>>said
	done
	if ! "$p11ca" --json list 2>err | cmp -s before -; then
		echo "list: $(cat err)" >>said
	fi
	umount "$home"
	conclude "a home that is read-only stays readable" 2
}

if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs p11ca "$home" 2>/dev/null; then
	skip_all "a disk without room" "only root can mount one"
fi
umount "$home"
fill_up create
fill_up import
read_only
