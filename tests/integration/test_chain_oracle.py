# SPDX-License-Identifier: MIT
"""Random arrangements of a pool of certificates: our path builder, a model that tries everything, and `openssl verify`.

N=20000 SEED=7 in the environment: more of them, others. Where ours and OpenSSL's differ, one of two rules must
explain it.
"""

import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys

import pytest

from harness import ROOT

sys.path.insert(0, str(ROOT / "tests/fuzz"))

import chain_pool  # noqa: E402  pylint: disable=wrong-import-position

N = int(os.environ.get("N") or 500)
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
ENTRY = pathlib.Path(os.environ.get("FLUXVISION_FUZZ_CHAIN") or ROOT / "build/asan/fuzz/fuzz_chain").resolve()
TIMES = list(chain_pool.TIMES.values())


class Arrangement:
    """What the bytes of an arrangement mean, and what was said of it."""

    def __init__(self, number, data):
        self.number, self.data = number, data
        self.host, self.time = chain_pool.HOSTS[data[0]], TIMES[data[1]]
        self.trusted, self.sent = list(data[3:3 + data[2]]), list(data[3 + data[2]:])
        self.ours = self.model = None
        self.path = []

    def said(self, words):
        """A line of fuzz_chain's."""
        self.ours, self.model, self.path = words[0] == 1, words[1], words[2:]


class Openssl:
    """Its verdicts."""

    def __init__(self, directory, entries):
        self.directory, self.entries = directory, entries

    def __call__(self, one, sent, trusted):
        """Whether it accepts these for an arrangement's host and time."""
        names = [self.directory / f"{one.number}-{kind}.pem" for kind in ("leaf", "sent", "trusted")]
        for name, some in zip(names, (sent[:1], sent[1:], trusted)):
            name.write_text("".join(self.entries[at].pem for at in some), encoding="ascii")
        more = ["-untrusted", names[1]] if sent[1:] else []
        host = ["-verify_ip" if one.host[0].isdigit() else "-verify_hostname", one.host]
        command = ["openssl", "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-partial_chain", "-purpose",
                   "sslserver",
                   "-auth_level", "2", "-attime", str(one.time), *host, *more, "-trusted", names[2], names[0]]
        return trusted != [] and subprocess.run(command, capture_output=True, check=False).returncode == 0


def explained(one, openssl, entries):
    """Which rule explains that OpenSSL says otherwise; None: no rule does."""
    if one.ours:
        # It takes the first issuer that looks right and does not come back; the path alone, it accepts.
        return "it does not go back" if one.model == 1 and openssl(one, one.path, one.path[-1:]) else None
    strict = {at for at in one.sent + one.trusted if entries[at].stricter}
    if one.sent[0] in strict:
        return entries[one.sent[0]].stricter
    left, roots = ([at for at in some if at not in strict] for some in (one.sent, one.trusted))
    return "we are stricter" if strict and not openssl(one, left, roots) else None


@pytest.mark.plain
def test_arrangements(tmp_path, pytestconfig):
    """All three agree, but for what is explained."""
    assert ENTRY.exists(), f"{ENTRY} is not built"
    entries, rng = chain_pool.read(), random.Random(SEED)
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    every = [Arrangement(number, chain_pool.arrange(entries, rng)) for number in range(N)]
    for one in every:
        (inputs / str(one.number)).write_bytes(one.data)
    done = subprocess.run([ENTRY, inputs], env={**os.environ, "FUZZ_CHAIN_SAYS": "1"}, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, f"seed {SEED}: {done.stderr[-3000:]}"
    for number, words in re.findall(r"RUN +\] \S+/(\d+)\nsays ([-\d ]+)", done.stdout):
        every[int(number)].said([int(word) for word in words.split()])
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        openssl = Openssl(tmp_path, entries)
        theirs = list(pool.map(lambda one: openssl(one, one.sent, one.trusted), every))
        differ = [one for one, verdict in zip(every, theirs) if one.ours != verdict]
        reasons = list(pool.map(lambda one: explained(one, openssl, entries), differ))
    accepted = sum(one.ours for one in every)
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n    chains: seed {SEED}, {N} arrangements, {accepted} accepted; OpenSSL says otherwise in "
              f"{len(differ)}: "
              + (", ".join(f"{reasons.count(why)} {why}" for why in sorted(set(map(str, reasons)))) or "none"),
              flush=True)
    assert accepted > N // 10
    assert [one.number for one in every if one.model != int(one.ours)] == [], f"seed {SEED}: not as the model says"
    assert [(one.number, list(one.data))
            for one, why in zip(differ, reasons) if why is None] == [], f"seed {SEED}: not explained"
