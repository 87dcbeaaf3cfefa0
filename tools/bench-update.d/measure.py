# SPDX-License-Identifier: Apache-2.0
"""One row on one pair of images: encode, decode, hold what came out against the new image byte for byte, note the costs.

What was measured before with the same programs, commands and images is taken from the cache; a figure always says which.
"""
import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass

import cost
import serve


class NotHere(Exception):
    """This machine lacks what the row needs; its figures stay empty, with the reason."""


@dataclass
class Figures:
    bytes: int
    encode_cpu_s: float
    encode_peak_kib: int
    decode_cpu_s: float      # the median of all decodes
    decode_peak_kib: int     # the highest
    empty_peak_kib: int      # of a run that does nothing; 0 where nobody asked
    encode_wall_s: float
    decode_wall_s: float
    measured: str            # when, UTC
    fresh: bool = True       # in this run


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    return h.hexdigest()


def same(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        while True:
            x, y = f.read(1 << 20), g.read(1 << 20)
            if x != y:
                return False
            if not x:
                return True


def version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout or "?"


class Bench:
    def __init__(self, out, tool, programs, decodes, say=print):
        self.out, self.tool, self.programs, self.decodes, self.say = out, tool, programs, decodes, say
        self.here = os.path.dirname(os.path.realpath(__file__))
        self.sums = {}
        os.makedirs(os.path.join(out, "cache"), exist_ok=True)

    def sum_of(self, path):
        if path not in self.sums:
            self.sums[path] = sha256(path)
        return self.sums[path]

    def key(self, row, pair):
        """What decides the figures: commands, programs, helpers, images."""
        commands = [*row.prepare, *row.encode, *row.collect, *row.ready, *row.decode, *row.finish]
        helpers = {w for c in commands for w in c.split() if w.startswith("{here}/")}
        parts = [commands, row.empty, self.decodes, [(p, version(p)) for p in row.packages],
                 sorted(self.sum_of(h.format(here=self.here)) for h in helpers), [self.sum_of(pair[i]) for i in row.inputs],
                 "".join(self.sum_of(f"{self.programs}/{p}") for p in row.ours), self.sum_of(f"{self.here}/../../bench/tree_cost.c")]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def check_here(self, row):
        for p in row.programs:
            if not shutil.which(p):
                raise NotHere(f"no program {p} (of {' '.join(row.packages)})")
        if row.root and os.geteuid() != 0:
            raise NotHere("needs root")
        if row.mounts and not os.path.exists("/dev/loop-control"):
            raise NotHere("it mounts: needs loop devices")

    def row(self, row, pair, fresh):
        self.check_here(row)
        kept = os.path.join(self.out, "cache", self.key(row, pair) + ".json")
        if not fresh and os.path.exists(kept):
            with open(kept, encoding="utf-8") as f:
                return Figures(**{**json.load(f), "fresh": False})
        tmp = tempfile.mkdtemp(prefix="work.", dir=self.out)
        try:
            got = self.measure(row, pair, tmp)
        finally:
            shutil.rmtree(tmp, ignore_errors=True)
        with open(kept + ".new", "w", encoding="utf-8") as f:
            json.dump(asdict(got), f)
        os.replace(kept + ".new", kept)
        return got

    def measure(self, row, pair, tmp):
        places = {**pair, "patch": f"{tmp}/patch", "out": f"{tmp}/out", "tmp": tmp, "here": self.here,
                  "programs": self.programs, "size": os.path.getsize(pair["new"])}
        log = f"{tmp}/log"
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(serve.Server(tmp)) if row.served else None
            places["url"] = f"{server.url}/patch" if server else ""
            cost.run(row.prepare, places, self.tool, log)
            encode = cost.run(row.encode, places, self.tool, log)
            self.say(f"encode {encode.cpu_s:.1f} s CPU, {encode.peak_kib >> 10} MiB", end=" ")
            cost.run(row.collect, places, self.tool, log)
            decodes, sent = self.decode(row, places, server, log)
            peak = self.peak_together(row, places, log) if row.shared else max(d.peak_kib for d in decodes)
        empty = cost.run((row.empty,), places, self.tool, log) if row.empty else cost.Cost()
        cpu = statistics.median(d.cpu_s for d in decodes)
        return Figures(sent, encode.cpu_s, encode.peak_kib, cpu, peak, empty.peak_kib,
                       encode.wall_s, statistics.median(d.wall_s for d in decodes),
                       time.strftime("%Y-%m-%d %H:%M", time.gmtime()))

    def peak_together(self, row, places, log):
        cost.run(row.ready, places, self.tool, log)
        return cost.peak_pss_kib(row.decode[0], places, log)

    def decode(self, row, places, server, log):
        decodes, sent = [], cost.size(places["patch"])
        for _ in range(self.decodes):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(places["out"])
            cost.run(row.ready, places, self.tool, log)
            if server:
                server.take()
            decodes.append(cost.run(row.decode, places, self.tool, log))
            if server:
                sent = server.take()
            cost.run(row.finish, places, self.tool, log)
            if not os.path.exists(places["out"]) or not same(places["out"], places["new"]):
                raise cost.Failed(f"{row.name}: what it decoded is not the new image")
        return decodes, sent
