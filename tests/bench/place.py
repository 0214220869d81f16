"""What the programs are run against: nginx as the portal, deliveries and output on a RAM disk.

An organisation F<n> lists n files of 4 KiB, of different content; organisation BIG<n> lists n entries that nobody
fetches, and /api_file/v1/BULK/BULK-1/BULK-1-1/listing<n> is the same bytes as a file; .../bulk is the large file.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "portal"))

import make_tree  # noqa: E402
from nginx import Nginx  # noqa: E402
from server import free_port  # noqa: E402

import namespaces  # noqa: E402

FILE_BYTES = 4096
PER_DELIVERY = 1000


class Tree:
    """The files of the portal, made as they are asked for. Nginx takes it for a make_tree.Tree."""

    items = ()

    def __init__(self, work):
        self.files, self.count = work / "files", 0
        self.api = self.files / "api_file" / "v1"
        self.bulk = self.api / "BULK" / "BULK-1" / "BULK-1-1"
        self.bulk.mkdir(parents=True)
        self.pool = work / "pool"
        self.pool.mkdir()

    def write_listings(self, directory, base):
        """Nothing yet: see organisation() and big_listing()."""
        return []

    def need(self, count):
        """Have `count` small files."""
        for number in range(self.count, count):
            if number % PER_DELIVERY == 0:
                place(self.pool, number).parent.mkdir(parents=True, exist_ok=True)
            place(self.pool, number).write_bytes(content(number))
        self.count = max(self.count, count)

    def organisation(self, listings, base, count):
        """Deliver `count` small files; returns (organisation, their URLs as https)."""
        org = f"F{count}"
        self.need(count)
        with contextlib.suppress(FileExistsError):
            (self.api / org).symlink_to(self.pool)
        paths = [f"{base}/api_file/v1/{place(pathlib.Path(org), number)}" for number in range(count)]
        entries = [f'{{"orga_code_ref":"{org}","study_code_ref":"S-1","delivery_code_ref":"S-1-{number // PER_DELIVERY}",'
                   f'"file_name":"jour_{number}.csv","file_last_modified_date":"2021-04-02T15:44:37.{number:06}+02:00",'
                   f'"url":"{path}"}}' for number, path in enumerate(paths)]
        target = listings / "api_file" / "v1" / org
        target.mkdir(parents=True, exist_ok=True)
        (target / make_tree.LISTING).write_text("[" + ", ".join(entries) + "]", encoding="utf-8")
        return org, ["https" + path.removeprefix("http") for path in paths]

    def big_listing(self, listings, base, count):
        """List `count` entries; returns (organisation, path of the same bytes as a file)."""
        path = make_tree.write_big_listing(listings, count, base, f"BIG{count}")
        os.link(path, self.bulk / f"listing{count}")
        return f"BIG{count}", f"/api_file/v1/BULK/BULK-1/BULK-1-1/listing{count}"

    def large(self, size):
        """One file of that size; returns the path of its URL."""
        block = b"".join(content(number) for number in range(256))
        with open(self.bulk / "bulk", "wb") as file:
            for _ in range(size // len(block)):
                file.write(block)
        return "/api_file/v1/BULK/BULK-1/BULK-1-1/bulk"


def place(above, number):
    """Where the small file `number` is, below the folder of its organisation."""
    return above / "S-1" / f"S-1-{number // PER_DELIVERY}" / f"file_{number}"


def content(number):
    """The bytes of a small file: no two are equal, none can be packed."""
    return hashlib.shake_128(str(number).encode()).digest(FILE_BYTES)


class Portal:
    """nginx, TLS 1.3 and Basic authentication; `prefix` is what runs a client so that it sees this one."""

    def __init__(self, place_, hostname, nginx, prefix=()):
        self.tree, self.listings, self.nginx, self.prefix = place_.tree, nginx.listings, nginx, list(prefix)
        self.base = f"http://{hostname}:{nginx.port}"
        self.url = f"https://{hostname}:{nginx.port}"

    def organisation(self, count):
        """See Tree."""
        return self.tree.organisation(self.listings, self.base, count)

    def big_listing(self, count):
        """See Tree."""
        org, path = self.tree.big_listing(self.listings, self.base, count)
        return org, self.url + path

    def large(self, size):
        """See Tree; returns the URL."""
        return self.url + self.tree.large(size)


class Place:
    """The RAM disk's directory, the portals on it, the output. Use as a context manager."""

    def __init__(self):
        ram = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="fluxvision-bench-", dir=ram))
        self.tree, self.stack = Tree(self.work), contextlib.ExitStack()
        self.stack.callback(shutil.rmtree, self.work, ignore_errors=True)

    def near(self):
        """The portal on loopback."""
        nginx = self.stack.enter_context(BenchNginx(self.tree, workdir=self.work / "near", tls="1.3"))
        return Portal(self, "localhost", nginx)

    def far(self, delay_ms, relay):
        """A portal that many milliseconds away, there and back, or OSError where there are no namespaces."""
        row = self.stack.enter_context(namespaces.Namespaces(relay, delay_ms, self.work))
        port = free_port()
        nginx = self.stack.enter_context(BenchNginx(
            self.tree, workdir=self.work / "far", tls="1.3", port=port, inside=row.server,
            server_extra=f"listen {namespaces.SERVER}:{port} ssl;"))
        return Portal(self, namespaces.NAME, nginx, row.client)

    def output(self):
        """An empty directory for what is fetched."""
        path = self.work / "out"
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()


class BenchNginx(Nginx):
    """nginx without a log of requests, perhaps inside a namespace."""

    def __init__(self, tree, inside=(), server_extra="", **common):
        self.inside = list(inside)
        super().__init__(tree, server_extra=f"access_log off; {server_extra}", ipv6=False, password="s3cret", **common)

    def configure(self):
        return [*self.inside, *super().configure()]

    def _accepts(self):
        probe = [*self.inside, sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {self.port}))"]
        return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0
