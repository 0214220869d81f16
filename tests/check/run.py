#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run the suites that are named, sum up, and say it in one last line: "N passed, N failed, N skipped".

    run.py [--SUITE [ARGUMENT...]]...

check, size, soak, budget COMMAND... a command with a line "N passed, N failed[, N skipped]"
unit, fault PROGRAM... cmocka programs
fuzz PROGRAM...        build/.../fuzz_x replays tests/fuzz/corpus/x
boards BOARD...        pytest against the static programs, under emulation, and the unit tests of those that have them
coverage BUILD PROGRAM...   the unit tests again, instrumented, then coverage.py
integration PROGRAM [SANITISED]   pytest against the program; a second pass with the sanitised one, without what is
                       marked "plain" (memory, speed)
emulation MACHINES EXAMPLE   pytest of tests/firmware; BOARD:COMMAND|...: how QEMU runs each board; commands that build
                       an example
Of several, integration runs beside the others. A suite in which nothing ran has failed. So has a program that ends before its tests do.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM_SECONDS = 600
NOTHING_RAN = 5  # pytest's exit status, if PYTEST= selects nothing of a part; main() fails a suite in which nothing ran at all
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}


class Sum:
    """What a suite came to."""

    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run(command, **env):
    """Run to the end, both streams in one text. A program that hangs has failed (exit status -1)."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              timeout=PROGRAM_SECONDS, env={**os.environ, **SANITIZERS, **env})
        return done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as e:
        return -1, (e.stdout or b"").decode("utf-8", "replace") + f"\nno end after {PROGRAM_SECONDS} s\n"


def count(status, text):
    """Read cmocka's lines: a RUN, then its verdict. What follows the last verdict (the list of failures) is none."""
    total, open_test = Sum(), False
    for line in text.splitlines():
        if re.match(r"\[ RUN ", line):
            total.failed += open_test
            open_test = True
        elif open_test:
            verdict = re.match(r"\[\s+(OK|FAILED|SKIPPED|ERROR)\s+\] ", line)
            if verdict and verdict[1] != "ERROR":
                total.passed += verdict[1] == "OK"
                total.failed += verdict[1] == "FAILED"
                total.skipped += verdict[1] == "SKIPPED"
                open_test = False
    total.failed += open_test
    if status != 0 and total.failed == 0:
        total.failed = 1   # a crash or a leak between the tests
    return total


def programs(commands, **env):
    """Run test programs, as many at once as there are processors."""
    total = Sum()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for command, (status, text) in zip(commands, pool.map(lambda c: run(c, **env), commands)):
            result = count(status, text)
            if result.passed + result.failed + result.skipped == 0:
                result.failed = 1
            if result.failed:
                print(text.rstrip())
            else:
                print("".join(f"    {line}\n" for line in text.splitlines() if re.search(r"\d (cut points|failures)\b", line)), end="")
            print(f"  {os.path.basename(next((c for c in command if c.startswith('build/')), command[0]))}: {result}")
            total.add(result)
    return total


