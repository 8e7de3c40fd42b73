#include "cmd/batch.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/line_reader.h"
#include "base/shell_words.h"
#include "base/wait.h"
#include "cmd/common_verbs.h"
#include "cmd/log.h"
#include "cmd/print.h"
#include "cmd/session.h"
#include "cmd/settings.h"
#include "store/fs.h"
#include "wire/secrets.h"

/* The longest batch line in octets, so that memory stays bounded. */
#define LINE_MAX_OCTETS (1024 * 1024)

/* A batch that is being run. */
struct batch {
	struct session *s;
	struct line_reader lines;
	bool is_stdin, prompts;
	int status;      /* the exit status so far */
	bool over;       /* no further line is run */
	bool incomplete; /* a verb failed by more than skipped records, or lines were not run */
};

/* ---- one verb ------------------------------------------------------------ */

/* Does the verb open the session itself? */
static bool
opens(const struct args *a)
{
	unsigned flags = a->verb->flags;

	return (flags & VERB_OPENS) != 0 || ((flags & VERB_WAITS) != 0 && operands_from_stdin(a));
}

/* Run the verb and flush its output. */
static int
run_verb(struct session *s, const struct args *a, struct err *e)
{
	const bool is_ready = opens(a) || (a->verb->flags & (VERB_LOCAL | VERB_BARE)) != 0;
	struct err late = {0};
	int rc;

	progress_begin(s->opt, NULL, 0, 0);
	log_verb(a->verb->name);
	rc = is_ready ? 0 : s->c.ops->ready(&s->c, e);
	if (rc == 0)
		rc = a->verb->run(s, a, e);
	progress_end();
	if (rc == -1)
		session_explain(s, e);
	if (rc == -1 && (a->verb->flags & VERB_LOCAL) == 0)
		client_name_host(&s->c, e);
	out_drop(s->out);
	/* The output of a verb that failed is written too; its error precedes an error of this write. */
	return out_flush(s->out, rc == -1 ? &late : e) == -1 ? -1 : rc;
}

static void
report(const struct session *s, const struct err *e)
{
	print_error(s->who, e);
	log_failure(s, e);
}

static int
end_session(struct session *s, bool commit, int status)
{
	struct err e = {0};

	if (client_close(&s->c, commit, &e) == 0)
		return status;
	s->passed_over = false;
	/* The first failure decides the exit status, and was printed already. */
	if (status != 0)
		return status;
	report(s, &e);
	return e.status;
}

/* The session could not be opened, or the output before its first verb not be written. */
static int
fail_open(struct session *s, struct err *e)
{
	client_name_host(&s->c, e);
	report(s, e);
	(void)out_flush(s->out, &(struct err){0});
	return end_session(s, false, e->status);
}

/* The longest command in this protocol, in octets. */
static size_t
command_limit(const struct session *s)
{
	return s->c.ops->rule->command;
}

int
single_run(struct session *s, struct args *a)
{
	bool local = (a->verb->flags & VERB_LOCAL) != 0;
	struct err e = {0};
	int rc;

	log_verb(a->verb->name);
	s->args = a;
	s->c.messages = (a->verb->flags & VERB_MESSAGES) != 0;
	if (args_parse_operands(a, command_limit(s), &e) == -1 ||
		(!local && !opens(a) && client_open(&s->c, &e) == -1)) {
		/* `info` also shows a certificate that failed verification. */
		if (a->verb->flags & VERB_DISTRUSTED)
			info_print_distrusted(s);
		return fail_open(s, &e);
	}
	if (local)
		session_confine(s, false);
	rc = run_verb(s, a, &e);
	if (rc == -1) {
		s->failed = true;
		report(s, &e);
	}
	e.status = rc == 0 ? 0 : e.status;
	return local ? e.status : end_session(s, rc == 0, e.status);
}

/* ---- reading lines --------------------------------------------------------- */

