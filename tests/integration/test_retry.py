# SPDX-License-Identifier: MIT
"""What may pass is tried again, after the right pause and as often as allowed; what cannot pass is asked once."""

import email.utils
import re
import threading
import time

import pytest

import harness
import many
from bad import (Close, ConnectProxy, JSON, Reset, SendRaw, Sequence, Sleep, Stall, Trickle, chunked, cut, entry, error,
                 head, ok, ranged_file, redirect)
from harness import PATIENCE_S, assert_names, files_below
from server import Port

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
URL = PLACE + "f1"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/f1"
LIST = "/api_file/v1/HAUC/"
DATA = bytes(range(256)) * 200
BLANK = b" " * 50_000   # the beginning of a file as well as of a listing
EMPTY = ok(b"[]", JSON)
SOON = {"Retry-After": "0"}


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


def pauses(done):
    """The pauses that -v tells of, in seconds."""
    return [float(one) for one in re.findall(r"attempt \d+ of \d+ in ([0-9.]+) s", done.err)]


def complete(done, status=0):
    """-v writes each failed attempt, so that standard error is not empty."""
    assert done.status == status, done
    return done


# --- what may pass

PASSING = {name: error(f"{name} x", b"body", SOON) for name in ("408", "425", "429", "500", "502", "503", "504")}
BROKEN = {
    "reset": Reset(), "close": Close(), "fin": Close(False),
    "half a status line": [b"HTTP/1.1 20", Close()],
    "half a head": [b"HTTP/1.1 200 OK\r\nContent-Le", Close()],
    "cut by length": cut(ok(BLANK), 5),
    "cut in a chunk": cut(chunked(BLANK), 5),
    "cut before the last chunk": [chunked(BLANK, end=False), Close()],
    "no close_notify where the close is the end": [head("200 OK") + BLANK, Close(False)],
}


@pytest.mark.parametrize("case", {**PASSING, **BROKEN})
def test_it_may_pass(fv, bad, out, case):
    """Once at the listing, once at a file: three requests for two answers each."""
    trouble = {**PASSING, **BROKEN}[case]
    bad.publish({"f1": Sequence(trouble, ranged_file(DATA))})
    bad.route(LIST, Sequence(trouble, ok(bad.listing([entry("f1")]), JSON)))
    fv("sync", "--retries", "1", "HAUC", out, portal=bad).expect()
    assert [one.path for one in bad.requests] == [LIST, LIST, URL, URL]
    assert_names(out, {LOCAL: DATA})


@pytest.mark.parametrize("case", ["503", "reset", "cut by length"])
def test_it_does_not_pass(fv, bad, out, case):
    """A reset on the connection that the listing came by is not counted: it may have been closed as an idle one."""
    bad.publish({"f1": [{**PASSING, **BROKEN}[case]]})
    fv("sync", "--retries", "2", "HAUC", out, portal=bad).expect(6 if case == "503" else 3)
    assert len(bad.seen(URL)) == 3 + (case == "reset")


def test_refused_connection_may_pass(fv, bad, out):
    """The port opens while the client waits; until then nobody else takes it."""
    with Port() as port:
        running = fv.start("list", "-v", "--retries", "8", "-e", f"https://127.0.0.1:{port.number}", "HAUC", portal=bad)
        running.says("attempt 2 of 9")
        with type(bad)({LIST: EMPTY}, certs=bad.certs, port=port.number, ipv6=False) as late:
            done = complete(running.wait())
            assert len(late.requests) == 1 and pauses(done)


def test_look_up_may_pass(fv, bad, namespaces, tmp_path):
    """The name comes into being while the client waits."""
    assert namespaces is None
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n")
    bad.route(LIST, EMPTY)
    script = 'set -e; mount --bind "$1" /etc/hosts; shift; exec "$@"'
    running = fv.start("list", "-v", "--retries", "8", "-e", f"https://portal.test:{bad.port}", "HAUC", portal=bad,
                       prefix=("unshare", "-m", "sh", "-c", script, "sh", hosts))
    running.says("attempt 2 of 9")
    assert running.process.poll() is None and not bad.connections
    hosts.write_text("127.0.0.1 portal.test\n")
    done = complete(running.wait())
    assert len(bad.requests) == 1 and pauses(done) and "portal.test" in done.err


