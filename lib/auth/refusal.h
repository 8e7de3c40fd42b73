/*
 * refusal: classify the text of a refused login, where reply codes do not suffice: POP3 and NNTP servers use
 * the same code for a wrong password, a busy mailbox and an unknown mechanism.
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
