# SPDX-License-Identifier: MIT
"""Packages for OpenWrt read as opkg and apk-tools do, and a folder that acts as the router which has them installed.

In place of the router's programs there are: BusyBox of this machine, as the shell that OpenWrt has; tests/packages/
openwrt/ for rc.common, procd.sh and functions.sh; openwrt_uci.py for uci; and the class Router for procd.
"""

import contextlib
import gzip
import hashlib
import io
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile
import time
import zlib

import openwrt_uci

HERE = pathlib.Path(__file__).resolve().parent
NAME = "fluxvision"
STOP_S = 10


class Package:
    """What a reader found: fields {name: value}, scripts {name: text}, conffiles [path], members [TarInfo], data {path:
    bytes}. Paths are as installed, without the first slash."""

    def __init__(self, fields, scripts, conffiles, tar):
        self.fields, self.scripts, self.conffiles = fields, scripts, conffiles
        self.members = [one for one in tar.getmembers() if one.name != "."]
        self.names = [one.name.removeprefix("./") for one in self.members]
        self.data = {one.name.removeprefix("./"): tar.extractfile(one).read() for one in self.members if one.isfile()}

    def check(self):
        """What holds for both formats: owner, order, modes, parents before what is in them."""
        assert all((one.uid, one.gid) == (0, 0) for one in self.members)
        assert len({one.mtime for one in self.members}) == 1
        assert self.names == sorted(self.names)
        assert all("/" not in name or name.rpartition("/")[0] in self.names for name in self.names)
        modes = {name: one.mode for name, one in zip(self.names, self.members)}
        assert all(modes[name] == 0o755 for name, one in zip(self.names, self.members) if one.isdir())
        assert (modes["usr/bin/fluxvision"], modes["etc/init.d/fluxvision"]) == (0o755, 0o755)
        assert modes["etc/config/fluxvision"] == 0o600, "a configuration that holds a password"
        assert self.conffiles == ["/etc/config/fluxvision"]


def gzip_members(content):
    """The streams of a gzip file: (as they are, unpacked), each."""
    found = []
    while content:
        one = zlib.decompressobj(wbits=31)
        plain = one.decompress(content)
        assert one.eof, "a gzip stream without its end"
        found.append((content[:len(content) - len(one.unused_data)], plain))
        content = one.unused_data
    return found


def untar(content):
    return tarfile.open(fileobj=io.BytesIO(content))


def read_ipk(path):
    """As opkg does: a gzipped tar of three members, two of which are that again."""
    with tarfile.open(path, "r:gz") as outer:
        assert sorted(outer.getnames()) == ["./control.tar.gz", "./data.tar.gz", "./debian-binary"]
        parts = {one.name: outer.extractfile(one).read() for one in outer.getmembers()}
    assert parts["./debian-binary"] == b"2.0\n"
    plain = gzip.decompress(parts["./data.tar.gz"])
    with untar(gzip.decompress(parts["./control.tar.gz"])) as control:
        files = {one.name.removeprefix("./"): control.extractfile(one).read().decode() for one in control.getmembers()
                 if one.isfile()}
        modes = {one.name.removeprefix("./"): one.mode for one in control.getmembers()}
    fields = dict(line.split(": ", 1) for line in files.pop("control").splitlines())
    assert int(fields["Installed-Size"]) == len(plain)
    conffiles = files.pop("conffiles").splitlines()
    assert all(modes[name] == 0o755 for name in files)
    with untar(plain) as data:
        return Package(fields, files, conffiles, data)


def read_apk(path):
    """As apk-tools does with version 2: pieces of one tar, each a gzip stream; the first has .PKGINFO, which has the hash
    of the second; of each file its own hash is in its header. Only the last piece has the end of a tar."""
    control, data = gzip_members(path.read_bytes())
    assert control[1][-1024:] != bytes(1024) and data[1][-1024:] == bytes(1024)
    files, modes = {}, {}
    with untar(control[1] + bytes(1024)) as tar:
        for one in tar.getmembers():
            files[one.name], modes[one.name] = tar.extractfile(one).read().decode(), one.mode
        assert tar.getnames()[0] == ".PKGINFO"
    fields = {}
    for line in files.pop(".PKGINFO").splitlines():
        key, value = line.split(" = ", 1)
        fields[key] = f"{fields[key]} {value}" if key in fields else value
    assert fields["datahash"] == hashlib.sha256(data[0]).hexdigest()
    assert all(modes[name] == 0o755 for name in files)
    with untar(data[1]) as tar:
        listed = tar.extractfile(f"lib/apk/packages/{NAME}.conffiles").read().decode().splitlines()
        found = Package(fields, {name.removeprefix("."): text for name, text in files.items()}, listed, tar)
    for one, name in zip(found.members, found.names):
        if one.isfile():
            assert one.pax_headers["APK-TOOLS.checksum.SHA1"] == hashlib.sha1(found.data[name]).hexdigest(), name
    assert int(fields["size"]) == sum(map(len, found.data.values()))
    static = [f"/{name} {hashlib.sha256(found.data[name]).hexdigest()}" for name in ["etc/config/fluxvision"]]
    assert found.data[f"lib/apk/packages/{NAME}.conffiles_static"].decode().splitlines() == static
    return found


READERS = {"ipk": read_ipk, "apk": read_apk}


