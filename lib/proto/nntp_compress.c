#include "proto/nntp_compress.h"

#include <string.h>

#include "wire/packed.h"

/* The kinds in the order in which they are tried. */
static const enum nntp_compression kinds[] = {NNTP_DEFLATE, NNTP_GZIP};

#define NKINDS (sizeof kinds / sizeof *kinds)

static bool
is_offered(const struct nntp *n, enum nntp_compression kind, bool lists)
{
	if (kind == NNTP_DEFLATE)
		return nntp_cap_arg(n, "COMPRESS", "DEFLATE");
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

/* Ask for one kind: 1, 0 if the server refuses it, or -1. */
static int
switch_on(struct nntp *n, enum nntp_compression kind, struct err *e)
{
	/* TERMINATOR: the line "." is compressed, too. Both forms are understood, but a server may have only one. */
	bool dot = nntp_cap_arg(n, "XFEATURE-COMPRESS", "TERMINATOR");

	if (nntp_ask(n, e, "%s",
		    kind == NNTP_DEFLATE ? "COMPRESS DEFLATE"
		    : dot                ? "XFEATURE COMPRESS GZIP TERMINATOR"
					 : "XFEATURE COMPRESS GZIP") == -1)
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
					 "the server offers neither COMPRESS DEFLATE nor XFEATURE "
					 "COMPRESS GZIP (use --compress auto)");
	/* It may be accepted after a login. */
	if (refused && n->r.code / 10 != 48)
		n->compression = NNTP_COMPRESSION_REFUSED;
	return 0;
}

void
nntp_expect_packed(const struct nntp *n, const struct reply *r)
{
	packed_free(n->conn->packed);
	n->conn->packed = NULL;
	if (n->compression == NNTP_GZIP && r->code < 300 &&
		strcasestr(buf_str(&r->text), "[COMPRESS=GZIP]") != NULL)
		packed_begin(n->conn, true);
}
