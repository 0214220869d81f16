# SPDX-License-Identifier: MIT
"""Packages of boards/: built, linted, installed and run as far as it can be done on this machine.

What was done for an ecosystem, and what could not be done and why, is told in a table at the end of the suite.
"""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for one in ("tests/portal", "tests/integration"):
    sys.path.insert(0, str(ROOT / one))

COLUMNS = ("built", "linted", "installed", "run", "same twice", "not here")


def tell(ecosystem, column, words):
    """Write a line of the table: ecosystem, one of COLUMNS, what was done in one line (for "not here": what, and why)."""
    assert column in COLUMNS and "\n" not in words, (column, words)
    line = f"{ecosystem:10} {column:10} {words}\n"
    table = os.environ.get("PACKAGES_TABLE")
    if not table:
        sys.stderr.write(line)
        return
    with open(table, "a", encoding="utf-8") as f:
        f.write(line)


def run(*command, cwd=ROOT, timeout=600, status=0, **env):
    """Run a command to its end, both streams in one text. Without the settings of the make that runs the tests."""
    clean = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}
    done = subprocess.run([str(c) for c in command], cwd=cwd, timeout=timeout, env={**clean, **env},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("utf-8", "replace")
    assert status is None or done.returncode == status, f"{' '.join(map(str, command))}: {done.returncode}\n{text}"
    return text


def pytest_deselected(items):
    """What the short suite leaves out is told, a test of many arguments once; not what the user left out (PYTEST=)."""
    if items[0].config.getoption("-m") != "not long":
        return
    left = {(item.path.stem, item.originalname) for item in items if item.get_closest_marker("long")}
    for stem, name in left:
        tell(stem.removeprefix("test_"), "not here", f"{name}: long; `make packages-test` runs it")


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT
