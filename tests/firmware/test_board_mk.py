# SPDX-License-Identifier: MIT
"""Words that make does not know are errors that name them: one that is left out would be a feature less, or a pin that nobody checks."""

import shutil
import subprocess

import machine
import pytest

WRONG = [("FW_FEATURES := prune pin", "boards/typo/board.mk: FW_FEATURES has 'pin', which is none of: prune verify filter pins rate words"),
         ("FW_STORAGE := litlefs", "FW_STORAGE has 'litlefs', which is none of: fat littlefs none"),
         ("FW_ALSO := flash", "FW_ALSO has 'flash', which is none of: fat littlefs"),
         ("FW_ARCH := arm", "FW_ARCH has 'arm', which is none of: cortexm riscv")]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What make reads."""
    to = tmp_path_factory.mktemp("tree")
    shutil.copy(machine.ROOT / "Makefile", to)
    shutil.copytree(machine.ROOT / "boards", to / "boards")
    shutil.copytree(machine.ROOT / "boards/mps2-an386", to / "boards/typo")
    return to


def fails(tree, *words):
    """What make says; it may not succeed."""
    done = subprocess.run(["make", "-n", *words], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 2, done.stdout[-3000:]
    return done.stdout


@pytest.mark.parametrize("line,says", WRONG)
def test_a_word_in_board_mk(tree, line, says):
    board = tree / "boards/typo/board.mk"
    before = board.read_text(encoding="utf-8")
    board.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        assert says in fails(tree, "firmware")
    finally:
        board.write_text(before, encoding="utf-8")


def test_a_word_on_the_command_line(tree):
    assert "no board has FW_STORAGE=typo" in fails(tree, "firmware", "FW_STORAGE=typo")
    assert "boards/mps2-an386 has no FW_STORAGE=littlefs" in fails(tree, "run", "BOARD=mps2-an386", "FW_STORAGE=littlefs")


def test_run_without_a_board():
    done = subprocess.run(["make", "-s", "run"], cwd=machine.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 2 and "BOARD is one of: lm3s6965evb" in done.stdout, done.stdout
