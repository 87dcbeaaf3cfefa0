#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The technical documents of `hallmark compile`, judged by the programs that would read them.

    check_documents.py HALLMARK PRODUCT.YAML YANG-DIR        (TAP on standard output)

yanglint reads the MUD file against the trees of RFC 8519 and RFC 8520 as restated in YANG-DIR, nft the rules, systemd-analyze
the units. Each tool is first shown something wrong: one that finds nothing anywhere proves nothing.
"""
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile

DAY = "2026-10-01"
EXPOSURE_MAX = 20  # tenths; systemd-analyze calls up to 2.0 "OK"
HALLMARK, EXAMPLE, YANG = sys.argv[1:4]
count, failed = 0, 0


class Skip(Exception):
    """This machine cannot run the case."""


def case(name, run):
    global count, failed
    count += 1
    try:
        run()
        print(f"ok {count} - {name}", flush=True)
    except Skip as why:
        print(f"ok {count} - {name} # SKIP {why}", flush=True)
    except Exception as why:  # an answer without the expected parts is a failed case, not the end of all
        failed += 1
        print(f"not ok {count} - {name}", flush=True)
        for line in (str(why) if isinstance(why, AssertionError) else repr(why)).splitlines()[:20]:
            print(f"# {line}", flush=True)


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False, **more)


def tool(name):
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/sbin"]:
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    raise Skip(f"{name} is not installed")


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def replaced(text, *pairs):
    for old, new in pairs:
        assert old in text, f"the example does not hold: {old}"
        text = text.replace(old, new, 1)
    return text


def between(text, start, end):
    return text[text.index(start):text.index(end)]


class Product:
    """A declaration and what it compiles to."""

    def __init__(self, work, name, text):
        self.name, self.out = name, os.path.join(work, name)
        self.yaml = write(os.path.join(work, name + ".yaml"), text)
        done = self.compile(self.out)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    def compile(self, out, *more):
        return run(HALLMARK, "compile", self.yaml, "--out", out, "--date", DAY, *more)

    def text(self, name):
        return read(os.path.join(self.out, name))

    def mud(self):
        return json.loads(self.text("mud.json"))


# Every kind of network need, a safety service, and one that needs no network.
WIDE = """services:
  - {id: camera, exec: usr/bin/camera, user: 2001, args: [], safety: false, why: takes pictures}
  - {id: alarm, exec: usr/bin/camera, user: 2002, args: [--loud], safety: true, why: calls for help}
  - {id: clock, exec: usr/bin/camera, user: 2003, args: [], safety: false, why: shows the time}
listeners:
  - {service: camera, proto: tcp, port: 8443, interface: lan, auth: owner-password, protection: tls, channel: page-tls,
     configures: false, discloses: nothing, why: pictures for the owner}
  - {service: alarm, proto: udp, port: 7001, interface: any, auth: service-identity, protection: dtls, channel: service-tls,
     configures: false, discloses: nothing, why: a call to test it}
  - {service: alarm, proto: tcp, port: 7002, interface: loopback, auth: service-identity, protection: tls, why: for the camera}
  - {service: agent, proto: tcp, port: 9443, interface: lan, auth: owner-password, protection: tls, channel: page-tls,
     configures: true, discloses: nothing, why: page for the owner}
flows:
  - {service: camera, host: clips.lumen.example, proto: tcp, port: 443, protection: tls, channel: service-tls, why: clips}
  - {service: camera, host: "2001:db8::5", proto: udp, port: 5005, protection: dtls, channel: service-tls,
     why: pictures while they are made}
  - {service: alarm, host: 192.0.2.7, proto: tcp, port: 8883, protection: tls, channel: service-tls, why: calls for help}