def suite_check(arguments):
    status, text = run(arguments)
    print(text.rstrip())
    m = re.search(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", text, flags=re.M)
    total = Sum(int(m[1]), int(m[2]), int(m[3] or 0)) if m else Sum()
    if status != 0 and total.failed == 0:
        total.failed = 1
    return total


def suite_unit(arguments):
    return programs([[p] for p in arguments])


def suite_fuzz(arguments):
    commands = []
    for program in arguments:
        name = os.path.basename(program).removeprefix("fuzz_")
        commands.append([program, f"tests/fuzz/corpus/{name}"])
    return programs(commands)


def suite_coverage(arguments):
    build, tests = arguments[0], arguments[1:]
    for data in glob.glob(f"{build}/**/*.gcda", recursive=True):
        os.remove(data)
    total = programs([[p] for p in tests])
    total.passed = total.skipped = 0   # `unit` has counted them
    total.add(suite_check([sys.executable, f"{HERE}/coverage.py", build, "src/base", "src/parse"]))
    return total


def pytest(report, more, where=("tests/integration", "tests/portal/selftest.py"), out=None, nice=0, **env):
    where = [d for d in where if os.path.exists(d)]
    command = ["nice", f"-n{nice}", "/usr/bin/python3", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", f"--junitxml={report}",
               "-o", "markers=plain: not for the sanitised program", *more, *where]
    status = subprocess.run(command, env={**os.environ, **SANITIZERS, **env}, stdout=out, stderr=out and subprocess.STDOUT).returncode
    total = Sum()
    try:
        for suite in ET.parse(report).getroot().iter("testsuite"):
            n = {k: int(suite.get(k, 0)) for k in ("tests", "failures", "errors", "skipped")}
            bad = n["failures"] + n["errors"]
            total.add(Sum(n["tests"] - bad - n["skipped"], bad, n["skipped"]))
    except (OSError, ET.ParseError):
        pass
    if status not in (0, NOTHING_RAN if os.environ.get("PYTEST") else 0) and total.failed == 0:
        total.failed = 1
    return total


def suite_integration(arguments):
    """The two passes side by side: both wait most of the time."""
    program, sanitised = [os.path.abspath(a) for a in (arguments + arguments)[:2]]
    os.makedirs("build/report", exist_ok=True)
    more = os.environ.get("PYTEST", "").split()
    if sanitised == program:
        return pytest("build/report/integration.xml", more, FLUXVISION=program, FLUXVISION_ASAN=program)
    with tempfile.TemporaryFile("w+") as said, concurrent.futures.ThreadPoolExecutor(1) as pool:
        second = pool.submit(pytest, "build/report/integration-asan.xml", ["-m", "not plain", "--ignore=tests/portal", *more],
                             ["tests/integration"], said, FLUXVISION=sanitised, FLUXVISION_ASAN=sanitised)
        total = pytest("build/report/integration.xml", more, FLUXVISION=program, FLUXVISION_ASAN=sanitised)
        total.add(second.result())
        print("  the same with the sanitised program")
        said.seek(0)
        print(said.read().rstrip())
    return total


def suite_boards(boards):
    total = Sum()
    for board in boards:
        with open(f"boards/{board}/board.mk", encoding="utf-8") as f:
            qemu = re.search(r"^QEMU := (.*)$", f.read(), flags=re.M)[1].split()
        units = sorted(p for p in glob.glob(f"build/{board}/unit/test_*") if os.access(p, os.X_OK))
        if units:
            print(f"  the unit tests on {board}")
            total.add(programs([[*qemu, p] for p in units]))
    os.makedirs("build/report", exist_ok=True)
    total.add(pytest("build/report/boards.xml", os.environ.get("PYTEST", "").split(), ["tests/boards"],
                     FLUXVISION_BOARDS=" ".join(boards)))
    return total


def suite_emulation(arguments):
    os.makedirs("build/report", exist_ok=True)
    if os.path.exists("build/report/boards.json"):
        os.remove("build/report/boards.json")
    env = {"FIRMWARE": arguments[0], "FIRMWARE_EXAMPLE": arguments[1], "FLUXVISION": os.path.abspath("build/fluxvision")}
    files = sorted(glob.glob("tests/firmware/test_*.py"))
    lanes = {lane: [name for name in files if lane_of(name) == lane] for lane in sorted(set(map(lane_of, files)))}

    def one(lane):
        with tempfile.TemporaryFile("w+") as said:
            total = pytest(f"build/report/emulation-{lane}.xml", os.environ.get("PYTEST", "").split(), lanes[lane], said,
                           nice=0 if lane == "waits" else 5, **env)
            said.seek(0)
            return total, said.read().rstrip()
    total = Sum()
    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        for result, said in pool.map(one, lanes):
            print(said)
            total.add(result)
    return total


def lane_of(name):
    """Tests of the emulation run in lanes, side by side. Some keep a processor busy for minutes; they give way to those that wait for
    timers and have a time limit."""
    return next((lane for lane, words in LANES.items() if any(word in name for word in words)), "rest")


SUITES = {"boards": suite_boards, "check": suite_check, "size": suite_check, "unit": suite_unit, "fault": suite_unit, "fuzz": suite_fuzz,
          "soak": suite_check, "coverage": suite_coverage, "integration": suite_integration, "emulation": suite_emulation,
          "budget": suite_check}


# A file belongs to the first lane that has a word of its name.
LANES = {"cuts": ["power"], "listing": ["long_listing"], "waits": ["network", "swap", "reconnect", "time", "watchdog"]}
ASIDE = ("integration",)


class Aside:
    """A suite that waits much of the time, in a process of its own beside all others. Those give way to it: it has time limits."""

    def __init__(self, name, arguments):
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), f"--{name}", *arguments], stdout=self.said,
                                        stderr=subprocess.STDOUT)

    def result(self):
        status = self.process.wait()
        self.said.seek(0)
        *lines, last = self.said.read().splitlines() or [""]
        print("\n".join(lines[1:-1]))   # without the head and the sum, which the caller prints
        m = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
        total = Sum(*map(int, m.groups())) if m else Sum(failed=1)
        if status != 0 and total.failed == 0:
            total.failed = 1
        return total


def tell_failures(since):
    """Each failed test of pytest's again, in a line, where the end of a long text is all that is left of a run."""
    for report in sorted(glob.glob("build/report/*.xml")):
        if os.path.getmtime(report) < since:
            continue
        try:
            cases = list(ET.parse(report).getroot().iter("testcase"))
        except ET.ParseError:
            continue  # pytest was killed, and its suite has failed
        for case in cases:
            for bad in [*case.iter("failure"), *case.iter("error")]:
                why = bad.get("message", "").splitlines() or [""]
                print(f"failed: {os.path.basename(report)}: {case.get('classname')}::{case.get('name')}: {why[0][:300]}")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    start = time.time()
    suites = []
    for word in sys.argv[1:]:
        if word.startswith("--") and word[2:] in SUITES:
            suites.append((word[2:], []))
        elif suites:
            suites[-1][1].append(word)
        else:
            sys.exit(__doc__)
    total = Sum()
    aside = {name: Aside(name, dict(suites)[name]) for name in ASIDE if len(suites) > 1 and name in dict(suites)}
    if aside:
        os.nice(10)
    for name, arguments in suites:
        print(f"== {name}")
        result = aside[name].result() if name in aside else SUITES[name](arguments)
        if result.passed + result.failed == 0:
            print(f"  nothing ran in {name}")
            result.failed = 1
        print(f"== {name}: {result}")
        total.add(result)
    if len(suites) > 1:
        tell_failures(start)
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
