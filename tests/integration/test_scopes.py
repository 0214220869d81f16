# SPDX-License-Identifier: MIT
"""Several scopes in one run, --exec-end, and what is told of hooks, dry runs and filters."""

import json

import pytest

from bad import JSON, Close, Sequence, cut, entry, error, ok, ranged_file
from harness import PATIENCE_S, files_below, wait_until

DUMP = ('cat > "$OUT/lines"; env | grep ^FLUXVISION_ | sort > "$OUT/env"; echo once >> "$OUT/calls"; '
        'test ! -e "$OUT/fail"')


def place(number):
    """ORG/STUDY/DELIVERY of a number."""
    return f"HAUC/HAUC-{number}/HAUC-{number}-1"


def publish(bad, files):
    """Serve {(number of the study, name): content}: the organisation holds all, each study its own."""
    entries = {key: entry(key[1], "HAUC", f"HAUC-{key[0]}", f"HAUC-{key[0]}-1") for key in files}
    bad.route("/api_file/v1/HAUC/", ok(bad.listing(list(entries.values())), JSON))
    for number in (3, 4, 5):
        own = [one for key, one in entries.items() if key[0] == number]
        bad.route(f"/api_file/v1/HAUC/HAUC-{number}/", ok(bad.listing(own), JSON))
    for (number, name), content in files.items():
        bad.route(f"/api_file/v1/{place(number)}/{name}", ranged_file(content))


@pytest.fixture
def two(bad):
    """A portal with three studies."""
    publish(bad, {(3, "a"): b"aa", (3, "b"): b"b", (4, "c"): b"cccc", (5, "d"): b"d"})
    return bad


def there(out):
    """The names below DIR."""
    return sorted(path.rpartition("/")[2] for path in files_below(out))


def test_two_scopes(fv, two, out):
    done = fv("sync", "--json", "HAUC/HAUC-3", "HAUC/HAUC-4/", out, portal=two).expect()
    assert there(out) == ["a", "b", "c"] and done.summary["downloaded"] == 3
    assert [one["event"] for one in done.records].count("summary") == 1


def test_what_two_scopes_name_is_fetched_once(fv, two, out):
    done = fv("sync", "--json", "HAUC/HAUC-3", "HAUC", "HAUC/HAUC-3", out, portal=two).expect()
    assert there(out) == ["a", "b", "c", "d"] and done.summary["downloaded"] == 4
    assert len(two.seen(f"/api_file/v1/{place(3)}/a")) == 1
    listed = fv("list", "HAUC/HAUC-3", "HAUC", portal=two).expect()
    assert len(listed.out.splitlines()) == 4
    listed = fv("list", "--json", "--latest", "4", "HAUC", "HAUC/HAUC-3", portal=two).expect()
    assert sorted(one["path"][-1] for one in listed.records) == ["a", "b", "c", "d"]


def test_filters_see_all_scopes(fv, bad, out):
    entries = {number: entry("f", "HAUC", f"HAUC-{number}", f"HAUC-{number}-1", modified=f"2023-01-0{number}T00:00:00Z")
               for number in (3, 4)}
    for number, one in entries.items():
        bad.route(f"/api_file/v1/HAUC/HAUC-{number}/", ok(bad.listing([one]), JSON))
        bad.route(f"/api_file/v1/{place(number)}/f", ranged_file(b"data"))
    fv("sync", "--latest", "1", "HAUC/HAUC-3", "HAUC/HAUC-4", out, portal=bad).expect()
    assert list(files_below(out)) == [f"{place(4)}/f"]


def test_prune_inside_each_scope(fv, two, out):
    fv("sync", "HAUC", out, portal=two).expect()
    publish(two, {(3, "a"): b"aa"})
    done = fv("sync", "--json", "--prune", "HAUC/HAUC-3", "HAUC/HAUC-4", out, portal=two).expect()
    assert there(out) == ["a", "d"] and done.summary["removed"] == 2
    fv("sync", "--prune", "HAUC", out, portal=two).expect()
    assert there(out) == ["a"]