@pytest.mark.parametrize("before", [Reset(), Close()], ids=["reset", "close"])
def test_lost_handshake_may_pass(fv, bad_portal, before):
    bad = bad_portal({LIST: EMPTY}, accept=lambda number: before if number == 1 else None)
    fv("list", "--retries", "1", "HAUC", portal=bad).expect()
    assert len(bad.connections) == 2


def test_stalled_handshake_may_pass(fv, bad_portal):
    bad = bad_portal({LIST: EMPTY}, accept=lambda number: Stall() if number == 1 else None)
    fv("list", "--retries", "1", "--connect-timeout", "5", "HAUC", portal=bad).expect()
    assert len(bad.connections) == 2


def test_stall_may_pass(fv, bad, out):
    """The bytes that came before it are kept."""
    bad.publish({"f1": Sequence([ok(DATA, {"ETag": '"v1"'})[:-10_000], Stall()], ranged_file(DATA))})
    done = fv("sync", "--retries", "1", "--stall-timeout", "5", "HAUC", out, portal=bad, timeout=PATIENCE_S).expect()
    assert [one.headers.get("range") for one in bad.seen(URL)] == [None, f"bytes={len(DATA) - 10_000}-"]
    assert_names(out, {LOCAL: DATA})
    assert 5 <= done.seconds


# --- what cannot pass

FINAL = {**{name: (error(f"{name} x", b"body", SOON), status) for name, status in
            (("400", 6), ("401", 5), ("403", 5), ("404", 6), ("410", 6), ("416", 6), ("501", 6), ("505", 6),
             ("204", 6))},
         "redirect to http": (redirect("http://localhost/x"), 6), "redirect in a circle": (redirect(URL), 6),
         "no HTTP": ([b"SSH-2.0-x\r\n\r\n", Close()], 6)}


@pytest.mark.parametrize("case", FINAL)
def test_it_cannot_pass(fv, bad, out, case):
    answer, status = FINAL[case]
    bad.publish({"f1": [answer]})
    fv("sync", "--retries", "5", "HAUC", out, portal=bad).expect(status)
    # Behind a whole response on the same connection, bytes that are no head may be its surplus: asked once more, over
    # a new one.
    asked = {"redirect in a circle": 6, "no HTTP": 2}.get(case, 1)
    assert len(bad.seen(URL)) == asked
    bad.route(LIST, [answer])
    bad.clear()
    if "redirect" not in case:
        fv("list", "--retries", "5", "HAUC", portal=bad).fails(status)
        assert len(bad.requests) == 1


@pytest.mark.parametrize("how, cert", [("ca", "ecdsa-p256"), ("name", "wrong-host"), ("time", "expired"),
                                       ("pin", "ecdsa-p256")])
def test_trust_cannot_pass(fv, certs, bad_portal, out, how, cert):
    """One connection, no request: no credentials went out."""
    if not certs.pem(cert).exists():
        pytest.fail(f"no certificate {cert}")
    bad = bad_portal({LIST: EMPTY}, cert=cert)
    options = {"ca": ["--cacert", certs.pem("wrong-host")], "pin": ["--pinnedpubkey", "sha256//" + "A" * 43 + "="]}
    fv("sync", "--retries", "5", *options.get(how, []), "HAUC", out, portal=bad).fails(4)
    assert len(bad.connections) == 1 and not bad.requests


# --- pauses

def test_back_off_is_exponential_with_full_jitter(fv, bad):
    """The n-th pause is somewhere between 0 and 0.5 s * 2^n; the clock of the requests agrees with what -v tells."""
    bad.route(LIST, error("503 Busy"))
    told = []
    for _ in range(3):    # two may be alike by chance, to a tenth of a second
        bad.clear()
        done = complete(fv("list", "-v", "--retries", "3", "HAUC", portal=bad), 6)
        told.append(pauses(done))
        times = [one.received for one in bad.requests]
        assert len(times) == 4 and len(told[-1]) == 3
        for index, (pause, before, after) in enumerate(zip(told[-1], times, times[1:])):
            assert 0 <= pause <= 0.5 * 2 ** index + 0.1 and pause - 0.11 <= after - before
    assert any(one != told[0] for one in told)


