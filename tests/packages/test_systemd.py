# SPDX-License-Identifier: MIT
"""boards/systemd: the units read by systemd's own tools, and run by a systemd that is process 1 of namespaces."""

import os
import pathlib
import platform
import re
import shutil

import pytest

import make_tree
import systemd_machine
from certs import Certs, cache_dir
from confined import landlock
from conftest import ROOT, run, tell
from harness import assert_tree, partial_bytes, wait_until
from nginx import Nginx
from server import PASSWORD, USER

UNITS = ROOT / "boards/systemd"
SERVICE, HOOK, TIMER = "fluxvision@.service", "fluxvision-failed@.service", "fluxvision@.timer"
EXPOSURE = 15   # tenths
PROGRAMS = (ROOT / "build/fluxvision", ROOT / f"build/linux-{platform.machine()}/fluxvision")
FOLDER = "/var/lib/fluxvision/HAUC"
NOBODY = (*range(61184, 65520), 65534)   # dynamic users; nobody where systemd maps the user when it mounts the folder


def settings(unit):
    """{name: [value...]} of a unit's file."""
    found = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", (UNITS / unit).read_text(encoding="utf-8"), flags=re.M):
        found.setdefault(name, []).append(value)
    return found


def readme(word):
    """The lines of the README's block that has `word`."""
    text = (UNITS / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"(?:^    .*\n)+", text, flags=re.M) if word in block]
    assert len(blocks) == 1, word
    return [line.removeprefix("    ") for line in blocks[0].splitlines()]


def stage_units(stage):
    """Install the units and a program, as a package does."""
    run("make", "install-systemd", f"DESTDIR={stage}", "PREFIX=/usr")
    (stage / "usr/bin").mkdir()
    shutil.copy2(PROGRAMS[0], stage / "usr/bin/fluxvision")


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """A folder with the units."""
    stage = tmp_path_factory.mktemp("units")
    stage_units(stage)
    return stage


# --- What the files say


def test_systemd_reads_each_unit_without_a_word(staged):
    (staged / "etc/fluxvision").mkdir(parents=True)
    shutil.copy("/bin/true", staged / "etc/fluxvision/failed")
    names = [one.replace("@", "@HAUC") for one in (SERVICE, HOOK, TIMER)]
    said = run("systemd-analyze", f"--root={staged}", "--man=no", "--recursive-errors=no", "verify", *names)
    assert said == ""
    tell("systemd", "linted", f"systemd-analyze verify: {', '.join(names)}: no word")


@pytest.mark.parametrize("unit", [SERVICE, HOOK])
def test_the_exposure_is_low(unit):
    said = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", UNITS / unit)
    version = run("systemd-analyze", "--version").split()[1]
    tell("systemd", "linted", f"exposure of {unit} by systemd {version}: {said.split()[-3]}, at most {EXPOSURE / 10}")


def test_an_instance_has_its_own_paths_and_the_program_takes_them(tmp_path):
    """The command line of the unit, in another place: it is understood, and its credential is read."""
    unit = settings(SERVICE)
    command = unit["ExecStart"][0]
    assert unit["StateDirectory"] == ["fluxvision/%i"] and command.endswith(" -- %i /var/lib/fluxvision/%i")
    assert unit["OnFailure"] == [HOOK.replace("@", "@%i")]
    name, _, source = unit["LoadCredential"][0].partition(":")
    assert source == "/etc/fluxvision/%i.password"
    for place in ("etc", "var/lib"):
        (tmp_path / place / "fluxvision").mkdir(parents=True)
    (tmp_path / "etc/fluxvision/HAUC.conf").write_text("endpoint = https://localhost:1\nuser = me\nretries = 0\n")
    (tmp_path / name).write_text(PASSWORD, encoding="utf-8")
    words = [re.sub("^/(etc|var)/", f"{tmp_path}/\\1/", word.replace("%i", "HAUC")) for word in command.split()]
    env = {"CREDENTIALS_DIRECTORY": str(tmp_path), "HOME": str(tmp_path)}
    said = run(PROGRAMS[0], *words[1:], status=3, **env)
    assert said.startswith("fluxvision: localhost: ") and len(said.splitlines()) == 1, said
    (tmp_path / name).unlink()
    assert "there is no password" in run(PROGRAMS[0], *words[1:], status=2, **env)


def test_the_timer_is_for_many_machines_and_for_those_that_were_off():
    timer = settings(TIMER)
    assert timer["Persistent"] == ["yes"] and timer["RandomizedDelaySec"] == ["1h"]
    assert "Unit" not in timer   # the service of its own name
    run("systemd-analyze", "calendar", *timer["OnCalendar"])


