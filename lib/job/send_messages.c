#include "job/send_messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* An input, kept as long as its messages. */
struct send_input {
	struct message_source *in; /* &own, or borrowed */
	struct message_source own;
	const char *name; /* in messages; borrowed */
	bool mbox;
	struct send_input *next;
};

static struct send_input *
add_input(struct send_messages *m, const char *name, bool mbox)
{
	struct send_input *input = mem_zalloc(sizeof *input);

	input->in = &input->own;
	input->name = name;
	input->mbox = mbox;
	*m->inputs_end = input;
	m->inputs_end = &input->next;
	return input;
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
add_from_mbox(void *arg, const struct smtp_message *message)
{
	struct send_messages *m = arg;
	struct outbox_message *o = add_message(m);
	struct buf name = {0};

	o->m = *message;
	buf_addf(&name, "%s:%zu", m->name, m->total);
	o->name = buf_steal(&name);
}

static int
read_input(struct send_messages *m, struct send_input *input, struct err *e)
{
	int rc = message_source_wake(input->in, e);

	m->name = input->name;
	if (rc == 0 && input->mbox) {
		rc = smtp_mbox_read(input->in, m->options, add_from_mbox, m, e);
	} else if (rc == 0) {
		struct outbox_message *o = add_message(m);

		o->name = mem_strdup(input->name);
		rc = smtp_message_read(&o->m, input->in, 0, m->options, e);
	}
	if (!input->mbox)
		message_source_rest(input->in);
	return rc == -1 && e->status == EX_DATAERR ? err_prefix(e, "%s", input->name) : rc;
}

void
send_messages_begin(
	struct send_messages *m, const struct smtp_send_options *options, const char *tmpdir)
{
	*m = (struct send_messages){.options = options, .tmpdir = tmpdir};
	m->end = &m->list;
	m->inputs_end = &m->inputs;
}

int
send_messages_add(struct send_messages *m, const char *file, bool mbox, struct err *e)
{
	bool is_stdin = file == NULL || strcmp(file, "-") == 0;
	struct send_input *input = add_input(m, is_stdin ? "stdin" : file, mbox);

	if (message_source_open(input->in, file, m->tmpdir, e) == -1)
		return -1;
	return read_input(m, input, e);
}

int
send_messages_add_source(struct send_messages *m, struct message_source *in, struct err *e)
{
	struct send_input *input = add_input(m, "the message", false);

	input->in = in;
	return read_input(m, input, e);
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

	for (struct send_input *input = m->inputs; rc == 0 && input != NULL; input = input->next)
		rc = read_input(m, input, e);
	return rc;
}

void
send_messages_free(struct send_messages *m)
{
	send_messages_drop(m);
	while (m->inputs != NULL) {
		struct send_input *input = m->inputs;

		m->inputs = input->next;
		if (input->in == &input->own)
			message_source_close(input->in);
		free(input);
	}
}
