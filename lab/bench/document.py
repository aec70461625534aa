# SPDX-License-Identifier: GPL-2.0
"""What Documentation/performance.rst shows: a table and plots for each vendor, and the figures."""
import csv
import io
import json

from bench import chart, table
from bench.rows import COLUMNS, ROWS

PEERS = ["kvm", "keel-bus", "keel-port", "keel-loop", "user", "qemu-on", "qemu-split", "qemu-off", "best"]

# Plots: name, title, groups of rows or rows, peers
PLOTS = [
    ("ports", "An access to a port", ["ports"], ["kvm", "keel-bus", "keel-loop", "user", "qemu-split"]),
    ("interrupts", "Interrupts and timers", ["ioapic", "uart", "pit", "pit-tick", "rtc-tick", "lapic"],
     ["kvm", "keel-bus", "keel-loop", "qemu-on", "qemu-split"]),
    ("lines", "A line of 80 characters", ["lines", "line-by-interrupts", "line-virtio"],
     ["keel-bus", "keel-loop", "user", "qemu-on", "qemu-split"]),
    ("requests", "Requests to virtio devices", ["blk", "net", "vsock"],
     ["keel-bus", "keel-port", "keel-loop", "qemu-split", "best"]),
]
NOT_INTERRUPTS = {"line-by-interrupts"}


def rows_of(names):
    """Rows by their own or their group's name; a line of text is no interrupt."""
    return [row.name for row in ROWS if row.name in names or
            (row.group in names and row.name not in NOT_INTERRUPTS)]


def as_csv(figures):
    """A table for the manual: what a row is, and the peers' figures."""
    rows = table.measured({"": figures})
    peers = table.columns(figures, rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["", *(COLUMNS[peer] for peer in peers)])
    for row in rows:
        text = row.text if row.unit == "instructions" else f"{row.text}, {row.unit}"
        writer.writerow([text, *(f"{figures.of(row.name, peer):,}".replace(",", " ")
                                 if figures.of(row.name, peer) is not None else "-" for peer in peers)])
    return out.getvalue()


def write(folder, data, vendors):
    """Writes all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for vendor, figures in vendors.items():
        (folder / f"{vendor}.csv").write_text(as_csv(figures), encoding="utf-8")
        (folder / f"{vendor}-goals.txt").write_text(
            table.goals_text(table.goals({vendor: figures})) + "\n", encoding="utf-8")
        for name, title, groups, peers in PLOTS:
            text = chart.bars(f"{title}, {vendor.upper() if vendor == 'amd' else 'Intel'}: instructions",
                              figures, rows_of(groups), peers,
                              [*figures.conditions, f"measured {data['date']} at {data['commit']}; "
                               "medians; shorter is better"])
            (folder / f"{vendor}-{name}.svg").write_text(text, encoding="utf-8")
