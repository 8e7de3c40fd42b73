/*
 * floor.c - the least a client can do: the bench holds programs against it.
 *
 * usage: floor [-t CAFILE] [-n COUNT -d DIR | -m FILE | -r RECIPIENTS] PORT [FILE...]
 *              <CONVERSATION >ANSWERS
 *
 * Sends the FILEs, or stdin, to 127.0.0.1 without ever waiting for an answer, and writes what comes, as it comes,
 * to stdout: no status is looked at, no dot undone, no line end changed, nothing synced. -t: in TLS,
 * with the certificate verified.
 *
 * -d, -m: the answers are those of a POP server to USER, PASS and COUNT times RETR. The messages go
 * into a Maildir (its tmp/ and new/ are there) or an mbox as every program has to put them there: dots
 * undone, lines ended by LF, From_ lines quoted, on stable storage before they are shown. But all are
 * one group, nothing is checked, remembered, locked or named by its content, and no wait is bounded.
 *
 * -r: the FILEs are messages with LF, to be sent to so many recipients (floor_mail.h).
 */
#include <arpa/inet.h>
#include <bsd/stdlib.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "floor_mail.h"

#define SIZE  65536
#define AGAIN (-2)
#define FIRST 3 /* replies before the first message: greeting, USER, PASS */

static int sock;
static gnutls_session_t tls;
static char **files;    /* to be sent; NULL: stdin is */
static long recipients; /* of messages; 0: the files are the conversation */

static int store = -1; /* the mbox, or the directory of the Maildir; -1: neither */
static bool mbox;
static int file;           /* the message under way, of a Maildir */
static long messages;      /* wanted */
static long replies, done; /* status lines and messages so far */
static char mail[SIZE];    /* not yet written */
static size_t filled;

static int
dial(int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&in, sizeof(in)) < 0)
		err(75, "port %d", port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void
start_tls(const char *ca)
{
	gnutls_certificate_credentials_t cred;
	int r;

	gnutls_certificate_allocate_credentials(&cred);
	if (gnutls_certificate_set_x509_trust_file(cred, ca, GNUTLS_X509_FMT_PEM) < 1)
		errx(66, "%s", ca);
	gnutls_init(&tls, GNUTLS_CLIENT);
	gnutls_set_default_priority(tls);
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, cred);
	gnutls_session_set_verify_cert(tls, "localhost", 0);
	gnutls_transport_set_int(tls, sock);
	while ((r = gnutls_handshake(tls)) < 0)
		if (gnutls_error_is_fatal(r))
			errx(77, "handshake: %s", gnutls_strerror(r));
}

static ssize_t
result(ssize_t r)
{
	if (tls != NULL && r < 0)
		return gnutls_error_is_fatal(r) ? -1 : AGAIN;
	return r < 0 && (errno == EAGAIN || errno == EINTR) ? AGAIN : r;
}

/* Reads more of what is to be sent; 0 at the end of all. */
static ssize_t
more(char *p, size_t size)
{
	static int fd = -1;
	ssize_t n;

	if (recipients > 0)
		return mail_more(p, size);
	if (files == NULL)
		return read(0, p, size);
	for (;;) {
		if (fd < 0 && *files == NULL)
			return 0;
		if (fd < 0 && (fd = open(*files++, O_RDONLY | O_CLOEXEC)) < 0)
			err(66, "%s", files[-1]);
		n = read(fd, p, size);
		if (n != 0)
			return n;
		close(fd);
		fd = -1;
	}
}

/* The buffer is filled before it is sent, as far as there is something. */
static ssize_t
fill(char *p, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size && (n = more(p + have, size - have)) > 0)
		have += n;
	return have;
}

/* Sends more; false when all has gone. */
static bool
give(void)
{
	static char out[SIZE];
	static ssize_t have, at;
	ssize_t n;

	if (at == have) {
		at = 0;
		have = fill(out, SIZE);
		if (have <= 0)
			return false;
	}
	n = result(tls != NULL ? gnutls_record_send(tls, out + at, have - at)
			       : send(sock, out + at, have - at, MSG_NOSIGNAL));
	if (n == -1)
		errx(75, "connection lost while sending");
	at += n > 0 ? n : 0;
	return true;
}

static void
keep(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0)
			err(74, "write");
		p += w;
		n -= w;
	}
}

/* ---- mail -------------------------------------------------------------------------------------- */

