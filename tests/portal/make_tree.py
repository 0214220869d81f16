#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Generate what a test portal serves.

    make_tree.py OUT [--small-count N] [--big-mib N | --big-bytes N] [--host HOST:PORT] [--url-port same|none|N]
    make_tree.py OUT --listing N [--org BIG] [--host HOST:PORT] [--url-port same|none|N]

The first form writes OUT/files (the deliveries, at the paths of their URLs), OUT/listings (the JSON of the three
levels, `.listing.json` in the directory of its URL) and OUT/expected.json, one object a file in listing order. Files
made by an earlier run with the same sizes are kept. The second form writes only the listing of an organisation with
that many entries, for which there are no files.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import sys

import catalog

LISTING = ".listing.json"
BIG_BYTES = 100 * 1000 * 1000
SMALL_COUNT = 300


def base_url(host, url_port="same", scheme="http"):
    """Scheme and host of the listed URLs: `host` is HOST:PORT, `url_port` is same, none or a number."""
    if url_port != "same":
        host = host.rpartition(":")[0] or host
        if url_port != "none":
            host = f"{host}:{url_port}"
    return f"{scheme}://{host}"


def render(items, base):
    """The items as JSON, each written in its own style."""
    texts = []
    for item in items:
        entry = catalog.fields(item, base)
        ascii_only = bool(item.json_style.get("ascii")) or has_surrogate(entry)
        texts.append(json.dumps(entry, ensure_ascii=ascii_only, indent=item.json_style.get("indent")))
    return ("[" + ", ".join(texts) + "]").encode()


def has_surrogate(entry):
    """Whether a value can only be written as an escape."""
    return any(isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value)
               for value in entry.values())


class Tree:
    """Deliveries on disk. `items` may be changed; then a server's `relist()` (or `write_listings`) shows it."""

    def __init__(self, out, items):
        self.out = pathlib.Path(out)
        self.files = self.out / "files"
        self.items = items

    def path(self, item):
        """Where the bytes of `item` are."""
        return self.files / item.disk

    def expected(self, base):
        """What a client should find, in listing order."""
        return [{"org": item.org, "study": item.study, "delivery": item.delivery, "file_name": item.file_name,
                 "url": base + item.url_path, "segment": item.segment, "modified": item.modified,
                 "mtime_us": item.mtime_us, "size": item.size, "sha256": item.sha256,
                 "source": str(self.path(item).resolve())} for item in self.items]

    def write_listings(self, directory, base):
        """Write the three levels of listings below `directory`; returns `expected(base)`."""
        root = pathlib.Path(directory) / "api_file" / "v1"
        shutil.rmtree(root, ignore_errors=True)
        groups = {(catalog.ORG,): [], (catalog.ORG, "HAUC-9"): [], (catalog.ORG, "HAUC-9", "HAUC-9-1"): []}
        for item in self.items:
            key = (item.org, item.study, item.delivery)
            for depth in (1, 2, 3):
                groups.setdefault(key[:depth], []).append(item)
        for key, items in groups.items():
            place = root.joinpath(*key)
            place.mkdir(parents=True, exist_ok=True)
            replace(place / LISTING, render(items, base))
        return self.expected(base)

    def find(self, file_name, delivery=None):
        """The first item of that name."""
        for item in self.items:
            if item.file_name == file_name and delivery in (None, item.delivery):
                return item
        raise KeyError(file_name)

    def update(self, item, content, modified=None):
        """Replace the bytes of `item` (and its date): the portal has a new version."""
        item.modified = modified or item.modified
        path = self.path(item)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, content)
        set_time(path, item)
        item.content, item.size, item.sha256 = None, len(content), hashlib.sha256(content).hexdigest()

    def add(self, file_name, content, org=catalog.ORG, study="HAUC-3", delivery="HAUC-3-2", segment=None,
            modified="2021-04-02T15:44:37.293849+02:00", **more):
        """Deliver one more file; returns its item."""
        item = catalog.Item(org, study, delivery, file_name, segment or file_name, modified, **more)
        self.update(item, content)
        self.items.append(item)
        return item

    def remove(self, item):
        """Withdraw a file."""
        self.items.remove(item)
        self.path(item).unlink()


def replace(path, data):
    """Write a whole file or nothing."""
    temporary = path.with_name(path.name + ".tmp~")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def set_time(path, item):
    """Give a file the date its entry has."""
    os.utime(path, ns=(item.mtime_us * 1000, item.mtime_us * 1000))


