# SPDX-License-Identifier: GPL-2.0
"""The manual's examples, as they stand in Documentation/, with the guest that echoes."""
import sys

import pytest

from keel import TOP

sys.path.insert(0, str(TOP / "lab/docs"))
import examples     # pylint: disable=wrong-import-position

HOST = {}


@pytest.mark.parametrize("example", examples.examples("host"), ids=str)
def test_example(example, tmp_path):
    """{example}: it does what the page says"""
    # The guest powers off when it gets this, if the example gives it standard input
    assert example.run(tmp_path, TOP / "build/userspace/keel", "P") == ""
