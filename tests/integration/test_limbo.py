# SPDX-License-Identifier: MIT
"""Chains of certificates, live over TLS 1.2 and 1.3: x509-limbo's where its file is, and those that are made here.

FLUXVISION_LIMBO names the file (default: ../shared/limbo.json beside the checkout). Each chain is shown to our
program, to curl (OpenSSL) and to wget (GnuTLS). The tables are printed, and kept in build/report.
"""

import pytest

import chaincases
import limbo
from harness import ROOT

VERSIONS = ["1.2", "1.3"]


@pytest.fixture(scope="module")
def say(pytestconfig):
    """Print lines at once, captured or not."""
    def print_lines(lines):
        with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print("\n" + "\n".join(f"    {line}" for line in lines), flush=True)
    return print_lines


def tried(cases, name, say, directory):
    """Run them all, show and keep the table; [(case, its runs)]."""
    with limbo.Bench(directory) as bench:
        results = limbo.try_all(bench, cases)
    lines = limbo.table(cases, results)
    say(lines)
    report = ROOT / "build/report"
    report.mkdir(parents=True, exist_ok=True)
    (report / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [(case, results[case.id]) for case in cases]


@pytest.fixture(scope="module")
def made_cases():
    """Ours."""
    return chaincases.make()


@pytest.fixture(scope="module")
def made(made_cases, say, tmp_path_factory):
    """What came of ours."""
    return tried(made_cases, "chains", say, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def suite(request, say, tmp_path_factory):
    """What came of limbo's, or of ours where that file is not."""
    if limbo.LIMBO.exists():
        return tried(limbo.read(), "limbo", say, tmp_path_factory.mktemp("limbo"))
    say([f"{limbo.LIMBO} is not there: the chains that are made here stand for it"])
    return request.getfixturevalue("made")


def none(wrong):
    """There is nothing in it; a line each if there is."""
    lines = [f"{run!r} ({why})" for run, why in wrong]
    assert not lines, f"{len(lines)}:\n" + "\n".join(lines)


def judged(pairs, column, expect):
    """[(run, what is wrong)]; expect(case, runs) is True, False, or None where both are right."""
    wrong = []
    for case, runs in pairs:
        run, expected = runs[column], expect(case, runs)
        wrong += [(run, one) for one in limbo.sound(run)]
        if expected is not None and run.accepted != expected:
            wrong.append((run, f"wanted: {limbo.word(expected)}"))
        if case.why and expected is False and case.why not in run.err:
            wrong.append((run, f"does not say {case.why}"))
    return wrong


@pytest.mark.plain
@pytest.mark.parametrize("column", range(2), ids=VERSIONS)
def test_limbo(suite, column):
    """What is valid is accepted; what is not is refused where curl or wget refuses it; no request where refused."""
    none(judged(suite, column, limbo.wanted))


@pytest.mark.plain
@pytest.mark.parametrize("column", range(2), ids=VERSIONS)
def test_leaf_that_must_not_sign(suite, made, column):
    """Those are the valid chains that are refused, and the reason is told."""
    refused = {case.id: runs[column].err for case, runs in suite + made if case.expected and not runs[column].accepted}
    lacking = {case.id for case, _ in suite + made if case.expected and not limbo.signs(case.chain[0])}
    assert refused.keys() == lacking
    assert {name: said for name, said in refused.items() if "digitalSignature" not in said} == {}


@pytest.mark.plain
@pytest.mark.parametrize("column", range(2), ids=VERSIONS)
def test_made(made, column):
    """Exactly as expected, and for the reason that is meant where the case names one."""
    none(judged(made, column, lambda case, _: case.expected))


@pytest.mark.plain
def test_others_agree(made):
    """Expectations are not ours alone: curl or wget does the same, but for what is explained."""
    alone = {case.id for case, runs in made if case.expected not in [run.accepted for run in runs[2:]]}
    assert alone == chaincases.ALONE.keys()


def test_other_programs(made_cases, program, tmp_path):
    """The same chains before the program as it is shipped, and the sanitised one in its pass; their clock can't be
    set."""
    jobs = [("ours", case, version) for case in made_cases if not case.time for version in VERSIONS]
    with limbo.Bench(tmp_path, ours=program) as bench:
        runs = bench.all(jobs)
    none(judged([(run.case, [run]) for run in runs], 0, lambda case, _: case.expected))
