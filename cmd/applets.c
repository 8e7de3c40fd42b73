#include "cmd/applets.h"

#include <string.h>

const struct applet applets[] = {
	{"nntp", "read and post news (NNTP)", PROTO_NNTP, nntp_verbs, NULL, &nntp_client},
	{"pop", "fetch mail from a mailbox (POP3)", PROTO_POP, pop_verbs, NULL, &pop_client},
	{"smtp", "send mail (SMTP and LMTP)", PROTO_SMTP, smtp_verbs, NULL, &smtp_client},
	{"sendmail", "send mail with the command line of sendmail(8)", 0, NULL, sendmail_main,
		&smtp_client},
	{"mailq", "list the mail that waits in the spool of sendmail", 0, NULL, mailq_main, NULL},
	{"newaliases", "do nothing: the aliases file is read at each use", 0, NULL, newaliases_main,
		NULL},
	{NULL, NULL, 0, NULL, NULL, NULL},
};

const struct applet *
applet_find(const char *name)
{
	for (const struct applet *ap = applets; ap->name != NULL; ap++)
		if (strcmp(ap->name, name) == 0)
			return ap;
	return NULL;
}
