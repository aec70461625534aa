# SPDX-License-Identifier: GPL-2.0
"""
Dumps of a Linux guest, while it runs and of its panic, for Debian's crash: it reads them when the
host has ended (read_crash.py), with the symbols of the guest's kernel. Only in "make check-long",
as these are a package of almost a gigabyte.
"""
import json

from keel import KEPT

HOST = {}
GUEST = {"main": "panic.guest", "modules": "pvpanic-mmio"}
AFTER = "read_crash.py"


def test_dumps(vm):
    """a Linux with two CPUs is dumped, by request and when it panics"""
    vm.boot("-c", 2, "-m", "256M", "--on-panic", "dump", "--dump-file", KEPT / "panic")
    vm.expect("^@ ready$")
    told = {key: vm.said(key)[0] for key in ("release", "banner", "stext")}
    (KEPT / "told").write_text(json.dumps(told), encoding="ascii")
    vm.ctl("dump", KEPT / "running")
    vm.tell()
    vm.ends(42)
