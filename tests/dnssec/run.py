"""run.py FOLDER ASK_DNS NSD UNBOUND DNSMASQ RESOLVED: the hierarchy on NSD, a resolver that does not validate before
it, the forger before that, and then each case asked of us and of libunbound. Prints TAP. Runs in a
network of its own (dnssec.t)."""

import os
import subprocess
import sys
import time

import cases
import hierarchy
from forger import Forger, listen_free

TRUTH, FORGER = '127.0.1.1', '127.0.3.1'
RESOLVER, VALIDATOR, DNSMASQ = '127.0.2.1', '127.0.2.2', '127.0.2.3'
DNSMASQ_VALIDATING, RESOLVED = '127.0.2.4', '127.0.0.53'
MUTATIONS = int(os.environ.get('MUTATIONS', '6'))  # rounds over all questions

folder, ask_dns, nsd, unbound, dnsmasq, resolved = sys.argv[1:7]
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


def start_unbound(name, address, more):
    with open(f'{folder}/root.hints', 'w') as file:
        file.write(f'. 300 NS ns.root.\nns.root. 300 A {TRUTH}\n')
    with open(f'{folder}/{name}.conf', 'w') as file:
        file.write(f'''server:
\tinterface: {address}
\taccess-control: 0.0.0.0/0 allow
\tusername: ""
\tchroot: ""
\tdirectory: "{folder}"
\tpidfile: "{folder}/{name}.pid"
\tuse-syslog: no
\troot-hints: "{folder}/root.hints"
\tdo-ip6: no
\tdo-not-query-localhost: no
\tnum-threads: 1
{more}
remote-control:
\tcontrol-enable: no
''')
    return daemon(name, unbound, '-d', '-c', f'{folder}/{name}.conf')


def start_servers():
    """All of them; the first one is waited for by the others."""
    truth = daemon('nsd', nsd, '-d', '-c', f'{folder}/nsd.conf')
    await_port(TRUTH, truth)
    servers = [truth, start_unbound('resolver', RESOLVER, '\tmodule-config: "iterator"'),
               start_unbound('validator', VALIDATOR, f'\ttrust-anchor-file: "{folder}/root.key"')]
    await_port(RESOLVER, servers[1])
    await_port(VALIDATOR, servers[2])
    if dnsmasq:
        with open(f'{folder}/root.ds') as file:
            anchor = file.read().split()[3:]
        servers.append(start_dnsmasq(DNSMASQ))
        servers.append(start_dnsmasq(DNSMASQ_VALIDATING, '--dnssec',
                                     '--trust-anchor=.,' + ','.join(anchor)))
    return servers


def start_dnsmasq(address, *more):
    process = daemon(f'dnsmasq-{address}', dnsmasq, '--keep-in-foreground', '--conf-file=/dev/null',
                     '--no-resolv', '--no-hosts', '--user=', '--group=', '--pid-file=',
                     '--bind-interfaces', f'--listen-address={address}', f'--server={RESOLVER}',
                     '--cache-size=1000', *more)
    await_port(address, process)
    return process


def prepare_resolved():
    """What systemd-resolved wants to find: its user, which is root in here, a network that is no
    loopback, and places of its own. We are in a mount namespace."""
    subprocess.run('''set -e
        mount -t tmpfs none /etc/systemd
        mount -t tmpfs none /run
        mkdir -p /run/systemd/resolve
        { cat /etc/passwd; echo systemd-resolve:x:0:0::/:/bin/false; } >/run/passwd
        mount --bind /run/passwd /etc/passwd
        ip link add outside type veth peer name beyond
        ip link set beyond up
        ip address add 192.0.2.100/24 dev outside
        ip link set outside up
        ip route add default via 192.0.2.1''', shell=True, check=True)


def check_behind_resolved():
    if not resolved:
        return
    prepare_resolved()
    for mode in ('no', 'allow-downgrade', 'yes'):
        with open('/etc/systemd/resolved.conf', 'w') as file:
            file.write(f'[Resolve]\nDNS={RESOLVER}\nDomains=~.\nDNSSEC={mode}\nLLMNR=no\n'
                       'MulticastDNS=no\n')
        process = daemon('resolved', resolved)
        try:
            await_port(RESOLVED, process)
            check_behind(f'systemd-resolved, DNSSEC={mode}', RESOLVED)
        finally:
            process.terminate()
            process.wait()


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


