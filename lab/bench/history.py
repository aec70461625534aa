# SPDX-License-Identifier: GPL-2.0
"""
The history of Keel's own figures, lab/bench/history: a line for each row whose figure is new, as

    2026-11-30 d0bc4b7 amd keel-bus pit-read 1961 [why it is worse]

with the commit that was measured. A figure that is worse by more than 2 % than the one before (10 %
where a thread's wake-up decides) has its reason in the line, or lab/tests/lab/test_bench.py fails.
"""
from dataclasses import dataclass

from bench.rows import BY_NAME

NEW = 0.25              # of what is worse: a change that is worth a line


@dataclass
class Entry:
    """A line."""
    date: str
    commit: str
    vendor: str
    peer: str
    row: str
    value: int
    why: str = ""

    @property
    def key(self):
        return self.vendor, self.peer, self.row

    def __str__(self):
        return " ".join([self.date, self.commit, self.vendor, self.peer, self.row,
                         str(self.value), self.why]).rstrip()


def read(text):
    """Entries of a history; comments and empty lines are left out."""
    entries = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            date, commit, vendor, peer, row, value, *why = line.split(None, 6)
            entries.append(Entry(date, commit, vendor, peer, row, int(value), *why))
    return entries


def latest(entries):
    return {entry.key: entry for entry in entries}


def is_worse(before, after):
    """Two entries of the same row."""
    return after.value > before.value + abs(before.value) * BY_NAME[after.row].within


def regressions(entries):
    """Entries that are worse than those before them, without a reason."""
    last, found = {}, []
    for entry in entries:
        before = last.get(entry.key)
        if before and is_worse(before, entry) and not entry.why:
            found.append((before, entry))
        last[entry.key] = entry
    return found


def additions(entries, vendors, date, commit):
    """Entries for figures of Keel's that differ from the last ones."""
    last, found = latest(entries), []
    for vendor, figures in vendors.items():
        for row, peers in figures.rows.items():
            for peer in sorted(peers):
                value = figures.of(row, peer)
                before = last.get((vendor, peer, row))
                if peer.startswith("keel") and not (
                        before and abs(value - before.value) <=
                        NEW * BY_NAME[row].within * abs(before.value)):
                    found.append(Entry(date, commit, vendor, peer, row, value))
    return found
