#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/wait.h"
#include "base/work.h"
#include "store/fs.h"
#include "store/header_digest.h"
#include "store/maildir_dir.h"
#include "store/journal_record.h"
#include "store/u64set.h"
#include "store/store.h"

/* A message that ended and is not yet published. */
struct item {
	int fd;     /* its file in tmp/; -1: closed, or stored before */
	bool there; /* it is in new/ or cur/ */
	char name[MDIR_NAME];
};

#define MDIR_DIGEST 16 /* octets of a message's digest that its name has */

/* A digest that several messages of this run have. */
struct twin {
	unsigned char digest[MDIR_DIGEST];
	uint32_t next; /* the count in the next name to try */
};

struct maildir {
	struct store st;
	struct mdir d;
	struct u64set used; /* journal_name_id of the names that messages of this run have */
	struct twin *twin;  /* digests that several messages of this run have */
	size_t twins, twin_room;
	struct hash by_digest; /* from a digest to its index in twin */
	bool scanned;          /* mdir_scan was called */

	/* The current message. */
	int fd;              /* its file in tmp/; -1: still in `out`, without a file */
	char tmp[MDIR_NAME]; /* its file name */
	struct buf id; /* what its digest is made of; so far the key, with its length before it */
	bool key_only; /* the digest is of the key alone */
	struct header_digest sum; /* of its header, without the fields that servers rewrite */
	unsigned char header[HEADER_DIGEST];
	uint64_t octets;
	struct buf out; /* octets not yet written to the file */

	struct item *items; /* the group: messages that have ended since the last publish */
	size_t count, room;
	size_t open;    /* items whose file is open */
	bool closed;    /* some files were closed without fsync: syncfs is needed */
	bool published; /* the group is published; the next message begins a new one */
};

/* ---- the current message ------------------------------------------------------------------------- */

#define PIECE (16 * 1024) /* octets compared at once */

static void
begin_message(struct maildir *m, const struct store_msg *msg)
{
	uint64_t key_len = msg->key != NULL ? msg->key_len : 0;

	/* With its length in front, the key cannot be confused with the octets after it. */
	buf_clear(&m->id);
	buf_add(&m->id, &key_len, sizeof key_len);
	buf_add(&m->id, msg->key, key_len);
	m->key_only = msg->key_only && key_len != 0;
	header_digest_begin(&m->sum);
	m->octets = 0;
	buf_clear(&m->out);
}

/* Create the message's file in tmp/ under a random name. */
static int
create_random(struct maildir *m, struct err *e)
{
	char random[FS_RANDOM];

	fs_random(random);
	snprintf(m->tmp, sizeof m->tmp, "%s.%s", m->d.tag, random);
	m->fd = fs_open(m->d.fd[MDIR_TMP], m->tmp, O_RDWR | O_CREAT | O_EXCL, 0600, EX_CANTCREAT,
		m->d.path, e);
	return m->fd == -1 ? -1 : 0;
}

/* Account for n octets that leave `out`, or end in it. */
static void
add_octets(struct maildir *m, const char *p, size_t n)
{
	struct err never;

	m->octets += n;
	if (!m->key_only && n != 0)
		sink_write(&m->sum.sink, p, n, &never);
}

/* Write n octets; the first call creates the file. EX_CANTCREAT, EX_IOERR. */
static int
write_octets(void *to, const char *p, size_t n, struct err *e)
{
	struct maildir *m = to;

	if (n == 0)
		return 0;
	add_octets(m, p, n);
	if (m->fd == -1 && create_random(m, e) == -1)
		return -1;
	return wait_write(m->fd, p, n, m->d.path, e);
}

static int
maildir_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct maildir *m = (struct maildir *)s;

	return buf_gather(&m->out, p, n, write_octets, m, e);
}

/* The message is complete: write the collected octets, if there is a file. EX_IOERR. */
static int
end_message(struct maildir *m, struct err *e)
{
	int rc = 0;

	if (m->fd != -1)
		rc = write_octets(m, m->out.data, m->out.len, e);
	else
		add_octets(m, m->out.data, m->out.len);
	header_digest_end(&m->sum, m->header);
	return rc;
}

/* ---- its name ------------------------------------------------------------------------------------ */

