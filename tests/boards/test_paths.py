# SPDX-License-Identifier: MIT
"""Chains of certificates, live, before the static programs: this machine's sees all that need no clock, the others
some of each kind."""

import pytest

import chaincases
import limbo

VERSIONS = ["1.2", "1.3"]
SOME = ("nc/excluded-not-critical", "nc/permitted", "nc/address-permitted", "nc/address6-permitted",
        "nc/directory-outside",
        "purpose/intermediate-client", "critical/subject-key-of-root", "name/wildcard-on-top-level", "name/address6",
        "surplus/ed25519", "surplus/brainpool", "surplus/critical-extension", "surplus/garbage",
        "surplus/thirty-in-random-order",
        "order/upside-down", "path/renewed-key-wrong-first", "path/ten-roots-of-one-name",
        "path/self-issued-below-length-0",
        "path/16-certificates", "path/17-certificates", "policy/constraints", "policy/inhibit-any",
        "usage/key-encipherment-alone",
        "own/self-signed", "own/other-name", "date/never-ends", "date/utc-50-is-1950", "hash/sha-1-leaf")


@pytest.fixture(scope="module")
def cases():
    """Those that need no clock of their own."""
    made = [case for case in chaincases.make() if not case.time]
    assert {case.id for case in made} > set(SOME)
    return made


def test_chains(program, cases, tmp_path):
    """Accepted and refused as expected, in words, and no byte of a request where refused."""
    chosen = [case for case in cases if not program.qemu or case.id in SOME]
    with limbo.Bench(tmp_path, ours=program.program, prefix=program.qemu) as bench:
        runs = bench.all([("ours", case, version) for case in chosen for version in VERSIONS])
    wrong = [(run, one) for run in runs for one in limbo.sound(run)]
    wrong += [(run, "wanted the other") for run in runs if run.accepted != run.case.expected]
    wrong += [(run, f"does not say {run.case.why}") for run in runs if not run.accepted and run.case.why not in run.err]
    assert not wrong, "\n".join(map(str, wrong))
