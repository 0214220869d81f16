# SPDX-License-Identifier: MIT
"""A machine that systemd runs: process 1 in namespaces of its own. Only the network is that of this machine, so that
a portal of the tests is reached."""

import contextlib
import ctypes
import itertools
import os
import pathlib
import shutil
import signal
import subprocess
import time

import conftest

HERE = pathlib.Path(__file__).resolve().parent
SUITES = ("bookworm", "trixie")   # systemd 252 and 257
START_S, COMMAND_S = 30, 120
COUNT = itertools.count()
# In a mount namespace of its own, $1 the name of a control group, $2 an empty folder: enter that group, and have
# $0 begin in it; remove the group, once its processes are gone.
ENTER = """name=$1 root=$2; shift; mount -t cgroup2 cgroup2 "$root"; mkdir "$root/$name"
echo $$ >"$root/$name/cgroup.procs"; umount "$root"
exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child sh "$0" "$@"
"""
LEAVE = """mount -t cgroup2 cgroup2 "$2"
for try in 1 2 3 4 5 6 7 8 9; do
    [ ! -d "$2/$1" ] || find "$2/$1" -depth -type d -exec rmdir {} + 2>/dev/null || { sleep 0.1; continue; }
    exit 0
done
exit 1
"""
ETC = {
    "machine-id": "0123456789abcdef0123456789abcdef\n",
    "hostname": "machine\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "passwd": "root:x:0:0:root:/root:/bin/sh\nloader:x:990:990:loader:/nonexistent:/usr/sbin/nologin\n"
              "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nloader:x:990:\nprometheus:x:991:\nnogroup:x:65534:\n",
    "systemd/system/test.target": "[Unit]\nRequires=basic.target systemd-journald.service\nAfter=basic.target\n",
}


def killed_with_parent():
    """Have the kernel kill this process with its parent: unshare does not hear SIGTERM."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def why_not():
    """Why there can be no such machine here; empty if there can."""
    if os.geteuid() != 0:
        return "systemd as process 1 of namespaces needs root"
    probe = subprocess.run(["unshare", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork", "sh", "-c",
                            "mount -t tmpfs t /mnt && mkdir /mnt/c && mount -t cgroup2 c /mnt/c && mkdir /mnt/c/probe &&"
                            " rmdir /mnt/c/probe"], capture_output=True, text=True, check=False)
    return "" if probe.returncode == 0 else f"no namespaces with a cgroup2: {probe.stderr.strip().splitlines()[-1:]}"


def usr_of(suite):
    """/usr of a Debian with systemd, unpacked and not configured: (folder, systemd's version)."""
    where = conftest.ROOT / "build/packages/systemd" / suite
    if not (where / "done").exists():
        shutil.rmtree(where, ignore_errors=True)
        for name in ("bin", "lib", "lib64", "sbin"):   # bookworm's packages still have files in these
            (where / "usr" / name).mkdir(parents=True)
            (where / name).symlink_to(f"usr/{name}")
        conftest.run("debootstrap", "--variant=minbase", "--include=systemd", "--download-only", suite, where / "got")
        for package in sorted(where.glob("got/var/cache/apt/archives/*.deb")):
            conftest.run("sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$1"', package, where)
        shutil.rmtree(where / "got")
        (where / "done").touch()
    libraries = list(where.glob("usr/lib/*/systemd/libsystemd-shared-*.so"))
    return where / "usr", libraries[0].stem.rpartition("-")[2]


class Machine:
    """Boots when constructed; use it as a context manager. `stage` holds usr/ (over Debian's), etc/ and var/."""

    def __init__(self, usr, stage):
        self.stage, self.process, self.pid = stage, None, None
        for name, text in ETC.items():
            path = stage / "etc" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for name in ("usr", "var/lib", "var/log"):
            (stage / name).mkdir(parents=True, exist_ok=True)
        self._root = stage.with_name(stage.name + ".root")
        self._root.mkdir()
        self._name = f"fluxvision-test-{os.getpid()}-{next(COUNT)}"
        with open(stage.with_name(stage.name + ".log"), "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-euc", ENTER, HERE / "systemd_boot.sh", self._name, self._root, usr, stage],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=killed_with_parent, start_new_session=True)
        try:
            self._wait_until_up()
        except BaseException:
            self.stop()
            raise

    def _wait_until_up(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, ValueError):
                self.pid = int(pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text())
                if os.readlink(f"/proc/{self.pid}/exe").endswith("/systemd/systemd"):
                    state = self.run("systemctl", "is-active", "test.target", status=None)
                    if state.strip() == "active":
                        return
            time.sleep(0.05)
        raise RuntimeError("systemd did not come up:\n" +
                           self.stage.with_name(self.stage.name + ".log").read_text(errors="replace"))

    def start(self, *command):
        """Start a command on the machine."""
        return subprocess.Popen(["nsenter", f"--target={self.pid}", "--mount", "--pid", "--uts", "--ipc", "--cgroup",
                                 "--root", "--wd", "env", "-i", "PATH=/usr/sbin:/usr/bin", "SYSTEMD_PAGER=",
                                 *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, preexec_fn=killed_with_parent)

    def run(self, *command, status=0):
        """Run a command on the machine; both its streams in one text."""
        process = self.start(*command)
        out = process.communicate(timeout=COMMAND_S)[0].decode()
        assert status is None or process.returncode == status, f"{command}: {process.returncode}\n{out}\n{self.log()}"
        return out

    def shell(self, script, status=0):
        """Run a script of a shell on the machine."""
        return self.run("sh", "-euc", script, status=status)

    def log(self, *unit):
        """The journal, of one unit or of all."""
        return self.run("journalctl", "--no-pager", "-o", "cat", *(f"--unit={one}" for one in unit), status=None)

    def show(self, unit, name):
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def stop(self):
        """End it, as a power cut would; nothing of it is left."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid or self.process.pid, signal.SIGKILL)
            self.process.wait()
        subprocess.run(["unshare", "--mount", "sh", "-euc", LEAVE, "sh", self._name, self._root], check=True)
        self.pid = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
