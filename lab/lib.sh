# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Shared by the scripts of lab/. Source it; it sets TOP (the checkout) and CACHE.

set -euo pipefail

# Statuses of the lab's own; a command's status is passed on as it is.
readonly EXIT_LAB=98 EXIT_SPLAT=99 EXIT_TIMEOUT=124

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=$(realpath -m "${KEEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/keel}")
export KEEL_CACHE=$CACHE
# If a script is called from make, make's options are not for the builds here
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$@"
	exit "$EXIT_LAB"
}

# usage: print the comment at the top of the script, which is its manual.
usage() {
	sed -n '/^# Usage:/,/^$/ s/^# \{0,1\}//p' "$0" >&2
	exit "${1:-$EXIT_LAB}"
}

# hash FILE...: a short name for the contents of the files and of standard input
hash() {
	cat -- "$@" - | sha256sum | cut -c1-16
}

# cached TARGET BUILDER ARG...: make TARGET (a file or a folder) unless it is there.
# BUILDER gets a path to fill as its last argument; the result is renamed into place, so that
# no half-built one is visible, and concurrent callers build it once. Never call this where
# the shell ignores failures (if, ||, &&).
cached() {
	local target=$1
	shift
	[ ! -e "$target" ] || return 0
	mkdir -p "$(dirname "$target")"
	(
		exec 9>"$target.lock"
		flock 9
		[ ! -e "$target" ] || exit 0
		tmp=$(mktemp -d "$target.XXXXXX")
		trap 'rm -rf "$tmp"' EXIT
		chmod 755 "$tmp"
		"$@" "$tmp/new" 9>&-
		mv -T "$tmp/new" "$target"
	)
}

# quietly COMMAND...: run it, and show its output only if it fails
quietly() {
	local log
	log=$(mktemp)
	if ! "$@" </dev/null >"$log" 2>&1; then
		cat "$log" >&2
		rm "$log"
		die "failed: $*"
	fi
	rm "$log"
}

# apt ARG...: apt-get without questions; waits for another apt's locks; silent unless it
# fails. No initramfs: the lab boots the kernels with its own.
apt() {
	local log try
	log=$(mktemp)
	for try in 1 2 3 4 5; do
		if INITRD=No DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
			-o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1; then
			rm "$log"
			return
		fi
		grep -q 'Could not get lock' "$log" || break
		sleep $((try * 4))
	done
	cat "$log" >&2
	rm "$log"
	die "apt-get $* failed"
}

missing_packages() {
	local p
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || :)" = installed ] ||
			echo "$p"
	done
}

# install_packages PACKAGE...: install what is missing, and only then ask the network
install_packages() (
	[ -n "$(missing_packages "$@")" ] || exit 0
	[ "$(id -u)" = 0 ] || die "only root can install: $(missing_packages "$@" | xargs)"
	exec 8>/var/lock/keel-lab-apt
	flock 8
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || exit 0
	say "installing ${missing[*]}"
	apt update 8>&-
	apt install --no-install-recommends "${missing[@]}" 8>&-
)

# elsewhere DEBIAN ARCHITECTURE FOLDER: makes an index of that Debian's packages in a folder, and
# sets ELSEWHERE to the options with which apt takes it instead of this machine's
elsewhere() {
	[ "$(id -u)" = 0 ] || die "only root can look for packages of Debian $1 for $2"
	ELSEWHERE=(-o Dir::Etc::SourceList="$3/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State="$3" -o Dir::State::status=/dev/null -o Dir::Cache="$3"
		-o APT::Architecture="$2" -o APT::Architectures="$2" -o APT::Sandbox::User=root)
	mkdir -p "$3/lists/partial"
	"$TOP/lab/suites" "$1" >"$3/sources.list"
	apt "${ELSEWHERE[@]}" update
}

# download PACKAGE FOLDER [APT-OPTION...]: into that folder
download() {
	say "downloading $1"
	(cd "$2" && apt -o APT::Sandbox::User=root "${@:3}" download "$1")
}

