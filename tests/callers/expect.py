"""What must come of each recording and case: a table.

The recordings are what real programs did (recordings/NAME.argv, .env, .stdin); the cases are inputs that
nine other sendmails were asked (cases/NAME.argv, .stdin). Where a row comes from: the rules, tables and
decisions of the research into callers, cited as R1 to R20 (its twenty rules), O (options), A (addresses),
H (header and body), X (exit status), and RULES.md D and E. No row was copied from what sendmx does.

What holds for every message that is sent stands in replay.py (class Arrived) and not here: nothing is printed,
the exit status is 0, one transaction, removed fields, added fields, everything else byte for byte.
"""

L = "lab.example.org"
N = "example.net"
O = "example.org"

# ---- in what state the callers start us (section 2b) ----

HUNG = ("INT", "QUIT", "HUP", "PIPE", "TSTP", "TTIN", "TTOU")
CRON = {"user": "root", "cwd": "~", "leaked": (5,)}
CRON_ALICE = {**CRON, "user": "alice"}
CRON_BOB = {**CRON, "user": "bob"}
CRON_LOGCHECK = {**CRON, "user": "logcheck"}
AT = {"user": "alice", "gid": 1, "ignored": ("QUIT",), "stdin": "file", "out": "null", "leaked": (5,)}
ANACRON = {"user": "root", "stdin": "file", "out": "null", "cwd": "/var/spool"}
SUDO = {"user": "alice", "ignored": ("PIPE",), "session": True, "out": "null"}
LOGCHECK = {"user": "logcheck", "umask": 0o077, "cwd": "~"}
LOGWATCH = {"user": "root", "umask": 0o177, "slow": True}
ROOT = {"user": "root"}
ALICE = {"user": "alice", "cwd": "~"}
MAILUTILS = {"user": "alice", "ignored": ("PIPE",), "closed": (1, 2), "leaked": (3,)}
MAILX = {"user": "alice", "ignored": HUNG, "stdin": "unlinked"}
MAILX_ROOT = {**MAILX, "user": "root"}
S_NAIL = {"user": "alice", "umask": 0o077, "ignored": tuple(set(HUNG) - {"PIPE"}), "stdin": "unlinked"}
MUTT = {"user": "alice", "umask": 0o077, "ignored": ("INT", "QUIT", "PIPE"), "blocked": ("CHLD", "TSTP"),
        "session": True, "stdin": "unlinked"}
PHP = {"user": "alice", "ignored": ("PIPE",), "leaked": (3,)}
NODEMAILER = {"user": "alice", "stdin": "socket"}
DOVECOT = {"user": "alice", "umask": 0o077, "ignored": ("PIPE", "XCPU", "XFSZ"), "out": "null",
           "leaked": (7, 8, 9, 10, 11), "cwd": "~"}
EMACS = {"user": "alice", "stdin": "file", "one pipe": True, "session": True, "leaked": (4,)}
MAILDROP = {"user": "alice", "umask": 0o007, "cwd": "~"}
SYSTEMD_CRON = {"user": 4242} # a service user without home; here one without any name


def sent(state, to, changed=None, **more):
    """A message that arrives. to: the recipients. from_: the envelope sender, else the user at the mail name.
    changed: fields that must arrive with another text (addresses that were qualified, A "bare root"; a From that
    was added). loose: fields of which the rules leave the exact text open. dsn: what -N, -R, -V must become.
    files: what the machine has in /etc for it. says: something is printed on standard output (-v). transactions: so many for a domain, at most. recoded: the body arrives in another encoding."""
    return {"state": state, "to": [word.replace("|", " ") for word in to.split()], "changed": changed or {}, **more}


def refused(state, status, stderr, **more):
    """Nothing is sent; one line on standard error."""
    return {"state": state, "exit": status, "stderr": stderr, **more}


def bare(**fields):
    return {name.replace("_", "-"): text for name, text in fields.items()}


FROM_CRON = f"root@{L} (Cron Daemon)"
FROM_ALICE = f"Alice Example <alice@{L}>"
ALICE_FIRST = bare(From=FROM_ALICE)
ROOT_FIRST = bare(From=f"root <root@{L}>")
BOTH = f"bob@{N} carol@{N}"
THREE = f"bob@{N} cc@{N} bcc@{N}"

# Each message of the Symfony dialogues.
SYMFONY = {"to": THREE.split(), "from": f"alice@{O}"}

