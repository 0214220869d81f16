# SPDX-License-Identifier: MIT
"""The notices of a firmware name what its linker's map names."""

import re
import subprocess

import machine
import pytest

# What a path in the map says of the part that it is of.
PATHS = {"Mbed TLS": r"/mbedtls/", "lwIP": r"/lwip/core/", "ooFatFs": r"/oofatfs/", "littlefs": r"build/[^/]+/littlefs/",
         "newlib": r"libg?c?_nano\.a\(", "picolibc": r"/libc\.a\(|^libc\.a\("}


@pytest.mark.parametrize("board", ["lm3s6965evb", "lm3s6965evb-small", "mps2-an386", "sifive-u", "sifive-u-fat"])
def test_notices_name_what_the_map_names(board):
    """Each library of the map, and no other. The firmware names no file by where it was built."""
    assert str(machine.ROOT).encode() not in (machine.ROOT / f"build/{board}/firmware.elf").read_bytes()
    text = (machine.ROOT / f"build/{board}/firmware.map").read_text(encoding="utf-8", errors="replace")
    linked = {part for part, path in PATHS.items() if re.search(
        rf"(?:LOAD .*)?{path}", text, re.M)} | {"jsmn", "fluxvision"}
    asked = [f"BOARD={board.removesuffix('-fat')}", *(["FW_STORAGE=fat"] if board.endswith("-fat") else [])]
    subprocess.run(["make", "-s", "-C", machine.ROOT, "notices", *asked], check=True, capture_output=True)
    notices = (machine.ROOT / f"build/{board}/NOTICES").read_text(encoding="utf-8")
    assert set(re.findall(r"^==== ([^,(\n]*?)(?:,| \()", notices, re.M)) == linked
    assert {"Mbed TLS", "lwIP"} <= linked and len(linked) == 6
