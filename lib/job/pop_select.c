#include "job/pop_select.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"

/* The longest line of stdin, in octets. */
#define LINE_LONGEST 4096

int
pop_word_parse(const char *p, size_t n, struct pop_word *to, struct err *e)
{
	int shown = n < 100 ? (int)n : 100;

	*to = (struct pop_word){0};
	if (n < 4 || memcmp(p, "uid:", 4) != 0) {
		if (text_number(p, n, INT64_MAX, &to->number))
			return 0;
		return err_set(e, EX_DATAERR, "'%.*s' is neither a number nor uid:UID", shown, p);
	}
	to->uid = p + 4;
	to->uid_len = n - 4;
	if (to->uid_len == 0)
		return err_set(e, EX_DATAERR, "the unique-id after uid: is empty");
	for (size_t i = 4; i < n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 127)
			return err_set(e, EX_DATAERR, "the unique-id contains a control character");
	return 0;
}

static int
next_line(struct pop_select *s, bool pending, struct err *e)
{
	struct err own = {0};
	const char *p;
	size_t n;
	int rc = line_reader_word(&s->lines, pending ? 0 : WAIT_FOREVER, &p, &n, e);

	if (rc == LINE_LATE || rc == LINE_END)
		return rc == LINE_LATE ? POP_SELECT_LATE : POP_SELECT_END;
	if (rc == -1)
		return e->status == EX_DATAERR ? POP_SELECT_BAD : -1;
	if (pop_word_parse(p, n, &s->word, &own) == 0)
		return POP_SELECT_MESSAGE;
	*e = own;
	err_prefix(e, "stdin:%ju", (uintmax_t)s->lines.line);
	return POP_SELECT_BAD;
}

static int
next_word(struct pop_select *s, bool pending, struct err *e)
{
	if (s->held)
		return POP_SELECT_MESSAGE;
	if (s->from_stdin)
		return next_line(s, pending, e);
	if (s->next == s->n)
		return POP_SELECT_END;
	s->word = s->words[s->next++];
	return POP_SELECT_MESSAGE;
}

int
pop_select_next(struct pop_select *s, struct pop *p, bool pending, uint64_t *number, struct err *e)
{
	int rc;

	if (s->lines.name == NULL)
		s->lines = (struct line_reader){
			.fd = STDIN_FILENO, .name = "stdin", .max = LINE_LONGEST};
	rc = next_word(s, pending, e);
	if (rc != POP_SELECT_MESSAGE)
		return rc;
	*number = s->word.number;
	if (s->word.uid == NULL)
		return rc;
	/* UIDL needs a pipeline of its own; the line stays valid until the next one is read. */
	s->held = pending && !s->uids.loaded;
	if (s->held)
		return POP_SELECT_LATE;
	if (pop_uids_load(&s->uids, p, e) == -1)
		return -1;
	return pop_uids_find(&s->uids, s->word.uid, s->word.uid_len, number, e) == 0
		       ? POP_SELECT_MESSAGE
		       : POP_SELECT_BAD;
}

void
pop_select_free(struct pop_select *s)
{
	pop_uids_free(&s->uids);
	line_reader_free(&s->lines);
}
