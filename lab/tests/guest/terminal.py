# SPDX-License-Identifier: GPL-2.0
"""A keel in a terminal window, and a shell in its guest."""
import fcntl
import os
import pty
import struct
import subprocess
import termios

from keel import Keel


class Terminal(Keel):
    """keel's standard input and output, and its controlling terminal, are a window."""

    def __init__(self, folder):
        super().__init__(folder, wrapper=["setsid", "-c"])
        self.master, self.slave = pty.openpty()
        self.modes = self.modes_now()
        self.size(31, 97)

    def _open(self):
        return ((os.dup(self.master), os.dup(self.slave)),
                (os.dup(self.slave), os.dup(self.master)))

    def size(self, rows, columns):
        """Resizes the window."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def shell(self, command):
        """Runs a line in the guest's shell, and returns its output."""
        begin = self.at
        self.tell(f"{command}\necho '@' over")
        self.expect("^@ over$")
        return "\n".join(self.lines[begin:self.at - 1]).strip()

    def modes_now(self):
        return termios.tcgetattr(self.slave)

    def leaves(self, status):
        """keel ends with this status, and the window has the modes that it had before."""
        self.ends(status)
        assert self.modes_now() == self.modes

    def kill(self):
        """SIGKILL to all processes of the window, after which it is no longer raw."""
        if self.process is not None:
            subprocess.run(["pkill", "-KILL", "--session", str(self.pid)], check=False)
        super().kill()
        termios.tcsetattr(self.slave, termios.TCSANOW, self.modes)
