# SPDX-License-Identifier: MIT
"""Whole deliveries onto whole cards."""

import pytest

import machine


CARDS = [("lm3s6965evb", [machine.SDSC]), ("lm3s6965evb", [machine.SDHC]), ("sifive-u", []), ("sifive-u-fat", [])]


@pytest.mark.parametrize("board,size", CARDS, ids=["64 MiB SDSC", "4 GiB SDHC", "flash", "SD beside flash"],
                         indirect=["board"])
def test_sync_from_an_empty_card(board, portal, tree, tmp_path, size):
    """All of 60 files, byte for byte; a volume without faults; nothing to do the second time."""
    site = portal(tree)
    card = board.medium(tmp_path / "card.img", *size)
    card.settings(site)
    done = board.boot(card).expect()
    assert done.summary["downloaded"] == len(tree.items) == 60
    assert card.check() == []
    copy = card.take(tmp_path / "copy")
    machine.same(copy, site.expected)
    machine.ledger_agrees(copy, 60)

    site.clear_log()
    done = board.boot(card).expect()
    assert (done.summary["downloaded"], done.summary["unchanged"]) == (0, 60)
    assert [line["uri"] for line in site.log(1)] == ["/api_file/v1/HAUC/"]
    assert card.check() == []


@pytest.mark.parametrize("board", machine.STORAGES, indirect=True)
def test_verify_on_the_board(board, portal, few, tmp_path):
    """Files are read again and compared with the ledger; one that was changed is named."""
    site = portal(few)
    card = board.medium(tmp_path / "card.img")
    card.settings(site, verify=1)
    done = board.boot(card).expect()
    assert f"verified: {len(few.items)}, failed 0" in done.text
    image = bytearray(card.path.read_bytes())
    source = (few.out / "files" / few.items[0].disk).read_bytes()[:500]
    at = image.index(source)
    image[at + 100] ^= 1
    card.path.write_bytes(image)
    done = board.boot(card).expect(1)
    assert f"verified: {len(few.items) - 1}, failed 1" in done.text
    assert "the local file is not what was downloaded" in done.errors[0]


@pytest.mark.parametrize("board", machine.STORAGES, indirect=True)
def test_filters_and_prune(board, portal, few, tmp_path):
    """include, exclude, latest; and what a later listing no longer has is removed."""
    site = portal(few)
    card = board.medium(tmp_path / "card.img")
    card.settings(site, include=["*.csv"], exclude=["**/HAUC-4-2/*"], latest=5)
    assert board.boot(card).expect().summary["downloaded"] == 5
    card.settings(site)
    assert board.boot(card).expect().summary["downloaded"] == len(few.items) - 5
    gone = few.items[-1]
    try:
        few.items = few.items[:-1]
        site.relist()
        card.settings(site, prune=1)
        assert board.boot(card).expect().summary["removed"] == 1
    finally:
        few.items = [*few.items, gone]
    assert card.check() == []


def test_another_core(second, portal, tree, tmp_path):
    """Cortex-M4, another network controller, another card: a board is one folder. Requests are sent ahead here."""
    site = portal(tree)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site)
    done = second.boot(card).expect()
    assert done.summary["downloaded"] == 60
    assert " or later (build, card)" in done.text
    assert card.check() == []
    machine.same(card.take(tmp_path / "copy"), site.expected)
    site.clear_log()
    assert second.boot(card).expect().summary["unchanged"] == 60
