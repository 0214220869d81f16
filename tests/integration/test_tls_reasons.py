# SPDX-License-Identifier: MIT
"""A TLS failure says why, with facts; what the library can't do has its own words; -v shows the connection. Real
servers."""

import contextlib
import os
import re
import socket
import ssl
import subprocess

import pytest

import limbo
from bad import JSON, Close, ConnectProxy, SendRaw, ok
from harness import SANITISED, wait_until
from server import Port

LIST = "/api_file/v1/HAUC/"
LACKS = "the server asks for what this client cannot do"
CHAIN = "the server's certificates are not acceptable"
OFFER = ("it found nothing in common (alert handshake_failure); this client offers TLS 1.3 and 1.2 with AES-GCM or "
         "ChaCha20-Poly1305, "
         "ECDHE on X25519 or NIST's curves, ECDSA or plain RSA keys")
WANTS = "it wants a client certificate"
VERSION = "it offers no TLS 1.3 or 1.2 that this client could speak (alert protocol_version)"
HTTP2 = "it does not speak HTTP/1.1, perhaps HTTP/2 alone (alert no_application_protocol)"
UNKNOWN = "the server does not know this host (alert unrecognized_name)"


class Pki:
    """Certificates for localhost of one CA, and of what a case needs."""

    def __init__(self, directory):
        self.directory = directory
        self.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ca.key")
        self.run("req", "-x509", "-new", "-key", "ca.key", "-subj", "/O=Lab/CN=Lab CA", "-days", "90", "-out", "ca.pem")
        self.ca = directory / "ca.pem"

    def run(self, *args, fake=None):
        """Run openssl there; `fake` is its clock."""
        env = {**os.environ, "LD_PRELOAD": str(limbo.faketime()), "FAKETIME": fake, "TZ": "UTC"} if fake else None
        subprocess.run(["openssl", *map(str, args)], cwd=self.directory, env=env, check=True, capture_output=True)

    def key(self, name, algorithm, *options):
        """A private key."""
        if not (self.directory / f"{name}.key").exists():
            self.run("genpkey", "-algorithm", algorithm, *(word for one in options for word in ("-pkeyopt", one)),
                     "-out", f"{name}.key")

    def cert(self, name, key="P-256", subject="/CN=localhost", ext="subjectAltName=DNS:localhost", issuer="ca", days=30,
             fake=None, digest="sha256"):
        """NAME.pem: one of that key, behind it those of its issuers but the CA's."""
        algorithm = {"P-256": ("EC", "ec_paramgen_curve:P-256"),
                     "brainpool": ("EC", "ec_paramgen_curve:brainpoolP256r1"),
                     "rsa": ("RSA",), "rsa-1024": ("RSA", "rsa_keygen_bits:1024"), "pss": ("RSA-PSS",)}.get(key, (key,))
        self.key(name, *algorithm)
        (self.directory / f"{name}.ext").write_text("\n".join(ext.split("|")) + "\n")
        self.run("req", "-new", "-key", f"{name}.key", "-subj", subject, "-utf8", "-out", f"{name}.csr")
        self.run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key",
                 "-CAcreateserial",
                 "-days", days, f"-{digest}", "-extfile", f"{name}.ext", "-out", f"{name}.pem", fake=fake)
        if issuer not in ("ca", "stranger", "impostor"):
            with open(self.directory / f"{name}.pem", "a", encoding="ascii") as file:
                file.write((self.directory / f"{issuer}.pem").read_text(encoding="ascii"))


