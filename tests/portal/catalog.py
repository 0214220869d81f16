# SPDX-License-Identifier: MIT
"""What the test portal delivers: names, dates and contents, the same on every run.

The names are modelled on the real portal: codes such as HAUC-3-2, names with spaces and accents, file names that
occur twice in a delivery or differ from the last segment of the URL, and JSON written in more than one way.
"""

import datetime
import io
import random
import zipfile
from dataclasses import dataclass, field
from urllib.parse import quote

ORG = "HAUC"
LONE_SURROGATE = "Mobilit\u00e9 \ud83d 2020"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
KIB = 1024
SMALL_MAX = 300 * KIB
BIG_NAME = "matrices origine-destination 2021.zip"

STUDY_NAMES = {
    "HAUC-1": "Fréquentation touristique 2018",
    "HAUC-2": LONE_SURROGATE,
    "HAUC-3": None,
    "HAUC-4": "Étude B6 2019",
    "HAUC-5": "Mobilité domicile-travail",
    "Étude B6 2019": "Étude B6 2019",
}


@dataclass
class Item:
    """One file of the portal; `url_path` is what its URL shows after the host, `disk` where its bytes are."""
    org: str
    study: str
    delivery: str
    file_name: str
    segment: str              # last segment of the URL, decoded
    modified: str             # as listed
    content: tuple = None     # (kind, size, seed), or None when the bytes are on disk already
    url_style: str = "plain"  # plain: percent-encoded where needed; raw: spaces and UTF-8 as they are
    json_style: dict = field(default_factory=dict)
    extra: dict = field(default_factory=dict)
    size: int = 0
    sha256: str = ""

    @property
    def disk(self):
        """Path below the root of the files."""
        return "/".join(("api_file/v1", self.org, self.study, self.delivery, self.segment))

    @property
    def url_path(self):
        """Path and what follows, as it stands in the listing's `url`."""
        return "/" + (self.disk if self.url_style == "raw" else quote(self.disk))

    @property
    def mtime_us(self):
        """The listed date in microseconds since 1970, UTC."""
        return (datetime.datetime.fromisoformat(self.modified) - EPOCH) // datetime.timedelta(microseconds=1)


def small_size(rng, number):
    """A size from 0 to 300 KiB, small ones more often; the extremes come first."""
    first = (0, 1, SMALL_MAX, 1460, 16384, 16385)
    if number < len(first):
        return first[number]
    return int(SMALL_MAX ** rng.random())


