#include "cmd/smtp/send_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "auth/config.h"
#include "base/text.h"
#include "cmd/own.h"
#include "cmd/settings.h"
#include "cmd/smtp/smtp.h"
#include "proto/smtp_prepare.h"

static int
read_addresses(struct smtp_own_options *t, const struct args *a, struct err *e)
{
	const char *from = args_get(a, "from"), *addr;
	char *own;

	if (from != NULL) {
		if (smtp_address_arg(from, true, &own, &addr, e) == -1)
			return args_blame(a, "from", e);
		t->from = own != NULL ? own : mem_strdup(addr);
	}
	for (int i = 0; i < a->argc; i++) {
		if (smtp_address_arg(a->argv[i], false, &own, &addr, e) == -1)
			return -1;
		addrs_add(&t->rcpts, addr, strlen(addr));
		free(own);
	}
	return 0;
}

/* ---- delivery status notifications (RFC 3461) -------------------------------------------------- */

/* Translate `never`, or a list of success, failure and delay, into the parameter NOTIFY. */
static int
notify_param(const char *value, char **param, struct err *e)
{
	static const char *const words[] = {"never", "success", "failure", "delay"};
	struct buf b = {0};
	bool never = false;
	size_t count = 0;

	buf_adds(&b, "NOTIFY=");
	for (const char *p = value;; p++) {
		size_t n = strcspn(p, ","), i = 0;

		while (i < 4 && !text_same_n(p, n, words[i]))
			i++;
		never = never || i == 0;
		if (i == 4 || (never && count > 0)) {
			buf_free(&b);
			return err_set(e, EX_USAGE,
				"'%s' is neither 'never' nor a list of success, "
				"failure, delay",
				value);
		}
		if (count++ > 0)
			buf_addc(&b, ',');
		for (const char *c = words[i]; *c != '\0'; c++)
			buf_addc(&b, (char)(*c - 'a' + 'A'));
		p += n;
		if (*p == '\0')
			break;
	}
	*param = buf_steal(&b);
	return 0;
}

static int
ret_param(const char *value, char **param, struct err *e)
{
	if (text_same(value, "full") || text_same(value, "hdrs") || text_same(value, "headers")) {
		*param = mem_strdup(text_same(value, "full") ? "RET=FULL" : "RET=HDRS");
		return 0;
	}
	return err_set(e, EX_USAGE, "'%s' is neither 'full' nor 'hdrs'", value);
}

static int
envid_param(const char *value, char **param, struct err *e)
{
	struct buf b = {0};

	if (*value == '\0' || strlen(value) > 100 || text_has_eol(value, strlen(value)))
		return err_set(e, EX_DATAERR, "not 1 to 100 octets without line ends");
	buf_adds(&b, "ENVID=");
	smtp_xtext(value, &b);
	*param = buf_steal(&b);
	return 0;
}

