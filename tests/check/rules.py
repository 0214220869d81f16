#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Rules of the source that the compiler does not know. One line for each break, exit 1 if there is one.

    rules.py --listed FILE... --objects OBJECT...      FILE: all that the Makefile compiles

includes    go down only; libraries and system headers are seen by those alone who may
lists       each listed file exists, each .c under src/ and port/ is listed
calls       what must not be called under src/
callers     what a header under src/ declares, somebody calls
prefixes    what a header declares begins with the name of its file
licence     each source file says in its first lines which it is under
lengths     500 lines a file beside that one, 60 lines a function
columns     120 a line, a tab being eight
ifdefs      only in the capacities and guards (and under port/)
statics     nothing that can change under src/, but in the front ends
marks       none of what is unfinished
timings     no test asserts that a machine is fast: tests/portal/patience.py has the most that something may take
format      as .clang-format has it, where that clang-format is installed
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

FILE_LINES = 500
LICENCE = "SPDX-License-Identifier: MIT"
LICENSED = (".c", ".h", ".S", ".ld", ".py", ".sh", ".mk", ".pl", ".bash", ".zsh", ".fish", ".1", ".5", "Makefile",
            ".ci/run")
FUNCTION_LINES = 60
COLUMNS = 120
# Files without longer lines: all but the tests in C and some in Python, whose tables have longer rows.
NARROW = ("Makefile", ".ci/run", "*/**/*.mk", "*/**/*.ld", "boards/licences/*.sh", "tests/**/*.sh", "src/**/*.[ch]",
          "port/**/*.[ch]", "boards/**/*.[ch]",
          "tests/bench/*.py", "tests/boards/*.py", "tests/check/[!r]*.py", "tests/check/rules.py", "tests/fuzz/*.py",
          "tests/mutants/*.py", "tests/portal/*.py", "tests/soak/*.py", "tests/unit/*.py")

# Who may include what of ours: the longest matching prefix decides.
BELOW = {
    "src/base": ["base/"],
    "src/parse": ["base/", "parse/"],
    "src/net": ["base/", "parse/", "net/", "port/port.h"],
    "src/store": ["base/", "parse/", "store/", "port/port.h"],
    "src/client": ["base/", "parse/", "net/", "store/", "client/", "port/port.h", "fluxvision.h"],
    "src/cli": ["fluxvision.h", "client/doctor.h", "net/tls_library.h", "base/", "parse/", "cli/", "port/port.h",
                "port/path.h", "port/posix/"],
    "src/fw": ["fluxvision.h", "client/client.h", "client/features.h", "base/", "parse/", "fw/", "port/port.h",
               "port/bare/", "port/lwip/"],
    "src/fluxvision.h": ["base/", "parse/", "client/", "port/port.h"],
    "port/port.h": ["base/"],
    "port/posix": ["base/", "port/port.h", "port/posix/"],
    "port/lwip": ["base/", "port/port.h", "port/lwip/"],
    "port/bare": ["base/", "port/port.h", "port/bare/"],
    "port/cortexm": ["base/", "port/port.h", "port/bare/", "port/cortexm/"],
    "port/sim": ["base/", "port/port.h", "port/sim/"],
    "port/path.c": ["base/", "port/path.h"],
    "port/path.h": ["base/"],
    "port/block.h": ["base/"],
    "port/flash.h": ["base/"],
    "port/spi.h": [],
    "port/nor": ["base/", "port/port.h", "port/flash.h", "port/spi.h", "port/nor/"],
    "port/riscv": ["base/", "port/port.h", "port/bare/", "port/riscv/"],
    "port/sd": ["base/", "port/port.h", "port/block.h", "port/spi.h", "port/sd/"],
    "port/fat": ["base/", "port/port.h", "port/block.h", "port/path.h", "port/fat/"],
    "port/littlefs": ["base/", "port/port.h", "port/flash.h", "port/path.h", "port/littlefs/"],
}
# C headers that bring neither heap nor clock nor files. The fronts and ports may use all.
PURE = {"assert.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h",
        "stdnoreturn.h", "string.h"}
