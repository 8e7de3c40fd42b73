#include "mail/envelope.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/addr.h"
#include "mail/header.h"

/* The fields of a Resent- block; Resent-Reply-To is obsolete (RFC 5322, section 4.5.6). */
static const char *const resent_names[] = {
	"Resent-Date",
	"Resent-From",
	"Resent-Sender",
	"Resent-To",
	"Resent-Cc",
	"Resent-Bcc",
	"Resent-Message-ID",
	"Resent-Reply-To",
};

#define RESENT_NAMES (sizeof resent_names / sizeof *resent_names)

/* *resent: does the header have Resent- fields? EX_DATAERR if it was resent several times. */
static int
find_resent(const char *header, size_t n, bool *resent, struct err *e)
{
	unsigned seen[RESENT_NAMES] = {0};
	struct header_walk w;
	struct header_field f;

	*resent = false;
	for (header_walk(&w, header, n); header_next(&w, &f);) {
		if (f.name_len < 7 || !text_same_n(f.name, 7, "Resent-"))
			continue;
		for (size_t i = 0; i < RESENT_NAMES; i++) {
			if (!header_is(&f, resent_names[i]))
				continue;
			*resent = true;
			if (seen[i]++ != 0)
				return err_set(e, EX_DATAERR,
					"the header has several Resent- blocks (%s twice); "
					"give sender and recipients as arguments",
					resent_names[i]);
		}
	}
	return 0;
}

/* Append the addresses of every field with this name. */
static int
collect(const char *header, size_t n, const char *name, struct addrs *out, struct err *e)
{
	struct header_walk w;
	struct header_field f;

	for (header_walk(&w, header, n); header_next(&w, &f);)
		if (header_is(&f, name) && addr_parse(f.value, f.value_len, out, e) < 0)
			return err_prefix(e, "%s", name);
	return 0;
}

/* The first address in the fields with this name; NULL: none, with e set if a field has a syntax error. */
static char *
first_address(const char *header, size_t n, const char *name, struct err *e)
{
	struct addrs found = {0};
	char *from;

	collect(header, n, name, &found, e);
	from = found.n != 0 ? mem_strdup(found.list[0]) : NULL;
	addrs_free(&found);
	return from;
}

/* Read the sender. If Sender has no address or a syntax error, use From. */
static int
read_from(struct envelope *v, const char *header, size_t n, bool resent, struct err *e)
{
	struct err bad_sender = {0}, bad_from = {0};
	char *from = first_address(header, n, resent ? "Resent-Sender" : "Sender", &bad_sender);

	if (from == NULL)
		from = first_address(header, n, resent ? "Resent-From" : "From", &bad_from);
	if (from == NULL && bad_from.status + bad_sender.status == 0)
		return err_set(e, EX_DATAERR,
			"no sender: the header has no address in %s (give it with -f)",
			resent ? "Resent-Sender or Resent-From" : "Sender or From");
	if (from == NULL) {
		*e = bad_from.status != 0 ? bad_from : bad_sender;
		return -1;
	}
	free(v->from);
	v->from = from;
	return 0;
}

static int
read_rcpts(struct envelope *v, const char *header, size_t n, bool resent, struct err *e)
{
	static const char *const names[] = {"Resent-To", "Resent-Cc", "Resent-Bcc"};

	for (size_t i = 0; i < 3; i++)
		if (collect(header, n, names[i] + (resent ? 0 : 7), &v->rcpts, e) < 0)
			return -1;
	if (v->rcpts.n == 0)
		return err_set(e, EX_DATAERR,
			"no recipient: the header has no address in %s (or give recipients as "
			"arguments)",
			resent ? "Resent-To, Resent-Cc or Resent-Bcc" : "To, Cc or Bcc");
	addrs_unique(&v->rcpts);
	return 0;
}

int
envelope_read(struct envelope *v, const char *header, size_t n, unsigned wanted, struct err *e)
{
	bool resent;

	if (wanted == 0)
		return 0;
	if (find_resent(header, n, &resent, e) < 0)
		return -1;
	if ((wanted & ENVELOPE_FROM) != 0 && read_from(v, header, n, resent, e) < 0)
		return -1;
	if ((wanted & ENVELOPE_RCPTS) != 0 && read_rcpts(v, header, n, resent, e) < 0)
		return -1;
	return 0;
}

void
envelope_free(struct envelope *v)
{
	free(v->from);
	v->from = NULL;
	addrs_free(&v->rcpts);
}
