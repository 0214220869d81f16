# SPDX-License-Identifier: MIT
"""Unusual answers that RFC 9110 and 9112 allow, among others: each is taken for what it says, and costs nothing
more."""

import time

import pytest

import harness
import many
from bad import CSV_DATE, ConnectProxy, JSON, Sequence, entry, error, ok, ranged_file, redirect
from harness import PATIENCE_S, assert_names, files_below

FOLDER = "HAUC/HAUC-3/HAUC-3-2/"
PLACE = "/api_file/v1/" + FOLDER
LIST = "/api_file/v1/HAUC/"
LOCAL = FOLDER + "f1"
DATA = many.content(1, 3000)
EMPTY = ok(b"[]", JSON)


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


# --- statuses

AGAIN = (408, 425, 429, 500, 502, 503, 504, 507, 509, *range(520, 525), 529, 530, 599)
NEVER = (400, 404, 451, 501, 505, 506, 508, 510, 511)


@pytest.mark.parametrize("status", AGAIN + NEVER)
def test_which_status_is_tried_again(fv, bad, out, status):
    """At the listing as well as at a file."""
    trouble = error(f"{status} x", b"body", {"Retry-After": "0"})
    bad.publish({"f1": Sequence(trouble, ranged_file(DATA)), "f2": b"data"})
    done = fv("sync", "--retries", 1, "HAUC", out, portal=bad)
    assert len(bad.seen(PLACE + "f1")) == 1 + (status in AGAIN), done
    done.expect(0 if status in AGAIN else 1)
    assert_names(out, {LOCAL: DATA, FOLDER + "f2": b"data"} if status in AGAIN else {FOLDER + "f2": b"data"})
    bad.route(LIST, Sequence(trouble, EMPTY))
    bad.clear()
    done = fv("list", "--retries", 1, "HAUC", portal=bad)
    assert (done.status, len(bad.requests)) == ((0, 2) if status in AGAIN else (6, 1)), done


# --- heads

def with_fields(*fields, status="HTTP/1.1 200 OK", length="Content-Length: 3000", date=f"Last-Modified: {CSV_DATE}"):
    """A whole answer with these field lines as they are."""
    return "".join(line + "\r\n" for line in (status, *fields, date, length, "")).encode() + DATA


HEADS = {
    "200 KiB in lines of 4,000": with_fields(*["X-Long: " + "y" * 3990] * 51),
    "200 KiB in lines of 8,000": with_fields(*["X-Long: " + "y" * 7990] * 25),
    "200 KiB in lines of 100": with_fields(*["X-Short: " + "y" * 89] * 2000),
    "a folded line": with_fields("X-Folded: one", " two", "\tthree"),
    "a folded line with nothing in it": with_fields("X-Folded: one", " ", "  two"),
    "a folded line that looks like a length": with_fields("X-Folded: one", " Content-Length: 5"),
    "a folded length": with_fields(length="Content-Length:\r\n 3000"),
    "HTTP/1.2": with_fields(status="HTTP/1.2 200 OK"),
    "a date of RFC 850": with_fields(date="Last-Modified: Friday, 02-Apr-21 13:44:37 GMT"),
    "a date of asctime": with_fields(date="Last-Modified: Fri Apr  2 13:44:37 2021"),
}


@pytest.mark.parametrize("case", HEADS)
def test_head(fv, bad, out, case):
    """Among others, whose answers stay where they are."""
    bad.publish({f"f{number}": many.content(number, 3000) if number != 1 else [HEADS[case]] for number in range(5)})
    fv("sync", "HAUC", out, portal=bad).expect()
    assert_names(out, {f"{FOLDER}f{number}": many.content(number, 3000) for number in range(5)})
    assert len(bad.connections) == 1 and len(bad.requests) == 6


@pytest.mark.parametrize("date", ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT",
                                  "Sun Nov  6 08:49:37 1994"])
def test_retry_after_a_day_that_is_long_past(fv, bad, date):
    """RFC 9110 5.6.7: two digits that seem to be over 50 years in the future are in the past."""
    bad.route(LIST, Sequence(error("503 Busy", headers={"Retry-After": date}), EMPTY))
    fv("list", "--retries", 1, "HAUC", portal=bad, timeout=PATIENCE_S).expect()


def test_get_takes_the_year_of_two_digits_for_the_past(fv, bad, out):
    bad.route(PLACE + "f1", ok(DATA, {"Last-Modified": "Sunday, 06-Nov-94 08:49:37 GMT"}))
    fv("get", bad.url + PLACE + "f1", "-o", out, portal=bad).expect()
    assert out.read_bytes() == DATA and out.stat().st_mtime < time.time() + 1


# --- bodies

@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "x-gzip", "aws-chunked, gzip"])
def test_an_encoded_answer(fv, bad, out, coding):
    """Nobody asked for it: it is named as what it is, and the others are fetched."""
    bad.publish({"f1": [ok(b"\x1f\x8b" + bytes(100), {"Content-Encoding": coding})]})
    done = fv("sync", "HAUC", out, portal=bad).fails(6, LOCAL, "compressed")
    assert "range" not in done.err and not files_below(out) and len(bad.seen(PLACE + "f1")) == 1
    bad.publish({"f0": b"data", "f1": [ok(b"\x1f\x8b" + bytes(100), {"Content-Encoding": coding})], "f2": b"data"})
    fv("sync", "HAUC", out, portal=bad).fails(1, LOCAL, "compressed")
    assert_names(out, {FOLDER + "f0": b"data", FOLDER + "f2": b"data"})


# --- URLs

@pytest.mark.parametrize("size", [8300, 20_000, 200_000])
def test_a_url_that_is_too_long_is_its_files_failure(fv, bad, out, size):
    bad.publish_entries([entry("f0"), entry("f1", url="http://{host}/" + "x" * size)])
    bad.route(PLACE + "f0", ok(b"data"))
    fv("sync", "HAUC", out, portal=bad).expect(1)
    assert_names(out, {FOLDER + "f0": b"data"})


@pytest.fixture
def default_port(bad):
    """A proxy through which https://localhost is the misbehaving portal."""
    with ConnectProxy(upstream={"localhost:443": ("127.0.0.1", bad.port)}) as proxy:
        yield proxy


@pytest.mark.parametrize("endpoint",
                         ["https://localhost", "https://localhost:", "https://localhost:/", "https://localhost:443"])
@pytest.mark.parametrize("listed",
                         ["https://localhost:", "http://localhost:", "https://localhost", "https://localhost:443"])
def test_a_port_that_is_empty(fv, bad, out, default_port, endpoint, listed):
    """RFC 9110 4.2.3: http://example.com:/ is the same as without the colon."""
    bad.publish_entries([entry("f1", url=listed + PLACE + "f1")])
    bad.route(PLACE + "f1", ok(DATA))
    fv("sync", "--proxy", default_port.url, "-e", endpoint, "HAUC", out, portal=bad).expect()
    assert_names(out, {LOCAL: DATA})


def test_a_redirect_to_a_port_that_is_empty(fv, bad, out, default_port):
    bad.publish_entries([entry("f1", url="https://localhost" + PLACE + "f1")])
    bad.route(PLACE + "f1", redirect("https://localhost:/there"))
    bad.route("/there", ok(DATA))
    fv("sync", "--proxy", default_port.url, "-e", "https://localhost", "HAUC", out, portal=bad).expect()
    assert_names(out, {LOCAL: DATA})
