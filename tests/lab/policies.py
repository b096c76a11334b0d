#!/usr/bin/env python3
"""The web servers that have MTA-STS policies (RFC 8461 3.3), all at one address.

usage: policies.py ADDRESS CERTIFICATES FOLDER

What stands in FOLDER counts anew for each connection, so that a test can change it:
  HOST        the policy of this host; without it the answer is 404
  HOST.tls    the name of the certificate that it has, CERTIFICATES/NAME.pem and .key; else "policies"
  down        there is nobody
Each request is a line in FOLDER/log: host and status. What is sent by POST is kept in FOLDER/posted, its media
type in FOLDER/posted.type (reports of RFC 8460)."""
import os
import socket
import ssl
import sys
import threading

address, certificates, folder = sys.argv[1:]
lock = threading.Lock()


def read(name):
    try:
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    except OSError:
        return None


def context_for(host):
    name = (read(f"{host}.tls") or b"policies").decode().strip()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*(os.path.join(certificates, f"{name}.{kind}") for kind in ("pem", "key")))
    return context


def choose(connection, host, _context):
    connection.context = context_for(host or "")


def answer(host):
    policy = read(host)
    status = "200 OK" if policy is not None else "404 Not Found"
    with lock, open(os.path.join(folder, "log"), "a", encoding="ascii") as log:
        log.write(f"{host} {status[:3]}\n")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(policy or b'')}\r\n\r\n"
    return head.encode() + (policy or b"")


def field(head, name):
    return next((line.split(b":", 1)[1].strip().decode() for line in head.split(b"\r\n")
                 if line.lower().startswith(name + b":")), "")


def take(request, secured):
    head, _, body = request.partition(b"\r\n\r\n")
    while len(body) < int(field(head, b"content-length")):
        body += secured.recv(65536) or b"?"
    for name, content in (("posted.type", field(head, b"content-type").encode()), ("posted", body)):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    return b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


def reply(request, secured):
    if request.startswith(b"POST /reports "):
        return take(request, secured)
    if request.startswith(b"GET /.well-known/mta-sts.txt "):
        return answer(field(request, b"host").split(":")[0])
    return b"HTTP/1.1 400 Bad Request\r\n\r\n"


def serve(connection):
    context = context_for("")
    context.sni_callback = choose
    try:
        with connection, context.wrap_socket(connection, server_side=True) as secured:
            request = b""
            while b"\r\n\r\n" not in request:
                part = secured.recv(4096)
                if not part:
                    return
                request += part
            secured.sendall(reply(request, secured))
            secured.unwrap()
    except OSError:
        pass # the client did not like it


listener = socket.create_server((address, 443), backlog=64)
print("ready", flush=True)
while True:
    client, _ = listener.accept()
    if os.path.exists(os.path.join(folder, "down")):
        client.close()
    else:
        threading.Thread(target=serve, args=(client,), daemon=True).start()
