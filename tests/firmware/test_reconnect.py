# SPDX-License-Identifier: MIT
"""Connections that end in the middle of a file: the next one needs the CA file beside all that the sync holds open."""

import ssl

import bad
import machine
import pytest

SIZE = 90_000


@pytest.mark.parametrize("name", [*machine.STORAGES, "lm3s6965evb-small", "mps2-an386"])
def test_a_connection_that_ends_in_a_file(boards, tmp_path, name):
    """It is continued over a new one, whose certificate is looked at like the first's."""
    contents = {f"f{i}": bytes((i + k) % 251 for k in range(SIZE)) for i in range(4)}
    once = {path: bad.Sequence(bad.cut(bad.ok(content, {"ETag": f'"{path}"'}), SIZE // 2, bad.Reset()),
                               bad.ranged_file(content))
            for path, content in contents.items()}
    with bad.BadPortal(host="10.0.2.2", auth=(bad.USER, bad.PASSWORD), ipv6=False) as site:
        site.context.num_tickets = 0            # a session that is resumed shows no certificate
        site.context.options |= ssl.OP_NO_TICKET
        site.publish(once)
        site.ca = site.certs.ca
        medium = boards[name].medium(tmp_path / "medium.img")
        medium.settings(site)
        done = boards[name].boot(medium).expect()
        assert not any(one.reused for one in site.connections) and len(site.connections) > len(contents)
        assert done.summary["downloaded"] + done.summary["resumed"] == len(contents), done
    found = [path.read_bytes() for path in medium.take(tmp_path / "copy").rglob("f*") if path.is_file()
             and path.parent.name == "HAUC-3-2"]
    assert sorted(found) == sorted(contents.values())