def test_installed_to_other_places(tmp_path):
    run("make", "install-systemd", f"DESTDIR={tmp_path}/a b", "PREFIX=/opt/x", "SYSTEMDUNITDIR=/usr/lib/systemd/system")
    files = {str(p.relative_to(tmp_path / "a b")): p for p in tmp_path.rglob("*") if not p.is_dir()}
    assert sorted(files) == ["opt/x/share/doc/fluxvision/README.systemd",
                             *sorted(f"usr/lib/systemd/system/{one}" for one in (SERVICE, HOOK, TIMER))]
    assert {p.stat().st_mode & 0o777 for p in files.values()} == {0o644}   # and nothing is enabled: no links
    assert "\nExecStart=/opt/x/bin/fluxvision sync " in files[f"usr/lib/systemd/system/{SERVICE}"].read_text()
    assert "\nExecStart=/etc/fluxvision/failed " in files[f"usr/lib/systemd/system/{HOOK}"].read_text()
    run("make", "uninstall-systemd", f"DESTDIR={tmp_path}/a b", "PREFIX=/opt/x", "SYSTEMDUNITDIR=/usr/lib/systemd/system")
    assert not [p for p in tmp_path.rglob("*") if not p.is_dir()]
    assert "not an absolute path" in run("make", "install-systemd", "SYSTEMDUNITDIR=x", status=2)
    for prefix in ("/opt/a&b", "/opt/a b", "/opt/a|b", "/opt/a%b"):   # what sed and systemd give a meaning to
        said = run("make", "install-systemd", f"DESTDIR={tmp_path}/c", f"PREFIX={prefix}", status=2)
        assert f"cannot name a program in BINDIR={prefix}/bin" in said and not (tmp_path / "c").exists()


# --- Run for real


@pytest.fixture(scope="module")
def site():
    """nginx with a few small files and one of 3 MB."""
    tree = make_tree.build(cache_dir() / "tree-systemd", small_count=10, big_bytes=3_000_000)
    with Nginx(tree, certs=Certs()) as server:
        yield server


@pytest.fixture(params=systemd_machine.SUITES)
def machine(request, site, tmp_path):
    """A machine that systemd runs, with units, program, settings and password of HAUC."""
    why = systemd_machine.why_not()
    if why:
        tell("systemd", "not here", f"run: {why}")
        pytest.skip(why)
    site.clear_log()
    usr, version = systemd_machine.usr_of(request.param)
    stage = tmp_path / "stage"
    stage_units(stage)
    etc = stage / "etc/fluxvision"
    etc.mkdir(parents=True)
    (etc / "HAUC.conf").write_text(f"user = {USER}\nendpoint = {site.url}\ncacert = /etc/fluxvision/ca.pem\n")
    shutil.copy(site.ca, etc / "ca.pem")
    set_password(stage, PASSWORD)
    with systemd_machine.Machine(usr, stage) as booted:
        booted.version = version
        yield booted


def set_password(stage, password):
    path = stage / "etc/fluxvision/HAUC.password"
    path.touch(0o600)
    path.write_text(password + "\n", encoding="utf-8")


def drop_in(machine, unit, text):
    folder = machine.stage / f"etc/systemd/system/{unit}.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.conf").write_text(text, encoding="utf-8")
    machine.run("systemctl", "daemon-reload")


def sync(machine, status=0):
    """One run by `systemctl start`."""
    return machine.run("systemctl", "start", "fluxvision@HAUC", status=status)


def fetched(machine):
    """Where the service's files are, as this machine sees them."""
    return machine.stage / "var/lib/private/fluxvision/HAUC"


def told(machine, words):
    tell("systemd", "run", f"systemd {machine.version} as process 1: {words}")


@pytest.mark.long
def test_the_lines_of_the_readme_lead_to_a_running_timer(machine, site):
    """The first run fetches all, the second one only the listing."""
    conf, password = (machine.stage / f"etc/fluxvision/HAUC.{name}" for name in ("conf", "password"))
    rest = conf.read_text().partition("\n")[2]
    conf.unlink()
    password.unlink()
    lines = readme("make install install-systemd PREFIX=/usr")[1:]
    for line in lines:
        if "systemd-ask-password" in line:   # there is no terminal
            line = line.replace("systemd-ask-password", f"echo '{PASSWORD}'")
        if "journalctl" in line:
            assert f"{len(site.expected)} fetched" in machine.shell(line)
            continue
        assert "enable" not in line or machine.run("systemctl", "is-enabled", "fluxvision@HAUC.timer", status=1) \
            == "disabled\n"
        out = machine.shell(f"umask 077\n{line}")
        if line.startswith("echo"):
            conf.write_text(conf.read_text().replace("= me", f"= {USER}") + rest)
    assert "fluxvision@HAUC.timer" in out, "what list-timers shows"
    assert password.stat().st_mode & 0o777 == 0o600
    assert_tree(fetched(machine), site.expected)
    assert fetched(machine).stat().st_uid in NOBODY
    assert machine.show("fluxvision@HAUC.timer", "ActiveState") == "active"
    told(machine, f"the README's lines, first run of {len(site.expected)} files")
    site.clear_log()
    sync(machine)
    assert [one["uri"] for one in site.log(1)] == ["/api_file/v1/HAUC/"]
    told(machine, "second run, one request: the listing")


