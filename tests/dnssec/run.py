"""run.py FOLDER ASK_DNS NSD UNBOUND: the hierarchy on NSD, a resolver that does not validate before
it, the forger before that, and then each case asked of us and of libunbound. Prints TAP. Runs in a
network of its own (dnssec.t)."""

import os
import subprocess
import sys
import time

import cases
import hierarchy
from forger import Forger, listen_free

TRUTH, RESOLVER, FORGER = '127.0.1.1', '127.0.2.1', '127.0.3.1'
MUTATIONS = int(os.environ.get('MUTATIONS', '6'))  # rounds over all questions

folder, ask_dns, nsd, unbound = sys.argv[1:5]
here = os.path.dirname(os.path.abspath(__file__))
failed = 0
count = 0


def tell(ok, title, *notes):
    global count, failed
    count += 1
    failed += not ok
    print(f'{"ok" if ok else "not ok"} {count} - {title}')
    for note in notes:
        print(f'#   {note}')


def daemon(name, *command):
    with open(f'{folder}/{name}.log', 'w') as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def await_port(address, process):
    while listen_free(address):
        if process.poll() is not None:
            print(f'Bail out! {address} did not start')
            sys.exit(1)
        time.sleep(0.02)


def start_servers():
    with open(f'{folder}/root.hints', 'w') as file:
        file.write(f'. 300 NS ns.root.\nns.root. 300 A {TRUTH}\n')
    with open(f'{folder}/unbound.conf', 'w') as file:
        file.write(f'''server:
\tinterface: {RESOLVER}
\taccess-control: 0.0.0.0/0 allow
\tusername: ""
\tchroot: ""
\tdirectory: "{folder}"
\tpidfile: "{folder}/unbound.pid"
\tuse-syslog: no
\troot-hints: "{folder}/root.hints"
\tmodule-config: "iterator"
\tdo-ip6: no
\tdo-not-query-localhost: no
\tnum-threads: 1
\tmsg-cache-size: 16m
remote-control:
\tcontrol-enable: no
''')
    truth = daemon('nsd', nsd, '-d', '-c', f'{folder}/nsd.conf')
    await_port(TRUTH, truth)
    resolver = daemon('unbound', unbound, '-d', '-c', f'{folder}/unbound.conf')
    await_port(RESOLVER, resolver)
    return truth, resolver


class Speaker:
    """A program that answers lines with lines."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip('\n')


def verdict(words):
    """S, SN, SD, I, B or E."""
    word, outcome = words.split(' ')[:2]
    if outcome == 'loop':
        return 'E'
    if word == 'secure':
        return {'found': 'S', 'no-name': 'SN', 'no-data': 'SD'}.get(outcome, 'E')
    return {'insecure': 'I', 'bogus': 'B', 'unchecked': 'U'}.get(word, 'E')


def same(one, other):
    """Whether mail is put off because something is wrong, or because nobody can say, is one."""
    return one == other or {one, other} <= {'B', 'E'}


def check(case, forger, us, oracle):
    title, question, expected = case[:3]
    alters = [c for c in case[3:] if callable(c)]
    reason = ''.join(c for c in case[3:] if isinstance(c, str))
    ours, _, theirs = expected.partition('/')

    def alter(*reply):
        for change in alters:
            change(*reply)
    forger.alter = alter if alters else None
    said, opinion = us.ask(question), oracle.ask(question)
    got, other = verdict(said), verdict(opinion)
    _, _, questions, verified, why = (said + ' ').split(' ', 4)
    agreed = theirs == '*' or same(other, theirs or ours)
    tell(same(got, ours) and (got in 'BE' or got == ours) and agreed,
         f'{title}: {question}: {got}, libunbound {other}, {questions} questions, '
         f'{verified} verified{", " + reason if reason else ""}',
         *([why.strip()] if why.strip() else []),
         *([f'expected {expected}; libunbound: {opinion}'] if not agreed or not same(got, ours)
           else []))


def mutate(forger, us, oracle):
    """Replies with random bits wrong: never do we believe what libunbound does not."""
    forger.alter = None
    tally = {}
    worse = []
    for noise in range(MUTATIONS):
        for _, question, expected, *_ in cases.PLAIN:
            if '/' in expected:
                continue
            forger.noise = noise
            got, other = verdict(us.ask(question)), verdict(oracle.ask(question))
            tally[got + other] = tally.get(got + other, 0) + 1
            if got[0] == 'S' and other[0] != 'S' or got == 'I' and other in 'BE' and expected != 'I':
                worse.append(f'{question}, noise {noise}: we say {got}, libunbound {other}')
    forger.noise = None
    tell(not worse, f'{sum(tally.values())} spoilt questions, none believed that libunbound refuses',
         *worse, 'ours and libunbound\'s: ' + ', '.join(f'{k} {v}' for k, v in sorted(tally.items())))


def main():
    zones = hierarchy.build()
    hierarchy.write(zones, folder, TRUTH)
    servers = start_servers()
    try:
        forger = Forger(FORGER, RESOLVER)
        forger.zones = zones
        us = Speaker(ask_dns, FORGER, f'{folder}/root.key', 'validate')
        oracle = Speaker(sys.executable, f'{here}/oracle.py', FORGER, f'{folder}/root.key')
        for case in cases.PLAIN + cases.ATTACKS:
            check(case, forger, us, oracle)
        mutate(forger, us, oracle)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    print(f'1..{count}')
    return failed > 0


sys.exit(main())
