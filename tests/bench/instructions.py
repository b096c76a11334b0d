"""How many instructions a program takes, which no load of the machine changes: valgrind's callgrind."""

import re
import shutil
import time
from dataclasses import replace

from cases import CASES, many
from peers import PEERS, NotRun

BY_NAME = {case.name: case for case in CASES}
DOMAINS = 200
SUBJECTS = (
    ("a-plain", BY_NAME["a-plain"], ("sendmx", "bare", "msmtp", "curl")),
    ("a-tls", BY_NAME["a-tls"], ("sendmx", "bare", "msmtp", "curl")),
    (f"c{DOMAINS}", replace(BY_NAME[f"c{DOMAINS}"], round_trip=0), ("sendmx", "swarm")),
    ("e1m", BY_NAME["e1m"], ("sendmx", "bare", "msmtp", "curl")),
)


def count(lab, messages, case, name):
    """Millions of instructions of one run."""
    peer = PEERS[name]
    program = peer.program()
    lab.up(case)
    words = peer.command(case, program, lab)
    message, _ = messages.get(case, peer.wire)
    lab.ask_names_of(case.servers)
    lab.settled()
    answer = lab.call("in", "client", "sh", "-c", 'exec "$@" <"$0"', message, "valgrind",
                      "--tool=callgrind", "--callgrind-out-file=/dev/null", *words)
    found = re.search(r"Collected : (\d+)", answer.stderr)
    accepted = lab.settled()["recipients"]
    if answer.returncode != 0 or not found or accepted != len(case.recipients()):
        raise NotRun(f"callgrind: exit {answer.returncode}, {accepted} accepted")
    return int(found.group(1)) / 1e6


def all_counts(lab, messages, chosen_peers, skip, until):
    """Rows, none begun after `until`, of case, peer, millions of instructions; and for sendmx what one
    domain more costs."""
    rows = []
    if not shutil.which("valgrind"):
        skip("instructions", "valgrind is not installed (make deps)", "callgrind")
        return rows
    for label, case, names in SUBJECTS:
        for name in names:
            if name not in chosen_peers:
                continue
            if time.monotonic() > until:
                skip(name, "the time is up", "callgrind:" + label)
                continue
            try:
                rows.append({"case": label, "peer": name,
                             "million": count(lab, messages, case, name)})
            except NotRun as why:
                if str(why):
                    skip(name, str(why), "callgrind:" + label)
    by_case = {row["case"]: row["million"] for row in rows if row["peer"] == "sendmx"}
    if "a-plain" in by_case and f"c{DOMAINS}" in by_case:
        more = (by_case[f"c{DOMAINS}"] - by_case["a-plain"]) / (DOMAINS - len(many("d", 1)))
        rows.append({"case": "one domain more", "peer": "sendmx", "million": more})
    return rows
