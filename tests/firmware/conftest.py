# SPDX-License-Identifier: MIT
"""Firmware, cards and portals for the tests of this directory.

FIRMWARE names the boards, FIRMWARE_<board> how QEMU is called for it (as the Makefile has it), by default those that
are built.
"""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "portal"))

import chains as all_chains  # noqa: E402  pylint: disable=wrong-import-position
import machine  # noqa: E402  pylint: disable=wrong-import-position
import make_tree  # noqa: E402  pylint: disable=wrong-import-position
import portal as portals  # noqa: E402  pylint: disable=wrong-import-position

GUEST_HOST = "10.0.2.2"  # how QEMU's network calls this machine


def machines():
    """{name: Machine} of the boards that the Makefile gave."""
    found = {}
    for word in os.environ.get("FIRMWARE", "").split("|"):
        name, _, command = word.strip().partition(":")
        if name:
            found[name] = machine.Machine(name, command, machine.ROOT / "build" / name / "firmware.elf")
    return found


@pytest.fixture(scope="session")
def boards():
    """All boards by name."""
    return machines()


@pytest.fixture(scope="session")
def board(request, boards):  # pylint: disable=redefined-outer-name
    """The first board: Cortex-M3, 64 KiB; or those that the test asks for."""
    return boards[getattr(request, "param", "lm3s6965evb")]


@pytest.fixture(scope="session")
def small(boards):  # pylint: disable=redefined-outer-name
    """The same in 40 KiB."""
    return boards["lm3s6965evb-small"]


@pytest.fixture(scope="session")
def second(boards):  # pylint: disable=redefined-outer-name
    """Another core with another network controller."""
    return boards["mps2-an386"]


@pytest.fixture(scope="session")
def certs():
    """The certificates of all portals."""
    return portals.Certs()


@pytest.fixture(scope="session")
def chains():
    """Whole chains of one algorithm each."""
    return all_chains.Chains(portals.cache_dir() / "chains")


@pytest.fixture(scope="session")
def tree():
    """60 files in nested deliveries, one of 8 MiB."""
    return make_tree.build(portals.cache_dir() / "tree-firmware", small_count=42, big_bytes=8 << 20)


@pytest.fixture(scope="session")
def few():
    """22 files, the biggest of 300 kB."""
    return make_tree.build(portals.cache_dir() / "tree-few", small_count=4, big_bytes=300_000)


@pytest.fixture
def portal(certs):
    """A function that starts nginx."""
    started = []

    def start(tree, **options):
        started.append(portals.Nginx(tree, ipv6=False, **{"host": GUEST_HOST, "certs": certs, **options}))
        return started[-1]

    yield start
    for server in started:
        server.stop()