def claim(words):
    """Verdict, outcome and data, without the costs."""
    word, outcome, _, _, data = (words + ' ').split(' ', 4)
    return word, outcome, sorted(data.split())


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
         *([why.strip()[:100]] if got not in ('S', 'SN', 'SD') else []),
         *([f'expected {expected}; libunbound: {opinion}'] if not agreed or not same(got, ours)
           else []))


def mutate(forger, us, oracle):
    """Replies with random bits wrong: what we call secure is what we call so without them, and nothing
    becomes unsigned by them. libunbound calls more things bogus: it verifies the SOA too, and does not
    ask for the last name of a chain by itself."""
    forger.alter = None
    tally = {}
    worse = []
    clean = {question: us.ask(question) for _, question, *_ in cases.PLAIN}
    for noise in range(MUTATIONS):
        for _, question, expected, *_ in cases.PLAIN:
            if '/' in expected:
                continue
            forger.noise = noise
            words = us.ask(question)
            got, other = verdict(words), verdict(oracle.ask(question))
            tally[got + other] = tally.get(got + other, 0) + 1
            if got[0] == 'S' and claim(words) != claim(clean[question]) or (
                    got == 'I' and expected != 'I'):
                worse.append(f'{question}, noise {noise}: we say {words[:200]}, libunbound {other}')
    forger.noise = None
    tell(not worse, f'{sum(tally.values())} spoilt questions, nothing believed that is not true',
         *worse, 'ours and libunbound\'s: ' + ', '.join(f'{k} {v}' for k, v in sorted(tally.items())))


def check_one(title, words, expected, why=''):
    got = verdict(words)
    tell(got == expected and why in words, f'{title}: {got}', words)


def check_ways(forger, speakers):
    """What else there is beside verdicts: asking again, other settings, the work of others."""
    us = speakers['validate']
    forger.alter = cases.at('example.opt', 'MX', cases.no_rrsig)
    forger.only_datagrams = True
    check_one('a bad packet: it is asked for over TCP', us.ask('example.opt MX'), 'S')
    forger.alter = cases.at('example.opt', 'DNSKEY', cases.dnskeys_many)
    check_one('a bad packet with keys: the same', us.ask('example.opt MX'), 'S')
    forger.only_datagrams = False
    forger.alter = None
    words = us.ask('unsigned.nsec MX')
    tell(words.split()[2] == '5', 'an unsigned domain costs four questions, all at once', words)
    us.ask('crowd.opt MX')
    check_one('who tired us is not paid for by others', us.ask('+example.opt MX'), 'S')
    words = us.ask('+mx.example.opt A')
    tell(words.startswith('secure found 10 '), 'what is known is not asked for again', words)
    auto = speakers['auto']
    check_one('auto: as long as signatures come through', auto.ask('badsig.opt MX'), 'B')
    forger.alter = lambda forger, question, rdtype, reply: cases.strip(reply)
    check_one('auto: nothing is checked where none do', auto.ask('example.opt MX'), 'U',
              'no signatures')
    check_one('validate: nothing is believed where none do', us.ask('example.opt MX'), 'B')
    forger.alter = cases.at('.', 'DNSKEY', cases.nothing)
    check_one('auto: a server that knows no DNSSEC', auto.ask('example.opt MX'), 'U',
              'no DNSSEC records')
    forger.alter = cases.at('.', 'DNSKEY', cases.servfail)
    check_one('auto: no keys of the root to be had', auto.ask('example.opt MX'), 'U', 'SERVFAIL')
    forger.alter = None
    forger.refuses = lambda question: True
    check_one('auto: a server without EDNS', auto.ask('example.opt MX'), 'U', 'no ')
    check_one('validate: a server without EDNS', us.ask('example.opt MX'), 'B')
    refused = []
    forger.refuses = lambda question: str(question.name) == 'example.opt.' and not (
        refused or refused.append(question))
    check_one("a FORMERR in the name server's name", us.ask('example.opt MX'), 'S')
    check_one('and what is asked after it', us.ask('+mx.hashed.opt A'), 'S')
    forger.refuses = None
    us.ask('trap.opt MX')
    words = us.ask('+mx.trap.opt A')
    tell(verdict(words) == 'B' and int(words.split()[3]) < 50,
         'who has no key that fits is not tried for each question', words)
    check_one('auto: another root', speakers['other'].ask('example.opt MX'), 'U', 'trust anchor')
    check_one('auto: no anchors', speakers['none'].ask('example.opt MX'), 'U', 'No such file')
    check_one('off', speakers['off'].ask('badsig.opt MX'), 'U')
    check_one('late: all is expired', speakers['late'].ask('example.opt MX'), 'B', 'expired')
    check_one('DS records as anchors', speakers['ds'].ask('example.opt MX'), 'S')
    check_one('trust-ad: not vouched for', speakers['trust'].ask('example.opt MX'), 'I', 'no AD')
    forger.vouches = True
    check_one('trust-ad: vouched for', speakers['trust'].ask('badsig.opt MX'), 'S')
    check_one('AD means nothing to who validates', us.ask('badsig.opt MX'), 'B')
    forger.vouches = False


