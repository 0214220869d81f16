# SPDX-License-Identifier: MIT
"""Bills of materials: they tell what the linker's map names, the lock's versions, and what the vulnerabilities' list says of both."""

import collections
import hashlib
import json
import pathlib
import platform
import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT, run, tell

sys.path.insert(0, str(ROOT / "boards/sbom"))
import linked  # noqa: E402  pylint: disable=wrong-import-position

# BOARD: its binary. Of Linux boards that of this machine, which CI has built.
BINARIES = {
    "host": "build/fluxvision",
    f"linux-{platform.machine()}": f"build/linux-{platform.machine()}/fluxvision",
    "lm3s6965evb": "build/lm3s6965evb/firmware.elf",
    "sifive-u": "build/sifive-u/firmware.elf",
}
LLVM = "linux-armv7"
SOURCES = {"mbedtls": "mbedtls", "jsmn": "jsmn", "bearssl": "bearssl", "openssl": "openssl", "lwip": "lwip", "musl": "musl",
           "oofatfs": "micropython", "littlefs": "micropython"}
ID = re.compile(r"SPDXRef-[a-zA-Z0-9.-]+")
HASH = re.compile(r"[0-9a-f]{64}")
Board = collections.namedtuple("Board", "name binary cyclonedx spdx")


def made(board, binary):
    run("make", "--no-print-directory", "sbom", f"BOARD={board}")
    base = (ROOT / binary).with_suffix("")
    return Board(board, ROOT / binary, *(json.loads(base.with_suffix(one).read_text()) for one in (".cdx.json", ".spdx.json")))


@pytest.fixture(scope="module")
def boards():
    return {board: made(board, binary) for board, binary in BINARIES.items()}


@pytest.fixture(params=[*BINARIES, pytest.param(LLVM, marks=pytest.mark.long)])
def board(request, boards):
    return boards.get(request.param) or made(request.param, f"build/{request.param}/fluxvision")


def part_of(component):
    return component["bom-ref"].split("@")[0]


def parts_of(board):
    """{part: its component}."""
    return {part_of(one): one for one in [board.cyclonedx["metadata"]["component"], *board.cyclonedx["components"]]}


def files_of(component):
    return {one["name"] for one in component["components"]}


def lock():
    """{name: (version, hash)}."""
    return {m[2]: (m[3], m[1]) for m in re.finditer(r"^(\w+)  \S+/([a-z]+)_([\d.]*\d)\S*$", (ROOT / "boards/sources.lock").read_text(), flags=re.M)}


def read_map(board):
    """Base names of all objects and members that the map names, or the trace where the map has no names of those."""
    base = board.binary.with_suffix("")
    trace = base.with_suffix(".trace")
    text = (trace if trace.exists() else base.with_suffix(".map")).read_text(errors="replace")
    found = {m[1] for m in re.finditer(r"\.a\(([^()\s]+\.l?o)\)", text)} | {m[1] for m in re.finditer(r"^(?:LOAD )?\S*/([^/\s()]+\.o)$", text, flags=re.M)}
    return {one for one in found if not re.search(r"\.ltrans|\.debug\.temp\.o", one)}


def symbols(board):
    """Names of functions: those of the binary, and of the map where the binary is stripped."""
    text = subprocess.run(["nm", board.binary], capture_output=True, text=True, check=False).stdout
    names = {line.split()[-1] for line in text.splitlines() if line.strip()}
    text = board.binary.with_suffix(".map").read_text(errors="replace")
    kept = text.split("\nLinker script and memory map")[-1]
    names |= {m[1] for m in re.finditer(r"\.text\.(?:[a-z]+\.)?(\w+)", kept)} | {m[1] for m in re.finditer(r"^\s+0x[0-9a-f]+\s+(\w+)$", kept, flags=re.M)}
    names |= {m[1] for m in re.finditer(r"^ +[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +\d+ +(\w+)$", kept, flags=re.M)}
    return names | {m[1] for m in re.finditer(r"\.a\((?:lib_a-)?(\w+)\.l?o\)", text)}


