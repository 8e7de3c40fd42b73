/* The message that is being written to a Maildir: its octets, its digest, its file in tmp/. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/wait.h"
#include "store/fs.h"
#include "store/maildir_priv.h"

#define CHUNK (64 * 1024) /* octets collected before they are hashed and written */
#define LARGE (CHUNK / 2) /* a piece of this many octets is written without copying it */

void
maildir_msg_begin(struct maildir *m, const struct store_msg *msg)
{
	uint64_t key_len = msg->key != NULL ? msg->key_len : 0;

	/* With its length in front, the key cannot be confused with the octets after it. */
	m->digest = digest_begin();
	m->key_only = msg->key_only && key_len != 0;
	digest_add(m->digest, &key_len, sizeof key_len);
	if (key_len != 0)
		digest_add(m->digest, msg->key, msg->key_len);
	hdrsum_whole(&m->sum, m->digest);
	buf_clear(&m->out);
}

/* Create the message's file in tmp/ under a random name. */
static int
create_random(struct maildir *m, struct err *e)
{
	char random[FS_RANDOM];

	fs_random(random);
	snprintf(m->tmp, sizeof m->tmp, "%s.%s", m->d.tag, random);
	m->fd = fs_open(m->d.fd[MDIR_TMP], m->tmp, O_WRONLY | O_CREAT | O_EXCL, 0600, EX_CANTCREAT,
		m->d.path, e);
	return m->fd == -1 ? -1 : 0;
}

static void
hash(struct maildir *m, const char *p, size_t n)
{
	struct err never;

	if (!m->key_only && n != 0)
		sink_write(&m->sum.sink, p, n, &never);
}

/* Hash and write n octets; the first call creates the file. */
static int
flush(struct maildir *m, const char *p, size_t n, struct err *e)
{
	if (n == 0)
		return 0;
	hash(m, p, n);
	if (m->fd == -1 && create_random(m, e) == -1)
		return -1;
	return wait_write(m->fd, p, n, m->d.path, e);
}

int
maildir_msg_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct maildir *m = (struct maildir *)s;

	if (n >= LARGE || m->out.len + n > CHUNK) {
		if (flush(m, m->out.data, m->out.len, e) == -1)
			return -1;
		m->out.len = 0;
	}
	if (n >= LARGE)
		return flush(m, p, n, e);
	buf_add(&m->out, p, n);
	return 0;
}

int
maildir_msg_last(struct maildir *m, struct err *e)
{
	if (m->fd != -1)
		return flush(m, m->out.data, m->out.len, e);
	hash(m, m->out.data, m->out.len);
	return 0;
}

static void
format_name(const struct maildir *m, const unsigned char *digest, char name[MDIR_NAME])
{
	memcpy(name, m->d.tag, MDIR_TAG);
	name[MDIR_TAG] = '.';
	digest_hex_to(name + MDIR_TAG + 1, digest, MDIR_BODY / 2);
}

static bool
is_twin(const void *ctx, uint32_t index, const char *digest, size_t n)
{
	return memcmp(((const struct twin *)ctx)[index].digest, digest, n) == 0;
}

/* The entry for digest d, which keeps the digest of the last name tried; a new entry starts at d. */
static struct twin *
twin_of(struct maildir *m, const unsigned char d[DIGEST_SHA256])
{
	uint32_t at;

	if (m->twins == m->twin_room) {
		m->twin_room = m->twin_room == 0 ? 4 : m->twin_room * 2;
		m->twin = mem_resize(m->twin, m->twin_room, sizeof *m->twin);
	}
	at = hash_put(&m->by_digest, (const char *)d, DIGEST_SHA256, (uint32_t)m->twins, is_twin,
		m->twin);
	if (at != HASH_NONE)
		return &m->twin[at];
	memcpy(m->twin[m->twins].digest, d, DIGEST_SHA256);
	memcpy(m->twin[m->twins].last, d, DIGEST_SHA256);
	return &m->twin[m->twins++];
}

/* Does another message of this run have this name? If not, reserve it for the current message. */
static bool
is_used(struct maildir *m, const char *name)
{
	uint64_t value = set_hash(name, MDIR_NAME - 1);

	if (set_has(&m->used, value))
		return true;
	set_add(&m->used, value);
	return false;
}

/*
 * The name depends only on the digest, so that a later run finds the message that this run stored. Two messages of one
 * run with the same key and octets are both stored (some servers have no UIDs): the second gets another name, made from
 * the first; it is the same in every run, because the messages come in the same order.
 */
void
maildir_msg_name(struct maildir *m, char name[MDIR_NAME])
{
	unsigned char d[DIGEST_SHA256];
	struct twin *t;

	hdrsum_last(&m->sum);
	digest_end(m->digest, d);
	m->digest = NULL;
	format_name(m, d, name);
	if (!is_used(m, name) || m->key_only)
		return;
	t = twin_of(m, d);
	do {
		digest_sha256(t->last, sizeof t->last, t->last);
		format_name(m, t->last, name);
	} while (is_used(m, name));
}

/*
 * A message that is still in memory is written under its final name at once. If tmp/ already has a file with this name,
 * left by a killed run, its content cannot be trusted: it is replaced.
 */
int
maildir_msg_keep(struct maildir *m, const char *name, struct err *e)
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

int
maildir_msg_drop(struct maildir *m, struct err *e)
{
	if (m->fd == -1)
		return 0;
	close(m->fd);
	m->fd = -1;
	if (unlinkat(m->d.fd[MDIR_TMP], m->tmp, 0) == -1)
		return err_sys(e, EX_IOERR, "%s/tmp/%s", m->d.path, m->tmp);
	return 0;
}

void
maildir_msg_end(struct maildir *m)
{
	unsigned char scrap[DIGEST_SHA256];

	if (m->digest == NULL)
		return;
	digest_end(m->digest, scrap);
	m->digest = NULL;
}
