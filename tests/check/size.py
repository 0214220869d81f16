#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Print what each board's program weighs, and fail above its budget.

    size.py [BOARD]... [--own OBJECT...]      OBJECT: our own code in the host's program, without libraries

tests/budget/BOARD (see budget.py): `program` is the stripped file, `own` our own code. A board whose program is not
there, because its tool chain can't be had, is skipped; every other one that is missing has failed.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import budget

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def program(board):
    return ROOT / "build" / ("" if board == "host" else board) / "fluxvision"


def stripped(board):
    """Size of the file without symbols; the boards' programs are linked without."""
    if not board.startswith("host"):
        return program(board).stat().st_size
    with tempfile.NamedTemporaryFile() as f:
        subprocess.run(["strip", "-o", f.name, str(program(board))], check=True)
        return os.path.getsize(f.name)


def segments(path):
    """(text, data, bss), bytes: what is mapped read-only, what is writable, what is zero. Of any machine."""
    text = data = bss = 0
    for m in re.finditer(r"^  LOAD +\w+ \w+ \w+ (\w+) (\w+) R([W ])", output("readelf", "-lW", str(path)), re.M):
        file, memory = int(m[1], 16), int(m[2], 16)
        text, data = (text, data + file) if m[3] == "W" else (text + file, data)
        bss += memory - file
    return text, data, bss


def own(objects):
    """{directory: code and constants, bytes}."""
    sums = {}
    for line in output("size", *objects).splitlines()[1:]:
        text, data, _, _, _, path = line.split(None, 5)
        where = next(os.path.dirname(path[path.index(t):]) for t in ("src/", "port/") if t in path)
        sums[where] = sums.get(where, 0) + int(text) + int(data)
    return sums


def libc():
    """This machine's C library, which is a part of the host's program."""
    return os.confstr("CS_GNU_LIBC_VERSION").replace(" ", "-")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("boards", nargs="*")
    parser.add_argument("--own", nargs="*", default=[])
    args = parser.parse_args()
    verdicts = budget.Verdicts()

    for where, size in own(args.own).items() if args.own else ():
        print(f"  {where:<24}{size:>10,}")
    for board in args.boards:
        if not program(board).exists():
            missing = output(str(ROOT / "boards/deps.sh"), "missing", board) if board != "host" else ""
            if missing.strip():
                verdicts.skip(f"{board} is not built, {missing.strip()}")
            else:
                verdicts.fact(False, f"{board} is not built")
            continue
        text, data, bss = segments(program(board))
        verdicts.size(f"{board:<14} text {text:>9,}  data {data:>7,}  bss {bss:>8,}  file", stripped(board),
                      budget.read(board, libc())["program"], libc())
    if args.own:
        verdicts.size("own code", sum(own(args.own).values()), budget.read("host", libc())["own"], libc())
    return verdicts.sum()


if __name__ == "__main__":
    sys.exit(main())
