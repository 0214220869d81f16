# SPDX-License-Identifier: MIT
"""sync: filters, dry run, --once, --prune, --exec, --min-free, symbolic links, the lock; and verify."""

import datetime
import json
import os
import subprocess

import pytest

from bad import Stall, entry, ok
from harness import assert_tree, files_below, own_files, partial_bytes, sha256

PLACE = "HAUC/HAUC-3/HAUC-3-2/"


def names(directory):
    """The file names in a directory."""
    return sorted(path.rpartition("/")[2] for path in files_below(directory))


def test_filters(fv, bad, out):
    bad.publish({name: name.encode() for name in ("a.csv", "b.zip", "c.csv")})
    fv("sync", "--include", "*.csv", "--exclude", "*", "--latest", "5", "HAUC", out, portal=bad).expect()
    assert names(out) == ["a.csv", "c.csv"]
    fv("sync", "HAUC", out, portal=bad).expect()
    assert names(out) == ["a.csv", "b.zip", "c.csv"] and len(bad.seen(f"/api_file/v1/{PLACE}a.csv")) == 1


def test_dry_run(fv, site, out):
    done = fv("sync", "-n", "HAUC", out, portal=site).expect()
    assert len(site.log()) == 1
    assert not out.exists() or not files_below(out)
    for one in site.expected:
        assert one["file_name"] in done.out
    fv("sync", "HAUC", out, portal=site).expect()
    done = fv("sync", "--dry-run", "HAUC", out, portal=site).expect()
    assert not any(one["file_name"] in done.out for one in site.expected)


def test_dry_run_prunes_nothing(fv, bad, out):
    bad.publish({"a": b"a", "b": b"b"})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"b": b"b"})
    assert f"{PLACE}a" in fv("sync", "-n", "--prune", "HAUC", out, portal=bad).expect().out
    assert names(out) == ["a", "b"]


def test_once(fv, bad, out, tmp_path):
    bad.publish({"a": b"a", "b": b"b"})
    fv("sync", "--once", "HAUC", out, portal=bad).expect()
    os.rename(out / PLACE / "a", tmp_path / "a")
    bad.clear()
    done = fv("sync", "--once", "--json", "HAUC", out, portal=bad).expect()
    assert names(out) == ["b"] and len(bad.requests) == 1
    assert {one["path"]: one["status"] for one in done.files}[PLACE + "a"] == "skipped"
    bad.publish({"a": b"new", "b": b"b"}, modified="2023-01-01T00:00:00Z")
    fv("sync", "--once", "HAUC", out, portal=bad).expect()
    assert (out / PLACE / "a").read_bytes() == b"new"


def synced(fv, bad, out, *more):
    """Fetch a, b, c, and what `more` adds; then the portal withdraws all but c."""
    bad.publish({name: name.encode() for name in ("a", "b", "c", *more)})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"c": b"c"})


def test_prune(fv, bad, out):
    synced(fv, bad, out)
    (out / PLACE / "mine").write_bytes(b"not fetched")
    done = fv("sync", "--prune", "--json", "HAUC", out, portal=bad).expect()
    assert names(out) == ["c", "mine"]
    assert sorted(one["path"] for one in done.files if one["status"] == "removed") == [PLACE + "a", PLACE + "b"]


def test_prune_keeps_what_was_modified(fv, bad, out):
    synced(fv, bad, out, "d", "e")
    (out / PLACE / "a").write_bytes(b"mine now")
    (out / PLACE / "b").write_bytes(b"B")          # same size, other time
    (out / PLACE / "d").unlink()
    (out / PLACE / "d").symlink_to("c")
    fv("sync", "--prune", "HAUC", out, portal=bad)
    assert names(out) == ["a", "b", "c", "d"]


