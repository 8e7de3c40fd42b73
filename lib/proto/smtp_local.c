/* The envelope of a message from a host whose users have local names: domain, aliases, one sender for all. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/smtp_message.h"

/* An address with the domain, if it has none. The caller frees it. */
static char *
qualify(const char *addr, const char *domain)
{
	struct buf b = {0};

	buf_adds(&b, addr);
	if (addr_domain(addr) == NULL)
		buf_addf(&b, "@%s", domain);
	return buf_steal(&b);
}

/* Who gets the mail of one recipient. */
static int
resolve(const char *rcpt, const struct smtp_terms *terms, struct addrs *out, struct err *e)
{
	if (addr_domain(rcpt) == NULL && terms->aliases != NULL)
		return aliases_expand(terms->aliases, rcpt, out, e);
	addrs_add(out, rcpt, strlen(rcpt));
	return 0;
}

int
smtp_localize(struct envelope *v, const struct smtp_terms *terms, struct err *e)
{
	struct addrs found = {0};
	char *whole;
	int rc = 0;

	if (terms->domain == NULL)
		return 0;
	for (size_t i = 0; rc == 0 && i < v->rcpts.n; i++)
		rc = resolve(v->rcpts.list[i], terms, &found, e);
	addrs_free(&v->rcpts);
	for (size_t i = 0; i < found.n; i++) {
		whole = qualify(found.list[i], terms->domain);
		addrs_add(&v->rcpts, whole, strlen(whole));
		free(whole);
	}
	addrs_free(&found);
	addrs_unique(&v->rcpts);
	if (*v->from != '\0') {
		whole = qualify(v->from, terms->domain);
		free(v->from);
		v->from = whole;
	}
	if (rc == 0 && v->rcpts.n == 0)
		return err_set(e, EX_CONFIG, "the aliases leave no recipient");
	return rc;
}
