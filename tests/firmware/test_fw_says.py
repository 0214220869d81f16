# SPDX-License-Identifier: MIT
"""What the firmware says of settings that do not fit, and how a run ends in which one file fails."""

import json

import machine
from server import PASSWORD, USER

ROOM = 576   # FV_CAP_CONFIG


def settings(card, portal, size):
    """Write settings of that many bytes, as a comment makes them."""
    text = f"endpoint = {portal.url}\nuser = {USER}\npassword = {PASSWORD}\nscope = HAUC\nretries = 0\n#".encode()
    card.put("fluxvision.conf", text + b"x" * (size - len(text)))


def test_settings_that_are_too_long(board, portal, few, tmp_path):
    """The size and what it may be, and nothing is asked for; a file of just that size is read."""
    site = portal(few)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site)
    for size in (ROOM + 1, ROOM + 5000):
        settings(card, site, size)
        board.boot(card).fails(2, f"fluxvision.conf: {size} bytes, this build reads {ROOM} at most")
    settings(card, site, ROOM)
    assert board.boot(card).expect().summary["downloaded"] == len(few.items)


def test_one_file_fails(board, portal, few, tmp_path):
    """Exit status 1, whatever it was, and verify looks at the others all the same."""
    site = portal(few)
    path = next(p for p in site.listings.rglob(".listing.json") if p.parent.name == "HAUC")
    entries = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    one = next(e for e in entries if e["file_name"] == "f1")
    gone = {**one, "file_name": "gone.csv", "url": one["url"] + "-gone"}
    path.write_text(json.dumps([gone] + entries), encoding="utf-8")
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, retries=0, verify=1)
    done = board.boot(card).expect(1)
    assert (done.summary["downloaded"], done.summary["failed"]) == (len(few.items), 1)
    assert f"verified: {len(few.items)}, failed 0" in done.text
    path.write_text(json.dumps([gone]), encoding="utf-8")
    alone = machine.Card(tmp_path / "alone.img")
    alone.settings(site, retries=0, verify=1)
    board.boot(alone).expect(6)
