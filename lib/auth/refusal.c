#include "auth/refusal.h"

#include <stddef.h>
#include <string.h>

/* Is one of the phrases in the text, in any case? The list ends with NULL. */
static bool
mentions(const char *text, const char *const *phrases)
{
	for (; *phrases != NULL; phrases++)
		if (strcasestr(text, *phrases) != NULL)
			return true;
	return false;
}

/* "lock", "locked", but not "blocked". */
static bool
mentions_lock(const char *text)
{
	for (const char *p = text; (p = strcasestr(p, "lock")) != NULL; p++)
		if (p == text || (p[-1] != 'b' && p[-1] != 'B'))
			return true;
	return false;
}

bool
refusal_is_temporary(const char *text)
{
	static const char *const signs[] = {"in use", "busy", "try again", "try later",
		"few minutes", "temporar", "unavailable", "too many", "simultaneous", NULL};

	return mentions_lock(text) || mentions(text, signs) ||
	       (strcasestr(text, "max") != NULL && strcasestr(text, "connection") != NULL);
}

bool
refusal_is_unknown(const char *text)
{
	static const char *const what[] = {"mechanism", "command", "auth type",
		"authentication type", "authentication method", NULL};
	static const char *const how[] = {"unknown", "unsupported", "not supported", "unrecognized",
		"not recognized", "unrecognised", "not implemented", "unimplemented", "invalid",
		NULL};

	return mentions(text, what) && mentions(text, how);
}
