# SPDX-License-Identifier: MIT
"""Files that are kept elsewhere: what another origin does is its file's failure alone, each attempt begins at the
portal, and a connection to each of the two is enough."""

import itertools
import os
import pathlib
import tempfile
import time

import pytest

import harness
import many
from bad import (Close, ConnectProxy, Reset, SendRaw, Sequence, Sleep, Stall, WaitBacklog, cut, error, ok, ranged_file,
                 redirect,
                 unauthorized)
from harness import PATIENCE_S, assert_names
from server import Port

FOLDER = "HAUC/HAUC-3/HAUC-3-2/"
PLACE = "/api_file/v1/" + FOLDER
SOON = {"Retry-After": "0"}
NOBODY = []    # ports where nobody listens, until all tests have ended
SECRET = "X-Signature=s3cr3t-k3y"      # the query of each target, which must not be shown


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


@pytest.fixture
def out():
    """A directory for sync, in memory where that is possible: what is counted here is requests."""
    with tempfile.TemporaryDirectory(prefix="redirects-",
                                     dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as place:
        yield pathlib.Path(place, "out")


class Storage:
    """The portal `bad` with files of which some are at `there`: path and content of each by name."""

    def __init__(self, bad, there, count, size=3000):
        self.bad, self.there = bad, there
        self.content = {f"f{number}": many.content(number, size) for number in range(count)}
        bad.publish(self.content)
        for name, data in self.content.items():
            there.route("/blob/" + name, ranged_file(data))

    def target(self, name, origin=None):
        """Where a file is, with a query that must not be shown."""
        return f"{origin or self.there.url}/blob/{name}?{SECRET}"

    def move(self, names, origin=None):
        """The portal redirects to the other origin."""
        for name in names:
            self.bad.route(PLACE + name, redirect(self.target(name, origin)))

    def sync(self, fv, out, *options, **how):
        """Run; the target is never shown with its query, the credentials are never given away."""
        done = fv("sync", *options, "HAUC", out, portal=self.bad, **how)
        assert SECRET.encode() not in done.stdout and SECRET not in done.err, done
        for request in self.there.requests if self.there is not self.bad else ():
            assert request.authorization is None, request.fields
            assert not any("hauc" in value.replace("/HAUC", "").lower() for _, value in request.fields), request.fields
        return done

    def check(self, out, without=()):
        """All files but these are there, with their own bytes."""
        assert_names(out, {FOLDER + name: data for name, data in self.content.items() if name not in without})


@pytest.fixture
def storage(bad, bad_portal):
    """A function: the portal with `count` files, and a second origin."""
    return lambda count, size=3000, **options: Storage(bad, bad_portal(**options), count, size)


def answers(*steps):
    """An origin that answers everything with these."""
    return lambda start: start({"*": [*steps]}).url


def refuses(_):
    """An origin where nothing listens, nor anybody else's server."""
    NOBODY.append(Port())
    return f"https://localhost:{NOBODY[-1].number}"


# What a target may do: how to start it, the exit status when nothing else happens, and a word that says what is wrong.
DEAD = {
    "401": (answers(unauthorized()), 5), "403": (answers(error("403 Forbidden")), 5),
    "404": (answers(error("404 Not Found")), 6), "500": (answers(error("500 Oops")), 6),
    "another CA": (lambda start: start(cert="unknown-ca").url, 4),
    "another name": (lambda start: start(cert="wrong-host").url, 4),
    "expired": (lambda start: start(cert="expired").url, 4),
    "refuses": (refuses, 3), "no address": (lambda start: "https://storage.invalid", 3),
    "resets": (answers(Reset()), 3), "resets before TLS": (lambda start: start(accept=lambda number: Reset()).url, 3),
    "no handshake": (lambda start: start(accept=lambda number: Stall()).url, 3), "no answer": (answers(Stall()), 3),
    "no TLS": (lambda start: start(accept=lambda number: [SendRaw(b"SSH-2.0-OpenSSH_9.2\r\n"), Close()]).url, 4),
    "no HTTP": (answers(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", Close()), 6),
    "alert": (lambda start: start(accept=lambda number: [SendRaw(b"\x15\x03\x03\x00\x02\x02\x28"), Close()]).url, 4),
    "cut": (answers(*cut(ok(b"x" * 1000), 500)), 3), "a login page": (answers(redirect("/login")), 6),
    "back to plain HTTP": (answers(redirect("http://localhost/x")), 6),
}
TIMES = ("--connect-timeout", "5", "--stall-timeout", "5")   # others than the dead target keep to it


@pytest.mark.parametrize("case", DEAD)
def test_a_dead_target_fails_its_files_alone(fv, storage, bad_portal, out, case):
    world = storage(8)
    world.move(["f1", "f4"], DEAD[case][0](bad_portal))
    world.move(["f2", "f6"])
    done = world.sync(fv, out, *TIMES).expect(1)
    assert [FOLDER + name in done.err for name in world.content] == [name in ("f1", "f4") for name in world.content]
    world.check(out, without=("f1", "f4"))
    assert len(world.there.requests) == 2


@pytest.mark.parametrize("case", ["refuses", "401", "another CA", "404"])
def test_events_of_a_dead_target(fv, storage, bad_portal, out, case):
    world = storage(4)
    world.move(["f1"], DEAD[case][0](bad_portal))
    done = world.sync(fv, out, "--json", *TIMES).expect(1)
    assert [one["path"] for one in done.files if one["status"] == "failed"] == [FOLDER + "f1"]
    assert done.summary["failed"] == 1 and done.summary["downloaded"] == 3


@pytest.mark.parametrize("case",
                         ["401", "404", "another CA", "refuses", "no address", "resets", "no handshake", "no TLS",
                                  "no HTTP"])
def test_all_files_at_a_dead_target(fv, storage, bad_portal, out, case):
    """One reason, and no file: its exit status. Each file is named, and the portal asked once for each."""
    world, (origin, status) = storage(3), DEAD[case]
    world.move(world.content, origin(bad_portal))
    done = world.sync(fv, out, *TIMES)
    assert done.status == status or (case in ("no TLS", "alert") and done.status in (3, 4)), done
    assert all(FOLDER + name in done.err for name in world.content), done
    assert [len(world.bad.seen(PLACE + name)) for name in world.content] == [1, 1, 1]


# --- each attempt begins at the portal

def counted(world, name):
    """How often the portal and the target were asked for a file."""
    return len(world.bad.seen(PLACE + name)), len(world.there.seen("/blob/" + name))


BROKEN = {"503": error("503 Busy", headers=SOON), "reset": Reset(), "cut": cut(ok(bytes(3000)), 100),
          "500": error("500 Oops", headers=SOON)}


@pytest.mark.parametrize("case, pipeline", [("503", 8), ("500", 8), ("reset", 8), ("cut", 8), ("503", 1), ("cut", 1)])
def test_a_retry_asks_the_portal_again(fv, storage, out, case, pipeline):
    world = storage(4)
    world.move(["f1"])
    world.there.route("/blob/f1", Sequence(BROKEN[case], ranged_file(world.content["f1"])))
    world.sync(fv, out, "--retries", 1, "--pipeline", pipeline).expect()
    world.check(out)
    assert counted(world, "f1") == (2, 2)


def test_a_signed_target_that_expires(fv, storage, out):
    """Each redirect has a fresh signature, which is good for one request."""
    world, fresh, used = storage(4), itertools.count(), set()
    world.bad.route(PLACE + "f1", lambda request: redirect(world.target("f1") + str(next(fresh))))
    whole = ranged_file(world.content["f1"])

    def once(request):
        if request.target in used:
            return error("403 Forbidden", b"expired\n")
        used.add(request.target)
        return cut(whole(request), 500) if len(used) < 3 else whole(request)

    world.there.route("/blob/f1", once)
    world.sync(fv, out, "--retries", 2).expect()
    world.check(out)
    assert counted(world, "f1") == (3, 3) and len(used) == 3
    assert [one.headers.get("range") for one in world.there.requests] == [None, "bytes=500-", "bytes=1000-"]


@pytest.mark.parametrize("case", ["refuses", "no address", "no handshake", "resets"])
def test_another_storage_node_after_a_dead_one(fv, storage, bad_portal, out, case):
    """The portal names a dead node first, then one that lives."""
    world = storage(4)
    dead = DEAD[case][0](bad_portal)
    world.bad.route(PLACE + "f1", Sequence(redirect(world.target("f1", dead)), redirect(world.target("f1"))))
    world.sync(fv, out, "--retries", 1, *TIMES).expect()
    world.check(out)
    assert counted(world, "f1") == (2, 1)


def test_retries_of_a_redirected_file_are_counted(fv, storage, out):
    world = storage(3)
    world.move(["f1"])
    world.there.route("/blob/f1", error("503 Busy", headers=SOON))
    world.sync(fv, out, "--retries", 2).fails(1, FOLDER + "f1", "503")
    world.check(out, without=["f1"])
    assert counted(world, "f1") == (3, 3)


# --- what it costs

@pytest.mark.parametrize("options", [(), ("--pipeline", 1), ("--pipeline", 2), ("--pipeline", 64)], ids=str)
def test_twenty_files_elsewhere(fv, storage, out, options):
    """A listing, twenty redirects, twenty files; a connection and a full handshake with each of the two."""
    world = storage(20)
    world.move(world.content)
    world.sync(fv, out, *options).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.there.requests)] == [21, 20]
    assert [[one.reused for one in origin.connections] for origin in (world.bad, world.there)] == [[False], [False]]


@pytest.mark.parametrize("options", [(), ("--pipeline", 1), ("--pipeline", 64), ("--jobs", 2)], ids=str)
def test_thirty_files_elsewhere_at_the_portal(fv, bad, out, options):
    world = Storage(bad, bad, 30)
    world.move(world.content)
    world.sync(fv, out, *options).expect()
    world.check(out)
    assert len(bad.requests) == 61 and len(bad.connections) <= (4 if "--jobs" in options else 2)


def test_some_files_elsewhere(fv, storage, out):
    """The portal's connection goes on undisturbed."""
    world = storage(30)
    world.move(f"f{number}" for number in range(0, 30, 3))
    world.sync(fv, out).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.there.requests)] == [31, 10]
    assert [len(world.bad.connections), len(world.there.connections)] == [1, 1]


