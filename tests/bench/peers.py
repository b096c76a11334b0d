"""Who is measured: for each mailer where it is, how it is called, and what it cannot do.

A command is made for a case; NotRun says why there is none. Its environment variables stand in front,
as for env(1).
"""

import os
import shutil
from dataclasses import dataclass
from typing import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("TOP") or os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD") or os.path.join(TOP, "build")
SENDMX = os.environ.get("SENDMX") or os.path.join(BUILD, "sendmx")
TOOL = os.path.join(BUILD, "tests", "tool")
SERVERS = next((p for p in (os.path.join(BUILD, "peers"), os.path.join(TOP, "build", "peers"))
                if os.path.isdir(p)), "/nonexistent")

SENDER = "a@sender.test"


class NotRun(Exception):
    """Why a peer cannot do a case, in words."""


def sendmx(case, program, place):
    parallel = ["--parallel", str(case.parallel)] if case.parallel else []
    source = ["--facts", place.facts(case)] if case.facts else []
    limit = [f"--nofile={case.descriptors}:{case.descriptors}"] if case.descriptors else []
    dry = ["--dry-run"] if case.dry else []
    anchor = os.path.join(place.folder, "root.key")
    trust = ["-O", "trust-anchor=" + anchor] if os.path.exists(anchor) else []
    settings = [word for setting in case.settings for word in ("-O", setting)]
    return [*(["prlimit", *limit] if limit else []), program, *source, *parallel, *dry, *trust, *settings,
            "--timeout", "60", "-f", SENDER, "--", *case.recipients()]


def sendmx_without(setting):
    def command(case, program, place):
        if not case.variants:
            raise NotRun("")
        words = sendmx(case, program, place)
        words[words.index("--"):words.index("--")] = ["-O", setting]
        return words
    return command


def floor_can(case):
    """The floors read what is to be sent as it will be on the wire, and know no names."""
    if case.needs_fallback or case.needs_names or case.shape == "long":
        raise NotRun("")


def bare(case, program, place):
    floor_can(case)
    if len(case.domains) > 1 or case.people > 1000:
        raise NotRun("")
    words = ["-t"] if case.tls else []
    words += ["-b"] if case.chunking else []
    return [program, *words, place.address(case.domains[0]), SENDER, *case.recipients()]


def swarm(case, program, place):
    floor_can(case)
    if len(case.domains) == 1 or case.tls or case.domains[0][0] not in "dx":
        raise NotRun("")
    return [program, place.address(case.domains[0]), str(len(case.domains)), SENDER]


def own_names(case):
    """What all but sendmx cannot be told."""
    if case.facts or case.descriptors:
        raise NotRun("")
    if case.dry:
        raise NotRun("has no dry run for many domains")


def only_exchanger(case):
    """For those which only know one relay: the exchanger that the case has."""
    own_names(case)
    if len(case.domains) > 1:
        raise NotRun("one relay, no MX")
    if case.needs_fallback:
        raise NotRun("no fallback")
    return "mx." + case.domains[0]


def msmtp(case, program, _):
    tls = ["--tls", "--tls-starttls", "--tls-certcheck=off"] if case.tls else []
    return [program, "-C", "/dev/null", "--host=" + only_exchanger(case), *tls, "-f", SENDER, "--",
            *case.recipients()]


def curl(case, program, _):
    url = "smtp://" + only_exchanger(case)
    tls = ["--ssl-reqd", "--insecure"] if case.tls else []
    recipients = [word for r in case.recipients() for word in ("--mail-rcpt", r)]
    return [program, "-s", "-S", url, *tls, "--mail-from", SENDER, *recipients, "--crlf", "-T", "-"]


def swaks(case, program, _):
    own_names(case)
    if len(case.domains) > 1:
        raise NotRun("one domain at a time")
    if case.needs_fallback:
        raise NotRun("no fallback")
    tls = ["--tls"] if case.tls else []
    return [program, "--silent", "3", *tls, "--from", SENDER, "--to", ",".join(case.recipients()),
            "--data", "-"]


# Two that only work with a group of their own: "lab start" makes a copy that has it.

def dma(case, _program, _place):
    own_names(case)
    return ["/run/dma/dma", "-D", "-i", "-f", SENDER, *case.recipients()]


def postfix(home):
    def command(case, program, place):
        own_names(case)
        if home == "postfix1000" and len(case.domains) < 100:
            raise NotRun("")
        return [f"MAIL_CONFIG={place.folder}/{home}/etc",
                f"LD_LIBRARY_PATH={SERVERS}/postfix/usr/lib/postfix", program, "-i", "-f", SENDER,
                "--", *case.recipients()]
    return command


def exim(case, program, place):
    own_names(case)
    return [program, "-C", f"{place.folder}/exim/conf", "-odi", "-i", "-f", SENDER, "--",
            *case.recipients()]


def opensmtpd(case, _program, _place):
    own_names(case)
    if case.people > 1000 or len(case.domains) > 1000:
        raise NotRun("1,000 recipients at most")
    return ["/run/opensmtpd/sendmail", "-i", "-f", SENDER, "--", *case.recipients()]


@dataclass(frozen=True)
class Peer:
    places: tuple  # where the program may be
    command: Callable
    rival: bool = True  # else a variant of ours, or a floor: how fast anybody could be
    started: bool = False  # "lab start" prepares it
    forks: bool = False  # a process for each delivery: the memory of one says nothing
    daemon: bool = False  # goes on when the command has ended
    anew: bool = False  # is started for each run: it keeps connections and answers for the next
    may_differ: bool = False  # may change the body
    wire: bool = False  # reads CR LF and doubled dots

    def program(self):
        found = next(filter(None, map(shutil.which, self.places)), None)
        if not found:
            raise NotRun("not installed (make deps)")
        return found


PEERS = {
    "sendmx": Peer((SENDMX,), sendmx, rival=False),
    "no-dnssec": Peer((SENDMX,), sendmx_without("dnssec=off"), rival=False),
    "no-mta-sts": Peer((SENDMX,), sendmx_without("mta-sts=no"), rival=False),
    "bare": Peer((f"{TOOL}/bare",), bare, rival=False, wire=True),
    "swarm": Peer((f"{TOOL}/swarm",), swarm, rival=False, wire=True),
    "msmtp": Peer(("msmtp",), msmtp),
    "curl": Peer(("curl",), curl),
    "swaks": Peer(("swaks",), swaks, may_differ=True),  # adds an empty line at the end
    "dma": Peer((f"{SERVERS}/dma/usr/sbin/dma",), dma, started=True,
                forks=True),
    "postfix": Peer((f"{SERVERS}/postfix/usr/sbin/sendmail",), postfix("postfix"), started=True,
                    daemon=True),
    "postfix1000": Peer((f"{SERVERS}/postfix/usr/sbin/sendmail",), postfix("postfix1000"),
                        started=True, daemon=True),
    "exim": Peer((f"{SERVERS}/exim4/usr/sbin/exim4",), exim, started=True,
                 forks=True),
    "opensmtpd": Peer((f"{SERVERS}/opensmtpd/usr/sbin/sendmail",), opensmtpd, started=True,
                      daemon=True, anew=True),
}
