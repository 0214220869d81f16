# SPDX-License-Identifier: MIT
"""What the programs are run against: nginx as the portal, deliveries on a RAM disk, output there or on a real disk.

An organisation F<n> lists n files of 4 KiB, of different content; R<n> lists the same, each behind a redirect to
another origin (far away only); organisation BIG<n> lists n entries that nobody fetches, and
/api_file/v1/BULK/BULK-1/BULK-1-1/listing<n> is the same bytes as a file; .../bulk is the large file; L<n> lists LARGE
files that are n bytes together. The demo is that of `make demo`.
"""

import base64
import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "portal"))

import catalog  # noqa: E402
import make_tree  # noqa: E402
from nginx import Nginx  # noqa: E402
from server import USER  # noqa: E402

import namespaces  # noqa: E402

FILE_BYTES = 4096
PER_DELIVERY = 1000
LARGE = 4
PASSWORD = "s3cret"


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

    def organisation(self, listings, base, org, count):
        """Deliver `count` small files as `org`; returns their URLs as https."""
        self.need(count)
        with contextlib.suppress(FileExistsError):
            (self.api / org).symlink_to(self.pool)
        return self._list(listings, base, org, count)

    def large_files(self, listings, base, size):
        """Deliver LARGE files of `size` bytes together; returns (organisation, their URLs as https)."""
        org = f"L{size}"
        first = place(self.api / org, 0)
        if not first.exists():
            first.parent.mkdir(parents=True)
            write(first, size // LARGE)
            for number in range(1, LARGE):
                os.link(first, place(self.api / org, number))
        return org, self._list(listings, base, org, LARGE)

    def _list(self, listings, base, org, count):
        """List the files of `org`; returns their URLs as https."""
        paths = [f"{base}/api_file/v1/{place(pathlib.Path(org), number)}" for number in range(count)]
        entries = [f'{{"orga_code_ref":"{org}","study_code_ref":"S-1",'
                   f'"delivery_code_ref":"S-1-{number // PER_DELIVERY}",'
                   f'"file_name":"jour_{number}.csv","file_last_modified_date":"2021-04-02T15:44:37.{number:06}+02:00",'
                   f'"url":"{path}"}}' for number, path in enumerate(paths)]
        target = listings / "api_file" / "v1" / org
        target.mkdir(parents=True, exist_ok=True)
        (target / make_tree.LISTING).write_text("[" + ", ".join(entries) + "]", encoding="utf-8")
        return ["https" + path.removeprefix("http") for path in paths]

    def big_listing(self, listings, base, count):
        """List `count` entries; returns (organisation, path of the same bytes as a file)."""
        path = make_tree.write_big_listing(listings, count, base, f"BIG{count}")
        os.link(path, self.bulk / f"listing{count}")
        return f"BIG{count}", f"/api_file/v1/BULK/BULK-1/BULK-1-1/listing{count}"

    def large(self, size):
        """One file of that size; returns the path of its URL."""
        write(self.bulk / "bulk", size)
        return "/api_file/v1/BULK/BULK-1/BULK-1-1/bulk"


def place(above, number):
    """Where the small file `number` is, below the folder of its organisation."""
    return above / "S-1" / f"S-1-{number // PER_DELIVERY}" / f"file_{number}"


def write(path, size):
    """A file of that size, in whole MiB."""
    block = b"".join(content(number) for number in range(256))
    with open(path, "wb") as file:
        for _ in range(size // len(block)):
            file.write(block)


def content(number):
    """The bytes of a small file: no two are equal, none can be packed."""
    return hashlib.shake_128(str(number).encode()).digest(FILE_BYTES)


class Portal:
    """nginx, TLS 1.3 and Basic authentication; `prefix` is what runs a client so that it sees this one."""

    def __init__(self, place_, hostname, nginx, prefix=()):
        self.tree, self.listings, self.nginx, self.prefix = place_.tree, nginx.listings, nginx, list(prefix)
        self.base = f"http://{hostname}:{nginx.port}"
        self.url = f"https://{hostname}:{nginx.port}"

    def organisation(self, count, kind="F"):
        """See Tree; `kind` is R for files behind a redirect. Returns (organisation, URLs)."""
        return f"{kind}{count}", self.tree.organisation(self.listings, self.base, f"{kind}{count}", count)

    def large_files(self, size):
        """See Tree."""
        return self.tree.large_files(self.listings, self.base, size)

    def big_listing(self, count):
        """See Tree."""
        org, path = self.tree.big_listing(self.listings, self.base, count)
        return org, self.url + path

    def large(self, size):
        """See Tree; returns the URL."""
        return self.url + self.tree.large(size)


class Place:
    """The portals, below the folder `work` of a RAM disk, and the output there or on a Disk. Use as a context
    manager."""

    def __init__(self, work, disk):
        self.work, self.disk, self.tree, self.stack = work, disk, Tree(work), contextlib.ExitStack()

    def near(self):
        """The portal on loopback."""
        nginx = self.stack.enter_context(BenchNginx(self.tree, workdir=self.work / "near", tls="1.3"))
        return Portal(self, "localhost", nginx)

    def far(self, delay_ms, relay):
        """A portal that many milliseconds away, there and back, or OSError where there are no namespaces."""
        row = self.stack.enter_context(namespaces.Namespaces(relay, delay_ms, self.work))
        # The second origin refuses whoever shows it the password of the first. (wget2 sends an empty one.)
        basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        second = self._inside(row, "second", f'if ($http_authorization = "{basic}") {{ return 403; }}', cert="wildcard",
                              auth=False)
        first = self._inside(row, "far", f"""location ~ "^/api_file/v1/R[0-9]+/S-1/." {{
            if ($http_authorization != "{basic}") {{ return 401; }}
            return 302 https://{namespaces.SECOND}:{second.port}$request_uri;
        }}""")
        return Portal(self, namespaces.NAME, first, row.client)

    def _inside(self, row, name, server_extra, **more):
        return self.stack.enter_context(BenchNginx(
            self.tree, workdir=self.work / name, tls="1.3", inside=row.server,
            server_extra=f"listen {namespaces.SERVER}:{{port}} ssl; {server_extra}", **more))

    def demo(self, small_count, big_bytes):
        """The portal of the demo; returns (Portal, organisation, URLs, bytes)."""
        tree = make_tree.build(self.work / "demo", small_count, big_bytes)
        nginx = self.stack.enter_context(BenchNginx(tree, workdir=self.work / "demo-portal", tls="1.3"))
        urls = ["https://" + urllib.parse.quote(item["url"].partition("://")[2], safe="/:%+&;=,@!$'()*~")
                for item in nginx.expected]
        return Portal(self, "localhost", nginx), catalog.ORG, urls, sum(item["size"] for item in nginx.expected)

    def out(self, on_disk=False):
        """Where the output is."""
        return (self.disk.path if on_disk else self.work) / "out"

    def output(self, on_disk=False):
        """Empty that directory."""
        path = self.out(on_disk)
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()


class BenchNginx(Nginx):
    """nginx without a log of requests, perhaps inside a namespace."""

    def __init__(self, tree, inside=(), server_extra="", **common):
        self.inside = list(inside)
        super().__init__(tree, server_extra=f"access_log off; {server_extra}", ipv6=False, password=PASSWORD, **common)

    def configure(self):
        return [*self.inside, *super().configure()]

    def _accepts(self):
        probe = [*self.inside, sys.executable, "-c",
                 f"import socket; socket.create_connection(('127.0.0.1', {self.port}))"]
        return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0
