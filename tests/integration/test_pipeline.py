# SPDX-License-Identifier: MIT
"""Requests in flight, and servers, relays and lines that break under them: never a wrong file, and none missing."""

import datetime
import os
import pathlib
import random
import tempfile

import pytest

import many
import portal as portals
from bad import (Close, Reset, Stall, Trickle, WaitBacklog, chunks, cut, entry, error, http_date, interim, ok,
                 ranged_file, redirect, unauthorized)
from harness import assert_tree, files_below

COUNT = 10_000
FEWER = 1500           # for the sanitised program
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
STRIKES = 3            # FV_PIPELINE_STRIKES
START = 8              # FV_PIPELINE_START
MOST = 256             # FV_CAP_PIPELINE
LEARNING = 2           # connections that end behind as many responses before none is sent too many
SEED = random.randrange(1 << 32)
NEVER = {"FLUXVISION_RETRIES": "100"}


def memory():
    """Where a sync to storage is not most of what a test waits for; None: nowhere."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def out():
    """A directory for sync, in memory where that is possible."""
    with tempfile.TemporaryDirectory(prefix="pipeline-", dir=memory()) as place:
        yield pathlib.Path(place, "out")


@pytest.fixture(scope="module")
def large(certs):
    """nginx with ten thousand files."""
    print("seed", SEED)
    with tempfile.TemporaryDirectory(prefix="pipeline-", dir=memory()) as place:
        with portals.Nginx(many.build(place, COUNT, SEED), certs=certs) as server:
            yield server


@pytest.mark.plain
@pytest.mark.parametrize("jobs, keepalive", [(1, 1000), (4, 1000), (4, 37)])
def test_ten_thousand_files(fv, large, out, jobs, keepalive):
    large.restart(keepalive_requests=keepalive, url_port="same")
    large.clear_log()
    fv("sync", "--jobs", jobs, "HAUC", out, portal=large).expect()
    assert_tree(out, large.expected)
    log = large.log(COUNT + 1)
    assert len({line["conn"] for line in log}) <= jobs + 1 + len(log) // (keepalive - 1)
    assert keepalive < 1000 or len(log) == COUNT + 1 and sum(line["pipelined"] for line in log) > COUNT // 10


@pytest.mark.plain
@pytest.mark.parametrize("kind, lost", [(portals.Nginx, LEARNING), (portals.Lighttpd, 100)])
def test_no_more_is_sent_than_a_connection_gives(fv, certs, out, tmp_path, kind, lost):
    """Where nginx ends the first two connections, a response may be asked for again whose last bytes are those of a
    response's beginning. lighttpd resets the connection if it has unread requests, which may cost what it said last."""
    print("seed", SEED)
    with kind(many.build(tmp_path / "tree", FEWER, SEED), certs=certs, keepalive_requests=100) as server:
        done = fv("sync", "--json", "HAUC", out, portal=server).expect()
        assert_tree(out, server.expected)
        assert FEWER + 1 <= len(server.log(FEWER + 1)) <= FEWER + 1 + lost
        assert done.summary["requests"] <= FEWER + 1 + 2 * LEARNING * MOST


@pytest.mark.plain
@pytest.mark.parametrize("jobs", [1, 4])
def test_ten_thousand_files_and_cut_connections(fv, large, out, jobs):
    print("seed", SEED)
    listing = sum(path.stat().st_size for path in large.listings.glob("api_file/v1/HAUC/.listing.json"))
    with many.Relay(large.port, many.Cuts(random.Random(SEED + jobs), 400_000, listing + 50_000)) as relay:
        large.restart(keepalive_requests=1000, url_port=relay.port)
        done = fv("sync", "--json", "--jobs", jobs, "HAUC", out, portal=large,
                  env={**NEVER, "FLUXVISION_ENDPOINT": relay.url}).expect()
        assert_tree(out, large.expected)
        assert relay.cut > 20 and relay.most <= jobs + 1
        assert sorted(one["path"] for one in done.files) == sorted(files_below(out))


def microseconds(date):
    """Since 1970."""
    return (date - EPOCH) // datetime.timedelta(microseconds=1)


