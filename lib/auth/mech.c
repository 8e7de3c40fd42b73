#include "auth/mech.h"

#include <string.h>
#include <strings.h>

#include <gsasl.h>

#include "auth/password.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/err.h"
#include "base/text.h"

enum {
	BINDING = 1, /* needs channel binding */
	CERT = 2,    /* needs a client certificate */
	NO_PASS = 4, /* needs no password */
	NO_USER = 8, /* needs no user name */
	ACT_AS = 16, /* can carry an authorisation identity */
	PREP = 32,   /* the credentials go through SASLprep */
	ON_ASK = 64, /* used only if --auth names it */
};

static const struct mech {
	const char *name;
	enum mech_kind kind;
	unsigned flags;
} mechs[] = {
	{"SCRAM-SHA-256-PLUS", MECH_SASL, BINDING | ACT_AS | PREP},
	{"SCRAM-SHA-1-PLUS", MECH_SASL, BINDING | ACT_AS | PREP},
	{"SCRAM-SHA-256", MECH_SASL, ACT_AS | PREP},
	{"SCRAM-SHA-1", MECH_SASL, ACT_AS | PREP},
	{"CRAM-MD5", MECH_SASL, PREP},
	{"PLAIN", MECH_SASL, ACT_AS},
	{"LOGIN", MECH_SASL, 0},
	{"EXTERNAL", MECH_SASL, CERT | NO_PASS | NO_USER | ACT_AS},
	{"USER", MECH_USER, 0},
	{"XOAUTH2", MECH_SASL, ON_ASK},
	{"OAUTHBEARER", MECH_SASL, NO_USER | ACT_AS | ON_ASK},
	{"DIGEST-MD5", MECH_SASL, ACT_AS | ON_ASK},
	{"NTLM", MECH_SASL, ON_ASK},
	{"GSSAPI", MECH_SASL, NO_PASS | NO_USER | ACT_AS | ON_ASK},
	{"GS2-KRB5", MECH_SASL, NO_PASS | NO_USER | ACT_AS | ON_ASK},
	{"APOP", MECH_APOP, ON_ASK},
	{"RPOP", MECH_RPOP, NO_PASS | ON_ASK},
};

#define N_MECHS (sizeof mechs / sizeof mechs[0])

/* A mechanism of --auth-command, which has credentials of its own. */
static const struct mech foreign = {"", MECH_SASL, NO_PASS | NO_USER | ACT_AS | ON_ASK};

/* A name in a list; not terminated. */
struct name {
	const char *p;
	size_t n;
};

/* The next name of a list separated by commas; a + in front is the APOP notation of RFC 2384. */
static bool
next_wanted(const char **list, struct name *out)
{
	if (*list == NULL)
		return false;
	out->p = *list + (**list == '+');
	out->n = strcspn(out->p, ",");
	*list = out->p[out->n] == ',' ? out->p + out->n + 1 : NULL;
	return true;
}