SAN = "subjectAltName=DNS:localhost"
CA = "basicConstraints=critical,CA:TRUE"


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """All certificates of this file."""
    made = Pki(tmp_path_factory.mktemp("pki"))
    for key in ("P-256", "rsa", "pss", "ed25519", "ed448", "brainpool"):
        made.cert(key, key)
    for name, subject in (("stranger", "/O=Nobody/OU=Their CA"), ("impostor", "/O=Lab/CN=Lab CA")):
        made.key(name, "EC", "ec_paramgen_curve:P-256")
        made.run("req", "-x509", "-new", "-key", f"{name}.key", "-subj", subject, "-days", "90", "-out", f"{name}.pem")
        made.cert(f"of-{name}", issuer=name)
    made.cert("expired", fake="2024-03-01 12:00:00", days=31)
    made.cert("early", fake="2090-03-01 12:00:00", days=31)
    made.cert("names", subject="/CN=other",
              ext="subjectAltName=DNS:a.example,DNS:*.b.example,IP:10.0.0.1,DNS:c.example,DNS:d.example")
    made.cert("nameless", ext="keyUsage=digitalSignature")
    made.cert("usage", ext=f"{SAN}|keyUsage=keyEncipherment")
    made.cert("purpose", ext=f"{SAN}|extendedKeyUsage=clientAuth")
    made.cert("critical", ext=f"{SAN}|1.2.3.4=critical,DER:0500")
    made.cert("rsa-1024", "rsa-1024")
    made.cert("sha1", digest="sha1")
    made.cert("constrained", subject="/CN=Constrained CA", ext=f"{CA}|nameConstraints=permitted;DNS:example")
    made.cert("of-constrained", issuer="constrained")
    made.cert("mail", subject="/CN=Mail CA", ext=f"{CA}|extendedKeyUsage=clientAuth,emailProtection")
    made.cert("of-mail", issuer="mail")
    made.cert("no-ca", subject="/CN=No CA", ext="basicConstraints=CA:FALSE")
    made.cert("of-no-ca", issuer="no-ca")
    made.cert("escape", subject="/CN=\x1b[31mred\u20ac", ext="subjectAltName=DNS:x.example")
    many = ",".join(f"DNS:host-{number}.example" for number in range(900))
    made.cert("long", ext=f"{SAN},{many}")
    made.run("req", "-x509", "-new", "-key", "P-256.key", "-subj", "/CN=localhost", "-addext", SAN, "-days", "30",
             "-out", "self.pem")
    (made.directory / "self.key").write_bytes((made.directory / "P-256.key").read_bytes())
    made.run("dhparam", "-dsaparam", "-out", "dh.pem", "1024")
    return made