def date_text(rng, number):
    """An RFC 3339 date: most with microseconds and a French offset, some in every other form."""
    moment = datetime.datetime(2018, 1, 1) + datetime.timedelta(
        seconds=rng.randrange(4 * 365 * 86400), microseconds=rng.randrange(1, 1000000))
    offset = "+02:00" if 4 <= moment.month <= 10 else "+01:00"
    form = number % 8
    if form == 3:
        return moment.isoformat(timespec="microseconds") + "Z"
    if form == 4:
        return moment.isoformat(timespec="seconds") + offset
    if form == 5:
        return moment.isoformat(timespec="seconds") + "Z"
    if form == 6:
        return moment.isoformat(timespec="microseconds") + ("-05:30", "+05:45", "+14:00", "-11:00")[number // 8 % 4]
    if form == 7:
        return moment.isoformat(timespec="milliseconds") + "+00:00"
    return moment.isoformat(timespec="microseconds") + offset


def small_items(rng, count):
    """The delivery of many small files, HAUC/HAUC-3/HAUC-3-1."""
    subjects = ("presence", "flux", "nuitées", "excursions", "matrice OD", "durées")
    for number in range(count):
        kind = ("csv", "csv", "zip", "pdf")[number % 4]
        name = f"{subjects[number % len(subjects)]}_{2018 + number % 4}-{1 + number % 12:02}_{number:04}.{kind}"
        segment = name if number % 3 else f"file_{number}"
        yield Item(ORG, "HAUC-3", "HAUC-3-1", name, segment, date_text(rng, number),
                   (kind, small_size(rng, number), number), "raw" if number % 5 == 1 else "plain")


def special_items(rng):
    """Names that have caused trouble."""
    def item(study, delivery, name, segment, kind="csv", size=2000, **more):
        number = rng.randrange(1 << 16)
        more.setdefault("modified", date_text(rng, number))
        return Item(ORG, study, delivery, name, segment, content=(kind, size, 100000 + number), **more)

    yield item("HAUC-1", "HAUC-1-1", "Fréquentation été.csv", "Fréquentation été.csv", url_style="raw")
    yield item("HAUC-1", "HAUC-1-1", "lisez-moi.txt", "lisez-moi.txt", size=73)
    yield item("HAUC-1", "HAUC-1-1", "taux 50% (v2).csv", "taux 50% (v2).csv")
    yield item("HAUC-1", "HAUC-1-1", "a+b&c;d=e,f.csv", "a+b&c;d=e,f.csv")
    yield item("HAUC-1", "HAUC-1-1", "dièse #1 ?.csv", "dièse #1 ?.csv")
    yield item("HAUC-2", "HAUC-2-1", "données.zip", "file_7", "zip", 50000)
    yield item("HAUC-2", "HAUC-2-1", "データ 2020.csv", "data 2020.csv", url_style="raw")
    yield item("HAUC-3", "HAUC-3-2", "f1", "file_1", modified="2021-04-02T15:44:37.293849+02:00")
    yield item("HAUC-3", "HAUC-3-2", "f2", "file_2", modified="2021-04-02T13:44:37.293850Z")
    yield item("HAUC-3", "HAUC-3-2", "vide.csv", "vide.csv", size=0)
    for number in (11, 12, 13):
        yield item("HAUC-4", "HAUC-4-1", "resultats.csv", f"file_{number}", size=1000 * number)
    yield item("HAUC-4", "HAUC-4-1", "Étude B6 2019 - synthèse.pdf", "Étude B6 2019 - synthèse.pdf", "pdf", 80000,
               url_style="raw")
    yield item("HAUC-4", "HAUC-4-2", "resultats.csv", "resultats.csv", size=1000)
    yield item("Étude B6 2019", "Livraison n°1", "zones.csv", "zones.csv", url_style="raw")
    yield item("Étude B6 2019", "Livraison n°1", "carte des zones.pdf", "carte des zones.pdf", "pdf")


def catalog(small_count, big_bytes):
    """All items in listing order, each with a way of writing its JSON; no big file if `big_bytes` is 0."""
    rng = random.Random("fluxvision")
    items = list(special_items(rng))
    items[8:8] = small_items(rng, small_count)
    if big_bytes:
        items.append(Item(ORG, "HAUC-5", "HAUC-5-1", BIG_NAME, "file_100", "2021-11-30T23:59:59.999999+01:00",
                          ("random", big_bytes, 0)))
    for number, item in enumerate(items):
        item.json_style = {"seed": number, "shuffle": number % 3 == 2, "ascii": number % 4 == 1,
                           "indent": 4 if number % 7 == 6 else None, "names": number % 5 != 4}
        if number % 6 == 5:
            item.extra = {"checksum": None, "size_hint": 1.5e3, "downloaded": False,
                          "tags": ["a]", {"url": "not this one", "b": []}, "}\\\""]}
    return items


def fields(item, base):
    """The listing's object for `item`; `base` is scheme and host."""
    entry = {
        "orga_code_ref": item.org,
        "study_code_ref": item.study,
        "delivery_code_ref": item.delivery,
        "file_name": item.file_name,
        "file_last_modified_date": item.modified,
        "url": base + item.url_path,
    }
    if item.json_style.get("names", True):
        entry["orga_name"] = "Hautes-Alpes"
        entry["study_name"] = STUDY_NAMES.get(item.study)
        entry["delivery_name"] = f"Livraison {item.delivery}" if item.json_style.get("seed", 0) % 2 else None
    entry.update(item.extra)
    if item.json_style.get("shuffle"):
        keys = list(entry)
        random.Random(item.json_style["seed"]).shuffle(keys)
        entry = {key: entry[key] for key in keys}
    return entry


def contents(kind, size, seed):
    """The bytes of a file, in blocks."""
    rng = random.Random(f"{kind}-{seed}")
    if kind == "random":
        while size > 0:
            block = rng.randbytes(min(size, 1 << 20))
            size -= len(block)
            yield block
        return
    if kind == "csv":
        rows = "".join(f"2019-07-{day:02};zone {rng.randrange(90)};{rng.randrange(100000)};résident\r\n"
                       for day in range(1, 29)).encode()
        data = b"date;zone;volume;profil\r\n" + rows * (size // len(rows) + 1)
    elif kind == "zip":
        data = stored_zip(rng, size)
    else:
        data = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + rng.randbytes(max(0, size - 21)) + b"\n%%EOF"
    yield data[:size]


def stored_zip(rng, size):
    """A zip archive of exactly `size` bytes, or the beginning of one when that is too small."""
    info = zipfile.ZipInfo("données.csv", (2019, 7, 1, 0, 0, 0))
    overhead = 22 + 30 + 46 + 2 * len("données.csv".encode())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, rng.randbytes(max(0, size - overhead)))
    return buffer.getvalue()
