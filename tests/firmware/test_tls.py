# SPDX-License-Identifier: MIT
"""Chains of every kind on 64 KiB, and each refusal in its own words."""

import pytest

import chains as all_chains
import machine


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("chain", all_chains.ALGORITHMS)
def test_chains(board, portal, few, tmp_path, chains, chain, version):
    """Root, intermediate and leaf of that algorithm; records of 16 KiB."""
    site = portal(few, certs=chains, cert=chain, tls=version, server_extra="ssl_buffer_size 16k;")
    card = machine.Card(tmp_path / "card.img")
    root = chains.root(chain)
    card.settings(site, ca=root if version == "1.2" else root.with_suffix(".der"))
    done = board.boot(card).expect()
    assert done.summary["downloaded"] == len(few.items)
    assert {line["tls"] for line in site.log(1)} == {f"TLSv{version}"}
    used = done.memory
    print(chain, version, used)
    assert used["refused"] == 0 and used["left"] < 200, done


# TLS 1.3: a server that would take AES-256 first. The suite decides on the hash, and SHA-384 takes more of the stack.
DEEPEST = [("p384", "1.3", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"),
           ("rsa4096", "1.2", "ECDHE-RSA-AES256-GCM-SHA384"),
           ("rsa4096", "1.3", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"),
           ("rsa4096", "1.3", "TLS_CHACHA20_POLY1305_SHA256")]


@pytest.mark.parametrize("chain,version,suites", DEEPEST)
def test_reconnects_between_files(board, portal, few, tmp_path, chains, chain, version, suites):
    """A server that closes after three answers: the handshake is deepest in the stack there, and the pool is not
    fresh."""
    site = portal(few, certs=chains, cert=chain, tls=version, keepalive_requests=3,
                  server_extra="ssl_prefer_server_ciphers on;",
                  **{"ciphersuites" if version == "1.3" else "ciphers": suites})
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, ca=chains.root(chain))
    done = board.boot(card).expect()
    print(chain, version, done.memory)
    assert done.summary["downloaded"] == len(few.items)
    assert {line["cipher"] for line in site.log(1)} == {suites.rsplit(":", maxsplit=1)[-1]}
    assert len({line["conn"] for line in site.log(1)}) >= len(few.items) // 3
    assert done.memory["refused"] == 0


REFUSALS = [("wrong-host", "the certificate is for another host name"),
            ("unknown-ca", "the certificate is not signed by a trusted authority"),
            ("expired", "the certificate is not valid at this time"),
            ("not-yet-valid", "the certificate is not valid at this time")]


@pytest.mark.parametrize("board", machine.STORAGES, indirect=True)
@pytest.mark.parametrize("cert,words", REFUSALS, ids=[cert for cert, _ in REFUSALS])
def test_certificate_refused(board, portal, few, tmp_path, cert, words):
    """Its own error, at once; nothing was asked for."""
    site = portal(few, cert=cert)
    card = board.medium(tmp_path / "card.img")
    card.settings(site)
    board.boot(card).fails(4, words)
    assert site.log() == []


@pytest.mark.parametrize("board", machine.STORAGES, indirect=True)
def test_wrong_password(board, portal, few, tmp_path):
    """Not a network error, and not tried again."""
    site = portal(few)
    card = board.medium(tmp_path / "card.img")
    card.settings(site, password="wrong")
    board.boot(card).fails(5, "the user name or the password is not accepted")
    assert len(site.log(1)) == 1


def test_nothing_listens(board, portal, few, tmp_path):
    """The portal is down."""
    site = portal(few)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, retries=0)
    site.shutdown()
    board.boot(card).fails(3, "could not be reached")


def test_settings_that_are_wrong(board, portal, few, tmp_path):
    """The line and the name are told; no card, no file, no CA."""
    site = portal(few)
    card = machine.Card(tmp_path / "card.img")
    board.boot(card).fails(7, "fluxvision.conf: there is no such file")
    card.settings(site, latest="many")
    board.boot(card).fails(2, "fluxvision.conf, line 5, latest")
    card.settings(site, ca="/dev/null")
    board.boot(card).fails(4, "the CA bundle is missing or holds no certificate")
    card.path.write_bytes(bytes(machine.SDSC))
    board.boot(card).fails(7, "the card is not FAT: it needs FAT32")
