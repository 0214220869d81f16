# SPDX-License-Identifier: MIT
"""What version 0.1.0 has left in DIR is used by this version; and its files are what src/FORMATS.md says, byte for
byte."""

import hashlib
import json
import re
import struct

import pytest

import golden
from bad import ConnectProxy

DATE_US = 1617371077293849


@pytest.fixture(name="old")
def _old(certs):
    """The portal of the golden files, and a proxy that leads to it."""
    with golden.portal(certs) as server, ConnectProxy(upstream={f"{golden.HOST}:443": ("127.0.0.1", server.port)}) as proxy:
        yield server, proxy


def settings(proxy):
    return {"FLUXVISION_ENDPOINT": golden.ORIGIN, "HTTPS_PROXY": proxy.url}


def test_nothing_is_fetched_again_and_the_rest_is_resumed(fv, old, out):
    server, proxy = old
    golden.place(out)
    assert '"bytes":4000,"size":6000' in fv("status", "--json", out).expect().out
    assert "3 files are as fetched, 0 are not" in fv("verify", out).expect().out
    done = fv("sync", "--json", "HAUC", out, portal=server, env=settings(proxy)).expect()
    assert done.summary["unchanged"] == 3 and done.summary["resumed"] == done.summary["downloaded"] == 1
    assert golden.fetched(server) == [("f4", "bytes=4000-")]
    golden.whole(out)
    assert "4 files are as fetched, 0 are not" in fv("verify", out).expect().out


def test_what_the_first_program_with_these_formats_left(fv, old, out):
    server, proxy = old
    golden.place(out, {name: name for name in golden.OWN if name != "last.json"}, golden.FIRST)
    done = fv("sync", "--json", "HAUC", out, portal=server, env=settings(proxy)).expect()
    assert done.summary["unchanged"] == 3 and done.summary["resumed"] == 1
    assert golden.fetched(server) == [("f4", "bytes=3500-")]
    golden.whole(out)


LEDGERS = {"ledger": 3, "folded": 3, "torn": 2, "new": 0}   # golden ledger: files of it that are there


@pytest.mark.parametrize("name", LEDGERS)
def test_each_state_of_a_ledger(fv, old, out, name):
    """Files that it knows are not fetched, others are; no damage is told of."""
    server, proxy = old
    own = {"ledger": "ledger" if name == "ledger" else f"{name}.ledger"}
    if name != "new":
        own["ledger.index"] = "ledger.index" if name == "ledger" else f"{name}.index"
    golden.place(out, own)
    done = fv("sync", "--json", "HAUC", out, portal=server, env=settings(proxy)).expect()
    assert "cannot be read" not in done.err and done.summary["unchanged"] == LEDGERS[name]
    assert len(golden.fetched(server)) == 4 - LEDGERS[name]
    golden.whole(out)


def test_status_tells_of_the_last_run(fv, out):
    golden.place(out)
    text = fv("status", out).expect().out
    assert 'exit status 1: f "1" \\ Ä: 404 Not Found' in text and "2021-04-02 13:44:37Z" in text


def test_a_ledger_of_a_later_version(fv, old, out):
    """Nothing is fetched, and nothing is changed."""
    server, proxy = old
    golden.place(out, {})
    later = b"fluxvision ledger 2 0005befd8c883719\nrecords of another form, which nobody can know"
    (out / ".fluxvision/ledger").write_bytes(later)
    fv("verify", out).fails(7, ".fluxvision/ledger: ", "another version of fluxvision wrote it; use that version")
    fv("sync", "HAUC", out, portal=server, env=settings(proxy)).fails(7, "another version of fluxvision wrote it")
    assert golden.fetched(server) == [] and (out / ".fluxvision/ledger").read_bytes() == later


def test_a_state_and_an_index_of_a_later_version(fv, old, out):
    """They are made again: the file is fetched from its start."""
    server, proxy = old
    golden.place(out)
    for name, magic in ((f"{golden.KEY}.state", b"FVS2"), ("ledger.index", b"FVTABLE1")):
        path = out / ".fluxvision" / name
        assert magic in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(magic, magic[:-1] + b"9"))
    done = fv("sync", "--json", "HAUC", out, portal=server, env=settings(proxy)).expect()
    assert done.summary["unchanged"] == 3 and golden.fetched(server) == [("f4", None)]
    golden.whole(out)


