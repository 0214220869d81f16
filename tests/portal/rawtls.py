# SPDX-License-Identifier: MIT
"""A TLS server that sends any bytes as its certificates: what libraries would refuse to load, they are to be shown.

One connection at a time, each on a connected socket: TLS 1.2 (ECDHE, AES-128-GCM, SHA-256) or TLS 1.3 (AES-128-GCM), no
resumption. Keys are those of python3-cryptography: EC, RSA, Ed25519, Ed448.
"""

import hashlib
import hmac
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ALERT, HANDSHAKE, DATA = 21, 22, 23
RECORD = 16384
CURVES = {23: ec.SECP256R1, 24: ec.SECP384R1, 25: ec.SECP521R1}
HASHES = {4: hashes.SHA256, 5: hashes.SHA384, 6: hashes.SHA512}
EC13 = {"secp256r1": 0x0403, "secp384r1": 0x0503, "secp521r1": 0x0603}


class Ended(Exception):
    """The client went away; `alert` is the one it sent, or None."""

    def __init__(self, why, alert=None):
        super().__init__(why)
        self.alert = alert


def vector(width, data):
    """Data behind its length in `width` bytes."""
    return len(data).to_bytes(width, "big") + data


class Reader:
    """Takes fields off the front of bytes."""

    def __init__(self, data):
        self.data = data

    def take(self, size):
        """So many bytes."""
        if len(self.data) < size:
            raise Ended("a message is too short")
        head, self.data = self.data[:size], self.data[size:]
        return head

    def vector(self, width):
        """What follows its length."""
        return self.take(int.from_bytes(self.take(width), "big"))

    def numbers(self, width):
        """A list of 16-bit numbers behind its length."""
        return [number for number, in struct.iter_unpack("!H", self.vector(width))]


class Hello:
    """A ClientHello."""

    def __init__(self, body):
        reader = Reader(body)
        reader.take(2)
        self.random = reader.take(32)
        self.session = reader.vector(1)
        self.suites = reader.numbers(2)
        reader.vector(1)
        self.extensions, self.shares = {}, {}
        more = Reader(reader.vector(2) if reader.data else b"")
        while more.data:
            kind = struct.unpack("!H", more.take(2))[0]
            self.extensions[kind] = more.vector(2)
        self.groups = Reader(self.extensions[10]).numbers(2) if 10 in self.extensions else []
        self.algorithms = Reader(self.extensions[13]).numbers(2) if 13 in self.extensions else []
        self.versions = Reader(self.extensions[43]).numbers(1) if 43 in self.extensions else []
        shares = Reader(Reader(self.extensions[51]).vector(2)) if 51 in self.extensions else Reader(b"")
        while shares.data:
            group = struct.unpack("!H", shares.take(2))[0]
            self.shares[group] = shares.vector(2)


def algorithm(key, version, offered):
    """The signature algorithm of a key: one that the client offers, or else the plainest, for the client to refuse."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        own = [EC13.get(key.curve.name, 0x0403)] if version == "1.3" else [0x0403, 0x0503, 0x0603]
    elif isinstance(key, rsa.RSAPrivateKey):
        own = [0x0804, 0x0805, 0x0806] if version == "1.3" else [0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806]
    elif isinstance(key, dsa.DSAPrivateKey):
        own = [0x0402]
    else:
        own = [0x0807 if isinstance(key, ed25519.Ed25519PrivateKey) else 0x0808]
    return next((one for one in own if one in offered), own[0])


def sign(key, number, data):
    """Sign as the TLS signature algorithm says."""
    if isinstance(key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)):
        return key.sign(data)
    if number >> 8 == 8:
        hashed = HASHES[number & 0xFF]()
        return key.sign(data, padding.PSS(padding.MGF1(hashed), hashed.digest_size), hashed)
    hashed = HASHES[number >> 8]()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashed)
    return key.sign(data, hashed) if isinstance(key, dsa.DSAPrivateKey) else key.sign(data, ec.ECDSA(hashed))


def agree(group):
    """(our public value, what makes the secret of the other one)."""
    if group == 29:
        own = x25519.X25519PrivateKey.generate()
        public = own.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return public, lambda peer: own.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
    curve = CURVES[group]()
    own = ec.generate_private_key(curve)
    public = own.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return public, lambda peer: own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, peer))


def mac(secret, data):
    """HMAC-SHA256."""
    return hmac.digest(secret, data, "sha256")


def prf(secret, label, seed, size):
    """TLS 1.2's, RFC 5246 5."""
    out, block = b"", label + seed
    while len(out) < size:
        block = mac(secret, block)
        out += mac(secret, block + label + seed)
    return out[:size]


