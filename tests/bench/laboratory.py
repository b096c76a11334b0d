"""The laboratory (./lab) as a place where commands are run and watched, and messages to be sent there.

CPU time of daemons is that of a cgroup (version 2) when one can be made, which is exact. Else it is
summed over /proc, in steps of 10 ms, and what a process leaves that nobody waited for is missing.
"""

import glob
import hashlib
import json
import os
import signal
import socket
import struct
import subprocess
import time

from cases import KB, RESOLVER
from peers import BUILD, HERE, TOOL, NotRun

LIMIT = 60  # seconds for one run at most
TICK = os.sysconf("SC_CLK_TCK")


def read(path, otherwise=""):
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return otherwise


def stat_fields(pid):
    """Of /proc/PID/stat, from the third on: the second may hold anything."""
    return read(f"/proc/{pid}/stat").rpartition(")")[2].split()


class Meter:
    """CPU time of all processes that were started in it, living or dead."""

    def __init__(self):
        self.group = None
        for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
            path = f"{root}/sendmx-bench-{os.getpid()}"
            try:
                os.mkdir(path)
            except OSError:
                continue
            if "usage_usec" in read(path + "/cpu.stat"):
                self.group = path
                break
            os.rmdir(path)

    def words(self):
        return "a cgroup" if self.group else "/proc, in steps of 10 ms"

    def enclosed(self, command):
        if not self.group:
            return command
        enter = 'echo 0 >"$0/cgroup.procs" && exec "$@"'
        return ["sh", "-c", enter, self.group, *command]

    def milliseconds(self, pids):
        if self.group:
            return int(read(self.group + "/cpu.stat").split()[1]) / 1e3
        # utime, stime, cutime, cstime
        return sum(sum(map(int, stat_fields(pid)[11:15])) for pid in pids) * 1e3 / TICK

    def close(self):
        for _ in range(100):
            try:
                if self.group:
                    os.rmdir(self.group)
                return
            except OSError:
                time.sleep(0.02)  # its last process is still dying


