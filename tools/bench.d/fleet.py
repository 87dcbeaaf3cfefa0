# SPDX-License-Identifier: Apache-2.0
"""Figures of the fleet service: CPU time of a check-in against the TLS request and the commit that are in it; memory."""
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import time

import process
from table import Table, kib, mib
from world import Failed, die_with_us, free_port, wait_until

COMMITS = 1000
MANY = 32


def load(world, folder, port, count, how):
    os.chmod(folder + "/factory/tls.key", 0o600)  # an agent run by root has opened it to its own group
    world.run("checkin_load", world.network.service, str(port), folder, str(count), how)


def per_request(world, pids, folder, port, count, how):
    before = process.cpu_of(pids)
    load(world, folder, port, count, how)
    return (process.cpu_of(pids) - before) / count * 1e6


def per_request_of_many(world, pids, folder, count):
    """MANY connections at once, each with one request in flight: what is ready together shares one commit."""
    argv = [world.program("checkin_load"), world.network.service, str(world.port), folder, str(max(4 * count // MANY, 1)), "keep"]
    before = process.cpu_of(pids)
    loads = [subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              preexec_fn=die_with_us) for _ in range(MANY)]
    said = [p.communicate()[1].decode(errors="replace") for p in loads]
    if any(p.returncode != 0 for p in loads):
        raise Failed("checkin_load: " + "".join(said)[-500:])
    return (process.cpu_of(pids) - before) / (max(4 * count // MANY, 1) * MANY) * 1e6


def http_core(world):
    """The same HTTP and TLS code with an answer of a few bytes and nothing behind it."""
    text = world.run("net_bench")
    return {line[:44].strip(): float(line[44:57]) for line in text.splitlines() if re.match(r"^\S.{43} +\d+\.\d", line)}


def commit_cost(world):
    """One row changed in a transaction of its own, with the service's settings, on the same disk."""
    path = world.path("commit.db")
    for old in (path, path + "-wal", path + "-shm"):
        if os.path.exists(old):
            os.unlink(old)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE t(id TEXT PRIMARY KEY, nonce TEXT, seen INTEGER) STRICT")
    db.execute("INSERT INTO t VALUES('a','',0)")
    before = time.process_time()
    for i in range(COMMITS):
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE t SET nonce=?,seen=? WHERE id='a'", ("%032x" % i, i))
        db.execute("COMMIT")
    used = time.process_time() - before
    db.close()
    return used / COMMITS * 1e6


NGINX = """daemon off; worker_processes 1; pid {work}/nginx.pid; error_log {work}/nginx.err;
events {{ worker_connections 64; }}
http {{ access_log off; client_body_temp_path {work}/nginx.t; proxy_temp_path {work}/nginx.t; fastcgi_temp_path {work}/nginx.t;
  uwsgi_temp_path {work}/nginx.t; scgi_temp_path {work}/nginx.t;
  server {{ listen {host}:{port} ssl; ssl_protocols TLSv1.3; ssl_certificate {work}/tls/server.pem;
    ssl_certificate_key {work}/tls/server.key; ssl_client_certificate {work}/keys/factory-ca.pem; ssl_verify_client on;
    keepalive_requests 1000000; ssl_session_cache off; ssl_session_tickets off;
    location / {{ default_type application/json; return 200 '{{"v":1}}'; }} }} }}
"""


def nginx(world, folder, counts, repeats):
    """A rival for the part before the database: mutual TLS and a constant answer. None if it is not here."""
    program = os.environ.get("NGINX") or shutil.which("nginx", path=world.env["PATH"])
    if not program:
        world.lost.append("nginx as a rival for mutual TLS (not installed; NGINX=PROGRAM names one)")
        return None
    port = free_port()
    config = world.path("nginx.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write(("user root;\n" if os.geteuid() == 0 else "") +
                NGINX.format(work=world.work, host=world.network.service, port=port))
    p = subprocess.Popen([program, "-p", world.work, "-c", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, preexec_fn=die_with_us)
    try:
        def ready():
            if p.poll() is not None:
                raise Failed("nginx ended: " + p.stderr.read().decode(errors="replace")[-500:])
            return len(process.family(p.pid)) > 1
        wait_until("start of nginx", 5, ready)
        time.sleep(0.2)
        pids = process.family(p.pid)
        load(world, folder, port, 50, "keep")
        return {how: [per_request(world, pids, folder, port, n, how) for _ in range(repeats)] for how, n in counts.items()}
    except Failed as e:
        world.lost.append(f"nginx as a rival: {e}")
        return None
    finally:
        p.terminate()
        p.wait(10)
        p.stderr.close()


def checkins(world, figures, folder, counts, repeats):
    pids = world.service_pids()
    load(world, folder, world.port, 100, "keep")
    got = {how: [] for how in counts}
    core, commit, many = [], [], []
    for _ in range(repeats):  # in turns, so that a noisy minute meets all of them
        for how, n in counts.items():
            got[how].append(per_request(world, pids, folder, world.port, n, how))
        many.append(per_request_of_many(world, pids, folder, counts["keep"]))
        core.append(http_core(world))
        commit.append(commit_cost(world))
    rival = nginx(world, folder, counts, repeats)
    t = Table(f"CPU time per request of the service, all its processes, {repeats} x {counts['keep']} kept and "
              f"{counts['reconnect']} new connections", ("what", "us, min", "us, median"))

    def add(name, key, values):
        t.row(name, f"{min(values):.0f}", f"{statistics.median(values):.0f}")
        figures[f"checkin.{key}.cpu_us"] = statistics.median(values)
        return min(values)

    keep = add("**check-in on a kept connection**", "keep", got["keep"])
    add(f"**check-in, {MANY} connections at once**, their handshakes included", "many", many)
    anew = add("**check-in with a new connection**", "reconnect", got["reconnect"])
    tls = add("limit: HTTP core alone, mutual TLS, kept connection", "limit_tls",
              [c["request, kept connection, mutual TLS 1.3"] for c in core])
    hand = add("limit: HTTP core alone, mutual TLS, new connection", "limit_handshake",
               [c["handshake (mutual, P-256) and request"] for c in core])
    db = add(f"limit: one SQLite commit with fsync (WAL, FULL), {COMMITS} in a row", "limit_commit", commit)
    if rival:
        a = add("rival: nginx, mutual TLS, constant answer, kept connection", "nginx_keep", rival["keep"])
        b = add("rival: nginx, mutual TLS, constant answer, new connection", "nginx_reconnect", rival["reconnect"])
        t.note(f"HTTP core against nginx (both without a database): kept {tls / a:.2f} times, new connection "
               f"{hand / b:.2f} times its CPU time.")
    t.note(f"Check-in against its limits (TLS request and commit), by the minima: kept **{keep / (tls + db):.2f} times**, "
           f"new connection **{anew / (hand + db):.2f} times**.")
    t.note(f"One core's worth: {1e6 / statistics.median(got['keep']):.0f} check-ins per CPU second kept, "
           f"{1e6 / statistics.median(got['reconnect']):.0f} with a new connection each; at one check-in in 300 s that is "
           f"{300e6 / statistics.median(got['reconnect']):.0f} devices.")
    figures["checkin.ratio_keep"] = keep / (tls + db)
    figures["checkin.ratio_reconnect"] = anew / (hand + db)
    return [t]


def memory(world, figures):
    t = Table("Memory of the service after that, and CPU at rest", ("process", "PSS KiB", "private dirty KiB"))
    total = 0
    for p in world.service_pids():
        m = process.memory(p)
        total += m["Pss"]
        t.row(process.role(p), kib(m["Pss"]), kib(m["Private_Dirty"]))
    t.note(f"PSS of all processes: {mib(total)} MiB.")
    if "rest.service_cpu_percent" in figures:
        t.note(f"CPU of all processes with one device at rest: {figures['rest.service_cpu_percent']:.3f} % of one core.")
    figures["service.pss_bytes"] = total
    return [t]
