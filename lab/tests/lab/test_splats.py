# SPDX-License-Identifier: GPL-2.0
"""Which lines of a kernel's log are reports of bugs (splats, in lab/lib.sh)."""
import subprocess

import pytest
from docs import examples

OOM = """[ 9.1] keel-vcpu0 invoked oom-killer: gfp_mask=0xcc0, order=0
[ 9.2] Call Trace:
[ 9.3]  dump_stack_lvl+0x44/0x5c
"""
CGROUP = "[ 9.4] Memory cgroup out of memory: Killed process 7 (keel) total-vm:9kB\n"
MACHINE = "[ 9.4] Out of memory: Killed process 7 (keel) total-vm:9kB\n"
OOPS = "[ 9.5] Oops: 0002 [#1] PREEMPT SMP NOPTI\n"


@pytest.mark.parametrize("text, bug", [
    ("[ 1.0] Linux version 6.1\n", False), (OOPS, True), (OOM + CGROUP, False),
    (OOM + MACHINE, True), (OOM, True), (OOM + CGROUP + OOPS, True), (OOM + OOPS + MACHINE, True),
    ("[ 0.1] WARNING: See https://docs.kernel.org/x.html\n", False)])
def test_splats(tmp_path, text, bug):
    (tmp_path / "log").write_text(text)
    done = subprocess.run(["bash", "-c", f". {examples.TOP}/lab/lib.sh; splats {tmp_path}/log"],
                          stdout=subprocess.PIPE, check=False, text=True)
    assert (done.returncode == 0, bool(done.stdout)) == (bug, bug)
