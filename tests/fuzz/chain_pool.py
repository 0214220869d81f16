#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The pool of certificates that fuzz_chain.c makes chains of, and arrangements of it.

    chain_pool.py header > tests/fuzz/chain_pool.h     make the pool anew; signatures are then others
    chain_pool.py corpus SEED COUNT DIR                write arrangements as fuzz_chain reads them, every third one
                                                       damaged
"""

import base64
import dataclasses
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "portal"))

import certmaker as cm  # noqa: E402  pylint: disable=wrong-import-position
from certmaker import ca, leaf  # noqa: E402  pylint: disable=wrong-import-position

# Seconds since 1970: most certificates are valid at the first; those called old at the second alone, too.
TIMES = {"2030-06-01": 1906502400, "2024-06-01": 1717200000, "2040-06-01": 2222121600}
HOSTS = ["portal.test", "a.portal.test", "other.test", "192.0.2.1"]
# Which of HOSTS a set of alternative names is for.
NAMES = {0: (), 1: (0,), 2: (0, 2), 3: (1,), 4: (3,), 5: (2,)}
SANS = {1: ["portal.test"], 2: ["portal.test", "other.test"], 3: ["*.portal.test"], 4: ["IP:192.0.2.1"],
        5: ["other.test"]}
UNSEEN = "nobody whose signature counts"
OLD = {"before": "20200101000000", "after": "20250101000000"}
SHORT = {"before": "20240101000000", "after": "20350101000000"}
VALID = {OLD["after"]: (1,), SHORT["after"]: (0, 1)}


@dataclasses.dataclass
class Member:
    """A certificate and what a simple model has to know of it."""
    name: str
    made: cm.Made
    issuer: str
    signer: str                  # the name of the key that signed it
    who: str                     # and of its own
    is_ca: bool = True
    broken: bool = False         # may be on no path
    stricter: str = ""           # and OpenSSL does not mind: why we do
    pathlen: int = -1
    times: tuple = (0, 1, 2)
    sans: int = 0
    barred: tuple = ()           # sets of names that its constraints forbid


class Pool:
    """Members by name."""

    def __init__(self):
        self.members = {}

    def keep(self, name, made, above, who, **model):
        """Put it in; no one above: it signed itself."""
        model.setdefault("signer", above.who if above else who)
        self.members[name] = Member(name, made, above.made.subject if above else made.subject, who=who, **model)

    def add_ca(self, name, subject, issuer=None, *, who=None, pathlen=None, barred=(), model=None, **how):
        """A CA; issuer is a member's name."""
        above = self.members[issuer] if issuer else None
        who = who or subject
        made = ca(f"CN={subject}", above.made if above else None, who=who, pathlen=pathlen, **how)
        valid = VALID.get(how.get("after"), (0, 1, 2))
        self.keep(name, made, above, who, pathlen=-1 if pathlen is None else pathlen, times=valid, barred=barred,
                  **(model or {}))

    def add_leaf(self, name, issuer, sans, *, who="leaf", model=None, **how):
        """A server's."""
        above = self.members[issuer] if issuer else None
        made = leaf(above.made if above else None, *SANS.get(sans, ()), who=who, subject=f"CN={name}", **how)
        valid = VALID.get(how.get("after"), (0, 1, 2))
        self.keep(name, made, above, who, is_ca=False, times=valid, sans=sans, **(model or {}))


