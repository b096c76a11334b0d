"""What is measured: a table of cases. Knows no mailer and no laboratory, and not what we want (goals.py).

Names begin with the letter of their kind: a one message, b the same at a distance, c many domains,
s domains that share an exchanger, d many recipients of one domain, e sizes, f fallback, g many domains
by --facts, n the DNS alone.
"""

from dataclasses import dataclass

KB, MB = 1024, 1024 * 1024
RESOLVER = "10.77.0.1"
DEAD_RESOLVER = "10.77.240.53"


@dataclass(frozen=True)
class Case:
    name: str
    round_trip: int
    domains: tuple  # one recipient in each, or `people` in the only one
    people: int = 1
    size: int = 2 * KB
    shape: str = "plain"  # of the lines: plain, dots, long
    parallel: int = 0  # 0: the program's default
    tls: bool = False
    chunking: bool = False
    hashed: bool = True
    loss: float = 0  # so many packets in a hundred
    needs_fallback: bool = False  # the best address does not take mail
    needs_names: bool = False  # the question is what the DNS costs
    waits: bool = False  # mailers mostly wait here, some for minutes: last of all, and not for long
    facts: bool = False  # --facts in place of the DNS
    descriptors: int = 0  # the limit that the caller has set
    servers: tuple = (RESOLVER,)
    settings: tuple = ()  # for -O
    dry: bool = False  # the plan only
    only_ours: bool = False  # to other mailers it is what another case is
    without: tuple = ()  # mailers that could not end in time; a case with fewer of the same shows it
    variants: bool = False  # also with parts of sendmx switched off
    quick: bool = False  # part of the quick look

    def recipients(self):
        return [f"user{n}@{d}" for d in self.domains for n in range(self.people)]

    def network(self):
        """What the laboratory is built for."""
        return self.round_trip, self.loss


def many(letter, count):
    return tuple(f"{letter}{n:04}.test" for n in range(1, count + 1))


def fallback(name, domain, **more):
    return Case(f"f-{name}", 50, (domain,), needs_fallback=True, **more)


def by_facts(count, **more):
    return Case(f"g{count}", 0, many("x", count), parallel=1000, facts=True, **more)


def names(name, servers, **more):
    return Case(f"n1000{name}", 50, many("s", 1000), dry=True, needs_names=True, servers=servers,
                **more)


ONE_BY_ONE = ("exim", "opensmtpd", "curl", "swaks", "dma")  # a round trip or more for each recipient

CASES = (
    Case("a-plain", 0, many("d", 1), variants=True, quick=True),
    Case("a-tls", 0, many("t", 1), tls=True, quick=True),
    Case("b-plain", 50, many("d", 1), variants=True, quick=True),
    Case("b-chunking", 50, many("c", 1), chunking=True, quick=True),
    Case("b-tls", 50, many("t", 1), tls=True, quick=True),
    Case("b-both", 50, many("b", 1), tls=True, chunking=True, quick=True),
    Case("c10", 50, many("d", 10), parallel=1000),
    Case("c100", 50, many("d", 100), parallel=1000, quick=True),
    Case("c200", 50, many("d", 200), parallel=1000),
    Case("c500", 50, many("d", 500), parallel=1000, without=("exim", "opensmtpd")),
    Case("c1000", 50, many("d", 1000), parallel=1000, variants=True, quick=True,
         without=("exim", "opensmtpd")),
    Case("c2000", 50, many("d", 2000), parallel=1000, without=("exim", "opensmtpd")),
    Case("c1000-default", 50, many("d", 1000), only_ours=True),
    Case("c2000-default", 50, many("d", 2000), only_ours=True),
    Case("c1000-tls", 50, many("t", 1000), parallel=1000, tls=True, without=("exim", "opensmtpd")),
    Case("s1000", 50, many("s", 1000), quick=True, without=("exim", "opensmtpd")),
    Case("s1000-limits", 50, many("l", 1000), only_ours=True),
    Case("s1000-few", 50, many("k", 1000), waits=True, without=("exim", "opensmtpd")),
    Case("d100", 50, many("d", 1), people=100),
    Case("d1000", 50, many("d", 1), people=1000, quick=True,
         without=("exim", "opensmtpd", "curl", "swaks")),
    Case("d10000", 50, many("d", 1), people=10000, without=ONE_BY_ONE),
    Case("e1k", 0, many("d", 1), size=KB),
    Case("e100k", 0, many("d", 1), size=100 * KB),
    Case("e1m", 0, many("d", 1), size=MB),
    Case("e25m", 0, many("d", 1), size=25 * MB, quick=True),
    Case("e200m", 0, ("big.test",), size=200 * MB, hashed=False, quick=True),
    Case("e200m-tls", 0, ("bigtls.test",), size=200 * MB, hashed=False, tls=True),
    Case("e200m-chunking", 0, ("bigchunk.test",), size=200 * MB, hashed=False, chunking=True,
         only_ours=True),
    Case("e200m-both", 0, ("bigboth.test",), size=200 * MB, hashed=False, tls=True, chunking=True,
         only_ours=True),
    Case("e200m-dots", 0, ("big.test",), size=200 * MB, hashed=False, shape="dots", only_ours=True),
    Case("e200m-long", 0, ("big.test",), size=200 * MB, hashed=False, shape="long", only_ours=True),
    Case("f-six", 50, ("six.test",)),
    fallback("refused", "refused.test"),
    fallback("unreachable", "unreachable.test"),
    fallback("421", "busy.test"),
    fallback("451", "later.test"),
    fallback("hole", "hole.test", waits=True, quick=True),
    fallback("hole6", "hole6.test", waits=True),
    fallback("silent", "silent.test", waits=True),
    fallback("fifty", "fifty.test", waits=True),
    by_facts(1000),
    by_facts(2000),
    by_facts(5000),
    by_facts(10000, quick=True),
    Case("g2000-256", 0, many("x", 2000), parallel=1000, facts=True, descriptors=256),
    names("", (RESOLVER,), variants=True, quick=True),
    names("-mx", (RESOLVER,), settings=("mta-sts=no", "dnssec=off"), quick=True),
    names("-dead", (DEAD_RESOLVER, RESOLVER), quick=True),
    Case("b-dead", 50, many("d", 1), servers=(DEAD_RESOLVER, RESOLVER), needs_names=True,
         waits=True),
    Case("c100-loss", 50, many("d", 100), loss=2, parallel=1000),
)


def chosen(prefixes, quick):
    """The cases so named, or whose names begin so."""
    names = {c.name for c in CASES}

    def wanted(case):
        return any(case.name == p if p in names else case.name.startswith(p) for p in prefixes)

    return [c for c in CASES if (wanted(c) if prefixes else c.quick or not quick)]
