# SPDX-License-Identifier: MIT
"""What is printed and written: tables, targets, and the machine they are of."""

import os
import platform

UNITS = {"wall": "s", "cpu": "CPU s", "peak": "KiB", "user": "s", "system": "s of system", "flushes": "flushes"}
TITLES = {"flushes": "device flushes", "calls": "fsync and the like"}


def number(value, what):
    """A figure as it is shown."""
    if value is None:
        return "–"
    if what in ("peak", "flushes"):
        return f"{value:,.0f}"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def cell(result, what):
    """Median and spread."""
    if what == "calls":
        return "–" if result.calls is None else f"{result.calls:,}"
    if result.median(what) is None:
        return "–"
    low, high = (number(value, what) for value in result.spread(what))
    middle = number(result.median(what), what)
    return middle if low == high else f"{middle} ({low}–{high})"


def ordered(row, results):
    """By what the row is about, failures last."""
    return sorted(results, key=lambda one: (not one.runs, one.median(row.sort) or 0))


def table(row, results):
    """The row's table in Markdown."""
    heads = ["runs", "wall s", "user s", "sys s", "CPU s", "peak KiB", *(TITLES[what] for what in row.columns)]
    lines = [f"| {row.title} | {' | '.join(heads)} |", "| --- " + "| ---: " * len(heads) + "|"]
    for one in ordered(row, results):
        if one.runs:
            cells = " | ".join(cell(one, what) for what in ("wall", "user", "system", "cpu", "peak", *row.columns))
            lines.append(f"| {one.name} | {len(one.runs)} | {cells} |")
        else:
            lines.append(f"| {one.name} | 0 | {one.failure} " + "| " * (len(heads) - 1) + "|")
    return lines


def verdicts(row, results):
    """A line for each target: (row, target, who, reached, wanted, word)."""
    by_name = {one.name: one for one in results}
    found = []
    for target in row.targets:
        limit = target.limit(by_name)
        one = by_name.get(target.who)
        reached = one.median(target.what) if one else None
        if limit is None or reached is None:
            word = "not measured"
        else:
            word = "reached" if reached <= limit else f"missed: {reached / limit:.2f} of it"
        unit = UNITS[target.what]
        found.append((row.title, target.text, target.who, f"{number(reached, target.what)} {unit}",
                      f"{number(limit, target.what)} {unit}", word))
    return found


def against_best(row, results, ours):
    """Ours beside the best other program, as one sentence, or None."""
    own = next((one for one in results if one.name == ours and one.runs), None)
    others = [one for one in results if one.runs and not one.name.startswith(ours)]
    if not own or not others:
        return None
    best = min(others, key=lambda one: one.median(row.sort))
    unit = UNITS[row.sort]
    return (f"{ours}: {number(own.median(row.sort), row.sort)} {unit}; best of the others, {best.name}: "
            f"{number(best.median(row.sort), row.sort)} {unit}; ratio "
            f"{own.median(row.sort) / best.median(row.sort):.2f}")


def scale_table(done, names):
    """Files a second and memory as the number of files grows."""
    lines = ["| files | program | files/s | CPU µs a file | peak KiB |", "| ---: | --- | ---: | ---: | ---: |"]
    for count, results in done:
        for one in results:
            if one.name in names and one.runs:
                lines.append(f"| {count:,} | {one.name} | {count / one.median('wall'):,.0f} | "
                             f"{one.median('cpu') / count * 1e6:.0f} | {number(one.median('peak'), 'peak')} |")
            elif one.name in names:
                lines.append(f"| {count:,} | {one.name} | {one.failure} | | |")
    return lines


def machine():
    """What the figures are of."""
    model = platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return (f"{os.cpu_count()} processors ({model}), {platform.system()} {platform.release()}, load "
            f"{os.getloadavg()[0]:.1f}")


def targets_table(lines):
    """All verdicts in Markdown."""
    return ["| work | target | program | reached | wanted | |", "| --- | --- | --- | ---: | ---: | --- |",
            *("| " + " | ".join(line) + " |" for line in lines)]
