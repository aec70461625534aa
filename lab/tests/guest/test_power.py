# SPDX-License-Identifier: GPL-2.0
"""
Power cuts: the disks of a guest are on dm-log-writes, which logs what reaches stable storage and
in which order. The guest writes files to ext4, and records as a database does, each synced and
then acknowledged; an acknowledgement is a mark in the log. replay_power.py replays the logs
afterwards, on a CPU that is not emulated. With --long 60 rounds instead of 6, by each kind of
server, over PCI and over MMIO.
"""
import pytest

import storage
from keel import KEPT, LONG, Kind, run
from storage import MIB

HOST = {"modules": "loop dm_mod dm_log_writes ext4"}
GUEST = {"main": "power.guest", "programs": ["acked.c"],
         "modules": "virtio_mmio virtio_pci virtio_blk ext4"}
AFTER = "replay_power.py"

KINDS = [Kind("pci", disk=",queues=2")]
ROUNDS = 6
if LONG:
    KINDS += [Kind("worker", disk=",serve=worker,queues=2"), Kind("poll", disk=",serve=poll"),
              Kind("mmio", "--no-bus", disk=",transport=mmio,ring=split")]
    ROUNDS = 60

DISKS = {"fs": "", "fsdirect": ",direct", "db": "", "dbdirect": ",direct"}
SIZE = 16 * MIB


def copy(file, name):
    run("cp", "--sparse=always", file, KEPT / name)


@pytest.fixture
def disks(tmp_path):
    disks = storage.Storage(tmp_path)
    yield disks
    disks.clear()


def logged(disks, kind, name):
    """A disk whose writes are logged; keeps what is on it before. Returns its path."""
    file = disks.file(name, SIZE)
    if name.startswith("fs"):
        run("mkfs.ext4", "-q", file)
    copy(file, f"{kind.label}-{name}.base")
    log = disks.loop(disks.file(f"{name}.log", 1 << 30))
    return disks.map(name, f"0 {SIZE // 512} log-writes {disks.loop(file)} {log}")


def note(vm):
    """Marks the guest's acknowledgements in the logs, until it has written all."""
    while (line := vm.expect("^@ (ack|ask|end)").string) != "@ end":
        if line.startswith("@ ask"):
            vm.tell()
        else:
            _, _, disk, name, number = line.split()
            run("dmsetup", "message", disk, 0, "mark", f"{name}={number}")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_logged(vm, disks, kind):
    """all rounds are written and logged, and a killed keel lets go of its disks"""
    options = [word for name, option in DISKS.items() for word in (
        "--disk", f"{logged(disks, kind, name)},id={name}{option}{kind.disk}")]
    vm.boot("-c", 2, *kind.options, *options, append=f"rounds={ROUNDS}")
    note(vm)
    assert vm.said("ask") == [f"round {n}" for n in range(1, ROUNDS + 1)]
    vm.kill()
    disks.clear()
    for name in DISKS:
        copy(disks.folder / f"{name}.log", f"{kind.label}-{name}.log")
