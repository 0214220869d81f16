# SPDX-License-Identifier: MIT
"""The rows of the table: what is done, by whom, and what we want to reach."""

import dataclasses
import functools
import math
import os
import pathlib
import subprocess

from measure import Job
from place import FILE_BYTES

DELAY_MS = 50
SYSTEM_CA = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
OURS = "fluxvision"
STATIC = "fluxvision-static"
SAME = "curl+mbedTLS"
BATCH_BYTES, BATCH_FILES, BATCH_S = 16 << 20, 64, 2  # a flush may serve that much


@dataclasses.dataclass
class Sizes:
    """How much each row does."""
    rounds: int
    far: int          # files, far away
    near: int         # files, on loopback
    bulk: int         # bytes
    listing: int      # entries
    demo: tuple       # small files, bytes of the large one
    scale: tuple      # files


FULL = Sizes(5, 500, 10000, 1 << 30, 1000000, (300, 100000000), (1000, 10000, 100000))
QUICK = Sizes(2, 50, 500, 100 << 20, 20000, (30, 10000000), (100, 1000))


@dataclasses.dataclass
class Target:
    """Wanted: `what` of `who` at most `limit`, as a function of all results by name; None where it cannot be told."""
    text: str
    what: str
    limit: object
    who: str = OURS


@dataclasses.dataclass
class Row:
    """One row. `sort` is what its table and chart show first. `columns`: what its table has besides times and
    memory."""
    key: str
    title: str
    sort: str
    jobs: list
    targets: list
    prefix: tuple = ()
    note: str = ""
    columns: tuple = ()


def human(size):
    """1 GiB, 100 MiB."""
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