class Router:
    """A folder with a package's files; `qemu` runs its program, if that is of another machine."""

    def __init__(self, root, qemu=None):
        self.root, self.processes, self.instances, self.triggers = pathlib.Path(root), {}, {}, []
        for one in ("bin", "tmp/uci", "etc/config", "lib", "proc", "var/run", "dev"):
            (self.root / one).mkdir(parents=True, exist_ok=True)
        self.mount()
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        for name, where in (("functions.sh", "lib"), ("rc.common", "etc")):
            shutil.copy(HERE / "openwrt" / name, self.root / where / name)
        (self.root / "bin/logger").write_text('#!/bin/sh\necho "$*" >>/tmp/log\n')
        (self.root / "bin/logger").chmod(0o755)
        self.copy(shutil.which("busybox"))
        for applet in ("sh", "sed", "tr", "mv", "rm", "mkdir", "cat", "grep", "basename", "ln", "chmod"):
            (self.root / "bin" / applet).symlink_to("busybox")
        self.qemu = f"/bin/{self.copy(shutil.which(qemu)).name}" if qemu else None

    def copy(self, program):
        """Copy a program of this machine to /bin, and the libraries that it needs to where it looks for them."""
        ldd = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        for library in re.findall(r"(/\S+) \(0x", ldd.stdout):
            (self.root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, self.root / library[1:])
        return pathlib.Path(shutil.copy(program, self.root / "bin"))

    def command(self, *words):
        return [*([] if os.geteuid() == 0 else ["/usr/bin/unshare", "-r"]), "/usr/sbin/chroot", str(self.root), *words]

    def run(self, *words, status=0, **env):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                              env={"PATH": "/bin:/usr/bin", **env})
        assert done.returncode == status, (words, done.returncode, done.stdout)
        return done.stdout

    def program(self, *words):
        """The command line of the installed program."""
        return [*([self.qemu] if self.qemu else []), "/usr/bin/fluxvision", *words]

    def mount(self, *directories):
        """What is mounted, beside the root file system."""
        lines = ["/dev/root / squashfs ro 0 0", *(f"/dev/sda1 {one} ext4 rw 0 0" for one in directories)]
        (self.root / "proc/mounts").write_text("\n".join(lines) + "\n")

    def configure(self, text):
        """Write /etc/config/fluxvision, and what uci would export of it."""
        path = self.root / "etc/config/fluxvision"
        path.write_text(text)
        (self.root / "tmp/uci/fluxvision").write_text(openwrt_uci.export(NAME, openwrt_uci.parse(path.read_text())))

    def install(self, package, kind, upgrade=False):
        """Unpack, and run the package's script. A configuration that differs from the package's stays."""
        for one, name in zip(package.members, package.names):
            path = self.root / name
            if one.isdir():
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(one.mode)
            elif not (f"/{name}" in package.conffiles and path.exists()):
                new = path.with_name(f"{path.name}.new")
                new.write_bytes(package.data[name])
                new.chmod(one.mode)
                new.replace(path)
        if kind == "ipk":
            info = self.root / "usr/lib/opkg/info"
            info.mkdir(parents=True, exist_ok=True)
            (info / f"{NAME}.list").write_text("".join(f"/{name}\n" for name in package.data))
            self.script(info / f"{NAME}.postinst", package.scripts["postinst"], PKG_UPGRADE="1" if upgrade else "0")
        else:
            which = "post-upgrade" if upgrade else "post-install"
            self.script(self.root / "tmp" / f"{NAME}.{which}", package.scripts[which])

    def remove(self, package, kind):
        """Run the package's script; what it is stopped by is all that is tried."""
        name, path = {"ipk": ("prerm", "usr/lib/opkg/info"), "apk": ("pre-deinstall", "tmp")}[kind]
        self.script(self.root / path / f"{NAME}.{name}", package.scripts[name])

    def script(self, path, text, **env):
        path.write_text(text)
        path.chmod(0o755)
        self.run(f"/{path.relative_to(self.root)}", **env)
        self.procd()

    def service(self, action):
        """/etc/init.d/fluxvision ACTION; returns what it printed."""
        said = self.run("/etc/init.d/fluxvision", action)
        self.procd()
        return said

    # ---- procd

    def procd(self):
        """Take what the script has told procd: instances are started, stopped, and if they differ started anew."""
        path = self.root / "tmp/procd"
        lines = [line.split("\x1f")[:-1] for line in path.read_text().split("\x1e")[:-1]] if path.exists() else []
        path.unlink(missing_ok=True)
        instances, triggers, one = {}, [], None
        for word, *rest in lines:
            if word == "open_instance":
                one = instances[rest[0]] = {}
            elif word == "set_param":
                one[rest[0]] = rest[1:]
            elif word == "append_param":
                one[rest[0]] += rest[1:]
            elif word.endswith("_trigger"):
                triggers.append((word, *rest))
            elif word == "open_service":
                instances, triggers = {}, []
            elif word == "close_service":
                for instance in instances.values():
                    instance["content"] = [(self.root / file[1:]).read_bytes() for file in instance["file"]]
                self.change(instances)
                self.triggers = triggers
            elif word == "kill":
                self.change({})

    def change(self, instances):
        for name in [name for name in self.processes if instances.get(name) != self.instances[name]]:
            self.end(self.processes.pop(name))
        self.instances = instances
        for name, instance in instances.items():
            if name not in self.processes:
                words = instance["command"]
                with open(self.root / f"tmp/{name}.log", "ab") as log:
                    self.processes[name] = subprocess.Popen(
                        self.command(*([self.qemu] if self.qemu else []), *words), stdin=subprocess.DEVNULL, stdout=log,
                        stderr=log, env={"PATH": "/bin:/usr/bin"}, start_new_session=True)

    @staticmethod
    def end(process):
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self):
        while self.processes:
            self.end(self.processes.popitem()[1])

    def wait(self, done, what, seconds=60):
        """Until done() is true."""
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (what, self.logs())
            time.sleep(0.02)

    def logs(self):
        return {one.name: one.read_text("utf-8", "replace") for one in self.root.glob("tmp/*log")}
