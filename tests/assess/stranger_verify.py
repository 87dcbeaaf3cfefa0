#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stranger's verifier of label claims: written from docs/label.md alone, shares no code with ours.

    stranger_verify.py LABEL.PUB TEXT        prints the claim as JSON; exit status 1: not genuine

Needs the openssl command for the signature.
"""
import datetime
import json
import subprocess
import sys
import tempfile

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
NAMES = {1: "maker", 2: "model", 3: "product", 4: "support_end", 5: "issued", 6: "edition", 7: "counts",
         8: "verdicts_sha256", 9: "level", 10: "mandatory_open", 11: "assessed", 12: "face"}


def base45(text):
    out = bytearray()
    for i in range(0, len(text), 3):
        group = text[i:i + 3]
        value = sum(ALPHABET.index(c) * 45 ** n for n, c in enumerate(group))
        out += value.to_bytes(len(group) - 1, "big")
    return bytes(out)


def head(data, at):
    major, info = data[at] >> 5, data[at] & 31
    if info < 24:
        return major, info, at + 1
    size = {24: 1, 25: 2, 26: 4, 27: 8}[info]
    return major, int.from_bytes(data[at + 1:at + 1 + size], "big"), at + 1 + size


def cbor(data, at=0):
    major, value, at = head(data, at)
    if major == 0:
        return value, at
    if major in (2, 3):
        part = data[at:at + value]
        assert len(part) == value
        return (part if major == 2 else part.decode()), at + value
    if major == 4:
        items = []
        for _ in range(value):
            item, at = cbor(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(value):
            key, at = cbor(data, at)
            pairs[key], at = cbor(data, at)
        return pairs, at
    assert major == 6 and value == 18
    return cbor(data, at)


def byte_string(part):
    n = len(part)
    return (bytes([0x40 | n]) if n < 24 else bytes([0x58, n]) if n < 256 else bytes([0x59]) + n.to_bytes(2, "big")) + part


def signed_bytes(url, protected, payload):
    return b"\x84\x6aSignature1" + byte_string(protected) + byte_string(url.encode()) + byte_string(payload)


def signature_fits(pem, message, signature):
    with tempfile.NamedTemporaryFile() as m, tempfile.NamedTemporaryFile() as s:
        m.write(message), m.flush()
        s.write(signature), s.flush()
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", m.name, "-sigfile",
                               s.name], capture_output=True, check=False).returncode == 0


def split(text):
    url, mark, rest = text.strip("\n").rpartition("HMK1:")
    assert mark and (not url or url.endswith("#"))
    if url:
        rest = rest.replace("%20", " ").replace("%25", "%")
    return url[:-1], base45(rest)


def verify(pem, text):
    url, message = split(text)
    assert message[0] == 0xd2  # tag 18
    (protected, unprotected, payload, signature), end = cbor(message)
    assert end == len(message) and protected == b"\xa1\x01\x27" and unprotected == {} and len(signature) == 64
    assert signature_fits(pem, signed_bytes(url, protected, payload), signature)
    fields, end = cbor(payload)
    assert end == len(payload) and list(fields) == list(range(1, 13))
    claim = {"url": url}
    for key, value in fields.items():
        name = NAMES[key]
        if name in ("support_end", "issued", "assessed"):
            value = str(datetime.date(1970, 1, 1) + datetime.timedelta(days=value))
        claim[name] = value.hex() if isinstance(value, bytes) else value
    return claim


if __name__ == "__main__":
    try:
        print(json.dumps(verify(sys.argv[1], sys.argv[2]), ensure_ascii=False))
    except (AssertionError, ValueError, KeyError, IndexError, TypeError) as e:
        sys.exit(f"not genuine: {e!r}")