@pytest.mark.long
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.parent.name)
def test_the_program_confines_itself_below_the_filters_of_the_unit(machine, site, program):
    shutil.copy2(program, machine.stage / "usr/bin/program")
    os.replace(machine.stage / "usr/bin/program", machine.stage / "usr/bin/fluxvision")
    drop_in(machine, SERVICE, "[Service]\nEnvironment=FLUXVISION_VERBOSE=1 'FLUXVISION_EXEC_END=wc -l'\n")
    sync(machine)
    words = f"confined: new privileges ruled out, files by Landlock (ABI {landlock()}), system calls by seccomp\n"
    assert words in machine.log("fluxvision@HAUC")
    assert f"\n{len(site.expected)}\n" in machine.log("fluxvision@HAUC"), "what the command of --exec-end counted"
    assert_tree(fetched(machine), site.expected)
    told(machine, f"{program.relative_to(ROOT)}: Landlock and seccomp in force")


@pytest.mark.long
def test_a_run_that_fails_starts_the_hook_with_the_exit_status(machine):
    """The program of the README."""
    conf, password = (machine.stage / f"etc/fluxvision/HAUC.{name}" for name in ("conf", "password"))
    hook = "fluxvision-failed@HAUC"
    set_password(machine.stage, "w0rd")
    sync(machine, status=1)
    assert "unmet condition" in machine.log(hook) and machine.run("systemctl", "is-failed", hook, status=1) == "inactive\n"
    machine.shell("\n".join(readme("MONITOR_EXIT_STATUS")))
    wanted = []

    def fails(status, words):
        sync(machine, status=1)
        wanted.append(f"HAUC: exit-code {status}")
        wait_until(lambda: machine.log(hook).count(f"Finished {hook}") == len(wanted))
        said = machine.log(hook).splitlines()
        assert [line for line in said if line.startswith("HAUC: ")] == wanted
        assert words in "\n".join(said).rpartition(wanted[-1])[2], said

    fails(5, "the user name or the password is not accepted (HTTP 401)")
    assert "w0rd" not in machine.log()
    password.unlink()
    fails(243, "")
    set_password(machine.stage, PASSWORD)
    conf.rename(conf.with_suffix(".old"))
    fails(2, "/etc/fluxvision/HAUC.conf: ")
    conf.with_suffix(".old").rename(conf)
    sync(machine)
    assert machine.log(hook).count("Finished ") == 3
    told(machine, "wrong password, no password, no settings: the hook got 5, 243, 2, and the journal; then a success")


@pytest.mark.long
def test_a_stop_during_a_download_is_no_failure_and_the_next_run_resumes(machine, site):
    site.restart(limit_rate=400_000)
    try:
        machine.run("systemctl", "start", "--no-block", "fluxvision@HAUC")
        wait_until(lambda: partial_bytes(fetched(machine)) > 300_000)
        machine.run("systemctl", "stop", "fluxvision@HAUC")
    finally:
        site.restart(limit_rate=0)
    said = machine.log("fluxvision@HAUC")
    assert "interrupted by SIGTERM: " in said
    assert "Triggering OnFailure" not in machine.log() and "Deactivated successfully" in said
    assert machine.run("systemctl", "is-failed", "fluxvision@HAUC", status=None) == "inactive\n"
    site.clear_log()
    sync(machine)
    assert "\nresumed " in machine.log("fluxvision@HAUC")
    assert [one["status"] for one in site.log() if one["range"]] == [206]
    assert_tree(fetched(machine), site.expected)
    told(machine, "stop during a download: SIGTERM, status 143 is no failure; the next run resumed the file by one 206")


