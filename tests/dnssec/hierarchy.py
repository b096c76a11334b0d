"""Zones from the root down, signed in every way that there is, right and wrong, and their keys.

Signed here and not by a tool, since tools refuse to do it wrong. NSD serves the zones and makes the
proofs, and libunbound (oracle.py) has its own opinion of them, so that a mistake here shows."""

import base64
import hashlib
import time

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.zone
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DAY = 86400
IN = dns.rdataclass.IN
TYPE = dns.rdatatype.RdataType
RSA_HASH = {5: hashes.SHA1, 7: hashes.SHA1, 8: hashes.SHA256, 10: hashes.SHA512}
CURVE = {13: (ec.SECP256R1, hashes.SHA256, 32), 14: (ec.SECP384R1, hashes.SHA384, 48)}
RSA_KEY = []  # making one takes long, so all zones share it: a key is known by its owner


class Key:
    """One key for all that a zone signs."""

    def __init__(self, algorithm, flags=257):
        self.algorithm = algorithm
        self.private, public = self._make(algorithm)
        # An algorithm that nobody knows has random bytes for a key.
        rdata = f'{flags} 3 {algorithm} {base64.b64encode(public).decode()}'
        self.rdata = dns.rdata.from_text(IN, 'DNSKEY', rdata)
        wire = self.rdata.to_wire()
        total = sum(b << (0 if i & 1 else 8) for i, b in enumerate(wire))
        self.tag = (total + (total >> 16 & 0xffff)) & 0xffff

    @staticmethod
    def _make(algorithm):
        if algorithm in RSA_HASH:
            if not RSA_KEY:
                RSA_KEY.append(rsa.generate_private_key(65537, 2048))
            n = RSA_KEY[0].public_key().public_numbers().n
            return RSA_KEY[0], b'\x03\x01\x00\x01' + n.to_bytes(256, 'big')
        if algorithm in CURVE:
            curve, _, size = CURVE[algorithm]
            private = ec.generate_private_key(curve())
            p = private.public_key().public_numbers()
            return private, p.x.to_bytes(size, 'big') + p.y.to_bytes(size, 'big')
        if algorithm in (15, 16):
            make = ed25519.Ed25519PrivateKey if algorithm == 15 else ed448.Ed448PrivateKey
            private = make.generate()
            return private, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return None, bytes(range(64))

    def sign(self, data):
        if self.algorithm in RSA_HASH:
            return self.private.sign(data, padding.PKCS1v15(), RSA_HASH[self.algorithm]())
        if self.algorithm in CURVE:
            _, digest, size = CURVE[self.algorithm]
            r, s = utils.decode_dss_signature(self.private.sign(data, ec.ECDSA(digest())))
            return r.to_bytes(size, 'big') + s.to_bytes(size, 'big')
        return self.private.sign(data) if self.private else bytes(64)

    def ds(self, owner, digest=2):
        hashed = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}.get(digest, hashlib.sha256)
        text = hashed(owner.to_digestable() + self.rdata.to_wire()).hexdigest()
        return f'{self.tag} {self.algorithm} {digest} {text}'


def rrsig(key, signer, owner, rdtype, ttl, rdatas, begin, end, labels=None, original_ttl=None):
    """The RRSIG record over rdatas, as if they were owner's."""
    count = len(owner) - 1 - owner.is_wild()
    if labels is None:
        labels = count
    ttl = ttl if original_ttl is None else original_ttl
    fixed = b''.join(n.to_bytes(size, 'big') for n, size in (
        (int(rdtype), 2), (key.algorithm, 1), (labels, 1), (ttl, 4), (end, 4), (begin, 4),
        (key.tag, 2))) + signer.to_digestable()
    if labels < count:
        owner = dns.name.Name((b'*',) + owner.labels[len(owner) - 1 - labels:])
    frame = owner.to_digestable() + b''.join(
        n.to_bytes(size, 'big') for n, size in ((int(rdtype), 2), (1, 2), (ttl, 4)))
    data = fixed
    for wire in sorted({r.to_digestable() for r in rdatas}):
        data += frame + len(wire).to_bytes(2, 'big') + wire
    wire = fixed + key.sign(data)
    return dns.rdata.from_wire(IN, TYPE.RRSIG, wire, 0, len(wire))


