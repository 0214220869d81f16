# SPDX-License-Identifier: MIT
"""Budgets of sizes: tests/budget/BOARD has lines "WHAT BYTES [TOOL]".

A line without TOOL is for every build. A line with TOOL, such as gcc-12 or glibc-2.36, is for builds with that compiler
or C library: another one makes a program of another size from the same source. A size whose lines are all for other
tools is not judged, and counts as skipped.
"""
import pathlib

BUDGETS = pathlib.Path(__file__).resolve().parents[1] / "budget"


def read(board, tool):
    """{what: bytes, or None if the lines are for other tools}."""
    limits = {}
    for line in (BUDGETS / board).read_text(encoding="ascii").splitlines():
        if line and line[0] != "#":
            what, size, *only = line.split()
            limits.setdefault(what, None)
            if only in ([], [tool]):
                limits[what] = int(size)
    return limits


class Verdicts:
    """Prints a line for each size that is judged, and counts."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def size(self, what, size, limit, tool):
        """Judge a size. limit: bytes, or None; tool: whose budget there would be."""
        if limit is None:
            self.skip(f"{what} {size:,} bytes, and there is no budget for {tool}")
        else:
            self.fact(size <= limit, f"{what} {size:,} bytes, {limit:,} at most")

    def fact(self, good, text):
        """Count and print what is true or not."""
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        print(f"{'ok' if good else 'FAILED'}: {text}")

    def skip(self, text):
        """Count and print what is not judged."""
        self.skipped += 1
        print(f"SKIPPED: {text}")

    def sum(self):
        """Print the sum for run.py; returns the exit status."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0
