# SPDX-License-Identifier: MIT
"""What a FAT card may be like: cut in a file's first moments, wrong in its count of free clusters, of another kind;
and what it can't hold."""

import json
import os
import re
import struct
import subprocess
import time

import catalog
import make_tree
import portal as portals
import pytest

import machine

BIG = 60 << 20
MOMENTS = (0, 0.1, 0.2, 0.3)  # seconds after the file's space has begun to be taken
LOST_MOST = 4  # clusters that a cut may cost
PIECE = (4 << 20) // 512  # or one of the cuts, if it meets a chain that is being freed (port/fat/fat.h)
FSINFO_COUNT = 512 + 488


def lost(card):
    """Clusters that no file has, as fsck.vfat sees them."""
    found = re.search(r"Reclaim\w+ (\d+) unused cluster", machine.run("fsck.vfat", "-n", card.path, check=False))
    return int(found[1]) if found else 0


class Fat32:
    """The first FAT of a card's image."""

    def __init__(self, card):
        self.path = card.path
        with open(self.path, "rb") as file:
            boot = file.read(512)
        reserved, self.size = struct.unpack_from("<H", boot, 14)[0], struct.unpack_from("<I", boot, 36)[0] * 512
        self.start = reserved * 512

    def used(self):
        """Clusters in use, or lost."""
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return sum(1 for (value,) in struct.iter_unpack("<I", file.read(self.size)) if value)

    def tail(self):
        """How many bytes of the FAT are used, from its start: quick."""
        with open(self.path, "rb") as file:
            file.seek(self.start)
            return len(file.read(self.size).rstrip(b"\0"))


def list_only(site, wanted):
    """Have the portal list those of its files that wanted says yes to."""
    path = next(p for p in site.listings.rglob(".listing.json") if p.parent.name == "HAUC")
    entries = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    path.write_text(json.dumps([e for e in entries if wanted(e)]), encoding="utf-8")


def cut_while_reserving(board, card, moment):
    """Power on, wait until space is taken for the file, and cut the power `moment` seconds later."""
    fat = Fat32(card)
    before = fat.tail()
    process = board.start(card)
    end = time.monotonic() + machine.LIMIT_S
    while fat.tail() < before + 2048 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    taking = process.poll() is None and fat.tail() >= before + 2048
    time.sleep(moment)
    process.kill()
    out, _ = process.communicate()
    assert taking, out.decode("utf-8", "replace")[-3000:]


