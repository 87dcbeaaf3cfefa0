#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bench of updates tells the truth: costs are those of everything that ran, a decode that is wrong fails, a goal that
is missed is printed as missed, and what was not measured is never a number. TAP; usage: test_bench_update.py TREE_COST
"""
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TOP, "tools/bench.d"), os.path.join(TOP, "tools/bench-update.d")]
import cost  # noqa: E402
import goals  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402
import rows  # noqa: E402
import serve  # noqa: E402
import table  # noqa: E402

TOOL = sys.argv[1]
CASES = []


def case(f):
    CASES.append(f)
    return f


def run(tmp, *steps):
    return cost.run(steps, {"tmp": tmp}, TOOL, os.path.join(tmp, "log"))


def refuses(kind, text, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except kind as e:
        assert text in str(e), f"says {e!r}, not {text!r}"
        return
    raise AssertionError(f"no {kind.__name__}")


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)
    return path


@case
def grandchildren_count(tmp):
    got = run(tmp, "sh -c 'sh -c \"i=0; while [ \\$i -lt 200000 ]; do i=\\$((i+1)); done\"; exit 0'")
    assert got.cpu_s > 0.05, got
    assert run(tmp, "sh -c 'head -c 60000000 /dev/zero | tail -c 60000000 >/dev/null; exit 0'").peak_kib > 50000


@case
def orphans_count(tmp):
    got = run(tmp, "sh -c '(sh -c \"head -c 60000000 /dev/zero | tail -c 60000000\" >/dev/null &); exit 0'")
    assert got.peak_kib > 50000, got


@case
def the_runners_memory_does_not_count(tmp):
    ballast = bytearray(os.urandom(1 << 20)) * 64
    assert run(tmp, "true").peak_kib < 8 << 10
    assert len(ballast) == 64 << 20


@case
def peaks_at_once_are_added_and_in_turns_are_not(tmp):
    big = "sh -c 'head -c 40000000 /dev/zero | tail -c 40000000 | tail -c 1'"
    alone = run(tmp, big)
    beside, after = run(tmp, f"{big} & {big}"), run(tmp, big, big)
    assert beside.peak_kib > 1.8 * alone.peak_kib, (alone, beside)
    assert after.peak_kib < 1.2 * alone.peak_kib and after.cpu_s > alone.cpu_s, (alone, after)


@case
def a_pipeline_is_fed_and_fails_as_a_whole(tmp):
    write(f"{tmp}/in", b"abc" * 1000)
    run(tmp, "cat {tmp}/in | tr a b | dd of={tmp}/piped status=none")
    with open(f"{tmp}/piped", "rb") as f:
        assert f.read() == b"bbc" * 1000
    refuses(cost.Failed, "", run, tmp, "sh -c 'exit 3' | cat")
    refuses(cost.Failed, "no-such-program", run, tmp, "no-such-program")
    refuses(cost.Failed, "why", run, tmp, "true", "sh -c 'echo why; exit 1'")


@case
def a_service_ends_with_the_rest(tmp):
    assert run(tmp, "sleep 60 % true").wall_s < 30
    refuses(cost.Failed, "", run, tmp, "false % sleep 0.1")


@case
def what_hangs_is_ended_with_its_children(tmp):
    cost.LIMIT_S = 1
    try:
        refuses(cost.Failed, "not done", run, tmp, "sh -c 'echo $$ >{tmp}/pid; sleep 61 & wait'".replace("{tmp}", tmp))
    finally:
        cost.LIMIT_S = 7200
    with open(f"{tmp}/pid", encoding="utf-8") as f:
        assert not os.path.exists(f"/proc/{f.read().strip()}/cwd")


def pair(tmp):
    return {"old": write(f"{tmp}/old", os.urandom(50000)), "new": write(f"{tmp}/new", os.urandom(3 << 20))}


def row(**changes):
    usual = {"name": "copy", "packages": (), "programs": ("cp",), "encode": ("cp {new} {patch}",),
             "decode": ("cp {patch} {out}",)}
    return rows.Row(**{**usual, **changes})


def bench(tmp, programs="/bin"):
    return measure.Bench(f"{tmp}/out", TOOL, programs, 2, say=lambda *_, **__: None)


@case
def a_row_is_measured(tmp):
    f = bench(tmp).row(row(), pair(tmp), False)
    assert f.bytes == 3 << 20 and f.decode_peak_kib > 0 and f.fresh, f
    assert os.listdir(f"{tmp}/out") == ["cache"], "left something behind"


@case
def a_wrong_decode_is_no_figure(tmp):
    p = pair(tmp)
    for spoil in ("printf x | dd of={out} bs=1 seek=2000000 conv=notrunc status=none", "truncate -s -1 {out}",
                  "truncate -s +1 {out}", "rm {out}", "cp {old} {out}"):
        wrong = row(decode=("cp {patch} {out}", spoil))
        b = bench(tmp)
        refuses(cost.Failed, "not the new image", b.row, wrong, p, False)
        assert not os.listdir(f"{tmp}/out/cache"), spoil


@case
def what_was_measured_is_kept_until_something_changes(tmp):
    p = pair(tmp)
    assert bench(tmp).row(row(), p, False).fresh
    assert not bench(tmp).row(row(), p, False).fresh
    assert bench(tmp).row(row(), p, True).fresh
    assert bench(tmp).row(row(decode=("cp {patch} {out}", "true")), p, False).fresh
    write(p["old"], b"other")
    assert bench(tmp).row(row(), p, False).fresh
    ours = row(ours=("one", "two"))
    for program in ours.ours:
        write(f"{tmp}/{program}", b"built")
    assert bench(tmp, tmp).row(ours, p, False).fresh
    assert not bench(tmp, tmp).row(ours, p, False).fresh
    for program in ours.ours:
        write(f"{tmp}/{program}", b"built again")
        assert bench(tmp, tmp).row(ours, p, False).fresh
        assert not bench(tmp, tmp).row(ours, p, False).fresh


@case
def what_is_not_here_is_said(tmp):
    p = pair(tmp)
    refuses(measure.NotHere, "no-such-tool", bench(tmp).row, row(programs=("no-such-tool",)), p, False)


@case
def processes_that_share_memory_are_seen_together(tmp):
    held = "exec 3</dev/zero; x=$(head -c 20000000 /dev/zero | tr '\\0' x); cp {patch} {out}; sleep 0.3"
    two = row(decode=(f'sh -c "({held}) & ({held}); wait"',), shared=True)
    assert bench(tmp).row(two, pair(tmp), False).decode_peak_kib > 36000
    refuses(cost.Failed, "why", cost.peak_pss_kib, "sh -c 'echo why; exit 1'", {}, f"{tmp}/log")


def figures(**changes):
    usual = {"bytes": 1000, "encode_cpu_s": 100.0, "encode_peak_kib": 1, "decode_cpu_s": 2.0, "decode_peak_kib": 9000,
             "empty_peak_kib": 0, "encode_wall_s": 1.0, "decode_wall_s": 1.0, "measured": "then"}
    return measure.Figures(**{**usual, **changes})


def words(results):
    t = report.verdicts(["sec"], results)
    return {(r[0], r[1]): r[4] for r in t.rows}


BYTES, MEMORY = ("bytes, against bsdiff", "sec"), ("decoder's memory beyond an empty run", "sec")


@case
def what_is_finished_afterwards_is_not_measured(tmp):
    held = "sh -c 'head -c 60000000 /dev/zero | tail -c 60000000 >/dev/null; cp {tmp}/half {out}'"
    late = row(decode=("cp {patch} {tmp}/half",), finish=(held,))
    assert bench(tmp).row(late, pair(tmp), False).decode_peak_kib < 20000


@case
def runs_of_zeroes_come_back(tmp):
    tool = os.path.join(TOP, "tools/bench-update.d/dense")
    some, run = os.urandom(70000), bytes(1 << 20)
    for i, image in enumerate((b"", run, some, some + run, run + some, some + run + bytes(5) + some + run[1:] + some,
                               bytes(200000) + some + bytes(1 << 22) + b"x")):
        write(f"{tmp}/image", image)
        subprocess.run([tool, "pack", f"{tmp}/image", f"{tmp}/dense"], check=True)
        subprocess.run([tool, "unpack", f"{tmp}/dense", f"{tmp}/dense.runs", f"{tmp}/back"], check=True)
        with open(f"{tmp}/back", "rb") as f:
            assert f.read() == image, i
    assert os.path.getsize(f"{tmp}/dense") < 1 << 20


@case
def goals_are_judged(tmp):
    rival = {("sec", rows.BSDIFF): figures()}

    def ours(**changes):
        return words({**rival, ("sec", rows.OURS): figures(**changes)})
    assert ours(bytes=750)[BYTES] == "met" and ours(bytes=751)[BYTES] == "**MISSED**"
    assert ours(decode_peak_kib=9192, empty_peak_kib=1000)[MEMORY] == "met"
    assert ours(decode_peak_kib=9193, empty_peak_kib=1000)[MEMORY] == "**MISSED**"
    assert ours(decode_cpu_s=2.1)[("decode CPU, against bspatch", "sec")] == "**MISSED**"
    assert ours(encode_cpu_s=25.1)[("encode CPU, against bsdiff", "sec")] == "**MISSED**"


@case
def nothing_measured_meets_nothing(tmp):
    for results in ({}, {("sec", rows.BSDIFF): figures()}, {("rel", rows.OURS): figures(bytes=1)}):
        assert words(results)[BYTES] == "not measured"
    assert words({("sec", rows.OURS): figures(bytes=1)})[BYTES] == "not measured"
    zero = {("sec", rows.BSDIFF): figures(decode_cpu_s=0.0), ("sec", rows.OURS): figures()}
    assert words(zero)[("decode CPU, against bspatch", "sec")] == "not measured"
    # A goal is judged or told to be not measured: none falls out of the table.
    assert len(words({})) == len(set((g.text, g.pair) for g in goals.goals(["sec"])))


@case
def tables_say_what_is_from_where(tmp):
    results = {("sec", rows.OURS): figures(bytes=500, empty_peak_kib=1000), ("sec", rows.BSDIFF): figures(fresh=False)}
    lines = list(report.patches("sec", results).lines())
    ours = next(line for line in lines if line.startswith("| **Hallmark**"))
    assert "500" in ours and "0.50" in ours, ours
    assert any(line.startswith("| " + rows.BSDIFF + " *") for line in lines)
    assert any(line.startswith("| xdelta3: not measured") for line in lines)
    assert any("an empty run of the program peaks at 1.0 MiB, so decoding adds 7.8 MiB" in line for line in lines), lines
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


@case
def tables_go_between_the_marks(tmp):
    page = f"{tmp}/page.md"
    write(page, b"before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n")
    table.put(page, ["new", ""])
    with open(page, encoding="utf-8") as f:
        assert f.read() == "before\n<!-- bench:begin -->\nnew\n\n<!-- bench:end -->\nafter\n"
    write(page, b"no marks\n")
    refuses(table.NoPlace, "no place", table.put, page, ["new"])


@case
def the_server_counts_ranges(tmp):
    data = os.urandom(100000)
    write(f"{tmp}/f", data)

    def get(header=None, name="f"):
        asked = urllib.request.Request(f"{s.url}/{name}", headers={"Range": header} if header else {})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read()
    with serve.Server(tmp) as s:
        assert get() == (200, data) and s.take() == 100000 and s.take() == 0
        assert get("bytes=10-19") == (206, data[10:20])
        assert get("bytes=99990-200000") == (206, data[99990:])
        status, body = get("bytes=0-9,500-599")
        assert status == 206 and data[:10] in body and data[500:600] in body and b"bytes 500-599/100000" in body
        assert s.take() == 20 + len(body)
        for odd in ("bytes=-5", "bytes=9-3", "bytes=200000-", "lines=1-2"):
            assert get(odd)[0] == 200, odd
        refuses(urllib.error.HTTPError, "404", get, name="../f")


@case
def the_lowest_version_is_found(tmp):
    have = b"a 1.10-1\na 1.9-1\nb 2.0-1~deb12u2\nb 2.0-1\nb 2.0-1~deb12u10\nc 1:0.1\n"
    done = subprocess.run([os.path.join(TOP, "tools/bench-update.d/images-lowest")], input=have, stdout=subprocess.PIPE, check=True)
    pins = done.stdout.decode().split("\n\n")
    found = {tuple(line.split(": ")[1] for line in p.splitlines()[:2]) for p in pins if p}
    assert found == {("a", "version 1.9-1"), ("b", "version 2.0-1~deb12u2"), ("c", "version 1:0.1")}, found


def main():
    print(f"1..{len(CASES)}")
    bad = 0
    for i, f in enumerate(CASES, 1):
        name = f.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory(prefix="hallmark-test.") as tmp:
            try:
                f(tmp)
                print(f"ok {i} - {name}", flush=True)
            except Exception as e:  # a case that ends otherwise has failed too
                bad += 1
                print(f"not ok {i} - {name}", f"# {type(e).__name__}: {str(e)[:600]}", sep="\n", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
