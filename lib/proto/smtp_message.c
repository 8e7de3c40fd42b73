#include "proto/smtp_message.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/bcc.h"
#include "mail/date.h"
#include "mail/crlf.h"
#include "mail/header.h"
#include "mail/mbox.h"
#include "mail/missing.h"
#include "mail/msgid.h"
#include "mail/rewrite.h"
#include "mail/scan.h"

/* The fields of the input that are not sent. */
static enum bcc_fields
dropped_fields(const struct smtp_send_options *options)
{
	return options->rewrite_from ? BCC_AND_FROM : BCC_ONLY;
}

/* The domain for addresses without one. */
static const char *
own_domain(const struct smtp_send_options *options)
{
	return options->domain != NULL ? options->domain : options->host();
}

/* An address with this domain, if it has none. The caller frees it. */
static char *
qualify(const char *addr, const struct smtp_send_options *options)
{
	struct buf b = {0};

	buf_adds(&b, addr);
	if (addr_domain(addr) == NULL)
		buf_addf(&b, "@%s", own_domain(options));
	return buf_steal(&b);
}

/* ---- what is missing --------------------------------------------------------------------------- */

/* Fields before the message, and an empty line after them if the message has no header. */
static int
add_fields(struct smtp_message *m, const struct scan *s, const struct smtp_send_options *options,
	struct err *e)
{
	char *own = *m->env.from == '\0' && options->default_user != NULL
			    ? qualify(options->default_user, options)
			    : NULL;
	const char *from = *m->env.from != '\0' ? m->env.from : own;
	struct buf out = {0};
	char first = 'x';

	if (options->rewrite_from) {
		from = options->sender;
		rewrite_from(buf_str(&s->header), s->header.len, from,
			options->local ? own_domain(options) : NULL, &out);
		m->utf8_header = m->utf8_header || text_is_8bit(buf_str(&out), out.len);
	}
	if (options->add_missing)
		missing_fields(buf_str(&s->header), s->header.len, from, options->full_name,
			options->host, &out);
	free(own);
	if (m->begin < m->end && !s->has_header &&
		tmpcopy_read(&m->in->copy, m->begin, &first, 1, e) == -1) {
		buf_free(&out);
		return -1;
	}
	if (out.len != 0 && !s->has_header && first != '\n' && first != '\r')
		buf_adds(&out, "\r\n");
	m->octets += out.len;
	m->eightbit = m->eightbit || text_is_8bit(buf_str(&out), out.len);
	m->added = out.len != 0 ? buf_steal(&out) : NULL;
	buf_free(&out);
	return 0;
}

/* ---- local names ------------------------------------------------------------------------------- */

/* Replace one recipient by its aliases. */
static int
resolve(const char *rcpt, const struct smtp_send_options *options, struct addrs *out, struct err *e)
{
	if (addr_domain(rcpt) == NULL && options->aliases != NULL)
		return aliases_expand(options->aliases, rcpt, out, e);
	addrs_add(out, rcpt, strlen(rcpt));
	return 0;
}

/*
 * For a host whose users have local names: look recipients up in the aliases and add the domain to addresses without
 * one, by the options. EX_CONFIG: a fault in the aliases file.
 */
static int
localize(struct envelope *v, const struct smtp_send_options *options, struct err *e)
{
	struct addrs found = {0};
	char *whole;
	int rc = 0;

	if (!options->local)
		return 0;
	for (size_t i = 0; rc == 0 && i < v->rcpts.n; i++)
		rc = resolve(v->rcpts.list[i], options, &found, e);
	addrs_free(&v->rcpts);
	for (size_t i = 0; i < found.n; i++) {
		whole = qualify(found.list[i], options);
		addrs_add(&v->rcpts, whole, strlen(whole));
		free(whole);
	}
	addrs_free(&found);
	addrs_unique(&v->rcpts);
	if (*v->from != '\0') {
		whole = qualify(v->from, options);
		free(v->from);
		v->from = whole;
	}
	if (rc == 0 && v->rcpts.n == 0)
		return err_set(e, EX_CONFIG,
			"the aliases leave no recipient: the loop or the empty alias must be "
			"corrected");
	return rc;
}

