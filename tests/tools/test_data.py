#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tools that turn data/ into tables refuse data with one thing planted. TAP on standard output."""
import copy
import json
import os
import subprocess
import sys
import tempfile

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))


def load(name):
    with open(os.path.join(TOP, "data", name), encoding="utf-8") as f:
        return json.load(f)


def case(data, key, value):
    data["cases"][1][key] = value


def drop(data):
    del data["cases"][5]


def invent(data):
    data["cases"].append({**data["cases"][-1], "id": "6-8-3"})


def swap(data):
    data["cases"][0], data["cases"][1] = data["cases"][1], data["cases"][0]


def entry(data, **changes):
    data["entries"][0].update(changes)


CASES = [
    ("as they are", lambda d: None, None),
    ("one case fewer", drop, "missing"),
    ("one case more", invent, "invented"),
    ("another order", swap, "differs"),
    ("a provision that does not exist", lambda d: case(d, "provision", "5.1-9"), "differs"),
    ("a kind that the provision has not", lambda d: case(d, "kind", "mixed"), "differs"),
    ("a foreign table", lambda d: case(d, "ixit", ["29-InpVal"]), "reads a table"),
    ("an unknown source", lambda d: case(d, "source", "hearsay"), "source"),
    ("no evidence", lambda d: case(d, "evidence", []), "evidence"),
    ("unknown evidence", lambda d: case(d, "evidence", ["luck"]), "not known"),
    ("nothing beyond the declaration", lambda d: case(d, "beyond", ""), "beyond"),
    ("a wrong count", lambda d: d["counts"].update(mixed=2), "counts"),
]
NAMES = [
    ("as they are", lambda d: None, None),
    ("an unknown word", lambda d: entry(d, word="fine"), "not known"),
    ("no source", lambda d: entry(d, source=[]), "source"),
    ("broken without a reason", lambda d: entry(d, word="broken", why=None), "reason"),
    ("a name twice", lambda d: entry(d, also=["ed-25519"]), "there already"),
    ("an end of what is good", lambda d: entry(d, until="2030-12-31"), "tolerated"),
]


def run(tool, source, change, more):
    data = copy.deepcopy(load(source))
    change(data)
    with tempfile.TemporaryDirectory(prefix="hallmark-test.") as folder:
        path = os.path.join(folder, source)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(data, f)
        done = subprocess.run([os.path.join(TOP, "tools", tool), path] + more + [os.path.join(folder, "out.c")],
                              capture_output=True, text=True, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    return done.returncode, done.stdout + done.stderr


def main():
    provisions = os.path.join(TOP, "data", "en303645.json")
    rows = [("cases-to-c", "ts103701.json", *row, [provisions]) for row in CASES]
    rows += [("crypto-to-c", "crypto.json", *row, []) for row in NAMES]
    print(f"1..{len(rows)}")
    failures = 0
    for number, (tool, source, what, change, words, more) in enumerate(rows, 1):
        status, output = run(tool, source, change, more)
        good = status == 0 if words is None else status == 1 and words in output and "Traceback" not in output
        failures += not good
        print(f"{'ok' if good else 'not ok'} {number} - {tool}: {what}")
        if not good:
            print("\n".join("# " + line for line in output.splitlines()))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
