# SPDX-License-Identifier: MIT
"""sync --max-size: what is larger is left alone, with a real server, and requests behind it stay right."""

import pytest

from bad import JSON, Close, Sequence, chunked, cut, entry, head, ok, ranged_file, redirect
from harness import assert_tree, files_below, own_files

LIMIT = 100_000


def small(site):
    """What is expected of the tree with the limit."""
    return [one for one in site.expected if one["size"] <= LIMIT]


@pytest.mark.parametrize("options", [(), ("--pipeline", "1"), ("--jobs", "3")], ids=["ahead", "one", "jobs"])
def test_large_files_are_left_alone(fv, site, out, options):
    large = [one for one in site.expected if one["size"] > LIMIT]
    assert large and small(site)
    done = fv("sync", "--json", "--max-size", str(LIMIT), *options, "HAUC", out, portal=site).expect()
    assert_tree(out, small(site))
    assert (done.summary["skipped"], done.summary["failed"]) == (len(large), 0)
    skipped = [one for one in done.files if one["status"] == "skipped"]
    assert len(skipped) == len(large) and all(one["reason"] == "large" for one in skipped)
    assert done.summary["bytes"] < sum(one["size"] for one in site.expected)
    assert not [name for name in own_files(out) if name.endswith((".part", ".state"))]
    fv("verify", out).expect()
    # It is fetched once it may be.
    done = fv("sync", "--json", *options, "HAUC", out, portal=site).expect()
    assert_tree(out, site.expected)
    assert done.summary["downloaded"] == len(large)


def test_words(fv, site, out):
    done = fv("sync", "-v", "--max-size", "100kB", "HAUC", out, portal=site).expect()
    assert "(larger than --max-size)" in done.out and " skipped, " in done.out
    quiet = fv("sync", "--max-size", "100kB", "HAUC", out, portal=site).expect()
    assert len(quiet.out.splitlines()) == 1
    dry = fv("sync", "-n", "--max-size", "1", "HAUC", out, portal=site).expect()
    assert "knows no sizes" in dry.err
    fv("sync", "--max-size", "big", "HAUC", out, portal=site).expect(2)
    fv("list", "--max-size", "1k", "HAUC", portal=site).expect(2)


def test_the_size_itself_is_not_too_large(fv, bad, out):
    bad.publish({"a": b"x" * 10, "b": b"x" * 11, "c": b"x" * 9})
    fv("sync", "--max-size", "10", "HAUC", out, portal=bad).expect()
    assert sorted(path[-1] for path in files_below(out)) == ["a", "c"]
    bad.clear()
    fv("sync", "--max-size", "11", "HAUC", out, portal=bad).expect()
    assert sorted(path[-1] for path in files_below(out)) == ["a", "b", "c"]


def test_prune_and_ledger(fv, bad, out):
    """What was fetched when it was smaller stays, and is known as it was."""
    bad.publish({"a": b"small", "b": b"b"})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"a": b"large" * 100, "b": b"b"}, modified="2031-01-01T00:00:00Z")
    done = fv("sync", "--json", "--prune", "--max-size", "20", "HAUC", out, portal=bad).expect()
    assert (done.summary["skipped"], done.summary["removed"], done.summary["downloaded"]) == (1, 0, 1)
    assert (out / "HAUC/HAUC-3/HAUC-3-2/a").read_bytes() == b"small"
    fv("verify", out).expect()


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_a_length_that_is_not_told(fv, bad, out, framing):
    body = b"0123456789" * 500
    answer = [chunked(body)] if framing == "chunked" else [head("200 OK", {"Connection": "close"}) + body, Close()]
    bad.publish({"a": b"a", "b": answer, "c": b"c"})
    done = fv("sync", "--json", "--max-size", "1000", "HAUC", out, portal=bad).expect()
    assert sorted(path[-1] for path in files_below(out)) == ["a", "c"] and done.summary["skipped"] == 1
    assert not [name for name in own_files(out) if name.endswith((".part", ".state"))]
    fv("sync", "--max-size", "5000", "HAUC", out, portal=bad).expect()
    assert (out / "HAUC/HAUC-3/HAUC-3-2/b").read_bytes() == body


def test_many_between_small_ones(fv, bad, out):
    """Each third one is larger than what is read of a response that is given up: its connection goes, and nobody's
    bytes with it."""
    files = {f"f{number:02}": bytes([65 + number]) * (200_000 if number % 3 == 1 else 100 + number)
             for number in range(30)}
    bad.publish(files)
    done = fv("sync", "--json", "--max-size", "100k", "HAUC", out, portal=bad).expect()
    assert done.summary["skipped"] == 10 and done.summary["failed"] == 0 and done.summary["retries"] == 0
    for path, where in files_below(out).items():
        assert where.read_bytes() == files[path[-3:]], path
    assert len(files_below(out)) == 20
    assert done.summary["bytes"] < 10 * 200_000


def test_where_a_redirect_leads(fv, bad, bad_portal, out):
    store = bad_portal(host="127.0.0.1")
    store.route("/s/small", ranged_file(b"small"))
    store.route("/s/large", ranged_file(b"large" * 1000))
    names = ("small", "large")
    bad.publish({name: [redirect(f"{store.url}/s/{name}")] for name in names})
    done = fv("sync", "--json", "--max-size", "1000", "HAUC", out, portal=bad).expect()
    assert [path.rpartition("/")[2] for path in files_below(out)] == ["small"] and done.summary["skipped"] == 1
    skipped = [one for one in done.files if one["status"] == "skipped"]
    assert store.url not in skipped[0]["url"]


def test_resumed_with_a_larger_total(fv, bad, out):
    """What an earlier run began is left alone as well, and goes on from there when it may."""
    body = b"0123456789" * 30_000
    whole = ranged_file(body)
    one = entry("f1")
    bad.route("/api_file/v1/HAUC/", ok(bad.listing([one]), JSON))
    bad.route("/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1",
              Sequence(cut(ok(body, headers={"ETag": '"v"'}), 150_000, Close()), whole))
    fv("sync", "HAUC", out, portal=bad).expect(3)
    done = fv("sync", "--json", "--max-size", "200k", "HAUC", out, portal=bad).expect()
    assert done.summary["skipped"] == 1 and not files_below(out)
    fv("sync", "HAUC", out, portal=bad).expect()
    assert (out / "HAUC/HAUC-3/HAUC-3-2/f1").read_bytes() == body
