#include "client/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/digest.h"
#include "base/mem.h"
#include "store/fs.h"
#include "store/place.h"

#define TICKET_AGE (24 * 60 * 60)
#define TICKET_MAX ((size_t)64 * 1024)

/* The header of a ticket file, before the session data. Integers are in the format of this machine. */
struct head {
	unsigned char digest[DIGEST_SHA256]; /* of the rest of the file */
	int64_t made, until; /* time_t: when it was made; from when on it is not used */
	int64_t once;        /* 1: it may be used only once */
};

#define DIGEST_SKIPS sizeof((struct head){0}.digest)

char *
ticket_dir(const char *cache, const char *home)
{
	struct buf path = {0};
	struct stat sb;

	if (getegid() != getgid())
		return NULL;
	/* A relative path is ignored (XDG Base Directory Specification). */
	if (cache != NULL && *cache == '/')
		buf_addf(&path, "%s/mailnet", cache);
	else if (home != NULL && *home == '/' && stat(home, &sb) == 0 && sb.st_uid == geteuid())
		buf_addf(&path, "%s/.cache/mailnet", home);
	else
		return NULL;
	return buf_steal(&path);
}

/* Append path, device, inode, size and time of a file, so that the key differs if the file is changed or replaced. */
static void
add_file(struct buf *key, const char *path)
{
	struct stat sb;

	buf_add(key, path, strlen(path) + 1);
	if (*path != '\0' && stat(path, &sb) == 0)
		buf_addf(key, "%jd %jd %jd %jd", (intmax_t)sb.st_dev, (intmax_t)sb.st_ino,
			(intmax_t)sb.st_size, (intmax_t)sb.st_mtime);
}

/* Make the key of a ticket: the server, and all options on which the trust in it depends. */
static void
ticket_key(const struct client *c, struct buf *key)
{
	const struct client_config *o = c->config;
	const char *parts[] = {"1", c->ops->name, c->url.host, o->tunnel, o->tls_name,
		o->tls_priority, o->bind, tls_library()};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		buf_addc(key, parts[i] != NULL ? '1' : '0');
		buf_add(key, parts[i] != NULL ? parts[i] : "",
			parts[i] != NULL ? strlen(parts[i]) + 1 : 0);
	}
	buf_addf(key, "%u %d %d %zu ", c->url.port, (int)o->tls, c->url.implicit_tls, o->npins);
	buf_add(key, o->pins, o->npins * sizeof o->pins[0]);
	buf_addc(key, o->tls_ca != NULL ? '1' : '0');
	add_file(key, o->tls_ca != NULL ? o->tls_ca : TRUST_STORE);
}

/* Are tickets kept for this server? Not with a client certificate, which is sent only in a full handshake. */
static bool
keeps_tickets(const struct client *c)
{
	return c->config->tickets != NULL && c->config->tls_cert == NULL && c->url.host != NULL;
}

/* Does the directory, or its lowest existing parent, belong to us? Otherwise no directory is made. */
static bool
may_make(const char *dir)
{
	char *path = mem_strdup(dir), *slash;
	struct stat sb;
	bool ok;

	while (stat(path, &sb) == -1 && errno == ENOENT && (slash = strrchr(path, '/')) != NULL &&
		slash != path)
		*slash = '\0';
	ok = stat(path, &sb) == 0 && sb.st_uid == geteuid();
	free(path);
	return ok;
}

/* Find the file; false: the directory is unusable. */
static bool
find(const struct client *c, struct place *p, unsigned how)
{
	unsigned char digest[DIGEST_SHA256];
	struct buf key = {0}, path = {0};
	struct err ignored = {0};
	struct stat sb;
	bool ok;

	if (!keeps_tickets(c) || !may_make(c->config->tickets))
		return false;
	ticket_key(c, &key);
	digest_sha256(key.data, key.len, digest);
	buf_free(&key);
	buf_addf(&path, "%s/", c->config->tickets);
	digest_hex(&path, digest, sizeof digest);
	ok = place_find(p, AT_FDCWD, buf_str(&path), how, &ignored) == 0 &&
	     fstat(p->dir, &sb) == 0 && sb.st_uid == geteuid() && (sb.st_mode & 077) == 0;
	buf_free(&path);
	return ok;
}

static bool
usable(const struct buf *file, struct head *head)
{
	unsigned char digest[DIGEST_SHA256];
	int64_t now = time(NULL);

	if (file->len <= sizeof *head)
		return false;
	memcpy(head, file->data, sizeof *head);
	digest_sha256(file->data + DIGEST_SKIPS, file->len - DIGEST_SKIPS, digest);
	return memcmp(digest, head->digest, sizeof digest) == 0 && head->made <= now &&
	       now < head->until;
}

void
ticket_load(const struct client *c, struct buf *session)
{
	struct place p = {.dir = -1};
	struct buf file = {0};
	struct err ignored = {0};
	struct head head = {.once = 1};
	struct stat sb;
	int fd = -1;

	if (find(c, &p, 0))
		fd = place_read(&p, "", &ignored);
	if (fd != -1 && fstat(fd, &sb) == 0 && S_ISREG(sb.st_mode) && sb.st_uid == geteuid() &&
		(sb.st_mode & 077) == 0 &&
		fs_read_all(fd, TICKET_MAX, &file, p.path, &ignored) == 0 && usable(&file, &head))
		buf_add(session, file.data + sizeof head, file.len - sizeof head);
	/* Remove a file without a usable ticket, and a ticket that may be used only once. */
	if (fd != -1 && (session->len == 0 || head.once != 0))
		place_unlink(&p, "");
	if (fd != -1)
		close(fd);
	buf_wipe(&file);
	place_close(&p);
}

static void
write_file(const struct place *p, const struct buf *file)
{
	struct err ignored = {0};
	char *suffix = NULL;
	int fd = place_temp(p, 0600, &suffix, &ignored);

	if (fd == -1)
		return;
	if (fs_write_at(fd, file->data, file->len, 0, p->path, &ignored) == -1 ||
		place_replace(p, suffix, &ignored) == -1)
		place_unlink(p, suffix);
	close(fd);
	free(suffix);
}

void
ticket_save(const struct client *c)
{
	struct tls *t = c->conn->tls;
	struct place p = {.dir = -1};
	struct head head = {.made = time(NULL)};
	struct buf file = {0};
	struct tls_info info;
	bool once = false;

	if (t == NULL || !keeps_tickets(c))
		return;
	tls_info(t, &info);
	head.until = head.made + TICKET_AGE;
	for (size_t i = 0; i < info.ncerts; i++)
		if (info.certs[i].not_after < head.until)
			head.until = info.certs[i].not_after;
	buf_add(&file, &head, sizeof head);
	if (tls_session(t, &file, &once) && file.len <= TICKET_MAX && head.made < head.until &&
		find(c, &p, PLACE_MAKE)) {
		head.once = once;
		memcpy(file.data, &head, sizeof head);
		digest_sha256(file.data + DIGEST_SKIPS, file.len - DIGEST_SKIPS,
			(unsigned char *)file.data);
		write_file(&p, &file);
	}
	buf_wipe(&file);
	place_close(&p);
}
