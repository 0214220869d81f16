# SPDX-License-Identifier: MIT
"""What a TLS failure is told as, where the first table of causes went wrong: each of these misled, or refused what is
valid."""

import contextlib
import os
import socket
import ssl
import struct
import threading

import pytest

import certmaker
import listener
import rawtls
from harness import SANITISED
from test_tls_reasons import ASKS, G12, LACKS, OFFER, TRUST, V12, V13, WANTS, pki, serve  # noqa: F401  pylint: disable=unused-import

# pylint: disable=redefined-outer-name

LONG = "longer than 16 KiB together"
ROOT = certmaker.ca("CN=Root")


class Listening(listener.Listener):
    """A server of one function of a connected socket; `count` connections have come."""

    def __init__(self, serve_one):
        super().__init__()
        self.serve_one, self.count = serve_one, 0
        self.listen(ipv6=False)

    url = property(lambda self: f"https://localhost:{self.port}")

    def serve(self, sock, number):
        self.count = number
        with contextlib.suppress(rawtls.Ended):
            self.serve_one(sock)


@pytest.fixture
def listening():
    """A function that starts one."""
    with contextlib.ExitStack() as started:
        yield lambda serve_one: started.enter_context(Listening(serve_one))


def listed(fv, portal, bundle, *options):
    """What a list came to."""
    return fv("list", "--cacert", bundle, *options, "HAUC", portal=portal,
              program=SANITISED if SANITISED.exists() else None)


def present(chain, key, version):
    """A server that shows these certificates, in DER, and signs with this key."""
    def serve_one(sock):
        connection = rawtls.Connection(sock, chain, key, version)
        connection.handshake()
        connection.read()
    return serve_one


def bundle_of(tmp_path, *certificates):
    """A bundle."""
    path = tmp_path / "bundle.pem"
    path.write_text("".join(one if isinstance(one, str) else one.pem for one in certificates), encoding="utf-8")
    return path


# --- What is too long, or was not offered, is not the certificates

@pytest.mark.parametrize("version", [V12, V13])
def test_a_long_list_of_cas_is_not_the_servers_certificates(fv, pki, serve, version):
    """It asks for a client certificate that it could do without."""
    names = (f"O=Organisation {number} of a name that fills the list of them,CN=Certification authority number "
             f"{number}" for number in range(160))
    (pki.directory / "many-cas.pem").write_text("".join(certmaker.ca(name, who="p256 one").pem for name in names),
                                                encoding="ascii")
    done = listed(fv, serve(f"openssl -www {version} -verify 2 -CAfile many-cas.pem"), pki.ca)
    assert LONG not in done.err and "certificates are not acceptable" not in done.err, done


@pytest.mark.parametrize("suite", [0xC023, 0xC0AC, 0x009C, 0x000A], ids=["CBC", "CCM", "RSA", "3DES"])
def test_a_suite_that_was_not_offered_is_told_as_such(fv, pki, listening, suite):
    body = struct.pack("!H32sBHB", 0x0303, os.urandom(32), 0, suite, 0)
    hello = b"\x02" + len(body).to_bytes(3, "big") + body
    server = listening(lambda sock: (sock.recv(4096), sock.sendall(struct.pack("!BHH", 22, 0x0303, len(hello)) + hello),
                                     sock.recv(4096)))
    done = listed(fv, server, pki.ca)
    assert done.status == 4 and LONG not in done.err and LACKS in done.err, done


def test_a_record_of_an_illegal_length_is_not_the_servers_certificates(fv, pki, listening):
    server = listening(lambda sock: (sock.recv(4096), sock.sendall(b"\x16\x03\x03\x41\x00" + bytes(0x4100)),
                                     sock.recv(4096)))
    done = listed(fv, server, pki.ca)
    assert done.status == 4 and LONG not in done.err, done


# --- A client certificate

def cut_after(port, limit):
    """A proxy that breaks the connection after that many bytes of the server's."""
    def serve_one(sock):
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            def forth():
                with contextlib.suppress(OSError):
                    while data := sock.recv(65536):
                        upstream.sendall(data)
            threading.Thread(target=forth, daemon=True).start()
            left = limit
            while left > 0 and (data := upstream.recv(left)):
                left -= len(data)
                sock.sendall(data)
            sock.shutdown(socket.SHUT_RDWR)
    return serve_one


