#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ours against every other program that is installed, on the same server, turn and turn about.

    bench.py [--quick] [--rows far,near,...] [--out DIR] [--tools DIR] [--disk DIR] [--image] PROGRAM|NAME=PROGRAM...

Prints the targets beside what was reached. DIR (build/bench) gets report.md, results.json, chart.svg with the rows of
the table, and one chart a row. DIR of --tools holds `run` and `relay` and perhaps curl/curl, the one with mbedTLS.
Timing never makes it fail. A signal ends it, and nothing of it stays (guard.py).
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys
import tempfile

import chart
import guard
import report
from disk import Disk
from measure import Runner
from peers import Peers
from place import Place
from rows import DELAY_MS, FULL, OURS, QUICK, SAME, Rows

FAR, NEAR = ("far", "redirect"), ("near", "disk", "demo", "bulk", "stored", "listing", "memory")
ROWS = (*FAR, *NEAR, "scale")
CHARTED = ("far", "near", "disk", "bulk", "stored", "listing", "memory")


class Bench:
    """Runs the rows and keeps what they gave."""

    def __init__(self, rows, runner, wanted, tools):
        self.rows, self.runner, self.wanted, self.tools = rows, runner, wanted, tools
        self.done, self.scaled, self.skipped = [], [], []

    def measure(self, row):
        """Run one row."""
        print(f"  {row.title}", file=sys.stderr)
        return self.runner.compare(row.jobs, self.rows.sizes.rounds, row.prefix)

    def each(self, keys, portal):
        """Run these rows against one portal."""
        for key in keys:
            row = getattr(self.rows, key)(portal)
            self.done.append((row, self.measure(row)))

    def all(self):
        """Run what was asked for."""
        wanted = [key for key in FAR if key in self.wanted]
        if wanted:
            try:
                far = self.rows.place.far(DELAY_MS, self.tools / "relay")
            except OSError as error:
                self.skipped.append(f"{', '.join(wanted)}: not run, {error} (namespaces need root)")
            else:
                self.each(wanted, far)
        near = self.rows.place.near()
        self.each([key for key in NEAR if key in self.wanted], near)
        if "scale" in self.wanted:
            for count in self.rows.sizes.scale:
                self.scaled.append((count, self.measure(self.rows.scale(near, count))))


def panel(row, results, own, all_ways):
    """The Panel of a row, or None if there is nothing to show. Unless all ways are asked for, each program has one
    bar: ours its own, another one its best way to do all of the work."""
    shown = [one for one in report.ordered(row, results) if one.runs]
    if not all_ways:
        best = {}
        for one in shown:
            if one.name == own or not one.name.startswith(OURS) and "alone" not in one.name:
                best.setdefault(one.name if one.name == own else one.name.split()[0].rstrip(","), one)
        shown = list(best.values())
    bars = [(one.name, one.median(row.sort), report.number(one.median(row.sort), row.sort)) for one in shown]
    unit = {"wall": "seconds", "cpu": "seconds of processor", "peak": "KiB"}[row.sort]
    return chart.Panel(row.title, unit, bars, OURS) if bars else None


def write(bench, peers, out, own, sizes):
    """The report and the charts; returns the lines that are printed too."""
    verdicts = [line for row, results in bench.done for line in report.verdicts(row, results)]
    said = [f"- {sentence}" for sentence in (
        f"{row.title}: {report.against_best(row, results, own)}" for row, results in bench.done
        if report.against_best(row, results, own))]
    text = ["# fluxvision beside other programs", "", report.machine() + ".",
            f"Rounds: {sizes.rounds}; in each, all programs one after another, starting with another one each time. "
            f"Median "
            "(lowest–highest). nginx, TLS 1.3, Basic authentication. A target that is missed is no failure.", ""]
    text += ["## Targets", "", *report.targets_table(verdicts), "", *said, "", *bench.skipped, ""]
    for row, results in bench.done:
        text += [f"## {row.title}", "", row.note, "", *report.table(row, results), "", f"![]({row.key}.svg)", ""]
    if bench.scaled:
        text += ["## As the work grows", "", *report.scale_table(bench.scaled, list(bench.rows.programs)), ""]
    text += ["## Programs", "", *(f"- {line}" for line in peers.versions()),
             *(f"- {name}: {why}" for name, why in peers.missing().items())]
    (out / "report.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    readme = []
    for row, results in bench.done:
        if whole := panel(row, results, own, all_ways=True):
            (out / f"{row.key}.svg").write_text(chart.draw([whole]), encoding="utf-8")
            readme += [panel(row, results, own, all_ways=False)] if row.key in CHARTED else []
    (out / "chart.svg").write_text(chart.draw(readme), encoding="utf-8")
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
    parser.add_argument("--disk", type=pathlib.Path,
                        help="a directory on the disk that is measured; default: that of --out")
    parser.add_argument("--image", action="store_true",
                        help="measure an ext4 image on that disk, whose flushes are ours alone")
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
    ram = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = pathlib.Path(tempfile.mkdtemp(prefix="fluxvision-bench-", dir=ram))
    disk = Disk(options.disk or options.out, options.image)
    print(f"  in {work} and {disk.folder}", file=sys.stderr)

    def task():
        disk.prepare()
        with Place(work, disk) as place:
            curl = tools / "curl" / "curl"
            peers = Peers(work, {SAME: curl} if curl.exists() else {})
            bench = Bench(Rows(place, peers, programs, sizes), Runner(tools / "run", work), wanted, tools)
            bench.all()
            for line in write(bench, peers, options.out, next(iter(programs)), sizes):
                print(line)
        print(f"report: {options.out}/report.md")
        return 0
    return guard.guarded(task, [work, disk.folder])


if __name__ == "__main__":
    sys.exit(main())
