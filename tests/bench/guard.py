# SPDX-License-Identifier: MIT
"""A task of which nothing stays: no process, no mount, no folder, however it ends.

guarded() runs the task in a child and waits. On Linux, a process whose parent ends becomes the child of its nearest
ancestor that asked for orphans. Both processes ask, so each finds all that the task started. The parent clears up
after the child; the child does if its parent is killed.
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import sys
import traceback

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
MNT_DETACH = 2


def guarded(task, folders):
    """Run task() in a child and clear up. Returns what it returned, 1 if it failed. Each of SIGNALS ends the task at
    once, and this process once all is cleared up; further signals change nothing. A signal that was ignored stays
    so."""
    numbers = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    sys.stdout.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        work(task, folders, parent, numbers)
    stopped = []

    def stop(number, _):
        stopped.append(number)
        os.kill(child, signal.SIGKILL)

    for number in numbers:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    for number in numbers:
        signal.signal(number, lambda got, _: stopped.append(got))
    clear(folders)
    if stopped:
        signal.signal(stopped[0], signal.SIG_DFL)
        os.kill(os.getpid(), stopped[0])
    return ended.si_status if ended.si_code == os.CLD_EXITED else 1


def work(task, folders, parent, numbers):
    """The child. Signals are the parent's business while there is one."""
    def alone(*_):
        if os.getppid() != parent:
            clear(folders)
            os._exit(1)

    for number in {*numbers, signal.SIGTERM}:
        signal.signal(number, alone)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    alone()
    status = 1
    try:
        status = task()
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(status)


def clear(folders):
    """Kill all that descends from this process, unmount what lies below the folders, remove them."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in children(os.getpid()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)
    for folder in map(str, folders):
        for line in pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            point = line.split()[4]
            if point.startswith(folder + "/"):
                unmount(point)
        shutil.rmtree(folder, ignore_errors=True)


def children(parent):
    """The processes whose parent that is, dead ones among them."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(state[1]) == parent:
                found.append(int(path.parent.name))
    return found


def unmount(point):
    """Take a mount out of the tree. Without a process for that: a signal for all of the group would end it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).umount2(os.fsencode(point), MNT_DETACH)


def prctl(option, value):
    """Set a property of this process; elsewhere than on Linux nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
