"""What we want (issue 6): a table of promises, each held against what was measured.

A figure is looked up as "CASE MEMBER", of sendmx; "PEER CASE MEMBER" is another's. What was not measured,
or did not go well, is no figure, and a promise without its figures is not judged.
"""

from dataclasses import dataclass
from typing import Callable

from cases import CASES, DEAD_RESOLVER
from peers import PEERS

BY_NAME = {case.name: case for case in CASES}
GREETING_PATIENCE = 10000  # ms; GREETING_ALONE of delivery/greeting.h
RESOLVER_PATIENCE = 5000  # ms; resolv.conf(5): "timeout"


class Book:
    """The results of a run, as figures."""

    def __init__(self, results):
        self.results = [r for r in results if r["verdict"] == "ok"]
        self.rows = {(r["peer"], r["case"]): r for r in self.results}

    def __call__(self, words):
        *peer, case, member = words.split()
        return self.rows[peer[0] if peer else "sendmx", case][member]

    def of_rivals(self, case, member):
        """Of all mailers but ours."""
        found = [r[member] for (peer, c), r in self.rows.items() if c == case and PEERS[peer].rival]
        if not found:
            raise KeyError(case)
        return found

    def of_cases(self, member, wanted):
        found = [r[member] for (peer, c), r in self.rows.items()
                 if peer == "sendmx" and wanted(BY_NAME[c])]
        if not found:
            raise KeyError(member)
        return found


# ---- how a figure is made: functions of a book ----

def of(words):
    return lambda book: book(words)


def ratio(one, other):
    return lambda book: book(one) / book(other)


def more(one, other, unit=1):
    return lambda book: (book(one) - book(other)) / unit


def a_piece(large, small, member, times):
    """What one domain or recipient costs among many, as a multiple of what it costs among few."""
    return lambda book: book(f"{large} {member}") / book(f"{small} {member}") / times


def most(member, prefix):
    return lambda book: max(book.of_cases(member, lambda case: case.name.startswith(prefix)))


def fewest_of_rivals(case, member):
    return lambda book: min(book.of_rivals(case, member)) / book(f"{case} {member}")


def questions_open(book):
    """A question to a dead server, or one that is lost, stays open in the count."""
    return max(book.of_cases("unanswered", lambda case: DEAD_RESOLVER not in case.servers and
                             not case.loss))


@dataclass(frozen=True)
class Promise:
    figure: int  # of the issue
    words: str
    measured: Callable
    relation: str  # <=, >=, ==
    bound: float
    unit: str = "ms"

    def kept(self, value):
        return {"<=": value <= self.bound, ">=": value >= self.bound,
                "==": value == self.bound}[self.relation]

    def verdict(self, value):
        if self.relation == "==":
            return "reached" if self.kept(value) else "MISSED"
        if not self.bound:
            return "reached" if self.kept(value) else f"MISSED by {value:g}"
        share = abs(value / self.bound - 1) * 100
        return f"reached, {share:.0f} % to spare" if self.kept(value) else f"MISSED by {share:.0f} %"


def promise(figure, words, measured, relation, bound, unit="ms"):
    return Promise(figure, words, of(measured) if isinstance(measured, str) else measured, relation,
                   bound, unit)


LINEAR = 1.25  # what one among 10,000 may cost more than one among 1,000

