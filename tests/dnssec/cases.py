"""What is asked, what must be said of it, and what is done to the replies on their way.

S secure, SN secure that there is no such name, SD secure that there is no such record, I insecure,
B bogus, E no verdict (which defers mail as B does). Where libunbound says something else it stands
behind a slash, with the reason."""

import dns.flags
import dns.name
import dns.rcode
import dns.rrset

from forger import framed, renamed, rrset_of, signed, strip, take

TLSA_FORGED = '3 1 1 ' + 'ee' * 32

PLAIN = [
    # what is signed
    ('secure MX', 'example.opt MX', 'S'),
    ('120 exchangers, over TCP', 'many.example.opt MX', 'S'),
    ('null MX', 'null.example.opt MX', 'S'),
    ('RSA/SHA-256', 'rsa256.nsec MX', 'S'),
    ('RSA/SHA-512', 'rsa512.n3 MX', 'S'),
    ('P-256', 'example.nsec MX', 'S'),
    ('P-384, with a SHA-384 DS', 'p384.nsec MX', 'S'),
    ('Ed25519', 'ed25519.n3 MX', 'S'),
    ('NSEC3 below NSEC3', 'example.n3 MX', 'S'),
    ('a SHA-1 DS alone', 'sha1digest.opt MX', 'S'),
    ('addresses', 'mx.example.opt A', 'S'),
    ('IPv6 addresses', 'mx.example.opt AAAA', 'S'),
    ('TLSA', '_25._tcp.mx.example.opt TLSA', 'S'),
    ('TLSA, NSEC3', '_25._tcp.mx.hashed.opt TLSA', 'S'),
    ('child zone', 'child.example.opt MX', 'S'),
    ('child zone beyond empty non-terminals', 'a.b.c.example.opt MX', 'S'),
    ('beyond an empty non-terminal', 'a.deep.ent.example.opt A', 'S'),
    ('upper case', 'MX.Example.OPT A', 'S'),
    # what is not there
    ('no such TLSA name, NSEC', '_25._tcp.plain.example.opt TLSA', 'SN'),
    ('no such TLSA name, NSEC3', '_25._tcp.plain.hashed.opt TLSA', 'SN'),
    ('no such TLSA name, child zone', '_25._tcp.plain.child.example.opt TLSA', 'SN'),
    ('deep below nothing', 'a.b.c.d.e.nothing.example.opt A', 'SN'),
    ('deep below nothing, NSEC3', 'a.b.c.d.e.nothing.hashed.opt A', 'SN'),
    ('no such domain', 'nothing.nsec MX', 'SN'),
    ('no such domain, NSEC3', 'nothing.n3 MX', 'SN'),
    ('no such TLD', 'example.nothing MX', 'SN'),
    ('no such record, NSEC', 'plain.example.opt MX', 'SD'),
    ('no such record, NSEC3', 'plain.hashed.opt MX', 'SD'),
    ('empty non-terminal, NSEC', 'deep.ent.example.opt MX', 'SD'),
    ('empty non-terminal, NSEC3', 'deep.ent.hashed.opt MX', 'SD'),
    ('no such record of a wildcard, NSEC', 'x.wild.example.opt A', 'SD'),
    ('no such record of a wildcard, NSEC3', 'x.wild.hashed.opt A', 'SD'),
    ('no such record at an alias', 'nodata.example.opt MX', 'SD'),
    # wildcards
    ('wildcard, NSEC', 'x.wild.example.opt MX', 'S'),
    ('wildcard, NSEC3', 'x.wild.hashed.opt MX', 'S'),
    ('wildcard two labels deep, NSEC', '_25._tcp.x.wild.example.opt TLSA', 'S'),
    ('wildcard two labels deep, NSEC3', '_25._tcp.x.wild.hashed.opt TLSA', 'S'),
    ('capitals in the data', 'capitals.example.opt MX', 'S'),
    ('beside a wildcard', 'there.wild.example.opt MX', 'S'),
    ('the wildcard itself', '*.wild.example.opt MX', 'S'),
    # what cannot be signed
    ('unsigned, opt-out', 'unsigned.opt MX', 'I'),
    ('unsigned, NSEC', 'unsigned.nsec MX', 'I'),
    ('unsigned, NSEC3', 'unsigned.n3 MX', 'I'),
    ('unsigned below a signed domain', 'unsigned.example.opt MX', 'I'),
    ('unsigned TLD', 'example.utld MX', 'I'),
    ('no such name in an unsigned domain', 'nothing.unsigned.opt A', 'I'),
    ('unknown algorithm', 'unknown.opt MX', 'I'),
    ('unknown digest', 'digest.opt MX', 'I'),
    ('RSA/SHA-1', 'rsasha1.opt MX', 'I/S', 'RFC 9905 came after it'),
    ('RSA/SHA-1, NSEC3', 'rsasha1.n3 MX', 'I/S', 'RFC 9905 came after it'),
    ('Ed448', 'ed448.opt MX', 'I/*', 'we do not verify Ed448'),
    ('1000 iterations', 'nothing.often.opt A', 'I'),
    ('1000 iterations, something', 'often.opt MX', 'S'),
    ('opt-out', 'nothing.optional.opt A', 'I'),
    ('opt-out, something', 'optional.opt MX', 'S'),
    # what is wrong
    ('bad signature', 'badsig.opt MX', 'B'),
    ('bad signature of a denial', 'nothing.badsig.opt MX', 'B'),
    ('expired', 'expired.opt MX', 'B'),
    ('not valid yet', 'future.opt MX', 'B'),
    ('another key in the DS', 'wrongds.opt MX', 'B'),
    ('a DS, and no signatures', 'bare.opt MX', 'B'),
    ('a key that is no zone key', 'notzone.opt MX', 'B'),
    ('a revoked key', 'revoked.opt MX', 'B/S', 'it heeds REVOKE in trust anchors only'),
    ('an unknown DS beside a known one', 'halfknown.opt MX', 'S'),
    ('two algorithms, signed by one', 'twice.opt MX', 'S'),
    ('a right SHA-1 DS beside a wrong SHA-256 one', 'halfdead.opt MX', 'B/S', 'RFC 4509 3'),
    ('keys signed by one that has no DS', 'otherkey.opt MX', 'B'),
    ('many keys of one tag, and many DS', 'trap.opt MX', 'B'),
    ('many keys of one tag', 'crowd.opt MX', 'E/*', 'KeyTrap: how far its patience goes depends on the order'),
    # aliases
    ('alias', 'alias.example.opt A', 'S'),
    ('alias to another domain', 'toother.example.opt A', 'S'),
    ('alias to a child zone', 'tochild.example.opt A', 'S'),
    ('DNAME', 'there.moved.example.opt MX', 'S'),
    ('DNAME, wildcard behind it', 'x.moved.example.opt MX', 'S'),
    ('DNAME to an unsigned domain', 'mx.movedout.example.opt A', 'I'),
    ('alias to an unsigned domain', 'tounsigned.example.opt A', 'I'),
    ('alias to a bogus domain', 'tobogus.example.opt A', 'B'),
    ('aliases in a circle', 'loop1.example.opt A', 'E'),
    ('alias to an alias of another domain', 'tothird.example.opt A', 'S'),
    ('alias to nothing of another domain', 'tonothing.example.opt A', 'SN'),
    ('alias to no such record of another domain', 'toother.example.opt MX', 'SD'),
    ('the alias itself', 'alias.example.opt CNAME', 'S'),
    ('the alias that a DNAME makes', 'x.moved.example.opt CNAME', 'S/B', 'it looks for a zone below the DNAME'),
    ('the alias that a DNAME makes, out of what is signed', 'x.movedout.example.opt CNAME', 'S/I',
        'it follows the alias'),
]

