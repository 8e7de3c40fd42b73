/* sasl.c - the steps sasl and saslfail: libgsasl's server in the framing of each protocol. */
#include "log.h"
#include "play.h"

#include <err.h>
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a protocol frames the replies of a SASL exchange. */
struct framing {
	const char *name;
	const char *command;   /* before the mechanism's name */
	const char *challenge; /* before the base64 of a challenge */
	const char *empty;     /* an empty challenge */
	const char *ok;
	const char *ok_data; /* success with data; NULL: the data goes as a challenge first */
	const char *failed;
};

static const struct framing framings[] = {
	{"smtp", "AUTH", "334 ", "334 ", "235 2.7.0 ok", NULL, "535 5.7.8 no"},
	{"pop", "AUTH", "+ ", "+ ", "+OK", NULL, "-ERR [AUTH] no"},
	{"nntp", "AUTHINFO SASL", "383 ", "383 =", "281 ok", "283 ", "481 no"},
};

/* The data of libgsasl's callback. */
struct account {
	char mech[40], user[256], pass[256];
	const struct framing *f;
	gnutls_session_t tls;
};

static int
set_binding(Gsasl_session *g, gnutls_session_t tls, Gsasl_property prop)
{
	bool unique = prop == GSASL_CB_TLS_UNIQUE;
	gnutls_datum_t d;
	char *b64;
	size_t n;

	if (tls == NULL || (unique && gnutls_protocol_get_version(tls) > GNUTLS_TLS1_2))
		return GSASL_NO_CALLBACK;
	if (gnutls_session_channel_binding(
		    tls, unique ? GNUTLS_CB_TLS_UNIQUE : GNUTLS_CB_TLS_EXPORTER, &d) < 0)
		return GSASL_NO_CALLBACK;
	if (gsasl_base64_to((char *)d.data, d.size, &b64, &n) != GSASL_OK)
		return GSASL_MALLOC_ERROR;
	gsasl_property_set(g, prop, b64);
	gsasl_free(b64);
	gnutls_free(d.data);
	return GSASL_OK;
}

static bool
is(Gsasl_session *g, Gsasl_property prop, const char *want)
{
	const char *have = gsasl_property_fast(g, prop);

	return have != NULL && strcmp(have, want) == 0;
}

static int
ask(Gsasl *ctx, Gsasl_session *g, Gsasl_property prop)
{
	const struct account *a = gsasl_callback_hook_get(ctx);

	switch (prop) {
	case GSASL_PASSWORD:
		if (gsasl_property_fast(g, GSASL_AUTHID) != NULL && !is(g, GSASL_AUTHID, a->user))
			return GSASL_AUTHENTICATION_ERROR;
		gsasl_property_set(g, prop, a->pass);
		return GSASL_OK;
	case GSASL_VALIDATE_SIMPLE:
		return is(g, GSASL_AUTHID, a->user) && is(g, GSASL_PASSWORD, a->pass)
			       ? GSASL_OK
			       : GSASL_AUTHENTICATION_ERROR;
	case GSASL_VALIDATE_EXTERNAL:
	case GSASL_VALIDATE_GSSAPI:
	case GSASL_VALIDATE_ANONYMOUS: return GSASL_OK;
	case GSASL_CB_TLS_UNIQUE:
	case GSASL_CB_TLS_EXPORTER: return set_binding(g, a->tls, prop);
	case GSASL_SERVICE: gsasl_property_set(g, prop, a->f->name); return GSASL_OK;
	case GSASL_HOSTNAME: gsasl_property_set(g, prop, "localhost"); return GSASL_OK;
	default: return GSASL_NO_CALLBACK;
	}
}

static void
parse(const struct step *s, struct account *a)
{
	char proto[10] = "smtp";
	size_t i;

	if (sscanf(s->text, "%39s %255s %255s %9s", a->mech, a->user, a->pass, proto) < 3)
		errx(64, "line %d: %s MECH USER PASS [PROTOCOL]", s->line, s->kind->word);
	for (i = 0; i < 3; i++)
		if (strcmp(framings[i].name, proto) == 0)
			a->f = &framings[i];
	if (a->f == NULL)
		errx(64, "line %d: no such protocol: %s", s->line, proto);
}

/* The next line without CRLF, in a string of its own (truncated lines cannot occur: 16 KiB). */
static int
get_line(struct play *p, char *out, size_t size)
{
	char *line;
	size_t n;
	int r = play_line(p, "SASL", 4, &line, &n);

	if (r != 0)
		return r;
	if (n < 2 || n >= size || line[n - 2] != '\r')
		return play_fail(p, "a SASL line is bad or too long: <%s>", log_vis(line, n));
	memcpy(out, line, n - 2);
	out[n - 2] = '\0';
	return 0;
}

