#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes chain_certs.h, the certificates of test_tls_chain.c: chain_certs.py >chain_certs.h. ECDSA signatures are
others each time."""

import base64
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "portal"))

import certmaker as cm  # noqa: E402  pylint: disable=wrong-import-position
from certmaker import ca, leaf  # noqa: E402  pylint: disable=wrong-import-position

OLD = {"before": "20200101000000", "after": "20250101000000"}
COMING = {"before": "20400101000000", "after": "20500101000000"}
SECOND = {"before": "20300601000000", "after": "20300601000000"}
BASIC, USAGE, SKI = "2.5.29.19", "2.5.29.15", "2.5.29.14"
POLICY, OTHER_POLICY, ANY_POLICY = "1.3.6.1.4.1.55555.7", "1.3.6.1.4.1.55555.8", "2.5.29.32.0"


def subtree(tag, content, *more):
    """GeneralSubtree."""
    return cm.seq(cm.tlv(tag, content), *more)


def constraints(permitted=None, excluded=None):
    """nameConstraints of raw subtrees, not critical; None: no such list."""
    lists = [cm.tlv(tag, *trees) for tag, trees in ((0xA0, permitted), (0xA1, excluded)) if trees is not None]
    return ("2.5.29.30", False, cm.seq(*lists))


def dns(text):
    """A dNSName subtree."""
    return subtree(0x82, text.encode())


def attribute(oid, value, kind=0x0C):
    """AttributeTypeAndValue."""
    return cm.seq(cm.oid(oid), cm.tlv(kind, value))


def spelt(text, kind):
    """A Name with an organization of a kind of string; 0x8C: UTF8String with a length that is longer than need be."""
    value = text.encode("utf-16-be" if kind == 0x1E else "ascii")
    one = attribute("2.5.4.10", value, kind)
    if kind == 0x8C:
        one = cm.seq(cm.oid("2.5.4.10"), bytes([0x0C, 0x81, len(value)]) + value)
    return cm.seq(cm.tlv(0x31, one))


def named(issuer, subject):
    """A server's certificate with a subject of raw DER."""
    usual, cm.name = cm.name, lambda text, kind=0x0C: text if isinstance(text, bytes) else usual(text, kind)
    try:
        return leaf(issuer, "portal.test", subject=subject)
    finally:
        cm.name = usual


def dated(issuer):
    """A server's certificate whose notAfter has no Z."""
    usual, cm.moment = cm.moment, lambda text: cm.tlv(0x17, b"401231235959") if text == "no Z" else usual(text)
    try:
        return leaf(issuer, "portal.test", after="no Z")
    finally:
        cm.moment = usual


