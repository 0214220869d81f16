# SPDX-License-Identifier: MIT
"""Each message as it is printed: what failed, on what, why, what to do. A row a text."""

import os
import re
import subprocess

import pytest

from bad import entry, error, html_login_page, ok, unauthorized
from harness import can_mount

SYNC = "usage: fluxvision sync [OPTION]... ORG[/STUDY[/DELIVERY]]... DIR"
LIST = "usage: fluxvision list [OPTION]... ORG[/STUDY[/DELIVERY]]..."
GET = "usage: fluxvision get [OPTION]... URL | ORG/STUDY/DELIVERY/FILE_NAME"
ALWAYS = ("certificates are always verified: name a private CA with --cacert, or pin the server's key with "
          "--pinnedpubkey")
NEVER = "a password is never an argument: use --password-file, FLUXVISION_PASSWORD or ~/.netrc"
SEC = "not a time span; use seconds, such as 90 or 0.5, or a span with units, such as 1m30s or 2h"
WHEN = ("not a date, a time or an age; use a date such as 2021-04-02, a time such as 2021-04-02T15:44:37Z, or an age such as "
        "36h or 7d")
RATE = "not a rate; use bytes a second, such as 500000, 500k, 1.5M or 10MiB"
SIZE = "not a size; use bytes, such as 5000000, 500k, 1.5G or 10MiB"
NUMBER = "not a number; use a whole number, such as 5"
PIN = "not a pin; use sha256// and 44 characters of Base64; several are joined by ';'"
GLOB = ("not a pattern; use a pattern such as '*.zip', 'HAUC/**/f?' or '[a-f]*'; a '[' needs its ']', and a '\\' a character "
        "behind it")
PART = f"a part of it is empty, '.' or '..', or has a control character; {LIST}"
THREE = f"a scope has at most three parts, ORG[/STUDY[/DELIVERY]]; {LIST}"
FIRST = f"this is a directory; the organisation comes first, then the directory; {SYNC}"


# --- the command line

