# SPDX-License-Identifier: MIT
"""Answers that are not what their heads say, byte for byte: shorter, cut in the next head, announced and never sent,
swallowed.

Several requests are in flight, so that each missing byte may be taken from the next answer. STREAM_SEEDS=500 tries as
many, STREAM_SEED=n only that one, or with STREAM_SEEDS those from n on.
"""

import concurrent.futures
import os
import pathlib
import random
import shutil
import tempfile
import threading

import pytest

import harness
from bad import BadPortal, Close, Forget, Reset, entry, head, ok, ranged_file

SANITISED = harness.PROGRAM == harness.SANITISED
COUNT = int(os.environ.get("STREAM_SEEDS") or ("1" if "STREAM_SEED" in os.environ else "20" if SANITISED else "40"))
FIRST = int(os.environ.get("STREAM_SEED") or ("1001" if SANITISED else "1"))
SEEDS = range(FIRST, FIRST + COUNT)
AT_ONCE = 4
FOLDER = "HAUC/HAUC-3/HAUC-3-2/"
SIZES = (0, 1, 5, 6, 7, 50, 3000, 20000)
ENDS = (Close(), Close(False), Reset())


class Bytes:
    """What is sent as it stands, in pieces; a piece may end anywhere."""

    def __init__(self, data, draw):
        self.data, self.draw = data, draw

    def run(self, wire, _):
        sizes = (1, 2, 3, 7, 50, 1000, 16000) if self.draw.random() < 0.5 else (len(self.data) or 1,)
        at = 0
        while at < len(self.data):
            size = self.draw.choice(sizes)
            wire.send(self.data[at:at + size])
            at += size


class Either:
    """A lie where another request is in flight; else nobody could tell, and it is the truth."""

    def __init__(self, lie, end, truth):
        self.lie, self.end, self.truth = lie, end, truth

    def run(self, wire, request):
        if wire.backlog() < 1:
            wire.send(self.truth)
            return
        self.lie.run(wire, request)
        self.end.run(wire, request)