RECORDINGS = {
    # R1, R3, R10, R14: cron, anacron, at
    "anacron": sent(ANACRON, f"root@{L}", bare(From=f"Anacron <root@{L}>", To=f"root@{L}")),
    "anacron-mailto": sent(ANACRON, f"bob@{N}", bare(From=f"Anacron <root@{L}>")),
    "at.1": sent(AT, f"alice@{L}", bare(From=FROM_ALICE, To=f"alice@{L}")),
    "at.2": sent(AT, f"alice@{L}", bare(From=FROM_ALICE, To=f"alice@{L}")),
    "cron.1": sent(LOGCHECK, f"logcheck@{L}", bare(From=f"logcheck system account <logcheck@{L}>", To=f"logcheck@{L}")),
    "cron.2": sent(CRON_LOGCHECK, f"root@{L}", bare(From=FROM_CRON, To=f"root@{L}")),
    "cron.3": sent(CRON_ALICE, f"alice@{L}", bare(From=FROM_CRON, To=f"alice@{L}")),
    "cron.4": sent(CRON, f"root@{L}", bare(From=FROM_CRON, To=f"root@{L}")),
    "cron2.1": sent(CRON, f"root@{L}", bare(From=FROM_CRON, To=f"root@{L}")),
    "cron2.2": sent(CRON_ALICE, f"alice@{L}", bare(From=FROM_CRON, To=f"alice@{L}")),
    "cron2.3": sent(CRON_BOB, BOTH),
    "cron2.4": sent(CRON_ALICE, f"alice@{L}", bare(From=FROM_CRON, To=f"alice@{L}"), recoded=True),

    # what a system writes
    "apt-listchanges": sent(ROOT, f"bob@{N}", ROOT_FIRST),
    "apticron": sent(MAILX_ROOT, f"root@{L}", bare(From=f"root <root@{L}>", To=f"root@{L}")),
    "fail2ban": sent(ROOT, f"root@{L}", bare(From=f"Fail2Ban <fail2ban@{L}>", To=f"root@{L}"), from_=f"fail2ban@{L}"),
    "logwatch": sent(LOGWATCH, f"root@{L}", bare(From=f"root@{L}", To=f"root@{L}")),
    "mdadm-like": sent(ROOT, f"root@{L}", bare(To=f"root@{L}")),
    "popularity-contest": sent(ROOT, "survey@popcon.debian.org", ROOT_FIRST),
    "rkhunter-cron": sent(ROOT, f"root@{L}", bare(From=f"root <root@{L}>", To=f"root@{L}")),
    "smartd": sent(MAILX_ROOT, f"root@{L}", bare(From=f"root <root@{L}>", To=f"root@{L}")),
    "sudo": sent(SUDO, f"root@{L}", bare(From=f"alice@{L}", To=f"root@{L}")),
    "sudo-badpass": sent(SUDO, f"root@{L}", bare(From=f"alice@{L}", To=f"root@{L}")),
    "sudo-mailfrom.1": sent(SUDO, f"bob@{N}"),
    "sudo-mailfrom.2": sent(SUDO, f"bob@{N}"),

    # mail(1) in three forms. O: -X names a file and is refused; A "garbage": 65 before anything is sent
    "bsd-mailx": sent(MAILX, f"{BOTH} cc@{N}", ALICE_FIRST),
    "bsd-mailx-empty": sent(MAILX, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}")),
    "bsd-mailx-local": sent(MAILX, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}")),
    "bsd-mailx-r": sent(MAILX, THREE, from_=f"sender@{O}"),
    "bsd-mailx-r-name": sent(MAILX, f"bob@{N}", from_=f"sender@{O}"),
    "bsd-mailx-sendopts": refused(MAILX, 65, "Name, root"),
    "bsd-mailx-v": sent(MAILX, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}"), says="RCPT TO:<root@lab.example.org>"),
    "mailutils-mail": sent(MAILUTILS, THREE, ALICE_FIRST),
    "mailutils-mail-addopts": sent(MAILUTILS, f"bob@{N}", ALICE_FIRST),
    "mailutils-mail-local": sent(MAILUTILS, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}")),
    "mailutils-mail-r": sent(MAILUTILS, BOTH, bare(From=None), from_=f"sender@{O}"),
    "mailutils-mail-t": sent(MAILUTILS, f"x@{N} hidden@{N}", from_="a@b.example"),
    "mailutils319": sent(MAILUTILS, f"bob@{N} bcc@{N}", ALICE_FIRST),
    "s-nail": sent(S_NAIL, THREE, ALICE_FIRST),
    "s-nail-args": refused(S_NAIL, 64, "-X"),
    "s-nail-local": sent(S_NAIL, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}")),
    "s-nail-mta-args": refused(S_NAIL, 64, "-X"),
    "s-nail-r": sent(S_NAIL, f"bob@{N}", from_=f"sender@{O}"),
    "s-nail-r-empty": sent(S_NAIL, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}")),
    "s-nail-resend.1": sent(S_NAIL, f"fwd@{N}"),
    "s-nail-resend.2": sent(S_NAIL, f"fwd2@{N}"),
    "s-nail-v": sent(S_NAIL, f"root@{L}", bare(From=FROM_ALICE, To=f"root@{L}"), says="RCPT TO:<root@lab.example.org>"),

    # mutt, git
    "git-send-email": sent(ALICE, f"bob@{N} cc@{N} alice@{O} bcc@{N}"),
    "git-send-email-default": sent(ALICE, f"bob@{N}", from_=f"bounce@{O}"),
    "mutt": sent(MUTT, THREE),
    "mutt-8bit": sent(MUTT, f"bob@{N}"),
    "mutt-bounce": sent(MUTT, f"fwd@{N}"),
    "mutt-bounce-env": sent(MUTT, f"fwd@{N}", from_=f"x@{O}"),
    "mutt-dsn": sent(MUTT, f"bob@{N} bcc@{N}", dsn={"RET": "HDRS", "NOTIFY": "DELAY,FAILURE"}),
    "mutt-from": sent(MUTT, f"root@{L} bcc@{N}", from_=f"sender@{O}"),
    "mutt-group": sent(MUTT, f"bcc@{N}"),
    "mutt-wait-1": sent(MUTT, f"bob@{N}"),
    "mutt-wait1": sent(MUTT, f"bob@{N}"),

    # libraries
    "perl-log-dispatch": sent(ALICE, f"bob@{N}"),
    "perl-mail-send": sent(ALICE, THREE, ALICE_FIRST),
    "perl-mime-entity": sent(ALICE, f"bob@{N}"),
    "php-mail": sent(PHP, f"bob@{N} hid@{N}", from_=f"bounce@{O}"),
    "php-mail-min": sent(PHP, f"bob@{N} root@{L}", bare(From=FROM_ALICE, To=f"Bob X <bob@{N}>, root@{L}")),
    "symfony-mailer": {"state": PHP, "dialogue": [SYMFONY, SYMFONY]},
    "symfony-mailer-bs-i": {"state": PHP, "dialogue": [SYMFONY]},
    "symfony-mailer-oi": sent(PHP, THREE, from_=f"bounce@{O}"),
    "symfony-mailer-t": sent(PHP, THREE, from_=f"alice@{O}"),

    # R3, R12: no environment at all, null sender
    "dovecot-sieve-redirect": sent(DOVECOT, f"fwd@{N}", from_=f"bob@{N}"),
    "dovecot-sieve-reject": sent(DOVECOT, f"bob@{N}", from_=""),
    "dovecot-sieve-vacation": sent(DOVECOT, f"bob@{N}", from_=""),
}

