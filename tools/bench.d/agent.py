# SPDX-License-Identifier: Apache-2.0
"""Figures of the device agent: size, start, memory and CPU at rest, installing a release."""
import http.client
import os
import re
import shutil
import socket
import ssl
import statistics
import subprocess
import threading
import time
import urllib.parse

import process
from table import Table, kib, mib, ms, n_of, pair
from world import BIG_MIB, Failed, wait_until

REBOOT = 85  # exit status by which hallmarkd asks for a reboot
MEMORY_GOAL = 6 << 20
AGENT = ("hallmarkd", "hallmarkd-engine", "hallmarkd-tls", "hallmarkd-firewall", "hallmarkd-worker")
ROLES = ("parent", "engine", "net", "guard", "local")


def sizes(world, figures):
    t = Table("Stripped size", ("program", "bytes", "KiB", "of these code and constants"))
    total = 0
    for name in ("hallmark", *AGENT, "hallmark-fleet"):
        copy = world.path(name + ".stripped")
        world.run(shutil.which("strip") or "/usr/bin/strip", "-o", copy, world.program(name))
        size = os.stat(copy).st_size
        text = int(world.run(shutil.which("size") or "/usr/bin/size", copy).split("\n")[1].split()[0])
        figures[f"size.{name}.bytes"] = size
        t.row(name, str(size), kib(size), str(text))
        total += size if name in AGENT else 0
    t.row("the agent, all its programs", str(total), kib(total), "")
    figures["size.agent.bytes"] = total
    return t


def any_server():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def page_answers(world, address, stop):
    context = any_server()
    while not stop.is_set():
        try:
            with socket.create_connection(address, timeout=2) as raw, context.wrap_socket(raw) as s:
                s.sendall(b"GET / HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n")
                if s.recv(12).startswith(b"HTTP/1.1 200"):
                    return time.monotonic()
        except OSError:
            time.sleep(0.002)
    return None


def one_start(world, folder):
    """Seconds from exec to the page's first answer and to the first accepted check-in, CPU seconds until both."""
    name = os.path.basename(folder)
    before = world.nonce(name)
    page, stop = [], threading.Event()
    agent = world.agent(folder)
    address = (world.network.device, world.page_port)
    watcher = threading.Thread(target=lambda: page.append(page_answers(world, address, stop)))
    watcher.start()
    try:
        wait_until("first check-in", 20, lambda: world.nonce(name) != before, 0.001)
        checkin = time.monotonic()
        watcher.join(10)
    finally:
        stop.set()
        watcher.join()
    used = process.cpu_of(agent.pids())
    agent.stop()
    if not page[0]:
        raise Failed("the owner's page did not answer:\n" + agent.log()[-1000:])
    return page[0] - agent.started, checkin - agent.started, used


def starts(world, figures, folder, runs):
    one_start(world, folder)  # the very first start of a device writes its state; it is not what comes every day
    page, checkin, used = zip(*(one_start(world, folder) for _ in range(runs)))
    t = Table(f"Start of the agent, {runs} runs", ("until", "min", "median"))
    t.row("owner's page answers a TLS request", *pair(page, ms))
    t.row("first check-in is stored by the service", *pair(checkin, ms))
    t.row("CPU time of all processes until both", *pair(used, ms))
    t.note("The first check-in waits a random time of up to 1 s by design, so that devices do not come all at once after a "
           "power cut: its median says more about that than about the agent.")
    figures["start.page.median_ms"] = statistics.median(page) * 1000
    figures["start.page.min_ms"] = min(page) * 1000
    figures["start.checkin.min_ms"] = min(checkin) * 1000
    figures["start.checkin.median_ms"] = statistics.median(checkin) * 1000
    figures["start.cpu.median_ms"] = statistics.median(used) * 1000
    return [t]


