/*
 * sandbox: decide from options and verb which rights a run keeps after its connection is ready; client/confine
 * gives up the others. A file that a verb opens later must be named by an option or operand of its row (FILE, DIR,
 * DEST), or be listed in sandbox.c. A verb that may connect again sets redials in its session.
 */
#ifndef CMD_SANDBOX_H
#define CMD_SANDBOX_H

struct session;

/* When the connection is ready (or the verb needs none): give up the rights that the run does not need. */
void sandbox_enter(struct session *s);

/* Give up the right to connect: the run will not connect again, whatever the server replies. Cheap when repeated. */
void sandbox_last_dial(struct session *s);

#endif