CASES = {
    # sender: H "-f", R12, R16
    "F-from": sent(ALICE, f"bob@{N}"),
    "F-nofrom": sent(ALICE, f"bob@{N}", bare(From=f"Full Name <alice@{L}>")),
    "f-angle": sent(ALICE, f"bob@{N}", from_=f"x@{O}"),
    "f-empty": sent(ALICE, f"bob@{N}", from_=""),
    "f-missing": refused(ALICE, 64, "-f needs an argument"),
    "f-nofrom": sent(ALICE, f"bob@{N}", bare(From=None), from_=f"other@{O}"),
    "f-nullglued": sent(ALICE, f"bob@{N}", from_=""),
    "f-space": refused(ALICE, 64, "a b"),
    "r-other": sent(ALICE, f"bob@{N}", from_=f"other@{O}"),

    # recipients: A, R2, R10, R11
    "argv-at": refused(ALICE, 65, "@"),
    "argv-bcc": sent(ALICE, f"bob@{N}"),
    "argv-comma-sp": sent(ALICE, f"a@{N} b@{N}"),
    "argv-dash": sent(ALICE, f"bob@{N} -x@{N}"),
    "argv-dup": sent(ALICE, f"bob@{N}"),
    "argv-empty2": sent(ALICE, f"bob@{N}"),
    "argv-space": refused(ALICE, 65, "a b@example.net"),
    "t-argv-extra": sent(ALICE, f"extra@{N} {THREE}"),
    "t-badto": refused(ALICE, 65, "addr here"),
    "t-bare": sent(ALICE, f"root@{L} alice@{L}", bare(From=FROM_ALICE, To=f"root@{L}, alice@{L}")),
    "t-bcc-empty": sent(ALICE, f"bob@{N}"),
    "t-comments": sent(ALICE, f"bob@{N} q.r@{N} c@{N} d@{N}"),
    "t-folded": sent(ALICE, f"a@{N} b@{N} c@{N}"),
    "t-group-mem": sent(ALICE, f"a@{N} b@{N} c@{N}"),
    "t-none": refused(ALICE, 64, "recipient"),
    "t-resent": sent(ALICE, f"r1@{N} r2@{N} r3@{N}"),
    "t-route": sent(ALICE, f"bob@{N}", loose=["To"]),
    "x-argv-resent-bcc": sent(ALICE, f"x@{N}"),
    "x-t-resentfrom-only": refused(ALICE, 64, "recipient"),

    # message: H, RULES D
    "barecr-hdr": sent(ALICE, f"bob@{N}"),
    "bodyonly-nl": sent(ALICE, f"bob@{N}", ALICE_FIRST),
    "crlf": sent(ALICE, f"bob@{N}"),
    "dot-i": sent(ALICE, f"bob@{N}"),
    "dot-noi-crlf": sent(ALICE, f"bob@{N}"),
    "dot-noi-hdr": sent(ALICE, f"bob@{N}"),
    "empty": sent(ALICE, f"bob@{N}", ALICE_FIRST),
    "fromline": sent(ALICE, f"bob@{N}"),
    "fromline-gt": sent(ALICE, f"bob@{N}"), # an escaped one at byte 0 is an mbox line too (postfix)
    "hdr-contentlength": sent(ALICE, f"bob@{N}"),
    "hdr-emptyfrom": sent(ALICE, f"bob@{N}", ALICE_FIRST), # an empty From is a missing one
    "hdr-multifrom": sent(ALICE, f"bob@{N}"),
    "hdr-returnpath": sent(ALICE, f"bob@{N}"),
    "hdr-spacecolon": sent(ALICE, f"bob@{N}"),
    "long998": sent(ALICE, f"bob@{N}", recoded=True),
    "mixed": sent(ALICE, f"bob@{N}"),
    "nlonly": sent(ALICE, f"bob@{N}", ALICE_FIRST),
    "nonl-hdr": sent(ALICE, f"bob@{N}"),
    "nul": refused(ALICE, 65, "NUL"),
    "x-dot-last": sent(ALICE, f"bob@{N}"),
    "x-subj-8bit-hdr": sent(ALICE, f"bob@{N}"),
}

