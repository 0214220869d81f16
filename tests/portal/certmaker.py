# SPDX-License-Identifier: MIT
"""Certificates made by hand, byte by byte: what RFC 5280 allows, and what it doesn't and no library would write.

EC keys come of their names, RSA keys of primes.txt, so they are the same in every run; ECDSA signatures are not.
"""

import base64
import dataclasses
import functools
import hashlib
import ipaddress
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

PRIMES = pathlib.Path(__file__).with_name("primes.txt")
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "p192": ec.SECP192R1,
          "brainpool": ec.BrainpoolP256R1}
RSA_LINES = {"rsa1024": 0, "rsa2048": 2, "rsa2048b": 4, "rsa8192": 6}
SIGNATURES = {("ec", "sha256"): "1.2.840.10045.4.3.2", ("ec", "sha384"): "1.2.840.10045.4.3.3",
              ("ec", "sha512"): "1.2.840.10045.4.3.4", ("ec", "sha1"): "1.2.840.10045.4.1",
              ("rsa", "sha256"): "1.2.840.113549.1.1.11", ("rsa", "sha1"): "1.2.840.113549.1.1.5"}
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
ATTRIBUTES = {"CN": "2.5.4.3", "C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11"}
USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign",
          "cRLSign"]
PURPOSES = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2",
            "emailProtection": "1.3.6.1.5.5.7.3.4",
            "any": "2.5.29.37.0"}
UNKNOWN = "1.3.6.1.4.1.55555.1"


# ---- DER

def tlv(tag, *parts):
    """A value with its tag and length."""
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    """SEQUENCE."""
    return tlv(0x30, *parts)


def integer(value):
    """INTEGER, not negative."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    """OBJECT IDENTIFIER."""
    first, second, *rest = map(int, text.split("."))
    out = b""
    for number in [first * 40 + second, *rest]:
        group = [number & 0x7F]
        while number > 0x7F:
            number >>= 7
            group.append(number & 0x7F | 0x80)
        out += bytes(reversed(group))
    return tlv(6, out)


def boolean(value):
    """BOOLEAN."""
    return tlv(1, b"\xff" if value else b"\0")


def bits(*set_bits):
    """BIT STRING of named bits."""
    if not set_bits:
        return tlv(3, b"\0")
    value = bytearray(max(set_bits) // 8 + 1)
    for bit in set_bits:
        value[bit // 8] |= 0x80 >> bit % 8
    return tlv(3, bytes([7 - max(set_bits) % 8]), bytes(value))


def moment(text):
    """Time of "20300102030405": UTCTime before 2050, as RFC 5280 has it; "UTC:..." or "GEN:..." for the type alone."""
    if text[3] == ":":
        return tlv(0x17 if text.startswith("UTC") else 0x18, text[4:].encode())
    if "1950" <= text[:4] < "2050":
        return tlv(0x17, text[2:].encode() + b"Z")
    return tlv(0x18, text.encode() + b"Z")


def name(text, kind=0x0C):
    """Name of "O=a,CN=b"; kind: UTF8String 0x0C, PrintableString 0x13."""
    parts = [part.split("=", 1) for part in text.split(",")] if text else []
    return seq(*(tlv(0x31, seq(oid(ATTRIBUTES[key]), tlv(0x13 if key == "C" else kind, value.encode())))
                 for key, value in parts))


# ---- Keys

@functools.cache
def key(who):
    """The private key of a name: "p384 root" is one of P-384; of P-256 if no kind is said."""
    kind = who.split(" ")[0]
    if kind in RSA_LINES:
        return rsa_key(RSA_LINES[kind])
    seed = hashlib.sha512(who.encode()).digest()
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(seed[:32])
    curve = CURVES.get(kind, ec.SECP256R1)()
    return ec.derive_private_key(int.from_bytes(seed, "big") % (1 << (curve.key_size - 1)) + 1, curve)


class LargeRsa:
    """A key that signs certificates only: the library takes ten seconds to check one of this size."""

    def __init__(self, p, q):
        self.p, self.q, self.n = p, q, p * q

    def public_key(self):
        """As the library's keys have it."""
        return rsa.RSAPublicNumbers(65537, self.n).public_key()

    def sign(self, body):
        """RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017 8.2.1."""
        digest = seq(seq(oid("2.16.840.1.101.3.4.2.1"), tlv(5)), tlv(4, hashlib.sha256(body).digest()))
        size = self.n.bit_length() // 8
        message = int.from_bytes(b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest, "big")
        of_p, of_q = (pow(message, pow(65537, -1, prime - 1), prime) for prime in (self.p, self.q))
        return (of_q + (of_p - of_q) * pow(self.q, -1, self.p) % self.p * self.q).to_bytes(size, "big")


def rsa_key(line):
    """Of two lines of primes.txt."""
    p, q = (int(text, 16) for text in PRIMES.read_text(encoding="ascii").split()[line:line + 2])
    if p.bit_length() > 2048:
        return LargeRsa(p, q)
    d = pow(65537, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
                                 rsa.RSAPublicNumbers(65537, p * q)).private_key()


def public(private):
    """SubjectPublicKeyInfo."""
    return private.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(private):
    """Of the usual kind; any 20 bytes would do."""
    return hashlib.sha1(public(private)).digest()


# ---- Extensions: (oid, critical, value)

def constraints(ca, pathlen=None, critical=True):
    """basicConstraints."""
    return ("2.5.29.19", critical, seq(boolean(True) if ca else b"", b"" if pathlen is None else integer(pathlen)))


def usage(*names, critical=True):
    """keyUsage."""
    return ("2.5.29.15", critical, bits(*sorted(USAGES.index(one) for one in names)))


def purposes(*names, critical=False):
    """extendedKeyUsage."""
    return ("2.5.29.37", critical, seq(*(oid(PURPOSES[one]) for one in names)))


