# SPDX-License-Identifier: GPL-2.0
"""
Disks that are no operating system's, started by SeaBIOS and OVMF: GRUB without most of itself, into
whose rescue shell one types; memtest86+; iPXE, which loads over a network. As Debian has them, and
over the serial console alone.
"""
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import keel
import network
from keel import Kind

HOST = {"modules": "tun vhost_net af_packet"}
FOREIGN = {"ipxe": "ipxe usr/lib/ipxe/ipxe.iso"}
BOOTABLE = {"rescue": "--rescue",
            "memtest": "--file memtest.bin=memtest86+/boot/memtest86+x64.bin "
                       "--file memtest.efi=memtest86+/boot/memtest86+x64.efi",
            "ipxe_efi": "--file EFI/BOOT/BOOTX64.EFI=ipxe/boot/ipxe.efi"}

SEABIOS = Kind("SeaBIOS", "--firmware", "seabios", "-m", "32M", firmware="seabios")
SEABIOS_OFF = Kind("SeaBIOS, accelerator off", "--no-bus", "--firmware", "seabios", "-m", "32M",
                   firmware="seabios")
OVMF = Kind("OVMF", "--firmware", "ovmf", "-m", "256M", firmware="ovmf")
OVMF_OFF = Kind("OVMF, accelerator off", "--no-bus", "--firmware", "ovmf", "-m", "256M",
                firmware="ovmf")
KINDS = [SEABIOS, SEABIOS_OFF, OVMF, OVMF_OFF] if keel.LONG else [SEABIOS]
AHEAD = 8       # keys at a time; a BIOS keeps 15 that are not read, and loses what else is typed
firmwares = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)


def enter(vm, line):
    """Types a line, as fast as it is echoed."""
    for start in range(0, len(line), AHEAD):
        keys = line[start:start + AHEAD]
        vm.type(keys)
        vm.shows(keys)
    vm.type("\r")


def converse(vm, prompt, *steps):
    """Enters lines at prompts, and waits for their answers."""
    for line, answer in steps:
        vm.shows(prompt)
        enter(vm, line)
        vm.shows(answer)


@firmwares
def test_rescue(vm, kind):
    """GRUB's rescue shell does what is typed"""
    vm.start(*kind.options, "--disk", f"{keel.disk('rescue')},ro")
    converse(vm, "grub rescue> ", ("ls", "(hd0) (hd0,msdos1)"), ("set answer=for'ty-two'", "\n"),
             ("set", "answer=forty-two\n"), ("insmod nothing", "nothing.mod' not found"))


@pytest.mark.long
@firmwares
def test_memtest(vm, tmp_path, kind):
    """memtest86+ finds no error in its first tests"""
    screen = tmp_path / "screen"
    with open(screen, "wb") as output:
        vm.start(*kind.options, "--disk", f"{keel.disk('memtest')},ro", stdout=output)
    keel.until(lambda: b"@ ask grub" in screen.read_bytes(), "GRUB")
    program = {"seabios": "bin", "ovmf": "efi"}[kind.firmware]
    vm.type(f"linux /memtest.{program} console=ttyS0,115200; boot\r")
    keel.until(lambda: b"#4" in screen.read_bytes(), "the fourth test")
    assert set(re.findall(rb"Errors: +(\d+)", screen.read_bytes())) == {b"0"}


# ---- iPXE ----

SCRIPT = "#!ipxe\necho @ loaded over http\nshell\n"


class Answer(BaseHTTPRequestHandler):
    """A script for iPXE, whatever is asked for."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(SCRIPT)))
        self.end_headers()
        self.wfile.write(SCRIPT.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """The URL of a script, as a guest of --net user sees it."""
    http = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://10.0.2.2:{http.server_address[1]}/script"
    http.shutdown()


@pytest.mark.long
@firmwares
def test_ipxe(vm, kind, server):
    """iPXE, as a disk, has an address by DHCP from a virtio network device, and loads a script"""
    disk = keel.foreign("ipxe") if kind.firmware == "seabios" else keel.disk("ipxe_efi")
    vm.wrapper = network.OWN_ROOT
    vm.start(*kind.options, "--disk", f"{disk},ro", "--net", "user")
    vm.shows("Press Ctrl-B")
    vm.type("\x02")
    converse(vm, "iPXE> ", ("dhcp", ". ok"), (f"chain {server}", "@ loaded over http"))