def documented(command, found):
    """Assert that src/FORMATS.md has these members, in this order, in the row of a command."""
    rows = (golden.FOLDER.parents[2] / "src/FORMATS.md").read_text(
        encoding="utf-8").split("## Lines of `--json`")[1].splitlines()
    row = next(line for line in rows if line.startswith(f"| {command} |"))
    names = list(dict.fromkeys(name for name in re.findall(r"`(\w+)`", row.split(" | ", 1)[1]) if name in found))
    assert names == list(found), (command, names)


def test_members_of_json(fv, old, out):
    """Each line has the members that src/FORMATS.md tells, in that order."""
    server, proxy = old
    golden.place(out)
    listed = fv("list", "--json", "HAUC", portal=server, env=settings(proxy)).expect().records
    documented("`list`", listed[0])
    documented("`status`", fv("status", "--json", out).expect().records[0])
    done = fv("sync", "--json", "HAUC", out, portal=server, env=settings(proxy)).expect()
    documented("`sync`, `verify`, `get` to a file, for each file", done.files[0])
    last = (out / ".fluxvision/last.json").read_text(encoding="utf-8")
    assert list(json.loads(last)) == list(done.summary)
    assert last == "{" + ",\n".join(f'"{name}":{json.dumps(value, ensure_ascii=False)}' if name != "seconds" else f'"{name}":{value:.3f}'
                                    for name, value in done.summary.items()) + "}\n"
    steps = fv("doctor", "--json", portal=server, env=settings(proxy)).records
    documented("`doctor`, for each step", steps[0])
    documented("`doctor`, last line", steps[-1])


# --- Read by what src/FORMATS.md says, and nothing else

def key_of(data):
    """A check: the first 8 bytes of the SHA-256, as a little-endian number."""
    return struct.unpack("<Q", hashlib.sha256(data).digest()[:8])[0]


def records(log):
    """[(offset, type, marks, date, size, digest, path, url, kept)] of a ledger; the rest behind the last one."""
    assert log[:19] == b"fluxvision ledger 1"[:19] and log[36:37] == b"\n"
    found, at = [], 37
    while len(log) - at >= 16 and log[at:at + 4] == b"\xffFV\x01":
        length, check = struct.unpack_from("<IQ", log, at + 4)
        body = log[at + 16:at + 16 + length]
        if len(body) < length:
            break
        assert key_of(body) == check
        kind, marks, paths, urls, date, size = struct.unpack_from("<BBHHqQ", body)
        path, url, rest = body[54:54 + paths], body[54 + paths:54 + paths + urls], body[54 + paths + urls:]
        assert len(rest) == (8 if marks & 16 else 0)
        found.append((at, kind, marks, date, size, body[22:54], path.decode(
        ), url.decode(), struct.unpack("<q", rest)[0] if rest else None))
        at += 16 + length
    return found, log[at:]


def slots(index):
    """(tags, {key: value}) of a table."""
    magic, capacity, used, *tags, check = struct.unpack_from("<8s7Q", index)
    assert magic == b"FVTABLE1" and check == key_of(index[:56]) and index[64:512] == bytes(448)
    pairs = list(struct.iter_unpack("<QQ", index[512:]))
    assert len(pairs) == capacity and sum(value != 0 for _, value in pairs) == used <= capacity / 2
    for place, (key, value) in enumerate(pairs):   # each one is found from its home on, without an empty slot before it
        home = (key >> 32) * capacity >> 32
        assert value == 0 or all(pairs[(home + i) % capacity][1] for i in range((place - home) % capacity))
    return tags, {key: value for key, value in pairs if value}