def check_crowd(forger, speakers):
    """All names at once: every one is answered, whatever becomes of the others."""
    names = ''.join(c[1].split()[0] + '\n' for c in cases.PLAIN if len(c[1]) < 60)
    lost = sum(int(s.ask('bulk\n' + names).split()[4]) for s in speakers.values())
    forger.noise = 1
    lost += int(speakers['auto'].ask('bulk\n' + names).split()[4])
    forger.noise = None
    tell(not lost, 'no question is lost where many are asked at once')


def check_behind(name, address):
    """The same verdicts through other name servers. What they hide themselves is as bad."""
    us = Speaker(ask_dns, address, f'{folder}/root.key', 'validate')
    wrong = []
    for _, question, expected, *_ in cases.PLAIN:
        got = verdict(us.ask(question))
        if not same(got, expected.partition('/')[0]):
            wrong.append(f'{question}: {got}, expected {expected}')
    tell(not wrong, f'{len(cases.PLAIN)} questions through {name}', *wrong)


def main():
    zones = hierarchy.build()
    hierarchy.write(zones, folder, TRUTH)
    servers = start_servers()
    key = f'{folder}/root.key'
    with open(f'{folder}/other.key', 'w') as file:
        file.write(f'. IN DNSKEY {hierarchy.Key(13).rdata.to_text()}\n')
    speakers = {
        'validate': Speaker(ask_dns, FORGER, key, 'validate'),
        'auto': Speaker(ask_dns, FORGER, key, 'auto'),
        'off': Speaker(ask_dns, FORGER, key, 'off'),
        'trust': Speaker(ask_dns, FORGER, key, 'trust-ad'),
        'other': Speaker(ask_dns, FORGER, f'{folder}/other.key', 'auto'),
        'none': Speaker(ask_dns, FORGER, f'{folder}/missing.key', 'auto'),
        'ds': Speaker(ask_dns, FORGER, f'{folder}/root.ds', 'validate'),
        'late': Speaker(ask_dns, FORGER, key, 'validate', str(int(time.time()) + 90 * 86400)),
    }
    try:
        forger = Forger(FORGER, RESOLVER)
        forger.zones = zones
        oracle = Speaker(sys.executable, f'{here}/oracle.py', FORGER, key)
        for case in cases.PLAIN + cases.ATTACKS:
            check(case, forger, speakers['validate'], oracle)
        check_ways(forger, speakers)
        check_behind('unbound, which validates', VALIDATOR)
        check_behind('unbound, which does not', RESOLVER)
        if dnsmasq:
            check_behind('dnsmasq', DNSMASQ)
            check_behind('dnsmasq, which validates', DNSMASQ_VALIDATING)
        check_behind_resolved()
        check_crowd(forger, speakers)
        tell(not forger.accidents, 'the forger did what it was told', *forger.accidents[:5])
        mutate(forger, speakers['validate'], oracle)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    print(f'1..{count}')
    return failed > 0


sys.exit(main())
