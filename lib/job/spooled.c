#include "job/spooled.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "proto/smtp_prepare.h"

/* ---- parts ------------------------------------------------------------------------------- */

/* The i-th recipient; one that the server was not asked about has no outcome yet. */
static enum spooled_part
part_of(const struct outbox_message *o, size_t i)
{
	const struct smtp_transaction *t = &o->m.transaction;
	const struct smtp_rcpt *r = i < t->nrcpt ? &t->rcpt[i] : NULL;

	if (r != NULL && r->code >= 500)
		return SPOOLED_REFUSED;
	if (t->outcome == SMTP_UNKNOWN && (r == NULL || r->code < 400))
		return SPOOLED_UNKNOWN;
	return SPOOLED_DEFERRED;
}

static bool
is_in_part(const struct outbox_message *o, size_t i, enum spooled_part part)
{
	const struct smtp_transaction *t = &o->m.transaction;

	return !(i < t->nrcpt && t->rcpt[i].state == SMTP_RCPT_DELIVERED) && part_of(o, i) == part;
}

bool
spooled_has(const struct outbox_message *o, enum spooled_part part)
{
	for (size_t i = 0; i < o->m.env.rcpts.n; i++)
		if (is_in_part(o, i, part))
			return true;
	return false;
}

/* ---- storing ----------------------------------------------------------------------------------- */

static void
add_params(struct buf *b, const char *word, const char *const *params, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(b, "%s %s\n", word, params[i]);
}

/* Octets of a text that are kept for the reader. */
#define WHY 300

/* Append a text of several lines as one line. */
static void
add_text(struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0' && p - text < WHY; p++)
		buf_addc(out, *p == '\n' ? ' ' : *p);
	buf_addc(out, '\n');
}

void
spooled_why(
	const struct outbox_message *o, enum spooled_part part, const char *key, struct buf *out)
{
	const struct smtp_transaction *t = &o->m.transaction;
	const char *why = smtp_transaction_error(t)->text;
	size_t before = out->len;

	for (size_t i = 0; i < t->nrcpt; i++) {
		if (t->rcpt[i].code < 400 || !is_in_part(o, i, part))
			continue;
		buf_addf(out, "%s %s: ", key, o->m.env.rcpts.list[i]);
		add_text(out, t->rcpt[i].text);
	}
	if (out->len == before && *why != '\0') {
		buf_addf(out, "%s ", key);
		add_text(out, why);
	}
}

static void
write_envelope(const struct outbox_message *o, enum spooled_part part, struct buf *b)
{
	const struct smtp_send_options *options = o->m.options;

	buf_addf(b, "from %s\n", o->m.env.from);
	for (size_t i = 0; i < o->m.env.rcpts.n; i++)
		if (is_in_part(o, i, part))
			buf_addf(b, "rcpt %s\n", o->m.env.rcpts.list[i]);
	add_params(b, "mail", options->mail_params, options->nmail_params);
	add_params(b, "param", options->rcpt_params, options->nrcpt_params);
	if (options->all_or_none)
		buf_adds(b, "all-or-none\n");
	if (options->no_utf8)
		buf_adds(b, "no-utf8\n");
	if (options->send_8bit)
		buf_adds(b, "send-8bit\n");
	if (options->relaxed)
		buf_adds(b, "relaxed\n");
	spooled_why(o, part, "why", b);
}

int
spooled_store(
	struct spool *sp, const struct outbox_message *o, enum spooled_part part, struct err *e)
{
	static const enum spool_box boxes[] = {
		[SPOOLED_DEFERRED] = SPOOL_NEW,
		[SPOOLED_REFUSED] = SPOOL_FAILED,
		[SPOOLED_UNKNOWN] = SPOOL_UNKNOWN,
	};
	struct buf envelope = {0};
	char name[SPOOL_NAME];
	struct sink *to;
	int rc = -1;

	if (!spooled_has(o, part))
		return 0;
	write_envelope(o, part, &envelope);
	to = spool_begin(sp, envelope.data, envelope.len, e);
	buf_free(&envelope);
	if (to != NULL)
		rc = smtp_message_write(&o->m, to, false, e);
	if (rc == 0)
		return spool_end(sp, boxes[part], name, e);
	spool_abort(sp);
	return -1;
}

int
spooled_store_rest(const char *dir, const struct outbox_message *o, struct err *e)
{
	struct spool *sp = spool_open(dir, e);
	int rc = sp == NULL ? -1 : 0;

	if (rc == 0)
		rc = spooled_store(sp, o, SPOOLED_DEFERRED, e);
	if (rc == 0)
		rc = spooled_store(sp, o, SPOOLED_UNKNOWN, e);
	spool_close(sp);
	return rc;
}

/* ---- reading ----------------------------------------------------------------------------------- */

