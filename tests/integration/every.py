# SPDX-License-Identifier: MIT
"""A sync that is repeated: its processes, its runs, its end. For the tests of --every and --exec."""

import contextlib
import os
import pathlib
import pty
import re
import signal

import harness
from harness import wait_until
from patience import soon

LIST = "/api_file/v1/HAUC/"


def children(pid):
    """The process ids of its children."""
    return [int(one) for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def state(pid):
    """R, S, T, Z ..., or None."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    return None


def pending(pid, number):
    """Whether a signal was sent to it and is not taken yet."""
    masks = re.findall(r"^S\w+Pnd:\s*(\w+)$", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.M)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


def stop_in_order(running, number):
    """Send a signal, which the parent passes on to its worker. The worker may take its time then: the parent, which
    would kill it after less than a second, is held until it has ended."""
    worker, = children(running.pid)
    running.signal(number)
    wait_until(lambda: state(running.pid) == "Z" or not pending(running.pid, number) and state(running.pid) == "S")
    running.signal(signal.SIGSTOP)
    wait_until(lambda: state(worker) in (None, "Z"))
    running.signal(signal.SIGCONT)


def ends(pid):
    """Wait until it has ended, and end it in any case."""
    try:
        wait_until(lambda: state(pid) in (None, "Z"))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def listings(bad):
    """How many listings were asked for."""
    return len(bad.seen(LIST))


def runs(bad, more):
    """Wait for that many further runs to have begun, so that one that began after now is over."""
    wanted = listings(bad) + more
    wait_until(lambda: listings(bad) >= wanted)


def every(fv, bad, out, *more, **how):
    """Start a sync that is repeated each second."""
    return fv.start("sync", "--every", "1s", *more, "HAUC", out, portal=bad, **how)


def at_a_question(env, question, *args):
    """The program on a terminal of its own, where it asks. Returns (pid, terminal, what it has written)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(harness.PROGRAM, ["fluxvision", *map(str, args)], env)
    told = b""
    while not told.endswith(question):
        told += soon(terminal, 1000)
    return pid, terminal, told
