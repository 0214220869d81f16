# SPDX-License-Identifier: MIT
"""A real web server as a child process: its directory, port, start and stop."""

import atexit
import base64
import contextlib
import ctypes
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import make_tree
from certs import Certs
from patience import PATIENCE_S

USER = "hauc"
PASSWORD = "s3cret:é"
REALM = "Flux Vision"
START_TIMEOUT_S = PATIENCE_S
STOP_TIMEOUT_S = 5


def has_ipv6():
    """Whether ::1 can be listened on."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as sock:
        sock.bind(("::1", 0))
        return True
    return False


class Port:
    """A TCP port of 127.0.0.1 and, where there is one, ::1: `number`, or one that is free. It is ours until close(),
    whether a server of ours (which has SO_REUSEADDR, too) listens on it or nobody does."""

    def __init__(self, number=0):
        self.sockets, self.number = [], number
        while not self._bind(number):
            pass

    def _bind(self, number):
        """Whether it is had; OSError if the one that is wanted is not."""
        try:
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))[:1 + has_ipv6()]:
                self.sockets.append(socket.socket(family))
                self.sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self.sockets[-1].bind((address, number or self.number))
                self.number = self.sockets[0].getsockname()[1]
            return True
        except OSError:
            self.close()
            if number:
                raise
            self.number = 0
            return False

    def close(self):
        """Others may have it."""
        while self.sockets:
            self.sockets.pop().close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def htpasswd(user, password):
    """A line of an htpasswd file that nginx and lighttpd both read."""
    digest = hashlib.sha1(password.encode()).digest()
    return f"{user}:{{SHA}}{base64.b64encode(digest).decode()}\n"


def die_with_parent():
    """Have the kernel stop the server if this process is killed (Linux; elsewhere nothing)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Server:
    """What Nginx and Lighttpd share. Starts when constructed; use it as a context manager or call stop().

    tree       a make_tree.Tree, or None for a portal that delivers nothing
    workdir    where configuration, listings and logs go; a temporary directory by default
    cert       name of the certificate, certs a Certs (default: the cached ones)
    tls        "1.2", "1.3" or "both"; ciphers those of TLS 1.2 in OpenSSL's notation
    auth       whether Basic authentication is asked for
    host       name in `url`; url_port "same", "none" or a number: port in the listed URLs
    big        number of entries of the extra organisation BIG, 0: none
    detached   keep running after this process
    """

    program = None

    def __init__(self, tree=None, *, workdir=None, cert="ecdsa-p256", certs=None, tls="both", ciphers=None, auth=True,
                 user=USER, password=PASSWORD, host="localhost", url_port="same", url_scheme="http", big=0, port=None,
                 ipv6=True, keepalive_requests=1000, keepalive_timeout=75, detached=False):
        self.tree, self.certs, self.cert, self.tls, self.ciphers = tree, certs or Certs(), cert, tls, ciphers
        self.auth, self.user, self.password = auth, user, password
        self.hostname, self.url_port, self.url_scheme, self.big = host, url_port, url_scheme, big
        self.ipv6 = ipv6 and has_ipv6()
        self.keepalive_requests, self.keepalive_timeout = keepalive_requests, keepalive_timeout
        self.detached, self.process, self.port, self.expected = detached, None, None, []
        self._reserved = None   # the port is ours while it is started again
        self._own_workdir = workdir is None
        self.workdir = pathlib.Path(workdir or tempfile.mkdtemp(prefix="portal-")).resolve()
        self.workdir.mkdir(parents=True, exist_ok=True)
        if tree:
            self.files = tree.files.resolve()
        else:
            self.files = self.workdir / "files"
        self.files.mkdir(parents=True, exist_ok=True)
        self.listings = self.workdir / "listings"
        self.log_path = self.workdir / "access.log"
        self.error_log = self.workdir / "error.log"
        self.password_file = self.workdir / "password"
        self.password_file.write_text(password + "\n", encoding="utf-8")
        self.password_file.chmod(0o600)
        atexit.register(self._at_exit)
        try:
            self.start(port)
        except BaseException:
            self.stop()
            raise

    host = property(lambda self: f"{self.hostname}:{self.port}", doc="HOST:PORT")
    url = property(lambda self: f"https://{self.host}", doc="the endpoint")
    api = property(lambda self: f"{self.url}/api_file/v1", doc="the API below the endpoint")
    ca = property(lambda self: self.certs.ca, doc="the CA that signed the good certificates")
    pin = property(lambda self: self.certs.pin(self.cert), doc="pin of the server's key")
    env = property(lambda self: {"FLUXVISION_ENDPOINT": self.url, "FLUXVISION_CACERT": str(self.ca),
                                 "FLUXVISION_USER": self.user, "FLUXVISION_PASSWORD_FILE": str(self.password_file)},
                   doc="the client's settings for this portal")

    def start(self, port=None):
        """Start (again): on `port`, on the port it had before, or on a free one."""
        wanted = port or self.port
        for _ in range(1 if wanted else 5):
            if not self._reserved or wanted != self._reserved.number:
                self._release()
                self._reserved = Port(wanted or 0)
            self.port = self._reserved.number
            self.relist()
            command = self.configure()
            if self._launch(command):
                return self
            self._release()
        raise RuntimeError(f"{self.program} did not start on port {self.port}:\n{self.error_text()}")

    def restart(self, **changes):
        """Stop, change attributes such as cert, tls or keepalive_requests, start on the same port."""
        self.shutdown()
        for name, value in changes.items():
            if not hasattr(self, name):
                raise AttributeError(name)
            setattr(self, name, value)
        return self.start()

    def relist(self):
        """Write the listings anew, after tree.items changed; sets and returns `expected`."""
        base = make_tree.base_url(self.host, self.url_port, self.url_scheme)
        self.listings.mkdir(exist_ok=True)
        if self.tree:
            self.expected = self.tree.write_listings(self.listings, base)
        if self.big:
            make_tree.write_big_listing(self.listings, self.big, base)
        make_tree.replace(self.workdir / "expected.json", json.dumps(self.expected, indent=1).encode())
        return self.expected

    def settle(self):
        """Wait until all that was answered is logged, where a server tells."""

    def log(self, at_least=0, timeout=PATIENCE_S):
        """The access log as a list of dicts, once it has `at_least` lines (or after `timeout` seconds)."""
        self.settle()
        deadline = time.monotonic() + timeout
        while True:
            lines = self._log_lines()
            if len(lines) >= at_least or time.monotonic() > deadline:
                return lines
            time.sleep(0.02)

    def clear_log(self):
        """Forget what was logged."""
        self.settle()
        with open(self.log_path, "r+b") as file:
            file.truncate(0)

    def error_text(self):
        """What the server wrote to its error log."""
        return self.error_log.read_text(errors="replace") if self.error_log.exists() else ""

    def shutdown(self):
        """Stop the process; configuration and logs stay."""
        process, self.process = self.process, None
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def stop(self):
        """Stop for good and remove the temporary directory."""
        atexit.unregister(self._at_exit)
        self.shutdown()
        self._release()
        if self._own_workdir:
            shutil.rmtree(self.workdir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def configure(self):
        """Write the configuration; returns the command that runs the server in the foreground."""
        raise NotImplementedError

    def _log_lines(self):
        raise NotImplementedError

    def _release(self):
        reserved, self._reserved = self._reserved, None
        if reserved:
            reserved.close()

    def _at_exit(self):
        if not self.detached:
            self.stop()

    def _launch(self, command):
        """Run the server; True once it accepts connections, False when it gave up."""
        self.pid_file.unlink(missing_ok=True)
        self.error_log.write_bytes(b"")
        self.log_path.touch()
        bind = not self.detached and threading.current_thread() is threading.main_thread()
        with open(self.error_log, "ab") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                            start_new_session=True, preexec_fn=die_with_parent if bind else None)
        deadline = time.monotonic() + START_TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.pid_file.exists() and self._accepts():
                return True
            time.sleep(0.01)
        self.shutdown()
        return False

    pid_file = property(lambda self: self.workdir / f"{self.program}.pid", doc="written once the port is bound")

    def _accepts(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False


def find_program(name):
    """The full path of a server, which Debian puts where a user's PATH does not look."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")
    if not path:
        raise FileNotFoundError(f"{name} is not installed")
    return path
