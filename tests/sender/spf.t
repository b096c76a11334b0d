#!/usr/bin/env python3
"""SPF records made by chance, judged by sendmx --check-sender and by pyspf (Debian's python3-spf): the same verdicts.

`spf.t [WORLDS [SEED]]`: so many worlds, 200 if nothing is said. Output is TAP. With other seeds about one verdict in 2,000 differs, since
pyspf looks up all hosts of an mx, and meets their trouble, before it compares the first.
"""
import ipaddress
import json
import os
import random
import subprocess
import sys
import tempfile

# Debian's package is there for Debian's Python, of which another one may stand in front
sys.path.append("/usr/lib/python3/dist-packages")
try:
    import spf
except ImportError:
    print("1..0 # SKIP python3-spf is missing: run \"make deps\"")
    sys.exit(0)

SENDMX = os.environ.get("SENDMX", os.path.join(os.environ.get("TOP", "."), "build/sendmx"))
WORLDS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 7208
ADDRESSES = ["192.0.2.1", "192.0.2.130", "198.51.100.7", "2001:db8::1", "2001:db8:1::5"]
DOMAINS = [f"d{i}.test" for i in range(6)]
HOSTS = [f"h{i}.d{j}.test" for i in range(3) for j in range(3)]
HELLO = "mail.d0.test"
SENDER = "alice.b+c@d0.test"


class World:
    """Names with their records, as sendmx reads them and as pyspf asks for them."""

    def __init__(self, chance):
        self.chance = chance
        self.records = []
        self.silent = set()
        # pyspf gives up where a name of the address cannot be looked up; RFC 7208 5.5 passes it over
        self.trouble = chance.random() < 0.4
        for domain in DOMAINS:
            self.make_domain(domain)
        for host in HOSTS + [HELLO]:
            self.make_host(host)
        for address in ADDRESSES:
            self.make_names(address)

    def pick(self, *things):
        return self.chance.choice(things)

    def likely(self, odds):
        return self.chance.random() < odds

    def target(self):
        # No %{p}: pyspf looks the names up before it knows whether the term will be reached
        return self.pick(*DOMAINS, *HOSTS, "gone.test", "%{d}", "%{o}", "h0.%{d}", "%{d2}", "h%{d1r}.%{o}", "%{h}", "%{ir}.%{v}.d1.test",
                         "%{l1r+}.d2.test", "%{l}.d2.test", "%{s}.d1.test", "%{S}.d1.test")

    def network(self):
        return self.pick("ip4:192.0.2.0/24", "ip4:192.0.2.0/25", "ip4:192.0.2.1", "ip4:198.51.100.0/30", "ip4:0.0.0.0/0", "ip6:2001:db8::/32",
                         "ip6:2001:db8::/48", "ip6:2001:db8::1", "ip6:::/0", "ip4:192.0.2.130/31")

    def mistake(self):
        return self.pick("foo", "ip4:192.0.2.0/33", "ip4:192.0.2", "ip6:2001:db8::/129", "a:", "a/33", "mx//129", "include", "exists", "all:x",
                         "a:%{z}.test", "ip4:2001:db8::1", "a:x", "redirect=", "exp=", "a:192.0.2.1", "ptr/24", "include:a.test/24")

    def term(self):
        kind = self.chance.randrange(100)
        prefix = self.pick("", "", "", "/24", "//64", "/24//48", "/0", "//0")
        if kind < 30:
            text = self.network()
        elif kind < 50:
            text = f"include:{self.target()}"
        elif kind < 65:
            text = self.pick("a", f"a:{self.target()}") + prefix
        elif kind < 75:
            text = self.pick("mx", f"mx:{self.target()}") + prefix
        elif kind < 83:
            text = f"exists:{self.target()}"
        elif kind < 90 and not self.trouble:
            text = self.pick("ptr", f"ptr:{self.target()}")
        elif kind < 93:
            name = f"m{self.chance.randrange(10**6)}"  # 6: they may stand there twice, but pyspf minds
            return self.pick(f"{name}=y", f"{name}=%{{d}}", "exp=why.%{d}")
        elif kind < 94:
            return self.mistake()
        else:
            text = "all"
        return self.pick("", "", "", "+", "-", "~", "?") + text

    def make_domain(self, domain):
        terms = [self.term() for _ in range(self.chance.randrange(6))]
        ending = self.chance.randrange(10)
        if ending < 5:
            terms.append(self.pick("-all", "~all", "?all", "+all"))
        elif ending < 7:
            terms.insert(self.chance.randrange(len(terms) + 1), f"redirect={self.target()}")
        record = " ".join(["v=spf1"] + terms)
        if domain != DOMAINS[0] and self.likely(0.08):
            record = self.pick("other", "v=spf2 -all")
        self.add(domain, "TXT", record)
        if self.likely(0.03):
            self.add(domain, "TXT", "v=spf1 -all")
        if self.likely(0.3):
            self.add(domain, "TXT", "a remark")
        for i in range(self.pick(0, 1, 2, 2, 11)):
            self.add(domain, "MX", f"{i} {self.pick(*HOSTS)}" if i < 3 else f"{i} x{i}.{domain}")
        for i in range(3, 11):
            self.add(f"x{i}.{domain}", "A", "203.0.113.1")
            self.add(f"x{i}.{domain}", "AAAA", "2001:db8:ffff::1")
        self.make_host(domain)

    def make_host(self, host):
        if host not in DOMAINS and self.likely(0.1):
            self.add(host, "CNAME", self.pick(*DOMAINS))
            return
        for address in ADDRESSES:
            if self.likely(0.25):
                self.add(host, "AAAA" if ":" in address else "A", address)
        if host not in DOMAINS and self.trouble and self.likely(0.1):
            self.silent.add(host)

    def make_names(self, address):
        for _ in range(self.pick(0, 1, 1, 2, 12)):
            self.add(reverse_name(address), "PTR", self.pick(*HOSTS, *DOMAINS))

    def add(self, name, kind, data):
        if (name, kind, data) not in self.records:
            self.records.append((name, kind, data))

    def facts(self):
        for name, kind, data in self.records:
            if kind == "TXT":
                data = f'"{data}"'
            elif kind in ("MX", "PTR", "CNAME"):
                data += "."
            yield f"{name}. {kind} {data}"
        for name in sorted(self.silent):
            yield f";! servfail {name}."

    def look_up(self, name, kind, *_rest, **_more):
        """What pyspf calls in place of a resolver."""
        return [((name, kind), value) for value in self.values(name.lower(), kind)]

    def values(self, name, kind):
        """Aliases are followed here: pyspf would count an answer that is empty once for each name on the way."""
        if name in self.silent:
            raise spf.TempError(f"no answer for {name}")
        for owner, has, data in self.records:
            if owner == name and has == "CNAME":
                yield from self.values(data, kind)
            elif owner == name and has == kind:
                yield self.value(has, data)

    @staticmethod
    def value(kind, data):
        if kind == "TXT":
            return (data.encode(),)
        if kind == "MX":
            preference, host = data.split()
            return (int(preference), host)
        return data