"""

# Texts that try to end their line, leave their quotes, name a specifier, a variable, a comment or a second command.
HOSTILE = [
    ("product: Lumen Doorbell Camera", "product: 'Cam %n \"x\" # ; } `id` $HOME \u00e4 \\'"),
    ("name: Lumen Works Ltd", "name: 'Lumen \"Works\" \\n {} \\'"),
    ("exec: usr/bin/camera", "exec: 'usr/bin/ca%n;$x#}'"),
    ("protected:\n  - usr/bin/camera", "protected:\n  - 'usr/bin/ca%n;$x#}'"),
    ("args: [--relay, \"10.77.0.3:7000\"]", "args: [';', '$HOME', '%h', 'a\"b', 'back\\', \"it's\"]"),
    ("why: takes pictures, keeps clips and shows them to the owner", "why: 'reads %S \\'"),
    ("why: relay for the clip backup chosen by the owner", "why: 'x) ; add rule inet hallmark input accept # \\'"),
    ("why: snapshot page for the owner", "why: '\"; } table inet open { \\'"),
    ("name: System image with camera program and agent", "name: 'a\",\"version\":\"9\\'"),
]


# Everything that a service can need beyond an ordinary program.
NEEDY = ("    writes: [data]\n", "    writes: ['data/%n\"x;', var/clips]\n    needs: [realtime, exec, jit, raw-network]\n"
                              "    devices: [dev/video0, 'dev/%i\"']\n")


def variants(work):
    example = read(EXAMPLE)
    wide = example.replace(between(example, "services:", "credentials:"), WIDE + "\n")
    wide = replaced(wide, ("inputs:\n", "inputs:\n  - {id: alarm-network, from: alarm, what: bounded and strictly decoded}\n"))
    return {
        "example": Product(work, "example", example),
        "wide": Product(work, "wide", wide),
        "needy": Product(work, "needy", replaced(example, NEEDY)),
        "hostile": Product(work, "hostile", replaced(example, *HOSTILE)),
    }


def listing(folder):
    found = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def same_bytes(work, products):
    for p in products.values():
        again = os.path.join(work, "again-" + p.name)
        for _ in range(2):  # into a new folder, then over it
            assert p.compile(again).returncode == 0
            assert listing(again) == listing(p.out), f"{p.name}: two runs differ"


def folders_follow(work, products):
    """A service that is gone leaves no unit behind; a file of somebody else's beside them stays."""
    out = os.path.join(work, "follow")
    assert products["wide"].compile(out).returncode == 0
    write(os.path.join(out, "notes.txt"), "mine\n")
    assert os.path.exists(os.path.join(out, "systemd/alarm.service.d/50-hallmark.conf"))
    assert products["example"].compile(out).returncode == 0
    found = listing(out)
    assert found.pop("notes.txt") == b"mine\n"
    assert found == listing(products["example"].out), sorted(found)


def dry_run_writes_nothing(work, products):
    out = os.path.join(work, "dry")
    done = products["wide"].compile(out, "--dry-run")
    assert done.returncode == 0 and not os.path.exists(out), done.stderr
    told = {line.split(": ")[0][len(out) + 1:] for line in done.stdout.splitlines()}
    assert told == set(listing(products["wide"].out)), told


def yanglint(work, document):
    path = write(os.path.join(work, "mud-case.json"), json.dumps(document))
    modules = [os.path.join(YANG, f"ietf-{m}.yang") for m in ("access-control-list", "acldns", "mud")]
    return run(tool("yanglint"), "-t", "config", "-p", YANG, *modules, path)


def mud_is_valid(work, products):
    for p in products.values():
        done = yanglint(work, p.mud())
        assert done.returncode == 0, f"{p.name}: {done.stderr}"


def acls(document):
    return document["ietf-access-control-list:acls"]["acl"]


def spoil(document, how):
    ace = acls(document)[0]["aces"]["ace"]
    flow = ace[0]["matches"]
    if how == "unknown leaf":
        document["ietf-mud:mud"]["mud-color"] = "red"
    elif how == "no mandatory leaf":
        del document["ietf-mud:mud"]["is-supported"]
    elif how == "list that does not exist":
        document["ietf-mud:mud"]["from-device-policy"]["access-lists"]["access-list"][0]["name"] = "none"
    elif how == "two entries of one name":
        ace.append(copy.deepcopy(ace[0]))
    elif how == "direction":
        flow["tcp"]["ietf-mud:direction-initiated"] = "sideways"
    elif how == "prefix of the augmenting module":
        flow["tcp"]["direction-initiated"] = flow["tcp"].pop("ietf-mud:direction-initiated")
    elif how == "port":
        flow["tcp"]["destination-port"]["port"] = 70000
    elif how == "network":
        flow["ipv4"]["destination-ipv4-network"] = "10.77.0.3"
    elif how == "both families":
        flow["ipv6"] = {"protocol": 6}
    elif how == "both transports":
        flow["udp"] = {}
    elif how == "family of the list":
        acls(document)[0]["type"] = "ipv6-acl-type"
    elif how == "action":
        ace[0]["actions"]["forwarding"] = "perhaps"
    elif how == "date":
        document["ietf-mud:mud"]["last-update"] = DAY
    return document


