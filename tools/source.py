# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: the files of the tree, C text without comments and strings, its functions, the compile
commands of a build. The functions are found by layout (`{` and `}` alone in column 0), which clang-format guarantees.
"""
import json
import os
import re
import shlex
import subprocess

SKIP_DIRS = {".git", "out", "node_modules", "__pycache__"}


def files(root):
    """Paths relative to root: what git tracks or would track; every file when root is no repository."""
    got = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, check=False)
    top = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False)
    if got.returncode == 0 and os.path.realpath(top.stdout.strip()) == os.path.realpath(root):
        names = sorted(set(got.stdout.decode().split("\0")) - {""})
        return [n for n in names if os.path.isfile(os.path.join(root, n))]
    found = []
    for here, dirs, names in os.walk(root):
        dirs[:] = [d for d in dirs if d not in SKIP_DIRS and not d.startswith("build")]
        found += [os.path.relpath(os.path.join(here, n), root) for n in names]
    return sorted(found)


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as f:
        return f.read()


_TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def bare(text):
    """C text with comments and the insides of literals blanked; line numbers stay."""

    def blank(match):
        token = match.group(0)
        if token.startswith("/"):
            return re.sub(r"[^\n]", " ", token)
        return token[0] + " " * (len(token) - 2) + token[-1]

    return _TOKENS.sub(blank, text)


def _parameters(signature):
    start = signature.find("(", signature.find("__attribute__") + 1 if "__attribute__" in signature else 0)
    depth, count, body = 0, 1, ""
    for char in signature[start:]:
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                break
        elif char == "," and depth == 1:
            count += 1
        body += char
    inside = body.strip("( \n\t")
    return 0 if inside in ("", "void") else count


def functions(text):
    """(name, first line, lines, parameters) of each function of laid-out C text."""
    lines = bare(text).split("\n")
    found, start = [], None
    for i, line in enumerate(lines):
        if line.rstrip() == "{":
            start = i
        elif line.rstrip() == "}" and start is not None:
            first = start
            while first > 0 and lines[first - 1].strip() and not lines[first - 1].rstrip().endswith((";", "}", "{")) \
                    and not lines[first - 1].startswith("#"):
                first -= 1
            signature = " ".join(lines[first:start])
            name = re.search(r"([A-Za-z_]\w*)\s*\(", re.sub(r"\b(CLEANUP|PRINTF_LIKE)\s*\([^)]*\)", "", signature))
            found.append((name.group(1) if name else "?", first + 1, i - start - 1, _parameters(signature)))
            start = None
    return found


def commands(build):
    """Compile commands of a Meson build: dicts with file (absolute), output (absolute), args."""
    path = os.path.join(build, "compile_commands.json")
    with open(path, encoding="utf-8") as f:
        rows = json.load(f)
    out = []
    for row in rows:
        where = row["directory"]
        out.append({
            "directory": where,
            "file": os.path.realpath(os.path.join(where, row["file"])),
            "output": os.path.realpath(os.path.join(where, row["output"])) if "output" in row else None,
            "args": row["arguments"] if "arguments" in row else shlex.split(row["command"]),
        })
    return out
