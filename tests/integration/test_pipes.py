# SPDX-License-Identifier: MIT
"""Output that nobody takes, or not any more: full pipes, FIFOs, terminals, /dev/full, closed readers. Signals and
--max-time end each wait, and what is shared with other processes stays as it was."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import time

import pytest

import harness
from bad import JSON, entry, error, ok
from harness import PATIENCE_S, assert_names, wait_until
from patience import asleep, reap, soon

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
BIG = bytes(range(256)) * 4096
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
ENTRIES = 5000


@pytest.fixture
def wide(bad):
    """A portal with more entries and more content than any pipe holds."""
    bad.publish({"f1": BIG})
    bad.route("/api_file/v1/HAUC/", ok(bad.listing([entry(f"f{number}") for number in range(ENTRIES)]), JSON))
    return bad


class Program:
    """The program with standard output (and standard error) of the test's choice."""

    def __init__(self, args, env, stdout, stderr):
        self.process = subprocess.Popen([str(arg) for arg in (harness.PROGRAM, *args)], env=env,
                                        stdin=subprocess.DEVNULL,
                                        stdout=stdout, stderr=stderr, start_new_session=True)

    def sleeps(self, full=None):
        """Wait until it waits, for a reader of `full` if that is given."""
        asleep(self.process, full)
        return self

    def end(self, status):
        """It ends soon, with that status; what is complained of on standard error."""
        assert self.process.wait(PATIENCE_S) == status, self.process.stderr and self.process.stderr.read()
        lines = self.process.stderr.read().decode().splitlines(True) if self.process.stderr else []
        return "".join(line for line in lines if line.startswith("fluxvision: "))

    def stop(self, number, status):
        """A signal ends it, and is all that is told of."""
        self.process.send_signal(number)
        err = self.end(status)
        assert err.startswith(f"fluxvision: interrupted by {signal.Signals(number).name}") and len(
            err.splitlines()) == 1, err


@pytest.fixture
def run(fv):
    """A function that starts the program: run(portal, arguments, standard output[, standard error])."""
    started = []

    def start(portal, args, stdout, stderr=subprocess.PIPE, env=None):
        started.append(Program(args, fv.env(portal, env), stdout, stderr))
        return started[-1]

    yield start
    for process in (one.process for one in started):
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()


@contextlib.contextmanager
def unread(kind):
    """A descriptor that takes some bytes, and then none."""
    if kind == "socket":
        ours, theirs = (one.detach() for one in socket.socketpair())
    elif kind == "terminal":
        ours, theirs = pty.openpty()
    else:
        ours, theirs = os.pipe()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


def fill(descriptor):
    """Until it takes no byte more."""
    os.set_blocking(descriptor, False)
    for size in (4096, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(descriptor, b"x" * size)
    os.set_blocking(descriptor, True)


BLOCKING = "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]); os.execv(sys.argv[1], sys.argv[1:])"
ENDLESS = {"list": ["list", "HAUC"], "list --json": ["list", "--json", "HAUC"],
           "get -o -": ["get", "-o", "-", PLACE + "f1"]}
KINDS = ["pipe", "socket", "terminal"]


# --- nobody reads

@pytest.mark.parametrize("number, status", SIGNALS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ENDLESS)
def test_signal_ends_the_wait_for_a_reader(run, wide, command, kind, number, status):
    with unread(kind) as (ours, theirs):
        running = run(wide, ENDLESS[command], theirs)
        # A terminal that is full may say that it takes more, and wakes nobody.
        wait_until(lambda: select.select([ours], [], [], 0)[0])
        running.sleeps(theirs if kind != "terminal" else None).stop(number, status)
        assert not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ENDLESS)
def test_max_time_ends_the_wait_for_a_reader(run, wide, command, kind):
    with unread(kind) as (_, theirs):
        start = time.monotonic()
        err = run(wide, [*ENDLESS[command], "--max-time", "4"], theirs).end(3)
        assert 3.9 < time.monotonic() - start
        assert err.count("\n") == 1, err
        # A terminal may take some bytes at the last moment, and the network is then what is waited for.
        assert kind == "terminal" or ("standard output" in err and "--max-time" in err), err


