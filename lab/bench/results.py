# SPDX-License-Identifier: GPL-2.0
"""Figures: read from what a plan reported (lab/bench/inside), and as JSON."""
from bench.rows import BY_NAME, CALIBRATION, LACKS, ROWS

SCHEMA = 1
TOLERANCE = 0.005       # of the calibration: an instruction is a tick of the TSC


class Figures:
    """
    One vendor's figures.

    rows:       row, then peer: median, mean and 99th percentile
    conditions: under which they were measured
    doubles:    peer: interrupts that the emulator delivered twice
    troubles:   peer: what went wrong, as lines
    """

    def __init__(self):
        self.rows = {}
        self.conditions = []
        self.doubles = {}
        self.troubles = {}

    def trouble(self, peer, text):
        said = self.troubles.setdefault(peer, [])
        if text not in said:
            said.append(text)

    def add(self, peer, row, median, mean, p99):
        if row in LACKS.get(peer, ()):
            return
        self.rows.setdefault(row, {})[peer] = {"median": median, "mean": mean, "p99": p99}

    def of(self, row, peer):
        """A median, or None. "best" is the least of any QEMU."""
        peers = self.rows.get(row, {})
        if peer == "best":
            return min((figure["median"] for name, figure in peers.items()
                        if name.startswith("qemu")), default=None)
        return peers[peer]["median"] if peer in peers else None

    def only(self, rows):
        """The figures of these rows alone, under the same conditions."""
        return Figures.from_json({**self.as_json(), "rows": {
            row.name: self.rows[row.name] for row in rows if row.name in self.rows}})

    def as_json(self):
        order = {row.name: i for i, row in enumerate(ROWS)}
        rows = sorted(self.rows.items(), key=lambda item: order.get(item[0], len(order)))
        return {"conditions": self.conditions, "doubles": self.doubles, "troubles": self.troubles,
                "rows": dict(rows)}

    @classmethod
    def from_json(cls, data):
        figures = cls()
        figures.rows = data["rows"]
        figures.conditions = data["conditions"]
        figures.doubles = data["doubles"]
        figures.troubles = data["troubles"]
        return figures


class Reader:
    """
    Reads a plan's report, line by line. A run that ends too early, or never, is a trouble of its
    peer; the figures that it had printed stay.
    """

    def __init__(self, figures):
        self.figures = figures
        self.running = None     # peer, and the name of its row if it is not the guest's
        self.ended = []         # those that have ended
        self.complete = False

    def line(self, line):
        kind, _, rest = line.rstrip("\n").partition(" ")
        if kind == "condition" and rest not in self.figures.conditions:
            self.figures.conditions.append(rest)
        elif kind == "@":
            self.running = rest
        elif kind == "end":
            self.complete = True
        elif self.running:
            self.of_run(kind, rest)

    def of_run(self, kind, rest):
        peer, _, name = self.running.partition(" ")
        if kind == "=":
            self.figure(peer, name, rest.split())
        elif kind == "twice":
            self.figures.doubles[peer] = self.figures.doubles.get(peer, 0) + int(rest)
        elif kind == "!":
            self.figures.trouble(peer, rest)
        elif kind == ".":
            self.ended.append(self.running)
            self.running = None

    def figure(self, peer, name, words):
        try:
            row, *numbers = words
            median, mean, p99 = map(int, numbers)
        except ValueError:
            self.figures.trouble(peer, f"not a figure: {' '.join(words)}")
            return
        if row == "calibration":
            if abs(median / 100000 - 1) > TOLERANCE:
                self.figures.trouble(peer, f"a TSC tick is not an instruction: {median} for 100000")
            return
        if row in CALIBRATION:
            return
        row = name or row
        if row in BY_NAME:
            self.figures.add(peer, row, median, mean, p99)
        else:
            self.figures.trouble(peer, f"an unknown row {row}")


def document(commit, date, vendors):
    """What is written to a file: see Documentation/performance.rst."""
    return {"schema": SCHEMA, "commit": commit, "date": date,
            "vendors": {name: figures.as_json() for name, figures in vendors.items()}}


def vendors_of(data):
    """Figures from such a file."""
    if data.get("schema") != SCHEMA:
        raise ValueError(f"not figures of schema {SCHEMA}")
    return {name: Figures.from_json(part) for name, part in data["vendors"].items()}
