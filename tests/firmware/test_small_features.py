# SPDX-License-Identifier: MIT
"""What a board leaves out (FW_FEATURES): its settings are refused by name, and its words for errors are whole."""

import re
import types

import machine
import pytest

# By no network: the settings are read first.
NOWHERE = types.SimpleNamespace(url="https://portal.example", ca=__file__)
LACKING = [("include", "*.csv"), ("exclude", "*.csv"), ("since", "2024-01-01"), ("until", "1d"), ("latest", "5"),
           ("prune", "1"),
           ("max-delete", "5"), ("verify", "1"), ("pinnedpubkey", "sha256//" + 43 * "A" + "="), ("limit-rate", "10k"),
           ("checksum", "1"), ("adopt", "1")]


@pytest.mark.parametrize("name,value", LACKING)
def test_setting_of_a_feature_that_is_not_linked(small, tmp_path, name, value):
    """An error that names the setting and says why."""
    card = machine.Card(tmp_path / "card.img")
    card.settings(NOWHERE, **{name: value})
    small.boot(card).fails(2, f"fluxvision.conf, line 5, {name}: this build does not have it")


def test_a_feature_that_is_not_asked_for(small, tmp_path):
    """"prune = 0" asks for nothing: the line after it is what is refused."""
    card = machine.Card(tmp_path / "card.img")
    card.settings(NOWHERE, prune=0, verify=1)
    small.boot(card).fails(2, "fluxvision.conf, line 6, verify: this build does not have it")


def test_short_words_for_every_error():
    """Each error of base/err.c that a firmware can meet has words."""
    sentences = set(re.findall(r"X\((FV_E_\w+),", (machine.ROOT / "src/base/err.c").read_text(encoding="utf-8")))
    words = set(re.findall(r"X\((FV_E_\w+),", (machine.ROOT / "src/fw/words_none.c").read_text(encoding="utf-8")))
    elsewhere = {"FV_E_PROXY", "FV_E_PROXY_DOWN", "FV_E_PROXY_BUSY", "FV_E_BUSY", "FV_E_HOOK", "FV_E_MAX_DELETE"}
    assert sentences - words == elsewhere and words <= sentences
