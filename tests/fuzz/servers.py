"""Small correct servers for the whole-program fuzzer: a reply for each command, which `program` then mutates.

A server is an object with greeting() and reply(line), both octets; reply returns None to close. `data` is set
while a server collects the lines of a message, `octets` counts those of a chunk (BDAT) that are still to come,
`deflate` asks for compression from the next octet on.
"""
import base64
import zlib

MESSAGES = [
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: one\r\nMessage-ID: <1@example.org>\r\n"
    b"Date: Fri, 20 Nov 2026 12:00:00 +0000\r\nNewsgroups: misc.test\r\n\r\ntext\r\n..dot\r\nFrom here\r\n",
    b"From: =?utf-8?q?=C3=A4?= <c@example.org>\r\nSubject: =?koi8-r?b?wcLD?=\r\n =?iso-2022-jp?b?GyRCJCIbKEI=?=\r\n"
    b"Message-ID: <2@example.org>\r\nReturn-Path: <c@example.org>\r\n\r\n" + b"x" * 300 + b"\r\n" * 20,
    b"Subject: no sender\r\n\r\n",
    b"\r\nno header\r\n",
]


def block(data):
    return data + b".\r\n"


def yenc(data):
    """The octets in yEnc lines, dot-stuffed, with size and checksum."""
    out = b""
    for at in range(0, len(data), 100):
        line = b"".join(b"=%c" % ((c + 106) & 255) if (c + 42) & 255 in (0, 10, 13, 61) else b"%c" % ((c + 42) & 255)
                        for c in data[at:at + 100])
        out += (b"." if line[:1] == b"." else b"") + line + b"\r\n"
    return b"=ybegin line=128 size=-1\r\n" + out + b"=yend size=%d crc32=%08x\r\n" % (len(data), zlib.crc32(data))


class Server:
    scheme = ""
    mechanisms = b"PLAIN"

    def __init__(self):
        self.data = False
        self.octets = 0
        self.deflate = False
        self.sasl = False

    def auth(self, words, challenge, done):
        """A login of any mechanism: one challenge, then success."""
        self.sasl = challenge is not None and (len(words) < 3 or words[1].upper() != b"PLAIN")
        return challenge if self.sasl else done

    def challenge(self, mechanism):
        if mechanism.upper().startswith(b"SCRAM"):
            return base64.b64encode(b"r=abcdefgh,s=c2FsdA==,i=4096")
        if mechanism.upper() == b"LOGIN":
            return base64.b64encode(b"Username:")
        return base64.b64encode(b"<1.2@example.org>")


class Pop(Server):
    scheme = "pop"

    def greeting(self):
        return b"+OK ready <1.2@example.org>\r\n"

    def reply(self, line):
        words = line.split() or [b""]
        verb = words[0].upper()
        number = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        known = 0 < number <= len(MESSAGES)
        if self.sasl:
            self.sasl = False
            return b"+OK logged in\r\n"
        if verb == b"CAPA":
            return block(b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\nUTF8\r\nRESP-CODES\r\n"
                         b"SASL " + self.mechanisms + b"\r\nSTLS\r\nEXPIRE 30\r\nLOGIN-DELAY 5\r\n")
        if verb == b"AUTH" and len(words) > 1:
            return self.auth(words, b"+ " + self.challenge(words[1]) + b"\r\n", b"+OK\r\n")
        if verb == b"STAT":
            return b"+OK %d %d\r\n" % (len(MESSAGES), sum(map(len, MESSAGES)))
        if verb in (b"LIST", b"UIDL"):
            rows = [b"%d %d" % (i + 1, len(m)) if verb == b"LIST" else b"%d uid-%d" % (i + 1, i)
                    for i, m in enumerate(MESSAGES)]
            if number:
                return b"+OK " + rows[number - 1] + b"\r\n" if known else b"-ERR no such message\r\n"
            return block(b"+OK\r\n" + b"".join(r + b"\r\n" for r in rows))
        if verb in (b"RETR", b"TOP"):
            if not known:
                return b"-ERR no such message\r\n"
            text = MESSAGES[number - 1]
            if verb == b"TOP":
                head, sep, _ = text.partition(b"\r\n\r\n")
                text = head + sep
            return block(b"+OK %d octets\r\n" % len(text) + text)
        if verb == b"QUIT":
            return b"+OK bye\r\n"
        return b"+OK\r\n"


