/* floor_journal.c - see floor_journal.h. */
#include "floor_journal.h"

#include <err.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
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

/* Base64 without padding. */
static char *
base64(char *to, const unsigned char *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned v = 0, bits = 0;

	for (size_t i = 0; i < n; i++) {
		v = v << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			*to++ = digits[v >> (bits - 6) & 63];
	}
	if (bits != 0)
		*to++ = digits[v << (6 - bits) & 63];
	return to;
}

/* A checksum of 64 bits (FNV-1a). */
static uint64_t
checksum(const char *p, size_t n)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 1099511628211u;
	return h;
}

void
journal_message(long i, const char *header, size_t n)
{
	unsigned char digest[32];
	char *line = text + used, *p = line + 11;
	uint64_t check;

	gnutls_hash_fast(GNUTLS_DIG_SHA256, header, n, digest);
	*p++ = 'S';
	p = base64(p, digest, 24); /* of the header, and as if of a destination */
	p += sprintf(p, "%ld - %ld %s", list[i].size, (long)time(NULL), list[i].uid);
	check = checksum(line + 11, p - line - 11);
	memcpy(digest, &check, sizeof check);
	base64(line, digest, sizeof check);
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
