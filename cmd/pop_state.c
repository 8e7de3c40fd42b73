/* pop: what identifies a mailbox, and where its journal is. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "cmd/pop_job.h"

/* Longest file name, in bytes: with ".lock" appended it is below every file system's limit. */
#define NAME_LONGEST 200

/* user@host, and the port where it is an unusual one: pop:// and pops:// are the same mailbox. */
static void
add_account(const struct session *s, struct buf *out)
{
	const struct creds *c = &s->c.creds;
	const char *user = c->authzid != NULL ? c->authzid : c->user;

	if (user != NULL)
		buf_addf(out, "%s@", user);
	for (const char *p = client_host(&s->c); *p != '\0'; p++)
		buf_addc(out, text_lower(*p));
	if (s->c.url.path == NULL && s->c.url.port != 110 && s->c.url.port != 995)
		buf_addf(out, ":%u", (unsigned)s->c.url.port);
}

void
pop_mailbox_id(const struct session *s, struct buf *out)
{
	buf_adds(out, "pop://");
	add_account(s, out);
}

/* The account as a file name: what is not plain is escaped, what is too long becomes a digest. */
static void
add_name(const struct session *s, struct buf *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@:._+-";
	struct buf account = {0}, name = {0};
	unsigned char hash[DIGEST_SHA256];

	add_account(s, &account);
	for (size_t i = 0; i < account.len; i++)
		if (strchr(plain, account.data[i]) != NULL && (i != 0 || account.data[i] != '.'))
			buf_addc(&name, account.data[i]);
		else
			buf_addf(&name, "%%%02X", (unsigned char)account.data[i]);
	buf_adds(out, "pop-");
	if (name.len <= NAME_LONGEST) {
		buf_add(out, name.data, name.len);
	} else {
		digest_sha256(account.data, account.len, hash);
		digest_hex(out, hash, sizeof hash);
	}
	buf_free(&account);
	buf_free(&name);
}

int
pop_state_path(const struct session *s, struct buf *out, struct err *e)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	/* A relative path there is to be ignored (XDG Base Directory Specification). */
	if (base != NULL && *base == '/')
		buf_addf(out, "%s/mailnet/", base);
	else if (home != NULL && *home != '\0')
		buf_addf(out, "%s/.local/state/mailnet/", home);
	else
		return err_set(e, EX_CONFIG,
			"neither $XDG_STATE_HOME nor $HOME is set: give --state FILE");
	add_name(s, out);
	return 0;
}
