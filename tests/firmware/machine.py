# SPDX-License-Identifier: MIT
"""The firmware in QEMU with a card of its own, and judging what it left there."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

from server import PASSWORD, USER

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("FLUXVISION") or ROOT / "build/fluxvision").resolve()
SDSC, SDHC = 64 << 20, 4 << 30
STORAGES = ["lm3s6965evb", "sifive-u", "sifive-u-fat"]  # FAT on a card, littlefs on flash, FAT on that board's card
REPORT = ROOT / "build/report/boards.json"  # for size.py
OWN = (".fluxvision", "fluxvision.conf", "ca.pem")
LIMIT_S = 240
ENV = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8",
    "MTOOLS_SKIP_CHECK": "1", "PATH": os.environ["PATH"] + ":/usr/sbin"}
# What a power cut may leave on FAT, and what its repair would be: clusters that no file has, or that are linked behind a
# file's end; the flag that says so; the copy of the FAT, and the count of free clusters; a long name whose short entry
# was to follow in the directory's next sector, which no reader takes for a file; an empty file whose long name was
# removed in the sector before. tests/support/vfat.c has the same for cuts in the port's unit tests.
HARMLESS = (r"Dirty bit is set", r"Reclaim(ed|ing) \d+ unused cluster", r"Free cluster summary wrong", r"FATs differ",
            r"[Uu]sing first FAT", r"Leaving filesystem unchanged", r"Auto-(sett|correct|delet)ing",
            r"Orphaned long file name part", r"Long filename fragment ", r"Maybe the start bit is missing",
            r"Not auto-correcting", r"truncating|Truncating",
            r"File size is \d+ bytes, cluster chain length is > \d+ bytes", r"^/", r"^\s+\d+\)", r"^[12]\) ")


def run(*command, check=True):
    """Run a tool; returns its output."""
    done = subprocess.run([str(word) for word in command], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode("utf-8", "replace")
    assert not check or done.returncode == 0, f"{command}: {text}"
    return text


class Card:
    """A card's image: a FAT volume without partitions, as big as the card."""

    def __init__(self, path, size=SDSC):
        self.path = pathlib.Path(path)
        with open(self.path, "wb") as file:
            file.truncate(size)
        run("mkfs.vfat", *(["-F", "32"] if size > SDSC else []), self.path)

    def copy(self, path):
        """Another card with the same content."""
        other = type(self).__new__(type(self))
        other.path = pathlib.Path(path)
        run("cp", "--sparse=always", self.path, other.path)
        return other

    def put(self, name, content):
        """Write a file in the root."""
        source = self.path.with_suffix(".put")
        source.write_bytes(content)
        run("mcopy", "-o", "-i", self.path, source, f"::{name}")
        source.unlink()

    def put_tree(self, directory):
        """Copy a directory's content into the root, with its times."""
        run("mcopy", "-s", "-m", "-o", "-i", self.path, *directory.iterdir(), "::")

    def settings(self, portal, ca=None, password=PASSWORD, user=USER, scope="HAUC", **more):
        """Write fluxvision.conf and ca.pem. A value that is a list gives a line for each."""
        lines = [("endpoint", portal.url), ("user", user), ("password", password), ("scope", scope)]
        for name, value in more.items():
            lines += [(name.replace("_", "-"), one) for one in (value if isinstance(value, list) else [value])]
        self.put("fluxvision.conf", "".join(f"{name} = {value}\n" for name, value in lines).encode())
        self.put("ca.pem", pathlib.Path(ca or portal.ca).read_bytes())

    def take(self, directory):
        """Copy all that is on the card to a new directory; returns it."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        run("mcopy", "-s", "-m", "-n", "-i", self.path, "::", directory)
        return directory

    def check(self):
        """What fsck.vfat finds wrong."""
        text = run("fsck.vfat", "-n", self.path, check=False)
        lines = [line for line in text.splitlines() if line and not line.startswith("fsck.fat ")]
        return [line for line in lines if not re.search(r" files, \d+/\d+ clusters$", line)]

    def lost(self):
        """What of that a power cut may not leave."""
        return [line for line in self.check() if not any(re.search(one, line) for one in HARMLESS)]


class Flash(Card):
    """A flash's image: a littlefs volume, as big as the chip. The program that reads it is build/flash-image."""

    def __init__(self, path, size=32 << 20):
        self.path = pathlib.Path(path)
        self.tool("format", size)

    def tool(self, command, *words, check=True):
        """Run it on the image; its output."""
        return run(ROOT / "build/flash-image", command, self.path, *words, check=check)

    def put(self, name, content):
        source = self.path.with_suffix(".put")
        source.write_bytes(content)
        self.tool("put", source, name)
        source.unlink()

    def put_tree(self, directory):
        for path in sorted(p for p in directory.rglob("*") if p.is_file()):
            self.tool("put", path, path.relative_to(directory))

    def take(self, directory):
        shutil.rmtree(directory, ignore_errors=True)
        self.tool("all", directory)
        return directory

    def check(self):
        """littlefs has no tool for that: all names are read."""
        return [line for line in self.tool("list", check=False).splitlines() if line.startswith("flash-image: ")]


