/* What MAIL and RCPT say of a message to this server: its extensions, their limits, the addresses. */
#include <string.h>

#include "base/mem.h"
#include "proto/smtp_message.h"
#include "wire/tls.h"

/* An address as it is sent: with A-labels for its domain, in `made`, unless it may stay as it is. NULL: e. */
static const char *
wire_form(struct addrs *made, const char *addr, bool utf8, struct err *e)
{
	const char *domain, *wire = NULL;
	struct buf b = {0};

	if (utf8 || !addr_domain_is_8bit(addr))
		return addr;
	domain = addr_domain(addr);
	buf_add(&b, addr, (size_t)(domain - addr));
	if (tls_idna(domain, strlen(domain), &b)) {
		addrs_add(made, b.data, b.len);
		wire = made->list[made->n - 1];
	} else {
		err_set(e, EX_DATAERR, "%s: its domain is no domain name", addr);
	}
	buf_free(&b);
	return wire;
}

static int
no_utf8(const char *what, const struct smtp_caps *caps, struct err *e)
{
	return err_set(e, EX_UNAVAILABLE, "%s needs SMTPUTF8, which %s", what,
		caps->smtputf8 ? "is switched off" : "the server does not offer");
}

const char *
smtp_address_fit(const struct smtp_caps *caps, const char *addr, bool given, struct addrs *made,
	bool *utf8, struct err *e)
{
	*utf8 = addr_local_is_8bit(addr);
	if (*utf8 && !caps->smtputf8) {
		(void)no_utf8("an address that is not ASCII", caps, e);
		return NULL;
	}
	return wire_form(made, addr, *utf8 || given, e);
}

static bool
local_8bit(const struct smtp_message *m)
{
	for (size_t i = 0; i < m->env.rcpts.n; i++)
		if (addr_local_is_8bit(m->env.rcpts.list[i]))
			return true;
	return addr_local_is_8bit(m->env.from);
}

/* Does it need SMTPUTF8 (*utf8), and may it have it (RFC 6531, section 3.1)? */
static int
decide_utf8(const struct smtp_message *m, const struct smtp_caps *caps,
	const struct smtp_terms *terms, bool *utf8, struct err *e)
{
	bool local = local_8bit(m);

	*utf8 = local ||
		(m->utf8_header && !terms->no_utf8 && (caps->smtputf8 || !terms->send_8bit));
	if (!*utf8 || (caps->smtputf8 && !terms->no_utf8))
		return 0;
	return no_utf8(
		local ? "an address that is not ASCII" : "a header that is not ASCII", caps, e);
}

int
smtp_message_check(const struct smtp_message *m, const struct smtp_caps *caps, struct err *e)
{
	if (m->eightbit && !caps->eightbit && !m->terms->send_8bit)
		return err_set(e, EX_UNAVAILABLE,
			"the message needs 8BITMIME, which the server does not offer");
	if (caps->size && caps->size_max != 0 && m->octets > caps->size_max)
		return err_set(e, EX_UNAVAILABLE,
			"the message has %ju octets, the server takes at most %ju",
			(uintmax_t)m->octets, (uintmax_t)caps->size_max);
	return 0;
}

static void
add_param(struct buf *b, const char *param)
{
	if (b->len != 0)
		buf_addc(b, ' ');
	buf_adds(b, param);
}

/* Parameters the user gave, each checked against what the server offers, or left out (relaxed). */
static int
add_given(struct buf *b, const struct smtp_caps *caps, const char *const *params, size_t n,
	bool relaxed, struct err *e)
{
	struct err ignored;

	for (size_t i = 0; i < n; i++) {
		if (smtp_param_offered(caps, params[i], relaxed ? &ignored : e) == 0)
			add_param(b, params[i]);
		else if (!relaxed)
			return -1;
	}
	return 0;
}

static int
make_params(struct smtp_message *m, const struct smtp_caps *caps, const struct smtp_terms *terms,
	bool utf8, struct err *e)
{
	const char *const *given = terms->mail_params;
	size_t n = terms->nmail_params;
	struct buf mail = {0}, rcpt = {0};
	int rc;

	if (caps->size && !smtp_param_has(given, n, "SIZE")) {
		buf_adds(&mail, "SIZE=");
		buf_addu(&mail, m->octets);
	}
	if (m->eightbit && caps->eightbit && !smtp_param_has(given, n, "BODY"))
		add_param(&mail, "BODY=8BITMIME");
	if (utf8 && !smtp_param_has(given, n, "SMTPUTF8"))
		add_param(&mail, "SMTPUTF8");
	rc = add_given(&mail, caps, given, n, terms->relaxed, e);
	if (rc == 0)
		rc = add_given(
			&rcpt, caps, terms->rcpt_params, terms->nrcpt_params, terms->relaxed, e);
	m->params = mail.len != 0 ? buf_steal(&mail) : NULL;
	m->rcpt_params = rcpt.len != 0 ? buf_steal(&rcpt) : NULL;
	buf_free(&mail);
	buf_free(&rcpt);
	return rc;
}

/* The job; the addresses are borrowed from the envelope, unless they had to be made. */
static int
make_job(struct smtp_message *m, const struct smtp_terms *terms, bool utf8, struct err *e)
{
	size_t n = m->env.rcpts.n;

	m->job.from = wire_form(&m->wire, m->env.from, utf8, e);
	if (m->job.from == NULL)
		return -1;
	m->job.params = m->params;
	m->job.octets = m->octets;
	m->job.all_or_none = terms->all_or_none;
	m->job.feed = smtp_message_feed;
	m->job.nrcpt = n;
	m->job.rcpt = mem_zalloc((n + 1) * sizeof *m->job.rcpt);
	for (size_t i = 0; i < n; i++) {
		m->job.rcpt[i].addr = wire_form(&m->wire, m->env.rcpts.list[i], utf8, e);
		m->job.rcpt[i].params = m->rcpt_params;
		if (m->job.rcpt[i].addr == NULL)
			return -1;
	}
	return 0;
}

int
smtp_message_fit(struct smtp_message *m, const struct smtp_caps *caps, struct err *e)
{
	const struct smtp_terms *terms = m->terms;
	bool utf8 = false;

	if (decide_utf8(m, caps, terms, &utf8, e) == -1 || smtp_message_check(m, caps, e) == -1 ||
		make_params(m, caps, terms, utf8, e) == -1)
		return -1;
	return make_job(m, terms, utf8, e);
}
