#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Put small faults into a copy of a source file, one at a time, and say which of them no test sees.

    mutants.py --build DIR [--count N --seed S --where "PATH ..."] [--named WORD] [--soak PROGRAM --seeds N] TEST...

The Makefile has compiled the tree once (DIR) and left beside each object and program how that is done (.how), and
beside each program what is in it (.parts). A mutant is one object compiled anew, linked in front of the archive into
those tests that contain it. One whose object is the same as without the fault is none. It is dead when a test fails,
crashes or does not end. Those that can't differ in what they do are listed in equivalent.txt, with the reason, and
are not counted.
"""
import argparse
import concurrent.futures
import fnmatch
import functools
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time

import named
from change import changes

HERE = os.path.dirname(os.path.abspath(__file__))
FEWEST_SECONDS = 5   # that a run may take at least; otherwise so many times what it takes without a fault:
TIMES = 6
SEEDS = 20000
NAMED_SEEDS = 100000
UNITS_ONLY = "[units]"  # behind the name of one that the simulator can't see


def stop(*lines):
    print(*lines, sep="\n", file=sys.stderr)
    sys.exit(1)


@functools.lru_cache(None)
def read(path):
    """A file's text, the same all the time: somebody may go on working in the tree."""
    with open(path, encoding="utf-8") as f:
        return f.read()


def compile_text(build, file, text, out):
    """Compile text as if it were the file. Whether that worked."""
    how = shlex.split(read(f"{build}/{file[:-2]}.o.how"))
    source = f'# 1 "{file}"\n{text}'
    return subprocess.run([*how, "-x", "c", "-", "-c", "-o", out], input=source.encode(),
                          stderr=subprocess.DEVNULL).returncode == 0


running = set()


def end_all(*_):
    """Interrupted: a mutant may run for ever."""
    for process in list(running):
        os.killpg(process.pid, signal.SIGKILL)
    os._exit(130)


