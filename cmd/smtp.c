/* smtp: the table of its verbs. */
#include "cmd/run.h"
#include "cmd/common_verbs.h"
#include "cmd/smtp_run.h"
#include "cmd/smtp_verbs.h"

const struct opt smtp_send_opts[] = {
	{'f', "from", "FROM", "envelope sender (default: the header's; '<>': the null sender)"},
	{'t', "header-recipients", NULL, "the recipients in the header, too"},
	{'m', "message", "FILE", "send FILE instead of stdin (repeatable)"},
	{0, "mbox", "FILE", "send every message of an mbox (repeatable)"},
	{0, "add-missing", NULL, "add From, Date and Message-ID where absent"},
	{0, "full-name", "NAME", "the name in a From that is added"},
	{0, "all-or-none", NULL, "send nothing if one recipient is refused"},
	{'M', "mail-param", "KEY[=VALUE]", "another parameter of MAIL (repeatable)"},
	{'R', "rcpt-param", "KEY[=VALUE]", "another parameter of every RCPT (repeatable)"},
	{0, "dsn-notify", "WHEN,...", "never, or success, failure, delay"},
	{0, "dsn-ret", "full|hdrs", "what a notification returns of the message"},
	{0, "dsn-envid", "ID", "an identifier for notifications"},
	{0, "smtputf8", "auto|off", "use SMTPUTF8 where needed, or never"},
	{0, "eightbit", "fail|send",
		"without 8BITMIME: refuse a message with octets above 127, or send it"},
	{0, "no-chunking", NULL, "use DATA even where BDAT is offered"},
	{0, "spool", "DIR", "store in DIR what cannot be sent now"},
	{0, NULL, NULL, NULL},
};

static const struct opt mail_opts[] = {
	{'M', "mail-param", "KEY[=VALUE]", "a parameter (repeatable)"},
	{0, NULL, NULL, NULL},
};

static const struct opt rcpt_opts[] = {
	{'R', "rcpt-param", "KEY[=VALUE]", "a parameter (repeatable)"},
	{0, NULL, NULL, NULL},
};

/* clang-format off */
const struct verb *const smtp_verbs[] = {
	&(const struct verb){"cmd", "LINE...", "send any command and print its reply", VERB_OPENS, NULL, smtp_cmd_run, NULL},
	&(const struct verb){"data", "FILE", "send the message after mail and rcpt", VERB_BATCH_ONLY, NULL,
		smtp_data_run, NULL},
	&(const struct verb){"ehlo", "", "print the extensions that the server offers", 0, NULL, smtp_ehlo_run, NULL},
	&(const struct verb){"expn", "LIST", "print the members of a mailing list", VERB_OPENS, NULL, smtp_expn_run, NULL},
	&(const struct verb){"flush", "DIR", "send the messages in the spool DIR", VERB_OPENS, NULL, smtp_flush_run, NULL},
	&(const struct verb){"has", "NAME", "exit with 0 if this extension is offered, else 1", 0, NULL, smtp_has_run, NULL},
	&(const struct verb){"helo", "", "send HELO and print the reply", VERB_BARE, NULL, smtp_helo_run, NULL},
	&(const struct verb){"help", "[TOPIC]", "print the help text of the server", VERB_OPENS, NULL, smtp_help_run, NULL},
	&(const struct verb){"info", "", "show greeting, capabilities, limits and certificate", VERB_DISTRUSTED, NULL, smtp_info_run, NULL},
	&(const struct verb){"mail", "FROM", "begin a message with this sender", VERB_BATCH_ONLY | VERB_OPENS, mail_opts, smtp_mail_run,
		NULL},
	&(const struct verb){"noop", "", "check that the server replies", VERB_OPENS, NULL, smtp_noop_run, NULL},
	&(const struct verb){"quit", "", "end the session and print the reply", VERB_ENDS | VERB_BARE, NULL, quit_run, NULL},
	&(const struct verb){"rcpt", "ADDR", "add a recipient to the message", VERB_BATCH_ONLY | VERB_OPENS, rcpt_opts,
		smtp_rcpt_run, NULL},
	&(const struct verb){"rset", "", "abandon the message of mail and rcpt", VERB_OPENS, NULL, smtp_rset_run, NULL},
	&(const struct verb){"send", "[RCPT...]", "send a message from stdin, or several from files", VERB_STDIN | VERB_OPENS, smtp_send_opts,
		smtp_send_run, smtp_send_reads_stdin},
	&(const struct verb){"vrfy", "ADDR", "ask whether this address exists", VERB_OPENS, NULL, smtp_vrfy_run, NULL},
	&(const struct verb){"welcome", "", "print the greeting of the server", VERB_BARE, NULL, welcome_run, NULL},
	NULL,
};
/* clang-format on */
