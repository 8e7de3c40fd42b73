#!/usr/bin/env python3
"""program.py MAILNET [--seconds N] [--seed S] [--cases N] [--case S:I] [--patience N]
    [--keep DIR]

Fuzz the whole program: run its verbs against servers whose replies are mutated, with mutated files. The seed
decides everything but the timing: case I of seed S is the same in each run. A finding is

- death by a signal, a report of a sanitizer, status 70 or one that the contract does not have;
- a run that goes on long after its --deadline;
- an error exit without a clear line on stderr, or a line that is not the program's or is unprintable;
- JSON that is not JSON; a temporary file that stays; a file of -o after a failure;
- a destination or journal after which the next run, against a correct server, fails.

Findings are kept below DIR (default fuzz-findings), with all that is needed to see them. Exit 1 if there are any.
"""
import argparse
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402

STATUSES = {0, 1, 64, 65, 66, 67, 68, 69, 71, 73, 74, 75, 76, 77, 78}
DEADLINE = 6  # seconds, given to the program
INTERESTING = [b"\0", b"\r", b"\n", b"\r\n", b"\r\n.\r\n", b".", b"..", b" ", b"\t", b"-", b"\x1b[2J", b"\xff", b"\xc3\xa4",
               b"0", b"-1", b"2147483648", b"18446744073709551616", b"99999999999999999999999", b"=?utf-8?q?", b"?=", b"<", b">",
               b"@", b"\"", b"%s%n", b"A" * 600, b"x" * 9000, b"250 ", b"250-", b"+OK ", b"-ERR ", b"500 what\r\n", b"421 bye\r\n",
               b"400 bye\r\n", b"480 login\r\n", b"354 go\r\n", b"From ", b"\xef\xbb\xbf"]


def mutate(rng, data):
    """Change a few octets at random places."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(data) + 1)
        size = rng.choice((1, 1, 2, 4, 16, 64, 256))
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[at:at + size]
        elif kind == 2:
            data[at:at] = rng.choice(INTERESTING)
        elif kind == 3:
            data[at:at + size] = rng.choice(INTERESTING)
        elif kind == 4:
            data[at:at] = data[at:at + size] * rng.choice((1, 2, 50))
        elif kind == 5:
            numbers = list(re.finditer(rb"\d+", data))
            if numbers:
                n = rng.choice(numbers)
                data[n.start():n.end()] = rng.choice((b"0", b"1", b"-1", b"4294967296", b"18446744073709551615", b"9" * 40, b""))
        else:
            lines = bytes(data).split(b"\n")
            i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            data = bytearray(b"\n".join(lines))
    return bytes(data)


class Play:
    """The connections of one run: a correct server, some of whose replies are mutated."""

    def __init__(self, rng, make, honest):
        self.rng, self.make = rng, make
        hits = 0 if honest else rng.choice((1, 1, 2, 3, 6))
        self.marked = {rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 14, 20)) for _ in range(hits)}
        self.count = 0
        self.log = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        for _ in range(50):
            try:
                c = self.listener.accept()[0]
            except OSError:
                break
            with c:
                try:
                    self.serve(c, self.make())
                except OSError:
                    pass

    def end(self):
        """The program has ended, so the connection has too."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def say(self, c, data, deflate):
        """Send a reply, mutated in some cases. False: close the connection."""
        honest, go_on = data, True
        self.count += 1
        if self.count - 1 in self.marked:
            how = self.rng.randrange(12)
            if how == 0:
                go_on, data = False, data[:self.rng.randrange(len(data) + 1)]
            elif how == 1:
                data = b""  # no reply at all
            elif how == 2:
                data += data
            elif how == 3:
                data += self.rng.choice((b"500 what\r\n", b"-ERR what\r\n", b"+OK\r\n", b"250 ok\r\n", b"200 ok\r\n"))
            else:
                data = mutate(self.rng, data)
        self.log.append(b"S%s %r\n" % (b":" if data == honest else b"!", data))
        if deflate is not None:
            data = deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
            if self.count - 1 in self.marked and self.rng.randrange(2) == 0:
                data = mutate(self.rng, data)
        c.sendall(data)
        return go_on

    def serve(self, c, server):
        pending, deflate, inflate = b"", None, None
        if not self.say(c, server.greeting(), None):
            return
        while True:
            got = c.recv(65536)
            if not got:
                return
            pending += inflate.decompress(got) if inflate is not None else got
            while pending:
                if server.octets:
                    n = min(server.octets, len(pending))
                    pending, server.octets = pending[n:], server.octets - n
                    reply = server.chunk() if server.octets == 0 else b""
                else:
                    line, lf, rest = pending.partition(b"\n")
                    if not lf:
                        break
                    pending = rest
                    if not server.data:
                        self.log.append(b"C: %r\n" % line)
                    reply = server.reply(line + lf)
                if reply and not self.say(c, reply, deflate):
                    return
                if server.deflate and deflate is None:
                    deflate, inflate = zlib.compressobj(wbits=-15), zlib.decompressobj(wbits=-15)


