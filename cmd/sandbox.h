/*
 * sandbox: which rights a run keeps once its connection is ready for use, by its options and verb; the door
 * itself is client/confine. The rule: a file that a verb opens later is named by an option or operand of its
 * row (FILE, DIR, DEST), or stands in sandbox.c; a verb that may dial again sets redials in its session.
 */
#ifndef CMD_SANDBOX_H
#define CMD_SANDBOX_H

struct session;

/* The connection is ready for use (or the verb needs none): keep what this run can still need. */
void sandbox_enter(struct session *s);

/* No further connection will be made, whatever the server replies from here on. Cheap when repeated. */
void sandbox_last_dial(struct session *s);

#endif
