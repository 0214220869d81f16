# SPDX-License-Identifier: MIT
"""Power cuts: QEMU killed at 50 moments of a sync."""

import concurrent.futures
import os
import random

import pytest

import machine

CUTS = 50
# of these follow a file that was told of: batches leave few other moments between the first and the last
BEHIND_FILES = 10


@pytest.mark.parametrize("board,size", [("lm3s6965evb", [16 << 20]), ("sifive-u", []), ("sifive-u-fat", [16 << 20])],
                         indirect=["board"])
def test_power_cuts(board, portal, few, tmp_path, size):
    """After each the next boot completes, every byte is right, and fsck.vfat has nothing to do but collect lost
    clusters."""
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1 << 30)
    print("SEED", seed)
    moments = random.Random(seed)
    site = portal(few)
    empty = board.medium(tmp_path / "empty.img", *size)
    empty.settings(site, retries=0)
    whole = board.boot(empty.copy(tmp_path / "timing.img")).expect().seconds

    def one(number, after, told):
        card = empty.copy(tmp_path / f"{number}.img")
        said = board.cut(card, after, told)
        assert not card.lost(), (seed, number, after, told, card.lost())
        done = board.boot(card).expect()
        assert done.summary["failed"] == 0, (seed, number, after, told, done)
        copy = card.take(tmp_path / f"{number}")
        machine.same(copy, site.expected)
        card.path.unlink()
        return said.count("downloaded: "), done.summary

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        after = [moments.uniform(0, whole) for _ in range(CUTS - BEHIND_FILES)] + [machine.LIMIT_S] * BEHIND_FILES
        told = [0] * (CUTS - BEHIND_FILES) + [moments.randrange(1, len(few.items)) for _ in range(BEHIND_FILES)]
        results = list(pool.map(one, range(CUTS), after, told))
    kept = [summary["unchanged"] for _, summary in results]
    print("files kept after the cuts:", sorted(kept))
    assert any(0 < n < len(few.items) for n in kept)
    for said, summary in results:
        assert summary["unchanged"] + 1 >= said, (said, summary)
