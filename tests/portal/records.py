# SPDX-License-Identifier: MIT
"""What goes wrong under TLS once it is established, as steps (see steps.py)."""

import ctypes
import ssl
from dataclasses import dataclass

RECORD_OF_32 = b"\x17\x03\x03\x00\x20"


@dataclass
class Damaged:
    """Send `data` in a record of which one bit has changed on the way."""
    data: bytes

    def run(self, wire, _):
        record = bytearray(wire.seal(self.data))
        record[-1] ^= 1
        wire.send_raw(bytes(record))


class Alert:
    """Send a fatal alert, bad_record_mac: what OpenSSL says to a record that is not the client's."""

    def run(self, wire, _):
        wire.send_raw(wire.protest(RECORD_OF_32 + bytes(32)))


class KeyUpdate:
    """Send a KeyUpdate (TLS 1.3)."""

    def run(self, wire, _):
        libssl, tls = openssl(wire)
        assert libssl.SSL_key_update(tls, 0) == 1 and libssl.SSL_do_handshake(tls) == 1
        wire.flush()


class HelloRequest:
    """Ask the client to begin a new handshake on this connection (TLS 1.2)."""

    def run(self, wire, _):
        libssl, tls = openssl(wire)
        assert libssl.SSL_renegotiate(tls) == 1 and libssl.SSL_do_handshake(tls) == 1
        wire.flush()


def openssl(wire):
    """Python's libssl, and the SSL of this connection, which CPython keeps behind the object's head and one pointer."""
    libssl = ctypes.CDLL(ssl._ssl.__file__)  # pylint: disable=protected-access
    sslobj = wire.tls._sslobj                # pylint: disable=protected-access
    tls = ctypes.c_void_p.from_address(id(sslobj) + object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p))
    libssl.SSL_get_version.restype = ctypes.c_char_p
    assert libssl.SSL_get_version(tls).decode() == wire.tls_version
    return libssl, tls


class NewTicket:
    """Send one more session ticket (TLS 1.3)."""

    def run(self, wire, _):
        libssl, tls = openssl(wire)
        assert libssl.SSL_new_session_ticket(tls) == 1 and libssl.SSL_do_handshake(tls) == 1
        wire.flush()
