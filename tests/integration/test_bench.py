# SPDX-License-Identifier: MIT
"""What stays of `make bench` when it is stopped, and what its chart looks like."""

import contextlib
import ctypes
import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from harness import PROGRAM, ROOT

sys.path.insert(0, str(ROOT / "tests" / "bench"))

import chart  # noqa: E402  pylint: disable=wrong-import-position
import guard  # noqa: E402  pylint: disable=wrong-import-position

pytestmark = pytest.mark.plain

BENCH = ROOT / "tests/bench/bench.py"
END_S, START_S = 60, 120
HUP, INT, TERM, KILL = signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL


@pytest.fixture
def orphans():
    """A function that tells which children of ours were none before: all that a bench left alone comes to us."""
    known = set(guard.children(os.getpid()))
    guard.prctl(guard.PR_SET_CHILD_SUBREAPER, 1)
    found = lambda: [pid for pid in guard.children(os.getpid()) if pid not in known]
    yield found
    for number in (TERM, KILL):
        deadline = time.monotonic() + END_S
        while (left := found()) and time.monotonic() < deadline:
            for pid in left:
                os.kill(pid, number)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            time.sleep(0.01)
    guard.prctl(guard.PR_SET_CHILD_SUBREAPER, 0)


class Bench:
    """A bench at work, which `make` started: its peer runs. `make`, `outer` and `inner` are its processes."""

    def __init__(self, tmp_path, rows, program=PROGRAM):
        where = "--image" if os.geteuid() == 0 else "--quick"
        words = [sys.executable, BENCH, "--quick", where, "--rows", rows, "--out", tmp_path / "out", "--tools", ROOT / "build/bench",
                 program]
        (tmp_path / "Makefile").write_text("bench:\n\t@" + " ".join(map(str, words)) + "\n", encoding="utf-8")
        self.said = tmp_path / "said"
        with open(self.said, "wb") as said:
            outside = {name: value for name, value in os.environ.items() if "MAKE" not in name and name != "MFLAGS"}
            self.process = subprocess.Popen(["make", "-s", "bench"], cwd=tmp_path, stdin=subprocess.DEVNULL,
                                            stdout=said,
                                            stderr=subprocess.STDOUT, start_new_session=True, env=outside)
        self.make = self.process.pid
        deadline = time.monotonic() + START_S
        while not self.named("run"):
            assert self.process.poll() is None and time.monotonic() < deadline, self.text()
            time.sleep(0.01)
        self.outer, self.inner = [pid
                                  for pid in self.below(self.make) if command(pid).split("\0")[1:2] == [str(BENCH)]][:2]

    def below(self, pid):
        """All that descends from it, parents before children."""
        found = guard.children(pid)
        return found + [one for child in found for one in self.below(child)]

    def named(self, name):
        """Those of that name."""
        return [pid for pid in self.below(self.make)
                if pathlib.Path(command(pid).split("\0")[0].split(":")[0]).name == name]

    def text(self):
        """What make and the bench said."""
        return self.said.read_text(encoding="utf-8")

    def folders(self):
        """Where it works, from its first line."""
        return re.fullmatch(r"  in (\S+) and (\S+)", self.text().splitlines()[0]).groups()

    def ended(self, orphans):
        """Wait for the end of all of it; nothing may be left. Returns make's status."""
        folders = self.folders()
        status = self.process.wait(END_S)
        deadline = time.monotonic() + END_S
        while orphans() and time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                for pid in orphans():
                    os.waitpid(pid, os.WNOHANG)
            time.sleep(0.01)
        assert not orphans(), [command(pid) for pid in orphans()]
        assert not [folder for folder in folders if os.path.exists(folder)]
        mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        assert not [folder for folder in folders if folder in mounts]
        return status


