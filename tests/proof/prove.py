# SPDX-License-Identifier: MIT
"""Run the proofs of tests/proof with CBMC, each in a process of its own, and say what each came to.

    prove.py [--core] [--faults] [--table] [--only WORD] [--jobs N] --prover FOLDER [--include FOLDER]...

--core    those of `make test` alone
--faults  put each fault of faults.txt into a copy of its file instead: a proof of that module has to find it
--table   the rows for tests/README.md at the end
--only    those whose module or name holds WORD

A proof is a function prove_NAME of tests/proof/proof_MODULE.c. A comment there declares it in one line, with ";"
between its parts:

    PROOF NAME; STATE 0-22; unwind 8; core; bound any length; property

STATE 0-22: a run for each value of the macro STATE. unwind: loops are unrolled so often, and the proof fails if one
goes on. core: it is in `make test`. bound: the inputs that it holds for; property: what it shows, beside the absence
of undefined behaviour.

A run has to prove all properties but one: proof_reached() is an assertion that fails if it can be reached, so that
assumptions which exclude each other prove nothing. A run that needs more processor time or memory than it is given
has failed.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import resource
import subprocess
import sys
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/../mutants")

import named  # noqa: E402  pylint: disable=wrong-import-position

LIMIT_S = 240          # of processor time
MEMORY = 6 << 30       # bytes
REACHED = "proof_reached"
UNWIND = ".unwind."    # in the name of a property: a loop ends within `unwind` rounds; a longer one may be right
RESULT = re.compile(r"^\[(\S+)\] (?:line \d+ )?(.*): (SUCCESS|FAILURE|UNKNOWN|ERROR)$", re.M)
END = re.compile(r"^\*\* \d+ of (\d+) failed.*\nVERIFICATION (?:SUCCESSFUL|FAILED)$", re.M)


class Proof(NamedTuple):
    """One declared proof."""

    module: str
    name: str
    states: list       # values of STATE; [None]: the macro is not used
    unwind: int
    core: bool
    bound: str
    text: str


class Run(NamedTuple):
    """What a run of CBMC came to.

    `failed` has the properties that do not hold, `unknown` those that CBMC does not judge, as behind such a one."""

    proof: Proof
    state: object
    ended: bool        # by itself, with a verdict on each property
    failed: list
    unknown: list
    reached: bool
    seconds: float
    said: str

    @property
    def proved(self):
        return self.ended and not self.failed and not self.unknown and self.reached

    @property
    def title(self):
        return f"{self.proof.module} {self.proof.name}" + (f" {self.state}" if self.state is not None else "")


def declared(path):
    """The proofs of a file."""
    module = re.search(r"proof_(\w+)\.c$", path)[1]
    with open(path, encoding="utf-8") as f:
        text = f.read()
    names = []
    for line in re.findall(r"^ \* PROOF (.*(?:\n \*     .*)*)", text, flags=re.M):
        name, *parts, what = [part.strip() for part in re.sub(r"\n \*\s+", " ", line).split(";")]
        states, unwind, core, bound = [None], None, False, None
        for part in parts:
            word, _, value = part.partition(" ")
            if word == "STATE":
                first, _, last = value.partition("-")
                states = range(int(first), int(last or first) + 1)
            elif word == "unwind":
                unwind = int(value)
            elif word == "bound":
                bound = value
            elif part == "core":
                core = True
            else:
                raise ValueError(f"{path}: {name}: {part}")
        if unwind is None or bound is None or f"void prove_{name}(void)" not in text:
            raise ValueError(f"{path}: {name}: it lacks unwind, bound or its function")
        if not states:
            raise ValueError(f"{path}: {name}: no STATE")
        names.append(name)
        yield Proof(module, name, list(states), unwind, core, bound, what)
    if sorted(names) != sorted(re.findall(r"\bprove_(\w+)\(void\)\n", text)):
        raise ValueError(f"{path}: a function prove_... is not declared, or is declared twice")


class Prover:
    """CBMC of the folder into which its packages were unpacked, with that folder's own loader and libraries."""

    def __init__(self, folder, includes):
        libraries = sorted({os.path.dirname(path) for path in glob.glob(f"{folder}/**/*.so*", recursive=True)})
        loader, = glob.glob(f"{folder}/*/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
        program, = glob.glob(f"{folder}/*/usr/bin/cbmc")
        self.command = [loader, "--library-path", ":".join(libraries), program]
        self.includes = includes

    def __call__(self, proof, state, before=()):
        """Run it; the folders `before` come before src."""
        folders = [f"{HERE}/caps", *before, "src", "tests/proof", *self.includes]
        command = [*self.command, f"tests/proof/proof_{proof.module}.c", "tests/proof/model.c",
                   "--function", f"prove_{proof.name}", "--unwind", str(proof.unwind),
                   "--drop-unused-functions", "--no-malloc-may-fail", "--pointer-overflow-check",
                   "-DFV_CHECKED", *[f"-I{one}" for one in folders], f"-DSTATE={state or 0}"]
        used, begun = None, time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   preexec_fn=limit)
        said = process.stdout.read()
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = used.ru_utime + used.ru_stime if used else time.monotonic() - begun
        results = RESULT.findall(said)
        end = END.search(said)
        ended = end is not None and int(end[1]) == len(results) > 0 and process.returncode in (0, 10)
        failed, unknown = [[f"{name}: {what}" for name, what, verdict in results
                            if verdict in verdicts and REACHED not in what]
                           for verdicts in (["FAILURE"], ["UNKNOWN", "ERROR"])]
        marks = [verdict == "FAILURE" for _, what, verdict in results if REACHED in what]
        return Run(proof, state, ended, failed, unknown, bool(marks) and all(marks), seconds, said)


