# SPDX-License-Identifier: GPL-2.0
"""
Which functions the instructions of a measurement are in: from a log of QEMU's that has a line for
each instruction, and the symbols of the host's kernel and of the bench's guest.
"""
import bisect
import subprocess
from dataclasses import dataclass

IN_GUEST = frozenset(b"2367abef")       # HF_GUEST_MASK, in its hexadecimal digit of TCG's flags
KERNEL = 1 << 63
RDTSC = "rdtsc"


@dataclass(frozen=True)
class Place:
    """
    module:   "guest", "user", "vmlinux" or a module's name
    function: its name there; empty outside the kernel and the bench's guest
    """
    module: str
    function: str = ""


class Symbols:
    """Functions by address, of the host's /proc/kallsyms."""

    def __init__(self, text):
        found = {}
        for line in text.splitlines():
            address, kind, name, *module = line.split()
            if kind in "tTwW":
                found.setdefault(int(address, 16),
                                 Place(module[0].strip("[]") if module else "vmlinux", name))
        self.starts = sorted(found)
        self.places = [found[start] for start in self.starts]

    def at(self, address):
        if address < KERNEL:
            return Place("user")
        return self.places[bisect.bisect_right(self.starts, address) - 1]


class Guest:
    """Functions of the bench's guest, and where it reads the time stamp counter."""

    def __init__(self, path):
        said = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], check=True,
                              capture_output=True, text=True).stdout
        self.clocks = {}        # address: function
        self.starts, self.names = [], []
        for line in said.splitlines():
            if line.endswith(">:"):
                address, name = line.split()
                self.starts.append(int(address, 16))
                self.names.append(name[1:-2])
            elif line.endswith(RDTSC):
                self.clocks[int(line.split(":")[0], 16)] = self.names[-1]

    def at(self, address):
        i = bisect.bisect_right(self.starts, address) - 1
        return Place("guest", self.names[i] if i >= 0 else "")


def executed(lines):
    """
    (address, in a guest) of each instruction, from a log that QEMU writes with "exec,nochain" and
    one instruction per block. A block that was stopped before its instruction is not one.
    """
    before = None
    for line in lines:
        if line.startswith(b"Trace "):
            if before:
                yield before
            at = line.find(b"/")
            before = int(line[at + 1:at + 17], 16), line[at + 20] in IN_GUEST
        elif line.startswith(b"Stopped "):
            before = None
    if before:
        yield before


class Segments:
    """
    The instructions between two readings of the clock, for each sample that the guest takes: from
    one in a function of "begins" to the next one in a function of "ends". A function that is in
    both, and in which two readings follow each other, has both ends of its samples.
    """

    def __init__(self, guest, begins, ends):
        self.guest = guest
        self.begins, self.ends = begins, ends

    def of(self, steps):
        """Lists of (address, in a guest)."""
        current = None
        for step in steps:
            if step[1] and step[0] in self.guest.clocks:
                function = self.guest.clocks[step[0]]
                if current is None:
                    if function in self.begins:
                        current = [step]
                    continue
                if function in self.ends:
                    yield current
                    current = None
                    continue
                if function in self.begins:         # what was begun was given up
                    current = []
            if current is not None:
                current.append(step)


class Places:
    """Where addresses are, with a cache."""

    def __init__(self, symbols, guest):
        self.symbols, self.guest, self.known = symbols, guest, {}

    def of(self, step):
        place = self.known.get(step)
        if place is None:
            where = self.guest if step[1] else self.symbols
            place = self.known[step] = where.at(step[0])
        return place


# What KVM does after an exit that no instruction of the guest has caused
UNASKED = frozenset({"intr_interception", "interrupt_window_interception", "nmi_interception"})


def without_trapped(segment, places):
    """
    The segment without the instructions that have been logged and not executed: those of the guest
    that caused an exit. KVM does for it what they would have done, and steps over them.
    """
    left, last = [], None
    for step in segment:
        if last and last[1] and not step[1]:            # out of the guest
            at = len(left) - 1
            trapped = True
        if not step[1] and places.of(step).function in UNASKED:
            trapped = False
        if last and step[1] and not last[1] and trapped:    # and into it again
            del left[at]
            trapped = False
        left.append(step)
        last = step
    return left


def around_wait(segment, places):
    """
    Of a measurement in which a timer counts: what comes before the clock is read from which the
    timer counts, and what comes from the host's timer interrupt on, with the way out of the guest if
    that has been interrupted. In between the CPU has nothing to do with it, or idles.
    """
    functions = [places.of(step).function for step in segment]
    started = functions.index("hrtimer_start_range_ns")
    read = max(i for i in range(1, started) if functions[i] == "read_tsc" != functions[i - 1])
    fired = functions.index("asm_sysvec_apic_timer_interrupt", started)
    left = max(i for i in range(fired) if segment[i][1]) + 1
    return segment[:read] + segment[fired if "native_safe_halt" in functions[left:fired] else left:]
