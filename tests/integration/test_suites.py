# SPDX-License-Identifier: MIT
"""tests/check/run.py with a make that only says what it is asked for: the order, and what counts as a failure."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from harness import LIMIT_S, ROOT, wait_until

pytestmark = pytest.mark.plain


@pytest.fixture
def suites(tmp_path):
    """A function that runs suites. make fails for fuzz and emulation."""
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\nfor word; do last=$word; done\necho "made $last"\n'
                    '[ "$last" != FOR=fuzz ] && [ "$last" != FOR=emulation ]\n', encoding="ascii")
    make.chmod(0o755)

    def run(*words):
        done = subprocess.run([sys.executable, ROOT / "tests/check/run.py", "--make", *words], cwd=ROOT, capture_output=True, text=True,
                              env={**os.environ, "MAKE": str(make)}, timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout.splitlines()
    return run


def test_all_well(suites):
    status, lines = suites("--check", "echo", "3 passed, 0 failed", "--soak", "echo", "2 passed, 0 failed, 1 skipped",
                           "--soak", "echo", "5 passed, 0 failed")
    assert status == 0 and lines[-1] == "10 passed, 0 failed, 1 skipped"
    assert [line for line in lines if line.startswith("made")] == ["made FOR=check", "made FOR=soak"]


def test_what_did_not_run_has_failed(suites):
    """Not built; killed; without a word of what it did. One that comes after another does not wait for ever."""
    status, lines = suites("--check", "sh", "-c", "kill -9 $PPID", "--size", "true", "--fuzz", "x", "--emulation", "x", "x",
                           "--budget", "echo", "1 passed, 0 failed")
    assert status == 1 and lines[-1] == "1 passed, 4 failed, 0 skipped"
    assert [line for line in lines if line.startswith("made")][0] == "made FOR=emulation"  # it waits most of its time


def test_none_is_no_success(suites):
    status, _ = suites()
    assert status == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_that_runs(suites, tmp_path, number):
    """Given to run.py alone, as by `kill` or a time limit. Neither a child of a suite nor the next suite stays."""
    begun, late = tmp_path / "begun", tmp_path / "late"
    command = f"trap '' TERM; echo $$ >{begun}; sleep 300; :"
    words = ["--check", "sh", "-c", command, "--size", "touch", late]
    with subprocess.Popen([sys.executable, ROOT / "tests/check/run.py", *words], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, preexec_fn=may_be_interrupted) as process:
        wait_until(lambda: begun.exists() and begun.read_text(encoding="ascii").endswith("\n"))
        process.send_signal(number)
        said = process.communicate(timeout=LIMIT_S)[0]
    assert process.returncode == -number
    assert f"{number.name}: the suites that run are ended" in said and "Traceback" not in said
    child = pathlib.Path("/proc", begun.read_text(encoding="ascii").strip())
    wait_until(lambda: not child.exists())    # killed, but buried by somebody else
    assert not late.exists()


def may_be_interrupted():
    """Whatever ran pytest."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


HANGS = """
import subprocess

def test_hangs():
    with subprocess.Popen(["sleep", "60"]) as process:
        process.wait()

def test_goes_on():
    pass
"""


def test_a_test_that_hangs_has_failed_and_says_where(tmp_path):
    (tmp_path / "test_x.py").write_text(HANGS, encoding="ascii")
    again = f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); import conftest; conftest.AGAIN_S = 1; " \
            "import pytest; sys.exit(pytest.main(sys.argv[1:], plugins=[conftest]))"
    done = subprocess.run(["/usr/bin/python3", "-c", again, "-q", "-p", "no:cacheprovider", tmp_path / "test_x.py"],
                          cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "TEST_HANGS_S": "6"},
                          timeout=LIMIT_S, check=False)
    assert done.returncode == 1 and "1 failed, 1 passed" in done.stdout, done
    assert "no end after 6 s" in done.stdout and "sleep 60" in done.stdout and "in test_hangs" in done.stdout, done
