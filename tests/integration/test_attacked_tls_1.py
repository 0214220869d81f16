# SPDX-License-Identifier: MIT
"""Chains found by an attack on the path builder. What is expected is what RFC 5280 says, and OpenSSL does."""

import certmaker as cm
import pytest

import limbo
from certmaker import Made, key, name, oid, seq, tlv
from harness import SANITISED

HOST = "portal.test"
BEFORE, AFTER = cm.moment(cm.BEFORE), cm.moment(cm.AFTER)
POLICY, MAPPED, ANY_POLICY = "1.3.6.1.4.1.55555.2.1", "1.3.6.1.4.1.55555.2.2", "2.5.29.32.0"
CA = [cm.constraints(True), cm.usage("keyCertSign", "cRLSign")]
LEAF = [cm.constraints(False), cm.usage("digitalSignature"), cm.purposes("serverAuth"), cm.names(f"DNS:{HOST}")]


def make(subject, who, issuer=None, extensions=(), **other):
    """A certificate from parts in DER: subject (a Name), who names its key, issuer is (Name, key) or a Made with
    `name`."""
    private = key(who)
    issuer_name, signer = issuer or (subject, private)
    algorithm = cm.algorithm_of(signer, "sha256")
    listed = seq(*(seq(oid(one[0]), cm.boolean(True) if one[1] else b"", tlv(4, one[2])) for one in extensions))
    version = other.get("version", 2)
    body = seq(tlv(0xA0, cm.integer(version)) if version else b"", other.get("serial", cm.integer(4711)), algorithm,
               issuer_name, seq(BEFORE, other.get("after", AFTER)), subject, cm.public(private),
               tlv(0xA3, listed) if extensions else b"")
    return Made(seq(body, algorithm, tlv(3, b"\0", cm.sign(signer, "sha256", body))), subject, private)


def of(made):
    """As an issuer."""
    return made.subject, made.key


def rdn(*values):
    """A RelativeDistinguishedName of (attribute, tag, bytes), in this order."""
    return tlv(0x31, *(seq(oid(cm.ATTRIBUTES.get(attribute, attribute)), tlv(tag, value))
                       for attribute, tag, value in values))


def subtrees(permitted=(), excluded=()):
    """nameConstraints of GeneralNames in DER."""
    lists = [tlv(tag, *map(seq, some)) for tag, some in ((0xA0, permitted), (0xA1, excluded)) if some]
    return ("2.5.29.30", True, seq(*lists))


ROOT = make(name("CN=Root"), "root", extensions=CA)
MIDDLE = name("CN=Middle")
PORTAL = name("CN=portal")
CASES = []


def add(case, expected, chain, trusted=(ROOT,)):
    """One that the server shows."""
    CASES.append(limbo.Case(case, expected, HOST, [one.pem for one in trusted], [one.der for one in chain],
                            chain[0].key))


def under(case, expected, middle=None, own=(), subject=PORTAL, ca=MIDDLE, issuer=None):
    """Root, intermediate with these extensions, leaf with these more."""
    between = make(ca, "middle", of(ROOT), CA if middle is None else middle)
    add(case, expected, [make(subject, "leaf", (issuer or ca, between.key), LEAF + list(own)), between])


def basic(value):
    """basicConstraints."""
    return [("2.5.29.19", True, value), cm.usage("keyCertSign")]


def add_cas():
    """What is a CA."""
    under("a path length alone makes no CA", False, basic(seq(cm.integer(5))))
    under("what is behind basicConstraints makes no CA", False, basic(seq() + cm.boolean(True)))
    for version in (0, 1):
        old = make(MIDDLE, "middle", of(ROOT), version=version)
        add(f"trusted, of version {version + 1}, not self-signed: no CA", False, [make(PORTAL, "leaf", of(old), LEAF)],
            [old])
    old = make(MIDDLE, "middle", version=1)
    add("a root of version 2 is no CA", False, [make(PORTAL, "leaf", of(old), LEAF)], [old])


def add_usage():
    """keyUsage with more bits than are asked for."""
    every = ("2.5.29.15", True, cm.bits(*range(9)))
    enciphers = ("2.5.29.15", True, cm.bits(0, 4, 7))
    deciphers = ("2.5.29.15", True, cm.bits(0, 4, 8))
    middle = make(MIDDLE, "middle", of(ROOT), CA)
    for case, usage in {"all": every, "encipherOnly too": enciphers, "decipherOnly too": deciphers}.items():
        add(f"the server's key is for {case}", True, [make(PORTAL, "leaf", of(middle), [usage, LEAF[-1]]), middle])
    under("an intermediate's key is for all", True, [cm.constraints(True), every])
    root = make(name("CN=Root"), "root", extensions=[cm.constraints(True), every])
    add("a root's key is for all", True, [make(PORTAL, "leaf", of(root), LEAF)], [root])


