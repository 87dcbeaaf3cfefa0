#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The printed label, scanned: drawn by the real programs, brought to 25 mm of code at 300 dpi, spoilt, decoded by a
foreign scanner, and verified by ours and by a stranger's program. Also what hallmark-raster refuses. TAP.

    label_scan.py HALLMARK HALLMARK-RASTER PRODUCT.YAML
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import stranger_verify  # noqa: E402

HALLMARK, RASTER, PRODUCT = (os.path.realpath(p) for p in sys.argv[1:4])
TOOLS = ("zbarimg", "convert", "openssl")
WIDTH_300DPI = 712  # 60 mm, so that the code has 25 mm; less than we allow
UNITS = 700  # of the drawing, from edge to edge
count = 0


def tell(ok, name, *why):
    global count
    count += 1
    print(f"{'ok' if ok else 'not ok'} {count} - {name}", flush=True)
    if not ok:
        for line in why:
            print(f"# {str(line)[:400]!r}")


def run(*args, data=None):
    return subprocess.run(args, input=data, capture_output=True, check=False)


def convert(*args):
    out = run("convert", *args)
    assert out.returncode == 0, out.stderr
    return out.stdout


def scan(png):
    out = run("zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable", png)
    return out.stdout.decode().rstrip("\n")


def verified(*args):
    return run(HALLMARK, "verify", *args, "--key", "keys/label.pub")


def variants(base):
    """Verdicts as they could be, with texts short, long, foreign and hostile."""
    def make(name, result=None, **words):
        v = json.loads(json.dumps(base))
        v["subject"].update(words)
        for x in v["verdicts"]:
            if result:
                x["result"] = result
        return name, v
    yield make("example camera")
    yield make("everything passed", "pass")
    yield make("nothing to say", "pass", product="Hub", model="h", maker="M", data="", sensors="", password="", updates="",
               version="1")
    yield make("no address", url="")
    yield make("longest texts", product="Very Long Product Name " * 13, maker="Incredibly Long Company Name " * 10,
               model="M" * 64, version="1.2.3-" + "x" * 300, updates="automatic and signed, " * 14,
               password="a random one for each unit, can be changed, " * 7, data="clips, " * 45, sensors="camera, microphone, " * 15,
               url="https://lumen.example/" + "a" * 42)
    yield make("foreign and hostile", product="電子呼び鈴 <b>&\"'プロ</b>", maker="شركة الإضاءة المحدودة", model="דגם-7",
               data="\u202etxt.exe ﷽ 👩‍👩‍👧‍👦", sensors="Kamera, Mikrofon; ‏ميكروفون")


USUAL = ("example camera", "everything passed", "nothing to say", "no address", "foreign and hostile")