class Delivery:
    """Files of distinct content and dates on the misbehaving portal: `spoil` may put something else in an answer's
    place."""

    def __init__(self, bad, count, size=lambda number: 100 + 7 * number, spoil=None):
        self.bad, self.names = bad, [f"f{number}" for number in range(count)]
        self.content = {f"f{number}": many.content(number, size(number)) for number in range(count)}
        self.dates = {f"f{number}": many.modified(number) for number in range(count)}
        self.answers = {name: self.answer(name) for name in self.names}
        self.spoil = spoil or (lambda request, name, right: right)
        bad.route("*", self._serve)    # before a run can find a file in the listing
        bad.publish_entries([entry(name, modified=self.dates[name].isoformat()) for name in self.names])

    def answer(self, name):
        """What is right, a function of the request."""
        return ranged_file(self.content[name], etag=f'"{name}"',
                           last_modified=http_date(microseconds(self.dates[name])))

    def _serve(self, request):
        name = request.path.rpartition("/")[2]
        return self.spoil(request, name, self.answers[name](request))

    def files(self):
        """The requests for files, in order."""
        return [one for one in self.bad.requests if not one.path.endswith("/")]

    def asked(self, name):
        """The requests for one of them."""
        return [one for one in self.files() if one.path.endswith("/" + name)]

    def check(self, out, without=()):
        """Every file is there, right, with its date; and nothing else."""
        found = files_below(out)
        assert sorted(found) == sorted(f"HAUC/HAUC-3/HAUC-3-2/{name}" for name in self.names if name not in without)
        for path, place in found.items():
            name = path.rpartition("/")[2]
            assert place.read_bytes() == self.content[name], name
            assert place.stat().st_mtime_ns // 1000 == microseconds(self.dates[name]), name


@pytest.mark.parametrize("jobs", [1, 4])
def test_closes_after_a_random_number_of_answers(fv, bad, out, jobs):
    print("seed", SEED)
    rng = random.Random(SEED + jobs)

    def spoil(_, name, right):
        kind = rng.randrange(160)
        if kind >= 4 or not isinstance(right, bytes):
            return right
        size = len(delivery.content[name])
        return [[right, Close()], [right, Reset()], cut(right, rng.randrange(size + 1)),
                cut(right, rng.randrange(size + 1), Reset())][kind]

    wanted = many.sizes(random.Random(SEED), FEWER)
    delivery = Delivery(bad, FEWER, lambda number: wanted[number], spoil)
    fv("sync", "--jobs", jobs, "HAUC", out, portal=bad, env=NEVER).expect()
    delivery.check(out)
    assert len(bad.connections) > 10


def most_ahead(requests):
    """The most requests that waited behind one that was being answered."""
    return max(one.backlog for one in requests)


def settled(right, more=2):
    """An answer that is not begun before the client has sent what it wants to send ahead."""
    return [WaitBacklog(more, 0.3), right]


