# SPDX-License-Identifier: MIT
"""Random faults on every answer: no file ever holds a byte that is not its own, and all that is said is true.

CHAOS_SEEDS=500 tries as many, CHAOS_SEED=n only that one, or with CHAOS_SEEDS those from n on. See chaos.py.
"""

import collections
import concurrent.futures
import os
import pathlib
import shutil
import tempfile

import pytest

import chaos
import harness

SANITISED = harness.PROGRAM == harness.SANITISED     # slower, and it has other seeds
COUNT = int(os.environ.get("CHAOS_SEEDS") or ("1" if "CHAOS_SEED" in os.environ else "20" if SANITISED else "60"))
FIRST = int(os.environ.get("CHAOS_SEED") or ("1001" if SANITISED else "1"), 0)
SEEDS = [(FIRST + number) % (1 << 64) for number in range(COUNT)]
AT_ONCE = 6     # most of a run is waiting
ROOM = 200_000_000


@pytest.fixture(scope="module")
def runs(certs, program):
    """{seed: the future of its run}: several at once, in memory where that is possible."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > ROOM else None
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=memory) as place, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        yield {seed: pool.submit(one, seed, certs, pathlib.Path(place, f"{seed}"), program) for seed in SEEDS}
        pool.shutdown(cancel_futures=True)


def one(seed, certs, place, program):
    """The run of a seed."""
    world, wrong = chaos.run(seed, certs, place / "home", place / "out", program)
    shutil.rmtree(place)
    return world.all_asked, world.all_met, wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_chaos(runs, seed):
    wrong = runs[seed].result()[2]
    if wrong:
        plan = {name: value
                for name, value in vars(chaos.Plan(seed)).items() if name not in ("names", "sizes", "dates")}
        pytest.fail(f"replay with CHAOS_SEED={seed} make integration PYTEST='-k chaos'\n{plan}\n" + "\n".join(
            f"{kind.upper()}: {what}" for kind, several in wrong.items() for what in several[:3]), pytrace=False)


def test_sum(runs, capsys):
    """Says what was tried, and that each kind of fault was met."""
    asked, met, wrong = 0, collections.Counter(), collections.Counter()
    for run in runs.values():
        asked, met = asked + run.result()[0], met + run.result()[1]
        wrong.update(run.result()[2].keys())
    with capsys.disabled():
        print(f"\n    chaos: {COUNT} seeds from {FIRST}, {asked} requests, {met.total()} faults ("
              f"{', '.join(f'{count} {kind}' for kind, count in met.most_common())}); wrong bytes in "
              f"{wrong['wrong bytes']} seeds, "
              f"otherwise wrong: {dict(wrong)}")
    assert COUNT < 60 or set(met) == set(chaos.FAULTS)
