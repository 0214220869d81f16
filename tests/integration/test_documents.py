# SPDX-License-Identifier: MIT
"""What documents say that can be compared: options, exit statuses, figures, links, targets of make, golden files."""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/proof"))

import prove  # noqa: E402  pylint: disable=wrong-import-position

DOCUMENTS = sorted(str(path.relative_to(ROOT)) for folder in ("*.md", ".github/*.md", "src/**/*.md", "port/**/*.md", "boards/**/*.md", "tests/**/*.md")
                   for path in ROOT.glob(folder) if ".pytest_cache" not in path.parts)

pytestmark = pytest.mark.plain


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def capacity(name):
    """The default of base/cap.h."""
    return int(re.search(rf"#define FV_CAP_{name} (\d+)$", text_of("src/base/cap.h"), flags=re.M)[1])


def test_the_interface_has_each_option():
    """With its letter and its value, as src/cli/options.c has them; and no other one."""
    wanted = {(name, value or "", letter or "") for name, value, letter in re.findall(
        r'\[FV_OPT_\w+\] = \{"([a-z-]+)",\s+(?:"(\w+)"|NULL),\s+"[^"]*",\s+(?:\'(\w)\'|0),', text_of("src/cli/options.c"))}
    told = set()
    table = text_of("src/INTERFACE.md").split("| option | meaning |")[1].split("\n\n")[0]
    for row in table.splitlines()[2:]:
        letter = ""
        for item in re.findall(r"`(-[^`]*)`", row.split(" | ")[0]):
            if len(item) == 2:
                letter = item[1]
            else:
                name, _, value = item[2:].partition(" ")
                told.add((name, value, letter))
                letter = ""
    assert told == wanted


def test_the_interface_has_each_exit_status():
    told = set(re.findall(r"^\| (\d+)(?:, \d+)* \|",
               text_of("src/INTERFACE.md").split("### Exit status")[1], flags=re.M))
    used = set(re.findall(r"X\(FV_\w+, (\d+),", text_of("src/base/err.c"))) - {"130"}
    assert used <= told and told - used <= {"0", "129"}, (told, used)


def test_the_summary_of_a_run_has_its_members():
    """In the order of src/cli/outcome.c."""
    members = re.findall(r'MEMBER\("(\w+)"', text_of("src/cli/outcome.c"))
    section = text_of("src/FORMATS.md").split("## `last.json`")[1].split("\n## ")[0]
    table = section.split("| --- | --- |")[1]
    assert [name for row in re.findall(r"^\| ([^|]*) \|", table, flags=re.M)
                                       for name in re.findall(r"`(\w+)`", row)] == members


def budget(board, what):
    """The limit; of several, that of the first compiler or libc."""
    return int(re.search(rf"^{what} (\d+)(?: \S+)?$", text_of(f"tests/budget/{board}"), flags=re.M)[1])


FIGURES = [
    # in README.md, the budget that it must be below, bytes of its unit
    (r"A program has (\d+) KB for armv7", ("linux-armv7", "program"), 1000),
    (r"armv7 and (\d+) KB for x86_64", ("linux-x86_64", "program"), 1000),
    (r"RSA-4096 take (\d+) KiB of flash", ("lm3s6965evb", "flash"), 1024),
    (r"flash and\s+(\d+) KiB of RAM\. The small", ("lm3s6965evb", "ram"), 1024),
    (r"takes (\d+) KiB and 36 KiB", ("lm3s6965evb-small", "flash"), 1024),
    (r"151 KiB and (\d+) KiB", ("lm3s6965evb-small", "ram"), 1024),
]


@pytest.mark.parametrize("words, limit, unit", FIGURES)
def test_figures_of_the_readme(words, limit, unit):
    """What was reached is told: at most the budget, and at most 3 % below it."""
    found = re.search(words, text_of("README.md"))
    assert found, words
    assert 0.97 * budget(*limit) <= int(found[1]) * unit <= budget(*limit) + unit / 2, found[0]


