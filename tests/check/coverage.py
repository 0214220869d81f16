#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Fail unless the unit tests reach every line and enough branches of the trees that are pure.

    coverage.py BUILD TREE...       BUILD: where the .gcno and .gcda files are; TREE: src/base ...

gcov's JSON is the source. A header's inline function counts once, however many files include it. The branches of an
assert() do not count: the failing one is never to be reached. Nor does a function that says what holds between two
calls (base/check.h): its false is such a branch.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

LINES = 100.0
BRANCHES = 95.0


def read(build, tree):
    """{file: {line: [count, [branch counts]]}} of the sources under tree."""
    files = collections.defaultdict(dict)
    notes = sorted(glob.glob(f"{build}/{tree}/**/*.gcno", recursive=True))
    for note in notes:
        gcov = [os.environ.get("GCOV", "gcov"), "--json-format", "--stdout", "--branch-probabilities"]
        out = subprocess.run([*gcov, note], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        for text in out.splitlines():
            for file in json.loads(text)["files"]:
                name = os.path.normpath(file["file"])
                if not name.startswith(tree + "/"):
                    continue
                for line in file["lines"]:
                    merge(files[name], line)
    return files


def merge(lines, line):
    counts = [b["count"] for b in line["branches"] if not b["throw"]]
    old = lines.setdefault(line["line_number"], [0, []])
    old[0] += line["count"]
    if len(old[1]) == len(counts):
        old[1] = [a + b for a, b in zip(old[1], counts)]
    else:
        old[1] = old[1] + counts


def ranges(numbers):
    """1 2 3 7 -> "1-3 7"."""
    out = []
    for n in sorted(numbers):
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def percent(reached, total):
    return 100.0 * reached / total if total else 100.0


def invariants(source):
    """The numbers of the lines of functions bool NAME_holds() and their parts, static bool NAME_holds() or _hold()."""
    inside = False
    for number, line in enumerate(source, 1):
        inside = inside or re.match(r"(static )?bool \w+_holds?\(.*[^;]$", line) is not None
        if inside:
            yield number
        inside = inside and line != "}"


def report(name, lines):
    """Print one file's row; return (lines reached, lines, branches reached, branches)."""
    with open(name, encoding="utf-8") as f:
        source = f.read().splitlines()
    apart = set(invariants(source))
    lines = {number: found for number, found in lines.items() if number not in apart}
    cold, half, reached, total = [], [], 0, 0
    for number, (count, branches) in lines.items():
        if count == 0:
            cold.append(number)
        if re.search(r"\b(assert|FV_CHECK)\(", source[number - 1]):
            continue
        total += len(branches)
        taken = sum(b > 0 for b in branches)
        reached += taken
        if count and taken < len(branches):
            half.append(number)
    row = (len(lines) - len(cold), len(lines), reached, total)
    print(f"  {name:<28} lines {percent(*row[:2]):6.2f}   branches {percent(*row[2:]):6.2f} of {total}")
    if cold:
        print(f"      lines not run: {ranges(cold)}")
    if half:
        print(f"      branches not taken: {ranges(half)}")
    return row


def main(build, trees):
    passed = failed = 0
    for tree in trees:
        files = read(build, tree)
        rows = [report(name, files[name]) for name in sorted(files)]
        sums = [sum(column) for column in zip(*rows)] or [0, 0, 0, 0]
        for what, reached, total, least in (("lines", *sums[:2], LINES), ("branches", *sums[2:], BRANCHES)):
            good = total > 0 and percent(reached, total) >= least
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok' if good else 'FAILED'}: {tree} {what} {percent(reached, total):.2f} % ({reached} of {total}),"
                  f" at least {least:g} %")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