class Zone:
    """Text below a name, and how it is to be signed."""

    def __init__(self, name, text, algorithm=13, denial='nsec', salt='', iterations=0, digest=2,
                 begin=-DAY, end=30 * DAY):
        self.name = dns.name.from_text(name)
        self.key = Key(algorithm) if algorithm else None
        self.denial, self.salt, self.iterations, self.digest = denial, salt, iterations, digest
        now = int(time.time())
        self.begin, self.end = now + begin, now + end
        head = '@ 300 SOA ns.example. host.example. 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A 127.0.1.1\n'
        self.zone = dns.zone.from_text('$TTL 300\n' + head + text, origin=self.name,
                                       relativize=False, check_origin=False)

    def add(self, owner, rdtype, text, ttl=300):
        rdataset = self.zone.find_rdataset(owner, rdtype, create=True)
        rdataset.add(dns.rdata.from_text(IN, rdtype, text), ttl)
        return rdataset

    def delegate(self, child, signed=True):
        self.add(child.name, 'NS', f'ns.{child.name}')
        self.add(dns.name.from_text('ns', child.name), 'A', '127.0.1.1')
        if signed and child.key:
            self.add(child.name, 'DS', child.key.ds(child.name, child.digest))

    def types_at(self, name):
        node = self.zone.get_node(name)
        return {r.rdtype for r in node.rdatasets} if node else set()

    def is_cut(self, name):
        return name != self.name and TYPE.NS in self.types_at(name)

    def is_ours(self, name):
        """Not below a delegation, nor below a DNAME."""
        above = name
        while above != self.name:
            above = above.parent()
            if self.is_cut(above) or TYPE.DNAME in self.types_at(above):
                return False
        return True

    def sign(self):
        if not self.key:
            return
        self.add(self.name, 'DNSKEY', self.key.rdata.to_text())
        names = sorted(n for n in self.zone.nodes if self.is_ours(n))
        if self.denial == 'nsec':
            self.chain(names)
        else:
            self.hashed_chain(names)
        for name in sorted(self.zone.nodes):
            if self.is_ours(name):
                self.sign_node(name)

    def sign_node(self, name):
        cut = self.is_cut(name)
        for rdataset in list(self.zone.get_node(name).rdatasets):
            if rdataset.rdtype == TYPE.RRSIG:
                continue
            if cut and rdataset.rdtype not in (TYPE.DS, TYPE.NSEC):
                continue
            signature = rrsig(self.key, self.name, name, rdataset.rdtype, rdataset.ttl, rdataset,
                              self.begin, self.end)
            self.zone.find_rdataset(name, 'RRSIG', covers=rdataset.rdtype, create=True).add(
                signature, rdataset.ttl)

    @staticmethod
    def words(types):
        return ' '.join(dns.rdatatype.to_text(t) for t in sorted(types))

    def chain(self, names):
        for name, after in zip(names, names[1:] + names[:1]):
            types = self.types_at(name)
            if self.is_cut(name):
                types &= {TYPE.NS, TYPE.DS}
            self.add(name, 'NSEC', f'{after} {self.words(types | {TYPE.RRSIG, TYPE.NSEC})}')

    def hash(self, name):
        salt = bytes.fromhex(self.salt)
        digest = hashlib.sha1(name.to_digestable() + salt).digest()
        for _ in range(self.iterations):
            digest = hashlib.sha1(digest + salt).digest()
        table = bytes.maketrans(b'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', b'0123456789abcdefghijklmnopqrstuv')
        return base64.b32encode(digest).translate(table).decode()

    def hashed_chain(self, names):
        opt_out = self.denial == 'optout'
        if opt_out:
            names = [n for n in names if not self.is_cut(n) or TYPE.DS in self.types_at(n)]
        everything = set(names)
        for name in names:
            while name != self.name:
                name = name.parent()
                everything.add(name)
        parameters = f'{self.iterations} {self.salt or "-"}'
        self.add(self.name, 'NSEC3PARAM', f'1 0 {parameters}')
        table = sorted((self.hash(n), n) for n in everything)
        for (here, name), (after, _) in zip(table, table[1:] + table[:1]):
            types = self.types_at(name)
            if self.is_cut(name):
                types &= {TYPE.NS, TYPE.DS}
                types |= {TYPE.RRSIG} if TYPE.DS in types else set()
            elif types:
                types |= {TYPE.RRSIG}
            owner = dns.name.from_text(here, self.name)
            self.add(owner, 'NSEC3',
                     f'1 {int(opt_out)} {parameters} {after} {self.words(types)}')