static int
open_file(struct batch *b, const char *path, struct err *e)
{
	b->is_stdin = operand_is_stdin(path);
	b->lines.name = b->is_stdin ? "stdin" : path;
	b->lines.fd = b->is_stdin ? STDIN_FILENO
				  : fs_open(AT_FDCWD, path, O_RDONLY, 0, EX_NOINPUT, path, e);
	if (b->lines.fd == -1 || fs_refuse_dir(b->lines.fd, b->lines.name, e) == -1)
		return -1;
	b->prompts = isatty(b->lines.fd) != 0 && isatty(STDERR_FILENO) != 0;
	return 0;
}

static void
prompt(const struct batch *b)
{
	struct err e;
	char text[48];
	int n = snprintf(text, sizeof text, "%s> ", b->s->who);

	if (b->prompts)
		(void)wait_write(STDERR_FILENO, text, (size_t)n, "stderr", &e);
}

/* Read the next line, without LF, valid until the next call. Returns LINE_READ, LINE_END, or -1. */
static int
next_line(struct batch *b, const char **p, size_t *n, struct err *e)
{
	prompt(b);
	return line_reader_next(&b->lines, WAIT_FOREVER, p, n, e);
}

/* ---- running lines --------------------------------------------------------- */

/* Account for a verb line that failed. */
static void
failed(struct batch *b, bool may_fail, const struct err *e)
{
	struct err shown = *e;
	/* Can no further line be run? */
	bool over =
		b->s->out->broken != 0 || client_is_over(&b->s->c, b->s->passed_over ? NULL : e);

	err_prefix(&shown, "%s:%ju", b->lines.name, (uintmax_t)b->lines.line);
	print_error(b->s->who, &shown);
	log_failure(b->s, e);
	if (over || !b->s->opt->json)
		b->over = over || !may_fail;
	if (may_fail && !over)
		return;
	b->s->failed = true;
	b->incomplete = b->incomplete || over || !b->s->passed_over;
	if (b->status == 0)
		b->status = e->status;
}

static int
run_words(struct batch *b, int n, char **words, struct err *e)
{
	struct args a;
	int rc;

	if (verb_parse(b->s->applet, n, words, NULL, &a, e) == -1)
		return -1;
	if (settings_verb(b->s->opt->settings, &a, e) == -1 ||
		args_parse_operands(&a, command_limit(b->s), e) == -1) {
		rc = -1;
	} else if (b->is_stdin && operands_want_stdin(&a)) {
		rc = err_set(e, EX_USAGE, "%s: stdin is in use by the batch (-b -): name a file",
			a.verb->name);
	} else {
		rc = run_verb(b->s, &a, e);
		if (a.verb->flags & VERB_ENDS)
			b->over = true;
	}
	args_free(&a);
	return rc;
}

static void
run_line(struct batch *b, const char *p, size_t n)
{
	struct session *s = b->s;
	struct err e = {0}, late = {0};
	char **words = NULL, *name = NULL;
	bool may_fail;
	int count = 0, rc;

	client_note(&s->c, 0, "", 0);
	s->c.result.command = NULL;
	log_verb(NULL);
	s->passed_over = false;
	for (; n > 0 && (*p == ' ' || *p == '\t'); p++)
		n--;
	may_fail = n > 0 && *p == '-';
	rc = shell_words(p + may_fail, n - may_fail, &words, &count, &e);
	if (count > 0) {
		name = words[0];
		rc = run_words(b, count, words, &e);
	}
	if (s->opt->json && (count > 0 || rc == -1) &&
		batch_result_print(s->out, name, &s->c.result, rc == -1 ? &e : NULL, NULL, NULL,
			&late) == -1 &&
		rc == 0) {
		e = late;
		rc = -1;
	}
	free(words);
	if (rc == -1)
		failed(b, may_fail, &e);
}

