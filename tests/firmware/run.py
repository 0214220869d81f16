#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run a board's firmware in QEMU against a portal on this machine: for trying out, and for a look at the log.

    run.py BOARD COMMAND [SIZE-MIB]     COMMAND: QEMU's, CARD standing for the card's image (the Makefile has it)

The card stays in build/BOARD/card.img, so that a second run has nothing to fetch; remove it to begin anew.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "portal"))

import machine  # noqa: E402  pylint: disable=wrong-import-position
import make_tree  # noqa: E402  pylint: disable=wrong-import-position
import portal as portals  # noqa: E402  pylint: disable=wrong-import-position


def main(board, command, *size):
    build = machine.ROOT / "build" / board
    tree = make_tree.build(portals.cache_dir() / "tree-firmware", small_count=42, big_bytes=8 << 20)
    firmware = machine.Machine(board, command, build / "firmware.elf")
    with portals.Nginx(tree, host="10.0.2.2", ipv6=False) as site:
        card = firmware.medium.__new__(firmware.medium)
        card.path = build / "card.img"
        if not card.path.exists():
            card = firmware.medium(card.path, *[int(one) << 20 for one in size])
        card.settings(site)
        process = firmware.start(card)
        for line in process.stdout:
            sys.stdout.write(line.decode("utf-8", "replace").replace("\r", ""))
        image = card.path.relative_to(machine.ROOT)
        look = f"build/flash-image list {image}" if firmware.medium is machine.Flash else f"mdir -/ -i {image} ::"
        print(f"status {process.wait()}; the {firmware.medium.__name__.lower()} is {image}: {look}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
