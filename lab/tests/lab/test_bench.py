# SPDX-License-Identifier: GPL-2.0
"""The bench's reader, table, goals, comparison, history and plots."""
import json

import pytest
from bench import chart, document, history, results, rows, steps, table
from docs import examples

REPORT = """condition host kernel 6.1
words that are not of the report
@ kvm
= calibration 100001 100001 100001
= empty 0 0 0
= pit-read 1800 1810 1900
= lsr-read 3000 3000 3000
. 1
@ keel-bus
= calibration 100001 100001 100001
= pit-read 1700 1710 1800
= edge-round-trip 900 900 900
twice 3
. 1
@ qemu-split
= pit-read 6000 6000 6000
= edge-round-trip 3000 3000 3000
. 1
@ keel-bus dispatch-8
= dispatch 1700 1700 1700
. 1
@ keel-bus dispatch-200
= dispatch 1800 1800 1800
twice 2
. 1
end
"""


def read(text):
    reader = results.Reader(results.Figures())
    for line in text.splitlines():
        reader.line(line)
    return reader


@pytest.fixture
def figures():
    return read(REPORT).figures


# ---- The reader ----

def test_read(figures):
    """Figures by row and peer; what a peer does not have is left out, and so are double interrupts"""
    assert figures.of("pit-read", "kvm") == 1800
    assert figures.of("lsr-read", "kvm") is None
    assert figures.rows["pit-read"]["keel-bus"] == {"median": 1700, "mean": 1710, "p99": 1800}
    assert figures.of("dispatch-8", "keel-bus") == 1700
    assert figures.of("dispatch-200", "keel-bus") == 1800
    assert figures.doubles == {"keel-bus": 5}
    assert figures.troubles == {} and figures.conditions == ["host kernel 6.1"]


@pytest.mark.parametrize("text, peer, said", [
    ("@ kvm\n= calibration 120000 1 1\n", "kvm", "a TSC tick is not an instruction"),
    ("@ kvm\n= pit-read 1800\n", "kvm", "not a figure"),
    ("@ kvm\n= pit-read x 1 1\n", "kvm", "not a figure"),
    ("@ kvm\n= nonsense 1 1 1\n", "kvm", "an unknown row"),
    ("@ kvm 7\n= dispatch 1 1 1\n", "kvm", "an unknown row"),
    ("@ kvm\n! it died\n. 134\n", "kvm", "it died")])
def test_troubles(text, peer, said):
    """What went wrong is said of the peer; the table is made all the same."""
    found = read(text).figures
    assert said in found.troubles[peer][0]
    assert said in table.notes({"amd": found})
    assert table.table({"amd": found}) is not None


def test_death():
    """A host that dies leaves the figures, and says in which run."""
    reader = read(REPORT[:REPORT.index("twice 3")])
    assert not reader.complete and reader.running == "keel-bus" and reader.ended == ["kvm"]
    assert reader.figures.of("pit-read", "keel-bus") == 1700


def test_best(figures):
    """The best of QEMU is the least of its figures."""
    figures.add("qemu-on", "pit-read", 1900, 1, 1)
    assert figures.of("pit-read", "best") == 1900
    assert figures.of("lsr-read", "best") is None


# ---- The table ----

def test_table(figures):
    """Rows in their order, columns that have figures, "-" for what is not there"""
    lines = table.table({"amd": figures}).splitlines()
    assert lines[1].split() == ["KVM", "bus", "split", "best"]
    assert [line.split()[0] for line in lines[2:]] == [
        "pit-read", "edge-round-trip", "dispatch-8", "dispatch-200"]
    assert lines[2].split() == ["pit-read", "1800", "1700", "6000", "6000"]
    assert lines[3].split() == ["edge-round-trip", "-", "900", "3000", "3000"]


def test_side_by_side(figures):
    """Two vendors are beside each other if there is room for them."""
    both = {"amd": figures, "intel": figures}
    wide, narrow = table.table(both, 200).splitlines(), table.table(both, 80).splitlines()
    assert wide[2].split() == ["pit-read"] + 2 * ["1800", "1700", "6000", "6000"]
    assert len(narrow) == 2 * len(wide) + 1
    assert table.number(123_456_789) == "123M"


# ---- Goals ----

