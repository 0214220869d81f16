# SPDX-License-Identifier: MIT
"""make says which words it knows, and looks for the tools of what was asked for."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def make(*words):
    """Its exit status, and what it says."""
    done = subprocess.run(["make", "-n", *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("goal", ["all", "test", "firmware", "notices", "run"])
def test_a_board_that_is_none(goal):
    status, said = make(goal, "BOARD=nonsense")
    assert status == 2
    words = said.partition("BOARD has 'nonsense', which is none of: ")[2].partition(".  Stop")[0].split()
    boards = {file.parent.name for file in (ROOT / "boards").glob("*/board.mk")}
    assert set(words) == boards and words[0] == "host"


def test_a_layer_that_is_none():
    status, said = make("unit", "LAYERS=base nonsense")
    assert status == 2
    assert "LAYERS has 'nonsense', which is none of: base parse net store client cli" in said


def test_a_suite_that_is_none():
    """Else it would be left out, and nothing said."""
    status, said = make("test", "SUITES=chek unit")
    assert status == 2
    assert "SUITES has 'chek', which is none of: check size unit" in said


@pytest.mark.parametrize("words,said", [
    (["BOARD="], "BOARD='' has to be one of: host linux-"),
    (["BOARD=host linux-mips"], "BOARD='host linux-mips' has to be one of: host linux-"),
    (["SOURCE_DATE_EPOCH=today"], "SOURCE_DATE_EPOCH is no number of seconds: today"),
    (["install", "PREFIX=usr"], "not an absolute path: BINDIR LIBDIR")])
def test_a_value_that_can_not_be(words, said):
    status, told = make(*words)
    assert status == 2 and said in told, told[-2000:]


def test_time_on_the_command_line():
    """As in the environment."""
    one = "build/host/src/net/facts.o"
    assert "-DFV_BUILD_TIME=1234567 " in make(one, "SOURCE_DATE_EPOCH=1234567")[1]


def test_a_folder_with_a_space(tmp_path):
    where = tmp_path / "a b"
    where.mkdir()
    for name in ("Makefile", "boards", "src", "port", "tests"):
        (where / name).symlink_to(ROOT / name)
    done = subprocess.run(["make", "-n"], cwd=where, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and f"in a folder whose name has a space: {where}" in done.stderr


def test_other_flags_mean_new_objects():
    """Of CC, CFLAGS and the others. make install takes what is there."""
    one, compiled = "build/host/src/base/err.o", "-c src/base/err.c"
    assert compiled not in make(one)[1]
    assert compiled in make(one, "CFLAGS=-O3")[1] and compiled in make(one, "CC=clang")[1]
    assert compiled not in make("install", "CFLAGS=-O3")[1]


@pytest.mark.parametrize("asked,level,missing", [
    ("", "build", "tell"),
    ("lib", "build", "tell"),
    ("notices", "build", "tell"),
    ("boards", "build", "need"),
    ("unit", "unit", "tell"),
    ("fault fuzz", "unit", "tell"),
    ("check", "unit", "tell"),
    ("build/asan/unit/test_url", "unit", "tell"),
    ("demo", "demo", "need"),
    ("test", "test", "need"),
    ("unit test", "test", "need"),
    ("deps", "test", "need"),
    ("integration", "test", "tell"),
    ("emulation", "test", "tell"),
    ("bench", "bench", "need"),
    ("firmware", "firmware", "need"),
    ("build/mps2-an386/firmware.elf", "firmware", "tell"),
    ("flash-image", "image", "tell"),
    ("run", "run", "need"),
    ("run BOARD=mps2-an386", "run", "need"),
    ("BOARD=mps2-an386", "firmware", "need"),
    ("size BOARD=mps2-an386", "firmware", "need"),
    ("BOARD=linux-armv7", "linux-armv7", "need"),
    ("notices BOARD=linux-mips", "linux-mips", "need")])
def test_which_tools_are_looked_for(asked, level, missing, tmp_path):
    """The level of boards/deps.sh; and whether root gets what is missing (need), or is told what it is (tell)."""
    probe = tmp_path / "probe.mk"
    probe.write_text("$(error LEVEL=$(LEVEL) INSTALL=$(INSTALL))\n", encoding="ascii")
    status, said = make("-f", "Makefile", "-f", str(probe), *asked.split())
    assert status == 2 and f"LEVEL={level} INSTALL={missing}." in said, said[-2000:]
