# SPDX-License-Identifier: MIT
"""What a run may cost when things go badly: requests, connections, bytes and time stay small."""

import re
import time

import pytest

import harness
import make_tree
import many
import portal as portals
from bad import Close, Sleep, Trickle, chunked, error, ok, ranged_file
from harness import assert_names, files_below, sha256
from spaces import Space

FOLDER = "HAUC/HAUC-3/HAUC-3-2/"
PLACE = "/api_file/v1/" + FOLDER
AHEAD = 16     # requests that may be in flight when a run ends


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


@pytest.fixture(scope="module")
def demo(certs):
    """nginx with what `make demo` delivers."""
    tree = make_tree.build(portals.cache_dir() / "tree-demo")
    with portals.Nginx(tree, certs=certs) as server:
        assert len(server.expected) == 318
        yield server


@pytest.fixture
def full(namespaces, out):
    """A function that mounts an empty file system of that size at `out`; where that can't be, the test says so."""
    assert namespaces is None
    spaces = []

    def mount(size):
        out.mkdir()
        spaces.append(Space(f'mount -t tmpfs -o size={size} none "$1"', out))
        return spaces[-1]

    yield mount
    for space in spaces:
        space.stop()


def not_attempted(done):
    """What the last line says: (how many were fetched, unchanged and failed; how many were not attempted)."""
    found = re.match(r"(\d+) fetched, (\d+) unchanged, (\d+) failed, (\d+) files were not attempted; ",
                     done.out.splitlines()[-1])
    assert found, done
    *attempted, rest = map(int, found.groups())
    return sum(attempted), rest


# --- a full DIR

def test_a_full_disk(fv, demo, full, out):
    space = full("1m")
    demo.clear_log()
    done = fv("sync", "HAUC", out, portal=demo, prefix=space.prefix).expect(1)
    log = demo.log()
    there = {path: sha256(place) for path, place in files_below(space.path(out)).items()}
    expected = harness.local_paths(demo.expected)
    assert there and there.items() <= {path: one["sha256"] for path, one in expected.items()}.items()
    assert len({line["conn"] for line in log}) <= 6 and len(log) <= 330
    assert sum(line["bytes"] for line in log) <= 4_000_000
    attempted, rest = not_attempted(done)
    assert attempted + rest == 318 and len(there) < attempted <= len(there) + 3


def test_a_full_disk_again(fv, demo, full, out):
    """The next run is no better, and no worse."""
    space = full("1m")
    fv("sync", "HAUC", out, portal=demo, prefix=space.prefix).expect(1)
    before = set(files_below(space.path(out)))
    demo.clear_log()
    done = fv("sync", "--json", "HAUC", out, portal=demo, prefix=space.prefix).expect(1)
    assert before <= set(files_below(space.path(out))) and len(demo.log()) <= 1 + 3 + AHEAD
    assert done.summary["unchanged"] == len(before) and done.summary["unattempted"] + len(done.files) == 318


def test_min_free_that_is_not_there(fv, demo, out):
    demo.clear_log()
    done = fv("sync", "--min-free", "1T", "HAUC", out, portal=demo).expect(7)
    named = [line for line in done.err.splitlines() if "HAUC/" in line]
    assert len(named) <= 3 and len(demo.log()) <= 1 + 3 + AHEAD and not files_below(out)
    assert not_attempted(done) == (len(named), 318 - len(named))


@pytest.mark.parametrize("as_chunks", [False, True], ids=["length", "chunks"])
def test_a_file_that_does_not_fit_fails_alone(fv, bad, full, out, as_chunks):
    """Two in a row, and again two: smaller ones that come after them arrive."""
    space, large = full("1m"), many.content(99, 3_000_000)
    content = {f"f{number}": many.content(number, 5000) for number in range(8)}
    bad.publish({name: [ok(large) if not as_chunks else chunked(large, (60_000,))] for name in content})
    for name in ("f0", "f3", "f6", "f7"):
        bad.route(PLACE + name, ranged_file(content[name]))
    done = fv("sync", "HAUC", out, portal=bad, prefix=space.prefix).expect(1)
    assert_names(space.path(out), {FOLDER + name: content[name] for name in ("f0", "f3", "f6", "f7")})
    assert [FOLDER + name in done.err for name in content] == [name in ("f1", "f2", "f4", "f5") for name in content]
    assert len(bad.requests) <= 9 + 4 * AHEAD


def test_three_in_a_row_that_do_not_fit(fv, bad, full, out):
    space, large = full("1m"), many.content(99, 3_000_000)
    names = [f"f{number}" for number in range(40)]
    bad.publish({name: [ok(large)] if name in names[1:] else b"small" for name in names})
    done = fv("sync", "HAUC", out, portal=bad, prefix=space.prefix).expect(1)
    assert_names(space.path(out), {FOLDER + "f0": b"small"})
    assert [FOLDER + name in done.err for name in names].count(True) == 3
    assert not_attempted(done) == (4, 36) and len(bad.requests) <= 1 + 4 + 3 * AHEAD and len(bad.connections) <= 6


# --- a server with little to give

@pytest.mark.plain
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Busy"])
def test_one_request_a_second(fv, bad, out, status):
    """All that comes earlier is refused, with Retry-After: 1. Twelve files, twelve refusals at most."""
    count = 12 if status.startswith("429") else 4
    content = {f"f{number}": many.content(number, 500) for number in range(count)}
    bad.publish(content)
    refused, last = [], [0.0]

    def limited(request):
        name = request.path.rpartition("/")[2]
        if time.monotonic() - last[0] < 1.0:
            refused.append(name)
            return error(status, b"slowly\n", {"Retry-After": "1"})
        last[0] = time.monotonic()
        return ranged_file(content[name])

    for name in content:
        bad.route(PLACE + name, limited)
    fv("sync", "--retries", 5, "HAUC", out, portal=bad).expect()
    assert_names(out, {FOLDER + name: data for name, data in content.items()})
    assert len(refused) <= count, refused


@pytest.mark.plain
def test_a_crawl_does_not_go_on_for_ever(fv, bad, out):
    """Three bytes a second, for twenty seconds a connection: progress, but below the floor."""
    bad.publish({"f1": b""})
    whole = ranged_file(bytes(5000))

    def crawl(request):
        answer = whole(request)
        start = answer.index(b"\r\n\r\n") + 4
        return [answer[:start], Trickle(answer[start:start + 60], 3, 1.0)]

    bad.route(PLACE + "f1", crawl)
    done = fv("sync", "--speed-limit", 1000, "--speed-time", 2, "--retries", 1, "HAUC", out, portal=bad)
    done.fails(3, FOLDER + "f1", "slow")
    assert len(bad.connections) <= 4 and not files_below(out)


@pytest.mark.plain
def test_a_crawl_that_is_cut_again_and_again(fv, bad, out):
    """The same with connections that last a second: the floor counts over all of them."""
    bad.publish({"f1": b""})
    whole = ranged_file(bytes(5000))

    def crawl(request):
        answer = whole(request)
        start = answer.index(b"\r\n\r\n") + 4
        return [answer[:start + 3], Sleep(1), answer[start + 3:start + 6], Close(False)]

    bad.route(PLACE + "f1", crawl)
    done = fv("sync", "--speed-limit", 1000, "--speed-time", 2, "--retries", 1, "HAUC", out, portal=bad)
    done.expect(3)
    assert len(bad.connections) <= 8 and not files_below(out)
