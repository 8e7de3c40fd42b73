#include "proto/pop_box.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/block.h"

/* More mail than this does not arrive between the replies to LIST and UIDL. */
#define IGNORED_MAX 10000

/* The contents of the replies so far. */
struct reading {
	struct pop *p;
	struct pop_box *b;
	uint64_t count;   /* as STAT announced it */
	bool listed;      /* LIST was answered, or is replaced by STAT's count */
	uint64_t ignored; /* lines of UIDL for messages that LIST does not have */
	size_t next;      /* the message that the next UIDL line is likely to be about */
	struct err why;   /* the first refusal */
};

static int
add_mail(struct reading *r, uint64_t number, uint64_t octets, struct err *e)
{
	struct pop_box *b = r->b;

	if (number == 0 || number > UINT32_MAX)
		return err_set(e, EX_PROTOCOL,
			"the listing names message %" PRIu64 ", an impossible number", number);
	if (b->n >= r->count)
		return err_set(e, EX_PROTOCOL, "more messages than STAT announced (%" PRIu64 ")",
			r->count);
	if (b->n == POP_BOX_MAX || octets > INT64_MAX - b->octets)
		return err_set(e, EX_PROTOCOL,
			"the server lists more messages than mailnet can handle (%d)", POP_BOX_MAX);
	b->mails = mem_grow(b->mails, b->n, &b->room, sizeof *b->mails);
	b->mails[b->n++] = (struct pop_mail){.number = (uint32_t)number, .octets = octets};
	b->octets += octets;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	const struct pop_mail *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Sort the messages by number, if necessary, and refuse a number that is listed twice. */
static int
sort(struct reading *r, struct err *e)
{
	struct pop_box *b = r->b;
	size_t i;

	for (i = 1; i < b->n && b->mails[i - 1].number < b->mails[i].number; i++)
		;
	if (i >= b->n)
		return 0;
	qsort(b->mails, b->n, sizeof *b->mails, by_number);
	for (i = 1; i < b->n; i++)
		if (b->mails[i - 1].number == b->mails[i].number)
			return err_set(e, EX_PROTOCOL, "message %u is listed twice",
				(unsigned)b->mails[i].number);
	return 0;
}

static int
take_stat(struct reading *r, struct err *e)
{
	const struct reply *reply = &r->p->reply;
	uint64_t octets;

	return pop_two_numbers(buf_str(&reply->text), reply->text.len, &r->count, &octets, e);
}

static int
take_list_line(struct reading *r, const char *line, size_t n, struct err *e)
{
	uint64_t number, octets;

	if (pop_two_numbers(line, n, &number, &octets, e) == -1)
		return -1;
	return add_mail(r, number, octets, e);
}

/* Without LIST, the messages are 1 to STAT's count. */
static int
assume_list(struct reading *r, struct err *e)
{
	if (r->listed || r->why.status != 0)
		return 0;
	r->listed = true;
	if (r->count > POP_BOX_MAX)
		return err_set(e, EX_PROTOCOL,
			"STAT announced %" PRIu64 " messages; mailnet can handle %d", r->count,
			POP_BOX_MAX);
	for (uint64_t i = 1; i <= r->count; i++)
		if (add_mail(r, i, 0, e) == -1)
			return -1;
	return 0;
}

static struct pop_mail *
find(struct reading *r, uint64_t number)
{
	struct pop_box *b = r->b;
	struct pop_mail key = {.number = (uint32_t)number}, *m;

	if (number > UINT32_MAX || b->n == 0)
		return NULL;
	if (r->next < b->n && b->mails[r->next].number == number)
		return &b->mails[r->next++];
	m = bsearch(&key, b->mails, b->n, sizeof key, by_number);
	if (m != NULL)
		r->next = (size_t)(m - b->mails) + 1;
	return m;
}

static int
take_uidl_line(struct reading *r, const char *line, size_t n, struct err *e)
{
	struct pop_mail *m;
	const char *uid = NULL;
	uint64_t number = 0;
	size_t len = 0;

	if (pop_uidl_line(line, n, &number, &uid, &len, e) == -1)
		return -1;
	m = find(r, number);
	/* Mail that arrived after the reply to LIST: the next session will see it. */
	if (m == NULL && ++r->ignored <= IGNORED_MAX)
		return 0;
	if (m == NULL)
		return err_set(e, EX_PROTOCOL, "more than %d messages that LIST does not have",
			IGNORED_MAX);
	if (m->uid_at != 0)
		return err_set(e, EX_PROTOCOL, "message %" PRIu64 " is listed twice", number);
	if (len > POP_UIDS_MAX - r->b->uids.len)
		return err_set(e, EX_PROTOCOL, "the server sent more than %d octets of unique-ids",
			POP_UIDS_MAX);
	if (r->b->uids.len == 0)
		buf_addc(&r->b->uids, '\n'); /* so that offset 0 means: no unique-id */
	m->uid_at = r->b->uids.len;
	m->uid_len = (uint32_t)len;
	buf_add(&r->b->uids, uid, len);
	return 0;
}

/*
 * Remove the messages of LIST that UIDL does not have: another session has just removed them, or they are not complete
 * yet. If UIDL lists no message at all, the server does not have unique-ids, and all messages stay.
 */
static void
drop_unidentified(struct pop_box *b)
{
	size_t kept = 0;

	if (b->uids.len == 0)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (b->mails[i].uid_at != 0)
			b->mails[kept++] = b->mails[i];
		else
			b->octets -= b->mails[i].octets;
	b->n = kept;
}

/* Read the block after +OK line by line. */
static int
take_block(struct reading *r, int (*take)(struct reading *, const char *, size_t, struct err *),
	struct err *e)
{
	char *line;
	size_t n;
	int rc;

	while ((rc = block_line(r->p->q->conn, &line, &n, e)) == 1)
		if (take(r, line, n, e) == -1)
			return -1;
	return rc == -1 ? pop_lost(r->p, e) : 0;
}

static int
take(struct reading *r, int tag, struct err *e)
{
	int rc = 0;

	switch (tag) {
	case POP_STAT: rc = take_stat(r, e); break;
	case POP_LIST:
		r->listed = true;
		r->b->sized = true;
		rc = take_block(r, take_list_line, e);
		if (rc == 0)
			rc = sort(r, e);
		break;
	case POP_UIDL:
		if (!r->listed && r->why.status != 0)
			return block_skip(r->p->q->conn,
				e); /* without a mailbox, its unique-ids are useless */
		rc = assume_list(r, e);
		if (rc == 0)
			rc = take_block(r, take_uidl_line, e);
		if (rc == 0)
			drop_unidentified(r->b);
		break;
	}
	return rc == -1 ? pop_malformed(r->p, e) : 0;
}

int
pop_box_read(struct pop *p, struct pop_box *b, struct err *e)
{
	struct reading r = {.p = p, .b = b, .count = UINT64_MAX};
	int put = POP_STAT;

	while (put <= POP_UIDL || cmdq_pending(p->q) > 0) {
		struct err own = {0};
		int tag, rc;

		for (; put <= POP_UIDL && pop_room(p); put++)
			if (pop_put(p, put, (enum pop_command)put, POP_ALL, e) == -1)
				return -1;
		rc = pop_next(p, &tag, EX_UNAVAILABLE, &own);
		if (rc == 1)
			rc = take(&r, tag, &own);
		else if (rc == 0 && (tag == POP_STAT || own.status == EX_TEMPFAIL) &&
			 r.why.status == 0)
			r.why = own;
		if (rc == -1) {
			*e = own;
			return -1;
		}
	}
	if (r.why.status == 0 && assume_list(&r, &r.why) == 0)
		return 0;
	*e = r.why;
	return -1;
}

void
pop_box_free(struct pop_box *b)
{
	free(b->mails);
	buf_free(&b->uids);
	*b = (struct pop_box){0};
}

const char *
pop_box_uid(const struct pop_box *b, size_t i, size_t *n)
{
	*n = b->mails[i].uid_len;
	return *n != 0 ? b->uids.data + b->mails[i].uid_at : NULL;
}
