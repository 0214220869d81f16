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
    While `shut` is set nothing goes to the portal."""

    def __init__(self, address, port):
        super().__init__()
        self.port, self.shut = port, threading.Event()
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.bind((address, port))
        sock.listen()
        self._sockets = [sock]
        self._spawn(self._accept, sock)

    def serve(self, sock, number):
        with socket.create_connection(("127.0.0.1", self.port)) as far:
            while not self.stopping.is_set():
                ways = [far] if self.shut.is_set() else [far, sock]
                for one in select.select(ways, [], [], 0.02)[0]:
                    data = one.recv(65536)
                    if not data:
                        return
                    (sock if one is far else far).sendall(data)


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


@pytest.mark.parametrize("tls, messages", [
    ("1.3", [NewTicket()]), ("1.3", [NewTicket()] * 5), ("1.2", [HelloRequest()]),
], ids=["a ticket", "tickets", "HelloRequest"])
def test_behind_a_full_socket(fv, bad_portal, cable, out, tls, messages):
    """mbedTLS sends on while it reads these, and would then send once more what it has sent."""
    bad = bad_portal(tls=tls, host="portal.test", ipv6=False)
    files = {f"f{number:02}" + "ü" * 120: bytes([number]) * 2000 for number in range(60)}
    names = sorted(files)
    bad.publish(files)
    with Strait(cable.address, bad.port) as strait:
        whole = ranged_file(files[names[20]])
        bad.route(PLACE + names[20], lambda request: [
            Act(strait.shut.set), Sleep(0.5), messages, Sleep(0.5), Act(strait.shut.clear), whole(request)])
        fv("sync", "--pipeline", "64", "HAUC", out, portal=bad, prefix=cable.prefix, program=harness.PROGRAM).expect()
    assert [request.path for request in bad.requests[1:]] == [PLACE + name for name in names]
    assert len(bad.connections) == 1
    assert_names(out, {LOCAL + name: content for name, content in files.items()})