class Rows:
    """Makes the rows. `programs` is ours by name (the first is the one that is judged), `sizes` a Sizes."""

    def __init__(self, place, peers, programs, sizes):
        self.place, self.peers, self.programs, self.sizes = place, peers, programs, sizes
        self.helps = {name: subprocess.run([str(path), "sync", "-h"], stdout=subprocess.PIPE, text=True,
                                           check=True).stdout
                      for name, path in programs.items()}
        self.static = STATIC if STATIC in programs else next(iter(programs))

    def _env(self, portal, more=None):
        env = dict(portal.nginx.env, FLUXVISION_ENDPOINT=portal.url, HOME=str(self.place.work),
                   XDG_CONFIG_HOME=str(self.place.work))
        env.update(more or {})
        return env

    def _ours(self, portal, *arguments, more=None, **how):
        return [Job(name, [path, *arguments], self._env(portal, more), **how) for name, path in self.programs.items()]

    def _how(self, count, size, on_disk=False):
        """What is before and after a run that leaves `count` files, `size` bytes, in the output."""
        def look():
            found = there = 0
            for place, folders, names in os.walk(self.place.out(on_disk)):
                if ".fluxvision" in folders:
                    folders.remove(".fluxvision")
                found += len(names)
                there += sum(os.stat(os.path.join(place, name)).st_size for name in names)
            return None if (found, there) == (count, size) else f"{found} files of {count}, {there} bytes of {size}"
        return {"before": functools.partial(self.place.output, on_disk), "fetched": look,
                "disk": self.place.disk if on_disk else None}

    def _sync(self, portal, org, how, options=(("--jobs", 4), ("--jobs", 16)), on_disk=False):
        """Ours, and the judged one with other options."""
        out = self.place.out(on_disk)
        jobs = self._ours(portal, "sync", "-q", org, out, **how)
        first, path = next(iter(self.programs.items()))
        return jobs + [Job(f"{first} {option} {value}", [path, "sync", "-q", option, str(value), org, out],
                           self._env(portal), **how)
                       for option, value in options if option in self.helps[first]]

    def _others(self, portal, commands, how, on_disk=False):
        """The peers. On a disk each has done its work when that file system is synced."""
        if on_disk:
            commands = {name: ["sh", "-c", '"$@" && sync -f "$0"', self.place.out(True), *command]
                        for name, command in commands.items()}
        return [Job(name, command, self._env(portal), **how) for name, command in commands.items()]

    def _many(self, portal, count, on_disk=False):
        """All ways to fetch `count` small files."""
        org, urls = portal.organisation(count)
        how = self._how(count, count * FILE_BYTES, on_disk)
        options = (("--jobs", 4), ("--jobs", 16)) if on_disk else (("--pipeline", 1), ("--jobs", 4), ("--jobs", 16))
        return (self._sync(portal, org, how, options, on_disk) +
                self._others(portal, self.peers.many(portal, urls, self.place.out(on_disk)), how, on_disk))

    def _no_slower(self):
        """Connections of --jobs cost no time."""
        return [Target("no slower than one connection", "wall", of(OURS, "wall"), f"{OURS} --jobs {jobs}")
                for jobs in (4, 16)]

    def far(self, portal):
        """Small files, a long way off."""
        count = self.sizes.far
        limit = 0.3 + 0.3 * count / FULL.far  # six round trips are spent however few the files
        return Row("far", f"{count} files of 4 KiB at {DELAY_MS} ms round-trip time", "wall", self._many(portal, count),
                   [Target(f"{limit:.3g} s on one connection", "wall", lambda _: limit), *self._no_slower()],
                   portal.prefix)

    def redirect(self, portal):
        """The same, each file at another origin than the listing says."""
        count = self.sizes.far
        org, urls = portal.organisation(count, "R")
        how = self._how(count, count * FILE_BYTES)
        jobs = self._sync(portal, org, how) + self._others(portal,
                                                           self.peers.redirected(portal, urls, self.place.out()), how)
        return Row("redirect", f"{count} files of 4 KiB behind redirects to a second origin at {DELAY_MS} ms", "wall",
                   jobs,
                   [Target("half of the best peer", "wall", of_best("wall", 0.5))], portal.prefix,
                   note="The first origin asks for the password, the second refuses whoever shows it. lftp and rclone "
                        "cannot tell them apart.")

    def near(self, portal):
        """Small files, loopback to RAM disk."""
        count = self.sizes.near
        return Row("near", f"{count:,} files of 4 KiB, loopback, to RAM disk", "wall", self._many(portal, count),
                   [Target("0.95 of the best peer", "wall", of_best("wall", 0.95)),
                    Target("0.9 of the best peer", "cpu", of_best("cpu", 0.9))])

    def disk(self, portal):
        """The same to a real disk."""
        count = self.sizes.near
        return Row("disk", f"{count:,} files of 4 KiB, loopback, to a real disk", "wall",
                   self._many(portal, count, on_disk=True),
                   [Target("0.8 of the best peer and sync", "wall", of_best("wall", 0.8))],
                   note=f"{self.place.disk.about} The time of the other programs ends with `sync -f` of that file "
                        f"system.",
                   columns=("flushes", "calls"))

    def demo(self, _):
        """The deliveries of the demo, to a real disk and to the RAM disk."""
        portal, org, urls, size = self.place.demo(*self.sizes.demo)
        on_ram, on_disk = self._how(len(urls), size), self._how(len(urls), size, on_disk=True)
        jobs = self._sync(portal, org, on_disk, (), on_disk=True)
        ram = [dataclasses.replace(job, name=f"{job.name}, to RAM disk") for job in self._sync(portal, org, on_ram, ())]
        curls = self.peers.many_by_curl(portal, urls, self.place.out(on_disk=True))

        def batches(results):
            wall = of(OURS, "wall")(results)
            filled = math.ceil(size / BATCH_BYTES) + math.ceil(len(urls) / BATCH_FILES)
            return wall and filled + math.ceil(wall / BATCH_S)
        return Row("demo", f"{len(urls)} files of the demo ({size / 1e6:.0f} MB) to a real disk", "wall",
                   jobs + ram + self._others(portal, curls, on_disk, on_disk=True),
                   [Target("a flush per 16 MiB, 64 files or 2 s", "flushes", batches),
                    Target("1.15 of the RAM disk's", "wall", of(f"{OURS}, to RAM disk", "wall", 1.15))],
                   note=f"{self.place.disk.about} The time of the other programs ends with `sync -f` of that file "
                        f"system.",
                   columns=("flushes", "calls"))

    def bulk(self, portal):
        """A large file, to nowhere."""
        url = portal.large(self.sizes.bulk)
        jobs = self._ours(portal, "get", "-q", "-o", "-", url)
        jobs += [Job(name, command) for name, command in self.peers.one(portal, url).items()]
        return Row("bulk", f"{human(self.sizes.bulk)} to /dev/null", "cpu", jobs,
                   [Target("0.95 of curl with OpenSSL", "cpu", of("curl", "cpu", 0.95), who)
                    for who in dict.fromkeys((OURS, self.static))])

    def stored(self, portal):
        """Large files, hashed."""
        size = self.sizes.bulk
        org, urls = portal.large_files(size)
        how = self._how(len(urls), size)
        jobs = self._sync(portal, org, how, ()) + self._others(portal,
                                                               self.peers.hashed(portal, urls, self.place.out()), how)
        return Row("stored", f"{human(size)} in {len(urls)} files, stored and hashed, to RAM disk", "cpu", jobs,
                   [Target("0.8 of curl with OpenSSL and openssl dgst", "cpu",
                           of("curl and openssl dgst", "cpu", 0.8))],
                   note="Ours: sync, which hashes (SHA-256). The others: fetched, then `openssl dgst -sha256`.")

    def listing(self, portal):
        """A long listing."""
        count = self.sizes.listing
        org, url = portal.big_listing(count)
        jobs = self._ours(portal, "list", "--json", org)
        jobs += [Job(f"{job.name} get, transfer alone", job.command, job.env)
                 for job in self._ours(portal, "get", "-q", "-o", "-", url)]
        jobs += [Job(f"{name}, transfer alone", self.peers.curl(name, portal, url)) for name in self.peers.curls]
        jobs.append(Job("curl and jq", self.peers.piped(portal, url, ["jq", "-c", ".[]"])))
        share = count / FULL.listing
        return Row("listing", f"list --json of {count:,} entries", "cpu", jobs,
                   [Target("0.2 of curl and jq", "cpu", of("curl and jq", "cpu", 0.2)),
                    Target("2 MiB", "peak", lambda _: 2048),
                    Target(f"{0.3 * share:.2g} s system", "system", lambda _: 0.3 * share)],
                   note=f"The listing is {os.stat(portal.tree.bulk / f'listing{count}').st_size / 1e6:.0f} MB.")

    def memory(self, portal):
        """One small file, with the trust that a system has."""
        _, urls = portal.organisation(1)
        bundle = self.place.work / "bundle.pem"
        system = SYSTEM_CA.read_bytes() if SYSTEM_CA.exists() else b""
        bundle.write_bytes(system + portal.nginx.ca.read_bytes())
        jobs = self._ours(portal, "get", "-q", "-o", "-", urls[0], more={"FLUXVISION_CACERT": str(bundle)})
        for name, command in self.peers.one(portal, urls[0]).items():
            jobs.append(Job(name, [str(word).replace(str(portal.nginx.ca), str(bundle)) for word in command]))
        return Row("memory", f"resident memory, one file, {system.count(b'BEGIN CERT')} + 1 trusted CAs", "peak", jobs,
                   [Target("768 KiB, static", "peak", lambda _: 768, self.static)])

    def scale(self, portal, count):
        """Ours alone, as the work grows."""
        org, _ = portal.organisation(count)
        jobs = self._sync(portal, org, self._how(count, count * FILE_BYTES), ())
        return Row(f"scale{count}", f"{count:,} files of 4 KiB", "wall", jobs, [])


def of(name, what, share=1.0):
    """A limit: that share of what another program used."""
    def limit(results):
        value = results[name].median(what) if name in results else None
        return None if value is None else share * value
    return limit


def of_best(what, share):
    """A limit: that share of what the best of the other programs used."""
    def limit(results):
        values = [one.median(what) for name, one in results.items() if not name.startswith(OURS) and one.runs]
        return share * min(values) if values else None
    return limit
