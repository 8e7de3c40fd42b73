/*
 * aliases: the aliases file of sendmail, as aliases(5) describes it: the addresses that get the mail of a local name.
 *
 *	# a comment
 *	postmaster: root
 *	root: alice@example.org, bob@example.org,
 *		"Carol" <carol@example.org>
 *
 * A line that begins with a blank continues the one before. Names are compared without regard to case. The
 * file is read whole; an entry is judged only when a recipient needs it.
 */
#ifndef MAIL_ALIASES_H
#define MAIL_ALIASES_H

#include <stddef.h>

#include "base/hash.h"
#include "mail/addrs.h"

struct err;

/* One entry. Strings belong to the struct aliases. */
struct alias {
	const char *name;
	const char *list; /* the value, unfolded */
	unsigned line;
};

/* `struct aliases a = {0};` is empty: every name stays as it is. */
struct aliases {
	struct alias *entry;
	size_t n;
	struct hash index; /* by name */
	char *text;        /* the memory of the strings */
	char *file;
};

/*
 * Read n octets of text; `file` is its name for messages. a was empty. EX_CONFIG with file and line: a line
 * that is neither an entry nor a continuation, a NUL.
 */
int aliases_parse(struct aliases *a, const char *text, size_t n, const char *file, struct err *e);

/*
 * Append to out the addresses that the local name stands for: the name itself where the file does not have
 * it, or lists it under itself. Names without a domain in a value are looked up in turn. EX_CONFIG with file and
 * line: a value that is not a list of addresses, that names a file, a command or :include:, or a loop.
 */
int aliases_expand(const struct aliases *a, const char *name, struct addrs *out, struct err *e);

void aliases_free(struct aliases *a);

#endif
