# SPDX-License-Identifier: MIT
"""Roots of every kind in one bundle: how they sign themselves, and how large they and their keys are."""

import dataclasses
import random
import subprocess

from cryptography.hazmat.primitives.serialization import load_pem_private_key

import certmaker as cm
from certmaker import ca, leaf
from limbo import pem_body

SEED = 14
SURPLUS = "1.3.6.1.4.1.55555.2"   # an extension that nobody has to know


@dataclasses.dataclass
class Root:
    """One."""
    name: str
    made: cm.Made
    bits: int = 0          # of an RSA key
    usable: bool = True    # as far as its kind goes

    @property
    def size(self):
        """Bytes of the certificate."""
        return len(self.made.der)

    def chain(self, *hosts):
        """What a server sends that it has issued; it does not name the key, which OpenSSL does in another way."""
        return [leaf(self.made, *hosts, who=f"leaf of {self.name}", without=["2.5.29.35"])]


def by_openssl(directory, name, digest):
    """A root of RSA-2048 that signs itself with that, as old ones do."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", f"-{digest}", "-utf8", "-subj",
                    f"/CN={name}",
                    "-days", "3650", "-keyout", f"{name}.key", "-out", f"{name}.pem"], cwd=directory, check=True,
                    capture_output=True)
    text = subprocess.run(["openssl", "x509", "-in", f"{name}.pem", "-noout", "-text"], cwd=directory, check=True,
                          capture_output=True)
    assert f"{digest}WithRSA".encode() in text.stdout, text.stdout
    key = load_pem_private_key((directory / f"{name}.key").read_bytes(), None)
    return cm.Made(pem_body((directory / f"{name}.pem").read_text(encoding="ascii")), f"CN={name}", key)


class Enormous:
    """An RSA key of any size whose signatures are none: nobody looks at those of a root."""

    def __init__(self, bits):
        self.inner = cm.LargeRsa(random.Random(SEED).getrandbits(bits) | 1 | 1 << bits - 1, 1)

    public_key = property(lambda self: self.inner.public_key)

    def sign(self, *_):
        """Of the right length."""
        return bytes(self.inner.n.bit_length() // 8)


def enormous(bits):
    """A root with such a key; what it issues is never looked at."""
    private = Enormous(bits)
    algorithm = cm.seq(cm.oid(cm.SIGNATURES["rsa", "sha256"]), cm.tlv(5))
    listed = cm.seq(*(cm.seq(cm.oid(kind), cm.boolean(True) if critical else b"", cm.tlv(4, value))
                      for kind, critical, value in (cm.constraints(True), cm.usage("keyCertSign"))))
    subject = f"CN=RSA {bits}"
    body = cm.seq(cm.tlv(0xA0, cm.integer(2)), cm.integer(1), algorithm, cm.name(subject),
                  cm.seq(cm.moment(cm.BEFORE), cm.moment(cm.AFTER)),
                  cm.name(subject), cm.public(private), cm.tlv(0xA3, listed))
    return cm.Made(cm.seq(body, algorithm, cm.tlv(3, b"\0", private.sign())), subject, cm.key(subject))


def signed_somehow():
    """A root with a good key that says of its signature what nobody has heard of."""
    made = ca("CN=Somehow")
    known = cm.oid(cm.SIGNATURES["ec", "sha256"])
    assert made.der.count(known) == 2
    return dataclasses.replace(made, der=made.der.replace(known, known[:-1] + b"\x7f"))


def padded(size):
    """A root of about that many bytes."""
    return ca(f"CN=Size {size}", more=[(SURPLUS, False, cm.tlv(4, bytes(size - 420)))])


def make(directory, sizes, keys):
    """The roots; `sizes` are bytes of some more, `keys` bits of RSA keys that nobody has."""
    return [Root("usual", ca("CN=Usual")),
            Root("sha1", by_openssl(directory, "SHA-1", "sha1"), 2048),
            Root("md5", by_openssl(directory, "MD5", "md5"), 2048),
            Root("somehow", signed_somehow()),
            Root("ed25519", ca("CN=Curious", who="ed25519 root"), usable=False),
            Root("rsa-8192", ca("CN=RSA 8192", who="rsa8192 root"), 8192),
            *(Root(f"rsa-{bits}", enormous(bits), bits) for bits in keys),
            *(Root(f"size-{size}", padded(size)) for size in sizes)]


def bundle(roots):
    """(PEM, {name: the line where it begins})."""
    text, lines = "", {}
    for one in roots:
        lines[one.name] = 1 + text.count("\n")
        text += one.made.pem
    return text, lines