def expand(secret, label, context, size):
    """HKDF-Expand-Label of TLS 1.3, RFC 8446 7.1; one block is enough here."""
    info = struct.pack("!H", size) + vector(1, b"tls13 " + label) + vector(1, context)
    return mac(secret, info + b"\1")[:size]


class Keys12:
    """One direction of TLS 1.2."""

    def __init__(self, key, salt):
        self.aead, self.salt, self.number = AESGCM(key), salt, 0

    def seal(self, kind, data):
        """A record."""
        nonce = struct.pack("!Q", self.number)
        head = nonce + struct.pack("!BHH", kind, 0x0303, len(data))
        self.number += 1
        body = nonce + self.aead.encrypt(self.salt + nonce, data, head)
        return struct.pack("!BHH", kind, 0x0303, len(body)) + body

    def open(self, kind, body):
        """(kind, data) of a record."""
        head = struct.pack("!QBHH", self.number, kind, 0x0303, len(body) - 24)
        self.number += 1
        return kind, self.aead.decrypt(self.salt + body[:8], body[8:], head)


class Keys13:
    """One direction of TLS 1.3."""

    def __init__(self, secret):
        self.aead, self.number = AESGCM(expand(secret, b"key", b"", 16)), 0
        self.iv = int.from_bytes(expand(secret, b"iv", b"", 12), "big")

    def _nonce(self):
        self.number += 1
        return (self.iv ^ (self.number - 1)).to_bytes(12, "big")

    def seal(self, kind, data):
        """A record."""
        head = struct.pack("!BHH", DATA, 0x0303, len(data) + 17)
        return head + self.aead.encrypt(self._nonce(), data + bytes([kind]), head)

    def open(self, kind, body):
        """(kind, data) of a record."""
        if kind == ALERT and len(body) == 2:
            return kind, body
        inner = self.aead.decrypt(self._nonce(), body, struct.pack("!BHH", kind, 0x0303, len(body))).rstrip(b"\0")
        return inner[-1], inner[:-1]


