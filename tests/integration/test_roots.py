# SPDX-License-Identifier: MIT
"""Roots that sign themselves with what is refused elsewhere, and roots that are too large: one bundle with all of
them."""

import pytest

import limbo
import rootcases
from harness import PROGRAM

HOST = "portal.test"
ROOM, BITS = 6144, 8192   # FV_CAP_ROOT, and what mbedTLS's numbers have room for
HEAD = "the certificate is not signed by a trusted authority: the certificate of its CA ("

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """{(name, version): (the root, its line in the bundle, its run)}."""
    directory = tmp_path_factory.mktemp("roots")
    roots = rootcases.make(directory, (ROOM - 200, ROOM + 900), [16384])
    text, lines = rootcases.bundle(roots)
    keys = [(one, version) for one in roots for version in ("1.2", "1.3")]
    with limbo.Bench(directory, PROGRAM) as bench:
        jobs = []
        for one, version in keys:
            chain = one.chain(HOST)
            case = limbo.Case("roots", True, HOST, [text], [made.der for made in chain], chain[0].key)
            jobs.append(("ours", case, version))
        runs = bench.all(jobs)
    return {(one.name, version): (one, lines[one.name], run) for (one, version), run in zip(keys, runs)}


def test_how_a_root_signs_itself_is_no_matter(tried):
    """SHA-1, MD5, what nobody knows; all that counts is that it is in the bundle. The others there are in nobody's
    way."""
    wrong = [(key, run.err) for key, (one, _, run) in tried.items()
             if one.usable and one.size <= ROOM and one.bits <= BITS
             and (run.status != 0 or not run.request.startswith(b"GET "))]
    assert not wrong, wrong
    assert {"sha1", "md5", "somehow",
            "rsa-8192"} <= {name for (name, _), (_, _, run) in tried.items() if run.status == 0}


def test_a_root_that_cannot_be_used_is_named(tried):
    """File, line and reason."""
    seen = set()
    for (name, version), (one, line, run) in tried.items():
        if one.usable and one.size <= ROOM and one.bits <= BITS:
            continue
        reason = (f"it has {one.size} bytes, and this build can hold {ROOM} at most" if one.size > ROOM
                  else f"it has a key that is malformed, or an RSA key of over {BITS} bits" if one.bits > BITS
                  else "it has a key of a kind that is unknown here")
        assert run.status == 4 and not run.request, (name, version, run.err)
        assert HEAD in run.err and f", line {line}) cannot be used: {reason}" in run.err, (name, version, run.err)
        seen.add(name)
    assert len(seen) == 3, seen