def general(text):
    """GeneralName of "DNS:x", "IP:192.0.2.1", "IP:192.0.2.0/24", "DIR:O=x", "EMAIL:x", "URI:x", "OTHER:x", "RAW..."."""
    kind, _, value = text.partition(":")
    if kind == "IP":
        if "/" in value:
            network = ipaddress.ip_network(value)
            return tlv(0x87, network.network_address.packed, network.netmask.packed)
        return tlv(0x87, ipaddress.ip_address(value).packed)
    if kind == "DIR":
        return tlv(0xA4, name(value))
    if kind == "OTHER":
        return tlv(0xA0, oid(UNKNOWN), tlv(0xA0, tlv(0x0C, value.encode())))
    return tlv({"EMAIL": 0x81, "DNS": 0x82, "URI": 0x86}[kind], value.encode())


def names(*texts, critical=False):
    """subjectAltName."""
    return ("2.5.29.17", critical, seq(*map(general, texts)))


def name_constraints(permitted=(), excluded=(), critical=True):
    """nameConstraints."""
    trees = [tlv(tag, *(seq(general(one)) for one in some))
             for tag, some in ((0xA0, permitted), (0xA1, excluded)) if some]
    return ("2.5.29.30", critical, seq(*trees))


def subject_key(private, critical=False):
    """subjectKeyIdentifier."""
    return ("2.5.29.14", critical, tlv(4, key_id(private)))


def authority_key(private, critical=False):
    """authorityKeyIdentifier."""
    return ("2.5.29.35", critical, seq(tlv(0x80, key_id(private))))


def policy_constraints(require=None, inhibit=None, critical=True):
    """policyConstraints."""
    parts = [tlv(tag, bytes([value])) for tag, value in ((0x80, require), (0x81, inhibit)) if value is not None]
    return ("2.5.29.36", critical, seq(*parts))


def inhibit_any(skip=0, critical=True):
    """inhibitAnyPolicy."""
    return ("2.5.29.54", critical, integer(skip))


def policies(*oids, critical=False):
    """certificatePolicies."""
    return ("2.5.29.32", critical, seq(*(seq(oid(one)) for one in oids)))


def unknown(critical=True):
    """An extension that nobody knows."""
    return (UNKNOWN, critical, tlv(5))


# ---- Certificates

@dataclasses.dataclass
class Made:
    """A certificate and its key."""
    der: bytes
    subject: str
    key: object

    @property
    def pem(self):
        """As a bundle has it."""
        return pem(self.der)


def pem(der):
    """DER as PEM."""
    text = base64.b64encode(der).decode()
    lines = [text[at:at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


BEFORE, AFTER = "20240101000000", "21240101000000"


def algorithm_of(private, hashed):
    """AlgorithmIdentifier of what sign() makes."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return seq(oid("1.3.101.112"))
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return seq(oid(SIGNATURES["ec", hashed]))
    return seq(oid(SIGNATURES["rsa", hashed]), tlv(5))


def sign(private, hashed, body):
    """A signature."""
    if isinstance(private, (ed25519.Ed25519PrivateKey, LargeRsa)):
        return private.sign(body)
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(body, padding.PKCS1v15(), HASHES[hashed]())
    return private.sign(body, ec.ECDSA(HASHES[hashed]()))


def certificate(subject, private, issuer=None, *, extensions=(), before=BEFORE, after=AFTER, hashed="sha256", version=2,
                serial=None, kind=0x0C):
    """Make one; issuer (a Made) signs it, or its own key does. Extensions that are None are left out."""
    signer, issuer_name = (issuer.key, issuer.subject) if issuer else (private, subject)
    algorithm = algorithm_of(signer, hashed)
    serial = serial or int.from_bytes(hashlib.sha256(f"{subject}{issuer_name}{before}".encode() +
                                                     public(private)).digest()[:15], "big")
    listed = seq(*(seq(oid(one[0]), boolean(True) if one[1] else b"", tlv(4, one[2])) for one in extensions if one))
    body = seq(tlv(0xA0, integer(version)) if version else b"", integer(serial), algorithm, name(issuer_name),
               seq(moment(before), moment(after)), name(subject, kind), public(private),
               tlv(0xA3, listed) if any(extensions) else b"")
    return Made(seq(body, algorithm, tlv(3, b"\0", sign(signer, hashed, body))), subject, private)


def ca(subject, issuer=None, *, who=None, pathlen=None, more=(), without=(), **other):
    """A root (no issuer) or an intermediate; who names its key (default: its subject). Extensions of `more` replace
    those of their kind, those in `without` (oids) are left out."""
    private = key(who or subject)
    usual = [constraints(True, pathlen), usage("keyCertSign", "cRLSign"), subject_key(private),
             authority_key(issuer.key) if issuer else None]
    return certificate(subject, private, issuer, extensions=merge(usual, more, without), **other)


def leaf(issuer, *hosts, who="leaf", subject="CN=portal", more=(), without=(), **other):
    """A server's certificate; hosts as general() takes them, without a colon DNS names."""
    private = key(who)
    usual = [constraints(False),
             usage("digitalSignature", "keyEncipherment") if who.startswith("rsa") else usage("digitalSignature"),
             purposes("serverAuth"), names(*(one if ":" in one else f"DNS:{one}" for one in hosts)) if hosts else None,
             subject_key(private), authority_key(issuer.key) if issuer else None]
    return certificate(subject, private, issuer, extensions=merge(usual, more, without), **other)


def merge(usual, more, without):
    """The usual extensions with others in their places."""
    own = {one[0]: one for one in more}
    kept = [own.pop(one[0], one) for one in usual if one and one[0] not in without]
    return kept + [one for one in more if one[0] in own]
