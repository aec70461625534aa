# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The conditions under which figures were measured; to be sourced after lib.sh.

emulator() {
	echo "condition emulator $(qemu-system-x86_64 --version | sed -n '1 s/.*version \([^ ]*\).*/QEMU \1/p')," \
		"TCG, -cpu $(sed -n 's/.* -cpu "\([^"]*\)".*/\1/p' "$TOP/lab/machines/qemu")," \
		"-icount shift=0: 1 instruction = 1 ns = 1 TSC tick"
}

host_() {
	echo "condition host kernel $(uname -r)"
	echo "condition host CPU $(sed -n '/^model name/ { s/.*: //p; q }' /proc/cpuinfo), 1"
}
