# SPDX-License-Identifier: MIT
"""TLS that breaks off once it is established: an attempt is lost. What a server says of the client is final."""

import socket
import ssl

import pytest

from bad import JSON, Close, Reset, SendRaw, Sequence, Sleep, ok, ranged_file
from harness import PATIENCE_S, assert_names, wait_until
from records import Alert, Damaged, HelloRequest, KeyUpdate, NewTicket

LIST = "/api_file/v1/HAUC/"
PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"
DATA = bytes(range(256)) * 400
ETAG = {"ETag": '"v1"'}
BROKEN = "the secure connection (TLS) was broken off"
OVERLONG = b"\x17\x03\x03\xff\xff" + bytes(64)
FOREIGN = b"\x17\x03\x03\x00\x40" + bytes(64)

TROUBLES = [
    ("1.2", Damaged(b"x" * 1000), "damaged record"),
    ("1.3", Damaged(b"x" * 1000), "damaged record"),
    ("1.2", SendRaw(OVERLONG), "damaged length"),
    ("1.3", SendRaw(OVERLONG), "damaged length"),
    ("1.3", SendRaw(FOREIGN), "record of somebody else"),
    ("1.3", SendRaw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "no record"),
    ("1.2", Alert(), "alert"),
    ("1.3", Alert(), "alert"),
    ("1.3", KeyUpdate(), "KeyUpdate"),
]
each_trouble = pytest.mark.parametrize("tls, trouble", [one[:2] for one in TROUBLES],
                                       ids=[f"{what} {tls}" for tls, _, what in TROUBLES])


def contents(count):
    """{name: content} of some files."""
    return {f"f{number}": bytes([number]) * (50_000 + number) for number in range(count)}


@each_trouble
def test_costs_an_attempt_and_the_file_is_resumed(fv, bad_portal, out, tls, trouble):
    bad = bad_portal(tls=tls)
    bad.publish({"f1": Sequence([ok(DATA, ETAG)[:-50_000], trouble, b"y" * 50_000], ranged_file(DATA))})
    done = fv("sync", "--json", "--retries", "1", "HAUC", out, portal=bad).expect()
    assert [one["status"] for one in done.files] == ["resumed"]
    assert len(bad.seen(PLACE + "f1")) == 2 and len(bad.connections) == 2
    assert_names(out, {LOCAL + "f1": DATA})


@each_trouble
def test_instead_of_a_file_among_many(fv, bad_portal, out, tls, trouble):
    bad = bad_portal(tls=tls)
    files = contents(12)
    bad.publish(files)
    bad.route(PLACE + "f3", Sequence([trouble], ranged_file(files["f3"])))
    fv("sync", "--retries", "1", "HAUC", out, portal=bad).expect()
    assert_names(out, {LOCAL + name: content for name, content in files.items()})


@each_trouble
def test_instead_of_the_listing(fv, bad_portal, tls, trouble):
    """Nothing has come on this connection before."""
    bad = bad_portal(tls=tls)
    bad.route(LIST, Sequence([trouble], ok(b"[]", JSON)))
    fv("list", "--retries", "1", "HAUC", portal=bad).expect()
    assert len(bad.requests) == 2


def test_the_same_in_every_attempt(fv, bad):
    bad.route(LIST, [Alert()])
    fv("list", "--retries", "2", "HAUC", portal=bad).fails(4, "localhost", BROKEN)
    assert len(bad.requests) == 3


def test_one_file_that_always_breaks_is_the_only_one_that_fails(fv, bad, out):
    files = contents(4)
    bad.publish(files)
    bad.route(PLACE + "f1", [Alert()])
    done = fv("sync", "--retries", "1", "HAUC", out, portal=bad).expect(1)
    assert BROKEN in done.err
    assert_names(out, {LOCAL + name: content for name, content in files.items() if name != "f1"})


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_client_certificate_that_is_wanted(fv, bad_portal, certs, tls):
    """In TLS 1.3 the alert comes when the client's handshake is complete."""
    bad = bad_portal({LIST: ok(b"[]", JSON)}, tls=tls)
    bad.context.load_verify_locations(certs.ca)
    bad.context.verify_mode = ssl.CERT_REQUIRED
    fv("list", "--retries", "5", "HAUC", portal=bad).fails(4, "it wants a client certificate")
    assert len(bad.connections) == 1