@pytest.mark.parametrize("status, code", [("404 Not Found", 1), ("403 Forbidden", 1), ("503 Busy", 1)])
def test_a_scope_that_is_refused(fv, two, out, status, code):
    fv("sync", "HAUC", out, portal=two).expect()
    publish(two, {(3, "a"): b"aa", (4, "new"): b"n"})
    two.route("/api_file/v1/HAUC/HAUC-3/", error(status))
    done = fv("sync", "--json", "--prune", "HAUC/HAUC-3", "HAUC/HAUC-4", out, portal=two).expect(code)
    assert there(out) == ["a", "b", "d", "new"]      # b is no longer listed, and nobody could look
    failed = [one for one in done.files if one["status"] == "failed"]
    assert len(failed) == 1 and failed[0]["path"] == "" and failed[0]["url"].endswith("/api_file/v1/HAUC/HAUC-3/")
    assert (done.summary["failed"], done.summary["downloaded"], done.summary["removed"]) == (1, 1, 1)
    assert len(done.err.splitlines()) == 1


def test_all_scopes_are_refused(fv, two, out):
    two.route("/api_file/v1/HAUC/HAUC-3/", error("404 Not Found"))
    two.route("/api_file/v1/HAUC/HAUC-4/", error("404 Not Found"))
    fv("sync", "HAUC/HAUC-3", "HAUC/HAUC-4", out, portal=two).expect(6)
    fv("list", "HAUC/HAUC-3", "HAUC/HAUC-4", portal=two).expect(6)
    listed = fv("list", "HAUC/HAUC-3", "HAUC/HAUC-5", portal=two).expect(1)
    assert len(listed.out.splitlines()) == 1


def test_a_listing_that_is_cut_touches_nothing(fv, two, out):
    fv("sync", "HAUC", out, portal=two).expect()
    publish(two, {(3, "new"): b"n"})
    two.route("/api_file/v1/HAUC/HAUC-4/", ok(b"[", JSON))
    fv("sync", "--prune", "HAUC/HAUC-3", "HAUC/HAUC-4", out, portal=two).expect(8)
    assert there(out) == ["a", "b", "c", "d"]


def test_a_second_listing_that_changes_between_two_attempts(fv, two, out):
    whole = ok(two.listing([entry("c", "HAUC", "HAUC-4", "HAUC-4-1"), entry("e", "HAUC", "HAUC-4", "HAUC-4-1")]), JSON)
    other = ok(two.listing([entry("e", "HAUC", "HAUC-4", "HAUC-4-1")]), JSON)
    two.route("/api_file/v1/HAUC/HAUC-4/", Sequence(cut(whole, 300, Close()), other))
    fv("sync", "--retries", "2", "HAUC/HAUC-3", "HAUC/HAUC-4", out, portal=two)
    assert there(out) in ([], ["a", "b", "e"])   # never what is listed no longer


def test_wrong_scopes(fv, two, out):
    fv("sync", "HAUC", "HAUC/a/b/c", out, portal=two).expect(2)
    assert not two.requests and not files_below(out)
    fv("sync", *["HAUC"] * 65, out, portal=two).expect(2)
    fv("list", portal=two).expect(2)
    fv("sync", *["HAUC"] * 64, out, portal=two).expect()
    assert len(two.seen("/api_file/v1/HAUC/")) == 64 and there(out) == ["a", "b", "c", "d"]


# --- --exec-end

def env_of(out):
    """What the command saw."""
    return dict(line.split("=", 1) for line in (out / "env").read_text().splitlines())


def end(fv, portal, directory, seen, *more, **how):
    """A sync with --exec-end, which writes to the directory `seen`."""
    seen.mkdir(exist_ok=True)
    return fv("sync", "--json", "--exec-end", DUMP, *more, directory, portal=portal, env={"OUT": seen}, **how)