# The runs: the server, the words after the URL, and `many` if the verb has several items that can fail. {m} is a
# message, {x} an mbox, {n} a newsrc file, {b} a batch, {j} a journal, {s} a spool.
MANY = True
def jobs():
    pop, nntp, smtp, lmtp = servers.Pop, servers.Nntp, servers.Smtp, servers.Lmtp
    rows = [(pop, verb, False) for verb in
            ("stat", "list", "list 2", "uidl", "capa", "info", "has TOP", "dele 1", "cmd NOOP", "welcome", "quit", "top 1 3",
             "retr 1", "-o out retr 2", "--json retr 1", "--json list", "--json capa", "--json info")]
    rows += [(pop, verb, MANY) for verb in
             ("retr 1 2 3 4", "fetch", "fetch -d M/", "fetch -d box", "fetch --raw", "--json fetch", "fetch --new -d M/ --state {j}",
              "drain -d M/", "drain -d box", "drain -d M/ --state {j}", "--json drain -d M/ --state {j}", "drain -d M/ --keep 1d --state {j}",
              "drain -d |cat>>got", "--no-pipelining drain -d M/", "-b {b}", "--json -b {b}", "--netrc {c} stat", "--config {f} stat",
              "--auth cram-md5 stat", "--auth scram-sha-256 stat", "--auth login stat", "--auth apop stat")]
    rows += [(nntp, verb, False) for verb in
             ("group misc.test", "list", "list newsgroups", "--json list", "date", "help", "capabilities", "--json capabilities", "info",
              "newgroups 3d", "newnews misc.* 3d", "listgroup misc.test", "description misc.test", "stat misc.test 1", "head misc.test 2",
              "--json over misc.test 1-4", "hdr Subject misc.test 1-4", "post {m}", "ihave <9@example.org> {m}", "next", "xpath <1@example.org>",
              "-o out article misc.test 1", "--auth plain date", "--auth user date", "--auth cram-md5 date")]
    rows += [(nntp, verb, MANY) for verb in
             ("over misc.test 1-4", "over -n 2 misc.test", "over --decode -F number,subject,:bytes misc.test 1-4", "article misc.test 1-4",
              "over --newsrc {n} misc.test", "fetch -d M/ --newsrc {n} misc.test", "fetch -d M/ --newsrc {n}", "fetch -d box misc.test 1-3",
              "--json fetch -d M/ misc.test", "--compress on over misc.test 1-4", "--compress on hdr Subject misc.test 1-4", "--compress on article misc.test 1-4",
              "-b {b}", "--json -b {b}")]
    rows += [(smtp, verb, False) for verb in
             ("ehlo", "--json ehlo", "helo", "info", "vrfy a", "expn list", "help", "noop", "has SIZE", "cmd NOOP", "send -f a@example.org -m {m} b@example.org",
              "--json send -f a@example.org -m {m} b@example.org", "--auth plain noop", "--auth scram-sha-1 noop", "--auth login noop")]
    rows += [(server, verb, MANY) for server in (smtp, lmtp) for verb in
             ("send -t -m {m}", "send -f a@example.org -m {m} b@example.org c@example.org d@example.org", "send --mbox {x} -f a@example.org b@example.org",
              "send --no-chunking -t -m {m} -m {m}", "send --spool {s} -t -m {m}", "flush {s}", "--json flush {s}", "-b {b}", "--json -b {b}",
              "--no-pipelining send --all-or-none -m {m} -f a@example.org b@example.org c@example.org")]
    rows += [(None, verb, MANY) for verb in ("-t", "-f a@example.org b@example.org", "-i -t -F Name", "root")]
    return [(server, verb.split(" "), many) for server, verb, many in rows]