def test_prune_stays_in_scope(fv, bad, out):
    entries = [entry("x", study="HAUC-1", delivery="D"), entry("x", study="HAUC-3", delivery="D"),
               entry("y", study="HAUC-3", delivery="D")]
    bad.publish_entries(entries)
    bad.route(lambda request: request.path.endswith(("/x", "/y")), ok(b"data"))
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish_entries(entries[2:])
    fv("sync", "--prune", "HAUC/HAUC-3", out, portal=bad).expect()
    assert sorted(files_below(out)) == ["HAUC/HAUC-1/D/x", "HAUC/HAUC-3/D/y"]
    fv("sync", "--prune", "HAUC", out, portal=bad).expect()
    assert sorted(files_below(out)) == ["HAUC/HAUC-3/D/y"]


@pytest.mark.parametrize("options", ["--exclude ?", "--include nothing", "--latest 1", "--since 2030-01-01",
                                     "--until 1990-01-01"])
def test_prune_keeps_what_a_filter_hides(fv, bad, out, options):
    bad.publish({name: name.encode() for name in "abc"})
    fv("sync", "HAUC", out, portal=bad).expect()
    fv("sync", "--prune", *options.split(), "HAUC", out, portal=bad).expect()
    assert names(out) == ["a", "b", "c"]


@pytest.mark.parametrize("limit, status, left", [("1", 1, "abc"), ("0", 1, "abc"), ("2", 0, "c")])
def test_max_delete(fv, bad, out, limit, status, left):
    synced(fv, bad, out)
    done = fv("sync", "--prune", "--max-delete", limit, "HAUC", out, portal=bad).expect(status)
    assert (names(out) == list(left)
            and ("more than --max-delete allows, so none was removed" in done.err) == (status == 1))
    assert "the local file" not in done.err


def test_prune_after_a_bad_listing(fv, bad, out):
    synced(fv, bad, out)
    bad.route("/api_file/v1/HAUC/", ok(bad.listing([entry("c")])[:-1]))
    fv("sync", "--prune", "HAUC", out, portal=bad).fails(8)
    assert names(out) == ["a", "b", "c"]


PRINT = (r'printf "%s|%s|%s|%s|%s\n" "$FLUXVISION_PATH" "$FLUXVISION_URL" "$FLUXVISION_SHA256" "$FLUXVISION_MODIFIED"'
         ' "$FLUXVISION_SIZE"')


def test_exec(fv, site, out, tmp_path):
    log = tmp_path / "log"
    done = fv("sync", "--json", "--exec", f'{PRINT} >>{log}; echo to stdout; env >>{log}.env', "HAUC/HAUC-4", out,
              portal=site).expect()
    assert "to stdout" not in done.out
    told = {line.split("|")[0]: line.split("|")[1:] for line in log.read_text(encoding="utf-8").splitlines()}
    assert set(told) == {str(out / one["path"]) for one in done.files}
    for one in done.files:
        url, digest, modified, size = told[str(out / one["path"])]
        assert (url, digest, int(size)) == (one["url"], one["sha256"], one["size"]) and modified == one["modified"]
        assert datetime.datetime.fromisoformat(modified).timestamp() == (out / one["path"]).stat().st_mtime
    fv("sync", "--exec", f"echo again >>{log}", "HAUC/HAUC-4", out, portal=site).expect()
    assert "again" not in log.read_text(encoding="utf-8")


def test_exec_finds_the_whole_file(fv, site, out, tmp_path):
    command = f'cd / && sha256sum <"$FLUXVISION_PATH" | grep -q "^$FLUXVISION_SHA256 " && echo >>{tmp_path}/right'
    fv("sync", "--exec", command, "HAUC/HAUC-4", out, portal=site).expect()
    assert (tmp_path / "right").stat().st_size == len(files_below(out))


def test_exec_that_failed_is_run_again(fv, bad, out, tmp_path):
    bad.publish({"a": b"a", "b": b"b"})
    log = tmp_path / "log"
    log.touch()
    failing = f'echo "$FLUXVISION_SIZE" >>{log}; case $FLUXVISION_PATH in *a) exit 3;; esac'
    done = fv("sync", "--exec", failing, "HAUC", out, portal=bad).expect(1)
    assert f"{PLACE}a" in done.err and f"{PLACE}b" not in done.err and names(out) == ["a", "b"]
    bad.clear()
    fv("sync", "--exec", failing, "HAUC", out, portal=bad).expect(1)
    fv("sync", "--exec", f"echo fine >>{log}", "HAUC", out, portal=bad).expect()
    fv("sync", "--exec", f"echo more >>{log}", "HAUC", out, portal=bad).expect()
    assert log.read_text().split() == ["1", "1", "1", "fine"]
    assert len(bad.requests) == 3