SPOILT = ["unknown leaf", "no mandatory leaf", "list that does not exist", "two entries of one name", "direction",
          "prefix of the augmenting module", "port", "network", "both families", "both transports", "family of the list",
          "action", "date"]


def spoilt_mud_is_refused(work, products):
    for how in SPOILT:
        done = yanglint(work, spoil(products["example"].mud(), how))
        assert done.returncode != 0, f"accepted: {how}"


def entries(document, name):
    """Name of an entry -> its matches, for those that let something pass."""
    [found] = [a for a in acls(document) if a["name"] == name]
    return {e["name"]: e["matches"] for e in found["aces"]["ace"] if e["actions"]["forwarding"] == "accept"}


def mud_says_what_is_declared(products):
    mud = products["wide"].mud()
    assert mud["ietf-mud:mud"]["mud-url"] == "https://lumen.example/mud/lumen-cam1.json"
    assert mud["ietf-mud:mud"]["last-update"] == DAY + "T00:00:00Z"
    four, six = entries(mud, "from-device-ipv4"), entries(mud, "from-device-ipv6")
    always = {"flow-1", "listener-1", "listener-2", "listener-4", "update-service", "dns-tcp", "dns-udp"}
    assert set(four) == always | {"flow-3"}, sorted(four)
    assert set(six) == always | {"flow-2"}, sorted(six)
    assert four["flow-1"]["ipv4"]["ietf-acldns:dst-dnsname"] == "clips.lumen.example"
    assert four["flow-3"]["ipv4"] == {"protocol": 6, "destination-ipv4-network": "192.0.2.7/32"}
    assert six["flow-2"] == {"ipv6": {"protocol": 17, "destination-ipv6-network": "2001:db8::5/128"},
                             "udp": {"destination-port": {"operator": "eq", "port": 5005}}}
    assert "ietf-mud:mud" not in four["listener-2"]  # any
    assert four["listener-1"]["ietf-mud:mud"] == {"local-networks": [None]}
    back = entries(mud, "to-device-ipv4")
    assert set(back) == set(four)
    assert back["flow-1"]["tcp"] == {"source-port": {"operator": "eq", "port": 443},
                                     "ietf-mud:direction-initiated": "from-device"}
    assert back["listener-1"]["tcp"] == {"destination-port": {"operator": "eq", "port": 8443},
                                         "ietf-mud:direction-initiated": "to-device"}


def mud_drops_the_defaults(work, products):
    """Without a name to look up, the DNS and NTP that RFC 8520 appendix B adds are refused."""
    p = Product(work, "no-names", replaced(read(EXAMPLE), ("mechanism: hallmark", "mechanism: other")))
    assert set(entries(p.mud(), "from-device-ipv4")) == {"flow-1", "listener-1", "listener-2"}
    [found] = [a for a in acls(p.mud()) if a["name"] == "from-device-ipv4"]
    refused = {e["name"]: e["matches"] for e in found["aces"]["ace"] if e["actions"]["forwarding"] == "drop"}
    assert set(refused) == {"dns-tcp", "dns-udp", "ntp-tcp", "ntp-udp"}, sorted(refused)
    assert refused["ntp-udp"] == {"ietf-mud:mud": {"controller": "urn:ietf:params:mud:ntp"}, "ipv4": {"protocol": 17},
                                  "udp": {"destination-port": {"operator": "eq", "port": 123}}}
    assert products["example"].mud()["ietf-mud:mud"]["is-supported"] is True


def nft(path):
    if run("unshare", "-rn", "true").returncode != 0:
        raise Skip("this machine allows no network namespace")
    return run("unshare", "-rn", tool("nft"), "-c", "-f", path)