OVERVIEW = b"%d\tSubject %d\ta@example.org\tFri, 20 Nov 2026 12:00:00 +0000\t<%d@example.org>\t<0@x>\t300\t9\tXref: x misc.test:1\r\n"


class Nntp(Server):
    scheme = "nntp"
    # The line of CAPABILITIES for each kind of compression.
    compressions = {"": b"", "deflate": b"COMPRESS DEFLATE\r\n", "gzip": b"XFEATURE-COMPRESS GZIP\r\n",
                    "terminator": b"XFEATURE-COMPRESS GZIP TERMINATOR\r\n", "xzver": b"XZVER\r\nXZHDR\r\n"}
    compression = ""
    packs = False

    def lines(self, status, lines, xz=False):
        """A block; compressed after XFEATURE, or in the reply to XZVER and XZHDR."""
        if xz:
            z = zlib.compressobj(wbits=-15)
            return block(status + b"\r\n" + yenc(z.compress(lines) + z.flush()))
        if not self.packs:
            return block(status + b"\r\n" + lines)
        status += b" [COMPRESS=GZIP]\r\n"
        return status + zlib.compress(block(lines)) if self.compression == "terminator" else block(status + zlib.compress(lines))

    def greeting(self):
        return b"200 news.example.org ready\r\n"

    def span(self, words):
        for w in words[1:]:
            first, _, last = w.partition(b"-")
            if first.isdigit():
                return range(int(first), min(int(last), 4) + 1 if last.isdigit() else 5 if b"-" in w else int(first) + 1)
        return range(1, 5)

    def article(self, words, codes):
        code, head, body = codes
        arg = words[1] if len(words) > 1 else b"1"
        n = int(arg) if arg.isdigit() else 0
        if n > len(MESSAGES):
            return b"423 no such number\r\n"
        text = MESSAGES[max(n - 1, 0)]
        status = b"%d %d <%d@example.org>\r\n" % (code, n, max(n, 1))
        first, sep, rest = text.partition(b"\r\n\r\n")
        if code == 223:
            return status
        return block(status + ((first + b"\r\n") if head else b"") + (b"\r\n" if head and body else b"") + (rest if body else b""))

    def reply(self, line):
        words = line.split() or [b""]
        verb = words[0].upper()
        if self.data:
            if line == b".\r\n":
                self.data = False
                return b"240 received\r\n"
            return b""
        if self.sasl:
            self.sasl = False
            return b"281 logged in\r\n"
        if verb == b"CAPABILITIES":
            return block(b"101 list\r\nVERSION 2\r\nREADER\r\nOVER MSGID\r\nHDR\r\nPOST\r\nIHAVE\r\nNEWNEWS\r\n"
                         b"LIST ACTIVE NEWSGROUPS OVERVIEW.FMT COUNTS HEADERS\r\nAUTHINFO USER SASL\r\nSASL " + self.mechanisms + b"\r\n"
                         + self.compressions[self.compression])
        if verb in (b"GROUP", b"LISTGROUP"):
            status = b"211 4 1 4 misc.test\r\n"
            return status if verb == b"GROUP" else block(status + b"".join(b"%d\r\n" % i for i in self.span(words[1:])))
        if verb in (b"OVER", b"XOVER", b"XZVER"):
            return self.lines(b"224 overview", b"".join(OVERVIEW % (i, i, i) for i in self.span(words)), verb == b"XZVER")
        if verb in (b"HDR", b"XHDR", b"XZHDR"):
            return self.lines(b"225 headers", b"".join(b"%d =?utf-8?q?v=C3=A4?=\r\n" % i for i in self.span(words[1:])), verb == b"XZHDR")
        kinds = {b"ARTICLE": (220, 1, 1), b"HEAD": (221, 1, 0), b"BODY": (222, 0, 1), b"STAT": (223, 0, 0),
                 b"NEXT": (223, 0, 0), b"LAST": (223, 0, 0)}
        if verb in kinds:
            return self.article(words, kinds[verb])
        if verb == b"LIST":
            what = words[1].upper() if len(words) > 1 else b"ACTIVE"
            rows = {b"OVERVIEW.FMT": b"Subject:\r\nFrom:\r\nDate:\r\nMessage-ID:\r\nReferences:\r\n:bytes\r\n:lines\r\nXref:full\r\n",
                    b"NEWSGROUPS": b"misc.test\tA group\r\nmisc.other Another\r\n"}
            return self.lines(b"215 list", rows.get(what, b"misc.test 4 1 y\r\nmisc.other 0 1 n\r\n"))
        if verb == b"NEWGROUPS":
            return block(b"231 list\r\nmisc.test 4 1 y\r\n")
        if verb == b"NEWNEWS":
            return block(b"230 list\r\n<1@example.org>\r\n")
        if verb == b"DATE":
            return b"111 20261120123456\r\n"
        if verb == b"HELP":
            return block(b"100 help\r\ntext\r\n")
        if verb in (b"POST", b"IHAVE"):
            self.data = True
            return b"340 go on\r\n" if verb == b"POST" else b"335 go on\r\n"
        if verb == b"AUTHINFO" and len(words) > 1:
            if words[1].upper() == b"SASL" and len(words) > 2:
                return self.auth(words[1:], b"383 " + self.challenge(words[2]) + b"\r\n", b"281 in\r\n")
            return b"381 password\r\n" if words[1].upper() == b"USER" else b"281 logged in\r\n"
        if verb == b"COMPRESS":
            self.deflate = True
            return b"206 compressed\r\n"
        if verb == b"XFEATURE":
            self.packs = True
            return b"290 feature enabled\r\n"
        if verb == b"QUIT":
            return b"205 bye\r\n"
        return b"200 ok\r\n" if verb == b"MODE" else b"500 what?\r\n"