def test_exec_does_not_see_the_password(fv, bad, out, tmp_path):
    bad.publish({"a": b"a"})
    fv("sync", "--exec", f"env >{tmp_path}/env", "HAUC", out, portal=bad,
       env={"FLUXVISION_PASSWORD": "very secret"}).expect()
    assert "very secret" not in (tmp_path / "env").read_text(encoding="utf-8")


def test_exec_environment(fv, bad, out, tmp_path):
    """What the program was given goes on to the command; what it sets itself is there once. More than it can pass on
    is an error."""
    bad.publish({"a": b"a"})
    given = {"FLUXVISION_SIZE": "0", "MY_FLUXVISION_SIZE": "many", "PLAIN": "a=b", "EMPTY": ""}
    fv("sync", "--exec", f"tr '\\0' '\\n' </proc/$$/environ >{tmp_path}/env", "HAUC", out, portal=bad,
       env=given).expect()
    seen = (tmp_path / "env").read_text(encoding="utf-8").splitlines()
    assert {"FLUXVISION_SIZE=1", "MY_FLUXVISION_SIZE=many", "PLAIN=a=b", "EMPTY="} <= set(seen)
    assert len({line.split("=")[0] for line in seen}) == len(seen)
    bad.publish({"a": b"a", "b": b"b"})
    full = fv("sync", "--exec", f"touch {tmp_path}/run", "HAUC", out, portal=bad,
              env={f"VARIABLE_{number}": "" for number in range(1024)}).expect(1)
    assert "126" in full.err and not (tmp_path / "run").exists()


def test_min_free(fv, bad, out):
    bad.publish({"a": b"a" * 1000})
    fv("sync", "--min-free", "900T", "HAUC", out, portal=bad).fails(7)
    assert not files_below(out)
    fv("sync", "--min-free", "1M", "HAUC", out, portal=bad).expect()


# --- symbolic links