for kind, zone in ('NSEC', 'star.opt'), ('NSEC3', 'star3.opt'):
    PLAIN += [
        (f'{title}, {kind}', f'{name}{zone} {rdtype}', expected, *reason)
        for title, name, rdtype, expected, *reason in (
            ('wildcard at the apex', 'foo.', 'MX', 'S'),
            ('wildcard at the apex, two labels deep', '_25._tcp.foo.', 'TLSA', 'S'),
            ('no such record of the apex wildcard', 'foo.', 'A', 'SD'),
            ('below a name that exists the wildcard is none', '_25._tcp.mx.', 'TLSA', 'SN'),
            ('nor at an empty non-terminal', 'ent.', 'MX', 'SD'),
            ('nor below one', 'foo.ent.', 'MX', 'SN'),
            ('nor deep below one', 'x.c.c.z.', 'MX', 'SN'),
            ('alias by a wildcard', 'x.c.', 'A', 'S'),
            ('alias by a wildcard, two labels deep', 'x.y.c.', 'A', 'S'),
            ('alias by a wildcard to no such record', 'x.c.', 'MX', 'SD'),
            ('"*" inside a name', 'a.*.b.', 'A', 'S'),
            ('"*" as an empty non-terminal', '*.b.', 'A', 'SD'),
            ('what that stands for', 'x.b.', 'A', 'SD/*', 'of NSEC it wants one at the wildcard'),
            ('below it', 'x.*.b.', 'A', 'SN'),
            ('below the wildcard itself', 'x.*.', 'MX', 'SN'),
            ('DNAME by a wildcard, RFC 6672 3.3', 'x.y.d.', 'A', 'SD'),
            ('a child zone beside the wildcard', 'cut.', 'MX', 'S'),
            ('below a child zone beside the wildcard', 'foo.cut.', 'MX', 'SN'),
        )]