static bool
name_shaped(struct name w)
{
	for (size_t i = 0; i < w.n; i++) {
		char c = text_lower(w.p[i]);

		if (!(c >= 'a' && c <= 'z') && !text_is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return w.n >= 1 && w.n <= MECH_NAME_MAX;
}

static const struct mech *
find(struct name w)
{
	for (size_t i = 0; i < N_MECHS; i++)
		if (text_same_n(w.p, w.n, mechs[i].name))
			return &mechs[i];
	return NULL;
}

bool
mech_is_none(const char *wanted)
{
	return wanted != NULL && text_same(wanted, "none");
}

/* The number of mechanisms in `wanted` that have all these flags; *all: the number of mechanisms in it. */
static unsigned
count(const char *wanted, unsigned flags, unsigned *all)
{
	unsigned n = 0;
	struct name w;

	for (*all = 0; !mech_is_none(wanted) && next_wanted(&wanted, &w); ++*all) {
		const struct mech *m = find(w);

		n += ((m != NULL ? m : &foreign)->flags & flags) == flags;
	}
	return n;
}

static bool
each(const char *wanted, unsigned flags)
{
	unsigned all, n = count(wanted, flags, &all);

	return n != 0 && n == all;
}

bool
mech_no_user(const char *wanted)
{
	return each(wanted, NO_USER);
}

bool
mech_no_password(const char *wanted)
{
	return each(wanted, NO_PASS);
}

bool
mech_no_creds(const char *wanted)
{
	unsigned all;

	return count(wanted, NO_PASS | NO_USER, &all) != 0;
}

int
mech_check(const char *wanted, bool command, struct err *e)
{
	struct name w;

	if (mech_is_none(wanted))
		return 0;
	if (wanted == NULL && command)
		return err_set(e, EX_USAGE, "--auth-command needs --auth MECH");
	while (next_wanted(&wanted, &w)) {
		if (!name_shaped(w))
			return err_set(e, EX_USAGE,
				"--auth: '%.*s' is not the name of a mechanism (separate several "
				"names by commas)",
				(int)w.n, w.p);
		if (find(w) == NULL && !command)
			return err_set(e, EX_USAGE,
				"--auth: %.*s is unknown to mailnet (--auth-command can answer for "
				"it)",
				(int)w.n, w.p);
	}
	return 0;
}

/* Is the name one of the words of a list? */
static bool
listed(const char *list, struct name name)
{
	const char *at = list != NULL ? list : "", *end = at + strlen(at), *word;
	size_t n;

	while ((word = text_word(&at, end, &n)) != NULL)
		if (n == name.n && strncasecmp(word, name.p, n) == 0)
			return true;
	return false;
}

/* Does the server offer it, and has it not failed already? */
static bool
offered(const struct mech_offer *offer, const struct mech *m, struct name name)
{
	if (listed(offer->failed, name))
		return false;
	if (m->kind == MECH_USER)
		return offer->user;
	if (m->kind != MECH_SASL)
		return offer->apop;
	return listed(offer->mechs, name);
}

/* Does SASLprep accept the string (RFC 5802, section 5.1)? */
static bool
can_prepare(const char *s, Gsasl_saslprep_flags flags)
{
	char *out = NULL;
	bool good;

	if (s == NULL)
		return true;
	good = gsasl_saslprep(s, flags, &out, NULL) == GSASL_OK;
	if (out != NULL) {
		explicit_bzero(out, strlen(out));
		gsasl_free(out);
	}
	return good;
}

/* Do the terms allow the mechanism? 0, or -1 with the reason. */
static int
allowed(const struct mech *m, struct name name, const struct mech_offer *offer,
	const struct mech_terms *t, struct err *e)
{
	bool no_pass = (m->flags & NO_PASS) != 0 || (m->kind == MECH_USER && offer->user_first);
	int n = (int)name.n;

	if ((m->flags & CERT) != 0 && !t->client_cert)
		return err_set(
			e, EX_NOPERM, "%.*s needs a client certificate (--tls-cert)", n, name.p);
	if ((m->flags & BINDING) != 0 && !t->binding)
		return err_set(e, EX_NOPERM,
			"%.*s: this connection has no channel binding (it needs TLS)", n, name.p);
	if ((m->flags & NO_USER) == 0 && t->creds->user == NULL)
		return err_set(e, EX_NOPERM, "%.*s needs a user name (-u NAME)", n, name.p);
	if (!no_pass && t->creds->password == NULL)
		return err_set(e, EX_NOPERM, "no password for %s", t->creds->user);
	if ((m->flags & ACT_AS) == 0 && t->creds->authzid != NULL)
		return err_set(e, EX_NOPERM, "%.*s does not support --authzid", n, name.p);
	if ((m->flags & PREP) != 0 && (!can_prepare(t->creds->user, GSASL_ALLOW_UNASSIGNED) ||
					      !can_prepare(t->creds->password, 0)))
		return err_set(e, EX_DATAERR,
			"%.*s: the user name or password has characters that SASLprep (RFC 4013) "
			"forbids",
			n, name.p);
	return 0;
}

static void
pick_up(struct mech_pick *pick, const struct mech *m, struct name name, bool asked, bool command)
{
	*pick = (struct mech_pick){.kind = m->kind,
		.asked = asked,
		.command = command,
		.password = !command && (m->flags & NO_PASS) == 0};
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		pick->name[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
}

/* Is the mechanism unusable because the connection has no TLS, which channel binding and client certificates need? */
static bool
lacks_tls(const struct mech *m, const struct mech_terms *t)
{
	return ((m->flags & CERT) != 0 && !t->client_cert) ||
	       ((m->flags & BINDING) != 0 && !t->binding);
}

/* Choose the first usable mechanism of `wanted`. If none is usable, report the reason against the first one. */
static int
choose_wanted(const struct mech_offer *offer, const char *wanted, const struct mech_terms *t,
	struct mech_pick *pick, struct err *e)
{
	const char *list = wanted;
	struct err why = {0}, other;
	struct name w;

	while (next_wanted(&list, &w)) {
		const struct mech *m = find(w);
		bool command = t->command && (m == NULL || m->kind == MECH_SASL);

		if (m == NULL)
			m = &foreign;
		if (!offered(offer, m, w) &&
			(!offer->unlisted || m->kind != MECH_SASL || listed(offer->failed, w)))
			continue;
		if (allowed(m, w, offer, t, why.status == 0 ? &why : &other) == -1) {
			pick->want_tls = pick->want_tls && lacks_tls(m, t);
			continue;
		}
		pick_up(pick, m, w, true, command);
		return 0;
	}
	if (why.status == 0)
		return err_set(e, EX_NOPERM,
			"the server does not offer %s (info lists what it offers)", wanted);
	*e = why;
	return -1;
}

static struct name
own_name(const struct mech *m)
{
	return (struct name){m->name, strlen(m->name)};
}

/* Choose the strongest usable mechanism. If none is usable, report the reason against the last one, the simplest. */
static int
choose_default(const struct mech_offer *offer, const struct mech_terms *t, struct mech_pick *pick,
	struct err *e)
{
	err_clear(e);
	for (size_t i = 0; i < N_MECHS; i++) {
		const struct mech *m = &mechs[i];
		struct err why;

		if ((m->flags & ON_ASK) != 0 || !offered(offer, m, own_name(m)))
			continue;
		if (allowed(m, own_name(m), offer, t, &why) == 0) {
			err_clear(e);
			pick_up(pick, m, own_name(m), false, false);
			return 0;
		}
		pick->want_tls = pick->want_tls && lacks_tls(m, t);
		if (e->status == 0 || (m->flags & CERT) == 0)
			*e = why;
	}
	if (e->status == 0)
		return err_set(e, EX_NOPERM,
			"the server offers no login mechanism that mailnet knows (info lists what "
			"it offers)");
	return -1;
}

int
mech_choose(const struct mech_offer *offer, const char *wanted, const struct mech_terms *terms,
	struct mech_pick *pick, struct err *e)
{
	static const struct name user = {"USER", 4};
	struct err why;

	*pick = (struct mech_pick){.want_tls = true};
	if (wanted != NULL)
		return choose_wanted(offer, wanted, terms, pick, e);
	if (offer->user_first && offered(offer, find(user), user) &&
		allowed(find(user), user, offer, terms, &why) == 0) {
		pick_up(pick, find(user), user, false, false);
		return 0;
	}
	return choose_default(offer, terms, pick, e);
}

void
mech_explain(const struct mech_pick *pick, const struct creds *c, struct err *e)
{
	bool token = strcmp(pick->name, "XOAUTH2") == 0 || strcmp(pick->name, "OAUTHBEARER") == 0;
	bool password = pick->password && c->password != NULL && c->from != NULL;
	struct buf text = {0};

	if (c->user != NULL)
		buf_addf(&text, "user '%.200s'", c->user);
	if (password)
		buf_addf(&text, "%s%s from %s", text.len != 0 ? ", " : "",
			token ? "token" : "password", c->from);
	if (password && !pick->asked && pick->kind == MECH_SASL && strcmp(pick->name, "PLAIN") != 0)
		buf_adds(&text, "; if the password is right, try --auth plain");
	if (text.len != 0)
		err_suffix(e, " (%s)", buf_str(&text));
	buf_free(&text);
}

void
mech_names(struct buf *out)
{
	for (size_t i = 0; i < N_MECHS; i++)
		buf_addf(out, " %s", mechs[i].name);
}