static void
add_param(const char ***list, size_t *n, const char *param)
{
	*list = mem_resize(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = param;
}

/* One line of the envelope: a keyword, a blank and the value. */
static int
read_line(struct spooled *m, char *line, struct err *e)
{
	char *value = strchr(line, ' ');

	if (value != NULL)
		*value++ = '\0';
	else
		value = line + strlen(line);
	if (strcmp(line, "from") == 0) {
		free(m->from);
		m->from = mem_strdup(value);
	} else if (strcmp(line, "rcpt") == 0) {
		addrs_add(&m->rcpts, value, strlen(value));
	} else if (strcmp(line, "mail") == 0) {
		add_param(&m->mail, &m->options.nmail_params, value);
	} else if (strcmp(line, "param") == 0) {
		add_param(&m->rcpt, &m->options.nrcpt_params, value);
	} else if (strcmp(line, "all-or-none") == 0) {
		m->options.all_or_none = true;
	} else if (strcmp(line, "no-utf8") == 0) {
		m->options.no_utf8 = true;
	} else if (strcmp(line, "send-8bit") == 0) {
		m->options.send_8bit = true;
	} else if (strcmp(line, "relaxed") == 0) {
		m->options.relaxed = true;
	} else if (strcmp(line, "why") != 0) {
		return err_set(e, EX_DATAERR, "the envelope has an unknown line '%.40s'", line);
	}
	return 0;
}

static int
read_envelope(struct spooled *m, struct err *e)
{
	char *line = m->envelope.data, *end = line + m->envelope.len;
	int rc = 0;

	if (m->envelope.len == 0 || memchr(line, '\0', m->envelope.len) != NULL)
		return err_set(e, EX_DATAERR, "the file has no envelope");
	while (rc == 0 && line < end) {
		char *lf = memchr(line, '\n', (size_t)(end - line));

		if (lf == NULL)
			return err_set(e, EX_DATAERR, "the envelope is not complete");
		*lf = '\0';
		rc = read_line(m, line, e);
		line = lf + 1;
	}
	if (rc == 0 && (m->from == NULL || m->rcpts.n == 0))
		return err_set(e, EX_DATAERR, "the envelope has no sender or no recipient");
	for (size_t i = 0; rc == 0 && i < m->options.nmail_params; i++)
		rc = smtp_param_check(m->mail[i], e);
	for (size_t i = 0; rc == 0 && i < m->options.nrcpt_params; i++)
		rc = smtp_param_check(m->rcpt[i], e);
	m->options.from = m->from;
	m->options.rcpts = &m->rcpts;
	m->options.mail_params = m->mail;
	m->options.rcpt_params = m->rcpt;
	return rc;
}

int
spooled_read(struct spool *sp, const char *dir, const char *name, bool keep, struct spooled **out,
	struct err *e)
{
	struct spooled *m = mem_zalloc(sizeof *m);
	struct buf path = {0};
	int fd = spool_read(sp, SPOOL_NEW, name, &m->envelope, e), rc;
	bool named = false; /* an error that names the file already */
	off_t begin = fd != -1 ? lseek(fd, 0, SEEK_CUR) : -1;

	*out = m;
	m->o.name = mem_strdup(name);
	m->o.data = m;
	m->in.fd = m->in.copy.fd = -1;
	if (fd == -1)
		return -1;
	m->o.owner = spool_file_owner(sp, fd);
	buf_addf(&path, "%s/new/%s", dir, name);
	/* One descriptor for envelope and message: what was checked is what is sent. */
	rc = message_source_adopt(&m->in, fd, spool_dir(sp, SPOOL_NEW), name, path.data, e);
	named = rc == -1;
	if (rc == 0)
		rc = read_envelope(m, e);
	if (rc == 0)
		named = (rc = smtp_message_read(
				 &m->o.m, &m->in, (uint64_t)begin, &m->options, e)) == -1 &&
			e->status != EX_DATAERR;
	if (rc == -1 && !named)
		err_prefix(e, "%s", path.data);
	if (!keep)
		message_source_rest(&m->in);
	buf_free(&path);
	return rc;
}

size_t
spooled_values(const char *lines, const char *key, struct buf *out)
{
	size_t len = strlen(key), n = 0;

	for (const char *p = lines; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		if (strncmp(p, key, len) == 0 && p[len] == ' ') {
			if (n++ > 0)
				buf_addc(out, ',');
			buf_add(out, p + len + 1, strcspn(p + len + 1, "\n"));
		}
	return n;
}

char *
spooled_sender(struct spool *sp, enum spool_box box, const char *name, char **owner)
{
	struct buf envelope = {0}, from = {0};
	struct err ignored;
	int fd = spool_read(sp, box, name, &envelope, &ignored);
	bool found = fd != -1 && spooled_values(buf_str(&envelope), "from", &from) > 0;

	*owner = NULL;
	if (fd != -1) {
		*owner = spool_file_owner(sp, fd);
		close(fd);
	}
	buf_free(&envelope);
	return found ? buf_steal(&from) : NULL;
}

void
spooled_marked(struct spooled *m, const struct spool *sp, const char *dir)
{
	struct buf path = {0};

	buf_addf(&path, "%s/sending/%s", dir, m->o.name);
	message_source_moved(&m->in, spool_dir(sp, SPOOL_SENDING), m->o.name, path.data);
	buf_free(&path);
	m->marked = true;
}

void
spooled_free(struct spooled *m)
{
	smtp_message_free(&m->o.m);
	message_source_close(&m->in);
	addrs_free(&m->rcpts);
	free(m->from);
	free(m->mail);
	free(m->rcpt);
	buf_free(&m->envelope);
	buf_free(&m->errors);
	free(m->o.name);
	free(m->o.owner);
	free(m);
}
