/* world.c - a mailbox that is drained into a Maildir or an mbox, and the conditions that both must meet. */
#include "attack.h"

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct score score;
bool world_mbox, world_strict;
static bool may_repeat; /* a group is in the mbox, perhaps without its records */

/* The different messages, and how often each was in the full mailbox, is on the server, is at the destination. */
static struct message {
	char *p;
	size_t n;
	int want, here, left;
} * messages;
static size_t nmessages;
static int
	strangers; /* messages in the Maildir or mbox that are incomplete or not among the originals */

static const char *server;
static struct tree full;

/* ---- the world --------------------------------------------------------------------------------- */

static struct message *
find(const char *p, size_t n)
{
	for (size_t i = 0; i < nmessages; i++)
		if (messages[i].n == n && memcmp(messages[i].p, p, n) == 0)
			return &messages[i];
	return NULL;
}

static void
add_message(const char *p, size_t n)
{
	struct message *m = find(p, n);

	if (m == NULL) {
		messages = realloc(messages, (nmessages + 1) * sizeof *messages);
		if (messages == NULL)
			err(71, "out of memory");
		m = &messages[nmessages++];
		*m = (struct message){.p = malloc(n + 1), .n = n};
		memcpy(m->p, p, n);
	}
	m->want++;
}

/* Does a run create this name in the world: Maildir, draft, mbox, lock, state? */
bool
world_is_ours(const char *name)
{
	return strcmp(name, "Mail") == 0 || strncmp(name, "Mail.", 5) == 0 ||
	       strcmp(name, "mbox") == 0 || strncmp(name, "mbox.", 5) == 0 ||
	       strcmp(name, "state") == 0;
}

/* Call f for each such name that exists. */
static int
each_ours(void (*f)(const char *name, void *arg), void *arg)
{
	DIR *d = opendir(".");
	int n = 0;

	if (d == NULL)
		err(71, ".");
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		if (world_is_ours(e->d_name)) {
			n++;
			f(e->d_name, arg);
		}
	closedir(d);
	return n;
}

static void
remove_ours(const char *name, void *arg)
{
	(void)arg;
	tree_remove(name, true);
}

static void
read_ours(const char *name, void *arg)
{
	tree_read(arg, name, true);
}

void
world_open(const char *dir)
{
	server = dir;
	each_file("keep", add_message);
	tree_read(&full, server, false);
	each_ours(read_ours, &full);
}

void
world_restore(const struct tree *t)
{
	each_ours(remove_ours, NULL);
	tree_remove(server, false);
	tree_write(t);
}

void
world_reset(void)
{
	world_restore(&full);
}

void
world_save(struct tree *t)
{
	tree_free(t);
	each_ours(read_ours, t);
	tree_read(t, server, false);
}

/* testserver locks the mailbox during a session: wait for the lock. */
void
world_mailbox(struct tree *t)
{
	int fd = open(server, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		err(71, "%s", server);
	tree_read(t, server, false);
	close(fd);
}

void
world_read_mail(void)
{
	DIR *d = opendir("Mail/new");
	char from[512], to[512];

	if (d == NULL)
		return;
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(from, sizeof from, "Mail/new/%s", e->d_name);
		snprintf(to, sizeof to, "Mail/cur/%s:2,S", e->d_name);
		rename(from, to);
	}
	closedir(d);
}

/* ---- conditions -------------------------------------------------------------------------------- */

static void
count_here(const char *p, size_t n)
{
	struct message *m = find(p, n);

	if (m == NULL)
		strangers++;
	else
		m->here++;
}

static void
count_left(const char *p, size_t n)
{
	struct message *m = find(p, n);

	if (m != NULL)
		m->left++;
}

/* Call `each` for the messages on the server, whose directory may be a Maildir. */
static void
each_left(void (*each)(const char *, size_t))
{
	char path[512];
	struct stat sb;
	const char *const parts[] = {"new", "cur"};
	bool maildir = false;

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", server, parts[i]);
		if (stat(path, &sb) == 0) {
			maildir = true;
			each_file(path, each);
		}
	}
	if (!maildir)
		each_file(server, each);
}

void
complain(const char *what, const char *where)
{
	fprintf(stderr, "-- %s: %s\n", what, where);
	fflush(stderr);
	(void)!system("exec >&2; ls -lR Mail* mbox* state; cat mbox state/journal err");
}

struct count {
	int lost, doubled, left;
};

static struct count
look(void)
{
	struct count c = {0};

	strangers = 0;
	for (size_t i = 0; i < nmessages; i++)
		messages[i].here = messages[i].left = 0;
	/* Count stored messages first: a message that the server removes meanwhile must have been stored before. */
	if (access("Mail/new", F_OK) == 0)
		each_file("Mail/new", count_here);
	if (access("Mail/cur", F_OK) == 0)
		each_file("Mail/cur", count_here);
	if (world_mbox)
		each_in_mbox("mbox", count_here);
	each_left(count_left);
	for (size_t i = 0; i < nmessages; i++) {
		const struct message *m = &messages[i];

		c.left += m->left;
		c.doubled += m->here > (may_repeat ? 2 : 1) * m->want;
		c.lost += m->here + m->left < m->want;
	}
	return c;
}

/* Count until two counts agree: a server that is still ending the last session may rename a message. */
static struct count
look_well(void)
{
	struct timespec pause = {.tv_nsec = 200000000};
	struct count c = look();

	if (c.lost != 0) {
		nanosleep(&pause, NULL);
		c = look();
	}
	return c;
}

static void
judge(const struct count *c, const char *where)
{
	if (c->lost != 0) {
		score.lost++;
		complain("lost", where);
	}
	if (c->doubled != 0) {
		score.doubled++;
		complain("doubled", where);
	}
	if (strangers != 0) {
		score.wrong++;
		complain("no message of ours", where);
	}
}

void
check_middle(const char *where)
{
	struct count c;

	/* While a lock file exists, the next run cuts the mbox off at the offset that the lock file holds. */
	may_repeat = world_mbox && !world_strict && access("mbox.lock", F_OK) == -1;
	c = look_well();
	if (world_mbox)
		strangers = 0;
	judge(&c, where);
}

void
check_untouched(const char *where)
{
	look_well();
	for (size_t i = 0; i < nmessages; i++)
		if (messages[i].here != 0 || messages[i].left != messages[i].want) {
			score.wrong++;
			complain("stored or deleted", where);
			return;
		}
}

static int in_tmp;

static void
count_tmp(const char *p, size_t n)
{
	(void)p;
	(void)n;
	in_tmp++;
}

static void
nothing(const char *name, void *arg)
{
	(void)name;
	(void)arg;
}

void
check_end(const char *where)
{
	struct count c = look_well();

	judge(&c, where);
	in_tmp = 0;
	if (access("Mail/tmp", F_OK) == 0)
		each_file("Mail/tmp", count_tmp);
	/* Only the Maildir or mbox and the state are left: no draft of a Maildir, no lock. */
	if (c.left != 0 || in_tmp != 0 || each_ours(nothing, NULL) != 2) {
		score.wrong++;
		complain("leftover", where);
	}
}
