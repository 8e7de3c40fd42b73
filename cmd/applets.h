/* applets: what the protocols bring to the table of applets. */
#ifndef CMD_APPLETS_H
#define CMD_APPLETS_H

#include "client/client.h"
#include "cmd/verb.h"

extern const struct verb nntp_verbs[]; /* cmd/nntp.c */
extern const struct verb pop_verbs[];  /* cmd/pop.c */
extern const struct verb smtp_verbs[]; /* cmd/smtp.c */

/* The sendmail applet and its links have sendmail's command line. They return the exit status. */
int sendmail_main(int argc, char **argv);
int mailq_main(int argc, char **argv);
int newaliases_main(int argc, char **argv);

#endif
