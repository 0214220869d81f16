# SPDX-License-Identifier: MIT
"""Power cuts: QEMU killed at 50 moments of a sync."""

import concurrent.futures
import os
import random
import re

import pytest

import machine

CUTS = 50
# of these follow a file that was told of: batches leave few other moments between the first and the last
BEHIND_FILES = 10
# What a cut may leave on FAT, and what its repair would be: clusters that no file has, or that are linked behind a
# file's end; the flag that says so; the copy of the FAT, and the count of free clusters; a long name whose short
# entry was to follow in the directory's next sector, which no reader takes for a file; an empty file whose long name was
# removed in the sector before. tests/support/vfat.c has the same for cuts in the port's unit tests.
HARMLESS = (r"Dirty bit is set", r"Reclaim(ed|ing) \d+ unused cluster", r"Free cluster summary wrong", r"FATs differ",
            r"[Uu]sing first FAT", r"Leaving filesystem unchanged", r"Auto-(sett|correct|delet)ing",
            r"Orphaned long file name part", r"Long filename fragment ", r"Maybe the start bit is missing",
            r"Not auto-correcting", r"truncating|Truncating",
            r"File size is \d+ bytes, cluster chain length is > \d+ bytes", r"^/", r"^\s+\d+\)", r"^[12]\) ")


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
        wrong = [line for line in card.check() if not any(re.search(h, line) for h in HARMLESS)]
        assert not wrong, (seed, number, after, told, wrong)
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
