# SPDX-License-Identifier: MIT
"""Words that make does not know are errors that name them. A board is built anew when what it is built of has
changed."""

import re
import shutil
import subprocess

import machine
import pytest

WRONG = [
    ("FW_FEATURES := prune pin",
     "boards/typo/board.mk: FW_FEATURES has 'pin', which is none of: prune verify filter pins rate words"),
    ("FW_STORAGE := litlefs",
     "boards/typo/board.mk: FW_STORAGE has 'litlefs', which is none of: fat littlefs none"),
    ("FW_TLS := tls_v13 tls_suites_lean tls_reasons",
     "boards/typo/board.mk: FW_TLS has 'tls_reasons', which is none of: tls_v13 tls_v12 "),
    ("FW_ARCH := arm", "boards/typo/board.mk: FW_ARCH has 'arm', which is none of: cortexm riscv"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What make reads, and one more board. Nothing is built."""
    to = tmp_path_factory.mktemp("tree")
    shutil.copy(machine.ROOT / "Makefile", to)
    for name in ("src", "port", "boards"):
        shutil.copytree(machine.ROOT / name, to / name)
    for file in (machine.ROOT / "tests").rglob("*.mk"):
        (to / file.relative_to(machine.ROOT).parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to / file.relative_to(machine.ROOT))
    shutil.copytree(machine.ROOT / "boards/mps2-an386", to / "boards/typo")
    return to


def make(where, *words):
    """Its exit status, and what it says that it would do."""
    done = subprocess.run(["make", "-n", "--no-print-directory", *words], cwd=where, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def fails(where, *words):
    """What make says; it may not succeed."""
    status, said = make(where, *words)
    assert status == 2, said[-3000:]
    return said


@pytest.mark.parametrize("line,says", WRONG)
def test_a_word_in_board_mk(tree, line, says):
    board = tree / "boards/typo/board.mk"
    before = board.read_text(encoding="utf-8")
    board.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        assert says in fails(tree, "BOARD=typo")
        assert says in fails(tree, "-k", "firmware")
    finally:
        board.write_text(before, encoding="utf-8")


def test_a_word_on_the_command_line(tree):
    assert "no board has FW_STORAGE=typo" in fails(tree, "firmware", "FW_STORAGE=typo")
    for goal in ("run", "size", "firmware", "notices"):
        said = fails(tree, goal, "BOARD=mps2-an386", "FW_STORAGE=littlefs")
        assert "boards/mps2-an386 has no FW_STORAGE=littlefs" in said


@pytest.mark.parametrize("asked,built", [
    (["BOARD=sifive-u"], {"sifive-u"}),
    (["BOARD=sifive-u", "FW_STORAGE=littlefs"], {"sifive-u"}),
    (["BOARD=sifive-u", "FW_STORAGE=fat"], {"sifive-u-fat"}),
    (["firmware", "FW_STORAGE=littlefs"], {"sifive-u"}),
    (["firmware", "FW_STORAGE=fat"], {"lm3s6965evb", "lm3s6965evb-small", "mps2-an386", "typo", "sifive-u-fat"}),
    (["build/mps2-an386/firmware.elf"], {"mps2-an386"})])
def test_what_is_built(tree, asked, built):
    """A storage that another folder has is built there."""
    status, said = make(tree, *asked)
    assert status == 0, said[-3000:]
    assert set(re.findall(r"-o build/(\S+)/firmware\.elf", said)) == built


def test_run_without_a_board():
    done = subprocess.run(["make", "-s", "run"], cwd=machine.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    assert done.returncode == 2 and "BOARD is one of: lm3s6965evb" in done.stdout, done.stdout


@pytest.mark.parametrize("board,changed,anew,kept", [
    ("lm3s6965evb", None, "", "firmware.elf src/client/sync.o"),
    ("lm3s6965evb", "boards/lm3s6965evb/fv_cap.h", "src/client/sync.o lwip/core/tcp.o port/fat/fat.o firmware.elf",
     "mbedtls/aes.o"),
    ("lm3s6965evb", "boards/mps2-an386/fv_cap.h", "", "firmware.elf"),
    ("lm3s6965evb", "boards/mps2-an386/board.mk", "", "firmware.elf"),
    ("lm3s6965evb-small", "boards/lm3s6965evb/board.mk", "src/base/slice.o mbedtls/aes.o firmware.elf", ""),
    ("lm3s6965evb-small", "boards/lm3s6965evb/fv_cap.h", "", "firmware.elf"),
    ("sifive-u-fat", "boards/sifive-u/fv_cap.h", "src/client/sync.o firmware.elf", "oofatfs/ffunicode.o"),
    ("sifive-u-fat", "boards/sifive-u/link.ld", "firmware.elf", "src/client/sync.o"),
    ("mps2-an386", "src/base/slice.h", "src/base/slice.o src/client/sync.o firmware.elf", "mbedtls/aes.o"),
    ("mps2-an386", "boards/lm3s6965evb/fv_mbedtls.h", "mbedtls/aes.o src/net/tls.o firmware.elf", "src/client/sync.o"),
    ("mps2-an386", "boards/lm3s6965evb/fv_psa.h", "mbedtls/aes.o src/net/tls.o firmware.elf", "src/client/sync.o"),
    ("mps2-an386", "boards/sections.ld", "firmware.elf", "src/client/sync.o")])
def test_what_is_built_anew(board, changed, anew, kept):
    """-W: as if that file were changed now. The boards are built before these tests."""
    status, said = make(machine.ROOT, f"BOARD={board}", *(["-W", changed] if changed else []))
    assert status == 0, said[-3000:]
    made = {file.removeprefix(f"build/{board}/") for file in re.findall(r" -o (\S+)", said)}
    assert set(anew.split()) <= made and not made & set(kept.split()), sorted(made)
