"""Running programs side by side, and what they used."""

import dataclasses
import os
import pathlib
import signal
import statistics
import subprocess
import sys

LIMIT_S = 900     # one run
ENOUGH_S = 60     # a program that has taken that long in a row, in two runs or more, is not run again


@dataclasses.dataclass
class Job:
    """One program's way to do a row's work. `fetched` says whether it did: a function without arguments, called after."""
    name: str
    command: list
    env: dict = None
    before: object = None
    fetched: object = None


@dataclasses.dataclass
class Used:
    """What one run used: seconds and KiB."""
    wall: float
    user: float
    system: float
    peak: float

    cpu = property(lambda self: self.user + self.system)


class Result:
    """All runs of one program in one row. `failure` is why there is none, or None."""

    def __init__(self, name):
        self.name, self.runs, self.failure = name, [], None

    def median(self, what):
        """The median of wall, user, system, cpu or peak; None without a run."""
        return statistics.median(getattr(one, what) for one in self.runs) if self.runs else None

    def spread(self, what):
        """(lowest, highest), or None."""
        values = [getattr(one, what) for one in self.runs]
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
                    result.runs.append(self.once(job, prefix))
                except OSError as error:
                    result.failure = str(error)
            done = min(len(result.runs) for result in results.values())
            print(f"    round {number + 1} of {rounds}" + (f", {done} complete" if done <= number else ""), file=sys.stderr)
        return list(results.values())

    def once(self, job, prefix):
        """One run; OSError when the work was not done."""
        if job.before:
            job.before()
        report, said = self.work / "used", self.work / "said"
        report.unlink(missing_ok=True)
        command = [*map(str, prefix), str(self.run), str(report), *map(str, job.command)]
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
        problem = job.fetched() if job.fetched else None
        if problem:
            raise OSError(problem)
        return Used(*map(float, report.read_text(encoding="ascii").split()))
