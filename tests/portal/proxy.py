# SPDX-License-Identifier: MIT
"""An HTTP proxy that knows CONNECT only, and can be told to fail."""

import base64
import contextlib
import select
import socket
import time

import listener
from wire import Closed, Wire

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class ConnectProxy(listener.Listener):
    """Starts when constructed; context manager, or stop(). Records every request in `requests` (wire.Request).

    auth        (user, password) for Basic proxy authentication; without it 407
    close_407   whether the connection ends after a 407 (some proxies do, some do not)
    refuse      a status such as "403 Forbidden", or all the bytes of the answer, instead of a tunnel; or a function
                of the Request that returns one of these, or None
    answer      bytes that announce the tunnel; early, bytes from the proxy that follow at once, inside it
    split       announce the tunnel byte by byte
    delay       seconds before the answer; stall: never answer
    die_after   bytes towards the client after which the tunnel ends; die: "reset" or "close"; lives: how many tunnels
                die so (default all)
    upstream    {"portal.test:443": ("127.0.0.1", 4433)}: where tunnels really go
    """

    def __init__(self, auth=None, refuse=None, *, close_407=False, answer=ESTABLISHED, early=b"", split=False,
                 delay=0.0, stall=False, die_after=None, die="reset", lives=None, upstream=None, host="127.0.0.1",
                 port=None):
        super().__init__()
        self.auth, self.refuse, self.close_407, self.answer, self.early = auth, refuse, close_407, answer, early
        self.split, self.delay, self.stall, self.upstream = split, delay, stall, upstream or {}
        self.die_after, self.die, self.lives = die_after, die, lives
        self.hostname, self.requests, self.tunnels, self.bytes_down = host, [], 0, 0
        self.listen(port)

    url = property(lambda self: f"http://{self.hostname}:{self.port}", doc="the value of --proxy")

    @property
    def url_with_auth(self):
        """The same with the credentials in it."""
        user, password = self.auth
        return f"http://{user}:{password}@{self.hostname}:{self.port}"

    @property
    def targets(self):
        """What CONNECT asked for, in order."""
        return [request.target for request in self.requests if request.method == "CONNECT"]

    def serve(self, sock, number):
        wire = Wire(sock, number, self.stopping)
        with contextlib.suppress(Closed, ValueError):
            while not wire.ended and not self._answer(wire):
                pass

    def _answer(self, wire):
        """Answer one request; True once the connection is used up."""
        request = wire.read_request()
        with self.lock:
            request.conn, request.serial = wire.number, len(self.requests) + 1
            self.requests.append(request)
            self.lock.notify_all()
        if self.stall:
            wire.stall()
        wire.sleep(self.delay)
        refusal = self.refuse(request) if callable(self.refuse) else self.refuse
        if isinstance(refusal, str):
            refusal = f"HTTP/1.1 {refusal}\r\nContent-Length: 8\r\nConnection: close\r\n\r\nrefused\n".encode()
        if refusal:
            wire.send(refusal)
            wire.close()
            return True
        if self.auth and request.headers.get("proxy-authorization") != self._credentials():
            closing = "Connection: close\r\n" if self.close_407 else ""
            wire.send(("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n"
                       f"{closing}Content-Length: 4\r\n\r\n407\n").encode())
            if self.close_407:
                wire.close()
            return self.close_407
        if request.method != "CONNECT":
            wire.send(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return False
        self._tunnel(wire, request.target)
        return True

    def _credentials(self):
        return "Basic " + base64.b64encode(":".join(self.auth).encode()).decode()

    def _tunnel(self, wire, target):
        name, _, port = target.rpartition(":")
        try:
            far = socket.create_connection(self.upstream.get(target, (name.strip("[]"), int(port))), 10)
        except (OSError, ValueError):
            wire.send(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            wire.close()
            return
        with self.lock:
            self.tunnels += 1
            mortal = self.die_after is not None and (self.lives is None or self.tunnels <= self.lives)
            self._live.add(far)
        try:
            size = 1 if self.split else max(1, len(self.answer))
            for start in range(0, len(self.answer), size):
                wire.send(self.answer[start:start + size])
                if self.split:
                    time.sleep(0.001)
            wire.send(self.early)
            far.sendall(bytes(wire.buffer))
            self._relay(wire.sock, far, self.die_after if mortal else None)
        finally:
            with self.lock:
                self._live.discard(far)
            far.close()

    def _relay(self, near, far, limit):
        """Copy both ways until one side ends, or `limit` bytes have gone to the client."""
        while not self.stopping.is_set():
            for sock in select.select([near, far], [], [], 0.5)[0]:
                data = sock.recv(65536)
                if sock is far and limit is not None:
                    data = data[:limit]
                    limit -= len(data)
                (near if sock is far else far).sendall(data)
                self.bytes_down += len(data) if sock is far else 0
                if limit == 0:
                    (listener.reset if self.die == "reset" else listener.finish)(near)
                    return
                if not data:
                    listener.finish(near if sock is far else far, 0.2)
                    return
