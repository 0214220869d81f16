# SPDX-License-Identifier: MIT
"""Roots of every kind in one ca.pem, on 64 KiB: how they sign themselves is no matter, and those that are too large
are named."""

import pytest

import limbo
import machine
import rootcases
import shower

ROOM, BITS = 2048, 4096   # FV_CAP_ROOT, and what mbedTLS's numbers have room for


@pytest.fixture(scope="module")
def tried(board, tmp_path_factory):
    """{name: (the root, its line in the bundle, its run, what the board said)}."""
    directory = tmp_path_factory.mktemp("roots")
    roots = rootcases.make(directory, (ROOM - 100, ROOM + 300), [6144])
    text, lines = rootcases.bundle(roots)
    path = directory / "ca.pem"
    path.write_text(text, encoding="ascii")
    chains = [one.chain(f"IP:{shower.HOST}") for one in roots]
    runs = [limbo.Run(limbo.Case(one.name, True, shower.HOST, [], [made.der for made in chain], chain[0].key), "1.3")
            for one, chain in zip(roots, chains)]
    said = shower.boot(board, machine.Card(directory / "card.img"), path, runs)
    return {one.name: (one, lines[one.name], run, words) for one, run, words in zip(roots, runs, said)}


def fits(one):
    """Whether this board can use it."""
    return one.usable and one.size <= ROOM and one.bits <= BITS


def test_how_a_root_signs_itself_is_no_matter(tried):
    """SHA-1, as 30 of the 142 that Debian trusts, MD5, what nobody knows."""
    used = {name
            for name, (one, _, run, said) in tried.items() if "error: " not in said and run.request.startswith(b"GET ")}
    assert used == {name for name, (one, *_) in tried.items() if fits(one)}, tried
    assert {"sha1", "md5", "somehow"} <= used


def test_a_root_that_cannot_be_used_is_named(tried):
    """The bundle is there, and the others in it are used: file, line and reason."""
    seen = set()
    for name, (one, line, run, said) in tried.items():
        if fits(one):
            continue
        reason = (f"{one.size} bytes, at most {ROOM}" if one.size > ROOM
                  else f"key, at most RSA-{BITS}" if one.bits > BITS else "unusable")
        assert f"the certificate is not signed by a trusted authority: ca.pem, line {line}: root {reason}" in said, (
            name, said)
        assert not run.request and machine.Done(0, said, 0).memory["left"] < 200
        seen.add(name)
    assert {"rsa-8192", "rsa-6144", "ed25519"} < seen, seen
