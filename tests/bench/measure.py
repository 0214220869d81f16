# SPDX-License-Identifier: MIT
"""Running programs side by side, and what they used."""

import dataclasses
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys

LIMIT_S = 900     # one run
ENOUGH_S = 60     # a program that has taken that long in a row, in two runs or more, is not run again
FLUSHING = ("fsync", "fdatasync", "syncfs", "sync", "msync")


@dataclasses.dataclass
class Job:
    """One program's way to do a row's work. `fetched` says whether it did: a function without arguments, called after.
    `disk` is the Disk that the program writes to, if its flushes are to be counted."""
    name: str
    command: list
    env: dict = None
    before: object = None
    fetched: object = None
    disk: object = None


@dataclasses.dataclass
class Used:
    """What one run used: seconds, KiB, and flush requests that its disk got."""
    wall: float
    user: float
    system: float
    peak: float
    flushes: float = None

    cpu = property(lambda self: self.user + self.system)


class Result:
    """All runs of one program in one row. `failure` is why there is none, or None. `calls`: how often one run, which
    is not among `runs`, called fsync and the like; None if that was not counted."""

    def __init__(self, name):
        self.name, self.runs, self.failure, self.calls = name, [], None, None

    def _values(self, what):
        return [value for value in (getattr(one, what) for one in self.runs) if value is not None]

    def median(self, what):
        """The median of wall, user, system, cpu, peak or flushes; None if none was measured."""
        values = self._values(what)
        return statistics.median(values) if values else None

    def spread(self, what):
        """(lowest, highest), or None."""
        values = self._values(what)
        return (min(values), max(values)) if values else None


class Runner:
    """Runs jobs with the program made of run.c; `work` is for its reports and their output."""

    def __init__(self, run, work):
        self.run, self.work = run, pathlib.Path(work)

    def compare(self, jobs, rounds, prefix=()):
        """Run all jobs `rounds` times, one after another in each round, starting with another one each time."""
        results = {job.name: Result(job.name) for job in jobs}
        for number in range(rounds):
            shift = number % len(jobs)
            for job in jobs[shift:] + jobs[:shift]:
                result = results[job.name]
                if result.failure or len(result.runs) > 1 and sum(one.wall for one in result.runs) > ENOUGH_S:
                    continue
                try:
                    if job.disk and number == 0:
                        result.calls = self.calls(job)
                    result.runs.append(self.once(job, prefix))
                except OSError as error:
                    result.failure = str(error)
            done = min(len(result.runs) for result in results.values())
            print(f"    round {number + 1} of {rounds}" + (f", {done} complete" if done <= number else ""),
                  file=sys.stderr)
        return list(results.values())

    def once(self, job, prefix):
        """One run; OSError when the work was not done."""
        report = self.work / "used"
        report.unlink(missing_ok=True)
        flushes = self._done(job, [*prefix, self.run, report, *job.command])
        return Used(*map(float, report.read_text(encoding="ascii").split()), flushes)

    def calls(self, job):
        """How often the program and its children call fsync and the like; None without strace."""
        if not shutil.which("strace"):
            return None
        report = self.work / "calls"
        self._done(job, ["strace", "-f", "-qq", "-c", "-e", f"trace={','.join(FLUSHING)}", "-o", report, *job.command])
        lines = [line.split() for line in report.read_text(encoding="utf-8").splitlines()]
        return sum(int(words[3]) for words in lines if words and words[-1] in FLUSHING)

    def _done(self, job, command):
        """Run a job by `command`. Returns the flushes that its disk got; OSError when the work was not done."""
        if job.before:
            job.before()
        if job.disk:
            job.disk.sync()
        before = job.disk and job.disk.flushes()
        said = self.work / "said"
        command = list(map(str, command))
        with open(said, "wb") as errors:
            process = subprocess.Popen(command, env=dict(os.environ, **(job.env or {})), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
            try:
                status = process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise OSError(f"no end after {LIMIT_S} s") from None
        if status:
            text = said.read_text(errors="replace").strip().splitlines()
            raise OSError(f"exit status {status}" + (f": {text[-1][:200]}" if text else ""))
        flushes = None if before is None else job.disk.flushes() - before
        problem = job.fetched() if job.fetched else None
        if problem:
            raise OSError(problem)
        return flushes