def test_the_list_is_what_the_linkers_map_names(board):
    listed = {re.sub(r"^.*[/(]|\)$", "", file) for one in parts_of(board).values() for file in files_of(one)} - {"jsmn.h"}
    named = read_map(board)
    assert len(named) > 100
    assert listed == named, (sorted(listed - named)[:9], sorted(named - listed)[:9])
    tell("sbom", "built", f"{board.name}: {len(named)} files of {len(parts_of(board))} parts, those of the linker's map")


def test_each_file_is_listed_with_its_part(board):
    """By the folder that the object lies in; files of mbedTLS that ours replace are ours."""
    listed = {re.sub(r"^.*[/(]|\)$", "", file): part for part, one in parts_of(board).items() for file in files_of(one)}
    kernels = re.findall(rf"^KERNEL_FILES_{re.escape(board.name.removeprefix('linux-').replace('host', platform.machine()))} := (.*)$",
                         (ROOT / "boards/linux/kernels.mk").read_text(), flags=re.M)
    ours = {f"{one}.o" for one in " ".join(kernels).split()}
    seen = set()
    for part in set(SOURCES) - {"jsmn", "musl"}:
        for path in (ROOT / f"build/{board.name}/{part}").rglob("*.o"):
            if path.name in listed and part in parts_of(board):
                assert listed[path.name] == ("fluxvision" if part == "mbedtls" and path.name in ours else part), path
                seen.add(part)
    assert "mbedtls" in seen
    names = set(parts_of(board))
    assert {"fluxvision", "mbedtls", "jsmn", "libgcc"} <= names
    assert len(names & {"glibc", "musl", "newlib", "picolibc"}) == 1
    assert ("lwip" in names) == (board.binary.suffix == ".elf")
    if board.name == "lm3s6965evb":
        assert {"oofatfs", "newlib"} <= names and "littlefs" not in names
    if board.name == "sifive-u":
        assert {"littlefs", "picolibc"} <= names and "oofatfs" not in names