def add_constraints():
    """nameConstraints."""
    evil = tlv(0xA4, name("O=Evil Corp"))
    for case, parts in {
        "two spaces": [rdn(("O", 0x0C, b"Evil  Corp"))], "a space before": [rdn(("O", 0x0C, b" Evil Corp"))],
        "a space behind": [rdn(("O", 0x13, b"Evil Corp "))], "T61String": [rdn(("O", 0x14, b"Evil Corp"))],
        "IA5String": [rdn(("O", 0x16, b"Evil Corp"))], "BMPString": [rdn(("O", 0x1E, "Evil Corp".encode("utf-16-be")))],
        "a long length": [tlv(0x31, seq(oid("2.5.4.10"), b"\x0c\x81\x09Evil Corp"))],
    }.items():
        under(f"an excluded subject with {case}", False, CA + [subtrees([], [evil])],
              subject=seq(*parts, rdn(("CN", 0x0C, b"x"))))
    one, two = ("CN", 0x0C, b"Evil"), ("O", 0x0C, b"Corp")
    under("an excluded subject in another order", False, CA + [subtrees([], [tlv(0xA4, seq(rdn(one, two)))])],
          subject=seq(rdn(two, one)))
    under("an excluded name, constructed", False, CA + [subtrees([], [tlv(0xA2, tlv(0x16, HOST.encode()))])])
    for case, damaged in {"no RDN of": seq(tlv(0x31)), "no SET in": seq(name("CN=x")), "no Name for": b"",
                          "no SEQUENCE for": tlv(0x31)}.items():
        under(f"{case} an excluded directory", False, CA + [subtrees([], [tlv(0xA4, damaged)])])
    under("an excluded form that there is not", False, CA + [subtrees([], [tlv(0x89, HOST.encode())])])
    under("a permitted address of mail in the subject", True, CA + [subtrees([tlv(0x81, b"plant.test")])],
          subject=seq(rdn(("CN", 0x0C, b"x")), rdn(("1.2.840.113549.1.9.1", 0x16, b"a@plant.test"))))


def add_names():
    """Names that are equal by RFC 5280 7.1."""
    for case, signed, own in [
        ("UTF8String and T61String", (0x0C, b"Foo CA"), (0x14, b"Foo CA")),
        ("PrintableString and IA5String", (0x13, b"Foo CA"), (0x16, b"Foo CA")),
        ("one space and two", (0x0C, b"Foo  CA"), (0x0C, b"Foo CA")),
        ("a space behind", (0x0C, b"Foo CA "), (0x0C, b"Foo CA")),
    ]:
        under(f"one issuer, {case}", True, ca=seq(rdn(("O", *own))), issuer=seq(rdn(("O", *signed))))
    component = "0.9.2342.19200300.100.1.25"
    under("one issuer, a domain in capitals", True, ca=seq(rdn((component, 0x16, b"test"))),
          issuer=seq(rdn((component, 0x16, b"TEST"))))
    under("a NumericString in the subject", True, subject=seq(rdn(("2.5.4.5", 0x12, b"123"))))


def add_policies():
    """Policies where one is required."""
    required = ("2.5.29.36", True, seq(tlv(0x80, b"\0")))
    under("any policy of the server's stands for all", True, CA + [required, cm.policies(POLICY)],
          [cm.policies(ANY_POLICY)])
    under("a policy is mapped", True,
          CA + [required, cm.policies(POLICY), ("2.5.29.33", True, seq(seq(oid(POLICY), oid(MAPPED))))],
          [cm.policies(MAPPED)])
    for case, value in {"long": b"\0\0", "empty": b"", "negative": b"\xff"}.items():
        under(f"a requirement that is {case}", False, CA + [("2.5.29.36", True, seq(tlv(0x80, value)))])


def add_forms():
    """What is not DER."""
    middle = make(MIDDLE, "middle", of(ROOT), CA)
    for case, other in {
        "notAfter without its Z": {"after": tlv(0x17, b"491231235959")}, "an empty serial number": {"serial": tlv(2)},
        "a serial number with another tag": {"serial": tlv(0x82, b"\1")},
        "a serial number that is too long": {"serial": tlv(2, b"\0\0\1")},
    }.items():
        add(case, False, [make(PORTAL, "leaf", of(middle), LEAF, **other), middle])


    own = make(PORTAL, "leaf", of(middle), LEAF)
    add("bytes behind the server's certificate", False, [Made(own.der + b"\5\0", PORTAL, own.key), middle])
    add("bytes behind an intermediate", False, [own, Made(middle.der + b"\5\0", MIDDLE, middle.key)])
    host = tlv(0x82, HOST.encode())
    for case, other in {"an address of five bytes": tlv(0x87, b"12345"),
                        "an empty directory name": tlv(0xA4, seq())}.items():
        add(f"{case} beside the host", True,
            [make(PORTAL, "leaf", of(middle), [("2.5.29.17", False, seq(host, other))]), middle])


def add_work():
    """How much is looked at."""
    roots = [make(name("CN=Device CA"), f"device {number}", extensions=CA + [cm.subject_key(key(f"device {number}"))])
             for number in range(65)]
    add("65 trusted of one name", True, [make(PORTAL, "leaf", of(roots[-1]), LEAF + [cm.authority_key(roots[-1].key)])],
        roots)
    mesh = [make(name(f"CN=M{one}"), f"m{one}", (name(f"CN=M{other}"), key(f"m{other}")), CA)
            for one in range(5) for other in range(5) if one != other]
    own = make(PORTAL, "leaf", (name("CN=M0"), key("m0")), LEAF)
    add("cross-signed all round, the server's own trusted", True, [own, *mesh], [own])
    add("cross-signed all round, the issuer trusted", True, [own, *mesh], [make(name("CN=M0"), "m0", extensions=CA)])
    add("cross-signed all round, the issuer signed by a root", True,
        [own, *mesh, make(name("CN=M0"), "m0", of(ROOT), CA)])


for adder in (add_cas, add_usage, add_constraints, add_names, add_policies, add_forms, add_work):
    adder()


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Where programs are run."""
    with limbo.Bench(tmp_path_factory.mktemp("attacked"), ours=SANITISED) as one:
        yield one


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_chain(bench, case, version):
    """Accepted or refused as it should be, and no request where refused."""
    run = bench.run("ours", case, version)
    assert (run.accepted, limbo.sound(run)) == (case.expected, []), run
