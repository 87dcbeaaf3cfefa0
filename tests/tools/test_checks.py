#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checkers themselves: each is green on a small clean tree and red on the same tree with one thing planted.

TAP on standard output. A checker that cannot fail is worth nothing.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
TOOLS = os.path.join(TOP, "tools")
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"

CLEAN = {
    "ARCHITECTURE.md": "<!-- layers:begin -->\n| room | answers for | may include |\n|---|---|---|\n"
                       "| core/base | x | |\n| core/codec | x | core/base |\n| agent/update | x | core |\n"
                       "| agent/guard | x | core |\n| fleet/api | x | core agent |\n<!-- layers:end -->\n",
    "Makefile": "# SPDX-License-Identifier: Apache-2.0\ntest:\n",
    "README.md": "See [the house](ARCHITECTURE.md), `src/core/base/a.h` and `make test`.\n",
    "src/core/README.md": "# core\n\n## Purpose\n\n## May use\n\n## Used by\n\n## Where to start\n\n",
    "src/agent/README.md": "# agent\n\n## Purpose\n\n## May use\n\n## Used by\n\n## Where to start\n\n",
    "src/core/base/banned.h": SPDX + "#ifndef HALLMARK_CORE_BASE_BANNED_H\n#define HALLMARK_CORE_BASE_BANNED_H\n#endif\n",
    "src/core/base/a.h": SPDX + "#ifndef HALLMARK_CORE_BASE_A_H\n#define HALLMARK_CORE_BASE_A_H\nint a_len(const char *s);\n"
                                "#endif\n",
    "src/core/base/a.c": SPDX + '#include "core/base/a.h"\n\n#include <string.h>\n\n#include "core/base/banned.h"\n\n'
                                "int a_len(const char *s)\n{\n\treturn (int)strlen(s);\n}\n",
    "src/agent/update/u.c": SPDX + '#include "core/base/a.h"\n#include "core/base/banned.h"\n\n'
                                   'int u(void);\n\nint u(void)\n{\n\treturn a_len("x");\n}\n',
    "tools/purity.txt": "pure src/core/*\nallow strlen\nallow EVP_*\ndeny EVP_RAND*\n",
}


def tree(changes):
    root = tempfile.mkdtemp(prefix="hallmark-test.")
    for name, text in {**CLEAN, **changes}.items():
        if text is None:
            continue
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    return root


def compile_all(root):
    """Objects and a compile database, as Meson would leave them."""
    build, rows = os.path.join(root, "build"), []
    os.makedirs(build)
    for folder, _, names in os.walk(os.path.join(root, "src")):
        for name in names:
            if name.endswith(".c"):
                source = os.path.join(folder, name)
                command = ["cc", "-I", os.path.join(root, "src"), "-c", source, "-o", name + ".o"]
                subprocess.run(command, cwd=build, check=True)
                rows.append({"directory": build, "file": source, "output": name + ".o", "arguments": command})
    with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as f:
        json.dump(rows, f)
    return build


def run(tool, changes):
    root = tree(changes)
    try:
        arguments = [root]
        if tool in ("check-purity", "check-headers"):
            arguments = [compile_all(root), root]
        done = subprocess.run([sys.executable, os.path.join(TOOLS, tool), *arguments], capture_output=True, text=True,
                              check=False, cwd=root)
        return done.returncode, done.stdout + done.stderr
    finally:
        shutil.rmtree(root)


def with_line(name, line):
    return {name: CLEAN[name] + line}


LONG = SPDX + '#include "core/base/banned.h"\n\nint f(void);\n\nint f(void)\n{\n' + "\tf();\n" * 61 + "}\n"
WIDE = SPDX + '#include "core/base/banned.h"\n\nint f(int a, int b, int c, int d, int e, int g,\n      int h)\n{\n}\n'
GOTO = SPDX + '#include "core/base/banned.h"\n\nint f(void)\n{\n\tgoto out;\nout:\n\treturn 0;\n}\n'
INNOCENT = SPDX + '#include "core/base/banned.h"\n\n/* a goto in a comment */\nconst char *f(void)\n{\n\treturn "goto";\n}\n'
CLOCK = SPDX + '#include <time.h>\n#include "core/base/banned.h"\n\nlong b(void)\n{\n\treturn time(0);\n}\n'
NEIGHBOUR = SPDX + 'long w(void);\n#include "core/base/banned.h"\n\nlong b(void)\n{\n\treturn w();\n}\n'
WORLD = SPDX + '#include "core/base/banned.h"\n\nlong w(void)\n{\n\treturn 0;\n}\n'
CHANCE = SPDX + 'int EVP_RAND_generate(void);\n#include "core/base/banned.h"\n\nint b(void)\n{\n\treturn EVP_RAND_generate();\n}\n'
HOME = "/ho" + "me/someone/x"

