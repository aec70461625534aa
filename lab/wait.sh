# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Waiting for a guest, to be sourced in a lab host. There a process that polls every tenth of
# a second takes as much of the emulated CPU as the work it waits for: none is started here.

limit=600		# seconds; after that a step counts as hung
exec {nothing}<> <(:)	# never has data to read

# nap SECONDS
nap() {
	read -rt "$1" -u "$nothing" _ || :
}

# gone: keel, process $pid, has ended
gone() {
	local stat
	! { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || [[ $stat = *') Z '* ]]
}

# has FILE REGEX: a line of FILE matches
has() {
	local lines line
	{ mapfile -t lines <"$1"; } 2>/dev/null || return
	for line in "${lines[@]}"; do
		[[ ! $line =~ $2 ]] || return 0
	done
	return 1
}

# until_ COMMAND...: waits until it succeeds; fails if keel ends before, or after "limit". Sets why
until_() {
	local end=$((SECONDS + limit))
	until "$@"; do
		if gone; then
			"$@" && return
			why='keel has ended'
			return 1
		elif [ $SECONDS -ge $end ]; then
			why="not in $limit s"
			return 1
		fi
		nap 0.2
	done
}
