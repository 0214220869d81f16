#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Print what the boards' firmware takes, part by part, and fail above a budget.

    size.py REPORT BUILD...

REPORT     what the tests saw on the boards, one JSON object a line: stack and pool; it need not exist
BUILD      build/BOARD: firmware.elf, the objects, *.su
The budget is tests/budget/BOARD (see tests/check/budget.py), WHAT being flash, ram, own (code of src/ and port/), state
(their variables, without the TLS pool and the stack), stack (seen by the tests), pool (the highest byte that the tests
saw in use).
"""

import glob
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "check"))

import budget  # noqa: E402  pylint: disable=wrong-import-position
import stack  # noqa: E402  pylint: disable=wrong-import-position

PARTS = (("own", r"^(src|port)/"), ("mbedTLS", "/mbedtls/"), ("lwIP", "/lwip/"), ("file system", "/(oofatfs|littlefs)/"),
         ("drivers", "^boards/"))
REST, POOL, STACK = "libc", "TLS pool", "stack"
CONSTANTS = "texts, padding"


def lines(build):
    """{source: bytes of its instructions}, by the table of lines: the linker puts functions into each other, the
    libraries' too."""
    out = subprocess.run([stack.tool(build, "objdump"), "--dwarf=decodedline", f"{build}/firmware.elf"], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True, check=True).stdout  # it warns of picolibc's tables
    sums, path, at, source = {}, "", 0, ""
    for line in out.splitlines():
        m = re.match(r"\S+\s+(\d+|-)\s+(0x[0-9a-f]+|0)(?:\s|$)", line)
        if not m:
            m = re.match(r"(\S.*):(\[\+\+\])?$", line)
            path = m[1] if m else path
            continue
        if source:
            sums[source] = sums.get(source, 0) + int(m[2], 16) - at
        at, source = int(m[2], 16), "" if m[1] == "-" else path
    return sums


def objects(build, paths):
    """The constants and variables of files: path, section, bytes, name."""
    out = subprocess.run([stack.tool(build, "objdump"), "-t", *paths],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    path = ""
    for line in out.splitlines():
        path = line.split(":")[0] if ":     file format" in line else path
        m = re.match(r"[0-9a-f]+ .{6}O (\S+)\t([0-9a-f]+) (?:\.hidden )?(\S+)", line)
        if m:
            yield path, m[1], int(m[2], 16), m[3]


def homes(build):
    """{(symbol, bytes): object that has it}, of constants and variables, which carry no line of the source. A name
    alone is no key: there
    are several "names" and "digits", and which object comes last is the file system's business."""
    where = {}
    for path, _, size, symbol in objects(build, sorted(glob.glob(f"{build}/**/*.o", recursive=True))):
        path = path[len(build) + 1:]
        where[base(symbol), size] = path if path.startswith(("src/", "port/", "boards/")) else f"/{path}"
    return where


def base(symbol):
    """A symbol's name without what the compiler appended."""
    return re.sub(r"\.(constprop|isra|part|cold|lto_priv|\d)\S*$", "", symbol)


def measure(build, flash, ram):
    """{part: [flash, ram]} and {directory: [code, state]} of our own: instructions by line, the rest symbol by
    symbol."""
    parts, own, where = {name: [0, 0]
        for name in [name for name, _ in PARTS] + [REST, POOL, CONSTANTS]}, {}, homes(build)

    def add(path, place, size, pool=False):
        name = next((name for name, pattern in PARTS if re.search(pattern, path)), REST)
        parts[POOL if pool and name == "own" else name][place] += size
        if name == "own" and not pool:
            own.setdefault("/".join(path.split("/")[:2]), [0, 0])[place] += size

    for path, size in lines(build).items():
        add(path, 0, size)
    for _, section, size, symbol in objects(build, [f"{build}/firmware.elf"]):
        for place in [0] * (section != ".bss") + [1] * (section in (".bss", ".data")):
            add(where.get((base(symbol), size), ""), place, size, base(symbol) == "pool")
    for place, whole in enumerate((flash, ram)):
        parts[CONSTANTS][place] = whole - sum(one[place] for one in parts.values())
    return parts, own


def totals(build):
    """Flash and RAM as the linker has them, stack included."""
    out = subprocess.run([stack.tool(build, "size"), "-A",
                         f"{build}/firmware.elf"], stdout=subprocess.PIPE, text=True, check=True).stdout
    size = {m[1]: int(m[2]) for m in re.finditer(r"^(\.\S+)\s+(\d+)", out, flags=re.M)}
    flash = size[".text"] + size.get(".ARM.exidx", 0) + size[".data"]
    return flash, size[".data"] + size[".bss"] + size[".stack"], size[".stack"]


def seen(report, board):
    """The most that the tests saw: stack, pool, and how far into the pool."""
    most = {}
    if report and os.path.exists(report):
        with open(report, encoding="utf-8") as file:
            for line in file:
                one = json.loads(line)
                if one["board"] == board:
                    for name in ("stack", "pool", "reach", "client"):
                        most[name] = max(most.get(name, 0), one[name])
    return most


def show(board, parts, own, stack_size):
    """The table of one board."""
    print(f"  {board:<20}{'flash':>10}{'RAM':>10}")
    for name, (code, state) in [*parts.items(), (STACK, (0, stack_size))]:
        print(f"    {name:<18}{code:>10,}{state:>10,}")
    for name, (code, state) in sorted(own.items()):
        print(f"      {name:<18}{code:>8,}{state:>10,}")


def compiler(build):
    """The compiler of a board's tools, with its major version."""
    version = subprocess.run([stack.tool(build, "gcc"), "-dumpversion"], stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    return f"gcc-{version.split('.')[0].strip()}"


def weigh(report, build, verdicts):
    """Print one board, and judge it."""
    board = os.path.basename(build)
    flash, ram, stack_size = totals(build)
    parts, own = measure(build, flash, ram - stack_size)
    deepest, path, unknown = stack.deepest(build)
    most = seen(report, board)
    show(board, parts, own, stack_size)
    print(f"    stack computed {deepest:,}: {' > '.join(path)}")
    if os.environ.get("V"):
        print(f"    pointers that are not followed, in: {', '.join(unknown)}")
    figures = {"flash": flash, "ram": ram, "own": parts["own"][0], "state": parts["own"][1]}
    if most:
        print(f"    seen by the tests: stack {most['stack']:,} of {stack_size:,}, pool {most['pool']:,} (up to byte {most['reach']:,}), "
              f"client {most['client']:,}")
        figures |= {"stack": most["stack"], "pool": most["reach"]}
    tool = compiler(build)
    for what, limit in budget.read(board, tool).items():
        if what in figures:
            verdicts.size(f"{board}: {what}", figures[what], limit, tool)
    verdicts.fact(deepest <= stack_size, f"{board}: stack computed {deepest:,} bytes, {stack_size:,} set aside")
    wanted = allocations(build)
    verdicts.fact(not wanted, f"{board}: src/ calls no malloc {wanted}")


def allocations(build):
    """What of src/ asks the C library for memory, by the objects' symbols."""
    objects = glob.glob(f"{build}/src/**/*.o", recursive=True)
    out = subprocess.run([stack.tool(build, "readelf"), "-sW", *objects],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.findall(r"UND (malloc|calloc|realloc|free)$", out, flags=re.M)


def main(report, *builds):
    verdicts = budget.Verdicts()
    for build in builds:
        weigh(report, build, verdicts)
    return verdicts.sum()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