@pytest.mark.parametrize("at", [100, 20_000, None], ids=["in a head", "in a file", "behind a file"])
@pytest.mark.parametrize("pipeline", [1, 64])
def test_new_handshake_that_is_asked_for(fv, bad_portal, out, at, pipeline):
    """TLS 1.2. It is declined; the answer goes on, and OpenSSL breaks off (handshake_failure) when it has read that."""
    bad = bad_portal(tls="1.2")
    files = contents(5)
    bad.publish(files)
    whole = ranged_file(files["f1"])
    bad.route(PLACE + "f1", lambda request: [whole(request)[:at], HelloRequest(), whole(request)[at:] if at else b""])
    fv("sync", "--retries", "1", "--pipeline", pipeline, "HAUC", out, portal=bad).expect()
    assert len(bad.seen(PLACE + "f1")) == 1
    assert_names(out, {LOCAL + name: content for name, content in files.items()})


def test_new_handshake_that_is_asked_for_before_any_answer(fv, bad_portal):
    """As servers do that want a client certificate for some paths: no attempt will end otherwise."""
    bad = bad_portal({LIST: [HelloRequest()]}, tls="1.2")
    fv("list", "--retries", "5", "HAUC",
       portal=bad).fails(4, "the secure connection (TLS) failed: the server sent the alert 40")
    assert len(bad.requests) == 1


@pytest.mark.parametrize("first, then", [("1.3", "1.2"), ("1.2", "1.3")])
@pytest.mark.parametrize("retries", [0, 5])
def test_kept_session_meets_a_server_of_another_version_alone(fv, bad_portal, out, first, then, retries):
    """Several servers behind one name: the session is offered, refused, and a full handshake made at once."""
    bad = bad_portal(tls=[first, then])
    files = contents(1)
    bad.route(LIST, [ok(bad.listing(bad.publish(files)), JSON), Close()])
    done = fv("sync", "-v", "--retries", retries, "HAUC", out, portal=bad).expect()
    assert [one.tls for one in bad.connections] == [f"TLSv{first}", None, f"TLSv{then}"]
    assert len(bad.requests) == 2 and "retry" not in done.err, done
    assert_names(out, {LOCAL + "f0": files["f0"]})


def test_kept_session_meets_a_server_of_another_version_that_wants_other_signatures(fv, bad_portal, out):
    """An RSA key and TLS 1.2: see test_rsa_server_of_tls_1_2_with_an_order_of_its_own."""
    bad = bad_portal(tls=["1.3", "1.2"], cert="rsa-2048")
    files = contents(1)
    bad.route(LIST, [ok(bad.listing(bad.publish(files)), JSON), Close()])
    fv("sync", "--retries", "0", "HAUC", out, portal=bad).expect()
    assert [one.tls for one in bad.connections] == ["TLSv1.3", None, None, "TLSv1.2"]
    assert_names(out, {LOCAL + "f0": files["f0"]})


@pytest.mark.parametrize("end", [Close(), [Sleep(0.2), Reset()]], ids=["close", "reset"])
def test_kept_session_meets_a_server_that_hangs_up(fv, bad_portal, out, end):
    """Some say nothing to a version that they do not speak. What is kept later is offered again."""
    bad = bad_portal(accept=lambda number: end if number == 2 else None)
    files = contents(2)
    bad.route(LIST, [ok(bad.listing(bad.publish(files)), JSON), Close()])
    bad.route(PLACE + "f0", [ok(files["f0"]), Close()])
    fv("sync", "--retries", "0", "--pipeline", "1", "HAUC", out, portal=bad).expect()
    assert [one.reused for one in bad.connections] == [False, False, False, True]
    assert_names(out, {LOCAL + name: content for name, content in files.items()})


def shared(bad, files, jobs):
    """All connections get some: no file comes before so many of them have asked for one."""
    def behave(content):
        return lambda _: bad.wait_for_each(jobs) and ranged_file(content)

    return {name: behave(content) for name, content in files.items()}