static void
format_name(
	const struct maildir *m, const unsigned char *digest, uint32_t count, char name[MDIR_NAME])
{
	memcpy(name, m->d.tag, MDIR_TAG);
	name[MDIR_TAG] = '.';
	digest_hex_to(name + MDIR_TAG + 1, digest, MDIR_DIGEST);
	snprintf(name + MDIR_TAG + 1 + 2 * MDIR_DIGEST, 9, "%08x", (unsigned)count);
}

/* n octets of the current message, which are in its file or still in `out`. */
static int
read_message(const struct maildir *m, char *p, size_t n, uint64_t at, struct err *e)
{
	if (m->fd != -1)
		return fs_read_at(m->fd, p, n, at, m->d.path, e);
	memcpy(p, m->out.data + at, n);
	return 0;
}

/* Is the header of the file fd that of the current message? *length: of the file's header. */
static int
is_same_header(
	const struct maildir *m, int fd, uint64_t size, uint64_t *length, bool *same, struct err *e)
{
	struct header_digest sum;
	unsigned char header[HEADER_DIGEST];
	char piece[PIECE];
	uint64_t at = 0;
	int rc = 0;

	header_digest_begin(&sum);
	while (rc == 0 && at < size && at == sum.header) {
		size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;

		rc = fs_read_at(fd, piece, n, at, m->d.path, e);
		if (rc == 0)
			rc = sink_write(&sum.sink, piece, n, e);
		at += n;
	}
	header_digest_end(&sum, header);
	*length = sum.header;
	*same = memcmp(header, m->header, HEADER_DIGEST) == 0;
	return rc;
}

/*
 * Does the file fd hold the current message? Compare the headers' digests, since servers rewrite some fields, and all
 * octets after the header.
 */
static int
is_same(const struct maildir *m, int fd, bool *same, struct err *e)
{
	char ours[PIECE], theirs[PIECE];
	uint64_t header, body = m->octets - m->sum.header;
	struct stat sb;

	if (fstat(fd, &sb) == -1 || !S_ISREG(sb.st_mode)) {
		*same = false;
		return 0;
	}
	if (is_same_header(m, fd, (uint64_t)sb.st_size, &header, same, e) == -1)
		return -1;
	*same = *same && (uint64_t)sb.st_size - header == body;
	for (uint64_t at = 0; *same && at < body;) {
		size_t n = body - at < PIECE ? (size_t)(body - at) : PIECE;

		if (work_check(n, e) == -1 ||
			read_message(m, ours, n, m->sum.header + at, e) == -1 ||
			fs_read_at(fd, theirs, n, header + at, m->d.path, e) == -1)
			return -1;
		*same = memcmp(ours, theirs, n) == 0;
		at += n;
	}
	return 0;
}

/*
 * May the current message have this name? Yes if no other message has it, or if the message is stored already under
 * this name (*there).
 */
static int
try_name(struct maildir *m, const char *name, bool *fits, bool *there, struct err *e)
{
	uint64_t value = journal_name_id(name, MDIR_NAME - 1);
	int fd, rc = 0;

	*there = false;
	*fits = !u64set_has(&m->used, value);
	if (*fits && u64set_has(&m->d.stored, mdir_value(name))) {
		if (mdir_open_stored(&m->d, name, &fd, e) == -1)
			return -1;
		if (fd != -1) {
			rc = is_same(m, fd, there, e);
			close(fd);
		}
		*fits = *there;
	}
	if (*fits)
		u64set_add(&m->used, value);
	return rc;
}

static bool
is_twin(const void *ctx, uint32_t index, const char *digest, size_t n)
{
	return memcmp(((const struct twin *)ctx)[index].digest, digest, n) == 0;
}

static struct twin *
twin_of(struct maildir *m, const unsigned char d[MDIR_DIGEST])
{
	uint32_t at;

	m->twin = mem_grow(m->twin, m->twins, &m->twin_room, sizeof *m->twin);
	at = hash_put(
		&m->by_digest, (const char *)d, MDIR_DIGEST, (uint32_t)m->twins, is_twin, m->twin);
	if (at != HASH_NONE)
		return &m->twin[at];
	memcpy(m->twin[m->twins].digest, d, MDIR_DIGEST);
	m->twin[m->twins].next = 1;
	return &m->twin[m->twins++];
}

static bool
in_group(const struct maildir *m, const char *name)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->items[i].name, name) == 0)
			return true;
	return false;
}

