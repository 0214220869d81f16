# SPDX-License-Identifier: MIT
"""sync: a whole organisation, again, changes, and what an interrupted run leaves. Options are in
test_sync_options.py."""

import os
import shutil

import pytest

import harness
import make_tree
import portal as portals
from bad import CSV_DATE, Sequence, Stall, WaitBacklog, cut, entry, ok, ranged_file
from harness import OWN, PATIENCE_S, assert_tree, files_below, own_files, partial_bytes, wait_until

DATA = bytes(range(256)) * 1200
PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"
KEPT = {"ledger", "ledger.index", "lock", "last.json"}   # of .fluxvision, when nothing is under way


@pytest.fixture(scope="module")
def full(certs):
    """nginx with the whole organisation, the 100 MB file too."""
    with portals.Nginx(make_tree.build(portals.cache_dir() / "tree"), certs=certs) as server:
        yield server


@pytest.fixture(scope="module")
def mirror(full, certs, program, peak_program, tmp_path_factory):
    """(directory, what the first sync of everything came to, its peak memory, nginx's log of it)."""
    assert program
    place = tmp_path_factory.mktemp("mirror")
    runner = harness.Fluxvision(place / "home", certs, peak_program)
    done, peak = runner.peak("sync", "--json", "HAUC", place / "out", portal=full)
    yield place / "out", done, peak, full.log(len(full.expected) + 1)
    shutil.rmtree(place, ignore_errors=True)


def test_every_file_byte_for_byte(full, mirror):
    directory, done, _, log = mirror
    assert done.expect().err == ""
    assert_tree(directory, full.expected)
    assert len(log) == len(full.expected) + 1 and len({line["conn"] for line in log}) == 1
    assert all(line["status"] == 200 and line["auth"] for line in log)


def test_json_of_the_first_run(full, mirror):
    wanted = harness.local_paths(full.expected)
    _, done, _, _ = mirror
    assert {one["path"]: (one["status"], one["size"], one["sha256"], one["error"]) for one in done.files} == {
        path: ("downloaded", one["size"], one["sha256"], None) for path, one in wanted.items()}
    for one in done.files:
        assert make_tree.catalog.Item(*[""] * 5, one["modified"]).mtime_us == wanted[one["path"]]["mtime_us"]
        assert one["url"].partition("://")[2].startswith(full.host + "/api_file/v1/HAUC/")
    total = sum(one["size"] for one in full.expected)
    summary = {name: done.summary[name] for name in ("downloaded", "unchanged", "failed", "bytes")}
    assert summary == {"downloaded": len(wanted), "unchanged": 0, "failed": 0, "bytes": summary["bytes"]}
    assert total <= summary["bytes"] <= total + 200_000 and done.summary["seconds"] > 0


@pytest.mark.plain
def test_memory_of_a_sync(mirror):
    assert mirror[2] < 2048


def test_second_run_sends_one_request(fv, full, mirror):
    full.clear_log()
    done = fv("sync", "--json", "HAUC", mirror[0], portal=full).expect()
    assert len(full.log()) == 1
    assert {one["status"] for one in done.files} <= {"unchanged"}
    assert (done.summary["downloaded"], done.summary["unchanged"]) == (0, len(full.expected))
    assert_tree(mirror[0], full.expected)


@pytest.mark.plain
def test_verify_of_everything(fv, mirror):
    done, peak = fv.peak("verify", mirror[0])
    assert done.expect() and peak < 2048


@pytest.mark.parametrize("options", ["--pipeline 8", "--pipeline 1", "--pipeline 64", "--limit-rate 20M", "-q"])
def test_same_tree_with(fv, site, out, options):
    fv("sync", *options.split(), "HAUC", out, portal=site).expect()
    assert_tree(out, site.expected)
    assert len(site.log(len(site.expected) + 1)) == len(site.expected) + 1


@pytest.mark.parametrize("pipeline, most", [(None, 8), (1, 0), (4, 3), (8, 7)])
def test_requests_in_flight(fv, bad, out, pipeline, most):
    bad.publish({f"f{number}": b"data" for number in range(20)})
    answer = ok(b"data", {"Last-Modified": CSV_DATE})
    bad.route(PLACE + "f10", [WaitBacklog(most, PATIENCE_S), answer] if most else answer)
    options = ["--pipeline", pipeline] if pipeline else []
    fv("sync", *options, "HAUC", out, portal=bad).expect()
    backlog = max(request.backlog for request in bad.requests)
    assert backlog == most if pipeline else backlog >= most
    assert len(files_below(out)) == 20 and len({request.conn for request in bad.requests}) == 1


