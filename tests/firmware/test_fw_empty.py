# SPDX-License-Identifier: MIT
"""Settings without a value: a line that names pins, a date or a server and has none is an error, not a run without
them."""

import types

import machine
import pytest

# By no network: the settings are read first.
NOWHERE = types.SimpleNamespace(url="https://portal.example", ca=__file__)


@pytest.mark.parametrize("name", ["pinnedpubkey", "since", "until", "endpoint", "cacert", "ntp", "latest"])
def test_a_setting_without_a_value(board, tmp_path, name):
    card = machine.Card(tmp_path / "card.img")
    card.settings(NOWHERE, **{name: ""})
    board.boot(card).fails(2, f"fluxvision.conf, line 5, {name}")


@pytest.mark.parametrize("name", ["user", "password", "scope"])
def test_a_line_that_is_needed(board, tmp_path, name):
    card = machine.Card(tmp_path / "card.img")
    text = "".join(f"{one} = x\n" for one in ("user", "password", "scope") if one != name)
    card.put("fluxvision.conf", text.encode())
    board.boot(card).fails(2, "fluxvision.conf: scope, user and password are needed")
