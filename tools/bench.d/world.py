# SPDX-License-Identifier: Apache-2.0
"""A maker's keys and repository, a running service and provisioned devices, all made by the real programs in a temporary
folder; as root in two network namespaces of its own (service and measuring program in one, devices in the other)."""
import ctypes
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import process

MODEL, MAKER = "lumen-cam1", "Lumen Works Ltd"
BIG_MIB = 64
SLOT_MIB = 80
CHECKIN_S = 300  # the service's default
SCAN_PERIOD_S = 300
UID_BASE = 970
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    pass


def enter_namespace(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def die_with_us():
    """For a child: whatever ends the measuring program, nothing of it is left running."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def wait_until(what, seconds, condition, pause=0.05):
    end = time.monotonic() + seconds
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(pause)


class Network:
    """Namespaces where we may make them, else loopback. What is lost without them is said."""

    def __init__(self, lost):
        self.names, self.device_fd = [], None
        self.service, self.device = "127.77.0.2", "127.77.0.11"
        try:
            self._make()
        except (OSError, subprocess.CalledProcessError, Failed) as e:
            self.close()
            lost.append(f"loopback instead of network namespaces ({e}): no firewall is loaded, all processes have one user")

    def _make(self):
        if os.geteuid() != 0 or not shutil.which("ip"):
            raise Failed("needs root and iproute2")
        service, device = (f"hmkb{os.getpid()}-{n}" for n in ("s", "d"))
        for name in (service, device):
            self._ip("netns", "add", name)
            self.names.append(name)
            self._ip("-n", name, "link", "set", "lo", "up")
        self._ip("-n", service, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", device)
        for name, address in ((service, "10.78.0.2"), (device, "10.78.0.11")):
            self._ip("-n", name, "addr", "add", address + "/24", "dev", "eth0")
            self._ip("-n", name, "link", "set", "eth0", "up")
        self.device_fd = os.open(f"/run/netns/{device}", os.O_RDONLY | os.O_CLOEXEC)
        fd = os.open(f"/run/netns/{service}", os.O_RDONLY | os.O_CLOEXEC)
        enter_namespace(fd)
        os.close(fd)
        self.service, self.device = "10.78.0.2", "10.78.0.11"

    @staticmethod
    def _ip(*args):
        subprocess.run(["ip", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def close(self):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)
        self.names = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Agent:
    """hallmarkd as a device's init starts it. Its CPU time until exec is not counted; all children's is."""

    def __init__(self, world, folder):
        self.folder = folder
        self.log_path = folder + ".log"
        argv = [f"{folder}/root/usr/bin/hallmarkd", "--device", folder]
        if world.network.device_fd is not None:
            argv += ["--uid-base", str(UID_BASE)]
        stamp_in, stamp_out = os.pipe()

        def before_exec():
            die_with_us()
            if world.network.device_fd is not None:
                enter_namespace(world.network.device_fd)
            os.write(stamp_out, str(time.monotonic_ns()).encode())

        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=before_exec)
        os.close(stamp_out)
        with os.fdopen(stamp_in) as f:
            self.started = int(f.read()) / 1e9
        self.usage = None
        self.status = None
        world.agents.append(self)

    def pids(self):
        return process.family(self.process.pid)

    def ended(self):
        """Once it has ended: what it and its roles used, and its exit status."""
        if self.status is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.status, self.usage = os.waitstatus_to_exitcode(status), usage
                self.process.returncode = self.status
        return self.status is not None

    def stop(self):
        if not self.ended():
            self.process.send_signal(signal.SIGTERM)
            try:
                wait_until("end of the agent", 10, self.ended, 0.01)
            except Failed:
                self.process.kill()
                wait_until("end of the agent", 5, self.ended, 0.01)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()


class World:
    def __init__(self, build, source, lost):
        self.build, self.source, self.lost = build, source, lost
        self.agents, self.service_process = [], None
        self.work = tempfile.mkdtemp(prefix="hallmark-bench.")
        os.chmod(self.work, 0o711)
        self.network = Network(lost)
        self.env = dict(os.environ, HALLMARK_PASSPHRASE_FILE=self.path("passphrase"))
        self.env["PATH"] += ":/usr/sbin:/sbin"

    def close(self):
        for a in self.agents:
            a.stop()
        self.stop_service()
        self.network.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def agent(self, folder):
        return Agent(self, folder)

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def program(self, name):
        return os.path.join(self.build, {"hallmark-vdev": "tools/vdev/hallmark-vdev", "checkin_load": "bench/checkin_load",
                                         "net_bench": "bench/net_bench"}.get(name, "src/bin/" + name))

    def run(self, program, *args):
        argv = [program if "/" in program else self.program(program), *args]
        done = subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"{' '.join(argv)[:200]} ended with {done.returncode}:\n{done.stdout.strip()[-2000:]}")
        return done.stdout

    # ---- what the maker does once ----

    def prepare(self):
        with open(self.path("passphrase"), "w", encoding="ascii") as f:
            os.fchmod(f.fileno(), 0o600)
            f.write(os.urandom(18).hex())
        self.run("hallmark", "keys", "init", self.path("keys"), "--holders", "1", "--threshold", "1", "--maker", MAKER)
        self.run(os.path.join(self.source, "examples/camera/build-images"), self.build, self.path("images"))
        with open(os.path.join(self.source, "examples/camera/product.yaml"), encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"^scan_period_s: \d+", f"scan_period_s: {SCAN_PERIOD_S}", text, flags=re.MULTILINE)
        for version in ("1.0.0", "1.1.0"):
            with open(self.path(version + ".yaml"), "w", encoding="utf-8") as f:
                f.write(re.sub(r"^(version|    version): 1\.0\.0$", rf"\1: {version}", text, flags=re.MULTILINE))
        self.big = self.path("images", "big.img")
        self._big_image()
        self._release(self.path("images", "v1.img"), "1.0.0", 1)
        self.port = free_port()
        self.page_port = free_port()

    def _big_image(self):
        """As an image is: mostly not compressible, some of it zeros. The same bytes in each run."""
        chance = random.Random(64)
        with open(self.big, "wb") as f:
            for mib in range(BIG_MIB):
                f.write(bytes(1 << 20) if mib % 8 == 7 else chance.randbytes(1 << 20))

    def _release(self, image, version, counter):
        self.run("hallmark", "release", "--repo", self.path("repo"), "--keys", self.path("keys"), "--declaration",
                 self.path(version + ".yaml"), "--image", image, "--tree", self.path("images", "v1.tree"), "--version", version,
                 "--counter", str(counter))

    def device(self, name):
        folder = self.path(name)
        policy = [n for n in os.listdir(self.path("repo", "targets")) if n.endswith(f".{MODEL}-declaration-1.0.0.json")][0]
        self.run("hallmark", "provision", "--keys", self.path("keys"), "--repo", self.path("repo"), "--service",
                 f"{self.network.service}:{self.port}", "--model", MODEL, "--maker", MAKER, "--out", folder, "--id", name,
                 "--page-host", self.network.device, "--page-port", str(self.page_port))
        self.run("hallmark-vdev", "make", folder, "--image", self.path("images", "v1.img"), "--policy",
                 self.path("repo", "targets", policy), "--version", "1.0.0", "--counter", "1", "--slot-mib", str(SLOT_MIB))
        self.boot(folder)
        return folder

    def boot(self, folder):
        self.run("hallmark-vdev", "boot", folder)

    # ---- the service ----

    def start_service(self):
        keys, data = self.path("keys"), self.path("fleet")
        if not os.path.exists(data):
            self.run("hallmark", "keys", "service-cert", keys, "--host", self.network.service, "--out", self.path("tls"))
            self.run("hallmark-fleet", "init", data, "--company", MAKER)
            self.run("hallmark-fleet", "import", data, os.path.join(keys, "batch/records.jsonl"), "--factory-pub",
                     os.path.join(keys, "factory.pub"))
        argv = [self.program("hallmark-fleet"), "serve", data, "--repo", self.path("repo"), "--tls-cert",
                self.path("tls/server.pem"), "--tls-key", self.path("tls/server.key"), "--factory-ca",
                os.path.join(keys, "factory-ca.pem"), "--device-listen", f"{self.network.service}:{self.port}",
                "--public-listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0", "--checkin-s", str(CHECKIN_S)]
        with open(self.path("fleet.log"), "ab") as log:
            self.service_process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                    preexec_fn=die_with_us)
        wait_until("start of the service", 15, self._service_listens)
        self.db = sqlite3.connect(f"file:{data}/db/fleet.db?mode=ro", uri=True, isolation_level=None)

    def _service_listens(self):
        if self.service_process.poll() is not None:
            with open(self.path("fleet.log"), encoding="utf-8", errors="replace") as f:
                raise Failed("the service ended:\n" + f.read()[-2000:])
        try:
            socket.create_connection((self.network.service, self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def service_pids(self):
        return process.family(self.service_process.pid)

    def stop_service(self):
        if self.service_process and self.service_process.poll() is None:
            self.service_process.terminate()
            try:
                self.service_process.wait(15)
            except subprocess.TimeoutExpired:
                self.service_process.kill()
                self.service_process.wait()

    def nonce(self, device):
        """Changes with each check-in of the device that the service has accepted and stored."""
        return self.db.execute("SELECT nonce FROM devices WHERE id=?", (device,)).fetchone()[0]

    def start_rollout(self):
        self._release(self.big, "1.1.0", 2)
        self.run("hallmark-fleet", "rollout", "start", self.path("fleet"), "--target", f"{MODEL}-os-1.1.0.img", "--version",
                 "1.1.0", "--waves", "100%", "--silence-s", "86400")

    def big_target(self):
        return [n for n in os.listdir(self.path("repo", "targets")) if n.endswith(f".{MODEL}-os-1.1.0.img")][0]


def machine(source):
    def out(*argv):
        try:
            return subprocess.run(argv, cwd=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  check=False).stdout.strip()
        except FileNotFoundError:
            return ""
    cpu = re.search(r"^model name\s*: (.*)$", process.read("/proc/cpuinfo"), re.MULTILINE)
    return {"date": time.strftime("%Y-%m-%d", time.gmtime()), "cpu": cpu.group(1) if cpu else os.uname().machine,
            "cores": os.cpu_count(), "kernel": os.uname().release, "load": os.getloadavg()[0],
            "commit": (out("git", "rev-parse", "--short=12", "HEAD") or "unknown") +
                      (" with changes" if out("git", "status", "--porcelain", "--untracked-files=no") else ""),
            "openssl": out("openssl", "version"), "compiler": out("cc", "--version").split("\n")[0]}


def head(machine, options):
    return (f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, kernel {machine['kernel']}, load average "
            f"{machine['load']:.1f} before the run; commit {machine['commit']}; {machine['compiler']}, meson buildtype "
            f"{options['buildtype']} (-O{options['optimization']}, LTO {'on' if options['b_lto'] else 'off'}); "
            f"{machine['openssl']}.")


def build_options(build):
    done = subprocess.run(["meson", "introspect", "--buildoptions", build], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{build} is not a build folder")
    options = {o["name"]: o["value"] for o in json.loads(done.stdout)}
    if options.get("b_sanitize", "none") != "none":
        print("this build has sanitizers in it: its figures say nothing", file=sys.stderr)
    return options
