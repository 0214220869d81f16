# SPDX-License-Identifier: MIT
"""Roots in the bundle: several of one name, cross-signed ones, and what mbedTLS has to decide between."""

import subprocess

import pytest

from bad import ok
from certs import Certs


class More(Certs):
    """The portals' certificates, and some made here: NAME.pem and NAME.key in `directory` come first."""

    def __init__(self, certs, directory):  # pylint: disable=super-init-not-called
        self.base, self.directory, self.ca = certs, directory, certs.ca

    def pem(self, name):
        own = self.directory / f"{name}.pem"
        return own if own.exists() else self.base.pem(name)

    def key(self, name):
        own = self.directory / f"{name}.key"
        return own if own.exists() else self.base.key(name)

    def openssl(self, *args):
        """Run openssl there."""
        return subprocess.run(["openssl", *map(str, args)], cwd=self.directory, check=True, capture_output=True).stdout

    def root(self, name, subject, days=30):
        """Make a self-signed root."""
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8", "-subj",
                     subject, "-days", days, "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def bundle(self, *names):
        """A bundle of these; ca is the portals' root."""
        path = self.directory / "bundle"
        path.write_text("".join((self.ca if name == "ca" else self.pem(name)).read_text() for name in names))
        return path


@pytest.fixture(scope="module")
def more(certs, tmp_path_factory):
    """Impostors of the portals' root (its name, other keys), an old root, and the portals' root as signed by it."""
    made = More(certs, tmp_path_factory.mktemp("roots"))
    subject = made.openssl("x509", "-in", certs.ca, "-noout", "-subject", "-nameopt", "compat").decode()
    for number in range(4):
        made.root(f"impostor{number}", subject.partition("subject=")[2].strip())
    made.root("old", "/CN=Old Root")
    (made.directory / "ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                                  "subjectKeyIdentifier=hash\n")
    made.openssl("x509", "-x509toreq", "-in", certs.ca, "-signkey", certs.directory / "ca.key", "-out", "ca.csr")
    made.openssl("x509", "-req", "-in", "ca.csr", "-CA", "old.pem", "-CAkey", "old.key", "-CAcreateserial",
                 "-days", "30", "-extfile", "ext", "-out", "cross.pem")
    # What a server sends whose root is known to some by itself and to others by the old one.
    both = certs.pem("ecdsa-p256").read_text() + made.pem("cross").read_text()
    (made.directory / "crossed.pem").write_text(both)
    (made.directory / "crossed.key").write_bytes(certs.key("ecdsa-p256").read_bytes())
    return made


@pytest.mark.parametrize("server, bundle, status", [
    ("ecdsa-p256", ["impostor0", "ca"], 0),
    ("ecdsa-p256", ["ca", "impostor0", "impostor1"], 0),
    ("ecdsa-p256", ["impostor0", "impostor1", "old", "impostor2", "ca", "impostor3"], 0),
    ("chain", ["impostor0", "ca"], 0),
    ("ecdsa-p256", ["impostor0", "impostor1"], 4),
    ("ecdsa-p256", ["old"], 4),
    ("crossed", ["ca"], 0),
    ("crossed", ["old"], 0),
    ("crossed", ["old", "ca"], 0),
    ("crossed", ["impostor0", "old"], 0),
    ("crossed", ["impostor0"], 4),
    ("crossed", ["cross"], 0),  # a trust anchor need not sign itself
], ids=lambda value: "+".join(value) if isinstance(value, list) else str(value))
def test_roots_of_one_name(fv, bad_portal, more, server, bundle, status):
    portal = bad_portal({"*": ok(b"[]")}, cert=server, certs=more)
    done = fv("list", "--cacert", more.bundle(*bundle), "HAUC", portal=portal).expect(status)
    assert status == 0 or (len(done.err.splitlines()) == 1 and not portal.requests)
