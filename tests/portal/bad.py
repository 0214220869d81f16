# SPDX-License-Identifier: MIT
"""The misbehaving portal: a TLS server that answers with exactly the bytes, pauses and ends a test asks for.

    with BadPortal() as portal:
        portal.route("/api_file/v1/HAUC/", ok(portal.listing([entry("f1")]), JSON))
        portal.route("/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1", Sequence(cut(ok(b"data"), 2, Reset()), ok(b"data")))
        ... run the client against portal.url ...
        assert [request.path for request in portal.requests] == [...]

A behaviour is bytes, a step (see steps.py), a list or generator of those, or a function that is given the Request and
returns one of them. After a behaviour that does not end the connection, the next request on it is answered.
"""

import base64
import ssl
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from answers import (CSV_DATE, HTML, JSON, chunked, chunks, cut, entry, error, head, html_login_page, http_date,
                     interim, listing, ok, ranged_file, redirect, unauthorized, until_close)
from certs import Certs
from listener import Listener
from patience import PATIENCE_S
from proxy import ConnectProxy
from server import PASSWORD, USER
from steps import (Close, Forget, PartRecord, Reset, Send, SendRaw, Sequence, Sleep, Stall, Trickle, WaitBacklog,
                   perform)
from wire import Closed, Request, Wire

__all__ = ["BadPortal", "CSV_DATE", "Certs", "Close", "Closed", "ConnectProxy", "Connection", "Forget", "HTML", "JSON",
           "PASSWORD", "PartRecord", "Request", "Reset", "Send", "SendRaw", "Sequence", "Sleep", "Stall",
           "Trickle", "USER", "WaitBacklog", "Wire", "basic", "chunked", "chunks", "cut", "entry", "error", "head",
           "html_login_page", "http_date", "interim", "listing", "ok", "ranged_file", "redirect", "unauthorized",
           "until_close"]

ANYTHING = "*"