def test_shared_session_meets_a_server_that_hangs_up(fv, bad_portal, out):
    """The next connection of the same lane offers none; it stays for others, which connect at the same time."""
    def accept(number):
        if number != 2:
            return None
        wait_until(lambda: len(bad.connections) > 2)    # that of the other lane comes before the next one of this lane
        return Reset()

    bad = bad_portal(tls="1.3", accept=accept)
    files = contents(9)
    bad.publish(shared(bad, files, 3))
    fv("sync", "--jobs", "3", "HAUC", out, portal=bad).expect()
    assert [one.reused for one in bad.connections] == [False, False, True, False]
    assert_names(out, {LOCAL + name: content for name, content in files.items()})


def test_session_that_is_refused_is_not_offered_again(fv, bad_portal, out):
    """The connections that are made at the same time offer it once each."""
    bad = bad_portal(tls=["1.3", "1.2"])
    files = contents(9)
    bad.publish(shared(bad, files, 3))
    fv("sync", "--jobs", "3", "HAUC", out, portal=bad).expect()
    versions = [one.tls for one in bad.connections]
    assert versions[0] == "TLSv1.3" and versions.count(None) in (1, 2) and sorted(filter(None, versions)) == ["TLSv1.2",
                                                                                                              "TLSv1.2",
                                                                                                              "TLSv1.3"]
    assert_names(out, {LOCAL + name: content for name, content in files.items()})


def test_one_ticket_serves_several_connections(fv, bad_portal, out):
    bad = bad_portal(tls="1.3")
    files = contents(12)
    bad.publish(shared(bad, files, 4))
    fv("sync", "--jobs", "4", "HAUC", out, portal=bad).expect()
    assert [one.reused for one in bad.connections] == [False, True, True, True]
    assert_names(out, {LOCAL + name: content for name, content in files.items()})


class Tickets:
    """Send session tickets (TLS 1.3), and nothing else, until the client has gone."""

    def run(self, wire, _):
        while True:
            NewTicket().run(wire, _)


@pytest.mark.plain
@pytest.mark.parametrize("option", ["--max-time", "--stall-timeout"])
def test_tickets_without_end_are_no_content(fv, bad_portal, out, option):
    """They come faster than the program, here a slow one, takes them."""
    bad = bad_portal(tls="1.3")
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", Tickets())
    done = fv("sync", "--no-confine", option, 2, "HAUC", out, portal=bad, prefix=("valgrind", "-q", "--tool=none"))
    done.expect(3)


class Forever:
    """Send these bytes below TLS again and again, until the client has gone."""

    def __init__(self, data):
        self.data = data * 100

    def run(self, wire, _):
        while True:
            wire.send_raw(self.data)


@pytest.mark.parametrize("record", [b"\x15\x03\x03\x00\x02\x01\x00", b"\x14\x03\x03\x00\x01\x01"],
                         ids=["warnings", "ChangeCipherSpec"])
def test_records_without_end_in_the_handshake(fv, bad_portal, record):
    bad = bad_portal(accept=lambda number: Forever(record))
    done = fv("list", "--connect-timeout", 1, "--retries", 0, "HAUC", portal=bad, timeout=PATIENCE_S)
    assert done.status in (3, 4), done


class MixedVersions:
    """A ServerHello of TLS 1.2 (no supported_versions) that has the version and a suite of TLS 1.3."""

    def run(self, wire, _):
        wire.sock.settimeout(PATIENCE_S)
        head = wire.sock.recv(5, socket.MSG_WAITALL)
        hello = wire.sock.recv(int.from_bytes(head[3:], "big"), socket.MSG_WAITALL)
        session = hello[38:39 + hello[38]]
        body = b"\x03\x04" + bytes(range(32)) + session + b"\x13\x03" + b"\0"
        message = b"\x02" + len(body).to_bytes(3, "big") + body
        wire.send_raw(b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message)
        self.alert = wire.sock.recv(7, socket.MSG_WAITALL)


def test_server_hello_of_both_versions(fv, bad_portal):
    """CVE-2026-115490: mbedTLS 3.6.6 went on with a TLS 1.3 handshake that had no keys."""
    server = MixedVersions()
    bad = bad_portal(accept=lambda number: server)
    done = fv("list", "--connect-timeout", 15, "--retries", 0, "HAUC", portal=bad, timeout=PATIENCE_S)
    assert done.status == 4 and bad.wait_closed(), done
    assert server.alert[:1] + server.alert[5:] == b"\x15\x02\x46", "fatal: protocol_version"
