/* config_check: which sections and keys a configuration may have. */
#ifndef AUTH_CONFIG_CHECK_H
#define AUTH_CONFIG_CHECK_H

#include <stdbool.h>

#include "auth/config.h"

struct config_key {
	const char *name;  /* NULL ends a list */
	bool repeats;      /* a section may have it several times */
	bool account_only; /* only in the sections of accounts */
};

/* The sections "[APPLET]" and, if accounts is the same name, "[APPLET ACCOUNT]". */
struct config_kind {
	const char *applet; /* NULL ends a table */
	const char *
		accounts; /* the applet whose accounts the key `server` may name, and whose help lists the keys */
	const struct config_key *keys;
};

/*
 * Check each section and key against the table. EX_CONFIG with file and line, and the nearest name: an unknown section
 * or key, a key that a section has twice.
 */
int config_check(const struct config *c, const struct config_kind *kinds, struct err *e);

#endif
