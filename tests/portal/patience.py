# SPDX-License-Identifier: MIT
"""How long tests wait. A test does not measure what a machine has done in a second: others may use its processors.

What comes soon (an answer, the end after a signal, the end of a time limit of a second) has PATIENCE_S. What a test
tells this from takes longer than that, or never ends: a stalled server, a command that sleeps for a minute, a time
limit of a minute. A least time may be asserted.
"""

import os
import select
import signal
import time

PATIENCE_S = 20.0


def wait_until(condition, timeout=PATIENCE_S):
    """Wait for a condition; its value."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def reap(pid):
    """Wait for the end of a child, which comes soon; its exit status."""
    try:
        return os.waitstatus_to_exitcode(wait_until(lambda: (ended := os.waitpid(pid, os.WNOHANG))[0] and ended)[1])
    except AssertionError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def has_open(pid, path):
    """Whether a process has that file open."""
    try:
        return any(os.path.realpath(one.path) == os.path.realpath(path) for one in os.scandir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        return False


def asleep(process, full=None):
    """Wait until a program that was started waits for something, and has done so for some time. With `full`, its
    output: for a reader of that, which takes no more, and not for the network before. Looks are counted, not seconds:
    a test that is kept from a processor for a second has seen nothing in it."""
    begun, looks = time.monotonic(), 0
    while looks < 30:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < begun + 3 * PATIENCE_S, "it never waits"
        with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
            waits = file.read().rpartition(") ")[2][0] == "S"
        looks = looks + 1 if waits and not (full is not None and select.select([], [full], [], 0)[1]) else 0
        time.sleep(0.01)


def soon(descriptor, most):
    """What can be read of it, which comes soon."""
    assert select.select([descriptor], [], [], PATIENCE_S)[0], "nothing can be read"
    return os.read(descriptor, most)
