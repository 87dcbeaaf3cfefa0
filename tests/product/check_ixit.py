#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ICS and IXIT tables as `hallmark compile` writes them, read by Python's csv module.

    check_ixit.py HALLMARK PRODUCT.YAML        (TAP on standard output)
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

DAY = "2026-10-01"
HALLMARK, EXAMPLE = sys.argv[1:3]
TABLES = ("AuthMech UserInfo VulnTypes Conf VulnMon SoftComp UpdMech UpdProc ReplSup SecParam SecComMech NetSecImpl SoftServ "
          "SecMgmt PhyIntf CodeMin PrivlCtrl AccCtrl SecDev SecBoot PersData ExtSens ResMech TelData DelFunc UserDec UserIntf "
          "LogIntf InpVal").split()
REFERENCE = re.compile(r"\b(" + "|".join(TABLES) + r")-(\d+)\b")
count, failed = 0, 0


def case(name, run):
    global count, failed
    count += 1
    try:
        run()
        print(f"ok {count} - {name}", flush=True)
    except Exception as why:  # an answer without the expected parts is a failed case, not the end of all
        failed += 1
        print(f"not ok {count} - {name}", flush=True)
        for line in (str(why) if isinstance(why, AssertionError) else repr(why)).splitlines()[:20]:
            print(f"# {line}", flush=True)


def run(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


def compiled(work, name, yaml):
    folder = os.path.join(work, name)
    got = run(HALLMARK, "compile", yaml, "--out", folder, "--date", DAY)
    assert got.returncode == 0, got.stdout + got.stderr
    return folder


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", ""), f"{path}: not lines of RFC 4180"
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    assert len({len(row) for row in rows}) == 1, f"{path}: rows of different lengths"
    assert len(rows) > 1, f"{path}: no row"
    for row in rows:
        for cell in row:
            assert cell, f"{path}: a blank cell in {row}"
            assert cell[0] not in "=+-@\t\r", f"{path}: a spreadsheet would run {cell}"
    return rows


def tables(folder):
    names = [f"{i + 1:02}-{name}.csv" for i, name in enumerate(TABLES)]
    assert sorted(os.listdir(os.path.join(folder, "ixit"))) == names
    return {name: read_csv(os.path.join(folder, "ixit", file)) for name, file in zip(TABLES, names)}


def check_references(all_tables):
    ids = {row[0] for rows in all_tables.values() for row in rows[1:]}
    seen = 0
    for name, rows in all_tables.items():
        for row in rows[1:]:
            for cell in row[1:-1]:
                for table, number in REFERENCE.findall(cell):
                    assert f"{table}-{number}" in ids, f"{row[0]} of {name}: {cell}"
                    seen += 1
    return seen


def every_table(work):
    all_tables = tables(compiled(work, "example", EXAMPLE))
    for name, rows in all_tables.items():
        assert rows[0][0] == "ID" and rows[0][-1] == "Declared in", rows[0]
        assert [row[0] for row in rows[1:]] == [f"{name}-{i + 1}" for i in range(len(rows) - 1)], name
        for row in rows[1:]:
            assert not any(cell.startswith("[not stated") for cell in row), row
    assert check_references(all_tables) >= 10


def ics(work):
    rows = read_csv(os.path.join(work, "example", "ics.csv"))
    assert len(rows) == 79
    judged = json.loads(run(HALLMARK, "check", EXAMPLE, "--date", DAY, "--json").stdout)
    words = {p["id"]: p["word"] for p in judged["provisions"]}
    assert len(words) == 78
    for row in rows[1:]:
        word = words[row[0].removeprefix("Provision ")]
        assert row[5] == {"promised": "Y", "not-applicable": "N/A"}.get(word, "N"), (row, word)


def first_declarations(work):
    for kind in "camera hub speaker lock router tv toy".split():
        yaml = os.path.join(work, kind + ".yaml")
        got = run(HALLMARK, "new", "--kind", kind, "--maker", "M", "--address", "A", "--country", "GB", "--product", "P",
                  "--model", "m1", "--site", "m.example", "--confirm", "--out", yaml)
        assert got.returncode == 0, got.stderr
        check_references(tables(compiled(work, kind, yaml)))


HOSTILE = ["=cmd|' /C calc'!A0", "a | b \" ' \\ `c` <b>", "\u202ereversed", "+1, \"2\"", "'-3", "[not stated: declare it]"]


def hostile(work):
    with open(EXAMPLE, encoding="utf-8") as f:
        text = f.read()
    for i, bad in enumerate(HOSTILE):
        old = "  code_minimisation:\n"
        assert old in text
        yaml = os.path.join(work, f"hostile{i}.yaml")
        with open(yaml, "w", encoding="utf-8") as f:
            f.write(text.replace(old, old + "    - '" + bad.replace("'", "''") + "'\n", 1))
        cell = tables(compiled(work, f"hostile{i}", yaml))["CodeMin"][1][1]
        want = bad.replace("\u202e", "U+202E")
        assert cell == ("'" if want[0] in "=+-@'[" else "") + want, (cell, want)


def same_bytes(work):
    compiled(work, "again", EXAMPLE)
    for name in ["ics.md", "ics.csv", "ixit.md"] + ["ixit/" + n for n in os.listdir(os.path.join(work, "again", "ixit"))]:
        with open(os.path.join(work, "example", name), "rb") as one, open(os.path.join(work, "again", name), "rb") as other:
            assert one.read() == other.read(), name


def main():
    work = tempfile.mkdtemp(prefix="hallmark-ixit.")
    try:
        case("29 tables, every cell filled, references lead to rows", lambda: every_table(work))
        case("ICS: 78 provisions, as `hallmark check` judges them", lambda: ics(work))
        case("every first declaration fills all tables", lambda: first_declarations(work))
        case("hostile texts come back as they are, and are no formula", lambda: hostile(work))
        case("two runs, the same bytes", lambda: same_bytes(work))
    finally:
        shutil.rmtree(work)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