PROMISES = (
    promise(1, "one message", "a-plain done_ms", "<=", 6),
    promise(1, "one message with TLS", "a-tls done_ms", "<=", 8),
    promise(1, "one message, CPU", "a-plain cpu_ms", "<=", 5),
    promise(1, "one message with TLS, CPU", "a-tls cpu_ms", "<=", 6.5),
    promise(2, "50 ms away", "b-plain done_ms", "<=", 340),
    promise(2, "50 ms away, CHUNKING", "b-chunking done_ms", "<=", 290),
    promise(2, "50 ms away, TLS", "b-tls done_ms", "<=", 490),
    promise(2, "50 ms away, both", "b-both done_ms", "<=", 440),
    promise(2, "turns", "b-plain turns", "==", 4, ""),
    promise(2, "turns, CHUNKING", "b-chunking turns", "==", 3, ""),
    promise(2, "turns, TLS", "b-tls turns", "==", 7, ""),
    promise(2, "turns, both", "b-both turns", "==", 6, ""),
    promise(3, "1,000 domains, --parallel 1000", "c1000 done_ms", "<=", 600),
    promise(3, "2,000 domains", "c2000 done_ms", "<=", 900),
    promise(3, "1,000 domains, CPU", "c1000 cpu_ms", "<=", 250),
    promise(3, "2,000 domains, CPU", "c2000 cpu_ms", "<=", 500),
    promise(3, "1,000 domains, memory", "c1000 rss_mb", "<=", 32, "MB"),
    promise(3, "2,000 domains, memory", "c2000 rss_mb", "<=", 48, "MB"),
    promise(3, "1,000 domains with TLS", "c1000-tls done_ms", "<=", 1100),
    promise(3, "1,000 domains, default settings", "c1000-default done_ms", "<=", 1500),
    promise(3, "10,000 domains of a file, accepted", "g10000 accepted", "==", 10000, ""),
    promise(3, "time for one of 10,000 / of 1,000", a_piece("g10000", "g1000", "done_ms", 10),
            "<=", LINEAR, "x"),
    promise(3, "memory for one of 10,000 / of 1,000", a_piece("g10000", "g1000", "rss_mb", 10),
            "<=", LINEAR, "x"),
    promise(3, "2,000 domains, 256 descriptors, accepted", "g2000-256 accepted", "==", 2000, ""),
    promise(4, "1,000 domains, one exchanger", "s1000 done_ms", "<=", 2000),
    promise(4, "one exchanger: connections", "s1000 connections", "==", 1, ""),
    promise(4, "fewest connections of a mailer / ours", fewest_of_rivals("s1000", "connections"),
            ">=", 20, "x"),
    promise(4, "LIMITS of one domain: messages", "s1000-limits messages", "==", 1000, ""),
    promise(4, "LIMITS: connections", "s1000-limits connections", "==", 1, ""),
    promise(4, "LIMITS: turns for each message", ratio("s1000-limits turns", "s1000-limits messages"),
            "<=", 1.01, ""),
    promise(4, "it admits 20 connections unsaid", "s1000-few done_ms", "<=", 2000),
    promise(4, "it admits 20: refused ones", "s1000-few refused", "==", 0, ""),
    promise(5, "1,000 recipients of one domain", "d1000 done_ms", "<=", 450),
    promise(5, "1,000 recipients: turns", "d1000 turns", "<=", 5, ""),
    promise(5, "CPU for one of 10,000 / of 1,000", a_piece("d10000", "d1000", "cpu_ms", 10),
            "<=", LINEAR, "x"),
    promise(6, "200 MB, our rate / curl's", ratio("curl e200m done_ms", "e200m done_ms"),
            ">=", 1.5, "x"),
    promise(6, "200 MB with TLS, our rate / curl's",
            ratio("curl e200m-tls done_ms", "e200m-tls done_ms"), ">=", 1.3, "x"),
    promise(6, "200 MB, our rate / a bare sender's", ratio("bare e200m done_ms", "e200m done_ms"),
            ">=", 1 / 3, "x"),
    promise(6, "200 MB with TLS, our rate / a bare sender's",
            ratio("bare e200m-tls done_ms", "e200m-tls done_ms"), ">=", 1 / 2, "x"),
    promise(6, "memory, the most of all sizes", most("rss_mb", "e"), "<=", 16, "MB"),
    promise(6, "each line with a dot, time / plain", ratio("e200m-dots done_ms", "e200m done_ms"),
            "<=", 2, "x"),
    promise(6, "very long lines, time / plain", ratio("e200m-long done_ms", "e200m done_ms"),
            "<=", 2, "x"),
    promise(7, "refused at first, round trips more", more("f-refused done_ms", "b-plain done_ms", 50),
            "<=", 2, ""),
    promise(7, "unreachable at first, round trips more",
            more("f-unreachable done_ms", "b-plain done_ms", 50), "<=", 2, ""),
    promise(7, "best exchanger a black hole", "f-hole done_ms", "<=", 5000),
    promise(7, "IPv6 a black hole, more", more("f-hole6 done_ms", "f-six done_ms"), "<=", 300),
    promise(7, "50 black holes before a good one", "f-fifty done_ms", "<=", 15000),
    promise(7, "never greets, more (as documented)", more("f-silent done_ms", "b-plain done_ms"),
            "<=", GREETING_PATIENCE + 3 * 50),
    promise(8, "1,000 MX look-ups", "n1000-mx done_ms", "<=", 300),
    promise(8, "first name server dead, 1,000 domains, more",
            more("n1000-dead done_ms", "n1000 done_ms"), "<=", RESOLVER_PATIENCE),
    promise(8, "first name server dead, one message, more", more("b-dead done_ms", "b-plain done_ms"),
            "<=", RESOLVER_PATIENCE),
    promise(8, "questions in flight, the most of all cases", questions_open, "<=", 200, ""),
)


def judged(results):
    """Each promise as a row; "value" and "kept" are missing where nothing was measured."""
    book = Book(results)
    for p in PROMISES:
        row = {"figure": p.figure, "promise": p.words, "relation": p.relation, "bound": p.bound,
               "unit": p.unit, "verdict": "not measured"}
        try:
            value = p.measured(book)
            row.update(value=value, kept=p.kept(value), verdict=p.verdict(value))
        except (KeyError, ZeroDivisionError):
            pass
        yield row