class Lab:
    def __init__(self, folder, meter):
        self.folder = os.path.join(folder, "lab")
        self.scratch = folder
        self.meter = meter
        self.environment = dict(os.environ, LAB=self.folder, BUILD=BUILD)
        self.network = None  # round trip and loss, when it is up
        self.control = None
        self.addresses = {}
        self.own = set()  # processes of the laboratory itself
        self.facts_count = 0

    def call(self, *words, environment=(), enclosed=False):
        command = [os.path.join(HERE, "lab"), *words]
        try:
            return subprocess.run(self.meter.enclosed(command) if enclosed else command,
                                  env=dict(self.environment, **dict(environment)), text=True,
                                  capture_output=True, errors="replace", timeout=LIMIT + 30)
        except subprocess.TimeoutExpired:
            raise NotRun(f"lab {words[0]}: not within {LIMIT + 30} s") from None

    def up(self, case):
        if case.network() == self.network:
            return
        self.down()
        answer = self.call("up", *map(str, case.network()))
        if answer.returncode != 0:
            raise NotRun(answer.stderr.strip() or "no laboratory")
        self.network = case.network()
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.control.settimeout(10)
        self.control.bind(os.path.join(self.folder, "asker"))
        self.own = self.processes()
        with open(os.path.join(self.folder, "zone"), encoding="ascii") as zone:
            rows = (row.split() for row in zone)
            self.addresses = {row[0][:-1]: row[2] for row in rows if row[1:2] == ["A"]}

    def down(self):
        if self.control:
            self.control.close()
            self.control = None
        self.call("down")
        self.network = None

    # ---- names ----

    def address(self, domain):
        """Of the exchanger of a domain that has one."""
        if domain[0] == "x":
            return "10.77.64.1"  # the first of those in facts()
        return self.addresses["mx." + domain]

    def ask_names_of(self, servers):
        with open(os.path.join(self.folder, "resolv.conf"), "w", encoding="ascii") as file:
            file.writelines(f"nameserver {server}\n" for server in servers or (RESOLVER,))

    def facts(self, case):
        """A file with the names of a case, each domain with an exchanger of its own."""
        path = os.path.join(self.scratch, "facts")
        if self.facts_count != len(case.domains):
            with open(path, "w", encoding="ascii") as file:
                for n, domain in enumerate(case.domains, 1):
                    file.write(f"{domain} 300 MX 10 mx.{domain}\n"
                               f"mx.{domain} 300 A 10.77.{64 + n // 256}.{n % 256}\n")
            self.facts_count = len(case.domains)
        return path

    def questions(self):
        """Asked, and the most without an answer, since the last time."""
        path = os.path.join(self.folder, "questions")
        try:
            with open(path, "r+b") as file:
                asked, _, most = struct.unpack("=qqq", file.read(24))
                file.seek(0)
                file.write(bytes(24))
            return asked, most
        except (OSError, struct.error):
            return 0, 0

    # ---- the receiving server ----

    def ask(self, word):
        self.control.sendto(word.encode(), os.path.join(self.folder, "sink"))
        return json.loads(self.control.recv(65536))

    def settled(self):
        """The server's counts since the last time, when all connections have been closed."""
        until = time.monotonic() + 3
        while self.ask("show")["open"] and time.monotonic() < until:
            time.sleep(0.02)
        return self.ask("reset")

    # ---- processes ----

    def processes(self):
        """All in the laboratory, by the numbers that they have outside."""
        holder = read(os.path.join(self.folder, "holder")).strip()
        first = read(f"/proc/{holder}/task/{holder}/children").strip()
        try:
            space = os.readlink(f"/proc/{first}/ns/pid")
        except OSError:
            return set()
        found = set()
        for link in glob.glob("/proc/[0-9]*/ns/pid"):
            try:
                if os.readlink(link) == space:
                    found.add(int(link.split("/")[2]))
            except OSError:
                continue
        return found

    def guests(self):
        return [pid for pid in self.processes() - self.own
                if stat_fields(pid)[:1] not in ([], ["Z"])]

    def start(self, name):
        answer = self.call("start", name, enclosed=True)
        if answer.returncode != 0:
            self.end_guests()
            raise NotRun((answer.stderr.strip().splitlines() or ["did not start"])[-1])

    def end_guests(self):
        until = time.monotonic() + 10
        while (guests := self.guests()) and time.monotonic() < until:
            for pid in guests:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)

    def guests_memory(self):
        """What they hold together, MB; what they share is counted once."""
        rows = (row.split() for pid in self.guests()
                for row in read(f"/proc/{pid}/smaps_rollup").splitlines())
        return sum(int(row[1]) for row in rows if row[:1] == ["Pss:"]) / KB

    def quiet(self, expected, limit):
        """Wait until the server has accepted so many, and the daemons have nothing more to do."""
        until = time.monotonic() + limit
        while self.ask("show")["recipients"] < expected and time.monotonic() < until:
            time.sleep(0.01)
        before = -1
        while (now := self.meter.milliseconds(self.guests())) - before > 0.5 and \
                time.monotonic() < until:
            before = now
            time.sleep(0.1)
        return now

    # ---- a run ----

    def measure(self, message, command, case, peer, limit):
        """One run: what meter says, what the server counted, questions, the last line of stderr.
        Of one that forks not all children are waited for: its CPU time is that of the cgroup."""
        self.settled()
        self.questions()
        self.ask_names_of(case.servers)
        words = list(command)
        environment = []
        while "=" in words[0]:
            environment.append(words.pop(0).split("=", 1))
        grouped = peer.forks and self.meter.group
        if grouped:
            words = self.meter.enclosed(words)
        before = self.meter.milliseconds(self.guests()) if peer.daemon or grouped else 0
        answer = self.call("in", "client", os.path.join(TOOL, "meter"), "-p", "-t", str(limit),
                           "-i", message, *words, environment=environment)
        try:
            run = json.loads(answer.stdout)["runs"][0]
        except ValueError:
            raise NotRun(answer.stderr.strip() or "meter failed") from None
        if peer.daemon and run["status"] == 0:
            run["cpu_ms"] += self.quiet(len(case.recipients()), limit) - before
            run["rss_kb"] = self.guests_memory() * KB
        if peer.anew:
            self.end_guests()
        counts = self.settled()
        if grouped:
            run["cpu_ms"] = self.meter.milliseconds(()) - before
        last = (answer.stderr.strip().splitlines() or [""])[-1]
        return run, counts, self.questions(), last


class Messages:
    """Messages as files, one at a time, with the SHA-256 of the body as it should arrive."""

    HEADER = ("From: a@sender.test\nTo: all@recipients.test\nSubject: a message of {} bytes\n"
              "Date: Fri, 20 Nov 2026 12:00:00 +0000\nMessage-ID: <{}@sender.test>\n\n")
    LINE = b"every line has seventy-one bytes and an end, like those of honest people\n"
    BLOCKS = {
        "plain": LINE * 20 + b".a line that begins with a dot\n",
        "dots": b"." + LINE,
        "long": LINE[:-1] * 1400 + b"\n",
    }

    def __init__(self, folder):
        self.path = os.path.join(folder, "message")
        self.made = None
        self.digest = ""

    def get(self, case, wire):
        """Path and digest; wire: with CR LF, and with doubled dots unless it goes by BDAT."""
        dots = wire and not case.chunking
        wanted = case.size, case.shape, wire, dots
        if wanted != self.made:
            header = self.HEADER.format(case.size, case.size).encode()
            block = self.BLOCKS[case.shape]
            body = (block * (case.size // len(block) + 1))[:max(case.size - len(header) - 1, 0)]
            body += b"\n"
            self.digest = hashlib.sha256(body.replace(b"\n", b"\r\n")).hexdigest()
            if dots:
                body = body.replace(b"\n.", b"\n..")
                body = b"." + body if body[:1] == b"." else body
            text = header + body
            with open(self.path, "wb") as file:
                file.write(text.replace(b"\n", b"\r\n") if wire else text)
            self.made = wanted
        return self.path, self.digest
