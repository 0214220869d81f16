# SPDX-License-Identifier: MIT
"""Certificate messages that no library would send: refused with status 4 and a sentence, no leak, no byte of a
request."""

import os
import re
import subprocess
import time

import pytest

import certmaker as make
import limbo
import listener
import rawtls
from harness import LIMIT_S, PROGRAM, SANITISED

ANSWER = limbo.ANSWER
LEAKS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99:detect_stack_use_after_return=1",
         "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99"}


class Hostile(rawtls.Connection):
    """`body(version)` is its Certificate message's; `pieces` the size of its handshake records; `before` and `after`
    are raw messages around it, `late` one behind its Finished."""

    def __init__(self, sock, plan, version):
        super().__init__(sock, plan.get("chain", []), plan.get("key", make.key("leaf")), version)
        self.plan = plan

    def _say(self, kind, body):
        if kind == 11:
            if self.plan.get("before"):
                self._raw(self.plan["before"](self.version))
            if self.plan.get("body"):
                body = self.plan["body"](self.version)
        super()._say(kind, body)
        if kind == 11 and self.plan.get("after"):
            self._raw(self.plan["after"](self.version))

    def _raw(self, message):
        self.transcript += message
        self._put(rawtls.HANDSHAKE, message)

    def _put(self, kind, data):
        step = self.plan.get("pieces", rawtls.RECORD) if kind == rawtls.HANDSHAKE else rawtls.RECORD
        for start in range(0, len(data), step):
            super()._put(kind, data[start:start + step])


class Server(listener.Listener):
    """Serves one plan; requests are kept."""

    def __init__(self, plan, version):
        super().__init__()
        self.plan, self.version, self.request, self.ends, self.count = plan, version, b"", [], 0
        self.listen(ipv6=False)

    def serve(self, sock, number):
        sock.settimeout(20)
        self.count += 1
        plan = self.plan[min(number, len(self.plan)) - 1] if isinstance(self.plan, list) else self.plan
        connection = Hostile(sock, plan, self.version)
        try:
            connection.handshake()
            if plan.get("late"):
                plan["late"](connection)
            while b"\r\n\r\n" not in self.request:
                data = connection.read()
                if not data:
                    self.ends.append("closed")
                    return
                self.request += data
            connection.write(ANSWER)
            connection.close()
            listener.finish(sock, 0.5)
        except (rawtls.Ended, OSError) as end:
            self.ends.append(f"{end} {getattr(end, 'alert', '')}")


