#include "auth/sasl.h"

#include <stdlib.h>
#include <string.h>

#include "auth/mech.h"
#include "auth/sasl_ops.h"
#include "base/bsd.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* The number of octets shown of a server's text about a refusal. */
#define SAID_MAX 500

static bool
is_oauth(const char *name)
{
	return strcmp(name, "XOAUTH2") == 0 || strcmp(name, "OAUTHBEARER") == 0;
}

int
sasl_start(const struct sasl_params *params, struct sasl **s, struct err *e)
{
	const struct mech_pick *pick = params->pick;

	if (pick->command)
		*s = sasl_command(params, e);
	else if (is_oauth(pick->name))
		*s = sasl_oauth(params, e);
	else
		*s = sasl_gsasl(params, e);
	if (*s == NULL)
		return -1;
	(*s)->pick = *pick;
	return 0;
}

int
sasl_initial(struct sasl *s, struct buf *out, bool *has, struct err *e)
{
	*has = s->client_first;
	if (!s->client_first)
		return 0;
	if (s->ops->step(s, NULL, 0, out, e) == -1)
		return -1;
	*has = s->client_first; /* changed by the step if an --auth-command waits for a challenge */
	return 0;
}

int
sasl_step(struct sasl *s, const void *in, size_t n, struct buf *out, struct err *e)
{
	char *copy;
	int rc;

	copy = mem_dup(in, n);
	rc = s->ops->step(s, copy, n, out, e);
	free(copy);
	return rc;
}

int
sasl_accept(const struct sasl *s, struct err *e)
{
	if (s->finished)
		return 0;
	return err_set(e, EX_NOPERM,
		"%s: the server accepted the login without proving that it knows the password; it "
		"may be an impostor",
		s->pick.name);
}

void
sasl_explain(const struct sasl *s, struct err *e)
{
	size_t n = s->said.len < SAID_MAX ? s->said.len : SAID_MAX;
	char said[SAID_MAX + 1];

	for (size_t i = 0; i < n; i++)
		said[i] = (unsigned char)s->said.data[i] < 32 ? ' ' : s->said.data[i];
	said[n] = '\0';
	if (n != 0)
		strlcat(e->text, ": ", sizeof e->text);
	strlcat(e->text, said, sizeof e->text);
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	buf_free(&s->said);
	s->ops->free(s);
}
