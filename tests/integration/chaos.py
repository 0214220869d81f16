# SPDX-License-Identifier: MIT
"""A portal and a storage node whose every answer may go wrong, and a judge of what the program made of it.

One seed decides the files, the options and the fate of the n-th request for each URL, so that a run can be repeated.
Only the order in which requests of several connections arrive is the machine's.
"""

import collections
import contextlib
import datetime
import random

import harness
from bad import (BadPortal, Close, Reset, Sleep, Trickle, basic, chunked, cut, entry, error, http_date, interim, ok,
                 ranged_file,
                 redirect)
from harness import files_below, own_files

FOLDER = "HAUC/HAUC-3/HAUC-3-2/"
PLACE = "/api_file/v1/" + FOLDER
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
FIRST_DATE = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)
KEPT = {"ledger", "ledger.index", "lock", "last.json"}      # of .fluxvision, when nothing is under way
SECRET = "s3cr3t-k3y"                            # in the query of every redirect's target
HOPS = 4                                       # redirects to itself that may end a file
MOVED = ("301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")
BUSY = ("429 Too Many Requests", "500 Oops", "502 Bad Gateway", "503 Busy", "504 Slow")

# What may happen to an answer: it ends the file, it may pass, or it is only odd.
FINAL, PASSING, ODD = "final", "passing", "odd"
FAULTS = {"404": FINAL, "late 404": FINAL, "403": FINAL, "busy": PASSING, "late busy": PASSING, "reset": PASSING,
          "cut": PASSING,
          "nothing": PASSING, "dead end": PASSING, "close": ODD, "itself": ODD, "drips": ODD, "late": ODD,
          "interim": ODD, "chunks": ODD}
BREAKS = {"reset", "cut", "nothing", "close"}


def dice(*what):
    """Random numbers that depend on these words alone."""
    return random.Random(repr(what))


