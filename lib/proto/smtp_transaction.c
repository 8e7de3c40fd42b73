#include "proto/smtp_transaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/smtp.h"

/* ---- errors and notes -------------------------------------------------------------------------- */

const struct err *
smtp_transaction_error(const struct smtp_transaction *t)
{
	static const struct err none;

	return t->error != NULL ? t->error : &none;
}

struct err *
smtp_set_error(struct smtp_transaction *t)
{
	/* An error has room for a long text, and there may be thousands of transactions. */
	if (t->error == NULL)
		t->error = mem_zalloc(sizeof *t->error);
	return t->error;
}

static bool
has_error(const struct smtp_transaction *t)
{
	return smtp_transaction_error(t)->status != 0;
}

/* Note the reply that becomes the reply of the message, unless a later one replaces it. */
static void
note_reply(struct smtp_transaction *t, const struct reply *r, const char *command)
{
	t->command = command;
	t->code = r->code;
	buf_clear(&t->text);
	buf_add(&t->text, r->text.data, r->text.len);
}

/* The same for a reply that is the reason for refusing the message. */
static void
note_refusal(struct smtp_transaction *t, const struct reply *r, const char *command)
{
	note_reply(t, r, command);
	smtp_reply_error(
		command, r->code, buf_str(&r->text), smtp_class(r->code), smtp_set_error(t));
}

static void
note_rcpt(struct smtp_rcpt *rcpt, int code, const char *text)
{
	rcpt->code = code;
	free(rcpt->text);
	rcpt->text = text != NULL ? mem_strdup(text) : NULL;
}

size_t
smtp_next_rcpt(const struct smtp_transaction *t, enum smtp_rcpt_state state, size_t from)
{
	while (from < t->nrcpt && t->rcpt[from].state != state)
		from++;
	return from;
}

size_t
smtp_next_command(const struct smtp_transaction *t, size_t i)
{
	return 1 + smtp_next_rcpt(t, SMTP_RCPT_PENDING, i);
}

void
smtp_skip_envelope(struct smtp_transaction *t)
{
	for (size_t i = 0; i < t->nrcpt; i++)
		t->rcpt[i].state = SMTP_RCPT_ACCEPTED;
	t->accepted = t->nrcpt;
	t->sent = t->answered = t->nrcpt + 1;
	t->mail = SMTP_MAIL_ACCEPTED;
	t->wait = true;
}

/* ---- rounds ------------------------------------------------------------------------------------ */

/* Is it a 452 for too many recipients, or the 552 of RFC 821? Not if the enhanced code means something else. */
static bool
is_too_many(const struct reply *r)
{
	const char *last = strrchr(buf_str(&r->text), '\n'); /* the line whose code counts */
	const char *text = (last != NULL ? last + 1 : buf_str(&r->text)) + 3;

	if (r->code != 452 && r->code != 552)
		return false;
	text += *text != '\0';
	if (strlen(text) > 5 && (text[0] == '4' || text[0] == '5') && text[1] == '.')
		return strncmp(text + 1, ".5.3", 4) == 0;
	return r->code == 452; /* without an enhanced code 552 means a full mailbox */
}

bool
smtp_needs_round(const struct smtp_transaction *t)
{
	return t->deferred > 0 && t->accepted > 0 && !has_error(t);
}

void
smtp_next_round(struct smtp_transaction *t)
{
	/* Each recipient keeps the reply that deferred it until another one takes its place. */
	for (size_t i = 0; i < t->nrcpt; i++)
		if (t->rcpt[i].state == SMTP_RCPT_DEFERRED)
			t->rcpt[i].state = SMTP_RCPT_PENDING;
	t->round++;
	t->sent = t->answered = 0;
	t->accepted = t->deferred = t->delivered = t->reported = 0;
	t->mail = SMTP_MAIL_PENDING;
	t->content = SMTP_CONTENT_WAITING;
	t->bdat_alone = false;
}

/* Was the whole message sent, in this round or an earlier one? */
static bool
was_sent(const struct smtp_transaction *t)
{
	return t->content == SMTP_CONTENT_COMPLETE || t->round > 0;
}

/* ---- replies ----------------------------------------------------------------------------------- */

void
smtp_mail_reply(struct smtp_transaction *t, const struct reply *r)
{
	t->mail = r->code / 100 == 2 ? SMTP_MAIL_ACCEPTED : SMTP_MAIL_REFUSED;
	if (t->mail == SMTP_MAIL_REFUSED)
		note_refusal(t, r, "MAIL");
}

