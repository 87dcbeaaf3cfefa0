# SPDX-License-Identifier: Apache-2.0
"""What a command costs, it and everything it starts: CPU seconds and peak memory, by bench/tree_cost.c."""
import json
import os
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

import process

LIMIT_S = 7200


class Failed(Exception):
    """A command did not do what its row says it does."""


@dataclass
class Cost:
    cpu_s: float = 0.0
    peak_kib: int = 0
    wall_s: float = 0.0

    def then(self, other):
        """Of two that ran one after the other."""
        return Cost(self.cpu_s + other.cpu_s, max(self.peak_kib, other.peak_kib), self.wall_s + other.wall_s)


def words(step, places):
    """The words of a step, its {places} filled in; what is filled in is never split."""
    return [w.format(**places) for w in shlex.split(step)]


def run(steps, places, tool, log):
    """Runs the steps one after the other; of processes that run at once the peaks are added."""
    total = Cost()
    for step in steps:
        argv = words(step, places)
        with tempfile.NamedTemporaryFile(prefix="cost.", dir=places["tmp"]) as report, open(log, "wb") as said:
            status = finish([tool, report.name, *argv], said)
            if status != 0:
                raise Failed(f"{shlex.join(argv)}: {status}: {tail(log)}")
            got = json.load(report)
        total = total.then(Cost(got["cpu_s"], got["peak_kib"], got["wall_s"]))
    return total


def finish(argv, said):
    """The exit status. One that hangs, or whose reader went away, takes all that it started with it."""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True) as p:
        try:
            return p.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            return f"not done after {LIMIT_S} s"
        finally:
            if p.returncode is None:
                os.killpg(p.pid, signal.SIGKILL)


def peak_pss_kib(step, places, log):
    """The highest sum that the proportional memory of all its processes had, looked at every 10 ms."""
    peak, argv = 0, words(step, places)
    with open(log, "wb") as said, subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as p:
        while p.poll() is None:
            try:
                peak = max(peak, process.pss(process.family(p.pid)))
            except process.Gone:
                pass
            time.sleep(0.01)
    if p.returncode != 0:
        raise Failed(f"{shlex.join(argv)}: {p.returncode}: {tail(log)}")
    return peak // 1024


def tail(log):
    with open(log, encoding="utf-8", errors="replace") as f:
        return " / ".join(f.read().strip().splitlines()[-3:]) or "said nothing"


def size(path):
    """Bytes of a file, or of all files in a folder."""
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(path) for n in names)
