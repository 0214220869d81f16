# SPDX-License-Identifier: MIT
"""What the kernel says of a process."""

import pathlib
import subprocess


def landlock():
    """The kernel's Landlock ABI, 0 without it: landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)."""
    code = "import ctypes; print(max(0, ctypes.CDLL(None).syscall(444, None, 0, 1)))"
    return int(subprocess.run(["/usr/bin/python3", "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout)


def status_of(pid):
    """/proc/PID/status as a dict."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def children(pid):
    """The process ids of its children."""
    return [int(one) for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