# ---- attacks ----

def asked(question, name, rdtype):
    return question == dns.name.from_text(name)


def at(name, rdtype, change):
    """Change replies to one question."""
    wanted = dns.rdatatype.RdataType.make(rdtype)

    def alter(forger, question, question_type, reply):
        if question == dns.name.from_text(name) and question_type == wanted:
            change(forger, reply)
    return alter


def all_stripped(forger, question, rdtype, reply):
    if question != dns.name.root:
        strip(reply)
        take(reply.answer, rdtype='DS')
        take(reply.answer, rdtype='DNSKEY')


def stripped_below(domain):
    def alter(forger, question, rdtype, reply):
        if question.is_subdomain(dns.name.from_text(domain)):
            strip(reply)
            take(reply.answer, rdtype='DS')
            take(reply.answer, rdtype='DNSKEY')
    return alter


def no_rrsig(forger, reply):
    take(reply.answer, rdtype='RRSIG')


def no_ds(forger, reply):
    take(reply.answer, rdtype='DS')
    take(reply.answer, rdtype='RRSIG')


def denied_with(*sources):
    """Nothing in the answer; the denials of other replies for proof."""
    def change(forger, reply):
        reply.answer = []
        reply.authority = [r for r in reply.authority if r.rdtype == dns.rdatatype.SOA]
        for name, rdtype, owner in sources:
            for rrset in forger.ask(name, rdtype).authority:
                if rrset.rdtype in (dns.rdatatype.NSEC, dns.rdatatype.NSEC3) or (
                        rrset.rdtype == dns.rdatatype.RRSIG and
                        rrset.covers in (dns.rdatatype.NSEC, dns.rdatatype.NSEC3)):
                    if owner is None or rrset.name == dns.name.from_text(owner):
                        if rrset not in reply.authority:
                            reply.authority.append(rrset)
    return change


def no_name(change):
    def change_both(forger, reply):
        change(forger, reply)
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return change_both


def by_attacker(forger, reply):
    """The same records with others in them, signed by another zone's perfectly good key."""
    rrset = take(reply.answer, covers='NONE')[0]
    zone = forger.zones['attacker.opt.']
    text = {'TLSA': TLSA_FORGED, 'MX': '10 mx.attacker.opt.'}[dns.rdatatype.to_text(rrset.rdtype)]
    forged = rrset_of(str(rrset.name), rrset.rdtype, text)
    reply.answer = [forged, signed(zone.key, 'attacker.opt.', forged, zone.begin, zone.end)]


def by_attacker_as_owner(forger, reply):
    """The same, and the signer is said to be the zone's."""
    rrset = take(reply.answer, covers='NONE')[0]
    zone = forger.zones['attacker.opt.']
    forged = rrset_of(str(rrset.name), rrset.rdtype, TLSA_FORGED)
    reply.answer = [forged, signed(zone.key, 'example.opt.', forged, zone.begin, zone.end)]


