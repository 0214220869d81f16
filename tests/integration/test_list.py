# SPDX-License-Identifier: MIT
"""list: what is shown, in which order, and what the filters leave."""

import datetime
import json
import re

import pytest

import make_tree
from bad import Close, JSON, Sequence, chunked, entry, listing, ok
from harness import local_paths

FIELDS = ("orga_code_ref", "study_code_ref", "delivery_code_ref", "file_name", "file_last_modified_date", "url",
          "orga_name", "study_name", "delivery_name")


def listed(site, scope="HAUC"):
    """The portal's own listing."""
    return json.loads((site.listings / "api_file/v1" / scope / make_tree.LISTING).read_text(encoding="utf-8"))


def test_json_has_the_fields_of_the_api(fv, site):
    records = fv("list", "--json", "HAUC", portal=site).expect().records
    expected = listed(site)
    assert [one["url"] for one in records] == [one["url"] for one in expected]
    for record, wanted in zip(records, expected):
        assert {name: record.get(name) for name in FIELDS} == {name: wanted.get(name) for name in FIELDS}
        assert set(record) <= set(FIELDS) | {"path"}


def test_json_keeps_null_and_lone_surrogates(fv, site):
    records = fv("list", "--json", "HAUC", portal=site).expect().records
    names = {one["study_name"] for one in records if one["study_code_ref"] == "HAUC-2"}
    assert "Mobilit\u00e9 \ud83d 2020" in names
    assert {one["study_name"] for one in records if one["study_code_ref"] == "HAUC-3"} == {None}


def test_json_path_is_where_sync_puts_it(fv, site):
    records = fv("list", "--json", "HAUC", portal=site).expect().records
    assert [one["path"] for one in records] == list(local_paths(site.expected))
    assert [one["path"] for one in records if one["file_name"] == "resultats.csv"] == [
        "HAUC/HAUC-4/HAUC-4-1/resultats.csv", "HAUC/HAUC-4/HAUC-4-1/resultats.csv~file_12",
        "HAUC/HAUC-4/HAUC-4-1/resultats.csv~file_13", "HAUC/HAUC-4/HAUC-4-2/resultats.csv"]


def test_table_names_every_file_in_order(fv, site):
    lines = fv("list", "HAUC", portal=site).expect().out.splitlines()
    for one in site.expected:
        name = "/".join((one["org"], one["study"], one["delivery"], one["file_name"]))
        while not lines[0].endswith(name):
            assert not re.match(r"\d{4}-", lines[0]), (lines[0], name)
            lines.pop(0)
        assert re.match(r"\d{4}-\d\d-\d\d", lines.pop(0))
    assert not lines


def test_table_dates_are_utc(fv, bad):
    bad.publish_entries([entry("f1", modified="2021-04-02T00:30:00.5+02:00")])
    assert fv("list", "HAUC", portal=bad).expect().out.startswith("2021-04-01 22:30:00")


HOSTILE = "a\x1b[31m\nb\tc\x00\x7f\u0085\u009b2J\u202egpj.exe"


def test_control_bytes_are_never_printed_raw(fv, bad):
    bad.publish_entries([entry(HOSTILE, segment="f1", study_name=HOSTILE, orga_name=HOSTILE)])
    done = fv("list", "HAUC", portal=bad).expect()
    assert done.stdout.count(b"\n") == 1 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.out)
    done = fv("list", "--json", "HAUC", portal=bad).expect()
    assert done.records[0]["file_name"] == done.records[0]["study_name"] == HOSTILE
    assert done.stdout.count(b"\n") == 1 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.out)


@pytest.mark.parametrize("name", [
    "quote \" backslash \\ slash /", "\U0001f600 emoji", "\ud83d", "\udc00\ud83d", "\ud83d\ud83d\ude00", "", " ",
    "\u2028", "é", "e\u0301", "a" * 2000], ids=ascii)
def test_strings_come_back_as_they_went(fv, bad, name):
    for ascii_only in (True, False):
        bad.route("/api_file/v1/HAUC/", ok(bad.listing([entry("f1", study_name=name)], ensure_ascii=True), JSON)
                  if ascii_only or any("\ud800" <= char <= "\udfff" for char in name) else
                  ok(bad.listing([entry("f1", study_name=name)]), JSON))
        record = fv("list", "--json", "HAUC", portal=bad).expect().records[0]
        assert record["study_name"] == json.loads(json.dumps(name))  # what was two escapes may be one character