USAGE = [
    # argv, the command whose help is named, text
    ([], "", "there is no command; use one of list, get, sync, verify, status, doctor"),
    (["ls"], "", "there is no command 'ls'; did you mean 'list'?"),
    (["lst"], "", "there is no command 'lst'; did you mean 'list'?"),
    (["snyc", "A", "d"], "", "there is no command 'snyc'; did you mean 'sync'?"),
    (["help"], "", "there is no command 'help'; did you mean 'fluxvision -h'?"),
    (["version"], "", "there is no command 'version'; did you mean 'fluxvision -V'?"),
    (["download"], "", "there is no command 'download'; use 'get' for one file, 'sync' for all of an organisation, a study or a delivery"),
    (["fetch"], "", "there is no command 'fetch'; use 'get' for one file, 'sync' for all of an organisation, a study or a delivery"),
    (["check"], "", "there is no command 'check'; did you mean 'verify'?"),
    (["zzzz"], "", "there is no command 'zzzz'"),
    (["a\nb"], "", "there is no command 'a\\x0ab'"),
    (["list", "--includ", "x"], "list", "there is no option '--includ'; did you mean '--include'?"),
    (["sync", "--dryrun"], "sync", "there is no option '--dryrun'; did you mean '--dry-run'?"),
    (["sync", "--pinned=x"], "sync", "there is no option '--pinned'; did you mean '--pinnedpubkey'?"),
    (["--zzzzzz"], "", "there is no option '--zzzzzz'"),
    (["-k"], "", f"there is no option '-k'; {ALWAYS}"),
    (["list", "-vk", "A"], "list", f"there is no option '-k'; {ALWAYS}"),
    (["list", "--insecure"], "list", f"there is no option '--insecure'; {ALWAYS}"),
    (["list", "--password=x"], "list", f"there is no option '--password'; {NEVER}"),
    (["list", "-p", "x"], "list", f"there is no option '-p'; {NEVER}"),
    (["sync", "--delete"], "sync", "there is no option '--delete'; did you mean '--prune'?"),
    (["list", "--json=1"], "list", "'--json': this option takes no value"),
    (["list", "--retries"], "list", "'--retries': its value is missing"),
    (["verify", "--prune", "d"], "verify", "--prune: this command does not take this option; it goes with sync"),
    (["get", "--include", "x", "A/b/c/d"], "get", "--include: this command does not take this option; it goes with list, sync"),
    (["list"], "list", f"an argument is missing; {LIST}"),
    (["sync", "HAUC"], "sync", f"an argument is missing; {SYNC}"),
    (["verify", "a", "b"], "verify", "'b': one argument too many; usage: fluxvision verify [OPTION]... DIR"),
    (["list", *["HAUC"] * 64, "b"], "list", f"'b': one scope too many, of at most 64; {LIST}"),
    (["sync", *["HAUC"] * 65, "d"], "sync", f"'d': one scope too many, of at most 64; {SYNC}"),
    (["list", "HAUC/a/b/c"], "list", f"'HAUC/a/b/c': {THREE}"),
    (["list", "HAUC//b"], "list", f"'HAUC//b': {PART}"),
    (["list", "HAUC/.."], "list", f"'HAUC/..': {PART}"),
    (["list", ""], "list", f"'': {PART}"),
    (["list", "https://me:secret@x/y"], "list", f"'@x/y': this is a URL; 'get' fetches one file by its URL; {LIST}"),
    (["sync", "./x", "HAUC"], "sync", f"'./x': {FIRST}"),
    (["sync", "/srv/x", "HAUC"], "sync", f"'/srv/x': {FIRST}"),
    (["get", "HAUC/HAUC-3"], "get", f"'HAUC/HAUC-3': this is neither a URL nor ORG/STUDY/DELIVERY/FILE_NAME; {GET}"),
    (["list", "--since", "yesterday", "A"], "list", f"--since 'yesterday': {WHEN}"),
    (["sync", "--until", "2021-13-01", "A", "d"], "sync", f"--until '2021-13-01': {WHEN}"),
    (["sync", "--every", "5", "A", "d"], "sync",
     "--every '5': not an interval; use a time span with units, such as 90s, 15m, 6h or 1d12h"),
    (["sync", "--every", "0s", "A", "d"], "sync",
     "--every '0s': not an interval; use a time span with units, such as 90s, 15m, 6h or 1d12h"),
    (["list", "--max-time", "soon", "A"], "list", f"--max-time 'soon': {SEC}"),
    (["list", "--connect-timeout", "1y", "A"], "list", f"--connect-timeout '1y': {SEC}"),
    (["list", "--stall-timeout", "", "A"], "list", f"--stall-timeout '': {SEC}"),
    (["list", "--speed-time", "-1", "A"], "list", f"--speed-time '-1': {SEC}"),
    (["list", "--limit-rate", "0.5X", "A"], "list", f"--limit-rate '0.5X': {RATE}"),
    (["list", "--speed-limit", "fast", "A"], "list", f"--speed-limit 'fast': {RATE}"),
    (["sync", "--min-free", "much", "A", "d"], "sync", f"--min-free 'much': {SIZE}"),
    (["sync", "--jobs", "0", "A", "d"], "sync", "--jobs '0': not a number of connections; use 1 to 16"),
    (["sync", "--pipeline", "257", "A", "d"], "sync", "--pipeline '257': not a number of requests; use 1 to 256"),
    (["list", "--retries", "x", "A"], "list", f"--retries 'x': {NUMBER}"),
    (["list", "--latest", "-1", "A"], "list", f"--latest '-1': {NUMBER}"),
    (["sync", "--max-delete", "many", "A", "d"], "sync", f"--max-delete 'many': {NUMBER}"),
    (["list", "--endpoint", "http://x", "A"], "list",
     "--endpoint 'http://x': not an https:// URL of a portal; use https://HOST[:PORT][/PREFIX]"),
    (["list", "--pinnedpubkey", "foo", "A"], "list", f"--pinnedpubkey 'foo': {PIN}"),
    (["list", "--pinnedpubkey", "", "A"], "list", f"--pinnedpubkey '': {PIN}"),
    (["list", "--include", "[a", "A"], "list", f"--include '[a': {GLOB}"),
    (["list", "--exclude", "[[:nope:]]", "A"], "list", f"--exclude '[[:nope:]]': {GLOB}"),
    (["list", "--include", "a", "--exclude", "b\\", "A"], "list", f"--exclude 'b\\': {GLOB}"),
    (["list", *(33 * ["--include", "x"]), "A"], "list", "--include 'x': one pattern too many; 32 are allowed"),
    (["verify", ""], "verify", "'': not the name of a directory"),
]