def test_exec_end(fv, two, out, tmp_path):
    seen = tmp_path / "seen"
    done = end(fv, two, out, seen, "HAUC/HAUC-3", "HAUC/HAUC-4").expect()
    lines = [json.loads(line) for line in (seen / "lines").read_text().splitlines()]
    assert lines == done.files and len(lines) == 3
    env = env_of(seen)
    assert env["FLUXVISION_DIR"] == str(out) and env["FLUXVISION_EXIT"] == "0"
    for name in ("downloaded", "unchanged", "failed", "bytes", "skipped", "removed", "resumed", "adopted"):
        assert env["FLUXVISION_" + name.upper()] == str(done.summary[name]), name
    assert env["FLUXVISION_RETRIES"] == "0" and "FLUXVISION_EXEC_END" not in env   # the test's own setting
    end(fv, two, out, seen, "HAUC/HAUC-3", "HAUC/HAUC-4").expect()       # nothing has changed
    assert (seen / "calls").read_text() == "once\n"
    end(fv, two, out, seen, "-n", "HAUC").expect()                       # nothing is done
    assert (seen / "calls").read_text() == "once\n"


def test_exec_end_after_failures_and_removals(fv, two, out, tmp_path):
    seen = tmp_path / "seen"
    two.route(f"/api_file/v1/{place(3)}/a", error("404 Not Found"))
    done = end(fv, two, out, seen, "HAUC/HAUC-3").expect(1)
    lines = [json.loads(line) for line in (seen / "lines").read_text().splitlines()]
    assert lines == done.files and {one["status"] for one in lines} == {"downloaded", "failed"}
    assert (env_of(seen)["FLUXVISION_EXIT"], env_of(seen)["FLUXVISION_FAILED"]) == ("1", "1")
    publish(two, {})
    end(fv, two, out, seen, "--prune", "HAUC/HAUC-3").expect()
    assert env_of(seen)["FLUXVISION_REMOVED"] == "1" and (seen / "calls").read_text() == "once\nonce\n"


def test_exec_end_that_fails(fv, two, out, tmp_path):
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / "fail").touch()
    done = end(fv, two, out, seen, "HAUC/HAUC-3")
    done.fails(1, "--exec-end", "status 1")
    assert done.summary["downloaded"] == 2 and done.summary["failed"] == 0 and there(out) == ["a", "b"]


def test_exec_end_that_takes_too_long(fv, two, out):
    done = fv("sync", "--max-time", "8", "--exec-end", "sleep 60", "HAUC/HAUC-3", out, portal=two, timeout=PATIENCE_S)
    done.fails(1, "--exec-end", "--max-time")


def test_stopping_at_exec_end(fv, two, out, tmp_path):
    running = fv.start("sync", "--exec-end", f"touch {tmp_path}/began; sleep 60", "HAUC/HAUC-3", out, portal=two)
    wait_until((tmp_path / "began").exists)
    running.end()
    assert there(out) == ["a", "b"]


def test_exec_end_of_each_run(fv, two, out, tmp_path):
    """With --exec beside it: the hooks run first, the end once."""
    seen = tmp_path / "seen"
    end(fv, two, out, seen, "--exec", f'echo "$FLUXVISION_PATH" >> {seen}/calls', "HAUC/HAUC-3").expect()
    calls = (seen / "calls").read_text().splitlines()
    assert calls == [f"{out}/{place(3)}/a", f"{out}/{place(3)}/b", "once"]


def test_exec_end_of_many_files(fv, bad, out, tmp_path):
    """More lines than a pipe holds, and none of them in memory."""
    bad.publish({f"file-{number:04}": b"x" for number in range(600)})
    seen = tmp_path / "seen"
    done = end(fv, bad, out, seen, "HAUC").expect()
    assert (seen / "lines").read_bytes().splitlines() == done.stdout.splitlines()[:-1]
    assert (seen / "lines").stat().st_size > 100_000


