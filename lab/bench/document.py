# SPDX-License-Identifier: GPL-2.0
"""What Documentation/performance.rst shows: tables, plots for each vendor, and the figures."""
import csv
import io
import json

from bench import chart, results, table
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


def grouped(value):
    return f"{value:,}".replace(",", " ")


def millions(value):
    return f"{value / 1_000_000:.1f}"


def as_csv(figures, number=grouped):
    """A table for the manual: what a row is, and the peers' figures."""
    rows = table.measured({"": figures})
    peers = table.columns(figures, rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["", *(COLUMNS[peer] for peer in peers)])
    for row in rows:
        text = row.text if row.unit == "instructions" else f"{row.text}, {row.unit}"
        writer.writerow([text, *(number(figures.of(row.name, peer))
                                 if figures.of(row.name, peer) is not None else "-" for peer in peers)])
    return out.getvalue()


def part(vendors, firmware):
    """The figures of the group "firmware", or of all others, of vendors that have any."""
    rows = [row for row in ROWS if (row.group == "firmware") == firmware]
    found = {vendor: figures.only(rows) for vendor, figures in vendors.items()}
    return {vendor: figures for vendor, figures in found.items() if figures.rows}


def write_json(path, data, vendors):
    data = results.document(data["commit"], data["date"], vendors)
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def write(folder, data, vendors):
    """Writes what was measured of it."""
    folder.mkdir(parents=True, exist_ok=True)
    if hardware := part(vendors, firmware=False):
        write_hardware(folder, data, hardware)
    if firmware := part(vendors, firmware=True):
        write_firmware(folder, data, firmware)


def write_firmware(folder, data, vendors):
    """From firmware to a login, which is measured on one host."""
    (_, figures), = vendors.items()
    said = [f"measured {data['date']} at {data['commit']}", *figures.conditions, "",
            table.goals_text(table.goals(vendors))]
    write_json(folder / "firmware.json", data, vendors)
    (folder / "firmware.csv").write_text(as_csv(figures, millions), encoding="utf-8")
    (folder / "firmware-goals.txt").write_text("\n".join(said) + "\n", encoding="utf-8")


def write_hardware(folder, data, vendors):
    write_json(folder / "bench.json", data, vendors)
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
