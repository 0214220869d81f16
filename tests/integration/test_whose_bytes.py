# SPDX-License-Identifier: MIT
"""An answer belongs to the request it answers: files keep their own bytes whatever becomes of the answer before
them."""

import signal
import time

import pytest

import harness
import many
from bad import CSV_DATE, Close, Reset, Sequence, Sleep, Stall, chunked, cut, error, head, ok, ranged_file
from harness import assert_names

FOLDER = "HAUC/HAUC-3/HAUC-3-2/"
PLACE = "/api_file/v1/" + FOLDER
SOON = {"Retry-After": "0"}


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


def late(answer, seconds=0.3):
    """The head of an answer at once, its body later."""
    start = answer.index(b"\r\n\r\n") + 4
    return [answer[:start], Sleep(seconds), answer[start:]]


def published(bad, count, size):
    """Files of one size, one date and one validator, so that nothing but the order tells them apart: {name:
    content}."""
    content = {f"f{number}": many.content(number, size) for number in range(count)}
    bad.publish({name: ranged_file(data) for name, data in content.items()})
    return content


BREAKS = {
    "reset in the middle": lambda right: cut(right, 2500, Reset()),
    "closed in the middle": lambda right: cut(right, 2500, Close()),
    "cut in the middle": lambda right: cut(right, 2500, Close(False)),
    "503": lambda right: error("503 Busy", b"later\n", SOON),
    "503, late": lambda right: late(error("503 Busy", b"later\n", SOON)),
    "429": lambda right: error("429 Too Many Requests", b"later\n", SOON),
}
ANSWERS = {
    "late 404": late(error("404 Not Found", b"not there\n")),
    "late 404 in chunks": late(chunked(b"not there\n", status="404 Not Found")),
    "404 in pieces": [error("404 Not Found", b"not there\n")[:-5], Sleep(0.2), b"her", Sleep(0.2), b"e\n"],
    "late 410": late(error("410 Gone", b"not there\n")),
    "late redirect": late(ok(b"elsewhere\n", {"Location": PLACE + "gone"}, "302 Found")),
}


def check(fv, bad, out, content, name, answers, *options):
    """A file's answer breaks, and the next one is a refusal: that file alone fails, all others hold their own bytes."""
    broken, then = answers
    right = ranged_file(content.pop(name))
    bad.route(PLACE + name, Sequence(lambda request: BREAKS[broken](right(request)), ANSWERS[then]))
    fv("sync", "--retries", 3, *options, "HAUC", out, portal=bad).fails(1, FOLDER + name, "HTTP 4")
    assert_names(out, {FOLDER + other: data for other, data in content.items()})


@pytest.mark.parametrize("broken, then", [(broken, "late 404") for broken in BREAKS] + [
    (broken, then) for broken in ("cut in the middle", "503") for then in list(ANSWERS)[1:]])
def test_asked_again_and_refused_late(fv, bad, out, broken, then):
    check(fv, bad, out, published(bad, 8, 5000), "f1", (broken, then), "--pipeline", 2)


@pytest.mark.parametrize("broken", ["closed in the middle", "cut in the middle", "503"])
def test_asked_again_and_refused_late_among_larger_files(fv, bad, out, broken):
    """With default options just one request is sent ahead once some files have been large."""
    check(fv, bad, out, published(bad, 14, 500_000), "f10", (broken, "late 404"))


INSIDE = ok(many.content(77, 5000), {"ETag": '"v1"', "Last-Modified": CSV_DATE})     # an answer where none is due
ODD = {
    "404 whose body is an answer": error("404 Not Found", INSIDE),
    "404 whose body is an answer, late": late(error("404 Not Found", INSIDE)),
    "404 in chunks that hold an answer": late(chunked(INSIDE, (999,), status="404 Not Found")),
    "204 with a length": head("204 No Content", {"Content-Length": 5000}),
    "304 with a length": head("304 Not Modified", {"Content-Length": 5000}),
    "204 with a body": head("204 No Content", {}) + INSIDE,
    "304 with a body": head("304 Not Modified", {}) + INSIDE,
    "205 with a body": head("205 Reset Content", {"Content-Length": 0}) + INSIDE,
    "103 with a body, then 404": [head("103 Early Hints", {"Content-Length": len(INSIDE)}) + INSIDE,
                                  error("404 Not Found")],
    "103 with a length, then 404": [head("103 Early Hints", {"Content-Length": 5000}), Sleep(0.1),
                                    error("404 Not Found")],
    "too short": ok(many.content(4, 4000), length=5000),
    "too long": ok(many.content(4, 5000), length=4000),
}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("case", ODD)
def test_an_odd_answer_among_others(fv, bad, out, case, jobs):
    """Whatever becomes of that file, all others hold their own bytes."""
    content = published(bad, 12, 5000)
    bad.route(PLACE + "f4", [ODD[case], Close()] if case == "too short" else [ODD[case]])
    done = fv("sync", "--retries", 1, "--jobs", jobs, "--pipeline", 4, "HAUC", out, portal=bad)
    odd = content.pop("f4")
    if case == "too long":
        content["f4"] = odd[:4000]      # that much was promised, and came
    done.expect(1 if "f4" not in content else 0)
    assert_names(out, {FOLDER + other: data for other, data in content.items()})