def test_cuts_in_the_first_moments_of_a_large_file(board, portal, tmp_path):
    """Four of them cost some clusters, one of them a piece, not four times the file; the fifth boot goes on with it;
    once it is not wanted it is gone."""
    site = portal(make_tree.build(portals.cache_dir() / "tree-60", small_count=4, big_bytes=BIG))
    card = machine.Card(tmp_path / "card.img", 256 << 20)
    machine.run("mkfs.vfat", "-F", "32", "-s", "1", card.path)
    card.settings(site, retries=0)
    empty = Fat32(card).used()
    list_only(site, lambda entry: entry["file_name"] == catalog.BIG_NAME)
    cut_while_reserving(board, card, MOMENTS[0])
    costs = [lost(card)]
    # the chain is there already, as far as it came: the boot is cut within its first seconds
    for moment in MOMENTS[1:]:
        process = board.start(card)
        time.sleep(1.5 + moment)
        process.kill()
        process.communicate()
        costs.append(lost(card))
    print("clusters lost after each cut:", costs, "of", BIG // 512)
    each = sorted(cost - before for before, cost in zip([0, *costs], costs))
    assert each[-2] <= LOST_MOST and each[-1] <= PIECE
    piece = each[-1] if each[-1] > LOST_MOST else 0

    process = board.start(card)
    said = b""
    while b"progress: " not in said and process.poll() is None:
        said += process.stdout.read1(4096)
    process.kill()
    rest, _ = process.communicate()
    assert b"progress: " in said and b"free space" not in said + rest, said
    assert Fat32(card).used() <= empty + BIG // 512 + 100 + piece

    site.relist()
    list_only(site, lambda entry: entry["file_name"] == "f1")
    done = board.boot(card).expect()
    assert done.summary["failed"] == 0
    print("clusters lost in the end:", lost(card))
    assert lost(card) <= LOST_MOST * (len(MOMENTS) + 1) + piece
    assert Fat32(card).used() < empty + 2000 + piece


@pytest.mark.parametrize("count", [0, 3, 0xFFFFFFFF], ids=hex)
def test_a_stale_count_of_free_clusters(board, portal, few, tmp_path, count):
    """It refuses nothing, and is right afterwards."""
    site = portal(few)
    card = machine.Card(tmp_path / "card.img")
    machine.run("mkfs.vfat", "-F", "32", "-s", "1", card.path)
    card.settings(site)
    with open(card.path, "r+b") as file:
        file.seek(FSINFO_COUNT)
        file.write(struct.pack("<I", count))
    done = board.boot(card).expect()
    assert done.summary["downloaded"] == len(few.items)
    assert card.check() == []
    machine.same(card.take(tmp_path / "copy"), site.expected)


def make_gpt(path):
    """As large cards and disks are formatted."""
    partition(path, "label: gpt\nstart=2048, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n")


def make_logical(path):
    """A FAT volume in an extended partition."""
    partition(path, "label: dos\nstart=2048, type=f\nstart=4096, type=c\n")


def make_exfat(path):
    """As cards over 32 GB are sold."""
    machine.run("mkfs.exfat", path)


def make_fat12(path):
    """As the smallest ones are."""
    machine.run("mkfs.vfat", "-F", "12", "-s", "64", path)


def make_zeros(path):
    """Not formatted."""
    del path


def partition(path, script):
    """Run sfdisk."""
    done = subprocess.run(["sfdisk", "-q", path], input=script.encode(), env=machine.ENV, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("make, words",
                         [(make_gpt, "the card has a GPT"), (make_logical, "the card's partition is logical"),
                                         (make_exfat, "the card is exFAT"), (make_fat12, "the card is FAT12"),
                                         (make_zeros, "the card is not FAT")])
def test_a_card_of_another_kind(board, tmp_path, make, words):
    """One line says which, and nothing is written."""
    card = machine.Card.__new__(machine.Card)
    card.path = tmp_path / "card.img"
    with open(card.path, "wb") as file:
        file.truncate(machine.SDSC)
    make(card.path)
    before = machine.sha256(card.path)
    done = board.boot(card)
    done.fails(7, words)
    assert len(done.errors) == 1, done
    assert machine.sha256(card.path) == before


def test_a_primary_partition_is_used(board, tmp_path):
    """The second one, with FAT16, behind one of another kind: what is missing is the settings, not the volume."""
    card = machine.Card.__new__(machine.Card)
    card.path = tmp_path / "card.img"
    with open(card.path, "wb") as file:
        file.truncate(machine.SDSC)
    partition(card.path, "label: dos\nstart=2048, size=2048, type=83\nstart=4096, type=6\n")
    machine.run("mkfs.vfat", "-F", "16", "--offset", "4096", card.path, "60000")
    board.boot(card).fails(7, "fluxvision.conf")


def test_a_file_that_fat_can_not_hold(board, portal, few, tmp_path):
    """5 GiB onto an empty card of 16 GiB: refused before any of it is fetched, in words of its own; the other files
    arrive."""
    site = portal(few)
    path = next(p for p in site.listings.rglob(".listing.json") if p.parent.name == "HAUC")
    entries = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    one = next(e for e in entries if e["file_name"] == "f1")
    large = few.out / "files/api_file/v1/large"
    with open(large, "wb") as file:
        file.truncate(5 << 30)
    url = one["url"].split("/api_file/")[0] + "/api_file/v1/large"
    path.write_text(json.dumps([{**one, "file_name": "large", "url": url}, *entries]), encoding="utf-8")
    card = machine.Card(tmp_path / "card.img", 16 << 30)
    card.settings(site)
    try:
        done = board.boot(card)
    finally:
        os.unlink(large)
    done.fails(done.status, "larger than this file system can hold")
    assert done.status in (1, 7)
    assert (done.summary["downloaded"], done.summary["failed"]) == (len(few.items), 1)
    assert done.summary["bytes"] < sum(item.size for item in few.items) + (1 << 20)
    assert card.check() == []
