# SPDX-License-Identifier: MIT
"""Responses as servers and proxies write them: long ones, and the forms that RFC 9110 and 9112 have read all the
same."""

import pytest

from bad import ConnectProxy, Sequence, chunked, entry, ok, redirect, ranged_file
from harness import files_below

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
DATA = b"content of a file\n"
LENGTH = b"Content-Length: %d\r\n" % len(DATA)


def arrives(fv, bad, out, answer, **options):
    """A file that is answered so is stored as it comes, and the next one behind it."""
    bad.publish({"f1": [answer], "f2": DATA})
    fv("sync", "HAUC", out, portal=bad, **options).expect()
    found = files_below(out)
    assert found[PLACE + "f1"].read_bytes() == found[PLACE + "f2"].read_bytes() == DATA


# --- Long ones

@pytest.mark.parametrize("size", [2100, 3000, 8100])
def test_redirect_to_a_long_url(fv, bad, bad_portal, out, size):
    target = "/stored?X-Amz-Security-Token=" + "a" * (size - 30)
    other = bad_portal({"/stored": ok(DATA)})
    arrives(fv, bad, out, redirect(other.url + target))
    assert [request.target for request in other.requests] == [target]


def test_redirect_to_a_url_that_is_too_long(fv, bad, out):
    """It is the failure of that file; the others are fetched."""
    bad.publish({"f1": [redirect(bad.url + "/x?" + "a" * 8192)], "f2": DATA})
    fv("sync", "HAUC", out, portal=bad).fails(1, "f1", "too long")
    assert list(files_below(out)) == [PLACE + "f2"] and not bad.seen("/x")


@pytest.mark.parametrize("escaped", [False, True])
def test_long_url_in_a_listing(fv, bad, out, escaped):
    path = "/" + "a/" * 2000 + "?" + "b" * 4000
    bad.publish_entries([entry("f1", url="https://{host}" + path)])
    if escaped:
        bad.route("/api_file/v1/HAUC/",
                  ok(bad.listing([entry("f1", url="https://{host}" + path)]).replace(b"/", b"\\/")))
    bad.route(path.partition("?")[0], ok(DATA))
    fv("sync", "HAUC", out, portal=bad).expect()
    assert files_below(out)[PLACE + "f1"].read_bytes() == DATA and bad.requests[1].target == path
    assert fv("sync", "HAUC", out, portal=bad).expect() and len(bad.requests) == 3


def test_long_head(fv, bad, out):
    arrives(fv, bad, out, ok(DATA, [("Set-Cookie", "a" * 1000)] * 290))


# --- Content codings

@pytest.mark.parametrize("coding", ["identity", "none", "aws-chunked", "utf-8", ""])
def test_coding_that_leaves_the_bytes(fv, bad, out, coding):
    arrives(fv, bad, out, ok(DATA, {"Content-Encoding": coding}))


# --- Folded lines

@pytest.mark.parametrize("fields", [b"X: a\r\n b\r\n" + LENGTH, LENGTH.replace(b": ", b":\r\n\t"),
                                    b"Transfer-Encoding:\r\n chunked\r\n"])
def test_folded_field_lines(fv, bad, out, fields):
    body = DATA if LENGTH[-4:] in fields else b"%x\r\n%s\r\n0\r\nX: a\r\n b\r\n\r\n" % (len(DATA), DATA)
    arrives(fv, bad, out, b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + body)


def test_folded_location(fv, bad, out):
    bad.route("/there", ok(DATA))
    arrives(fv, bad, out, b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation:\r\n /there\r\n\r\n")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nVia: 1.1 a,\r\n 1.1 b\r\n\r\n", b"HTTP/1.2 200\r\n\r\n"])
def test_proxy_that_answers_so(fv, bad, out, answer):
    with ConnectProxy(answer=answer) as proxy:
        arrives(fv, bad, out, ok(DATA), env={"HTTPS_PROXY": proxy.url})
        assert proxy.tunnels


# --- Forms

def test_minor_version_that_is_not_known(fv, bad, out):
    arrives(fv, bad, out, ok(DATA, version="HTTP/1.2"))
    assert len(bad.connections) == 1


@pytest.mark.parametrize("blanks", [" ", "  \t", " ;a=b", "\t; a"])
def test_blanks_behind_a_chunk_size(fv, bad, out, blanks):
    arrives(fv, bad, out, chunked(DATA, sizes=(5,), extension=blanks))


def test_empty_port_in_a_listing(fv, bad, out):
    """It is that of the scheme, so that the URL means the endpoint."""
    bad.publish({"f1": DATA}, url=f"http://{bad.hostname}:/x")
    bad.route("/x", ok(DATA))
    fv("sync", "HAUC", out, portal=bad).expect()
    assert files_below(out)[PLACE + "f1"].read_bytes() == DATA


@pytest.mark.parametrize("date", ["Tuesday, 02-Apr-96 13:44:37 GMT", "Tue Apr  2 13:44:37 1996",
                                  "Tue, 02 Apr 1996 13:44:37 GMT"])
def test_date_of_an_obsolete_form_is_a_validator(fv, bad, out, date):
    """A file that broke off is continued with it."""
    content = DATA * 10000
    dated = {"Date": "Wed, 03 Apr 1996 13:44:37 GMT"}
    whole = ranged_file(content, etag=None, last_modified=date, headers=dated)
    short = ranged_file(content, etag=None, last_modified=date, headers=dated, short=1000)
    bad.publish({"f1": Sequence(short, whole)})
    fv("sync", "--retries", "1", "HAUC", out, portal=bad).expect()
    assert files_below(out)[PLACE + "f1"].read_bytes() == content
    assert bad.requests[-1].headers["if-range"] == date


@pytest.mark.parametrize("status", ["600 Odd", "999 Denied"])
def test_status_that_is_none(fv, bad, out, status):
    """The server's failure of that file, not something that is not HTTP."""
    bad.publish({"f1": [ok(b"no", status=status)], "f2": DATA})
    fv("sync", "--retries", "0", "HAUC", out, portal=bad).fails(1, "f1", status[:3])
    assert list(files_below(out)) == [PLACE + "f2"]
