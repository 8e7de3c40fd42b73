/*
 * verb: the table of verbs, and the parser of a command line. A verb's row defines its options, arity, usage,
 * `mailnet help` and completion; tests/lib/mancheck compares the manual pages with the rows.
 */
#ifndef CMD_VERB_H
#define CMD_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cmd/options.h"
#include "cmd/operand.h"

struct session;
struct args;

enum {
	VERB_LOCAL = 1,  /* needs no server */
	VERB_STDIN = 2,  /* reads stdin, unless FILE names another file: EX_USAGE in -b - */
	VERB_ENDS = 4,   /* ends the session (quit) */
	VERB_BARE = 8,   /* works right after the greeting, without EHLO, CAPA or MODE READER */
	VERB_OPENS = 16, /* calls client_need itself, after it has checked its input */
	VERB_DISTRUSTED = 32, /* info: prints the certificate of a server that fails verification */
	VERB_MESSAGES = 64,   /* pop: reads messages, so the server must send whole messages */
	VERB_NEEDS_DEST = 128, /* -d DEST must be given */
	VERB_WAITS =
		256 /* with operands from stdin: calls client_need when the first line has come */
};

/* Each is a heading of the verb list in `mailnet help PROTOCOL`, in this order (help.c). */
enum verb_group {
	GROUP_READ,
	GROUP_SEND,
	GROUP_LIST,
	GROUP_STEPS,
	GROUP_DELETE,
	GROUP_SERVER,
	GROUP_OTHER
};

struct verb {
	const char *name;
	const char *args; /* its operands: "[GROUP] [RANGE|MSGID]"; "" (cmd/operand.h) */
	const char *help; /* one line for the verb list */
	unsigned flags;
	const struct opt *opts; /* NULL: none */
	/*
	 * Run the verb. Returns 0, or -1 with e, whose status is the exit status; an empty e->text is not printed
	 * (`has` of a missing capability). Partial success is -1 with EX_NO.
	 */
	int (*run)(struct session *s, const struct args *a, struct err *e);
	/* For VERB_STDIN: does a call with these arguments read stdin? NULL: it does. */
	bool (*reads_stdin)(const struct args *a);
	/* Check operands and options against each other before connecting; NULL: they need no such check. */
	int (*check)(const struct args *a, struct err *e);
	enum verb_group group;
	const char *
		exits; /* for its help: exit statuses that mean something special here; NULL: none */
	const char *example; /* for its help: a shell command line */
};

struct applet {
	const char *name;                /* nntp pop smtp sendmail */
	const char *summary;             /* one line */
	unsigned proto;                  /* PROTO_… : which connection options apply */
	const struct verb *const *verbs; /* its rows, ended by NULL */
	/* sendmail brings its own command line; NULL: the common one. Returns the exit status. */
	int (*main)(int argc, char **argv);
	const struct client_ops *ops;
	/* Of an applet without verbs: what its usage names, and its options, each with the dash in its name. */
	const char *usage;
	const struct opt *words;
};

/* Options of applets without verbs (cmd/smtp/sendmail.c). */
extern const struct opt sendmail_words[], mailq_words[];

/* All applets, ended by a NULL name (cmd/run.c). */
extern const struct applet applets[];

/* A parsed verb line. Strings are borrowed from the parsed words. */
struct arg_opt {
	const struct opt *opt;
	const char *value;         /* NULL for a flag */
	struct config_place place; /* where it was given */
	bool off; /* a flag that the configuration turns off: counts as not given */
};
struct args {
	const struct verb *verb;
	int argc; /* operands only */
	char **argv;
	struct operand *operands; /* the same, parsed (args_parse_operands) */
	int noperands;
	size_t nopts;
	struct arg_opt *opts; /* in the order given */
	bool help;            /* --help or -h was among the words: nothing else was checked */
};

/*
 * Parse words (argv[0] is the first word after the applet) into a verb, its options and operands;
 * connection options go into o (NULL in a batch: there they are EX_USAGE). Options may stand
 * before or after the verb and its operands; `--` ends them; `-nK`, `-n K`, `--opt=V`, `--opt V`.
 * With o->batch set no verb is expected and a->verb stays NULL. Unknown verbs and options suggest
 * the nearest: EX_USAGE. argv is permuted, and a word is cut at its `=`. Free with args_free.
 */
int verb_parse(const struct applet *ap, int argc, char **argv, struct options *o, struct args *a,
	struct err *e);
void args_free(struct args *a);

/* Append an option. */
void args_add(struct args *a, struct arg_opt o);

/* A copy with a list of options of its own, which the caller frees; the rest is borrowed from `from`. */
void args_copy(struct args *to, const struct args *from);

/* Do both have the same options, with the same values? */
bool args_same(const struct args *a, const struct args *b);

/* An option has a bad value: name it and its place in e, as option_blame; in a file it is EX_CONFIG. Returns -1. */
int args_blame(const struct args *a, const char *name, struct err *e);

/* By long name: the value of the last such option or NULL; whether it is given; the value of the i-th or NULL. */
const char *args_get(const struct args *a, const char *name);
bool args_has(const struct args *a, const char *name);
const char *args_nth(const struct args *a, const char *name, size_t i);

/* A numeric option within [min, max]: *out unchanged if it is not given; EX_USAGE. */
int args_number(const struct args *a, const char *name, uint64_t min, uint64_t max, uint64_t *out,
	struct err *e);

/* Operand i, or NULL. */
const char *args_at(const struct args *a, int i);

/* Append all operands, joined by one space, to out. */
void args_join(const struct args *a, struct buf *out);

/*
 * Parse the operands of a parsed line into a->operands, and check them and the options of the verb, before a connection
 * is made. limit: the octets of the longest command; 0: no limit. Errors of operand_parse and operand_check_option;
 * EX_USAGE: options or operands that exclude each other, a missing DEST.
 */
int args_parse_operands(struct args *a, size_t limit, struct err *e);

/*
 * The first operand of this name and its word; NULL if it is omitted. An optional GROUP counts as omitted if a range
 * stands in its place.
 */
const struct operand *operand_find(const struct args *a, const char *name);
const char *operand_word(const struct args *a, const char *name);

/* For the rows that take N, RANGE or SPEC from stdin: reads_stdin. */
bool operands_from_stdin(const struct args *a);

/* Does this call read stdin: because FILE is omitted, or names stdin? After args_parse_operands. */
bool operands_want_stdin(const struct args *a);

/* Find a row by name; NULL. */
const struct verb *verb_find(const struct verb *const *rows, const char *name);
const struct applet *applet_find(const char *name);

/* The name of the row that is nearest in spelling (suggest.h), or NULL. */
const char *verb_nearest(const struct verb *const *rows, const char *name);

#endif
