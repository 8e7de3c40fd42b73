#include "proto/nntp_compress.h"

#include <string.h>

#include "wire/packed.h"

/* The kinds in the order in which they are tried. */
static const enum nntp_compression kinds[] = {NNTP_DEFLATE, NNTP_GZIP, NNTP_XZ};

#define NKINDS (sizeof kinds / sizeof *kinds)

/* Their names, which are also the commands; XZVER is a command only with its argument. */
static const char *const names[] = {[NNTP_DEFLATE] = "COMPRESS DEFLATE",
	[NNTP_GZIP] = "XFEATURE COMPRESS GZIP",
	[NNTP_XZ] = "XZVER",
	[NNTP_COMPRESSION_REFUSED] = NULL};

const char *
nntp_compression_name(const struct nntp *n)
{
	return names[n->compression];
}

static bool
is_offered(const struct nntp *n, enum nntp_compression kind, bool lists)
{
	if (kind == NNTP_DEFLATE)
		return nntp_cap_arg(n, "COMPRESS", "DEFLATE");
	if (kind == NNTP_XZ)
		return lists && nntp_cap(n, "XZVER");
	return lists && nntp_cap_arg(n, "XFEATURE-COMPRESS", "GZIP");
}

bool
nntp_may_compress(const struct nntp *n, bool lists)
{
	if (n->compression != NNTP_UNCOMPRESSED)
		return false;
	for (size_t i = 0; i < NKINDS; i++)
		if (is_offered(n, kinds[i], lists))
			return true;
	return n->caps_state == NNTP_CAPS_UNKNOWN;
}

/* Ask for one kind, if it has a command: 1, 0 if the server refuses it, or -1. */
static int
switch_on(struct nntp *n, enum nntp_compression kind, struct err *e)
{
	/* TERMINATOR: the line "." is compressed, too. Both forms are understood, but a server may have only one. */
	bool dot = kind == NNTP_GZIP && nntp_cap_arg(n, "XFEATURE-COMPRESS", "TERMINATOR");

	if (kind == NNTP_XZ) {
		n->compression = kind;
		return 1;
	}
	if (nntp_ask(n, e, "%s%s", names[kind], dot ? " TERMINATOR" : "") == -1)
		return -1;
	if (n->r.code != (kind == NNTP_DEFLATE ? 206 : 290))
		return n->r.code == 400 ? nntp_refused(n, e) : 0;
	n->compression = kind;
	if (kind != NNTP_DEFLATE)
		return 1;
	nntp_forget_capabilities(n);
	return conn_deflate(n->conn, e) == -1 ? -1 : 1;
}

int
nntp_compress(struct nntp *n, bool lists, bool must, struct err *e)
{
	bool refused = false;

	if (n->compression != NNTP_UNCOMPRESSED)
		return 0;
	n->must_compress = must;
	if (nntp_capabilities(n, e) == -1)
		return -1;
	for (size_t i = 0; i < NKINDS; i++) {
		int rc;

		if (!is_offered(n, kinds[i], lists))
			continue;
		rc = switch_on(n, kinds[i], e);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
		refused = true;
	}
	if (must)
		return refused ? nntp_refused(n, e)
			       : err_set(e, EX_UNAVAILABLE,
					 "the server offers none of COMPRESS DEFLATE, XFEATURE "
					 "COMPRESS GZIP and XZVER (use --compress auto)");
	/* It may be accepted after a login. */
	if (refused && n->r.code / 10 != 48)
		n->compression = NNTP_COMPRESSION_REFUSED;
	return 0;
}

/* ---- XZVER and XZHDR ----------------------------------------------------------------------------- */

const char *
nntp_xz_command(const struct nntp *n, const char *command, bool range)
{
	if (n->compression != NNTP_XZ || !range)
		return NULL;
	if (strcmp(command, "OVER") == 0)
		return "XZVER";
	return nntp_cap(n, "XZHDR") ? "XZHDR" : NULL;
}

/* Was the last command XZVER or XZHDR? */
static bool
is_xz_reply(const struct nntp *n)
{
	return n->compression == NNTP_XZ && strncmp(cmdq_answered(n->q), "XZ", 2) == 0;
}

bool
nntp_refused_xz(const struct nntp *n)
{
	return is_xz_reply(n) && (n->r.code == 400 || (n->r.code >= 500 && n->r.code <= 503));
}

int
nntp_fail_xz(struct nntp *n, struct err *e)
{
	if (n->must_compress)
		return nntp_fail(n, e);
	n->compression = NNTP_COMPRESSION_REFUSED;
	return nntp_fail_older(n, e);
}

void
nntp_expect_packed(const struct nntp *n, const struct reply *r)
{
	bool xz = is_xz_reply(n), marked;

	packed_free(n->conn->packed);
	n->conn->packed = NULL;
	if ((n->compression != NNTP_GZIP && !xz) || r->code >= 300)
		return;
	marked = strcasestr(buf_str(&r->text), "[COMPRESS=GZIP]") != NULL;
	if (marked || xz)
		packed_begin(n->conn, marked);
}