@pytest.mark.parametrize("limit", range(250, 1050, 100))
def test_a_connection_that_breaks_before_the_server_could_refuse_is_an_accident(fv, pki, serve, listening, limit):
    """In TLS 1.3 the client has sent no certificate before all of the server's messages are there. This server could
    do without one."""
    server = listening(cut_after(int(serve(f"openssl -www {V13} -verify 2").url.rsplit(":", 1)[1]), limit))
    done = listed(fv, server, pki.ca, "--retries", "1")
    assert done.status == 3 and server.count == 2 and WANTS not in done.err, done


def test_gnutls_that_wants_a_client_certificate_is_always_told(fv, pki, serve):
    """It sends one alert or another."""
    server = serve(f"gnutls {ASKS} {G12}")
    said = {fv("list", "--cacert", pki.ca, "HAUC", portal=server).err for _ in range(60)}
    assert len(said) == 1 and WANTS in said.pop(), said


# --- Who the server is

@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("who", ["p256 other", "rsa2048"])
def test_a_server_without_its_certificates_key_is_no_matter_of_offers(fv, listening, tmp_path, version, who):
    """Anybody can show a certificate."""
    own = "leaf" if who.startswith("p256") else "rsa2048b"
    leaf = certmaker.leaf(ROOT, "localhost", who=own)
    done = listed(fv, listening(present([leaf.der], certmaker.key(who), version)), bundle_of(tmp_path, ROOT))
    assert done.status == 4 and LACKS not in done.err and OFFER not in done.err, done
    assert "key" in done.err or "signature" in done.err, done


def test_no_certificate_is_no_alert(fv, listening, tmp_path):
    done = listed(fv, listening(present([], certmaker.key("leaf"), "1.3")), bundle_of(tmp_path, ROOT))
    assert done.status == 4 and "sent the alert" not in done.err and "certificate" in done.err, done


@pytest.mark.parametrize("subject", ["", "O=Lab,CN="], ids=["none", "empty"])
def test_a_certificate_without_a_name_is_called_by_its_hosts(fv, listening, tmp_path, subject):
    leaf = certmaker.leaf(ROOT, "www.example", subject=subject)
    done = listed(fv, listening(present([leaf.der], leaf.key, "1.3")), bundle_of(tmp_path, ROOT))
    assert done.status == 4 and "''" not in done.err and "www.example" in done.err, done


# --- Bundles

@pytest.mark.parametrize("head", ["0 s:CN = localhost\n   i:CN = Lab CA\n", "0\n", "01 the laboratory's root\n"])
def test_a_bundle_may_begin_with_a_zero(fv, bad, tmp_path, certs, head):
    """As `openssl s_client -showcerts` prints, cut out from its first certificate on."""
    bad.publish({"f1": b"x"})
    path = tmp_path / "bundle.pem"
    path.write_text(head + certs.ca.read_text(encoding="ascii"), encoding="ascii")
    listed(fv, bad, path).expect()


def test_a_root_that_is_damaged_early_is_told_among_others(fv, listening, tmp_path):
    """It was named with --cacert, so that is no way out."""
    leaf = certmaker.leaf(ROOT, "localhost")
    damaged = ROOT.pem[:100] + "*" + ROOT.pem[101:]
    path = bundle_of(tmp_path, certmaker.ca("CN=Other"), damaged)
    line = certmaker.ca("CN=Other").pem.count("\n") + 1
    done = listed(fv, listening(present([leaf.der], leaf.key, "1.3")), path)
    assert done.status == 4 and f"bundle.pem, line {line}" in done.err, done


def test_the_label_of_a_block_is_not_cut_inside_a_character(fv, bad, tmp_path):
    path = tmp_path / "bundle.pem"
    path.write_text("-----BEGIN " + 20 * "\u00e9" + "-----\nAAAA\n", encoding="utf-8")
    done = listed(fv, bad, path)
    assert done.status == 4 and "\\x" not in done.err, done


@pytest.mark.parametrize("more", ["", "x"])
def test_a_long_name_of_a_bundle_stays_recognisable(fv, bad, tmp_path, more):
    """Its end, which tells files apart, is told, and no half of a character."""
    folder = tmp_path / (more + 60 * "\u00e9") / (40 * "\u00e9")
    folder.mkdir(parents=True)
    (folder / "roots.pem").touch()
    done = listed(fv, bad, folder / "roots.pem")
    assert done.status == 4 and "roots.pem is empty" in done.err and "\\x" not in done.err, done