def rows_with_ink(png, left, right):
    """Rows of the picture that are dark anywhere between two places, in units of the drawing."""
    size = run("identify", "-format", "%w %h", png).stdout.split()
    width, height = int(size[0]), int(size[1])
    x, w = left * width // UNITS, (right - left) * width // UNITS
    gray = convert(png, "-crop", f"{w}x{height}+{x}+0", "+repage", "-colorspace", "gray", "-depth", "8", "gray:-")
    return [y * UNITS // width for y in range(height) if min(gray[y * w:(y + 1) * w]) < 128]


def check_margins(name):
    """In the widest common font nothing leaves its column, or comes into the white around the code."""
    svg = open("out/label.svg", encoding="utf-8").read()
    height = int(re.search(r'viewBox="0 0 700 (\d+)"', svg).group(1))
    ratio = height / UNITS
    tell(1.25 <= ratio <= (1.6 if name in USUAL else 2), f"{name}: a card of 1 : {ratio:.2f}")
    top, high = map(int, re.search(r'M3 (\d+)h694v(\d+)h', svg).groups())
    from_y, column = map(int, re.search(r'M396 (\d+)v(\d+)"', svg).groups())
    for family in ("DejaVu Sans", "Liberation Sans"):
        other = svg.replace("Arial, Helvetica, 'Liberation Sans', sans-serif", family)
        assert other != svg
        with open("wide.png", "wb") as f:
            f.write(run(RASTER, "300", data=other.encode()).stdout)
        ink = [y for y in rows_with_ink("wide.png", 684, 694) if not top - 2 <= y <= top + high + 2 and 16 < y < height - 16]
        tell(not ink, f"{name}: in {family} nothing runs into the margin", ink)
        ink = [y for strip in ((384, 393), (399, 414)) for y in rows_with_ink("wide.png", *strip)
               if from_y <= y <= from_y + column]
        tell(not ink, f"{name}: in {family} nothing runs into the other column", ink)


SPOILT = {
    "as it is": [],
    "black and white": ["-colorspace", "gray", "-threshold", "50%"],
    "blurred": ["-blur", "0x1.2"],
    "noisy": ["-colorspace", "gray", "-seed", "7", "-attenuate", "0.4", "+noise", "Gaussian"],
    "turned by 4 degrees": ["-background", "white", "-rotate", "4"],
    "pale": ["-level", "-60%,110%"],
    "larger by 1.37": ["-resize", "137%"],
}


def check_scans(name):
    text = open("out/label.txt", encoding="ascii").read().rstrip("\n")
    for how, options in SPOILT.items():
        convert("out/label.png", "-resize", f"{WIDTH_300DPI}x", *options, "scan.png")
        seen = scan("scan.png")
        tell(seen == text, f"{name}, {how}: the code is read", seen)
    answer = verified(text, "--verdicts", "verdicts.json")
    tell(answer.returncode == 0 and b"level: " in answer.stdout, f"{name}: what was scanned is genuine", answer.stderr)
    seen = stranger_verify.verify("keys/label.pub", text)
    v = json.load(open("verdicts.json", encoding="utf-8"))["subject"]
    tell(seen["model"] == v["model"] and seen["support_end"] == v["support_end"] and seen["url"] in (v["url"], ""),
         f"{name}: a stranger's program reads the same", seen)
    forged = text[:-1] + ("A" if text[-1] != "A" else "B")
    tell(verified(forged).returncode == 1, f"{name}: one character changed is not genuine")


def write_verdicts(v):
    with open("verdicts.json", "w", encoding="utf-8") as f:
        json.dump(v, f, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def check_label(name, v):
    write_verdicts(v)
    made = run(HALLMARK, "label", "verdicts.json", "--key", "keys/label.key", "--out", "out")
    tell(made.returncode == 0 and os.path.exists("out/label.png"), f"{name}: the label is issued", made.stderr)
    if made.returncode:
        return
    for f in ("label.svg", "label.html"):
        answer = verified(f"out/{f}")
        tell(answer.returncode == 0 and b"exactly what was signed" in answer.stdout, f"{name}: {f} is genuine", answer.stdout)
    check_scans(name)
    check_margins(name)
    if os.environ.get("LABEL_KEEP"):
        shutil.copytree("out", os.path.join(os.environ["LABEL_KEEP"], name.replace(" ", "-")), dirs_exist_ok=True)


def check_raster():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="%s" height="10mm">%s</svg>'
    cases = [("nothing", "600", ""), ("no drawing", "600", "<html/>"), ("half a drawing", "600", svg[:60]),
             ("too many dots", "1300", svg % ("10mm", "")), ("no number", "x", svg % ("10mm", "")),
             ("too large", "600", svg % ("9000mm", "")), ("too long", "600", svg % ("10mm", "<!--" + "x" * 600000 + "-->")),
             ("a bomb", "600", '<!DOCTYPE s [<!ENTITY a "' + "x" * 9999 + '"><!ENTITY b "' + "&a;" * 9999 + '"><!ENTITY c "' +
              "&b;" * 999 + '">]>' + svg % ("10mm", "<text>&c;</text>"))]
    for name, dpi, text in cases:
        out = run(RASTER, dpi, data=text.encode())
        tell(out.returncode in (2, 3) and not out.stdout, f"raster: {name} is refused", out.returncode, out.stderr[:200])
    black = svg % ("10mm", '<rect width="500" height="500"/>')
    with open("black.png", "wb") as f:
        f.write(run(RASTER, "100", data=black.encode()).stdout)
    linked = svg % ("10mm", f'<image xlink:href="{os.path.realpath("black.png")}" width="500" height="500"/>')
    for name, text, dark in (("a drawing is drawn", black, True), ("a file that it names is not", linked, False)):
        with open("some.png", "wb") as f:
            f.write(run(RASTER, "100", data=text.encode()).stdout)
        tell(bool(rows_with_ink("some.png", 0, UNITS)) == dark, f"raster: {name}")


def check_without_raster():
    os.mkdir("alone")
    shutil.copy(HALLMARK, "alone/hallmark")
    old = os.path.exists("out/label.png")
    out = run("alone/hallmark", "label", "verdicts.json", "--key", "keys/label.key", "--out", "out")
    tell(old and out.returncode == 0 and b"hallmark-raster is not installed" in out.stderr and
         not os.path.exists("out/label.png") and verified("out/label.svg").returncode == 0,
         "without hallmark-raster there is a label, no older picture, and a word about it", out.stderr)


def main():
    missing = [t for t in TOOLS if not shutil.which(t)]
    if missing:
        print(f"1..0 # SKIP not installed: {' '.join(missing)}")
        return
    keep = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="hallmark-label-") as work:
        os.chdir(work)
        os.environ.pop("HALLMARK_PASSPHRASE_FILE", None)
        run(HALLMARK, "keys", "init", "keys", "--unsealed", "--holders", "1", "--maker", "Lumen")
        run(HALLMARK, "assess", "--declaration", PRODUCT, "--target", "127.0.0.1", "--only", "declaration", "--out", "assessed")
        with open("assessed/verdicts.json", encoding="utf-8") as f:
            base = json.load(f)
        for name, v in variants(base):
            check_label(name, v)
        check_raster()
        check_without_raster()
        os.chdir(keep)
    print(f"1..{count}")


main()
