# SPDX-License-Identifier: GPL-2.0
"""The reader of results: what counts as passed, as failed, and as missing."""
import pytest
from tap import Results


@pytest.mark.parametrize("text, passed, failed, complaints", [
    ("ok 1 - a\nnot ok 2 - b\n1..2", 1, 1, []),
    ("1..2\nok\nnot ok", 1, 1, []),
    ("ok 1\n1..1\nwords\nok 1\nok 2\n1..2", 3, 0, []),
    ("KTAP version 1\n1..1\n    # Subtest: s\n    1..2\n    ok 1 a\n    ok 2 b\nok 1 s", 2, 0, []),
    ("    ok 1\n    1..1\nok 1 - guest\n    not ok 1\n    1..1\nnot ok 2 - guest\n1..2", 1, 1, []),
    ("1..1\n    1..1\n        ok 1\n        not ok 2\n    not ok 1\nnot ok 1", 1, 1, []),
    ("    ok 1\n    1..1\nnot ok 1 - its status\n1..1", 1, 1, []),
    ("ok 1\n1..2", 1, 1, ["1 of 2 planned tests"]),
    ("1..3\nok 1\nok 2", 2, 1, ["2 of 3 planned tests"]),
    ("    1..2\n    ok 1\nok 1 - cut off\n1..1", 1, 1, ["1 of 2 planned tests"]),
    ("ok 1\nok 2", 2, 1, ["tests without a plan"]),
    ("ok 1\n1..1\nok 1", 2, 1, ["tests without a plan"]),
    ("okay\nnot ok: but how\nbook ok 1", 0, 1, ["no tests"]),
    ("1..0", 0, 1, ["no tests"]),
    ("", 0, 1, ["no tests"]),
    ("ok 1\nBail out! /dev/kvm\n1..1", 1, 1, ["Bail out! /dev/kvm"]),
])
def test_results(text, passed, failed, complaints):
    results = Results().read(text.splitlines(keepends=True))
    assert (results.passed, results.failed, results.complaints) == (passed, failed, complaints)
