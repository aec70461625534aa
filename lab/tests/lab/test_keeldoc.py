# SPDX-License-Identifier: GPL-2.0
"""What the manual makes of the sources: lists of errors, constants, words that reST would take."""
import pytest
from docs import keeldoc


@pytest.mark.parametrize("text, shown", [
    ("a * b", r"a \* b"), ("KEEL_VM_* and `x`", r"KEEL_VM\_\* and \`x\`"), ("a|b", r"a\|b"),
    ("name_ is", r"name\_ is"), ("a_b", "a_b"), (r"\_S3", r"\\_S3")])
def test_plain(text, shown):
    assert keeldoc.plain(text) == shown


@pytest.mark.parametrize("text, shown", [
    ("0, or\n * EBUSY   no\n * EINVAL  a long\n           one\nAfter it",
     "0, or\n\n * ``EBUSY``: no\n * ``EINVAL``: a long one\n\nAfter it"),
    (" * what KVM_RUN gave\n\nText", " * what KVM_RUN gave\n\nText"),
    ("no list\nhere", "no list\nhere")])
def test_lists(text, shown):
    assert keeldoc.lists(text) == shown


HEADER = """/* SPDX */
#ifndef KEEL_X_H
#define KEEL_X_H

/* What a thing is: thing.kind. */
#define KEEL_A	1	/* one,
			 * and more
			 */
#define KEEL_B	(KEEL_A | \\
		 2)

/** KEEL_C - how many. */
#define KEEL_C	3

struct x { int y; };

#define KEEL_D(n)	(n)
#define KEEL_E	4
"""


def test_constants(monkeypatch):
    """Values with their comments, under the heading before; no guard, and no macro"""
    monkeypatch.setattr(keeldoc, "source", lambda path: HEADER)
    directive = keeldoc.Constants.__new__(keeldoc.Constants)
    directive.arguments = ["x.h"]
    assert directive.groups() == [
        ("What a thing is: thing.kind.", [("``KEEL_A``", "``1``", "one, and more"),
                                          ("``KEEL_B``", "``(KEEL_A | 2)``", ""),
                                          ("``KEEL_C``", "``3``", "how many.")]),
        ("", [("``KEEL_E``", "``4``", "")])]


@pytest.mark.parametrize("line, value, text", [
    ("  -m, --memory SIZE          RAM", "``SIZE``", "RAM"),
    ("      --rng                  entropy device", "", "entropy device"),
    ("      --net user|tap=NAME,... network", "``user|tap=NAME,...``", "network"),
    ("      --stats[=FORMAT]       print", "``[=FORMAT]``", "print"),
    ("      --virtio-cmdline       list", "", "list")])
def test_option(line, value, text):
    """Each value is shown as the help has it"""
    directive = keeldoc.Options.__new__(keeldoc.Options)
    name = line.split("--")[1].split("[")[0].split()[0]
    assert directive.row(line, {name: "x"})[1:] == (value, text)


def test_every_option_has_its_place_in_the_manual():
    assert {"kernel", "disk", "rt", "no-bus", "help"} <= set(keeldoc.anchors())
