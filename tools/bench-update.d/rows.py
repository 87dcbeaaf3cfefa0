# SPDX-License-Identifier: Apache-2.0
"""The rows of the tables: who is measured, and with which commands. Adding a rival is adding a row.

A step is one command line; "|" pipes, "&" runs beside, "%" is a service that ends with the rest. Places to fill in: {old}
{new} images, {size} of the new one; {patch} what would be sent, a file or a folder; {out} the image that the device ends up
with; {tmp} a folder of the row's own; {here} this folder; {programs} ours; {url} of {tmp}, for rows that are served.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    name: str
    packages: tuple          # where its programs come from; their versions decide whether a figure is still good
    programs: tuple          # without them it is not measured
    encode: tuple            # measured, once
    decode: tuple            # measured, several times
    finish: tuple = ()       # after each decode, not measured; {out} is then held against {new}
    prepare: tuple = ()      # before encode, not measured: what the maker already has from the release before
    collect: tuple = ()      # between encode and decode, not measured: reduces {patch} to what is sent
    ready: tuple = ()        # before each decode, not measured: what the device already has
    inputs: tuple = ("old", "new")
    served: bool = False     # the device fetches from {url}; the bytes are those that were served
    root: bool = False
    mounts: bool = False
    ours: tuple = ()         # our programs that decide the figures
    shared: bool = False     # several processes of ours at once: their memory is the highest sum of PSS, looked at in a run apart
    empty: str = ""          # a run of the decoder that does nothing, for what of the memory is the program itself


def hallmark(name, encode, decode, **more):
    return Row(name, (), (), ("{programs}/hallmark " + encode,), ("{programs}/hallmark " + decode,), ours=("hallmark",),
               empty="{programs}/hallmark apply --help", **more)


BSDIFF, LZMA = "bsdiff, without runs of zeroes", "xdelta3 -9 -S lzma"
FULL, LIMIT = "zstd -19, whole image", "limit: zstd -d, sha256, direct write"
WRITE = "limit: direct write alone"
OURS, OURS_FULL, OURS_AGENT = "Hallmark", "Hallmark, whole image", "Hallmark, device agent"
RAUC, SWUPDATE = "RAUC, plain bundle", "SWUpdate"


def casync(kib):
    make = f"casync make --chunk-size={kib * 1024}"
    return Row(f"casync, {kib} KiB chunks", ("casync",), ("casync",),
               prepare=("mkdir {patch}", make + " --store={tmp}/old.castr {tmp}/old.caibx {old}"),
               encode=(make + " --store={patch}/new.castr {patch}/new.caibx {new}",),
               collect=("sh {here}/casync-missing {tmp}/old.castr {patch}/new.castr",),
               decode=("casync extract --store={patch}/new.castr --seed={old} --seed-output=no {patch}/new.caibx {out}",))


PATCHES = (
    hallmark(OURS, "patch {old} {new} --out {patch}", "apply {old} {patch} --out {out}"),
    Row(BSDIFF, ("bsdiff",), ("bsdiff", "bspatch"), ("bsdiff {tmp}/old {tmp}/new {patch}",),
        ("bspatch {tmp}/old {tmp}/dense {patch}",), finish=("{here}/dense unpack {tmp}/dense {tmp}/new.runs {out}",),
        prepare=("{here}/dense pack {old} {tmp}/old", "{here}/dense pack {new} {tmp}/new")),
    Row(LZMA, ("xdelta3",), ("xdelta3",), ("xdelta3 -e -9 -S lzma -s {old} {new} {patch}",),
        ("xdelta3 -d -s {old} {patch} {out}",)),
    Row("xdelta3 -9 -S lzma, window over all", ("xdelta3",), ("xdelta3",),
        ("xdelta3 -e -9 -S lzma -B 536870912 -s {old} {new} {patch}",), ("xdelta3 -d -B 536870912 -s {old} {patch} {out}",)),
    Row("xdelta3", ("xdelta3",), ("xdelta3",), ("xdelta3 -e -s {old} {new} {patch}",), ("xdelta3 -d -s {old} {patch} {out}",)),
    Row("zstd --patch-from -19 --long=31", ("zstd",), ("zstd",),
        ("zstd -q -19 --long=31 --patch-from={old} {new} -o {patch}",),
        ("zstd -q -d --long=31 --patch-from={old} {patch} -o {out}",)),
    Row("rdiff 2 KiB + zstd -19", ("rdiff", "zstd"), ("rdiff", "zstd"),
        ("rdiff -b 2048 signature {old} {tmp}/signature", "rdiff delta {tmp}/signature {new} {tmp}/delta",
         "zstd -q -19 {tmp}/delta -o {patch}"),
        ("zstd -q -d -f {patch} -o {tmp}/delta", "rdiff patch {old} {tmp}/delta {out}")),
    casync(16),
    casync(64),
    Row("zchunk", ("zchunk",), ("zck", "zckdl", "unzck"),
        ("zck -o {patch} {new}",), ready=("rm -rf {tmp}/device", "mkdir {tmp}/device", "zck -o {tmp}/device/old.zck {old}"),
        decode=("env -C {tmp}/device zckdl -q -s old.zck {url}",
                "env -C {tmp}/device sh -c 'unzck -c patch > \"$0\"' {out}"), served=True),
)

SLOT = ("cp --sparse=never {tmp}/blank {out}",)
BLANK = "head -c {size} /dev/zero | dd of={tmp}/blank bs=1M status=none"

WHOLE = (
    hallmark(OURS_FULL, "image {new} --out {patch}", "apply {patch} --out {out}", inputs=("new",)),
    Row(OURS_AGENT, ("busybox-static", "e2fsprogs", "util-linux"), ("busybox", "debugfs", "unshare"),
        ("{here}/agent bundle {tmp} {programs} {new} {patch}",), prepare=(BLANK, "{here}/agent prepare {tmp} {programs} {size}"),
        collect=("find {patch}/targets -name *-1.0.0.* -delete",), ready=(*SLOT, "{here}/agent device {tmp} {out}"),
        decode=("{here}/agent install {tmp} {programs} {patch}",), inputs=("new",), root=True, shared=True,
        ours=("hallmark", "hallmarkd", "hallmarkd-engine", "hallmarkd-tls", "hallmarkd-worker", "hallmarkctl")),
    Row(FULL, ("zstd",), ("zstd",), ("zstd -q -19 {new} -o {patch}",), ("zstd -q -d {patch} -o {out}",), inputs=("new",)),
    Row(LIMIT, ("zstd", "coreutils", "openssl"), ("zstd", "dd", "openssl"), ("zstd -q -19 {new} -o {patch}",),
        prepare=(BLANK, "mkfifo {tmp}/hashed"), ready=SLOT, inputs=("new",),
        decode=("zstd -q -d -c {patch} | tee {tmp}/hashed | dd of={out} bs=1M iflag=fullblock oflag=direct conv=notrunc status=none"
                " & openssl dgst -sha256 {tmp}/hashed",)),
    Row(WRITE, ("coreutils",), ("dd",), ("cp {new} {patch}",), prepare=(BLANK,), ready=SLOT, inputs=("new",),
        decode=("dd if={patch} of={out} bs=1M oflag=direct conv=notrunc status=none",)),
    Row(RAUC, ("rauc", "squashfs-tools", "dbus-daemon"), ("rauc", "mksquashfs", "dbus-daemon", "dbus-send", "openssl"),
        ("sh {here}/rauc bundle {tmp} {new} {patch}",), prepare=(BLANK, "sh {here}/rauc prepare {tmp} {out}"),
        ready=SLOT, inputs=("new",), root=True, mounts=True,
        decode=("dbus-daemon --nofork --config-file={tmp}/bus.conf % sh {here}/rauc service {tmp} % "
                "sh {here}/rauc install {tmp} {patch}",)),
    Row(SWUPDATE, ("swupdate",), ("swupdate", "cpio", "zstd", "openssl"),
        ("sh {here}/swupdate bundle {tmp} {new} {patch} {out}",), prepare=(BLANK, "sh {here}/swupdate prepare {tmp}"),
        ready=SLOT, inputs=("new",),
        decode=("sh {here}/swupdate install {tmp} {patch}",)),
)
