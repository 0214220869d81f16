# SPDX-License-Identifier: MIT
"""Several connections side by side (--jobs), and runs that repeat (--every)."""

import signal
import threading

import pytest

import portal as portals
from bad import Close, Reset, SendRaw, Sleep, Stall, error, ok, unauthorized
from harness import PATIENCE_S, assert_tree, files_below, partial_bytes, wait_until
from test_pipeline import Delivery


def most_at_once(bad):
    """A function that gives the greatest number of connections that were open together so far."""
    seen = [0]

    def look(*_):
        seen[0] = max(seen[0], sum(one.open for one in bad.connections))
        return seen[0]

    return look


@pytest.mark.parametrize("jobs", [2, 4, 16])
def test_connections(fv, bad, out, jobs):
    look = most_at_once(bad)

    def spoil(_, __, right):
        assert bad.wait_for_each(jobs)
        look()
        return [Sleep(0.02), right]

    delivery = Delivery(bad, 64, spoil=spoil)
    fv("sync", "--jobs", jobs, "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert look() == jobs == len(bad.connections)
    assert not bad.connections[0].reused and all(one.reused for one in bad.connections[1:])
    assert all(len(delivery.asked(name)) == 1 for name in delivery.names)


def test_few_files_are_spread(fv, bad, out):
    def spoil(_, __, right):
        assert bad.wait_for_each(4)
        return right

    delivery = Delivery(bad, 8, lambda _: 200_000, spoil)
    fv("sync", "--jobs", 4, "HAUC", out, portal=bad).expect()
    delivery.check(out)


GATE = """auth_request /gate;
location = /gate {{ internal; proxy_pass http://127.0.0.1:{port}/$connection; proxy_pass_request_headers off; }}"""


def test_the_ledger_knows_all(fv, bad_portal, certs, tree, out):
    """nginx asks at the gate before it serves a file: each connection has asked for one before the first is there."""
    asked = set()

    def admit(request):
        asked.add(request.path)
        wait_until(lambda: len(asked) == 4)
        return ok()

    gate = bad_portal({"*": admit}, tls=None)
    with portals.Nginx(tree, certs=certs, server_extra=GATE.format(port=gate.port),
                       listing_extra="auth_request off;") as site:
        fv("sync", "--jobs", 4, "HAUC", out, portal=site).expect()
        assert_tree(out, site.expected)
        done = fv("sync", "--jobs", 4, "--json", "HAUC", out, portal=site).expect()
        assert done.summary["unchanged"] == len(site.expected) and done.summary["requests"] == 1
        fv("verify", out, portal=site).expect()
        assert {line["reused"] for line in site.log() if line["request"] == 1} == {True, False} and len(asked) == 4


def test_json_lines_are_whole(fv, bad, out):
    delivery = Delivery(bad, 200, spoil=lambda _, name, right: error("404 Not Found") if name[-1] == "7" else right)
    done = fv("sync", "--jobs", 8, "--json", "HAUC", out, portal=bad).expect(1)
    assert sorted(one["path"].rpartition("/")[2] for one in done.files) == sorted(delivery.names)
    assert done.summary["downloaded"] == 180 and done.summary["failed"] == 20
    delivery.check(out, without=[name for name in delivery.names if name[-1] == "7"])


def test_progress(fv, bad, out):
    delivery = Delivery(bad, 40)
    done = fv("sync", "--jobs", 4, "--progress", "--quiet", "HAUC", out, portal=bad)
    assert done.status == 0, done
    delivery.check(out)
    for line in done.err.replace("\r", "\n").split("\n"):
        assert "41/40" not in line and "0/40" not in line.split(), done


@pytest.mark.parametrize("value", ["0", "17", "x", "-1", ""])
def test_values_that_are_refused(fv, out, value):
    fv("sync", f"--jobs={value}", "HAUC", out).fails(2, "jobs")


def test_interrupted_with_four_under_way(fv, bad, out):
    delivery = Delivery(bad, 8, lambda _: 300_000)
    delivery.spoil = lambda _, __, right: [right[:200_000], Stall()]
    running = fv.start("sync", "--jobs", 4, "HAUC", out, portal=bad)
    wait_until(lambda: sum(len(one.requests) > 0 for one in bad.connections) == 4)
    wait_until(lambda: partial_bytes(out) > 4 * 160_000)
    running.end(signal.SIGINT)
    assert partial_bytes(out) > 4 * 100_000 and not files_below(out)
    bad.clear()
    delivery.spoil = lambda _, __, right: right
    fv("sync", "--jobs", 4, "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert sum("range" in one.headers for one in delivery.files()) == 4


def test_one_that_fails_leaves_the_others_alone(fv, bad, out):
    delivery = Delivery(bad, 40,
                        spoil=lambda _, name, right: error("503 Busy") if name == "f1" else [Sleep(0.01), right])
    fv("sync", "--jobs", 4, "--retries", 2, "HAUC", out, portal=bad).expect(1)
    delivery.check(out, without=["f1"])


def test_one_that_is_stuck_leaves_the_others_alone(fv, bad, out):
    delivery = Delivery(bad, 40)
    delivery.spoil = lambda _, name, right: (
        [right[:-10], Stall()] if name == "f1" and len(delivery.asked(name)) == 1 else right)
    fv("sync", "--jobs", 4, "--stall-timeout", 3, "--retries", 2, "HAUC", out, portal=bad).expect()
    delivery.check(out)


def test_files_that_are_never_answered_are_asked_for_as_often_as_was_said(fv, bad, out):
    """Each is its connection's first one, which is no reason to take the connection for one too many."""
    dead = [f"f{number}" for number in range(1, 5)]
    bad.publish({f"f{number}": Stall() if f"f{number}" in dead else bytes(3000) for number in range(10)})
    done = fv("sync", "--jobs", 5, "--stall-timeout", 3, "--retries", 1, "HAUC", out, portal=bad, timeout=PATIENCE_S)
    assert all(name in done.expect(1).err for name in dead)
    seen = lambda: [len(bad.seen("/api_file/v1/HAUC/HAUC-3/HAUC-3-2/" + name)) for name in dead]
    wait_until(lambda: sum(seen()) >= 8)    # the portal may read the last ones only now
    assert seen() == [2, 2, 2, 2]


def test_a_refusal_ends_all(fv, bad, out):
    """Of the files behind it, none is served before the refusal."""
    refused = threading.Event()

    def spoil(_, name, right):
        if name == "f9":
            return [unauthorized(), lambda _: refused.set()]
        if int(name[1:]) > 12:
            wait_until(refused.is_set)
        return [Sleep(0.02), right]

    Delivery(bad, 200, spoil=spoil)
    done = fv("sync", "--jobs", 4, "HAUC", out, portal=bad)
    done.fails(1 if files_below(out) else 5, "401")
    assert len(files_below(out)) < 100


def test_the_limit_is_of_all_together(fv, bad, out):
    delivery = Delivery(bad, 8, lambda _: 50_000)
    done = fv("sync", "--jobs", 4, "--limit-rate", "200k", "HAUC", out, portal=bad).expect()
    delivery.check(out)
    assert 1.2 < done.seconds, done


@pytest.mark.parametrize("retries", [0, 2])
def test_a_server_that_takes_two_connections_only(fv, bad_portal, out, retries):
    """What the others cannot fetch, those fetch that are connected."""
    bad = bad_portal()
    bad.accept = lambda number: None if number <= 2 else Close()
    delivery = Delivery(bad, 40, spoil=lambda _, __, right: [Sleep(0.01), right])
    fv("sync", "--jobs", 4, "--retries", retries, "HAUC", out, portal=bad).expect()
    delivery.check(out)


def every(fv, bad, out, *more):
    """A run that repeats, and the portal's requests for the listing."""
    running = fv.start("sync", "--every", "1s", *more, "HAUC", out, portal=bad)
    return running, lambda: [one for one in bad.requests if one.path.endswith("/HAUC/")]


REFUSALS = {"reset": Reset, "close": Close, "silence": Stall,
            "handshake_failure": lambda: [SendRaw(bytes.fromhex("15030300020228")), Close()],
            "internal_error": lambda: [SendRaw(bytes.fromhex("15030300020250")), Close()],
            "plain text": lambda: [SendRaw(b"HTTP/1.1 503 Busy\r\n\r\n"), Close()]}


@pytest.mark.parametrize("count", [5, 40])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_server_that_takes_one_connection_only(fv, bad_portal, out, refusal, count):
    """However it refuses the others: they cost neither a file nor time."""
    bad = bad_portal()
    bad.accept = lambda number: None if number == 1 else REFUSALS[refusal]()
    delivery = Delivery(bad, count, spoil=lambda _, __, right: [Sleep(0.01), right])
    done = fv("sync", "--jobs", 16, "--connect-timeout", 60, "HAUC", out, portal=bad, timeout=PATIENCE_S).expect()
    delivery.check(out)
    assert len(bad.connections) <= 1 + 2 * min(count - 1, 15), done


def test_every(fv, bad, out):
    delivery = Delivery(bad, 3)
    running, rounds = every(fv, bad, out, "--jobs", "2")
    wait_until(lambda: len(rounds()) >= 2)
    delivery.check(out)
    delivery = Delivery(bad, 5)
    wait_until(lambda: len(files_below(out)) == 5)
    seen = len(rounds())
    wait_until(lambda: len(rounds()) > seen)
    running.end()
    delivery.check(out)
    # a request that came late has the next one soon behind it, but none comes before its time
    times = [one.received - running.start for one in rounds()]
    assert all(number < time for number, time in enumerate(times)), times
    assert all(len(delivery.asked(name)) == 1 for name in delivery.names)


@pytest.mark.parametrize("trouble", [error("503 Busy"), error("404 Not Found"), unauthorized(), Close()])
def test_every_goes_on_after_a_failure(fv, bad, out, trouble):
    delivery = Delivery(bad, 3)
    bad.route("/api_file/v1/HAUC/", trouble)
    running, rounds = every(fv, bad, out)
    wait_until(lambda: len(rounds()) >= 2)
    delivery = Delivery(bad, 3)
    wait_until(lambda: len(files_below(out)) == 3)
    assert running.end(signal.SIGINT).err.count("fluxvision: ") >= 2
    delivery.check(out)


@pytest.mark.parametrize("span", ["", "0", "0s", "x", "5", "-1s", "1y", "99999999999999999999d"])
def test_spans_that_are_refused(fv, out, span):
    fv("sync", f"--every={span}", "HAUC", out).fails(2, "every")
