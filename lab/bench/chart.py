# SPDX-License-Identifier: GPL-2.0
"""Plots of figures, as SVG: bars in groups, each with its number. The same figures are the same text."""
from html import escape

from bench.rows import BY_NAME, COLUMNS

COLOURS = {"kvm": "#7f7f7f", "keel-bus": "#1f77b4", "keel-port": "#17becf", "keel-loop": "#9ecae1",
           "user": "#bcbd22", "qemu-on": "#ffbb78", "qemu-split": "#ff7f0e", "qemu-off": "#d62728",
           "best": "#8c564b", "microvm": "#e377c2"}

WIDTH, LABEL, NUMBER = 900, 330, 90     # of the picture, its left and its right margin
BAR, GAP, TOP, LINE = 13, 10, 58, 16    # heights


def _text(x, y, text, anchor="start", size=12):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'


def _legend(peers, y):
    x, lines = LABEL, []
    for peer in peers:
        lines.append(f'<rect x="{x}" y="{y - 10}" width="11" height="11" fill="{COLOURS[peer]}"/>')
        lines.append(_text(x + 16, y, COLUMNS[peer]))
        x += 34 + 7 * len(COLUMNS[peer])
    return lines


def _group(row, values, y, scale):
    lines = [_text(LABEL - 8, y + BAR * (len(values) + 1) / 2, BY_NAME[row].text, "end")]
    for peer, value in values:
        width = max(1, value * scale)
        lines.append(f'<rect class="bar" x="{LABEL}" y="{y}" width="{width:.1f}" '
                     f'height="{BAR - 1}" fill="{COLOURS[peer]}"/>')
        lines.append(_text(LABEL + width + 4, y + BAR - 3, str(value), size=10))
        y += BAR
    return lines, y + GAP


def bars(title, figures, rows, peers, conditions):
    """One vendor's figures of these rows and peers, from zero; what was not measured is left out."""
    groups = [(row, [(peer, figures.of(row, peer)) for peer in peers
                     if figures.of(row, peer) is not None]) for row in rows]
    groups = [(row, values) for row, values in groups if values]
    there = [peer for peer in peers if any(peer == name for _, values in groups for name, _ in values)]
    most = max((value for _, values in groups for _, value in values), default=1)
    scale, y = (WIDTH - LABEL - NUMBER) / most, TOP
    body = [_text(LABEL, 20, title, size=15), *_legend(there, 42)]
    for row, values in groups:
        lines, y = _group(row, values, y, scale)
        body += lines
    for condition in conditions:
        y += LINE
        body.append(_text(8, y, condition, size=10))
    height = y + LINE
    return "\n".join([
        '<!-- SPDX-License-Identifier: GPL-2.0 -->',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *body, "</svg>", ""])