@pytest.mark.parametrize("jobs", [2, 4])
def test_several_connections_each(fv, storage, out, jobs):
    world = storage(24)
    world.move(world.content)
    world.sync(fv, out, "--jobs", jobs).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.there.requests)] == [25, 24]
    assert len(world.bad.connections) <= jobs + 1 and len(world.there.connections) <= jobs


REFUSALS = {"reset": Reset, "close": Close, "silence": Stall,
            "alert": lambda: [SendRaw(bytes.fromhex("15030300020228")), Close()]}


@pytest.mark.parametrize("jobs", [4, 16])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_storage_that_takes_one_connection_at_a_time(fv, storage, out, refusal, jobs):
    """However it refuses the others: they cost neither a file nor time."""
    world, served = storage(20), []
    world.move(world.content)

    def accept(number):
        there = world.there
        with there.lock:
            free = not any(one.open for one in there.connections if one.number in served)
            served.extend([number] * free)
        return None if free else REFUSALS[refusal]()

    world.there.accept = accept
    for name, data in world.content.items():
        world.there.route("/blob/" + name, [Sleep(0.02), ok(data)])
    world.sync(fv, out, "--jobs", jobs, "--connect-timeout", 5, timeout=PATIENCE_S).expect()
    world.check(out)


def test_a_storage_that_closes_after_each_answer(fv, storage, out):
    world = storage(6)
    world.move(world.content)
    for name, data in world.content.items():
        world.there.route("/blob/" + name, [ok(data, {"Connection": "close"}), Close()])
    world.sync(fv, out).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.bad.connections)] == [7, 1]
    assert [one.reused for one in world.there.connections] == [False] + [True] * 5


