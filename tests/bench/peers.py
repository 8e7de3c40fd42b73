"""Python's own clients, as a script would use them.

usage: peers.py over|articles|pop|smtp PORT CAFILE|- COUNT [DEST|FILE...]
"""
import os
import sys
import warnings

warnings.simplefilter("ignore")
HOST = "localhost"


def context(ca):
    import ssl

    return ssl.create_default_context(cafile=ca)


def news(port, ca, group):
    import nntplib

    if ca == "-":
        server = nntplib.NNTP("127.0.0.1", port)
    else:
        server = nntplib.NNTP_SSL(HOST, port, ssl_context=context(ca))
    server.group(group)
    return server


def over(port, ca, count, _):
    server = news(port, ca, "bench.over")
    for number, fields in server.over((1, count))[1]:
        print(number, *fields.values(), sep="\t")
    server.quit()


def articles(port, ca, count, _):
    server = news(port, ca, "bench.articles")
    out = sys.stdout.buffer
    for number in range(1, count + 1):
        out.write(b"From nobody\n")
        for line in server.article(number)[1].lines:
            out.write(line + b"\n")
        out.write(b"\n")
    server.quit()


def pop(port, ca, count, args):
    import poplib

    poplib._MAXLINE = 1 << 20
    if ca == "-":
        server = poplib.POP3("127.0.0.1", port)
    else:
        server = poplib.POP3_SSL(HOST, port, context=context(ca))
    server.user("bench")
    server.pass_("secret")
    total = min(count, server.stat()[0])
    maildir = args[0].endswith("/")
    out = None if maildir else open(args[0], "ab")
    for number in range(1, total + 1):
        lines = server.retr(number)[1]
        if maildir:
            out = open(f"{args[0]}tmp/{number}", "wb")
        else:
            out.write(b"From nobody\n")
        for line in lines:
            out.write(line + b"\n")
        if maildir:
            out.close()
            os.rename(f"{args[0]}tmp/{number}", f"{args[0]}new/{number}")
        else:
            out.write(b"\n")
        server.dele(number)
    server.quit()


def smtp(port, ca, rcpts, files):
    import smtplib

    if ca == "-":
        server = smtplib.SMTP("127.0.0.1", port, local_hostname="localhost")
    else:
        server = smtplib.SMTP_SSL(HOST, port, local_hostname="localhost", context=context(ca))
    to = [f"rcpt{n}@example.org" for n in range(1, rcpts + 1)]
    for name in files:
        with open(name, "rb") as file:
            server.sendmail("bench@example.org", to, file.read())
    server.quit()


if __name__ == "__main__":
    job, port, ca, count = sys.argv[1:5]
    {"over": over, "articles": articles, "pop": pop, "smtp": smtp}[job](
        int(port), ca, int(count), sys.argv[5:]
    )
