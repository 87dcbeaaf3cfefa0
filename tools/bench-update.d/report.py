# SPDX-License-Identifier: Apache-2.0
"""Figures to tables."""
import goals
import rows
import table

PATCH_HEAD = ("tool", "bytes", "x bsdiff", "x xdelta3 lzma", "encode CPU s", "encode peak MiB", "decode CPU s", "decode peak MiB")
WHOLE_HEAD = ("tool", "bytes", "x limit's CPU", "make CPU s", "make peak MiB", "install CPU s", "install s", "install peak MiB")
MARK = " *"


def mib(kib):
    return f"{kib / 1024:.1f}"


def ratio(value, of):
    return f"{value / of:.2f}" if of else ""


def name(row, f):
    return ("**" + row.name + "**" if row.ours else row.name) + ("" if f.fresh else MARK)


def patches(pair, results):
    t = table.Table(f"Patches: {pair}", PATCH_HEAD)
    bsdiff, lzma = (results.get((pair, n)) for n in (rows.BSDIFF, rows.LZMA))
    for row in rows.PATCHES:
        f = results.get((pair, row.name))
        if not f:
            t.row(f"{row.name}: not measured", *[""] * 7)
            continue
        t.row(name(row, f), str(f.bytes), ratio(f.bytes, bsdiff and bsdiff.bytes), ratio(f.bytes, lzma and lzma.bytes),
              f"{f.encode_cpu_s:.1f}", mib(f.encode_peak_kib), f"{f.decode_cpu_s:.2f}", mib(f.decode_peak_kib))
        note_memory(t, row, f)
    return t


def whole(pair, results):
    t = table.Table(f"A whole image: {pair}", WHOLE_HEAD)
    limit = results.get((pair, rows.LIMIT))
    for row in rows.WHOLE:
        f = results.get((pair, row.name))
        if not f:
            t.row(f"{row.name}: not measured", *[""] * 7)
            continue
        made = row.name != rows.WRITE
        t.row(name(row, f), str(f.bytes), ratio(f.decode_cpu_s, limit and limit.decode_cpu_s),
              f"{f.encode_cpu_s:.1f}" if made else "", mib(f.encode_peak_kib) if made else "", f"{f.decode_cpu_s:.2f}",
              f"{f.decode_wall_s:.2f}", mib(f.decode_peak_kib))
        note_memory(t, row, f)
    return t


def note_memory(t, row, f):
    if f.empty_peak_kib:
        t.note(f"{row.name}: an empty run of the program peaks at {mib(f.empty_peak_kib)} MiB, so decoding adds "
               f"{mib(f.decode_peak_kib - f.empty_peak_kib)} MiB.")


def verdicts(pairs, results):
    t = table.Table("Goals", ("goal", "pair", "at most", "measured", "verdict"))
    for g in goals.goals(pairs):
        measured, word = goals.judge(g, results)
        t.row(g.text, g.pair, f"{g.limit:g} {g.unit or 'x'}", measured, f"**{word}**" if word == "MISSED" else word)
    return t


def tables(pairs, results):
    found = [patches(p, results) for p in pairs]
    found += [whole(p, results) for p in pairs if any((p, r.name) in results for r in rows.WHOLE)]
    found.append(verdicts(pairs, results))
    return found
