# SPDX-License-Identifier: MIT
"""kill -9 at random moments: final names are whole at each of them, and one run puts all right at a bounded cost.

The seed is printed; FLUXVISION_SEED repeats it.
"""

import contextlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

import pytest

import harness
import make_tree
import portal as portals
from harness import OWN, assert_tree, files_below, sha256

MIB = 1 << 20
BIG = 20 * MIB + 12345
LOSS = 16 * MIB     # between two checkpoints, as promised
RECORD = 16 * 1024  # what is written at once: a checkpoint may come that much later
SANITISED = harness.PROGRAM == harness.SANITISED
KILLS = 25 if SANITISED else 200
AIMED = 5           # so many kills have one that is not at random


def version(place, number):
    """A tree: small files around a large one; two versions have all names and sizes in common, and no content."""
    tree = make_tree.Tree(place, [])
    rng = random.Random(number)
    for index, size in enumerate((0, 1, 1000, 16384, 100_000, 300_000, BIG, 50_000, 2, 70_000)):
        content = rng.randbytes(size) if size else b""
        tree.add(f"f{index}", content, modified=f"2021-04-0{number}T15:44:37.{index:06}+02:00")
    return tree


@pytest.fixture
def memory(tmp_path):
    """A directory in memory, where there is one: a kill does not ask how slow a disk is."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="fluxvision-kill-", dir="/dev/shm" if os.path.isdir("/dev/shm") else
                                          tmp_path))
    yield place
    shutil.rmtree(place)


class Watch:
    """What lies in DIR, hashed once for each file."""

    def __init__(self, directory):
        self.directory, self.known = directory, {}

    def hashes(self):
        """{local path: hash} of all final names."""
        found = {}
        for path, one in files_below(self.directory).items():
            status = one.stat()
            key = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if self.known.get(path, (None,))[0] != key:
                self.known[path] = key, sha256(one)
            found[path] = self.known[path][1]
        return found

    def part(self):
        """Bytes of the large file under way."""
        most = 0
        for one in (self.directory / OWN).glob("*.part"):
            with contextlib.suppress(FileNotFoundError):   # it was complete just now
                most = max(most, one.stat().st_size)
        return most


def missing(expected, found, part):
    """How many bytes the next run may receive, but for the listing."""
    need = sum(one["size"] for path, one in expected.items() if found.get(path) != one["sha256"])
    return need - max(0, part - 2 * RECORD) // (LOSS + RECORD) * LOSS   # nothing is written until a checkpoint is made


def killed(fv, site, out, wait):
    """Start a run and kill it when wait(process) returns; False if it ended before."""
    running = fv.start("sync", "-q", "HAUC", out, portal=site)
    wait(running.process)
    alive = running.process.poll() is None
    running.kill()
    running.process.communicate()
    fv.running.remove(running)
    assert alive or running.process.returncode in (0, -9)
    return running.process.returncode == -9


def at(moment):
    """Wait until then, or until it has ended."""
    def wait(process):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(moment)
    return wait


def behind_checkpoint(watch):
    """Wait until the large file has one: random moments may all miss the stretch behind it."""
    def wait(process):
        while process.poll() is None and watch.part() <= LOSS:
            time.sleep(0.0005)
    return wait


def test_kill_at_random_moments(fv, certs, memory, capsys):
    seed = int(os.environ.get("FLUXVISION_SEED") or random.randrange(1 << 32))
    rng, out = random.Random(seed), memory / "out"
    kills = in_large = replaced = 0
    worst = 0.0
    with capsys.disabled():
        print(f"\n  kill -9: seed {seed}", end="", flush=True)
    with portals.Nginx(version(memory / "a", 1), certs=certs) as a, \
            portals.Nginx(version(memory / "b", 2), certs=certs) as b:
        span = fv("sync", "-q", "HAUC", out, portal=a).expect().seconds
        wanted = {one["sha256"] for site in (a, b) for one in site.expected}
        by_path = {site: harness.local_paths(site.expected) for site in (a, b)}
        watch, site = Watch(out), b
        while kills < KILLS:
            for turn in range(rng.choice((1, 2, 3, 4))):
                moment = span * rng.random()
                aimed = kills % AIMED == 0 and watch.part() <= LOSS
                begun = time.monotonic()
                if not killed(fv, site, out, behind_checkpoint(watch) if aimed else at(moment)):
                    span = time.monotonic() - begun if turn == 0 else span    # a run takes that long now
                    break
                kills += 1
                found = watch.hashes()
                assert len(found) == len(by_path[site]) and set(found.values()) <= wanted, (seed, kills)
                in_large += watch.part() > LOSS
                replaced += any(found[path] != one["sha256"] for path, one in by_path[site].items())
            limit = missing(by_path[site], watch.hashes(), watch.part())
            done = fv("sync", "--json", "HAUC", out, portal=site).expect()
            listing = len(json.dumps(site.expected)) * 2
            assert done.summary["bytes"] <= limit + listing, (seed, kills, limit, done)
            worst, span = max(worst, done.seconds), max(span, done.seconds)
            assert_tree(out, site.expected)
            site = a if site is b else b
    with capsys.disabled():
        print(f", {kills} kills, {replaced} amid the work, {in_large} behind a checkpoint of the large file ", end="",
              flush=True)
    assert replaced > KILLS / 4 and in_large > 0