def limit():
    """In the child: what it may take."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def told(run):
    """A line of a run, with why it failed."""
    if run.proved:
        why = "proved"
    elif not run.ended:
        why = "NOT PROVED: no verdict: " + " ".join(run.said.strip().splitlines()[-3:])[-300:]
    elif run.failed:
        why = "NOT PROVED: " + "; ".join(run.failed[:4])
    elif run.unknown:
        why = "NOT PROVED: unknown: " + "; ".join(run.unknown[:4])
    else:
        why = "NOT PROVED: nothing is reached, so nothing was shown"
    return f"  {run.title}: {why} ({run.seconds:.1f} s)"


def all_of(proofs, prover, jobs):
    """Run them all. Returns the runs in their order."""
    work = [(proof, state) for proof in proofs for state in proof.states]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = []
        for run in pool.map(lambda one: prover(*one), work):
            print(told(run), flush=True)
            runs.append(run)
    return runs


def module_of(file):
    return os.path.splitext(os.path.basename(file))[0]


def found(fault, proofs, prover, folder):
    """What finds a fault: a run and its assertion, or None. Raises ValueError where the code does not compile."""
    name, file, text = fault
    module = module_of(file)
    where = f"{folder}/{re.sub('[^a-z0-9]+', '-', name.lower())}"
    os.makedirs(os.path.dirname(f"{where}/{file}"), exist_ok=True)
    with open(f"{where}/{file}", "w", encoding="utf-8") as f:
        f.write(text)
    for proof in proofs:
        if proof.module != module:
            continue
        for state in proof.states:
            run = prover(proof, state, before=[f"{where}/src"])
            if not run.ended:
                raise ValueError(f"{name}: {told(run)}")
            wrong = [one for one in run.failed if UNWIND not in one]
            if wrong:
                return f"{run.title}: {wrong[0]} ({run.seconds:.1f} s)"
    return None


def try_faults(proofs, prover, jobs, folder, only):
    """Each fault of faults.txt; how many were found, and how many not."""
    modules = {proof.module for proof in proofs if only in proof.module or only in proof.name}
    faults = [(name, file, named.applied(name, file, old, new))
              for name, file, old, new in named.rules(f"{HERE}/faults.txt")
              if only in name or module_of(file) in modules]
    count = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for fault, by in zip(faults, pool.map(lambda one: found(one, proofs, prover, folder), faults)):
            count += by is not None
            print(f"  {fault[1]}: {fault[0]}: {'found by ' + by if by else 'NO PROOF FINDS IT'}", flush=True)
    return count, len(faults) - count


def row(proof):
    """What tests/README.md has of a proof, but for the seconds."""
    runs = f" ({len(proof.states)} runs)" if len(proof.states) > 1 else ""
    return f"| {proof.module} | {proof.text} | {proof.bound}{runs} | "


def table(proofs, runs):
    """Rows for the README: seconds of all runs of a proof together."""
    for proof in proofs:
        seconds = sum(run.seconds for run in runs if run.proof == proof)
        print(f"{row(proof)}{seconds:.1f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--core", action="store_true")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--prover", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--work", default="build/proof")
    args = parser.parse_args()
    prover = Prover(args.prover, args.include)
    proofs = [proof for path in sorted(glob.glob(f"{HERE}/proof_*.c")) for proof in declared(path)]
    if args.faults:
        passed, failed = try_faults(proofs, prover, args.jobs, f"{args.work}/faults", args.only)
    else:
        chosen = [proof for proof in proofs if (proof.core or not args.core) and
                  (args.only in proof.module or args.only in proof.name)]
        runs = all_of(chosen, prover, args.jobs)
        passed = sum(run.proved for run in runs)
        failed = len(runs) - passed
        if args.table:
            table(chosen, runs)
    if not passed + failed:
        print(f"no proof or fault is called {args.only}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
