#!/usr/bin/env python3
"""Mail servers that do as a script says: one for each section of an .ini file.

usage: smtpd.py INI FOLDER CERTIFICATE KEY [HOST-TO-LEAVE-OUT ...]
       smtpd.py --addresses INI

Each host keeps what it gets under FOLDER/HOST:
  talk      the conversations, a line each: "1 C: MAIL FROM:<...>", "1 S: 250 ...", "1 + ADDRESS", "1 - closed"
  N.env     the N-th envelope: "helo NAME", "tls VERSION CIPHER" or "tls none", "by DATA" or "by BDAT",
            "from <...> ...", "to <...> ..."
  N.eml     the N-th message, byte for byte as it arrived (dots unstuffed), put there when it is whole
  N.digest  in place of N.eml with keep = digest: its SHA-256 without a Received field at its top, and its size

Keys of a section:
  address    where to listen, port 25
  offers     the lines of the EHLO reply; STARTTLS is added by "tls"
  greeting, ehlo, helo, starttls, mail, rcpt, data, bdat, content
             the reply at this point (content: after the end of data): a text with \\r\\n, \\n, \\xNN, or one of
             <close>    hang up                   <silence>  say nothing, wait until the client leaves
             <drip>     a byte each half second   <flood>    lines of one reply without end
             <long>     one line of 6,000 bytes   <deaf>     say 354 and never read again
  then       <close>: hang up after the scripted reply
  tls        1.0, 1.2, 1.3: offer STARTTLS with this version
  within     what is offered more within TLS
  certificate  this one, without .pem and .key, however weak it is
  together   greet when so many conversations with hosts that have this key have begun
  handshake  close, garbage: what to do instead of a handshake
  flight     whole: answer MAIL and RCPT only after DATA or the last BDAT has arrived
  eager      yes: 354 even when no recipient was accepted
  obey       no: take every recipient. Else "bob+550@" gets 550, "bob+452after3@" gets 452 when there are three
  strict     yes: note "! spoke out of turn" when a client does not wait for a reply
  rcptmax    452 for all recipients above this number
  cut        hang up after this many bytes of content
  padding    lengthen each reply by so many bytes
  buffers    small: the smallest socket buffers
"""
import configparser
import hashlib
import os
import re
import select
import socket
import ssl
import sys
import threading

TEXTS = {
    250: "2.1.5 ok", 421: "4.3.2 shutting down", 450: "4.2.1 mailbox busy", 451: "4.3.0 try again later",
    452: "4.5.3 too many recipients", 550: "5.1.1 no such user", 551: "5.1.6 moved", 552: "5.2.2 mailbox full",
    553: "5.1.3 bad address", 554: "5.7.1 refused by policy",
}
LINGER = 30  # seconds that a server which says nothing more waits for the client to leave


class Gone(Exception):
    """The conversation is over."""


class Wire:
    """Bytes to and from one client, with or without TLS."""

    def __init__(self, connection):
        self.socket = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()

    def more(self):
        try:
            got = self.socket.recv(1 << 16)
        except OSError as error:
            raise Gone(f"lost: {error}") from None
        if not got:
            raise Gone("closed by client")
        self.buffer += got

    def has_more(self):
        """Has the client said something else, or does it within a moment?"""
        if self.buffer or not select.select([self.socket], [], [], 0.02)[0]:
            return bool(self.buffer)
        return bool(self.socket.recv(1, socket.MSG_PEEK)) # else it has left

    def line(self):
        start = 0
        while (end := self.buffer.find(b"\n", start)) < 0:
            start = len(self.buffer)
            self.more()
        line = bytes(self.buffer[:end + 1])
        del self.buffer[:end + 1]
        return line

    def some(self, most):
        if not self.buffer:
            self.more()
        piece = bytes(self.buffer[:most])
        del self.buffer[:most]
        return piece

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Gone(f"lost: {error}") from None

    def wait_until_left(self):
        self.socket.settimeout(LINGER)
        while True:
            self.buffer.clear()
            self.more()


