# SPDX-License-Identifier: GPL-2.0
"""
A launcher in a lab host, and its guest, which takes commands on its console and reports there
results, a line each: "@ KEY VALUE". Also how a test waits: here a process that polls often
takes as much of an emulated CPU as the work it waits for.
"""
import json
import os
import re
import select
import signal
import subprocess
import time
from pathlib import Path

LIMIT = 600     # seconds; after that a step counts as hung
BZIMAGE = os.environ.get("KEEL_BZIMAGE", "")
IMAGE = os.environ.get("KEEL_IMAGE", "")
INITRD = os.environ.get("KEEL_INITRD", "")
GRUB = os.environ.get("KEEL_GRUB", "")      # a disk; see lab/grub
ISO = os.environ.get("KEEL_ISO", "")        # and its image of a CD
LONG = bool(os.environ.get("KEEL_LONG"))
KEPT = Path(os.environ.get("KEEL_KEPT", ""))    # see AFTER, in run
TOP = Path(__file__).resolve().parents[3]
PAYLOAD = str(TOP / "build/userspace/payload")     # userspace/test/payload.S
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|c)")
NOBODY = ["setpriv", "--reuid", "65534", "--clear-groups"]      # runs a command as another user


class Kind:
    """
    A kind of guest, a parameter of tests: its options, the name that results show, and the name
    for pytest's -k.
    """

    def __init__(self, label, *options, **facts):
        self.label, self.options = label, list(options)
        self.id = re.sub(r"\W+", "_", label)
        self.__dict__.update(facts)


ON = Kind("accelerator on")
OFF = Kind("accelerator off", "--no-bus")
ON_AND_OFF = [ON, OFF]


def program(name):
    """The path of one of the file's programs and libraries, in the host."""
    return os.environ[f"KEEL_PROGRAM_{name}"]


def kernel(version):
    """The image and the initramfs of one of the file's KERNELS."""
    word = re.sub(r"\W", "_", version)
    return os.environ[f"KEEL_KERNEL_{word}"], os.environ[f"KEEL_INITRD_{word}"]


def foreign(name):
    """The image of one of the file's FOREIGN kernels."""
    return os.environ[f"KEEL_FOREIGN_{name}"]


def disk(name):
    """One of the file's BOOTABLE disks."""
    return os.environ[f"KEEL_DISK_{name}"]