MAIL = '''
@ MX 10 mx
mx A 192.0.2.1
mx AAAA 2001:db8::1
_25._tcp.mx TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000001
other A 192.0.2.2
_25._tcp.other TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000002
plain A 192.0.2.3
a.deep.ent A 192.0.2.4
alias CNAME mx
nodata CNAME plain
*.wild MX 10 mx
*.wild TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000003
there.wild MX 20 plain
moved DNAME wild
'''


# Wildcards at the apex, beside names that exist, and a "*" that is none of them.
STAR = '''
@ MX 10 mx
* MX 20 mx
* TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000004
mx A 192.0.2.1
a.ent A 192.0.2.2
*.c CNAME mx
*.d DNAME ent
a.*.b A 192.0.2.3
b.c.c.z A 192.0.2.4
'''


def leaf(name, text='', **how):
    return Zone(name, MAIL + text, **how)


def build(bulk=0):
    """All zones by name, signed, and delegated to each other."""
    many = ''.join(f'many MX {i} host{i:03}.of.many.exchangers\n' for i in range(120))
    zones = [
        Zone('.', '', algorithm=8),
        Zone('opt.', '', algorithm=13, denial='optout', salt='ab12'),
        Zone('nsec.', '', algorithm=8),
        Zone('n3.', '', algorithm=15, denial='nsec3'),
        Zone('utld.', '', algorithm=None),
        leaf('example.opt.', many + '''null MX 0 .
tounsigned CNAME plain.unsigned.opt.
tobogus CNAME mx.badsig.opt.
toother CNAME mx.hashed.opt.
tonothing CNAME nothing.hashed.opt.
tothird CNAME alias.hashed.opt.
capitals MX 10 MX.Example.OPT.
loop1 CNAME loop2
loop2 CNAME loop1
cross MX 10 mx.hashed.opt.
tochild CNAME mx.child.example.opt.
movedout DNAME unsigned.opt.
'''),
        leaf('hashed.opt.', denial='nsec3', salt='cd', iterations=5),
        leaf('attacker.opt.', '.'.join('x' * 60) + ' A 192.0.2.9\n'),
        leaf('child.example.opt.'),
        leaf('a.b.c.example.opt.', denial='nsec3'),
        leaf('unsigned.opt.', algorithm=None),
        leaf('unsigned.nsec.', algorithm=None),
        leaf('unsigned.n3.', algorithm=None),
        leaf('unsigned.example.opt.', algorithm=None),
        leaf('example.nsec.'),
        leaf('example.n3.', denial='nsec3'),
        leaf('rsa256.nsec.', algorithm=8),
        leaf('rsa512.n3.', algorithm=10),
        leaf('p384.nsec.', algorithm=14, digest=4),
        leaf('ed25519.n3.', algorithm=15),
        leaf('sha1digest.opt.', digest=1),
        leaf('rsasha1.opt.', algorithm=5),
        leaf('rsasha1.n3.', algorithm=7, denial='nsec3'),
        leaf('ed448.opt.', algorithm=16),
        leaf('unknown.opt.', algorithm=200),
        leaf('digest.opt.', digest=77),
        leaf('often.opt.', denial='nsec3', iterations=1000),
        leaf('optional.opt.', denial='optout'),
        leaf('example.utld.', algorithm=None),
        leaf('badsig.opt.'),
        leaf('expired.opt.', begin=-30 * DAY, end=-DAY),
        leaf('future.opt.', begin=5 * DAY, end=30 * DAY),
        leaf('wrongds.opt.'),
        leaf('bare.opt.'),
        leaf('revoked.opt.'),
        leaf('notzone.opt.'),
        leaf('crowd.opt.'),
        Zone('star.opt.', STAR),
        Zone('star3.opt.', STAR, denial='nsec3', salt='ef', iterations=2),
        leaf('cut.star.opt.'),
        leaf('cut.star3.opt.'),
        leaf('halfknown.opt.'),
        leaf('halfdead.opt.'),
        leaf('otherkey.opt.'),
        leaf('twice.opt.', algorithm=8),
        leaf('trap.opt.'),
    ]
    for i in range(bulk):
        zones.append(Zone(f's{i}.opt.', '@ MX 10 mx\nmx A 192.0.2.1\nmx AAAA 2001:db8::1\n'))
        zones.append(Zone(f'u{i}.opt.', '@ MX 10 mx\nmx A 192.0.2.1\nmx AAAA 2001:db8::1\n',
                          algorithm=None))
    by_name = {str(z.name): z for z in zones}
    # Wrong in ways of their own.
    by_name['revoked.opt.'].key = Key(13, flags=257 | 128)
    by_name['notzone.opt.'].key = Key(13, flags=0)
    crowd(by_name['crowd.opt.'])
    for zone in sorted(zones, key=lambda z: -len(z.name)):
        if zone.name == dns.name.root:
            continue
        parent = zone.name.parent()
        while str(parent) not in by_name:
            parent = parent.parent()
        by_name[str(parent)].delegate(zone)
    wrong = by_name['opt.'].zone.find_rdataset(dns.name.from_text('wrongds.opt.'), 'DS')
    wrong.clear()
    wrong.add(dns.rdata.from_text(IN, 'DS', Key(13).ds(dns.name.from_text('wrongds.opt.'))), 300)
    by_name['bare.opt.'].key = None
    strange_ds(by_name)
    trap(by_name['opt.'], by_name['trap.opt.'])
    for zone in zones:
        zone.sign()
    spoil(by_name['badsig.opt.'])
    sign_by_other_key(by_name['otherkey.opt.'])
    return by_name