PURE_TREES = ("src/base", "src/parse", "src/net", "src/store", "src/client", "src/fluxvision.h", "port/port.h")
LIBRARIES = {
    r"(mbedtls|psa)/": r"src/net/tls\w*\.[ch]|src/base/sha256\.[ch]",
    r"(lwip|netif)/": r"port/lwip/.*",
    r"jsmn\.h": r"src/parse/entry\.c",
    r"(ff|diskio)\.h": r"port/fat/\w+\.[ch]",
    r"lfs2\w*\.h": r"port/littlefs/\w+\.[ch]",
}
# Trees whose headers export one prefix, and what a header may export besides: fv_fault_* is the other half of errors.
PREFIXED = ("src/base", "src/parse", "src/net", "src/store", "src/client", "src/cli", "src/fw")
PREFIX_ALSO = {"src/base/err.h": ["fv_fault"]}
FORBIDDEN = ("malloc calloc realloc free strdup alloca strcpy strcat strncpy strncat sprintf vsprintf gets "
             "strtoul strtol strtoull strtoll strtod atoi atol atoll system").split()


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def bare(text):
    """text without comments and the contents of literals, line numbers kept."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: '""' if m[0][0] == '"' else "\n" * m[0].count("\n"), text, flags=re.S)


def sources(*trees):
    return sorted(f for t in trees for f in glob.glob(f"{t}/**/*.[ch]", recursive=True))


def numbered(text):
    return enumerate(text.splitlines(), 1)


def check_includes():
    for path in sources("src", "port"):
        tree = max((t for t in BELOW if path == t or path.startswith(t + "/")), key=len, default=None)
        if tree is None:
            yield path, 1, "is in no known layer"
            continue
        for number, line in numbered(read(path)):
            m = re.match(r'\s*#\s*include\s*(["<])([^">]+)', line)
            if not m:
                continue
            name = m[2]
            who = next((w for library, w in LIBRARIES.items() if re.match(library, name)), None)
            if who:
                if not re.fullmatch(who, path):
                    yield path, number, f"{name} is not for this file"
            elif m[1] == "<":
                if tree in PURE_TREES and name not in PURE:
                    yield path, number, f"<{name}> has no place in {tree}"
            elif not any(name == b or b.endswith("/") and name.startswith(b) for b in BELOW[tree]):
                yield path, number, f'"{name}" is not below {tree}'


def check_lists(listed):
    for path in listed:
        if not glob.glob(path):
            yield path, 1, "is listed in the Makefile and missing"
    for path in sources("src", "port"):
        if path.endswith(".c") and path not in listed:
            yield path, 1, "is not listed in the Makefile"


def check_calls():
    for path in sources("src"):
        for number, line in numbered(bare(read(path))):
            for name in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
                if name in FORBIDDEN:
                    yield path, number, f"{name}() is not used under src/"


def check_callers():
    """A declaration or a definition begins its line; whatever else names the function is a use."""
    used = set()
    for path in sources("src", "port", "boards"):
        for _, line in numbered(bare(read(path))):
            if line.startswith((" ", "#")):
                used.update(re.findall(r"\bfv_\w+", line))
    for path in sources("src"):
        if path.endswith(".h") and path != "src/fluxvision.h":
            for number, line in numbered(bare(read(path))):
                m = re.match(r"\w.*?\b(fv_\w+)\(", line)
                if m and m[1] not in used:
                    yield path, number, f"nothing calls {m[1]}()"


def prefixes(path):
    """What names of the header src/LAYER/a_b.h may begin with: fv_a_b, fv_a (exchange_open.h is a part of exchange),
    fv_LAYER_a_b (where another layer has a module of that name)."""
    layer, name = path[len("src/"):-len(".h")].split("/")
    words = name.split("_")
    parts = [f"fv_{'_'.join(words[:n])}" for n in range(1, len(words) + 1)]
    return [*parts, f"fv_{layer}_{name}", *PREFIX_ALSO.get(path, [])]


def check_prefixes():
    for path in sources(*PREFIXED):
        if not path.endswith(".h"):
            continue
        allowed = prefixes(path)
        for number, line in numbered(bare(read(path))):
            constants = r"\b(fv_\w+)\s*(?:\[.*?\])?\s*[,;]"  # of a line such as: extern const size_t fv_a, fv_b[];
            functions = r"^\w.*?\b(fv_\w+)\("
            for name in re.findall(constants if line.startswith("extern") else functions, line):
                if not any(name == p or name.startswith(p + "_") for p in allowed):
                    yield path, number, f"{name} begins with none of {', '.join(allowed)}"


def check_licence():
    found = [f"{folder}/{name}" for tree in ("src", "port", "boards", "tests")
             for folder, _, names in os.walk(tree) for name in names]
    for path in ["Makefile", ".ci/run", *sorted(found)]:
        if path.endswith(LICENSED) and "/corpus/" not in path:
            with open(path, encoding="utf-8") as f:
                # Alone in its line: what follows would be read as a part of the licence's name. Lines of "#" alone
                # are not counted: Buildroot wants a frame of them at the head.
                head = [line for line in f if line.strip("# \n")][:3]
                if not any(line.strip("#/*-<!>.\\\" \n") == LICENCE for line in head):
                    yield path, 1, f"lacks a line '{LICENCE}'"


def check_lengths():
    for path in sources("src", "port"):
        lines = bare(read(path)).splitlines()
        count = sum(LICENCE not in line for line in lines)
        if count > FILE_LINES:
            yield path, count, f"has {count} lines, {FILE_LINES} at most"
        start = None
        for number, line in enumerate(lines, 1):
            if line.startswith("{") or re.match(r"\w.*\)\s*\{$", line):
                start = number
            elif line.startswith("}"):
                if start and line.rstrip() == "}" and number - start - 1 > FUNCTION_LINES:
                    yield path, start, f"function of {number - start - 1} lines, {FUNCTION_LINES} at most"
                start = None


def check_columns():
    for path in sorted({path for pattern in NARROW for path in glob.glob(pattern, recursive=True)}):
        for number, line in numbered(read(path)):
            width = len(line.expandtabs(8))
            if width > COLUMNS:
                yield path, number, f"has {width} columns, {COLUMNS} at most"


def check_ifdefs():
    for path in sources("src"):
        if path in ("src/base/cap.h", "src/base/check.h"):
            continue
        lines = read(path).splitlines()
        for number, line in enumerate(lines, 1):
            if not re.match(r"\s*#\s*(if|elif)", line):
                continue
            guard = re.match(r"#ifndef (FV_\w+_H)$", line)
            if guard and number < len(lines) and lines[number] == f"#define {guard[1]}":
                continue
            if line.strip() in ("#ifdef __cplusplus", "#if defined(__GNUC__)", "#ifdef __GNUC__"):
                continue
            yield path, number, "features are chosen by linking a file, not by #if"


# What a library leaves no other way: PSA asks for random bytes without a context (the reason stands beside it).
STATICS_ALLOWED = {("src/net/tls_v13.o", "psa_entropy")}


def check_statics(objects):
    for path in objects:
        if not re.search(r"/src/(base|parse|net|store|client)/", path):
            continue
        out = subprocess.run(["objdump", "-t", path], stdout=subprocess.PIPE, text=True, check=True).stdout
        for line in out.splitlines():
            m = re.match(r"\S+ .{6}O (\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\.(?!rel\.ro)\S+)?\t\S+\s+(\S+)$", line)
            if m and not any(path.endswith("/" + f) and m[3] == name for f, name in STATICS_ALLOWED):
                yield path, 1, f"{m[3]} can change: all memory is the caller's"


def check_marks():
    paths = [p for t in ("src", "port", "tests", "boards") for p in glob.glob(f"{t}/**/*.*", recursive=True)]
    files = [p for p in paths if os.path.isfile(p) and not p.endswith(".pyc")]
    for path in sorted(["Makefile", "README.md", *files]):
        with open(path, encoding="utf-8", errors="replace") as f:
            for number, line in enumerate(f, 1):
                if re.search(r"[T]ODO|[F]IXME|[H]ACK|X{3}", line):
                    yield path, number, "is marked as unfinished"


# What a test has measured, or a wait for the end of a program, against a number. A least time may stand before it.
TIMING = r"(\.seconds\b|\bmonotonic\(\)|\.received\b)[^<]* <=? [\d(]|\b(process|running|waiting)\.wait\([\d.]+\)"


def check_timings():
    for path in glob.glob("tests/**/*.py", recursive=True):
        for number, line in numbered(read(path)):
            if re.match(r"\s*(assert|done|status)\b.*|.*\.wait\(", line) and re.search(TIMING, line):
                yield path, number, "a busy machine may take longer: PATIENCE_S"


def check_format():
    tool = shutil.which("clang-format")
    if not tool or " version 14." not in subprocess.run([tool, "--version"], stdout=subprocess.PIPE, text=True).stdout:
        return
    done = subprocess.run([tool, "--dry-run", *sources("src", "port", "boards", "tests")], stderr=subprocess.PIPE,
                          text=True)
    found = re.findall(r"^(\S+?):(\d+):\d+: warning", done.stderr, flags=re.M)
    for path in sorted({f for f, _ in found}):
        yield path, next(n for f, n in found if f == path), "is not as .clang-format has it: make format"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listed", nargs="*", default=[])
    parser.add_argument("--objects", nargs="*", default=[])
    args = parser.parse_args()
    checks = {
        "includes": check_includes(),
        "lists": check_lists(args.listed),
        "calls": check_calls(),
        "callers": check_callers(),
        "prefixes": check_prefixes(),
        "licence": check_licence(),
        "lengths": check_lengths(),
        "columns": check_columns(),
        "ifdefs": check_ifdefs(),
        "statics": check_statics(args.objects),
        "marks": check_marks(),
        "timings": check_timings(),
        "format": check_format(),
    }
    failed = 0
    for name, found in checks.items():
        breaks = list(found)
        failed += bool(breaks)
        print(f"{'FAILED' if breaks else 'ok'}: {name}")
        for path, number, text in breaks:
            print(f"  {path}:{number}: {text}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
