# SPDX-License-Identifier: MIT
"""Chains that a server may send and what should come of them, by RFC 5280, RFC 9525 and the CA/Browser Forum's rules.

Made anew in each run by certmaker.py; the host is portal.test unless a case says otherwise.
"""

import dataclasses
import random

import certmaker as cm
from certmaker import ca, leaf
from limbo import Case

HOST = "portal.test"
SEED = 13
POLICY = "1.3.6.1.4.1.55555.2.1"
# Where neither curl nor wget does what is expected, and why.
ALONE = {
    "nc/wildcard-covers-excluded": "they look at the name that was asked for, not at all that the wildcard stands for",
    "nc/written-with-wildcard": "RFC 5280 4.2.1.10 has no wildcards; they pass over what they can't use",
    "nc/empty": "RFC 5280 4.2.1.10 forbids it; they take it for none",
    "usage/key-encipherment-alone": "RFC 5246 7.4.2: ECDHE needs digitalSignature; they don't look",
    "name/common-name-only": "RFC 9525 2: a common name is no host name; they still take it",
    "surplus/garbage": "they parse all that is sent",
    "surplus/cut-short": "they parse all that is sent",
    "path/17-certificates": "our own limit",
    "path/circle-with-a-way-out": "they follow the first issuer that fits and don't come back",
    "date/last-second": "RFC 5280 4.1.2.5: notAfter is inclusive; to them it is not",
    "date/in-last-second": "RFC 5280 4.1.2.5: notAfter is inclusive; to them it is not",
}

# What a refusal must say: the first that a case's name begins with.
SAYS = {"nc/written": "'Middle'", "nc/address-without-mask": "'Middle'", "nc/empty": "'Middle'",
        "nc/root-excludes-i": "'Middle'",
        "purpose/leaf-none": "", "nc/": "nameConstraints", "purpose/": "extendedKeyUsage",
        "usage/no-keycertsign": "keyUsage", "usage/key-": "digitalSignature",
        "usage/": "basicConstraints", "critical/unknown": "critical extension", "policy/": "policyConstraints",
        "name/": "another host name", "own/other-name": "another host name", "path/length": "pathLenConstraint",
        "path/ten-roots-none-right": "'Root'", "path/circle": "trusted authority", "surplus/root-": "'Root'",
        "surplus/intermediate-missing": "'Middle'", "path/intermediate-of": "'Middle'",
        "key/rsa-1024": "1024", "hash/sha-1": "SHA-1", "date/too-early": "not valid before 2030-01-01 00:00:01Z",
        "date/utc-50": "expired at 1950-01-01", "date/": "expired at 2030-02-01 00:00:00Z",
        "own/expired": "expired at 2021-01-01"}


class Cases:
    """Collects them."""

    def __init__(self):
        self.all = []
        self.root = ca("CN=Root")
        self.middle = ca("CN=Middle", self.root)
        self.leaf = leaf(self.middle, HOST)

    def add(self, name, expected, chain, *, trusted=None, host=HOST, time=""):
        """One: chain of Made or DER, the server's own first."""
        trusted = [self.root] if trusted is None else trusted
        why = "" if expected else next((word for begin, word in SAYS.items() if name.startswith(begin)), "")
        self.all.append(Case(name, expected, host, [one.pem for one in trusted],
                             [one if isinstance(one, bytes) else one.der for one in chain], chain[0].key, time, False,
                             why))

    def under(self, name, expected, *, hosts=(HOST,), host=HOST, root=None, middle=None, own=None, time=""):
        """One of root, intermediate and leaf: what ca() and leaf() are to make differently."""
        top = ca("CN=Root", **root) if root else self.root
        between = ca("CN=Middle", top, **(middle or {}))
        self.add(name, expected, [leaf(between, *hosts, **(own or {})), between], trusted=[top], host=host, time=time)


