/* floor_store.c - see floor_store.h. */
#include "floor_store.h"

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "floor_journal.h"

#define SIZE  65536
#define FIRST 3 /* replies before the first message: greeting, USER, PASS */

static int store = -1; /* the mbox, or the directory of the Maildir; -1: neither */
static bool mbox;
static int file;           /* the file of the current message, in a Maildir */
static long messages;      /* number of messages to fetch */
static long replies, done; /* status lines and messages received so far */
static char mail[SIZE];    /* octets not yet written */
static size_t filled;

static bool journal;
static char head[SIZE]; /* the header so far, for the journal */
static size_t head_size;
static bool in_head;

void
floor_keep(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0)
			err(74, "write");
		p += w;
		n -= w;
	}
}

bool
store_is_open(void)
{
	return store >= 0;
}

void
store_open(const char *path, bool is_mbox, long count, const char *journal_file)
{
	mbox = is_mbox;
	messages = count;
	store = mbox ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
		     : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store < 0)
		err(73, "%s", path);
	journal = journal_file != NULL;
	if (journal)
		journal_open(journal_file, messages);
	replies = journal ? FIRST : 0;
}

/* Opens the file for the next message. */
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
	floor_keep(mbox ? store : file, mail, filled);
	filled = 0;
}

static void
add(const char *p, size_t n)
{
	if (n > sizeof(mail) - filled)
		flush();
	if (n >= sizeof(mail)) {
		floor_keep(mbox ? store : file, p, n);
		return;
	}
	memcpy(mail + filled, p, n);
	filled += n;
}

static void
begin(void)
{
	in_head = journal;
	head_size = 0;
	if (mbox && !journal)
		add("From bench Fri Nov 20 12:00:00 2026\n", 36);
	else if (!mbox)
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

/* Takes a line of the header; the body begins after the last one. */
static void
take_header(const char *p, size_t n)
{
	const char *sender = "bench";
	char line[1100];
	int len = 5;

	if (n + 1 > SIZE - head_size)
		errx(76, "what a header");
	memcpy(head + head_size, p, n);
	head_size += n;
	head[head_size++] = '\n';
	if (n != 0)
		return;
	in_head = false;
	journal_message(done, head, head_size);
	if ((p = journal_sender(head, head_size, &len)) != NULL)
		sender = p;
	if (mbox)
		add(line, snprintf(line, sizeof(line), "From %.*s Fri Nov 20 12:00:00 2026\n",
				  len < 1000 ? len : 1000, sender));
	add(head, head_size);
}

/* Takes a line that ends in CR LF: of a reply, of a message, or the final dot. */
static void
take_line(const char *p, const char *nl)
{
	static bool in_message;

	if (journal && journal_takes(p, nl))
		return;
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
	if (in_head) {
		take_header(p, nl - 1 - p);
		return;
	}
	if (mbox && (*p == 'F' || *p == '>') && is_from(p, nl))
		add(">", 1);
	add(p, nl - 1 - p);
	add("\n", 1);
}

size_t
store_split(char *p, size_t n)
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

long
store_publish(void)
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
	if (journal)
		journal_close();
	return done;
}