def test_two_storages(fv, storage, bad_portal, out):
    """In turn: neither is mistaken for the other."""
    world, second = storage(8), bad_portal()
    for name, data in world.content.items():
        second.route("/blob/" + name, ranged_file(data))
    world.move(["f0", "f2", "f4", "f6"])
    world.move(["f1", "f3", "f5", "f7"], second.url)
    world.sync(fv, out).expect()
    world.check(out)
    assert [len(one.requests) for one in (world.bad, world.there, second)] == [9, 4, 4]
    assert not any(one.authorization for one in second.requests)


def test_from_one_storage_to_the_next(fv, storage, bad_portal, out):
    """Two steps, the second one relative: still without credentials, and a retry begins at the portal."""
    world, second = storage(3), bad_portal()
    world.move(["f1"])
    world.there.route("/blob/f1", redirect(f"{second.url}/first?{SECRET}"))
    second.route("/first", redirect(f"/second?{SECRET}"))
    second.route("/second", Sequence(BROKEN["cut"], ranged_file(world.content["f1"])))
    world.sync(fv, out, "--retries", 1).expect()
    world.check(out)
    assert counted(world, "f1") == (2, 2) and [one.path for one in second.requests] == ["/first", "/second"] * 2
    assert not any(one.authorization for one in second.requests)


