# SPDX-License-Identifier: MIT
"""A listening port with a thread for each connection."""

import atexit
import contextlib
import socket
import struct
import threading

from server import Port, has_ipv6


class Listener:
    """Accepts on 127.0.0.1 and, where there is one, ::1; subclasses implement serve(sock, number).

    A subclass calls listen() when it is ready. Use it as a context manager or call stop(), which also ends all
    connections.
    """

    def __init__(self):
        self.stopping = threading.Event()
        self.lock = threading.Condition()
        self._live, self._threads, self._accepted = set(), [], 0
        self._sockets, self._reserved, self.port = [], None, None

    def listen(self, port=None, ipv6=True, backlog=128):
        """Open the port (default: a free one) and start to accept."""
        self._sockets, self._reserved = self._bind(port, ipv6 and has_ipv6(), backlog)
        self.port = self._reserved.number
        atexit.register(self.stop)
        for sock in self._sockets:
            self._spawn(self._accept, sock)

    def serve(self, sock, number):
        """Handle one connection (the first is number 1); the socket is closed afterwards."""
        raise NotImplementedError

    def accepted(self, number):
        """A connection has come; those of higher numbers come later, whatever their threads do first."""

    def stop(self):
        """Close the port and every connection; wait for the threads."""
        atexit.unregister(self.stop)
        self.stopping.set()
        with self.lock:
            live = list(self._live)
            self.lock.notify_all()
        for sock in self._sockets + live:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for sock in self._sockets:
            sock.close()
        if self._reserved:
            self._reserved.close()
        for thread in list(self._threads):
            if thread is not threading.current_thread():
                thread.join(5)

    def refuse(self):
        """Close the port only: further connections are refused, those there are go on. Nobody else gets the port."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @staticmethod
    def _bind(port, ipv6, backlog):
        for attempt in range(5):
            reserved, sockets = Port(port or 0), []
            try:
                for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))[:1 + ipv6]:
                    sockets.append(socket.socket(family))
                    sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    sockets[-1].bind((address, reserved.number))
                    sockets[-1].listen(backlog)
                return sockets, reserved
            except OSError:
                for sock in sockets:
                    sock.close()
                reserved.close()
                if port or attempt == 4:
                    raise
        raise AssertionError("not reached")

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads = [old for old in self._threads if old.is_alive()] + [thread]
        thread.start()

    def _accept(self, listening):
        while not self.stopping.is_set():
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self._accepted += 1
                number = self._accepted
                self._live.add(sock)
                self.accepted(number)
                self._spawn(self._run, sock, number)

    def _run(self, sock, number):
        try:
            if not self.stopping.is_set():
                self.serve(sock, number)
        except OSError:
            pass  # the client went away, or stop() was called
        finally:
            with self.lock:
                self._live.discard(sock)
            sock.close()


def reset(sock):
    """Close with a TCP reset."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    hang_up(sock)


def finish(sock, timeout=1.0):
    """Close with a FIN, not the reset that unread bytes would cause: read them first."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(timeout)
        while sock.recv(65536):
            pass
    hang_up(sock)


def hang_up(sock):
    """Close a socket that other threads may be waiting on."""
    with contextlib.suppress(OSError):
        sock.close()
