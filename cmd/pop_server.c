/* pop verbs about the server itself, and the rawest of all. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cmd/common_verbs.h"
#include "cmd/pop_run.h"
#include "cmd/print.h"
#include "wire/block.h"

/* The capabilities as an array, which the caller frees; its strings belong to the session. */
static struct info_cap *
split_caps(const struct pop *p, size_t *count)
{
	const char *line = buf_str(&p->caps.lines), *end = line + p->caps.lines.len;
	struct info_cap *caps = NULL;

	*count = 0;
	while (line < end) {
		const char *eol = memchr(line, '\n', (size_t)(end - line));

		caps = mem_resize(caps, *count + 1, sizeof *caps);
		caps_split(line, (size_t)(eol - line), &caps[*count]);
		*count += caps[*count].name_len != 0;
		line = eol + 1;
	}
	return caps;
}

static int
ask_capa(struct session *s, struct err *e)
{
	struct pop *p = pop_of(s);

	if (pop_capa_now(p, e) == -1)
		return -1;
	client_note(&s->c, 0, buf_str(&p->caps.status), p->caps.status.len);
	return 0;
}

int
pop_capa_run(struct session *s, const struct args *a, struct err *e)
{
	struct info_cap *caps;
	size_t n;
	int rc;

	(void)a;
	if (ask_capa(s, e) == -1)
		return -1;
	caps = split_caps(pop_of(s), &n);
	rc = caps_print(s, caps, n, e);
	free(caps);
	return rc;
}

/* EXPIRE and LOGIN-DELAY (RFC 2449, sections 6.5 and 6.7) are numbers that a client lives by. */
static size_t
find_limits(const struct info_cap *caps, size_t n, struct info_limit *limits)
{
	static const char *const names[] = {"EXPIRE", "LOGIN-DELAY"};
	size_t count = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < n; i++) {
			const char *p = caps[i].args, *word;
			size_t len;

			if (!text_same_n(caps[i].name, caps[i].name_len, names[k]))
				continue;
			word = text_word(&p, p + caps[i].args_len, &len);
			if (word == NULL ||
				!text_number(word, len, INT64_MAX, &limits[count].value))
				continue;
			limits[count++].name = names[k];
			break;
		}
	return count;
}

int
pop_info_run(struct session *s, const struct args *a, struct err *e)
{
	struct info_limit limits[2];
	struct info_cap *caps;
	struct info info = {.limits = limits};
	int rc;

	(void)a;
	if (ask_capa(s, e) == -1)
		return -1;
	caps = split_caps(pop_of(s), &info.ncaps);
	info.caps = caps;
	info.nlimits = find_limits(caps, info.ncaps, limits);
	info.software = buf_str(&pop_of(s)->caps.implementation);
	rc = info_print(s, &info, e);
	free(caps);
	return rc;
}

int
pop_has_run(struct session *s, const struct args *a, struct err *e)
{
	if (ask_capa(s, e) == -1)
		return -1;
	return has_print(s, args_at(a, 0), pop_has(pop_of(s), args_at(a, 0)), e);
}

/* A command whose reply is all there is to it. */
static int
simple(struct session *s, const char *command, struct err *e)
{
	int rc = pop_simple(pop_of(s), EX_UNAVAILABLE, e, "%s", command);

	client_note_reply(&s->c, &pop_of(s)->reply);
	return rc == 0 ? pop_print_reply(s, e) : -1;
}

int
pop_noop_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return simple(s, "NOOP", e);
}

int
pop_utf8_run(struct session *s, const struct args *a, struct err *e)
{
	(void)a;
	return simple(s, "UTF8", e);
}

int
pop_rset_run(struct session *s, const struct args *a, struct err *e)
{
	int rc = pop_rset(pop_of(s), e);

	(void)a;
	client_note_reply(&s->c, &pop_of(s)->reply);
	return rc == 0 ? pop_print_reply(s, e) : -1;
}

/* ---- cmd --------------------------------------------------------------------------------------- */

/* Put the line, and know what it may have done. */
static int
put_line(struct session *s, const struct buf *line, struct err *e)
{
	struct pop *p = pop_of(s);
	struct buf shown = {0};
	int rc;

	cmd_line_show(buf_str(line), p->reply.code == 'c', &shown);
	rc = cmdq_put_secret(s->c.q, 0, buf_str(&shown), buf_str(line), line->len, e);
	buf_free(&shown);
	if (text_starts(buf_str(line), "DELE"))
		p->marked = true;
	return rc;
}

/* A command about one message: where it is refused without a code, that message is not there. */
static bool
of_message(const char *line)
{
	static const char *const commands[] = {"LIST ", "UIDL ", "RETR ", "TOP ", "DELE "};

	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (text_starts(line, commands[i]))
			return text_is_digit(line[strlen(commands[i])]);
	return false;
}

/* Print the reply and, with --multi, the lines that follow +OK. -ERR is returned as the error. */
static int
take_answer(struct session *s, const struct args *a, const struct buf *line, struct err *e)
{
	struct pop *p = pop_of(s);

	if (cmdq_reply(s->c.q, &p->reply, NULL, e) == -1)
		return -1;
	client_note_reply(&s->c, &p->reply);
	if (p->reply.code == '-') {
		pop_refused(p, of_message(buf_str(line)) ? EX_NO : EX_UNAVAILABLE, e);
		if (p->marked && text_same(buf_str(line), "QUIT"))
			e->status = EX_TEMPFAIL; /* as the verb */
		return -1;
	}
	if (p->reply.code == '+')
		pop_succeeded(p, buf_str(line));
	if (text_same(buf_str(line), "QUIT"))
		s->c.ended = true;
	else if (text_same(buf_str(line), "RSET"))
		p->marked = false;
	if (pop_print_reply(s, e) == -1)
		return -1;
	return args_has(a, "multi") && p->reply.code == '+' ? block_print(s, e) : 0;
}

int
pop_cmd_run(struct session *s, const struct args *a, struct err *e)
{
	struct buf line = {0};
	int rc = cmd_line_join(a, 0, &line, e);

	if (rc == 0)
		rc = put_line(s, &line, e);
	if (rc == 0)
		rc = take_answer(s, a, &line, e);
	buf_wipe(&line);
	return rc;
}