@pytest.mark.parametrize("scope, path", [
    ("HAUC", "HAUC/"), ("HAUC/", "HAUC/"), ("HAUC/HAUC-3", "HAUC/HAUC-3/"),
    ("HAUC/HAUC-3/HAUC-3-2", "HAUC/HAUC-3/HAUC-3-2/"), ("HAUC/HAUC-3/HAUC-3-2/", "HAUC/HAUC-3/HAUC-3-2/"),
    ("HAUC/Étude B6 2019/Livraison n°1", "HAUC/%C3%89tude%20B6%202019/Livraison%20n%C2%B01/"),
])
def test_scopes(fv, site, scope, path):
    records = fv("list", "--json", scope, portal=site).expect().records
    assert [one["url"] for one in records] == [one["url"] for one in listed(site, scope)]
    assert [line["uri"] for line in site.log(1)] == ["/api_file/v1/" + path]


@pytest.mark.parametrize("scope", ["", "/", "HAUC//D", "A/B/C/D", "..", "HAUC/..", "HAUC/.", "/HAUC"])
def test_scopes_that_are_none(fv, bad, scope):
    fv("list", "--", scope, portal=bad).expect(2)
    assert not bad.requests


@pytest.mark.parametrize("body", [b"[]", b" [ ] \r\n", b"\n[\n]\n"])
def test_empty_listing(fv, bad, body):
    bad.route("/api_file/v1/HAUC/", ok(body, JSON))
    for options in ([], ["--json"], ["--latest", "3"]):
        assert fv("list", *options, "HAUC", portal=bad).expect().stdout == b""


def test_unknown_fields_of_any_size_and_depth(fv, bad):
    deep = '{"a]": ["}\\\"", ' * 500 + "1" + "]}" * 500
    first, second = entry("f1", more="DEEP", long="x" * 300_000), {"first": [1, -2.5e-3, True, None], **entry("f2")}
    body = bad.listing([first, second]).replace(b'"DEEP"', deep.encode())
    bad.route("/api_file/v1/HAUC/", chunked(body, (7, 1000)))
    assert [one["file_name"] for one in fv("list", "--json", "HAUC", portal=bad).expect().records] == ["f1", "f2"]


@pytest.mark.parametrize("style", [{"indent": 4}, {"separators": (",", ":")}, {"ensure_ascii": True},
                                   {"sort_keys": True}])
def test_styles_of_json(fv, bad, style):
    entries = [entry("été.csv"), entry("f2", modified="2021-04-02T13:44:37Z")]
    bad.route("/api_file/v1/HAUC/", ok(listing(entries, bad.host, **style), JSON))
    assert [one["file_name"] for one in fv("list", "--json", "HAUC", portal=bad).expect().records] == ["été.csv", "f2"]


FILES = {"a": ("S1", "D1", "a.csv", "2021-01-01T00:00:00Z"),
         "b": ("S1", "D1", "b.zip", "2021-02-01T12:00:00.000001+01:00"),
         "c": ("S1", "D2", "a.csv", "2021-03-01T12:00:00Z"),
         "d": ("S2", "D3", "notes.txt", "2021-04-01T12:00:00.5Z"),
         "e": ("S2", "D3", "b.ZIP", "2021-05-01T12:00:00Z")}


@pytest.mark.parametrize("options, left", [
    ("", "abcde"),
    ("--include *.csv", "ac"), ("--exclude *.csv", "bde"), ("--include *.zip", "b"), ("--include ?.csv", "ac"),
    ("--include *.csv --exclude HAUC/S1/D1/*", "ac"), ("--exclude HAUC/S1/D1/* --include *.csv", "c"),
    ("--exclude *.csv --include a*", ""), ("--include a.csv --include notes.txt", "acd"),
    ("--include a", ""), ("--include csv", ""), ("--include *", "abcde"), ("--exclude *", ""),
    ("--include HAUC/*", ""), ("--include HAUC/**", "abcde"), ("--include HAUC/*/*/a.csv", "ac"),
    ("--include HAUC/S1/**", "abc"), ("--include S1/**", ""), ("--include **/b.*", "be"),
    ("--include HAUC/**/a.csv", "ac"), ("--include HAUC/S1/D1/**/a.csv", "a"),
    ("--include **/HAUC/**/S1/**/a.csv", "ac"),
    ("--include [^a].*", "be"), ("--include [[:lower:]].[[:upper:]]*", "e"),
    ("--include */*/*/*", "abcde"), ("--include */*/*", ""), ("--exclude HAUC/S?/D[13]/*", "c"),
    ("--since 2021-02-15", "cde"), ("--until 2021-02-15", "ab"), ("--until 2021-02-01", "ab"),
    ("--until 2021-01-31", "a"),
    ("--since 2021-05-01 --until 2021-05-01", "e"), ("--since 2021-02-15 --until 2021-04-15", "cd"),
    ("--since 2021-04-01T12:00:00.5Z", "de"), ("--since 2021-04-01T12:00:00.500001Z", "e"),
    ("--until 2021-02-01T11:00:00.000001Z", "ab"), ("--until 2021-02-01T11:00:00Z", "a"),
    ("--since 2021-05-01T14:00:00+02:00", "e"),
    ("--latest 2", "de"), ("--latest 1 --include *.csv", "c"), ("--latest 2 --until 2021-03-15", "bc"),
    ("--latest 9", "abcde"),
])
def test_filters(fv, bad, options, left):
    entries = [entry(name, "HAUC", study, delivery, segment=key, modified=date)
               for key, (study, delivery, name, date) in FILES.items()]
    bad.publish_entries(entries)
    records = fv("list", "--json", *options.split(), "HAUC", portal=bad).expect().records
    assert sorted(one["url"][-1] for one in records) == list(left)