def test_the_reason_of_a_root_survives_a_long_path(fv, listening, tmp_path):
    leaf = certmaker.leaf(ROOT, "localhost")
    folder = tmp_path / (200 * "d") / (100 * "e")
    folder.mkdir(parents=True)
    path = bundle_of(folder, ROOT.pem[:300] + "\n-----END CERTIFICATE-----\n")
    done = listed(fv, listening(present([leaf.der], leaf.key, "1.3")), path)
    assert done.status == 4 and "line 1" in done.err and "malformed" in done.err, done


def test_v_tells_the_line_of_a_root_behind_a_long_path(fv, bad, tmp_path, certs):
    bad.publish({"f1": b"x"})
    folder = tmp_path / (200 * "d") / (100 * "e")
    folder.mkdir(parents=True)
    path = bundle_of(folder, certs.ca.read_text(encoding="ascii"))
    assert "line 1\n" in listed(fv, bad, path, "-v").expect().err


@pytest.mark.parametrize("kind", ["large", "damaged", "cut"])
def test_the_servers_own_certificate_is_used_or_told(fv, listening, tmp_path, kind):
    """Of a CA that is not known, so that it is not found by its issuer's name; "name it with --cacert" was done."""
    names = [f"host-{number}.some.example" for number in range(400 if kind == "large" else 1)]
    leaf = certmaker.leaf(certmaker.ca("CN=Nobody"), "localhost", *names)
    text = {"large": leaf.pem, "damaged": leaf.pem[:500] + "*" + leaf.pem[501:], "cut": leaf.pem[:500]}[kind]
    done = listed(fv, listening(present([leaf.der], leaf.key, "1.3")), bundle_of(tmp_path, ROOT, text))
    line = ROOT.pem.count("\n") + 1
    assert f"bundle.pem, line {line}" in done.err or (kind == "large" and TRUST not in done.err), done


# --- What ends the connection

@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_refused_certificate_is_no_broken_connection(fv, listening, tmp_path, version):
    """The server is gone before the alert can be sent."""
    leaf = certmaker.leaf(ROOT, "localhost", after="20250101000000")

    def serve_one(sock):
        connection = rawtls.Connection(sock, [leaf.der], leaf.key, version)
        flush = connection._flush  # pylint: disable=protected-access

        def send_and_go():
            flush()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            raise rawtls.Ended("gone")
        connection._flush = send_and_go  # pylint: disable=protected-access
        connection.handshake()

    for _ in range(5):
        server = listening(serve_one)
        done = listed(fv, server, bundle_of(tmp_path, ROOT), "--retries", "1")
        assert "expired at 2025-01-01" not in done.err or (done.status == 4 and server.count == 1), done


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_message_that_is_too_long_is_no_alert(fv, listening, tmp_path, version):
    """A session ticket may have up to 65,535 bytes (RFC 8446 4.6.1)."""
    leaf = certmaker.leaf(ROOT, "localhost")

    def serve_one(sock):
        connection = rawtls.Connection(sock, [leaf.der], leaf.key, version)
        connection.handshake()
        connection.read()
        ticket = bytes(8) + rawtls.vector(1, b"n") + rawtls.vector(2, bytes(20000)) + bytes(2)
        connection._say(4, ticket)  # pylint: disable=protected-access
        connection._flush()  # pylint: disable=protected-access
        sock.recv(100)

    done = listed(fv, listening(serve_one), bundle_of(tmp_path, ROOT))
    assert done.status == 4 and "sent the alert" not in done.err, done


@pytest.mark.parametrize("length", [100, 120, 140, 160])
def test_a_place_is_told_whole_or_not_at_all(fv, listening, tmp_path, length):
    root = certmaker.ca("CN=" + 64 * "R", after="20250101000000")
    leaf = certmaker.leaf(root, "localhost")
    folder = tmp_path / (length * "p")
    folder.mkdir()
    done = listed(fv, listening(present([leaf.der], leaf.key, "1.3")), bundle_of(folder, root))
    assert done.status == 4 and done.err.count("(TLS)") == 0 and done.err.count("(") == done.err.count(")"), done
