/* floor_mail.c - see floor_mail.h. */
#include "floor_mail.h"

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE 65536

static char **files; /* the next file, or NULL */
static long rcpts;
static size_t *octets; /* of each file from the next on, in CRLF form */

static char *talk; /* commands to be sent before the next part of the file */
static size_t talk_at, talk_size;

static int fd = -1; /* the file that is being sent */
static char in[SIZE];
static size_t from, to; /* in[from .. to) is read and not sent */

static int
open_file(const char *name)
{
	int opened = open(name, O_RDONLY | O_CLOEXEC);

	if (opened < 0)
		err(66, "%s", name);
	return opened;
}

static size_t
measure(const char *name)
{
	size_t count = 0;
	ssize_t n;

	fd = open_file(name);
	while ((n = read(fd, in, sizeof(in))) > 0) {
		count += n;
		for (const char *p = in; (p = memchr(p, '\n', in + n - p)) != NULL; p++)
			count++;
	}
	close(fd);
	fd = -1;
	return count;
}

void
mail_measure(char **names, long recipients)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	files = names;
	rcpts = recipients;
	octets = calloc(n + 1, sizeof(*octets));
	if (octets == NULL)
		err(71, "calloc");
	for (size_t i = 0; i < n; i++)
		octets[i] = measure(names[i]);
	talk = strdup("EHLO localhost\r\n");
	talk_size = strlen(talk);
}

/* Prepares the envelope of the next message, or QUIT. False: QUIT was returned before. */
static bool
next(void)
{
	FILE *out;

	if (files == NULL)
		return false;
	free(talk);
	talk_at = 0;
	out = open_memstream(&talk, &talk_size);
	if (out == NULL)
		err(71, "open_memstream");
	if (*files != NULL) {
		fd = open_file(*files++);
		fprintf(out, "MAIL FROM:<bench@example.org> SIZE=%zu\r\n", *octets);
		for (long i = 1; i <= rcpts; i++)
			fprintf(out, "RCPT TO:<rcpt%ld@example.org>\r\n", i);
		fprintf(out, "BDAT %zu LAST\r\n", *octets++);
	} else {
		fputs("QUIT\r\n", out);
		files = NULL;
	}
	fclose(out);
	return true;
}

/* Reads the next part of the file. False: the file is at its end. */
static bool
read_on(void)
{
	ssize_t n = read(fd, in, sizeof(in));

	if (n < 0)
		err(74, "read");
	from = 0;
	to = n;
	if (n > 0)
		return true;
	close(fd);
	fd = -1;
	return false;
}

ssize_t
mail_more(char *p, size_t size)
{
	size_t done = 0;

	for (;;) {
		const char *line = in + from, *nl;
		size_t n = talk_size - talk_at;

		if (n > 0) {
			n = n < size - done ? n : size - done;
			memcpy(p + done, talk + talk_at, n);
			talk_at += n;
			done += n;
			if (talk_at < talk_size)
				return done;
		} else if (fd < 0) {
			if (!next())
				return done;
		} else if (from < to) {
			nl = memchr(line, '\n', to - from);
			n = (nl != NULL ? nl : in + to) - line;
			if (n + 2 > size - done)
				return done;
			memcpy(p + done, line, n);
			done += n;
			from += n;
			if (nl == NULL)
				continue;
			memcpy(p + done, "\r\n", 2);
			done += 2;
			from++;
		} else {
			(void)read_on();
		}
	}
}
