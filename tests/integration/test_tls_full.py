# SPDX-License-Identifier: MIT
"""Messages of TLS's own that come while the network takes no more: what waits to be sent is sent, once."""

import select
import socket
import threading

import pytest

import harness
import listener
from bad import Sleep, ranged_file
from harness import assert_names
from records import HelloRequest, NewTicket
from spaces import Cable, can_pull_cables

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"


class Strait(listener.Listener):
    """Passes connections on to a port of this machine, from the same port of another address, through small buffers.
    Of what a connection sends, no more than `most` bytes go to the portal before `open` is set."""

    def __init__(self, address, port, most):
        super().__init__()
        self.port, self.most, self.open = port, most, threading.Event()
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.bind((address, port))
        sock.listen()
        self._sockets = [sock]
        self._spawn(self._accept, sock)

    def serve(self, sock, number):
        passed = 0
        with socket.create_connection(("127.0.0.1", self.port)) as far:
            while not self.stopping.is_set():
                room = 65536 if self.open.is_set() else self.most - passed
                for one in select.select([far, sock] if room > 0 else [far], [], [], 0.02)[0]:
                    data = one.recv(65536 if one is far else room)
                    if not data:
                        return
                    (sock if one is far else far).sendall(data)
                    passed += len(data) if one is sock else 0


class Act:
    """A step that calls a function."""

    def __init__(self, function):
        self.function = function

    def run(self, *_):
        self.function()


@pytest.fixture
def cable(tmp_path):
    """A network of the client's own, in which a socket holds 4 KiB that wait to be sent."""
    reason = can_pull_cables()
    if reason:
        pytest.skip(f"SKIPPED: no network namespaces here: {reason}")
    with Cable(tmp_path / "hosts") as one:
        one.run("sh", "-c", "echo 4096 4096 4096 >/proc/sys/net/ipv4/tcp_wmem")
        yield one


def run_behind_a_full_socket(fv, bad, cable, out, messages):
    """Sync 60 files; the first answer to the 21st request begins with `messages`, while half of the requests wait for
    room. Returns (the paths that were asked for, those there are)."""
    files = {f"f{number:02}" + "ü" * 120: bytes([number]) * 2000 for number in range(60)}
    names = sorted(files)
    bad.publish(files)
    whole = ranged_file(files[names[20]])
    with Strait(cable.address, bad.port, most=32768) as strait:
        before = [[Sleep(0.5), messages, Sleep(0.5), Act(strait.open.set)]]
        bad.route(PLACE + names[20], lambda request: [*(before.pop() if before else []), whole(request)])
        fv("sync", "--retries", "1", "--pipeline", "64", "HAUC", out,
           portal=bad, prefix=cable.prefix, program=harness.PROGRAM).expect()
    assert_names(out, {LOCAL + name: content for name, content in files.items()})
    return [request.path for request in bad.requests[1:]], [PLACE + name for name in names]


@pytest.mark.parametrize("tickets", [1, 5])
def test_tickets_behind_a_full_socket(fv, bad_portal, cable, out, tickets):
    """mbedTLS sends on while it reads these, and would then send once more what it has sent."""
    bad = bad_portal(tls="1.3", host="portal.test", ipv6=False)
    asked, names = run_behind_a_full_socket(fv, bad, cable, out, [NewTicket()] * tickets)
    assert asked == names
    assert len(bad.connections) == 1


def test_a_hello_request_behind_a_full_socket(fv, bad_portal, cable, out):
    """mbedTLS says no to it unless the half of a record waits to be sent; OpenSSL ends the connection if it hears
    that."""
    bad = bad_portal(tls="1.2", host="portal.test", ipv6=False)
    asked, names = run_behind_a_full_socket(fv, bad, cable, out, [HelloRequest()])
    assert set(asked) == set(names)
    assert len(bad.connections) <= 2
