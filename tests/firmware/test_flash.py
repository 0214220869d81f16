# SPDX-License-Identifier: MIT
"""What is the flash's own: a chip without a volume, one that is full, one whose settings were put there by hand."""

import subprocess
import threading

import pytest

import machine


@pytest.fixture(scope="module")
def flash_board(boards):
    """RISC-V with NOR flash."""
    return boards["sifive-u"]


BLANK = [("erased", b"\xff"), ("zeros", b"\x00"), ("FAT", None)]


@pytest.mark.parametrize("what,byte", BLANK, ids=[what for what, _ in BLANK])
def test_a_flash_without_a_volume_is_left_as_it_is(flash_board, tmp_path, what, byte):
    """It is told, and nothing is formatted: it may be somebody's boot program."""
    if byte is None:
        flash = machine.Card(tmp_path / "flash.img", 32 << 20)
    else:
        flash = flash_board.medium.__new__(flash_board.medium)
        flash.path = tmp_path / "flash.img"
        flash.path.write_bytes(byte * (32 << 20))
    before = machine.sha256(flash.path)
    flash_board.boot(flash).fails(7, "no littlefs volume on the flash")
    assert machine.sha256(flash.path) == before


def test_settings(flash_board, portal, few, tmp_path):
    """None, wrong ones, another scope: each boot has what the image holds then; the tool reads what the board wrote,
    and the other way."""
    site = portal(few)
    flash = flash_board.medium(tmp_path / "flash.img")
    flash_board.boot(flash).fails(7, "fluxvision.conf: there is no such file")
    flash.settings(site, latest="many")
    flash_board.boot(flash).fails(2, "fluxvision.conf, line 5, latest")
    flash.settings(site, ca="/dev/null")
    flash_board.boot(flash).fails(4, "the CA bundle is missing or holds no certificate")
    flash.settings(site, include=["*.csv"], latest=3)
    assert flash_board.boot(flash).expect().summary["downloaded"] == 3
    found = [line.split(maxsplit=2)[2] for line in flash.tool("list").splitlines()]
    assert sum(name.startswith("HAUC/") for name in found) == 3
    gone = next(name for name in found if name.startswith("HAUC/"))
    flash.tool("remove", gone)
    flash.settings(site)
    assert flash_board.boot(flash).expect().summary["downloaded"] == len(few.items) - 2
    machine.same(flash.take(tmp_path / "copy"), site.expected)


def test_full(flash_board, portal, few, tmp_path):
    """What does not fit is told; what is there stays whole, and the next boot goes on when there is room."""
    site = portal(few)
    flash = flash_board.medium(tmp_path / "flash.img")
    flash.settings(site, retries=0, min_free="1")
    size = (32 << 20) - 300_000
    (tmp_path / "ballast").write_bytes(bytes(size))
    flash.tool("put", tmp_path / "ballast", "ballast")
    done = flash_board.boot(flash)
    assert done.status != 0 and any("not enough free space" in line for line in done.errors), done
    flash.tool("remove", "ballast")
    flash_board.boot(flash).expect()
    machine.same(flash.take(tmp_path / "copy"), site.expected)


def test_runs_in_a_row(flash_board, portal, few, tmp_path):
    """Each run mounts anew: the second and the third have nothing to fetch."""
    site = portal(few)
    flash = flash_board.medium(tmp_path / "flash.img")
    flash.settings(site, every="1s")
    process, runs = flash_board.start(flash), []
    watchdog = threading.Timer(machine.LIMIT_S, process.kill)
    watchdog.start()
    for line in process.stdout:
        if b"summary: " in line:
            runs.append(machine.Done(0, line.decode(), 0).summary)
            if len(runs) == 3:
                break
    watchdog.cancel()
    process.kill()
    process.communicate()
    assert [(run["downloaded"], run["unchanged"]) for run in runs] == [(len(few.items), 0)] + 2 * [(0, len(few.items))]


def test_the_tool_refuses(flash_board, tmp_path):
    """Images that are none, blocks of another size, names that are not there or lead out, words that it does not
    know."""
    flash = flash_board.medium(tmp_path / "flash.img")
    (tmp_path / "big").write_bytes(bytes(33 << 20))
    table = [(["list", "/dev/null"], "no littlefs volume"),
             (["list", tmp_path / "none"], "No such file"),
             (["-b", 8192, "list", flash.path], "no littlefs volume"),
             (["get", flash.path, "none"], "none: there is no such file"),
             (["put", flash.path, tmp_path / "big"], "big: there is not enough free space"),
             (["put", flash.path, "/etc/passwd", "../x"], "../x: access is denied"),
             (["format", tmp_path / "new", "12345"], "12345: not a size of whole blocks"),
             (["frobnicate", flash.path], "format IMAGE SIZE"),
             (["put", flash.path], "format IMAGE SIZE")]
    for words, expected in table:
        done = subprocess.run([machine.ROOT / "build/flash-image", *map(str, words)], capture_output=True, text=True)
        assert done.returncode != 0 and expected in done.stderr and done.stdout == "", (words, done)
    assert "format IMAGE SIZE" in machine.run(machine.ROOT / "build/flash-image", "-h")