def test_ages(fv, bad):
    now = datetime.datetime.now(datetime.timezone.utc)
    ages = {"hour": 1, "days": 72, "month": 720}
    bad.publish_entries([entry(name, modified=(now - datetime.timedelta(hours=hours)).isoformat())
                         for name, hours in ages.items()])
    for options, left in (("--since 36h", ["hour"]), ("--since 7d", ["hour", "days"]),
                          ("--until 36h", ["days", "month"]), ("--since 7d --until 2h", ["days"])):
        records = fv("list", "--json", *options.split(), "HAUC", portal=bad).expect().records
        assert [one["file_name"] for one in records] == left


@pytest.mark.parametrize("options", ["--since yesterday", "--since 2021-13-01", "--until 2021-02-30", "--since 7",
                                     "--since -1d",
                                     "--latest x", "--latest -1", "--since=", "--include=",
                                     "--since 2021-04-02T25:00:00Z"])
def test_filters_that_are_none(fv, bad, options):
    fv("list", *options.split(), "HAUC", portal=bad).expect(2)
    assert not bad.requests


@pytest.mark.plain
@pytest.mark.parametrize("options", [["--json"], [], ["--json", "--latest", "5"]], ids=" ".join)
def test_memory_does_not_depend_on_the_listing(fv, site, options):
    peaks, counts = {}, {"FEW": 100, "MANY": 200_000}
    for org, count in counts.items():
        if not (site.listings / "api_file/v1" / org).exists():
            make_tree.write_big_listing(site.listings, count, make_tree.base_url(site.host), org)
        done, peaks[org] = fv.peak("list", *options, org, portal=site)
        assert done.expect().stdout.count(b"\n") == (5 if "--latest" in options else count)
    # What a short listing does not need is not touched; how much of the program's file is resident is the kernel's
    # affair.
    assert peaks["MANY"] - peaks["FEW"] <= 512 and max(peaks.values()) < 2304, peaks


@pytest.mark.parametrize("first, then, status", [(5, 3, 6), (5, 5, 0), (3, 5, 0)])
def test_a_listing_that_is_asked_for_again(fv, bad, first, then, status):
    """What was shown of the first answer, which broke, has to be in the second one."""
    bodies = [ok(bad.listing([entry(f"f{number}") for number in range(count)]), JSON) for count in (first, then)]
    bad.route("/api_file/v1/HAUC/", Sequence([bodies[0][:-1], Close(False)], bodies[1]))
    done = fv("list", "--retries", 1, "HAUC", portal=bad, env={"FLUXVISION_SPEED_LIMIT": 0})
    assert (done.status != 0) == (status != 0), done
    assert done.status == 0 or "it changed while it was read" in done.err, done


def test_a_listing_that_comes_in_another_order_when_it_is_asked_for_again(fv, bad):
    """Of one date and one length are they all: some would be shown twice, others never."""
    entries = [entry(f"f{number}") for number in range(6)]
    first, then = [ok(bad.listing(some), JSON) for some in (entries, entries[::-1])]
    bad.route("/api_file/v1/HAUC/", Sequence([first[:-1], Close(False)], then))
    fv("list", "--retries", 1, "HAUC", portal=bad).fails(1, "it changed while it was read")