def reverse_name(address):
    return ipaddress.ip_address(address).reverse_pointer


def ours(world):
    with tempfile.NamedTemporaryFile("w", suffix=".facts") as file:
        file.write("\n".join(world.facts()) + "\n")
        file.flush()
        run = subprocess.run([SENDMX, "-C", "/dev/null", "--json", "--facts", file.name, "-O", f"hostname={HELLO}", f"--check-sender={SENDER}",
                              *ADDRESSES], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=False)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return {line["ip"]: line["spf"] for line in lines if line["type"] == "sender"}


def theirs(world, address):
    spf.DNSLookup = world.look_up
    query = spf.query(i=address, s=SENDER, h=HELLO, strict=1, timeout=20, querytime=0)
    verdict, _, words = query.check()
    # A record that includes itself: for pyspf a mistake of grammar, for RFC 7208 one too many look-ups, if it is reached
    return None if "trivial recursion" in words else verdict


def main():
    wrong, seen = 0, {}
    for number in range(WORLDS):
        world = World(random.Random(SEED * 100003 + number))
        found = ours(world)
        for address in ADDRESSES:
            mine, wanted = found.get(address, {"result": "nothing"}), theirs(world, address)
            if not wanted:
                continue
            seen[wanted] = seen.get(wanted, 0) + 1
            if mine["result"] != wanted:
                wrong += 1
                if wrong <= 5:
                    print(f"# world {number} from {address}: {mine}, pyspf says {wanted}")
                    print("".join(f"#   {line}\n" for line in world.facts() if " TXT " in line or line.startswith(";")), end="")
    print(f"# verdicts: {seen}; {wrong} differ")
    print(f"{'not ' if wrong else ''}ok 1 - {WORLDS} worlds by chance, {len(ADDRESSES)} addresses each")
    kinds = {"pass", "fail", "softfail", "neutral", "permerror", "temperror"} - set(seen)
    print(f"{'not ' if kinds else ''}ok 2 - every verdict came up")
    print("1..2")
    return 1 if wrong or kinds else 0


if __name__ == "__main__":
    sys.exit(main())