def test_through_a_proxy(fv, storage, out):
    """A tunnel to each of the two."""
    world = storage(6)
    world.move(world.content)
    with ConnectProxy() as proxy:
        world.sync(fv, out, "--proxy", proxy.url).expect()
        assert sorted(proxy.targets) == sorted([world.bad.host, world.there.host])
    world.check(out)


def test_get_asks_the_portal_again(fv, storage, out):
    world = storage(1)
    world.move(["f0"])
    world.there.route("/blob/f0", Sequence(BROKEN["cut"], ranged_file(world.content["f0"])))
    fv("get", "--retries", 1, world.bad.url + PLACE + "f0", "-o", out, portal=world.bad).expect()
    assert out.read_bytes() == world.content["f0"] and counted(world, "f0") == (2, 2)


def test_a_signal_while_the_target_is_silent(fv, storage, out):
    world = storage(3)
    world.move(["f1"])
    world.there.route("/blob/f1", Stall())
    running = fv.start("sync", "HAUC", out, portal=world.bad)
    world.there.wait(1)
    time.sleep(0.1)
    running.end()


# --- several at a time

def far_away(world, wait=0.1):
    """All files are at the storage, which has not answered one request before the next one is there, if it comes."""
    world.move(world.content)
    for name, data in world.content.items():
        world.there.route("/blob/" + name, [WaitBacklog(1, wait), ranged_file(data)])
    return world


def names(requests):
    """What was asked for, in this order, without the listing."""
    return [pathlib.PurePath(one.path).name for one in requests if one.path.rpartition("/")[2]]


def most_ahead(requests):
    """The most requests that waited behind one that was being answered."""
    return max(one.backlog for one in requests)


def test_five_hundred_files_elsewhere(fv, storage, out):
    """Each is asked for once at either place, in order, over one connection to each; many at a time once the first
    has come."""
    world = far_away(storage(500, 100))
    world.there.route("/blob/f250", [WaitBacklog(31, PATIENCE_S), ranged_file(world.content["f250"])])
    world.sync(fv, out).expect()
    world.check(out)
    assert names(world.bad.requests) == names(world.there.requests) and len(world.there.requests) == 500
    assert [[one.reused for one in origin.connections] for origin in (world.bad, world.there)] == [[False], [False]]
    assert world.there.requests[0].backlog == 0 and most_ahead(world.there.requests) > 30