def name_constraints(c):
    """nameConstraints of an intermediate and of a root."""
    def of(permitted=(), excluded=(), critical=True):
        return {"more": [cm.name_constraints(permitted, excluded, critical)]}

    for name, expected, how, more in [
        ("excluded-not-critical", False, of(excluded=["DNS:portal.test"], critical=False), {}),
        ("permitted-other-not-critical", False, of(["DNS:other.test"], critical=False), {}),
        ("permitted", True, of(["DNS:portal.test"]), {}),
        ("permitted-domain", True, of(["DNS:test"]), {}),
        ("permitted-in-capitals", True, of(["DNS:PORTAL.Test"]), {}),
        ("permitted-other", False, of(["DNS:other.test"]), {}),
        ("permitted-suffix-within-label", False, of(["DNS:tal.test"]), {}),
        ("permitted-and-excluded", False, of(["DNS:test"], ["DNS:portal.test"]), {}),
        ("address-permitted", True, of(["IP:192.0.2.0/24"]), {"hosts": ["IP:192.0.2.7"], "host": "192.0.2.7"}),
        ("address-outside", False, of(["IP:192.0.2.0/24"]), {"hosts": ["IP:192.0.3.7"], "host": "192.0.3.7"}),
        ("address-excluded", False, of(excluded=["IP:192.0.2.0/25"], critical=False),
         {"hosts": ["IP:192.0.2.7"], "host": "192.0.2.7"}),
        ("address6-permitted", True, of(["IP:2001:db8::/32"]), {"hosts": ["IP:2001:db8::7"], "host": "2001:db8::7"}),
        ("directory-permitted", True, of(["DIR:O=Plant"]), {"own": {"subject": "O=Plant,CN=portal"}}),
        ("directory-outside", False, of(["DIR:O=Plant"]), {"own": {"subject": "O=Other,CN=portal"}}),
        ("directory-excluded", False, of(excluded=["DIR:O=Plant"], critical=False),
         {"own": {"subject": "O=Plant,CN=portal"}}),
        ("mail-permitted-none-there", True, of(["EMAIL:plant.test"]), {}),
        ("other-form-outside", False, of(["URI:plant.test"]), {"hosts": [HOST, "URI:https://other.test/"]}),
        ("wildcard-covers-excluded", False, of(excluded=["DNS:a.portal.test"]),
         {"hosts": ["*.portal.test"], "host": "b.portal.test"}),
    ]:
        c.under(f"nc/{name}", expected, middle=how, **more)
    c.under("nc/root-excludes-not-critical", False, root=of(excluded=["DNS:test"], critical=False))
    c.under("nc/root-permits", True, root=of(["DNS:portal.test", "DIR:CN=Middle", "DIR:CN=portal"]))
    c.under("nc/root-excludes-intermediate", False, root=of(excluded=["DIR:CN=Middle"]))
    c.under("nc/directory-in-capitals", True, middle=of(["DIR:O=PLANT"]), own={"subject": "O=Plant,CN=portal"})
    c.under("nc/written-with-wildcard", False, middle=of(["DNS:*.test", "DNS:portal.test"]))
    c.under("nc/address-without-mask", False, middle=of(["IP:192.0.2.7"]), hosts=["IP:192.0.2.7"], host="192.0.2.7")
    c.under("nc/empty", False, middle=of())
    top = ca("CN=Middle", c.root, who="first", more=[cm.name_constraints(["DIR:CN=portal", "DNS:test"])])
    issued = ca("CN=Middle", top)
    c.add("nc/self-issued-is-exempt", True, [leaf(issued, HOST), issued, top])
    c.under("nc/narrowed", True, root=of(["DNS:test"]), middle=of(["DNS:portal.test"]))