# Added to a part of the runs.
MORE = [[], [], [], ["--transcript", "t"], ["--no-pipelining"], ["--crlf"], ["--json"], ["-q"], ["--tls", "starttls"],
        ["--max-size", "100"], ["--limit", "1"]]
MORE_OF = {"pop": [["--no-capa"]], "nntp": [["--reader"], ["--compress", "on"], ["--compress", "off"]], "smtp": [["--helo", "x.example"]]}

BATCHES = {
    "pop": b"stat\nlist\n-retr 9\nretr 1\ntop 2 1\n'uidl' 1 # comment\nfetch -d M/\ndele 1\nquit\n",
    "nntp": b"group misc.test\nover 1-2\n-article 99\nhead 1\nnext\nlast\npost {m}\nlist \"newsgroups\" misc.*\nquit\n",
    "smtp": b"mail a@example.org\nrcpt b@example.org\n-rcpt c@example.org\ndata {m}\nsend -f a@example.org -m {m} b@example.org\nvrfy x\nquit\n",
}
NETRC = (b"machine 127.0.0.1 login alice password secret\nmacdef init\ncd /\n\ndefault login \"bob\" password \"a\\\"b\" account x port 110\n")
CONFIG = b"# c\n[pop]\ntimeout = 5\n\n[smtp work]\nserver = smtp://127.0.0.1:1\nsender = me@example.org, *@x\n\n[sendmail]\ndomain = example.org\nlog = syslog\n"
NEWSRC = b"misc.test: 1-2,4\nmisc.other! 1-10\nalt.x:\n"


