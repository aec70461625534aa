# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# A guest of keel's that is told what to do on its serial port, and says there what became
# of it, a line each; to be sourced beside tap.sh. What it said is in $tmp/out, what keel
# said in $tmp/err; keel's control socket is $tmp/control.

# shellcheck source-path=SCRIPTDIR source=wait.sh
. "$top/lab/wait.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failures=()
as=()		# what keel is run through

fail() {
	failures+=("$*")
}

# result NAME: of what was done since the last one, to the guest that "variant" tells of
result() {
	ok ${#failures[@]} "$1 ($variant)"
	if [ ${#failures[@]} != 0 ]; then
		printf '    # %s\n' "${failures[@]}"
		tail -n 25 "$tmp/out" | sed 's/^/    | /'
		sed '/^{/,/^}/d' "$tmp/err" | tail -n 15 | sed 's/^/    ! /'
	fi
	failures=()
}

# start OPTION...: sets pid; the guest is told through descriptor 5, and heard through 6
start() {
	: >"$tmp/out"
	rm -f "$tmp"/{console,keys}
	mkfifo "$tmp/console" "$tmp/keys"
	"${as[@]}" keel run --control "$tmp/control" "$@" <"$tmp/keys" >"$tmp/console" 2>"$tmp/err" &
	pid=$!
	exec 5>"$tmp/keys" 6<"$tmp/console"
}

# killed_and_restored FILE: what the guest has said, or was told, before is not lost
killed_and_restored() {
	exec 7>"$tmp/console"	# so that there is no end of it between the two
	kill_keel
	"${as[@]}" keel run --control "$tmp/control" --restore "$1" <"$tmp/keys" >&7 7>&- 2>>"$tmp/err" &
	pid=$!
	exec 7>&-
}

kill_keel() {
	kill -KILL $pid
	wait $pid 2>/dev/null
}

# kill_vm: with SIGKILL, and wait until it is gone
kill_vm() {
	kill_keel
	exec 5>&- 6<&-
}

# await REGEX: reads until the guest has said it; sets said
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

# ends STATUS: keel does, by itself
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

# said KEY: what the guest has said about it until now
said() {
	local line
	while IFS= read -r line; do
		[[ $line != "@ $1 "* ]] || printf '%s\n' "${line#"@ $1 "}"
	done <"$tmp/out"
}

sum() {
	sha256sum | cut -d' ' -f1
}

# listens PORT: until a server of ours does
listens() {
	until awk -v port=":$(printf %04X "$1")\$" '$2 ~ port && $4 == "0A" { found = 1 } END { exit !found }' \
		/proc/net/tcp /proc/net/tcp6; do
		nap 0.2
	done
}