@pytest.mark.parametrize("number, status", SIGNALS)
def test_signal_ends_a_sync_whose_output_nobody_reads(fv, run, wide, out, number, status):
    with unread("pipe") as (_, theirs):
        wide.publish({f"f{n}": b"x" for n in range(400)})
        running = run(wide, ["sync", "--json", "HAUC", out], theirs)
        running.sleeps(theirs).stop(number, status)
    fv("sync", "HAUC", out, portal=wide).expect()
    assert_names(out, {f"{PLACE}f{n}": b"x" for n in range(400)})


def test_max_time_ends_a_sync_whose_output_nobody_reads(run, wide, out):
    wide.publish({f"f{n}": b"x" for n in range(400)})
    with unread("pipe") as (_, theirs):
        start = time.monotonic()
        run(wide, ["sync", "--json", "--max-time", "4", "HAUC", out], theirs).end(3)
        assert 3.9 < time.monotonic() - start


@pytest.mark.parametrize("number, status", SIGNALS)
def test_signal_ends_the_wait_for_standard_error(run, bad, number, status):
    """It is a pipe that somebody else has filled."""
    bad.route("*", error("503 Busy", headers={"Retry-After": "0"}))
    with unread("pipe") as (_, theirs):
        os.set_blocking(theirs, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(theirs, b"x" * 4096)
        os.set_blocking(theirs, True)
        running = run(bad, ["list", "-v", "--retries", "3", "HAUC"], subprocess.DEVNULL, theirs)
        running.sleeps()
        running.process.send_signal(number)
        running.end(status)


@pytest.mark.parametrize("command", ["sync", "list", "verify"])
def test_terminal_that_went_away(fv, bad, out, command):
    """It is a reader that closed; what is to be done is done."""
    bad.publish({"f1": b"data"})
    fv("sync", "HAUC", out, portal=bad).expect()
    ours, theirs = pty.openpty()
    os.close(ours)
    args = [harness.PROGRAM, command, *(["HAUC"] if command != "verify" else []), *([out] if command != "list" else [])]
    done = subprocess.run([str(one) for one in args], env=fv.env(bad), stdout=theirs, stderr=subprocess.PIPE,
                          check=False,
                          stdin=subprocess.DEVNULL)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("args", [["list", "--bogus"], ["frobnicate"]], ids=str)
def test_signal_ends_a_complaint_that_nobody_reads(fv, args):
    """Also where the parent had blocked the signal."""
    with unread("pipe") as (_, theirs):
        fill(theirs)
        with subprocess.Popen(["/usr/bin/python3", "-c", BLOCKING, harness.PROGRAM, *args], env=fv.env(),
                              stderr=theirs) as process:
            try:
                # Before it is the program, the signal would be another one's.
                wait_until(lambda: os.path.realpath(f"/proc/{process.pid}/exe") == str(harness.PROGRAM))
                asleep(process)
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE_S)
            finally:
                process.kill()


@pytest.mark.parametrize("by", ["option", "variable"])
def test_max_time_ends_a_warning_that_nobody_reads(run, fv, bad, tmp_path, by):
    """Of a settings file that all may read, which is read before the time in it is known."""
    bad.publish({"f1": b"data"})
    (tmp_path / "conf").write_text("password = x\n", encoding="ascii")
    (tmp_path / "conf").chmod(0o644)
    how = {"option": ["--max-time", "1"], "variable": []}[by]
    with unread("pipe") as (_, theirs):
        fill(theirs)
        command = [harness.PROGRAM, "list", *how, "-c", tmp_path / "conf", "HAUC"]
        env = fv.env(bad, {"FLUXVISION_MAX_TIME": "1"} if by == "variable" else {})
        start = time.monotonic()
        with subprocess.Popen([str(one) for one in command], env=env, stderr=theirs,
                              stdout=subprocess.DEVNULL) as process:
            try:
                process.wait(PATIENCE_S)
                assert 0.9 < time.monotonic() - start
            finally:
                process.kill()


@pytest.mark.plain    # a sanitiser needs /proc
def test_a_pipe_that_can_not_be_opened_again(fv, wide):
    """Without /proc it is asked before each write."""
    with unread("pipe") as (ours, theirs):
        if not harness.can_mount():
            pytest.skip("mount namespaces need root")
        prefix = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
        process = subprocess.Popen([*prefix, str(harness.PROGRAM), "list", "--json", "HAUC"], env=fv.env(wide),
                                   stdout=theirs,
                                   stderr=subprocess.PIPE)
        asleep(process, theirs)
        process.terminate()
        assert process.wait(PATIENCE_S) == 143
        process.stderr.close()
        assert len(soon(ours, 1 << 20)) >= 60_000