class Connection:
    """The server's side on a connected socket: handshake(), then read() and write().

    chain    DER, the server's own first; key: its private one; version: "1.2" or "1.3"
    """

    def __init__(self, sock, chain, key, version):
        self.sock, self.chain, self.key, self.version = sock, chain, key, version
        self.reading = self.writing = None
        self.messages, self.transcript, self.before, self.held = b"", b"", b"", b""

    # ---- Records and messages

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise Ended("closed")
            data += more
        return data

    def _record(self):
        while True:
            kind, _, size = struct.unpack("!BHH", self._exactly(5))
            body = self._exactly(size)
            if kind == 20 and self.version == "1.3":
                continue
            if self.reading:
                try:
                    kind, body = self.reading.open(kind, body)
                except InvalidTag:
                    raise Ended("a record is damaged") from None
            if kind == ALERT:
                raise Ended("alert", body[1])
            return kind, body

    def _message(self, kind):
        """The next handshake message, which must be of this kind; its body."""
        while len(self.messages) < 4 or len(self.messages) < 4 + int.from_bytes(self.messages[1:4], "big"):
            got, body = self._record()
            if got != HANDSHAKE:
                raise Ended(f"a record of kind {got} in the handshake")
            self.messages += body
        size = 4 + int.from_bytes(self.messages[1:4], "big")
        message, self.messages = self.messages[:size], self.messages[size:]
        if message[0] != kind:
            raise Ended(f"message {message[0]}, not {kind}")
        self.before, self.transcript = self.transcript, self.transcript + message
        return message[4:]

    def _put(self, kind, data):
        for start in range(0, len(data), RECORD):
            part = data[start:start + RECORD]
            self.held += (self.writing.seal(kind, part) if self.writing
                          else struct.pack("!BHH", kind, 0x0303, len(part)) + part)

    def _say(self, kind, body):
        message = bytes([kind]) + vector(3, body)
        self.transcript += message
        self._put(HANDSHAKE, message)

    def _flush(self):
        held, self.held = self.held, b""
        self.sock.sendall(held)

    def _hash(self):
        return hashlib.sha256(self.transcript).digest()

    # ---- Handshakes

    def handshake(self):
        """Come to an agreement; Ended if the client won't."""
        hello = Hello(self._message(1))
        (self._handshake13 if self.version == "1.3" else self._handshake12)(hello)

    def _handshake12(self, hello):
        suite = 0xC02F if isinstance(self.key, rsa.RSAPrivateKey) else 0xC02B
        group = next((one for one in hello.groups if one == 29 or one in CURVES), None)
        if suite not in hello.suites or group is None:
            self._refuse(40)
        random, extended = os.urandom(32), 23 in hello.extensions
        more = b"\xff\x01\0\1\0" + (b"\0\x17\0\0" if extended else b"") + b"\0\x0b\0\2\1\0"
        self._say(2, b"\3\3" + random + b"\0" + struct.pack("!HB", suite, 0) + vector(2, more))
        self._say(11, vector(3, b"".join(vector(3, one) for one in self.chain)))
        public, secret = agree(group)
        params = struct.pack("!BH", 3, group) + vector(1, public)
        number = algorithm(self.key, "1.2", hello.algorithms)
        signature = sign(self.key, number, hello.random + random + params)
        self._say(12, params + struct.pack("!H", number) + vector(2, signature))
        self._say(14, b"")
        self._flush()
        shared = secret(Reader(self._message(16)).vector(1))
        master = (prf(shared, b"extended master secret", self._hash(), 48) if extended
                  else prf(shared, b"master secret", hello.random + random, 48))
        block = prf(master, b"key expansion", random + hello.random, 40)
        if self._record()[0] != 20:
            raise Ended("no ChangeCipherSpec")
        self.reading = Keys12(block[:16], block[32:36])
        if self._message(20) != prf(master, b"client finished", hashlib.sha256(self.before).digest(), 12):
            raise Ended("the client's Finished is wrong")
        self._put(20, b"\1")
        self.writing = Keys12(block[16:32], block[36:])
        self._say(20, prf(master, b"server finished", self._hash(), 12))
        self._flush()

    def _handshake13(self, hello):
        group = next((one for one in hello.shares if one == 29 or one in CURVES), None)
        if 0x0304 not in hello.versions or 0x1301 not in hello.suites or group is None:
            self._refuse(70)
        public, secret = agree(group)
        more = b"\0\x2b\0\2\3\4" + b"\0\x33" + vector(2, struct.pack("!H", group) + vector(2, public))
        self._say(2, b"\3\3" + os.urandom(32) + vector(1, hello.session) + b"\x13\1\0" + vector(2, more))
        empty = hashlib.sha256(b"").digest()
        early = mac(bytes(32), bytes(32))
        shake = mac(expand(early, b"derived", empty, 32), secret(hello.shares[group]))
        ours, theirs = (expand(shake, label + b" hs traffic", self._hash(), 32) for label in (b"s", b"c"))
        self.writing, self.reading = Keys13(ours), Keys13(theirs)
        self._say(8, b"\0\0")
        self._say(11, b"\0" + vector(3, b"".join(vector(3, one) + b"\0\0" for one in self.chain)))
        number = algorithm(self.key, "1.3", hello.algorithms)
        signed = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + self._hash()
        self._say(15, struct.pack("!H", number) + vector(2, sign(self.key, number, signed)))
        self._say(20, mac(expand(ours, b"finished", b"", 32), self._hash()))
        self._flush()
        master = mac(expand(shake, b"derived", empty, 32), bytes(32))
        ours, after = (expand(master, label + b" ap traffic", self._hash(), 32) for label in (b"s", b"c"))
        wanted = mac(expand(theirs, b"finished", b"", 32), self._hash())
        self.writing = Keys13(ours)
        if self._message(20) != wanted:
            raise Ended("the client's Finished is wrong")
        self.reading = Keys13(after)

    def _refuse(self, alert):
        self._put(ALERT, bytes([2, alert]))
        self._flush()
        raise Ended("nothing in common")

    # ---- Data

    def read(self):
        """Bytes of the request; b"" when the client is done."""
        try:
            return self._record()[1]
        except Ended as end:
            if end.alert in (None, 0):
                return b""
            raise

    def write(self, data):
        """Send them."""
        self._put(DATA, data)
        self._flush()

    def close(self):
        """Say that there is no more."""
        self._put(ALERT, b"\1\0")
        self._flush()