def main():
    """Write all."""
    made = {}
    root = made["root"] = ca("CN=Root")
    made["root-renewed"] = ca("CN=Root", serial=77)
    made["root-clients"] = ca("CN=Root", more=[cm.purposes("clientAuth")])
    made["root-v1"] = cm.certificate("CN=Root", cm.key("CN=Root"), version=0)
    made["root-bare"] = ca("CN=Root", without=[BASIC])
    made["root-old"] = ca("CN=Root", **OLD)
    made["root-short"] = ca("CN=Root", pathlen=0)
    for number in range(1, 10):
        made[f"twin-{number}"] = ca("CN=Root", who=f"twin {number}", without=[SKI] if number % 2 else [])

    made["root-v1-of-another"] = cm.certificate("CN=CA", cm.key("CN=CA"), root, version=0)
    made["root-v2"] = cm.certificate("CN=Root", cm.key("CN=Root"), version=1)

    middle = made["ca"] = ca("CN=CA", root)
    made["ca-by-twin"] = ca("CN=CA", made["twin-1"])
    made["ca-by-unknown"] = ca("CN=CA", ca("CN=Unknown"))
    made["ca-other-key"] = ca("CN=CA", root, who="other", without=[SKI])
    made["ca-other-id"] = ca("CN=CA", root, more=[cm.subject_key(cm.key("other"))])
    made["ca-utf8"] = ca("CN=cA", root, who="CN=CA", kind=0x13)
    variants = {
        "old": OLD, "coming": COMING, "second": SECOND, "length-0": {"pathlen": 0},
        "no-certsign": {"more": [cm.usage("cRLSign")]}, "no-ca": {"more": [cm.constraints(False)]},
        "bare": {"without": [BASIC]},
        "no-usage": {"without": [USAGE]}, "mail": {"more": [cm.purposes("emailProtection")]},
        "any": {"more": [cm.purposes("any")]},
        "unknown-critical": {"more": [cm.unknown()]}, "unknown": {"more": [cm.unknown(False)]},
        "critical-ski": {"more": [cm.subject_key(cm.key("CN=CA"), True)]},
        "policy": {"more": [cm.policies(POLICY, critical=True), cm.policy_constraints(require=0)]},
        "policy-1": {"more": [cm.policy_constraints(require=1)]},
        "policy-2": {"more": [cm.policy_constraints(require=2)]},
        "policy-any": {"more": [cm.policies(ANY_POLICY), cm.policy_constraints(require=0), cm.inhibit_any(3)]},
        "sha-1": {"hashed": "sha1"},
        "permits": {"more": [cm.name_constraints(["DNS:portal.test"])]},
        "permits-dot": {"more": [constraints([dns(".portal.test")])]},
        "permits-narrow": {"more": [constraints([dns("a.portal.test")])]},
        "permits-all": {"more": [constraints([dns("")])]},
        "permits-two": {"more": [constraints([dns("other.test"), dns("PORTAL.test")])]},
        "permits-address": {"more": [constraints([subtree(0x87, bytes([192, 0, 2, 0, 255, 255, 255, 0]))])]},
        "permits-v6": {"more": [constraints([subtree(0x87, bytes(32))])]},
        "permits-mail": {"more": [constraints([subtree(0x81, b"portal.test")])]},
        "permits-mailbox": {"more": [constraints([subtree(0x81, b"a@portal.test")])]},
        "permits-mail-below": {"more": [constraints([subtree(0x81, b".test")])]},
        "permits-uri": {"more": [constraints([subtree(0x86, b"portal.test")])]},
        "excludes-mail": {"more": [constraints(None, [subtree(0x81, b"portal.test")])]},
        "permits-name": {"more": [constraints([subtree(0xA4, cm.name("O=Portal"))])]},
        "excludes": {"more": [constraints(None, [dns("portal.test")])]},
        "excludes-below": {"more": [constraints(None, [dns("b.a.portal.test")])]},
        "excludes-tail": {"more": [constraints(None, [dns("ortal.test")])]},
        "excludes-name": {"more": [constraints(None, [subtree(0xA4, cm.name("CN=leaf"))])]},
        "excludes-address": {"more": [constraints(None, [subtree(0x87, bytes([192, 0, 2, 1, 255, 255, 255, 255]))])]},
        "empty": {"more": [constraints()]}, "empty-list": {"more": [constraints([])]},
        "wildcard-base": {"more": [constraints([dns("*.portal.test")])]},
        "address-alone": {"more": [constraints([dns("portal.test"), subtree(0x87, bytes([192, 0, 2, 1]))])]},
        "excludes-evil": {"more": [constraints(None, [subtree(0xA4, cm.name("O=Evil Corp"))])]},
        "excludes-built": {"more": [constraints(None, [subtree(0xA2, cm.tlv(0x16, b"other.test"))])]},
        "excludes-null": {"more": [constraints(None, [subtree(0x05, b"")])]},
        "surplus-bytes": {"more": [("2.5.29.30", False, constraints([dns("portal.test")])[2] + b"\5\0")]},
        "length-alone": {"more": [(BASIC, True, cm.seq(cm.integer(5)))]},
        "true-outside": {"more": [(BASIC, True, cm.seq() + cm.boolean(True))]},
        "policy-odd": {"more": [("2.5.29.36", False, cm.seq(cm.tlv(0x80, b"\0\0")))]},
        "minimum-0": {"more": [constraints([subtree(0x82, b"portal.test", cm.tlv(0x80, b"\0"))])]},
        "minimum": {"more": [constraints([subtree(0x82, b"portal.test", cm.tlv(0x80, b"\1"))])]},
    }
    for name, how in variants.items():
        made[f"ca-{name}"] = ca("CN=CA", root, **how)
    made["ca-twice"] = cm.certificate("CN=CA", cm.key("CN=CA"), root, extensions=[
        cm.constraints(True), cm.usage("keyCertSign"), cm.unknown(False), cm.unknown(False)])
    made["ca-self-issued"] = ca("CN=CA", made["ca-length-0"], who="new")
    low = made["low"] = ca("CN=Low", middle)
    made["low-by-low"] = ca("CN=Low 2", low)
    weak = made["ca-weak"] = ca("CN=Weak", root, who="rsa1024")
    big = made["ca-521"] = ca("CN=521", root, who="p521")
    nodes = "vwxyz"
    for one in nodes:
        for other in nodes:
            if one != other:
                made[f"{one}-by-{other}"] = ca(f"CN={one}", ca(f"CN={other}"))
    made["v-by-root"] = ca("CN=v", root)
    made["leaf-of-v"] = leaf(made["v-by-w"], "portal.test")
    made["loop-a"] = ca("CN=A", ca("CN=B"))
    made["loop-b"] = ca("CN=B", ca("CN=A"))
    above = root
    for number in range(1, 16):
        above = made[f"level-{number}"] = ca(f"CN=Level {number}", above)

    made["leaf"] = leaf(middle, "portal.test", subject="CN=leaf")
    made["leaf-o"] = leaf(middle, "portal.test", subject="O=portal,CN=x")
    for number, (text, kind) in enumerate([("Evil  corp", 0x0C), (" Evil Corp ", 0x0C), ("Evil Corp", 0x14),
                                           ("Evil Corp", 0x16),
                                           ("Evil Corp", 0x1E), ("Evil Corps", 0x0C), ("Evil Corp", 0x8C)]):
        made[f"leaf-evil-{number}"] = named(middle, spelt(text, kind))
    made["leaf-evil-several"] = named(middle, cm.seq(cm.tlv(0x31, attribute("2.5.4.11", b"x"),
                                                            attribute("2.5.4.10", b"Evil Corp"))))
    made["leaf-evil-unit"] = named(middle, cm.seq(cm.tlv(0x31, attribute("2.5.4.11", b"Evil Corp"))))
    made["leaf-built"] = leaf(middle, more=[("2.5.29.17", False,
                                             cm.seq(cm.tlv(0x82, b"portal.test"), cm.tlv(0xA2, b"other.test")))])
    made["leaf-netscape"] = leaf(middle, "portal.test", more=[("2.16.840.1.113730.1.1", False, cm.tlv(3, b"\x07\x80"))])
    made["leaf-netscape-server"] = leaf(middle, "portal.test",
                                        more=[("2.16.840.1.113730.1.1", False, cm.tlv(3, b"\x06\x40"))])
    made["leaf-any-policy"] = leaf(middle, "portal.test", more=[cm.policies(ANY_POLICY)])
    made["leaf-wide"] = leaf(middle, "*.portal.test")
    made["leaf-a"] = leaf(middle, "a.portal.test")
    made["leaf-com"] = leaf(middle, "*.test", "*")
    made["leaf-within"] = leaf(middle, "p*.portal.test", "a.*.test")
    made["leaf-two"] = leaf(middle, "portal.test", "elsewhere.test")
    made["leaf-dotted"] = leaf(middle, "portal.test", ".portal.test")
    made["leaf-address"] = leaf(middle, "IP:192.0.2.1", "IP:2001:db8::1")
    made["leaf-spelt"] = leaf(middle, "192.0.2.1")
    made["leaf-mail"] = leaf(middle, "portal.test", "EMAIL:a@portal.test")
    made["leaf-other-mail"] = leaf(middle, "portal.test", "EMAIL:a@other.test")
    made["leaf-no-mail"] = leaf(middle, "portal.test", "EMAIL:portal.test@")
    made["leaf-mail-subject"] = named(middle,
                                      cm.seq(cm.tlv(0x31, attribute("1.2.840.113549.1.9.1", b"b@portal.test", 0x16))))
    made["leaf-uri"] = leaf(middle, "portal.test", "URI:spiffe://portal.test/x")
    made["leaf-no-z"] = dated(middle)
    made["leaf-all-uses"] = leaf(middle, "portal.test", more=[("2.5.29.15", True, cm.tlv(3, b"\x07\xff\x80"))])
    made["leaf-cn"] = leaf(middle, subject="CN=portal.test")
    made["leaf-old"] = leaf(middle, "portal.test", **OLD)
    made["leaf-coming"] = leaf(middle, "portal.test", **COMING)
    made["leaf-second"] = leaf(middle, "portal.test", **SECOND)
    made["leaf-old-elsewhere"] = leaf(middle, "elsewhere.test", more=[cm.usage("keyEncipherment")], **OLD)
    made["leaf-usage"] = leaf(middle, "portal.test", more=[cm.usage("keyEncipherment")])
    made["leaf-clients"] = leaf(middle, "portal.test", more=[cm.purposes("clientAuth")])
    made["leaf-constrains"] = leaf(middle, "portal.test", more=[constraints([dns("portal.test")])])
    made["leaf-policy"] = leaf(middle, "portal.test", more=[cm.policies(OTHER_POLICY, POLICY)])
    made["leaf-other-policy"] = leaf(middle, "portal.test", more=[cm.policies(OTHER_POLICY)])
    made["leaf-weak"] = leaf(middle, "portal.test", who="rsa1024")
    made["leaf-sha-1"] = leaf(middle, "portal.test", hashed="sha1")
    made["leaf-of-weak"] = leaf(weak, "portal.test")
    made["leaf-of-521"] = leaf(big, "portal.test")
    made["leaf-of-root"] = leaf(root, "portal.test")
    made["leaf-of-new"] = leaf(made["ca-self-issued"], "portal.test")
    made["leaf-of-low"] = leaf(low, "portal.test")
    made["leaf-of-low-2"] = leaf(made["low-by-low"], "portal.test")
    made["leaf-of-a"] = leaf(made["loop-a"], "portal.test")
    made["leaf-of-9"] = leaf(made["level-9"], "portal.test")
    made["leaf-of-14"] = leaf(made["level-14"], "portal.test")
    made["leaf-of-15"] = leaf(made["level-15"], "portal.test")
    made["own"] = leaf(None, "portal.test", subject="CN=own")
    made["own-bare"] = leaf(None, "portal.test", subject="CN=own", without=[BASIC], who="bare")
    made["own-old"] = leaf(None, "portal.test", subject="CN=own", who="old own", **OLD)
    made["own-unsigned"] = leaf(None, "portal.test", subject="CN=own", who="own of another")

    print("/* Made by chain_certs.py, which tells what is in it. */\n/* clang-format off */")
    print("static const struct pooled pool[] = {")
    for name, one in made.items():
        text = base64.b64encode(one.der).decode()
        print(f'    {{"{name}",\n' + "\n".join(f'        "{text[at:at + 120]}"' for at in range(0, len(text), 120)) +
              "},")
    print("};\n/* clang-format on */")


main()