def build():
    """The pool; order is what arrangements count by: append, never insert."""
    p = Pool()
    p.add_ca("root-a", "Root A")
    p.add_ca("root-b", "Root B")
    p.add_ca("root-a-impostor", "Root A", who="impostor")
    p.add_ca("root-a-old", "Root A", **OLD)
    p.add_ca("root-short", "Root Short", pathlen=1)
    p.add_ca("root-bars-other", "Root Bars", more=[cm.name_constraints(excluded=["DNS:other.test"], critical=False)],
             barred=(2, 5))
    p.add_ca("root-unknown-critical", "Root U", more=[cm.unknown()], model={"broken": True})
    p.add_ca("root-p384", "Root P", who="p384 root")
    p.add_ca("middle", "Middle", "root-a")
    p.add_ca("middle-by-b", "Middle", "root-b")
    p.add_ca("middle-impostor", "Middle", "root-a", who="old middle")
    p.add_ca("middle-old", "Middle", "root-b", **OLD)
    p.add_ca("middle-by-p384", "Middle", "root-p384", hashed="sha384")
    p.add_ca("middle-by-short", "Middle", "root-short")
    p.add_ca("middle-by-bars", "Middle", "root-bars-other")
    p.add_ca("middle-by-u", "Middle", "root-unknown-critical")
    p.add_ca("middle-permits", "Middle", "root-a", more=[cm.name_constraints(["DNS:portal.test"])], barred=(2, 5))
    p.add_ca("middle-permits-address", "Middle", "root-b",
             more=[cm.name_constraints(["IP:192.0.2.0/24", "DNS:other.test"])],
             barred=(1, 2, 3))
    p.add_ca("middle-for-clients", "Middle", "root-a", more=[cm.purposes("clientAuth")], model={"broken": True})
    p.add_ca("middle-no-certsign", "Middle", "root-a", more=[cm.usage("cRLSign")], model={"is_ca": False})
    p.add_ca("middle-no-ca", "Middle", "root-b", more=[cm.constraints(False)], model={"is_ca": False})
    p.add_ca("middle-unknown-critical", "Middle", "root-a", more=[cm.unknown()], model={"broken": True})
    p.add_ca("middle-critical-ids", "Middle", "root-b", more=[cm.subject_key(cm.key("Middle"), True)],
             model={"broken": True, "stricter": "critical subjectKeyIdentifier, RFC 5280 4.2.1.2"})
    p.add_ca("middle-length-0", "Middle", "root-a", pathlen=0)
    p.add_ca("middle-self-issued", "Middle", "middle-impostor")
    p.add_ca("middle-length-0-impostor", "Middle", "root-b", who="old middle", pathlen=0)
    p.add_ca("low", "Low", "middle")
    p.add_ca("low-by-length-0", "Low", "root-short", pathlen=0)
    for name in ("Left", "Right"):   # to sign with, and taken out again
        p.add_ca(name, name)
    p.add_ca("left-by-right", "Left", "Right")
    p.add_ca("right-by-left", "Right", "Left")
    del p.members["Left"], p.members["Right"]
    p.add_ca("right-by-root", "Right", "root-b", **SHORT)
    above = "root-a"
    for number in range(16):
        p.add_ca(f"level-{number}", f"Level {number}", above)
        above = f"level-{number}"
    p.add_ca("middle-ed25519", "Middle E", "root-a", who="ed25519 middle",
             model={"broken": True, "stricter": "an Ed25519 key, which mbedTLS lacks"})
    p.add_ca("middle-sha-1", "Middle", "root-a", hashed="sha1", model={"signer": UNSEEN})
    p.add_leaf("leaf", "middle", 1)
    p.add_leaf("leaf-two-names", "middle", 2)
    p.add_leaf("leaf-wildcard", "middle", 3)
    p.add_leaf("leaf-address", "middle", 4)
    p.add_leaf("leaf-other", "middle", 5)
    p.add_leaf("leaf-old", "middle", 1, **OLD)
    p.add_leaf("leaf-low", "low", 1)
    p.add_leaf("leaf-left", "left-by-right", 1)
    p.add_leaf("leaf-long", "level-8", 1)
    p.add_leaf("leaf-16", "level-13", 1)
    p.add_leaf("leaf-17", "level-14", 1, model={"stricter": "17 certificates, our own limit"})
    p.add_leaf("leaf-of-root", "root-a", 2)
    p.add_leaf("leaf-of-renewed", "middle-impostor", 1)
    p.add_leaf("leaf-rsa", "middle", 1, who="rsa2048 leaf")
    p.add_leaf("leaf-for-clients", "middle", 1, more=[cm.purposes("clientAuth")], model={"broken": True})
    p.add_leaf("leaf-encipherment", "middle", 1, who="rsa2048 leaf", more=[cm.usage("keyEncipherment")],
               model={"broken": True, "stricter": "no digitalSignature, RFC 5246 7.4.2"})
    p.add_leaf("leaf-unknown-critical", "middle", 1, more=[cm.unknown()], model={"broken": True})
    # It may be trusted itself, whoever signed it: no signature is checked then.
    p.add_leaf("leaf-by-ed25519", "middle-ed25519", 1, model={"stricter": "signed with Ed25519, which mbedTLS lacks"})
    p.add_leaf("leaf-alone", None, 1, who="alone")
    p.add_leaf("leaf-alone-old", None, 1, who="alone", **OLD)
    p.add_leaf("leaf-mail-name", "middle", 1, more=[cm.names("DNS:portal.test", "EMAIL:a@portal.test")])
    p.add_leaf("leaf-sha-1", "middle", 1, hashed="sha1", model={"signer": UNSEEN})
    return list(p.members.values())


