# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of a process: its CPU time, its memory, its children. Nothing here starts one."""
import array
import os
import re

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
PFN = (1 << 55) - 1
PRESENT = 1 << 63


class Gone(Exception):
    """The process ended while it was looked at."""


class Forbidden(Exception):
    """Only root may look at the memory of a process that holds keys: ours make themselves undumpable."""


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError) as e:
        raise Gone(path) from e
    except PermissionError as e:
        raise Forbidden(f"{path} is for root only") from e


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        found += [int(c) for c in read(f"/proc/{pid}/task/{task}/children").split()]
    return found


def family(pid):
    """The process and all that it started, itself first."""
    return [pid] + [p for c in children(pid) for p in family(c)]


def role(pid):
    """The word that tells the processes of one program apart."""
    words = read(f"/proc/{pid}/cmdline").split("\0")
    for flag in ("--role", "role"):
        if flag in words:
            return words[words.index(flag) + 1]
    return "parent"


def cpu(pid):
    """CPU seconds that a living process has used: from the scheduler in nanoseconds, or else in clock ticks."""
    try:
        total = 0
        for task in os.listdir(f"/proc/{pid}/task"):
            total += int(read(f"/proc/{pid}/task/{task}/schedstat").split()[0])
        return total / 1e9
    except (FileNotFoundError, Gone, IndexError):
        fields = read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_of(pids):
    return sum(cpu(p) for p in pids)


def switches(pid):
    """How often it was woken up and let go again."""
    found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)", read(f"/proc/{pid}/status"), re.MULTILINE)
    return int(found.group(1))


def memory(pid):
    """Bytes by kind: Pss, Private_Dirty, Rss, ..."""
    text = read(f"/proc/{pid}/smaps_rollup")
    return {k: int(v) * 1024 for k, v in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}


def pss(pids):
    total = 0
    for p in pids:
        try:
            total += memory(p)["Pss"]
        except Gone:
            pass
    return total


def pages_once(pids):
    """Bytes of all pages that these processes have mapped, each counted once, whoever else has it too: what they would
    cost on a machine where nothing shares a library with them. None if page numbers are hidden from us."""
    seen = set()
    for pid in pids:
        with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as f:
            for line in read(f"/proc/{pid}/maps").splitlines():
                if line.endswith("[vsyscall]"):
                    continue
                start, end = (int(x, 16) for x in line.split(" ", 1)[0].split("-"))
                f.seek(start // PAGE * 8)
                entries = array.array("Q", f.read((end - start) // PAGE * 8))
                seen.update(e & PFN for e in entries if e & PRESENT)
    if seen <= {0}:
        return None
    return (len(seen) - (0 in seen)) * PAGE


def libraries(pid):
    """Shared objects that it has mapped, with their private dirty bytes."""
    found = {}
    name = None
    for line in read(f"/proc/{pid}/smaps").splitlines():
        head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)", line)
        if head:
            name = head.group(1)
        elif line.startswith("Private_Dirty:") and ".so" in (name or ""):
            found[os.path.basename(name)] = found.get(os.path.basename(name), 0) + int(line.split()[1]) * 1024
    return found
