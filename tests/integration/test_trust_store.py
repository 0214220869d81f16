# SPDX-License-Identifier: MIT
"""What --cacert may hold: the server's own certificate, roots of one name, roots that can't be used, other files.
Where a connection is refused, no byte of a request arrives, and one line says which file it is about, and which line
of it."""

import os
import subprocess
import threading

import pytest

import harness
import trust_store
from bad import ok
from harness import ROOT

pytestmark = pytest.mark.plain

PROGRAMS = {"host": None, "static": ROOT / "build/linux-x86_64/fluxvision"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The certificates."""
    made = trust_store.make(tmp_path_factory.mktemp("store"))
    for kind in trust_store.UNUSABLE:
        made.make_unusable(kind)
    return made


@pytest.fixture(params=PROGRAMS)
def listed(request, fv, bad_portal, store):
    """A function that lists from a server of that certificate with that bundle."""
    program = PROGRAMS[request.param]
    if program and not (program.exists() and os.uname().machine == "x86_64"):
        pytest.skip("SKIPPED: no static program: make BOARD=linux-x86_64")

    def run(server, bundle, status, tls="both", cert=None):
        portal = bad_portal({"*": ok(b"[]")}, cert=cert or server, certs=store, tls=tls)
        done = fv("list", "--cacert", bundle, "HAUC", portal=portal, program=program)
        assert done.status == status, done
        if status == 0:
            assert len(portal.requests) == 1
        else:
            assert not portal.requests and all(not one.requests for one in portal.wait_closed()), portal.connections
            assert len(done.err.splitlines()) == 1 and done.stdout == b"", done
        return done.err

    return run


# --- The server's own certificate


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("server", ["own-leaf", "own-plain", "own-ca", "own-signing", "own-issued"])
def test_own_certificate_is_trusted(listed, store, server, tls):
    """Self-signed with CA:FALSE, without basicConstraints, as a CA, or of an unknown CA: for itself it is trust
    enough."""
    listed(server, store.bundle(server), 0, tls)
    listed(server, store.bundle("root" if server != "own-issued" else "twin0", "own-twin", server), 0, tls)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("server, word",
                         [("own-name", "other.test"), ("own-expired", "2021-01-01"), ("own-early", "2049-01-01"),
                                          ("own-clients", ""), ("own-critical", "")])
def test_own_certificate_is_checked(listed, store, server, word, tls):
    """Its name, dates and purpose are those of any server's."""
    assert word in listed(server, store.bundle(server), 4, tls)


@pytest.mark.parametrize("trusted", ["own-leaf", "own-plain", "own-signing"])
def test_own_certificate_is_no_root(listed, store, trusted):
    """Another certificate of its name, or one that it issued, is not trusted by it."""
    listed("own-twin", store.bundle(trusted), 4)
    name = f"by-{trusted}"
    if not store.pem(name).exists():
        store.make(name, "/CN=localhost", trust_store.NAMES, issuer=trusted)
    listed(name, store.bundle(trusted), 4)


def test_own_certificate_in_der(listed, store, tmp_path):
    store.openssl("x509", "-in", "own-plain.pem", "-outform", "DER", "-out", tmp_path / "own.der")
    listed("own-plain", tmp_path / "own.der", 0)


# --- Roots of one name


TWINS = [f"twin{number}" for number in range(10)]


@pytest.mark.parametrize("place", range(10))
def test_ten_roots_of_one_name(listed, store, place):
    others = [name for name in TWINS if name != "twin0"]
    listed("twin0-server", store.bundle(*others[:place], "twin0", *others[place:]), 0)


def test_none_of_ten_is_the_right_one(listed, store):
    listed("twin0-server", store.bundle(*TWINS[1:]), 4)


def test_thirty_roots_of_one_name(listed, store):
    listed("twin0-server", store.bundle(*TWINS[1:], *TWINS[1:], *TWINS[1:], "twin0"), 0)


@pytest.mark.parametrize("bundle", [["twin0", "twin1"], ["twin1", "twin0"]], ids="+".join)
@pytest.mark.parametrize("server", ["twin0-server", "twin1-server"])
def test_a_renewed_key(listed, store, server, bundle):
    """Old root and new one have one name; both old and new servers are known."""
    listed(server, store.bundle(*bundle), 0)


def test_a_renewed_key_that_is_not_there(listed, store):
    listed("twin1-server", store.bundle("twin0"), 4)


# --- Roots that can't be used


@pytest.mark.parametrize("kind", trust_store.UNUSABLE)
def test_the_root_that_cannot_be_used_is_named(listed, store, kind):
    bundle = store.bundle("root", "twin0", kind, "twin1", before="# roots\n\n")
    told = listed(f"{kind}-server", bundle, 4)
    assert str(bundle) in told and f"line {store.line(kind, bundle)}" in told, told
    assert kind == "rsa-16384" or "malformed" not in told, told  # mbedTLS knows no difference there


def test_others_that_cannot_be_used_do_no_harm(listed, store):
    listed("server", store.bundle(*trust_store.UNUSABLE, "root"), 0)


def behind_the_subject(added):
    """A certificate with something put in, far enough behind its subject."""
    return lambda text: text[:-100] + added + text[-100:]


@pytest.mark.parametrize("change, word", [
    (behind_the_subject("*"), "damaged"), (behind_the_subject("\n" + "AAAA" * 3000 + "\n"), "at most"),
    (lambda text: text[:text.index("-----END")], "END"), (lambda text: text[:-120], "END"),
], ids=["damaged", "large", "no-end", "cut"])
def test_a_damaged_root_is_named(listed, store, change, word, tmp_path):
    path = tmp_path / "roots.pem"
    path.write_text(store.pem("twin0").read_text() + change(store.pem("root").read_text()))
    line = store.pem("twin0").read_text().count("\n") + 1
    told = listed("server", path, 4)
    assert str(path) in told and f"line {line}" in told and word in told, told


def test_a_root_that_is_damaged_early_is_told_where_one_is_missed(listed, store, tmp_path):
    """It was named with --cacert, so that is no way out."""
    path = tmp_path / "roots.pem"
    text = store.pem("root").read_text()
    path.write_text(store.pem("twin0").read_text() + text[:100] + "*" + text[101:])
    line = store.pem("twin0").read_text().count("\n") + 1
    assert f"{path}, line {line}: a damaged certificate" in listed("server", path, 4)


# --- A long name


@pytest.mark.parametrize("more", ["", "x"])
def test_the_end_of_a_long_path_is_told(listed, store, tmp_path, more):
    """What is wrong is told all the same, and no half of a character."""
    folder = tmp_path / (more + 60 * "\u00e9") / (40 * "\u00e9")
    folder.mkdir(parents=True)
    path = folder / "roots.pem"
    path.touch()
    told = listed("server", path, 4)
    assert "roots.pem is empty" in told and "\\x" not in told, told
    path.write_text(store.pem("root").read_text()[:-120])
    told = listed("server", path, 4)
    assert "roots.pem, line 1)" in told and "END" in told and "\\x" not in told, told


def test_v_tells_the_line_of_a_root_behind_a_long_path(fv, bad_portal, store, tmp_path):
    folder = tmp_path / (200 * "d") / (100 * "e")
    folder.mkdir(parents=True)
    (folder / "roots.pem").write_text(store.pem("root").read_text())
    portal = bad_portal({"*": ok(b"[]")}, cert="server", certs=store)
    assert "roots.pem, line 1\n" in fv("list", "-v", "--cacert", folder / "roots.pem", "HAUC",
                                       portal=portal).expect().err


# --- How a bundle is written


def relabel(label):
    return lambda text: text.replace("CERTIFICATE", label)


@pytest.mark.parametrize("write", [
    lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text, lambda text: "  \t" + text,
    lambda text: "subject=CN = Root\n" + text, lambda text: "0 s:CN = Root\n" +
    text, lambda text: text.replace("\n", "\n  "), relabel("X509 CERTIFICATE"),
    relabel("TRUSTED CERTIFICATE"), lambda text: text[:-1],
], ids=["CRLF", "BOM", "space", "text", "zero", "indented", "X509", "TRUSTED", "no-newline"])
def test_ways_to_write_a_root(listed, store, write, tmp_path):
    path = tmp_path / "roots.pem"
    text = store.pem("root").read_text()
    for whole in (write(text), write(store.pem("twin0").read_text() + text),
                  write(text + store.pem("twin0").read_text())):
        path.write_bytes(whole.encode())
        listed("server", path, 0)


def test_two_roots_on_one_line(listed, store, tmp_path):
    path = tmp_path / "roots.pem"
    path.write_text(store.pem("twin0").read_text().rstrip("\n") + store.pem("root").read_text())
    listed("server", path, 0)


def test_a_root_without_its_end_before_the_right_one(listed, store, tmp_path):
    path = tmp_path / "roots.pem"
    twin = store.pem("twin0").read_text()
    path.write_text(twin[:twin.index("-----END")] + store.pem("root").read_text())
    listed("server", path, 0)


@pytest.mark.parametrize("options, status", [
    (["-addtrust", "serverAuth"], 0), (["-addtrust", "anyExtendedKeyUsage"], 0), (["-setalias", "ours"], 0),
    (["-addreject", "emailProtection"], 0),
    (["-addtrust", "emailProtection"], 4), (["-addreject", "serverAuth"], 4),
    (["-addreject", "anyExtendedKeyUsage"], 4),
    (["-addtrust", "serverAuth", "-addreject", "serverAuth"], 4),
], ids=lambda value: " ".join(value) if isinstance(value, list) else str(value))
def test_trust_settings_are_heeded(listed, store, options, status, tmp_path):
    """As `openssl x509 -trustout` writes them, and as OpenSSL itself judges them."""
    path = tmp_path / "roots.pem"
    store.openssl("x509", "-in", "root.pem", *options, "-trustout", "-out", path)
    judged = subprocess.run(["openssl", "verify", "-no-CApath", "-purpose", "sslserver", "-CAfile", path,
                             store.pem("server")],
                            capture_output=True, check=False).returncode
    assert (judged == 0) == (status == 0)
    told = listed("server", path, status)
    assert status == 0 or (str(path) in told and "line 1" in told), told


# --- What is no bundle


def other_files(store):
    """{name: (content, words)} of files without a certificate."""
    store.openssl("crl2pkcs7", "-nocrl", "-certfile", "root.pem", "-out", "p7.pem")
    store.openssl("pkcs12", "-export", "-nokeys", "-in", "root.pem", "-passout", "pass:", "-out", "p12")
    store.openssl("pkey", "-in", "root.key", "-outform", "DER", "-out", "key.der")
    return {
        "empty": (b"", "is empty"),
        "garbage": (bytes(range(1, 255)) * 50, "no certificate, in PEM or DER"),
        "key": (store.key("root").read_bytes(), "PRIVATE KEY"),
        "request": ((store.directory / "root.csr").read_bytes(), "CERTIFICATE REQUEST"),
        "pkcs7": ((store.directory / "p7.pem").read_bytes(), "PKCS7"),
        "pkcs12": ((store.directory / "p12").read_bytes(), "DER"),
        "der-key": ((store.directory / "key.der").read_bytes(), "DER"),
        "utf16": (store.pem("root").read_text().encode("utf-16"), "UTF-16"),
        "damaged": (b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n", "line 1"),
        "label": (f"-----BEGIN {20 * 'é'}-----\nAAAA\n".encode(), "no certificate, in PEM or DER"),
        "html": (b"<!DOCTYPE html><html>not found</html>\n", "no certificate, in PEM or DER"),
    }


@pytest.mark.parametrize("name", ["empty", "garbage", "key", "request", "pkcs7", "pkcs12", "der-key", "utf16",
                                  "damaged", "label", "html"])
def test_what_a_file_holds_instead_is_said(listed, store, tmp_path, name):
    content, words = other_files(store)[name]
    path = tmp_path / "roots.pem"
    path.write_bytes(content)
    told = listed("server", path, 4)
    assert str(path) in told and words in told and "--cacert" not in told and "\\x" not in told, told


def test_a_missing_file_is_named(listed, tmp_path):
    assert str(tmp_path / "none.pem") in listed("server", tmp_path / "none.pem", 2)


def test_the_systems_bundle_is_named(fv, bad_portal, store):
    """The same of the one that nobody gave."""
    if not harness.can_mount():
        pytest.skip("SKIPPED: mount namespaces need root")
    kind = "ed25519"
    bundle = store.bundle("root", kind)
    portal = bad_portal({"*": ok(b"[]")}, cert=f"{kind}-server", certs=store)
    system = "/etc/ssl/certs/ca-certificates.crt"
    done = fv.mounted(bundle, f'mount --bind "$1" {system}', "list", "HAUC", portal=portal,
                      env={"FLUXVISION_CACERT": None})
    assert done.status == 4 and f"{system}, line" in done.err and not portal.requests, done


# --- A pipe


@pytest.mark.parametrize("bundle", [["own-plain"], TWINS + ["own-plain"] + TWINS], ids=["alone", "among-others"])
def test_a_bundle_through_a_pipe(listed, store, tmp_path, bundle):
    os.mkfifo(tmp_path / "fifo")
    text = store.bundle(*bundle).read_bytes()
    writer = threading.Thread(target=(tmp_path / "fifo").write_bytes, args=(text,), daemon=True)
    writer.start()
    try:
        listed("own-plain", tmp_path / "fifo", 0)
    finally:
        if writer.is_alive():
            os.close(os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK))
        writer.join(5)


def test_a_pipe_that_nobody_writes_to_is_named(fv, bad_portal, store, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    portal = bad_portal({"*": ok(b"[]")}, cert="server", certs=store)
    done = fv("list", "--cacert", tmp_path / "fifo", "--max-time", "1", "HAUC", portal=portal)
    assert done.status == 3 and f"{tmp_path / 'fifo'} can't be read" in done.err, done
