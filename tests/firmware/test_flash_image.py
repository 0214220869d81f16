# SPDX-License-Identifier: MIT
"""flash-image: what fails leaves image and files as they were, and words that are wrong are refused."""

import os
import pathlib
import shutil
import subprocess

import machine
import pytest

TOOL = machine.ROOT / "build/flash-image"
BLOCKS = ["-4096", "4294971392", "4096x", "0", "1000", "", " 4096", "2G"]
SIZES = [" 4096", "+4096", "4096x", "4096KK", "0", "0M", "4294967296", "17592186044416K", "4294967295G",
         "99999999999999999999", "4097", ""]


@pytest.fixture
def flash(tmp_path):
    """1 MiB, with one file."""
    flash = machine.Flash(tmp_path / "flash.img", 1 << 20)
    flash.put("a", b"as it was")
    return flash


def fails(words, *say):
    """It must end with an error that says that, and nothing else."""
    done = subprocess.run([TOOL, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode > 0 and not done.stdout and all(word in done.stderr for word in say), (words, done)


@pytest.mark.parametrize("size", BLOCKS)
def test_blocks_of_a_size_that_is_none(flash, size):
    fails(["-b", size, "list", flash.path], "bytes of a block")


@pytest.mark.parametrize("size", SIZES)
def test_a_size_that_is_none(flash, size):
    """The image that is there stays."""
    before = machine.sha256(flash.path)
    fails(["format", flash.path, size], "not a size of whole blocks")
    assert machine.sha256(flash.path) == before


def test_get_of_what_is_not_there(flash, tmp_path):
    """The file of this machine that it would have been written to stays."""
    (tmp_path / "mine").write_text("mine")
    fails(["get", flash.path, "none", tmp_path / "mine"], "none: there is no such file")
    assert (tmp_path / "mine").read_text() == "mine"
    flash.tool("get", "a", tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "as it was"
    fails(["get", flash.path, "a", "/dev/full"], "/dev/full: No space left")


def test_put_that_fails(flash, tmp_path):
    """An old file stays, a new one is not there: a directory, more than there is room for."""
    (tmp_path / "big").write_bytes(bytes(2 << 20))
    for source, says in ((tmp_path, "Is a directory"), (tmp_path / "big", "not enough free space")):
        for name in ("a", "b"):
            fails(["put", flash.path, source, name], says)
    assert [line.split()[::2] for line in flash.tool("list").splitlines()] == [["9", "a"]]
    assert flash.tool("get", "a") == "as it was"


def test_what_it_takes_to_make_it(tmp_path):
    """Where xz is missing, which littlefs is packed with, make says so before it unpacks."""
    (tmp_path / "bin").mkdir()
    for name in os.listdir("/usr/bin"):
        if not name.startswith("xz"):
            (tmp_path / "bin" / name).symlink_to(pathlib.Path("/usr/bin") / name)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for name in ("Makefile", "boards", "src", "port", "tests"):
        (fresh / name).symlink_to(machine.ROOT / name)
    make = [shutil.which("make"), "-n", "flash-image"]

    def said(where, path):
        return subprocess.run(make, cwd=where, env={**os.environ, "PATH": str(path)}, capture_output=True, text=True).stdout
    assert "deps.sh tell image" in said(fresh, tmp_path / "bin")
    assert "deps.sh" not in said(fresh, os.environ["PATH"])
