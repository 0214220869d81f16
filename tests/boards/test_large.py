# SPDX-License-Identifier: MIT
"""A file over 4 GiB on a 32-bit machine."""

import hashlib
import os
import re
import struct

import pytest

import harness
import make_tree
import portal as portals

FOUR_GIB = 1 << 32
TAIL = 1 << 20
CONTENT = 64 + 128 + 1  # in a slot of the state: where the hash of the first bytes is
SLOT, USED = 512, CONTENT + 32


@pytest.fixture(name="huge")
def _huge(tmp_path, certs):
    """A portal with one sparse file of 4 GiB and a tail."""
    tree = make_tree.build(tmp_path / "tree", small_count=0, big_bytes=0)
    for item in list(tree.items):
        tree.remove(item)
    item = tree.add("huge", b"")
    with open(tree.path(item), "r+b") as file:
        file.truncate(FOUR_GIB)
        file.seek(FOUR_GIB)
        file.write(b"end" * (TAIL // 3))
    make_tree.set_time(tree.path(item), item)
    with portals.Nginx(tree, certs=certs) as server:
        yield server, tree.path(item)


def begin(armv7, fv, site, out):
    """Start to fetch it and pull the plug; returns the paths of the partial file and of its state."""
    running = harness.Running([*armv7.qemu, armv7.program, "sync", "HAUC", out], fv.env(site), fv.home, None)
    try:
        harness.wait_until(lambda: list(out.glob(".fluxvision/*.state")) and
                           list(out.glob(".fluxvision/*.part"))[0].stat().st_size > 2_000_000, 50)
    finally:
        running.kill()
        running.wait()
    return next(out.glob(".fluxvision/*.part")), next(out.glob(".fluxvision/*.state"))


def test_begin_and_resume(armv7, fv, huge, out):
    """Its size is understood, and a second run goes on behind what the first has left."""
    site, _ = huge
    part, _ = begin(armv7, fv, site, out)
    site.clear_log()
    there = part.stat().st_size
    running = harness.Running([*armv7.qemu, armv7.program, "sync", "HAUC", out], fv.env(site), fv.home, None)
    try:
        harness.wait_until(lambda: part.exists() and part.stat().st_size > there + 1_000_000, 50)
    finally:
        running.kill()
        running.wait()
    # What the first run was at is logged late.
    ranges = harness.wait_until(lambda: [one for one in site.log() if one["uri"].endswith("/huge") and one["range"]])
    assert ranges[0]["status"] == 206
    assert int(re.fullmatch(r"bytes=(\d+)-", ranges[0]["range"])[1]) > 0


@pytest.mark.skipif(not os.environ.get("FLUXVISION_SLOW"),
                    reason="SKIPPED: emulation hashes 4 GiB for minutes; FLUXVISION_SLOW=1 runs it")
def test_resume_beyond_4_gib(armv7, fv, huge, out):
    """The last MiB of it is fetched, written at its place, and the hash is that of the whole."""
    site, source = huge
    part, state = begin(armv7, fv, site, out)
    raw, changed = bytearray(state.read_bytes()), 0
    zeros = hashlib.sha256()
    for _ in range(FOUR_GIB >> 24):
        zeros.update(bytes(1 << 24))
    for at in (0, SLOT):
        slot = raw[at:at + USED]
        if slot[:4] == b"FVS2":
            slot[48:56] = struct.pack("<Q", FOUR_GIB)
            slot[CONTENT:] = zeros.digest()
            slot[56:64] = hashlib.sha256(slot[:56] + slot[64:]).digest()[:8]
            raw[at:at + USED] = slot
            changed += 1
    assert changed
    state.write_bytes(raw)
    os.truncate(part, FOUR_GIB)
    site.clear_log()
    done = fv(armv7, "sync", "--json", "HAUC", out, portal=site, timeout=600).expect()
    assert done.files[0]["status"] == "resumed" and done.files[0]["size"] == FOUR_GIB + TAIL // 3 * 3
    assert done.files[0]["sha256"] == harness.sha256(source)
    assert [one["range"] for one in site.log(2) if one["status"] == 206] == [f"bytes={FOUR_GIB}-"]