NEXT = ok(many.content(5, 5000), {"ETag": '"v1"', "Last-Modified": CSV_DATE})
SHORT = {
    "ten bytes short": ok(many.content(4, 4990), length=5000),
    "nearly all missing": ok(many.content(4, 10), length=5000),
    "none at all, as to a HEAD": head("200 OK", {"Content-Length": 5000, "ETag": '"v1"', "Last-Modified": CSV_DATE}),
    "without a length": head("200 OK", {"ETag": '"v1"'}) + many.content(4, 5000),
    "none, and as long as the next answer": head("200 OK", {"Content-Length": len(NEXT)}),
    "and the next one ends in its first bytes": [ok(many.content(4, 4997), length=5000), b"HTT", Close()],
    "and the next one breaks in its first bytes": [ok(many.content(4, 4994), length=5000), b"HTTP/1", Reset()],
    "and the next one falls silent in its first byte": [ok(many.content(4, 4999), length=5000), b"H", Stall()],
    "the last one, with a next one's first bytes": [ok(many.content(4, 4997), {"Connection": "close"}, length=5000),
                                                    b"HTT", Close()],
}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("case", SHORT)
def test_an_answer_that_is_shorter_than_it_says(fv, bad, out, case, jobs):
    """The connection stays open, and the next answer's bytes come where its own are missing."""
    content = published(bad, 12, 5000)
    bad.route(PLACE + "f4", Sequence(SHORT[case], ranged_file(content["f4"])))
    bad.route(PLACE + "f5", NEXT)
    fv("sync", "--stall-timeout", 5, "--retries", 1, "--jobs", jobs, "HAUC", out, portal=bad).expect()
    assert_names(out, {FOLDER + name: data for name, data in content.items()})


ANNOUNCED = {
    "404": (head("404 Not Found", {"Content-Length": len(NEXT)}), 1),
    "403": (head("403 Forbidden", {"Content-Length": len(NEXT)}), 1),
    "503": (head("503 Busy", {"Content-Length": len(NEXT), **SOON}), 0),
    "redirect": (head("302 Found", {"Content-Length": len(NEXT), "Location": PLACE + "f4b"}), 0),
}


@pytest.mark.parametrize("case", ANNOUNCED)
def test_content_is_announced_as_to_a_head(fv, bad, out, case):
    """A refusal says how long its content is and sends none: the next answer is as long, and every later one would be
    its neighbour's."""
    content = published(bad, 12, 5000)
    for name, data in content.items():
        bad.route(PLACE + name, ok(data, {"ETag": '"v1"', "Last-Modified": CSV_DATE}))
    answer, status = ANNOUNCED[case]
    bad.route(PLACE + "f4", Sequence(answer, ok(content["f4"])))
    bad.route(PLACE + "f4b", ok(content["f4"]))
    if status:
        del content["f4"]
    fv("sync", "--retries", 1, "HAUC", out, portal=bad).expect(status)
    assert_names(out, {FOLDER + name: data for name, data in content.items()})


@pytest.mark.parametrize("tail", [b"H", b"HTTP/1"])
def test_stopped_where_the_next_answer_may_begin(fv, bad, out, tail):
    """What is kept for the next run is the file's own."""
    content = published(bad, 4, 300_000)
    own = content["f1"][:200_000]
    bad.route(PLACE + "f1",
              Sequence([ok(own, {"ETag": '"v1"', "Last-Modified": CSV_DATE}, length=300_000), tail, Sleep(9)],
                                     ranged_file(content["f1"])))
    running = fv.start("sync", "HAUC", out, portal=bad)
    bad.wait(3)
    time.sleep(0.7)     # all of it is there, and the network is silent
    running.signal(signal.SIGTERM)
    running.wait().expect(143)
    fv("sync", "HAUC", out, portal=bad).expect()
    assert_names(out, {FOLDER + name: data for name, data in content.items()})


def test_whole_when_the_time_ends(fv, bad, out):
    """The next answer never begins: what has all come is there, with or without a validator to go on with."""
    content = published(bad, 4, 5000)
    bad.route(PLACE + "f0", ok(content["f0"]))
    bad.route(PLACE + "f1", Stall())
    fv("sync", "--max-time", 6, "HAUC", out, portal=bad).fails(1, FOLDER + "f1", "no response came in time")
    assert_names(out, {FOLDER + "f0": content["f0"]})
