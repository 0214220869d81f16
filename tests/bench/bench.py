#!/usr/bin/env python3
"""Ours against every other program that is installed, on the same server, turn and turn about.

    bench.py [--quick] [--rows far,near,...] [--out DIR] [--tools DIR] PROGRAM|NAME=PROGRAM...

Prints the targets beside what was reached. DIR (build/bench) gets report.md, results.json, chart.svg with the rows of the
table, and one chart a row. DIR of --tools holds `run` and `relay` and perhaps curl/curl, the one with mbedTLS. Timing
never makes it fail.
"""

import argparse
import dataclasses
import json
import pathlib
import sys

import chart
import report
from measure import Runner
from peers import Peers
from place import Place
from rows import DELAY_MS, FULL, OURS, QUICK, SAME, Rows

ROWS = ("far", "near", "bulk", "stored", "listing", "memory", "scale")
CHARTED = ("far", "near", "bulk", "listing", "memory")


class Bench:
    """Runs the rows and keeps what they gave."""

    def __init__(self, rows, runner, wanted, tools):
        self.rows, self.runner, self.wanted, self.tools = rows, runner, wanted, tools
        self.done, self.scaled, self.skipped = [], [], []

    def measure(self, row):
        """Run one row."""
        print(f"  {row.title}", file=sys.stderr)
        return self.runner.compare(row.jobs, self.rows.sizes.rounds, row.prefix)

    def all(self):
        """Run what was asked for."""
        near = self.rows.place.near()
        if "far" in self.wanted:
            try:
                row = self.rows.far(self.rows.place.far(DELAY_MS, self.tools / "relay"))
                self.done.append((row, self.measure(row)))
            except OSError as error:
                self.skipped.append(f"far: not run, {error} (namespaces need root)")
        for key in ("near", "bulk", "stored", "listing", "memory"):
            if key in self.wanted:
                if key == "stored" and "bulk" not in self.wanted:
                    near.large(self.rows.sizes.bulk)
                row = getattr(self.rows, key)(near)
                self.done.append((row, self.measure(row)))
        if "scale" in self.wanted:
            for count in self.rows.sizes.scale:
                self.scaled.append((count, self.measure(self.rows.scale(near, count))))


def panels(bench, own):
    """{key: Panel} of the rows that have something to show."""
    found = {}
    for row, results in bench.done:
        shown = [one for one in report.ordered(row, results) if one.runs]
        bars = [(one.name, one.median(row.sort),
                 f"{report.number(one.median(row.sort), row.sort)} {report.UNITS[row.sort]}") for one in shown]
        by_name = {one.name: one for one in results}
        goals = [(target.limit(by_name), target.text) for target in row.targets if target.what == row.sort]
        goal = goals[0] if goals and goals[0][0] is not None else None
        if bars:
            unit = {"wall": "seconds", "cpu": "CPU seconds", "peak": "KiB"}[row.sort]
            found[row.key] = chart.Panel(f"{row.title}: {unit}", bars, own, goal and (goal[0], f"target: {goal[1]}"))
    return found


def write(bench, peers, out, own, sizes):
    """The report and the charts; returns the lines that are printed too."""
    verdicts = [line for row, results in bench.done for line in report.verdicts(row, results)]
    said = [f"- {sentence}" for sentence in (
        f"{row.title}: {report.against_best(row, results, own)}" for row, results in bench.done
        if report.against_best(row, results, own))]
    text = ["# fluxvision beside other programs", "", report.machine() + ".",
            f"Rounds: {sizes.rounds}; in each, all programs one after another, starting with another one each time. Median "
            "(lowest–highest). nginx, TLS 1.3, Basic authentication. What is no smaller than a target is no failure.", ""]
    text += ["## Targets", "", *report.targets_table(verdicts), "", *said, "", *bench.skipped, ""]
    for row, results in bench.done:
        text += [f"## {row.title}", "", row.note, "", *report.table(row, results), "", f"![]({row.key}.svg)", ""]
    if bench.scaled:
        text += ["## As the work grows", "", *report.scale_table(bench.scaled, list(bench.rows.programs)), ""]
    text += ["## Programs", "", *(f"- {line}" for line in peers.versions()),
             *(f"- {name}: {why}" for name, why in peers.missing().items())]
    (out / "report.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    drawn = panels(bench, own)
    for key, panel in drawn.items():
        (out / f"{key}.svg").write_text(chart.draw([panel]), encoding="utf-8")
    (out / "chart.svg").write_text(chart.draw([drawn[key] for key in CHARTED if key in drawn]), encoding="utf-8")
    raw = {row.key: {one.name: one.failure or [dataclasses.asdict(run) for run in one.runs] for one in results}
           for row, results in bench.done + [(type("Row", (), {"key": f"scale{count}"}), results)
                                             for count, results in bench.scaled]}
    (out / "results.json").write_text(json.dumps(raw, indent=1), encoding="utf-8")
    lines = [f"{title}: target {wanted_text} ({wanted}); {who} {reached}: {word}"
             for title, wanted_text, who, reached, wanted, word in verdicts]
    scale = report.scale_table(bench.scaled, list(bench.rows.programs))[2:] if bench.scaled else []
    return [*lines, *bench.skipped, *(sentence[2:] for sentence in said), *scale]


def main():
    parser = argparse.ArgumentParser(description="Ours beside other programs.")
    parser.add_argument("--quick", action="store_true", help="a little of everything, twice")
    parser.add_argument("--rows", default=",".join(ROWS), help="some of: %(default)s")
    parser.add_argument("--rounds", type=int, help="how often")
    parser.add_argument("--out", type=pathlib.Path, default="build/bench")
    parser.add_argument("--tools", type=pathlib.Path, default="build/bench")
    parser.add_argument("programs", nargs="+", metavar="[NAME=]PROGRAM")
    options = parser.parse_args()
    wanted = options.rows.split(",")
    if unknown := set(wanted) - set(ROWS):
        parser.error(f"no such row: {', '.join(unknown)}")
    programs = dict(one.split("=", 1) if "=" in one else (OURS, one) for one in options.programs)
    programs = {name: pathlib.Path(path).resolve(strict=True) for name, path in programs.items()}
    sizes = QUICK if options.quick else FULL
    if options.rounds:
        sizes = dataclasses.replace(sizes, rounds=options.rounds)
    options.out.mkdir(parents=True, exist_ok=True)
    tools = options.tools.resolve()
    curl = tools / "curl" / "curl"
    with Place() as place:
        peers = Peers(place.work, {SAME: curl} if curl.exists() else {})
        bench = Bench(Rows(place, peers, programs, sizes), Runner(tools / "run", place.work), wanted, tools)
        bench.all()
        for line in write(bench, peers, options.out, next(iter(programs)), sizes):
            print(line)
    print(f"report: {options.out}/report.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
