"""The rows of the table: what is done, by whom, and what we want to reach."""

import dataclasses
import os
import pathlib
import subprocess

from measure import Job
from place import FILE_BYTES

DELAY_MS = 50
SYSTEM_CA = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
OURS = "fluxvision"
SAME = "curl+mbedTLS"


@dataclasses.dataclass
class Sizes:
    """How much each row does."""
    rounds: int
    far: int          # files, far away
    near: int         # files, on loopback
    bulk: int         # bytes
    listing: int      # entries
    scale: tuple      # files


FULL = Sizes(5, 500, 10000, 1 << 30, 1000000, (1000, 10000, 100000))
QUICK = Sizes(2, 50, 500, 100 << 20, 20000, (100, 1000))


@dataclasses.dataclass
class Target:
    """Wanted: `what` of `who` at most `limit`, as a function of all results by name; None where it cannot be told."""
    text: str
    what: str
    limit: object
    who: str = OURS


@dataclasses.dataclass
class Row:
    """One row. `sort` is what its table and chart show first."""
    key: str
    title: str
    sort: str
    jobs: list
    targets: list
    prefix: tuple = ()
    note: str = ""


def human(size):
    """1 GiB, 100 MiB."""
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"


class Rows:
    """Makes the rows. `programs` is ours by name (the first is the one that is judged), `sizes` a Sizes."""

    def __init__(self, place, peers, programs, sizes):
        self.place, self.peers, self.programs, self.sizes = place, peers, programs, sizes
        self.out = place.work / "out"
        self.helps = {name: subprocess.run([str(path), "sync", "-h"], stdout=subprocess.PIPE, text=True, check=True).stdout
                      for name, path in programs.items()}

    def _env(self, portal, more=None):
        env = dict(portal.nginx.env, FLUXVISION_ENDPOINT=portal.url, HOME=str(self.place.work),
                   XDG_CONFIG_HOME=str(self.place.work))
        env.update(more or {})
        return env

    def _ours(self, portal, *arguments, more=None, **how):
        return [Job(name, [path, *arguments], self._env(portal, more), **how) for name, path in self.programs.items()]

    def _whole(self, count):
        """Whether so many small files lie in the output."""
        def look():
            found = size = 0
            for place, folders, names in os.walk(self.out):
                if ".fluxvision" in folders:
                    folders.remove(".fluxvision")
                found += len(names)
                size += sum(os.stat(os.path.join(place, name)).st_size for name in names)
            whole = (found, size) == (count, count * FILE_BYTES)
            return None if whole else f"{found} files of {count}, {size} bytes"
        return look

    def _many(self, portal, count):
        """All ways to fetch `count` small files."""
        org, urls = portal.organisation(count)
        how = {"before": self.place.output, "fetched": self._whole(count)}
        jobs = self._ours(portal, "sync", "-q", org, self.out, **how)
        first, path = next(iter(self.programs.items()))
        for option, values in (("--pipeline", (1,)), ("--jobs", (4, 16))):
            if option in self.helps[first]:
                jobs += [Job(f"{first} {option} {value}", [path, "sync", "-q", option, str(value), org, self.out],
                             self._env(portal), **how) for value in values]
        return jobs + [Job(name, command, **how) for name, command in self.peers.many(portal, urls, self.out).items()]

    def far(self, portal):
        """Small files, a long way off."""
        count = self.sizes.far
        limit = 0.3 + 0.7 * count / FULL.far  # six round trips are spent however few the files
        return Row("far", f"{count} files of 4 KiB at {DELAY_MS} ms round-trip time", "wall", self._many(portal, count),
                   [Target(f"{limit:.3g} s on one connection", "wall", lambda _: limit)], portal.prefix)

    def near(self, portal):
        """Small files, loopback to RAM disk."""
        count = self.sizes.near
        share = count / FULL.near
        return Row("near", f"{count:,} files of 4 KiB, loopback, to RAM disk", "wall", self._many(portal, count),
                   [Target(f"{2 * share:.3g} s", "wall", lambda _: 2 * share),
                    Target(f"{share:.3g} CPU s", "cpu", lambda _: share)])

    def bulk(self, portal):
        """A large file, to nowhere."""
        url = portal.large(self.sizes.bulk)
        shell = ["sh", "-c", 'exec "$0" "$@" >/dev/null']
        jobs = [Job(job.name, [*shell, *job.command], job.env) for job in self._ours(portal, "get", "-q", "-o", "-", url)]
        jobs += [Job(name, command) for name, command in self.peers.one(portal, url).items()]
        targets = []
        for name in self.programs:
            if "ipsec-mb" in name:
                targets.append(Target("no more CPU than curl (OpenSSL)", "cpu", of("curl", "cpu"), name))
            else:
                targets.append(Target("0.55 of the CPU of curl + mbedTLS -O2", "cpu", of(SAME, "cpu", 0.55), name))
        return Row("bulk", f"{human(self.sizes.bulk)} to /dev/null", "cpu", jobs, targets)

    def stored(self, portal):
        """The large file, to a file."""
        url = portal.url + "/api_file/v1/BULK/BULK-1/BULK-1-1/bulk"
        how = {"before": self.place.output, "fetched": self._size}
        jobs = self._ours(portal, "get", "-q", "-o", self.out / "bulk", url, **how)
        jobs += [Job(name, [*self.peers.curl(name, portal, url), "-o", self.out / "bulk"], **how)
                 for name in self.peers.curls]
        return Row("stored", f"{human(self.sizes.bulk)} to a file on the RAM disk", "cpu", jobs, [],
                   note="Ours hashes (SHA-256), syncs and renames; curl does not.")

    def _size(self):
        size = (self.out / "bulk").stat().st_size
        return None if size == self.sizes.bulk else f"{size} bytes"

    def listing(self, portal):
        """A long listing."""
        count = self.sizes.listing
        org, url = portal.big_listing(count)
        first = next(iter(self.programs))
        alone = f"{first} get, transfer alone"
        jobs = self._ours(portal, "list", "--json", org)
        jobs += [Job(f"{job.name} get, transfer alone", job.command, job.env)
                 for job in self._ours(portal, "get", "-q", "-o", "-", url)]
        jobs += [Job(f"{name}, transfer alone", self.peers.curl(name, portal, url)) for name in self.peers.curls]
        jobs.append(Job("curl | jq", self.peers.piped(portal, url, ["jq", "-c", ".[]"])))
        extra = 0.4 * count / FULL.listing
        return Row("listing", f"list of {count:,} entries", "cpu", jobs,
                   [Target(f"the transfer and {extra:.2g} CPU s", "cpu",
                           lambda results: add(of(alone, "cpu")(results), extra), first),
                    Target("2 MiB", "peak", lambda _: 2048, first)],
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
                   [Target("768 KiB, static", "peak", lambda _: 768)])

    def scale(self, portal, count):
        """Ours alone, as the work grows."""
        org, _ = portal.organisation(count)
        jobs = self._ours(portal, "sync", "-q", org, self.out, before=self.place.output, fetched=self._whole(count))
        return Row(f"scale{count}", f"{count:,} files of 4 KiB", "wall", jobs, [])


def of(name, what, share=1.0):
    """A limit: that share of what another program used."""
    def limit(results):
        value = results[name].median(what) if name in results else None
        return None if value is None else share * value
    return limit


def add(value, extra):
    """value + extra, None being unknown."""
    return None if value is None else value + extra