def at_rest(world, figures, folder, after, seconds):
    name = os.path.basename(folder)
    before = world.nonce(name)
    agent = world.agent(folder)
    wait_until("first check-in", 20, lambda: world.nonce(name) != before)
    time.sleep(max(0, agent.started + after - time.monotonic()))
    pids = sorted(agent.pids(), key=lambda p: ROLES.index(process.role(p)))
    missing = set(ROLES) - {"local"} - {process.role(p) for p in pids}
    if missing:
        raise Failed(f"no process {' '.join(missing)}:\n" + agent.log()[-1000:])
    memory = {p: process.memory(p) for p in pids}
    once = process.pages_once(pids)
    service = world.service_pids()
    cpu0, service0 = {p: process.cpu(p) for p in pids}, process.cpu_of(service)
    woken0 = {p: process.switches(p) for p in pids}
    t0 = time.monotonic()
    time.sleep(seconds)
    took = time.monotonic() - t0
    cpu = {p: process.cpu(p) - cpu0[p] for p in pids}
    woken = {p: process.switches(p) - woken0[p] for p in pids}
    figures["rest.service_cpu_percent"] = (process.cpu_of(service) - service0) / took * 100
    t = Table(f"Agent at rest: memory {after} s after its start, CPU time in {took:.0f} s after that",
              ("process", "PSS KiB", "private dirty KiB", "RSS KiB", "CPU ms", "wake-ups"))
    for p in pids:
        t.row(process.role(p), kib(memory[p]["Pss"]), kib(memory[p]["Private_Dirty"]), kib(memory[p]["Rss"]),
              f"{cpu[p] * 1000:.2f}", str(woken[p]))
    pss, dirty = (sum(m[k] for m in memory.values()) for k in ("Pss", "Private_Dirty"))
    t.row("**sum**", f"**{kib(pss)}**", f"**{kib(dirty)}**", "", f"{sum(cpu.values()) * 1000:.2f}", str(sum(woken.values())))
    t.note(f"PSS of all processes: {mib(pss)} MiB; goal at most {mib(MEMORY_GOAL)} MiB: "
           f"{'met' if pss <= MEMORY_GOAL else 'NOT met'}.")
    if once:
        t.note(f"Every page once, as if no other program on the machine had the same libraries: {mib(once)} MiB.")
        figures["rest.pages_once_bytes"] = once
    else:
        world.lost.append("each page counted once (the kernel hides page numbers)")
    figures.update({"rest.pss_bytes": pss, "rest.private_dirty_bytes": dirty,
                    "rest.cpu_percent": sum(cpu.values()) / took * 100,
                    "rest.wakeups_per_s": sum(woken.values()) / took})
    libs = library_table(pids)
    if len(pids) < len(ROLES):
        t.note("The owner's page (local) runs while somebody is connected to it, and for a few seconds after its start.")
    signed_in = sign_in(world, figures, agent, name)
    agent.stop()
    return [t, signed_in, libs]


def sign_in(world, figures, agent, name):
    """The owner signs in with the password of the label: the one moment when the agent needs Argon2id's memory."""
    with open(world.path("keys", "batch", "labels", name + ".svg"), encoding="utf-8") as f:
        password = re.search(r'id="password"[^>]*>([^<]*)', f.read()).group(1)
    status, done = [], threading.Event()

    def ask():
        try:
            c = http.client.HTTPSConnection(world.network.device, world.page_port, timeout=10, context=any_server())
            c.request("POST", "/sign-in", urllib.parse.urlencode({"password": password}),
                      {"Content-Type": "application/x-www-form-urlencoded"})
            answer = c.getresponse()
            status.append((answer.status, answer.getheader("Set-Cookie")))
            c.close()
        except OSError as e:
            status.append((0, str(e)))
        finally:
            done.set()
    before, cpu0, peak = process.pss(agent.pids()), process.cpu_of(agent.pids()), 0
    owner = threading.Thread(target=ask)
    owner.start()
    while not done.is_set():
        try:
            peak = max(peak, process.pss(agent.pids()))
        except process.Gone:
            pass
    owner.join()
    if status[0][0] not in (200, 303) or not status[0][1]:
        raise Failed(f"signing in: the page answered {status[0]}")
    used = process.cpu_of(agent.pids()) - cpu0
    time.sleep(1)
    t = Table("The owner signs in (one TLS connection, Argon2id)", ("", "MiB PSS, all processes"))
    t.row("before", mib(before))
    t.row("highest seen", mib(peak))
    t.row("1 s after", mib(process.pss(agent.pids())))
    t.note(f"CPU time of all processes: {ms(used)}.")
    figures.update({"sign_in.peak_pss_bytes": peak, "sign_in.cpu_ms": used * 1000})
    return t


def library_table(pids):
    t = Table("Private dirty bytes that the dynamic linker and the libraries cost each process (KiB)",
              ("library", *(process.role(p) for p in pids)))
    found = [process.libraries(p) for p in pids]
    for name in sorted({n for f in found for n in f}):
        t.row(name, *(kib(f[name]) if name in f else "" for f in found))
    return t


# ---- installing ----

def one_install(world, folder, sample):
    """Until the agent has written, verified and switched and asks for the reboot."""
    agent = world.agent(folder)
    service = world.service_pids()
    service0 = process.cpu_of(service)
    peak, end = 0, time.monotonic() + 60
    while not agent.ended():
        if time.monotonic() > end:
            raise Failed("no reboot was asked for within 60 s:\n" + agent.log()[-1500:])
        if sample:
            try:
                peak = max(peak, process.pss(agent.pids()))
            except process.Gone:
                pass
            except process.Forbidden:
                sample, peak = False, 0
                world.lost.append("highest PSS during an installation (root only)")
            time.sleep(0.05)
        else:
            time.sleep(0.005)
    if agent.status != REBOOT:
        raise Failed(f"the agent ended with {agent.status}:\n" + agent.log()[-1500:])
    return {"wall": time.monotonic() - agent.started, "peak": peak, "user": agent.usage.ru_utime,
            "system": agent.usage.ru_stime, "service": process.cpu_of(service) - service0}