@pytest.mark.parametrize("options", [("--pipeline", 1), ("--limit-rate", "100k")], ids=str)
def test_elsewhere_with(fv, storage, out, options):
    world = far_away(storage(20), 0.02)
    if "--pipeline" not in options:
        world.there.route("/blob/f10", [WaitBacklog(1, PATIENCE_S), ranged_file(world.content["f10"])])
    world.sync(fv, out, *options).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.there.requests)] == [21, 20]
    assert (most_ahead(world.there.requests) == 0) == ("--pipeline" in options)


def test_several_lanes_elsewhere(fv, storage, out):
    world = far_away(storage(200, 100))
    world.there.route("/blob/f100", [WaitBacklog(2, PATIENCE_S), ranged_file(world.content["f100"])])
    world.sync(fv, out, "--jobs", 4).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.there.requests)] == [201, 200]
    assert len(world.there.connections) <= 4 and most_ahead(world.there.requests) > 1


# What one of many targets may do instead of giving the file at once, and whether that is the end of it.
ODD = {"404": (error("404 Not Found"), False), "401": (unauthorized(), False), "400": (error("400 Bad Request"), False),
       "503 for a while": (error("503 Busy", headers=SOON), True),
       "206": (ok(b"x" * 10, {"Content-Range": "bytes 0-9/10"}, "206 Partial Content"), False),
       "coded": (ok(b"x" * 10, {"Content-Encoding": "gzip"}), False)}


@pytest.mark.parametrize("case", ODD)
def test_one_of_many_targets(fv, storage, out, case):
    """It is asked for once more, alone and from the portal on; all others once."""
    world, (answer, passes) = far_away(storage(30, 500)), ODD[case]
    whole = ranged_file(world.content["f7"])
    world.there.route("/blob/f7", [WaitBacklog(1, 0.1), Sequence(answer, answer, whole if passes else answer)])
    done = world.sync(fv, out, "--retries", 2).expect(0 if passes else 1)
    world.check(out, without=() if passes else ("f7",))
    assert passes or FOLDER + "f7" in done.err
    assert counted(world, "f7") == ((3, 3) if passes else (2, 2))
    assert all(counted(world, name) == (1, 1) for name in world.content if name != "f7")
    assert [len(world.bad.connections), len(world.there.connections)] == [1, 1]


@pytest.mark.parametrize("where", ["further on", "back to the portal"])
def test_one_of_many_is_led_on(fv, storage, bad_portal, out, where):
    world, second = far_away(storage(30, 500)), bad_portal()
    origin = second if where == "further on" else world.bad
    origin.route("/moved/f7", ranged_file(world.content["f7"]))
    world.there.route("/blob/f7", [WaitBacklog(1, 0.1), redirect(f"{origin.url}/moved/f7")])
    world.sync(fv, out).expect()
    world.check(out)
    assert counted(world, "f7") == (2, 2)
    assert [bool(one.authorization) for one in origin.seen("/moved/f7")] == [where != "further on"]
    assert all(counted(world, name) == (1, 1) for name in world.content if name != "f7")


