# SPDX-License-Identifier: MIT
"""A listing as long as a large portal's: minutes of emulation, in a lane of its own (tests/check/run.py)."""

import json

import machine


def test_listing_of_20000_entries(board, portal, few, tmp_path):
    """Filters leave ten of them: memory is what it always is."""
    site = portal(few)
    path = next(p for p in site.listings.rglob(".listing.json") if p.parent.name == "HAUC")
    entries = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    one = next(e for e in entries if e["file_name"] == "f1")
    many = [{**one, "file_name": f"many_{n:05}.csv", "url": one["url"] + f"?{n}"} for n in range(20000 - len(entries))]
    path.write_text(json.dumps(many[:9000] + entries + many[9000:]), encoding="utf-8")
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, include=["many_0001*.csv"])
    done = board.boot(card, timeout=1500).expect()  # it takes 300 s of processor time
    assert (done.summary["listed"], done.summary["downloaded"]) == (20000, 10)
    assert card.check() == []
    copy = card.take(tmp_path / "copy")
    assert len(list((copy / "HAUC").rglob("many_*"))) == 10
