# SPDX-License-Identifier: MIT
"""Chains of certificates on 64 KiB: one boot that runs again and again, before a server that shows another chain each
time."""

import random

import pytest

import certmaker as cm
import limbo
import machine
import shower
from certmaker import ca, leaf
from shower import HOST

POLICY = "1.3.6.1.4.1.55555.2.1"
SEED = 13
IN_BOTH = ("plain", "constraints-permit", "surplus-ed25519", "thirty-surplus", "encipherment-alone")   # versions of TLS


def made():
    """(what is trusted, [(name, expected, chain, what a refusal must say)])."""
    root = ca("CN=Root")
    middle = ca("CN=Middle", root)
    big, curve = ca("CN=Root 8192", who="rsa8192 root"), ca("CN=Root 521", who="p521 root")
    alone = leaf(None, f"IP:{HOST}", who="alone", subject="CN=alone")
    own = leaf(middle, f"IP:{HOST}", "portal.test")

    def with_middle(*more, **how):
        between = ca("CN=Middle", root, more=more)
        return [leaf(between, f"IP:{HOST}", "portal.test", **how), between]

    levels = [root]
    for number in range(15):
        levels.append(ca(f"CN=Level {number}", levels[-1]))
    heavy = [root]
    for number in range(9):
        heavy.append(ca(f"CN=Heavy {number}", heavy[-1], who="rsa2048 heavy"))
    low = ca("CN=Low", middle)
    first = ca("CN=Middle", root, who="first", pathlen=0)
    issued = ca("CN=Middle", first)
    many = [ca(f"CN=Surplus {number}", root) for number in range(24)]
    many += [ca("CN=Low", root, who=f"impostor {number}") for number in range(6)] + [middle, low]
    random.Random(SEED).shuffle(many)
    policies = {"more": [cm.policies(POLICY)]}
    second = 1 + root.pem.count("\n")
    third = second + big.pem.count("\n")
    table = [
        ("plain", True, [own, middle], ""),
        ("constraints-exclude-not-critical", False,
         with_middle(cm.name_constraints(excluded=["IP:10.0.2.0/24"], critical=False)), "nameConstraints"),
        ("constraints-exclude-other-name", False, with_middle(cm.name_constraints(excluded=["DNS:portal.test"])),
         "nameConstraints"),
        ("constraints-permit", True, with_middle(cm.name_constraints(["IP:10.0.2.0/24", "DNS:test"])), ""),
        ("for-clients", False, with_middle(cm.purposes("clientAuth")), "extendedKeyUsage"),
        ("critical-subject-key", False, with_middle(cm.subject_key(middle.key, True)), "'Middle'"),
        ("unknown-critical", False, with_middle(cm.unknown()), "critical extension"),
        ("surplus-ed25519", True, [own, middle, ca("CN=Strange", who="ed25519 s")], ""),
        ("surplus-brainpool", True, [own, ca("CN=Strange", who="brainpool s"), middle], ""),
        ("surplus-garbage", True, [own, random.Random(SEED).randbytes(200), middle], ""),
        ("upside-down", True, [leaf(low, f"IP:{HOST}"), root, middle, low], ""),
        ("renewed-key", True, [own, ca("CN=Middle", root, who="old key"), middle], ""),
        ("self-issued", True, [leaf(issued, f"IP:{HOST}"), issued, first], ""),
        ("nine-intermediates", True, [leaf(levels[9], f"IP:{HOST}"), *levels[9:0:-1]], ""),
        ("nine-of-rsa-2048", True, [leaf(heavy[9], f"IP:{HOST}", who="rsa2048b leaf"), *heavy[9:0:-1]], ""),
        ("seventeen", False, [leaf(levels[15], f"IP:{HOST}"), *levels[15:0:-1]], "too long"),
        ("policy-constraints", True,
         with_middle(cm.policy_constraints(0, 0), cm.inhibit_any(), cm.policies(POLICY), **policies), ""),
        ("encipherment-alone", False,
         [leaf(middle, f"IP:{HOST}", who="rsa2048 leaf", more=[cm.usage("keyEncipherment")]), middle],
         "digitalSignature"),
        ("thirty-surplus", True, [leaf(low, f"IP:{HOST}"), *many], ""),
        ("own", True, [alone], ""),
        ("rsa-8192", False, [leaf(big, f"IP:{HOST}")], f"line {second}: root {len(big.der)} bytes, at most 2048"),
        ("p521", False, [leaf(curve, f"IP:{HOST}")], f"line {third}: root unusable"),
        ("plain-again", True, [own, middle], ""),
    ]
    return [root, big, curve, alone], table


@pytest.fixture(scope="module")
def told(boards, tmp_path_factory):
    """{(name, version): (expected, what is to be said, its Run, what the board said)}."""
    board, directory = boards["lm3s6965evb"], tmp_path_factory.mktemp("paths")
    trusted, table = made()
    bundle = directory / "ca.pem"
    bundle.write_text("".join(one.pem for one in trusted), encoding="ascii")
    rounds = [(row, version) for row in table for version in ("1.2", "1.3") if version == "1.3" or row[0] in IN_BOTH]
    runs = [limbo.Run(limbo.Case(name, expected, HOST, [], [getattr(one, "der", one) for one in chain], chain[0].key),
                      version)
            for (name, expected, chain, _), version in rounds]
    said = shower.boot(board, machine.Card(directory / "card.img"), bundle, runs)
    return {(name, version): (expected, words, run, text)
            for ((name, expected, _, words), version), run, text in zip(rounds, runs, said)}


def test_paths(told):
    """Accepted and refused as on a host, but what it can't compute; no byte of a request where refused."""
    wrong = []
    for key, (expected, words, run, said) in told.items():
        accepted = run.request.startswith(b"GET ") and "error: " not in said
        if accepted != expected or not accepted and (run.request
                                                     or "error: " not in said) or words not in said or not run.served:
            wrong.append((key, expected, said, run.request, run.end))
    assert not wrong, "\n".join(map(str, wrong))


def test_nothing_is_left(told):
    """What a chain took of the pool is given back, whatever came of it."""
    for key, (_, _, _, said) in told.items():
        memory = machine.Done(0, said, 0).memory
        assert memory["left"] < 200 and memory["refused"] == 0, (key, said)