def run(*command, **options):
    """Runs a program, which must succeed; returns what it prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, **options)
    assert done.returncode == 0, f"{command}: status {done.returncode}, {done.stderr}"
    return done.stdout.strip()


def ended(*arguments, text=b"", wrapper=(), limit=LIMIT, **options):
    """
    "keel run" with these arguments and this text on its standard input, to its end: its status,
    its standard output, and its standard error.
    """
    command = [*wrapper, "keel", "run", *map(str, arguments)]
    try:
        done = subprocess.run(command, input=text, capture_output=True, check=False, timeout=limit,
                              **options)
        status, output, said = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        status, output, said = f"none in {limit} s", late.stdout or b"", late.stderr or b""
    return status, output, said.decode(errors="replace")


def refused(status, text, *arguments, **options):
    """"keel run" with these arguments fails with this status, and one line that begins so."""
    got, output, said = ended(*arguments, **options)
    assert (got, output) == (status, b""), said
    assert re.fullmatch(f"keel: {text}.*\n", said), said


def until(condition, what="", limit=LIMIT, pause=0.2):
    """Waits until condition() is true, and returns its value."""
    end = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < end, f"not in {limit} s: {what or condition}"
        time.sleep(pause)
    return value


def final(said):
    """The counters that keel has printed at its end (--stats=json), on its standard error."""
    return json.loads(re.findall(r"(?ms)^\{.*?^\}", said)[-1])


class Keel:
    """
    A keel process. Its standard input and output are pipes, which stay open when it is killed and
    another one takes its place.

    folder: for its control socket and what it says on standard error
    wrapper: a command that runs it, as another user for example
    """

    def __init__(self, folder, wrapper=()):
        self.folder, self.wrapper = Path(folder), list(wrapper)
        self.control = self.folder / "control"
        self.messages = self.folder / "err"
        self.process = None
        self.lines = []         # of the guest, without carriage returns
        self.at = 0             # of them, the first that expect() has not seen
        self.shown = 0          # of the screen's text, what shows() has seen
        self.rest = b""         # of the guest, an unfinished line
        self.output = self.input = None

    # ---- Its life ----

    def start(self, *arguments, fds=(), **streams):
        """Starts "keel run" with these arguments, a fresh console and no messages."""
        self._close()
        self.lines, self.at, self.shown, self.rest = [], 0, 0, b""
        self.messages.write_bytes(b"")
        self.output, self.input = self._open()
        self._spawn(arguments, fds, streams)

    def _open(self):
        """The guest's output and input, each as the descriptors to read and to write."""
        return os.pipe(), os.pipe()

    def boot(self, *options, append="", fds=(), image=None, **streams):
        """Starts Debian's kernel with the file's initramfs."""
        self.start(*options, "--append", f"console=ttyS0 quiet panic=-1 {append}".strip(),
                   "--initrd", INITRD, image or IMAGE, fds=fds, **streams)

    def restore(self, file, *options, fds=(), **streams):
        """Another process goes on with a saved VM, on the same console."""
        self._spawn(["--restore", file, *options], fds, streams)
        self.comes_up()

    def comes_up(self):
        """Waits until its control socket answers."""
        until(lambda: self.answers() or not self.running(), "keel answers")
        assert self.running(), self.said_on_stderr()

    def _spawn(self, arguments, fds, streams):
        with open(self.messages, "ab") as messages:
            self.process = subprocess.Popen(
                [*self.wrapper, "keel", "run", "--control", self.control,
                 *[str(a) for a in arguments]], stdin=streams.get("stdin", self.input[0]),
                stdout=streams.get("stdout", self.output[1]), stderr=messages, pass_fds=fds)

    @property
    def pid(self):
        return self.process.pid

    def descriptors(self):
        """What is open. A connection that its client has closed is, until its thread sees that: what
        is to be compared with later is taken before the first client."""
        return sorted(os.listdir(f"/proc/{self.pid}/fd"))

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ends(self, status=0):
        """It ends, with this status (or by a signal: -N); all its output is read."""
        os.close(self.output[1])
        self.output = (self.output[0], None)
        end = time.monotonic() + LIMIT
        while self._read(end):
            pass
        try:
            got = self.process.wait(max(1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
            got = "none: it did not end"
        self._close()
        assert got == status, f"keel's status is {got}, not {status}: {self.said_on_stderr()}"

    def _close(self):
        for pipe in filter(None, (self.output, self.input)):
            for fd in pipe:
                if fd is not None:
                    os.close(fd)
        self.output = self.input = None

    # ---- Its guest's console ----

    def _ready(self, end):
        """Waits for output, or for keel's end, until the time "end"."""
        if not self.running():
            return select.select([self.output[0]], [], [], 0)[0]
        ended = os.pidfd_open(self.pid)
        try:
            return select.select([self.output[0], ended], [], [], max(0, end - time.monotonic()))[0]
        finally:
            os.close(ended)

    def _read(self, end):
        """Reads some of the guest's output; false if there is no more, or it took too long."""
        if self.output[0] not in self._ready(end):
            return False
        data = os.read(self.output[0], 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.lines += [line.rstrip(b"\r").decode(errors="replace") for line in lines]
        return bool(data)

    def expect(self, pattern, limit=LIMIT):
        """
        Reads on until the guest has printed a line in which the pattern is found, and returns the
        match. Later calls look behind that line. A guest that goes on printing is not hung: a whole
        system takes long on a busy machine, and lab/host has a limit for the test.
        """
        while True:
            for line in self.lines[self.at:]:
                self.at += 1
                if match := re.search(pattern, line):
                    return match
            self._more(pattern, limit)

    def shows(self, text):
        """
        Reads on until the text is there, though its line is not finished, and the cursor is moved in
        it. Later calls look behind it.
        """
        while (at := self.screen().find(text, self.shown)) < 0:
            self._more(text, LIMIT)
        self.shown = at + len(text)

    def screen(self):
        """All that the guest has printed, without what moves the cursor and sets colours."""
        return ESCAPES.sub("", "\n".join([*self.lines, self.rest.decode(errors="replace")]))

    def _more(self, pattern, limit):
        """Reads some of the guest's output, which is to come within so many seconds."""
        if not self._read(time.monotonic() + limit):
            state = "says nothing more" if self.running() else "has ended"
            self.kill()     # so that later steps do not wait for it
            raise AssertionError(f'the guest did not say "{pattern}": keel {state}')

    def drain(self):
        """Reads what the guest has printed so far, so that it need not wait."""
        while self._read(time.monotonic()):
            pass

    def report(self, key, limit=LIMIT):
        """Reads on until the guest reports KEY, and returns the value."""
        return self.expect(rf"^@ {key}( |$)", limit).string[len(f"@ {key} "):]

    def type(self, text):
        """Writes to the guest, without a newline."""
        os.write(self.input[1], text.encode())

    def tell(self, *words):
        """Writes a line to the guest."""
        self.type(f"{' '.join(map(str, words))}\n")

    def do(self, *words):
        """A command, and the answer when the guest has carried it out: "@ done VERB ANSWER"."""
        self.tell(*words)
        return self.report(f"done {words[0]}")

    def said(self, key):
        """All values of KEY that the guest has reported so far."""
        start = f"@ {key} "
        return [line[len(start):] for line in self.lines if line.startswith(start)]

    # ---- Seen from outside ----

    def said_on_stderr(self):
        """keel's messages, without its final counters."""
        return re.sub(r"(?ms)^\{.*?^\}\n?", "", self.messages.read_text(errors="replace"))

    def final(self):
        """The counters that it has printed at its end."""
        return final(self.messages.read_text(errors="replace"))

    def ctl(self, *request):
        return run("keel", "ctl", self.control, *request)

    def answers(self):
        """Its control socket is there."""
        return subprocess.run(["keel", "ctl", self.control, "status"], capture_output=True,
                              check=False).returncode == 0

    def status(self):
        return json.loads(self.ctl("status"))

    def stats(self):
        return json.loads(self.ctl("stats", "--json"))

    def inspect(self, *devices):
        return json.loads(self.ctl("inspect", "--json", *devices))

    def counters(self):
        """The counters by device and name, which debugfs has of a paused VM as well."""
        found = {}
        for file in Path("/sys/kernel/debug/keel").glob(f"{self.pid}-*/stats"):
            for line in file.read_text().splitlines():
                device, name, value = line.split()
                found.setdefault(device, {})[name] = int(value)
        return found

    def threads(self):
        """The names of its threads."""
        return [name for name, _ in self.tasks()]

    def sleeps(self, thread, where):
        """A thread sleeps in a kernel function with this word in its name."""
        return any(name == thread and where in (folder / "wchan").read_text()
                   for name, folder in self.tasks())

    def tasks(self):
        """Its threads: for each its name and its folder in /proc."""
        for folder in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                yield (folder / "comm").read_text().strip(), folder
            except OSError:     # it has ended
                pass

    def save(self, file):
        self.ctl("save", file)

    def moved(self, file, *options, fds=()):
        """Saved, killed with SIGKILL, and restored with these options."""
        self.save(file)
        self.kill()
        self.restore(file, *options, fds=fds)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        self.signal(signal.SIGTERM)

    def goes_on(self):
        """Waits until its guest, which polls its UART, has run for a while."""
        before = self.stats()["uart0"]["regs.reads"]
        until(lambda: self.stats()["uart0"]["regs.reads"] > before, "the guest runs")

    def evidence(self):
        """What a failed test shows of it."""
        state = "runs" if self.running() else f"status {self.process and self.process.poll()}"
        guest = "\n".join(f"| {line[:200]}" for line in self.lines[-25:])
        errors = "\n".join(f"! {line}" for line in self.said_on_stderr().splitlines()[-15:]) \
            if self.messages.exists() else ""
        return f"keel {state}; the guest's last lines, and keel's:\n{guest}\n{errors}"


class Events:
    """"keel events", and what it has printed: of the serial ports' outputs, or all else."""

    def __init__(self, vm, serial=False):
        self.serial = serial
        self.process = subprocess.Popen(["keel", "events", vm.control], stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def next(self):
        """The next event; waits for it."""
        while True:
            event = json.loads(self.process.stdout.readline())
            if (event["event"] == "serial") == self.serial:
                return event

    def names(self, number):
        return [self.next()["event"] for _ in range(number)]


def unneeded_returns(stats):
    """Returns to userspace that --strict counts, in a VM's counters."""
    return sum(device.get("returns_unexpected", 0) for device in stats.values())


def returns(stats):
    """Returns of vCPUs to the launcher, in counters by device."""
    return sum(device.get("return.kvm", 0) + device.get("return.error", 0)
               for device in stats.values())
