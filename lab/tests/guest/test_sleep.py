# SPDX-License-Identifier: GPL-2.0
"""
Ten seconds of the guest last ten seconds of the host, with each clock source and event source, in
a host whose clocks count instructions: there the guest is never stopped, and complains of nothing.
"""
import re
import time

import pytest

HOST = {"icount": True}
GUEST = {"main": "boot.guest"}

ROWS = {
    "deadline timer": ("", {"event0": "lapic-deadline"}, "^$"),
    "LAPIC timer, TSC": ("no-kvmclock tsc=reliable lapic=notscdeadline",
                         {"event0": "lapic", "clocksource": "tsc"}, "^$"),
    "PIT, PM timer": ("nolapic_timer lapic=notscdeadline no-kvmclock notsc",
                      {"event0": "pit", "timer": "IO-APIC rises", "clocksource": "acpi_pm"},
                      "due to boot parameter notsc|Unstable clock"),
    "HPET": ("nolapic_timer lapic=notscdeadline no-kvmclock notsc",
             {"event0": "hpet", "timer": "IO-APIC rises", "clocksource": "hpet"},
             "due to boot parameter notsc|Unstable clock"),
}


# The first two touch none of Keel's ports
@pytest.mark.parametrize("row", [
    pytest.param(row, marks=pytest.mark.off_long) if row in list(ROWS)[:2] else row for row in ROWS])
def test_sleep(vm, kind, row):
    """{row}: ten seconds last ten seconds"""
    append, expected, allowed = ROWS[row]
    hpet = ["--hpet"] if row == "HPET" else []
    vm.boot(*kind.options, *hpet, "--strict", "-c", 1, append=f"keel.test=sleeps {append}")
    sleeps = 0
    while (line := vm.expect("^@ (sleep|over) ").string) != "@ over sleeps":
        start = time.monotonic()
        vm.expect("^@ slept")
        took = time.monotonic() - start
        assert 9.9 < took < 10.1, f"{line}: {took} s"
        sleeps += 1
    vm.ends(0)
    assert sleeps > 0
    for key, value in expected.items():
        assert vm.said(key) == [value]
    assert [text for text in vm.said("complaint") if not re.search(allowed, text)] == []
