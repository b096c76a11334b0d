#!/usr/bin/env python3
"""Name servers with manners: nameserver.py ADDRESS=MANNER[,MANNER]... ...

Each address answers at port 53, UDP and TCP, for the root, example.com and a few names below test (see
NAMES); nothing else exists. Signatures are of the right form and prove nothing. Writes "ready" once all
listen. Manners:
  strip        no DNSSEC records       noedns    drops OPT from its answers
  formerr      FORMERR to EDNS         dropedns  silence to EDNS
  rewrite      unknown names have an address, those at the top too
  rewritecom   only those below com    nodata    unknown names exist
  silent       no answer at all        refuse    REFUSED, but for the root
  authority    no recursion            fail      SERVFAIL, but for the root
  notcp        no TCP                  tcponly   no UDP
  small        loses answers above 512 bytes over UDP
  cut          cuts them short (TC)    ad        says that it has checked signatures
  lossy        drops every third question
"""

import selectors
import socket
import struct
import sys

A, NS, CNAME, SOA, MX, OPT, RRSIG, DNSKEY = 1, 2, 5, 6, 15, 41, 46, 48
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5
ELSEWHERE = "192.0.2.166"


def name_bytes(name):
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def address(text):
    return socket.inet_aton(text)


def mx(preference, name):
    return struct.pack("!H", preference) + name_bytes(name)


SOA_DATA = name_bytes("ns.test") + name_bytes("root.test") + struct.pack("!5I", 1, 3600, 600, 86400, 60)
KEY_DATA = struct.pack("!HBB", 257, 3, 8) + b"k" * 260

# name: records (type, data), or rcode with the number and text of an Extended DNS Error, or None: silence.
NAMES = {
    "": [(SOA, SOA_DATA)] + [(DNSKEY, KEY_DATA)] * 3,
    "com": [(NS, name_bytes("ns.test"))],
    "example.com": [(A, address("192.0.2.10"))],
    "good.test": [(MX, mx(10, "mx.good.test")), (MX, mx(10, "mx2.good.test")), (MX, mx(20, "mx.dark.test"))],
    "mx.good.test": [(A, address("192.0.2.10"))],
    "mx2.good.test": [(A, address("192.0.2.11"))],
    "alias.test": [(CNAME, name_bytes("good.test"))],
    "empty.test": [(NS, name_bytes("ns.test"))],
    "dark.test": (SERVFAIL, 22, "at delegation \"dark.test\""),
    "mx.dark.test": (SERVFAIL, 22, ""),
    "closed.test": (REFUSED, 18, "not \x1b[1myou"),
    "mute.test": None,
    "half.test": [(MX, mx(10, "mx.mute.test"))],
    "both.test": [(MX, mx(10, "mx.good.test")), (MX, mx(10, "mx2.good.test")), (MX, mx(20, "mx.mute.test"))],
    "mx.mute.test": None,
}


def rrsig(kind):
    return struct.pack("!HBBIIIH", kind, 8, 0, 3600, 2**31 - 1, 1, 4711) + name_bytes("") + b"s" * 256


def record(owner, kind, data, cls=1, ttl=3600):
    return owner + struct.pack("!HHIH", kind, cls, ttl, len(data)) + data


class Query:
    def __init__(self, packet):
        self.packet = packet
        self.id, self.flags, _, _, _, more = struct.unpack("!6H", packet[:12])
        at, labels = 12, []
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
            at += 1 + packet[at]
        self.name = ".".join(labels)
        self.kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
        self.question = packet[12:at + 5]
        self.edns = more > 0
        self.dnssec = self.edns and bool(packet[at + 5 + 7] & 0x80)


def chain(query):
    """The records of the answer section, aliases followed."""
    name, answers = query.name, []
    while True:
        records = NAMES.get(name)
        if not isinstance(records, list):
            return records, answers
        found = [(name, kind, data) for kind, data in records if kind == query.kind]
        alias = [(name, kind, data) for kind, data in records if kind == CNAME]
        answers += found or alias
        if found or not alias:
            return records, answers
        name = "good.test"


def unknown(query, manners):
    below_com = query.name.endswith(".com")
    if "rewrite" in manners or ("rewritecom" in manners and below_com):
        return NOERROR, [(query.name, A, address(ELSEWHERE))] if query.kind == A else []
    return (NOERROR if "nodata" in manners else NXDOMAIN), []


def look_up(query, manners):
    """rcode, answers, (EDE code, text) or None; None for silence."""
    if query.name and "refuse" in manners:
        return REFUSED, [], None
    if query.name and "fail" in manners:
        return SERVFAIL, [], (22, "")
    if query.name and "authority" in manners:
        return NOERROR, [], None
    known, answers = chain(query)
    if known is None and query.name in NAMES:
        return None
    if isinstance(known, tuple):
        return known[0], [], known[1:]
    if known is None:
        rcode, answers = unknown(query, manners)
        return rcode, answers, None
    return NOERROR, answers, None


def reply(query, manners):
    if query.edns and "dropedns" in manners:
        return None
    result = (FORMERR, [], None) if query.edns and "formerr" in manners else look_up(query, manners)
    if result is None:
        return None
    rcode, answers, extra = result
    flags = 0x8100 | rcode | (0 if "authority" in manners else 0x80)
    flags |= 0x20 if "ad" in manners and query.flags & 0x20 and not query.flags & 0x10 else 0
    body = [record(name_bytes(name), kind, data) for name, kind, data in answers]
    if query.dnssec and "strip" not in manners and answers:
        body.append(record(name_bytes(answers[-1][0]), RRSIG, rrsig(query.kind)))
    more = b""
    if query.edns and not {"noedns", "formerr"} & set(manners):
        option = struct.pack("!HHH", 15, 2 + len(extra[1].encode()), extra[0]) + extra[1].encode() if extra else b""
        more = record(b"\0", OPT, option, cls=1232, ttl=0)
    return struct.pack("!6H", query.id, flags, 1, len(body), 0, bool(more)) + query.question + b"".join(body) + more


class Server:
    def __init__(self, selector, where, manners):
        self.manners, self.count = manners, 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((where, 53))
        selector.register(self.udp, selectors.EVENT_READ, self.hear_udp)
        if "notcp" in manners:
            return
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((where, 53))
        self.tcp.listen(50)
        selector.register(self.tcp, selectors.EVENT_READ, self.hear_tcp)

    def answer(self, packet):
        try:
            return None if "silent" in self.manners else reply(Query(packet), self.manners)
        except (IndexError, struct.error):
            return None

    def hear_udp(self):
        packet, peer = self.udp.recvfrom(65535)
        answer = self.answer(packet)
        self.count += 1
        lost = "tcponly" in self.manners or ("lossy" in self.manners and self.count % 3 == 0)
        if not answer or lost:
            return
        if len(answer) > 512 and "small" in self.manners:
            return
        if len(answer) > 512 and "cut" in self.manners:
            query = Query(packet)
            answer = struct.pack("!6H", query.id, 0x8380, 1, 0, 0, 0) + query.question
        self.udp.sendto(answer, peer)

    def hear_tcp(self):
        connection, _ = self.tcp.accept()
        with connection:
            connection.settimeout(2)
            try:
                packet = connection.recv(4096)
                answer = self.answer(packet[2:])
                if answer:
                    connection.sendall(struct.pack("!H", len(answer)) + answer)
            except OSError:
                pass


def main():
    selector = selectors.DefaultSelector()
    for word in sys.argv[1:]:
        where, _, manners = word.partition("=")
        Server(selector, where, manners.split(","))
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            key.data()


main()