NORMS = {
    "data/en303645.json": '{"provisions": [{"id": "5.1-1"}]}',
    "data/ts103701.json": '{"cases": [{"id": "5.1-1-1", "kind": "conceptual"}, {"id": "5.1-1-2", "kind": "functional"}]}',
    "src/product/judge.c": "/* REQ: EN303645-5.1-1 TS103701-5.1-1-1 */\n",
}

# (what is planted, checker, changes, exit status, words that must be in the output)
CASES = [
    ("nothing", "check-layers", {}, 0, ""),
    ("an include upwards", "check-layers", with_line("src/core/base/a.h", '#include "core/codec/json.h"\n'), 1,
     "core/base may not include core/codec"),
    ("an include between capabilities", "check-layers",
     with_line("src/agent/update/u.c", '  #  include "agent/guard/g.h"\n'), 1, "agent/update may not include agent/guard"),
    ("siblings meeting, with the table's blessing", "check-layers",
     {"src/fleet/api/x.c": '#include "agent/guard/g.h"\n'}, 1, "never meet"),
    ("a file in no room", "check-layers", {"src/stray.c": "\n"}, 1, "no room"),
    ("an include of no room", "check-layers", with_line("src/core/base/a.h", '#include "misc/x.h"\n'), 1, "no room"),
    ("an include through ..", "check-layers", with_line("src/core/base/a.h", '#include "../codec/json.h"\n'), 1, ".."),
    ("nothing", "check-style", {}, 0, ""),
    ("words that only look like it", "check-style", {"src/core/base/b.c": INNOCENT}, 0, ""),
    ("a missing licence line", "check-style", {"src/core/base/b.h": "\n"}, 1, "SPDX"),
    ("a missing licence line in a script", "check-style", {"tools/x": "#!/bin/sh\n\n\n"}, 1, "SPDX"),
    ("banned.h not last", "check-style",
     {"src/core/base/b.c": SPDX + '#include "core/base/banned.h"\n#include <stdio.h>\n'}, 1, "banned.h"),
    ("a long function", "check-style", {"src/core/base/b.c": LONG}, 1, "61 lines"),
    ("a long parameter list", "check-style", {"src/core/base/b.c": WIDE}, 1, "7 parameters"),
    ("a long file", "check-style", {"src/core/base/b.h": SPDX + "\n" * 600}, 1, "601 lines"),
    ("a goto", "check-style", {"src/core/base/b.c": GOTO}, 1, "goto"),
    ("a builder's path", "check-style", {"docs/x.md": f"see {HOME}\n"}, 1, "builder's machine"),
    ("an exception that is used", "check-style",
     {"src/core/base/b.c": LONG, "tools/style-exceptions.txt": "function src/core/base/b.c 1 why\n"}, 0, ""),
    ("an exception that is no more needed", "check-style",
     {"tools/style-exceptions.txt": "function src/core/base/b.c 1 why\n"}, 1, "lower it"),
    ("nothing", "check-purity", {}, 0, ""),
    ("a clock", "check-purity", {"src/core/base/b.c": CLOCK}, 1, "calls time"),
    ("the world through a neighbour", "check-purity",
     {"src/core/base/b.c": NEIGHBOUR, "src/agent/update/w.c": WORLD}, 1, "calls w;"),
    ("an allowed family's denied member", "check-purity", {"src/core/base/b.c": CHANCE}, 1, "EVP_RAND_generate"),
    ("a pattern that fits nothing", "check-purity", with_line("tools/purity.txt", "pure src/gone/*\n"), 1, "src/gone"),
    ("nothing", "check-headers", {}, 0, ""),
    ("a header that leans on others", "check-headers",
     {"src/core/base/b.h": SPDX + "#ifndef HALLMARK_CORE_BASE_B_H\n#define HALLMARK_CORE_BASE_B_H\nsize_t b(void);\n#endif\n"},
     1, "does not stand alone"),
    ("a guard of another name", "check-headers",
     {"src/core/base/b.h": SPDX + "#ifndef B_H\n#define B_H\n#endif\n"}, 1, "no include guard"),
    ("nothing", "check-docs", {}, 0, ""),
    ("a dead link", "check-docs", {"docs/x.md": "[x](gone.md)\n"}, 1, "leads nowhere"),
    ("a path that is gone", "check-docs", {"docs/x.md": "`src/core/gone.c`\n"}, 1, "does not exist"),
    ("a command that is gone", "check-docs", {"docs/x.md": "type `make coffee`\n"}, 1, "make coffee"),
    ("a room without a page", "check-docs", {"src/agent/README.md": None}, 1, "missing"),
    ("a page without a heading", "check-docs", {"src/agent/README.md": "# agent\n"}, 1, "no heading"),
    ("nothing", "check-requirements", NORMS, 0, "1 provisions and 1 cases"),
    ("a provision without a judge", "check-requirements",
     {**NORMS, "src/product/judge.c": "/* REQ: TS103701-5.1-1-1 */\n"}, 1, "EN303645-5.1-1 is named by no judge"),
    ("a case without a judge", "check-requirements",
     {**NORMS, "src/product/judge.c": "/* REQ: EN303645-5.1-1 TS103701-5.1-1-2 */\n"}, 1,
     "TS103701-5.1-1-1 is named by no judge"),
    ("a case that is named elsewhere only", "check-requirements",
     {**NORMS, "src/product/judge.c": "/* REQ: EN303645-5.1-1 */\n", "tests/t.c": NORMS["src/product/judge.c"]}, 1,
     "TS103701-5.1-1-1 is named by no judge"),
    ("a clause that does not exist", "check-requirements", {**NORMS, "src/x.c": "/* EN303645-5.1-9 */\n"}, 1,
     "src/x.c:1: EN303645-5.1-9 is in no catalogue"),
]