@pytest.mark.parametrize("link", ["HAUC", "HAUC/HAUC-3", "HAUC/HAUC-3/HAUC-3-2"])
def test_never_through_a_symbolic_link(fv, bad, out, tmp_path, link):
    bad.publish({"a": b"a", "b": b"b"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / link).parent.mkdir(parents=True)
    (out / link).symlink_to(elsewhere)
    done = fv("sync", "HAUC", out, portal=bad).expect(7)
    assert not os.listdir(elsewhere) and (out / link).is_symlink()
    assert done.err.count("HAUC") >= 1


def test_final_name_is_a_symbolic_link(fv, bad, out, tmp_path):
    bad.publish({"a": b"from the portal"})
    target = tmp_path / "target"
    target.write_bytes(b"from the portal")
    (out / PLACE).mkdir(parents=True)
    (out / PLACE / "a").symlink_to(target)
    fv("sync", "HAUC", out, portal=bad)
    assert target.read_bytes() == b"from the portal" and not target.is_symlink()
    path = out / PLACE / "a"
    assert path.is_symlink() or path.read_bytes() == b"from the portal"


def test_own_directory_is_a_symbolic_link(fv, bad, out, tmp_path):
    bad.publish({"a": b"a"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out.mkdir()
    (out / ".fluxvision").symlink_to(elsewhere)
    fv("sync", "HAUC", out, portal=bad).expect(7)
    assert not os.listdir(elsewhere) and not files_below(out)


def test_something_else_has_the_name(fv, bad, out):
    bad.publish({"a": b"a", "b": b"b"})
    (out / PLACE / "a" / "inside").mkdir(parents=True)
    done = fv("sync", "HAUC", out, portal=bad).expect(1)
    assert f"{PLACE}a" in done.err and names(out) == ["b"]


# --- the lock

def test_second_process_on_the_directory(fv, bad, out):
    bad.publish({"a": [ok(b"x" * 1000)[:500], Stall()]})
    running = fv.start("sync", "HAUC", out, portal=bad)
    bad.wait(2)
    fv("sync", "HAUC", out, portal=bad).fails(9, str(out))
    running.kill()
    running.process.wait()
    bad.publish({"a": b"x" * 1000})
    fv("sync", "HAUC", out, portal=bad).expect()


# --- verify

@pytest.fixture
def verified(fv, site, out):
    """A directory with some files."""
    fv("sync", "HAUC/HAUC-4", out, portal=site).expect()
    return out


def test_verify(fv, site, verified):
    site.clear_log()
    fv("verify", verified).expect()
    assert not site.log()
    assert_tree(verified, [one for one in site.expected if one["study"] == "HAUC-4"])


def test_verify_print(fv, verified):
    sums = fv("verify", "--print", verified).expect().stdout
    check = subprocess.run(["sha256sum", "-c", "--strict"], input=sums, cwd=verified, capture_output=True, check=False)
    assert check.returncode == 0 and check.stdout.count(b": OK") == len(files_below(verified)) == 5


def test_verify_print_of_odd_names(fv, bad, out):
    bad.publish({name: name.encode() for name in ("back\\slash", " lead", "star*", "é", "%0A")})
    fv("sync", "HAUC", out, portal=bad).expect()
    sums = fv("verify", "--print", out).expect().stdout
    check = subprocess.run(["sha256sum", "-c", "--strict"], input=sums, cwd=out, capture_output=True, check=False)
    assert check.returncode == 0 and check.stdout.count(b": OK") == 5, check


def test_verify_json(fv, verified):
    records = [one for one in fv("verify", "--json", verified).expect().records if one["event"] == "file"]
    assert {one["path"]: one["sha256"] for one in records} == {path: sha256(one) for path,
                                                               one in files_below(verified).items()}


def flip(path):
    """Change one byte, and nothing that a directory shows."""
    status, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("harm", [flip, os.unlink, lambda path: path.write_bytes(b""),
                                  lambda path: os.truncate(path, 5)],
                         ids=["flip", "unlink", "empty", "truncate"])
def test_verify_finds(fv, verified, harm):
    path = "HAUC/HAUC-4/HAUC-4-2/resultats.csv"
    harm(verified / path)
    fv("verify", verified).fails(1, path)
    bad = [one for one in json_lines(fv("verify", "--json", verified).expect(1)) if one.get("status") == "failed"]
    assert [one["path"] for one in bad] == [path] and bad[0]["error"]


def json_lines(done):
    """Standard output as JSON, line by line."""
    return [json.loads(line) for line in done.out.splitlines()]


def test_verify_of_nothing(fv, tmp_path):
    done = fv("verify", tmp_path / "none")
    assert done.status in (2, 7) and str(tmp_path / "none") in done.err, done


@pytest.mark.parametrize("harm", [lambda text: text[:len(text) // 2], lambda text: text[:-1], lambda text: b"",
                                  lambda text: text.replace(b"0", b"1", 1), lambda text: b"\xff" * 1000,
                                  lambda text: text + b"garbage"],
                         ids=["half", "last byte", "empty", "digit", "noise", "more"])
def test_damaged_ledger(fv, bad, out, harm):
    bad.publish({name: name.encode() for name in "abc"})
    fv("sync", "HAUC", out, portal=bad).expect()
    ledger = out / ".fluxvision" / "ledger"
    ledger.write_bytes(harm(ledger.read_bytes()))
    fv("sync", "HAUC", out, portal=bad).expect()
    fv("verify", out).expect()
    assert names(out) == ["a", "b", "c"] and partial_bytes(out) == 0 and "ledger" in own_files(out)
    bad.clear()
    fv("sync", "HAUC", out, portal=bad).expect()
    assert len(bad.requests) == 1
