#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run the suites that are named, sum up, and say it in one last line: "N passed, N failed, N skipped".

    run.py [--make] [--SUITE [ARGUMENT...]]...

--make: before a suite runs, `$MAKE built FOR=SUITE` builds what it needs. Suites run while others are built.

check, size, soak, proof, budget COMMAND... a command with a line "N passed, N failed[, N skipped]"
unit, fault PROGRAM... cmocka programs
fuzz PROGRAM...        build/.../fuzz_x replays tests/fuzz/corpus/x
boards-test BOARD...   pytest against the static programs, under emulation, and the unit tests of those that have them
coverage BUILD PROGRAM...   the unit tests again, instrumented, then coverage.py
packages [long]        pytest of tests/packages; without `long` not those that are marked so
integration PROGRAM [SANITISED]   pytest against the program, and with the sanitised one, without what is marked
                       "plain" (memory, speed)
emulation MACHINES EXAMPLE   pytest of tests/firmware; BOARD:COMMAND|...: how QEMU runs each board; commands that build
                       an example
Suites that wait much of their time run side by side, and beside the others, which run one after the other. A suite in
which nothing ran has failed, and one that could not be built. So has a program that ends before its tests do.
Each of several suites is a session of its own, without the terminal. A signal that ends this program ends them all.
"""
import concurrent.futures
import contextlib
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM_SECONDS = 600
SLOW = {"TEST_HANGS_S": "2400"}   # one test of these suites may take minutes
STOP_SECONDS = 10   # for servers of tests to be ended by those
NOTHING_RAN = 5  # pytest's exit status, if PYTEST= selects nothing of a part; a suite in which nothing ran at all fails
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


def programs(commands, nice=0, **env):
    """Run test programs, as many at once as there are processors."""
    commands = [["nice", f"-n{nice}", *command] for command in commands]
    total = Sum()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for command, (status, text) in zip(commands, pool.map(lambda c: run(c, **env), commands)):
            result = count(status, text)
            if result.passed + result.failed + result.skipped == 0:
                result.failed = 1
            if result.failed:
                print(text.rstrip())
            else:
                lines = [line for line in text.splitlines() if re.search(r"\d (cut points|failures)\b", line)]
                print("".join(f"    {line}\n" for line in lines), end="")
            print(f"  {next((c for c in command if c.startswith('build/')), command[0])}: {result}")
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
    command = ["nice", f"-n{nice}", "/usr/bin/python3", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider",
               "--rootdir=.",   # for tests/conftest.py
               f"--junitxml={report}", "-o", "markers=plain: not for the sanitised program\nlong: not in `make test`", *more, *where]
    status = subprocess.run(command, env={**os.environ, **SANITIZERS, **env}, stdout=out,
                            stderr=out and subprocess.STDOUT).returncode
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


def lanes(parts, workers):
    """Run parts of a suite side by side, the first ones first: (report, more, where, nice, environment) each, which
    pytest() takes. What each said is printed when it ends."""
    total = Sum()

    def one(part):
        report, more, where, nice, env = part
        with tempfile.TemporaryFile("w+") as said:
            words = [*more, *os.environ.get("PYTEST", "").split()]
            result = pytest(f"build/report/{report}.xml", words, where, said, nice, **env)
            said.seek(0)
            print(f"  {report}\n{said.read().rstrip()}")
            return result
    os.makedirs("build/report", exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for result in pool.map(one, parts):
            total.add(result)
    return total


def suite_integration(arguments):
    """Both programs, in two lanes: the files whose tests measure time go before all else, one after the other."""
    program, sanitised = [os.path.abspath(a) for a in (arguments + arguments)[:2]]
    files = sorted(glob.glob("tests/integration/test_*.py"))
    timed_files = [name for name in files if re.search(r"test_(\w+?)(_\d)?\.py", name)[1] in TIMED]
    rest = [name for name in files if name not in timed_files]
    plain = dict(FLUXVISION=program, FLUXVISION_ASAN=sanitised)
    careful = dict(FLUXVISION=sanitised, FLUXVISION_ASAN=sanitised)
    first = [("integration-timed", [], timed_files, 0, plain)]
    second = [("integration", [], rest + ["tests/portal/selftest.py"], BEHIND, plain)]
    if sanitised != program:
        first.append(("integration-timed-asan", ["-m", "not plain"], timed_files, 0, careful))
        second.append(("integration-asan", ["-m", "not plain"], rest, BEHIND, careful))
    total = Sum()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda parts: lanes(parts, 1), (first, second)):
            total.add(result)
    return total


def suite_boards(boards):
    """First what waits much of the time."""
    files = sorted(glob.glob("tests/boards/test_*.py"))
    names = [name for name in files if "names" in name]
    rest = [name for name in files if name not in names]
    env = {"FLUXVISION_BOARDS": " ".join(boards)}
    total = lanes([("boards-names", [], names, 0, env), ("boards-rest", [], rest, 0, env)], 2)
    commands = []
    for board in boards:
        with open(f"boards/{board}/board.mk", encoding="utf-8") as f:
            qemu = re.search(r"^QEMU := (.*)$", f.read(), flags=re.M)[1].split()
        commands += [[*qemu, p] for p in glob.glob(f"build/{board}/unit/test_*") if os.access(p, os.X_OK)]
    # The largest take the longest, so they come first.
    commands.sort(key=lambda command: (-os.path.getsize(command[-1]), command[-1]))
    print("  the unit tests of the boards that have them")
    total.add(programs(commands, BUSY_NICE - WAITING_NICE))
    return total


def suite_packages(arguments):
    """What each ecosystem came to is told in a table: tests write its lines."""
    table = os.path.abspath("build/report/packages.txt")
    os.makedirs(os.path.dirname(table), exist_ok=True)
    with open(table, "w", encoding="utf-8"):
        pass
    more = [] if "long" in arguments else ["-m", "not long"]
    env = {"PACKAGES_TABLE": table, **SLOW}
    total = lanes([("packages", more, sorted(glob.glob("tests/packages/test_*.py")), 0, env)], 1)
    with open(table, encoding="utf-8") as f:
        for line in sorted(set(f)):
            print(f"    {line}", end="")
    return total


def suite_emulation(arguments):
    if os.path.exists("build/report/boards.json"):
        os.remove("build/report/boards.json")
    env = {"FIRMWARE": arguments[0], "FIRMWARE_EXAMPLE": arguments[1],
           "FLUXVISION": os.path.abspath("build/fluxvision"), **SLOW}
    files = sorted(glob.glob("tests/firmware/test_*.py"))
    names = sorted(set(map(lane_of, files)))
    return lanes([(f"emulation-{lane}", [], [name for name in files if lane_of(name) == lane],
                   0 if lane == "waits" else BUILD_NICE - WAITING_NICE, env) for lane in names], len(names))


def lane_of(name):
    """Tests of the emulation run in lanes, side by side. Some keep a processor busy for minutes; they give way to those
    that wait for timers and have a time limit. A file belongs to the first lane that has a word of its name."""
    return next((lane for lane, words in LANES.items() if any(word in name for word in words)), "rest")


LANES = {"cuts": ["power"], "listing": ["long_listing"],
         "waits": ["network", "swap", "reconnect", "time", "watchdog"]}
# Files of tests/integration whose tests measure time, without test_ and a number at the end.
TIMED = ("attacked_runs", "bench", "failures", "jobs", "long_runs", "metrics", "pipeline", "pipes", "progress",
         "redirects", "retry", "secrets", "stop", "storms")
BEHIND = 10   # nicer than these
SUITES = {"boards-test": suite_boards, "packages": suite_packages,
          "check": suite_check, "size": suite_check, "unit": suite_unit, "fault": suite_unit, "fuzz": suite_fuzz,
          "soak": suite_check, "proof": suite_check, "coverage": suite_coverage, "integration": suite_integration,
          "emulation": suite_emulation, "budget": suite_check}

# These wait much of the time and have time limits: they are built and begun first, run beside all others, and have
# the processor before builds and all others.
WAITING = ("integration", "emulation", "boards-test")
AFTER = {"budget": "emulation"}   # what its boots saw is a part of the budget
# As root they go before what else the machine does, too.
WAITING_NICE = -10 if os.geteuid() == 0 else 0
BUILD_NICE, BUSY_NICE = 10, 15


class Task:
    """A suite of several, in a process of its own; what it says is printed as one when it has ended."""

    busy = threading.Lock()   # of the suites that keep all processors busy, one at a time

    def __init__(self, name, arguments):
        self.name, self.arguments = name, arguments
        self.result, self.took, self.bad, self.ended = None, "", [], threading.Event()

    def not_built(self):
        """What it needs could not be built, or its thread broke off."""
        self.end(Sum(failed=1), "did not run", [f"== {self.name}", "  it could not be built or begun"])
        self.ended.set()

    def run(self, after):
        """Run it to the end, after another one if that is given."""
        if after:
            after.ended.wait()
        try:
            with contextlib.nullcontext() if self.name in WAITING else self.busy:
                self.work(WAITING_NICE if self.name in WAITING else BUSY_NICE)
        finally:
            self.ended.set()

    def work(self, nice):
        """Run it now."""
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            status, took = timed(["nice", f"-n{nice}", sys.executable, os.path.abspath(__file__), f"--{self.name}",
                                  *self.arguments], stdout=said, stderr=subprocess.STDOUT)
            said.seek(0)
            lines = said.read().splitlines()
        m = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", lines[-1] if lines else "")
        total = Sum(*map(int, m.groups())) if m else Sum(failed=1)
        if status != 0 and total.failed == 0:
            total.failed = 1
        self.end(total, took, lines[:-2] if m else lines)   # its own sum is in other words below

    def end(self, total, took, lines):
        """Say what it came to."""
        self.result, self.took = total, took
        self.bad = [line.strip() for line in lines if re.match(r"  \S+: \d+ passed, [1-9]\d* failed", line)]
        sys.stdout.write("\n".join([*lines, f"== {self.name}: {total} ({took})", ""]))


RUNNING = set()   # process groups of timed()
STOPPED = threading.Event()


def timed(command, **how):
    """Run a command: its exit status, and in words how long it took and what of the processors."""
    if STOPPED.is_set():
        return 1, "not begun"
    begun = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **how)
    RUNNING.add(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    RUNNING.discard(process.pid)
    process.returncode = os.waitstatus_to_exitcode(status)
    busy = used.ru_utime + used.ru_stime
    return process.returncode, f"{time.monotonic() - begun:.0f} s, {busy:.0f} s of processor time"


def stop(number, _frame):
    """At a signal: end what runs, with INT, which pytest takes for Ctrl-C; what is left after some seconds, with KILL.
    Then end by the same signal."""
    for other in STOPPING:
        signal.signal(other, signal.SIG_IGN)
    print(f"\nrun.py: {signal.Signals(number).name}: the suites that run are ended", file=sys.stderr)
    STOPPED.set()
    groups = send(set(RUNNING), signal.SIGINT)
    end = time.monotonic() + STOP_SECONDS
    while groups and time.monotonic() < end:
        time.sleep(0.1)
        groups = send(groups | RUNNING, 0)
    send(groups, signal.SIGKILL)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def send(groups, number):
    """Send a signal to process groups. Returns those that there are."""
    there = set()
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)
            there.add(group)
    return there


def built(name):
    """Let make build what a suite needs; whether it could. Its jobs are those of the make that runs us, whose jobserver
    is in MAKEFLAGS and in descriptors."""
    status, took = timed(["nice", f"-n{BUILD_NICE}", os.environ.get("MAKE", "make"), "--no-print-directory", "-s",
                          "built", f"FOR={name}"], close_fds=False)
    print(f"== {name}: {'built' if status == 0 else 'not built'} ({took})")
    return status == 0


def side_by_side(suites, make):
    """Several suites: those that wait first, each as soon as it is built. Returns their tasks in the order given."""
    tasks = [Task(*suite) for suite in suites]
    threads, known = [], {}
    for task in sorted(tasks, key=lambda t: WAITING.index(t.name) if t.name in WAITING else len(WAITING)):
        if make and task.name not in known:
            known[task.name] = built(task.name)
        if not known.get(task.name, True):
            task.not_built()
            continue
        after = next((t for t in tasks if t.name == AFTER.get(task.name)), None)
        threads.append(threading.Thread(target=task.run, args=(after,), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
    for task in tasks:
        if task.result is None:
            task.not_built()
    return tasks


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
                name = f"{case.get('classname')}::{case.get('name')}"
                print(f"failed: {os.path.basename(report)}: {name}: {why[0][:300]}")


def main():
    sys.stdout.reconfigure(line_buffering=True)
    start = time.time()
    words = sys.argv[1:]
    make = words[:1] == ["--make"]
    suites = []
    for word in words[make:]:
        if word.startswith("--") and word[2:] in SUITES:
            suites.append((word[2:], []))
        elif suites:
            suites[-1][1].append(word)
        else:
            sys.exit(__doc__)
    total = Sum()
    several = make or len(suites) > 1
    if not suites:
        sys.exit("run.py: no suite is named, so nothing would be tested")
    if several:
        for number in STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:   # nohup, a shell's &
                signal.signal(number, stop)
        tasks = side_by_side(suites, make)
        print("== all suites")
        for task in tasks:
            print(f"{task.name}: {task.result} ({task.took})")
            total.add(task.result)
        for task in tasks:
            print("".join(f"failed: {task.name}: {line}\n" for line in task.bad), end="")
        tell_failures(start)
    for name, arguments in [] if several else suites:
        print(f"== {name}")
        total = SUITES[name](arguments)
        if total.passed + total.failed == 0:
            print(f"  nothing ran in {name}")
            total.failed = 1
        print(f"== {name}: {total}")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