def test_some_of_many_stay(fv, storage, out):
    """Runs of files at either place, and of redirects within the portal: each once."""
    world = storage(60, 500)
    moved = [f"f{number}" for number in range(60) if number // 5 % 3 == 0]
    inside = [f"f{number}" for number in range(60) if number // 5 % 3 == 1]
    world.move(moved)
    for name in inside:
        world.bad.route("/inside/" + name, ranged_file(world.content[name]))
        world.bad.route(PLACE + name, redirect("/inside/" + name))
    world.sync(fv, out).expect()
    world.check(out)
    assert [len(world.bad.requests), len(world.there.requests)] == [61 + len(inside), len(moved)]


@pytest.mark.parametrize("life", [1, 2, 10])
def test_a_storage_that_closes_after_some_answers(fv, storage, out, life):
    """What was lost is asked for again behind what the portal is answering; after three such ends nothing goes
    ahead."""
    world, given = far_away(storage(60, 500)), itertools.count(1)
    for name, data in world.content.items():
        world.there.route("/blob/" + name, lambda request, right=ranged_file(data):
                          [WaitBacklog(1, 0.05), right, *([Close()] if next(given) % life == 0 else [])])
    world.sync(fv, out).expect()
    world.check(out)
    assert len(world.bad.requests) <= 61 + 3 * 50 and len(world.bad.connections) <= 3


@pytest.mark.parametrize("way", ["cut", "reset"])
def test_a_storage_that_breaks_inside_one_of_many(fv, storage, out, way):
    world = far_away(storage(40, 3000))
    world.there.route("/blob/f7", Sequence([WaitBacklog(3, 0.2),
                                            *(cut(ok(world.content["f7"]), 100) if way == "cut" else [Reset()])],
                                           ranged_file(world.content["f7"])))
    world.sync(fv, out, "--retries", 1).expect()
    world.check(out)
    assert counted(world, "f7") == (2, 2) and len(world.bad.requests) <= 41 + 40 and len(world.there.connections) <= 3


def test_a_storage_that_dies(fv, storage, out):
    """In the middle of many: the files that are there stay, the others fail one by one, at the first attempt that
    shows it."""
    world = far_away(storage(20, 500, accept=lambda number: Reset() if number > 1 else None))
    world.there.route("/blob/f7", [WaitBacklog(1, 0.1), Reset()])
    done = world.sync(fv, out, "--json", "--retries", 0).expect(1)
    lost = [pathlib.PurePath(one["path"]).name for one in done.files if one["status"] == "failed"]
    world.check(out, without=lost)
    assert "f7" in lost and 1 < len(lost) < 20


# --- how long it is

@pytest.mark.parametrize("length, elsewhere", [(2049, True), (3000, True), (3000, False), (8000, True), (8000, False)])
def test_a_long_target(fv, storage, bad, out, length, elsewhere):
    """Signed URLs with a session token have 2,000 to 3,000 characters."""
    world = storage(3) if elsewhere else Storage(bad, bad, 3)
    target = world.target("f1") + "&token="
    target += "t" * (length - len(target))
    world.bad.route(PLACE + "f1", redirect(target))
    world.sync(fv, out).expect()
    world.check(out)
    assert world.there.seen("/blob/f1")[0].target == target.removeprefix(world.there.url)


def test_a_target_that_is_too_long(fv, storage, out):
    world = storage(3)
    world.bad.route(PLACE + "f1", redirect(world.target("f1") + "t" * 20_000))
    world.sync(fv, out).fails(1, FOLDER + "f1")
    world.check(out, without=["f1"])


# --- what is shown of it

@pytest.mark.parametrize("location", [
    "https://user:s3cret@storage.invalid/blob/f1", "http://storage.invalid/blob?key=s3cret",
    "//user:s3cret@storage.invalid/f1",
    "http://storage.invalid/blob#s3cret", "https://[::1/?s3cret"])
def test_a_location_that_cannot_be_followed_shows_no_key(fv, storage, out, location):
    world = storage(2)
    world.bad.route(PLACE + "f1", redirect(location))
    done = world.sync(fv, out, "--json").fails(1, FOLDER + "f1")
    assert b"s3cret" not in done.stdout and "s3cret" not in done.err, done


def test_a_location_that_is_too_long_once_it_is_https(fv, storage, out):
    """The URL of the event is the listing's."""
    world = storage(2)
    for length in range(8188, 8194):
        location = f"http://{world.bad.host}/x?{SECRET}"
        world.bad.route(PLACE + "f1", redirect(location + "t" * (length - len(location))))
        done = world.sync(fv, out, "--json").expect(1)
        assert [one["url"] for one in done.files if one["status"] == "failed"] == [world.bad.url + PLACE + "f1"]
