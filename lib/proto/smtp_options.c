#include "proto/smtp_options.h"

#include <stdlib.h>
#include <string.h>

#include "auth/config.h"
#include "base/text.h"
#include "proto/smtp_prepare.h"

/* ---- the envelope ------------------------------------------------------------------------------ */

int
smtp_options_from(struct smtp_options *o, const char *addr, struct err *e)
{
	return addrs_add_word(&o->from, addr, true, e);
}

int
smtp_options_rcpt(struct smtp_options *o, const char *addr, struct err *e)
{
	return addrs_add_word(&o->rcpts, addr, false, e);
}

int
smtp_options_mail_param(struct smtp_options *o, const char *param, struct err *e)
{
	return smtp_param_add(&o->mail_params, param, e);
}

int
smtp_options_rcpt_param(struct smtp_options *o, const char *param, struct err *e)
{
	return smtp_param_add(&o->rcpt_params, param, e);
}

/* ---- delivery status notifications ------------------------------------------------------------- */

/* Add a parameter that was made here, unless the user gave one with its key. */
static void
add_made(struct addrs *params, const char *key, const char *value)
{
	struct buf param = {0};

	if (smtp_param_has((const char *const *)params->list, params->n, key))
		return;
	buf_addf(&param, "%s=%s", key, value);
	addrs_add(params, param.data, param.len);
	buf_free(&param);
}

int
smtp_options_notify(struct smtp_options *o, const char *words, struct err *e)
{
	static const char *const known[] = {"NEVER", "SUCCESS", "FAILURE", "DELAY"};
	struct buf value = {0};
	bool ok = true, never = false;

	for (const char *p = words; ok; p++) {
		size_t n = strcspn(p, ","), i = 0;

		while (i < 4 && !text_same_n(p, n, known[i]))
			i++;
		never = never || i == 0;
		ok = i < 4 && !(never && p != words);
		if (ok)
			buf_addf(&value, "%s%s", p != words ? "," : "", known[i]);
		p += n;
		if (*p == '\0')
			break;
	}
	if (ok)
		add_made(&o->rcpt_params, "NOTIFY", buf_str(&value));
	buf_free(&value);
	return ok ? 0
		  : err_set(e, EX_USAGE,
			    "'%s' is neither 'never' nor a list of success, failure, delay", words);
}

int
smtp_options_ret(struct smtp_options *o, const char *part, struct err *e)
{
	bool full = text_same(part, "full");

	if (!full && !text_same(part, "hdrs") && !text_same(part, "headers"))
		return err_set(e, EX_USAGE, "'%s' is neither 'full' nor 'hdrs'", part);
	add_made(&o->mail_params, "RET", full ? "FULL" : "HDRS");
	return 0;
}

int
smtp_options_envid(struct smtp_options *o, const char *id, struct err *e)
{
	struct buf value = {0};
	size_t n = strlen(id);

	if (n == 0 || n > 100 || text_has_eol(id, n))
		return err_set(e, EX_DATAERR, "not 1 to 100 octets without line ends");
	smtp_xtext(id, &value);
	add_made(&o->mail_params, "ENVID", buf_str(&value));
	buf_free(&value);
	return 0;
}

/* ---- local names ------------------------------------------------------------------------------- */

int
smtp_options_domain(struct smtp_options *o, const char *domain, struct err *e)
{
	if (text_has_ctl(domain, strlen(domain)) || strpbrk(domain, " @<>") != NULL)
		return err_set(e, EX_CONFIG, "'%s' is not a domain", domain);
	o->options.domain = domain;
	return 0;
}

int
smtp_options_sender(struct smtp_options *o, const char *addr, struct err *e)
{
	const struct smtp_send_options *options = &o->options;
	struct buf whole = {0};

	o->options.sender = addr;
	if (*addr == '\0')
		return 0;
	buf_adds(&whole, addr);
	if (addr_domain(addr) == NULL)
		buf_addf(
			&whole, "@%s", options->domain != NULL ? options->domain : options->host());
	free(o->sender);
	o->options.sender = o->sender = buf_steal(&whole);
	return addr_check(o->sender, e);
}

int
smtp_options_aliases(struct smtp_options *o, const char *path, struct err *e)
{
	struct buf text = {0};
	int rc = config_read_file(path, true, &text, e);

	if (rc == 0)
		rc = aliases_parse(&o->aliases, buf_str(&text), text.len, path, e);
	buf_free(&text);
	o->options.aliases = &o->aliases;
	return rc;
}

/* ---- the whole --------------------------------------------------------------------------------- */

void
smtp_options_complete(struct smtp_options *o)
{
	struct smtp_send_options *options = &o->options;

	options->from = o->from.n != 0 ? o->from.list[o->from.n - 1] : NULL;
	options->rcpts = &o->rcpts;
	options->mail_params = (const char *const *)o->mail_params.list;
	options->nmail_params = o->mail_params.n;
	options->rcpt_params = (const char *const *)o->rcpt_params.list;
	options->nrcpt_params = o->rcpt_params.n;
}

/* Do all recipients have the same parameters? */
static bool
same_params(const struct smtp_receive *r)
{
	for (size_t i = 1; i < r->rcpts.n; i++) {
		if (r->rcpt_params[i].n != r->rcpt_params[0].n)
			return false;
		for (size_t k = 0; k < r->rcpt_params[0].n; k++)
			if (strcmp(r->rcpt_params[i].list[k], r->rcpt_params[0].list[k]) != 0)
				return false;
	}
	return true;
}

void
smtp_options_envelope(struct smtp_options *o, const struct smtp_receive *r)
{
	struct smtp_send_options *options = &o->options;

	options->from = r->from;
	options->rcpts = &r->rcpts;
	options->mail_params = (const char *const *)r->mail_params.list;
	options->nmail_params = r->mail_params.n;
	if (r->rcpts.n > 0 && same_params(r)) {
		options->rcpt_params = (const char *const *)r->rcpt_params[0].list;
		options->nrcpt_params = r->rcpt_params[0].n;
	}
}

void
smtp_options_free(struct smtp_options *o)
{
	addrs_free(&o->from);
	addrs_free(&o->rcpts);
	addrs_free(&o->mail_params);
	addrs_free(&o->rcpt_params);
	free(o->sender);
	aliases_free(&o->aliases);
	*o = (struct smtp_options){0};
}
