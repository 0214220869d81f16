# SPDX-License-Identifier: MIT
"""Namespaces of a test's own: mounts, and a network with one cable that can be pulled."""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess


def run(*command):
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


class Space:
    """A mount namespace that lives until stop(). `script` is shell code that is run in it first, with `arguments`."""

    flags = ("-m",)

    def __init__(self, script="", *arguments):
        words = ["unshare", *self.flags, "sh", "-c", f"set -e; {script}; echo ready; exec sleep 600", "sh", *arguments]
        self.holder = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       start_new_session=True)
        if self.holder.stdout.readline() != b"ready\n":
            raise OSError(self.holder.communicate()[1].decode())
        self.prefix = ("nsenter", "-t", self.holder.pid, *self.flags, "-r", "--")  # -r: this may be a chroot

    def run(self, *command):
        """Run a command inside."""
        run(*self.prefix, *command)

    def path(self, inside):
        """How a path of the namespace is reached from outside."""
        return pathlib.Path(f"/proc/{self.holder.pid}/root{inside}")

    def stop(self):
        """End it, and what is mounted in it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.holder.pid, signal.SIGKILL)
        self.holder.wait()
        self.holder.stdout.close()
        self.holder.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Cable(Space):
    """A network namespace whose only way out is a pair of interfaces to this one; `address` is our end, known inside as
    portal.test. Needs root and iproute2."""

    flags = ("-m", "-n")

    def __init__(self, hosts):
        self.near = f"fv{os.getpid() % 10**7}n"
        self.far = f"fv{os.getpid() % 10**7}f"
        net = f"10.{random.randrange(16, 250)}.{random.randrange(250)}"
        self.address = f"{net}.1"
        hosts.write_text(f"{self.address} portal.test\n", encoding="ascii")
        super().__init__('mount --bind "$1" /etc/hosts', hosts)
        try:
            run("ip", "link", "add", self.near, "type", "veth", "peer", "name", self.far, "netns", self.holder.pid)
            run("ip", "addr", "add", f"{self.address}/30", "dev", self.near)
            run("ip", "link", "set", self.near, "up")
            self.run("ip", "addr", "add", f"{net}.2/30", "dev", self.far)
            self.plug()
        except subprocess.CalledProcessError as error:
            self.stop()
            raise OSError(error.stderr.decode()) from None

    def plug(self):
        """The interface inside is up."""
        self.run("ip", "link", "set", self.far, "up")

    def pull(self):
        """The interface inside is down: its routes are gone."""
        self.run("ip", "link", "set", self.far, "down")

    def pull_near(self, up=False):
        """The interface outside is down (or up again): inside, the carrier is lost."""
        run("ip", "link", "set", self.near, "up" if up else "down")

    def stop(self):
        subprocess.run(["ip", "link", "del", self.near], check=False, capture_output=True)
        super().stop()


def can_pull_cables():
    """Why there can be no Cable here, or an empty string."""
    if not shutil.which("ip"):
        return "iproute2 is not installed"
    probe = ["unshare", "-mn", "ip", "link", "add", "fv0", "type", "veth", "peer", "name", "fv1"]
    done = subprocess.run(probe, capture_output=True, check=False)
    return "" if done.returncode == 0 else done.stderr.decode().strip()