static void
run_lines(struct batch *b)
{
	while (!b->over) {
		struct err e = {0};
		const char *p;
		size_t n;
		int rc = next_line(b, &p, &n, &e);

		if (rc == 1) {
			run_line(b, p, n);
			continue;
		}
		if (rc == -1) {
			print_error(b->s->who, &e);
			b->s->failed = true;
			b->incomplete = true;
			b->status = b->status != 0 ? b->status : e.status;
		} else if (b->prompts) {
			(void)wait_write(STDERR_FILENO, "\n", 1, "stderr", &e);
		}
		return;
	}
}

/*
 * If a verb that skipped malformed records has ended the batch, the output file is complete only if no line is left.
 * Without an output file do not read on, because the writer of a pipe may be waiting for the end.
 */
static void
look_for_rest(struct batch *b)
{
	struct err ignored = {0};
	const char *p;
	size_t n;

	if (b->status == 0 || b->incomplete || !b->over || !out_waits(b->s->out))
		return;
	while (!b->incomplete) {
		int rc = next_line(b, &p, &n, &ignored);

		if (rc == 0)
			return;
		for (; rc == 1 && n > 0 && strchr(" \t\r", *p) != NULL; p++)
			n--;
		b->incomplete = rc == -1 || (n > 0 && *p != '#');
	}
}

static int
run_session(struct batch *b)
{
	struct session *s = b->s;
	struct err e = {0};

	if (client_open(&s->c, &e) == -1 || out_flush(s->out, &e) == -1)
		return fail_open(s, &e);
	run_lines(b);
	look_for_rest(b);
	s->passed_over = b->status != 0 && !b->incomplete;
	/* A `quit` line has committed already. The end of the input commits if no verb failed. */
	return end_session(s, !s->failed, b->status);
}

int
batch_run(struct session *s)
{
	struct batch b = {.s = s, .lines = {.fd = -1, .max = LINE_MAX_OCTETS}};
	struct err e = {0};
	int status;

	s->c.messages = true;
	if (open_file(&b, s->opt->batch, &e) == -1) {
		print_error(s->who, &e);
		status = e.status;
	} else {
		/* May a line name a destination |COMMAND? The verbs of smtp have no destination. */
		s->commands = s->applet->proto != PROTO_SMTP && fs_may_contain(b.lines.fd, '|');
		status = run_session(&b);
	}
	if (b.lines.fd != -1 && !b.is_stdin)
		close(b.lines.fd);
	line_reader_free(&b.lines);
	return status;
}

/* ---- the result of a verb ------------------------------------------------------------------------ */

/* The text of a failure, with credentials that a server repeated replaced by ***. */
static void
failure_text(struct out *o, const struct client_result *d, const struct err *err)
{
	struct buf text = {0};

	if (d->text.len != 0)
		buf_add(&text, d->text.data, d->text.len);
	else
		buf_adds(&text, err->text);
	text.len = secrets_hide(text.data, text.len);
	json_str(o->json, buf_str(&text), text.len);
	buf_wipe(&text);
}

int
batch_result_print(struct out *o, const char *name, const struct client_result *d,
	const struct err *err, const char *account, const char *host, struct err *e)
{
	int status = err != NULL ? err->status : 0;

	json_open(o->json, '{');
	json_key(o->json, "done");
	json_open(o->json, '{');
	json_key_s(o->json, "verb", name);
	json_key(o->json, "code");
	if (d->code != 0)
		json_u(o->json, (unsigned)d->code);
	else
		json_null(o->json);
	json_key(o->json, "text");
	if (status != 0)
		failure_text(o, d, err);
	else
		json_str(o->json, buf_str(&d->text), d->text.len);
	if (d->command != NULL) {
		json_key_s(o->json, "command", d->command);
	}
	if (account != NULL) {
		json_key_s(o->json, "host", host);
		json_key_s(o->json, "account", account);
	}
	json_key(o->json, "exit");
	json_u(o->json, (unsigned)status);
	json_close(o->json, '}');
	json_close(o->json, '}');
	return out_end_record(o, e) == -1 ? -1 : out_flush(o, e);
}