@pytest.mark.parametrize("scope", ["HAUC/HAUC-4", "HAUC/HAUC-4/HAUC-4-1", "HAUC/Étude B6 2019/Livraison n°1"])
def test_scope(fv, site, out, scope):
    fv("sync", scope, out, portal=site).expect()
    assert_tree(out, [one for one in site.expected
                      if "/".join((one["org"], one["study"], one["delivery"]) + ("",)).startswith(scope + "/")])


def test_directory_is_made(fv, site, tmp_path):
    fv("sync", "HAUC/HAUC-1", "hauc", portal=site, cwd=tmp_path).expect()
    assert len(files_below(tmp_path / "hauc")) == 5


def test_changed_file_is_replaced(fv, changing, out):
    fv("sync", "HAUC", out, portal=changing).expect()
    item = changing.tree.find("f1")
    changing.tree.update(item, b"version 2", "2021-05-01T00:00:00.000001Z")
    changing.tree.add("neuf é.csv", b"new", segment="n 1", url_style="raw")
    changing.relist()
    changing.clear_log()
    done = fv("sync", "--json", "HAUC", out, portal=changing).expect()
    assert_tree(out, changing.expected)
    assert [line["uri"].rpartition("/")[2] for line in changing.log(3)] == ["", "file_1", "n%201"]
    assert done.summary["downloaded"] == 2


def test_removed_locally_is_fetched_again(fv, changing, out):
    fv("sync", "HAUC", out, portal=changing).expect()
    (out / LOCAL / "f1").unlink()
    fv("sync", "HAUC", out, portal=changing).expect()
    assert_tree(out, changing.expected)


def test_withdrawn_file_stays(fv, changing, out):
    before = list(changing.expected)
    fv("sync", "HAUC", out, portal=changing).expect()
    changing.tree.remove(changing.tree.find("f1"))
    changing.relist()
    fv("sync", "HAUC", out, portal=changing).expect()
    assert_tree(out, before)


# --- local names

NAMES = {"..": "%2E%2E", ".": "%2E", "a/b": "a%2Fb", "a\nb": "a%0Ab", "\x7f": "%7F", "../../x": "..%2F..%2Fx",
         "é b.csv": "é b.csv",
         "...": "...", "~": "~", "-rf": "-rf", "a\x00b": "a%00b", "\ud83d": "%ED%A0%BD", "\U0001f600": "\U0001f600",
         "c:\\d": "c:\\d", "50%": "50%"}


def test_local_names(fv, bad, out):
    entries = [entry(name, segment=f"s{number}") for number, name in enumerate(NAMES)]
    entries += [entry("f", study="..", segment="t1"), entry("f", delivery=".", segment="t2"),
                entry("f", org="../x", segment="t3"),
                entry("ledger", org=OWN, study="x", delivery="y", segment="t4"), entry("", segment="t5")]
    entries = [{**one, "url": f"http://{{host}}{PLACE}{one['url'].rpartition('/')[2]}"} for one in entries]
    bad.route("/api_file/v1/HAUC/", ok(bad.listing(entries, ensure_ascii=True)))
    bad.route(lambda request: request.path.startswith(PLACE), lambda request: ok(request.path.encode()))
    fv("sync", "HAUC", out, portal=bad).expect()
    found = {path: one.read_text().rpartition("/")[2] for path, one in files_below(out).items()}
    for number, local in enumerate(NAMES.values()):
        assert found.pop(LOCAL + local) == f"s{number}"
    assert found.pop("HAUC/%2E%2E/HAUC-3-2/f") == "t1" and found.pop("HAUC/HAUC-3/%2E/f") == "t2"
    assert found.pop("..%2Fx/HAUC-3/HAUC-3-2/f") == "t3"
    assert sorted(found.values()) == ["t4", "t5"] and all(path.count("/") == 3 for path in found)
    listed = fv("list", "--json", "HAUC", portal=bad).expect().records
    assert sorted(one["path"] for one in listed) == sorted(files_below(out))
    assert sorted(os.listdir(out.parent)) == ["home", "out"]


