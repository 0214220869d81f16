# SPDX-License-Identifier: MIT
"""Running fluxvision against a portal, and judging what it did."""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

from bad import BadPortal
from patience import PATIENCE_S, wait_until
from server import PASSWORD, USER

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("FLUXVISION") or ROOT / "build/fluxvision").resolve()
SANITISED = pathlib.Path(os.environ.get("FLUXVISION_ASAN") or ROOT / "build/asan/fluxvision").resolve()
OWN = ".fluxvision"
LIMIT_S = 240     # a run that has not ended then never will


class Done:
    """What a run of the program came to."""

    def __init__(self, args, status, stdout, stderr, seconds, used=0.0):
        self.args, self.status, self.stdout, self.seconds = args, status, stdout, seconds
        self.used = used   # seconds of processor time, with those of its own children
        self.err = stderr.decode("utf-8", "replace")

    out = property(lambda self: self.stdout.decode(), doc="standard output, which must be UTF-8")
    records = property(lambda self: [json.loads(line) for line in self.stdout.splitlines()], doc="of --json")
    files = property(lambda self: [one for one in self.records if one["event"] == "file"], doc="of sync --json")

    def __repr__(self):
        return (f"{' '.join(map(str, self.args))}\n-> {self.status} after {self.seconds:.2f} s\n"
                f"{self.stdout[-2000:].decode('utf-8', 'replace')}\n--\n{self.err[-4000:]}")

    def expect(self, status=0):
        """Assert the exit status; returns self."""
        assert self.status == status, f"expected {status}: {self!r}"
        if status == 0:
            assert "fluxvision: " not in self.err.replace("fluxvision: warning: ", ""), self
        return self

    def fails(self, status, *words):
        """Assert the exit status and one clear sentence on standard error that holds `words`; returns self. A third
        attempt may have been told of before."""
        self.expect(status)
        lines = [line for line in self.err.splitlines()
                 if not line.startswith(("Try 'fluxvision", "fluxvision: warning: attempt 3 of "))]
        assert len(lines) == 1 and lines[0].startswith("fluxvision: "), self
        for word in words:
            assert word in lines[0], (word, self)
        return self

    @property
    def summary(self):
        """The last line of sync --json."""
        assert self.records[-1]["event"] == "summary", self
        return self.records[-1]


class Running:
    """The program at work."""

    def __init__(self, args, env, cwd, stdin):
        self.args, self.start, self.used, self.said = args, time.monotonic(), used(), b""
        self.process = subprocess.Popen([str(arg) for arg in args], env=env, cwd=cwd, stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        self.pid = self.process.pid

    def wait(self, timeout=LIMIT_S):
        """Wait for the end; returns what it came to."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"no end after {timeout} s: "
                                 f"{Done(self.args, None, out, self.said + err, timeout)!r}") from None
        done = Done(self.args, self.process.returncode, out, self.said + err, time.monotonic() - self.start,
                    used() - self.used)
        assert "Sanitizer" not in done.err and "runtime error:" not in done.err, done
        return done

    def end(self, number=signal.SIGTERM):
        """Send a signal: it ends soon, with that signal's status; returns what it came to."""
        self.signal(number)
        return self.wait(PATIENCE_S).expect(128 + number)

    def signal(self, number):
        """Send a signal."""
        self.process.send_signal(number)

    def says(self, words):
        """Wait until it has said that on standard error."""
        descriptor = self.process.stderr.fileno()

        def heard():
            if select.select([descriptor], [], [], 0)[0]:
                self.said += os.read(descriptor, 65536)
            return words in self.said.decode("utf-8", "replace")
        wait_until(heard)

    def kill(self):
        """End it and what it started, as a power cut would: none of it is at work afterwards, or has a lock."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        wait_until(lambda: not alive_in_group(self.pid))

    def proc(self, name):
        """A file of /proc/PID."""
        return pathlib.Path(f"/proc/{self.pid}/{name}").read_bytes()


class Fluxvision:
    """The program with a home of its own. Attempts are not repeated unless FLUXVISION_RETRIES or --retries says so."""

    def __init__(self, home, certs, peak=None):
        self.home, self.certs, self.peak_program, self.running = home, certs, peak, []
        self.program = None   # where it is not for start() to choose
        home.mkdir(parents=True, exist_ok=True)
        self.password_file = home / "password"
        self.password_file.write_text(PASSWORD + "\n", encoding="utf-8")

    def env(self, portal=None, more=None):
        """The environment; a None in `more` leaves a variable out."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "TZ": "Asia/Kolkata",
               "ASAN_OPTIONS": "detect_leaks=0:exitcode=99:detect_stack_use_after_return=1",
               "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99", "FLUXVISION_RETRIES": "0"}
        if portal:
            env.update(FLUXVISION_ENDPOINT=portal.url, FLUXVISION_CACERT=str(self.certs.ca), FLUXVISION_USER=USER,
                       FLUXVISION_PASSWORD_FILE=str(self.password_file))
        env.update(more or {})
        return {name: str(value) for name, value in env.items() if value is not None}

    def start(self, *args, portal=None, env=None, cwd=None, prefix=(), program=None, stdin=subprocess.DEVNULL):
        """Start it: sanitised, where there is one, against the misbehaving portal."""
        careful = isinstance(portal, BadPortal) and not prefix and SANITISED.exists()
        chosen = program or self.program or (SANITISED if careful else PROGRAM)
        running = Running([*prefix, chosen, *args], self.env(portal, env), cwd or self.home, stdin)
        self.running.append(running)
        return running

    def __call__(self, *args, timeout=LIMIT_S, **how):
        return self.start(*args, **how).wait(timeout)

    def peak(self, *args, **how):
        """Run it and measure: (what it came to, peak resident memory in KiB)."""
        report = self.home / "peak"
        done = self(*args, prefix=(self.peak_program, report), **how)
        return done, int(report.read_text())

    def mounted(self, where, mount, *args, **how):
        """Run it in a mount namespace of its own, after the shell commands `mount`, in which $1 is `where`."""
        script = f'set -e; {mount}; shift; exec "$@"'
        return self(*args, **how, prefix=("unshare", "-m", "sh", "-c", script, "sh", where))

    def stop(self):
        """End what still runs."""
        for running in self.running:
            if running.process.poll() is None:
                running.kill()
            running.process.wait()
            running.process.stdout.close()
            running.process.stderr.close()


