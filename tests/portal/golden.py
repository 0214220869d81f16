# SPDX-License-Identifier: MIT
"""The directory that tests/golden/0.1.0 is about: three files that are fetched, a fourth one that is partly there,
and the portal that has all.

Its portal is ORIGIN, because the ledger holds whole URLs: a test lets connections to that address end at a portal of
its own.
"""

import datetime
import os
import pathlib
from urllib.parse import quote

from answers import http_date, ok, ranged_file
from bad import BadPortal, entry

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "golden" / "0.1.0"
# by the first program with these formats: no last.json, and 3500 bytes of the part
FIRST = FOLDER.with_name("0.1.0-first")
HOST = "10.0.2.100"
ORIGIN = f"https://{HOST}"
PLACE = ("HAUC", "HAUC-3", "HAUC-3-2")
DATE = datetime.datetime(2021, 4, 2, 13, 44, 37, 293849, tzinfo=datetime.timezone.utc)
FETCHED = {"f1": 1000, "f2": 2000, "Été.csv": 3000}   # bytes; each two seconds younger than the one before
PARTIAL, PARTIAL_SIZE, PARTIAL_BYTES, ETAG = "f4", 6000, 4000, '"golden-4"'
KEY = "09523477e577e665"
OWN = {"ledger": "ledger", "ledger.index": "ledger.index", f"{KEY}.part": f"{KEY}.part", f"{KEY}.state": f"{KEY}.state",
       "last.json": "last.json"}   # name in .fluxvision: golden file


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def us_of(date):
    """Microseconds since 1970."""
    return (date - EPOCH) // datetime.timedelta(microseconds=1)


def content(name, size):
    """As tests/unit/test_golden.c makes it."""
    return bytes((i * 7 + name.encode()[-1]) % 251 for i in range(size))


def files():
    """{name: (content, date)} of all four."""
    sizes = {**FETCHED, PARTIAL: PARTIAL_SIZE}
    return {name: (content(name, size), DATE + datetime.timedelta(seconds=2 * i))
            for i, (name, size) in enumerate(sizes.items())}


def place(directory, own=None, folder=FOLDER):
    """Make the directory as 0.1.0 left it: the files that are fetched with their dates, and its own files."""
    target = directory.joinpath(*PLACE)
    target.mkdir(parents=True)
    for name, (data, date) in files().items():
        if name in FETCHED:
            path = target / name
            path.write_bytes(data)
            os.utime(path, ns=(us_of(date) * 1000,) * 2)
    (directory / ".fluxvision").mkdir()
    for name, golden in (OWN if own is None else own).items():
        (directory / ".fluxvision" / name).write_bytes((folder / golden).read_bytes())
    return directory


def whole(directory):
    """Assert that all four files are there, each with its content."""
    for name, (data, _) in files().items():
        assert directory.joinpath(*PLACE, name).read_bytes() == data, name


def ranged(name):
    """What the portal does when it is asked for that file."""
    data, date = files()[name]
    return ranged_file(data, ETAG if name == PARTIAL else f'"{quote(name)}"', http_date(us_of(date)))


def portal(certs, **options):
    """A portal that lists and has the four files."""
    server = BadPortal(certs=certs, **options)
    entries = []
    for name, (_, date) in files().items():
        entries.append(entry(name, *PLACE, modified=date.isoformat(),
                       url=f"http://{HOST}/api_file/v1/{'/'.join(PLACE)}/{quote(name)}"))
        server.route(f"/api_file/v1/{'/'.join(PLACE)}/{quote(name)}", ranged(name))
    path = "/api_file/v1"
    for code in PLACE:
        path += f"/{code}"
        server.route(path + "/", ok(server.listing(entries), [("Content-Type", "application/json")]))
    return server


def fetched(server):
    """[(name, Range or None)] of the files that were asked for."""
    return [(one.path.rsplit("/", 1)[1], one.headers.get("range"))
            for one in server.requests if not one.path.endswith("/")]