void
smtp_rcpt_reply(struct smtp_transaction *t, size_t i, const struct reply *r)
{
	struct smtp_rcpt *rcpt = &t->rcpt[i];

	/* After a refused MAIL, the replies to RCPT do not concern the recipients. */
	if (smtp_mail_refused(t))
		return;
	if (r->code / 100 == 2) {
		rcpt->state = SMTP_RCPT_ACCEPTED;
		t->accepted++;
		return;
	}
	note_rcpt(rcpt, r->code, buf_str(&r->text));
	rcpt->state = SMTP_RCPT_REFUSED;
	if (!t->all_or_none && t->accepted > 0 && is_too_many(r)) {
		rcpt->state = SMTP_RCPT_DEFERRED;
		t->deferred++;
	}
}

void
smtp_data_refused(struct smtp_transaction *t, const struct reply *r, const char *command)
{
	for (size_t i = 0; r->code >= 400 && i < t->nrcpt; i++) {
		if (t->rcpt[i].state != SMTP_RCPT_ACCEPTED)
			continue;
		t->rcpt[i].state = SMTP_RCPT_FAILED;
		/* In a further round the refusal concerns these recipients, not the message. */
		if (t->round > 0)
			note_rcpt(&t->rcpt[i], r->code, buf_str(&r->text));
	}
	/* If MAIL or every RCPT was refused, this refusal only follows from that. */
	if (!smtp_mail_refused(t) && t->accepted > 0)
		note_refusal(t, r, command);
}

void
smtp_data_reply(struct smtp_transaction *t, const struct reply *r, const char *command)
{
	if (r->code / 100 != 2) {
		smtp_data_refused(t, r, command);
		return;
	}
	if (t->accepted == 0)
		return;
	note_reply(t, r, command);
	for (size_t i = 0; i < t->nrcpt; i++) {
		if (t->rcpt[i].state != SMTP_RCPT_ACCEPTED)
			continue;
		t->rcpt[i].state = SMTP_RCPT_DELIVERED;
		note_rcpt(&t->rcpt[i], 0, NULL);
	}
	t->delivered = t->accepted;
}

bool
smtp_lmtp_reply(struct smtp_transaction *t, const struct reply *r, const char *command)
{
	size_t i = smtp_next_rcpt(t, SMTP_RCPT_ACCEPTED, t->reported);

	note_reply(t, r, command);
	if (i < t->nrcpt) {
		bool delivered = r->code / 100 == 2;

		note_rcpt(&t->rcpt[i], r->code, buf_str(&r->text));
		t->rcpt[i].state = delivered ? SMTP_RCPT_DELIVERED : SMTP_RCPT_FAILED;
		t->delivered += delivered ? 1 : 0;
		t->reported = i + 1;
	}
	return smtp_next_rcpt(t, SMTP_RCPT_ACCEPTED, t->reported) == t->nrcpt;
}

/* ---- the outcome ------------------------------------------------------------------------------- */

/* The refusal of a recipient that stands for all: it becomes the reply of the message. NULL: none. */
static const struct smtp_rcpt *
note_worst_rcpt(struct smtp_transaction *t)
{
	const struct smtp_rcpt *worst = NULL;

	for (size_t i = 0; i < t->nrcpt; i++) {
		const struct smtp_rcpt *r = &t->rcpt[i];

		if (r->state == SMTP_RCPT_DELIVERED || r->code == 0)
			continue;
		/* A temporary refusal goes before a permanent one: sending the message again may succeed. */
		if (worst == NULL || (r->code < 500 && worst->code >= 500))
			worst = r;
	}
	if (worst == NULL)
		return NULL;
	if (worst->state != SMTP_RCPT_FAILED || t->command == NULL)
		t->command = "RCPT";
	t->code = worst->code;
	buf_clear(&t->text);
	buf_adds(&t->text, worst->text);
	return worst;
}

/* If neither MAIL nor the data was refused, the replies about the recipients are the reason. */
static void
set_error_of_rcpts(struct smtp_transaction *t)
{
	const struct smtp_rcpt *worst = has_error(t) ? NULL : note_worst_rcpt(t);

	if (worst == NULL)
		return;
	smtp_reply_error(worst->addr, worst->code, worst->text,
		worst->code < 500 || worst->code == 530 ? smtp_class(worst->code) : EX_NOUSER,
		smtp_set_error(t));
}

static void
set_unknown(struct smtp_transaction *t, const char *cause)
{
	char *text = mem_strdup(cause); /* which may be the text of the error */

	err_set(smtp_set_error(t), EX_TEMPFAIL, "%.900s: may have been delivered", text);
	free(text);
	for (size_t i = 0; i < t->nrcpt; i++)
		if (t->rcpt[i].state == SMTP_RCPT_ACCEPTED)
			note_rcpt(&t->rcpt[i], 0, NULL);
	t->outcome = SMTP_UNKNOWN;
}