class Done:
    """What a boot came to."""

    def __init__(self, status, text, seconds):
        self.status, self.text, self.seconds = status, text, seconds

    def __repr__(self):
        return f"status {self.status} after {self.seconds:.1f} s\n{self.text[-3000:]}"

    def expect(self, status=0):
        """Assert the exit status; returns self."""
        assert self.status == status, self
        return self

    def fails(self, status, words):
        """Assert the exit status and that the errors on the UART are all of the one kind; returns self."""
        self.expect(status)
        assert self.errors and all(words in line for line in self.errors), self
        return self

    @property
    def errors(self):
        """The lines of errors."""
        return re.findall(r"^\d+\.\d+ error: (.*)$", self.text, flags=re.M)

    @property
    def summary(self):
        """The counters of the run."""
        line = re.search(r"summary: (.*)", self.text)
        assert line, self
        return {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", line[1])}

    @property
    def memory(self):
        """What was used: stack, pool, client and their sizes."""
        line = re.search(r"memory: stack (\d+) of (\d+), pool (\d+) \(reach (\d+)\) of (\d+), left (\d+), "
                         r"refused (\d+), client (\d+)", self.text)
        assert line, self
        return dict(zip(("stack", "stack_size", "pool", "reach", "pool_size", "left", "refused", "client"),
                        map(int, line.groups())))


class Live:
    """A board that runs, with QEMU's monitor at hand."""

    def __init__(self, command, cwd):
        self.monitor = tempfile.mktemp(suffix=".monitor")
        command = command.replace("-monitor none", f"-monitor unix:{self.monitor},server,nowait")
        self.process = subprocess.Popen(command.split(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd)
        self.text, self.seen = "", 0
        threading.Thread(target=self.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def read(self):
        """Take what the board says, as it comes."""
        for line in self.process.stdout:
            self.text += line.decode("utf-8", "replace").replace("\r", "")

    def until(self, words, timeout=LIMIT_S):
        """Wait for a line that has the words and was not waited for before; returns it."""
        end = time.monotonic() + timeout
        while True:
            running = self.process.poll() is None
            found = re.compile(f"^.*{words}.*\n", re.M).search(self.text, self.seen)
            if found:
                self.seen = found.end()
                return found[0]
            assert running and time.monotonic() < end, f"no {words!r}: {self.text[-3000:]}"
            time.sleep(0.05)

    def tell(self, command):
        """One command to the monitor; returns when it is done."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.monitor)
            s.settimeout(30)
            for line in ("", command + "\n"):
                s.sendall(line.encode())
                said = b""
                while not said.endswith(b"(qemu) "):
                    said += s.recv(4096)
        assert b"rror" not in said, said

    def swap(self, card):
        """Pull the card out and put this one in."""
        self.tell(f"change sd0 {card.path} raw")


class Machine:
    """A board. `command` is QEMU's, to which the card is appended. Its standard output is the board's UART. QEMU's own
    messages are on standard error, which pytest shows with a failure: QEMU 10 says that its card does not take CMD13."""

    def __init__(self, name, command, elf):
        self.name, self.command, self.elf = name, command, elf
        self.medium = Flash if "if=mtd" in command else Card

    def start(self, card):
        """Power on; the process."""
        words = self.command.replace("CARD", str(card.path)).split() + ["-kernel", str(self.elf)]
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=card.path.parent)

    def live(self, card):
        """Power on, to go on with while it runs."""
        return Live(self.command.replace("CARD", str(card.path)) + f" -kernel {self.elf}", card.path.parent)

    def boot(self, card, timeout=LIMIT_S):
        """Power on and wait for the end."""
        start = time.monotonic()
        process = self.start(card)
        try:
            out, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            raise AssertionError(f"no end after {timeout} s: {out[-3000:].decode('utf-8', 'replace')}") from None
        text = out.decode("utf-8", "replace").replace("\r", "")
        done = Done(process.returncode, text, time.monotonic() - start)
        if "memory: " in text:
            self.keep(done)
        return done

    def keep(self, done):
        """What memory was used, for the budget."""
        with open(REPORT, "a", encoding="utf-8") as file:
            file.write(json.dumps({"board": self.name, **done.memory}) + "\n")

    def cut(self, card, after, told=0):
        """Power on, and cut the power `after` so many seconds, or earlier: once `told` files were told of. What was
        said until then."""
        process = self.start(card)
        # QEMU's flash (hw/block/m25p80.c) starts each write of its image and waits for none, so several are under way:
        # killed, it may keep a later one without an earlier one, which no flash does. At TERM it ends them all.
        off = process.terminate if isinstance(card, Flash) else process.kill
        late = threading.Timer(after, off)
        late.start()
        said = b""
        while told and said.count(b"downloaded: ") < told and (more := process.stdout.read1()):
            said += more
        if not told:
            late.join()
        late.cancel()
        off()
        out, _ = process.communicate()
        return (said + out).decode("utf-8", "replace")


def sha256(path):
    """Of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def same(directory, expected):
    """Assert that a copy of the card holds what the portal delivers, and nothing else; times within FAT's two
    seconds."""
    found = {}
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        parts = path.relative_to(directory).parts
        if parts[0] not in OWN:
            found.setdefault((parts[:3], sha256(path)), []).append(path)
    for item in expected:
        key = ((item["org"], item["study"], item["delivery"]), item["sha256"])
        source = pathlib.Path(item["source"]).read_bytes()
        fitting = [p for p in found.get(key, []) if 0 <= item["mtime_us"] / 1e6 - p.stat().st_mtime < 2]
        assert fitting, (item, found.get(key))
        assert fitting[0].read_bytes() == source
        found[key].remove(fitting[0])
    left = [paths for paths in found.values() if paths]
    assert not left, left


def ledger_agrees(directory, count):
    """Assert that the files are what the ledger says, by sha256sum."""
    listed = subprocess.run([PROGRAM, "verify", "--print", directory], stdout=subprocess.PIPE, check=True).stdout
    assert len(listed.splitlines()) == count, listed
    subprocess.run(["sha256sum", "-c", "--quiet", "--strict"], input=listed, cwd=directory, check=True)
