# SPDX-License-Identifier: MIT
"""A card or a flash that holds what version 0.1.0 left there: nothing is fetched again, the rest of a file is
resumed; and cards that move
between a gateway and boards, whose capacities differ."""

import hashlib
import struct
import sys
import types

import pytest

import golden
from answers import cut
import machine

BOARDS = [*machine.STORAGES, "lm3s6965evb-small", "mps2-an386"]
LONG = golden.ORIGIN + "/" + "u" * 300   # a longer URL than lm3s6965evb has room for


@pytest.fixture(name="site")
def _site(certs):
    """The portal of the golden files."""
    with golden.portal(certs) as server:
        yield server


@pytest.fixture(name="leads")
def _leads(boards, site, tmp_path):
    """A function: the board of that name, whose connections to golden.HOST end at the portal."""
    relay = tmp_path / "relay"
    relay.write_text(f"""#!{sys.executable}
import os, socket, threading
far = socket.create_connection(("127.0.0.1", {site.port}))
def up():
    while data := os.read(0, 65536):
        far.sendall(data)
    far.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := far.recv(65536):
    while data:
        data = data[os.write(1, data):]
""", encoding="utf-8")
    relay.chmod(0o755)

    def find(name):
        board = boards[name]
        command = board.command.replace("-nic user,", f"-nic user,guestfwd=tcp:{golden.HOST}:443-cmd:{relay},")
        assert command != board.command
        return machine.Machine(name, command, board.elf)

    return find


def settings(card, site):
    card.settings(types.SimpleNamespace(url=golden.ORIGIN, ca=site.certs.ca), retries=0)


def filled(board, site, tmp_path, own=None):
    """A card or a flash with the golden directory and settings."""
    card = board.medium(tmp_path / "card.img")
    card.put_tree(golden.place(tmp_path / "golden", own))
    settings(card, site)
    return card


@pytest.mark.parametrize("name", BOARDS)
def test_nothing_is_fetched_again_and_the_rest_is_resumed(leads, site, tmp_path, name):
    board = leads(name)
    card = filled(board, site, tmp_path)
    done = board.boot(card).expect()
    assert done.summary["unchanged"] == 3 and done.summary["resumed"] == 1, done
    assert golden.fetched(site) == [("f4", "bytes=4000-")]
    assert card.check() == []
    golden.whole(card.take(tmp_path / "copy"))
    machine.ledger_agrees(tmp_path / "copy", 4)


@pytest.mark.parametrize("name", ["lm3s6965evb", "sifive-u"])
def test_a_torn_ledger(leads, site, tmp_path, name):
    """The third record was being written when the power went: that file is fetched again, the others are not."""
    board = leads(name)
    card = filled(board, site, tmp_path, {"ledger": "torn.ledger", "ledger.index": "torn.index"})
    done = board.boot(card).expect()
    assert done.summary["unchanged"] == 2 and len(golden.fetched(site)) == 2, done
    golden.whole(card.take(tmp_path / "copy"))


def test_a_card_goes_from_a_gateway_to_two_boards_and_back(leads, site, tmp_path):
    """Each one goes on with what the one before has left: a part with its state too, which one board cuts again and
    another one finishes."""
    first, second = leads("lm3s6965evb"), leads("lm3s6965evb-small")
    card = filled(first, site, tmp_path)
    place = "/api_file/v1/" + "/".join(golden.PLACE) + "/f4"
    site.route(place, lambda request: cut(golden.ranged("f4")(request), 1000))
    first.boot(card).expect(1)   # its last 1000 bytes do not come
    golden_state = (golden.FOLDER / f"{golden.KEY}.state").read_bytes()
    left = card.take(tmp_path / "between") / ".fluxvision"
    assert (left / f"{golden.KEY}.part").stat().st_size == 5000 and (left / \
            f"{golden.KEY}.state").read_bytes() != golden_state
    site.route(place, golden.ranged("f4"))
    done = second.boot(card).expect()
    assert done.summary["unchanged"] == 3 and done.summary["resumed"] == 1, done
    assert golden.fetched(site) == [("f4", "bytes=4000-"), ("f4", "bytes=5000-")]
    golden.whole(card.take(tmp_path / "copy"))
    machine.ledger_agrees(tmp_path / "copy", 4)


def record(name, url):
    """Of a ledger, as src/FORMATS.md has it."""
    path = "/".join((*golden.PLACE, name)).encode()
    body = struct.pack("<BBHHqQ", 1, 0, len(path), len(url), 0, 5) + \
                       hashlib.sha256(b"hello").digest() + path + url.encode()
    return b"\xffFV\x01" + struct.pack("<I", len(body)) + hashlib.sha256(body).digest()[:8] + body


def test_a_record_that_is_too_long_for_a_board(leads, site, tmp_path):
    """It is told of and kept aside; the records around it count, and the run is as any other."""
    board = leads("lm3s6965evb")
    tree = golden.place(tmp_path / "golden")
    ledger = tree / ".fluxvision/ledger"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:37] + record("long", LONG) + whole[37:])
    (tree / ".fluxvision/ledger.index").unlink()
    before = ledger.read_bytes()
    card = board.medium(tmp_path / "card.img")
    card.put_tree(tree)
    settings(card, site)
    done = board.boot(card)
    print(done)
    assert done.summary["unchanged"] == 3 and done.summary["resumed"] == 1, done
    left = card.take(tmp_path / "copy") / ".fluxvision"
    assert (left / "ledger.bad").read_bytes() == before
    machine.ledger_agrees(tmp_path / "copy", 4)


def test_a_state_whose_validator_is_too_long_for_a_board(leads, site, tmp_path):
    """The file is fetched from its start; a board with more room goes on with the same state."""
    part = golden.content("f4", golden.PARTIAL_BYTES)
    state = (golden.FOLDER / f"{golden.KEY}.state").read_bytes()
    slot = state[:56] + b'"' + b"e" * 58 + b'"' + bytes(129 - 60) + hashlib.sha256(part).digest()
    slot = slot[:56] + hashlib.sha256(slot).digest()[:8] + slot[56:]
    for name, offset in (("lm3s6965evb-small", None), ("lm3s6965evb", "bytes=4000-")):
        board = leads(name)
        tree = golden.place(tmp_path / f"{name}.golden")
        (tree / ".fluxvision" / f"{golden.KEY}.state").write_bytes(slot + bytes(1024 - len(slot)) + state[1024:])
        card = board.medium(tmp_path / f"{name}.img")
        card.put_tree(tree)
        settings(card, site)
        site.clear()
        board.boot(card).expect()
        # the portal has another version of it: the board starts again behind this
        assert golden.fetched(site)[0] == ("f4", offset)
        golden.whole(card.take(tmp_path / f"{name}.copy"))