class Meeting:
    """Where conversations wait for each other."""

    def __init__(self):
        self.changed = threading.Condition()
        self.count = 0

    def wait(self, wanted):
        with self.changed:
            self.count += 1
            self.changed.notify_all()
            if not self.changed.wait_for(lambda: self.count >= wanted, LINGER):
                raise Gone("nobody else came")


TOGETHER = Meeting()


class Host:
    """One section of the .ini file and the folder of what came."""

    def __init__(self, name, keys, folder, certificate, key):
        self.name = name
        self.keys = keys
        self.folder = os.path.join(folder, name)
        self.lock = threading.Lock()
        self.count = {"talk": 0, "message": 0}
        self.tls = None
        if "tls" in keys:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            if "certificate" in keys:
                certificate, key = keys["certificate"] + ".pem", keys["certificate"] + ".key"
                self.tls.set_ciphers("DEFAULT:@SECLEVEL=0")
            self.tls.load_cert_chain(certificate, key)
            version = ssl.TLSVersion[{"1.0": "TLSv1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}[keys["tls"]]]
            self.tls.minimum_version = self.tls.maximum_version = version
        os.makedirs(self.folder, exist_ok=True)

    def next(self, what):
        with self.lock:
            self.count[what] += 1
            return self.count[what]

    def next_talk(self):
        """The number of a new conversation, and where it is written down. A test empties the folder; then we
        begin again with 1, and what an old conversation still has to say goes nowhere."""
        with self.lock:
            if not os.listdir(self.folder):
                self.count = {"talk": 0, "message": 0}
            talk = open(os.path.join(self.folder, "talk"), "a", encoding="utf-8", buffering=1)
        return self.next("talk"), talk

    def script(self, point):
        """The reply for this point of the conversation as bytes, or the <word>, or None."""
        text = self.keys.get(point)
        if text is None or text.startswith("<"):
            return text
        return text.encode("latin-1").decode("unicode_escape").encode("latin-1") + b"\r\n"


class Keep:
    """Where the content of one message goes while it arrives."""

    def __init__(self, host):
        self.host = host
        self.base = os.path.join(host.folder, str(host.next("message")))
        self.digest = hashlib.sha256()
        self.head = b""  # not yet in the digest: the top of the message
        self.size = 0
        self.limit = int(host.keys.get("cut", 0))
        self.file = None if host.keys.get("keep") == "digest" else open(self.base + ".part", "wb")

    def add(self, data):
        self.size += len(data)
        self.digest_add(data)
        if self.file:
            self.file.write(data)
        if self.limit and self.size > self.limit:
            self.drop()
            raise Gone("closed in the body")

    def digest_add(self, data):
        """All but the Received field of the client's at the top, which is another one each time."""
        if self.head is not None:
            self.head += data
            if len(self.head) < 2000:
                return
            data, self.head = self.digest_head(), None
        self.digest.update(data)

    def digest_head(self):
        return re.sub(rb"\AReceived:.*?\r\n(?![ \t])", b"", self.head, flags=re.DOTALL)

    def drop(self):
        if self.file:
            self.file.close()
            os.unlink(self.base + ".part")

    def done(self, envelope):
        with open(self.base + ".env", "w", encoding="utf-8") as out:
            out.writelines(line + "\n" for line in envelope)
        if self.file:
            self.file.close()
            os.rename(self.base + ".part", self.base + ".eml")
            return
        if self.head is not None:
            self.digest.update(self.digest_head())
        with open(self.base + ".digest", "w", encoding="ascii") as out:
            out.write(f"{self.digest.hexdigest()} {self.size}\n")


class Talk:
    """One conversation."""

    def __init__(self, host, connection, peer):
        self.host = host
        self.wire = Wire(connection)
        self.number, self.talk = host.next_talk()
        self.helo = ""
        self.tls = "none"
        self.held = []  # replies kept back with flight = whole
        self.forget()
        self.note(f"+ {peer}")

    def note(self, text):
        self.talk.write(f"{self.number} {text}\n")

    def forget(self):
        self.sender = None
        self.recipients = []
        self.chunks = None

    # ---- saying ----

    def say(self, text, hold=False):
        padding = "x" * int(self.host.keys.get("padding", 0))
        self.say_bytes(f"{text} {padding}".rstrip().encode() + b"\r\n", hold)

    def say_bytes(self, data, hold=False):
        if self.host.keys.get("strict") == "yes" and self.wire.has_more():
            self.note("! spoke out of turn")
        self.note("S: " + data[:200].decode("latin-1").rstrip("\r\n").replace("\r\n", " / "))
        self.held.append(data)
        if not (hold and self.host.keys.get("flight") == "whole"):
            whole, self.held = b"".join(self.held), []
            self.wire.send(whole)

    def play(self, point):
        """Do what the script has for this point; False when it has nothing."""
        script = self.host.script(point)
        if script is None:
            return False
        if isinstance(script, bytes):
            self.say_bytes(script)
            if self.host.keys.get("then") == "<close>":
                raise Gone("closed by script")
            return True
        self.note(f"S: {script}")
        if script == "<close>":
            raise Gone("closed by script")
        if script == "<deaf>":
            self.say("354 go on, I am not listening")
            threading.Event().wait(LINGER)
            raise Gone("nothing more was read")
        if script == "<long>":
            self.say("250 2.1.0 " + "x" * 6000)
        if script == "<drip>":
            for byte in b"250-" + b"x" * 2 * LINGER:
                self.wire.send(bytes([byte]))
                threading.Event().wait(0.5)
        while script == "<flood>":
            self.wire.send(b"250-2.1.0 and another line of this one reply\r\n" * 100)
        self.wire.wait_until_left()
        return True

    # ---- the commands ----

    def ehlo(self, line):
        self.helo = line[5:]
        self.forget()
        if self.play("ehlo"):
            return
        offers = [offer.strip() for offer in self.host.keys.get("offers", "").split(",")]
        if self.host.tls and self.tls == "none":
            offers.append("STARTTLS")
        elif self.host.tls:
            offers.append(self.host.keys.get("within", ""))
        lines = [self.host.name] + [offer for offer in offers if offer]
        last = len(lines) - 1
        self.say_bytes("".join(f"250{' ' if i == last else '-'}{text}\r\n"
                               for i, text in enumerate(lines)).encode())

    def helo_command(self, line):
        self.helo = line[5:]
        self.forget()
        if not self.play("helo"):
            self.say(f"250 {self.host.name}")

    def starttls(self, _line):
        if not self.host.tls:
            return self.say("502 5.5.1 no TLS here")
        if self.play("starttls"):
            if not self.host.script("starttls").startswith(b"220"):
                return None
        else:
            self.say("220 2.0.0 go ahead")
        handshake = self.host.keys.get("handshake")
        if handshake:
            self.wire.more()
        if handshake == "close":
            raise Gone("closed in the handshake")
        if handshake == "garbage":
            self.wire.send(b"500 this is no handshake\r\n" * 10)
            self.wire.wait_until_left()
        if self.wire.buffer:
            raise Gone("client spoke before the handshake")
        try:
            self.wire = Wire(self.host.tls.wrap_socket(self.wire.socket, server_side=True))
        except OSError as error:
            raise Gone(f"handshake failed: {error}") from None
        self.tls = f"{self.wire.socket.version()} {self.wire.socket.cipher()[0]}"
        self.note(f"* {self.tls}")
        self.forget()
        return None

    def mail(self, line):
        if self.play("mail"):
            return
        self.sender = line[10:]
        self.say("250 2.1.0 ok", hold=True)

    def verdict(self, recipient):
        keys = self.host.keys
        if keys.get("obey", "yes") == "yes":
            wanted = re.search(r"\+(\d{3})(?:after(\d+))?@", recipient)
            if wanted and len(self.recipients) >= int(wanted[2] or 0):
                return int(wanted[1])
        return 452 if len(self.recipients) >= int(keys.get("rcptmax", 1 << 30)) else 250

    def rcpt(self, line):
        if self.sender is None:
            return self.say("503 5.5.1 MAIL first", hold=True)
        if self.play("rcpt"):
            return None
        code = self.verdict(line[8:])
        if code == 250:
            self.recipients.append(line[8:])
        return self.say(f"{code} {TEXTS.get(code, 'as you wish')}", hold=True)

    def envelope(self, how):
        return [f"helo {self.helo}", f"tls {self.tls}", f"by {how}", f"from {self.sender}",
                *(f"to {recipient}" for recipient in self.recipients)]

    def accept(self, keep, how):
        self.note(f"C: (content, {keep.size} bytes)")
        if not self.recipients:
            keep.drop()
            return self.say("554 5.5.1 no valid recipients")
        envelope = self.envelope(how)
        self.forget()
        if self.host.script("content") is not None:
            keep.drop()
            self.play("content")
            return None
        keep.done(envelope)
        return self.say("250 2.0.0 taken")

    def data(self, _line):
        if self.host.script("data") == "<deaf>" or self.recipients:
            if self.play("data"):
                return None
        elif self.host.keys.get("eager") != "yes":
            return self.say("554 5.5.1 no valid recipients")
        self.say("354 end with a dot")
        keep = Keep(self.host)
        while (line := self.wire.line()) != b".\r\n":
            keep.add(line[1:] if line.startswith(b".") else line)
        return self.accept(keep, "DATA")

    def bdat(self, line):
        words = line.split()
        left, last = int(words[1]), words[2:] == ["LAST"]
        refused = self.host.script("bdat") is not None or not self.recipients
        if self.chunks is None and not refused:
            self.chunks = Keep(self.host)
        while left:
            piece = self.wire.some(left)
            left -= len(piece)
            if not refused:
                self.chunks.add(piece)
        if self.play("bdat"):
            return None
        if refused:
            return self.say("554 5.5.1 no valid recipients")
        if last:
            return self.accept(self.chunks, "BDAT")
        return self.say(f"250 2.0.0 {words[1]} octets", hold=True)

    def rset(self, _line):
        self.forget()
        self.say("250 2.0.0 ok", hold=True)

    def noop(self, _line):
        self.say("250 2.0.0 ok")

    def quit(self, _line):
        self.say("221 2.0.0 bye")
        raise Gone("closed")

    COMMANDS = {"EHLO": ehlo, "HELO": helo_command, "STARTTLS": starttls, "MAIL": mail, "RCPT": rcpt,
                "DATA": data, "BDAT": bdat, "RSET": rset, "NOOP": noop, "QUIT": quit}

    def run(self):
        try:
            if "together" in self.host.keys:
                TOGETHER.wait(int(self.host.keys["together"]))
            if not self.play("greeting"):
                self.say(f"220 {self.host.name} ESMTP lab")
            while True:
                line = self.wire.line().rstrip(b"\r\n").decode("utf-8", "replace")
                self.note("C: " + line)
                command = self.COMMANDS.get(line.split(" ")[0].upper())
                if command:
                    command(self, line)
                else:
                    self.say("500 5.5.2 what?")
        except Gone as gone:
            self.note(f"- {gone}")
        finally:
            self.wire.socket.close()
            self.talk.close()


def serve(host, listener):
    while True:
        connection, peer = listener.accept()
        talk = Talk(host, connection, peer[0])
        threading.Thread(target=talk.run, daemon=True).start()


def listen(host, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if host.keys.get("buffers") == "small":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    listener.bind((address, 25))
    listener.listen(256)
    threading.Thread(target=serve, args=(host, listener), daemon=True).start()


def sections(path):
    ini = configparser.ConfigParser(interpolation=None)
    with open(path, encoding="utf-8") as file:
        ini.read_file(file)
    return [(name, ini[name]) for name in ini.sections()]


def main():
    if sys.argv[1] == "--addresses":
        for _name, keys in sections(sys.argv[2]):
            print(*keys["address"].split(), sep="\n")
        return
    path, folder, certificate, key, *left_out = sys.argv[1:]
    ipv6 = os.path.exists("/proc/net/if_inet6")
    for name, keys in sections(path):
        if name in left_out:
            continue
        host = Host(name, keys, folder, certificate, key)
        for address in keys["address"].split():
            if ipv6 or ":" not in address:
                listen(host, address)
    print("ready", flush=True)
    threading.Event().wait()


main()
