#include "proto/smtp_prepare.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "wire/tls.h"

/* ---- parameters -------------------------------------------------------------------------------- */

int
smtp_param_check(const char *param, struct err *e)
{
	size_t key = strcspn(param, "=");
	const char *value = param[key] == '=' ? param + key + 1 : NULL;
	bool ok = key > 0 && (value == NULL || *value != '\0');

	for (size_t i = 0; i < key; i++)
		ok = ok && (text_is_digit(param[i]) ||
				   (text_lower(param[i]) >= 'a' && text_lower(param[i]) <= 'z') ||
				   (param[i] == '-' && i > 0));
	for (const char *p = value; p != NULL && *p != '\0'; p++)
		ok = ok && *p != '=' && ((unsigned char)*p > 127 || (*p > ' ' && *p < 127));
	if (ok && strlen(param) <= ADDR_MAX)
		return 0;
	return err_set(e, EX_DATAERR, "'%.100s' is not a parameter: write KEY or KEY=VALUE", param);
}

int
smtp_param_add(struct addrs *params, const char *param, struct err *e)
{
	if (smtp_param_check(param, e) == -1)
		return -1;
	addrs_add(params, param, strlen(param));
	return 0;
}

static bool
is_key(const char *param, const char *key)
{
	return text_same_n(param, strcspn(param, "="), key);
}

bool
smtp_param_has(const char *const *params, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (is_key(params[i], key))
			return true;
	return false;
}

int
smtp_param_offered(const struct smtp_caps *caps, const char *param, struct err *e)
{
	/* Parameters whose name differs from that of their extension. */
	static const struct {
		const char *key, *extension;
	} of[] = {{"BODY", "8BITMIME"}, {"RET", "DSN"}, {"ENVID", "DSN"}, {"NOTIFY", "DSN"},
		{"ORCPT", "DSN"}, {"BY", "DELIVERBY"}, {"HOLDFOR", "FUTURERELEASE"},
		{"HOLDUNTIL", "FUTURERELEASE"}, {"SOLICIT", "NO-SOLICITING"},
		{"TRANSID", "CHECKPOINT"}, {"CONPERM", "CONPERM"}};
	size_t key = strcspn(param, "=");
	char name[64];
	const char *extension = name;

	if (key >= sizeof name)
		return err_set(e, EX_UNAVAILABLE, "the server does not offer '%.60s...'", param);
	memcpy(name, param, key);
	name[key] = '\0';
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		if (is_key(param, of[i].key))
			extension = of[i].extension;
	if (text_same(param, "BODY=BINARYMIME"))
		extension = "BINARYMIME";
	/* RFC 3030, section 3: DATA cannot carry lines that do not end in CR LF. */
	if (text_same(param, "BODY=BINARYMIME") && smtp_offers(caps, extension) && !caps->chunking)
		return err_set(e, EX_UNAVAILABLE, "%s needs BDAT, which %s", param,
			smtp_offers(caps, "CHUNKING") ? "--no-chunking forbids"
						      : "the server does not offer");
	if (smtp_offers(caps, extension))
		return 0;
	if (extension == name)
		return err_set(e, EX_UNAVAILABLE, "the server does not offer %s", name);
	return err_set(
		e, EX_UNAVAILABLE, "the server does not offer %s, which %s needs", extension, name);
}

void
smtp_xtext(const char *text, struct buf *out)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p > ' ' && *p < 127 && *p != '+' && *p != '=')
			buf_addc(out, *p);
		else
			buf_addf(out, "+%02X", (unsigned)(unsigned char)*p);
	}
}

/* ---- addresses --------------------------------------------------------------------------------- */

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
		err_set(e, EX_DATAERR, "%s: its domain is not a valid domain name", addr);
	}
	buf_free(&b);
	return wire;
}

static int
no_utf8(const char *what, const struct smtp_caps *caps, struct err *e)
{
	return err_set(e, EX_UNAVAILABLE, "%s needs SMTPUTF8, which %s", what,
		caps->smtputf8 ? "--smtputf8 off forbids" : "the server does not offer");
}

