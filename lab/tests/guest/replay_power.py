# SPDX-License-Identifier: GPL-2.0
"""
Replays the logs of dm-log-writes that test_power.py has kept, NAME.log on NAME.base, with a power
cut at each flush, each write that is stable by itself, and each mark: is all that was acknowledged
before (marks are "NAME=NUMBER", see acked.c) there? Disks fs* are ext4 file systems, db* have
records.
"""
import os
import re
import struct
import subprocess

import pytest

from keel import KEPT
from test_power import DISKS, KINDS, ROUNDS

# drivers/md/dm-log-writes.c, Documentation/admin-guide/device-mapper/log-writes.rst
MAGIC = 0x6a736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8

RECORD = 4096


def entries(path):
    """The log's entries, in order: flags, first byte, data; of a mark: its text."""
    with open(path, "rb") as log:
        magic, version, number, sector = struct.unpack("<QQQI", log.read(28))
        if magic != MAGIC or version != 1:
            raise ValueError(f"{path}: not a log of writes")
        log.seek(sector)
        for _ in range(number):
            head = log.read(sector)
            start, sectors, flags, length = struct.unpack_from("<QQQQ", head)
            if flags & MARK:
                yield flags, 0, head[32:32 + length].rstrip(b"\0")
            else:
                data = b"" if flags & DISCARD else log.read(sectors * sector)
                yield flags, start * sector, data


def content(name, number, size):
    line = f"{name} {number}\n".encode()
    return (line * (size // len(line) + 1))[:size]


ZEROING = 3     # the writer whose earlier record is zeroes when a later one is acknowledged


def look_for_records(image, acked):
    """The later of a writer's two records is at least as late as its last acknowledged one."""
    for writer, number in acked.items():
        there = []
        for place in (2 * int(writer), 2 * int(writer) + 1):
            record = bytes(image[place * RECORD:(place + 1) * RECORD])
            seq = re.match(rb"%d (\d+)\n" % int(writer), record)
            if seq and record == content(writer, int(seq[1]), RECORD):
                there.append(int(seq[1]))
        if max(there, default=0) < int(number):
            yield f"writer {writer} acknowledged {number}, and {there} is there"
        if int(writer) == ZEROING and min(there, default=0) < int(number):
            yield f"writer {writer} acknowledged zeroes, and {there} is there"


def look_for_files(image, acked, folder):
    """After the journal's replay the file system is clean, and each file is whole."""
    disk = os.path.join(folder, "disk")
    files = os.path.join(folder, "files")
    with open(disk, "wb") as out:
        out.write(image)
    subprocess.run(["rm", "-rf", files], check=True)
    os.mkdir(files)
    for command in (["e2fsck", "-E", "journal_only", "-p", disk], ["e2fsck", "-fn", disk]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode > 1 or (done.returncode and "-fn" in command):
            yield f"{' '.join(command[:2])}: {done.stdout} {done.stderr}"
    subprocess.run(["debugfs", "-R", f"rdump / {files}", disk], capture_output=True, check=True)
    for name, number in acked.items():
        try:
            with open(os.path.join(files, name), "rb") as got:
                right = got.read() == content(name, number, int(number))
        except FileNotFoundError:
            yield f"file {name} was acknowledged, and is not there"
            continue
        if not right:
            yield f"file {name} was acknowledged, and has other bytes"


def replay(base, log, look, without=()):
    """The points checked, the marks, and the errors; leaves out the entries of these numbers."""
    with open(base, "rb") as file:
        image = bytearray(file.read())
    acked, wrong, points, marks = {}, [], 0, []
    for n, (flags, start, data) in enumerate(log):
        if flags & MARK:
            text = data.decode()
            if "=" in text:
                marks.append(n)
                name, number = text.split("=")
                acked[name] = number
        elif n not in without:
            image[start:start + len(data)] = data
        if flags & (FLUSH | FUA | MARK):
            points += 1
            wrong += [f"after entry {n}: {text}" for text in look(image, acked)]
    return points, marks, wrong


def lost(log, marks):
    """Entries written for the last acknowledgements: from the first of their marks back."""
    last = [n for n in marks if n > marks[len(marks) * 2 // 3]]
    first = marks[marks.index(last[0]) - 1]
    return [n for n in range(first, last[-1]) if not log[n][0] & MARK]


NAMES = [f"{kind.label}-{disk}" for kind in KINDS for disk in DISKS]


class Disk:
    """A disk's log, and how to look at what is on the disk after a power cut."""

    def __init__(self, name, folder):
        self.base = KEPT / f"{name}.base"
        self.log = list(entries(KEPT / f"{name}.log"))
        self.files, self.folder = "-fs" in name, folder

    def look(self, image, acked):
        if self.files:
            return look_for_files(image, acked, self.folder)
        return look_for_records(image, acked)

    def marks(self):
        return [n for n, (flags, _, data) in enumerate(self.log) if flags & MARK and b"=" in data]


@pytest.fixture(scope="module", params=NAMES)
def disk(request, tmp_path_factory):
    return Disk(request.param, tmp_path_factory.mktemp("disk"))


def test_nothing_is_missing(disk):
    """{disk}: the power fails at each point, and no acknowledged data is missing"""
    points, marks, wrong = replay(disk.base, disk.log, disk.look)
    assert wrong[:10] == []
    assert len(marks) == ROUNDS * (2 if disk.files else 4)      # a mark for each writer
    assert points > 2 * len(marks)


def test_missing_data_is_noticed(disk):
    """{disk}: missing data is noticed"""
    assert replay(disk.base, disk.log, disk.look, lost(disk.log, disk.marks()))[2]
