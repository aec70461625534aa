# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Results of tests, to be sourced: TAP, as lab/check reads it, and a line of totals to look at.

passed=0 failed=0

# ok STATUS WHAT: reports a test's result
ok() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $2"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - $2"
	fi
}

# expect WHAT COMMAND...: a test that passes if the command succeeds
expect() {
	local what=$1 status=0
	shift
	"$@" || status=$?
	ok "$status" "$what"
}

# totals NAME: prints the totals; fails if a test did
totals() {
	echo "1..$((passed + failed))"
	echo "$1: $passed passed, $failed failed"
	[ "$failed" = 0 ]
}