@pytest.mark.parametrize("argv, command, text", USAGE, ids=[" ".join(row[0])[:40].replace("\n", "") for row in USAGE])
def test_command_line(fv, asked, argv, command, text):
    done = fv(*argv, portal=asked).expect(2)
    help_of = f"fluxvision {command} -h" if command else "fluxvision -h"
    assert done.stdout == b"" and done.err == f"fluxvision: {text}\nTry '{help_of}'.\n"
    assert not asked.requests


@pytest.mark.parametrize("option, value", [
    ("--max-time", "1m"), ("--max-time", "1m30s"), ("--connect-timeout",
     "90"), ("--stall-timeout", "0.5m"), ("--speed-time", "2h"),
    ("--limit-rate", "0.5M"), ("--limit-rate", "10MiB"), ("--speed-limit",
     "1.5k"), ("--since", "36h"), ("--until", "2021-04-02"),
    ("--since", "2021-04-02T15:44:37Z"), ("--include", "[a-f]*"), ("--include", "HAUC/**/f?")])
def test_forms_that_messages_name_are_accepted(fv, asked, option, value):
    fv("list", option, value, "HAUC", portal=asked).expect()


# --- settings files and the environment

SETTINGS = [
    ("limit-rate = fast", f"limit-rate 'fast': {RATE}"),
    ("limt-rate = 5", "there is no setting 'limt-rate'; did you mean 'limit-rate'?"),
    ("pasword = hunter2", "there is no setting 'pasword'; did you mean 'password'?"),
    ("help = 1", "there is no setting 'help'"),
    ("machine x login y password = z", "there is no such setting"),
    ("json = maybe", "json 'maybe': not the value of a flag; use 1 for on, 0 for off"),
    ("include = [a", f"include '[a': {GLOB}"),
    ("max-time = 1 fortnight", f"max-time '1 fortnight': {SEC}"),
    ("pinnedpubkey = x", f"pinnedpubkey 'x': {PIN}"),
    ("endpoint = ftp://me:secret@x",
     "endpoint '@x': not an https:// URL of a portal; use https://HOST[:PORT][/PREFIX]"),
    ("proxy = https://me:secret@x", "proxy: not the URL of an HTTP proxy; use http://[USER:PASSWORD@]HOST[:PORT]"),
    ("just words", "not 'name = value'"),
]


@pytest.mark.parametrize("line, text", SETTINGS, ids=[row[0][:20] for row in SETTINGS])
def test_settings_file(fv, asked, tmp_path, line, text):
    conf = tmp_path / "a.conf"
    conf.write_text(f"# first\n\n{line}\n", encoding="utf-8")
    conf.chmod(0o600)
    done = fv("list", "-c", conf, "HAUC", portal=asked, env={"FLUXVISION_ENDPOINT": None}).expect(2)
    assert done.err == f"fluxvision: {conf}, line 3: {text}\n" and not asked.requests
    default = fv.home / ".config/fluxvision.conf"
    default.parent.mkdir()
    conf.rename(default)
    done = fv("list", "HAUC", portal=asked, env={"FLUXVISION_ENDPOINT": None}).expect(2)
    assert done.err == f"fluxvision: {default}, line 3: {text}\n"


@pytest.mark.parametrize("name, value, text", [
    ("LIMIT_RATE", "2x", f"'2x': {RATE}"), ("JSON", "yes", "'yes': not the value of a flag; use 1 for on, 0 for off"),
    ("INCLUDE", "[", f"'[': {GLOB}"), ("PROXY", "ftp://h", ": not the URL of an HTTP proxy; use http://[USER:PASSWORD@]HOST[:PORT]")])
def test_variables(fv, asked, name, value, text):
    done = fv("list", "HAUC", portal=asked, env={f"FLUXVISION_{name}": value}).expect(2)
    space = "" if text.startswith(":") else " "
    assert done.err == f"fluxvision: FLUXVISION_{name}{space}{text}\n"


@pytest.mark.parametrize("where, name, text", [
    ("option", "--proxy", "a password must not be on the command line, where all users see it; put the URL into HTTPS_PROXY or a settings file"),
    ("variable", "HTTPS_PROXY", "its user or password is too long, or badly percent-encoded")])