def test_one_at_a_time(fv, bad, out):
    delivery = Delivery(bad, 12, spoil=lambda request, name, right: [WaitBacklog(1, 0.05), right])
    fv("sync", "--pipeline", 1, "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert most_ahead(delivery.files()) == 0 and len(delivery.files()) == 12 and len(bad.connections) == 1


def test_sent_ahead(fv, bad, out):
    delivery = Delivery(bad, 30, spoil=lambda request, name, right: settled(right))
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert most_ahead(delivery.files()) >= START - 1 and len(delivery.files()) == 30 and len(bad.connections) == 1


@pytest.mark.parametrize("announced", [True, False])
def test_closes_after_each_answer(fv, bad, out, announced):
    def spoil(_, name, right):
        fields = {"Connection": "close"} if announced else {}
        return [WaitBacklog(1, 0.2), ok(delivery.content[name], fields), Close()]

    delivery = Delivery(bad, 20, spoil=spoil)
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    ahead = [most_ahead(one.requests) for one in bad.connections]
    assert ahead[0] > 0 and 1 <= sum(count > 0 for count in ahead) <= STRIKES and not any(ahead[-10:]), ahead
    assert all(len(delivery.asked(name)) == 1 for name in delivery.names)


def test_http_1_0(fv, bad, out):
    delivery = Delivery(bad, 12, spoil=lambda _, name, __: [ok(delivery.content[name], version="HTTP/1.0"), Close()])
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert sum(most_ahead(one.requests) > 0 for one in bad.connections) <= STRIKES


@pytest.mark.parametrize("size", [1, 7, 100])
def test_answers_in_pieces(fv, bad, out, size):
    together = {}

    def spoil(request, name, right):
        """Answers that come in pieces which do not end where answers do."""
        together[request.conn] = together.get(request.conn, b"") + right
        if request.backlog > 0:
            return None
        return Trickle(together.pop(request.conn), size, 0)

    delivery = Delivery(bad, 10, lambda number: 20 * number, spoil)
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert len(delivery.files()) == 10


@pytest.mark.parametrize("answer, status", ids=["404", "404-long", "403", "503", "500"], argvalues=[
    (error("404 Not Found", b"none\n"), 1), (error("404 Not Found", b"n" * 100_000), 1),
    (error("403 Forbidden", b""), 1), (error("503 Service Unavailable", b"later\n"), 1),
    (error("500 Oops", chunks(b"x" * 999)), 1)])
def test_a_failure_among_others(fv, bad, out, answer, status):
    delivery = Delivery(bad, 20, spoil=lambda _, name, right: settled(answer if name == "f3" else right))
    done = fv("sync", "HAUC", out, portal=bad)
    done.expect(status)
    delivery.check(out, without=["f3"])
    assert all(len(delivery.asked(name)) <= 2 for name in delivery.names)


def test_a_refusal_among_others_ends_the_run(fv, bad, out):
    delivery = Delivery(bad, 20, spoil=lambda _, name, right: settled(unauthorized() if name == "f3" else right))
    fv("sync", "HAUC", out, portal=bad).fails(1, "f3", "401")
    delivery.check(out, without=delivery.names[3:])


def test_busy_among_others_is_asked_again(fv, bad, out):
    delivery = Delivery(bad, 20)
    delivery.spoil = lambda _, name, right: settled(
        error("503 Busy", b"later\n", {"Retry-After": "0"}) if name == "f3" and len(delivery.asked(name)) == 1
        else right)
    fv("sync", "--retries", 3, "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert len(delivery.asked("f3")) == 2


def test_a_redirect_among_others(fv, bad, out):
    def spoil(request, name, right):
        if name != "f3" or "moved" in request.target:
            return settled(right)
        return settled(redirect(request.path + "?moved"))

    delivery = Delivery(bad, 20, spoil=spoil)
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert [("moved" in one.target) for one in delivery.asked("f3")] == [False, True]
    fv("sync", "HAUC", out, portal=bad).expect()  # it is known by the listing's URL, not by the place where it was
    assert len(delivery.asked("f3")) == 2


def test_what_can_be_resumed_waits_for_its_turn(fv, bad, out):
    delivery, half = Delivery(bad, 12, lambda number: 2000), {"on": True}
    delivery.spoil = lambda request, name, right: (
        right if name != "f5" or not half["on"] else Close() if "range" in request.headers else cut(right, 900))
    fv("sync", "HAUC", out, portal=bad).expect(1)
    delivery.check(out, without=["f5"])
    half["on"] = False
    for name in delivery.names:
        if name != "f5":
            (out / "HAUC/HAUC-3/HAUC-3-2" / name).unlink()
    bad.clear()
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert [one.headers.get("range") for one in delivery.asked("f5")] == ["bytes=900-"]
    assert len(delivery.files()) == 12


def test_a_stall_with_others_behind(fv, bad, out):
    delivery = Delivery(bad, 20)
    delivery.spoil = lambda _, name, right: (
        [WaitBacklog(2, 0.3), right[:len(right) - 50], Stall()] if name == "f4" and len(delivery.asked(name)) == 1
        else settled(right, 1))
    fv("sync", "--stall-timeout", 5, "--retries", 3, "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert [len(delivery.asked(name)) for name in delivery.names[:4]] == [1] * 4
    assert [one.headers.get("range") is None for one in delivery.asked("f4")] == [True, False]


@pytest.mark.parametrize("end", [Close(False), Close(True), Reset()])
def test_cut_with_others_behind(fv, bad, out, end):
    delivery = Delivery(bad, 20, lambda number: 500)
    delivery.spoil = lambda _, name, right: (
        [WaitBacklog(2, 0.3), *cut(right, 250, end)] if name == "f4" and len(delivery.asked(name)) == 1 else right)
    fv("sync", "--retries", 3, "HAUC", out, portal=bad).expect()
    delivery.check(out)  # a reset may cost what came before it and was not read
    assert isinstance(end, Reset) or all(len(delivery.asked(name)) == 1 for name in delivery.names[:4])


@pytest.mark.parametrize("extra", ids=["garbage", "line", "long", "answer", "408"],
                         argvalues=[b"X" * 50, b"\r\n", b"X" * 100_000,
                                    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
                                   b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"])
def test_bytes_that_nobody_asked_for(fv, bad, out, extra):
    delivery = Delivery(bad, 12)
    delivery.spoil = lambda request, name, right: (
        [WaitBacklog(2, 0.3), right + extra] if name == "f4" and len(delivery.asked(name)) == 1 else right)
    fv("sync", "--retries", 5, "HAUC", out, portal=bad).expect()
    delivery.check(out)


def test_interim_answers_between(fv, bad, out):
    delivery = Delivery(bad, 20,
                        spoil=lambda _, name, right: [WaitBacklog(1, 0.1), interim(), interim("102 Processing"), right])
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert len(delivery.files()) == 20


def test_few_behind_large_files(fv, bad, out):
    delivery = Delivery(bad, 12, lambda number: 2_000_000, lambda _, name, right: settled(right, 8))
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    seen = [one.backlog for one in delivery.files()]
    assert max(seen[START + 2:]) <= 2 and len(delivery.files()) == 12, seen


def disorder(kind):
    """Answers to requests that came together, in another order than they were asked for."""
    held = {}

    def spoil(request, _, right):
        answers = held.setdefault(request.conn, [])
        answers.append(right)
        if request.backlog > 0 and (kind == "reversed" or len(answers) < 2):
            return None
        if len(answers) > 1:
            answers[:] = {"reversed": answers[::-1], "swapped": [answers[1], answers[0], *answers[2:]],
                          "skipped": answers[1:], "twice": [answers[0], *answers]}[kind]
        return [held.pop(request.conn)]

    return spoil


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("kind", ["reversed", "swapped", "skipped", "twice"])
def test_answers_in_the_wrong_order(fv, bad, out, kind, jobs):
    delivery, wrong = Delivery(bad, 40), disorder(kind)
    delivery.spoil = lambda request, name, right: [WaitBacklog(1, 0.05), lambda request: wrong(request, name, right)]
    fv("sync", "--jobs", jobs, "--stall-timeout", 2, "--retries", 5, "HAUC", out, portal=bad).expect()
    delivery.check(out)
    # In the order in which they came: one of the portal's threads may be late to read what was sent ahead at first.
    assert not any(one.backlog for one in sorted(delivery.files(), key=lambda one: one.received)[-20:])


def test_dates_that_are_not_the_listings(fv, bad, out):
    """They say nothing of the order, and cost nothing."""
    delivery = Delivery(bad, 40)
    delivery.spoil = lambda _, name, __: settled(ok(delivery.content[name]), 1)
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert len(delivery.files()) == 40 and len(bad.connections) == 1


def test_one_date_that_is_not_the_listings(fv, bad, out):
    """A new version that came after the listing: asked for again, and sending ahead goes on."""
    delivery = Delivery(bad, 60)
    delivery.spoil = lambda _, name, right: settled(ok(delivery.content[name]) if name == "f9" else right, 1)
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert len(delivery.asked("f9")) == 2 and len(bad.connections) == 2
    assert most_ahead(delivery.files()[-20:]) > 1


def test_dates_of_other_files(fv, bad, out):
    """Every file bears the date of its neighbour: by itself as well, so that is no sign of another order."""
    delivery = Delivery(bad, 40)
    delivery.spoil = lambda _, name, __: settled(ok(delivery.content[name], {
        "Last-Modified": http_date(microseconds(many.modified(int(name[1:]) + 1)))}), 1)
    fv("sync", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert most_ahead(delivery.files()[-20:]) > 1 and len(bad.connections) <= 4


@pytest.mark.parametrize("taken", ["f2", "f30"])
def test_a_name_that_is_taken_among_others(fv, bad, out, taken):
    """Its request has been sent ahead when that is noticed; what comes behind it is sent ahead again."""
    names = [f"f{number}" for number in range(60)]
    bad.publish({name: many.content(int(name[1:]), 3000) for name in names})
    (out / "HAUC/HAUC-3/HAUC-3-2" / taken).mkdir(parents=True)
    done = fv("sync", "HAUC", out, portal=bad).fails(1, taken, "something else has that name")
    assert "No such file" not in done.err
    assert len(bad.connections) == 2 and sum(request.backlog > 0 for request in bad.requests) > 40
    assert len(bad.requests) < 61 + 60


def test_large_refusals_among_others(fv, bad, out):
    """Each costs a connection, but not all that was sent ahead each time."""
    bad.publish({f"f{number}": many.content(number, 3000) for number in range(120)})
    for number in range(20, 80):
        bad.route(f"/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f{number}", error("404 Not Found", bytes(100_000)))
    fv("sync", "HAUC", out, portal=bad).expect(1)
    assert len(files_below(out)) == 60 and len(bad.requests) < 121 + 121 and len(bad.connections) <= 61


def test_a_refusal_of_small_chunks_is_not_read_to_its_end(fv, bad, out):
    """Each of its bytes has kilobytes of a chunk's extension around it."""
    bad.publish({f"f{number}": many.content(number, 1000) for number in range(3)})
    chunk = b"1;" + b"x" * 8000 + b"\r\ny\r\n"
    bad.route("/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f0",
              [b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", *[chunk * 50] * 100])
    fv("sync", "HAUC", out, portal=bad).fails(1, "f0", "404")
    assert bad.wait_closed()[0].sent < 20_000_000