# ---- not recorded for us, but measured: command lines of table 2 and the traps of section 7 ----

LETTER = b"From: Alice <alice@example.org>\nTo: bob@example.net\nSubject: t\n\nbody\n"
HIDDEN = b"From: Alice <alice@example.org>\nTo: bob@example.net\nBcc: hid@example.net\nSubject: t\n\nbody\n"
PLAIN = b"Subject: t\n\na\n.\nb\n"


def made(argv, stdin, row, env=()):
    return {**row, "argv": argv, "stdin": stdin, "env": list(env)}


MADE = {
    "cronie": made(["sendmail", "-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "alice"],
                   b'From: "(Cron Daemon)" <alice>\nTo: alice\nSubject: c\n\nout\n',
                   sent(CRON_ALICE, f"alice@{L}", bare(From=f'"(Cron Daemon)" <alice@{L}>', To=f"alice@{L}"))),
    "systemd-cron": made(["sendmail", "-i", "-B8BITMIME", "alice"], PLAIN,
                         sent(SYSTEMD_CRON, f"alice@{L}", bare(From=None))),
    "logcheck": made(["sendmail", "-oi", "logcheck"], PLAIN,
                     sent(LOGCHECK, f"logcheck@{L}", bare(From=f"logcheck system account <logcheck@{L}>"))),
    "arpwatch": made(["sendmail", "-odi", "root"], b"From: arpwatch (Arpwatch lab)\nTo: root\nSubject: a\n\nx\n.\ny\n",
                     sent(ANACRON, f"root@{L}", bare(From=f"arpwatch@{L} (Arpwatch lab)", To=f"root@{L}"))),
    "calendar": made(["sendmail", "-i", "-t", "-F", '"Reminder Service"'], b"From: alice\nTo: alice\nSubject: c\n\nx\n",
                     sent(ALICE, f"alice@{L}", bare(From=f"alice@{L}", To=f"alice@{L}"))),
    "calendar without From": made(["sendmail", "-i", "-t", "-F", '"Reminder Service"'], b"To: alice\nSubject: c\n\nx\n",
                                  sent(ALICE, f"alice@{L}", bare(From=None, To=f"alice@{L}"))),
    "reportbug": made(["/usr/sbin/sendmail", "-f", "alice@example.org", "-oi", "-oem", "a@example.net", "b@example.net"],
                      LETTER, sent(ALICE, f"a@{N} b@{N}", from_=f"alice@{O}")),
    "emacs": made(["sendmail", "-oi", "-f", "alice@example.org", "-oep", "-odi", "-t"], HIDDEN,
                  sent(EMACS, f"bob@{N} hid@{N}", from_=f"alice@{O}")),
    "emacs alone": made(["sendmail", "-oi", "-oem", "-odb", "-t"], LETTER, sent(EMACS, f"bob@{N}")),
    "git -N never": made(["/usr/sbin/sendmail", "-N never", "-i", "bob@example.net"], LETTER,
                         sent(ALICE, f"bob@{N}", dsn={"NOTIFY": "NEVER"})),
    "php mail -f''": made(["/usr/sbin/sendmail", "-t", "-i", "-f"], b"To: \r\nSubject: t\r\n\r\nx\r\n",
                          refused(PHP, 64, "-f needs an argument")),
    "php mail two -f": made(["/usr/sbin/sendmail", "-t", "-i", "-f", "first@example.org", "-f", "second@example.org", "-oi"],
                            b"To: bob@example.net\nSubject: t\nX-A: 1\r\nX-B: 2\n\nx\r\n",
                            sent(PHP, f"bob@{N}", bare(From=None), from_=f"second@{O}")),
    "phpmailer": made(["/usr/sbin/sendmail", "-t", "-i", "-oi", "-falice@example.org", "-t"],
                      b'From: "A \\"Q\\" B" <alice@example.org>\nTo: "Bob \\"X, Y\\" Z" <bob@example.net>\n'
                      b"Bcc: hid@example.net\nSubject: t\n\nx\n",
                      sent(PHP, f"bob@{N} hid@{N}", from_=f"alice@{O}")),
    "perl MIME::Lite": made(["/usr/lib/sendmail", "-t", "-oi", "-oem", "-falice@example.org"], HIDDEN[:-1],
                            sent(ALICE, f"bob@{N} hid@{N}", from_=f"alice@{O}")),
    "perl Email::Sender": made(["sendmail", "-i", "-f", "alice@example.org", "--", "bob@example.net", "hid@example.net"], HIDDEN,
                               sent(ALICE, f"bob@{N} hid@{N}", from_=f"alice@{O}")),
    "perl Email::Sender null": made(["sendmail", "-i", "-f", "", "--", "x@example.net", "-y@example.net"], LETTER,
                                    sent(ALICE, f"x@{N} -y@{N}", from_="")),
    "caff": made(["sendmail", "-t", "-f", "alice@example.org", "-it"], LETTER, sent(ALICE, f"bob@{N}", from_=f"alice@{O}")),
    "ruby mail": made(["/usr/sbin/sendmail", "-i", "-f", "alice@example.org", "--", "bob@example.net"],
                      b"Return-Path: <alice@example.org>\n" + LETTER,
                      sent({**ALICE, "one pipe": True}, f"bob@{N}", from_=f"alice@{O}")),
    "nodemailer": made(["sendmail", "-i", "-f", "alice@example.org", "bob@example.net", "hid@example.net"],
                       HIDDEN.replace(b"\n", b"\r\n", 5), sent(NODEMAILER, f"bob@{N} hid@{N}", from_=f"alice@{O}")),
    "nodemailer args": made(["sendmail", "-i", "-t", "bob@example.net", "hid@example.net"], HIDDEN,
                            sent(NODEMAILER, f"bob@{N} hid@{N}")),
    "python": made(["/usr/sbin/sendmail", "-t", "-oi"], HIDDEN, sent(ALICE, f"bob@{N} hid@{N}")),
    "vacation": made(["sendmail", "-f", "alice", "--", "bob@example.net"], b"From: alice\nTo: bob@example.net\nSubject: away\n\na\n.\nb\n",
                     sent(ALICE, f"bob@{N}", bare(From=f"alice@{L}"))),
    "procmail": made(["/usr/sbin/sendmail", "-oi", "bob@example.net", "carol@example.net"],
                     b"From z@example.org Fri Nov 20 14:00:00 2026\nReturn-Path: <z@example.org>\n" + LETTER + b"\n",
                     sent({**ALICE, "umask": 0o077}, BOTH)),
    "maildrop": made(["sendmail", "-oi", "-f", "", "bob@example.net"], LETTER, sent(MAILDROP, f"bob@{N}", from_=""), ["SHLVL=0"]),
    "mailbot": made(["/usr/sbin/sendmail", "-t", "-f", ""], LETTER, sent({**MAILDROP, "stdin": "unlinked"}, f"bob@{N}", from_="")),
    "fdm": made(["sendmail", "-f", "alice@example.org", "bob@example.net"], b"Return-Path: <z@example.org>\n" + LETTER,
                sent({**ALICE, "umask": 0o077}, f"bob@{N}", from_=f"alice@{O}")),
    "sympa": made(["/usr/sbin/sendmail", "-oi", "-odi", "-oem", "-N", "success,delay,failure", "-V00000123", "-f", "", "--",
                   "bob@example.net", "carol@example.net"], LETTER,
                  sent(ALICE, BOTH, from_="", dsn={"NOTIFY": "DELAY,FAILURE,SUCCESS", "ENVID": "00000123"})),
    "rt": made(["/usr/sbin/sendmail", "-oi", "-t", "-ODeliveryMode=b", "-OErrorMode=m", "-f", "<>"], LETTER,
               sent(ALICE, f"bob@{N}", from_="")),
    "inn": made(["sendmail", "-oee", "-odq", "-fnews@example.org", "bob@example.net"], LETTER, sent(ALICE, f"bob@{N}", from_=f"news@{O}")),
    "rmail": made(["sendmail", "-G", "-oee", "-odi", "-oi", "-f", "z@example.org", "bob@example.net"], LETTER,
                  sent(ROOT, f"bob@{N}", from_=f"z@{O}")),

    # the environment lies, or there is none (R3, case opt-env-lies)
    "a lying environment": made(["sendmail", "-i", "bob@example.net"], PLAIN, sent(ALICE, f"bob@{N}", ALICE_FIRST),
                                ["HOME=/root", "USER=root", "LOGNAME=root", "EMAIL=evil@example.com", "NAME=Evil", "MAILNAME=x.example",
                                 "PATH=/nowhere", "MAILRC=/etc/shadow", "LD_BIND_NOW=1"]),
    # X: a standard input that cannot be read is an error (74, RULES E), not an empty message
    "fd 0, 1, 2 closed": made(["sendmail", "-i", "bob@example.net"], None, refused({**ALICE, "closed": (0, 1, 2)}, 74, ".")),
    "fd 1, 2 closed, a file for the body": made(["sendmail", "-i", "bob@example.net"], LETTER + b"x" * 70 + b"\n" * 2_000_000,
                                                sent({**ALICE, "closed": (1, 2), "umask": 0o177}, f"bob@{N}")),
    # what is printed must not end up in the file of the message or in a connection
    "fd 1, 2 closed, and much to say": made(["sendmail", "-v", "-i", "bob@example.net"], LETTER + b"x" * 70 + b"\n" * 2_000_000,
                                            sent({**ALICE, "closed": (1, 2)}, f"bob@{N}")),
    "no name for the uid": made(["sendmail", "-i", "bob@example.net"], LETTER, sent({"user": 4242}, f"bob@{N}")),
    "a folder that cannot be read": made(["sendmail", "-i", "bob@example.net"], LETTER,
                                         sent({"user": "alice", "cwd": "/root/closed"}, f"bob@{N}")),
    "4,000 bytes a write": made(["sendmail", "-i", "bob@example.net"], LETTER + b"0123456789\n" * 30_000,
                                sent({**NODEMAILER, "slow": True}, f"bob@{N}")),

    # bad input ("Show" of the issue)
    "no argument": made(["sendmail"], LETTER, refused(ALICE, 64, "recipient")),
    "no argv at all": made([], LETTER, refused(ALICE, 64, ".")),
    "an empty argument": made(["sendmail", ""], LETTER, refused(ALICE, 64, "recipient")),
    "unknown letter": made(["sendmail", "-y", "bob@example.net"], LETTER, refused(ALICE, 64, "-y")),
    "unclosed quote": made(["sendmail", "-t"], b'From: a@example.org\nTo: "Bob <bob@example.net>\nSubject: t\n\nx\n', refused(ALICE, 65, "Bob")),
    "unclosed angle": made(["sendmail", "-t"], b"From: a@example.org\nTo: <bob@example.net\nSubject: t\n\nx\n", refused(ALICE, 65, "bob")),
    "NUL in the header": made(["sendmail", "-t"], b"To: bob@example.net\nSubject: a\0b\n\nx\n", refused(ALICE, 65, "NUL")),
    "header line of 3,000 bytes": made(["sendmail", "-t"], b"To: bob@example.net\nSubject: " + b"word " * 600 + b"\n\nx\n",
                                       sent(ALICE, f"bob@{N}", ALICE_FIRST, folded=["Subject"])),
    "header of 200 kB": made(["sendmail", "-t"], b"To: bob@example.net\n" + b"".join(b"X-%d: %s\n" % (i, b"x" * 90) for i in range(2000)) +
                             b"\nx\n", sent(ALICE, f"bob@{N}", ALICE_FIRST)),
    "header of 2 MB": made(["sendmail", "-t"], b"To: bob@example.net\n" + b"".join(b"X-%d: %s\n" % (i, b"x" * 900) for i in range(2200)) +
                           b"\nx\n", refused(ALICE, 65, "header")),
    "1,500 recipients": made(["sendmail", "-t"], b"To: " + b",\n ".join(b"user%d@example.net" % i for i in range(1500)) + b"\nSubject: t\n\nx\n",
                             sent(ALICE, " ".join(f"user{i}@{N}" for i in range(1500)), ALICE_FIRST, transactions=2)),
    "a folder as standard input": made(["sendmail", "bob@example.net"], None, refused({**ALICE, "stdin": "folder"}, 74, ".")),
    "101 Received fields": made(["sendmail", "bob@example.net"], b"Received: from a by b; Fri, 20 Nov 2026 14:00:00 +0000\n" * 101 + LETTER,
                                refused(ALICE, None, "5.4.6")),
    "a second header behind a bare CR": made(["sendmail", "-t"], b"To: bob@example.net\rBcc: evil@example.net\nSubject: t\n\nx\n",
                                             refused(ALICE, 65, ".")),
    "CR CR LF": made(["sendmail", "-i", "bob@example.net"], LETTER.replace(b"\n", b"\r\r\n"), sent(ALICE, f"bob@{N}")),
    "a bare CR in the body": made(["sendmail", "-i", "bob@example.net"], LETTER + b"a\rb\rc\n", sent(ALICE, f"bob@{N}")),
    "2,500 bytes in 8-bit text": made(["sendmail", "-i", "bob@example.net"],
                                      LETTER.replace(b"\n\n", b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                                                     b"Content-Transfer-Encoding: 8bit\n\n") + "é".encode() * 1250 + b"\nend\n",
                                      sent(ALICE, f"bob@{N}", recoded=True)),
    "a line without colon in the header": made(["sendmail", "-i", "bob@example.net"], b"From: a@example.org\nSubject: t\nno field\nx\n",
                                               sent(ALICE, f"bob@{N}")),
    "only text": made(["sendmail", "-i", "bob@example.net"], b" a line that begins with a blank\nText: no header\n", sent(ALICE, f"bob@{N}", ALICE_FIRST)),
    "undisclosed and Bcc": made(["sendmail", "-t"], b"From: a@example.org\nTo: undisclosed-recipients:;\nBcc: hid@example.net\n\nx\n",
                                sent(ALICE, f"hid@{N}")),
    "BCC and a blank": made(["sendmail", "-t"], b"From: a@example.org\nTo: bob@example.net\nBCC : hid@example.net,\n\tx@example.net\n\nx\n",
                            sent(ALICE, f"bob@{N} hid@{N} x@{N}")),
    "quoted local parts": made(["sendmail", "-t"], b'From: a@example.org\nTo: "john doe"@example.net, "a,b"@example.net, "at@at"@example.net\n\nx\n',
                               sent(ALICE, f'"john|doe"@{N} "a,b"@{N} "at@at"@{N}')),
    "the same mailbox, domain in capitals": made(["sendmail", "-i", "bob@example.net", "bob@EXAMPLE.NET", "Bob@example.net"], LETTER,
                                                 sent(ALICE, f"bob@{N} Bob@{N}")),
}

# Aliases and the virtual map (item 7): files of the machine that a row needs.
CRON_MAIL = b"From: root (Cron Daemon)\nTo: root\nSubject: c\n\nout\n"
CRON_WORDS = ["/usr/sbin/sendmail", "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"]
ROOTS = bare(From=FROM_CRON, To=f"root@{L}")
MADE.update({
    "root is somebody": made(CRON_WORDS, CRON_MAIL, sent(CRON, f"admin@{N}", ROOTS, files={"/etc/aliases": "root: admin@example.net\n"})),
    "root is a team": made(CRON_WORDS, CRON_MAIL, sent(
        CRON, f"a@{N} b@{N} c@{N} d@{N}", ROOTS,
        files={"/etc/aliases": '# who is it\nROOT: "a person", team,\n\td@example.net\n"a person": a@example.net\n'
                               "team: :include:/etc/team\n", "/etc/team": "b@example.net\n# a comment\nc@example.net, a@example.net\n"})),
    "root is root": made(CRON_WORDS, CRON_MAIL, sent(CRON, f"root@{L} a@{N}", ROOTS, files={"/etc/aliases": "root: \\root, a@example.net\n"})),
    "everybody else": made(CRON_WORDS, CRON_MAIL, sent(CRON, f"a@{N}", ROOTS, files={"/etc/aliases": "*: a@example.net\n"})),
    "a loop": made(["sendmail", "-i", "one"], LETTER, refused(ALICE, None, "one|two", files={"/etc/aliases": "one: two\ntwo: one\n"})),
    "a command": made(["sendmail", "-i", "one"], LETTER, refused(ALICE, None, "one", files={"/etc/aliases": 'one: "|/bin/id"\n'})),
    "a file": made(["sendmail", "-i", "one"], LETTER, refused(ALICE, None, "one", files={"/etc/aliases": "one: /tmp/x.mbox\n"})),
    "virtual": made(["sendmail", "-i", "info@example.net", "any@example.org", "both@example.com"], LETTER, sent(
        ALICE, f"a@{N} b@{N} all@{N} both@example.net", None,
        files={"/etc/virtual": "info@example.net a@example.net, b@example.net\n@example.org all@example.net\n@example.com @example.net\n",
               "/etc/sendmx.conf": "route * 127.0.0.25\nvirtual /etc/virtual\n"})),
})

# Dialogues of callers that are recorded elsewhere only (section 5, "-bs details"). A line for each command, and
# the class of the reply that must come; "." sends the letter. What arrives, at the end.
ALPINE = {"user": "alice", "ignored": ("HUP", "INT", "QUIT", "PIPE", "TSTP", "XFSZ"), "one pipe": True, "leaked": (3,)}
DIALOGUES = {
    "alpine": {"state": ALPINE, "argv": ["sendmail", "-bs", "-odb", "-oem"],
               "dialogue": [{"to": THREE.split(), "from": f"alice@{L}"}],
               "stdin": f"EHLO localhost\r\nMAIL FROM:<alice@{L}> BODY=8BITMIME\r\nRCPT TO:<bob@{N}>\r\nRCPT TO:<cc@{N}>\r\n"
                        f"RCPT TO:<bcc@{N}>\r\nDATA\r\n".encode() +
                        b"Date: Fri, 20 Nov 2026 14:50:24 +0000\r\nFrom: Alice <alice@lab.example.org>\r\nTo: bob@example.net\r\n"
                        b"cc: cc@example.net\r\nBcc: bcc@example.net\r\nSubject: t\r\nMessage-ID: <a@lab.example.org>\r\n\r\n"
                        b"caf\xc3\xa9\r\n..\r\nend\r\n.\r\nQUIT\r\n"},
    "nmh": {"state": {"user": "alice", "one pipe": True}, "argv": ["sendmail", "-bs", "-odb", "-oem", "-om"],
            "dialogue": [{"to": [f"root@{L}", f"bob@{N}"], "from": f"alice@{L}",
                          "changed": bare(From=f"alice@{L}", To=f"root@{L}, bob@{N}")}],
            "stdin": f"EHLO lab\r\nMAIL FROM:<alice@{L}>\r\nRCPT TO:<root>\r\nRCPT TO:<bob@{N}>\r\nRSET\r\n"
                     f"MAIL FROM:<alice@{L}>\r\nRCPT TO:<root>\r\nRCPT TO:<bob@{N}>\r\nDATA\r\n".encode() +
                     b"From: alice\r\nTo: root, bob@example.net\r\nDate: Fri, 20 Nov 2026 14:50:24 +0000\r\nSubject: t\r\n\r\nx\r\n.\r\nQUIT\r\n"},
    "LF line ends (LSB)": {"state": ALICE, "argv": ["sendmail", "-bs"], "dialogue": [{"to": [f"bob@{N}"], "from": ""}],
                           "stdin": b"HELO x\nMAIL FROM:<>\nRCPT TO:<bob@example.net>\nDATA\n" + LETTER + b".\nQUIT\n"},
    "end of input inside DATA": {"state": ALICE, "argv": ["sendmail", "-bs"], "dialogue": [],
                                 "stdin": b"HELO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<bob@example.net>\r\nDATA\r\nSubject: t\r\n\r\nhalf"},
}

# What is not there yet: aspect (replay.py) -> reason. Each is one TODO of TAP.
PENDING = {}
