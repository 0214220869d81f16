# SPDX-License-Identifier: MIT
"""A test that hangs has failed, and says what it waited for: a suite that does not end tells nothing.

A phase of a test (set-up, test, tear-down) has HANGS_S. Then an exception is raised in it, with the calls of all
threads and the processes that were started. What no exception reaches (a call into a file system that does not answer)
ends pytest itself some time later.
"""

import contextlib
import faulthandler
import os
import pathlib
import signal
import sys
import threading
import traceback

import pytest

HANGS_S = float(os.environ.get("TEST_HANGS_S") or 600)
AGAIN_S = 30.0   # what cleans up behind a hung test may hang as well


def processes(parent):
    """A line for each process below that one: state, what it waits for in the kernel, command."""
    for task in pathlib.Path(f"/proc/{parent}/task").glob("*"):
        with contextlib.suppress(OSError):
            for pid in (task / "children").read_text(encoding="ascii").split():
                with contextlib.suppress(OSError):
                    place = pathlib.Path("/proc", pid)
                    state = (place / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2][0]
                    command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")[:200]
                    yield f"{pid} below {parent}: {state} {(place / 'wchan').read_text(encoding='ascii')} {command}"
                yield from processes(pid)


def hung(*_):
    """Raise what a test fails with."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    calls = [f"{names.get(ident)}:\n{''.join(traceback.format_stack(frame)[-8:])}"
             for ident, frame in sys._current_frames().items()]   # pylint: disable=protected-access
    raise TimeoutError("\n".join([f"no end after {HANGS_S:.0f} s", *processes(os.getpid()), *calls]))


@contextlib.contextmanager
def guard():
    """Fails what it holds when that hangs."""
    signal.signal(signal.SIGALRM, hung)
    signal.setitimer(signal.ITIMER_REAL, HANGS_S, AGAIN_S)
    faulthandler.dump_traceback_later(HANGS_S + 10 * AGAIN_S, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup():
    with guard():
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call():
    with guard():
        yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown():
    with guard():
        yield
