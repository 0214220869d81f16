# SPDX-License-Identifier: MIT
"""Bundles, read by programs of other words and byte orders: who is trusted, and what is said of a root that can't be
used."""

import pytest

import trust_store
from bad import BadPortal, ok


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The certificates."""
    made = trust_store.make(tmp_path_factory.mktemp("store"))
    for kind in ("ed25519", "critical"):
        made.make_unusable(kind)
    return made


TWINS = [f"twin{number}" for number in range(1, 10)]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("server, bundle, words", [
    ("own-leaf", ["own-leaf"], None),
    ("own-plain", ["root", "own-plain"], None),
    ("own-twin", ["own-leaf"], ""),
    ("own-name", ["own-name"], "other.test"),
    ("twin0-server", [*TWINS, "twin0"], None),
    ("twin0-server", TWINS, ""),
    ("ed25519-server", ["root", "ed25519"], "{bundle}, line"),
    ("critical-server", ["root", "critical"], "{bundle}, line"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_whom_a_bundle_trusts(program, fv, store, server, bundle, words, tls):
    path = store.bundle(*bundle)
    with BadPortal({"*": ok(b"[]")}, cert=server, certs=store, tls=tls) as portal:
        done = fv(program, "list", "--cacert", path, "HAUC", portal=portal)
        if words is None:
            assert done.status == 0 and len(portal.requests) == 1, done
        else:
            assert done.status == 4 and not portal.requests and len(done.err.splitlines()) == 1, done
            assert words.format(bundle=path) in done.err, done
