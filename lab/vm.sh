# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# A guest of keel that takes commands on its serial port, and reports results there, a line
# each; to be sourced beside tap.sh. The guest's output is in $tmp/out, keel's messages in
# $tmp/err; keel's control socket is $tmp/control.

# shellcheck source-path=SCRIPTDIR source=wait.sh
. "$top/lab/wait.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=()
as=()		# command that runs keel

fail() {
	failures+=("$*")
}

# result NAME: reports the test since the last result, with the guest's "variant"
result() {
	ok ${#failures[@]} "$1 ($variant)"
	if [ ${#failures[@]} != 0 ]; then
		printf '    # %s\n' "${failures[@]}"
		tail -n 25 "$tmp/out" | sed 's/^/    | /'
		sed '/^{/,/^}/d' "$tmp/err" | tail -n 15 | sed 's/^/    ! /'
	fi
	failures=()
}

# start OPTION...: sets pid; descriptor 5 is the guest's input, 6 its output
start() {
	: >"$tmp/out"
	rm -f "$tmp"/{console,keys}
	mkfifo "$tmp/console" "$tmp/keys"
	"${as[@]}" keel run --control "$tmp/control" "$@" <"$tmp/keys" >"$tmp/console" 2>"$tmp/err" &
	pid=$!
	exec 5>"$tmp/keys" 6<"$tmp/console"
}

# killed_and_restored FILE: the guest's earlier output and input are not lost
killed_and_restored() {
	exec 7>"$tmp/console"	# so that its reader sees no end of file in between
	kill_keel
	"${as[@]}" keel run --control "$tmp/control" --restore "$1" <"$tmp/keys" >&7 7>&- 2>>"$tmp/err" &
	pid=$!
	exec 7>&-
}

kill_keel() {
	kill -KILL $pid
	wait $pid 2>/dev/null
}

# kill_vm: kills keel with SIGKILL, and waits for its end
kill_vm() {
	kill_keel
	exec 5>&- 6<&-
}

# await REGEX: reads until the guest has printed it; sets said
await() {
	while IFS= read -t $limit -r said <&6; do
		said=${said%$'\r'}
		printf '%s\n' "$said" >>"$tmp/out"
		[[ ! $said =~ $1 ]] || return 0
	done
	fail "the guest did not say \"$1\""
	said=''
	return 1
}

tell() {
	echo "$*" >&5
}

do_() {
	tell "$@"
	await "^@ done $1"
}

# ends STATUS: keel ends by itself, with this status
ends() {
	local status
	exec 5>&-
	[ ${#failures[@]} = 0 ] || kill -KILL "$pid" 2>/dev/null
	cat <&6 >>"$tmp/out"
	wait "$pid" 2>/dev/null
	status=$?
	exec 6<&-
	[ $status = "$1" ] || fail "keel's status is $status, not $1"
}

# said KEY: the guest's lines about KEY until now
said() {
	local line
	while IFS= read -r line; do
		[[ $line != "@ $1 "* ]] || printf '%s\n' "${line#"@ $1 "}"
	done <"$tmp/out"
}

sum() {
	sha256sum | cut -d' ' -f1
}

# listens PORT: waits until a server listens
listens() {
	until awk -v port=":$(printf %04X "$1")\$" '$2 ~ port && $4 == "0A" { found = 1 } END { exit !found }' \
		/proc/net/tcp /proc/net/tcp6; do
		nap 0.2
	done
}