def replayed(name, rdtype, owner):
    """Another reply's answer, with the owner changed."""
    def change(forger, reply):
        other = forger.ask(name, rdtype)
        reply.answer = [renamed(r, owner) for r in other.answer]
        reply.authority = other.authority
        reply.set_rcode(dns.rcode.NOERROR)
    return change


def replayed_bare(name, rdtype, owner):
    def change(forger, reply):
        replayed(name, rdtype, owner)(forger, reply)
        reply.authority = []
    return change


def one_more(forger, reply):
    for rrset in reply.answer:
        if rrset.rdtype == dns.rdatatype.TLSA:
            rrset.update(rrset_of(str(rrset.name), 'TLSA', TLSA_FORGED))


def one_less(forger, reply):
    """One record of the set moves to the authority section, so that both together are signed."""
    for rrset in reply.answer:
        if rrset.rdtype == dns.rdatatype.MX:
            moved = list(rrset)[-1]
            rrset.remove(moved)
            other = dns.rrset.RRset(rrset.name, rrset.rdclass, rrset.rdtype)
            other.add(moved, rrset.ttl)
            reply.authority.append(other)


def unknown_rrsig(forger, reply):
    for rrset in reply.answer:
        if rrset.rdtype == dns.rdatatype.RRSIG:
            changed = rrset[0].replace(algorithm=99)
            rrset.clear()
            rrset.add(changed, 300)


def alias_added(forger, reply):
    owner = reply.question[0].name
    reply.answer = [rrset_of(str(owner), 'CNAME', 'mx.unsigned.opt.')]
    reply.authority = []


def nothing(forger, reply):
    reply.answer = []
    reply.authority = [r for r in reply.authority if r.rdtype == dns.rdatatype.SOA]


def servfail(forger, reply):
    nothing(forger, reply)
    reply.set_rcode(dns.rcode.SERVFAIL)


def forged_and_vouched(forger, reply):
    owner = reply.question[0].name
    reply.answer = [rrset_of(str(owner), 'TLSA', TLSA_FORGED)]
    reply.flags |= dns.flags.AD


def lying_cname(forger, reply):
    for rrset in reply.answer:
        if rrset.rdtype == dns.rdatatype.CNAME:
            owner = rrset.name
            reply.answer[reply.answer.index(rrset)] = rrset_of(str(owner), 'CNAME', 'mx.unsigned.opt.')
    reply.answer = [r for r in reply.answer if r.name == dns.name.from_text('moved.example.opt')
                    or r.rdtype == dns.rdatatype.CNAME]


def synthesized(forger, reply):
    """The wildcard's own NSEC under another name, as if the wildcard had made it: one denial for
    whatever name one likes."""
    denied_with(('*.wild.example.opt', 'A', '*.wild.example.opt'))(forger, reply)
    reply.authority = [renamed(r, 'mx.wild.example.opt') if str(r.name).startswith('*') else r
                       for r in reply.authority]


def dnskeys_many(forger, reply):
    """Each RRSIG eight times, spoilt, before the good one."""
    for rrset in list(reply.answer):
        if rrset.rdtype != dns.rdatatype.RRSIG:
            continue
        good = rrset[0]
        copies = [good.replace(signature=bytes([i]) * 64) for i in range(40)]
        rrset.clear()
        for copy in copies:
            rrset.add(copy, 300)


def crafted(build):
    def change(forger, reply):
        reply.build = build
    return change


def ahead(place):
    """A compression pointer to what comes later in the packet. Some decoders follow it."""
    return (0xc000 | place).to_bytes(2, 'big')


EVIL = b'\3\1\1' + b'\xee' * 32


def owner_ahead(begin, answer, authority):
    """A TLSA record more, whose owner is that of the record behind it."""
    size = len(framed(b'..', 'TLSA', EVIL))
    return [framed(ahead(begin + size), 'TLSA', EVIL)] + answer, authority


def owner_ahead_of_nothing(begin, answer, authority):
    """The same where all that the reply says is that there is none."""
    owner = dns.name.from_text(NO_TLSA).to_wire()
    answer, _ = owner_ahead(begin, [framed(owner, 'HINFO', b'\0\0')], [])
    return answer, authority


