# SPDX-License-Identifier: GPL-2.0
"""The manual's examples that need no host, and that each example has a test."""
import os

import pytest
from docs import examples

LAUNCHER = examples.TOP / "build/userspace/keel"


@pytest.mark.parametrize("example", examples.examples("here"), ids=str)
def test_example(example, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{LAUNCHER.parent}:{os.environ['PATH']}")
    assert example.run(tmp_path, LAUNCHER) == ""


@pytest.mark.parametrize("page", examples.PAGES, ids=lambda page: page.stem)
def test_every_example_is_run(page):
    """A shell block without a class is run by nothing."""
    found = examples.examples_of(page)
    if page.name in examples.ELSEWHERE:
        assert page.name in (examples.TOP / examples.ELSEWHERE[page.name]).read_text()
    else:
        assert [str(e) for e in found if e.where not in ("host", "here", "not-run")] == []


def test_there_are_examples():
    assert len(examples.examples("host")) >= 5 and len(examples.examples("here")) >= 4


@pytest.mark.parametrize("commands, output, wrong", [
    ("echo a; echo b", "a\nb", ""), ("echo a b c", "a ... c", ""), ("echo a", "", ""),
    ("echo a", "b", "printed"), ("false; echo a", "a", "status 1"), ("exit 3", "", "status 3")])
def test_run(tmp_path, commands, output, wrong):
    """An example's status and output are looked at."""
    example = examples.Example("page.rst", 1, "here", commands, output)
    said = example.run(tmp_path, LAUNCHER)
    assert said.startswith(wrong) and bool(said) == bool(wrong)