class Server:
    """openssl s_server or gnutls-serv; `heard` is what it printed: of s_server what it was sent, decrypted."""

    def __init__(self, pki, command, cert):
        self.reserved = Port()
        port = self.reserved.number
        self.url = f"https://localhost:{port}"
        files = {"openssl": ("-cert", f"{cert}.pem", "-cert_chain", f"{cert}.pem", "-key", f"{cert}.key", "-accept",
                             port, "-quiet"),
                 "gnutls": ("--x509certfile", f"{cert}.pem", "--x509keyfile", f"{cert}.key", "-p", port, "--echo")}
        words = command.split()
        program = {"openssl": ("openssl", "s_server"), "gnutls": ("gnutls-serv",)}[words[0]]
        self.log = open(pki.directory / f"{port}.log", "wb+")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([*program, *map(str, files[words[0]]), *words[1:]], cwd=pki.directory,
                                        stdin=subprocess.PIPE,
                                        stdout=self.log, stderr=subprocess.STDOUT)
        wait_until(lambda: self.process.poll() is not None or self.answers(port))
        assert self.process.poll() is None, self.heard()

    @staticmethod
    def answers(port):
        """Whether somebody listens."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return True
        return False

    def heard(self):
        """What it printed."""
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        """End it."""
        self.process.terminate()
        self.process.wait()
        self.reserved.close()
        self.log.close()


@pytest.fixture
def serve(pki):
    """A function that starts a server."""
    started = []

    def start(command, cert="P-256"):
        started.append(Server(pki, command, cert))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def refused(fv, pki, serve):
    """A function that runs the program against a server that it must give up at once: the line that it says."""

    def run(command, cert="P-256", *options):
        server = serve(command, cert)
        done = fv("list", "-v", "--cacert", pki.ca, "--retries", "5", *options, "HAUC", portal=server,
                  program=SANITISED if SANITISED.exists() else None)
        said = [line for line in done.err.splitlines() if line.startswith("fluxvision: ")]
        assert done.status == 4 and len(said) == 1, done
        assert done.err.count("connected to localhost at ") == 1, done
        assert b"GET " not in server.heard() and b"Authorization" not in server.heard()
        return said[0]

    return run


V12, V13 = "-tls1_2", "-tls1_3"
G12, G13 = (f"--priority NORMAL:-VERS-ALL:+VERS-TLS1.{minor}" for minor in (2, 3))
ASKS = "--require-client-cert --verify-client-cert --x509cafile ca.pem"

CANNOT = [
    ("TLS 1.1", "openssl -tls1_1 -cipher ALL:@SECLEVEL=0", "P-256", VERSION),
    ("TLS 1.0", "openssl -tls1 -cipher ALL:@SECLEVEL=0", "P-256", VERSION),
    ("TLS 1.1, GnuTLS", "gnutls --priority NORMAL:-VERS-ALL:+VERS-TLS1.1", "P-256", OFFER),
    ("client certificate 1.3", f"openssl {V13} -Verify 2", "P-256", WANTS),
    ("client certificate 1.2", f"openssl {V12} -Verify 2", "P-256", WANTS),
    ("client certificate 1.3, GnuTLS", f"gnutls {ASKS} {G13}", "P-256", WANTS),
    ("client certificate 1.2, GnuTLS", f"gnutls {ASKS} {G12}", "P-256", WANTS),
    ("h2 alone 1.3", f"openssl {V13} -alpn h2", "P-256", HTTP2),
    ("h2 alone 1.2", f"openssl {V12} -alpn h2", "P-256", HTTP2),
    ("h2 alone, GnuTLS", "gnutls --alpn h2 --alpn-fatal", "P-256", HTTP2),
    ("Ed25519 1.3", f"openssl {V13}", "ed25519", OFFER),
    ("Ed25519 1.2", f"openssl {V12}", "ed25519", OFFER),
    ("Ed25519 1.3, GnuTLS", f"gnutls {G13}", "ed25519", OFFER),
    ("Ed25519 1.2, GnuTLS", f"gnutls {G12}", "ed25519", OFFER),
    ("Ed448 1.3", f"openssl {V13}", "ed448", OFFER),
    ("RSASSA-PSS key 1.3", f"openssl {V13}", "pss", OFFER),
    ("RSASSA-PSS key 1.2", f"openssl {V12}", "pss", OFFER),
    ("brainpool 1.2", f"openssl {V12}", "brainpool", OFFER),
    # OpenSSL 3.2 and later has this key in TLS 1.3 (RFC 8734). An older one has no version left.
    ("brainpool 1.3", f"openssl {V13}", "brainpool", OFFER if ssl.OPENSSL_VERSION_INFO >= (3, 2) else VERSION),
    ("X448 1.3", f"openssl {V13} -groups X448", "P-256", OFFER),
    ("X448 1.2", f"openssl {V12} -groups X448", "P-256", OFFER),
    ("X448, GnuTLS", "gnutls --priority NORMAL:-GROUP-ALL:+GROUP-X448", "P-256", OFFER),
    ("finite fields 1.3", f"openssl {V13} -groups ffdhe2048", "P-256", OFFER),
    ("finite fields 1.2", f"openssl {V12} -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam dh.pem", "rsa", OFFER),
    ("no forward secrecy 1.2", f"openssl {V12} -cipher AES128-GCM-SHA256", "rsa", OFFER),
    ("CCM 1.3", f"openssl {V13} -ciphersuites TLS_AES_128_CCM_SHA256", "P-256", OFFER),
    ("CCM 1.2", f"openssl {V12} -cipher ECDHE-ECDSA-AES128-CCM", "P-256", OFFER),
    ("CBC 1.2", f"openssl {V12} -cipher ECDHE-ECDSA-AES128-SHA256", "P-256", OFFER),
    ("CBC, GnuTLS", "gnutls --priority NORMAL:-CIPHER-ALL:+AES-128-CBC", "P-256", OFFER),
    ("SHA-1 1.2", f"openssl {V12} -sigalgs RSA+SHA1 -cipher DEFAULT:@SECLEVEL=0", "rsa", OFFER),
    ("SHA-1 1.3", f"openssl {V13} -sigalgs RSA+SHA1 -cipher DEFAULT:@SECLEVEL=0", "rsa", OFFER),
]


@pytest.mark.parametrize("command, cert, words", [one[1:] for one in CANNOT], ids=[one[0] for one in CANNOT])
def test_what_the_library_can_not_do(refused, command, cert, words):
    said = refused(command, cert)
    assert f"fluxvision: localhost: {LACKS}: {words}" in said


@pytest.mark.parametrize("version", [V12, V13])
def test_a_server_of_other_hosts(refused, version):
    said = refused(f"openssl {version} -servername other -servername_fatal -cert2 P-256.pem -key2 P-256.key")
    assert f"fluxvision: localhost: the secure connection (TLS) failed: {UNKNOWN}" in said


TIME = "the certificate is not valid at this time"
TRUST = "the certificate is not signed by a trusted authority"
CERTIFICATES = [
    ("expired", TIME, "'localhost' expired at 2024-04-01 ", "this machine's clock says 20",
     "the portal has to renew it"),
    ("early", TIME, "'localhost' is not valid before 2090-03-01 ", "this machine's clock says 20", "check the clock"),
    ("names", "the certificate is for another host name", "'other' is for a.example, *.b.example, 10.0.0.1 and 2 more"),
    ("nameless", "the certificate is for another host name", "'localhost' is for no host at all"),
    ("of-stranger", TRUST,
     "'localhost' was issued by 'Their CA', which is not among the trusted ones and was not sent; if that is the "
                           "portal's own CA, name it with --cacert"),
    ("of-impostor", TRUST,
     "'localhost' names 'Lab CA' as its issuer, but no certificate of that name, trusted or sent, has signed it"),
    ("self", TRUST, "'localhost' is signed by itself alone, and not among the trusted ones"),
    ("usage", CHAIN, "'localhost' may not sign a key exchange (keyUsage without digitalSignature)"),
    ("purpose", CHAIN, "'localhost' is not for servers (extendedKeyUsage)"),
    ("critical", CHAIN, "'localhost' has a critical extension that is unknown here"),
    ("rsa-1024", CHAIN, "'localhost' has a key that is not accepted (RSA, 1024 bits)"),
    ("sha1", CHAIN, "'localhost' is signed in a way that is not accepted (SHA-1, for instance)"),
    ("of-constrained", CHAIN, "'localhost' has a name that a CA above it may not give (nameConstraints)"),
    ("of-mail", CHAIN, "'Mail CA' is not for servers (extendedKeyUsage)"),
    ("of-no-ca", CHAIN, "'No CA' is no CA (basicConstraints), but has issued certificates"),
    ("escape", "the certificate is for another host name", "'?[31mred\u20ac' is for x.example"),
    ("long", LACKS, "it sends a message of over 16 KiB (its certificates, or a list of CAs)"),
]


@pytest.mark.parametrize("version", [V12, V13])
@pytest.mark.parametrize("cert, words", [(one[0], one[1:]) for one in CERTIFICATES],
                         ids=[one[0] for one in CERTIFICATES])
def test_a_certificate_that_is_refused(refused, version, cert, words):
    if cert == "usage" and version == V12:
        words = (LACKS, OFFER)  # OpenSSL has no use for it there, and says so
    said = refused(f"openssl {version} -cipher ALL:@SECLEVEL=0", cert)
    assert said.startswith(f"fluxvision: localhost: {words[0]}: ")
    for word in words[1:]:
        assert word in said
    assert said.count("--cacert") == ("name it with --cacert" in said) and "clock as well" not in said


def test_a_key_that_is_not_pinned(fv, pki, refused, serve):
    """The pin that is told is one that can be given."""
    said = refused("openssl", "P-256", "--pinnedpubkey", "sha256//" + 43 * "A" + "=")
    pin = re.search("not a pinned one: it is (sha256//[A-Za-z0-9+/]{43}=)", said)[1]
    server = serve("openssl -www")
    assert "pinned" not in fv("list", "--cacert", pki.ca, "--pinnedpubkey", pin, "HAUC", portal=server).err


def test_a_peer_that_does_not_speak_tls(fv, bad_portal):
    bad = bad_portal(accept=lambda number: SendRaw(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    fv("list", "--retries", "5", "HAUC", portal=bad).fails(4, "what answers there does not speak TLS")
    assert len(bad.connections) == 1


def test_the_reason_is_in_json_too(fv, bad, bad_portal, out):
    """Of a redirect's target, which fails alone."""
    target = bad_portal({"*": ok(b"x")}, cert="expired")
    bad.publish({"f1": b"x"})
    bad.route("/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1",
              f"HTTP/1.1 302 F\r\nLocation: {target.url}/x\r\nContent-Length: 0\r\n\r\n".encode())
    done = fv("sync", "--json", "HAUC", out, portal=bad).expect(4)
    assert re.search(f"{TIME}: '.*' expired at 20.*Z, and this machine's clock says 20", done.files[0]["error"]), done
    assert not target.requests


