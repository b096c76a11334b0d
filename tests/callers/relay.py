"""The mail servers behind the machine (smtpd.ini): what arrived there, and how a test tells."""
import atexit
import os
import re
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MAIL = "/tmp/mail"
SECONDS = 60


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


# ---- the relay ----

def start():
    server = subprocess.Popen([sys.executable, f"{os.environ['TOP']}/tests/lab/smtpd.py", f"{HERE}/smtpd.ini", MAIL, "", ""],
                              stdout=subprocess.DEVNULL)
    atexit.register(server.kill)
    for address in ("127.0.0.25", "127.0.0.26"):
        ends = time.monotonic() + SECONDS
        while True:
            try:
                socket.create_connection((address, 25)).close()
                break
            except OSError:
                if time.monotonic() > ends:
                    sys.exit(f"nothing listens at {address}")
                time.sleep(0.02)


def forget():
    for host in ("relay", "old"):
        for name in os.listdir(f"{MAIL}/{host}"):
            os.unlink(f"{MAIL}/{host}/{name}")


def use(address):
    with open("/etc/sendmx.conf", "w", encoding="ascii") as out:
        out.write(f"route * {address}\n")


def arrived(host="relay"):
    """The messages that arrived, each as envelope (from, its parameters, to with parameters) and content."""
    names = sorted((name for name in os.listdir(f"{MAIL}/{host}") if name.endswith(".env")), key=lambda name: int(name[:-4]))
    for name in names:
        with open(f"{MAIL}/{host}/{name}", encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(" ", 1) for line in file]
        yield {"from": next(rest for word, rest in lines if word == "from"), "to": [rest for word, rest in lines if word == "to"],
               "content": bytes_of(f"{MAIL}/{host}/{name[:-4]}.eml")}


def contacted():
    return [host for host in ("relay", "old") if os.path.exists(f"{MAIL}/{host}/talk")]


def mailbox(text):
    """<address> PARAMETERS as address and {NAME: value}."""
    address, rest = re.fullmatch(r"<((?:\"(?:[^\"\\]|\\.)*\"|[^>])*)>(.*)", text).groups()
    return address, {word.split("=", 1)[0].upper(): word.partition("=")[2] for word in rest.split()}


class Tap:
    """Says what TAP wants to hear. pending: aspects that are not there yet, with the reasons; they get a TODO of
    their own each, and do not count against the recordings."""

    def __init__(self, pending=()):
        self.count = 0
        self.reasons = dict(pending)
        self.pending = {aspect: [] for aspect in self.reasons}

    def skip(self, text, reason):
        self.count += 1
        print(f"ok {self.count} - {text} # SKIP {reason}", flush=True)

    def line(self, ok, text, faults=(), todo=None):
        self.count += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {text}{f' # TODO {todo}' if todo else ''}")
        for aspect, what in faults:
            for part in f"{aspect}: {what}".splitlines():
                print(f"#   {part[:600]}")
        sys.stdout.flush()

    def judged(self, name, faults):
        now = [fault for fault in faults if fault[0] not in self.pending]
        for aspect, what in faults:
            if aspect in self.pending:
                self.pending[aspect].append((name, what))
        self.line(not now, name, now)

    def end(self):
        for aspect, faults in self.pending.items():
            self.line(not faults, f"{aspect}: {len(faults)} recordings are not as they should be", faults[:5], self.reasons[aspect])
        print(f"1..{self.count}")