const char *
smtp_address_prepare(const struct smtp_caps *caps, const char *addr, bool given, struct addrs *made,
	bool *utf8, struct err *e)
{
	*utf8 = addr_local_is_8bit(addr);
	if (*utf8 && !caps->smtputf8) {
		(void)no_utf8("an address that is not ASCII", caps, e);
		return NULL;
	}
	return wire_form(made, addr, *utf8 || given, e);
}

/* ---- messages ---------------------------------------------------------------------------------- */

static bool
local_8bit(const struct smtp_message *m)
{
	for (size_t i = 0; i < m->env.rcpts.n; i++)
		if (addr_local_is_8bit(m->env.rcpts.list[i]))
			return true;
	return addr_local_is_8bit(m->env.from);
}

/* Does the message need SMTPUTF8 (*utf8), and do server and options permit it (RFC 6531, section 3.1)? */
static int
decide_utf8(const struct smtp_message *m, const struct smtp_caps *caps,
	const struct smtp_send_options *options, bool *utf8, struct err *e)
{
	bool local = local_8bit(m);

	*utf8 = local ||
		(m->utf8_header && !options->no_utf8 && (caps->smtputf8 || !options->send_8bit));
	if (!*utf8 || (caps->smtputf8 && !options->no_utf8))
		return 0;
	return no_utf8(
		local ? "an address that is not ASCII" : "a header that is not ASCII", caps, e);
}

int
smtp_message_check(const struct smtp_message *m, const struct smtp_caps *caps, struct err *e)
{
	if (m->eightbit && !caps->eightbit && !m->options->send_8bit)
		return err_set(e, EX_UNAVAILABLE,
			"the message needs 8BITMIME, which the server does not offer "
			"(--eightbit send sends it anyway)");
	if (caps->size && caps->size_max != 0 && m->octets > caps->size_max)
		return err_set(e, EX_UNAVAILABLE,
			"the message has %ju octets, the server accepts at most %ju",
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
make_params(struct smtp_message *m, const struct smtp_caps *caps,
	const struct smtp_send_options *options, bool utf8, struct err *e)
{
	const char *const *given = options->mail_params;
	size_t n = options->nmail_params;
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
	rc = add_given(&mail, caps, given, n, options->relaxed, e);
	if (rc == 0)
		rc = add_given(&rcpt, caps, options->rcpt_params, options->nrcpt_params,
			options->relaxed, e);
	m->params = mail.len != 0 ? buf_steal(&mail) : NULL;
	m->rcpt_params = rcpt.len != 0 ? buf_steal(&rcpt) : NULL;
	buf_free(&mail);
	buf_free(&rcpt);
	return rc;
}

/* The addresses are borrowed from the envelope, unless they had to be made. */
static int
make_transaction(
	struct smtp_message *m, const struct smtp_send_options *options, bool utf8, struct err *e)
{
	size_t n = m->env.rcpts.n;

	m->transaction.from = wire_form(&m->wire, m->env.from, utf8, e);
	if (m->transaction.from == NULL)
		return -1;
	m->transaction.params = m->params;
	m->transaction.octets = m->octets;
	m->transaction.all_or_none = options->all_or_none;
	m->transaction.feed = smtp_message_feed;
	m->transaction.data = m;
	m->transaction.nrcpt = n;
	m->transaction.rcpt = mem_zalloc((n + 1) * sizeof *m->transaction.rcpt);
	for (size_t i = 0; i < n; i++) {
		m->transaction.rcpt[i].addr = wire_form(&m->wire, m->env.rcpts.list[i], utf8, e);
		m->transaction.rcpt[i].params = m->rcpt_params;
		if (m->transaction.rcpt[i].addr == NULL)
			return -1;
	}
	return 0;
}

int
smtp_message_prepare(struct smtp_message *m, const struct smtp_caps *caps, struct err *e)
{
	const struct smtp_send_options *options = m->options;
	bool utf8 = false;

	if (decide_utf8(m, caps, options, &utf8, e) == -1 || smtp_message_check(m, caps, e) == -1 ||
		make_params(m, caps, options, utf8, e) == -1)
		return -1;
	return make_transaction(m, options, utf8, e);
}