def mask(numbers):
    """Bits."""
    return sum(1 << number for number in numbers)


def header(members):
    """chain_pool.h."""

    ids = {}

    def number(kind, text):
        return ids.setdefault((kind, text), len([one for one in ids if one[0] == kind]))

    out = ["/* Made by chain_pool.py, which tells what is in it. */", "/* clang-format off */", "#define POOL_TIMES "
           + ", ".join(str(one) for one in TIMES.values()),
           "#define POOL_HOSTS " + ", ".join(f'"{one}"' for one in HOSTS),
           "#define POOL_NAMES " + ", ".join(str(mask(NAMES[one])) for one in sorted(NAMES)),
           "static const struct member pool[] = {"]
    for one in members:
        text = base64.b64encode(one.made.der).decode()
        lines = "\n".join(f'        "{text[at:at + 120]}"' for at in range(0, len(text), 120))
        out.append(f'    {{"{one.name}", "{one.stricter}", {number("n", one.made.subject)}, {number("n", one.issuer)}, '
                   f'{number("k", one.who)}, {number("k", one.signer)}, {int(one.is_ca)}, {int(one.broken)}, '
                   f'{one.pathlen}, '
                   f'{mask(one.times)}, {one.sans}, {mask(one.barred)},\n{lines}}},')
    return "\n".join(out + ["};", "/* clang-format on */", ""])


ENTRY = (re.compile(r'\{"([^"]+)", "([^"]*)", (\d+), (\d+), (\d+), (\d+), (\d), (\d), (-?\d+), (\d+), (\d+), '
                    r'(\d+),\s*((?:"[^"]+"\s*)+)\}'))


@dataclasses.dataclass
class Entry:
    """A member as it is committed."""
    name: str
    stricter: str
    subject: int
    issuer: int
    is_ca: bool
    pem: str


def read():
    """The committed pool."""
    entries = []
    for found in ENTRY.finditer((HERE / "chain_pool.h").read_text(encoding="ascii")):
        body = "".join(re.findall(r'"([^"]+)"', found[13]))
        lines = [body[at:at + 64] for at in range(0, len(body), 64)]
        pem = "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
        entries.append(Entry(found[1], found[2], int(found[3]), int(found[4]), found[7] == "1", pem))
    return entries


def arrange(entries, rng):
    """An arrangement that has something to do with a chain: bytes for fuzz_chain: host, time, how many trusted,
    these, those sent."""
    leaves = [at for at, one in enumerate(entries) if one.name.startswith("leaf")]
    first = rng.choice(leaves)
    above, wanted = set(), {entries[first].issuer}
    while wanted:
        subject = wanted.pop()
        for at, one in enumerate(entries):
            if one.subject == subject and at not in above and at != first and one.is_ca | (rng.random() < 0.3):
                above.add(at)
                wanted.add(one.issuer)
    keep = rng.choice((0.3, 0.6, 0.95))
    sent = [at for at in sorted(above) if rng.random() < keep] + rng.choices(range(len(entries)),
                                                                             k=rng.choice((0, 0, 1, 3, 12)))
    rng.shuffle(sent)
    roots = [at for at, one in enumerate(entries) if one.subject == one.issuer and at in above] or [0]
    trusted = [at for at in roots if rng.random() < 0.7] or [rng.choice(roots)]
    trusted += rng.choices([first, *above, *range(len(entries))], k=rng.choice((0, 0, 0, 1)))
    rng.shuffle(trusted)
    host = rng.choice((0, 0, 0, 0, 1, 2, 3)) if rng.random() < 0.5 else max(entries[first].name.count(word) * at
                                                                            for word, at in
                                                                       (("", 0), ("wildcard", 1), ("other", 2),
                                                                        ("address", 3)))
    return bytes([host, rng.choice((0, 0, 0, 1, 2)), len(trusted), *trusted, first, *sent[:40]])


def main():
    """As said above."""
    if sys.argv[1:] == ["header"]:
        sys.stdout.write(header(build()))
    else:
        seed, count, directory = int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
        rng, entries = random.Random(seed), read()
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            data = arrange(entries, rng)
            if number % 3 == 2:
                which = rng.randrange(min(4, len(data) - 3 - data[2]))
                data = bytes([data[0] | 0x80]) + data[1:] + bytes([which, rng.randrange(3), rng.randrange(256),
                                                                   rng.randrange(1, 256)])
            (directory / f"{seed}-{number}").write_bytes(data)


if __name__ == "__main__":
    main()
