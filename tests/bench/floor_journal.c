/* floor_journal.c - see floor_journal.h. */
#include "floor_journal.h"

#include <err.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GREETING, CAPA, USER, PASS, STAT, LIST, UIDL, MESSAGES };

struct listed {
	long size;
	char uid[40];
};

static int file = -1;
static struct listed *list;
static long total, at; /* number of messages; current line of LIST or UIDL */
static int answer;     /* the current or next reply */
static bool inside;    /* within a reply of many lines */
static char *text;     /* of the journal */
static size_t used;

void
journal_open(const char *name, long messages)
{
	total = messages;
	list = calloc(messages, sizeof(*list));
	text = malloc(messages * 256);
	file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0 || list == NULL || text == NULL)
		err(73, "%s", name);
}

/* "NUMBER SIZE" or "NUMBER UID" */
static void
take_listed(const char *p, const char *end)
{
	const char *blank = memchr(p, ' ', end - p);
	size_t n;

	if (at >= total || blank == NULL)
		errx(76, "what a listing");
	n = end - blank - 1;
	if (answer == LIST)
		list[at++].size = atol(blank + 1);
	else if (n < sizeof(list->uid))
		memcpy(list[at++].uid, blank + 1, n);
}

bool
journal_takes(const char *p, const char *nl)
{
	if (answer == MESSAGES)
		return false;
	if (inside && *p != '.') {
		if (answer != CAPA)
			take_listed(p, nl - 1);
		return true;
	}
	inside = !inside && (answer == CAPA || answer == LIST || answer == UIDL);
	answer += inside ? 0 : 1;
	at = 0;
	return true;
}

static char *
hex(char *to, const unsigned char *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*to++ = digits[p[i] >> 4];
		*to++ = digits[p[i] & 15];
	}
	return to;
}

void
journal_message(long i, const char *header, size_t n)
{
	unsigned char digest[32];
	char shown[33], *line = text + used, *p = line + 17;

	gnutls_hash_fast(GNUTLS_DIG_SHA256, header, n, digest);
	*hex(shown, digest, 16) = '\0';
	p += sprintf(p, "S %ld %ld %s 0123456789abcdef - =%s", (long)time(NULL), list[i].size,
		shown, list[i].uid);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, line + 17, p - line - 17, digest);
	*hex(line, digest, 8) = ' ';
	*p++ = '\n';
	used = p - text;
}

void
journal_close(void)
{
	if (write(file, text, used) != (ssize_t)used || fdatasync(file) < 0)
		err(74, "journal");
}

const char *
journal_sender(const char *header, size_t n, int *len)
{
	const char *from = memmem(header, n, "\nFrom: ", 7), *open, *close;

	if (from == NULL || (open = memchr(from, '<', header + n - from)) == NULL ||
		(close = memchr(open, '>', header + n - open)) == NULL)
		return NULL;
	*len = (int)(close - open - 1);
	return open + 1;
}
