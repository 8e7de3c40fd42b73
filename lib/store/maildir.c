#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/maildir_priv.h"

#define MANY 8  /* number of files from which one syncfs is faster than an fsync for each */
#define OPEN 64 /* the most files of a group that are open at once */

static int
maildir_begin(struct store *st, const struct store_msg *msg, struct err *e)
{
	struct maildir *m = (struct maildir *)st;
	(void)e;
	if (m->published)
		m->count = 0;
	m->published = false;
	maildir_msg_begin(m, msg);
	return 0;
}

static struct item *
new_item(struct maildir *m)
{
	if (m->count == m->room) {
		m->room = m->room == 0 ? 64 : m->room * 2;
		m->items = mem_resize(m->items, m->room, sizeof *m->items);
	}
	m->items[m->count] = (struct item){.fd = -1};
	return &m->items[m->count];
}

static bool
in_group(const struct maildir *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].name, name) == 0)
			return true;
	return false;
}

static int
scan_once(struct maildir *m, struct err *e)
{
	if (!m->scanned && mdir_scan(&m->d, e) == -1)
		return -1;
	m->scanned = true;
	return 0;
}

static int
sync_each(struct maildir *m, struct err *e)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].fd != -1 && fs_sync(m->items[i].fd, m->d.path, e) == -1)
			return -1;
	return 0;
}

/* Check close(2): NFS may report a failed write only here. */
static int
close_files(struct maildir *m, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (m->items[i].fd == -1)
			continue;
		if (close(m->items[i].fd) == -1 && errno != EINTR && rc == 0)
			rc = err_sys(e, EX_IOERR, "%s", m->d.path);
		m->items[i].fd = -1;
	}
	m->open = 0;
	return rc;
}

/*
 * Close the files of a large group, since a process can open only so many. A later syncfs covers closed files; where
 * syncfs does not report write errors, sync each file before closing it.
 */
static int
close_some(struct maildir *m, struct err *e)
{
	if (m->open < OPEN)
		return 0;
	if (fs_sync_all_reports())
		m->closed = true;
	else if (sync_each(m, e) == -1)
		return -1;
	return close_files(m, e);
}

static int
maildir_end(struct store *st, struct err *e)
{
	struct maildir *m = (struct maildir *)st;
	struct item *it = new_item(m);

	if (maildir_msg_last(m, e) == -1 || scan_once(m, e) == -1)
		return -1;
	maildir_msg_name(m, it->name);
	it->there = set_has(&m->d.stored, mdir_value(it->name)) ||
		    (m->key_only && in_group(m, it->name));
	if ((it->there ? maildir_msg_drop(m, e) : maildir_msg_keep(m, it->name, e)) == -1)
		return -1;
	if (!it->there) {
		it->fd = m->fd;
		m->open++;
	}
	m->fd = -1;
	m->count++;
	return close_some(m, e);
}

static void
maildir_abort(struct store *st)
{
	struct maildir *m = (struct maildir *)st;
	struct err ignored;

	(void)maildir_msg_drop(m, &ignored);
	maildir_msg_end(m);
}

static int
sync_files(struct maildir *m, struct err *e)
{
	/* The descriptor of tmp/ is older than the writes, so syncfs through it reports every write error since. */
	if (m->closed || (m->open >= MANY && fs_sync_all_reports()))
		return fs_sync_all(m->d.fd[MDIR_TMP], m->d.path, e);
	return sync_each(m, e);
}

static int
maildir_prepare(struct store *st, struct err *e)
{
	struct maildir *m = (struct maildir *)st;

	if (m->count == 0 || m->published)
		return 0;
	if (sync_files(m, e) == -1 || fs_sync(m->d.fd[MDIR_TMP], m->d.path, e) == -1)
		return -1;
	m->closed = false;
	return close_files(m, e);
}

static int
maildir_publish(struct store *st, struct err *e)
{
	struct maildir *m = (struct maildir *)st;

	if (m->count == 0 || m->published)
		return 0;
	for (size_t i = 0; i < m->count; i++) {
		if (!m->items[i].there && mdir_show(&m->d, m->items[i].name, e) == -1)
			return -1;
		m->items[i].there = true;
	}
	/* Sync even if all messages were there already: the run that stored them may have been killed before its sync. */
	if (mdir_sync_shown(&m->d, e) == -1)
		return -1;
	m->published = true;
	return 0;
}

static const char *
maildir_name(const struct store *st, size_t i)
{
	const struct maildir *m = (const struct maildir *)st;

	return i < m->count ? m->items[i].name : NULL;
}

/* Find out whether a prepared message is stored. If its file is still in tmp/, publish it now. */
static int
recover_one(struct maildir *m, const char *name, bool *stored, struct err *e)
{
	*stored = false;
	if (!mdir_is_ours(&m->d, name) || name[MDIR_NAME - 1] != '\0')
		return 0;
	if (set_has(&m->d.stored, mdir_value(name))) {
		*stored = true; /* mdir_clean removes a copy in tmp/ */
	} else if (faccessat(m->d.fd[MDIR_TMP], name, F_OK, 0) == 0) {
		*stored = true;
		return mdir_show(&m->d, name, e);
	}
	return 0;
}

static int
maildir_recover(struct store *st, const char *const *names, size_t n, bool *stored, struct err *e)
{
	struct maildir *m = (struct maildir *)st;

	if (n != 0 && scan_once(m, e) == -1)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (recover_one(m, names[i], &stored[i], e) == -1)
			return -1;
	if (n != 0 && mdir_sync_shown(&m->d, e) == -1)
		return -1;
	return mdir_clean(&m->d, e);
}

static void
maildir_taken(struct store *st, uint64_t name)
{
	set_add(&((struct maildir *)st)->used, name);
}

static void
maildir_close(struct store *st)
{
	struct maildir *m = (struct maildir *)st;

	maildir_abort(st);
	for (size_t i = 0; i < m->count; i++) {
		if (m->items[i].fd != -1)
			close(m->items[i].fd);
		if (!m->items[i].there)
			unlinkat(m->d.fd[MDIR_TMP], m->items[i].name, 0);
	}
	mdir_close(&m->d);
	set_free(&m->used);
	hash_free(&m->by_digest);
	free(m->twin);
	buf_free(&m->out);
	free(m->items);
	free(m);
}

struct store *
maildir_open(const char *path, const char *mailbox, struct err *e)
{
	static const struct store_ops ops = {maildir_begin, maildir_end, maildir_abort,
		maildir_prepare, maildir_publish, maildir_name, maildir_recover, maildir_taken,
		maildir_close};
	struct maildir *m = mem_zalloc(sizeof *m);
	m->st = (struct store){.sink = {maildir_msg_write}, .ops = &ops};
	m->fd = -1;
	if (mdir_open(&m->d, path, mailbox, e) == -1) {
		maildir_close(&m->st);
		return NULL;
	}
	return &m->st;
}