def test_what_each_part_says(board):
    """Version and hash of the lock, licence, supplier, purl and cpe; of what the system has brought, its archive's hash."""
    pinned = lock()
    table = {line.split("|")[0]: line.split("|") for line in (ROOT / "boards/licences/parts").read_text().splitlines() if line[0] != "#"}
    for part, one in parts_of(board).items():
        if part == "fluxvision":
            assert one["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(board.binary.read_bytes()).hexdigest()}]
            continue
        assert one["licenses"] == [{"expression": table[part][2]}] and one["supplier"]["name"] == table[part][4]
        assert one["version"] in one["purl"] or one["purl"].startswith("pkg:deb/"), one
        assert one.get("cpe", "").split(":")[5:6] in ([one["version"]], []), one
        source = [r for r in one["externalReferences"] if r["type"] == "source-distribution"]
        if part in SOURCES:
            version, digest = pinned[SOURCES[part]]
            assert source[0]["hashes"] == [{"alg": "SHA-256", "content": digest}]
            assert one["version"] == {"oofatfs": "R0.13c", "littlefs": "2.8"}.get(part, version)
        else:
            assert any(re.fullmatch(r"fluxvision:sha256:\w+\.a", p["name"]) and HASH.fullmatch(p["value"]) for p in one["properties"]), one


def test_the_graph_leads_everywhere(board):
    refs = {one["bom-ref"] for one in parts_of(board).values()}
    graph = {one["ref"]: set(one["dependsOn"]) for one in board.cyclonedx["dependencies"]}
    assert set(graph) == refs and all(calls <= refs for calls in graph.values())
    assert graph[board.cyclonedx["metadata"]["component"]["bom-ref"]] == refs - {board.cyclonedx["metadata"]["component"]["bom-ref"]}


def test_spdx_says_the_same_by_its_rules(board):
    """Clauses 6, 7, 10 and 11 of SPDX 2.3: what a document, a package, a licence and a relationship must have."""
    doc = board.spdx
    assert (doc["spdxVersion"], doc["dataLicense"], doc["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", doc["documentNamespace"]) and doc["name"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", doc["creationInfo"]["created"])
    assert all(re.match(r"(Tool|Organization|Person): ", one) for one in doc["creationInfo"]["creators"])
    own = {one["licenseId"] for one in doc.get("hasExtractedLicensingInfos", []) if one["extractedText"]}
    ids = {"SPDXRef-DOCUMENT"}
    for one in doc["packages"]:
        assert ID.fullmatch(one["SPDXID"]) and one["SPDXID"] not in ids
        ids.add(one["SPDXID"])
        assert one["name"] and one["versionInfo"] and re.match(r"Organization: .", one["supplier"])
        assert one["downloadLocation"] == "NOASSERTION" or re.match(r"https://", one["downloadLocation"])
        assert one["filesAnalyzed"] is False and one["copyrightText"] == "NOASSERTION"
        for licence in re.findall(r"LicenseRef-\S+", one["licenseConcluded"] + " " + one["licenseDeclared"]):
            assert licence in own
        assert all(c["algorithm"] == "SHA256" and HASH.fullmatch(c["checksumValue"]) for c in one["checksums"])
        assert {r["referenceType"] for r in one["externalRefs"]} <= {"purl", "cpe23Type"}
        assert one["primaryPackagePurpose"] in ("LIBRARY", "APPLICATION", "FIRMWARE")
        same = parts_of(board)[one["SPDXID"].removeprefix("SPDXRef-")]
        assert same["version"] == one["versionInfo"] and same["licenses"][0]["expression"] == one["licenseConcluded"]
        assert {r["referenceLocator"] for r in one["externalRefs"]} == {same["purl"], *filter(None, [same.get("cpe")])}
        assert set(one["comment"].split()[1:]) == files_of(same)
    kinds = {"DESCRIBES", "STATIC_LINK", "DYNAMIC_LINK", "DEPENDS_ON"}
    for one in doc["relationships"]:
        assert {one["spdxElementId"], one["relatedSpdxElement"]} <= ids and one["relationshipType"] in kinds
    assert {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-fluxvision"} in doc["relationships"]
    assert len(ids) == len(parts_of(board)) + 1


def test_the_same_binary_gives_the_same_documents(boards):
    base = boards["host"].binary.with_suffix("")
    before = {one: base.with_suffix(one).read_bytes() for one in (".cdx.json", ".spdx.json")}
    for one in before:
        base.with_suffix(one).unlink()
    run("make", "--no-print-directory", "sbom", TZ="Asia/Tokyo", LC_ALL="C")
    assert before == {one: base.with_suffix(one).read_bytes() for one in before}
    serials = {board.cyclonedx["serialNumber"] for board in boards.values()}
    assert len(serials) == len(boards)
    tell("sbom", "same twice", "both documents of build/fluxvision, byte by byte")


def linked_program(folder, *words):
    """A program x with its map, and a shared library libodd.so that it may be linked with."""
    (folder / "odd.c").write_text("int odd(void); int odd(void) { return 1; }\n")
    (folder / "x.c").write_text("int main(void) { return 0; }\n")
    run("gcc", "-shared", "-fPIC", "-o", folder / "libodd.so", folder / "odd.c")
    (folder / "objects").mkdir()
    run("gcc", "-c", "-o", folder / "objects/x.o", folder / "x.c")
    run("gcc", "-o", folder / "x", folder / "objects/x.o", f"-Wl,-Map={folder}/x.map", *words)


def test_an_object_of_nobody_ends_it(tmp_path):
    """A file that the linker takes and that no rule knows is an error, not a gap."""
    linked_program(tmp_path, "-Wl,--no-as-needed", "-L", tmp_path, "-lodd")
    out = run("/usr/bin/python3", "boards/sbom/sbom.py", "--binary", tmp_path / "x", "--board", "host",
              "--objects", tmp_path / "objects", "--version", "1", "--time", "0", "--libc", "glibc", "--cc", "gcc", status=None)
    assert f"the linker has taken {tmp_path}/libodd.so, and nothing says whose it is" in out


# ---- boards/vex.json


@pytest.fixture(scope="module")
def vex():
    return json.loads((ROOT / "boards/vex.json").read_text())


def test_vulnerabilities_are_of_the_pinned_versions(vex, boards):
    """Of the lock; of the system's parts, of what Debian 12 brings."""
    told = {part_of(one): one["version"] for one in vex["components"]}
    pinned = {part: lock()[name][0] for part, name in SOURCES.items() if part == name}
    assert {part: told[part] for part in pinned} == pinned
    debian12 = 'VERSION_ID="12"' in pathlib.Path("/etc/os-release").read_text()
    for board in boards.values():
        for part, one in parts_of(board).items():
            if part != "fluxvision":
                assert part in told
                # Debian has several compilers of one release.
                same = one["version"].startswith(told[part] + ".") if part == "libgcc" else one["version"] == told[part]
                assert same or (part not in SOURCES and not debian12), part
    refs = {one["bom-ref"] for one in vex["components"]}
    assert all(one["bom-ref"] == f"{part_of(one)}@{one['version']}" for one in vex["components"])
    assert {a["ref"] for one in vex["vulnerabilities"] for a in one["affects"]} <= refs
    numbers = [one["id"] for one in vex["vulnerabilities"]]
    assert len(numbers) == len(set(numbers)) and all(re.fullmatch(r"CVE-\d{4}-\d{4,}", one) for one in numbers)


def test_what_does_not_apply_has_a_reason(vex):
    for one in vex["vulnerabilities"]:
        analysis = one["analysis"]
        assert analysis["detail"] and (analysis["state"] == "not_affected") == ("justification" in analysis), one["id"]
        if "is not linked" in analysis["detail"]:
            assert one.get("properties"), f"{one['id']}: name the function"


def test_functions_that_are_said_to_be_absent_are_absent(vex, board):
    """From each binary that holds the part. A name that is there shows that names are found at all."""
    names = symbols(board)
    assert {"mbedtls_psa_ecp_load_representation", "mbedtls_sha256_update"} & names
    absent = 0
    for one in vex["vulnerabilities"]:
        if part_of({"bom-ref": one["affects"][0]["ref"]}) in parts_of(board):
            for function in (p["value"] for p in one.get("properties", []) if p["name"] == "fluxvision:not-linked"):
                assert function not in names, f"{one['id']}: {function} is in {board.binary}"
                absent += 1
    assert absent > 5
    tell("sbom", "linted", f"{board.name}: {absent} functions of boards/vex.json are not in the binary")


# ---- By others' rules


@pytest.fixture(scope="module")
def npm():
    """The validator's packages, as tests/packages/npm/package-lock.json pins them, in build/npm."""
    folder = ROOT / "build/npm"
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "tests/packages/npm" / name, folder)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=optional", cwd=folder)
    return folder


def validate(npm, *files, status=0):
    return run("node", ROOT / "tests/packages/npm/validate.mjs", *files, cwd=npm, status=status)


@pytest.mark.long
def test_documents_are_valid(npm, boards, vex, tmp_path):
    files = [board.binary.with_suffix(one) for board in boards.values() for one in (".cdx.json", ".spdx.json")]
    out = validate(npm, *files, ROOT / "boards/vex.json")
    assert out.count(": valid") == len(files) + 1
    tell("sbom", "linted", f"{len(files)} documents and boards/vex.json: CycloneDX's schema, SPDX's licences")
    for spoil in (lambda d: d["vulnerabilities"][0]["analysis"].update(state="unheard"), lambda d: d.update(serialNumber="1"),
                  lambda d: d["components"][0].update(odd=1), lambda d: d["metadata"].update(timestamp="yesterday")):
        bad = json.loads(json.dumps(vex))
        spoil(bad)
        (tmp_path / "bad.json").write_text(json.dumps(bad))
        assert ": valid" not in validate(npm, tmp_path / "bad.json", status=1)


def test_what_cannot_be_done_here():
    tell("sbom", "not here", "SPDX's own JSON schema: no package of Debian or npm has it; its rules are in test_sbom.py")


def test_a_shared_library_that_the_linker_read_and_dropped_is_not_listed(tmp_path):
    linked_program(tmp_path, "-Wl,--as-needed", "-L", tmp_path, "-lodd")
    read = (tmp_path / "x.map").read_text()
    assert f"\nLOAD {tmp_path}/libodd.so\n" in read and re.search(r"^LOAD \S+/libgcc_s\.so", read, flags=re.M)
    names = {pathlib.PurePath(one).name for one in linked.of_map(tmp_path / "x")}
    assert {one for one in names if ".so" in one} == {"libc.so.6"} and "Scrt1.o" in names