class Plan:
    """What a seed has decided: options, files, and which faults there are."""

    def __init__(self, seed):
        rng = dice(seed, "plan")
        self.seed, self.pipeline, self.jobs, self.retries = (
            seed, rng.choice((1, 2, 2, 2, 3, 4, 8, rng.randint(1, 64))), rng.choice((1, 1, 1, 2, 3, 4)),
            rng.randint(0, 5))
        self.rate = rng.choice((0.3, 0.6, 0.8))    # of the answers of files that are in trouble, and of all others:
        self.rarely = rng.choice((0, 0, 0.05))
        self.kinds = {state: rng.sample([one for one in FAULTS if FAULTS[one] == state], rng.randint(1, 3))
                      for state in (PASSING, FINAL, ODD)}
        self.redirects = rng.choice((0, 0, 0.2, 1))
        self.inside = rng.choice((0, 0, 0.3))      # how many of the redirects stay at the portal
        self.tags, self.modified = rng.choice(("own", "same", "weak", None)), rng.choice(("listed", "old", "others",
                                                                                          None))
        size = rng.choice(("tiny", "equal", "mixed", "mixed", "large"))
        count = rng.randint(4, 7) if size == "large" else rng.randint(10, 60)
        step = rng.choice((0, 0, 0, 0.1))          # seconds from one file's date to the next one's
        self.names = [f"f{number}" for number in range(count)]
        self.sizes = {name: self._size(rng, size) for name in self.names}
        if size == "equal":
            self.sizes = dict.fromkeys(self.names, rng.choice((50, 3000, 40_000)))
        self.dates = {name: FIRST_DATE + datetime.timedelta(seconds=step * number)
                      for number, name in enumerate(self.names)}
        # have another content from the second request on
        self.restless = {name for name in self.names if rng.random() < 0.3}
        self.troubled = {name for name in self.names if rng.random() < 0.25}
        self.changed = {name for name in rng.sample(self.names, rng.choice((0, count // 3))) if self.sizes[name] > 15}

    options = property(lambda self: ("--pipeline", self.pipeline, "--jobs", self.jobs, "--retries", self.retries))

    @staticmethod
    def _size(rng, kind):
        if kind == "tiny":
            return rng.randrange(400)
        if kind == "large":
            return rng.choice((500_000, 1_500_000)) + rng.randrange(2)
        return int(600_000 ** rng.random())

    def date(self, name, version):
        """As the listing has it."""
        return self.dates[name] + datetime.timedelta(days=version)

    def content(self, name, version, later):
        """Bytes that no other file and no other version has."""
        return dice(self.seed, name, version, later).randbytes(self.sizes[name])


class World:
    """The portal and the storage node of a plan, and what was asked of them and went wrong in this run."""

    def __init__(self, plan, certs):
        self.plan, self.run, self.version, self.calm = plan, 0, dict.fromkeys(plan.names, 0), False
        self.content = {(name, version, later): plan.content(name, version, later) for name in plan.names
                        for version in (0, 1)[:1 + (name in plan.changed)]
                        for later in (False, True)[:1 + (name in plan.restless)]}
        self.asked, self.met, self.on, self.leaks = None, None, None, []
        self.all_met, self.all_asked = collections.Counter(), 0
        self.portal, self.storage = BadPortal(certs=certs), BadPortal(certs=certs)
        self.portal.route("*", lambda request: self._answer("portal", request))
        self.storage.route("*", lambda request: self._answer("storage", request))
        self.begin()

    def begin(self, calm=False, changes=False):
        """Another run: `calm` has no faults, `changes` gives some files another version first. What was sent ahead in
        the one before, and is read only now, counts there."""
        self.portal.wait_closed()
        self.storage.wait_closed()
        self.run, self.calm = self.run + 1, calm
        self.asked, self.met = collections.Counter(), collections.defaultdict(list)
        self.on = collections.defaultdict(list)
        for name in self.plan.changed if changes else ():
            self.version[name] = 1

    def times(self, name):
        """How often a file was asked for at the same place in this run."""
        return max((count for (asked, *_), count in self.asked.items() if asked == name), default=0)

    def stop(self):
        """Close both ports."""
        self.portal.stop()
        self.storage.stop()

    def _answer(self, origin, request):
        """What one request is answered with."""
        name = request.path.rpartition("/")[2] or "listing"
        with self.portal.lock:
            self.asked[name, origin, request.path] += 1
            self.all_asked += 1
            count = self.asked[name, origin, request.path]
            self.on[origin, request.conn].append(name)
        if request.authorization != (basic() if origin == "portal" else None):
            self.leaks.append(f"{origin}: Authorization {request.authorization} for {request.target}")
        right = self._right(origin, name, request, count)
        rng = dice(self.plan.seed, self.run, origin, request.path, count)
        if self.calm or rng.random() > (self.plan.rate if name in self.plan.troubled else self.plan.rarely):
            return right
        kind = rng.choice(self.plan.kinds[rng.choice((PASSING, PASSING, FINAL, ODD))])
        if name == "listing" and (FAULTS[kind] == FINAL or kind == "itself"):
            return right
        if kind == "403" and origin == "portal":
            kind = "late 404"   # 403 may be the run's there, not the file's
        if kind == "dead end" and b"\r\nLocation: https" not in right:
            kind = "cut"        # only what is kept elsewhere may be where nothing listens
        with self.portal.lock:
            self.all_met[kind] += 1
            self.met[name].append(kind)
            if kind in BREAKS:     # a reset may cost what came before it and was not read
                for other in set(self.on[origin, request.conn]) - {name}:
                    self.met[other].append("neighbour's " + kind)
        return self._wrong(kind, rng, request, right)

    def _right(self, origin, name, request, count):
        """The answer as it should be: the listing, the file, or the redirect to it; bytes."""
        plan = self.plan
        if name == "listing":
            return ok(self.portal.listing([entry(one, modified=plan.date(one, self.version[one]).isoformat())
                                           for one in plan.names]))
        if name not in self.version:
            return error("404 Not Found")
        rng, version = dice(plan.seed, "where", name), self.version[name]
        if origin == "portal" and request.path.startswith(PLACE) and rng.random() < plan.redirects:
            place = "" if rng.random() < plan.inside else self.storage.url
            return redirect(f"{place}/blob/{name}?signature={SECRET}{count}", rng.choice(MOVED))
        later = name in plan.restless and count > 1
        date = {"listed": plan.date(name, version), "old": FIRST_DATE - datetime.timedelta(days=300 - version),
                "others": FIRST_DATE, None: None}[plan.modified]
        tag = {"own": f'"{name}-{version}-{later}"', None: None}.get(plan.tags, f'"v{version}-{later}"')
        if date:
            date = http_date((date - EPOCH) // datetime.timedelta(microseconds=1) + 3_600_000_000 * later)
        return ranged_file(self.content[name, version, later], tag, date, weak_etag=plan.tags == "weak")(request)

    @staticmethod
    def _wrong(kind, rng, request, right):
        """Steps in place of the right bytes."""
        body = len(right) - right.index(b"\r\n\r\n") - 4
        late, at = rng.choice((0.02, 0.1, 0.4)), rng.randrange(body + 1)
        refusal = error("403 Forbidden" if kind == "403" else "404 Not Found", b"not there\n")
        busy = error(rng.choice(BUSY), b"not now\n", {"Retry-After": "0"})
        if kind in ("404", "403"):
            return refusal
        if kind in ("late 404", "late busy"):
            answer = refusal if kind == "late 404" else busy
            split = answer.index(b"\r\n\r\n") + 4
            return [answer[:split], Sleep(late), answer[split:]]
        if kind == "dead end":
            return redirect(f"https://localhost:1/?signature={SECRET}")
        return {"busy": busy, "reset": cut(right, at, Reset()), "cut": cut(right, at, Close(rng.random() < 0.5)),
                "nothing": rng.choice((Reset(), Close(), Close(False))), "close": [right, Close(rng.random() < 0.5)],
                "itself": redirect(request.target),
                "late": [Sleep(late), right[:len(right) - at], Sleep(late), right[len(right) - at:]],
                "drips": Trickle(right, len(right) // 10 + 1, late / 10), "interim": [interim(), right],
                "chunks": World._as_chunks(right)}[kind]

    @staticmethod
    def _as_chunks(right):
        """The same answer with a chunked body."""
        start, _, body = right.partition(b"\r\n\r\n")
        status, *fields = start.decode().split("\r\n")
        pairs = [tuple(one.split(": ", 1)) for one in fields if not one.startswith("Content-Length")]
        return chunked(body, (1000, 1, 50_000), headers=pairs, status=status.partition(" ")[2])


class Judge:
    """Runs the program in a world, and collects what is not as it should be: {kind: [what]}."""

    def __init__(self, world, fv, out):
        self.world, self.plan, self.fv, self.out = world, world.plan, fv, out
        self.wrong, self.before = collections.defaultdict(list), {}

    def sync(self):
        """One run; all that can be said of it."""
        done = self.fv("sync", "--json", *self.plan.options, "HAUC", self.out, portal=self.world.portal)
        after = self._files()
        self._events(done, after)
        self._requests(done)
        self._verify(after)
        if SECRET in done.err or SECRET.encode() in done.stdout:
            self.wrong["secret shown"].append(repr(done))
        self.wrong["credentials given away"] += self.world.leaks
        self.before = after
        return done

    def _files(self):
        """{name: version} of what is in DIR; what is no version of it as a whole is wrong."""
        found = {}
        for path, place in files_below(self.out).items():
            name = path.removeprefix(FOLDER)
            data = place.read_bytes()
            versions = [version
                        for (one, version, _), content in self.world.content.items() if one == name and content == data]
            if versions:
                found[name] = max(versions)
            else:
                self.wrong["wrong bytes"].append(f"{path}: {self._whose(data)}")
        return found

    def _whose(self, data):
        """Where the beginning of these bytes is from."""
        for which, content in self.world.content.items():
            if data and content.startswith(data[:16]):
                return f"{len(data)} bytes that begin as {which}, which has {len(content)}"
        return f"{len(data)} bytes of no file's beginning"

    def _events(self, done, after):
        """Exit status and events are true: each file once, with what is on storage, and no failure without a reason."""
        kinds, version = collections.Counter(one["status"] for one in done.files), self.world.version

        def say(text):
            self.wrong["untrue events"].append(f"{text}: {done!r}")

        if not done.files and kinds.total() == 0:
            if done.status not in (3, 6) or len(self.world.met["listing"]) <= self.plan.retries or after != self.before:
                say("no events, though the listing could be had")
            return
        if sorted(one["path"] for one in done.files) != sorted(FOLDER + name for name in self.plan.names):
            say("not each file once")
        for one in done.files:
            name, state = one["path"].removeprefix(FOLDER), one["status"]
            if state == "failed":
                if after.get(name) != self.before.get(name):
                    say(f"{name} failed, and is there")
                if one["path"] not in done.err:
                    say(f"{name} failed, and is not named")
                if not self._excused(name):
                    say(f"{name} failed for no reason, met {self.world.met[name]}")
            elif state not in ("downloaded", "resumed", "unchanged"):
                say(f"{name} is {state}")
            elif name not in after or after[name] != version[name]:
                if not self.wrong["wrong bytes"]:
                    say(f"{name} is {state}, and is not there")
            elif (one["size"], one["sha256"]) != self._told(one["path"]):
                say(f"size or SHA-256 of {name}")
            elif (state == "unchanged") != (self.before.get(name) == version[name]):
                say(f"{name} is {state}")
        complete = kinds.total() - kinds["failed"]
        if done.status not in ((0,) if not kinds["failed"] else (1,) if complete else (1, 3, 6)):
            say("exit status")
        summary = done.summary
        if (summary["failed"], summary["unchanged"]) != (kinds["failed"], kinds["unchanged"]) or summary.get(
                "exit", done.status) != done.status:
            say("summary")

    def _told(self, path):
        """What an event should tell of a file: (size, SHA-256)."""
        place = self.out / path
        return place.stat().st_size, harness.sha256(place)

    def _excused(self, name):
        """Whether a file may have failed, by what its own requests met."""
        met = [one.removeprefix("neighbour's ") for one in self.world.met[name]]
        states = collections.Counter(FAULTS[one] for one in met)
        breaks = sum(one in BREAKS or FAULTS[one] == PASSING for one in met)
        return states[FINAL] > 0 or breaks > self.plan.retries or met.count("itself") >= HOPS

    def _requests(self, done):
        """No storm: each fault costs what was in flight at most, and what is there is not asked for."""
        plan, world = self.plan, self.world
        faults = sum(len(met) for met in world.met.values())
        ahead = min(plan.pipeline, len(plan.names))
        most = 2 * (len(plan.names) + 1) * (1 if not faults else 2) + 2 * faults * (1 + ahead)
        if world.asked.total() > most:
            self.wrong["too many requests"].append(f"{world.asked.total()} for {faults} faults: {done!r}")
        for name, version in self.before.items():
            if version == world.version[name] and world.times(name):
                self.wrong["too many requests"].append(f"{name} was there already: {done!r}")

    def _verify(self, after):
        """The program's own record agrees with an independent SHA-256, and nothing is left over."""
        if not (self.out / harness.OWN / "ledger").exists():
            if after:
                self.wrong["records"].append(f"none, but {sorted(after)}")
            return
        done = self.fv("verify", "--json", self.out)
        told = {one["path"]: one["sha256"] for one in done.files}
        really = {path: harness.sha256(place) for path, place in files_below(self.out).items()}
        if done.status != 0 or told != really:
            self.wrong["records"].append(repr(done))

    def heal(self):
        """Without faults one run ends with 0 and the tree complete; what is missing is asked for once."""
        missing = {name for name, version in self.world.version.items() if self.before.get(name) != version}
        self.world.begin(calm=True)
        done = self.sync()
        if done.status != 0 or self.before != self.world.version:
            self.wrong["not healed"].append(repr(done))
        if not set(own_files(self.out)) <= KEPT:
            self.wrong["left over"].append(f"{own_files(self.out)}")
        asked = {name: self.world.times(name) for name in self.plan.names}
        # Twice: what was kept has all bytes but not the end, and there is nothing behind it to ask for. More often
        # only where Last-Modified is another file's date in the listing: then the connection may be given up in
        # doubt.
        most = 2 + self.plan.pipeline * (self.plan.modified == "others")
        if {name for name, count in asked.items() if count} != missing or any(count > most for count in asked.values()):
            self.wrong["too many requests"].append(f"{asked}, missing were {sorted(missing)}: {done!r}")


def run(seed, certs, home, out, program):
    """What a seed comes to: (world, {kind: [what was wrong]})."""
    plan = Plan(seed)
    world, fv = World(plan, certs), harness.Fluxvision(home, certs)
    fv.program = program
    judge = Judge(world, fv, out)
    try:
        judge.sync()
        world.begin(changes=True)
        judge.sync()
        judge.heal()
    except AssertionError as problem:
        judge.wrong["no end"].append(str(problem))
    finally:
        with contextlib.suppress(OSError):
            fv.stop()
        world.stop()
    return world, {kind: what for kind, what in judge.wrong.items() if what}