def run(command, seconds):
    """Run to the end or to the first test that fails. Returns (how it ended, what it printed); None: well."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    running.add(process)
    late = threading.Event()

    def end():
        late.set()
        kill()

    def kill():
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    timer = threading.Timer(seconds, end)
    timer.start()
    lines, failed = [], None
    for line in process.stdout:
        lines.append(line.decode("utf-8", "replace"))
        if line.startswith(b"[  FAILED  ] ") and failed is None:
            failed = lines[-1].split()[3].rstrip(",")
            kill()
    process.wait()
    running.discard(process)
    timer.cancel()
    if late.is_set():
        failed = f"no end in {seconds:.0f} s"
    elif failed is None and process.returncode != 0:
        failed = f"exit {process.returncode}"
    return failed, "".join(lines)


class Program:
    """A test, as it is without a fault."""

    def __init__(self, path, build, *arguments):
        self.path = path
        self.name = os.path.basename(path)
        self.tree = path[len(build) + 1:].split("/")[0]
        self.build = f"{build}/{self.tree}" if self.tree in ("asan", "soak") else build
        self.arguments = arguments
        self.parts = {part.strip("()") for part in read(f"{path}.parts").split()}
        self.seconds = None

    def measure(self):
        start = time.monotonic()
        failed, text = run([self.path, *self.arguments], 600)
        if failed:
            stop(text, f"{self.path}: {failed}, without any fault")
        self.seconds = time.monotonic() - start

    def has(self, file):
        return f"{self.build}/{file[:-2]}.o" in self.parts

    def link(self, file, obj, out):
        how = shlex.split(read(f"{self.path}.how"))
        at = how.index("-Wl,--start-group")
        how[at:at] = [obj]
        done = subprocess.run([*how, "-o", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            stop(done.stdout.decode("utf-8", "replace"), f"{self.path} can't be linked with another {file}")

    def try_with(self, file, obj):
        out = f"{obj}.{self.name}"
        self.link(file, obj, out)
        result = run([out, *self.arguments], max(FEWEST_SECONDS, TIMES * self.seconds))
        os.remove(out)
        return result


def in_order(programs, file):
    """The tests that contain the file: its own first, then the quick ones."""
    own = "test_" + os.path.basename(file)[:-2]
    having = [p for p in programs if p.has(file)]
    return sorted(having, key=lambda p: (p.seconds > 2, not p.name.startswith(own), p.seconds))


def measure(programs):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda p: p.measure(), programs))


# --- Random ones ---

@functools.lru_cache(None)
def equivalents():
    """(file, function, line, change) of each block of equivalent.txt; the first two may have * in them."""
    found = []
    text = re.sub(r"^#.*\n", "", read(f"{HERE}/equivalent.txt"), flags=re.M)
    for block in filter(None, re.split(r"\n\s*\n", text.strip())):
        lines = [line.strip() for line in block.splitlines()]
        if len(lines) < 4 or len(lines[0].split()) != 2:
            stop(block, "equivalent.txt: not FILE FUNCTION, line, change, reason")
        found.append((*lines[0].split(), lines[1], lines[2]))
    return found


def is_equivalent(key):
    return any(all(map(fnmatch.fnmatchcase, key[:2], one[:2])) and key[2:] == one[2:] for one in equivalents())


def sources(where, build):
    """The files, without those that only boards have."""
    for path in where.split():
        if os.path.isdir(path):
            files = sorted(f"{path.rstrip('/')}/{name}" for name in os.listdir(path) if name.endswith(".c"))
            yield from (file for file in files if os.path.exists(f"{build}/{file[:-2]}.o.how"))
        else:
            yield path


def draw(where, build, seed):
    """All changes, in the order of the dice: a place, then what is done there."""
    places, known = {}, set()
    for file in sources(where, build):
        for change in changes(read(file), file):
            places.setdefault((file, change.at), []).append(change)
            known.add(change.key)
    dice = random.Random(seed)
    order = list(places.values())
    dice.shuffle(order)
    return [dice.choice(there) for there in order], known


class Originals:
    """The objects without a fault, to compare with."""

    def __init__(self, build, folder):
        self.build, self.folder, self.objects, self.lock = build, folder, {}, threading.Lock()

    def get(self, file):
        with self.lock:
            if file not in self.objects:
                out = f"{self.folder}/original.o"
                if not compile_text(self.build, file, read(file), out):
                    stop(f"{file} can't be compiled")
                with open(out, "rb") as f:
                    self.objects[file] = f.read()
            return self.objects[file]


def valid(drawn, options, folder):
    """The first options.count changes that compile to something else: [(change, object)]."""
    originals, taken = Originals(options.build, folder), []
    counts = {"equivalent": 0, "same": 0, "broken": 0}

    def look(numbered):
        number, change = numbered
        if is_equivalent(change.key):
            return "equivalent", change, None
        out = f"{folder}/{number}.o"
        if not compile_text(options.build, change.file, change.apply(read(change.file)), out):
            return "broken", change, None
        with open(out, "rb") as f:
            same = f.read() == originals.get(change.file)
        return "same" if same else None, change, out

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for at in range(0, len(drawn), 2 * options.jobs):
            for verdict, change, out in pool.map(look, enumerate(drawn[at:at + 2 * options.jobs], at)):
                if verdict:
                    counts[verdict] += 1
                elif len(taken) < options.count:
                    taken.append((change, out))
            if len(taken) == options.count:
                break
    return taken, counts


def try_mutant(options, program, file, text, obj):
    """How the program ends with the mutant, of which obj is what the tests without sanitisers are linked with."""
    if program.build != options.build:
        obj = f"{obj}.{program.tree}.o"
        if not os.path.exists(obj) and not compile_text(program.build, file, text, obj):
            stop(f"{file} can't be compiled in {program.build}")
    return program.try_with(file, obj)


def judge(options, programs, file, text, obj):
    """What kills the mutant: (test, how), or None."""
    for program in in_order(programs, file):
        failed, _ = try_mutant(options, program, file, text, obj)
        if failed:
            return program.name + (", sanitised" if program.tree == "asan" else ""), failed
    return None


def random_ones(options, programs):
    drawn, known = draw(options.where, options.build, options.seed)
    stale = [one for one in equivalents() if fnmatch.filter(sources(options.where, options.build), one[0]) and not any(
        fnmatch.fnmatchcase(key[0], one[0]) and fnmatch.fnmatchcase(key[1], one[1]) and key[2:] == one[2:]
        for key in known)]
    for key in stale:
        print(f"equivalent.txt: no such place any more: {' | '.join(key)}")
    begin, killers, living = time.monotonic(), {}, []
    with tempfile.TemporaryDirectory(dir=options.build) as folder, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        taken, counts = valid(drawn, options, folder)
        verdicts = pool.map(lambda m: judge(options, programs, m[0].file, m[0].apply(read(m[0].file)), m[1]), taken)
        for number, ((change, _), verdict) in enumerate(zip(taken, verdicts), 1):
            if verdict:
                killers[verdict[0]] = killers.get(verdict[0], 0) + 1
                if options.verbose:
                    print(f"dead   {change.file}:{change.line} {change.what}: {verdict[0]}, {verdict[1]}", flush=True)
            else:
                living.append(change)
                print(f"lives  {change.file}:{change.line}: {change.what}", flush=True)
    seconds = time.monotonic() - begin
    for change in living:
        print(f"\n{change.file} {change.function}\n    {change.source}\n    {change.what}")
    print()
    for name, count in sorted(killers.items(), key=lambda x: -x[1]):
        print(f"  {count:4} killed by {name}")
    dead = len(taken) - len(living)
    print(f"{options.where}, seed {options.seed}: {len(taken)} mutants, {len(living)} live, "
          f"{dead / max(1, len(taken)):.1%} die; "
          f"left out: {counts['same']} of the same code, {counts['equivalent']} listed as equivalent, "
          f"{counts['broken']} not C; "
          f"{seconds:.0f} s, {60 * len(taken) / seconds:.0f} a minute")
    return 1 if stale else 0


# --- Named ones ---

def chosen_rules(word):
    """(name, file, the file's text with the fault in it) of those in named.txt whose name has that word."""
    try:
        return [(name, file, named.applied(name, file, old, new))
                for name, file, old, new in named.rules(f"{HERE}/named.txt") if word.lower() in name.lower()]
    except ValueError as error:
        stop(f"named.txt: {error}")


def named_ones(options, programs, soak):
    chosen = chosen_rules(options.named)
    if not chosen:
        stop(f"named.txt: nothing is called {options.named}")

    def look(numbered):
        number, (name, file, text) = numbered
        obj = f"{folder}/{number}.o"
        if not compile_text(options.build, file, text, obj):
            stop(f"named.txt: {name}: it does not compile")
        with open(obj, "rb") as f:
            if f.read() == originals.get(file):
                stop(f"named.txt: {name}: the code is the same")
        verdict = judge(options, programs, file, text, obj)
        lived = None
        if soak and not name.endswith(UNITS_ONLY):
            start = time.monotonic()
            failed, said = try_mutant(options, soak, file, text, obj) if soak.has(file) else ("not in it", "")
            lived = (failed, said, time.monotonic() - start)
        return name, verdict, lived

    survivors = 0
    with tempfile.TemporaryDirectory(dir=options.build) as folder, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        originals = Originals(options.build, folder)
        for name, verdict, lived in pool.map(look, enumerate(chosen)):
            in_tests = f"{verdict[0]}: {verdict[1]}" if verdict else "NO TEST SEES IT" if programs else ""
            in_soak = ""
            if lived:
                seeds = re.search(r"seed[ =](\d+)", lived[1])
                in_soak = f"LIVES {options.seeds} seeds" if not lived[0] else \
                    f"dies at seed {seeds[1]}" if seeds else lived[0]
                in_soak += f" ({lived[2]:.0f} s)"
            survivors += not lived[0] if lived else not verdict
            print(f"{name:60} {in_soak:32} {in_tests}", flush=True)
    print(f"{len(chosen)} named mutants, {survivors} live" +
          ("" if soak else "; there is no simulator here, only tests"))
    return 1 if survivors else 0


def main():
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, end_all)
    signal.signal(signal.SIGINT, end_all)
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--where", default="src/store")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--named")
    parser.add_argument("--soak")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--longest", type=float, default=1e9)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("programs", nargs="*")
    options = parser.parse_args()
    options.seeds = options.seeds or (SEEDS if options.named is None else NAMED_SEEDS)
    files = {file for _, file, *_ in rules(options.named)} if options.named is not None else set(sources(options.where,
                                                                                                         options.build))
    programs = [Program(path, options.build) for path in options.programs]
    programs = [p for p in programs if any(p.has(file) for file in files)]
    soak = None
    if options.soak:
        path, *more = options.soak.split()
        soak = Program(path, options.build, "--first", "--shown", "0", "--seeds", str(options.seeds), *more)
    measure(programs + ([soak] if soak else []))
    programs = [p for p in programs if p.seconds <= options.longest]
    if options.verbose:
        for program in sorted(programs, key=lambda p: p.seconds):
            print(f"{program.seconds:6.1f} s  {program.path}")
    if options.named is not None:
        return named_ones(options, programs, soak)
    return random_ones(options, programs + ([soak] if soak else []))


if __name__ == "__main__":
    sys.exit(main())