@pytest.mark.long
def test_debians_package_stops_all_when_it_is_removed(machine, site):
    """Also what was started and is not enabled."""
    units = ("fluxvision@HAUC.timer", "fluxvision@HAUC.service")
    shutil.copy(ROOT / "boards/debian/fluxvision.prerm", machine.stage / "etc/prerm")
    site.restart(limit_rate=400_000)
    try:
        machine.run("systemctl", "start", units[0])
        machine.run("systemctl", "start", "--no-block", units[1])
        wait_until(lambda: partial_bytes(fetched(machine)) > 300_000)
        machine.run("sh", "/etc/prerm", "upgrade")
        assert machine.run("systemctl", "is-active", *units, status=None).split() == ["active", "activating"]
        machine.run("sh", "/etc/prerm", "remove")
        assert machine.run("systemctl", "is-active", *units, status=None).split() == ["inactive", "inactive"]
        machine.run("sh", "/etc/prerm", "remove")
    finally:
        site.restart(limit_rate=0)
    assert "Triggering OnFailure" not in machine.log()
    told(machine, "the removal of Debian's package stops a run and a timer that is not enabled; an upgrade does not")


@pytest.mark.long
def test_the_timer_fires_by_itself_for_what_was_missed(machine, site):
    """As after a boot: it fired last two days ago."""
    stamp = machine.stage / "var/lib/systemd/timers/stamp-fluxvision@HAUC.timer"
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    os.utime(stamp, (stamp.stat().st_mtime - 2 * 86400,) * 2)
    drop_in(machine, TIMER, "[Timer]\nRandomizedDelaySec=0\n")
    machine.run("systemctl", "start", "fluxvision@HAUC.timer")
    wait_until(lambda: machine.show("fluxvision@HAUC", "ExecMainExitTimestamp") != "")
    assert machine.show("fluxvision@HAUC", "TriggeredBy") == "fluxvision@HAUC.timer"
    assert_tree(fetched(machine), site.expected)
    told(machine, "the timer fired by itself after two days off")


@pytest.mark.long
def test_metrics_and_a_user_of_ones_own_by_the_lines_of_the_readme(machine, site):
    exporter = machine.stage / "var/lib/prometheus/node-exporter"
    exporter.mkdir(parents=True)
    machine.shell("\n".join(readme("chgrp prometheus")))
    sync(machine)
    file = exporter / "fluxvision-HAUC.prom"
    assert file.stat().st_mode & 0o777 == 0o644 and file.stat().st_uid in NOBODY
    machine.shell("\n".join(readme("User=loader")))
    set_password(machine.stage, "wrong")
    sync(machine, status=1)
    assert os.listdir(exporter) == [file.name] and file.stat().st_uid == 990
    assert f'fluxvision_last_run_exit_status{{dir="{FOLDER}"}} 5\n' in file.read_text()
    files = machine.stage / "var/lib/fluxvision/HAUC"
    assert not files.is_symlink()
    assert {path.stat().st_uid for path in (files, *files.rglob("*"))} == {990}
    assert_tree(files, site.expected)
    told(machine, "metrics for node_exporter after a success and a failure; the files given to a user of one's own")


@pytest.mark.long
def test_the_files_are_on_another_disk_by_the_words_of_the_readme(machine, site):
    mount = "/var/lib/private/fluxvision"
    assert f"`{mount}`" in (UNITS / "README.md").read_text(encoding="utf-8")
    machine.shell(f"mkdir -p -m 700 /var/lib/private && mkdir {mount} && mount -t tmpfs disk {mount}")
    sync(machine)
    assert machine.shell(f"stat -f -c %T {FOLDER}/") == "tmpfs\n"
    count = int(machine.shell(f"find {mount}/HAUC/HAUC -type f | wc -l"))
    assert count == len(site.expected)
    told(machine, f"{count} files on another disk, mounted at {mount}")


@pytest.mark.long
def test_exposure_and_paths_of_an_instance_as_each_systemd_sees_them(machine):
    shutil.copy("/bin/true", machine.stage / "etc/fluxvision/failed")
    for unit in (SERVICE, HOOK):
        said = machine.run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}",
                           f"/usr/lib/systemd/system/{unit}")
        tell("systemd", "linted", f"exposure of {unit} by systemd {machine.version}: {said.split()[-3]}, "
             f"at most {EXPOSURE / 10}")
        assert machine.run("systemd-analyze", "--man=no", "verify", unit.replace("@", "@HAUC")) == ""
    wanted = {"ExecStart": " --config /etc/fluxvision/A-1.conf -- A-1 /var/lib/fluxvision/A-1 ;",
              "StateDirectory": "fluxvision/A-1", "OnFailure": "fluxvision-failed@A-1.service"}
    for name, words in wanted.items():
        assert words in machine.show("fluxvision@A-1", name), name
