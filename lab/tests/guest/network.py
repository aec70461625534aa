# SPDX-License-Identifier: GPL-2.0
"""The host's side of guests' networks: a tap, servers for one connection, programs beside."""
import hashlib
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from keel import LIMIT, run

# Runs a command with the own root folder of the machine: a process in a chroot can make no user
# namespace, as keel does for the network of a user
OWN_ROOT = ["nsenter", "-t", "1", "-m", "/bin/busybox", "unshare", "-m", "/bin/busybox", "sh", "-c",
            'cd /host && busybox mount --move . / && exec busybox chroot . "$@"', "sh"]


def sum_of(data):
    """As the guest prints it, with sha256sum."""
    return f"{hashlib.sha256(data).hexdigest()}  -"


def receive(connection):
    """All that comes, up to its end."""
    data = b""
    while part := connection.recv(1 << 16):
        data += part
    return data


@contextmanager
def server(port, talk):
    """A server for one connection; yields the future of talk(connection)."""
    with socket.create_server(("", port)) as listener, ThreadPoolExecutor(1) as thread:
        listener.settimeout(LIMIT)

        def serve():
            with listener.accept()[0] as connection:
                connection.settimeout(LIMIT)
                return talk(connection)
        yield thread.submit(serve)


@contextmanager
def beside(*command, ready=None):
    """A program that runs meanwhile; its first line must be the ready one, if it has one."""
    with subprocess.Popen([str(word) for word in command], text=True, stderr=subprocess.DEVNULL,
                          stdout=subprocess.PIPE if ready else subprocess.DEVNULL) as process:
        try:
            assert not ready or process.stdout.readline().strip() == ready
            yield process
        finally:
            process.kill()


@contextmanager
def tap(name, address, *options):
    """A tap, on which guests reach this address of the host."""
    run("ip", "tuntap", "add", name, "mode", "tap", *options)
    try:
        run("ip", "addr", "add", f"{address}/24", "dev", name)
        run("ip", "link", "set", name, "mtu", 1400, "up")
        yield
    finally:
        run("ip", "link", "del", name)


@contextmanager
def name_server(folder, address):
    """The host's name server, which knows this address for each name."""
    def answer():
        while True:
            query, client = server_.recvfrom(512)
            is_a = query[query.index(0, 12) + 2] == 1       # it asks for an IPv4 address
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address)
            server_.sendto(query[:2] + b"\x81\x80\0\1\0" + bytes([is_a]) + b"\0\0\0\0" +
                           query[12:] + (record if is_a else b""), client)

    server_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server_.bind(("127.0.0.1", 53))
    threading.Thread(target=answer, daemon=True).start()
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    run("mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf")
    try:
        yield
    finally:
        run("umount", "/etc/resolv.conf")