def nft_accepts(work, products):
    bad = nft(write(os.path.join(work, "bad.nft"), "table inet x {\n\tchain y {\n\t\ttcp dport 70000 accept\n\t}\n}\n"))
    assert bad.returncode != 0, "nft accepts port 70000"
    for p in products.values():
        for mode in ("normal", "isolated"):
            done = nft(os.path.join(p.out, "nftables", mode + ".nft"))
            assert done.returncode == 0 and not done.stderr, f"{p.name} {mode}: {done.stderr}"


def rules(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def nft_texts_are_comments(products):
    """The hostile texts change no rule, and isolation keeps the safety service's own."""
    for mode in ("normal", "isolated"):
        name = f"nftables/{mode}.nft"
        assert rules(products["hostile"].text(name)) == rules(products["example"].text(name))
    cut = "\n".join(rules(products["wide"].text("nftables/isolated.nft")))
    assert "meta skuid 2002 ip daddr 192.0.2.7 tcp dport 8883 accept" in cut, cut
    assert "2001" not in cut and "2003" not in cut, cut


def unit_files(product):
    folder = os.path.join(product.out, "systemd")
    return [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith(".service")]


def verify(path):
    return run(tool("systemd-analyze"), "verify", "--man=no", path, env=dict(os.environ, SYSTEMD_LOG_LEVEL="info"))


def systemd_accepts(work, products):
    bad = write(os.path.join(work, "bad.service"), "[Service]\nExecStart=/bin/true\nNoNewPrivilege=yes\n")
    assert "NoNewPrivilege" in verify(bad).stderr, "systemd-analyze accepts an unknown directive"
    for p in products.values():
        for path in unit_files(p):
            # The program is not on this machine; nothing else may be wrong.
            said = verify(path).stderr.splitlines()
            program = "/usr/bin/ca%n;$x#}" if p.name == "hostile" else "/usr/bin/camera"
            absent = f"{os.path.basename(path)}: Command {program} is not executable: No such file or directory"
            assert said in ([absent], []), f"{p.name}: " + "\n".join(said)


def security(path):
    done = run(tool("systemd-analyze"), "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MAX}",
               "--json=short", path)
    if "unrecognized option" in done.stderr or "invalid option" in done.stderr:
        raise Skip("this systemd-analyze cannot look at a unit file")
    return done


def exposure_is_low(work, products):
    bare = shutil.copy(unit_files(products["example"])[0], os.path.join(work, "bare.service"))
    assert security(bare).returncode != 0, "a unit without limits passes"
    for p in products.values():
        for path in unit_files(p):
            done = security(path)
            if p.name == "needy":  # what it declares to need costs
                assert done.returncode != 0
                continue
            assert done.returncode == 0, f"{p.name} {path}: more than {EXPOSURE_MAX / 10}"


def changed(path, other):
    mine, theirs = read(path).splitlines(), read(other).splitlines()
    assert len(mine) == len(theirs)
    return [b for a, b in zip(mine, theirs) if a != b]


def hostile_texts_add_no_directive(products):
    """The whole judgement is the same, and so is every line but the three that hold texts."""
    [path], [other] = unit_files(products["example"]), unit_files(products["hostile"])
    assert security(path).stdout == security(other).stdout
    limits, differ = (changed(path + end, other + end) for end in (".d/50-hallmark.conf", ""))
    assert limits == ["ExecPaths=\"/usr/bin/ca%%n;$x#}\" -/lib -/lib32 -/lib64 -/usr/lib -/usr/lib32 -/usr/lib64"], limits
    assert len(differ) == 2, differ
    assert differ[0] == "Description=Cam %%n \"x\" # ; } `id` $HOME \u00e4 \\: camera (reads %%S \\)", differ[0]
    assert differ[1] == ("ExecStart=:\"/usr/bin/ca%%n;$x#}\" \";\" \"$HOME\" \"%%h\" \"a\\\"b\" \"back\\\\\" \"it's\""), differ[1]


def limits_follow_needs(products):
    def lines(service):
        return products["wide"].text(f"systemd/{service}.service.d/50-hallmark.conf").splitlines()
    camera, alarm, clock = lines("camera"), lines("alarm"), lines("clock")
    assert "User=2002" in alarm and "Restart=always" in alarm and "Restart=on-failure" in camera
    assert "SocketBindAllow=udp:7001" in alarm and "SocketBindAllow=tcp:7002" in alarm
    assert not any(line.startswith("SocketBindAllow=") for line in clock)
    assert "RestrictAddressFamilies=AF_UNIX" in clock and "PrivateNetwork=yes" in clock and "IPAddressDeny=any" in clock
    assert "PrivateNetwork=yes" not in camera
    # A name cannot be held to addresses here.
    assert not any(line.startswith("IPAddress") for line in camera + alarm)
    example = products["example"].text("systemd/camera.service.d/50-hallmark.conf").splitlines()
    assert "IPAddressDeny=any" in example and "IPAddressAllow=10.77.0.3" in example
    closed = {"PrivateDevices=yes", "MemoryDenyWriteExecute=yes", "RestrictRealtime=yes", "NoExecPaths=/", "PrivateUsers=yes",
              "CapabilityBoundingSet="}
    assert closed <= set(example), closed - set(example)
    assert "ReadWritePaths=\"/data\"" in example
    needy = products["needy"].text("systemd/camera.service.d/50-hallmark.conf").splitlines()
    assert not closed & set(needy), closed & set(needy)
    wanted = {"ReadWritePaths=\"/data/%%n\\\"x;\"", "ReadWritePaths=\"/var/clips\"", "DeviceAllow=\"/dev/video0\" rw",
              "DeviceAllow=\"/dev/%%i\\\"\" rw", "DevicePolicy=closed", "CapabilityBoundingSet=CAP_NET_RAW", "LimitRTPRIO=50"}
    assert wanted <= set(needy), wanted - set(needy)


def sbom_is_of_its_content(work, products):
    example, hostile = (json.loads(products[n].text("sbom.cdx.json")) for n in ("example", "hostile"))
    assert example["serialNumber"] != hostile["serialNumber"]
    assert hostile["components"][0]["name"] == "a\",\"version\":\"9\\"
    busybox = example["components"][2]
    assert busybox["purl"].startswith("pkg:deb/") and busybox["licenses"] == [{"expression": "GPL-2.0-only"}], busybox
    assert busybox["supplier"]["name"] == "busybox.net" and example["components"][0]["supplier"]["name"] == "Lumen Works Ltd"
    assert [c["bom-ref"] for c in example["components"]] == example["dependencies"][0]["dependsOn"]
    other = Product(work, "other-version", replaced(read(EXAMPLE), ("\nversion: 1.0.0", "\nversion: 1.0.1")))
    assert json.loads(other.text("sbom.cdx.json"))["serialNumber"] != example["serialNumber"]


def main():
    work = tempfile.mkdtemp(prefix="hallmark-documents.")
    try:
        products = variants(work)
        case("two runs, the same bytes", lambda: same_bytes(work, products))
        case("a folder follows the declaration as a whole", lambda: folders_follow(work, products))
        case("--dry-run tells all and writes nothing", lambda: dry_run_writes_nothing(work, products))
        case("MUD: yanglint accepts it", lambda: mud_is_valid(work, products))
        case("MUD: yanglint refuses a spoilt one", lambda: spoilt_mud_is_refused(work, products))
        case("MUD: says what is declared, in both directions", lambda: mud_says_what_is_declared(products))
        case("MUD: refuses what nothing declared needs", lambda: mud_drops_the_defaults(work, products))
        case("nftables: nft accepts both modes", lambda: nft_accepts(work, products))
        case("nftables: texts change no rule", lambda: nft_texts_are_comments(products))
        case("systemd: verify finds nothing", lambda: systemd_accepts(work, products))
        case(f"systemd: exposure at most {EXPOSURE_MAX / 10}", lambda: exposure_is_low(work, products))
        case("systemd: texts add no directive", lambda: hostile_texts_add_no_directive(products))
        case("systemd: limits follow what is declared", lambda: limits_follow_needs(products))
        case("SBOM: the serial number is of the content", lambda: sbom_is_of_its_content(work, products))
    finally:
        shutil.rmtree(work)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
