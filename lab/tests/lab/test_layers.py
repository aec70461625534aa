# SPDX-License-Identifier: GPL-2.0
"""What lab/bench/layers makes of a log of instructions."""
import pytest
from bench import instructions, layering
from bench.instructions import Place

KALLSYMS = """ffffffff80000000 T native_safe_halt
ffffffff81000000 T start_kernel
ffffffff81000100 T asm_sysvec_apic_timer_interrupt
ffffffff81000200 T read_tsc
ffffffff81000300 T hrtimer_start_range_ns
ffffffff81000400 D some_data
ffffffffc0000000 t svm_vcpu_run	[kvm_amd]
ffffffffc0000100 t intr_interception	[kvm_amd]
ffffffffc0001000 t keel_door_bus_read	[keel]
"""
RUN, ASYNC, KEEL = 0xffffffffc0000010, 0xffffffffc0000104, 0xffffffffc0001008
HALT = 0xffffffff80000000
READ, START, FIRED = 0xffffffff81000200, 0xffffffff81000310, 0xffffffff81000100


class Guest:
    """A guest with a clock at two addresses."""

    clocks = {0x100: "measure_after", 0x120: "measure_after", 0x300: "pit_shoot", 0x400: "irq_entry",
              0x500: "spin_until"}

    @staticmethod
    def at(address):
        return Place("guest", f"at {address:#x}")


@pytest.fixture
def places():
    return instructions.Places(instructions.Symbols(KALLSYMS), Guest)


def line(address, guest=False):
    flags = 0x002000b0 if guest else 0x000000b0
    return b"Trace 0: 0x7fe2c001c140 [0000000000000000/%016x/%08x/ff020201] \n" % (address, flags)


def guest(*addresses):
    return [(address, True) for address in addresses]


def host(*addresses):
    return [(address, False) for address in addresses]


def segments(steps):
    return list(instructions.Segments(Guest, layering.BEGINS, layering.ENDS).of(steps))


def test_log():
    """An instruction a line, of the guest or not; what was stopped before it is none, nor is other text."""
    log = [line(RUN), b"some text\n", line(0x100, True), line(KEEL),
           b"Stopped execution of TB chain before 0x7fe2c001c140 [0] \n", line(KEEL), line(0x120, True)]
    assert list(instructions.executed(log)) == host(RUN) + guest(0x100) + host(KEEL) + guest(0x120)


def test_segments():
    """A sample is from one reading of the clock to the next; readings in between are others'."""
    steps = guest(0x90, 0x100, 0x104) + host(RUN) + guest(0x500, 0x120, 0x124, 0x100, 0x120, 0x130)
    assert segments(steps) == [guest(0x100, 0x104) + host(RUN) + guest(0x500), guest(0x100)]


def test_given_up():
    """A shot whose interrupt has not come is no sample."""
    assert segments(guest(0x300, 0x310, 0x300, 0x314, 0x400)) == [guest(0x300, 0x314)]


def test_places(places):
    """Addresses are functions; of a process outside the guest there are no names"""
    assert places.of((KEEL, False)) == Place("keel", "keel_door_bus_read")
    assert places.of((READ + 5, False)) == Place("vmlinux", "read_tsc")
    assert places.of((READ + 0x250, False)) == Place("vmlinux", "hrtimer_start_range_ns")
    assert places.of((0x400000, False)) == Place("user")
    assert places.of((0x104, True)).module == "guest"


def test_trapped(places):
    """The instruction that causes an exit is not executed; an interrupt's exit takes none away."""
    assert instructions.without_trapped(guest(1, 2) + host(RUN, KEEL) + guest(3), places) == (
        guest(1) + host(RUN, KEEL) + guest(3))
    asked = guest(1, 2) + host(RUN, ASYNC) + guest(3)
    assert instructions.without_trapped(asked, places) == asked


def test_wait(places):
    """While a timer counts nothing is of its latency."""
    before = guest(0x300) + host(RUN, READ, READ + 3, KEEL)
    reading = host(READ, READ + 3)
    meanwhile = host(KEEL, START) + guest(7, 8)
    idle = host(RUN, HALT)
    after = host(FIRED, START, READ, FIRED + 4) + guest(9)
    wait = before + reading + meanwhile
    assert instructions.around_wait(wait + idle + after, places) == before + after
    assert instructions.around_wait(wait + host(RUN) + after, places) == before + host(RUN) + after


@pytest.mark.parametrize("place, layer", [
    (Place("guest", "measure_after"), layering.GUEST),
    (Place("user"), layering.USER),
    (Place("keel", "pit_read"), layering.MODEL),
    (Place("keel", "keel_door_bus_read.cold"), layering.DOOR),
    (Place("keel", "unknown"), layering.DOOR),
    (Place("kvm", "kvm_io_bus_read"), layering.BUS),
    (Place("kvm", "pit_ioport_read"), layering.MODEL),
    (Place("kvm", "x86_decode_insn"), layering.EMULATOR),
    (Place("kvm_amd", "svm_vcpu_run"), layering.SWITCH),
    (Place("vmlinux", "srso_return_thunk"), layering.MITIGATIONS),
    (Place("vmlinux", "_raw_spin_lock"), None)])
def test_layer(place, layer):
    """Keel's functions are of their file's layer, others of their name's; helpers have none."""
    sources = {"pit_read": "devices/chips/pit.o", "keel_door_bus_read": "kmod/door.o"}
    assert layering.Layering(sources).of(place) == layer


def test_layers_are_known():
    """Each layer that a rule or file names is one of the tables'."""
    named = {layer for _, layer in layering.RULES + layering.FILES}
    assert named <= set(layering.LAYERS)