def test_long_names_are_cut_with_a_hash(fv, bad, out):
    names = ["é" * 200 + ".csv", "é" * 200 + ".zip", "n" * 255, "n" * 256]
    bad.publish_entries([entry(name, segment=f"s{number}") for number, name in enumerate(names)])
    bad.route(lambda request: "/s" in request.path, lambda request: ok(request.path.encode()))
    fv("sync", "HAUC", out, portal=bad).expect()
    found = {one.read_text()[-1]: path.rpartition("/")[2] for path, one in files_below(out).items()}
    assert len(found) == 4 and found["2"] == names[2]
    for number in "013":
        assert 200 < len(found[number].encode()) <= 255 and found[number][:50] == names[int(number)][:50]


@pytest.mark.parametrize("names", [["x", "x", "x"], ["x~1", "x", "x"], ["x", "x", "x~1"], ["X", "x", "x"],
                                   ["x" * 255, "x" * 255, "x" * 255]], ids=["same", "before", "after", "case", "long"])
def test_two_entries_never_share_a_path(fv, bad, out, names):
    bad.publish_entries([entry(name, segment=str(number)) for number, name in enumerate(names)])
    bad.route(lambda request: request.path.startswith(PLACE), lambda request: ok(request.path[-1].encode()))
    listed = fv("list", "--json", "HAUC", portal=bad).expect().records
    done = fv("sync", "HAUC", out, portal=bad)
    found = {path: one.read_text() for path, one in files_below(out).items()}
    assert sorted(found.values()) == ["0", "1", "2"], done
    assert {one["path"]: one["url"][-1] for one in listed} == found
    bad.clear()
    fv("sync", "HAUC", out, portal=bad).expect()
    assert len(bad.requests) == 1


def test_order_of_the_listing_does_not_matter(fv, bad, out):
    entries = [entry("x", segment=segment) for segment in "abc"] + [entry("x~a", segment="d")]
    bad.route(lambda request: request.path.startswith(PLACE), lambda request: ok(request.path[-1].encode()))
    for turn in range(4):
        bad.clear()
        bad.publish_entries(entries[turn:] + entries[:turn])
        fv("sync", "HAUC", out, portal=bad).expect()
        assert len(bad.requests) == (5 if turn == 0 else 1)
        found = {path[len(LOCAL):]: one.read_text() for path, one in files_below(out).items()}
        assert found == {"x": "a", "x~b": "b", "x~c": "c", "x~a": "d"}


@pytest.mark.plain
@pytest.mark.parametrize("segment", ["f", "{}/f", "{}"], ids=["same", "segment", "name"])
def test_16000_entries_of_one_name(fv, bad, out, segment):
    entries = [entry("x") | {"url": f"http://{{host}}{PLACE}" + segment.format(number)} for number in range(16_000)]
    bad.publish_entries(entries)
    done = fv("list", "--json", "HAUC", portal=bad).expect()
    paths = [one["path"] for one in done.records]
    assert len(paths) == 16_000 and len(set(paths)) == (1 if segment == "f" else 16_000)
    if segment == "f":
        bad.route(PLACE + "f", ok(b"data"))
        done = fv("sync", "HAUC", out, portal=bad).expect()
        assert list(files_below(out)) == [LOCAL + "x"]
        assert len(bad.seen(PLACE + "f")) == 1


# --- interrupted

def test_resume_after_kill(fv, certs, out):
    tree = make_tree.build(portals.cache_dir() / "tree-kill", small_count=0, big_bytes=30_000_000)
    with portals.Nginx(tree, certs=certs, limit_rate=10_000, limit_after=20 << 20) as site:
        expected = [one for one in site.expected if one["study"] == "HAUC-5"]
        running = fv.start("sync", "HAUC/HAUC-5", out, portal=site)
        wait_until(lambda: files_below(out) or partial_bytes(out) >= 18_000_000)   # behind the checkpoint at 16 MiB
        assert not files_below(out)
        running.kill()
        running.process.wait()
        assert not files_below(out)
        site.restart(limit_rate=0)
        site.clear_log()
        done = fv("sync", "--json", "HAUC/HAUC-5", out, portal=site).expect()
        asked = site.log(2)[-1]
        assert asked["status"] == 206 and asked["if_range"] and asked["body_bytes"] < 14_000_000
        assert asked["range"].startswith("bytes=") and int(asked["range"][6:-1]) >= 16 << 20
        assert [one["status"] for one in done.files] == ["resumed"]
        assert_tree(out, expected)
        assert set(own_files(out)) <= KEPT