# (what, TAP text, exit status, expected passed / failed / skipped)
TAP = [
    ("all pass", "1..2\nok 1 - a\nok 2 - b\n", 0, (2, 0, 0)),
    ("one fails", "1..2\nok 1 - a\nnot ok 2 - b\n", 1, (1, 1, 0)),
    ("crash before the end", "1..3\nok 1 - a\n", -11, (1, 1, 0)),
    ("crash before the plan", "", -11, (0, 1, 0)),
    ("passes and then exits badly", "1..1\nok 1 - a\n", 1, (1, 1, 0)),
    ("cmocka's skip", "1..1\n# skip: no root\nnot ok 1 # SKIP a\n", 0, (0, 0, 1)),
    ("skip of all", "1..0 # SKIP no kernel support\n", 0, (0, 0, 1)),
    ("plan at the end", "ok 1 - a\nok 2 - b # SKIP not here\n1..2\n", 0, (1, 0, 1)),
    ("more than announced", "1..1\nok 1 - a\nok 2 - b\n", 0, (2, 1, 0)),
]


def load_run_tests():
    import importlib.machinery
    import importlib.util
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("run_tests", os.path.join(TOOLS, "run-tests"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", loader))
    loader.exec_module(module)
    return module


def main():
    print(f"1..{len(CASES) + len(TAP)}")
    number = failures = 0
    for what, tool, changes, expected, words in CASES:
        number += 1
        status, output = run(tool, changes)
        good = status == expected and words in output
        failures += not good
        print(f"{'ok' if good else 'not ok'} {number} - {tool}: {what}")
        if not good:
            print("\n".join("# " + line for line in f"status {status}, expected {expected}\n{output}".splitlines()))
    module = load_run_tests()
    for what, text, status, expected in TAP:
        number += 1
        tally = module.read_tap("t", text, status)
        got = (tally.passed, len(tally.failed), len(tally.skipped))
        failures += got != expected
        print(f"{'ok' if got == expected else 'not ok'} {number} - run-tests: {what}")
        if got != expected:
            print(f"# got {got}, expected {expected}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