def test_figures_of_the_changelog():
    least, most = map(int, re.search(r"static program of (\d+) to (\d+) KB", text_of("CHANGELOG.md")).groups())
    limits = [budget(path.name, "program") for path in (ROOT / "tests/budget").glob("linux-*")]
    assert abs(min(limits) / 1000 - least) < 5 and abs(max(limits) / 1000 - most) < 5 and len(limits) == 7


def test_capacities_that_documents_tell():
    assert f"1 to {4 * capacity('COMPONENT') + 3} " in text_of("src/FORMATS.md")
    assert f"0 to {capacity('URL')} " in text_of("src/FORMATS.md")
    interface = " ".join(text_of("src/INTERFACE.md").split())
    for words in (f"more than {capacity('COMPONENT')} bytes", f"connections, 1 to {capacity('JOBS')} (1)", f"{capacity('GLOBS')} in all",
                  f"requests in flight on each, 1 to {capacity('PIPELINE')} ({capacity('PIPELINE')})"):
        assert words in interface


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text_of(name)):
        assert re.match(r"[a-z]+:", target) or ((ROOT / name).parent / target).resolve().exists(), f"{name}: {target}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_targets_of_make(name):
    """A document calls make for targets that there are."""
    rules = "\n".join(path.read_text(encoding="utf-8")
                      for path in [ROOT / "Makefile", *(ROOT / "tests").rglob("*.mk"), *(ROOT / "boards").rglob("*.mk")])
    for line in re.findall(r"^    make ([^#\n]*)|`make ([^`\n]*)`", text_of(name), flags=re.M):
        words = re.sub(r'"[^"]*"', "", line[0] or line[1])
        for word in words.split("&&")[0].split():
            if re.fullmatch(r"[a-z][a-z-]*", word):
                assert re.search(rf"^(?:[a-z. -]* )?{word}(?: [a-z. -]*)?:", rules, flags=re.M), f"{name}: make {word}"


def test_citations():
    """Code cites documents of this repository, by their path."""
    found = subprocess.run(["grep", "-rnowE", r"[A-Za-z_./-]+\.md", "src", "port", "boards", "tests", "--include=*.[ch]", "--include=*.py",
                            "--include=*.mk", "--include=*.sh"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    cited = {name for name in (line.split(":", 2)[2] for line in found.splitlines()) if not name.endswith("report.md")}
    assert "src/INTERFACE.md" in cited
    assert not {name for name in cited if not (ROOT / name).exists() and not (ROOT / "src" / name).exists()}


def test_the_top_level():
    """What src/README.md and the documents beside it tell of, and files whose names begin with a dot."""
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - {"build"}
    assert found == {"Makefile", "src", "port", "tests", "boards", "README.md", "LICENSE", "CHANGELOG.md"}


def test_each_golden_file_is_told_of():
    told = text_of("tests/golden/README.md")
    for path in (ROOT / "tests/golden/0.1.0").iterdir():
        assert f"`{path.name}`" in told or f"`{path.suffix}`" in told, path.name


def test_each_proof_is_told_of():
    """With its property and its bound; and no other one."""
    rows = re.findall(r"^\| \w+ \| .* \| [0-9.]+ \|$", text_of("tests/README.md"), flags=re.M)
    wanted = [prove.row(proof) for path in sorted((ROOT / "tests/proof").glob("proof_*.c"))
              for proof in prove.declared(str(path))]
    assert [re.sub(r"[0-9.]+ \|$", "", one) for one in rows] == wanted


def test_each_proven_module_has_a_planted_fault():
    """And each fault is of a module with a proof."""
    modules = {path.stem.removeprefix("proof_") for path in (ROOT / "tests/proof").glob("proof_*.c")}
    named = {pathlib.Path(file).stem for _, file, _, _ in prove.named.rules(ROOT / "tests/proof/faults.txt")}
    assert named == modules and len(named) >= 10