/* The file for the next message. */
static void
next_file(void)
{
	char path[64];

	snprintf(path, sizeof(path), "tmp/%ld", done);
	file = openat(store, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		err(73, "%s", path);
}

static void
flush(void)
{
	keep(mbox ? store : file, mail, filled);
	filled = 0;
}

static void
add(const char *p, size_t n)
{
	if (n > sizeof(mail) - filled)
		flush();
	if (n >= sizeof(mail)) {
		keep(mbox ? store : file, p, n);
		return;
	}
	memcpy(mail + filled, p, n);
	filled += n;
}

static void
begin(void)
{
	if (mbox)
		add("From bench Fri Nov 20 12:00:00 2026\n", 36);
	else
		next_file();
}

static void
end(void)
{
	if (mbox) {
		add("\n", 1);
	} else {
		flush();
		if (messages > 1)
			close(file);
	}
	done++;
}

static bool
is_from(const char *p, const char *nl)
{
	while (*p == '>')
		p++;
	return nl - p > 5 && memcmp(p, "From ", 5) == 0;
}

/* A line that ends in CR LF: of a reply, or of a message, or a message's end. */
static void
take_line(const char *p, const char *nl)
{
	static bool in_message;

	if (!in_message) {
		in_message = ++replies > FIRST && done < messages;
		if (in_message)
			begin();
		return;
	}
	if (*p == '.' && ++p == nl - 1) {
		in_message = false;
		end();
		return;
	}
	if (mbox && (*p == 'F' || *p == '>') && is_from(p, nl))
		add(">", 1);
	add(p, nl - 1 - p);
	add("\n", 1);
}

/* Takes the whole lines; the length of what is left. */
static size_t
split(char *p, size_t n)
{
	char *nl;

	while ((nl = memchr(p, '\n', n)) != NULL) {
		take_line(p, nl);
		n -= nl + 1 - p;
		p = nl + 1;
	}
	return n;
}

static void
sync_new(void)
{
	int fd = openat(store, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		err(74, "new");
	close(fd);
}

/* All is there: make it durable, then show it. */
static void
publish(void)
{
	char from[64], to[64];

	if (mbox)
		flush();
	if ((mbox || done == 1 ? fsync(mbox ? store : file) : syncfs(store)) < 0)
		err(74, "sync");
	for (long i = 0; i < done && !mbox; i++) {
		snprintf(from, sizeof(from), "tmp/%ld", i);
		snprintf(to, sizeof(to), "new/%ld", i);
		if (renameat(store, from, store, to) < 0)
			err(73, "%s", to);
	}
	if (!mbox)
		sync_new();
}

/* ---- the connection ---------------------------------------------------------------------------- */

/* Takes what has come; false at the end. */
static bool
take(void)
{
	static char in[SIZE];
	static size_t left; /* of a line whose end has not come */
	ssize_t n = result(tls != NULL ? gnutls_record_recv(tls, in + left, SIZE - left)
				       : recv(sock, in + left, SIZE - left, 0));

	if (n == AGAIN)
		return true;
	if (n <= 0)
		return false;
	if (store < 0) {
		keep(1, in, n);
		return true;
	}
	n += left;
	left = split(in, n);
	memmove(in, in + n - left, left);
	return true;
}

static void
open_store(const char *path, bool is_mbox)
{
	mbox = is_mbox;
	store = mbox ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
		     : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store < 0)
		err(73, "%s", path);
}

static void
talk(void)
{
	struct pollfd pfd = {.fd = sock};
	bool sending = true;

	do {
		pfd.events = sending ? POLLIN | POLLOUT : POLLIN;
		pfd.revents = POLLIN;
		if ((tls == NULL || gnutls_record_check_pending(tls) == 0) && poll(&pfd, 1, -1) < 0)
			err(71, "poll");
		if (pfd.revents & POLLOUT)
			sending = give();
	} while (!(pfd.revents & (POLLIN | POLLHUP | POLLERR)) || take());
}

int
main(int argc, char **argv)
{
	const char *ca = NULL, *bad = NULL;
	int o, port;

	while ((o = getopt(argc, argv, "t:n:d:m:r:")) != -1) {
		if (o == 't')
			ca = optarg;
		else if (o == 'n')
			messages = (long)strtonum(optarg, 1, 1000000, &bad);
		else if (o == 'd' || o == 'm')
			open_store(optarg, o == 'm');
		else if (o == 'r')
			recipients = (long)strtonum(optarg, 1, 1000000, &bad);
		else
			return 64;
	}
	port = optind < argc ? (int)strtonum(argv[optind], 1, 65535, &bad) : 0;
	if (port == 0 || bad != NULL || (store >= 0 && messages == 0))
		errx(64,
			"usage: floor [-t CAFILE] [-n COUNT -d DIR | -m FILE | -r RECIPIENTS] PORT "
			"[FILE...] <CONVERSATION >ANSWERS");
	if (optind + 1 < argc)
		files = argv + optind + 1;
	if (recipients > 0)
		mail_measure(argv + optind + 1, recipients);
	sock = dial(port);
	if (ca != NULL)
		start_tls(ca);
	fcntl(sock, F_SETFL, O_NONBLOCK);
	talk();
	if (store >= 0)
		publish();
	if (done != messages)
		errx(76, "%ld of %ld messages", done, messages);
	return 0;
}
