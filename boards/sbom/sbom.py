# SPDX-License-Identifier: MIT
"""Write what is in a binary: BINARY.cdx.json (CycloneDX 1.6) and BINARY.spdx.json (SPDX 2.3). Called by sbom.mk.

Facts come from where they are: the linker's map (which files), boards/licences/parts (names, licences, who), boards/sources.lock (versions, hashes),
headers (versions of what the lock does not tell), the package manager (what the system brings). The same binary gives the same documents.
"""

import argparse
import datetime
import hashlib
import json
import pathlib
import re
import shlex
import subprocess
import urllib.parse
import uuid

import linked

BOARDS = pathlib.Path(__file__).resolve().parents[1]

# Where a tree tells its version: for parts that come inside another's archive, and for trees that are not fetched ones.
VERSIONS = {
    "mbedtls": ("include/mbedtls/build_info.h", r'MBEDTLS_VERSION_STRING\s+"([\d.]+)"'),
    "lwip": ("src/include/lwip/init.h", r"LWIP_VERSION_MAJOR\s+(\d+)[^$]*?LWIP_VERSION_MINOR\s+(\d+)[^$]*?LWIP_VERSION_REVISION\s+(\d+)"),
    "oofatfs": ("ff.h", r"Filesystem module\s+(R[\d.]+\w*)"),
    "littlefs": ("lfs2.h", r"LFS2_VERSION 0x0*(\d+?)0*([1-9]\d*)\b"),
    "musl": ("VERSION", r"([\d.]+)"),
    "openssl": ("VERSION.dat", r"MAJOR=(\d+)\s+MINOR=(\d+)\s+PATCH=(\d+)"),
}
WITHIN = {"oofatfs": "micropython", "littlefs": "micropython"}
# The macro with the version of a C library, and the header that has it.
LIBC = {
    "glibc": ("features.h", r"#define __GLIBC__ (\d+)[^$]*?", r"#define __GLIBC_MINOR__ (\d+)"),
    "newlib": ("_newlib_version.h", r'#define _NEWLIB_VERSION "([\d.]+)"'),
    "picolibc": ("picolibc.h", r'#define __PICOLIBC_VERSION__ "([\d.]+)"'),
}


