/*
 * collect: request articles by group, range and message-id, and write them to a store or hand them one by one to the
 * owner. The verbs stat, head, body, article and fetch use it.
 *
 * The survey comes first (job/survey.h): GROUP, because its marks bound the ranges, and LISTGROUP, which shows the
 * gaps. Then the commands for all articles are sent in one pipeline that ends with QUIT. In a job over several groups,
 * GROUP for the next group is sent in this pipeline, after the commands for the articles of the group before it.
 *
 * An article that the server refuses, or whose status line is malformed, is passed over (job/passed.h), and so is an
 * article that was named and is missing. If a server does not dot-stuff, an article seems to end early, and the rest of
 * its text arrives as replies. So an article counts as complete only when the next reply, or the reply to QUIT, has
 * arrived.
 */
#ifndef JOB_COLLECT_H
#define JOB_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "job/article_lines.h"
#include "job/counted.h"
#include "job/passed.h"
#include "job/survey.h"
#include "proto/nntp_read.h"

struct collect;
struct collect_item;
struct group_commit;
struct store;

/* An article that is on stable storage, or that the destination refused. Borrowed for the call. */
struct collect_outcome {
	const char *group; /* NULL: the group that is selected */
	uint64_t number,
		octets; /* 0: the server gave no number; octets of the content with CR LF */
	const char *msgid;
	const char *file; /* the name that the store has given; NULL: none */
	bool refused;     /* or too large */
};

/*
 * The limits of a run. The sizes come from the overview; an article whose size the overview lacks is read and counted.
 */
struct collect_limits {
	uint64_t articles;  /* largest number of articles; UINT64_MAX: any number */
	uint64_t octets;    /* larger articles are left unread; UINT64_MAX: any size */
	unsigned line_ends; /* which the event `article` will ask of collect_block */
	const char *
		tmpdir; /* for large articles that are counted (store/tmpcopy.h); NULL: the default */
};

/* Each may be NULL, except `article` in a run without a store. Those that return int: 0, or -1 with e. */
struct collect_events {
	/* One article: call collect_block, unless the part is NNTP_STAT. */
	int (*article)(struct collect *j, const struct nntp_got *got, struct err *e);
	/* Articles are named on stdin, and the wait for the next line may be long: flush the output. */
	int (*idle)(struct collect *j, struct err *e);
	/* With a store: in the order of the articles, a group at a time. */
	int (*outcome)(struct collect *j, const struct collect_outcome *o, struct err *e);
	/* With a destination: open a store for it, in which %g is replaced. collect_free closes it. NULL with e. */
	struct store *(*open)(struct collect *j, const char *dest, struct err *e);
};

/* The owner sets the members up to limits, the rest to zero. */
struct collect {
	const struct collect_events *events;
	void *context; /* of the owner */
	enum nntp_part part;
	bool from_stdin; /* the specs are empty: the articles of the one group are named on stdin */
	/*
	 * Which articles, of one group or several; freed by collect_free. With a newsrc file: only unread articles, and it
	 * is not a failure if there are none. Articles are marked when they are on stable storage; without a store at
	 * the end of the run, and the owner calls survey_save once its output is complete.
	 */
	struct survey groups;
	/*
	 * Where the articles go (borrowed), to be opened by the event `open`; NULL: to the event `article`. With "%g" in it
	 * each group has a store of its own (store/destination.h). An article that a |COMMAND or an LMTP server refuses or
	 * defers is passed over: EX_UNAVAILABLE, EX_NOUSER or EX_TEMPFAIL at the end. EX_TEMPFAIL at once after five
	 * deferrals in a row.
	 */
	const char *dest;

	const struct collect_limits *limits; /* borrowed; NULL: none */

	struct client *client;   /* of the run */
	struct passed passed;    /* the owner calls passed_end */
	struct survey_group *at; /* the group of the article of an event */
	uint64_t left;           /* articles that are larger than the limit */

	/* Private. */
	struct store *store;
	struct article_lines lines; /* of stdin */
	bool planned;
	bool suspect; /* the replies are out of sync: the last article may be incomplete */
	struct survey_group *last_group; /* of the last article handed over */
	uint64_t last;                   /* its number */
	struct nntp_specs specs;         /* all articles to ask for */
	bool counts;                     /* the sizes of articles are not known */
	struct counted copy;             /* with counts: the article of the event */
	struct nntp_reader rd;
	struct group_commit *commit;
	struct collect_item *
		items; /* articles of the group that is not committed, and the one that group_commit_holds */
	size_t nitems; /* without that one */
	enum {
		COLLECT_GOOD,
		COLLECT_FAILED,
		COLLECT_BROKEN
	} state; /* of the store; FAILED: articles stored before the failure count; BROKEN: only committed ones do */
};

/*
 * With from_stdin, before the run: wait for the first line, then make sure that the client is open (client_need).
 * COLLECT_READY: run the job. COLLECT_NOTHING: stdin names no article. -1: as article_lines_begin and client_open.
 */
enum { COLLECT_NOTHING, COLLECT_READY };
int collect_wait(struct collect *j, struct client *c, struct err *e);

/*
 * Run the job. EX_USAGE: the destination has %g, and no group is named or selected. EX_NO with the server's first
 * reply: no article was found. Call collect_free in any case.
 */
int collect_run(struct collect *j, struct client *c, struct err *e);

/*
 * In the event `article`: write the article to a sink, with the line ends of flags. *octets (may be NULL) counts the
 * content with CR LF. On failure the connection is dead.
 */
int collect_block(
	struct collect *j, struct sink *to, unsigned flags, uint64_t *octets, struct err *e);

void collect_free(struct collect *j);

#endif