# unpack PACKAGE FOLDER [APT-OPTION...]: downloads a package, and unpacks it there
unpack() {
	local debs
	debs=$(mktemp -d)
	chmod 755 "$debs"
	download "$1" "$debs" "${@:3}"
	dpkg -x "$debs"/*.deb "$2"
	rm -r "$debs"
}

# source_version PACKAGE: installs a source of Debian's kernel, and prints its version
source_version() {
	install_packages "$1" flex bison bc && dpkg-query -W -f '${Version}' "$1"
}

# merge_configs FILE...: a later file's value of an option replaces an earlier one's
merge_configs() {
	cat "$@" | tac | awk 'match($0, /CONFIG_[A-Z0-9_]+/) && !seen[substr($0, RSTART, RLENGTH)]++' | tac
}

# Kconfig silently drops options that it does not know, or cannot set: reports them
check_config() { # CONFIG FOLDER
	local line
	grep '^CONFIG' "$1" | while read -r line; do
		grep -qxF "$line" "$2/.config" || say "$line is not to be had"
	done
}

# build_source PACKAGE FOLDER ARCH CONFIG... -- TARGET...: a source of Debian's kernel
build_source() {
	local package=$1 folder=$2 arch=$3 configs=()
	shift 3
	while [ "$1" != -- ]; do
		configs+=("$1")
		shift
	done
	shift
	mkdir -p "$folder"
	say "unpacking $package"
	tar -C "$folder" --strip-components=1 -xf "/usr/src/$package.tar.xz"
	say "building a kernel with $(basename -a "${configs[@]}" | xargs)"
	merge_configs "${configs[@]}" >"$folder/wanted.config"
	cp "$folder/wanted.config" "$folder/.config"
	quietly make -s -C "$folder" ARCH="$arch" olddefconfig
	check_config "$folder/wanted.config" "$folder"
	quietly make -s -C "$folder" ARCH="$arch" -j"$(nproc)" "$@"
}

# Patterns of a kernel's reports of a bug.
readonly SPLATS='WARNING: |BUG: |BUG at |Oops|general protection|Call Trace|KASAN|UBSAN|\
Kernel panic|double fault|stack guard page|unchecked MSR|sleeping function|scheduling while atomic|\
possible (circular|recursive|irq lock)|inconsistent lock state|suspicious RCU|lock held when returning|\
bad unlock balance|held lock freed|DEBUG_LOCKS_WARN|self-detected stall|detected stalls|hung_task|\
blocked for more than|soft lockup|hard LOCKUP|refcount_t|unreferenced object|new suspected memory leaks|\
: [0-9a-f]{4} \[#[0-9]+\]|list_(add|del) corruption|Bad page|nobody cared|use-after-free|Unable to handle|ODEBUG'

# without_cgroup_oom: leaves out of a kernel's log how a cgroup's limit killed a process, with the
# trace of its stack; a machine that is out of memory stays in
without_cgroup_oom() {
	awk '
		/invoked oom-killer:/ { held = 1 }
		held { text = text $0 "\n" }
		!held { print }
		/Memory cgroup out of memory:/ { held = 0; text = "" }
		/ Out of memory:/ && held { printf "%s", text; held = 0; text = "" }
		END { printf "%s", text }'
}

# splats LOG: print the bug reports in a kernel's log; fails if there are none. (Warnings of
# the emulated CPU's side channels end in a link, and are no bugs.)
splats() {
	grep -av 'WARNING: See https:' "$1" | without_cgroup_oom | grep -aE -B2 -A40 -m1 "${SPLATS//\\$'\n'/}"
}

# copy_modules RELEASE ROOT FOLDER MODULE...: copy modules and their dependencies into
# FOLDER/modules, unpacked (busybox cannot), and list them in FOLDER/modules/order.
# Ignores the options of modprobe.d, which are this machine's.
copy_modules() {
	local release=$1 root=$2 folder=$3 kind path name
	shift 3
	mkdir -p "$folder/modules"
	modprobe -C /dev/null -d "$root" -S "$release" -a --show-depends "$@" |
		awk '!seen[$0]++' |
		while read -r kind path; do
			[ "$kind" = insmod ] || continue
			name=$(basename "${path%.xz}")
			case $path in
			*.xz) xz -dc "$path" >"$folder/modules/$name" ;;
			*) cp "$path" "$folder/modules/$name" ;;
			esac
			echo "$name" >>"$folder/modules/order"
		done
}

# archive FOLDER FILE: an initramfs of FOLDER
archive() {
	(cd "$1" && find . | cpio --quiet -o -H newc -R 0:0) >"$2"
}

# pack FOLDER FILE: a compressed one
pack() {
	archive "$1" /dev/stdout | gzip -1 >"$2"
}
