# SPDX-License-Identifier: GPL-2.0
"""A keel in a terminal window, and a shell in its guest (console.guest)."""
import fcntl
import os
import pty
import struct
import termios

from keel import Keel


class Terminal(Keel):
    """keel's standard input and output, and its controlling terminal, are a window."""

    def __init__(self, folder):
        super().__init__(folder, wrapper=["setsid", "-c"])
        self.master, self.slave = pty.openpty()
        self.modes = termios.tcgetattr(self.slave)
        self.size(31, 97)

    def _open(self):
        return ((os.dup(self.master), os.dup(self.slave)),
                (os.dup(self.slave), os.dup(self.master)))

    def size(self, rows, columns):
        """Resizes the window."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        """Keys, without a newline after them."""
        os.write(self.master, text.encode())

    def shell(self, command):
        """Runs a line in the guest's shell, and returns its output."""
        begin = self.at
        self.tell(f"{command}\necho '@' over")
        self.expect("^@ over$")
        return "\n".join(self.lines[begin:self.at - 1]).strip()

    def kill(self):
        """SIGKILL, after which the window is no longer raw."""
        super().kill()
        termios.tcsetattr(self.slave, termios.TCSANOW, self.modes)
