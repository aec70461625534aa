# SPDX-License-Identifier: GPL-2.0
"""What is printed: the table, goals, and what changed."""
from bench.rows import COLUMNS, GOALS, ROWS

CHANGE = 0.02           # what counts as one


def number(value):
    """A figure in at most eight characters."""
    if value is None:
        return "-"
    return str(value) if abs(value) < 100_000_000 else f"{value / 1_000_000:.0f}M"


def columns(figures, rows):
    """Peers with a figure in one of the rows."""
    return [peer for peer in COLUMNS if any(figures.of(row.name, peer) is not None for row in rows)]


def block(figures, rows):
    """One vendor's part: a heading, and a line for each row."""
    peers = columns(figures, rows)
    lines = ["".join(f"{COLUMNS[peer]:>9}" for peer in peers)]
    for row in rows:
        lines.append("".join(f"{number(figures.of(row.name, peer)):>9}" for peer in peers))
    return lines


def measured(vendors):
    """Rows that have a figure anywhere."""
    return [row for row in ROWS if any(figures.rows.get(row.name) for figures in vendors.values())]


def table(vendors, width=200):
    """All vendors' figures side by side, or below each other where they do not fit."""
    rows = measured(vendors)
    names = ["", *(row.name if row.unit == "instructions" else f"{row.name}, {row.unit}"
                   for row in rows)]
    blocks = {name: block(figures, rows) for name, figures in vendors.items()}
    margin = max(map(len, names))
    if margin + sum(3 + len(lines[0]) for lines in blocks.values()) <= width:
        groups = [list(blocks)]
    else:
        groups = [[name] for name in blocks]
    text = []
    for group in groups:
        text.append(" " * margin + "".join(f"   {name:^{len(blocks[name][0])}}"
                                           for name in group).rstrip())
        for i, name in enumerate(names):
            text.append(f"{name:<{margin}}" + "".join(f"   {blocks[v][i]}" for v in group))
        text.append("")
    return "\n".join(text)


def notes(vendors):
    """Below the table: conditions, double interrupts, and what went wrong."""
    text = []
    for name, figures in vendors.items():
        text += [f"{name}: {condition}" for condition in figures.conditions]
        if figures.doubles:
            text.append(f"{name}: interrupts that the emulator delivered twice: " + ", ".join(
                f"{peer} {count}" for peer, count in figures.doubles.items()))
        text += [f"{name}: {peer}: {line}" for peer, lines in figures.troubles.items()
                 for line in lines]
    return "\n".join(text)


# ---- Goals ----

def _limit(goal, vendor):
    return goal.vendor.get(vendor, goal.most)


def flat(goal, figures, limit):
    values = [figures.of(row, goal.peer) for row in goal.flat]
    values = [value for value in values if value is not None]
    if len(values) < 2:
        return None
    ratio = max(values) / min(values)
    return ratio <= limit, (f"{goal.peer}: {goal.flat[0]} to {goal.flat[-1]}: within {limit:.2f} "
                            f"({ratio:.3f})")


def judged(goal, figures, vendor):
    """Whether a goal is reached, and what to say; None if it was not measured."""
    limit = _limit(goal, vendor)
    if goal.flat:
        return flat(goal, figures, limit)
    row, peer = goal.of
    value = figures.of(goal.row, goal.peer)
    reference = figures.of(row or goal.row, peer) if peer else 0
    if value is None or reference is None:
        return None
    what = f"{goal.peer}: {goal.row}"
    if goal.plus:
        where = f"{row or goal.row} of {peer} + {limit:,}" if peer else f"{limit:,}"
        return value <= reference + limit, f"{what}: at most {where} ({value - reference:+d})"
    where = f"{row} of {peer}" if row else peer
    return (value <= limit * reference,
            f"{what}: at most {limit:.2f} of {where} ({value / reference:.3f})")


def goals(vendors):
    """(vendor, reached, text) of each goal that was measured."""
    found = []
    for vendor, figures in vendors.items():
        for goal in GOALS:
            said = judged(goal, figures, vendor)
            if said:
                found.append((vendor, *said))
    return found


def goals_text(found):
    return "\n".join(f"{'ok' if good else 'MISS':<4} {vendor}: {text}"
                     for vendor, good, text in found)


# ---- Comparison ----

def changes(old, new, least=CHANGE):
    """(vendor, row, peer, before, after) of figures that differ, the worst first."""
    found = []
    for vendor in new:
        if vendor not in old:
            continue
        for row, peers in new[vendor].rows.items():
            for peer in peers:
                before, after = old[vendor].of(row, peer), new[vendor].of(row, peer)
                if before and abs(after - before) > least * abs(before):
                    found.append((vendor, row, peer, before, after))
    return sorted(found, key=lambda change: -change[4] / change[3])


def changes_text(found):
    if not found:
        return f"No figure differs by more than {CHANGE:.0%}."
    return "\n".join(f"{'worse' if after > before else 'better':<6} {vendor}: {peer}: {row}: "
                     f"{before} -> {after} ({(after / before - 1) * 100:+.1f} %)"
                     for vendor, row, peer, before, after in found)
