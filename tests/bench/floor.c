/*
 * floor.c - the least work that a client has to do. The bench compares programs with it.
 *
 * usage: floor [-t CAFILE] [-n COUNT -d DIR | -m FILE [-j JOURNAL] | -r RECIPIENTS] PORT [FILE...]
 *              <CONVERSATION >ANSWERS
 *
 * Sends the FILEs, or stdin, to 127.0.0.1 without waiting for replies, and writes all received octets unchanged to
 * stdout: it checks no status, removes no dots, changes no line ends, syncs no file. -t: in TLS, with the
 * certificate verified.
 *
 * -d, -m: the replies are those of a POP server to USER, PASS and COUNT times RETR. The messages are stored in
 * a Maildir (tmp/ and new/ exist) or an mbox as every program must store them: dots undone, lines ended by LF,
 * From_ lines quoted, on stable storage before they are published. All messages are one group; nothing is
 * checked, recorded, locked or named by its content, and waits have no limit.
 *
 * -j: the mailbox is listed first, and a journal is written (floor_journal.h), as the floor for a drain: it reads
 * the same octets and writes the same files.
 *
 * -r: the FILEs are messages with LF, to be sent to this number of recipients (floor_mail.h).
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
#include "floor_store.h"

#define SIZE  65536
#define AGAIN (-2)

static int sock;
static gnutls_session_t tls;
static char **files; /* files to be sent; NULL: stdin is sent */
static long
	recipients; /* number of recipients of each message; 0: the files are the whole conversation */

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

/* Reads more octets to send; 0: no more. */
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

/* Fills the buffer before it is sent, as far as there is data. */
static ssize_t
fill(char *p, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size && (n = more(p + have, size - have)) > 0)
		have += n;
	return have;
}

/* Sends more; false: all is sent. */
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

/* ---- the connection ---------------------------------------------------------------------------- */

/* Reads received octets; false: the server has closed. */
static bool
take(void)
{
	static char in[SIZE];
	static size_t left; /* octets of an incomplete line */
	ssize_t n = result(tls != NULL ? gnutls_record_recv(tls, in + left, SIZE - left)
				       : recv(sock, in + left, SIZE - left, 0));

	if (n == AGAIN)
		return true;
	if (n <= 0)
		return false;
	if (!store_is_open()) {
		floor_keep(1, in, n);
		return true;
	}
	n += left;
	left = store_split(in, n);
	memmove(in, in + n - left, left);
	return true;
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
	const char *ca = NULL, *store = NULL, *journal = NULL, *bad = NULL;
	long messages = 0;
	bool mbox = false;
	int o, port;

	while ((o = getopt(argc, argv, "t:n:d:m:j:r:")) != -1) {
		if (o == 't')
			ca = optarg;
		else if (o == 'n')
			messages = (long)strtonum(optarg, 1, 1000000, &bad);
		else if (o == 'd' || o == 'm')
			store = optarg;
		else if (o == 'j')
			journal = optarg;
		else if (o == 'r')
			recipients = (long)strtonum(optarg, 1, 1000000, &bad);
		else
			return 64;
		mbox = mbox || o == 'm';
	}
	port = optind < argc ? (int)strtonum(argv[optind], 1, 65535, &bad) : 0;
	if (port == 0 || bad != NULL || (store != NULL && messages == 0))
		errx(64, "usage: floor [-t CAFILE] [-n COUNT -d DIR | -m FILE [-j JOURNAL] | "
			 "-r RECIPIENTS] PORT [FILE...] <CONVERSATION >ANSWERS");
	if (optind + 1 < argc)
		files = argv + optind + 1;
	if (store != NULL)
		store_open(store, mbox, messages, journal);
	if (recipients > 0)
		mail_measure(argv + optind + 1, recipients);
	sock = dial(port);
	if (ca != NULL)
		start_tls(ca);
	fcntl(sock, F_SETFL, O_NONBLOCK);
	talk();
	if (store != NULL && (o = (int)store_publish()) != messages)
		errx(76, "%d of %ld messages", o, messages);
	return 0;
}
