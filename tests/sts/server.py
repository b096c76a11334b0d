"""HTTPS servers that misbehave, each in its own way on a port of its own."""
import os
import socket
import ssl
import subprocess
import threading

POLICY = b"version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 86400\n"
TEXT = b"Content-Type: text/plain\r\n"


def head(status=b"200 OK", fields=TEXT):
    return b"HTTP/1.1 " + status + b"\r\n" + fields + b"\r\n"


def plain(body, fields=TEXT, status=b"200 OK"):
    return head(status, fields + b"Content-Length: %d\r\n" % len(body)) + body


CHUNKED = TEXT + b"Transfer-Encoding: chunked\r\n"


def chunks(*parts):
    return b"".join(b"%x;name=value\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def drip(connection, over):
    for byte in plain(POLICY):
        connection.sendall(bytes([byte]))
        if over.wait(0.2):
            return


def silent(_, over):
    over.wait()


# What is sent after the request, or a function that does it.
ANSWERS = {
    "length": plain(POLICY),
    "closed": head() + POLICY,
    "truncated": head() + POLICY,
    "chunked": head(fields=CHUNKED) + chunks(POLICY[:10], POLICY[10:]),
    "charset": plain(POLICY, b"Content-Type: Text/Plain; charset=utf-8\r\n"),
    "crlf": plain(POLICY.replace(b"\n", b"\r\n")),
    "moved": plain(b"", TEXT + b"Location: https://mta-sts.length.test/.well-known/mta-sts.txt\r\n",
                   b"301 Moved Permanently"),
    "missing": plain(POLICY, status=b"404 Not Found"),
    "broken": plain(POLICY, status=b"500 Internal Server Error"),
    "partial": plain(POLICY, status=b"206 Partial Content"),
    "large": plain(b"\n" * 200000),
    "endless": head(fields=CHUNKED) + (b"10000\r\n" + b"\n" * 0x10000 + b"\r\n") * 4,
    "cut": head(fields=TEXT + b"Content-Length: 5000\r\n") + POLICY,
    "cutchunk": head(fields=CHUNKED) + b"5000\r\n" + POLICY,
    "garbage": b"220 mail.example ESMTP\r\n" + POLICY,
    "nothing": b"",
    "headers": b"HTTP/1.1 200 OK\r\n" + b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 20000,
    "nul": plain(POLICY + b"x: \0\n"),
    "html": plain(POLICY, b"Content-Type: text/html\r\n"),
    "untyped": plain(POLICY, b""),
    "nonsense": plain(b"<html>"),
    "drip": drip,
    "silent": silent,
    "deaf": None,          # not even TLS
}

# These hang up without the farewell of TLS.
UNFINISHED = {"cut", "cutchunk", "truncated"}

# Certificates: (name, template lines, signed by) for those that are not simply right.
CERTIFICATES = {
    "wrongname": ['dns_name = "mta-sts.other.test"'],
    "parent": ['dns_name = "parent.test"'],
    "wildcard": ['dns_name = "*.wildcard.test"'],
    "commonname": ['cn = "mta-sts.commonname.test"'],
    "address": ['cn = "mta-sts.address.test"', 'ip_address = "127.0.0.1"'],
    "expired": ['dns_name = "mta-sts.expired.test"', 'activation_date = "2020-01-01 00:00:00"',
                'expiration_date = "2020-02-01 00:00:00"'],
    "untrusted": ['dns_name = "mta-sts.untrusted.test"'],
    "old": ['dns_name = "mta-sts.old.test"'],
}


class World:
    """All of them; `ports` says where each is."""

    def __init__(self, folder):
        self.folder, self.ports, self.over = folder, {}, threading.Event()
        self.seen = []
        for authority in ("root", "stranger"):
            self.certtool("--generate-privkey", "--key-type=ecdsa", "--outfile", self.file(authority + ".key"))
            self.template(authority, [f'cn = "{authority}"', "ca", "cert_signing_key", "expiration_days = 2"])
            self.certtool("--generate-self-signed", "--load-privkey", self.file(authority + ".key"),
                          "--template", self.file(authority + ".cfg"), "--outfile", self.file(authority + ".pem"))
        self.certtool("--generate-privkey", "--key-type=ecdsa", "--outfile", self.file("host.key"))
        for name in list(ANSWERS) + list(CERTIFICATES):
            self.start(name)

    def file(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def certtool(*arguments):
        subprocess.run(["certtool", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def template(self, name, lines):
        with open(self.file(name + ".cfg"), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")

    def certificate(self, name):
        lines = CERTIFICATES.get(name, [f'dns_name = "mta-sts.{name}.test"'])
        if not any("expiration_date" in line for line in lines):
            lines = lines + ["expiration_days = 2"]
        self.template(name, lines + ["tls_www_server", "signing_key"])
        signer = "stranger" if name == "untrusted" else "root"
        self.certtool("--generate-certificate", "--load-privkey", self.file("host.key"),
                      "--load-ca-certificate", self.file(signer + ".pem"),
                      "--load-ca-privkey", self.file(signer + ".key"),
                      "--template", self.file(name + ".cfg"), "--outfile", self.file(name + ".pem"))

    def context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file(name + ".pem"), self.file("host.key"))
        if name == "old":
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context

    def start(self, name):
        self.certificate(name)
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.ports[name] = listener.getsockname()[1]
        threading.Thread(target=self.listen, args=(name, listener, self.context(name)), daemon=True).start()

    def listen(self, name, listener, context):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(name, connection, context), daemon=True).start()

    def serve(self, name, connection, context):
        answer = ANSWERS.get(name, plain(POLICY))
        if answer is None:
            self.over.wait()
            return
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = secured.recv(4096)
                    if not part:
                        return
                    request += part
                self.seen.append((name, request))
                if callable(answer):
                    answer(secured, self.over)
                else:
                    secured.sendall(answer)
                if name not in UNFINISHED:
                    secured.unwrap()
        except OSError:
            pass # the other end has had enough