class World:
    """A portal whose files have contents of their own, and answers drawn from the seed."""

    def __init__(self, seed, certs):
        draw = random.Random(seed)
        self.seed, self.calm, self.asked, self.met, self.lock = seed, False, {}, [], threading.Lock()
        equal, size, ends = draw.random() < 0.6, draw.choice(SIZES[:-1]), draw.choice((b"", b"", b"H", b"HTT",
                                                                                       b"HTTP/1"))
        self.content = {}
        for number in range(draw.randint(3, 14)):
            own = random.Random(f"{seed} {number}")
            data = own.randbytes(size if equal else own.choice(SIZES))
            self.content[f"f{number}"] = data[:len(data) - len(ends)] + ends if len(data) > len(ends) else data
        self.tag, self.rate = draw.choice(('"v1"', None)), draw.choice((0.1, 0.3, 0.6))
        self.swallows = draw.random() < 0.15
        self.options = ["--jobs", draw.choice((1, 1, 2, 3)), "--pipeline", draw.choice((2, 4, 64, 64)), "--retries",
                        draw.choice((0, 2, 5))]
        self.portal = BadPortal(certs=certs)
        self.portal.publish_entries([entry(name) for name in self.content])
        self.portal.route("*", self.answer)

    def right(self, name, request):
        return ranged_file(self.content[name], self.tag, None)(request)

    def answer(self, request):
        name = request.path.rpartition("/")[2]
        with self.lock:
            nth = self.asked[name] = self.asked.get(name, 0) + 1
        draw = random.Random(f"{self.seed} {name} {nth} {self.calm}")
        good, data = self.right(name, request), self.content[name]
        if self.swallows and not self.calm:
            return [good, Forget()]
        if self.calm or draw.random() > self.rate or "range" in request.headers or not isinstance(good, bytes):
            return good
        kind = draw.choice((self.shorter, self.shorter, self.cut_in_the_next, self.announced, self.announced,
                            self.empty,
                            self.short_chunk, self.cut))
        with self.lock:
            self.met.append((name, kind.__name__))
        return kind(draw, name, data, good)

    def fields(self):
        return {"ETag": self.tag} if self.tag else {}

    def shorter(self, draw, _, data, good):
        missing = min(draw.choice((1, 2, 3, 6, 7, 8, len(data))), len(data))
        answer = ok(data[:len(data) - missing], self.fields(), length=len(data))
        return [Bytes(answer, draw), *draw.choice(((), (), (draw.choice(ENDS),)))]

    def cut_in_the_next(self, draw, _, data, good):
        missing = min(draw.randint(1, 12), len(data))
        answer = ok(data[:len(data) - missing], self.fields(), length=len(data))
        begins = b"HTTP/1.1 200 OK\r\n"[:draw.randint(0, 9)]
        return [Either(Bytes(answer + begins, draw), draw.choice(ENDS), good)]

    def announced(self, draw, name, data, good):
        """A refusal as to a HEAD, as long as the next answers are, or not."""
        names = list(self.content)
        behind = [len(ok(self.content[other], self.fields())) for other in names[names.index(name) + 1:]]
        length = sum(behind[:draw.randint(1, 3)]) if behind and draw.random() < 0.7 else draw.randint(1, 4000)
        status, fields = draw.choice((("404 Not Found", {}), ("403 Forbidden", {}), ("503 Busy", {"Retry-After": "0"}),
                                      ("500 Error", {}), ("416 Range", {})))
        return [Bytes(head(status, {**fields, "Content-Length": length}), draw)]

    def empty(self, draw, _, data, good):
        return [Bytes(head("200 OK", {**self.fields(), "Content-Length": len(data)}), draw)]

    def short_chunk(self, draw, _, data, good):
        if len(data) < 30:
            return good
        size = draw.randint(9, len(data) - 9)
        real = size - draw.choice((1, 2, 3, 7, 8, -1, -3))
        return [Bytes(head("200 OK", {**self.fields(), "Transfer-Encoding": "chunked"}) + b"%x\r\n" % size +
                      data[:real] +
                      b"\r\n%x\r\n" % (len(data) - real) + data[real:] + b"\r\n0\r\n\r\n", draw)]

    def cut(self, draw, _, data, good):
        return [Bytes(good[:draw.randint(0, len(good))], draw), draw.choice(ENDS)]


def play(seed, certs, place, program):
    """Two runs with faults and one without: what was wrong."""
    world, fv, out, wrong = World(seed, certs), harness.Fluxvision(place / "home", certs), place / "out", []
    try:
        for run in range(3):
            world.calm = run == 2
            # Where nothing is amiss a busy machine may be silent for a second.
            stall = ("--stall-timeout", 60 if world.calm else 1)
            done = fv("sync", *world.options, *stall, "HAUC", out, portal=world.portal, program=program)
            there = {path.removeprefix(FOLDER): file.read_bytes() for path, file in harness.files_below(out).items()}
            wrong += [f"run {run}: {name} is not its own"
                      for name, data in there.items() if data != world.content[name]]
            if done.status not in (0, 1, 3, 6) or (world.calm and (done.status or there != world.content)):
                wrong.append(f"run {run}: exit {done.status}, {len(there)} of {len(world.content)} files; "
                             f"{done.err[-300:]}")
            if there and fv("verify", out, portal=world.portal, program=program).status:
                wrong.append(f"run {run}: verify does not agree")
        return wrong and [*wrong, str(world.options), str(world.met)]
    finally:
        fv.stop()
        world.portal.stop()


@pytest.fixture(scope="module")
def runs(certs, program):
    """{seed: the future of its run}: several at once, most of each is waiting."""
    with tempfile.TemporaryDirectory(prefix="streams-",
                                     dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as place, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        def one(seed):
            here = pathlib.Path(place, str(seed))
            wrong = play(seed, certs, here, program)
            shutil.rmtree(here)
            return wrong
        yield {seed: pool.submit(one, seed) for seed in SEEDS}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_streams(runs, seed):
    wrong = runs[seed].result()
    if wrong:
        pytest.fail(f"replay with STREAM_SEED={seed} make integration PYTEST='-k streams'\n" + "\n".join(wrong),
                    pytrace=False)