@pytest.mark.plain
def test_exec_end_without_a_temporary_directory(fv, two, out, tmp_path):
    seen = tmp_path / "seen"
    seen.mkdir()
    done = fv("sync", "--json", "--exec-end", DUMP, "HAUC/HAUC-3", out, portal=two,
              env={"OUT": seen, "TMPDIR": tmp_path / "nowhere"}).expect()
    assert (seen / "lines").read_bytes().splitlines() == done.stdout.splitlines()[:-1]


# --- --exec

def test_environment_of_exec(fv, two, out, tmp_path):
    log = tmp_path / "log"
    command = (f'echo "$FLUXVISION_ORG $FLUXVISION_STUDY $FLUXVISION_DELIVERY $FLUXVISION_REASON $FLUXVISION_SIZE" >> '
               f'{log}')
    scope = "HAUC/HAUC-5"

    def run(expected):
        fv("sync", "--exec", command, scope, out, portal=two).expect()
        assert log.read_text().split() == ["HAUC", "HAUC-5", "HAUC-5-1", expected, "1"]
        log.unlink()

    run("new")
    (out / place(5) / "d").unlink()
    run("missing")
    (out / place(5) / "d").write_bytes(b"other")
    run("edited")
    two.route(f"/api_file/v1/{scope}/", ok(two.listing([entry("d", "HAUC", "HAUC-5", "HAUC-5-1",
                                                             modified="2031-01-01T00:00:00Z")]), JSON))
    run("changed")


def test_exec_that_fails_for_many(fv, bad, out):
    bad.publish({f"f{number}": b"x" for number in range(30)})
    done = fv("sync", "--exec", "exit 3", "HAUC", out, portal=bad).expect(1)
    assert len(done.err.splitlines()) == 30        # one line a file
    assert "30 fetched, 0 unchanged, 0 failed; --exec failed for 30; " in done.out
    done = fv("sync", "--json", "--exec", "exit 3", "HAUC", out, portal=bad).expect(1)
    assert (done.summary["failed"], done.summary["exec_failed"], done.summary["unchanged"]) == (0, 30, 30)
    assert len(done.files) == 30
    fv("sync", "--exec", "true", "HAUC", out, portal=bad).expect()


# --- what a dry run and filters tell

def test_reasons_in_a_dry_run(fv, two, out):
    fv("sync", "HAUC/HAUC-3", out, portal=two).expect()
    (out / place(3) / "a").unlink()
    done = fv("sync", "-n", "--prune", "HAUC", out, portal=two).expect()
    assert f"would fetch  {place(3)}/a (missing)" in done.out and f"would fetch  {place(4)}/c (new)" in done.out
    assert done.out.splitlines()[-1].startswith("would fetch 3 files; 1 unchanged, 0 failed; ")
    publish(two, {(3, "a"): b"aa"})
    done = fv("sync", "-n", "--prune", "HAUC", out, portal=two).expect()
    assert "would fetch 1 file, remove 1; " in done.out


@pytest.mark.parametrize("options, names", [
    (("--include", "*.zip"), "--include"), (("--exclude", "?"), "--exclude"), (("--since", "2040-01-01"), "--since"),
    (("--until", "1999-01-01", "--include", "x"), "--include, --until")], ids=str)
def test_filters_that_match_nothing(fv, two, out, options, names):
    line = f"nothing matches: 4 files listed, all left out by {names}"
    for command in (("list", *options, "HAUC"), ("sync", *options, "HAUC", out)):
        done = fv(*command, portal=two).expect()
        assert done.err == f"fluxvision: warning: {line}\n", done
        assert not fv(command[0], "-q", *command[1:], portal=two).expect().err
    assert not fv("list", "--include", "a", "HAUC", portal=two).expect().err