def build(out, small_count=SMALL_COUNT, big_bytes=BIG_BYTES):
    """Make OUT/files, or take them from an earlier run; returns the Tree."""
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tree = Tree(out, catalog.catalog(small_count, big_bytes))
    key = {"small_count": small_count, "big_bytes": big_bytes,
           "source": hashlib.sha256(pathlib.Path(catalog.__file__).read_bytes()).hexdigest()}
    with locked(out / ".lock"):
        sums = known_sums(out / "sums.json", key)
        if not sums or any(not tree.path(item).is_file() for item in tree.items):
            shutil.rmtree(tree.files, ignore_errors=True)
            sums = [write_item(tree.path(item), item) for item in tree.items]
            replace(out / "sums.json", json.dumps({"key": key, "sums": sums}).encode())
    for item, (size, digest) in zip(tree.items, sums):
        item.size, item.sha256 = size, digest
    return tree


def write_item(path, item):
    """Write one generated file; returns its size and SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open(path, "wb") as file:
        for block in catalog.contents(*item.content):
            file.write(block)
            digest.update(block)
            size += len(block)
    set_time(path, item)
    return size, digest.hexdigest()


def known_sums(path, key):
    """The sizes and sums of an earlier run with the same key, or nothing."""
    with contextlib.suppress(OSError, ValueError):
        stored = json.loads(path.read_bytes())
        if stored["key"] == key:
            return stored["sums"]
    return None


@contextlib.contextmanager
def locked(path):
    """Keep other processes out."""
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_big_listing(directory, count, base, org="BIG"):
    """Write the listing of `org` with `count` entries and no files; returns its path."""
    place = pathlib.Path(directory) / "api_file" / "v1" / org
    place.mkdir(parents=True, exist_ok=True)
    path = place / LISTING
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("[")
        for start in range(0, count, 10000):
            if start:
                file.write(",")
            file.write(",".join(big_entry(number, base, org) for number in range(start, min(start + 10000, count))))
        file.write("]")
    return path


def big_entry(number, base, org):
    """One entry of a long listing, as JSON; 1000 files a delivery, 100 deliveries a study."""
    study = f"{org}-{number // 100000 + 1}"
    delivery = f"{study}-{number // 1000 % 100 + 1}"
    day, rest = divmod(number, 86400)
    return (f'{{"orga_code_ref":"{org}","study_code_ref":"{study}","delivery_code_ref":"{delivery}",'
            f'"file_name":"jour_{number}.csv","file_last_modified_date":"2021-{day % 12 + 1:02}-{day % 28 + 1:02}T'
            f'{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{number * 7919 % 1000000:06}+02:00",'
            f'"url":"{base}/api_file/v1/{org}/{study}/{delivery}/file_{number}",'
            f'"study_name":"Étude n° {number % 97}","delivery_name":null}}')


def size_option(parser):
    """The options that say what is made, for every command that makes a tree."""
    parser.add_argument("--small-count", type=int, default=SMALL_COUNT, metavar="N", help="small files (%(default)s)")
    big = parser.add_mutually_exclusive_group()
    big.add_argument("--big-mib", type=int, metavar="N", help="size of the large file; 0: none")
    big.add_argument("--big-bytes", type=int, default=BIG_BYTES, metavar="N", help="the same in bytes (%(default)s)")


def big_size(options):
    """The size of the large file that was asked for."""
    return options.big_bytes if options.big_mib is None else options.big_mib << 20


def main():
    parser = argparse.ArgumentParser(description="Generate what a test portal serves.")
    parser.add_argument("out", metavar="OUT")
    size_option(parser)
    parser.add_argument("--host", default="localhost:8443", metavar="HOST:PORT", help="portal in the URLs")
    parser.add_argument("--url-port", default="same", metavar="same|none|N", help="port shown in the URLs")
    parser.add_argument("--url-scheme", default="http", choices=("http", "https"))
    parser.add_argument("--listing", type=int, metavar="N", help="only a listing of N entries")
    parser.add_argument("--org", default="BIG", help="its organisation (%(default)s)")
    options = parser.parse_args()
    base = base_url(options.host, options.url_port, options.url_scheme)
    listings = pathlib.Path(options.out) / "listings"
    if options.listing is not None:
        path = write_big_listing(listings, options.listing, base, options.org)
        print(f"{path}: {options.listing} entries, {path.stat().st_size} bytes")
        return 0
    tree = build(options.out, options.small_count, big_size(options))
    expected = tree.write_listings(listings, base)
    replace(tree.out / "expected.json", json.dumps(expected, indent=1).encode())
    print(f"{tree.out}: {len(expected)} files, {sum(item['size'] for item in expected)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