def begin(fv, bad, out, cut_at=150_000, **fields):
    """Fetch a part of f1 and lose the connection."""
    bad.publish({"f1": DATA}, **fields)
    bad.route(PLACE + "f1", cut(ranged_file(DATA)(bad_request()), cut_at))
    fv("sync", "HAUC", out, portal=bad).fails(3, "f1")
    assert not files_below(out) and partial_bytes(out) > 0
    bad.clear()


def bad_request():
    """A request without any field, for behaviours that want one."""
    return type("Request", (), {"headers": {}})()


def test_resume_after_a_cut(fv, bad, out):
    begin(fv, bad, out)
    bad.route(PLACE + "f1", ranged_file(DATA))
    done = fv("sync", "--json", "HAUC", out, portal=bad).expect()
    assert files_below(out)[LOCAL + "f1"].read_bytes() == DATA
    request = bad.seen(PLACE + "f1")[0]
    assert request.headers["range"].startswith("bytes=") and request.headers["if-range"] == '"v1"'
    assert done.files[0]["status"] == "resumed" and partial_bytes(out) == 0


NEW = bytes(reversed(DATA))


@pytest.mark.parametrize("content, lies", [
    (DATA, {"ignore_range": True}), (DATA, {"wrong_start": 5}), (DATA, {"wrong_start": -5}), (DATA, {"wrong_total": 1}),
    (DATA, {"unknown_total": True}), (DATA, {"always_416": True}), (DATA, {"multipart": True}),
    (DATA, {"no_content_range": True}), (DATA, {"no_length": True}), (DATA, {"as_chunks": True}), (DATA, {"long": 7}),
    (NEW, {"etag": '"v2"'}), (NEW, {"etag": '"v2"', "ignore_if_range": True}),
    (NEW, {"etag": None, "last_modified": None}),
    (NEW[:100_000], {"etag": '"v2"'}), (NEW[:100_000], {"etag": '"v2"', "ignore_if_range": True}),
    (NEW, {"ignore_if_range": True, "etag": None, "last_modified": None}),
], ids=lambda value: str(value) if isinstance(value, dict) else str(len(value)))
def test_continued_only_if_all_agrees(fv, bad, out, content, lies):
    begin(fv, bad, out)
    bad.route(PLACE + "f1", ranged_file(content, **lies))
    fv("sync", "--retries", "3", "HAUC", out, portal=bad).expect()
    assert files_below(out)[LOCAL + "f1"].read_bytes() == content


@pytest.mark.parametrize("fields", [{"etag": None, "last_modified": None}, {"weak_etag": True, "last_modified": None}])
def test_nothing_to_hold_on_to(fv, bad, out, fields):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", Sequence(cut(ranged_file(DATA, **fields)(bad_request()), 100_000),
                                     ranged_file(NEW, **fields)))
    fv("sync", "HAUC", out, portal=bad).fails(3, "f1")
    fv("sync", "HAUC", out, portal=bad).expect()
    assert files_below(out)[LOCAL + "f1"].read_bytes() == NEW
    assert "range" not in bad.seen(PLACE + "f1")[1].headers


def test_another_date_begins_anew(fv, bad, out):
    begin(fv, bad, out)
    bad.publish({"f1": ranged_file(NEW)}, modified="2022-01-01T00:00:00Z")
    fv("sync", "HAUC", out, portal=bad).expect()
    assert files_below(out)[LOCAL + "f1"].read_bytes() == NEW
    assert "range" not in bad.seen(PLACE + "f1")[0].headers


def test_old_version_stays_until_the_new_one_is_whole(fv, bad, out):
    bad.publish({"f1": b"old"})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"f1": [ok(DATA)[:100_000], Stall()]}, modified="2022-01-01T00:00:00Z")
    running = fv.start("sync", "HAUC", out, portal=bad)
    wait_until(lambda: partial_bytes(out) >= 50_000)
    assert files_below(out)[LOCAL + "f1"].read_bytes() == b"old"
    running.kill()
    running.process.wait()
    assert files_below(out)[LOCAL + "f1"].read_bytes() == b"old"


def test_leftovers_are_cleaned_away(fv, bad, out):
    begin(fv, bad, out)
    bad.publish({"f2": b"other"})
    fv("sync", "HAUC", out, portal=bad).expect()
    assert set(own_files(out)) <= KEPT
