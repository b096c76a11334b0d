#!/usr/bin/env python3
"""Policies from HTTPS servers that do all that a server must not do, fetched side by side."""
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import server  # noqa: E402

TOOL = os.path.join(os.environ["BUILD"], "tests/tool/fetch_policy")
SECONDS = 15 # a third of that is for fetching

GOOD = ("fetched", "policy now, mode enforce, fetched")
ERROR, INVALID, PKI = "sts-policy-fetch-error", "sts-policy-invalid", "sts-webpki-invalid"

# Domain: result, and words that the reason has.
EXPECTED = {
    "length": GOOD, "closed": GOOD, "chunked": GOOD, "charset": GOOD, "crlf": GOOD, "wildcard": GOOD,
    "moved": (ERROR, "HTTP status 301"),
    "missing": (ERROR, "HTTP status 404"),
    "broken": (ERROR, "HTTP status 500"),
    "partial": (ERROR, "HTTP status 206"),
    "large": (ERROR, "larger than 64 KiB"),
    "endless": (ERROR, "larger than 64 KiB"),
    "cut": (ERROR, ""),
    "cutchunk": (ERROR, ""),
    "truncated": (ERROR, ""),
    "garbage": (ERROR, ""),
    "nothing": (ERROR, ""),
    "headers": (ERROR, ""),
    "nul": (INVALID, "NUL byte"),
    "html": (INVALID, "text/plain"),
    "untyped": (INVALID, "text/plain"),
    "nonsense": (INVALID, "no field"),
    "drip": (ERROR, ""),
    "silent": (ERROR, ""),
    "deaf": (ERROR, ""),
    "wrongname": (PKI, ""),
    "parent": (PKI, ""),
    "commonname": (PKI, "dNSName"),
    "address": (PKI, ""),
    "expired": (PKI, ""),
    "untrusted": (PKI, ""),
    "old": (ERROR, ""),
}
# Nobody is there; no address.
EXTRA = {"refused": (ERROR, ""), "homeless": (ERROR, "no address")}

count = failures = 0


def ok(good, name, why=""):
    global count, failures
    count += 1
    failures += not good
    print(f"{'' if good else 'not '}ok {count} - {name}", flush=True)
    if not good and why:
        print(f"# {why}", flush=True)


def fetch(cache, roots, lines, seconds=SECONDS):
    environment = dict(os.environ, https_proxy="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9",
                       ALL_PROXY="http://127.0.0.1:9", SSL_CERT_FILE="/nonexistent")
    run = subprocess.run([TOOL, cache, roots, str(seconds)], input="".join(lines), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, check=False)
    found = {}
    for line in run.stdout.splitlines():
        domain, result, reason = line.split(" ", 2)
        found[domain.removesuffix(".test")] = (result, reason)
    return run, found


def judge(name, expected, got):
    ok(got[0] == expected[0] and expected[1] in got[1], name, f"expected {expected}, got {got}")


def main():
    with tempfile.TemporaryDirectory(prefix="sendmx-sts.") as folder:
        world = server.World(folder)
        roots, cache = world.file("root.pem"), world.file("cache")
        lines = {name: f"{name}.test {port} 127.0.0.1\n" for name, port in world.ports.items()}
        lines["refused"] = "refused.test 1 127.0.0.1\n"
        lines["homeless"] = "homeless.test 443\n"
        begun = time.monotonic()
        run, found = fetch(cache, roots, lines.values())
        took = time.monotonic() - begun
        if "without libcurl" in run.stdout:
            print("1..0 # SKIP built without libcurl")
            return 0
        ok(run.returncode == 0, "the tool ends well", run.stderr)
        print(f"# {run.stderr.strip()}")
        for name in lines:
            judge(f"{name}: {found.get(name, ('', ''))[1]}", {**EXPECTED, **EXTRA}[name], found.get(name, ("", "")))
        ok(took < SECONDS, f"all {len(lines)} side by side took {took:.1f} s")
        requests = dict(world.seen)
        ok(requests["length"].startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.length.test:"),
           "the request is what RFC 8461 wants", repr(requests["length"]))
        ok(not any(word in requests["length"].lower() for word in (b"authorization", b"cookie", b"proxy")),
           "and tells nothing more")

        again = [lines[name] for name in ("length", "missing", "wrongname")]
        seen = len(world.seen)
        _, found = fetch(cache, roots, again)
        judge("remembered: a policy", ("cached", "policy now, mode enforce, cached"), found["length"])
        judge("remembered: a failure", (ERROR, "a short while ago"), found["missing"])
        ok(len(world.seen) == seen, "nobody is asked again at once")

        _, found = fetch(world.file("other"), "/nonexistent/roots.pem", [lines["length"]])
        ok(found["length"][0] in (ERROR, PKI), "without roots nobody is trusted", str(found))
        os.mkdir(world.file("locked"))
        _, found = fetch("/dev/null/cache", roots, [lines["length"]])
        judge("a cache that cannot be is done without", GOOD, found["length"])
        dead = lines["length"].replace("127.0.0.1", "127.0.0.2 ::1 127.0.0.1")
        _, found = fetch(world.file("third"), roots, [dead])
        judge("the second address serves where the first is dead", GOOD, found["length"])
        many = [f"{i}.wildcard.test 1 127.0.0.1\n" for i in range(200)]
        _, found = fetch(world.file("fourth"), roots, many)
        ok(len(found) == 200 and all(result == ERROR for result, _ in found.values()),
           "two hundred that are refused all have their verdict")
        slow = [lines["deaf"].replace("deaf.", f"{i}.deaf.") for i in range(40)]
        _, found = fetch(world.file("fifth"), roots, slow + [lines["length"]])
        judge("one behind forty that say nothing has its turn", GOOD, found["length"])
        world.over.set()
    print(f"1..{count}")
    return failures > 0


sys.exit(main())