def exchanger_ahead(begin, answer, authority):
    """An MX record more, with a name that stands in the next one's owner."""
    owner = dns.name.from_text('example.opt').to_wire()
    size = len(framed(owner, 'MX', b'\0\0..'))
    return [framed(owner, 'MX', b'\0\0' + ahead(begin + size))] + answer, authority


def one_more_of(rdclass, owner=b''):
    """A TLSA record more, of this class or of a name below the one that was asked for."""
    def build(begin, answer, authority):
        name = owner + dns.name.from_text(TLSA).to_wire()
        return [framed(name, 'TLSA', EVIL, rdclass=rdclass)] + answer, authority
    return crafted(build)


doubled = crafted(lambda begin, answer, authority: (answer + answer, authority + authority))


def long_lives(forger, reply):
    for rrset in reply.answer + reply.authority:
        rrset.ttl = 0x7fffffff


def each_rrsig(**fields):
    def change(forger, reply):
        for rrset in reply.answer:
            if rrset.rdtype == dns.rdatatype.RRSIG:
                changed = rrset[0].replace(**{k: v(rrset[0]) for k, v in fields.items()})
                rrset.clear()
                rrset.add(changed, 300)
    return change


def covers_other_type(forger, reply):
    """The signature of the A record beside another type, which it is said to cover."""
    owner, rdtype = str(reply.question[0].name), reply.question[0].rdtype
    rrsig = [r for r in forger.ask(owner, 'A').answer if r.rdtype == dns.rdatatype.RRSIG][0][0]
    out = dns.rrset.RRset(dns.name.from_text(owner), 1, dns.rdatatype.RRSIG, rdtype)
    out.add(rrsig.replace(type_covered=rdtype), 300)
    reply.answer = [rrset_of(owner, rdtype, '10 mx.attacker.opt.'), out]
    reply.authority = []


def referral(forger, reply):
    reply.answer = []
    reply.authority = [rrset_of(str(reply.question[0].name), 'NS', 'ns.attacker.opt.')]


def alias_beside(forger, reply):
    reply.answer.insert(0, rrset_of(str(reply.question[0].name), 'CNAME', 'mx.unsigned.opt.'))


def dname_of_attacker(forger, reply):
    zone = forger.zones['attacker.opt.']
    dname = rrset_of('opt.', 'DNAME', 'unsigned.opt.')
    reply.answer = [dname, signed(zone.key, 'attacker.opt.', dname, zone.begin, zone.end),
                    rrset_of('example.opt.', 'CNAME', 'example.unsigned.opt.')]
    reply.authority = []


def no_proof(forger, reply):
    reply.authority = [r for r in reply.authority if r.rdtype == dns.rdatatype.SOA]


def proven_with(change, *sources):
    """What the change makes of the answer, and the denials of other replies beside it."""
    def both(forger, reply):
        change(forger, reply)
        answer = reply.answer
        denied_with(*sources)(forger, reply)
        reply.answer = answer
    return both


def rcode(code):
    def change(forger, reply):
        reply.set_rcode(code)
    return change


NX = dns.rcode.NXDOMAIN
TLSA = '_25._tcp.mx.example.opt'
NO_TLSA = '_25._tcp.plain.example.opt'