# The program takes 1970 for no time at all, and 2021, which is before it was built, for one.
@pytest.mark.plain
@pytest.mark.parametrize("clock", ["1970-01-02 03:04:0", "2021-01-02 03:04:0"])
@pytest.mark.parametrize("cert", ["P-256", "of-stranger", "names", "of-mail", "expired"])
def test_a_clock_that_was_never_set_is_told_before_all(fv, pki, serve, cert, clock):
    server = serve("openssl", cert)
    done = fv("list", "--retries", "5", "--cacert", pki.ca, "HAUC", portal=server, program=limbo.DYNAMIC,
              env={"LD_PRELOAD": limbo.faketime(), "FAKETIME": f"{clock}1", "TZ": "UTC",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                   "DONT_FAKE_MONOTONIC": "1"})
    done.fails(4, f"localhost: {TIME}: this machine's clock says {clock}",
               "before this program was built: set the clock")
    assert b"GET " not in server.heard()


# --- What -v shows

def shown(done):
    """The lines of -v about connections."""
    return [line for line in done.err.splitlines() if not line.startswith(("confined: ", "password: "))]


@pytest.mark.parametrize("tls, suite", [("1.2", "TLS-ECDHE-ECDSA-WITH-"), ("1.3", "TLS1-3-")])
def test_v_shows_the_connection(fv, bad_portal, certs, tls, suite):
    bad = bad_portal({LIST: [ok(b"[]", JSON)]}, tls=tls, cert="chain")
    done = fv("list", "-v", "HAUC", portal=bad).expect()
    lines = shown(done)
    assert lines.pop() == "listing: HTTP 200"
    assert re.fullmatch(rf"connected to localhost at (127.0.0.1|(0000:){{7}}0001), port {bad.port}", lines[0])
    assert re.fullmatch(r"certificate '.*', issued by '.*', \d+ days left", lines[1])
    assert re.fullmatch(rf"certificate '.*', issued by '.*', \d+ days left, trusted: {re.escape(str(certs.ca))}, line "
                        rf"1", lines[-2])
    issued, subjects = ([re.search(f"{word} '(.*?)'", line)[1] for line in lines[1:-1]]
                        for word in ("issued by", "certificate"))
    assert issued[:-1] == subjects[1:] and len(lines) == 5
    assert (re.fullmatch(rf"TLS {tls}, {suite}(AES-128-GCM|AES-256-GCM|CHACHA20-POLY1305)-SHA(256|384), X25519, new "
                         rf"session", lines[-1]))


