# SPDX-License-Identifier: MIT
"""Clients to try a portal with: curl, and bytes over TLS."""

import socket
import subprocess
from urllib.parse import quote, urlsplit

from server import PASSWORD, USER

CREDENTIALS = f"{USER}:{PASSWORD}"


class Answer:
    """What curl made of an answer: its exit `code` and `errors`; `status`, head `lines` and `body`."""

    def __init__(self, done):
        head, _, self.body = done.stdout.partition(b"\r\n\r\n")
        self.code, self.errors = done.returncode, done.stderr.decode()
        self.lines = head.decode(errors="replace").split("\r\n")
        self.status = int(self.lines[0].split(" ")[1]) if head else 0


def curl(certs, url, *options, login=True, ca=None):
    """Run curl on one URL, over IPv4, for ten seconds at most; `certs` says which CA to trust unless `ca` does."""
    who = ["-u", CREDENTIALS] if login else []
    done = subprocess.run(["curl", "-q", "-sS", "-i", "-4", "-m", "10", "--noproxy", "", "--suppress-connect-headers",
                           "--cacert", str(ca or certs.ca), *who, *options, url], capture_output=True, check=False)
    return Answer(done)


def https(url):
    """The URL of a listing as curl takes it."""
    parts = urlsplit(url.replace("#", "%23"))
    return f"https://{parts.netloc}{quote(parts.path, safe='/%')}"


def raw_exchange(server, certs, requests, tls="both"):
    """Send bytes over TLS at once and return what comes until the end."""
    context = certs.client_context(tls)
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as secure:
            secure.sendall(requests)
            received = b""
            while data := secure.recv(65536):
                received += data
            return received


def get(target, *lines):
    """The bytes of a GET."""
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()