/*
 * Make the name, and find out whether the message is stored already. The name is made from key, header and length, so
 * that a later run finds the message that this run stored. Messages with equal digests are told apart by a count. Two
 * messages of one run with the same key and octets are both stored (some servers have no UIDs); their names are the
 * same in every run, because the messages come in the same order.
 */
static int
make_name(struct maildir *m, struct item *it, struct err *e)
{
	unsigned char d[DIGEST_SHA256];
	uint64_t body = m->octets - m->sum.header;
	struct twin *t;
	bool fits;

	if (!m->key_only) {
		buf_add(&m->id, &body, sizeof body);
		buf_add(&m->id, m->header, sizeof m->header);
	}
	digest_sha256(m->id.data, m->id.len, d);
	format_name(m, d, 0, it->name);
	if (m->key_only) {
		it->there = u64set_has(&m->d.stored, mdir_value(it->name)) || in_group(m, it->name);
		return 0;
	}
	if (try_name(m, it->name, &fits, &it->there, e) == -1)
		return -1;
	if (fits)
		return 0;
	t = twin_of(m, d);
	do {
		format_name(m, d, t->next++, it->name);
		if (try_name(m, it->name, &fits, &it->there, e) == -1)
			return -1;
	} while (!fits);
	return 0;
}

/* ---- its file ------------------------------------------------------------------------------------ */

/*
 * Store the whole message under that name in tmp/; m->fd is its file then. EX_CANTCREAT, EX_IOERR. A message that is
 * still in memory is written under its final name at once. If tmp/ already has a file with this name,
 * left by a killed run, its content cannot be trusted: it is replaced.
 */
static int
keep_file(struct maildir *m, const char *name, struct err *e)
{
	bool whole = m->fd == -1;

	if (whole) {
		memcpy(m->tmp, name, MDIR_NAME);
		m->fd = fs_open(m->d.fd[MDIR_TMP], name, O_WRONLY | O_CREAT | O_EXCL, 0600,
			EX_CANTCREAT, m->d.path, e);
	}
	if (m->fd == -1) {
		if (errno != EEXIST)
			return -1;
		err_clear(e);
		if (create_random(m, e) == -1)
			return -1;
	}
	if (whole && wait_write(m->fd, m->out.data, m->out.len, m->d.path, e) == -1)
		return -1;
	if (strcmp(m->tmp, name) != 0 &&
		renameat(m->d.fd[MDIR_TMP], m->tmp, m->d.fd[MDIR_TMP], name) == -1)
		return err_sys(e, EX_CANTCREAT, "%s/tmp/%s", m->d.path, name);
	return 0;
}

/* Close and remove the message's file, if it has one. EX_IOERR. */
static int
drop_file(struct maildir *m, struct err *e)
{
	if (m->fd == -1)
		return 0;
	close(m->fd);
	m->fd = -1;
	if (unlinkat(m->d.fd[MDIR_TMP], m->tmp, 0) == -1)
		return err_sys(e, EX_IOERR, "%s/tmp/%s", m->d.path, m->tmp);
	return 0;
}

/* ---- the group ----------------------------------------------------------------------------------- */

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
	begin_message(m, msg);
	return 0;
}

static struct item *
new_item(struct maildir *m)
{
	m->items = mem_grow(m->items, m->count, &m->room, sizeof *m->items);
	m->items[m->count] = (struct item){.fd = -1};
	return &m->items[m->count];
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

	if (end_message(m, e) == -1 || scan_once(m, e) == -1 || make_name(m, it, e) == -1)
		return -1;
	if ((it->there ? drop_file(m, e) : keep_file(m, it->name, e)) == -1)
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

	(void)drop_file(m, &ignored);
	header_digest_end(&m->sum, NULL);
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
	if (u64set_has(&m->d.stored, mdir_value(name))) {
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
	u64set_add(&((struct maildir *)st)->used, name);
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
	u64set_free(&m->used);
	hash_free(&m->by_digest);
	free(m->twin);
	buf_free(&m->id);
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
	m->st = (struct store){.sink = {maildir_write}, .ops = &ops};
	m->fd = -1;
	if (mdir_open(&m->d, path, mailbox, e) == -1) {
		maildir_close(&m->st);
		return NULL;
	}
	return &m->st;
}