def test_v_shows_a_resumed_session(fv, bad_portal, out):
    bad = bad_portal(tls="1.3")
    bad.route(LIST, [ok(bad.listing(bad.publish({"f1": b"x"})), JSON), Close()])
    lines = shown(fv("sync", "-v", "HAUC", out, portal=bad).expect())
    sessions = [line.rsplit(", ", 1)[1] for line in lines if line.startswith("TLS 1.3")]
    assert sessions == ["new session", "session resumed"]
    assert sum(line.startswith("certificate ") for line in lines) == 2  # of the first connection


def test_v_shows_the_proxy(fv, bad, certs):
    bad.route(LIST, ok(b"[]", JSON))
    with ConnectProxy(upstream={"localhost:443": ("127.0.0.1", bad.port)}) as proxy:
        done = fv("list", "-v", "-e", "https://localhost", "HAUC", portal=bad,
                  env={"FLUXVISION_PROXY": proxy.url, "FLUXVISION_CACERT": certs.ca})
    host, port = proxy.url.split("//")[1].split(":")
    assert shown(done.expect())[:2] == [f"connected to {host} at 127.0.0.1, port {port}",
                                        "through the proxy to localhost, port 443"]


@pytest.mark.parametrize("version, groups, name", [(V12, "P-384", "P-384"), (V13, "P-384", "P-384"),
                                                   (V13, "P-521", "P-521"), (V12, "P-256", "P-256")])
def test_v_shows_the_group(fv, pki, serve, version, groups, name):
    """One that the client did not guess, too (HelloRetryRequest)."""
    done = fv("list", "-v", "--cacert", pki.ca, "HAUC", portal=serve(f"openssl -www {version} -groups {groups}"))
    assert f", {name}, new session" in done.err


def test_v_shows_that_a_client_certificate_was_asked_for(fv, pki, serve):
    for version in (V12, V13):
        done = fv("list", "-v", "--cacert", pki.ca, "HAUC", portal=serve(f"openssl -www {version} -verify 2"))
        assert ", new session, asked for a client certificate" in done.err and WANTS not in done.err, done


def test_without_v_nothing_of_it(fv, bad):
    bad.route(LIST, ok(b"[]", JSON))
    assert fv("list", "HAUC", portal=bad).expect().err == ""