def test_terminal_that_is_stopped(fv, wide):
    """Ctrl-S: nothing is written until Ctrl-Q; and Ctrl-C ends it meanwhile."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(harness.PROGRAM, ["fluxvision", "list", "--json", "HAUC"], fv.env(wide))
    soon(fd, 10)
    os.write(fd, b"\x13")
    deadline = time.monotonic() + PATIENCE_S
    while select.select([fd], [], [], 0.3)[0] and time.monotonic() < deadline:
        os.read(fd, 65536)
    os.write(fd, b"\x03")
    reap(pid)
    os.close(fd)


# --- somebody reads, at leisure

@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "O_NONBLOCK"])
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_slow_reader_gets_all(run, wide, kind, blocking):
    """Also where whoever started the program has left O_NONBLOCK set."""
    with unread(kind) as (ours, theirs):
        os.set_blocking(theirs, blocking)
        running = run(wide, ["get", "-o", "-", PLACE + "f1"], theirs)
        running.sleeps(theirs)
        got = b""
        while len(got) < len(BIG):
            got += soon(ours, 50_000)
            time.sleep(0.002)
        running.end(0)
        assert got == BIG


# --- nobody reads any more

@pytest.mark.parametrize("options", [["list", "HAUC"], ["list", "--json", "HAUC"], ["list", "--latest", "9", "HAUC"],
                                     ["get", "-o", "-", PLACE + "f1"], ["verify", "-v", "DIR"],
                                     ["verify", "--json", "DIR"],
                                     ["verify", "--print", "DIR"], ["-h"], ["-V"]], ids=" ".join)
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_closed_reader_ends_it_silently(fv, run, wide, out, options, kind):
    wide.publish({f"f{n}": b"x" for n in range(50)})
    fv("sync", "HAUC", out, portal=wide).expect()
    wide.publish({"f1": BIG})
    options = [str(out) if one == "DIR" else one for one in options]
    ours, theirs = os.pipe() if kind == "pipe" else (one.detach() for one in socket.socketpair())
    os.close(ours)
    assert run(wide, options, theirs).end(0) == ""
    os.close(theirs)


def test_closed_reader_ends_it_half_way(run, wide):
    """As `| head` does."""
    ours, theirs = os.pipe()
    running = run(wide, ["list", "--json", "HAUC"], theirs)
    os.close(theirs)
    soon(ours, 1000)
    os.close(ours)
    assert running.end(0) == ""


def test_closed_reader_ends_a_verify_early(fv, bad, out, tmp_path):
    """What would be told of is not read any more."""
    bad.publish({"f1": b"x", "f2": b"y", "f3": b"z"})
    fv("sync", "HAUC", out, portal=bad).expect()
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(["strace", "-f", "-o", tmp_path / "calls", "-e", "trace=openat", harness.PROGRAM, "verify",
                           "--no-confine", "-v", out],
                          env=fv.env(bad), stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, check=False,
                          timeout=harness.LIMIT_S)
    os.close(theirs)
    calls = (tmp_path / "calls").read_text(encoding="utf-8")
    assert done.returncode == 0 and done.stderr.count(b"\n") == 1 and done.stderr.startswith(b"confined: ")
    assert '"f1"' in calls and '"f3"' not in calls


@pytest.mark.parametrize("options", [[], ["--json"], ["-v"]], ids=str)
def test_closed_reader_never_ends_a_sync(run, wide, out, options):
    files = {f"f{n}": b"x" * n for n in range(60)}
    wide.publish({**files})
    ours, theirs = os.pipe()
    os.close(ours)
    assert run(wide, ["sync", *options, "HAUC", out], theirs).end(0) == ""
    assert_names(out, {PLACE + name: data for name, data in files.items()})
    wide.publish({**files, "g": [error("404 Not Found")]})
    assert "g" in run(wide, ["sync", *options, "HAUC", out], theirs).end(1)
    os.close(theirs)


def test_closed_reader_never_ends_a_sync_that_is_repeated(run, bad, out):
    bad.publish({"f1": b"x"})
    ours, theirs = os.pipe()
    running = run(bad, ["sync", "--json", "--every", "1s", "HAUC", out], theirs)
    os.close(theirs)
    soon(ours, 100)
    os.close(ours)
    bad.publish({"f2": b"y"})
    wait_until(lambda: (out / PLACE / "f2").exists())
    bad.publish({"f3": b"z"})
    wait_until(lambda: (out / PLACE / "f3").exists())
    running.stop(signal.SIGTERM, 143)


# --- no space

@pytest.mark.parametrize("options", [["list", "HAUC"], ["list", "--json", "HAUC"], ["get", "-o", "-", PLACE + "f1"],
                                     ["get", "-o", "/dev/full", PLACE + "f1"], ["verify", "-v", "DIR"],
                                     ["sync", "HAUC", "DIR"],
                                     ["sync", "--json", "HAUC", "DIR"], ["-h"], ["-V"]], ids=" ".join)
def test_full_standard_output_is_named(fv, run, wide, out, options):
    wide.publish({"f1": BIG, "f2": b"y"})
    fv("sync", "--include", "f2", "HAUC", out, portal=wide).expect()
    options = [str(out) if one == "DIR" else one for one in options]
    with open("/dev/full", "wb") as full:
        err = run(wide, options, full).end(7)
    name = "/dev/full" if "/dev/full" in options else "standard output"
    assert err == f"fluxvision: {name}: No space left on device\n", err
    if "sync" in options:
        assert_names(out, {PLACE + "f1": BIG, PLACE + "f2": b"y"})


# --- FIFOs

@pytest.fixture
def fifo(tmp_path):
    """A FIFO."""
    os.mkfifo(tmp_path / "fifo")
    return tmp_path / "fifo"


@pytest.mark.parametrize("number, status", SIGNALS)
def test_signal_ends_the_wait_for_a_fifos_reader(run, wide, fifo, number, status):
    running = run(wide, ["get", "-o", fifo, PLACE + "f1"], subprocess.DEVNULL)
    running.sleeps().stop(number, status)
    assert not wide.requests


@pytest.mark.parametrize("number, status", SIGNALS)
def test_signal_ends_the_wait_for_a_fifo_to_be_read(run, wide, fifo, number, status):
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    running = run(wide, ["get", "-o", fifo, PLACE + "f1"], subprocess.DEVNULL)
    running.sleeps().stop(number, status)
    os.close(reader)


@pytest.mark.parametrize("opened", [False, True], ids=["no reader", "unread"])
def test_max_time_bounds_a_fifo(run, wide, fifo, opened):
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK) if opened else -1
    start = time.monotonic()
    err = run(wide, ["get", "--max-time", "4", "-o", fifo, PLACE + "f1"], subprocess.DEVNULL).end(3)
    assert 3.9 < time.monotonic() - start
    assert str(fifo) in err and "--max-time" in err and err.count("\n") == 1, err
    if opened:
        os.close(reader)


def test_fifos_reader_may_come_late_and_leave_early(run, wide, fifo):
    running = run(wide, ["get", "-o", fifo, PLACE + "f1"], subprocess.DEVNULL)
    running.sleeps()
    with open(fifo, "rb") as reader:
        assert reader.read() == BIG
    assert running.end(0) == ""
    running = run(wide, ["get", "-o", fifo, PLACE + "f1"], subprocess.DEVNULL)
    with open(fifo, "rb") as reader:
        assert reader.read(1000) == BIG[:1000]
    assert running.end(7) == f"fluxvision: {fifo}: Broken pipe\n"


FED = {"--password-file": b"the password\nnotes", "-c": b"user = somebody\n", "--cacert": None}


@pytest.mark.parametrize("number, status", SIGNALS)
@pytest.mark.parametrize("option", FED)
def test_signal_ends_the_wait_for_a_fifos_writer(run, wide, fifo, option, number, status):
    running = run(wide, ["list", option, fifo, "HAUC"], subprocess.DEVNULL, env={"FLUXVISION_CACERT": None}
                      if option == "--cacert" else None)
    running.sleeps().stop(number, status)


@pytest.mark.parametrize("option", FED)
def test_max_time_ends_the_wait_for_a_fifos_writer(run, wide, fifo, option):
    start = time.monotonic()
    run(wide, ["list", "--max-time", "1", option, fifo, "HAUC"], subprocess.DEVNULL).end(3)
    assert 0.9 < time.monotonic() - start


@pytest.mark.parametrize("option", FED)
def test_fifos_writer_may_come_late(run, wide, certs, fifo, option):
    running = run(wide, ["list", option, fifo, "HAUC"], subprocess.DEVNULL)
    running.sleeps()
    fifo.write_bytes(FED[option] or certs.ca.read_bytes())
    assert running.end(0) == ""
