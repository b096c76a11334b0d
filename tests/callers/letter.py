"""What the rules make of a message: from what a caller wrote to what must arrive, and what did arrive.

Written from RULES.md D and section 5 of the research, without a look at src/mail.
"""
import base64
import email.header
import email.utils
import quopri
import re

REMOVED = {"bcc", "resent-bcc", "return-path", "content-length"}
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")


class Field:
    """A header field: its lines joined by LF. The blank that some put before the colon does not count."""

    def __init__(self, lines):
        self.bytes = b"\n".join(lines)
        self.name = FIELD.match(self.bytes)[1].decode().lower()
        self.body = self.bytes.split(b":", 1)[1]
        self.text = unfold(self.body).decode("utf-8", "surrogateescape").strip()


def unfold(text):
    return re.sub(rb"\n[ \t]*|[ \t]+", b" ", text).strip()


def split(lines):
    """Lines into fields and body. A line that is no field ends the header (H "line without colon")."""
    fields = []
    for at, line in enumerate(lines):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1].append(line)
        elif FIELD.match(line):
            fields.append([line])
        else:
            return [Field(field) for field in fields], lines[at if line else at + 1:]
    return [Field(field) for field in fields], []


class Letter:
    """The message that must arrive, but for added fields: fields, and the body with LF line ends."""

    def __init__(self, raw, dots_are_data):
        if raw.startswith((b"From ", b">From ")):  # an mbox line, at byte 0 only
            raw = raw.split(b"\n", 1)[1]
        raw = re.sub(rb"\r+\n", b"\n", raw)  # R13, H "CR CR LF"
        if not dots_are_data:
            raw = re.sub(rb"(\A|\n)\.\r*\n?\Z", rb"\1", raw)  # a lone dot with nothing behind it
        raw = raw.replace(b"\r", b" ")  # H "bare CR"
        lines = raw.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        self.fields, body = split(lines)
        self.body = b"".join(line + b"\n" for line in body)


class Arrived:
    """The message as it came off the wire."""

    def __init__(self, content):
        lines = content.split(b"\r\n")
        if lines[-1] == b"":
            lines.pop()
        self.fields, body = split(lines)
        self.body = b"".join(line + b"\n" for line in body)

    def field(self, name):
        return next((field.text for field in self.fields if field.name == name), "")

    def decoded_body(self):
        encoding = self.field("content-transfer-encoding").lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        if encoding == "base64":
            return base64.b64decode(self.body).replace(b"\r\n", b"\n")
        return self.body


def decoded_text(field):
    """The text of a field in characters, whether raw or in encoded words (RFC 2047)."""
    text = ""
    for piece, charset in email.header.decode_header(field.text):
        if isinstance(piece, bytes):
            piece = piece.decode("latin-1" if charset == "unknown-8bit" else charset or "ascii", "surrogateescape")
        text += piece
    return text


def is_date(text):
    return email.utils.parsedate_to_datetime(text) is not None
