# SPDX-License-Identifier: Apache-2.0
"""Tables that read the same in a terminal and in a page, and how their numbers are written."""
import re
import statistics


class NoPlace(Exception):
    """A page has no marks to put tables between."""


class Table:
    def __init__(self, title, head):
        self.title, self.head, self.rows, self.notes = title, head, [], []

    def row(self, *cells):
        self.rows.append(cells)

    def note(self, text):
        self.notes.append(text)

    def lines(self):
        widths = [max(len(r[i]) for r in [self.head, *self.rows]) for i in range(len(self.head))]
        right = [all(re.fullmatch(r"\**[\d.]*\**( \S+)?", r[i]) for r in self.rows) for i in range(len(self.head))]

        def line(cells):
            return "| " + " | ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right)) + " |"
        yield line(self.head)
        yield "|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(widths, right)) + "|"
        yield from (line(r) for r in self.rows)
        for n in self.notes:
            yield ""
            yield n


def kib(n):
    return f"{n / 1024:.0f}"


def mib(n):
    return f"{n / (1 << 20):.2f}"


def ms(s):
    return f"{s * 1000:.0f} ms"


def n_of(x):
    return f"{x:.3f}"


def pair(values, how):
    return how(min(values)), how(statistics.median(values))


def put(path, lines):
    """Into the page, between its two marks."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    begin, end = "<!-- bench:begin -->\n", "<!-- bench:end -->"
    if begin not in text or end not in text:
        raise NoPlace(f"{path} has no place for tables ({begin.strip()} ... {end})")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text[:text.index(begin)] + begin + "\n".join(lines) + "\n" + text[text.index(end):])