@pytest.mark.parametrize("goal, vendor, reached", [
    (rows.Goal("pit-read", "keel-bus", 1.0, (None, "kvm")), "amd", True),
    (rows.Goal("pit-read", "keel-bus", 0.9, (None, "kvm")), "amd", False),
    (rows.Goal("pit-read", "keel-bus", 0.25, (None, "qemu-split")), "amd", False),
    (rows.Goal("pit-read", "keel-bus", 0.29, (None, "best")), "amd", True),
    (rows.Goal("edge-round-trip", "keel-bus", 0, ("pit-read", "kvm"), plus=True), "amd", True),
    (rows.Goal("pit-read", "keel-bus", -150, (None, "kvm"), plus=True), "amd", False),
    (rows.Goal("pit-read", "keel-bus", 1699, plus=True), "amd", False),
    (rows.Goal("edge-round-trip", "keel-bus", 0.30, (None, "qemu-split")), "amd", True),
    (rows.Goal("edge-round-trip", "keel-bus", 0.30, (None, "qemu-split"),
               vendor={"intel": 0.22}), "intel", False),
    (rows.Goal("dispatch-8", "keel-bus", 1.02, flat=("dispatch-8", "dispatch-200")), "amd", False),
    (rows.Goal("dispatch-8", "keel-bus", 1.06, flat=("dispatch-8", "dispatch-200")), "amd", True)])
def test_goal(figures, goal, vendor, reached):
    assert table.judged(goal, figures, vendor)[0] is reached


@pytest.mark.parametrize("goal", [
    rows.Goal("lsr-read", "keel-bus", 1.0, (None, "qemu-split")),
    rows.Goal("pit-read", "keel-bus", 1.0, (None, "user")),
    rows.Goal("vms-1", "keel-bus", 1.02, flat=("vms-1", "vms-8"))])
def test_goal_not_measured(figures, goal):
    """Of what was not measured, nothing is said."""
    assert table.judged(goal, figures, "amd") is None


def test_goals(figures):
    """Double interrupts and dead peers miss no goal."""
    figures.trouble("qemu-off", "died")
    said = table.goals({"amd": figures})
    assert said and not any("qemu-off" in text for _, _, text in said)
    assert "MISS amd" in table.goals_text(said) and "ok   amd" in table.goals_text(said)


def test_data():
    """Names are of rows that there are, each once; each group is measured by a step."""
    names = [row.name for row in rows.ROWS]
    assert len(set(names)) == len(names)
    for goal in rows.GOALS:
        assert {goal.row, goal.of[0] or goal.row, *goal.flat} <= set(names)
    for lacks in rows.LACKS.values():
        assert lacks <= set(names)
    groups = {row.group for row in rows.ROWS}
    files = {"guest": "G", "first": "F", "minimal": "M", "qemu": "Q", "image": "I", "initrd": "R",
             "fill": "F", "grub": "D"}
    measured = {group for step in steps.steps(files, groups, "amd") for group in step.groups}
    assert measured == groups


# ---- JSON, comparison ----

def test_json(figures):
    """What is written is what is read."""
    data = json.loads(json.dumps(results.document("abc", "2026-11-30", {"amd": figures})))
    again = results.vendors_of(data)["amd"]
    assert again.as_json() == figures.as_json()
    assert list(data["vendors"]["amd"]["rows"])[0] == "pit-read"
    data["schema"] = 0
    with pytest.raises(ValueError):
        results.vendors_of(data)


def test_changes(figures):
    """Figures that differ by more than 2 %, the worst first"""
    old = read(REPORT.replace("pit-read 1700", "pit-read 1600").replace("dispatch 1800", "dispatch 1790")
               .replace("edge-round-trip 900", "edge-round-trip 1800")).figures
    found = table.changes({"amd": old}, {"amd": figures, "intel": figures})
    assert found == [("amd", "pit-read", "keel-bus", 1600, 1700),
                     ("amd", "edge-round-trip", "keel-bus", 1800, 900)]
    assert table.changes_text(found).splitlines()[0].startswith("worse  amd: keel-bus: pit-read")
    assert "No figure" in table.changes_text([])


# ---- History ----

HISTORY = """# comment

2026-11-29 aaaa amd keel-bus pit-read 1700
2026-11-29 aaaa intel keel-bus pit-read 900
2026-11-30 bbbb amd keel-bus pit-read 1733
"""


def test_history():
    entries = history.read(HISTORY)
    assert [entry.value for entry in entries] == [1700, 900, 1733]
    assert history.regressions(entries) == []
    assert [str(entry) for entry in entries] == HISTORY.splitlines()[2:]


