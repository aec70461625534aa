# SPDX-License-Identifier: GPL-2.0
"""
The shell blocks of Documentation/, which tests run. A block says by its class where:

  host      in a lab host: lab/tests/guest/test_docs.py
  vm        there, with a VM whose control socket is vm.sock
  here      on any machine with a launcher: lab/tests/lab/test_docs.py
  not-run   nowhere, as it installs packages, loads a module into this machine, or takes minutes

and a block of class "output" behind one is what it prints, with "..." for any text. The blocks of
the pages in ELSEWHERE have no class: other tests run them. The examples of keel(1) are run in a lab
host, too.
"""
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MANUAL = TOP / "Documentation/keel.1"
PAGES = sorted((TOP / "Documentation").rglob("*.rst"))
ELSEWHERE = {"adding-a-device.rst": "lab/newchip", "tracing.rst": "lab/tests/guest/test_trace.py",
             "containers.rst": "lab/tests/packages/test_containers.py"}
VM = """keel run --control vm.sock vmlinuz >console &
until keel status vm.sock >status 2>&1; do sleep 1; done
"""
BLOCK = re.compile(r"(?m)^\.\. code-block:: (\w+)\n(?:   :class: ([\w-]+)\n)?((?:   :.*\n)*)"
                   r"\n((?:   .*\n|\n)+)")


@dataclass
class Example:
    """A block of commands, and what it prints if the page says so."""
    page: str
    number: int
    where: str
    commands: str
    output: str = ""

    def __str__(self):
        return f"{self.page.removesuffix('.rst')} {self.number}"

    def run(self, folder, launcher, text=""):
        """Runs it in a folder with what examples name; returns what is wrong, or nothing."""
        ends = "trap 'kill -9 $(jobs -p) 2>/dev/null || :' EXIT"
        done = subprocess.run(["bash", "-e", "-c", f"{ends}\n{self.commands}"],
                              cwd=prepared(folder, launcher), input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=600)
        pattern = ".*".join(map(re.escape, self.output.split("...")))
        if done.returncode:
            return f"status {done.returncode}: {done.stdout}"
        if self.output and not re.fullmatch(pattern, done.stdout.strip(), re.S):
            return f"printed {done.stdout!r}, not {self.output!r}"
        return ""


def prepared(folder, launcher):
    """The folder, with a guest that echoes, a RAM disk, and a disk."""
    payload = launcher.parent / "payload"
    (folder / "vmlinuz").symlink_to(payload)
    (folder / "initrd.img").write_bytes(b"\0" * 512)
    (folder / "disk.raw").write_bytes(b"\0" * 65536)
    (folder / "vm.json").write_text('{"kernel": "vmlinuz"}')
    return folder


def examples_of(page):
    found = []
    for language, where, _, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        text = re.sub(r"(?m)^   ", "", text).strip()
        if where == "output":
            found[-1].output = text
        elif language == "sh" and where == "vm":
            found.append(Example(page.name, len(found) + 1, "host", VM + text))
        elif language == "sh":
            found.append(Example(page.name, len(found) + 1, where, text))
    return found


def examples_of_manual():
    """The displayed lines of the manual page's section of examples, by paragraph."""
    text = MANUAL.read_text(encoding="utf-8").split(".Sh EXAMPLES\n")[1].split(".Sh ")[0]
    for escape, character in (r"\(dq", '"'), (r"\e", "\\"):
        text = text.replace(escape, character)
    blocks = re.findall(r"(?m)(?:^\.Dl .*\n)+", text)
    return [Example(MANUAL.name, number, "host", block.replace(".Dl ", "").strip())
            for number, block in enumerate(blocks, 1)]


def examples(where):
    """All that are to be run there."""
    found = [example for page in PAGES for example in examples_of(page)]
    return [example for example in [*found, *examples_of_manual()] if example.where == where]
