# SPDX-License-Identifier: MIT
"""Signals, full pipes, FIFOs and the question for a password, with the static programs: x86_64 as it is, armv7 and
mips by qemu-user, which passes signals, pipes and terminals on."""

import contextlib
import os
import pty
import signal
import subprocess
import termios
import time

import pytest

from bad import JSON, BadPortal, entry, ok
from conftest import Board
from patience import PATIENCE_S, asleep, reap, soon

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
BIG = bytes(range(256)) * 4096
SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture(name="command", params=["linux-x86_64", "linux-armv7", "linux-mips"])
def _command(request):
    """What starts the program of a board."""
    board = Board(request.param).need()
    native = os.uname().machine == request.param.partition("-")[2]
    return [*([] if native else board.qemu), str(board.program)]


@pytest.fixture(name="portal", scope="module")
def _portal(certs):
    """A portal with more entries and more content than a pipe holds."""
    with BadPortal(certs=certs) as bad:
        bad.publish({"f1": BIG})
        bad.route("/api_file/v1/HAUC/", ok(bad.listing([entry(f"f{number}") for number in range(3000)]), JSON))
        yield bad


@pytest.fixture(name="start")
def _start(fv, command, portal):
    """A function that starts the program: start(arguments, standard output)."""
    started = []

    def start(args, stdout=subprocess.DEVNULL, **env):
        started.append(subprocess.Popen([*command, *map(str, args)], env=fv.env(portal, env), stdin=subprocess.DEVNULL,
                                        stdout=stdout, stderr=subprocess.PIPE, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        process.stderr.close()


def stop(process, number, full=None):
    """A signal ends it, while it waits for a reader of `full` if that is given."""
    asleep(process, full)
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == SIGNALS[number], process.stderr.read()


@pytest.mark.parametrize("args", [["list", "--json", "HAUC"], ["get", "-o", "-", PLACE + "f1"],
                                  ["sync", "--json", "HAUC", "out"]],
                         ids=lambda args: args[0])
def test_nobody_reads(start, tmp_path, portal, args):
    """A full pipe."""
    if args[0] == "sync":
        args = [*args[:-1], tmp_path / "out"]
        portal.route("*", ok(b"x"))
    for number in SIGNALS:
        ours, theirs = os.pipe()
        stop(start(args, theirs), number, theirs)
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("option", [["-o"], ["-o", "-", "--password-file"], ["-o", "-", "-c"]],
                         ids=lambda args: args[-1])
def test_nobody_at_the_other_end_of_a_fifo(start, tmp_path, option):
    os.mkfifo(tmp_path / "fifo")
    for number in SIGNALS:
        stop(start(["get", PLACE + "f1", *option, tmp_path / "fifo"]), number)


def test_max_time(start, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    ours, theirs = os.pipe()
    begun = time.monotonic()
    processes = [start(["list", "--json", "--max-time", "1", "HAUC"], theirs),
                 start(["get", "--max-time", "1", "-o", tmp_path / "fifo", PLACE + "f1"])]
    for process in processes:
        assert process.wait(PATIENCE_S) == 3 and b"--max-time" in process.stderr.read()
    assert 0.9 < time.monotonic() - begun
    os.close(ours)
    os.close(theirs)


def test_closed_and_full_standard_output(start):
    for args in (["list", "--json", "HAUC"], ["get", "-o", "-", PLACE + "f1"], ["-h"]):
        ours, theirs = os.pipe()
        os.close(ours)
        process = start(args, theirs)
        os.close(theirs)
        assert process.wait(PATIENCE_S) == 0 and process.stderr.read() == b""
        with open("/dev/full", "wb") as full:
            process = start(args, full)
            assert process.wait(PATIENCE_S) == 7
        assert process.stderr.read() == b"fluxvision: standard output: No space left on device\n"


def test_fifo_is_read_late(start, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    process = start(["get", "-o", tmp_path / "fifo", PLACE + "f1"])
    asleep(process)
    assert (tmp_path / "fifo").read_bytes() == BIG and process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("number", SIGNALS)
def test_question(fv, command, portal, number):
    """The terminal is as it was."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe(command[0], [*command, "list", "HAUC"], fv.env(portal, {"FLUXVISION_PASSWORD_FILE": None}))
    text = b""
    while b" at localhost: " not in text:
        text += soon(fd, 1000)
    assert not termios.tcgetattr(fd)[3] & termios.ECHO
    os.kill(pid, number)
    assert reap(pid) == SIGNALS[number] and termios.tcgetattr(fd)[3] & termios.ECHO
    os.close(fd)