def cpu_of_command(*argv, **options):
    """(CPU seconds, wall seconds) of a foreign program."""
    t0 = time.monotonic()
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    error = p.stderr.read().decode(errors="replace")
    p.stderr.close()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        raise Failed(f"{argv[0]} ended with {p.returncode}: {error.strip()[:300]}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - t0


def limits(world, folder):
    """The same bytes with the shortest programs there are: name -> (CPU s, wall s) of one run each."""
    out = world.path("limit.img")
    found = {}
    if shutil.which("openssl"):
        found["hash"] = cpu_of_command("openssl", "dgst", "-sha256", world.big)
    else:
        found["hash"] = cpu_of_command("sha256sum", world.big)
    found["sha256sum"] = cpu_of_command("sha256sum", world.big)
    found["dd"] = cpu_of_command("dd", f"if={world.big}", f"of={out}", "bs=1M", "conv=fsync")
    if shutil.which("curl"):
        service0 = process.cpu_of(world.service_pids())
        found["curl"] = cpu_of_command(
            "curl", "-sSf", "--cacert", folder + "/factory/service-ca.pem", "--cert", folder + "/factory/tls.pem", "--key",
            folder + "/factory/tls.key", "-o", out,
            f"https://{world.network.service}:{world.port}/v1/targets/{world.big_target()}")
        found["curl-service"] = (process.cpu_of(world.service_pids()) - service0, 0)
        found["sync"] = cpu_of_command("sync", out)
    os.unlink(out)
    return found


def installs(world, figures, folders, start_cpu):
    world.start_rollout()
    runs, floor = [], []
    for folder in folders[:-1]:
        floor.append(limits(world, folder))
        runs.append(one_install(world, folder, False))
    sampled = one_install(world, folders[-1], True)
    t = Table(f"Installing an image of {BIG_MIB} MiB: fetched over mutual TLS, written, verified, switched; {len(runs)} runs",
              ("what", "CPU s, min", "CPU s, median", "wall s, median", "CPU ms per MiB, median"))

    def add(name, key, cpu, wall):
        middle = statistics.median(cpu)
        t.row(name, f"{min(cpu):.3f}", f"{middle:.3f}", f"{statistics.median(wall):.2f}" if any(wall) else "",
              f"{middle * 1000 / BIG_MIB:.2f}")
        figures[f"install.{key}.cpu_s"] = middle
        return middle

    agent = [r["user"] + r["system"] for r in runs]
    ours = add("**agent, all processes, from exec to the request to reboot**", "agent", agent, [r["wall"] for r in runs])
    add("of it user", "agent_user", [r["user"] for r in runs], [0])
    add("of it system", "agent_system", [r["system"] for r in runs], [0])
    add("of it the start alone (measured above)", "agent_start", [start_cpu], [0])
    add("service, all processes", "service", [r["service"] for r in runs], [0])

    def column(key, i):
        return [f[key][i] for f in floor]
    hash_name = "openssl dgst -sha256" if shutil.which("openssl") else "sha256sum"
    add(f"limit: {hash_name}", "limit_hash", column("hash", 0), column("hash", 1))
    add("limit: dd conv=fsync", "limit_write", column("dd", 0), column("dd", 1))
    add("(sha256sum, for comparison)", "sha256sum", column("sha256sum", 0), column("sha256sum", 1))
    both = statistics.median([f["hash"][0] + f["dd"][0] for f in floor])
    figures["install.ratio_to_limit"] = ours / both
    t.note(f"Agent against the limit of hashing once and writing once: **{ours / both:.2f} times** its CPU time "
           f"({n_of(both)} s).")
    if "curl" in floor[0]:
        add("rival: curl (mutual TLS 1.3, to a file)", "curl", column("curl", 0), column("curl", 1))
        add("service, while curl fetched", "curl_service", column("curl-service", 0), [0])
        rival = statistics.median([f["curl"][0] + f["sync"][0] + f["hash"][0] for f in floor])
        figures["install.ratio_to_curl"] = ours / rival
        t.note(f"Agent against curl, sync and a hash, the shortest script that does the same with no safety: "
               f"**{ours / rival:.2f} times** its CPU time ({n_of(rival)} s).")
    else:
        world.lost.append("curl as a rival of the installer (not installed)")
    if sampled["peak"]:
        t.note(f"Highest PSS of all processes during an installation, looked at every 50 ms: {mib(sampled['peak'])} MiB.")
        figures["install.peak_pss_bytes"] = sampled["peak"]
    figures["install.wall_s"] = statistics.median([r["wall"] for r in runs])
    return [t]