def usages(c):
    """extendedKeyUsage, keyUsage and basicConstraints along the path."""
    for name, expected, purpose in [("client", False, ["clientAuth"]), ("mail", False, ["emailProtection"]),
                                    ("server-and-client", True, ["serverAuth", "clientAuth"]), ("any", False, ["any"])]:
        c.under(f"purpose/intermediate-{name}", expected, middle={"more": [cm.purposes(*purpose)]})
    c.under("purpose/leaf-none", False, own={"more": [cm.purposes()]})
    c.under("purpose/leaf-client", False, own={"more": [cm.purposes("clientAuth")]})
    c.under("usage/no-keycertsign", False, middle={"more": [cm.usage("cRLSign")]})
    c.under("usage/no-ca", False, middle={"more": [cm.constraints(False)]})
    c.under("usage/no-basic-constraints", False, middle={"without": ["2.5.29.19"]})
    c.under("usage/root-no-ca", False, root={"more": [cm.constraints(False)]})
    c.under("usage/key-encipherment-alone", False, own={"who": "rsa2048 leaf", "more": [cm.usage("keyEncipherment")]})
    c.under("usage/rsa-leaf", True, own={"who": "rsa2048 leaf"})


def extensions(c):
    """Critical ones, known and unknown, and duplicates."""
    c.under("critical/subject-key-of-root", False, root={"more": [cm.subject_key(cm.key("CN=Root"), True)]})
    c.under("critical/authority-key", False, middle={"more": [cm.authority_key(c.root.key, True)]})
    c.under("critical/unknown-in-intermediate", False, middle={"more": [cm.unknown()]})
    c.under("critical/unknown-in-leaf", False, own={"more": [cm.unknown()]})
    c.under("critical/unknown-in-root", False, root={"more": [cm.unknown()]})
    c.under("policy/constraints", True, middle={"more": [cm.policy_constraints(0, 0), cm.policies(POLICY)]},
            own={"more": [cm.policies(POLICY)]})
    c.under("policy/required-and-missing", False, middle={"more": [cm.policy_constraints(0)]})
    c.under("policy/inhibit-any", True, middle={"more": [cm.inhibit_any()]})
    c.under("policy/inhibit-mapping", True, middle={"more": [cm.policy_constraints(inhibit=0)]})
    c.under("policy/critical-policies", True, middle={"more": [cm.policies(POLICY, critical=True)]},
            own={"more": [cm.policies(POLICY, critical=True)]})
    twice = cm.certificate("CN=portal", cm.key("leaf"), c.middle,
                           extensions=[cm.constraints(False), cm.names("DNS:" + HOST),
                                                                               cm.unknown(False), cm.unknown(False)])
    c.add("extension/twice", False, [twice, c.middle])


def names(c):
    """The host and the names in the certificate, RFC 9525."""
    for name, expected, hosts, host in [
        ("wildcard", True, ["*.portal.test"], "a.portal.test"),
        ("wildcard-on-top-level", False, ["*.com"], "example.com"),
        ("wildcard-for-two-labels", False, ["*.portal.test"], "a.b.portal.test"),
        ("wildcard-for-none", False, ["*.portal.test"], HOST),
        ("wildcard-within-label", False, ["p*.portal.test"], "pa.portal.test"),
        ("wildcard-as-second-label", False, ["a.*.test"], "a.portal.test"),
        ("in-capitals", True, ["PORTAL.Test"], HOST),
        ("second-of-three", True, ["a.test", HOST, "b.test"], HOST),
        ("trailing-dot-asked", True, [HOST], HOST + "."),
        ("other", False, ["other.test"], HOST),
        ("nul-within", False, [HOST + "\0.evil.test"], HOST),
        ("address", True, ["IP:192.0.2.1"], "192.0.2.1"),
        ("address6", True, ["IP:2001:db8::1"], "2001:db8::1"),
        ("address-as-dns-name", False, ["192.0.2.1"], "192.0.2.1"),
        ("address-of-another", False, ["IP:192.0.2.2"], "192.0.2.1"),
    ]:
        c.under(f"name/{name}", expected, hosts=hosts, host=host)
    c.under("name/common-name-only", False, hosts=(), own={"subject": f"CN={HOST}"})
    c.under("name/no-names", False, hosts=(), own={"more": [cm.names()]})
    c.under("name/empty-name", False, hosts=["DNS:"])


