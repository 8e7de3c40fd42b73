/*
 * refusal: what the text of a refused login means where reply codes are vague. Servers of POP3 and NNTP
 * use one code for a wrong password, a busy mailbox and a mechanism that they do not know.
 */
#ifndef AUTH_REFUSAL_H
#define AUTH_REFUSAL_H

#include <stdbool.h>

/*
 * Does the text of a greeting or of a reply to a login report a temporary failure: a locked or busy
 * mailbox, an unavailable service, too many connections? Then the credentials are not to blame.
 */
bool refusal_is_temporary(const char *text);

/* Does the text report that the mechanism or the command is unknown to the server? */
bool refusal_is_unknown(const char *text);

#endif