class Smtp(Server):
    scheme = "smtp"

    def __init__(self):
        super().__init__()
        self.last = False
        self.rcpts = 0

    def greeting(self):
        return b"220 mx.example.org ESMTP\r\n"

    def final(self):
        """One reply, LMTP one for each recipient."""
        n = self.rcpts if self.scheme == "lmtp" else 1
        self.rcpts = 0
        return b"250 2.0.0 accepted\r\n" * n

    def reply(self, line):
        words = line.split() or [b""]
        verb = words[0].upper()
        if self.data:
            if line == b".\r\n":
                self.data = False
                return self.final()
            return b""
        if self.sasl:
            self.sasl = False
            return b"235 logged in\r\n"
        if verb in (b"EHLO", b"LHLO"):
            return (b"250-mx.example.org\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250-PIPELINING\r\n250-DSN\r\n250-SMTPUTF8\r\n"
                    b"250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250-VRFY\r\n250-STARTTLS\r\n250 AUTH " + self.mechanisms + b"\r\n")
        if verb == b"AUTH" and len(words) > 1:
            return self.auth(words, b"334 " + self.challenge(words[1]) + b"\r\n", b"235 in\r\n")
        if verb == b"RCPT":
            self.rcpts += 1
        if verb == b"DATA":
            self.data = True
            return b"354 go on\r\n"
        if verb == b"BDAT" and len(words) > 1 and words[1].isdigit():
            self.octets = int(words[1])
            self.last = len(words) > 2
            return b"" if self.octets else self.chunk()
        if verb in (b"VRFY", b"EXPN"):
            return b"250-<a@example.org>\r\n250 <b@example.org>\r\n"
        return b"221 bye\r\n" if verb == b"QUIT" else b"214 help\r\n" if verb == b"HELP" else b"250 2.1.0 ok\r\n"

    def chunk(self):
        """All octets of a chunk have arrived."""
        return self.final() if self.last else b"250 more\r\n"


class Lmtp(Smtp):
    scheme = "lmtp"