def surplus(c):
    """Certificates that do not belong to the path, and orders."""
    other_root = ca("CN=Other Root")
    strange = {"ed25519": ca("CN=Strange", who="ed25519 s"), "brainpool": ca("CN=Strange", who="brainpool s"),
               "critical-extension": ca("CN=Strange", more=[cm.unknown()])}
    for name, one in strange.items():
        c.add(f"surplus/{name}", True, [c.leaf, c.middle, one])
        c.add(f"surplus/{name}-between", True, [c.leaf, one, c.middle])
    c.add("surplus/garbage", True, [c.leaf, c.middle, random.Random(SEED).randbytes(200)])
    c.add("surplus/cut-short", True, [c.leaf, c.middle, other_root.der[:300]])
    c.add("surplus/root-too", True, [c.leaf, c.middle, c.root])
    c.add("surplus/leaf-twice", True, [c.leaf, c.leaf, c.middle])
    c.add("surplus/root-missing", False, [c.leaf, c.middle], trusted=[other_root])
    c.add("surplus/intermediate-missing", False, [c.leaf])
    c.add("surplus/root-sent-not-trusted", False, [c.leaf, c.middle, c.root], trusted=[ca("CN=Root", who="another")])
    low = ca("CN=Low", c.middle)
    own = leaf(low, HOST)
    c.add("order/upside-down", True, [own, c.root, c.middle, low])
    many = [ca(f"CN=Surplus {number}", c.root if number % 2 else other_root) for number in range(24)]
    many += [ca("CN=Low", other_root, who=f"impostor {number}") for number in range(6)] + [c.middle, low]
    random.Random(SEED).shuffle(many)
    c.add("surplus/thirty-in-random-order", True, [own, *many])


def paths(c):
    """Several ways, long ways, circles, renewed keys."""
    wrong, right = ca("CN=Middle", c.root, who="old key"), c.middle
    c.add("path/renewed-key-wrong-first", True, [c.leaf, wrong, right])
    c.add("path/renewed-root-wrong-first", True, [c.leaf, c.middle], trusted=[ca("CN=Root", who="old root"), c.root])
    c.add("path/ten-roots-of-one-name", True, [c.leaf, c.middle],
          trusted=[*(ca("CN=Root", who=f"namesake {number}") for number in range(9)), c.root])
    c.add("path/ten-roots-none-right", False, [c.leaf, c.middle],
          trusted=[ca("CN=Root", who=f"namesake {number}") for number in range(10)])
    issued = ca("CN=Middle", ca("CN=Middle", c.root, who="first", pathlen=0), who="CN=Middle")
    first = ca("CN=Middle", c.root, who="first", pathlen=0)
    c.add("path/self-issued-below-length-0", True, [c.leaf, issued, first])
    c.under("path/length-0", True, middle={"pathlen": 0})
    short = ca("CN=Short", c.root, pathlen=0)
    below = ca("CN=Below", short)
    c.add("path/length-0-exceeded", False, [leaf(below, HOST), below, short])
    c.add("path/length-0-of-root-exceeded", False, [c.leaf, c.middle], trusted=[ca("CN=Root", pathlen=0)])
    chain = [c.root]
    for number in range(15):
        chain.append(ca(f"CN=Level {number}", chain[-1]))
    for length, expected in ((11, True), (15, True), (16, True), (17, False)):
        c.add(f"path/{length}-certificates", expected, [leaf(chain[length - 2], HOST), *chain[length - 2:0:-1]])
    left, right = ca("CN=Left", who="left"), ca("CN=Right", who="right")
    circle = [ca("CN=Left", right, who="left"), ca("CN=Right", left, who="right")]
    own = leaf(left, HOST)
    c.add("path/circle", False, [own, *circle])
    c.add("path/circle-with-a-way-out", True, [own, *circle, ca("CN=Right", c.root, who="right")])
    dead = ca("CN=Middle", ca("CN=Old Root"), before="20200101000000", after="20220101000000")
    c.add("path/expired-cross-signed-first", True, [c.leaf, dead, c.middle], trusted=[ca("CN=Old Root"), c.root])
    c.add("path/same-key-other-name", False, [c.leaf, ca("CN=Other Name", c.root, who="CN=Middle")])
    c.add("path/intermediate-trusted", True, [c.leaf, c.root], trusted=[c.middle])
    first = cm.certificate("CN=Root", c.root.key, version=0)
    c.add("path/root-of-version-1", True, [c.leaf, c.middle], trusted=[first])
    c.add("path/intermediate-of-version-1", False,
          [c.leaf, cm.certificate("CN=Middle", c.middle.key, c.root, version=0)])
    c.add("path/issuer-in-capitals", True, [leaf(dataclasses.replace(c.middle, subject="CN=MIDDLE"), HOST), c.middle])
    c.add("path/issuer-in-another-string-type", True, [c.leaf, ca("CN=Middle", c.root, kind=0x13)])
    c.add("path/signed-by-another-key", False, [c.leaf, ca("CN=Middle", c.root, who="another")])


