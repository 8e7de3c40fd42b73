#include "cmd/smtp/send_messages.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cmd/print.h"
#include "cmd/smtp/smtp.h"

/* An input, kept as long as its messages. */
struct source {
	struct message_source *in; /* &own, or borrowed */
	struct message_source own;
	const char *name; /* in messages; borrowed */
	bool mbox;
	struct source *next;
};

static struct source *
add_source(struct send_messages *m, const char *name, bool mbox)
{
	struct source *src = mem_zalloc(sizeof *src);

	src->in = &src->own;
	src->name = name;
	src->mbox = mbox;
	*m->sources_end = src;
	m->sources_end = &src->next;
	return src;
}

static struct outbox_message *
add_message(struct send_messages *m)
{
	struct outbox_message *o = mem_zalloc(sizeof *o);

	*m->end = o;
	m->end = &o->next;
	m->total++;
	return o;
}

static void
warn(const struct send_messages *m, const struct outbox_message *o)
{
	if (o->m.unended && !m->again)
		print_warning(m->s->opt, smtp_who(m->s),
			"%s: text follows the header directly: an empty line is sent between them",
			o->name);
}

/* An input that is open, as one message. */
static int
read_input(struct send_messages *m, struct message_source *in, const char *name, struct err *e)
{
	struct outbox_message *o = add_message(m);
	int rc = smtp_message_read(&o->m, in, 0, m->options, e);

	o->name = mem_strdup(name);
	warn(m, o);
	return rc == -1 && e->status == EX_DATAERR ? err_prefix(e, "%s", name) : rc;
}

static void
take_message(void *arg, const struct smtp_message *message)
{
	struct send_messages *m = arg;
	struct outbox_message *o = add_message(m);
	struct buf name = {0};

	o->m = *message;
	buf_addf(&name, "%s:%zu", m->name, m->total);
	o->name = buf_steal(&name);
	warn(m, o);
}

static int
read_mbox(struct send_messages *m, struct message_source *in, const char *name, struct err *e)
{
	int rc;

	m->name = name;
	rc = smtp_mbox_read(in, m->options, take_message, m, e);
	return rc == -1 && e->status == EX_DATAERR ? err_prefix(e, "%s", name) : rc;
}

static int
read_source(struct send_messages *m, struct source *src, struct err *e)
{
	int rc = message_source_wake(src->in, e);

	if (rc == 0)
		rc = (src->mbox ? read_mbox : read_input)(m, src->in, src->name, e);
	if (!src->mbox)
		message_source_rest(src->in);
	return rc;
}

/* Open and read FILE, "-" or NULL: one message, or an mbox. */
static int
read_file(struct send_messages *m, const char *file, bool mbox, struct err *e)
{
	const char *name = file == NULL || strcmp(file, "-") == 0 ? "stdin" : file;
	struct source *src = add_source(m, name, mbox);

	if (message_source_open(src->in, file, smtp_tmpdir(), e) == -1)
		return -1;
	return read_source(m, src, e);
}

static bool
names_message(const struct arg_opt *o)
{
	return strcmp(o->opt->name, "message") == 0 || strcmp(o->opt->name, "mbox") == 0;
}

/* The number of inputs that the options name. *stdins: those that are stdin. */
static size_t
count_inputs(const struct args *a, size_t *stdins)
{
	size_t n = 0;

	*stdins = 0;
	for (size_t i = 0; i < a->nopts; i++)
		if (names_message(&a->opts[i])) {
			n++;
			*stdins += operand_is_stdin(a->opts[i].value);
		}
	return n;
}

/* An argument that names a file was probably meant as the message. */
static void
suggest_file(const struct args *a, struct err *e)
{
	for (int i = 0; i < a->argc; i++)
		if (access(a->argv[i], F_OK) == 0) {
			err_suffix(e, "; did you mean -m %s?", a->argv[i]);
			return;
		}
}

void
send_messages_begin(
	struct send_messages *m, const struct session *s, const struct smtp_send_options *options)
{
	*m = (struct send_messages){.s = s, .options = options};
	m->end = &m->list;
	m->sources_end = &m->sources;
}

int
send_messages_read(struct send_messages *m, const struct args *a, struct err *e)
{
	size_t stdins, n = count_inputs(a, &stdins);
	int rc = stdins <= 1 ? 0 : err_set(e, EX_USAGE, "send: stdin can be sent only once");

	for (size_t i = 0; rc == 0 && i < a->nopts; i++) {
		const struct arg_opt *o = &a->opts[i];

		if (names_message(o))
			rc = read_file(m, o->value, strcmp(o->opt->name, "mbox") == 0, e);
	}
	if (n == 0 && (rc = read_file(m, NULL, false, e)) == -1 && e->status == EX_DATAERR)
		suggest_file(a, e);
	return rc;
}

int
send_messages_read_one(struct send_messages *m, struct message_source *in, struct err *e)
{
	struct source *src = add_source(m, "the message", false);

	src->in = in;
	return read_source(m, src, e);
}

void
send_messages_drop(struct send_messages *m)
{
	while (m->list != NULL) {
		struct outbox_message *o = m->list;

		m->list = o->next;
		smtp_message_free(&o->m);
		free(o->name);
		free(o);
	}
	m->end = &m->list;
	m->total = 0;
}

int
send_messages_read_again(struct send_messages *m, struct err *e)
{
	int rc = 0;

	m->again = true;
	for (struct source *src = m->sources; rc == 0 && src != NULL; src = src->next)
		rc = read_source(m, src, e);
	return rc;
}

void
send_messages_free(struct send_messages *m)
{
	send_messages_drop(m);
	while (m->sources != NULL) {
		struct source *src = m->sources;

		m->sources = src->next;
		if (src->in == &src->own)
			message_source_close(src->in);
		free(src);
	}
}

bool
smtp_send_reads_stdin(const struct args *a)
{
	size_t stdins, n = count_inputs(a, &stdins);

	return n == 0 || stdins > 0;
}