@pytest.mark.parametrize("name", ["", "folded.", "marks.", "pages."])
def test_the_bytes_of_a_ledger_and_its_index(name):
    log = (golden.FOLDER / f"{name}ledger").read_bytes()
    index = (golden.FOLDER / (f"{name}index" if name else "ledger.index")).read_bytes()
    found, rest = records(log)
    assert rest == b"" and int(log[20:36], 16) == DATE_US + (name == "folded.")
    last = {key_of(one[6].encode()): one for one in found}
    dead = sum(70 + len(one[6].encode()) + len(one[7]) + 8 * (one[8] is not None) for one in found
               if one[1] == 2 or last[key_of(one[6].encode())] is not one)
    tags, pairs = slots(index)
    assert tags[:3] == [DATE_US + (name == "folded."), len(log), dead] and tags[3] == 1
    assert pairs == {key: one[0] for key, one in last.items()}


def test_the_bytes_of_each_mark():
    found, _ = records((golden.FOLDER / "marks.ledger").read_bytes())
    assert [(one[1], one[2], one[3], one[4], one[6].rsplit("/", 1)[1]) for one in found] == [
        (1, 32, DATE_US, 1000, "m0"), (1, 0, DATE_US, 1000, "m1"), (2,
         0, 0, 0, "m0"), (1, 1, -1, 1001, "m1"), (1, 2, 0, 0, "m2"),
        (1, 4, DATE_US, 2**32 + 1, "m3"), (1, 8 + 32, DATE_US, 1004, "m4"), (1, 16, DATE_US, 1005, "m5")]
    assert found[-1][8] == DATE_US - 293849 and found[6][7] == ""


def test_the_bytes_of_a_torn_ledger():
    found, rest = records((golden.FOLDER / "torn.ledger").read_bytes())
    tags, _ = slots((golden.FOLDER / "torn.index").read_bytes())
    assert len(found) == 2 and rest[:4] == b"\xffFV\x01" and tags[3] == 0


def test_the_bytes_of_a_state():
    state = (golden.FOLDER / f"{golden.KEY}.state").read_bytes()
    path = b"/".join(code.encode() for code in golden.PLACE) + b"/f4"
    url = f"{golden.ORIGIN}/api_file/v1/".encode() + path
    part = (golden.FOLDER / f"{golden.KEY}.part").read_bytes()
    assert hashlib.sha256(path).hexdigest()[:16] == golden.KEY and part == golden.content("f4", 4000)
    digest = hashlib.sha256(struct.pack("<Qq", len(path), DATE_US + 6000000) + path + url).digest()
    for number, durable in ((0, 4000), (1, 2000)):
        slot = state[512 * number:512 * number + 225]
        magic, sequence, ident, total, bytes_there, check = struct.unpack_from("<4sI32sQQQ", slot)
        assert (magic, sequence, ident, total, bytes_there) == (b"FVS2", 2 - number, digest, 6000, durable)
        assert slot[64:193] == golden.ETAG.encode().ljust(
            129, b"\0") and slot[193:] == hashlib.sha256(part[:durable]).digest()
        assert check == key_of(slot[:56] + slot[64:])
        assert state[512 * number + 225:512 * (number + 1)] == bytes(512 - 225)
    assert state[1024:] == struct.pack("<QQ", len(path), key_of(path)) + path


def test_the_bytes_of_a_plan():
    plan, found, at = (golden.FOLDER / "plan").read_bytes(), [], 0
    while at < len(plan):
        date, number, paths, urls, flags, error, field, scope = struct.unpack_from("<qIHHBBBB", plan, at)
        found.append((date, number, flags, field, scope,
                     plan[at + 20:at + 20 + paths], plan[at + 20 + paths:at + 20 + paths + urls]))
        assert (error != 0) == (flags == 4)
        at += 20 + paths + urls
    place = "/".join(golden.PLACE).encode()
    url = f"{golden.ORIGIN}/api_file/v1/".encode() + place
    assert found == [(DATE_US, 1, 0, 0, 0, place + b"/f1", url + b"/f1"), (-1, 0x01020304, 3, 0, 3, place + b"/f2", url + b"/f2"),
                     (0, 3, 4, 5, 255, b"", b"http://[/")]