/* Was the reply after the data, or one of them (LMTP), neither positive nor negative? */
static bool
is_reply_odd(const struct smtp_transaction *t)
{
	if (has_error(t))
		return t->content == SMTP_CONTENT_COMPLETE && t->error->status == EX_PROTOCOL &&
		       t->accepted > 0;
	for (size_t i = 0; was_sent(t) && i < t->nrcpt; i++)
		if (t->rcpt[i].state == SMTP_RCPT_FAILED && t->rcpt[i].code / 100 == 3)
			return true;
	return false;
}

/* The outcome by the states of the recipients and, if the server accepted the message for none, by the error. */
static void
set_known(struct smtp_transaction *t)
{
	const struct err *why = smtp_transaction_error(t);
	size_t delivered = 0;

	for (size_t i = 0; i < t->nrcpt; i++)
		delivered += t->rcpt[i].state == SMTP_RCPT_DELIVERED ? 1 : 0;
	if (delivered > 0) {
		t->outcome = delivered == t->nrcpt ? SMTP_DELIVERED : SMTP_PARTIAL;
		(void)note_worst_rcpt(t);
		return;
	}
	/* A demanded login or a violation of the protocol does not concern the message itself. */
	t->outcome = why->code >= 500 && why->status != EX_TEMPFAIL && why->status != EX_NOPERM
			     ? SMTP_REFUSED
			     : SMTP_DEFERRED;
}

void
smtp_set_outcome(struct smtp_transaction *t)
{
	if (t->outcome == SMTP_UNKNOWN)
		return;
	if (is_reply_odd(t)) {
		set_error_of_rcpts(t);
		set_unknown(t, smtp_transaction_error(t)->text);
		return;
	}
	if (smtp_next_rcpt(t, SMTP_RCPT_DELIVERED, 0) == t->nrcpt) {
		set_error_of_rcpts(t);
		if (!has_error(t))
			err_set(smtp_set_error(t), EX_PROTOCOL,
				"the server sent no reply for any recipient");
	}
	set_known(t);
}

const char *
smtp_outcome_name(enum smtp_outcome outcome)
{
	static const char *const names[] = {[SMTP_PENDING] = "later",
		[SMTP_DELIVERED] = "delivered",
		[SMTP_PARTIAL] = "partly",
		[SMTP_REFUSED] = "refused",
		[SMTP_DEFERRED] = "later",
		[SMTP_UNKNOWN] = "unknown"};

	return names[outcome];
}

void
smtp_outcome_error(const struct smtp_transaction *t, struct err *e)
{
	err_clear(e);
	if (t->outcome == SMTP_PARTIAL)
		err_set(e, EX_NO, "%s", "");
	else if (t->outcome != SMTP_DELIVERED)
		*e = *smtp_transaction_error(t);
}

void
smtp_abandon(struct smtp_transaction *t, const struct err *e, bool complete)
{
	if (complete) {
		set_unknown(t, e->status > EX_SIGNAL ? "interrupted" : e->text);
		return;
	}
	if (!has_error(t))
		*smtp_set_error(t) = *e;
	/* LMTP: a 421 about one recipient is the reply about the following recipients, too. */
	for (size_t i = 0; t->reported > 0 && t->code == 421 && i < t->nrcpt; i++)
		if (t->rcpt[i].state == SMTP_RCPT_ACCEPTED)
			note_rcpt(&t->rcpt[i], t->code, buf_str(&t->text));
	set_known(t);
}

void
smtp_mark_unknown(struct smtp_transaction *t, const struct err *why)
{
	if (!was_sent(t) ||
		(t->round == 0 && t->bdat_alone && t->code >= 400 && why->code / 100 != 2))
		return;
	for (size_t i = 0; i < t->nrcpt; i++) {
		if (t->rcpt[i].state == SMTP_RCPT_DELIVERED)
			t->rcpt[i].state = SMTP_RCPT_ACCEPTED;
		note_rcpt(&t->rcpt[i], 0, NULL);
	}
	t->command = NULL;
	t->code = 0;
	buf_clear(&t->text);
	set_unknown(t, why->text);
}

void
smtp_transaction_clear(struct smtp_transaction *t)
{
	for (size_t i = 0; i < t->nrcpt; i++)
		note_rcpt(&t->rcpt[i], 0, NULL);
	buf_free(&t->text);
	free(t->error);
	t->error = NULL;
}