def run(directory, root, plan, version, *more, program=None, timeout=LIMIT_S, prefix=()):
    """Run the sanitised program once; (status, err, server, seconds)."""
    bundle, password = directory / "roots.pem", directory / "password"
    bundle.write_text(root if isinstance(root, str) else root.pem, encoding="ascii")
    password.write_text("s3cret\n", encoding="ascii")
    with Server(plan, version) as server:
        start = time.monotonic()
        done = subprocess.run([str(word) for word in (*prefix, program or (SANITISED if SANITISED.exists()
                                                                           else PROGRAM), "list", "--endpoint",
                              f"https://localhost:{server.port}", "--cacert", bundle, "--user", "hauc",
                              "--password-file", password,
                              "--retries", "0", *more, "HAUC")],
                              env={"PATH": os.environ["PATH"], "HOME": str(directory), **LEAKS},
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        return done.returncode, done.stderr.decode("utf-8", "replace").strip(), server, time.monotonic() - start


# ---- Certificate messages

ROOT = make.ca("CN=root")
MIDDLE = make.ca("CN=middle", ROOT)
LEAF = make.leaf(MIDDLE, "localhost")
GOOD = [LEAF.der, MIDDLE.der]


def vector(width, data, wrong=0):
    """Behind its length, which is wrong by so much."""
    return ((len(data) + wrong) % (1 << 8 * width)).to_bytes(width, "big") + data


def message(chain, *, entry=0, total=0, context=b"", extensions=b"", at=0, extra=b"", extension_error=0):
    """A function that makes a body; errors of lengths: `entry` of certificate `at`, `total` of the list."""
    def body(version):
        listed = b""
        for number, der in enumerate(chain):
            listed += vector(3, der, entry if number == at else 0)
            if version == "1.3":
                listed += vector(2, extensions if number == at else b"", extension_error if number == at else 0)
        return (vector(1, context) if version == "1.3" else b"") + vector(3, listed, total) + extra
    return body


def plain(kind, body):
    """A message."""
    return bytes([kind]) + vector(3, body)


def extension(kind, data, wrong=0):
    """An extension."""
    return kind.to_bytes(2, "big") + vector(2, data, wrong)


GOOD_PLANS = {
    "as it should be": {"body": message(GOOD)},
    "pieces of seven bytes": {"body": message(GOOD), "pieces": 7},
}
BAD_PLANS = {
    "no certificate": {"body": message([])},
    "empty first": {"body": message([b"", *GOOD])},
    "empty last": {"body": message([*GOOD, b""])},
    "entry too long by one": {"body": message(GOOD, entry=1)},
    "entry too short by one": {"body": message(GOOD, entry=-1)},
    "last entry too long": {"body": message(GOOD, entry=1, at=1)},
    "last entry too short": {"body": message(GOOD, entry=-1, at=1)},
    "entry of 16 MiB": {"body": message(GOOD, entry=0xFFFFFF - len(LEAF.der))},
    "list too long": {"body": message(GOOD, total=1)},
    "list too short": {"body": message(GOOD, total=-1)},
    "list of 16 MiB": {"body": message(GOOD, total=0xFF0000)},
    "bytes behind": {"body": message(GOOD, extra=b"\0")},
    "first is not DER": {"body": message([b"\xff" * 300, *GOOD])},
    "first is a name": {"body": message([make.seq(make.name("CN=" + "x" * 200)), *GOOD])},
    "first is 127 bytes": {"body": message([LEAF.der[:127], *GOOD])},
    "first has bytes behind": {"body": message([LEAF.der + b"\0", MIDDLE.der])},
    "issuer has bytes behind": {"body": message([LEAF.der, MIDDLE.der + b"\0"])},
    "two bodies": {"body": message(GOOD), "after": lambda version: plain(11, message(GOOD)(version))},
    "another leaf's first": {"body": message([make.leaf(make.ca("CN=other"), "localhost").der, *GOOD])},
    "empty message": {"body": lambda version: b""},
    "one byte": {"body": lambda version: b"\0"},
    "three bytes": {"body": lambda version: b"\0\0\0"},
}
BAD_13 = {
    "context": {"body": message(GOOD, context=b"abcd")},
    "extension unasked": {"body": message(GOOD, extensions=extension(18, b"\0\4\0\2ab"))},
    "extension unknown": {"body": message(GOOD, extensions=extension(0xABCD, b"x"))},
    "extension of wrong length": {"body": message(GOOD, extensions=extension(5, b"x", 1))},
    "extensions of wrong length": {"body": message(GOOD, extensions=b"", extension_error=2)},
    "extension in the last": {"body": message(GOOD, extensions=extension(5, b"", 4), at=1)},
    "extensions of 3 bytes": {"body": message(GOOD, extensions=b"\0\5\0")},
    "extensions of 64 KiB": {"body": message(GOOD, extensions=b"", extension_error=0xFFFF)},
}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("name", GOOD_PLANS)
def test_accepted(tmp_path, version, name):
    status, err, server, _ = run(tmp_path, ROOT, GOOD_PLANS[name], version)
    assert (status, err) == (0, ""), (err, server.ends)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("name", [*BAD_PLANS, *BAD_13])
def test_refused(tmp_path, version, name):
    if version == "1.2" and name in BAD_13:
        return
    status, err, server, _ = run(tmp_path, ROOT, {**BAD_PLANS, **BAD_13}[name], version)
    print(name, version, status, err, server.ends)
    assert status == 4 and re.match(r"fluxvision: [^\n]+$", err), (status, err, server.ends)
    assert server.request == b"" and server.count == 1


# ---- Other messages

def late(*messages):
    """Handshake messages behind the server's Finished."""
    def send(connection):
        for one in messages:
            connection._put(rawtls.HANDSHAKE, one)  # pylint: disable=protected-access
        connection._flush()                         # pylint: disable=protected-access
    return send


LATE = {
    "certificate": lambda version: plain(11, message(GOOD)(version)),
    "bad certificate": lambda version: plain(11, message([b"\xff" * 300])(version)),
    "certificate request": lambda version: plain(13, b"\0" + vector(2, extension(13, b"\0\2\4\3"))),
    "finished": lambda version: plain(20, bytes(32)),
    "server hello": lambda version: plain(2, b"\3\3" + bytes(32) + b"\0\x13\1\0\0\0"),
    "end of early data": lambda version: plain(5, b""),
    "long ticket": lambda version: plain(4, bytes(15000)),
    "ticket cut": lambda version: plain(4, bytes(8)),
    "message of 16 MiB": lambda version: b"\x0b\xff\xff\xff" + bytes(100),
    "empty key update": lambda version: plain(24, b""),
}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("name", LATE)
def test_late(tmp_path, version, name):
    """Behind the handshake: refused, or passed over, with an end in both cases."""
    plan = {"body": message(GOOD), "late": late(LATE[name](version))}
    status, err, server, _ = run(tmp_path, ROOT, plan, version)
    print(name, version, status, err, server.ends)
    assert status in (0, 4) and (status == 0) == (err == ""), (status, err, server.ends)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_key_is_another(tmp_path, version):
    status, err, server, _ = run(tmp_path, ROOT, {"body": message(GOOD), "key": make.key("stranger")}, version)
    print(version, status, err, server.ends)
    assert status == 4 and server.request == b""
    assert "asks for" not in err and "not offered" not in err and "failed: " in err, err


def test_no_certificate_is_no_alert_of_the_servers(tmp_path):
    """TLS 1.3. The server has sent none."""
    _, err, _, _ = run(tmp_path, ROOT, BAD_PLANS["no certificate"], "1.3")
    assert "the server sent the alert" not in err, err


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_chain_that_changes_between_attempts(tmp_path, version):
    """The first one is good, and asks for another attempt."""
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    def answer(connection):
        connection.read()
        connection.write(busy)
        connection.close()
        listener.finish(connection.sock, 0.5)
        raise rawtls.Ended("done")
    other = make.leaf(make.ca("CN=other"), "localhost")
    plans = [{"body": message(GOOD), "late": answer}, {"body": message([other.der, *GOOD])}]
    status, err, server, _ = run(tmp_path, ROOT, plans, version, "--retries", "3")
    assert status == 4 and "'other'" in err and server.count == 2 and server.request == b"", (status, err, server.ends)


# ---- Keys

def rsa_spki(n, e):
    """SubjectPublicKeyInfo of any numbers."""
    def number(value):
        return make.integer(value) if value >= 0 else make.tlv(2, b"")
    return make.seq(make.seq(make.oid("1.2.840.113549.1.1.1"), make.tlv(5)),
                    make.tlv(3, b"\0", make.seq(number(n), number(e))))


class AnyKey:
    """A public key in these bytes."""

    def __init__(self, spki):
        self.spki = spki


def with_key(spki, issuer, monkeypatch, **how):
    """A certificate for localhost with that key."""
    monkeypatch.setattr(make, "public",
                        lambda private, old=make.public: spki if isinstance(private, AnyKey) else old(private))
    return make.certificate("CN=strange", AnyKey(spki), issuer,
                            extensions=[make.names("DNS:localhost"), how.get("basic")])


N = make.key("rsa2048").public_key().public_numbers().n
KEYS = {
    "rsa modulus 0": rsa_spki(0, 65537), "rsa modulus empty": rsa_spki(-1, 65537), "rsa modulus 1": rsa_spki(1, 65537),
    "rsa exponent 0": rsa_spki(N, 0), "rsa exponent 1": rsa_spki(N, 1), "rsa exponent 2": rsa_spki(N, 2),
    "rsa exponent even": rsa_spki(N, 65536),
    "rsa modulus even": rsa_spki(N + 1, 65537), "rsa exponent as long as the modulus": rsa_spki(N, N - 2),
    "rsa 2047": rsa_spki(N >> 1 | 1, 65537), "rsa 2049": rsa_spki(N * 2 + 1, 65537),
    "rsa 8191": rsa_spki((1 << 8190) + 1, 3),
    "rsa 8193": rsa_spki((1 << 8192) + 1, 3), "rsa 16384": rsa_spki((1 << 16383) + 1, 3),
    "rsa 65537 bits": rsa_spki((1 << 65536) + 1, 3),
    "rsa negative": make.seq(make.seq(make.oid("1.2.840.113549.1.1.1"), make.tlv(5)),
                             make.tlv(3, b"\0", make.seq(make.tlv(2, b"\xff" * 256), make.integer(3)))),
    "ec at infinity": make.seq(make.seq(make.oid("1.2.840.10045.2.1"), make.oid("1.2.840.10045.3.1.7")),
                               make.tlv(3, b"\0\0")),
    "ec not on the curve": make.seq(make.seq(make.oid("1.2.840.10045.2.1"), make.oid("1.2.840.10045.3.1.7")),
                                    make.tlv(3, b"\0\4" + b"\1" * 64)),
    "ec too short": make.seq(make.seq(make.oid("1.2.840.10045.2.1"), make.oid("1.2.840.10045.3.1.7")),
                             make.tlv(3, b"\0\4" + b"\1" * 63)),
    "ec without a curve": make.seq(make.seq(make.oid("1.2.840.10045.2.1")), make.tlv(3, b"\0\4" + b"\1" * 64)),
    "no bits": make.seq(make.seq(make.oid("1.2.840.113549.1.1.1"), make.tlv(5)), make.tlv(3, b"")),
    "x25519": make.seq(make.seq(make.oid("1.3.101.110")), make.tlv(3, b"\0" + b"\1" * 32)),
}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("name", KEYS)
def test_key_of_the_server(tmp_path, version, name, monkeypatch):
    strange = with_key(KEYS[name], ROOT, monkeypatch)
    key = make.key("rsa2048") if name.startswith("rsa") else make.key("leaf")
    status, err, server, seconds = run(tmp_path, ROOT, {"body": message([strange.der]), "key": key}, version)
    print(name, version, status, err, server.ends, round(seconds, 1))
    assert status == 4 and re.match(r"fluxvision: [^\n]+$", err), (status, err, server.ends)
    assert server.request == b""
    assert not err.endswith("the secure connection (TLS) failed") or name.startswith("rsa"), err


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("name", KEYS)
def test_key_of_a_surplus_certificate(tmp_path, version, name, monkeypatch):
    """It bears the issuer's name: it is looked at, and passed over."""
    spki = KEYS[name]
    monkeypatch.setattr(make, "public",
                        lambda private, old=make.public: spki if isinstance(private, AnyKey) else old(private))
    strange = make.certificate("CN=middle", AnyKey(spki), ROOT, extensions=[make.constraints(True)])
    if len(strange.der) < 128:
        return
    status, err, server, _ = run(tmp_path, ROOT, {"body": message([LEAF.der, strange.der, MIDDLE.der])}, version)
    assert (status, err) == (0, ""), (status, err, server.ends)
