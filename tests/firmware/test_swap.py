# SPDX-License-Identifier: MIT
"""Cards that are pulled out, put in and swapped while the firmware runs."""

import os

import machine

EVERY = "5s"
GONE = "the medium was removed or changed"


def stranger(path, size=machine.SDSC):
    """Somebody's card: a photo, no settings of ours; the card, and all of its bytes."""
    card = machine.Card(path, size)
    card.put("photo.jpg", os.urandom(300_000))
    return card, card.path.read_bytes()


def prepared(path, site, size=machine.SDSC, **more):
    """A card of ours."""
    card = machine.Card(path, size)
    card.settings(site, **more)
    return card


def holds(card, site, directory):
    """Assert that all is on the card, and nothing else, in a volume without faults."""
    assert card.check() == []
    machine.same(card.take(directory), site.expected)


def finished(card, site, directory):
    """The same after it was pulled out, which may lose clusters as a power cut does."""
    assert card.lost() == []
    machine.same(card.take(directory), site.expected)


def first_file(card):
    """The path of a file of the portal on the card, as mtools has it."""
    text = machine.run("mdir", "-/", "-b", "-i", card.path, "::HAUC")
    return next(line for line in text.splitlines() if not line.endswith("/"))


def test_a_strangers_card_in_the_pause(board, portal, few, tmp_path):
    """It stays as it is, byte for byte; with the own card back, the next run works."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, every=EVERY)
    other, before = stranger(tmp_path / "other.img")
    with board.live(own) as live:
        live.until("summary: downloaded 22")
        live.until("memory: ")
        live.swap(other)
        live.until("error: fluxvision.conf: ")
        live.until("nothing was written; waiting for a card")
        live.until("error: fluxvision.conf: ")
        live.swap(own)
        live.until("summary: downloaded 0, resumed 0, unchanged 22")
    assert other.path.read_bytes() == before
    holds(own, site, tmp_path / "copy")


def test_a_prepared_card_of_another_size(board, portal, few, tmp_path):
    """It works at the next run, by its own settings; the one before stays as it was."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, every=EVERY)
    other = prepared(tmp_path / "other.img", site, machine.SDHC, include="*f1*")
    with board.live(own) as live:
        live.until("summary: downloaded 22")
        live.until("memory: ")
        live.swap(other)
        before = own.path.read_bytes()
        live.until("summary: downloaded 1, ")
        assert live.process.wait(machine.LIMIT_S) == 0  # it has no `every`
    assert own.path.read_bytes() == before
    assert other.check() == []


def test_two_cards_alike(board, portal, few, tmp_path):
    """A copy that lacks a file gets that file. The first one is not written any more."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, every=EVERY)
    with board.live(own) as live:
        live.until("summary: downloaded 22")
        live.until("memory: ")
        copy = own.copy(tmp_path / "alike.img")
        machine.run("mdel", "-i", copy.path, first_file(copy))
        live.swap(copy)
        before = own.path.read_bytes()
        live.until("summary: downloaded 1, resumed 0, unchanged 21")
        live.until("memory: ")
    assert own.path.read_bytes() == before
    holds(copy, site, tmp_path / "copy")


def test_the_same_card_edited_elsewhere(board, portal, few, tmp_path):
    """Files that were deleted and settings that were changed are seen: nothing of it is remembered."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, every=EVERY)
    with board.live(own) as live:
        live.until("summary: downloaded 22")
        live.until("memory: ")
        live.tell("eject -f sd0")
        live.until("error: no card: ")
        machine.run("mdel", "-i", own.path, first_file(own))
        own.settings(site, verify=1)
        live.swap(own)
        live.until("summary: downloaded 1, resumed 0, unchanged 21")
        live.until("verified: 22")
        assert live.process.wait(machine.LIMIT_S) == 0
    holds(own, site, tmp_path / "copy")


def test_swapped_during_a_run(board, portal, few, tmp_path):
    """The run ends with its own error; neither somebody's card nor one alike is written; the own one is finished
    later."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, every=EVERY, limit_rate="20k")
    other, before = stranger(tmp_path / "other.img")
    with board.live(own) as live:
        live.until("progress: ")
        live.swap(other)
        live.until(GONE)
        live.until("summary: |memory: ")
        live.until("error: fluxvision.conf: ")
        live.swap(own)
        live.until("progress: ")
        alike = own.copy(tmp_path / "alike.img")
        copied = alike.path.read_bytes()
        live.swap(alike)
        live.until(GONE)
        live.swap(own)
        live.until("progress: ")
    assert other.path.read_bytes() == before
    assert alike.path.read_bytes() == copied
    own.settings(site)
    board.boot(own).expect()
    finished(own, site, tmp_path / "copy")


def test_pulled_out_during_the_only_run(board, portal, few, tmp_path):
    """Exit status 7, and which error it was."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, limit_rate="20k")
    with board.live(own) as live:
        live.until("progress: ")
        live.tell("eject -f sd0")
        live.until(GONE)
        assert live.process.wait(machine.LIMIT_S) == 7
    own.settings(site)
    board.boot(own).expect()
    finished(own, site, tmp_path / "copy")


def test_another_file_on_the_second_board(second, portal, few, tmp_path):
    """Its card is a file of this machine, which gets another one's name: that one is opened."""
    site = portal(few)
    own = prepared(tmp_path / "own.img", site, every=EVERY)
    other = prepared(tmp_path / "other.img", site, 128 << 20)
    with second.live(own) as live:
        live.until("summary: downloaded 22")
        live.until("memory: ")
        os.replace(other.path, own.path)
        live.until("summary: downloaded 22")
        assert live.process.wait(machine.LIMIT_S) == 0
    holds(own, site, tmp_path / "copy")
