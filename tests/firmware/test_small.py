# SPDX-License-Identifier: MIT
"""The board with 40 KiB: TLS 1.2, records of 4 KiB by agreement."""

import pytest

import machine
from bad import BadPortal
from steps import SendRaw


@pytest.mark.parametrize("chain", ["p256", "rsa2048"])
def test_sync(small, portal, few, tmp_path, chains, chain):
    """All files, and the volume without faults; nothing to do the second time."""
    site = portal(few, certs=chains, cert=chain, server_extra="ssl_buffer_size 16k;", keepalive_requests=5)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, ca=chains.root(chain))
    done = small.boot(card).expect()
    assert done.summary["downloaded"] == len(few.items)
    assert {line["tls"] for line in site.log(1)} == {"TLSv1.2"}
    used = done.memory
    print(chain, used)
    assert used["refused"] == 0
    assert card.check() == []
    machine.same(card.take(tmp_path / "copy"), site.expected)
    assert small.boot(card).expect().summary["unchanged"] == len(few.items)


def test_records_too_long(small, certs, tmp_path):
    """A server that does not keep to the length agreed: an error that says so."""
    with BadPortal({"*": SendRaw(b"\x17\x03\x03\x40\x20" + bytes(8192))}, certs=certs, host="10.0.2.2", tls="1.2",
                   ipv6=False) as site:
        card = machine.Card(tmp_path / "card.img")
        card.settings(site, ca=certs.ca, retries=0)
        small.boot(card).fails(4, "TLS record too long")


def test_wrong_host_name(small, portal, few, tmp_path):
    """What is refused on the big board is refused here."""
    site = portal(few, cert="wrong-host")
    card = machine.Card(tmp_path / "card.img")
    card.settings(site)
    small.boot(card).fails(4, "certificate: another host name")