def test_proxy_with_a_password(fv, asked, where, name, text):
    url = "http://me:%zz@h:1"
    option, env = (["--proxy", url], {}) if where == "option" else ([], {"HTTPS_PROXY": url})
    done = fv("list", *option, "HAUC", portal=asked, env=env).expect(2)
    assert done.err == f"fluxvision: {name}: {text}\n" + (where == "option") * "Try 'fluxvision list -h'.\n"


@pytest.mark.parametrize("name, meant", [("RETIES", "RETRIES"), ("PASWORD", "PASSWORD"), ("ZZZ", None)])
def test_a_variable_that_nothing_reads(fv, asked, name, meant):
    done = fv("list", "HAUC", portal=asked, env={f"FLUXVISION_{name}": "s3cret"}).expect()
    hint = f"; did you mean 'FLUXVISION_{meant}'?" if meant else ""
    assert done.err == f"fluxvision: warning: there is no setting 'FLUXVISION_{name}'{hint}\n"


@pytest.mark.parametrize("env, text", [
    ({"FLUXVISION_USER": None}, "there is no user name; use -u, FLUXVISION_USER or ~/.netrc"),
    ({"FLUXVISION_PASSWORD_FILE": None}, "there is no password; use --password-file, FLUXVISION_PASSWORD or ~/.netrc"),
    ({"FLUXVISION_USER": "a:b"}, "FLUXVISION_USER: the user name holds a colon or a control character")])
def test_credentials(fv, asked, env, text):
    assert fv("list", "HAUC", portal=asked, env=env).expect(2).err == f"fluxvision: {text}\n" and not asked.requests


# --- files

@pytest.mark.parametrize("option, what", [("--config", "settings file"), ("--password-file", "password file"), ("--cacert", "CA bundle")])
def test_a_file_that_is_missing(fv, asked, tmp_path, option, what):
    done = fv("list", option, tmp_path / "none", "HAUC", portal=asked).expect(2)
    assert done.err == f"fluxvision: {tmp_path}/none: this {what} cannot be read (No such file or directory)\n"


@pytest.mark.parametrize("content, why", [("root:x:0:0\n", "has no certificate, in PEM or DER"), ("", "is empty")])
def test_a_bundle_without_certificates(fv, asked, tmp_path, content, why):
    """The file is to blame, not the host."""
    file = tmp_path / "passwd"
    file.write_text(content, encoding="ascii")
    done = fv("list", "--cacert", file, "HAUC", portal=asked).expect(4)
    assert done.err == f"fluxvision: the CA bundle cannot be used: {file} {why}\n"


# --- the portal

@pytest.mark.parametrize("scope, text", [
    ("NOPE", "the portal knows no organisation 'NOPE' (404)"), ("hauc", "the portal knows no organisation 'hauc' (404)"),
    ("HAUC/HAUC-9", "the portal knows no study 'HAUC-9' in HAUC (404)"),
    ("HAUC/HAUC-3/HAUC-3-9/", "the portal knows no delivery 'HAUC-3-9' in HAUC/HAUC-3 (404)")])
def test_404_by_level(fv, bad, out, scope, text):
    bad.route("*", error("404 Not Found"))
    text = f"fluxvision: {text}; names are case-sensitive\n"
    assert fv("list", scope, portal=bad).expect(6).err == text
    assert fv("sync", scope, out, portal=bad).expect(6).err == text


def test_404_of_the_delivery_of_a_file(fv, bad):
    bad.route("*", error("404 Not Found"))
    done = fv("get", "HAUC/HAUC-3/HAUC-3-9/f1", portal=bad).expect(6)
    assert done.err == "fluxvision: the portal knows no delivery 'HAUC-3-9' in HAUC/HAUC-3 (404); names are case-sensitive\n"


