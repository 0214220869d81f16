# SPDX-License-Identifier: MIT
"""A network of a test's own: a wire to the board (a tap in a namespace), a DHCP server (dnsmasq) on it, name servers
that do as they are told."""

import contextlib
import ctypes
import os
import socket
import struct
import subprocess
import threading
import time

HERE = "10.77.0.1"   # this machine, on the wire
NOBODY = "10.77.0.66"
PORT = 4443          # of a portal that Wire.listen has
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*command):
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


class Wire:
    """A network namespace in which this thread is until the end, and what it starts: portals, QEMU."""

    listen = {"port": PORT, "server_extra": f"listen {HERE}:{PORT} ssl;"}   # for a portal that is to be on the wire

    def __init__(self, directory):
        self.directory, self.dhcp = directory, None
        self.old = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if LIBC.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        if not os.path.exists("/dev/net/tun"):   # a bare chroot
            os.makedirs("/dev/net", exist_ok=True)
            os.mknod("/dev/net/tun", 0o20600, os.makedev(10, 200))
        run("ip", "link", "set", "lo", "up")
        run("ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
        run("ip", "addr", "add", f"{HERE}/24", "dev", "tap0")
        run("ip", "link", "set", "tap0", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_dhcp()
        LIBC.setns(self.old, CLONE_NEWNET)
        os.close(self.old)

    def connect(self, machine):
        """The machine on this wire."""
        return type(machine)(machine.name,
                             machine.command.replace("-nic user,", "-nic tap,ifname=tap0,script=no,downscript=no,"),
                             machine.elf)

    def serve_dhcp(self, first=10, last=20, *options):
        """Addresses HERE.first to HERE.last, for two minutes (dnsmasq's least), and this machine as name server."""
        self.stop_dhcp()
        network = HERE.rsplit(".", 1)[0]
        (self.directory / "leases").unlink(missing_ok=True)
        self.dhcp = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=tap0",
             "--bind-interfaces", "--user=root", "--pid-file=",
             "--dhcp-authoritative", "--no-ping", "--log-dhcp", f"--log-facility={self.directory / 'dhcp.log'}",
             f"--dhcp-leasefile={self.directory / 'leases'}",
             f"--dhcp-range={network}.{first},{network}.{last},255.255.255.0,120",
             f"--dhcp-option=option:dns-server,{HERE}", *options],
            env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"})

    def stop_dhcp(self):
        """There is nobody who gives addresses."""
        if self.dhcp:
            self.dhcp.kill()
            self.dhcp.wait()
            self.dhcp = None

    def dhcp_log(self):
        """What dnsmasq noted."""
        with contextlib.suppress(FileNotFoundError):
            return (self.directory / "dhcp.log").read_text(encoding="utf-8")
        return ""


class Names:
    """A name server. `names` {name: [addresses]}; names that are not there get no answer. A subclass may override
    answer()."""

    def __init__(self, names, address=HERE, port=53):
        self.names, self.asked = names, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, port))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    @staticmethod
    def name(question):
        """The name that is asked for."""
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        return ".".join(labels)

    @staticmethod
    def reply(question, addresses):
        """An answer."""
        records = b"".join(b"\xC0\x0C\0\1\0\1\0\0\0\x3C\0\4" + socket.inet_aton(one) for one in addresses)
        return question[:2] + b"\x81\x80\0\1" + struct.pack("!H", len(addresses)) + bytes(4) + question[12:] + records

    def answer(self, question, who):
        """Answer one question."""
        addresses = self.names.get(self.name(question))
        if addresses is not None:
            self.sock.sendto(self.reply(question, addresses), who)

    def serve(self):
        """Answer until closed."""
        with contextlib.suppress(OSError):
            while True:
                question, who = self.sock.recvfrom(512)
                self.asked.append((time.monotonic(), self.name(question)))
                self.answer(question, who)


class Watch:
    """A board that runs on: what it says, line by line."""

    def __init__(self, machine, card):
        self.lines = []
        self.process = machine.start(card)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def read(self):
        """Keep what is said."""
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace").strip())

    def count(self, words):
        """How many lines have these words."""
        return sum(words in line for line in self.lines)

    def until(self, words, times=1, timeout=120):
        """Wait until so many lines have them."""
        end = time.monotonic() + timeout
        while self.count(words) < times:
            assert time.monotonic() < end and (self.process.poll() is None or self.reader.is_alive()), \
                f"no {words!r}:\n" + "\n".join(self.lines[-40:])
            time.sleep(0.1)
