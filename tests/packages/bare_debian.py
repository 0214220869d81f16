# SPDX-License-Identifier: MIT
"""A bare Debian in a folder: what debootstrap makes of a suite, entered by chroot in namespaces of its own."""

import pathlib
import shutil

from conftest import run

# Its processes and mounts end with the command.
ENTER = """
root=$1; shift
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys" 2>/dev/null || :
mount --bind /dev "$root/dev"
exec "$@"
"""
APT = ("apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=3")
# What apt and dpkg write down of their own work.
THEIR_OWN = ("./proc", "./sys", "./dev", "./tmp", "./root", "./var/cache/apt", "./var/cache/debconf",
             "./var/cache/ldconfig", "./var/log", "./var/lib/apt", "./var/lib/dpkg", "./etc/ld.so.cache")


class Bare:
    """A folder with a Debian. Commands see the network only if they are told so."""

    def __init__(self, folder):
        self.folder = folder

    @classmethod
    def of(cls, suite, folder):
        """Make one of a suite, of the packages that a bare system has."""
        run("debootstrap", "--variant=minbase", suite, folder, timeout=1200)
        # A service that a package brings is not started here.
        policy = folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        policy.chmod(0o755)
        return cls(folder)

    def copy(self, folder):
        """Another one like this."""
        run("cp", "-a", self.folder, folder)
        return Bare(folder)

    def outside(self, *command, net=False, **how):
        """Run a command of this machine while the folder has its /proc and /dev."""
        cut = () if net else ("--net",)
        return run("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--propagation",
                   "private", *cut, "sh", "-euc", ENTER, "sh", self.folder, *command, **how)

    def run(self, *command, net=False, **how):
        """Run a command in it."""
        return self.outside("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
                            "DEBIAN_FRONTEND=noninteractive", "chroot", self.folder, *command, net=net, **how)

    def apt(self, *command, net=False, **how):
        """Run apt-get in it."""
        return self.run(*APT, *command, net=net, **how)

    def put(self, where, *files):
        """Copy files into a directory of it; returns the paths that they have there."""
        (self.folder / where).mkdir(parents=True, exist_ok=True)
        return [f"/{where}/{pathlib.Path(shutil.copy(f, self.folder / where)).name}" for f in files]

    def state(self):
        """Each file that is there, with its kind, mode, owner and target, without what apt and dpkg write down."""
        prune = [word for name in THEIR_OWN for word in ("-path", name, "-o")][:-1]
        lines = run("find", ".", "-xdev", "(", *prune, ")", "-prune", "-o", "-printf", "%p %y %m %u %l\n",
                    cwd=self.folder).splitlines()
        return set(lines)