def key_of_tag(wanted, number, flags):
    """A key of that tag that nobody has."""
    seed = bytearray(hashlib.sha512(number.to_bytes(4, 'big')).digest())
    rdata = dns.rdata.from_text(IN, 'DNSKEY', f'{flags} 3 13 {base64.b64encode(seed).decode()}')
    total = sum(b << (0 if i & 1 else 8) for i, b in enumerate(rdata.to_wire()))
    tag = (total + (total >> 16 & 0xffff)) & 0xffff
    # The last two bytes make up for the difference.
    last = (int.from_bytes(seed[-2:], 'big') + wanted - tag) % 65535
    seed[-2:] = last.to_bytes(2, 'big')
    return dns.rdata.from_text(IN, 'DNSKEY', f'{flags} 3 13 {base64.b64encode(seed).decode()}')


def crowd(zone):
    """KeyTrap: 60 keys, of which none has made any of the signatures, all with the same tag."""
    for number in range(60):
        zone.add(zone.name, 'DNSKEY', key_of_tag(zone.key.tag, number, 256).to_text())


def trap(parent, zone):
    """KeyTrap one floor up: 500 keys of one tag, 30 of them known to the parent, and no good
    signature."""
    ds = parent.zone.find_rdataset(zone.name, 'DS')
    ds.clear()
    for number in range(500):
        key = key_of_tag(zone.key.tag, number, 257)
        zone.add(zone.name, 'DNSKEY', key.to_text())
        if number < 30:
            text = hashlib.sha384(zone.name.to_digestable() + key.to_wire()).hexdigest()
            ds.add(dns.rdata.from_text(IN, 'DS', f'{zone.key.tag} 13 4 {text}'), 300)