/* ---- the first reading ------------------------------------------------------------------------- */

static int
read_envelope(struct smtp_message *m, const struct scan *s, const struct smtp_send_options *options,
	struct err *e)
{
	size_t given = options->rcpts != NULL ? options->rcpts->n : 0;
	struct err no_sender = {0};
	unsigned wanted = 0;

	if (s->header_cut && (given == 0 || options->header_rcpts || options->from == NULL ||
				     options->add_missing || options->rewrite_from))
		return err_set(
			e, EX_DATAERR, "the header is longer than %d octets", SCAN_HEADER_MAX);
	for (size_t i = 0; i < given; i++)
		addrs_add(&m->env.rcpts, options->rcpts->list[i], strlen(options->rcpts->list[i]));
	if (given == 0 || options->header_rcpts)
		wanted |= ENVELOPE_RCPTS;
	if (options->from != NULL)
		m->env.from = mem_strdup(options->from);
	else if (options->default_user == NULL)
		wanted |= ENVELOPE_FROM;
	else if (envelope_read(&m->env, buf_str(&s->header), s->header.len, ENVELOPE_FROM,
			 &no_sender) == -1)
		m->env.from = qualify(options->default_user, options);
	if (envelope_read(&m->env, buf_str(&s->header), s->header.len, wanted, e) == -1)
		return -1;
	addrs_unique(&m->env.rcpts);
	if (localize(&m->env, options, e) == -1)
		return -1;
	for (size_t i = 0; i < m->env.rcpts.n; i++)
		if (addr_check(m->env.rcpts.list[i], e) == -1)
			return -1;
	return *m->env.from == '\0' ? 0 : addr_check(m->env.from, e);
}

/* Copy the results of the scan. */
static int
take_facts(struct smtp_message *m, struct scan *s, const struct smtp_send_options *options,
	struct err *e)
{
	m->options = options;
	m->octets = s->octets;
	m->eightbit = s->header_8bit || s->body_8bit;
	m->unended = s->unended;
	m->utf8_header = s->header_8bit && text_is_utf8(buf_str(&s->header), s->header.len);
	if (read_envelope(m, s, options, e) == -1)
		return -1;
	if ((options->add_missing || options->rewrite_from) && add_fields(m, s, options, e) == -1)
		return -1;
	if (options->sender != NULL && *m->env.from != '\0') {
		free(m->env.from);
		m->env.from = mem_strdup(options->sender);
	}
	return 0;
}

int
smtp_message_read(struct smtp_message *m, struct message_source *in, uint64_t begin,
	const struct smtp_send_options *options, struct err *e)
{
	struct scan s;
	int rc;

	*m = (struct smtp_message){.in = in, .begin = begin, .end = message_source_len(in)};
	scan_init(&s, dropped_fields(options));
	rc = message_source_send(in, m->begin, m->end, &s.sink, e);
	if (rc == 0)
		rc = scan_finish(&s, e);
	if (rc == 0)
		rc = take_facts(m, &s, options, e);
	scan_free(&s);
	return rc;
}

/* ---- an mbox ----------------------------------------------------------------------------------- */

/* A sink that splits an mbox into messages. */
struct mbox_reading {
	struct sink sink;
	struct mbox_split split;
	struct scan *scan;
	struct message_source *in;
	const struct smtp_send_options *options;
	void (*take)(void *arg, const struct smtp_message *m);
	void *arg;
	uint64_t count;
};

static int
end_message(struct mbox_reading *r, struct err *e)
{
	struct smtp_message m = {
		.in = r->in, .mbox = true, .begin = r->split.begin, .end = r->split.end};
	int rc = scan_finish(r->scan, e);

	r->count++;
	if (rc == 0)
		rc = take_facts(&m, r->scan, r->options, e);
	scan_free(r->scan);
	scan_init(r->scan, dropped_fields(r->options));
	r->take(r->arg, &m);
	return rc == 0 ? 0 : err_prefix(e, "message %ju", (uintmax_t)r->count);
}

