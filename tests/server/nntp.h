/* nntp.h - the state of an NNTP session, shared by its files. */
#ifndef TS_NNTP_H
#define TS_NNTP_H

#include "news.h"
#include "session.h"

struct nntp {
	struct session *s;
	char group[512];        /* the current one, or "" */
	unsigned long long num; /* the current article, 0: none */
	/* How lists are compressed: after XFEATURE, with the final dot outside or inside; for XZVER and XZHDR. */
	enum { PACK_NOT, PACK_GZIP, PACK_TERMINATOR, PACK_YENC } pack;
};

/* The current group; NULL if there is none. */
struct group *nntp_group(struct nntp *n);

/* LIST, NEWGROUPS and NEWNEWS. */
void nntp_list(struct nntp *n, char *args);
void nntp_newgroups(struct nntp *n, char *args);
void nntp_newnews(struct nntp *n, char *args);

/* OVER, XOVER, HDR and XHDR; x: the old command, with its old replies. */
void nntp_over(struct nntp *n, char *args, bool x);
void nntp_hdr(struct nntp *n, char *args, bool x);

/* Parses "N", "N-" or "N-M" at text; false: invalid. */
bool nntp_range(const char *text, unsigned long long *from, unsigned long long *to);

#endif
