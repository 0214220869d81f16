# SPDX-License-Identifier: MIT
"""Certificates for bundles (--cacert): servers' own ones, roots of one name, and roots that can't be used. Made by
openssl on first use."""

import base64
import subprocess

from certs import Certs

CONFIG = """[ca]
default_ca = issuer
[issuer]
database = index
new_certs_dir = .
rand_serial = yes
default_md = default
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""
ROOT = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
P256 = ("EC", "ec_paramgen_curve:P-256")
VALID = ("20200101000000Z", "20491231235959Z")
KEYS = {"ed25519": ("ED25519",), "ed448": ("ED448",), "brainpool": ("EC", "ec_paramgen_curve:brainpoolP320t1"),
        "secp224k1": ("EC", "ec_paramgen_curve:secp224k1"), "rsa-1024": ("RSA", "rsa_keygen_bits:1024")}
EXTENSIONS = {"critical": "1.3.6.1.4.1.55555.1=critical,ASN1:NULL\n", "no-ca": "basicConstraints=critical,CA:FALSE\n",
              "no-sign": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n",
              "clients-only": "extendedKeyUsage=clientAuth\n"}
UNUSABLE = (*KEYS, "rsa-16384", *EXTENSIONS, "expired")


def der(tag, *parts):
    """A value in DER."""
    content = b"".join(parts)
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (length if size < 128 else bytes([0x80 | len(length)]) + length) + content


def pem(label, content):
    """A PEM block."""
    text = base64.b64encode(content).decode()
    lines = "".join(text[at:at + 64] + "\n" for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"


class TrustStore(Certs):
    """NAME.pem and NAME.key in a directory of their own; a server's NAME.pem is what it sends."""

    def __init__(self, directory):  # pylint: disable=super-init-not-called
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "config").write_text(CONFIG, encoding="ascii")
        (directory / "index").touch()
        self.ca = directory / "root.pem"

    def openssl(self, *args):
        """Run openssl there."""
        return subprocess.run(["openssl", *map(str, args)], cwd=self.directory, check=True, capture_output=True).stdout

    def make(self, name, subject, extensions, *, issuer=None, algorithm=P256, dates=VALID):
        """Make a certificate, self-signed if no issuer is named."""
        options = ["-pkeyopt", algorithm[1]] if len(algorithm) > 1 else []
        self.openssl("genpkey", "-algorithm", algorithm[0], *options, "-out", f"{name}.key")
        self.openssl("req", "-new", "-config", "config", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
        (self.directory / f"{name}.ext").write_text(extensions or "keyUsage=digitalSignature\n", encoding="ascii")
        by = ["-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key"] if issuer else ["-selfsign", "-keyfile",
                                                                                     f"{name}.key"]
        self.openssl("ca", "-batch", "-notext", "-config", "config", *by, "-in", f"{name}.csr", "-extfile",
                     f"{name}.ext",
                     "-startdate", dates[0], "-enddate", dates[1], "-out", f"{name}.pem")

    def make_unusable(self, kind):
        """Make a root that can't be used, and a certificate that a server has from a root of that name: KIND and
        KIND-server."""
        subject = f"/CN=Root {kind}"
        algorithm, extensions, dates = KEYS.get(kind, P256), ROOT + EXTENSIONS.get(kind, ""), VALID
        if kind in ("no-ca", "no-sign"):
            extensions = EXTENSIONS[kind]
        elif kind == "expired":
            dates = ("20200101000000Z", "20210101000000Z")
        # What has issued the server's certificate has a key that all know, so that no server stumbles over its own
        # certificate.
        self.make(kind, subject, extensions, dates=dates)
        # It does not name that key, which is another one then.
        self.make(f"{kind}-server", "/CN=localhost", NAMES + "authorityKeyIdentifier=none\n", issuer=kind)
        if kind in KEYS:
            self.make(kind, subject, extensions, algorithm=algorithm)
        elif kind == "rsa-16384":
            self.replace_key(kind)

    def replace_key(self, name):
        """Give a root a key of RSA-16384, which would take minutes to be made: any odd number is one to look at."""
        modulus = bytes([0]) + bytes([0xC3] * 2047) + b"\x01"
        key = der(0x30, der(0x02, modulus), der(0x02, b"\x01\x00\x01"))
        info = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d010101"), b"\x05\x00"), der(0x03, b"\x00", key))
        (self.directory / "rsa.pub").write_text(pem("PUBLIC KEY", info), encoding="ascii")
        self.openssl("x509", "-in", f"{name}.pem", "-force_pubkey", "rsa.pub", "-signkey", f"{name}.key", "-days",
                     "3650", "-extfile", f"{name}.ext",
                     "-out", f"{name}.new")
        (self.directory / f"{name}.new").rename(self.directory / f"{name}.pem")

    def bundle(self, *names, before="", path="bundle.pem"):
        """A bundle of these."""
        text = before + "".join(self.pem(name).read_text(encoding="ascii") for name in names)
        (self.directory / path).write_text(text, encoding="utf-8")
        return self.directory / path

    def line(self, name, bundle):
        """The line of a bundle on which this certificate begins."""
        text, block = bundle.read_text(encoding="utf-8"), self.pem(name).read_text(encoding="ascii")
        assert text.count(block) == 1
        return text[:text.index(block)].count("\n") + 1


def make(directory):
    """All that the tests want."""
    store = TrustStore(directory)
    store.make("root", "/CN=Root", ROOT)
    store.make("server", "/CN=localhost", NAMES, issuer="root")
    # Ten roots of one name; each has issued a server's certificate.
    for number in range(10):
        store.make(f"twin{number}", "/CN=Twin Root", ROOT)
    for number in range(3):
        store.make(f"twin{number}-server", "/CN=localhost", NAMES, issuer=f"twin{number}")
    # Servers' own certificates.
    leaf = "basicConstraints=critical,CA:FALSE\n"
    store.make("own-leaf", "/CN=localhost", leaf + NAMES)
    store.make("own-plain", "/CN=localhost", NAMES)
    store.make("own-ca", "/CN=localhost", "basicConstraints=critical,CA:TRUE\n" + NAMES)
    store.make("own-signing", "/CN=localhost",
               leaf + NAMES + "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
    store.make("own-issued", "/CN=localhost", leaf + NAMES, issuer="root")
    store.make("own-name", "/CN=localhost", leaf + "subjectAltName=DNS:other.test\n")
    store.make("own-expired", "/CN=localhost", leaf + NAMES, dates=("20200101000000Z", "20210101000000Z"))
    store.make("own-early", "/CN=localhost", leaf + NAMES, dates=("20490101000000Z", "20491231235959Z"))
    store.make("own-clients", "/CN=localhost", leaf + NAMES + "extendedKeyUsage=clientAuth\n")
    store.make("own-critical", "/CN=localhost", leaf + NAMES + "1.3.6.1.4.1.55555.1=critical,ASN1:NULL\n")
    store.make("own-twin", "/CN=localhost", leaf + NAMES)
    return store