def basic(user=USER, password=PASSWORD):
    """The Authorization value of these credentials."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass
class Connection:
    """What became of one connection."""
    number: int
    tls: str = None             # "TLSv1.2", "TLSv1.3"
    cipher: str = None
    sni: str = None
    reused: bool = False        # a resumed TLS session
    requests: list = field(default_factory=list)
    error: str = None           # why the handshake or the reading of a request failed
    ended: str = None           # notify, fin, reset: by the portal; client-notify, client-eof, client-reset; idle
    open: bool = True
    sent: int = 0               # bytes of answers


class BadPortal(Listener):
    """Starts when constructed; context manager, or stop().

    routes   {path: behaviour} or [(path or predicate, behaviour)]; a path is compared with the percent-decoded target
             without query, a predicate is a function of the Request; "*" matches what nothing else does (default 404)
    tls      "1.2", "1.3", "both", or None for plain HTTP; or a list of these, one for each connection, the last one
             for all that
             follow; cert a name of make_certs.sh; ciphers those of TLS 1.2
    auth     (user, password): requests without these get 401 before any route
    accept   a function of the connection's number, giving a behaviour before TLS (None: nothing special)
    idle     seconds after which a silent connection is closed
    tickets_late   see Wire.start_tls
    """

    def __init__(self, routes=None, *, tls="both", cert="ecdsa-p256", certs=None, ciphers=None, host="localhost",
                 auth=None, accept=None, idle=30.0, port=None, ipv6=True, tickets_late=False):
        super().__init__()
        self.tickets_late = tickets_late
        self.hostname, self.auth, self.accept, self.idle, self.cert = host, auth, accept, idle, cert
        self.requests, self.connections, self.routes = [], [], []
        self.certs = certs if certs or not tls else Certs()
        self.contexts = [self.certs.server_context(cert, one, ciphers) for one in self._versions(tls)]
        self.context = self.contexts[0] if tls else None
        for context in self.contexts:
            context.sni_callback = lambda tls, name, _: setattr(tls.portal_wire, "sni", name)
        for where, behaviour in routes.items() if isinstance(routes, dict) else routes or ():
            self.route(where, behaviour)
        self.listen(port, ipv6)

    host = property(lambda self: f"{self.hostname}:{self.port}", doc="HOST:PORT")
    url = property(lambda self: f"{'https' if self.context else 'http'}://{self.host}", doc="the endpoint")
    api = property(lambda self: f"{self.url}/api_file/v1", doc="the API below the endpoint")
    pin = property(lambda self: self.certs.pin(self.cert), doc="pin of the server's key")

    @staticmethod
    def _versions(tls):
        return tls if isinstance(tls, list) else [tls] if tls else []

    def route(self, where, behaviour):
        """Add a route, or replace that of the same path."""
        key = where if callable(where) else unquote(where)
        with self.lock:
            for index, (old, _) in enumerate(self.routes):
                if old == key:
                    self.routes[index] = (key, behaviour)
                    return
            self.routes.append((key, behaviour))

    def listing(self, entries, **dumps):
        """The JSON of entries whose {host} is this portal."""
        return listing(entries, self.host, **dumps)

    def publish(self, files, org="HAUC", study="HAUC-3", delivery="HAUC-3-2", **fields):
        """Serve a delivery properly: `files` is {file_name: bytes or behaviour}. Returns the entries.

        Sets the routes of the three listings (which then hold only this) and of every file; single routes may be
        replaced afterwards.
        """
        entries = [entry(name, org, study, delivery, **fields) for name in files]
        for name, content in files.items():    # before a run can find them in the listing
            behaviour = ranged_file(bytes(content)) if isinstance(content, (bytes, bytearray)) else content
            self.route(f"/api_file/v1/{quote(org)}/{quote(study)}/{quote(delivery)}/{quote(name)}", behaviour)
        self.publish_entries(entries, org, study, delivery)
        return entries

    def publish_entries(self, entries, org="HAUC", study="HAUC-3", delivery="HAUC-3-2"):
        """Give the three listings these entries."""
        answer = ok(self.listing(entries), JSON)
        path = "/api_file/v1"
        for code in (org, study, delivery):
            path += f"/{quote(code)}"
            self.route(path + "/", answer)

    def wait(self, count, timeout=PATIENCE_S):
        """Wait until `count` requests have come; returns the requests."""
        with self.lock:
            self.lock.wait_for(lambda: len(self.requests) >= count or self.stopping.is_set(), timeout)
            return list(self.requests)

    def wait_for_each(self, count, timeout=PATIENCE_S):
        """Wait until `count` connections have asked for a file; whether they have. On a busy machine one may be late,
        when others have fetched all files."""
        with self.lock:
            return self.lock.wait_for(
                lambda: len({one.conn for one in self.requests if not one.path.endswith("/")}) >= count, timeout)

    def wait_closed(self, timeout=PATIENCE_S):
        """Wait until no connection is open; returns the connections."""
        with self.lock:
            self.lock.wait_for(lambda: all(not one.open for one in self.connections), timeout)
            return list(self.connections)

    def seen(self, path):
        """The requests for a (decoded) path."""
        with self.lock:
            return [request for request in self.requests if request.path == unquote(path)]

    def clear(self):
        """Forget what was recorded."""
        with self.lock:
            self.requests.clear()
            self.connections[:] = [one for one in self.connections if one.open]

    def accepted(self, number):
        self.connections.append(Connection(number))

    def serve(self, sock, number):
        wire = Wire(sock, number, self.stopping, self.idle)
        with self.lock:
            record = next(one for one in self.connections if one.number == number)
        try:
            self._converse(wire, record)
        except Closed:
            pass
        except (ssl.SSLError, ValueError) as problem:
            record.error = str(problem)
            wire.close()
        except ConnectionError:
            wire.ended = wire.ended or "client-reset"
        finally:
            with self.lock:
                record.ended, record.sent, record.open = wire.ended, wire.sent, False
                record.sni = wire.sni
                self.lock.notify_all()

    def _converse(self, wire, record):
        """The life of a connection: what comes before TLS, the handshake, request after request."""
        if self.accept:
            perform(self.accept(wire.number), wire, None)
            if wire.ended:
                return
        if self.context:
            wire.start_tls(self.contexts[min(wire.number, len(self.contexts)) - 1], self.tickets_late)
            record.tls, record.cipher, record.reused = wire.tls_version, wire.cipher, wire.session_reused
        while not wire.ended:
            request = wire.read_request()
            request.conn, request.number, request.backlog = wire.number, len(record.requests) + 1, wire.backlog()
            with self.lock:
                self.requests.append(request)
                request.serial = len(self.requests)
                record.requests.append(request)
                self.lock.notify_all()
            perform(self._behaviour(request), wire, request)
            if request.headers.get("connection", "").lower() == "close":
                wire.close()

    def _behaviour(self, request):
        if self.auth and request.authorization != basic(*self.auth):
            return unauthorized()
        fallback = error("404 Not Found", b"no such route\n")
        with self.lock:
            routes = list(self.routes)
        for where, behaviour in routes:
            if where == ANYTHING:
                fallback = behaviour
            elif where(request) if callable(where) else where == request.path:
                return behaviour
        return fallback
