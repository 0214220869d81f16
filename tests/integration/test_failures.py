# SPDX-License-Identifier: MIT
"""Bad input: each ends in its exit code, with one clear sentence that names the host, file or field."""

import signal
import time

import pytest

import portal as portals
from bad import (Close, JSON, Reset, Send, SendRaw, Sequence, Sleep, Stall, Trickle, cut, entry, error,
                 html_login_page, listing, ok, unauthorized)
from harness import PATIENCE_S, files_below, partial_bytes, wait_until

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
FILE = f"/api_file/v1/{PLACE}f1"
LIST = "/api_file/v1/HAUC/"
TAG = {"ETag": '"v1"'}  # without a validator nothing can be continued, so nothing is kept


def fails_everywhere(fv, portal, out, status, *words, options=()):
    """list and sync both end so, and nothing is on standard output or in DIR."""
    done = fv("list", *options, "HAUC", portal=portal).fails(status, *words)
    assert done.stdout == b""
    fv("sync", *options, "HAUC", out, portal=portal).fails(status, *words)
    assert not files_below(out)


# --- network

def test_refused_connection(fv, bad, out):
    bad.refuse()
    fails_everywhere(fv, bad, out, 3, "localhost")


def test_name_without_address(fv, bad, out):
    fails_everywhere(fv, bad, out, 3, "portal.invalid",
                     options=("-e", "https://portal.invalid", "--connect-timeout", "3"))


