# SPDX-License-Identifier: MIT
"""One connection of the misbehaving portal, with control over every byte: TLS records, alerts, FIN and RST."""

import contextlib
import select
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field
from urllib.parse import unquote

import listener

HEAD_END = b"\r\n\r\n"
HEAD_MAX = 256 * 1024
RECORD = 16384


class Closed(Exception):
    """The connection is over, by whichever side."""


@dataclass
class Request:
    """A request as it was received."""
    method: str
    target: str               # as sent
    version: str
    headers: dict             # lower-case names; of repeated ones the last
    fields: list              # (name, value) as sent, in order
    raw: bytes                # the whole head
    body: bytes = b""
    conn: int = 0             # connection number, from 1
    number: int = 0           # on that connection, from 1
    serial: int = 0           # in the portal's life, from 1
    backlog: int = 0          # further requests that had arrived when this one's answer began
    received: float = field(default_factory=time.monotonic)   # when the last bytes came, on the monotonic clock

    @property
    def path(self):
        """The target without query, percent-decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def authorization(self):
        """The raw Authorization value, or None."""
        return self.headers.get("authorization")


def parse_head(head):
    """A Request from the bytes up to the empty line; ValueError when they are none."""
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    method, target, version = lines[0].split(" ")
    fields = []
    for line in lines[1:]:
        if line:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"no colon in {line!r}")
            fields.append((name, value.strip()))
    return Request(method, target, version, {name.lower(): value for name, value in fields}, fields, head)


class Wire:
    """Bytes in and out of one accepted socket, in clear or under TLS."""

    def __init__(self, sock, number, stopping, idle=30.0):
        self.sock, self.number, self.stopping, self.idle = sock, number, stopping, idle
        self.tls = self._in = self._out = None
        self.buffer = bytearray()
        self.tls_version = self.cipher = self.sni = self.session_reused = None
        self.ended = None       # how: "notify", "fin", "reset" by us; "client-notify", "client-eof", "idle"
        self.sent = 0           # bytes of answers

    def start_tls(self, context, tickets_late=False):
        """Do the server's handshake; ssl.SSLError when it fails (the alert has been sent). `tickets_late`: the session
        tickets of TLS 1.3 are sent together with the first bytes of the answer."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_side=True)
        self.tls.portal_wire = self
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                if not self._fill(self.idle):
                    raise Closed("eof in handshake") from None
            except ssl.SSLError:
                self.flush()
                raise
        if not (tickets_late and self.tls.version() == "TLSv1.3"):
            self.flush()
        self.tls_version, self.cipher = self.tls.version(), self.tls.cipher()[0]
        self.session_reused = self.tls.session_reused

    def send(self, data):
        """Send bytes (under TLS if there is one), in records of at most 16 KiB."""
        if self.ended:
            raise Closed(self.ended)
        if not self.tls:
            self.sock.sendall(data)
        else:
            for start in range(0, len(data), RECORD):
                self.tls.write(data[start:start + RECORD])
                self.flush()
        self.sent += len(data)

    def send_raw(self, data):
        """Send bytes below TLS."""
        self.sock.sendall(data)

    def send_part(self, data, keep):
        """Send only the first `keep` bytes of the TLS record that would carry `data`."""
        self.sock.sendall(self.seal(data)[:keep])

    def seal(self, data):
        """The TLS records that carry `data`, not sent."""
        self.tls.write(data)
        return self._out.read()

    def protest(self, raw):
        """What the TLS layer says to these bytes, as if they came from the client; not sent."""
        self.drain()
        self._in.write(raw)
        with contextlib.suppress(ssl.SSLError):
            self.tls.read(65536)
        return self._out.read()

    def sleep(self, seconds):
        """Do nothing; ends early when the portal is stopped."""
        if self.stopping.wait(seconds):
            raise Closed("stopped")

    def stall(self):
        """Do nothing until the client closes or the portal is stopped."""
        while not self.stopping.wait(0.02):
            if select.select([self.sock], [], [], 0)[0] and not self._fill(1.0):
                raise Closed("client-eof")
        raise Closed("stopped")

    def close(self, notify=True):
        """End with FIN, after close_notify if `notify` (under TLS)."""
        if not self.ended:
            if self.tls and notify:
                with contextlib.suppress(ssl.SSLError):
                    self.tls.unwrap()
                self.flush()
            self.ended = "notify" if notify and self.tls else "fin"
            listener.finish(self.sock)

    def reset(self):
        """End with a TCP reset."""
        if not self.ended:
            self.ended = "reset"
            listener.reset(self.sock)

    def half_close(self):
        """FIN without close_notify, but go on reading."""
        self.sock.shutdown(socket.SHUT_WR)

    def drain(self):
        """Take in what has arrived, without waiting."""
        with contextlib.suppress(OSError):
            while select.select([self.sock], [], [], 0)[0] and self._fill(1.0):
                pass
        self._decrypt()

    def backlog(self):
        """How many complete requests without body wait in the buffer."""
        self.drain()
        return self.buffer.count(HEAD_END)

    def read_request(self):
        """The next Request; Closed at the end of the connection, ValueError for what is no request."""
        while HEAD_END not in self.buffer:
            if len(self.buffer) > HEAD_MAX:
                raise ValueError("head too long")
            self._more()
        end = self.buffer.index(HEAD_END) + len(HEAD_END)
        request = parse_head(bytes(self.buffer[:end]))
        request.received -= self._since_data()
        del self.buffer[:end]
        length = int(request.headers.get("content-length", 0))
        while len(self.buffer) < length:
            self._more()
        request.body = bytes(self.buffer[:length])
        del self.buffer[:length]
        return request

    def _since_data(self):
        """Seconds since the last bytes came, as the kernel tells (tcpi_last_data_recv): this thread may be late."""
        with contextlib.suppress(OSError, struct.error):
            return struct.unpack_from("I", self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 52)[0] / 1000
        return 0.0

    def _more(self):
        """Wait for more bytes in the buffer."""
        before = len(self.buffer)
        self._decrypt()
        while len(self.buffer) == before:
            if self.ended:
                raise Closed(self.ended)
            try:
                more = self._fill(self.idle)
            except TimeoutError:
                self.ended = self.ended or "idle"
                listener.finish(self.sock, 0)
                raise Closed("idle") from None
            if not more and not self.tls:
                self.ended = "client-eof"
            self._decrypt()

    def _fill(self, timeout):
        """Read from the socket once; False at its end."""
        self.sock.settimeout(timeout)
        try:
            data = self.sock.recv(65536)
        finally:
            self.sock.settimeout(None)
        if not self.tls:
            self.buffer += data
        elif data:
            self._in.write(data)
        else:
            self._in.write_eof()
        return bool(data)

    def _decrypt(self):
        """Move what the TLS layer has into the buffer."""
        if not self.tls:
            return
        while True:
            try:
                data = self.tls.read(65536)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError:
                data = None
            if not data:
                self.ended = self.ended or ("client-eof" if data is None else "client-notify")
                break
            self.buffer += data
        self.flush()

    def flush(self):
        """Send what the TLS layer has to send."""
        data = self._out.read()
        if data:
            self.sock.sendall(data)