class Case:
    def __init__(self, args, seed, index):
        self.args, self.name = args, "%d:%d" % (seed, index)
        self.rng = random.Random("%d:%d" % (seed, index))
        rows = jobs()
        # Round robin first, so that even a short run tries each job.
        self.server, self.words, self.many = rows[index % len(rows)]
        self.compression = ("deflate", "gzip", "terminator", "xzver")[index // len(rows) % 4]
        if self.server is not None:
            scheme = self.server.scheme.replace("lmtp", "smtp")
            more = self.rng.choice(MORE + MORE_OF[scheme])
            if more[:1] not in (["--max-size"], ["--limit"]) or "fetch" in self.words or "drain" in self.words:
                self.words = (self.words + more) if more[:1] in (["--max-size"], ["--limit"]) else (more + self.words)
        self.dir = tempfile.mkdtemp(prefix="mailnet-fuzz.")
        self.files, self.log = {}, []
        self.files_too = self.rng.randrange(3) == 0

    def put(self, name, data, mode=0o600):
        """Write a file of the run, mutated in some cases."""
        if self.files_too and self.rng.randrange(2) == 0:
            data = mutate(self.rng, data)
        path = os.path.join(self.dir, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, mode), "wb") as f:
            f.write(data)
        return path

    def lay_out(self):
        message = self.rng.choice(servers.MESSAGES).replace(b"\r\n", b"\n")
        letter = {"m": ("m", message), "x": ("x", b"From a@example.org Fri Nov 20 12:00:00 2026\n" + message + b"\nFrom b\n" + message),
                  "n": ("rc", NEWSRC), "c": ("netrc.other", NETRC), "f": ("config", CONFIG)}
        os.mkdir(os.path.join(self.dir, "tmp"))
        for key, (name, data) in letter.items():
            self.files["{%s}" % key] = self.put(name, data)
        if self.server is not None and self.server.scheme in ("pop", "nntp", "smtp", "lmtp"):
            batch = BATCHES["smtp" if self.server is servers.Lmtp else self.server.scheme]
            self.files["{b}"] = self.put("batch", batch.replace(b"{m}", self.files["{m}"].encode()))
        self.put(".netrc", b"machine 127.0.0.1 login alice password secret\n")
        self.message = message
        for key, name in (("{j}", "journal"), ("{s}", "spool")):
            source = os.path.join(self.args.world, name)
            self.files[key] = os.path.join(self.dir, name)
            if os.path.isdir(source):
                shutil.copytree(source, self.files[key])
                for root, _, names in os.walk(self.files[key]):
                    for n in names:
                        self.change(os.path.join(root, n))
            elif os.path.exists(source):
                shutil.copy(source, self.files[key])
                self.change(self.files[key])

    def change(self, path):
        if self.files_too:
            with open(path, "rb") as f:
                data = f.read()
            with open(path, "wb") as f:
                f.write(mutate(self.rng, data))

    def command(self, port):
        words = [self.files.get(w, w) for w in self.words]
        if self.server is None:
            return [self.args.mailnet, "sendmail"] + words
        scheme = self.server.scheme
        applet = "smtp" if scheme == "lmtp" else scheme
        login = ["-u", "alice"] if "--auth" in words else []
        return [self.args.mailnet, applet, "-s", "%s://127.0.0.1:%d" % (scheme, port), "--timeout", "2", "--deadline", str(DEADLINE)] + login + words

    def config(self):
        """Write a configuration with the timeouts for sendmail, which has no options for them."""
        path = os.path.join(self.dir, "waits")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
            f.write(b"[smtp]\ntimeout = 2\ndeadline = %d\n" % DEADLINE)
        return path if self.server is None else ""

    def environment(self, port):
        env = dict(os.environ, HOME=self.dir, TMPDIR=os.path.join(self.dir, "tmp"), LC_ALL="C.UTF-8", MAILNET_CONFIG=self.config(),
                   MAILNET_SMTP="smtp://127.0.0.1:%d" % port, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="print_stacktrace=1")
        for name in ("NETRC", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "MAILNET_SPOOL", "MAILNET_POP", "MAILNET_NNTP", "NNTPSERVER"):
            env.pop(name, None)
        return env

    def make_server(self):
        s = (self.server or servers.Smtp)()
        if "--compress" in self.words and self.server is servers.Nntp:
            s.compression = self.compression
        if "--auth" in self.words:
            s.mechanisms = b"PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256"
        return s

    def start(self, honest):
        """Run the program once. False: it had to be killed."""
        play = Play(self.rng, self.make_server, honest)
        self.argv, ended = self.command(play.port), True
        with open(os.path.join(self.dir, "stdin"), "rb") as stdin:
            p = subprocess.Popen(self.argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(play.port),
                                 cwd=self.dir)
            try:
                self.out, self.err = p.communicate(timeout=self.args.patience)
            except subprocess.TimeoutExpired:
                ended = False
                p.kill()
                self.out, self.err = p.communicate()
        play.end()
        self.status, self.log = p.returncode, self.log + [b"-- connection\n"] + play.log
        return ended

    def run(self):
        """The findings, as texts."""
        self.lay_out()
        with open(os.path.join(self.dir, "stdin"), "wb") as f:
            f.write(mutate(self.rng, self.message) if self.files_too else self.message)
        if not self.start(self.files_too and self.rng.randrange(2) == 0):
            return ["still running after %d seconds" % self.args.patience]
        findings = list(self.judge())
        if findings or self.status == 64 or self.files_too or not {"fetch", "drain"} & set(self.words) or "starttls" in self.words:
            return findings
        if not self.start(True) or self.status not in (0, 1):
            return ["the next run fails: status %d" % self.status]
        return ["in the next run: " + x for x in self.judge()]

    def judge(self):
        if self.status < 0:
            yield "died by signal %d" % -self.status
        elif b"Sanitizer" in self.err or b"runtime error:" in self.err:
            yield "sanitizer report"
        elif self.status not in STATUSES:
            yield "status %d is not one of the contract" % self.status
        else:
            yield from self.judge_stderr()
            yield from self.judge_output()
        yield from self.judge_files()

    def judge_stderr(self):
        lines = self.err.split(b"\n")
        if lines.pop() != b"":
            yield "stderr does not end with a line end"
        for line in lines:
            if re.search(rb"[\0-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", line):
                yield "control characters on stderr: %r" % line[:200]
            if not re.match(rb"mailnet( [a-z]+)?: .|\S+: \d\d\d", line):
                yield "a line on stderr is not an error of the program: %r" % line[:200]
        if self.status >= 64 and not lines:
            yield "status %d without an error" % self.status
        if self.status >= 64 and not self.many and len([x for x in lines if b"warning" not in x]) != 1:
            yield "%d lines on stderr for one error: %r" % (len(lines), self.err[:400])

    def judge_output(self):
        if "--json" not in self.words:
            return
        for line in self.out.split(b"\n")[:-1]:
            try:
                json.loads(line.decode())
            except ValueError as e:
                yield "not JSON (%s): %r" % (e, line[:200])
        if self.out and not self.out.endswith(b"\n"):
            yield "the last JSON record has no end"

    def judge_files(self):
        if os.listdir(os.path.join(self.dir, "tmp")):
            yield "left in TMPDIR: %s" % os.listdir(os.path.join(self.dir, "tmp"))
        if self.status != 0 and os.path.exists(os.path.join(self.dir, "out")):
            yield "-o left a file after a failure"
        names = os.listdir(self.dir)
        for name in names:
            if re.match(r"(out|rc|box|M|journal)\.[0-9a-f]{8,}$", name) or name in ("journal.new", "box.lock", "rc.lock"):
                yield "left behind: %s" % name
        tmp = os.path.join(self.dir, "M/tmp")
        if os.path.isdir(tmp) and os.listdir(tmp):
            yield "left in the Maildir: tmp/%s" % os.listdir(tmp)[0]

    def keep(self, findings):
        to = os.path.join(self.args.keep, self.name.replace(":", "-"))
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.dir, to)
        with open(os.path.join(to, "finding"), "wb") as f:
            f.write(("\n".join(findings) + "\n%s\nstatus %s\n" % (" ".join(self.argv), self.status)).encode())
            f.write(b"-- stderr\n" + self.err[:20000] + b"\n-- stdout\n" + self.out[:2000] + b"\n-- server\n" + b"".join(self.log)[:20000])

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def make_world(args):
    """A journal and a spool as the program itself writes them, to be mutated."""
    args.world = tempfile.mkdtemp(prefix="mailnet-fuzz-world.")
    play = Play(random.Random(0), servers.Pop, True)
    env = dict(os.environ, HOME=args.world, MAILNET_CONFIG="", ASAN_OPTIONS="detect_leaks=0")
    subprocess.run([args.mailnet, "pop", "-s", "pop://127.0.0.1:%d" % play.port, "--no-netrc", "fetch", "--new", "-d",
                    args.world + "/M/", "--state", args.world + "/journal"], env=env, check=False, timeout=args.patience)
    play.end()
    for i in range(2):
        subprocess.run([args.mailnet, "smtp", "-s", "smtp://127.0.0.1:1", "--no-netrc", "send", "--spool", args.world + "/spool", "-f",
                        "a@example.org", "b@example.org", "c%d@example.org" % i], env=env, check=False, timeout=args.patience,
                       input=servers.MESSAGES[i], stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description="fuzz the whole program")
    parser.add_argument("mailnet")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cases", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", help="run this one only")
    parser.add_argument("--patience", type=float, default=60, help="seconds until a run counts as hung, on a slow machine too")
    parser.add_argument("--keep", default="fuzz-findings")
    args = parser.parse_args()
    args.mailnet = os.path.abspath(args.mailnet)
    make_world(args)
    todo = [tuple(map(int, args.case.split(":")))] if args.case else ((args.seed, i) for i in range(args.cases))
    end, runs, bad, statuses = time.monotonic() + args.seconds, 0, 0, {}
    for seed, index in todo:
        if time.monotonic() > end and not args.case:
            break
        case = Case(args, seed, index)
        findings = case.run()
        runs += 1
        statuses[case.status] = statuses.get(case.status, 0) + 1
        if findings:
            bad += 1
            case.keep(findings)
            print("case %s: %s\n    %s" % (case.name, "; ".join(findings), " ".join(case.argv)), flush=True)
        case.close()
    shutil.rmtree(args.world, ignore_errors=True)
    print("program: %d runs, %d findings; statuses %s" % (runs, bad, " ".join("%d*%d" % (n, s) for s, n in sorted(statuses.items()))))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
