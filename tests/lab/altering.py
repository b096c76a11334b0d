#!/usr/bin/python3
"""A name server that does not always tell the truth.

usage: altering.py ADDRESS UPSTREAM FILE

What it hears from UPSTREAM it passes on, but for what FILE says, which counts anew for each question:
  empty NAME TYPE           there is no such record; what would prove it is missing
  nxdomain NAME TYPE        there is no such name; the same
  servfail NAME TYPE        it is out of order
  change NAME TYPE          the last bit of the data is another one; the signature stays
  forge NAME TYPE DATA      this is the only record; without a signature
  strip                     no signature and no proof comes through, whatever is asked
"""
import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../dnssec"))
import dns.name  # noqa: E402
import dns.rcode  # noqa: E402
import dns.rdata  # noqa: E402
import dns.rdatatype  # noqa: E402
from forger import Forger, rrset_of, strip  # noqa: E402

address, upstream, path = sys.argv[1:]


def clear(reply, rcode=dns.rcode.NOERROR):
    reply.answer.clear()
    reply.authority.clear()
    reply.set_rcode(rcode)


def change(reply, name, rdtype):
    for rrset in reply.answer:
        if rrset.name == name and rrset.rdtype == rdtype:
            wire = bytearray(rrset[0].to_wire())
            wire[-1] ^= 1
            ttl = rrset.ttl
            rrset.clear()
            rrset.add(dns.rdata.from_wire(rrset.rdclass, rdtype, bytes(wire), 0, len(wire)), ttl)


def alter(_forger, name, rdtype, reply):
    with open(path, encoding="ascii") as file:
        lines = [line.split(None, 3) for line in file if line.strip()]
    for deed, *about in lines:
        if deed == "strip":
            strip(reply)
            continue
        if dns.name.from_text(about[0]) != name or dns.rdatatype.from_text(about[1]) != rdtype:
            continue
        if deed == "change":
            change(reply, name, rdtype)
        elif deed == "forge":
            clear(reply)
            reply.answer.append(rrset_of(name.to_text(), about[1], about[2].strip()))
        else:
            clear(reply, {"nxdomain": dns.rcode.NXDOMAIN, "servfail": dns.rcode.SERVFAIL}
                  .get(deed, dns.rcode.NOERROR))


forger = Forger(address, upstream)
forger.alter = alter
print("ready", flush=True)
threading.Event().wait()
