#include "store/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/hdrsum.h"
#include "store/record.h"
#include "store/state.h"
#include "store/store.h"

/* Greatest number of records in one write. */
#define RECORDS 256

struct item {
	uint64_t size, id;
	unsigned char header[HDRSUM];
	char *uid; /* encoded */
};

struct deliver {
	struct sink sink;
	struct store *st;
	struct state *state;
	struct hdrsum sum;
	bool open; /* a message is under way */
	struct item *item;
	size_t count, limit;
	uint64_t octets;  /* of the group */
	struct item last; /* of the last commit, for deliver_void_last; uid NULL: none */
	char *last_name;
};

static int
deliver_write(struct sink *s, const char *p, size_t n, struct err *e)
{
	struct deliver *d = (struct deliver *)s;

	d->octets += n;
	if (d->state != NULL && d->sum.state != HDRSUM_BODY)
		sink_write(&d->sum.sink, p, n, e);
	return sink_write(&d->st->sink, p, n, e);
}

/* Journal entries that a killed run prepared but did not complete: ask the store for each, and record the outcome. */
static int
recover(struct deliver *d, struct err *e)
{
	size_t n = d->state != NULL ? state_pending(d->state) : 0;
	char **names = mem_zalloc((n + 1) * sizeof *names);
	bool *stored = mem_zalloc((n + 1) * sizeof *stored);
	int rc = n == 0 ? 0 : state_pending_names(d->state, names, e);

	if (rc == 0)
		rc = d->st->ops->recover(d->st, (const char *const *)names, n, stored, e);
	if (rc == 0 && n != 0)
		rc = state_settle(d->state, stored, e);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	free(stored);
	return rc;
}

struct deliver *
deliver_open(struct store *st, struct state *state, struct err *e)
{
	struct deliver *d = mem_zalloc(sizeof *d);

	d->sink.write = deliver_write;
	d->st = st;
	d->state = state;
	d->limit = DELIVER_MESSAGES;
	d->item = mem_zalloc(DELIVER_MESSAGES * sizeof *d->item);
	/* Without the journal's lock, another run may be working on this mailbox. */
	if (state != NULL && st->ops->recover != NULL && recover(d, e) == -1) {
		deliver_close(d);
		return NULL;
	}
	return d;
}

void
deliver_limit(struct deliver *d, size_t messages)
{
	if (messages != 0 && messages < DELIVER_MESSAGES)
		d->limit = messages;
}

void
deliver_known(struct deliver *d, const struct state_known *known)
{
	if (d->st->ops->taken != NULL && known->name != 0)
		d->st->ops->taken(d->st, known->name);
}

int
deliver_begin(struct deliver *d, const struct store_msg *msg, struct err *e)
{
	struct item *it = &d->item[d->count];
	char uid[RECORD_UID + 1];
	size_t n;

	if (d->count == DELIVER_MESSAGES)
		return err_set(e, EX_SOFTWARE, "a group of messages that was never committed");
	if (store_begin(d->st, msg, e) == -1)
		return -1;
	d->open = true;
	if (d->state == NULL)
		return 0;
	n = record_encode_uid(msg->key, msg->key != NULL ? msg->key_len : 0, uid);
	it->uid = mem_dup(uid, n);
	it->size = msg->octets;
	it->id = msg->id;
	hdrsum_begin(&d->sum);
	return 0;
}

struct sink *
deliver_sink(struct deliver *d)
{
	return &d->sink;
}

static void
forget_item(struct item *it)
{
	free(it->uid);
	it->uid = NULL;
}

/* The message under way is over: its header's digest, or nothing. */
static void
end_sum(struct deliver *d, unsigned char out[HDRSUM])
{
	if (d->state != NULL && d->open)
		hdrsum_end(&d->sum, out);
	d->open = false;
}

static void
as_record(const struct item *it, const char *name, struct record *r)
{
	*r = (struct record){.size = it->size,
		.name = name,
		.name_len = name != NULL ? strlen(name) : 0,
		.uid = it->uid,
		.uid_len = strlen(it->uid),
		.key = it->id};
	memcpy(r->header, it->header, HDRSUM);
}

int
deliver_end(struct deliver *d, struct err *e)
{
	struct record r;

	end_sum(d, d->item[d->count].header);
	if (store_end(d->st, e) == -1) {
		forget_item(&d->item[d->count]);
		return -1;
	}
	d->count++;
	if (d->state == NULL || !d->st->final)
		return 0;
	/* The destination has accepted the message, also if the group fails later: record it now. */
	as_record(&d->item[d->count - 1], store_name(d->st, d->count - 1), &r);
	return state_add(d->state, RECORD_STORED, &r, 1, false, e);
}

bool
deliver_alone(const struct deliver *d)
{
	return d->st->alone;
}

void
deliver_abort(struct deliver *d)
{
	if (!d->open)
		return;
	end_sum(d, NULL);
	store_abort(d->st);
	forget_item(&d->item[d->count]);
}

bool
deliver_full(const struct deliver *d)
{
	return d->count >= d->limit || d->octets >= DELIVER_OCTETS;
}

static int
write_records(struct deliver *d, enum record_kind kind, struct err *e)
{
	struct record r[RECORDS];
	size_t n;

	for (size_t done = 0; done < d->count; done += n) {
		n = d->count - done < RECORDS ? d->count - done : RECORDS;
		for (size_t i = 0; i < n; i++)
			as_record(&d->item[done + i], store_name(d->st, done + i), &r[i]);
		if (state_add(d->state, kind, r, n, done + n == d->count, e) == -1)
			return -1;
	}
	return 0;
}

static void
forget_last(struct deliver *d)
{
	forget_item(&d->last);
	free(d->last_name);
	d->last_name = NULL;
}

/* Keep what deliver_void_last needs; the item's strings change hands. */
static void
keep_last(struct deliver *d)
{
	struct item *it = &d->item[d->count - 1];
	const char *name = store_name(d->st, d->count - 1);

	forget_last(d);
	d->last = *it;
	d->last_name = name != NULL ? mem_strdup(name) : NULL;
	it->uid = NULL;
}

static void
forget_group(struct deliver *d)
{
	for (size_t i = 0; i < DELIVER_MESSAGES; i++)
		forget_item(&d->item[i]);
	d->count = 0;
	d->octets = 0;
}

int
deliver_commit(struct deliver *d, struct err *e)
{
	bool journal = d->state != NULL;

	if (d->count == 0)
		return 0;
	if (store_prepare(d->st, e) == -1)
		return -1;
	if (journal && d->st->ops->recover != NULL && write_records(d, RECORD_PREPARED, e) == -1)
		return -1;
	if (store_publish(d->st, e) == -1)
		return -1;
	if (journal && d->st->final && state_sync(d->state, e) == -1)
		return -1;
	if (journal && !d->st->final && write_records(d, RECORD_STORED, e) == -1)
		return -1;
	keep_last(d);
	forget_group(d);
	return 0;
}

int
deliver_void_last(struct deliver *d, struct err *e)
{
	struct record r;
	int rc;

	if (d->state == NULL || d->last.uid == NULL)
		return 0;
	as_record(&d->last, d->last_name, &r);
	rc = state_void(d->state, &r, e);
	forget_last(d);
	return rc;
}

const char *
deliver_name(const struct deliver *d, size_t i)
{
	return store_name(d->st, i);
}

void
deliver_close(struct deliver *d)
{
	if (d == NULL)
		return;
	deliver_abort(d);
	forget_group(d);
	forget_last(d);
	store_close(d->st);
	free(d->item);
	free(d);
}
