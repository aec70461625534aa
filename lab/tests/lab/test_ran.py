# SPDX-License-Identifier: GPL-2.0
"""Tables of the manual that are made of tests' results"""
import re

import pytest
from ran import Table

RESULT = re.compile(r"(?P<failed>not )?ok \d+ - (?P<guest>.*?): (?P<needs>.*) "
                    r"\(accelerator (?P<bus>on|off)\)")
HEAD = "Guest,Needs,\"AMD, bus on\",\"AMD, bus off\",\"Intel, bus on\",\"Intel, bus off\",Date"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(f"{HEAD}\nLinux 6.1,nothing,runs,runs,runs,fails,2026-11-30\n", encoding="utf-8")
    return path


def lines_of(path, cpu, *lines, renamed=str):
    """The table's lines, when these lines of output have come, without the date."""
    table = Table(path, "kernels", RESULT, key=["Guest"], other=["Needs"])
    for line in lines:
        table.take(cpu, line, renamed)
    return [line.rsplit(",", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()]


def test_results(path):
    """A result replaces its own field, and a new guest has a new row."""
    assert lines_of(path, "intel", "# words", "ok 1 - Linux 6.1: nothing (accelerator off) # 3.0 s",
                    "not ok 2 - Xen: two files (accelerator on) # 9.9 s") == [
        HEAD.rsplit(",", 1)[0], "Linux 6.1,nothing,runs,runs,runs,runs", "Xen,two files,,,fails,"]


def test_untouched(path):
    """What is no result changes nothing."""
    before = path.read_text(encoding="utf-8")
    lines_of(path, "amd", "1..2", "kernels: 2 passed, 0 failed", "ok 3 - a test of another kind")
    assert path.read_text(encoding="utf-8") == before


def test_renamed(path):
    """The key is the name that the table has, not the test's."""
    said = lines_of(path, "amd", "ok 1 - Linux six: nothing (accelerator on)",
                    renamed=lambda name: name.replace("six", "6.1"))
    assert len(said) == 2


def test_several_columns(tmp_path):
    """A key of several columns"""
    match = re.compile(r"(?P<failed>not )?ok \d+ - (?P<firmware>.*?) from (?P<medium>.*?) "
                       r"\(accelerator (?P<bus>on|off)\)")
    table = Table(tmp_path / "table.csv", "firmwares", match, key=["Firmware", "Medium"])
    for medium in "a disk", "an ISO", "a disk":
        table.take("amd", f"ok 1 - SeaBIOS from {medium} (accelerator on)")
    assert [row["Medium"] for row in table.rows.values()] == ["a disk", "an ISO"]