def alive_in_group(group):
    """Whether a process of that group is at work."""
    for place in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, pgrp = place.read_text().rpartition(")")[2].split()[:3]
            if int(pgrp) == group and state not in "ZX":
                return True
    return False


def can_mount():
    """Whether mount namespaces can be made here."""
    probe = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def used():
    """Processor time of the children that have ended, in seconds."""
    times = os.times()
    return times.children_user + times.children_system


def files_below(directory):
    """{path relative to directory: Path} of everything that is no directory, without what is the program's own."""
    found = {}
    for place, folders, names in os.walk(directory):
        if OWN in folders and pathlib.Path(place) == pathlib.Path(directory):
            folders.remove(OWN)
        for name in names:
            path = pathlib.Path(place, name)
            found[str(path.relative_to(directory))] = path
        for name in folders:
            if pathlib.Path(place, name).is_symlink():
                found[str(pathlib.Path(place, name).relative_to(directory))] = pathlib.Path(place, name)
    return found


def own_files(directory):
    """{name: size} of what the program keeps for itself; what is under way at this moment may go away meanwhile."""
    found = {}
    for place, _, names in os.walk(pathlib.Path(directory) / OWN):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found[name] = pathlib.Path(place, name).stat().st_size
    return found


def partial_bytes(directory):
    """How many bytes of files under way are on storage."""
    return sum(size for name, size in own_files(directory).items()
               if not name.startswith(("ledger", "lock", "plan", "last")))


def login(portal):
    """(user, password) of the last request."""
    user, _, password = base64.b64decode(portal.requests[-1].authorization.split()[1]).decode().partition(":")
    return user, password


def sha256(path):
    """The hash of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def local_paths(expected):
    """{local path: what is expected there}: the second of a path gets `~` and its URL's last segment."""
    paths = {}
    for one in expected:
        path = "/".join((one["org"], one["study"], one["delivery"], one["file_name"]))
        if path in paths:
            path += "~" + one["segment"]
        assert path not in paths
        paths[path] = one
    return paths


def assert_names(directory, expected):
    """DIR holds exactly these: {local path: bytes}, whatever their times."""
    assert sorted(files_below(directory)) == sorted(expected)
    for path, content in expected.items():
        assert (pathlib.Path(directory) / path).read_bytes() == content, path


def assert_tree(directory, expected):
    """Every file byte for byte, its time equal to the listing's, and nothing else."""
    wanted, found = local_paths(expected), files_below(directory)
    assert sorted(found) == sorted(wanted)
    for path, one in wanted.items():
        status = found[path].lstat()
        assert (path, status.st_size, sha256(found[path])) == (path, one["size"], one["sha256"])
        assert (path, status.st_mtime_ns) == (path, one["mtime_us"] * 1000)
    assert partial_bytes(directory) == 0, own_files(directory)