def asked(*command, stdin=""):
    """What a command prints; nothing if there is no such command or it fails."""
    try:
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def table():
    """The lines of boards/licences/parts, and fluxvision's own."""
    names = ("name", "licence", "text", "supplier", "purl", "cpe", "home")
    lines = [line.split("|") for line in (BOARDS / "licences/parts").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    parts = {line[0]: dict(zip(names, line[1:], strict=True)) for line in lines}
    holder = re.search(r"Copyright \(c\) \d+ (?:the )?(.+)", (BOARDS.parent / "LICENSE").read_text(encoding="utf-8"))[1]
    return {"fluxvision": dict(zip(names, ("fluxvision", "MIT", "", holder, "pkg:generic/fluxvision@VERSION", "", ""), strict=True)), **parts}


def of_lock(part, tree):
    """The pinned archive: version, hash, file, addresses."""
    name = WITHIN.get(part, part)
    line = re.search(rf"^(\w+)  (\S+/({name}_([\d.]*\d)\S*))$", (BOARDS / "sources.lock").read_text(encoding="utf-8"), flags=re.M)
    digest, path, file, version = line.groups()
    url = re.search(rf"^{name} (\S+)$", (BOARDS / "sources.upstream").read_text(encoding="utf-8"), flags=re.M)
    told = {"sha256": digest, "file": file, "path": path, "url": url and url[1].replace("VERSION", version)}
    return {**told, "version": of_tree(part, tree) if part in WITHIN else version}


def of_tree(part, tree):
    """What a tree says of its version; nothing if it says nothing."""
    file, pattern = VERSIONS.get(part, ("", ""))
    path = pathlib.Path(tree) / file
    found = re.search(pattern, path.read_text(encoding="utf-8")) if file and path.exists() else None
    return ".".join(found.groups()) if found else None


def of_system(part, files, cc):
    """What the compiler or the system has brought: its version by its macros, and the package that the files are of."""
    path = next((p for p in files if re.search(r"\.a$|\.so\.\d", p)), files[0])
    path = pathlib.Path(path).resolve()
    told = {"sha256": sha256(path), "file": path.name, "version": None}
    owner = asked("dpkg-query", "-S", str(path)) or asked("dpkg-query", "-S", str(path).removeprefix("/usr"))
    package = asked("dpkg-query", "-W", "-f=${Package} ${Version} ${Architecture}\\n", owner.split(": ")[0]).split("\n")[0].split() if owner else []
    if package:
        system = dict(re.findall(r'^(\w+)="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), flags=re.M))
        vendor = system.get("ID", "debian")
        told["purl"] = (f"pkg:deb/{vendor}/{package[0]}@{urllib.parse.quote(package[1], safe='')}"
                        f"?arch={package[2]}&distro={vendor}-{system.get('VERSION_ID', '')}")
    if part in LIBC:
        header, *patterns = LIBC[part]
        macros = asked(*cc, "-E", "-dM", "-", stdin=f"#include <{header}>\n")
        found = [re.search(pattern, macros) for pattern in patterns]
        told["version"] = ".".join(one[1] for one in found) if all(found) else None
    elif part == "libgcc":
        # Debian's package has all three numbers, where the compiler's folder has one alone.
        folder = next((p for p in path.parts if re.fullmatch(r"\d+(\.\d+)*", p)), None)
        release = re.match(r"(?:\d+:)?(\d+\.\d+\.\d+)", package[1]) if package else None
        told["version"] = release[1] if release else folder
    elif package:
        told["version"] = re.match(r"(?:\d+:)?([^-+~]+)", package[1])[1]
    return told


def components(args):
    """Each part of the binary with its files and facts, ours first."""
    owner = linked.Owner(args.objects, args.library, args.ours, args.libc or "glibc")
    files, paths = {}, {}
    for file in linked.of_map(args.binary):
        part = owner(file)
        files.setdefault(part, []).append(owner.name(file))
        paths.setdefault(part, []).append(file.partition("(")[0])
        if pathlib.PurePath(file.removesuffix(")").replace("(", "/")).name in args.jsmn:
            files["jsmn"] = ["jsmn.h"]
    trees = {name.lower(): tree for name, _, tree in (one.partition("=") for one in args.trees)}
    facts = table()
    found = []
    for part in sorted(files, key=lambda p: (p != "fluxvision", p)):
        own = {**facts[part], "part": part, "files": sorted(set(files[part]))}
        brought = [p for p in paths.get(part, ()) if not p.startswith(args.objects + "/")]
        dynamic = [p for p in brought if re.search(r"\.so[.\d]*$", p)]
        if part == "fluxvision":
            own["version"] = args.version
        elif brought:
            own.update(of_system(part, dynamic or brought, args.cc))
        elif trees[part].startswith("build/src/"):
            own.update(of_lock(part, trees[part]))
        else:
            own["version"] = of_tree(part, trees[part])
        own["link"] = "DYNAMIC_LINK" if dynamic else "STATIC_LINK"
        version = own["version"]
        own["purl"] = own["purl"].replace("VERSION", version) if version else own["purl"].replace("@mbedtls-VERSION", "").split("@")[0]
        own["cpe"] = own["cpe"] and own["cpe"].replace("VERSION", version or "*") + ":*:*:*:*:*:*:*"
        found.append(own)
    return found


def depends(parts):
    """What calls what: we call all, a library calls the C library and the compiler's; mbedTLS's hashes and ciphers are BearSSL's and OpenSSL's."""
    names = [one["part"] for one in parts]
    low = [n for n in names if n in ("glibc", "musl", "newlib", "picolibc", "libgcc")]
    graph = {}
    for name in names:
        calls = names if name == "fluxvision" else low if name not in low else low if name != "libgcc" else []
        graph[name] = [n for n in calls if n != name]
    if "mbedtls" in graph:
        graph["mbedtls"] = sorted({*graph["mbedtls"], *(n for n in ("bearssl", "openssl") if n in names)})
    return graph


def ref(own):
    return f"{own['part']}@{own['version'] or 'unknown'}"


def cyclonedx_component(own):
    out = {"type": "library", "bom-ref": ref(own), "supplier": {"name": own["supplier"]}, "name": own["name"].split(" (")[0].split(",")[0]}
    if own["version"]:
        out["version"] = own["version"]
    if own["part"] != "fluxvision":
        out["scope"] = "required"
    out["licenses"] = [{"expression": own["licence"]}]
    if own["cpe"]:
        out["cpe"] = own["cpe"]
    out["purl"] = own["purl"]
    refs = [{"type": "website", "url": own["home"]}] if own["home"] else []
    if own.get("path"):
        refs.append({"type": "source-distribution", "url": own["url"] or own["path"], "comment": own["path"],
                     "hashes": [{"alg": "SHA-256", "content": own["sha256"]}]})
    if refs:
        out["externalReferences"] = refs
    out["properties"] = [{"name": "fluxvision:link", "value": "dynamic" if own["link"] == "DYNAMIC_LINK" else "static"}]
    if own.get("sha256") and not own.get("path"):
        out["properties"].append({"name": f"fluxvision:sha256:{own['file']}", "value": own["sha256"]})
    out["components"] = [{"type": "file", "name": file} for file in own["files"]]
    return out


def cyclonedx(args, parts, graph, serial, when):
    ours, others = parts[0], parts[1:]
    refs = {one["part"]: ref(one) for one in parts}
    main = cyclonedx_component(ours)
    main["type"] = "firmware" if args.binary.suffix == ".elf" else "application"
    main["hashes"] = [{"alg": "SHA-256", "content": sha256(args.binary)}]
    main["properties"] = [{"name": "fluxvision:board", "value": args.board}, {"name": "fluxvision:binary", "value": args.binary.name}]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}", "version": 1,
        "metadata": {
            "timestamp": when, "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "fluxvision make sbom", "version": args.version}]},
            "authors": [{"name": ours["supplier"]}], "component": main, "supplier": {"name": ours["supplier"]},
        },
        "components": [cyclonedx_component(one) for one in others],
        "dependencies": [{"ref": refs[name], "dependsOn": [refs[n] for n in calls]} for name, calls in graph.items()],
        "compositions": [{"aggregate": "complete", "assemblies": list(refs.values()), "dependencies": list(refs.values())}],
    }


def spdx_package(own):
    out = {
        "SPDXID": f"SPDXRef-{own['part']}", "name": own["name"].split(" (")[0].split(",")[0], "versionInfo": own["version"] or "NOASSERTION",
        "supplier": f"Organization: {own['supplier']}", "downloadLocation": own.get("url") or "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": own["licence"], "licenseDeclared": own["licence"], "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "LIBRARY",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": own["purl"]}],
        "comment": "linked: " + " ".join(own["files"]),
    }
    if own["home"]:
        out["homepage"] = own["home"]
    if own.get("sha256"):
        out["packageFileName"] = own["file"]
        out["checksums"] = [{"algorithm": "SHA256", "checksumValue": own["sha256"]}]
    if own.get("path"):
        out["sourceInfo"] = own["path"]
    if own["cpe"]:
        out["externalRefs"].append({"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": own["cpe"]})
    return out