static int
mbox_octets(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct mbox_reading *r = (struct mbox_reading *)s;

	while (n > 0) {
		size_t used;
		int rc = mbox_split(&r->split, p, n, &used, &r->scan->sink, e);

		if (rc == -1 || (rc == MBOX_END && end_message(r, e) == -1))
			return -1;
		p += used;
		n -= used;
	}
	return 0;
}

int
smtp_mbox_read(struct message_source *in, const struct smtp_send_options *options,
	void (*take)(void *arg, const struct smtp_message *m), void *arg, struct err *e)
{
	struct mbox_reading r = {.sink = {mbox_octets},
		.scan = mem_alloc(sizeof *r.scan),
		.in = in,
		.options = options,
		.take = take,
		.arg = arg};
	int rc;

	scan_init(r.scan, dropped_fields(options));
	mbox_split_init(&r.split);
	rc = message_source_send(in, 0, message_source_len(in), &r.sink, e);
	if (rc == 0)
		rc = mbox_split_finish(&r.split, &r.scan->sink, e);
	if (rc == MBOX_END)
		rc = end_message(&r, e);
	scan_free(r.scan);
	free(r.scan);
	return rc;
}

/* The octets of one message of an mbox, its quoting undone. */
struct unquote {
	struct sink sink;
	struct mbox_split split;
	struct sink *to;
};

static int
unquote_octets(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct unquote *u = (struct unquote *)s;

	while (n > 0) {
		size_t used;

		/* The next message cannot begin here: the octets end before it. */
		if (mbox_split(&u->split, p, n, &used, u->to, e) == -1)
			return -1;
		p += used;
		n -= used;
	}
	return 0;
}

static int
send_from_mbox(const struct smtp_message *m, struct sink *to, struct err *e)
{
	struct unquote u = {.sink = {unquote_octets}, .to = to};

	mbox_split_init(&u.split);
	if (message_source_send(m->in, m->begin, m->end, &u.sink, e) == -1)
		return -1;
	return mbox_split_finish(&u.split, to, e) == -1 ? -1 : 0;
}

/* ---- the second reading ------------------------------------------------------------------------ */

static int
pour(const struct smtp_message *m, struct sink *to, bool stuffed, struct err *e)
{
	struct bcc bcc;
	struct crlf crlf;
	int rc;

	crlf_init(&crlf, to, stuffed);
	bcc_init(&bcc, &crlf.sink, &crlf.sink, dropped_fields(m->options));
	rc = m->mbox ? send_from_mbox(m, &bcc.sink, e)
		     : message_source_send(m->in, m->begin, m->end, &bcc.sink, e);
	if (rc == 0)
		rc = bcc_finish(&bcc, e);
	if (rc == 0)
		rc = crlf_finish(&crlf, false, e);
	crlf_free(&crlf);
	return rc;
}

int
smtp_message_write(const struct smtp_message *m, struct sink *to, bool stuffed, struct err *e)
{
	int rc = message_source_wake(m->in, e);

	if (rc == 0 && m->added != NULL)
		rc = sink_write(to, m->added, strlen(m->added), e);
	if (rc == 0)
		rc = pour(m, to, stuffed, e);
	if (!m->mbox)
		message_source_rest(m->in);
	return rc;
}

int
smtp_message_feed(void *m, struct sink *to, bool stuffed, struct err *e)
{
	return smtp_message_write(m, to, stuffed, e);
}

void
smtp_message_done(struct smtp_message *m)
{
	smtp_transaction_clear(&m->transaction);
	free(m->transaction.rcpt);
	m->transaction.rcpt = NULL;
	m->transaction.nrcpt = 0;
	addrs_free(&m->wire);
	free(m->params);
	free(m->rcpt_params);
	m->params = m->rcpt_params = NULL;
}

void
smtp_message_free(struct smtp_message *m)
{
	smtp_message_done(m);
	envelope_free(&m->env);
	free(m->added);
	m->added = NULL;
}
