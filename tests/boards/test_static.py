# SPDX-License-Identifier: MIT
"""What each static program is, and that it does its work."""

import os
import re
import shutil
import subprocess

import pytest

import harness
from conftest import NATIVE, ROOT


def readelf(board, *options):
    return subprocess.run(["readelf", *options, board.program], check=True, capture_output=True, text=True).stdout


def test_one_static_file(board):
    """No interpreter, no shared library, addresses that can be random, no executable stack, all relocations
    read-only."""
    dynamic, segments = readelf(board, "-dW"), readelf(board, "-lW")
    assert "NEEDED" not in dynamic
    assert "INTERP" not in segments
    assert re.search(r"FLAGS_1.*\bPIE\b", dynamic)
    assert "Elf file type is DYN" in segments
    assert "TEXTREL" not in dynamic
    stack = re.search(r"GNU_STACK\s.*\s(R[W ][E ])\s", segments)
    assert stack and "E" not in stack[1]
    assert "GNU_RELRO" in segments
    assert "NOW" in dynamic
    for flags in re.findall(r"^  LOAD\s.*\s(R[W ][E ])\s", segments, flags=re.M):
        assert not ("W" in flags and "E" in flags)
    told = subprocess.run(["file", board.program], check=True, capture_output=True, text=True).stdout
    assert "statically linked" in told or "static-pie linked" in told
    assert "interpreter" not in told and "no section header" in told


def test_relocations_are_read_only(board, fv, tmp_path):
    """Not only in the program's headers: no loader reads them in a static program. A pipe for its settings holds the
    program."""
    if os.geteuid() != 0:
        pytest.skip("SKIPPED: the program keeps its memory from others, and only root sees what it maps")
    start, address, size = (int(word, 16) for word in re.search(r"GNU_RELRO +(\w+) (\w+) \w+ \w+ (\w+)",
                                                               readelf(board, "-lW")).groups())
    pipe = tmp_path / "settings"
    os.mkfifo(pipe)
    with subprocess.Popen([*([] if board.name == NATIVE else board.qemu), board.program, "list", "HAUC", "--config",
                           pipe], env=fv.env(None, {}),
                          stderr=subprocess.DEVNULL) as process:
        try:
            with open(pipe, "w", encoding="utf-8"):
                with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
                    parts = [line.split() for line in maps if line.rstrip().endswith(str(board.program))]
        finally:
            process.kill()
    # what follows may be of the same page of the file
    found = next(one for one in parts if int(one[2], 16) == start & -4096)
    assert found[1] == "r--p", parts
    first, last = (int(word, 16) for word in found[0].split("-"))
    assert last - first == ((address + size) & -4096) - (address & -4096), parts


def test_headers_go_while_a_program_runs(tmp_path):
    """A program that runs can't be written to ("Text file busy")."""
    program = tmp_path / "program"
    shutil.copy("/bin/sleep", program)
    program.chmod(0o750)
    with subprocess.Popen([program, "60"]) as running:
        try:
            subprocess.run(["perl", ROOT / "boards/linux/headers.pl", program], check=True)
        finally:
            running.kill()
    assert program.stat().st_mode & 0o777 == 0o750
    assert "no section header" in subprocess.run(["file", program], check=True, capture_output=True, text=True).stdout
    subprocess.run([program, "0"], check=True)
    assert [one.name for one in tmp_path.iterdir()] == ["program"]


def test_list_sync_verify(board, fv, site, out, tree):
    """The three commands over TLS."""
    site.clear_log()
    listed = fv(board, "list", "HAUC", "--json", portal=site).expect().records
    wanted = [one for one in site.expected if one["org"] == "HAUC"]
    assert len(listed) == len(wanted) > 0
    fv(board, "sync", "HAUC", out, portal=site).expect()
    harness.assert_tree(out, wanted)
    fv(board, "verify", out).expect()
    again = fv(board, "sync", "--json", "HAUC", out, portal=site).expect()
    assert again.summary["downloaded"] == 0 and again.summary["unchanged"] == len(wanted)
    assert {one["tls"] for one in site.log()} == {"TLSv" + site.tls}


def test_cipher_follows_the_processor(board, fv, site):
    """ChaCha20 first where there are no AES instructions."""
    site.clear_log()
    has_aes = {"linux-x86_64": ["-cpu", "max"], "linux-aarch64": ["-cpu", "max"]}.get(board.name, [])
    lacks = {"linux-x86_64": ["-cpu", "Nehalem"], "linux-aarch64": None}.get(board.name, [])
    plain = board.qemu
    for cpu, word in ((has_aes, "GCM" if has_aes else "CHACHA20"), (lacks, "CHACHA20")):
        if cpu is None:
            continue
        site.clear_log()
        board.qemu = plain + cpu
        fv(board, "list", "HAUC", portal=site).expect()
        assert all(word in one["cipher"] for one in site.log(1)), site.log()
    board.qemu = plain