def strange_ds(zones):
    """DS sets of which only some are right."""
    def add(name, text):
        ds = zones['opt.'].zone.find_rdataset(dns.name.from_text(name), 'DS')
        ds.add(dns.rdata.from_text(IN, 'DS', text), 300)
    add('halfknown.opt.', '4711 200 2 ' + '11' * 32)
    add('halfknown.opt.', '4712 13 77 ' + '11' * 32)
    # Of SHA-1 the right one, of SHA-256 a wrong one: the better one counts (RFC 4509 3).
    dead = zones['halfdead.opt.']
    zones['opt.'].zone.find_rdataset(dead.name, 'DS').clear()
    add('halfdead.opt.', dead.key.ds(dead.name, 1))
    add('halfdead.opt.', Key(13).ds(dead.name, 2))
    # Two algorithms, each with its key and its DS; the zone is signed by one of them.
    twice = zones['twice.opt.']
    second = Key(14)
    twice.add(twice.name, 'DNSKEY', second.rdata.to_text())
    add('twice.opt.', second.ds(twice.name, 4))


def sign_by_other_key(zone):
    """All is signed by a key of the zone that its parent does not know."""
    zone.key = Key(13, flags=256)
    zone.add(zone.name, 'DNSKEY', zone.key.rdata.to_text())
    for node in zone.zone.nodes.values():
        node.rdatasets = [r for r in node.rdatasets if r.rdtype != TYPE.RRSIG]
    for name in sorted(zone.zone.nodes):
        if zone.is_ours(name):
            zone.sign_node(name)


def spoil(zone):
    """Change a bit in each signature but those of the keys."""
    for name in zone.zone.nodes:
        for rdataset in zone.zone.get_node(name).rdatasets:
            if rdataset.rdtype != TYPE.RRSIG or rdataset.covers == TYPE.DNSKEY:
                continue
            wire = bytearray(rdataset[0].to_wire())
            wire[-1] ^= 1
            ttl = rdataset.ttl
            rdataset.clear()
            rdataset.add(dns.rdata.from_wire(IN, TYPE.RRSIG, bytes(wire), 0, len(wire)), ttl)


def write(zones, folder, address):
    """Zone files, nsd.conf and the trust anchor."""
    conf = f'''server:
\tip-address: {address}
\tserver-count: 1
\tusername: ""
\tchroot: ""
\tzonesdir: "{folder}"
\tdatabase: ""
\tzonelistfile: "{folder}/zone.list"
\txfrdfile: "{folder}/xfrd.state"
\txfrdir: "{folder}"
\tpidfile: "{folder}/nsd.pid"
\trrl-ratelimit: 0
remote-control:
\tcontrol-enable: no
'''
    for number, (name, zone) in enumerate(zones.items()):
        zone.zone.to_file(f'{folder}/{number}.zone', relativize=False)
        conf += f'zone:\n\tname: "{name}"\n\tzonefile: "{number}.zone"\n'
    with open(f'{folder}/nsd.conf', 'w') as file:
        file.write(conf)
    root = zones['.']
    with open(f'{folder}/root.key', 'w') as file:
        file.write(f'. 300 IN DNSKEY {root.key.rdata.to_text()}\n')
    with open(f'{folder}/root.ds', 'w') as file:
        file.write(f'. IN DS {root.key.ds(root.name)}\n')