@pytest.mark.parametrize("before", [Reset(), Close(), SendRaw(b"SSH-2.0-OpenSSH_9.2\r\n"),
                                    SendRaw(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
                                    SendRaw(b"\x15\x03\x03\x00\x02\x02\x28"), Stall()],
                         ids=["reset", "fin", "ssh", "http", "alert", "stall"])
def test_no_tls(fv, bad_portal, before):
    bad = bad_portal(accept=lambda number: [before, Close()])
    done = fv("list", "--connect-timeout", "1", "HAUC", portal=bad, timeout=PATIENCE_S)
    assert done.status in (3, 4), done
    done.fails(done.status, "localhost")


# --- HTTP

@pytest.mark.parametrize("answer, status", [
    (unauthorized(), 5), (error("403 Forbidden"), 5), (error("404 Not Found"), 6), (error("410 Gone"), 6),
    (error("418 Teapot"), 6),
    (error("400 Bad Request"), 6), (error("500 Oops"), 6), (error("503 Busy"), 6), (error("204 No Content"), 6),
    (error("304 Not Modified"), 6), (error("206 Partial Content"), 6)], ids=lambda value: str(value)[11:14])
def test_status_of_the_listing(fv, bad, out, answer, status):
    bad.route("*", answer)
    fails_everywhere(fv, bad, out, status, "organisation 'HAUC'" if answer == error("404 Not Found") else "localhost")


@pytest.mark.parametrize("answer", [
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n", b"ICY 200 OK\r\n\r\n",
    b"<html></html>\r\n\r\n",
    ok(b"[]", {"X": "y" * 400_000}), ok(b"[]", [("X", "y" * 1000)] * 400),
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]]",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n[]",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n[]",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n[]",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\n[]",
    b"HTTP/1.1 200 OK\r\n Folded: x\r\nContent-Length: 2\r\n\r\n[]",
    b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n[]"], ids=range(17))
def test_not_http(fv, bad, out, answer):
    bad.route("*", [answer, Close()])
    fails_everywhere(fv, bad, out, 6, "localhost")


@pytest.mark.parametrize("answer, status", [(error("404 Not Found"), 404), (error("500 Oops"), 500),
                                            (error("403 Forbidden"), 403),
                                            (cut(ok(b"x" * 1000), 500), None)], ids=["404", "500", "403", "cut"])
@pytest.mark.parametrize("options", [[], ["--pipeline", "8"]], ids=["one", "pipeline"])
def test_one_file_among_many(fv, bad, out, options, answer, status):
    bad.publish({f"f{number}": b"data" if number != 4 else [answer] for number in range(9)})
    done = fv("sync", *options, "HAUC", out, portal=bad).fails(1, PLACE + "f4", str(status or ""))
    assert sorted(path[-1] for path in files_below(out)) == list("01235678")
    done = fv("sync", "--json", *options, "HAUC", out, portal=bad)
    failed = [one for one in done.files if one["status"] == "failed"]
    assert [one["path"] for one in failed] == [PLACE + "f4"] and failed[0]["error"] and done.summary["failed"] == 1


def test_all_files_fail_for_one_reason(fv, bad, out):
    bad.publish({name: [error("404 Not Found")] for name in ("f1", "f2")})
    done = fv("sync", "HAUC", out, portal=bad).expect(6)
    assert PLACE + "f1" in done.err and PLACE + "f2" in done.err


# --- the listing

ENTRIES = listing([entry("f1"), entry("f2")], "localhost")


@pytest.mark.parametrize("answer", [
    html_login_page(), ok(b""), ok(b"{}", JSON), ok(b"null", JSON), ok(b"42", JSON), ok(b"[1]", JSON),
    ok(b"[[]]", JSON), ok(b"[] x", JSON),
    ok(b"[]]", JSON), ok(b"[,]", JSON), ok(ENTRIES[:-1], JSON), ok(ENTRIES[:-1] + b",]", JSON), ok(ENTRIES[:-40], JSON),
    ok(ENTRIES * 2, JSON),
    ok(ENTRIES.replace(b": ", b" "), JSON), ok(ENTRIES.replace(b'"', b"'"), JSON),
    ok(ENTRIES.replace(b"f1", b"f\n1"), JSON),
    ok(ENTRIES.replace(b"f1", b"f\\x1"), JSON), ok(ENTRIES.replace(b"}, {", b"} {"), JSON),
    ok(b"\xff\xfe[\x00]\x00", JSON)], ids=range(20))
def test_not_a_listing(fv, bad, out, answer):
    bad.route("*", answer)
    fv("sync", "HAUC", out, portal=bad).fails(8, "localhost")
    assert not files_below(out) and len(bad.requests) == 1
    fv("list", "HAUC", portal=bad).fails(8, "localhost")


def test_listing_cut_short_by_the_network(fv, bad, out):
    bad.route(LIST, cut(ok(ENTRIES, JSON), len(ENTRIES) - 1, Close()))
    fv("sync", "HAUC", out, portal=bad).fails(3, "localhost")
    assert not files_below(out)


FIELDS = ["orga_code_ref", "study_code_ref", "delivery_code_ref", "file_name", "file_last_modified_date", "url"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [..., None, 5, {}, ["x"]], ids=["missing", "null", "number", "object", "array"])
def test_field_missing_or_wrong(fv, bad, out, field, value):
    bad.publish({"f1": b"data"})
    wrong = {name: one for name, one in {**entry("f2"), field: value}.items() if one is not ...}
    bad.route(LIST, ok(bad.listing([entry("f1"), wrong]), JSON))
    fv("sync", "HAUC", out, portal=bad).fails(1, field + " of entry 2")
    assert list(files_below(out)) == [PLACE + "f1"] and len(bad.requests) == 2
    done = fv("list", "--json", "HAUC", portal=bad).fails(1, field + " of entry 2")
    assert [one["file_name"] for one in done.records] == ["f1"]
    bad.route(LIST, ok(bad.listing([wrong]), JSON))
    fv("sync", "HAUC", out, portal=bad).fails(8, field + " of entry 1")
    done = fv("list", "HAUC", portal=bad).fails(8, field + " of entry 1")
    assert not done.out


BAD = {"date": {"modified": "2021-02-29T00:00:00Z"}, "large": {"file_name": "x" * 30000},
       "long": {"url": "http://{host}/" + "x" * 8300},
       "foreign": {"url": "https://evil.test/x"}}


def broken(bad, kind):
    """An entry that can't be used, and the field to blame."""
    fields = dict(BAD[kind])
    one = entry("f9", modified=fields.pop("modified", "2021-04-02T00:00:00Z"))
    one.update(fields)
    return one, {"date": "file_last_modified_date", "large": "file_name"}.get(kind, "url")


@pytest.mark.parametrize("kind", BAD)
def test_nothing_is_pruned_beside_a_bad_entry(fv, bad, out, kind):
    wrong, field = broken(bad, kind)
    bad.publish({"f1": b"1", "f2": b"2"})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish_entries([entry("f1"), wrong])
    done = fv("sync", "--json", "--prune", "HAUC", out, portal=bad).fails(1, field + " of entry 2")
    assert sorted(files_below(out)) == [PLACE + "f1", PLACE + "f2"]
    assert [one["status"] for one in done.files] == ["unchanged", "failed"] and done.summary["failed"] == 1
    bad.publish_entries([wrong])
    fv("sync", "HAUC", out, portal=bad).fails(8, field + " of entry 1")
    bad.publish_entries([entry("f1")])
    fv("sync", "--prune", "HAUC", out, portal=bad).expect()
    assert list(files_below(out)) == [PLACE + "f1"]


def test_a_bad_entry_concerns_no_get_of_another(fv, bad, out):
    bad.publish({"f1": b"data"})
    bad.publish_entries([broken(bad, "date")[0], entry("f1")])
    fv("get", "HAUC/HAUC-3/HAUC-3-2/f1", "-o", out, portal=bad).expect()
    assert out.read_bytes() == b"data"


@pytest.mark.parametrize("element", [b"null", b"7", b'"f0"', b"[{}]", b"false"])
def test_an_element_that_is_no_object(fv, bad, out, element):
    bad.publish({"f1": b"1"})
    body = bad.listing([entry("f1")])
    bad.route(LIST, ok(body[:1] + element + b"," + body[1:], JSON))
    done = fv("sync", "HAUC", out, portal=bad).fails(1, "entry 1")
    assert sorted(files_below(out)) == [PLACE + "f1"], done


def test_a_bad_entry_may_be_the_one_that_get_looks_for(fv, bad, out):
    one, field = broken(bad, "date")
    bad.publish_entries([entry("f1"), one])
    fv("get", "HAUC/HAUC-3/HAUC-3-2/f9", "-o", out, portal=bad).fails(8, field + " of entry 2")
    assert not out.exists()


def test_a_bad_entry_before_the_listing_breaks(fv, bad, out):
    bad.route(LIST, ok(bad.listing([broken(bad, "date")[0], entry("f1")])[:-1] + b" x]", JSON))
    fv("sync", "HAUC", out, portal=bad).fails(8, "localhost")
    done = fv("list", "HAUC", portal=bad).expect(8)
    assert (len(done.err.splitlines()) == 2 and "file_last_modified_date of entry 1" in done.err
            and "localhost" in done.err)


@pytest.mark.parametrize("date", ["", "yesterday", "2021-13-01T00:00:00Z", "2021-02-29T00:00:00Z",
                                  "2021-04-02T24:00:00Z", "2021-04-02T15:44:37",
                                  "2021-04-02", "2021-04-02T15:44:37.Z", "2021-04-02T15:44:37+0200",
                                  " 2021-04-02T15:44:37Z"])
def test_date_that_is_none(fv, bad, out, date):
    bad.publish_entries([entry("f1", modified=date)])
    fv("sync", "HAUC", out, portal=bad).fails(8, "file_last_modified_date")


# --- storage

@pytest.mark.parametrize("mount, words", [("mount -t tmpfs -o size=300k none $1", ["full"]),
                                          ("mount -t tmpfs none $1; mount -o remount,ro $1", ["read-only"]),
                                          ("mount --bind -o ro $1 $1; mount -o remount,ro,bind $1", ["read-only"])],
                         ids=["full", "ro", "bind"])
def test_storage_that_refuses(fv, bad, namespaces, out, mount, words):
    out.mkdir()
    bad.publish({"f1": bytes(1_000_000)})
    done = fv.mounted(out, mount, "sync", "HAUC", out, portal=bad).fails(7)
    assert any(word in done.err.lower() for word in words + ["space"]), done
    assert not files_below(out)


def test_small_files_arrive_between_large_ones(fv, bad, namespaces, out):
    """Whatever the number of connections, whose answers come in any order."""
    out.mkdir()
    files = {f"f{number:02}": bytes(2_000_000 if number % 2 else 3000) for number in range(30)}
    bad.publish(files)
    done = fv.mounted(out, "mount -t tmpfs -o size=1m none $1", "sync", "--jobs", 4, "--json", "HAUC", out, portal=bad)
    arrived = [one for one in done.files if one["status"] == "downloaded"]
    assert done.status == 1 and len(arrived) == 15, done


def test_verify_knows_what_waits_for_its_name(fv, bad, namespaces, out):
    """The rename failed: the ledger has a record of what never was there."""
    bad.publish({"f1": b"1", "f2": b"2"})
    (out / "HAUC").mkdir(parents=True)
    done = fv.mounted(out, "mount -t tmpfs none $1/HAUC", "sync", "HAUC", out, portal=bad)
    assert done.status in (1, 7), done
    done = fv("verify", out).expect()
    assert "0 are not" in done.out, done
    fv("sync", "HAUC", out, portal=bad).expect()
    assert sorted(files_below(out)) == [PLACE + "f1", PLACE + "f2"]
    assert "2 files are as fetched" in fv("verify", out).expect().out


def test_full_disk_takes_what_fits(fv, bad, namespaces, out):
    out.mkdir()
    bad.publish({"f0": b"small", "f1": bytes(1_000_000), "f2": b"small"})
    done = fv.mounted(out, "mount -t tmpfs -o size=300k none $1", "sync", "HAUC", out, portal=bad)
    assert done.status == 1 and PLACE + "f1" in done.err and PLACE + "f2" not in done.err, done


def test_output_of_get_that_is_read_only(fv, bad, namespaces, out):
    out.mkdir()
    bad.route(FILE, ok(b"data"))
    mount = "mount -t tmpfs none $1; mount -o remount,ro $1"
    fv.mounted(out, mount, "get", bad.url + FILE, "-o", out / "f", portal=bad).fails(7)


# --- attempts

@pytest.mark.parametrize("status, again", [("408 Timeout", True), ("425 Early", True), ("429 Many", True),
                                           ("500 Oops", True), ("502 Bad", True),
                                           ("503 Busy", True), ("504 Slow", True), ("400 Bad", False),
                                           ("404 None", False),
                                           ("401 Who", False), ("403 No", False), ("410 Gone", False)])
def test_what_may_pass_is_tried_again(fv, bad, status, again):
    bad.route(LIST, Sequence(error(status, headers={"Retry-After": "0"}), ok(b"[]", JSON)))
    done = fv("list", "--retries", "1", "HAUC", portal=bad)
    assert (done.status == 0, len(bad.requests)) == (again, 1 + again), done


def test_number_of_attempts(fv, bad):
    bad.route(LIST, error("503 Busy", headers={"Retry-After": "0"}))
    for retries in (0, 1, 3):
        bad.clear()
        fv("list", "--retries", retries, "HAUC", portal=bad).fails(6, "localhost", "503")
        assert len(bad.requests) == 1 + retries


@pytest.mark.parametrize("end", [Reset(), Close(), Close(False)], ids=["reset", "notify", "fin"])
def test_network_trouble_passes(fv, bad, out, end):
    bad.publish({"f1": Sequence(end, cut(ok(b"x" * 1000), 10, end), ok(b"x" * 1000))})
    bad.route(LIST, Sequence(cut(ok(b"[]"), 1, end), ok(bad.listing([entry("f1")]), JSON)))
    fv("sync", "--retries", "5", "HAUC", out, portal=bad).expect()
    assert files_below(out)[PLACE + "f1"].read_bytes() == b"x" * 1000


def test_retry_after_is_honoured(fv, bad):
    bad.route(LIST, Sequence(error("503 Busy", headers={"Retry-After": "2"}), ok(b"[]", JSON)))
    fv("list", "--retries", "1", "HAUC", portal=bad, timeout=PATIENCE_S).expect()
    assert 2 <= bad.requests[1].received - bad.requests[0].received


# --- time

def test_stall_timeout(fv, bad, out):
    bad.publish({"f1": [ok(b"x" * 1000, TAG)[:500], Stall()]})
    done = fv("sync", "--stall-timeout", "3", "HAUC", out, portal=bad, timeout=PATIENCE_S).fails(3, "f1")
    assert 3 <= done.seconds and partial_bytes(out) > 0
    bad.route(LIST, Stall())
    fv("list", "--stall-timeout", "0.5", "HAUC", portal=bad, timeout=PATIENCE_S).fails(3, "localhost")


def test_trickle_is_no_stall_but_slow(fv, bad, out):
    bad.publish({"f1": [Send(ok(b"x" * 1000)[:-990]), Trickle(b"x" * 990, 1, 0.05)]})
    done = fv("sync", "--stall-timeout", "3", "--speed-limit", "1k", "--speed-time", "4", "HAUC", out,
              portal=bad, timeout=PATIENCE_S).fails(3, "f1")
    assert 3.9 <= done.seconds


def test_max_time(fv, bad, out):
    bad.publish({"f1": [Send(ok(b"x" * 1000)[:-990]), Trickle(b"x" * 990, 1, 0.05)]})
    done = fv("sync", "--max-time", "5", "--retries", "9", "HAUC", out, portal=bad, timeout=PATIENCE_S).expect(3)
    assert 4.9 <= done.seconds and "f1" in done.err
    bad.route(LIST, error("503 Busy", headers={"Retry-After": "60"}))
    done = fv("list", "--max-time", "1", "--retries", "9", "HAUC", portal=bad, timeout=PATIENCE_S)
    assert done.status in (3, 6), done


def test_connect_timeout(fv, bad_portal):
    bad = bad_portal(accept=lambda number: Stall())
    done = fv("list", "--connect-timeout", "0.5", "HAUC", portal=bad, timeout=PATIENCE_S,
              env={"FLUXVISION_CONNECT_TIMEOUT": 60})
    assert 0.4 <= done.fails(3, "localhost").seconds


@pytest.mark.plain
@pytest.mark.parametrize("options", [("sync", "HAUC"), ("get", "-o")], ids=str)
def test_limit_rate_and_max_time(fv, bad, out, options):
    """What has come would have to be waited for a minute: the command ends nevertheless."""
    bad.publish({"f1": bytes(100_000)})
    what = [bad.url + "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1"] if options[0] == "get" else []
    done = fv(*options, out, *what, "--limit-rate", "1k", "--max-time", 1, portal=bad, timeout=PATIENCE_S).expect(3)
    assert 0.9 <= done.seconds and "time" in done.err


def test_limit_rate(fv, site, out):
    done = fv("sync", "--limit-rate", "200k", "HAUC/HAUC-5", out, portal=site).expect()
    assert 1.0 < done.seconds


# --- signals

WAITS = {"file": {FILE: [ok(bytes(200_000), TAG)[:100_000], Stall()]}, "listing": {LIST: Stall()},
         "head": {FILE: Stall()},
         "pause": {LIST: error("503 Busy", headers={"Retry-After": "60"})},
         "slow": {FILE: [Send(ok(bytes(9))[:-9]), Sleep(60)]}}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", WAITS)
def test_signals(fv, bad, out, where, number):
    bad.publish({"f1": b""})
    for path, behaviour in WAITS[where].items():
        bad.route(path, behaviour)
    running = fv.start("sync", "--retries", "3", "HAUC", out, portal=bad)
    bad.wait(2 if FILE in WAITS[where] else 1)
    if where == "file":
        wait_until(lambda: partial_bytes(out) > 0)
    time.sleep(0.1)
    running.end(number)
    assert not files_below(out)
    assert where != "file" or partial_bytes(out) > 0


def test_signal_before_tls(fv, bad_portal):
    bad = bad_portal(accept=lambda number: Stall())
    running = fv.start("list", "--connect-timeout", "60", "HAUC", portal=bad)
    wait_until(lambda: bad.connections)
    time.sleep(0.2)
    running.end()


def test_partial_of_an_interrupted_run_is_continued(fv, certs, tree, out):
    with portals.Nginx(tree, certs=certs, limit_rate=1, limit_after=100_000) as site:
        running = fv.start("sync", "HAUC/HAUC-5", out, portal=site)
        wait_until(lambda: partial_bytes(out) >= 50_000)
        running.end(signal.SIGINT)
        site.restart(limit_rate=0)
        assert fv("sync", "--json", "HAUC/HAUC-5", out, portal=site).expect().files[0]["status"] == "resumed"