def spdx(args, parts, graph, serial, when):
    packages = [spdx_package(one) for one in parts]
    packages[0]["primaryPackagePurpose"] = "FIRMWARE" if args.binary.suffix == ".elf" else "APPLICATION"
    packages[0]["packageFileName"] = args.binary.name
    packages[0]["checksums"] = [{"algorithm": "SHA256", "checksumValue": sha256(args.binary)}]
    links = {one["part"]: one["link"] for one in parts}
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-fluxvision")]
    relations += [(f"SPDXRef-{name}", links[n] if name == "fluxvision" else "DEPENDS_ON", f"SPDXRef-{n}") for name, calls in graph.items() for n in calls]
    out = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"fluxvision-{args.version}-{args.board}",
        "documentNamespace": f"urn:uuid:{uuid.uuid5(serial, 'spdx')}",
        "creationInfo": {"created": when, "creators": [f"Organization: {parts[0]['supplier']}", f"Tool: fluxvision-make-sbom-{args.version}"]},
        "packages": packages,
        "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relations],
    }
    own_texts = {one["licence"]: one for one in parts if one["licence"].startswith("LicenseRef-")}
    if own_texts:
        out["hasExtractedLicensingInfos"] = [
            {"licenseId": licence, "name": one["name"].split(",")[0], "extractedText": (BOARDS / f"licences/{one['text']}.txt").read_text(encoding="utf-8")}
            for licence, one in own_texts.items()]
    return out


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--cc", type=shlex.split, required=True)
    for name in ("objects", "board", "version", "libc"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--time", type=int, required=True)
    for name in ("jsmn", "trees", "library", "ours"):
        parser.add_argument(f"--{name}", nargs="*", default=[])
    return parser.parse_args()


def main():
    args = arguments()
    if not args.binary.with_name(args.binary.stem + ".map").exists():
        raise SystemExit(f"sbom: {args.binary} has no map of its linker beside it: remove it, and make it again")
    parts = components(args)
    graph = depends(parts)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{sha256(args.binary)}")
    when = datetime.datetime.fromtimestamp(args.time, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for suffix, write in ((".spdx.json", spdx), (".cdx.json", cyclonedx)):
        text = json.dumps(write(args, parts, graph, serial, when), indent=1, ensure_ascii=False)
        (args.binary.parent / (args.binary.stem + suffix)).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