@pytest.mark.parametrize("value, least, most", [
    ("1", 1, 1), ("0", 0, 0), ("299", 299, 299), ("300", 300, 300), ("301", 300, 300),
    ("99999999999999999999", 300, 300),
    ("+20 s", 5, 21), ("-5 s", 0, 0), ("+1 h", 300, 300),
    ("soon", 0, 0.5), ("-1", 0, 0.5), ("1.5", 0, 0.5), ("", 0, 0.5)])
@pytest.mark.parametrize("with_date", [True, False], ids=["Date", "no Date"])
def test_retry_after(fv, bad, value, least, most, with_date):
    """Seconds, or an HTTP date, against the answer's Date or the machine's clock; 300 s at most, nonsense counts as
    none."""
    now = time.time()
    span = re.fullmatch(r"([+-]\d+) ([sh])", value)
    if span:
        value = email.utils.formatdate(now + int(span[1]) * (3600 if span[2] == "h" else 1), usegmt=True)
    fields = {"Retry-After": value, "Date": email.utils.formatdate(now, usegmt=True) if with_date else None}
    bad.route(LIST, Sequence(error("503 Busy", headers=fields), EMPTY))
    if span and most == 0 and not with_date:
        most = 0.5   # one of the two clocks may be wrong
    running = fv.start("list", "-v", "--retries", "1", "HAUC", portal=bad)
    if most < 1:
        done = complete(running.wait())
    else:
        line = next(line for line in iter(running.process.stderr.readline, b"") if b"attempt" in line)
        running.kill()
        running.process.wait()
        done = harness.Done([], 0, b"", line, 0)
    pause, = pauses(done)
    assert least <= pause <= most + (0.1 if most < 1 else 0)


def test_retry_after_and_max_time(fv, bad):
    """A pause that would end after the end is not begun."""
    bad.route(LIST, error("503 Busy", headers={"Retry-After": "120"}))
    fv("list", "--retries", "5", "--max-time", "60", "HAUC", portal=bad, timeout=PATIENCE_S).fails(6, "503")
    assert len(bad.requests) == 1


# --- the budget

def test_progress_restores_the_budget(fv, bad, out):
    """Each attempt brings something: one retry is enough for six cuts."""
    def piece(request):
        answer = ranged_file(DATA)(request)
        at = int(request.headers.get("range", "bytes=0-")[6:-1])
        return answer if at >= 42_000 else cut(answer, 7_000)

    bad.publish({"f1": piece})
    fv("sync", "--retries", "1", "HAUC", out, portal=bad).expect()
    assert len(bad.seen(URL)) == 7
    assert_names(out, {LOCAL: DATA})


def test_no_progress_does_not_restore_it(fv, bad, out):
    """The same bytes again and again are none."""
    bad.publish({"f1": cut(ok(DATA), 7_000)})
    fv("sync", "--retries", "2", "HAUC", out, portal=bad).fails(3)
    assert len(bad.seen(URL)) <= 4   # the first attempt's bytes are progress


def test_each_file_has_its_own_budget(fv, bad, out):
    names = ["f1", "f2", "f3"]
    bad.publish({name: Sequence(error("503 Busy", headers=SOON), ok(DATA)) for name in names})
    fv("sync", "--retries", "1", "HAUC", out, portal=bad).expect()
    assert len(files_below(out)) == 3


# --- connections that the server closes