ATTACKS = [
    ('all DNSSEC stripped', 'example.opt MX', 'B', all_stripped),
    ('RRSIG stripped', 'example.opt MX', 'B', at('example.opt', 'MX', no_rrsig)),
    ('RRSIG of a TLSA stripped', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', no_rrsig)),
    ('DS stripped', 'example.opt MX', 'B', at('example.opt', 'DS', no_ds)),
    ('DS and all below stripped', 'example.opt MX', 'B', stripped_below('example.opt')),
    ('stripped below what is no zone', TLSA + ' TLSA', 'B', stripped_below('mx.example.opt')),
    ("DS denied by the child's NSEC", 'example.nsec MX', 'B', at('example.nsec', 'DS',
        denied_with(('example.nsec', 'TXT', None)))),
    ("DS denied by the child's NSEC, all stripped", 'example.nsec MX', 'B',
        at('example.nsec', 'DS', denied_with(('example.nsec', 'TXT', None))),
        at('example.nsec', 'MX', no_rrsig)),
    ("DS denied by the child's NSEC3, all stripped", 'example.n3 MX', 'B',
        at('example.n3', 'DS', denied_with(('example.n3', 'TXT', None))),
        at('example.n3', 'MX', no_rrsig)),
    ("DS denied by another's opt-out", 'example.opt MX', 'B',
        at('example.opt', 'DS', denied_with(('unsigned.opt', 'DS', None))),
        at('example.opt', 'MX', no_rrsig)),
    ("signed by another zone: TLSA", TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', by_attacker)),
    ("signed by another zone: MX", 'example.opt MX', 'B', at('example.opt', 'MX', by_attacker)),
    ("signed by another zone's key in the zone's name", TLSA + ' TLSA', 'B',
        at(TLSA, 'TLSA', by_attacker_as_owner)),
    ('a wildcard for a name that exists', 'there.wild.example.opt MX', 'B',
        at('there.wild.example.opt', 'MX', replayed('x.wild.example.opt', 'MX', 'there.wild.example.opt'))),
    ('a wildcard for a name that exists, NSEC3', 'there.wild.hashed.opt MX', 'B',
        at('there.wild.hashed.opt', 'MX', replayed('x.wild.hashed.opt', 'MX', 'there.wild.hashed.opt'))),
    ('a wildcard without proof', 'x.wild.example.opt MX', 'B',
        at('x.wild.example.opt', 'MX', replayed_bare('x.wild.example.opt', 'MX', 'x.wild.example.opt'))),
    ("another host's TLSA", TLSA + ' TLSA', 'B',
        at(TLSA, 'TLSA', replayed('_25._tcp.other.example.opt', 'TLSA', TLSA))),
    ("a wildcard's TLSA elsewhere", TLSA + ' TLSA', 'B',
        at(TLSA, 'TLSA', replayed('_25._tcp.x.wild.example.opt', 'TLSA', TLSA))),
    ('one record more', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', one_more)),
    ('one record moved to another section', 'many.example.opt MX', 'B',
        at('many.example.opt', 'MX', one_less)),
    ('RRSIG of an unknown algorithm', 'example.opt MX', 'B', at('example.opt', 'MX', unknown_rrsig)),
    ('an unsigned alias', 'example.opt MX', 'B', at('example.opt', 'MX', alias_added)),
    ("a child's name denied by the parent", 'mx.child.example.opt A', 'B',
        at('mx.child.example.opt', 'A', no_name(denied_with(('child.example.opt', 'DS', None),
            ('child0.example.opt', 'A', None))))),
    ("a child's apex denied by the parent", 'child.example.opt MX', 'B',
        at('child.example.opt', 'MX', denied_with(('unsigned.example.opt', 'DS', None)))),
    ("an unsigned child's NSEC for a name below it, as if not delegated", 'mx.unsigned.example.opt A', 'I/*',
        at('mx.unsigned.example.opt', 'A', no_name(denied_with(('unsigned.example.opt', 'DS', None)))), 'the name is in an unsigned zone'),
    ('a wildcard hidden', 'x.wild.example.opt MX', 'B',
        at('x.wild.example.opt', 'MX', no_name(denied_with(('x.wild.example.opt', 'A', 'there.wild.example.opt'))))),
    ("no data by an alias's NSEC", 'alias.example.opt A', 'B',
        at('alias.example.opt', 'A', denied_with(('alias0.example.opt', 'A', 'alias.example.opt')))),
    ("no name by a DNAME's NSEC", 'x.moved.example.opt MX', 'B',
        at('x.moved.example.opt', 'MX', no_name(denied_with(('moved0.example.opt', 'A', None),
            ('example.opt', 'TXT', None))))),
    ('an NSEC made from a wildcard', 'mx.wild.example.opt MX', 'B',
        at('mx.wild.example.opt', 'MX', synthesized)),
    ('no name without proof', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', no_name(nothing))),
    ('no data without proof', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', nothing)),
    ("no name by another name's proof", TLSA + ' TLSA', 'B',
        at(TLSA, 'TLSA', no_name(denied_with(('nothing.example.opt', 'A', None))))),
    ("no data by another name's proof", TLSA + ' TLSA', 'B',
        at(TLSA, 'TLSA', denied_with(('plain.example.opt', 'MX', None)))),
    ("no name by another name's proof, NSEC3", '_25._tcp.mx.hashed.opt TLSA', 'B',
        at('_25._tcp.mx.hashed.opt', 'TLSA', no_name(denied_with(('nothing.hashed.opt', 'A', None))))),
    ("no data by another zone's proof", TLSA + ' TLSA', 'B',
        at(TLSA, 'TLSA', denied_with(('plain.hashed.opt', 'MX', None)))),
    ('NXDOMAIN said to be no data', 'nothing.example.opt MX', 'B',
        at('nothing.example.opt', 'MX', rcode(0))),
    ('no data said to be NXDOMAIN', 'plain.example.opt MX', 'SD',
        at('plain.example.opt', 'MX', rcode(NX))),
    ('forged, with AD', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', forged_and_vouched)),
    ('forged in an unsigned domain, with AD', '_25._tcp.mx.unsigned.opt TLSA', 'I',
        at('_25._tcp.mx.unsigned.opt', 'TLSA', forged_and_vouched)),
    ('sixty labels that are no zones, and no signature', 'x.' * 60 + 'attacker.opt A', 'E/*',
        at('x.' * 60 + 'attacker.opt', 'A', no_rrsig), 'we do not ask for that many DS'),
    ('SERVFAIL for the DS', 'example.opt MX', 'E', at('example.opt', 'DS', servfail)),
    ('SERVFAIL for the DNSKEY', 'example.opt MX', 'E', at('example.opt', 'DNSKEY', servfail)),
    ('SERVFAIL for the DS of an unsigned domain', 'unsigned.opt MX', 'E',
        at('unsigned.opt', 'DS', servfail)),
    ('a true DNAME with a lying CNAME', 'there.moved.example.opt MX', 'S',
        at('there.moved.example.opt', 'MX', lying_cname)),
    ('forty signatures that do not fit', 'example.opt MX', 'B',
        at('example.opt', 'MX', dnskeys_many)),
    ('forty signatures of the keys that do not fit', 'example.opt MX', 'B',
        at('example.opt', 'DNSKEY', dnskeys_many)),
    # records that no signature is held against
    ('an owner that points ahead', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', crafted(owner_ahead))),
    ('an owner that points ahead, and no data', NO_TLSA + ' TLSA', 'B',
        at(NO_TLSA, 'TLSA', crafted(owner_ahead_of_nothing))),
    ('data that point ahead', 'example.opt MX', 'B', at('example.opt', 'MX', crafted(exchanger_ahead))),
    ('one record more, of another class', TLSA + ' TLSA', 'S/*', at(TLSA, 'TLSA', one_more_of(3)),
        'it is not looked at'),
    ('one record more, of another name', TLSA + ' TLSA', 'S/*', at(TLSA, 'TLSA', one_more_of(1, b'\3foo')),
        'it is not looked at'),
    ('an unsigned alias beside what is signed', TLSA + ' TLSA', 'S/*', at(TLSA, 'TLSA', alias_beside),
        'it is not looked at'),
    # what signatures are not made over, and what they are
    ('each record twice', 'example.opt MX', 'S', at('example.opt', 'MX', doubled)),
    ('each denial twice', 'plain.hashed.opt MX', 'SD', at('plain.hashed.opt', 'MX', doubled)),
    ('another TTL', 'example.opt MX', 'S', at('example.opt', 'MX', long_lives)),
    ('another original TTL', 'example.opt MX', 'B',
        at('example.opt', 'MX', each_rrsig(original_ttl=lambda r: r.original_ttl - 1))),
    ('fewer labels', TLSA + ' TLSA', 'B', at(TLSA, 'TLSA', each_rrsig(labels=lambda r: r.labels - 1))),
    ('a later end', 'expired.opt MX', 'B',
        at('expired.opt', 'MX', each_rrsig(expiration=lambda r: r.expiration + 1000000))),
    ("the signer's name in capitals", 'example.opt MX', 'S',
        at('example.opt', 'MX', each_rrsig(signer=lambda r: dns.name.from_text('EXAMPLE.Opt')))),
    ('RRSIG of another type', 'mx.example.opt MX', 'B', at('mx.example.opt', 'MX', covers_other_type)),
    ('a referral', 'example.opt MX', 'B', at('example.opt', 'MX', referral)),
    ("another zone's DNAME above", 'example.opt MX', 'B', at('example.opt', 'MX', dname_of_attacker)),
    ('a lie about the alias that a DNAME makes', 'x.moved.example.opt CNAME', 'B',
        at('x.moved.example.opt', 'CNAME', lying_cname)),
    # aliases and denials in one reply
    ('an alias without the proof at its end', 'tonothing.example.opt A', 'SN/*',
        at('tonothing.example.opt', 'A', no_proof), 'its end is asked for by itself'),
    ('an alias to nothing, said to be no data', 'tonothing.example.opt A', 'SN/*',
        at('tonothing.example.opt', 'A', rcode(0)), 'its end is asked for by itself'),
    ('an alias to no data, said to be nothing', 'toother.example.opt MX', 'SD/*',
        at('toother.example.opt', 'MX', rcode(NX)), 'the proof decides'),
    ('an alias without any proof', 'toother.example.opt MX', 'B',
        at('toother.example.opt', 'MX', no_proof), at('mx.hashed.opt', 'MX', no_proof)),
]

for kind, zone in ('NSEC', 'star.opt'), ('NSEC3', 'star3.opt'):
    def replay(name, rdtype, owner, *proofs):
        return at(f'{owner}.{zone}', rdtype, proven_with(
            replayed(f'{name}.{zone}', rdtype, f'{owner}.{zone}'),
            *((f'{n}.{zone}', t, None) for n, t in proofs)))

    def denied(name, rdtype, *proofs):
        return at(f'{name}.{zone}', rdtype, denied_with(
            *((f'{n}.{zone}', t, None) for n, t in proofs)))

    ATTACKS += [
        (f'{title}, {kind}', f'{name}.{zone} {rdtype}', 'B', change)
        for title, name, rdtype, change in (
            ('the apex wildcard for a name that exists', 'mx', 'MX',
                replay('foo', 'MX', 'mx', ('foo', 'MX'), ('mx', 'MX'))),
            ('for an empty non-terminal', 'ent', 'MX', replay('foo', 'MX', 'ent', ('ent', 'MX'))),
            ('below an empty non-terminal', 'foo.ent', 'MX',
                replay('foo', 'MX', 'foo.ent', ('foo.ent', 'MX'))),
            ('below a name that exists', '_25._tcp.mx', 'TLSA',
                replay('foo', 'TLSA', '_25._tcp.mx', ('_25._tcp.mx', 'TLSA'))),
            ('for a child zone', 'cut', 'MX',
                replay('foo', 'MX', 'cut', ('foo', 'MX'), ('cut', 'DS'))),
            ('below a child zone', '_25._tcp.mx.cut', 'TLSA',
                replay('foo', 'TLSA', '_25._tcp.mx.cut', ('foo', 'MX'), ('cut', 'TXT'), ('cut0', 'A'))),
            ('an alias by a wildcard in place of a DS', 'cut', 'MX',
                at(f'cut.{zone}', 'DS', replayed(f'x.c.{zone}', 'CNAME', f'cut.{zone}'))),
            ('no name, where the wildcard has no such record', 'foo', 'MX',
                at(f'foo.{zone}', 'MX', no_name(denied_with((f'foo.{zone}', 'A', None))))),
            ('no data by another wildcard', 'x.c', 'A', denied('x.c', 'A', ('foo', 'A'))),
            ("no data of a child's name by the parent's wildcard", 'mx.cut', 'A',
                denied('mx.cut', 'A', ('foo', 'A'))),
            ("no such name of a child by all the parent's denials", 'mx.cut', 'A',
                at(f'mx.cut.{zone}', 'A', no_name(denied_with(
                    *((f'{n}.{zone}', t, None) for n, t in (
                        ('x.mx', 'A'), ('cut', 'DS'), ('foo', 'A'), ('cuu', 'A'))))))),
        )]