/* Add a parameter of mailnet's own, unless the user gave one with the same key. */
static void
add_own(const char ***list, size_t *n, const char *param)
{
	char key[16];

	if (param == NULL)
		return;
	snprintf(key, sizeof key, "%.*s", (int)strcspn(param, "="), param);
	if (smtp_param_has(*list, *n, key))
		return;
	*list = mem_resize(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = param;
}

static int
read_params(struct smtp_own_options *t, const struct args *a, struct err *e)
{
	const char *notify = args_get(a, "dsn-notify"), *ret = args_get(a, "dsn-ret"),
		   *envid = args_get(a, "dsn-envid");
	size_t nmail, nrcpt;

	if (smtp_params_arg(a, "mail-param", &t->mail, &nmail, e) == -1)
		return args_blame(a, "mail-param", e);
	if (smtp_params_arg(a, "rcpt-param", &t->rcpt, &nrcpt, e) == -1)
		return args_blame(a, "rcpt-param", e);
	if (notify != NULL && notify_param(notify, &t->own[0], e) == -1)
		return args_blame(a, "dsn-notify", e);
	if (ret != NULL && ret_param(ret, &t->own[1], e) == -1)
		return args_blame(a, "dsn-ret", e);
	if (envid != NULL && envid_param(envid, &t->own[2], e) == -1)
		return args_blame(a, "dsn-envid", e);
	add_own(&t->rcpt, &nrcpt, t->own[0]);
	add_own(&t->mail, &nmail, t->own[1]);
	add_own(&t->mail, &nmail, t->own[2]);
	t->options.mail_params = t->mail;
	t->options.nmail_params = nmail;
	t->options.rcpt_params = t->rcpt;
	t->options.nrcpt_params = nrcpt;
	return 0;
}

/* ---- local names (the sendmail applet) --------------------------------------------------------- */

static int
read_aliases(struct smtp_own_options *t, const char *path, struct err *e)
{
	struct buf text = {0};
	int rc = config_read_file(path, true, &text, e);

	if (rc == 0)
		rc = aliases_parse(&t->aliases, buf_str(&text), text.len, path, e);
	buf_free(&text);
	t->options.aliases = &t->aliases;
	return rc == 0 ? 0 : err_prefix(e, "aliases");
}

/* The address that replaces each envelope sender; the domain is added if it has none. */
static int
read_sender(struct smtp_own_options *t, const char *sender, struct err *e)
{
	struct buf b = {0};

	buf_adds(&b, sender);
	if (addr_domain(sender) == NULL)
		buf_addf(&b, "@%s", t->options.domain != NULL ? t->options.domain : own_host());
	t->options.sender = t->sender = buf_steal(&b);
	return addr_check(t->sender, e);
}

/* The configuration for addresses of this host. */
static int
read_local(struct smtp_own_options *t, const struct args *a, struct err *e)
{
	const char *domain = args_get(a, "domain"), *aliases = args_get(a, "aliases"),
		   *sender = args_get(a, "sender");

	t->options.local = true;
	t->options.domain = domain;
	t->options.host = own_host;
	t->options.sender = sender;
	t->options.relaxed = true;
	t->options.rewrite_from = args_has(a, "rewrite-from");
	if (domain != NULL &&
		(text_has_ctl(domain, strlen(domain)) || strpbrk(domain, " @<>") != NULL)) {
		err_set(e, EX_CONFIG, "'%s' is not a domain", domain);
		return args_blame(a, "domain", e);
	}
	if (sender != NULL && *sender != '\0' && read_sender(t, sender, e) == -1)
		return args_blame(a, "sender", e);
	if (t->options.rewrite_from && t->sender == NULL)
		return err_set(e, EX_CONFIG,
			"rewrite-from = yes needs 'sender = ADDRESS' in the section [sendmail]");
	return aliases != NULL ? read_aliases(t, aliases, e) : 0;
}

/* The option has one of two values, or is not given. */
static int
read_word(const struct args *a, const char *name, const char *one, const char *other, struct err *e)
{
	const char *value = args_get(a, name);

	if (value == NULL || strcmp(value, one) == 0 || strcmp(value, other) == 0)
		return 0;
	err_set(e, EX_USAGE, "'%s' is neither %s nor %s", value, one, other);
	return args_blame(a, name, e);
}

int
smtp_own_options_read(
	struct smtp_own_options *t, const struct session *s, const struct args *a, struct err *e)
{
	const char *utf8 = args_get(a, "smtputf8"), *eightbit = args_get(a, "eightbit"),
		   *queue = args_get(a, "queue");

	if (settings_is_sendmail(s->opt->settings) && read_local(t, a, e) == -1)
		return -1;
	if (read_word(a, "smtputf8", "auto", "off", e) == -1 ||
		read_word(a, "eightbit", "fail", "send", e) == -1 ||
		read_word(a, "queue", "auto", "always", e) == -1)
		return -1;
	if (read_addresses(t, a, e) == -1 || read_params(t, a, e) == -1)
		return -1;
	t->queue_always = queue != NULL && strcmp(queue, "always") == 0;
	t->options.no_utf8 = utf8 != NULL && strcmp(utf8, "off") == 0;
	t->options.send_8bit = eightbit != NULL && strcmp(eightbit, "send") == 0;
	t->options.add_missing = args_has(a, "add-missing");
	t->options.all_or_none = args_has(a, "all-or-none");
	t->options.header_rcpts = args_has(a, "header-recipients");
	t->options.full_name = args_get(a, "full-name");
	t->options.from = t->from;
	t->options.rcpts = &t->rcpts;
	if (t->options.add_missing) {
		t->options.host = own_host;
		t->options.default_user = own_user();
	}
	return 0;
}

void
smtp_own_options_free(struct smtp_own_options *t)
{
	addrs_free(&t->rcpts);
	free(t->from);
	free(t->sender);
	aliases_free(&t->aliases);
	free(t->mail);
	free(t->rcpt);
	for (size_t i = 0; i < 3; i++)
		free(t->own[i]);
	*t = (struct smtp_own_options){0};
}
