"""A name server between us and the truth. What it is told to do (`alter`) it does to every reply that
passes through; without that it passes them on as they are."""

import random
import socket
import socketserver
import threading
import time

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

ROOM = 1232  # what goes into one datagram


class Forger:
    def __init__(self, address, upstream):
        self.upstream = upstream
        self.alter = None
        self.only_datagrams = False  # what comes over TCP is left alone
        self.noise = None
        self.delay = 0        # seconds
        self.vouches = False  # says AD to who asks for it
        self.refuses = None   # is this question with EDNS answered FORMERR?
        self.accidents = []   # what went wrong here; no reply at all looks as if it were bogus
        self.kept = {}
        self.lock = threading.Lock()
        forger = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self):
                packet, sock = self.request
                sock.sendto(forger.reply(packet, False), self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            def handle(self):
                size = self.rfile.read(2)
                if len(size) == 2:
                    reply = forger.reply(self.rfile.read(int.from_bytes(size, 'big')), True)
                    self.wfile.write(len(reply).to_bytes(2, 'big') + reply)

        for base, handler in ((socketserver.ThreadingUDPServer, Datagram),
                              (socketserver.ThreadingTCPServer, Stream)):
            server = type('Server', (base,), {'allow_reuse_address': True, 'daemon_threads': True})
            server.request_queue_size = 256
            threading.Thread(target=server((address, 53), handler).serve_forever,
                             daemon=True).start()

    def ask(self, name, rdtype):
        """The truth, asked for once."""
        name = dns.name.from_text(name) if isinstance(name, str) else name
        rdtype = dns.rdatatype.RdataType.make(rdtype)
        with self.lock:
            wire = self.kept.get((name, rdtype))
        if wire is None:
            query = dns.message.make_query(name, rdtype, want_dnssec=True)
            query.flags |= dns.flags.CD
            reply, _ = dns.query.udp_with_fallback(query, self.upstream, timeout=5)
            wire = reply.to_wire()
            with self.lock:
                self.kept[name, rdtype] = wire
        return dns.message.from_wire(wire)

    def reply(self, packet, tcp):
        try:
            return self.forge(packet, tcp)
        except Exception as accident:
            self.accidents.append(f'{packet[12:60]}: {accident!r}')
            raise

    def forge(self, packet, tcp):
        query = dns.message.from_wire(packet)
        question = query.question[0]
        if self.refuses and query.edns >= 0 and self.refuses(question):
            refusal = dns.message.make_response(query)
            refusal.use_edns(False)
            refusal.set_rcode(dns.rcode.FORMERR)
            return refusal.to_wire()
        reply = self.ask(question.name, question.rdtype)
        reply.id = query.id
        reply.question = query.question
        reply.flags = reply.flags & ~dns.flags.AD & ~dns.flags.AA | dns.flags.RA
        if query.edns < 0:
            strip(reply)
            reply.use_edns(False)
        if self.delay:
            time.sleep(self.delay)
        if self.alter and not (tcp and self.only_datagrams):
            self.alter(self, question.name, question.rdtype, reply)
        if self.vouches and query.flags & dns.flags.AD and not query.flags & dns.flags.CD:
            reply.flags |= dns.flags.AD
        wire = bytearray(written(reply))
        if self.noise is not None:
            wire = self.spoil(wire, question)
        if not tcp and len(wire) > ROOM:
            cut = dns.message.make_response(query, recursion_available=True)
            cut.flags |= dns.flags.TC
            return cut.to_wire()
        return bytes(wire)

    def spoil(self, wire, question):
        """Some bytes are changed, the same ones for whoever asks."""
        chance = random.Random(f'{self.noise} {question.name.canonicalize()} {question.rdtype}')
        begin = 12 + len(question.name.to_wire()) + 4
        if len(wire) <= begin or chance.random() < 0.75:
            return wire
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            at = chance.randrange(begin - 10, len(wire)) if chance.random() < 0.9 else chance.choice((3, 7, 9))
            if begin <= at or at in (3, 7, 9):
                wire[at] ^= 1 << chance.randrange(8)
        wire[3] &= 0xef | 0x10
        return wire


# ---- tools for forgeries ----

def framed(owner, rdtype, data, rdclass=1, ttl=300):
    """A record's bytes; the owner as it stands on the wire."""
    return owner + b''.join(n.to_bytes(size, 'big') for n, size in (
        (int(dns.rdatatype.RdataType.make(rdtype)), 2), (rdclass, 2), (ttl, 4), (len(data), 2))) + data


def written(reply):
    """The packet. Where a forgery builds one by hand (`reply.build`) it gets the place where the
    records begin and those of both sections, and returns these as it likes. They point to nothing."""
    build = getattr(reply, 'build', None)
    wire = reply.to_wire(max_size=65535)
    if not build:
        return wire
    head = reply.question[0].name.to_wire() + int(reply.question[0].rdtype).to_bytes(2, 'big') + b'\0\1'
    sections = [[framed(rrset.name.to_wire(), rrset.rdtype, rdata.to_wire(), ttl=rrset.ttl)
                 for rrset in section for rdata in rrset]
                for section in (reply.answer, reply.authority)]
    sections = build(12 + len(head), *sections)
    counts = b''.join(n.to_bytes(2, 'big') for n in (1, *map(len, sections), 0))
    return wire[:4] + counts + head + b''.join(b''.join(s) for s in sections)


def take(sections, name=None, rdtype=None, covers=None):
    """Remove from a section the sets that fit, and return them."""
    def fits(rrset):
        return ((name is None or rrset.name == dns.name.from_text(name)) and
                (rdtype is None or rrset.rdtype == dns.rdatatype.RdataType.make(rdtype)) and
                (covers is None or rrset.covers == dns.rdatatype.RdataType.make(covers)))
    taken = [r for r in sections if fits(r)]
    sections[:] = [r for r in sections if not fits(r)]
    return taken


def strip(reply):
    """No signatures, no denials."""
    for section in (reply.answer, reply.authority):
        for rdtype in ('RRSIG', 'NSEC', 'NSEC3'):
            take(section, rdtype=rdtype)


def renamed(rrset, name):
    copy = dns.rrset.RRset(dns.name.from_text(name), rrset.rdclass, rrset.rdtype, rrset.covers)
    copy.update(rrset)
    return copy


def rrset_of(name, rdtype, *rdatas, ttl=300):
    return dns.rrset.from_text(name, ttl, 'IN', rdtype, *rdatas)


def signed(key, signer, rrset, begin, end, labels=None):
    """The RRSIG set for an RRset."""
    import hierarchy
    rdata = hierarchy.rrsig(key, dns.name.from_text(signer), rrset.name, rrset.rdtype, rrset.ttl,
                            rrset, begin, end, labels)
    out = dns.rrset.RRset(rrset.name, rrset.rdclass, dns.rdatatype.RRSIG, rrset.rdtype)
    out.add(rdata, rrset.ttl)
    return out


def listen_free(address):
    """Does nobody listen there yet?"""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        return sock.connect_ex((address, 53)) != 0
