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
        query = dns.message.from_wire(packet)
        question = query.question[0]
        reply = self.ask(question.name, question.rdtype)
        reply.id = query.id
        reply.question = query.question
        reply.flags = reply.flags & ~dns.flags.AD & ~dns.flags.AA | dns.flags.RA
        if self.delay:
            time.sleep(self.delay)
        if self.alter and not (tcp and self.only_datagrams):
            self.alter(self, question.name, question.rdtype, reply)
        if self.vouches and query.flags & dns.flags.AD and not query.flags & dns.flags.CD:
            reply.flags |= dns.flags.AD
        wire = bytearray(reply.to_wire(max_size=65535))
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