@pytest.mark.parametrize("line, bad", [
    ("2026-12-01 cccc amd keel-bus pit-read 1767", False),
    ("2026-12-01 cccc amd keel-bus pit-read 1768", True),
    ("2026-12-01 cccc amd keel-bus pit-read 1768 the lock is taken twice", False),
    ("2026-12-01 cccc intel keel-bus pit-read 1768", True),
    ("2026-12-01 cccc amd keel-loop pit-read 1768", False),
    ("2026-12-01 c amd keel-bus line-fifo 100\n2026-12-02 d amd keel-bus line-fifo 110", False),
    ("2026-12-01 c amd keel-bus line-fifo 100\n2026-12-02 d amd keel-bus line-fifo 111", True)])
def test_regressions(line, bad):
    """More than 2 % worse than the line before, or 10 % in unsteady rows, without a reason"""
    assert bool(history.regressions(history.read(HISTORY + line))) == bad


def test_additions(figures):
    """Keel's figures that are new, or differ"""
    entries = history.read("2026-11-29 aaaa amd keel-bus pit-read 1700\n"
                           "2026-11-29 aaaa amd keel-bus dispatch-8 1650\n")
    new = history.additions(entries, {"amd": figures}, "2026-12-01", "cccc")
    assert {(entry.row, entry.value) for entry in new} == {
        ("edge-round-trip", 900), ("dispatch-8", 1700), ("dispatch-200", 1800)}
    assert all(entry.peer == "keel-bus" for entry in new)


def test_committed_history():
    """No figure became worse without a reason, and all are of rows that there are."""
    entries = history.read((examples.TOP / "lab/bench/history").read_text())
    assert [f"{before} -> {entry}" for before, entry in history.regressions(entries)] == []
    assert {entry.row for entry in entries} <= set(rows.BY_NAME)


# ---- Plots ----

def test_chart(figures):
    """A bar for each figure, with its number"""
    text = chart.bars("Ports", figures, ["pit-read", "edge-round-trip", "lsr-read"],
                      ["kvm", "keel-bus", "qemu-split"], ["host kernel 6.1"])
    assert text.count("<rect class=\"bar\"") == 5
    assert ">1700<" in text and "host kernel 6.1" in text and "lsr-read" not in text


def test_document(figures, tmp_path):
    """What the manual shows: tables, goals, and plots with their conditions"""
    data = results.document("abc", "2026-11-30", {"amd": figures})
    document.write(tmp_path, data, {"amd": figures})
    assert (tmp_path / "amd.csv").read_text().splitlines()[:2] == [
        ",KVM,bus,split,best", "\"PIT: counter 0 read, not latched\",1 800,1 700,6 000,6 000"]
    assert "measured 2026-11-30 at abc" in (tmp_path / "amd-ports.svg").read_text()
    assert json.loads((tmp_path / "bench.json").read_text()) == data
    assert "MISS amd" in (tmp_path / "amd-goals.txt").read_text()


def test_document_of_firmware(figures, tmp_path):
    """Firmware has a table of its own, in millions, and what was not measured stays as it was."""
    boots = read("condition host kernel 6.1\n@ keel-bus\n= bios-sector 15175087 1 1\n"
                 "@ q35\n= bios-sector 14000000 1 1\n").figures
    data = results.document("abc", "2026-12-01", {"amd": boots})
    document.write(tmp_path, data, {"amd": boots})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "firmware-goals.txt", "firmware.csv", "firmware.json"]
    assert (tmp_path / "firmware.csv").read_text().splitlines() == [
        ",bus,q35", "SeaBIOS: to the disk's boot sector,15.2,14.0"]
    said = (tmp_path / "firmware-goals.txt").read_text().splitlines()
    assert said[:2] == ["measured 2026-12-01 at abc", "host kernel 6.1"]
    assert said[3:] == ["MISS amd: keel-bus: bios-sector: at most 1.00 of q35 (1.084)",
                        "ok   amd: keel-bus: bios-sector: at most 30,000,000 (+15175087)"]
    figures.rows.update(boots.rows)
    document.write(tmp_path, data, {"amd": figures})
    assert "boot sector" not in (tmp_path / "amd.csv").read_text()
    assert "bios-sector" not in (tmp_path / "bench.json").read_text()


def test_plots():
    """Each plot has rows, and of peers that have a column."""
    for _, _, groups, peers in document.PLOTS:
        assert document.rows_of(groups)
        assert set(peers) <= set(rows.COLUMNS) & set(chart.COLOURS)