/* Reads the command; *ir is the initial response in line, or NULL. */
static int
get_command(struct play *p, const struct account *a, char *line, size_t size, const char **ir)
{
	char want[80];
	int n = snprintf(want, sizeof(want), "%s %s", a->f->command, a->mech);
	int r = get_line(p, line, size);

	if (r != 0)
		return r;
	if (strncasecmp(line, want, n) != 0 || (line[n] != '\0' && line[n] != ' '))
		return play_fail(p, "expected <%s> got <%s>", want, log_vis(line, strlen(line)));
	*ir = line[n] == ' ' ? line + n + 1 : NULL;
	return 0;
}

/* Sends a challenge and reads the response. *data: the base64 of the response. */
static int
challenge(struct play *p, const struct account *a, const char *b64, char *line, size_t size)
{
	int r;

	if (b64[0] == '\0')
		io_printf(&p->io, "%s\r\n", a->f->empty);
	else {
		io_put(&p->io, a->f->challenge, strlen(a->f->challenge));
		io_put(&p->io, b64, strlen(b64));
		io_put(&p->io, "\r\n", 2);
	}
	r = play_io(p, io_flush(&p->io), "writing");
	return r == 0 ? get_line(p, line, size) : r;
}

/* After success: send the mechanism's remaining data, then the reply of success. */
static int
good_news(struct play *p, const struct account *a, const char *b64)
{
	char line[16384];
	int r;

	if (b64[0] != '\0' && a->f->ok_data == NULL) {
		r = challenge(p, a, b64, line, sizeof(line));
		if (r != 0)
			return r;
		if (line[0] != '\0' && strcmp(line, "=") != 0)
			return play_fail(p, "expected an empty response got <%s>",
				log_vis(line, strlen(line)));
		b64 = "";
	}
	if (b64[0] != '\0')
		io_printf(&p->io, "%s%s\r\n", a->f->ok_data, b64);
	else
		io_printf(&p->io, "%s\r\n", a->f->ok);
	return play_io(p, io_flush(&p->io), "writing");
}

/* Does the server send the first message of this mechanism? */
static bool
server_first(const char *mech)
{
	return strcmp(mech, "LOGIN") == 0 || strcmp(mech, "CRAM-MD5") == 0 ||
	       strcmp(mech, "DIGEST-MD5") == 0;
}

/* Runs the exchange. *done: libgsasl's result. */
static int
exchange(struct play *p, struct account *a, Gsasl_session *g, int *done)
{
	char line[16384];
	const char *in = NULL;
	char *out = NULL;
	int r = get_command(p, a, line, sizeof(line), &in);

	if (r == 0 && in == NULL && !server_first(a->mech)) {
		r = challenge(p, a, "", line, sizeof(line));
		in = line;
	}
	for (*done = GSASL_NEEDS_MORE; r == 0 && *done == GSASL_NEEDS_MORE;) {
		if (in != NULL && strcmp(in, "*") == 0)
			*done = GSASL_AUTHENTICATION_ERROR;
		else
			*done = gsasl_step64(g, in != NULL && strcmp(in, "=") != 0 ? in : "", &out);
		if (*done == GSASL_NEEDS_MORE) {
			r = challenge(p, a, out, line, sizeof(line));
			in = line;
		} else if (*done == GSASL_OK) {
			r = good_news(p, a, out);
		}
		gsasl_free(out);
		out = NULL;
	}
	if (r == 0 && *done != GSASL_OK) {
		io_printf(&p->io, "%s\r\n", a->f->failed);
		r = play_io(p, io_flush(&p->io), "writing");
	}
	return r;
}

static int
run(struct play *p, const struct step *s, bool want)
{
	struct account a = {.tls = p->io.tls};
	Gsasl *ctx;
	Gsasl_session *g;
	int r, done;

	parse(s, &a);
	if (gsasl_init(&ctx) != GSASL_OK)
		errx(71, "libgsasl");
	gsasl_callback_set(ctx, ask);
	gsasl_callback_hook_set(ctx, &a);
	r = gsasl_server_start(ctx, a.mech, &g);
	if (r != GSASL_OK) {
		gsasl_done(ctx);
		return play_fail(p, "%s: %s", a.mech, gsasl_strerror(r));
	}
	r = exchange(p, &a, g, &done);
	log_line("sasl %s: %s", a.mech, gsasl_strerror(done));
	gsasl_finish(g);
	gsasl_done(ctx);
	if (r == 0 && (done == GSASL_OK) != want)
		return play_fail(p, "SASL %s: %s", a.mech, gsasl_strerror(done));
	return r;
}

int
step_sasl(struct play *p, const struct step *s)
{
	return run(p, s, true);
}

int
step_saslfail(struct play *p, const struct step *s)
{
	return run(p, s, false);
}