def own_certificate(c):
    """The server's own in the bundle."""
    alone = leaf(None, HOST, who="alone", subject="CN=alone")
    c.add("own/self-signed", True, [alone], trusted=[alone])
    bare = leaf(None, HOST, who="bare", subject="CN=bare", without=["2.5.29.19"])
    c.add("own/no-basic-constraints", True, [bare], trusted=[bare])
    c.add("own/of-an-unknown-authority", True, [c.leaf], trusted=[c.leaf])
    c.add("own/other-name", False, [alone], trusted=[alone], host="other.test")
    c.add("own/not-the-same", False, [alone], trusted=[leaf(None, HOST, who="twin", subject="CN=alone")])
    old = leaf(None, HOST, who="old", subject="CN=old", before="20200101000000", after="20210101000000")
    c.add("own/expired", False, [old], trusted=[old])


def algorithms(c):
    """Keys and hashes."""
    c.under("key/rsa-1024-leaf", False, own={"who": "rsa1024 leaf"})
    c.under("key/rsa-1024-root", False, root={"who": "rsa1024 root"})
    c.under("key/p384-root", True, root={"who": "p384 root"})
    c.under("key/p521-root", True, root={"who": "p521 root"})
    c.under("key/rsa-2048-intermediate", True, middle={"who": "rsa2048b middle"})
    big = ca("CN=Root", who="rsa8192 root")
    c.add("key/rsa-8192-root", True, [leaf(big, HOST)], trusted=[big])
    c.under("hash/sha-1-leaf", False, own={"hashed": "sha1"})
    c.under("hash/sha-1-root", True, root={"hashed": "sha1"})
    c.under("hash/sha-384-and-512", True, middle={"hashed": "sha384"}, own={"hashed": "sha512"})


def dates(c):
    """Validity; RFC 5280 4.1.2.5."""
    c.under("date/never-ends", True, own={"after": "GEN:99991231235959Z"})
    c.under("date/utc-49", True, own={"after": "UTC:491231235959Z"})
    c.under("date/utc-50-is-1950", False, own={"after": "UTC:500101000000Z"})
    c.under("date/generalized-2050", True, own={"after": "GEN:20500101000000Z"})
    window = {"before": "20300101000001", "after": "20300201000000"}
    for name, expected, time in [("first-second", True, "2030-01-01 00:00:01"),
                                 ("last-second", True, "2030-02-01 00:00:00"),
                                 ("in-last-second", True, "2030-02-01 00:00:00.900"),
                                 ("too-late", False, "2030-02-01 00:00:01"),
                                 ("too-early", False, "2030-01-01 00:00:00.999")]:
        c.under(f"date/{name}", expected, own=window, time=time)
    c.under("date/intermediate-expired", False, middle=window, time="2031-01-01 00:00:00")
    c.under("date/root-expired", False, root=window, time="2031-01-01 00:00:00")


def make():
    """All of them."""
    c = Cases()
    for part in (name_constraints, usages, extensions, names, surplus, paths, own_certificate, algorithms, dates):
        part(c)
    return c.all