STATUSES = [
    (error("404 Not Found"), 6, "the server has nothing at this URL (HTTP 404)"),
    (error("410 Gone"), 6, "the server has nothing at this URL any more (HTTP 410)"),
    (error("418 Teapot"), 6, "the server returned an error (HTTP 418)"),
    (error("503 Busy"), 6, "the server has a transient problem (HTTP 503)"),
    (error("403 Forbidden"), 5, "this user has no access (HTTP 403); check the name, and what this user may read on the portal"),
    (unauthorized(), 5, "the user name or the password is not accepted (HTTP 401); check user and password (-u, --password-file, "
                        "FLUXVISION_PASSWORD, ~/.netrc)"),
    (ok(b"x", {"Content-Encoding": "gzip"}), 6, "the response is compressed, which was not requested"),
]


@pytest.mark.parametrize("answer, status, text", STATUSES, ids=[row[2][-14:] for row in STATUSES])
def test_status_of_a_file(fv, bad, answer, status, text):
    bad.publish({"f1": [answer]})
    url = f"{bad.url}/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1"
    done = fv("get", url, portal=bad).expect(status)
    assert done.err == f"fluxvision: {url}: {text}\n"


def test_a_page_instead_of_the_listing(fv, bad):
    bad.route("*", html_login_page())
    assert fv("list", "HAUC", portal=bad).expect(8).err == (
        "fluxvision: HTML page from localhost: the listing is not a JSON array of objects: a log-in page or a proxy may stand before the "
        "portal; check the endpoint\n")


def test_status_of_the_listing_with_v(fv, asked):
    said = fv("list", "-v", "HAUC", portal=asked).expect().err
    assert re.search(r"^connected to localhost at (127\.0\.0\.1|[0:]+1), port \d", said, re.M), said
    for word in ("TLS 1.", "certificate 'localhost', issued by ", " days left", "listing: HTTP 200\n"):
        assert word in said, (word, said)


def test_a_name_that_two_files_have(fv, bad):
    """The scope and the file are right, and nobody can know which is meant."""
    bad.publish_entries([entry("f"), entry("f", url="http://{host}/api_file/v1/x")])
    done = fv("get", "HAUC/HAUC-3/HAUC-3-2/f", portal=bad).expect(2)
    assert done.err == ("fluxvision: HAUC/HAUC-3/HAUC-3-2/f: several files have this name; give the URL, or the local name that list --json "
                        "shows\n")


def test_a_file_that_is_not_listed(fv, asked):
    done = fv("get", "HAUC/HAUC-3/HAUC-3-2/F1", portal=asked).expect(6)
    assert done.err == ("fluxvision: HAUC/HAUC-3/HAUC-3-2/F1: the delivery lists no such file; names are case-sensitive, and 'list' shows "
                        "them\n")


def test_max_delete_in_numbers(fv, bad, out):
    bad.publish({name: b"data" for name in "abcd"})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"a": b"data"})
    done = fv("sync", "--prune", "--max-delete", "2", "HAUC", out, portal=bad).expect(1)
    assert done.err == ("fluxvision: HAUC: --prune would remove more than --max-delete allows, so none was removed: 3 would go, 2 may; "
                        "look at what would go with --dry-run, then raise --max-delete\n")


@pytest.mark.skipif(not can_mount(), reason="mount namespaces need root")
@pytest.mark.parametrize("options, kept", [([], ""), (["--min-free", "1M"], ", of which --min-free keeps 1.0 MiB")])
def test_no_space_in_numbers(fv, bad, out, options, kept):
    bad.publish({"f1": bytes(9_000_000)})
    out.mkdir()
    done = fv.mounted(out, 'mount -t tmpfs -o size=4M none "$1"', "sync", *options, "HAUC", out, portal=bad).expect(7)
    first = done.err.splitlines()[0]
    head = "fluxvision: HAUC/HAUC-3/HAUC-3-2/f1: there is not enough free space: it needs 8.5 MiB, and "
    assert first.startswith(head) and first.endswith(
        f" are free{kept}; free some space, or choose another directory"), done
    assert first[len(head):len(head) + 4] in ("3.8 ", "3.9 ", "4.0 "), first


def test_help_lists_commands_and_options_of_all():
    """What 'Try' leads to."""
    program = os.environ.get("FLUXVISION") or os.path.join(os.path.dirname(__file__), "../../build/fluxvision")
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=True).stdout
    for word in ("fluxvision list ", "fluxvision get ", "fluxvision sync ", "fluxvision verify ", "--config FILE", "--json", "-v, --verbose", "-h, --help"):
        assert word in said, word
    assert max(map(len, said.splitlines())) <= 100