@pytest.mark.parametrize("end", [Close(), Close(False), Reset()], ids=["notify", "fin", "reset"])
@pytest.mark.parametrize("pause", [0, 0.2], ids=["at once", "later"])
def test_kept_connection_that_was_closed(fv, bad, out, end, pause):
    """Between two requests that is no failure: no attempt is spent on it, and nothing is said."""
    names = [f"f{index}" for index in range(5)]
    bad.publish({name: [ok(DATA), Sleep(pause), end] for name in names})
    bad.route(LIST, [ok(bad.listing([entry(name) for name in names]), JSON), end])
    done = fv("sync", "--json", "--retries", "0", "HAUC", out, portal=bad).expect()
    assert len(files_below(out)) == 5 and done.summary["retries"] == 0
    assert all(len(bad.seen(PLACE + name)) <= 2 for name in names)


def test_request_that_is_never_answered_ends(fv, bad, out):
    """Closed at each request: that is not an idle connection any more."""
    bad.publish({"f1": DATA})
    bad.route(URL, Close())
    fv("sync", "--retries", "0", "HAUC", out, portal=bad).fails(3, "f1")
    assert len(bad.seen(URL)) <= 3


# --- crawling

@pytest.mark.parametrize("options, caught", [
    (["--speed-limit", "2k", "--speed-time", "5"], True), (["--speed-limit", "100", "--speed-time", "5"], False),
    (["--speed-limit", "0", "--speed-time", "5"], False), (["--stall-timeout", "5"], False)], ids=str)
def test_trickle(fv, bad, out, options, caught):
    """500 bytes a second, for longer than the time: no stall, but slow where 2k are asked for; what it brought is kept
    and continued."""
    slow = [ok(DATA[:3500], {"ETag": '"v1"'})[:-3500], Trickle(DATA[:3500], 25, 0.05)]
    bad.publish({"f1": Sequence(slow, ranged_file(DATA[:3500]))})
    done = fv("sync", "--json", "--retries", "1", *options, "HAUC", out, portal=bad).expect()
    assert_names(out, {LOCAL: DATA[:3500]})
    assert len(bad.seen(URL)) == 1 + caught and done.summary["retries"] == caught
    assert not caught or bad.seen(URL)[1].headers["range"].startswith("bytes=")


def test_trickle_of_a_listing(fv, bad):
    bad.route(LIST, [ok(b" " * 990 + b"[]", JSON)[:-992], Trickle(b" " * 990, 5, 0.05)])
    done = fv("list", "--speed-limit", "2k", "--speed-time", "1", "HAUC", portal=bad).fails(3, "slow")
    assert 0.9 <= done.seconds


def test_trickle_of_a_head(fv, bad):
    """Bytes of a head are no content, and there is always one: a head as a whole has the time of a stall."""
    bad.route(LIST, Trickle(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500, 1, 0.05))
    done = fv("list", "--stall-timeout", "1", "HAUC", portal=bad, timeout=PATIENCE_S).fails(3, "localhost")
    assert 0.9 <= done.seconds


@pytest.mark.parametrize("status", ["503 Busy", "429 Slow Down", "529 Overloaded"])
def test_proxy_that_says_when_to_come_back(fv, bad, status):
    """Retry-After of an answer to CONNECT is obeyed as the portal's is."""
    bad.route(LIST, EMPTY)
    answers = iter([f"HTTP/1.1 {status}\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno".encode()])
    with ConnectProxy(refuse=lambda request: next(answers, None)) as proxy:
        done = fv("list", "--retries", "1", "--proxy", proxy.url, "HAUC", portal=bad).expect()
        first, second = proxy.requests
        assert 2.9 < second.received - first.received, done


def test_retry_after_of_an_answer_that_was_fine(fv, bad, out):
    """Its content was too slow later on: that is not what the head spoke of."""
    bad.publish({"f1": many.content(1, 50_000)})
    right = ok(many.content(1, 50_000), {"Retry-After": 120, "ETag": '"v1"'})
    bad.route(PLACE + "f1", Sequence([right[:400], Trickle(right[400:], 1, 0.05)], ok(many.content(1, 50_000))))
    slow = ("--speed-limit", 1000, "--speed-time", 5)
    fv("sync", "--retries", 1, *slow, "HAUC", out, portal=bad, timeout=PATIENCE_S).expect()