def command(pid):
    """Its words, NUL after each."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    return ""


def storm(group):
    """Signals for all that the bench starts to clear up with, too."""
    for one in [TERM, INT] * 100:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, one)
        time.sleep(0.005)


STOPS = {
    "TERM to make": lambda bench: os.kill(bench.make, TERM),
    "INT to the group": lambda bench: os.killpg(bench.make, INT),
    "HUP to the group": lambda bench: os.killpg(bench.make, HUP),
    "TERM to python": lambda bench: os.kill(bench.outer, TERM),
    "INT to python": lambda bench: os.kill(bench.outer, INT),
    "TERM and INT, again and again": lambda bench: storm(bench.make),
    "KILL to the outer process": lambda bench: os.kill(bench.outer, KILL),
    "KILL to the inner process": lambda bench: os.kill(bench.inner, KILL),
}


@pytest.mark.parametrize("stop", STOPS)
def test_nothing_stays(stop, tmp_path, orphans):
    """A signal ends a bench at once, with its peers, servers, relay, namespaces, mount and folders."""
    bench = Bench(tmp_path, "far" if os.geteuid() == 0 else "bulk")
    assert all(map(os.path.isdir, bench.folders()))
    STOPS[stop](bench)
    assert bench.ended(orphans) != 0, bench.text()
    assert not (tmp_path / "out" / "report.md").exists()


def test_peer_killed(tmp_path, orphans):
    """A program that is killed has failed, the others are measured, and nothing stays."""
    program = tmp_path / "killed"
    program.write_text(f'#!/bin/sh\n[ "$2" != -h ] || exec {PROGRAM} "$@"\nkill -KILL $$\n', encoding="ascii")
    program.chmod(0o755)
    bench = Bench(tmp_path, "bulk", f"fluxvision={program}")
    assert bench.ended(orphans) == 0, bench.text()
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| fluxvision | 0 | exit status 137" in report and "| curl | 2 |" in report


LONG = [("fluxvision", 0.1, "0.100"), ("curl+mbedTLS and openssl dgst -sha256 MMWW", 12345.0, "12,345"),
        ("wget2, 16 connections", 1, "1.00")]
PANELS = {
    "one bar": chart.Panel("1 GiB", "seconds", [("fluxvision", 0, "0.000")], "fluxvision"),
    "long names": chart.Panel("500 files of 4 KiB behind redirects to a second origin at 50 ms", "seconds of processor",
                              LONG, "fluxvision"),
    "many bars": chart.Panel("resident memory", "KiB",
                             [(f"program {n}", 1.7 ** n, f"{1.7 ** n:,.0f}") for n in range(16)], "program 3"),
}


@pytest.mark.parametrize("name", PANELS)
def test_chart_overlaps_nowhere(name):
    """No text or bar of a chart covers another one or leaves the picture."""
    boxes = PANELS[name].boxes(10)
    for _, text, left, top, width, height in boxes:
        assert left >= chart.MARGIN - 0.1 and left + width <= chart.WIDTH - chart.MARGIN + 0.1, text
        assert top >= 10 and top + height <= 10 + PANELS[name].height
    for one, other in itertools.combinations(boxes, 2):
        apart = [one[axis] + one[axis + 2] <= other[axis] or other[axis] + other[axis + 2] <= one[axis]
                 for axis in (2, 3)]
        assert any(apart), (one, other)


def test_chart_in_readme():
    """The README's chart has all names whole and nothing but names, figures and bars."""
    text = (ROOT / "tests/bench/chart.svg").read_text(encoding="utf-8")
    assert chart.STYLE in text and "<line" not in text and "target" not in text
    width, height = (int(word) for word in re.search(r'viewBox="0 0 (\d+) (\d+)"', text).groups())
    assert width == chart.WIDTH
    for kind, left, base, said in re.findall(r'<text class="(\w*)" x="([\d.]+)" y="([\d.]+)">([^<]*)</text>', text):
        size = chart.TITLE_SIZE if kind == "title" else chart.SIZE
        assert float(left) + chart.text_width(said, size, True) <= width and float(base) < height, said


def light(colour):
    """The relative luminance of #rrggbb (WCAG 2)."""
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
               for share, part in zip((0.2126, 0.7152, 0.0722), parts))


@pytest.mark.parametrize("scheme", ("light", "dark"))
def test_chart_readable(scheme):
    """Texts stand out from the chart's ground by 7:1, bars by 3:1, in both schemes."""
    whole, _, dark = chart.STYLE.partition("@media")
    fills = dict(re.findall(r"([\w.]+(?:, [\w.]+)*) \{[^}]*?fill: (#\w{6})", whole if scheme == "light" else dark))
    fills = {name: colour for names, colour in fills.items() for name in names.split(", ")}
    ground = light(fills.pop(".page"))
    assert {"text", ".title", "text.own", "rect.own", "rect.other"} == set(fills)
    for name, colour in fills.items():
        low, high = sorted((ground, light(colour)))
        assert (high + 0.05) / (low + 0.05) >= (3 if name.startswith("rect") else 7), name
