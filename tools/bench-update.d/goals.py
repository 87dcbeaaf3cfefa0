# SPDX-License-Identifier: Apache-2.0
"""What we said we would reach, held against what was measured: met, MISSED, or not measured, and never anything else."""
from dataclasses import dataclass

import rows

MIB = 1024  # KiB


@dataclass(frozen=True)
class Goal:
    text: str
    pair: str
    ours: str                # row
    figure: object           # of our figures
    rival: str = ""          # row; none: the limit stands alone
    limit: float = 1.0       # times the rival's figure, or the figure itself
    unit: str = ""


def size(f):
    return f.bytes


def encode_cpu(f):
    return f.encode_cpu_s


def decode_cpu(f):
    return f.decode_cpu_s


def decoder_memory(f):
    return (f.decode_peak_kib - f.empty_peak_kib) / MIB


def memory(f):
    return f.decode_peak_kib / MIB


def goals(pairs):
    ours, whole, agent = rows.OURS, rows.OURS_FULL, rows.OURS_AGENT
    yield Goal("bytes, against bsdiff", "sec", ours, size, rows.BSDIFF, 0.75)
    yield Goal("bytes, against bsdiff", "rel", ours, size, rows.BSDIFF, 0.5)
    yield Goal("bytes, against xdelta3 -9 -S lzma", "sec", ours, size, rows.LZMA, 0.45)
    yield Goal("bytes, against xdelta3 -9 -S lzma", "rel", ours, size, rows.LZMA, 0.3)
    for p in pairs:
        yield Goal("decoder's memory beyond an empty run", p, ours, decoder_memory, "", 8, "MiB")
        yield Goal("decode CPU, against bspatch", p, ours, decode_cpu, rows.BSDIFF, 1.0)
        yield Goal("encode CPU, against bsdiff", p, ours, encode_cpu, rows.BSDIFF, 0.25)
    yield Goal("whole image: decoder's memory beyond an empty run", "sec", whole, decoder_memory, "", 8, "MiB")
    yield Goal("agent: memory of all processes while it installs (PSS)", "sec", agent, memory, "", 12, "MiB")
    yield Goal("agent: install CPU, against the limit", "sec", agent, decode_cpu, rows.LIMIT, 1.3)
    yield Goal("agent: install CPU, against RAUC", "sec", agent, decode_cpu, rows.RAUC, 1.0)
    yield Goal("agent: install CPU, against SWUpdate", "sec", agent, decode_cpu, rows.SWUPDATE, 1.0)


def judge(goal, results):
    """(what was measured, word). results: {(pair, row name): Figures}; a row that is not there was not measured."""
    ours = results.get((goal.pair, goal.ours))
    rival = results.get((goal.pair, goal.rival)) if goal.rival else None
    if not ours or (goal.rival and (not rival or not goal.figure(rival))):
        return "", "not measured"
    value = goal.figure(ours) / (goal.figure(rival) if rival else 1)
    return f"{value:.2f}{' ' + goal.unit if goal.unit else ' x'}", "met" if value <= goal.limit else "MISSED"
